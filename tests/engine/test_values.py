"""Every type, anywhere: the columns hold what json and Python make of drawn values, and so does Parquet."""

import base64
import datetime as dt
import json
import math
import struct as struct_module
from decimal import Context, Decimal
from typing import NamedTuple

import pyarrow as pa
import pytest
from engine.plans import Batch, b64, decode, decoder, records, text_of
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdarrow import schema
from lambdarrow.schema import Field, Word, list_, map_, struct

UTC = dt.UTC
EPOCH = dt.datetime(1970, 1, 1, tzinfo=UTC)


class Kind(NamedTuple):
    """A type: its word, values as JSON writes them, and what Python makes of one."""

    word: object
    wire: st.SearchStrategy
    value: object


def same(value):
    return value


def narrow(value):
    return struct_module.unpack("f", struct_module.pack("f", value))[0]


def integers(bits, signed):
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    return Kind(
        schema.int_(bits, signed=signed), st.integers(low, high) | st.sampled_from([low, high, 0]), same
    )


def scaled(digits, scale):
    def value(text):
        return Decimal(text).quantize(Decimal(1).scaleb(-scale), context=WIDE)

    return st.integers(-(10**digits) + 1, 10**digits - 1).map(
        lambda n: str(Decimal(n).scaleb(-scale, context=WIDE))
    ), value


WIDE = Context(prec=100)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.text("ab", max_size=1)
MOMENTS = st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30), timezones=st.just(UTC))
SIMPLE = {
    "bool": Kind(schema.bool_(), st.booleans(), same),
    **{
        f"{'' if signed else 'u'}int{bits}": integers(bits, signed)
        for bits in (8, 16, 32, 64)
        for signed in (True, False)
    },
    "float64": Kind(
        schema.float_(64),
        st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**70), 2**70),
        float,
    ),
    "float32": Kind(schema.float_(32), st.floats(-3e38, 3e38), narrow),
    "utf8": Kind(schema.utf8(), TEXT, same),
    "large_utf8": Kind(schema.utf8(size="large"), TEXT, same),
    "utf8_view": Kind(schema.utf8(size="view"), TEXT, same),
    "dictionary": Kind(schema.dictionary(), TEXT, same),
    "choice": Kind(schema.dictionary(values=("on", "off", "é")), st.sampled_from(["on", "off", "é"]), same),
    "uuid": Kind(schema.uuid(), st.uuids().map(str), same),
    "binary": Kind(schema.binary(), st.binary(max_size=50).map(b64), base64.b64decode),
    "large_binary": Kind(schema.binary(large=True), st.binary(max_size=50).map(b64), base64.b64decode),
    "decimal128": Kind(schema.decimal(128, 38, 10), *scaled(38, 10)),
    "decimal256": Kind(schema.decimal(256, 76, 40), *scaled(76, 40)),
    "date32": Kind(schema.date32(), st.dates().map(str), dt.date.fromisoformat),
    "timestamp[us]": Kind(
        schema.timestamp("us", None),
        MOMENTS.map(lambda at: at.replace(tzinfo=None).isoformat()),
        dt.datetime.fromisoformat,
    ),
    "timestamp[us, UTC]": Kind(
        schema.timestamp("us"), MOMENTS.map(lambda at: at.isoformat(" ")), dt.datetime.fromisoformat
    ),
    "timestamp[s, UTC]": Kind(
        schema.timestamp("s"),
        MOMENTS.map(lambda at: at.isoformat(timespec="seconds")),
        dt.datetime.fromisoformat,
    ),
    "epoch ms": Kind(
        schema.timestamp("ms", epoch="ms"),
        st.integers(-(2**45), 2**45),
        lambda ms: EPOCH + dt.timedelta(milliseconds=ms),
    ),
    "epoch s": Kind(
        schema.timestamp("us", epoch="s"),
        st.integers(-(2**35), 2**35),
        lambda s: EPOCH + dt.timedelta(seconds=s),
    ),
    "json": Kind(
        schema.json(), st.recursive(st.booleans() | st.integers() | TEXT, st.lists, max_leaves=4), json.dumps
    ),
    "layers": Kind(
        schema.base64(schema.parse(schema.json_string(schema.int_(32)))),
        st.integers(-9, 9).map(lambda n: b64(json.dumps(str(n)).encode())),
        lambda text: json.loads(json.loads(base64.b64decode(text))),
    ),
}


def or_null(kind):
    return Kind(kind.word, st.none() | kind.wire, lambda value: None if value is None else kind.value(value))


def listed(kind):
    kind = or_null(kind)
    return Kind(
        list_(kind.word), st.lists(kind.wire, max_size=4), lambda items: [kind.value(item) for item in items]
    )


def mapped(kind):
    kind = or_null(kind)
    return Kind(
        map_(kind.word),
        st.dictionaries(TEXT, kind.wire, max_size=4),
        lambda items: {key: kind.value(item) for key, item in items.items()},
    )


def structured(*kinds):
    """Fields f0, f1 …, any of them missing."""
    kinds = [or_null(kind) for kind in kinds]
    word = struct(tuple(Field(f"f{at}", kind.word) for at, kind in enumerate(kinds)))
    wire = st.fixed_dictionaries({}, optional={f"f{at}": kind.wire for at, kind in enumerate(kinds)})
    return Kind(
        word, wire, lambda found: {f"f{at}": kind.value(found.get(f"f{at}")) for at, kind in enumerate(kinds)}
    )


NESTED = {
    "list": listed,
    "map": mapped,
    "struct": structured,
    "list of lists": lambda kind: listed(listed(kind)),
    "list of structs": lambda kind: listed(structured(kind, kind)),
    "map of lists": lambda kind: mapped(listed(kind)),
    "struct of structs": lambda kind: structured(structured(kind), kind, mapped(kind)),
}
ARROW_ONLY = ("decimal256",)  # what the dialect spark has no type for


def column_of(batch):
    return [as_python(value) for value in pa.record_batch(batch).column(0).to_pylist()]


def as_python(value):
    """pyarrow's maps are lists of pairs."""
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        return {key: as_python(item) for key, item in value}
    if isinstance(value, list):
        return [as_python(item) for item in value]
    return {key: as_python(item) for key, item in value.items()} if isinstance(value, dict) else value


def empty_maps(value):
    """An empty map and an empty list look alike in pyarrow's Python values."""
    if isinstance(value, dict):
        return {key: empty_maps(item) for key, item in value.items()} or []
    return [empty_maps(item) for item in value] if isinstance(value, list) else value


def same_values(left, right):
    """Equal, and zeros of equal sign."""
    return repr(empty_maps(left)) == repr(empty_maps(right))


def as_decoded(value):
    """Aware datetimes print by their zone's type: UTC, whoever made it."""
    if isinstance(value, dt.datetime) and value.tzinfo:
        return value.astimezone(UTC)
    if isinstance(value, dict):
        return {key: as_decoded(item) for key, item in value.items()}
    return [as_decoded(item) for item in value] if isinstance(value, list) else value


def validated(batch):
    pa.record_batch(batch).validate(full=True)


def drawn_and_decoded(data, kind, check, *, parquet=True, **options):
    kind = or_null(kind)
    wires = data.draw(st.lists(kind.wire, max_size=20))
    run = decoder(records(Field("v", kind.word)), **options)
    batch = Batch(run.decode(text_of([{"v": wire} for wire in wires])), None)
    # Parquet's writer slices what lies in lists, which pyarrow cannot do with views.
    (check if parquet else validated)(batch)
    expected = [as_decoded(kind.value(wire)) for wire in wires]
    assert same_values(as_decoded(column_of(batch)), expected)
    assert same_values(as_decoded(batch["v"].to_pylist()), expected)


@pytest.mark.parametrize("name", SIMPLE)
@settings(max_examples=20)
@given(data=st.data())
def test_values(name, check, data):
    drawn_and_decoded(data, SIMPLE[name], check)


@pytest.mark.parametrize("nesting", NESTED)
@pytest.mark.parametrize("name", SIMPLE)
@settings(max_examples=4)
@given(data=st.data())
def test_nested_values(name, nesting, check, data):
    drawn_and_decoded(data, NESTED[nesting](SIMPLE[name]), check, parquet=name != "utf8_view")


@pytest.mark.parametrize(
    "options", [{"dialect": "plain"}, {"dialect": "spark"}, {"string_type": "string_view"}], ids=repr
)
@pytest.mark.parametrize("name", SIMPLE)
@settings(max_examples=4)
@given(data=st.data())
def test_values_in_every_dialect(name, options, check, data):
    kind = SIMPLE[name]
    if options.get("dialect") == "spark":
        if name in ARROW_ONLY:
            with pytest.raises(ValueError, match="decimal256"):
                decoder(records(Field("v", kind.word)), **options)
            return
        if name == "uint64":
            kind = kind._replace(value=Decimal)
    drawn_and_decoded(
        data,
        NESTED["struct of structs"](kind),
        check,
        parquet="string_type" not in options and name != "utf8_view",
        **options,
    )


def wide_plan():
    return records(
        *[
            Field(f"{name} {nesting}", NESTED[nesting](kind).word)
            for name, kind in SIMPLE.items()
            for nesting in NESTED
        ],
        *[Field(name, kind.word) for name, kind in SIMPLE.items()],
    )


@pytest.mark.parametrize("dialect", ["arrow", "plain"])
@pytest.mark.parametrize("event", [[], [{}], [{}] * 65])
def test_no_rows_and_all_null(event, dialect, check):
    batch = decode(wide_plan(), event, dialect=dialect)
    ours = check(batch)
    assert ours.num_rows == len(event)
    assert all(column.null_count == len(event) for column in ours.columns)
    assert all(set(row.values()) <= {None} for row in batch)
    for column in ours.columns:
        assert all(buffer is not None for buffer in column.buffers()[1:2]) or pa.types.is_struct(column.type)


@pytest.mark.parametrize("name", SIMPLE)
def test_what_is_required_under_a_null_parent_is_valid(name, check):
    """Parquet refuses a null in a field that says it has none, also where the parent is null."""
    kind = SIMPLE[name]
    inner = Word(kind.word.op, kind.word.children, nullable=False, arrow_nullable=False, **kind.word.options)
    if kind.word.op == "base64":
        return  # the flag is that of the innermost word
    batch = decode(
        records(
            Field(
                "s",
                struct((Field("v", inner, required=True), Field("l", list_(inner, arrow_nullable=False)))),
            )
        ),
        [{"s": None}, {}] * 5,
    )
    ours = check(batch)
    assert ours.schema.field("s").type.field("v").nullable is False
    assert batch["s"].to_pylist() == [None] * 10


@pytest.mark.parametrize(
    "text, value",
    [
        ("-0.0", -0.0),
        ("5e-324", 5e-324),
        ("2.2250738585072011e-308", 2.2250738585072011e-308),
        ("1e-999", 0.0),
        ("179769313486231570000000000000000000000e270", 1.7976931348623157e308),
        ("9007199254740993", 9007199254740992.0),
        ("0." + "3" * 800, 1 / 3),
        ("1" + "0" * 300 + "." + "0" * 300 + "1", 1e300),
        ("123456789012345678901234567890e-29", 1.2345678901234568),
    ],
)
def test_doubles_are_rounded_as_float_does(text, value):
    (made,) = Batch(
        decoder(records(Field("v", schema.float_(64)))).decode(f'[{{"v":{text}}}]'.encode()), None
    )["v"]
    assert made == value == float(text)
    assert math.copysign(1, made) == math.copysign(1, value)
