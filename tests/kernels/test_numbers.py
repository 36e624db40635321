"""number.h, integer.h, float.h and decimal.h against json, int, float and decimal.

The probe puts every text flush against an inaccessible page, so each case here is also a test that
nothing is read beyond the end.
"""

import decimal
import itertools
import json
import math
import random
import re
import struct
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lambdarrow import _probe_numbers as probe

# Wide enough for every Decimal below to be exact, and loud if it is not.
EXACT = decimal.Context(
    prec=4000, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN, traps=[decimal.Inexact, decimal.InvalidOperation]
)

JSON_PREFIX = re.compile(rb"-?|-?(0|[1-9][0-9]*)(\.[0-9]*|(\.[0-9]+)?[eE][+-]?[0-9]*)?")
TEXT = re.compile(rb"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")

EVERY_SHORT_TEXT = [
    bytes(letters) for length in range(7) for letters in itertools.product(b"10.-+e", repeat=length)
]

digits = st.text("0123456789", min_size=1, max_size=45)
exponents = st.integers(-400, 400).map(lambda e: f"e{e}") | st.integers(0, 400).map(lambda e: f"E+{e}")
json_numbers = st.builds(
    lambda sign, whole, fraction, exponent: (sign + whole + fraction + exponent).encode(),
    st.sampled_from(["", "-"]),
    digits.map(lambda text: text.lstrip("0") or "0"),
    st.just("") | digits.map(lambda text: "." + text),
    st.just("") | exponents,
)


def is_json_number(text):
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


# --- the grammar ---------------------------------------------------------------------------------


def test_the_json_grammar_is_that_of_the_json_module():
    accepted = 0
    for text in EVERY_SHORT_TEXT:
        scanned = probe.number_scan(text)
        accepted += is_json_number(text)
        assert (scanned is not None and scanned[0] == len(text)) == is_json_number(text), text
    assert accepted > 500


def test_skipping_gives_the_verdict_of_scanning_and_names_the_offending_byte():
    refused = 0
    for text in EVERY_SHORT_TEXT:
        scanned, (verdict, where) = probe.number_scan(text), probe.number_skip(text)
        assert (verdict == "ok") == (scanned is not None), text
        if scanned is not None:
            assert where == scanned[0]
            continue
        refused += 1
        assert JSON_PREFIX.fullmatch(text[:where]), text
        assert where == len(text) or not JSON_PREFIX.fullmatch(text[: where + 1]), text
    assert refused > 1000


def test_the_wider_grammar_is_that_of_its_expression():
    accepted = 0
    for text in EVERY_SHORT_TEXT:
        matched = TEXT.fullmatch(text) is not None
        accepted += matched
        assert (probe.number_scan_text(text) is not None) == matched, text
    assert accepted > 1000


@pytest.mark.parametrize("after", [b",", b"}", b" ", b"\x00", b"/", b":", b"x", b"\xb0", b"\xff", b".", b"-"])
def test_a_scan_ends_at_the_first_byte_that_is_no_digit(after):
    for length in range(1, 30):
        text = b"1234567890" * 3
        if after == b".":
            assert probe.number_scan(text[:length] + after) is None
        else:
            assert probe.number_scan(text[:length] + after + b"77777777")[0] == length
            assert probe.number_skip(text[:length] + after + b"77777777") == ("ok", length)


def test_no_byte_but_a_digit_is_taken_for_one():
    for place in range(12):
        for byte in set(range(256)) - set(b"0123456789.eE"):
            text = bytearray(b"111111111111")
            text[place] = byte
            assert probe.number_scan_text(bytes(text)) is None or (place == 0 and byte in b"+-"), text


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "-Infinity", "nan", "inf", "0x10", "1_000", "\u0661", "\u00bd", " 1", "1 "]
)
def test_what_other_languages_call_a_number(text):
    assert probe.number_scan_text(text.encode()) is None
    assert probe.float64(text.encode()) == ("not a number", None)


def check_parts(text, parts):
    length, mantissa, exponent, negative, integer, truncated = parts
    value = Decimal(text.decode())
    significant = value.as_tuple().digits
    assert length == len(text)
    assert negative == (text[:1] == b"-")
    assert integer == (not any(letter in text for letter in b".eE"))
    assert mantissa == int("".join(map(str, significant[:19])))
    assert truncated == any(significant[19:])
    if mantissa:
        assert exponent == value.as_tuple().exponent + max(0, len(significant) - 19)


@given(json_numbers)
@example(b"0." + b"0" * 40 + b"1234567890123456789" + b"0" * 9)
@example(b"1234567890123456789" + b"0" * 30 + b".000e7")
@example(b"12345678901234567890.00000001")
def test_mantissa_and_exponent_are_the_decimal(text):
    check_parts(text, probe.number_scan(text))
    check_parts(text, probe.number_scan_text(text))


@given(
    json_numbers.map(lambda text: text.lstrip(b"-")), st.sampled_from([b"", b"+", b"-"]), st.integers(0, 25)
)
def test_mantissa_and_exponent_in_the_wider_grammar(text, sign, zeros):
    padded = sign + b"0" * zeros + text
    check_parts(padded, probe.number_scan_text(padded))
    if text[:2] == b"0.":
        check_parts(sign + text[1:], probe.number_scan_text(sign + text[1:]))


@pytest.mark.parametrize("text", [b"5.", b"+5.", b".5", b"-.5e1", b"5.e1"])
def test_a_point_at_either_end_only_in_the_wider_grammar(text):
    assert probe.number_scan_text(text) is not None
    assert probe.number_scan(text) is None
    assert probe.int64(text, lenient=True) == ("syntax", None)
    assert probe.float64(text, lenient=True) == ("ok", float(text))


def test_an_exponent_of_a_million_digits_saturates():
    nines, zeros = b"9" * 1_000_000, b"0" * 1_000_000
    for text, least in [(b"1e" + nines, 10**17), (b"1e+" + nines, 10**17), (b"1.5e" + zeros + nines, 10**17)]:
        assert least - 2 <= probe.number_scan(text)[2] < 10 * least
        assert probe.float64(text) == ("range", None)
        assert probe.decimal128(text, 38, 0) == ("range", None)
        assert probe.time_epoch(text) == ("range", None)
        small = text.replace(b"+", b"").replace(b"e", b"e-")
        assert -10 * least <= probe.number_scan(small)[2] <= -least
        assert probe.float64(small) == ("ok", 0.0)
        assert probe.decimal256(small, 76, 0) == ("inexact", None)
        assert probe.time_epoch(small) == ("inexact", None)
    assert probe.int64(b"1e" + zeros) == ("syntax", None)
    assert probe.float64(b"1e" + zeros + b"5") == ("ok", 1e5)
    assert probe.float64(b"0e" + nines) == ("ok", 0.0)
    assert probe.decimal128(b"0e" + nines, 1, 0) == ("ok", 0)


def test_a_number_of_a_million_digits():
    threes, zeros = b"3" * 1_000_000, b"0" * 1_000_000
    assert probe.number_scan(threes) == (1_000_000, int("3" * 19), 1_000_000 - 19, False, True, True)
    assert probe.number_skip(threes) == ("ok", 1_000_000)
    assert probe.int64(threes) == probe.uint64(threes) == ("range", None)
    assert probe.float64(threes) == ("range", None)
    assert probe.float64(b"0." + threes) == ("ok", 1 / 3)
    assert probe.float64(threes + b"e-1000000") == ("ok", 1 / 3)
    assert probe.float64(b"0." + zeros + b"125e1000000") == ("ok", 0.125)
    assert probe.float64(b"125" + zeros + b"e-1000000") == ("ok", 125.0)
    assert probe.decimal256(threes, 76, 0) == ("range", None)
    assert probe.decimal256(b"0." + threes, 76, 70) == ("inexact", None)
    assert probe.decimal128(zeros + b"12.5" + zeros, 3, 1, lenient=True) == ("ok", 125)
    assert probe.decimal128(b"1" + zeros + b"e-1000000", 1, 0) == ("ok", 1)
    assert probe.int64(zeros + b"77", lenient=True) == ("ok", 77)
    # Exactly halfway between 1 and the next double, and then the least bit more, a million digits on.
    half = b"1.00000000000000011102230246251565404236316680908203125"
    assert read_float(half + zeros) == 1.0
    assert read_float(half + zeros + b"1") == math.nextafter(1.0, 2.0)


# --- integers ------------------------------------------------------------------------------------

EDGES = [
    edge + step
    for edge in (0, 2**31, 2**32, 2**53, 10**18, 10**19, 2**63, 2**64, 10**20, 10**25)
    for step in (-1, 0, 1)
]


def check_integer(value, lo, hi, text=None):
    text = text or str(value).encode()
    inside = max(lo, -(2**63)) <= value <= min(hi, 2**63 - 1)
    assert probe.int64(text, lo, hi, lenient=True) == (("ok", value) if inside else ("range", None)), text
    if hi >= 0:
        inside = 0 <= value <= hi
        assert probe.uint64(text, hi, lenient=True) == (("ok", value) if inside else ("range", None)), text


def test_integers_at_every_edge():
    for value in EDGES + [-edge for edge in EDGES]:
        check_integer(value, -(2**63), 2**63 - 1)
        check_integer(value, -(2**31), 2**31 - 1)
        check_integer(value, 0, 2**32 - 1)
        assert probe.uint64(str(value).encode()) == (("ok", value) if 0 <= value < 2**64 else ("range", None))
        check_integer(value, -(2**63), 2**63 - 1, b"%s%030d" % (b"-" if value < 0 else b"+", abs(value)))


@given(
    st.integers(-(2**65), 2**65) | st.integers(-1000, 1000),
    st.integers(-(2**63), 0),
    st.integers(0, 2**63 - 1),
)
def test_integers_within_bounds(value, lo, hi):
    check_integer(value, lo, hi)


def test_every_length_of_integer():
    for length in range(1, 40):
        for text in ("1234567890" * 4, "9" * 40, "1" + "0" * 39):
            for sign in (1, -1):
                check_integer(sign * int(text[:length]), -(2**63), 2**63 - 1)


def test_minus_zero_is_the_integer_zero():
    assert probe.int64(b"-0") == probe.uint64(b"-0") == ("ok", 0)
    assert probe.int64(b"-1", -1, 5) == ("ok", -1)
    assert probe.int64(b"-1", 0, 5) == probe.uint64(b"-1") == ("range", None)


@pytest.mark.parametrize("text", [b"1.0", b"1e2", b"1.5", b"0.0", b"1E0", b"100e-2", b"9" * 30 + b".0"])
def test_an_integer_column_takes_only_integers(text):
    assert probe.int64(text) == probe.uint64(text) == ("syntax", None)


# --- floats --------------------------------------------------------------------------------------


def bits(value):
    return struct.unpack("<Q", struct.pack("<d", value))[0]


def double(pattern):
    return struct.unpack("<d", struct.pack("<Q", pattern))[0]


def read_float(text, never_slow=False):
    """What a caller gets: the kernel's answer, or strtod's for the kernel's copy (here float())."""
    status, value = probe.float64(text)
    copied = float(probe.float_bounded_copy(text))
    if status == "slow":
        assert not never_slow, text
        return copied
    value = math.copysign(math.inf, -1 if text[:1] == b"-" else 1) if status == "range" else value
    assert bits(copied) == bits(value), text
    return value


def check_float(text, never_slow=False):
    text = text.encode() if isinstance(text, str) else text
    for signed in (text, b"-" + text):
        assert bits(read_float(signed, never_slow)) == bits(float(signed)), signed


def exact_text(value):
    """A dyadic fraction as decimal text, all its digits."""
    shift = value.denominator.bit_length() - 1
    return f"{value.numerator * 5**shift}e-{shift}" if shift else str(value.numerator)


# Named in the papers and bug reports of other parsers: edges of the range, ties, near ties, known miscounts.
HARD = """
0 0.0 0e400 0e-400 1 1e0 0.1 0.3 12.5 1e22 1e23 9007199254740991 9007199254740992 9007199254740993
9007199254740995 9007199254740993.00000000000000000000000000000000000001
9007199254740992.99999999999999999999999999999999999999 1e308 1.7976931348623157e308 1.7976931348623158e308
1.7976931348623159e308 1e309 1e400 123456789e301 0.1e309 1.797693134862315807e308 1.797693134862315808e308
179769313486231580793e289 17976931348623158079372e287 2.2250738585072011e-308 2.2250738585072012e-308
2.2250738585072013e-308 2.2250738585072014e-308 2.22507385850720113605740979670913197593481954635164564e-308
2.2250738585072008890245868760858598876504231122409594e-308 4.9406564584124654e-324 2.4703282292062327e-324
2.4703282292062328e-324 2.47032822920623272088e-324 2.4703282292062327208299493256e-324
7.4109846876186981e-324 5e-324 3e-324 2e-324 1e-323 1e-324 1e-342 1e-343 1e-400 6.0221409e23
3.141592653589793 2.718281828459045 8.98846567431158e307 1.1754943508222875e-38 3.4028234664e38
1448997445238699 7.2057594037927933e16 89255.0e-22 1.448997445238699 104110013277974872254e-225
5708990770823839207320493820740630171355185151 9214843084008499 6.631236846766476e-316 9007199254740993e-1
45035996273704985 45035996273704987 4503599627370497.5 4503599627370498.5 18014398509481987
10000000000000000000 18446744073709551615 18446744073709551616 99999999999999999999 1e19
0.9999999999999999999 36893488147419107329 36893488147419103232 36893488147419103233
"""


@pytest.mark.parametrize("text", HARD.split())
def test_the_hard_floats(text):
    check_float(text)


def test_floats_of_random_bits():
    chance = random.Random(1)
    for _ in range(30_000):
        value = abs(double(chance.getrandbits(64)))
        if math.isfinite(value):
            check_float(repr(value), never_slow=True)
            check_float(f"{value:.17g}", never_slow=True)
            check_float(f"{value:.30g}")
            check_float(f"{value:.25e}")


def test_subnormal_floats():
    chance = random.Random(2)
    for _ in range(3000):
        value = double(chance.getrandbits(chance.randint(1, 53)))
        check_float(repr(value), never_slow=True)
        check_float(f"{value:.19e}")


def test_every_power_of_ten_the_table_has_and_beyond():
    chance = random.Random(3)
    for q in range(-365, 312):
        for mantissa in (
            1,
            2**64 - 1 - 2**60,
            10**19 - 1,
            2**53 + 1,
            *(chance.getrandbits(63) for _ in range(6)),
        ):
            check_float(f"{mantissa % 10**19}e{q}", never_slow=True)


def test_floats_halfway_between_neighbours():
    chance = random.Random(4)
    patterns = [chance.randrange(0x7FEFFFFFFFFFFFFF) for _ in range(300)]  # of every exponent
    patterns += [chance.getrandbits(chance.randint(1, 52)) for _ in range(60)]  # subnormal
    patterns += [0, 1, 2**52 - 1, 2**52 - 2, 2**52, 0x7FEFFFFFFFFFFFFE]
    patterns += [
        bits(chance.getrandbits(54) * 10.0 ** chance.randint(-5, 24)) for _ in range(300)
    ]  # with short ties
    for pattern in patterns:
        middle = (Fraction(double(pattern)) + Fraction(double(pattern + 1))) / 2
        mantissa, _, exponent = exact_text(middle).partition("e")
        low, high = double(pattern), double(pattern + 1)
        even, tail = (high if pattern & 1 else low), f"e{int(exponent or 0) - 30}"
        assert bits(read_float(f"{mantissa}e{exponent or 0}".encode())) == bits(even)
        assert bits(read_float(f"{mantissa}{'0' * 30}{tail}".encode())) == bits(even)
        assert bits(read_float(f"{mantissa}{'1'.zfill(30)}{tail}".encode())) == bits(high)
        assert bits(read_float(f"{int(mantissa) - 1}{'9' * 30}{tail}".encode())) == bits(low)


def test_the_halfway_case_at_infinity():
    largest = int(double(0x7FEFFFFFFFFFFFFF))
    edge = largest + 2**970  # as far from the largest as half a step; the tie goes to even, infinity
    assert probe.float64(str(largest).encode()) == ("ok", float(largest))
    assert read_float(str(edge).encode()) == math.inf
    assert read_float(str(edge - 1).encode()) == float(largest)


def test_ties_that_fit_the_mantissa():
    chance = random.Random(5)
    checked = 0
    for q in range(-6, 26):
        for _ in range(200):
            # The value is an odd number of 54 bits times a power of two: halfway between doubles.
            if q < 0:
                mantissa = (chance.getrandbits(53) | 2**53 | 1) * 5**-q
            else:
                mantissa = chance.randrange(2**53 // 5**q, 2**54 // 5**q + 1) | 1
            for shift in range(12):
                if mantissa << shift < 10**19:
                    checked += 1
                    for neighbour in (-1, 0, 1):
                        check_float(f"{(mantissa << shift) + neighbour}e{q}", never_slow=True)
    assert checked > 20_000


@pytest.mark.parametrize("length", [19, 20, 21, 25, 40, 400, 767, 768, 769, 770, 1000])
def test_floats_of_many_digits(length):
    chance = random.Random(length)
    for _ in range(200):
        text = str(chance.randrange(10 ** (length - 1), 10**length))
        point = chance.randrange(1, length)
        check_float(text[:point] + "." + text[point:], never_slow=length == 19)
        check_float(f"{text}e{chance.randint(-360, 320) - length}", never_slow=length == 19)
        check_float(f"0.{'0' * point}{text}")


def test_a_tail_that_the_mantissa_does_not_hold():
    chance = random.Random(6)
    slow = 0
    for _ in range(3000):
        value = double(chance.getrandbits(62) | 1 << 61)
        check_float(f"{value:.19e}")
        check_float(f"{value:.40e}")
        middle = (Fraction(value) + Fraction(math.nextafter(value, math.inf))) / 2
        text = str(EXACT.divide(Decimal(middle.numerator), Decimal(middle.denominator)))
        cut = text.replace(".", "").lstrip("0")[: chance.randint(20, 30)]
        check_float(f"{cut}e-{chance.randint(0, 330)}")
        check_float(text)
        slow += probe.float64(text.encode())[0] == "slow"
    assert slow > 100  # else this does not test the copy


@given(json_numbers)
@settings(max_examples=300)
def test_any_float(text):
    check_float(text.lstrip(b"-"))


def test_the_copy_is_bounded_whatever_the_text():
    for text in (
        b"1" * 5000,
        b"0." + b"1" * 5000,
        b"-" + b"7" * 300 + b"." + b"7" * 5000 + b"e-299",
        b"1e-5",
        b"-0",
    ):
        assert len(probe.float_bounded_copy(text)) <= 800
        assert bits(float(probe.float_bounded_copy(text))) == bits(float(text))


# --- decimals ------------------------------------------------------------------------------------


def expected_decimal(text, precision, scale):
    value = EXACT.scaleb(EXACT.create_decimal(text.decode()), scale)
    if value != value.to_integral_value():
        return "inexact", None
    return ("ok", int(value)) if value.copy_abs() < 10**precision else ("range", None)


def check_decimal(text, precision, scale):
    expected = expected_decimal(text, precision, scale)
    assert probe.decimal256(text, precision, scale, lenient=True) == expected, (text, precision, scale)
    if precision <= 38:
        assert probe.decimal128(text, precision, scale, lenient=True) == expected, (text, precision, scale)
    return expected[0]


def test_random_decimals():
    chance = random.Random(7)
    seen = {"ok": 0, "inexact": 0, "range": 0}
    for _ in range(100_000):
        length = chance.choice((1, 3, 12, 19, 20, 38, 39, 60, 77))
        body = str(chance.randrange(10**length)) + "0" * chance.choice((0, 0, 1, 5, 30))
        if chance.random() < 0.7:
            point = chance.randrange(len(body) + 1)
            body = body[:point] + "." + body[point:]
        if chance.random() < 0.3:
            body += f"e{chance.randint(-40, 40)}"
        text = (chance.choice(("", "-", "+", "-000")) + body).encode()
        seen[check_decimal(text, chance.choice((1, 9, 18, 38, 38, 76, 76)), chance.randint(-10, 45))] += 1
    assert min(seen.values()) > 3000, seen


@given(json_numbers, st.integers(1, 76), st.integers(-40, 80))
@settings(max_examples=300)
def test_any_decimal(text, precision, scale):
    check_decimal(text, precision, scale)


def test_decimals_at_the_edges_of_precision():
    for precision in range(1, 77):
        for value in (10**precision - 1, 10**precision, 10 ** (precision - 1), 10 ** (precision - 1) + 1):
            for sign in ("", "-", "+"):
                for scale in (0, 1, precision, -1):
                    check_decimal(f"{sign}{value}".encode(), precision, scale)
                    check_decimal(f"{sign}{value}e-{scale}".replace("--", "").encode(), precision, scale)
                    check_decimal(f"{sign}.{value:0100}e100".encode(), precision, scale)


def test_a_precision_beyond_the_width_is_the_width():
    assert probe.decimal128(b"9" * 38, 76, 0) == ("ok", 10**38 - 1)
    assert probe.decimal128(b"1" + b"0" * 38, 76, 0) == ("range", None)
    assert probe.decimal256(b"9" * 76, 500, 0) == ("ok", 10**76 - 1)
    assert probe.decimal256(b"1" + b"0" * 76, 500, 0) == ("range", None)


@pytest.mark.parametrize(
    ("text", "precision", "scale", "status", "value"),
    [
        (b"12.50", 3, 1, "ok", 125),
        (b"12.55", 3, 1, "inexact", None),
        (b"123.5", 3, 1, "range", None),
        (b"-0", 1, 0, "ok", 0),
        (b"-0.000", 1, 0, "ok", 0),
        (b"0e99", 1, 5, "ok", 0),
        (b"1e-1", 5, 0, "inexact", None),
        (b"1e37", 38, 0, "ok", 10**37),
        (b"1e38", 38, 0, "range", None),
        (b"120", 2, -1, "ok", 12),
        (b"125", 5, -1, "inexact", None),
        (b"1234567.89", 3, 1, "inexact", None),  # both too long and too fine: inexact is said first
    ],
)
def test_decimals_by_hand(text, precision, scale, status, value):
    assert probe.decimal128(text, precision, scale) == (status, value)
    assert probe.decimal256(text, precision, scale) == (status, value)
