"""The decoded rows, what failed, and the answer that Lambda gets."""

from . import _core

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    import pandas
    import pyarrow

    from ._column import Column
    from ._errors import Failure
    from ._source import Source
    from ._types import Response

# Column is imported where it is used: a handler that hands its batch on never needs it.


class Schema:
    """A batch's schema: ``names``, ``types`` (in Arrow's words), and the Arrow PyCapsule interface."""

    __slots__ = ("_rows", "names", "types")

    def __init__(self, rows: "_core.Rows") -> None:
        from ._column import column_type

        plan = rows.source
        self._rows = rows
        columns = [plan.columns[index] for index in plan.output[:plan.visible]]
        self.names = [column.name for column in columns]
        self.types = [column_type(plan, index) for index in plan.output[:plan.visible]]

    def __arrow_c_schema__(self) -> object:
        return self._rows.schema_capsule()

    def __len__(self) -> int:
        return len(self.names)

    def __eq__(self, other: object) -> bool:
        return (self.names, self.types) == (other.names, other.types) if isinstance(other, Schema) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "\n".join(f"{name}: {type}" for name, type in zip(self.names, self.types, strict=True))


def _path(plan, choices, name):
    """The columns that lead to a dotted name, outermost first; None if there is none such. A name may
    hold dots itself: the whole of it is tried first."""
    for index in choices:
        if plan.columns[index].name == name:
            return (index,)
    for index in choices:
        column = plan.columns[index]
        if column.kind in ("STRUCT", "GROUP") and name.startswith(column.name + "."):
            below = _path(plan, column.children, name[len(column.name) + 1:])
            if below is not None:
                return (index, *below)
    return None


class Batch:
    """The rows of one event (or of several that were fed), in columns.

    Any Arrow consumer takes it without a copy: ``pyarrow.table(batch)``, ``polars.DataFrame(batch)``,
    ``duckdb.sql("from batch")``. Without one, ``batch["data.price"]`` is a :class:`Column`.
    ``failures``: a tuple of the records that could not be decoded. ``held_back``: a tuple of those that were
    left out because they must wait for one that failed (FIFO queues).
    """

    __slots__ = ("_rows", "_source", "_failures", "_failed", "_fifo", "_whole", "held_back")

    held_back: "tuple[Failure, ...]"

    def __init__(self, rows: "_core.Rows", source: "Source", held_back: "tuple[Failure, ...]" = (),
                 fifo: str = "none") -> None:
        self._rows = rows
        self._source = source
        self._failures = None if rows.failures else ()
        self._failed = None
        self._fifo = fifo
        self._whole = None
        self.held_back = held_back

    # Arrow

    def __arrow_c_schema__(self) -> object:
        return self._rows.schema_capsule()

    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]:
        """One struct array. A requested schema is answered with our own, as the protocol allows."""
        return self._rows.array_capsules()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """A stream of one batch; may be asked for any number of times."""
        return _core.stream_capsule([self._rows])

    def to_pyarrow(self) -> "pyarrow.RecordBatch":
        """The batch as a ``pyarrow.RecordBatch``, sharing its memory."""
        try:
            import pyarrow
        except ModuleNotFoundError as error:
            message = "pyarrow is not installed: pip install 'lambdarrow[arrow]'"
            raise ModuleNotFoundError(message, name=error.name) from None
        return pyarrow.record_batch(self)

    def to_pandas(self, **options: "Any") -> "pandas.DataFrame":
        """The batch as a ``pandas.DataFrame``, by way of pyarrow."""
        return self.to_pyarrow().to_pandas(**options)

    # Columns and rows

    @property
    def schema(self) -> "Schema":
        return Schema(self._rows)

    @property
    def num_rows(self) -> int:
        return self._rows.num_rows

    def __len__(self) -> int:
        return self._rows.num_rows

    @property
    def num_columns(self) -> int:
        return self._rows.source.visible

    @property
    def column_names(self) -> list[str]:
        plan = self._rows.source
        return [plan.columns[index].name for index in plan.output[:plan.visible]]

    def __getitem__(self, name: str) -> "Column":
        """The column ``name``; dots lead into structs. Raises KeyError."""
        from ._column import Column

        if not isinstance(name, str):
            raise TypeError(f"a batch is indexed by column names, not {type(name).__name__}; rows are in to_pylist()")
        plan = self._rows.source
        path = _path(plan, plan.output[:plan.visible], name)
        if path is None:
            raise KeyError(f"no column {name!r}; there are {', '.join(self.column_names)}")
        return Column(self._rows, path)

    @property
    def record_index(self) -> "Column":
        """Per row, the position of its record in its event; int32."""
        from ._column import Column

        return Column(self._rows, (self._rows.source.record_column,))

    def to_pylist(self) -> "list[dict[str, Any]]":
        """The rows as dicts."""
        names = self.column_names
        columns = [self[name].to_pylist() for name in names]
        if not columns:
            return []
        return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]

    def __iter__(self) -> "Iterator[dict[str, Any]]":
        return iter(self.to_pylist())

    def __repr__(self) -> str:
        from ._repr import batch_text

        return batch_text(self)

    # Several shapes, and values that did not fit

    def split(self) -> "dict[str, Batch]":
        """A batch for each case of ``payload=lambdarrow.by(...)``, with the columns of the envelope and, in the
        payload's place, that case's alone. Null payloads are in ``"other"``; a change of DynamoDB whose images are of
        two cases is in both. What a part's :meth:`fail` is told,
        the whole batch's :meth:`response` answers. Raises ``ValueError`` where there are no cases.
        """
        from ._split import split

        parts = {}
        for name, rows in split(self).items():
            part = parts[name] = type(self)(rows, self._source, fifo=self._fifo)
            part._failures = ()
            part._whole = self if self._whole is None else self._whole
        return parts

    @property
    def shapes(self) -> dict[str, int]:
        """How many payloads took each case of ``by(...)``, or of a source that has several (``s3.notification``)."""
        found: dict[str, int] = {}
        for (_, _, cases), counts in zip(self._rows.source.cases, self._rows.cases, strict=True):
            for (name, columns), count in zip(cases, counts, strict=True):
                if count or columns:
                    found[name] = found.get(name, 0) + count
        return found

    @property
    def rescued(self) -> dict[str, int]:
        """How many values did not fit, by path (``$.items[].price``), under ``on_mismatch="rescue"``. The values
        themselves, as JSON text, are in the column ``_rescued``.
        """
        from ._column import Column

        column = self._rows.source.rescue_column
        found: dict[str, int] = {}
        if column < 0:
            return found
        from ._hold_back import events_of
        from ._lower import general_path

        rows = zip(events_of(self._rows), self.record_index, Column(self._rows, (column,)).to_pylist(), strict=True)
        # Beside rows that lie deeper the map is repeated.
        repeats = self._rows.source.columns[column].domain != self._rows.source.levels[-1]
        before = None
        for row in rows:
            for path in () if repeats and row == before else row[2] or ():
                general = general_path(path)
                found[general] = found.get(general, 0) + 1
            before = row
        return found

    # What surrounds the records

    @property
    def metadata(self) -> "dict[str, Any] | list[dict[str, Any]]":
        """The event's keys beside its records, parsed: ``window``, ``state``, ``shardId`` and the like.

        A batch of several events has a list of such dicts, one an event.
        """
        import json

        from ._column import Column

        column = self._rows.source.metadata_column
        if column < 0:
            return {}
        # An event in which nothing was looked at has none.
        found = [{} if text is None else json.loads(text) for text in Column(self._rows, (column,)).to_pylist()]
        return found[0] if len(found) == 1 else found

    # Failures and the answer

    @property
    def failures(self) -> "tuple[Failure, ...]":
        """The records that could not be decoded, in order: a tuple of :class:`lambdarrow.Failure`."""
        if self._failures is None:
            from ._errors import Failure

            self._failures = tuple([Failure(*parts[:10]) for parts in self._rows.failures])
        return self._failures

    @property
    def handler_failures(self) -> "tuple[Failure, ...]":
        """What :meth:`fail` was told: a tuple of :class:`lambdarrow.Failure`, one a record."""
        return tuple(self._failed.values()) if self._failed else ()

    def fail(self, rows: "int | Iterable[int] | Iterable[bool]", reason: object) -> None:
        """Reports rows that the handler could not process, so that :meth:`response` names their records.

        ``rows``: a row number, an iterable of row numbers, or a mask (as long as the batch, of bools).
        """
        from ._response import fail

        fail(self, rows, reason)

    def response(self, *, decode_failures: bool = True, state: "Any" = None) -> "Response":
        """What the handler returns to Lambda: ``{"batchItemFailures": [...]}``.

        Names the records that could not be decoded (unless ``decode_failures`` is False: then they are the
        caller's to send away, and the batch is of ``on_error="collect"``) and those that :meth:`fail` was
        told of. ``state``: what a tumbling window hands to its next invocation. A failed record whose
        identifier cannot be read makes Lambda retry the whole batch. For streams Lambda starts again at the
        first record named, so ``on_error="stop"`` is what keeps later rows from being delivered twice. Of a
        FIFO queue what was held back is named too, and what must wait for a message that the handler failed.
        Raises ``ValueError`` for a batch of several events, for one part of a batch that was split, and where
        without its decode failures rows of a stream would be lost that ``on_error="stop"`` has left out.
        """
        from ._response import response

        return response(self, decode_failures, state)


class Batches:
    """Several batches of one decoder, one after the other; see :func:`lambdarrow.concat`."""

    __slots__ = ("batches",)

    def __init__(self, batches: "Iterable[Batch]") -> None:
        self.batches = tuple(batches)

    def __arrow_c_schema__(self) -> object:
        return self.batches[0].__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return _core.stream_capsule([batch._rows for batch in self.batches])

    @property
    def num_rows(self) -> int:
        return sum(batch.num_rows for batch in self.batches)

    def __len__(self) -> int:
        return self.num_rows

    def __iter__(self) -> "Iterator[Batch]":
        return iter(self.batches)

    def to_pylist(self) -> "list[dict[str, Any]]":
        return [row for batch in self.batches for row in batch.to_pylist()]


def concat(batches: "Iterable[Batch]") -> "Batches":
    """Batches of one decoder as one Arrow stream, nothing copied: ``pyarrow.table(lambdarrow.concat(b))``.

    Raises ``ValueError`` for no batch at all, or for batches of different decoders.
    """
    made = Batches(batches)
    if not made.batches:
        raise ValueError("concat needs at least one batch")
    made.__arrow_c_stream__()
    return made
