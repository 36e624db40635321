"""Events as Structs, of a class that is given or that the event says."""

from .._detect import detect
from .._event import as_buffer
from . import struct_of
from ._base import decode as as_struct


def decode(event, type, strict):
    """See :func:`lambdarrow.decode`."""
    event = as_buffer(event)
    found = struct_of(detect(event)) if type is None else type
    # A class whose events are of several classes of their own chooses among them.
    choose = getattr(found, "__choose__", None)
    if choose is not None:
        found = choose(event)
    return as_struct(event, found, strict)
