"""The base classes of all Structs of events."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from msgspec import Raw, Struct, structs, to_builtins

__all__ = ["Event", "Records"]

Item = TypeVar("Item")


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The base of all Structs of this package, events and their parts alike."""

    def to_dict(self) -> dict[str, Any]:
        """The JSON that it is, as dicts and lists: what a handler returns."""
        made: dict[str, Any] = to_builtins(self)
        return made

    if not TYPE_CHECKING:
        def __reduce__(self):
            # A class that was made for SQSEvent[Order] is found in no module: it is made again from what it was
            # made of.
            made_of = getattr(type(self), "__made_of__", None) or (_itself, (type(self),))
            # An absent Raw must stay the very default that it is: an equal one is written down, as nothing.
            fields = {name: value for name, value in structs.asdict(self).items()
                      if not isinstance(value, Raw) or bytes(value)}
            return _rebuilt, (*made_of, fields)


def _itself(struct: Any) -> Any:
    return struct


def _rebuilt(make: Any, arguments: tuple[Any, ...], fields: dict[str, Any]) -> Event:
    made: Event = make(*arguments)(**fields)
    return made


class Records(Event, Generic[Item], frozen=True, kw_only=True, omit_defaults=True):
    """The base of events that carry a list of records: iterating them, and their length, are those of the list."""

    if TYPE_CHECKING:
        @property
        def records(self) -> list[Item]: ...

    def __iter__(self) -> Iterator[Item]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)
