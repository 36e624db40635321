"""Scanning, escapes, UTF-8 and base64 against Python's own, every input flush against a guard page."""

import base64
import hashlib
import json
import re
from itertools import product
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lambdarrow import _probe_text as probe

ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
# Where an input may lie: its end against the inaccessible page, a little before it, its start behind one.
PLACES = [{}, {"gap": 1}, {"gap": 17}, {"gap": 40}, {"front": True}]
places = st.one_of(st.builds(dict, gap=st.integers(0, 63)), st.just({"front": True}))
# Long enough to see the end of two 32-byte blocks from either side.
REACH = 70
brief = settings(max_examples=200, deadline=None)


@pytest.fixture(autouse=True)
def whole_table():
    """Each test starts and ends with everything switched on."""
    probe.dispatch()
    yield
    probe.dispatch()


# --- strings ---------------------------------------------------------------------------------------


def scanned(data):
    """(stop, high) by a regular expression."""
    stop = re.search(rb'[\x00-\x1f"\\]|\Z', data).start()
    return stop, any(byte >= 0x80 for byte in data[:stop])


def assert_scanned(data, **place):
    stop, high = scanned(data)
    assert probe.string_find(data, **place) == (stop, high)
    assert probe.string_copy(data, **place) == (stop, data[:stop], high)


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_strings_stop_at_every_distance(place):
    for length, stop in product(range(REACH), repeat=2):
        data = bytearray(b"abcdefghij" * 7)[:length]
        if stop < length:
            data[stop] = b'"\\\x1f'[stop % 3]
        assert_scanned(bytes(data), **place)


def test_strings_stop_at_the_bytes_that_json_names_and_no_other():
    for lane, byte in product(range(33), range(256)):
        assert_scanned(b"x" * lane + bytes([byte]) + b"x" * (33 - lane))


@pytest.mark.parametrize("byte", [0x80, 0xC3, 0xFF])
def test_high_speaks_of_the_copied_bytes_only(byte):
    for stop, high in product(range(REACH), repeat=2):
        data = bytearray(b"x" * (REACH + 1))
        data[high] = byte
        data[stop] = ord('"')
        assert_scanned(bytes(data))


def test_high_is_added_never_taken_away():
    assert probe.string_find("é".encode() * 20 + b'"' + b"x" * 40) == (40, True)
    assert probe.string_find(b"x" * 40 + b'"' + "é".encode() * 20) == (40, False)


@brief
@given(st.lists(st.sampled_from([b"plain", b"\xc3\xa9", b'"', b"\\", b"\n", b"\x00", b" ", b"\x7f", b"\xff"]),
                max_size=30), places)
def test_strings(parts, place):
    assert_scanned(b"".join(parts), **place)


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_white_space_of_every_length(place):
    for length, ink in product(range(REACH), [b"", b"{", b"\x00", b"\x0b", b"\x0c", b"\xa0", b"\x85"]):
        blank = (b" \n\r\t  \t\n" * 9)[:length]
        assert probe.space_skip(blank + ink, **place) == length
        assert probe.space_skip(blank + ink + b" " * 20, **place) == (length if ink else length + 20)


def test_white_space_is_four_bytes():
    for byte, behind in product(range(256), [b"", b"x", b" x", b"\n" + b" " * 40 + b"x"]):
        data = bytes([byte]) + behind
        assert probe.space_skip(data) == len(data) - len(data.lstrip(b" \t\n\r"))


@pytest.mark.parametrize("behind", [0, 1, 15, 16, 31, 32, 64])
@pytest.mark.parametrize("place", PLACES[:2] + PLACES[-1:], ids=str)
def test_prefixes_of_every_length(behind, place):
    for length in range(1, 81):
        text = bytes((ALPHABET * 2)[:length])
        data = text + b"\xff" * behind
        assert probe.starts_with(data, text, **place)
        assert not probe.starts_with(data[: length - 1], text, **place)
        for wrong in range(length):
            changed = bytearray(data)
            changed[wrong] ^= 0x80 if wrong % 2 else 0x01
            assert not probe.starts_with(bytes(changed), text, **place)


def test_everything_begins_with_nothing():
    assert probe.starts_with(b"", b"")
    assert probe.starts_with(b"x", b"")


# --- escapes ---------------------------------------------------------------------------------------


def unescaped(escape):
    """(written, status) of one well-formed escape, or of a pair of halves, by json.loads."""
    text = json.loads(b'"' + escape + b'"')
    try:
        return text.encode(), probe.OK
    except UnicodeEncodeError:
        return b"", probe.SURROGATE


def assert_unescaped(escape, behind=b""):
    written, status = unescaped(escape)
    stop = len(escape) if status == probe.OK else None
    assert probe.unescape(escape + behind) == (stop, written, status)


def test_two_byte_escapes_are_those_of_json():
    for byte in range(256):
        escape = b"\\" + bytes([byte])
        if byte in b'"\\/bfnrt':
            assert_unescaped(escape)
            assert_unescaped(escape, b"more")
            assert probe.escape_skip(escape) == 2
        else:
            for data in escape, escape + b"0" * (byte != ord("u")) * 8:
                assert probe.unescape(data) == (None, b"", probe.SYNTAX)
                assert probe.escape_skip(data) is None


def test_every_unit_escape():
    for unit in range(0x10000):
        escape = b"\\u%04x" % unit if unit % 2 else b"\\u%04X" % unit
        assert_unescaped(escape, b"" if unit % 3 else b"0")
        if unit % 251 == 0:
            assert probe.escape_skip(escape) == 6


def test_pairs_and_halves():
    units = [0x0000, 0x0041, 0xD7FF, 0xD800, 0xD801, 0xDBFF, 0xDC00, 0xDC01, 0xDFFF, 0xE000, 0xFFFF]
    for first, second in product(units, repeat=2):
        escapes = b"\\u%04X\\u%04x" % (first, second)
        if 0xD800 <= first < 0xDC00:
            assert_unescaped(escapes)
            assert_unescaped(escapes, b"\\n")
        else:
            written, status = unescaped(escapes[:6])
            assert probe.unescape(escapes) == (6 if status == probe.OK else None, written, status)
        assert probe.escape_skip(escapes) == 6


@pytest.mark.parametrize("behind", [b"", b"x", b"\\", b"\\n", b"\\\\", b'"', b"u", b"\\x0000", b"x" * 20])
def test_a_half_alone(behind):
    for half in b"\\ud83d", b"\\ude00", b"\\uDFFF":
        assert probe.unescape(half + behind) == (None, b"", probe.SURROGATE)
        assert probe.escape_skip(half + behind) == 6


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_escapes_cut_short(place):
    # What stands behind a cut in the probe's pages are A's, which are hex digits.
    for cut in range(1, 6):
        assert probe.unescape(b"\\u12aF"[:cut], **place) == (None, b"", probe.SYNTAX)
        assert probe.escape_skip(b"\\u12aF"[:cut], **place) is None
    for cut in range(8, 12):
        assert probe.unescape(b"\\ud83d\\ude00"[:cut], **place) == (None, b"", probe.SYNTAX)


def test_hex_digits_are_those_of_json():
    for place, byte in product(range(4), range(256)):
        digits = bytearray(b"0000")
        digits[place] = byte
        escape = b"\\u" + bytes(digits)
        if chr(byte) in "0123456789abcdefABCDEF":
            assert_unescaped(escape)
        else:
            assert probe.unescape(escape) == (None, b"", probe.SYNTAX)
            assert probe.escape_skip(escape) is None
            assert probe.unescape(b"\\ud83d" + escape) == (None, b"", probe.SYNTAX)


@brief
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_escaped_text_comes_back(text):
    escaped, plain = json.dumps(text)[1:-1].encode(), b""
    while escaped:
        if escaped[:1] == b"\\":
            stop, written, status = probe.unescape(escaped)
            assert status == probe.OK
        else:
            stop, written, _ = probe.string_copy(escaped)
        plain, escaped = plain + written, escaped[stop:]
    assert plain == text.encode()


# --- UTF-8 -----------------------------------------------------------------------------------------


# --- strings full of escapes ------------------------------------------------------------------------

PIECE = re.compile(rb'[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})', re.S)


def assert_escaped(data, **place):
    """Where the kernel stops is its own choice near the end; up to there it must say what json says."""
    for variant in probe.VARIANTS:
        stop, copied, high, skipped = probe.escaped(data, variant, **place)
        at, pieces = 0, []
        while at < stop:
            piece = PIECE.match(data, at)
            assert piece, (data, at, stop)
            pieces.append(piece[0])
            at = piece.end()
        assert at == stop
        text = b"".join(pieces)
        assert copied == json.loads(b'"%s"' % text, strict=True).encode() if text.isascii() else True
        assert high or not any(len(piece) == 1 and piece >= b"\x80" for piece in pieces)
        # It stops for a reason: the end is near, or no whole piece follows.
        following = PIECE.match(data, stop)
        near = len(data) - stop < probe.ESCAPED_ROOM
        half = re.match(rb"\\u[dD][89a-fA-F]", data[stop:])
        assert near or not following or half, (data, stop)
        at = 0
        while at < skipped:
            at = PIECE.match(data, at).end()
        assert at == skipped and (skipped >= stop or len(data) - skipped < probe.ESCAPED_ROOM)
        assert len(data) - skipped < probe.ESCAPED_ROOM or not PIECE.match(data, skipped)


@pytest.mark.parametrize("place", PLACES[:2] + PLACES[-1:], ids=str)
@pytest.mark.parametrize("piece", [b'\\"', b"\\\\", b"\\n", b"\\u00e9", b"\\ud83d\\ude00", b"\xc3\xa9", b'"', b"\n",
                                   b"\\x", b"\\ud800", b"\\", b"\\u12"])
def test_one_piece_at_every_place_of_a_step(piece, place):
    for before in range(2 * REACH):
        assert_escaped(b"x" * before + piece + b"y" * (3 * REACH), **place)


def test_runs_of_escapes_of_every_length():
    for run, gap in product(range(1, 40), range(5)):
        for piece in (b"\\\\", b'\\"', b"\\u0041", b"\\ud83d\\ude00"):
            assert_escaped((piece * run + b"z" * gap) * 8 + b'"' + b" " * 200)


@brief
@given(st.lists(st.sampled_from([b"plain", b"a longer piece, of more than thirty-two bytes", b"\xc3\xa9", b'\\"',
                                 b"\\\\", b"\\/", b"\\t", b"\\u00e9", b"\\u0000", b"\\ud83d\\ude00", b'"', b"\n", b"\\",
                                 b"\\ud800", b"\\q"]), max_size=60),
       places)
def test_strings_full_of_escapes(parts, place):
    assert_escaped(b"".join(parts), **place)



def assert_utf8(data, **place):
    try:
        data.decode()
        expected = len(data)
    except UnicodeDecodeError as error:
        expected = error.start
    for variant in probe.VARIANTS:
        assert probe.utf8_valid(data, variant, **place) == expected, (variant, data)


# Both sides of every limit in the standard's table of well-formed sequences.
LIMITS = bytes.fromhex("00 7F 80 8F 90 9F A0 BF C0 C1 C2 DF E0 E1 EC ED EE EF F0 F1 F3 F4 F5 F7 F8 FF")


@pytest.mark.parametrize("ahead", [0, 30, 62])
def test_utf8_limits_of_three_bytes(ahead):
    for sequence in product(LIMITS, repeat=3):
        assert_utf8(b"a" * ahead + bytes(sequence) + b"z" * 20)


def test_utf8_limits_of_four_bytes():
    for sequence in product(b"\xef\xf0\xf1\xf4\xf5", LIMITS, b"\x7f\x80\xbf\xc0", b"\x7f\x80\xbf\xc0"):
        assert_utf8(b"a" * 31 + bytes(sequence) + b"z" * 20)


BROKEN = [b"\x80", b"\xbf\xbf", b"\xc3", b"\xc0\xaf", b"\xe2\x82", b"\xed\xa0\x80", b"\xf0\x9f\x98",
          b"\xf0\x80\x80\x80", b"\xf4\x90\x80\x80", b"\xff", b"\xc3\xa9\xa9", b"\xe2\x82\xac\x80",
          b"\xf0\x9f\x98\x80\x80"]


@pytest.mark.parametrize("filler", ["a", "é", "日", "😀", "日a"])
def test_utf8_fault_at_every_place(filler):
    for ahead, broken in product(range(REACH), BROKEN):
        text = (filler * REACH).encode()[: ahead * len(filler.encode())]
        assert_utf8(text + broken)
        assert_utf8(text + broken + b"a" * 40)


@pytest.mark.parametrize("filler", ["a", "é", "日", "😀"])
@pytest.mark.parametrize("place", PLACES, ids=str)
def test_utf8_cut_at_every_length(filler, place):
    data = filler.encode() * 80
    for length in range(140):
        assert_utf8(data[:length], **place)


@brief
@given(st.lists(st.one_of(st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")),
                          st.sampled_from(BROKEN), st.binary(max_size=4)), max_size=8).map(b"".join), places)
def test_utf8(data, place):
    assert_utf8(data, **place)


# --- base64 ----------------------------------------------------------------------------------------


def decoded(data, **place):
    """(status, stop, bytes), about which all variants must agree."""
    results = {probe.base64_decode(data, variant, **place) for variant in probe.VARIANTS}
    assert len(results) == 1, results
    return results.pop()


def canonical(text):
    """The bytes that text stands for, or None if it is not how they are written."""
    try:
        value = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return value if base64.b64encode(value) == text else None


def assert_base64(text, **place):
    """All of text is accepted, whatever its end touches, exactly if it is canonical."""
    expected = canonical(text)
    for terminator in b"", b'"', b'"' + b"A" * 40:
        status, stop, value = decoded(text + terminator, **place)
        if expected is None:
            assert status != probe.OK or stop < len(text)
        else:
            assert (status, stop, value) == (probe.OK, len(text), expected)


def octets(n):
    """n bytes whose base64 has all digits."""
    return bytes((i * 41 + 251 * (i >> 3)) & 0xFF for i in range(n))


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_base64_of_every_length(place):
    for n in range(201):
        text = base64.b64encode(octets(n))
        assert canonical(text) is not None
        assert_base64(text, **place)


def test_base64_unused_bits():
    for digit in ALPHABET:
        assert_base64(b"Q%c==" % digit)
        assert_base64(b"QQ%c=" % digit)


def test_base64_with_any_number_of_digits_and_pads():
    for digits, pads in product(range(1, REACH), range(5)):
        # Q is 16, whose unused bits are all zero.
        assert_base64(b"Q" * digits + b"=" * pads)


def test_base64_digits_are_those_of_the_alphabet_in_every_lane():
    for lane, byte in product(range(36), range(256)):
        text = b"9" * lane + bytes([byte]) + b"9" * (39 - lane)
        status, stop, value = decoded(text)
        if byte in ALPHABET:
            assert (status, stop, value) == (probe.OK, 40, base64.b64decode(text))
        elif byte != ord("="):
            assert stop == lane


@pytest.mark.parametrize("n", [1, 2, 3, 23, 24, 25, 47, 48, 49, 70])
def test_base64_stopped_at_every_place(n):
    text = base64.b64encode(octets(n))
    digits = len(text.rstrip(b"="))
    for place, byte in product(range(len(text)), b'"\\ -_\n\x00\x80\xff\xab'):
        changed = text[:place] + bytes([byte]) + text[place + 1 :]
        expected = [probe.OK, probe.LENGTH, probe.PADDING, probe.PADDING][min(place, digits) % 4]
        status, stop, value = decoded(changed)
        assert (status, stop) == (expected, place)
        assert value == base64.b64decode(text[: place // 4 * 4])


@pytest.mark.parametrize("ahead", [0, 4, 28, 32, 60, 64, 100])
@pytest.mark.parametrize(("text", "status", "stop"), [
    (b"", probe.OK, 0),
    (b"Q", probe.LENGTH, 1),
    (b"QQ", probe.PADDING, 2),
    (b"QQQ", probe.PADDING, 3),
    (b"QQ=", probe.PADDING, 3),
    (b"QQ==", probe.OK, 4),
    (b"QQQ=", probe.OK, 4),
    (b"QQE=", probe.OK, 4),
    (b"QR==", probe.SPARE_BITS, 1),
    (b"Q/==", probe.SPARE_BITS, 1),
    (b"QQF=", probe.SPARE_BITS, 2),
    (b"QQG=", probe.SPARE_BITS, 2),
    (b"QR=", probe.PADDING, 3),
    (b"QQE==", probe.PADDING, 4),
    (b"QQ===", probe.PADDING, 4),
    (b"=", probe.PADDING, 0),
    (b"====", probe.PADDING, 0),
    (b"Q=", probe.PADDING, 1),
    (b"Q===", probe.PADDING, 1),
    (b"QQQQ=", probe.PADDING, 4),
    (b"QQ==QQ==", probe.OK, 4),
    (b"QQE=QQQQ", probe.OK, 4),
    (b"QQ=Q", probe.PADDING, 3),
])
def test_base64_says_what_is_wrong_and_where(ahead, text, status, stop):
    for behind in b"", b'"', b'"' + b" " * 50, b"\\u003d":
        found = decoded(b"Q" * ahead + text + behind)
        assert found[:2] == (status, ahead + stop)
        if status == probe.OK:
            assert found[2] == base64.b64decode(b"Q" * ahead + text[:stop])


@brief
@given(st.binary(max_size=300), places)
@example(b"\xff" * 300, {})
def test_base64_of_any_bytes(value, place):
    text = base64.b64encode(value)
    assert decoded(text + b'"', **place) == (probe.OK, len(text), value)


@brief
@given(st.binary(max_size=100), st.data(), places)
def test_base64_changed_at_one_place(value, data, place):
    text = base64.b64encode(value)
    at = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 2))
    byte = data.draw(st.sampled_from([b"", b"=", b"==", b"A", b"/", b"-", b"\x00", b"\xc1", b'"', b" "]))
    assert_base64(text[:at] + byte + text[at + cut :], **place)


# --- form-URL-encoded text -------------------------------------------------------------------------


def assert_form(data, **place):
    expected = unquote_to_bytes(data.replace(b"+", b" "))
    assert probe.form_decode(data, **place) == expected
    assert len(expected) <= len(data)


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_form_escapes_at_every_distance_from_the_end(place):
    for before, escape, behind in product(range(20), [b"%41", b"%", b"%4", b"%zz", b"%%41", b"%4%41", b"+"], range(5)):
        assert_form(b"x" * before + escape + b"4" * behind, **place)


def test_form_digits_are_the_hexadecimal_ones():
    for high in range(256):
        assert_form(b"".join(b"a%" + bytes([high, low]) + b"b+" for low in range(256)))


def test_form_escapes_name_every_byte():
    every = bytes(range(256))
    for spelling in ("%{:02x}", "%{:02X}"):
        text = "".join(map(spelling.format, every)).encode()
        assert probe.form_decode(text) == every
    assert probe.form_decode(b"%2541%2B+") == b"%41+ "  # once, not twice


@brief
@given(st.lists(st.sampled_from([b"%", b"%2", b"%2f", b"%C3%A9", b"+", b"a", b"F", b"%G0", b"\xff", b"plain", b"%25"]),
                max_size=30), places)
@example([], {})
def test_form(parts, place):
    assert_form(b"".join(parts), **place)


# --- MD5 -------------------------------------------------------------------------------------------


def assert_md5(data, **place):
    assert probe.md5(data, **place) == hashlib.md5(data).digest()


def test_md5_of_what_the_rfc_names():
    suite = {
        b"": "d41d8cd98f00b204e9800998ecf8427e",
        b"a": "0cc175b9c0f1b6a831c399e269772661",
        b"message digest": "f96b697d7cb7938d525a2f31aaf161d0",
        b"1234567890" * 8: "57edf4a22be3c955ac49da2e2107b67a",
    }
    for data, digest in suite.items():
        assert probe.md5(data).hex() == digest


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_md5_of_every_length(place):
    for n in range(201):
        assert_md5(octets(n), **place)


@pytest.mark.parametrize("blocks", [16, 1 << 14])
@pytest.mark.parametrize("beyond", [-9, -8, -1, 0, 1, 55, 56, 63])
def test_md5_of_long_texts(blocks, beyond):
    assert_md5(octets(64) * blocks + octets(beyond) if beyond >= 0 else (octets(64) * blocks)[:beyond])


@brief
@given(st.binary(max_size=300), places)
@example(b"\xff" * 128, {})
def test_md5(data, place):
    assert_md5(data, **place)


# --- dispatch --------------------------------------------------------------------------------------


def test_dispatch_names_what_it_chose():
    assert probe.dispatch() == ("avx2" if "avx2" in probe.VARIANTS else probe.dispatch(b"avx2"))
    assert probe.dispatch(b"") == probe.dispatch()


@pytest.mark.parametrize("disabled", [b"avx2", b",avx2", b"avx2,avx2,"])
def test_features_can_be_switched_off_and_on(disabled):
    assert probe.dispatch(disabled) in {"sse2", "neon", "scalar"}
    assert probe.utf8_valid(b"a" * 100 + b"\xff", "table") == 100
    assert probe.base64_decode(b"QUJD" * 20 + b'"', "table") == (probe.OK, 80, b"ABC" * 20)
    probe.dispatch()
    assert "avx2" not in probe.VARIANTS or probe.dispatch_name() == "avx2"


@pytest.mark.parametrize("disabled", [b"avx", b"avx22", b"AVX2", b"avx2,mmx", b"avx2 ", b"sse2"])
@pytest.mark.parametrize("before", [b"", b"avx2"])
def test_unknown_features_are_refused_and_change_nothing(disabled, before):
    name = probe.dispatch(before)
    assert probe.dispatch(disabled) is None
    assert probe.dispatch_name() == name
