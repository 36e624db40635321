"""What is Kinesis's own: its columns and their types, arrival times, base64."""

import base64
import datetime as dt
import json

import events
import oracle
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lambdarrow
from examples import KINESIS
from lambdarrow import kinesis

CONSTANT = [
    "event_name",
    "event_version",
    "event_source",
    "event_source_arn",
    "aws_region",
    "invoke_identity_arn",
    "kinesis_schema_version",
    "encryption_type",
]
DEFAULT = [
    "event_id",
    *CONSTANT,
    "partition_key",
    "sequence_number",
    "approximate_arrival_timestamp",
    "data",
]


def test_a_documented_event(check):
    batch = kinesis.to_arrow(KINESIS)
    ours = check(batch)
    oracle.assert_same(ours, oracle.KINESIS.decode(KINESIS).batch)
    assert ours.column("data").to_pylist() == [b"Hello, this is a test.", b""]
    assert ours.column("approximate_arrival_timestamp").to_pylist() == [
        dt.datetime(2018, 12, 17, 22, 10, 50, 987_000, dt.UTC),
        dt.datetime(2018, 12, 17, 22, 11, 51, 0, dt.UTC),
    ]
    assert ours.column("encryption_type").null_count == 2


def test_default_columns_and_types(check):
    schema = check(kinesis.to_arrow(KINESIS)).schema
    assert schema.names == DEFAULT
    types = dict(zip(schema.names, schema.types, strict=True))
    for name in CONSTANT:
        assert types.pop(name) == pa.dictionary(pa.int32(), pa.utf8()), name
    assert types.pop("approximate_arrival_timestamp") == pa.timestamp("ms", "UTC")
    assert types.pop("data") == pa.binary()
    assert set(types.values()) == {pa.utf8()}
    assert all(field.nullable for field in schema)


def test_columns_on_request(check):
    batch = kinesis.to_arrow(KINESIS, columns=["shard_id", "stream_name", "record_index", "event_id"])
    ours = check(batch)
    assert ours.schema.names == ["shard_id", "stream_name", "record_index", "event_id"]
    assert ours.column("shard_id").to_pylist() == ["shardId-000000000006"] * 2
    assert ours.column("stream_name").to_pylist() == ["lambda-stream"] * 2
    assert ours.column("record_index").to_pylist() == [0, 1]
    assert ours.schema.field("record_index").type == pa.int32()
    assert ours.column("event_id").to_pylist()[0].startswith("shardId-000000000006:49590")
    for name in ("shard_id", "stream_name"):
        alone = kinesis.to_arrow(KINESIS, columns=[name])
        assert alone[name].to_pylist() == batch[name].to_pylist()


def test_what_is_not_asked_for_is_not_converted():
    event = events.event([events.record(data="not base64!", partitionKey="@", sequenceNumber=5)])
    event = event.replace(b'"@"', b'"\\ud800"')
    batch = kinesis.to_arrow(event, columns=["event_id", "approximate_arrival_timestamp"])
    assert batch.num_rows == 1
    assert batch.failures == ()


def test_fixed_width_columns_are_buffers():
    event = events.event([events.record(number=number) for number in range(5)])
    batch = kinesis.to_arrow(event, columns=["approximate_arrival_timestamp", "record_index", "event_id"])
    times = memoryview(batch["approximate_arrival_timestamp"])
    assert (times.itemsize, times.readonly, times.tolist()) == (8, True, [1480641523477] * 5)
    for index in (batch.record_index, batch["record_index"]):
        assert memoryview(index).tolist() == [*range(5)]
    del batch
    assert times.tolist() == [1480641523477] * 5
    with pytest.raises((TypeError, BufferError)):
        memoryview(kinesis.to_arrow(event)["event_id"])


# --- times ------------------------------------------------------------------------------------------

TIMES = [
    ("0", 0),
    ("-0", 0),
    ("1", 1000),
    ("1480641523.477", 1480641523477),
    ("1480641523.4", 1480641523400),
    ("1480641523.47700000000000000000000", 1480641523477),
    ("1480641523.4769999", "not_exact"),
    ("1480641523.0005", "not_exact"),
    # Doubles times 1000 round these to something else.
    ("1138750.001", 1138750001),
    ("4503599627370.497", 4503599627370497),
    ("9007199254740.993", 9007199254740993),
    ("-1.001", -1001),
    ("1.480641523477e9", 1480641523477),
    ("1480641523477E-3", 1480641523477),
    ("0.001", 1),
    ("1e-3", 1),
    ("1e-4", "not_exact"),
    ("0e-999999999", 0),
    ("0e999999999999999999999", 0),
    ("1000e-3", 1000),
    ("9223372036854775.807", 2**63 - 1),
    ("-9223372036854775.808", -(2**63)),
    ("9223372036854775.808", "out_of_range"),
    ("-9223372036854775.809", "out_of_range"),
    ("1e300", "out_of_range"),
    ("1e99999999999999999999", "out_of_range"),
    ('"1480641523.477"', "expected_number"),
    ("true", "expected_number"),
    ("{}", "expected_number"),
    ("[]", "expected_number"),
]


@pytest.mark.parametrize("text, expected", TIMES, ids=[text for text, _ in TIMES])
@pytest.mark.parametrize("dialect, factor", [("arrow", 1), ("spark", 1000)])
def test_arrival_times_are_exact(text, expected, dialect, factor):
    event = events.with_text(["kinesis", "approximateArrivalTimestamp"], text.encode())
    batch = kinesis.to_arrow(event, on_error="collect", dialect=dialect)
    if dialect == "spark" and isinstance(expected, int) and abs(expected) > (2**63 - 1) // 1000:
        expected = "out_of_range"
    if dialect == "spark" and text in ("1480641523.4769999", "1480641523.0005", "1e-4"):
        # These are whole microseconds or not, which is not what this table is about.
        return
    if isinstance(expected, str):
        assert [failure.reason for failure in batch.failures] == [expected]
        assert batch.num_rows == 0
        return
    assert batch.failures == ()
    column = pa.record_batch(batch).column("approximate_arrival_timestamp")
    assert column.cast(pa.int64()).to_pylist() == [expected * factor]


# --- data -------------------------------------------------------------------------------------------


@given(st.lists(st.binary(max_size=50), max_size=4))
def test_bytes_come_through_whatever_form_the_event_has(datas):
    event = events.event_of(*datas)
    decoder = kinesis.Decoder(columns=["data"])
    for form in (event, event.decode(), json.loads(event), bytearray(event)):
        assert decoder.to_arrow(form)["data"].to_pylist() == datas


def test_every_byte():
    data = bytes(range(256)) * 5
    assert [kinesis.to_arrow(events.event_of(data[at:]))["data"].to_pylist() for at in range(256)] == [
        [data[at:]] for at in range(256)
    ]


@pytest.mark.parametrize("data, says", [
    (b"", "empty"),
    (b"\x1f\x8b\x08\0\0\0", "gzip"),
    (b"\xf3\x89\x9a\xc2\x0a\x01", "Kinesis Producer Library"),
    (b"Obj\x01\x04", "Avro"),
])
@pytest.mark.parametrize("payload", ["json", {"a": "int64"}], ids=str)
def test_what_is_not_json_is_named(data, says, payload):
    with pytest.raises(lambdarrow.DecodeError) as caught:
        kinesis.to_arrow(events.event_of(data), payload=payload)
    assert says in str(caught.value)
    assert caught.value.path.startswith("$.Records[0].kinesis.data")


def test_the_base64_of_a_payload_may_be_escaped():
    load = {"v": "??>>~~\u00ff\u00ff"}
    text = base64.b64encode(json.dumps(load, ensure_ascii=False).encode()).decode()
    assert "/" in text or "+" in text
    wire = "".join(f"\\u{ord(c):04x}" if at % 3 == 0 else c.replace("/", "\\/") for at, c in enumerate(text))
    event = events.with_text(["kinesis", "data"], f'"{wire}"'.encode())
    assert kinesis.to_arrow(event, payload={"v": "utf8"})["data.v"].to_pylist() == [load["v"]]
