"""The JSON inside `data`: every word of the grammar by hand, and generated schemas against the oracle."""

import base64
import datetime as dt
import json
import math
import struct
import uuid
from decimal import Decimal
from typing import Literal

import events
import msgspec
import oracle
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lambdarrow
from lambdarrow import kinesis, schema

UTC = dt.UTC


def decoded(word, *texts, **options):
    """The column `data.v` of one record for each text, `word` being the type of v."""
    loads = [b'{"v":' + text.encode() + b"}" for text in texts]
    return kinesis.to_arrow(events.event_of(*loads), payload={"v": word}, columns=["data"], **options)


# --- one value, one verdict -------------------------------------------------------------------------

LONG = "1" * 400
VALUES = {
    "bool": [("true", True), ("false", False), ("null", None)],
    "int8": [("127", 127), ("-128", -128), ("0", 0), ("-0", 0)],
    "int16": [("32767", 2**15 - 1), ("-32768", -(2**15))],
    "int32": [("2147483647", 2**31 - 1), ("-2147483648", -(2**31))],
    "int64": [("9223372036854775807", 2**63 - 1), ("-9223372036854775808", -(2**63)), ("null", None)],
    "uint8": [("255", 255), ("-0", 0)],
    "uint16": [("65535", 2**16 - 1)],
    "uint32": [("4294967295", 2**32 - 1)],
    "uint64": [("18446744073709551615", 2**64 - 1), ("0", 0)],
    "float64": [
        ("1", 1.0),
        ("-0", -0.0),
        ("0e5", 0.0),
        ("1.7976931348623157e308", 1.7976931348623157e308),
        ("1.7976931348623158079e308", 1.7976931348623157e308),
        ("5e-324", 5e-324),
        ("2.4703282292062327e-324", 0.0),
        ("2.4703282292062328e-324", 5e-324),
        ("1e-400", 0.0),
        ("9007199254740993", 9007199254740992.0),
        ("9007199254740993.00000000000000000000000000001", 9007199254740994.0),
        ("123456789012345678901234567890", 123456789012345678901234567890.0),
        ("0." + "0" * 400 + "1e400", 0.1),
        ("null", None),
    ],
    "float32": [
        ("0.1", struct.unpack("f", struct.pack("f", 0.1))[0]),
        ("16777217", 16777216.0),
        ("3.4028235677973362e38", 3.4028234663852886e38),
        ("1e-46", 0.0),
    ],
    "utf8": [
        ('""', ""),
        ('"\u00e9 \\u00e9 \\ud83d\\ude00 \U0001f600 \\u0000"', "\u00e9 \u00e9 \U0001f600 \U0001f600 \0"),
        ('"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\/\b\f\n\r\t'),
        ("null", None),
    ],
    "large_utf8": [('"\\u20ac"', "\u20ac")],
    "dictionary<utf8>": [('"a"', "a"), ('"\\u0062"', "b"), ("null", None), ('"a"', "a"), ('""', "")],
    "binary": [
        ('""', b""),
        ('"AP8="', b"\0\xff"),
        ('"\\u0041P8\\u003d"', b"\0\xff"),
        ('"+\\/+\\/"', b"\xfb\xff\xbf"),
    ],
    "decimal128(12, 2)": [
        ("1.5", Decimal("1.50")),
        ('"1.5"', Decimal("1.50")),
        ("-0.01", Decimal("-0.01")),
        ("1.5000000000000000000000000000000000000", Decimal("1.50")),
        ("15e-1", Decimal("1.50")),
        ("1e9", Decimal("1000000000.00")),
        ("9999999999.99", Decimal("9999999999.99")),
        ("0e99999999999999999999", Decimal("0.00")),
        ("null", None),
    ],
    "decimal128(38, 38)": [("0." + "9" * 38, Decimal("0." + "9" * 38)), ("1e-38", Decimal("1e-38"))],
    "decimal256(76, 0)": [("9" * 76, Decimal("9" * 76)), ("-" + "9" * 76, Decimal("-" + "9" * 76))],
    "date32": [('"1970-01-01"', dt.date(1970, 1, 1)), ('"2024-02-29"', dt.date(2024, 2, 29)),
               ('"0001-01-01"', dt.date(1, 1, 1)), ('"9999-12-31"', dt.date(9999, 12, 31))],
    "timestamp[ms, UTC]": [
        ('"2024-01-02T03:04:05Z"', dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ('"2024-01-02 03:04:05.678+00:00"', dt.datetime(2024, 1, 2, 3, 4, 5, 678_000, UTC)),
        ('"2024-01-02T03:04:05.678000+0530"', dt.datetime(2024, 1, 1, 21, 34, 5, 678_000, UTC)),
        ('"1969-12-31T23:59:59.999Z"', dt.datetime(1969, 12, 31, 23, 59, 59, 999_000, UTC)),
        ('"2024-01-02T03:04:05.431+0000"', dt.datetime(2024, 1, 2, 3, 4, 5, 431_000, UTC)),
        ("null", None),
    ],
    "timestamp[us]": [('"2024-01-02T03:04:05.000001"', dt.datetime(2024, 1, 2, 3, 4, 5, 1))],
    "timestamp[s, UTC]": [('"2024-01-02T03:04:05.000Z"', dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC))],
    "json": [
        ('{"b": 1.50, "a":[ ]}', '{"b": 1.50, "a":[ ]}'),
        ('"\\u0061"', '"\\u0061"'),
        ("1e999", "1e999"),
        ("false", "false"),
    ],
    "map<utf8, int64>": [
        ("{}", {}),
        ('{"a":1,"b":null,"\\u0061":3}', {"a": 3, "b": None}),
        ("null", None),
    ],
    "list<utf8>": [("[]", []), ('["a",null,""]', ["a", None, ""]), ("null", None)],
    "struct<a: int64, b: list<map<utf8, bool>>>": [
        ('{"b":[{"x":true},null],"c":[{"a":5}],"a":1}', {"a": 1, "b": [{"x": True}, None]}),
        ("{}", {"a": None, "b": None}),
        ("null", None),
    ],
}
REFUSED = {
    "bool": [("1", "expected_bool"), ('"true"', "expected_bool"), ("[]", "expected_bool")],
    "int8": [("128", "out_of_range"), ("-129", "out_of_range"), (LONG, "out_of_range")],
    "int16": [("32768", "out_of_range")],
    "int32": [("2147483648", "out_of_range"), ("-2147483649", "out_of_range")],
    "int64": [
        ("9223372036854775808", "out_of_range"),
        ("-9223372036854775809", "out_of_range"),
        ("1.5", "expected_integer"),
        ("1.0", "expected_integer"),
        ("1e2", "expected_integer"),
        ('"1"', "expected_integer"),
        ("true", "expected_integer"),
        ("{}", "expected_integer"),
    ],
    "uint8": [("256", "out_of_range"), ("-1", "out_of_range")],
    "uint64": [("18446744073709551616", "out_of_range"), ("-1", "out_of_range"), (LONG, "out_of_range")],
    "float64": [
        ("1e309", "out_of_range"),
        ("-1.7976931348623159e308", "out_of_range"),
        (LONG, "out_of_range"),
        ('"1.5"', "expected_number"),
        ("true", "expected_number"),
    ],
    "float32": [
        ("3.4028235677973366e38", "out_of_range"),
        ("1e39", "out_of_range"),
        ("[]", "expected_number"),
    ],
    "utf8": [("5", "expected_string"), ("true", "expected_string"), ('"\\ud800"', "lone_surrogate"),
             ('"\\udc00"', "lone_surrogate"), ('"\\ud800\\u0041"', "lone_surrogate")],
    "large_utf8": [("{}", "expected_string")],
    "dictionary<utf8>": [("5", "expected_string"), ('"\\ud800"', "lone_surrogate")],
    "binary": [
        ("5", "expected_string"),
        ('"A-=="', "invalid_base64"),
        ('"AA A"', "invalid_base64"),
        ('"AAAAA"', "base64_length"),
        ('"A==="', "base64_padding"),
        ('"AB=="', "base64_spare_bits"),
        ('"AAB="', "base64_spare_bits"),
    ],
    "decimal128(12, 2)": [
        ("1.005", "not_exact"),
        ('"0.001"', "not_exact"),
        ("1e-3", "not_exact"),
        ("10000000000", "out_of_range"),
        ("1e99999999999999999999", "out_of_range"),
        (LONG, "out_of_range"),
        ('"abc"', "invalid_number"),
        ('""', "invalid_number"),
        ('"NaN"', "invalid_number"),
        ('"0x10"', "invalid_number"),
        ("true", "expected_number"),
        ("[]", "expected_number"),
    ],
    "decimal128(38, 38)": [("1", "out_of_range"), ("1e-39", "not_exact")],
    "decimal256(76, 0)": [("1" + "0" * 76, "out_of_range")],
    "date32": [
        ('"2023-02-29"', "invalid_date"),
        ('"2024-1-2"', "invalid_date"),
        ('"2024-01-02T00:00:00Z"', "invalid_date"),
        ('""', "invalid_date"),
        ("5", "expected_string"),
    ],
    "timestamp[ms, UTC]": [
        ('"2024-01-02T03:04:05"', "offset_missing"),
        ('"2024-01-02T03:04:05.0001Z"', "not_exact"),
        ('"2024-13-02T03:04:05Z"', "invalid_timestamp"),
        ('"2024-02-30T03:04:05Z"', "invalid_timestamp"),
        ('"2024-01-02T24:04:05Z"', "invalid_timestamp"),
        ('"yesterday"', "invalid_timestamp"),
        ('""', "invalid_timestamp"),
        ('"2024-01-02T03:04:05Z "', "invalid_timestamp"),
    ],
    "timestamp[us]": [('"2024-01-02T03:04:05Z"', "offset_present")],
    "timestamp[ns, UTC]": [('"2262-04-11T23:47:16.854775808Z"', "out_of_range")],
    "map<utf8, int64>": [
        ("[]", "expected_object"),
        ('{"a":"x"}', "expected_integer"),
        ('{"\\ud800":1}', "lone_surrogate"),
    ],
    "list<utf8>": [("{}", "expected_array"), ('["a",5]', "expected_string"), ('"a"', "expected_array")],
    "struct<a: int64>": [
        ("[]", "expected_object"),
        ("5", "expected_object"),
        ('{"a":"x"}', "expected_integer"),
    ],
    "uuid": [('"not-a-uuid"', "invalid_uuid"), ('""', "invalid_uuid"), ("5", "expected_string")],
}


@pytest.mark.parametrize("dialect", ["arrow", "plain"])
@pytest.mark.parametrize("word", VALUES)
def test_values(check, word, dialect):
    texts, expected = zip(*VALUES[word], strict=True)
    batch = decoded(word, *texts, dialect=dialect)
    ours = check(batch).column("data").field("v")
    # pyarrow gives maps as lists of pairs; ours are dicts.
    assert batch["data.v"].to_pylist() == list(expected)
    assert [row["data"]["v"] for row in batch.to_pylist()] == list(expected)
    for got, wanted in zip(batch["data.v"], expected, strict=True):
        assert type(got) is type(wanted)
        if isinstance(wanted, float):
            assert math.copysign(1, got) == math.copysign(1, wanted)
        if isinstance(wanted, Decimal):
            assert (got, got.as_tuple().exponent) == (wanted, -int(word[:-1].rpartition(",")[2]))
    if "map" not in word:
        assert ours.to_pylist() == list(expected)
    if not word.startswith(("struct", "list")):
        kind = oracle.word(word).type
        assert ours.type == (oracle.undictionary(kind) if dialect == "plain" else kind)


REFUSALS = [(word, text, reason) for word, cases in REFUSED.items() for text, reason in cases]


@pytest.mark.parametrize("word, text, reason", REFUSALS, ids=[f"{w}-{t[:30]}" for w, t, _ in REFUSALS])
def test_refused_values(word, text, reason):
    good = VALUES.get(word, [("null", None)])[-1][0]
    batch = decoded(word, good, text, good, on_error="collect")
    assert [(failure.index, failure.reason) for failure in batch.failures] == [(1, reason)]
    assert batch.num_rows == 2
    (failure,) = batch.failures
    assert failure.path.startswith("$.Records[1].kinesis.data → $.v")
    with pytest.raises(lambdarrow.DecodeError) as caught:
        decoded(word, text)
    assert caught.value.reason == reason


@given(st.data())
def test_generated_schemas_and_payloads(source, check, data):
    spec, event = data.draw(source.drawn_payload_cases())
    expected = source.expected(event, payload=spec, columns=["sequence_number", "data"], on_error="collect")
    batch = source.to_arrow(event, payload=spec, columns=["sequence_number", "data"], on_error="collect")
    oracle.assert_same(check(batch), expected.batch)
    assert [failure.index for failure in batch.failures] == [flaw.index for flaw in expected.flaws]
    plain = source.to_arrow(event, payload=spec, on_error="null", dialect="plain")
    oracle.assert_same(check(plain), source.expected(event, payload=spec, on_error="null").batch)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**70), 2**70), min_size=1))
def test_doubles_have_the_bits_of_float(numbers):
    batch = decoded("float64", *map(repr, numbers))
    assert list(map(float.hex, batch["data.v"])) == [float(repr(number)).hex() for number in numbers]


@given(st.lists(st.integers(-(10**38) + 1, 10**38 - 1), min_size=1), st.integers(0, 38))
def test_decimals_are_exact(numbers, scale):
    texts = [str(Decimal((int(n < 0), tuple(map(int, str(abs(n)))), -scale))) for n in numbers]
    column = pa.record_batch(decoded(f"decimal128(38, {scale})", *texts)).column("data").field("v")
    assert column.to_pylist() == list(map(Decimal, texts))


# --- schemas ----------------------------------------------------------------------------------------


class Geo(msgspec.Struct):
    lat: float
    lon: float | None = None


class Click(msgspec.Struct, rename="camel"):
    user_id: int
    page: str
    at: dt.datetime
    geo: Geo | None = None
    tags: list[str] = []
    score: float = 1.5
    kind: Literal["view", "buy"] = "view"
    attrs: dict[str, int] = {}
    raw: msgspec.Raw = msgspec.Raw()


CLICKS = [
    {"userId": 1, "page": "/", "at": "2024-01-02T03:04:05Z"},
    {"geo": {"lat": 1}, "tags": ["a", "é"], "userId": -5, "page": "", "at": "2024-01-02T03:04:05.01+01:00"},
    {"userId": 2**63 - 1, "page": "x", "at": "2024-01-02T03:04:05Z", "score": 2, "kind": "buy",
     "geo": None, "attrs": {"k": 7}, "unknown": [{}]},
]


def test_a_struct_class(check):
    batch = kinesis.to_arrow(events.event_of(*CLICKS), payload=Click)
    ours = check(batch).column("data").to_pylist()
    assert len(ours) == 3
    for row, load in zip(ours, CLICKS, strict=True):
        wanted = msgspec.structs.asdict(msgspec.json.decode(json.dumps(load), type=Click))
        wanted["geo"] = wanted["geo"] and msgspec.structs.asdict(wanted["geo"])
        assert row == wanted | {"attrs": list(wanted["attrs"].items()), "raw": None}


@pytest.mark.parametrize("load, path, reason", [
    ({"page": "x", "at": "2024-01-02T03:04:05Z"}, "$.userId", "missing_field"),
    (CLICKS[0] | {"page": None}, "$.page", "unexpected_null"),
    (CLICKS[0] | {"geo": {}}, "$.geo.lat", "missing_field"),
    (CLICKS[0] | {"tags": ["a", None]}, "$.tags[1]", "unexpected_null"),
    (CLICKS[0] | {"kind": "sell"}, "$.kind", "unexpected_value"),
    (CLICKS[0] | {"attrs": {"k": "v"}}, "$.attrs.k", "expected_integer"),
    (CLICKS[0] | {"userId": 1.5}, "$.userId", "expected_integer"),
    (CLICKS[0] | {"at": "2024-01-02T03:04:05"}, "$.at", "offset_missing"),
])
def test_a_struct_class_refuses_what_msgspec_refuses(load, path, reason):
    if reason != "offset_missing":
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(json.dumps(load), type=Click)
    with pytest.raises(lambdarrow.DecodeError) as caught:
        kinesis.to_arrow(events.event_of(load), payload=Click)
    assert (caught.value.path, caught.value.reason) == (f"$.Records[0].kinesis.data → {path}", reason)


def test_unknown_fields_where_they_are_forbidden():
    closed = msgspec.defstruct("Closed", [("a", int)], forbid_unknown_fields=True)
    assert kinesis.to_arrow(events.event_of({"a": 1}), payload=closed)["data.a"].to_pylist() == [1]
    with pytest.raises(lambdarrow.DecodeError) as caught:
        kinesis.to_arrow(events.event_of({"a": 1, "b": 2}), payload=closed)
    assert caught.value.reason == "unknown_field"


class SchemaOnly:
    """The protocol and nothing else, so that no library's own classes are looked for."""

    def __init__(self, schema):
        self.schema = schema

    def __arrow_c_schema__(self):
        return self.schema.__arrow_c_schema__()


def test_an_arrow_schema(check):
    schema = pa.schema([
        pa.field("id", pa.int64(), nullable=False),
        ("geo", pa.struct([pa.field("lat", pa.float32(), nullable=False), ("name", pa.large_utf8())])),
        pa.field("tags", pa.list_(pa.dictionary(pa.int32(), pa.utf8()))),
        pa.field("at", pa.timestamp("ns", "UTC")),
        pa.field("price", pa.decimal128(10, 3)),
        pa.field("attrs", pa.map_(pa.utf8(), pa.uint16())),
    ])
    loads = [
        {"id": 1, "geo": {"lat": 0.5, "name": "x"}, "tags": ["a", "b", "a"], "at": "2024-01-02T00:00:00Z",
         "price": 1.125, "attrs": {"k": 9}},
        {"id": 2, "geo": None},
        {"id": 3, "geo": {"lat": 1}, "tags": [None]},
    ]
    for given_as in (schema, SchemaOnly(schema)):
        batch = kinesis.to_arrow(events.event_of(*loads), payload=given_as, columns=["data"])
        data = check(batch).column("data")
        assert data.type == pa.struct(list(schema))
        assert data.type.field("id").nullable is False and data.type.field("geo").nullable is True
        assert batch["data.price"].to_pylist() == [Decimal("1.125"), None, None]
        assert data.field("geo").to_pylist() == [{"lat": 0.5, "name": "x"}, None, {"lat": 1.0, "name": None}]
        assert data.field("tags").to_pylist() == [["a", "b", "a"], None, [None]]
    for load, reason in [({"id": None}, "unexpected_null"), ({}, "missing_field"),
                         ({"id": 1, "geo": {}}, "missing_field")]:
        with pytest.raises(lambdarrow.DecodeError) as caught:
            kinesis.to_arrow(events.event_of(load), payload=schema)
        assert caught.value.reason == reason


def test_options_of_fields(check):
    spec = {
        "id": {"type": "int64", "from": "ID", "required": True},
        "n": {"type": "int64", "default": 7},
        "d": {"type": {"x": "float64"}, "default": {"x": 1.5}},
        "at": {"type": "timestamp[ms, UTC]", "epoch": "s"},
        "us": {"type": "timestamp[us, UTC]", "epoch": "ms"},
        "local": {"type": "timestamp[s, UTC]", "assume": "UTC"},
    }
    batch = kinesis.to_arrow(
        events.event_of(
            {"ID": 1},
            {"ID": 2, "n": None, "at": 1.5, "us": 1500, "local": "2024-01-02T03:04:05"},
            {"ID": 3, "n": 0, "id": "unknown", "d": {"x": None}, "at": -1, "us": 0.001},
        ),
        payload=spec,
    )
    check(batch)
    assert batch["data.id"].to_pylist() == [1, 2, 3]
    assert batch["data.n"].to_pylist() == [7, None, 0]
    assert batch["data.d"].to_pylist() == [{"x": 1.5}, {"x": 1.5}, {"x": None}]
    micro = dt.timedelta(microseconds=1)
    epoch = dt.datetime(1970, 1, 1, tzinfo=UTC)
    assert batch["data.at"].to_pylist() == [None, epoch + 1_500_000 * micro, epoch - 1_000_000 * micro]
    assert batch["data.us"].to_pylist() == [None, epoch + 1_500_000 * micro, epoch + micro]
    assert batch["data.local"].to_pylist()[1] == dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
    for load, path, reason in [
        ({}, "$.ID", "missing_field"),
        ({"ID": None}, "$.ID", "unexpected_null"),
        ({"ID": 1, "at": 0.0001}, "$.at", "not_exact"),
        ({"ID": 1, "d": {"x": "y"}}, "$.d.x", "expected_number"),
    ]:
        with pytest.raises(lambdarrow.DecodeError) as caught:
            kinesis.to_arrow(events.event_of(load), payload=spec)
        assert (caught.value.path, caught.value.reason) == (f"$.Records[0].kinesis.data → {path}", reason)


def test_a_uuid(check):
    text = "c2cc10e1-57d6-4b6f-9899-38d972112d8c"
    data = check(decoded("uuid", f'"{text}"', "null")).column("data").field("v")
    if data.type == pa.binary(16):
        assert data.to_pylist() == [uuid.UUID(text).bytes, None]
    else:
        assert [str(value) if value else None for value in data.to_pylist()] == [text, None]


# --- what a payload may be --------------------------------------------------------------------------


def test_a_payload_of_text(check):
    batch = kinesis.to_arrow(events.event_of(b"plain", b"", "caf\u00e9".encode(), b"{}\0"), payload="utf8")
    ours = check(batch)
    assert ours.schema.field("data").type == pa.utf8()
    assert batch["data"].to_pylist() == ["plain", "", "caf\u00e9", "{}\0"]
    event = events.event_of(b"a", b"\xff", b"\xed\xa0\x80")
    batch = kinesis.to_arrow(event, payload="utf8", on_error="collect")
    assert [failure.reason for failure in batch.failures] == ["invalid_utf8"] * 2
    assert batch["data"].to_pylist() == ["a"]


def test_a_payload_of_raw_json(check):
    texts = ['{"a": 1.50 }', "[1, 2]", '"x"', "5", "true", '{"deep":[[[{}]]]}']
    batch = kinesis.to_arrow(events.event_of(*map(str.encode, texts)), payload="json")
    ours = check(batch)
    assert oracle.undictionary(ours.schema.field("data").type) == pa.utf8()
    assert batch["data"].to_pylist() == texts


def test_a_payload_that_is_a_list(check):
    batch = kinesis.to_arrow(events.event_of([1, None], [], None), payload=["int64"])
    assert check(batch).schema.field("data").type == pa.list_(pa.int64())
    assert batch["data"].to_pylist() == [[1, None], [], None]
    with pytest.raises(lambdarrow.DecodeError) as caught:
        kinesis.to_arrow(events.event_of([1, 2.5]), payload=["int64"])
    assert caught.value.path == "$.Records[0].kinesis.data → $[1]"


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


@pytest.mark.parametrize("payload", ["json", "utf8", ["int64"], {"a": "int64"}], ids=str)
def test_a_missing_or_null_data_is_a_null_payload(check, payload):
    absent = events.record()
    del absent["kinesis"]["data"]
    batch = kinesis.to_arrow(events.event([absent, events.record(data=None)]), payload=payload)
    assert check(batch).column("data").to_pylist() == [None, None]


@pytest.mark.parametrize("space", [" ", "\n\t\r "])
def test_white_space_around_a_payload(space):
    pieces = ["", "{", '"a"', ":", "1", ",", '"b"', ":", "[", "]", "}", ""]
    event = events.event_of(space.join(pieces).encode())
    batch = kinesis.to_arrow(event, payload={"a": "int64", "b": ["utf8"]})
    assert batch["data"].to_pylist() == [{"a": 1, "b": []}]


# --- columns and shapes -----------------------------------------------------------------------------

SPEC = {"id": "int64", "price": "float64", "geo": {"lat": "float64", "name": "utf8"}, "tags": ["utf8"]}
LOADS = [{"id": 1, "price": 2.5, "geo": {"lat": 1, "name": "n"}, "tags": ["t"]}, {"id": 2, "geo": None}, {}]


def test_dotted_columns(check):
    event = events.event_of(*LOADS)
    batch = kinesis.to_arrow(event, payload=SPEC, columns=["sequence_number", "data.price"])
    ours = check(batch)
    assert ours.schema.names == ["sequence_number", "data"]
    assert ours.schema.field("data").type == pa.struct([("price", pa.float64())])
    assert batch["data.price"].to_pylist() == [2.5, None, None]
    deep = kinesis.to_arrow(event, payload=SPEC, columns=["data.geo.name", "data.id"])
    assert check(deep)["data"].to_pylist() == [
        {"geo": {"name": "n"}, "id": 1}, {"geo": None, "id": 2}, {"geo": None, "id": None},
    ]
    whole = kinesis.to_arrow(event, payload=SPEC)
    assert whole["data.geo.lat"].to_pylist() == [1.0, None, None]
    assert whole["data.geo"].to_pylist() == [{"lat": 1.0, "name": "n"}, None, None]
    for name in ("data.nope", "data.geo.lat.x", "data.", "nope"):
        with pytest.raises(KeyError):
            whole[name]
        with pytest.raises(ValueError):
            kinesis.to_arrow(event, payload=SPEC, columns=[name])


def test_columns_of_a_payload_that_are_not_asked_for_are_not_converted():
    event = events.event_of({"id": "no integer", "price": 1.5, "tags": 5})
    batch = kinesis.to_arrow(event, payload=SPEC, columns=["data.price"])
    assert batch["data.price"].to_pylist() == [1.5]
    # Nor is `data` opened when no part of it is asked for.
    assert kinesis.to_arrow(events.event_of(b"{"), payload=SPEC, columns=["event_id"]).num_rows == 1


def test_flatten_lifts_the_payload(check):
    event = events.event_of(*LOADS)
    nested = kinesis.to_arrow(event, payload=SPEC)
    flat = kinesis.to_arrow(event, payload=SPEC, flatten=True)
    ours = check(flat)
    assert ours.schema.names == [name for name in nested.schema.names if name != "data"] + list(SPEC)
    for name in SPEC:
        assert flat[name].to_pylist() == nested[f"data.{name}"].to_pylist()


@pytest.mark.parametrize("dialect", ["arrow", "plain", "spark"])
def test_dialects_of_payloads(check, dialect):
    spec = {"u8": "uint8", "u64": "uint64", "kind": "dictionary<utf8>", "at": "timestamp[ns, UTC]",
            "day": "date32", "price": "decimal128(12, 2)", "many": ["dictionary<utf8>"]}
    load = {"u8": 255, "u64": 2**63 - 1, "kind": "k", "at": "2024-01-02T03:04:05.000001Z",
            "day": "2024-01-02", "price": 1.5, "many": ["a", "a", None]}
    data = check(kinesis.to_arrow(events.event_of(load), payload=spec, dialect=dialect)).column("data")
    types = {field.name: field.type for field in data.type}
    has_dictionaries = pa.types.is_dictionary(types["kind"]), pa.types.is_dictionary(types["many"].value_type)
    assert has_dictionaries == (dialect == "arrow",) * 2
    if dialect == "spark":
        assert types["at"] == pa.timestamp("us", "UTC")
        assert not any(pa.types.is_unsigned_integer(kind) for kind in types.values())
    (row,) = data.to_pylist()
    assert (row["u8"], int(row["u64"]), row["kind"], row["many"]) == (255, 2**63 - 1, "k", ["a", "a", None])
    assert row["at"] == dt.datetime(2024, 1, 2, 3, 4, 5, 1, UTC)


def test_a_dictionary_with_many_values(check):
    values = [f"value {number * 7919 % 5000}" for number in range(12_000)]
    event = events.event_of(*[{"v": value} for value in values])
    batch = kinesis.to_arrow(event, payload={"v": "dictionary<utf8>"})
    column = check(batch).column("data").field("v")
    assert column.to_pylist() == values
    assert len(column.dictionary) == len(set(values))


@pytest.mark.parametrize("count", [1, 15, 16, 17, 33, 1000])
def test_maps_keep_the_first_place_and_the_last_value(check, count):
    """Few keys are found by looking at each, many by a hash: both must agree with dict."""
    pairs = [(f"key {number % count}", number) for number in range(count + count // 2 + 1)]
    text = ",".join(f'"{key}":{value}' for key, value in pairs).join("{}")
    batch = decoded("map<utf8, int64>", text)
    assert batch["data.v"].to_pylist() == [dict(pairs)]
    pairs_out = check(batch).column("data").field("v").to_pylist()[0]
    assert pairs_out == list(dict(pairs).items())


def test_the_base64_of_a_payload_may_be_escaped():
    load = {"v": "??>>~~\u00ff\u00ff"}
    text = base64.b64encode(json.dumps(load, ensure_ascii=False).encode()).decode()
    assert "/" in text or "+" in text
    wire = "".join(f"\\u{ord(c):04x}" if at % 3 == 0 else c.replace("/", "\\/") for at, c in enumerate(text))
    event = events.with_text(["kinesis", "data"], f'"{wire}"'.encode())
    assert kinesis.to_arrow(event, payload={"v": "utf8"})["data.v"].to_pylist() == [load["v"]]


def test_columns_of_a_struct_with_fields_that_read_nothing():
    field, counter, rest = schema.Field, schema.counter, schema.rest
    word = schema.struct((field("a", schema.int_(8)), field("b", schema.utf8()), field(None, counter(), "n"),
                          field(None, rest(), "more")))
    event = events.event_of({"a": 1, "b": "x", "c": [2]}, {"a": 3})
    whole = kinesis.to_arrow(event, payload=word)
    assert whole["data"].to_pylist() == [{"a": 1, "b": "x", "n": 0, "more": '{"c":[2]}'},
                                         {"a": 3, "b": None, "n": 1, "more": "{}"}]
    for names in (["a"], ["b", "n"], ["a", "more"]):
        narrow = kinesis.to_arrow(event, payload=word, columns=[f"data.{name}" for name in names])
        assert narrow["data"].to_pylist() == [{name: row[name] for name in names} for row in whole["data"].to_pylist()]
