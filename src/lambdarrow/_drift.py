"""What becomes of a value that does not fit its type: the option ``on_mismatch``, of a field or of a whole payload."""

from . import schema
from ._lower import STEP, n_levels, step

POLICIES = ("fail", "null", "rescue")
COERCIONS = ("string", "number")
# What a string can hold without losing anything, and what a string can be had from.
_FROM_STRING = ("int", "float", "bool", "timestamp")
_FROM_NUMBER = ("utf8", "dictionary")


def with_options(word, options, path):
    """The word with ``on_mismatch`` and ``coerce`` of a field's options, checked."""
    changes = {}
    if options.get("on_mismatch") is not None:
        if options["on_mismatch"] not in POLICIES:
            raise ValueError(f"{path}: on_mismatch is one of {', '.join(POLICIES)}, not {options['on_mismatch']!r}")
        changes["on_mismatch"] = options["on_mismatch"]
    coerce = options.get("coerce")
    if coerce is not None:
        epoch = word.op != "timestamp" or word.options["epoch"] is not None
        if coerce not in COERCIONS:
            raise ValueError(f"{path}: coerce is one of {', '.join(COERCIONS)}, not {coerce!r}")
        if coerce == "string" and not (word.op in _FROM_STRING and epoch):
            raise ValueError(f'{path}: coerce "string" is for numbers, truth values and epochs that a string holds')
        if coerce == "number" and (word.op not in _FROM_NUMBER or word.options.get("values")):
            raise ValueError(f'{path}: coerce "number" is for text that a number may stand for')
        changes["coerce"] = coerce
    return word.but(**changes) if changes else word


def drifting(word, policy, path="$", around="fail"):
    """The word of a payload with a way out at every value whose field, or the whole, has one. ``around``: the policy of
    what the value stands in."""
    if policy not in POLICIES:
        raise ValueError(f"on_mismatch must be one of {', '.join(POLICIES)}, not {policy!r}")
    policy = word.options.get("on_mismatch") or policy
    if word.op in ("delimited_line", "labelled"):
        # The first field may tell whether a line is one of its own, and must not fit by being null.
        first = word.children[0] if word.options.get("lead") else None
        return word.but(children=[
            child if child.word.op == "skip" or child is first
            else child.but(drifting(child.word, policy, path + step(child.name), policy)) for child in word.children])
    if word.op in schema.BYTE_WORDS + ("object", "explode", "each", "tee"):
        return word.but(children=[_inside(child, policy, path, around) for child in word.children])
    if word.op == "attribute":
        # The way out leads around the type tag too.
        inside = drifting(word.children[0], policy, path, around)
        if inside.op != "or_else":
            return word.but(children=(inside,))
        return inside.but(children=(word.but(children=inside.children),))
    if word.op in ("list", "map"):
        inner = word.but(children=(drifting(word.children[0], policy, path + STEP, policy),))
    elif word.op == "items":
        children = [_inside(child, policy, f"{path}[{k}]", policy) for k, child in enumerate(word.children)]
        inner = word.but(children=children)
    else:
        inner = word.but(children=[_inside(child, policy, path, policy) for child in word.children])
    # Any value fits the first two. Without its rows a record would vanish.
    if word.op in ("json", "skip") or policy == around == "fail" or n_levels(word):
        return inner
    if not word.arrow_nullable and policy != "fail":
        raise ValueError(f"{path.replace(STEP, '[]')}: on_mismatch makes nulls, and this field's Arrow type has none")
    return schema.or_else(inner, policy, path=path, strict=True)


def _inside(child, policy, path, around):
    if not isinstance(child, schema.Field):
        return drifting(child, policy, path, around)
    if child.word.op in schema.SILENT_WORDS:
        return child
    return child.but(drifting(child.word, policy, path if child.key is None else path + step(child.key), around))
