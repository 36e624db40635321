"""Firehose events: builders, and JSON text for hypothesis to draw."""

import base64
import json

from events import (
    anything,
    constant,
    encoded,
    objects,
    optional,
    text_values,
    whole_events,
    written,
)
from hypothesis import strategies as st

DELIVERY = "arn:aws:firehose:us-east-1:123456789012:deliverystream/clicks"
STREAM = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"


def record(data=b"hello", number=0, **changes):
    """One record in AWS's key order, of a delivery stream that reads a Kinesis stream; `data` as bytes is encoded, as
    text it is taken as the wire has it."""
    return {
        "recordId": f"4954698668313554428650745793632162567570019247115678515{number:04d}",
        "approximateArrivalTimestamp": 1507217624302 + number,
        "data": base64.b64encode(data).decode() if isinstance(data, bytes) else data,
        "kinesisRecordMetadata": {
            "sequenceNumber": str(49546986683135544286507457936321625675700192471156785154 + number),
            "subsequenceNumber": 0,
            "partitionKey": f"key-{number % 7}",
            "shardId": "shardId-000000000000",
            "approximateArrivalTimestamp": 1507217624302 + number,
        },
    } | changes


def event(records, **top):
    """The event's bytes; what stands around the records is what Firehose puts there, unless `top` says otherwise."""
    around = {
        "invocationId": "invocationIdExample",
        "deliveryStreamArn": DELIVERY,
        "sourceKinesisStreamArn": STREAM,
        "region": "us-east-1",
    }
    return written(around | {"records": list(records)} | top)


def event_of(*payloads, **top):
    """One record for each payload: bytes, or a value that json writes."""
    texts = [load if isinstance(load, bytes) else json.dumps(load).encode() for load in payloads]
    return event([record(text, number) for number, text in enumerate(texts)], **top)


arrival = st.one_of(
    st.integers(0, 2**45).map(str),
    st.sampled_from(["0", "-0", "-1", "1507217624302.000", "1.507217624302e12", "9223372036854775807", "0e99"]),
    # Finer than the millisecond, beyond 64 bits, or no number: the record fails.
    st.sampled_from(["1507217624302.5", "1e300", "9223372036854775808", '"1507217624302"', "{}"]),
)


def records(data):
    """Records whose `data` comes from that strategy of bytes."""
    stream = objects(
        {
            "sequenceNumber": text_values(st.integers(0, 10**60).map(str)),
            "partitionKey": text_values(),
            "shardId": constant("shardId-000000000000"),
        },
        unknown=anything,
    )
    whole = st.integers(0, 40).flatmap(lambda at: {0: st.just("null"), 40: st.just("7")}.get(at, stream))
    return objects(
        {
            "recordId": text_values(st.integers(0, 10**60).map(str)),
            "approximateArrivalTimestamp": optional(arrival),
            "data": optional(encoded(data)),
            "kinesisRecordMetadata": whole,
        },
        unknown=anything,
    )


AROUND = {
    "invocationId": text_values(st.uuids().map(str)),
    "deliveryStreamArn": constant(DELIVERY),
    "sourceKinesisStreamArn": constant(STREAM),
    "region": constant("us-east-1"),
    "more": anything,
}


@st.composite
def around(draw, known):
    """What stands before the records: some of these keys in any order, one of them twice now and then."""
    keys = draw(st.permutations(list(known)))
    keys = keys[: draw(st.integers(0, len(keys)))]
    if keys and draw(st.integers(0, 5)) == 0:
        keys.append(keys[0])
    return "".join(f'"{key}":{draw(known[key])},' for key in keys)


def firehose_events(loads=None, *, max_size=5):
    """Events whose payloads come from that strategy of texts; of any bytes without one."""
    data = st.binary(max_size=60) if loads is None else loads.map(str.encode)
    return whole_events(records(data), max_size, "records", around(AROUND))
