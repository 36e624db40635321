"""What is said of a record that cannot be decoded: reason, path, offsets, identifier; the four modes."""

import base64
import json

import events
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lambdarrow
from lambdarrow import kinesis

MODES = ["raise", "collect", "stop", "null"]
CORRUPT = "_corrupt_record"


def raised(event, **options):
    with pytest.raises(lambdarrow.DecodeError) as caught:
        kinesis.to_arrow(event, **options)
    return caught.value


def facts(error):
    return (error.index, error.offset, error.inner_offset, error.path, error.reason)


# --- one fault, one place ---------------------------------------------------------------------------
# (path to the value in its record, its JSON text, the reason, how far into that text the offset points)

PLACES = [
    (["eventID"], b"5", "expected_string", 0),
    (["eventID"], b"[1]", "expected_string", 0),
    (["awsRegion"], b"true", "expected_string", 0),
    (["eventSourceARN"], b"{}", "expected_string", 0),
    (["kinesis"], b"5", "expected_object", 0),
    (["kinesis"], b'"x"', "expected_object", 0),
    (["kinesis"], b"[]", "expected_object", 0),
    (["kinesis", "partitionKey"], b"-1.5", "expected_string", 0),
    (["kinesis", "sequenceNumber"], b"1", "expected_string", 0),
    (["kinesis", "kinesisSchemaVersion"], b"1.0", "expected_string", 0),
    (["kinesis", "encryptionType"], b"false", "expected_string", 0),
    (["kinesis", "data"], b"5", "expected_string", 0),
    (["kinesis", "data"], b"{}", "expected_string", 0),
    (["kinesis", "approximateArrivalTimestamp"], b'"1"', "expected_number", 0),
    (["kinesis", "approximateArrivalTimestamp"], b"1.0001", "not_exact", 0),
    (["kinesis", "approximateArrivalTimestamp"], b"1e40", "out_of_range", 0),
    (["kinesis", "partitionKey"], b'"a\xffb"', "invalid_utf8", None),
    (["kinesis", "partitionKey"], b'"a\xc3"', "invalid_utf8", None),
    (["kinesis", "partitionKey"], b'"\xc0\x80"', "invalid_utf8", None),
    (["kinesis", "partitionKey"], b'"\xed\xa0\x80"', "invalid_utf8", None),
    (["kinesis", "partitionKey"], b'"\xf4\x90\x80\x80"', "invalid_utf8", None),
    (["eventID"], b'"a long text before the bad byte, longer than any block \xe2\x82"', "invalid_utf8", None),
    (["awsRegion"], b'"\xff"', "invalid_utf8", None),
    (["kinesis", "partitionKey"], b'"\\ud800"', "lone_surrogate", None),
    (["kinesis", "partitionKey"], b'"a\\udfffb"', "lone_surrogate", None),
    (["kinesis", "partitionKey"], b'"\\ud83d\\ud83d\\ude00"', "lone_surrogate", None),
    (["awsRegion"], b'"\\uDC00"', "lone_surrogate", None),
    (["kinesis", "data"], b'"\\ud800AAA"', None, None),
    (["kinesis", "data"], b'"QU-D"', "invalid_base64", 3),
    (["kinesis", "data"], b'"_UJD"', "invalid_base64", 1),
    (["kinesis", "data"], b'"QU D"', "invalid_base64", 3),
    (["kinesis", "data"], b'"QUJD\\nUJ"', "invalid_base64", None),
    (["kinesis", "data"], b'"QUJ\xc3\xa9QUI"', "invalid_base64", None),
    (["kinesis", "data"], b'"QUJDQ"', "base64_length", None),
    (["kinesis", "data"], b'"QUI"', "base64_padding", None),
    (["kinesis", "data"], b'"QUJDQQ"', "base64_padding", None),
    (["kinesis", "data"], b'"A==="', "base64_padding", None),
    (["kinesis", "data"], b'"===="', "base64_padding", None),
    (["kinesis", "data"], b'"QQ==QUJD"', "invalid_base64", None),
    (["kinesis", "data"], b'"QQ=Q"', "invalid_base64", None),
    (["kinesis", "data"], b'"QR=="', "base64_spare_bits", 2),
    (["kinesis", "data"], b'"QUF="', "base64_spare_bits", 3),
    (
        ["kinesis", "data"],
        b'"QUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQR=="',
        "base64_spare_bits",
        None,
    ),
]


@pytest.mark.parametrize(
    "path, text, reason, within", PLACES, ids=[f"{p[-1]}={t[:40]}" for p, t, *_ in PLACES]
)
def test_a_fault_is_named_and_placed(path, text, reason, within):
    one = events.with_text(path, text)
    # The same record between two good ones.
    body = one[len(b'{"Records":[') : -len(b"]}")]
    good = events.event([events.record(number=9)])[len(b'{"Records":[') : -len(b"]}")]
    event = b'{"Records":[' + b",".join([good, body, good]) + b"]}"
    start = event.index(body) + body.index(b'"' + path[-1].encode() + b'":') + len(path[-1]) + 3
    assert event[start : start + len(text)] == text

    error = raised(event)
    assert isinstance(error, ValueError)
    assert error.index == 1
    assert error.path == "$.Records[1]." + ".".join(path)
    assert reason is None or error.reason == reason
    assert error.inner_offset is None
    if within is None:
        assert start <= error.offset < start + len(text)
    else:
        assert error.offset == start + within
    for part in (error.path, "record 1", f"byte {error.offset}"):
        assert part in str(error)

    batch = kinesis.to_arrow(event, on_error="collect")
    (failure,) = batch.failures
    assert facts(failure) == facts(error)
    assert failure.raw == body
    assert batch.record_index.to_pylist() == [0, 2]
    identifier = events.sequence(0) if path[-1] not in ("kinesis", "sequenceNumber") else None
    assert failure.item_identifier == identifier

    batch = kinesis.to_arrow(event, on_error="stop")
    assert [facts(failure) for failure in batch.failures] == [facts(error)]
    assert batch.record_index.to_pylist() == [0]

    batch = kinesis.to_arrow(event, on_error="null")
    assert [facts(failure) for failure in batch.failures] == [facts(error)]
    assert batch.record_index.to_pylist() == [0, 1, 2]
    rows = batch.to_pylist()
    assert set(rows[1]) - {CORRUPT} and all(rows[1][name] is None for name in rows[1] if name != CORRUPT)
    assert rows[0][CORRUPT] is None and rows[0] == rows[2]


# (payload text, path in it, reason, inner offset)
INNER = [
    (b'{"price":"1"}', "$.price", "expected_number", 9),
    (b' { "price" : true }', "$.price", "expected_number", 13),
    (b'{"geo":{"lat":1,"name":5}}', "$.geo.name", "expected_string", 23),
    (b'{"geo":[]}', "$.geo", "expected_object", 7),
    (b'{"tags":["a",{"b":1}]}', "$.tags[1]", "expected_string", 13),
    (b'{"tags":{}}', "$.tags", "expected_array", 8),
    (b'{"count":1.5}', "$.count", "expected_integer", 9),
    (b'{"count":9223372036854775808}', "$.count", "out_of_range", 9),
    (b'{"list":[{"n":1},{"n":"2"}]}', "$.list[1].n", "expected_integer", 22),
    (b"[]", "$", "expected_object", 0),
    (b"  7", "$", "expected_object", 2),
]
SPEC = {
    "price": "float64",
    "count": "int64",
    "geo": {"lat": "float64", "name": "utf8"},
    "tags": ["utf8"],
    "list": [{"n": "int64"}],
}


def content_of(event, index):
    """The byte after the opening quote of the record's data."""
    at = -1
    for _ in range(index + 1):
        at = event.index(b'"data":"', at + 1)
    return at + len(b'"data":"')


@pytest.mark.parametrize("load, path, reason, inner", INNER, ids=[load.decode() for load, *_ in INNER])
def test_a_fault_in_a_payload_has_both_offsets(load, path, reason, inner):
    event = events.event_of(b"{}", b'{"price":1}', load)
    error = raised(event, payload=SPEC)
    whole = f"$.Records[2].kinesis.data → {path}"
    assert facts(error) == (2, content_of(event, 2), inner, whole, reason)
    (failure,) = kinesis.to_arrow(event, payload=SPEC, on_error="collect").failures
    assert facts(failure) == facts(error)
    assert failure.item_identifier == events.sequence(2)


BROKEN = [
    (b"", None),
    (b"   ", None),
    (b"{", None),
    (b'{"price":', None),
    (b'{"price":1', None),
    (b'{"price":1}}', "trailing_bytes"),
    (b'{"price":1} x', "trailing_bytes"),
    (b'{"price":1}\0', "trailing_bytes"),
    (b'{"price":01}', None),
    (b'{"price":1.}', None),
    (b'{"price":.5}', None),
    (b'{"price":+1}', None),
    (b'{"price":NaN}', None),
    (b'{"price":Infinity}', None),
    (b'{"price":tru}', None),
    (b"{'price':1}", None),
    (b'{"price":1,}', None),
    (b'{"price" 1}', None),
    (b"{price:1}", None),
    (b'{"tags":["a"}', None),
    (b'{"tags":["\\x"]}', "invalid_escape"),
    (b'{"tags":["\\u12g4"]}', "invalid_escape"),
    (b'{"tags":["a\nb"]}', "control_character"),
    (b'{"tags":["a\0b"]}', "control_character"),
    (b'{"tags":["\xff"]}', "invalid_utf8"),
    (b'{"unknown":"a\tb"}', "control_character"),
    (b'{"unknown":"\\q"}', "invalid_escape"),
    (b'{"unknown":[1,2}', None),
    (b'{"unknown":-}', None),
    (b"\xef\xbb\xbf{}", None),
    (b"nul", None),
]


@pytest.mark.parametrize("load, reason", BROKEN, ids=[ascii(load) for load, _ in BROKEN])
def test_a_payload_that_is_no_json_fails_its_record_alone(load, reason):
    if reason != "invalid_utf8":
        with pytest.raises(ValueError):
            json.loads(load.decode(), parse_constant=lambda word: int(word))
    event = events.event_of(b'{"price":1}', load, b'{"price":3}')
    for payload in (SPEC, "json"):
        batch = kinesis.to_arrow(event, payload=payload, on_error="collect")
        assert batch.record_index.to_pylist() == [0, 2]
        (failure,) = batch.failures
        assert failure.index == 1
        assert failure.path.startswith("$.Records[1].kinesis.data → $")
        assert failure.offset == content_of(event, 1)
        assert 0 <= failure.inner_offset <= len(load)
        if reason:
            assert failure.reason == reason
        assert facts(raised(event, payload=payload)) == facts(failure)


# --- the envelope -----------------------------------------------------------------------------------

GOOD = events.event([events.record(number=number) for number in range(3)])
ENVELOPES = [
    (b"", "unexpected_end", 0),
    (b" \n", "unexpected_end", 2),
    (b"{", "unexpected_end", 1),
    (GOOD[:-1], "unexpected_end", len(GOOD) - 1),
    (GOOD[:-2], "unexpected_end", len(GOOD) - 2),
    (GOOD + b"x", "trailing_bytes", len(GOOD)),
    (GOOD + b" \n{}", "trailing_bytes", len(GOOD) + 2),
    (GOOD + b"\0", "trailing_bytes", len(GOOD)),
    (b"{}", "missing_records", None),
    (b'{"records":[]}', "missing_records", None),
    (b'{"a":{"Records":[]}}', "missing_records", None),
    (b'{"Records":5}', "expected_array", 11),
    (b'{"Records":{}}', "expected_array", 11),
    (b'{"Records":"x"}', "expected_array", 11),
    (b"[]", "expected_object", 0),
    (b' "Records"', "expected_object", 1),
    (b"5", "expected_object", 0),
    (b"\xef\xbb\xbf" + GOOD, None, 0),
    (b"\0", None, 0),
    (b'{"Records":[', "unexpected_end", 12),
    (b'{"Records":[{}', "unexpected_end", 14),
    (b'{"Records":[{},]}', None, 15),
    (b'{"Records":[{} {}]}', None, 15),
    (b'{"Records":[{}}', None, 14),
    (b'{"Records":[{"a":}]}', None, 17),
    (b'{"Records":[{"a":01}]}', None, None),
    (b'{"Records":[{"a":"\x01"}]}', "control_character", 18),
    (b'{"Records":[],}', None, None),
    (b'{"Records" []}', None, 11),
    (b"{Records:[]}", None, 1),
]


@pytest.mark.parametrize("event, reason, offset", ENVELOPES, ids=[ascii(e[-30:]) for e, *_ in ENVELOPES])
@pytest.mark.parametrize("mode", MODES)
def test_a_broken_envelope_raises_whatever_the_mode(event, reason, offset, mode):
    error = raised(event, on_error=mode)
    assert reason is None or error.reason == reason
    assert offset is None or error.offset == offset
    assert 0 <= error.offset <= len(event)
    assert error.inner_offset is None
    assert error.path.startswith("$")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("value", [b"null", b'{"a":1}'])
def test_records_of_the_wrong_type(mode, value):
    assert raised(b'{"Records":' + value + b"}", on_error=mode).path in ("$.Records", "$")


@pytest.mark.parametrize("value", [b"5", b'"x"', b"[]", b"null", b"true"])
def test_a_record_that_is_no_object_fails_alone(value):
    event = b'{"Records":[{"eventID":"a"},' + value + b',{"eventID":"b"}]}'
    batch = kinesis.to_arrow(event, on_error="collect")
    assert batch["event_id"].to_pylist() == ["a", "b"]
    (failure,) = batch.failures
    assert (failure.index, failure.path, failure.raw) == (1, "$.Records[1]", value)
    assert failure.reason in ("expected_object", "unexpected_null")
    assert failure.item_identifier is None


def test_a_good_envelope_breaks_nothing_for_the_next():
    decoder = kinesis.Decoder(on_error="collect")
    expected = decoder.to_arrow(GOOD).to_pylist()
    for event, *_ in ENVELOPES:
        with pytest.raises(lambdarrow.DecodeError):
            decoder.to_arrow(event)
        assert decoder.to_arrow(GOOD).to_pylist() == expected


# --- modes ------------------------------------------------------------------------------------------


@given(st.lists(st.booleans(), max_size=12))
def test_modes_agree(good):
    event = events.event_of(*[{"n": number if fine else "x"} for number, fine in enumerate(good)])
    bad = [number for number, fine in enumerate(good) if not fine]
    batches = {
        mode: kinesis.to_arrow(event, payload={"n": "int64"}, on_error=mode)
        for mode in MODES
        if mode != "raise"
    }
    collected = batches["collect"]
    assert [failure.index for failure in collected.failures] == bad
    assert collected.record_index.to_pylist() == [number for number, fine in enumerate(good) if fine]
    assert collected["data.n"].to_pylist() == collected.record_index.to_pylist()
    stopped = batches["stop"]
    end = bad[0] if bad else len(good)
    assert stopped.record_index.to_pylist() == [*range(end)]
    assert [failure.index for failure in stopped.failures] == bad[:1]
    nulled = batches["null"]
    assert [failure.index for failure in nulled.failures] == bad
    assert nulled["data"].to_pylist() == [{"n": n} if fine else None for n, fine in enumerate(good)]
    assert [text is None for text in nulled[CORRUPT]] == good
    assert nulled.schema.names[-1] == CORRUPT
    for failure in nulled.failures:
        assert nulled[CORRUPT].to_pylist()[failure.index].encode() == failure.raw
        assert json.loads(failure.raw) == json.loads(event)["Records"][failure.index]
    if bad:
        assert facts(raised(event, payload={"n": "int64"})) == facts(collected.failures[0])
    else:
        assert kinesis.to_arrow(event, payload={"n": "int64"}).to_pylist() == collected.to_pylist()


def test_null_mode_without_failures_still_has_its_column(check):
    ours = check(kinesis.to_arrow(GOOD, on_error="null"))
    assert ours.schema.names[-1] == CORRUPT
    assert ours.column(CORRUPT).null_count == 3


@pytest.mark.parametrize("text", [b'"\xff\xfe"', b'"\\ud800"'])
def test_the_corrupt_text_is_valid_text(check, text):
    """The record's bytes need not be UTF-8; a utf8 column's must."""
    batch = kinesis.to_arrow(events.with_text(["kinesis", "partitionKey"], text), on_error="null")
    (corrupt,) = check(batch).column(CORRUPT).to_pylist()
    assert "partitionKey" in corrupt
    assert text in batch.failures[0].raw


def test_nothing_of_a_failed_record_stays(check):
    """The fault comes last, when every column of the record is filled, and the next row has only nulls."""
    spec = {
        "a": "utf8",
        "l": [{"m": "map<utf8, int64>", "t": ["utf8"]}],
        "k": "dictionary<utf8>",
        "n": "int8",
    }
    full = {"a": "text", "l": [{"m": {"x": 1, "y": 2}, "t": ["p", "q"]}, None], "k": "only here", "n": 1000}
    event = events.event_of({"a": "first"}, full, {})
    batch = kinesis.to_arrow(event, payload=spec, on_error="collect")
    data = check(batch).column("data")
    assert data.to_pylist() == [dict.fromkeys(spec) | {"a": "first"}, dict.fromkeys(spec)]
    assert len(data.field("l").values) == 0
    nulled = kinesis.to_arrow(event, payload=spec, on_error="null")
    assert check(nulled).column("data").to_pylist()[1] is None


# --- failures ---------------------------------------------------------------------------------------


def test_a_failure_is_frozen():
    event = events.event_of({"n": "x"})
    (failure,) = kinesis.to_arrow(event, payload={"n": "int64"}, on_error="collect").failures
    for name in ("index", "item_identifier", "offset", "inner_offset", "path", "reason", "raw"):
        with pytest.raises((AttributeError, TypeError)):
            setattr(failure, name, None)
    with pytest.raises((AttributeError, TypeError)):
        failure.note = "x"
    assert failure.path in repr(failure) and failure.item_identifier in repr(failure)


def test_failures_are_a_tuple_that_stays():
    batch = kinesis.to_arrow(events.event_of({"n": "x"}), payload={"n": "int64"}, on_error="collect")
    assert isinstance(batch.failures, tuple) and batch.failures == batch.failures
    assert kinesis.to_arrow(GOOD, on_error="collect").failures == ()


@pytest.mark.parametrize("size", [1, 65_000, 66_000, 300_000])
def test_raw_is_capped(size):
    bad = events.record(b"x" * size, eventID=5)
    bad["eventID"] = 5
    event = events.event([bad])
    (failure,) = kinesis.to_arrow(event, on_error="collect").failures
    record = event[len(b'{"Records":[') : -len(b"]}")]
    assert failure.raw == record[: 64 * 1024]
    assert len(failure.raw) <= 65536 and (len(record) > 65536) == (len(failure.raw) == 65536)


def test_raw_outlives_the_event():
    event = bytearray(events.event_of({"n": "x"}))
    batch = kinesis.to_arrow(event, payload={"n": "int64"}, on_error="collect")
    expected = bytes(event[len(b'{"Records":[') : -len(b"]}")])
    event[:] = b"\0" * len(event)
    assert batch.failures[0].raw == expected


def test_many_failures(check):
    good = 0
    loads = [{"n": number if number % 3 else "x"} for number in range(2_000)]
    batch = kinesis.to_arrow(events.event_of(*loads), payload={"n": "int64"}, on_error="collect")
    check(batch)
    for failure in batch.failures:
        assert failure.item_identifier == events.sequence(failure.index)
        good += failure.index % 3 == 0
    assert good == len(batch.failures) == 667


def test_the_identifier_is_read_whatever_is_asked_for():
    for record in (events.record(b"{"), dict(reversed(events.record(b"{").items()))):
        batch = kinesis.to_arrow(events.event([record]), payload="json", columns=["data"], on_error="collect")
        assert batch.failures[0].item_identifier == events.sequence(0)
    escaped = events.with_text(["kinesis", "sequenceNumber"], b'"\\u0031\\u0032"').replace(b"aGVsbG8=", b"!")
    assert kinesis.to_arrow(escaped, on_error="collect").failures[0].item_identifier == "12"
    twice = events.with_text(["kinesis", "sequenceNumber"], b'"1","sequenceNumber":"2"')
    assert (
        kinesis.to_arrow(twice.replace(b"aGVsbG8=", b"!"), on_error="collect").failures[0].item_identifier
        == "2"
    )


def test_dict_events_fail_alike():
    text = events.event_of(b"{}", b'{"n":"x"}', b"{")
    loaded = json.loads(text)
    ours, theirs = (
        kinesis.to_arrow(event, payload={"n": "int64"}, on_error="collect").failures
        for event in (text, loaded)
    )
    assert len(ours) == 2
    for left, right in zip(ours, theirs, strict=True):
        assert facts(left) == facts(right)
        assert json.loads(left.raw) == json.loads(right.raw)


@pytest.mark.parametrize("poison", ["\ud800", "a\udfff"])
def test_one_poison_text_in_a_dict_does_not_kill_the_batch(poison):
    loaded = json.loads(
        events.event([events.record(number=0), events.record(number=1), events.record(number=2)])
    )
    loaded["Records"][1]["kinesis"]["partitionKey"] = poison
    batch = kinesis.to_arrow(loaded, on_error="collect")
    assert batch.record_index.to_pylist() == [0, 2]
    assert [(failure.index, failure.reason) for failure in batch.failures] == [(1, "lone_surrogate")]
    # As a str the same event is the same poison.
    text = json.dumps(loaded, ensure_ascii=False)
    batch = kinesis.to_arrow(text, on_error="collect")
    assert [failure.index for failure in batch.failures] == [1]


def test_a_huge_integer_in_a_dict():
    loaded = json.loads(events.event([events.record(number=0), events.record(number=1)]))
    loaded["Records"][0]["kinesis"]["approximateArrivalTimestamp"] = 10**30
    batch = kinesis.to_arrow(loaded, on_error="collect")
    assert [(failure.index, failure.reason) for failure in batch.failures] == [(0, "out_of_range")]
    assert batch["sequence_number"].to_pylist() == [events.sequence(1)]


def test_replacing_lone_surrogates(check):
    event = events.with_text(["kinesis", "partitionKey"], b'"a\\ud800b\\udc00\\ud83d\\ude00"')
    batch = kinesis.to_arrow(event, lone_surrogates="replace")
    assert check(batch).column("partition_key").to_pylist() == ["a\ufffdb\ufffd\U0001f600"]
    with pytest.raises(ValueError):
        kinesis.to_arrow(event, lone_surrogates="ignore")


def test_an_error_can_be_pickled():
    import pickle

    event = events.event_of({"n": "x"})
    error = raised(event, payload={"n": "int64"})
    again = pickle.loads(pickle.dumps(error))
    assert (facts(again), str(again)) == (facts(error), str(error))
    assert base64.b64decode(json.loads(event)["Records"][0]["kinesis"]["data"]) == b'{"n": "x"}'
