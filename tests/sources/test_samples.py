"""Real event shapes, where they lie beside the repository: equal to json and base64, keys in any order."""

import base64
import json
from decimal import Decimal
from pathlib import Path

import events
import oracle
import pytest
from conftest import SOURCES

import lambdarrow

FOLDER = Path(__file__).parents[3] / "shared" / "samples"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="no sample events beside the repository")


KEYS = {"logs": "awslogs", "firehose": "deliveryStreamArn"}


def belongs(text, source):
    """Samples of answers, and of other services, do not name it; not all of those are JSON."""
    if source.name in KEYS:
        return f'"{KEYS[source.name]}"'.encode() in text and KEYS[source.name] in json.loads(text)
    if f'"aws:{source.name}"'.encode() not in text:
        return False
    try:
        records = json.loads(text)["Records"]
    except ValueError:
        return False
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
    for options in ({}, {"dialect": "plain"}, TYPED[source.name]):
        expected = source.public.to_arrow(text, **options).to_pylist()
        assert expected
        for form in forms:
            assert source.public.to_arrow(form, **options).to_pylist() == expected


TYPED = {
    "kinesis": {"payload": "utf8"}, "sqs": {"payload": "utf8"}, "firehose": {"payload": "utf8"},
    "logs": {"message": "utf8"},
    "dynamodb": {"image": {"Message": "utf8", "Id": "int64", "Map": "map<utf8, json>", "NumberSet": ["float64"]}},
}


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


def assert_dynamodb(row, record, _):
    inner = record["dynamodb"]
    assert row["event_id"] == record["eventID"]
    assert row["event_name"] == record["eventName"]
    assert row["event_source_arn"] == record["eventSourceARN"]
    assert row["sequence_number"] == inner["SequenceNumber"]
    assert row["size_bytes"] == inner["SizeBytes"]
    assert row["stream_view_type"] == inner["StreamViewType"]
    assert row["approximate_creation_date_time"].timestamp() == inner["ApproximateCreationDateTime"]
    identity = record.get("userIdentity")
    assert row["user_identity"] == (
        identity and {"type": identity["type"], "principal_id": identity["principalId"]})
    for name, key in [("keys", "Keys"), ("new_image", "NewImage"), ("old_image", "OldImage")]:
        assert (row[name] is None) == (key not in inner)


assert_row = {
    "kinesis": assert_kinesis, "sqs": assert_sqs, "dynamodb": assert_dynamodb, "firehose": assert_firehose,
    "logs": assert_logs,
}


# --- items --------------------------------------------------------------------------------------------

ITEMS = [param for param in SAMPLES if param.values[0].carries == "item"]


@pytest.mark.parametrize("source, path", ITEMS)
def test_the_items_of_a_sample_are_what_boto3_makes_of_them(source, path):
    boto3 = pytest.importorskip("boto3.dynamodb.types")
    text = path.read_bytes()
    batch = source.public.to_arrow(text)
    records = json.loads(text)["Records"]
    images = [(record["dynamodb"].get(key), row[name]) for row, record in zip(batch, records, strict=True)
              for name, key in [("keys", "Keys"), ("new_image", "NewImage"), ("old_image", "OldImage")]]
    images = [pair for pair in images if pair != (None, None)]
    assert len(images) > len(records)
    for wire, ours in images:
        wanted = {key: boto3.TypeDeserializer().deserialize(with_bytes(value)) for key, value in wire.items()}
        assert same(ours, wanted), (ours, wanted)
        assert same(source.public.unmarshal(wire), wanted)


def with_bytes(value):
    """An AttributeValue whose binaries are bytes, as boto3 wants them."""
    ((tag, inner),) = value.items()
    if tag == "B":
        return {tag: base64.b64decode(inner, validate=True)}
    if tag == "BS":
        return {tag: [base64.b64decode(one, validate=True) for one in inner]}
    if tag == "L":
        return {tag: [with_bytes(one) for one in inner]}
    return {tag: {key: with_bytes(one) for key, one in inner.items()} if tag == "M" else inner}


def same(ours, wanted):
    """Whether a column's value is boto3's: sets are lists, what has several types is JSON, a missing key is null."""
    if isinstance(wanted, dict):
        return wanted.keys() <= ours.keys() and all(same(value, wanted.get(key)) for key, value in ours.items())
    if isinstance(wanted, set):
        return {getattr(one, "value", one) for one in wanted} == set(ours)
    if isinstance(wanted, list):
        found = json.loads(ours, parse_float=Decimal) if isinstance(ours, str) else ours
        return len(found) == len(wanted) and all(map(same, found, wanted))
    return getattr(wanted, "value", wanted) == ours


@pytest.mark.parametrize("name", ["dynamodb-event-malformed.2.json"])
def test_a_sample_that_is_cut_off_is_an_error(name):
    text = (FOLDER / name).read_bytes()
    with pytest.raises(ValueError):
        json.loads(text)
    for options in ({}, {"image": "json", "on_error": "collect"}):
        with pytest.raises(lambdarrow.DecodeError) as caught:
            lambdarrow.dynamodb.to_arrow(text, **options)
        assert caught.value.reason == "unexpected_end"
