"""Events of DynamoDB Streams as Structs
(https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html).

An image is made of Python objects when it is first asked for: one that nobody looks at costs nothing.
"""

from datetime import datetime
from functools import cache, partial
from types import GenericAlias
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec
from msgspec import Raw, field

from .. import _core
from ._base import Event, decode_by, epoch_s
from ._window import Window, Windowed

__all__ = ["Change", "DynamoDBStreamEvent", "Record", "UserIdentity", "Window", "decode"]

Image = TypeVar("Image")

_ABSENT = Raw()


class Item(_core.LazyItem):
    """A view of the item in the field ``raw``: Python objects, or what ``msgspec.convert`` makes of them, of the type
    that takes the place of ``parameter``. The other options are those of :func:`lambdarrow.dynamodb.unmarshal`."""

    parameter: TypeVar | None

    def __new__(cls, name: str, *, parameter: TypeVar | None = None, type: Any = None, numbers: str = "decimal",
                binary: str = "bytes", strict: bool = False) -> "Item":
        new: Any = super().__new__
        convert = None if type is None else partial(msgspec.convert, type=type)
        made: Item = new(cls, name, f"{name}_raw", _ABSENT, numbers, binary, strict, convert)
        made.parameter = parameter
        return made

    def of(self, type: Any, strict: bool) -> "Item":
        """The view of an item of this type, whose fields say what numbers they want."""
        if isinstance(type, TypeVar):
            return self
        return Item(self.name, parameter=self.parameter, type=type, numbers="int_decimal")


class UserIdentity(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Who changed the item: ``Service`` and ``dynamodb.amazonaws.com`` where its time to live was over."""

    type: str | None = None
    principal_id: str | None = None


class Change(Event, Generic[Image], frozen=True, kw_only=True, omit_defaults=True, dict=True, rename="pascal"):
    """What changed. ``keys``, ``new_image`` and ``old_image`` are Python objects as
    :func:`lambdarrow.dynamodb.unmarshal` makes them, the images of the type in ``DynamoDBStreamEvent[...]``; None where
    the event does not have them. Each raises :class:`lambdarrow.DecodeError` where it is no item.
    """

    approximate_creation_date_time_raw: int | float | None = field(default=None, name="ApproximateCreationDateTime")
    keys_raw: Raw = field(default=_ABSENT, name="Keys")
    new_image_raw: Raw = field(default=_ABSENT, name="NewImage")
    """Absent for ``REMOVE``, and where ``stream_view_type`` has no new images."""
    old_image_raw: Raw = field(default=_ABSENT, name="OldImage")
    """Absent for ``INSERT``, and where ``stream_view_type`` has no old images."""
    sequence_number: str | None = None
    """Decimal digits."""
    size_bytes: int | None = None
    stream_view_type: str | None = None
    """``KEYS_ONLY``, ``NEW_IMAGE``, ``OLD_IMAGE`` or ``NEW_AND_OLD_IMAGES``."""

    if TYPE_CHECKING:
        @property
        def keys(self) -> dict[str, Any] | None: ...
        @property
        def new_image(self) -> Image | None: ...
        @property
        def old_image(self) -> Image | None: ...
    else:
        keys = Item("keys")
        new_image = Item("new_image", parameter=Image)
        old_image = Item("old_image", parameter=Image)

    @property
    def approximate_creation_date_time(self) -> datetime | None:
        """When the change was made; from the seconds that the event has, to the microsecond."""
        return epoch_s(self.approximate_creation_date_time_raw, "$.ApproximateCreationDateTime")


class Record(Event, Generic[Image], frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """One record of a stream."""

    dynamodb: Change[Image]
    event_id: str | None = field(default=None, name="eventID")
    event_name: str | None = None
    """``INSERT``, ``MODIFY`` or ``REMOVE``."""
    event_version: str | None = None
    event_source: str | None = None
    """``aws:dynamodb``."""
    event_source_arn: str | None = field(default=None, name="eventSourceARN")
    aws_region: str | None = None
    user_identity: UserIdentity | None = None
    """Of what a service has done: deletions by time to live."""


class DynamoDBStreamEvent(Windowed[Record[Image]], Generic[Image], frozen=True, kw_only=True, omit_defaults=True):
    """A batch of changes; iterating it, and its length, are those of ``records``."""

    records: list[Record[Image]] = field(name="Records")


@cache
def _structs(image: Any, keys: Any, numbers: str, binary: str, strict: bool) -> dict[str, Any]:
    """Structs whose images become these objects: what they become is a matter of their class."""
    _core.unmarshal([], numbers=numbers, binary=binary)     # refuses options that do not exist
    items = {name: Item(name, type=type, numbers=numbers, binary=binary, strict=strict)
             for name, type in (("keys", keys), ("new_image", image), ("old_image", image))}
    def made(of: Any, fields: Any, views: dict[str, Any]) -> Any:
        views = views | {"__made_of__": (_again, (of.__name__, image, keys, numbers, binary, strict))}
        return msgspec.defstruct(of.__name__, fields, bases=(of,), namespace=views, module=__name__, frozen=True,
                                 kw_only=True, omit_defaults=True)

    change = made(Change, [], items)
    record = made(Record, [("dynamodb", change)], {})
    event = made(DynamoDBStreamEvent, [("records", GenericAlias(list, record), field(name="Records"))], {})
    return {struct.__name__: struct for struct in (change, record, event)}


def _again(name: str, *options: Any) -> Any:
    """The class of this name, for pickle."""
    return _structs(*options)[name]


@cache
def _decoder(*options: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(_structs(*options)["DynamoDBStreamEvent"])


def decode(event: Any, *, image: Any = None, keys: Any = None, numbers: str | None = None,
           binary: str = "bytes", strict: bool = False) -> "DynamoDBStreamEvent[Any]":
    """See :func:`lambdarrow.dynamodb.decode`."""
    if numbers is None:
        numbers = "decimal" if image is None else "int_decimal"
    made: DynamoDBStreamEvent[Any] = decode_by(_decoder(image, keys, numbers, binary, strict), event)
    return made
