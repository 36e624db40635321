"""Events to look at: those of AWS's documentation, and one that has everything."""

import base64
import gzip
import json

import events

# The shape of AWS's documented examples, indented as there, with the keys that a tumbling window adds.
KINESIS = json.dumps(
    {
        "Records": [
            {
                "kinesis": {
                    "kinesisSchemaVersion": "1.0",
                    "partitionKey": "1",
                    "sequenceNumber": "49590338271490256608559692538361571095921575989136588898",
                    "data": data,
                    "approximateArrivalTimestamp": arrival,
                },
                "eventSource": "aws:kinesis",
                "eventVersion": "1.0",
                "eventID": "shardId-000000000006:49590338271490256608559692538361571095921575989136588898",
                "eventName": "aws:kinesis:record",
                "invokeIdentityArn": "arn:aws:iam::123456789012:role/lambda-role",
                "awsRegion": "us-east-2",
                "eventSourceARN": "arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream",
            }
            for data, arrival in [("SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==", 1545084650.987), ("", 1545084711)]
        ],
        "window": {"start": "2020-12-09T07:04:00Z", "end": "2020-12-09T07:06:00Z"},
        "state": {"1": "state 1", "2": [None, 1.5]},
        "shardId": "shardId-000000000006",
        "isFinalInvokeForWindow": False,
    },
    indent=4,
).encode()

# https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
SQS = json.dumps(
    {
        "Records": [
            {
                "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
                "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a...",
                "body": "Test message.",
                "attributes": {
                    "ApproximateReceiveCount": "1",
                    "SentTimestamp": "1545082649183",
                    "SenderId": "AIDAIENQZJOLO23YVJ4VO",
                    "ApproximateFirstReceiveTimestamp": "1545082649185",
                },
                "messageAttributes": {
                    "myAttribute": {
                        "stringValue": "myValue",
                        "stringListValues": [],
                        "binaryListValues": [],
                        "dataType": "String",
                    }
                },
                "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-2:123456789012:my-queue",
                "awsRegion": "us-east-2",
            },
            {
                "messageId": "2e1424d4-f796-459a-8184-9c92662be6da",
                "receiptHandle": "AQEBzWwaftRI0KuVm4tP+/7q1rGgNqicHq...",
                "body": "Test message.",
                "attributes": {
                    "ApproximateReceiveCount": "1",
                    "SentTimestamp": "1545082650636",
                    "SenderId": "AIDAIENQZJOLO23YVJ4VO",
                    "ApproximateFirstReceiveTimestamp": "1545082650649",
                },
                "messageAttributes": {},
                "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-2:123456789012:my-queue",
                "awsRegion": "us-east-2",
            },
        ]
    },
    indent=4,
).encode()

# https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html, with what a Kinesis stream adds
FIREHOSE = json.dumps(
    {
        "invocationId": "invoked123",
        "deliveryStreamArn": "arn:aws:firehose:us-west-2:123456789012:deliverystream/clicks",
        "sourceKinesisStreamArn": "arn:aws:kinesis:us-west-2:123456789012:stream/clicks",
        "region": "us-west-2",
        "records": [
            {
                "recordId": f"record{number}",
                "approximateArrivalTimestamp": 1507217624302,
                "data": "SGVsbG8gV29ybGQ=",
                "kinesisRecordMetadata": {
                    "shardId": "shardId-000000000000",
                    "partitionKey": "4d1ad2b9-24f8-4b9d-a088-76e9947c317a",
                    "approximateArrivalTimestamp": "2012-04-23T18:25:43.511Z",
                    "sequenceNumber": "49546986683135544286507457936321625675700192471156785154",
                    "subsequenceNumber": "",
                },
            }
            for number in (1, 2)
        ],
    },
    indent=4,
).encode()

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
LOGS = json.dumps(
    {
        "awslogs": {
            "data": base64.b64encode(
                gzip.compress(
                    json.dumps(
                        {
                            "owner": "111111111111",
                            "logGroup": "CloudTrail/logs",
                            "logStream": "111111111111_CloudTrail/logs_us-east-1",
                            "subscriptionFilters": ["Destination"],
                            "messageType": "DATA_MESSAGE",
                            "logEvents": [
                                {
                                    "id": f"3195310660696698337880902507980421114328961542429EXAMPLE{number}",
                                    "timestamp": 1432826855000,
                                    "message": '{"eventVersion":"1.03","userIdentity":{"type":"Root"}',
                                }
                                for number in (1, 2)
                            ],
                        },
                        indent=4,
                    ).encode(),
                    mtime=0,
                )
            ).decode()
        }
    },
    indent=4,
).encode()

# https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
DYNAMODB = json.dumps(
    {
        "Records": [
            {
                "eventID": "1",
                "eventVersion": "1.0",
                "dynamodb": {
                    "Keys": {"Id": {"N": "101"}},
                    "NewImage": {"Message": {"S": "New item!"}, "Id": {"N": "101"}},
                    "StreamViewType": "NEW_AND_OLD_IMAGES",
                    "SequenceNumber": "111",
                    "SizeBytes": 26,
                },
                "awsRegion": "us-west-2",
                "eventName": "INSERT",
                "eventSourceARN": "arn:aws:dynamodb:us-east-2:123456789012:table/my-table/stream/2024-06-10T19:26",
                "eventSource": "aws:dynamodb",
            },
            {
                "eventID": "2",
                "eventVersion": "1.0",
                "dynamodb": {
                    "OldImage": {"Message": {"S": "New item!"}, "Id": {"N": "101"}},
                    "SequenceNumber": "222",
                    "Keys": {"Id": {"N": "101"}},
                    "SizeBytes": 59,
                    "NewImage": {"Message": {"S": "This item has changed"}, "Id": {"N": "101"}},
                    "StreamViewType": "NEW_AND_OLD_IMAGES",
                },
                "awsRegion": "us-west-2",
                "eventName": "MODIFY",
                "eventSourceARN": "arn:aws:dynamodb:us-east-2:123456789012:table/my-table/stream/2024-06-10T19:26",
                "eventSource": "aws:dynamodb",
            },
        ],
        "window": {"start": "2020-12-09T07:04:00Z", "end": "2020-12-09T07:06:00Z"},
        "state": {"1": "state 1", "2": [None, 1.5]},
        "shardId": "shard123456789",
        "isFinalInvokeForWindow": False,
    },
    indent=4,
).encode()

# What the first and the second record have beside what every record has.
MORE = {
    "kinesis": (
        {"kinesis.partitionKey": 'k\u00e9y "\\'},
        {"kinesis.encryptionType": "KMS", "kinesis.extra": [{}]},
    ),
    "sqs": (
        {
            "receiptHandle": 'k\u00e9y "\\',
            "messageAttributes": {
                "text": {"stringValue": '\u00e9"\n', "stringListValues": [], "dataType": "String"},
                "bytes \U0001f600": {"binaryValue": "AP8=", "dataType": "Binary.x"},
                "lists": {"stringListValues": ["a", None, "\\"], "binaryListValues": ["QUJD", ""], "extra": [{}]},
                "null": None,
            },
            "attributes.AWSTraceHeader": "Root=1-5e1b4151-5ac6c58f5b4c3b1e4f3c2a1d",
            "attributes.extra": [{}],
        },
        {
            "md5OfMessageAttributes": "582c92c5c5b6ac403040a4f3ab3115c9",
            "attributes.SequenceNumber": "18849496460467696128",
            "attributes.MessageGroupId": "1",
            "attributes.MessageDeduplicationId": "1",
            "attributes.DeadLetterQueueSourceArn": "arn:aws:sqs:us-east-1:123456789012:dead",
        },
    ),
    "firehose": (
        {"kinesisRecordMetadata.partitionKey": 'k\u00e9y "\\'},
        {"kinesisRecordMetadata.extra": [{}]},
    ),
    "logs": (
        {"extractedFields": {"level": 'ERR\u00d6R "\\', "@aws.region": "us-east-1", "": None}},
        {"extractedFields": {}, "extra": [{}]},
    ),
    "dynamodb": (
        {
            "eventID": 'k\u00e9y "\\',
            "eventName": "MODIFY",
            "dynamodb.ApproximateCreationDateTime": 1480642020.123,
            # What JSON has no types for, so that no payload of a test says it.
            "dynamodb.NewImage.price": {"N": "1.50"},
            "dynamodb.NewImage.bin": {"B": "AP8="},
            "dynamodb.NewImage.all of them": {"M": {
                "sets": {"L": [{"SS": ["a", '\u00e9"\n']}, {"NS": ["1", "-2.5E-3", "+.5"]}, {"BS": ["QUJD", ""]}]},
                "S": {"M": {"S": {"S": "x"}}}, "null": {"NULL": True}, "empty": {"SS": []}, "": {"BOOL": False}}},
            "dynamodb.OldImage": {"id": {"N": "7"}, "tags": {"SS": ["a"]}},
        },
        {
            "eventName": "REMOVE",
            "userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com", "extra": [{}]},
            "dynamodb.extra": [{}],
        },
    ),
}
# What stands around the records, where there are columns of it.
AROUND = {
    "firehose": {
        "invocationId": 'k\u00e9y "\\',
        "deliveryStreamArn": "arn:aws:firehose:us-east-1:123456789012:deliverystream/clicks",
        "sourceKinesisStreamArn": "arn:aws:kinesis:us-east-1:123456789012:stream/clicks",
        "region": "us-east-1",
    },
    "logs": {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789123",
        "logGroup": 'k\u00e9y "\\',
        "logStream": "stream",
        "subscriptionFilters": ["to-lake", None, "\u00e9"],
        "policyLevel": "ACCOUNT_LEVEL_POLICY",
    },
}


def everything(source, *payloads):
    """An event of such records, two or more, in which every column has a value somewhere."""
    records = [source.record(load if isinstance(load, bytes) else json.dumps(load).encode(), number)
               for number, load in enumerate(payloads)]
    for record, changes in zip(records, MORE[source.name], strict=False):
        for path, value in changes.items():
            events.changed(record, path.split("."), value)
    around = AROUND.get(source.name, {"window": {"start": "x"}})
    return source.text_event(events.written({"Records": records} | around))
