"""marshal and serialize: the way back, and what DynamoDB has no place for."""

import base64
import dataclasses
import datetime as dt
import enum
import json
from decimal import Decimal

import msgspec
import pytest
from boto3.dynamodb.types import Binary, TypeSerializer
from dynamodb import DEPTH, GREATEST, LEAST, SETS, exact, form, items, names, number_texts, plain_item, texts, unwired
from hypothesis import given
from hypothesis import strategies as st

from lambdarrow.dynamodb import deserialize, marshal, serialize, unmarshal

# Objects as unmarshal makes them.
numbers = st.one_of(st.integers(-(10**6), 10**6), number_texts().map(lambda text: exact(text)[0]))
decimals = number_texts().map(Decimal)
binaries = st.binary(max_size=12)


def _sets(members):
    return st.sets(members, min_size=1, max_size=4)


def objects(number):
    leaves = st.one_of(st.none(), st.booleans(), texts, number, binaries, _sets(texts), _sets(number), _sets(binaries))
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=8
    )


def items_of(number):
    return st.dictionaries(names, objects(number), max_size=5)


# --- there and back ---------------------------------------------------------------------------------


@given(items_of(decimals))
def test_an_item_comes_back(item):
    made = marshal(item)
    assert form(unmarshal(made)) == form(unmarshal(json.dumps(made))) == form(item)


@given(items_of(numbers | st.floats(-(2.0**53), 2.0**53).filter(lambda value: abs(value) > 1e-100)))
def test_ints_and_floats_come_back(item):
    """A float is written by its shortest text, which is read as the same float, up to 2^53 as its integer."""
    made = marshal(item)
    for given_as in (made, json.dumps(made)):
        assert unmarshal(given_as, numbers="int_float") == item


@given(items)
def test_what_is_on_the_wire_comes_back(item):
    """Numbers by their value, sets in any order."""
    again = marshal(unmarshal(item))
    assert form(unmarshal(again)) == form(unmarshal(item))
    assert plain_item(again).keys() == plain_item(item).keys()


@given(items_of(st.integers(-(10**37), 10**37) | st.decimals(-(10**9), 10**9, places=3)))
def test_boto3_writes_the_same(item):
    """Where there is one way to write a thing. A set has no order, and boto3's bytes become the event's base64."""
    ours = {name: unwired(value) for name, value in marshal(item).items()}
    theirs = {name: TypeSerializer().serialize(value) for name, value in item.items()}
    assert list(ours) == list(theirs)
    assert _unordered(ours) == _unordered(theirs)


def _unordered(value):
    if isinstance(value, dict):
        sets = {key: sorted(map(repr, inner)) for key,
                inner in value.items() if key in SETS and isinstance(inner, list)}
        return {key: _unordered(inner) for key, inner in value.items()} | sets
    return list(map(_unordered, value)) if isinstance(value, list) else value


class Colour(enum.StrEnum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


VALUES = [
    (None, {"NULL": True}),
    (True, {"BOOL": True}),
    (False, {"BOOL": False}),
    ("", {"S": ""}),
    ("\0\U0001f381", {"S": "\0\U0001f381"}),
    (Colour.RED, {"S": "red"}),
    (5, {"N": "5"}),
    (-0, {"N": "0"}),
    (Level.HIGH, {"N": "3"}),
    (10**125, {"N": "1" + "0" * 125}),
    (int("9" * 38 + "0" * 88), {"N": "9" * 38 + "0" * 88}),
    (0.1, {"N": "0.1"}),
    (1e22, {"N": "1E+22"}),
    (1.5e-100, {"N": "1.5E-100"}),
    (Decimal("12.50"), {"N": "12.50"}),
    (Decimal("1E+125"), {"N": "1E+125"}),
    (Decimal("1E-130"), {"N": "1E-130"}),
    (Decimal("-1." + "0" * 60), {"N": "-1." + "0" * 60}),
    (b"\0\xff", {"B": "AP8="}),
    (bytearray(b"x"), {"B": "eA=="}),
    (memoryview(b"x"), {"B": "eA=="}),
    (Binary(b"x"), {"B": "eA=="}),
    ({"b", "a"}, {"SS": ["a", "b"]}),
    (frozenset({2, 1}), {"NS": ["1", "2"]}),
    ({1, 2.5, Decimal(-3)}, {"NS": ["-3", "1", "2.5"]}),
    ({b"a", Binary(b"b")}, {"BS": ["YQ==", "Yg=="]}),
    ([], {"L": []}),
    ((1, [None]), {"L": [{"N": "1"}, {"L": [{"NULL": True}]}]}),
    ({}, {"M": {}}),
    ({"S": {"N": "x"}}, {"M": {"S": {"M": {"N": {"S": "x"}}}}}),
]


@pytest.mark.parametrize("value, made", VALUES, ids=[repr(value)[:40] for value, _ in VALUES])
def test_an_object_of_each_kind(value, made):
    assert serialize(value) == made
    assert marshal({"a": value}) == {"a": made}
    assert json.loads(json.dumps(serialize(value))) == made
    assert deserialize(made) == deserialize(json.dumps(made))


# --- what is a map ----------------------------------------------------------------------------------


class Line(msgspec.Struct, rename="camel"):
    line_number: int
    unit_price: Decimal
    tags: frozenset[str] = frozenset()


class Order(msgspec.Struct, rename={"order_id": "PK"}):
    order_id: str
    lines: list[Line]
    note: str | None = None


@dataclasses.dataclass
class Point:
    x: int
    y: list = dataclasses.field(default_factory=list)
    _hidden: str = dataclasses.field(default="h", repr=False, compare=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Slotted:
    x: object


def test_a_struct_goes_by_its_names_on_the_wire():
    order = Order("o-1", [Line(1, Decimal("2.50"), frozenset({"a"}))])
    made = marshal(order)
    assert made["PK"] == {"S": "o-1"} and made["note"] == {"NULL": True}
    assert list(made["lines"]["L"][0]["M"]) == ["lineNumber", "unitPrice", "tags"]
    order.lines.append(Line(2, Decimal(0)))  # its tags are an empty set
    with pytest.raises(ValueError, match=r"^\$\.lines\[1\]\.tags: DynamoDB has no empty set"):
        marshal(order)


def test_a_struct_comes_back():
    order = Order("o-1", [Line(1, Decimal("2.50"), frozenset({"a", "b"}))], "x")
    for given_as in (marshal(order), json.dumps(marshal(order))):
        assert unmarshal(given_as, type=Order, numbers="int_float") == order


def test_a_dataclass_is_its_fields():
    assert marshal(Point(1, [2])) == {"x": {"N": "1"}, "y": {"L": [{"N": "2"}]}, "_hidden": {"S": "h"}}
    assert marshal(Slotted(Slotted(None))) == {"x": {"M": {"x": {"NULL": True}}}}
    assert unmarshal(marshal(Point(1, [2])), type=Point, numbers="int_float") == Point(1, [2])


def test_what_stands_in_others_is_a_map_too():
    made = serialize([Slotted(1), {"order": Order("x", [])}])
    assert made["L"][0] == {"M": {"x": {"N": "1"}}}
    assert made["L"][1]["M"]["order"]["M"]["PK"] == {"S": "x"}


# --- what DynamoDB has no place for -----------------------------------------------------------------

NO_TYPE = [object(), 1 + 2j, dt.date(2024, 1, 2), range(3), iter([]), {"a": 1}.keys(), int, Decimal, ..., lambda: None]


@pytest.mark.parametrize("value", NO_TYPE, ids=[type(value).__name__ for value in NO_TYPE])
def test_an_object_that_has_no_type(value):
    with pytest.raises(TypeError, match=r'^\$\.a\[1\]\["x\.y"\]: DynamoDB has no type for ' + type(value).__name__):
        marshal({"a": [1, {"x.y": value}]})
    with pytest.raises(TypeError, match=r"^\$: DynamoDB has no type for"):
        serialize(value)


@pytest.mark.parametrize("value", [[], None, "x", 5, b"{}", {1}, Order], ids=repr)
def test_an_item_is_a_map(value):
    with pytest.raises(TypeError, match=r"^\$"):
        marshal(value)


@pytest.mark.parametrize("key", [1, None, b"a", ("a",), 1.5, True], ids=repr)
def test_a_name_is_a_str(key):
    with pytest.raises(TypeError, match=r"^\$: the name of an attribute is a str, not"):
        marshal({"a": 1, key: 2})
    with pytest.raises(TypeError, match=r"^\$\.a\[0\]: the name of an attribute is a str, not"):
        marshal({"a": [{key: 2}]})


NO_SUCH_NUMBERS = [
    float("nan"), float("inf"), float("-inf"), Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity"), 10**126,
    -(10**126),
    1e126, 5e-324, Decimal("1E+126"), Decimal("1E-131"), Decimal("9E-131"), int("1" * 39), Decimal("1" * 39),
    Decimal("0." + "1" * 39), 10**38 + 1, Decimal("1" + "0" * 37 + ".1"),
]


@pytest.mark.parametrize("value", NO_SUCH_NUMBERS, ids=[str(value)[:24] for value in NO_SUCH_NUMBERS])
def test_a_number_that_dynamodb_cannot_hold(value):
    with pytest.raises(ValueError, match=r"^\$: "):
        serialize(value)
    with pytest.raises(ValueError, match=r'^\$\["a b"\]\.c\[2\]: '):
        marshal({"a b": {"c": [1, 2, value]}})
    if isinstance(value, float) or not Decimal(value).is_snan():  # that one cannot be in a set
        with pytest.raises(ValueError, match=r"^\$\[0\]: "):
            serialize([{value}])


@given(number_texts(st.integers(1, 50), st.integers(LEAST - 5, GREATEST + 5)))
def test_a_number_is_written_if_dynamodb_can_hold_it(text):
    value = Decimal(text)
    digits = "".join(map(str, value.as_tuple().digits)).strip("0")
    if len(digits) <= 38 and LEAST <= value.adjusted() <= GREATEST:
        made = serialize(value)
        assert Decimal(made["N"]) == value and form(deserialize(made)) == form(deserialize(json.dumps(made)))
    else:
        with pytest.raises(ValueError, match=r"^\$: .* is no number that DynamoDB can hold"):
            serialize(value)


@pytest.mark.parametrize("value", [set(), frozenset()])
def test_an_empty_set(value):
    with pytest.raises(ValueError, match=r"^\$\.a\[0\]: DynamoDB has no empty set"):
        marshal({"a": [value]})


@pytest.mark.parametrize("value",
                         [{1, "a"}, {"a", b"a"}, {b"a", 1}, {True, 2}, {None}, {("a",)}, {"a", None}, {True}, {Order}],
                         ids=repr)
def test_a_set_of_several_kinds(value):
    with pytest.raises(TypeError, match=r"^\$\.a: a set in DynamoDB has only str, only numbers or only bytes in it"):
        marshal({"a": value})


def test_members_are_each_once():
    for value in ({1, Decimal("1.00")}, {b"a", Binary(b"a")}, {"a", Colour.RED, "red"}):
        ((tag, members),) = serialize(value).items()
        assert len(members) == len(set(members)) == len(value)
        assert deserialize({tag: members}, strict=True)


def test_nothing_is_shared_with_the_object():
    value = {"a": [1], "m": {"b": bytearray(b"x")}}
    made = marshal(value)
    made["a"]["L"].append(None)
    made["m"]["M"]["c"] = None
    assert value == {"a": [1], "m": {"b": bytearray(b"x")}}


def test_as_deep_as_may_be():
    value = "x"
    for _ in range(DEPTH):
        value = {"a": value}
    assert unmarshal(marshal({"a": value})) == {"a": value}


def test_base64_is_the_standard_one():
    data = bytes(range(256))
    assert serialize(data) == {"B": base64.b64encode(data).decode()}
