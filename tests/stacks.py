"""What AWS puts into a message: S3 notifications, SNS messages, EventBridge events; builders, and what they mean.

The meaning is said with json.loads, urllib.parse and datetime only.
"""

import datetime as dt
import json
from urllib.parse import quote_plus, unquote_plus

TOPIC = "arn:aws:sns:us-east-1:123456789012:uploads"

# --- builders ---------------------------------------------------------------------------------------


def s3_record(name="Happy Face.jpg", number=0, **changes):
    """One S3 record in AWS's key order; `name` is the object's, which the wire has form-URL-encoded."""
    thing = {"key": quote_plus(name), "size": 1024 + number, "eTag": "d41d8cd98f00b204e9800998ecf8427e",
             "versionId": "096fKKXTRTtl3on89fVO.nfljtsv6qko", "sequencer": f"0055AED6DCD9028{number:03X}"}
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "us-west-2",
        "eventTime": f"1970-01-01T00:00:{number % 60:02d}.123Z",
        "eventName": "ObjectCreated:Put",
        "userIdentity": {"principalId": "AIDAJDPLRKLG7UEXAMPLE"},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {"x-amz-request-id": f"C3D13FE58DE4C{number:03d}", "x-amz-id-2": "FMyUVURIY8/IgAtTv8xRjsk"},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "testConfigRule",
            "bucket": {"name": "amzn-s3-demo-bucket", "ownerIdentity": {"principalId": "A3NL1KOZZKExample"},
                       "arn": "arn:aws:s3:::amzn-s3-demo-bucket"},
            "object": thing | changes,
        },
    }


def s3_body(*records):
    return {"Records": list(records)}


TEST_EVENT = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": "2014-10-13T15:57:02.089Z",
              "Bucket": "amzn-s3-demo-bucket", "RequestId": "5582815E1AEA5ADF", "HostId": "8cLeGAmw098X5cv4Zkwcmo8"}


def sns_body(message, number=0, **changes):
    """What a topic delivers to a queue; `message` as text, or a value that json writes."""
    return {
        "Type": "Notification",
        "MessageId": f"da41e39f-ea4d-435a-b922-{number:012d}",
        "TopicArn": TOPIC,
        "Subject": "Amazon S3 Notification",
        "Message": message if isinstance(message, str) else json.dumps(message),
        "Timestamp": f"2019-01-02T12:45:{number % 60:02d}.067Z",
        "SignatureVersion": "1",
        "Signature": "tcc6faL2yUC6dgZdmrwh1Y4cGa/ebXEkAi6RibDsvpi+tE/1+82j",
        "SigningCertURL": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-ac565b8b1a6c5d00.pem",
        "UnsubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe",
    } | changes


def confirmation_body(**changes):
    return {
        "Type": "SubscriptionConfirmation",
        "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
        "Token": "2336412f37f",
        "TopicArn": TOPIC,
        "Message": "You have chosen to subscribe to the topic.",
        "SubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription",
        "Timestamp": "2012-04-26T20:45:04.751Z",
        "SignatureVersion": "1",
        "Signature": "EXAMPLEpH",
        "SigningCertURL": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService.pem",
    } | changes


def eventbridge_body(detail, number=0, **changes):
    return {
        "version": "0",
        "id": f"6a7e8feb-b491-4cf7-a9f1-{number:012d}",
        "detail-type": "Order Placed",
        "source": "com.example.orders",
        "account": "111122223333",
        "time": f"2017-12-22T18:43:{number % 60:02d}Z",
        "region": "us-west-1",
        "resources": ["arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0"],
        "detail": detail,
    } | changes


# --- meanings ---------------------------------------------------------------------------------------


def dig(value, *keys):
    """What stands below those keys; None where there is nothing."""
    for key in keys:
        value = None if value is None else value.get(key)
    return value


def moment(text):
    return None if text is None else dt.datetime.fromisoformat(text)


S3_PLACES = {
    "event_version": ("eventVersion",), "event_source": ("eventSource",), "aws_region": ("awsRegion",),
    "event_name": ("eventName",), "principal_id": ("userIdentity", "principalId"),
    "source_ip_address": ("requestParameters", "sourceIPAddress"),
    "x_amz_request_id": ("responseElements", "x-amz-request-id"), "x_amz_id_2": ("responseElements", "x-amz-id-2"),
    "s3_schema_version": ("s3", "s3SchemaVersion"), "configuration_id": ("s3", "configurationId"),
    "bucket_name": ("s3", "bucket", "name"), "bucket_owner": ("s3", "bucket", "ownerIdentity", "principalId"),
    "bucket_arn": ("s3", "bucket", "arn"), "key_raw": ("s3", "object", "key"), "size": ("s3", "object", "size"),
    "e_tag": ("s3", "object", "eTag"), "version_id": ("s3", "object", "versionId"),
    "sequencer": ("s3", "object", "sequencer"),
}
S3_EXTRAS = {"glacier_event_data": "glacierEventData", "restore_event_data": "restoreEventData",
             "replication_event_data": "replicationEventData",
             "intelligent_tiering_event_data": "intelligentTieringEventData",
             "lifecycle_event_data": "lifecycleEventData"}


def s3_row(record):
    """What one S3 record means; the values of `S3_EXTRAS` are parsed."""
    row = {name: dig(record, *keys) for name, keys in S3_PLACES.items()}
    row["key"] = None if row["key_raw"] is None else unquote_plus(row["key_raw"], errors="strict")
    row["event_time"] = moment(record.get("eventTime"))
    return row | {name: record.get(key) for name, key in S3_EXTRAS.items()}


def s3_rows(text):
    """The rows of a body: one a record; of a test event none."""
    body = json.loads(text)
    return [] if body.get("Event") == "s3:TestEvent" else [s3_row(record) for record in body["Records"]]


SNS_PLACES = {"type": "Type", "message_id": "MessageId", "sequence_number": "SequenceNumber", "topic_arn": "TopicArn",
              "subject": "Subject", "signature_version": "SignatureVersion", "signature": "Signature",
              "signing_cert_url": "SigningCertURL", "unsubscribe_url": "UnsubscribeURL"}


def sns_rows(text, inner=lambda message: [message]):
    """The rows of an SNS message, one for each that `inner` makes of the text in it."""
    body = json.loads(text)
    row = {name: body.get(key) for name, key in SNS_PLACES.items()} | {"timestamp": moment(body.get("Timestamp"))}
    attributes = body.get("MessageAttributes")
    if attributes is not None:
        attributes = {key: {"type": one.get("Type"), "value": one.get("Value")} for key, one in attributes.items()}
    return [row | {"message_attributes": attributes, "message": message} for message in inner(body["Message"])]


EVENTBRIDGE_PLACES = {"version": "version", "id": "id", "detail_type": "detail-type", "source": "source",
                      "account": "account", "region": "region", "replay_name": "replay-name", "resources": "resources"}


def eventbridge_rows(text, detail=lambda value: value):
    event = json.loads(text)
    row = {name: event.get(key) for name, key in EVENTBRIDGE_PLACES.items()}
    return [row | {"time": moment(event.get("time")), "detail": detail(event.get("detail"))}]


def plainly(value):
    """A row as pyarrow gives it in the oracles' terms: attributes as a dict, the JSON text of S3's extras parsed."""
    if not isinstance(value, dict):
        return value
    row = {key: plainly(inner) for key, inner in value.items()}
    if row.get("message_attributes") is not None:
        row["message_attributes"] = dict(row["message_attributes"])
    return row | {key: json.loads(row[key]) for key in S3_EXTRAS if row.get(key) is not None}
