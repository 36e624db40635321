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
# What everybody runs draws the same ones each time, so that a change is judged by itself and not by luck; "ci" and
# "thorough" go looking.
PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
settings.register_profile("few", max_examples=12, derandomize=True, **PATIENT)   # where drawing is ten times as slow
settings.register_profile("fast", max_examples=60, derandomize=True, **PATIENT)
settings.register_profile("ci", max_examples=300, print_blob=True, **PATIENT)
settings.register_profile("thorough", max_examples=5_000, print_blob=True, **PATIENT)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))


# --- sources ----------------------------------------------------------------------------------------


class Source(NamedTuple):
    """What a test that holds for every source asks of one.

    ``make``, ``events``, ``documented`` and ``oracle`` are named as `module:attribute`, so that runs without pyarrow
    need not import them. ``identifier``, ``payload``, ``text`` (any utf8 column) and ``constant`` (a column of texts
    that repeat, where there is one) are columns, each with the keys that lead from a record to it. ``carries``: what a
    payload is on the wire, ``"bytes"`` of any kind in a string, or an ``"item"`` of DynamoDB, whose type stands in the
    option ``image`` and is plain JSON unless a test says otherwise (what is inferred depends on the batch, and is
    tested by itself). ``cases``: what draws payloads by a schema. ``records``: the key of the list. ``wrap``,
    ``unwrap``: from the JSON text that the list stands in to the event and back, where that is another; ``path`` then
    leads to it.
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
    constant: str = "aws_region"
    constant_path: tuple = ("awsRegion",)
    records: str = "Records"
    wrap: str | None = None
    unwrap: str | None = None
    path: str = "$"
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
        """The options under the names that this source has for them; what is no payload is a failure in all of them."""
        payload = options.get("payload")
        rest = {name: value for name, value in options.items() if name != "payload"}
        if self.carries == "item":
            return rest | {"image": "json" if payload is None else payload}
        if self.payload == "message" and "payload" in options:
            return {"message": payload, "on_miss": "fail"} | rest
        return options

    # Events.

    @property
    def is_layered(self):
        """Whether the records stand in another text than the event."""
        return self.wrap is not None

    def record(self, payload=b"hello", number=0, **at):
        """A record that carries these bytes; ``at``: what it has as its ``identifier``, ``text`` or ``constant``."""
        whole = self._named(self.make)(payload, number)
        for name, value in at.items():
            events.changed(whole, getattr(self, f"{name}_path"), value)
        return whole

    def event(self, records, **top):
        """The event of these records; ``top``: what the event has beside them."""
        if self.is_layered:
            return self._named(self.wrap)(events.written({self.records: list(records)}), **top)
        return events.written({self.records: list(records)} | top)

    def event_of(self, *payloads, **top):
        """One record for each payload (bytes, or a value that json writes)."""
        texts = [load if isinstance(load, bytes) else json.dumps(load).encode() for load in payloads]
        return self.event([self.record(text, number) for number, text in enumerate(texts)], **top)

    def text_event(self, text):
        """The event whose records stand in this JSON text (bytes or str), which calls their list ``Records``; the text
        need not be JSON."""
        text = text.encode() if isinstance(text, str) else text
        text = text.replace(b'"Records"', f'"{self.records}"'.encode())
        text = text.replace(b'"\\u0052ecords"', f'"\\u{ord(self.records[0]):04x}{self.records[1:]}"'.encode())
        return self._named(self.wrap)(text) if self.is_layered else text

    def body(self, event):
        """The JSON text that the records stand in."""
        return self._named(self.unwrap)(event) if self.is_layered else event

    def with_text(self, path, text, payload=b"hello"):
        """An event of one record whose value at `path` is that JSON text."""
        whole = events.changed(self.record(payload), path, "@@HERE@@")
        body = events.written({self.records: [whole]}).replace(b'"@@HERE@@"', text)
        return self._named(self.wrap)(body) if self.is_layered else body

    def with_record(self, text):
        """An event of one record, which is this JSON text."""
        return self.text_event(b'{"Records":[' + text + b"]}")

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

    # What is said of failures.

    def at(self, event, position):
        """The offsets (in the event, and in a layer) of what stands at that position of the body."""
        if not self.is_layered:
            return position, None
        return event.index(b'"data":"') + len(b'"data":"'), position

    def record_at(self, index):
        """The path of a record."""
        return f"{self.path}.{self.records}[{index}]"

    def payload_at(self, index):
        """How the path of a failure begins that is the payload's."""
        return ".".join([self.record_at(index), *self.payload_path])

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

    def metadata(self, **top):
        """What a batch says of what the event has beside its records."""
        return top | ({"control_messages": 0} if self.name == "logs" else {})

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
        return self.schema.names

    @property
    def schema(self):
        return self._named(self.oracle).schema()

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
    Source(
        name="firehose",
        make="events_firehose:record",
        events="events_firehose:firehose_events",
        documented="examples:FIREHOSE",
        oracle="oracle:FIREHOSE",
        identifier="record_id",
        identifier_path=("recordId",),
        payload="data",
        payload_path=("data",),
        text="sequence_number",
        text_path=("kinesisRecordMetadata", "sequenceNumber"),
        ordered=False,
        constant="shard_id",
        constant_path=("kinesisRecordMetadata", "shardId"),
        records="records",
    ),
    # Its records have nothing that repeats, and no text but their identifier and the message.
    Source(
        name="logs",
        make="events_logs:log_event",
        events="events_logs:logs_events",
        documented="examples:LOGS",
        oracle="oracle:LOGS",
        identifier="id",
        identifier_path=("id",),
        payload="message",
        payload_path=("message",),
        text="id",
        text_path=("id",),
        ordered=False,
        constant="id",
        constant_path=("id",),
        records="logEvents",
        wrap="events_logs:wrapped",
        unwrap="events_logs:unwrapped",
        path="$.awslogs.data \u2192 $ \u2192 $",
    ),
]


FLAT = [source for source in SOURCES if not source.is_layered]


def of(sources):
    """Parametrizes `source` by some of them only."""
    return pytest.mark.parametrize("source", sources, ids=[source.name for source in sources])


@pytest.fixture(scope="session", params=SOURCES, ids=[source.name for source in SOURCES])
def source(request):
    return request.param


@pytest.fixture(scope="session", params=[source for source in SOURCES if source.is_layered], ids=lambda one: one.name)
def layered(request):
    """Sources whose records stand in compressed text."""
    return request.param


CARRIERS = [source for source in SOURCES if source.carries == "bytes"]


@pytest.fixture(scope="session", params=CARRIERS, ids=[source.name for source in CARRIERS])
def carrier(request):
    """A source whose payloads are bytes: what is tested of them is how they are read."""
    return request.param


def by_source(names, table, name=None, sources=SOURCES):
    """Parametrizes `source` and these names by a table that holds cases for every source: a dict of them by their ids,
    or a list, and `name` makes an id of what a case begins with.
    """
    rows, ids = [], []
    for source in sources:
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


def assert_outcome(source, event, dialect="arrow", **options):
    """The oracle's table, or its error: of a record, or of what stands around the records."""
    import oracle

    try:
        expected = source.expected(event, **options)
    except oracle.Refused as refused:
        with pytest.raises(lambdarrow.DecodeError) as caught:
            source.to_arrow(event, **options, dialect=dialect)
        assert (caught.value.index, caught.value.path) == (refused.flaw.index, refused.flaw.path)
    else:
        assert_expected(source.to_arrow(event, **options, dialect=dialect), expected)


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
