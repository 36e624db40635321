"""Plans of a few words, for tests: lowered, checked, run, and looked at as Python values."""

import base64
import gzip
import json

import pytest

from lambdarrow import DecodeError, _core
from lambdarrow._batch import Batch
from lambdarrow._lower import lower
from lambdarrow.schema import Field, explode, object_


def lowered(word, **options):
    """The tables of a tree of words; the batch's columns are all its top columns unless `order` says otherwise."""
    if "order" not in options:
        plan = lower(word, order=())
        nested = {child for column in plan.columns for child in column.children}
        tops = [
            column
            for index, column in enumerate(plan.columns)
            if index not in nested and index != plan.record_column and column.kind != "ROWS"
        ]
        options["order"] = tuple(dict.fromkeys(column.top for column in tops if column.top != "_metadata"))
    return lower(word, **options)


def decoder(word, *, on_error="raise", **options):
    return _core.Decoder(_core.Plan(lowered(word, corrupt=on_error == "null", **options)), on_error)


def text_of(event):
    """The event's bytes: as they are, or as json writes a value."""
    return event if isinstance(event, bytes) else json.dumps(event).encode()


def decode(word, event, **options):
    return Batch(decoder(word, **options).decode(text_of(event)), None)


def rows_of(word, event, **options):
    return decode(word, event, **options).to_pylist()


def records(*fields):
    """An event that is a list of objects, each a record with these fields."""
    return explode(object_(fields, nullable=False), unit=True, nullable=False)


def values_of(word, *texts, **options):
    """The values that a word makes of JSON texts, one record a text."""
    batch = decode(records(Field("v", word)), event_of(texts), **options)
    return batch["v"].to_pylist()


def event_of(texts):
    return (
        b"[" + b",".join(b'{"v":' + (t if isinstance(t, bytes) else t.encode()) + b"}" for t in texts) + b"]"
    )


def is_json(text):
    try:
        json.loads(text, parse_constant=int)
    except UnicodeDecodeError:
        return True  # json decodes first, we look at brackets first: what is wrong is one string
    except ValueError:
        return False
    return True


def reason_of(word, text, **options):
    """Why the word refuses this JSON text, between two records that it must not touch.

    What is no JSON at all fails the event: nothing behind it can be told apart.
    """
    event = event_of([b"null", text, b"null"])
    if not is_json(event):
        with pytest.raises(DecodeError) as caught:
            decode(records(Field("v", word)), event, on_error="collect", **options)
        return caught.value.reason
    batch = decode(records(Field("v", word)), event, on_error="collect", **options)
    assert batch.record_index.to_pylist() == [0, 2], (text, batch.failures)
    (failure,) = batch.failures
    assert failure.index == 1
    return failure.reason


def b64(data):
    return base64.b64encode(data).decode()


def packed(value):
    """base64 of gzip of JSON, as CloudWatch Logs delivers."""
    return b64(gzip.compress(text_of(value), mtime=0))
