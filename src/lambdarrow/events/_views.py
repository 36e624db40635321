"""Typed views of what the wire has as text or as numbers.

Each takes what was sent and the path of its field, which the error names: ``epoch_ms(self.timestamp_raw,
"$.timestamp")``. What is absent or null is None. Whatever is out of the ordinary is left to the engine that fills
columns, so that a view and a column have the same value or the same error.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import overload

from msgspec import UnsetType

from .. import _core
from ._refused import judged, refused

__all__ = ["base64_of", "bytes_of", "epoch_ms", "epoch_s", "integer_of", "iso"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _at(microseconds: int, path: str) -> datetime:
    try:
        return _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        raise refused("out_of_range", "the value does not fit the type", path) from None


@overload
def epoch_ms(sent: int | str, path: str) -> datetime: ...
@overload
def epoch_ms(sent: int | str | UnsetType | None, path: str) -> datetime | None: ...


def epoch_ms(sent: int | str | UnsetType | None, path: str) -> datetime | None:
    """The time of milliseconds since 1970, a number or its text. Raises DecodeError."""
    if isinstance(sent, int):
        return _at(sent * 1000, path)
    if not isinstance(sent, str):
        return None
    return _at(int(sent) * 1000, path) if _plain(sent) else judged("epoch_ms_text", sent, path)


@overload
def epoch_s(sent: int | float, path: str) -> datetime: ...
@overload
def epoch_s(sent: int | float | UnsetType | None, path: str) -> datetime | None: ...


def epoch_s(sent: int | float | UnsetType | None, path: str) -> datetime | None:
    """The time of seconds since 1970, to the microsecond. Raises DecodeError."""
    if isinstance(sent, int):
        return _at(sent * 1_000_000, path)
    if not isinstance(sent, float):
        return None
    if abs(sent) >= 1 << 33:
        # From the year 2242 on doubles lie farther apart than microseconds; the shortest text of one is what was sent.
        from decimal import Decimal

        return _at(round(Decimal(repr(sent)) * 1_000_000), path)
    # As a product of a million it would be less exact.
    whole = int(sent)
    return _at(whole * 1_000_000 + round((sent - whole) * 1_000_000), path)


@overload
def iso(sent: str, path: str) -> datetime: ...
@overload
def iso(sent: str | UnsetType | None, path: str) -> datetime | None: ...


def iso(sent: str | UnsetType | None, path: str) -> datetime | None:
    """The time of an ISO 8601 text, with the offset that it has. Raises DecodeError."""
    if not isinstance(sent, str):
        return None
    count = _core.iso_microseconds(sent)
    made: datetime = judged("iso", sent, path) if count is None else _at(count, path)
    if sent[-1] in "Zz":
        return made
    # datetime's own reading is for the offset alone: it takes much that is no such time.
    return made.astimezone(datetime.fromisoformat(sent).tzinfo)


def _plain(text: str) -> bool:
    """Whether this is an integer as AWS writes them: what is unusual, the engine may read."""
    return text.isdigit() and text.isascii() and len(text) < 19 and (text[0] != "0" or text == "0")


@overload
def integer_of(sent: int | str, path: str) -> int: ...
@overload
def integer_of(sent: int | str | UnsetType | None, path: str) -> int | None: ...


def integer_of(sent: int | str | UnsetType | None, path: str) -> int | None:
    """The integer that is a number or text on the wire. Raises DecodeError."""
    if isinstance(sent, str):
        return int(sent) if _plain(sent) else judged("integer", sent, path)
    return sent if isinstance(sent, int) else None


def bytes_of(numbers: Sequence[int], path: str) -> bytes:
    """The bytes that these numbers are, signed in most events and unsigned in some. Raises DecodeError."""
    try:
        return bytes([number + 256 if -128 <= number < 0 else number for number in numbers])
    except ValueError:
        raise refused("out_of_range", "a number that is no byte", path) from None


@overload
def base64_of(sent: str, path: str) -> bytes: ...
@overload
def base64_of(sent: str | UnsetType | None, path: str) -> bytes | None: ...


def base64_of(sent: str | UnsetType | None, path: str) -> bytes | None:
    """The bytes of a base64 text. Raises DecodeError."""
    if not isinstance(sent, str):
        return None
    made = _core.base64_bytes(sent)
    if made is None:
        made = judged("base64", sent, path)
    return made
