"""time.h against datetime and decimal; every expectation is integer arithmetic, never a float."""

import datetime as dt
import decimal
import random
import re
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lambdarrow import _probe_numbers as probe

PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
LEAST, GREATEST = -(2**63), 2**63 - 1
EPOCH = dt.date(1970, 1, 1).toordinal()
EXACT = decimal.Context(prec=3000, traps=[decimal.Inexact, decimal.InvalidOperation])

units = st.sampled_from(list(PER_SECOND))
zones = st.sampled_from(["required", "assume", "none"])

FORM = re.compile(
    rb"(\d{4})-(\d\d)-(\d\d)"
    rb"(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(?:(Z|z)|([+-])(\d\d)(?::?(\d\d))?)?)?"
)


def day_number(year, month, day):
    """Days since 1970, or None. The year 0, which datetime lacks, is 400 years (146,097 days) before 400."""
    try:
        if year == 0:
            return dt.date(400, month, day).toordinal() - 146_097 - EPOCH
        return dt.date(year, month, day).toordinal() - EPOCH
    except ValueError:
        return None


def expected_iso(text, unit, zone):
    match = FORM.fullmatch(text)
    if not match:
        return "syntax", None
    year, month, day, hour, minute, second = (int(group or 0) for group in match.groups()[:6])
    fraction, utc, sign, ahead_hours, ahead_minutes = match.groups()[6:]
    ahead_hours, ahead_minutes = int(ahead_hours or 0), int(ahead_minutes or 0)
    days = day_number(year, month, day)
    if days is None or hour > 23 or minute > 59 or second > 59 or ahead_hours > 23 or ahead_minutes > 59:
        return "syntax", None
    if zone == "none" and (utc or sign):
        return "offset present", None
    if zone == "required" and not (utc or sign):
        return "offset missing", None
    seconds = days * 86_400 + hour * 3_600 + minute * 60 + second
    seconds -= (ahead_hours * 3_600 + ahead_minutes * 60) * (-1 if sign == b"-" else 1)
    fraction = fraction or b"0"
    scaled, finer = divmod(int(fraction) * PER_SECOND[unit], 10 ** len(fraction))
    if finer:
        return "inexact", None
    count = seconds * PER_SECOND[unit] + scaled
    return ("ok", count) if LEAST <= count <= GREATEST else ("range", None)


two = st.integers(0, 62).map("{:02}".format)
near_times = st.builds(
    "".join,
    st.tuples(
        st.integers(0, 9999).map("{:04}".format) | st.sampled_from(["1677", "2262", "0000", "1970", "2024"]),
        st.just("-"),
        st.integers(0, 13).map("{:02}".format),
        st.just("-"),
        st.integers(0, 32).map("{:02}".format),
        st.sampled_from(["T", "T", "t", " ", "_"]),
        st.integers(0, 24).map("{:02}".format),
        st.just(":"),
        two,
        st.just("")
        | st.builds(":{}{}".format, two, st.just("") | st.from_regex(r"\.[0-9]{0,12}0{0,9}", fullmatch=True)),
        st.sampled_from(
            ["", "Z", "z", "+00", "-0000", "+05:30", "-23:59", "+24:00", "+0160", "+1", "+12:3", "+123"]
        ),
    ),
)


@given(near_times, units, zones)
@settings(max_examples=1500)
@example("1677-09-21T00:12:43.145224192Z", "ns", "required")
@example("1677-09-21T00:12:43.145224191Z", "ns", "required")
@example("2262-04-11T23:47:16.854775807Z", "ns", "required")
@example("2262-04-11T23:47:16.854775808Z", "ns", "required")
@example("2262-04-12T23:46:16.854775807+23:59", "ns", "required")
@example("0000-01-01T00:00:00+23:59", "us", "required")
@example("9999-12-31T23:59:59.999999-23:59", "us", "required")
@example("9999-12-31T23:59:59.999999999Z", "ns", "required")
def test_times_of_the_form_and_near_it(text, unit, zone):
    assert probe.time_iso(text.encode(), unit, zone) == expected_iso(text.encode(), unit, zone)


def test_one_byte_replaced_dropped_or_doubled():
    chance = random.Random(1)
    seen = {}
    seeds = [
        b"2024-02-29T23:59:59.123000Z",
        b"2024-02-17T11:53:08.431+0000",
        b"1969-12-31 00:00:00-07:30",
        b"2000-01-31t10:20+05",
        b"1999-12-31",
        b"2023-10-05T14:48:00",
    ]
    alphabet = b"0123456789-+:.,TtZz /\x00\xb0\xff"
    for _ in range(40_000):
        text = bytearray(chance.choice(seeds))
        for _ in range(chance.choice((1, 1, 2))):
            place, kind = chance.randrange(len(text)), chance.random()
            if kind < 0.7:
                text[place] = chance.choice(alphabet)
            elif kind < 0.85:
                del text[place]
            else:
                text.insert(place, text[place])
        text, unit, zone = (
            bytes(text),
            chance.choice(list(PER_SECOND)),
            chance.choice(("required", "assume", "none")),
        )
        expected = expected_iso(text, unit, zone)
        seen[expected[0]] = seen.get(expected[0], 0) + 1
        assert probe.time_iso(text, unit, zone) == expected, (text, unit, zone)
    assert {status for status, count in seen.items() if count > 100} == {
        "ok",
        "syntax",
        "inexact",
        "range",
        "offset missing",
        "offset present",
    }


def test_every_beginning_of_a_time():
    for text in (b"2024-02-29T23:59:59.123000+05:30", b"2024-02-29T23:59+0530", b"2024-02-29 23:59:00Z"):
        for length in range(len(text) + 1):
            for zone in ("required", "assume", "none"):
                assert probe.time_iso(text[:length], "ms", zone) == expected_iso(text[:length], "ms", zone)


@given(
    st.datetimes(timezones=st.integers(-1439, 1439).map(lambda m: dt.timezone(dt.timedelta(minutes=m)))),
    st.sampled_from(["minutes", "seconds", "milliseconds", "microseconds"]),
    st.sampled_from("T "),
)
@settings(max_examples=500)
def test_what_datetime_writes(moment, timespec, separator):
    text = moment.isoformat(separator, timespec)
    since = dt.datetime.fromisoformat(text) - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    count = since // dt.timedelta(microseconds=1)
    assert probe.time_iso(text.encode(), "us") == ("ok", count)
    naive = text[:-6].encode()
    since = dt.datetime.fromisoformat(text[:-6]) - dt.datetime(1970, 1, 1)
    assert probe.time_iso(naive, "us", "none") == ("ok", since // dt.timedelta(microseconds=1))
    assert probe.time_iso(naive, "us", "assume") == probe.time_iso(naive + b"Z", "us", "required")


@pytest.mark.parametrize(
    ("text", "unit", "zone", "expected"),
    [
        (b"1970-01-01T00:00:00Z", "ns", "required", ("ok", 0)),
        (b"1969-12-31T23:59:59.999Z", "ms", "required", ("ok", -1)),
        (b"2024-02-17T11:53:08.431+0000", "ms", "required", ("ok", 1708170788431)),
        (b"2024-02-17 11:53:08.431+00", "ms", "required", ("ok", 1708170788431)),
        (b"2024-02-17T11:53:08.431-00:00", "ms", "required", ("ok", 1708170788431)),
        (b"2024-02-17T11:53Z", "s", "required", ("ok", 1708170780)),
        (b"2024-02-17T11:53:08.431", "ms", "required", ("offset missing", None)),
        (b"2024-02-17T11:53:08.431", "ms", "assume", ("ok", 1708170788431)),
        (b"2024-02-17T11:53:08.431Z", "ms", "none", ("offset present", None)),
        (b"2024-02-17", "s", "required", ("offset missing", None)),
        (b"2024-02-17", "s", "assume", ("ok", 1708128000)),
        (b"2024-02-17", "s", "none", ("ok", 1708128000)),
        (b"2024-02-17Z", "s", "required", ("syntax", None)),
        (b"2024-02-17T", "s", "none", ("syntax", None)),
        (b"2024-02-17T11", "s", "none", ("syntax", None)),
        (b"2024-02-17T11:53.5Z", "ms", "required", ("syntax", None)),
        (b"2024-02-17T11:53:08,431Z", "ms", "required", ("syntax", None)),
        (b"2024-02-17T11:53:08.Z", "ms", "required", ("syntax", None)),
        (b"2024-02-17T11:53:60Z", "ms", "required", ("syntax", None)),
        (b"2016-12-31T23:59:60Z", "ms", "required", ("syntax", None)),
        (b"2024-02-17T24:00:00Z", "ms", "required", ("syntax", None)),
        (b"2023-02-29T00:00:00Z", "ms", "required", ("syntax", None)),
        (b"1900-02-29T00:00:00Z", "ms", "required", ("syntax", None)),
        (b"2000-02-29T00:00:00Z", "s", "required", ("ok", 951782400)),
        (b"20240217T115308Z", "s", "required", ("syntax", None)),
        (b"2024-W07-6", "s", "none", ("syntax", None)),
        (b"+2024-02-17", "s", "none", ("syntax", None)),
        (b"", "s", "none", ("syntax", None)),
        (b"2024-02-17T11:53:08.4310000000000000000000Z", "ms", "required", ("ok", 1708170788431)),
        (b"2024-02-17T11:53:08.4310000000000000000001Z", "ms", "required", ("inexact", None)),
        (b"2024-02-17T11:53:08.1Z", "s", "required", ("inexact", None)),
        (b"2024-02-17T11:53:08.0Z", "s", "required", ("ok", 1708170788)),
        (b"1969-12-31T23:59:59.5Z", "s", "required", ("inexact", None)),
        (b"1970-01-01T00:00:00+23:59", "s", "required", ("ok", -86340)),
        (b"1970-01-01T00:00:00-2359", "s", "required", ("ok", 86340)),
        (b"1970-01-01T00:00:00+24:00", "s", "required", ("syntax", None)),
        (b"1970-01-01T00:00:00+00:60", "s", "required", ("syntax", None)),
        ("1970-01-01T00:00:00\u221201:00".encode(), "s", "required", ("syntax", None)),
        (b"1677-09-21T00:12:43.145224192Z", "ns", "required", ("ok", LEAST)),
        (b"1677-09-21T00:12:43.145224191Z", "ns", "required", ("range", None)),
        (b"2262-04-11T23:47:16.854775807Z", "ns", "required", ("ok", GREATEST)),
        (b"2262-04-11T23:47:16.854775808Z", "ns", "required", ("range", None)),
        (b"0000-01-01T00:00:00Z", "us", "required", ("ok", -719528 * 86400 * 10**6)),
        (b"0000-01-01T00:00:00+00:01", "s", "required", ("ok", -719528 * 86400 - 60)),
        (b"9999-12-31T23:59:59-00:01", "s", "required", ("ok", 253402300799 + 60)),
    ],
)
def test_times_by_hand(text, unit, zone, expected):
    assert probe.time_iso(text, unit, zone) == expected


def test_a_million_digits_of_a_second():
    zeros = b"0" * 1_000_000
    assert probe.time_iso(b"1970-01-01T00:00:01." + zeros + b"Z") == ("ok", 1000)
    assert probe.time_iso(b"1970-01-01T00:00:01." + zeros + b"1Z") == ("inexact", None)


# --- dates ---------------------------------------------------------------------------------------


def test_every_month_of_every_year():
    for year in range(10_000):
        for month in range(1, 13):
            for day in (1, 28, 29, 30, 31) if year % 100 in (0, 4, 99) else (29,):
                expected = day_number(year, month, day)
                result = ("syntax", None) if expected is None else ("ok", expected)
                assert probe.date_iso(b"%04d-%02d-%02d" % (year, month, day)) == result


@pytest.mark.parametrize("year", [0, 1, 1582, 1899, 1900, 1970, 2000, 2023, 2024, 9999])
def test_every_day_of_a_year_and_none_else(year):
    for month in range(100):
        for day in range(100):
            expected = day_number(year, month, day)
            result = ("syntax", None) if expected is None else ("ok", expected)
            assert probe.date_iso(b"%04d-%02d-%02d" % (year, month, day)) == result


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"2024-01-0",
        b"2024-01-011",
        b"2024-1-01",
        b"2024/01/01",
        b"2024-01-01T",
        b"20240101",
        b"-024-01-01",
    ],
)
def test_what_is_no_date(text):
    assert probe.date_iso(text) == ("syntax", None)


# --- epochs --------------------------------------------------------------------------------------


def expected_epoch(text, epoch, unit):
    value = EXACT.create_decimal(text.decode())
    count = EXACT.divide(EXACT.multiply(value, Decimal(PER_SECOND[unit])), Decimal(PER_SECOND[epoch]))
    if count != count.to_integral_value():
        return "inexact", None
    return ("ok", int(count)) if LEAST <= count <= GREATEST else ("range", None)


def test_random_epochs():
    chance = random.Random(2)
    seen = {"ok": 0, "inexact": 0, "range": 0}
    for _ in range(60_000):
        whole = chance.randrange(10 ** chance.choice((1, 9, 10, 10, 13, 16, 19, 20)))
        body = str(whole) + "0" * chance.choice((0, 0, 0, 12))
        if chance.random() < 0.6:
            body += (
                "."
                + str(chance.randrange(10 ** chance.choice((1, 3, 3, 6, 9, 15))))
                + "0" * chance.choice((0, 9))
            )
        if chance.random() < 0.2:
            body += f"e{chance.randint(-12, 12)}"
        text = (chance.choice(("", "-")) + body).encode()
        epoch, unit = chance.choice(list(PER_SECOND)), chance.choice(list(PER_SECOND))
        expected = expected_epoch(text, epoch, unit)
        seen[expected[0]] += 1
        assert probe.time_epoch(text, epoch, unit, lenient=True) == expected, (text, epoch, unit)
    assert min(seen.values()) > 3000, seen


@given(st.integers(-(2**66), 2**66), st.integers(0, 40), units, units)
@settings(max_examples=500)
@example(LEAST, 0, "s", "s")
@example(LEAST - 1, 0, "ns", "ns")
@example(GREATEST, 9, "s", "ns")
@example(GREATEST + 1, 9, "s", "ns")
@example(LEAST, 9, "s", "ns")
@example(LEAST - 1, 9, "s", "ns")
def test_epochs_at_the_bounds(count, places, epoch, unit):
    text = f"{count}e-{places}".encode()
    assert probe.time_epoch(text, epoch, unit) == expected_epoch(text, epoch, unit)
    written = format(Decimal(count).scaleb(-places, EXACT), "f").encode()
    assert probe.time_epoch(written, epoch, unit) == expected_epoch(text, epoch, unit)


@pytest.mark.parametrize(
    ("text", "epoch", "unit", "expected"),
    [
        (b"1700000000.123", "s", "ms", ("ok", 1700000000123)),
        (b"1700000000123", "ms", "ms", ("ok", 1700000000123)),
        (b"1700000000123", "ms", "s", ("inexact", None)),
        (b"1700000000000", "ms", "s", ("ok", 1700000000)),
        (b"1.700000000123E9", "s", "ms", ("ok", 1700000000123)),
        (b"1.70000000012300000000000000000E9", "s", "ms", ("ok", 1700000000123)),
        (b"1.70000000012300000000000000001E9", "s", "ms", ("inexact", None)),
        (b"1700000000.1234", "s", "ms", ("inexact", None)),
        (b"-1.5", "s", "ms", ("ok", -1500)),
        (b"-0", "s", "ns", ("ok", 0)),
        (b"0e99999999", "s", "ns", ("ok", 0)),
        (b"9223372036.854775807", "s", "ns", ("ok", GREATEST)),
        (b"9223372036.854775808", "s", "ns", ("range", None)),
        (b"-9223372036.854775808", "s", "ns", ("ok", LEAST)),
        (b"-9223372036.854775809", "s", "ns", ("range", None)),
        (b"1e30", "s", "s", ("range", None)),
        (b"1e-30", "s", "ns", ("inexact", None)),
    ],
)
def test_epochs_by_hand(text, epoch, unit, expected):
    assert probe.time_epoch(text, epoch, unit) == expected
