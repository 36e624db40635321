"""DynamoDB Streams as bytes: builders, and JSON text for hypothesis to draw.

Attributes are written by a seeded random, and hypothesis draws from what was written: an item is a few draws, and not
one for each of its brackets. What values mean has tests of its own; these are for what stands around them.
"""

import base64
import functools
import json
import random
import string

from events import anything, constant, escaped, event, ill_typed, objects, optional, text_values, whole_events
from hypothesis import strategies as st

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2025-02-19T00:00:00.000"
FIRST_SEQUENCE = 1405400000000002063282832


# --- builders ---------------------------------------------------------------------------------------


class Numeral(str):
    """The text of a number."""


def attribute(value):
    """A value that json has read as an AttributeValue: what JSON has no type for (binary, sets) is not among them."""
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, (Numeral, int, float)):
        return {"N": str(value)}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, dict):
        return {"M": item(value)}
    return {"L": [attribute(inner) for inner in value]}


def item(value):
    return {key: attribute(inner) for key, inner in value.items()}


def image_of(payload):
    """An item of the same fields as this JSON object; of bytes that are no JSON its one attribute is `data`.

    What begins as JSON and is no object is what it is: no image at all.
    """
    try:
        value = json.loads(payload, parse_int=Numeral, parse_float=Numeral)
    except ValueError:
        if payload[:1] in (b"{", b"["):
            return payload.decode(errors="replace")
        return {"data": {"B": base64.b64encode(payload).decode()}}
    return item(value) if isinstance(value, dict) else value


def change(payload=b"hello", number=0, **changes):
    """One record in AWS's key order: an item is inserted."""
    keys = {"pk": {"S": f"ORDER#{number % 7}"}}
    inner = {
        "ApproximateCreationDateTime": 1480642020 + number,
        "Keys": keys,
        "NewImage": image_of(payload),
        "SequenceNumber": str(FIRST_SEQUENCE + number),
        "SizeBytes": 26 + number,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }
    return {
        "eventID": f"{number:032x}",
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": inner | changes,
        "eventSourceARN": TABLE,
    }


def modified(old, new, number=0, keys=None, name="MODIFY"):
    """A record of an item before and after: attributes as the wire has them; None where the stream has no image."""
    whole = change(b"{}", number)
    inner = whole["dynamodb"]
    del inner["NewImage"]
    images = {} if new is None else {"NewImage": new}
    images |= {} if old is None else {"OldImage": old}
    usual = inner.pop("Keys")
    first = {"ApproximateCreationDateTime": inner.pop("ApproximateCreationDateTime"),
             "Keys": usual if keys is None else keys}
    return whole | {"eventName": name, "dynamodb": first | images | inner}


def modified_event(*pairs, **top):
    """An event of one record for each pair of images, old and new."""
    return event([modified(old, new, number) for number, (old, new) in enumerate(pairs)], **top)


# --- attributes as text -----------------------------------------------------------------------------

NUMERALS = ["0", "-0", "+0.00e7", ".5", "-.5e1", "5.", "007", "1E+125", "1e-130", "0E999", "9" * 38 + "E87",
            "1234567895171680000000000000000000000000", "0." + "0" * 60 + "1"]
# What is no AttributeValue.
NO_ATTRIBUTES = [
    "{}", "5", '"x"', "null", "[]", '{"N":5}', '{"BOOL":"true"}', '{"NULL":false}', '{"NULL":null}', '{"X":"x"}',
    '{"s":"x"}', '{"S":"a","N":"1"}', '{"SS":["a",null]}', '{"NS":[1]}', '{"M":[]}', '{"L":{}}', '{"B":"A"}', '{"":{}}',
    *[f'{{"N":{json.dumps(text, ensure_ascii=False)}}}' for text in (
        "", " 5", "5 ", "NaN", "Infinity", "1e126", "1E-131", "9" * 39, "0x1", "1_0", ".", "e5", "\u0663", "--1",
        "1.2.3", "1,5", "+-1", "1e", "true")],
]
LETTERS = [string.ascii_letters, string.ascii_letters, "\u00e9\u20ac\U0001f600a\u0301", '"\\/\n\0\x7f']
KEYS = ["pk", "v", "\u00e9", "", "a b", "S", "N", "M"]
TAGS = ["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M", "L", "M"]
# Where white space stands in an object: before a key, behind it, before its value, behind that.
SPACED = [("", "", "", "")] * 6 + [(" ", "\n ", "\t", "  "), ("\r\n", "", "", "\n")]


class Writer:
    """Writes attributes in the many ways that JSON has for them."""

    def __init__(self, seed):
        self.rng = random.Random(seed)

    def string(self, text):
        how = self.rng.choice([0, 0, 0, 1, 2, None])
        return '"' + "".join(escaped(one, self.rng.randrange(4) if how is None else how) for one in text) + '"'

    def text(self):
        letters = self.rng.choice(LETTERS)
        return self.string(self.rng.choices(letters, k=self.rng.choice([0, 1, 3, 20])))

    def numeral(self):
        rng = self.rng
        match rng.randrange(5):
            case 0:
                return rng.choice(NUMERALS)
            case 1:
                return repr(rng.uniform(-1, 1) * 10.0 ** rng.randrange(-99, 99))
            case 2:
                return f"{rng.choice(['', '-', '+', '00'])}{rng.randrange(10**9)}E{rng.randrange(-99, 99)}"
            case _:
                return str(rng.randrange(-(10 ** rng.randrange(1, 39)) + 1, 10 ** rng.randrange(1, 39)))

    def binary(self):
        return self.string(base64.b64encode(self.rng.randbytes(self.rng.choice([0, 1, 2, 3, 20]))).decode())

    def array(self, make, most=3):
        space, _, after, _ = self.rng.choice(SPACED)
        return f"[{space}" + f"{after},{space}".join(make() for _ in range(self.rng.randrange(most + 1))) + f"{after}]"

    def object(self, pairs):
        """An object of pairs of a key and a text; now and then a key stands there twice."""
        before, between, after, end = self.rng.choice(SPACED)
        members = [f'{before}"{key}"{between}:{after}{text}{end}' for key, text in pairs]
        return "{" + ",".join(members) + before + "}"

    def tagged(self, tag, text):
        return self.object([(tag, text)])

    def number(self):
        return self.string(self.numeral())

    def attribute(self, depth=2):
        """Of any of the ten types."""
        tag = self.rng.choice(TAGS if depth else TAGS[:8])
        one = {"S": self.text, "N": self.number, "B": self.binary, "BOOL": lambda: self.rng.choice(["true", "false"]),
               "NULL": lambda: "true", "L": lambda: self.array(lambda: self.attribute(depth - 1)),
               "M": lambda: self.object(self.members(lambda: self.attribute(depth - 1)))}
        return self.tagged(tag, self.array(one[tag[0]]) if len(tag) == 2 else one[tag]())

    def members(self, make):
        return [(self.rng.choice(KEYS), make()) for _ in range(self.rng.randrange(4))]


@functools.cache
def written(count=500):
    """Attributes, the shortest first; one in some sixty is none."""
    writer = Writer(2)
    good = sorted({writer.attribute() for _ in range(count)}, key=len)
    return good * 4 + NO_ATTRIBUTES


def items():
    """Texts of items."""
    def write(pairs, seed):
        return Writer(seed).object(pairs)

    pairs = st.tuples(st.sampled_from(KEYS), st.sampled_from(written()))
    return st.builds(write, st.lists(pairs, max_size=4), st.integers(0, 99))


# --- events -----------------------------------------------------------------------------------------

creation = st.one_of(
    st.integers(0, 2**33).map(str),
    st.builds("{}.{:03d}".format, st.integers(0, 2**33), st.integers(0, 999)),
    st.builds("{}.{:06d}000".format, st.integers(-(2**33), -1), st.integers(0, 999_999)),
    st.builds("{}e{}".format, st.integers(1, 10**12), st.integers(-6, 0)),
    st.sampled_from(["0", "-0", "0e99", "1480642020.0", "1.48064202E9", "1e-6"]),
    # Finer than the microsecond, beyond 64 bits, or no number: the record fails.
    st.sampled_from(["1480642020.1234567", "1e-7", "1e300", "9223372036854.775808", '"1480642020"', "{}"]),
)
sizes = st.integers(0, 2**31).map(str) | st.sampled_from(["0", "-1", str(2**63 - 1), str(2**63), "1.0"])
identities = st.sampled_from([
    "null", '{"type":"Service","principalId":"dynamodb.amazonaws.com"}', '{"principalId":"a","type":null, "x":[{}]}',
    "{ }", '{"type":"a","\\u0074ype":"b"}',
])


def changes(images):
    """Records whose images come from that strategy of texts."""
    image = st.integers(0, 60).flatmap(lambda at: ill_typed if at == 60 else optional(images))
    inner = objects(
        {
            "ApproximateCreationDateTime": optional(creation),
            "Keys": st.sampled_from(['{"pk":{"S":"a"}}', '{ "pk" : { "S" : "\\u0062" } }', "{}", "null"]),
            "NewImage": image,
            "OldImage": image,
            "SequenceNumber": text_values(st.integers(0, 10**40).map(str)),
            "SizeBytes": optional(sizes),
            "StreamViewType": constant("NEW_AND_OLD_IMAGES"),
        },
        unknown=anything,
    )
    return objects(
        {
            "eventID": text_values(),
            "eventName": constant("MODIFY"),
            "eventVersion": constant("1.1"),
            "eventSource": constant("aws:dynamodb"),
            "awsRegion": constant("us-east-1"),
            "userIdentity": identities,
            "dynamodb": st.integers(0, 40).flatmap(lambda at: {0: st.just("null"), 40: st.just("7")}.get(at, inner)),
            "eventSourceARN": constant(TABLE),
        },
        unknown=anything,
    )


def dynamodb_events(images=None, *, max_size=3):
    """Events whose images come from that strategy of texts; any items without one."""
    return whole_events(changes(items() if images is None else images), max_size)


# --- typed items ------------------------------------------------------------------------------------

MOMENTS = ["2024-02-29T12:34:56.789Z", "1969-12-31 23:59:59.999+00:00", "0001-01-01T00:00:00Z",
           "2024-01-02T03:04:05-1130"]


class TypedWriter(Writer):
    """Writes attributes that fit a schema of the grammar; now and then one that does not, or a NULL."""

    SCALARS = [*[f"{sign}int{bits}" for bits in (8, 16, 32, 64) for sign in ("", "u")], "float32", "float64", "bool",
               "utf8", "large_utf8", "dictionary<utf8>", "binary", "json", "date32", "decimal128(12, 2)",
               "decimal128(38, 10)", "decimal256(76, 20)", "timestamp[ms, UTC]", "timestamp[us]"]
    NAMES = ["id", "price", "geo", "a", "\u00e9", "a b", "type1", "S", "N", "M"]

    def schema(self, depth=2):
        match self.rng.randrange(8) if depth else 7:
            case 0:
                return [self.schema(depth - 1)]
            case 1:
                return self.fields(depth - 1)
            case 2:
                return f"map<utf8, {self.rng.choice(['int64', 'utf8', 'float64'])}>"
            case 3:
                return [self.rng.choice(["utf8", "int64", "binary", "decimal128(38, 10)"])]
            case _:
                return self.rng.choice(self.SCALARS)

    def fields(self, depth=2):
        names = self.rng.sample(self.NAMES, self.rng.randrange(1, 5))
        return {name: self.schema(depth) for name in names}

    def fit(self, spec):
        """An attribute for a type."""
        rng = self.rng
        if not rng.randrange(50):
            return rng.choice(NO_ATTRIBUTES) if rng.randrange(2) else self.attribute(1)
        if not rng.randrange(10):
            return self.tagged("NULL", "true")
        if isinstance(spec, list):
            return self.many(spec[0])
        if isinstance(spec, dict):
            return self.tagged("M", self.item(spec))
        if spec.startswith("map<"):
            inner = spec[len("map<utf8, "):-1]
            return self.tagged("M", self.object(self.members(lambda: self.fit(inner))))
        if spec == "json":
            return self.attribute(1)
        return self.tagged(*self.scalar(spec))

    def many(self, inner):
        if inner in self.SCALARS and inner not in ("json", "bool") and self.rng.randrange(2):
            tag = self.scalar(inner)[0]
            return self.tagged(f"{tag}S", self.array(lambda: self.scalar(inner)[1]))
        return self.tagged("L", self.array(lambda: self.fit(inner)))

    def scalar(self, spec):
        """The tag and the text of a value."""
        rng = self.rng
        if "int" in spec:
            bits = int(spec.strip("uint"))
            low = 0 if spec[0] == "u" else -(2**bits) // 2
            number = rng.randrange(low, low + 2**bits)
            spellings = [f"{number}.0", f"{number:+}", str(number // 100) + "e2"] if abs(number) < 10**18 else []
            return "N", self.string(rng.choice([str(number), *spellings]))
        if spec.startswith("float"):
            return "N", self.string(repr(rng.uniform(-1, 1) * 10.0 ** rng.randrange(-30, 30)))
        if spec.startswith("decimal"):
            cents = f"{rng.randrange(100):02d}" + "0" * rng.randrange(3)
            return "N", self.string(f"{rng.randrange(-(10**9), 10**9)}.{cents}")
        if spec.startswith("timestamp"):
            moment = rng.choice(MOMENTS)
            return "S", self.string(moment if "UTC" in spec else moment[:19])
        match spec:
            case "bool":
                return "BOOL", rng.choice(["true", "false"])
            case "binary":
                return "B", self.binary()
            case "date32":
                return "S", self.string(f"{rng.randrange(1, 9999):04d}-0{rng.randrange(1, 10)}-{rng.randrange(10, 29)}")
        return "S", self.text()

    def item(self, fields):
        """The text of an item: some of its fields, in any order, and others."""
        names = self.rng.sample(sorted(fields), self.rng.randrange(len(fields) + 1))
        pairs = [(name, self.fit(fields[name])) for name in names]
        pairs += [(name, self.attribute(1)) for name in ("pk", "?") if not self.rng.randrange(3)]
        return self.object(pairs)


@st.composite
def image_cases(draw):
    """(schema, event): most items fit the schema."""
    writer = TypedWriter(draw(st.integers(0, 10**6)))
    fields = writer.fields()
    texts = [writer.item(fields) for _ in range(12)]
    return fields, draw(dynamodb_events(st.sampled_from(texts)))
