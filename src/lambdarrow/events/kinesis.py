"""Events of Kinesis Data Streams as Structs (https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html)."""

from datetime import datetime
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import field

from ._base import Event, Payload, epoch_s
from ._window import Window, Windowed

__all__ = ["KinesisEvent", "KinesisPayload", "Record", "Window"]

Data = TypeVar("Data")


class KinesisPayload(Event, Generic[Data], frozen=True, kw_only=True, omit_defaults=True, dict=True, rename="camel"):
    """What the producer sent. ``data`` is its bytes, or of the type in ``KinesisEvent[...]``: it raises
    :class:`lambdarrow.DecodeError` when it is looked at and is not. Records that the Kinesis Producer Library has
    packed into one stay so; ``lambdarrow.kinesis.to_arrow`` takes them apart.
    """

    kinesis_schema_version: str | None = None
    partition_key: str | None = None
    """Absent on streams that distribute their records themselves."""
    sequence_number: str
    """Decimal digits, usually 56."""
    data_raw: str = field(name="data")
    approximate_arrival_timestamp_raw: int | float | None = field(default=None, name="approximateArrivalTimestamp")
    encryption_type: str | None = None
    """``NONE`` or ``KMS``, where the event says so."""

    if TYPE_CHECKING:
        @property
        def data(self) -> Data: ...
    else:
        data = Payload(Data, "data", "data_raw", base64=True)

    @property
    def approximate_arrival_timestamp(self) -> datetime | None:
        """When the stream took the record; the wire's seconds, to the millisecond."""
        return epoch_s(self.approximate_arrival_timestamp_raw, "$.approximateArrivalTimestamp")


class Record(Event, Generic[Data], frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A record of a shard."""

    kinesis: KinesisPayload[Data]
    event_source: str | None = None
    """``aws:kinesis``."""
    event_version: str | None = None
    event_id: str | None = field(default=None, name="eventID")
    """The shard and the sequence number, a colon between them."""
    event_name: str | None = None
    """``aws:kinesis:record``."""
    invoke_identity_arn: str | None = None
    aws_region: str | None = None
    event_source_arn: str | None = field(default=None, name="eventSourceARN")

    @property
    def data(self) -> Data:
        """``kinesis.data``."""
        return self.kinesis.data


class KinesisEvent(Windowed[Record[Data]], Generic[Data], frozen=True, kw_only=True, omit_defaults=True):
    """A batch of records; iterating it, and its length, are those of ``records``."""

    records: list[Record[Data]] = field(name="Records")
