"""EventBridge events as payloads (https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html):
what a rule sends to a queue or a stream.
"""

from .schema import Field, dictionary, fixed, list_, struct, timestamp, utf8, value_word

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from ._types import Payload
    from .schema import Word


def event(detail: "Payload" = "json") -> "Word":
    """An event whose ``detail`` is of this type (any payload; ``"json"`` keeps its text).

    A struct, all of it nullable: ``version``, ``detail_type``, ``source``, ``account``, ``region`` and ``replay_name``
    (dictionaries), ``id`` (utf8), ``time`` (timestamp[s, UTC]), ``resources`` (list<utf8>), ``detail``. For details of
    several types: ``by("$.detail-type", {"Order Placed": eventbridge.event(Order), ...})``.
    """
    return struct((
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
        Field("detail", value_word(detail)),
        *fixed(Field("replay-name", dictionary(), "replay_name")),
    ))
