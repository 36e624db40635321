"""Bytes as Java's JSON has them: lists of numbers, signed in most events and unsigned in some."""

from collections.abc import Sequence

from .._errors import DecodeError

__all__ = ["bytes_of"]


def bytes_of(numbers: Sequence[int], path: str) -> bytes:
    """The bytes that these numbers are. Raises DecodeError naming the ``path`` for one that is none."""
    try:
        return bytes([number + 256 if -128 <= number < 0 else number for number in numbers])
    except ValueError:
        raise DecodeError("out_of_range", "a number that is no byte", 0, path, None, None, None) from None
