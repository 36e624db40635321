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

On request (``columns=``): ``table_name``, dictionary; ``record_index``, int32.

Options beside those of every decoder: ``image``, the type of the items (a Struct, an Arrow schema, words, or
:func:`lambdarrow.by_key`); None infers it from each batch: int64, or the smallest decimal128 that holds all numbers
exactly, or their text; what has several types becomes its plain JSON. ``keys``: the type of the key, or the names of
its attributes; by default all fields of the image that can be keys. ``strict=True`` refuses empty sets and members
that stand in a set twice.

S is utf8 (or what text can be: timestamp, date32, uuid), N int64, float64, decimal128, decimal256 or, with ``coerce``,
utf8, B binary, BOOL bool, SS, NS, BS and L lists, M a struct or map; ``json`` is any of them as plain JSON. A number
that does not fit is a failure, never rounded (but to float64, as asked). NULL, and an attribute that is not there, is null.
"""

from . import _decoder
from ._attributes import by_key, item
from ._source import Source
from .schema import Field, counter, dictionary, explode, int_, json, object_, part, rest, struct, tee, timestamp, utf8

__all__ = ["SOURCE", "Decoder", "by_key", "deserialize", "marshal", "serialize", "to_arrow", "unmarshal"]

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Any, Unpack

    from ._batch import Batch
    from ._types import DynamoDbOptions, DynamoDbToArrow, Event
    from .schema import Word


def _envelope(keys: "Word", new_image: "Word", old_image: "Word", **_: "Any") -> "Word":
    change = object_((
        Field("ApproximateCreationDateTime", timestamp("us", epoch="s"), "approximate_creation_date_time"),
        Field("Keys", keys, "keys"),
        Field("NewImage", new_image, "new_image"),
        Field("OldImage", old_image, "old_image"),
        Field("SequenceNumber", utf8(), "sequence_number"),
        Field("SizeBytes", int_(64), "size_bytes"),
        Field("StreamViewType", dictionary(), "stream_view_type"),
    ))
    identity = struct((Field("type", dictionary()), Field("principalId", dictionary(), "principal_id")))
    record = object_((
        Field("eventID", utf8(), "event_id"),
        Field("eventName", dictionary(), "event_name"),
        Field("eventVersion", dictionary(), "event_version"),
        Field("eventSource", dictionary(), "event_source"),
        Field("awsRegion", dictionary(), "aws_region"),
        Field("userIdentity", identity, "user_identity"),
        Field("dynamodb", change),
        Field("eventSourceARN", tee(Field(None, dictionary(), "event_source_arn"),
                                    Field(None, part("/", 1), "table_name"))),
        Field(None, counter(), "record_index"),
    ), nullable=False)
    return object_((
        Field("Records", explode(record, unit=True, nullable=False), required=True),
        Field(None, rest(), "_metadata"),
    ), nullable=False)


SOURCE = Source(
    "dynamodb", _envelope,
    payload="new_image", bare=item(json()), layer=item, typed=("keys", "new_image", "old_image"),
    columns=(
        "event_id", "event_name", "event_version", "event_source", "event_source_arn", "aws_region",
        "approximate_creation_date_time", "sequence_number", "size_bytes", "stream_view_type", "user_identity", "keys",
        "new_image", "old_image",
    ),
    on_request=("table_name", "record_index"),
    identifier="sequence_number", identifier_path=("dynamodb", "SequenceNumber"), ordered=True,
    options=("strict",),
)


class Decoder(_decoder.Decoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ("_inferring",)

    def __init__(self, **options: "Unpack[DynamoDbOptions]") -> None:
        from ._images import Inferring, types_of

        image = options.pop("image", None)
        keys = options.pop("keys", None)
        self._inferring = Inferring(SOURCE, keys, options) if image is None else None
        super().__init__(SOURCE, types=types_of(image, keys), **options)

    def to_arrow(self, event: "Event") -> "Batch":
        return super().to_arrow(event) if self._inferring is None else self._inferring.to_arrow(event)

    def feed(self, event: "Event") -> int:
        return super().feed(event) if self._inferring is None else self._inferring.feed(event)

    def finish(self) -> "Batch | None":
        return super().finish() if self._inferring is None else self._inferring.finish()


to_arrow: "DynamoDbToArrow" = _decoder.front(Decoder)


def __getattr__(name: str) -> "Any":
    # Objects are for those who want them; columns need no more than is imported above.
    if name in ("deserialize", "marshal", "serialize", "unmarshal"):
        return getattr(__import__("lambdarrow._unmarshal", fromlist=("",)), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
