"""Structs whose fields make rows: the parents are repeated inside the struct, whatever they are.

Whole structs are looked at as Arrow's values; single columns also as our own.
"""

import json

import duckdb
import events
import nanoarrow
import polars
import pyarrow as pa
import pytest
from engine.plans import Batch, b64, decode, decoder, records, text_of
from hypothesis import given
from hypothesis import strategies as st

from lambdarrow import DecodeError, kinesis, schema
from lambdarrow._lower import lower
from lambdarrow.schema import (
    Field,
    base64,
    counter,
    decimal,
    dictionary,
    each,
    each_key,
    explode,
    int_,
    json_string,
    list_,
    map_,
    object_,
    or_else,
    parse,
    struct,
    timestamp,
    utf8,
)

ITEM = struct((Field("n", int_(64)), Field("t", utf8()), Field(None, counter(), "place")))
ORDER = struct((Field("id", utf8()), Field("items", explode(ITEM)), Field("z", int_(64))))
PLAN = records(Field("before", utf8()), Field("order", ORDER), Field("after", int_(8)))
DIALECTS = pytest.mark.parametrize("dialect", ["arrow", "plain", "spark"])


def order(name, numbers, z=1, **more):
    return {"id": name, "items": [{"n": number, "t": f"t{number}"} for number in numbers], "z": z} | more


def record(name, numbers, z=1):
    return {"before": f"before {name}", "order": order(name, numbers, z), "after": 5}


def flat(event):
    """The oracle: one row an item, all that stands around it beside it."""
    rows = []
    for one in event:
        parent = one["order"] or {}
        for place, item in enumerate(parent.get("items") or ()):
            if item is not None:
                item = {"n": item.get("n"), "t": item.get("t"), "place": place}
            group = {"id": parent.get("id"), "items": item, "z": parent.get("z")}
            rows.append({"before": one["before"], "order": group, "after": one["after"]})
    return rows


def values(batch):
    """The rows as Arrow has them; maps as dicts."""
    return pa.Table.from_batches([batch.to_pyarrow()]).to_pylist(maps_as_pydicts="strict")


EVENT = [
    record("a", [1, 2]),
    record("none", []),
    record("b", [3], None),
    record("null", []) | {"order": order("null", []) | {"items": None}},
    record("missing", []) | {"order": {"id": "missing"}},
    record("nothing", []) | {"order": None},
    record("c", [4, 5, 6]),
]


@DIALECTS
def test_parents_inside_the_struct_are_repeated(dialect, check):
    batch = decode(PLAN, EVENT, dialect=dialect)
    check(batch)
    assert values(batch) == flat(EVENT)
    assert batch.record_index.to_pylist() == [0, 0, 2, 6, 6, 6]
    text = pa.dictionary(pa.int32(), pa.utf8()) if dialect == "arrow" else pa.utf8()
    assert batch.to_pyarrow().schema.field("order").type.field("id").type == text


def test_the_columns_inside_are_columns_like_any_other():
    batch = decode(PLAN, EVENT)
    assert batch["order.id"].to_pylist() == ["a", "a", "b", "c", "c", "c"]
    assert batch["order.id"].type == "dictionary<int32, utf8>"
    assert batch["order.items.n"].to_pylist() == [1, 2, 3, 4, 5, 6]
    assert batch["order.z"].to_pylist() == [1, 1, None, 1, 1, 1]
    assert (batch["order.z"].null_count, batch["order.z"][2], batch["order.z"][-2:]) == (1, None, [1, 1])
    assert batch["order.items"].to_pylist()[2] == {"n": 3, "t": "t3", "place": 0}
    items = "struct<n: int64, t: utf8, place: int32>"
    assert batch["order"].type == f"struct<id: dictionary<int32, utf8>, items: {items}, z: int64>"
    assert batch["order"].null_count == 0
    assert batch["order"].to_pyarrow().to_pylist() == [row["order"] for row in flat(EVENT)]
    with pytest.raises(KeyError, match=r"order\.nothing"):
        batch["order.nothing"]


def test_other_libraries_read_it():
    batch = decode(PLAN, EVENT)
    assert polars.DataFrame(batch)["order"].struct.field("items").struct.field("n").to_list() == [1, 2, 3, 4, 5, 6]
    found = duckdb.sql('select "order".id, sum("order".items.n) from batch group by all order by 1').fetchall()
    assert found == [("a", 3), ("b", 3), ("c", 15)]
    assert len(nanoarrow.Array(batch)) == 6


EVERY = struct((
    Field("text", utf8()),
    Field("repeats", dictionary()),
    Field("flag", schema.bool_()),
    Field("price", decimal(128, 10, 2)),
    Field("when", timestamp("ms")),
    Field("bytes", schema.binary()),
    Field("list", list_(list_(utf8()))),
    Field("map", map_(struct((Field("a", utf8()),)))),
    Field("struct", struct((Field("s", utf8()), Field("l", list_(int_(8)))))),
    Field("items", explode(int_(64))),
    Field("large", utf8(size="large")),
    Field("json", schema.json()),
))
WORDS = st.sampled_from(["", "a", "é", "long " * 9])
NUMBERS = st.lists(st.integers(0, 9), max_size=3)
PARENTS = st.fixed_dictionaries({"items": st.none() | st.lists(st.none() | st.integers(-9, 9), max_size=4)}, optional={
    "text": st.none() | WORDS,
    "repeats": st.none() | WORDS,
    "flag": st.none() | st.booleans(),
    "bytes": st.none() | st.binary(max_size=5).map(b64),
    "list": st.none() | st.lists(st.none() | st.lists(st.none() | WORDS, max_size=2), max_size=2),
    "map": st.none() | st.dictionaries(WORDS, st.none() | st.fixed_dictionaries({"a": WORDS}), max_size=2),
    "struct": st.none() | st.fixed_dictionaries({}, optional={"s": WORDS, "l": NUMBERS}),
    "large": st.none() | WORDS,
})


@DIALECTS
@given(drawn=st.lists(st.none() | PARENTS, max_size=8))
def test_parents_of_every_kind(dialect, drawn):
    """Beside a plan that does not repeat: each parent is the row that it would be by itself."""
    batch = decode(records(Field("v", EVERY)), [{"v": one} for one in drawn], dialect=dialect)
    ours = batch.to_pyarrow()
    ours.validate(full=True)
    whole = struct([field for field in EVERY.children if field.key != "items"])
    alone = values(decode(records(Field("v", whole)), [{"v": one} for one in drawn], dialect="plain"))
    expected, index = [], []
    for at, (row, one) in enumerate(zip(alone, drawn, strict=True)):
        for item in (one and one["items"]) or ():
            expected.append(row["v"] | {"items": item})
            index.append(at)
    assert [row["v"] for row in values(batch)] == expected
    assert batch.record_index.to_pylist() == index


# --- two levels -------------------------------------------------------------------------------------

LEAF = struct((Field("v", int_(8)),))
MIDDLE = struct((Field("b", utf8()), Field("ys", explode(LEAF)), Field("c", int_(8))))
DEEP = struct((Field("a", utf8()), Field("xs", explode(MIDDLE)), Field("e", list_(int_(8)))))


def deep_rows(payloads):
    return [
        {"a": top.get("a"), "e": top.get("e"),
         "xs": {"b": middle.get("b"), "c": middle.get("c"), "ys": None if leaf is None else {"v": leaf.get("v")}}}
        for top in payloads
        for middle in top.get("xs") or ()
        for leaf in (middle or {}).get("ys") or ()
    ]


LEAVES = st.lists(st.none() | st.fixed_dictionaries({}, optional={"v": st.integers(0, 9)}), max_size=3)
MIDDLES = st.fixed_dictionaries({}, optional={"ys": st.none() | LEAVES, "b": WORDS, "c": st.integers(0, 9)})
XS = st.none() | st.lists(st.none() | MIDDLES, max_size=3)
TOPS = st.fixed_dictionaries({}, optional={"a": WORDS, "xs": XS, "e": NUMBERS})


@DIALECTS
@given(payloads=st.lists(TOPS, max_size=6))
def test_two_levels(dialect, payloads):
    batch = decode(records(Field("v", DEEP)), [{"v": one} for one in payloads], dialect=dialect)
    batch.to_pyarrow().validate(full=True)
    assert [row["v"] for row in values(batch)] == deep_rows(payloads)
    assert batch.record_index.to_pylist() == [at for at, one in enumerate(payloads) for _ in deep_rows([one])]


def test_two_levels_are_written_to_parquet(check):
    middles = [{"b": "1", "ys": [{"v": 1}, {"v": 2}], "c": 7}, {"b": "2", "ys": []}]
    payloads = [{"a": "A", "xs": middles, "e": [1]}, {"a": "B"}]
    for dialect in ("arrow", "plain"):
        batch = decode(records(Field("v", DEEP)), [{"v": one} for one in payloads], dialect=dialect)
        assert check(batch).column("v").to_pylist() == deep_rows(payloads)


def test_groups_inside_structs_and_layers(check):
    """The rows may stand in a struct in a string in a struct: every struct on the way is repeated."""
    inner = struct((Field("p", int_(8)), Field("xs", explode(LEAF))))
    word = struct((Field("s", json_string(struct((Field("o", inner), Field("q", utf8()))))), Field("r", utf8())))
    plan = records(Field("v", base64(parse(word))))
    payloads = [
        {"s": {"o": {"p": 1, "xs": [{"v": 1}, {}]}, "q": "Q"}, "r": "R"},
        {"s": {"o": None, "q": "none"}, "r": "R"},
        {"s": {"o": {"xs": [None]}}},
    ]
    wire = [one | {"s": json.dumps(one["s"])} if "s" in one else one for one in payloads]
    batch = decode(plan, [{"v": b64(text_of(one))} for one in wire])
    assert check(batch).column("v").to_pylist() == [
        {"s": {"o": {"p": 1, "xs": {"v": 1}}, "q": "Q"}, "r": "R"},
        {"s": {"o": {"p": 1, "xs": {"v": None}}, "q": "Q"}, "r": "R"},
        {"s": {"o": {"p": None, "xs": None}, "q": None}, "r": None},
    ]
    wire[0]["s"] = wire[0]["s"].replace('"v": 1', '"v": "x"')
    (failure,) = decode(plan, [{"v": b64(text_of(one))} for one in wire], on_error="collect").failures
    assert failure.path == "$[0].v → $.s → $.o.xs[0].v"


def test_a_layer_with_rows_that_is_missing_is_a_failure():
    """A list may be empty or missing; what should hold one and is not there would vanish."""
    word = struct((Field("s", json_string(struct((Field("xs", explode(LEAF)),)))), Field("r", utf8())))
    texts = [{"s": "{}"}, {"s": '{"xs":null}'}, {"s": '{"xs":[]}'}, {"r": "R"}, {"s": None}]
    batch = decode(records(Field("v", word)), [{"v": text} for text in texts], on_error="collect")
    assert batch.num_rows == 0
    assert [(failure.index, failure.reason) for failure in batch.failures] == [(3, "no_rows"), (4, "no_rows")]


def test_rows_out_of_an_objects_values(check):
    value = struct((Field("n", int_(8)), Field(None, each_key(), "key")))
    word = struct((Field("id", utf8()), Field("m", each(value))))
    event = [{"v": {"id": "x", "m": {"p": {"n": 1}, "q": {"n": 2}}}}, {"v": {"m": {}}}]
    batch = decode(records(Field("v", word)), event)
    assert check(batch).column("v").to_pylist() == [
        {"id": "x", "m": {"n": 1, "key": "p"}},
        {"id": "x", "m": {"n": 2, "key": "q"}},
    ]


def test_defaults_of_parents_items_and_rows(check):
    item = struct((Field("n", int_(64), default=b"9"),))
    word = struct((
        Field("id", utf8(), default=b'"none"'),
        Field("items", explode(item), default=b'[{"n":1},{}]'),
    ))
    batch = decode(records(Field("v", word)), [{"v": {"items": [{}]}}, {"v": {}}, {"v": {"id": "x", "items": []}}])
    assert check(batch).column("v").to_pylist() == [
        {"id": "none", "items": {"n": 9}}, {"id": "none", "items": {"n": 1}}, {"id": "none", "items": {"n": 9}},
    ]


# --- failures ---------------------------------------------------------------------------------------

GOOD = [record("a", [1, 2]), record("none", []), record("b", [3])]


@pytest.mark.parametrize("at", range(4))
@pytest.mark.parametrize(
    "poison, path",
    [
        (order("p", [7, "x", 8]), ".items[1].n"),
        (order("p", [7, 8], "x"), ".z"),
        (order(5, [7, 8]), ".id"),
        (order("p", []) | {"items": 5}, ".items"),
        (order("p", []) | {"items": [{"n": 1}, 2]}, ".items[1]"),
        ([], ""),
    ],
)
@pytest.mark.parametrize("on_error", ["collect", "stop", "null"])
def test_a_failure_inside_takes_all_rows_of_its_record(at, poison, path, on_error, check):
    event = [*GOOD[:at], record("p", []) | {"order": poison}, *GOOD[at:]]
    batch = decode(PLAN, event, on_error=on_error)
    check(batch)
    (failure,) = batch.failures
    assert (failure.index, failure.path) == (at, f"$[{at}].order{path}")
    before, after = flat(GOOD[:at]), flat(GOOD[at:])
    if on_error == "null":
        before, after = ([row | {"_corrupt_record": None} for row in rows] for rows in (before, after))
        before += [{"before": None, "order": {"id": None, "items": None, "z": None}, "after": None,
                    "_corrupt_record": json.dumps(event[at])}]
    assert values(batch) == (before if on_error == "stop" else before + after)


def test_a_failure_is_raised():
    with pytest.raises(DecodeError) as caught:
        decode(PLAN, [*GOOD, record("p", [1, "x"])])
    assert (caught.value.index, caught.value.path) == (3, "$[3].order.items[1].n")


@given(st.lists(st.tuples(st.booleans(), st.lists(st.integers(0, 9), max_size=4), st.integers(0, 4)), max_size=10))
def test_poison_leaves_no_trace(drawn):
    event, clean = [], []
    for bad, numbers, at in drawn:
        one = record("x", numbers)
        if bad:
            one["order"]["items"].insert(at, {"n": 1.5})
        else:
            clean.append(one)
        event.append(one)
    batch = decode(PLAN, event, on_error="collect")
    batch.to_pyarrow().validate(full=True)
    assert values(batch) == flat(clean)
    assert [failure.index for failure in batch.failures] == [at for at, (bad, *_) in enumerate(drawn) if bad]


def test_a_second_key_voids_the_rows_of_the_first(check):
    event = b"""[
        {"order":{"id":"a","items":[{"n":1},{"n":2}],"id":"b","items":[{"n":3}]}},
        {"order":{"items":[{"n":4}],"items":[]}},
        {"order":{"items":[{"n":5}],"items":null}},
        {"order":{"id":"c","items":[{"n":6}]},"order":{"items":[{"n":7}]}},
        {"order":{"items":[{"n":8}]},"order":null}
    ]"""
    batch = decode(PLAN, event)
    check(batch)
    assert [(row["order"]["id"], row["order"]["items"]["n"]) for row in values(batch)] == [("b", 3), (None, 7)]
    assert batch.record_index.to_pylist() == [0, 3]


def test_required_fields_and_nulls_that_are_not_taken():
    items = explode(struct((Field("n", int_(64, nullable=False), required=True),)), nullable=False)
    name = Field("id", utf8(nullable=False), required=True)
    word = struct((name, Field("items", items, required=True)), nullable=False)
    good = {"id": "a", "items": [{"n": 1}]}
    bad = [
        ({"id": "q"}, "missing_field", ".items"),
        ({"items": []}, "missing_field", ".id"),
        ({"id": "a", "items": None}, "unexpected_null", ".items"),
        ({"id": None, "items": []}, "unexpected_null", ".id"),
        ({"id": "a", "items": [{}]}, "missing_field", ".items[0].n"),
        ({"id": "a", "items": [{"n": None}]}, "unexpected_null", ".items[0].n"),
        (None, "unexpected_null", ""),
    ]
    event = [{"v": one} for one in [good, *[one for one, *_ in bad]]]
    batch = decode(records(Field("v", word)), event, on_error="collect")
    assert [row["v"] for row in values(batch)] == [{"id": "a", "items": {"n": 1}}]
    assert [(failure.reason, failure.path) for failure in batch.failures] == [
        (reason, f"$[{at}].v{path}") for at, (_, reason, path) in enumerate(bad, 1)
    ]


# --- limits, feeding, sources -----------------------------------------------------------------------


@pytest.mark.parametrize("limit, kept", [(2, [0]), (3, [0, 2]), (6, [0, 2]), (7, [0, 1]), (8, [0, 1, 2])])
def test_the_limit_on_rows_fails_the_record_that_goes_beyond_it(limit, kept, check):
    """Two, five and one: what fits behind the one that does not is taken."""
    event = [record("a", [1, 2]), record("b", [3] * 5), record("c", [4])]
    batch = decode(PLAN, event, on_error="collect", limits={"rows": limit})
    check(batch)
    assert values(batch) == flat([event[at] for at in kept])
    assert [(failure.index, failure.reason, failure.path) for failure in batch.failures] == [
        (at, "too_large", f"$[{at}].order.items") for at in range(3) if at not in kept
    ]
    if len(kept) < 3:
        with pytest.raises(DecodeError) as caught:
            decode(PLAN, event, limits={"rows": limit})
        assert caught.value.reason == "too_large"


def test_the_limit_on_rows_counts_records_too():
    with pytest.raises(DecodeError) as caught:
        decode(records(Field("a", int_(8))), [{"a": 1}] * 4, on_error="collect", limits={"rows": 3})
    assert caught.value.reason == "too_large"


@DIALECTS
def test_a_batch_fed_by_several_events(dialect, check):
    run = decoder(PLAN, on_error="collect", dialect=dialect)
    fed = [EVENT[:2], [], [record("p", [1, "x"])], EVENT[2:5], EVENT[5:], EVENT[:1]]
    good = []
    for event in fed:
        good += [] if event is fed[2] else event
        assert run.feed(text_of(event)) == len(flat(good))
    batch = Batch(run.finish(), None)
    check(batch)
    assert values(batch) == flat(good)
    assert batch.record_index.to_pylist() == [0, 0, 0, 1, 1, 1, 0, 0]
    assert [(failure.event, failure.index) for failure in batch.failures] == [(2, 0)]


def test_as_the_payload_of_a_source(check):
    payloads = [order("a", [1, 2]), order("none", []), order("b", [3])]
    batch = kinesis.to_arrow(events.event_of(*payloads), payload=ORDER)
    check(batch)
    assert batch["data.id"].to_pylist() == ["a", "a", "b"]
    assert batch["data.items.n"].to_pylist() == [1, 2, 3]
    assert batch["sequence_number"].to_pylist() == [events.sequence(at) for at in (0, 0, 2)]
    batch.fail([1], "no")
    batch.fail([0], "told already")
    assert batch.response() == {"batchItemFailures": [{"itemIdentifier": events.sequence(0)}]}
    plain = struct((Field("id", utf8()), Field("items", explode(struct((Field("n", int_(8)), Field("t", utf8())))))))
    narrow = kinesis.to_arrow(events.event_of(*payloads), payload=plain, columns=["partition_key", "data.items.t"])
    assert check(narrow).column("data").to_pylist() == [{"items": {"t": f"t{n}"}} for n in (1, 2, 3)]
    flattened = kinesis.to_arrow(events.event_of(*payloads), payload=ORDER, flatten=True, columns=["data"])
    assert check(flattened).schema.names == ["id", "items", "z"]
    around = [{"before": None, "after": None, "order": one} for one in payloads]
    assert flattened.to_pylist() == [row["order"] for row in flat(around)]


def test_a_value_that_does_not_fit_may_be_null_in_its_place(check):
    word = struct((
        Field("id", or_else(utf8())),
        Field("items", explode(struct((Field("n", or_else(int_(64))),)))),
        Field("s", or_else(struct((Field("q", int_(8)),)))),
    ))
    event = [{"v": {"id": 5, "items": [{"n": "x"}, {"n": 2}], "s": {"q": []}}}, {"v": {"items": [{}], "s": {"q": 1}}}]
    assert check(decode(records(Field("v", word)), event)).column("v").to_pylist() == [
        {"id": None, "items": {"n": None}, "s": None},
        {"id": None, "items": {"n": 2}, "s": None},
        {"id": None, "items": {"n": None}, "s": {"q": 1}},
    ]


def test_rows_in_a_struct_side_by_side_are_refused():
    two = struct((Field("a", explode(int_(8))), Field("b", explode(int_(8)))))
    for word in (records(Field("v", two)), records(Field("v", ORDER), Field("w", ORDER))):
        with pytest.raises(ValueError, match="side by side"):
            lower(word, order=("v",))


def test_nothing_but_rows_in_a_struct(check):
    word = struct((Field("items", explode(int_(8))),))
    event = [{"v": {"items": [1, None]}}, {"v": {}}, {"v": {"other": 1, "items": [2]}}]
    batch = decode(records(Field("v", word)), event)
    assert check(batch).column("v").to_pylist() == [{"items": 1}, {"items": None}, {"items": 2}]


def test_two_columns_of_one_name_in_it_are_refused():
    word = struct((Field("id", utf8()), Field("x", object_((Field("y", explode(int_(8)), "id"),)))))
    with pytest.raises(ValueError, match="'id'"):
        lower(records(Field("v", word)), order=("v",))


def test_a_group_as_python_objects():
    batch = decode(PLAN, EVENT)
    groups = [row["order"] for row in flat(EVENT)]
    assert batch["order"].to_pylist() == list(batch["order"]) == groups
    assert (batch["order"][1], batch["order"][-2:]) == (groups[1], groups[-2:])
    assert batch.to_pylist() == list(batch) == flat(EVENT)
    assert "6 rows, 3 columns" in repr(batch)
