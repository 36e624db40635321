"""What an event has that its Struct has not."""

from typing import Any

import msgspec

from .._event import as_buffer
from ._struct import Event

__all__ = ["unknown"]


def unknown(raw: Any, event: Any) -> dict[str, Any]:
    """What ``raw``, an event in any form that :func:`lambdarrow.decode` takes, has under keys that ``event``, which was
    made of it, has no fields for: a path (``$.Records[0].newKey``) -> what JSON makes of the value. Payloads are the
    user's, and not looked into.
    """
    found: dict[str, Any] = {}
    _compare(msgspec.json.decode(as_buffer(raw)), event, "$", found)
    return found


def _compare(sent: Any, made: Any, path: str, found: dict[str, Any]) -> None:
    if isinstance(made, Event) and isinstance(sent, dict):
        fields = dict(zip(made.__struct_encode_fields__, made.__struct_fields__, strict=True))
        for key, value in sent.items():
            if key in fields:
                _compare(value, getattr(made, fields[key]), f"{path}.{key}", found)
            else:
                found[f"{path}.{key}"] = value
    elif isinstance(made, list) and isinstance(sent, list):
        for index, (value, part) in enumerate(zip(sent, made, strict=True)):
            _compare(value, part, f"{path}[{index}]", found)
    elif isinstance(made, dict) and isinstance(sent, dict):
        for key, part in made.items():
            _compare(sent[key], part, f"{path}.{key}", found)
