"""Payload schemas in words: strings, dicts, lists; and what a payload may be at all."""

import json
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdarrow import _grammar, schema
from lambdarrow._payload import to_word
from lambdarrow.schema import Field


def tree(node):
    """Everything that two equal trees have in common."""
    if isinstance(node, Field):
        return (node.key, node.name, node.required, node.default, node.hidden, tree(node.word))
    children = [tree(child) for child in node.children]
    return (node.op, node.options, node.nullable, node.arrow_nullable, children)


TEXTS = [
    ("bool", schema.bool_()),
    ("int8", schema.int_(8)),
    ("int16", schema.int_(16)),
    ("int32", schema.int_(32)),
    ("int64", schema.int_(64)),
    ("uint8", schema.int_(8, signed=False)),
    ("uint16", schema.int_(16, signed=False)),
    ("uint32", schema.int_(32, signed=False)),
    ("uint64", schema.int_(64, signed=False)),
    ("float32", schema.float_(32)),
    ("float64", schema.float_(64)),
    ("utf8", schema.utf8()),
    ("large_utf8", schema.utf8(size="large")),
    ("utf8_view", schema.utf8(size="view")),
    ("binary", schema.binary()),
    ("large_binary", schema.binary(large=True)),
    ("date32", schema.date32()),
    ("json", schema.json()),
    ("uuid", schema.uuid()),
    ("decimal128(12, 2)", schema.decimal(128, 12, 2)),
    ("decimal128(38,38)", schema.decimal(128, 38, 38)),
    ("decimal256( 76 , 0 )", schema.decimal(256, 76, 0)),
    ("timestamp[ms]", schema.timestamp("ms", None)),
    ("timestamp[s, UTC]", schema.timestamp("s", "UTC")),
    ("timestamp[ns,Europe/Paris]", schema.timestamp("ns", "Europe/Paris")),
    ("timestamp[us, +05:30]", schema.timestamp("us", "+05:30")),
    ("timestamp[us, Etc/GMT-5]", schema.timestamp("us", "Etc/GMT-5")),
    ("dictionary<utf8>", schema.dictionary()),
    ("list<utf8>", schema.list_(schema.utf8())),
    ("map<utf8, int64>", schema.map_(schema.int_(64))),
    ("struct<a: int64>", schema.struct([Field("a", schema.int_(64))])),
    (
        ' struct< a : list<map<utf8,decimal128(3, 1)>> ,"b c\\"\\\\": json,é-1.x: timestamp[ms, UTC] > ',
        schema.struct([
            Field("a", schema.list_(schema.map_(schema.decimal(128, 3, 1)))),
            Field('b c"\\', schema.json()),
            Field("é-1.x", schema.timestamp("ms", "UTC")),
        ]),
    ),
]


@pytest.mark.parametrize("text, word", TEXTS, ids=[text for text, _ in TEXTS])
def test_a_string_is_a_type(text, word):
    assert tree(to_word(text)) == tree(word)


DICTS = [
    (["int64"], schema.list_(schema.int_(64))),
    ([["utf8"]], schema.list_(schema.list_(schema.utf8()))),
    (
        {"id": "int64", "geo": {"lat": "float64"}, "tags": ["utf8"], "attrs": "map<utf8, int64>"},
        schema.struct([
            Field("id", schema.int_(64)),
            Field("geo", schema.struct([Field("lat", schema.float_(64))])),
            Field("tags", schema.list_(schema.utf8())),
            Field("attrs", schema.map_(schema.int_(64))),
        ]),
    ),
    (
        {"b": {"type": "utf8", "from": "B"}, "a": {"type": "int64", "required": True}},
        schema.struct([
            Field("B", schema.utf8(), "b"),
            Field("a", schema.int_(64, nullable=False), required=True),
        ]),
    ),
    (
        {
            "n": {"type": "int64", "nullable": False},
            "r": {"type": "int64", "required": True, "nullable": True},
            "f": {"type": "int64", "required": False, "nullable": True},
        },
        schema.struct([
            Field("n", schema.int_(64, nullable=False)),
            Field("r", schema.int_(64), required=True),
            Field("f", schema.int_(64)),
        ]),
    ),
    (
        {
            "a": {"type": "int64", "default": 0},
            "b": {"type": "utf8", "default": "é"},
            "c": {"type": ["bool"], "default": [True, None]},
            "d": {"type": {"x": "float64"}, "default": {"x": 1.5}},
            "e": {"type": "int64", "default": None},
            "f": {"type": "bool", "default": False},
        },
        schema.struct([
            Field("a", schema.int_(64), default=b"0"),
            Field("b", schema.utf8(), default=b'"\\u00e9"'),
            Field("c", schema.list_(schema.bool_()), default=b"[true,null]"),
            Field("d", schema.struct([Field("x", schema.float_(64))]), default=b'{"x":1.5}'),
            Field("e", schema.int_(64)),
            Field("f", schema.bool_(), default=b"false"),
        ]),
    ),
    (
        {
            "at": {"type": "timestamp[ms, UTC]", "epoch": "s"},
            "on": {"type": "timestamp[us, UTC]", "assume": "UTC"},
            "kind": {"type": "dictionary<utf8>", "values": ["b", "a"]},
            "level": {"type": "int8", "values": [1, -1]},
        },
        schema.struct([
            Field("at", schema.timestamp("ms", "UTC", epoch="s")),
            Field("on", schema.timestamp("us", "UTC", assume="UTC")),
            Field("kind", schema.dictionary(values=("b", "a"))),
            Field("level", schema.int_(8, allowed=(1, -1))),
        ]),
    ),
    (
        {
            "a": {"type": "int8", "on_mismatch": "rescue", "coerce": "string"},
            "b": {"type": {"x": "utf8"}, "on_mismatch": "null", "from": "B"},
            "c": [{"type": "dictionary<utf8>", "coerce": "number"}],
            "d": {"type": "map<utf8, int8>", "on_mismatch": "fail"},
            "e": {"type": "timestamp[ms, UTC]", "epoch": "s", "coerce": "string", "required": True},
        },
        schema.struct([
            Field("a", schema.int_(8, on_mismatch="rescue", coerce="string")),
            Field("B", schema.struct([Field("x", schema.utf8())], on_mismatch="null"), "b"),
            Field("c", schema.list_(schema.dictionary(coerce="number"))),
            Field("d", schema.map_(schema.int_(8), on_mismatch="fail")),
            Field("e", schema.timestamp("ms", "UTC", epoch="s", coerce="string", nullable=False), required=True),
        ]),
    ),
    ({"type": {"a": "utf8"}, "on_mismatch": "null"}, schema.struct([Field("a", schema.utf8())], on_mismatch="null")),
    ({"type": "utf8", "coerce": "number"}, schema.utf8(coerce="number")),
    ({"a": {"type": "int8", "on_mismatch": None, "coerce": None}}, schema.struct([Field("a", schema.int_(8))])),
    # A payload may have fields that are called so.
    (
        {"on_mismatch": "utf8", "coerce": "int8"},
        schema.struct([Field("on_mismatch", schema.utf8()), Field("coerce", schema.int_(8))]),
    ),
    # The payload itself, and the items of a list, take the options that a type has.
    ({"type": "timestamp[ms, UTC]", "epoch": "ms"}, schema.timestamp("ms", "UTC", epoch="ms")),
    ({"type": {"a": "utf8"}, "nullable": False}, schema.struct([Field("a", schema.utf8())], nullable=False)),
    ([{"type": "int64", "nullable": False}], schema.list_(schema.int_(64, nullable=False))),
    # A payload may have a field that is called "type".
    (
        {"type": "utf8", "id": "int64"},
        schema.struct([Field("type", schema.utf8()), Field("id", schema.int_(64))]),
    ),
    ({"type": "utf8"}, schema.struct([Field("type", schema.utf8())])),
    ([{"type": "utf8"}], schema.list_(schema.struct([Field("type", schema.utf8())]))),
    (
        {"type": "utf8", "from": "utf8"},
        schema.struct([Field("type", schema.utf8()), Field("from", schema.utf8())]),
    ),
    (
        {"type": {"type": "utf8"}, "id": "int64"},
        schema.struct([Field("type", schema.utf8()), Field("id", schema.int_(64))]),
    ),
    ({"geo": {"type": "utf8"}}, schema.struct([Field("geo", schema.utf8())])),
    (
        {"geo": {"type": {"type": "utf8", "from": "utf8"}}},
        schema.struct([
            Field("geo", schema.struct([Field("type", schema.utf8()), Field("from", schema.utf8())])),
        ]),
    ),
]


@pytest.mark.parametrize("spec, word", DICTS, ids=[json.dumps(spec) for spec, _ in DICTS])
def test_dicts_and_lists(spec, word):
    assert tree(to_word(spec)) == tree(word)
    assert tree(to_word(json.loads(json.dumps(spec)))) == tree(word)


WRONG = [
    # An unknown word: its path, itself, and the way home.
    ("in64", "payload: unknown type 'in64'", "did you mean int64"),
    ("Int64", "payload: unknown type 'Int64'", "int64"),
    ({"a": {"b": "flaot64"}}, "payload.a.b: unknown type 'flaot64'", "float64"),
    ({"a": ["string"]}, "payload.a[]: unknown type 'string'", "in Arrow's words: utf8"),
    ("float", "unknown type 'float'", "float32 or float64"),
    ("", "unknown type ''", "the types are"),
    ("zzzzzzzz", "unknown type 'zzzzzzzz'", "the types are bool, int8"),
    ("map<utf8, struct<x: list<wut>>>", "payload{}.x[]: unknown type 'wut'"),
    # Arguments.
    ("timestamp", "timestamp is written timestamp[ms, UTC]"),
    ("timestamp[m]", "the unit is one of s, ms, us, ns, not 'm'"),
    ("timestamp[ms, ]", "the zone is a name"),
    ("timestamp[ms, tz=UTC]", "the zone is a name"),
    ("timestamp[ms", "expected ']'"),
    ("decimal128", "decimal128 is written decimal128(12, 2)"),
    ("decimal128(12)", "expected ','"),
    ("decimal128(0, 0)", "precision", "1 to 38"),
    ("decimal128(39, 0)", "precision", "1 to 38"),
    ("decimal256(77, 0)", "precision", "1 to 76"),
    ("decimal128(4, 5)", "scale", "0 to 4"),
    ("decimal128(4, -1)", "scale", "'-1'"),
    ("decimal128(²,0)", "precision"),
    ("dictionary<int64>", "a dictionary holds utf8"),
    ("map<int64, utf8>", "keys of a map are utf8"),
    ("map<utf8>", "expected ','"),
    ("list<int64", "expected '>', found the end"),
    ("list", "list is written list<T>"),
    ("int64 not null", "unexpected 'not null'"),
    ("int64>", "unexpected '>'"),
    ("struct<>", "without fields", "json"),
    ("struct<a: int64,>", "expected the name"),
    ("struct<a int64>", "expected ':'"),
    ('struct<"a: int64>', "no end"),
    ("struct<a: int64, a: utf8>", "two fields are called 'a'"),
    # Shapes.
    ({}, "without fields", "json"),
    ({"a": {}}, "payload.a: a struct without fields"),
    ([], "one type"),
    (["utf8", "utf8"], "not 2"),
    ({"a": None}, "payload.a: None is no type"),
    ({"a": 3}, "payload.a: 3 is no type"),
    ({1: "utf8"}, "the name of a field is a string, not 1"),
    ({"a\0": "utf8"}, "NUL"),
    ({"\ud800": "utf8"}, "lone surrogate"),
    ({"a": {"type": "utf8", "from": "b"}, "b": "utf8"}, "two fields read the key 'b'"),
    # Options.
    ({"a": {"type": "int64", "requierd": True}}, "payload.a.requierd: True is no type", "these are from"),
    ({"a": {"type": "int64", "required": "yes"}}, "payload.a: the option required is true or false"),
    ({"a": {"type": "int64", "nullable": 0}}, "nullable is true or false"),
    ({"a": {"type": "int64", "required": True, "default": 1}}, "no use for a default"),
    ({"a": {"type": "int64", "from": 1}}, "from is the key"),
    ({"a": {"type": "float64", "default": float("nan")}}, "payload.a: the default is no JSON value"),
    ({"a": {"type": "utf8", "default": b"x"}}, "payload.a: the default is no JSON value"),
    ({"a": {"type": "int64", "epoch": "s"}}, "payload.a: epoch and assume are options of a timestamp"),
    ({"a": {"type": "timestamp[s]", "epoch": "sec"}}, "epoch is the unit", "'sec'"),
    ({"a": {"type": "timestamp[s]", "epoch": ["s"]}}, "epoch is the unit"),
    ({"a": {"type": "timestamp[s, UTC]", "assume": "CET"}}, 'assume is "UTC"'),
    ({"a": {"type": "timestamp[s]", "assume": "UTC"}}, "without a zone"),
    ({"a": {"type": "timestamp[s, UTC]", "assume": "UTC", "epoch": "s"}}, "give one of them"),
    ({"a": {"type": "utf8", "values": ["x"]}}, "values is an option of dictionary<utf8>"),
    ({"a": {"type": "dictionary<utf8>", "values": []}}, "at least one"),
    ({"a": {"type": "dictionary<utf8>", "values": ["x", 1]}}, "1 is no value"),
    ({"a": {"type": "dictionary<utf8>", "values": ["x", "x"]}}, "twice"),
    ({"a": {"type": "dictionary<utf8>", "values": ["\udc00"]}}, "lone surrogate"),
    ({"a": {"type": "int8", "values": [128]}}, "128 does not fit"),
    ({"a": {"type": "uint8", "values": [-1]}}, "-1 does not fit"),
    ({"a": {"type": "int8", "values": [True]}}, "True is no value"),
    ({"a": {"type": "int8", "on_mismatch": "keep"}}, "payload.a: on_mismatch is one of fail, null, rescue, not 'keep'"),
    ({"a": [{"type": "int8", "on_mismatch": True}]}, "payload.a[]: on_mismatch is one of", "not True"),
    ({"type": "utf8", "on_mismatch": ""}, "payload: on_mismatch is one of"),
    ({"a": {"type": "int8", "coerce": "text"}}, "payload.a: coerce is one of string, number, not 'text'"),
    ({"a": {"type": "timestamp[ms, UTC]", "coerce": "string"}}, "payload.a: coerce \"string\"", "epochs"),
    ({"a": {"type": "timestamp[ms, UTC]", "assume": "UTC", "coerce": "string"}}, "epochs"),
    ({"a": {"type": "dictionary<utf8>", "values": ["1"], "coerce": "number"}}, "payload.a: coerce \"number\""),
]
CANNOT = {
    "string": ["utf8", "large_utf8", "utf8_view", "binary", "decimal128(5, 2)", "date32", "timestamp[s]",
               "dictionary<utf8>", "uuid", "json", "list<int8>", "map<utf8, int8>", {"a": "int8"}, ["int8"]],
    "number": ["bool", "int8", "uint64", "float32", "float64", "binary", "decimal128(5, 2)", "date32", "timestamp[s]",
               "uuid", "json", "list<utf8>", "map<utf8, utf8>", {"a": "utf8"}, ["utf8"]],
}
WRONG += [({"v": {"type": kind, "coerce": how}}, f'payload.v: coerce "{how}" is for')
          for how, kinds in CANNOT.items() for kind in kinds]


@pytest.mark.parametrize("wrong", WRONG, ids=[ascii(spec) for spec, *_ in WRONG])
def test_what_is_wrong_is_named(wrong):
    spec, *parts = wrong
    with pytest.raises(ValueError) as caught:
        to_word(spec)
    for part in parts:
        assert part in str(caught.value)


def test_the_top_of_the_path_is_the_callers():
    with pytest.raises(ValueError, match=r"^body\.a: unknown type"):
        to_word({"a": "x"}, top="body")


def test_a_word_is_its_own_payload():
    word = schema.json_string(schema.int_(64))
    assert to_word(word) is word


@pytest.mark.parametrize("spec", [None, 3, b"int64", ("int64",), {"int64"}])
def test_what_is_no_schema(spec):
    with pytest.raises(TypeError, match=r"payload: \w+ is no schema.*msgspec\.Struct.*__arrow_c_schema__"):
        to_word(spec)


NAMES = st.one_of(
    st.sampled_from(["type", "from", "required", "nullable", "default", "epoch", "values", "a", "b c", ""]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4),
)


def one_of_these(*words):
    """st.sampled_from, whose repr says all of them wherever it stands, which hypothesis finds too long to print."""
    return st.integers(0, len(words) - 1).map(words.__getitem__)


PLAIN = one_of_these(*[word for _, word in TEXTS if not word.children])
UNITS = st.sampled_from(["s", "ms", "us", "ns"])
TEXT_OR_NOT = st.none() | st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, unique=True)
ITEMS = st.one_of(
    PLAIN,
    st.builds(lambda values: schema.dictionary(values=values and tuple(values)), TEXT_OR_NOT),
    st.builds(
        lambda values: schema.int_(16, allowed=tuple(values)),
        st.lists(st.integers(-(2**15), 2**15 - 1), min_size=1, unique=True),
    ),
    st.builds(lambda unit, epoch: schema.timestamp(unit, None, epoch=epoch), UNITS, UNITS),
    st.just(schema.timestamp("ns", "UTC", assume="UTC")),
    one_of_these(
        schema.int_(8, coerce="string"), schema.float_(32, coerce="string"), schema.bool_(coerce="string"),
        schema.timestamp("s", None, epoch="ms", coerce="string"), schema.dictionary(coerce="number"),
        schema.utf8(coerce="number"), schema.utf8(size="large", coerce="number"),
    ),
)
JSON = st.one_of(st.integers(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False), st.text())
DEFAULTS = st.none() | st.builds(
    lambda value: json.dumps(value, separators=(",", ":")).encode(),
    JSON | st.lists(JSON | st.none(), max_size=2),
)


def structs(words):
    def build(rows):
        fields = []
        for name, key, word, required, default in rows:
            fields.append(Field(key, word, name, required=required, default=None if required else default))
        return schema.struct(fields)

    row = st.tuples(NAMES, NAMES, words, st.booleans(), DEFAULTS)
    return st.lists(row, min_size=1, max_size=4, unique_by=(lambda r: r[0], lambda r: r[1])).map(build)


def plain_structs(words):
    members = st.lists(st.tuples(NAMES, words), min_size=1, max_size=3, unique_by=lambda r: r[0])
    return members.map(lambda rows: schema.struct([Field(name, word) for name, word in rows]))


def nullables(words):
    return st.builds(
        lambda word, nullable, policy: word.but(nullable=nullable, **({"on_mismatch": policy} if policy else {})),
        words, st.booleans(), st.sampled_from([None, None, "fail", "null", "rescue"]),
    )


# Inside a map everything is one string, and a string has no options.
STRINGS = st.recursive(
    PLAIN, lambda words: words.map(schema.list_) | words.map(schema.map_) | plain_structs(words), max_leaves=4
)
WORDS = nullables(st.recursive(
    ITEMS | STRINGS.map(schema.map_),
    lambda words: nullables(words).map(schema.list_) | structs(nullables(words)),
    max_leaves=8,
))


@settings(max_examples=400, deadline=None)
@given(WORDS)
def test_describe_is_the_inverse(word):
    spec = _grammar.describe(word)
    assert tree(to_word(spec)) == tree(word)
    assert tree(to_word(json.loads(json.dumps(spec)))) == tree(word)


def test_describe_is_what_a_person_would_write():
    specs = [
        {"id": "int64", "geo": {"lat": "float64"}, "tags": ["utf8"], "attrs": "map<utf8, list<int64>>"},
        {"a": {"type": "timestamp[ms, UTC]", "from": "A", "required": True, "epoch": "ms"}},
        {"a": {"type": "utf8", "default": "x"}, "b": [{"type": "int8", "nullable": False}]},
        "json",
        ["utf8"],
        {"a": {"type": "int64", "on_mismatch": "rescue", "coerce": "string"}},
        [{"type": "utf8", "coerce": "number"}],
        {"type": {"a": {"type": ["int8"], "on_mismatch": "fail"}}, "on_mismatch": "null"},
        # Structs that would be taken for a type with options, were they not wrapped.
        {"type": {"type": "utf8", "nullable": "bool"}, "nullable": True},
        {"geo": {"type": {"type": "utf8", "from": "utf8"}}},
        [{"type": {"type": "utf8", "values": "int64"}, "nullable": True}],
    ]
    for spec in specs:
        assert _grammar.describe(to_word(spec)) == spec


@pytest.mark.parametrize("word", [
    schema.struct([Field("a", schema.utf8())], closed=True),
    schema.utf8(arrow_nullable=False),
    schema.list_(schema.utf8(arrow_nullable=False)),
    schema.map_(schema.utf8(nullable=False)),
    schema.map_(schema.utf8(coerce="number")),
    schema.map_(schema.int_(8, on_mismatch="null")),
    schema.form(),
    schema.by("$.k", {"a": "json"}),
    schema.map_(schema.struct([Field("a", schema.utf8(), required=True)])),
    schema.map_(schema.struct([Field("a", schema.utf8(), "b")])),
    schema.struct([Field("a", schema.utf8(), hidden=True)]),
    schema.struct([Field(None, schema.counter(), "n")]),
    schema.json_string(schema.utf8()),
    schema.plain_bytes(),
], ids=repr)
def test_describe_refuses_what_the_grammar_cannot_say(word):
    with pytest.raises(ValueError, match="the grammar"):
        _grammar.describe(word)


def test_reading_a_schema_imports_nothing_else():
    code = """
import sys
before = set(sys.modules)
from lambdarrow import _payload, _grammar, _structs, _arrow_schema
spec = {"a": {"type": "timestamp[ms, UTC]", "epoch": "s"}, "b": ["map<utf8, int64>"]}
assert _grammar.describe(_payload.to_word(spec)) == spec
more = sorted(name for name in set(sys.modules) - before if name.split(".")[0] != "lambdarrow")
assert "lambdarrow._arrow_schema" in sys.modules
sys.exit(f"imported: {more}" if more else 0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
