"""Who takes a batch: pyarrow and Parquet, polars, duckdb, nanoarrow; and what the protocol promises them."""

import gc
import json

import duckdb
import events
import nanoarrow
import oracle
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import examples
import lambdarrow

SPEC = {
    "id": "int64",
    "ok": "bool",
    "price": "decimal128(12, 2)",
    "at": "timestamp[us, UTC]",
    "day": "date32",
    "name": "utf8",
    "kind": "dictionary<utf8>",
    "geo": {"lat": "float64", "tags": ["utf8"]},
    "bin": "binary",
    "small": "uint8",
    "f": "float32",
}
LOADS = [
    {
        "id": 1,
        "ok": True,
        "price": 1.5,
        "at": "2024-01-02T03:04:05.000006Z",
        "day": "2024-01-02",
        "name": "é",
        "kind": "a",
        "geo": {"lat": 0.5, "tags": ["x", None]},
        "bin": "AP8=",
        "small": 255,
        "f": 0.5,
    },
    {},
    {"id": -1, "ok": False, "kind": "a", "geo": {"tags": []}, "name": ""},
]
EMPTY = '{"Records":[]}'


class Protocol:
    """The batch behind the Arrow protocol alone, whatever else a consumer would have looked for."""

    def __init__(self, batch, *names):
        for name in names:
            setattr(self, name, getattr(batch, name))


@pytest.fixture(params=["arrow", "plain", "spark"])
def dialect(request):
    return request.param


@pytest.fixture(scope="module")
def event(source):
    return examples.everything(source, *LOADS)


@pytest.fixture(params=["rows", "no rows"])
def batch(request, source, event, dialect):
    event = event if request.param == "rows" else source.text_event(EMPTY)
    return source.to_arrow(event, payload=SPEC, dialect=dialect)


def test_pyarrow(check, batch):
    ours = check(batch)
    assert oracle.rows(ours) == batch.to_pylist()
    assert pa.table(batch).combine_chunks().to_batches() in ([ours], [])
    assert pa.schema(batch.schema) == ours.schema == batch.to_pyarrow().schema
    reader = pa.RecordBatchReader.from_stream(batch)
    assert reader.schema == ours.schema
    assert reader.read_all().equals(pa.Table.from_batches([ours]))


def test_polars(source, batch):
    frame = pl.DataFrame(batch)
    assert frame.columns == list(batch.schema.names)
    assert frame.height == batch.num_rows
    assert frame[source.identifier].to_list() == batch[source.identifier].to_pylist()
    assert frame[source.constant].to_list() == batch[source.constant].to_pylist()
    data = frame[source.payload].struct
    for name in ("id", "ok", "price", "day", "name", "kind", "bin", "small", "f"):
        ours = batch[f"{source.payload}.{name}"].to_pylist()
        assert data.field(name).to_list() == ours, name
    assert data.field("at").dt.epoch("us").to_list() == [
        at and round(at.timestamp() * 1_000_000) for at in batch[f"{source.payload}.at"]
    ]


def test_duckdb(source, batch):
    # duckdb finds what it scans among the caller's variables; each is named here for the linter's sake too.
    scanned, frame = batch, pa.table(batch)
    expected = duckdb.sql(f"from frame order by {source.identifier}").fetchall()
    assert duckdb.sql(f"from scanned order by {source.identifier}").fetchall() == expected
    assert len(expected) == len(frame) == len(scanned)
    data = source.payload
    rows = duckdb.sql(f"select count(*), sum({data}.id), list({data}.name) from scanned").fetchall()
    total = 0 if batch.num_rows else None
    assert [(count, sum, names or []) for count, sum, names in rows] == [
        (batch.num_rows, total, batch[f"{source.payload}.name"].to_pylist())
    ]


def test_duckdb_scans_a_batch_twice(source, event):
    batch = source.to_arrow(event)
    for _ in range(3):
        joined = duckdb.sql(f"select count(*) from batch a join batch b using ({source.identifier})").fetchall()
        assert joined == [(batch.num_rows,)] == [(3,)]


def test_nanoarrow(source, batch):
    array = nanoarrow.Array(batch)
    assert len(array) == batch.num_rows
    view = nanoarrow.c_array(batch)
    assert view.n_children == len(batch.schema.names)
    assert nanoarrow.c_schema(batch.schema).format == "+s"
    index = list(batch.schema.names).index(source.identifier)
    assert list(array.child(index).iter_py()) == batch[source.identifier].to_pylist()
    data = array.child(list(batch.schema.names).index(source.payload))
    assert list(data.child(0).iter_py()) == batch[f"{source.payload}.id"].to_pylist()


def test_pandas(source, batch):
    frame = batch.to_pandas()
    assert list(frame.columns) == list(batch.schema.names)
    assert frame[source.identifier].tolist() == batch[source.identifier].to_pylist()


def test_spark_takes_every_type(source, event):
    """Spark 4 reads Arrow without dictionaries, unsigned integers, 256-bit decimals; times are in µs."""
    schema = pa.schema(source.to_arrow(event, payload=SPEC, dialect="spark").schema)
    seen = []

    def walk(kind):
        seen.append(kind)
        assert not pa.types.is_dictionary(kind) and not pa.types.is_unsigned_integer(kind)
        assert not pa.types.is_decimal256(kind)
        assert not pa.types.is_timestamp(kind) or (kind.unit, kind.tz) == ("us", "UTC")
        for at in range(kind.num_fields):
            walk(kind.field(at).type)

    for field in schema:
        walk(field.type)
    assert len(seen) > 20
    with pytest.raises(ValueError):
        source.to_arrow(event, payload={"v": "decimal256(76, 0)"}, dialect="spark")


# --- the protocol -----------------------------------------------------------------------------------


def test_each_of_the_three_methods_suffices(source, event):
    batch = source.to_arrow(event, payload=SPEC)
    ours = pa.record_batch(batch)
    assert pa.record_batch(Protocol(batch, "__arrow_c_array__")).equals(ours)
    assert pa.table(Protocol(batch, "__arrow_c_stream__")).equals(pa.Table.from_batches([ours]))
    assert pa.schema(Protocol(batch, "__arrow_c_schema__")) == ours.schema


def test_capsules_may_be_asked_for_again_and_thrown_away(source, event):
    batch = source.to_arrow(event, payload=SPEC)
    expected = pa.record_batch(batch)
    for _ in range(5):
        batch.__arrow_c_schema__()
        batch.__arrow_c_array__()
        batch.__arrow_c_stream__()
        gc.collect()
        assert pa.record_batch(batch).equals(expected)
        assert pa.table(batch).num_rows == 3


def test_a_requested_schema_is_a_wish(source, event):
    batch = source.to_arrow(event)
    ours = pa.record_batch(batch)
    wishes = [ours.schema, pa.schema([(name, pa.large_utf8()) for name in ours.schema.names])]
    for wish in wishes:
        schema, array = batch.__arrow_c_array__(wish.__arrow_c_schema__())
        assert pa.RecordBatch._import_from_c_capsule(schema, array).equals(ours)
        capsule = batch.__arrow_c_stream__(requested_schema=wish.__arrow_c_schema__())
        assert pa.RecordBatchReader._import_from_c_capsule(capsule).read_all().to_batches() == [ours]
    batch.__arrow_c_array__(requested_schema=None)


def test_data_outlives_the_batch_and_the_event(source, event):
    written = bytearray(event)
    batch = source.to_arrow(written, payload=SPEC)
    expected = batch.to_pylist()
    ours = pa.record_batch(batch)
    column, child = ours.column(source.identifier), ours.column(source.payload).field("geo").field("tags")
    written[:] = b"\0" * len(written)
    del batch
    gc.collect()
    # New batches must not be given the memory that is still in use.
    for number in range(50):
        source.to_arrow(source.event_of({"name": "z" * number}), payload=SPEC)
    assert oracle.rows(ours) == expected
    del ours
    gc.collect()
    source.to_arrow(event)
    assert column.to_pylist() == [row[source.identifier] for row in expected]
    assert child.to_pylist() == [["x", None], None, []]


def test_columns_outlive_the_batch(source, event):
    column = source.to_arrow(event, payload=SPEC)[f"{source.payload}.name"]
    view = memoryview(source.to_arrow(event, columns=["record_index"])["record_index"])
    for _ in range(20):
        source.to_arrow(event)
    assert column.to_pylist() == ["é", None, ""]
    assert view.tolist() == [0, 1, 2]
    with pytest.raises(BufferError):
        memoryview(source.to_arrow(event, payload=SPEC)[f"{source.payload}.small"])


@given(st.lists(st.integers(0, 6), max_size=12), st.randoms())
def test_batches_released_in_any_order(source, sizes, random):
    """Buffers come from a pool and go back to it: none may be shared by two that live."""
    alive, expected = [], []
    for number, size in enumerate(sizes):
        event = source.event([source.record(bytes([number]) * (size * 50), at) for at in range(size)])
        alive.append(pa.record_batch(source.to_arrow(event)))
        expected.append([bytes([number]) * (size * 50)] * size)
        if alive and random.random() < 0.4:
            victim = random.randrange(len(alive))
            del alive[victim], expected[victim]
        for batch, data in zip(alive, expected, strict=True):
            assert source.bytes_in(batch) == data
            batch.validate(full=True)


def test_buffers_are_aligned_and_padded(source, event):
    batch = pa.record_batch(source.to_arrow(event, payload=SPEC))
    seen = 0
    for column in batch.columns:
        for buffer in column.buffers():
            if buffer is not None and buffer.size:
                seen += 1
                assert buffer.address % 64 == 0
    assert seen > 20


def test_no_buffer_but_validity_is_null(source, event):
    for whole in (source.text_event(EMPTY), event):
        for options in ({}, {"payload": SPEC}, {"payload": {"m": "map<utf8, int64>", "l": [["utf8"]]}}):
            for column in pa.record_batch(source.to_arrow(whole, **options)).columns:
                walk = [column]
                while walk:
                    array = walk.pop()
                    if pa.types.is_struct(array.type):
                        walk += [array.field(at) for at in range(array.type.num_fields)]
                        continue
                    if pa.types.is_list(array.type) or pa.types.is_map(array.type):
                        walk.append(array.values)
                    own = array.buffers()[1:2]
                    assert own and own[0] is not None, (array.type, whole)


def event_with(source, constant):
    """The loads, in records of another text that repeats."""
    body = json.loads(source.body(examples.everything(source, *LOADS)))
    for record in body[source.records]:
        events.changed(record, source.constant_path, constant)
    return source.text_event(json.dumps(body))


def test_concat(source, event):
    one, other = (source.to_arrow(event_with(source, value), payload=SPEC) for value in ("one", "other"))
    two = source.to_arrow(source.text_event(EMPTY), payload=SPEC)
    whole = lambdarrow.concat([one, two, other])
    expected = one.to_pylist() + other.to_pylist()
    assert whole.to_pylist() == expected and whole.num_rows == len(whole) == 6
    for _ in range(2):
        table = pa.table(whole)
        table.validate(full=True)
        assert oracle.rows(table) == expected
    assert pl.DataFrame(whole)[source.constant].to_list() == ["one"] * 3 + ["other"] * 3
    for wrong in ([one, source.to_arrow(event)], []):
        with pytest.raises(ValueError):
            lambdarrow.concat(wrong)


def test_ipc_of_many_batches_in_the_plain_dialect(source, tmp_path):
    """Different dictionaries cannot follow each other in one file; plain text can."""
    batches = [
        pa.record_batch(source.to_arrow(event_with(source, value), dialect="plain")) for value in "abc"
    ]
    path = tmp_path / "events.arrow"
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, batches[0].schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    with pa.OSFile(str(path)) as file:
        assert pa.ipc.open_file(file).read_all().to_batches() == batches
