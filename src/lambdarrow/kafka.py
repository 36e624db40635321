"""Kafka batches, of Amazon MSK and of clusters of one's own (https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html).

Columns, in order, all nullable; dictionary columns are ``dictionary<int32, utf8>`` (utf8 in the dialects ``plain`` and
``spark``):

=========================  ==========================================================================
``topic``                  dictionary
``partition``              int32
``offset``                 int64
``timestamp``              timestamp[ms, UTC]
``timestamp_type``         dictionary, ``CREATE_TIME`` or ``LOG_APPEND_TIME``
``key``                    binary, or what ``key=`` makes of it
``value``                  binary, or what ``payload=`` makes of it; null: a tombstone
``headers``                list<struct<name: utf8, value: binary>>
``schema_id``, ``schema_format``  dictionary, of the value; where a schema registry is configured
``event_source``           dictionary, ``aws:kafka`` or ``SelfManagedKafka``
``event_source_arn``       dictionary, of the cluster; null where it is one's own
=========================  ==========================================================================

On request (``columns=``): ``key_schema_id``, ``key_schema_format`` and ``bootstrap_servers``, dictionaries;
``topic_partition``, dictionary, ``topic-0``: what Lambda calls the partition; ``record_index``, int32.

Options beside those of every decoder: ``key``, the type of the keys, as ``payload`` is that of the values.
``on_error="stop"`` ends each partition's rows before its first failed record; :meth:`lambdarrow.Batch.response` names
the first of each partition, where Lambda starts again. A failure's ``item_identifier`` is its offset.
"""

from . import _decoder
from ._lower import EACH
from ._source import Source, event_struct
from .schema import (
    Field,
    base64,
    binary,
    counter,
    dictionary,
    each,
    each_key,
    entry,
    explode,
    int_,
    list_,
    object_,
    octets,
    rest,
    timestamp,
)

__all__ = ["SOURCE", "Decoder", "to_arrow"]

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Any, Unpack

    from ._types import KafkaOptions, KafkaToArrow
    from .events.kafka import KafkaEvent
    from .schema import Word


def _schema(prefix: str) -> "Word":
    return object_((
        Field("schemaId", dictionary(), f"{prefix}schema_id"),
        Field("dataFormat", dictionary(), f"{prefix}schema_format"),
    ))


def _envelope(key: "Word", value: "Word") -> "Word":
    record = object_((
        Field("topic", dictionary()),
        Field("partition", int_(32)),
        Field("offset", int_(64)),
        Field("timestamp", timestamp("ms", epoch="ms")),
        Field("timestampType", dictionary(), "timestamp_type"),
        Field("key", key),
        Field("value", value),
        Field("headers", list_(entry(octets()))),
        Field("keySchemaMetadata", _schema("key_")),
        Field("valueSchemaMetadata", _schema("")),
        Field(None, each_key(), "topic_partition"),
        Field(None, counter(), "record_index"),
    ), nullable=False)
    return object_((
        Field("eventSource", dictionary(), "event_source"),
        Field("eventSourceArn", dictionary(), "event_source_arn"),
        Field("bootstrapServers", dictionary(), "bootstrap_servers"),
        Field("records", each(explode(record, unit=True, nullable=False), nullable=False), required=True),
        Field(None, rest(), "_metadata"),
    ), nullable=False)


def _layer(inner: "Word", **_: "Any") -> "Word":
    return base64(inner)


SOURCE = Source(
    "kafka", _envelope,
    payload="value", bare=binary(), layer=_layer, typed=("key", "value"),
    columns=("topic", "partition", "offset", "timestamp", "timestamp_type", "key", "value", "headers", "schema_id",
             "schema_format", "event_source", "event_source_arn"),
    on_request=("key_schema_id", "key_schema_format", "bootstrap_servers", "topic_partition", "record_index"),
    identifier="offset", identifier_path=("offset",), group="topic_partition", group_path=EACH, partitioned=True,
)


class Decoder(_decoder.Decoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ()

    def __init__(self, **options: "Unpack[KafkaOptions]") -> None:
        known: dict[str, Any] = dict(options)
        types = {"key": known.pop("key", None), "value": known.pop("payload", None)}
        types = {name: type for name, type in types.items() if type is not None}
        super().__init__(SOURCE, types=types, **known)


to_arrow: "KafkaToArrow" = _decoder.front(Decoder)

if TYPE_CHECKING:
    Event = KafkaEvent
else:
    __getattr__ = event_struct(__name__, "KafkaEvent")
