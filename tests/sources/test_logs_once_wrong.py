"""What once was wrong in logs, content and Firehose, each by its smallest input."""

import base64
import gzip
import json
import time

import events
import pytest
from events_firehose import event as firehose_event
from events_firehose import event_of as event_of_bytes
from events_firehose import record
from events_logs import body_of, compressed, event_of, wrapped

import lambdarrow
from lambdarrow import _inflate, content, firehose, kinesis, logs, schema

# --- control messages -------------------------------------------------------------------------------

CONTROL = body_of("CWL CONTROL MESSAGE: Checking health of destination Kinesis stream.", messageType="CONTROL_MESSAGE")


def test_a_control_message_is_no_failure_because_its_text_is_no_message():
    """Whatever `on_miss` says: its one message is text, and whoever expects JSON could never subscribe."""
    batch = logs.to_arrow(wrapped(CONTROL), message={"n": "int64"}, on_miss="fail")
    assert (batch.num_rows, batch.metadata) == (0, {"control_messages": 1})


@pytest.mark.parametrize("mode", ["raise", "collect"])
def test_a_control_message_through_a_stream_is_no_failure_either(mode):
    payload = logs.subscription({"n": "int64"}, on_miss="fail")
    batch = kinesis.to_arrow(events.event_of(compressed(CONTROL)), payload=payload, on_error=mode)
    assert (batch.num_rows, batch.failures, batch.shapes["CONTROL_MESSAGE"]) == (0, (), 1)


def test_a_case_that_is_called_as_control_messages_are():
    shapes = lambdarrow.by("$.k", {"CONTROL_MESSAGE": {"v": "int64"}, "b": {"v": "int64"}})
    batch = logs.to_arrow(event_of('{"k":"CONTROL_MESSAGE","v":1}'), message=shapes)
    assert (batch.num_rows, batch.metadata) == (1, {"control_messages": 0})


DATA = '"messageType":"DATA_MESSAGE"'
HEALTH = '"messageType":"CONTROL_MESSAGE"'
LINES = '"logEvents":[{"id":"1","timestamp":1,"message":"a"}]'
POISON = '"logEvents":[{"id":"1","timestamp":1,"message":"a"},{"id":5}]'


@pytest.mark.parametrize("columns", [None, ["message"], ["message_type"], ["log_group"]])
@pytest.mark.parametrize("mode", ["raise", "collect"])
@pytest.mark.parametrize("members", [
    (DATA, LINES), (HEALTH, LINES), (LINES, DATA), (LINES, HEALTH), (DATA, LINES, HEALTH), (HEALTH, LINES, DATA),
    (DATA, LINES, DATA), (HEALTH, LINES, HEALTH), (DATA, POISON, HEALTH), (DATA, HEALTH, POISON), (HEALTH, DATA, LINES),
])
def test_a_message_type_that_comes_again_is_the_one_that_counts(members, mode, columns):
    """As json has it; the first is believed until then, and what was read by it leaves nothing behind."""
    text = "{" + ",".join(members) + "}"
    sent = json.loads(text)
    rows = len(sent["logEvents"]) if sent["messageType"] == "DATA_MESSAGE" else 0
    batch = logs.to_arrow(wrapped(text.encode()), on_error=mode, columns=columns)
    assert (batch.num_rows, batch.failures) == (rows, ())
    assert batch.metadata == {"control_messages": int(not rows)}


def test_a_message_type_that_comes_again_voids_its_own_record_only():
    bodies = ["{" + ",".join(members) + "}" for members in [(DATA, LINES), (DATA, POISON, HEALTH), (DATA, LINES)]]
    event = events.event_of(*(compressed(body.encode()) for body in bodies))
    batch = kinesis.to_arrow(event, payload=logs.subscription(), on_error="collect")
    assert (batch.num_rows, batch.failures) == (2, ())
    assert (batch.shapes["DATA_MESSAGE"], batch.shapes["CONTROL_MESSAGE"]) == (2, 1)


# --- messages ---------------------------------------------------------------------------------------


def test_lambdas_own_lines_can_be_flat():
    event = event_of("END RequestId: x", "mine")
    batch = logs.to_arrow(event, message=logs.lambda_platform(), flatten=True)
    assert batch["type"].to_pylist() == ["END", None] and batch["request_id"].to_pylist() == ["x", None]
    assert batch["message_text"].to_pylist() == [None, "mine"]


def test_what_lambda_has_not_written_is_no_line_of_its_whatever_is_asked_for():
    """The type tells, also when its column is not wanted."""
    line = '{"type":"platform.initReport","record":{"metrics":{"durationMs":1.5}}}'
    columns = ["message.duration_ms", "message_text"]
    batch = logs.to_arrow(event_of(line), message=logs.lambda_platform(), columns=columns)
    assert batch.to_pylist() == [{"message": None, "message_text": line}]


@pytest.mark.parametrize(
    "word", [schema.lines({"a": "int64"}), schema.delimited({"a": "int64"})], ids=["lines", "delimited"]
)
def test_a_message_of_rows_that_is_none_keeps_its_text(word):
    """Or such words are refused: the log event that is no such message failed for making no row."""
    try:
        decoder = logs.Decoder(message=word)
    except (TypeError, ValueError):
        return
    batch = decoder.to_arrow(event_of("no such line"))
    assert [(row["message"], row["message_text"]) for row in batch.to_pylist()] == [(None, "no such line")]


@pytest.mark.parametrize("on_miss", ["null", "fail"])
def test_the_text_of_no_message_is_a_column_or_refused(on_miss):
    """The column that was asked for was missing, and a batch of nothing else had no rows."""
    try:
        batch = logs.to_arrow(event_of("{}", "{}"), message="json", on_miss=on_miss, columns=["message_text"])
    except ValueError:
        return
    assert batch.to_pylist() == [{"message_text": None}] * 2


def test_on_miss_is_checked_without_a_message_too():
    with pytest.raises(ValueError, match="on_miss"):
        logs.Decoder(on_miss="keeep")


# --- content and exports ----------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"  text", b"\n\ntext\n", b" ", b"\t"])
def test_white_space_before_content_is_content(data):
    assert content.to_arrow(data)["data"].to_pylist() == [data]
    assert content.to_arrow(data, payload="utf8")["data"].to_pylist() == [data.decode()]


def test_white_space_before_the_first_line_is_of_the_line():
    data = b" x,y"
    payload = schema.delimited({"a": "utf8", "b": "utf8"}, separator=",")
    assert content.to_arrow(data, payload=payload, flatten=True).to_pylist() == [{"a": " x", "b": "y"}]
    batch = content.to_arrow(b"  at x\n  at y\n", payload=logs.exported(), flatten=True)
    assert batch["message"].to_pylist() == ["  at x", "  at y"]


@pytest.mark.parametrize("line", ['"a": 1,', '"no end', '"'])
def test_a_line_of_a_message_that_begins_with_a_quote(line):
    """As the lines of JSON that is printed over several do."""
    batch = content.to_arrow(
        f"2024-01-02T03:04:05.678Z {{\n{line}\n}}\n".encode(), payload=logs.exported(), flatten=True
    )
    assert batch["message"].to_pylist() == ["{", line, "}"]


FURTHER = b"2024-01-02T03:04:05.678Z Traceback\nno time here\n"


@pytest.mark.parametrize("on_mismatch", ["null", "rescue"])
def test_the_further_lines_of_a_message_stay_whatever_becomes_of_mismatches(on_mismatch):
    batch = content.to_arrow(FURTHER, payload=logs.exported(), on_mismatch=on_mismatch, flatten=True)
    assert batch["message"].to_pylist() == ["Traceback", "no time here"]


def test_the_further_lines_of_a_message_stay_when_the_time_is_not_asked_for():
    batch = content.to_arrow(FURTHER, payload=logs.exported(), columns=["data.message"])
    assert batch.to_pylist() == [{"data": {"message": "Traceback"}}, {"data": {"message": "no time here"}}]


def test_all_that_does_not_fit_in_a_line_is_rescued():
    """Each under a path of its own: all of them had the path $, and all but the first were lost."""
    batch = content.to_arrow(b"x y", payload=schema.delimited({"a": "int64", "b": "int64"}), on_mismatch="rescue")
    (row,) = batch.to_pylist()
    assert row["data"] == {"a": None, "b": None}
    assert sorted(row["_rescued"].values()) == ['"x"', '"y"']


def test_a_default_of_a_field_between_separators():
    """It is taken, or refused; not passed over."""
    try:
        payload = schema.delimited({"a": {"type": "int64", "default": 5}, "b": "int64"})
    except (TypeError, ValueError):
        return
    assert content.to_arrow(b"- 2", payload=payload, flatten=True).to_pylist() == [{"a": 5, "b": 2}]


@pytest.mark.parametrize("kind", [["int64"], {"b": "int64"}, "map<utf8, utf8>"], ids=str)
def test_a_field_that_is_no_scalar_is_named(kind):
    with pytest.raises((TypeError, ValueError), match="count|scalar"):
        content.Decoder(payload=schema.delimited({"count": kind}))


# --- compressed content -----------------------------------------------------------------------------


def test_many_members_take_time_as_their_bytes_do():
    """What follows each member was copied for the next one: a file of Firehose, gzipped record by record, took six
    seconds for 32 MB. Four times as many took fourteen times as long."""

    def took(count):
        data, best = gzip.compress(b"ab") * count, []
        for _ in range(3):
            begin = time.perf_counter()
            assert len(_inflate.gunzip(data, 1 << 28)) == 2 * count
            best.append(time.perf_counter() - begin)
        return min(best)

    assert took(40_000) < 8 * took(10_000)


@pytest.mark.parametrize("word", [schema.lines, schema.json_sequence])
def test_lines_that_are_compressed_are_named(word):
    with pytest.raises(lambdarrow.DecodeError, match="gzip"):
        kinesis.to_arrow(events.event_of(gzip.compress(b'{"a":1}')), payload=word({"a": "int64"}))


# --- the answer to Firehose -------------------------------------------------------------------------


@pytest.mark.parametrize("broken", [record(5), record({}), 5, None, record(b"x") | {"recordId": 7}], ids=str)
def test_a_record_that_could_not_be_decoded_is_answered(broken):
    """The batch lists it among its failures; the answer failed for it, and with it all the others."""
    event = firehose_event([record(b"one", 0), broken, record(b"two", 2)])
    batch = firehose.to_arrow(event, on_error="collect")
    assert [failure.index for failure in batch.failures] == [1]
    said = firehose.response(batch, ["x", "y"])["records"]
    assert [one["result"] for one in said] == ["Ok", "ProcessingFailed", "Ok"]
    assert [one["recordId"] for one in (said[0], said[2])] == [
        record(number=0)["recordId"],
        record(number=2)["recordId"],
    ]


@pytest.mark.parametrize(
    "options, text",
    [
        ({"limits": {"depth": 300}}, '{"recordId":"1","data":"QQ==","more":' + "[" * 200 + "]" * 200 + "}"),
        ({"lone_surrogates": "replace"}, '{"recordId":"\\ud800","data":"QQ=="}'),
    ],
    ids=["depth", "surrogates"],
)
def test_the_event_is_read_again_as_it_was_read(options, text):
    batch = firehose.to_arrow('{"records":[' + text + "]}", **options)
    assert batch.num_rows == 1
    assert [one["result"] for one in firehose.response(batch, ["x"])["records"]] == ["Ok"]


def test_the_size_of_an_answer_is_that_of_its_bytes():
    """What comes back with a failure need not be ASCII."""
    event = firehose_event([record("\u20ac" * 3_000_000)])
    batch = firehose.to_arrow(event, on_error="collect")
    said = firehose.response(batch, [])
    assert len(json.dumps(said, ensure_ascii=False).encode()) <= 6_291_556


def test_an_answer_that_fits_is_given():
    """22,000 small records: 5.2 MB of an answer, which Lambda takes; the last 4,783 were failed."""
    batch = firehose.to_arrow(event_of_bytes(*[b"x" * 100] * 22_000))
    whole = [answer_of(at, b"x" * 100) for at in range(22_000)]
    assert len(json.dumps({"records": whole})) < 6_291_556
    assert firehose.response(batch, batch["data"])["records"] == whole


def answer_of(number, data):
    return {"recordId": record(number=number)["recordId"], "result": "Ok", "data": base64.b64encode(data).decode()}
