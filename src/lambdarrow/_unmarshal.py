"""DynamoDB items as Python objects, and back."""

from . import _core
from ._core import deserialize, unmarshal
from ._lower import lower
from .schema import skip

__all__ = ["deserialize", "marshal", "serialize", "unmarshal"]

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Any

NUMBERS = ("decimal", "int_float", "int_decimal", "str")
BINARIES = ("bytes", "boto3")
_plan: "_core.Plan | None" = None


def check(numbers: object, binary: object) -> None:
    """Refuses options that do not exist."""
    if numbers not in NUMBERS:
        raise ValueError(f"numbers must be one of {', '.join(NUMBERS)}, not {numbers!r}")
    if binary not in BINARIES:
        raise ValueError(f"binary must be one of {', '.join(BINARIES)}, not {binary!r}")


def _decimal(text: str) -> "Any":
    """A Decimal, on the way to an integer that no int64 holds: decimal takes a while, and most have none."""
    from decimal import Decimal

    return Decimal(text)


def maker(numbers: str, binary: str, strict: object) -> "_core.Objects":
    """What makes objects, for one user at a time."""
    global _plan
    make = _decimal
    if numbers in ("decimal", "int_decimal"):
        from decimal import Decimal as make
    wrap = None
    if binary == "boto3":
        from boto3.dynamodb.types import Binary as wrap
    if _plan is None:
        _plan = _core.Plan(lower(skip(), order=()))
    return _core.Objects(_plan, numbers, bool(strict), make, wrap)


def converted(made: "Any", type: "Any") -> "Any":
    """An item, or a list of them, as ``msgspec.convert`` has it."""
    import msgspec

    return [msgspec.convert(one, type) for one in made] if isinstance(made, list) else msgspec.convert(made, type)


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
