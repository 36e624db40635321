"""CloudWatch Logs' Structs against json, gzip and base64; what cannot be inflated, columns refuse too."""

import base64
import gzip
import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from faithful import b64, each_sample, refusal, round_trip, strict_trip, without

import lambdarrow
from lambdarrow import logs
from lambdarrow.events import logs as events_logs
from lambdarrow.events.logs import CloudWatchLogsEvent, LogsMessage


class Line(msgspec.Struct):
    level: str


LINES = [
    {"id": "3" * 56, "timestamp": 1432826855000, "message": '{"level": "INFO"}'},
    {"id": "4" * 56, "timestamp": 1432826855001, "message": "START é\n", "extractedFields": {"@aws.account": "1"}},
    {"id": "5" * 56, "timestamp": 0, "message": "", "extractedFields": {"a": "", "b": None}},
]
MESSAGE = {
    "messageType": "DATA_MESSAGE",
    "owner": "123456789012",
    "logGroup": "/aws/lambda/shop",
    "logStream": "2024/02/29/[$LATEST]0",
    "subscriptionFilters": ["all"],
    "policyLevel": "ACCOUNT_LEVEL_POLICY",
    "logEvents": LINES,
}
CONTROL = MESSAGE | {"messageType": "CONTROL_MESSAGE", "owner": "CloudwatchLogs", "logGroup": "", "logStream": "",
                     "logEvents": [{"id": "", "timestamp": 1, "message": "CWL CONTROL MESSAGE: Checking health"}]}


def event_of(data):
    return {"awslogs": {"data": data if isinstance(data, str) else b64(data)}}


def event(message=MESSAGE):
    return event_of(gzip.compress(json.dumps(message).encode()))


def see(made):
    return made.awslogs.data


def test_an_event_comes_back_equal():
    made = strict_trip(event(), CloudWatchLogsEvent)
    data = made.awslogs.data
    assert json.loads(msgspec.json.encode(data)) == MESSAGE
    assert data is made.awslogs.data
    assert (data.message_type, data.owner) == ("DATA_MESSAGE", "123456789012")
    assert data.policy_level == "ACCOUNT_LEVEL_POLICY"
    assert made.records == list(made) == data.log_events
    assert len(made) == len(LINES)
    for line, sent in zip(made, LINES, strict=True):
        assert line.message == line.message_raw == sent["message"]
        assert line.timestamp == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=sent["timestamp"])
        assert line.extracted_fields == sent.get("extractedFields")


def test_an_old_event_has_no_policy_level():
    assert round_trip(event(without(MESSAGE, "policyLevel")), CloudWatchLogsEvent).awslogs.data.policy_level is None


def test_a_control_message_has_no_records():
    made = round_trip(event(CONTROL), CloudWatchLogsEvent[Line])
    assert (made.records, len(made)) == ([], 0)
    assert made.awslogs.data.log_events[0].message_raw.startswith("CWL CONTROL MESSAGE")
    assert logs.to_arrow(event(CONTROL)).num_rows == 0


def test_lines_of_a_type():
    made = round_trip(event(), CloudWatchLogsEvent[Line])
    assert made.records[0].message == Line("INFO")
    with pytest.raises(lambdarrow.DecodeError) as caught:
        made.records[1].message     # noqa: B018
    assert (caught.value.reason, caught.value.path) == ("invalid_json", "$.message → $")
    assert made.records[1].message_raw == "START é\n"
    assert round_trip(event(), CloudWatchLogsEvent[bytes]).records[1].message == "START é\n".encode()


def test_what_streams_carry_of_a_subscription():
    made = strict_trip(MESSAGE, LogsMessage[Line])
    assert made.log_events[0].message == Line("INFO")


def test_a_stream_of_several_members():
    text = json.dumps(MESSAGE).encode()
    data = gzip.compress(text[:99]) + gzip.compress(text[99:])
    assert json.loads(msgspec.json.encode(round_trip(event_of(data), CloudWatchLogsEvent).awslogs.data)) == MESSAGE


GOOD = gzip.compress(json.dumps(MESSAGE).encode())
BAD = {
    "base64": ("*" + b64(GOOD)[1:], "invalid_base64", "$.data"),
    "no-gzip": (json.dumps(MESSAGE).encode(), "invalid_gzip", "$.data"),
    "empty": (b"", "invalid_gzip", "$.data"),
    "cut-off": (GOOD[:-9], "invalid_gzip", "$.data"),
    "checksum": (GOOD[:-8] + b"\0\0\0\0" + GOOD[-4:], "invalid_gzip", "$.data"),
    "size": (GOOD[:-4] + b"\1\0\0\0", "invalid_gzip", "$.data"),
    "no-json": (gzip.compress(b"hello"), "invalid_json", "$.data → $"),
    "no-object": (gzip.compress(b"[]"), "expected_object", "$.data → $"),
    "no-lines": (gzip.compress(json.dumps(without(MESSAGE, "logEvents")).encode()),
                 "missing_field", "$.data → $.logEvents"),
    "a-line": (gzip.compress(json.dumps(MESSAGE | {"logEvents": [{"id": 1}]}).encode()), "expected_string",
               "$.data → $.logEvents[0].id"),
}


@pytest.mark.parametrize("data, reason, path", BAD.values(), ids=BAD)
def test_what_cannot_be_read_is_refused_when_it_is_looked_at(data, reason, path):
    sent = event_of(data)
    round_trip(sent, CloudWatchLogsEvent)
    for seen in (see, len, list):
        error = refusal(sent, CloudWatchLogsEvent, seen)
        assert (error.reason, error.path) == (reason, path)
    with pytest.raises(lambdarrow.DecodeError):
        logs.to_arrow(sent)


def test_what_inflates_beyond_the_limit_is_refused(monkeypatch):
    assert events_logs._MAX_INFLATED == 256 << 20
    size = len(json.dumps(MESSAGE))
    monkeypatch.setattr(events_logs, "_MAX_INFLATED", size)
    assert round_trip(event(), CloudWatchLogsEvent).awslogs.data.owner == "123456789012"
    monkeypatch.setattr(events_logs, "_MAX_INFLATED", size - 1)
    error = refusal(event(), CloudWatchLogsEvent, see)
    assert (error.reason, error.path) == ("inflated_limit", "$.data")
    with pytest.raises(lambdarrow.DecodeError) as caught:
        logs.to_arrow(event(), limits={"max_inflated": size - 1})
    assert caught.value.reason == error.reason


def test_an_event_of_another_shape_is_refused_by_its_path():
    assert refusal({"awslogs": {}}, CloudWatchLogsEvent).path == "$.awslogs.data"
    assert refusal({"awslogs": {"data": 1}}, CloudWatchLogsEvent).path == "$.awslogs.data"
    assert refusal({}, CloudWatchLogsEvent).path == "$.awslogs"


@each_sample("cloudwatch-logs-event")
def test_a_sample(sample):
    made = strict_trip(sample, CloudWatchLogsEvent)
    inside = gzip.decompress(base64.b64decode(json.loads(sample)["awslogs"]["data"]))
    assert json.loads(msgspec.json.encode(made.awslogs.data)) == json.loads(inside)
    rows = logs.to_arrow(sample).to_pylist()
    assert [line.message for line in made] == [row["message"] for row in rows]
    assert [line.timestamp for line in made] == [row["timestamp"] for row in rows]
