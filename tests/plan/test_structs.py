"""Structs and other Python types as payload schemas."""

import dataclasses
import datetime
import decimal
import enum
import itertools
import uuid
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypedDict, TypeVar

import msgspec
import pytest
from msgspec import Meta, Raw, Struct, field

from lambdarrow import schema
from lambdarrow._payload import to_word
from lambdarrow.schema import Field

T = TypeVar("T")


def tree(node):
    """Everything that two equal trees have in common."""
    if isinstance(node, Field):
        return (node.key, node.name, node.required, node.default, node.hidden, tree(node.word))
    children = [tree(child) for child in node.children]
    return (node.op, node.options, node.nullable, node.arrow_nullable, children)


class Color(enum.Enum):
    RED = "red"
    GREEN = "green"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 10


class Geo(Struct):
    lat: float
    lon: float | None = None


GEO = [
    Field("lat", schema.float_(64, nullable=False), required=True),
    Field("lon", schema.float_(64)),
]


@dataclasses.dataclass
class Point:
    x: int
    y: int = 3


class Loose(TypedDict, total=False):
    z: int
    a: str | None


class Page(Struct, Generic[T]):
    items: list[T]


STRICT = {"nullable": False}
TYPES = [
    (bool, schema.bool_(**STRICT)),
    (int, schema.int_(64, **STRICT)),
    (float, schema.float_(64, **STRICT)),
    (str, schema.utf8(**STRICT)),
    (bytes, schema.binary(**STRICT)),
    (bytearray, schema.binary(**STRICT)),
    (datetime.datetime, schema.timestamp("us", "UTC", **STRICT)),
    (Annotated[datetime.datetime, Meta(tz=True)], schema.timestamp("us", "UTC", **STRICT)),
    (Annotated[datetime.datetime, Meta(tz=False)], schema.timestamp("us", None, **STRICT)),
    (
        Annotated[datetime.datetime, Meta(extra={"epoch": "ms"})],
        schema.timestamp("us", "UTC", epoch="ms", **STRICT),
    ),
    (
        Annotated[datetime.datetime, Meta(extra={"assume": "UTC"})],
        schema.timestamp("us", "UTC", assume="UTC", **STRICT),
    ),
    (datetime.date, schema.date32(**STRICT)),
    (uuid.UUID, schema.uuid(**STRICT)),
    (Raw, schema.json()),
    (Any, schema.json()),
    (int | None, schema.int_(64)),
    (Annotated[int, Meta(title="a count", examples=[1])], schema.int_(64, **STRICT)),
    (list[int], schema.list_(schema.int_(64, **STRICT), **STRICT)),
    (list, schema.list_(schema.json(), **STRICT)),
    (set[str | None] | None, schema.list_(schema.utf8())),
    (frozenset[str], schema.list_(schema.utf8(**STRICT), **STRICT)),
    (tuple[int, ...], schema.list_(schema.int_(64, **STRICT), **STRICT)),
    (dict[str, int | None], schema.map_(schema.int_(64), **STRICT)),
    (dict, schema.map_(schema.json(), **STRICT)),
    (Literal["b", "a"], schema.dictionary(values=("a", "b"), **STRICT)),
    (Literal["a", None], schema.dictionary(values=("a",))),
    (Literal[3, 1], schema.int_(64, allowed=(1, 3), **STRICT)),
    (Color, schema.dictionary(values=("red", "green"), **STRICT)),
    (Level | None, schema.int_(64, allowed=(1, 10))),
    (
        Annotated[decimal.Decimal, Meta(extra={"precision": 12, "scale": 2})],
        schema.decimal(128, 12, 2, **STRICT),
    ),
    (Annotated[decimal.Decimal | None, Meta(extra={"precision": 39})], schema.decimal(256, 39, 0)),
    (Annotated[decimal.Decimal, Meta(extra={"precision": 4})] | None, schema.decimal(128, 4, 0)),
    (Annotated[int, Meta(extra={"arrow": "int32"})], schema.int_(32, **STRICT)),
    (Annotated[str | None, Meta(extra={"arrow": "dictionary<utf8>"})], schema.dictionary()),
    (
        Annotated[str, Meta(extra={"arrow": "dictionary<utf8>", "values": ["x"]})],
        schema.dictionary(values=("x",), **STRICT),
    ),
    (
        Annotated[int, Meta(extra={"arrow": "timestamp[ms, UTC]", "epoch": "ms"})],
        schema.timestamp("ms", "UTC", epoch="ms", **STRICT),
    ),
    (
        Annotated[dict, Meta(extra={"arrow": {"a": "utf8"}})],
        schema.struct([Field("a", schema.utf8())], **STRICT),
    ),
    (Annotated[Any, Meta(extra={"arrow": "utf8"})], schema.utf8()),
    (
        list[Annotated[int, Meta(extra={"arrow": "uint8"})]],
        schema.list_(schema.int_(8, signed=False, **STRICT), **STRICT),
    ),
    (Annotated[int, Meta(extra={"on_mismatch": "rescue"})], schema.int_(64, on_mismatch="rescue", **STRICT)),
    (Annotated[int | None, Meta(extra={"coerce": "string"})], schema.int_(64, coerce="string")),
    (Annotated[str, Meta(extra={"coerce": "number"})] | None, schema.utf8(coerce="number")),
    (
        Annotated[datetime.datetime, Meta(extra={"epoch": "ms", "coerce": "string", "on_mismatch": "null"})],
        schema.timestamp("us", "UTC", epoch="ms", coerce="string", on_mismatch="null", **STRICT),
    ),
    (
        Annotated[list[Annotated[Geo, Meta(extra={"on_mismatch": "null"})]], Meta(extra={"on_mismatch": "rescue"})],
        schema.list_(schema.struct(GEO, on_mismatch="null", **STRICT), on_mismatch="rescue", **STRICT),
    ),
    (Geo, schema.struct(GEO, **STRICT)),
    (Geo | None, schema.struct(GEO)),
    (list[Geo], schema.list_(schema.struct(GEO, **STRICT), **STRICT)),
    (dict[str, Geo], schema.map_(schema.struct(GEO, **STRICT), **STRICT)),
    (
        Point,
        schema.struct([
            Field("x", schema.int_(64, **STRICT), required=True),
            Field("y", schema.int_(64, **STRICT), default=b"3"),
        ], **STRICT),
    ),
    (
        Loose,
        schema.struct([Field("z", schema.int_(64, **STRICT)), Field("a", schema.utf8())], **STRICT),
    ),
    (
        Page[int],
        schema.struct([
            Field("items", schema.list_(schema.int_(64, **STRICT), **STRICT), required=True),
        ], **STRICT),
    ),
]


@pytest.mark.parametrize("kind, word", TYPES, ids=[str(kind) for kind, _ in TYPES])
def test_a_type_is_a_word(kind, word):
    assert tree(to_word(kind)) == tree(word)


class Click(Struct, rename="camel", forbid_unknown_fields=True):
    user_id: int
    geo: Geo
    clicked_at: datetime.datetime = datetime.datetime(2024, 1, 2, tzinfo=datetime.UTC)
    tags: list[str] = []
    score: float = 1.5
    raw: bytes = b"\x00\xff"
    color: Color = Color.GREEN
    price: Annotated[decimal.Decimal, Meta(extra={"precision": 5, "scale": 2})] = decimal.Decimal("1.50")
    where: Geo = field(default_factory=lambda: Geo(lat=1.0))
    note: str | None = None
    own: str = field(default="é", name="OWN")
    gone: int | msgspec.UnsetType = msgspec.UNSET
    rest: Raw = Raw()
    extra: Any = None
    odd: int = None


CLICK = schema.struct([
    Field("userId", schema.int_(64, **STRICT), "user_id", required=True),
    Field("geo", schema.struct(GEO, **STRICT), required=True),
    Field(
        "clickedAt", schema.timestamp("us", "UTC", **STRICT), "clicked_at", default=b'"2024-01-02T00:00:00Z"'
    ),
    Field("tags", schema.list_(schema.utf8(**STRICT), **STRICT), default=b"[]"),
    Field("score", schema.float_(64, **STRICT), default=b"1.5"),
    Field("raw", schema.binary(**STRICT), default=b'"AP8="'),
    Field("color", schema.dictionary(values=("red", "green"), **STRICT), default=b'"green"'),
    Field("price", schema.decimal(128, 5, 2, **STRICT), default=b'"1.50"'),
    Field("where", schema.struct(GEO, **STRICT), default=b'{"lat":1.0,"lon":null}'),
    Field("note", schema.utf8()),
    Field("OWN", schema.utf8(**STRICT), "own", default='"é"'.encode()),
    Field("gone", schema.int_(64, **STRICT)),
    Field("rest", schema.json()),
    Field("extra", schema.json()),
    Field("odd", schema.int_(64, **STRICT)),
], closed=True, **STRICT)


def test_a_struct_of_everything():
    assert tree(to_word(Click)) == tree(CLICK)


class Node(Struct):
    next: "Node | None" = None


class Tree(Struct):
    children: "list[Tree]"


class Ping(Struct):
    pong: "dict[str, Pong]"


class Pong(Struct):
    ping: Ping


class Here(Struct):
    there: "There"


class There(Struct):
    here: Here
    either: Geo | Pong


class Row(Struct, array_like=True):
    a: int


class Cat(Struct, tag="cat"):
    a: int


class Dog(Struct, tag="dog"):
    b: int


class Pair(NamedTuple):
    a: int


class Empty(Struct):
    pass


class Some(enum.Flag):
    A = 1
    B = 2


class Open(enum.Enum):
    A = "a"

    @classmethod
    def _missing_(cls, value):
        return cls.A


class Opaque:
    pass


def one(kind, **kw):
    return msgspec.defstruct("One", [("f", kind, field(**kw))] if kw else [("f", kind)])


REFUSED = [
    (Node, "Node.next: Node holds itself"),
    (Tree, "Tree.children[]: Tree holds itself"),
    (Ping, "Ping.pong{}.ping: Ping holds itself"),
    (one(int | str), "One.f: a union"),
    (one(Cat | Dog), "One.f: a union"),
    (one(Cat), "One.f: a tagged Struct"),
    (Row, "Row: array_like"),
    (one(list[Row]), "One.f[]: array_like"),
    (one(Annotated[int, Meta(ge=0)]), "One.f: the constraint ge=0"),
    (one(Annotated[int, Meta(gt=1)] | None), "One.f: the constraint gt=1"),
    (one(Annotated[int, Meta(le=1)]), "constraint le=1"),
    (one(Annotated[float, Meta(lt=1.5)]), "constraint lt=1.5"),
    (one(Annotated[int, Meta(multiple_of=2)]), "constraint multiple_of=2"),
    (one(Annotated[str, Meta(min_length=1)]), "constraint min_length=1"),
    (one(Annotated[list[int], Meta(max_length=1)]), "constraint max_length=1"),
    (one(list[Annotated[str, Meta(pattern="x")]]), "One.f[]: the constraint pattern='x'"),
    (one(dict[Annotated[str, Meta(min_length=2)], int]), "One.f: the constraint min_length=2"),
    (one(Annotated[int, Meta(ge=0, extra={"arrow": "uint8"})]), "One.f: the constraint ge=0"),
    (one(decimal.Decimal), "One.f: a Decimal needs its precision"),
    (one(list[decimal.Decimal]), "One.f[]: a Decimal needs its precision"),
    (one(Annotated[decimal.Decimal, Meta(extra={"precision": 77})]), "1 to 76"),
    (one(Annotated[decimal.Decimal, Meta(extra={"precision": 4, "scale": 5})]), "0 to 4"),
    (one(datetime.time), "One.f: there is no time of day"),
    (one(datetime.timedelta), "One.f: there is no duration"),
    (one(tuple[int, str]), "One.f: a tuple of fixed length"),
    (one(Pair), "One.f: a NamedTuple"),
    (one(None), "One.f: a column of nulls"),
    (one(dict[int, str]), "One.f: the keys of a map are str"),
    (one(Literal[1, "a"]), "One.f: the values of a Literal"),
    (one(Literal[True]), "One.f: the values of a Literal"),
    (one(Literal[9223372036854775808]), "One.f: Integer values"),
    (one(Geo | Point), "One.f: Type unions"),
    (one(one(Geo | Point)), "One.f.f: Type unions"),
    (Here, "Here.there.either: If a type union"),
    (one(Some), "One.f: Some takes values that are not its members"),
    (one(Open), "One.f: Open takes values"),
    (one(Empty), "One.f: a struct without fields"),
    (one(Opaque), "One.f"),
    (Opaque, "payload"),
    (one(Annotated[int, Meta(extra={"epoch": "s"})]), "One.f: 'epoch' needs a type"),
    (one(float, default=float("nan")), "One.f: the default nan"),
    (one(Any, default=object()), "One.f: the default has no JSON form"),
    (one(int, default_factory=itertools.count().__next__), "One.f: default_factory makes a new value"),
    (
        one(Annotated[datetime.datetime, Meta(extra={"epoch": "s"})], default=datetime.datetime(2024, 1, 1)),
        "One.f: with an epoch",
    ),
]


@pytest.mark.parametrize("kind, part", REFUSED, ids=[part for _, part in REFUSED])
def test_what_no_column_can_promise_is_refused(kind, part):
    with pytest.raises(TypeError) as caught:
        to_word(kind)
    assert part in str(caught.value)


@pytest.mark.parametrize("kind, part", [
    (one(Annotated[int, Meta(extra={"on_mismatch": "keep"})]), "One.f: on_mismatch is one of"),
    (one(list[Annotated[int, Meta(extra={"coerce": "number"})]]), 'One.f[]: coerce "number" is for text'),
    (one(Annotated[datetime.datetime, Meta(extra={"coerce": "string"})]), 'One.f: coerce "string" is for numbers'),
    (one(Annotated[Literal["1"], Meta(extra={"coerce": "number"})]), 'One.f: coerce "number"'),
    (one(Annotated[Any, Meta(extra={"coerce": "string"})]), 'One.f: coerce "string"'),
])
def test_options_that_do_not_fit_are_refused(kind, part):
    with pytest.raises(ValueError) as caught:
        to_word(kind)
    assert part in str(caught.value)


def test_an_override_of_a_recursive_field_keeps_its_text():
    class Leaf(Struct):
        up: Annotated[Node, Meta(extra={"arrow": "json"})]

    expected = schema.struct([Field("up", schema.json(**STRICT), required=True)], **STRICT)
    assert tree(to_word(Leaf)) == tree(expected)


def test_an_override_that_is_no_type_names_the_field():
    with pytest.raises(ValueError, match=r"One\.f: unknown type 'int31'"):
        to_word(one(Annotated[int, Meta(extra={"arrow": "int31"})]))


def test_one_struct_in_two_places_is_no_recursion():
    class Both(Struct):
        a: Geo
        b: Geo

    word = schema.struct(GEO, **STRICT)
    expected = schema.struct([Field("a", word, required=True), Field("b", word, required=True)], **STRICT)
    assert tree(to_word(Both)) == tree(expected)
