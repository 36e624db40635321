"""The peers' loops over Kinesis records that the Kinesis Producer Library has packed."""


def aws_kinesis_agg():
    """json.loads + aws-kinesis-agg: `deaggregate_records(json.loads(event)["Records"])`, and of each user a tuple of 5
    fields, `b64decode` of its data among them"""
    import json
    from base64 import b64decode

    from aws_kinesis_agg.deaggregator import deaggregate_records

    def loop(event):
        users = (one["kinesis"] for one in deaggregate_records(json.loads(event)["Records"]))
        return [
            (one["partitionKey"], one["sequenceNumber"], one.get("explicitHashKey"), one.get("subSequenceNumber"),
             b64decode(one["data"]))
            for one in users
        ]

    return loop, lambda rows: [(row[0], row[-1]) for row in rows]


def aws_kinesis_agg_alone():
    """json.loads + aws-kinesis-agg alone: `deaggregate_records(json.loads(event)["Records"])`; no field touched"""
    import json
    from base64 import b64decode

    from aws_kinesis_agg.deaggregator import deaggregate_records

    def witness(records):
        return [(one["kinesis"]["partitionKey"], b64decode(one["kinesis"]["data"])) for one in records]

    return lambda event: deaggregate_records(json.loads(event)["Records"]), witness


def protobuf():
    """orjson + pybase64 + hashlib + protobuf: `AggregatedRecord.FromString` where `md5` of the message is the digest,
    and of each user a tuple of 5 fields"""
    from hashlib import md5

    from aws_kinesis_agg.messages_pb2 import AggregatedRecord
    from orjson import loads
    from pybase64 import b64decode

    read = AggregatedRecord.FromString

    def loop(event):
        rows = []
        for record in loads(event)["Records"]:
            inner = record["kinesis"]
            sequence, data = inner["sequenceNumber"], b64decode(inner["data"], validate=True)
            message = data[4:-16]
            if data[:4] != b"\xf3\x89\x9a\xc2" or md5(message).digest() != data[-16:]:
                rows.append((inner["partitionKey"], sequence, None, None, data))
                continue
            made = read(message)
            keys, hash_keys = made.partition_key_table, made.explicit_hash_key_table
            for at, user in enumerate(made.records):
                hashed = hash_keys[user.explicit_hash_key_index] if user.HasField("explicit_hash_key_index") else None
                rows.append((keys[user.partition_key_index], sequence, hashed, at, user.data))
        return rows

    return loop, lambda rows: [(row[0], row[-1]) for row in rows]


def md5():
    """MD5 alone: `hashlib.md5(message).digest()` of each, JSON and base64 already undone"""
    from hashlib import md5

    def loop(messages):
        return [md5(message).digest() for message in messages]

    return loop, list


def md5_of_events():
    """MD5 behind JSON and base64: `orjson.loads(event)`, `pybase64.b64decode` and `hashlib.md5(message).digest()` of
    each"""
    from hashlib import md5

    from orjson import loads
    from pybase64 import b64decode

    def loop(event):
        datas = [b64decode(record["kinesis"]["data"]) for record in loads(event)["Records"]]
        return [md5(memoryview(data)[4:-16]).digest() for data in datas]

    return loop, list
