"""What an item of DynamoDB means: an AttributeValue says its type itself
(https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html).
"""

import re
from contextlib import contextmanager
from decimal import Decimal

import pyarrow as pa

from .tree import STRING
from .values import (
    SIMPLE,
    Flaw,
    Node,
    Word,
    Wrong,
    bytes_of,
    date_of,
    float_of,
    scaled,
    step,
    text_of,
    timestamp_of,
    word,
)

KINDS = {"S": "string", "N": "string", "B": "string", "BOOL": "bool", "NULL": "bool", "SS": "array", "NS": "array",
         "BS": "array", "L": "array", "M": "object"}
SETS = {"SS": "S", "NS": "N", "BS": "B"}
N = re.compile(r"([+-]?)(?=\.?\d)(\d*)(\.?)(\d*)((?:[eE][+-]?\d+)?)", re.A)
DEPTH = 32


def tagged(node):
    """The tag of an AttributeValue, and its value once for each time that it stands there."""
    if node.kind != "object" or len({key for key, _ in node.value}) != 1:
        raise Wrong("invalid_attribute")
    tag = node.value[0][0]
    return tag, [value for _, value in node.value]


def fitting(tag, node):
    """The value of a tag, once it is of the tag's JSON type."""
    if KINDS.get(tag) != node.kind or (tag == "NULL" and node.value is not True):
        raise Wrong("invalid_attribute")
    return node


def number_of(node):
    """The text of a number that DynamoDB can hold."""
    text = text_of(node)
    match = N.fullmatch(text)
    if not match:
        raise Wrong("invalid_number")
    digits = (match[2] + match[4]).strip("0")
    if len(digits) > 38 or (digits and (len(match[5]) > 9 or not -130 <= Decimal(text).adjusted() <= 125)):
        raise Wrong("out_of_range")
    return text


# --- types ------------------------------------------------------------------------------------------


def _integer(text, least, greatest):
    number = Decimal(text)
    if number and number != number.to_integral_value():
        raise Wrong("expected_integer")
    if not least <= number <= greatest:
        raise Wrong("out_of_range")
    return int(number)


def _decimal(text, precision, scale):
    whole = scaled(text, scale, precision)
    return Decimal((int(whole < 0), tuple(map(int, str(abs(whole)))), -scale))


def scalar(spec):
    """(Arrow type, tag, what makes the value of a node) of a scalar."""
    if match := re.fullmatch(r"(u?)int(\d+)", spec):
        least, greatest = (0, 2 ** int(match[2]) - 1) if match[1] else (-(2 ** int(match[2])) // 2,
                                                                        2 ** int(match[2]) // 2 - 1)
        return SIMPLE[spec].type, "N", lambda node: _integer(number_of(node), least, greatest)
    if match := re.fullmatch(r"float(32|64)", spec):
        return SIMPLE[spec].type, "N", lambda node: float_of(Node("number", number_of(node), 0, 0), int(match[1]))
    if match := re.fullmatch(r"decimal(128|256)\((\d+), (\d+)\)", spec):
        precision, scale = int(match[2]), int(match[3])
        return word(spec).type, "N", lambda node: _decimal(number_of(node), precision, scale)
    if match := re.fullmatch(r"timestamp\[(\w+)(?:, (.+))?\]", spec):
        return word(spec).type, "S", lambda node: timestamp_of(node, match[1], match[2], None)
    tag, read = {"bool": ("BOOL", lambda node: node.value), "binary": ("B", bytes_of),
                 "date32": ("S", date_of)}.get(spec, ("S", text_of))
    return SIMPLE[spec].type, tag, read


class Type:
    """An Arrow type and the function that reads the value of a tag; `tags` says which it takes."""

    def __init__(self, type, tags, read):
        self.type = type
        self.tags = tags
        self.read = read


def type_of(spec):
    """The grammar of decision 27, of attributes."""
    if isinstance(spec, list):
        item = type_of(spec[0])
        return Type(pa.list_(item.type), ("L", *SETS), lambda tag, *value: _list(item, tag, *value))
    if isinstance(spec, dict):
        fields = [(name, type_of(inner)) for name, inner in spec.items()]
        kind = pa.struct([(name, inner.type) for name, inner in fields])
        return Type(kind, ("M",), lambda _, *value: _struct(fields, *value))
    if spec == "json":
        return Type(pa.utf8(), tuple(KINDS), lambda tag, node, text, *_: _plain_column(tag, node, text))
    if match := re.fullmatch(r"map<utf8, (.+)>", spec):
        item = type_of(match[1])
        return Type(pa.map_(pa.utf8(), item.type), ("M",), lambda _, *value: _map(item, *value))
    kind, tag, read = scalar(spec)
    return Type(kind, (tag,), lambda _, node, *place: read(node))


def of_tag(kind, tag, node, text, path, flaws):
    fitting(tag, node)
    if tag == "NULL":
        return None
    if tag not in kind.tags:
        raise Wrong("unexpected_type")
    return kind.read(tag, node, text, path, flaws)


def attribute(kind, node, text, path, flaws):
    """What the type makes of an AttributeValue, or None with a flaw noted."""
    value = None
    with noted(node, path, flaws):
        tag, values = tagged(node)
        for one in values:
            value = of_tag(kind, tag, one, text, path, flaws)
    return value


@contextmanager
def noted(node, path, flaws):
    """What is wrong inside is a flaw of the value at this path."""
    try:
        yield
    except Wrong as wrong:
        flaws.append(Flaw(node.start, wrong.args[0], path + "".join(wrong.args[:0:-1])))


def _list(item, tag, node, text, path, flaws):
    if tag == "L":
        return [attribute(item, child, text, f"{path}[{at}]", flaws) for at, child in enumerate(node.value)]
    made = []
    for at, child in enumerate(node.value):
        with noted(child, f"{path}[{at}]", flaws):
            made.append(of_tag(item, SETS[tag], child, text, f"{path}[{at}]", flaws))
    return made


def _map(item, node, text, path, flaws):
    pairs = {}
    for key, child in node.value:
        pairs[text_of(Node("string", key, 0, 0))] = attribute(item, child, text, path + step(key), flaws)
    return list(pairs.items())


def _struct(fields, node, text, path, flaws):
    values = dict.fromkeys(name for name, _ in fields)
    for key, child in node.value:
        for name, inner in fields:
            if name == key:
                values[name] = attribute(inner, child, text, path + step(key), flaws)
    return values


# --- plain JSON -------------------------------------------------------------------------------------


def _plain_column(tag, node, text):
    made = plain(tag, node, text, DEPTH)
    try:
        return made.decode()
    except UnicodeDecodeError:
        raise Wrong("invalid_utf8") from None


def plain(tag, node, text, depth):
    """The JSON text of the value of a tag; strings are spelt as they were sent."""
    fitting(tag, node)
    if tag in ("L", "M") and not depth:
        raise Wrong("too_deep")
    if tag in ("BOOL", "S"):
        return text[node.start : node.end]
    if tag == "NULL":
        return b"null"
    if tag == "N":
        sign, whole, point, fraction, exponent = N.fullmatch(number_of(node)).groups()
        whole = whole.lstrip("0") or "0"
        return f"{sign.strip('+')}{whole}{point}{(fraction or '0') * len(point)}{exponent}".encode()
    if tag == "B":
        bytes_of(node)
        return text[node.start : node.end]
    if tag == "M":
        members = []
        for (name, child), key in zip(node.value, spelt(node, text), strict=True):
            with below(step(name)):
                members.append(key + b":" + plain_attribute(child, text, depth - 1))
        return b"{" + b",".join(members) + b"}"
    items = []
    for at, child in enumerate(node.value):
        with below(f"[{at}]"):
            items.append(plain(SETS[tag], child, text, depth) if tag in SETS
                         else plain_attribute(child, text, depth - 1))
    return b"[" + b",".join(items) + b"]"


@contextmanager
def below(place):
    """What is wrong inside knows the way to it, from the end."""
    try:
        yield
    except Wrong as wrong:
        wrong.args += (place,)
        raise


def plain_attribute(node, text, depth):
    """A tag that stands twice is one too many here: what was written cannot be taken back."""
    tag, values = tagged(node)
    if len(values) > 1:
        raise Wrong("invalid_attribute")
    return plain(tag, values[0], text, depth)


def spelt(node, text):
    """The keys of an object as they were written."""
    at = node.start + 1
    for _, child in node.value:
        while text[at : at + 1] in (b" ", b"\t", b"\n", b"\r", b","):
            at += 1
        yield STRING.match(text, at)[0]
        at = child.end


# --- columns ----------------------------------------------------------------------------------------


def item(spec):
    """The word of an image: the content of an M. What its places in an event say is that it is an object."""
    kind = type_of(spec)

    def read(node, text, path, flaws):
        with noted(node, path, flaws):
            return kind.read("M", fitting("M", node), text, path, flaws)

    return Word(kind.type, read)


def keys(spec):
    """The word of a key: of the item's fields those that can be keys."""
    if not isinstance(spec, dict):
        return item("json")
    no_keys = ("bool", "json", "map")
    named = {name: inner for name, inner in spec.items()
             if isinstance(inner, str) and not inner.startswith(no_keys)}
    return item(named or "json")
