"""What a value means that a type is asked of: base64, decimal and pyarrow say so."""

import base64
import datetime as dt
import re
import struct
from decimal import Decimal
from typing import NamedTuple

import pyarrow as pa

from .tree import NUMBER, Node

INT64 = range(-(2**63), 2**63)


class Flaw(NamedTuple):
    """One thing wrong with a record; flaws sort by where they stand."""

    offset: int
    reason: str
    path: str
    index: int | None = None


def step(key):
    """A key as a step of a path."""
    if re.fullmatch(r"[A-Za-z0-9_\-\x80-\U0010ffff]+", key):
        return f".{key}"
    return '["' + re.sub(r'["\\]', r"\\\g<0>", key) + '"]'


# --- scalars ----------------------------------------------------------------------------------------


class Wrong(Exception):
    """A value that its type does not take; the argument is the reason."""


def text_of(node):
    if node.kind != "string":
        raise Wrong("expected_string")
    if isinstance(node.value, bytes):
        raise Wrong("invalid_utf8")
    try:
        node.value.encode()
    except UnicodeEncodeError:
        raise Wrong("lone_surrogate") from None
    return node.value


def bytes_of(node):
    """Strict base64: decoding is the module's, canonical form is "encodes to the same text"."""
    text = text_of(node)
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Wrong("invalid_base64") from None
    if base64.b64encode(data).decode() != text:
        raise Wrong("invalid_base64")
    return data


def scaled(text, scale, digits):
    """The number times ten to the `scale`, exact, of at most that many digits (None: an int64)."""
    sign, figures, exponent = Decimal(text).as_tuple()
    whole = int("".join(map(str, figures))) * (-1 if sign else 1)
    if whole == 0:
        return 0
    while whole % 10 == 0:
        whole //= 10
        exponent += 1
    if exponent + scale < 0:
        raise Wrong("not_exact")
    if len(str(abs(whole))) + exponent + scale > (digits or 19):
        raise Wrong("out_of_range")
    whole *= 10 ** (exponent + scale)
    if digits is None and whole not in INT64:
        raise Wrong("out_of_range")
    return whole


def integer_of(node, least, greatest):
    if node.kind != "number" or not re.fullmatch(r"-?\d+", node.value):
        raise Wrong("expected_integer")
    if len(node.value) > 40 or not least <= int(node.value) <= greatest:
        raise Wrong("out_of_range")
    return int(node.value)


def float_of(node, bits):
    if node.kind != "number":
        raise Wrong("expected_number")
    value = float(node.value)
    try:
        if bits == 32:
            value = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        raise Wrong("out_of_range") from None
    if value in (float("inf"), float("-inf")):
        raise Wrong("out_of_range")
    return value


def decimal_of(node, precision, scale):
    if node.kind not in ("number", "string"):
        raise Wrong("expected_number")
    text = node.value if node.kind == "number" else text_of(node)
    if not NUMBER.fullmatch(text.encode()):
        raise Wrong("invalid_number")
    whole = scaled(text, scale, precision)
    return Decimal((int(whole < 0), tuple(map(int, str(abs(whole)))), -scale))


PLACES = {"s": 0, "ms": 3, "us": 6, "ns": 9}
ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(?:([Zz])|([+-])(\d\d):?(\d\d))?)?", re.A
)


def days_of(text):
    try:
        return dt.date.fromisoformat(text).toordinal() - dt.date(1970, 1, 1).toordinal()
    except ValueError:
        return None


def date_of(node):
    text = text_of(node)
    days = days_of(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.A) else None
    if days is None:
        raise Wrong("invalid_date")
    return days


def epoch_of(node, unit, epoch):
    """A number that counts from 1970 in its epoch unit."""
    if node.kind != "number":
        raise Wrong("expected_number")
    return scaled(node.value, PLACES[unit] - PLACES[epoch], None)


def timestamp_of(node, unit, zone, epoch):
    """A number where there is an epoch; text is ISO 8601, with an offset if there is a zone."""
    if node.kind == "number" and epoch:
        return epoch_of(node, unit, epoch)
    match = ISO.fullmatch(text_of(node))
    days = match and days_of(match[1])
    if days is None:
        raise Wrong("invalid_timestamp")
    hour, minute, second = (int(group or 0) for group in match.group(2, 3, 4))
    fraction, utc, sign = match.group(5, 6, 7)
    ahead = int(match[8] or 0) * 60 + int(match[9] or 0)
    if max(hour / 24, minute / 60, second / 60, int(match[8] or 0) / 24, int(match[9] or 0) / 60) >= 1:
        raise Wrong("invalid_timestamp")
    if bool(zone) != bool(utc or sign):
        raise Wrong("offset_missing" if zone else "offset_present")
    seconds = days * 86_400 + (hour * 60 + minute - (-ahead if sign == "-" else ahead)) * 60 + second
    places = len(fraction or "")
    whole = seconds * 10**places + int(fraction or 0)
    return scaled(f"{whole}e-{places}", PLACES[unit], None)


# --- payloads ---------------------------------------------------------------------------------------


class Word(NamedTuple):
    """An Arrow type and the function from a node to a Python value that pyarrow takes for it."""

    type: pa.DataType
    convert: object
    required: bool = False
    default: object = None


def _plain(kind, function, *arguments):
    return Word(kind, lambda node, *_: function(node, *arguments))


def _bool(node):
    if node.kind != "bool":
        raise Wrong("expected_bool")
    return node.value


SIMPLE = {
    "bool": _plain(pa.bool_(), _bool),
    "float32": _plain(pa.float32(), float_of, 32),
    "float64": _plain(pa.float64(), float_of, 64),
    "utf8": _plain(pa.utf8(), text_of),
    "large_utf8": _plain(pa.large_utf8(), text_of),
    "binary": _plain(pa.binary(), bytes_of),
    "date32": _plain(pa.date32(), date_of),
    "dictionary<utf8>": _plain(pa.dictionary(pa.int32(), pa.utf8()), text_of),
    "json": Word(pa.utf8(), lambda node, text, *_: _source(node, text)),
}
for _bits in (8, 16, 32, 64):
    SIMPLE[f"int{_bits}"] = _plain(
        getattr(pa, f"int{_bits}")(), integer_of, -(2 ** (_bits - 1)), 2 ** (_bits - 1) - 1
    )
    SIMPLE[f"uint{_bits}"] = _plain(getattr(pa, f"uint{_bits}")(), integer_of, 0, 2**_bits - 1)


def _source(node, text):
    """The value's own bytes, half a surrogate pair too where it is written as an escape; UTF-8, as the column is."""
    try:
        return text[node.start : node.end].decode()
    except UnicodeDecodeError:
        raise Wrong("invalid_utf8") from None


def word(spec):
    """The grammar of decision 27: names, dicts, one-item lists, and {"type": …, options}."""
    if isinstance(spec, list):
        item = word(spec[0])
        return Word(pa.list_(item.type), lambda node, *place: _list(item, node, *place))
    if isinstance(spec, dict):
        fields = [(name, *_field(name, inner)) for name, inner in spec.items()]
        kind = pa.struct([(name, inner.type) for name, _, inner in fields])
        return Word(kind, lambda node, *place: _struct(fields, node, *place))
    if spec in SIMPLE:
        return SIMPLE[spec]
    if match := re.fullmatch(r"decimal(128|256)\((\d+), (\d+)\)", spec):
        bits, precision, scale = map(int, match.groups())
        return _plain(getattr(pa, f"decimal{bits}")(precision, scale), decimal_of, precision, scale)
    if match := re.fullmatch(r"timestamp\[(\w+)(?:, (.+))?\]", spec):
        return _plain(pa.timestamp(match[1], match[2]), timestamp_of, match[1], match[2], None)
    if match := re.fullmatch(r"map<utf8, (.+)>", spec):
        return map_of(word(match[1]))
    raise KeyError(spec)


def _field(name, spec):
    """(wire name, word) of one field of a struct."""
    if not isinstance(spec, dict) or set(spec) <= {"type"} or "type" not in spec:
        return name, word(spec)
    inner = word(spec["type"])
    if spec.get("epoch"):
        inner = _plain(inner.type, timestamp_of, inner.type.unit, inner.type.tz, spec["epoch"])
    default = spec.get("default")
    return spec.get("from", name), inner._replace(required=spec.get("required", False), default=default)


def convert(inner, node, text, path, flaws):
    """The value of a node, or None with a flaw noted."""
    if node.kind == "null":
        if inner.required:
            flaws.append(Flaw(node.start, "unexpected_null", path))
        return None
    try:
        return inner.convert(node, text, path, flaws)
    except Wrong as wrong:
        flaws.append(Flaw(node.start, wrong.args[0], path))


def _list(item, node, text, path, flaws):
    if node.kind != "array":
        raise Wrong("expected_array")
    return [convert(item, child, text, f"{path}[{at}]", flaws) for at, child in enumerate(node.value)]


def map_of(item):
    return Word(pa.map_(pa.utf8(), item.type), lambda node, *place: _map(item, node, *place))


def _map(item, node, text, path, flaws):
    if node.kind != "object":
        raise Wrong("expected_object")
    pairs = {}
    for key, child in node.value:
        pairs[text_of(Node("string", key, 0, 0))] = convert(item, child, text, path + step(key), flaws)
    return list(pairs.items())


def _struct(fields, node, text, path, flaws):
    if node.kind != "object":
        raise Wrong("expected_object")
    values = {}
    for name, key, inner in fields:
        found = [child for wire, child in node.value if wire == key]
        for child in found:
            values[name] = convert(inner, child, text, path + step(key), flaws)
        if not found:
            values[name] = inner.default
            if inner.required:
                flaws.append(Flaw(node.end - 1, "missing_field", path + step(key)))
    return values
