"""Events of Kafka, Amazon MSK's and self-managed, as Structs
(https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html, https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html).
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import field

from ._base import UNSET, Event, Payload, UnsetType, bytes_of, epoch_ms, refused

__all__ = ["KafkaEvent", "Record", "SchemaMetadata"]

Value = TypeVar("Value")
Key = TypeVar("Key")


class SchemaMetadata(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What the schema registry says of a key or a value."""

    schema_id: str | None = None
    """A number's digits (Confluent), or the UUID of a version (Glue)."""
    data_format: str | None = None
    """``AVRO``, ``JSON`` or ``PROTOBUF``."""


class Record(Event, Generic[Value, Key], frozen=True, kw_only=True, omit_defaults=True, dict=True, rename="camel"):
    """A record of a partition. ``value`` and ``key`` are bytes, or of the types in ``KafkaEvent[...]``: they raise
    :class:`lambdarrow.DecodeError` when they are looked at and are not. None: the event has none, or null.
    """

    topic: str
    partition: int
    offset: int
    """The record's place in the partition."""
    timestamp_raw: int = field(name="timestamp")
    timestamp_type: str
    """``CREATE_TIME`` or ``LOG_APPEND_TIME``: who has set the timestamp, producer or broker."""
    key_raw: str | None | UnsetType = field(default=UNSET, name="key")
    value_raw: str | None | UnsetType = field(default=UNSET, name="value")
    """Null in a tombstone, which says that the key is gone."""
    headers_raw: list[dict[str, list[int] | None]] | None = field(default=None, name="headers")
    key_schema_metadata: SchemaMetadata | None = None
    """Only with a schema registry, as the one below."""
    value_schema_metadata: SchemaMetadata | None = None

    if TYPE_CHECKING:
        @property
        def key(self) -> Key | None: ...

        @property
        def value(self) -> Value | None: ...
    else:
        key = Payload(Key, "key", "key_raw", base64=True)
        value = Payload(Value, "value", "value_raw", base64=True)

    @property
    def headers(self) -> list[tuple[str, bytes]]:
        """The headers in order; a name may be there more than once, and a null is empty. Raises DecodeError where a
        number is no byte, signed or not, and where a header is no object with one member."""
        made = []
        for index, header in enumerate(self.headers_raw or []):
            if len(header) != 1:
                raise refused("expected_entry", "expected an object with one member", f"$.headers[{index}]")
            made += [(name, bytes_of(numbers or [], f"$.headers[{index}].{name}")) for name, numbers in header.items()]
        return made

    @property
    def timestamp(self) -> datetime:
        """When the record was made, or appended; the wire's milliseconds."""
        return epoch_ms(self.timestamp_raw, "$.timestamp")


class KafkaEvent(Event, Generic[Value, Key], frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Batches of records, one a partition: ``KafkaEvent[Order, bytes]``. Iterating it, and its length, are those of all
    records, partition by partition.
    """

    event_source: str
    """``aws:kafka`` or ``SelfManagedKafka``."""
    event_source_arn: str | None = None
    """Amazon MSK only."""
    bootstrap_servers_raw: str | None = field(default=None, name="bootstrapServers")
    records: dict[str, list[Record[Value, Key]]]
    """By the topic, a hyphen and the partition's number."""

    @property
    def bootstrap_servers(self) -> list[str]:
        """Hosts and ports."""
        return self.bootstrap_servers_raw.split(",") if self.bootstrap_servers_raw else []

    def __iter__(self) -> Iterator[Record[Value, Key]]:
        return chain.from_iterable(self.records.values())

    def __len__(self) -> int:
        return sum(map(len, self.records.values()))
