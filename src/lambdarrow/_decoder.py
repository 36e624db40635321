"""A compiled plan that users hold, and the cache behind the functions that need none held."""

from . import _core
from ._batch import Batch
from ._source import plan_of

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ._source import Source
    from ._types import Event

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
    ``on_mismatch``: what a value that does not fit its type does to a payload: ``"fail"`` it; ``"null"``, the value
    is null; ``"rescue"``, it is null and its own text is in the column ``_rescued``, a map from path to JSON. A
    field may say otherwise for itself; the fields of AWS's own envelopes (``sns.notification``) always fail.
    ``limits``: of ``depth`` (128), ``map_keys`` (1,048,576), ``rows`` (16,777,216) and ``max_inflated``
    (268,435,456 bytes).
    ``lone_surrogates``: ``"error"``, or ``"replace"`` by U+FFFD.

    Raises ``ValueError`` or ``TypeError`` naming the option, or the path of the type, that is wrong.
    """

    __slots__ = ("source", "plan", "_native", "_stops", "_fifo", "_fetching")
    _batch_type = Batch

    def __init__(self, source: "Source", **options: "Any") -> None:
        self.source = source
        self._fifo = "none" if source.group is None or source.partitioned else options.pop("fifo", "group")
        if self._fifo not in ("group", "all", "none"):
            raise ValueError(f"fifo must be group, all or none, not {self._fifo!r}")
        on_error = options.get("on_error", "raise")
        self.plan = plan_of(source, **options)
        # Where Lambda asks about each record, those behind the first failure must be named, and so be read.
        self._stops = on_error == "stop" and not source.ordered
        self._native = _core.Decoder(_core.Plan(self.plan), "collect" if self._stops else on_error)
        self._fetching = None
        if options.get("pointer") is not None:
            from ._claim_check import Fetching, needs_fetching

            if needs_fetching(self.plan):
                self._fetching = Fetching(source, options["pointer"], self.plan.codecs)

    def to_arrow(self, event: "Event") -> "Batch":
        """The rows of one event as a :class:`lambdarrow.Batch`.

        ``event``: bytes, bytearray, memoryview, mmap, str, or the dict a handler receives. Raises
        :class:`lambdarrow.DecodeError` if the event's own JSON is broken, whatever ``on_error``
        says, and for a bad record under ``on_error="raise"``.
        """
        event = event if type(event) is bytes else _as_buffer(event)
        if self._fetching is None:
            return self._batch(self._native.decode(event))
        return self._batch(self._native.decode(event, self._fetching.codecs_of(event)))

    def _batch(self, rows: "_core.Rows") -> "Batch":
        if not rows.failures or not (self._stops or self._fifo != "none"):
            return self._batch_type(rows, self.source, fifo=self._fifo)
        from ._hold_back import hold_back

        return self._batch_type(*hold_back(rows, self.source, self._stops, self._fifo), self._fifo)

    def feed(self, event: "Event") -> int:
        """Appends an event to the batch that is being gathered; returns how many rows it has so far.

        An event that raises leaves nothing in it.
        """
        event = event if type(event) is bytes else _as_buffer(event)
        return self._native.feed(event, None if self._fetching is None else self._fetching.codecs_of(event))

    def finish(self) -> "Batch | None":
        """The rows of all events fed since the last ``finish`` as one batch; None if there was none."""
        rows = self._native.finish()
        return None if rows is None else self._batch(rows)

    def mixes(self, event: bytes) -> bool:
        """Whether an event cannot be fed into the batch that is being gathered, which has to be finished first."""
        return False

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


def front(make: "Callable[..., Decoder]") -> "Any":
    """The function for those who hold no decoder. It makes each at most once: a plan is worth more than a batch."""
    decoders: dict[object, tuple[Decoder, Any]] = {}
    default: list[Decoder] = []

    def to_arrow(event: "Event", **options: "Any") -> "Batch":
        if not options:
            if not default:
                default.append(make())
            return default[0].to_arrow(event)
        key = tuple([(name, _key(options[name])) for name in sorted(options)])
        found = decoders.get(key)
        if found is None:
            made = make(**options)
            if len(decoders) >= _CACHE_SIZE:
                decoders.clear()
            # The options too: what counts by identity must stay alive.
            found = decoders.setdefault(key, (made, options))
        return found[0].to_arrow(event)

    to_arrow.__doc__ = """The rows of one event as a :class:`lambdarrow.Batch`.

    ``event``: bytes, bytearray, memoryview, mmap, str, or the dict a handler receives. The options
    are those of ``Decoder``, which is compiled once for each set of them. Raises
    :class:`lambdarrow.DecodeError`.
    """
    return to_arrow
