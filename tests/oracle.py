"""What a Kinesis event means, said with json, base64, decimal and pyarrow only: slow, plain, and not ours.

Strings and the verdict on the whole text are json's. The tree is our own only because json forgets what
the answers need: where a value stands, its source bytes, a number's digits, the earlier of two equal keys.
"""

import base64
import datetime as dt
import json
import re
import struct
from decimal import Decimal
from typing import NamedTuple

import pyarrow as pa

SPACE = re.compile(rb"[ \t\n\r]*")
STRING = re.compile(rb'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
LITERALS = {b"true": True, b"false": False, b"null": None}
INT64 = range(-(2**63), 2**63)


class NotJSON(Exception):
    """The text is outside RFC 8259."""


class Flaw(NamedTuple):
    """One thing wrong with a record; flaws sort by where they stand."""

    offset: int
    reason: str
    path: str
    index: int | None = None


class Refused(Exception):
    """What `on_error="raise"` answers: the record that fails first."""

    def __init__(self, flaw):
        super().__init__(flaw)
        self.flaw = flaw


class Node(NamedTuple):
    """A value and the bytes it came from; `kind` is object, array, string, number, bool or null."""

    kind: str
    value: object
    start: int
    end: int


# --- the tree ---------------------------------------------------------------------------------------


def parse(text):
    """The tree of `text`, or NotJSON. Where json can read the text at all, the two must agree."""
    node, position = _value(text, SPACE.match(text).end())
    if SPACE.match(text, position).end() != len(text):
        raise NotJSON("bytes after the value")
    try:
        decoded = text.decode()
    except UnicodeDecodeError:
        return node
    assert _shape(node) == load(decoded)
    return node


def load(text):
    """json.loads, strict: no NaN, numbers as their text, objects as their pairs."""

    def refuse(word):
        raise NotJSON(word)

    def number(digits):
        return ("number", digits)

    try:
        return json.loads(
            text, parse_int=number, parse_float=number, parse_constant=refuse, object_pairs_hook=tuple
        )
    except ValueError as error:
        raise NotJSON(str(error)) from error


def _shape(node):
    if node.kind == "object":
        return tuple((key, _shape(child)) for key, child in node.value)
    if node.kind == "array":
        return [_shape(child) for child in node.value]
    return ("number", node.value) if node.kind == "number" else node.value


def _value(text, at):
    for pattern, kind in ((STRING, "string"), (NUMBER, "number")):
        if match := pattern.match(text, at):
            value = _string(match[0]) if kind == "string" else match[0].decode()
            return Node(kind, value, at, match.end()), match.end()
    for word, value in LITERALS.items():
        if text.startswith(word, at):
            return Node("null" if value is None else "bool", value, at, at + len(word)), at + len(word)
    for opening, closing, kind in ((b"{", b"}", "object"), (b"[", b"]", "array")):
        if text.startswith(opening, at):
            items, end = _items(text, at + 1, closing, kind)
            return Node(kind, items, at, end), end
    raise NotJSON(f"no value at byte {at}")


def _items(text, at, closing, kind):
    items = []
    at = SPACE.match(text, at).end()
    if text.startswith(closing, at):
        return items, at + 1
    while True:
        if kind == "object":
            match = STRING.match(text, at)
            colon = match and SPACE.match(text, match.end()).end()
            if not match or not text.startswith(b":", colon):
                raise NotJSON(f"no key at byte {at}")
            child, at = _value(text, SPACE.match(text, colon + 1).end())
            items.append((_string(match[0]), child))
        else:
            child, at = _value(text, at)
            items.append(child)
        at = SPACE.match(text, at).end()
        if text.startswith(closing, at):
            return items, at + 1
        if not text.startswith(b",", at):
            raise NotJSON(f"no comma at byte {at}")
        at = SPACE.match(text, at + 1).end()


def _string(quoted):
    """The text of a JSON string; bytes, when they are not UTF-8."""
    try:
        return json.loads(quoted.decode())
    except UnicodeDecodeError:
        return quoted


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


def timestamp_of(node, unit, zone, epoch):
    """A number counts from 1970 in its epoch unit; text is ISO 8601, with an offset if there is a zone."""
    if node.kind == "number" and epoch:
        return scaled(node.value, PLACES[unit] - PLACES[epoch], None)
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
    """The value's own bytes; every string in it must be text, as the column is."""
    if node.kind == "string":
        text_of(node)
    for child in node.value if node.kind in ("object", "array") else ():
        if node.kind == "object":
            text_of(Node("string", child[0], 0, 0))
            child = child[1]
        _source(child, text)
    return text[node.start : node.end].decode()


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
        item = word(match[1])
        return Word(pa.map_(pa.utf8(), item.type), lambda node, *place: _map(item, node, *place))
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


def _map(item, node, text, path, flaws):
    if node.kind != "object":
        raise Wrong("expected_object")
    pairs = {}
    for key, child in node.value:
        pairs[text_of(Node("string", key, 0, 0))] = convert(item, child, text, f"{path}.{key}", flaws)
    return list(pairs.items())


def _struct(fields, node, text, path, flaws):
    if node.kind != "object":
        raise Wrong("expected_object")
    values = {}
    for name, key, inner in fields:
        found = [child for wire, child in node.value if wire == key]
        for child in found:
            values[name] = convert(inner, child, text, f"{path}.{key}", flaws)
        if not found:
            values[name] = inner.default
            if inner.required:
                flaws.append(Flaw(node.end - 1, "missing_field", f"{path}.{key}"))
    return values


# --- the envelope -----------------------------------------------------------------------------------

CONSTANT, TEXT, TIME, DATA = "constant", "text", "time", "data"
COLUMNS = {
    "event_id": (("eventID",), TEXT),
    "event_name": (("eventName",), CONSTANT),
    "event_version": (("eventVersion",), CONSTANT),
    "event_source": (("eventSource",), CONSTANT),
    "event_source_arn": (("eventSourceARN",), CONSTANT),
    "aws_region": (("awsRegion",), CONSTANT),
    "invoke_identity_arn": (("invokeIdentityArn",), CONSTANT),
    "kinesis_schema_version": (("kinesis", "kinesisSchemaVersion"), CONSTANT),
    "encryption_type": (("kinesis", "encryptionType"), CONSTANT),
    "partition_key": (("kinesis", "partitionKey"), TEXT),
    "sequence_number": (("kinesis", "sequenceNumber"), TEXT),
    "approximate_arrival_timestamp": (("kinesis", "approximateArrivalTimestamp"), TIME),
    "data": (("kinesis", "data"), DATA),
}
CORRUPT = "_corrupt_record"


class Decoded(NamedTuple):
    batch: pa.RecordBatch
    flaws: tuple


def column_type(kind, payload, dialect="arrow"):
    if kind == DATA:
        return pa.binary() if payload is None else word(payload).type
    if kind == TIME:
        return pa.timestamp("us" if dialect == "spark" else "ms", "UTC")
    return pa.dictionary(pa.int32(), pa.utf8()) if kind == CONSTANT and dialect == "arrow" else pa.utf8()


def decode(event, *, payload=None, columns=None, on_error="raise"):
    """NotJSON, Refused, or the table with the first flaw of each failed record."""
    root = parse(event)
    names = list(columns or COLUMNS)
    lists = _records(root)
    rows, flaws = [], []
    if on_error == "raise":
        # One pass over the text cannot know that a later `Records` would void this one.
        for records in lists:
            for index, record in enumerate(records):
                if wrong := _record(record, event, names, payload, index)[1]:
                    raise Refused(min(wrong)._replace(index=index))
    for index, record in enumerate(lists[-1]):
        row, wrong = _record(record, event, names, payload, index)
        if wrong:
            flaws.append(min(wrong)._replace(index=index))
            if on_error == "stop":
                break
            if on_error == "collect":
                continue
            row = {CORRUPT: event[record.start : record.end].decode(errors="replace")}
        rows.append(row)
    fields = [(name, column_type(COLUMNS[name][1], payload)) for name in names]
    if on_error == "null":
        fields.append((CORRUPT, pa.utf8()))
    arrays = [built([row.get(name) for row in rows], kind) for name, kind in fields]
    return Decoded(pa.RecordBatch.from_arrays(arrays, names=[name for name, _ in fields]), tuple(flaws))


def _records(root):
    if root.kind != "object":
        raise Refused(Flaw(root.start, "expected_object", "$"))
    found = [child for key, child in root.value if key == "Records"]
    if not found:
        raise Refused(Flaw(root.start, "missing_records", "$"))
    for child in found:
        if child.kind != "array":
            raise Refused(Flaw(child.start, "expected_array", "$.Records"))
    return [child.value for child in found]


def _record(record, event, names, payload, index):
    """(values by column, flaws) of one record. Each of several equal keys is read; the last one counts."""
    path, flaws = f"$.Records[{index}]", []
    if record.kind != "object":
        return {}, [Flaw(record.start, "expected_object", path)]
    row = dict.fromkeys(names)
    tops = [name for name in names if len(COLUMNS[name][0]) == 1]
    inner = [name for name in names if len(COLUMNS[name][0]) == 2]
    for key, node in record.value:
        for name in tops:
            if COLUMNS[name][0] == (key,):
                row[name] = _cell(name, node, event, f"{path}.{key}", payload, flaws)
        if key == "kinesis" and inner:
            row.update(dict.fromkeys(inner))
            if node.kind not in ("object", "null"):
                flaws.append(Flaw(node.start, "expected_object", f"{path}.kinesis"))
            for child_key, child in node.value if node.kind == "object" else ():
                for name in inner:
                    if COLUMNS[name][0][1] == child_key:
                        row[name] = _cell(name, child, event, f"{path}.kinesis.{child_key}", payload, flaws)
    return row, flaws


def _cell(name, node, event, path, payload, flaws):
    kind = COLUMNS[name][1]
    if node.kind == "null":
        return None
    try:
        if kind == TIME:
            if node.kind != "number":
                raise Wrong("expected_number")
            return scaled(node.value, 3, None)
        if kind != DATA:
            return text_of(node)
        data = bytes_of(node)
    except Wrong as wrong:
        flaws.append(Flaw(node.start, wrong.args[0], path))
        return None
    if payload is None:
        return data
    if payload == "utf8":
        try:
            return data.decode()
        except UnicodeDecodeError:
            flaws.append(Flaw(node.start + 1, "invalid_utf8", path))
            return None
    return _payload(word(payload), data, node.start + 1, path, flaws)


def _payload(inner, data, offset, path, flaws):
    try:
        tree = parse(data)
    except NotJSON:
        flaws.append(Flaw(offset, "invalid_json", f"{path} → $"))
        return None
    own = []
    value = convert(inner, tree, data, "$", own)
    flaws.extend(flaw._replace(offset=offset, path=f"{path} → {flaw.path}") for flaw in own)
    return value


# --- comparing --------------------------------------------------------------------------------------


def built(values, kind):
    """pa.array, which cannot make a dictionary that lies inside a struct: those arrays hold plain text."""
    array = pa.array(values, undictionary(kind))
    return array.cast(kind) if pa.types.is_dictionary(kind) else array


def undictionary(kind):
    """The type with its dictionaries and views replaced by what they stand for, at every depth."""
    if pa.types.is_dictionary(kind):
        return undictionary(kind.value_type)
    if pa.types.is_string_view(kind):
        return pa.utf8()
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(undictionary(field.type)) for field in kind])
    if pa.types.is_map(kind):
        return pa.map_(kind.key_type, undictionary(kind.item_type))
    if pa.types.is_list(kind):
        return pa.list_(kind.value_field.with_type(undictionary(kind.value_type)))
    return kind


def plain(batch):
    """The batch with undictionary() types: two dictionaries in another order hold the same column."""
    arrays = [_plain_array(array) for array in batch.columns]
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)


def _plain_array(array):
    kind = undictionary(array.type)
    if kind == array.type:
        return array
    if pa.types.is_struct(kind):
        children = [_plain_array(array.field(at)) for at in range(kind.num_fields)]
        return pa.StructArray.from_arrays(children, fields=list(kind), mask=array.is_null())
    if pa.types.is_list(kind):
        values = _plain_array(array.values)
        return pa.ListArray.from_arrays(array.offsets, values, type=kind, mask=array.is_null())
    if pa.types.is_map(kind):
        return pa.array(array.to_pylist(), kind)
    return array.cast(kind)


def assert_same(ours, expected):
    """Equal names, types and values; dictionaries stand for their values, and are tested on their own."""
    assert ours.schema.names == expected.schema.names
    ours, expected = plain(ours), plain(expected)
    assert ours.schema.types == expected.schema.types
    for name, left, right in zip(ours.schema.names, ours.columns, expected.columns, strict=True):
        assert left.equals(right), f"{name}: {left} is not {right}"
