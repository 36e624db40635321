"""EventBridge's Structs against json: details of any type, and both forms of scheduled events."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from faithful import refusal, round_trip, strict_trip, without

from lambdarrow.events.eventbridge import EventBridgeEvent, ScheduledEvent


class Order(msgspec.Struct):
    id: int


EVENT = {
    "version": "0",
    "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
    "detail-type": "Order Placed",
    "source": "com.example.shop",
    "account": "111122223333",
    "time": "2024-02-29T12:34:56Z",
    "region": "eu-west-1",
    "resources": ["arn:aws:ec2:eu-west-1:123456789012:instance/i-1234567890abcdef0"],
    "detail": {"id": 7},
}
RULE = EVENT | {"detail-type": "Scheduled Event", "source": "aws.events", "detail": {},
                "resources": ["arn:aws:events:eu-west-1:123456789012:rule/nightly"]}
SCHEDULER = EVENT | {"detail-type": "Scheduled Event", "source": "aws.scheduler", "detail": "{}",
                     "resources": ["arn:aws:scheduler:eu-west-1:123456789012:schedule/default/nightly"]}


def test_an_event_comes_back_equal():
    made = strict_trip(EVENT, EventBridgeEvent)
    assert made.detail_type == "Order Placed"
    assert made.detail == {"id": 7}
    assert made.time == datetime(2024, 2, 29, 12, 34, 56, tzinfo=UTC)
    assert made.replay_name is None
    assert strict_trip(EVENT | {"replay-name": "again"}, EventBridgeEvent).replay_name == "again"
    assert strict_trip(EVENT | {"resources": []}, EventBridgeEvent).resources == []


@pytest.mark.parametrize("detail", [None, {}, [], "text", 1.5, True, {"a": {"b": [None]}}])
def test_a_detail_is_any_json(detail):
    assert strict_trip(EVENT | {"detail": detail}, EventBridgeEvent).detail == detail
    assert strict_trip(EVENT | {"detail": detail}, EventBridgeEvent[Any]).detail == detail


def test_a_detail_of_a_type():
    assert strict_trip(EVENT, EventBridgeEvent[Order]).detail == Order(7)
    assert refusal(EVENT | {"detail": {"id": "x"}}, EventBridgeEvent[Order]).path == "$.detail.id"
    assert refusal(EVENT | {"detail": {}}, EventBridgeEvent[Order]).path == "$.detail.id"


@pytest.mark.parametrize("key", ["id", "detail-type", "source", "account", "time", "region", "resources", "detail"])
def test_what_eventbridge_always_sends_must_be_there(key):
    error = refusal(without(EVENT, key), EventBridgeEvent)
    assert error.path == f"$.{key}"
    assert f"`{key}`" in str(error)


def test_a_time_that_is_none_is_refused_when_it_is_looked_at():
    error = refusal(EVENT | {"time": "noon"}, EventBridgeEvent, lambda made: made.time)
    assert error.reason == "invalid_timestamp"


@pytest.mark.parametrize("sent", [RULE, SCHEDULER, without(RULE, "version")], ids=["rule", "scheduler", "sample"])
def test_a_scheduled_event(sent):
    made = strict_trip(sent, ScheduledEvent)
    assert made.detail_raw == sent["detail"]
    assert made.detail == {}
    assert made.resources == sent["resources"]
    assert made.time == datetime(2024, 2, 29, 12, 34, 56, tzinfo=UTC)
    assert round_trip(sent, EventBridgeEvent).detail == sent["detail"]


def test_the_detail_of_a_schedule_is_an_object():
    assert round_trip(SCHEDULER | {"detail": '{"a": 1}'}, ScheduledEvent).detail == {"a": 1}
    for text, reason in (("", "unexpected_end"), ("[]", "expected_object"), ('{"a":' * 100_000, "too_deep")):
        error = refusal(SCHEDULER | {"detail": text}, ScheduledEvent, lambda made: made.detail)
        assert (error.reason, error.path) == (reason, "$.detail → $")
    assert refusal(RULE | {"detail": 1}, ScheduledEvent).path == "$.detail"
