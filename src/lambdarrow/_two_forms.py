"""Decoders of sources whose events come in two forms, of which each has a plan of its own."""

from . import _decoder

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ._batch import Batch
    from ._source import Source
    from ._types import Event


class Decoder(_decoder.Decoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ("_other_source", "_is_other", "_options", "_other", "_feeding")
    _other_type = _decoder.Decoder

    def __init__(self, source: "Source", other: "Source", is_other: "Callable[[Any], bool]", **options: "Any") -> None:
        """``other``: the source of the events of which ``is_other`` (of an event with a buffer) is true. Both make the
        same columns."""
        super().__init__(source, **options)
        self._other_source = other
        self._is_other = is_other
        self._options = options
        self._other: _decoder.Decoder | None = None    # made when it is first needed
        self._feeding: bool | None = None   # of which form the batch is that is being gathered

    def to_arrow(self, event: "Event") -> "Batch":
        event = event if type(event) is bytes else _decoder._as_buffer(event)
        return self._second().to_arrow(event) if self._is_other(event) else super().to_arrow(event)

    def feed(self, event: "Event") -> int:
        event = event if type(event) is bytes else _decoder._as_buffer(event)
        other = self._is_other(event)
        if self._feeding not in (None, other):
            raise ValueError("events of two forms cannot be fed into one batch: finish() between them")
        rows = self._second().feed(event) if other else super().feed(event)
        self._feeding = other
        return rows

    def mixes(self, event: "Any") -> bool:
        return self._feeding not in (None, self._is_other(event))

    def finish(self) -> "Batch | None":
        other, self._feeding = self._feeding, None
        return self._second().finish() if other else super().finish()

    def _second(self) -> "_decoder.Decoder":
        if self._other is None:
            self._other = self._other_type(self._other_source, **self._options)
        return self._other
