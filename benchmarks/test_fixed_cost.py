"""What a call costs before the first record: small events, where a library of columns may well lose.

Ten messages are SQS's default batch.
"""

import json

import dynamodb_peers
import ours
import peers
import sqs_peers
from conftest import event_of, job, payloads_of

KINESIS = (
    ours.all_columns, peers.msgspec_objects, peers.msgspec_objects_6, peers.msgspec_table, peers.orjson_loads,
    peers.orjson_rows, peers.powertools,
)
SQS = (
    ours.sqs_all_columns, sqs_peers.msgspec_objects, sqs_peers.msgspec_objects_6, sqs_peers.msgspec_table,
    sqs_peers.orjson_loads, sqs_peers.orjson_rows, sqs_peers.powertools,
)

DYNAMODB = (
    ours.dynamodb_typed, ours.dynamodb_inferred_as_well, dynamodb_peers.msgspec_objects, dynamodb_peers.msgspec_table,
    dynamodb_peers.orjson_loads, dynamodb_peers.deserializer_rows, dynamodb_peers.powertools,
)


@job("kinesis: 10 records, all columns", *KINESIS)
def test_10_records(measure, factory):
    measure(factory, event_of("kinesis", 10), 10, payloads_of("kinesis", 10))


@job("kinesis: 100 records, all columns", *KINESIS)
def test_100_records(measure, factory):
    measure(factory, event_of("kinesis", 100), 100, payloads_of("kinesis", 100))


@job("sqs: 10 messages, all columns", *SQS)
def test_10_messages(measure, factory):
    measure(factory, event_of("sqs", 10), 10, payloads_of("sqs", 10))


@job("sqs: 100 messages, all columns", *SQS)
def test_100_messages(measure, factory):
    measure(factory, event_of("sqs", 100), 100, payloads_of("sqs", 100))


@job("dynamodb: 10 records, all columns, images typed", *DYNAMODB)
def test_10_changes(measure, factory):
    measure(factory, event_of("dynamodb", 10), 10, payloads_of("dynamodb", 10))


@job("dynamodb: 100 records, all columns, images typed", *DYNAMODB)
def test_100_changes(measure, factory):
    measure(factory, event_of("dynamodb", 100), 100, payloads_of("dynamodb", 100))


def numbers_of(event):
    return [record["kinesis"]["sequenceNumber"] for record in json.loads(event)["Records"]]


@job("kinesis: 10 records, one field of each, as a list of str", ours.one_column, peers.msgspec_partial)
def test_one_field(measure, factory):
    event = event_of("kinesis", 10)
    measure(factory, event, 10, numbers_of(event))


@job(
    "kinesis: 10 records, one field of each, from the dict that a handler is given",
    ours.one_column, peers.handler_dict,
)
def test_one_field_of_a_dict(measure, factory):
    event = event_of("kinesis", 10)
    measure(factory, event, 10, numbers_of(event), given=json.loads)
