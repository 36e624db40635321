"""Events for users' own tests: what was given is in them, where AWS has it, and both roads read them."""

import base64
import gzip
import hashlib
import json
from urllib.parse import parse_qs, unquote_plus

import pytest

from lambdarrow import dynamodb, testing
from lambdarrow._any import decode, to_arrow
from lambdarrow._detect import SOURCES, detect
from lambdarrow.testing import event

every_source = pytest.mark.parametrize("source", SOURCES)
PAYLOADS = ["hello", b"\x00\xff", {"a": ["ü", 1.5, None]}, [], 7, ""]


def on_the_wire(value):
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))).encode()


def unpacked(texts):
    return [base64.b64decode(text, validate=True) for text in texts]


@every_source
def test_an_event_of_every_source_is_known_and_read_on_both_roads(source):
    made = event(source)
    assert type(made) is dict and json.loads(json.dumps(made)) == made
    assert detect(made) == source
    batch = to_arrow(made)
    assert batch.num_rows == 1 and not batch.failures
    decoded = decode(made)
    assert decoded is not None and type(decoded).__module__.startswith("lambdarrow.events")
    # Compact, as the dict's copy is: JSON columns keep the text that they are sent.
    text = json.dumps(made, ensure_ascii=False, separators=(",", ":"))
    assert to_arrow(text).to_pylist() == batch.to_pylist()


@every_source
def test_each_call_makes_one_of_its_own(source):
    one, other = event(source), event(source)
    assert one == other
    one.clear()
    assert other == event(source)


@every_source
def test_an_unknown_option_is_named_with_those_there_are(source):
    with pytest.raises(TypeError) as caught:
        event(source, nope=1)
    known = testing._BUILDERS[source].__kwdefaults__
    assert str(caught.value) == f"an event of {source} has no 'nope'; it has {', '.join(known)}"
    assert all(f"``{name}``" in testing.event.__doc__ for name in known)
    assert f"``{source}``" in testing.event.__doc__


def test_an_unknown_source_is_named_with_those_there_are():
    with pytest.raises(ValueError, match="no events of 'ses'; there are those of sqs, kinesis, "):
        event("ses")


def test_sqs():
    bodies = ["hello", {"id": 1}, "ü", b"bytes"]
    made = event("sqs", bodies=bodies, message_attributes={"kind": "a", "n": 5, "sig": b"\xff"})
    messages = made["Records"]
    assert [message["body"].encode() for message in messages] == [on_the_wire(body) for body in bodies]
    assert [message["md5OfBody"] for message in messages] == [
        hashlib.md5(on_the_wire(body), usedforsecurity=False).hexdigest() for body in bodies]
    assert len({message["messageId"] for message in messages}) == 4
    assert [(one["dataType"], one.get("stringValue"), one.get("binaryValue"))
            for one in messages[0]["messageAttributes"].values()] == [
        ("String", "a", None), ("Number", "5", None), ("Binary", None, "/w==")]
    assert to_arrow(made, verify_md5=True).num_rows == 4
    assert not any("MessageGroupId" in message["attributes"] for message in messages)


def test_sqs_fifo():
    made = event("sqs", bodies=["a", "b"], fifo=True, attributes=[{"MessageGroupId": "g1"}, {}])
    messages = made["Records"]
    assert [message["attributes"]["MessageGroupId"] for message in messages] == ["g1", "group"]
    numbers = [int(message["attributes"]["SequenceNumber"]) for message in messages]
    assert numbers == sorted(set(numbers))
    assert all(message["eventSourceARN"].endswith(".fifo") for message in messages)
    with pytest.raises(ValueError, match="attributes: 1 for 2 records"):
        event("sqs", bodies=["a", "b"], attributes=[{}])
    made = event("sqs", bodies=["a", "b"], attributes={"ApproximateReceiveCount": "3"})
    assert [message["attributes"]["ApproximateReceiveCount"] for message in made["Records"]] == ["3", "3"]


def test_what_is_no_list_of_payloads():
    for source, name in [("sqs", "bodies"), ("kinesis", "data"), ("kafka", "values"), ("s3", "keys"),
                         ("logs", "messages"), ("dynamodb", "changes")]:
        for value in ("text", b"bytes", {"a": 1}):
            with pytest.raises(TypeError, match=f"{name}: a list"):
                event(source, **{name: value})


@pytest.mark.parametrize(("source", "records"), [
    ("kinesis", lambda made: [record["kinesis"]["data"] for record in made["Records"]]),
    ("firehose", lambda made: [record["data"] for record in made["records"]]),
    ("activemq", lambda made: [message["data"] for message in made["messages"]]),
    ("rabbitmq", lambda made: [message["data"] for message in made["rmqMessagesByQueue"]["queue::/"]]),
])
def test_bytes_go_as_base64(source, records):
    made = event(source, data=PAYLOADS)
    assert unpacked(records(made)) == [on_the_wire(value) for value in PAYLOADS]
    assert to_arrow(made)["data"].to_pylist() == [on_the_wire(value) for value in PAYLOADS]


def test_kinesis_keys():
    made = event("kinesis", data=["a", "b"], partition_keys=["x", "y"])
    assert [record["kinesis"]["partitionKey"] for record in made["Records"]] == ["x", "y"]


def test_kafka():
    made = event("kafka", values=["a", None, {"n": 1}], keys=["k", None, b"\xff"], topic="a-b.c", partition=[0, 3, 0],
                 headers={"h": b"\xff\x01"})
    assert list(made["records"]) == ["a-b.c-0", "a-b.c-3"]
    rows = to_arrow(made).to_pylist()
    assert [(row["topic"], row["partition"], row["offset"], row["key"], row["value"]) for row in rows] == [
        ("a-b.c", 0, 0, b"k", b"a"), ("a-b.c", 0, 1, b"\xff", b'{"n":1}'), ("a-b.c", 3, 0, None, None)]
    assert all(row["headers"] == [{"name": "h", "value": b"\xff\x01"}] for row in rows)
    assert "key" not in made["records"]["a-b.c-3"][0]


def test_dynamodb():
    items = ({"pk": "a", "n": 1}, {"pk": "a", "n": 2, "tags": {"x"}})
    made = event("dynamodb", changes=[("INSERT", None, items[0]), ("MODIFY", *items), ("REMOVE", items[1], None)])
    records = [record["dynamodb"] for record in made["Records"]]
    assert [record["Keys"] for record in records] == [{"pk": {"S": "a"}}] * 3
    assert [sorted(record) for record in records] == [
        ["ApproximateCreationDateTime", "Keys", *images, "SequenceNumber", "SizeBytes", "StreamViewType"]
        for images in (["NewImage"], ["NewImage", "OldImage"], ["OldImage"])]
    assert records[1]["OldImage"] == {"pk": {"S": "a"}, "n": {"N": "1"}}
    assert dynamodb.unmarshal(records[1]["NewImage"]) == items[1]
    assert event("dynamodb", changes=[("INSERT", None, items[0])], keys=["pk", "n"])["Records"][0]["dynamodb"][
        "Keys"] == {"pk": {"S": "a"}, "n": {"N": "1"}}
    with pytest.raises(ValueError, match="INSERT of neither"):
        event("dynamodb", changes=[("INSERT", None, None)])


def test_logs():
    made = event("logs", messages=["a", {"level": "INFO"}], log_group="/g", log_stream="s")
    body = json.loads(gzip.decompress(base64.b64decode(made["awslogs"]["data"])))
    assert [one["message"] for one in body["logEvents"]] == ["a", '{"level":"INFO"}']
    assert (body["logGroup"], body["logStream"]) == ("/g", "s")
    assert all(len(one["id"]) == 56 for one in body["logEvents"])


def test_sns():
    made = event("sns", messages=[{"a": 1}, "b"], subject="s", attributes={"t": "x", "b": b"\xff"})
    notices = [record["Sns"] for record in made["Records"]]
    assert [notice["Message"] for notice in notices] == ['{"a":1}', "b"]
    assert {notice["Subject"] for notice in notices} == {"s"}
    assert notices[0]["MessageAttributes"] == {"t": {"Type": "String", "Value": "x"},
                                               "b": {"Type": "Binary", "Value": "/w=="}}


def test_s3():
    keys = ["a b/c+d.json", "größe"]
    made = event("s3", keys=keys, bucket="mine", size=5)
    things = [record["s3"] for record in made["Records"]]
    assert [unquote_plus(thing["object"]["key"]) for thing in things] == keys
    assert things[0]["object"]["key"] == "a+b/c%2Bd.json"
    assert {thing["bucket"]["name"] for thing in things} == {"mine"} and things[0]["object"]["size"] == 5
    assert to_arrow(made)["key"].to_pylist() == keys
    gone = event("s3", event_name="ObjectRemoved:Delete")["Records"][0]
    assert gone["eventName"] == "ObjectRemoved:Delete" and "size" not in gone["s3"]["object"]


def test_rules():
    made = event("eventbridge", detail={"id": 1}, detail_type="T", source="me", resources=["r"])
    assert (made["detail"], made["detail-type"], made["source"], made["resources"]) == ({"id": 1}, "T", "me", ["r"])
    made = event("scheduled", rule="hourly")
    assert made["resources"][0].endswith(":rule/hourly") and made["detail"] == {}


HTTP = ["apigateway", "apigateway_v2", "function_url", "alb"]


@pytest.mark.parametrize("source", HTTP)
def test_requests(source):
    made = event(source, method="POST", path="/a/b", body={"n": 1}, headers={"X-Kind": "k"},
                 query={"a": ["1", "2"], "b": "ü x"})
    request = decode(made)
    assert json.loads(request.body) == {"n": 1}
    assert request.headers["x-kind"] == "k"
    row = to_arrow(made, payload={"n": "int64"}).to_pylist()[0]
    assert row["body"] == {"n": 1}
    assert row.get("http_method", row.get("method")) == "POST"
    assert row.get("path", row.get("raw_path")) == "/a/b"
    wanted = "1,2" if source in ("apigateway_v2", "function_url") else "2"
    assert request.query_string_parameters == {"a": wanted, "b": "ü x"}
    if "rawQueryString" in made:
        assert parse_qs(made["rawQueryString"]) == {"a": ["1", "2"], "b": ["ü x"]}


@pytest.mark.parametrize("source", HTTP)
def test_bodies_that_are_bytes_and_none(source):
    made = event(source, body=b"\xff\x00")
    assert (made["body"], made["isBase64Encoded"]) == ("/wA=", True)
    assert decode(made).body == b"\xff\x00"
    assert event(source).get("body") == ("" if source == "alb" else None)
    assert event(source)["isBase64Encoded"] is False


def test_cognito():
    made = event("cognito", trigger_source="PreSignUp_AdminCreateUser", user_attributes={"email": "a@example.com"},
                 request={"validationData": {"k": "v"}})
    assert made["triggerSource"] == "PreSignUp_AdminCreateUser"
    assert made["request"]["userAttributes"] == {"email": "a@example.com"}
    assert made["request"]["validationData"] == {"k": "v"}
    assert set(made["response"]) == {"autoConfirmUser", "autoVerifyEmail", "autoVerifyPhone"}
    with pytest.raises(ValueError, match="'PreSignup' is not one of PreSignUp, PostConfirmation"):
        event("cognito", trigger_source="PreSignup")


def test_cloudwatch():
    made = event("cloudwatch", alarm_name="a", state="OK", previous_state="ALARM", reason="r")
    alarm = made["alarmData"]
    assert made["alarmArn"].endswith(":alarm:a") and alarm["alarmName"] == "a"
    assert (alarm["state"]["value"], alarm["state"]["reason"], alarm["previousState"]["value"]) == ("OK", "r", "ALARM")


def test_nothing_of_an_event_is_in_two_places():
    topic = event("kafka", values=["a", "b"], headers={"h": b"x"})["records"]["topic-0"]
    topic[0]["headers"].clear()
    assert topic[1]["headers"] == [{"h": [120]}]
    first, second = event("sns", messages=["a", "b"], attributes={"x": "1"})["Records"]
    first["Sns"]["MessageAttributes"].clear()
    assert list(second["Sns"]["MessageAttributes"]) == ["x"]
    detail = {"ids": [1]}
    event("eventbridge", detail=detail)["detail"]["ids"].clear()
    assert detail == {"ids": [1]}
