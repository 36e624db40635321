"""Every word of a plan, with what it takes and what it refuses; what rows and layers do is tested beside it."""

import json
from decimal import Decimal
from urllib.parse import unquote_plus

import pytest
from engine.plans import (
    decode,
    decoder,
    event_of,
    packed,
    reason_of,
    records,
    rows_of,
    values_of,
)
from hypothesis import given
from hypothesis import strategies as st

from lambdarrow import DecodeError, _core, schema
from lambdarrow.schema import (
    Field,
    base64,
    constant,
    counter,
    decimal,
    dictionary,
    form,
    int_,
    items,
    list_,
    map_,
    or_else,
    parse,
    part,
    plain_bytes,
    rest,
    string,
    struct,
    tee,
    text,
    text_bytes,
    utf8,
)

# --- scalars: one row a word, what it takes and what it refuses --------------------------------------

SCALARS = [
    (schema.skip, [], []),
    (
        schema.bool_,
        [("true", True), ("false", False)],
        [("1", "expected_bool"), ("tru", "invalid_json"), ('"true"', "expected_bool")],
    ),
    (
        lambda **kw: int_(8, **kw),
        [("-128", -128), ("127", 127), ("-0", 0)],
        [
            ("128", "out_of_range"),
            ("1.0", "expected_integer"),
            ("1e2", "expected_integer"),
            ("true", "expected_integer"),
            ("01", "invalid_number"),
            ('"1"', "expected_integer"),
        ],
    ),
    (lambda **kw: int_(64, signed=False, **kw), [(str(2**64 - 1), 2**64 - 1)], [("-1", "out_of_range")]),
    (lambda **kw: int_(16, allowed=(1, 3), **kw), [("3", 3)], [("2", "unexpected_value")]),
    (
        lambda **kw: int_(64, signed=False, allowed=(2**64 - 1,), **kw),
        [(str(2**64 - 1), 2**64 - 1)],
        [("1", "unexpected_value")],
    ),
    (
        lambda **kw: schema.float_(64, **kw),
        [("1e308", 1e308), ("5", 5.0)],
        [("1e309", "out_of_range"), ("true", "expected_number"), ("NaN", "invalid_json")],
    ),
    (lambda **kw: schema.float_(32, **kw), [("1.5", 1.5)], [("1e39", "out_of_range")]),
    (
        utf8,
        [('"\\u00e9\\ud83d\\ude00"', "é😀"), ('""', "")],
        [('"\\ud800"', "lone_surrogate"), (b'"\xff"', "invalid_utf8"), ("5", "expected_string")],
    ),
    (
        schema.uuid,
        [('"A0b1c2d3-0000-1111-2222-333344445555"', "A0b1c2d3-0000-1111-2222-333344445555")],
        [
            ('"a0b1c2d3000011112222333344445555"', "invalid_uuid"),
            ('""', "invalid_uuid"),
            ('"g0b1c2d3-0000-1111-2222-333344445555"', "invalid_uuid"),
            ("1", "expected_string"),
        ],
    ),
    (
        form,
        [('"a+b%2fc%2B"', "a b/c+"), ('"%C3%A9\\u0025\\u0034\\u0031"', "éA"), ('"%zz%4%"', "%zz%4%"), ('""', "")],
        [
            ('"%FF"', "invalid_utf8"),
            ('"%C3+"', "invalid_utf8"),
            ('"%ED%A0%80"', "invalid_utf8"),
            (b'"\xff"', "invalid_utf8"),
            ('"\\ud800"', "lone_surrogate"),
            ("1", "expected_string"),
        ],
    ),
    (dictionary, [('"x"', "x"), ('"\\u0078"', "x")], [("1", "expected_string"), (b'"\xff"', "invalid_utf8")]),
    (
        lambda **kw: dictionary(values=("on", "off"), **kw),
        [('"on"', "on"), ('"\\u006fff"', "off")],
        [('"no"', "unexpected_value"), ('""', "unexpected_value")],
    ),
    (
        lambda **kw: part("/", 1, **kw),
        [('"a/b/c"', "b"), ('"a"', None), ('"a/"', ""), ('"a\\/b"', "b")],
        [("1", "expected_string")],
    ),
    (lambda **kw: part(":", -1, **kw), [('"a:b:c"', "c"), ('""', "")], [('"a:\\ud800"', "lone_surrogate")]),
    (lambda **kw: part(":", -2, **kw), [('"a:b:c"', "b"), ('"c"', None)], []),
    (
        schema.binary,
        [('"aGk="', b"hi"), ('""', b""), ('"\\u0061GkK"', b"hi\n"), ('"a\\/\\/\\/"', b"k\xff\xff")],
        [
            ('"aGk"', "base64_padding"),
            ('"aGl="', "base64_spare_bits"),
            ('"a-k="', "invalid_base64"),
            ('"===="', "base64_padding"),
        ],
    ),
    (
        lambda **kw: decimal(128, 5, 2, **kw),
        [("1.5", Decimal("1.50")), ('"-999.99"', Decimal("-999.99")), ("1e2", Decimal("100.00"))],
        [
            ("1.005", "not_exact"),
            ("1000", "out_of_range"),
            ('"1,5"', "invalid_number"),
            ("true", "expected_number"),
        ],
    ),
    (
        lambda **kw: decimal(256, 76, 0, **kw),
        [("9" * 76, Decimal("9" * 76))],
        [("1" + "0" * 76, "out_of_range")],
    ),
    (
        schema.json,
        [('{"a" : [1, "\\u0041"] }', '{"a" : [1, "\\u0041"] }'), ('"x"', '"x"')],
        [("[1,]", "invalid_json"), (b'"\xff"', "invalid_utf8")],
    ),
    (
        lambda **kw: base64(plain_bytes(), **kw),
        [('"AP8="', b"\0\xff")],
        [("1", "expected_string"), ('"A"', "base64_length")],
    ),
    (lambda **kw: base64(text_bytes(), **kw), [('"w6k="', "é")], [('"/w=="', "invalid_utf8")]),
    (lambda **kw: string(text_bytes(size="large"), **kw), [('"\\u00e9"', "é")], [("1", "expected_string")]),
    (
        lambda **kw: text(int_(64), **kw),
        [('"5"', 5), ('"\\u0035"', 5)],
        [
            ('" 5"', "invalid_json"),
            ('"5 "', "trailing_bytes"),
            ('""', "unexpected_end"),
            ('"5x"', "trailing_bytes"),
            ("5", "expected_string"),
        ],
    ),
    (lambda **kw: string(parse(int_(64)), **kw), [('" 5\\n"', 5)], [('"5 6"', "trailing_bytes")]),
    (
        lambda **kw: list_(int_(8), **kw),
        [("[]", []), ("[1 , null,2]", [1, None, 2])],
        [("{}", "expected_array"), ("[1,300]", "out_of_range")],
    ),
    (
        lambda **kw: struct((Field("a", utf8()),), **kw),
        [("{}", {"a": None}), ('{"a":"x","b":[{}]}', {"a": "x"})],
        [("[]", "expected_object"), ('{"a":1}', "expected_string"), ('{"b":01}', "invalid_number")],
    ),
    (
        lambda **kw: struct((Field("a", utf8()),), closed=True, **kw),
        [('{"a":"x"}', {"a": "x"})],
        [('{"b":1}', "unknown_field")],
    ),
    (
        lambda **kw: struct((Field("a", utf8(), required=True),), **kw),
        [('{"a":null}', {"a": None})],
        [("{}", "missing_field")],
    ),
    (
        lambda **kw: map_(int_(8), **kw),
        [('{"a":1,"b":null}', {"a": 1, "b": None}), ("{}", {})],
        [("[]", "expected_object"), ('{"a":"b"}', "expected_integer")],
    ),
]
NAMED = [pytest.param(*case, id=str(at)) for at, case in enumerate(SCALARS) if case[1]]


@pytest.mark.parametrize("make, good, bad", NAMED)
def test_word(make, good, bad, check):
    texts = [text for text, _ in good]
    expected = [value for _, value in good]
    for dialect in ("arrow", "plain"):
        batch = decode(records(Field("v", make())), event_of([*texts, b"null"]), dialect=dialect)
        check(batch)
        assert batch["v"].to_pylist() == [*expected, None]
    for refused, reason in bad:
        assert reason_of(make(), refused) == reason, refused
    assert values_of(make(nullable=False), *texts) == expected
    with pytest.raises(DecodeError) as caught:
        values_of(make(nullable=False), b"null")
    assert caught.value.reason == "unexpected_null"


@pytest.mark.parametrize(
    "value, reason",
    [
        ("[01]", "invalid_number"),
        ('"\\x"', "invalid_escape"),
        ("[[[", "invalid_json"),
        ("+1", "invalid_json"),
        ('{"a" 1}', "invalid_json"),
        (b'"\n"', "control_character"),
    ],
)
def test_what_is_skipped_is_checked_all_the_same(value, reason):
    plan = records(Field("v", schema.skip()), Field("w", int_(8)))
    text = value if isinstance(value, bytes) else value.encode()
    assert rows_of(plan, b'[{"v":{"a":["\\u00e9",-1.5e3,null]},"w":1}]') == [{"w": 1}]
    with pytest.raises(DecodeError) as caught:
        rows_of(plan, b'[{"v":' + text + b',"w":1}]')
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "make", [lambda: schema.date32(), lambda: schema.timestamp("s", None), lambda: schema.timestamp("ns")]
)
def test_times_refuse_other_text(make):
    assert reason_of(make(), '"2024-02-30"') in ("invalid_date", "invalid_timestamp")
    assert reason_of(make(), "20240228") == "expected_string"


# --- form: what S3 does to keys ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "options", [{}, {"string_type": "string_view"}, {"dialect": "plain"}, {"dialect": "spark"}], ids=str
)
@given(st.lists(st.lists(st.sampled_from(["%", "%2", "+", "%C3%A9", "%e2%82%ac", "%zz", "4", "f", "é", "x" * 20]))))
def test_form_is_unquote_plus(options, drawn):
    texts, expected, failed = ["".join(parts) for parts in drawn], [], []
    for at, quoted in enumerate(texts):
        try:
            expected.append(unquote_plus(quoted, errors="strict"))
        except UnicodeDecodeError:
            failed.append((at, "invalid_utf8"))
    for ascii_only in (True, False):
        event = event_of([json.dumps(quoted, ensure_ascii=ascii_only).encode() for quoted in texts])
        batch = decode(records(Field("v", form())), event, on_error="collect", **options)
        assert batch["v"].to_pylist() == expected
        assert [(failure.index, failure.reason) for failure in batch.failures] == failed


def test_a_surrogate_in_a_form_may_be_replaced():
    assert values_of(form(), r'"\ud800%41"', replace_surrogates=True) == ["\ufffdA"]


# --- items: an array by position ---------------------------------------------------------------------

PAIR = items(Field(None, int_(8), "a"), Field(None, utf8(), "b"))


@pytest.mark.parametrize(
    "text, a, b",
    [
        ('[1,"x"]', 1, "x"),
        ("[1]", 1, None),
        ("[ ]", None, None),
        ('[null , "x"]', None, "x"),
        ('[2,"y",{"more":[]},3]', 2, "y"),
        ("null", None, None),
    ],
)
def test_items(text, a, b, check):
    batch = decode(records(Field("v", PAIR)), event_of([text, '[7,"z"]', text]))
    check(batch)
    assert batch.to_pylist() == [{"a": a, "b": b}, {"a": 7, "b": "z"}, {"a": a, "b": b}]


@pytest.mark.parametrize(
    "text, reason, path",
    [
        ("{}", "expected_array", "$[1].v"),
        ('"x"', "expected_array", "$[1].v"),
        ('["x"]', "expected_integer", "$[1].v[0]"),
        ("[1,2]", "expected_string", "$[1].v[1]"),
        ('[1,"x",5,300,[1]]', None, None),
    ],
)
def test_items_refuse(text, reason, path):
    batch = decode(records(Field("v", PAIR)), event_of(["[1]", text, "[2]"]), on_error="collect")
    assert [(failure.reason, failure.path) for failure in batch.failures] == ([(reason, path)] if reason else [])
    assert [row["a"] for row in batch] == ([1, 2] if reason else [1, 1, 2])


@pytest.mark.parametrize("text", ['[1,"x",01]', '[1,"x"', "[1 2]", '[1,"x",]'])
def test_items_behind_the_last_field_are_checked_like_all_that_is_skipped(text):
    with pytest.raises(DecodeError):
        rows_of(records(Field("v", PAIR)), event_of([text]))


def test_items_nest():
    inner = struct((Field("c", items(Field(None, schema.skip()), Field(None, utf8(), "d"))),))
    plan = records(Field("v", items(Field(None, PAIR), Field(None, inner, "s"))))
    texts = ['[[1,"x"],{"c":[0,"y"]}]', '[[1],{"c":[]}]', "[[]]", "[null,null]"]
    assert rows_of(plan, event_of(texts)) == [
        {"a": 1, "b": "x", "s": {"d": "y"}},
        {"a": 1, "b": None, "s": {"d": None}},
        {"a": None, "b": None, "s": None},
        {"a": None, "b": None, "s": None},
    ]
    batch = decode(plan, event_of(['[[1,"x"],{"c":[0,5]}]']), on_error="collect")
    assert batch.failures[0].path == "$[0].v[1].c[1]"
    second = items(Field(None, schema.skip()), Field(None, int_(8), "n"))
    assert values_of(list_(second), "[[1,2],[3,4,5],[6],null]") == [[2, 4, None, None]]


def test_items_of_a_second_key_void_the_first():
    assert rows_of(records(Field("v", PAIR)), b'[{"v":[1,"x"],"v":[3]}]') == [{"a": 3, "b": None}]


# --- words that read nothing, or the same thing twice ------------------------------------------------


def test_counter_and_constant():
    plan = records(
        Field(None, counter(start=5), "n"),
        Field(None, constant(struct((Field("a", utf8()),)), b'{"a":"x"}'), "c"),
    )
    assert rows_of(plan, [{}, {}]) == [{"n": 5, "c": {"a": "x"}}, {"n": 6, "c": {"a": "x"}}]


@pytest.mark.parametrize("text", [b'"x"', b"1 x", b"", b"{"])
def test_an_ill_typed_constant_is_refused_with_the_plan(text):
    with pytest.raises(ValueError):
        decoder(records(Field(None, constant(int_(64), text), "c")))


def test_tee_keeps_the_raw_text_beside_what_does_not_fit():
    """Decision 9's `keep` is a tee of or_else and json."""
    plan = records(
        Field(
            "v",
            tee(
                Field(None, or_else(struct((Field("a", int_(8)),))), "typed"),
                Field(None, schema.json(), "raw"),
            ),
        )
    )
    assert rows_of(plan, b'[{"v":{"a": 1}},{"v":{"a":"x"}},{"v":[7 ]},{}]') == [
        {"typed": {"a": 1}, "raw": '{"a": 1}'},
        {"typed": None, "raw": '{"a":"x"}'},
        {"typed": None, "raw": "[7 ]"},
        {"typed": None, "raw": None},
    ]


def test_tee_fails_where_one_branch_does():
    assert reason_of(tee(Field(None, utf8(), "v"), Field(None, schema.uuid(), "w")), '"x"') == "invalid_uuid"


@pytest.mark.parametrize(
    "inner, good, value",
    [
        (list_(list_(utf8())), '[["a"],["b","c"]]', [["a"], ["b", "c"]]),
        (map_(list_(int_(8))), '{"a":[1]}', {"a": [1]}),
        (base64(schema.gzip(plain_bytes())), json.dumps(packed(b"x")), b"x"),
        (dictionary(values=("a",)), '"a"', "a"),
    ],
)
@pytest.mark.parametrize("bad", ['[["x"],["y",1]]', '{"a":[1,"x"]}', '"AAAA"', "1"])
def test_or_else(inner, good, value, bad):
    assert values_of(or_else(inner), good, bad, good, "null") == [value, None, value, None]
    assert reason_of(or_else(inner, "fail"), bad) == reason_of(inner, bad)


def test_or_else_is_no_excuse_for_broken_json():
    with pytest.raises(DecodeError):
        values_of(or_else(int_(8)), '"\\x"')


def test_or_else_hands_on_what_a_call_out_raises(monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("lambdarrow._inflate.gunzip", interrupted)
    with pytest.raises(KeyboardInterrupt):
        values_of(or_else(base64(schema.gzip(plain_bytes()))), '"AAAA"')


def test_rest_is_what_no_field_names():
    plan = records(Field("a", int_(8)), Field(None, rest(), "rest"))
    event = rb'[{"x":1,"a":2,"\u0079" : [ "\u00e9",{}],"a":3},{"a":1},{}, {"z":null}]'
    made = rows_of(plan, event)
    assert [row["a"] for row in made] == [3, 1, None, None]
    assert [json.loads(row["rest"]) for row in made] == [{"x": 1, "y": ["é", {}]}, {}, {}, {"z": None}]
    with pytest.raises(DecodeError):
        rows_of(plan, b'[{"x":"\xff"}]')


def test_reasons_are_stable_names():
    assert len(set(_core.REASONS)) == len(_core.REASONS) > 30
    assert all(
        reason.replace("_", "").replace("8", "").replace("64", "").isalpha() for reason in _core.REASONS
    )
