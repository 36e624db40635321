"""Whatever the bytes are: a table or a DecodeError, no read past their end, and the verdict of RFC 8259."""

import ctypes
import json
import os
import random
import re
import signal
import subprocess
import sys
from pathlib import Path

import events
import oracle
import pyarrow as pa
import pytest

import lambdarrow
from lambdarrow import kinesis

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
MUTATIONS = int(os.environ.get("LAMBDARROW_MUTATIONS", 100_000 if THOROUGH else 10_000))
SEED = int(os.environ.get("LAMBDARROW_SEED", 20_240_229))
SPEC = {
    "id": "int64",
    "price": "decimal128(12, 2)",
    "at": "timestamp[ms, UTC]",
    "ok": "bool",
    "geo": {"lat": "float64", "name": "utf8"},
    "tags": ["dictionary<utf8>"],
    "attrs": "map<utf8, float32>",
    "raw": "json",
    "bin": "binary",
}
LOAD = (
    '{"id":-12,"price":"1.50","at":"2024-01-02T03:04:05.678+05:30","ok":true,"geo":{"lat":1.5e-7,"name":"caf\u00e9'
    '\\ud83d\\ude00"},"tags":["a",null,"\\n"],"attrs":{"x":0.1,"y":-0},"raw":[{"q":[]}, 1e5],"bin":"AP8=",'
    '"z":{"y":[1]}}'
).encode()
EVENT = events.event(
    [
        events.record(LOAD, 0, partitionKey='k\u00e9y "\\'),
        events.record(b"{}", 1, encryptionType="KMS", extra=[{}]),
    ],
    window={"start": "x"},
)
DECODERS = [
    kinesis.Decoder(payload=payload, on_error=mode, columns=columns)
    for mode in ("raise", "collect", "stop", "null")
    for payload, columns in [(None, None), (SPEC, None), ("json", ["data"]), (SPEC, ["data.geo", "event_id"])]
]


def result(decoder, event):
    """The batch, or None for a DecodeError; anything else is the test's failure."""
    try:
        return decoder.to_arrow(event)
    except lambdarrow.DecodeError as error:
        assert 0 <= error.offset <= len(event)
        assert error.reason in str(lambdarrow._core.REASONS) and error.path.startswith("$")
        return None


def validated(batch):
    ours = pa.record_batch(batch)
    ours.validate(full=True)
    return ours


# --- the memory around the input --------------------------------------------------------------------


@pytest.mark.parametrize("alignment", range(64))
def test_inputs_at_every_alignment_before_a_guard_page(guarded, alignment):
    for decoder in DECODERS:
        expected = decoder.to_arrow(EVENT).to_pylist()
        assert len(expected) == 2
        # Blanks at the end move the event itself to each distance from the page.
        for event in (EVENT, EVENT + b" " * alignment):
            for place in (None, alignment):
                assert decoder.to_arrow(guarded(event, place)).to_pylist() == expected


@pytest.mark.parametrize("place, dies", [("length - 1", False), ("length", True)])
def test_a_read_past_the_guarded_input_is_fatal(place, dies):
    code = f"""
import ctypes, sys
sys.path.insert(0, {str(Path(__file__).parent.parent)!r})
import conftest
length = 1000
view = conftest.Guarded()(b"x" * length)
ctypes.string_at(ctypes.addressof(ctypes.c_char.from_buffer(view)) + {place}, 1)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True)
    assert done.returncode == (-signal.SIGSEGV if dies else 0), done.stderr


def test_the_guard_is_as_near_as_it_says(guarded):
    for alignment in (None, 0, 1, 63):
        view = guarded(EVENT, alignment)
        start = ctypes.addressof(ctypes.c_char.from_buffer(view))
        assert bytes(view) == EVENT
        past = guarded.base + guarded.page + guarded.room - (start + len(EVENT))
        if alignment == 0:
            assert start == guarded.base + guarded.page
        else:
            assert past == 0 if alignment is None else (past < 64 and start % 64 == alignment)


@pytest.mark.parametrize("decoder", DECODERS[:6], ids=repr)
def test_every_prefix(guarded, decoder):
    for end in range(len(EVENT)):
        with pytest.raises(lambdarrow.DecodeError) as caught:
            decoder.to_arrow(guarded(EVENT[:end]))
        assert caught.value.offset <= end
    assert decoder.to_arrow(guarded(EVENT)).num_rows == 2


def test_every_prefix_of_a_payload(guarded):
    for end in range(len(LOAD)):
        for payload in (SPEC, "json", {"none of these": "utf8"}):
            event = events.event_of(LOAD[:end])
            batch = kinesis.to_arrow(guarded(event), payload=payload, on_error="collect")
            assert batch.num_rows == 0 and len(batch.failures) == 1, LOAD[:end]
            assert batch.failures[0].inner_offset <= end


# --- RFC 8259, looked at and skipped ----------------------------------------------------------------


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
def test_conformance_where_the_value_is_looked_at(guarded, text, valid):
    batch = kinesis.to_arrow(guarded(events.event_of(text, b"7")), payload="json", on_error="collect")
    assert len(batch.failures) == (not valid)
    blanks = b" \t\n\r"
    assert [value and value.strip() for value in batch["data"]] == (
        [None if text == b"null" else text.strip(blanks).decode()] if valid else []
    ) + ["7"]


@CASES
def test_conformance_where_the_value_is_skipped(guarded, text, valid):
    for before, after in [
        (b'{"Records":[{"x":', b',"eventID":"e"}]}'),
        (b'{"Records":[{"eventID":"e","kinesis":{"x":', b"}}]}"),
        (b'{"x":', b',"Records":[{"eventID":"e"}]}'),
        (b'{"Records":[{"eventID":"e"}],"x":', b"}"),
        (b'{"Records":[{"eventID":"e","x":[{"y":[', b"]}]}]}"),
    ]:
        whole = before + text + after
        assert strict_json(whole) == valid or not valid
        batch = result(DECODERS[0], guarded(whole))
        assert (batch is not None) == strict_json(whole), whole
        if valid:
            assert batch["event_id"].to_pylist()[:1] == ["e"]
    # Inside a payload: beside the field that is asked for.
    load = b'{"x":' + text + b',"v":1}'
    batch = kinesis.to_arrow(guarded(events.event_of(load)), payload={"v": "int64"}, on_error="collect")
    assert (batch.num_rows == 1) == strict_json(load), load


@CASES
def test_conformance_of_typed_values(text, valid):
    """A number or a string where one is asked for: taken if and only if it is one."""
    for word, pattern in [("float64", rb"[-0-9]"), ("utf8", rb'"'), ("bool", rb"[tf]")]:
        load = b'{"v":' + text + b"}"
        batch = kinesis.to_arrow(events.event_of(load), payload={"v": word}, on_error="collect")
        takes = strict_json(load) and (text.strip() == b"null" or re.match(pattern, text.strip()) is not None)
        if word == "float64" and takes and b"e400" in text and b"e-" not in text:
            takes = False  # beyond a double
        assert (batch.num_rows == 1) == takes, load
        if takes:
            assert batch["data.v"].to_pylist() == [json.loads(load, parse_int=float)["v"]]


@pytest.mark.parametrize("text", [b'"\\ud800"', b'"\\udc00\\ud800"', b'{"\\ud800":1}'])
def test_lone_surrogates_are_no_matter_where_they_are_skipped(text):
    """RFC 8259 lets the grammar write them; only text that is kept must be Unicode."""
    event = b'{"x":' + text + b',"Records":[{"y":' + text + b',"eventID":"e"}]}'
    assert kinesis.to_arrow(event)["event_id"].to_pylist() == ["e"]


BAD_UTF8 = [
    b"\x80", b"\xbf", b"\xfe", b"\xff", b"\xc0\x80", b"\xc1\xbf", b"\xc3", b"\xc3(",
    b"\xe0\x80\x80", b"\xe0\x9f\xbf", b"\xe2\x82", b"\xed\xa0\x80", b"\xed\xbf\xbf",
    b"\xf0\x80\x80\x80", b"\xf0\x8f\xbf\xbf", b"\xf0\x9f\x98", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80",
]


@pytest.mark.parametrize("bad", BAD_UTF8, ids=bytes.hex)
def test_invalid_utf8_in_kept_text(guarded, bad):
    with pytest.raises(UnicodeDecodeError):
        bad.decode()
    for pad in (0, 1, 14, 15, 16, 17, 31, 32, 33, 64, 100):
        for text in (b"x" * pad + bad, bad + b"x" * pad, "\u00e9".encode() * pad + bad):
            quoted = b'"' + text + b'"'
            event = events.with_text(["kinesis", "partitionKey"], quoted)
            batch = kinesis.to_arrow(guarded(event), on_error="collect")
            assert [failure.reason for failure in batch.failures] == ["invalid_utf8"]
            event = events.event_of(b'{"v":' + quoted + b"}")
            for payload in ({"v": "utf8"}, "json", {"v": "json"}, {"v": "dictionary<utf8>"}):
                batch = kinesis.to_arrow(guarded(event), payload=payload, on_error="collect")
                assert [failure.reason for failure in batch.failures] == ["invalid_utf8"], payload
            skipped = b'{"Records":[{"x":' + quoted + b',"eventID":"e"}]}'
            result(DECODERS[0], guarded(skipped))


# --- size -------------------------------------------------------------------------------------------

MILLION = 1_000_000
DEEP = {
    "arrays": b"[" * MILLION,
    "objects": b'{"a":' * MILLION,
    "balanced": b"[" * MILLION + b"]" * MILLION,
    "both": b'[{"a":' * (MILLION // 2),
    "closing": b"]" * MILLION,
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_a_million_brackets(text):
    for before, after in [
        (b"", b""),
        (b'{"Records":', b"}"),
        (b'{"Records":[', b"]}"),
        (b'{"Records":[{"x":', b"}]}"),
        (b'{"x":', b',"Records":[]}'),
        (b'{"Records":[{"kinesis":{"data":', b"}}]}"),
        (b'{"Records":[{"kinesis":', b"}]}"),
    ]:
        with pytest.raises(lambdarrow.DecodeError):
            kinesis.to_arrow(before + text + after, on_error="raise")
    for payload in (SPEC, "json", {"raw": "json"}, ["json"], "map<utf8, json>"):
        for load in (text, b'{"raw":' + text, b'{"x":' + text + b"}"):
            batch = kinesis.to_arrow(events.event_of(load, b"null"), payload=payload, on_error="collect")
            assert [failure.index for failure in batch.failures] == [0]
            assert len(batch.failures[0].raw) == 65536


@pytest.mark.parametrize("opening, closing", [(b"[", b"]"), (b'{"a":', b"}")], ids=["array", "object"])
def test_the_depth_limit(opening, closing):
    def nested(depth):
        return opening * depth + b"1" + closing * depth

    for depth, fits in [(1, True), (100, True), (200, False)]:
        load = b'{"x":' + nested(depth) + b',"raw":' + nested(depth) + b"}"
        for payload in ("json", {"raw": "json"}, {"y": "utf8"}):
            batch = kinesis.to_arrow(events.event_of(load), payload=payload, on_error="collect")
            assert [failure.reason for failure in batch.failures] == ([] if fits else ["too_deep"])
        event = b'{"Records":[{"eventID":"e","x":' + nested(depth) + b"}]}"
        if fits:
            assert kinesis.to_arrow(event).num_rows == 1
        else:
            with pytest.raises(lambdarrow.DecodeError, match="deep") as caught:
                kinesis.to_arrow(event)
            assert caught.value.reason == "too_deep"
    load = b'{"raw":' + nested(900) + b"}"
    batch = kinesis.to_arrow(events.event_of(load), payload={"raw": "json"}, limits={"depth": 1000})
    assert batch["data.raw"].to_pylist() == [nested(900).decode()]


def digits_by_the_million():
    return {
        "ones": b"1" * MILLION,
        "minus": b"-" + b"9" * MILLION,
        "power of ten": b"1" + b"0" * MILLION,
        "small": b"0." + b"0" * MILLION + b"1",
        "trailing zeros": b"1." + b"0" * MILLION,
        "fraction": b"0." + b"3" * MILLION,
        "exponent": b"1e" + b"0" * MILLION + b"1",
        "huge exponent": b"1e" + b"9" * MILLION,
        "tiny exponent": b"1e-" + b"9" * MILLION,
    }


@pytest.mark.parametrize("name, text", digits_by_the_million().items(), ids=digits_by_the_million())
def test_a_number_of_a_million_digits(guarded, name, text):
    exact = {"trailing zeros": 1, "exponent": 10}
    for word in ("int64", "uint8", "float64", "float32", "decimal128(38, 10)", "decimal256(76, 20)"):
        load = b'{"v":' + text + b"}"
        batch = kinesis.to_arrow(events.event_of(load), payload={"v": word}, on_error="collect")
        if word.startswith("float"):
            expected = None if name == "huge exponent" else float(text)
            expected = None if expected in (float("inf"), float("-inf")) else expected
            if word == "float32" and expected == 1 / 3:
                expected = 0.3333333432674408
        elif word.startswith("decimal"):
            expected = exact.get(name)
        else:
            expected = None
        assert batch["data.v"].to_pylist() == ([] if expected is None else [expected]), word
        if expected is None:
            assert batch.failures[0].reason in ("out_of_range", "not_exact", "expected_integer", "too_large")
    for word in ("json", {"v": "json"}, {"w": "utf8"}):
        batch = kinesis.to_arrow(events.event_of(load), payload=word)
        assert batch.num_rows == 1
    event = events.with_text(["kinesis", "approximateArrivalTimestamp"], text)
    batch = kinesis.to_arrow(guarded(event), on_error="collect")
    assert batch.num_rows == (name in exact)
    assert kinesis.to_arrow(event, columns=["event_id"]).num_rows == 1
    for word, extra in (("timestamp[ms, UTC]", {"epoch": "s"}), ("timestamp[ns, UTC]", {"epoch": "ms"})):
        batch = kinesis.to_arrow(
            events.event_of(load), payload={"v": {"type": word} | extra}, on_error="collect"
        )
        assert batch.num_rows == (name in exact)


def test_a_text_of_a_million_characters(check):
    for text in ("x" * MILLION, "\u00e9" * MILLION, '"\\' * (MILLION // 2)):
        event = events.event([events.record(text.encode(), partitionKey=text)])
        batch = kinesis.to_arrow(event, payload="utf8")
        assert check(batch).column("partition_key").to_pylist() == [text]
        assert batch["data"].to_pylist() == [text]


def test_a_map_with_too_many_keys():
    load = json.dumps({"m": {str(at): at for at in range(1_000)}}).encode()
    spec = {"m": "map<utf8, int64>"}
    assert len(kinesis.to_arrow(events.event_of(load), payload=spec)["data.m"].to_pylist()[0]) == 1_000
    tight = kinesis.Decoder(payload=spec, limits={"map_keys": 999}, on_error="collect")
    batch = tight.to_arrow(events.event_of(load))
    assert [failure.reason for failure in batch.failures] == ["too_many_keys"]


@pytest.mark.parametrize("size", [0, 1, 2, 3, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 1000])
def test_base64_with_one_wrong_byte_at_each_place(guarded, size):
    raw = bytes(at * 37 % 256 for at in range(size))
    event = events.event([events.record(raw)])
    assert kinesis.to_arrow(guarded(event))["data"].to_pylist() == [raw]
    start = event.index(b'"data":"') + len(b'"data":"')
    end = event.index(b'"', start)
    places = range(start, end) if size < 100 else [*range(start, start + 70), *range(end - 70, end)]
    for place in places:
        for wrong in b"-_ .,@[`{\x7f\xff":
            batch = result(DECODERS[4], guarded(event[:place] + bytes([wrong]) + event[place + 1 :]))
            assert batch is None or batch.num_rows == 0, (place, wrong)
        shorter = result(DECODERS[4], guarded(event[:place] + event[place + 1 :]))
        assert shorter is None or shorter.num_rows == 0, place


# --- mutations --------------------------------------------------------------------------------------

TOKENS = [
    b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"null", b"true", b"1e999",
    b'"kinesis":', b'"data":', b'"Records":[', b"-0", b"\\ud800", b"\\u0000", b"\0", b"\xff", b"\xc3",
    b"\xf0\x9f\x98\x80", b"====", b"AAAA", b'"eventID":"x",', b"{}", b"[]", b"  ", b"\n", b"9" * 40,
    b'"' + b"x" * 70 + b'"', b'\\"', b"/", b"]}", b'"sequenceNumber":"7",', b'"kinesis":{},',
]
VALUES = [b"null", b"1.5", b'"x"', b"[]", b"{}", b"false", b'"QUJD"', b"1480641523.4771"]
BASES = [
    EVENT,
    events.event_of(LOAD, b"{", LOAD),
    b'{"Records":[{"kinesis":{"data":"QQ=="},"eventID":"a"}]}',
    b'{"Records":[]}',
]
PIECE = re.compile(rb'"(?:[^"\\]|\\.)*"|[-+.\w]+|.', re.S)


def mutant(rng, base):
    """One to four edits: of bytes, of the pieces of JSON, or of what the base64 holds."""
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        edit = rng.randrange(7)
        at = rng.randrange(len(base) + 1)
        if edit == 0:
            base = base[:at] + bytes([rng.randrange(256)]) + base[at + 1 :]
        elif edit == 1:
            base = base[:at] + rng.choice(TOKENS) + base[at + rng.choice((0, 0, 1, 4)) :]
        elif edit == 2:
            base = base[:at] + base[at + rng.randrange(1, 40) :]
        elif edit == 3:
            other = rng.choice(BASES)
            base = base[:at] + other[rng.randrange(len(other)) :]
        else:
            pieces = PIECE.findall(base) or [b""]
            one, two = rng.randrange(len(pieces)), rng.randrange(len(pieces))
            if edit == 4:
                pieces[one], pieces[two] = pieces[two], pieces[one]
            elif edit == 5:
                pieces[one] = rng.choice(VALUES)
            else:
                del pieces[one : one + rng.randrange(1, 6)]
            base = b"".join(pieces)
    return base


def test_mutations_give_a_table_or_a_decode_error(guarded, check):
    rng = random.Random(SEED)
    tables = errors = 0
    for number in range(MUTATIONS):
        event = mutant(rng, rng.choice(BASES))
        decoder = rng.choice(DECODERS)
        note = f"LAMBDARROW_SEED={SEED}, mutation {number}: {event!r} by {decoder!r}"
        try:
            batch = result(decoder, guarded(event))
            if batch is None:
                errors += 1
                continue
            tables += 1
            assert batch.response()["batchItemFailures"] is not None
            if number % 50:
                validated(batch)
            else:
                check(batch)
        except Exception as error:
            raise AssertionError(note) from error
    assert tables > MUTATIONS // 20 and errors > MUTATIONS // 20


def test_mutations_get_the_oracles_verdict():
    rng = random.Random(SEED + 1)
    tables = errors = 0
    plain, typed = DECODERS[0], kinesis.Decoder(payload={"id": "int64", "tags": ["utf8"], "raw": "json"})
    spec = {"id": "int64", "tags": ["utf8"], "raw": "json"}
    for number in range(MUTATIONS // 10):
        event = mutant(rng, rng.choice(BASES))
        try:
            event.decode()
        except UnicodeDecodeError:
            continue  # what of it is skipped is not the oracle's to judge
        decoder, payload = rng.choice([(plain, None), (typed, spec)])
        note = f"LAMBDARROW_SEED={SEED}, mutation {number}: {event!r}, payload {payload}"
        try:
            expected = oracle.decode(event, payload=payload).batch
        except (oracle.NotJSON, oracle.Refused):
            errors += 1
            assert result(decoder, event) is None, note
            continue
        tables += 1
        batch = result(decoder, event)
        assert batch is not None, note
        try:
            oracle.assert_same(validated(batch), expected)
        except AssertionError as error:
            raise AssertionError(note) from error
    assert min(tables, errors) > MUTATIONS // 200


def test_a_buffer_that_another_thread_writes():
    """Decision 26: what was checked is what was copied, so the output is valid whatever it says."""
    import threading

    records = [events.record(b"x" * 50, number, partitionKey="\u00e9" * 40) for number in range(300)]
    event = bytearray(events.event(records))
    original, done = bytes(event), threading.Event()

    def scribble():
        rng = random.Random(SEED)
        while not done.is_set():
            place = rng.randrange(len(event))
            event[place] = rng.choice(b'\xff"\\{}[]0')
            event[place] = original[place]

    writer = threading.Thread(target=scribble)
    writer.start()
    try:
        tables = 0
        for _ in range(300):
            batch = result(DECODERS[4], event)
            if batch is not None:
                tables += 1
                validated(batch)
    finally:
        done.set()
        writer.join()
    assert tables
