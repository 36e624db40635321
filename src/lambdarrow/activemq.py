"""Batches of ActiveMQ, a broker of Amazon MQ (https://docs.aws.amazon.com/lambda/latest/dg/with-mq.html), a row a
message.

Columns, in order, all nullable; dictionary columns are ``dictionary<int32, utf8>`` (utf8 in the dialects ``plain`` and
``spark``):

========================================  ====================================================================
``message_id``                            utf8
``message_type``                          dictionary, ``jms/text-message`` or ``jms/bytes-message``
``timestamp``                             timestamp[ms, UTC], when it was sent
``data``                                  binary, or what ``payload=`` makes of it
``physical_name``                         dictionary, of the queue
``redelivered``, ``persistent``           bool
``delivery_mode``, ``priority``           int32
``type``, ``reply_to``, ``connection_id``  dictionary
``correlation_id``                        utf8
``expiration``                            timestamp[ms, UTC]; null for those that are always of use (0 on the wire)
``broker_in_time``, ``broker_out_time``   timestamp[ms, UTC]
``properties``                            JSON text
``event_source``, ``event_source_arn``    dictionary
========================================  ====================================================================

On request (``columns=``): ``physicalname``, dictionary, the queue as some of AWS's examples spell it; ``record_index``,
int32.
"""

from . import _decoder
from ._source import Source
from .schema import (
    PLACE,
    Field,
    base64,
    binary,
    bool_,
    counter,
    dictionary,
    explode,
    int_,
    json,
    object_,
    one_of,
    rest,
    skip,
    timestamp,
    utf8,
)

__all__ = ["SOURCE", "Decoder", "to_arrow"]

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Any, Unpack

    from ._types import Options, ToArrow
    from .schema import Word


def _expiration() -> "Word":
    return one_of((), ((0, Field(None, skip(), PLACE)),), other=Field(None, timestamp("ms", epoch="ms"), PLACE))


def _envelope(data: "Word") -> "Word":
    destination = object_((
        Field("physicalName", dictionary(), "physical_name"),
        Field("physicalname", dictionary()),
    ))
    message = object_((
        Field("messageID", utf8(), "message_id"),
        Field("messageType", dictionary(), "message_type"),
        Field("deliveryMode", int_(32), "delivery_mode"),
        Field("replyTo", dictionary(), "reply_to"),
        Field("type", dictionary()),
        Field("expiration", _expiration()),
        Field("priority", int_(32)),
        Field("correlationID", utf8(), "correlation_id"),
        Field("redelivered", bool_()),
        Field("persistent", bool_()),
        Field("connectionId", dictionary(), "connection_id"),
        Field("destination", destination),
        Field("data", data),
        Field("timestamp", timestamp("ms", epoch="ms")),
        Field("brokerInTime", timestamp("ms", epoch="ms"), "broker_in_time"),
        Field("brokerOutTime", timestamp("ms", epoch="ms"), "broker_out_time"),
        Field("properties", json()),
        Field(None, counter(), "record_index"),
    ), nullable=False)
    return object_((
        Field("eventSource", dictionary(), "event_source"),
        Field("eventSourceArn", dictionary(), "event_source_arn"),
        Field("messages", explode(message, unit=True, nullable=False), required=True),
        Field(None, rest(), "_metadata"),
    ), nullable=False)


def _layer(inner: "Word", **_: "Any") -> "Word":
    return base64(inner)


SOURCE = Source(
    "activemq", _envelope,
    payload="data", bare=binary(), layer=_layer,
    columns=("message_id", "message_type", "timestamp", "data", "physical_name", "redelivered", "persistent",
             "delivery_mode", "priority", "type", "reply_to", "connection_id", "correlation_id", "expiration",
             "broker_in_time", "broker_out_time", "properties", "event_source", "event_source_arn"),
    on_request=("physicalname", "record_index"),
)


class Decoder(_decoder.Decoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ()

    def __init__(self, **options: "Unpack[Options]") -> None:
        super().__init__(SOURCE, **options)


to_arrow: "ToArrow" = _decoder.front(Decoder)
