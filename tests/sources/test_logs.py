"""CloudWatch Logs beside json, base64 and zlib: what is damaged, control messages, and what messages are made of."""

import gzip
import json
import tracemalloc
import zlib

import events
import msgspec
import oracle
import pyarrow as pa
import pytest
from events_logs import around_data, body, body_of, compressed, event_of, log_event, wrapped
from hypothesis import given
from hypothesis import strategies as st

import lambdarrow
from lambdarrow import _inflate, logs

MODES = ["raise", "collect", "stop", "null"]
TEXT = events.written(body_of("one", "two"))
GOOD = gzip.compress(TEXT, mtime=0)
IN = "$.awslogs.data → $"
BODY = f"{IN} → $"


def inverted(data, at):
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1:] if at >= 0 else inverted(data, len(data) + at)


# --- what is damaged --------------------------------------------------------------------------------

STREAMS = {
    "empty data": b"",
    "a header alone": GOOD[:10],
    "another magic": b"PK" + GOOD[2:],
    "another method": inverted(GOOD, 2),
    "cut in the middle": GOOD[: len(GOOD) // 2],
    "cut before the trailer": GOOD[:-8],
    "cut in the trailer": GOOD[:-1],
    "a damaged byte": inverted(GOOD, len(GOOD) // 2),
    "a wrong CRC": inverted(GOOD, -6),
    "a wrong size": inverted(GOOD, -4),
    "a second member with a wrong CRC": GOOD + inverted(compressed(b" "), -6),
    "a second member with a wrong size": GOOD + inverted(compressed(b" "), -3),
    "a second member that is cut off": GOOD + compressed(b" " * 99)[:-3],
    "a second member of another kind of block": GOOD + inverted(compressed(b" "), 10),
    "zlib": zlib.compress(TEXT),
    "plain": TEXT,
}
TEXTS = {
    "bad base64": (b'"H4sI*AAA"', "invalid_base64", "$.awslogs.data"),
    "white space in base64": (b'"H4sI AAA"', "invalid_base64", "$.awslogs.data"),
    "one digit of base64": (b'"H4sIA"', "base64_length", "$.awslogs.data"),
    "no padding": (b'"H4sIAA"', "base64_padding", "$.awslogs.data"),
    "null": (b"null", "unexpected_null", "$.awslogs.data"),
    "a number": (b"5", "expected_string", "$.awslogs.data"),
    "a list": (b"[]", "expected_string", "$.awslogs.data"),
}
BODIES = {
    "no JSON": (b"no JSON", "invalid_json", BODY),
    "nothing": (b"", "unexpected_end", BODY),
    "half of it": (TEXT[:-5], None, None),
    "twice": (TEXT + TEXT, "trailing_bytes", BODY),
    "null": (b"null", "unexpected_null", BODY),
    "a list": (b"[]", "expected_object", BODY),
    "logEvents missing": (b'{"messageType":"DATA_MESSAGE"}', "missing_records", f"{BODY}.logEvents"),
    "logEvents null": (b'{"logEvents":null}', "unexpected_null", f"{BODY}.logEvents"),
    "logEvents an object": (b'{"logEvents":{}}', "expected_array", f"{BODY}.logEvents"),
    "an owner that is a number": (b'{"owner":5,"logEvents":[]}', "expected_string", f"{BODY}.owner"),
    "filters that are a text": (b'{"subscriptionFilters":"x","logEvents":[]}', "expected_array",
                                f"{BODY}.subscriptionFilters"),
}
EVENTS = {
    "no awslogs": (b"{}", "missing_records", "$.awslogs"),
    "awslogs null": (b'{"awslogs":null}', "unexpected_null", "$.awslogs"),
    "awslogs a text": (b'{"awslogs":"x"}', "expected_object", "$.awslogs"),
    "no data": (b'{"awslogs":{}}', "missing_records", "$.awslogs.data"),
}
DAMAGED = {name: (around_data(data), "invalid_gzip", IN) for name, data in STREAMS.items()}
DAMAGED |= {f"data: {name}": (b'{"awslogs":{"data":%s}}' % text, *said) for name, (text, *said) in TEXTS.items()}
DAMAGED |= {f"body: {name}": (wrapped(text), *said) for name, (text, *said) in BODIES.items()}
DAMAGED |= EVENTS


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("event, reason, path", DAMAGED.values(), ids=DAMAGED)
def test_of_a_damaged_event_nothing_is_left_to_keep(event, reason, path, mode):
    decoder = logs.Decoder(on_error=mode)
    for run in (decoder.to_arrow, decoder.feed):
        with pytest.raises(lambdarrow.DecodeError) as caught:
            run(event)
        assert reason in (None, caught.value.reason) and path in (None, caught.value.path)
    assert decoder.to_arrow(wrapped(TEXT)).num_rows == 2  # and the decoder is as good as new


@pytest.mark.parametrize("mode", MODES)
def test_a_null_message_is_a_row(mode, check):
    event = wrapped(body([log_event("{}"), log_event("two") | {"message": None}, {}]))
    for options in ({}, {"message": {"a": "int64"}}, {"message": "json", "on_miss": "fail"}):
        batch = logs.to_arrow(event, on_error=mode, **options)
        check(batch)
        assert batch.failures == () and batch["message"].to_pylist()[1:] == [None, None]
        if "message_text" in batch.schema.names:
            assert batch["message_text"].to_pylist() == [None] * 3


def test_a_log_event_that_fails_is_one_of_many(check):
    events_ = [log_event("a", 0), log_event("b", 1, timestamp="x"), 5, log_event("c", 3)]
    event = wrapped(body(events_))
    with pytest.raises(lambdarrow.DecodeError) as caught:
        logs.to_arrow(event)
    assert (caught.value.index, caught.value.path) == (1, f"{BODY}.logEvents[1].timestamp")
    batch = logs.to_arrow(event, on_error="collect")
    assert check(batch).column("message").to_pylist() == ["a", "c"]
    assert [(one.index, one.item_identifier) for one in batch.failures] == [(1, events_[1]["id"]), (2, None)]
    assert json.loads(batch.failures[0].raw) == events_[1]
    assert batch.record_index.to_pylist() == [0, 3]
    assert logs.to_arrow(event, on_error="stop")["message"].to_pylist() == ["a"]
    batch = logs.to_arrow(event, on_error="null")
    assert check(batch).column("message").to_pylist() == ["a", None, None, "c"]
    assert [text and json.loads(text) for text in batch["_corrupt_record"]] == [None, events_[1], 5, None]
    assert batch["owner"].to_pylist() == ["123456789123"] * 4


def test_every_shorter_stream_is_refused():
    for end in range(len(GOOD)):
        assert raised_by(around_data(GOOD[:end])).reason == "invalid_gzip"


def raised_by(event, **options):
    with pytest.raises(lambdarrow.DecodeError) as caught:
        logs.to_arrow(event, **options)
    return caught.value


def test_every_inverted_byte_is_seen_or_says_nothing():
    """Time, flags of no consequence and the system in the header are nobody's; every other byte is checked."""
    free = []
    for at in range(len(GOOD)):
        data = inverted(GOOD, at)
        try:
            content = oracle.gunzip(data)
        except ValueError:
            assert raised_by(around_data(data)).reason == "invalid_gzip"
        else:
            assert content == TEXT and logs.to_arrow(around_data(data)).num_rows == 2
            free.append(at)
    assert free == [4, 5, 6, 7, 8, 9]


@given(st.lists(st.integers(1, len(TEXT) - 1), max_size=4, unique=True), st.integers(0, 9), st.binary(max_size=9))
def test_any_number_of_members(cuts, level, tail):
    """RFC 1952: the content is that of all members; what follows the last one is no concern of gzip's."""
    bounds = [0, *sorted(cuts), len(TEXT)]
    parts = [TEXT[begin:end] for begin, end in zip(bounds, bounds[1:], strict=False)]
    data = b"".join([gzip.compress(part, level) for part in parts])
    rows = logs.to_arrow(around_data(data)).to_pylist()
    assert [row["message"] for row in rows] == ["one", "two"]
    if not tail.startswith(b"\x1f\x8b\x08"):
        assert logs.to_arrow(around_data(data + tail)).to_pylist() == rows


@pytest.mark.parametrize("libdeflate", [True, False])
@pytest.mark.parametrize("tail", [
    b"\0", b"\0" * 512, b"\0\0\0garbage", b"\n", b"\x1f", b"\x1f\x8b", b"\x1f\x8b\x07", GOOD[-8:], GOOD[-4:],
    len(TEXT).to_bytes(4, "little"), b"\xff" * 4,
])
def test_what_follows_the_last_member(monkeypatch, tail, libdeflate):
    if not libdeflate:
        monkeypatch.setattr(_inflate, "_libdeflate", None)
    for data in (GOOD, gzip.compress(TEXT[:99]) + gzip.compress(b"") + gzip.compress(TEXT[99:])):
        assert logs.to_arrow(around_data(data + tail))["message"].to_pylist() == ["one", "two"]


# --- bombs ------------------------------------------------------------------------------------------


def bomb(size):
    """gzip of that many zeros."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = bytes(1 << 20)
    return b"".join([deflate.compress(piece) for _ in range(size >> 20)]) + deflate.flush()


BOMB = bomb(64 << 20)
LIMIT = 4 << 20   # bytes


@pytest.mark.parametrize("claimed", [None, 0, 7, LIMIT, LIMIT + 1, 2**32 - 1], ids=str)
@pytest.mark.parametrize("mode", MODES)
def test_a_bomb_fails_with_bounded_memory(claimed, mode):
    data = BOMB if claimed is None else BOMB[:-4] + claimed.to_bytes(4, "little")
    event = around_data(data)
    decoder = logs.Decoder(on_error=mode, limits={"max_inflated": LIMIT})
    tracemalloc.start()
    try:
        with pytest.raises(lambdarrow.DecodeError) as caught:
            decoder.to_arrow(event)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (caught.value.reason, caught.value.path) == ("inflated_limit", IN)
    assert peak < 4 * LIMIT


def test_the_limit_is_exact():
    assert logs.to_arrow(wrapped(TEXT), limits={"max_inflated": len(TEXT)}).num_rows == 2
    assert raised_by(wrapped(TEXT), limits={"max_inflated": len(TEXT) - 1}).reason == "inflated_limit"
    halves = around_data(gzip.compress(TEXT[:50]) + gzip.compress(TEXT[50:]))
    assert logs.to_arrow(halves, limits={"max_inflated": len(TEXT)}).num_rows == 2
    assert raised_by(halves, limits={"max_inflated": len(TEXT) - 1}).reason == "inflated_limit"


def test_many_events_keep_memory_flat():
    """What one event takes is given back, or used by the next one."""
    import resource

    event = event_of(*[f"line {number} " * 20 for number in range(200)])
    decoder = logs.Decoder(message={"a": "int64"})
    for _ in range(100):
        decoder.to_arrow(event)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(1_000):
        assert decoder.to_arrow(event).num_rows == 200
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 4_000  # KiB; one event inflates to 60


# --- control messages -------------------------------------------------------------------------------

CONTROL = ["CloudWatch Logs: Checking health of destination Firehose."]


def control(place="first", **changes):
    """The text of a control message whose kind stands there."""
    pairs = list(body_of(*CONTROL, **changes).items())[1:]
    kind = ("messageType", "CONTROL_MESSAGE")
    pairs = {"first": [kind, *pairs], "last": [*pairs, kind], "twice": [("messageType", "DATA_MESSAGE"), *pairs, kind],
             "only": [kind, pairs[-1]]}[place]
    return ("{" + ",".join(f"{json.dumps(key)}:{json.dumps(value)}" for key, value in pairs) + "}").encode()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("place", ["first", "last", "twice", "only"])
def test_a_control_message_makes_no_row(place, mode, check):
    event = wrapped(control(place), more=5)
    for options in ({}, {"columns": ["id"]}, {"columns": ["owner"]}, {"message": {"a": "int64"}}, {"dialect": "plain"},
                    {"message": lambdarrow.logs.lambda_platform(), "columns": ["message.duration_ms"]}):
        batch = logs.to_arrow(event, on_error=mode, **options)
        assert check(batch).num_rows == 0
        assert batch.metadata == {"control_messages": 1, "more": 5} and batch.failures == ()
        assert batch.to_pylist() == [] and batch.record_index.to_pylist() == []


def test_the_last_kind_counts():
    text = control("twice")[:-1] + b',"messageType":"DATA_MESSAGE"}'
    assert json.loads(text)["messageType"] == "DATA_MESSAGE"
    batch = logs.to_arrow(wrapped(text))
    assert batch["message"].to_pylist() == CONTROL and batch.metadata == {"control_messages": 0}


@pytest.mark.parametrize("kind", ["DATA_MESSAGE", "control_message", "CONTROL_MESSAGE\0", "CONTROL_MESSAG", "", None])
def test_other_kinds_are_rows(kind):
    batch = logs.to_arrow(event_of("a", messageType=kind))
    assert batch["message"].to_pylist() == ["a"] and batch["message_type"].to_pylist() == [kind]
    assert batch.metadata == {"control_messages": 0}


@pytest.mark.parametrize("mode", ["collect", "null", "stop"])
def test_failures_in_a_control_message_are_none(mode):
    bad = {"logEvents": [log_event("x", timestamp="no time"), 5, log_event("y")]}
    for place in ("first", "last"):
        batch = logs.to_arrow(wrapped(control(place, **bad)), on_error=mode)
        assert (batch.num_rows, batch.failures, batch.metadata) == (0, (), {"control_messages": 1})


@pytest.mark.parametrize("mode", ["collect", "null"])
def test_control_messages_among_events_that_are_fed(mode, check):
    bad = {"logEvents": [log_event("x", timestamp="no time"), log_event("y")]}
    decoder = logs.Decoder(on_error=mode)
    fed = [control("last"), events.written(body_of("a", "b")), control("last", **bad),
           events.written(body([log_event("c"), log_event("d", timestamp=[])], owner="other")), control()]
    counts = [decoder.feed(wrapped(text)) for text in fed]
    more = mode == "null"
    assert counts == [0, 2, 2, 3 + more, 3 + more]
    batch = decoder.finish()
    assert check(batch).column("message").to_pylist() == ["a", "b", "c"] + [None] * more
    assert batch["owner"].to_pylist() == ["123456789123"] * 2 + ["other"] * (1 + more)
    assert [failure.index for failure in batch.failures] == [1]
    assert batch.failures[0].path == f"{BODY}.logEvents[1].timestamp"
    assert batch.shapes == {"DATA_MESSAGE": 2, "CONTROL_MESSAGE": 3}


# --- messages of a type -----------------------------------------------------------------------------


class AppLog(msgspec.Struct):
    level: str
    n: int | None = None


LINES = ['{"level":"INFO","n":5}', "START of it", '{"level":5}', '{"level":"x"}', "", '{"level":"x"', "[]", "null",
         None,
         ' {"level":"\\u00e9","n":null,"more":[{}]} \n', '{"n":1}', "\u00e9\0\\ud800", '{"level":"y"}x']
# What a Struct of msgspec's takes, for each of them.
MADE = []
for line in LINES:
    try:
        MADE.append({"level": (it := msgspec.json.decode(line, type=AppLog)).level, "n": it.n})
    except (msgspec.DecodeError, TypeError):
        MADE.append(None)


WORDS = {"level": {"type": "utf8", "required": True, "nullable": False}, "n": "int64"}


@pytest.mark.parametrize("message", [AppLog, WORDS], ids=["Struct", "words"])
def test_messages_that_are_none(message, check):
    event = wrapped(body([log_event(number=number) | {"message": line} for number, line in enumerate(LINES)]))
    batch = logs.to_arrow(event, message=message)
    assert check(batch).column("message").to_pylist() == MADE
    # No Struct takes the text "null", which is JSON all the same.
    takes_null = message is WORDS
    assert batch["message_text"].to_pylist() == [
        line if made is None and not (takes_null and line == "null") else None
        for line, made in zip(LINES, MADE, strict=True)]
    batch = logs.to_arrow(event, message=message, on_miss="null")
    assert check(batch).column("message").to_pylist() == MADE
    assert "message_text" not in batch.schema.names
    batch = logs.to_arrow(event, message=message, on_miss="fail", on_error="collect")
    good = [made for line, made in zip(LINES, MADE, strict=True)
            if made or line is None or (takes_null and line == "null")]
    assert check(batch).column("message").to_pylist() == good
    assert len(batch.failures) == len(LINES) - len(good)
    first = raised_by(event, message=message, on_miss="fail")
    assert (first.index, first.path, first.reason) == (1, f"{BODY}.logEvents[1].message → $", "invalid_json")


def test_messages_of_every_kind():
    lines = ["5", '"x"', "[1, 2]", '{"a": 1}', "no JSON", "null"]
    event = event_of(*lines)
    batch = logs.to_arrow(event, message="json")
    assert batch["message"].to_pylist() == ["5", '"x"', "[1, 2]", '{"a": 1}', None, None]
    assert batch["message_text"].to_pylist() == [None] * 4 + ["no JSON", None]
    batch = logs.to_arrow(event, message="utf8")
    assert batch["message"].to_pylist() == lines and set(batch["message_text"].to_pylist()) == {None}
    batch = logs.to_arrow(event, message=["int64"])
    assert batch["message"].to_pylist() == [None, None, [1, 2], None, None, None]
    assert batch["message_text"].to_pylist() == ['5', '"x"', None, '{"a": 1}', "no JSON", None]
    batch = logs.to_arrow(event, message="map<utf8, int64>", on_miss="null")
    assert batch["message"].to_pylist() == [None, None, None, {"a": 1}, None, None]


@given(st.lists(events.ANY_TEXT | st.sampled_from(LINES[:5]).map(str), max_size=6))
def test_no_text_is_lost(lines):
    batch = logs.to_arrow(event_of(*lines), message=AppLog)
    for line, made, text in zip(lines, batch["message"], batch["message_text"], strict=True):
        assert (text == line and made is None) if made is None and line.strip(" \n\r\t") != "null" else text is None


def test_a_value_that_does_not_fit_beside_one_that_is_no_message(check):
    lines = ['{"level":"a","n":"x"}', "no JSON", '{"level":5}', '{"level":"b","n":1}', '{"n":2']
    event = event_of(*lines)
    batch = logs.to_arrow(event, message={"level": "utf8", "n": "int64"}, on_mismatch="null")
    assert check(batch).column("message").to_pylist() == [
        {"level": "a", "n": None}, None, {"level": None, "n": None}, {"level": "b", "n": 1}, None]
    assert batch["message_text"].to_pylist() == [None, "no JSON", None, None, '{"n":2']
    for on_miss in ("keep", "null", "fail"):
        batch = logs.to_arrow(event, message={"level": "utf8", "n": "int64"}, on_mismatch="rescue", on_miss=on_miss,
                              on_error="collect")
        check(batch)
        kept = 5 if on_miss != "fail" else 3
        rescued = [row["_rescued"] for row in batch.to_pylist()]
        assert len(rescued) == kept and [one for one in rescued if one] == [{"$.n": '"x"'}, {"$.level": "5"}]
    assert logs.to_arrow(event, message=WORDS)["message_text"].to_pylist() == [
        lines[0], "no JSON", lines[2], None, lines[4]]


def test_narrow_flat_and_plain(check):
    event = event_of('{"level":"INFO","n":5}', "text", '{"level":"x"}')
    batch = logs.to_arrow(event, message=AppLog, columns=["message.n", "log_group"])
    assert check(batch).schema.names == ["message", "log_group"]
    assert batch["message"].to_pylist() == [{"n": 5}, None, {"n": None}]
    batch = logs.to_arrow(event, message=AppLog, columns=["message_text"])
    assert check(batch).schema.names == ["message_text"] and batch["message_text"].to_pylist() == [None, "text", None]
    batch = logs.to_arrow(event, columns=["message_text"])
    assert batch.num_rows == 3
    batch = logs.to_arrow(event, message=AppLog, flatten=True)
    names = check(batch).schema.names
    assert names[2:5] == ["level", "n", "message_text"] and "message" not in names
    assert batch["level"].to_pylist() == ["INFO", None, "x"]
    assert batch["message_text"].to_pylist() == [None, "text", None]
    for dialect in ("plain", "spark"):
        ours = check(logs.to_arrow(event, message=AppLog, dialect=dialect))
        assert not any(pa.types.is_dictionary(kind) for kind in ours.schema.types)
        assert ours.schema.field("subscription_filters").type.value_type == pa.utf8()
        assert ours.column("message_text").to_pylist() == [None, "text", None]


@pytest.mark.parametrize("options, said", [
    ({"on_miss": "drop"}, "on_miss"),
    ({"message": {"a": "int64"}, "on_miss": None}, "on_miss"),
    ({"columns": ["nothing"]}, "nothing"),
    ({"message": {"a": "int64"}, "columns": ["message.b"]}, "b"),
])
def test_options_that_are_wrong(options, said):
    with pytest.raises(ValueError, match=said):
        logs.Decoder(**({"message": "json"} | options))


# --- Lambda's own lines -----------------------------------------------------------------------------

ID = "3604209a-e9a3-11e6-939a-754dd98c7be3"
NAMES = ["type", "request_id", "version", "status", "error_type", "duration_ms", "billed_duration_ms", "memory_size_mb",
         "max_memory_used_mb", "init_duration_ms", "restore_duration_ms", "billed_restore_duration_ms"]
REPORT = {"type": "REPORT", "request_id": ID, "duration_ms": 12.34, "billed_duration_ms": 100, "memory_size_mb": 128,
          "max_memory_used_mb": 35}
REPORT_TEXT = (f"REPORT RequestId: {ID}\tDuration: 12.34 ms\tBilled Duration: 100 ms\tMemory Size: 128 MB\t"
               "Max Memory Used: 35 MB\t")


def platform(kind, record):
    return json.dumps({"time": "2024-05-06T07:08:09.010Z", "type": f"platform.{kind}", "record": record})


METRICS = {"durationMs": 12.34, "billedDurationMs": 100, "memorySizeMB": 128, "maxMemoryUsedMB": 35}
PLATFORM = [
    (f"START RequestId: {ID} Version: $LATEST\n", {"type": "START", "request_id": ID, "version": "$LATEST"}),
    (f"START RequestId: {ID} Version: 17", {"type": "START", "request_id": ID, "version": "17"}),
    (f"END RequestId: {ID}\n", {"type": "END", "request_id": ID}),
    (f"END RequestId: {ID}", {"type": "END", "request_id": ID}),
    (REPORT_TEXT + "\n", REPORT),
    (REPORT_TEXT.rstrip(), REPORT),
    (REPORT_TEXT + "Init Duration: 156.07 ms\t\n", REPORT | {"init_duration_ms": 156.07}),
    (REPORT_TEXT + "Init Duration: 156.07 ms\t\nXRAY TraceId: 1-5e34a614-10bdxmplf1fb44f07bc535a1\tSegmentId: 07f5\t"
     "Sampled: true\t\n", REPORT | {"init_duration_ms": 156.07}),
    (REPORT_TEXT + "Restore Duration: 474.16 ms\tBilled Restore Duration: 48 ms\t\n",
     REPORT | {"restore_duration_ms": 474.16, "billed_restore_duration_ms": 48}),
    (REPORT_TEXT + "Status: timeout\n", REPORT | {"status": "timeout"}),
    (REPORT_TEXT + "Status: error\tError Type: Runtime.ExitError\n",
     REPORT | {"status": "error", "error_type": "Runtime.ExitError"}),
    (f"REPORT RequestId: {ID}\tDuration:  12.34 ms", None),   # two spaces: the value would be empty
    (platform("start", {"requestId": ID, "version": "$LATEST"}),
     {"type": "START", "request_id": ID, "version": "$LATEST"}),
    (platform("runtimeDone", {"requestId": ID, "status": "success", "metrics": {"durationMs": 5, "producedBytes": 16},
                              "spans": [{"name": "responseLatency", "durationMs": 1.5}]}),
     {"type": "END", "request_id": ID, "status": "success", "duration_ms": 5.0}),
    (platform("report", {"requestId": ID, "metrics": METRICS | {"initDurationMs": 156.07}, "status": "success",
                         "tracing": {"type": "X-Amzn-Trace-Id"}}),
     REPORT | {"init_duration_ms": 156.07, "status": "success"}),
    (platform("report", {"requestId": ID, "status": "error", "errorType": "Runtime.ExitError", "metrics": METRICS
                         | {"restoreDurationMs": 474.16, "billedRestoreDurationMs": 48}}),
     REPORT | {"status": "error", "error_type": "Runtime.ExitError", "restore_duration_ms": 474.16,
               "billed_restore_duration_ms": 48}),
    (" \n" + platform("start", {"requestId": ID}), None),   # what begins otherwise is text
    (json.dumps({"record": {"requestId": ID}, "type": "platform.start"}, indent=2) + "\n",
     {"type": "START", "request_id": ID}),
    (platform("start", {}), {"type": "START"}),
    (platform("report", {"requestId": ID, "metrics": None}), {"type": "REPORT", "request_id": ID}),
    # All other lines are no such message.
    (platform("initStart", {"requestId": ID}), None),
    (platform("extension", {"name": "x", "state": "Ready", "events": ["INVOKE"]}), None),
    (platform("start", None), None),
    ('{"type":"platform.start"}', None),
    ('{"level":"INFO","message":"END RequestId: "}', None),
    ("{", None),
    ("{}", None),
    ("", None),
    ("START", None),
    ("STARTING RequestId: x", None),
    (f"start RequestId: {ID}", None),
    (f" END RequestId: {ID}", None),
    (f"INIT_START Runtime Version: python:3.12.v36\tRuntime Version ARN: arn:{ID}", None),
    (f"REPORT RequestId: {ID}\tDuration: x ms", None),
    (f"REPORT RequestId: {ID}\tBilled Duration: 1.5 ms", None),
    (f"{ID} Task timed out after 3.00 seconds", None),
]


@pytest.mark.parametrize("line, made", PLATFORM)
def test_a_line_that_lambda_writes(line, made, check):
    batch = logs.to_arrow(event_of(line, "between", line), message=logs.lambda_platform())
    whole = made and dict.fromkeys(NAMES) | made
    assert check(batch).column("message").to_pylist() == [whole, None, whole]
    assert batch["message_text"].to_pylist() == ([line, "between", line] if made is None else [None, "between", None])


def test_all_the_lines_in_one_event(check):
    lines, made = zip(*PLATFORM, strict=True)
    whole = [one and dict.fromkeys(NAMES) | one for one in made]
    options = {"message": logs.lambda_platform()}
    ours = check(logs.to_arrow(event_of(*lines), **options))
    assert ours.column("message").to_pylist() == whole
    assert ours.schema.field("message").type == pa.struct(
        [("type", pa.dictionary(pa.int32(), pa.utf8()))]
        + [(name, pa.float64() if name in ("duration_ms", "init_duration_ms", "restore_duration_ms") else
            pa.int64() if name.endswith(("_ms", "_mb")) else pa.utf8()) for name in NAMES[1:]])
    batch = logs.to_arrow(event_of(*lines), **options, on_miss="null", columns=["message.billed_duration_ms"])
    assert [one and one["billed_duration_ms"] for one in batch["message"]] == [
        one and one.get("billed_duration_ms") for one in whole]
    batch = logs.to_arrow(event_of(*lines), **options, on_miss="fail", on_error="collect")
    assert batch["message"].to_pylist() == [one for one in whole if one]
    assert [failure.index for failure in batch.failures] == [at for at, one in enumerate(whole) if not one]


def test_several_kinds_of_lines():
    """Lambda's own, and the application's: two readings of one event."""
    lines = [f"START RequestId: {ID} Version: 1\n", '{"level":"INFO","n":1}', REPORT_TEXT]
    event = event_of(*lines)
    own = logs.to_arrow(event, message=logs.lambda_platform(), columns=["message.type", "message_text"])
    assert own["message_text"].to_pylist() == [None, lines[1], None]
    theirs = logs.to_arrow(event, message=AppLog, columns=["message", "message_text"])
    assert theirs["message_text"].to_pylist() == [lines[0], None, lines[2]]
