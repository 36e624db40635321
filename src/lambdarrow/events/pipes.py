"""Records as EventBridge Pipes hands them to a function that is its target or enrichment, as Structs: a bare list
(https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-source.html). They are those of the source
itself, in which what an event has around its records stands in each of them, and Kinesis' are flat:
``lambdarrow.decode(raw, list[pipes.KinesisRecord[Order]])``.

Only a pipe that has no input transformer sends them so.
"""

from typing import Generic, TypeVar

from msgspec import field

from . import activemq, kafka, rabbitmq
from .dynamodb import Record as DynamoDBRecord
from .kinesis import KinesisPayload
from .sqs import Record as SQSRecord

__all__ = ["ActiveMQMessage", "DynamoDBRecord", "KafkaRecord", "KinesisRecord", "RabbitMQMessage", "SQSRecord"]

Data = TypeVar("Data")
Key = TypeVar("Key")


class KinesisRecord(KinesisPayload[Data], Generic[Data], frozen=True, kw_only=True, omit_defaults=True, dict=True,
                    rename="camel"):
    """A record of a shard."""

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


class KafkaRecord(kafka.Record[Data, Key], Generic[Data, Key], frozen=True, kw_only=True, omit_defaults=True, dict=True,
                  rename="camel"):
    """A record of a partition."""

    event_source: str
    """``aws:kafka`` or ``SelfManagedKafka``."""
    event_source_arn: str | None = None
    """Amazon MSK only."""
    event_source_key: str | None = None
    """The topic, a hyphen and the partition's number."""
    bootstrap_servers_raw: str | None = field(default=None, name="bootstrapServers")

    @property
    def bootstrap_servers(self) -> list[str]:
        """Hosts and ports."""
        return self.bootstrap_servers_raw.split(",") if self.bootstrap_servers_raw else []


class ActiveMQMessage(activemq.Message[Data], Generic[Data], frozen=True, kw_only=True, omit_defaults=True, dict=True,
                      rename="camel"):
    """A message of ActiveMQ."""

    event_source: str
    """``aws:amq``, or ``aws:mq``."""
    event_source_arn: str | None = None
    event_source_key: str | None = None
    """The queue."""


class RabbitMQMessage(rabbitmq.Message[Data], Generic[Data], frozen=True, kw_only=True, omit_defaults=True, dict=True,
                      rename="camel"):
    """A message of RabbitMQ."""

    event_source: str
    """``aws:rmq``."""
    event_source_arn: str | None = None
    event_source_key: str | None = None
    """The queue's name, ``::`` and its virtual host."""
