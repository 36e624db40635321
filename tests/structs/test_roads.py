"""Structs against the columns that lambdarrow makes of the same documents: what both have, by the same names, is equal,
and both refuse the same keys of objects."""

import json

import events
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET
from test_eventbridge import EVENT
from test_s3 import FAMILIES
from test_s3 import event as s3_event
from test_sns import BODY

import lambdarrow
from lambdarrow import eventbridge, s3, sns, sqs
from lambdarrow.events import _base
from lambdarrow.events.eventbridge import EventBridgeEvent
from lambdarrow.events.s3 import Record, S3Event
from lambdarrow.events.sns import SNSNotification


def row_of(body, word):
    (row,) = sqs.to_arrow(events.sqs_event_of(body), payload=word).to_pylist()
    return row["body"]


def known(value):
    """None for what is absent or null, as columns have both."""
    return None if value is UNSET else value


def assert_same(row, made, *elsewhere):
    """Each column is what the Struct, or one of its parts, has by that name."""
    compared = [name for name in row if any(hasattr(part, name) for part in (made, *elsewhere))]
    assert set(row) - set(compared) == set()
    for name in compared:
        part = next(part for part in (made, *elsewhere) if hasattr(part, name))
        assert row[name] == known(getattr(part, name)), name


OWN = {"glacier_event_data", "restore_event_data", "replication_event_data", "intelligent_tiering_event_data",
       "lifecycle_event_data"}


@pytest.mark.parametrize("sent", FAMILIES.values(), ids=FAMILIES)
def test_s3(sent):
    row = row_of(s3_event(sent), s3.notification())
    made = _base.decode(s3_event(sent), S3Event).records[0]
    bucket = made.s3.bucket
    assert row.pop("bucket_owner") == bucket.owner_identity.principal_id
    assert row.pop("bucket_arn") == bucket.arn
    for name in OWN:
        text = row.pop(name)
        wire = dict(zip(Record.__struct_fields__, Record.__struct_encode_fields__, strict=True))[name]
        assert (None if text is None else json.loads(text)) == sent.get(wire)
        assert (text is None) == (getattr(made, name) is None)
    assert_same(row, made, made.s3, made.s3.object, made.user_identity, made.request_parameters,
                made.response_elements)


@given(st.text(st.sampled_from("aé+%2BcCfF3€ "), max_size=12))
def test_keys_of_objects(key):
    sent = s3_event(json.loads(json.dumps(FAMILIES["created"])))
    sent["Records"][0]["s3"]["object"]["key"] = key
    record = _base.decode(sent, S3Event).records[0]
    try:
        row = row_of(sent, s3.notification())
    except lambdarrow.DecodeError as error:
        assert error.reason == "invalid_utf8"
        with pytest.raises(lambdarrow.DecodeError) as caught:
            record.key      # noqa: B018
        assert caught.value.reason == error.reason
    else:
        assert (record.key, record.s3.object.key_raw) == (row["key"], row["key_raw"])


def test_sns():
    for body in (BODY, BODY | {"Subject": "a", "SequenceNumber": "1"}):
        row = row_of(body, sns.notification())
        made = _base.decode(body, SNSNotification)
        attributes = dict(row.pop("message_attributes"))
        assert attributes == {name: {"type": one.type, "value": one.value}
                              for name, one in made.message_attributes.items()}
        assert_same(row, made)


def test_eventbridge():
    for body in (EVENT, EVENT | {"replay-name": "again", "resources": []}):
        row = row_of(body, eventbridge.event())
        made = _base.decode(body, EventBridgeEvent)
        assert json.loads(row.pop("detail")) == made.detail
        assert_same(row, made)
