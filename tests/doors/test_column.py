"""A column without any Arrow library: buffers, Python values, names, and what it refuses."""

import datetime as dt
import struct as struct_module
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from engine.plans import b64, decode, records

from lambdarrow import schema
from lambdarrow.schema import Field, bool_, dictionary, float_, int_, list_, map_, struct, timestamp, utf8

UTC = dt.UTC
NUMBERS = [
    ("int8", int_(8), "b"),
    ("uint8", int_(8, signed=False), "B"),
    ("int16", int_(16), "h"),
    ("uint16", int_(16, signed=False), "H"),
    ("int32", int_(32), "i"),
    ("uint32", int_(32, signed=False), "I"),
    ("int64", int_(64), "q"),
    ("uint64", int_(64, signed=False), "Q"),
    ("float32", float_(32), "f"),
    ("float64", float_(64), "d"),
]


def column(word, *values, **options):
    return decode(records(Field("v", word)), [{"v": value} for value in values], **options)["v"]


@pytest.mark.parametrize("name, word, code", NUMBERS)
def test_numbers_have_the_buffer_protocol(name, word, code):
    made = column(word, 1, 2, 100)
    view = memoryview(made)
    assert (view.format, view.itemsize, view.shape, view.strides) == (
        code,
        struct_module.calcsize(code),
        (3,),
        (view.itemsize,),
    )
    assert view.tolist() == [1, 2, 100]
    assert view.readonly and view.contiguous
    array = np.asarray(made)
    assert array.dtype == np.dtype(name)
    assert array.tolist() == [1, 2, 100]
    assert np.shares_memory(array, np.frombuffer(made, dtype=name))
    assert (made.type, made.name, len(made)) == (name, "v", 3)


def test_times_are_their_integers():
    assert memoryview(column(timestamp("us"), "1970-01-01T00:00:01Z")).tolist() == [1_000_000]
    assert memoryview(column(schema.date32(), "1970-02-01")).tolist() == [31]


def test_a_buffer_outlives_its_batch():
    view = memoryview(column(int_(64), *range(1000)))
    for _ in range(5):
        column(int_(64), *[7] * 1000)
    assert view.tolist() == list(range(1000))


def test_a_buffer_is_read_only():
    made = column(int_(64), 1)
    with pytest.raises((TypeError, ValueError)):
        memoryview(made)[0] = 5
    with pytest.raises((TypeError, BufferError)):
        struct_module.pack_into("q", made, 0, 5)


@pytest.mark.parametrize(
    "word, value",
    [
        (bool_(), True),
        (utf8(), "x"),
        (dictionary(), "x"),
        (schema.decimal(128, 9, 2), 1),
        (list_(int_(8)), [1]),
        (struct((Field("a", int_(8)),)), {"a": 1}),
        (map_(int_(8)), {}),
        (schema.binary(), ""),
    ],
)
def test_other_types_have_no_buffer(word, value):
    with pytest.raises(BufferError, match="to_pylist"):
        memoryview(column(word, value))


def test_nulls_have_no_buffer():
    with pytest.raises(BufferError, match="null"):
        memoryview(column(int_(8), 1, None))
    batch = decode(
        records(
            Field("s", struct((Field("a", int_(8, arrow_nullable=False, nullable=False), required=True),)))
        ),
        [{"s": {"a": 1}}, {"s": None}],
    )
    with pytest.raises(BufferError, match="null"):
        memoryview(batch["s.a"])


def test_no_rows_have_an_empty_buffer():
    assert memoryview(column(int_(64))).tolist() == []
    assert np.asarray(column(int_(64))).shape == (0,)


VALUES = [
    (bool_(), [True, False, None], [True, False, None], "bool"),
    (utf8(), ["é", "", None], ["é", "", None], "utf8"),
    (utf8(size="large"), ["é", None], ["é", None], "large_utf8"),
    (
        utf8(size="view"),
        ["é", None, "longer than twelve bytes"],
        ["é", None, "longer than twelve bytes"],
        "utf8_view",
    ),
    (dictionary(), ["a", None, "b", "a"], ["a", None, "b", "a"], "dictionary<int32, utf8>"),
    (schema.binary(), [b64(b"\xff"), None], [b"\xff", None], "binary"),
    (schema.binary(large=True), [b64(b"\xff"), None], [b"\xff", None], "large_binary"),
    (
        schema.decimal(128, 9, 2),
        ["-0.05", 7, None],
        [Decimal("-0.05"), Decimal("7.00"), None],
        "decimal128(9, 2)",
    ),
    (schema.decimal(256, 50, 0), ["9" * 50], [Decimal("9" * 50)], "decimal256(50, 0)"),
    (
        schema.date32(),
        ["2024-02-29", "0001-01-01", None],
        [dt.date(2024, 2, 29), dt.date(1, 1, 1), None],
        "date32",
    ),
    (
        timestamp("ms"),
        ["2024-02-29T01:02:03.004Z", None],
        [dt.datetime(2024, 2, 29, 1, 2, 3, 4000, UTC), None],
        "timestamp[ms, UTC]",
    ),
    (timestamp("s", None), ["1969-12-31T23:59:59"], [dt.datetime(1969, 12, 31, 23, 59, 59)], "timestamp[s]"),
    (
        timestamp("ns"),
        ["2024-02-29T01:02:03.000004Z"],
        [dt.datetime(2024, 2, 29, 1, 2, 3, 4, UTC)],
        "timestamp[ns, UTC]",
    ),
    (list_(utf8()), [["a", None], [], None, ["b"]], [["a", None], [], None, ["b"]], "list<utf8>"),
    (map_(int_(8)), [{"a": 1, "b": None}, {}, None], [{"a": 1, "b": None}, {}, None], "map<utf8, int8>"),
    (
        struct((Field("a", utf8()), Field("b", list_(int_(8))))),
        [{"a": "x"}, {"b": [1]}, None],
        [{"a": "x", "b": None}, {"a": None, "b": [1]}, None],
        "struct<a: utf8, b: list<int8>>",
    ),
]


@pytest.mark.parametrize("word, wire, values, kind", VALUES, ids=[case[3] for case in VALUES])
def test_python_values(word, wire, values, kind):
    made = column(word, *wire)
    assert made.type == kind
    assert made.to_pylist() == list(made) == values
    assert [made[at] for at in range(len(made))] == values
    assert [made[at - len(made)] for at in range(len(made))] == values
    for part in (slice(1, None), slice(None, -1), slice(None, None, -2), slice(5, 2)):
        assert made[part] == values[part]
    assert made.null_count == values.count(None)
    for row in (len(values), -len(values) - 1):
        with pytest.raises(IndexError):
            made[row]
    assert repr(values[0]) in repr(made) and kind in repr(made)
    assert pa.array(made).validate(full=True) is None
    assert len(pa.array(made)) == made.to_pyarrow().__len__() == len(values)


def test_a_zone_of_its_own():
    (made,) = column(timestamp("us", "Europe/Berlin"), "2024-07-01T00:00:00Z")
    assert (made.isoformat(), made.tzinfo.key) == ("2024-07-01T02:00:00+02:00", "Europe/Berlin")


def test_finer_than_python_is_said_and_stays_in_arrow():
    made = column(timestamp("ns"), "2024-02-29T01:02:03.000000001Z")
    with pytest.raises(ValueError, match="finer"):
        made.to_pylist()
    assert pa.array(made).cast("int64").to_pylist() == [1709168523000000001]


NESTED = records(
    Field(
        "s",
        struct(
            (
                Field(
                    "in",
                    struct(
                        (
                            Field("n", int_(64)),
                            Field("t", utf8()),
                            Field("d", dictionary()),
                            Field("l", list_(int_(8))),
                        )
                    ),
                ),
                Field("a.b", int_(8)),
            )
        ),
    ),
    Field("s.x", int_(8)),
)
ROWS = [
    {"s": {"in": {"n": 1, "t": "x", "d": "d", "l": [1]}, "a.b": 5}, "s.x": 6},
    {"s": None},
    {"s": {"in": None}},
    {"s": {"in": {"n": None}}},
]


def test_dots_lead_into_structs():
    batch = decode(NESTED, ROWS)
    assert batch["s.in.n"].to_pylist() == [1, None, None, None]
    assert batch["s.in.t"].to_pylist() == ["x", None, None, None]
    assert batch["s.in.d"].to_pylist() == ["d", None, None, None]
    assert batch["s.in.l"].to_pylist() == [[1], None, None, None]
    assert batch["s.a.b"].to_pylist() == [5, None, None, None]
    assert batch["s.x"].to_pylist() == [6, None, None, None]
    assert [batch["s.in.n"][at] for at in (0, 1, -1)] == [1, None, None]
    assert (batch["s.in.n"].name, batch["s.in.n"].type) == ("n", "int64")
    for path in ("s.in.n", "s.in.t", "s.in.d", "s.in.l", "s.a.b", "s.in"):
        ours = pa.array(batch[path])
        ours.validate(full=True)
        assert ours.to_pylist() == batch[path].to_pylist()
        assert ours.null_count == batch[path].to_pylist().count(None)


def test_nulls_of_parents_count():
    """A column counts the nulls that it shows, its parents' too."""
    inner = struct((Field("a", int_(8, nullable=False, arrow_nullable=False), required=True),))
    batch = decode(records(Field("s", inner)), [{"s": {"a": 1}}, {"s": None}, {}])
    assert batch["s.a"].to_pylist() == [1, None, None]
    assert batch["s.a"].null_count == 2


@pytest.mark.parametrize(
    "name", ["", "S", "s.", "s.in.", "s.in.nope", "s.nope", ".s", "s.in.n.x", "s..in", "s.in.l.item"]
)
def test_unknown_names(name):
    with pytest.raises(KeyError, match="no column"):
        decode(NESTED, ROWS)[name]


def test_batches_are_rows_too():
    batch = decode(NESTED, ROWS)
    assert (len(batch), batch.num_rows, batch.num_columns, batch.column_names) == (4, 4, 2, ["s", "s.x"])
    assert list(batch) == batch.to_pylist() == pa.record_batch(batch).to_pylist()
    assert list(batch.schema.names) == ["s", "s.x"]
    assert batch.schema.types[1] == "int8"
    assert batch.schema == decode(NESTED, []).schema
    assert batch.schema != decode(records(Field("v", int_(8))), []).schema


@pytest.mark.parametrize("rows", [0, 1, 10, 11, 5000])
def test_a_repr_is_short(rows):
    batch = decode(
        records(Field("v", int_(64)), Field("t", utf8())), [{"v": at, "t": "x" * 300} for at in range(rows)]
    )
    assert f"{rows} rows" in repr(batch["v"])
    assert len(repr(batch["v"])) < 200
    assert len(repr(batch)) < 5000
    assert len(repr(batch).splitlines()) < 20
