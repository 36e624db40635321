"""DynamoDB's items: strategies for them and their JSON text, and what they mean, said by boto3, decimal and json."""

import base64
import json
import random
import re
from decimal import Decimal, DecimalException

import events
from boto3.dynamodb.types import Binary, TypeDeserializer
from hypothesis import strategies as st
from oracle import Wrong

from lambdarrow import dynamodb

DIGITS, LEAST, GREATEST, DEPTH = 38, -130, 125, 32
SETS = {"SS": "S", "NS": "N", "BS": "B"}


# --- events -----------------------------------------------------------------------------------------


def record(image=None, number=0, *, old=None, keys=None):
    """One record of a stream in AWS's key order; its images are attributes, or None."""
    change = {
        "ApproximateCreationDateTime": 1480642020,
        "Keys": {"pk": {"S": f"item-{number}"}} if keys is None else keys,
        "NewImage": image,
        "OldImage": old,
        "SequenceNumber": str(14054 + number),
        "SizeBytes": 26,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }
    return {
        "eventID": f"event-{number}",
        "eventName": "INSERT" if old is None else "MODIFY",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {key: value for key, value in change.items() if value is not None},
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2024-01-02T03:04:05.678",
    }


def event_of(*images):
    """An event of one record for each new image."""
    return events.event([record(image, number) for number, image in enumerate(images)])


def event_of_texts(*texts):
    """The same, of images that are JSON texts: str, or bytes."""
    texts = [text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass") for text in texts]
    whole = event_of(*[f"@@{number}@@" for number in range(len(texts))])
    for number, text in enumerate(texts):
        whole = whole.replace(b'"@@%d@@"' % number, text)
    return whole


def decoded(image, *items, columns=("new_image",), **options):
    """The column of the new images of these items."""
    return dynamodb.to_arrow(event_of(*items), image=image, columns=list(columns), **options)


# --- what an AttributeValue means -------------------------------------------------------------------

GRAMMAR = re.compile(r"([+-]?)(?=\.?\d)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?", re.A)


def exact(text):
    """(digits, exponent), the integer and the power of ten whose product the number is, of as few digits as there are;
    Wrong if DynamoDB has no such number."""
    match = GRAMMAR.fullmatch(text)
    if match is None:
        raise Wrong("invalid_number")
    sign, whole, fraction, exponent = match.groups()
    figures = (whole + fraction).lstrip("0")
    digits = figures.rstrip("0")
    if not digits:
        return 0, 0
    exponent = int(exponent or 0) - len(fraction) + len(figures) - len(digits)
    if len(digits) > DIGITS or not LEAST <= exponent + len(digits) - 1 <= GREATEST:
        raise Wrong("out_of_range")
    return int(sign + digits), exponent


def int_float(text):
    """An int if the number is one, else the nearest float."""
    digits, exponent = exact(text)
    return digits * 10**exponent if exponent >= 0 else float(text)


NUMBERS = {"decimal": Decimal, "int_float": int_float, "str": str}


def meaning(value, numbers="decimal", binary=bytes):
    """The Python object of an AttributeValue that is valid, as the wire has it."""
    ((tag, content),) = value.items()
    if tag == "N":
        return NUMBERS[numbers](content)
    if tag == "B":
        return binary(base64.b64decode(content, validate=True))
    if tag == "NULL":
        return None
    if tag in SETS:
        return {meaning({SETS[tag]: member}, numbers, binary) for member in content}
    if tag == "L":
        return [meaning(item, numbers, binary) for item in content]
    return item_meaning(content, numbers, binary) if tag == "M" else content


def item_meaning(item, numbers="decimal", binary=bytes):
    return {name: meaning(value, numbers, binary) for name, value in item.items()}


def boto(item):
    """The same said by boto3, whose own base64 is that of the event decoded beforehand."""
    made = {name: TypeDeserializer().deserialize(unwired(value)) for name, value in item.items()}
    return bare(made)


def boto_reads(text):
    """Whether boto3 takes a number; what it takes is Decimal's."""
    try:
        return TypeDeserializer().deserialize({"N": text}) == Decimal(text)
    except DecimalException:
        return False


def unwired(value):
    """An AttributeValue with bytes where the wire has base64, as boto3 wants it."""
    ((tag, content),) = value.items()
    if tag == "B":
        return {tag: base64.b64decode(content)}
    if tag == "BS":
        return {tag: [base64.b64decode(member) for member in content]}
    if tag == "L":
        return {tag: [unwired(item) for item in content]}
    return {tag: {name: unwired(inner) for name, inner in content.items()}} if tag == "M" else value


def bare(value):
    """What boto3 makes, with bytes where it has Binary."""
    if isinstance(value, Binary):
        return value.value
    if isinstance(value, dict):
        return {name: bare(inner) for name, inner in value.items()}
    return type(value)(map(bare, value)) if isinstance(value, (list, set)) else value


def plain(value):
    """What the plain JSON of an AttributeValue holds, numbers as Decimal: sets are arrays, binaries their base64."""
    ((tag, content),) = value.items()
    if tag == "N":
        return Decimal(content)
    if tag == "NULL":
        return None
    if tag in SETS:
        return [plain({SETS[tag]: member}) for member in content]
    if tag == "L":
        return [plain(item) for item in content]
    return plain_item(content) if tag == "M" else content


def plain_item(item):
    return {name: plain(value) for name, value in item.items()}


def loaded(text):
    """JSON with exact numbers, and none that json itself would not write."""
    return json.loads(text, parse_int=Decimal, parse_float=Decimal, parse_constant=int)


def form(value):
    """What tells values apart that Python takes for equal: types, the digits and the sign of a zero; not the order of a
    set."""
    if isinstance(value, dict):
        return {name: form(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [form(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return type(value).__name__, sorted(map(repr, map(form, value)))
    return type(value).__name__, repr(value)


def depth_of(value):
    """How many lists and maps stand in one another."""
    ((tag, content),) = value.items()
    inner = {"L": lambda: content, "M": content.values if tag == "M" else None}.get(tag)
    return 1 + max(map(depth_of, inner()), default=0) if inner else 0


# --- strategies: values -----------------------------------------------------------------------------


magnitudes = st.integers(-4, 22) | st.integers(LEAST, GREATEST) | st.sampled_from([LEAST, GREATEST])


few_or_many = st.sampled_from([0, 0, 0, 1, 5, 45])
significant = st.integers(1, DIGITS)


@st.composite
def number_texts(draw, digits=significant, magnitude=magnitudes, zeros=few_or_many):
    """Numbers in every spelling: the significant digits, the magnitude of the first of them, zeros at both ends."""
    count = draw(digits)
    figures = str(draw(st.integers(10 ** (count - 1), 10**count - 1)))
    if count > 1:  # the last one counts
        figures = figures[:-1] + draw(st.sampled_from("123456789"))
    magnitude = draw(magnitude)
    lead, tail = draw(zeros) % 7, draw(zeros)
    written = "0" * lead + figures + "0" * tail
    point = lead + 1
    if draw(st.booleans()):
        point = draw(st.integers(0, len(written)))
    elif 0 <= magnitude < count + tail:  # as people write it
        point = lead + 1 + magnitude
    exponent = magnitude - (point - lead - 1)
    mantissa = written[:point] + ("." if point < len(written) or draw(st.integers(0, 9)) == 0 else "") + written[point:]
    sign = draw(st.sampled_from(["", "", "-", "+"]))
    if exponent == 0 and draw(st.integers(0, 5)):
        return sign + mantissa
    power = "-" if exponent < 0 else draw(st.sampled_from(["", "+"]))
    power += f"{abs(exponent):0{draw(st.integers(1, 4))}d}"
    return sign + mantissa + draw(st.sampled_from("eE")) + power


zeros = st.sampled_from(["0", "-0", "+0", "0.0", ".000", "0.", "-0.00", "0E5", "0e-20", "000", "0" * 60,
                         "0." + "0" * 60])
people = st.integers(-(10**6), 10**6).map(str) | st.decimals(-(10**6), 10**6, places=2).map(str)
numbers = people | people | number_texts() | zeros
# Those that boto3 reads too, which counts the zeros at the end.
boto_numbers = people | number_texts(zeros=st.sampled_from([0, 0, 3])).filter(lambda text: boto_reads(text))
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
names = st.sampled_from(["id", "price", "a", "b", "é", "a b", "x.y", "S", "N", "M", "L", "NULL", '"', "\\",
                         "\n"]) | texts
binaries = st.binary(max_size=12).map(lambda data: base64.b64encode(data).decode())


def set_of(tag, members, key=str):
    return st.lists(members, min_size=1, max_size=4, unique_by=key).map(lambda some: {tag: some})


def leaves(number=numbers):
    return st.one_of(
        texts.map(lambda text: {"S": text}),
        number.map(lambda text: {"N": text}),
        binaries.map(lambda text: {"B": text}),
        st.booleans().map(lambda truth: {"BOOL": truth}),
        st.just({"NULL": True}),
        set_of("SS", texts),
        set_of("NS", number, exact),
        set_of("BS", binaries),
    )


def nested(inner):
    return st.lists(inner, max_size=3).map(lambda some: {"L": some}) | st.dictionaries(names, inner, max_size=3).map(
        lambda some: {"M": some}
    )


def attributes(number=numbers, deepest=DEPTH):
    """Valid AttributeValues of all ten types; some of them as deep as they may be."""
    return st.builds(_deepened, st.recursive(leaves(number), nested, max_leaves=8), st.integers(-40, deepest),
                     st.sampled_from(["L", "M", "LM"]))


def _deepened(value, wanted, kinds):
    for step in range(max(0, wanted - depth_of(value))):
        value = {"L": [value]} if kinds[step % len(kinds)] == "L" else {"M": {"x": value}}
    return value


def items_of(number=numbers, deepest=DEPTH, **sizes):
    return st.dictionaries(names, attributes(number, deepest), **{"max_size": 5, **sizes})


items = items_of()


# --- strategies: text -------------------------------------------------------------------------------

SPACES = ["", "", "", " ", "\n\t", "  \r\n"]


class Writer:
    """JSON text of a value in any of the ways to write it: white space anywhere, characters escaped or not."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.spaced = self.rng.random() < 0.5
        self.odd = self.rng.random() < 0.5

    def space(self):
        return self.rng.choice(SPACES) if self.spaced else ""

    def string(self, text):
        way = self.rng.choice([0, 1, 2, 3, None]) if self.odd else 0
        return '"' + "".join(events.escaped(c, self.rng.randrange(4) if way is None else way) for c in text) + '"'

    def __call__(self, value):
        return self.space() + self.bare(value) + self.space()

    def bare(self, value):
        if isinstance(value, str):
            return self.string(value)
        if isinstance(value, dict):
            pairs = [f"{self.space()}{self.string(key)}{self.space()}:{self(inner)}" for key, inner in value.items()]
            return "{" + (",".join(pairs) or self.space()) + "}"
        if isinstance(value, list):
            return "[" + (",".join(map(self, value)) or self.space()) + "]"
        return json.dumps(value)


seeds = st.integers(0, 2**32)


def written(value, seed):
    """The value's JSON text in the way that the seed chooses, as bytes."""
    return Writer(seed)(value).encode()


# --- errors -----------------------------------------------------------------------------------------


def both_roads(value, **options):
    """What `deserialize` makes of a value, and what it makes of its text: (reason, path), or the object."""
    return [_outcome(dynamodb.deserialize, road, **options) for road in (value, json.dumps(value))]


def _outcome(work, *arguments, **options):
    from lambdarrow import DecodeError

    try:
        return work(*arguments, **options)
    except DecodeError as error:
        return error.reason, error.path
