"""Kafka's Structs against json and base64: keys and values that are absent or null, headers, schemas."""

import base64
import json
from datetime import UTC, datetime

import msgspec
import pytest
from faithful import b64, each_sample, refusal, round_trip, strict_trip, without

import lambdarrow
from lambdarrow import testing
from lambdarrow.events.kafka import KafkaEvent


class Order(msgspec.Struct):
    id: int


RECORD = {
    "topic": "orders",
    "partition": 0,
    "offset": 15,
    "timestamp": 1545084650987,
    "timestampType": "CREATE_TIME",
    "key": b64(b"7"),
    "value": b64(b'{"id": 7}'),
    "headers": [{"trace": [104, -128, 0, 127, -1]}, {"trace": []}],
}


def event(*records, **more):
    return {"eventSource": "aws:kafka", "eventSourceArn": "arn:aws:kafka:eu-west-1:1:cluster/a/b",
            "bootstrapServers": "b-2.kafka:9092,b-1.kafka:9092", "records": {"orders-0": list(records)}} | more


def test_an_event_comes_back_equal():
    made = strict_trip(event(RECORD), KafkaEvent)
    (record,) = made
    assert (record.key, record.value) == (b"7", b'{"id": 7}')
    assert record.timestamp == datetime(2018, 12, 17, 22, 10, 50, 987_000, UTC)
    assert (record.topic, record.partition, record.offset) == ("orders", 0, 15)
    assert made.bootstrap_servers == ["b-2.kafka:9092", "b-1.kafka:9092"]


def test_a_cluster_of_ones_own():
    made = strict_trip(without(event(RECORD, eventSource="SelfManagedKafka"), "eventSourceArn"), KafkaEvent)
    assert (made.event_source, made.event_source_arn) == ("SelfManagedKafka", None)
    assert round_trip(without(event(), "bootstrapServers"), KafkaEvent).bootstrap_servers == []


def test_iterating_goes_over_all_partitions():
    partitions = {f"orders-{number}": [RECORD | {"partition": number, "offset": offset} for offset in range(number)]
                  for number in (2, 0, 3)}
    made = round_trip(event(records=partitions), KafkaEvent)
    assert [(record.partition, record.offset) for record in made] == [(2, 0), (2, 1), (3, 0), (3, 1), (3, 2)]
    assert len(made) == 5
    assert list(made.records) == ["orders-2", "orders-0", "orders-3"]


@pytest.mark.parametrize("name", ["key", "value"])
def test_absent_null_and_empty_stay_apart(name):
    for sent, wanted in ((without(RECORD, name), None), (RECORD | {name: None}, None), (RECORD | {name: ""}, b"")):
        (record,) = strict_trip(event(sent), KafkaEvent)
        assert getattr(record, name) == wanted


def test_keys_and_values_of_a_type():
    (record,) = round_trip(event(RECORD), KafkaEvent[Order, int])
    assert (record.key, record.value) == (7, Order(7))
    (record,) = round_trip(event(RECORD | {"key": None, "value": None}), KafkaEvent[Order, str])
    assert (record.key, record.value) == (None, None)   # a tombstone
    (record,) = round_trip(event(RECORD), KafkaEvent[Order, str])
    assert record.key == "7"


@pytest.mark.parametrize("name", ["key", "value"])
def test_what_is_not_of_its_type_is_refused_when_it_is_looked_at(name):
    for text, reason, inside in (("?", "invalid_base64", ""), (b64(b"x"), "invalid_json", " → $"),
                                 (b64(b'{"id": "x"}'), "expected_integer", " → $.id")):
        error = refusal(event(RECORD | {name: text}), KafkaEvent[Order, Order],
                        lambda made: getattr(made.records["orders-0"][0], name))
        assert (error.reason, error.path) == (reason, f"$.{name}{inside}")


def test_headers():
    (record,) = round_trip(event(RECORD), KafkaEvent)
    assert record.headers == [("trace", b"h\x80\0\x7f\xff"), ("trace", b"")]
    every = list(range(-128, 256))
    (record,) = round_trip(event(RECORD | {"headers": [{"a": every}, {"b": None}]}), KafkaEvent)
    assert record.headers == [("a", bytes(number % 256 for number in every)), ("b", b"")]
    for sent in (without(RECORD, "headers"), RECORD | {"headers": []}):
        assert round_trip(event(sent), KafkaEvent).records["orders-0"][0].headers == []


@pytest.mark.parametrize("number", [-129, 256, 1 << 60])
def test_a_header_that_is_no_byte_is_refused_when_it_is_looked_at(number):
    sent = event(RECORD | {"headers": [{"a": [1]}, {"b": [number]}]})
    error = refusal(sent, KafkaEvent, lambda made: next(iter(made)).headers)
    assert (error.reason, error.path) == ("out_of_range", "$.headers[1].b")


def test_schemas():
    sent = RECORD | {"keySchemaMetadata": {"schemaId": "1234", "dataFormat": "JSON"},
                     "valueSchemaMetadata": {"schemaId": "e8d3c0a5-0a3c-4c3a-9a62-0a2d3b1f1c11", "dataFormat": "AVRO"}}
    (record,) = strict_trip(event(sent), KafkaEvent)
    assert record.key_schema_metadata.schema_id == "1234"
    assert record.value_schema_metadata.data_format == "AVRO"
    (record,) = round_trip(event(RECORD), KafkaEvent)
    assert (record.key_schema_metadata, record.value_schema_metadata) == (None, None)


@pytest.mark.parametrize("key, wrong", [("topic", 1), ("partition", "0"), ("offset", None), ("timestamp", 1.5),
                                        ("timestampType", None)])
def test_what_lambda_always_sends_must_be_there(key, wrong):
    error = refusal(event(without(RECORD, key)), KafkaEvent)
    assert error.path == f"$.records[...][0].{key}"
    assert f"`{key}`" in str(error)
    assert refusal(event(RECORD | {key: wrong}), KafkaEvent).path == f"$.records[...][0].{key}"


@each_sample("kafka-event")
def test_a_sample(sample):
    made = strict_trip(sample, KafkaEvent)
    (record,) = made
    (sent,) = json.loads(sample)["records"]["AWSKafkaTopic-0"]
    assert record.value == base64.b64decode(sent["value"])
    assert record.key == base64.b64decode(sent["key"])
    assert record.headers == [("headerKey", bytes(number % 256 for number in sent["headers"][0]["headerKey"]))]


@pytest.mark.parametrize("headers", [[{"a": [1], "b": [2]}], [{}]], ids=["two members", "none"])
def test_both_roads_have_the_same_verdict_on_a_kafka_header(headers):
    """A header has one name; the Struct refuses any other when its headers are looked at."""
    event = testing.event("kafka")
    event["records"]["topic-0"][0]["headers"] = headers
    with pytest.raises(lambdarrow.DecodeError):
        lambdarrow.to_arrow(event)
    with pytest.raises(lambdarrow.DecodeError):
        _ = [record.headers for record in lambdarrow.decode(event)]
