"""The jobs of one big event: 8,000 records, about 7 MB, payloads of about 300 bytes of JSON."""

import json

import ours
import payload_peers
import peers
import pytest
import simdjson_peer
from conftest import event_of, job, payloads_of

RECORDS = 8000
ALL_COLUMNS = "kinesis: 8,000 records, all columns, binary data"
TYPED = "kinesis: 8,000 records, payload typed (10 fields, nested, a list)"
PUSHED_DOWN = "kinesis: 8,000 records, two columns, one of them in the payload"
ROWS = "kinesis: 8,000 records, all fields, as Python dicts"


@pytest.fixture(scope="module")
def event():
    return event_of("kinesis", RECORDS)


@pytest.fixture(scope="module")
def payloads():
    return payloads_of("kinesis", RECORDS)


@pytest.fixture(scope="module")
def prices(payloads):
    return [json.loads(payload)["price"] for payload in payloads]


@job(
    ALL_COLUMNS, ours.all_columns, ours.all_columns_held,
    peers.powertools, peers.orjson_rows, peers.msgspec_table, peers.orjson_loads,
)
def test_all_columns(measure, factory, event, payloads):
    measure(factory, event, RECORDS, payloads)


@pytest.mark.benchmark(group=ALL_COLUMNS)
def test_simdjson(foreign, event, tmp_path):
    simdjson_peer.run(simdjson_peer.KINESIS, foreign, event, RECORDS, tmp_path)


@job(
    TYPED, ours.typed_payload,
    payload_peers.arrow_payloads, payload_peers.arrow_table, payload_peers.orjson_table,
    payload_peers.msgspec_clicks,
)
def test_typed_payload(measure, factory, event, prices):
    measure(factory, event, RECORDS, prices)


@job(PUSHED_DOWN, ours.pushed_down, payload_peers.msgspec_partial_table)
def test_columns_pushed_down(measure, factory, event, prices):
    measure(factory, event, RECORDS, prices)


@job(ROWS, ours.python_rows, peers.orjson_rows)
def test_python_rows(measure, factory, event, payloads):
    measure(factory, event, RECORDS, payloads)
