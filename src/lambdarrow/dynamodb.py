"""DynamoDB Streams batches (https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html).

Columns, in order, all nullable; dictionary columns are ``dictionary<int32, utf8>`` (utf8 in the
dialects ``plain`` and ``spark``):

==================================  ==================================================================
``event_id``                        utf8
``event_name``                      dictionary: ``INSERT``, ``MODIFY``, ``REMOVE``
``event_version``, ``event_source``, ``event_source_arn``, ``aws_region``  dictionary
``approximate_creation_date_time``  timestamp[us, UTC]; the wire's seconds, exact
``sequence_number``                 utf8, decimal digits
``size_bytes``                      int64
``stream_view_type``                dictionary
``user_identity``                   struct<type, principal_id>: dictionaries; of deletions by time to live
``keys``                            struct: the item's key
``new_image``, ``old_image``        struct: the item after and before; null where the stream does not have it
==================================  ==================================================================

On request (``columns=``): ``table_name``, dictionary; ``record_index``, int32; ``op``, dictionary: ``insert``,
``modify``, ``remove``; ``changed``, list<utf8>: the names of the attributes that differ between the two images,
compared as values (1.0 is 1, a set has no order), null where one of them is missing.

Options beside those of every decoder: ``image``, the type of the items (a Struct, an Arrow schema, words, or
:func:`lambdarrow.by_key`); None infers it from each batch: int64, or the smallest decimal128 that holds all numbers
exactly, or their text; what has several types becomes its plain JSON. ``keys``: the type of the key, or the names of
its attributes; by default all fields of the image that can be keys. ``strict=True`` refuses empty sets and members
that stand in a set twice.

S is utf8 (or what text can be: timestamp, date32, uuid), N int64, float64, decimal128, decimal256 or, with ``coerce``,
utf8, B binary, BOOL bool, SS, NS, BS and L lists, M a struct or map; ``json`` is any of them as plain JSON. A number
that does not fit is a failure, never rounded (but to float64, as asked). NULL, and an attribute that is not there,
is null.
"""

from . import _decoder
from ._attributes import by_key, item
from ._changes import ChangesDecoder
from ._source import Source, event_struct
from ._unmarshal import deserialize, marshal, serialize, unmarshal
from .schema import (
    Field,
    changed,
    counter,
    dictionary,
    explode,
    int_,
    json,
    object_,
    part,
    renamed,
    rescaled,
    rest,
    span,
    struct,
    tee,
    timestamp,
    utf8,
)

__all__ = [
    "SOURCE", "Decoder", "by_key", "decode", "deserialize", "marshal", "record", "serialize", "to_arrow", "unmarshal",
]

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Any, TypeVar, Unpack

    from ._types import DynamoDbOptions, DynamoDbToArrow, Payload
    from ._types import Event as AnyEvent
    from .events.dynamodb import DynamoDBStreamEvent
    from .schema import Word

    T = TypeVar("T")

_OLD, _NEW = 0, 1   # where the images stand, for `changed`
_OPS = {"INSERT": "insert", "MODIFY": "modify", "REMOVE": "remove"}


def _envelope(keys: "Word", new_image: "Word", old_image: "Word", **_: "Any") -> "Word":
    change = object_((
        Field("ApproximateCreationDateTime", timestamp("us", epoch="s"), "approximate_creation_date_time"),
        Field("Keys", keys, "keys"),
        Field("NewImage", tee(Field(None, new_image, "new_image"), Field(None, span(_NEW), "changed"))),
        Field("OldImage", tee(Field(None, old_image, "old_image"), Field(None, span(_OLD), "changed"))),
        Field("SequenceNumber", utf8(), "sequence_number"),
        Field("SizeBytes", int_(64), "size_bytes"),
        Field("StreamViewType", dictionary(), "stream_view_type"),
        Field(None, changed(_OLD, _NEW), "changed"),
    ))
    record = object_((
        Field("eventID", utf8(), "event_id"),
        Field("eventName", tee(Field(None, dictionary(), "event_name"), Field(None, renamed(_OPS), "op"))),
        Field("eventVersion", dictionary(), "event_version"),
        Field("eventSource", dictionary(), "event_source"),
        Field("awsRegion", dictionary(), "aws_region"),
        Field("userIdentity", _identity(), "user_identity"),
        Field("dynamodb", change),
        Field("eventSourceARN", tee(Field(None, dictionary(), "event_source_arn"),
                                    Field(None, part("/", 1), "table_name"))),
        Field(None, counter(), "record_index"),
    ), nullable=False)
    return object_((
        Field("Records", explode(record, unit=True, nullable=False), required=True),
        Field(None, rest(), "_metadata"),
    ), nullable=False)


def _identity() -> "Word":
    return struct((Field("type", dictionary()), Field("principalId", dictionary(), "principal_id")))


def decode(event: "AnyEvent", *, image: "type[T] | None" = None, keys: "Any" = None, numbers: str | None = None,
           binary: str = "bytes", strict: bool = False) -> "DynamoDBStreamEvent[T]":
    """An event as Structs: ``for record in decode(event): record.dynamodb.new_image``.

    An image is made of Python objects when it is first looked at, as :func:`unmarshal` makes them; with ``image`` (and
    ``keys``) it is what ``msgspec.convert`` makes of those, a Struct say. ``numbers``: as for :func:`unmarshal`, by
    default ``"decimal"``, and ``"int_decimal"`` for an ``image``, whose fields then say what they want.

    Raises :class:`lambdarrow.DecodeError` for what is no such event, and, when it is looked at, for an image that is no
    item.
    """
    from .events.dynamodb import decode

    return decode(event, image=image, keys=keys, numbers=numbers, binary=binary, strict=strict)


def record(image: "Payload" = "json", keys: "Payload | tuple[str, ...] | None" = None, *,
           strict: bool = False) -> "Word":
    """The change that a table sends to a Kinesis data stream, as the payload of its records:
    ``kinesis.to_arrow(event, payload=dynamodb.record(image=Order))``
    (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds.html).

    A struct of ``event_id``, ``event_name``, ``event_source``, ``aws_region``, ``table_name``, ``record_format``,
    ``user_identity``, ``approximate_creation_date_time`` (timestamp[us, UTC], from the milliseconds or microseconds
    that the record says it has), ``size_bytes``, ``keys``, ``new_image`` and ``old_image``. ``image``, ``keys``,
    ``strict``: as for :func:`to_arrow`, but nothing is inferred.
    """
    from ._images import types_of

    types = {name: item(word, strict) for name, word in types_of(SOURCE, image, keys).items()}
    scaled = rescaled("approximate_creation_date_time", "_precision", (("MILLISECOND", 1000), ("MICROSECOND", 1)),
                      "ApproximateCreationDateTimePrecision")
    change = object_((
        Field("ApproximateCreationDateTime", timestamp("us", epoch="us"), "approximate_creation_date_time"),
        Field("ApproximateCreationDateTimePrecision", utf8(size="small"), "_precision", hidden=True),
        Field("Keys", types["keys"], "keys"),
        Field("NewImage", types["new_image"], "new_image"),
        Field("OldImage", types["old_image"], "old_image"),
        Field("SizeBytes", int_(64), "size_bytes"),
        Field(None, scaled, "_scaled", hidden=True),
    ))
    return struct((
        Field("eventID", utf8(), "event_id"),
        Field("eventName", dictionary(), "event_name"),
        Field("eventSource", dictionary(), "event_source"),
        Field("awsRegion", dictionary(), "aws_region"),
        Field("tableName", dictionary(), "table_name"),
        Field("recordFormat", dictionary(), "record_format"),
        Field("userIdentity", _identity(), "user_identity"),
        Field("dynamodb", change),
    ))


SOURCE = Source(
    "dynamodb", _envelope,
    payload="new_image", bare=item(json()), layer=item, typed=("keys", "new_image", "old_image"), items=True,
    columns=(
        "event_id", "event_name", "event_version", "event_source", "event_source_arn", "aws_region",
        "approximate_creation_date_time", "sequence_number", "size_bytes", "stream_view_type", "user_identity", "keys",
        "new_image", "old_image",
    ),
    on_request=("table_name", "record_index", "op", "changed"),
    identifier="sequence_number", identifier_path=("dynamodb", "SequenceNumber"), ordered=True,
    options=("strict",),
)


class Decoder(ChangesDecoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ()

    def __init__(self, **options: "Unpack[DynamoDbOptions]") -> None:
        super().__init__(SOURCE, **options)


to_arrow: "DynamoDbToArrow" = _decoder.front(Decoder)

if TYPE_CHECKING:
    Event = DynamoDBStreamEvent
else:
    __getattr__ = event_struct(__name__, "DynamoDBStreamEvent")
