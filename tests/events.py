"""Events as bytes: builders for the cases of a table, hypothesis strategies for the rest.

The strategies write JSON text, not values: escapes, white space, the order of keys and their repetition
are what is tested, and what the text means is for the oracle to say. Those of SQS, CloudWatch Logs and Firehose
are in events_sqs.py, events_logs.py and events_firehose.py.
"""

import base64
import hashlib
import json
import string

from hypothesis import strategies as st

STREAM = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
FIRST_SEQUENCE = 49568167373333333333333333333333333333333333333333333333


# --- builders ---------------------------------------------------------------------------------------


def sequence(number):
    """The sequence number of the record at that place of the tests' shard, as Kinesis writes them."""
    return str(FIRST_SEQUENCE + number)


def record(data=b"hello", number=0, **inner):
    """One record in AWS's key order; `data` as bytes is encoded, as text it is taken as the wire has it."""
    kinesis = {
        "kinesisSchemaVersion": "1.0",
        "partitionKey": f"key-{number % 7}",
        "sequenceNumber": sequence(number),
        "data": base64.b64encode(data).decode() if isinstance(data, bytes) else data,
        "approximateArrivalTimestamp": 1480641523.477,
    }
    return {
        "kinesis": kinesis | inner,
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"shardId-000000000000:{sequence(number)}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "arn:aws:iam::123456789012:role/LambdaRole",
        "awsRegion": "us-east-1",
        "eventSourceARN": STREAM,
    }


def written(value):
    """JSON as AWS writes it: compact, UTF-8; what is not UTF-8 is written with surrogateescape."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogateescape")


def event(records, **top):
    """The event's bytes."""
    return written({"Records": list(records)} | top)


def event_of(*payloads, make=record, **top):
    """One record for each payload: bytes, or a value that json writes."""
    texts = [load if isinstance(load, bytes) else json.dumps(load).encode() for load in payloads]
    return event([make(text, number) for number, text in enumerate(texts)], **top)


def sqs_message(body="hello", number=0, **changes):
    """One message in AWS's key order, its digest right; `body` as text, its bytes, or a value that json writes."""
    if isinstance(body, bytes):
        body = body.decode("utf-8", "surrogateescape")
    text = body if isinstance(body, str) else json.dumps(body)
    whole = {
        "messageId": f"0000000{number % 10}-aaaa-bbbb-cccc-{number:012d}",
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
        "body": text,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1545082649183",
            "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp": "1545082649185",
        },
        "messageAttributes": {},
        "md5OfBody": hashlib.md5(text.encode("utf-8", "surrogatepass")).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:orders",
        "awsRegion": "us-east-1",
    }
    return whole | changes


def sqs_event_of(*bodies, **top):
    """One message for each body."""
    return event([sqs_message(body, number) for number, body in enumerate(bodies)], **top)


def changed(whole, path, value):
    """The record with another value at `path` (keys from the record down)."""
    holder = whole
    for key in path[:-1]:
        holder = holder.setdefault(key, {})
    holder[path[-1]] = value
    return whole


def without(whole, path):
    """The record without what stands at `path`."""
    holder = whole
    for key in path[:-1]:
        holder = holder[key]
    del holder[path[-1]]
    return whole


def with_text(path, text, whole=None):
    """An event of one record whose value at `path` is that JSON text."""
    whole = changed(record() if whole is None else whole, path, "@@HERE@@")
    return event([whole]).replace(b'"@@HERE@@"', text)


def reversed_keys(value):
    """The same value with the keys of every object in the opposite order."""
    if isinstance(value, dict):
        return {key: reversed_keys(value[key]) for key in reversed(value)}
    return [reversed_keys(item) for item in value] if isinstance(value, list) else value


# --- JSON text --------------------------------------------------------------------------------------

SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
spaces = st.sampled_from(["", "", "", "", " ", "\n\t", "\r\n  ", " " * 33])


def escaped(character, how):
    """One character as JSON may write it; `how` picks among raw, short and \\u forms, where they exist."""
    must = character < " " or character in '"\\'
    if how == 0 and not must:
        return character
    if how <= 1 and character in SHORT:
        return SHORT[character]
    if how == 1 and character == "/":
        return "\\/"
    units = character.encode("utf-16-be", "surrogatepass").hex()
    units = units.upper() if how == 3 else units
    return "".join("\\u" + units[at : at + 4] for at in range(0, len(units), 4))


def all_escaped(text):
    """The JSON string of a text, each of whose characters is written in hexadecimal."""
    return '"' + "".join(escaped(character, 2) for character in text) + '"'


@st.composite
def quoted(draw, texts=ANY_TEXT):
    """JSON strings of those texts, each character written in one of its ways."""
    text = draw(texts)
    style = draw(st.sampled_from(["raw", "mixed", "mixed", "ascii"]))
    if style == "mixed" and text:
        ways = draw(st.lists(st.integers(0, 3), min_size=len(text), max_size=len(text)))
    else:
        ways = [0 if style == "raw" else 2] * len(text)
    return '"' + "".join(map(escaped, text, ways)) + '"'


@st.composite
def objects(draw, known, *, unknown=None, missing=True):
    """Objects over `known` (key → strategy of texts): keys shuffled, missing, repeated, unknown ones too."""
    keys = list(known)
    if missing and draw(st.integers(0, 3)) == 0:
        keys = draw(st.lists(st.sampled_from(keys), max_size=len(keys) + 2))
    elif draw(st.booleans()):
        keys = draw(st.permutations(keys))
    if draw(st.integers(0, 5)) == 0:
        keys = [*keys, draw(st.sampled_from(list(known)))]
    pairs = [(key, draw(known[key])) for key in keys]
    if unknown is not None and draw(st.integers(0, 2)) == 0:
        for name in draw(st.lists(st.text(max_size=3).filter(lambda name: name not in known), max_size=2)):
            pairs.insert(draw(st.integers(0, len(pairs))), (name, draw(unknown)))
    before, after = draw(spaces), draw(spaces)
    odd = draw(st.integers(0, 9)) == 0
    written = []
    for key, value in pairs:
        key = draw(quoted(st.just(key))) if odd else json.dumps(key, ensure_ascii=bool(after))
        written.append(f"{before}{key}{after}:{before}{value}{after}")
    return "{" + ",".join(written) + before + "}"


def arrays(items, **sizes):
    def write(texts, space):
        return "[" + space + f"{space},{space}".join(texts) + space + "]"

    return st.builds(write, st.lists(items, **sizes), spaces)


digits = st.text(string.digits, max_size=25)
integers = st.one_of(
    st.integers(-9, 9),
    st.integers(-(2**65), 2**65),
    st.sampled_from(
        [
            sign * 2**bits + step
            for bits in (7, 8, 15, 16, 31, 32, 63, 64)
            for sign in (1, -1)
            for step in (-1, 0, 1)
        ]
    ),
).map(str) | st.just("-0")
fractions = st.builds(
    lambda whole, after, exponent: whole + (f".{after}" if after else "") + exponent,
    integers,
    digits,
    st.sampled_from(["", "", "e0", "E5", "e-7", "e+22", "e-400", "e308", "e309", "E-0324"]),
)
floats = st.floats(allow_nan=False, allow_infinity=False).map(repr) | fractions
numbers = integers | fractions | floats
leaves = st.one_of(st.sampled_from(["null", "true", "false"]), numbers, quoted())
anything = st.recursive(
    leaves,
    lambda inner: arrays(inner, max_size=3) | objects({"a": inner, "": inner, "é": inner}),
    max_leaves=5,
)


# --- the envelope -----------------------------------------------------------------------------------


def optional(values, *, one_in=8):
    """Sometimes null."""
    return st.integers(1, one_in).flatmap(lambda at: st.just("null") if at == 1 else values)


# A value of another type than a text column takes: its record fails.
ill_typed = st.sampled_from(["5", "true", "{}", '["x"]', '"\\ud800"', '"\\udc00\\ud800"', '"a\\ud83dz"'])


def text_values(texts=ANY_TEXT, *, poison=True):
    good = optional(quoted(texts))
    return st.integers(0, 60).flatmap(lambda at: ill_typed if at == 60 and poison else good)


def constant(value):
    return text_values(st.sampled_from([value, value, value, value + "2", "", "é"]))


arrival = st.one_of(
    st.integers(0, 2**31).map(str),
    st.builds("{}.{:03d}".format, st.integers(0, 2**33), st.integers(0, 999)),
    st.builds("{}.{:03d}000".format, st.integers(-(2**33), -1), st.integers(0, 999)),
    st.builds("{}e{}".format, st.integers(1, 10**12), st.integers(-3, 3)),
    st.sampled_from(["0", "-0", "0.000", "0e99", "-0.0E-99", "1480641523.4770", "1.480641523477e9", "1e-3"]),
    # Finer than the millisecond, beyond 64 bits, or no number: the record fails.
    st.sampled_from(["1480641523.4771", "1e-4", "1e300", "9223372036854775.808", '"1480641523.477"', "[]"]),
)


def encoded(data):
    """The base64 of some bytes as a JSON string, now and then with escapes, or broken by one fault."""

    def write(raw, fault):
        text = base64.b64encode(raw).decode()
        if fault == "cut":
            text = text[:-1]
        if fault == "alphabet":
            text = "-" + text[1:] if text else "===="
        if fault == "space":
            text += "    "
        return text

    texts = st.builds(write, data, st.sampled_from([""] * 40 + ["cut", "alphabet", "space"]))
    return quoted(texts) | texts.map(json.dumps)


def kinesis_records(data):
    """Records whose `data` comes from that strategy of bytes."""
    shard = st.builds("shardId-{:012d}:{}".format, st.integers(0, 9), st.integers(0, 10**129))
    inner = objects(
        {
            "kinesisSchemaVersion": constant("1.0"),
            "partitionKey": text_values(),
            "sequenceNumber": text_values(st.integers(0, 10**129).map(str)),
            "data": optional(encoded(data)),
            "approximateArrivalTimestamp": optional(arrival),
            "encryptionType": constant("KMS"),
        },
        unknown=anything,
    )
    return objects(
        {
            "kinesis": st.integers(0, 40).flatmap(
                lambda at: {0: st.just("null"), 40: st.just("7")}.get(at, inner)
            ),
            "eventSource": constant("aws:kinesis"),
            "eventVersion": constant("1.0"),
            "eventID": text_values(shard),
            "eventName": constant("aws:kinesis:record"),
            "invokeIdentityArn": constant("arn:aws:iam::123456789012:role/r"),
            "awsRegion": constant("us-east-1"),
            "eventSourceARN": constant(STREAM),
        },
        unknown=anything,
    )


def whole_events(records, max_size, key="Records", others=("", '"window":{"start":"2020-12-09T07:04:00Z"},',
                                                          '"state":{"1":[2]},')):
    """Whole events, bytes; now and then with other top-level keys, or with the list of records twice. ``others``: what
    may stand before it, a text or a strategy of texts, each ending with a comma.
    """
    lists = arrays(records, max_size=max_size)
    before = st.sampled_from(["", "", *others]) if isinstance(others, tuple) else others
    again = st.integers(0, 12).flatmap(
        lambda at: lists.map(f'"{key}":{{}},'.format) if at == 12 else st.just("")
    )
    return st.builds(
        lambda space, before, twice, body: f'{space}{{{before}{twice}"{key}":{body}}}{space}'.encode(),
        spaces,
        before,
        again,
        lists,
    )


def kinesis_events(loads=None, *, max_size=5):
    """Events whose payloads come from that strategy of texts; of any bytes without one."""
    data = st.binary(max_size=60) if loads is None else loads.map(str.encode)
    return whole_events(kinesis_records(data), max_size)


# --- payloads ---------------------------------------------------------------------------------------


def mostly(fitting):
    """Integers that fit their type, and now and then one that need not."""
    return st.integers(0, 12).flatmap(lambda at: integers if at == 12 else fitting.map(str))


money = st.builds(
    lambda whole, cents, space: f"{whole}.{cents:02d}" + "0" * len(space),
    st.integers(-(10**9), 10**9),
    st.integers(0, 99),
    spaces,
)
SCALAR_TEXTS = {
    **{f"int{bits}": mostly(st.integers(-(2**bits) // 2, 2**bits // 2 - 1)) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": mostly(st.integers(0, 2**bits - 1)) for bits in (8, 16, 32, 64)},
    "bool": st.sampled_from(["true", "false"]),
    "float32": floats,
    "float64": numbers,
    "utf8": quoted(),
    "large_utf8": quoted(),
    "dictionary<utf8>": quoted(st.sampled_from(["red", "green", "", "é"])),
    "binary": encoded(st.binary(max_size=20)),
    "json": anything.filter(lambda text: text != "null"),
    "date32": st.dates().map(lambda day: f'"{day.isoformat()}"'),
    "decimal128(12, 2)": money,
    "decimal128(38, 10)": money | fractions | fractions.map('"{}"'.format),
    "decimal256(76, 20)": money | fractions,
    "timestamp[ms, UTC]": st.builds(
        '"{}{}"'.format,
        st.datetimes().map(lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000).isoformat("T")),
        st.sampled_from(["Z", "z", "+00:00", "+05:30", "-1130", "+0000"]),
    ),
    "timestamp[us]": st.datetimes().map(lambda at: f'"{at.isoformat(" ")}"'),
}
names = st.sampled_from(["id", "price", "geo", "a", "é", "a b", "type1", "x.y"])


def _grown(inner):
    return st.one_of(
        inner.map(lambda pair: ([pair[0]], optional(arrays(optional(pair[1]), max_size=3)))),
        st.dictionaries(names, inner, min_size=1, max_size=4).map(_object_pair),
        st.sampled_from(["int64", "utf8", "float64"]).map(
            lambda name: (f"map<utf8, {name}>", _map_texts(optional(SCALAR_TEXTS[name])))
        ),
    )


def _map_texts(values):
    return objects({key: values for key in ("a", "b", "é", "")})


def _object_pair(members):
    spec = {name: inner for name, (inner, _) in members.items()}
    return spec, objects({name: optional(texts) for name, (_, texts) in members.items()}, unknown=anything)


# Pairs of a payload schema in the grammar's words and a strategy of texts for it.
typed = st.sampled_from(list(SCALAR_TEXTS)).map(lambda name: (name, SCALAR_TEXTS[name]))
grown = st.recursive(typed, _grown, max_leaves=6)
payload_schemas = st.dictionaries(names, grown, min_size=1, max_size=5).map(_object_pair)


@st.composite
def payload_cases(draw, events_of):
    """(schema, event): most payloads fit the schema, some have a value of another type, or are no JSON."""
    spec, texts = draw(payload_schemas)
    stray = st.sampled_from(["", "{", "[]", "5", "null", '{"id":', "\x1f\x8b", '{"a":"\\ud800"}'])
    loads = st.integers(0, 15).flatmap(lambda at: stray if at == 15 else texts)
    return spec, draw(events_of(loads, max_size=4))


# The same, where any value may be of any other type.
astray = st.sampled_from(list(SCALAR_TEXTS)).map(lambda name: (name, SCALAR_TEXTS[name] | anything))
astray_grown = st.recursive(astray, _grown, max_leaves=6)
astray_schemas = st.dictionaries(names, astray_grown, min_size=1, max_size=5).map(_object_pair)
astray_cases = astray_schemas.flatmap(
    lambda pair: st.tuples(st.just(pair[0]), st.lists(optional(pair[1]) | anything, max_size=4))
)
