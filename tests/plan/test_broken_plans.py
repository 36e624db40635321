"""The native check: a broken plan is refused or runs, and never crashes."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import zlib
from base64 import b64encode

if __name__ == "__main__":  # the test runs this file: a broken plan may crash, which must not be the test run
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))

import events
import events_dynamodb
import pytest
from engine.plans import lowered, packed, records

from lambdarrow import (
    _core,
    by_key,
    dynamodb,
    dynamodb_export_incremental,
    firehose,
    kafka,
    kinesis,
    logs,
    s3,
    schema,
    sns,
    sqs,
)
from lambdarrow._drift import drifting
from lambdarrow._source import plan_of
from lambdarrow.kinesis import SOURCE
from lambdarrow.schema import (
    Field,
    alone,
    base64,
    counter,
    dictionary,
    each,
    each_key,
    entry,
    explode,
    gzip,
    int_,
    list_,
    map_,
    object_,
    octets,
    one_of,
    or_else,
    parse,
    struct,
    tee,
    utf8,
)

ROW = object_(
    (
        Field("id", utf8()),
        Field("kind", dictionary(values=("a", "b"))),
        Field("n", int_(16, allowed=(1, 2))),
        Field("l", list_(list_(utf8()))),
        Field("m", map_(struct((Field("f", schema.float_(32)), Field("v", utf8(size="view")))))),
        Field("t", tee(Field(None, schema.decimal(128, 9, 2), "d"), Field(None, utf8(size="large"), "raw"))),
        Field(
            "o",
            one_of(
                ("type",), (("x", Field(None, schema.json(), "x")), ("y", Field(None, schema.json(), "y")))
            ),
        ),
        Field("z", base64(gzip(parse(or_else(schema.timestamp("ms", epoch="s"))))), "z"),
        Field("b", schema.bool_()),
        Field("part", schema.part("/", 1)),
        Field("day", schema.date32()),
        Field("def", utf8(), default=b'"d"'),
        Field(
            "items",
            explode(object_((Field("i", int_(64)), Field("u", schema.uuid()), Field(None, counter(), "at")))),
        ),
        Field(None, schema.constant(utf8(), b'"c"'), "c"),
        Field(None, schema.rest(), "rest"),
    ),
    nullable=False,
)
UUID = "a0b1c2d3-0000-1111-2222-333344445555"
SAMPLE_ROW = {
    "z": packed(1700000000),
    "id": "text",
    "kind": "a",
    "n": 1,
    "l": [["x", "y"], [], ["z" * 40] * 9],
    "m": {str(at): {"f": 1, "v": "long text here"} for at in range(20)},
    "t": "12.5",
    "o": {"type": "x"},
    "b": True,
    "part": "a/b",
    "day": "2024-02-29",
    "items": [{"i": 1, "u": UUID}] * 5,
    "unknown": [1, 2],
}
SHAPES = records(
    Field(
        "v",
        drifting(
            schema.by(
                "$.t",
                {"a": {"n": {"type": "int64", "coerce": "string"}, "l": ["int64"]}, ("b", 2): {"m": "map<utf8, bool>"}},
                other="json",
            ),
            "rescue",
        ),
    ),
    Field("k", schema.by("$", {"x": {"x": "utf8"}, "y": "json"}, match="key")),
    Field(
        "body",
        schema.string(
            schema.fork(
                Field(None, schema.digest(), "_md5"),
                Field(
                    None,
                    schema.magic(
                        (((b"[", b"<"), Field(None, schema.parse(schema.items(Field(None, utf8(), "first"))))),),
                        Field(None, schema.text_bytes(), "plain"),
                    ),
                ),
            )
        ),
    ),
    Field("form", schema.form()),
    Field("md5", utf8(size="small")),
    Field(None, schema.same_digest("_md5", "md5", "md5")),
)
SHAPE_ROWS = [
    {"v": {"t": "a", "n": "5", "l": [1, "2", {}]}, "k": {"y": 1}, "body": "", "md5": hashlib.md5(b"").hexdigest()},
    {"v": {"t": 2, "m": {"k": True, "l": 5}}, "form": "a%20+b", "body": '["x"]'},
    {"v": [1], "k": {"x": "x"}},
]
KAFKA = object_(
    (
        Field(
            "records",
            each(explode(object_((Field("offset", int_(64)), Field(None, each_key(), "key"))), unit=True)),
        ),
    )
)


def broken_cases():
    """Name → the tables of a sound plan and an event that it decodes."""
    rows = [SAMPLE_ROW, {"items": []}, dict.fromkeys(SAMPLE_ROW), SAMPLE_ROW | {"n": 5}] * 30
    return {
        "kinesis": (
            plan_of(SOURCE, payload={"a": ["utf8"]}, on_error="null"),
            events.event_of(*[{"a": ["x"] * 5}, {"a": 1}] * 30),
        ),
        "words": (lowered(records(*ROW.children), corrupt=True), json.dumps(rows).encode()),
        "shapes": (lowered(SHAPES, corrupt=True), json.dumps(SHAPE_ROWS * 30).encode()),
        "sqs": (
            plan_of(
                sqs.SOURCE,
                payload=sns.notification(s3.notification()),
                verify_md5=True,
                on_mismatch="rescue",
                on_error="null",
            ),
            events.sqs_event_of(*[{"Type": "Notification", "Message": json.dumps(S3_EVENT)}] * 9, {"Type": "x"}),
        ),
        "kafka": (
            lowered(KAFKA, corrupt=True),
            json.dumps({"records": {f"t-{at}": [{"offset": at}] * 9 for at in range(9)}}).encode(),
        ),
        "kafka with headers": (
            plan_of(kafka.SOURCE, types={"key": "utf8", "value": {"n": "int64"}}, on_mismatch="rescue",
                    on_error="null"),
            json.dumps({"eventSource": "x", "records": {f"t-{at}": KAFKA_RECORDS * 2 for at in range(4)}}).encode(),
        ),
        "one record": (
            lowered(ONE, corrupt=True),
            json.dumps({"id": "a", "e": {"k": [1, -1, 255]}, "es": [{"x": 5}, {}] * 5, "more": {}}).encode(),
        ),
        "items": (
            dynamodb.Decoder(
                image=ITEM_WORDS, columns=["op", "changed", "new_image", "old_image", "keys", "table_name", "event_id"],
                on_mismatch="rescue", on_error="null", strict=True,
            ).plan,
            events_dynamodb.modified_event(*ITEMS * 9),
        ),
        "items of several shapes": (
            dynamodb.Decoder(
                image=by_key("s", prefix={"a": {"s": "utf8"}, "b": {"n": "int64"}}, other="json"),
                columns=["new_image", "old_image", "changed"], on_error="null",
            ).plan,
            events_dynamodb.modified_event(*ITEMS * 9),
        ),
        "items that are looked at": (
            lowered(schema.explode(object_((
                Field("new", schema.observe(1)), Field("old", schema.observe(0)), Field("n", int_(8)),
            ), nullable=False), unit=True), corrupt=True),
            json.dumps([{"new": new, "old": old, "n": 5} for old, new in ITEMS * 9]).encode(),
        ),
        "export": (
            dynamodb_export_incremental.Decoder(image=ITEM_WORDS, on_error="null").plan,
            gzip_of(b"\n".join(json.dumps({"Keys": {}, "OldImage": old, "NewImage": new}).encode()
                              for old, new in ITEMS * 9)),
        ),
        "changes": (
            plan_of(SOURCE, payload=dynamodb.record(image={"n": "int64"}), on_error="null"),
            events.event_of(*[{"eventName": "x", "dynamodb": {
                "ApproximateCreationDateTime": 5, "ApproximateCreationDateTimePrecision": unit, "Keys": {},
                "NewImage": {"n": {"N": "1"}}}} for unit in ("MILLISECOND", "MICROSECOND", None, "?") * 9]),
        ),
        "users": (
            plan_of(SOURCE, columns=USER_COLUMNS, hash_key_range=(1, 2**128 - 2), on_error="null"),
            events.event_of(*USERS * 5),
        ),
        "users of few columns": (
            plan_of(
                SOURCE, payload=schema.lines({"n": "int64"}), columns=["data", "partition_key", "record_index"],
                string_type="string_view", on_mismatch="rescue", on_error="null",
            ),
            events.event_of(*USERS * 5),
        ),
        "users of firehose": (
            plan_of(firehose.SOURCE, columns=[*USER_COLUMNS, "record_id"], dialect="spark", on_error="null"),
            json.dumps({"records": [
                {"recordId": str(at), "data": b64encode(data).decode(), "kinesisRecordMetadata": {"partitionKey": "r"}}
                for at, data in enumerate(USERS * 5)]}).encode(),
        ),
        "texts": (lowered(records(*TEXTS), corrupt=True), json.dumps(TEXT_ROWS * 9).encode()),
        "log events": (
            plan_of(logs.SOURCE, payload={"n": "int64"}, on_error="null"),
            json.dumps({"awslogs": {"data": b64encode(gzip_of(LOGS)).decode()}}).encode(),
        ),
        "log events of users": (
            plan_of(SOURCE, payload=logs.subscription(logs.lambda_platform()), on_error="null"),
            events.event_of(*[gzip_of(LOGS), gzip_of(LOGS.replace(b"DATA", b"CONTROL")),
                              kinesis.aggregate([("k", gzip_of(LOGS))] * 2), b"x"] * 3),
        ),
    }


KAFKA_RECORDS = [
    {"topic": "t", "offset": 5, "timestamp": 7, "key": "QQ==", "value": "eyJuIjo1fQ==", "headers": [{"a": [1, -1]}]},
    {"offset": 6, "key": "", "value": None, "headers": [{"a": [], "b": []}]}, {"value": "eyJuIjoieCJ9", "headers": []},
    {"headers": [{"h": [255, 0]}, {"h": None}], "valueSchemaMetadata": {"schemaId": "1"}},
]
ONE = alone(object_((
    Field("id", utf8()), Field("e", entry(octets())), Field("es", schema.or_else(schema.list_(entry(int_(8))))),
    Field(None, schema.rest(), "_metadata"),
), nullable=False))
USER_COLUMNS = ["data", "partition_key", "explicit_hash_key", "sub_sequence_number", "user_record_index"]
USERS = [
    b'{"n":1}', kinesis.aggregate([("k", b'{"n":1}\n{"n":"x"}'), ("\u00e9", b"", "7"), ("k", b"{}", str(2**128 - 1))]),
    b"", kinesis.aggregate([("other", b'{"n":2}'), ("other", b'{"n":')]),
    b"\xf3\x89\x9a\xc2\x0a" + hashlib.md5(b"\x0a").digest(),
]
LOG_LINES = ['{"n":1}', "text", "REPORT RequestId: 8f5\tDuration: 1.50 ms\tMemory Size: 128 MB\t", None]
LOGS = json.dumps({
    "messageType": "DATA_MESSAGE", "owner": "1", "logGroup": "/g", "subscriptionFilters": ["f"],
    "logEvents": [{"id": str(at), "timestamp": at, "message": text, "extractedFields": {"a": "b"}}
                  for at, text in enumerate(LOG_LINES * 3)],
}).encode()
CSV = {"n": "int32", "s": "utf8", "k": "dictionary<utf8>", "at": "timestamp[ms]", "x": "json"}
# The child of `delimited` is one line of it, which makes no row.
LINE = schema.delimited({"at": "timestamp[ms]", "text": "utf8"}, null="", rest=True, lead=True).children[0]
LABELS = schema.labelled(
    [("a=", Field(None, int_(16), "a")), (" b=", Field(None, or_else(schema.float_(64)), "b"))], begins=("a", "b")
)
TEXTS = (
    Field("id", utf8()),
    Field("csv", schema.string(drifting(schema.delimited(CSV, separator=","), "rescue").children[0])),
    Field("log", schema.string(LINE)),
    Field("report", schema.either(Field(None, schema.string(LABELS), "report"), Field(None, utf8(), "other"))),
    Field("lines", schema.string(schema.lines({"n": "int64", "s": "utf8"}))),
)
TEXT_ROWS = [
    {"csv": '1,"a""b",k,2024-02-29T12:00:00,[1]', "log": "2024-02-29T12:00:00 text", "report": "a=1 b=2.5",
     "lines": '{"n":1}\r\n\n{"s":"x"}\n'},
    {"csv": "x,-", "log": "no time", "report": "b", "lines": ""},
    {"csv": None, "log": None, "report": None, "lines": None},
    {"csv": "1", "report": {}, "lines": "{"},
]


ITEM_WORDS = {
    "s": "utf8", "n": "int64", "d": "decimal128(9, 2)", "f": "float32", "b": "binary", "ok": "bool", "j": "json",
    "k": "dictionary<utf8>", "set": ["utf8"], "sizes": ["decimal256(50, 2)"], "l": [{"a": "utf8"}],
    "m": "map<utf8, json>", "at": {"type": "timestamp[us, UTC]", "epoch": "s"},
}
ITEM = {
    "s": {"S": "a\u00e9"}, "n": {"N": "1E2"}, "d": {"N": "1.50"}, "f": {"N": "0.5"}, "b": {"B": "AP8="},
    "ok": {"BOOL": True}, "j": {"L": [{"NS": ["1", ".5"]}, {"M": {"x": {"NULL": True}}}]}, "k": {"S": "k"},
    "set": {"SS": ["x", "y"]}, "sizes": {"NS": ["1", "2.50", "1" * 30]}, "l": {"L": [{"M": {"a": {"S": "x"}}}]},
    "m": {"M": {"x": {"BS": ["QQ=="]}, "y": {"N": "7"}}}, "at": {"N": "1480642020.5"},
}
ITEMS = [
    (ITEM, ITEM | {"n": {"N": "100"}, "set": {"SS": ["y", "x"]}, "s": {"S": "b"}}), ({}, ITEM),
    (ITEM, {"n": {"S": "x"}}), (ITEM, None), (None, {"set": {"SS": ["x", "x"]}}), ({"z": {"?": 1}}, {"z": {"N": "1"}}),
]


def gzip_of(data):
    return zlib.compress(data, wbits=31)


S3_EVENT = {"Records": [{"eventName": "ObjectCreated:Put", "s3": {"object": {"key": "a+b", "size": 1}}}] * 3}
INTEGERS = (
    "root",
    "visible",
    "record_column",
    "identifier_column",
    "metadata_column",
    "corrupt_column",
    "rescue_column",
    "unit_level",
    "layers",
)
LISTS = (
    "objects",
    "fields",
    "children",
    "integers",
    "levels",
    "row_columns",
    "row_items",
    "output",
    "domains",
)
NODE = ("flags", "column", "child", "first", "count", "a", "b", "c", "d")
COLUMN = ("width", "domain", "child_domain")
KINDS = ("BITS", "FIXED", "TEXT32", "TEXT64", "VIEW", "DICT", "LIST", "MAP", "STRUCT", "ROWS", "GROUP")


def others(value):
    if isinstance(value, str):  # an error is called by its name
        return ["none", "no such error", 0, 2**31]
    return [v for v in dict.fromkeys((value + 1, value - 1, -1, 0, 2**31 - 1, -(2**31), 2**40)) if v != value]


def places(plan):
    """(label, get, set, other values) of everything in the tables that can be wrong."""
    for name in INTEGERS:
        yield name, plan, name, others(getattr(plan, name))
    for name in ("identifier_path", "group_path"):
        pair = getattr(plan, name)
        for at in range(2):
            wrong = [tuple(v if k == at else old for k, old in enumerate(pair)) for v in others(pair[at])]
            yield name, plan, name, wrong
    for key in ("depth", "map_keys", "rows", "max_inflated"):
        yield "limits", plan, "limits", [{key: value} for value in (0, -1, 1, 2**31, 2**70)]
    for name in LISTS:
        table = getattr(plan, name)
        for at, row in enumerate(table):
            for values in spoilt(row):
                yield f"{name}[{at}]", table, at, [values]
        if table:
            yield f"{name} cut", plan, name, [table[:-1], []]
    ops = sorted(
        {node.op for node in plan.nodes}
        | {"skip", "explode", "each", "object", "map", "rest", "part", "binary", "one_of", "fork", "digest"}
        | {"lines", "attribute", "observe", "span", "changed", "rescaled", "renamed", "entry", "octets"}
    )
    for at, node in enumerate(plan.nodes):
        for name in NODE:
            yield f"nodes[{at}].{name} of {node.op}", node, name, others(getattr(node, name))
        yield f"nodes[{at}].op {node.op}", node, "op", [op for op in ops if op != node.op]
    for at, column in enumerate(plan.columns):
        for name in COLUMN:
            yield f"columns[{at}].{name}", column, name, others(getattr(column, name))
        yield (
            f"columns[{at}].kind {column.kind}",
            column,
            "kind",
            [kind for kind in KINDS if kind != column.kind],
        )
        for k, child in enumerate(column.children):
            yield f"columns[{at}].children[{k}]", column.children, k, others(child)


def spoilt(entry):
    if isinstance(entry, int):
        yield from others(entry)
        return
    for at, value in enumerate(entry):
        if isinstance(value, int) and not isinstance(value, bool):
            for other in others(value):
                yield tuple(other if k == at else old for k, old in enumerate(entry))


def attempt(plan, event):
    """0: refused, 1: ran."""
    try:
        decoder = _core.Decoder(_core.Plan(plan), "null")
    except (ValueError, OverflowError):
        return 0
    try:
        for _ in range(2):
            decoder.decode(event).array_capsules()
    except (ValueError, MemoryError):
        pass
    return 1


def forked(plan, event):
    """The same in a process of its own: 0, 1, or how that ended."""
    child = os.fork()
    if not child:
        signal.alarm(10)
        os._exit(attempt(plan, event))
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return status if status in (0, 1) else f"ends with {status}"


def try_all(name, one=attempt):
    """Breaks the plan in every place, one at a time, and prints what came of it; the last line tells a crash."""
    plan, event = broken_cases()[name]
    print("the sound plan", one(plan, event), flush=True)
    for label, holder, where, values in list(places(plan)):
        listed = isinstance(holder, list)
        old = holder[where] if listed else getattr(holder, where)
        for value in values:
            if listed:
                holder[where] = value
            else:
                setattr(holder, where, value)
            print(f"{label}: {old} -> {value}"[:200], end=" ", flush=True)
            print(one(plan, event), flush=True)
        if listed:
            holder[where] = old
        else:
            setattr(holder, where, old)


NAMES = ["kinesis", "words", "shapes", "sqs", "kafka", "kafka with headers", "one record", "items",
         "items of several shapes", "items that are looked at",
         "export", "changes", "users", "users of few columns", "users of firehose", "texts", "log events",
         "log events of users"]


@pytest.mark.parametrize("name", NAMES)
def test_a_broken_plan_is_refused_or_runs(name):
    """One integer, op or kind at a time: a ValueError, or a plan whose run ends; never a crash.

    `python tests/plan/test_broken_plans.py words each` goes on behind a crash and shows all of them.
    """
    try:
        done = subprocess.run(
            [sys.executable, __file__, name], capture_output=True, text=True, timeout=60, check=False
        )
    except subprocess.TimeoutExpired as endless:
        raise AssertionError(f"does not end: {endless.stdout.decode().splitlines()[-1]}") from None
    lines = done.stdout.splitlines()
    assert done.returncode == 0, f"{lines[-1]}\n{done.stderr[-2000:]}"
    assert sum(line.endswith(" 0") for line in lines) > 200
    assert sum(line.endswith(" 1") for line in lines) > 0


if __name__ == "__main__":
    try_all(sys.argv[1], forked if "each" in sys.argv else attempt)
