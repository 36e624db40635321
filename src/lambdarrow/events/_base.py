"""What the Structs of all events have in common.

An event is *wire-faithful*: its fields hold what was sent, so that ``msgspec.json.encode`` gives an equal document.
Where the wire's form is not what a handler wants, the field's name ends in ``_raw``, and the name without it is a view:
an aware datetime, bytes, a payload. A field whose default is None may be absent; one whose default is ``UNSET`` may be
absent or null, and keeps which.
"""

import functools
import inspect
import operator
import typing
from datetime import UTC, datetime, timedelta
from types import UnionType
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import UNSET, Struct, UnsetType

from .. import _core
from .._errors import DecodeError
from .._event import as_buffer

__all__ = ["UNSET", "Event", "Headers", "Payload", "Records", "UnsetType", "base64_of", "decode", "epoch_ms", "epoch_s",
           "iso"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The base of all Structs of this package, events and their parts alike."""


class Records(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The base of events that carry a list of records: iterating them, and their length, are those of the list."""

    if TYPE_CHECKING:
        @property
        def records(self) -> list[Any]: ...

    def __iter__(self) -> "Any":
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)


def epoch_ms(value: "int | str | None | UnsetType") -> datetime | None:
    """The time of milliseconds since 1970, a number or its text."""
    return _EPOCH + timedelta(milliseconds=int(value)) if isinstance(value, (int, str)) else None


def epoch_s(value: "int | float | None | UnsetType") -> datetime | None:
    """The time of seconds since 1970, to the microsecond."""
    return _EPOCH + timedelta(microseconds=round(value * 1_000_000)) if isinstance(value, (int, float)) else None


def iso(text: "str | None | UnsetType") -> datetime | None:
    """The time of an ISO 8601 text with an offset. Raises DecodeError for any other text."""
    if not isinstance(text, str):
        return None
    try:
        made = datetime.fromisoformat(text)
    except ValueError:
        made = None
    if made is None or made.tzinfo is None:
        raise DecodeError("invalid_timestamp", f"{text!r} is no ISO 8601 time with an offset", 0, "$", None, None, None)
    return made


class Headers(dict[str, Any]):
    """HTTP headers, as sent; names are found whatever their case."""

    def _name(self, name: object) -> object:
        if dict.__contains__(self, name) or not isinstance(name, str):
            return name
        wanted = name.lower()
        return next((known for known in self if known.lower() == wanted), name)

    def __getitem__(self, name: str) -> "Any":
        return dict.__getitem__(self, self._name(name))

    def __contains__(self, name: object) -> bool:
        return dict.__contains__(self, self._name(name))

    def get(self, name: str, default: "Any" = None) -> "Any":
        return dict.get(self, self._name(name), default)


class Payload(_core.Payload):
    """A view of what the text in the field ``raw`` carries: an object of the type that takes the place of
    ``parameter``, by default the text itself, or the bytes where it is ``base64`` (True, or the name of the field that
    says so). ``name``: of the view. Its Struct needs ``dict=True``.
    """

    def __new__(cls, parameter: TypeVar, name: str, raw: str, base64: bool | str = False,
                type: "Any" = None) -> "Payload":
        made = super().__new__(cls, name, raw, base64, UNSET, _converter(type, base64 is not False))
        made.parameter, made._options = parameter, (parameter, name, raw, base64)
        return made

    def of(self, type: "Any") -> "Payload":
        """The view of a payload of this type."""
        return Payload(*self._options, type=type)


def _converter(type: "Any", bytes_too: bool) -> "Any":
    """What makes an object of a type from the str or bytes of a payload; None where they are it."""
    if type is None or (type is bytes and bytes_too):
        return None
    if type is str:
        return (lambda data: data if isinstance(data, str) else data.decode()) if bytes_too else None
    if type is bytes:
        return lambda data: data if isinstance(data, bytes) else data.encode()
    return msgspec.json.Decoder(bound(type)).decode


def base64_of(owner: Event, name: str) -> "Any":
    """The bytes of the base64 text in the field ``name``, or of each in its list; None where it is absent or null.
    Raises DecodeError."""
    sent = getattr(owner, name)
    if sent is None or sent is UNSET:
        return None
    made = [_core.base64_bytes(text) for text in ([sent] if isinstance(sent, str) else sent)]
    if None in made:
        raise no_base64(type(owner), name)
    return made[0] if isinstance(sent, str) else made


def no_base64(cls: type, name: str) -> DecodeError:
    return DecodeError("invalid_base64", "invalid base64", 0, f"$.{_wire_name(cls, name)}", None, None, None)


def no_payload(cls: type, name: str, error: Exception) -> Exception:
    """A payload that is not of its type."""
    return _decode_error(error, f"$.{_wire_name(cls, name)} → ") or error


def _wire_name(cls: "Any", name: str) -> str:
    names = dict(zip(cls.__struct_fields__, cls.__struct_encode_fields__, strict=True))
    return str(names.get(name, name))


def _decode_error(error: Exception, outside: str = "") -> DecodeError | None:
    """What msgspec says, as the error that all of this library raises; None for an error that is not the input's."""
    if isinstance(error, DecodeError):
        return error
    text, _, path = str(error).partition(" - at `")
    path = path.removesuffix("`") or "$"
    if isinstance(error, RecursionError):
        return DecodeError("too_deep", "nested deeper than the limit", 0, outside + path, None, None, None)
    if isinstance(error, UnicodeDecodeError):
        return DecodeError("invalid_utf8", "invalid UTF-8", 0, outside + path, None, None, None)
    if not isinstance(error, msgspec.DecodeError):
        return None
    reason = "unexpected_type" if isinstance(error, msgspec.ValidationError) else "invalid_json"
    text = text if text[1:2].isupper() else text[:1].lower() + text[1:]
    return DecodeError(reason, text, 0, outside + path, None, None, None)


# Types whose parameters have been filled in.


def bound(type: "Any", *, strict: bool = False) -> "Any":
    """A type for msgspec, in which the Structs of events know what their payloads are: ``SQSEvent[Order]``. ``strict``:
    they refuse keys that they do not know."""
    return _bound(type, {}, strict)


def _bound(type, values, strict):
    if isinstance(type, TypeVar):
        return values.get(type, type)
    origin, arguments = get_origin(type), get_args(type)
    struct = type if origin is None else origin
    if inspect.isclass(struct) and issubclass(struct, Event):
        filled = tuple([_bound(argument, values, strict) for argument in arguments])
        known = strict or not all(isinstance(argument, TypeVar) for argument in filled)
        return _struct(struct, filled, strict) if known else type
    if not arguments or origin is typing.Literal or origin is ClassVar:
        return type
    filled = tuple([_bound(argument, values, strict) if not isinstance(argument, list) else argument
                    for argument in arguments])
    if origin in (Union, UnionType):
        return functools.reduce(operator.or_, filled)
    if origin is typing.Annotated:
        return typing.Annotated[(_bound(arguments[0], values, strict), *arguments[1:])]
    return origin[filled]


@functools.cache
def _struct(struct, filled, strict):
    """A Struct of events with its parameters filled in; itself where there is nothing to fill in."""
    parameters = getattr(struct, "__parameters__", ())
    values = {name: value for name, value in zip(parameters, filled, strict=False) if not isinstance(value, TypeVar)}
    hints = typing.get_type_hints(struct, include_extras=True)
    fields, views = [], {}
    for name, wire in zip(struct.__struct_fields__, struct.__struct_encode_fields__, strict=True):
        made = _bound(hints[name], values, strict)
        if made != hints[name]:
            fields.append((name, made, msgspec.field(name=wire, **_default_of(struct, name))))
    for name, view in [pair for base in struct.__mro__ for pair in vars(base).items()]:
        if getattr(view, "parameter", None) in values and name not in views:
            views[name] = view.of(values[view.parameter])
    if not fields and not views and not strict:
        return struct
    config = struct.__struct_config__
    return msgspec.defstruct(struct.__name__, fields, bases=(struct,), namespace=views or None,
                             module=struct.__module__, tag=config.tag, tag_field=config.tag_field,
                             forbid_unknown_fields=strict, frozen=True, kw_only=True, omit_defaults=True)


def _default_of(struct, name):
    field = next(field for field in msgspec.structs.fields(struct) if field.name == name)
    if field.default is not msgspec.NODEFAULT:
        return {"default": field.default}
    if field.default_factory is not msgspec.NODEFAULT:
        return {"default_factory": field.default_factory}
    return {}


@functools.cache
def _decoder(type: "Any", strict: bool) -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(bound(type, strict=strict))


def decode(event: "Any", type: "Any", strict: bool = False) -> "Any":
    """An event (in any form that ``to_arrow`` takes) as a Struct of this package. Raises DecodeError."""
    try:
        return _decoder(type, strict).decode(as_buffer(event))
    except (ValueError, RecursionError) as error:
        made = _decode_error(error)
        if made is None:
            raise
        raise made from error
