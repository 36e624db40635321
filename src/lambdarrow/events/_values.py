"""Values as Java's JSON has them, and the error of those that are none."""

from collections.abc import Sequence
from typing import Any

from .._errors import DecodeError

__all__ = ["bytes_of", "integer_of", "refused"]

_NOWHERE: Any = None    # what is found in a Struct stands nowhere in the event's text


def refused(reason: str, text: str, path: str) -> DecodeError:
    """A value that is not what it should be. ``path``: from its own Struct."""
    return DecodeError(reason, text, 0, path, None, _NOWHERE, None)


def bytes_of(numbers: Sequence[int], path: str) -> bytes:
    """The bytes that these numbers are, signed in most events and unsigned in some. Raises DecodeError."""
    try:
        return bytes([number + 256 if -128 <= number < 0 else number for number in numbers])
    except ValueError:
        raise refused("out_of_range", "a number that is no byte", path) from None


def integer_of(sent: int | str, path: str) -> int:
    """The integer that is a number or text on the wire. Raises DecodeError for text other than digits."""
    if isinstance(sent, str) and not (sent.removeprefix("-").isdigit() and sent.isascii()):
        raise refused("invalid_number", f"{sent!r} is no integer", path)
    return int(sent)
