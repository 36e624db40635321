"""Batches of a user's own, declared as an Envelope, against json and base64."""

import base64
import datetime as dt
import json
from pathlib import Path

import events
import msgspec
import pyarrow as pa
import pytest
import stacks
from hypothesis import given
from hypothesis import strategies as st

import lambdarrow
from lambdarrow import Envelope, by, json_string, s3, schema, sns
from lambdarrow.schema import counter, each_key

A = {"a": "int64"}


def decoded(envelope, event, **options):
    return envelope.to_arrow(event if isinstance(event, (bytes, str)) else json.dumps(event), **options)


# --- where the records are --------------------------------------------------------------------------

# (rows, an event with two records, the path of the second, the keys that lead to its list and are no metadata)
ROWS = [
    ("items", lambda one, two: {"items": [one, two], "z": [1]}, "$.items[1]"),
    ("$.items", lambda one, two: {"z": [1], "items": [one, two]}, "$.items[1]"),
    ("a.b", lambda one, two: {"a": {"y": 1, "b": [one, two], "x": {"b": []}}, "z": [1]}, "$.a.b[1]"),
    ("$.a.b.c", lambda one, two: {"a": {"b": {"c": [one, two]}}, "z": [1]}, "$.a.b.c[1]"),
    ('$["a b"].c', lambda one, two: {"a b": {"c": [one, two]}, "z": [1]}, '$["a b"].c[1]'),
    ("$", lambda one, two: [one, two], "$[1]"),
    ("$[]", lambda one, two: [one, two], "$[1]"),
    ("$.items[]", lambda one, two: {"items": [one, two], "z": [1]}, "$.items[1]"),
    ("$.records.*", lambda one, two: {"records": {"p": one, "q": two}, "z": [1]}, "$.records.q"),
    ("records.*", lambda one, two: {"records": {"p": one, "": two}, "z": [1]}, '$.records[""]'),
    ("$.*", lambda one, two: {"p": one, "q r": two}, '$["q r"]'),
    ("$.records.*[]", lambda one, two: {"records": {"p": [one], "e": [], "q-0": [two]}, "z": [1]}, "$.records.q-0[0]"),
    ("$.records.*[]", lambda one, two: {"records": {"p": [one, two]}, "z": [1]}, "$.records.p[1]"),
    ("$.*[]", lambda one, two: {"p": [one], "q": [two]}, "$.q[0]"),
    ("$.a.r.*[]", lambda one, two: {"a": {"r": {"p": [one, two]}}, "z": [1]}, "$.a.r.p[1]"),
]


@pytest.mark.parametrize("rows, event_of, path", ROWS, ids=[f"{rows} {path}" for rows, _, path in ROWS])
def test_where_the_records_are(rows, event_of, path, check):
    envelope = Envelope(rows, A)
    event = event_of({"a": 1, "b": "x"}, {"b": [], "a": 2})
    batch = decoded(envelope, event)
    assert check(batch).to_pylist() == [{"a": 1}, {"a": 2}]
    assert batch.record_index.to_pylist() == [0, 1]
    around = {"z": [1]} if isinstance(event, dict) and "z" in event else {}
    assert batch.metadata == around
    turned = decoded(envelope, events.reversed_keys(event))
    assert sorted(turned["a"].to_pylist()) == [1, 2]
    assert envelope.to_arrow(event).to_pylist() == batch.to_pylist()

    flawed = event_of({"a": 1}, {"a": "two"})
    batch = decoded(envelope, flawed, on_error="collect")
    (failure,) = batch.failures
    text = json.dumps(flawed)
    assert (failure.path, failure.reason, failure.index) == (f"{path}.a", "expected_integer", 1)
    assert failure.offset == text.index('"two"') and failure.inner_offset is None
    assert json.loads(failure.raw) == {"a": "two"}
    assert batch["a"].to_pylist() == [1]
    with pytest.raises(lambdarrow.DecodeError) as caught:
        decoded(envelope, flawed)
    assert caught.value.path == failure.path


@pytest.mark.parametrize("rows, event, path", [
    ("items", {}, "$.items"), ("items", {"Items": []}, "$.items"), ("items", {"a": {"items": []}}, "$.items"),
    ("items", {"items": None}, "$.items"), ("items", {"items": {}}, "$.items"), ("items", {"items": 5}, "$.items"),
    ("a.b", {}, "$.a"), ("a.b", {"a": {}}, "$.a.b"), ("a.b", {"a": None}, "$.a"), ("a.b", {"a": []}, "$.a"),
    ("$", {}, "$"), ("$", None, "$"), ("$", 5, "$"), ("$.r.*", {"r": []}, "$.r"), ("$.r.*[]", {}, "$.r"),
    ("$.*", [], "$"), ("$.r.*[]", {"r": {"p": {}}}, "$.r.p"), ("items", [], "$"),
], ids=str)
def test_an_event_without_its_list_is_an_error_in_every_mode(rows, event, path):
    for mode in ("raise", "collect", "stop", "null"):
        with pytest.raises(lambdarrow.DecodeError) as caught:
            decoded(Envelope(rows, A), event, on_error=mode)
        assert (caught.value.index, caught.value.path) == (None, path)


@pytest.mark.parametrize("rows, event, failed", [
    ("items", {"items": [None, {"a": 1}, 5, []]}, ["$.items[0]", "$.items[2]", "$.items[3]"]),
    ("$.r.*", {"r": {"x": None, "y": {"a": 1}, "z": "no"}}, ["$.r.x", "$.r.z"]),
    ("$.r.*[]", {"r": {"x": [None], "y": [{"a": 1}, [1]]}}, ["$.r.x[0]", "$.r.y[1]"]),
])
def test_a_record_that_is_no_object_fails_alone(rows, event, failed):
    batch = decoded(Envelope(rows, A), event, on_error="collect")
    assert batch["a"].to_pylist() == [1]
    assert [failure.path for failure in batch.failures] == failed


@pytest.mark.parametrize("event", [{"items": []}, {"items": [], "x": 1}])
def test_no_records_are_no_rows(event, check):
    assert check(decoded(Envelope("items", A), event)).num_rows == 0
    for rows, empty in (("$.r.*", {"r": {}}), ("$.r.*[]", {"r": {}}), ("$.r.*[]", {"r": {"p": []}}), ("$", [])):
        assert check(decoded(Envelope(rows, A), empty)).num_rows == 0


@pytest.mark.parametrize("event", [b"[1", b"[] x", b"", b'[{"a":1}]]', b'\xff[{"a":1}]', b'[{"a":1},]'])
def test_an_event_that_is_not_json_is_an_error(event):
    with pytest.raises(lambdarrow.DecodeError):
        Envelope("$", A).to_arrow(event, on_error="collect")


# --- fields -----------------------------------------------------------------------------------------


class Geo(msgspec.Struct):
    lat: float
    name: str = "nowhere"


def test_fields_in_every_way_to_say_a_type(check):
    envelope = Envelope("items", {
        "id": "utf8",
        "n": {"type": "int32", "from": "number"},
        "at": {"type": "timestamp[ms, UTC]", "epoch": "s", "from": "$.meta.at"},
        "geo": Geo,
        "tags": ["utf8"],
        "more": {"x": "int64", "y": {"z": "bool"}},
        "kind": {"type": "dictionary<utf8>", "default": "plain"},
        "price": "decimal128(9, 2)",
        "raw": "json",
        "arrow": pa.schema([("f", pa.float32())]),
        "doubled": json_string("int64"),
        "position": counter(),
    }, name="mine")
    first = {"id": "é", "number": 5, "meta": {"at": 1.5, "rest": 1}, "geo": {"lat": 1}, "tags": ["a", None],
             "more": {"x": 1, "y": {"z": True}}, "kind": "gold", "price": "1.5", "raw": {"q": [1]}, "arrow": {"f": 0.5},
             "doubled": "7"}
    batch = decoded(envelope, {"items": [first, {}]})
    one, other = check(batch).to_pylist()
    assert one.pop("at") == dt.datetime(1970, 1, 1, 0, 0, 1, 500_000, dt.UTC)
    assert str(one.pop("price")) == "1.50"
    assert one == {
        "id": "é", "n": 5, "geo": {"lat": 1.0, "name": "nowhere"}, "tags": ["a", None],
        "more": {"x": 1, "y": {"z": True}}, "kind": "gold", "raw": '{"q": [1]}', "arrow": {"f": 0.5}, "doubled": 7,
        "position": 0}
    assert {name: value for name, value in other.items() if value is not None} == {"kind": "plain", "position": 1}
    assert batch.schema.names[:3] == ["id", "n", "at"] and "mine" in repr(envelope)


def test_the_key_under_which_a_record_stands(check):
    fields = {"key": each_key(), "at": counter(), **A}
    batch = decoded(Envelope("$.r.*", fields), {"r": {"é\n": {"a": 1}, "": {"a": 2}}})
    assert check(batch).to_pylist() == [{"key": "é\n", "at": 0, "a": 1}, {"key": "", "at": 1, "a": 2}]
    nested = decoded(Envelope("$.r.*[]", fields), {"r": {"p-0": [{"a": 1}, {"a": 2}], "e": [], "q": [{"a": 3}]}})
    assert check(nested).to_pylist() == [
        {"key": "p-0", "at": 0, "a": 1}, {"key": "p-0", "at": 1, "a": 2}, {"key": "q", "at": 0, "a": 3}]
    # What failed takes no key along, and of equal keys the last one's records count.
    some = decoded(Envelope("$.r.*", fields), {"r": {"p": {"a": "x"}, "q": {"a": 2}}}, on_error="collect")
    assert some["key"].to_pylist() == ["q"]
    twice = decoded(Envelope("$.r.*[]", fields), '{"r":{"p":[{"a":1},{"a":2}],"p":[{"a":3}]}}')
    assert (twice["key"].to_pylist(), twice["a"].to_pylist()) == (["p"], [3])


def test_fields_that_lie_deeper(check):
    envelope = Envelope("items", {
        "id": {"type": "utf8", "from": "$.meta.id"},
        "x": {"type": "int64", "from": "$.meta.in.x"},
        "y": {"type": "int64", "from": "$.meta.in.y"},
        "odd": {"type": "int64", "from": '$["odd key"]["a.b"]'},
        "top": {"type": "int64", "from": "$.top"},
        "dotted": {"type": "int64", "from": "a.b"},
    })
    items = [{"meta": {"id": "X", "in": {"y": 2, "x": 1}, "z": 0}, "odd key": {"a.b": 3}, "top": 4, "a.b": 5},
             {"meta": {"id": None, "in": None}}, {"meta": {}}, {"meta": None}, {}]
    nothing = dict.fromkeys(["id", "x", "y", "odd", "top", "dotted"])
    wanted = [{"id": "X", "x": 1, "y": 2, "odd": 3, "top": 4, "dotted": 5}, *[nothing] * 4]
    for event in ({"items": items}, events.reversed_keys({"items": items})):
        assert check(decoded(envelope, event)).to_pylist() == wanted
    failures = decoded(envelope, {"items": [{"meta": {"in": {"x": "1"}}}, {"meta": 5}]}, on_error="collect").failures
    assert [failure.path for failure in failures] == ["$.items[0].meta.in.x", "$.items[1].meta"]
    # What nobody asks for is looked at for its brackets only.
    narrow = decoded(envelope, {"items": [{"meta": {"in": {"x": "1", "y": 2}}}]}, columns=["y"])
    assert check(narrow).to_pylist() == [{"y": 2}]


def test_fields_of_the_event_are_repeated(check):
    envelope = Envelope("items", A, event={
        "source": {"type": "dictionary<utf8>", "from": "eventSource"}, "id": {"type": "utf8", "from": "$.meta.id"},
        "tags": ["utf8"], "geo": Geo, "counts": "map<utf8, int64>", "at": "timestamp[s, UTC]"})
    event = {"eventSource": "s", "meta": {"id": "m", "more": 1}, "tags": ["t"], "items": [{"a": 1}, {"a": 2}],
             "geo": {"lat": 0.5}, "counts": {"k": 1}, "at": "2024-01-02T03:04:05Z", "left": [1]}
    around = {"source": "s", "id": "m", "tags": ["t"], "geo": {"lat": 0.5, "name": "nowhere"}, "counts": [("k", 1)],
              "at": dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.UTC)}
    for one in (event, events.reversed_keys(event)):
        batch = decoded(envelope, one)
        assert check(batch).to_pylist() == [{"a": at} | around for at in (1, 2)]
        assert batch.metadata == {"left": [1]}
        assert decoded(envelope, one, columns=["id", "a"]).to_pylist() == [{"id": "m", "a": at} for at in (1, 2)]
    absent = decoded(envelope, {"items": [{"a": 1}]}, dialect="plain")
    assert check(absent).to_pylist() == [{"a": 1} | dict.fromkeys(around)]
    assert check(decoded(envelope, {"items": [], "eventSource": "s"})).num_rows == 0
    # A fault outside all records cannot be told of one of them.
    with pytest.raises(lambdarrow.DecodeError) as caught:
        decoded(envelope, {"items": [{"a": 1}], "eventSource": 5}, on_error="collect")
    assert (caught.value.path, caught.value.index) == ("$.eventSource", None)


def test_events_that_are_fed_keep_their_own_fields_and_metadata():
    decoder = Envelope("items", A, event={"source": "utf8"}).Decoder()
    for source, numbers in (("one", [1, 2]), (None, []), ("three", [3])):
        decoder.feed(json.dumps({"source": source, "items": [{"a": at} for at in numbers], "n": len(numbers)}))
    batch = decoder.finish()
    assert batch["source"].to_pylist() == ["one", "one", "three"]
    assert batch["a"].to_pylist() == [1, 2, 3] and batch.record_index.to_pylist() == [0, 1, 0]
    assert batch.metadata == [{"n": 2}, {"n": 0}, {"n": 1}]


values = st.recursive(st.none() | st.booleans() | st.integers(-9, 9) | events.ANY_TEXT,
                      lambda inner: st.lists(inner, max_size=2) | st.dictionaries(events.ANY_TEXT, inner, max_size=2),
                      max_leaves=4)
items = st.fixed_dictionaries({}, optional={
    "id": st.none() | events.ANY_TEXT, "n": st.none() | st.integers(-(2**63), 2**63 - 1), "other": values,
    "meta": st.none() | st.fixed_dictionaries({}, optional={"t": st.none() | events.ANY_TEXT, "é": values})})


@given(st.dictionaries(events.ANY_TEXT, st.lists(items, max_size=3), max_size=3),
       st.dictionaries(st.text(max_size=3).filter(lambda key: key not in ("records", "who")), values, max_size=2),
       st.none() | events.ANY_TEXT, st.booleans(), st.booleans())
def test_an_envelope_is_what_json_says(records, around, who, turned, ascii_only):
    envelope = Envelope("$.records.*[]", {
        "key": each_key(), "id": "utf8", "n": "int64", "t": {"type": "utf8", "from": "$.meta.t"}, "raw": {
            "type": "json", "from": "other"}}, event={"who": "utf8"})
    event = {"who": who, "records": records, **around}
    event = events.reversed_keys(event) if turned else event
    batch = decoded(envelope, json.dumps(event, ensure_ascii=ascii_only))
    rows = batch.to_pylist()
    for row in rows:
        row["raw"] = None if row["raw"] is None else json.loads(row["raw"])
    assert rows == [
        {"key": key, "id": one.get("id"), "n": one.get("n"), "t": stacks.dig(one, "meta", "t"),
         "raw": one.get("other"), "who": who} for key, some in event["records"].items() for one in some]
    assert batch.metadata == around


# --- payloads ---------------------------------------------------------------------------------------

# How a payload stands in a field of each type.
WRITTEN = {
    "binary": lambda value: base64.b64encode(json.dumps(value).encode()).decode(),
    "utf8": lambda value: json.dumps(value, ensure_ascii=False),
    "json": lambda value: value,
}


@pytest.mark.parametrize("type", WRITTEN)
def test_a_payload_in_each_kind_of_field(type, check):
    envelope = Envelope("items", {"id": "utf8", "body": type}, payload="body")
    loads = [{"a": 1, "é": "x"}, {"a": None}, {}, None]
    event = {"items": [{"id": str(at), "body": WRITTEN[type](load)} for at, load in enumerate(loads)]}
    event["items"].append({"id": "4", "body": None})
    bare = check(decoded(envelope, event)).column("body").to_pylist()
    first = json.dumps(loads[0], ensure_ascii=type != "utf8")
    assert bare[0] == (first.encode() if type == "binary" else first) and bare[4] is None

    batch = decoded(envelope, event, payload={"a": "int64", "é": "utf8"})
    wanted = [{"a": 1, "é": "x"}, {"a": None, "é": None}, {"a": None, "é": None}, None, None]
    assert check(batch).column("body").to_pylist() == wanted
    assert batch["body.a"].to_pylist() == [1, None, None, None, None]
    narrow = decoded(envelope, event, payload={"a": "int64", "é": "utf8"}, columns=["body.é"])
    assert check(narrow).to_pylist()[0] == {"body": {"é": "x"}}
    flat = decoded(envelope, event, payload={"a": "int64", "é": "utf8"}, flatten=True)
    assert check(flat).to_pylist()[0] == {"id": "0", "a": 1, "é": "x"}
    text = check(decoded(envelope, event, payload="json")).column("body").to_pylist()
    assert [None if one is None else json.loads(one) for one in text] == [*loads, None]

    several = by("$.a", {1: {"a": "int64"}}, other="json")
    assert decoded(envelope, event, payload=several).shapes == {"1": 1, "other": 2}
    event["items"][1]["body"] = WRITTEN[type]({"a": "x"})
    (failure,) = decoded(envelope, event, payload={"a": "int64"}, on_error="collect").failures
    assert failure.path == "$.items[1].body" + (".a" if type == "json" else " → $.a")
    assert (failure.inner_offset is None) == (type == "json")


def test_stacks_in_an_envelope():
    """EventBridge Pipes: SQS records as a list, and a whole stack in their bodies."""
    pipe = Envelope("$", {"messageId": "utf8", "body": "utf8"}, payload="body", identifier="messageId")
    body = stacks.sns_body(stacks.s3_body(stacks.s3_record("a b"), stacks.s3_record("c", 1)))
    event = [{"messageId": "1", "body": json.dumps(body)}, {"messageId": "2", "body": "{}"},
             {"messageId": "3", "body": json.dumps(stacks.sns_body("no json"))}]
    batch = decoded(pipe, [event[0], event[2]], payload=sns.notification(s3.notification()), on_error="collect")
    assert batch["body.message.key"].to_pylist() == ["a b", "c"]
    assert batch["messageId"].to_pylist() == ["1", "1"]
    assert [failure.path for failure in batch.failures] == ["$[1].body → $.Message → $"]
    assert batch.response() == {"batchItemFailures": [{"itemIdentifier": "3"}]}


@pytest.mark.parametrize("policy, rows, rescued", [
    ("fail", [1, 3], {}), ("null", [1, None, 3], {}), ("rescue", [1, None, 3], {"$.a": 1}),
])
def test_values_that_do_not_fit(policy, rows, rescued):
    envelope = Envelope("items", {"body": "json"}, payload="body")
    event = {"items": [{"body": {"a": at}} for at in (1, "2", 3)]}
    batch = decoded(envelope, event, payload=A, on_mismatch=policy, on_error="collect")
    assert (batch["body.a"].to_pylist(), batch.rescued) == (rows, rescued)


def test_values_that_fit_once_they_are_read_otherwise():
    envelope = Envelope("items", {"a": {"type": "int64", "coerce": "string"}})
    batch = decoded(envelope, {"items": [{"a": at} for at in (1, "2", "x")]}, on_error="collect")
    assert batch["a"].to_pylist() == [1, 2] and len(batch.failures) == 1


# --- failures and the answer ------------------------------------------------------------------------

ORDERS = {"orders": [{"id": "p", "a": 1}, {"id": "q", "a": "x"}, {"id": "r", "a": 3}, {"id": "s", "a": []}]}


@pytest.mark.parametrize("mode, ordered, rows, named", [
    ("collect", False, ["p", "r"], ["q", "s"]), ("collect", True, ["p", "r"], ["q", "s"]),
    ("null", False, ["p", None, "r", None], ["q", "s"]),
    ("stop", False, ["p"], ["q", "r", "s"]), ("stop", True, ["p"], ["q"]),
])
def test_the_answer_names_records_by_the_identifier(mode, ordered, rows, named):
    for fields in ({"id": "utf8", **A}, {"id": {"type": "utf8", "from": "$.meta.id"}, **A}):
        event = ORDERS
        if fields["id"] != "utf8":
            event = {"orders": [{"a": one["a"], "meta": {"id": one["id"]}} for one in ORDERS["orders"]]}
        envelope = Envelope("orders", fields, identifier="id", ordered=ordered)
        batch = decoded(envelope, event, on_error=mode)
        assert batch["id"].to_pylist() == rows
        assert batch.response() == {"batchItemFailures": [{"itemIdentifier": one} for one in named]}
        batch.fail([0], "refused")
        assert batch.response()["batchItemFailures"][0] == {"itemIdentifier": "p"}
        # It is kept for the answer, asked for or not.
        narrow = decoded(envelope, event, on_error=mode, columns=["a"])
        narrow.fail([0], "refused")
        assert narrow.response() == batch.response()


def test_without_an_identifier_a_failure_is_the_whole_batchs():
    whole = {"batchItemFailures": [{"itemIdentifier": ""}]}
    for identifier in (None, "id"):
        envelope = Envelope("orders", {"id": "utf8", **A}, identifier=identifier)
        assert decoded(envelope, {"orders": [{"a": 1}, {"a": "x"}]}, on_error="collect").response() == whole
        batch = decoded(envelope, {"orders": [{"a": 1}]})
        assert batch.response() == {"batchItemFailures": []}
        batch.fail([0], "refused")
        assert batch.response() == whole


def test_columns_are_those_of_the_fields():
    envelope = Envelope("items", {"id": "utf8", "body": "json"}, payload="body", event={"who": "utf8"})
    event = {"who": "me", "items": [{"id": "1", "body": {"a": 1}}]}
    assert decoded(envelope, event, columns=["who", "body"]).to_pylist() == [{"who": "me", "body": '{"a": 1}'}]
    typed = decoded(envelope, event, columns=["body.a", "who"], payload=A)
    assert typed.to_pylist() == [{"body": {"a": 1}, "who": "me"}]
    for columns in (["nothing"], ["body.a"], ["id.x"], [], "id"):
        with pytest.raises((ValueError, TypeError), match="columns"):
            decoded(envelope, event, columns=columns)


# --- what is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", ["", None, 5, ["items"], "$.", "$..a", "$.a..b", "$[0]", "$.a[0]", "$x", "$.a[][]",
                                  "$.*[].*", "$[*]", '$["a', "[]"], ids=repr)
def test_rows_that_lead_nowhere(rows):
    with pytest.raises((ValueError, TypeError)):
        Envelope(rows, A)


@pytest.mark.parametrize("arguments, match", [
    (("items", A, {"payload": "b"}), "'b'"),
    (("items", A, {"payload": "a"}), "'a'"),
    (("items", {"d": "dictionary<utf8>"}, {"payload": "d"}), "'d'"),
    (("items", {"s": {"x": "utf8"}}, {"payload": "s"}), "'s'"),
    (("items", A, {"identifier": "b"}), "'b'"),
    (("$", A, {"event": {"b": "utf8"}}), "event"),
    (("$.*", A, {"event": {"b": "utf8"}}), "event"),
    (("items", A, {"event": {"a": "utf8"}}), "event"),
    (("items", {"a": "int65"}, {}), r"fields\.a"),
    (("items", A, {"event": {"b": "int65"}}), "b"),
    (("items", {"a": {"type": "utf8", "epoch": "ms"}}, {}), r"fields\.a"),
], ids=str)
def test_a_declaration_that_is_wrong(arguments, match):
    rows, fields, options = arguments
    with pytest.raises((ValueError, TypeError), match=match):
        Envelope(rows, fields, **options)


def test_options_that_an_envelope_cannot_have():
    for option in ({"payload": "json"}, {"flatten": True}, {"fifo": "all"}, {"verify_md5": True}, {"limits": {"x": 1}}):
        with pytest.raises((ValueError, TypeError)):
            decoded(Envelope("items", A), {"items": []}, **option)
    # A json field has no bytes: what reads bytes has nothing to read.
    with pytest.raises(ValueError, match="payload"):
        decoded(Envelope("items", {"b": "json"}, payload="b"), {"items": []}, payload=schema.gzip("json"))


# --- the worked example: Kafka ----------------------------------------------------------------------

KAFKA = Envelope(
    "$.records.*[]",
    {
        "topic_partition": each_key(),
        "topic": "dictionary<utf8>",
        "partition": "int32",
        "offset": "int64",
        "timestamp": {"type": "timestamp[ms, UTC]", "epoch": "ms"},
        "timestamp_type": {"type": "dictionary<utf8>", "from": "timestampType"},
        "key": "binary",
        "value": "binary",
        "headers": ["map<utf8, list<int16>>"],
    },
    event={"event_source": {"type": "dictionary<utf8>", "from": "eventSource"},
           "event_source_arn": {"type": "dictionary<utf8>", "from": "eventSourceArn"}},
    payload="value",
    name="kafka",
)


def kafka_rows(event):
    """What a Kafka event means, by base64 and datetime."""

    def raw(text):
        return None if text is None else base64.b64decode(text, validate=True)

    return [{
        "topic_partition": place, "topic": one["topic"], "partition": one["partition"], "offset": one["offset"],
        "timestamp": dt.datetime.fromtimestamp(one["timestamp"] // 1000, dt.UTC).replace(
            microsecond=one["timestamp"] % 1000 * 1000),
        "timestamp_type": one["timestampType"], "key": raw(one.get("key")), "value": raw(one.get("value")),
        "headers": [list(header.items()) for header in one["headers"]], "event_source": event["eventSource"],
        "event_source_arn": event.get("eventSourceArn"),
    } for place, some in event["records"].items() for one in some]


keys = st.none() | st.binary(max_size=10).map(lambda raw: base64.b64encode(raw).decode())
kafka_records = st.fixed_dictionaries(
    {"topic": st.sampled_from(["clicks", "orders"]), "partition": st.integers(0, 99),
     "offset": st.integers(0, 2**63 - 1), "timestamp": st.integers(0, 10**13),
     "timestampType": st.sampled_from(["CREATE_TIME", "LOG_APPEND_TIME"]),
     "headers": st.lists(st.dictionaries(events.ANY_TEXT, st.lists(st.integers(-128, 255), max_size=3), max_size=2),
                         max_size=2)},
    optional={"key": keys, "value": keys, "valueSchemaMetadata": st.just({"schemaId": "1", "dataFormat": "JSON"})})
kafka_events = st.fixed_dictionaries(
    {"eventSource": st.just("aws:kafka"), "bootstrapServers": st.just("b-1:9092,b-2:9092"),
     "records": st.dictionaries(st.sampled_from(["clicks-0", "clicks-1", "my topic.a-10"]),
                                st.lists(kafka_records, max_size=3), max_size=3)},
    optional={"eventSourceArn": st.just("arn:aws:kafka:us-west-2:012345678901:cluster/x/y-4")})


@given(kafka_events, st.booleans())
def test_kafka(event, turned):
    event = events.reversed_keys(event) if turned else event
    batch = decoded(KAFKA, event)
    ours = pa.record_batch(batch)
    ours.validate(full=True)
    assert ours.to_pylist() == kafka_rows(event)
    assert batch.metadata == {"bootstrapServers": "b-1:9092,b-2:9092"}


def test_kafka_with_typed_values(check):
    def record(offset, value):
        encoded = None if value is None else base64.b64encode(value).decode()
        return {"topic": "orders", "partition": 0, "offset": offset, "timestamp": 1595035749700 + offset,
                "timestampType": "CREATE_TIME", "key": "", "value": encoded, "headers": []}

    loads = [record(7, b'{"id":1}'), record(8, None), record(9, b'{"id":"x"}')]
    event = {"eventSource": "aws:kafka", "records": {"orders-0": loads, "orders-1": [record(3, b"{}")]}}
    options = {"payload": {"id": "int64"}, "on_error": "collect"}
    batch = decoded(KAFKA, event, **options)
    check(batch)
    assert batch["value"].to_pylist() == [{"id": 1}, None, {"id": None}]  # a null value is a tombstone
    assert batch["topic_partition"].to_pylist() == ["orders-0", "orders-0", "orders-1"]
    assert batch["key"].to_pylist() == [b""] * 3 and batch["offset"].to_pylist() == [7, 8, 3]
    (failure,) = batch.failures
    assert failure.path == "$.records.orders-0[2].value → $.id"
    assert json.loads(failure.raw) == event["records"]["orders-0"][2]
    flat = decoded(KAFKA, event, columns=["value", "offset"], flatten=True, **options)
    assert check(flat).to_pylist() == [{"id": 1, "offset": 7}, {"id": None, "offset": 8}, {"id": None, "offset": 3}]


SAMPLE = Path(__file__).parents[3] / "shared" / "samples" / "kafka-event.json"


@pytest.mark.skipif(not SAMPLE.exists(), reason="no sample events beside the repository")
def test_the_kafka_sample(check):
    event = json.loads(SAMPLE.read_bytes())
    for text in (SAMPLE.read_bytes(), json.dumps(events.reversed_keys(event))):
        batch = KAFKA.to_arrow(text)
        assert check(batch).to_pylist() == kafka_rows(event) != []
        assert batch.metadata == {"bootstrapServers": event["bootstrapServers"]}


# --- hostile ----------------------------------------------------------------------------------------

HOSTILE = json.dumps({
    "eventSource": "aws:kafka", "é": [{}], "records": {"t-0": [{
        "topic": "t\u20ac", "partition": 0, "offset": 1, "timestamp": 1, "timestampType": "C", "key": "QQ==",
        "value": "eyJpZCI6MX0=", "headers": [{"h": [1, -2]}]}, {}], "": []}}, ensure_ascii=False).encode()


@pytest.mark.parametrize("options", [{}, {"on_error": "null", "payload": {"id": "int64"}}, {
    "on_error": "collect", "payload": "json", "columns": ["value", "event_source"]}], ids=str)
def test_every_prefix_is_an_error(options, guarded):
    decoder = KAFKA.Decoder(**options)
    for end in range(len(HOSTILE)):
        with pytest.raises(lambdarrow.DecodeError) as caught:
            decoder.to_arrow(guarded(HOSTILE[:end]))
        assert 0 <= caught.value.offset <= end
    assert decoder.to_arrow(guarded(HOSTILE)).num_rows == 2


def test_every_byte_may_be_another(guarded):
    decoder = KAFKA.Decoder(payload={"id": "int64"}, on_error="collect")
    taken = 0
    for at in range(len(HOSTILE)):
        for byte in (0, 0x22, 0x5C, 0x7D, 0xFF):
            event = HOSTILE[:at] + bytes([byte]) + HOSTILE[at + 1:]
            try:
                pa.record_batch(decoder.to_arrow(guarded(event))).validate(full=True)
                taken += 1
            except lambdarrow.DecodeError as error:
                assert 0 <= error.offset <= len(event)
    assert taken > 100


# --- rows, fields and their errors --------------------------------------------------------------------


@pytest.mark.parametrize("rows", ["items", "$.items.*", "$.items.*[]"])
@pytest.mark.parametrize("count", [0, 3])
def test_there_are_as_many_rows_as_records_whatever_is_asked_for(rows, count):
    some = [{}] * count
    records = {"items": some, "$.items.*": dict(enumerate(some)), "$.items.*[]": {"p": some}}
    batch = decoded(Envelope(rows, A, event={"who": "utf8"}), {"items": records[rows], "who": "me"}, columns=["who"])
    assert batch.to_pylist() == [{"who": "me"}] * count


def test_a_field_of_the_event_may_stand_beside_the_records():
    envelope = Envelope("$.d.items", A, event={"n": {"type": "int64", "from": "$.d.n"}, "m": "int64"})
    event = {"d": {"n": 5, "items": [{"a": 1}, {"a": 2}]}, "m": 6}
    assert decoded(envelope, event).to_pylist() == [{"a": 1, "n": 5, "m": 6}, {"a": 2, "n": 5, "m": 6}]


def test_a_field_of_the_event_cannot_be_its_records():
    with pytest.raises(ValueError, match="items"):
        decoded(Envelope("items", A, event={"b": {"type": "json", "from": "items"}}), {"items": [{}]})


def test_two_fields_of_one_key_are_refused_when_they_are_declared():
    for fields, event in (({"a": "utf8", "b": {"type": "int64", "from": "a"}}, None), (
            {"a": {"type": "utf8", "from": "$.m.x"}, "b": {"type": "utf8", "from": "$.m.x"}}, None), (
            A, {"b": "utf8", "c": {"type": "utf8", "from": "b"}})):
        with pytest.raises(ValueError, match="key"):
            Envelope("items", fields, event=event)


@pytest.mark.parametrize("item", [{"meta": {}}, {"meta": None}, {}], ids=str)
def test_what_lies_deeper_is_required_and_has_its_default(item):
    """However much of the way to it is missing."""
    required = Envelope("items", {"id": {"type": "utf8", "from": "$.meta.id", "required": True}})
    assert len(decoded(required, {"items": [item]}, on_error="collect").failures) == 1
    default = Envelope("items", {"id": {"type": "utf8", "from": "$.meta.id", "default": "D"}})
    assert decoded(default, {"items": [item]})["id"].to_pylist() == ["D"]


@pytest.mark.parametrize("type", WRITTEN)
def test_a_required_payload_is_not_null(type):
    envelope = Envelope("items", {"body": {"type": type, "required": True}}, payload="body")
    for options in ({}, {"payload": A}):
        batch = decoded(envelope, {"items": [{"body": None}, {}]}, on_error="collect", **options)
        assert [failure.index for failure in batch.failures] == [0, 1]


@pytest.mark.parametrize("policy", ["null", "rescue"])
def test_a_field_may_say_what_becomes_of_what_does_not_fit(policy):
    envelope = Envelope("items", {"a": {"type": "int64", "on_mismatch": policy}})
    batch = decoded(envelope, {"items": [{"a": at} for at in (1, "2", 3)]}, on_error="collect")
    assert batch["a"].to_pylist() == [1, None, 3]


def test_what_is_held_back_has_its_own_path():
    envelope = Envelope("orders", {"id": "utf8", **A}, identifier="id")
    (held,) = decoded(envelope, {"orders": [{"a": "x"}, {"a": 1}]}, on_error="stop").held_back
    assert held.path == "$.orders[1]"


def test_an_identifier_that_is_a_number_is_named_alike_by_every_failure():
    envelope = Envelope("orders", {"id": "int64", **A}, identifier="id")
    undecoded = decoded(envelope, {"orders": [{"id": 7, "a": "x"}]}, on_error="collect")
    refused = decoded(envelope, {"orders": [{"id": 7, "a": 1}]})
    refused.fail(0, "refused")
    assert undecoded.response() == refused.response()


@pytest.mark.parametrize("spec", [5, {"type": "utf8", "from": "$.b[0]"}], ids=str)
def test_a_wrong_field_is_named(spec):
    with pytest.raises((ValueError, TypeError), match="price"):
        Envelope("items", {"price": spec})
    with pytest.raises((ValueError, TypeError), match="price"):
        Envelope("items", A, event={"price": spec})


@pytest.mark.parametrize("rows, fields", [
    ("$.*.*", A), ("$.*.a", A), ("items", {}), ("items", ["a"]), ("items", {"_metadata": "utf8"})], ids=str)
def test_a_declaration_that_can_mean_nothing_is_refused(rows, fields):
    with pytest.raises((ValueError, TypeError)) as caught:
        Envelope(rows, fields)
    assert "not a plan" not in str(caught.value)
