"""What a source declares, and how a declaration, a payload and options become a plan."""

from . import schema
from ._lower import lower
from .schema import Field, Word

_BYTE_WORDS = ("gzip", "parse", "plain_bytes", "text_bytes")
# What each limit may be raised to.
_LIMITS = {"depth": 1 << 20, "map_keys": (1 << 31) - 1, "max_inflated": (1 << 31) - 1}
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
    """A struct, or a list of them, with only the fields that ``wanted`` (dotted names) leads to; the
    rest is skipped where it stands. A name may hold dots itself: the whole of it is tried first."""
    if word.op == "list":
        return word.but(children=(_narrow(word.children[0], wanted, path),))
    if word.op != "struct":
        raise ValueError(f"columns: {path} is {word.op}, which has no fields")
    below = {}
    for name in wanted:
        for field in word.children:
            if name == field.name:
                below[field.name] = None
            elif not name.startswith(field.name + "."):
                continue
            elif below.setdefault(field.name, []) is not None:
                below[field.name].append(name[len(field.name) + 1:])
            break
        else:
            known = ", ".join(field.name for field in word.children)
            raise ValueError(f"columns: {path} has no field {name!r}; it has {known}")
    fields = []
    for field in word.children:
        if field.name not in below:
            fields.append(Field(field.key, schema.skip(), field.name))
        elif below[field.name] is None:
            fields.append(field)
        else:
            fields.append(field.but(_narrow(field.word, below[field.name], f"{path}.{field.name}")))
    return word.but(children=fields)


def _asked(source, columns, has_fields):
    """The names of the columns asked for, in order, and the dotted names below the payload (None: all of it)."""
    if isinstance(columns, str) or not all(isinstance(name, str) for name in columns):
        raise TypeError("columns must be a list of names")
    if not columns:
        raise ValueError("columns: at least one must be asked for")
    known = (*source.columns, *source.on_request)
    order, below, whole = [], [], False
    for name in columns:
        top, dot, rest = name.partition(".")
        if top not in known:
            raise ValueError(f"columns: {source.name} has no column {top!r}; it has {', '.join(known)}")
        if dot and (top != source.payload or not has_fields):
            hint = " without payload=" if top == source.payload else ""
            raise ValueError(f"columns: {top!r} has no fields{hint}")
        if top not in order:
            order.append(top)
        if dot:
            below.append(rest)
        elif top == source.payload:
            whole = True
    return tuple(order), below if below and not whole else None


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
    for name, value in dict(limits or {}).items():
        if name not in _LIMITS:
            raise ValueError(f"limits: {name!r} is not one of {', '.join(_LIMITS)}")
        if not isinstance(value, int) or not 1 <= value <= _LIMITS[name]:
            raise ValueError(f"limits: {name} must be an integer from 1 to {_LIMITS[name]}, not {value!r}")
    order, wanted = source.columns, None
    if columns is not None:
        order, wanted = _asked(source, list(columns) if not isinstance(columns, str) else columns, payload is not None)
    root = source.envelope(_payload_word(source, payload, wanted, flatten))
    root = _prune(root, order, source.identifier)
    return lower(root, order=order, identifier=source.identifier, identifier_path=source.identifier_path,
                 dialect=dialect, string_type=string_type, corrupt=on_error == "null",
                 replace_surrogates=lone_surrogates == "replace", limits=limits)
