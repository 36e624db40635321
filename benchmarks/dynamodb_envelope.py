"""The envelope of DynamoDB Streams and its orders as msgspec Structs, every type tag a Struct of one field.

That is all of what TypeDeserializer does, done by a typed decoder: numbers are read from their text, in
``Decoder(..., strict=False)``, base64 becomes bytes. Sets stay lists, which is less work.
"""

from decimal import Decimal
from itertools import accumulate

import pyarrow as pa
from msgspec import Raw, Struct, field


class Text(Struct, gc=False):
    S: str


class Integer(Struct, gc=False):
    N: int


class Money(Struct, gc=False):
    N: Decimal


class Flag(Struct, gc=False):
    BOOL: bool


class Binary(Struct, gc=False):
    B: bytes


class Texts(Struct, gc=False):
    SS: list[str]


class Integers(Struct, gc=False):
    NS: list[int]


class Note(Struct, gc=False):
    S: str | None = None


class Customer(Struct, gc=False):
    id: Text
    name: Text
    score: Integer


class CustomerMap(Struct, gc=False):
    M: Customer


class Line(Struct, gc=False):
    sku: Text
    price: Money
    n: Integer


class LineMap(Struct, gc=False):
    M: Line


class Lines(Struct, gc=False):
    L: list[LineMap]


class Item(Struct, gc=False):
    pk: Text
    sk: Text
    customer: CustomerMap
    amount: Money
    quantity: Integer
    currency: Text
    paid: Flag
    tags: Texts
    sizes: Integers
    lines: Lines
    signature: Binary
    note: Note
    version: Integer


class Key(Struct, gc=False):
    pk: Text
    sk: Text


class Change(Struct, rename="pascal", gc=False):
    keys: Key
    sequence_number: str
    size_bytes: int
    stream_view_type: str
    approximate_creation_date_time: float | None = None
    new_image: Item | None = None
    old_image: Item | None = None


class Identity(Struct, rename="camel", gc=False):
    type: str
    principal_id: str


class Record(Struct, rename="camel", gc=False):
    event_name: str
    event_version: str
    event_source: str
    aws_region: str
    dynamodb: Change
    event_id: str = field(name="eventID")
    event_source_arn: str = field(name="eventSourceARN")
    user_identity: Identity | None = None


class Event(Struct):
    records: list[Record] = field(name="Records")


class RawChange(Struct, rename="pascal", gc=False):
    new_image: Raw = Raw()
    old_image: Raw = Raw()


class RawRecord(Struct, gc=False):
    dynamodb: RawChange


class RawEvent(Struct):
    records: list[RawRecord] = field(name="Records")


def order_of(item):
    """The order that a decoded item is, as the oracle says it."""
    return item and {
        "pk": item.pk.S,
        "sk": item.sk.S,
        "customer": {
            "id": item.customer.M.id.S, "name": item.customer.M.name.S, "score": item.customer.M.score.N,
        },
        "amount": item.amount.N,
        "quantity": item.quantity.N,
        "currency": item.currency.S,
        "paid": item.paid.BOOL,
        "tags": set(item.tags.SS),
        "sizes": set(item.sizes.NS),
        "lines": [{"sku": one.M.sku.S, "price": one.M.price.N, "n": one.M.n.N} for one in item.lines.L],
        "signature": item.signature.B,
        "note": item.note.S,
        "version": item.version.N,
    }


TIME = pa.timestamp("us", "UTC")
MONEY = pa.decimal128(12, 2)


def texts(values):
    return pa.array(values, pa.utf8())


def numbers(values):
    return pa.array(values, pa.int64())


def money(values):
    return pa.array(values, MONEY)


def struct(columns):
    return pa.StructArray.from_arrays(list(columns.values()), list(columns))


def spread(column, values):
    """A column of what is not None among the values, at the places where the values are."""
    if len(column) == len(values):
        return column
    rows = iter(range(len(column)))
    return column.take(pa.array([None if value is None else next(rows) for value in values], pa.int64()))


def lists(lengths, items):
    return pa.ListArray.from_arrays(pa.array(list(accumulate(lengths, initial=0)), pa.int32()), items)


# A comprehension a column, each spelt out: getattr in one for all takes more than twice as long.


def image_column(items):
    """A struct of the attributes, the fastest way that pyarrow has for each."""
    present = [item for item in items if item is not None]
    customers = [item.customer.M for item in present]
    lines = [one.M for item in present for one in item.lines.L]
    return spread(struct({
        "pk": texts([item.pk.S for item in present]),
        "sk": texts([item.sk.S for item in present]),
        "customer": struct({
            "id": texts([one.id.S for one in customers]),
            "name": texts([one.name.S for one in customers]),
            "score": numbers([one.score.N for one in customers]),
        }),
        "amount": money([item.amount.N for item in present]),
        "quantity": numbers([item.quantity.N for item in present]),
        "currency": texts([item.currency.S for item in present]),
        "paid": pa.array([item.paid.BOOL for item in present], pa.bool_()),
        "tags": pa.array([item.tags.SS for item in present], pa.list_(pa.utf8())),
        "sizes": pa.array([item.sizes.NS for item in present], pa.list_(pa.int64())),
        "lines": lists([len(item.lines.L) for item in present], struct({
            "sku": texts([one.sku.S for one in lines]),
            "price": money([one.price.N for one in lines]),
            "n": numbers([one.n.N for one in lines]),
        })),
        "signature": pa.array([item.signature.B for item in present], pa.binary()),
        "note": texts([item.note.S for item in present]),
        "version": numbers([item.version.N for item in present]),
    }), items)


def arrow_columns(records):
    """All columns of ``Record``."""
    changes = [record.dynamodb for record in records]
    identities = [record.user_identity for record in records]
    identified = [one for one in identities if one is not None]
    created = [one.approximate_creation_date_time for one in changes]
    return {
        "event_id": texts([record.event_id for record in records]),
        "event_name": texts([record.event_name for record in records]),
        "event_version": texts([record.event_version for record in records]),
        "event_source": texts([record.event_source for record in records]),
        "event_source_arn": texts([record.event_source_arn for record in records]),
        "aws_region": texts([record.aws_region for record in records]),
        "approximate_creation_date_time": numbers(
            [None if seconds is None else round(seconds * 1e6) for seconds in created]
        ).cast(TIME),
        "sequence_number": texts([one.sequence_number for one in changes]),
        "size_bytes": numbers([one.size_bytes for one in changes]),
        "stream_view_type": texts([one.stream_view_type for one in changes]),
        "user_identity": spread(struct({
            "type": texts([one.type for one in identified]),
            "principal_id": texts([one.principal_id for one in identified]),
        }), identities),
        "keys": struct({
            "pk": texts([one.keys.pk.S for one in changes]),
            "sk": texts([one.keys.sk.S for one in changes]),
        }),
        "new_image": image_column([one.new_image for one in changes]),
        "old_image": image_column([one.old_image for one in changes]),
    }
