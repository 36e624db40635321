"""Made-up events: the bytes have AWS's shape, are the same for the same seed, and fit the schema given."""

import base64
import json
import re
import uuid
from datetime import date, datetime
from decimal import Decimal

import pytest

import lambdarrow
from lambdarrow._synth import CLICK, kinesis

RECORD_KEYS = [
    "kinesis", "eventSource", "eventVersion", "eventID", "eventName", "invokeIdentityArn", "awsRegion",
    "eventSourceARN",
]
KINESIS_KEYS = [
    "kinesisSchemaVersion", "partitionKey", "sequenceNumber", "data", "approximateArrivalTimestamp"
]


def records_of(event):
    return json.loads(event)["Records"]


def payloads_of(event):
    texts = [base64.b64decode(record["kinesis"]["data"], validate=True) for record in records_of(event)]
    assert texts
    return [json.loads(text) for text in texts]


def test_the_same_seed_gives_the_same_bytes():
    assert kinesis(50, seed=7) == kinesis(50, seed=7)
    assert kinesis(50, seed=7) != kinesis(50, seed=8)
    assert kinesis(50, payload={"a": "float64"}) == kinesis(50, payload={"a": "float64"})


def test_the_bytes_of_a_seed_do_not_change_between_pythons():
    # A bug report that names a seed is worth nothing if another machine makes another event of it.
    record = records_of(kinesis(1, seed=0))[0]
    assert record["kinesis"]["partitionKey"] == "u-eb67a9c378"
    assert record["eventID"].endswith("49590338271490256608559692538361654482325905200699630879")


@pytest.mark.parametrize("records", [0, 1, 10, 1000])
def test_as_many_records_as_asked_for(records):
    assert len(records_of(kinesis(records))) == records


def test_keys_stand_in_the_order_of_aws():
    for record in records_of(kinesis(20)):
        assert list(record) == RECORD_KEYS
        assert list(record["kinesis"]) == KINESIS_KEYS


def test_the_json_is_compact():
    event = kinesis(200)
    compact = json.dumps(json.loads(event), separators=(",", ":"), ensure_ascii=False).encode()
    # Apart from the zeros that end a time's three decimals, which a float does not keep.
    times = re.compile(rb'(?<="approximateArrivalTimestamp":)[0-9.]+')
    assert times.sub(b"", event) == times.sub(b"", compact)
    assert all(re.fullmatch(rb"\d{10}\.\d{3}", one) for one in times.findall(event))


def test_sequence_numbers_and_times_grow():
    records = records_of(kinesis(500))
    numbers = [record["kinesis"]["sequenceNumber"] for record in records]
    assert {len(number) for number in numbers} == {56}
    assert numbers == sorted(set(numbers))
    assert all(one["eventID"] == f"shardId-000000000000:{n}" for one, n in zip(records, numbers, strict=True))
    times = [record["kinesis"]["approximateArrivalTimestamp"] for record in records]
    assert times == sorted(times)


def test_what_is_constant():
    for record in records_of(kinesis(5)):
        assert record["kinesis"]["kinesisSchemaVersion"] == "1.0"
        assert record["eventSource"] == "aws:kinesis"
        assert record["eventVersion"] == "1.0"
        assert record["eventName"] == "aws:kinesis:record"
        assert record["awsRegion"] == "us-east-1"
        assert record["eventSourceARN"].startswith("arn:aws:kinesis:us-east-1:123456789012:stream/")
        assert record["invokeIdentityArn"].startswith("arn:aws:iam::123456789012:role/")


def test_sizes():
    event = kinesis(8000)
    assert 6.8e6 < len(event) < 7.6e6
    sizes = [len(base64.b64decode(record["kinesis"]["data"])) for record in records_of(event)]
    assert 270 < sum(sizes) / len(sizes) < 330


def test_clicks_are_what_their_schema_says():
    clicks = payloads_of(kinesis(1000))
    for click in clicks:
        assert list(click) == list(CLICK)
        assert type(click["id"]) is int and 0 <= click["id"] < 2**63
        assert all(type(click[name]) is str for name in ("user_id", "event_type", "page"))
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", click["ts"])
        assert type(click["price"]) is float
        assert click["quantity"] is None or 0 < click["quantity"] < 2**31
        assert list(click["geo"]) == list(CLICK["geo"])
        assert -90 < click["geo"]["lat"] < 90 and -180 < click["geo"]["lon"] < 180
        assert click["tags"] and all(type(tag) is str for tag in click["tags"])
        assert type(click["is_mobile"]) is bool
    assert {click["quantity"] is None for click in clicks} == {True, False}
    assert 3 <= len({click["event_type"] for click in clicks}) <= 10


def test_texts_hold_what_a_decoder_may_trip_over():
    event = kinesis(3000)
    texts = b"".join(base64.b64decode(record["kinesis"]["data"]) for record in records_of(event))
    # Two-byte escapes, \u escapes, a surrogate pair, raw UTF-8 in the payloads; both kinds in the envelope.
    samples = (b'\\"', b"\\\\", b"\\n", b"\\/", b"\\u00e9", b"\\ud83c\\udf81", "東京".encode(), "🎁".encode())
    for sample in samples:
        assert sample in texts, sample
    assert b"\\" in event and not event.isascii()


INT_RANGES = {
    **{f"int{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1)) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": (0, 2**bits) for bits in (8, 16, 32, 64)},
}


@pytest.mark.parametrize("name", INT_RANGES)
def test_integers_fit_and_fill_their_type(name):
    low, end = INT_RANGES[name]
    values = [row["v"] for row in payloads_of(kinesis(2000, payload={"v": {"type": name, "required": True}}))]
    assert all(type(value) is int and low <= value < end for value in values)
    assert max(values) >= end // 4
    assert not low or min(values) < low // 8


def is_decimal(value, precision, scale):
    _, digits, exponent = Decimal(value).as_tuple()
    return exponent == -scale and len(digits) <= precision


FITS = {
    "bool": lambda v: type(v) is bool,
    "float32": lambda v: type(v) is float,
    "float64": lambda v: type(v) is float,
    "utf8": lambda v: type(v) is str,
    "large_utf8": lambda v: type(v) is str,
    "dictionary<utf8>": lambda v: type(v) is str,
    "binary": lambda v: base64.b64encode(base64.b64decode(v, validate=True)).decode() == v,
    "uuid": lambda v: str(uuid.UUID(v)) == v,
    "date32": lambda v: date.fromisoformat(v).isoformat() == v,
    "decimal128(38, 10)": lambda v: is_decimal(v, 38, 10),
    "decimal128(5, 5)": lambda v: is_decimal(v, 5, 5),
    "decimal256(50, 0)": lambda v: is_decimal(v, 50, 0),
    "timestamp[ms, UTC]": lambda v: datetime.fromisoformat(v).utcoffset().seconds == 0 and len(v) == 24,
    "timestamp[s, UTC]": lambda v: datetime.fromisoformat(v).utcoffset().seconds == 0 and len(v) == 20,
    "timestamp[us]": lambda v: datetime.fromisoformat(v).tzinfo is None,
    "list<int8>": lambda v: type(v) is list and all(one is None or -128 <= one < 128 for one in v),
    "map<utf8, bool>": lambda v: type(v) is dict and all(one in (True, False, None) for one in v.values()),
    "struct<a: bool, b: utf8>": lambda v: type(v) is dict and set(v) <= {"a", "b"},
}


@pytest.mark.parametrize("name", FITS)
def test_values_fit_their_type(name):
    rows = payloads_of(kinesis(300, payload={"v": name}))
    assert all("v" not in row or row["v"] is None or FITS[name](row["v"]) for row in rows)
    # Optional: now and then missing, now and then null, and mostly there.
    assert any("v" not in row for row in rows)
    assert any("v" in row and row["v"] is None for row in rows)
    assert sum(row.get("v") is not None for row in rows) > 200


@pytest.mark.parametrize("name", [*FITS, *INT_RANGES])
def test_the_decoder_takes_what_is_made_for_it(name):
    event = kinesis(300, payload={"v": name})
    batch = lambdarrow.kinesis.to_arrow(event, payload={"v": name})
    nulls = [value is None for value in batch["data.v"].to_pylist()]
    assert nulls == [row.get("v") is None for row in payloads_of(event)]


def test_the_decoder_takes_clicks():
    event = kinesis(300)
    batch = lambdarrow.kinesis.to_arrow(event, payload=CLICK)
    for name in CLICK.keys() - {"ts"}:
        assert batch[f"data.{name}"].to_pylist() == [click[name] for click in payloads_of(event)]


def test_options_are_kept():
    payload = {
        "n": {"type": "utf8", "from": "theName", "required": True},
        "kept": {"type": "int8", "nullable": False},
        "at": {"type": "timestamp[ms, UTC]", "epoch": "ms", "required": True},
        "state": {"type": "dictionary<utf8>", "values": ["on", "off"], "required": True},
        "level": {"type": "int8", "values": [1, 5], "required": True},
    }
    rows = payloads_of(kinesis(300, payload=payload))
    assert all(type(row["theName"]) is str for row in rows)
    assert any("kept" not in row for row in rows)
    assert all(row.get("kept", 0) is not None for row in rows)
    assert all(1.7e12 < row["at"] < 1.8e12 for row in rows)
    assert {row["state"] for row in rows} == {"on", "off"}
    assert {row["level"] for row in rows} == {1, 5}


def test_a_payload_need_not_be_an_object():
    assert all(type(one) is str for one in payloads_of(kinesis(20, payload="utf8")))
    assert all(type(one) is list for one in payloads_of(kinesis(20, payload=["int64"])))


def test_nested_payloads():
    payload = {"a": {"type": {"b": [{"type": {"c": "int8"}, "nullable": False}]}, "required": True}}
    rows = payloads_of(kinesis(200, payload=payload))
    items = [item for row in rows for item in row["a"].get("b") or ()]
    assert items and all(type(item) is dict and set(item) <= {"c"} for item in items)


def test_a_payload_that_is_no_schema_is_refused():
    with pytest.raises(ValueError, match="unknown type 'int46'"):
        kinesis(1, payload={"v": "int46"})
