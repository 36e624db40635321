"""What decides how a value is read, and what stands in what: one_of, and the layers."""

import json

import pytest
from engine.plans import b64, decode, event_of, lowered, packed, records, rows_of, values_of
from hypothesis import given
from hypothesis import strategies as st

from lambdarrow import schema
from lambdarrow.schema import (
    Field,
    base64,
    int_,
    json_string,
    list_,
    map_,
    object_,
    one_of,
    parse,
    rest,
    string,
    struct,
    text_bytes,
    utf8,
)

# --- one_of -----------------------------------------------------------------------------------------

CASES = (
    ("A", Field(None, struct((Field("a", int_(8)),)), "a")),
    ("B", Field(None, struct((Field("b", utf8()),)), "b")),
)


@pytest.mark.parametrize(
    "text, a, b",
    [
        ('{"type":"A","a":1}', {"a": 1}, None),
        ('{"b":"x","type":"B"}', None, {"b": "x"}),
        (r'{"t\u0079pe":"\u0041","a":2}', {"a": 2}, None),
        ('{"type":"A","a":1,"b":"z","type":"B"}', None, {"b": "z"}),
        ('{"nested":{"type":"B"},"type":"A"}', {"a": None}, None),
        ("null", None, None),
    ],
)
def test_one_of(text, a, b):
    plan = records(Field("v", one_of(("type",), CASES)))
    assert rows_of(plan, event_of([text, '{"type":"B"}', text])) == [
        {"a": a, "b": b},
        {"a": None, "b": {"b": None}},
        {"a": a, "b": b},
    ]


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"C"}',
        "{}",
        '{"type":1}',
        '{"type":null}',
        '{"type":"a"}',
        '{"type":"AA"}',
        r'{"type":"\ud800"}',
    ],
)
def test_one_of_without_a_case(text):
    plan = records(Field("v", one_of(("type",), CASES)))
    batch = decode(plan, event_of([text]), on_error="collect")
    assert [failure.reason for failure in batch.failures] == ["unexpected_value"]
    plan = records(Field("v", one_of(("type",), CASES, other=Field(None, schema.json(), "other"))))
    assert rows_of(plan, event_of([text])) == [{"a": None, "b": None, "other": text}]


def test_one_of_prefixes_and_paths():
    cases = (
        ("ObjectCreated:", Field(None, schema.json(), "created")),
        ("Object", Field(None, schema.json(), "object")),
    )
    plan = records(Field("v", one_of(("detail", "name"), cases, match="prefix")))
    made = rows_of(
        plan,
        event_of(['{"detail":{"name":"ObjectCreated:Put"}}', '{"detail":{"x":[],"name":"ObjectTagging"}}']),
    )
    assert [[key for key, value in row.items() if value] for row in made] == [["created"], ["object"]]
    assert (
        decode(
            plan, event_of(['{"detail":{"name":"Obj"}}', '{"detail":"x"}', "5"]), on_error="collect"
        ).num_rows
        == 0
    )


def test_one_of_may_make_rows_in_what_is_left():
    """The levels of rows are counted in `other` too: its parents are dictionaries like any repeated text."""
    item = schema.explode(object_((Field("n", int_(8)),)))
    other = Field(None, object_((Field("p", utf8()), Field("i", item))), "")
    tables = lowered(one_of(("k",), (("a", Field(None, schema.skip(), "x")),), other=other))
    assert [column.kind for column in tables.columns if column.name == "p"] == ["DICT"]


# --- layers -----------------------------------------------------------------------------------------


@given(
    st.recursive(
        st.none() | st.integers(-9, 9) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3),
        max_leaves=4,
    )
)
def test_json_in_json_in_json(value):
    layers = json.dumps(json.dumps(json.dumps(json.dumps(value))))
    plan = json_string(json_string(json_string(schema.json())))
    (made,) = values_of(plan, layers)
    assert (made if made is None else json.loads(made)) == value


def test_layers_of_every_kind():
    plan = base64(
        parse(object_((Field("m", json_string(object_((Field("d", base64(parse(list_(int_(8))))),)))),)))
    )
    text = b64(json.dumps({"m": json.dumps({"d": b64(b" [1, 2] ")})}).encode())
    assert rows_of(records(Field("v", plan)), [{"v": text}]) == [{"d": [1, 2]}]


def test_layers_nest_no_deeper_than_the_run_has_room():
    word = text_bytes()
    for _ in range(7):
        word = string(word if word.op == "text_bytes" else parse(word))
    layers = '"x"'
    for _ in range(6):
        layers = json.dumps(layers)
    assert values_of(word, layers) == ["x"]
    with pytest.raises(ValueError, match="layers"):
        values_of(string(parse(word)), layers)


@pytest.mark.parametrize("size", [10, 1000, 100_000])
def test_text_that_stands_before_a_layer_that_grows(size):
    """Inflating makes room in every text column, which must keep what this row has there already."""
    inner = object_((Field("m", utf8()),))
    plan = records(
        Field("a", utf8()),
        Field("l", list_(utf8())),
        Field("k", map_(base64(schema.gzip(parse(utf8()))))),
        Field("data", base64(schema.gzip(parse(inner)))),
        Field(None, rest(), "rest"),
    )
    row = {
        "q": "rest",
        "a": "before",
        "l": ["x", "y"],
        "k": {"key": packed("v" * size)},
        "data": packed({"m": "m" * size}),
        "z": 1,
    }
    expected = {"a": "before", "l": ["x", "y"], "k": {"key": "v" * size}, "m": "m" * size}
    for made in rows_of(plan, [row, row]):
        assert json.loads(made.pop("rest")) == {"q": "rest", "z": 1}
        assert made == expected
