"""Answers of DynamoDB's API as they come over the wire: of Scan and Query, a row for each of the ``Items``
(https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html), and of GetItem, one row of the
``Item``, null where there is none.

Column: ``item``, struct; ``flatten=True`` makes its attributes the columns. The answer's other keys
(``LastEvaluatedKey``, ``ScannedCount``, ``ConsumedCapacity``) are in ``batch.metadata``. Options and types: those of
:mod:`lambdarrow.dynamodb`, without ``keys``.
"""

from . import _decoder
from ._attributes import item
from ._images import ItemsDecoder
from ._source import Source
from .schema import Field, explode, json, object_, rest

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Any, Unpack

    from ._batch import Batch
    from ._types import DynamoDbOptions, DynamoDbToArrow, Event
    from .schema import Word


def _items(image: "Word", **_: "Any") -> "Word":
    return object_((
        Field("Items", explode(image, unit=True, nullable=False), "item", required=True),
        Field(None, rest(), "_metadata"),
    ), nullable=False)


def _one_item(image: "Word", **_: "Any") -> "Word":
    return object_((Field("Item", image, "item"), Field(None, rest(), "_metadata")), nullable=False)


def _source(envelope: "Any") -> "Source":
    return Source("dynamodb_answer", envelope, payload="item", bare=item(json()), layer=item, items=True,
                  columns=("item",), options=("strict",))


SOURCE = _source(_items)
_ONE = _source(_one_item)


class Decoder(ItemsDecoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ("_one",)

    def __init__(self, **options: "Unpack[DynamoDbOptions]") -> None:
        self._one = ItemsDecoder(_ONE, **options)
        super().__init__(SOURCE, **options)

    def to_arrow(self, event: "Event") -> "Batch":
        from ._detect import first_key
        from ._event import as_buffer

        event = bytes(as_buffer(event))
        one = first_key(event, ("Item", "Items")) == "Item"
        return self._one.to_arrow(event) if one else super().to_arrow(event)


to_arrow: "DynamoDbToArrow" = _decoder.front(Decoder)
