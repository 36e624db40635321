"""Images of a type that is given: every Arrow type that can stand for an attribute, value by value."""

import dataclasses
import datetime as dt
import enum
import json
import random
import struct
import uuid
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
import oracle
import pyarrow as pa
import pytest
from dynamodb import (
    DEPTH,
    decoded,
    event_of,
    event_of_texts,
    exact,
    form,
    items_of,
    loaded,
    numbers,
    plain_item,
    record,
    seeds,
    written,
)
from dynamodb_columns import INTEGERS, cases, json_text, read_item, type_of
from events import event
from hypothesis import given
from hypothesis import strategies as st
from oracle import Wrong

from lambdarrow import DecodeError, dynamodb

UTC = dt.UTC


def column(spec, *values, **options):
    """What the type makes of these AttributeValues, each the attribute v of an item."""
    batch = decoded({"v": spec}, *[{"v": value} for value in values], **options)
    return [row["v"] for row in batch["new_image"].to_pylist()]


def reason(spec, value, **options):
    """Why the type does not take this value, between two that must stay."""
    batch = decoded({"v": spec}, {}, {"v": value}, {}, on_error="collect", **options)
    assert batch.record_index.to_pylist() == [0, 2]
    (failure,) = batch.failures
    assert failure.path.startswith("$.Records[1].dynamodb.NewImage.v") and failure.index == 1
    with pytest.raises(DecodeError) as caught:
        decoded({"v": spec}, {"v": value}, **options)
    assert caught.value.reason == failure.reason
    return failure.reason


# --- any type, any item -----------------------------------------------------------------------------


@given(cases(), seeds)
def test_images_are_what_the_type_makes_of_the_items(check, case, seed):
    spec, images = case
    rows, failed = [], []
    for index, image in enumerate(images):
        try:
            rows.append(read_item(spec, image))
        except Wrong:
            failed.append(index)

    def decode(event):
        return dynamodb.to_arrow(event, image=spec, columns=["new_image"], on_error="collect")

    batch = decode(event_of(*images))
    assert [failure.index for failure in batch.failures] == failed
    assert batch.record_index.to_pylist() == [index for index in range(len(images)) if index not in failed]
    ours = check(batch)
    assert ours.schema.field("new_image").type == type_of(spec)
    expected = oracle.built(rows, oracle.undictionary(type_of(spec)))
    assert oracle.plain(ours).column(0).to_pylist() == expected.to_pylist()
    # An event that is a dict; and one with white space and escapes anywhere, which json columns keep as they were sent.
    text = event_of_texts(*[written(image, seed + at) for at, image in enumerate(images)])
    for given_as in (json.loads(event_of(*images)), text):
        other = decode(given_as)
        assert [(one.index, one.reason) for one in other.failures] == [(one.index,
                                                                        one.reason) for one in batch.failures]
        if given_as is not text or "json" not in repr(spec):
            assert pa.record_batch(other).equals(ours)


@given(items_of(deepest=DEPTH - 1))
def test_an_item_as_json_is_the_json_of_its_objects(item):
    (text,) = decoded("json", item)["new_image"].to_pylist()
    assert loaded(text) == plain_item(item)
    assert text == json_text({"M": item})


@given(items_of(min_size=1), seeds)
def test_json_in_any_spelling(item, seed):
    names = [name for name in item if "\0" not in name]
    batch = dynamodb.to_arrow(event_of_texts(written(item, seed)), image=dict.fromkeys(names or ["x"], "json"))
    (image,) = batch["new_image"].to_pylist()
    for name in names:
        assert loaded(image[name] or "null") == plain_item(item)[name]


# --- numbers ----------------------------------------------------------------------------------------

FITS = {
    "int8": [("127", 127), ("-128", -128), ("-0", 0), ("0.0", 0), ("0E5", 0), ("1E2", 100), ("+7", 7), ("007", 7),
             ("1.0", 1),
             ("12.7E1", 127), (".5e1", 5), ("1000E-1", 100), ("0" * 50 + "7", 7), ("7." + "0" * 50, 7),
             ("-1.280e+2", -128)],
    "int16": [("32767", 32767), ("-32768", -32768)],
    "int32": [("2147483647", 2**31 - 1), ("-2147483648", -(2**31))],
    "int64": [("9223372036854775807", 2**63 - 1), ("-9223372036854775808", -(2**63)),
              ("9.223372036854775807E18", 2**63 - 1),
              ("922337203685477580700E-2", 2**63 - 1), ("9223372036854775807." + "0" * 30, 2**63 - 1),
              ("9E18", 9 * 10**18)],
    "uint8": [("255", 255), ("-0", 0)],
    "uint16": [("65535", 65535)],
    "uint32": [("4294967295", 2**32 - 1)],
    "uint64": [("18446744073709551615", 2**64 - 1)],
    "float64": [("0.1", 0.1), ("-0", -0.0), ("1E125", 1e125), ("1E-130", 1e-130),
                ("9007199254740993", 9007199254740992.0),
                ("1" * 38, float("1" * 38)), ("9007199254740993.00000000000000000001", 9007199254740994.0),
                ("+.5", 0.5)],
    "float32": [("0.1", struct.unpack("f", struct.pack("f", 0.1))[0]), ("16777217", 16777216.0), ("1E-130", 0.0),
                ("3.4028235677973362e38", 3.4028234663852886e38)],
    "decimal128(12, 2)": [("1.5", Decimal("1.50")), ("-0.01", Decimal("-0.01")), ("1E9", Decimal("1000000000.00")),
                          ("9999999999.99", Decimal("9999999999.99")), ("1.50000000000000000000", Decimal("1.50")),
                          ("-0", Decimal("0.00")), ("0E-100", Decimal("0.00")), ("+15.e-1", Decimal("1.50"))],
    "decimal128(38, 38)": [("." + "9" * 38, Decimal("." + "9" * 38)), ("1E-38", Decimal("1E-38"))],
    "decimal128(38, 0)": [("9" * 38, Decimal("9" * 38)), ("1E37", Decimal(10**37))],
    "decimal256(76, 38)": [("9" * 38, Decimal("9" * 38 + "." + "0" * 38)),
                           ("1E37", Decimal("1" + "0" * 37 + "." + "0" * 38)),
                           ("-" + "9" * 19 + "." + "9" * 19, Decimal("-" + "9" * 19 + "." + "9" * 19 + "0" * 19))],
    "decimal256(76, 0)": [("9" * 38 + "0" * 38, Decimal("9" * 38 + "0" * 38))],
}
MISFITS = {
    "int8": [("128", "out_of_range"), ("-129", "out_of_range"), ("1.5", "expected_integer"), ("1E3", "out_of_range"),
             ("1E18", "out_of_range"), ("1E-1", "expected_integer"), ("1E-130", "expected_integer")],
    "int64": [("9223372036854775808", "out_of_range"), ("-9223372036854775809", "out_of_range"),
              ("0.5", "expected_integer"),
              ("1" * 20, "out_of_range"), ("1" * 38, "out_of_range"), ("9223372036854775807.5", "expected_integer"),
              ("1" * 19 + ".1", "expected_integer")],
    "uint8": [("256", "out_of_range"), ("-1", "out_of_range"), ("-1.0", "out_of_range")],
    "uint64": [("18446744073709551616", "out_of_range"), ("-1", "out_of_range"), ("-1.0", "out_of_range")],
    "float32": [("3.4028235677973366e38", "out_of_range"), ("1E125", "out_of_range"), ("-1E39", "out_of_range")],
    "decimal128(12, 2)": [("0.001", "not_exact"), ("10000000000", "out_of_range"), ("1E-130", "not_exact"),
                          ("1E125", "out_of_range"), ("1.2345", "not_exact"), ("1" * 38, "out_of_range")],
    "decimal128(38, 38)": [("1", "out_of_range"), ("1E-39", "not_exact")],
    "decimal128(38, 0)": [("1E38", "out_of_range"), ("0.5", "not_exact"), ("1" * 38 + "0", "out_of_range")],
    "decimal256(76, 0)": [("1E76", "out_of_range"), ("1E-1", "not_exact")],
}


def bits(value):
    return struct.pack("<d", value)


@pytest.mark.parametrize("spec", FITS)
def test_numbers_that_fit(spec):
    made = column(spec, *[{"N": text} for text, _ in FITS[spec]])
    assert list(map(form, made)) == [form(value) for _, value in FITS[spec]]
    # The members of a set, and the items of a list.
    many = [{"NS": [text for text, _ in FITS[spec]]}, {"L": [{"N": text} for text, _ in FITS[spec]]}]
    for row in column([spec], *many):
        assert list(map(form, row)) == [form(value) for _, value in FITS[spec]]


@pytest.mark.parametrize("spec, text, why", [(spec, *case) for spec in MISFITS for case in MISFITS[spec]])
def test_a_number_that_does_not_fit_is_never_rounded(spec, text, why):
    assert reason(spec, {"N": text}) == why
    assert reason([spec], {"NS": [text]}) == why
    assert reason(f"map<utf8, {spec}>", {"M": {"k": {"N": text}}}) == why


@pytest.mark.parametrize("spec", INTEGERS)
def test_integers_on_the_edge(spec):
    least, greatest = INTEGERS[spec]
    assert column(spec, {"N": str(least)}, {"N": f"+0{greatest}"}, {"N": f"{least}.0"}) == [least, greatest, least]
    assert reason(spec, {"N": str(least - 1)}) == reason(spec, {"N": str(greatest + 1)}) == "out_of_range"


@given(st.lists(numbers, min_size=1, max_size=30))
def test_floats_have_the_bits_of_float(texts):
    made = column("float64", *[{"N": text} for text in texts])
    assert list(map(bits, made)) == [bits(float(text)) for text in texts]


def random_texts(seed, count):
    """Numbers in many spellings, faster than hypothesis draws them."""
    rng = random.Random(seed)
    for _ in range(count):
        digits = rng.choice((1, 2, 5, 15, 17, 18, 19, 20, 21, rng.randint(1, 38), 38))
        figures = str(rng.randrange(10 ** (digits - 1), 10**digits)) + "0" * rng.choice((0, 0, 0, 3, 30))
        point = rng.randint(0, len(figures))
        text = rng.choice(("", "", "-", "+")) + "0" * rng.choice((0, 0, 1, 4)) + figures[:point]
        text += "." + figures[point:] if point < len(figures) else rng.choice(("", "."))
        yield text + rng.choice(("", "", f"e{rng.randint(-25, 25)}", f"E{rng.randint(-80, 80):+04d}"))


def in_range(text):
    try:
        exact(text)
    except Wrong:
        return False
    return True


def assert_decimals_are_exact(texts):
    """decimal128 and decimal256 at several scales, and float64, against decimal and float."""
    fitting = 0
    for bits_of_it, precision, scale in ((128, 38, 0), (128, 38, 19), (128, 20, 5), (256, 76, 38), (256, 60, 10)):
        spec = f"decimal{bits_of_it}({precision}, {scale})"
        batch = decoded({"v": spec}, *[{"v": {"N": text}} for text in texts], on_error="collect")
        rows = dict(zip(batch.record_index.to_pylist(), batch["new_image.v"].to_pylist(), strict=True))
        reasons = {failure.index: failure.reason for failure in batch.failures}
        for index, text in enumerate(texts):
            digits, exponent = exact(text)
            if exponent < -scale:
                assert reasons[index] == "not_exact", text
            elif abs(digits) * 10 ** (exponent + scale) >= 10**precision:
                assert reasons[index] == "out_of_range", text
            else:
                fitting += 1
                # The same value, and the column's scale: nothing else is equal in both.
                assert rows[index] == Decimal(text) and rows[index].as_tuple().exponent == -scale, text
    floats = column("float64", *[{"N": text} for text in texts])
    assert list(map(bits, floats)) == [bits(float(text)) for text in texts]
    return fitting


def test_decimals_are_exact_and_floats_have_the_right_bits():
    """Of some thousands of random numbers. `python tests/sources/test_dynamodb_columns.py 1000000` takes a million."""
    texts = [text for text in random_texts(7, 5_000) if in_range(text)]
    assert len(texts) > 4_000
    assert assert_decimals_are_exact(texts) > 5_000


# --- everything else ---------------------------------------------------------------------------------

ID = "01234567-89ab-cdef-0123-456789ABCDEF"
VALUES = {
    "utf8": [({"S": ""}, ""), ({"S": "\0\u20ac\U0001f381"}, "\0\u20ac\U0001f381"), ({"NULL": True}, None)],
    "large_utf8": [({"S": "x"}, "x")],
    "utf8_view": [({"S": "longer than twelve bytes"}, "longer than twelve bytes"), ({"S": "x"}, "x")],
    "dictionary<utf8>": [({"S": "a"}, "a"), ({"S": "a"}, "a"), ({"NULL": True}, None), ({"S": ""}, "")],
    "binary": [({"B": ""}, b""), ({"B": "AP8="}, b"\0\xff"), ({"NULL": True}, None)],
    "large_binary": [({"B": "QQ=="}, b"A")],
    "bool": [({"BOOL": True}, True), ({"BOOL": False}, False), ({"NULL": True}, None)],
    "uuid": [({"S": ID}, ID), ({"S": ID.lower()}, ID.lower())],
    "date32": [({"S": "2024-02-29"}, dt.date(2024, 2, 29)), ({"S": "0001-01-01"}, dt.date(1, 1, 1)),
               ({"NULL": True}, None)],
    "timestamp[ms, UTC]": [
        ({"S": "2024-01-02T03:04:05.678Z"}, dt.datetime(2024, 1, 2, 3, 4, 5, 678_000, UTC)),
        ({"S": "2024-01-02 03:04:05+05:30"}, dt.datetime(2024, 1, 1, 21, 34, 5, tzinfo=UTC)),
        ({"NULL": True}, None),
    ],
    "timestamp[us]": [({"S": "2024-01-02T03:04:05.000001"}, dt.datetime(2024, 1, 2, 3, 4, 5, 1))],
    "json": [
        ({"S": 'a"b\n'}, '"a\\"b\\n"'), ({"N": "+007.50"}, "7.50"), ({"N": "-.5e3"}, "-0.5e3"), ({"N": "5."}, "5.0"),
        ({"N": "5.E2"}, "5.0E2"), ({"N": "000"}, "0"), ({"N": "-00.10"}, "-0.10"),
        ({"N": "." + "0" * 50}, "0." + "0" * 50),
        ({"B": "AP8="}, '"AP8="'), ({"BOOL": True}, "true"), ({"BOOL": False}, "false"), ({"NULL": True}, None),
        ({"SS": ["b", "a"]}, '["b","a"]'), ({"NS": ["1", "01"]}, "[1,1]"), ({"BS": ["", "QQ=="]}, '["","QQ=="]'),
        ({"L": []}, "[]"), ({"M": {}}, "{}"), ({"L": [{"NULL": True}, {"L": [{"M": {}}]}]}, "[null,[{}]]"),
        ({"M": {"M": {"M": {"N": {"N": "1"}}}, "": {"S": ""}}}, '{"M":{"N":1},"":""}'),
    ],
    ("utf8",): [({"SS": ["a", "b"]}, ["a", "b"]), ({"L": []}, []), ({"L": [{"S": "x"}, {"NULL": True}]}, ["x", None]),
                ({"NULL": True}, None), ({"SS": []}, []), ({"SS": ["a", "a"]}, ["a", "a"])],
    ("json",): [({"SS": ["a"]}, ['"a"']), ({"NS": ["+1"]}, ["1"]), ({"BS": ["QQ=="]}, ['"QQ=="']),
                ({"L": [{"M": {}}, {"NULL": True}]}, ["{}", None])],
    (("int64",),): [({"L": [{"NS": ["1"]}, {"L": [{"N": "2"}]}, {"L": []}]}, [[1], [2], []])],
    "map<utf8, int64>": [({"M": {}}, []), ({"M": {"b": {"N": "1"}, "a": {"NULL": True}}}, [("b", 1), ("a", None)]),
                         ({"NULL": True}, None)],
}
OTHER_OPTIONS = [
    ({"type": "timestamp[ms, UTC]", "epoch": "s"}, {"N": "1480641523.477"},
     dt.datetime(2016, 12, 2, 1, 18, 43, 477_000, UTC)),
    ({"type": "timestamp[s, UTC]", "epoch": "ms"}, {"N": "1.48064152300E12"},
     dt.datetime(2016, 12, 2, 1, 18, 43, tzinfo=UTC)),
    ({"type": "timestamp[us]", "epoch": "us"}, {"N": "-1"}, dt.datetime(1969, 12, 31, 23, 59, 59, 999_999)),
    ({"type": "timestamp[ms, UTC]", "epoch": "s", "coerce": "string"}, {"S": "1.5"},
     dt.datetime(1970, 1, 1, 0, 0, 1, 500_000, UTC)),
    ({"type": "timestamp[ms, UTC]", "assume": "UTC"}, {"S": "1970-01-01T00:00:01"},
     dt.datetime(1970, 1, 1, 0, 0, 1, 0, UTC)),
    ({"type": "utf8", "coerce": "number"}, {"N": "+01.50"}, "+01.50"),
    ({"type": "utf8", "coerce": "number"}, {"S": "x"}, "x"),
    ({"type": "dictionary<utf8>", "coerce": "number"}, {"N": "1E+2"}, "1E+2"),
    ({"type": "int32", "coerce": "string"}, {"S": "-12"}, -12),
    ({"type": "int32", "coerce": "string"}, {"N": "-12.0"}, -12),
    ({"type": "float64", "coerce": "string"}, {"S": "0.1"}, 0.1),
    ({"type": "dictionary<utf8>", "values": ["red", "green"]}, {"S": "green"}, "green"),
    ({"type": "int16", "values": [1, 2, 300]}, {"N": "3.00E2"}, 300),
]


def spec_of(key):
    return [spec_of(key[0])] if isinstance(key, tuple) else key


@pytest.mark.parametrize("key", VALUES, ids=str)
def test_values_of_each_type(key, check):
    spec = spec_of(key)
    assert column(spec, *[value for value, _ in VALUES[key]]) == [
        dict(made) if str(key).startswith("map") and made is not None else made for _, made in VALUES[key]
    ]
    batch = decoded({"v": spec}, *[{"v": value} for value, _ in VALUES[key]], {})
    ours = check(batch)
    assert ours.column(0).type == type_of({"v": spec}) and ours.column(0).to_pylist()[-1] == {"v": None}


def test_types_inside_a_map(check):
    value = {"M": {"k": {"L": [{"M": {"x": {"BOOL": True}, "y": {"S": ""}}}]}, "l": {"L": []}}}
    batch = decoded({"v": "map<utf8, list<struct<x: bool>>>"}, {"v": value})
    kind = pa.map_(pa.utf8(), pa.list_(pa.struct([("x", pa.bool_())])))
    assert check(batch).schema.field("new_image").type == pa.struct([("v", kind)])
    assert batch["new_image"].to_pylist() == [{"v": {"k": [{"x": True}], "l": []}}]


@pytest.mark.parametrize("spec, value, made", OTHER_OPTIONS, ids=[str(spec) for spec, _, _ in OTHER_OPTIONS])
def test_values_by_a_fields_options(spec, value, made):
    assert column(spec, value) == [made]


ONE_OF_EACH = {
    "S": {"S": "x"}, "N": {"N": "1"}, "B": {"B": "QQ=="}, "BOOL": {"BOOL": True}, "SS": {"SS": ["x"]},
    "NS": {"NS": ["1"]},
    "BS": {"BS": ["QQ=="]}, "L": {"L": []}, "M": {"M": {}},
}
TAKEN = {
    **dict.fromkeys(["utf8", "large_utf8", "utf8_view", "dictionary<utf8>"], "S"),
    **dict.fromkeys(["int8", "uint64", "float32", "float64", "decimal128(9, 2)", "decimal256(50, 0)"], "N"),
    "binary": "B", "large_binary": "B", "bool": "BOOL", "map<utf8, utf8>": "M",
}


@pytest.mark.parametrize("spec", TAKEN)
def test_a_value_of_another_type(spec):
    for tag, value in ONE_OF_EACH.items():
        if tag == TAKEN[spec]:
            assert column(spec, value) != [None]
        else:
            assert reason(spec, value) == "unexpected_type"


def test_a_value_of_another_type_in_a_struct_and_in_a_list():
    for tag, value in ONE_OF_EACH.items():
        if tag != "M":
            assert reason({"x": "utf8"}, value) == "unexpected_type"
        if tag not in ("L", "SS", "NS", "BS"):
            assert reason(["utf8"], value) == "unexpected_type"
    for tag in ("NS", "BS"):
        assert reason(["utf8"], ONE_OF_EACH[tag]) == "unexpected_type"
    assert reason(["int64"], ONE_OF_EACH["SS"]) == reason(["binary"], ONE_OF_EACH["SS"]) == "unexpected_type"


WRONG_TEXTS = [
    ("uuid", "x", "invalid_uuid"), ("uuid", ID + " ", "invalid_uuid"), ("uuid", "", "invalid_uuid"),
    ("date32", "2023-02-29", "invalid_date"), ("date32", "2024-1-2", "invalid_date"), ("date32", "", "invalid_date"),
    ("timestamp[ms, UTC]", "2024-01-02T03:04:05", "offset_missing"),
    ("timestamp[ms, UTC]", "yesterday", "invalid_timestamp"),
    ("timestamp[us]", "2024-01-02T03:04:05Z", "offset_present"),
    ("timestamp[s, UTC]", "2024-01-02T03:04:05.5Z", "not_exact"),
    ({"type": "dictionary<utf8>", "values": ["a"]}, "b", "unexpected_value"),
    ({"type": "int32", "coerce": "string"}, "1.5", "expected_integer"),
    ({"type": "int32", "coerce": "string"}, "x", "invalid_number"),
    ({"type": "int8", "coerce": "string"}, "128", "out_of_range"),
]


@pytest.mark.parametrize("spec, text, why", WRONG_TEXTS, ids=[f"{spec}-{text}" for spec, text, _ in WRONG_TEXTS])
def test_text_that_the_type_does_not_take(spec, text, why):
    assert reason(spec, {"S": text}) == why


@pytest.mark.parametrize("epoch, text, why", [
    ("s", "0.0001", "not_exact"), ("s", "1E30", "out_of_range"), ("ms", "1.5", "not_exact"), ("ns", "1", "not_exact"),
])
def test_an_epoch_that_the_unit_does_not_hold(epoch, text, why):
    assert reason({"type": "timestamp[ms, UTC]", "epoch": epoch}, {"N": text}) == why
    assert reason({"type": "timestamp[ms, UTC]", "epoch": epoch}, {"S": "1970-01-01T00:00:00Z"}) == "unexpected_type"


def test_numbers_and_choices():
    assert reason({"type": "int16", "values": [1, 2]}, {"N": "3"}) == "unexpected_value"
    assert reason({"type": "int16", "values": [1, 2]}, {"N": "1.5"}) == "expected_integer"


# --- presence ----------------------------------------------------------------------------------------


def test_missing_null_and_required():
    spec = {"a": "utf8", "must": {"type": "int64", "required": True},
            "or": {"type": "utf8", "required": True, "nullable": True},
            "not": {"type": "utf8", "nullable": False}}
    good = {"must": {"N": "1"}, "or": {"NULL": True}}
    batch = decoded(spec, good, {**good, "not": {"S": "x"}}, {"or": {"S": ""}}, {**good, "must": {"NULL": True}},
                    {"must": {"N": "1"}}, {**good, "not": {"NULL": True}}, on_error="collect")
    assert batch["new_image"].to_pylist() == [{"a": None, "must": 1, "or": None, "not": None},
                                              {"a": None, "must": 1, "or": None, "not": "x"}]
    assert [(one.index, one.reason, one.path.rpartition(".")[2]) for one in batch.failures] == [
        (2, "missing_field", "must"), (3, "unexpected_null", "must"), (4, "missing_field", "or"),
        (5, "unexpected_null",
                                                                                                 "not"),
    ]


def test_required_fields_deeper_down():
    spec = {"m": {"x": {"type": "int64", "required": True}}, "l": [{"y": {"type": "utf8", "required": True}}]}
    batch = decoded(spec, {}, {"m": {"NULL": True}}, {"m": {"M": {}}},
                    {"l": {"L": [{"M": {"y": {"S": ""}}}, {"M": {}}]}},
                    on_error="collect")
    assert batch["new_image"].to_pylist() == [{"m": None, "l": None}] * 2
    assert [(one.index, one.path) for one in batch.failures] == [
        (2, "$.Records[2].dynamodb.NewImage.m.x"), (3, "$.Records[3].dynamodb.NewImage.l[1].y"),
    ]


def test_an_image_that_is_not_there_is_null():
    whole = event([record({"v": {"N": "1"}}), record(None, 1), record({}, 2)])
    for spec, rows in (({"v": "int64"}, [{"v": 1}, None, {"v": None}]), ("json", ['{"v":1}', None, "{}"]),
                       ("map<utf8, int64>", [{"v": 1}, None, {}])):
        batch = dynamodb.to_arrow(whole, image=spec)
        assert batch["new_image"].to_pylist() == rows
        assert batch["old_image"].to_pylist() == [None] * 3


def test_both_images_have_the_type():
    whole = event([record({"v": {"N": "2"}}, old={"v": {"N": "1"}}),
                   record({"v": {"N": "2"}}, 1, old={"v": {"S": "1"}})])
    batch = dynamodb.to_arrow(whole, image={"v": "int8"}, on_error="collect")
    assert (batch["new_image"].to_pylist(), batch["old_image"].to_pylist()) == ([{"v": 2}], [{"v": 1}])
    assert batch.failures[0].path == "$.Records[1].dynamodb.OldImage.v"


def test_columns_below_an_image():
    whole = event_of({"a": {"N": "1"}, "m": {"M": {"x": {"S": "y"}, "z": {"N": "bad"}}}, "bad": {"Q": 1}})
    spec = {"a": "int64", "m": {"x": "utf8", "z": "int64"}, "bad": "utf8"}
    batch = dynamodb.to_arrow(whole, image=spec, columns=["new_image.m.x", "new_image.a"])
    assert batch["new_image"].to_pylist() == [{"a": 1, "m": {"x": "y"}}]


# --- Structs, Arrow schemas --------------------------------------------------------------------------


class Colour(enum.Enum):
    RED = "red"
    GREEN = "green"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


@dataclasses.dataclass
class Size:
    width: int
    height: int | None


class Line(msgspec.Struct, rename="camel"):
    unit_price: Annotated[Decimal, msgspec.Meta(extra={"precision": 12, "scale": 2})]
    in_stock: bool


class Order(msgspec.Struct, rename={"order_id": "PK"}):
    order_id: str
    colour: Colour
    level: Level
    kind: Literal["a", "b"]
    count: int
    small: Annotated[int, msgspec.Meta(extra={"arrow": "int8"})]
    ratio: float
    lines: list[Line]
    size: Size
    tags: set[str]
    numbers: frozenset[int]
    blobs: list[bytes]
    at: dt.datetime
    epoch: Annotated[dt.datetime, msgspec.Meta(extra={"epoch": "s"})]
    day: dt.date
    key: uuid.UUID
    extra: dict[str, float]
    anything: Any
    raw: msgspec.Raw
    maybe: str | None


ORDER = {
    "PK": {"S": "o-1"}, "colour": {"S": "green"}, "level": {"N": "2.0"}, "kind": {"S": "b"}, "count": {"N": "1E3"},
    "small": {"N": "-128"}, "ratio": {"N": "0.1"},
    "lines": {"L": [{"M": {"unitPrice": {"N": "2.5"}, "inStock": {"BOOL": True}}}]},
    "size": {"M": {"width": {"N": "3"}, "height": {"NULL": True}}}, "tags": {"SS": ["a"]},
    "numbers": {"NS": ["3", "1"]},
    "blobs": {"BS": ["QQ=="]}, "at": {"S": "2024-01-02T03:04:05Z"}, "epoch": {"N": "1.5"}, "day": {"S": "2024-02-29"},
    "key": {"S": ID}, "extra": {"M": {"x": {"N": "1"}}}, "anything": {"NS": ["+1"]},
    "raw": {"M": {"a": {"BOOL": False}}},
    "maybe": {"NULL": True}, "unknown": {"L": [{"Q": "not looked at"}]},
}
MADE = {
    "order_id": "o-1", "colour": "green", "level": 2, "kind": "b", "count": 1000, "small": -128, "ratio": 0.1,
    "lines": [{"unit_price": Decimal("2.50"), "in_stock": True}], "size": {"width": 3, "height": None}, "tags": ["a"],
    "numbers": [3, 1], "blobs": [b"A"], "at": dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC),
    "epoch": dt.datetime(1970, 1, 1, 0, 0, 1, 500_000, UTC), "day": dt.date(2024, 2, 29), "key": ID,
    "extra": {"x": 1.0},
    "anything": "[1]", "raw": '{"a":false}', "maybe": None,
}


def test_a_struct_is_a_type(check):
    batch = decoded(Order, ORDER)
    assert batch["new_image"].to_pylist() == [MADE]
    kind = check(batch).schema.field("new_image").type
    assert kind.field("lines").type == pa.list_(pa.struct([("unit_price", pa.decimal128(12, 2)),
                                                           ("in_stock", pa.bool_())]))
    assert kind.field("small").type == pa.int8() and kind.field("level").type == pa.int64()


@pytest.mark.parametrize("wire", [name for name in ORDER if name != "unknown"])
def test_a_field_of_a_struct_is_required_and_not_null(wire):
    rest = {name: value for name, value in ORDER.items() if name != wire}
    batch = decoded(Order, rest, {**rest, wire: {"NULL": True}}, on_error="collect")
    assert (batch.failures[0].index, batch.failures[0].reason) == (0, "missing_field")
    assert batch.failures[0].path == f"$.Records[0].dynamodb.NewImage.{wire}"
    if wire in ("maybe", "anything", "raw"):
        assert batch.record_index.to_pylist() == [1]
    else:
        assert batch.failures[1].reason == "unexpected_null"


@pytest.mark.parametrize("wire, value, why", [
    ("colour", {"S": "blue"}, "unexpected_value"), ("level", {"N": "3"}, "unexpected_value"),
    ("kind", {"S": ""}, "unexpected_value"),
    ("count", {"N": "0.5"}, "expected_integer"), ("small", {"N": "128"}, "out_of_range"),
    ("key", {"S": "x"}, "invalid_uuid"),
    ("at", {"N": "5"}, "unexpected_type"), ("epoch", {"S": "2024-01-02T03:04:05Z"}, "unexpected_type"),
    ("tags", {"NS": ["1"]}, "unexpected_type"), ("size", {"M": {"height": {"N": "1"}}}, "missing_field"),
])
def test_a_value_that_a_struct_does_not_take(wire, value, why):
    batch = decoded(Order, {**ORDER, wire: value}, on_error="collect")
    assert [one.reason for one in batch.failures] == [why]


def test_an_arrow_schema_is_a_type(check):
    schema = pa.schema([
        pa.field("id", pa.utf8(), nullable=False), ("n", pa.int32()), ("d", pa.dictionary(pa.int32(), pa.utf8())),
        ("l", pa.list_(pa.field("item", pa.int64(), nullable=False))), ("s", pa.struct([("x", pa.decimal128(5, 2))])),
        ("m", pa.map_(pa.utf8(), pa.float32())), ("t", pa.timestamp("ms", "UTC")), ("b", pa.large_binary()),
        ("f", pa.float64()),
    ])
    item = {"id": {"S": "a"}, "n": {"N": "1"}, "d": {"S": "q"}, "l": {"NS": ["1"]}, "s": {"M": {"x": {"N": "1.5"}}},
            "m": {"M": {"k": {"N": ".5"}}}, "t": {"S": "2024-01-02T03:04:05Z"}, "b": {"B": "QQ=="}, "f": {"N": "1E3"}}
    batch = decoded(schema, item, {"id": {"S": "b"}}, {"n": {"N": "1"}}, {"id": {"NULL": True}},
                    {"id": {"S": "c"}, "l": {"L": [{"NULL": True}]}}, on_error="collect")
    assert check(batch).schema.field("new_image").type == pa.struct(list(schema))
    assert batch["new_image"].to_pylist() == [
        {"id": "a", "n": 1, "d": "q", "l": [1], "s": {"x": Decimal("1.50")}, "m": {"k": 0.5},
         "t": dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), "b": b"A", "f": 1000.0},
        {**dict.fromkeys(schema.names), "id": "b"},
    ]
    assert [one.reason for one in batch.failures] == ["missing_field", "unexpected_null", "unexpected_null"]


def test_an_image_has_fields():
    for spec in ("utf8", "int64", ["utf8"], [{"a": "utf8"}], "binary", "bool"):
        with pytest.raises(ValueError, match="image: an item is a struct, a map or json, not"):
            dynamodb.Decoder(image=spec)


# --- on_mismatch -------------------------------------------------------------------------------------

DRIFTED = [
    ({"v": "int64"}, {"v": {"S": "5"}}, {"v": None}, {"$.new_image.v": '{"S":"5"}'}),
    ({"v": "int64"}, {"v": {"N": "5.5"}}, {"v": None}, {"$.new_image.v": '{"N":"5.5"}'}),
    ({"v": ["uuid"]}, {"v": {"SS": ["a", ID]}}, {"v": [None, ID]}, {"$.new_image.v[0]": '"a"'}),
    ({"v": ["int64"]}, {"v": {"L": [{"N": "1"}, {"S": "x"}]}}, {"v": [1, None]}, {"$.new_image.v[1]": '{"S":"x"}'}),
    ({"v": ["int64"]}, {"v": {"NS": ["1", "1.5"]}}, {"v": [1, None]}, {"$.new_image.v[1]": '"1.5"'}),
    ({"v": "map<utf8, int64>"}, {"v": {"M": {"x": {"N": "1"}, "a b": {"S": ""}}}}, {"v": {"x": 1, "a b": None}},
     {'$.new_image.v["a b"]': '{"S":""}'}),
    ({"v": {"x": "bool"}}, {"v": {"M": {"x": {"N": "1"}}}}, {"v": {"x": None}}, {"$.new_image.v.x": '{"N":"1"}'}),
    ({"v": {"x": "bool"}}, {"v": {"L": []}}, {"v": None}, {"$.new_image.v": '{"L":[]}'}),
    ({"v": "int64", "w": "utf8"}, {"v": {"Q": 1}, "w": {"S": "x"}}, {"v": None, "w": "x"},
     {"$.new_image.v": '{"Q":1}'}),
]


@pytest.mark.parametrize("spec, item, made, kept", DRIFTED, ids=[str(item) for _, item, _, _ in DRIFTED])
def test_a_value_that_does_not_fit_is_null_or_rescued(spec, item, made, kept):
    assert decoded(spec, {}, item, on_mismatch="null")["new_image"].to_pylist()[1] == made
    batch = decoded(spec, {}, item, on_mismatch="rescue")
    assert batch["new_image"].to_pylist()[1] == made and batch["_rescued"].to_pylist() == [None, kept]
    with pytest.raises(DecodeError):
        decoded(spec, item)


def test_on_mismatch_of_one_field():
    spec = {"v": {"type": "int64", "on_mismatch": "rescue"}, "w": {"type": ["int64"], "on_mismatch": "null"},
            "x": "int64"}
    batch = decoded(spec, {"v": {"S": "a"}, "w": {"L": [{"N": "1"}, {"S": ""}]}, "x": {"N": "1"}}, {"x": {"S": "b"}},
                    on_error="collect")
    assert batch["new_image"].to_pylist() == [{"v": None, "w": [1, None], "x": 1}]
    assert batch["_rescued"].to_pylist() == [{"$.new_image.v": '{"S":"a"}'}]
    assert batch.failures[0].path == "$.Records[1].dynamodb.NewImage.x"


def test_a_required_field_is_not_rescued():
    spec = {"v": {"type": "int64", "required": True}}
    batch = decoded(spec, {}, {"v": {"N": "1"}}, on_mismatch="rescue", on_error="collect")
    assert batch["new_image"].to_pylist() == [{"v": 1}] and batch.failures[0].reason == "missing_field"


# --- dialects, text ----------------------------------------------------------------------------------


def test_other_dialects(check):
    item = {"d": {"S": "a"}, "u": {"N": "18446744073709551615"}, "t": {"S": "2024-01-02T03:04:05.678Z"},
            "l": {"SS": ["a"]}}
    spec = {"d": "dictionary<utf8>", "u": "uint64", "t": "timestamp[ms, UTC]", "l": ["dictionary<utf8>"]}
    spark = check(decoded(spec, item, dialect="spark")).column(0)
    assert spark.type == pa.struct([("d", pa.utf8()), ("u", pa.decimal128(20, 0)), ("t", pa.timestamp("us", "UTC")),
                                    ("l", pa.list_(pa.utf8()))])
    assert spark.to_pylist()[0]["u"] == 2**64 - 1
    plain = check(decoded(spec, item, dialect="plain")).column(0)
    assert plain.type.field("d").type == pa.utf8() and plain.to_pylist()[0]["l"] == ["a"]


def test_string_views(check):
    item = {"a": {"S": "x"}, "b": {"SS": ["longer than twelve bytes", "\u20ac" * 5]},
            "c": {"M": {"k": {"S": "\n" * 20}}}}
    spec = {"a": "utf8", "b": ["utf8"], "c": "map<utf8, utf8>"}
    ours = check(decoded(spec, item, string_type="string_view")).column(0)
    assert ours.type.field("a").type == pa.string_view()
    assert ours.to_pylist() == [{"a": "x", "b": ["longer than twelve bytes", "\u20ac" * 5], "c": [("k", "\n" * 20)]}]


def test_lone_surrogates_replaced():
    text = rb'{"v":{"S":"a\ud800b"},"s":{"SS":["\udc00"]},"m":{"M":{"\ud800":{"S":"x"}}}}'
    spec = {"v": "utf8", "s": ["utf8"], "m": "map<utf8, utf8>"}
    batch = dynamodb.to_arrow(event_of_texts(text), image=spec, lone_surrogates="replace")
    assert batch["new_image"].to_pylist() == [{"v": "a\ufffdb", "s": ["\ufffd"], "m": {"\ufffd": "x"}}]
    with pytest.raises(DecodeError) as caught:
        dynamodb.to_arrow(event_of_texts(text), image=spec)
    assert caught.value.reason == "lone_surrogate"


def test_columns_are_built_as_pyarrow_builds_them_from_objects():
    """The same column from what unmarshal makes of the items."""
    kind = pa.struct([("id", pa.utf8()), ("n", pa.decimal128(38, 9)), ("b", pa.binary()), ("l", pa.list_(pa.float64())),
                      ("y", pa.bool_()),
                      ("m", pa.map_(pa.utf8(), pa.int64()))])
    images = [{"id": {"S": f"\u20ac{n}"}, "n": {"N": f"{n}.{n:09d}"}, "b": {"B": "QUJD"}, "y": {"BOOL": n % 2 == 0},
               "l": {"L": [{"N": f"0.{n}"}, {"NULL": True}]}, "m": {"M": {f"k{n}": {"N": str(n)}}},
               "x": {"N": "1"}} for n in range(50)]
    objects = dynamodb.unmarshal(images)
    rows = [{**one, "l": [None if x is None else float(x) for x in one["l"]],
             "m": [(k, int(v)) for k, v in one["m"].items()]}
            for one in objects]
    for row in rows:
        del row["x"]
    ours = pa.record_batch(decoded(pa.schema(list(kind)), *images)).column(0)
    assert ours.equals(pa.array(rows, kind))


if __name__ == "__main__":
    import sys

    left, seed = int(sys.argv[1]), 0
    while left > 0:
        some = [text for text in random_texts(seed, 5_000) if in_range(text)]
        assert_decimals_are_exact(some)
        left, seed = left - len(some), seed + 1
    print(f"{seed} seeds of 5,000 numbers, all exact")
