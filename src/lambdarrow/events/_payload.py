"""What a field of text carries, as a view of its Struct."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET

from .. import _core
from ._bound import bound
from ._refused import decode_error

__all__ = ["Payload", "json_of"]


class Payload(_core.Payload):
    """A view of what the text in the field ``raw`` carries: an object of the type that takes the place of
    ``parameter``, by default the text itself, or the bytes where it is ``base64`` (True, or the name of the field that
    says so). ``name``: of the view. Its Struct needs ``dict=True``.
    """

    parameter: TypeVar

    def __new__(cls, parameter: TypeVar, name: str, raw: str, base64: bool | str = False, type: Any = None,
                convert: Callable[[Any], Any] | None = None) -> "Payload":
        new: Any = super().__new__
        made: Payload = new(cls, name, raw, base64, UNSET, _converter(type, base64) if convert is None else convert)
        made.parameter = parameter
        made._base64 = base64
        return made

    _base64: bool | str

    def of(self, type: Any, strict: bool) -> "Payload":
        """The view of a payload of this type, which knows itself whether it is strict; a TypeVar where the type is not
        known."""
        if isinstance(type, TypeVar):
            return self
        return self.__class__(self.parameter, self.name, self.raw, self._base64, type)


def _converter(type: Any, base64: bool | str) -> Callable[[Any], Any] | None:
    """What makes an object of a type from the str or bytes of a payload; None where they are it."""
    if type is None or (type is bytes and base64 is True) or (type is str and base64 is False):
        return None
    if type is str:
        return lambda data: data if isinstance(data, str) else data.decode()
    if type is bytes:
        return lambda data: data if isinstance(data, bytes) else data.encode()
    return msgspec.json.Decoder(bound(type)).decode


def json_of(text: str, type: Any, path: str) -> Any:
    """What a JSON text says, as an object of this type. ``path``: of its field. Raises DecodeError."""
    try:
        return msgspec.json.decode(text, type=type)
    except (ValueError, RecursionError) as error:
        made = decode_error(error, text, f"{path} → ")
        if made is None:
            raise
        raise made from error
