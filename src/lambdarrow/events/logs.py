"""Events of CloudWatch Logs as Structs, of a subscription filter that invokes a function
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html)."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import field

from .._inflate import gunzip
from ._base import Event, Payload, Records, bound, epoch_ms, refused
from ._refused import decode_error

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
    def timestamp(self) -> datetime:
        """When it happened, by the word of whoever wrote it; the wire's milliseconds."""
        return epoch_ms(self.timestamp_raw, "$.timestamp")


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


def _opened(type: Any, strict: bool) -> Callable[[bytes], Any]:
    """What makes a message, with lines of this type, from gzip."""
    message = LogsMessage if isinstance(type, TypeVar) else LogsMessage[type]
    decode = msgspec.json.Decoder(bound(message, strict=strict)).decode

    def opened(data: bytes) -> Any:
        content = _gunzip(data, _MAX_INFLATED)
        if content is None:
            raise refused("invalid_gzip", "not a gzip stream, or a damaged one", "$.data")
        if content is False:
            raise refused("inflated_limit", "inflates beyond the limit", "$.data")
        try:
            return decode(content)
        except (ValueError, RecursionError) as error:
            made = decode_error(error, content, "$.data → ")
            if made is None:
                raise
            raise made from error

    return opened


class _Inflated(Payload):
    """The view of the message in ``data_raw``; its parameter is the type of the message's lines."""

    def __new__(cls, parameter: TypeVar, type: Any = None, strict: bool = False) -> "_Inflated":
        new: Any = super().__new__
        made: _Inflated = new(cls, parameter, "data", "data_raw", True, convert=_opened(type or parameter, strict))
        return made

    def of(self, type: Any, strict: bool) -> "_Inflated":
        return self if isinstance(type, TypeVar) and not strict else _Inflated(self.parameter, type, strict)


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


class CloudWatchLogsEvent(Records[LogEvent[Message]], Generic[Message], frozen=True, kw_only=True, omit_defaults=True):
    """What a subscription filter sends; iterating it, and its length, are those of ``records``."""

    awslogs: AwsLogs[Message]

    @property
    def records(self) -> list[LogEvent[Message]]:
        """The lines of ``awslogs.data``; none where it is a control message."""
        data = self.awslogs.data
        return [] if data.message_type == "CONTROL_MESSAGE" else data.log_events
