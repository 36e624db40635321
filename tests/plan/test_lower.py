"""From words to a flat plan: golden texts, what cannot be lowered, and that the native check refuses broken plans."""

import json
import os
import signal
import subprocess
import sys

if __name__ == "__main__":  # a broken plan may crash, which must not be the test run
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))

import events
import pytest
from engine.plans import lowered, packed, records

from lambdarrow import _core, schema
from lambdarrow._lower import explain, lower
from lambdarrow._source import plan_of
from lambdarrow.kinesis import SOURCE
from lambdarrow.schema import (
    Field,
    base64,
    counter,
    dictionary,
    each,
    each_key,
    explode,
    gzip,
    int_,
    list_,
    map_,
    object_,
    one_of,
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
    plan = plan_of(SOURCE, payload=payload, columns=["data.geo.lat", "data.tags", "partition_key"], dialect="spark")
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


EVENT = object_((Field("id", utf8()), Field("message", utf8()), Field(None, counter(), "position")), nullable=False)
BODY = object_((Field("logGroup", utf8()), Field("logEvents", explode(EVENT, nullable=False), required=True)), nullable=False)
LOGS = object_((Field("awslogs", object_((Field("data", base64(gzip(parse(BODY)))),)), required=True),))


def test_logs():
    assert explain(lowered(LOGS)) == golden("""
   0 object
   1   "awslogs"!: object
   2     "data": base64
   3       gzip
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


@pytest.mark.parametrize("word, message", [
    (object_((Field("a", explode(object_((Field("x", int_(8)),)))), Field("b", explode(object_((Field("y", int_(8)),)))))),
     "side by side"),
    (explode(explode(int_(8), unit=True), unit=True), "one unit"),
    (list_(explode(int_(8))), "rows"),
    (records(Field("s", struct(()))), "without fields"),
    (records(Field("s", struct((Field("a", int_(8)), Field("b", int_(8), "a"))))), "'a'"),
    (records(Field("a", int_(8)), Field("b", int_(8), "a")), "'a'"),
    (records(Field("l", list_(object_((Field("a", int_(8)), Field("b", int_(8))))))), "one column"),
    (records(Field("m", map_(schema.skip()))), "one column"),
])
def test_what_cannot_be_lowered(word, message):
    with pytest.raises(ValueError, match=message):
        _core.Plan(lowered(word))


@pytest.mark.parametrize("options, message", [({"dialect": "sparc"}, "dialect"), ({"string_type": "text"}, "string_type")])
def test_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        lower(records(Field("a", utf8())), order=("a",), **options)


def test_a_plan_prints_and_compares():
    words = records(Field("a", or_else(tee(Field(None, utf8(), "x"), Field(None, utf8(), "y")))))
    assert explain(lowered(words)) == explain(lowered(words))
    assert "or_else(tee(x: utf8" in repr(words)


# --- broken plans -----------------------------------------------------------------------------------

ROW = object_((
    Field("id", utf8()), Field("kind", dictionary(values=("a", "b"))), Field("n", int_(16, allowed=(1, 2))),
    Field("l", list_(list_(utf8()))), Field("m", map_(struct((Field("f", schema.float_(32)), Field("v", utf8(size="view")))))),
    Field("t", tee(Field(None, schema.decimal(128, 9, 2), "d"), Field(None, utf8(size="large"), "raw"))),
    Field("o", one_of(("type",), (("x", Field(None, schema.json(), "x")), ("y", Field(None, schema.json(), "y"))))),
    Field("z", base64(gzip(parse(or_else(schema.timestamp("ms", epoch="s"))))), "z"), Field("b", schema.bool_()),
    Field("part", schema.part("/", 1)), Field("day", schema.date32()), Field("def", utf8(), default=b'"d"'),
    Field("items", explode(object_((Field("i", int_(64)), Field("u", schema.uuid()), Field(None, counter(), "at"))))),
    Field(None, schema.constant(utf8(), b'"c"'), "c"), Field(None, schema.rest(), "rest"),
), nullable=False)
UUID = "a0b1c2d3-0000-1111-2222-333344445555"
SAMPLE_ROW = {
    "z": packed(1700000000), "id": "text", "kind": "a", "n": 1, "l": [["x", "y"], [], ["z" * 40] * 9], "m": {str(at): {"f": 1, "v": "long text here"} for at in range(20)},
    "t": "12.5", "o": {"type": "x"}, "b": True, "part": "a/b", "day": "2024-02-29",
    "items": [{"i": 1, "u": UUID}] * 5, "unknown": [1, 2],
}
KAFKA = object_((Field("records", each(explode(object_((Field("offset", int_(64)), Field(None, each_key(), "key"))), unit=True))),))


def broken_cases():
    """Name → the tables of a sound plan and an event that it decodes."""
    rows = [SAMPLE_ROW, {"items": []}, dict.fromkeys(SAMPLE_ROW), SAMPLE_ROW | {"n": 5}] * 30
    return {
        "kinesis": (plan_of(SOURCE, payload={"a": ["utf8"]}, on_error="null"),
                    events.event_of(*[{"a": ["x"] * 5}, {"a": 1}] * 30)),
        "words": (lowered(records(*ROW.children), corrupt=True), json.dumps(rows).encode()),
        "kafka": (lowered(KAFKA, corrupt=True), json.dumps({"records": {f"t-{at}": [{"offset": at}] * 9 for at in range(9)}}).encode()),
    }


INTEGERS = ("root", "visible", "record_column", "identifier_column", "metadata_column", "corrupt_column", "unit_level", "layers")
LISTS = ("objects", "fields", "children", "integers", "levels", "row_columns", "row_items", "output", "domains")
NODE = ("flags", "column", "child", "first", "count", "a", "b", "c", "d")
COLUMN = ("width", "domain", "child_domain")
KINDS = ("BITS", "FIXED", "TEXT32", "TEXT64", "VIEW", "DICT", "LIST", "MAP", "STRUCT", "ROWS")


def others(value):
    return [v for v in dict.fromkeys((value + 1, value - 1, -1, 0, 2**31 - 1, -(2**31), 2**40)) if v != value]


def places(plan):
    """(label, get, set, other values) of everything in the tables that can be wrong."""
    for name in INTEGERS:
        yield name, plan, name, others(getattr(plan, name))
    for at in range(2):
        yield "identifier_path", plan, "identifier_path", [
            tuple(v if k == at else old for k, old in enumerate(plan.identifier_path)) for v in others(plan.identifier_path[at])]
    for key in ("depth", "map_keys", "max_inflated"):
        yield "limits", plan, "limits", [{key: value} for value in (0, -1, 1, 2**31, 2**70)]
    for name in LISTS:
        table = getattr(plan, name)
        for at, entry in enumerate(table):
            for values in spoilt(entry):
                yield f"{name}[{at}]", table, at, [values]
        if table:
            yield f"{name} cut", plan, name, [table[:-1], []]
    ops = sorted({node.op for node in plan.nodes} | {"skip", "explode", "each", "object", "map", "rest", "part", "binary"})
    for at, node in enumerate(plan.nodes):
        for name in NODE:
            yield f"nodes[{at}].{name} of {node.op}", node, name, others(getattr(node, name))
        yield f"nodes[{at}].op {node.op}", node, "op", [op for op in ops if op != node.op]
    for at, column in enumerate(plan.columns):
        for name in COLUMN:
            yield f"columns[{at}].{name}", column, name, others(getattr(column, name))
        yield f"columns[{at}].kind {column.kind}", column, "kind", [kind for kind in KINDS if kind != column.kind]
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


def outcome(plan, event):
    """What a fork of its own makes of the plan: 0, 1, or how it ended."""
    child = os.fork()
    if not child:
        signal.alarm(10)
        try:
            os._exit(attempt(plan, event))
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(2)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return status if status in (0, 1) else f"ends with {status}"


def try_all(name):
    """Breaks the plan in every place, one at a time; prints how many were refused and ran, and what crashed."""
    plan, event = broken_cases()[name]
    counts = {0: 0, 1: 0}
    crashed = [] if outcome(plan, event) == 1 else ["the sound plan"]
    for label, holder, where, values in list(places(plan)):
        listed = isinstance(holder, list)
        old = holder[where] if listed else getattr(holder, where)
        for value in values:
            if listed:
                holder[where] = value
            else:
                setattr(holder, where, value)
            made = outcome(plan, event)
            if made in counts:
                counts[made] += 1
            else:
                crashed.append(f"{label}: {old} -> {value} {made}"[:200])
        if listed:
            holder[where] = old
        else:
            setattr(holder, where, old)
    print(json.dumps({"refused": counts[0], "ran": counts[1], "crashed": crashed}))


@pytest.mark.parametrize("name", ["kinesis", "words", "kafka"])
def test_a_broken_plan_is_refused_or_runs(name):
    """One integer, op or kind at a time: a ValueError, or a plan whose run ends; never a crash."""
    done = subprocess.run([sys.executable, __file__, name], capture_output=True, text=True, timeout=300, check=True)
    counts = json.loads(done.stdout)
    assert counts["crashed"] == []
    assert counts["refused"] > 200
    assert counts["ran"] > 0


if __name__ == "__main__":
    try_all(sys.argv[1])
