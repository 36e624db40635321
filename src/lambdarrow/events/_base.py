"""What the Structs of all events have in common.

An event is *wire-faithful*: its fields hold what was sent, so that ``msgspec.json.encode`` gives an equal document.
Where the wire's form is not what a handler wants, the field's name ends in ``_raw``, and the name without it is a view:
an aware datetime, bytes, a payload. A field whose default is None may be absent; one whose default is ``UNSET`` may be
absent or null, and keeps which.
"""

import functools
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from .._event import as_buffer
from ._bound import bound
from ._payload import Payload, json_of
from ._refused import decode_error, refused
from ._struct import Event, Records
from ._views import base64_of, bytes_of, epoch_ms, epoch_s, integer_of, iso

__all__ = ["UNSET", "Event", "Payload", "Records", "UnsetType", "base64_of", "bound", "bytes_of", "decode", "decode_by",
           "epoch_ms", "epoch_s", "integer_of", "iso", "json_of", "refused"]


@functools.cache
def _decoder(type: Any, strict: bool) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(bound(type, strict=strict))


def decode(event: Any, type: Any, strict: bool = False) -> Any:
    """An event (in any form that ``to_arrow`` takes) as a Struct of this package. Raises DecodeError."""
    # A class whose events are of several classes of their own chooses among them.
    choose = getattr(type, "__choose__", None)
    if choose is not None:
        event = as_buffer(event)
        type = choose(event)
    return decode_by(_decoder(type, strict), event)


def decode_by(decoder: msgspec.json.Decoder[Any], event: Any) -> Any:
    """The same by a decoder that is there already."""
    text = as_buffer(event)
    if type(text) is not bytes:
        text = bytes(text)  # a Raw looks into it later, when its owner may have written something else there
    try:
        return decoder.decode(text)
    except (ValueError, RecursionError) as error:
        made = decode_error(error, text)
        if made is None:
            raise
        raise made from error
