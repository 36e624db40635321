"""What a tumbling window adds to the events of a stream
(https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html)."""

from datetime import datetime
from typing import Any, Generic, TypeVar

from msgspec import field

from ._base import Event, Records, iso

__all__ = ["Window", "Windowed"]

Item = TypeVar("Item")


class Window(Event, frozen=True, kw_only=True, omit_defaults=True):
    """When the window begins and ends."""

    start_raw: str = field(name="start")
    end_raw: str = field(name="end")

    @property
    def start(self) -> datetime:
        return iso(self.start_raw, "$.start")

    @property
    def end(self) -> datetime:
        return iso(self.end_raw, "$.end")


class Windowed(Records[Item], Generic[Item], frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The base of events of streams. Its fields are those of a tumbling window, all absent without one."""

    window: Window | None = None
    state: dict[str, Any] | None = None
    """What the answer before has handed on; the answer must have one too."""
    shard_id: str | None = None
    event_source_arn: str | None = field(default=None, name="eventSourceARN")
    is_final_invoke_for_window: bool | None = None
    is_window_terminated_early: bool | None = None
