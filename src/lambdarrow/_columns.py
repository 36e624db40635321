"""Which columns of a word are wanted: those that are asked for, and of a payload only some of its fields."""

from . import schema
from ._lower import has_unit, n_levels
from .schema import PLACE, Field, Word

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


def flat(word, lifted):
    """The word with the fields of its struct as columns of the batch."""
    if word.op == "struct":
        return Word("object", word.children, nullable=word.nullable, lifted=lifted, **word.options)
    if word.op in ("delimited_line", "labelled"):
        return word.but(lifted=lifted)
    if word.op == "one_of" and word.options["grouped"]:
        return word.but(grouped=False, lifted=lifted)
    inner = _inside(word, lambda below: flat(below, lifted))
    if inner is None:
        raise ValueError(f"flatten=True needs a payload with fields, not {word.op}")
    return inner


def narrow(word, wanted, path):
    """A struct, or a list of them, with only the fields that ``wanted`` (dotted names) leads to; the
    rest is skipped where it stands. A name may hold dots itself: the whole of it is tried first."""
    if word.op == "list":
        return word.but(children=(narrow(word.children[0], wanted, path),))
    if word.op not in ("struct", "delimited_line", "labelled") and not word.options.get("grouped"):
        inner = _inside(word, lambda below: narrow(below, wanted, path))
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
            if word.op == "either" or _decides(word, field):    # the others depend on it
                fields.append(Field(field.key, field.word, field.name, required=field.required, hidden=True))
            elif field.key is not None or field.word.op not in schema.SILENT_WORDS:
                fields.append(Field(field.key, schema.skip(), field.name))
        elif below[name] is None:
            fields.append(field)
        else:
            fields.append(field.but(narrow(field.word, below[name], f"{path}.{name}")))
    return word.but(children=fields)


def _decides(word, field):
    """Whether a field tells if a value is of its word at all."""
    if word.op == "delimited_line":
        return word.options["lead"] and field is word.children[0]
    return field.word.op == "renamed" and field.word.options["closed"]


def _only_object(word, below, path):
    """The same of an object, or of the rows that are objects."""
    if word.op == "object":
        return _only(word, below, path)
    return word.but(children=(_only_object(word.children[0], below, path),))


def asked_columns(source, columns, types):
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
    silent = field.name in aside and word.op in schema.SILENT_WORDS     # it cannot fail
    if needed or silent or field.name == "_metadata" or field.name in keep:
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
        # Where the records are, nothing may fail and be null.
        asked = not aside or inner.op in schema.BYTE_WORDS or has_unit(word) or prune(word, keep, (), False) is not None
        return field.but(inner if asked else schema.or_else(inner))
    return None if field.key is None and word.op in schema.SILENT_WORDS else Field(field.key, schema.skip(), field.name)
