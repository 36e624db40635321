"""Batches of Amazon DocumentDB's change streams (https://docs.aws.amazon.com/lambda/latest/dg/with-documentdb.html), a
row a change.

Columns, in order, all nullable; dictionary columns are ``dictionary<int32, utf8>`` (utf8 in the dialects ``plain`` and
``spark``). Documents are MongoDB's Extended JSON in its relaxed form: an id is ``{"$oid": "..."}``.

======================================  ======================================================================
``id``                                  utf8, hexadecimal digits by which the stream can be taken up again
``cluster_time``                        timestamp[s, UTC]
``cluster_time_increment``              int64, which of that second's changes
``operation_type``                      dictionary, ``insert``, ``update``, ``replace``, ``delete``, ``drop``, …
``db``, ``coll``                        dictionary, of the database and the collection
``document_key``                        JSON text
``full_document``                       JSON text, or what ``payload=`` makes of it; null where it was deleted, and
                                        where it was updated unless the event source mapping looks it up
``update_description``                  JSON text; ``update`` only
``to_db``, ``to_coll``                  dictionary, the new names; ``rename`` only
``event_source``, ``event_source_arn``  dictionary
======================================  ======================================================================

On request (``columns=``): ``record_index``, int32.
"""

from . import _decoder
from ._source import Source
from .schema import Field, counter, dictionary, explode, int_, json, object_, rest, timestamp, utf8

__all__ = ["SOURCE", "Decoder", "to_arrow"]

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Unpack

    from ._types import Options, ToArrow
    from .schema import Word


def _envelope(document: "Word") -> "Word":
    time = object_((
        Field("t", timestamp("s", epoch="s"), "cluster_time"),
        Field("i", int_(64), "cluster_time_increment"),
    ))
    change = object_((
        Field("_id", object_((Field("_data", utf8(), "id"),))),
        Field("clusterTime", object_((Field("$timestamp", time),))),
        Field("documentKey", json(), "document_key"),
        Field("fullDocument", document, "full_document"),
        Field("ns", object_((Field("db", dictionary()), Field("coll", dictionary())))),
        Field("operationType", dictionary(), "operation_type"),
        Field("updateDescription", json(), "update_description"),
        Field("to", object_((Field("db", dictionary(), "to_db"), Field("coll", dictionary(), "to_coll")))),
    ), nullable=False)
    item = object_((
        Field("event", change, required=True),
        Field(None, counter(), "record_index"),
    ), nullable=False)
    return object_((
        Field("eventSourceArn", dictionary(), "event_source_arn"),
        Field("events", explode(item, unit=True, nullable=False), required=True),
        Field("eventSource", dictionary(), "event_source"),
        Field(None, rest(), "_metadata"),
    ), nullable=False)


SOURCE = Source(
    "documentdb", _envelope,
    payload="full_document", bare=json(), layer=None,
    columns=("id", "cluster_time", "cluster_time_increment", "operation_type", "db", "coll", "document_key",
             "full_document", "update_description", "to_db", "to_coll", "event_source", "event_source_arn"),
    on_request=("record_index",),
)


class Decoder(_decoder.Decoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ()

    def __init__(self, **options: "Unpack[Options]") -> None:
        super().__init__(SOURCE, **options)


to_arrow: "ToArrow" = _decoder.front(Decoder)
