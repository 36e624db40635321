"""The JSON that records carry: schemas of every kind, generated ones against the oracle, and the shapes of a batch."""

import datetime as dt
import json
from decimal import Decimal
from typing import Literal

import events
import msgspec
import oracle
import pyarrow as pa
import pytest
from conftest import assert_outcome
from hypothesis import given
from hypothesis import strategies as st

import lambdarrow
from lambdarrow import kinesis, schema

UTC = dt.UTC


@given(st.data())
def test_generated_schemas_and_payloads(source, data):
    spec, event = data.draw(source.drawn_payload_cases())
    options = {"payload": spec, "columns": [source.identifier, source.payload], "on_error": "collect"}
    assert_outcome(source, event, **options)
    assert_outcome(source, event, payload=spec, on_error="null", dialect="plain")


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


def test_a_struct_class(carrier, check):
    batch = carrier.to_arrow(carrier.event_of(*CLICKS), payload=Click)
    ours = check(batch).column(carrier.payload).to_pylist()
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
def test_a_struct_class_refuses_what_msgspec_refuses(carrier, load, path, reason):
    if reason != "offset_missing":
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(json.dumps(load), type=Click)
    with pytest.raises(lambdarrow.DecodeError) as caught:
        carrier.to_arrow(carrier.event_of(load), payload=Click)
    assert (caught.value.path, caught.value.reason) == (carrier.path_in(0, path), reason)


def test_unknown_fields_where_they_are_forbidden(source):
    closed = msgspec.defstruct("Closed", [("a", int)], forbid_unknown_fields=True)
    assert source.to_arrow(source.event_of({"a": 1}), payload=closed)[f"{source.payload}.a"].to_pylist() == [1]
    with pytest.raises(lambdarrow.DecodeError) as caught:
        source.to_arrow(source.event_of({"a": 1, "b": 2}), payload=closed)
    assert caught.value.reason == "unknown_field"


class SchemaOnly:
    """The protocol and nothing else, so that no library's own classes are looked for."""

    def __init__(self, schema):
        self.schema = schema

    def __arrow_c_schema__(self):
        return self.schema.__arrow_c_schema__()


def test_an_arrow_schema(source, check):
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
        batch = source.to_arrow(source.event_of(*loads), payload=given_as, columns=[source.payload])
        data = check(batch).column(source.payload)
        assert data.type == pa.struct(list(schema))
        assert data.type.field("id").nullable is False and data.type.field("geo").nullable is True
        assert batch[f"{source.payload}.price"].to_pylist() == [Decimal("1.125"), None, None]
        assert data.field("geo").to_pylist() == [{"lat": 0.5, "name": "x"}, None, {"lat": 1.0, "name": None}]
        assert data.field("tags").to_pylist() == [["a", "b", "a"], None, [None]]
    for load, reason in [({"id": None}, "unexpected_null"), ({}, "missing_field"),
                         ({"id": 1, "geo": {}}, "missing_field")]:
        with pytest.raises(lambdarrow.DecodeError) as caught:
            source.to_arrow(source.event_of(load), payload=schema)
        assert caught.value.reason == reason


def test_options_of_fields(carrier, check):
    spec = {
        "id": {"type": "int64", "from": "ID", "required": True},
        "n": {"type": "int64", "default": 7},
        "d": {"type": {"x": "float64"}, "default": {"x": 1.5}},
        "at": {"type": "timestamp[ms, UTC]", "epoch": "s"},
        "us": {"type": "timestamp[us, UTC]", "epoch": "ms"},
        "local": {"type": "timestamp[s, UTC]", "assume": "UTC"},
    }
    batch = carrier.to_arrow(
        carrier.event_of(
            {"ID": 1},
            {"ID": 2, "n": None, "at": 1.5, "us": 1500, "local": "2024-01-02T03:04:05"},
            {"ID": 3, "n": 0, "id": "unknown", "d": {"x": None}, "at": -1, "us": 0.001},
        ),
        payload=spec,
    )
    check(batch)
    assert batch[f"{carrier.payload}.id"].to_pylist() == [1, 2, 3]
    assert batch[f"{carrier.payload}.n"].to_pylist() == [7, None, 0]
    assert batch[f"{carrier.payload}.d"].to_pylist() == [{"x": 1.5}, {"x": 1.5}, {"x": None}]
    micro = dt.timedelta(microseconds=1)
    epoch = dt.datetime(1970, 1, 1, tzinfo=UTC)
    assert batch[f"{carrier.payload}.at"].to_pylist() == [None, epoch + 1_500_000 * micro, epoch - 1_000_000 * micro]
    assert batch[f"{carrier.payload}.us"].to_pylist() == [None, epoch + 1_500_000 * micro, epoch + micro]
    assert batch[f"{carrier.payload}.local"].to_pylist()[1] == dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
    for load, path, reason in [
        ({}, "$.ID", "missing_field"),
        ({"ID": None}, "$.ID", "unexpected_null"),
        ({"ID": 1, "at": 0.0001}, "$.at", "not_exact"),
        ({"ID": 1, "d": {"x": "y"}}, "$.d.x", "expected_number"),
    ]:
        with pytest.raises(lambdarrow.DecodeError) as caught:
            carrier.to_arrow(carrier.event_of(load), payload=spec)
        assert (caught.value.path, caught.value.reason) == (carrier.path_in(0, path), reason)


# --- what a payload may be --------------------------------------------------------------------------


def test_a_payload_of_text(carrier, check):
    batch = carrier.to_arrow(carrier.event_of(b"plain", b"", "caf\u00e9".encode(), b"{}\0"), payload="utf8")
    ours = check(batch)
    assert ours.schema.field(carrier.payload).type == pa.utf8()
    assert batch[carrier.payload].to_pylist() == ["plain", "", "caf\u00e9", "{}\0"]
    event = carrier.event_of(b"a", b"\xff", b"\xed\xa0\x80")
    batch = carrier.to_arrow(event, payload="utf8", on_error="collect")
    assert [failure.reason for failure in batch.failures] == ["invalid_utf8"] * 2
    assert batch[carrier.payload].to_pylist() == ["a"]


def test_a_payload_of_raw_json(carrier, check):
    texts = ['{"a": 1.50 }', "[1, 2]", '"x"', "5", "true", '{"deep":[[[{}]]]}']
    batch = carrier.to_arrow(carrier.event_of(*map(str.encode, texts)), payload="json")
    ours = check(batch)
    assert oracle.undictionary(ours.schema.field(carrier.payload).type) == pa.utf8()
    assert batch[carrier.payload].to_pylist() == texts


def test_a_payload_that_is_a_list(carrier, check):
    batch = carrier.to_arrow(carrier.event_of([1, None], [], None), payload=["int64"])
    assert check(batch).schema.field(carrier.payload).type == pa.list_(pa.int64())
    assert batch[carrier.payload].to_pylist() == [[1, None], [], None]
    with pytest.raises(lambdarrow.DecodeError) as caught:
        carrier.to_arrow(carrier.event_of([1, 2.5]), payload=["int64"])
    assert caught.value.path == f"{carrier.payload_at(0)} → $[1]"


@pytest.mark.parametrize("payload", ["json", {"a": "int64"}, "map<utf8, json>"], ids=str)
def test_a_missing_or_null_payload_is_null(source, check, payload):
    assert_null_where_absent(source, check, payload)


@pytest.mark.parametrize("payload", ["utf8", ["int64"]], ids=str)
def test_a_missing_or_null_payload_that_is_no_object_is_null(carrier, check, payload):
    assert_null_where_absent(carrier, check, payload)


def assert_null_where_absent(source, check, payload):
    absent = events.without(source.record(), source.payload_path)
    event = source.event([absent, events.changed(source.record(), source.payload_path, None)])
    batch = source.to_arrow(event, payload=payload)
    assert check(batch).column(source.payload).to_pylist() == [None, None]


@pytest.mark.parametrize("space", [" ", "\n\t\r "])
def test_white_space_around_a_payload(carrier, space):
    pieces = ["", "{", '"a"', ":", "1", ",", '"b"', ":", "[", "]", "}", ""]
    event = carrier.event_of(space.join(pieces).encode())
    batch = carrier.to_arrow(event, payload={"a": "int64", "b": ["utf8"]})
    assert batch[carrier.payload].to_pylist() == [{"a": 1, "b": []}]


# --- columns and shapes -----------------------------------------------------------------------------

SPEC = {"id": "int64", "price": "float64", "geo": {"lat": "float64", "name": "utf8"}, "tags": ["utf8"]}
LOADS = [{"id": 1, "price": 2.5, "geo": {"lat": 1, "name": "n"}, "tags": ["t"]}, {"id": 2, "geo": None}, {}]


def test_dotted_columns(source, check):
    event = source.event_of(*LOADS)
    batch = source.to_arrow(event, payload=SPEC, columns=[source.identifier, f"{source.payload}.price"])
    ours = check(batch)
    assert ours.schema.names == [source.identifier, source.payload]
    assert ours.schema.field(source.payload).type == pa.struct([("price", pa.float64())])
    assert batch[f"{source.payload}.price"].to_pylist() == [2.5, None, None]
    deep = source.to_arrow(event, payload=SPEC, columns=[f"{source.payload}.geo.name", f"{source.payload}.id"])
    assert check(deep)[source.payload].to_pylist() == [
        {"geo": {"name": "n"}, "id": 1}, {"geo": None, "id": 2}, {"geo": None, "id": None},
    ]
    whole = source.to_arrow(event, payload=SPEC)
    assert whole[f"{source.payload}.geo.lat"].to_pylist() == [1.0, None, None]
    assert whole[f"{source.payload}.geo"].to_pylist() == [{"lat": 1.0, "name": "n"}, None, None]
    for name in (f"{source.payload}.nope", f"{source.payload}.geo.lat.x", f"{source.payload}.", "nope"):
        with pytest.raises(KeyError):
            whole[name]
        with pytest.raises(ValueError):
            source.to_arrow(event, payload=SPEC, columns=[name])


def test_columns_of_a_payload_that_are_not_asked_for_are_not_converted(source):
    event = source.event_of({"id": "no integer", "price": 1.5, "tags": 5})
    batch = source.to_arrow(event, payload=SPEC, columns=[f"{source.payload}.price"])
    assert batch[f"{source.payload}.price"].to_pylist() == [1.5]
    # Nor is the payload opened when no part of it is asked for.
    assert source.to_arrow(source.event_of(b"{"), payload=SPEC, columns=[source.constant]).num_rows == 1


def test_flatten_lifts_the_payload(carrier, check):
    event = carrier.event_of(*LOADS)
    # No source has a column of such a name.
    spec = {f"my_{name}": {"type": type, "from": name} for name, type in SPEC.items()}
    nested = carrier.to_arrow(event, payload=spec)
    flat = carrier.to_arrow(event, payload=spec, flatten=True)
    names = nested.schema.names
    at = names.index(carrier.payload)
    assert check(flat).schema.names == [*names[:at], *spec, *names[at + 1 :]]
    for name in spec:
        assert flat[name].to_pylist() == nested[f"{carrier.payload}.{name}"].to_pylist()


@pytest.mark.parametrize("dialect", ["arrow", "plain", "spark"])
def test_dialects_of_payloads(source, check, dialect):
    spec = {"u8": "uint8", "u64": "uint64", "kind": "dictionary<utf8>", "at": "timestamp[ns, UTC]",
            "day": "date32", "price": "decimal128(12, 2)", "many": ["dictionary<utf8>"]}
    load = {"u8": 255, "u64": 2**63 - 1, "kind": "k", "at": "2024-01-02T03:04:05.000001Z",
            "day": "2024-01-02", "price": 1.5, "many": ["a", "a", None]}
    data = check(source.to_arrow(source.event_of(load), payload=spec, dialect=dialect)).column(source.payload)
    types = {field.name: field.type for field in data.type}
    has_dictionaries = pa.types.is_dictionary(types["kind"]), pa.types.is_dictionary(types["many"].value_type)
    assert has_dictionaries == (dialect == "arrow",) * 2
    if dialect == "spark":
        assert types["at"] == pa.timestamp("us", "UTC")
        assert not any(pa.types.is_unsigned_integer(kind) for kind in types.values())
    (row,) = data.to_pylist()
    assert (row["u8"], int(row["u64"]), row["kind"], row["many"]) == (255, 2**63 - 1, "k", ["a", "a", None])
    assert row["at"] == dt.datetime(2024, 1, 2, 3, 4, 5, 1, UTC)


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
