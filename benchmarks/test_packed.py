"""The jobs of Kinesis records that the Kinesis Producer Library has packed, and what it costs to look for them."""

import json

import ours
import packed
import packed_peers
import pytest
from conftest import event_of, job, payloads_of

RECORDS, USERS = 1000, 50
SMALL_USERS = "kinesis: 1,000 packed records of fifty users of 50 bytes"
# As many as an event has room for.
BIG_RECORDS = 400
BIG_USERS = "kinesis: 400 packed records of fifty users of 200 bytes"
PLAIN = 8000
LOOKED = "kinesis: 8,000 records that are not packed, all columns, looked at or not"
LOOKED_TYPED = "kinesis: 8,000 records that are not packed, payload typed, looked at or not"
LOOKED_10 = "kinesis: 10 records that are not packed, all columns, looked at or not"


@pytest.fixture(scope="module")
def small():
    return packed.event_and_users(RECORDS, USERS, 50)


@pytest.fixture(scope="module")
def big():
    return packed.event_and_users(BIG_RECORDS, USERS, 200)


@job(
    SMALL_USERS, ours.packed, ours.packed_all, packed_peers.aws_kinesis_agg, packed_peers.aws_kinesis_agg_alone,
    packed_peers.protobuf,
)
def test_small_users(measure, factory, small):
    event, users = small
    measure(factory, event, RECORDS * USERS, users)


@job(SMALL_USERS, packed_peers.md5)
def test_small_digests(measure, factory, small):
    event, _ = small
    measure(factory, event, RECORDS * USERS, packed.digests_of(event), given=packed.messages_of)


@job(BIG_USERS, ours.packed, ours.packed_all, packed_peers.aws_kinesis_agg, packed_peers.protobuf)
def test_big_users(measure, factory, big):
    event, users = big
    measure(factory, event, BIG_RECORDS * USERS, users)


@job(BIG_USERS, packed_peers.md5)
def test_digests(measure, factory, big):
    event, _ = big
    measure(factory, event, BIG_RECORDS * USERS, packed.digests_of(event), given=packed.messages_of)


@job(BIG_USERS, packed_peers.md5_of_events)
def test_digests_of_events(measure, factory, big):
    event, _ = big
    measure(factory, event, BIG_RECORDS * USERS, packed.digests_of(event))


@job(LOOKED, ours.all_columns, ours.all_columns_whole)
def test_looking(measure, factory):
    measure(factory, event_of("kinesis", PLAIN), PLAIN, payloads_of("kinesis", PLAIN))


@job(LOOKED_TYPED, ours.typed_payload, ours.typed_payload_whole)
def test_looking_typed(measure, factory):
    prices = [json.loads(payload)["price"] for payload in payloads_of("kinesis", PLAIN)]
    measure(factory, event_of("kinesis", PLAIN), PLAIN, prices)


@job(LOOKED_10, ours.all_columns, ours.all_columns_whole)
def test_looking_at_10(measure, factory):
    measure(factory, event_of("kinesis", 10), 10, payloads_of("kinesis", 10))
