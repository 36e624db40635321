"""RFC 8259 and UTF-8, in what is looked at and in what is skipped: the verdict is json's."""

import json
import re

import events
import oracle
import pytest
from hostile import result


def texts(block, *more):
    return [text.encode() for text in (*block.split(), *more)]


ACCEPT = texts(
    r"""
0 -0 1 -1 10 123456789 0.0 -0.1 1.5 0.123456789012345678901234567890 1e5 1E5 1e+5 1e-5 1.5e5 0e0 0e+1 -0e-1
123456789012345678901234567890 1e400 -1e400 1e-400 1E00005
true false null
"" "a" "\"" "\\" "\/" "\b\f\n\r\t" "\u0000" "\u00e9" "\u20AC" "\uD83D\uDE00" "\uffff" "\ufdd0"
"é" "€" "😀" "￿" "/"
"\u0022" "\u005C" "\\u0061" "\\\"" "" "[]{},:" "\\\\" "nul" "1"
[] [[]] [[],[]] [1,2] [null] ["",""] [1,[2,[3]]] [true,false,null] [{}] [{},[]] [0]
{} {"":0} {"a":1} {"a":1,"b":2} {"a":{"b":{"c":[]}}} {"a":1,"a":2} {"\u0061":1} {"a":[{"b":null}]} {"\"":"\""}
{"eventID":"x"} {"Records":[]} {"kinesis":{"data":1}}
""",
    *(" 1", "1 ", "\n[\n1\n,\t2\r]\n", '{ "a" : 1 , "b" : [ ] }', "[ ]", "{ }", '" "', '"a b"', '"\x7f\x80"'),
)
REJECT = texts(
    r"""
01 -01 00 1. .5 -.5 +1 - -- 1e 1e+ 1E- 1.e5 0x10 0b1 1_000 1e5.5 1e1e1 -a 1a 0. 1.5. 2.e3
NaN -NaN Infinity -Infinity
inf nan 1,000 ١ 1f 1L
True TRUE tru nul nulll truee falsE none undefined t n f nil
" "a 'a' a" "\x" "\a" "\0" "\u" "\u0" "\u00" "\u000" "\u000g" "\U0041" "\'" "\u00é1" "\
"\uD83D\u" "\uD83D\uDE0" "a"b
[ ] [1 [1, [, [,] [,1] [1,] [1,,2] [1;2] [1:2] [1}  [} [1][ [1]] [[] [tru] ["a" ["a] [a] [-] [1,2
{ } {"a" {"a": {"a":} {"a":1 {"a":1, {"a":1,} {,} {,"a":1} {a:1} {'a':1} {"a"} {"a",1} {"a"::1}
{"a":1,,"b":2} {1:1} {"a":1]  {"a":1}} {"a":1}{
{[]:1} {null:1} {"a":1"b":2} {"a":1;"b":2} {"a" 1} {"a":1 "b":2} {"a":a} {"a":"} {true:1} :
, / // /**/1 1/**/ [1/*x*/] #1 {"a":1}# \ \u0031 <a> @ ~ ! () ; =
""",
    *("", " ", "1 2", "[] []", "{} 1", "[1 2]", "- 1", "1 e5", "tr ue", "\u00a01", "[\u2028]", "\ufeff1"),
    *('"a\x00b"', '"a\nb"', '"a\tb"', '"\x1f"', '"\r"', "1\x00", "\x00", "[1\x00]", '{"a\nb":1}'),
    *("\f1", "\v[]"),
)


def strict_json(text):
    """json's verdict, which is RFC 8259's but for the words NaN and Infinity."""
    try:
        oracle.load(text.decode())
    except oracle.NotJSON:
        return False
    return True


def test_the_tables_are_right():
    assert len(ACCEPT) > 60 and len(REJECT) > 100
    for text in ACCEPT:
        assert strict_json(text) and oracle.parse(text), text
    for text in REJECT:
        assert not strict_json(text), text
        with pytest.raises(oracle.NotJSON):
            oracle.parse(text)


VERDICTS = [(text, True) for text in ACCEPT] + [(text, False) for text in REJECT]
CASES = pytest.mark.parametrize("text, valid", VERDICTS, ids=[ascii(text.decode()) for text, _ in VERDICTS])


@CASES
def test_conformance_where_the_value_is_looked_at(carrier, guarded, text, valid):
    batch = carrier.to_arrow(guarded(carrier.event_of(text, b"7")), payload="json", on_error="collect")
    assert len(batch.failures) == (not valid)
    blanks = b" \t\n\r"
    assert [value and value.strip() for value in batch[carrier.payload]] == (
        [None if text == b"null" else text.strip(blanks).decode()] if valid else []
    ) + ["7"]


@CASES
def test_conformance_where_the_value_is_skipped(source, guarded, text, valid):
    inner = {key for key, value in source.record().items() if isinstance(value, dict)}
    assert inner or source.name == "logs"
    known = events.written(events.changed({}, source.text_path, "e"))[1:-1]
    places = [
        (b'{"Records":[{"x":', b",%s}]}" % known),
        (b'{"x":', b',"Records":[{%s}]}' % known),
        (b'{"Records":[{%s}],"x":' % known, b"}"),
        (b'{"Records":[{%s,"x":[{"y":[' % known, b"]}]}]}"),
    ]
    if "messageAttributes" in inner:
        # A map, whose keys are all known.
        places.append((b'{"Records":[{%s,"messageAttributes":{"a":{"x":' % known, b"}}}]}"))
        inner.remove("messageAttributes")
    inner -= {source.text_path[0]}
    places += [(b'{"Records":[{%s,"%s":{"x":' % (known, key.encode()), b"}}]}") for key in inner]
    decoder = source.decoder()
    for before, after in places:
        whole = before + text + after
        assert strict_json(whole) == valid or not valid
        batch = result(decoder, guarded(source.text_event(whole)))
        assert (batch is not None) == strict_json(whole), whole
        if valid:
            assert batch[source.text].to_pylist()[:1] == ["e"]
    # Inside a payload: beside the field that is asked for.
    load = b'{"x":' + text + (b',"v":1}' if source.carries == "bytes" else b',"v":{"N":"1"}}')
    event = source.event_of(load) if source.carries == "bytes" else source.with_text(source.payload_path, load)
    batch = result(source.decoder(payload={"v": "int64"}, on_error="collect"), guarded(event))
    assert (batch is not None and batch.num_rows == 1) == strict_json(load), load


@CASES
def test_conformance_of_typed_values(carrier, text, valid):
    """A number or a string where one is asked for: taken if and only if it is one."""
    for word, pattern in [("float64", rb"[-0-9]"), ("utf8", rb'"'), ("bool", rb"[tf]")]:
        load = b'{"v":' + text + b"}"
        batch = carrier.to_arrow(carrier.event_of(load), payload={"v": word}, on_error="collect")
        takes = strict_json(load) and (text.strip() == b"null" or re.match(pattern, text.strip()) is not None)
        if word == "float64" and takes and b"e400" in text and b"e-" not in text:
            takes = False  # beyond a double
        assert (batch.num_rows == 1) == takes, load
        if takes:
            assert batch[f"{carrier.payload}.v"].to_pylist() == [json.loads(load, parse_int=float)["v"]]


@pytest.mark.parametrize("text", [b'"\\ud800"', b'"\\udc00\\ud800"', b'{"\\ud800":1}'])
def test_lone_surrogates_are_no_matter_where_they_are_skipped(source, text):
    """RFC 8259 lets the grammar write them; only text that is kept must be Unicode."""
    known = events.written(events.changed({}, source.text_path, "e"))[1:-1]
    event = source.text_event(b'{"x":' + text + b',"Records":[{"y":' + text + b"," + known + b"}]}")
    assert source.to_arrow(event)[source.text].to_pylist() == ["e"]


BAD_UTF8 = [
    b"\x80", b"\xbf", b"\xfe", b"\xff", b"\xc0\x80", b"\xc1\xbf", b"\xc3", b"\xc3(",
    b"\xe0\x80\x80", b"\xe0\x9f\xbf", b"\xe2\x82", b"\xed\xa0\x80", b"\xed\xbf\xbf",
    b"\xf0\x80\x80\x80", b"\xf0\x8f\xbf\xbf", b"\xf0\x9f\x98", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80",
]


@pytest.mark.parametrize("bad", BAD_UTF8, ids=bytes.hex)
def test_invalid_utf8_in_kept_text(source, guarded, bad):
    with pytest.raises(UnicodeDecodeError):
        bad.decode()
    for pad in (0, 1, 14, 15, 16, 17, 31, 32, 33, 64, 100):
        for text in (b"x" * pad + bad, bad + b"x" * pad, "\u00e9".encode() * pad + bad):
            quoted = b'"' + text + b'"'
            event = source.with_text(source.text_path, quoted)
            batch = source.to_arrow(guarded(event), on_error="collect")
            assert [failure.reason for failure in batch.failures] == ["invalid_utf8"]
            event = source.with_field(quoted)
            for payload in ({"v": "utf8"}, "json", {"v": "json"}, {"v": "dictionary<utf8>"}):
                batch = source.to_arrow(guarded(event), payload=payload, on_error="collect")
                assert [failure.reason for failure in batch.failures] == ["invalid_utf8"], payload
            skipped = source.with_record(b'{"x":' + quoted + b',"y":"e"}')
            result(source.decoder(), guarded(skipped))
