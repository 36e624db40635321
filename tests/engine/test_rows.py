"""Rows and records: explode inside explode, each, what a failed record takes with it, and that it leaves nothing."""

import json

import pyarrow as pa
import pytest
from engine.plans import b64, decode, packed, records, rows_of, text_of
from hypothesis import given
from hypothesis import strategies as st

from lambdarrow import DecodeError, schema
from lambdarrow.schema import (
    Field,
    base64,
    binary,
    counter,
    decimal,
    dictionary,
    each,
    each_key,
    explode,
    float_,
    int_,
    list_,
    map_,
    object_,
    one_of,
    parse,
    rest,
    struct,
    text_bytes,
    timestamp,
    utf8,
)

ITEM = object_((Field("n", int_(64)), Field(None, counter(), "position")), nullable=False)
ORDER = object_(
    (
        Field("id", utf8()),
        Field("items", explode(ITEM)),
        Field("z", int_(64)),
    ),
    nullable=False,
)
NESTED = object_(
    (
        Field("Records", explode(ORDER, unit=True), required=True),
        Field(None, rest(), "_metadata"),
    )
)


def order(name, numbers, z=1):
    return {"id": name, "items": [{"n": number} for number in numbers], "z": z}


def flat(orders):
    """The oracle: one row an item, its order's keys beside it."""
    return [
        {"id": order["id"], "n": item["n"], "position": at, "z": order["z"]}
        for order in orders
        for at, item in enumerate(order["items"] or ())
    ]


GOOD = [
    order("a", [1, 2], 5),
    order("none", []),
    order("b", [3]),
    order("also none", []),
    order("c", [4, 5, 6], None),
]


def test_a_parent_is_repeated_for_each_of_its_children(check):
    batch = decode(NESTED, {"Records": GOOD, "window": 1})
    check(batch)
    assert batch.to_pylist() == flat(GOOD)
    assert batch.record_index.to_pylist() == [0, 0, 2, 4, 4, 4]
    assert batch.metadata == {"window": 1}


@pytest.mark.parametrize("items", [[], [[]], [[], []], [[1]], [[], [1], []], [[1] * 40] * 3])
def test_parents_of_any_number_of_children(items, check):
    orders = [order(str(at), numbers) for at, numbers in enumerate(items)]
    batch = decode(NESTED, {"Records": orders})
    check(batch)
    assert batch.to_pylist() == flat(orders)


def test_a_null_list_of_rows_is_an_empty_one():
    assert rows_of(NESTED, {"Records": [order("a", []) | {"items": None}, order("b", [1])]}) == flat(
        [order("b", [1])]
    )


def test_text_of_a_parent_is_a_dictionary_in_arrow_and_plain_elsewhere():
    event = {"Records": GOOD}
    repeated = decode(NESTED, event).to_pyarrow().column("id")
    assert repeated.type == pa.dictionary(pa.int32(), pa.utf8())
    assert repeated.to_pylist() == list("aabccc")
    for dialect in ("plain", "spark"):
        assert decode(NESTED, event, dialect=dialect).to_pyarrow().schema.field("id").type == pa.utf8()
        assert rows_of(NESTED, event, dialect=dialect) == flat(GOOD)


def test_three_levels(check):
    deep = explode(
        object_(
            (
                Field(
                    "x",
                    explode(
                        object_((Field("y", explode(object_((Field("v", int_(8)),)))), Field("b", utf8())))
                    ),
                ),
                Field("a", utf8()),
            )
        ),
        unit=True,
    )
    event = [
        {"a": "A", "x": [{"b": "1", "y": [{"v": 1}, {"v": 2}]}, {"b": "2", "y": []}]},
        {"a": "B", "x": []},
        {"x": [{"y": [{"v": 3}], "b": "3"}], "a": "C"},
    ]
    batch = decode(deep, event)
    check(batch)
    assert [tuple(row[k] for k in "abv") for row in batch] == [("A", "1", 1), ("A", "1", 2), ("C", "3", 3)]
    assert batch.record_index.to_pylist() == [0, 0, 2]


@pytest.mark.parametrize("at", range(6))
def test_an_error_after_its_children_takes_the_whole_record(at, check):
    """Also where the failed record is the last: its children must not be counted."""
    orders = GOOD[:at] + [order("poison", [7, 8, 9], "x")] + GOOD[at:]
    batch = decode(NESTED, {"Records": orders}, on_error="collect")
    check(batch)
    assert batch.to_pylist() == flat(GOOD)
    (failure,) = batch.failures
    assert (failure.index, failure.reason, failure.path) == (at, "expected_integer", f"$.Records[{at}].z")
    assert json.loads(failure.raw) == orders[at]


@pytest.mark.parametrize("child", range(3))
def test_an_error_in_one_child_takes_the_whole_record(child, check):
    poison = order("poison", [7, 8, 9])
    poison["items"][child]["n"] = "x"
    batch = decode(NESTED, {"Records": [GOOD[0], poison, GOOD[2]]}, on_error="collect")
    check(batch)
    assert batch.to_pylist() == flat([GOOD[0], GOOD[2]])
    assert batch.failures[0].path == f"$.Records[1].items[{child}].n"
    assert batch.record_index.to_pylist() == [0, 0, 2]


def test_stop_ends_the_rows_before_the_first_failure(check):
    orders = [GOOD[0], order("poison", [1], "x"), GOOD[2], order("poison", [1], "y")]
    batch = decode(NESTED, {"Records": orders}, on_error="stop")
    check(batch)
    assert batch.to_pylist() == flat(GOOD[:1])
    assert [failure.index for failure in batch.failures] == [1]


def test_null_gives_one_row_for_a_failed_record(check):
    orders = [GOOD[0], order("poison", [7, 8], "x"), order("none", []), GOOD[2], order("poison", [], "y")]
    batch = decode(NESTED, {"Records": orders}, on_error="null")
    check(batch)
    empty = {"id": None, "n": None, "position": None, "z": None}
    expected = [row | {"_corrupt_record": None} for row in flat([GOOD[0]])]
    expected += [empty | {"_corrupt_record": json.dumps(orders[1])}]
    expected += [row | {"_corrupt_record": None} for row in flat([GOOD[2]])]
    expected += [empty | {"_corrupt_record": json.dumps(orders[4])}]
    assert batch.to_pylist() == expected
    assert batch.record_index.to_pylist() == [0, 0, 1, 3, 4]


def test_raise_names_the_record_and_the_place():
    event = text_of({"Records": [GOOD[0], order("b", [1, "x"])]})
    with pytest.raises(DecodeError) as caught:
        decode(NESTED, event)
    error = caught.value
    assert (error.index, error.path, error.reason) == (1, "$.Records[1].items[1].n", "expected_integer")
    assert event[error.offset : error.offset + 3] == b'"x"'


@pytest.mark.parametrize("later", [[], [order("z", [9])], None])
def test_a_second_records_voids_the_first(later, check):
    event = b'{"Records":%s,"Records":%s}' % (text_of([*GOOD, order("p", [1], "x")]), text_of(later))
    batch = decode(NESTED, event, on_error="collect")
    check(batch)
    assert batch.to_pylist() == flat(later or [])
    assert batch.failures == ()
    assert batch.record_index.to_pylist() == [0] * len(flat(later or []))


def test_a_second_list_of_children_voids_the_first(check):
    event = b'[{"id":"a","items":[{"n":1},{"n":2}],"items":[{"n":3}]},{"items":[{"n":4}],"items":[]}]'
    batch = decode(explode(ORDER, unit=True), event)
    check(batch)
    assert batch["n"].to_pylist() == [3]


def test_the_path_goes_through_the_layers():
    inner = object_((Field("list", list_(struct((Field("v", int_(64)),)))),))
    plan = records(Field("body", schema.json_string(object_((Field("data", base64(parse(inner))),)))))
    good = {"body": json.dumps({"data": b64(b'{"list":[{"v":1}]}')})}
    bad = {"body": json.dumps({"data": b64(b'{"list":[{"v":1},{"v":1.5}]}')})}
    batch = decode(plan, [good, bad], on_error="collect")
    (failure,) = batch.failures
    assert failure.path == "$[1].body → $.data → $.list[1].v"
    assert failure.inner_offset == b'{"list":[{"v":1},{"v":1.5}]}'.index(b"1.5")
    assert text_of([good, bad])[failure.offset - 1 :].startswith(b'"' + json.dumps(bad["body"]).encode()[1:])


# --- nulls and padding of repeated parents ----------------------------------------------------------


@pytest.mark.parametrize("total", [1, 7, 8, 9, 1528, 1529, 1531, 1535, 1536, 1537])
def test_validity_of_a_repeated_parent(total):
    """1531 rows need one byte more than the block of 192 that the bitmap of 1528 fills."""
    plan = explode(object_((Field("p", int_(64)), Field("items", explode(ITEM)))), unit=True)
    last = min(5, total)
    event = [{"p": None, "items": [{"n": 1}] * (total - last)}, {"p": 7, "items": [{"n": 1}] * last}]
    assert decode(plan, event)["p"].to_pylist() == [None] * (total - last) + [7] * last


# --- each: Kafka's object of lists ------------------------------------------------------------------

RECORD = object_(
    (Field("offset", int_(64)), Field(None, each_key(), "topic_partition"), Field(None, counter(), "n"))
)
KAFKA = object_((Field("records", each(explode(RECORD, unit=True)), required=True),))


def test_each_over_lists(check):
    event = {
        "records": {"topic-0": [{"offset": 1}, {"offset": 2}], "empty-0": [], "töpic-1": [{"offset": 3}]}
    }
    batch = decode(KAFKA, event)
    check(batch)
    assert batch.to_pylist() == [
        {"offset": 1, "topic_partition": "topic-0", "n": 0},
        {"offset": 2, "topic_partition": "topic-0", "n": 1},
        {"offset": 3, "topic_partition": "töpic-1", "n": 0},
    ]
    assert batch.record_index.to_pylist() == [0, 1, 2]


def test_each_escaped_key():
    assert (
        rows_of(KAFKA, rb'{"records":{"t\u006fpic\"-0":[{"offset":1}]}}')[0]["topic_partition"] == 'topic"-0'
    )


def test_each_duplicate_key_keeps_the_last():
    assert [
        row["offset"] for row in rows_of(KAFKA, b'{"records":{"a":[{"offset":1}],"a":[{"offset":2}]}}')
    ] == [2]


def test_each_failures_are_named_alike_however_they_are_reported(check):
    event = {"records": {"a": [{"offset": 1}], "b": [{"offset": 2}, {"offset": "x"}], "c": [{"offset": 3}]}}
    batch = decode(KAFKA, event, on_error="collect")
    check(batch)
    assert [row["offset"] for row in batch] == [1, 2, 3]
    (failure,) = batch.failures
    assert (failure.index, failure.path) == (2, "$.records.b[1].offset")
    with pytest.raises(DecodeError) as caught:
        decode(KAFKA, event)
    assert (caught.value.index, caught.value.path) == (failure.index, failure.path)


def test_each_over_plain_values(check):
    """The values are the rows, objects or not."""
    plan = object_(
        (Field("m", each(object_((Field("v", int_(64)), Field(None, each_key(), "k"))), unit=True)),)
    )
    event = {"m": {"a": {"v": 1}, "b": {"v": "x"}, "c": {"v": 3}}}
    batch = decode(plan, event, on_error="collect")
    check(batch)
    assert batch.to_pylist() == [{"v": 1, "k": "a"}, {"v": 3, "k": "c"}]
    assert (batch.failures[0].index, batch.failures[0].path) == (1, "$.m.b.v")
    with pytest.raises(DecodeError) as caught:
        decode(plan, event)
    assert caught.value.path == "$.m.b.v"
    assert rows_of(each(int_(64)), {"a": 1, "b": None, "c": 3}, order=("",)) == [{"": 1}, {"": None}, {"": 3}]


@pytest.mark.parametrize("dialect", ["plain", "spark"])
def test_each_key_is_no_dictionary_where_the_dialect_has_none(dialect):
    batch = decode(KAFKA, {"records": {"t": [{"offset": 1}]}}, dialect=dialect)
    assert batch.to_pyarrow().schema.field("topic_partition").type == pa.utf8()


@pytest.mark.parametrize(
    "text", [b'{"records":[]}', b'{"records":{"a":{}}}', b'{"records":{"a":[1]}}', b'{"records":1}']
)
def test_each_refuses(text):
    with pytest.raises(DecodeError):
        decode(KAFKA, text)


# --- a failed record leaves no trace ----------------------------------------------------------------

EVERY = records(
    Field("text", utf8()),
    Field("bool", schema.bool_()),
    Field("float", float_(64)),
    Field("repeats", dictionary()),
    Field("large", utf8(size="large")),
    Field("view", utf8(size="view")),
    Field("binary", binary()),
    Field("decimal", decimal(128, 10, 2)),
    Field("when", timestamp("ms")),
    Field("list", list_(list_(utf8()))),
    Field("map", map_(struct((Field("a", utf8()), Field("b", list_(schema.bool_())))))),
    Field(
        "struct",
        struct((Field("s", utf8()), Field("d", utf8(), default=b'"default"'), Field("j", schema.json()))),
    ),
    Field("gzip", base64(schema.gzip(text_bytes()))),
    Field("last", int_(64)),
    Field(None, rest(), "rest"),
)
WORDS = st.sampled_from(["", "a", "é", 'quo"te', "long " * 20])


def maybe(values):
    return st.none() | values


GOOD_RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "text": maybe(WORDS),
        "bool": maybe(st.booleans()),
        "float": maybe(st.floats(allow_nan=False, allow_infinity=False)),
        "repeats": maybe(WORDS),
        "large": maybe(WORDS),
        "view": maybe(WORDS),
        "binary": maybe(st.binary(max_size=20).map(b64)),
        "decimal": maybe(st.integers(-(10**8) + 1, 10**8 - 1)),
        "when": maybe(st.just("2024-02-29T12:34:56.789Z")),
        "list": maybe(st.lists(maybe(st.lists(maybe(WORDS), max_size=3)), max_size=3)),
        "map": maybe(
            st.dictionaries(
                WORDS, maybe(st.fixed_dictionaries({"a": WORDS, "b": st.lists(st.booleans())})), max_size=3
            )
        ),
        "struct": maybe(
            st.fixed_dictionaries({}, optional={"s": WORDS, "d": WORDS, "j": st.lists(WORDS, max_size=2)})
        ),
        "gzip": maybe(WORDS.map(lambda text: packed(text.encode()))),
        "unknown": WORDS,
    },
)
POISON = st.builds(
    lambda record, last: record | last,
    GOOD_RECORDS,
    st.sampled_from(
        [
            {"last": "x"},
            {"text": "kept?", "last": 1.5},
            {"map": {"q": {"b": [True, 1]}}},
            {"list": [["w"], ["w", 5]]},
            {"struct": {"s": "s", "d": 7}},
            {"gzip": b64(b"not gzip at all, though long enough")},
            {"binary": "AAA"},
        ]
    ),
)


@given(st.lists(st.tuples(st.booleans(), GOOD_RECORDS, POISON), max_size=12))
def test_poison_leaves_no_trace(drawn):
    mixed = [poison if bad else good for bad, good, poison in drawn]
    clean = [good for bad, good, _ in drawn if not bad]
    dirty, expected = decode(EVERY, mixed, on_error="collect"), decode(EVERY, clean)
    ours = pa.record_batch(dirty)
    ours.validate(full=True)
    assert dirty.to_pylist() == expected.to_pylist()
    assert ours.to_pylist() == pa.record_batch(expected).to_pylist()
    assert [failure.index for failure in dirty.failures] == [
        at for at, (bad, _, _) in enumerate(drawn) if bad
    ]
    assert dirty.record_index.to_pylist() == [at for at, (bad, _, _) in enumerate(drawn) if not bad]


def test_a_repeated_key_above_one_of_voids_the_records_below_it():
    rows = explode(object_((Field("id", utf8()),)), unit=True)
    choice = one_of(("t",), (("a", Field(None, object_((Field("Records", rows),)), "")),))
    event = b'{"x":{"t":"a","Records":[{"id":"1"},{"id":2}]},"x":{"t":"a","Records":[{"id":"3"}]}}'
    batch = decode(object_((Field("x", choice),)), event, on_error="collect")
    assert batch.to_pylist() == [{"id": "3"}]
    assert batch.failures == ()
    assert batch.record_index.to_pylist() == [0]
