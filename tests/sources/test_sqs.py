"""What is SQS's own: its columns and their types, numbers in strings, message attributes."""

import datetime as dt
import json

import events
import oracle
import pyarrow as pa
import pytest

from examples import SQS
from lambdarrow import sqs

TEXT, DICTIONARY, TIME = pa.utf8(), pa.dictionary(pa.int32(), pa.utf8()), pa.timestamp("ms", "UTC")
POINTER = pa.struct([("bucket", pa.utf8()), ("key", pa.utf8())])
ATTRIBUTE = pa.struct([
    ("data_type", pa.utf8()),
    ("string_value", pa.utf8()),
    ("binary_value", pa.binary()),
    ("string_list_values", pa.list_(pa.utf8())),
    ("binary_list_values", pa.list_(pa.binary())),
])
TYPES = {
    "message_id": TEXT,
    "receipt_handle": TEXT,
    "body": TEXT,
    "md5_of_body": TEXT,
    "md5_of_message_attributes": TEXT,
    "event_source": DICTIONARY,
    "event_source_arn": DICTIONARY,
    "aws_region": DICTIONARY,
    "approximate_receive_count": pa.int32(),
    "sent_timestamp": TIME,
    "approximate_first_receive_timestamp": TIME,
    "sender_id": DICTIONARY,
    "sequence_number": TEXT,
    "message_group_id": TEXT,
    "message_deduplication_id": TEXT,
    "aws_trace_header": TEXT,
    "dead_letter_queue_source_arn": DICTIONARY,
    "message_attributes": pa.map_(pa.utf8(), ATTRIBUTE),
}
FIFO_ATTRIBUTES = {
    "ApproximateReceiveCount": "2",
    "AWSTraceHeader": "Root=1-5e1b4151-5ac6c58f5b4c3b1e4f3c2a1d;Sampled=1",
    "SentTimestamp": "1573251510774",
    "SequenceNumber": "18849496460467696128",
    "MessageGroupId": "1",
    "SenderId": "AIDAIO23YVJENQZJOL4VO",
    "MessageDeduplicationId": "1",
    "ApproximateFirstReceiveTimestamp": "1573251510774",
    "DeadLetterQueueSourceArn": "arn:aws:sqs:us-east-2:123456789012:fifo.fifo",
}


def decoded(**changes):
    """The row of one message with these changes."""
    (row,) = sqs.to_arrow(events.event([events.sqs_message(**changes)])).to_pylist()
    return row


def time(ms):
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=ms)


# --- columns and types ------------------------------------------------------------------------------


def test_a_documented_event(check):
    batch = sqs.to_arrow(SQS)
    ours = check(batch)
    oracle.assert_same(ours, oracle.SQS.decode(SQS).batch)
    assert batch.to_pylist()[0] == dict.fromkeys(TYPES) | {
        "message_id": "059f36b4-87a3-44ab-83d2-661975830a7d",
        "receipt_handle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a...",
        "body": "Test message.",
        "md5_of_body": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "event_source": "aws:sqs",
        "event_source_arn": "arn:aws:sqs:us-east-2:123456789012:my-queue",
        "aws_region": "us-east-2",
        "approximate_receive_count": 1,
        "sent_timestamp": dt.datetime(2018, 12, 17, 21, 37, 29, 183_000, dt.UTC),
        "approximate_first_receive_timestamp": dt.datetime(2018, 12, 17, 21, 37, 29, 185_000, dt.UTC),
        "sender_id": "AIDAIENQZJOLO23YVJ4VO",
        "message_attributes": {
            "myAttribute": {
                "data_type": "String",
                "string_value": "myValue",
                "binary_value": None,
                "string_list_values": [],
                "binary_list_values": [],
            }
        },
    }
    assert batch["message_attributes"].to_pylist()[1] == {}


def test_default_columns_and_types(check):
    schema = check(sqs.to_arrow(SQS)).schema
    assert dict(zip(schema.names, schema.types, strict=True)) == TYPES
    assert schema.names == list(TYPES)
    assert all(field.nullable for field in schema)


def test_the_attributes_of_a_fifo_queue():
    row = decoded(attributes=FIFO_ATTRIBUTES, eventSourceARN="arn:aws:sqs:us-east-2:123456789012:fifo.fifo")
    expected = {
        "approximate_receive_count": 2,
        "aws_trace_header": FIFO_ATTRIBUTES["AWSTraceHeader"],
        "sent_timestamp": time(1573251510774),
        "sequence_number": "18849496460467696128",
        "message_group_id": "1",
        "sender_id": "AIDAIO23YVJENQZJOL4VO",
        "message_deduplication_id": "1",
        "approximate_first_receive_timestamp": time(1573251510774),
        "dead_letter_queue_source_arn": "arn:aws:sqs:us-east-2:123456789012:fifo.fifo",
    }
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize("arn, name", [
    ("arn:aws:sqs:us-east-1:123456789012:orders", "orders"),
    ("arn:aws:sqs:us-east-1:123456789012:orders.fifo", "orders.fifo"),
    ("arn:aws-cn:sqs:cn-north-1:123456789012:q", "q"),
    (None, None),
])
def test_columns_on_request(check, arn, name):
    event = events.event([events.sqs_message(number=number, eventSourceARN=arn) for number in range(2)])
    ours = check(sqs.to_arrow(event, columns=["queue_name", "record_index", "message_id"]))
    assert ours.schema.names == ["queue_name", "record_index", "message_id"]
    assert ours.schema.types[:2] == [DICTIONARY, pa.int32()]
    assert ours.column("queue_name").to_pylist() == [name] * 2
    assert ours.column("record_index").to_pylist() == [0, 1]
    both = sqs.to_arrow(event, columns=["event_source_arn", "queue_name"])
    assert both.to_pylist() == [{"event_source_arn": arn, "queue_name": name}] * 2


def test_a_payload_brings_its_pointer(check):
    event = events.sqs_event_of({"n": 1}, b"null")
    for payload, kind, expected in [
        ({"n": "int64"}, pa.struct([("n", pa.int64())]), [{"n": 1}, None]),
        ("utf8", pa.utf8(), ['{"n": 1}', "null"]),
        ("json", pa.utf8(), ['{"n": 1}', None]),
    ]:
        ours = check(sqs.to_arrow(event, payload=payload))
        body = list(TYPES).index("body")
        assert ours.schema.names == [*list(TYPES)[: body + 1], "payload_pointer", *list(TYPES)[body + 1 :]]
        assert oracle.undictionary(ours.schema.field("body").type) == kind
        assert ours.schema.field("payload_pointer").type == POINTER
        assert ours.column("body").to_pylist() == expected
        assert ours.column("payload_pointer").null_count == 2


BAD = {
    "receipt_handle": (("receiptHandle",), 5),
    "body": (("body",), "\ud800"),
    "event_source_arn": (("eventSourceARN",), ["arn"]),
    "approximate_receive_count": (("attributes", "ApproximateReceiveCount"), "many"),
    "sent_timestamp": (("attributes", "SentTimestamp"), 5),
    "message_group_id": (("attributes", "MessageGroupId"), {}),
    "message_attributes": (("messageAttributes",), {"a": {"binaryValue": "not base64!"}}),
}


@pytest.mark.parametrize("name", TYPES)
def test_what_is_not_asked_for_is_not_converted(name):
    message = events.sqs_message(number=7)
    for path, value in BAD.values():
        events.changed(message, path, value)
    event = json.dumps({"Records": [message]}).encode()
    batch = sqs.to_arrow(event, columns=[name], on_error="collect")
    assert len(batch.failures) == (name in BAD)
    if not batch.failures:
        batch.fail([0], "x")
    assert batch.response() == {"batchItemFailures": [{"itemIdentifier": message["messageId"]}]}


def test_fixed_width_columns_are_buffers():
    event = events.sqs_event_of(*["x"] * 5)
    batch = sqs.to_arrow(event, columns=["sent_timestamp", "approximate_receive_count", "record_index"])
    times, counts = memoryview(batch["sent_timestamp"]), memoryview(batch["approximate_receive_count"])
    assert (times.itemsize, times.readonly, times.tolist()) == (8, True, [1545082649183] * 5)
    assert (counts.itemsize, counts.format, counts.tolist()) == (4, "i", [1] * 5)
    assert memoryview(batch["record_index"]).tolist() == [*range(5)]


# --- numbers in strings -----------------------------------------------------------------------------

COUNTS = [
    ("1", 1), ("0", 0), ("-0", 0), ("17", 17), ("2147483647", 2**31 - 1), ("-2147483648", -(2**31)),
    ("2147483648", "out_of_range"), ("1.0", "expected_integer"), ("1e0", "expected_integer"), ("", None), (" 1", None),
    ("1 ", "trailing_bytes"), ("\t1", None), ("1,", "trailing_bytes"), ("01", None), ("+1", None), ("0x1", None),
    ("1_0", None), ("\u0661", None), ("one", None), ("[1]", "expected_integer"), ("NaN", None),
]
TIMES = [
    ("0", 0), ("1545082649183", 1545082649183), ("-1", -1), ("1545082649183.000", 1545082649183),
    ("1.545082649183e12", 1545082649183), ("9223372036854775807", 2**63 - 1), ("-9223372036854775808", -(2**63)),
    ("0e99999999999999999999", 0), ("15450826491830e-1", 1545082649183),
    ("1545082649183.5", "not_exact"), ("1e-4", "not_exact"), ("9223372036854775808", "out_of_range"),
    ("1e300", "out_of_range"), ("", None), ("1545082649183 ", "trailing_bytes"), ("1545082649183\n", "trailing_bytes"),
    ('"1545082649183"', None), ("2018-12-17T21:37:29Z", None), ("\U0001f600", None),
]
NUMERALS = [("ApproximateReceiveCount", "approximate_receive_count", text, value) for text, value in COUNTS]
NUMERALS += [("SentTimestamp", "sent_timestamp", text, value) for text, value in TIMES]
NUMERALS += [("ApproximateFirstReceiveTimestamp", "approximate_first_receive_timestamp", text, value)
             for text, value in TIMES[:3] + TIMES[-4:]]


@pytest.mark.parametrize("key, name, text, value", NUMERALS, ids=[ascii(f"{one[0]}={one[2]}") for one in NUMERALS])
def test_a_number_in_a_string(key, name, text, value):
    for written in (json.dumps(text, ensure_ascii=False), json.dumps(text), events.all_escaped(text)):
        event = events.with_text(["attributes", key], written.encode(), events.sqs_message())
        batch = sqs.to_arrow(event, on_error="collect", columns=[name])
        if isinstance(value, int):
            assert batch.failures == ()
            assert pa.record_batch(batch).column(name).cast(pa.int64()).to_pylist() == [value]
        else:
            (failure,) = batch.failures
            assert failure.path.startswith(f"$.Records[0].attributes.{key}")
            assert value is None or failure.reason == value
            assert batch.num_rows == 0


@pytest.mark.parametrize("value", [1, 1.5, True, [], {}], ids=str)
@pytest.mark.parametrize("key", ["ApproximateReceiveCount", "SentTimestamp", "ApproximateFirstReceiveTimestamp"])
def test_a_number_that_is_in_no_string(key, value):
    event = events.event([events.sqs_message(attributes={key: value})])
    (failure,) = sqs.to_arrow(event, on_error="collect").failures
    assert (failure.reason, failure.path) == ("expected_string", f"$.Records[0].attributes.{key}")


@pytest.mark.parametrize("key", ["ApproximateReceiveCount", "SentTimestamp", "ApproximateFirstReceiveTimestamp"])
def test_null_in_a_string_is_no_number(key):
    event = events.event([events.sqs_message(attributes={key: "null"})])
    assert [failure.path for failure in sqs.to_arrow(event, on_error="collect").failures] == [
        f"$.Records[0].attributes.{key} → $"
    ]


def test_times_of_the_dialect_spark():
    batch = sqs.to_arrow(events.sqs_event_of("x"), dialect="spark")
    column = pa.record_batch(batch).column("sent_timestamp")
    assert column.cast(pa.int64()).to_pylist() == [1545082649183_000]
    far = events.event([events.sqs_message(attributes={"SentTimestamp": str(2**63 - 1)})])
    assert [failure.reason for failure in sqs.to_arrow(far, dialect="spark", on_error="collect").failures] == [
        "out_of_range"
    ]


# --- message attributes -----------------------------------------------------------------------------


def attribute(**values):
    names = ("data_type", "string_value", "binary_value", "string_list_values", "binary_list_values")
    return dict.fromkeys(names) | values


ATTRIBUTES = {
    "none": ({}, {}),
    "no object": (None, None),
    "a null": ({"a": None}, {"a": None}),
    "nothing of it": ({"a": {}}, {"a": attribute()}),
    "all null": ({"a": {"dataType": None, "stringValue": None, "binaryValue": None, "stringListValues": None,
                        "binaryListValues": None}}, {"a": attribute()}),
    "text": ({"a": {"dataType": "String", "stringValue": "\u00e9\"\\"}},
             {"a": attribute(data_type="String", string_value="\u00e9\"\\")}),
    "a number": ({"a": {"dataType": "Number.int", "stringValue": "1e999"}},
                 {"a": attribute(data_type="Number.int", string_value="1e999")}),
    "bytes": ({"a": {"dataType": "Binary", "binaryValue": "AP8="}},
              {"a": attribute(data_type="Binary", binary_value=b"\0\xff")}),
    "no bytes": ({"a": {"binaryValue": ""}}, {"a": attribute(binary_value=b"")}),
    "lists": ({"a": {"stringListValues": ["x", None, ""], "binaryListValues": ["QQ==", None, ""]}},
              {"a": attribute(string_list_values=["x", None, ""], binary_list_values=[b"A", None, b""])}),
    "empty lists": ({"a": {"stringListValues": [], "binaryListValues": []}},
                    {"a": attribute(string_list_values=[], binary_list_values=[])}),
    "unknown keys": ({"a": {"x": {"y": [1]}, "dataType": "String", "z": "\\"}}, {"a": attribute(data_type="String")}),
    "strange names": ({"": {}, "a.b": {}, "\u00e9": {}, "\U0001f600\n": {}},
                      {"": attribute(), "a.b": attribute(), "\u00e9": attribute(), "\U0001f600\n": attribute()}),
    "many": ({f"n{at}": {"stringValue": str(at)} for at in range(40)},
             {f"n{at}": attribute(string_value=str(at)) for at in range(40)}),
}


@pytest.mark.parametrize("wire, expected", ATTRIBUTES.values(), ids=ATTRIBUTES)
def test_message_attributes(check, wire, expected):
    messages = [events.sqs_message(messageAttributes=value) for value in ({}, wire, {})]
    for records in (messages, events.reversed_keys(messages)):
        for event in (events.event(records), json.dumps({"Records": records}).encode()):
            batch = sqs.to_arrow(event)
            assert batch["message_attributes"].to_pylist() == [{}, expected, {}]
            oracle.assert_same(check(batch), oracle.SQS.decode(event).batch)


@pytest.mark.parametrize("text, path, reason", [
    (b'{"a":5}', ".a", "expected_object"),
    (b'{"a":[]}', ".a", "expected_object"),
    (b'{"b":{},"a":{"dataType":5}}', ".a.dataType", "expected_string"),
    (b'{"a":{"stringValue":"\\ud800"}}', ".a.stringValue", "lone_surrogate"),
    (b'{"a":{"binaryValue":"QQ"}}', ".a.binaryValue", "base64_padding"),
    (b'{"a":{"stringListValues":["x",5]}}', ".a.stringListValues[1]", "expected_string"),
    (b'{"a":{"binaryListValues":["QQ==","Q!=="]}}', ".a.binaryListValues[1]", "invalid_base64"),
    (b'{"a":{"stringListValues":{}}}', ".a.stringListValues", "expected_array"),
    # A later value of the same key does not mend an earlier one.
    (b'{"a":5,"a":{}}', ".a", "expected_object"),
])
def test_an_attribute_that_does_not_fit_fails_its_message(text, path, reason):
    event = events.with_text(["messageAttributes"], text, events.sqs_message())
    (failure,) = sqs.to_arrow(event, on_error="collect").failures
    assert (failure.path, failure.reason) == ("$.Records[0].messageAttributes" + path, reason)


def test_a_name_of_an_attribute_is_text():
    event = events.with_text(["messageAttributes"], b'{"\\ud800":{}}', events.sqs_message())
    assert [failure.reason for failure in sqs.to_arrow(event, on_error="collect").failures] == ["lone_surrogate"]


def test_too_many_attributes():
    message = events.sqs_message(messageAttributes={f"n{at}": {} for at in range(20)})
    event = events.event([message, events.sqs_message(number=1)])
    assert sqs.to_arrow(event, limits={"map_keys": 20}).num_rows == 2
    batch = sqs.to_arrow(event, limits={"map_keys": 19}, on_error="collect")
    assert batch.record_index.to_pylist() == [1]
    (failure,) = batch.failures
    assert (failure.reason, failure.path) == ("too_many_keys", "$.Records[0].messageAttributes")


def test_names_that_are_equal_once_half_a_pair_is_replaced():
    text = b'{"a\\ud800":{"dataType":"x"},"b":{},"a\\udc00":{},"a\xef\xbf\xbd":{"stringValue":"\\ud800"}}'
    event = events.with_text(["messageAttributes"], text, events.sqs_message())
    column = pa.record_batch(sqs.to_arrow(event, lone_surrogates="replace")).column("message_attributes")
    assert column.to_pylist() == [[("a\ufffd", attribute(string_value="\ufffd")), ("b", attribute())]]
