"""DynamoDB items as Python objects, and back."""

from . import _core
from ._lower import lower
from .schema import skip

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Any

NUMBERS = ("decimal", "int_float", "str")
BINARIES = ("bytes", "boto3")
# What makes the objects, by the options; each is used by one call at a time.
_idle: "dict[tuple[str, bool, str], list[_core.Objects]]" = {}
_plan: "_core.Plan | None" = None


def _new(numbers, strict, binary):
    global _plan
    if numbers not in NUMBERS:
        raise ValueError(f"numbers must be one of {', '.join(NUMBERS)}, not {numbers!r}")
    if binary not in BINARIES:
        raise ValueError(f"binary must be one of {', '.join(BINARIES)}, not {binary!r}")
    from decimal import Decimal  # takes a while, and is only for those who come here

    wrap = None
    if binary == "boto3":
        from boto3.dynamodb.types import Binary as wrap
    if _plan is None:
        _plan = _core.Plan(lower(skip(), order=()))
    return _core.Objects(_plan, numbers, bool(strict), Decimal, wrap)


class Maker:
    """``with Maker(...) as made``: an idle maker of objects, or a new one where all are in use."""

    __slots__ = ("_key", "_one")

    def __init__(self, numbers, strict, binary):
        self._key = (numbers, strict, binary)

    def __enter__(self):
        try:
            self._one = _idle[self._key].pop()
        except (KeyError, IndexError, TypeError):
            self._one = _new(*self._key)
        return self._one

    def __exit__(self, *_):
        kept = _idle.setdefault(self._key, [])
        if len(kept) < 4:
            kept.append(self._one)


def _one(maker, value, whole):
    if isinstance(value, (bytes, bytearray, memoryview)):
        return maker.text(value, whole)
    if isinstance(value, str):
        return maker.text(value.encode("utf-8", "surrogatepass"), whole)
    return maker.parsed(value, whole)


def _typed(value, type):
    if type is None:
        return value
    import msgspec

    return msgspec.convert(value, type)


def unmarshal(item: "Any", *, numbers: str = "decimal", binary: str = "bytes", type: "Any" = None,
              strict: bool = False) -> "Any":
    """A DynamoDB item, or a list of them, as Python objects: what boto3's ``TypeDeserializer`` makes of its attributes.

    ``item``: the attributes as a dict (``event["Records"][0]["dynamodb"]["NewImage"]``) or as JSON text (bytes, str);
    a list or tuple gives a list. ``numbers``: ``"decimal"`` (Decimal, exact), ``"int_float"`` (int where the value is
    one, else the nearest float) or ``"str"`` (as sent). ``binary``: ``"bytes"``, or ``"boto3"`` (its ``Binary``); the
    base64 of Lambda's events is decoded. Sets are sets, NULL is None. ``type``: what ``msgspec.convert`` makes of the
    item, a Struct say. ``strict``: refuses empty sets and repeated members.

    Raises :class:`lambdarrow.DecodeError` naming the path of what is no AttributeValue.
    """
    with Maker(numbers, strict, binary) as maker:
        if isinstance(item, (list, tuple)):
            return [_typed(_one(maker, each, True), type) for each in item]
        return _typed(_one(maker, item, True), type)


def deserialize(value: "Any", *, numbers: str = "decimal", binary: str = "bytes", strict: bool = False) -> "Any":
    """One AttributeValue (``{"N": "5"}``, a dict or JSON text) as a Python object, as :func:`unmarshal` has it."""
    with Maker(numbers, strict, binary) as maker:
        return _one(maker, value, False)


def marshal(obj: "Any") -> "dict[str, Any]":
    """A Python object as the AttributeValues that DynamoDB takes: the inverse of :func:`unmarshal`.

    ``obj``: a dict (a msgspec Struct, a dataclass) becomes an item, its values AttributeValues; ``serialize`` does
    that to one value. str is S; int, Decimal and float N (a float by its shortest text; no NaN, no infinity); bytes B
    as base64, as Lambda's events have it; bool BOOL; None NULL; set and frozenset SS, NS or BS; list and tuple L;
    dict M.

    Raises ``TypeError`` for what DynamoDB has no type for and ``ValueError`` for a number it cannot hold or an
    empty set, with the path.
    """
    from ._marshal import marshal

    return marshal(obj)


def serialize(value: "Any") -> "dict[str, Any]":
    """One Python object as an AttributeValue; see :func:`marshal`."""
    from ._marshal import serialize

    return serialize(value, "$")
