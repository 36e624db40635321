"""What tests share: hypothesis profiles, the table of sources, `check` for outputs, `guarded` for inputs."""

import base64
import ctypes
import importlib
import io
import json
import mmap
import os
from typing import NamedTuple

import events
import pytest
from hypothesis import HealthCheck, settings

import lambdarrow
from lambdarrow import _core

# Examples are slow to draw beside the decoder, and a loaded machine is slower still: budgets count examples.
PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
settings.register_profile("fast", max_examples=60, **PATIENT)
settings.register_profile("ci", max_examples=300, print_blob=True, **PATIENT)
settings.register_profile("thorough", max_examples=5_000, print_blob=True, **PATIENT)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))


# --- sources ----------------------------------------------------------------------------------------


class Source(NamedTuple):
    """What a test that holds for every source asks of one.

    ``make``, ``events``, ``documented`` and ``oracle`` are named as `module:attribute`, so that runs without pyarrow
    need not import them. ``identifier``, ``payload`` and ``text`` (any utf8 column) are columns, each with the keys
    that lead from a record to it. ``carries``: what a payload is on the wire, ``"bytes"`` of any kind in a string, or
    an ``"item"`` of DynamoDB, whose type stands in the option ``image`` and is plain JSON unless a test says otherwise
    (what is inferred depends on the batch, and is tested by itself). ``cases``: what draws payloads by a schema.
    """

    name: str
    make: str
    events: str
    documented: str
    oracle: str
    identifier: str
    identifier_path: tuple
    payload: str
    payload_path: tuple
    text: str
    text_path: tuple
    ordered: bool
    carries: str = "bytes"
    cases: str = ""

    def _named(self, where):
        module, _, name = where.partition(":")
        return getattr(importlib.import_module(module), name)

    # The public module.

    @property
    def public(self):
        return importlib.import_module(f"lambdarrow.{self.name}")

    def to_arrow(self, event, **options):
        return self.public.to_arrow(event, **self.named(options))

    def decoder(self, **options):
        return self.public.Decoder(**self.named(options))

    def named(self, options):
        """The options under the names that this source has for them."""
        if self.carries == "bytes":
            return options
        image = options.get("payload")
        return {name: value for name, value in options.items() if name != "payload"} | {
            "image": "json" if image is None else image}

    # Events.

    def record(self, payload=b"hello", number=0, **at):
        """A record that carries these bytes; ``at``: what it has as its ``identifier`` or ``text``."""
        whole = self._named(self.make)(payload, number)
        for name, value in at.items():
            events.changed(whole, getattr(self, f"{name}_path"), value)
        return whole

    def event_of(self, *payloads, **top):
        """One record for each payload (bytes, or a value that json writes)."""
        return events.event_of(*payloads, make=self.record, **top)

    def with_text(self, path, text, payload=b"hello"):
        """An event of one record whose value at `path` is that JSON text."""
        return events.with_text(path, text, self.record(payload))

    def with_field(self, text, tag="S"):
        """An event of one record whose payload has that JSON text as its field v."""
        if self.carries == "bytes":
            return self.event_of(b'{"v":' + text + b"}")
        return self.with_text(self.payload_path, b'{"v":{"%s":%s}}' % (tag.encode(), text))

    def identifier_of(self, number):
        """What Lambda knows the record by."""
        value = self.record(number=number)
        for key in self.identifier_path:
            value = value[key]
        return value

    def payload_at(self, index):
        """How the path of a failure begins that is the payload's."""
        return ".".join([f"$.Records[{index}]", *self.payload_path])

    def path_in(self, index, path):
        """The path of a failure in a payload, from that of the place in it."""
        return f"{self.payload_at(index)} → {path}" if self.carries == "bytes" else self.payload_at(index) + path[1:]

    def bytes_in(self, batch):
        """The bytes that the records carry, of a batch whose payloads have no type."""
        values = batch[self.payload].to_pylist()   # of ours, or of pyarrow's
        if self.carries == "item":
            return [base64.b64decode(json.loads(text)["data"]) for text in values]
        return [value.encode() if isinstance(value, str) else value for value in values]

    def answer(self, *numbers):
        """What tells Lambda that these have failed."""
        return {"batchItemFailures": [{"itemIdentifier": self.identifier_of(number)} for number in numbers]}

    @property
    def documented_event(self):
        """An event of AWS's documentation."""
        return self._named(self.documented)

    def drawn_events(self):
        return self._named(self.events)()

    def drawn_payload_cases(self):
        return self._named(self.cases)() if self.cases else events.payload_cases(self._named(self.events))

    # The oracle.

    @property
    def columns(self):
        """The names of the columns by default, in order."""
        return list(self._named(self.oracle).columns)

    def expected(self, event, **options):
        return self._named(self.oracle).decode(event, **options)


SOURCES = [
    Source(
        name="kinesis",
        make="events:record",
        events="events:kinesis_events",
        documented="examples:KINESIS",
        oracle="oracle:KINESIS",
        identifier="sequence_number",
        identifier_path=("kinesis", "sequenceNumber"),
        payload="data",
        payload_path=("kinesis", "data"),
        text="partition_key",
        text_path=("kinesis", "partitionKey"),
        ordered=True,
    ),
    Source(
        name="sqs",
        make="events:sqs_message",
        events="events_sqs:sqs_events",
        documented="examples:SQS",
        oracle="oracle:SQS",
        identifier="message_id",
        identifier_path=("messageId",),
        payload="body",
        payload_path=("body",),
        text="receipt_handle",
        text_path=("receiptHandle",),
        ordered=False,
    ),
    Source(
        name="dynamodb",
        make="events_dynamodb:change",
        events="events_dynamodb:dynamodb_events",
        documented="examples:DYNAMODB",
        oracle="oracle:DYNAMODB",
        identifier="sequence_number",
        identifier_path=("dynamodb", "SequenceNumber"),
        payload="new_image",
        payload_path=("dynamodb", "NewImage"),
        text="event_id",
        text_path=("eventID",),
        ordered=True,
        carries="item",
        cases="events_dynamodb:image_cases",
    ),
]


@pytest.fixture(scope="session", params=SOURCES, ids=[source.name for source in SOURCES])
def source(request):
    return request.param


CARRIERS = [source for source in SOURCES if source.carries == "bytes"]


@pytest.fixture(scope="session", params=CARRIERS, ids=[source.name for source in CARRIERS])
def carrier(request):
    """A source whose payloads are bytes: what is tested of them is how they are read."""
    return request.param


def by_source(names, table, name=None):
    """Parametrizes `source` and these names by a table that holds cases for every source: a dict of them by their ids,
    or a list, and `name` makes an id of what a case begins with.
    """
    rows, ids = [], []
    for source in SOURCES:
        cases = table[source.name]
        for id, case in cases.items() if name is None else [(ascii(name(*case)), case) for case in cases]:
            rows.append((source, *(case if isinstance(case, tuple) else (case,))))
            ids.append(f"{source.name}-{id}")
    if not rows:
        raise AssertionError("a table without cases proves nothing")
    return pytest.mark.parametrize(["source", *names.split()], rows, ids=ids)


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


def assert_expected(batch, expected, validated=checked):
    """The batch is what an oracle has decoded: the rows, what failed, what waits, and the answer to Lambda."""
    import oracle

    oracle.assert_same(validated(batch), expected.batch)
    for ours, theirs in ((batch.failures, expected.failures), (batch.held_back, expected.held_back)):
        assert [(failure.index, failure.item_identifier) for failure in ours] == list(theirs)
    assert batch.response() == expected.answer()


CORRUPT = "_corrupt_record"


def raised(source, event, **options):
    """The error that decoding ends with."""
    with pytest.raises(lambdarrow.DecodeError) as caught:
        source.to_arrow(event, **options)
    return caught.value


def facts(error):
    """What an error and a failure have in common."""
    return (error.index, error.offset, error.inner_offset, error.path, error.reason)


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


@pytest.fixture
def own_binary(monkeypatch):
    """Puts a class into the place of boto3's, and makes all makers of objects anew."""
    import boto3.dynamodb.types

    def put(kind):
        monkeypatch.setattr(boto3.dynamodb.types, "Binary", kind)
        _core.object_makers.clear()

    yield put
    _core.object_makers.clear()
