"""Answers of DynamoDB's API as they come over the wire: of Scan and Query, a row for each of the ``Items``
(https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html), and of GetItem, a row of the ``Item``,
if there is one.

Column: ``item``, struct; ``flatten=True`` makes its attributes the columns. The answer's other keys
(``LastEvaluatedKey``, ``ScannedCount``, ``ConsumedCapacity``) are in ``batch.metadata``. Options and types: those of
:mod:`lambdarrow.dynamodb`, without ``keys``.
"""

from . import _decoder
from ._attributes import item
from ._detect import first_key
from ._event import as_buffer
from ._images import ItemsDecoder
from ._source import Source
from .schema import Field, explode, json, object_, rest

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Any, Unpack

    from ._batch import Batch
    from ._types import DynamoDbOptions, DynamoDbToArrow, Event
    from .schema import Word


def _envelope(image: "Word", **_: "Any") -> "Word":
    return object_((
        Field("Items", explode(image, unit=True, nullable=False), "item"),
        Field(None, rest(), "_metadata"),
    ), nullable=False)


SOURCE = Source("dynamodb_answer", _envelope, payload="item", bare=item(json()), layer=item, items=True,
                columns=("item",), options=("strict",))


def prepared(event: "Event") -> "bytes":
    """The answer as it is decoded: one item as a list of items."""
    text = bytes(as_buffer(event))
    if first_key(text, ("Item", "Items", "Count")) != "Item":
        return text
    import msgspec

    try:
        keys = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, RecursionError):
        return text     # what is wrong with it, the decoder says
    keys["Items"] = msgspec.Raw(b"[" + bytes(keys.pop("Item")) + b"]")
    return msgspec.json.encode(keys)


class Decoder(ItemsDecoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ()

    def __init__(self, **options: "Unpack[DynamoDbOptions]") -> None:
        super().__init__(SOURCE, **options)

    def to_arrow(self, event: "Event") -> "Batch":
        return super().to_arrow(prepared(event))

    def feed(self, event: "Event") -> int:
        return super().feed(prepared(event))


to_arrow: "DynamoDbToArrow" = _decoder.front(Decoder)
