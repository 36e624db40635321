"""Real event shapes, where they lie beside the repository: equal to json and base64, keys in any order."""

import base64
import json
from pathlib import Path

import events
import oracle
import pytest
from conftest import SOURCES

FOLDER = Path(__file__).parents[3] / "shared" / "samples"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="no sample events beside the repository")


KEYS = {"logs": "awslogs", "firehose": "deliveryStreamArn"}


def belongs(text, source):
    """Samples of answers, and of other services, do not name it; not all of those are JSON."""
    if source.name in KEYS:
        return f'"{KEYS[source.name]}"'.encode() in text and KEYS[source.name] in json.loads(text)
    if f'"aws:{source.name}"'.encode() not in text:
        return False
    records = json.loads(text)["Records"]
    return {record.get("eventSource") for record in records} == {f"aws:{source.name}"}


SAMPLES = [
    pytest.param(source, path, id=f"{source.name}-{path.stem}")
    for path in sorted(FOLDER.glob("*.json"))
    for source in SOURCES
    if belongs(path.read_bytes(), source)
]
each_sample = pytest.mark.parametrize("source, path", SAMPLES)


def test_every_source_has_a_sample():
    assert {sample.values[0].name for sample in SAMPLES} == {source.name for source in SOURCES}


@each_sample
def test_a_sample_is_what_json_says(source, path, check):
    text = path.read_bytes()
    event, body = json.loads(text), json.loads(source.body(text))
    batch = source.to_arrow(text)
    oracle.assert_same(check(batch), source.expected(text).batch)
    assert batch.num_rows == len(body[source.records]) > 0
    for row, record in zip(batch, body[source.records], strict=True):
        assert_row[source.name](row, record, body)
    known = {source.records, *AROUND.get(source.name, ())}
    assert batch.metadata == source.metadata(**{key: value for key, value in event.items() if key not in known})
    assert batch.failures == ()


@each_sample
def test_a_sample_by_any_road_gives_the_same_rows(source, path):
    text = path.read_bytes()
    event = json.loads(text)
    body = json.loads(source.body(text))
    turned = source.text_event(json.dumps(events.reversed_keys(body)))
    assert source.body(turned) != json.dumps(body).encode()
    forms = [text.decode(), event, json.dumps(event), turned, json.loads(turned)]
    for options in ({}, {"dialect": "plain"}, {"payload": "utf8"}):
        expected = source.to_arrow(text, **options).to_pylist()
        assert expected
        for form in forms:
            assert source.to_arrow(form, **options).to_pylist() == expected


def assert_kinesis(row, record, _):
    inner = record["kinesis"]
    assert row["data"] == base64.b64decode(inner["data"], validate=True)
    assert row["sequence_number"] == inner["sequenceNumber"]
    assert row["partition_key"] == inner["partitionKey"]
    assert row["event_id"] == record["eventID"]
    assert row["event_source_arn"] == record["eventSourceARN"]
    assert row["approximate_arrival_timestamp"].timestamp() == inner["approximateArrivalTimestamp"]


def assert_sqs(row, record, _):
    inner = record["attributes"]
    assert row["message_id"] == record["messageId"]
    assert row["body"] == record["body"]
    assert row["md5_of_body"] == record["md5OfBody"]
    assert row["event_source_arn"] == record["eventSourceARN"]
    assert row["approximate_receive_count"] == int(inner["ApproximateReceiveCount"])
    assert row["sent_timestamp"].timestamp() == int(inner["SentTimestamp"]) / 1000
    assert row["sender_id"] == inner["SenderId"]
    assert list(row["message_attributes"]) == list(record["messageAttributes"])
    for name, value in record["messageAttributes"].items():
        binary = value.get("binaryValue")
        assert row["message_attributes"][name] == {
            "data_type": value["dataType"],
            "string_value": value.get("stringValue"),
            "binary_value": binary and base64.b64decode(binary, validate=True),
            "string_list_values": value["stringListValues"],
            "binary_list_values": [base64.b64decode(item, validate=True) for item in value["binaryListValues"]],
        }


# What stands around the records and has a column, and what that is called.
AROUND = {
    "firehose": {
        "deliveryStreamArn": "delivery_stream_arn", "invocationId": "invocation_id", "region": "region",
        "sourceKinesisStreamArn": "source_kinesis_stream_arn",
    },
    "logs": {"awslogs": None},
}


def assert_firehose(row, record, event):
    inner = record.get("kinesisRecordMetadata", {})
    assert row["record_id"] == record["recordId"]
    assert row["data"] == base64.b64decode(record["data"], validate=True)
    assert row["approximate_arrival_timestamp"].timestamp() * 1000 == record["approximateArrivalTimestamp"]
    assert row["partition_key"] == inner.get("partitionKey")
    assert row["sequence_number"] == inner.get("sequenceNumber")
    assert row["shard_id"] == inner.get("shardId")
    for key, name in AROUND["firehose"].items():
        assert row[name] == event.get(key)


def assert_logs(row, record, body):
    assert row["id"] == record["id"]
    assert row["message"] == record["message"]
    assert row["timestamp"].timestamp() * 1000 == record["timestamp"]
    assert row["extracted_fields"] == record.get("extractedFields")
    for name, key in [
        ("message_type", "messageType"), ("owner", "owner"), ("log_group", "logGroup"), ("log_stream", "logStream"),
        ("subscription_filters", "subscriptionFilters"), ("policy_level", "policyLevel"),
    ]:
        assert row[name] == body.get(key)


assert_row = {"kinesis": assert_kinesis, "sqs": assert_sqs, "firehose": assert_firehose, "logs": assert_logs}
