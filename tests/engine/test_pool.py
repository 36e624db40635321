"""Memory: every block comes back, whoever holds it last; refused memory is MemoryError; old bytes are never seen."""

import contextlib
import ctypes
import gc
import json
import random
import threading

import nanoarrow
import pyarrow as pa
import pytest
from engine.plans import Batch, b64, decode, decoder, packed, records, text_of

from lambdarrow import _core, concat, schema
from lambdarrow.schema import (
    Field,
    base64,
    binary,
    bool_,
    dictionary,
    explode,
    int_,
    list_,
    map_,
    object_,
    rest,
    struct,
    text_bytes,
    utf8,
)

PLAN = explode(
    object_(
        (
            Field("id", utf8()),
            Field("flag", bool_()),
            Field("kind", dictionary()),
            Field("view", utf8(size="view")),
            Field("large", binary(large=True)),
            Field("s", struct((Field("a", utf8()), Field("m", map_(list_(utf8())))))),
            Field("gzip", base64(schema.gzip(text_bytes()))),
            Field("items", explode(object_((Field("n", int_(64)), Field("t", utf8()))))),
            Field("default", struct((Field("x", utf8()),)), default=b'{"x":"y"}'),
            Field(None, rest(), "rest"),
        )
    ),
    unit=True,
)


def record(at):
    return {
        "id": f"record {at}",
        "flag": at % 2 == 0,
        "kind": f"kind {at % 20}",
        "view": "v" * (at % 30),
        "large": b64(b"z" * at),
        "s": None if at % 5 == 0 else {"a": "é" * at, "m": {str(key): ["x"] * key for key in range(at % 20)}},
        "gzip": packed(b"inside " * at),
        "items": [{"n": n, "t": None if n % 3 else "t"} for n in range(at % 7)],
        "q": at,
    }


EVENT = text_of([record(at) for at in range(40)])
POISONED = text_of([record(1), record(6) | {"id": 7}, record(2), record(3) | {"gzip": "AAAA"}])


def live():
    gc.collect()
    return _core.pool()[1]


@pytest.fixture
def nothing_is_kept():
    """Fails if blocks stay in use that were not before."""
    before = live()
    yield
    assert live() <= before  # less where a test that failed before had still held some


def test_a_batch_gives_everything_back(nothing_is_kept):
    for on_error in ("collect", "null", "stop"):
        run = decoder(PLAN, on_error=on_error)
        for event in (EVENT, POISONED, b"[]", EVENT):
            Batch(run.decode(event), None).to_pylist()
        for event in (b"", b"[{", POISONED[:-1]):
            with pytest.raises(ValueError):
                run.decode(event)
        run.feed(EVENT)
        del run


@pytest.mark.parametrize("seed", range(8))
def test_exports_are_released_in_any_order(seed, nothing_is_kept):
    chance = random.Random(seed)
    run = decoder(PLAN)
    batch, other = (Batch(run.decode(EVENT), None) for _ in range(2))
    expected = batch.to_pylist()
    ours = pa.record_batch(batch)
    held = [
        run,
        batch,
        other,
        ours,
        pa.table(batch),
        pa.table(concat([batch, other])),
        batch.__arrow_c_array__(),
        batch.__arrow_c_stream__(),
        batch.__arrow_c_schema__(),
        nanoarrow.c_array(batch),
        memoryview(batch["n"]),
        batch["s.a"].to_pyarrow(),
        batch["s.m"].__arrow_c_array__(),
        ours.column(5).field(1),
        ours.slice(3, 2),
        pa.RecordBatchReader.from_stream(other).read_next_batch().column(8),
    ]
    del run, batch, other, ours
    while held:
        alive = chance.choice(held)
        if isinstance(alive, pa.RecordBatch) and alive.num_rows == len(expected):
            alive.validate(full=True)
            assert alive.column("n").to_pylist() == [row["n"] for row in expected]
        del alive
        held.pop(chance.randrange(len(held)))


class Schema(ctypes.Structure):
    """ArrowSchema of the C data interface."""


class Array(ctypes.Structure):
    """ArrowArray of the C data interface."""


WORD, POINTER = ctypes.c_int64, ctypes.c_void_p
Schema._fields_ = [
    ("format", POINTER),
    ("name", POINTER),
    ("metadata", POINTER),
    ("flags", WORD),
    ("n_children", WORD),
    ("children", ctypes.POINTER(ctypes.POINTER(Schema))),
    ("dictionary", POINTER),
    ("release", POINTER),
    ("private", POINTER),
]
Array._fields_ = [
    ("length", WORD),
    ("null_count", WORD),
    ("offset", WORD),
    ("n_buffers", WORD),
    ("n_children", WORD),
    ("buffers", POINTER),
    ("children", ctypes.POINTER(ctypes.POINTER(Array))),
    ("dictionary", POINTER),
    ("release", POINTER),
    ("private", POINTER),
]


def inside(capsule, name, kind):
    """The structure that a capsule still owns."""
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return kind.from_address(get(capsule, name))


def moved(structure):
    """Moves a structure out: a bitwise copy, and the original is marked as released."""
    copy = type(structure).from_buffer_copy(structure)
    structure.release = None
    return copy


@pytest.mark.parametrize("path", ["n", "kind", "view", "rest", "s", "s.m"])
def test_a_child_outlives_its_struct(path, nothing_is_kept):
    """A consumer may move one child out and release all the rest (C data interface, "Moving an array")."""
    batch = decode(PLAN, EVENT)
    ours = pa.record_batch(batch)
    expected = (ours.column("s").field(1) if path == "s.m" else ours.column(path)).to_pylist()
    schema_capsule, array_capsule = batch.__arrow_c_array__()
    top, *below = path.split(".")
    array = inside(array_capsule, b"arrow_array", Array).children[batch.column_names.index(top)].contents
    kind = inside(schema_capsule, b"arrow_schema", Schema).children[batch.column_names.index(top)].contents
    if below:
        array, kind = array.children[1].contents, kind.children[1].contents
    array, kind = moved(array), moved(kind)
    del batch, ours, schema_capsule, array_capsule
    decode(PLAN, EVENT)
    kept = pa.Array._import_from_c(ctypes.addressof(array), ctypes.addressof(kind))
    kept.validate(full=True)
    assert kept.to_pylist() == expected
    del kept


def test_threads_share_a_decoder(nothing_is_kept):
    run = decoder(PLAN, on_error="collect")
    expected = Batch(run.decode(EVENT), None).to_pylist()
    wrong, handed = [], []

    def work(seed):
        chance = random.Random(seed)
        for _ in range(15):
            event = chance.choice([EVENT, POISONED])
            batch = Batch(run.decode(event), None)
            if event is EVENT and batch.to_pylist() != expected:
                wrong.append(seed)
            handed.append(pa.record_batch(batch))
            if len(handed) > 4:
                with contextlib.suppress(IndexError):  # another thread may take the last one
                    handed.pop(chance.randrange(len(handed))).validate(
                        full=True
                    )  # released by another thread

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    handed.clear()


def test_the_pool_keeps_no_more_than_its_limit():
    run = decoder(PLAN)
    try:
        for limit in (0, 100_000, 64 << 20):
            _core.pool(clear=True, limit=limit)
            assert _core.pool()[0] == 0
            batches = [run.decode(EVENT) for _ in range(5)]
            del batches
            assert 0 <= _core.pool()[0] <= limit
        assert _core.pool()[0] > 0
        _core.pool(clear=True)
        assert _core.pool()[0] == 0
    finally:
        _core.pool(limit=64 << 20)


def attempts(event, **options):
    """Decodes with the first, the second, … allocation refused until none is; what each refusal raised."""
    raised = []
    run = decoder(PLAN, **options)
    expected = Batch(run.decode(event), None).to_pylist()
    for n in range(1, 3000):
        run = decoder(PLAN, **options) if n % 2 else run  # a cold run and one that was refused before
        _core.pool(fail_at=n)
        try:
            rows = run.decode(event)
        except MemoryError:
            raised.append(n)
        else:
            left = _core.pool(fail_at=0)
            assert Batch(rows, None).to_pylist() == expected
            if raised and n - raised[-1] > 3:
                return raised
            del rows
        finally:
            _core.pool(fail_at=0)
        kept, _ = _core.pool()
        assert 0 <= kept <= 64 << 20
        assert Batch(run.decode(event), None).to_pylist() == expected
    raise AssertionError(f"allocations never ended: {left}")


@pytest.mark.parametrize(
    "event, on_error", [(EVENT, "raise"), (POISONED, "collect"), (POISONED, "null"), (POISONED, "stop")]
)
def test_refused_memory_is_an_error_and_leaks_nothing(event, on_error, nothing_is_kept):
    assert len(attempts(event, on_error=on_error)) > 20


def test_refused_memory_where_parents_have_no_children(nothing_is_kept):
    """Nothing is left of the parents by then: their old length must not be looked at any more."""
    assert len(attempts(text_of([record(0) | {"items": []}] * 400), on_error="raise")) > 20


def test_refused_memory_while_feeding(nothing_is_kept):
    expected = decode(PLAN, EVENT).to_pylist()
    refused = 0
    for n in range(1, 200, 3):
        run = decoder(PLAN, on_error="collect")
        run.feed(EVENT)
        _core.pool(fail_at=n)
        try:
            run.feed(EVENT)
        except MemoryError:
            refused += 1
            run.feed(EVENT)
        finally:
            _core.pool(fail_at=0)
        assert Batch(run.finish(), None).to_pylist() == expected * 2
        del run
    assert refused > 3


def buffers(array, seen=None):
    """Address and size of every buffer of an array, its children and its dictionary."""
    found = [(buffer.address, buffer.size) for buffer in array.buffers() if buffer is not None]
    return found + (buffers(array.dictionary) if pa.types.is_dictionary(array.type) else [])


@pytest.mark.parametrize("n", [0, 1, 3, 7, 15, 16, 17, 63, 64, 65])
def test_no_bytes_of_an_earlier_batch_are_in_the_padding(n):
    """Buffers are 64-byte aligned and zero up to the next multiple of 64."""
    dirty = decoder(PLAN)
    for size in (1, 16, 64, 300):
        dirty.decode(
            text_of(
                [
                    {
                        "id": "S" * size,
                        "flag": True,
                        "kind": "S" * 30,
                        "view": "S" * size,
                        "large": b64(b"S" * size),
                        "s": {"a": "S" * size, "m": {"S" * 9: ["S" * 5] * 9}},
                        "gzip": packed(b"S" * size),
                        "items": [{"n": -1, "t": "SSSS"}] * 3,
                        "S": "S" * size,
                    }
                ]
                * size
            )
        )
    batch = decode(PLAN, [record(at) for at in range(n)])
    looked = 0
    for column in pa.record_batch(batch).columns:
        for address, size in buffers(column):
            assert address % 64 == 0
            padding = ctypes.string_at(address + size, -size % 64)
            assert padding.strip(b"\0") == b"", (column.type, size, padding)
            looked += 1
    assert looked >= 12


def test_json_of_an_event_is_not_kept():
    """The event may go, or change, once it is decoded."""
    event = bytearray(json.dumps([{"v": "text", "j": [1, 2]}] * 100).encode())
    batch = decode(records(Field("v", utf8()), Field("j", schema.json())), memoryview(event).tobytes())
    run = decoder(records(Field("v", utf8()), Field("j", schema.json())))
    ours = Batch(run.decode(event), None)
    event[:] = b"x" * len(event)
    assert ours.to_pylist() == batch.to_pylist() == [{"v": "text", "j": "[1, 2]"}] * 100
