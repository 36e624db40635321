"""Structs of events whose parameters have been filled in, as classes that msgspec decodes: ``SQSEvent[Order]``."""

import functools
import inspect
import operator
import typing
from collections.abc import Callable
from types import UnionType
from typing import Any, ClassVar, TypeVar, Union, get_args, get_origin

import msgspec

from ._struct import Event

__all__ = ["bound"]


def bound(type: Any, *, strict: bool = False) -> Any:
    """A type for msgspec, in which the Structs of events know what their payloads are. ``strict``: they refuse keys
    that they do not know, and so do those in payloads."""
    return _bound(type, {}, strict)


def _bound(type: Any, values: dict[Any, Any], strict: bool) -> Any:
    if isinstance(type, TypeVar):
        return values.get(type, type)
    origin, arguments = get_origin(type), get_args(type)
    struct = type if origin is None else origin
    if inspect.isclass(struct) and issubclass(struct, Event):
        filled = tuple([_bound(argument, values, strict) for argument in arguments])
        known = strict or not all(isinstance(argument, TypeVar) for argument in filled)
        return _struct(struct, filled, strict) if known else type
    return _parts(type, lambda part: _bound(part, values, strict))


def _parts(type: Any, change: Callable[[Any], Any]) -> Any:
    """A type made of others, each of them changed."""
    origin, arguments = get_origin(type), get_args(type)
    if not arguments or origin is typing.Literal or origin is ClassVar:
        return type
    if origin is typing.Annotated:
        return typing.Annotated[(change(arguments[0]), *arguments[1:])]
    changed = tuple([change(part) if not isinstance(part, list) else part for part in arguments])
    if origin in (Union, UnionType):
        return functools.reduce(operator.or_, changed)
    return origin[changed]


@functools.cache
def _struct(struct: Any, filled: tuple[Any, ...], strict: bool) -> Any:
    """A Struct of events with its parameters filled in; itself where there is nothing to fill in."""
    if "__made_of__" in vars(struct):
        return struct
    values = _values_of(struct, filled)
    hints = typing.get_type_hints(struct, include_extras=True)
    fields: list[Any] = []
    for name, wire in zip(struct.__struct_fields__, struct.__struct_encode_fields__, strict=True):
        made = _bound(hints[name], values, strict)
        if made != hints[name]:
            fields.append((name, made, msgspec.field(name=wire, **_default_of(struct, name))))
    views = _views_of(struct, values, strict)
    if not fields and not views and not strict:
        return struct
    config = struct.__struct_config__
    namespace = views | {"__made_of__": (bound_again, (_spelled(struct, filled), strict))}
    return msgspec.defstruct(struct.__name__, fields, bases=(struct,), namespace=namespace,
                             module=struct.__module__, tag=config.tag, tag_field=config.tag_field,
                             forbid_unknown_fields=strict, frozen=True, kw_only=True, omit_defaults=True)


def _values_of(struct: Any, filled: tuple[Any, ...]) -> dict[Any, Any]:
    """What the parameters of a Struct stand for, and those of its bases, which may go by other names there."""
    values = dict(zip(getattr(struct, "__parameters__", ()), filled, strict=False))
    for base in struct.__mro__:
        for alias in vars(base).get("__orig_bases__", ()):
            for name, argument in zip(getattr(get_origin(alias), "__parameters__", ()), get_args(alias), strict=False):
                values.setdefault(name, values.get(argument, argument))
    return values


def _views_of(struct: Any, values: dict[Any, Any], strict: bool) -> dict[str, Any]:
    """The views that are others now that their parameters are known, by name."""
    found: dict[str, Any] = {}
    for base in struct.__mro__:
        for name, view in vars(base).items():
            if name not in found and isinstance(getattr(view, "parameter", None), TypeVar):
                found[name] = (view, view.of(values.get(view.parameter, view.parameter), strict))
    return {name: made for name, (view, made) in found.items() if made is not view}


def _default_of(struct: Any, name: str) -> dict[str, Any]:
    field = next(field for field in msgspec.structs.fields(struct) if field.name == name)
    if field.default is not msgspec.NODEFAULT:
        return {"default": field.default}
    if field.default_factory is not msgspec.NODEFAULT:
        return {"default_factory": field.default_factory}
    return {}


# What pickle writes down in place of a class that is found in no module.


def bound_again(type: Any, strict: bool) -> Any:
    """``bound``, for pickle."""
    return bound(type, strict=strict)


def _spelled(struct: Any, filled: tuple[Any, ...]) -> Any:
    return struct[tuple([_spelling(part) for part in filled])] if filled else struct


def _spelling(type: Any) -> Any:
    """A type as its user has written it."""
    made_of = vars(type).get("__made_of__") if inspect.isclass(type) else None
    return made_of[1][0] if made_of is not None else _parts(type, _spelling)
