"""Events of EventBridge as Structs
(https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html), those that a schedule makes too
(https://docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html).
"""

from datetime import datetime
from typing import Any, Generic, TypeVar

from msgspec import field

from .. import _core
from .._event import as_buffer
from ._base import Event, iso, json_of
from ._base import decode as as_struct

__all__ = ["EventBridgeEvent", "ScheduledEvent", "decode"]

Detail = TypeVar("Detail")


class _Envelope(Event, frozen=True, kw_only=True, omit_defaults=True, rename="kebab"):
    """What every event has around its detail."""

    version: str | None = None
    """``0``; absent in some samples of scheduled events."""
    id: str
    """Of the event; the same in all that it is delivered to."""
    detail_type: str
    """What ``detail`` is, together with ``source``."""
    source: str
    """Who made the event; ``aws.`` and a name where it was AWS."""
    account: str
    """Twelve digits."""
    time_raw: str = field(name="time")
    region: str
    resources: list[str]
    """ARNs of what the event is about; may be empty."""
    replay_name: str | None = None
    """Only where the event was replayed from an archive."""

    @property
    def time(self) -> datetime:
        """When it happened, by the word of whoever made it; to the second."""
        return iso(self.time_raw, "$.time")


class EventBridgeEvent(_Envelope, Generic[Detail], frozen=True, kw_only=True, omit_defaults=True):
    """An event. ``detail`` is what JSON makes of it, or of the type in ``EventBridgeEvent[...]``: events that are not
    of it are refused when they are decoded.
    """

    detail: Detail


def decode(event: Any, details: dict[str, Any], other: Any = Any, *, strict: bool = False) -> EventBridgeEvent[Any]:
    """An event whose ``detail`` is of the type that ``details`` has for its ``detail-type``, else of ``other``:
    ``decode(event, {"Order Placed": Order, "Order Shipped": Shipment})``. Raises :class:`lambdarrow.DecodeError`.
    """
    raw = bytes(as_buffer(event))
    try:
        found = _core.text_at(raw, (b"detail-type",))
    except IndexError:
        found = None    # it ends too soon, as decoding it will say
    kind = details.get(found, other) if found is not None else other
    made: EventBridgeEvent[Any] = as_struct(raw, EventBridgeEvent[kind], strict)    # type: ignore[valid-type]
    return made


class ScheduledEvent(_Envelope, frozen=True, kw_only=True, omit_defaults=True):
    """What a schedule sends if it is told nothing else: that of a rule has ``{}`` as its ``detail``, that of
    EventBridge Scheduler the text ``"{}"``. ``resources`` has the ARN of the rule, or of the schedule.
    """

    detail_raw: dict[str, Any] | str = field(name="detail")

    @property
    def detail(self) -> dict[str, Any]:
        """The object, also where the event has its text. Raises DecodeError where that is none."""
        sent = self.detail_raw
        return sent if isinstance(sent, dict) else json_of(sent, dict[str, Any], "$.detail")
