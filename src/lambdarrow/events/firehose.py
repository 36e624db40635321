"""Events of Firehose, which has a function transform records, as Structs
(https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html), and the answer
(https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-status-model.html).
"""

from base64 import b64encode
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from msgspec import field

from ._base import Event, Payload, Records, base64_of, epoch_ms, integer_of

__all__ = ["FirehoseEvent", "FirehoseResponse", "KinesisRecordMetadata", "Metadata", "MskRecordMetadata",
           "OtfMetadata", "Record", "Result"]

Data = TypeVar("Data")


class KinesisRecordMetadata(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Where a record was in the stream that Firehose reads."""

    shard_id: str
    partition_key: str
    sequence_number: str
    """Decimal digits, usually 56."""
    subsequence_number_raw: int | str | None = field(default=None, name="subsequenceNumber")
    approximate_arrival_timestamp_raw: int = field(name="approximateArrivalTimestamp")

    @property
    def subsequence_number(self) -> int | None:
        """The record's place in those that the Kinesis Producer Library has packed into one."""
        return integer_of(self.subsequence_number_raw, "$.subsequenceNumber")

    @property
    def approximate_arrival_timestamp(self) -> datetime:
        """When the stream took the record; the wire's milliseconds."""
        return epoch_ms(self.approximate_arrival_timestamp_raw, "$.approximateArrivalTimestamp")


class MskRecordMetadata(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Where a record was in the topic that Firehose reads."""

    offset_raw: int | str = field(name="offset")
    partition_id_raw: int | str = field(name="partitionId")
    approximate_arrival_timestamp_raw: int | None = field(default=None, name="approximateArrivalTimestamp")

    @property
    def offset(self) -> int:
        """The record's place in the partition; digits on the wire, as the partition."""
        return integer_of(self.offset_raw, "$.offset")

    @property
    def partition_id(self) -> int:
        return integer_of(self.partition_id_raw, "$.partitionId")

    @property
    def approximate_arrival_timestamp(self) -> datetime | None:
        """When the broker took the record; the wire's milliseconds."""
        return epoch_ms(self.approximate_arrival_timestamp_raw, "$.approximateArrivalTimestamp")


class OtfMetadata(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Where a record goes in Apache Iceberg tables."""

    destination_database_name: str | None = None
    destination_table_name: str | None = None
    operation: str | None = None
    """``insert``, ``update`` or ``delete``; Firehose takes an absent one for ``insert``."""


class Metadata(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What Firehose needs to know of a record to put it into its place."""

    partition_keys: dict[str, Any] | None = None
    """For dynamic partitioning, by the names in the S3 prefix."""
    otf_metadata: OtfMetadata | None = None


class Result(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What became of a record."""

    record_id: str
    result: str
    """``Ok``, ``Dropped`` or ``ProcessingFailed``."""
    data_raw: str | None = field(default=None, name="data")
    kafka_record_value_raw: str | None = field(default=None, name="kafkaRecordValue")
    """Takes the place of ``data`` where Firehose reads a topic of Amazon MSK."""
    metadata: Metadata | None = None

    @property
    def data(self) -> bytes | None:
        """The record's new bytes, of either field. Raises DecodeError where they are no base64."""
        if self.data_raw is None:
            return base64_of(self.kafka_record_value_raw, "$.kafkaRecordValue")
        return base64_of(self.data_raw, "$.data")


class FirehoseResponse(Records[Result], frozen=True, kw_only=True, omit_defaults=True):
    """The answer, which must have a result for every record, once, and at most 6 MB."""

    records: list[Result]


class _Data(Payload):
    """The view of a record's bytes, in whichever field it has them."""

    def __get__(self, owner: Any, cls: Any) -> Any:
        if owner is not None and owner.data_raw is None:
            return owner.kafka_record_value
        view: Any = super()
        return view.__get__(owner, cls)


class Record(Event, Generic[Data], frozen=True, kw_only=True, omit_defaults=True, dict=True, rename="camel"):
    """A record to be transformed. ``data`` is its bytes, or of the type in ``FirehoseEvent[...]``: it raises
    :class:`lambdarrow.DecodeError` when it is looked at and is not.
    """

    record_id: str
    approximate_arrival_timestamp_raw: int | str = field(name="approximateArrivalTimestamp")
    """Text in one of AWS's examples."""
    data_raw: str | None = field(default=None, name="data")
    kafka_record_value_raw: str | None = field(default=None, name="kafkaRecordValue")
    """Takes the place of ``data`` where Firehose reads a topic of Amazon MSK."""
    kinesis_record_metadata: KinesisRecordMetadata | None = None
    """Only where Firehose reads a stream of Kinesis."""
    msk_record_metadata: MskRecordMetadata | None = None
    """Only where Firehose reads a topic of Amazon MSK."""

    if TYPE_CHECKING:
        @property
        def data(self) -> Data: ...

        @property
        def kafka_record_value(self) -> Data: ...
    else:
        data = _Data(Data, "data", "data_raw", base64=True)
        kafka_record_value = Payload(Data, "kafka_record_value", "kafka_record_value_raw", base64=True)

    @property
    def approximate_arrival_timestamp(self) -> datetime:
        """When Firehose took the record; the wire's milliseconds."""
        return epoch_ms(self.approximate_arrival_timestamp_raw, "$.approximateArrivalTimestamp")

    def reply(self, data: bytes | None = None, *, result: str = "Ok", metadata: Metadata | None = None) -> Result:
        """The result for this record, with new ``data`` or else its own, in the field that its source asks for."""
        kafka = self.data_raw is None
        sent = self.kafka_record_value_raw if kafka else self.data_raw
        text = sent if data is None else b64encode(data).decode()
        return Result(record_id=self.record_id, result=result, metadata=metadata, data_raw=None if kafka else text,
                      kafka_record_value_raw=text if kafka else None)


class FirehoseEvent(Records[Record[Data]], Generic[Data], frozen=True, kw_only=True, omit_defaults=True,
                    rename="camel"):
    """Records to be transformed; iterating it, and its length, are those of ``records``."""

    invocation_id: str
    delivery_stream_arn: str | None = None
    source_kinesis_stream_arn: str | None = None
    """Only where Firehose reads a stream of Kinesis."""
    source_msk_arn: str | None = field(default=None, name="sourceMSKArn")
    """Only where Firehose reads a topic of Amazon MSK."""
    region: str
    records: list[Record[Data]]
