"""What a source declares, and how a declaration, a payload and options become a plan."""

from . import schema
from ._lower import lower
from .schema import Field, Word

_BYTE_WORDS = ("gzip", "parse", "plain_bytes", "text_bytes")
# A payload that is just one of these is the layer's bytes, not a JSON text in them.
_WHOLE = {"utf8": lambda word: schema.text_bytes(size=word.options["size"]),
          "binary": lambda word: schema.plain_bytes(large=word.options["large"])}


class Source:
    """One kind of event.

    ``name``: what ``lambdarrow.name`` and the shell call it. ``envelope``: a function from the word
    of the payload to the word of the whole event. ``payload``: the name of the payload's column;
    ``bare``: its word when no payload is asked for; ``layer``: the word that leads to its bytes.
    ``columns``: the batch's columns by default, in order; ``on_request``: those that only
    ``columns=`` brings. ``identifier``: the column that Lambda knows a record by, and
    ``identifier_path`` the keys that lead to it from a record.
    """

    __slots__ = (
        "name", "envelope", "payload", "bare", "layer", "columns", "on_request", "identifier", "identifier_path",
    )

    def __init__(self, name, envelope, *, payload, bare, layer, columns, on_request, identifier, identifier_path):
        self.name = name
        self.envelope = envelope
        self.payload = payload
        self.bare = bare
        self.layer = layer
        self.columns = columns
        self.on_request = on_request
        self.identifier = identifier
        self.identifier_path = identifier_path


def _payload_word(source, payload, wanted, flatten):
    if payload is None:
        if flatten:
            raise ValueError("flatten=True lifts the fields of a payload: say which with payload=")
        return source.bare
    from ._payload import to_word

    word = to_word(payload).but(arrow_nullable=True)
    if wanted is not None:
        word = _narrow(word, wanted, source.payload)
    if flatten:
        if word.op != "struct":
            raise ValueError(f"flatten=True needs a payload with fields, not {word.op}")
        word = Word("object", word.children, nullable=word.nullable, lifted=source.payload, **word.options)
    if word.op not in _BYTE_WORDS:
        word = _WHOLE[word.op](word) if word.op in _WHOLE else schema.parse(word)
    return source.layer(word)


def _narrow(word, wanted, path):
    """A struct, or a list of them, with only the fields in ``wanted`` (a tree of names); the rest is
    skipped where it stands."""
    if word.op == "list":
        return word.but(children=(_narrow(word.children[0], wanted, path),))
    if word.op != "struct":
        raise ValueError(f"columns: {path} is {word.op}, which has no fields")
    known = [field.name for field in word.children]
    for name in wanted:
        if name not in known:
            raise ValueError(f"columns: {path} has no field {name!r}; it has {', '.join(known)}")
    fields = []
    for field in word.children:
        if field.name not in wanted:
            fields.append(Field(field.key, schema.skip(), field.name))
        elif wanted[field.name] is None:
            fields.append(field)
        else:
            fields.append(field.but(_narrow(field.word, wanted[field.name], f"{path}.{field.name}")))
    return word.but(children=fields)


def _tree(columns):
    """``["a", "b.c", "b.d"]`` as ``{"a": None, "b": {"c": None, "d": None}}``; a whole wins over its parts."""
    tree = {}
    for name in columns:
        at = tree
        *above, last = name.split(".")
        for part in above:
            if part in at and at[part] is None:
                break
            at = at.setdefault(part, {})
        else:
            at[last] = None
    return tree


# Words that have no column of their own: what they lead to decides whether they stay.
_THROUGH = ("object", "explode", "each", "base64", "string", "gzip", "parse", "or_else")


def _prune(word, keep, aside):
    """The word without the columns that are not in ``keep``; None where nothing is left.

    ``aside``: a column that is decoded whether asked for or not, but whose faults are nobody's.
    """
    if word.op == "object":
        fields = [pruned for field in word.children if (pruned := _prune_field(field, keep, aside))]
        return word.but(children=fields) if any(field.word.op != "skip" for field in fields) else None
    inner = _prune(word.children[0], keep, aside) if word.op in _THROUGH else None
    return None if inner is None else word.but(children=(inner,))


def _prune_field(field, keep, aside):
    """The field with what is left of its word; a skipped one keeps its key, which is then expected."""
    word = field.word
    if field.name in keep or field.name == "_metadata":
        return field
    if word.op == "tee":
        branches = [pruned for branch in word.children if (pruned := _prune_field(branch, keep, aside))]
        if len(branches) > 1:
            return field.but(word.but(children=branches))
        inner = branches[0] if branches else Field(None, schema.skip(), field.name)
        return Field(field.key, inner.word, inner.name, required=field.required)
    if field.name == aside:
        return field.but(schema.or_else(word))
    inner = _prune(word, keep, aside)
    if inner is not None:
        asked = aside is None or _prune(word, keep, None) is not None
        return field.but(inner if asked else schema.or_else(inner))
    return None if field.key is None else Field(field.key, schema.skip(), field.name)


def plan_of(source, *, payload=None, columns=None, on_error="raise", flatten=False, dialect="arrow",
            string_type="utf8", limits=None, lone_surrogates="error"):
    """The lowered plan of a source with these options; see ``Decoder`` for what they mean."""
    if on_error not in ("raise", "collect", "stop", "null"):
        raise ValueError(f"on_error must be raise, collect, stop or null, not {on_error!r}")
    if lone_surrogates not in ("error", "replace"):
        raise ValueError(f"lone_surrogates must be error or replace, not {lone_surrogates!r}")
    for name, value in (limits or {}).items():
        if name not in ("depth", "map_keys", "max_inflated"):
            raise ValueError(f"limits: {name!r} is not one of depth, map_keys, max_inflated")
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"limits: {name} must be a positive integer, not {value!r}")
    order = source.columns
    wanted = None
    if columns is not None:
        if isinstance(columns, str):
            raise TypeError("columns must be a list of names, not one string")
        columns = list(columns)
        if not columns:
            raise ValueError("columns: at least one must be asked for")
        tree = _tree(columns)
        known = (*source.columns, *source.on_request)
        for name in tree:
            if name not in known:
                raise ValueError(f"columns: {source.name} has no column {name!r}; it has {', '.join(known)}")
            if tree[name] is not None and (name != source.payload or payload is None):
                hint = " without payload=" if name == source.payload else ""
                raise ValueError(f"columns: {name!r} has no fields{hint}")
        order = tuple(tree)
        wanted = tree.get(source.payload)
    root = source.envelope(_payload_word(source, payload, wanted, flatten))
    root = _prune(root, order, source.identifier)
    return lower(root, order=order, identifier=source.identifier, identifier_path=source.identifier_path,
                 dialect=dialect, string_type=string_type, corrupt=on_error == "null",
                 replace_surrogates=lone_surrogates == "replace", limits=limits)
