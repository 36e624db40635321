"""What was found: the smallest input that shows it, named after what goes wrong."""

import dataclasses
import enum
import json
import subprocess
import sys
from decimal import Decimal
from typing import ClassVar

import events
import msgspec
import numpy
import pyarrow as pa
import pytest
from dynamodb import DEPTH, decoded, event_of_texts, record
from events import event

from lambdarrow import DecodeError, dynamodb, kinesis
from lambdarrow.dynamodb import deserialize, marshal, serialize, unmarshal

N, S = {"N": "1"}, {"S": "x"}


def failing(work, *arguments, **options):
    with pytest.raises(DecodeError) as caught:
        work(*arguments, **options)
    return caught.value


def both(value):
    """The value, and its text."""
    return value, json.dumps(value)


# --- types that are given ---------------------------------------------------------------------------


class Item(msgspec.Struct):
    id: str
    count: int = 5
    tags: list[str] = msgspec.field(default_factory=list)
    note: str = "none"


def test_a_default_of_a_struct_stands_for_an_attribute_that_is_missing():
    batch = decoded(Item, {"id": S}, {"id": S, "count": N, "tags": {"SS": ["a"]}, "note": S})
    assert batch["new_image"].to_pylist() == [
        {"id": "x", "count": 5, "tags": [], "note": "none"}, {"id": "x", "count": 1, "tags": ["a"], "note": "x"},
    ]


@pytest.mark.parametrize("spec, default", [
    ("int64", 5), ("utf8", "x"), ("float64", 0.5), ("bool", False), (["utf8"], ["a"]), ("map<utf8, int64>", {"a": 1}),
    ({"x": "int8"}, {"x": 1}), ("timestamp[ms, UTC]", "2024-01-02T03:04:05Z"), ("decimal128(9, 2)", "1.50"),
])
def test_a_default_is_what_it_is_in_any_payload(spec, default):
    fields = {"v": {"type": spec, "default": default}}
    payload = kinesis.to_arrow(events.event_of({}), payload=fields)["data.v"].to_pylist()
    assert decoded(fields, {})["new_image.v"].to_pylist() == payload != [None]


@pytest.mark.parametrize("text, value", [
    ("18446744073709551615.0", 2**64 - 1), ("1E19", 10**19), ("184467440737095516150E-1", 2**64 - 1),
    ("1.8446744073709551615E19", 2**64 - 1), ("10000000000000000000.00", 10**19),
])
def test_a_number_of_twenty_digits_that_fits_uint64(text, value):
    assert decoded({"v": "uint64"}, {"v": {"N": text}})["new_image.v"].to_pylist() == [value]


@pytest.mark.parametrize("spec", ["int8", "int64", "uint64"])
@pytest.mark.parametrize("text", ["1E20", "1E125", "-2E19", "123456789012345678901.0", "1" * 38 + ".0"])
def test_an_integer_that_is_too_large_is_an_integer(spec, text):
    assert failing(decoded, {"v": spec}, {"v": {"N": text}}).reason == "out_of_range"


def test_coerce_of_a_truth_value():
    """The option is taken, and then no string is."""
    spec = {"type": "bool", "coerce": "string"}
    assert decoded({"v": spec}, {"v": {"S": "true"}}, {"v": {"BOOL": False}})["new_image.v"].to_pylist() == [True,
                                                                                                             False]


# --- depth ------------------------------------------------------------------------------------------


def nested(levels):
    value = S
    for _ in range(levels):
        value = {"L": [value]}
    return value


def test_json_of_an_item_is_as_deep_as_the_item_may_be():
    """Its own map is not counted elsewhere."""
    item = {"v": nested(DEPTH)}
    assert unmarshal(item)
    (text,) = decoded("json", item)["new_image"].to_pylist()
    assert text.count("[") == DEPTH


@pytest.mark.parametrize("image", [None, {"v": ["json"]}, {"v": [["json"]]}, "nested"], ids=str)
def test_an_attribute_of_33_levels(image):
    """unmarshal refuses it, and so does a json column for the whole attribute."""
    if image == "nested":
        image = "utf8"
        for _ in range(DEPTH + 1):
            image = [image]
        image = {"v": image}
    bad = {"v": nested(DEPTH + 1)}
    assert failing(unmarshal, bad).reason == "too_deep"
    assert failing(decoded, image, bad).reason == "too_deep"
    batch = decoded(image, {}, bad, {}, on_error="collect")
    assert [(one.index, one.reason) for one in batch.failures] == [(1, "too_deep")]


# --- strict -----------------------------------------------------------------------------------------

TWICE = [
    ({"NS": ["0", "-0"]}, ["float64"]),
    ({"NS": ["0", "-0.0"]}, ["float32"]),
    ({"NS": ["1", "1.0"]}, [{"type": "utf8", "coerce": "number"}]),
    ({"NS": ["100", "1E2"]}, [{"type": "dictionary<utf8>", "coerce": "number"}]),
    ({"NS": ["1", "1.0"]}, ["json"]),
    ({"SS": ["a", "a"]}, "json"),
    ({"SS": []}, "json"),
    ({"NS": ["1", "1.0"]}, "json"),
    ({"L": [{"SS": []}]}, ["json"]),
    ({"M": {"x": {"BS": ["QQ==", "QQ=="]}}}, "json"),
]


@pytest.mark.parametrize("value, spec", TWICE, ids=[json.dumps(value) + str(spec) for value, spec in TWICE])
def test_strict_refuses_a_member_that_stands_in_a_set_twice_whatever_the_column(value, spec):
    assert failing(deserialize, value, strict=True).reason == "repeated_member"
    assert failing(decoded, {"v": spec}, {"v": value}, strict=True).reason == "repeated_member"


@pytest.mark.parametrize("value", [{"SS": ["a", "a"]}, {"SS": []}, {"L": [{"NS": ["1", "1.0"]}]}])
def test_strict_refuses_it_in_an_item_that_is_json(value):
    for image in ("json", "map<utf8, json>"):
        assert failing(decoded, image, {"v": value}, strict=True).reason == "repeated_member"
    # Inferred, where the attribute has several types.
    assert failing(decoded, None, {"v": value}, {"v": N}, strict=True).reason == "repeated_member"


def test_strict_refuses_equal_numbers_whose_type_is_inferred_to_be_text():
    value = {"NS": ["1E40", "1" + "0" * 40]}
    assert failing(deserialize, value, strict=True).reason == "repeated_member"
    assert failing(decoded, None, {"v": value}, strict=True).reason == "repeated_member"


OTHERS = [
    ({"NS": ["0.1", "0.10000000000000001"]}, ["float64"]),
    ({"NS": ["16777216", "16777217"]}, ["float32"]),
    ({"NS": ["1E-130", "2E-130"]}, ["float32"]),
    ({"SS": ["2024-01-02T03:04:05Z", "2024-01-02T03:04:05+00:00"]}, ["timestamp[ms, UTC]"]),
    ({"SS": ["2024-01-02T03:04:05Z", "2024-01-02T04:04:05+01:00"]}, ["timestamp[ms, UTC]"]),
]


@pytest.mark.parametrize("value, spec", OTHERS, ids=[json.dumps(value) for value, _ in OTHERS])
def test_strict_takes_members_that_differ_although_the_column_does_not_tell_them_apart(value, spec):
    assert len(deserialize(value, strict=True)) == 2
    strict, lenient = (decoded({"v": spec}, {"v": value}, strict=on)["new_image"].to_pylist() for on in (True, False))
    assert strict == lenient


@pytest.mark.parametrize("value, spec, made", [
    ({"SS": ["a", "b"]}, ["uuid"], [None, None]), ({"NS": ["1.5", "2.5", "3"]}, ["int64"], [None, None, 3]),
    ({"SS": ["", "x", "y"]}, ["date32"], [None, None, None]),
])
def test_strict_does_not_take_nulls_for_one_member(value, spec, made):
    """What does not fit is null; the set has each member once."""
    batch = decoded({"v": spec}, {"v": value}, strict=True, on_mismatch="rescue")
    assert batch["new_image"].to_pylist() == [{"v": made}]
    assert len(batch["_rescued"].to_pylist()[0]) == made.count(None)
    (item,) = spec
    batch = decoded({"v": [{"type": item, "on_mismatch": "null"}]}, {"v": value}, strict=True)
    assert batch["new_image"].to_pylist() == [{"v": made}]


@pytest.mark.parametrize("mode", ["decimal", "int_float", "str"])
def test_strict_objects_are_the_same_in_every_mode(mode):
    for value in both({"NS": ["0.1", "0.10000000000000001"]}):
        deserialize(value, strict=True, numbers=mode)
    for value in both({"NS": ["1", "1.0"]}):
        assert failing(deserialize, value, strict=True, numbers=mode).reason == "repeated_member"


# --- inference --------------------------------------------------------------------------------------


@pytest.mark.parametrize("texts, kind", [
    (["0", "0.5"], pa.decimal128(1, 1)), (["0.5", "-0.00"], pa.decimal128(1, 1)),
    (["0", "1E-38"], pa.decimal128(38, 38)),
    (["0", "0." + "1" * 38], pa.decimal128(38, 38)),
])
def test_a_zero_takes_no_digit_of_the_smallest_decimal(texts, kind):
    batch = decoded(None, *[{"v": {"N": text}} for text in texts])
    assert pa.schema(batch.schema).field("new_image").type.field("v").type == kind
    assert [row["v"] for row in batch["new_image"].to_pylist()] == list(map(Decimal, texts))


@pytest.mark.parametrize("text", [
    '{"v":{"S":"x"},"w":{"Q":"x"}}', '{"v":{"L":[{"N":"1"},{}]}}', '{"v":{"N":"0.5"},"w":{"S":5}}',
    '{"new":{"N":"1"},"w":5}',
])
def test_a_record_that_fails_has_no_say_in_the_types_of_the_others(text):
    """One poison record turned the numbers of all others into text."""
    good = '{"v":{"N":"1"}}'
    for texts in ((good, text), (text, good)):
        batch = dynamodb.to_arrow(event_of_texts(*texts), columns=["new_image"], on_error="collect")
        assert pa.schema(batch.schema).field("new_image").type == pa.struct([("v", pa.int64())])
        assert batch["new_image"].to_pylist() == [{"v": 1}] and len(batch.failures) == 1


def test_no_attribute_is_lost_behind_a_tag_that_comes_again():
    """Decoding takes it, looking for the types does not: what stands behind it was not there, without a word."""
    whole = event_of_texts('{"a":{"S":"x","S":"y"},"b":{"N":"1"}}', '{"c":{"N":"1"}}')
    batch = dynamodb.to_arrow(whole, columns=["new_image"], on_error="collect")
    assert batch.failures or batch["new_image"].to_pylist()[0] == {"a": "y", "b": 1, "c": None}


def test_no_attribute_is_lost_behind_one_that_is_too_deep():
    batch = decoded(None, {"a": nested(DEPTH + 1), "b": N}, {"c": N}, on_error="collect")
    assert [one.reason for one in batch.failures] == ["too_deep"]


def test_no_attribute_is_lost_behind_half_a_surrogate_pair():
    whole = event_of_texts(rb'{"a":{"M":{"\ud800":{"S":"x"}}},"b":{"N":"1"}}', b'{"c":{"N":"1"}}')
    batch = dynamodb.to_arrow(whole, columns=["new_image"], lone_surrogates="replace")
    assert batch["new_image"].to_pylist()[0]["b"] == 1
    whole = event_of_texts(rb'{"\ud800":{"S":"x"},"b":{"N":"1"}}', b'{"c":{"N":"1"}}')
    batch = dynamodb.to_arrow(whole, columns=["new_image"], lone_surrogates="replace")
    assert batch["new_image"].to_pylist()[0] == {"\ufffd": "x", "b": 1, "c": None}


@pytest.mark.parametrize("keys", [{"pk": {"Q": 1}}, 5, {"pk": {"N": "NaN"}}])
def test_no_image_is_lost_behind_keys_that_nobody_asked_for(keys):
    whole = event([record({"a": N}, keys=keys), record({"c": N}, 1)])
    batch = dynamodb.to_arrow(whole, columns=["new_image"])
    assert batch["new_image"].to_pylist() == [{"a": 1, "c": None}, {"a": None, "c": 1}]


# --- objects ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["0E99999999999999999999", "-0e-99999999999999999999", "0.0E1000000000000000000",
                                  "0e" + "9" * 400])
def test_a_zero_of_any_exponent_is_zero(text):
    """Decimal refuses it, in words of its own; columns and int_float read it."""
    assert decoded({"v": "int8"}, {"v": {"N": text}})["new_image.v"].to_pylist() == [0]
    for value in both({"N": text}):
        assert deserialize(value, numbers="int_float") == 0
        assert deserialize(value) == 0 and isinstance(deserialize(value), Decimal)


@pytest.mark.parametrize("tag, content",
                         [("S", "x"), ("N", "1"), ("B", ""), ("BOOL", True), ("NULL", True), ("SS", ["a"]), ("L", []),
                                          ("M", {})])
def test_a_type_with_nul_behind_it_is_none(tag, content):
    for value in both({tag + "\0": content}) + both({tag + "\0x": content}):
        assert failing(deserialize, value).reason == "invalid_attribute"


@pytest.mark.parametrize("value",
                         [{"S": "a\ud800"}, {"SS": ["\udc00"]}, {"M": {"\ud800": S}},
                          {"M": {"a": {"L": [{"S": "\udfff"}]}}}])
def test_half_a_surrogate_pair_in_a_dict(value):
    """As json.loads makes it of an event that the bytes would be refused for."""
    assert failing(deserialize, json.dumps(value)).reason == "lone_surrogate"
    assert failing(deserialize, value).reason == "lone_surrogate"


def test_a_path_names_the_key_and_not_how_it_is_written():
    item = {'a"b': {"M": {"\u20ac": {"M": {"\n": {"Q": 1}}}}}}
    expected = failing(unmarshal, item).path
    assert failing(unmarshal, json.dumps(item, ensure_ascii=True)).path == expected
    assert failing(unmarshal, json.dumps(item, ensure_ascii=False)).path == expected
    assert failing(unmarshal, r'{"\u0061":{"Q":1}}').path == "$.a"
    error = failing(dynamodb.to_arrow, event_of_texts(r'{"v":{"M":{"\u0061":{"Q":1}}}}'), image={"v": "json"})
    assert error.path == "$.Records[0].dynamodb.NewImage.v.a"


CHANGED = """
import boto3.dynamodb.types as types

class Clearing(types.Binary):
    def __init__(self, value):
        super().__init__(value)
        item["a"].clear()

types.Binary = Clearing
from lambdarrow.dynamodb import unmarshal

item = {"a": {"M": {f"k{number}": {"B": "QQ=="} for number in range(50)}}}
print(len(unmarshal(item, binary="boto3")["a"]))
"""


def test_a_map_that_goes_away_while_objects_are_made_of_it():
    """boto3's Binary is Python, so another thread may run meanwhile: the map that is walked must be held. It is freed
    memory otherwise, and the process may crash."""
    done = subprocess.run([sys.executable, "-c", CHANGED], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "50\n"), done.stderr[-500:]


# --- marshal ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("value",
                         [{Decimal("NaN"), Decimal(1)}, {Decimal("NaN"), 1, 2.5}, {Decimal("NaN"), float("nan")}],
                         ids=str)
def test_a_set_with_a_nan_in_it(value):
    with pytest.raises(ValueError, match=r"^\$\.a: DynamoDB has no .*NaN|nan"):
        marshal({"a": value})


@pytest.mark.parametrize("value", [{0.1, Decimal("0.1")}, {0.5, 0.1, Decimal("0.1")}, {2.2, Decimal("2.20")}], ids=str)
def test_members_that_are_one_number_to_dynamodb(value):
    """A float is written by its shortest text, which another member may be."""
    try:
        members = serialize(value)["NS"]
    except ValueError:
        return  # or it is refused
    assert len(set(map(Decimal, members))) == len(members)


class Half(float, enum.Enum):
    HALF = 0.5


@pytest.mark.parametrize("value", [numpy.float64(0.1), Half.HALF], ids=repr)
def test_a_float_of_a_subclass(value):
    assert serialize(value) == {"N": str(float(value))}
    assert serialize({value}) == {"NS": [str(float(value))]}


def test_what_is_no_field_of_a_dataclass():
    @dataclasses.dataclass
    class Point:
        x: int
        scale: dataclasses.InitVar[int] = 2
        unit: ClassVar[str] = "m"

    assert marshal(Point(1)) == {"x": N}


def test_an_integer_that_python_does_not_print():
    with pytest.raises(ValueError, match=r"^\$\.a: .* is no number that DynamoDB can hold"):
        marshal({"a": 10**5_000 + 1})
