"""From words to a flat plan: golden texts, and what cannot be lowered."""

import pytest
from engine.plans import lowered, records

from lambdarrow import _core, schema
from lambdarrow._explain import explain
from lambdarrow._lower import lower
from lambdarrow._source import plan_of
from lambdarrow.kinesis import SOURCE
from lambdarrow.schema import (
    Field,
    base64,
    counter,
    explode,
    gzip,
    int_,
    list_,
    map_,
    object_,
    or_else,
    parse,
    struct,
    tee,
    utf8,
)


def golden(text):
    return text.strip("\n") + "\n"


def test_kinesis_by_default():
    assert explain(plan_of(SOURCE)) == golden("""
   0 object (not null)
   1   "Records"!: explode => rows of level 1 (unit of failure, not null)
   2     object (not null)
   3       "kinesis": object
   4         "kinesisSchemaVersion": dictionary -> kinesis_schema_version: i
   5         "partitionKey": utf8 -> partition_key: u
   6         "sequenceNumber": utf8 -> sequence_number: u
   7         "data": binary -> data: z
   8         "approximateArrivalTimestamp": timestamp -> approximate_arrival_timestamp: tsm:UTC
   9         "encryptionType": dictionary -> encryption_type: i
  10       "eventSource": dictionary -> event_source: i
  11       "eventVersion": dictionary -> event_version: i
  12       "eventID": utf8 -> event_id: u
  13       "eventName": dictionary -> event_name: i
  14       "invokeIdentityArn": dictionary -> invoke_identity_arn: i
  15       "awsRegion": dictionary -> aws_region: i
  16       "eventSourceARN": dictionary -> event_source_arn: i
  17   * rest -> _metadata: u
columns: event_id, event_name, event_version, event_source, event_source_arn, aws_region, invoke_identity_arn, \
kinesis_schema_version, encryption_type, partition_key, sequence_number, approximate_arrival_timestamp, data
""")


def test_kinesis_with_some_of_a_payload():
    payload = {"id": "int64", "geo": {"lat": "float64", "lon": "float64"}, "tags": ["utf8"]}
    plan = plan_of(
        SOURCE, payload=payload, columns=["data.geo.lat", "data.tags", "partition_key"], dialect="spark"
    )
    assert explain(plan) == golden("""
   0 object (not null)
   1   "Records"!: explode => rows of level 1 (unit of failure, not null)
   2     object (not null)
   3       "kinesis": object
   4         "kinesisSchemaVersion": skip
   5         "partitionKey": utf8 -> partition_key: u
   6         "sequenceNumber": or_else
   7           utf8 -> sequence_number: u
   8         "data": base64
   9           parse
  10             struct -> data: +s
  11               "id": skip
  12               "geo": struct -> geo: +s
  13                 "lat": float -> lat: g
  14                 "lon": skip
  15               "tags": list -> tags: +l
  16                 utf8 -> item: u
  17         "approximateArrivalTimestamp": skip
  18         "encryptionType": skip
  19       "eventSource": skip
  20       "eventVersion": skip
  21       "eventID": skip
  22       "eventName": skip
  23       "invokeIdentityArn": skip
  24       "awsRegion": skip
  25       "eventSourceARN": skip
  26   * rest -> _metadata: u
columns: data, partition_key
""")


EVENT = object_(
    (Field("id", utf8()), Field("message", utf8()), Field(None, counter(), "position")), nullable=False
)
BODY = object_(
    (Field("logGroup", utf8()), Field("logEvents", explode(EVENT, nullable=False), required=True)),
    nullable=False,
)
LOGS = object_((Field("awslogs", object_((Field("data", base64(gzip(parse(BODY)))),)), required=True),))


def test_logs():
    assert explain(lowered(LOGS)) == golden("""
   0 object
   1   "awslogs"!: object
   2     "data": base64
   3       codec
   4         parse
   5           object (not null)
   6             "logGroup": dictionary -> logGroup: i
   7             "logEvents"!: explode => rows of level 1 (not null)
   8               object (not null)
   9                 "id": utf8 -> id: u
  10                 "message": utf8 -> message: u
  11                 * counter -> position: i
columns: logGroup, id, message, position
""")


def test_paths_of_rows_begin_at_the_rows_above():
    item = explode(object_((Field("n", int_(8)),)))
    plan = lowered(object_((Field("a b", base64(parse(object_((Field("list", item),))))),)))
    assert plan.texts == ['["a b"] → $.list'.encode()]


@pytest.mark.parametrize(
    "word, message",
    [
        (
            object_(
                (
                    Field("a", explode(object_((Field("x", int_(8)),)))),
                    Field("b", explode(object_((Field("y", int_(8)),)))),
                )
            ),
            "side by side",
        ),
        (explode(explode(int_(8), unit=True), unit=True), "one unit"),
        (list_(explode(int_(8))), "rows"),
        (records(Field("s", struct(()))), "without fields"),
        (records(Field("s", struct((Field("a", int_(8)), Field("b", int_(8), "a"))))), "'a'"),
        (records(Field("a", int_(8)), Field("b", int_(8), "a")), "'a'"),
        (records(Field("l", list_(object_((Field("a", int_(8)), Field("b", int_(8))))))), "one column"),
        (records(Field("m", map_(schema.skip()))), "one column"),
    ],
)
def test_what_cannot_be_lowered(word, message):
    with pytest.raises(ValueError, match=message):
        _core.Plan(lowered(word))


@pytest.mark.parametrize(
    "options, message", [({"dialect": "sparc"}, "dialect"), ({"string_type": "text"}, "string_type")]
)
def test_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        lower(records(Field("a", utf8())), order=("a",), **options)


def test_a_plan_prints_and_compares():
    words = records(Field("a", or_else(tee(Field(None, utf8(), "x"), Field(None, utf8(), "y")))))
    assert explain(lowered(words)) == explain(lowered(words))
    assert "or_else(tee(x: utf8" in repr(words)
