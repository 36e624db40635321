"""S3 notifications make the rows: what that means for columns that are asked for, and for bodies that lie elsewhere."""

import json

import events
import pytest

from lambdarrow import s3, sns, sqs


def record(key):
    return {"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "b"}, "object": {"key": key, "size": 7}}}


EVENT = events.sqs_event_of(
    json.dumps({"Records": [record("a+b"), record("c")]}),
    json.dumps({"Event": "s3:TestEvent"}),
    json.dumps({"Records": [record("d")]}),
)


@pytest.mark.parametrize("name", ["key", "bucket_name", "principal_id"])
def test_each_column_of_a_record_can_be_asked_for(name):
    whole = sqs.to_arrow(EVENT, payload=s3.notification())
    narrow = sqs.to_arrow(EVENT, payload=s3.notification(), columns=["message_id", f"body.{name}"])
    assert narrow[f"body.{name}"].to_pylist() == whole[f"body.{name}"].to_pylist()


def test_the_columns_asked_for_do_not_change_the_rows():
    batch = sqs.to_arrow(EVENT, payload=s3.notification(), columns=["message_id"])
    assert batch.record_index.to_pylist() == [0, 0, 2]
    assert batch.shapes == {"s3:TestEvent": 1, "notification": 2}


@pytest.mark.parametrize("payload", [s3.notification(), sns.notification(s3.notification())], ids=["s3", "sns"])
def test_a_body_that_lies_in_s3_is_not_lost(payload):
    """Without `pointer=` there are no records to make rows of; the message must still be seen somewhere."""
    place = {"s3BucketName": "big", "s3Key": "k"}
    event = events.sqs_event_of(json.dumps(["software.amazon.payloadoffloading.PayloadS3Pointer", place]))
    batch = sqs.to_arrow(event, payload=payload, on_error="collect")
    assert batch.record_index.to_pylist() == [0] or [failure.index for failure in batch.failures] == [0]
