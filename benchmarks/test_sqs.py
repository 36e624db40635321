"""The jobs of one big SQS event: 6,000 messages, about 6 MB, bodies of about 300 bytes of JSON, escaped."""

import json

import ours
import pytest
import simdjson_peer
import sqs_body_peers
import sqs_peers
from conftest import event_of, job, payloads_of

MESSAGES = 6000
ALL_COLUMNS = "sqs: 6,000 messages, all columns, body as text"
PARSED = "sqs: 6,000 messages, all columns, body as text; the peer parses it as well"
TYPED = "sqs: 6,000 messages, body typed (10 fields, nested, a list)"


@pytest.fixture(scope="module")
def event():
    return event_of("sqs", MESSAGES)


@pytest.fixture(scope="module")
def bodies():
    return payloads_of("sqs", MESSAGES)


@pytest.fixture(scope="module")
def prices(bodies):
    return [json.loads(body)["price"] for body in bodies]


@job(
    ALL_COLUMNS, ours.sqs_all_columns,
    sqs_peers.powertools, sqs_peers.orjson_rows, sqs_peers.msgspec_table, sqs_peers.msgspec_table_6,
    sqs_peers.orjson_loads,
)
def test_all_columns(measure, factory, event, bodies):
    measure(factory, event, MESSAGES, bodies)


@pytest.mark.benchmark(group=ALL_COLUMNS)
def test_simdjson(foreign, event, tmp_path):
    simdjson_peer.run(simdjson_peer.SQS, foreign, event, MESSAGES, tmp_path)


@job(PARSED, ours.sqs_prices_of_texts, sqs_peers.orjson_bodies)
def test_bodies_parsed_by_the_peer(measure, factory, event, prices):
    measure(factory, event, MESSAGES, prices)


@job(
    TYPED, ours.sqs_typed_body,
    sqs_body_peers.orjson_table, sqs_body_peers.arrow_table, sqs_body_peers.msgspec_table,
    sqs_body_peers.msgspec_clicks, sqs_peers.orjson_bodies,
)
def test_typed_body(measure, factory, event, prices):
    measure(factory, event, MESSAGES, prices)
