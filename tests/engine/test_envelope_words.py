"""Words for what AWS puts around values: an object of one member, bytes as numbers, an event that is one record."""

import json

import pytest
from engine.plans import decode, decoder, event_of, reason_of, records, rows_of, text_of, values_of
from hypothesis import given
from hypothesis import strategies as st

from lambdarrow import DecodeError
from lambdarrow.schema import (
    Field,
    alone,
    counter,
    dictionary,
    entry,
    explode,
    int_,
    list_,
    map_,
    object_,
    octets,
    or_else,
    rest,
    struct,
    tee,
    utf8,
)

anything = st.recursive(
    st.none() | st.booleans() | st.integers(-300, 300) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3), max_leaves=8)
layouts = st.sampled_from([{}, {"indent": 1}, {"ensure_ascii": False}, {"separators": (" ,", " : ")}])


# --- entry --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text, wanted", [
    ('{"a":1}', {"name": "a", "value": 1}),
    (' { "a" : 1 } ', {"name": "a", "value": 1}),
    ('{"":null}', {"name": "", "value": None}),
    ('{"\\u0061\\n\\ud83d\\ude00":-5}', {"name": "a\n\U0001f600", "value": -5}),
    ("null", None),
])
def test_entry(text, wanted):
    assert values_of(entry(int_(64)), text) == [wanted]


@pytest.mark.parametrize("text, reason", [
    ("{}", "expected_entry"), ("{ }", "expected_entry"), ('{"a":1,"b":2}', "expected_entry"),
    ('{"a":1 , "a":1}', "expected_entry"), ("[]", "expected_object"), ('"a"', "expected_object"),
    ("1", "expected_object"), ("true", "expected_object"), ('{"a":"1"}', "expected_integer"),
    ('{"\\ud800":1}', "lone_surrogate"), (b'{"\xff":1}', "invalid_utf8"),
    ('{"a"}', "invalid_json"), ('{"a":1', "invalid_json"), ('{"a":1]', "invalid_json"), ("{a:1}", "invalid_json"),
    ('{"a":1,}', "invalid_json"), ('{,"a":1}', "invalid_json"), ('{"a" 1}', "invalid_json"),
])
def test_what_is_no_entry(text, reason):
    assert reason_of(entry(int_(64)), text) == reason


def test_where_an_entry_is_wrong():
    for text, path in [('{"a":"x"}', "$[0].v.a"), ('{"a b":"x"}', '$[0].v["a b"]'), ("{}", "$[0].v")]:
        with pytest.raises(DecodeError) as caught:
            values_of(entry(int_(64)), text)
        assert caught.value.path == path


def test_entries_go_by_other_names_and_hold_more():
    assert values_of(entry(list_(utf8()), names=("k", "vs")), '{"a":["x",null]}') == [{"k": "a", "vs": ["x", None]}]
    nested = entry(entry(struct((Field("n", int_(8)),))))
    assert values_of(nested, '{"a":{"b":{"n":1,"m":2}}}', '{"a":null}') == [
        {"name": "a", "value": {"name": "b", "value": {"n": 1}}}, {"name": "a", "value": None}]
    assert values_of(entry(dictionary()), '{"a":"x"}', '{"b":"x"}') == [
        {"name": "a", "value": "x"}, {"name": "b", "value": "x"}]
    assert values_of(map_(entry(int_(8))), '{"m":{"a":1}}') == [{"m": {"name": "a", "value": 1}}]


def test_an_entry_that_fails_leaves_nothing():
    rows = rows_of(records(Field("id", int_(64)), Field("l", list_(entry(octets())))), [
        {"id": 1, "l": [{"a": [1]}]}, {"id": 2, "l": [{"b": [2]}, {"c": [3], "d": [4]}]}, {"id": 3, "l": [{"e": []}]},
    ], on_error="collect")
    assert rows == [{"id": 1, "l": [{"name": "a", "value": b"\x01"}]}, {"id": 3, "l": [{"name": "e", "value": b""}]}]


def test_an_entry_that_may_not_fit():
    word = or_else(entry(int_(8)), "null")
    assert values_of(word, "{}", '{"a":1}', '{"a":"x"}', "5", '{"a":1,"b":2}') == [
        None, {"name": "a", "value": 1}, None, None, None]


@given(anything, layouts)
def test_entries_as_json_has_them(value, layout):
    fits = value is None or (isinstance(value, dict) and len(value) == 1
                             and all(one is None or isinstance(one, str) for one in value.values()))
    batch = decode(records(Field("v", entry(utf8()))), event_of([json.dumps(value, **layout)]), on_error="collect")
    if not fits:
        assert batch.num_rows == 0 and len(batch.failures) == 1
    else:
        wanted = None if value is None else {"name": next(iter(value)), "value": next(iter(value.values()))}
        assert batch["v"].to_pylist() == [wanted]


# --- octets -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text, wanted", [
    ("[]", b""), ("[ ]", b""), ("[0]", b"\0"), ("[-0]", b"\0"), ("[255,-1,127,-128,128]", b"\xff\xff\x7f\x80\x80"),
    (" [ 1 ,\n2\t] ", b"\x01\x02"), ("null", None), ("[" + ",".join(["7"] * 5000) + "]", b"\x07" * 5000),
])
def test_octets(text, wanted):
    assert values_of(octets(), text) == [wanted]


@pytest.mark.parametrize("text, reason", [
    ("[256]", "out_of_range"), ("[-129]", "out_of_range"), ("[1,2,300]", "out_of_range"), ("[99999]", "out_of_range"),
    ("[" + "9" * 400 + "]", "out_of_range"), ("[1.0]", "expected_integer"), ("[1e0]", "expected_integer"),
    ("[25.5]", "expected_integer"), ('["1"]', "expected_integer"), ("[null]", "expected_integer"),
    ("[true]", "expected_integer"), ("[[1]]", "expected_integer"), ("[{}]", "expected_integer"),
    ("{}", "expected_array"), ('"AA=="', "expected_array"), ("1", "expected_array"),
])
def test_what_is_no_octets(text, reason):
    assert reason_of(octets(), text) == reason


@pytest.mark.parametrize("text", ["[1,]", "[,1]", "[1 2]", "[-]", "[01]", "[00]", "[-01]", "[1}", "[1", "[", "[1,,2]",
                                  "[+1]", "[0x1]", "[1.]", "[1e]"])
def test_octets_that_are_no_json(text):
    """The event is lost with them: nothing behind them can be told apart."""
    with pytest.raises(DecodeError):
        decode(records(Field("v", octets())), event_of(["[1]", text]), on_error="collect")


def test_where_octets_are_wrong():
    with pytest.raises(DecodeError) as caught:
        values_of(octets(), "[1,2,256]")
    assert (caught.value.path, caught.value.reason) == ("$[0].v[2]", "out_of_range")


def test_octets_that_fail_leave_nothing():
    batch = decode(records(Field("v", octets())), event_of(["[1]", "[2,3,4,999]", "[5]"]), on_error="collect")
    assert batch["v"].to_pylist() == [b"\x01", b"\x05"]
    batch = decode(records(Field("v", or_else(octets(), "null"))), event_of(["[1]", "[2,3,999]", "[5]"]))
    assert batch["v"].to_pylist() == [b"\x01", None, b"\x05"]


@given(st.lists(st.integers(-200, 400), max_size=20) | anything, layouts)
def test_octets_as_json_has_them(value, layout):
    fits = value is None or (isinstance(value, list) and all(
        type(one) is int and -128 <= one <= 255 for one in value))
    batch = decode(records(Field("v", octets())), event_of([json.dumps(value, **layout)]), on_error="collect")
    if fits:
        assert batch["v"].to_pylist() == [None if value is None else bytes(one % 256 for one in value)]
    else:
        assert batch.num_rows == 0 and len(batch.failures) == 1


@given(st.binary(max_size=40))
def test_octets_that_begin_with_anything(text):
    """Whatever stands there: decoding it and skipping it agree about whether it is JSON."""
    event = b'[{"v":[' + text + b"}]"
    verdicts = []
    for word in (octets(), utf8()):
        try:
            batch = decode(records(Field("v" if word.op == "octets" else "w", word)), event, on_error="collect")
            verdicts.append(batch.num_rows + len(batch.failures))
        except DecodeError:
            verdicts.append(None)
    assert verdicts[0] == verdicts[1]


# --- alone --------------------------------------------------------------------------------------------

ALONE = alone(object_((Field("a", int_(64)), Field("l", list_(utf8())), Field(None, counter(), "n")), nullable=False))


def test_an_event_that_is_one_record():
    batch = decode(ALONE, {"a": 5, "l": ["x"]})
    assert batch.to_pylist() == [{"a": 5, "l": ["x"], "n": 0}]
    assert batch.record_index.to_pylist() == [0]
    assert decode(ALONE, {}).to_pylist() == [{"a": None, "l": None, "n": 0}]


@pytest.mark.parametrize("event", [b"null", b"[]", b"5", b'"x"', b"", b"{", b'{"a":1}}', b'{"a":1}{"a":2}', b"{} x"])
@pytest.mark.parametrize("on_error", ["raise", "collect", "stop", "null"])
def test_what_is_no_event(event, on_error):
    """Of what is JSON the record may fail; what is none raises in every mode."""
    try:
        json.loads(event)
        whole = True
    except ValueError:
        whole = False
    if whole and on_error != "raise":
        batch = decode(ALONE, event, on_error=on_error)
        assert [failure.path for failure in batch.failures] == ["$"]
        assert batch.num_rows == (on_error == "null")
    else:
        with pytest.raises(DecodeError):
            decode(ALONE, event, on_error=on_error)


@pytest.mark.parametrize("on_error, rows", [
    ("collect", []), ("stop", []),
    ("null", [{"a": None, "l": None, "n": None, "_corrupt_record": '{"l":["x"],"a":"y"}'}]),
])
def test_a_failure_has_no_number_in_its_path(on_error, rows):
    event = b'{"l":["x"],"a":"y"}'
    batch = decode(ALONE, event, on_error=on_error)
    assert [(failure.path, failure.index, failure.reason) for failure in batch.failures] == [
        ("$.a", 0, "expected_integer")]
    got = batch.to_pylist()
    for row in got:
        row["n"] = None     # a place in a list, which the row has
    assert got == rows
    with pytest.raises(DecodeError) as caught:
        decode(ALONE, event)
    assert (caught.value.path, caught.value.offset) == ("$.a", event.index(b'"y"'))


def test_events_are_fed_one_after_the_other():
    feeder = decoder(ALONE, on_error="collect")
    for number, event in enumerate([{"a": 1, "l": ["x", "y"]}, {"a": "bad"}, {"a": 3, "l": []}]):
        assert feeder.feed(text_of(event)) == (1, 1, 2)[number]
    with pytest.raises(DecodeError):
        feeder.feed(b'{"a":4')
    rows = feeder.finish()
    assert rows.num_rows == 2 and rows.n_events == 3


def test_alone_inside_an_object():
    word = object_((
        Field("around", dictionary()), Field("event", alone(object_((Field("a", int_(8)),), nullable=False))),
        Field(None, rest(), "_metadata"),
    ), nullable=False)
    batch = decode(word, {"around": "x", "event": {"a": 1}, "more": 2})
    assert batch.to_pylist() == [{"around": "x", "a": 1}] and batch.metadata == {"more": 2}
    batch = decode(word, {"around": "x", "event": {"a": "bad"}}, on_error="collect")
    assert [failure.path for failure in batch.failures] == ["$.event.a"]
    batch = decode(word, {"around": "x", "event": None}, on_error="collect")
    assert [failure.path for failure in batch.failures] == ["$.event"]


def test_alone_of_lists():
    """Rows that a lone record makes: it fails as one."""
    item = object_((Field("n", int_(8)),), nullable=False)
    word = alone(object_((Field("id", utf8()), Field("items", explode(item, nullable=False), required=True)),
                         nullable=False))
    event = {"id": "a", "items": [{"n": 1}, {"n": 2}]}
    assert rows_of(word, event) == [{"id": "a", "n": 1}, {"id": "a", "n": 2}]
    batch = decode(word, {"id": "a", "items": [{"n": 1}, {"n": 999}]}, on_error="collect")
    assert batch.num_rows == 0 and [failure.path for failure in batch.failures] == ["$.items[1].n"]


@given(st.dictionaries(st.sampled_from(["a", "l", "z"]), anything, max_size=3), layouts)
def test_lone_events_as_json_has_them(event, layout):
    number, texts = event.get("a"), event.get("l")
    fits = (number is None or type(number) is int) and (texts is None or (
        isinstance(texts, list) and all(one is None or isinstance(one, str) for one in texts)))
    batch = decode(ALONE, json.dumps(event, **layout).encode(), on_error="collect")
    assert batch.to_pylist() == ([{"a": number, "l": texts, "n": 0}] if fits else [])
    assert len(batch.failures) == (not fits)


def test_the_same_value_read_twice():
    word = alone(object_((Field("v", tee(Field(None, entry(octets()), "x"), Field(None, map_(octets()), "y"))),),
                         nullable=False))
    assert rows_of(word, {"v": {"a": [1]}}) == [{"x": {"name": "a", "value": b"\x01"}, "y": {"a": b"\x01"}}]
