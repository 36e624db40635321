"""Events of SNS as Structs (https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html), and what a topic puts into the
body of a queue's message or of an HTTP request
(https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html).
"""

from datetime import datetime
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import field

from ._base import UNSET, Event, Payload, Records, UnsetType, base64_of, iso

__all__ = ["MessageAttribute", "Record", "SNSEvent", "SNSMessage", "SNSNotification"]

Message = TypeVar("Message")


class MessageAttribute(Event, frozen=True, kw_only=True, omit_defaults=True, rename="pascal"):
    """An attribute that the publisher has set."""

    type: str
    """``String``, ``String.Array``, ``Number`` or ``Binary``."""
    value: str
    """Text; JSON where it is an array, base64 where it is binary."""

    @property
    def binary_value(self) -> bytes | None:
        """The bytes of a value whose type is ``Binary``, None of others. Raises DecodeError where it is no base64."""
        return base64_of(self.value, "$.Value") if self.type == "Binary" else None


class _Published(Event, Generic[Message], frozen=True, kw_only=True, omit_defaults=True, dict=True, rename="pascal"):
    """What a message is, however it is delivered."""

    type: str
    """``Notification``; in bodies also ``SubscriptionConfirmation`` and ``UnsubscribeConfirmation``, which ask whether
    that is meant and have AWS's own text as their message."""
    message_id: str
    topic_arn: str
    subject: str | None | UnsetType = UNSET
    """Null in events and absent in bodies where the publisher has set none."""
    message_raw: str = field(name="Message")
    timestamp_raw: str = field(name="Timestamp")
    signature_version: str | None = None
    """``1`` (SHA1) or ``2`` (SHA256)."""
    signature: str | None = None
    """Base64. Whoever takes bodies from the open network should verify it."""
    sequence_number: str | None = None
    """Decimal digits; FIFO topics only."""

    if TYPE_CHECKING:
        @property
        def message(self) -> Message: ...
    else:
        message = Payload(Message, "message", "message_raw")

    @property
    def timestamp(self) -> datetime:
        """When the message was published, to the millisecond."""
        return iso(self.timestamp_raw, "$.Timestamp")


class SNSMessage(_Published[Message], Generic[Message], frozen=True, kw_only=True, omit_defaults=True, dict=True,
                 rename="pascal"):
    """What was published. ``message`` is its text, or of the type in ``SNSEvent[...]``: it raises
    :class:`lambdarrow.DecodeError` when it is looked at and is not.
    """

    signing_cert_url: str | None = None
    unsubscribe_url: str | None = None
    message_attributes: dict[str, MessageAttribute]


class Record(Event, Generic[Message], frozen=True, kw_only=True, omit_defaults=True, rename="pascal"):
    """A message and the subscription that it came by."""

    event_source: str | None = None
    """``aws:sns``."""
    event_version: str | None = None
    event_subscription_arn: str | None = None
    sns: SNSMessage[Message]

    @property
    def message(self) -> Message:
        """``sns.message``."""
        return self.sns.message


class SNSEvent(Records[Record[Message]], Generic[Message], frozen=True, kw_only=True, omit_defaults=True):
    """What a topic sends to a function, one message; iterating it, and its length, are those of ``records``."""

    records: list[Record[Message]] = field(name="Records")


class SNSNotification(_Published[Message], Generic[Message], frozen=True, kw_only=True, omit_defaults=True, dict=True,
                      rename="pascal"):
    """What a topic puts into the body of a queue's message or of an HTTP request, where raw delivery is off:
    ``SQSEvent[SNSNotification[Order]]``. ``message`` is its text, or of the type in ``SNSNotification[...]``: it raises
    :class:`lambdarrow.DecodeError` when it is looked at and is not.
    """

    signing_cert_url: str | None = field(default=None, name="SigningCertURL")
    unsubscribe_url: str | None = field(default=None, name="UnsubscribeURL")
    """Notifications only."""
    token: str | None = None
    """Confirmations only: what ``ConfirmSubscription`` takes."""
    subscribe_url: str | None = field(default=None, name="SubscribeURL")
    """Confirmations only: whoever visits it subscribes, once more perhaps."""
    message_attributes: dict[str, MessageAttribute] | None | UnsetType = UNSET
    """Absent where the publisher has set none."""
