"""What is wrong with an event has the same verdict on both roads, Structs and columns."""

import base64
import gzip
import inspect
import json

import msgspec
import pytest

import lambdarrow
from lambdarrow import _core
from lambdarrow.events import _base


class Order(msgspec.Struct):
    id: int
    name: str = ""


def b64(data):
    return base64.b64encode(data).decode()


def records(*items):
    return json.dumps({"Records": list(items)}).encode()


def kinesis(**changes):
    inner = {"partitionKey": "p", "sequenceNumber": "1", "data": b64(b'{"id":1}'), "approximateArrivalTimestamp": 1.5}
    return records({"eventSource": "aws:kinesis", "kinesis": inner | changes})


def with_data(data):
    return kinesis(data=b64(data))


def sqs(body='{"id":1}', **attributes):
    return records({"eventSource": "aws:sqs", "messageId": "1", "receiptHandle": "r", "body": body,
                    "attributes": attributes, "messageAttributes": {}})


def change(attribute):
    return records({"eventSource": "aws:dynamodb", "eventName": "INSERT",
                    "dynamodb": {"SequenceNumber": "1", "Keys": {"id": {"N": "1"}},
                                 "NewImage": {"id": {"N": "1"}, "a": attribute}}})


def logs(data):
    return json.dumps({"awslogs": {"data": b64(data)}}).encode()


MESSAGE = gzip.compress(json.dumps({
    "messageType": "DATA_MESSAGE", "owner": "1", "logGroup": "g", "logStream": "s", "subscriptionFilters": [],
    "logEvents": [{"id": "1", "timestamp": 1, "message": '{"id":1}'}],
}).encode())
KINESIS, SQS, KEY = kinesis(), sqs(), b'"partitionKey"'


def turned(data, at):
    made = bytearray(data)
    made[at] ^= 1
    return bytes(made)


def key(text):
    """The event with this in place of its partition key."""
    made = KINESIS.replace(b'"p"', text)
    assert made != KINESIS
    return made


def beside(member):
    """The event with a member that nobody knows."""
    return KINESIS.replace(KEY, member + b"," + KEY)


def nested(attribute, levels):
    for _ in range(levels):
        attribute = {"L": [attribute]}
    return attribute


DEEP = b"[" * 100_000 + b"]" * 100_000
BAD = {
    "not JSON, truncated, bytes after the end, no Records, wrong type there": [
        ("kinesis", b"hello", "invalid_json"), ("kinesis", b"", "unexpected_end"),
        ("kinesis", KINESIS[:-3], "unexpected_end"), ("kinesis", KINESIS + b"x", "trailing_bytes"),
        ("kinesis", b"{}", "missing_records"), ("kinesis", b'{"Records":null}', "unexpected_null"),
        ("kinesis", b'{"Records":{}}', "expected_array"), ("kinesis", b'{"Records":["x"]}', "expected_object"),
        ("kinesis", b'{"Records":[null]}', "unexpected_null"), ("kinesis", b"[]", "expected_object"),
        ("sqs", b"null", "unexpected_null"), ("kafka", b'{"eventSource":"aws:kafka"}', "missing_records"),
        ("firehose", b'{"invocationId":"1","region":"r"}', "missing_records"), ("logs", b"{}", "missing_records"),
        ("logs", b'{"awslogs":{}}', "missing_records"), ("kinesis", kinesis(sequenceNumber=5), "expected_string"),
    ],
    "invalid UTF-8 or lone surrogate in a kept string": [
        ("kinesis", key(b'"\xff"'), "invalid_utf8"), ("kinesis", key(b'"\xe2\x82"'), "invalid_utf8"),
        ("kinesis", key(b'"\xed\xa0\x80"'), "invalid_utf8"), ("kinesis", key(rb'"\ud800"'), "lone_surrogate"),
        ("kinesis", key(rb'"\udc00x"'), "lone_surrogate"), ("kinesis", key(rb'"\ud800\u0041"'), "lone_surrogate"),
        ("kinesis", with_data(b'{"id":1,"name":"\xff"}'), "invalid_utf8"),
        ("sqs", sqs(r'{"id":1,"name":"\ud800"}'), "lone_surrogate"),
        ("kinesis", key(rb'"\q"'), "invalid_escape"), ("kinesis", key(rb'"\u12"'), "invalid_escape"),
        ("kinesis", key(b'"\n"'), "control_character"),
    ],
    "invalid base64: alphabet, length, padding, non-zero spare bits, white space": [
        ("kinesis", kinesis(data=text), reason) for text, reason in [
            ("*AAA", "invalid_base64"), ("-_-_", "invalid_base64"), ("A", "base64_length"), ("AAAAA", "base64_length"),
            ("AA", "base64_padding"), ("AA=", "base64_padding"), ("AB==", "base64_spare_bits"),
            ("AA==AA==", "invalid_base64"), ("AA A", "invalid_base64"), ("AAAA\n", "invalid_base64")]
    ],
    "gzip: header, truncated, CRC, ISIZE, over the limit": [
        ("logs", logs(b"hello world, hello world"), "invalid_gzip"), ("logs", logs(MESSAGE[:-9]), "invalid_gzip"),
        ("logs", logs(turned(MESSAGE, -8)), "invalid_gzip"), ("logs", logs(turned(MESSAGE, -4)), "invalid_gzip"),
        ("logs", logs(gzip.compress(b"{")), "unexpected_end"),
    ],
    "payload not JSON, wrong type, integer out of range, missing required field": [
        ("kinesis", with_data(data), reason) for data, reason in [
            (b"", "unexpected_end"), (b"x", "invalid_json"), (b'{"id":', "unexpected_end"),
            (b'{"id":"1"}', "expected_integer"), (b'{"id":null}', "unexpected_null"),
            (b'{"id":1.5}', "expected_integer"), (b'{"id":true}', "expected_integer"),
            (b'{"id":1e300}', "expected_integer"), (b'{"id":1,"name":5}', "expected_string"), (b"{}", "missing_field"),
            (b"[]", "expected_object"), (b"null", "unexpected_null"), (b'{"id":1}x', "trailing_bytes"),
            (b'{"id":01}', "invalid_number"), (b'{"id":-}', "invalid_number"), (b"\x1f\x8b\x08", "invalid_json")]
    ] + [("sqs", sqs("{"), "unexpected_end")],
    "number text outside the grammar or more exact than the asked type": [
        ("sqs", sqs(ApproximateReceiveCount="1.5"), "expected_integer"),
        ("sqs", sqs(ApproximateReceiveCount="x"), "invalid_json"),
        ("sqs", sqs(ApproximateReceiveCount="007"), "invalid_number"),
        ("sqs", sqs(SentTimestamp="soon"), "invalid_json"), ("sqs", sqs(SentTimestamp="1e3"), None),
        ("sqs", sqs(SentTimestamp="1e-3"), "not_exact"), ("sqs", sqs(SentTimestamp="9" * 20), "out_of_range"),
        ("sqs", sqs(SentTimestamp=5), "expected_string"),
        ("kinesis", kinesis(approximateArrivalTimestamp=1e300), "out_of_range"),
        ("kinesis", kinesis(approximateArrivalTimestamp="x"), "expected_number"),
        ("dynamodb", change({"N": "0x1"}), "invalid_number"), ("dynamodb", change({"N": "1e400"}), "out_of_range"),
        ("dynamodb", change({"N": "1" * 40}), "out_of_range"),
        ("dynamodb", change({"N": "1" * 38 + "0000"}), None),
    ],
    "AttributeValue: no tag, two tags, unknown tag, wrong JSON type": [
        ("dynamodb", change(attribute), reason) for attribute, reason in [
            ({}, "invalid_attribute"), ({"S": "a", "N": "1"}, "invalid_attribute"), ({"Q": "1"}, "invalid_attribute"),
            ({"S": 5}, "invalid_attribute"), ({"N": 5}, "invalid_attribute"), ({"BOOL": "x"}, "invalid_attribute"),
            ({"NULL": False}, "invalid_attribute"), ({"SS": ["a", 5]}, "invalid_attribute"),
            (None, "invalid_attribute"),
            ({"L": [{"X": 1}]}, "invalid_attribute"), ("x", "invalid_attribute"), ({"B": "*"}, "invalid_base64")]
    ],
    "duplicate key in one object": [
        ("kinesis", KINESIS.replace(KEY, b'"partitionKey":"q",' + KEY), None),
        ("kinesis", KINESIS.replace(KEY, b'"partitionKey":5,' + KEY), "expected_string"),
        ("kinesis", with_data(b'{"id":1,"id":2}'), None),
    ],
    "unknown key: skipped (well-formedness still checked)": [
        ("kinesis", beside(rb'"x":{"a":[1,{"b":null}]}'), None), ("kinesis", beside(rb'"x":"\q"'), "invalid_escape"),
        ("kinesis", beside(b'"x":"\n"'), "control_character"), ("kinesis", beside(b'"x":01'), "invalid_number"),
        ("kinesis", beside(b'"x":[1'), "invalid_json"), ("kinesis", beside(b'"x":"\xff"'), None),
        ("kinesis", beside(b'"x":1e999'), None), ("kinesis", with_data(b'{"x":[1],"id":1}'), None),
        ("kinesis", with_data(b'{"x":[1,"id":1}'), "invalid_json"),
    ],
    "nesting deeper than the limit (default 128; AttributeValue 32)": [
        ("kinesis", beside(b'"x":' + DEEP), "too_deep"),
        ("kinesis", with_data(b'{"id":1,"x":' + DEEP + b"}"), "too_deep"),
        ("dynamodb", change(nested({"S": "a"}, 31)), None), ("dynamodb", change(nested({"S": "a"}, 40)), "too_deep"),
    ],
}
CASES = [pytest.param(*case, id=f"{row.split(':')[0].split(',')[0]}-{index}")
         for row, cases in BAD.items() for index, case in enumerate(cases)]
# Where the roads differ, and why: (source, event, the Struct's verdict, the column's).
DIFFERENT = {
    # A column may be null; a Struct has no None for what AWS always sends.
    "what is always sent is null": ("kinesis", kinesis(data=None), "unexpected_null", None),
    "what is always sent is absent": ("sqs", records({"messageId": "1"}), "missing_field", None),
    # int is Python's, which has no end.
    "an integer beyond int64": ("kinesis", with_data(b'{"id":9223372036854775808}'), None, "out_of_range"),
    "a count beyond int32": ("sqs", sqs(ApproximateReceiveCount="99999999999"), None, "out_of_range"),
    # msgspec reads the escapes of what it skips, and goes as deep as the interpreter does.
    "half a surrogate pair under an unknown key": ("kinesis", beside(rb'"x":"\ud800"'), "lone_surrogate", None),
    "nested 200 deep under an unknown key": ("kinesis", beside(b'"x":' + b"[" * 200 + b"]" * 200), None, "too_deep"),
}

OPTIONS = {"kinesis": {"payload": Order}, "sqs": {"payload": Order}, "logs": {"message": Order},
           "dynamodb": {"image": {"id": "int64", "a": "json"}}}


def look(made):
    """At every view of a Struct and of what is in it."""
    if isinstance(made, (list, tuple)):
        for part in made:
            look(part)
    elif isinstance(made, dict):
        look(list(made.values()))
    elif isinstance(made, _base.Event):
        for name, view in inspect.getmembers_static(type(made)):
            if name in made.__struct_fields__ or isinstance(view, (property, _core.Payload, _core.LazyItem)):
                look(getattr(made, name))


def module_of(source):
    return __import__(f"lambdarrow.{source}", fromlist=("",))


def columns(source, event):
    module_of(source).to_arrow(event, **OPTIONS.get(source, {})).to_pylist()


def structs(source, event):
    type = module_of(source).Event
    look(lambdarrow.decode(event, type if source in ("dynamodb", "kafka", "firehose") else type[Order]))


def verdict(road, source, event):
    try:
        road(source, event)
    except lambdarrow.DecodeError as error:
        return error.reason
    return None


@pytest.mark.parametrize("source, event, reason", CASES)
def test_both_roads_have_the_same_verdict(source, event, reason):
    assert verdict(columns, source, event) == reason
    assert verdict(structs, source, event) == reason


@pytest.mark.parametrize("source, event, by_struct, by_column", DIFFERENT.values(), ids=DIFFERENT)
def test_where_the_roads_differ(source, event, by_struct, by_column):
    assert verdict(structs, source, event) == by_struct
    assert verdict(columns, source, event) == by_column


STRUCTURAL = [key(rb'"\ud800"'), key(rb'"\\\ud834\udd1e\udd1e"'), key(rb'"\ud800\u0041"'), key(rb'"\q"'), key(b'"\n"'),
              KINESIS[:-3], KINESIS + b"x", beside(b'"x":01'), beside(b'"x":[1'), b"hello", key(b'"\xff"')]


@pytest.mark.parametrize("event", STRUCTURAL)
def test_what_is_no_json_has_the_same_place(event):
    places = []
    for road in (columns, structs):
        with pytest.raises(lambdarrow.DecodeError) as caught:
            road("kinesis", event)
        places.append((caught.value.reason, caught.value.offset))
    assert places[0] == places[1] and places[0][1] is not None


def test_half_a_surrogate_pair_in_a_str_or_dict():
    for event, reason in ((KINESIS.decode().replace('"p"', '"\ud800"'), "invalid_utf8"),
                          (json.loads(key(rb'"\ud800"')), "lone_surrogate")):
        assert verdict(columns, "kinesis", event) == verdict(structs, "kinesis", event) == reason


def test_the_last_of_equal_keys_counts():
    event = KINESIS.replace(KEY, b'"partitionKey":"q",' + KEY)
    assert json.loads(event)["Records"][0]["kinesis"]["partitionKey"] == "p"
    assert lambdarrow.decode(event).records[0].kinesis.partition_key == "p"
    assert lambdarrow.kinesis.to_arrow(event)["partition_key"].to_pylist() == ["p"]


def test_a_payload_says_where_in_it():
    event = lambdarrow.decode(with_data(b'{"id":1,,}'), lambdarrow.kinesis.Event[Order])
    with pytest.raises(lambdarrow.DecodeError) as caught:
        event.records[0].data       # noqa: B018
    with pytest.raises(lambdarrow.DecodeError) as by_column:
        columns("kinesis", with_data(b'{"id":1,,}'))
    assert caught.value.inner_offset == by_column.value.inner_offset == 8
    assert caught.value.offset is None and caught.value.path == "$.data → $"
