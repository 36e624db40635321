"""S3 notifications (https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html): what a
bucket sends to a function, and, as payloads, to a queue or a topic.

The columns of :func:`to_arrow` are the fields of :func:`record`, a row each; ``s3:TestEvent`` makes none. On request
(``columns=``): ``record_index``, int32.
"""

from . import _decoder
from ._source import Source, event_struct
from .schema import (
    PLACE,
    Field,
    counter,
    dictionary,
    explode,
    form,
    int_,
    json,
    object_,
    one_of,
    rest,
    skip,
    struct,
    tee,
    timestamp,
    utf8,
)

__all__ = ["SOURCE", "Decoder", "notification", "record", "to_arrow"]

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Unpack

    from ._types import PlainOptions, PlainToArrow
    from .events.s3 import S3Event
    from .schema import Word


def record() -> "Word":
    """One S3 record, a struct, all of it nullable: ``event_version``, ``event_source``, ``aws_region``, ``event_name``,
    ``bucket_name``, ``bucket_owner``, ``bucket_arn``, ``configuration_id``, ``s3_schema_version``, ``principal_id`` and
    ``source_ip_address`` (dictionaries); ``event_time`` (timestamp[ms, UTC]); ``key`` (utf8, decoded: on the wire it is
    form-URL-encoded), ``key_raw`` (utf8, as sent), ``size`` (int64, bytes), ``e_tag``, ``version_id``, ``sequencer``,
    ``x_amz_request_id``, ``x_amz_id_2`` (utf8); what only some events have, as JSON text: ``glacier_event_data``,
    ``restore_event_data``, ``replication_event_data``, ``intelligent_tiering_event_data``, ``lifecycle_event_data``.
    """
    return struct(_fields(), nullable=False, on_mismatch="fail")


def _fields() -> "tuple[Field, ...]":
    bucket = object_((
        Field("name", dictionary(), "bucket_name"),
        Field("ownerIdentity", object_((Field("principalId", dictionary(), "bucket_owner"),))),
        Field("arn", dictionary(), "bucket_arn"),
    ))
    thing = object_((
        Field("key", tee(Field(None, form(), "key"), Field(None, utf8(), "key_raw"))),
        Field("size", int_(64), "size"),
        Field("eTag", utf8(), "e_tag"),
        Field("versionId", utf8(), "version_id"),
        Field("sequencer", utf8(), "sequencer"),
    ))
    return (
        Field("eventVersion", dictionary(), "event_version"),
        Field("eventSource", dictionary(), "event_source"),
        Field("awsRegion", dictionary(), "aws_region"),
        Field("eventTime", timestamp("ms"), "event_time"),
        Field("eventName", dictionary(), "event_name"),
        Field("userIdentity", object_((Field("principalId", dictionary(), "principal_id"),))),
        Field("requestParameters", object_((Field("sourceIPAddress", dictionary(), "source_ip_address"),))),
        Field("responseElements", object_((
            Field("x-amz-request-id", utf8(), "x_amz_request_id"),
            Field("x-amz-id-2", utf8(), "x_amz_id_2"),
        ))),
        Field("s3", object_((
            Field("s3SchemaVersion", dictionary(), "s3_schema_version"),
            Field("configurationId", dictionary(), "configuration_id"),
            Field("bucket", bucket),
            Field("object", thing),
        ))),
        Field("glacierEventData", json(), "glacier_event_data"),
        Field("restoreEventData", json(), "restore_event_data"),
        Field("replicationEventData", json(), "replication_event_data"),
        Field("intelligentTieringEventData", json(), "intelligent_tiering_event_data"),
        Field("lifecycleEventData", json(), "lifecycle_event_data"),
    )


def notification() -> "Word":
    """An S3 notification: one row for each of its records (:func:`record`), the columns around it repeated.

    ``s3:TestEvent``, which S3 sends once when it is told where to send, has no records and makes no row;
    ``batch.shapes`` counts it. A body without ``Records`` that is no test event either is a failure.
    """
    return _unless_test(object_((Field("Records", explode(record(), nullable=False), PLACE, required=True),)))


def _unless_test(notification: "Word") -> "Word":
    """The word of a notification, where S3 may also ask whether somebody is there."""
    return one_of(("Event",), (("s3:TestEvent", Field(None, skip(), "s3:TestEvent")),),
                  other=Field(None, notification, PLACE), counted=True, names=("s3:TestEvent", "notification"))


def _envelope() -> "Word":
    records = object_((*_fields(), Field(None, counter(), "record_index")), nullable=False)
    return _unless_test(object_((
        Field("Records", explode(records, unit=True, nullable=False), required=True),
        Field(None, rest(), "_metadata"),
    ), nullable=False))


SOURCE = Source(
    "s3", _envelope, payload=None, bare=None, layer=None, typed=(),
    columns=(
        "event_version", "event_source", "aws_region", "event_time", "event_name", "bucket_name", "bucket_owner",
        "bucket_arn", "configuration_id", "s3_schema_version", "key", "key_raw", "size", "e_tag", "version_id",
        "sequencer", "principal_id", "source_ip_address", "x_amz_request_id", "x_amz_id_2", "glacier_event_data",
        "restore_event_data", "replication_event_data", "intelligent_tiering_event_data", "lifecycle_event_data",
    ),
    on_request=("record_index",),
)


class Decoder(_decoder.Decoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ()

    def __init__(self, **options: "Unpack[PlainOptions]") -> None:
        super().__init__(SOURCE, **options)


to_arrow: "PlainToArrow" = _decoder.front(Decoder)

if TYPE_CHECKING:
    Event = S3Event
else:
    __getattr__ = event_struct(__name__, "S3Event")
