"""Every word of the grammar, value by value, in the payload of every source whose payloads are JSON text."""

import datetime as dt
import math
import struct
import uuid
from decimal import Decimal

import oracle
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lambdarrow

UTC = dt.UTC


def decoded(carrier, word, *texts, **options):
    """The column of one record for each text, `word` being the type of the payload's field v."""
    loads = [b'{"v":' + text.encode() + b"}" for text in texts]
    return carrier.to_arrow(carrier.event_of(*loads), payload={"v": word}, columns=[carrier.payload], **options)


# --- one value, one verdict -------------------------------------------------------------------------

LONG = "1" * 400
VALUES = {
    "bool": [("true", True), ("false", False), ("null", None)],
    "int8": [("127", 127), ("-128", -128), ("0", 0), ("-0", 0)],
    "int16": [("32767", 2**15 - 1), ("-32768", -(2**15))],
    "int32": [("2147483647", 2**31 - 1), ("-2147483648", -(2**31))],
    "int64": [("9223372036854775807", 2**63 - 1), ("-9223372036854775808", -(2**63)), ("null", None)],
    "uint8": [("255", 255), ("-0", 0)],
    "uint16": [("65535", 2**16 - 1)],
    "uint32": [("4294967295", 2**32 - 1)],
    "uint64": [("18446744073709551615", 2**64 - 1), ("0", 0)],
    "float64": [
        ("1", 1.0),
        ("-0", -0.0),
        ("0e5", 0.0),
        ("1.7976931348623157e308", 1.7976931348623157e308),
        ("1.7976931348623158079e308", 1.7976931348623157e308),
        ("5e-324", 5e-324),
        ("2.4703282292062327e-324", 0.0),
        ("2.4703282292062328e-324", 5e-324),
        ("1e-400", 0.0),
        ("9007199254740993", 9007199254740992.0),
        ("9007199254740993.00000000000000000000000000001", 9007199254740994.0),
        ("123456789012345678901234567890", 123456789012345678901234567890.0),
        ("0." + "0" * 400 + "1e400", 0.1),
        ("null", None),
    ],
    "float32": [
        ("0.1", struct.unpack("f", struct.pack("f", 0.1))[0]),
        ("16777217", 16777216.0),
        ("3.4028235677973362e38", 3.4028234663852886e38),
        ("1e-46", 0.0),
    ],
    "utf8": [
        ('""', ""),
        ('"\u00e9 \\u00e9 \\ud83d\\ude00 \U0001f600 \\u0000"', "\u00e9 \u00e9 \U0001f600 \U0001f600 \0"),
        ('"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\/\b\f\n\r\t'),
        ("null", None),
    ],
    "large_utf8": [('"\\u20ac"', "\u20ac")],
    "dictionary<utf8>": [('"a"', "a"), ('"\\u0062"', "b"), ("null", None), ('"a"', "a"), ('""', "")],
    "binary": [
        ('""', b""),
        ('"AP8="', b"\0\xff"),
        ('"\\u0041P8\\u003d"', b"\0\xff"),
        ('"+\\/+\\/"', b"\xfb\xff\xbf"),
    ],
    "decimal128(12, 2)": [
        ("1.5", Decimal("1.50")),
        ('"1.5"', Decimal("1.50")),
        ("-0.01", Decimal("-0.01")),
        ("1.5000000000000000000000000000000000000", Decimal("1.50")),
        ("15e-1", Decimal("1.50")),
        ("1e9", Decimal("1000000000.00")),
        ("9999999999.99", Decimal("9999999999.99")),
        ("0e99999999999999999999", Decimal("0.00")),
        ("null", None),
    ],
    "decimal128(38, 38)": [("0." + "9" * 38, Decimal("0." + "9" * 38)), ("1e-38", Decimal("1e-38"))],
    "decimal256(76, 0)": [("9" * 76, Decimal("9" * 76)), ("-" + "9" * 76, Decimal("-" + "9" * 76))],
    "date32": [('"1970-01-01"', dt.date(1970, 1, 1)), ('"2024-02-29"', dt.date(2024, 2, 29)),
               ('"0001-01-01"', dt.date(1, 1, 1)), ('"9999-12-31"', dt.date(9999, 12, 31))],
    "timestamp[ms, UTC]": [
        ('"2024-01-02T03:04:05Z"', dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ('"2024-01-02 03:04:05.678+00:00"', dt.datetime(2024, 1, 2, 3, 4, 5, 678_000, UTC)),
        ('"2024-01-02T03:04:05.678000+0530"', dt.datetime(2024, 1, 1, 21, 34, 5, 678_000, UTC)),
        ('"1969-12-31T23:59:59.999Z"', dt.datetime(1969, 12, 31, 23, 59, 59, 999_000, UTC)),
        ('"2024-01-02T03:04:05.431+0000"', dt.datetime(2024, 1, 2, 3, 4, 5, 431_000, UTC)),
        ("null", None),
    ],
    "timestamp[us]": [('"2024-01-02T03:04:05.000001"', dt.datetime(2024, 1, 2, 3, 4, 5, 1))],
    "timestamp[s, UTC]": [('"2024-01-02T03:04:05.000Z"', dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC))],
    "json": [
        ('{"b": 1.50, "a":[ ]}', '{"b": 1.50, "a":[ ]}'),
        ('"\\u0061"', '"\\u0061"'),
        ('["\\ud800",{"\\udc00":1}]', '["\\ud800",{"\\udc00":1}]'),
        ("1e999", "1e999"),
        ("false", "false"),
    ],
    "map<utf8, int64>": [
        ("{}", {}),
        ('{"a":1,"b":null,"\\u0061":3}', {"a": 3, "b": None}),
        ("null", None),
    ],
    "list<utf8>": [("[]", []), ('["a",null,""]', ["a", None, ""]), ("null", None)],
    "struct<a: int64, b: list<map<utf8, bool>>>": [
        ('{"b":[{"x":true},null],"c":[{"a":5}],"a":1}', {"a": 1, "b": [{"x": True}, None]}),
        ("{}", {"a": None, "b": None}),
        ("null", None),
    ],
}
REFUSED = {
    "bool": [("1", "expected_bool"), ('"true"', "expected_bool"), ("[]", "expected_bool")],
    "int8": [("128", "out_of_range"), ("-129", "out_of_range"), (LONG, "out_of_range")],
    "int16": [("32768", "out_of_range")],
    "int32": [("2147483648", "out_of_range"), ("-2147483649", "out_of_range")],
    "int64": [
        ("9223372036854775808", "out_of_range"),
        ("-9223372036854775809", "out_of_range"),
        ("1.5", "expected_integer"),
        ("1.0", "expected_integer"),
        ("1e2", "expected_integer"),
        ('"1"', "expected_integer"),
        ("true", "expected_integer"),
        ("{}", "expected_integer"),
    ],
    "uint8": [("256", "out_of_range"), ("-1", "out_of_range")],
    "uint64": [("18446744073709551616", "out_of_range"), ("-1", "out_of_range"), (LONG, "out_of_range")],
    "float64": [
        ("1e309", "out_of_range"),
        ("-1.7976931348623159e308", "out_of_range"),
        (LONG, "out_of_range"),
        ('"1.5"', "expected_number"),
        ("true", "expected_number"),
    ],
    "float32": [
        ("3.4028235677973366e38", "out_of_range"),
        ("1e39", "out_of_range"),
        ("[]", "expected_number"),
    ],
    "utf8": [("5", "expected_string"), ("true", "expected_string"), ('"\\ud800"', "lone_surrogate"),
             ('"\\udc00"', "lone_surrogate"), ('"\\ud800\\u0041"', "lone_surrogate")],
    "large_utf8": [("{}", "expected_string")],
    "dictionary<utf8>": [("5", "expected_string"), ('"\\ud800"', "lone_surrogate")],
    "binary": [
        ("5", "expected_string"),
        ('"A-=="', "invalid_base64"),
        ('"AA A"', "invalid_base64"),
        ('"AAAAA"', "base64_length"),
        ('"A==="', "base64_padding"),
        ('"AB=="', "base64_spare_bits"),
        ('"AAB="', "base64_spare_bits"),
    ],
    "decimal128(12, 2)": [
        ("1.005", "not_exact"),
        ('"0.001"', "not_exact"),
        ("1e-3", "not_exact"),
        ("10000000000", "out_of_range"),
        ("1e99999999999999999999", "out_of_range"),
        (LONG, "out_of_range"),
        ('"abc"', "invalid_number"),
        ('""', "invalid_number"),
        ('"NaN"', "invalid_number"),
        ('"0x10"', "invalid_number"),
        ("true", "expected_number"),
        ("[]", "expected_number"),
    ],
    "decimal128(38, 38)": [("1", "out_of_range"), ("1e-39", "not_exact")],
    "decimal256(76, 0)": [("1" + "0" * 76, "out_of_range")],
    "date32": [
        ('"2023-02-29"', "invalid_date"),
        ('"2024-1-2"', "invalid_date"),
        ('"2024-01-02T00:00:00Z"', "invalid_date"),
        ('""', "invalid_date"),
        ("5", "expected_string"),
    ],
    "timestamp[ms, UTC]": [
        ('"2024-01-02T03:04:05"', "offset_missing"),
        ('"2024-01-02T03:04:05.0001Z"', "not_exact"),
        ('"2024-13-02T03:04:05Z"', "invalid_timestamp"),
        ('"2024-02-30T03:04:05Z"', "invalid_timestamp"),
        ('"2024-01-02T24:04:05Z"', "invalid_timestamp"),
        ('"yesterday"', "invalid_timestamp"),
        ('""', "invalid_timestamp"),
        ('"2024-01-02T03:04:05Z "', "invalid_timestamp"),
    ],
    "timestamp[us]": [('"2024-01-02T03:04:05Z"', "offset_present")],
    "timestamp[ns, UTC]": [('"2262-04-11T23:47:16.854775808Z"', "out_of_range")],
    "map<utf8, int64>": [
        ("[]", "expected_object"),
        ('{"a":"x"}', "expected_integer"),
        ('{"\\ud800":1}', "lone_surrogate"),
    ],
    "list<utf8>": [("{}", "expected_array"), ('["a",5]', "expected_string"), ('"a"', "expected_array")],
    "struct<a: int64>": [
        ("[]", "expected_object"),
        ("5", "expected_object"),
        ('{"a":"x"}', "expected_integer"),
    ],
    "uuid": [('"not-a-uuid"', "invalid_uuid"), ('""', "invalid_uuid"), ("5", "expected_string")],
}


@pytest.mark.parametrize("dialect", ["arrow", "plain"])
@pytest.mark.parametrize("word", VALUES)
def test_values(carrier, check, word, dialect):
    texts, expected = zip(*VALUES[word], strict=True)
    batch = decoded(carrier, word, *texts, dialect=dialect)
    ours = check(batch).column(carrier.payload).field("v")
    # pyarrow gives maps as lists of pairs; ours are dicts.
    assert batch[f"{carrier.payload}.v"].to_pylist() == list(expected)
    assert [row[carrier.payload]["v"] for row in batch.to_pylist()] == list(expected)
    for got, wanted in zip(batch[f"{carrier.payload}.v"], expected, strict=True):
        assert type(got) is type(wanted)
        if isinstance(wanted, float):
            assert math.copysign(1, got) == math.copysign(1, wanted)
        if isinstance(wanted, Decimal):
            assert (got, got.as_tuple().exponent) == (wanted, -int(word[:-1].rpartition(",")[2]))
    if "map" not in word:
        assert ours.to_pylist() == list(expected)
    if not word.startswith(("struct", "list")):
        kind = oracle.word(word).type
        assert ours.type == (oracle.undictionary(kind) if dialect == "plain" else kind)


REFUSALS = [(word, text, reason) for word, cases in REFUSED.items() for text, reason in cases]


@pytest.mark.parametrize("word, text, reason", REFUSALS, ids=[f"{w}-{t[:30]}" for w, t, _ in REFUSALS])
def test_refused_values(carrier, word, text, reason):
    good = VALUES.get(word, [("null", None)])[-1][0]
    batch = decoded(carrier, word, good, text, good, on_error="collect")
    assert [(failure.index, failure.reason) for failure in batch.failures] == [(1, reason)]
    assert batch.num_rows == 2
    (failure,) = batch.failures
    assert failure.path.startswith(f"{carrier.payload_at(1)} → $.v")
    with pytest.raises(lambdarrow.DecodeError) as caught:
        decoded(carrier, word, text)
    assert caught.value.reason == reason


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**70), 2**70), min_size=1))
def test_doubles_have_the_bits_of_float(carrier, numbers):
    batch = decoded(carrier, "float64", *map(repr, numbers))
    assert list(map(float.hex, batch[f"{carrier.payload}.v"])) == [float(repr(number)).hex() for number in numbers]


@given(st.lists(st.integers(-(10**38) + 1, 10**38 - 1), min_size=1), st.integers(0, 38))
def test_decimals_are_exact(carrier, numbers, scale):
    texts = [str(Decimal((int(n < 0), tuple(map(int, str(abs(n)))), -scale))) for n in numbers]
    column = pa.record_batch(decoded(carrier, f"decimal128(38, {scale})", *texts)).column(carrier.payload).field("v")
    assert column.to_pylist() == list(map(Decimal, texts))


def test_a_uuid(carrier, check):
    text = "c2cc10e1-57d6-4b6f-9899-38d972112d8c"
    data = check(decoded(carrier, "uuid", f'"{text}"', "null")).column(carrier.payload).field("v")
    if data.type == pa.binary(16):
        assert data.to_pylist() == [uuid.UUID(text).bytes, None]
    else:
        assert [str(value) if value else None for value in data.to_pylist()] == [text, None]


def test_a_dictionary_with_many_values(carrier, check):
    values = [f"value {number * 7919 % 5000}" for number in range(12_000)]
    event = carrier.event_of(*[{"v": value} for value in values])
    batch = carrier.to_arrow(event, payload={"v": "dictionary<utf8>"})
    column = check(batch).column(carrier.payload).field("v")
    assert column.to_pylist() == values
    assert len(column.dictionary) == len(set(values))


@pytest.mark.parametrize("count", [1, 15, 16, 17, 33, 1000])
def test_maps_keep_the_first_place_and_the_last_value(carrier, check, count):
    """Few keys are found by looking at each, many by a hash: both must agree with dict."""
    pairs = [(f"key {number % count}", number) for number in range(count + count // 2 + 1)]
    text = ",".join(f'"{key}":{value}' for key, value in pairs).join("{}")
    batch = decoded(carrier, "map<utf8, int64>", text)
    assert batch[f"{carrier.payload}.v"].to_pylist() == [dict(pairs)]
    pairs_out = check(batch).column(carrier.payload).field("v").to_pylist()[0]
    assert pairs_out == list(dict(pairs).items())
