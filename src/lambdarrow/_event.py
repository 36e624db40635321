"""An event in any of the forms that users have, as bytes."""

import sys


def _dumps(event):
    """JSON of a dict, by what is loaded already; msgspec, which every installation has, otherwise."""
    orjson = sys.modules.get("orjson")
    try:
        if orjson is not None:
            return orjson.dumps(event)
        import msgspec

        return msgspec.json.encode(event)
    except Exception:
        # 10**30, a lone surrogate: one poison record must not lose the batch. What JSON cannot say
        # at all (NaN, objects of other types) is an error here too.
        import json

        return json.dumps(event, allow_nan=False).encode()


def as_buffer(event):
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
