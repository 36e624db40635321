"""Events of ActiveMQ, a broker of Amazon MQ, as Structs (https://docs.aws.amazon.com/lambda/latest/dg/with-mq.html)."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from msgspec import field

from ._base import UNSET, Event, Payload, Records, UnsetType, epoch_ms

__all__ = ["ActiveMQEvent", "Destination", "Message"]

Data = TypeVar("Data")


class Destination(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The queue."""

    physical_name_raw: str | None = field(default=None, name="physicalName")
    physicalname: str | None = None
    """How some of AWS's examples spell it."""

    @property
    def physical_name(self) -> str | None:
        """The queue's name, in either spelling."""
        return self.physicalname if self.physical_name_raw is None else self.physical_name_raw


class Message(Event, Generic[Data], frozen=True, kw_only=True, omit_defaults=True, dict=True, rename="camel"):
    """A message, with what JMS knows of it. ``data`` is its bytes, or of the type in ``ActiveMQEvent[...]``: it raises
    :class:`lambdarrow.DecodeError` when it is looked at and is not.
    """

    message_id: str = field(name="messageID")
    message_type: str
    """``jms/text-message`` or ``jms/bytes-message``."""
    data_raw: str = field(name="data")
    destination: Destination
    redelivered: bool | None = None
    """Whether the broker has delivered it before."""
    connection_id: str | None = None
    delivery_mode: int | None = None
    """1: not persistent, 2: persistent."""
    persistent: bool | None = None
    reply_to: str | None | UnsetType = UNSET
    """The text ``null`` where there is none."""
    type: str | None | UnsetType = UNSET
    """What the producer calls the message."""
    correlation_id: str | None | UnsetType = field(default=UNSET, name="correlationID")
    expiration_raw: int | None = field(default=None, name="expiration")
    priority: int | None = None
    """0 to 9, the most urgent."""
    timestamp_raw: int = field(name="timestamp")
    broker_in_time_raw: int | None = field(default=None, name="brokerInTime")
    broker_out_time_raw: int | None = field(default=None, name="brokerOutTime")
    properties: dict[str, Any] | None | UnsetType = UNSET
    """What the producer has set."""

    if TYPE_CHECKING:
        @property
        def data(self) -> Data: ...
    else:
        data = Payload(Data, "data", "data_raw", base64=True)

    @property
    def expiration(self) -> datetime | None:
        """When the message is no longer of use; None where it always is (0 on the wire). The wire's milliseconds, as
        all times below."""
        return epoch_ms(self.expiration_raw or None, "$.expiration")

    @property
    def timestamp(self) -> datetime:
        """When it was sent."""
        return epoch_ms(self.timestamp_raw, "$.timestamp")

    @property
    def broker_in_time(self) -> datetime | None:
        """When the broker took it."""
        return epoch_ms(self.broker_in_time_raw, "$.brokerInTime")

    @property
    def broker_out_time(self) -> datetime | None:
        """When the broker gave it away."""
        return epoch_ms(self.broker_out_time_raw, "$.brokerOutTime")


class ActiveMQEvent(Records[Message[Data]], Generic[Data], frozen=True, kw_only=True, omit_defaults=True,
                    rename="camel"):
    """A batch of messages; iterating it, and its length, are those of ``messages``."""

    event_source: str
    """``aws:mq``; ``aws:amq`` in some of AWS's examples."""
    event_source_arn: str
    messages: list[Message[Data]]

    @property
    def records(self) -> list[Message[Data]]:
        """``messages``, by the name that all batches have."""
        return self.messages
