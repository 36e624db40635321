"""The one exception, and the records of what failed."""

# What bytes that are not JSON look like, and the word that reads them; in the order of enum la_looks.
_LOOKS = (
    "",
    "the value is empty",
    "it looks like gzip: wrap the payload in lambdarrow.gzip(...), or in lambdarrow.auto(...)",
    "it looks like a Kinesis Producer Library aggregate, which kinesis and firehose take apart unless "
    "deaggregate=False, if its MD5 is right",
    "it looks like an Avro object file, which lambdarrow.schema.codec(...) hands to a function of yours",
    "it looks like zstd: wrap the payload in lambdarrow.auto(...)",
    "it looks like zlib: wrap the payload in lambdarrow.zlib(...), or in lambdarrow.auto(...)",
    "it looks like lz4: wrap the payload in lambdarrow.auto(...)",
    "it looks like snappy: wrap the payload in lambdarrow.auto(...)",
)


def _place(index, offset, inner_offset):
    where = [] if index is None else [f"record {index}"]
    if offset is not None:
        where.append(f"byte {offset}")
    if inner_offset is not None:
        where.append(f"byte {inner_offset} of what it decodes to")
    return ", ".join(where)


def _message(path, text, looks, index, offset, inner_offset):
    hint = f"; {_LOOKS[looks]}" if looks else ""
    place = _place(index, offset, inner_offset)
    return f"{path}: {text}{hint}" + (f" ({place})" if place else "")


class DecodeError(ValueError):
    """An event, or one of its records, that cannot be decoded.

    ``index``: the record's position in its event, None if no record is to blame. ``offset``: the
    byte in the event (the start of the innermost string that stands there), None if what failed was taken from a Struct
    or is of the wrong type there. ``inner_offset``: the
    byte in what that string decodes to, None if the error is in the event's own text. ``path``:
    such as ``$.Records[7].kinesis.data → $.price``. ``reason``: a stable code name, one of
    ``lambdarrow._core.REASONS``.
    """

    def __init__(self, reason: str, text: str, looks: int, path: str, index: int | None,
                 offset: int | None, inner_offset: int | None) -> None:
        super().__init__(_message(path, text, looks, index, offset, inner_offset))
        self.reason = reason
        self.path = path
        self.index = index
        self.offset = offset
        self.inner_offset = inner_offset
        self._parts = (reason, text, looks, path, index, offset, inner_offset)

    def __reduce__(self):
        return DecodeError, self._parts


class Failure:
    """One record that failed; frozen.

    ``index``, ``offset``, ``inner_offset``, ``path`` and ``reason`` as in :class:`DecodeError`;
    ``item_identifier``: what Lambda knows the record by, None where it has none that can be read;
    ``raw``: the record's JSON text, at most 64 KiB of it; ``event``: which event of the batch.
    """

    __slots__ = (
        "index", "item_identifier", "offset", "inner_offset", "path", "reason", "raw", "event", "_text", "_looks",
    )

    index: int
    item_identifier: str | None
    offset: int | None
    inner_offset: int | None
    path: str
    reason: str
    raw: bytes | None
    event: int

    def __init__(self, reason: str, text: str, looks: int, path: str, event: int, index: int, offset: int | None,
                 inner_offset: int | None, raw: bytes | None, item_identifier: str | None) -> None:
        for name, value in (
            ("reason", reason), ("_text", text), ("_looks", looks), ("path", path), ("event", event), ("index", index),
            ("offset", offset), ("inner_offset", inner_offset), ("raw", raw), ("item_identifier", item_identifier),
        ):
            object.__setattr__(self, name, value)

    def __setattr__(self, name, value):
        raise AttributeError(f"a Failure is frozen: cannot set {name!r}")

    def __delattr__(self, name):
        raise AttributeError(f"a Failure is frozen: cannot delete {name!r}")

    def _key(self):
        return tuple(getattr(self, name) for name in self.__slots__)

    def __eq__(self, other):
        return self._key() == other._key() if isinstance(other, Failure) else NotImplemented

    def __hash__(self):
        return hash(self._key())

    def __reduce__(self):
        return Failure, (self.reason, self._text, self._looks, self.path, self.event, self.index, self.offset,
                         self.inner_offset, self.raw, self.item_identifier)

    def __repr__(self):
        return f"Failure({str(self)!r}, item_identifier={self.item_identifier!r})"

    def __str__(self):
        return _message(self.path, self._text, self._looks, self.index, self.offset, self.inner_offset)
