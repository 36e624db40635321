"""What becomes of an event that is broken, and of records that are: the four modes, `failures`, and what they keep."""

import json

import events
import pytest
from conftest import CORRUPT, FLAT, SOURCES, by_source, facts, of, raised
from hypothesis import given
from hypothesis import strategies as st

import lambdarrow

MODES = ["raise", "collect", "stop", "null"]


# --- the envelope -----------------------------------------------------------------------------------


def good_event(source):
    return source.event([source.record(number=number) for number in range(3)])


def envelopes(source):
    """Broken ones, the reason, and where: of the text that the records stand in."""
    good = source.body(good_event(source))
    more = len(source.records) - len("Records")
    texts = [
        (b"", "unexpected_end", 0),
        (b" \n", "unexpected_end", 2),
        (b"{", "unexpected_end", 1),
        (good[:-1], "unexpected_end", len(good) - 1),
        (good[:-2], "unexpected_end", len(good) - 2),
        (good + b"x", "trailing_bytes", len(good)),
        (good + b" \n{}", "trailing_bytes", len(good) + 2),
        (good + b"\0", "trailing_bytes", len(good)),
        (b"{}", "missing_records", None),
        (b'{"RECORDS":[]}', "missing_records", None),
        (b'{"a":{"Records":[]}}', "missing_records", None),
        (b'{"Records":5}', "expected_array", 11 + more),
        (b'{"Records":{}}', "expected_array", 11 + more),
        (b'{"Records":"x"}', "expected_array", 11 + more),
        (b"[]", "expected_object", 0),
        (b' "Records"', "expected_object", 1),
        (b"5", "expected_object", 0),
        (b"\xef\xbb\xbf" + good, None, 0),
        (b"\0", None, 0),
        (b'{"Records":[', "unexpected_end", 12 + more),
        (b'{"Records":[{}', "unexpected_end", 14 + more),
        (b'{"Records":[{},]}', None, 15 + more),
        (b'{"Records":[{} {}]}', None, 15 + more),
        (b'{"Records":[{}}', None, 14 + more),
        (b'{"Records":[{"a":}]}', None, 17 + more),
        (b'{"Records":[{"a":01}]}', None, None),
        (b'{"Records":[{"a":"\x01"}]}', "control_character", 18 + more),
        (b'{"Records":[],}', None, None),
        (b'{"Records" []}', None, 11 + more),
        (b"{Records:[]}", None, 1),
    ]
    return [(text, source.text_event(text), *rest) for text, *rest in texts]


ENVELOPES = {source.name: envelopes(source) for source in SOURCES}


@by_source("text event reason offset", ENVELOPES, lambda text, *_: text[-30:])
@pytest.mark.parametrize("mode", MODES)
def test_a_broken_envelope_raises_whatever_the_mode(source, text, event, reason, offset, mode):
    error = raised(source, event, on_error=mode)
    assert reason is None or error.reason == reason
    position = error.inner_offset if source.is_layered else error.offset
    assert offset is None or position == offset
    assert 0 <= position <= len(source.body(event))
    assert (error.offset, error.inner_offset) == source.at(event, position)
    assert error.path.startswith(source.path)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("value", [b"null", b'{"a":1}'])
def test_records_of_the_wrong_type(source, mode, value):
    error = raised(source, source.text_event(b'{"Records":' + value + b"}"), on_error=mode)
    assert error.path in (f"{source.path}.{source.records}", source.path)


@pytest.mark.parametrize("value", [b"5", b'"x"', b"[]", b"null", b"true"])
def test_a_record_that_is_no_object_fails_alone(source, value):
    a, b = (events.written(events.changed({}, source.constant_path, text)) for text in "ab")
    event = source.with_record(b",".join((a, value, b)))
    batch = source.to_arrow(event, on_error="collect")
    assert batch[source.constant].to_pylist() == ["a", "b"]
    (failure,) = batch.failures
    assert (failure.index, failure.path, failure.raw) == (1, source.record_at(1), value)
    assert failure.reason in ("expected_object", "unexpected_null")
    assert failure.item_identifier is None


def test_a_broken_envelope_breaks_nothing_for_the_next(source):
    decoder, good = source.decoder(on_error="collect"), good_event(source)
    expected = decoder.to_arrow(good).to_pylist()
    assert len(expected) == 3
    for _, event, *_ in ENVELOPES[source.name]:
        with pytest.raises(lambdarrow.DecodeError):
            decoder.to_arrow(event)
        assert decoder.to_arrow(good).to_pylist() == expected


# --- modes ------------------------------------------------------------------------------------------


@given(st.lists(st.booleans(), max_size=12))
def test_modes_agree(source, good):
    event = source.event_of(*[{"n": number if fine else "x"} for number, fine in enumerate(good)])
    bad = [number for number, fine in enumerate(good) if not fine]
    options = {"payload": {"n": "int64"}}
    collected, stopped, nulled = (
        source.to_arrow(event, **options, on_error=mode) for mode in ("collect", "stop", "null")
    )
    assert [failure.index for failure in collected.failures] == bad
    assert collected.record_index.to_pylist() == [number for number, fine in enumerate(good) if fine]
    assert collected[f"{source.payload}.n"].to_pylist() == collected.record_index.to_pylist()
    end = bad[0] if bad else len(good)
    assert stopped.record_index.to_pylist() == [*range(end)]
    # Lambda comes back to the first failure of a stream; of a queue it asks about each message.
    assert [failure.index for failure in stopped.failures] == (bad[:1] if source.ordered else bad)
    later = [number for number, fine in enumerate(good) if fine and number > end]
    assert [failure.index for failure in stopped.held_back] == ([] if source.ordered else later)
    assert [failure.index for failure in nulled.failures] == bad
    assert collected.held_back == nulled.held_back == ()
    assert nulled[source.payload].to_pylist() == [{"n": n} if fine else None for n, fine in enumerate(good)]
    assert [text is None for text in nulled[CORRUPT]] == good
    assert nulled.schema.names[-1] == CORRUPT
    for failure in nulled.failures:
        assert nulled[CORRUPT].to_pylist()[failure.index].encode() == failure.raw
        assert json.loads(failure.raw) == json.loads(source.body(event))[source.records][failure.index]
    if bad:
        assert facts(raised(source, event, **options)) == facts(collected.failures[0])
    else:
        assert source.to_arrow(event, **options).to_pylist() == collected.to_pylist()


def test_null_mode_without_failures_still_has_its_column(source, check):
    ours = check(source.to_arrow(good_event(source), on_error="null"))
    assert ours.schema.names[-1] == CORRUPT
    assert ours.column(CORRUPT).null_count == 3


@pytest.mark.parametrize("text", [b'"\xff\xfe"', b'"\\ud800"'])
def test_the_corrupt_text_is_valid_text(source, check, text):
    """The record's bytes need not be UTF-8; a utf8 column's must."""
    batch = source.to_arrow(source.with_text(source.text_path, text), on_error="null")
    (corrupt,) = check(batch).column(CORRUPT).to_pylist()
    assert source.text_path[-1] in corrupt
    assert text in batch.failures[0].raw


def test_nothing_of_a_failed_record_stays(source, check):
    """The fault comes last, when every column of the record is filled, and the next row has only nulls."""
    spec = {
        "a": "utf8",
        "l": [{"m": "map<utf8, int64>", "t": ["utf8"]}],
        "k": "dictionary<utf8>",
        "n": "int8",
    }
    full = {"a": "text", "l": [{"m": {"x": 1, "y": 2}, "t": ["p", "q"]}, None], "k": "only here", "n": 1000}
    event = source.event_of({"a": "first"}, full, {})
    batch = source.to_arrow(event, payload=spec, on_error="collect")
    data = check(batch).column(source.payload)
    assert data.to_pylist() == [dict.fromkeys(spec) | {"a": "first"}, dict.fromkeys(spec)]
    assert len(data.field("l").values) == 0
    nulled = source.to_arrow(event, payload=spec, on_error="null")
    assert check(nulled).column(source.payload).to_pylist()[1] is None


# --- failures ---------------------------------------------------------------------------------------


def failures_of(source, event):
    return source.to_arrow(event, payload={"n": "int64"}, on_error="collect").failures


def test_a_failure_is_frozen(source):
    (failure,) = failures_of(source, source.event_of({"n": "x"}))
    for name in ("index", "item_identifier", "offset", "inner_offset", "path", "reason", "raw"):
        with pytest.raises((AttributeError, TypeError)):
            setattr(failure, name, None)
    with pytest.raises((AttributeError, TypeError)):
        failure.note = "x"
    assert failure.path in repr(failure) and failure.item_identifier in repr(failure)


def test_failures_are_a_tuple_that_stays(source):
    batch = source.to_arrow(source.event_of({"n": "x"}), payload={"n": "int64"}, on_error="collect")
    assert isinstance(batch.failures, tuple) and batch.failures == batch.failures
    assert source.to_arrow(good_event(source), on_error="collect").failures == ()


def only_record(source, event):
    """The text of the one record of an event."""
    return source.body(event)[len(f'{{"{source.records}":[') : -len("]}")]


@pytest.mark.parametrize("size", [1, 65_000, 66_000, 300_000])
def test_raw_is_capped(source, size):
    event = source.event([source.record(b"x" * size, text=5)])
    (failure,) = source.to_arrow(event, on_error="collect").failures
    record = only_record(source, event)
    assert failure.raw == record[: 64 * 1024]
    assert len(failure.raw) <= 65536 and (len(record) > 65536) == (len(failure.raw) == 65536)


def test_raw_outlives_the_event(source):
    event = bytearray(source.event_of({"n": "x"}))
    batch = source.to_arrow(event, payload={"n": "int64"}, on_error="collect")
    expected = only_record(source, bytes(event))
    event[:] = b"\0" * len(event)
    assert batch.failures[0].raw == expected


def test_many_failures(source, check):
    good = 0
    loads = [{"n": number if number % 3 else "x"} for number in range(2_000)]
    batch = source.to_arrow(source.event_of(*loads), payload={"n": "int64"}, on_error="collect")
    check(batch)
    for failure in batch.failures:
        assert failure.item_identifier == source.identifier_of(failure.index)
        good += failure.index % 3 == 0
    assert good == len(batch.failures) == 667


def test_the_identifier_is_read_whatever_is_asked_for(source):
    for record in (source.record(b"{"), events.reversed_keys(source.record(b"{"))):
        event = source.event([record])
        batch = source.to_arrow(event, payload="json", columns=[source.payload], on_error="collect")
        assert batch.failures[0].item_identifier == source.identifier_of(0)
    key = source.identifier_path[-1].encode()
    for text, expected in [(b'"\\u0031\\u0032"', "12"), (b'"1","' + key + b'":"2"', "2"), (b'"1","x":5', "1")]:
        event = source.with_text(source.identifier_path, text, payload=b"{")
        assert [failure.item_identifier for failure in failures_of(source, event)] == [expected]


def test_dict_events_fail_alike(source):
    text = source.event_of(b"{}", b'{"n":"x"}', b"{")
    ours, theirs = (failures_of(source, event) for event in (text, json.loads(text)))
    assert len(ours) == 2
    for left, right in zip(ours, theirs, strict=True):
        assert facts(left) == facts(right)
        assert json.loads(left.raw) == json.loads(right.raw)


@of(FLAT)  # of a dict of the others nothing but compressed text comes in
@pytest.mark.parametrize("poison", ["\ud800", "a\udfff"])
def test_one_poison_text_in_a_dict_does_not_kill_the_batch(source, poison):
    loaded = json.loads(source.event([source.record(number=number) for number in range(3)]))
    events.changed(loaded[source.records][1], source.text_path, poison)
    batch = source.to_arrow(loaded, on_error="collect")
    assert batch.record_index.to_pylist() == [0, 2]
    assert [(failure.index, failure.reason) for failure in batch.failures] == [(1, "lone_surrogate")]
    # As a str the same event is the same poison.
    text = json.dumps(loaded, ensure_ascii=False)
    batch = source.to_arrow(text, on_error="collect")
    assert [failure.index for failure in batch.failures] == [1]


# Where a number stands, or none should.
HUGE = {
    "dynamodb": {
        "a time": (("dynamodb", "ApproximateCreationDateTime"), "out_of_range"),
        "a size": (("dynamodb", "SizeBytes"), "out_of_range"),
    },
    "kinesis": {"a time": (("kinesis", "approximateArrivalTimestamp"), "out_of_range")},
    "sqs": {"a count": (("attributes", "ApproximateReceiveCount"), "expected_string")},
    "firehose": {"a time": (("approximateArrivalTimestamp",), "out_of_range")},
    "logs": {"a time": (("timestamp",), "out_of_range")},
}


@by_source("path reason", HUGE)
def test_a_huge_integer_in_a_dict(source, path, reason):
    event = source.event([events.changed(source.record(number=0), path, 10**30), source.record(number=1)])
    loaded = json.loads(event)
    batch = source.to_arrow(loaded, on_error="collect")
    assert [(failure.index, failure.reason) for failure in batch.failures] == [(0, reason)]
    assert batch[source.identifier].to_pylist() == [source.identifier_of(1)]


def test_replacing_lone_surrogates(source, check):
    event = source.with_text(source.text_path, b'"a\\ud800b\\udc00\\ud83d\\ude00"')
    batch = source.to_arrow(event, lone_surrogates="replace")
    assert check(batch).column(source.text).to_pylist() == ["a\ufffdb\ufffd\U0001f600"]


def test_an_error_can_be_pickled(source):
    import pickle

    error = raised(source, source.event_of({"n": "x"}), payload={"n": "int64"})
    again = pickle.loads(pickle.dumps(error))
    assert (facts(again), str(again)) == (facts(error), str(error))
