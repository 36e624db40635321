"""SNS: what a topic sends to a function (https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html), and, as payloads,
what it delivers to a queue (https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html), where raw
message delivery is off.

Columns of :func:`to_arrow`, in order, all nullable; dictionary columns are ``dictionary<int32, utf8>`` (utf8 in the
dialects ``plain`` and ``spark``):

======================================  ======================================================================
``message_id``                          utf8
``topic_arn``                           dictionary
``subject``                             utf8, null where the message has none
``message``                             utf8, or what ``payload=`` makes of it
``timestamp``                           timestamp[ms, UTC]
``sequence_number``                     utf8; FIFO topics only
``type``                                dictionary, ``Notification``
``signature_version``                   dictionary
``signature``, ``signing_cert_url``, ``unsubscribe_url``  utf8
``message_attributes``                  map<utf8, struct<type: dictionary, value: utf8>>, a binary value as its base64
``event_source``, ``event_version``, ``event_subscription_arn``  dictionary
======================================  ======================================================================

On request (``columns=``): ``topic_name`` (the last part of the ARN), dictionary; ``record_index``, int32.
"""

from . import _decoder
from ._source import Source, event_struct
from .schema import (
    Field,
    counter,
    dictionary,
    explode,
    fixed,
    map_,
    object_,
    part,
    rest,
    string,
    struct,
    tee,
    timestamp,
    utf8,
)

__all__ = ["SOURCE", "Decoder", "confirmation", "notification", "to_arrow"]

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Any, Unpack

    from ._types import Options, Payload, ToArrow
    from .events.sns import SNSEvent
    from .schema import Word


def notification(message: "Payload" = "utf8") -> "Word":
    """An SNS notification whose ``Message`` is of the type ``message`` (any payload; ``"utf8"`` keeps its text).

    A struct, all of it nullable: ``type`` (dictionary; anything but ``Notification`` is a failure), ``message_id``,
    ``topic_arn`` (dictionary), ``subject``, ``message``, ``timestamp`` (timestamp[ms, UTC]), ``sequence_number`` (FIFO
    topics), ``signature_version`` (dictionary), ``signature``, ``signing_cert_url``, ``unsubscribe_url`` and
    ``message_attributes`` (map<utf8, struct<type, value>>, a binary value as its base64 text).
    """
    return struct(_fields(("Notification",), Field("Message", string(message), "message"),
                          Field("UnsubscribeURL", utf8(), "unsubscribe_url")))


def confirmation() -> "Word":
    """What a topic sends when a queue is subscribed to it or taken off: ``SubscriptionConfirmation`` and
    ``UnsubscribeConfirmation``, with ``token`` and ``subscribe_url``, for
    ``by("$.Type", {"Notification": sns.notification(...), "SubscriptionConfirmation": sns.confirmation()})``.
    """
    kinds = ("SubscriptionConfirmation", "UnsubscribeConfirmation")
    return struct(_fields(kinds, Field("Message", utf8(), "message"), Field("Token", utf8(), "token"),
                          Field("SubscribeURL", utf8(), "subscribe_url")))


def _attributes() -> "Word":
    return map_(struct((Field("Type", dictionary(), "type"), Field("Value", utf8(), "value"))))


def _fields(kinds: "tuple[str, ...]", message: "Field", *others: "Field") -> "tuple[Field, ...]":
    return (
        *fixed(
            Field("Type", dictionary(values=kinds), "type"),
            Field("MessageId", utf8(), "message_id"),
            Field("SequenceNumber", utf8(), "sequence_number"),
            Field("TopicArn", dictionary(), "topic_arn"),
            Field("Subject", utf8(), "subject"),
        ),
        message,
        *fixed(
            Field("Timestamp", timestamp("ms"), "timestamp"),
            Field("SignatureVersion", dictionary(), "signature_version"),
            Field("Signature", utf8(), "signature"),
            Field("SigningCertURL", utf8(), "signing_cert_url"),
            *others,
            Field("MessageAttributes", _attributes(), "message_attributes"),
        ),
    )


def _layer(inner: "Word", **_: "Any") -> "Word":
    return string(inner)


def _envelope(message: "Word") -> "Word":
    notice = object_((
        Field("Type", dictionary(), "type"),
        Field("MessageId", utf8(), "message_id"),
        Field("TopicArn", tee(Field(None, dictionary(), "topic_arn"), Field(None, part(":", -1), "topic_name"))),
        Field("Subject", utf8(), "subject"),
        Field("Message", message, "message"),
        Field("Timestamp", timestamp("ms"), "timestamp"),
        Field("SignatureVersion", dictionary(), "signature_version"),
        Field("Signature", utf8(), "signature"),
        # Lambda spells it otherwise than queues have it.
        Field("SigningCertUrl", utf8(), "signing_cert_url"),
        Field("UnsubscribeUrl", utf8(), "unsubscribe_url"),
        Field("MessageAttributes", _attributes(), "message_attributes"),
        Field("SequenceNumber", utf8(), "sequence_number"),
    ))
    record = object_((
        Field("EventSource", dictionary(), "event_source"),
        Field("EventVersion", dictionary(), "event_version"),
        Field("EventSubscriptionArn", dictionary(), "event_subscription_arn"),
        Field("Sns", notice),
        Field(None, counter(), "record_index"),
    ), nullable=False)
    return object_((
        Field("Records", explode(record, unit=True, nullable=False), required=True),
        Field(None, rest(), "_metadata"),
    ), nullable=False)


SOURCE = Source(
    "sns", _envelope,
    payload="message", bare=utf8(), layer=_layer,
    columns=(
        "message_id", "topic_arn", "subject", "message", "timestamp", "sequence_number", "type", "signature_version",
        "signature", "signing_cert_url", "unsubscribe_url", "message_attributes", "event_source", "event_version",
        "event_subscription_arn",
    ),
    on_request=("topic_name", "record_index"),
    identifier="message_id", identifier_path=("Sns", "MessageId"),
)


class Decoder(_decoder.Decoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ()

    def __init__(self, **options: "Unpack[Options]") -> None:
        super().__init__(SOURCE, **options)


to_arrow: "ToArrow" = _decoder.front(Decoder)

if TYPE_CHECKING:
    Event = SNSEvent
else:
    __getattr__ = event_struct(__name__, "SNSEvent")
