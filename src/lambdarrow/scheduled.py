"""Scheduled events, of an EventBridge rule
(https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html) or of EventBridge Scheduler
(https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets.html), one row.

Columns: those of :mod:`lambdarrow.eventbridge`. A rule's ``detail`` is ``{}``, Scheduler's the JSON string ``"{}"``;
one that has an input of its own sends just that, which is no event of ours.
"""

from . import _decoder
from ._source import Source, event_struct
from .eventbridge import COLUMNS, _envelope
from .schema import json

__all__ = ["SOURCE", "Decoder", "to_arrow"]

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Unpack

    from ._types import Options, ToArrow
    from .events.eventbridge import ScheduledEvent

SOURCE = Source("scheduled", _envelope, payload="detail", bare=json(), layer=None, columns=COLUMNS)


class Decoder(_decoder.Decoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ()

    def __init__(self, **options: "Unpack[Options]") -> None:
        super().__init__(SOURCE, **options)


to_arrow: "ToArrow" = _decoder.front(Decoder)

if TYPE_CHECKING:
    Event = ScheduledEvent
else:
    __getattr__ = event_struct(__name__, "ScheduledEvent")
