"""one_of: which case a value is, said by a value, a prefix or a key in it; `by`, its form for payloads."""

import json

import pyarrow as pa
import pytest
from engine.plans import b64, decode, event_of, reason_of, records, rows_of, values_of
from hypothesis import given
from hypothesis import strategies as st

import lambdarrow
from lambdarrow import DecodeError, schema
from lambdarrow.schema import Field, base64, by, int_, json_string, list_, map_, one_of, or_else, struct, utf8

OTHER = Field(None, schema.json(), "other")


def kept(*cases):
    """Cases that keep the value's text: (what is wanted, the column's name)."""
    return tuple((wanted, Field(None, schema.json(), name)) for wanted, name in cases)


def chosen(word, texts):
    """The column that each text went to, None for a null."""
    made = rows_of(records(Field("v", word)), event_of(texts))
    taken = [[name for name, value in row.items() if value is not None] for row in made]
    assert all(len(names) <= 1 for names in taken)
    return [names[0] if names else None for names in taken]


# --- match="value" ----------------------------------------------------------------------------------

SCALARS = kept(
    (1, "one"), ("1", "text"), (True, "yes"), ("true", "word"), (1.5, "half"), (10**20, "big"), (-7, "minus"),
    ("", "empty"),
)


@pytest.mark.parametrize(
    "scalar, name",
    [
        ("1", "one"),
        ('"1"', "text"),
        (r'"\u0031"', "text"),
        ("true", "yes"),
        ('"true"', "word"),
        ("1.5", "half"),
        ("100000000000000000000", "big"),
        ("-7", "minus"),
        ('""', "empty"),
        # Numbers are compared as they are written.
        ("1.0", "other"),
        ("1e0", "other"),
        ("1.50", "other"),
        ("11", "other"),
        ("-1", "other"),
        ("false", "other"),
        ("null", "other"),
        ('"1 "', "other"),
        ('"TRUE"', "other"),
        ("[1]", "other"),
        ('{"1":1}', "other"),
        (r'"\ud800"', "other"),
    ],
)
def test_a_scalar_chooses(scalar, name):
    text = f'{{"k":{scalar},"z":1}}'
    assert chosen(one_of(("k",), SCALARS, other=OTHER), [text, '{"k":1}', text]) == [name, "one", name]
    closed = one_of(("k",), SCALARS)
    if name == "other":
        assert reason_of(closed, text) == "unexpected_value"
    else:
        assert chosen(closed, [text]) == [name]


@pytest.mark.parametrize("text", ["5", '"x"', "[]", "true", '[{"k":1}]', '["k"]'])
def test_what_is_no_object_is_none_of_the_cases(text):
    assert chosen(one_of(("k",), SCALARS, other=OTHER), [text, "null"]) == ["other", None]
    assert reason_of(one_of(("k",), SCALARS), text) == "expected_object"


def test_a_value_without_the_key():
    for text in ("{}", '{"K":1}', '{"k ":1}', '{"z":{"k":1}}'):
        assert chosen(one_of(("k",), SCALARS, other=OTHER), [text]) == ["other"]
        assert reason_of(one_of(("k",), SCALARS), text) == "unexpected_value"


@pytest.mark.parametrize(
    "text, name",
    [
        ('{"k":1,"k":"1"}', "text"),
        (r'{"k":"1","\u006b":1}', "one"),
        ('{"k":1,"k":null}', "other"),
        ('{"k":1,"k":{"k":1}}', "other"),
        ('{"k":[],"x":{"k":"1"},"k":true}', "yes"),
    ],
)
def test_the_last_of_equal_keys_chooses(text, name):
    assert chosen(one_of(("k",), SCALARS, other=OTHER), [text]) == [name]


def test_several_wanted_in_one_case():
    cases = ((("a", 2, False), Field(None, schema.json(), "first")), ("b", Field(None, schema.json(), "second")))
    texts = ['{"k":"a"}', '{"k":2}', '{"k":false}', '{"k":"b"}', '{"k":"2"}']
    assert chosen(one_of(("k",), cases, other=OTHER), texts) == ["first", "first", "first", "second", "other"]


@pytest.mark.parametrize(
    "text, name",
    [
        ('{"a":{"b c":{"d":"x"}}}', "x"),
        ('{"z":[{"a":1}],"a":{"z":{"b c":0},"b c":{"d":"x"}},"y":{}}', "x"),
        (r'{"\u0061":{"b\u0020c":{"d":"\u0078"}}}', "x"),
        ('{"a":{"b c":{"d":"x"}},"a":{"b c":{}}}', "other"),
        ('{"a":{"b c":{"d":"x"}},"a":7}', "other"),
        ('{"a":{"b c":{"d":"q","d":"x"},"e":0}}', "x"),
        ('{"a":["b c"]}', "other"),
        ('{"a":null}', "other"),
        ('{"a":{"b c":{"d":{"d":"x"}}}}', "other"),
    ],
)
def test_a_path_of_keys(text, name):
    assert chosen(one_of(("a", "b c", "d"), kept(("x", "x")), other=OTHER), [text]) == [name]


@pytest.mark.parametrize("place", ["before", "after"])
def test_the_discriminator_stands_anywhere(place):
    long = ",".join(f'"f{at}":[{at},{{"k":"b"}}]' for at in range(200))
    text = f'{{"k":"a",{long}}}' if place == "before" else f'{{{long},"k":"a"}}'
    field = Field(None, struct((Field("f199", list_(schema.json())),)), "a")
    assert rows_of(records(Field("v", one_of(("k",), (("a", field),)))), event_of([text])) == [
        {"a": {"f199": ["199", '{"k":"b"}']}}
    ]


def test_the_chosen_case_may_fail():
    x, y = struct((Field("x", int_(8)),)), struct((Field("y", utf8()),))
    cases = (("a", Field(None, x, "a")), ("b", Field(None, y, "b")))
    plan = records(Field("v", one_of(("k",), cases, counted=True)))
    texts = ['{"k":"a","x":1}', '{"x":"no","k":"a"}', '{"k":"b","x":"no"}', '{"k":"b","y":[]}', "null"]
    batch = decode(plan, event_of(texts), on_error="collect")
    assert [(failure.index, failure.path) for failure in batch.failures] == [(1, "$[1].v.x"), (3, "$[3].v.y")]
    assert batch.to_pylist() == [{"a": {"x": 1}, "b": None}, {"a": None, "b": {"y": None}}, {"a": None, "b": None}]
    assert batch.shapes == {"a": 1, "b": 1}


def told_first(first):
    """A choice by `k` in a choice by `k`: what is neither "a" nor "b" is a struct, in which another stands."""
    def choice(*inner):
        other = struct((Field("k", utf8()), Field("t", utf8()), Field("l", list_(int_(8))), *inner))
        rest = Field(None, other, "rest")
        return one_of(("k",), kept(("a", "a"), ("b", "b")), other=rest, counted=not inner, first=first)

    return records(Field("v", choice(Field("v", choice()))))


KS = st.sampled_from(['"k":"a"', '"k":"b"', '"k":"c"', '"k":5', r'"\u006b":"a"', r'"k":"\u0062"'])
OTHERS = st.sampled_from(['"t":"long, so that it is kept"', '"l":[1,2]', '"l":[1,"no"]', '"z":{}'])
INNER = st.lists(st.one_of(KS, OTHERS))
OUTER = st.lists(st.one_of(
    KS, INNER.map(lambda members: '"v":{' + ",".join(members) + "}"),
    st.sampled_from(['"t":"text"', '"l":[3]', '"l":5', '"v":null', '"z":[{"k":"a"}]']),
))


@given(st.lists(OUTER.map(lambda members: "{" + ",".join(members) + "}"), min_size=1, max_size=4))
def test_the_first_of_equal_keys_is_believed_only_until_the_next(texts):
    """Whatever is believed, the last counts, and what was read by the first leaves no trace."""
    one, other = (decode(told_first(first), event_of(texts), on_error="collect") for first in (True, False))
    assert one.to_pylist() == other.to_pylist()
    assert (one.failures, one.shapes) == (other.failures, other.shapes)
    assert pa.record_batch(one).validate(full=True) is None


# --- match="prefix" and match="key" -----------------------------------------------------------------


def test_the_first_prefix_that_fits():
    cases = kept((("ab", "xy"), "two"), ("a", "one"), ("abc", "never"), ("", "rest"))
    word = one_of(("k",), cases, other=OTHER, match="prefix")
    texts = ["abcd", "ab", "ax", "xyz", "x", "", "zab", r"\u0061b", "aé"]
    names = ["two", "two", "one", "two", "rest", "rest", "rest", "two", "one"]
    assert chosen(word, [f'{{"k":"{text}"}}' for text in texts]) == names
    # Only text has a prefix.
    assert chosen(word, ['{"k":5}', '{"k":true}', "{}", '{"k":["ab"]}', "[]", "null"]) == ["other"] * 5 + [None]


def test_a_prefix_of_half_a_character_is_no_prefix():
    word = one_of(("k",), kept(("é", "accent")), other=OTHER, match="prefix")
    assert chosen(word, ['{"k":"é!"}', '{"k":"è"}', '{"k":"e"}']) == ["accent", "other", "other"]


def test_the_first_case_whose_key_is_there():
    """First among the cases, not on the wire."""
    word = one_of((), kept((("a", "b"), "ab"), ("c", "c"), ("d e", "de")), other=OTHER, match="key")
    texts = ['{"c":1,"b":2}', '{"c":1,"d e":2}', '{"d e":null}', r'{"\u0063":0}', '{"x":{"a":1}}', "{}", '["a"]', '"a"']
    assert chosen(word, [*texts, "null"]) == ["ab", "c", "de", "c", "other", "other", "other", "other", None]


def test_keys_below_a_path():
    word = one_of(("in", "ner"), kept(("a", "a"), ("b", "b")), other=OTHER, match="key")
    texts = [
        '{"in":{"ner":{"b":1}}}',
        '{"in":{"ner":{"b":1}},"in":{"ner":{"a":0}}}',
        '{"in":{"ner":["a"]}}',
        '{"in":{"a":1}}',
        '{"a":1}',
        '{"in":null}',
    ]
    assert chosen(word, texts) == ["b", "a", "other", "other", "other", "other"]


@pytest.mark.parametrize("text", ["{}", '{"c":1}', '{"x":{"a":1}}'])
def test_no_key_of_the_cases(text):
    assert reason_of(one_of((), kept(("a", "a")), match="key"), text) == "unexpected_value"
    assert reason_of(one_of((), kept(("a", "a")), match="key"), "[1]") == "expected_object"


@given(
    st.lists(st.text(max_size=3), min_size=1, max_size=5, unique=True),
    st.lists(st.text(max_size=4) | st.integers(-2, 2) | st.booleans() | st.none(), max_size=8),
    st.sampled_from(["value", "prefix", "key"]),
)
def test_any_cases(wanted, values, match):
    wanted = [one for one in wanted if "\0" not in one and one.isprintable()] or ["a"]
    word = one_of(("k",), kept(*((one, f"case {at}") for at, one in enumerate(wanted))), other=OTHER, match=match)
    events, names = [], []
    for value in values:
        value = {value: None, "z": 1} if match == "key" and isinstance(value, str) else value
        fits = {
            "value": lambda one, value=value: one == value,
            "prefix": lambda one, value=value: isinstance(value, str) and value.startswith(one),
            "key": lambda one, value=value: isinstance(value, dict) and one in value,
        }[match]
        names.append(next((f"case {at}" for at, one in enumerate(wanted) if fits(one)), "other"))
        events.append(json.dumps({"k": value}))
    assert chosen(word, events) == names


# --- grouped and counted ----------------------------------------------------------------------------

CLICK = {"type": "utf8", "x": "int8"}
ORDER = {"type": "utf8", "y": ["utf8"]}
SHAPES = by("$.type", {"click": CLICK, ("order", "refund"): ORDER}, other="json")
TEXTS = [
    '{"type":"click","x":1}',
    '{"type":"refund","y":["a",null]}',
    "null",
    '{"type":"view"}',
    '{"y":[],"type":"order"}',
    '{"type":"click"}',
    "[5 ]",
]
MADE = [
    {"click": {"type": "click", "x": 1}},
    {"order": {"type": "refund", "y": ["a", None]}},
    None,
    {"other": '{"type":"view"}'},
    {"order": {"type": "order", "y": []}},
    {"click": {"type": "click", "x": None}},
    {"other": "[5 ]"},
]
EMPTY = {"click": None, "order": None, "other": None}


@pytest.mark.parametrize("options", [{}, {"dialect": "plain"}, {"dialect": "spark"}], ids=str)
def test_grouped_cases_are_the_fields_of_a_struct(options, check):
    batch = decode(records(Field("v", SHAPES)), event_of(TEXTS), **options)
    made = check(batch).column("v").to_pylist()
    assert made == batch["v"].to_pylist() == [value and EMPTY | value for value in MADE]
    assert batch.shapes == {"click": 2, "order": 2, "other": 2}
    assert batch["v.click.x"].to_pylist() == [1, None, None, None, None, None, None]


def test_shapes_of_nothing():
    assert decode(records(Field("v", SHAPES)), b"[]").shapes == {"click": 0, "order": 0, "other": 0}
    assert decode(records(Field("v", utf8())), b'[{"v":"x"}]').shapes == {}


@pytest.mark.parametrize("on_error, counts", [("collect", (2, 1)), ("null", (2, 1)), ("stop", (1, 0))])
def test_only_what_became_rows_is_counted(on_error, counts):
    click = '{"type":"click","x":1}'
    texts = [click, '{"type":"click","x":"no"}', '{"type":"order"}', "null", '{"type":"?"}', click]
    word = by("$.type", {"click": CLICK, "order": ORDER})
    batch = decode(records(Field("v", word)), event_of(texts), on_error=on_error)
    assert batch.shapes == dict(zip(("click", "order"), counts, strict=True))


def test_a_second_key_takes_the_count_of_the_first_with_it():
    pairs = [('{"type":"click"}', '{"type":"order"}'), ('{"type":"click"}', "null"), ("null", '{"type":"click"}')]
    event = "[" + ",".join(f'{{"v":{first},"v":{second}}}' for first, second in pairs) + "]"
    batch = decode(records(Field("v", SHAPES)), event.encode())
    assert batch.shapes == {"click": 1, "order": 1, "other": 0}
    assert [row["v"] and [name for name in row["v"] if row["v"][name]] for row in batch] == [["order"], None, ["click"]]


def test_a_null_is_none_of_the_cases():
    assert values_of(SHAPES, "null", *TEXTS[:1])[0] is None
    plan = records(Field("v", SHAPES.but(nullable=False)))
    with pytest.raises(DecodeError) as caught:
        decode(plan, event_of(["null"]))
    assert caught.value.reason == "unexpected_null"


def test_what_does_not_fit_may_be_null_instead():
    batch = decode(
        records(Field("v", or_else(by("$.type", {"click": CLICK})))),
        event_of(['{"type":"click","x":1}', '{"type":"click","x":[]}', '{"type":"?"}', "7"]),
    )
    assert batch["v"].to_pylist() == [{"click": {"type": "click", "x": 1}}, None, None, None]
    assert batch.shapes == {"click": 1}


def test_choices_inside_lists_and_maps(check):
    batch = decode(
        records(Field("l", list_(SHAPES)), Field("m", map_(SHAPES))),
        b'[{"l":[%s],"m":{"a":%s,"b":null}},{"l":[]},{"m":{"a":%s,"a":%s}}]'
        % (",".join(TEXTS).encode(), *(TEXTS[at].encode() for at in (0, 0, 1))),
    )
    check(batch)
    full = [value and EMPTY | value for value in MADE]
    assert batch["l"].to_pylist() == [full, [], None]
    assert batch["m"].to_pylist() == [{"a": full[0], "b": None}, None, {"a": full[1]}]
    assert batch.shapes == {"click": 3, "order": 3, "other": 2}


def test_choices_inside_layers():
    """The discriminator is looked for in the layer's own scratch, escapes and all."""
    word = base64(json_string(SHAPES))
    texts = [json.dumps(b64(json.dumps(text.replace("type", r"t\u0079pe")).encode())) for text in TEXTS]
    made = values_of(word, *texts)
    assert [value and [name for name in value if value[name] is not None] for value in made] == [
        value and list(value) for value in MADE
    ]


def test_a_choice_between_scalars_and_nested_columns(check):
    word = by("$.k", {"scalar": "json", "map": "map<utf8, json>", "list": schema.struct((Field("l", list_(int_(8))),))})
    texts = ['{"k":"map","a":[1]}', '{"k":"list","l":[1,2]}', '{"k":"scalar"}', "null", '{"k":"list"}']
    batch = decode(records(Field("v", word)), event_of(texts))
    check(batch)
    assert batch["v"].to_pylist() == [
        {"scalar": None, "map": {"k": '"map"', "a": "[1]"}, "list": None},
        {"scalar": None, "map": None, "list": {"l": [1, 2]}},
        {"scalar": '{"k":"scalar"}', "map": None, "list": None},
        None,
        {"scalar": None, "map": None, "list": {"l": None}},
    ]


# --- by: how a user says it -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path, keys",
    [
        ("$", ()),
        ("$.a", ("a",)),
        ("$.a.b", ("a", "b")),
        ("$.detail-type", ("detail-type",)),
        ('$["any key"].c', ("any key", "c")),
        ('$.a["b.c"].d', ("a", "b.c", "d")),
        ('$["a"]["b"]', ("a", "b")),
        ('$["a]b"]', ("a]b",)),
        (r'$["say \"x\" \\"]', ('say "x" \\',)),
        ("$.é.日本", ("é", "日本")),
        ("$.a b", ("a b",)),
    ],
)
def test_paths(path, keys):
    assert by(path, {"x": "json"}).options["path"] == keys
    nested = "x"
    for key in reversed(keys):
        nested = {key: nested}
    if keys:
        assert chosen(by(path, {"x": "json"}), [json.dumps(nested)]) == ["v"]


@pytest.mark.parametrize(
    "path",
    ["", "a", "a.b", "$a", "$.", "$..a", "$.a.", "$[0]", "$[a]", "$['a']", '$["a"', '$["a]', '$["a"]b', "$[*]", " $",
     None, 5, b"$.a"],
)
def test_what_is_no_path(path):
    with pytest.raises(ValueError, match="path"):
        by(path, {"x": "json"})


@pytest.mark.parametrize(
    "cases, options, error, message",
    [
        ({}, {}, ValueError, "at least one case"),
        ({"a": "json"}, {"match": "regex"}, ValueError, "match must be value, prefix or key, not 'regex'"),
        ({"a": "json", ("a", "b"): "utf8"}, {}, ValueError, "called the same: a, a"),
        ({1: "json", "1": "json"}, {}, ValueError, "called the same: 1, 1"),
        ({True: "json", "true": "json"}, {}, ValueError, "called the same: true, true"),
        ({"other": "json"}, {"other": "json"}, ValueError, "called the same"),
        ({None: "json"}, {}, TypeError, "str or int or float"),
        ({b"a": "json"}, {}, TypeError, "str or int or float"),
        ({(): "json"}, {}, TypeError, "a case is"),
        ({("a", None): "json"}, {}, TypeError, "a case is"),
        ({1: "json"}, {"match": "prefix"}, TypeError, "a case is str"),
        ({("a", 1): "json"}, {"match": "key"}, TypeError, "a case is str"),
        ({"a": "jsn"}, {}, ValueError, "unknown type 'jsn'"),
        ({"a": {}}, {}, ValueError, "without fields"),
        ({"a": "json"}, {"other": "jsn"}, ValueError, "unknown type 'jsn'"),
        ({"a": 5}, {}, TypeError, "no schema"),
    ],
)
def test_what_by_refuses(cases, options, error, message):
    with pytest.raises(error, match=message):
        by("$.k", cases, **options)


def test_cases_are_named_after_what_is_wanted():
    word = by("$.k", {("a", "b"): "json", 2: "json", 2.5: "json", True: "json"}, other="json")
    assert [field.name for field in word.children] == ["a", "2", "2.5", "true", "other"]
    assert lambdarrow.by is by
    # Without `other`, nothing else is called so.
    batch = decode(records(Field("v", by("$.k", {"other": "json"}))), event_of(['{"k":"other"}']))
    assert batch["v"].to_pylist() == [{"other": '{"k":"other"}'}]


def test_types_of_cases_are_whatever_a_payload_may_be():
    arrow = pa.schema([("x", pa.int16())])
    cases = {"words": {"x": "int8"}, "arrow": arrow, "word": list_(int_(8)), "list": ["int8"]}
    word = by("$.k", cases, other=schema.json())
    batch = decode(records(Field("v", word)), event_of(['{"k":"arrow","x":300}', '{"k":"words","x":3}', "[]"]))
    assert [row["v"]["arrow"] for row in batch] == [{"x": 300}, None, None]
    assert [row["v"]["other"] for row in batch] == [None, None, "[]"]


def test_a_scalar_may_be_its_own_discriminator():
    """`$` is a path like any other: what stands there is the value itself."""
    word = by("$", {"ping": "utf8", 5: "int8", True: "bool"})
    made = values_of(word, '"ping"', "5", "true", "null")
    assert made == [
        {"ping": "ping", "5": None, "true": None},
        {"ping": None, "5": 5, "true": None},
        {"ping": None, "5": None, "true": True},
        None,
    ]
    assert reason_of(word, '"pong"') == "unexpected_value"


@pytest.mark.parametrize("path", ["$.a[", "$.a[.b"])
def test_a_bracket_without_a_key_is_no_path(path):
    with pytest.raises(ValueError, match="path"):
        by(path, {"x": "json"})


def test_a_case_that_arrow_cannot_name_is_refused():
    """Arrow's C interface ends a name at NUL, so that this column would be called `a` as well."""
    with pytest.raises(ValueError, match="NUL"):
        by("$.k", {"a": "json", "a\0": "json"})


def test_a_case_that_makes_rows_is_refused_by_what_is_wrong_with_it():
    rows = schema.struct((Field("id", utf8()), Field("items", schema.explode(int_(8)))))
    with pytest.raises(ValueError, match="rows"):
        decode(records(Field("v", by("$.k", {"rows": rows}, other="json"))), b"[]")
