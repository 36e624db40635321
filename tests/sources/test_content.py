"""Content that is no event: files of lines and of JSON, compressed or not; what CloudWatch Logs sends to streams and
writes to buckets."""

import csv
import datetime as dt
import gzip
import io
import json
import zlib

import events
import events_logs
import pytest
from events_logs import body_of, compressed
from hypothesis import given
from hypothesis import strategies as st

import lambdarrow
from lambdarrow import content, kinesis, logs, schema

CLICK = {"a": "int64", "t": "utf8"}
WORDS = {"lines": lambdarrow.lines, "json_sequence": lambdarrow.json_sequence}
# Each wraps the content of a file, and the word that reads it.
WRAPPED = {
    "plain": (bytes, lambda word: word),
    "unzipped, plain": (bytes, schema.unzipped),
    "unzipped": (gzip.compress, schema.unzipped),
    "gzip": (gzip.compress, lambdarrow.gzip),
    "zlib": (zlib.compress, lambdarrow.zlib),
    "auto": (zlib.compress, lambdarrow.auto),
    "auto, plain": (bytes, lambdarrow.auto),
    "members": (lambda data: gzip.compress(data[:7]) + gzip.compress(data[7:]), lambdarrow.gzip),
    "twice": (lambda data: gzip.compress(zlib.compress(data)), lambda word: lambdarrow.gzip(lambdarrow.auto(word))),
}
FILE = b'{"a":1}\n{"a":"x"}\r\n\n{"a":3,"t":"\\u00e9"}\n5\n{"a":6}'
# (line, its value or None)
LINES = [
    ({"a": 1, "t": None}, b'{"a":1}'),
    (None, b'{"a":"x"}'),
    ({"a": 3, "t": "\u00e9"}, b'{"a":3,"t":"\\u00e9"}'),
    (None, b"5"),
    ({"a": 6, "t": None}, b'{"a":6}'),
]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("wrap, around", WRAPPED.values(), ids=WRAPPED)
def test_each_line_is_what_can_fail(word, wrap, around, check):
    data, payload = wrap(FILE), around(WORDS[word](CLICK))
    batch = content.to_arrow(data, payload=payload, on_error="collect")
    assert check(batch).column("data").to_pylist() == [one for one, _ in LINES if one]
    assert batch.record_index.to_pylist() == [0, 2, 4]
    assert [(one.index, one.reason, one.raw.strip()) for one in batch.failures] == [
        (1, "expected_integer", LINES[1][1]),
        (3, "expected_object", b"5"),
    ]
    assert [one.path.rpartition("\u2192 ")[2] for one in batch.failures] == ["$[1].a", "$[3]"]
    batch = content.to_arrow(data, payload=payload, on_error="null")
    assert check(batch).column("data").to_pylist() == [one for one, _ in LINES]
    assert [text and text.strip() for text in batch["_corrupt_record"]] == [None, '{"a":"x"}', None, "5", None]
    batch = content.to_arrow(data, payload=payload, on_error="stop")
    assert check(batch).column("data").to_pylist() == [LINES[0][0]] and batch.failures[0].index == 1
    with pytest.raises(lambdarrow.DecodeError) as caught:
        content.to_arrow(data, payload=payload)
    assert caught.value.index == 1 and caught.value.path.endswith("$[1].a")


@pytest.mark.parametrize("mode", ["raise", "collect", "null", "stop"])
@pytest.mark.parametrize("wrap, around", WRAPPED.values(), ids=WRAPPED)
def test_no_lines_are_no_rows(wrap, around, mode, check):
    for data in (b"", b"\n\n  \r\n"):
        for word in WORDS.values():
            batch = content.to_arrow(wrap(data), payload=around(word(CLICK)), on_error=mode)
            assert check(batch).num_rows == 0 and batch.failures == ()


@pytest.mark.parametrize("mode", ["raise", "collect", "null", "stop"])
def test_content_that_makes_no_rows_of_its_own_is_one(mode, check):
    for data, payload, value in [
        (b"any \xff", None, b"any \xff"),
        (b"text \xc3\xa9\n", "utf8", "text \u00e9\n"),
        (b'{"a":1}', CLICK, {"a": 1, "t": None}),
        (gzip.compress(b"x"), schema.gzip("utf8"), "x"),
    ]:
        batch = content.to_arrow(data, payload=payload, on_error=mode)
        assert check(batch).column("data").to_pylist() == [value] and batch.failures == ()
    # It is all of it: there is nothing else to keep.
    for data, payload in ((b"\xff", "utf8"), (b'{"a":"x"}', CLICK), (b"x", schema.gzip("utf8"))):
        with pytest.raises(lambdarrow.DecodeError):
            content.to_arrow(data, payload=payload, on_error=mode)


@pytest.mark.parametrize("mode", ["raise", "collect", "null", "stop"])
def test_compressed_content_that_is_damaged_raises(mode):
    data = gzip.compress(FILE)
    for broken in (data[:-1], data[:9], b"", data[:-5] + b"\0" + data[-4:]):
        with pytest.raises(lambdarrow.DecodeError) as caught:
            content.to_arrow(broken, payload=lambdarrow.gzip(lambdarrow.lines(CLICK)), on_error=mode)
        assert caught.value.reason == "invalid_gzip"
    with pytest.raises(lambdarrow.DecodeError) as caught:
        content.to_arrow(
            data,
            payload=lambdarrow.auto(lambdarrow.lines(CLICK)),
            on_error=mode,
            limits={"max_inflated": len(FILE) - 1},
        )
    assert caught.value.reason == "inflated_limit"


def test_many_lines_are_large_columns(check):
    lines = [{"a": number, "t": f"text {number} " * (number % 9)} for number in range(20_000)]
    data = "\n".join(map(json.dumps, lines)).encode()
    for wrap, around in WRAPPED.values():
        batch = content.to_arrow(wrap(data), payload=around(lambdarrow.lines(CLICK)), flatten=True)
        assert batch["a"].to_pylist() == list(range(20_000))
    assert check(batch).column("t").to_pylist() == [line["t"] for line in lines]


def test_flat_narrow_and_plain(check):
    payload = lambdarrow.lines({"a": "int64", "k": "dictionary<utf8>"})
    data = b'{"a":1,"k":"x"}\n{"k":"x"}'
    assert check(content.to_arrow(data, payload=payload, flatten=True)).schema.names == ["a", "k"]
    batch = content.to_arrow(data, payload=payload, columns=["data.k"], dialect="plain")
    assert check(batch).to_pylist() == [{"data": {"k": "x"}}] * 2


def test_files_that_are_fed_are_one_batch(check):
    decoder = content.Decoder(payload=lambdarrow.auto(lambdarrow.lines(CLICK)), on_error="collect")
    assert [decoder.feed(data) for data in (FILE, gzip.compress(FILE), b"", zlib.compress(b'{"a":7}'))] == [3, 6, 6, 7]
    batch = decoder.finish()
    assert [row["a"] for row in check(batch).column("data").to_pylist()] == [1, 3, 6, 1, 3, 6, 7]
    assert [one.index for one in batch.failures] == [1, 3, 1, 3]


@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r\0"), min_size=1, max_size=5),
            min_size=2,
            max_size=2,
        ),
        max_size=5,
    )
)
def test_csv_files(rows):
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
    payload = lambdarrow.auto(lambdarrow.delimited({"a": "utf8", "b": "utf8"}, separator=",", null=""))
    for data in (file.getvalue().encode(), gzip.compress(file.getvalue().encode())):
        batch = content.to_arrow(data, payload=payload, flatten=True)
        assert [list(row.values()) for row in batch.to_pylist()] == rows


def test_lines_of_a_file_that_are_no_fields(check):
    payload = lambdarrow.delimited({"a": "int64", "b": "utf8"})
    batch = content.to_arrow(b'1 x\nx y\n\n3 "open\n4 z', payload=payload, on_error="collect", flatten=True)
    assert check(batch).to_pylist() == [{"a": 1, "b": "x"}, {"a": 4, "b": "z"}]
    assert [(one.index, one.raw) for one in batch.failures] == [(1, b"x y"), (2, b'3 "open')]
    for option, kept in (("null", [1, None, 4]), ("rescue", [1, None, 4])):
        batch = content.to_arrow(b"1 x\nx y\n4 z", payload=payload, on_mismatch=option)
        assert [row["a"] for row in check(batch).column("data").to_pylist()] == kept
    assert [row.get("_rescued") and list(row["_rescued"].values()) for row in batch.to_pylist()] == [
        None,
        ['"x"'],
        None,
    ]


# --- what a subscription delivers -------------------------------------------------------------------

BODIES = [body_of("a", '{"n":5}'), body_of("x", messageType="CONTROL_MESSAGE"), body_of("b", logGroup="other")]
EXPECTED = [
    {"message": None, "message_text": "a", "log_group": "/aws/lambda/checkout"},
    {"message": {"n": 5}, "message_text": None, "log_group": "/aws/lambda/checkout"},
    {"message": None, "message_text": "b", "log_group": "other"},
]
TEXTS = [events.written(body) for body in BODIES]
DELIVERED = {
    "one behind the other": b"".join(TEXTS),
    "a line each": b"\n".join(TEXTS) + b"\n",
    "gzipped one by one": b"".join([gzip.compress(text) for text in TEXTS]),
    "gzipped together": gzip.compress(b"".join(TEXTS)),
}


def rows_of(batch):
    return [{name: row[name] for name in EXPECTED[0]} for row in batch.to_pylist()]


@pytest.mark.parametrize("mode", ["raise", "collect", "null", "stop"])
@pytest.mark.parametrize("data", DELIVERED.values(), ids=DELIVERED)
def test_what_firehose_writes_to_a_bucket(data, mode, check):
    batch = content.to_arrow(data, payload=logs.delivered({"n": "int64"}), flatten=True, on_error=mode)
    check(batch)
    assert rows_of(batch) == EXPECTED and batch.failures == ()
    assert batch.record_index.to_pylist() == [0, 0, 2]
    assert batch.shapes == {"DATA_MESSAGE": 2, "CONTROL_MESSAGE": 1}
    assert batch["id"].to_pylist() == [one["id"] for body in (BODIES[0], BODIES[2]) for one in body["logEvents"]]


def test_one_of_them_is_what_fails(check):
    texts = [TEXTS[0], events.written(body_of("c") | {"logEvents": [{"timestamp": "x"}]}), b"{}", b"null", TEXTS[2]]
    batch = content.to_arrow(
        b"\n".join(texts), payload=logs.delivered({"n": "int64"}), on_error="collect", flatten=True
    )
    check(batch)
    assert rows_of(batch) == EXPECTED
    assert [(one.index, one.path) for one in batch.failures] == [
        (1, "$[1].logEvents[0].timestamp"),
        (2, "$[2].logEvents"),
        (3, "$[3]"),
    ]


def columns_alike(batch, whole):
    """The struct of a subscription has the columns of lambdarrow.logs."""
    ours, theirs = batch.to_pyarrow(), whole.to_pyarrow()
    return set(ours.schema.names) == set(theirs.schema.names) and all(
        ours.column(name).to_pylist() == theirs.column(name).to_pylist() for name in theirs.schema.names
    )


def test_the_columns_are_those_of_logs():
    for options in ({}, {"message": {"n": "int64"}}):
        whole = logs.to_arrow(events_logs.wrapped(BODIES[0]), **options)
        for data, word in (
            (compressed(BODIES[0]), logs.subscription),
            (TEXTS[0], logs.subscription),
            (TEXTS[0], logs.delivered),
        ):
            batch = content.to_arrow(data, payload=word(options.get("message")), flatten=True)
            assert columns_alike(batch, whole)


@pytest.mark.parametrize(
    "on_miss, made, failed",
    [("keep", [None, {"n": 5}, None], []), ("null", [None, {"n": 5}, None], []), ("fail", [{"n": 5}], [0, 3])],
)
def test_through_a_stream(on_miss, made, failed, check):
    event = events.event_of(
        compressed(body_of("a")),
        compressed(body_of("null", messageType="CONTROL_MESSAGE")),
        compressed(body_of('{"n":5}')),
        TEXTS[2],
        b"junk",
        compressed(BODIES[0])[:-1],
        b"",
    )
    batch = kinesis.to_arrow(event, payload=logs.subscription({"n": "int64"}, on_miss=on_miss), on_error="collect")
    ours = check(batch).to_pylist()
    assert [row["data"]["message"] for row in ours] == made
    assert [one.index for one in batch.failures] == sorted([*failed, 4, 5, 6])
    assert [(one.reason, one.path) for one in batch.failures if one.index == 5] == [
        ("invalid_gzip", "$.Records[5].kinesis.data \u2192 $")
    ]
    assert ("message_text" in ours[0]["data"]) == (on_miss == "keep")
    assert batch.shapes == {"DATA_MESSAGE": len(made), "CONTROL_MESSAGE": 1}
    assert batch["sequence_number"].to_pylist() == [
        json.loads(event)["Records"][at]["kinesis"]["sequenceNumber"] for at in (0, 2, 3) if at not in failed
    ]


def test_a_stream_of_packed_subscriptions(check):
    packed = kinesis.aggregate(
        [("k", compressed(body_of("a", "b"))), ("l", compressed(BODIES[1])), ("m", compressed(body_of("c")))]
    )
    batch = kinesis.to_arrow(
        events.event_of(packed, compressed(body_of("d"))),
        payload=logs.subscription(),
        flatten=True,
        columns=["partition_key", "user_record_index", "data.message"],
    )
    assert [list(row.values()) for row in check(batch).to_pylist()] == [
        ["k", 0, "a"],
        ["k", 0, "b"],
        ["m", 2, "c"],
        ["key-1", 0, "d"],
    ]


def test_a_subscription_in_null_mode(check):
    event = events.event_of(compressed(body_of("a", "b")), b"junk", compressed(BODIES[1]), compressed(body_of("c")))
    batch = kinesis.to_arrow(event, payload=logs.subscription(), on_error="null", flatten=True)
    assert check(batch).column("message").to_pylist() == ["a", "b", None, "c"]
    assert [text is not None for text in batch["_corrupt_record"]] == [False, False, True, False]
    batch = kinesis.to_arrow(event, payload=logs.subscription(), on_error="stop", flatten=True)
    assert batch["message"].to_pylist() == ["a", "b"] and len(batch.failures) == 1


def test_a_subscription_of_lambdas_own_lines(check):
    lines = [
        "START RequestId: x Version: 1\n",
        "REPORT RequestId: x\tDuration: 1.5 ms\tBilled Duration: 2 ms\n",
        "mine",
    ]
    batch = content.to_arrow(
        compressed(body_of(*lines)),
        payload=logs.subscription(logs.lambda_platform()),
        flatten=True,
        columns=["data.message.type", "data.message.duration_ms", "data.message_text"],
    )
    assert [row["message"] and list(row["message"].values()) for row in check(batch).to_pylist()] == [
        ["START", None],
        ["REPORT", 1.5],
        None,
    ]
    assert batch["message_text"].to_pylist() == [None, None, "mine"]


# --- what CloudWatch Logs exports -------------------------------------------------------------------

EXPORT = """\
2024-01-02T03:04:05.678Z START RequestId: x Version: $LATEST
2024-01-02T03:04:05.700Z [ERROR] "quoted", with=signs - and  spaces\x20
Traceback (most recent call last):
  File "handler.py", line 1, in <module>
- a list
2024-01-02T03:04:06.000Z\x20
2024-01-02T03:04:06.001Z END
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("wrap", [bytes, gzip.compress])
def test_what_logs_exports_to_a_bucket(wrap, end, check):
    def at(second, millisecond):
        return dt.datetime(2024, 1, 2, 3, 4, second, millisecond * 1000, dt.UTC)

    data = wrap(EXPORT.replace("\n", end).encode())
    batch = content.to_arrow(data, payload=logs.exported(), flatten=True)
    assert check(batch).to_pylist() == [
        {"timestamp": at(5, 678), "message": "START RequestId: x Version: $LATEST"},
        {"timestamp": at(5, 700), "message": '[ERROR] "quoted", with=signs - and  spaces '},
        {"timestamp": None, "message": "Traceback (most recent call last):"},
        {"timestamp": None, "message": '  File "handler.py", line 1, in <module>'},
        {"timestamp": None, "message": "- a list"},
        {"timestamp": at(6, 0), "message": ""},
        {"timestamp": at(6, 1), "message": "END"},
    ]
    assert content.to_arrow(data, payload=logs.exported(), columns=["data.timestamp"]).num_rows == 7


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r"), max_size=9), max_size=5))
def test_any_exported_message(messages):
    data = "".join([f"2024-01-02T03:04:05.678Z {message}\n" for message in messages]).encode()
    batch = content.to_arrow(data, payload=logs.exported(), flatten=True)
    assert batch["message"].to_pylist() == messages


@pytest.mark.parametrize("line", ['"quoted" and more', '"all of it"', "'", "-", "2024-01-02T03:04:05.678Zx", "a\tb"])
def test_a_further_line_of_any_kind(line):
    data = f"2024-01-02T03:04:05.678Z first\n{line}\n".encode()
    batch = content.to_arrow(data, payload=logs.exported(), flatten=True)
    assert batch["message"].to_pylist() == ["first", line] and batch["timestamp"].to_pylist()[1] is None
