"""Structs of events against json: a document that was decoded and encoded again is equal."""

import base64
import json
from pathlib import Path

import msgspec
import pytest

import lambdarrow
from lambdarrow.events import _base

FOLDER = Path(__file__).parents[3] / "shared" / "samples"


def text_of(event):
    """An event as bytes; a dict or list by json."""
    return event if isinstance(event, bytes) else json.dumps(event).encode()


def round_trip(event, type):
    """The event as a Struct, by both roads, once it has been held against json."""
    text = text_of(event)
    made = _base.decode(text, type)
    assert json.loads(msgspec.json.encode(made)) == json.loads(text)
    assert _base.decode(json.loads(text), type) == made
    return made


def strict_trip(event, type):
    """The same, where every key of the event must have a field."""
    _base.decode(text_of(event), type, strict=True)
    return round_trip(event, type)


def refusal(event, type, see=None):
    """What decoding the event, or seeing what `see` takes from it, ends with."""
    made = None
    if see is not None:
        made = _base.decode(text_of(event), type)
    with pytest.raises(lambdarrow.DecodeError) as caught:
        _base.decode(text_of(event), type) if see is None else see(made)
    return caught.value


def without(value, *path):
    """A copy in which the key at the end of the path is absent."""
    made = json.loads(json.dumps(value))
    inner = made
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return made


def changed(value, to, *path):
    """A copy in which this stands at the end of the path."""
    made = json.loads(json.dumps(value))
    inner = made
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = to
    return made


def b64(data):
    return base64.b64encode(data).decode()


def each_sample(*names):
    """Parametrizes `sample`, the bytes of these samples; skipped where they do not lie beside the repository."""
    present = FOLDER.is_dir()
    missing = [name for name in names if present and not (FOLDER / f"{name}.json").is_file()]
    if missing or not names:
        raise AssertionError(f"no such samples: {missing}")
    skip = pytest.mark.skipif(not present, reason="no sample events beside the repository")

    def marked(test):
        values = [(FOLDER / f"{name}.json").read_bytes() if present else b"" for name in names]
        return skip(pytest.mark.parametrize("sample", values, ids=names)(test))

    return marked
