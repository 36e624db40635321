"""Decoders of DynamoDB's items: of a type that is given, or inferred from each batch."""

from . import _core, _decoder
from ._attributes import keys_of, named_keys, struct_of, word_of
from ._event import as_buffer
from ._lower import lower
from .schema import Field, json, observe, skip

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Any, Unpack

    from ._batch import Batch
    from ._source import Source
    from ._types import DynamoDbOptions, Event

# Plans that inference has made: a stream keeps to a few types, whatever each batch shows of them.
_KEPT = 64
_KEYS, _IMAGES = 0, 1  # the trees that are observed


def types_of(source, image, keys):
    """The types of the columns, from the options ``image`` and ``keys``."""
    from ._payload import to_word

    word = json() if image is None else to_word(image, top="image")
    types = {name: word for name in source.typed if name != "keys"}
    if "keys" not in source.typed:
        if keys is not None:
            raise TypeError(f"{source.name} has no option 'keys'")
    elif isinstance(keys, (list, tuple)) and all(isinstance(name, str) for name in keys):
        types["keys"] = named_keys(word, keys) if image is not None else json()
    else:
        types["keys"] = keys_of(word) if keys is None else to_word(keys, top="keys")
    return types


class ItemsDecoder(_decoder.Decoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ("_inferring", "_types", "_options")

    def __init__(self, source: "Source", *, image: "Any" = None, keys: "Any" = None,
                 **options: "Unpack[DynamoDbOptions]") -> None:
        self._types = types_of(source, image, keys)
        self._options = options
        super().__init__(source, types=self._types, **options)
        wanted = options.get("columns")
        items = wanted is None or any(name.partition(".")[0] in source.typed for name in wanted)
        self._inferring = _Inferring(self, keys) if image is None and items else None

    def retyped(self, types: "dict[str, Any]", **options: "Any") -> "ItemsDecoder":
        """A decoder of the same source whose columns have these types, its options changed by these."""
        made = object.__new__(type(self))
        made._types, made._inferring, made._options = types, None, {**self._options, **options}
        _decoder.Decoder.__init__(made, self.source, types=types, **made._options)
        return made

    def to_arrow(self, event: "Event") -> "Batch":
        if self._inferring is None:
            return super().to_arrow(event)
        event = event if type(event) is bytes else as_buffer(event)
        return self._inferring.decoder_for(event).to_arrow(event)

    def feed(self, event: "Event") -> int:
        return super().feed(event) if self._inferring is None else self._inferring.feed(event)

    def finish(self) -> "Batch | None":
        return super().finish() if self._inferring is None else self._inferring.finish()


class Observer:
    """Looks at the types of a source's items, and at nothing else."""

    def __init__(self, source: "Source") -> None:
        self.source = source
        words = [observe(_KEYS if name == "keys" else _IMAGES) for name in source.typed]
        self.native = _core.Decoder(_core.Plan(lower(_only_images(source.envelope(*words)), order=())), "collect")
        self.rows = 0

    def feed(self, event: bytes) -> int:
        """Looks at one more event; returns how many records it had."""
        before, self.rows = self.rows, self.native.feed(event)
        return self.rows - before

    def word(self) -> "Any":
        """The word of all items since the last time."""
        self.rows = 0
        rows = self.native.finish()
        return word_of(types_met(rows)[_IMAGES])


def types_met(rows):
    """The type of the keys, and of the images."""
    return tuple([struct_of(tree[5]) for tree in rows.observed[:_IMAGES + 1]]) or (("json",), ("json",))


class _Inferring:
    """What a decoder whose image nobody gave does: it looks at a batch first, and decodes it by the types it met."""

    def __init__(self, decoder, keys):
        self.decoder = decoder
        self.keys = keys
        self.observer = Observer(decoder.source).native
        self.decoders = {}
        self.fed = []

    def decoder_for(self, event):
        return self._decoder(types_met(self.observer.decode(event)))

    def _decoder(self, types):
        decoder = self.decoders.get(types)
        if decoder is None:
            key, image = (word_of(one) for one in types)
            words = types_of(self.decoder.source, image, self.keys)
            if "keys" in words and self.keys is None:
                words["keys"] = key
            if len(self.decoders) >= _KEPT:
                self.decoders.clear()
            decoder = self.decoders[types] = self.decoder.retyped(words)
        return decoder

    def feed(self, event):
        event = bytes(as_buffer(event))
        rows = self.observer.feed(event)
        self.fed.append(event)
        return rows

    def finish(self):
        rows = self.observer.finish()
        if rows is None:
            return None
        decoder = self._decoder(types_met(rows))
        fed, self.fed = self.fed, []
        for event in fed:
            decoder.feed(event)
        return decoder.finish()


def _only_images(word):
    """The envelope with nothing but what is observed: what is wrong elsewhere is for the decoding to say."""
    if word.op == "tee":
        return next((_only_images(field.word) for field in word.children if field.word.op == "observe"), skip())
    if word.op not in ("object", "explode", "lines", "codec", "observe"):
        return skip()
    parts = []
    for child in word.children:
        if not isinstance(child, Field):
            parts.append(_only_images(child))
        elif child.key is not None:
            parts.append(child.but(_only_images(child.word)))
    return word.but(children=parts)
