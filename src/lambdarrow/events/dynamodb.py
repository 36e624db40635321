"""Events of DynamoDB Streams as Structs
(https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html).

Fields whose name ends in ``_raw`` are what the event has; the name without it is what they mean, made when it is first
asked for: an image that nobody looks at costs nothing.
"""

from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any, ClassVar, Generic, TypeVar

import msgspec
from msgspec import Raw, Struct, field

from .. import _core
from .._event import as_buffer

__all__ = ["Change", "DynamoDBStreamEvent", "Record", "UserIdentity", "decode"]

Image = TypeVar("Image")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ABSENT = Raw()


_ITEMS = ("keys", "new_image", "old_image")


def _lazy(numbers, binary, strict, types):
    """The attributes of a change that are items, by name."""
    made = {}
    for name in _ITEMS:
        type = types.get(name)
        convert = None if type is None else partial(msgspec.convert, type=type)
        made[name] = _core.LazyItem(name, f"{name}_raw", _ABSENT, numbers, binary, strict, convert)
    return made


class UserIdentity(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who changed the item: ``Service`` and ``dynamodb.amazonaws.com`` where its time to live was over."""

    type: str | None = None
    principal_id: str | None = field(default=None, name="principalId")


class Change(Struct, Generic[Image], frozen=True, kw_only=True, omit_defaults=True, dict=True):
    """What changed. ``keys``, ``new_image`` and ``old_image`` are Python objects (or of the type that was asked for),
    None where the event does not have them; each raises :class:`lambdarrow.DecodeError` where it is no item.
    """

    approximate_creation_date_time_raw: int | float | None = field(default=None, name="ApproximateCreationDateTime")
    keys_raw: Raw = field(default=_ABSENT, name="Keys")
    new_image_raw: Raw = field(default=_ABSENT, name="NewImage")
    old_image_raw: Raw = field(default=_ABSENT, name="OldImage")
    sequence_number: str | None = field(default=None, name="SequenceNumber")
    size_bytes: int | None = field(default=None, name="SizeBytes")
    stream_view_type: str | None = field(default=None, name="StreamViewType")

    keys: ClassVar[Any]
    new_image: ClassVar[Any]
    old_image: ClassVar[Any]
    keys, new_image, old_image = _lazy("decimal", "bytes", False, {}).values()

    @property
    def approximate_creation_date_time(self) -> datetime | None:
        """When the change was made, with a zone; from the seconds that the event has, to the microsecond."""
        seconds = self.approximate_creation_date_time_raw
        return None if seconds is None else _EPOCH + timedelta(microseconds=round(seconds * 1_000_000))


class Record(Struct, Generic[Image], frozen=True, kw_only=True, omit_defaults=True):
    """One record of a stream; ``event_name`` is ``INSERT``, ``MODIFY`` or ``REMOVE``."""

    dynamodb: Change[Image]
    event_id: str | None = field(default=None, name="eventID")
    event_name: str | None = field(default=None, name="eventName")
    event_version: str | None = field(default=None, name="eventVersion")
    event_source: str | None = field(default=None, name="eventSource")
    event_source_arn: str | None = field(default=None, name="eventSourceARN")
    aws_region: str | None = field(default=None, name="awsRegion")
    user_identity: UserIdentity | None = field(default=None, name="userIdentity")


class DynamoDBStreamEvent(Struct, Generic[Image], frozen=True, kw_only=True, omit_defaults=True):
    """An event of DynamoDB Streams. Iterating it, and its length, are those of its ``records``."""

    records: list[Record[Image]] = field(name="Records")

    def __iter__(self) -> "Any":
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)


@cache
def _decoder(image, keys, numbers, binary, strict):
    """A decoder of events whose images become these objects: what they become is a matter of their class."""
    _core.unmarshal([], numbers=numbers, binary=binary)     # refuses options that do not exist
    items = _lazy(numbers, binary, strict, {"keys": keys, "new_image": image, "old_image": image})
    change = msgspec.defstruct("Change", [], bases=(Change,), namespace=items, frozen=True, kw_only=True,
                               omit_defaults=True, dict=True)
    record = msgspec.defstruct("Record", [("dynamodb", change)], bases=(Record,), frozen=True, kw_only=True,
                               omit_defaults=True)
    event = msgspec.defstruct("DynamoDBStreamEvent", [("records", list[record], field(name="Records"))],
                              bases=(DynamoDBStreamEvent,), frozen=True, kw_only=True)
    return msgspec.json.Decoder(event)


def decode(event: "Any", *, image: "Any" = None, keys: "Any" = None, numbers: str | None = None,
           binary: str = "bytes", strict: bool = False) -> "DynamoDBStreamEvent[Any]":
    """See :func:`lambdarrow.dynamodb.decode`."""
    if numbers is None:
        numbers = "decimal" if image is None else "int_decimal"
    return _decoder(image, keys, numbers, binary, strict).decode(as_buffer(event))
