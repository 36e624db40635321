"""Events of any source: which one it is, the event says."""

from ._detect import UnknownSource, detect, with_columns

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Any, TypeVar, overload

    from ._batch import Batch
    from ._types import Event

    T = TypeVar("T")

    @overload
    def decode(event: Event, type: None = None, *, strict: bool = False) -> Any: ...
    @overload
    def decode(event: Event, type: type[T], *, strict: bool = False) -> T: ...


def to_arrow(event: "Event", **options: "Any") -> "Batch":
    """The rows of an event of whatever source, as that source's own ``to_arrow`` has them, whose ``options`` it takes.
    An event that carries no batch is one row.

    Raises :class:`UnknownSource` for what is no event of ours, and :class:`lambdarrow.DecodeError`.
    """
    if type(event) is not bytes:
        from ._event import as_buffer

        event = as_buffer(event)    # a dict is written down once
    batch: Batch = __import__(f"lambdarrow.{with_columns(event)}", fromlist=("",)).to_arrow(event, **options)
    return batch


def decode(event: "Event", type: "Any" = None, *, strict: bool = False) -> "Any":  # type: ignore[misc]
    """An event as a msgspec Struct, of the class that the event says, or of ``type``: one of ``lambdarrow.events``,
    with the type of its payload or without (``SQSEvent[Order]``).

    ``strict``: keys that the classes do not know are errors, not ignored. Raises :class:`UnknownSource` for what is no
    event of ours; :class:`lambdarrow.DecodeError`, with the path, for what is not of the type. A payload is made when
    it is first looked at, and raises then.
    """
    from .events._decode import decode

    return decode(event, type, strict)


__all__ = ["UnknownSource", "decode", "detect", "to_arrow"]
