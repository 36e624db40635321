"""EventBridge events (https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html): what a rule
sends to a function, one row, and, as payloads, to a queue or a stream.

The columns of :func:`to_arrow` are the fields of :func:`event`; ``detail`` is JSON text, or what ``payload=`` makes of
it.
"""

from . import _decoder
from ._source import Source, event_struct
from .schema import Field, alone, dictionary, fixed, json, list_, object_, struct, timestamp, utf8, value_word

__all__ = ["SOURCE", "Decoder", "event", "to_arrow"]

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Unpack

    from ._types import Options, Payload, ToArrow
    from .events.eventbridge import EventBridgeEvent
    from .schema import Word


def event(detail: "Payload" = "json") -> "Word":
    """An event whose ``detail`` is of this type (any payload; ``"json"`` keeps its text).

    A struct, all of it nullable: ``version``, ``detail_type``, ``source``, ``account``, ``region`` and ``replay_name``
    (dictionaries), ``id`` (utf8), ``time`` (timestamp[s, UTC]), ``resources`` (list<utf8>), ``detail``. For details of
    several types: ``by("$.detail-type", {"Order Placed": eventbridge.event(Order), ...})``.
    """
    return struct(_fields(value_word(detail)))


def _fields(detail: "Word") -> "tuple[Field, ...]":
    return (
        *fixed(
            Field("version", dictionary()),
            Field("id", utf8()),
            Field("detail-type", dictionary(), "detail_type"),
            Field("source", dictionary()),
            Field("account", dictionary()),
            Field("time", timestamp("s")),
            Field("region", dictionary()),
            Field("resources", list_(utf8())),
        ),
        Field("detail", detail),
        *fixed(Field("replay-name", dictionary(), "replay_name")),
    )


def _envelope(detail: "Word") -> "Word":
    return alone(object_(_fields(detail), nullable=False))


COLUMNS = ("id", "time", "detail_type", "source", "account", "region", "resources", "detail", "version", "replay_name")
SOURCE = Source("eventbridge", _envelope, payload="detail", bare=json(), layer=None, columns=COLUMNS)


class Decoder(_decoder.Decoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ()

    def __init__(self, **options: "Unpack[Options]") -> None:
        super().__init__(SOURCE, **options)


to_arrow: "ToArrow" = _decoder.front(Decoder)

if TYPE_CHECKING:
    Event = EventBridgeEvent
else:
    __getattr__ = event_struct(__name__, "EventBridgeEvent")
