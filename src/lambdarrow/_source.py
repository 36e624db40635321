"""What a source declares, and how a declaration, a payload and options become a plan."""

from . import schema
from ._columns import asked_columns, flat, narrow, prune
from ._lower import lower

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
    the column that tells whether it does. ``partitioned``: each group is a stream of its own (a partition of a topic),
    where Lambda goes on from the first failure. ``options``: the names of options that only this source has, which its
    ``envelope`` and ``layer`` are given.
    """

    __slots__ = (
        "name", "envelope", "payload", "bare", "layer", "typed", "items", "columns", "beside", "on_request",
        "identifier", "identifier_path", "ordered", "group", "group_path", "queue", "partitioned", "options",
    )

    def __init__(self, name, envelope, *, payload, bare, layer, columns, typed=None, items=False, beside=(),
                 on_request=(), identifier=None, identifier_path=(), ordered=False, group=None, group_path=(),
                 queue=None, partitioned=False, options=()):
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
        self.partitioned = partitioned
        self.options = options

    @property
    def aside(self):
        """Columns that are kept for answering Lambda, asked for or not."""
        return tuple([name for name in (self.identifier, self.group, self.queue) if name is not None])


def event_struct(module, name):
    """The ``__getattr__`` of a source's module, whose ``Event`` is this class of ``lambdarrow.events``: it is imported
    when it is asked for, and msgspec with it.
    """
    def found(asked):
        if asked != "Event":
            raise AttributeError(f"module {module!r} has no attribute {asked!r}")
        from . import events

        return getattr(events, name)

    return found


def _payload_word(source, name, payload, wanted, flatten, on_mismatch, own):
    """The word of a typed column."""
    from ._drift import drifting
    from ._payload import to_word

    word = to_word(payload).but(arrow_nullable=True)
    if wanted is not None:
        word = narrow(word, wanted, name)
    if source.layer is not None and not source.items:
        word = schema.byte_word(word)
    elif word.op in schema.BYTE_WORDS:
        raise ValueError(f"payload: {name} is a JSON value, and {word.op} reads bytes")
    word = drifting(word, on_mismatch, f"$.{name}" if len(source.typed) > 1 else "$")
    if flatten:
        word = flat(word, name)
    return word if source.layer is None else source.layer(word, **own)


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
        order, wanted = asked_columns(source, list(columns) if not isinstance(columns, str) else columns, types)
        if not types and any(name in order for name in source.beside):
            types = {source.payload: "utf8"}
    elif types and source.beside:
        after = order.index(source.payload) + 1
        order = (*order[:after], *source.beside, *order[after:])
    if flatten and len(types) > 1:
        raise ValueError(f"flatten=True would mix the fields of {', '.join(types)}")
    if flatten and not types:
        raise ValueError("flatten=True lifts the fields of a payload: say which with payload=")
    words = [_payload_word(source, name, types[name], wanted.get(name), flatten, on_mismatch, own)
             if name in types and (name in order or len(source.typed) == 1) else source.bare
             for name in source.typed]
    root = prune(source.envelope(*words, **own), order, source.aside)
    plan = lower(root, order=order, hidden=source.aside, identifier=source.identifier,
                 identifier_path=source.identifier_path, group_path=source.group_path, dialect=dialect,
                 string_type=string_type, corrupt=on_error == "null",
                 replace_surrogates=lone_surrogates == "replace", limits=limits)
    plan.stops = on_error == "stop"
    return plan
