"""S3 notifications as payloads
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html): what a bucket sends to a
queue or a topic.
"""

from .schema import (
    PLACE,
    Field,
    dictionary,
    explode,
    form,
    int_,
    json,
    object_,
    one_of,
    skip,
    struct,
    tee,
    timestamp,
    utf8,
)

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from .schema import Word


def record() -> "Word":
    """One S3 record, a struct, all of it nullable: ``event_version``, ``event_source``, ``aws_region``, ``event_name``,
    ``bucket_name``, ``bucket_owner``, ``bucket_arn``, ``configuration_id``, ``s3_schema_version``, ``principal_id`` and
    ``source_ip_address`` (dictionaries); ``event_time`` (timestamp[ms, UTC]); ``key`` (utf8, decoded: on the wire it is
    form-URL-encoded), ``key_raw`` (utf8, as sent), ``size`` (int64, bytes), ``e_tag``, ``version_id``, ``sequencer``,
    ``x_amz_request_id``, ``x_amz_id_2`` (utf8); what only some events have, as JSON text: ``glacier_event_data``,
    ``restore_event_data``, ``replication_event_data``, ``intelligent_tiering_event_data``, ``lifecycle_event_data``.
    """
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
    return struct((
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
    ), nullable=False, on_mismatch="fail")


def notification() -> "Word":
    """An S3 notification: one row for each of its records (:func:`record`), the columns around it repeated.

    ``s3:TestEvent``, which S3 sends once when it is told where to send, has no records and makes no row;
    ``batch.shapes`` counts it. A body without ``Records`` that is no test event either is a failure.
    """
    records = object_((Field("Records", explode(record(), nullable=False), PLACE, required=True),))
    test = Field(None, skip(), "s3:TestEvent")
    return one_of(("Event",), (("s3:TestEvent", test),), other=Field(None, records, PLACE), counted=True,
                  names=("s3:TestEvent", "notification"))
