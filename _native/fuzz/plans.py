"""The plans that fuzz_plan.c runs: between them every word, each mode of failure, each dialect.

A case's ``wrap`` says how a payload becomes an event, so that the mutator can work on the JSON
inside the base64 or the string, where changing bytes blindly would only break the encoding.
"""

import sys
import types
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))
# A plan is lowered by Python alone; the modules that hand it to the native core import that core, or names of it.
_core = types.ModuleType("lambdarrow._core")
_core.deserialize = _core.unmarshal = None
sys.modules.setdefault("lambdarrow._core", _core)

from lambdarrow import (  # noqa: E402
    content,
    dynamodb,
    dynamodb_export_incremental,
    eventbridge,
    firehose,
    kafka,
    kinesis,
    logs,
    rabbitmq,
    s3,
    sns,
    sqs,
)
from lambdarrow._attributes import item  # noqa: E402
from lambdarrow._drift import drifting  # noqa: E402
from lambdarrow._grammar import to_word  # noqa: E402
from lambdarrow._images import types_of  # noqa: E402
from lambdarrow._lower import lower  # noqa: E402
from lambdarrow._source import plan_of  # noqa: E402
from lambdarrow.schema import (  # noqa: E402
    Field,
    alone,
    base64,
    binary,
    by,
    codec,
    constant,
    counter,
    date32,
    decimal,
    delimited,
    dictionary,
    digest,
    each,
    each_key,
    either,
    entry,
    explode,
    float_,
    fork,
    form,
    gzip,
    int_,
    items,
    json,
    json_sequence,
    json_string,
    labelled,
    lines,
    list_,
    magic,
    map_,
    object_,
    observe,
    octets,
    one_of,
    or_else,
    parse,
    part,
    plain_bytes,
    rest,
    same_digest,
    skip,
    string,
    struct,
    tee,
    text,
    text_bytes,
    timestamp,
    unzipped,
    utf8,
    uuid,
)

INNER = {
    "a": {"type": "int64", "default": -7},
    "b": {"type": "utf8", "default": "a default text that is longer than what stood in the input"},
    "c": {"type": ["utf8"], "default": ["one", "two \u00e9"]},
}
EVERY = {
    "i8": "int8", "i16": "int16", "i32": "int32", "i64": "int64",
    "u8": "uint8", "u16": "uint16", "u32": "uint32", "u64": "uint64",
    "f32": "float32", "f64": "float64", "bool": "bool",
    "utf8": "utf8", "large": "large_utf8", "view": "utf8_view", "bin": "binary", "lbin": "large_binary",
    "date": "date32", "json": "json", "uuid": "uuid",
    "ts": "timestamp[s, UTC]", "tms": "timestamp[ms, UTC]", "tus": "timestamp[us]", "tns": "timestamp[ns, UTC]",
    "tassume": {"type": "timestamp[us, UTC]", "assume": "UTC"},
    "es": {"type": "timestamp[ms, UTC]", "epoch": "s"}, "ems": {"type": "timestamp[ns, UTC]", "epoch": "ms"},
    "ens": {"type": "timestamp[s, UTC]", "epoch": "ns"},
    "d12": "decimal128(12, 2)", "d38": "decimal128(38, 0)", "d76": "decimal256(76, 38)",
    "dict": "dictionary<utf8>",
    "choice": {"type": "dictionary<utf8>", "values": ["red", "green", "bl\u00fc"]},
    "few": {"type": "int16", "values": [1, 2, 300]},
    "list": ["int64"], "lists": [["utf8"]], "structs": [INNER], "dicts": ["dictionary<utf8>"],
    "map": "map<utf8, int64>", "texts": "map<utf8, utf8>", "maps": ["map<utf8, list<utf8>>"],
    "deep": "map<utf8, map<utf8, struct<x: decimal128(9, 3), y: list<bool>>>>",
    "geo": {"lat": "float64", "lon": "float64", "more": INNER},
    "must": {"type": {"n": {"type": "int32", "required": True}, "m": {"type": "utf8", "nullable": False}}},
    'quo"te': "int64", "renamed": {"type": "utf8", "from": "on\u00e9\nwire"}, "empty": {"type": "int32", "from": ""},
    "a_key_that_is_longer_than_thirty_two_bytes": "bool",
}


def _defaults():
    """Defaults of words that hold text in several columns: each makes its own room."""
    return struct((Field("x", utf8(), default=b'"x"'), Field("y", list_(utf8()), default=b'["y","\\u00e9","z"]')))


def _items(payload):
    """Records whose value stands where they do: the mutator reaches it without an encoding."""
    record = object_((
        Field("id", utf8(), "id"), Field("v", payload, "v"), Field("raw", json(), "raw"),
        Field(None, counter(start=5), "n"), Field(None, constant(utf8(), b'"a constant \\u20ac"'), "k"),
    ), nullable=False)
    return object_((Field("Records", explode(record, unit=True, nullable=False), required=True),
                    Field(None, rest(), "_metadata")), nullable=False)


def _logs():
    event = object_((Field("id", utf8(), "id"), Field("timestamp", timestamp("ms", epoch="ms"), "ts"),
                     Field("message", utf8(), "message"), Field("extractedFields", map_(utf8()), "extracted"),
                     Field(None, counter(), "position")), nullable=False)
    content = object_((
        Field("messageType", dictionary(values=("DATA_MESSAGE", "CONTROL_MESSAGE")), "type"),
        Field("owner", utf8(), "owner"), Field("logGroup", json(), "group"),
        Field("subscriptionFilters", list_(utf8()), "filters"),
        Field("logEvents", explode(event, unit=True), required=True)), nullable=False)
    return object_((Field("awslogs", object_((Field("data", base64(gzip(parse(content)), nullable=False),
                                                   required=True),), nullable=False), required=True),
                    Field(None, rest(), "_metadata")), nullable=False)


def _notices():
    """Rows in rows: messages, each a string of JSON with a list in it."""
    item = object_((
        Field("name", utf8(), "name"),
        Field("s3", object_((Field("key", utf8(), "key"), Field("size", int_(64, nullable=False), "size"),
                             Field("flags", list_(int_(8)), "flags")))),
        Field("with", _defaults(), "with", default=b'{"x":"from a default"}'), Field(None, counter(), "item")))
    body = object_((Field("Records", explode(item)), Field("Event", utf8(), "event"), Field(None, rest(), "others")))
    message = object_((
        Field("messageId", utf8(), "message_id", required=True), Field("seen", int_(8, signed=False), "seen"),
        Field("ok", or_else(int_(32)), "ok"), Field("flag", list_(map_(utf8())), "tags"), Field("on", json(), "on"),
        Field("bit", to_word("bool"), "bit"), Field("body", json_string(body))), nullable=False)
    return object_((Field("Records", explode(message, unit=True, nullable=False), required=True),
                    Field("at", date32(), "at"), Field(None, rest(), "_metadata")), nullable=False)


def _topics(lists):
    record = object_((
        Field("offset", int_(64), "offset"), Field("key", tee(
            Field(None, binary(), "key"), Field(None, base64(text_bytes()), "key_text"))),
        Field("value", or_else(base64(plain_bytes())), "value"),
        Field("headers", list_(map_(list_(int_(8)))), "headers"), Field(None, each_key(), "topic"),
        Field(None, counter(), "n")), nullable=False)
    rows = each(explode(record, unit=True)) if lists else each(record, unit=True)
    return object_((Field("eventSource", dictionary(), "source"), Field("records", rows, required=True),
                    Field(None, rest(), "_metadata")), nullable=False)


def _choices():
    kind = one_of(("meta", "type"), (
        ("order", Field(None, object_((Field("total", decimal(128, 20, 4), "total"), Field("id", uuid(), "order")))), ),
        ("click", Field(None, struct((Field("x", float_(32)), Field("y", text(float_(64)))), closed=True), "click")),
    ), other=Field(None, json(), "other"))
    strict = one_of(("t",), (("a", Field(None, list_(utf8()), "strict")), ), match="prefix")
    record = object_((
        Field("v", kind), Field("w", or_else(strict)), Field("path", tee(
            Field(None, part("/", 1), "first"), Field(None, part("/", -1), "last"), Field(None, utf8(), "path"),
            Field(None, string(text_bytes(size="large")), "path_text"))),
        Field("skipped", skip()), Field("num", text(int_(64)), "num"), Field("dec", decimal(256, 50, 10), "dec"),
        Field("or", or_else(_defaults()), "or"), Field("soft", or_else(map_(int_(8))), "soft"),
        Field(None, rest(), "rest")), nullable=False)
    return object_((Field("Records", explode(record, unit=True, nullable=False), required=True),), nullable=False)


def _shapes():
    """Several shapes in one column, values that do not fit, arrays by position, bytes that choose, digests."""
    click = {"x": "int64", "tags": ["utf8"], "geo": {"lat": "float64", "m": "map<utf8, list<int8>>"}}
    order = {"y": {"type": "int32", "coerce": "string"}, "z": {"type": "utf8", "coerce": "number"},
             "t": {"type": "timestamp[ms, UTC]", "epoch": "ms", "coerce": "string"},
             "b": {"type": "bool", "coerce": "string"}}
    shaped = drifting(by("$.type", {"click": click, ("order", 2): order}, other="json"), "rescue")
    keyed = drifting(by("$.in", {"a": {"a": "utf8"}, "b": ["decimal128(5, 1)"]}, other="json", match="key"), "null")
    by_place = parse(items(Field(None, utf8(), "first"), Field(None, skip()), Field(None, list_(int_(16)), "third")))
    packed_map = codec(map_(utf8()), len, refused="invalid_gzip", when=(b"\x1f\x8b",))
    cases = ((b"[", Field(None, by_place)), ((b"{", b"\x1f\x8b"), Field(None, packed_map, "content")))
    bytes_of = fork(Field(None, digest(), "_md5", hidden=True),
                    Field(None, magic(cases, Field(None, text_bytes(), "plain"))))
    record = object_((
        Field("id", utf8(), "id"), Field("v", shaped, "v"), Field("w", keyed, "w"), Field("key", tee(
            Field(None, form(), "key"), Field(None, utf8(), "key_raw"))),
        Field("body", string(bytes_of)), Field("md5", utf8(size="small"), "_sent", hidden=True),
        Field("dict", dictionary(coerce="number"), "dict"), Field(None, same_digest("_md5", "_sent", "md5"))),
        nullable=False)
    return object_((Field("Records", explode(record, unit=True, nullable=False), required=True),
                    Field(None, rest(), "_metadata")), nullable=False)


ORDER = {
    "pk": "utf8", "sk": "timestamp[ms, UTC]", "kind": "dictionary<utf8>", "id": "uuid", "day": "date32", "n": "int64",
    "small": "int8", "big": "uint64", "f32": "float32", "f64": "float64", "price": "decimal128(12, 2)",
    "wide": "decimal256(76, 38)", "at": {"type": "timestamp[us, UTC]", "epoch": "s"}, "blob": "binary", "yes": "bool",
    "any": "json", "view": "utf8_view", "tags": ["utf8"], "kinds": ["dictionary<utf8>"], "sizes": ["decimal128(9, 1)"],
    "blobs": ["large_binary"], "lists": [["int32"]],
    "lines": [{"sku": "utf8", "price": "decimal128(12, 2)", "more": "json"}],
    "customer": {"id": "uuid", "score": {"type": "int16", "required": True}}, "attrs": "map<utf8, list<float64>>",
    "choice": {"type": "dictionary<utf8>", "values": ["red", "green"]}, "few": {"type": "int16", "values": [1, 2, 300]},
    "text": {"type": "utf8", "coerce": "number"}, "string": {"type": "int64", "coerce": "string"}, "S": "utf8",
    "must": {"type": "utf8", "nullable": False},
}


def _items_of(image, keys=None, module=dynamodb, **options):
    """The plan of a source of DynamoDB's items."""
    types = types_of(module.SOURCE, image, keys)
    columns = [*module.SOURCE.columns, *module.SOURCE.on_request]
    return _source(module, types=types, **{"columns": columns, **options})


def _observed():
    """Items whose types are noted, and that are kept as JSON: both walk the same attributes."""
    kept = tee(Field(None, observe(1)), Field(None, item(json()), "image"))
    record = object_((Field("id", utf8(), "id"), Field("Keys", observe(0)), Field("NewImage", kept),
                      Field("OldImage", or_else(observe(1)))), nullable=False)
    return object_((Field("Records", explode(record, unit=True, nullable=False), required=True),), nullable=False)


def _texts():
    """Text that is no JSON: fields between separators, values behind labels; and a value that is read in two ways."""
    flow = {"v": "int32", "id": "utf8", "kind": "dictionary<utf8>", "skipped": None, "at": {
        "type": "timestamp[ms, UTC]", "epoch": "s"}, "ok": "bool", "day": "date32", "d": "decimal128(9, 2)",
        "f": "float32", "raw": "json", "bin": "binary", "uuid": "uuid"}
    labels = labelled([("", Field(None, dictionary(), "first")), (" a=", Field(None, int_(16), "a")),
                       (" b=", Field(None, or_else(float_(64)), "b")), (" c=", Field(None, utf8(nullable=False), "c"))],
                      begins=("START", "END a"))
    record = object_((
        Field("id", utf8(), "id"), Field("ok", string(delimited({"last": "utf8"}).children[0]), "line"),
        Field("flag", either(Field(None, string(labels), "labelled"), Field(None, utf8(), "text"))),
        Field("w", either(Field(None, map_(_defaults()), "one"), Field(None, json(), "other"))),
        Field("v", string(drifting(delimited(flow, separator=","), "rescue")), "flow")), nullable=False)
    return object_((Field("Records", explode(record, unit=True, nullable=False), required=True),
                    Field(None, rest(), "_metadata")), nullable=False)


def _wide():
    """More keys than one word of bits holds, twice nested."""
    inner = struct([Field(f"k{n}", int_(32)) for n in range(70)])
    fields = [Field(f"f{n}", utf8() if n % 7 else dictionary()) for n in range(130)]
    record = object_([*fields, Field("inner", inner), Field("last", list_(inner))], nullable=False)
    return object_((Field("Records", explode(record, unit=True)),), nullable=False)


def _rootless():
    """An event that is its own record."""
    return object_((Field("a", utf8(), "a"), Field("b", base64(gzip(parse(map_(_defaults())))), "b"),
                    Field("c", json(), "c"), Field("d", list_(base64(text_bytes())), "d"),
                    Field(None, rest(), "_metadata")), nullable=False)


def _lone():
    """An event that is one record: objects of one member, bytes as numbers, and lists of both."""
    return alone(object_((
        Field("id", utf8(), "id"), Field("headers", list_(entry(octets())), "headers"),
        Field("v", or_else(entry(list_(_defaults()), names=("k", "v"))), "v"), Field("w", or_else(octets()), "w"),
        Field("key", tee(Field(None, json(), "key"), Field(None, map_(octets()), "key_map"))),
        Field("on", utf8(coerce="number"), "on"), Field(None, counter(), "n")), nullable=False))


class Case:
    """A plan; ``twin``: the same with a column for corrupt records; ``wrap``: see the module."""

    def __init__(self, name, build, wrap=None):
        self.name = name
        self.plan, self.twin = build(False), build(True)
        self.wrap = wrap


def _kinesis(**options):
    return _source(kinesis, **options)


def _source(module, **options):
    return lambda corrupt: plan_of(module.SOURCE, on_error="null" if corrupt else "raise", **options)


def _words(root, identifier=None, path=(), **options):
    """The plan of a tree of words, every column of it asked for."""
    def build(corrupt):
        known = []
        _names(root, known)
        order = [name for name in known if name != "_metadata"]
        return lower(root, order=order, corrupt=corrupt, identifier=identifier, identifier_path=path, **options)
    return build


def _names(word, found):
    """The names of the columns that a tree of words makes for its row, in order."""
    for child in word.children:
        below = getattr(child, "word", child)
        if isinstance(child, Field) and below.op not in ("each", "tee", "skip") and not _is_envelope(below):
            found.extend([child.name] if child.name is not None and not child.hidden else [])
        elif below.op != "skip":
            _names(below, found)


def _is_envelope(word):
    """Whether the word only leads to another that feeds the row itself."""
    while word.op in ("base64", "string", "parse", "codec", "or_else", "constant"):
        word = word.children[0]
    chooses = word.op == "one_of" and not word.options["grouped"]
    return chooses or word.op in ("object", "explode", "fork", "magic", "items")


_RECORD = ('{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":"k","sequenceNumber":"49","data":"',
           '","approximateArrivalTimestamp":1.5},"eventSource":"aws:kinesis","eventID":"shardId-0:49"}')
_IN_KINESIS = ("base64", '{"Records":[', *_RECORD, "]}")
_PACKED_IN_KINESIS = ("packed", *_IN_KINESIS[1:])    # the text is a message of the Kinesis Producer Library
_USERS_IN_KINESIS = ("users", *_IN_KINESIS[1:])      # the text is what two users of such a message hold
_PACKED_IN_FIREHOSE = ("packed", '{"records":[', '{"recordId":"r","data":"',
                       '","kinesisRecordMetadata":{"partitionKey":"k"}}', "]}")
_IN_TEXTS = ("string", '{"Records":[', '{"id":"i","w":{},"v":"', '"}', "]}")
_IN_LOGS = ("base64", "", '{"awslogs":{"data":"', '"}}', "")
_IN_SQS = ("string", '{"Records":[', '{"messageId":"m","attributes":{"MessageGroupId":"g"},"body":"', '"}', "]}")
_IN_NOTICES = ("string", '{"Records":[', '{"messageId":"m","body":"', '","seen":3,"bit":true}', "]}")

_IN_TOPIC = ("base64", '{"records":{"t-0":[', '{"offset":5,"key":"","headers":[{"a":[1,-1]}],"value":"', '"}', "]}}")
_IN_QUEUE = ("base64", '{"rmqMessagesByQueue":{"q::/":[', '{"basicProperties":{"expiration":"5"},"data":"', '"}', "]}}")

SMALL = {"depth": 4, "map_keys": 20, "rows": 9, "max_inflated": 3000}
# The same, but for the rows: of one record there may be many, and what is fed is counted together.
FEW = SMALL | {"rows": 1 << 20}
SHAPE = {"list": [{"a": "int8", "m": "map<utf8, struct<x: bool, y: list<int64>>>"}], "a": "utf8"}


def cases():
    """All of them. The position is the first byte of an input: new ones go to the end."""
    every = to_word(EVERY)
    topic = sns.notification(s3.notification())
    by_key = dynamodb.by_key("pk", prefix={"ORDER#": ORDER, "USER#": {"name": "utf8", "n": "int8"}}, other="json")
    users = ["data", "partition_key", "explicit_hash_key", "sub_sequence_number", "user_record_index", "shard_id"]
    every_line = lines({k: v for k, v in EVERY.items() if k != "d76"})
    drifts = {"payload": json_sequence(SHAPE), "on_mismatch": "rescue", "columns": users}
    access = delimited({"at": "timestamp[ms]", "text": "utf8"}, null="", rest=True, lead=True)
    details = by("$.detail-type", {"a": eventbridge.event({"n": "int64"}), "b": SHAPE}, other="json")
    return [
        Case("kinesis", _kinesis()),
        Case("kinesis_every", _kinesis(payload=EVERY), _IN_KINESIS),
        Case("kinesis_plain", _kinesis(payload=EVERY, dialect="plain", flatten=True, limits=SMALL), _IN_KINESIS),
        Case("kinesis_view", _kinesis(payload=EVERY, string_type="string_view", lone_surrogates="replace"),
             _IN_KINESIS),
        Case("kinesis_spark", _kinesis(payload={k: v for k, v in EVERY.items() if k != "d76"}, dialect="spark"),
             _IN_KINESIS),
        Case("kinesis_few", _kinesis(payload=EVERY, columns=["data.utf8", "data.geo.lat", "shard_id", "stream_name"]),
             _IN_KINESIS),
        Case("inline_every", _words(_items(every), "id", ("id",))),
        Case("inline_defaults", _words(_items(map_(_defaults())), "id", ("id",), limits=SMALL)),
        Case("logs", _words(_logs(), "id", ("id",)), _IN_LOGS),
        Case("logs_plain", _words(_logs(), dialect="plain", limits=SMALL), _IN_LOGS),
        Case("notices", _words(_notices(), "message_id", ("messageId",)), _IN_NOTICES),
        Case("notices_plain", _words(_notices(), "message_id", ("messageId",), dialect="plain",
                                     replace_surrogates=True), _IN_NOTICES),
        Case("topics", _words(_topics(True))),
        Case("keyed", _words(_topics(False))),
        Case("choices", _words(_choices())),
        Case("wide", _words(_wide())),
        Case("rootless", _words(_rootless())),
        Case("json", _words(object_((Field("Records", explode(object_((Field("v", json(), "v"),)), unit=True)),)))),
        Case("shapes", _words(_shapes(), "id", ("id",))),
        Case("sqs", _source(sqs, verify_md5=True)),
        Case("sqs_s3", _source(sqs, payload=s3.notification()), _IN_SQS),
        Case("sqs_sns_s3", _source(sqs, payload=topic, on_mismatch="null"), _IN_SQS),
        Case("sqs_sns_s3_plain", _source(sqs, payload=topic, dialect="plain", limits=SMALL), _IN_SQS),
        Case("sqs_shapes", _source(sqs, payload=details, on_mismatch="rescue", limits=SMALL), _IN_SQS),
        Case("sqs_rescue", _source(sqs, payload=EVERY, on_mismatch="rescue", pointer=len), _IN_SQS),
        Case("items", _items_of(ORDER)),
        Case("items_json", _items_of("json", limits=SMALL)),
        Case("items_map", _items_of("map<utf8, json>", string_type="string_view", lone_surrogates="replace")),
        Case("items_rescued", _items_of(ORDER, ("pk", "n"), strict=True, on_mismatch="rescue", dialect="plain")),
        Case("items_lenient", _items_of(ORDER, strict=True, on_mismatch="null", limits=SMALL)),
        Case("items_by_key", _items_of(by_key)),
        Case("items_observed", _words(_observed(), "id", ("id",))),
        Case("changes", _kinesis(payload=dynamodb.record(ORDER, strict=True)), _IN_KINESIS),
        Case("export", _items_of(ORDER, module=dynamodb_export_incremental)),
        Case("export_small", _items_of("json", module=dynamodb_export_incremental, limits=SMALL)),
        Case("packed", _kinesis(), _PACKED_IN_KINESIS),
        Case("packed_few", _kinesis(columns=users[1:], string_type="string_view"), _PACKED_IN_KINESIS),
        Case("packed_range", _kinesis(hash_key_range=(2**126, 2**127), columns=users, dialect="spark", limits=FEW),
             _PACKED_IN_KINESIS),
        Case("packed_none", _kinesis(columns=["event_id", "record_index"]), _PACKED_IN_KINESIS),
        Case("packed_firehose", _source(firehose, columns=[*users[:-1], "shard_id", "record_id"]), _PACKED_IN_FIREHOSE),
        Case("users", _kinesis(payload=EVERY, columns=users), _USERS_IN_KINESIS),
        Case("users_lines", _kinesis(payload=every_line, columns=users, dialect="spark"), _USERS_IN_KINESIS),
        Case("users_sequence", _kinesis(**drifts), _USERS_IN_KINESIS),
        Case("users_shapes", _kinesis(payload=details, columns=users, on_mismatch="null"), _USERS_IN_KINESIS),
        Case("fields", _kinesis(payload=unzipped(access), deaggregate=False), _IN_KINESIS),
        Case("subscription", _source(logs), _IN_LOGS),
        Case("subscription_typed", _source(logs, payload=SHAPE, columns=["message", "message_text", "owner"]),
             _IN_LOGS),
        Case("subscription_platform", _source(logs, payload=logs.lambda_platform(), on_miss="null", dialect="plain"),
             _IN_LOGS),
        Case("subscription_stream", _kinesis(payload=logs.subscription(SHAPE), limits=FEW), _IN_KINESIS),
        Case("subscription_users", _kinesis(payload=logs.subscription(), dialect="spark"), _USERS_IN_KINESIS),
        Case("content_delivered", _source(content, payload=logs.delivered(logs.lambda_platform()), flatten=True)),
        Case("content_exported", _source(content, payload=logs.exported(), string_type="string_view")),
        Case("content_lines", _source(content, payload=every_line, on_mismatch="rescue", limits=FEW)),
        Case("fields_texts", _words(_texts(), "id", ("id",)), _IN_TEXTS),
        Case("fields_spark", _words(_texts(), "id", ("id",), dialect="spark", limits=FEW), _IN_TEXTS),
        Case("lone", _words(_lone(), "id", ("id",))),
        Case("lone_plain", _words(_lone(), "id", ("id",), dialect="plain", limits=SMALL)),
        Case("kafka", _source(kafka, columns=[*kafka.SOURCE.columns, *kafka.SOURCE.on_request])),
        Case("kafka_typed", _source(kafka, types={"key": "utf8", "value": SHAPE}, on_mismatch="rescue"), _IN_TOPIC),
        Case("rabbitmq", _source(rabbitmq, payload=SHAPE, dialect="spark", limits=FEW), _IN_QUEUE),
    ]
