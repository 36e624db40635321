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
``stream_name`` (the last part of the ARN), dictionaries; ``record_index``, int32.
"""

from . import _decoder
from ._source import Source
from .schema import Field, base64, binary, counter, dictionary, explode, object_, part, rest, tee, timestamp, utf8

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Unpack

    from ._types import Options, ToArrow
    from .schema import Word


def _envelope(payload: "Word") -> "Word":
    kinesis = object_((
        Field("kinesisSchemaVersion", dictionary(), "kinesis_schema_version"),
        Field("partitionKey", utf8(), "partition_key"),
        Field("sequenceNumber", utf8(), "sequence_number"),
        Field("data", payload, "data"),
        Field("approximateArrivalTimestamp", timestamp("ms", epoch="s"), "approximate_arrival_timestamp"),
        Field("encryptionType", dictionary(), "encryption_type"),
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
    payload="data", bare=binary(), layer=base64,
    columns=(
        "event_id", "event_name", "event_version", "event_source", "event_source_arn", "aws_region",
        "invoke_identity_arn", "kinesis_schema_version", "encryption_type", "partition_key", "sequence_number",
        "approximate_arrival_timestamp", "data",
    ),
    on_request=("shard_id", "stream_name", "record_index"),
    identifier="sequence_number", identifier_path=("kinesis", "sequenceNumber"), ordered=True,
)


class Decoder(_decoder.Decoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ()

    def __init__(self, **options: "Unpack[Options]") -> None:
        super().__init__(SOURCE, **options)


to_arrow: "ToArrow" = _decoder.front(Decoder)
