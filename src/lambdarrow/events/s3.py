"""Events of S3 as Structs: what a bucket sends to a function, a queue or a topic
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html), and what it sends through
EventBridge (https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html).
"""

from datetime import datetime
from urllib.parse import unquote_plus

from msgspec import field

from ._base import UNSET, Event, Records, UnsetType, iso, refused

__all__ = ["Bucket", "DetailBucket", "DetailObject", "GlacierEventData", "IntelligentTieringEventData",
           "LifecycleEventData", "Object", "ObjectAnnotation", "Record", "ReplicationEventData", "RequestParameters",
           "ResponseElements", "RestoreEventData", "S3", "S3Event", "S3ObjectEvent", "S3TestEvent",
           "TransitionEventData", "UserIdentity"]


class UserIdentity(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Who caused the event, or owns the bucket."""

    principal_id: str


class RequestParameters(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Where the request came from."""

    source_ip_address: str = field(name="sourceIPAddress")
    """An address, or ``s3.amazonaws.com`` where S3 itself is the cause."""


class ResponseElements(Event, frozen=True, kw_only=True, omit_defaults=True):
    """What S3 answered to the request, for AWS Support to trace it by."""

    x_amz_request_id: str = field(name="x-amz-request-id")
    x_amz_id_2: str = field(name="x-amz-id-2")
    """The host that answered."""


class Bucket(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The bucket."""

    name: str
    owner_identity: UserIdentity | None = None
    """No longer of use; AWS keeps it for old functions."""
    arn: str
    aws_generated_tags: dict[str, str] | None = None
    """Tags that AWS's services have attached to the bucket, since version 2.5; absent without any."""


class Object(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The object. ``key_raw`` is its key as sent, form-URL-encoded; S3's own functions take ``key``."""

    key_raw: str = field(name="key")
    url_decoded_key: str | None = None
    """The key once more, which SDKs of other languages add to what AWS has sent."""
    size: int | None = None
    """Bytes; absent where the object was deleted."""
    e_tag: str | None = None
    """Absent where the object was deleted."""
    version_id: str | None | UnsetType = UNSET
    """Absent or null in a bucket without versions."""
    sequencer: str | None = None
    """Hexadecimal digits by which events of the same key are put in order: fill the shorter up with zeros at the left,
    then compare the texts. Events that neither create nor delete need not have one."""
    has_object_annotation: bool | None = None
    """Whether the object has annotations; only where one was copied."""

    @property
    def key(self) -> str:
        """The object's key: ``+`` in ``key_raw`` is a blank, ``%2B`` a plus. Raises DecodeError where it is no
        UTF-8."""
        try:
            return unquote_plus(self.key_raw, errors="strict")
        except UnicodeDecodeError as error:
            raise refused("invalid_utf8", "invalid UTF-8", "$.key") from error


class S3(Event, frozen=True, kw_only=True, omit_defaults=True):
    """What happened to what. ``object`` is there in all events."""

    s3_schema_version: str | None = field(default=None, name="s3SchemaVersion")
    configuration_id: str | None = field(default=None, name="configurationId")
    """The notification's id in the bucket's configuration."""
    bucket: Bucket
    object_raw: Object | None = field(default=None, name="object")
    get_object: Object | None = None
    """Takes the place of ``object`` in samples of Intelligent-Tiering."""

    @property
    def object(self) -> Object:
        """The object, by either name. Raises DecodeError where the event has none."""
        made = self.get_object if self.object_raw is None else self.object_raw
        if made is None:
            raise refused("missing_field", "missing required field `object`", "$.object")
        return made


class RestoreEventData(Event, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a request to restore an archived object."""

    lifecycle_restoration_expiry_time_raw: str | None = field(default=None, name="lifecycleRestorationExpiryTime")
    lifecycle_restore_storage_class: str | None = field(default=None, name="lifecycleRestoreStorageClass")
    """Where it was archived."""

    @property
    def lifecycle_restoration_expiry_time(self) -> datetime | None:
        """When the restored copy goes; to the millisecond."""
        return iso(self.lifecycle_restoration_expiry_time_raw, "$.lifecycleRestorationExpiryTime")


class GlacierEventData(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Only with ``ObjectRestore:Completed``."""

    restore_event_data: RestoreEventData | None = None


class ReplicationEventData(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Only with ``Replication:...``."""

    replication_rule_id: str | None = field(default=None, name="replicationRuleId")
    destination_bucket: str | None = field(default=None, name="destinationBucket")
    """Its ARN."""
    s3_operation: str | None = field(default=None, name="s3Operation")
    """What was to be replicated, such as ``OBJECT_PUT``."""
    request_time_raw: str | None = field(default=None, name="requestTime")
    failure_reason: str | None = field(default=None, name="failureReason")
    """Only with ``Replication:OperationFailedReplication``."""
    threshold: str | None = None
    """The time that replication was given; only where one was set."""
    replication_time_raw: str | None = field(default=None, name="replicationTime")

    @property
    def request_time(self) -> datetime | None:
        """When replication was asked for."""
        return iso(self.request_time_raw, "$.requestTime")

    @property
    def replication_time(self) -> datetime | None:
        """When the object was replicated; None as long as it is not."""
        return iso(self.replication_time_raw, "$.replicationTime")


class IntelligentTieringEventData(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Only with ``IntelligentTiering``."""

    destination_access_tier: str | None = None
    """``ARCHIVE_ACCESS`` or ``DEEP_ARCHIVE_ACCESS``."""


class TransitionEventData(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Where a rule of the bucket's lifecycle has moved the object."""

    destination_storage_class: str | None = None


class LifecycleEventData(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Only with ``LifecycleTransition``."""

    transition_event_data: TransitionEventData | None = None


class Record(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """One event of a bucket, of any family: objects created, removed, restored, replicated, tagged, moved to another
    class or tier, given another ACL. What is said about it alone is in the field of its family, None in all others.
    """

    event_version: str | None = None
    """``2.`` and the version of what AWS has added."""
    event_source: str | None = None
    """``aws:s3``."""
    aws_region: str | None = None
    event_time_raw: str = field(name="eventTime")
    event_name: str
    """``ObjectCreated:Put`` and the like. Some samples put ``s3:`` before it, which AWS does not."""
    user_identity: UserIdentity
    request_parameters: RequestParameters
    response_elements: ResponseElements
    s3: S3
    glacier_event_data: GlacierEventData | None = None
    restore_event_data: RestoreEventData | None = None
    replication_event_data: ReplicationEventData | None = None
    intelligent_tiering_event_data: IntelligentTieringEventData | None = None
    lifecycle_event_data: LifecycleEventData | None = None

    @property
    def event_time(self) -> datetime:
        """When S3 was done with the request, to the millisecond."""
        return iso(self.event_time_raw, "$.eventTime")

    @property
    def bucket_name(self) -> str:
        """``s3.bucket.name``."""
        return self.s3.bucket.name

    @property
    def key(self) -> str:
        """``s3.object.key``, decoded."""
        return self.s3.object.key


class S3Event(Records[Record], frozen=True, kw_only=True, omit_defaults=True):
    """What a bucket sends; iterating it, and its length, are those of ``records``."""

    records: list[Record] = field(name="Records")


class S3TestEvent(Event, frozen=True, kw_only=True, omit_defaults=True, rename="pascal"):
    """What a bucket sends once, when a notification is set up: no event of any object."""

    service: str
    """``Amazon S3``."""
    event: str
    """``s3:TestEvent``."""
    time_raw: str = field(name="Time")
    bucket: str
    request_id: str | None = None
    host_id: str | None = None

    @property
    def time(self) -> datetime:
        """When the notification was set up."""
        return iso(self.time_raw, "$.Time")


class DetailBucket(Event, frozen=True, kw_only=True, omit_defaults=True, rename="kebab"):
    """The bucket, in EventBridge."""

    name: str
    aws_generated_tags: dict[str, str] | None = None
    """Tags that AWS's services have attached to the bucket; absent without any."""


class DetailObject(Event, frozen=True, kw_only=True, omit_defaults=True, rename="kebab"):
    """The object, in EventBridge."""

    key: str
    """As it is: here nothing is encoded."""
    size: int | None = None
    """Bytes; absent where the object was deleted, and in events of tags, ACLs and annotations."""
    etag: str | None = None
    """Absent where a version was deleted for good."""
    version_id: str | None = None
    """Absent in a bucket without versions."""
    sequencer: str | None = None
    """As in :class:`Object`; only where the event creates or deletes."""
    has_object_annotation: bool | None = None
    """Whether the object has annotations; only where one was copied."""


class ObjectAnnotation(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The annotation that was made or taken away."""

    name: str
    size: int | None = None
    """Bytes; absent where it was taken away, as the tag below."""
    etag: str | None = None


class S3ObjectEvent(Event, frozen=True, kw_only=True, omit_defaults=True, rename="kebab"):
    """The ``detail`` of an event of S3 that came through EventBridge: ``EventBridgeEvent[S3ObjectEvent]``. Which of its
    fields there are, the event's ``detail_type`` says.
    """

    version: str
    """``0``."""
    event_version: str | None = None
    """The version of what S3 has added, such as ``1.1``; absent in old events."""
    bucket: DetailBucket
    object: DetailObject
    request_id: str | None = None
    requester: str | None = None
    """The account, or the service such as ``s3.amazonaws.com``, that asked."""
    source_ip_address: str | None = None
    """Only where somebody asked S3."""
    reason: str | None = None
    """``Object Created``: the API's name, such as ``PutObject``. ``Object Deleted``: ``DeleteObject`` or ``Lifecycle
    Expiration``."""
    deletion_type: str | None = None
    """``Object Deleted``: ``Permanently Deleted`` or ``Delete Marker Created``."""
    restore_expiry_time_raw: str | None = field(default=None, name="restore-expiry-time")
    source_storage_class: str | None = None
    """``Object Restore Initiated`` and ``Object Restore Completed``: where the object is archived."""
    destination_storage_class: str | None = None
    """``Object Storage Class Changed``: where it is now."""
    destination_access_tier: str | None = None
    """``Object Access Tier Changed``: where it is now."""
    object_annotation: ObjectAnnotation | None = None
    """``Object Annotation Created`` and ``Object Annotation Removed``."""

    @property
    def restore_expiry_time(self) -> datetime | None:
        """``Object Restore Completed``: when the restored copy goes."""
        return iso(self.restore_expiry_time_raw, "$.restore-expiry-time")
