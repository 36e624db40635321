"""Words at any size: dictionaries, maps, depth, wide objects; and what stands in for a missing key."""

import datetime as dt
import json
import uuid
from decimal import Decimal

import pytest
from engine.plans import (
    Batch,
    b64,
    decode,
    decoder,
    event_of,
    reason_of,
    records,
    rows_of,
    text_of,
    values_of,
)

from lambdarrow import DecodeError, schema
from lambdarrow.schema import (
    Field,
    base64,
    decimal,
    dictionary,
    int_,
    json_string,
    list_,
    map_,
    object_,
    parse,
    rest,
    struct,
    utf8,
)

# --- dictionaries and maps of any size --------------------------------------------------------------


@pytest.mark.parametrize(
    "texts",
    [
        [f"value-{at}" for at in range(100_000)],
        ["a", "b"] * 500,
        [str(at % 9) for at in range(100)],
        ["x" * length for length in range(400)] * 2,
        ["é" * 90, "é" * 91, "é" * 90] * 3,
        ["", "a", ""],
    ],
    ids=["distinct", "alternating", "nine", "lengths", "long", "empty"],
)
def test_dictionary_of_any_texts(texts, check):
    batch = decode(records(Field("v", dictionary())), [{"v": text} for text in texts])
    column = check(batch).column(0)
    assert column.to_pylist() == texts
    assert len(column.dictionary) == len(set(texts))
    assert batch["v"].to_pylist() == texts


@pytest.mark.parametrize("count", [1, 15, 16, 17, 31, 32, 33, 64, 10_000])
def test_map_keeps_the_last_value_at_the_first_place(count, check):
    pairs = [(f"k{at}", at) for at in range(count)] + [(f"k{at}", -at) for at in range(0, count, 3)]
    text = "{" + ",".join(f'"{key}":{value}' for key, value in pairs) + "}"
    batch = decode(records(Field("v", map_(int_(64)))), event_of([text, '{"k0":7}', text]))
    made = check(batch).column(0).to_pylist()
    assert made == [list(dict(pairs).items()), [("k0", 7)], list(dict(pairs).items())]


def test_nested_maps_with_duplicates(check):
    text = '{"a":{"x":["1"],"y":["2"],"x":["3","4"]},"b":{},"a":{"z":["5"],"z":["6"]},"\\u0062":{"q":["7"]}}'
    batch = decode(records(Field("v", map_(map_(list_(utf8()))))), event_of([text] * 2))
    made = check(batch).column(0).to_pylist()
    assert made == [[("a", [("z", ["6"])]), ("b", [("q", ["7"])])]] * 2


@pytest.mark.parametrize("text", ['{"a":"x","a":1}', '{"a":1,"a":"x"}', '{"a":1,"a":"x","a":2}'])
def test_an_ill_typed_duplicate_fails_in_maps_and_structs_alike(text):
    assert reason_of(struct((Field("a", int_(8)),)), text) == "expected_integer"
    assert reason_of(map_(int_(8)), text) == "expected_integer"


def test_the_path_of_a_duplicate_names_its_key():
    plan = records(Field("v", map_(int_(8))))
    (failure,) = decode(plan, event_of(['{"a":1,"b":2,"a":"x"}']), on_error="collect").failures
    assert failure.path == "$[0].v.a"


def test_map_keys_have_a_limit():
    text = json.dumps({str(at): at for at in range(5)})
    assert len(values_of(map_(int_(8)), text, limits={"map_keys": 5})[0]) == 5
    assert reason_of(map_(int_(8)), text, limits={"map_keys": 4}) == "too_many_keys"


@pytest.mark.parametrize("depth", [1, 3, 64, 65, 200])
def test_depth_has_a_limit(depth):
    nested = "[" * depth + "]" * depth
    assert values_of(schema.json(), nested, limits={"depth": depth}) == [nested]
    with pytest.raises(DecodeError) as caught:
        values_of(schema.json(), f"[{nested}]", limits={"depth": depth})
    assert caught.value.reason == "too_deep"


# --- wide objects -----------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1, 63, 64, 65, 130, 300])
def test_wide_objects(width, check):
    fields = tuple(Field(f"key{at}", int_(32)) for at in range(width))
    plan = records(*fields, Field("inner", list_(struct(fields))))
    whole = {f"key{at}": at for at in range(width)}
    backwards = dict(reversed(whole.items()))
    some = {key: value for key, value in whole.items() if value % 3}
    full = [dict.fromkeys(whole) | part for part in (whole, backwards, some, {})]
    rows = [part | {"inner": [whole, some, backwards]} for part in (whole, backwards, some, {})]
    batch = decode(plan, rows)
    check(batch)
    assert batch.to_pylist() == [part | {"inner": [full[0], full[2], full[1]]} for part in full]
    doubled = json.dumps(whole)[:-1] + "," + json.dumps({key: -value for key, value in whole.items()})[1:]
    assert rows_of(records(*fields), f"[{doubled}]".encode()) == [
        {key: -value for key, value in whole.items()}
    ]
    required = records(*fields[:-1], Field(fields[-1].key, int_(32), required=True))
    assert decode(required, [{}], on_error="collect").failures[0].path == f"$[0].key{width - 1}"


def test_a_repeated_object_replaces_the_whole_of_the_first():
    plan = records(Field("k", object_((Field("a", utf8()), Field("b", list_(utf8()))))))
    assert rows_of(plan, b'[{"k":{"a":"x","b":["1","2"]},"k":{"b":["3"]}},{"k":{"a":"y"},"k":null}]') == [
        {"a": None, "b": ["3"]},
        {"a": None, "b": None},
    ]


# --- defaults ---------------------------------------------------------------------------------------

DEFAULTS = [
    (utf8(), b'"\\u00e9"', "é"),
    (int_(8), b"-5", -5),
    (schema.bool_(), b"true", True),
    (schema.float_(64), b"1.5", 1.5),
    (decimal(128, 9, 1), b'"2.5"', Decimal("2.5")),
    (dictionary(), b'"d"', "d"),
    (schema.binary(), b'"aGk="', b"hi"),
    (schema.uuid(), json.dumps(str(uuid.UUID(int=5))).encode(), str(uuid.UUID(int=5))),
    (schema.json(), b"[1, 2]", "[1, 2]"),
    (list_(utf8()), json.dumps(["x"] * 40).encode(), ["x"] * 40),
    (map_(int_(8)), b'{"a":1,"a":2}', {"a": 2}),
    (utf8(), b"null", None),
    (struct((Field("a", utf8()), Field("b", utf8(), default=b'"in"'))), b'{"a":"x"}', {"a": "x", "b": "in"}),
    (base64(parse(list_(utf8()))), json.dumps(b64(b'["y"]')).encode(), ["y"]),
    (json_string(utf8()), b'"\\"z\\""', "z"),
    (schema.date32(), b'"1970-01-02"', dt.date(1970, 1, 2)),
]


@pytest.mark.parametrize("word, text, value", DEFAULTS, ids=[str(at) for at in range(len(DEFAULTS))])
def test_defaults(word, text, value, check):
    plan = records(
        Field("v", word, default=text),
        Field("l", list_(struct((Field("v", word, default=text), Field("s", utf8()))))),
    )
    rows = [{}, {"l": [{}, {"s": "x"}, {}]}, {"v": None}] * 20
    batch = decode(plan, rows)
    check(batch)
    inner = [{"v": value, "s": None}, {"v": value, "s": "x"}, {"v": value, "s": None}]
    assert (
        batch.to_pylist() == [{"v": value, "l": None}, {"v": value, "l": inner}, {"v": None, "l": None}] * 20
    )


def test_a_default_moves_no_text_of_its_row():
    """Whatever the sizes, also where the room that the event reserved is just used up."""
    word = struct((Field("t", utf8()),))
    plan = decoder(
        records(
            Field("a", utf8()),
            Field("s", word, default=json.dumps({"t": "d" * 50}).encode()),
            Field(None, rest(), "rest"),
        )
    )
    for pad in range(0, 500, 7):
        made = Batch(plan.decode(text_of([{"a": "h" * pad}, {"x": "y", "a": "i" * pad}])), None).to_pylist()
        assert [row["a"] for row in made] == ["h" * pad, "i" * pad]
        assert [row["s"]["t"] for row in made] == ["d" * 50] * 2
        assert [json.loads(row["rest"]) for row in made] == [{}, {"x": "y"}]


@pytest.mark.parametrize(
    "word, text",
    [
        (int_(8), b"300"),
        (int_(8), b'"x"'),
        (utf8(), b'"x" y'),
        (list_(int_(8)), b"[1"),
        (int_(8), b""),
        (utf8(nullable=False), b"null"),
    ],
)
def test_an_ill_typed_default_is_refused_with_the_plan(word, text):
    with pytest.raises(ValueError, match="default"):
        decoder(records(Field("v", word, default=text)))
