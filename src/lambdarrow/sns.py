"""SNS messages as payloads (https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html): what a topic
delivers to a queue, where raw message delivery is off.
"""

from .schema import Field, dictionary, fixed, map_, string, struct, timestamp, utf8

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from ._types import Payload
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


def _fields(kinds: "tuple[str, ...]", message: "Field", *others: "Field") -> "tuple[Field, ...]":
    attribute = struct((Field("Type", dictionary(), "type"), Field("Value", utf8(), "value")))
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
            Field("MessageAttributes", map_(attribute), "message_attributes"),
        ),
    )
