"""The types of a stream's images: given, or inferred from each batch."""

from . import _core, _decoder
from ._attributes import keys_of, named_keys, struct_of, word_of
from ._event import as_buffer
from ._lower import lower
from .schema import json, observe

# Plans that inference has made: a stream keeps to a few types, whatever each batch shows of them.
_KEPT = 64
_KEYS, _IMAGES = 0, 1  # the trees that are observed


def types_of(image, keys):
    """The types of the columns, from the options ``image`` and ``keys``."""
    from ._payload import to_word

    word = json() if image is None else to_word(image, top="image")
    if isinstance(keys, (list, tuple)) and all(isinstance(name, str) for name in keys):
        key = named_keys(word, keys) if image is not None else json()
    else:
        key = keys_of(word) if keys is None else to_word(keys, top="keys")
    return {"keys": key, "new_image": word, "old_image": word}


class Inferring:
    """A decoder whose image nobody gave: it looks at a batch first, and decodes it by the types that it met."""

    def __init__(self, source, keys, options):
        self.source = source
        self.keys = keys
        self.options = dict(options)
        root = source.envelope(observe(_KEYS), observe(_IMAGES), observe(_IMAGES))
        self.observer = _core.Decoder(_core.Plan(lower(_only_images(root), order=())), "collect")
        self.decoders = {}
        self.fed = []

    def _decoder(self, observed):
        types = tuple([struct_of(tree[5]) for tree in observed[:_IMAGES + 1]]) or (("json",), ("json",))
        decoder = self.decoders.get(types)
        if decoder is None:
            key, image = (word_of(one) for one in types)
            if self.keys is not None:
                key = types_of(image, self.keys)["keys"]
            if len(self.decoders) >= _KEPT:
                self.decoders.clear()
            decoder = self.decoders[types] = _decoder.Decoder(
                self.source, types={"keys": key, "new_image": image, "old_image": image}, **self.options)
        return decoder

    def to_arrow(self, event):
        event = event if type(event) is bytes else as_buffer(event)
        return self._decoder(self.observer.decode(event).observed).to_arrow(event)

    def feed(self, event):
        event = bytes(as_buffer(event))
        rows = self.observer.feed(event)
        self.fed.append(event)
        return rows

    def finish(self):
        rows = self.observer.finish()
        if rows is None:
            return None
        decoder = self._decoder(rows.observed)
        fed, self.fed = self.fed, []
        for event in fed:
            decoder.feed(event)
        return decoder.finish()


def _only_images(word):
    """The envelope with nothing but what is observed: what is wrong elsewhere is for the decoding to say."""
    from .schema import Field, skip

    if word.op in ("object", "explode"):
        parts = []
        for child in word.children:
            if not isinstance(child, Field):
                parts.append(_only_images(child))
            elif child.key is not None:
                inner = _only_images(child.word) if child.word.op in ("object", "explode", "observe") else skip()
                parts.append(child.but(inner))
        return word.but(children=parts)
    return word
