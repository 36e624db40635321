"""From words to a flat plan: golden texts, and what cannot be lowered."""

import pytest
from engine.plans import lowered, records

import lambdarrow
from lambdarrow import (
    _core,
    content,
    dynamodb,
    dynamodb_export,
    dynamodb_export_incremental,
    firehose,
    kinesis,
    logs,
    s3,
    schema,
    sns,
    sqs,
)
from lambdarrow._explain import explain
from lambdarrow._lower import lower
from lambdarrow._source import plan_of
from lambdarrow.schema import (
    Field,
    base64,
    by,
    counter,
    digest,
    explode,
    fork,
    gzip,
    int_,
    list_,
    map_,
    object_,
    one_of,
    or_else,
    parse,
    same_digest,
    string,
    struct,
    tee,
    text_bytes,
    utf8,
)


def golden(text):
    return text.strip("\n") + "\n"


def test_kinesis_by_default():
    assert explain(plan_of(kinesis.SOURCE)) == golden("""
   0 object (not null)
   1   "Records"!: explode => rows of level 1 (unit of failure, not null)
   2     object (not null)
   3       "kinesis": object
   4         "kinesisSchemaVersion": dictionary -> kinesis_schema_version: i
   5         "partitionKey": utf8 -> _partition_key: u
   6         "sequenceNumber": utf8 -> sequence_number: u
   7         "data": base64
   8           aggregate => rows of level 2
   9             plain_bytes -> data: z
  10         "approximateArrivalTimestamp": timestamp -> approximate_arrival_timestamp: tsm:UTC
  11         "encryptionType": dictionary -> encryption_type: i
  12         * inherit
  13       "eventSource": dictionary -> event_source: i
  14       "eventVersion": dictionary -> event_version: i
  15       "eventID": utf8 -> event_id: u
  16       "eventName": dictionary -> event_name: i
  17       "invokeIdentityArn": dictionary -> invoke_identity_arn: i
  18       "awsRegion": dictionary -> aws_region: i
  19       "eventSourceARN": dictionary -> event_source_arn: i
  20   * rest -> _metadata: u
columns: event_id, event_name, event_version, event_source, event_source_arn, aws_region, invoke_identity_arn, \
kinesis_schema_version, encryption_type, partition_key, sequence_number, approximate_arrival_timestamp, data
""")


def test_kinesis_with_some_of_a_payload():
    payload = {"id": "int64", "geo": {"lat": "float64", "lon": "float64"}, "tags": ["utf8"]}
    plan = plan_of(
        kinesis.SOURCE, payload=payload, columns=["data.geo.lat", "data.tags", "partition_key"], dialect="spark"
    )
    assert explain(plan) == golden("""
   0 object (not null)
   1   "Records"!: explode => rows of level 1 (unit of failure, not null)
   2     object (not null)
   3       "kinesis": object
   4         "kinesisSchemaVersion": skip
   5         "partitionKey": utf8 -> _partition_key: u
   6         "sequenceNumber": or_else
   7           utf8 -> sequence_number: u
   8         "data": base64
   9           aggregate => rows of level 2
  10             parse
  11               struct -> data: +s
  12                 "id": skip
  13                 "geo": struct -> geo: +s
  14                   "lat": float -> lat: g
  15                   "lon": skip
  16                 "tags": list -> tags: +l
  17                   utf8 -> item: u
  18         "approximateArrivalTimestamp": skip
  19         "encryptionType": skip
  20         * inherit
  21       "eventSource": skip
  22       "eventVersion": skip
  23       "eventID": skip
  24       "eventName": skip
  25       "invokeIdentityArn": skip
  26       "awsRegion": skip
  27       "eventSourceARN": skip
  28   * rest -> _metadata: u
columns: data, partition_key
""")


def test_sqs_by_default():
    assert explain(plan_of(sqs.SOURCE)) == golden("""
   0 object (not null)
   1   "Records"!: explode => rows of level 1 (unit of failure, not null)
   2     object (not null)
   3       "messageId": utf8 -> message_id: u
   4       "receiptHandle": utf8 -> receipt_handle: u
   5       "body": utf8 -> body: u
   6       "attributes": object
   7         "ApproximateReceiveCount": string
   8           parse
   9             int -> approximate_receive_count: i (not null)
  10         "AWSTraceHeader": utf8 -> aws_trace_header: u
  11         "SentTimestamp": string
  12           parse
  13             timestamp -> sent_timestamp: tsm:UTC (not null)
  14         "SequenceNumber": utf8 -> sequence_number: u
  15         "MessageGroupId": utf8 -> message_group_id: u
  16         "SenderId": dictionary -> sender_id: i
  17         "MessageDeduplicationId": utf8 -> message_deduplication_id: u
  18         "ApproximateFirstReceiveTimestamp": string
  19           parse
  20             timestamp -> approximate_first_receive_timestamp: tsm:UTC (not null)
  21         "DeadLetterQueueSourceArn": dictionary -> dead_letter_queue_source_arn: i
  22       "messageAttributes": map -> message_attributes: +m
  23         key: utf8 -> key: u not null (not null)
  24         value: struct -> value: +s
  25           "dataType": utf8 -> data_type: u
  26           "stringValue": utf8 -> string_value: u
  27           "binaryValue": binary -> binary_value: z
  28           "stringListValues": list -> string_list_values: +l
  29             utf8 -> item: u
  30           "binaryListValues": list -> binary_list_values: +l
  31             binary -> item: z
  32       "md5OfMessageAttributes": utf8 -> md5_of_message_attributes: u
  33       "md5OfBody": utf8 -> md5_of_body: u
  34       "eventSource": dictionary -> event_source: i
  35       "eventSourceARN": dictionary -> event_source_arn: i
  36       "awsRegion": dictionary -> aws_region: i
  37   * rest -> _metadata: u
columns: message_id, receipt_handle, body, md5_of_body, md5_of_message_attributes, event_source, event_source_arn, \
aws_region, approximate_receive_count, sent_timestamp, approximate_first_receive_timestamp, sender_id, \
sequence_number, message_group_id, message_deduplication_id, aws_trace_header, dead_letter_queue_source_arn, \
message_attributes
""")


def test_s3_in_sns_in_sqs():
    stack = sns.notification(s3.notification())
    plan = plan_of(sqs.SOURCE, payload=stack, columns=["message_id", "body.topic_arn", "body.message"])
    assert explain(plan) == golden("""
   0 object (not null)
   1   "Records"!: explode => rows of level 1 (unit of failure, not null)
   2     object (not null)
   3       "messageId": dictionary -> message_id: i
   4       "receiptHandle": skip
   5       "body": string
   6         fork
   7           magic
   8             parse
   9               items
  10                 skip
  11                 struct -> payload_pointer: +s (not null)
  12                   "s3BucketName"!: dictionary -> bucket: i (not null)
  13                   "s3Key"!: dictionary -> key: i (not null)
  14             drop
  15           magic
  16             drop
  17             parse
  18               object
  19                 "Type": skip
  20                 "MessageId": skip
  21                 "SequenceNumber": skip
  22                 "TopicArn": dictionary -> topic_arn: i
  23                 "Subject": skip
  24                 "Message": string
  25                   parse
  26                     one_of
  27                       skip
  28                       object
  29                         "Records"!: explode => rows of level 2 (not null)
  30                           struct -> message: +s (not null)
  31                             "eventVersion": dictionary -> event_version: i
  32                             "eventSource": dictionary -> event_source: i
  33                             "awsRegion": dictionary -> aws_region: i
  34                             "eventTime": timestamp -> event_time: tsm:UTC
  35                             "eventName": dictionary -> event_name: i
  36                             "userIdentity": object
  37                               "principalId": dictionary -> principal_id: i
  38                             "requestParameters": object
  39                               "sourceIPAddress": dictionary -> source_ip_address: i
  40                             "responseElements": object
  41                               "x-amz-request-id": utf8 -> x_amz_request_id: u
  42                               "x-amz-id-2": utf8 -> x_amz_id_2: u
  43                             "s3": object
  44                               "s3SchemaVersion": dictionary -> s3_schema_version: i
  45                               "configurationId": dictionary -> configuration_id: i
  46                               "bucket": object
  47                                 "name": dictionary -> bucket_name: i
  48                                 "ownerIdentity": object
  49                                   "principalId": dictionary -> bucket_owner: i
  50                                 "arn": dictionary -> bucket_arn: i
  51                               "object": object
  52                                 "key": tee
  53                                   form -> key: u
  54                                   utf8 -> key_raw: u
  55                                 "size": int -> size: l
  56                                 "eTag": utf8 -> e_tag: u
  57                                 "versionId": utf8 -> version_id: u
  58                                 "sequencer": utf8 -> sequencer: u
  59                             "glacierEventData": json -> glacier_event_data: u
  60                             "restoreEventData": json -> restore_event_data: u
  61                             "replicationEventData": json -> replication_event_data: u
  62                             "intelligentTieringEventData": json -> intelligent_tiering_event_data: u
  63                             "lifecycleEventData": json -> lifecycle_event_data: u
  64                 "Timestamp": skip
  65                 "SignatureVersion": skip
  66                 "Signature": skip
  67                 "SigningCertURL": skip
  68                 "UnsubscribeURL": skip
  69                 "MessageAttributes": skip
  70       "attributes": or_else
  71         object
  72           "ApproximateReceiveCount": skip
  73           "AWSTraceHeader": skip
  74           "SentTimestamp": skip
  75           "SequenceNumber": skip
  76           "MessageGroupId": or_else
  77             dictionary -> message_group_id: i
  78           "SenderId": skip
  79           "MessageDeduplicationId": skip
  80           "ApproximateFirstReceiveTimestamp": skip
  81           "DeadLetterQueueSourceArn": skip
  82       "messageAttributes": skip
  83       "md5OfMessageAttributes": skip
  84       "md5OfBody": skip
  85       "eventSource": skip
  86       "eventSourceARN": or_else
  87         dictionary -> event_source_arn: i
  88       "awsRegion": skip
  89   * rest -> _metadata: u
columns: message_id, body
""")


def test_sqs_with_shapes_that_drift_and_a_digest():
    shapes = by("$.k", {"a": {"x": {"type": "int8", "coerce": "string"}, "l": ["int8"]}}, other="json")
    options = {"columns": ["message_id", "body"], "on_mismatch": "rescue", "verify_md5": True}
    assert explain(plan_of(sqs.SOURCE, payload=shapes, **options)) == golden("""
   0 object (not null)
   1   "Records"!: explode => rows of level 1 (unit of failure, not null)
   2     object (not null)
   3       "messageId": utf8 -> message_id: u
   4       "receiptHandle": skip
   5       "body": string
   6         fork
   7           digest -> _md5: w:16
   8           fork
   9             magic
  10               parse
  11                 items
  12                   skip
  13                   struct -> payload_pointer: +s (not null)
  14                     "s3BucketName"!: utf8 -> bucket: u (not null)
  15                     "s3Key"!: utf8 -> key: u (not null)
  16               drop
  17             magic
  18               drop
  19               parse
  20                 or_else (closed)
  21                   one_of -> body: +s
  22                     or_else (closed)
  23                       struct -> a: +s
  24                         "x": or_else (closed)
  25                           int -> x: c
  26                         "l": or_else (closed)
  27                           list -> l: +l
  28                             or_else (closed)
  29                               int -> item: c
  30                     json -> other: u
  31       "attributes": or_else
  32         object
  33           "ApproximateReceiveCount": skip
  34           "AWSTraceHeader": skip
  35           "SentTimestamp": skip
  36           "SequenceNumber": skip
  37           "MessageGroupId": or_else
  38             utf8 -> message_group_id: u
  39           "SenderId": skip
  40           "MessageDeduplicationId": skip
  41           "ApproximateFirstReceiveTimestamp": skip
  42           "DeadLetterQueueSourceArn": skip
  43       "messageAttributes": skip
  44       "md5OfMessageAttributes": skip
  45       "md5OfBody"!: tee
  46         utf8 -> md5_of_body: u
  47         utf8 -> _sent: u
  48       "eventSource": skip
  49       "eventSourceARN": or_else
  50         dictionary -> event_source_arn: i
  51       "awsRegion": skip
  52       * same_digest
  53   * rest -> _metadata: u
columns: message_id, body, _rescued
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


def test_logs_by_default():
    assert logs.Decoder().explain() == golden("""
   0 object (not null)
   1   "awslogs"!: object (not null)
   2     "data"!: base64 (not null)
   3       codec
   4         parse
   5           one_of (not null)
   6             skip
   7             object (not null)
   8               "messageType": dictionary -> message_type: i
   9               "owner": dictionary -> owner: i
  10               "logGroup": dictionary -> log_group: i
  11               "logStream": dictionary -> log_stream: i
  12               "subscriptionFilters": list -> subscription_filters: +l
  13                 dictionary -> item: i
  14               "policyLevel": dictionary -> policy_level: i
  15               "logEvents"!: explode => rows of level 1 (unit of failure, not null)
  16                 object (not null)
  17                   "id": utf8 -> id: u
  18                   "timestamp": timestamp -> timestamp: tsm:UTC
  19                   "message": utf8 -> message: u
  20                   "extractedFields": map -> extracted_fields: +m
  21                     key: utf8 -> key: u not null (not null)
  22                     value: utf8 -> value: u
  23   * rest -> _metadata: u
columns: id, timestamp, message, extracted_fields, message_type, owner, log_group, log_stream, subscription_filters, \
policy_level
""")


def test_messages_of_logs():
    plan = logs.Decoder(message={"a": "int64"}, columns=["message", "message_text"]).explain()
    assert "\n".join(plan.splitlines()[16:]) + "\n" == golden("""
  16                   "id": or_else
  17                     utf8 -> id: u
  18                   "timestamp": skip
  19                   "message": either
  20                     string
  21                       parse
  22                         struct -> message: +s
  23                           "a": int -> a: l
  24                     utf8 -> message_text: u
  25                   "extractedFields": skip
  26   * rest -> _metadata: u
columns: message, message_text
""")


def test_firehose_by_default():
    assert firehose.Decoder().explain() == golden("""
   0 object (not null)
   1   "invocationId": dictionary -> invocation_id: i
   2   "deliveryStreamArn": dictionary -> delivery_stream_arn: i
   3   "sourceKinesisStreamArn": dictionary -> source_kinesis_stream_arn: i
   4   "sourceMSKArn": skip
   5   "region": dictionary -> region: i
   6   "records"!: explode => rows of level 1 (unit of failure, not null)
   7     object (not null)
   8       "recordId": utf8 -> record_id: u
   9       "approximateArrivalTimestamp": timestamp -> approximate_arrival_timestamp: tsm:UTC
  10       "data": base64
  11         aggregate => rows of level 2
  12           plain_bytes -> data: z
  13       "kafkaRecordValue": dictionary -> _kafka_record_value: i
  14       "kinesisRecordMetadata": object
  15         "sequenceNumber": utf8 -> sequence_number: u
  16         "partitionKey": utf8 -> _partition_key: u
  17         "shardId": dictionary -> shard_id: i
  18       "mskRecordMetadata": skip
  19       * inherit
  20   * rest -> _metadata: u
columns: record_id, approximate_arrival_timestamp, partition_key, sequence_number, shard_id, data, \
delivery_stream_arn, invocation_id, region, source_kinesis_stream_arn
""")


def test_exports_of_logs():
    assert content.Decoder(payload=logs.exported()).explain() == golden("""
   0 fork
   1   codec
   2     lines => rows of level 1 (unit of failure)
   3       delimited -> data: +s
   4         timestamp -> timestamp: tsm:UTC
   5         utf8 -> message: u
columns: data
""")


def test_paths_of_rows_begin_at_the_rows_above():
    item = explode(object_((Field("n", int_(8)),)))
    plan = lowered(object_((Field("a b", base64(parse(object_((Field("list", item),))))),)))
    assert plan.texts == ['["a b"] → $.list'.encode()]


ROWS = struct((Field("id", utf8()), Field("x", explode(int_(8)))))
MATCH = Field(None, same_digest("d", "s", "s"))
RESCUE = or_else(int_(8), "rescue", path="$")


def test_dynamodb_of_items_as_json():
    assert dynamodb.Decoder(image="json").explain() == golden("""
   0 object (not null)
   1   "Records"!: explode => rows of level 1 (unit of failure, not null)
   2     object (not null)
   3       "eventID": utf8 -> event_id: u
   4       "eventName": dictionary -> event_name: i
   5       "eventVersion": dictionary -> event_version: i
   6       "eventSource": dictionary -> event_source: i
   7       "awsRegion": dictionary -> aws_region: i
   8       "userIdentity": struct -> user_identity: +s
   9         "type": dictionary -> type: i
  10         "principalId": dictionary -> principal_id: i
  11       "dynamodb": object
  12         "ApproximateCreationDateTime": timestamp -> approximate_creation_date_time: tsu:UTC
  13         "Keys": attribute
  14           json -> keys: u
  15         "NewImage": attribute
  16           json -> new_image: u
  17         "OldImage": attribute
  18           json -> old_image: u
  19         "SequenceNumber": utf8 -> sequence_number: u
  20         "SizeBytes": int -> size_bytes: l
  21         "StreamViewType": dictionary -> stream_view_type: i
  22       "eventSourceARN": dictionary -> event_source_arn: i
  23   * rest -> _metadata: u
columns: event_id, event_name, event_version, event_source, event_source_arn, aws_region, \
approximate_creation_date_time, sequence_number, size_bytes, stream_view_type, user_identity, keys, new_image, old_image
""")


def test_dynamodb_of_typed_items_and_what_changed():
    """Each part of an item wears a tag; an image is a struct itself. What is compared is noted, and compared last."""
    image = {"pk": "utf8", "n": "decimal128(9, 2)", "l": [{"a": "int64"}], "m": "map<utf8, binary>"}
    columns = ["op", "keys", "new_image", "changed", "table_name"]
    assert dynamodb.Decoder(image=image, columns=columns).explain() == golden("""
   0 object (not null)
   1   "Records"!: explode => rows of level 1 (unit of failure, not null)
   2     object (not null)
   3       "eventID": skip
   4       "eventName": renamed -> op: i
   5       "eventVersion": skip
   6       "eventSource": skip
   7       "awsRegion": skip
   8       "userIdentity": skip
   9       "dynamodb": object
  10         "ApproximateCreationDateTime": skip
  11         "Keys": struct -> keys: +s
  12           "pk": attribute
  13             utf8 -> pk: u
  14           "n": attribute
  15             decimal -> n: d:9,2
  16         "NewImage": tee
  17           struct -> new_image: +s
  18             "pk": attribute
  19               utf8 -> pk: u
  20             "n": attribute
  21               decimal -> n: d:9,2
  22             "l": attribute
  23               list -> l: +l
  24                 attribute
  25                   struct -> item: +s
  26                     "a": attribute
  27                       int -> a: l
  28             "m": attribute
  29               map -> m: +m
  30                 key: utf8 -> key: u not null (not null)
  31                 value: attribute
  32                   binary -> value: z
  33           span
  34         "OldImage": span
  35         "SequenceNumber": or_else
  36           utf8 -> sequence_number: u
  37         "SizeBytes": skip
  38         "StreamViewType": skip
  39         * changed -> changed: +l
  40           utf8 -> item: u (not null)
  41       "eventSourceARN": part -> table_name: i
  42   * rest -> _metadata: u
columns: op, keys, new_image, changed, table_name
""")


def test_dynamodb_by_key():
    image = lambdarrow.by_key("sk", {"a": {"n": "int64"}, "b": {"s": "utf8"}}, other="json")
    decoder = dynamodb.Decoder(image=image, columns=["old_image"], on_mismatch="rescue", dialect="spark")
    assert decoder.explain() == golden("""
   0 object (not null)
   1   "Records"!: explode => rows of level 1 (unit of failure, not null)
   2     object (not null)
   3       "eventID": skip
   4       "eventName": skip
   5       "eventVersion": skip
   6       "eventSource": skip
   7       "awsRegion": skip
   8       "userIdentity": skip
   9       "dynamodb": object
  10         "ApproximateCreationDateTime": skip
  11         "Keys": skip
  12         "NewImage": skip
  13         "OldImage": or_else (closed)
  14           one_of -> old_image: +s
  15             or_else (closed)
  16               struct -> a: +s
  17                 "n": or_else (closed)
  18                   attribute
  19                     int -> n: l
  20             or_else (closed)
  21               struct -> b: +s
  22                 "s": or_else (closed)
  23                   attribute
  24                     utf8 -> s: u
  25             attribute
  26               json -> other: u
  27         "SequenceNumber": or_else
  28           utf8 -> sequence_number: u
  29         "SizeBytes": skip
  30         "StreamViewType": skip
  31       "eventSourceARN": skip
  32   * rest -> _metadata: u
columns: old_image, _rescued
""")


def test_exports_of_a_table():
    decoder = dynamodb_export.Decoder(image={"pk": "utf8", "t": ["utf8"]}, flatten=True, strict=True)
    assert decoder.explain() == golden("""
   0 codec
   1   lines => rows of level 1 (unit of failure)
   2     object (not null)
   3       "Item"!: object
   4         "pk": attribute (closed)
   5           utf8 -> pk: u
   6         "t": attribute (closed)
   7           list -> t: +l
   8             attribute (closed)
   9               utf8 -> item: u
columns: pk, t
""")
    decoder = dynamodb_export_incremental.Decoder(image={"pk": "utf8"}, columns=["write_timestamp", "keys", "changed"])
    assert decoder.explain() == golden("""
   0 codec
   1   lines => rows of level 1 (unit of failure)
   2     object (not null)
   3       "Metadata": object
   4         "WriteTimestampMicros": attribute
   5           timestamp -> write_timestamp: tsu:UTC
   6       "Keys"!: struct -> keys: +s
   7         "pk": attribute
   8           utf8 -> pk: u
   9       "NewImage": span
  10       "OldImage": span
  11       * changed -> changed: +l
  12         utf8 -> item: u (not null)
columns: write_timestamp, keys, changed
""")


def test_a_change_through_kinesis():
    """The time is read as it stands, and rescaled once its precision is known, wherever that stood."""
    columns = ["data.event_id", "data.approximate_creation_date_time"]
    decoder = kinesis.Decoder(payload=dynamodb.record(image={"n": "int64"}), columns=columns, deaggregate=False)
    assert "\n".join(decoder.explain().splitlines()[8:26]) + "\n" == golden("""
   8         "data": base64
   9           parse
  10             struct -> data: +s
  11               "eventID": utf8 -> event_id: u
  12               "eventName": skip
  13               "eventSource": skip
  14               "awsRegion": skip
  15               "tableName": skip
  16               "recordFormat": skip
  17               "userIdentity": skip
  18               "dynamodb": object
  19                 "ApproximateCreationDateTime": timestamp -> approximate_creation_date_time: tsu:UTC
  20                 "ApproximateCreationDateTimePrecision": utf8 -> _precision: u
  21                 "Keys": skip
  22                 "NewImage": skip
  23                 "OldImage": skip
  24                 "SizeBytes": skip
  25                 * rescaled
""")


def choice(*names):
    return one_of(("k",), [(name, Field(None, utf8(), name)) for name in names])


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
        # Structs that make rows.
        (records(Field("a", ROWS), Field("b", ROWS)), "side by side"),
        (records(Field("s", struct((Field("a", explode(int_(8))), Field("b", explode(int_(8))))))), "side by side"),
        (records(Field("l", list_(ROWS))), "rows"),
        (records(Field("s", struct((Field("x", ROWS), Field("y", int_(8), "x"))))), "'x'"),
        # What is rescued has one map a row.
        (records(Field("a", RESCUE), Field("s", struct((Field("x", explode(RESCUE)),)))), "different levels"),
        (object_((Field("a", RESCUE), Field("l", records(Field("b", RESCUE))))), "different levels"),
        (records(Field("a", RESCUE), Field("b", int_(8), "_rescued")), "'_rescued'"),
        # Choices.
        (records(Field("c", choice("x", "x"))), "'x'"),
        (records(Field("c", choice("x", "y")), Field("d", int_(8), "y")), "'y'"),
        (records(Field("l", list_(choice("x", "y")))), "one column"),
        # Bytes.
        (records(Field("f", string(fork(Field(None, text_bytes(), "x"), Field(None, text_bytes(), "x"))))), "'x'"),
        (records(Field("d", string(digest()), "d"), Field("s", utf8(size="view"), "s"), MATCH), "digest"),
        (records(Field("d", utf8(), "d"), Field("s", utf8(size="small"), "s"), MATCH), "digest"),
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
