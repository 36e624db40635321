"""The jobs of records as objects: a batch of 1,000, each record's fields touched once."""

import json

import pytest
import struct_peers
from conftest import event_of, job, payloads_of

RECORDS = 1000
SQS_RAW, SQS_TYPED = "structs: sqs, 1,000 messages, bodies as text", "structs: sqs, 1,000 messages, bodies typed"
KINESIS_RAW = "structs: kinesis, 1,000 records, data as bytes"
KINESIS_TYPED = "structs: kinesis, 1,000 records, data typed"


def prices_of(source):
    return [json.loads(payload)["price"] for payload in payloads_of(source, RECORDS)]


@job(SQS_RAW, struct_peers.sqs_ours, struct_peers.sqs_bare, struct_peers.sqs_powertools, struct_peers.sqs_pydantic)
def test_messages(measure, factory):
    measure(factory, event_of("sqs", RECORDS), RECORDS, payloads_of("sqs", RECORDS))


@job(SQS_TYPED, struct_peers.sqs_typed_ours, struct_peers.sqs_typed_by_hand)
def test_messages_typed(measure, factory):
    measure(factory, event_of("sqs", RECORDS), RECORDS, prices_of("sqs"))


@job(KINESIS_RAW, struct_peers.kinesis_ours, struct_peers.kinesis_bare, struct_peers.kinesis_powertools,
     struct_peers.kinesis_pydantic)
def test_records(measure, factory):
    measure(factory, event_of("kinesis", RECORDS), RECORDS, payloads_of("kinesis", RECORDS))


@job(KINESIS_TYPED, struct_peers.kinesis_typed_ours, struct_peers.kinesis_typed_by_hand)
def test_records_typed(measure, factory):
    measure(factory, event_of("kinesis", RECORDS), RECORDS, prices_of("kinesis"))


@pytest.mark.benchmark(group="detect: a batch of 6 MB")
def test_detect(measure):
    def detect():
        """lambdarrow: `lambdarrow.detect(event)`, which must cost under 2 µs"""
        import lambdarrow

        return lambdarrow.detect, str

    measure(detect, event_of("kinesis", 6700), 1, "kinesis")
