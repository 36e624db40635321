"""Events of CloudWatch alarms, on their three roads: documents that come back as they were, and their views."""

import datetime as dt
import json
from pathlib import Path

import msgspec
import pytest

import lambdarrow
from lambdarrow.events import cloudwatch, sqs
from lambdarrow.events._base import decode

FOLDER = Path(__file__).parents[3] / "shared" / "samples"
SAMPLES = sorted(FOLDER.glob("cloudwatch-alarm-sns-payload-*.json"))
ALARM = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:"


# --- documents ---------------------------------------------------------------------------------------


def state(value, reason_data=None, **more):
    made = {"value": value, "reason": f"It is {value} – because.", "timestamp": "2024-02-17T11:53:08.431+0000"}
    return made | ({} if reason_data is None else {"reasonData": json.dumps(reason_data)}) | more


REASON = {"version": "1.0", "queryDate": "2024-02-17T11:53:08.423+0000", "startDate": "2024-02-17T11:51:00.000+0000",
          "statistic": "Average", "period": 60, "recentDatapoints": [99.50160229693434, 1.0], "threshold": 10.0,
          "evaluatedDatapoints": [{"timestamp": "2024-02-17T11:51:00.000+0000", "sampleCount": 1.0, "value": 1.0}]}
CHILDREN = {"triggeringAlarms": [{"arn": ALARM + "First", "state": {"value": "ALARM",
                                                                    "timestamp": "2024-02-17T11:53:08.394+0000"}}]}
MUTED = {"mutedByArn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm-mute-rule:night",
         "muteWindowStart": "2026-01-01T22:00:00.000+0000", "muteWindowEnd": "2026-01-02T06:00:00.000+0000"}


def metric(id="m1", **more):
    stat = {"metric": {"namespace": "AWS/Lambda", "name": "Errors", "dimensions": {"FunctionName": "shop"}},
            "period": 60, "stat": "Sum"}
    return {"id": id, "metricStat": stat | more, "returnData": True}


# What an alarm's data is, whichever road it takes.
FORMS = {
    "metric": {
        "alarmName": "Too many errors", "state": state("ALARM", REASON), "previousState": state("OK", REASON),
        "configuration": {"description": "Wake **someone**", "metrics": [metric(unit="Count")]},
    },
    "expression": {
        "alarmName": "Ratio", "state": state("ALARM", REASON),
        "previousState": state("INSUFFICIENT_DATA", reason="Unchecked: Initial alarm creation"),
        "configuration": {"metrics": [
            {"id": "e1", "expression": "m1/m2", "label": "Ratio", "returnData": True},
            metric("m1") | {"returnData": False, "accountId": "444455556666", "label": "a"},
            {"id": "m2", "metricStat": {"metric": {"namespace": "AWS/Lambda", "name": "Invocations", "dimensions": {}},
                                        "period": 60, "stat": "p99.9"}, "returnData": False}]},
    },
    "anomaly": {
        "alarmName": "Odd", "state": state("ALARM", REASON | {"recentLowerThresholds": [0.02]}),
        "previousState": state("OK"), "muteDetail": MUTED,
        "configuration": {"metrics": [metric(), {"id": "ad1", "expression": "ANOMALY_DETECTION_BAND(m1, 0.8)",
                                                 "label": "Errors (expected)", "returnData": True}]},
    },
    "composite": {
        "alarmName": "Shop", "state": state("ALARM", CHILDREN, actionsSuppressedBy="WaitPeriod",
                                            actionsSuppressedReason="Actions suppressed by WaitPeriod"),
        "previousState": state("OK", CHILDREN),
        "configuration": {"alarmRule": "ALARM(First) OR ALARM(Second)", "actionsSuppressor": "Maintenance",
                          "actionsSuppressorWaitPeriod": 120, "actionsSuppressorExtensionPeriod": 180},
    },
    "insights": {
        "alarmName": "Tables", "state": state("ALARM", reason="6 out of 6 time series evaluated to ALARM"),
        "previousState": state("INSUFFICIENT_DATA"),
        "configuration": {"description": "", "metrics": [
            {"id": "q", "expression": 'SELECT AVG(Reads) FROM "AWS/DynamoDB" GROUP BY TableName', "returnData": True,
             "period": 60}]},
    },
    "contributor": {
        "alarmName": "Tables", "alarmContributor": {"id": "6d442278dba546f6", "attributes": {"TableName": "orders"}},
        "state": {"value": "ALARM", "timestamp": "2025-12-01T13:42:04.919+0000"}, "muteDetail": MUTED,
        "configuration": {"metrics": [{"id": "q", "expression": "SELECT 1", "returnData": True, "period": 60}]},
    },
}
each_form = pytest.mark.parametrize("form", FORMS)


def action(data, **changes):
    return {"source": "aws.cloudwatch", "alarmArn": ALARM + data["alarmName"], "accountId": "111122223333",
            "time": "2024-02-17T11:53:08.431+0000", "region": "eu-west-1", "alarmData": data} | changes


def message(**more):
    return {"AlarmName": "Too many errors", "AlarmDescription": None, "AWSAccountId": "111122223333",
            "NewStateValue": "ALARM", "NewStateReason": "Threshold Crossed – once", "StateChangeTime":
            "2024-02-17T11:53:08.431+0000", "Region": "EU (Ireland)", "AlarmArn": ALARM + "Too many errors",
            "OldStateValue": "OK"} | more


EVALUATION = {"Period": 60, "EvaluationPeriods": 3, "DatapointsToAlarm": 2, "ComparisonOperator":
              "GreaterThanThreshold", "Threshold": 0.28, "TreatMissingData": "missing",
              "EvaluateLowSampleCountPercentile": ""}
SCALAR = {"MetricName": "Errors", "Namespace": "AWS/Lambda", "StatisticType": "Statistic", "Statistic": "SUM",
          "Unit": None, "Dimensions": [{"value": "shop", "name": "FunctionName"}]} | EVALUATION
ACTIONS = {"OKActions": [], "AlarmActions": ["arn:aws:sns:eu-west-1:111122223333:alarms"],
           "InsufficientDataActions": []}
UPDATED = {"AlarmConfigurationUpdatedTimestamp": "2024-02-01T00:00:00.001+0000"}
MESSAGES = {
    "old": message(Trigger=SCALAR | {"Unit": "Count", "Threshold": 5, "EvaluateLowSampleCountPercentile": None}),
    "metric": message(AlarmDescription="Wake someone", Trigger=SCALAR, ActionExecutedAfterMuteWindow=False,
                      **UPDATED, **ACTIONS),
    "percentile": message(Trigger={key: value for key, value in SCALAR.items() if key != "Statistic"} | {
        "StatisticType": "ExtendedStatistic", "ExtendedStatistic": "p99"}),
    "metrics": message(Trigger=EVALUATION | {"Metrics": [
        {"Id": "e1", "Expression": "m1*1", "Label": "Twice", "ReturnData": True},
        {"Id": "q", "Expression": "SELECT 1", "Period": 60, "ReturnData": False},
        {"Id": "m1", "AccountId": "444455556666", "ReturnData": False, "MetricStat": {
            "Metric": {"Dimensions": [{"value": "i-0", "name": "InstanceId"}], "MetricName": "NetworkOut",
                       "Namespace": "AWS/EC2"}, "Period": 60, "Stat": "Average", "Unit": "Bytes"}},
        {"Id": "m2", "MetricStat": {"Metric": {"Dimensions": [], "MetricName": "a", "Namespace": "b"}, "Period": 60,
                                    "Stat": "Sum", "Unit": None}}]}, **UPDATED, **ACTIONS),
    "anomaly": message(Trigger={key: value for key, value in EVALUATION.items() if key != "Threshold"} | {
        "ThresholdMetricId": "ad1", "Metrics": [{"Id": "ad1", "Expression": "ANOMALY_DETECTION_BAND(m1, 2)"}]}),
    "composite": message(NewStateReason=None, AlarmRule="ALARM(First)", TriggeringChildren=[
        {"Arn": ALARM + "First", "State": {"Value": "ALARM", "Timestamp": "2024-02-17T11:53:08.394+0000"}}],
        **ACTIONS),
    "children of none": message(AlarmRule="NOT ALARM(First)", TriggeringChildren=[]),
    "contributor": message(Trigger=EVALUATION, AlarmContributorId="6d442278dba546f6",
                           AlarmContributorAttributes={"TableName": "orders"}),
}
DOCUMENTS = [
    *[pytest.param(cloudwatch.CloudWatchAlarmEvent, action(data), id=f"action-{form}") for form, data in FORMS.items()],
    *[pytest.param(cloudwatch.AlarmStateChange, data, id=f"detail-{form}") for form, data in FORMS.items()],
    *[pytest.param(cloudwatch.SNSAlarm, said, id=f"message-{form}") for form, said in MESSAGES.items()],
]
every_document = pytest.mark.parametrize("cls, document", DOCUMENTS)


# --- round trips -------------------------------------------------------------------------------------


@every_document
@pytest.mark.parametrize("strict", [False, True])
def test_a_document_comes_back_as_it_was(cls, document, strict):
    for sent in (document, json.dumps(document), json.dumps(document).encode()):
        got = decode(sent, cls, strict)
        assert isinstance(got, cls)
        assert json.loads(msgspec.json.encode(got)) == msgspec.to_builtins(got) == document


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in SAMPLES])
@pytest.mark.parametrize("strict", [False, True])
def test_a_sample_comes_back_as_it_was(path, strict):
    for record in json.loads(path.read_bytes())["Records"]:
        text = record["Sns"]["Message"]
        got = decode(text, cloudwatch.SNSAlarm, strict)
        assert json.loads(msgspec.json.encode(got)) == json.loads(text)
        assert got.state_change_time == dt.datetime(2015, 6, 3, 17, 43, 27, 123000, tzinfo=dt.UTC)


@pytest.mark.skipif(not FOLDER.is_dir(), reason="no sample events beside the repository")
def test_there_are_samples():
    assert len(SAMPLES) == 2


def test_absent_and_null_are_two_things_where_both_are_sent():
    said = message()
    null = decode(said, cloudwatch.SNSAlarm)
    del said["AlarmDescription"]
    absent = decode(said, cloudwatch.SNSAlarm)
    assert null.alarm_description is None and absent.alarm_description is msgspec.UNSET


# --- views -------------------------------------------------------------------------------------------


def when(text):
    return dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")


@each_form
def test_the_roads_share_their_parts(form):
    event = decode(action(FORMS[form]), cloudwatch.CloudWatchAlarmEvent)
    detail = decode(FORMS[form], cloudwatch.AlarmStateChange)
    assert isinstance(detail, cloudwatch.AlarmData)
    for name in cloudwatch.AlarmData.__struct_fields__:
        assert getattr(event.alarm_data, name) == getattr(detail, name)


@each_form
def test_what_a_state_says(form):
    document = FORMS[form]
    data = decode(document, cloudwatch.AlarmStateChange)
    for got, sent in ((data.state, document["state"]), (data.previous_state, document.get("previousState"))):
        if sent is None:
            assert got is None
            continue
        assert (got.value, got.reason) == (sent["value"], sent.get("reason"))
        assert got.timestamp == when(sent["timestamp"]) and got.timestamp.utcoffset() == dt.timedelta(0)
        assert got.reason_data == (json.loads(sent["reasonData"]) if "reasonData" in sent else None)
        assert got.reason_data_raw == sent.get("reasonData")


@pytest.mark.parametrize("text", [
    "2024-02-17T11:53:08.431+0000", "2024-02-17T11:53:08.431+0530", "2024-02-17T11:53:08.431-0800",
    "2024-02-17T11:53:08.000Z",
])
def test_times_have_an_offset_without_a_colon(text):
    event = decode(action(FORMS["metric"], time=text), cloudwatch.CloudWatchAlarmEvent)
    assert event.time == when(text) and event.time.utcoffset() == when(text).utcoffset()
    assert event.time_raw == text


def test_times_of_a_message():
    got = decode(MESSAGES["metric"], cloudwatch.SNSAlarm)
    assert got.alarm_configuration_updated_timestamp == when("2024-02-01T00:00:00.001+0000")
    assert got.state_change_time == when("2024-02-17T11:53:08.431+0000")
    assert decode(MESSAGES["old"], cloudwatch.SNSAlarm).alarm_configuration_updated_timestamp is None
    child, = decode(MESSAGES["composite"], cloudwatch.SNSAlarm).triggering_children
    assert child.state.timestamp == when("2024-02-17T11:53:08.394+0000")


def test_times_of_a_mute_rule():
    got = decode(FORMS["anomaly"], cloudwatch.AlarmStateChange).mute_detail
    assert got.mute_window_start == when(MUTED["muteWindowStart"])
    assert got.mute_window_end == when(MUTED["muteWindowEnd"])


def test_the_parts_are_typed():
    composite = decode(action(FORMS["composite"]), cloudwatch.CloudWatchAlarmEvent).alarm_data
    assert composite.configuration.actions_suppressor_wait_period == 120
    assert composite.configuration.metrics is None and composite.alarm_contributor is None
    assert composite.state.actions_suppressed_by == "WaitPeriod"
    ratio, errors, _ = decode(FORMS["expression"], cloudwatch.AlarmStateChange).configuration.metrics
    assert (ratio.expression, ratio.metric_stat, ratio.return_data) == ("m1/m2", None, True)
    assert errors.metric_stat.metric.dimensions == {"FunctionName": "shop"} and errors.account_id == "444455556666"
    contributor = decode(FORMS["contributor"], cloudwatch.AlarmStateChange).alarm_contributor
    assert contributor.attributes == {"TableName": "orders"}
    said = decode(MESSAGES["metric"], cloudwatch.SNSAlarm)
    assert said.trigger.dimensions == [cloudwatch.Dimension(name="FunctionName", value="shop")]
    assert said.aws_account_id == "111122223333" and said.ok_actions == [] and said.trigger.threshold == 0.28


@pytest.mark.parametrize("form", MESSAGES)
def test_a_message_is_a_payload_too(form):
    body = json.dumps(MESSAGES[form])
    record = {"messageId": "1", "receiptHandle": "r", "body": body, "attributes": {}, "messageAttributes": {}}
    got, = decode({"Records": [record]}, sqs.SQSEvent[cloudwatch.SNSAlarm])
    assert got.body == decode(body, cloudwatch.SNSAlarm)


# --- errors ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text, reason", [
    ("", "unexpected_end"), ("Unchecked", "invalid_json"), ('{"a": 1', "unexpected_end"), ("{}{}", "trailing_bytes"),
    ("[" * 5000, "too_deep"),
])
def test_reason_data_that_is_no_json_is_an_error_when_it_is_looked_at(text, reason):
    got = decode(action(FORMS["metric"] | {"state": state("ALARM", reasonData=text)}), cloudwatch.CloudWatchAlarmEvent)
    assert got.alarm_data.state.reason_data_raw == text
    with pytest.raises(lambdarrow.DecodeError) as caught:
        _ = got.alarm_data.state.reason_data
    assert caught.value.reason == reason and caught.value.path.startswith("$.reasonData → $")


@pytest.mark.parametrize("text, reason", [
    ("", "invalid_timestamp"), ("yesterday", "invalid_timestamp"), ("2024-02-17T11:53:08.431", "offset_missing"),
    ("2023-08-04T12: 56: 46.138+0000", "invalid_timestamp"), ("2024-W07-6T11:53:08Z", "invalid_timestamp"),
    ("2024-02-17T11:53:08.1234567Z", "not_exact"), ("0001-01-01T00:00:00+01:00", "out_of_range"),
])
def test_a_time_that_is_none_is_an_error_when_it_is_looked_at(text, reason):
    got = decode(action(FORMS["metric"], time=text), cloudwatch.CloudWatchAlarmEvent)
    with pytest.raises(lambdarrow.DecodeError) as caught:
        _ = got.time
    assert (caught.value.reason, caught.value.path) == (reason, "$.time")


def without(document, key):
    return {name: value for name, value in document.items() if name != key}


METRIC = FORMS["metric"]


@pytest.mark.parametrize("cls, document, path, reason", [
    (cloudwatch.CloudWatchAlarmEvent, {}, "$.source", "missing_field"),
    (cloudwatch.CloudWatchAlarmEvent, action(METRIC, time=None), "$.time", "unexpected_null"),
    (cloudwatch.CloudWatchAlarmEvent, action(METRIC | {"state": without(METRIC["state"], "value")}),
     "$.alarmData.state.value", "missing_field"),
    (cloudwatch.CloudWatchAlarmEvent, action(METRIC | {"configuration": {"metrics": [metric(), metric(period="60")]}}),
     "$.alarmData.configuration.metrics[1].metricStat.period", "expected_integer"),
    (cloudwatch.AlarmStateChange, without(METRIC, "configuration"), "$.configuration", "missing_field"),
    (cloudwatch.AlarmStateChange, METRIC | {"state": state("ALARM", reasonData={})},
     "$.state.reasonData", "expected_string"),
    (cloudwatch.SNSAlarm, without(message(), "AlarmName"),
     "$.AlarmName", "missing_field"),
    (cloudwatch.SNSAlarm, message(Trigger=SCALAR | {"Dimensions": [{"name": "n"}]}),
     "$.Trigger.Dimensions[0].value", "missing_field"),
    (cloudwatch.SNSAlarm, message(Trigger=SCALAR | {"Threshold": "1"}), "$.Trigger.Threshold", "expected_number"),
])
def test_what_is_no_such_event_is_an_error_that_says_where(cls, document, path, reason):
    for form in (document, json.dumps(document).encode()):
        with pytest.raises(lambdarrow.DecodeError) as caught:
            decode(form, cls)
        assert (caught.value.reason, caught.value.path) == (reason, path)


@every_document
def test_keys_that_are_not_known_are_ignored_unless_strict(cls, document):
    more = document | {"new": {"a": [1]}}
    assert decode(more, cls) == decode(document, cls)
    with pytest.raises(lambdarrow.DecodeError, match="unknown field `new`"):
        decode(more, cls, True)
