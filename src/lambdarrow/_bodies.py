"""What sources of HTTP requests have in common: a body that is text, or base64 where the event says so."""

from . import _decoder, _two_forms
from ._source import _LIMITS, Source
from .schema import Field, alone, base64, bool_, object_, string, utf8

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Unpack

    from ._types import Options
    from .schema import Word

_FLAG = "isBase64Encoded"


def _text(inner: "Word", **_: "Any") -> "Word":
    return string(inner)


def _encoded(inner: "Word", **_: "Any") -> "Word":
    return base64(inner)


def sources(name: str, envelope: "Callable[..., Word]", columns: "tuple[str, ...]",
            on_request: "tuple[str, ...]" = ()) -> "tuple[Source, Source]":
    """The declarations for requests whose body is text, and whose body is base64; they differ under a payload."""
    text, encoded = (
        Source(name, envelope, payload="body", bare=utf8(), layer=layer, columns=columns, on_request=on_request)
        for layer in (_text, _encoded))
    return text, encoded


def _flag() -> "Word":
    return alone(object_((Field(_FLAG, bool_()),), nullable=False))


_LOOK: "list[_decoder.Decoder]" = []


def _is_encoded(event: "Any") -> bool:
    if not _LOOK:
        source = Source("flag", _flag, payload=None, bare=None, layer=None, typed=(), columns=(_FLAG,))
        # As deep as any: what is too deep for the request's own decoder it will say itself.
        _LOOK.append(_decoder.Decoder(source, on_error="null", limits={"depth": _LIMITS["depth"]}))
    from ._errors import DecodeError

    try:
        return _LOOK[0].to_arrow(event)[_FLAG].to_pylist()[0] is True
    except DecodeError:
        return False    # broken, as the request's own decoder will say


def _is_text(event: "Any") -> bool:
    return False


class Decoder(_two_forms.Decoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ()

    def __init__(self, text: "Source", encoded: "Source", **options: "Unpack[Options]") -> None:
        # Without a payload the column has what was sent, which is text in either form.
        look = _is_text if options.get("payload") is None else _is_encoded
        super().__init__(text, encoded, look, **options)
