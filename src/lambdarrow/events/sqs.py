"""Events of SQS as Structs (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html)."""

from datetime import datetime
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import field

from ._base import Event, Payload, Records, base64_of, epoch_ms, integer_of

__all__ = ["Attributes", "MessageAttribute", "Record", "SQSEvent"]

Body = TypeVar("Body")


class Attributes(Event, frozen=True, kw_only=True, omit_defaults=True, rename="pascal"):
    """A message's system attributes, whose values are text on the wire."""

    approximate_receive_count_raw: str | None = field(default=None, name="ApproximateReceiveCount")
    aws_trace_header: str | None = field(default=None, name="AWSTraceHeader")
    sent_timestamp_raw: str | None = field(default=None, name="SentTimestamp")
    sequence_number: str | None = None
    """Decimal digits; FIFO queues only."""
    message_group_id: str | None = None
    """FIFO queues, and standard ones that share fairly."""
    sender_id: str | None = None
    message_deduplication_id: str | None = None
    """FIFO queues only."""
    approximate_first_receive_timestamp_raw: str | None = field(default=None, name="ApproximateFirstReceiveTimestamp")
    dead_letter_queue_source_arn: str | None = None
    """Of messages that were moved back from a dead-letter queue."""

    @property
    def approximate_receive_count(self) -> int | None:
        """How often the message was received, this time included."""
        return integer_of(self.approximate_receive_count_raw, "$.ApproximateReceiveCount")

    @property
    def sent_timestamp(self) -> datetime | None:
        """When the message was sent; the wire's milliseconds."""
        return epoch_ms(self.sent_timestamp_raw, "$.SentTimestamp")

    @property
    def approximate_first_receive_timestamp(self) -> datetime | None:
        """When it was first received; the wire's milliseconds."""
        return epoch_ms(self.approximate_first_receive_timestamp_raw, "$.ApproximateFirstReceiveTimestamp")


class MessageAttribute(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """An attribute that the sender has set; which of the values it has, ``data_type`` says."""

    data_type: str
    """``String``, ``Number`` or ``Binary``, perhaps with a suffix of the sender's own behind a dot."""
    string_value: str | None = None
    binary_value_raw: str | None = field(default=None, name="binaryValue")
    string_list_values: list[str] | None = None
    """Reserved, as the list below."""
    binary_list_values_raw: list[str] | None = field(default=None, name="binaryListValues")

    @property
    def binary_value(self) -> bytes | None:
        """The wire's base64 as bytes. Raises DecodeError where it is none."""
        return base64_of(self.binary_value_raw, "$.binaryValue")

    @property
    def binary_list_values(self) -> list[bytes] | None:
        """The same, of a list."""
        sent = self.binary_list_values_raw
        return None if sent is None else [base64_of(text, f"$.binaryListValues[{index}]")
                                          for index, text in enumerate(sent)]


class Record(Event, Generic[Body], frozen=True, kw_only=True, omit_defaults=True, dict=True, rename="camel"):
    """A message. ``body`` is its text, or of the type in ``SQSEvent[...]``: it raises
    :class:`lambdarrow.DecodeError` when it is looked at and is not.
    """

    message_id: str
    receipt_handle: str
    body_raw: str = field(name="body")
    attributes: Attributes
    message_attributes: dict[str, MessageAttribute]
    md5_of_message_attributes: str | None = field(default=None, name="md5OfMessageAttributes")
    md5_of_body: str | None = field(default=None, name="md5OfBody")
    event_source: str | None = None
    """``aws:sqs``."""
    event_source_arn: str | None = field(default=None, name="eventSourceARN")
    aws_region: str | None = None

    if TYPE_CHECKING:
        @property
        def body(self) -> Body: ...
    else:
        body = Payload(Body, "body", "body_raw")


class SQSEvent(Records[Record[Body]], Generic[Body], frozen=True, kw_only=True, omit_defaults=True):
    """A batch of messages; iterating it, and its length, are those of ``records``."""

    records: list[Record[Body]] = field(name="Records")
