"""What a call costs before the first record: small events, where a library of columns may well lose."""

import base64
import json

import ours
import peers
import pytest
from conftest import event_of

CONTENDERS = (
    ours.all_columns, peers.msgspec_objects, peers.msgspec_objects_6, peers.msgspec_table, peers.orjson_loads,
    peers.orjson_rows, peers.powertools,
)


def payloads_of(event):
    return [base64.b64decode(record["kinesis"]["data"]) for record in json.loads(event)["Records"]]


def name(factory):
    return factory.__name__


@pytest.mark.benchmark(group="kinesis: 10 records, all columns")
@pytest.mark.parametrize("factory", CONTENDERS, ids=name)
def test_10_records(measure, factory):
    measure(factory, event_of(10), 10, payloads_of(event_of(10)))


@pytest.mark.benchmark(group="kinesis: 100 records, all columns")
@pytest.mark.parametrize("factory", CONTENDERS, ids=name)
def test_100_records(measure, factory):
    measure(factory, event_of(100), 100, payloads_of(event_of(100)))


def numbers_of(event):
    return [record["kinesis"]["sequenceNumber"] for record in json.loads(event)["Records"]]


@pytest.mark.benchmark(group="kinesis: 10 records, one field of each, as a list of str")
@pytest.mark.parametrize("factory", (ours.one_column, peers.msgspec_partial), ids=name)
def test_one_field(measure, factory):
    measure(factory, event_of(10), 10, numbers_of(event_of(10)))


@pytest.mark.benchmark(group="kinesis: 10 records, one field of each, from the dict that a handler is given")
@pytest.mark.parametrize("factory", (ours.one_column, peers.handler_dict), ids=name)
def test_one_field_of_a_dict(measure, factory):
    event = event_of(10)
    measure(factory, event, 10, numbers_of(event), given=json.loads)
