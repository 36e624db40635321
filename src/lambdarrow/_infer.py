"""Payload schemas from samples: ``infer_schema``, and the shell's ``lambdarrow infer`` on top of it.

The source's own decoder brings the payloads as text, the standard json parses them, ``_lattice.py``
says what they have in common.
"""

import json

from ._detect import FILES, SOURCES, UnknownSource, with_columns
from ._event import as_buffer
from ._grammar import describe
from ._lattice import Place, word_of
from ._payload_schema import PayloadSchema

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._types import Event

_DEPTH = 128  # of brackets in a payload: what the engine takes by default, under any schema
# A decimal of the widest column, its sign, and one digit more.
_INTEGER_LENGTH = 40


class NothingToInfer(ValueError):
    """Events without a payload, or without one that is JSON."""


def infer_schema(events: "Event | Iterable[Event]", *, source: str = "auto", sample: int = 1000,
                 timestamps: bool = False) -> "PayloadSchema":
    """The schema that reads the payloads of a sample of events; ``payload=`` takes it.

    ``events``: an event in any form that ``to_arrow`` takes but a list, or an iterable of such events.
    ``source``: ``"auto"`` looks at each event. ``sample``: how many payloads to look at, from the first;
    no more events are taken from the iterable than that takes. ``timestamps``: strings that are
    all ISO 8601 times with an offset become timestamps, those that are all days become dates.

    Payloads that are not JSON, that nest deeper than the engine's limit or hold a lone surrogate are left
    out and counted: ``schema.skipped``. Every field is nullable, since a sample cannot say what is always
    there. A text is ``"json"`` where it is the whole payload: ``payload="utf8"`` means the bytes, quotes and all.

    Raises ``ValueError`` for a wrong option, an event of no known source
    (:class:`UnknownSource`), no payload at all or none that is JSON; :class:`lambdarrow.DecodeError`.
    """
    inference = Inference(source=source, sample=sample, timestamps=timestamps)
    for event in _each(events):
        inference.add(event)
        if inference.is_full():
            break
    return inference.schema()


def _each(events):
    """The events of one event or of several."""
    if isinstance(events, (str, dict)):
        return (events,)
    try:
        memoryview(events)
    except TypeError:
        pass
    else:
        return (events,)
    try:
        return iter(events)
    except TypeError:
        raise TypeError(
            "events are an event (bytes, bytearray, memoryview, mmap, str, or the dict a handler receives) "
            f"or an iterable of events, not {type(events).__name__}"
        ) from None


class Inference:
    """The state of one inference: what was seen so far, and the decoders that bring more of it."""

    def __init__(self, *, source="auto", sample=1000, timestamps=False):
        if not isinstance(sample, int) or sample < 1:
            raise ValueError(f"sample must be an integer of at least 1, not {sample!r}")
        self.source = source
        self.sample = sample
        self.timestamps = timestamps
        self.decoders = {}
        self.place = Place()
        self.items = self.observer = None   # the source whose items are looked at, and what looks at them
        self.met = ()
        self.n_events = self.sampled = self.skipped = 0
        self.first_skipped = None  # (source, event, record, what is wrong)
        if source != "auto" and _module(source).SOURCE.payload is None:
            raise ValueError(f"source: {source} carries no payload")

    def is_full(self):
        """Whether the sample is as large as was asked for."""
        return self.sampled + self.skipped >= self.sample

    def add(self, event):
        """Looks at the payloads of one more event. Raises DecodeError or UnknownSource; nothing was seen then."""
        event = bytes(as_buffer(event))
        source = with_columns(event) if self.source == "auto" else self.source
        if _module(source).SOURCE.payload is None:
            raise UnknownSource(f"an event of {source}, which carries no payload")
        items = _module(source).SOURCE.items
        if self.n_events and self.items != (source if items else None):
            raise UnknownSource(f"an event of {source} among others: what DynamoDB's items and payloads have in common "
                                "is no schema")
        if items:
            self._add_items(source, event)
            return
        payloads = self._payloads(source, event)
        self.n_events += 1
        for record, text in payloads:
            if self.is_full():
                return
            try:
                self.place.see(_value_of(text), times=self.timestamps)
            except (ValueError, RecursionError) as error:
                self.skipped += 1
                if self.first_skipped is None:
                    self.first_skipped = source, event, record, str(error)
            else:
                self.sampled += 1

    def _add_items(self, source, event):
        """DynamoDB says the types of its values itself."""
        from ._attributes import merged
        from ._images import Observer

        module = _module(source)
        if self.observer is None:
            self.items, self.observer = source, Observer(module.SOURCE)
        if hasattr(module, "prepared"):
            event = module.prepared(event)
        met, failed, n_read = self.observer.look(event, at_most=self.sample - self.sampled - self.skipped)
        self.met = merged(self.met, met)
        self.n_events += 1
        self.sampled += n_read
        self.skipped += len(failed)
        if failed and self.first_skipped is None:
            self.first_skipped = source, event, min(failed), "no item of DynamoDB"

    def _payloads(self, source, event):
        """(record, text) of each payload in order; the text is not JSON where the record could not be decoded."""
        if source not in self.decoders:
            # Bytes as text; a JSON value that stands in the event itself as its own text.
            layered = _module(source).SOURCE.layer is not None
            self.decoders[source] = _decoder(source, "utf8" if layered else "json")
        decoder = self.decoders[source]
        batch = decoder.to_arrow(event)
        texts = zip(batch.record_index, batch[decoder.source.payload], strict=True)
        found = [(record, text) for record, text in texts if text is not None]
        found += [(failure.index, "") for failure in batch.failures]
        return sorted(found, key=lambda payload: payload[0])

    def why_skipped(self):
        """What is wrong with the first payload that was skipped; if it can, the decoder says it, which
        knows the path and what other formats look like."""
        source, event, record, otherwise = self.first_skipped
        failures = _decoder(source, "json").to_arrow(event).failures
        return next((str(failure) for failure in failures if failure.index == record), f"record {record}: {otherwise}")

    def schema(self):
        """The schema of what was seen. Raises :class:`NothingToInfer`."""
        from ._attributes import struct_of
        from ._attributes import word_of as item_word_of

        images = self.met[1] if self.met else None  # keys, images
        if not self.sampled or (self.items and not images[0]):
            if not self.skipped:
                raise NothingToInfer(f"no payload in {self.n_events} events: there is nothing to infer a schema from")
            raise NothingToInfer(f"no payload is readable JSON; the first of {self.skipped}: {self.why_skipped()}")
        word = word_of(self.place) if self.items is None else item_word_of(struct_of(images[5]))
        spec = "json" if word.op == "utf8" else describe(word)
        return PayloadSchema(
            spec, sampled=self.sampled, skipped=self.skipped, takes_null=self.place.takes_null())


def _module(source):
    """The public module of a source."""
    import lambdarrow

    module = getattr(lambdarrow, source) if source in lambdarrow._MODULES else None
    if not hasattr(module, "SOURCE"):
        raise ValueError(f"source must be auto, {', '.join(SOURCES + FILES)}, not {source!r}")
    return module


def _decoder(source, payload):
    """A decoder of nothing but the payloads."""
    module = _module(source)
    options = {"image" if module.SOURCE.items else "payload": payload}
    return module.Decoder(columns=[module.SOURCE.payload], on_error="collect", **options)


def _refuse(word):
    raise ValueError(f"{word} is not JSON")


def _integer(digits):
    # Python refuses integers of thousands of digits. One that no column holds is told by its first ones.
    return int(digits[:_INTEGER_LENGTH])


_JSON = json.JSONDecoder(object_pairs_hook=tuple, parse_int=_integer, parse_constant=_refuse)


def _value_of(text):
    """The value of a JSON text as ``Place.see`` takes it. ValueError or RecursionError if no schema reads it."""
    value = _JSON.decode(text)
    if text.count("[") + text.count("{") > _DEPTH and _is_deeper(value, _DEPTH):
        raise ValueError("nested deeper than the engine goes")
    if "\\u" in text:
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise ValueError("a lone surrogate, which no text can hold") from None
    return value


def _is_deeper(value, limit):
    """Whether more than ``limit`` brackets are open at once; an object is a tuple of its pairs."""
    level = [value]
    for _ in range(limit):
        below = []
        for one in level:
            if type(one) is list:
                below += one
            elif type(one) is tuple:
                below += [inner for _, inner in one]
        level = below
    return any(type(one) in (list, tuple) for one in level)
