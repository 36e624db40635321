"""Kinesis records that the Kinesis Producer Library has packed: written by hand, field by field, and what they mean.

The meaning is said twice: by protobuf, with the classes that aws-kinesis-agg has of the format, and by a reader that
follows the encoding's own description (https://protobuf.dev/programming-guides/encoding/) and is strict where
protobuf is not. aws-kinesis-agg itself is asked only what it gets right.
"""

import base64
import datetime as dt
import hashlib
import json
import sys
from decimal import Decimal

from google.protobuf.message import DecodeError
from hypothesis import strategies as st

_path = list(sys.path)
from aws_kinesis_agg import aggregator, deaggregator, messages_pb2  # noqa: E402

# It puts its own directory first, where its modules have names that anybody's may have.
sys.path[:] = _path

MAGIC = b"\xf3\x89\x9a\xc2"
VARINT, FIXED64, BYTES, GROUP, GROUP_END, FIXED32 = range(6)

# --- written ----------------------------------------------------------------------------------------


def varint(number, width=1):
    """A number in seven bits a byte; `width`: at least so many bytes, which adds zeros in front."""
    made = bytearray()
    while number > 0x7F or len(made) + 1 < width:
        made.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(made) + bytes([number])


def integer(field, number, width=1):
    return varint(field << 3 | VARINT) + varint(number, width)


def content(field, data):
    return varint(field << 3 | BYTES) + varint(len(data)) + data


def user(data=b"", key=0, hash_key=None, *, more=b""):
    """One user record in a message; the keys are places in their tables."""
    hashed = b"" if hash_key is None else integer(2, hash_key)
    return content(3, integer(1, key) + hashed + content(3, data) + more)


def keys(*texts):
    return b"".join(content(1, text.encode()) for text in texts)


def hash_keys(*texts):
    return b"".join(content(2, text.encode()) for text in texts)


def packed(message, digest=None):
    """A message as the bytes of a Kinesis record; with its own digest, or another one."""
    return MAGIC + message + (hashlib.md5(message).digest() if digest is None else digest)


def aggregate(*users):
    """Users (key, data) or (key, data, hash key) packed as the library does."""
    partition, hashed = dict.fromkeys(one[0] for one in users), dict.fromkeys(one[2] for one in users if len(one) > 2)
    partition, hashed = list(partition), [one for one in hashed if one is not None]
    records = [
        user(data, partition.index(key), None if not own or own[0] is None else hashed.index(own[0]))
        for key, data, *own in users
    ]
    return packed(keys(*partition) + hash_keys(*hashed) + b"".join(records))


# --- read -------------------------------------------------------------------------------------------


class Broken(Exception):
    """The digest is right, and what it is the digest of is no message of this kind."""


def is_packed(data):
    message = data[4:-16]
    return data[:4] == MAGIC and len(message) > 0 and hashlib.md5(message).digest() == data[-16:]


def _number(data, at, longest=10):
    value = 0
    for k in range(longest):
        if at + k >= len(data):
            raise Broken
        value |= (data[at + k] & 0x7F) << 7 * k
        if data[at + k] < 0x80:
            if value >= 1 << 64:
                raise Broken
            return value, at + k + 1
    raise Broken


def _fields(data, strict):
    """(field number, value) of a message: an int, bytes, or None for what has a fixed size. No groups."""
    at, longest = 0, 5 if strict else 10
    while at < len(data):
        key, at = _number(data, at, longest)
        value, kind = None, key & 7
        if key >> 3 == 0 or kind not in (VARINT, FIXED64, BYTES, FIXED32) or (strict and key >> 3 >= 1 << 29):
            raise Broken
        if kind == VARINT:
            value, at = _number(data, at)
        else:
            size = {FIXED64: 8, FIXED32: 4}.get(kind)
            if kind == BYTES:
                size, at = _number(data, at, longest)
                value = data[at : at + size]
            if size > len(data) - at:
                raise Broken
            at += size
        yield key >> 3, value


def _of_kind(value, kind):
    if not isinstance(value, kind):
        raise Broken
    return value


def users_of(data, strict=False):
    """The users of a packed record: (key, hash key or None, data) each, the keys as bytes; Broken. ``strict``: as
    protobuf, which takes only so large field numbers and lengths as a message could have.
    """
    found = list(_fields(data[4:-16], strict))
    tables = {table: [_of_kind(value, bytes) for number, value in found if number == table] for table in (1, 2)}
    users = []
    for number, record in found:
        if number != 3:
            continue
        of = {1: None, 2: None, 3: None}
        for inner, value in _fields(_of_kind(record, bytes), strict):
            if inner in (1, 2):
                place = _of_kind(value, int)
                if place >= len(tables[inner]):
                    raise Broken
                of[inner] = tables[inner][place]
            elif inner == 3:
                of[3] = _of_kind(value, bytes)
        if of[1] is None or of[3] is None:
            raise Broken
        users.append((of[1], of[2], of[3]))
    return users


def by_protobuf(data):
    """The same, said by protobuf."""
    message = messages_pb2.AggregatedRecord()
    try:
        message.ParseFromString(data[4:-16])
    except DecodeError as error:
        raise Broken from error
    users = []
    for record in message.records:
        if not record.HasField("partition_key_index") or not record.HasField("data"):
            raise Broken
        hashed = record.HasField("explicit_hash_key_index")
        try:
            key = message.partition_key_table[record.partition_key_index]
            hash_key = message.explicit_hash_key_table[record.explicit_hash_key_index] if hashed else None
        except IndexError as error:
            raise Broken from error
        users.append((_raw(key), _raw(hash_key), record.data))
    return users


def _raw(key):
    """A key as bytes: protobuf has text where they are UTF-8."""
    return key.encode() if isinstance(key, str) else key


# --- Kinesis ----------------------------------------------------------------------------------------

CONSTANT = {
    "event_name": "eventName", "event_version": "eventVersion", "event_source": "eventSource",
    "event_source_arn": "eventSourceARN", "aws_region": "awsRegion", "invoke_identity_arn": "invokeIdentityArn",
}
# What user records of one Kinesis record have of their own.
OWN = ["partition_key", "data", "explicit_hash_key", "sub_sequence_number", "user_record_index"]
ALL = [
    "event_id", *CONSTANT, "kinesis_schema_version", "encryption_type", "sequence_number",
    "approximate_arrival_timestamp", *OWN, "shard_id", "stream_name", "record_index",
]


def _arrival(seconds):
    at = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return None if seconds is None else at + dt.timedelta(milliseconds=int(seconds * 1000))


def own_columns(data, partition_key, users=users_of):
    """What each row of a Kinesis record that carries these bytes (or None) has of its own."""
    if data is None or not is_packed(data):
        return [dict(zip(OWN, (partition_key, data, None, None, 0), strict=True))]
    return [
        dict(zip(OWN, (key.decode(), content, None if hashed is None else hashed.decode(), at, at), strict=True))
        for at, (key, hashed, content) in enumerate(users(data))
    ]


def kinesis_rows(event, columns=ALL):
    """The rows of a Kinesis event in which nothing fails: one a user record."""
    rows = []
    for index, record in enumerate(json.loads(event, parse_float=Decimal)["Records"]):
        inner = record.get("kinesis") or {}
        data = inner.get("data")
        common = {name: record.get(key) for name, key in CONSTANT.items()} | {
            "event_id": record.get("eventID"),
            "kinesis_schema_version": inner.get("kinesisSchemaVersion"),
            "encryption_type": inner.get("encryptionType"),
            "sequence_number": inner.get("sequenceNumber"),
            "approximate_arrival_timestamp": _arrival(inner.get("approximateArrivalTimestamp")),
            "shard_id": record["eventID"].partition(":")[0],
            "stream_name": record["eventSourceARN"].partition("/")[2],
            "record_index": index,
        }
        data = None if data is None else base64.b64decode(data, validate=True)
        rows += [common | own for own in own_columns(data, inner.get("partitionKey"))]
    return [{name: row[name] for name in columns} for row in rows]


def by_the_library(event):
    """What aws-kinesis-agg makes of a Kinesis event: (sequence number, key, hash key, sub-sequence number, data)."""
    return [
        (one["sequenceNumber"], one["partitionKey"], one.get("explicitHashKey"), one.get("subSequenceNumber"),
         base64.b64decode(one["data"]))
        for one in (record["kinesis"] for record in deaggregator.deaggregate_records(json.loads(event)["Records"]))
    ]


def aggregated_by_the_library(*users):
    """Users (key, data) or (key, data, hash key) packed by aws-kinesis-agg."""
    whole = aggregator.AggRecord()
    assert all([whole.add_user_record(key, data, *own) for key, data, *own in users])
    return whole.get_contents()[2]


# --- strategies -------------------------------------------------------------------------------------

KEY_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
HASH_TEXTS = st.integers(0, 2**128 - 1).map(str)
DATA = st.binary(max_size=40)
# Unknown fields, of every kind that has no group in it.
UNKNOWN = st.one_of(
    st.builds(integer, st.integers(5, 2**29 - 1), st.integers(0, 2**64 - 1), st.integers(1, 10)),
    st.builds(content, st.integers(5, 2**29 - 1), DATA),
    st.builds(lambda field, data: varint(field << 3 | FIXED64) + data, st.integers(5, 2**29 - 1), st.binary(
        min_size=8, max_size=8)),
    st.builds(lambda field, data: varint(field << 3 | FIXED32) + data, st.integers(5, 2**29 - 1), st.binary(
        min_size=4, max_size=4)),
)
TAGS = st.builds(lambda key, value: content(4, content(1, key.encode()) + (
    b"" if value is None else content(2, value.encode()))), KEY_TEXTS, st.none() | KEY_TEXTS)


@st.composite
def messages(draw):
    """Sound messages of at least one byte: tables and users in any order, fields again, unknown ones between them."""
    partition = draw(st.lists(KEY_TEXTS | st.just(""), min_size=1, max_size=4))
    hashed = draw(st.lists(HASH_TEXTS, max_size=3))
    parts = [content(1, key.encode()) for key in partition] + [content(2, key.encode()) for key in hashed]
    for _ in range(draw(st.integers(0, 5))):
        fields = [
            integer(1, draw(st.integers(0, len(partition) - 1)), draw(st.integers(1, 3))), content(3, draw(DATA)),
        ]
        if hashed and draw(st.booleans()):
            fields.append(integer(2, draw(st.integers(0, len(hashed) - 1))))
        if draw(st.integers(0, 3)) == 0:
            fields.append(draw(st.sampled_from([
                integer(1, 0), content(3, b"the last one counts"), draw(UNKNOWN), draw(TAGS),
            ])))
        parts.append(content(3, b"".join(draw(st.permutations(fields)))))
    parts += draw(st.lists(UNKNOWN, max_size=2))
    # The places in the tables stay: only what stands where in the message changes.
    order = draw(st.permutations(range(len(parts))))
    tables = {0: iter(parts[: len(partition)]), 1: iter(parts[len(partition) : len(partition) + len(hashed)])}
    made = []
    for place in order:
        table = 0 if place < len(partition) else 1 if place < len(partition) + len(hashed) else None
        made.append(parts[place] if table is None else next(tables[table]))
    return b"".join(made)


@st.composite
def packings(draw):
    """Users that aws-kinesis-agg reads right: all of them have a hash key, or none."""
    hashed = draw(st.booleans())
    own = [HASH_TEXTS] if hashed else []
    return draw(st.lists(st.tuples(KEY_TEXTS, DATA, *own), min_size=1, max_size=6))
