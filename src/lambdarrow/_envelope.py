"""A batch of a user's own: any JSON with a list of records in it, declared and not programmed."""

from . import _decoder, schema
from ._lower import n_levels, step
from ._plan import repeated
from ._source import Source
from .schema import Field, Word, each, explode, object_, rest

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Any, Unpack

    from ._types import Options, Payload, ToArrow

# How the bytes of a payload stand in a field of this type.
_LAYERS = {"binary": schema.base64, "utf8": schema.string, "json": None}


class Envelope:
    """A kind of event that is not among the sources: its rows, their fields, their payload.

    ``rows``: where the records are. ``"items"`` or ``"$.data.items"``: the list there; ``"$"``: the event is the list;
    ``"$.records.*"``: the values of the object there; ``"$.records.*[]"``: the lists that are its values (Kafka).
    ``fields``: a dict from the column to its type, as for a payload (``"utf8"``, ``{"type": "timestamp[ms, UTC]",
    "epoch": "ms", "from": "createdAt"}``, a Struct, a word of :mod:`lambdarrow.schema` such as ``each_key()``, the
    key under which ``*`` found the record, or ``counter()``). A ``from`` such as ``"$.meta.id"`` leads into objects.
    ``event``: the same for fields of the event itself, repeated for each of its rows. Other keys of the event are in
    ``batch.metadata``. ``payload``: the field that ``payload=`` types; its own type says how the payload stands there:
    ``binary`` (base64), ``utf8`` (JSON in a string) or ``json`` (the value itself). ``identifier``: the field that
    ``batch.response()`` names a record by; ``ordered``: whether the sender goes on from the first failure.

    Raises ``ValueError`` or ``TypeError`` naming the field that is wrong.
    """

    __slots__ = ("source", "to_arrow")

    to_arrow: "ToArrow"

    def __init__(self, rows: str, fields: "dict[str, Payload]", *, event: "dict[str, Payload] | None" = None,
                 payload: str | None = None, identifier: str | None = None, ordered: bool = False,
                 name: str = "envelope") -> None:
        path, keyed, listed = _path_of(rows)
        if not isinstance(fields, dict) or not fields or not all(isinstance(one, str) for one in fields):
            raise TypeError("fields: a dict from the names of columns to their types, with at least one")
        if event and not path:
            raise ValueError("event: an event that is the list of its records has no fields of its own")
        columns = [_field(one, spec, fields) for one, spec in fields.items()]
        outer = [_field(one, spec, event) for one, spec in (event or {}).items()]
        places = {field.name: keys for field, keys in columns + outer}
        if len(places) < len(columns) + len(outer):
            raise ValueError("event: a field of the event is called as one of its records")
        for what, one in (("payload", payload), ("identifier", identifier)):
            if one is not None and one not in fields:
                raise ValueError(f"{what}: there is no field {one!r}; there are {', '.join(fields)}")
        bare = {field.name: field.word for field, _ in columns}.get(payload)
        if payload is not None and bare.op not in _LAYERS:
            raise ValueError(f"payload: the field {payload!r} is binary, utf8 or json, not {bare.op}")

        def envelope(word: Word) -> Word:
            # Of a payload's own type the field says nothing, but whether it may be null.
            typed = [(field.but(word.but(nullable=field.word.nullable)) if field.name == payload else field, keys)
                     for field, keys in columns]
            record = _objects(typed)
            record.nullable = False
            inside = explode(record, unit=True, nullable=False) if listed else record
            root = each(inside, unit=not listed, nullable=False) if keyed else inside
            if not path:
                return root
            root = _objects([*outer, (Field(path[-1], root, "records", required=True), path)])
            return root.but(children=(*root.children, Field(None, rest(), "_metadata")), nullable=False)

        envelope(Word("skip") if bare is None else bare)    # refuses two fields of one key
        self.source = Source(
            name, envelope, payload=payload, bare=bare, layer=None if bare is None else _LAYERS[bare.op],
            columns=tuple(places), identifier=identifier,
            identifier_path=places.get(identifier, ()), ordered=ordered)
        self.to_arrow = _decoder.front(self.Decoder)

    def Decoder(self, **options: "Unpack[Options]") -> "_decoder.Decoder":
        """The compiled plan of this envelope with these options; see ``lambdarrow.kinesis.Decoder``."""
        return _decoder.Decoder(self.source, **options)

    def __repr__(self) -> str:
        return f"<lambdarrow.Envelope {self.source.name}, {len(self.source.columns)} columns>"


def _path_of(rows: str) -> "tuple[tuple[str, ...], bool, bool]":
    """The keys that lead to the records; whether they are the values of an object; whether (those are) lists."""
    from ._type_text import path_keys

    if not isinstance(rows, str) or not rows:
        raise ValueError('rows: where the records are, such as "items", "$" or "$.records.*[]"')
    path = rows if rows.startswith("$") else f"$.{rows}"
    listed = path.endswith("[]")
    path = path.removesuffix("[]")
    keyed = path.endswith(".*")
    keys = path_keys(path.removesuffix(".*"))
    if "*" in keys:
        raise ValueError(f'rows: only the last step can be *, not {rows!r}; a key of that name is ["*"]')
    return keys, keyed, listed or not keyed


def _field(name: str, spec: "Payload", siblings: "Any") -> "tuple[Field, tuple[str, ...]]":
    """A column's field, and the keys that lead to it."""
    from ._drift import drifting
    from ._grammar import field
    from ._type_text import path_keys

    if name == "_metadata":
        raise ValueError("fields: _metadata is what batch.metadata is made of")
    try:
        if isinstance(spec, (str, dict, list)) and not hasattr(spec, "__arrow_c_schema__"):
            made = field(name, spec, "fields", siblings)
        else:
            word = schema.value_word(spec)
            made = Field(None if word.op in schema.SILENT_WORDS else name, word, name)
        keys = ()
        if made.key is not None:
            keys = path_keys(made.key) if made.key.startswith(("$.", "$[")) else (made.key,)
    except (TypeError, ValueError) as error:
        raise type(error)(str(error) if name in str(error) else f"fields.{name}: {error}") from None
    if made.key is not None:
        path = "$" + "".join(map(step, keys))
        made = Field(keys[-1], drifting(made.word, "fail", path), name, required=made.required, default=made.default)
    return made, keys


def _objects(columns: "list[tuple[Field, tuple[str, ...]]]") -> Word:
    """One object of the fields, those that stand deeper in objects of their own."""
    fields, deeper = [], {}
    for field, keys in columns:
        if len(keys) < 2:
            fields.append(field)
        else:
            deeper.setdefault(keys[0], []).append((field, keys[1:]))
    for key, below in deeper.items():
        inner = _objects(below)
        # The way to the records has to be there; where another one is missing, so is each of its fields.
        rows = n_levels(inner) > 0
        fields.append(Field(key, inner.but(nullable=not rows), required=rows))
    keys = [field.key for field in fields if field.key is not None]
    again = repeated(keys)
    if again is not None:
        raise ValueError(f"fields: two of them read the key {again!r}")
    return object_(fields)
