"""Sources that only unwrap AWS's own fields, against json: events of every form, and whatever may be missing."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle.columns import COLUMNS, comparable, records_of, rows_of

import lambdarrow
from lambdarrow import DecodeError, _synth
from lambdarrow._detect import detect
from lambdarrow.testing import event as built

SAMPLES = next((parent / "shared" / "samples" for parent in Path(__file__).parents if (parent / "shared").is_dir()),
               None)
every_source = pytest.mark.parametrize("source", COLUMNS)


def module(source):
    return getattr(lambdarrow, source)


def every_column(source):
    return [*module(source).SOURCE.columns, *(name for name in module(source).SOURCE.on_request
                                              if name in COLUMNS[source])]


def decoded(source, event, **options):
    batch = module(source).to_arrow(event, columns=every_column(source), **options)
    return [comparable(source, row) for row in batch.to_pylist()]


def wanted(source, event):
    names = every_column(source)
    return [{name: row[name] for name in names} for row in rows_of(source, event)]


def assert_same(source, event):
    rows = wanted(source, event)
    assert decoded(source, event) == rows
    assert decoded(source, json.dumps(event, indent=2)) == rows
    assert decoded(source, json.dumps(reordered(event))) == rows
    return rows


def reordered(value):
    """The same with the keys of all objects the other way round; not those of maps, whose order is kept, and in JSON
    columns it does not count."""
    if isinstance(value, list):
        return [reordered(one) for one in value]
    if not isinstance(value, dict) or not all(key.isidentifier() for key in value):
        return value
    keep = {"records", "rmqMessagesByQueue", "headers", "multiValueHeaders", "MessageAttributes"}
    return {key: one if key in keep else reordered(one) for key, one in reversed(value.items())}


@every_source
def test_made_up_events(source):
    for seed in range(20):
        assert assert_same(source, json.loads(getattr(_synth, source)(4, seed)))


@every_source
def test_what_the_oracle_has_is_all_there_is(source):
    source_columns = {*module(source).SOURCE.columns, *module(source).SOURCE.on_request}
    assert source_columns - COLUMNS[source].keys() <= {"record_index", "topic_partition", "topic_name", "queue"}
    assert COLUMNS[source].keys() <= source_columns


if SAMPLES is not None:
    KNOWN = []
    for _path in sorted(SAMPLES.glob("*.json")):
        try:
            _source = detect(_path.read_bytes())
        except ValueError:
            continue
        if _source in COLUMNS:
            KNOWN.append(pytest.param(_source, _path, id=_path.stem))

    @pytest.mark.parametrize(("source", "path"), KNOWN)
    def test_samples(source, path):
        assert assert_same(source, json.loads(path.read_bytes()))

    def test_there_are_samples_of_most_sources():
        missing = COLUMNS.keys() - {sample.values[0] for sample in KNOWN}
        assert missing == {"activemq", "rabbitmq", "documentdb", "cloudwatch", "eventbridge", "scheduled"}


WEBSOCKET = {
    "requestContext": {
        "routeKey": "$disconnect", "disconnectStatusCode": 1005, "eventType": "DISCONNECT",
        "extendedRequestId": "Kyz=", "requestTime": "24/Dec/2023:12:43:06 +0000", "messageDirection": "IN",
        "disconnectReason": "Client-side close frame status not set", "stage": "prod", "connectedAt": 1703421785000,
        "requestTimeEpoch": 1703421786123, "identity": {"sourceIp": "192.0.2.1"}, "requestId": "r", "domainName": "d",
        "connectionId": "c=", "apiId": "a", "messageId": None},
    "isBase64Encoded": False,
}
COMPOSITE = {
    "source": "aws.cloudwatch", "alarmArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:all", "accountId": "1",
    "time": "2024-02-17T11:53:08.431+0000", "region": "us-east-1",
    "alarmData": {
        "alarmName": "all",
        "state": {"value": "ALARM", "reason": "r", "timestamp": "2024-02-17T11:53:08.423+0000",
                  "reasonData": '{ "triggeringAlarms": [] }', "actionsSuppressedBy": "WaitPeriod",
                  "actionsSuppressedReason": "waiting"},
        "previousState": {"value": "OK", "reason": "q", "timestamp": "2024-02-17T10:33:21.000+0000"},
        "configuration": {"alarmRule": "ALARM(a)", "actionsSuppressor": "s", "actionsSuppressorWaitPeriod": 120,
                          "actionsSuppressorExtensionPeriod": 180}},
}
CONTRIBUTOR = {
    **COMPOSITE,
    "alarmData": {
        "alarmName": "one of many", "alarmContributor": {"id": "6d44", "attributes": {"Service": "checkout"}},
        "state": {"value": "ALARM", "reason": "r", "timestamp": "2024-02-17T11:53:08.423+0000"},
        "configuration": {"metrics": [{"id": "q1", "expression": "SELECT 1", "period": 60, "returnData": True}]},
        "muteDetail": {"mutedByArn": "arn:mute", "muteWindowStart": "2024-02-17T11:00:00.000+0000",
                       "muteWindowEnd": "2024-02-17T12:00:00.000+0000"}},
}
# As AWS's pages have them: https://docs.aws.amazon.com/lambda/latest/dg/with-mq.html and with-documentdb.html.
ACTIVE = {
    "eventSource": "aws:mq", "eventSourceArn": "arn:aws:mq:us-east-2:111122223333:broker:test:b-9bcfa592",
    "messages": [
        {"messageID": "ID:b-9bcfa592-1", "messageType": "jms/text-message", "deliveryMode": 1, "replyTo": None,
         "type": None, "expiration": "60000", "priority": 1, "correlationId": "myJMSCoID", "redelivered": False,
         "destination": {"physicalname": "testQueue"}, "data": "QUJDOkFBQUE=", "timestamp": 1598827811958,
         "brokerInTime": 1598827811958, "brokerOutTime": 1598827811959,
         "properties": {"index": "1", "doAlarm": "false"}},
        {"messageID": "ID:b-9bcfa592-2", "messageType": "jms/bytes-message", "expiration": 0,
         "timestamp": 1598827811958, "destination": {"physicalName": "q"}, "data": ""},
    ],
}
ACTIVE["messages"][0]["expiration"] = 1598827811958     # the page has text in this place, the broker a number
RABBIT = {
    "eventSource": "aws:rmq", "eventSourceArn": "arn:aws:mq:us-east-2:111122223333:broker:pizzaBroker:b-9bcfa592",
    "rmqMessagesByQueue": {
        "pizzaQueue::/": [
            {"basicProperties": {
                "contentType": "text/plain", "contentEncoding": None,
                "headers": {"header1": {"bytes": [118, 97, 108]}, "numberInHeader": 10}, "deliveryMode": 1,
                "priority": 34, "correlationId": None, "replyTo": None, "expiration": "60000", "messageId": None,
                "timestamp": "Jan 1, 1970, 12:33:41 AM", "type": None, "userId": "AIDACKCEVSQ6C2EXAMPLE",
                "appId": None, "clusterId": None, "bodySize": 80},
             "redelivered": False, "data": "eyJ0aW1lb3V0IjowLCJkYXRhIjoiQ1pybWYwR3c4T3Y0YnFMUXhENEUifQ=="}],
        "other.queue::/v\\host \"x\"": [],
        "third::/": [{"basicProperties": None, "redelivered": True, "data": "AA=="}, {"data": None}],
    },
}
DOCUMENTS = {
    "eventSourceArn": "arn:aws:rds:us-east-1:123456789012:cluster:canaryclusterb2a659a2-qo5tcmqkcl03",
    "events": [
        {"event": {"_id": {"_data": "0163eeb6e7000000090100000009000041e1"},
                   "clusterTime": {"$timestamp": {"t": 1676588775, "i": 9}},
                   "documentKey": {"_id": {"$oid": "63eeb6e7d418cd98afb1c1d7"}},
                   "fullDocument": {"_id": {"$oid": "63eeb6e7d418cd98afb1c1d7"}, "anyField": "sampleValue"},
                   "ns": {"db": "test_database", "coll": "test_collection"}, "operationType": "insert"}},
        {"event": {"_id": {"_data": "02"}, "operationType": "rename", "ns": {"db": "a", "coll": "b"},
                   "to": {"db": "a", "coll": "c"}}},
        {"event": {"_id": {"_data": "03"}, "operationType": "update", "fullDocument": None,
                   "updateDescription": {"updatedFields": {"a.b": 1}, "removedFields": []}}},
        {"event": {"_id": {"_data": "04"}, "operationType": "invalidate"}},
    ],
    "eventSource": "aws:docdb",
}
FORMS = [
    ("apigateway", WEBSOCKET),
    ("apigateway", {"version": "1.0", "requestContext": {"stage": "$default", "authorizer": {"claims": None}}}),
    ("apigateway", built("apigateway", body=b"\xff")),
    ("apigateway_v2", built("apigateway_v2", body=b"\xff", query={"a": ["1", "2"]})),
    ("function_url", {**built("function_url"), "cookies": [], "headers": {}}),
    ("alb", {**built("alb"), "headers": {"user-agent": "ELB-HealthChecker/2.0"},
             "queryStringParameters": {"%C3%BC": "a+b"}}),
    ("cloudwatch", COMPOSITE), ("cloudwatch", CONTRIBUTOR),
    ("activemq", ACTIVE), ("rabbitmq", RABBIT), ("documentdb", DOCUMENTS),
    ("activemq", {"eventSource": "aws:mq", "messages": []}), ("rabbitmq", {"rmqMessagesByQueue": {}}),
    ("cognito", {"version": 2, "triggerSource": "X_Y", "request": {"userAttributes": {"email_verified": True, "n": 1.50,
                                                                                     "z": None}}, "response": None}),
    ("eventbridge", {"detail-type": "x", "detail": [1, {"a": None}], "resources": []}),
    ("scheduled", {**built("scheduled"), "source": "aws.scheduler", "detail": "{}"}),
]


@pytest.mark.parametrize(("source", "event"), FORMS)
def test_forms(source, event):
    rows = assert_same(source, event)
    assert len(rows) == len(records_of(source, event))


def test_forms_have_what_they_are_for():
    assert decoded("apigateway", WEBSOCKET)[0]["disconnect_status_code"] == 1005
    assert [row["queue"] for row in lambdarrow.rabbitmq.to_arrow(RABBIT).to_pylist()] == [
        "pizzaQueue::/", "third::/", "third::/"]
    assert [row["physical_name"] for row in decoded("activemq", ACTIVE)] == [None, "q"]
    assert [row["physicalname"] for row in decoded("activemq", ACTIVE)] == ["testQueue", None]
    assert [row["expiration"] is None for row in decoded("activemq", ACTIVE)] == [False, True]
    assert [row["to_coll"] for row in decoded("documentdb", DOCUMENTS)] == [None, "c", None, None]


def places(value, path=()):
    """The paths of all members of objects."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield (*path, key)
            yield from places(one, (*path, key))
    elif isinstance(value, list):
        for at, one in enumerate(value):
            yield from places(one, (*path, at))


@settings(max_examples=40)
@every_source
@given(data=st.data())
def test_whatever_is_missing_or_null(source, data):
    event = json.loads(getattr(_synth, source)(2, data.draw(st.integers(0, 40))))
    changed = copy.deepcopy(event)
    for number in range(len(records_of(source, changed))):
        record = records_of(source, changed)[number][0]
        there = [path for path in places(record) if path != ("event",)]
        for path in data.draw(st.lists(st.sampled_from(there), max_size=6, unique=True)):
            holder = record
            for step in path[:-1]:
                holder = holder.get(step) if isinstance(holder, dict) else holder[step] if holder else None
            if isinstance(holder, dict) and path[-1] in holder:
                if data.draw(st.booleans()):
                    holder[path[-1]] = None
                else:
                    del holder[path[-1]]
    if source in ("kafka",):    # a header without a name is another matter
        for record, _ in records_of(source, changed):
            record["headers"] = [one for one in record.get("headers") or [] if one]
    assert decoded(source, changed) == wanted(source, changed)


# One bad value for each source: where, what, and the path and the reason of the failure.
BAD = [
    ("apigateway", ("requestContext", "requestTimeEpoch"), "now", "$.requestContext.requestTimeEpoch"),
    ("apigateway", ("multiValueHeaders",), {"a": ["b", 1]}, "$.multiValueHeaders.a[1]"),
    ("apigateway_v2", ("headers",), {"a": 1}, "$.headers.a"),
    ("function_url", ("cookies",), "a=b", "$.cookies"),
    ("alb", ("requestContext", "elb"), [], "$.requestContext.elb"),
    ("cognito", ("request", "userAttributes"), {"a": []}, "$.request.userAttributes.a"),
    ("cloudwatch", ("alarmData", "state", "reasonData"), "{", "$.alarmData.state.reasonData → $"),
    ("cloudwatch", ("time",), "yesterday", "$.time"),
    ("activemq", ("messages", 0, "data"), "QQ=", "$.messages[0].data"),
    ("rabbitmq", ("rmqMessagesByQueue", "queue::/", 0, "basicProperties", "expiration"), "1.5",
     '$.rmqMessagesByQueue["queue::/"][0].basicProperties.expiration → $'),
    ("documentdb", ("events", 0, "event", "clusterTime", "$timestamp", "t"), 1.5,
     '$.events[0].event.clusterTime["$timestamp"].t'),
    ("eventbridge", ("time",), 5, "$.time"),
    ("kafka", ("records", "topic-0", 0, "headers"), [{"a": [256]}], "$.records.topic-0[0].headers[0].a[0]"),
]


def spoilt(source, path, value):
    event = built(source)
    holder = event
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return event


@pytest.mark.parametrize(("source", "path", "value", "wanted_path"), BAD)
def test_a_bad_value_in_every_mode(source, path, value, wanted_path):
    event, to_arrow = spoilt(source, path, value), module(source).to_arrow
    with pytest.raises(DecodeError) as caught:
        to_arrow(event)
    assert caught.value.path == wanted_path and caught.value.index == 0
    for mode, rows in (("collect", 0), ("stop", 0), ("null", 1)):
        batch = to_arrow(event, on_error=mode)
        assert [(failure.path, failure.reason, failure.index) for failure in batch.failures] == [
            (wanted_path, caught.value.reason, 0)]
        assert batch.num_rows == rows
        if mode == "null":
            row = batch.to_pylist()[0]
            corrupt = row.pop("_corrupt_record")
            assert json.loads(corrupt) == records_of(source, event)[0][0]
            kept = {"event_source", "event_source_arn", "queue"}
            assert all(value is None for name, value in row.items() if name not in kept)


@every_source
def test_what_is_no_event_of_the_source(source):
    for event in ("[]", "5", "{", "", '{"a":1}}'):
        with pytest.raises(DecodeError):
            module(source).to_arrow(event)


@pytest.mark.parametrize(("source", "key"), [
    ("activemq", "messages"), ("rabbitmq", "rmqMessagesByQueue"), ("documentdb", "events"), ("kafka", "records")])
def test_records_must_be_there(source, key):
    for event in ({}, {key: None}, {key: 5}):
        with pytest.raises(DecodeError) as caught:
            module(source).to_arrow(event, on_error="collect")
        assert caught.value.path == f"$.{key}"


@pytest.mark.parametrize("source", ["apigateway", "apigateway_v2", "function_url", "alb"])
def test_bodies_as_payloads(source):
    event = built(source, method="POST", body={"id": 1, "tags": ["a"]})
    to_arrow = module(source).to_arrow
    assert to_arrow(event, payload={"id": "int64"})["body.id"].to_pylist() == [1]
    assert to_arrow(event, payload={"id": "int64"}, flatten=True)["id"].to_pylist() == [1]
    assert json.loads(to_arrow(event, payload="json")["body"].to_pylist()[0]) == {"id": 1, "tags": ["a"]}


@pytest.mark.parametrize("source", ["apigateway", "apigateway_v2", "function_url", "alb"])
def test_bodies_in_base64_as_payloads(source):
    event, to_arrow = built(source, body=b'{"id":1}'), module(source).to_arrow
    for sent in (event, json.dumps(event), json.dumps(reordered(event)).encode(),
                 json.dumps(event).replace("isBase64", "\\u0069sBase64")):
        assert to_arrow(sent, payload={"id": "int64"})["body.id"].to_pylist() == [1]
        assert to_arrow(sent)["body"].to_pylist() == ["eyJpZCI6MX0="]
    assert to_arrow(built(source, body=b"\x00\xff"), payload="binary")["body"].to_pylist() == [b"\x00\xff"]
    batch = to_arrow(built(source, body=b"{"), payload={"id": "int64"}, on_error="collect")
    assert [failure.path for failure in batch.failures] == ["$.body → $"]
    # A flag deeper inside, or that is none, says nothing.
    text = built(source, body={"id": 1, "isBase64Encoded": True}, headers={"isBase64Encoded": "true"})
    assert to_arrow(text, payload={"id": "int64"})["body.id"].to_pylist() == [1]
    batch = to_arrow({**text, "isBase64Encoded": "true"}, payload={"id": "int64"}, on_error="collect")
    assert [failure.path for failure in batch.failures] == ["$.isBase64Encoded"]
    with pytest.raises(DecodeError):
        to_arrow(json.dumps(event)[:-1], payload={"id": "int64"}, on_error="collect")


def test_the_flag_is_found_beside_what_is_deep():
    event, deep = built("apigateway", body=b'{"id":1}'), []
    for _ in range(200):
        deep = [deep]
    event["requestContext"]["authorizer"] = {"deep": deep}
    batch = lambdarrow.apigateway.to_arrow(event, payload={"id": "int64"}, limits={"depth": 300})
    assert batch["body.id"].to_pylist() == [1]


def test_requests_of_both_forms_are_fed_apart():
    decoder = lambdarrow.alb.Decoder(payload={"id": "int64"})
    decoder.feed(built("alb", body={"id": 1}))
    with pytest.raises(ValueError, match="two forms"):
        decoder.feed(built("alb", body=b'{"id":2}'))
    assert decoder.finish()["body.id"].to_pylist() == [1]
    decoder.feed(built("alb", body=b'{"id":2}'))
    assert decoder.finish()["body.id"].to_pylist() == [2]
    plain = lambdarrow.alb.Decoder()
    assert [plain.feed(built("alb", body=body)) for body in ("x", b"x")] == [1, 2]


@pytest.mark.parametrize(("source", "options", "column"), [
    ("activemq", {"data": [{"id": 1}]}, "data"), ("rabbitmq", {"data": [{"id": 1}]}, "data"),
    ("documentdb", {"changes": [("insert", {"id": 1})]}, "full_document"),
    ("eventbridge", {"detail": {"id": 1}}, "detail"),
    ("cognito", {"request": {"id": 1}}, "request"),
])
def test_payloads(source, options, column):
    event = built(source, **options)
    batch = module(source).to_arrow(event, payload={"id": "int64"})
    assert batch[f"{column}.id"].to_pylist() == [1]
    assert module(source).to_arrow(event, payload={"id": "int64"}, columns=[f"{column}.id"], flatten=True)[
        "id"].to_pylist() == [1]


def test_what_stands_around_a_batch_is_its_metadata():
    assert lambdarrow.activemq.to_arrow({**ACTIVE, "more": [1]}).metadata == {"more": [1]}
    assert lambdarrow.rabbitmq.to_arrow({**RABBIT, "more": 2}).metadata == {"more": 2}
    assert lambdarrow.documentdb.to_arrow({**DOCUMENTS, "more": None}).metadata == {"more": None}


def test_the_test_event_of_a_bucket_makes_no_row():
    event = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": "2014-10-13T15:57:02.089Z", "Bucket": "b",
             "RequestId": "r", "HostId": "h"}
    batch = lambdarrow.to_arrow(event)
    assert (batch.num_rows, batch.failures, batch.shapes, batch.metadata) == (
        0, (), {"s3:TestEvent": 1, "notification": 0}, {})
