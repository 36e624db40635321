"""The Structs of Amazon MQ's brokers, ActiveMQ and RabbitMQ, against json, base64 and strftime."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from faithful import b64, changed, refusal, round_trip, strict_trip, without
from msgspec import UNSET

from lambdarrow.events.activemq import ActiveMQEvent
from lambdarrow.events.rabbitmq import RabbitMQEvent


class Order(msgspec.Struct):
    id: int


ARN = "arn:aws:mq:us-west-2:123456789012:broker:test:b-9bcfa592"
ACTIVE = {
    "messageID": "ID:b-9bcfa592-1.mq.us-west-2.amazonaws.com-37557-4:1:1:1:1",
    "messageType": "jms/text-message",
    "deliveryMode": 1,
    "replyTo": "null",
    "type": "",
    "expiration": 0,
    "priority": 4,
    "correlationID": "",
    "redelivered": False,
    "destination": {"physicalName": "orders"},
    "data": b64(b'{"id": 7}'),
    "timestamp": 1598827811958,
    "brokerInTime": 1598827811959,
    "brokerOutTime": 1598827811960,
    "properties": {"index": "0", "n": 1},
}
DOCUMENTED = {key: ACTIVE[key] for key in ("messageID", "messageType", "data", "timestamp", "brokerInTime",
                                           "brokerOutTime")} | {
    "connectionId": "myJMSCoID1", "persistent": False, "destination": {"physicalname": "orders"}}


def active(*messages):
    return {"eventSource": "aws:mq", "eventSourceArn": ARN, "messages": list(messages)}


def at(ms):
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)


def test_a_message_of_activemq():
    made = strict_trip(active(ACTIVE), ActiveMQEvent)
    (message,) = made
    assert len(made) == 1
    assert made.records is made.messages
    assert message.data == b'{"id": 7}'
    assert (message.timestamp, message.broker_in_time, message.broker_out_time) == (
        at(1598827811958), at(1598827811959), at(1598827811960))
    assert message.expiration is None
    assert message.destination.physical_name == "orders"
    assert (message.message_id, message.correlation_id) == (ACTIVE["messageID"], "")
    assert message.properties == {"index": "0", "n": 1}
    (message,) = round_trip(active(ACTIVE | {"expiration": 1598827811958}), ActiveMQEvent)
    assert message.expiration == at(1598827811958)


def test_a_message_of_activemq_as_aws_documents_it():
    (message,) = strict_trip(active(DOCUMENTED), ActiveMQEvent[Order])
    assert message.data == Order(7)
    assert (message.destination.physical_name, message.connection_id, message.persistent) == (
        "orders", "myJMSCoID1", False)
    assert (message.redelivered, message.expiration, message.properties) == (None, None, UNSET)


@pytest.mark.parametrize("key, name", [("replyTo", "reply_to"), ("type", "type"), ("correlationID", "correlation_id"),
                                       ("properties", "properties")])
def test_absent_and_null_stay_apart(key, name):
    assert getattr(round_trip(active(without(ACTIVE, key)), ActiveMQEvent).messages[0], name) is UNSET
    assert getattr(round_trip(active(ACTIVE | {key: None}), ActiveMQEvent).messages[0], name) is None


@pytest.mark.parametrize("key", ["messageID", "messageType", "data", "timestamp", "destination"])
def test_what_activemq_always_sends_must_be_there(key):
    error = refusal(active(without(ACTIVE, key)), ActiveMQEvent)
    assert error.path == f"$.messages[0].{key}"
    assert f"`{key}`" in str(error)


def test_data_of_activemq_that_is_none_is_refused_when_it_is_looked_at():
    for text, reason, inside in (("?", "invalid_base64", ""), (b64(b"x"), "invalid_json", " → $")):
        error = refusal(active(ACTIVE | {"data": text}), ActiveMQEvent[Order], lambda made: made.messages[0].data)
        assert (error.reason, error.path) == (reason, f"$.data{inside}")


PROPERTIES = {
    "contentType": "text/plain",
    "contentEncoding": None,
    "headers": {
        "text": {"bytes": [118, 97, -61, -87]},
        "number": 10,
        "table": {"inner": {"bytes": [0, 255]}, "bytes": [1]},
        "list": [{"bytes": []}, None, True],
    },
    "deliveryMode": 1,
    "priority": 34,
    "correlationId": None,
    "replyTo": None,
    "expiration": "60000",
    "messageId": None,
    "timestamp": "Jan 1, 1970, 12:33:41 AM",
    "type": None,
    "userId": "AIDACKCEVSQ6C2EXAMPLE",
    "appId": None,
    "clusterId": None,
    "bodySize": 80,
}


def message(**properties):
    return {"basicProperties": PROPERTIES | properties, "redelivered": False, "data": b64(b'{"id": 7}')}


def rabbit(*messages):
    return {"eventSource": "aws:rmq", "eventSourceArn": ARN, "rmqMessagesByQueue": {"orders::/": list(messages)}}


def properties(**changes):
    return strict_trip(rabbit(message(**changes)), RabbitMQEvent).rmq_messages_by_queue["orders::/"][0].basic_properties


def test_a_message_of_rabbitmq():
    (made,) = strict_trip(rabbit(message()), RabbitMQEvent[Order])
    assert made.data == Order(7)
    assert made.redelivered is False
    known = made.basic_properties
    assert known.expiration == 60000
    assert known.timestamp == datetime(1970, 1, 1, 0, 33, 41, tzinfo=UTC)
    assert (known.content_type, known.content_encoding, known.body_size) == ("text/plain", None, 80)
    assert known.headers == {"text": "vaé".encode(), "number": 10, "list": [b"", None, True],
                             "table": {"inner": b"\0\xff", "bytes": [1]}}
    (made,) = round_trip(rabbit(message()), RabbitMQEvent)
    assert made.data == b'{"id": 7}'


def test_iterating_goes_over_all_queues():
    sent = rabbit() | {"rmqMessagesByQueue": {"a::/": [message(appId="1"), message(appId="2")], "b::/": [],
                                              "c::x": [message(appId="3")]}}
    made = round_trip(sent, RabbitMQEvent)
    assert [one.basic_properties.app_id for one in made] == ["1", "2", "3"]
    assert len(made) == 3


def test_properties_may_be_absent_or_null():
    nothing = {"basicProperties": {}, "redelivered": True, "data": ""}
    (made,) = strict_trip(rabbit(nothing), RabbitMQEvent)
    known = made.basic_properties
    assert {getattr(known, name) for name in known.__struct_fields__} == {UNSET}
    assert (known.headers, known.expiration, known.timestamp) == ({}, None, None)
    known = properties(**dict.fromkeys(PROPERTIES))
    assert {getattr(known, name) for name in known.__struct_fields__} == {None}
    assert (known.headers, known.expiration, known.timestamp) == ({}, None, None)


@pytest.mark.parametrize("month", range(1, 13))
@pytest.mark.parametrize("hour", [0, 1, 11, 12, 13, 23])
@pytest.mark.parametrize("space", [" ", "\u202f"], ids=["space", "narrow"])
def test_javas_times(month, hour, space):
    wanted = datetime(2024, month, 3 + hour, hour, 5, 59, tzinfo=UTC)
    sent = wanted.strftime(f"%b {wanted.day}, %Y, {hour % 12 or 12}:%M:%S{space}%p")
    assert properties(timestamp=sent).timestamp == wanted


@pytest.mark.parametrize("text", ["", "Jan 32, 1970, 12:33:41 AM", "Jän 1, 1970, 12:33:41 AM", "2024-02-29T12:34:56Z",
                                  "Jan 1, 1970, 13:33:41 AM", "Jan 1, 1970, 0:33:41 AM", "jan 1, 1970, 12:33:41 am",
                                  "Foo 1, 1970, 12:33:41 AM", "Feb 29, 2023, 1:00:00 PM", "Jan 1, 0000, 1:00:00 PM"])
def test_a_time_that_is_none_is_refused_when_it_is_looked_at(text):
    error = refusal(rabbit(message(timestamp=text)), RabbitMQEvent,
                    lambda made: next(iter(made)).basic_properties.timestamp)
    assert (error.reason, error.path) == ("invalid_timestamp", "$.timestamp")


@pytest.mark.parametrize("text, reason", [
    ("", "unexpected_end"), ("1.5", "expected_integer"), (" 1", "invalid_json"), ("1_0", "trailing_bytes"),
    ("٣", "invalid_json"), ("-", "unexpected_end"),
])
def test_an_expiration_that_is_no_number_is_refused_when_it_is_looked_at(text, reason):
    error = refusal(rabbit(message(expiration=text)), RabbitMQEvent,
                    lambda made: next(iter(made)).basic_properties.expiration)
    assert (error.reason, error.path) == (reason, "$.expiration")


def test_headers_that_are_no_bytes_are_refused_when_they_are_looked_at():
    error = refusal(rabbit(message(headers={"a": [{"b": {"bytes": [256]}}]})), RabbitMQEvent,
                    lambda made: next(iter(made)).basic_properties.headers)
    assert (error.reason, error.path) == ("out_of_range", "$.headers.a[0].b")


@pytest.mark.parametrize("key", ["basicProperties", "redelivered", "data"])
def test_what_rabbitmq_always_sends_must_be_there(key):
    error = refusal(rabbit(without(message(), key)), RabbitMQEvent)
    assert error.path == f"$.rmqMessagesByQueue[...][0].{key}"
    assert f"`{key}`" in str(error)
    assert refusal(changed(rabbit(message()), 1, "rmqMessagesByQueue"), RabbitMQEvent).path == "$.rmqMessagesByQueue"
