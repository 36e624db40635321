"""Decoders of DynamoDB's items: of a type that is given, or inferred from each batch."""

from . import _core, _decoder
from ._attributes import keys_of, merged, named_keys, struct_of, word_of
from ._event import as_buffer
from ._lower import lower
from .schema import Field, json, observe, skip

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Unpack

    from ._batch import Batch
    from ._source import Source
    from ._types import DynamoDbOptions, Event

# Plans that inference has made: a stream keeps to a few types, whatever each batch shows of them.
_KEPT = 64
_KEYS, _IMAGES = 0, 1  # the trees that are observed


def _is_names(keys):
    return isinstance(keys, (list, tuple)) and all(isinstance(name, str) for name in keys)


def types_of(source, image, keys):
    """The types of the columns, from the options ``image`` and ``keys``."""
    from ._payload import to_word

    word = json() if image is None else to_word(image, top="image")
    types = {name: word for name in source.typed if name != "keys"}
    if "keys" not in source.typed:
        if keys is not None:
            raise TypeError(f"{source.name} has no option 'keys'")
    elif _is_names(keys):
        types["keys"] = named_keys(word, keys) if image is not None else json()
    else:
        types["keys"] = keys_of(word) if keys is None else to_word(keys, top="keys")
    return types


class ItemsDecoder(_decoder.Decoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ("_inferring", "_types", "_options")

    def __init__(self, source: "Source", *, image: "Any" = None, keys: "Any" = None,
                 **options: "Unpack[DynamoDbOptions]") -> None:
        if "payload" in options:
            raise TypeError(f"{source.name} has no option 'payload': the type of its items is image=")
        self._types = types_of(source, image, keys)
        self._options = options
        wanted = options.get("columns")
        infers = image is None and (wanted is None or any(name.partition(".")[0] in source.typed for name in wanted))
        known = dict(options)
        if infers:
            # What fields there are, only a batch can say.
            known["flatten"] = False
            if wanted is not None:
                known["columns"] = list(dict.fromkeys([name.partition(".")[0] if name.partition(".")[0] in source.typed
                                                       else name for name in wanted]))
        super().__init__(source, types=self._types, **known)
        self._inferring = _Inferring(self, keys) if infers else None

    def retyped(self, types: "dict[str, Any]", **options: "Any") -> "ItemsDecoder":
        """A decoder of the same source whose columns have these types, its options changed by these."""
        made = object.__new__(type(self))
        made._types, made._inferring, made._options = types, None, {**self._options, **options}
        _decoder.Decoder.__init__(made, self.source, types=types, **made._options)
        return made

    def to_arrow(self, event: "Event") -> "Batch":
        if self._inferring is None:
            return super().to_arrow(event)
        return self._inferring.to_arrow(event if type(event) is bytes else as_buffer(event))

    def feed(self, event: "Event") -> int:
        return super().feed(event) if self._inferring is None else self._inferring.feed(event)

    def finish(self) -> "Batch | None":
        return super().finish() if self._inferring is None else self._inferring.finish()

    def __arrow_c_schema__(self) -> object:
        if self._inferring is not None:
            raise ValueError("the types are inferred from each batch: give image= to know them before")
        return super().__arrow_c_schema__()


class Observer:
    """Looks at the types of a source's items, and at nothing else. What a record holds that cannot be read does not
    count, whatever of it can."""

    def __init__(self, source: "Source", lone_surrogates: str = "error",
                 columns: "Iterable[str] | None" = None) -> None:
        words = [observe(_KEYS if name == "keys" else _IMAGES) if columns is None or name in columns else skip()
                 for name in source.typed]
        root = _only_images(source.envelope(*words))
        plan = lower(root, order=(), replace_surrogates=lone_surrogates == "replace")
        self._native = _core.Decoder(_core.Plan(plan), "collect")

    def look(self, event: "Any", without: "Iterable[int]" = (), at_most: "int | None" = None) -> "tuple[Any, ...]":
        """What was met in an event (not in the records ``without``, and in ``at_most`` of the others); the records
        that could not be read; how many there are. Raises DecodeError for an event that is none."""
        if bytes(event[:2]) == b"\x1f\x8b":
            from ._inflate import gunzip

            event = gunzip(event, 1 << 28) or event     # an export; what is wrong with it, the decoder says
        rows = self._native.decode(event)
        failed = {failure[5] for failure in rows.failures}
        gone = failed | set(without)
        good = [record for record in range(rows.n_records) if record not in gone]
        if at_most is not None:
            gone |= set(good[at_most:])
        if gone:
            event = bytes(event)
            pieces, last = [], 0
            for record in sorted(gone):
                start, length = rows.spans[record]
                pieces += [event[last:start], b"{}"]
                last = start + length
            rows = self._native.decode(b"".join([*pieces, event[last:]]))
        return rows.observed, failed, len(good[:at_most])


class _Inferring:
    """What a decoder whose image nobody gave does: it looks at a batch first, and decodes it by the types it met."""

    def __init__(self, decoder, keys):
        self.decoder = decoder
        self.keys = keys
        columns = decoder._options.get("columns")
        if columns is not None:
            columns = {name.partition(".")[0] for name in columns}
            if _is_names(keys) and "keys" in columns:
                columns.update(decoder.source.typed)    # a key's type may show in the images alone
        self.observer = Observer(decoder.source, decoder._options.get("lone_surrogates", "error"), columns)
        self.decoders = {}
        self.fed = []
        self.met = ()

    def to_arrow(self, event):
        met, failed, _ = self.observer.look(event)
        decoder = self.typed(met)
        batch = decoder.to_arrow(event)
        others = {failure.index for failure in batch.failures} - failed
        if others:
            # They failed by what is around their images, and have no say in the types either.
            again = self.typed(self.observer.look(event, others)[0])
            batch = batch if again is decoder else again.to_arrow(event)
        return batch

    def typed(self, met):
        """A decoder for what was met."""
        types = tuple([struct_of(tree[5]) for tree in met[:_IMAGES + 1]]) or (("json",), ("json",))
        decoder = self.decoders.get(types)
        if decoder is None:
            key, image = (word_of(one) for one in types)
            words = types_of(self.decoder.source, image, None if _is_names(self.keys) else self.keys)
            if "keys" in words and self.keys is None:
                words["keys"] = key
            elif _is_names(self.keys):
                words["keys"] = named_keys(key, self.keys, image)
            if len(self.decoders) >= _KEPT:
                self.decoders.clear()
            decoder = self.decoders[types] = self.decoder.retyped(words)
        return decoder

    def feed(self, event):
        event = bytes(as_buffer(event))
        met, _, n_records = self.observer.look(event)
        self.met = merged(self.met, met)
        self.fed.append((event, n_records))
        return sum(n for _, n in self.fed)

    def finish(self):
        if not self.fed:
            return None
        decoder = self.typed(self.met)
        fed, self.fed, self.met = self.fed, [], ()
        for event, _ in fed:
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
            inner = _only_images(child.word)
            parts.append(Field(child.key, inner, child.name, required=child.required and inner.op == "explode"))
    return word.but(children=parts)
