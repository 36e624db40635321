"""DynamoDB items: from a schema to the words that read AttributeValues, and from what was met to a schema."""

from . import schema
from .schema import Field, Word

# Kinds of what `observe` met, by their bits (enum la_met).
_NULL, _TRUE, _FALSE, _STRING, _NUMBER, _BINARY, _SET, _LIST, _MAP = (1 << bit for bit in range(9))
_MOST_DIGITS = 38
# Lists and maps in one another, https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
MOST_DEPTH = 32
# A key's attributes are S, N or B.
_KEY_WORDS = ("utf8", "int", "float", "decimal", "binary", "dictionary", "timestamp", "uuid", "date32")
# A map with more keys than this is no struct: nobody wants so many columns.
MOST_KEYS = 1000


def item(word, strict=False, **_):
    """The word of an image (the content of an M) that the word of its type describes."""
    if word.op == "or_else":
        return word.but(children=(item(word.children[0], strict),))
    if word.op == "json":
        return schema.attribute(word, tag="M", strict=strict, nullable=word.nullable)
    if word.op not in ("struct", "map", "object", "one_of"):
        raise ValueError(f"image: an item is a struct, a map or json, not {word.op}")
    return _inside(word, strict, 0)


def _inside(word, strict, depth):
    """The word of a value whose own parts, if it has any, are attributes. ``depth``: how many lists and maps of the
    item they stand in."""
    if word.op in ("list", "map"):
        return word.but(children=(_attribute(word.children[0], strict, depth),))
    if word.op in ("struct", "object"):
        word = word.but(children=[_field(field, strict, depth) for field in word.children])
        return word.but(others=MOST_DEPTH - depth) if word.options.get("inferred") else word
    if word.op == "one_of":
        return word.but(children=[field.but(item(field.word, strict) if field.word.op != "skip" else field.word)
                                  for field in word.children])
    return word


def _attribute(word, strict, depth):
    if word.op == "or_else":
        return word.but(children=(_attribute(word.children[0], strict, depth),))
    if word.op == "skip" or word.op in schema.SILENT_WORDS:
        return word
    return schema.attribute(_inside(word, strict, depth + 1), strict=strict, depth=depth, nullable=word.nullable)


def _field(field, strict, depth):
    """The field of an item; its default is a value of its type, and becomes an attribute."""
    made = field.but(_attribute(field.word, strict, depth))
    if made.default is not None:
        import json

        value = json.loads(made.default, parse_float=str, parse_int=str)
        made.default = json.dumps(_value(field.word, value)).encode()
    return made


def _value(word, value):
    """A value as JSON has it, its numbers as text, as an AttributeValue that the word reads."""
    if word.op == "or_else":
        return _value(word.children[0], value)
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, list):
        inner = word.children[0] if word.op == "list" else word
        return {"L": [_value(inner, item) for item in value]}
    if isinstance(value, dict):
        fields = {field.key: field.word for field in word.children} if word.op == "struct" else {}
        other = word.children[0] if word.op == "map" else word
        return {"M": {key: _value(fields.get(key, other), item) for key, item in value.items()}}
    number = word.op in ("int", "float", "decimal") or (word.op == "timestamp" and word.options["epoch"] is not None)
    return {"N" if number else "B" if word.op == "binary" else "S": value}


def keys_of(word):
    """The word of a key, where only the type of its items is known: all fields that can be keys, each nullable."""
    if word.op == "or_else":
        return keys_of(word.children[0])
    if word.op == "one_of":
        found = {}
        for field in word.children:
            inner = keys_of(field.word) if field.word.op in ("struct", "or_else") else None
            for one in inner.children if inner is not None and inner.op == "struct" else ():
                same = found.setdefault(one.name, one)
                if (same.key, repr(same.word)) != (one.key, repr(one.word)):
                    found[one.name] = Field(one.key, schema.json(), one.name)
        return schema.struct(tuple(found.values())) if found else schema.json()
    if word.op != "struct":
        return schema.json()
    fields = [Field(field.key, field.word.but(nullable=True, arrow_nullable=True), field.name)
              for field in word.children if field.word.op in _KEY_WORDS]
    return schema.struct(fields) if fields else schema.json()


def named_keys(word, names, inferred=None):
    """The word of a key that has these attributes of the items' type. ``inferred``: another type to look in, where both
    are what a batch showed, and a name that is in neither is of no known type."""
    known = {field.name: field for field in keys_of(word).children}
    if inferred is not None:
        known = {**{field.name: field for field in keys_of(inferred).children}, **known}
        return schema.struct([known.get(name) or Field(name, schema.json()) for name in names])
    for name in names:
        if name not in known:
            raise ValueError(f"keys: the image has no field {name!r} that can be a key")
    return schema.struct([known[name] for name in names])


# Inference: what was met → a type, as a tuple that can be compared and looked up → its word.


def merged(first, second):
    """What was met in two batches together: of each tree, or of none of them yet."""
    if not first or not second:
        return first or second
    return tuple([_merged(one, other) for one, other in zip(first, second, strict=True)])


def _merged(one, other):
    if one is None or other is None:
        return one if other is None else other
    keys = dict(one[5])
    for key, place in other[5]:
        keys[key] = _merged(keys[key], place) if key in keys else place
    return (one[0] | other[0], one[1] + other[1], max(one[2], other[2]), max(one[3], other[3]),
            _merged(one[4], other[4]), tuple(keys.items()))


def type_of(observed):
    """The narrowest type that holds all that was met at a place."""
    met, not_int64, whole, scale, items, keys = observed
    kinds = met & ~_NULL
    if kinds and not kinds & ~(_TRUE | _FALSE):
        return ("bool",)
    if kinds == _STRING:
        return ("utf8",)
    if kinds == _BINARY:
        return ("binary",)
    if kinds == _NUMBER:
        if not not_int64:
            return ("int64",)
        return ("decimal", whole + scale, scale) if whole + scale <= _MOST_DIGITS else ("number",)
    if kinds and not kinds & ~(_SET | _LIST):
        inner = type_of(items)
        # Items of several types make the whole a text; items that were never there may be anything.
        return ("json",) if inner == ("json",) and items[0] else ("list", inner)
    return struct_of(keys) if kinds == _MAP else ("json",)


def struct_of(keys):
    """The type of a map with these keys."""
    if len(keys) > MOST_KEYS:
        types = {type_of(place) for _, place in keys}
        return ("map", types.pop() if len(types) == 1 else ("json",))
    if not keys or any("\0" in key for key, _ in keys):
        return ("json",)
    return ("struct", tuple([(key, type_of(place)) for key, place in keys]))


def word_of(type):
    """The word of a type."""
    kind = type[0]
    if kind == "struct":
        # What was met has a field. What else there is could not be read, and must not be passed over.
        return schema.struct([Field(key, word_of(inner)) for key, inner in type[1]]).but(inferred=True)
    if kind == "list":
        return schema.list_(word_of(type[1]))
    if kind == "map":
        return schema.map_(word_of(type[1]))
    if kind == "decimal":
        return schema.decimal(128, *type[1:])
    if kind == "number":
        return schema.utf8(coerce="number")
    return {"int64": lambda: schema.int_(64), "bool": schema.bool_}.get(kind, lambda: getattr(schema, kind)())()


def by_key(attribute, values=None, *, prefix=None, other=None):
    """Items of several shapes in one table (single-table design): which one it is, an attribute of its own says.

    ``attribute``: the attribute's name, of type S. ``values``: a dict from its value to the item's type; or
    ``prefix``: a dict from how it begins (the first that fits). ``other``: the type of all other items (``"json"``
    keeps whatever they are); without it they are failures. The image is a struct with a field for each case, and
    ``batch.split()`` makes a batch of each.
    """
    if not isinstance(attribute, str):
        raise TypeError(f"by_key: the name of an attribute, not {attribute!r}")
    if (values is None) == (prefix is None):
        raise ValueError("by_key: values, or prefix=, and not both")
    match, cases = ("value", values) if prefix is None else ("prefix", prefix)
    made = schema.by("$", cases, other=other, match=match)
    return Word("one_of", made.children, nullable=made.nullable, **{**made.options, "path": (attribute, "S")})
