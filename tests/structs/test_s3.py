"""S3's Structs against json and urllib.parse: every family of events, the test event, what EventBridge carries."""

from datetime import UTC, datetime
from urllib.parse import quote_plus, unquote_plus

import msgspec
import pytest
from faithful import changed, each_sample, refusal, round_trip, strict_trip, without
from msgspec import UNSET

from lambdarrow.events import _base
from lambdarrow.events.eventbridge import EventBridgeEvent
from lambdarrow.events.s3 import S3Event, S3ObjectEvent, S3TestEvent


def record(name="ObjectCreated:Put", thing=None, **more):
    return {
        "eventVersion": "2.5",
        "eventSource": "aws:s3",
        "awsRegion": "eu-west-1",
        "eventTime": "2024-07-19T20:09:18.551Z",
        "eventName": name,
        "userIdentity": {"principalId": "AWS:AIDAEXAMPLE"},
        "requestParameters": {"sourceIPAddress": "192.0.2.7"},
        "responseElements": {"x-amz-request-id": "C3D13FE58DE4C810", "x-amz-id-2": "FMyUVURIY8/IgAtTv8xRjskZQpcIZ9KG"},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "all",
            "bucket": {
                "name": "invoices",
                "ownerIdentity": {"principalId": "A3NL1KOZZKExample"},
                "arn": "arn:aws:s3:::invoices",
                "awsGeneratedTags": {"aws:cloudformation:logical-id": "Invoices"},
            },
            "object": thing or {
                "key": "2024/red+flower%2B%C3%A9.jpg",
                "size": 1024,
                "eTag": "d41d8cd98f00b204e9800998ecf8427e",
                "versionId": "096fKKXTRTtl3on89fVO.nfljtsv6qko",
                "sequencer": "0055AED6DCD90281E5",
            },
        },
    } | more


DELETED = {"key": "gone", "sequencer": "0055AED6DCD90281E6"}
RESTORED = {"lifecycleRestorationExpiryTime": "2024-08-01T00:00:00.456Z", "lifecycleRestoreStorageClass": "GLACIER"}
REPLICATED = {
    "replicationRuleId": "to-the-east",
    "destinationBucket": "arn:aws:s3:::copies",
    "s3Operation": "OBJECT_PUT",
    "requestTime": "2024-09-05T21:03:59.168Z",
    "failureReason": "AssumeRoleNotPermitted",
    "threshold": "15",
    "replicationTime": "2024-09-05T21:04:32.527Z",
}
FAMILIES = {
    "created": record(),
    "copied": record("ObjectCreated:Copy", {"key": "a", "size": 1, "eTag": "e", "hasObjectAnnotation": False}),
    "removed": record("ObjectRemoved:Delete", DELETED),
    "marked": record("ObjectRemoved:DeleteMarkerCreated", DELETED | {"eTag": "e", "versionId": "v"}),
    "restore-asked": record("ObjectRestore:Post"),
    "restored": record("ObjectRestore:Completed", glacierEventData={"restoreEventData": RESTORED}),
    "restored-otherwise": record("s3:ObjectRestore:Completed", restoreEventData=RESTORED),
    "replication": record("Replication:OperationFailedReplication", replicationEventData=REPLICATED),
    "expired": record("LifecycleExpiration:Delete", DELETED,
                      requestParameters={"sourceIPAddress": "s3.amazonaws.com"}),
    "moved": record("LifecycleTransition", lifecycleEventData={
        "transitionEventData": {"destinationStorageClass": "GLACIER"}}),
    "tiered": record("IntelligentTiering", intelligentTieringEventData={"destinationAccessTier": "ARCHIVE_ACCESS"}),
    "tagged": record("ObjectTagging:Put", {"key": "a", "eTag": "e"}),
    "acl": record("ObjectAcl:Put", {"key": "a", "eTag": "e", "versionId": None}),
}


def event(*records):
    return {"Records": list(records)}


@pytest.mark.parametrize("sent", FAMILIES.values(), ids=FAMILIES)
def test_every_family_comes_back_equal(sent):
    (made,) = strict_trip(event(sent), S3Event)
    assert made.event_name == sent["eventName"]
    assert made.event_time == datetime(2024, 7, 19, 20, 9, 18, 551_000, UTC)
    assert made.bucket_name == "invoices"
    assert made.key == unquote_plus(sent["s3"]["object"]["key"])
    assert made.request_parameters.source_ip_address == sent["requestParameters"]["sourceIPAddress"]
    assert made.response_elements.x_amz_request_id == "C3D13FE58DE4C810"
    assert made.user_identity.principal_id == "AWS:AIDAEXAMPLE"


def test_an_event_is_a_list_of_its_records():
    made = round_trip(event(*FAMILIES.values()), S3Event)
    assert len(made) == len(FAMILIES)
    assert list(made) == made.records
    assert len(round_trip(event(), S3Event)) == 0


@pytest.mark.parametrize("key", ["red flower+é.jpg", "a/b c", "100%", "ü" * 9, "😀", "a\tb", ""])
def test_a_key_is_decoded(key):
    sent = quote_plus(key, safe="/")
    (made,) = round_trip(event(changed(record(), sent, "s3", "object", "key")), S3Event)
    assert made.s3.object.key == made.key == key
    assert made.s3.object.key_raw == sent


def test_a_percent_that_names_no_byte_stays():
    (made,) = round_trip(event(changed(record(), "100%+%zz%2", "s3", "object", "key")), S3Event)
    assert made.key == "100% %zz%2"


def test_a_key_that_is_no_utf8_is_refused_when_it_is_looked_at():
    error = refusal(event(changed(record(), "%FF", "s3", "object", "key")), S3Event, lambda made: made.records[0].key)
    assert (error.reason, error.path) == ("invalid_utf8", "$.key")


def test_what_is_absent_is_none_and_a_null_version_is_neither():
    removed, acl, created = (round_trip(event(FAMILIES[name]), S3Event).records[0].s3.object
                             for name in ("removed", "acl", "created"))
    assert (removed.size, removed.e_tag, removed.version_id) == (None, None, UNSET)
    assert acl.version_id is None
    assert created.size == 1024
    plain = round_trip(event(record()), S3Event).records[0]
    assert [plain.glacier_event_data, plain.restore_event_data, plain.replication_event_data,
            plain.intelligent_tiering_event_data, plain.lifecycle_event_data] == [None] * 5


def test_what_a_family_has_of_its_own():
    made = {name: round_trip(event(sent), S3Event).records[0] for name, sent in FAMILIES.items()}
    expiry = datetime(2024, 8, 1, 0, 0, 0, 456_000, UTC)
    assert made["restored"].glacier_event_data.restore_event_data.lifecycle_restoration_expiry_time == expiry
    assert made["restored-otherwise"].restore_event_data.lifecycle_restoration_expiry_time == expiry
    replication = made["replication"].replication_event_data
    assert replication.request_time == datetime(2024, 9, 5, 21, 3, 59, 168_000, UTC)
    assert replication.replication_time == datetime(2024, 9, 5, 21, 4, 32, 527_000, UTC)
    assert made["moved"].lifecycle_event_data.transition_event_data.destination_storage_class == "GLACIER"
    assert made["tiered"].intelligent_tiering_event_data.destination_access_tier == "ARCHIVE_ACCESS"
    assert made["copied"].s3.object.has_object_annotation is False
    assert made["created"].s3.bucket.aws_generated_tags == {"aws:cloudformation:logical-id": "Invoices"}


def test_an_object_by_its_other_name():
    sent = record("IntelligentTiering")
    sent["s3"]["get_object"] = sent["s3"].pop("object")
    (made,) = strict_trip(event(sent), S3Event)
    assert made.s3.object.size == 1024
    assert made.key == "2024/red flower+é.jpg"
    error = refusal(event(without(record(), "s3", "object")), S3Event, lambda made: made.records[0].key)
    assert (error.reason, error.path) == ("missing_field", "$.object")


@pytest.mark.parametrize("path, to, at", [
    (("eventName",), None, "$.Records[0].eventName"),
    (("s3", "object", "size"), "1", "$.Records[0].s3.object.size"),
    (("s3", "bucket"), [], "$.Records[0].s3.bucket"),
    (("eventTime",), 7, "$.Records[0].eventTime"),
])
def test_an_event_of_another_shape_is_refused_by_its_path(path, to, at):
    assert refusal(event(changed(record(), to, *path)), S3Event).path == at


@pytest.mark.parametrize("path", [("eventName",), ("eventTime",), ("s3",), ("s3", "bucket", "name"),
                                  ("s3", "object", "key")])
def test_what_aws_always_sends_must_be_there(path):
    error = refusal(event(without(record(), *path)), S3Event)
    assert error.path == ".".join(["$.Records[0]", *path])
    assert path[-1] in str(error)


def test_a_time_that_is_none_is_refused_when_it_is_looked_at():
    for text, reason in (("yesterday", "invalid_timestamp"), ("2024-07-19T20:09:18", "offset_missing")):
        error = refusal(event(record(eventTime=text)), S3Event, lambda made: made.records[0].event_time)
        assert (error.reason, error.path) == (reason, "$.eventTime")


TEST_EVENT = {
    "Service": "Amazon S3",
    "Event": "s3:TestEvent",
    "Time": "2014-10-13T15:57:02.089Z",
    "Bucket": "invoices",
    "RequestId": "5582815E1AEA5ADF",
    "HostId": "8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR",
}


def test_the_test_event():
    made = strict_trip(TEST_EVENT, S3TestEvent)
    assert (made.event, made.bucket, made.host_id) == ("s3:TestEvent", "invoices", TEST_EVENT["HostId"])
    assert made.time == datetime(2014, 10, 13, 15, 57, 2, 89_000, UTC)
    assert refusal(TEST_EVENT, S3Event).path == "$.Records"
    assert refusal(event(record()), S3TestEvent).path == "$.Service"


def detail(thing=None, **more):
    return {
        "version": "0",
        "event-version": "1.1",
        "bucket": {"name": "invoices", "aws-generated-tags": {"aws:cloudformation:logical-id": "Invoices"}},
        "object": thing or {"key": "red flower+%2B.jpg", "size": 5, "etag": "b194", "version-id": "IYV3",
                            "sequencer": "617f08299329d189"},
        "request-id": "N4N7GDK58NMKJ12R",
        "requester": "123456789012",
    } | more


IP = {"source-ip-address": "192.0.2.7"}
DETAILS = {
    "Object Created": detail(**IP, reason="PutObject"),
    "Object Deleted": detail({"key": "a", "etag": "d", "version-id": "v", "sequencer": "61"}, **IP,
                             **{"reason": "DeleteObject", "deletion-type": "Delete Marker Created"}),
    "Object Restore Initiated": detail(**IP, **{"source-storage-class": "GLACIER"}),
    "Object Restore Completed": detail(**{"restore-expiry-time": "2021-11-13T00:00:00Z",
                                          "source-storage-class": "GLACIER"}),
    "Object Restore Expired": detail(),
    "Object Storage Class Changed": detail(**{"destination-storage-class": "DEEP_ARCHIVE"}),
    "Object Access Tier Changed": detail(**{"destination-access-tier": "ARCHIVE_ACCESS"}),
    "Object ACL Updated": detail({"key": "a", "etag": "d", "version-id": "v"}, **IP),
    "Object Tags Added": detail({"key": "a", "etag": "d"}, **IP),
    "Object Tags Deleted": detail({"key": "a", "etag": "d"}, **IP),
    "Object Annotation Created": detail(**IP, **{"reason": "PutObjectAnnotation", "object-annotation": {
        "name": "mine", "size": 24, "etag": "05df"}}),
    "Object Annotation Removed": detail(**IP, **{"object-annotation": {"name": "mine"}}),
    "copied": detail({"key": "a", "has-object-annotation": True}, reason="CopyObject"),
    "old": without(without(detail(), "event-version"), "bucket", "aws-generated-tags"),
}


@pytest.mark.parametrize("kind", DETAILS)
def test_what_eventbridge_carries(kind):
    sent = DETAILS[kind]
    whole = {
        "version": "0", "id": "17793124-05d4-b198-2fde-7ededc63b103", "detail-type": kind, "source": "aws.s3",
        "account": "111122223333", "time": "2021-11-12T00:00:00Z", "region": "ca-central-1",
        "resources": ["arn:aws:s3:::invoices"], "detail": sent,
    }
    made = strict_trip(whole, EventBridgeEvent[S3ObjectEvent]).detail
    assert made == strict_trip(sent, S3ObjectEvent)
    assert made.object.key == sent["object"]["key"]     # not encoded: a plus is a plus
    assert made.request_id == "N4N7GDK58NMKJ12R"
    wanted = datetime(2021, 11, 13, tzinfo=UTC) if "restore-expiry-time" in sent else None
    assert made.restore_expiry_time == wanted
    assert made.reason == sent.get("reason")
    assert made.source_ip_address == sent.get("source-ip-address")


def test_unknown_keys_are_ignored_unless_asked_for():
    (made,) = _base.decode(msgspec.json.encode(event(record(new=1))), S3Event)
    assert made == round_trip(event(record()), S3Event).records[0]
    with pytest.raises(ValueError, match="new"):
        strict_trip(event(record(new=1)), S3Event)


@each_sample("s3-event", "s3-event-with-decoded", "s3-glacier-event", "s3-lifecycle-event", "s3-restore-event")
def test_a_sample(sample):
    for made in strict_trip(sample, S3Event):
        assert made.key == (made.s3.object.url_decoded_key or made.key)
        assert made.event_time.tzinfo is UTC
