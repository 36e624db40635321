"""What a type makes of an AttributeValue, and what types a batch of items has: decimal, base64 and pyarrow say so."""

import base64
import datetime as dt
import json
import re
import struct
from decimal import Decimal

import dynamodb as d
import oracle
import pyarrow as pa
from hypothesis import strategies as st
from oracle import Node, Wrong

# --- types ------------------------------------------------------------------------------------------

INTEGERS = {f"int{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)} | {
    f"uint{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64)
}
TEXTS = {
    "utf8": pa.utf8(),
    "large_utf8": pa.large_utf8(),
    "utf8_view": pa.string_view(),
    "dictionary<utf8>": pa.dictionary(pa.int32(), pa.utf8()),
}
OTHERS = {
    "uuid": pa.utf8(),
    "json": pa.utf8(),
    "binary": pa.binary(),
    "large_binary": pa.large_binary(),
    "float64": pa.float64(),
    "float32": pa.float32(),
    "bool": pa.bool_(),
    "date32": pa.date32(),
}
DECIMAL = re.compile(r"decimal(128|256)\((\d+), (\d+)\)")
TIMESTAMP = re.compile(r"timestamp\[(\w+)(?:, (.+))?\]")
MAP = re.compile(r"map<utf8, (.+)>")
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.A)


class Fields(dict):
    """A struct, whatever its fields are called; not a type with options."""


def bare(spec):
    """The type in a field's option form, and its options."""
    options = spec if type(spec) is dict and isinstance(spec.get("type"), (str, list)) and len(spec) > 1 else {}
    return options.get("type", spec), options


def type_of(spec):
    """The Arrow type that a spec of the grammar asks for."""
    spec, _ = bare(spec)
    if isinstance(spec, list):
        return pa.list_(type_of(spec[0]))
    if isinstance(spec, dict):
        return pa.struct([(name, type_of(inner)) for name, inner in spec.items()])
    if spec in INTEGERS:
        return getattr(pa, spec)()
    if match := DECIMAL.fullmatch(spec):
        return getattr(pa, f"decimal{match[1]}")(int(match[2]), int(match[3]))
    if match := TIMESTAMP.fullmatch(spec):
        return pa.timestamp(match[1], match[2])
    if match := MAP.fullmatch(spec):
        return pa.map_(pa.utf8(), type_of(match[1]))
    return {**TEXTS, **OTHERS}[spec]


# --- one value --------------------------------------------------------------------------------------


def read(spec, value):
    """What pyarrow takes for the value in a column of the type; Wrong with the reason. The value is valid."""
    spec, options = bare(spec)
    ((tag, content),) = value.items()
    if tag == "NULL":
        if options.get("required"):
            raise Wrong("unexpected_null")
        return None
    if spec == "json":
        return json_text(value)
    if isinstance(spec, list):
        if tag not in ("L", *d.SETS):
            raise Wrong("unexpected_type")
        items = content if tag == "L" else [{d.SETS[tag]: member} for member in content]
        return [read(spec[0], item) for item in items]
    if isinstance(spec, dict):
        if tag != "M":
            raise Wrong("unexpected_type")
        return read_item(spec, content)
    if match := MAP.fullmatch(spec):
        if tag != "M":
            raise Wrong("unexpected_type")
        return [(name, read(match[1], inner)) for name, inner in content.items()]
    return scalar(spec, options, tag, content)


def read_item(spec, item):
    """The same for an item, or the content of a map, and a struct: what is not there is null."""
    made = {}
    for name, inner in spec.items():
        wire = bare(inner)[1].get("from", name)
        if wire not in item and bare(inner)[1].get("required"):
            raise Wrong("missing_field")
        made[name] = read(inner, item[wire]) if wire in item else None
    return made


def scalar(spec, options, tag, content):
    epoch = options.get("epoch")
    wanted = {"binary": "B", "large_binary": "B", "bool": "BOOL"}.get(spec)
    if wanted is None:
        number = spec in INTEGERS or spec.startswith(("float", "decimal")) or epoch
        wanted = "N" if number else "S"
    loose = {"string": "S", "number": "N"}.get(options.get("coerce"))
    if tag not in (wanted, loose):
        raise Wrong("unexpected_type")
    if tag == "B":
        return base64.b64decode(content)
    if spec == "bool" or spec in TEXTS:
        return content
    if spec in INTEGERS:
        return integer(content, *INTEGERS[spec])
    if spec.startswith("float"):
        return floating(content, int(spec[5:]))
    if match := DECIMAL.fullmatch(spec):
        return fixed(content, int(match[2]), int(match[3]))
    if match := TIMESTAMP.fullmatch(spec):
        if epoch:
            digits, exponent = d.exact(content)
            return oracle.timestamp_of(Node("number", f"{digits}E{exponent}", 0, 0), match[1], match[2], epoch)
        return oracle.timestamp_of(Node("string", content, 0, 0), match[1], match[2], None)
    if spec == "uuid":
        if not UUID.fullmatch(content):
            raise Wrong("invalid_uuid")
        return content
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", content, re.A):
        raise Wrong("invalid_date")
    try:
        return dt.date.fromisoformat(content)
    except ValueError:
        raise Wrong("invalid_date") from None


def integer(text, least, greatest):
    digits, exponent = d.exact(text)
    if exponent < 0:
        raise Wrong("expected_integer")
    if not least <= digits * 10**exponent <= greatest:
        raise Wrong("out_of_range")
    return digits * 10**exponent


def floating(text, bits):
    d.exact(text)
    try:
        return float(text) if bits == 64 else struct.unpack("f", struct.pack("f", float(text)))[0]
    except OverflowError:
        raise Wrong("out_of_range") from None


def fixed(text, precision, scale):
    digits, exponent = d.exact(text)
    if exponent < -scale:
        raise Wrong("not_exact")
    if digits and len(str(abs(digits))) + exponent + scale > precision:
        raise Wrong("out_of_range")
    whole = digits * 10 ** (exponent + scale)
    return Decimal((int(whole < 0), tuple(map(int, str(abs(whole)))), -scale))


def json_text(value):
    """The plain JSON of an AttributeValue: only numbers need another spelling than json itself would give them."""
    ((tag, content),) = value.items()
    if tag == "N":
        sign, whole, fraction, rest = re.fullmatch(r"([+-]?)(\d*)(\.\d*|)(.*)", content).groups()
        return sign.rstrip("+") + (whole.lstrip("0") or "0") + (fraction + "0" if fraction == "." else fraction) + rest
    if tag in d.SETS:
        return "[" + ",".join(json_text({d.SETS[tag]: member}) for member in content) + "]"
    if tag == "L":
        return "[" + ",".join(map(json_text, content)) + "]"
    if tag == "M":
        return "{" + ",".join(f"{_quoted(name)}:{json_text(inner)}" for name, inner in content.items()) + "}"
    return "null" if tag == "NULL" else _quoted(content)


def _quoted(value):
    return json.dumps(value, ensure_ascii=False)


def array_of(spec, items):
    """The column of the images of these items."""
    return oracle.built([None if item is None else read(spec, {"M": item}) for item in items], type_of(spec))


# --- inference --------------------------------------------------------------------------------------

NUMBER_TEXT = {"type": "utf8", "coerce": "number"}


def inferred_image(items):
    """The narrowest type that holds all of these items."""
    return _of_maps([item for item in items if item is not None])


def inferred(values):
    """The same for the AttributeValues that stand at one place."""
    contents = {}
    for value in values:
        ((tag, content),) = value.items()
        contents.setdefault("L" if tag in d.SETS else tag, []).append((tag, content))
    contents.pop("NULL", None)
    if len(contents) != 1:
        return "json"
    ((kind, tagged),) = contents.items()
    if kind == "L":
        items = [item if tag == "L" else {d.SETS[tag]: item} for tag, content in tagged for item in content]
        item = inferred(items)
        # Items that are of several types make JSON of the whole; those that were never there may be anything.
        return "json" if items and item == "json" else [item]
    if kind == "M":
        return _of_maps([content for _, content in tagged])
    if kind == "N":
        return _of_numbers([content for _, content in tagged])
    return {"S": "utf8", "B": "binary", "BOOL": "bool"}[kind]


def _of_maps(maps):
    places = {}
    for content in maps:
        for name, value in content.items():
            places.setdefault(name, []).append(value)
    types = Fields((name, inferred(values)) for name, values in places.items())
    if len(types) > 1000:
        (first, *others) = types.values()
        return f"map<utf8, {first if all(other == first for other in others) else 'json'}>"
    return types if types and not any("\0" in name for name in types) else "json"


def _of_numbers(texts):
    numbers = [d.exact(text) for text in texts]
    least, greatest = INTEGERS["int64"]
    if all(exponent >= 0 and least <= digits * 10**exponent <= greatest for digits, exponent in numbers):
        return "int64"
    scale = max(-min(exponent, 0) for _, exponent in numbers)
    whole = max(max(len(str(abs(digits))) + exponent, 0) if digits else 0 for digits, exponent in numbers)
    return f"decimal128({whole + scale}, {scale})" if whole + scale <= 38 else NUMBER_TEXT


# --- strategies: types, and values that fit them -----------------------------------------------------


def _spelt(value, seed):
    """An integer as a number that is written in one of the ways there are."""
    digits = str(abs(value))
    ways = [digits, f"{digits}.0", f"{digits}.", f"0{digits}", f"{digits}0E-1", f"{digits}e0",
            f"{digits[0]}.{digits[1:]}0E{len(digits) - 1}"]
    return ("-" if value < 0 else "+" if seed % 11 == 0 else "") + ways[seed % len(ways)]


def integers(least, greatest):
    small = st.integers(max(least, -500), min(greatest, 500))
    values = small | st.integers(least, greatest) | st.sampled_from([least, greatest])
    return st.builds(_spelt, values, st.sampled_from([0, 0, 0, 1, 2, 3, 4, 5, 6, 11]))


def _tagged(tag, strategy):
    return strategy.map(lambda content: {tag: content})


# With room for the types around it.
any_value = d.attributes(deepest=d.DEPTH // 2)
money = st.decimals(-(10**9), 10**9, places=2).map(str)
moments = st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30)).map(lambda at: at.replace(microsecond=0))
SCALARS = {
    # Numbers of twenty digits have tests of their own.
    **{name: ("N", integers(least, min(greatest, 10**19 - 1))) for name, (least, greatest) in INTEGERS.items()},
    # No views: pyarrow's Parquet writer has none in a list of structs.
    **{name: ("S", d.texts) for name in TEXTS if name != "utf8_view"},
    "uuid": ("S", st.uuids().map(str)),
    "date32": ("S", st.dates().map(dt.date.isoformat)),
    "timestamp[ms, UTC]": ("S", moments.map(lambda at: at.isoformat() + "Z")),
    "timestamp[us]": ("S", moments.map(dt.datetime.isoformat)),
    "float64": ("N", d.numbers),
    "float32": ("N", d.number_texts(magnitude=st.integers(-50, 37))),
    "decimal128(12, 2)": ("N", money),
    "decimal128(38, 10)": ("N", d.number_texts(st.integers(1, 20), st.integers(9, 27))),
    "decimal256(76, 38)": ("N", d.number_texts(magnitude=st.integers(0, 37))),
    "binary": ("B", d.binaries),
    "large_binary": ("B", d.binaries),
    "bool": ("BOOL", st.booleans()),
    "json": (None, any_value),
}
EPOCHS = st.integers(-(10**10), 10**10).map(str)
OPTIONED = [
    ({"type": "timestamp[ms, UTC]", "epoch": "s"}, _tagged("N", EPOCHS | money.map(lambda text: text[:-1]))),
    ({"type": "timestamp[us]", "epoch": "ms"}, _tagged("N", EPOCHS)),
    ({"type": "utf8", "coerce": "number"}, _tagged("N", d.numbers) | _tagged("S", d.texts)),
    ({"type": "dictionary<utf8>", "coerce": "number"}, _tagged("N", money) | _tagged("S", d.texts)),
    ({"type": "int64", "coerce": "string"}, _tagged("N", EPOCHS) | _tagged("S", EPOCHS)),
    ({"type": "float64", "coerce": "string"}, _tagged("N", d.numbers) | _tagged("S", money)),
    ({"type": "int16", "required": True}, _tagged("N", st.integers(-9, 9).map(str))),
    ({"type": "utf8", "from": "on the wire"}, _tagged("S", d.texts)),
]


def _scalar(name):
    tag, contents = SCALARS[name]
    return name, contents if tag is None else _tagged(tag, contents)


plain_types = st.sampled_from([_scalar(name) for name in SCALARS])
members = st.sampled_from([name for name, (tag, _) in SCALARS.items() if tag in ("S", "N", "B")])


def _often(texts):
    """Now and then NULL, or a value of any other type."""
    return st.integers(0, 24).flatmap(lambda at: {0: st.just({"NULL": True}), 24: any_value}.get(at, texts))


def _list(pair):
    return [pair[0]], _tagged("L", st.lists(_often(pair[1]), max_size=3))


def _set(name):
    tag, contents = SCALARS[name]
    return [name], _tagged(tag + "S", st.lists(contents, max_size=3))


def _map(pair):
    # What the grammar says of a type with options does not fit into the text of a map.
    return f"map<utf8, {pair[0]}>", _tagged("M", st.dictionaries(d.names, _often(pair[1]), max_size=3))


fields = d.names.filter(lambda name: name != "type" and "\0" not in name)


def _struct(members):
    """A struct, and items for it: attributes missing, and more of them than it has."""
    spec, known, optional = {}, {}, {}
    for name, (inner, texts) in members.items():
        options = bare(inner)[1]
        if "from" in options:
            options = inner = {**inner, "from": f"{name} on the wire"}
        spec[name] = inner
        (known if options.get("required") else optional)[options.get("from", name)] = _often(texts)
    more = st.dictionaries(d.names.filter(lambda name: name not in (*known, *optional)), any_value, max_size=1)
    return spec, st.builds(lambda one, other: one | other, st.fixed_dictionaries(known, optional=optional), more)


def structs(inner, **sizes):
    return st.dictionaries(fields, inner | st.sampled_from(OPTIONED), min_size=1, **sizes).map(_struct)


def _grown(inner):
    nested = structs(inner, max_size=3).map(lambda pair: (pair[0], _tagged("M", pair[1])))
    return st.one_of(inner.map(_list), members.map(_set), plain_types.map(_map), nested)


value_types = st.recursive(plain_types, _grown, max_leaves=5)
item_types = structs(value_types, max_size=5)


@st.composite
def cases(draw):
    """(the items' type, items): most of them fit it."""
    spec, item = draw(item_types)
    return spec, draw(st.lists(item, min_size=1, max_size=4))
