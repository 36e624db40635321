"""SNS's Structs against json and base64: events of standard and FIFO topics, bodies of queues and of HTTP requests."""

import json
from datetime import UTC, datetime

import msgspec
import pytest
from faithful import b64, changed, each_sample, refusal, round_trip, strict_trip, without
from msgspec import UNSET

from lambdarrow.events.sns import SNSEvent, SNSNotification
from lambdarrow.events.sqs import SQSEvent


class Order(msgspec.Struct):
    id: int


ATTRIBUTES = {
    "text": {"Type": "String", "Value": "é"},
    "list": {"Type": "String.Array", "Value": '["a",null,1]'},
    "number": {"Type": "Number", "Value": "1.5"},
    "bytes": {"Type": "Binary", "Value": b64(b"\0\xff")},
}
MESSAGE = {
    "Type": "Notification",
    "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
    "TopicArn": "arn:aws:sns:eu-west-1:123456789012:orders",
    "Subject": None,
    "Message": '{"id": 7}',
    "Timestamp": "2024-02-29T12:34:56.789Z",
    "SignatureVersion": "1",
    "Signature": "tcc6faL2yUC6dgZdmrwh1Y4cGa==",
    "SigningCertUrl": "https://sns.eu-west-1.amazonaws.com/x.pem",
    "UnsubscribeUrl": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
    "MessageAttributes": ATTRIBUTES,
}
BODY = {{"SigningCertUrl": "SigningCertURL", "UnsubscribeUrl": "UnsubscribeURL"}.get(key, key): value
        for key, value in MESSAGE.items() if key != "Subject"}
CONFIRMATION = {
    "Type": "SubscriptionConfirmation",
    "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
    "Token": "2336412f37f",
    "TopicArn": "arn:aws:sns:eu-west-1:123456789012:orders",
    "Message": "You have chosen to subscribe to the topic.",
    "SubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription",
    "Timestamp": "2012-04-26T20:45:04.751Z",
    "SignatureVersion": "2",
    "Signature": "EXAMPLEpH",
    "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/x.pem",
}


def event(message=MESSAGE):
    return {"Records": [{
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": "arn:aws:sns:eu-west-1:123456789012:orders:2bcf",
        "Sns": message,
    }]}


def test_an_event_comes_back_equal():
    made = strict_trip(event(), SNSEvent)
    (record,) = made
    assert len(made) == 1
    assert record.message == record.sns.message == record.sns.message_raw == '{"id": 7}'
    assert record.sns.timestamp == datetime(2024, 2, 29, 12, 34, 56, 789_000, UTC)
    assert record.sns.subject is None
    assert record.sns.sequence_number is None
    assert record.event_source == "aws:sns"


def test_a_fifo_topic_numbers_its_messages():
    sent = event(MESSAGE | {"SequenceNumber": "10000000000000003000", "Subject": "hello"})
    (record,) = strict_trip(sent, SNSEvent)
    assert (record.sns.sequence_number, record.sns.subject) == ("10000000000000003000", "hello")


def test_a_subject_may_be_absent_null_or_text():
    for sent, wanted in ((without(MESSAGE, "Subject"), UNSET), (MESSAGE, None), (MESSAGE | {"Subject": ""}, "")):
        assert round_trip(event(sent), SNSEvent).records[0].sns.subject == wanted


def test_a_message_of_a_type():
    (record,) = round_trip(event(), SNSEvent[Order])
    assert record.message == Order(7)
    assert round_trip(event(), SNSEvent[bytes]).records[0].message == b'{"id": 7}'
    assert round_trip(event(), SNSEvent[dict]).records[0].message == {"id": 7}
    error = refusal(event(MESSAGE | {"Message": '{"id": "x"}'}), SNSEvent[Order], lambda made: made.records[0].message)
    assert error.path == "$.Message → $.id"
    error = refusal(event(MESSAGE | {"Message": "hello"}), SNSEvent[Order], lambda made: made.records[0].message)
    assert (error.reason, error.path) == ("invalid_json", "$.Message → $")


def test_attributes():
    attributes = round_trip(event(), SNSEvent).records[0].sns.message_attributes
    assert {name: attribute.type for name, attribute in attributes.items()} == {
        "text": "String", "list": "String.Array", "number": "Number", "bytes": "Binary"}
    assert attributes["bytes"].binary_value == b"\0\xff"
    assert [attributes[name].binary_value for name in ("text", "list", "number")] == [None] * 3


def test_an_attribute_that_is_no_base64_is_refused_when_it_is_looked_at():
    sent = changed(event(), "TestBinary", "Records", 0, "Sns", "MessageAttributes", "bytes", "Value")
    (record,) = round_trip(sent, SNSEvent)
    assert record.sns.message_attributes["bytes"].value == "TestBinary"
    error = refusal(sent, SNSEvent, lambda made: made.records[0].sns.message_attributes["bytes"].binary_value)
    assert (error.reason, error.path) == ("base64_padding", "$.Value")


@pytest.mark.parametrize("key", ["Type", "MessageId", "TopicArn", "Message", "Timestamp", "MessageAttributes"])
def test_what_sns_always_sends_must_be_there(key):
    error = refusal(event(without(MESSAGE, key)), SNSEvent)
    assert error.path == f"$.Records[0].Sns.{key}"
    assert f"`{key}`" in str(error)


def test_the_body_of_a_queue():
    made = strict_trip(BODY, SNSNotification[Order])
    assert made.message == Order(7)
    assert made.subject is UNSET
    assert made.signing_cert_url == MESSAGE["SigningCertUrl"]
    assert made.unsubscribe_url == MESSAGE["UnsubscribeUrl"]
    assert made.message_attributes["bytes"].binary_value == b"\0\xff"
    assert made.timestamp == datetime(2024, 2, 29, 12, 34, 56, 789_000, UTC)
    assert strict_trip(without(BODY, "MessageAttributes"), SNSNotification).message_attributes is UNSET
    assert strict_trip(BODY | {"Subject": "a", "SequenceNumber": "1"}, SNSNotification).subject == "a"


@pytest.mark.parametrize("kind", ["SubscriptionConfirmation", "UnsubscribeConfirmation"])
def test_a_confirmation(kind):
    made = strict_trip(CONFIRMATION | {"Type": kind}, SNSNotification)
    assert (made.type, made.token, made.subscribe_url) == (kind, "2336412f37f", CONFIRMATION["SubscribeURL"])
    assert made.message == CONFIRMATION["Message"]
    assert made.unsubscribe_url is None


def test_a_notification_in_a_queue():
    body = json.dumps(BODY)
    message = {"messageId": "m", "receiptHandle": "r", "body": body, "attributes": {}, "messageAttributes": {}}
    (record,) = round_trip({"Records": [message]}, SQSEvent[SNSNotification[Order]])
    assert record.body.message == Order(7)


@each_sample("sns-event", "cloudwatch-alarm-sns-payload-multiple-metrics",
             "cloudwatch-alarm-sns-payload-single-metric")
def test_a_sample(sample):
    (record,) = strict_trip(sample, SNSEvent)
    assert record.message == json.loads(sample)["Records"][0]["Sns"]["Message"]
    assert record.sns.timestamp == datetime(2015, 6, 3, 17, 43, 27, 123_000, UTC)
