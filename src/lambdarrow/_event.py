"""An event in any of the forms that users have, as bytes."""

import sys

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Any


def _dumps(event: "Any") -> "Any":
    """JSON of a dict, by what is loaded already; msgspec, which every installation has, otherwise.

    What JSON has no word for is not a parsed event: NaN becomes null, as those libraries have it.
    """
    orjson = sys.modules.get("orjson")
    try:
        if orjson is not None:
            return orjson.dumps(event)
        import msgspec

        return msgspec.json.encode(event)
    except Exception:
        # 10**30, a lone surrogate: one poison record must not lose the batch.
        import json

        try:
            return json.dumps(event, allow_nan=False).encode()
        except RecursionError:
            from ._errors import DecodeError

            raise DecodeError("too_deep", "nested deeper than the limit", 0, "$", None, 0, None) from None


def as_buffer(event: "Any") -> "Any":
    """``event`` (bytes-like, str, or what ``json.loads`` made of it) as an object with a buffer."""
    if isinstance(event, (bytes, bytearray, memoryview)):
        return event
    if isinstance(event, str):
        try:
            return event.encode()
        except UnicodeEncodeError:
            return event.encode("utf-8", "surrogatepass")  # not UTF-8, as our own checks will say
    if isinstance(event, (dict, list)):
        return _dumps(event)
    try:
        return memoryview(event)
    except TypeError:
        raise TypeError(
            "an event is bytes, bytearray, memoryview, mmap, str, or the dict a handler receives, "
            f"not {type(event).__name__}"
        ) from None
