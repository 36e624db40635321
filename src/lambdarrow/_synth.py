"""Events as Lambda delivers them, made up: for demos, load tests and the benchmarks.

The same arguments give the same bytes, on any machine and any supported Python, so a
benchmark's input needs no file and a bug found in a made-up event can be named by its seed.

The shape is AWS's: compact JSON, the keys in AWS's order, sequence numbers that grow, digests that
are right. The texts are what producers really send: mostly ASCII, some of it escaped, some of it
not, since a sweep that never meets a backslash measures nothing anyone has.
"""

import gzip
import hashlib
import json
import random
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta

from ._marshal import serialize
from ._payload import to_word

# What a click of the default payload is, in the words of the grammar.
CLICK = {
    "id": "int64",
    "user_id": "utf8",
    "ts": "timestamp[ms, UTC]",
    "event_type": "utf8",
    "page": "utf8",
    "price": "float64",
    "quantity": "int32",
    "geo": {"lat": "float64", "lon": "float64", "country": "utf8"},
    "tags": ["utf8"],
    "is_mobile": "bool",
}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BEGIN_MS = 1_740_000_000_000  # 2025-02-19: before any time that a reader may compare with

_utf8 = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_ascii = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


def _maker(payload):
    """What makes (key, value) of one record from ``(rng, now)``: clicks, or values of the schema ``payload``."""
    return _click if payload is None else _payload(to_word(payload))


def _written(rng, value):
    """JSON as different producers write it: UTF-8 (most), ASCII only (Python), ``\\/`` (PHP)."""
    style = rng.random()
    if style < 0.75:
        return _utf8(value)
    if style < 0.90:
        return _ascii(value)
    return _utf8(value).replace("/", "\\/")


# Kinesis

_STREAM = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
_ROLE = "arn:aws:iam::123456789012:role/lambda-role"
_SHARD = "shardId-000000000000"
# The first number is from AWS's sample; on a busy shard two neighbours differ by about this much.
_FIRST_SEQUENCE_NUMBER = 49590338271490256608559692538361571095921575989136588898
_SEQUENCE_STRIDE = 10**23

_RECORD = (
    '{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":%s,"sequenceNumber":"%d","data":"%s",'
    '"approximateArrivalTimestamp":%d.%03d},"eventSource":"aws:kinesis","eventVersion":"1.0",'
    f'"eventID":"{_SHARD}:%d","eventName":"aws:kinesis:record","invokeIdentityArn":"{_ROLE}",'
    f'"awsRegion":"us-east-1","eventSourceARN":"{_STREAM}"}}'
)


def kinesis(records=1000, seed=0, payload=None):
    """One Kinesis event as bytes. ``payload``: a schema whose values to make up, instead of clicks."""
    rng = random.Random(seed)
    make = _maker(payload)
    sequence_number = _FIRST_SEQUENCE_NUMBER + rng.randrange(_SEQUENCE_STRIDE)
    arrival = _BEGIN_MS
    texts = []
    for _ in range(records):
        sequence_number += rng.randrange(1, _SEQUENCE_STRIDE)
        arrival += rng.randrange(40)
        key, value = make(rng, arrival)
        data = b64encode(_written(rng, value).encode()).decode("ascii")
        texts.append(
            _RECORD % (_utf8(key), sequence_number, data, *divmod(arrival, 1000), sequence_number)
        )
    return ('{"Records":[' + ",".join(texts) + "]}").encode()


# SQS

_QUEUE = "arn:aws:sqs:us-east-1:123456789012:clicks"
_SENDER, _OTHER_SENDER = "AROAIWPX5BD2BHG722MW4:checkout", "AIDAIENQZJOLO23YVJ4VO"
_RECEIPT = b"\x01\x01\x01"  # AQEB in base64, with which all receipt handles begin
_RECEIPT_SIZE = 124  # on the short side: 6,000 messages make 5.7 MB, and 6 MB is what an invocation takes
_SELDOM = 0.05

# What the producers' attributes are, and how to make the text of a value.
_ATTRIBUTES = {
    "campaign": ("String", lambda rng: rng.choice(_TAGS)),
    "priority": ("Number", lambda rng: str(rng.randrange(10))),
    "signature": ("Binary", lambda rng: b64encode(rng.randbytes(20)).decode("ascii")),
}


def sqs(records=1000, seed=0, payload=None):
    """One SQS event of a standard queue as bytes. ``payload``: what the bodies hold, instead of clicks.

    A few messages each come again, are traced, have a group (of a fair queue) or attributes.
    """
    rng = random.Random(seed)
    make = _maker(payload)
    sent = _BEGIN_MS
    messages = []
    for _ in range(records):
        sent += rng.randrange(40)
        _, value = make(rng, sent)
        messages.append(_message(rng, sent, _written(rng, value)))
    return _utf8({"Records": messages}).encode()


def _message(rng, sent, body):
    message = {
        "messageId": _uuid(rng, sent),
        "receiptHandle": b64encode(_RECEIPT + rng.randbytes(_RECEIPT_SIZE)).decode("ascii"),
        "body": body,
        "attributes": _system_attributes(rng, sent),
        "messageAttributes": _message_attributes(rng) if rng.random() < _SELDOM else {},
    }
    if message["messageAttributes"]:
        message["md5OfMessageAttributes"] = _md5_of_attributes(message["messageAttributes"])
    message["md5OfBody"] = hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()
    message["eventSource"] = "aws:sqs"
    message["eventSourceARN"] = _QUEUE
    message["awsRegion"] = "us-east-1"
    return message


def _system_attributes(rng, sent):
    """What the queue says of a message, all of it as text."""
    attributes = {"ApproximateReceiveCount": str(rng.randrange(2, 5)) if rng.random() < _SELDOM else "1"}
    if rng.random() < _SELDOM:
        attributes["AWSTraceHeader"] = (
            f"Root=1-{sent // 1000:08x}-{rng.getrandbits(96):024x};Parent={rng.getrandbits(64):016x};Sampled=1"
        )
    attributes["SentTimestamp"] = str(sent)
    if rng.random() < _SELDOM:
        attributes["MessageGroupId"] = f"tenant-{rng.randrange(20)}"
    attributes["SenderId"] = _SENDER if rng.random() < 0.9 else _OTHER_SENDER
    attributes["ApproximateFirstReceiveTimestamp"] = str(sent + rng.randrange(1, 500))
    return attributes


def _message_attributes(rng):
    attributes = {}
    for name in rng.sample(list(_ATTRIBUTES), rng.randrange(1, len(_ATTRIBUTES) + 1)):
        kind, make = _ATTRIBUTES[name]
        attributes[name] = {
            "binaryValue" if kind == "Binary" else "stringValue": make(rng),
            # Reserved by AWS, and always empty.
            "stringListValues": [],
            "binaryListValues": [],
            "dataType": kind,
        }
    return attributes


def _md5_of_attributes(attributes):
    """Of each name, type and value behind its length, in the order of the names, a byte saying what the value is:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
    """
    digest = hashlib.md5(usedforsecurity=False)

    def add(data):
        digest.update(len(data).to_bytes(4, "big") + data)

    for name in sorted(attributes):
        attribute = attributes[name]
        add(name.encode())
        add(attribute["dataType"].encode())
        if "stringValue" in attribute:
            digest.update(b"\x01")
            add(attribute["stringValue"].encode())
        else:
            digest.update(b"\x02")
            add(b64decode(attribute["binaryValue"]))
    return digest.hexdigest()


# DynamoDB Streams

_TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2025-02-19T00:00:00.000"
_CHANGES = ("INSERT", "MODIFY", "MODIFY", "REMOVE")
_FIRST_CHANGE = 1405400000000002063282832


def dynamodb(records=1000, seed=0, payload=None):
    """One event of DynamoDB Streams as bytes, with both images. ``payload``: the type of the items, instead of orders.

    A modified item has a new version, and a few of its other attributes changed; one in forty is removed because its
    time to live is over.
    """
    rng = random.Random(seed)
    make = _order if payload is None else _item(to_word(payload))
    sequence_number, created, changes = _FIRST_CHANGE, _BEGIN_MS // 1000, []
    for k in range(records):
        sequence_number += rng.randrange(1, 10**6)
        created += rng.random() < 0.1
        name = rng.choice(_CHANGES)
        made = make(rng, created * 1000)
        key = {"pk": {"S": f"ORDER#{rng.getrandbits(40):010x}"}, "sk": {"S": _iso(created * 1000, "s") + "Z"}}
        key = {name: made.get(name, value) for name, value in key.items() if payload is None or name in made}
        version = ({"version": {"N": str(k + 1)}}, {"version": {"N": str(k)}}) if payload is None else ({}, {})
        new = {**key, **made, **version[0]}
        change = {"ApproximateCreationDateTime": created, "Keys": key}
        if name != "REMOVE":
            change["NewImage"] = new
        if name != "INSERT":
            change["OldImage"] = {**new, **_drawn(rng, make(rng, created * 1000), key), **version[1]}
        change["SequenceNumber"] = str(sequence_number)
        change["SizeBytes"] = sum(map(len, map(_utf8, change.values())))
        change["StreamViewType"] = "NEW_AND_OLD_IMAGES"
        record = {"eventID": f"{rng.getrandbits(128):032x}", "eventName": name, "eventVersion": "1.1",
                  "eventSource": "aws:dynamodb", "awsRegion": "us-east-1", "dynamodb": change, "eventSourceARN": _TABLE}
        if name == "REMOVE" and rng.random() < 0.1:
            record["userIdentity"] = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
        changes.append(record)
    return _utf8({"Records": changes}).encode()


def _drawn(rng, attributes, key):
    """A few of an item's attributes, none of its key."""
    return {name: value for name, value in attributes.items() if rng.random() < 0.15 and name not in key}


def _money(rng):
    return f"{rng.randrange(100, 50_000) / 100:.2f}"


def _order(rng, now):
    """One order: with its key and its version 13 attributes, of all types but BS."""
    return {
        "customer": {"M": {"id": {"S": _uuid(rng, now)}, "name": {"S": rng.choice(_NAMES)},
                           "score": {"N": str(rng.randrange(1000))}}},
        "amount": {"N": _money(rng)},
        "quantity": {"N": str(rng.randrange(1, 50))},
        "currency": {"S": rng.choice(("EUR", "USD", "JPY"))},
        "paid": {"BOOL": rng.random() < 0.5},
        "tags": {"SS": rng.sample(_TAGS[:_PLAIN_TAGS], rng.randrange(1, 4))},
        "sizes": {"NS": [str(size) for size in rng.sample(range(100), 3)]},
        "lines": {"L": [
            {"M": {"sku": {"S": f"sku-{rng.randrange(100_000)}"}, "price": {"N": _money(rng)},
                   "n": {"N": str(rng.randrange(1, 9))}}}
            for _ in range(rng.randrange(1, 4))
        ]},
        "signature": {"B": b64encode(rng.randbytes(24)).decode("ascii")},
        "note": {"NULL": True} if rng.random() < 0.5 else {"S": rng.choice(("leave at the door", "ring twice", "–"))},
    }


def _item(word):
    """What makes the attributes of an item of this type, its key and its version aside."""
    if word.op != "struct":
        raise ValueError(f"no items can be made up of {word.op}")
    fields = [(field.key, not field.required, _attribute(field.word)) for field in word.children]

    def make(rng, now):
        return {key: slot(rng, now) for key, optional, slot in fields if not (optional and rng.random() < _MISSING)}

    return make


def _attribute(word):
    """What makes an AttributeValue that the word reads, now and then a NULL where it takes one."""
    tag, content = _content(word)

    def make(rng, now):
        if word.nullable and rng.random() < _NULL:
            return {"NULL": True}
        made = content(rng, now)
        return serialize(made, "$") if tag is None else {tag: made}

    return make


def _content(word):
    """The tag of a type, and what makes a value of it; None where the value itself says."""
    if word.op == "list":
        inner = _attribute(word.children[0])
        return "L", lambda rng, now: [inner(rng, now) for _ in range(rng.randrange(5))]
    if word.op == "map":
        inner = _attribute(word.children[0])
        return "M", lambda rng, now: {tag: inner(rng, now) for tag in rng.sample(_TAGS, rng.randrange(4))}
    if word.op == "struct":
        return "M", _item(word)
    if word.op == "decimal":
        # No more digits than DynamoDB holds.
        precision = min(word.options["precision"], 38)
        word = word.but(precision=precision, scale=min(word.options["scale"], precision))
    value = _value(word)
    if word.op in ("int", "float", "decimal") or (word.op == "timestamp" and word.options["epoch"]):
        return "N", lambda rng, now: str(value(rng, now))
    return {"bool": "BOOL", "binary": "B", "json": None}.get(word.op, "S"), value


# CloudWatch Logs

_LEVELS = ("INFO",) * 8 + ("WARN", "ERROR")
_DONE = ("order placed", "cart updated", "payment authorised", "stock reserved", "user signed in")


def logs(records=1000, seed=0, payload=None):
    """One CloudWatch Logs event of ``records`` log events as bytes. ``payload``: what the messages hold, instead of an
    application's JSON. What gzip makes of it depends on the zlib that Python has; the content does not.
    """
    rng = random.Random(seed)
    make = _line if payload is None else _payload(to_word(payload))
    now, events = _BEGIN_MS, []
    first = 36_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000
    for k in range(records):
        now += rng.randrange(40)
        _, value = make(rng, now)
        events.append({"id": f"{first + now * 10**40 + k:056d}", "timestamp": now, "message": _utf8(value)})
    body = {"messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": "/aws/lambda/checkout",
            "logStream": "2025/02/19/[$LATEST]4f7cd4e0a8c94a3f", "subscriptionFilters": ["to-lake"],
            "logEvents": events}
    data = b64encode(gzip.compress(_utf8(body).encode(), 6, mtime=0)).decode("ascii")
    return _utf8({"awslogs": {"data": data}}).encode()


def _line(rng, now):
    """One line that a function logs."""
    return "", {"level": rng.choice(_LEVELS), "requestId": _uuid(rng, now), "message": rng.choice(_DONE),
                "ms": rng.randrange(2000)}


# Firehose

_DELIVERY = "arn:aws:firehose:us-east-1:123456789012:deliverystream/clicks"


def firehose(records=1000, seed=0, payload=None):
    """One Firehose transformation event as bytes. ``payload``: what the records hold, instead of clicks."""
    rng = random.Random(seed)
    make = _maker(payload)
    arrival, made = _BEGIN_MS, []
    for k in range(records):
        arrival += rng.randrange(40)
        _, value = make(rng, arrival)
        made.append({"recordId": f"{49_000_000_000_000 + k}{rng.getrandbits(64):020d}",
                     "approximateArrivalTimestamp": arrival,
                     "data": b64encode(_written(rng, value).encode()).decode("ascii")})
    return _utf8({"invocationId": _uuid(rng, arrival), "deliveryStreamArn": _DELIVERY, "region": "us-east-1",
                  "records": made}).encode()


# Clicks: the default payload, about 300 bytes each.

_EVENT_TYPES = ("page_view",) * 6 + ("search", "add_to_cart", "add_to_cart", "purchase")
_BOUGHT = ("add_to_cart", "purchase")
_SECTIONS = ("outdoor/tents", "kitchen/knives", "garden/roses", "office", "sport/shoes", "books/history")
_SOURCES = ("newsletter", "google", "partner-17", "direct")
_CITIES = (
    (52.520008, 13.404954, "DE"), (48.856613, 2.352222, "FR"), (40.712776, -74.005974, "US"),
    (35.689487, 139.691711, "JP"), (-23.550520, -46.633308, "BR"), (59.329323, 18.068581, "SE"),
    (-33.868820, 151.209290, "AU"), (51.507351, -0.127758, "GB"),
)
_TAGS = (
    "sale", "new", "spring-2025", "members", "gift", "bundle", "returning", "free-shipping", "b2b", "refill",
    'a 13" screen', "men\\women", "two\nlines", "tab\there", "R&D <beta>",
    "café", "größe", "東京", "50 €", "🎁",
)
_NAMES = ("José", "Anna", "李雷", 'Bob "the" B', "Ольга", "Tom", "Eve")
_PLAIN_TAGS = 10  # the first ones, which need no escape


def _click(rng, now):
    """(partition key, one click that arrived at ``now``)."""
    user = f"u-{rng.getrandbits(40):010x}"
    event_type = rng.choice(_EVENT_TYPES)
    section = rng.choice(_SECTIONS)
    lat, lon, country = rng.choice(_CITIES)
    known = _TAGS if rng.random() < 0.15 else _TAGS[:_PLAIN_TAGS]
    click = {
        "id": rng.getrandbits(60),
        "user_id": user,
        "ts": _iso(now - rng.randrange(3000), "ms") + "Z",
        "event_type": event_type,
        "page": f"/shop/{section}/{rng.randrange(100_000)}?utm={rng.choice(_SOURCES)}",
        "price": round(rng.uniform(1, 500), 2),
        "quantity": rng.randrange(1, 6) if event_type in _BOUGHT else None,
        "geo": {
            "lat": round(lat + rng.uniform(-1, 1), 6),
            "lon": round(lon + rng.uniform(-1, 1), 6),
            "country": country,
        },
        "tags": [rng.choice(known) for _ in range(rng.randrange(1, 5))],
        "is_mobile": rng.random() < 0.6,
    }
    # Producers shard by user, and a few of them by a name that a person typed.
    return (user if rng.random() < 0.98 else rng.choice(_TAGS)), click


def _iso(ms, unit):
    digits = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "microseconds"}[unit]
    return (_EPOCH + timedelta(milliseconds=ms)).replace(tzinfo=None).isoformat(timespec=digits)


# Values that fit a schema: from a word to a function of (rng, now) that makes one JSON value.

_MISSING = 0.1
_NULL = 0.05


def _payload(word):
    value = _value(word)

    def make(rng, now):
        return f"key-{rng.randrange(1000)}", value(rng, now)

    return make


def _value(word):
    """What makes a value of the word; never null, which is for the place it stands in to decide."""
    if word.op not in _MAKERS:
        raise ValueError(f"no value can be made up for {word!r}")
    return _MAKERS[word.op](word)


def _slot(word):
    """What makes a value or, where the word takes it, now and then a null."""
    value = _value(word)
    if not word.nullable:
        return value
    return lambda rng, now: None if rng.random() < _NULL else value(rng, now)


def _struct(word):
    fields = [(field.key, not field.required, _slot(field.word)) for field in word.children]

    def make(rng, now):
        return {
            key: slot(rng, now)
            for key, optional, slot in fields
            if not (optional and rng.random() < _MISSING)
        }

    return make


def _list(word):
    slot = _slot(word.children[0])
    return lambda rng, now: [slot(rng, now) for _ in range(rng.randrange(5))]


def _map(word):
    slot = _slot(word.children[0])
    return lambda rng, now: {tag: slot(rng, now) for tag in rng.sample(_TAGS, rng.randrange(4))}


def _int(word):
    if word.options["allowed"] is not None:
        return _choice(word.options["allowed"])
    signed = word.options["signed"]
    bits = word.options["bits"] - signed

    def make(rng, now):
        # Every length of number is as likely as any other; in uniform ones all are long.
        number = rng.getrandbits(rng.randrange(1, bits + 1))
        return -number - 1 if signed and rng.random() < 0.3 else number

    return make


def _float(word):
    # What a float32 and six decimals hold, so that the text means the same in both widths.
    return lambda rng, now: round(rng.uniform(-1, 1) * 10 ** rng.randrange(7), 6)


def _decimal(word):
    precision, scale = word.options["precision"], word.options["scale"]

    def make(rng, now):
        digits = str(rng.randrange(10 ** rng.randrange(1, precision + 1))).rjust(scale + 1, "0")
        sign = "-" if rng.random() < 0.3 else ""
        # Text, as exact senders write it: a JSON number would pass through Python's float.
        return sign + (f"{digits[:-scale]}.{digits[-scale:]}" if scale else digits)

    return make


def _timestamp(word):
    unit, tz, epoch, assume = (word.options[name] for name in ("unit", "tz", "epoch", "assume"))
    if epoch:
        # Whole seconds, so that a column of any unit holds them.
        per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[epoch]
        return lambda rng, now: (now // 1000 - rng.randrange(3600)) * per_second
    zone = "" if tz is None or assume else "Z"
    return lambda rng, now: _iso(now - rng.randrange(3_600_000), unit) + zone


def _choice(values):
    return lambda rng, now: rng.choice(values)


def _any(rng, now):
    return rng.choice((rng.choice(_TAGS), rng.randrange(10**6), True, [1, "two", None], {"a": {"b": 3.5}}))


def _text(rng, now):
    return " ".join(rng.choice(_TAGS) for _ in range(rng.randrange(4)))


def _uuid(rng, now):
    digits = f"{rng.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


_MAKERS = {
    "bool": lambda word: lambda rng, now: rng.random() < 0.5,
    "int": _int,
    "float": _float,
    "utf8": lambda word: _text,
    "uuid": lambda word: _uuid,
    "dictionary": lambda word: _choice(word.options["values"] or _EVENT_TYPES),
    "binary": lambda word: lambda rng, now: b64encode(rng.randbytes(rng.randrange(40))).decode("ascii"),
    "decimal": _decimal,
    "date32": lambda word: lambda rng, now: _iso(now - rng.randrange(10**11), "s")[:10],
    "timestamp": _timestamp,
    "json": lambda word: _any,
    "list": _list,
    "struct": _struct,
    "map": _map,
}


def __getattr__(name):
    """What makes the events of the other sources, which have files of their own."""
    if not name.startswith("_"):
        from . import _synth_calls, _synth_events

        for module in (_synth_events, _synth_calls):
            if hasattr(module, name):
                return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
