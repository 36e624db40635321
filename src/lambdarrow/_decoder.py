"""A compiled plan that users hold, and the cache behind the functions that need none held."""

from . import _core
from ._batch import Batch
from ._source import plan_of

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar, Unpack

    from ._source import Source
    from ._types import Event, Options

    D = TypeVar("D", bound="Decoder")

_CACHE_SIZE = 64


def _as_buffer(event: "Event") -> "Any":
    from ._event import as_buffer

    return as_buffer(event)


class Decoder:
    """Decodes the events of one source by one compiled plan. Safe to share between threads.

    ``payload``: what the records carry: a ``msgspec.Struct`` class, any Arrow schema (an object with
    ``__arrow_c_schema__``), or words such as ``{"id": "int64", "geo": {"lat": "float64"}}``,
    ``"json"``, ``"utf8"`` (the bytes as text). None leaves them as bytes.
    ``columns``: the columns to build, dotted into the payload (``"data.price"``); what is not asked
    for is skipped. ``flatten``: the payload's fields become columns of the batch.
    ``on_error``: ``"raise"``; ``"collect"`` (a failed record leaves no row and is listed in
    ``batch.failures``); ``"stop"`` (the rows end before the first failed record, which is where
    Lambda will start again: right for streams); ``"null"`` (a failed record's row is all null, with
    its text in ``_corrupt_record``).
    ``dialect``: ``"arrow"``; ``"plain"`` (no dictionaries); ``"spark"`` (Spark's types).
    ``string_type``: ``"utf8"``, or ``"string_view"``, for which some of pyarrow's kernels are missing.
    ``limits``: of ``depth`` (128), ``map_keys`` (1,048,576) and ``max_inflated`` (268,435,456 bytes).
    ``lone_surrogates``: ``"error"``, or ``"replace"`` by U+FFFD.

    Raises ``ValueError`` or ``TypeError`` naming the option, or the path of the type, that is wrong.
    """

    __slots__ = ("source", "plan", "_native")

    def __init__(self, source: "Source", **options: "Unpack[Options]") -> None:
        self.source = source
        self.plan = plan_of(source, **options)
        self._native = _core.Decoder(_core.Plan(self.plan), options.get("on_error", "raise"))

    def to_arrow(self, event: "Event") -> "Batch":
        """The rows of one event as a :class:`lambdarrow.Batch`.

        ``event``: bytes, bytearray, memoryview, mmap, str, or the dict a handler receives. Raises
        :class:`lambdarrow.DecodeError` if the event's own JSON is broken, whatever ``on_error``
        says, and for a bad record under ``on_error="raise"``.
        """
        return Batch(self._native.decode(event if type(event) is bytes else _as_buffer(event)), self.source)

    def feed(self, event: "Event") -> int:
        """Appends an event to the batch that is being gathered; returns how many rows it has so far.

        An event that raises leaves nothing in it.
        """
        return self._native.feed(event if type(event) is bytes else _as_buffer(event))

    def finish(self) -> "Batch | None":
        """The rows of all events fed since the last ``finish`` as one batch; None if there was none."""
        rows = self._native.finish()
        return None if rows is None else Batch(rows, self.source)

    def explain(self) -> str:
        """The compiled plan as text."""
        from ._explain import explain

        return explain(self.plan)

    def __arrow_c_schema__(self) -> object:
        """The schema of this decoder's batches (Arrow PyCapsule interface)."""
        return _core.export_schema(self._native.plan)

    def __repr__(self) -> str:
        return f"<lambdarrow.{self.source.name}.Decoder, {self.plan.visible} columns>"


def _key(value: object) -> object:
    """What makes two calls alike. A dict may be changed by its owner, so it counts by its content;
    anything else that cannot be hashed counts by identity, and the cache keeps it alive."""
    if isinstance(value, (dict, list)):
        return repr(value)
    try:
        hash(value)
        return value
    except TypeError:
        return id(value)


def cached(cache: "dict[object, tuple[D, Options]]", make: "Callable[..., D]", options: "Options") -> "D":
    """The decoder that ``make(**options)`` makes, at most once: a plan is worth more than a batch."""
    key = tuple([(name, _key(options[name])) for name in sorted(options)])
    found = cache.get(key)
    if found is None:
        made = make(**options)
        if len(cache) >= _CACHE_SIZE:
            cache.clear()
        found = cache.setdefault(key, (made, options))
    return found[0]
