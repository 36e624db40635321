"""Made-up events of the sources whose shape is mostly what AWS puts around a payload: ``_synth.py`` has the rest, and
says what they have in common, and ``_synth_calls.py`` those of one request, one trigger or one alarm.
"""

import random
from base64 import b64encode
from datetime import timedelta
from urllib.parse import quote_plus

from ._synth import _BEGIN_MS, _EPOCH, _TAGS, _iso, _maker, _uuid, _written
from ._synth import _utf8 as _json

_ACCOUNT, _REGION = "123456789012", "us-east-1"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SELDOM = 0.1


def _encode(event):
    return _json(event).encode()


def _arn(service, name, account=_ACCOUNT, region=_REGION):
    return f"arn:aws:{service}:{region}:{account}:{name}"


def _base64(value):
    return b64encode(value).decode("ascii")


def _ip(rng):
    # Of a block that is set aside for documentation (RFC 5737).
    return f"198.51.100.{rng.randrange(1, 255)}"


def _hex(rng, digits):
    return f"{rng.getrandbits(4 * digits):0{digits}x}"


def _nothing(source, payload):
    if payload is not None:
        raise ValueError(f"an event of {source} carries no payload")


# S3 and SNS

_BUCKET = "clicks-lake"
_S3_EVENTS = ("ObjectCreated:Put",) * 6 + ("ObjectCreated:CompleteMultipartUpload", "ObjectRemoved:Delete",
                                           "ObjectRemoved:DeleteMarkerCreated", "ObjectRestore:Completed")


def s3(records=1000, seed=0, payload=None):
    """One S3 notification as bytes, whose keys have what is encoded in them. It carries no payload."""
    _nothing("s3", payload)
    rng = random.Random(seed)
    now, made = _BEGIN_MS, []
    for _ in range(records):
        now += rng.randrange(2000)
        made.append(_s3_record(rng, now))
    return _encode({"Records": made})


def _s3_record(rng, now):
    name = rng.choice(_S3_EVENTS)
    key = f"clicks/{_iso(now, 's')[:10]}/{rng.choice(_TAGS)}/part {rng.randrange(100_000)}.json"
    thing = {"key": quote_plus(key, safe="/")}
    if not name.startswith("ObjectRemoved"):
        thing |= {"size": rng.randrange(2**31), "eTag": _hex(rng, 32)}
    thing |= {"versionId": _base64(rng.randbytes(24)), "sequencer": _hex(rng, 18).upper()}
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": _REGION,
        "eventTime": _iso(now, "ms") + "Z",
        "eventName": name,
        "userIdentity": {"principalId": f"AWS:AROAIWPX5BD2BHG722MW4:{rng.choice(('loader', 'checkout'))}"},
        "requestParameters": {"sourceIPAddress": _ip(rng)},
        "responseElements": {"x-amz-request-id": _hex(rng, 16).upper(), "x-amz-id-2": _base64(rng.randbytes(57))},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "to-lambda",
            "bucket": {"name": _BUCKET, "ownerIdentity": {"principalId": "A3NL1KOZZKExample"},
                       "arn": f"arn:aws:s3:::{_BUCKET}"},
            "object": thing,
        },
    }
    if name.startswith("ObjectRestore"):
        record["glacierEventData"] = {"restoreEventData": {
            "lifecycleRestorationExpiryTime": _iso(now + 86_400_000, "ms") + "Z",
            "lifecycleRestoreStorageClass": "GLACIER"}}
    return record


_TOPIC = _arn("sns", "clicks")


def sns(records=1000, seed=0, payload=None):
    """One SNS event as bytes; AWS itself sends one record in each. ``payload``: what the messages hold, instead of
    clicks."""
    rng = random.Random(seed)
    make = _maker(payload)
    now, made = _BEGIN_MS, []
    for _ in range(records):
        now += rng.randrange(40)
        made.append(_sns_record(rng, now, _written(rng, make(rng, now)[1])))
    return _encode({"Records": made})


def _sns_record(rng, now, message):
    attributes = {}
    if rng.random() < _SELDOM:
        attributes = {"campaign": {"Type": "String", "Value": rng.choice(_TAGS)},
                      "signature": {"Type": "Binary", "Value": _base64(rng.randbytes(20))}}
    subscription = f"{_TOPIC}:5be6f7ab-3c1a-4b0e-9c2f-0a1d4e5f6a7b"
    site = f"https://sns.{_REGION}.amazonaws.com/"
    return {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription,
        "Sns": {
            "Type": "Notification",
            "MessageId": _uuid(rng, now),
            "TopicArn": _TOPIC,
            "Subject": rng.choice(_TAGS) if rng.random() < 0.5 else None,
            "Message": message,
            "Timestamp": _iso(now, "ms") + "Z",
            "SignatureVersion": "1",
            "Signature": _base64(rng.randbytes(256)),
            "SigningCertUrl": f"{site}SimpleNotificationService-{_hex(rng, 32)}.pem",
            "UnsubscribeUrl": f"{site}?Action=Unsubscribe&SubscriptionArn={subscription}",
            "MessageAttributes": attributes,
        },
    }


# Kafka and Amazon MQ

_CLUSTER = _arn("kafka", "cluster/clicks/751d2973-a626-431c-9d4e-d7975eb44dd7-2")
_PARTITIONS = 3


def kafka(records=1000, seed=0, payload=None):
    """One event of Amazon MSK as bytes, of a topic of three partitions. ``payload``: what the values hold, instead of
    clicks. A few records have no key, a few are tombstones, and some seeds have a schema registry."""
    rng = random.Random(seed)
    make = _maker(payload)
    now, offsets, made = _BEGIN_MS, [rng.randrange(10**6) for _ in range(_PARTITIONS)], {}
    # As Lambda says it where it has looked the schema up in a registry.
    schema = {"valueSchemaMetadata": {"schemaId": "100001", "dataFormat": "JSON"}} if rng.random() < 0.3 else {}
    for _ in range(records):
        now += rng.randrange(40)
        key, value = make(rng, now)
        partition = rng.randrange(_PARTITIONS)
        offsets[partition] += 1
        value = None if rng.random() < _SELDOM / 2 else _written(rng, value).encode()
        made.setdefault(f"clicks-{partition}", []).append(_kafka_record(
            rng, now, partition, offsets[partition], None if rng.random() < _SELDOM else key.encode(), value) | schema)
    return _encode({
        "eventSource": "aws:kafka",
        "eventSourceArn": _CLUSTER,
        "bootstrapServers": ",".join(f"b-{k}.clicks.abcde.c2.kafka.{_REGION}.amazonaws.com:9092" for k in (1, 2)),
        "records": made,
    })


def _kafka_record(rng, now, partition, offset, key, value):
    record = {"topic": "clicks", "partition": partition, "offset": offset, "timestamp": now,
              "timestampType": "CREATE_TIME"}
    if key is not None:
        record["key"] = _base64(key)
    record["value"] = None if value is None else _base64(value)
    # Lambda has Java's bytes, which have a sign.
    header = [byte - 256 if byte > 127 else byte for byte in rng.choice(_TAGS).encode()]
    record["headers"] = [{"campaign": header}] if rng.random() < 0.3 else []
    return record


def activemq(records=1000, seed=0, payload=None):
    """One event of ActiveMQ as bytes. ``payload``: what the messages hold, instead of clicks."""
    rng = random.Random(seed)
    make = _maker(payload)
    now, made = _BEGIN_MS, []
    for k in range(records):
        now += rng.randrange(40)
        made.append(_activemq_message(rng, now, k, _written(rng, make(rng, now)[1]).encode()))
    return _encode({"eventSource": "aws:mq", "eventSourceArn": _arn("mq", "broker:clicks:b-9bcfa592-423a-4942-879d"),
                    "messages": made})


def _activemq_message(rng, now, k, data):
    return {
        "messageID": f"ID:b-9bcfa592-423a-4942-879d-eb284b418fc8-1.mq.{_REGION}.amazonaws.com-37557-{now}-4:2:1:1:{k}",
        "messageType": "jms/text-message" if rng.random() < 0.9 else "jms/bytes-message",
        "deliveryMode": 2,
        "replyTo": "null",
        "type": "click",
        "expiration": now + 3_600_000 if rng.random() < _SELDOM else 0,
        "priority": 4,
        "correlationID": "",
        "persistent": True,
        "connectionId": "clicks-1",
        "redelivered": rng.random() < _SELDOM,
        "destination": {"physicalName": "clicks"},
        "data": _base64(data),
        "timestamp": now,
        "brokerInTime": now + 1,
        "brokerOutTime": now + rng.randrange(2, 500),
        "properties": {"campaign": rng.choice(_TAGS)} if rng.random() < _SELDOM else {},
    }


def rabbitmq(records=1000, seed=0, payload=None):
    """One event of RabbitMQ as bytes, of two queues. ``payload``: what the messages hold, instead of clicks."""
    rng = random.Random(seed)
    make = _maker(payload)
    now, made = _BEGIN_MS, {}
    for _ in range(records):
        now += rng.randrange(40)
        queue = rng.choice(("clicks::/", "clicks::/eu"))
        data = _written(rng, make(rng, now)[1]).encode()
        made.setdefault(queue, []).append(_rabbitmq_message(rng, now, data))
    return _encode({"eventSource": "aws:rmq", "eventSourceArn": _arn("mq", "broker:clicks:b-9bcfa592-423a-4942-879d"),
                    "rmqMessagesByQueue": made})


def _rabbitmq_message(rng, now, data):
    headers = {"campaign": {"bytes": list(rng.choice(_TAGS).encode())}, "tries": rng.randrange(9)}
    return {
        "basicProperties": {
            "contentType": "application/json",
            "contentEncoding": "utf-8",
            "headers": headers if rng.random() < 0.3 else None,
            "deliveryMode": 2,
            "priority": rng.randrange(10),
            "correlationId": _uuid(rng, now) if rng.random() < _SELDOM else None,
            "replyTo": "answers" if rng.random() < _SELDOM else None,
            "expiration": "60000" if rng.random() < _SELDOM else None,
            "messageId": _uuid(rng, now),
            "timestamp": _java_time(now),
            "type": "click",
            "userId": "shop",
            "appId": "checkout",
            "clusterId": None,
            "bodySize": len(data),
        },
        "redelivered": rng.random() < _SELDOM,
        "data": _base64(data),
    }


def _java_time(ms):
    """A time as Java has it in American English."""
    at = _EPOCH + timedelta(milliseconds=ms)
    half = "AM" if at.hour < 12 else "PM"
    return f"{_MONTHS[at.month - 1]} {at.day}, {at.year}, {at.hour % 12 or 12}:{at.minute:02}:{at.second:02} {half}"


# DocumentDB

_OPERATIONS = ("insert", "update", "update", "replace", "delete")


def documentdb(records=1000, seed=0, payload=None):
    """One event of DocumentDB's change streams as bytes. ``payload``: the documents, instead of clicks; deleted ones
    have none."""
    rng = random.Random(seed)
    make = _maker(payload)
    now, made = _BEGIN_MS, []
    for k in range(records):
        now += rng.randrange(40)
        made.append({"event": _change(rng, now, k, rng.choice(_OPERATIONS), make(rng, now)[1])})
    return _encode({"eventSourceArn": _arn("rds", "cluster:clicks"), "events": made, "eventSource": "aws:docdb"})


def _change(rng, now, k, operation, document):
    key = {"_id": {"$oid": _hex(rng, 24)}}
    change = {"_id": {"_data": "01" + _hex(rng, 40)}, "clusterTime": {"$timestamp": {"t": now // 1000, "i": k + 1}},
              "documentKey": key}
    if operation != "delete":
        change["fullDocument"] = {**key, **document} if isinstance(document, dict) else document
    change |= {"ns": {"db": "shop", "coll": "clicks"}, "operationType": operation}
    if operation == "update":
        change["updateDescription"] = {"updatedFields": {"tags": [rng.choice(_TAGS)]}, "removedFields": ["price"]}
    return change
