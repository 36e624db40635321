"""Events of CloudWatch Logs as Structs, of a subscription filter that invokes a function
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html)."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import UNSET, field

from .. import _core
from .._inflate import gunzip
from ._base import Event, Payload, Records, bound, epoch_ms
from ._values import refused

__all__ = ["AwsLogs", "CloudWatchLogsEvent", "LogEvent", "LogsMessage"]

Message = TypeVar("Message")

# As many bytes as columns take from one event by default.
_MAX_INFLATED = 1 << 28
_gunzip: Callable[[bytes, int], bytes | bytearray | Literal[False] | None] = gunzip


class LogEvent(Event, Generic[Message], frozen=True, kw_only=True, omit_defaults=True, dict=True, rename="camel"):
    """A line of a log. ``message`` is its text, or of the type in ``CloudWatchLogsEvent[...]``: it raises
    :class:`lambdarrow.DecodeError` when it is looked at and is not.
    """

    id: str
    """Decimal digits, usually 56."""
    timestamp_raw: int = field(name="timestamp")
    message_raw: str = field(name="message")
    extracted_fields: dict[str, str | None] | None = None
    """What the filter's pattern has found in the line, and system fields such as ``@aws.account``; absent where the
    filter does not extract any."""

    if TYPE_CHECKING:
        @property
        def message(self) -> Message: ...
    else:
        message = Payload(Message, "message", "message_raw")

    @property
    def timestamp(self) -> datetime | None:
        """When it happened, by the word of whoever wrote it; the wire's milliseconds."""
        return epoch_ms(self.timestamp_raw)


class LogsMessage(Event, Generic[Message], frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What a subscription filter sends, inflated."""

    message_type: str
    """``DATA_MESSAGE``, or ``CONTROL_MESSAGE``: CloudWatch Logs looks whether the function is there."""
    owner: str
    """The account of the log group; twelve digits."""
    log_group: str
    """Empty in a control message, as the stream below."""
    log_stream: str
    subscription_filters: list[str]
    """The names of the filters that matched."""
    policy_level: str | None = None
    """Whose filter it is, such as ``ACCOUNT_LEVEL_POLICY``; absent in old events."""
    log_events: list[LogEvent[Message]]


def _opened(type: Any) -> Callable[[bytes], Any]:
    """What makes a message, with lines of this type, from gzip."""
    decode = msgspec.json.Decoder(LogsMessage if type is None else bound(LogsMessage[type])).decode

    def opened(data: bytes) -> Any:
        content = _gunzip(data, _MAX_INFLATED)
        if content is None:
            raise refused("invalid_gzip", "not a gzip stream, or a damaged one", "$.data")
        if content is False:
            raise refused("inflated_limit", "inflates beyond the limit", "$.data")
        return decode(content)

    return opened


class _Inflated(Payload):
    """The view of the message in ``data_raw``; its parameter is the type of the message's lines."""

    parameter: TypeVar

    def __new__(cls, parameter: TypeVar, type: Any = None) -> "_Inflated":
        view: Any = _core.Payload
        made: _Inflated = view.__new__(cls, "data", "data_raw", True, UNSET, _opened(type))
        made.parameter = parameter
        return made

    def of(self, type: Any) -> "_Inflated":
        return _Inflated(self.parameter, type)


class AwsLogs(Event, Generic[Message], frozen=True, kw_only=True, omit_defaults=True, dict=True):
    """What a subscription filter sends: JSON in gzip (at most 256 MiB of it) in base64. ``data`` is the message; it
    raises :class:`lambdarrow.DecodeError` when it is looked at and cannot be read.
    """

    data_raw: str = field(name="data")

    if TYPE_CHECKING:
        @property
        def data(self) -> LogsMessage[Message]: ...
    else:
        data = _Inflated(Message)


class CloudWatchLogsEvent(Records, Generic[Message], frozen=True, kw_only=True, omit_defaults=True):
    """What a subscription filter sends; iterating it, and its length, are those of ``records``."""

    awslogs: AwsLogs[Message]

    @property
    def records(self) -> list[LogEvent[Message]]:
        """The lines of ``awslogs.data``; none where it is a control message."""
        data = self.awslogs.data
        return [] if data.message_type == "CONTROL_MESSAGE" else data.log_events
