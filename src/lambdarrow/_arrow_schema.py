"""Arrow schemas as payload schemas, whoever made them.

An object with ``__arrow_c_schema__`` (pyarrow's Schema, DataType and Field, polars' Schema,
nanoarrow's ...) hands out the C data interface; the native door turns that into a tree of
tuples, and this module turns the tree into words, without the maker's library.

The column must come out as the schema says, so what no word yields exactly is refused, with
these exceptions: a dictionary's index becomes int32 and its text utf8, and a large_list (which
is how polars spells every list) becomes a list.
A field that is not nullable is required, refuses null, and is not nullable in the result.
The schema itself has no such flag (its makers leave it 0), so a payload ``null`` is a null slot.

Keys of a field's metadata say what Arrow has no place for: ``lambdarrow:from`` is the key on the
wire, ``lambdarrow:epoch`` (s, ms, us, ns) says that a timestamp is a number on the wire,
``lambdarrow:on_mismatch`` and ``lambdarrow:coerce`` are those options of the grammar, and
``lambdarrow:type`` = ``json`` says of utf8 that it holds the text of any JSON value.
"""

from . import schema
from ._drift import with_options
from ._type_text import MAX_PRECISION, UNITS, is_zone, struct
from .schema import Field

_PLAIN = {
    "b": schema.bool_,
    "c": lambda **kw: schema.int_(8, **kw),
    "C": lambda **kw: schema.int_(8, signed=False, **kw),
    "s": lambda **kw: schema.int_(16, **kw),
    "S": lambda **kw: schema.int_(16, signed=False, **kw),
    "i": lambda **kw: schema.int_(32, **kw),
    "I": lambda **kw: schema.int_(32, signed=False, **kw),
    "l": lambda **kw: schema.int_(64, **kw),
    "L": lambda **kw: schema.int_(64, signed=False, **kw),
    "f": lambda **kw: schema.float_(32, **kw),
    "g": lambda **kw: schema.float_(64, **kw),
    "u": schema.utf8,
    "U": lambda **kw: schema.utf8(size="large", **kw),
    "vu": lambda **kw: schema.utf8(size="view", **kw),
    "z": schema.binary,
    "Z": lambda **kw: schema.binary(large=True, **kw),
    "tdD": schema.date32,
}
_INTEGERS = "cCsSiIlL"
_STRINGS = ("u", "U", "vu")
_UNIT_OF = {"s": "s", "m": "ms", "u": "us", "n": "ns"}
_EXTENSIONS = {"arrow.json": schema.json, "arrow.uuid": schema.uuid}

# What to do instead, by how the format begins; the first that fits counts.
_ADVICE = (
    ("n", "a column of nulls only; take utf8 with the extension arrow.json, which holds any value"),
    ("e", "half floats are not written; take float32"),
    ("vz", "take binary"),
    ("w:", "take binary"),
    ("tdm", "take date32, or timestamp[ms]"),
    ("tt", "take utf8, or an integer"),
    ("tD", "take utf8, or an integer"),
    ("ti", "take utf8"),
    ("d:", "take decimal128 or decimal256, with a scale from 0 to the precision"),
    ("ts", "the unit is one of s, ms, us, ns, the zone a name such as UTC or an offset"),
    ("+v", "take list"),
    ("+w", "take list"),
    ("+u", "a union has no column; take utf8 with the extension arrow.json"),
    ("+r", "take the type of the values: nothing is run-end encoded here"),
)


def to_word(obj, path="payload"):
    """The word of an object that exports an Arrow schema."""
    from . import _core

    return from_tree(_core.schema_tree(obj.__arrow_c_schema__()), path)


def from_tree(tree, path="payload"):
    """The word of ``(format, name, nullable, metadata, children, dictionary)``, children being trees."""
    word = _word(tree, path)
    if _said(tree, "lambdarrow:from") is not None:
        raise _refused(tree, path, "lambdarrow:from belongs to a field of a struct")
    if tree[0] == "+s" and not tree[1]:
        return word.but(nullable=True, arrow_nullable=True)
    return word


def _said(tree, key):
    """A value of the metadata, as text."""
    for name, value in (tree[3] or {}).items():
        if _as_text(name) == key:
            return _as_text(value)
    return None


def _as_text(value):
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _refused(tree, path, why):
    return TypeError(f"{path}: Arrow format {tree[0]!r}: {why}")


def _word(tree, path):
    word = _timed(tree, path)
    return with_options(word, {key: _said(tree, f"lambdarrow:{key}") for key in ("on_mismatch", "coerce")}, path)


def _timed(tree, path):
    word = _typed(tree, path)
    epoch = _said(tree, "lambdarrow:epoch")
    if epoch is None:
        return word
    if word.op != "timestamp":
        raise _refused(tree, path, "lambdarrow:epoch belongs to a timestamp")
    if epoch not in UNITS:
        raise _refused(tree, path, f"lambdarrow:epoch is one of {', '.join(UNITS)}, not {epoch!r}")
    return word.but(epoch=epoch)


def _typed(tree, path):
    layout, _, nullable, _, children, dictionary = tree
    flags = {"nullable": bool(nullable), "arrow_nullable": bool(nullable)}
    extension = _said(tree, "ARROW:extension:name")
    if extension is not None:
        if extension not in _EXTENSIONS:
            raise _refused(tree, path, f"the extension {extension} is not known; give its storage type")
        if layout != "u":
            raise _refused(tree, path, f"{extension} is read into utf8 only")
        return _EXTENSIONS[extension](**flags)
    kind = _said(tree, "lambdarrow:type")
    if kind is not None:
        if kind != "json" or layout != "u":
            raise _refused(tree, path, "lambdarrow:type is json, and belongs to utf8")
        return schema.json(**flags)
    if dictionary is not None:
        if layout not in _INTEGERS or dictionary[0] not in _STRINGS:
            raise _refused(tree, path, f"a dictionary holds utf8, not {dictionary[0]!r}")
        return schema.dictionary(**flags)
    if layout in _PLAIN:
        return _PLAIN[layout](**flags)
    if layout == "+s":
        if not children:
            raise _refused(tree, path, "a struct without fields cannot be stored (Parquet refuses it)")
        return struct([_field(child, f"{path}.{child[1]}") for child in children], path, **flags)
    if layout in ("+l", "+L"):
        return schema.list_(_unnamed(children[0], path + "[]"), **flags)
    if layout == "+m":
        return _map(tree, path, flags)
    if layout.startswith("ts"):
        return _timestamp(tree, path, flags)
    if layout.startswith("d:"):
        return _decimal(tree, path, flags)
    for start, advice in _ADVICE:
        if layout.startswith(start):
            raise _refused(tree, path, advice)
    raise _refused(tree, path, "no word reads it")


def _unnamed(tree, path):
    """An item or a value: what is called ``item`` there is no key of the wire."""
    if _said(tree, "lambdarrow:from") is not None:
        raise _refused(tree, path, "lambdarrow:from belongs to a field of a struct")
    return _word(tree, path)


def _field(tree, path):
    name, nullable = tree[1], tree[2]
    key = _said(tree, "lambdarrow:from")
    return Field(name if key is None else key, _word(tree, path), name, required=not nullable)


def _map(tree, path, flags):
    key, value = tree[4][0][4]
    if key[0] != "u" or key[5] is not None or _said(key, "ARROW:extension:name") is not None:
        raise _refused(key, path, "the keys of a map are utf8, as those of a JSON object are")
    return schema.map_(_unnamed(value, path + "{}"), **flags)


def _timestamp(tree, path, flags):
    unit, colon, tz = tree[0][2:3], tree[0][3:4], tree[0][4:]
    if unit not in _UNIT_OF or colon != ":" or (tz and not is_zone(tz)):
        raise _refused(tree, path, dict(_ADVICE)["ts"])
    return schema.timestamp(_UNIT_OF[unit], tz or None, **flags)


def _decimal(tree, path, flags):
    numbers = tree[0][2:].split(",")
    bits = numbers[2] if len(numbers) == 3 else "128"
    if bits in ("128", "256") and numbers[0].isdigit() and numbers[1].isdigit():
        precision, scale = int(numbers[0]), int(numbers[1])
        if 1 <= precision <= MAX_PRECISION[int(bits)] and scale <= precision:
            return schema.decimal(int(bits), precision, scale, **flags)
    raise _refused(tree, path, dict(_ADVICE)["d:"])
