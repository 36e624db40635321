"""What a call costs before the first record: small events, where a library of columns may well lose."""

import json

import ours
import peers
from conftest import event_of, job, payloads_of

KINESIS = (
    ours.all_columns, peers.msgspec_objects, peers.msgspec_objects_6, peers.msgspec_table, peers.orjson_loads,
    peers.orjson_rows, peers.powertools,
)


@job("kinesis: 10 records, all columns", *KINESIS)
def test_10_records(measure, factory):
    measure(factory, event_of("kinesis", 10), 10, payloads_of("kinesis", 10))


@job("kinesis: 100 records, all columns", *KINESIS)
def test_100_records(measure, factory):
    measure(factory, event_of("kinesis", 100), 100, payloads_of("kinesis", 100))


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
