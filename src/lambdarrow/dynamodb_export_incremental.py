"""What changed in a table between two times, exported to S3 in the format DYNAMODB_JSON
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html): a row a line
``{"Metadata": {...}, "Keys": {...}, "NewImage": {...}, "OldImage": {...}}``, gzipped or not.

Columns: ``write_timestamp``, timestamp[us, UTC], of the last write before the export's end; ``keys``, ``new_image``,
``old_image``, structs, null where they are absent (a deleted item has no new image). On request: ``record_index``,
int32, the position among the lines that are not blank; ``changed``, list<utf8>: the names of the attributes that
differ. Options and types: those of :mod:`lambdarrow.dynamodb`.
"""

from . import _decoder
from ._attributes import item
from ._images import ItemsDecoder
from ._source import Source
from .schema import Field, attribute, changed, counter, json, lines, object_, span, tee, timestamp, unzipped

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Any, Unpack

    from ._types import DynamoDbOptions, DynamoDbToArrow
    from .schema import Word

_OLD, _NEW = 0, 1   # where the images stand, for `changed`


def _envelope(keys: "Word", new_image: "Word", old_image: "Word", **_: "Any") -> "Word":
    written = object_((Field("WriteTimestampMicros", attribute(timestamp("us", epoch="us")), "write_timestamp"),))
    line = object_((
        Field("Metadata", written),
        Field("Keys", keys, "keys", required=True),
        Field("NewImage", tee(Field(None, new_image, "new_image"), Field(None, span(_NEW), "changed"))),
        Field("OldImage", tee(Field(None, old_image, "old_image"), Field(None, span(_OLD), "changed"))),
        Field(None, changed(_OLD, _NEW), "changed"),
        Field(None, counter(), "record_index"),
    ), nullable=False)
    return unzipped(lines(line, unit=True))


SOURCE = Source(
    "dynamodb_export_incremental", _envelope,
    payload="new_image", bare=item(json()), layer=item, typed=("keys", "new_image", "old_image"), items=True,
    columns=("write_timestamp", "keys", "new_image", "old_image"), on_request=("record_index", "changed"),
    options=("strict",),
)


class Decoder(ItemsDecoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ()

    def __init__(self, **options: "Unpack[DynamoDbOptions]") -> None:
        super().__init__(SOURCE, **options)


to_arrow: "DynamoDbToArrow" = _decoder.front(Decoder)
