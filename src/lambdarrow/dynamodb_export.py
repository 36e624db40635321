"""Tables exported to S3 in the format DYNAMODB_JSON, whole
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html): a row a line
``{"Item": {...}}``, gzipped or not.

Column: ``item``, struct, the table's item; ``flatten=True`` makes its attributes the columns. On request:
``record_index``, int32, the position among the lines that are not blank. Options and types: those of
:mod:`lambdarrow.dynamodb`, without ``keys``. What an incremental export holds,
:mod:`lambdarrow.dynamodb_export_incremental` reads.
"""

from . import _decoder
from ._attributes import item
from ._images import ItemsDecoder
from ._source import Source
from .schema import Field, counter, json, lines, object_, unzipped

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Any, Unpack

    from ._types import DynamoDbOptions, DynamoDbToArrow
    from .schema import Word


def _envelope(image: "Word", **_: "Any") -> "Word":
    line = object_((
        Field("Item", image, "item", required=True),
        Field(None, counter(), "record_index"),
    ), nullable=False)
    return unzipped(lines(line, unit=True))


SOURCE = Source(
    "dynamodb_export", _envelope,
    payload="item", bare=item(json()), layer=item, items=True, columns=("item",), on_request=("record_index",),
    options=("strict",),
)


class Decoder(ItemsDecoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ()

    def __init__(self, **options: "Unpack[DynamoDbOptions]") -> None:
        super().__init__(SOURCE, **options)


to_arrow: "DynamoDbToArrow" = _decoder.front(Decoder)
