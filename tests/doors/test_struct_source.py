"""A schema as the source of Structs: it compiles, is what a person would write, and reads the same payloads."""

import json
import re

import msgspec
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from samples import SAMPLES, assert_means, decoded, infer, tree

from lambdarrow._grammar import to_word
from lambdarrow._payload import to_word as payload_word


def type_from(source, name="Payload"):
    """The type that the source defines; nothing is imported that it does not use."""
    made = {}
    exec(compile(source, "<source>", "exec"), made)
    for line in source.splitlines():
        if line.startswith(("from ", "import ")):
            for imported in line.split("import ")[1].split(", "):
                assert re.search(rf"^(?!from |import ).*\b{imported}\b", source, re.M), line
    return made[name]


def names_of(kind, word, names=None):
    """(id of a struct's word, key) → what the Struct calls it, from msgspec's own account of the classes."""
    names = {} if names is None else names
    info = msgspec.inspect.type_info(kind) if not isinstance(kind, msgspec.inspect.Type) else kind
    while isinstance(info, (msgspec.inspect.UnionType, msgspec.inspect.Metadata)):
        if isinstance(info, msgspec.inspect.Metadata):
            info = info.type
        else:
            (info,) = [one for one in info.types if not isinstance(one, msgspec.inspect.NoneType)]
    if isinstance(info, msgspec.inspect.StructType):
        assert [field.encode_name for field in info.fields] == [field.key for field in word.children]
        for field, member in zip(info.fields, word.children, strict=True):
            names[id(word), member.key] = field.name
            names_of(field.type, member.word, names)
    elif isinstance(info, msgspec.inspect.ListType):
        names_of(info.item_type, word.children[0], names)
    elif isinstance(info, msgspec.inspect.DictType):
        names_of(info.value_type, word.children[0], names)
    return names


def test_the_source_is_what_a_person_would_write():
    payload = {
        "id": 1, "big": 2**63, "huge": 2**64, "price": 1.5, "name": "x", "ok": True, "tags": ["a"], "any": None,
        "at": "2024-01-01T00:00:00.5Z", "on": "2024-01-01", "geo": {"lat": 1.5, "place": {"type": "city"}},
        "line-items": [{"sku": "x", "2nd": 1, "class": "b", "int": 1}],
    }
    assert infer(payload, timestamps=True).to_struct_source("Order") == '''\
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec


class Place(msgspec.Struct):
    type: str | None = None


class Geo(msgspec.Struct):
    lat: float | None = None
    place: Place | None = None


class LineItems(msgspec.Struct):
    sku: str | None = None
    _2nd: int | None = msgspec.field(default=None, name="2nd")
    class_: str | None = msgspec.field(default=None, name="class")
    int_: int | None = msgspec.field(default=None, name="int")


class Order(msgspec.Struct):
    id: int | None = None
    big: Annotated[int, msgspec.Meta(extra={"arrow": "uint64"})] | None = None
    huge: Annotated[Decimal, msgspec.Meta(extra={"precision": 38, "scale": 0})] | None = None
    price: float | None = None
    name: str | None = None
    ok: bool | None = None
    tags: list[str | None] | None = None
    any: Any = None
    at: Annotated[datetime, msgspec.Meta(extra={"arrow": "timestamp[ms, UTC]"})] | None = None
    on: date | None = None
    geo: Geo | None = None
    line_items: list[LineItems | None] | None = msgspec.field(default=None, name="line-items")
'''


@pytest.mark.parametrize(("payloads", "source"), [
    ([b"1"], "Payload = int\n"),
    ([b"1", b"null"], "Payload = int | None\n"),
    ([b'"x"', b"null"], "from typing import Any\n\nPayload = Any\n"),
    ([b"[[1.5]]"], "Payload = list[list[float | None] | None]\n"),
    ([{str(k): 1 for k in range(1001)}], "Payload = dict[str, int | None]\n"),
    ([b'[{"a":1}]'], "import msgspec\n\n\nclass PayloadItem(msgspec.Struct):\n    a: int | None = None\n\n\n"
                     "Payload = list[PayloadItem | None]\n"),
    ([b'{"a":1}', b"null"], "import msgspec\n\n\nclass PayloadObject(msgspec.Struct):\n    a: int | None = None\n\n\n"
                            "Payload = PayloadObject | None\n"),
    # msgspec has no such names; the grammar has.
    ([b'{"\\"":1}', None], "from typing import Annotated, Any\n\nimport msgspec\n\n"
                          "Payload = Annotated[Any, msgspec.Meta(extra={\"arrow\": 'struct<\"\\\\\"\": int64>'})]\n"),
    ([b'{"a\\\\b":1}'], "from typing import Annotated, Any\n\nimport msgspec\n\n"
                        "Payload = Annotated[Any, msgspec.Meta(extra={\"arrow\": 'struct<\"a\\\\\\\\b\": int64>'})]\n"),
    ([b'{"x":{"\\n":[null]}}'], "from typing import Annotated, Any\n\nimport msgspec\n\n\n"
                               "class Payload(msgspec.Struct):\n"
                               "    x: Annotated[Any, msgspec.Meta(extra={\"arrow\": 'struct<\"\\n\": list<json>>'})]"
                               " = None\n"),
], ids=lambda value: str(value)[:30])
def test_the_source_of_other_payloads(payloads, source):
    found = infer(*payloads)
    assert found.to_struct_source() == source
    # All but that a payload may be null, which the type of a sample without one does not say.
    assert tree(to_word(found.spec)) == tree(payload_word(type_from(source)).but(nullable=True))


def test_classes_and_fields_have_names_of_their_own():
    payload = {
        "a b": 1, "a-b": 2, "a_b": 3, "": 4, "__x": 5, "None": 6, "int_": 7, "int": 8, "ﬁ": 9, "fi": 10, "日本": 11,
        "Geo": {"x": 1}, "geo": {"y": {"geo": {"z": 1}}}, "any": {"q": 1}, "1": {"w": 1}, "none": {"v": 1}, "date": 1,
        "...": {"u": 1}, "anyThing": {"t": [{"t": 1}]}, "payload": {"s": 1}, "x'y": 1, "msgspec": 1,
    }
    found = infer(payload)
    kind = type_from(found.to_struct_source())
    word = to_word(found.spec)
    names = names_of(kind, word)
    nulls = dict.fromkeys(payload)
    for got, wanted in zip(decoded(kind, payload, nulls)["data"].to_pylist(), (payload, nulls), strict=True):
        assert_means(got, wanted, word, names)
    assert [names[id(word), key] for key in ("a_b", "int_", "fi", "日本")] == ["a_b", "int_", "fi", "日本"]
    assert names[id(word), "int"] == "int_2"
    assert msgspec.to_builtins(msgspec.json.decode(json.dumps(payload), type=kind)) == payload


@pytest.mark.parametrize("name", ["", "a b", "class", "None", "Any", "msgspec", "int", "1a", "ﬁ"])
def test_what_no_class_is_called(name):
    with pytest.raises(ValueError, match="cannot be the name of a class"):
        infer({"a": 1}).to_struct_source(name)


@given(SAMPLES, st.booleans())
@example([{"a\n": 1, "b": "x"}], False)
@example([{"b": "x", "a\n": 1}], False)
def test_the_structs_read_the_same(payloads, timestamps):
    found = infer(*payloads, timestamps=timestamps)
    kind = type_from(found.to_struct_source())
    ours, theirs = (decoded(one, *payloads, dialect="plain") for one in (found, kind))
    assert same(*(pa.record_batch(batch)["data"] for batch in (ours, theirs)))


def same(column, other):
    """Whether two columns are equal but for the names of fields."""
    if column.type.id != other.type.id:
        return False
    if pa.types.is_struct(column.type):
        return column.is_valid().equals(other.is_valid()) and all(
            same(one, another) for one, another in zip(column.flatten(), other.flatten(), strict=True))
    if pa.types.is_list(column.type):
        lengths = column.value_lengths().equals(other.value_lengths())
        return lengths and same(column.flatten(), other.flatten())
    return column.equals(other)
