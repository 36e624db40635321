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


def belongs(text, source):
    """Samples of answers, and of other services, do not name it; not all of those are JSON."""
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
    event = json.loads(text)
    batch = source.to_arrow(text)
    oracle.assert_same(check(batch), source.expected(text).batch)
    assert batch.num_rows == len(event["Records"]) > 0
    for row, record in zip(batch, event["Records"], strict=True):
        assert_row[source.name](row, record)
    assert batch.metadata == {key: value for key, value in event.items() if key != "Records"}
    assert batch.failures == ()


@each_sample
def test_a_sample_by_any_road_gives_the_same_rows(source, path):
    text = path.read_bytes()
    event = json.loads(text)
    turned = json.dumps(events.reversed_keys(event))
    assert turned != json.dumps(event)
    forms = [text.decode(), event, json.dumps(event), turned.encode(), events.reversed_keys(event)]
    for options in ({}, {"dialect": "plain"}, {"payload": "utf8"}):
        expected = source.to_arrow(text, **options).to_pylist()
        assert expected
        for form in forms:
            assert source.to_arrow(form, **options).to_pylist() == expected


def assert_kinesis(row, record):
    inner = record["kinesis"]
    assert row["data"] == base64.b64decode(inner["data"], validate=True)
    assert row["sequence_number"] == inner["sequenceNumber"]
    assert row["partition_key"] == inner["partitionKey"]
    assert row["event_id"] == record["eventID"]
    assert row["event_source_arn"] == record["eventSourceARN"]
    assert row["approximate_arrival_timestamp"].timestamp() == inner["approximateArrivalTimestamp"]


def assert_sqs(row, record):
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


assert_row = {"kinesis": assert_kinesis, "sqs": assert_sqs}
