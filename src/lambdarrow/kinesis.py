"""Kinesis Data Streams batches (https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html).

Columns, in order, all nullable; dictionary columns are ``dictionary<int32, utf8>`` (utf8 in the
dialects ``plain`` and ``spark``):

==============================  =================================================================
``event_id``                    utf8, ``shardId-000000000000:sequence``
``event_name``                  dictionary, ``aws:kinesis:record``
``event_version``               dictionary
``event_source``                dictionary, ``aws:kinesis``
``event_source_arn``            dictionary, the stream's or the consumer's ARN
``aws_region``                  dictionary
``invoke_identity_arn``         dictionary
``kinesis_schema_version``      dictionary
``encryption_type``             dictionary, ``NONE`` or ``KMS``; null where the event does not say
``partition_key``               utf8
``sequence_number``             utf8, decimal digits (usually 56): too long for any integer type
``approximate_arrival_timestamp``  timestamp[ms, UTC]; the wire's seconds, exact to the millisecond
``data``                        binary, or what ``payload=`` makes of it
==============================  =================================================================

On request (``columns=``): ``shard_id`` (the part of ``event_id`` before the colon) and
``stream_name`` (the last part of the ARN), dictionaries; ``record_index``, int32; of records that the Kinesis Producer
Library has packed into one: ``explicit_hash_key``, utf8; ``sub_sequence_number``, int64, null where nothing was
packed; ``user_record_index``, int32, the position in the record.

Records that the Kinesis Producer Library has packed into one
(https://docs.aws.amazon.com/streams/latest/dev/kinesis-kpl-consumer-deaggregation.html) are a row each, their own
partition key in ``partition_key``; one of them that fails fails the record, which is what Lambda sends again.
Options beside those of every decoder: ``deaggregate=False`` keeps the packed bytes; ``hash_key_range=(first, last)``,
of the shard that is read, drops the records that belong to another one, as after resharding.
"""

from . import _decoder, schema
from ._source import Source, event_struct
from .schema import (
    Field,
    base64,
    binary,
    counter,
    dictionary,
    explode,
    inherit,
    object_,
    part,
    plain_bytes,
    rest,
    tee,
    timestamp,
    utf8,
)

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Unpack

    from ._types import KinesisOptions, KinesisToArrow
    from .events.kinesis import KinesisEvent
    from .schema import Word


def layer(inner: "Word", deaggregate: bool = True, hash_key_range: "tuple[int, int] | None" = None) -> "Word":
    if hash_key_range is not None:
        first, last = hash_key_range
        if not (isinstance(first, int) and isinstance(last, int) and 0 <= first <= last < 1 << 128):
            raise ValueError(f"hash_key_range: the first and the last hash key of a shard, not {hash_key_range!r}")
    return base64(schema.aggregate(inner, hash_keys=hash_key_range) if deaggregate else inner)


def with_users(payload: "Word", deaggregate: bool, hash_key_range: "tuple[int, int] | None",
               ) -> "tuple[Word, Field, tuple[Field, ...]]":
    """The payload, the partition key, and what else a record needs whose user records may have keys of their own."""
    if not deaggregate:
        return payload, Field("partitionKey", utf8(), "partition_key"), ()
    if payload.op == "binary":
        payload = layer(plain_bytes(), hash_key_range=hash_key_range)
    outer = Field("partitionKey", utf8(size="small"), "_partition_key", hidden="partition_key")
    own = Field(None, inherit("partition_key", outer.name), "_inherit", hidden="partition_key")
    return payload, outer, (own,)


def _envelope(payload: "Word", deaggregate: bool = True, hash_key_range: "tuple[int, int] | None" = None) -> "Word":
    payload, partition_key, own = with_users(payload, deaggregate, hash_key_range)
    kinesis = object_((
        Field("kinesisSchemaVersion", dictionary(), "kinesis_schema_version"),
        partition_key,
        Field("sequenceNumber", utf8(), "sequence_number"),
        Field("data", payload, "data"),
        Field("approximateArrivalTimestamp", timestamp("ms", epoch="s"), "approximate_arrival_timestamp"),
        Field("encryptionType", dictionary(), "encryption_type"),
        *own,
    ))
    record = object_((
        Field("kinesis", kinesis),
        Field("eventSource", dictionary(), "event_source"),
        Field("eventVersion", dictionary(), "event_version"),
        Field("eventID", tee(Field(None, utf8(), "event_id"), Field(None, part(":", 0), "shard_id"))),
        Field("eventName", dictionary(), "event_name"),
        Field("invokeIdentityArn", dictionary(), "invoke_identity_arn"),
        Field("awsRegion", dictionary(), "aws_region"),
        Field("eventSourceARN", tee(Field(None, dictionary(), "event_source_arn"),
                                    Field(None, part("/", 1), "stream_name"))),
        Field(None, counter(), "record_index"),
    ), nullable=False)
    return object_((
        Field("Records", explode(record, unit=True, nullable=False), required=True),
        Field(None, rest(), "_metadata"),
    ), nullable=False)


SOURCE = Source(
    "kinesis", _envelope,
    payload="data", bare=binary(), layer=layer,
    columns=(
        "event_id", "event_name", "event_version", "event_source", "event_source_arn", "aws_region",
        "invoke_identity_arn", "kinesis_schema_version", "encryption_type", "partition_key", "sequence_number",
        "approximate_arrival_timestamp", "data",
    ),
    on_request=("shard_id", "stream_name", "record_index", "explicit_hash_key", "sub_sequence_number",
                "user_record_index"),
    identifier="sequence_number", identifier_path=("kinesis", "sequenceNumber"), ordered=True,
    options=("deaggregate", "hash_key_range"),
)


def aggregate(records: "Iterable[tuple[Any, ...]]") -> bytes:
    """Several user records packed into the bytes of one Kinesis record, as the Kinesis Producer Library does
    (https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md).

    ``records``: of each ``(partition_key, data)`` or ``(partition_key, data, explicit_hash_key)``: str, bytes and str.
    The record needs a partition key of its own, one that leads to the same shard as theirs. Raises ``ValueError`` for
    no records at all.
    """
    from ._aggregate import aggregate

    return aggregate(records)


class Decoder(_decoder.Decoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ()

    def __init__(self, **options: "Unpack[KinesisOptions]") -> None:
        super().__init__(SOURCE, **options)


to_arrow: "KinesisToArrow" = _decoder.front(Decoder)

if TYPE_CHECKING:
    Event = KinesisEvent
else:
    __getattr__ = event_struct(__name__, "KinesisEvent")
