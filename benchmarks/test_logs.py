"""The jobs of big CloudWatch Logs events: 50,000 log events, 3 MB on the wire and 11 MB inflated where they are lines
of text, which have five or six escapes each; where they are JSON, they have fourteen."""

import json

import log_lines
import log_peers
import ours
import pytest
import simdjson_peer
from conftest import event_of, job

EVENTS = 50_000
ALL_COLUMNS = "logs: 50,000 log events, all columns, message as text"
TYPED = "logs: 50,000 log events, message typed (4 fields)"


@pytest.fixture(scope="module")
def event():
    return log_lines.text_event(EVENTS)


@pytest.fixture(scope="module")
def messages(event):
    return log_lines.messages_of(event)


@job(
    ALL_COLUMNS, ours.logs_all_columns,
    log_peers.powertools_parse, log_peers.powertools, log_peers.orjson_table, log_peers.orjson_table_all,
    log_peers.msgspec_table, log_peers.orjson_loads,
)
def test_all_columns(measure, factory, event, messages):
    measure(factory, event, EVENTS, messages)


@job(ALL_COLUMNS, log_peers.libdeflate, log_peers.isal, log_peers.zlib)
def test_inflating_alone(measure, factory, event):
    measure(factory, event, EVENTS, log_lines.body_of(event), given=log_lines.data_of)


@pytest.mark.benchmark(group=ALL_COLUMNS)
def test_simdjson(foreign, event, tmp_path):
    simdjson_peer.run(simdjson_peer.LOGS, foreign, event, EVENTS, tmp_path)


@job(TYPED, ours.logs_typed, log_peers.orjson_lines, log_peers.msgspec_lines)
def test_messages_typed(measure, factory):
    event = event_of("logs", EVENTS)
    measure(factory, event, EVENTS, [json.loads(message)["ms"] for message in log_lines.messages_of(event)])
