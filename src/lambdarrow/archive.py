"""Archived events to one columnar file: ``lambdarrow convert`` as a function.

An input is a file of one event (printed over as many lines as one likes) or NDJSON, one event a
line; either may be gzipped. Which of these it is, its bytes say, not its name. Files of lines are
streamed, so that an archive may be larger than memory.
"""

import errno
import gzip
import os
import secrets
import sys
import time
import zlib
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial

from ._detect import FILES, SOURCES, UnknownSource, with_columns
from ._errors import DecodeError, Failure

STDIN = "-"
BATCH_ROWS = 65_536
FAILURES_KEPT = 10

_BATCH_BYTES = 64 << 20  # of events; bounds a batch whose rows are large, or of which none is good
_READ_SIZE = 1 << 20
_RAW_SIZE = 64 << 10  # as much of a broken event as the engine keeps of a broken record
_GZIP = b"\x1f\x8b"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class UnreadableInput(OSError):
    """An input that cannot be read on: it may not be opened, or its gzip is broken or cut off."""


@dataclass(frozen=True, slots=True)
class FileFailure:
    """What failed, and where it lies: ``line`` is the one that the event begins on, counted from 1.

    ``failure``: a :class:`lambdarrow.Failure`, its offsets counted from the event's first byte. Its
    ``index`` is None if the event as a whole is lost. Two reasons come from here: ``unknown_source``,
    and ``unreadable`` for a file that cannot be read on.
    """

    file: str
    line: int
    failure: Failure

    def __str__(self):
        item = self.failure.item_identifier
        of = "" if item is None else f", item {item}"
        return f"{self.file}:{self.line}: {self.failure} [{self.failure.reason}]{of}"

    def as_dict(self):
        """As JSON can hold it; ``raw`` in base64, since it may be anything."""
        from base64 import b64encode

        failure = self.failure
        return {
            "file": self.file, "line": self.line, "index": failure.index, "item_identifier": failure.item_identifier,
            "offset": failure.offset, "inner_offset": failure.inner_offset, "path": failure.path,
            "reason": failure.reason, "raw": b64encode(failure.raw).decode("ascii"),
        }


@dataclass(frozen=True, slots=True)
class Summary:
    """What a conversion did. ``bytes``: of the events, inflated. ``seconds``: of reading,
    decoding and writing, pyarrow's own import not counted. ``failures``: how many, of records
    and of whole events; ``first_failures`` are the first ten of them."""

    events: int
    rows: int
    bytes: int
    seconds: float
    failures: int
    first_failures: tuple

    def __str__(self):
        rate = self.bytes / 1e6 / self.seconds if self.seconds else 0
        return (f"{_count(self.events, 'event')}, {_count(self.rows, 'row')}, {self.bytes / 1e6:,.2f} MB "
                f"in {self.seconds:.3f} s ({rate:,.0f} MB/s), {_count(self.failures, 'failure')}")


def _count(number, noun):
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def convert(inputs, output, *, source="auto", payload=None, columns=None, flatten=False, on_error="collect",
            on_mismatch="fail", dialect=None, string_type="utf8", batch_rows=BATCH_ROWS, failures=None):
    """Decodes the events in files and writes their rows to one file; returns a :class:`Summary`.

    ``inputs``: a path or several; ``"-"`` is standard input. ``output``: a path whose ending says
    what to write: ``.parquet`` (zstd), or ``.arrow``, ``.feather`` (Arrow IPC). It appears when it is
    complete, and not at all if this raises. ``source``: ``"auto"`` looks at each event.
    An export of a table (``"dynamodb_export"``, ``"dynamodb_export_incremental"``) has to be named.
    ``payload``, ``columns``, ``flatten``, ``on_mismatch``, ``string_type``: as for a decoder; of DynamoDB ``payload``
    is the type of the items, plain JSON unless it is given. Nobody waits for an answer, so that of a FIFO queue
    nothing is held back.
    ``on_error``: as for a decoder too, but ``"collect"`` unless said otherwise, since one poison
    record must not lose an archive; except under ``"raise"``, a broken event is a failure like any
    other and the rest is converted. ``"stop"`` ends each event's rows at its first failed record.
    ``dialect``: None is ``"arrow"`` in Parquet and ``"plain"`` in Arrow files, which cannot hold the
    dictionaries of ``"arrow"``. ``batch_rows``: about how many rows a batch (a Parquet row group)
    has; an event is never split. ``failures``: a path; all failures are written there as NDJSON.

    Raises ``ModuleNotFoundError`` without pyarrow; ``OSError``; ``ValueError`` or ``TypeError`` for a
    wrong option; :class:`UnknownSource` if no event has a known source, for then the columns are unknown;
    under ``on_error="raise"`` whatever is wrong, with a note that names the file and the line.
    """
    paths = [os.fspath(path) for path in ([inputs] if isinstance(inputs, (str, os.PathLike)) else inputs)]
    output = os.fspath(output)
    require_inputs(paths)
    open_writer, dialect = _format(output, dialect)
    if batch_rows < 1:
        raise ValueError(f"batch_rows must be at least 1, not {batch_rows}")
    if source not in ("auto", *SOURCES, *FILES):
        raise ValueError(f"source must be auto, {', '.join(SOURCES + FILES)}, not {source!r}")
    options = {"payload": payload, "columns": columns, "flatten": flatten, "on_error": on_error,
               "on_mismatch": on_mismatch, "dialect": dialect, "string_type": string_type}
    started = time.perf_counter()
    with ExitStack() as stack:
        file = stack.enter_context(_replacing(output))
        listing = None if failures is None else stack.enter_context(_replacing(os.fspath(failures)))
        conversion = _Conversion(
            lambda schema: stack.enter_context(open_writer(file, schema)), options, batch_rows, listing)
        if source != "auto":
            conversion.begin(source)
        for path, line, event in events_in(paths):
            conversion.add(path, line, event)
        conversion.end(len(paths))
    return conversion.summary(time.perf_counter() - started)


def options_of(source, options):
    """The options of a source's decoder from those that are the same for all. Nobody waits for an answer, so that
    nothing is held back; and a file has one schema, so that no item's type is inferred from a part of it."""
    options = dict(options)
    if source.items:
        image = options.pop("payload")
        options["image"] = "json" if image is None else image
    waits = source.group is not None and not source.partitioned
    return {**options, "fifo": "none"} if waits else options


class _Conversion:
    """The state of one run: a decoder that is being fed, the writer behind it, what is counted."""

    def __init__(self, open_writer, options, batch_rows, listing):
        self.open_writer = open_writer
        self.options = options
        self.batch_rows = batch_rows
        self.listing = listing
        self.detects = False
        self.decoder = self.writer = None
        self.fed = []       # (file, line) of each event in the batch that is being gathered
        self.broken = []    # (how many events were fed before it, FileFailure)
        self.gathered = 0   # bytes of events since the last batch
        self.events = self.rows = self.bytes = self.failures = 0
        self.first_failures = []

    def begin(self, source):
        import pyarrow

        module = __import__(f"lambdarrow.{source}", fromlist=("",))
        self.decoder = module.Decoder(**options_of(module.SOURCE, self.options))
        self.writer = self.open_writer(pyarrow.schema(self.decoder))

    def add(self, file, line, event):
        """Feeds one event; ``event`` is the exception if the file could not be read on."""
        try:
            if isinstance(event, Exception):
                raise event
            self.events += 1
            self.bytes += len(event)
            self.gathered += len(event)
            self.tell_source(event)
            if self.decoder.mixes(event):
                self.flush()
            rows = self.decoder.feed(event)
            self.fed.append((file, line))
        except (DecodeError, UnknownSource, UnreadableInput) as error:
            if self.options["on_error"] == "raise":
                error.add_note(f"in {file}, line {line}")
                raise
            rows = 0
            self.broken.append((len(self.fed), FileFailure(file, line, failure_of(error, event))))
        if rows >= self.batch_rows or self.gathered >= _BATCH_BYTES:
            self.flush()

    def tell_source(self, event):
        """Looks at every event, not at the first alone: under another source's plan an event would
        come out as rows of nulls, and nothing would be seen to fail."""
        if self.decoder is not None and not self.detects:
            return
        source = with_columns(event)
        if self.decoder is None:
            self.begin(source)
            self.detects = True
        elif source != self.decoder.source.name:
            raise UnknownSource(f"an event of {source} among events of {self.decoder.source.name}")

    def flush(self):
        """Writes what is gathered, and lists its failures in the order of the events."""
        import pyarrow

        found = [((fed, 0), failure) for fed, failure in self.broken]
        if self.fed:
            batch = self.decoder.finish()
            if batch.num_rows:
                self.writer.write_batch(pyarrow.record_batch(batch))
            self.rows += batch.num_rows
            found += [((failure.event, 1), FileFailure(*self.fed[failure.event], failure))
                      for failure in batch.failures]
        for _, failure in sorted(found, key=lambda placed: placed[0]):
            self.list(failure)
        self.fed.clear()
        self.broken.clear()
        self.gathered = 0

    def list(self, failure):
        self.failures += 1
        if len(self.first_failures) < FAILURES_KEPT:
            self.first_failures.append(failure)
        if self.listing is not None:
            import json

            self.listing.write(json.dumps(failure.as_dict()).encode() + b"\n")

    def end(self, n_inputs):
        self.flush()
        if self.decoder is None:
            error = UnknownSource(f"no event of a known source in {_count(n_inputs, 'input')}: nothing is written. "
                                  "If the source is known, name it")
            for failure in self.first_failures:
                error.add_note(str(failure))
            raise error

    def summary(self, seconds):
        return Summary(self.events, self.rows, self.bytes, seconds, self.failures, tuple(self.first_failures))


def failure_of(error, event):
    """A whole event's failure as a record's: no index, nothing that Lambda would know it by."""
    raw = b"" if isinstance(event, Exception) else event[:_RAW_SIZE]
    if isinstance(error, DecodeError):
        reason, text, looks, path, index, offset, inner_offset = error._parts
        return Failure(reason, text, looks, path, None, None, offset, inner_offset, raw, None)
    reason = "unknown_source" if isinstance(error, UnknownSource) else "unreadable"
    return Failure(reason, str(error), 0, "$", None, None, 0, None, raw, None)


# Reading


def require_inputs(paths):
    """A name that was mistyped should be known now and not after an hour of converting the others."""
    for path in paths:
        if path != STDIN and not os.path.exists(path):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        if os.path.isdir(path):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)


@contextmanager
def _opened(path):
    """An input as a binary file with ``peek``. Read and not mapped: to truncate a mapped file is to
    kill its reader."""
    with ExitStack() as stack:
        file = sys.stdin.buffer if path == STDIN else stack.enter_context(open(path, "rb", buffering=_READ_SIZE))
        if file.peek(len(_GZIP))[:len(_GZIP)] == _GZIP:
            # Not buffered once more: what a buffer holds is lost when a cut-off member raises.
            file = stack.enter_context(gzip.GzipFile(fileobj=file))
        yield file


def events_in(paths):
    """(path, line, event) of each event in the inputs; the exception in the event's place if one cannot be read on."""
    for path in paths:
        line = 0
        try:
            with _opened(path) as file:
                for line, event in events(file):
                    yield path, line, event
        except (OSError, EOFError, zlib.error) as error:
            yield path, line + 1, UnreadableInput(str(error))


def events(file):
    """(line, event) of each event in a binary file with ``peek``; the line it begins on, from 1.

    The first line that is not blank tells: if it is a whole JSON value, or broken, each line is an
    event; if it is the beginning of one, the file is one event.
    """
    first = True
    for number, line in enumerate(file, 1):
        if number == 1:
            line = line.removeprefix(_BYTE_ORDER_MARK)
        if not line or line.isspace():
            continue
        if first and file.peek(1) and _goes_on(line):
            yield number, line + file.read()
            return
        first = False
        # Without the line's end, a cut-off event is one that ends too early, and not a string with a line feed.
        yield number, line.rstrip(b"\r\n")


def _goes_on(line):
    """Whether this is the first line of a JSON value that has more of them."""
    if line.lstrip()[:1] not in (b"{", b"["):
        return False
    # A string cannot cross a line's end: a line that stops inside one is a cut-off event.
    if line.replace(rb"\\", b"").replace(rb"\"", b"").count(b'"') % 2:
        return False
    import msgspec

    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except msgspec.DecodeError:
        return True
    except RecursionError:
        pass
    return False


# Writing


def _format(output, dialect):
    """What opens a writer for this name, and the dialect to decode to."""
    try:
        import pyarrow.parquet
    except ModuleNotFoundError as error:
        message = "writing files takes pyarrow: pip install 'lambdarrow[cli]'"
        raise ModuleNotFoundError(message, name=error.name) from None
    ending = os.path.splitext(output)[1].lower()
    if ending == ".parquet":
        return partial(pyarrow.parquet.ParquetWriter, compression="zstd"), dialect or "arrow"
    if ending in (".arrow", ".feather"):
        if dialect == "arrow":
            raise ValueError(
                f'dialect "arrow" cannot be written to {ending}: an Arrow file holds one dictionary a column, and ours '
                'differ from batch to batch. Write .parquet, or choose "plain" or "spark"')
        return pyarrow.ipc.new_file, dialect or "plain"
    raise ValueError(f"{output}: the output's name must end in .parquet, .arrow or .feather")


@contextmanager
def _replacing(path):
    """A file beside ``path``, open for writing; becomes ``path`` at the end, and is gone if anything raised."""
    part = f"{path}.{secrets.token_hex(4)}.part"
    try:
        with open(part, "xb") as file:
            yield file
        os.replace(part, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(part)
        raise
