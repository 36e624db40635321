"""Firehose's Structs against json and base64: every source of a stream, and the answer."""

import json
from datetime import UTC, datetime

import msgspec
import pytest
from faithful import b64, each_sample, refusal, round_trip, strict_trip, without

from lambdarrow.events.firehose import FirehoseEvent, FirehoseResponse, Metadata, OtfMetadata


class Order(msgspec.Struct):
    id: int


WHEN = datetime(2017, 10, 5, 15, 33, 44, 302_000, UTC)
RECORD = {"recordId": "49546986683135544286507457936321625675700192471156785154",
          "approximateArrivalTimestamp": 1507217624302, "data": b64(b'{"id": 7}')}
STREAM = {"shardId": "shardId-000000000000", "partitionKey": "a", "approximateArrivalTimestamp": 1507217624302,
          "sequenceNumber": "49546986683135544286507457936321625675700192471156785154", "subsequenceNumber": 12}
TOPIC = {"offset": "12", "partitionId": "3", "approximateArrivalTimestamp": 1507217624302}
MSK_RECORD = without(RECORD, "data") | {"kafkaRecordValue": b64(b'{"id": 7}'), "mskRecordMetadata": TOPIC}


def event(*records, **more):
    return {"invocationId": "2b4d1ad9", "deliveryStreamArn": "arn:aws:firehose:us-east-2:1:deliverystream/a",
            "region": "us-east-2", "records": list(records)} | more


def test_a_record_that_was_put():
    made = strict_trip(event(RECORD), FirehoseEvent)
    (record,) = made
    assert len(made) == 1
    assert record.data == b'{"id": 7}'
    assert record.approximate_arrival_timestamp == WHEN
    assert (record.kinesis_record_metadata, record.msk_record_metadata, record.kafka_record_value) == (None,) * 3
    assert (made.source_kinesis_stream_arn, made.source_msk_arn) == (None, None)


@pytest.mark.parametrize("number", [12, "12"])
def test_a_record_of_a_stream(number):
    sent = RECORD | {"kinesisRecordMetadata": STREAM | {"subsequenceNumber": number}}
    made = strict_trip(event(sent, sourceKinesisStreamArn="arn:aws:kinesis:us-east-2:1:stream/a"), FirehoseEvent[Order])
    metadata = made.records[0].kinesis_record_metadata
    assert metadata.subsequence_number == 12
    assert metadata.approximate_arrival_timestamp == WHEN
    assert made.records[0].data == Order(7)


def test_a_record_of_a_topic():
    sent = event(MSK_RECORD, sourceMSKArn="arn:aws:kafka:us-east-2:1:cluster/a/b")
    made = strict_trip(sent, FirehoseEvent)
    (record,) = made
    assert record.data == record.kafka_record_value == b'{"id": 7}'
    assert (record.msk_record_metadata.offset, record.msk_record_metadata.partition_id) == (12, 3)
    assert record.msk_record_metadata.approximate_arrival_timestamp == WHEN
    (record,) = round_trip(sent, FirehoseEvent[Order])
    assert record.data is record.kafka_record_value
    assert record.data == Order(7)


def test_data_that_is_not_what_it_should_be_is_refused_when_it_is_looked_at():
    for key, sent in (("data", RECORD), ("kafkaRecordValue", MSK_RECORD)):
        for text, reason, inside in (("YR==", "invalid_base64", ""), (b64(b"x"), "invalid_json", " → $"),
                                     (b64(b'{"id": "x"}'), "unexpected_type", " → $.id")):
            error = refusal(event(sent | {key: text}), FirehoseEvent[Order], lambda made: made.records[0].data)
            assert (error.reason, error.path) == (reason, f"$.{key}{inside}")


def test_numbers_that_are_none_are_refused_when_they_are_looked_at():
    sent = RECORD | {"kinesisRecordMetadata": STREAM | {"subsequenceNumber": "1_0"}}
    error = refusal(event(sent), FirehoseEvent, lambda made: made.records[0].kinesis_record_metadata.subsequence_number)
    assert (error.reason, error.path) == ("invalid_number", "$.subsequenceNumber")
    sent = MSK_RECORD | {"mskRecordMetadata": TOPIC | {"offset": " 1"}}
    error = refusal(event(sent), FirehoseEvent, lambda made: made.records[0].msk_record_metadata.offset)
    assert (error.reason, error.path) == ("invalid_number", "$.offset")


def test_a_time_that_is_text():
    sent = RECORD | {"approximateArrivalTimestamp": "1507217624302"}
    assert strict_trip(event(sent), FirehoseEvent).records[0].approximate_arrival_timestamp == WHEN
    error = refusal(event(RECORD | {"approximateArrivalTimestamp": "now"}), FirehoseEvent,
                    lambda made: made.records[0].approximate_arrival_timestamp)
    assert (error.reason, error.path) == ("invalid_number", "$.approximateArrivalTimestamp")


@pytest.mark.parametrize("key", ["recordId", "approximateArrivalTimestamp"])
def test_what_firehose_always_sends_must_be_there(key):
    error = refusal(event(without(RECORD, key)), FirehoseEvent)
    assert error.path == "$.records[0]"
    assert f"`{key}`" in str(error)


def test_the_answer():
    put, other = round_trip(event(RECORD, RECORD | {"recordId": "2"}), FirehoseEvent)
    (of_topic,) = round_trip(event(MSK_RECORD), FirehoseEvent)
    where = Metadata(partition_keys={"year": "2024"},
                     otf_metadata=OtfMetadata(destination_database_name="a", destination_table_name="b",
                                              operation="update"))
    answer = FirehoseResponse(records=[put.reply(b"\0\xff", metadata=where), other.reply(result="Dropped"),
                                       of_topic.reply(b"new"), of_topic.reply(result="ProcessingFailed")])
    sent = {"records": [
        {"recordId": RECORD["recordId"], "result": "Ok", "data": "AP8=", "metadata": {
            "partitionKeys": {"year": "2024"},
            "otfMetadata": {"destinationDatabaseName": "a", "destinationTableName": "b", "operation": "update"}}},
        {"recordId": "2", "result": "Dropped", "data": RECORD["data"]},
        {"recordId": RECORD["recordId"], "result": "Ok", "kafkaRecordValue": "bmV3"},
        {"recordId": RECORD["recordId"], "result": "ProcessingFailed", "kafkaRecordValue": RECORD["data"]},
    ]}
    assert json.loads(msgspec.json.encode(answer)) == sent
    assert strict_trip(sent, FirehoseResponse) == answer
    assert [result.data for result in answer] == [b"\0\xff", b'{"id": 7}', b"new", b'{"id": 7}']
    assert round_trip({"records": [{"recordId": "1", "result": "Dropped"}]}, FirehoseResponse).records[0].data is None
    assert refusal({"records": [{"recordId": "1"}]}, FirehoseResponse).path == "$.records[0]"


@each_sample("kinesis-firehose-event")
def test_a_sample(sample):
    made = strict_trip(sample, FirehoseEvent)
    assert [record.data for record in made] == [b"Hello World"] * 2
    assert {record.approximate_arrival_timestamp for record in made} == {WHEN}
    assert [record.kinesis_record_metadata.subsequence_number for record in made] == [123456, 123457]


@each_sample("kinesis-firehose-response", "kinesis-analytics-output-delivery-response")
def test_a_sample_of_an_answer(sample):
    strict_trip(sample, FirehoseResponse)
