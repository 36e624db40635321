"""Made-up events: the bytes have AWS's shape, are the same for the same seed, and fit the schema given."""

import base64
import gzip
import hashlib
import json
import re
import struct
import uuid
from collections import Counter
from datetime import date, datetime
from decimal import Decimal

import msgspec
import pytest

import lambdarrow
from lambdarrow import _synth
from lambdarrow._any import decode, to_arrow
from lambdarrow._detect import SOURCES, detect
from lambdarrow._synth import CLICK, dynamodb, firehose, kinesis, logs, sqs

# What makes the events of a source, and where a record of it keeps its payload.
PAYLOAD_OF = {
    kinesis: lambda record: base64.b64decode(record["kinesis"]["data"], validate=True),
    sqs: lambda record: record["body"].encode(),
    firehose: lambda record: base64.b64decode(record["data"], validate=True),
}
every_source = pytest.mark.parametrize("make", [*PAYLOAD_OF, dynamodb, logs], ids=lambda make: make.__name__)
# Whose records carry JSON text.
carriers = pytest.mark.parametrize("make", PAYLOAD_OF, ids=lambda make: make.__name__)


def body_of(event):
    """What gzip makes of the texts is another matter."""
    whole = json.loads(event)
    return json.loads(gzip.decompress(base64.b64decode(whole["awslogs"]["data"]))) if "awslogs" in whole else whole


def records_of(event):
    body = body_of(event)
    return next(body[key] for key in ("Records", "records", "logEvents") if key in body)


def texts_of(make, event):
    texts = [PAYLOAD_OF[make](record) for record in records_of(event)]
    assert texts
    return texts


def payloads_of(make, *arguments, **options):
    """What the records of an event made with these arguments carry, parsed."""
    return [json.loads(text) for text in texts_of(make, make(*arguments, **options))]


# --- every source -----------------------------------------------------------------------------------


@every_source
def test_the_same_seed_gives_the_same_bytes(make):
    assert make(50, seed=7) == make(50, seed=7)
    assert make(50, seed=7) != make(50, seed=8)
    assert make(50, payload={"a": "float64"}) == make(50, payload={"a": "float64"})


@pytest.mark.parametrize(("make", "digest"), [
    (kinesis, "8d3ae1491b874ecda3730038c1590d83"), (sqs, "5e7cde132c2193ee4dad8441e568db45"),
    (dynamodb, "8913ecdcc9e5cab00cb20b99757e7afb")])
def test_the_bytes_of_a_seed_do_not_change_between_pythons(make, digest):
    # A bug report that names a seed is worth nothing if another machine makes another event of it.
    assert hashlib.md5(make(100, seed=0), usedforsecurity=False).hexdigest() == digest


# The first half of the MD5 of the first five seeds' events, of 20 records where there are any.
DIGESTS = {
    "dynamodb": "1a92d7f1ef7e6db4",
    "kinesis": "85c8353b84324ed6",
    "sqs": "da9d9c6214b0db55",
    "firehose": "e783fffff0932d05",
    "s3": "c059d9656ef6a72c",
    "sns": "6040e60180927fce",
    "eventbridge": "c8040fc9e7b8dea8",
    "scheduled": "4995aeae77742d43",
    "kafka": "45ef4f61d0aedcc2",
    "activemq": "5f0f039cb4db89df",
    "rabbitmq": "37293a8ff9740215",
    "documentdb": "19702349fee445e8",
    "apigateway": "92c471c33ac46dd0",
    "apigateway_v2": "c4616f5339a66e50",
    "function_url": "1eb17475e6c7dc90",
    "alb": "ab39ff8f66a0aaed",
    "cognito": "f8a0fba28e40cd43",
    "cloudwatch": "de4cfb8eca3f8aaa",
}
# Of logs, gzip's version decides.
UNSTABLE = {"logs"}
# Those whose events carry no batch.
ALONE = {"eventbridge", "scheduled", "apigateway", "apigateway_v2", "function_url", "alb", "cognito", "cloudwatch"}


def test_every_source_has_a_digest():
    assert DIGESTS.keys() | UNSTABLE == set(SOURCES)


@pytest.mark.parametrize("source", DIGESTS)
def test_the_bytes_of_no_source_change(source):
    made = b"".join(getattr(_synth, source)(20, seed) for seed in range(5))
    assert hashlib.md5(made, usedforsecurity=False).hexdigest()[:16] == DIGESTS[source]


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_is_known_and_read_on_both_roads(source):
    for seed in range(25):
        event = getattr(_synth, source)(3, seed)
        assert detect(event) == source
        batch = to_arrow(event)
        assert batch.num_rows == (1 if source in ALONE else 3) and not batch.failures
        struct = decode(event)
        # Nothing that is made up is unknown to the Structs: what they write again is the event.
        assert json.loads(msgspec.json.encode(struct)) == json.loads(event)
        assert list(to_arrow(json.loads(event)).to_pylist()) == batch.to_pylist()


# Columns that no made-up event fills: what only some of AWS's events have.
UNFILLED = {
    "kinesis": {"encryption_type"},
    "sqs": {"sequence_number", "message_deduplication_id", "dead_letter_queue_source_arn"},
    "logs": {"extracted_fields", "policy_level"},
    "firehose": {"partition_key", "sequence_number", "shard_id", "source_kinesis_stream_arn"},
    "s3": {"restore_event_data", "replication_event_data", "intelligent_tiering_event_data", "lifecycle_event_data"},
    "sns": {"sequence_number"},
    "scheduled": {"replay_name"},
    "rabbitmq": {"cluster_id"},
    "documentdb": {"to_db", "to_coll"},
    "apigateway": {"disconnect_status_code", "disconnect_reason"},
    "function_url": {"path_parameters", "stage_variables", "authorizer"},
    "cognito": {"validation_data"},
    "cloudwatch": {"previous_state_reason_data", "previous_state_actions_suppressed_by",
                   "previous_state_actions_suppressed_reason", "alarm_contributor_id", "alarm_contributor_attributes",
                   "muted_by_arn", "mute_window_start", "mute_window_end"},
}


@pytest.mark.parametrize("source", SOURCES)
def test_every_other_column_is_filled_by_some_event(source):
    filled = {name for seed in range(60) for row in to_arrow(getattr(_synth, source)(30, seed)).to_pylist()
              for name, value in row.items() if value is not None}
    assert getattr(lambdarrow, source).SOURCE.columns
    assert set(getattr(lambdarrow, source).SOURCE.columns) - filled == UNFILLED.get(source, set())


@pytest.mark.parametrize("source", sorted(set(SOURCES) - {"s3", "cloudwatch", "dynamodb"}))
def test_every_payload_fits_the_schema_it_was_made_of(source):
    schema = {"id": "int64", "at": "timestamp[ms, UTC]", "tags": ["utf8"]}
    option = "message" if source == "logs" else "payload"
    for seed in range(10):
        batch = to_arrow(getattr(_synth, source)(3, seed, schema), **{option: schema})
        assert batch.num_rows and not batch.failures


@every_source
@pytest.mark.parametrize("records", [0, 1, 10, 1000])
def test_as_many_records_as_asked_for(make, records):
    assert len(records_of(make(records))) == records


@every_source
def test_the_json_is_compact(make):
    event = make(200)
    compact = json.dumps(json.loads(event), separators=(",", ":"), ensure_ascii=False).encode()
    # Apart from the zeros that end a time's three decimals, which a float does not keep.
    times = re.compile(rb'(?<="approximateArrivalTimestamp":)[0-9.]+')
    assert times.sub(b"", event) == times.sub(b"", compact)
    written = rb"\d{13}" if make is firehose else rb"\d{10}\.\d{3}"
    assert all(re.fullmatch(written, one) for one in times.findall(event))


@pytest.mark.parametrize(("make", "records", "size"), [(kinesis, 8000, 7.2e6), (sqs, 6000, 5.7e6)])
def test_sizes(make, records, size):
    event = make(records)
    assert len(event) == pytest.approx(size, rel=0.05)
    sizes = [len(text) for text in texts_of(make, event)]
    assert sum(sizes) / len(sizes) == pytest.approx(300, rel=0.1)


@carriers
def test_clicks_are_what_their_schema_says(make):
    clicks = payloads_of(make, 1000)
    for click in clicks:
        assert list(click) == list(CLICK)
        assert type(click["id"]) is int and 0 <= click["id"] < 2**63
        assert all(type(click[name]) is str for name in ("user_id", "event_type", "page"))
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", click["ts"])
        assert type(click["price"]) is float
        assert click["quantity"] is None or 0 < click["quantity"] < 2**31
        assert list(click["geo"]) == list(CLICK["geo"])
        assert -90 < click["geo"]["lat"] < 90 and -180 < click["geo"]["lon"] < 180
        assert click["tags"] and all(type(tag) is str for tag in click["tags"])
        assert type(click["is_mobile"]) is bool
    assert {click["quantity"] is None for click in clicks} == {True, False}
    assert 3 <= len({click["event_type"] for click in clicks}) <= 10


@carriers
def test_texts_hold_what_a_decoder_may_trip_over(make):
    event = make(3000)
    texts = b"".join(texts_of(make, event))
    # Two-byte escapes, \u escapes, a surrogate pair, raw UTF-8 in the payloads; both kinds in the envelope.
    samples = (b'\\"', b"\\\\", b"\\n", b"\\/", b"\\u00e9", b"\\ud83c\\udf81", "東京".encode(), "🎁".encode())
    for sample in samples:
        assert sample in texts, sample
    # Nothing that Firehose itself writes holds either.
    assert make is firehose or (b"\\" in event and not event.isascii())


@carriers
def test_the_decoder_takes_clicks(make):
    event = make(300)
    source = getattr(lambdarrow, make.__name__)
    batch = source.to_arrow(event, payload=CLICK)
    column = source.SOURCE.payload
    for name in CLICK.keys() - {"ts"}:
        assert batch[f"{column}.{name}"].to_pylist() == [click[name] for click in payloads_of(make, 300)]


# --- Kinesis ----------------------------------------------------------------------------------------


def test_the_keys_of_kinesis_stand_in_the_order_of_aws():
    for record in records_of(kinesis(20)):
        assert list(record) == [
            "kinesis", "eventSource", "eventVersion", "eventID", "eventName", "invokeIdentityArn", "awsRegion",
            "eventSourceARN",
        ]
        assert list(record["kinesis"]) == [
            "kinesisSchemaVersion", "partitionKey", "sequenceNumber", "data", "approximateArrivalTimestamp",
        ]


def test_sequence_numbers_and_times_grow():
    records = records_of(kinesis(500))
    numbers = [record["kinesis"]["sequenceNumber"] for record in records]
    assert {len(number) for number in numbers} == {56}
    assert numbers == sorted(set(numbers))
    assert all(one["eventID"] == f"shardId-000000000000:{n}" for one, n in zip(records, numbers, strict=True))
    times = [record["kinesis"]["approximateArrivalTimestamp"] for record in records]
    assert times == sorted(times)


def test_what_is_constant_in_kinesis():
    for record in records_of(kinesis(5)):
        assert record["kinesis"]["kinesisSchemaVersion"] == "1.0"
        assert record["eventSource"] == "aws:kinesis"
        assert record["eventVersion"] == "1.0"
        assert record["eventName"] == "aws:kinesis:record"
        assert record["awsRegion"] == "us-east-1"
        assert record["eventSourceARN"].startswith("arn:aws:kinesis:us-east-1:123456789012:stream/")
        assert record["invokeIdentityArn"].startswith("arn:aws:iam::123456789012:role/")


# --- SQS --------------------------------------------------------------------------------------------


def in_order(names, order):
    """Whether these are some of the names of ``order``, in its order."""
    return list(names) == [name for name in order if name in names]


def test_the_keys_of_sqs_stand_in_the_order_of_aws():
    for message in records_of(sqs(300)):
        assert in_order(message, [
            "messageId", "receiptHandle", "body", "attributes", "messageAttributes", "md5OfMessageAttributes",
            "md5OfBody", "eventSource", "eventSourceARN", "awsRegion",
        ])
        assert in_order(message["attributes"], [
            "ApproximateReceiveCount", "AWSTraceHeader", "SentTimestamp", "MessageGroupId", "SenderId",
            "ApproximateFirstReceiveTimestamp",
        ])
        assert all(type(value) is str for value in message["attributes"].values())


def test_digests_of_bodies_are_right():
    for message in records_of(sqs(100)):
        assert message["md5OfBody"] == hashlib.md5(message["body"].encode(), usedforsecurity=False).hexdigest()


def digest_of(attributes):
    """AWS's digest of message attributes: lengths of four bytes, and before each value what it is made of."""
    hashed = b""
    for name, attribute in sorted(attributes.items()):
        binary = attribute["dataType"] == "Binary"
        value = base64.b64decode(attribute["binaryValue"]) if binary else attribute["stringValue"].encode()
        kind = attribute["dataType"].encode()
        hashed += struct.pack(
            f">I{len(name)}sI{len(kind)}sBI{len(value)}s",
            len(name), name.encode(), len(kind), kind, 2 if binary else 1, len(value), value)
    return hashlib.md5(hashed, usedforsecurity=False).hexdigest()


# Digests that SQS itself has made.
@pytest.mark.parametrize(("texts", "digest"), [
    ({"sample-attribute": "sample-value"}, "7c815262be77a62f56671125069ca888"),
    ({"Quote": "e5ue5u", "Author": "e5ye5y"}, "4513b5d732f6a001659c757ee03a959f"),
])
def test_the_oracle_of_digests_is_right(texts, digest):
    attributes = {name: {"stringValue": text, "dataType": "String"} for name, text in texts.items()}
    assert digest_of(attributes) == digest


def test_message_attributes():
    kinds = Counter()
    for message in records_of(sqs(1000)):
        attributes = message["messageAttributes"]
        assert ("md5OfMessageAttributes" in message) == bool(attributes)
        if attributes:
            assert message["md5OfMessageAttributes"] == digest_of(attributes)
        for attribute in attributes.values():
            value = "binaryValue" if attribute["dataType"] == "Binary" else "stringValue"
            assert list(attribute) == [value, "stringListValues", "binaryListValues", "dataType"]
            assert attribute["stringListValues"] == attribute["binaryListValues"] == []
            if attribute["dataType"] == "Binary":
                assert base64.b64decode(attribute[value], validate=True)
            kinds[attribute["dataType"]] += 1
    assert set(kinds) == {"String", "Number", "Binary"}
    assert all(20 < seen < 200 for seen in kinds.values())


def test_system_attributes():
    messages = records_of(sqs(1000))
    counts = Counter(message["attributes"]["ApproximateReceiveCount"] for message in messages)
    assert set(counts) == {"1", "2", "3", "4"}
    assert counts["1"] > 900
    for name, form in {
        "AWSTraceHeader": r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=1",
        "MessageGroupId": r"tenant-\d+",
    }.items():
        seen = [message["attributes"][name] for message in messages if name in message["attributes"]]
        assert 20 < len(seen) < 100
        assert all(re.fullmatch(form, one) for one in seen)
    for message in messages:
        sent, received = (
            int(message["attributes"][name]) for name in ("SentTimestamp", "ApproximateFirstReceiveTimestamp")
        )
        assert 1.7e12 < sent < received < 1.8e12


def test_what_names_a_message():
    messages = records_of(sqs(500))
    assert len({uuid.UUID(message["messageId"]) for message in messages}) == 500
    assert len({message["receiptHandle"] for message in messages}) == 500
    for message in messages:
        assert message["receiptHandle"].startswith("AQEB")
        assert base64.b64decode(message["receiptHandle"], validate=True)


def test_what_is_constant_in_sqs():
    for message in records_of(sqs(5)):
        assert message["eventSource"] == "aws:sqs"
        assert message["eventSourceARN"] == "arn:aws:sqs:us-east-1:123456789012:clicks"
        assert message["awsRegion"] == "us-east-1"


# --- DynamoDB ---------------------------------------------------------------------------------------

IMAGES = ("Keys", "NewImage", "OldImage")


def items_of(event):
    """(key, image) of each record of the event."""
    return [(record["dynamodb"]["Keys"], record["dynamodb"][name]) for record in records_of(event)
            for name in IMAGES[1:] if name in record["dynamodb"]]


def test_the_keys_of_dynamodb_stand_in_the_order_of_aws():
    for record in records_of(dynamodb(300)):
        assert in_order(record, [
            "eventID", "eventName", "eventVersion", "eventSource", "awsRegion", "dynamodb", "eventSourceARN",
            "userIdentity",
        ])
        assert in_order(record["dynamodb"], [
            "ApproximateCreationDateTime", *IMAGES, "SequenceNumber", "SizeBytes", "StreamViewType"])
        assert record["eventSource"] == "aws:dynamodb"
        assert record["dynamodb"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
        assert record["eventSourceARN"].startswith("arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/")


def test_each_change_has_the_images_that_it_can_have():
    records = records_of(dynamodb(1000))
    seen = Counter(record["eventName"] for record in records)
    assert set(seen) == {"INSERT", "MODIFY", "REMOVE"} and all(200 < count < 600 for count in seen.values())
    for record in records:
        change = record["dynamodb"]
        assert ("NewImage" in change, "OldImage" in change) == {
            "INSERT": (True, False), "MODIFY": (True, True), "REMOVE": (False, True)}[record["eventName"]]
        for name in IMAGES[1:]:
            assert change["Keys"].items() <= change.get(name, change["Keys"]).items()
        if record["eventName"] == "MODIFY":
            assert int(change["NewImage"]["version"]["N"]) == int(change["OldImage"]["version"]["N"]) + 1
            differ = [key for key, value in change["NewImage"].items() if change["OldImage"][key] != value]
            assert "version" in differ and not {"pk", "sk"} & set(differ)
    expired = [record for record in records if "userIdentity" in record]
    assert 5 < len(expired) < 60
    for record in expired:
        assert record["eventName"] == "REMOVE"
        assert record["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


def test_changes_are_in_the_order_of_their_stream():
    records = records_of(dynamodb(500))
    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in records]
    times = [record["dynamodb"]["ApproximateCreationDateTime"] for record in records]
    assert numbers == sorted(set(numbers)) and times == sorted(times) and len(set(times)) > 10
    assert len({record["eventID"] for record in records}) == 500
    for record in records:
        assert 50 < record["dynamodb"]["SizeBytes"] < len(json.dumps(record))


def test_orders_are_what_dynamodb_can_hold():
    boto3 = pytest.importorskip("boto3.dynamodb.types")
    tags = Counter()
    for key, image in items_of(dynamodb(500)):
        assert len(image) == 13
        tags.update(tag for value in image.values() for tag in value)
        whole = lambdarrow.dynamodb.unmarshal(image, strict=True)
        assert lambdarrow.dynamodb.unmarshal(key).items() <= whole.items()
        signature = image.pop("signature")
        wanted = {name: boto3.TypeDeserializer().deserialize(value) for name, value in image.items()}
        assert whole == wanted | {"signature": base64.b64decode(signature["B"], validate=True)}
    assert {"S", "N", "B", "BOOL", "NULL", "SS", "NS", "L", "M"} <= set(tags)


def test_the_size_of_two_thousand_changes():
    event = dynamodb(2000)
    assert len(event) == pytest.approx(2.6e6, rel=0.1)
    assert lambdarrow.dynamodb.to_arrow(event).num_rows == 2000


@pytest.mark.parametrize("name", [
    "bool", "float32", "float64", "utf8", "large_utf8", "dictionary<utf8>", "binary", "uuid", "date32",
    "decimal128(38, 10)", "decimal128(5, 5)", "timestamp[ms, UTC]", "timestamp[s, UTC]", "timestamp[us]", "list<int8>",
    "map<utf8, bool>", "struct<a: bool, b: utf8>", "json", "int8", "int64", "uint8", "uint64",
])
def test_items_fit_their_type(name):
    event = dynamodb(200, payload={"v": name})
    assert event == dynamodb(200, payload={"v": name}) != dynamodb(200, seed=1, payload={"v": name})
    wire = [image.get("v") for _, image in items_of(event)]
    values = [lambdarrow.dynamodb.deserialize(value) for value in wire if value is not None]
    nulls = values.count(None)
    # Optional: now and then missing, now and then NULL, and mostly there.
    assert None in wire and nulls and len(values) - nulls > len(wire) * 0.7
    batch = lambdarrow.dynamodb.to_arrow(event, image={"v": name})
    images = [record["dynamodb"].get("NewImage") for record in records_of(event)]
    wanted = [image and image.get("v", {"NULL": True}) != {"NULL": True} for image in images]
    assert [bool(row and row["v"] is not None) for row in batch["new_image"]] == [bool(one) for one in wanted]


def test_the_options_of_an_items_fields():
    fields = {
        "n": {"type": "utf8", "from": "theName", "required": True},
        "kept": {"type": "int8", "nullable": False},
        "at": {"type": "timestamp[ms, UTC]", "epoch": "ms", "required": True},
        "state": {"type": "dictionary<utf8>", "values": ["on", "off"], "required": True},
    }
    images = [image for _, image in items_of(dynamodb(200, payload=fields))]
    assert all("S" in image["theName"] or "NULL" in image["theName"] for image in images)
    assert {tuple(image["kept"]) for image in images if "kept" in image} == {("N",)}
    assert {value for image in images for value in image["state"].values()} <= {"on", "off", True}
    assert all(tag in ("N", "NULL") for image in images for tag in image["at"])
    assert any("kept" not in image for image in images)


@pytest.mark.parametrize("payload", ["json", "utf8", ["int64"], "map<utf8, int64>"], ids=str)
def test_what_is_no_item_cannot_be_made_up(payload):
    with pytest.raises(ValueError, match="no items can be made up"):
        dynamodb(1, payload=payload)


# --- values that fit a schema -----------------------------------------------------------------------


INT_RANGES = {
    **{f"int{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1)) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": (0, 2**bits) for bits in (8, 16, 32, 64)},
}


@pytest.mark.parametrize("name", INT_RANGES)
def test_integers_fit_and_fill_their_type(name):
    low, end = INT_RANGES[name]
    values = [row["v"] for row in payloads_of(kinesis, 2000, payload={"v": {"type": name, "required": True}})]
    assert all(type(value) is int and low <= value < end for value in values)
    assert max(values) >= end // 4
    assert not low or min(values) < low // 8


def is_decimal(value, precision, scale):
    _, digits, exponent = Decimal(value).as_tuple()
    return exponent == -scale and len(digits) <= precision


FITS = {
    "bool": lambda v: type(v) is bool,
    "float32": lambda v: type(v) is float,
    "float64": lambda v: type(v) is float,
    "utf8": lambda v: type(v) is str,
    "large_utf8": lambda v: type(v) is str,
    "dictionary<utf8>": lambda v: type(v) is str,
    "binary": lambda v: base64.b64encode(base64.b64decode(v, validate=True)).decode() == v,
    "uuid": lambda v: str(uuid.UUID(v)) == v,
    "date32": lambda v: date.fromisoformat(v).isoformat() == v,
    "decimal128(38, 10)": lambda v: is_decimal(v, 38, 10),
    "decimal128(5, 5)": lambda v: is_decimal(v, 5, 5),
    "decimal256(50, 0)": lambda v: is_decimal(v, 50, 0),
    "timestamp[ms, UTC]": lambda v: datetime.fromisoformat(v).utcoffset().seconds == 0 and len(v) == 24,
    "timestamp[s, UTC]": lambda v: datetime.fromisoformat(v).utcoffset().seconds == 0 and len(v) == 20,
    "timestamp[us]": lambda v: datetime.fromisoformat(v).tzinfo is None,
    "list<int8>": lambda v: type(v) is list and all(one is None or -128 <= one < 128 for one in v),
    "map<utf8, bool>": lambda v: type(v) is dict and all(one in (True, False, None) for one in v.values()),
    "struct<a: bool, b: utf8>": lambda v: type(v) is dict and set(v) <= {"a", "b"},
}


@pytest.mark.parametrize("name", FITS)
def test_values_fit_their_type(name):
    rows = payloads_of(kinesis, 300, payload={"v": name})
    assert all("v" not in row or row["v"] is None or FITS[name](row["v"]) for row in rows)
    # Optional: now and then missing, now and then null, and mostly there.
    assert any("v" not in row for row in rows)
    assert any("v" in row and row["v"] is None for row in rows)
    assert sum(row.get("v") is not None for row in rows) > 200


@pytest.mark.parametrize("name", [*FITS, *INT_RANGES])
def test_the_decoder_takes_what_is_made_for_it(name):
    event = kinesis(300, payload={"v": name})
    batch = lambdarrow.kinesis.to_arrow(event, payload={"v": name})
    nulls = [value is None for value in batch["data.v"].to_pylist()]
    assert nulls == [row.get("v") is None for row in payloads_of(kinesis, 300, payload={"v": name})]


def test_options_are_kept():
    payload = {
        "n": {"type": "utf8", "from": "theName", "required": True},
        "kept": {"type": "int8", "nullable": False},
        "at": {"type": "timestamp[ms, UTC]", "epoch": "ms", "required": True},
        "state": {"type": "dictionary<utf8>", "values": ["on", "off"], "required": True},
        "level": {"type": "int8", "values": [1, 5], "required": True},
    }
    rows = payloads_of(kinesis, 300, payload=payload)
    assert all(type(row["theName"]) is str for row in rows)
    assert any("kept" not in row for row in rows)
    assert all(row.get("kept", 0) is not None for row in rows)
    assert all(1.7e12 < row["at"] < 1.8e12 for row in rows)
    assert {row["state"] for row in rows} == {"on", "off"}
    assert {row["level"] for row in rows} == {1, 5}


@carriers
def test_a_payload_need_not_be_an_object(make):
    assert all(type(one) is str for one in payloads_of(make, 20, payload="utf8"))
    assert all(type(one) is list for one in payloads_of(make, 20, payload=["int64"]))


@every_source
def test_a_payload_that_is_no_schema_is_refused(make):
    with pytest.raises(ValueError, match="unknown type 'int46'"):
        make(1, payload={"v": "int46"})


def test_nested_payloads():
    payload = {"a": {"type": {"b": [{"type": {"c": "int8"}, "nullable": False}]}, "required": True}}
    rows = payloads_of(kinesis, 200, payload=payload)
    items = [item for row in rows for item in row["a"].get("b") or ()]
    assert items and all(type(item) is dict and set(item) <= {"c"} for item in items)


# --- CloudWatch Logs and Firehose -------------------------------------------------------------------


def test_log_events_have_the_keys_of_aws():
    body = body_of(logs(50, seed=3))
    assert list(json.loads(logs(1))) == ["awslogs"]
    assert list(body) == ["messageType", "owner", "logGroup", "logStream", "subscriptionFilters", "logEvents"]
    assert body["messageType"] == "DATA_MESSAGE"
    for event in body["logEvents"]:
        assert list(event) == ["id", "timestamp", "message"] and re.fullmatch(r"\d{56}", event["id"])
    assert len({event["id"] for event in body["logEvents"]}) == 50
    times = [event["timestamp"] for event in body["logEvents"]]
    assert times == sorted(times)


def test_log_lines_are_what_was_asked_for():
    lines = [json.loads(event["message"]) for event in records_of(logs(200, seed=1))]
    assert {tuple(line) for line in lines} == {("level", "requestId", "message", "ms")}
    batch = lambdarrow.logs.to_arrow(logs(200, seed=1), message={"level": "utf8", "ms": "int64"}, on_miss="fail")
    assert batch["message"].to_pylist() == [{"level": line["level"], "ms": line["ms"]} for line in lines]
    payload = {"v": {"type": "int8", "required": True, "nullable": False}}
    values = [json.loads(event["message"])["v"] for event in records_of(logs(100, payload=payload))]
    assert len(set(values)) > 10
    batch = lambdarrow.logs.to_arrow(logs(100, payload=payload), message=payload, on_miss="fail", flatten=True)
    assert batch["v"].to_pylist() == values


def test_firehose_has_the_keys_of_aws():
    whole = json.loads(firehose(50, seed=3))
    assert list(whole) == ["invocationId", "deliveryStreamArn", "region", "records"]
    assert uuid.UUID(whole["invocationId"])
    for record in whole["records"]:
        assert list(record) == ["recordId", "approximateArrivalTimestamp", "data"]
    assert len({record["recordId"] for record in whole["records"]}) == 50
    batch = lambdarrow.firehose.to_arrow(whole, payload="json")
    said = lambdarrow.firehose.response(batch, batch["data"])["records"]
    assert [one["recordId"] for one in said] == [record["recordId"] for record in whole["records"]]
