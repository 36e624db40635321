"""Arrow schemas as payload schemas, as their makers really export them."""

import ctypes
import sys
import types

import pyarrow as pa
import pytest

import lambdarrow
from lambdarrow import schema
from lambdarrow._arrow_schema import from_tree
from lambdarrow._payload import to_word
from lambdarrow.schema import Field


class ArrowSchema(ctypes.Structure):
    """struct ArrowSchema of the C data interface."""


ArrowSchema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_void_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(ArrowSchema))),
    ("dictionary", ctypes.POINTER(ArrowSchema)),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]


def exported(obj):
    """The tuples that the native door makes of an export, made here from the C struct itself."""
    capsule = obj.__arrow_c_schema__()
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return tuples(ArrowSchema.from_address(pointer(capsule, b"arrow_schema")))


def tuples(one):
    return (
        one.format.decode(),
        (one.name or b"").decode(),
        bool(one.flags & 2),
        metadata(one.metadata),
        tuple(tuples(one.children[i].contents) for i in range(one.n_children)),
        tuples(one.dictionary.contents) if one.dictionary else None,
    )


def metadata(address):
    if not address:
        return None

    def number():
        nonlocal address
        address += 4
        return ctypes.c_int32.from_address(address - 4).value

    def text():
        nonlocal address
        size = number()
        address += size
        return ctypes.string_at(address - size, size).decode()

    return {text(): text() for _ in range(number())}


def tree(node):
    """Everything that two equal trees have in common."""
    if isinstance(node, Field):
        return (node.key, node.name, node.required, node.default, node.hidden, tree(node.word))
    children = [tree(child) for child in node.children]
    return (node.op, node.options, node.nullable, node.arrow_nullable, children)


TYPES = [
    (pa.bool_(), schema.bool_()),
    (pa.int8(), schema.int_(8)),
    (pa.uint8(), schema.int_(8, signed=False)),
    (pa.int16(), schema.int_(16)),
    (pa.uint16(), schema.int_(16, signed=False)),
    (pa.int32(), schema.int_(32)),
    (pa.uint32(), schema.int_(32, signed=False)),
    (pa.int64(), schema.int_(64)),
    (pa.uint64(), schema.int_(64, signed=False)),
    (pa.float32(), schema.float_(32)),
    (pa.float64(), schema.float_(64)),
    (pa.utf8(), schema.utf8()),
    (pa.large_utf8(), schema.utf8(size="large")),
    (pa.string_view(), schema.utf8(size="view")),
    (pa.binary(), schema.binary()),
    (pa.large_binary(), schema.binary(large=True)),
    (pa.decimal128(12, 2), schema.decimal(128, 12, 2)),
    (pa.decimal256(50, 10), schema.decimal(256, 50, 10)),
    (pa.date32(), schema.date32()),
    (pa.timestamp("s"), schema.timestamp("s", None)),
    (pa.timestamp("ms", "UTC"), schema.timestamp("ms", "UTC")),
    (pa.timestamp("us", "Europe/Paris"), schema.timestamp("us", "Europe/Paris")),
    (pa.timestamp("ns", "+05:30"), schema.timestamp("ns", "+05:30")),
    (pa.dictionary(pa.int32(), pa.utf8()), schema.dictionary()),
    (pa.dictionary(pa.uint8(), pa.large_utf8()), schema.dictionary()),
    (pa.json_(), schema.json()),
    (pa.list_(pa.int64()), schema.list_(schema.int_(64))),
    (pa.large_list(pa.int64()), schema.list_(schema.int_(64))),
    (
        pa.list_(pa.field("item", pa.int64(), nullable=False)),
        schema.list_(schema.int_(64, nullable=False, arrow_nullable=False)),
    ),
    (pa.map_(pa.utf8(), pa.int64()), schema.map_(schema.int_(64))),
    (
        pa.map_(pa.utf8(), pa.field("value", pa.list_(pa.utf8()), nullable=False)),
        schema.map_(schema.list_(schema.utf8(), nullable=False, arrow_nullable=False)),
    ),
    (pa.struct([("a", pa.int8())]), schema.struct([Field("a", schema.int_(8))])),
]


@pytest.mark.parametrize("kind, word", TYPES, ids=[str(kind) for kind, _ in TYPES])
def test_a_type_is_a_word(kind, word):
    assert tree(from_tree(exported(kind))) == tree(word)
    required = word.but(nullable=False, arrow_nullable=False)
    both = pa.schema([pa.field("x", kind), pa.field("y", kind, nullable=False)])
    expected = schema.struct([Field("x", word), Field("y", required, required=True)])
    assert tree(from_tree(exported(both))) == tree(expected)


def test_metadata_says_wire_name_and_epoch():
    both = {"lambdarrow:epoch": "s", "lambdarrow:from": "T"}
    item = pa.field("item", pa.timestamp("us"), metadata={"lambdarrow:epoch": "us"})
    said = pa.schema(
        [
            pa.field("at", pa.timestamp("ms", "UTC"), metadata=both),
            pa.field("times", pa.list_(item)),
            pa.field("plain", pa.utf8(), metadata={"comment": "not ours"}),
        ],
        metadata={"origin": "a file"},
    )
    expected = schema.struct([
        Field("T", schema.timestamp("ms", "UTC", epoch="s"), "at"),
        Field("times", schema.list_(schema.timestamp("us", None, epoch="us"))),
        Field("plain", schema.utf8()),
    ])
    assert tree(from_tree(exported(said))) == tree(expected)


def test_metadata_says_what_becomes_of_values_that_do_not_fit():
    def noted(name, kind, **notes):
        return pa.field(name, kind, metadata={f"lambdarrow:{key}": value for key, value in notes.items()})

    said = pa.schema([
        noted("a", pa.int8(), on_mismatch="rescue", coerce="string"),
        noted("b", pa.dictionary(pa.int32(), pa.utf8()), coerce="number"),
        noted("c", pa.struct([noted("x", pa.utf8(), on_mismatch="null")]), on_mismatch="fail"),
        noted("d", pa.list_(noted("item", pa.timestamp("ms"), epoch="s", coerce="string", on_mismatch="rescue"))),
    ])
    item = schema.timestamp("ms", None, epoch="s", coerce="string", on_mismatch="rescue")
    expected = schema.struct([
        Field("a", schema.int_(8, on_mismatch="rescue", coerce="string")),
        Field("b", schema.dictionary(coerce="number")),
        Field("c", schema.struct([Field("x", schema.utf8(on_mismatch="null"))], on_mismatch="fail")),
        Field("d", schema.list_(item)),
    ])
    assert tree(from_tree(exported(said))) == tree(expected)
    for wrong in ({"on_mismatch": "keep"}, {"coerce": "number"}, {"coerce": "x"}):
        with pytest.raises(ValueError, match=r"^payload\.a: (on_mismatch|coerce)"):
            from_tree(exported(pa.schema([noted("a", pa.int8(), **wrong)])))


def test_metadata_may_be_bytes():
    named = ("u", "a", True, {b"lambdarrow:from": b"A"}, (), None)
    assert tree(from_tree(("+s", "", False, None, (named,), None))) == tree(
        schema.struct([Field("A", schema.utf8(), "a")])
    )


def test_a_field_on_its_own_keeps_its_flag():
    alone = pa.field("x", pa.struct([("a", pa.int8())]), nullable=False)
    expected = schema.struct([Field("a", schema.int_(8))], nullable=False, arrow_nullable=False)
    assert tree(from_tree(exported(alone))) == tree(expected)


def test_uuid_is_text():
    named = ("u", "a", True, {"ARROW:extension:name": "arrow.uuid"}, (), None)
    assert tree(from_tree(named)) == tree(schema.uuid())


def test_what_polars_exports():
    pl = pytest.importorskip("polars")
    types = {"a": pl.String(), "b": pl.Int32(), "c": pl.Datetime("ms", "UTC"), "d": pl.Categorical()}
    made = pl.Schema(types)
    expected = schema.struct([
        Field("a", schema.utf8(size="view")),
        Field("b", schema.int_(32)),
        Field("c", schema.timestamp("ms", "UTC")),
        Field("d", schema.dictionary()),
    ])
    assert tree(from_tree(exported(made))) == tree(expected)


def nested(leaf):
    return pa.schema([pa.field("a", pa.list_(pa.struct([pa.field("b", leaf)])))])


REFUSED = [
    (pa.null(), "'n'", "arrow.json"),
    (pa.float16(), "'e'", "float32"),
    (pa.binary_view(), "'vz'", "take binary"),
    (pa.binary(16), "'w:16'", "take binary"),
    (pa.uuid(), "'w:16'", "arrow.uuid is read into utf8 only"),
    (pa.json_(pa.large_utf8()), "'U'", "arrow.json is read into utf8 only"),
    (pa.bool8(), "'c'", "arrow.bool8 is not known"),
    (pa.decimal32(5, 2), "'d:5,2,32'", "decimal128"),
    (pa.decimal64(5, 2), "'d:5,2,64'", "decimal128"),
    (pa.decimal128(5, -2), "'d:5,-2'", "scale from 0"),
    (pa.decimal128(5, 6), "'d:5,6'", "scale from 0"),
    (pa.date64(), "'tdm'", "date32"),
    (pa.time32("s"), "'tts'", "utf8"),
    (pa.duration("s"), "'tDs'", "integer"),
    (pa.month_day_nano_interval(), "'tin'", "utf8"),
    (pa.timestamp("s", "no zone!"), "'tss:no zone!'", "the zone"),
    (pa.list_(pa.utf8(), 3), "'+w:3'", "take list"),
    (pa.list_view(pa.utf8()), "'+vl'", "take list"),
    (pa.sparse_union([pa.field("x", pa.utf8())]), "'+us:0'", "union"),
    (pa.run_end_encoded(pa.int32(), pa.utf8()), "'+r'", "values"),
    (pa.struct([]), "'+s'", "without fields"),
    (pa.dictionary(pa.int32(), pa.int64()), "'i'", "a dictionary holds utf8, not 'l'"),
    (pa.map_(pa.int32(), pa.utf8()), "'i'", "keys of a map"),
    (pa.map_(pa.large_utf8(), pa.utf8()), "'U'", "keys of a map"),
]


@pytest.mark.parametrize("leaf, layout, advice", REFUSED, ids=[str(one[0]) for one in REFUSED])
def test_what_no_word_yields_is_refused_by_path_and_format(leaf, layout, advice):
    with pytest.raises(TypeError) as caught:
        from_tree(exported(nested(leaf)))
    head, _, why = str(caught.value).rpartition(layout)
    # The keys of a map stand a step deeper than the map.
    assert head.startswith("payload.a[].b: Arrow format ") and advice in why


@pytest.mark.parametrize("field, part", [
    (pa.field("a", pa.int64(), metadata={"lambdarrow:epoch": "s"}), "belongs to a timestamp"),
    (pa.field("a", pa.timestamp("s"), metadata={"lambdarrow:epoch": "h"}), "one of s, ms, us, ns, not 'h'"),
    (
        pa.field("a", pa.list_(pa.field("item", pa.utf8(), metadata={"lambdarrow:from": "b"}))),
        "belongs to a field of a struct",
    ),
])
def test_metadata_where_it_means_nothing(field, part):
    with pytest.raises(TypeError) as caught:
        from_tree(exported(pa.schema([field])))
    assert part in str(caught.value)


def test_a_wire_name_without_a_struct():
    with pytest.raises(TypeError, match="payload: Arrow format 'u': lambdarrow:from"):
        from_tree(exported(pa.field("a", pa.utf8(), metadata={"lambdarrow:from": "b"})))


def test_a_format_of_the_future():
    with pytest.raises(TypeError, match="payload: Arrow format '!': no word reads it"):
        from_tree(("!", "", True, None, (), None))


def test_a_field_twice():
    with pytest.raises(ValueError, match="two fields are called 'a'"):
        from_tree(exported(pa.schema([pa.field("a", pa.utf8()), pa.field("a", pa.int64())])))


def test_an_object_that_exports_is_a_payload(monkeypatch):
    """to_word goes through the door; here the door is the reader of this test."""
    class Kept:
        def __init__(self, made):
            self.made = made

        def __arrow_c_schema__(self):
            return self.made

    door = types.ModuleType("lambdarrow._core")
    door.schema_tree = exported_capsule
    monkeypatch.setitem(sys.modules, "lambdarrow._core", door)
    monkeypatch.setattr(lambdarrow, "_core", door, raising=False)
    made = pa.schema([("a", pa.int64())]).__arrow_c_schema__()
    assert tree(to_word(Kept(made))) == tree(schema.struct([Field("a", schema.int_(64))]))


def exported_capsule(capsule):
    class Kept:
        def __arrow_c_schema__(self):
            return capsule

    return exported(Kept())
