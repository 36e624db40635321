"""Kinesis events whose records the Kinesis Producer Library has packed, and what is in them."""

import json
import random
from base64 import b64decode, b64encode
from functools import cache

from lambdarrow import kinesis

# The magic number in front of the message, and its MD5 behind it.
MAGIC, DIGEST = 4, 16


@cache
def event_and_users(records, users, size):
    """An event of so many records of so many users, each of them ``size`` bytes and one of twenty keys; and the key and
    the data of each user."""
    rng = random.Random(f"{records} {users} {size}")
    made, packed = [], []
    for number in range(records):
        keys = [f"{rng.getrandbits(64):016x}" for _ in range(20)]
        own = [(rng.choice(keys), rng.randbytes(size)) for _ in range(users)]
        data = kinesis.aggregate(own)
        packed += own
        sequence = f"{49_590_338_271_490_256_608_559_692_538_361_571_095_921_575_989_136_588_898 + number}"
        made.append({
            "kinesis": {
                "kinesisSchemaVersion": "1.0", "partitionKey": "a", "sequenceNumber": sequence,
                "data": b64encode(data).decode(), "approximateArrivalTimestamp": 1545084650.987,
            },
            "eventSource": "aws:kinesis", "eventVersion": "1.0", "eventID": f"shardId-000000000006:{sequence}",
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": "arn:aws:iam::123456789012:role/lambda-kinesis-role", "awsRegion": "us-east-2",
            "eventSourceARN": "arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream",
        })
    return json.dumps({"Records": made}, separators=(",", ":")).encode(), packed


def messages_of(event):
    """What the digests are of."""
    datas = (b64decode(record["kinesis"]["data"]) for record in json.loads(event)["Records"])
    return [data[MAGIC:-DIGEST] for data in datas]


def digests_of(event):
    return [b64decode(record["kinesis"]["data"])[-DIGEST:] for record in json.loads(event)["Records"]]
