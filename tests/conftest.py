"""What tests share: hypothesis profiles, the table of sources, `check` for outputs, `guarded` for inputs."""

import ctypes
import importlib
import io
import mmap
import os
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, settings

# Examples are slow to draw beside the decoder, and a loaded machine is slower still: budgets count examples.
PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
settings.register_profile("fast", max_examples=60, **PATIENT)
settings.register_profile("ci", max_examples=300, print_blob=True, **PATIENT)
settings.register_profile("thorough", max_examples=5_000, print_blob=True, **PATIENT)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))


# --- sources ----------------------------------------------------------------------------------------


class Source(NamedTuple):
    """What a test that holds for every source asks of one.

    Strategies and oracles are named as `module:attribute`, so that runs without pyarrow need not import them.
    """

    name: str
    module: str
    events: str
    payload_cases: str
    builder: str
    oracle: str
    identifier: str
    ordered: bool

    @property
    def public(self):
        return importlib.import_module(self.module)

    def to_arrow(self, event, **options):
        return self.public.to_arrow(event, **options)

    def _named(self, where):
        module, _, name = where.partition(":")
        return getattr(importlib.import_module(module), name)

    def event_of(self, *payloads, **top):
        """One record a payload, bytes of the event."""
        return self._named(self.builder)(*payloads, **top)

    def drawn_events(self):
        return self._named(self.events)()

    def drawn_payload_cases(self):
        return self._named(self.payload_cases)()

    def expected(self, event, **options):
        return self._named(self.oracle)(event, **options)


SOURCES = [
    Source(
        name="kinesis",
        module="lambdarrow.kinesis",
        events="events:kinesis_events",
        payload_cases="events:payload_cases",
        builder="events:event_of",
        oracle="oracle:decode",
        identifier="sequence_number",
        ordered=True,
    ),
]


@pytest.fixture(scope="session", params=SOURCES, ids=[source.name for source in SOURCES])
def source(request):
    return request.param


# --- outputs ----------------------------------------------------------------------------------------


def checked(batch):
    """The batch as pyarrow's, once pyarrow has validated every byte and Parquet has given it back equal."""
    import oracle
    import pyarrow as pa
    import pyarrow.parquet as pq

    ours = pa.record_batch(batch)
    ours.validate(full=True)
    assert ours.num_rows == batch.num_rows
    assert ours.schema.names == list(batch.schema.names)
    if ours.num_columns == 0:
        raise AssertionError("a batch without columns proves nothing")
    file = io.BytesIO()
    pq.write_table(pa.Table.from_batches([ours]), file)
    read = pq.read_table(io.BytesIO(file.getvalue()))
    # Dictionaries and views come back as Parquet keeps them, timestamps of seconds as milliseconds.
    expected = pa.Table.from_batches([oracle.plain(ours)])
    arrays = [
        oracle.plain(pa.record_batch([column.combine_chunks()], names=["it"])).column(0).cast(field.type)
        for column, field in zip(read.columns, expected.schema, strict=True)
    ]
    assert pa.Table.from_arrays(arrays, schema=expected.schema).equals(expected)
    return ours


@pytest.fixture(scope="session")
def check():
    return checked


# --- inputs -----------------------------------------------------------------------------------------


class Guarded:
    """Memory between two inaccessible pages: a read one byte past an input placed here is a crash.

    One mapping serves all calls; the view of an earlier call is overwritten by the next.
    """

    def __init__(self, room=1 << 21):
        self.page = mmap.PAGESIZE
        self.room = room
        self.map = mmap.mmap(-1, room + 2 * self.page)
        self._anchor = ctypes.c_char.from_buffer(self.map)
        self.base = ctypes.addressof(self._anchor)
        libc = ctypes.CDLL(None, use_errno=True)
        libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        for page in (self.base, self.base + self.page + room):
            if libc.mprotect(page, self.page, 0):
                raise OSError(ctypes.get_errno(), "mprotect")

    def __call__(self, data, alignment=None):
        """A writable memoryview of a copy of `data`, flush against the page after it.

        With an alignment: as near to that page as a start at that address modulo 64 allows; 0 lies flush
        behind the page before it instead.
        """
        last = self.base + self.page + self.room - len(data)
        start = last if alignment is None else last - (last - alignment) % 64
        if alignment == 0:
            start = self.base + self.page
        if start < self.base + self.page:
            raise ValueError(f"{len(data)} bytes do not fit into {self.room}")
        ctypes.memmove(start, bytes(data), len(data))
        input = (ctypes.c_ubyte * len(data)).from_address(start)
        # The view may be all that is left of us; the mapping must outlive it.
        input.guard = self
        return memoryview(input).cast("B")


@pytest.fixture(scope="session")
def guarded():
    return Guarded()
