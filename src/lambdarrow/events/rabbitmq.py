"""Events of RabbitMQ, a broker of Amazon MQ, as Structs (https://docs.aws.amazon.com/lambda/latest/dg/with-mq.html)."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from msgspec import field

from ._base import UNSET, Event, Payload, UnsetType, bytes_of, integer_of, refused

__all__ = ["BasicProperties", "Message", "RabbitMQEvent"]

Data = TypeVar("Data")

# What Java makes of a time in American English; since JDK 20 the space before AM is a narrow one that does not break.
# strptime would ask the process's own language for the names.
_JAVA_TIME = re.compile(r"([A-Z][a-z]{2}) (\d{1,2}), (\d{4}),? (\d{1,2}):(\d{2}):(\d{2})[ \u202f]([AP])M", re.ASCII)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _java_time(text: str, path: str) -> datetime:
    match = _JAVA_TIME.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        month, day, year, hour, minute, second, half = match.groups()
        if not 1 <= int(hour) <= 12:
            raise ValueError
        return datetime(int(year), _MONTHS.index(month) + 1, int(day), int(hour) % 12 + 12 * (half == "P"),
                        int(minute), int(second), tzinfo=UTC)
    except ValueError:
        raise refused("invalid_timestamp", f"{text!r} is no time like 'Jan 1, 1970, 12:33:41 AM'", path) from None


def _header(sent: Any, path: str) -> Any:
    """A header's value, in which ``{"bytes": [...]}`` are bytes."""
    if isinstance(sent, list):
        return [_header(value, f"{path}[{index}]") for index, value in enumerate(sent)]
    if not isinstance(sent, dict):
        return sent
    numbers = sent.get("bytes")
    if len(sent) == 1 and isinstance(numbers, list) and all(type(number) is int for number in numbers):
        return bytes_of(numbers, path)
    return {name: _header(value, f"{path}.{name}") for name, value in sent.items()}


class BasicProperties(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What AMQP 0-9-1 knows of a message. All that its publisher has not set is null."""

    content_type: str | None | UnsetType = UNSET
    content_encoding: str | None | UnsetType = UNSET
    headers_raw: dict[str, Any] | None | UnsetType = field(default=UNSET, name="headers")
    delivery_mode: int | None | UnsetType = UNSET
    """1: transient, 2: persistent."""
    priority: int | None | UnsetType = UNSET
    correlation_id: str | None | UnsetType = UNSET
    reply_to: str | None | UnsetType = UNSET
    expiration_raw: str | None | UnsetType = field(default=UNSET, name="expiration")
    message_id: str | None | UnsetType = UNSET
    timestamp_raw: str | None | UnsetType = field(default=UNSET, name="timestamp")
    type: str | None | UnsetType = UNSET
    """What the publisher calls the message."""
    user_id: str | None | UnsetType = UNSET
    app_id: str | None | UnsetType = UNSET
    cluster_id: str | None | UnsetType = UNSET
    body_size: int | None | UnsetType = UNSET
    """Bytes."""

    @property
    def headers(self) -> dict[str, Any]:
        """The headers; texts are bytes, which the wire has as ``{"bytes": [...]}``."""
        sent = self.headers_raw
        return {name: _header(value, f"$.headers.{name}") for name, value in sent.items()} if sent else {}

    @property
    def expiration(self) -> int | None:
        """For how many milliseconds the message was of use, from when it came to the queue; digits on the wire."""
        return integer_of(self.expiration_raw, "$.expiration")

    @property
    def timestamp(self) -> datetime | None:
        """When the publisher says that the message was sent, to the second. The wire has no offset: it is UTC."""
        sent = self.timestamp_raw
        return _java_time(sent, "$.timestamp") if isinstance(sent, str) else None


class Message(Event, Generic[Data], frozen=True, kw_only=True, omit_defaults=True, dict=True, rename="camel"):
    """A message. ``data`` is its bytes, or of the type in ``RabbitMQEvent[...]``: it raises
    :class:`lambdarrow.DecodeError` when it is looked at and is not.
    """

    basic_properties: BasicProperties
    redelivered: bool
    """Whether the broker has delivered it before."""
    data_raw: str = field(name="data")

    if TYPE_CHECKING:
        @property
        def data(self) -> Data: ...
    else:
        data = Payload(Data, "data", "data_raw", base64=True)


class RabbitMQEvent(Event, Generic[Data], frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Batches of messages, one a queue. Iterating it, and its length, are those of all messages, queue by queue."""

    event_source: str
    """``aws:rmq``."""
    event_source_arn: str
    rmq_messages_by_queue: dict[str, list[Message[Data]]]
    """By the queue's name, ``::`` and its virtual host."""

    def __iter__(self) -> Iterator[Message[Data]]:
        return chain.from_iterable(self.rmq_messages_by_queue.values())

    def __len__(self) -> int:
        return sum(map(len, self.rmq_messages_by_queue.values()))
