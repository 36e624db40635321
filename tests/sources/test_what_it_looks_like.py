"""A payload that is no JSON: the error names what it looks like and a word, and that word reads it."""

import base64
import gzip
import json
import zlib

import cramjam
import events
import pytest

import lambdarrow
from lambdarrow import DecodeError, firehose, kinesis, schema, sqs

CLICK = {"a": 5}
TEXT = json.dumps(CLICK).encode()
TYPE = {"a": "int64"}


def identity(data, limit):
    return data[4:]


LOOKS = [
    ("gzip", gzip.compress(TEXT), "lambdarrow.gzip(...)", lambdarrow.gzip(TYPE)),
    ("gzip", gzip.compress(TEXT), "lambdarrow.auto(...)", lambdarrow.auto(TYPE)),
    ("zlib", zlib.compress(TEXT), "lambdarrow.zlib(...)", lambdarrow.zlib(TYPE)),
    ("zlib", zlib.compress(TEXT, 9), "lambdarrow.auto(...)", lambdarrow.auto(TYPE)),
    ("zlib", zlib.compress(TEXT, 0), "lambdarrow.auto(...)", lambdarrow.auto(TYPE)),
    ("zstd", bytes(cramjam.zstd.compress(TEXT)), "lambdarrow.auto(...)", lambdarrow.auto(TYPE)),
    ("lz4", bytes(cramjam.lz4.compress(TEXT)), "lambdarrow.auto(...)", lambdarrow.auto(TYPE)),
    ("snappy", bytes(cramjam.snappy.compress(TEXT)), "lambdarrow.auto(...)", lambdarrow.auto(TYPE)),
    ("an Avro object file", b"Obj\x01" + TEXT, "lambdarrow.schema.codec(...)",
     schema.codec(TYPE, identity, refused="call_out")),
    ("a Kinesis Producer Library aggregate", kinesis.aggregate([("k", TEXT)]), "unless deaggregate=False", None),
]


@pytest.mark.parametrize("what, data, word, payload", LOOKS, ids=[f"{what} {word}" for what, _, word, _ in LOOKS])
def test_the_error_names_the_word_that_reads_it(what, data, word, payload):
    event = events.event([events.record(data)])
    with pytest.raises(DecodeError, match="not JSON") as caught:
        kinesis.to_arrow(event, payload=TYPE, deaggregate=False)
    assert f"it looks like {what}" in str(caught.value) and word in str(caught.value)
    batch = kinesis.to_arrow(event, payload=payload or TYPE, deaggregate=payload is None)
    assert batch["data"].to_pylist() == [CLICK]


def test_what_has_been_wrapped_is_told_apart_too():
    """gzip around an aggregate: the path leads through both."""
    data = gzip.compress(kinesis.aggregate([("k", TEXT)]))
    with pytest.raises(DecodeError, match="a Kinesis Producer Library aggregate"):
        kinesis.to_arrow(events.event([events.record(data)]), payload=lambdarrow.gzip(TYPE))


def test_an_aggregate_whose_digest_is_wrong_is_a_record_that_is_no_json():
    data = bytearray(kinesis.aggregate([("k", TEXT)]))
    data[-1] ^= 1
    with pytest.raises(DecodeError, match="a Kinesis Producer Library aggregate"):
        kinesis.to_arrow(events.event([events.record(bytes(data))]), payload=TYPE)


def test_no_word_is_named_for_what_looks_like_nothing():
    for data in (b"plain text", b"x\x00", b"\x1f", b"PK\x03\x04"):
        with pytest.raises(DecodeError) as caught:
            kinesis.to_arrow(events.event([events.record(data)]), payload=TYPE)
        assert "looks like" not in str(caught.value)


@pytest.mark.parametrize("source", [firehose, sqs], ids=["firehose", "sqs"])
def test_other_sources_say_it_too(source):
    if source is firehose:
        event = {"deliveryStreamArn": "arn", "records": [
            {"recordId": "1", "data": base64.b64encode(gzip.compress(TEXT)).decode()}]}
    else:
        event = events.sqs_event_of("x\x01\x02")   # a string can hold what looks like zlib
    with pytest.raises(DecodeError, match="it looks like (gzip|zlib)"):
        source.to_arrow(event, payload=TYPE)
