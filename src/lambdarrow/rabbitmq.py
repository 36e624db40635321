"""Batches of RabbitMQ, a broker of Amazon MQ (https://docs.aws.amazon.com/lambda/latest/dg/with-mq.html), a row a
message.

Columns, in order, all nullable; dictionary columns are ``dictionary<int32, utf8>`` (utf8 in the dialects ``plain`` and
``spark``):

================================================  ============================================================
``queue``                                         dictionary: the name, ``::`` and the virtual host
``message_id``                                    utf8
``timestamp_raw``                                 utf8, ``Jan 1, 1970, 12:33:41 AM``, in UTC
``data``                                          binary, or what ``payload=`` makes of it
``redelivered``                                   bool
``content_type``, ``content_encoding``, ``type``  dictionary
``headers_raw``                                   JSON text, in which ``{"bytes": [...]}`` is text
``delivery_mode``, ``priority``, ``body_size``    int32
``correlation_id``, ``reply_to``                  utf8
``expiration``                                    int64, milliseconds that the message was of use
``user_id``, ``app_id``, ``cluster_id``           dictionary
``event_source``, ``event_source_arn``            dictionary
================================================  ============================================================

On request (``columns=``): ``record_index``, int32, in the whole event.
"""

from . import _decoder
from ._source import Source
from .schema import (
    Field,
    base64,
    binary,
    bool_,
    counter,
    dictionary,
    each,
    each_key,
    explode,
    int_,
    json,
    object_,
    rest,
    text,
    utf8,
)

__all__ = ["SOURCE", "Decoder", "to_arrow"]

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Any, Unpack

    from ._types import Options, ToArrow
    from .schema import Word


def _envelope(data: "Word") -> "Word":
    properties = object_((
        Field("contentType", dictionary(), "content_type"),
        Field("contentEncoding", dictionary(), "content_encoding"),
        Field("headers", json(), "headers_raw"),
        Field("deliveryMode", int_(32), "delivery_mode"),
        Field("priority", int_(32)),
        Field("correlationId", utf8(), "correlation_id"),
        Field("replyTo", utf8(), "reply_to"),
        Field("expiration", text(int_(64))),
        Field("messageId", utf8(), "message_id"),
        # As Java writes times in American English, to which no word fits.
        Field("timestamp", utf8(), "timestamp_raw"),
        Field("type", dictionary()),
        Field("userId", dictionary(), "user_id"),
        Field("appId", dictionary(), "app_id"),
        Field("clusterId", dictionary(), "cluster_id"),
        Field("bodySize", int_(32), "body_size"),
    ))
    message = object_((
        Field("basicProperties", properties),
        Field("redelivered", bool_()),
        Field("data", data),
        Field(None, each_key(), "queue"),
        Field(None, counter(), "record_index"),
    ), nullable=False)
    return object_((
        Field("eventSource", dictionary(), "event_source"),
        Field("eventSourceArn", dictionary(), "event_source_arn"),
        Field("rmqMessagesByQueue", each(explode(message, unit=True, nullable=False), nullable=False), required=True),
        Field(None, rest(), "_metadata"),
    ), nullable=False)


def _layer(inner: "Word", **_: "Any") -> "Word":
    return base64(inner)


SOURCE = Source(
    "rabbitmq", _envelope,
    payload="data", bare=binary(), layer=_layer,
    columns=("queue", "message_id", "timestamp_raw", "data", "redelivered", "content_type", "content_encoding", "type",
             "headers_raw", "delivery_mode", "priority", "body_size", "correlation_id", "reply_to", "expiration",
             "user_id", "app_id", "cluster_id", "event_source", "event_source_arn"),
    on_request=("record_index",),
)


class Decoder(_decoder.Decoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ()

    def __init__(self, **options: "Unpack[Options]") -> None:
        super().__init__(SOURCE, **options)


to_arrow: "ToArrow" = _decoder.front(Decoder)
