"""The words that DynamoDB brought, by themselves: lines, unzipped, renamed, rescaled, span and changed."""

import gzip
import json

import pyarrow as pa
import pytest
from engine.plans import Batch, b64, decode, decoder, event_of, reason_of, records, rows_of, text_of, values_of
from hypothesis import given
from hypothesis import strategies as st

from lambdarrow import DecodeError, schema
from lambdarrow.schema import (
    Field,
    attribute,
    base64,
    changed,
    counter,
    dictionary,
    explode,
    int_,
    json_string,
    lines,
    list_,
    object_,
    one_of,
    or_else,
    parse,
    plain_bytes,
    renamed,
    rescaled,
    span,
    string,
    struct,
    tee,
    text_bytes,
    timestamp,
    unzipped,
    utf8,
)


def failures(batch):
    return [(failure.index, failure.reason, failure.path) for failure in batch.failures]


# --- lines ------------------------------------------------------------------------------------------

N = object_((Field("n", int_(8)), Field(None, counter(), "at")), nullable=False)
TEXTS = {
    b"": [], b"\n": [], b" \r\n\t \n": [], b'{"n":1}': [1], b'{"n":1}\n': [1], b'\n\n{"n":1}\n\n{"n":2}': [1, 2],
    b'{"n":1}\r\n{"n":2}\r\n': [1, 2], b'  {"n":1}\t\n{ "n" : 2 } ': [1, 2],
    b'{}\n{"n":null}\n{"n":3}': [None, None, 3],
}


@pytest.mark.parametrize("unit", [False, True])
@pytest.mark.parametrize("text, values", TEXTS.items(), ids=map(ascii, TEXTS))
def test_lines_are_rows(check, text, values, unit):
    batch = decode(lines(N, unit=unit), text)
    check(batch)
    assert batch.to_pylist() == [{"n": value, "at": at} for at, value in enumerate(values)]


def test_lines_of_any_value(check):
    item = object_((Field("l", list_(utf8())), Field("s", struct((Field("a", int_(64)),)))))
    batch = decode(lines(item, unit=True), b'{"l":["a","b"],"s":{"a":1}}\n{"s":null}\n{"l":[]}')
    check(batch)
    assert batch.to_pylist() == [{"l": ["a", "b"], "s": {"a": 1}}, {"l": None, "s": None}, {"l": [], "s": None}]


BAD_LINES = [
    (b"x", "invalid_json", "$[1]"), (b"{", "unexpected_end", "$[1]"), (b"[]", "expected_object", "$[1]"),
    (b'{"n":300}', "out_of_range", "$[1].n"), (b'{"n":1}{"n":2}', "trailing_bytes", "$[1]"),
    (b'{"n":1} ,', "trailing_bytes", "$[1]"), (b'"a', "expected_object", "$[1]"), (b'{"n":"', None, "$[1].n"),
    (b'{"x":"', "unexpected_end", None), (b"null", "unexpected_null", "$[1]"), (b'{"n":1}\0', "trailing_bytes", "$[1]"),
]


@pytest.mark.parametrize("line, reason, path", BAD_LINES, ids=[ascii(line) for line, *_ in BAD_LINES])
def test_a_line_that_is_a_unit_fails_alone(line, reason, path):
    text = b'{"n":1}\n' + line + b'\n\n{"n":3}\n'
    batch = decode(lines(N, unit=True), text, on_error="collect")
    assert [row["n"] for row in batch] == [1, 3]
    ((index, found, where),) = failures(batch)
    assert index == 1 and found == (reason or found) and where == (path or where)
    assert batch.failures[0].raw == line
    assert batch.record_index.to_pylist() == [0, 2]
    with pytest.raises(DecodeError) as caught:
        decode(lines(N, unit=True), text)
    assert (caught.value.index, caught.value.reason) == (1, found)
    # Without a unit it is everything that fails.
    with pytest.raises(DecodeError):
        decode(lines(N), text, on_error="collect")


def test_lines_inside_a_record(check):
    """A record whose lines are rows: what fails is the record, and its other fields are repeated. No lines are no rows,
    as the record says itself; of one that says nothing nobody may think so.
    """
    plan = records(Field("id", utf8()), Field("data", base64(lines(N))))
    event = [{"id": "a", "data": b64(b'{"n":1}\n{"n":2}\n')}, {"id": "b", "data": b64(b'{"n":1}\n{"n":"x"}')},
             {"id": "c", "data": b64(b'\n\n{"n":5}')}, {"id": "d", "data": b64(b"\n")}, {"id": "e"}]
    batch = decode(plan, event, on_error="collect")
    check(batch)
    assert [(row["id"], row["n"], row["at"]) for row in batch] == [("a", 1, 0), ("a", 2, 1), ("c", 5, 0)]
    assert failures(batch) == [(1, "expected_integer", "$[1].data → $[1].n"), (4, "no_rows", "$[4]")]


def test_a_string_of_lines():
    plan = records(Field("text", string(lines(N))))
    assert [row["n"] for row in decode(plan, [{"text": '{"n":1}\r\n\r\n{"n":2}'}, {"text": '{"n":3}'}])] == [1, 2, 3]


def test_as_many_lines_as_the_limit_has():
    text = b'{"n":1}\n' * 5
    assert len(decode(lines(N, unit=True), text, limits={"rows": 5})) == 5
    with pytest.raises(DecodeError) as caught:
        decode(lines(N, unit=True), text, limits={"rows": 4}, on_error="collect")
    assert caught.value.reason == "too_large"


def test_lines_that_are_fed():
    run = decoder(lines(N, unit=True), on_error="collect")
    assert [run.feed(text) for text in (b'{"n":1}', b"", b'x\n{"n":2}\n', b'{"n":3}\n\n')] == [1, 1, 2, 3]
    batch = Batch(run.finish(), None)
    assert [row["n"] for row in batch] == [1, 2, 3]
    assert [(failure.event, failure.index) for failure in batch.failures] == [(2, 0)]
    assert batch.record_index.to_pylist() == [0, 1, 0]


@given(st.lists(st.sampled_from([b"1", b" 2\r", b"", b"\t", b"300", b"x", b"3 4", b"-5"]), max_size=9))
def test_lines_are_what_splitting_makes_of_them(parts):
    text = b"\n".join(parts)
    good, bad = [], []
    for index, line in enumerate(part for part in parts if part.strip()):
        try:
            number = json.loads(line)
            good += [number] if -128 <= number < 128 else []
            bad += [] if -128 <= number < 128 else [index]
        except ValueError:
            bad.append(index)
    plan = lines(object_((Field("v", int_(8)),)), unit=True)
    wrapped = b"\n".join(b'{"v":' + part + b"}" if part.strip() else part for part in parts)
    batch = decode(plan, wrapped, on_error="collect")
    assert [row["v"] for row in batch] == good
    assert [failure.index for failure in batch.failures] == bad
    assert len(text) <= len(wrapped)


# --- unzipped ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("inner, data, value", [
    (text_bytes(), b"plain", "plain"), (text_bytes(), gzip.compress(b"packed"), "packed"), (text_bytes(), b"", ""),
    (text_bytes(), gzip.compress(b""), ""), (text_bytes(), b"\x1f", "\x1f"), (plain_bytes(), b"\x8b\x1f", b"\x8b\x1f"),
    (plain_bytes(), gzip.compress(b"a") + gzip.compress(b"b"), b"ab"), (parse(int_(8)), b" 5\n", 5),
    (parse(int_(8)), gzip.compress(b" 5\n"), 5), (unzipped(plain_bytes()), gzip.compress(gzip.compress(b"x")), b"x"),
    (plain_bytes(), gzip.compress(gzip.compress(b"x", mtime=0)), gzip.compress(b"x", mtime=0)),
], ids=lambda value: ascii(value)[:20])
def test_what_begins_as_gzip_is_unpacked(inner, data, value):
    assert values_of(base64(unzipped(inner)), json.dumps(b64(data))) == [value]


@pytest.mark.parametrize("data, reason", [
    (b"\x1f\x8b", "invalid_gzip"), (b"\x1f\x8bnot", "invalid_gzip"), (gzip.compress(b"5")[:-1], "invalid_gzip"),
    (gzip.compress(b"x"), "invalid_json"), (b"x", "invalid_json"),
])
def test_what_is_broken_fails_its_record(data, reason):
    assert reason_of(base64(unzipped(parse(int_(8)))), json.dumps(b64(data))) == reason


def test_unzipped_at_the_top():
    plan = unzipped(parse(records(Field("v", int_(8)))))
    for text in (b'[{"v":1},{"v":300}]', gzip.compress(b'[{"v":1},{"v":300}]')):
        batch = decode(plan, text, on_error="collect")
        assert batch.to_pylist() == [{"v": 1}] and batch.failures[0].reason == "out_of_range"
    for text in (b"", gzip.compress(b""), gzip.compress(b"[")[:-3]):
        with pytest.raises(DecodeError):
            decode(plan, text, on_error="collect")
    run = decoder(plan)
    for text in (gzip.compress(b'[{"v":1}]'), b'[{"v":2}]', gzip.compress(b'[{"v":3}]')):
        run.feed(text)
    assert [row["v"] for row in Batch(run.finish(), None)] == [1, 2, 3]


# --- renamed ----------------------------------------------------------------------------------------

NAMES = {"a": "alpha", "b": "", "": "nothing", "é": "e", 'q"': "quote", "long" * 20: "short", "alpha": "omega"}


def test_renamed(check):
    texts = ["a", "b", "", "é", 'q"', "long" * 20, "alpha", "x", "A", "a ", None, "longlong"]
    for ascii_only in (False, True):
        event = event_of([json.dumps(text, ensure_ascii=ascii_only).encode() for text in texts])
        for dialect in ("arrow", "plain"):
            batch = decode(records(Field("v", renamed(NAMES))), event, dialect=dialect)
            assert batch["v"].to_pylist() == [NAMES.get(text, text) for text in texts]
            kind = check(batch).schema.field("v").type
            assert kind == (pa.utf8() if dialect == "plain" else pa.dictionary(pa.int32(), pa.utf8()))
    assert values_of(renamed({}), '"a"', "null") == ["a", None]
    assert values_of(renamed(NAMES, nullable=False), r'"\u0061"') == ["alpha"]


@pytest.mark.parametrize("text, reason", [
    ("5", "expected_string"), ("{}", "expected_string"), ("[]", "expected_string"), ("true", "expected_string"),
    (b'"\xff"', "invalid_utf8"), (b'"a\xc3"', "invalid_utf8"), ('"\\ud800"', "lone_surrogate"),
    ('"\\x"', "invalid_escape"), (b'"a\nb"', "control_character"),
])
def test_renamed_refuses(text, reason):
    assert reason_of(renamed(NAMES), text) == reason


def test_renamed_beside_what_was_sent():
    both = tee(Field(None, dictionary(), "sent"), Field(None, renamed({"a": "b", "b": "a"}), "kept"))
    assert rows_of(records(Field("v", both)), event_of(['"a"', '"b"', '"c"', "null"])) == [
        {"sent": "a", "kept": "b"}, {"sent": "b", "kept": "a"}, {"sent": "c", "kept": "c"},
        {"sent": None, "kept": None}]
    with pytest.raises(DecodeError):
        values_of(renamed(NAMES, nullable=False), "null")


# --- rescaled ---------------------------------------------------------------------------------------

FACTORS = (("K", 1000), ("", 1), ("NEG", -2), ("ZERO", 0))


def scaled(number=None, factors=FACTORS):
    return (Field("n", number or int_(64)), Field("by", utf8(size="small"), "_by", hidden=True),
            Field(None, rescaled("n", "_by", factors, "by"), "_scaled", hidden=True))


@pytest.mark.parametrize("text, value", [
    ('{"n":5}', 5000), ('{"n":5,"by":"K"}', 5000), ('{"by":"","n":5}', 5), ('{"n":5,"by":"NEG"}', -10),
    ('{"n":5,"by":"ZERO"}', 0), ('{"n":5,"by":null}', 5000), ('{"n":null,"by":"?"}', None), ('{"by":"?"}', None),
    ("{}", None), ('{"n":0}', 0), ('{"n":1,"n":2,"by":"","by":"K"}', 2000), (r'{"n":7,"by":"\u004b"}', 7000),
    (f'{{"n":{2**63 // 1000}}}', 2**63 // 1000 * 1000), (f'{{"n":{-(2**62)},"by":"NEG"}}', None),
    (f'{{"n":{2**62},"by":"NEG"}}', -(2**63)),
])
def test_rescaled(text, value):
    batch = decode(records(*scaled()), b"[{}," + text.encode() + b",{}]", on_error="collect")
    if text.startswith(f'{{"n":{-(2**62)}'):
        assert failures(batch) == [(1, "out_of_range", "$[1].by")]
    else:
        assert batch["n"].to_pylist() == [None, value, None]


@pytest.mark.parametrize("text, reason", [
    ('{"n":5,"by":"k"}', "unexpected_value"), ('{"n":5,"by":"K "}', "unexpected_value"),
    ('{"n":5,"by":5}', "expected_string"), ('{"n":9223372036854775807}', "out_of_range"),
    ('{"n":-9223372036854776}', "out_of_range"), ('{"n":5,"by":"\\ud800"}', "lone_surrogate"),
])
def test_rescaled_refuses(text, reason):
    batch = decode(records(*scaled()), b'[{"n":1},' + text.encode() + b',{"n":2}]', on_error="collect")
    assert [failure[:2] for failure in failures(batch)] == [(1, reason)]
    assert [row["n"] for row in batch] == [1000, 2000]


def test_rescaled_wherever_an_object_stands():
    inner = struct(scaled())
    plan = records(Field("l", list_(inner)), Field("s", struct((Field("deep", inner),))))
    text = (b'[{"l":[{"n":1},null,{"n":2,"by":""},{}],"s":{"deep":{"n":3}}},{"s":{"deep":null}},'
            b'{"s":{"deep":{"n":4,"by":""}}}]')
    assert rows_of(plan, text) == [
        {"l": [{"n": 1000}, None, {"n": 2}, {"n": None}], "s": {"deep": {"n": 3000}}},
        {"l": None, "s": {"deep": None}}, {"l": None, "s": {"deep": {"n": 4}}}]
    times = records(*scaled(timestamp("us", epoch="us")))
    assert [at.microsecond for at in decode(times, b'[{"n":1},{"n":2,"by":""}]')["n"]] == [1000, 2]


def test_an_object_that_stands_twice_is_rescaled_once():
    plan = records(Field("o", object_(scaled())))
    text = b'[{"o":{"n":1},"o":{"n":2}},{"o":{"n":3,"by":""},"o":{"n":4}},{"o":{"n":5},"o":null},{"o":{"n":6},"o":{}}]'
    assert [row["n"] for row in decode(plan, text)] == [2000, 4000, None, None]


NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.integers(-(2**53), 2**53)


@given(st.lists(st.tuples(NUMBERS, st.sampled_from([None, "K", "", "NEG", "ZERO", "?"])), max_size=9))
def test_rescaled_is_multiplication(drawn):
    text = json.dumps([{"n": number, "by": by} for number, by in drawn]).encode()
    factors, values, bad = {None: 1000, **dict(FACTORS)}, [], []
    for index, (number, by) in enumerate(drawn):
        value = number * factors.get(by, 10**30)
        fits = by in factors and -(2**63) <= value < 2**63
        values += [value] if fits else []
        bad += [] if fits else [index]
    batch = decode(records(*scaled()), text, on_error="collect")
    assert batch["n"].to_pylist() == values
    assert [failure.index for failure in batch.failures] == bad


# --- span and changed -------------------------------------------------------------------------------


def compared(*more):
    return (Field("a", span(0)), Field("b", span(1)), *more, Field(None, changed(0, 1), "names"))


@pytest.mark.parametrize("text, names", [
    ("{}", None), ('{"a":{}}', None), ('{"b":{}}', None), ('{"a":{},"b":{}}', []), ('{"b":{},"a":{}}', []),
    ('{"a":{"x":{"S":"1"}},"b":{}}', ["x"]), ('{"b":{"x":{"S":"1"}},"a":{}}', ["x"]), ('{"a":null,"b":{}}', None),
    ('{"a":5,"b":{}}', None), ('{"a":[],"b":{}}', None), ('{"a":"{}","b":{}}', None),
    ('{"a":{"x":{"N":"1"}},"b":{"x":{"N":"1.0"}}}', []), ('{"a":{"x":5},"b":{"x":5}}', []),
    ('{"a":{"x":{"S":"1"}},"b":{},"a":{}}', []), ('{"a":{},"b":{},"b":null}', None),
    ('{ "a" : { "x" : {"S":"1"} , "y" : {"S":"1"} } , "b" : { "y" : {"S":"2"} } }', ["y", "x"]),
])
def test_changed(check, text, names):
    batch = decode(records(*compared()), b"[%s,{},%s]" % (text.encode(), text.encode()))
    check(batch)
    assert batch["names"].to_pylist() == [names, None, names]


def test_what_is_spanned_is_checked_as_all_that_is_skipped():
    for value in (b'{"x":01}', b'{"x":1,}', b'{"x":"\n"}', b'{"x":"\\x"}', b"[1", b"tru", b'{"x"}'):
        for text in (b'[{"a":%s,"b":{}}]', b'[{"b":%s}]'):
            with pytest.raises(DecodeError):
                decode(records(*compared()), text % value, on_error="collect")


def test_changed_in_a_layer_and_in_a_list():
    """What was noted lies in the layer's own bytes, which the next record's take the place of."""
    inner = parse(object_(compared(Field("k", int_(8)))))
    texts = [f'{{"a":{{"x":{{"S":"{number}"}}}},"b":{{"x":{{"S":"1"}}}},"k":{number}}}' for number in range(4)]
    plan = records(Field("v", base64(inner)))
    assert decode(plan, [{"v": b64(text.encode())} for text in texts] + [{}])["names"].to_pylist() == [
        ["x"], [], ["x"], ["x"], None]
    listed = records(Field("l", list_(struct(compared()))))
    text = b'[{"l":[{"a":{},"b":{"y":{"S":""}}},{},{"a":{},"b":{}},null]},{"l":[{"b":{}}]}]'
    assert decode(listed, text)["l"].to_pylist() == [
        [{"names": ["y"]}, {"names": None}, {"names": []}, None], [{"names": None}]]


def test_changed_in_rows_of_rows():
    plan = records(Field("id", int_(8)), Field("l", explode(object_(compared()))))
    text = b'[{"id":1,"l":[{"a":{},"b":{"x":{"S":""}}},{"a":{}}]},{"id":2,"l":[{"a":{},"b":{}}]}]'
    assert [(row["id"], row["names"]) for row in decode(plan, text)] == [(1, ["x"]), (1, None), (2, [])]


def test_a_value_may_be_read_and_spanned():
    item = struct((Field("x", attribute(utf8())),))
    plan = records(*[Field(key, tee(Field(None, item, key), Field(None, span(number), "names")))
                     for number, key in enumerate("ab")], Field(None, changed(0, 1), "names"))
    text = b'[{"a":{"x":{"S":"1"}},"b":{"x":{"S":"2"},"z":{"?":5}}},{"a":{"x":{"S":"1"}},"b":5},{"b":null}]'
    batch = decode(plan, text, on_error="collect")
    assert batch.to_pylist() == [{"a": {"x": "1"}, "b": {"x": "2"}, "names": ["x", "z"]},
                                 {"a": None, "b": None, "names": None}]
    assert failures(batch) == [(1, "expected_object", "$[1].b")]


def test_nothing_is_left_of_a_choice_or_a_value_that_did_not_fit():
    """Of records before it: each begins with no span noted."""
    both = b'{"t":"s","v":{"a":{"x":{"S":"1"}},"b":{}}}'
    case = Field(None, object_((Field("v", object_(compared())),)))
    chosen = one_of(("t",), (("s", case),), other=Field(None, schema.skip()))
    for text in (b'{"t":"o","v":{"a":{},"b":{}}}', b'{"t":"s","v":{"b":{}}}', b'{"t":"s"}', b'{"t":"s","v":null}'):
        batch = decode(explode(chosen, unit=True), b"[%s,%s,%s]" % (both, text, both))
        assert batch["names"].to_pylist() == [["x"], None, ["x"]]
    loose = records(Field("v", or_else(struct(compared(Field("k", int_(8), required=True))))))
    text = b'[{"v":{"k":1,"a":{"x":{"S":"1"}},"b":{}}},{"v":{"k":"bad","a":{},"b":{}}},{"v":{"k":2,"b":{}}}]'
    assert decode(loose, text)["v"].to_pylist() == [
        {"k": 1, "names": ["x"]}, None, {"k": 2, "names": None}]


def test_events_that_are_fed_keep_nothing_of_the_one_before():
    run = decoder(records(*compared()))
    texts = [b'[{"a":{"x":{"S":"1"}},"b":{}}]', b'[{"b":{}}]', b'[{"a":{}},{}]', b'[{"b":{},"a":{}}]']
    for text in texts:
        run.feed(bytearray(text))
    assert Batch(run.finish(), None)["names"].to_pylist() == [["x"], None, None, None, []]


@pytest.mark.parametrize("fields", [
    (Field("a", span(4)), Field(None, changed(0, 4), "n")), (Field("a", span(-1)), Field(None, changed(-1, 0), "n")),
    (Field("a", span(0)), Field(None, changed(0, 1), "n")), (Field(None, changed(0, 1), "n"),),
    (Field("a", json_string(struct((Field("x", span(0)),)))), Field("b", span(1)), Field(None, changed(0, 1), "n")),
    (Field("a", span(0)), Field("b", base64(parse(object_((Field("c", span(1)), Field(None, changed(0, 1), "n"))))))),
], ids=range(6))
def test_spans_that_are_not_there(fields):
    """Outside of the plan's, never noted, or noted in bytes of another layer."""
    with pytest.raises(ValueError):
        decoder(records(*fields))


def test_rows_that_fail_leave_no_names(check):
    plan = records(*compared(Field("z", int_(8))))
    full = {"a": {f"x{number}": {"S": ""} for number in range(50)}, "b": {}}
    event = [full, full | {"z": "x", "b": {"x7": {"N": "1"}}}, full | {"z": "x"}, {}]
    batch = decode(plan, text_of(event), on_error="collect")
    ours = check(batch)
    assert batch["names"].to_pylist() == [list(full["a"]), None]
    assert len(ours.column("names").values) == 50
    nulled = decode(plan, text_of(event), on_error="null")
    assert [row["names"] and len(row["names"]) for row in nulled] == [50, None, None, None]
