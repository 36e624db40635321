"""Python types as payload schemas: msgspec Structs, and what else msgspec reads.

``msgspec.inspect`` says what a type is; here that becomes words. A plan reads what msgspec
would read or is refused when it is compiled, with the path of the field: a constraint that
no one checks would be a promise broken in silence. Two differences are by design: a column
keeps what is on the wire (a set keeps its duplicates, ``__post_init__`` does not run), and an
``int`` is an int64 unless the field says more.

A field says more with ``Annotated[T, Meta(extra={...})]``: ``"arrow"`` holds a type of the
grammar and replaces what T would become (``"int32"``, ``"dictionary<utf8>"``, ``"json"``),
``"epoch"``, ``"assume"`` and ``"values"`` are its options (the first two fit a datetime without
``"arrow"`` too); ``"on_mismatch"`` and ``"coerce"`` fit any type; ``"precision"`` and ``"scale"`` go
with a Decimal.

msgspec's rules of presence hold: no default, and the key is required; a null only where the
type has None; a missing key takes the default, encoded once when the plan is compiled.
"""

from . import _grammar, schema
from ._drift import with_options
from ._type_text import MAX_PRECISION, check_text, struct
from .schema import Field

_CONSTRAINTS = ("gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length", "pattern")
_OPTIONS = ("epoch", "assume", "values")
_PLAIN = {
    "BoolType": schema.bool_,
    "IntType": lambda **kw: schema.int_(64, **kw),
    "FloatType": lambda **kw: schema.float_(64, **kw),
    "StrType": schema.utf8,
    "BytesType": schema.binary,
    "ByteArrayType": schema.binary,
    "MemoryViewType": schema.binary,
    "DateType": schema.date32,
    "UUIDType": schema.uuid,
}
_LISTS = ("ListType", "SetType", "FrozenSetType", "VarTupleType")
_OBJECTS = ("StructType", "DataclassType", "TypedDictType")
_REFUSED = {
    "NoneType": "a column of nulls only cannot be stored",
    "TimeType": "there is no time of day among the columns; take str",
    "TimeDeltaType": "there is no duration among the columns; take str or int",
    "TupleType": "a tuple of fixed length has items of several types; take tuple[T, ...] or Any",
    "NamedTupleType": "a NamedTuple is an array on the wire; take a Struct",
    "ExtType": "Ext is of MessagePack, not of JSON",
}


def to_word(spec, path="payload"):
    """The word of a type; a Struct's own name begins the paths of its errors."""
    from msgspec import inspect

    try:
        info = inspect.type_info(spec)
    except (TypeError, NotImplementedError) as error:
        raise TypeError(f"{_culprit(spec, path, inspect.type_info)}: {error}") from None
    if _kind(info) in _OBJECTS:
        path = _bare_class(info.cls).__name__
    return _word(info, path, ())


def _culprit(spec, path, type_info, inside=()):
    """The path of the first field that msgspec itself refuses, which its message does not name."""
    from typing import get_type_hints  # loaded: msgspec is

    if not isinstance(spec, type) or not hasattr(spec, "__annotations__") or spec in inside:
        return path
    if not inside:
        path = spec.__name__
    for name, hint in get_type_hints(spec, include_extras=True).items():
        try:
            type_info(hint)
        except (TypeError, NotImplementedError):
            return _culprit(hint, f"{path}.{name}", type_info, (*inside, spec))
    return path


def _kind(info):
    # By name: the classes themselves would have to be imported to be compared.
    return type(info).__name__


def _bare_class(cls):
    return getattr(cls, "__origin__", cls)


def _word(info, path, inside, extra=None):
    kind = _kind(info)
    if kind == "Metadata":
        return _word(info.type, path, inside, {**(extra or {}), **(info.extra or {})})
    if kind == "UnionType":
        others = [one for one in info.types if _kind(one) != "NoneType"]
        if len(others) != 1:
            raise TypeError(f"{path}: a union of several types has no column; only T | None, or Any, has")
        return _word(others[0], path, inside, extra).but(nullable=True)
    for name in _CONSTRAINTS:
        if getattr(info, name, None) is not None:
            raise TypeError(f"{path}: the constraint {name}={getattr(info, name)!r} would not be checked")
    return with_options(_typed(info, path, inside, extra or {}), extra or {}, path)


def _typed(info, path, inside, extra):
    kind = _kind(info)
    if "arrow" in extra:
        return _overridden(info, extra, path)
    if kind == "DateTimeType":
        return _datetime(info, extra, path)
    for key in _OPTIONS:
        if key in extra:
            raise TypeError(f'{path}: {key!r} needs a type beside it: {{"arrow": "timestamp[ms, UTC]"}}')
    if kind in _PLAIN:
        return _PLAIN[kind](nullable=False)
    if kind in ("AnyType", "RawType"):
        # Both take any value, null among them: null is a slot, everything else its own text.
        return schema.json()
    if kind in _LISTS:
        return schema.list_(_word(info.item_type, path + "[]", inside), nullable=False)
    if kind in ("DictType", "FrozenDictType"):
        return _map(info, path, inside)
    if kind == "DecimalType":
        return _decimal(extra, path)
    if kind == "LiteralType":
        return _choice(info.values, path)
    if kind == "EnumType":
        return _enum(info.cls, path)
    if kind in _OBJECTS:
        return _object(info, path, inside)
    if kind == "CustomType":
        raise TypeError(f"{path}: {info.cls!r} is no type that msgspec knows")
    raise TypeError(f"{path}: {_REFUSED.get(kind, kind + ' has no column')}")


def _overridden(info, extra, path):
    options = {key: extra[key] for key in _OPTIONS if key in extra}
    spec = extra["arrow"]
    word = _grammar.to_word({"type": spec, **options} if options else spec, path)
    takes_null = _kind(info) in ("AnyType", "RawType") or (
        _kind(info) == "LiteralType" and None in info.values
    )
    return word.but(nullable=takes_null)


def _datetime(info, extra, path):
    naive = info.tz is False
    options = {key: extra[key] for key in _OPTIONS if key in extra}
    spec = "timestamp[us]" if naive else "timestamp[us, UTC]"
    return _grammar.to_word({"type": spec, "nullable": False, **options}, path)


def _decimal(extra, path):
    precision, scale = extra.get("precision"), extra.get("scale", 0)
    if precision is None:
        raise TypeError(
            f"{path}: a Decimal needs its precision: "
            'Annotated[Decimal, Meta(extra={"precision": 12, "scale": 2})]'
        )
    if type(precision) is not int or not 1 <= precision <= MAX_PRECISION[256]:
        raise TypeError(f"{path}: the precision goes from 1 to {MAX_PRECISION[256]}, and is no {precision!r}")
    if type(scale) is not int or not 0 <= scale <= precision:
        raise TypeError(f"{path}: the scale goes from 0 to {precision}, and is no {scale!r}")
    return schema.decimal(128 if precision <= MAX_PRECISION[128] else 256, precision, scale, nullable=False)


def _map(info, path, inside):
    key = info.key_type
    if _kind(key) not in ("StrType", "AnyType"):
        raise TypeError(f"{path}: the keys of a map are str, as those of a JSON object are")
    _word(key, path, inside)  # for its constraints
    return schema.map_(_word(info.value_type, path + "{}", inside), nullable=False)


def _enum(cls, path):
    import enum  # loaded: the class is one

    finds_more = getattr(cls._missing_, "__func__", None) is not enum.Enum._missing_.__func__
    if finds_more or issubclass(cls, enum.Flag):
        raise TypeError(f"{path}: {cls.__name__} takes values that are not its members")
    return _choice(tuple(member.value for member in cls), path)


def _choice(values, path):
    """The word of a Literal or an Enum."""
    chosen = tuple(value for value in values if value is not None)
    kw = {"nullable": len(chosen) < len(values)}
    if chosen and all(isinstance(value, str) for value in chosen):
        for text in chosen:
            check_text(text, path)
        return schema.dictionary(values=chosen, **kw)
    if chosen and all(isinstance(value, int) and not isinstance(value, bool) for value in chosen):
        # msgspec itself takes none that an int64 does not hold.
        return schema.int_(64, allowed=chosen, **kw)
    raise TypeError(f"{path}: the values of a Literal or an Enum are all str or all int, not {chosen!r}")


def _object(info, path, inside):
    cls = info.cls
    if cls in inside:
        raise TypeError(
            f"{path}: {_bare_class(cls).__name__} holds itself, and a column has no endless type; "
            'Annotated[..., Meta(extra={"arrow": "json"})] keeps the text of the inner ones'
        )
    if getattr(info, "array_like", False):
        raise TypeError(f"{path}: array_like, an array on the wire, has no names to match")
    if getattr(info, "tag", None) is not None:
        raise TypeError(f"{path}: a tagged Struct is one of a union, and unions have no column")
    fields = info.fields
    if not fields:
        raise TypeError(f"{path}: a struct without fields cannot be stored (Parquet refuses it); take Any")
    if _kind(info) == "TypedDictType":
        # msgspec sorts them by name; columns stand as they were declared.
        declared = list(_bare_class(cls).__annotations__)
        fields = sorted(fields, key=lambda field: declared.index(field.name))
    return struct(
        [_field(field, f"{path}.{field.name}", (*inside, cls)) for field in fields],
        path,
        closed=getattr(info, "forbid_unknown_fields", False),
        nullable=False,
    )


def _field(field, path, inside):
    word = _word(field.type, path, inside)
    return Field(
        field.encode_name,
        word,
        field.name,
        required=field.required,
        default=None if field.required else _default(field, word, path),
    )


def _default(field, word, path):
    """The default as JSON text; None where a missing key is null."""
    from msgspec import NODEFAULT, json

    if field.default_factory is not NODEFAULT:
        value = field.default_factory()
    elif field.default is not NODEFAULT:
        value = field.default
    else:
        return None
    if value is None:
        return None
    try:
        text = json.encode(value)
        again = text if field.default_factory is NODEFAULT else json.encode(field.default_factory())
    except (TypeError, ValueError) as error:
        raise TypeError(f"{path}: the default has no JSON form: {error}") from None
    if text != again:
        raise TypeError(f"{path}: default_factory makes a new value each time; a plan has one")
    if not text:
        return None  # Raw(), which stands for a key that is not there
    if text == b"null":
        raise TypeError(f"{path}: the default {value!r} has no JSON form")
    if word.options.get("epoch") is not None and text.startswith(b'"'):
        raise TypeError(f"{path}: with an epoch the wire has numbers, and so has the default; take int")
    return text
