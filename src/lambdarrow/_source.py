"""What a source declares, and how a declaration, a payload and options become a plan."""

from . import schema
from ._lower import lower, n_levels
from .schema import PLACE, Field, Word

# What each limit may be raised to.
_LIMITS = {"depth": 1 << 20, "map_keys": (1 << 31) - 1, "rows": (1 << 31) - 1, "max_inflated": (1 << 31) - 1}


class Source:
    """One kind of event.

    ``name``: what ``lambdarrow.name`` and the shell call it. ``envelope``: a function from the word
    of the payload (and the source's own ``options``) to the word of the whole event. ``payload``: the name of
    the payload's column; ``bare``: its word when no payload is asked for; ``layer``: the word that leads to its
    bytes, None where the payload stands in the event itself. ``typed``: where several columns have types of their
    own, their names, and the envelope is given the word of each. ``items``: they are items of DynamoDB, and ``layer`` a
    function of their type's word. ``columns``: the batch's columns by default, in order; ``beside``: those that a
    payload brings with it; ``on_request``: those that only ``columns=`` brings.
    ``identifier``: the column that Lambda knows a record by, and ``identifier_path`` the keys that lead to it from
    a record. ``ordered``: Lambda goes on from the first failure (a stream), and does not answer for each record.
    ``group``, ``group_path``: the same for what keeps an order of its own (a FIFO queue's message group), ``queue``
    the column that tells whether it does. ``options``: the names of options that only this source has, which its
    ``envelope`` and ``layer`` are given.
    """

    __slots__ = (
        "name", "envelope", "payload", "bare", "layer", "typed", "items", "columns", "beside", "on_request",
        "identifier", "identifier_path", "ordered", "group", "group_path", "queue", "options",
    )

    def __init__(self, name, envelope, *, payload, bare, layer, columns, typed=None, items=False, beside=(),
                 on_request=(), identifier=None, identifier_path=(), ordered=False, group=None, group_path=(),
                 queue=None, options=()):
        self.name = name
        self.envelope = envelope
        self.payload = payload
        self.bare = bare
        self.layer = layer
        self.typed = (payload,) if typed is None else typed
        self.items = items
        self.columns = columns
        self.beside = beside
        self.on_request = on_request
        self.identifier = identifier
        self.identifier_path = identifier_path
        self.ordered = ordered
        self.group = group
        self.group_path = group_path
        self.queue = queue
        self.options = options

    @property
    def aside(self):
        """Columns that are kept for answering Lambda, asked for or not."""
        return tuple([name for name in (self.identifier, self.group, self.queue) if name is not None])


def _payload_word(source, name, payload, wanted, flatten, on_mismatch, own):
    """The word of a typed column."""
    from ._drift import drifting
    from ._payload import to_word

    word = to_word(payload).but(arrow_nullable=True)
    if wanted is not None:
        word = _narrow(word, wanted, name)
    if source.layer is not None and not source.items:
        word = schema.byte_word(word)
    elif word.op in schema.BYTE_WORDS:
        raise ValueError(f"payload: {name} is a JSON value, and {word.op} reads bytes")
    word = drifting(word, on_mismatch, f"$.{name}" if len(source.typed) > 1 else "$")
    if flatten:
        word = _flat(word, name)
    return word if source.layer is None else source.layer(word, **own)


# Words that have no column of their own: what they lead to decides.
_THROUGH = ("object", "explode", "lines", "aggregate", "each", "base64", "string", "codec", "parse", "or_else")


def _inside(word, change):
    """The word with what stands in its place changed; None if it leads to no such place."""
    if word.op in _THROUGH[1:]:
        return word.but(children=(change(word.children[0]),))
    if word.op not in ("object", "one_of", "either", "fork", "magic", "tee") or word.options.get("grouped"):
        return None
    places = [field for field in word.children if field.name is PLACE and field.word.op not in ("skip", "drop")]
    if not places:
        return None
    return word.but(children=[field.but(change(field.word)) if field in places else field for field in word.children])


def _flat(word, lifted):
    """The word with the fields of its struct as columns of the batch."""
    if word.op == "struct":
        return Word("object", word.children, nullable=word.nullable, lifted=lifted, **word.options)
    if word.op in ("delimited_line", "labelled"):
        return word.but(lifted=lifted)
    if word.op == "one_of" and word.options["grouped"]:
        return word.but(grouped=False, lifted=lifted)
    inner = _inside(word, lambda below: _flat(below, lifted))
    if inner is None:
        raise ValueError(f"flatten=True needs a payload with fields, not {word.op}")
    return inner


def _narrow(word, wanted, path):
    """A struct, or a list of them, with only the fields that ``wanted`` (dotted names) leads to; the
    rest is skipped where it stands. A name may hold dots itself: the whole of it is tried first."""
    if word.op == "list":
        return word.but(children=(_narrow(word.children[0], wanted, path),))
    if word.op not in ("struct", "delimited_line", "labelled") and not word.options.get("grouped"):
        inner = _inside(word, lambda below: _narrow(below, wanted, path))
        if inner is None:
            raise ValueError(f"columns: {path} is {word.op}, which has no fields")
        return inner
    below = {}
    every = _fields(word)   # a list of Fields, each with the name that it is asked for by
    for name in wanted:
        for field in every:
            if name == field.name:
                below[field.name] = None
            elif field.name is PLACE or not name.startswith(field.name + "."):
                continue
            elif below.setdefault(field.name, []) is not None:
                below[field.name].append(name[len(field.name) + 1:])
            break
        else:
            known = ", ".join(field.name for field in every if field.name is not PLACE)
            raise ValueError(f"columns: {path} has no field {name!r}; it has {known}")
    return _only(word, below, path)


def _rows_of(word):
    """The object whose fields stand where a word makes rows of objects; None for another word."""
    inner = word.children[0] if word.op in schema.ROW_WORDS else word
    if inner is not word and inner.op in schema.ROW_WORDS:
        return _rows_of(inner)
    return inner if inner is not word and inner.op == "object" else None


def _fields(word, place=None):
    """The fields of a struct that have columns in it, those of objects and rows inside it too. ``place``: what the word
    is called itself."""
    found = []
    for field in word.children:
        name = place if field.name is PLACE else field.name
        rows = _rows_of(field.word)
        if rows is not None:
            found += _fields(rows)
        elif field.word.op in ("object", "tee", "either"):
            found += _fields(field.word, name)
        elif not field.hidden and name is not None:
            found.append(Field(field.key, field.word, name))
    return found


def _only(word, below, path, place=None):
    """A struct with the fields in ``below``, and what they need; by name the dotted names below each, or None."""
    fields = []
    for field in word.children:
        name = place if field.name is PLACE else field.name
        if _rows_of(field.word) is not None or field.word.op == "object":
            fields.append(field.but(_only_object(field.word, below, path)))
        elif field.word.op in ("tee", "either"):
            inner = _only(field.word, below, path, name)
            if field.word.op == "tee":
                inner = inner.but(children=[one for one in inner.children if one.word.op != "skip"])
            asked = any(one.word.op != "skip" and not (one.hidden and inner.op == "either") for one in inner.children)
            fields.append(field.but(inner if asked else schema.skip()))
        elif field.hidden:
            if field.word.options.get("column") in (None, *below):
                fields.append(field)
        elif name not in below:
            if word.op == "either":     # the other one depends on it
                fields.append(Field(None, field.word, field.name, hidden=True))
            elif field.key is not None or field.word.op not in schema.SILENT_WORDS:
                fields.append(Field(field.key, schema.skip(), field.name))
        elif below[name] is None:
            fields.append(field)
        else:
            fields.append(field.but(_narrow(field.word, below[name], f"{path}.{name}")))
    return word.but(children=fields)


def _only_object(word, below, path):
    """The same of an object, or of the rows that are objects."""
    if word.op == "object":
        return _only(word, below, path)
    return word.but(children=(_only_object(word.children[0], below, path),))


def _asked(source, columns, types):
    """The names of the columns asked for, in order, and by typed column the dotted names below it (none: all of it)."""
    if isinstance(columns, str) or not all(isinstance(name, str) for name in columns):
        raise TypeError("columns must be a list of names")
    if not columns:
        raise ValueError("columns: at least one must be asked for")
    known = (*source.columns, *source.beside, *source.on_request)
    order, below, whole = [], {}, set()
    for name in columns:
        top, dot, rest = name.partition(".")
        if name in known:
            top, dot = name, ""
        if top not in known:
            raise ValueError(f"columns: {source.name} has no column {top!r}; it has {', '.join(known)}")
        if dot and top not in types:
            hint = " without payload=" if top in source.typed else ""
            raise ValueError(f"columns: {top!r} has no fields{hint}")
        if top not in order:
            order.append(top)
        if dot:
            below.setdefault(top, []).append(rest)
        else:
            whole.add(top)
    return tuple(order), {top: names for top, names in below.items() if top not in whole}


def prune(word, keep, aside, rows=True):
    """The word without the columns that are not in ``keep``; None where nothing is left.

    ``aside``: columns that are decoded whether asked for or not, but whose faults are nobody's. ``rows``: how many rows
    there are does not depend on what is asked of them, so that what makes rows stays.
    """
    if word.op == "object" or (word.op == "struct" and rows and n_levels(word)):
        fields = [pruned for field in word.children if (pruned := _prune_field(field, keep, aside, rows))]
        return word.but(op="object", children=fields) if any(field.word.op != "skip" for field in fields) else None
    if word.op in ("fork", "magic"):
        fields = [_prune_field(field, keep, aside, rows) for field in word.children]
        branches = [Field(None, schema.drop(), PLACE) if field.word.op == "skip" else field for field in fields]
        return word.but(children=branches) if any(field.word.op != "drop" for field in branches) else None
    if word.op == "either":
        return word if any(field.name in keep for field in word.children) else None
    if word.op == "one_of" and rows and n_levels(word):
        return word.but(children=[_prune_field(field, keep, aside, rows) for field in word.children])
    word = _with_users(word, keep)
    inner = prune(word.children[0], keep, aside, rows) if word.op in _THROUGH else None
    if inner is None and rows and word.op in schema.ROW_WORDS:
        item = word.children[0]
        if item.op in ("object", "struct"):
            inner = schema.object_((), nullable=item.nullable)
        else:
            inner = schema.drop() if item.op in schema.BYTE_WORDS else schema.skip()
    return None if inner is None else word.but(children=(inner,))


def _with_users(word, keep):
    """The word, its user records (``aggregate``) with what is asked for beside their data."""
    if word.op == "aggregate":
        return word.but(users=tuple(keep))
    if word.op in ("base64", "codec") and n_levels(word):
        return word.but(children=(_with_users(word.children[0], keep),))
    return word


def _prune_field(field, keep, aside, rows):
    """The field with what is left of its word; a skipped one keeps its key, which is then expected."""
    word = field.word
    needed = field.hidden in keep if isinstance(field.hidden, str) else field.hidden
    if needed or field.name == "_metadata" or field.name in keep:
        return field.but(_with_users(word, keep))
    if word.op == "tee":
        branches = [_prune_field(branch, keep, aside, rows) for branch in word.children]
        branches = [branch for branch in branches if branch.word.op != "skip"]
        if len(branches) > 1:
            return field.but(word.but(children=branches))
        inner = branches[0] if branches else Field(None, schema.skip(), field.name)
        return Field(field.key, inner.word, inner.name, required=field.required, hidden=inner.hidden)
    if field.name in aside:
        return field.but(schema.or_else(word))
    inner = prune(word, keep, aside, rows)
    if inner is not None:
        asked = not aside or inner.op in schema.BYTE_WORDS or prune(word, keep, (), False) is not None
        return field.but(inner if asked else schema.or_else(inner))
    return None if field.key is None and word.op in schema.SILENT_WORDS else Field(field.key, schema.skip(), field.name)


def plan_of(source, *, payload=None, types=None, columns=None, on_error="raise", flatten=False, dialect="arrow",
            string_type="utf8", limits=None, lone_surrogates="error", on_mismatch="fail", **own):
    """The lowered plan of a source with these options; see ``Decoder`` for what they mean. ``types``: a dict from
    typed columns to their payloads, where there are several.
    """
    if on_error not in ("raise", "collect", "stop", "null"):
        raise ValueError(f"on_error must be raise, collect, stop or null, not {on_error!r}")
    if lone_surrogates not in ("error", "replace"):
        raise ValueError(f"lone_surrogates must be error or replace, not {lone_surrogates!r}")
    for name, value in dict(limits or {}).items():
        if name not in _LIMITS:
            raise ValueError(f"limits: {name!r} is not one of {', '.join(_LIMITS)}")
        if not isinstance(value, int) or not 1 <= value <= _LIMITS[name]:
            raise ValueError(f"limits: {name} must be an integer from 1 to {_LIMITS[name]}, not {value!r}")
    for name in own:
        if name not in source.options:
            raise TypeError(f"{source.name} has no option {name!r}")
    if payload is not None and source.payload is None:
        raise ValueError(f"payload: {source.name} does not say which of its fields holds one")
    types = dict(types or ({} if payload is None else {source.payload: payload}))
    order, wanted = source.columns, {}
    if columns is not None:
        order, wanted = _asked(source, list(columns) if not isinstance(columns, str) else columns, types)
        if not types and any(name in order for name in source.beside):
            types = {source.payload: "utf8"}
    elif types and source.beside:
        after = order.index(source.payload) + 1
        order = (*order[:after], *source.beside, *order[after:])
    if flatten and len(source.typed) > 1:
        raise ValueError(f"flatten=True would mix the fields of {', '.join(source.typed)}")
    if flatten and not types:
        raise ValueError("flatten=True lifts the fields of a payload: say which with payload=")
    words = [_payload_word(source, name, types[name], wanted.get(name), flatten, on_mismatch, own)
             if name in types and (name in order or len(source.typed) == 1) else source.bare
             for name in source.typed]
    root = prune(source.envelope(*words, **own), order, source.aside)
    return lower(root, order=order, hidden=source.aside, identifier=source.identifier,
                 identifier_path=source.identifier_path, group_path=source.group_path, dialect=dialect,
                 string_type=string_type, corrupt=on_error == "null",
                 replace_surrogates=lone_surrogates == "replace", limits=limits)
