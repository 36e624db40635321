"""The orders of the synthetic DynamoDB events, as each contender declares them, and as the standard library reads
them.

``Order`` is what ``image=Order`` means; ``MONEY`` its decimals. Of pyarrow, which not every contender has, nothing is
imported until it is asked for.
"""

import base64
from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

MONEY = Annotated[Decimal, Meta(extra={"precision": 12, "scale": 2})]


class Customer(Struct):
    id: str
    name: str
    score: int


class Line(Struct):
    sku: str
    price: MONEY
    n: int


class Order(Struct):
    pk: str
    sk: str
    customer: Customer
    amount: MONEY
    quantity: int
    currency: str
    paid: bool
    tags: set[str]
    sizes: set[int]
    lines: list[Line]
    signature: bytes
    note: str | None
    version: int


def arrow_type():
    import pyarrow as pa

    text, number, money = pa.utf8(), pa.int64(), pa.decimal128(12, 2)
    return pa.struct({
        "pk": text,
        "sk": text,
        "customer": pa.struct({"id": text, "name": text, "score": number}),
        "amount": money,
        "quantity": number,
        "currency": text,
        "paid": pa.bool_(),
        "tags": pa.list_(text),
        "sizes": pa.list_(number),
        "lines": pa.list_(pa.struct({"sku": text, "price": money, "n": number})),
        "signature": pa.binary(),
        "note": text,
        "version": number,
    })


# The oracle.


def images_of(record):
    """The images after and before a change, None where the record does not have it: numbers are Decimals."""
    return tuple([item_of(record["dynamodb"].get(name)) for name in ("NewImage", "OldImage")])


def item_of(attributes):
    return attributes and {name: _value_of(attribute) for name, attribute in attributes.items()}


def _value_of(attribute):
    (tag, value), = attribute.items()
    return _READ[tag](value)


_READ = {
    "S": str,
    "N": Decimal,
    "B": base64.b64decode,
    "BOOL": bool,
    "NULL": lambda value: None,
    "SS": set,
    "NS": lambda value: set(map(Decimal, value)),
    "L": lambda value: list(map(_value_of, value)),
    "M": item_of,
}


# What contenders read, said as the oracle says it.


def images_in(columns):
    """The images in a table or a batch, which have lists for sets."""
    def order(row):
        return row and {**row, "tags": set(row["tags"]), "sizes": set(row["sizes"])}

    return list(zip(*(map(order, columns[name].to_pylist()) for name in ("new_image", "old_image")), strict=True))


def with_decimals(value):
    """The same with each float made what its shortest text says: two decimals are the sender's own again."""
    if isinstance(value, dict):
        return {name: with_decimals(one) for name, one in value.items()}
    if isinstance(value, list):
        return list(map(with_decimals, value))
    return Decimal(repr(value)) if isinstance(value, float) else value
