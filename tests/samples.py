"""Samples of payloads whose schema is inferred: strategies for them, and what a schema makes of one.

What a payload means is json's to say; the words of the schema only say how to hold it against what was decoded.
"""

import datetime as dt
import json
from decimal import Decimal

import events
from hypothesis import strategies as st

import lambdarrow
from lambdarrow import kinesis, schema


def infer(*payloads, **options):
    return lambdarrow.infer_schema(events.event_of(*payloads), **options)


def decoded(payload_schema, *payloads, **options):
    """The batch whose one column the payloads are, with none lost."""
    batch = kinesis.to_arrow(events.event_of(*payloads), payload=payload_schema, columns=["data"], **options)
    assert not batch.failures
    return batch


def parsed(text):
    """json's verdict; of integers so long that Python refuses them, their digits."""
    return json.loads(text, parse_int=lambda digits: int(digits) if len(digits) < 4000 else digits)


def assert_means(got, wanted, word, names=None):
    """What was decoded is what json says: text of a json column is JSON, missing keys are None.

    ``names``: the name that a key goes by in ``got``, if not its own.
    """
    if word.op == "json":
        assert got is None if wanted is None else parsed(got) == wanted
    elif wanted is None:
        assert got is None
    elif word.op == "struct":
        assert isinstance(wanted, dict)
        called = {field.key: (names or {}).get((id(word), field.key), field.name) for field in word.children}
        assert list(got) == list(called.values())
        assert set(wanted) <= set(called)
        for field in word.children:
            assert_means(got[called[field.key]], wanted.get(field.key), field.word, names)
    elif word.op == "list":
        assert isinstance(wanted, list) and len(got) == len(wanted)
        for one, other in zip(got, wanted, strict=True):
            assert_means(one, other, word.children[0], names)
    elif word.op == "map":
        assert list(got) == list(wanted)
        for key in wanted:
            assert_means(got[key], wanted[key], word.children[0], names)
    elif word.op == "date32":
        assert got == dt.date.fromisoformat(wanted)
    elif word.op == "timestamp":
        assert got == dt.datetime.fromisoformat(wanted.upper())
    else:
        assert got == wanted
        assert isinstance(got, {"bool": bool, "int": int, "float": float, "utf8": str, "decimal": Decimal}[word.op])
        assert isinstance(wanted, bool) == (word.op == "bool")


def tree(word):
    """Everything that two equal trees have in common."""
    children = [(child.key, child.name, tree(child.word)) if isinstance(child, schema.Field) else tree(child)
                for child in word.children]
    return word.op, word.options, word.nullable, children


# --- strategies --------------------------------------------------------------------------------------

TEXT = st.characters(exclude_categories=["Cs"])
KEYS = st.one_of(
    st.sampled_from(["a", "b", "id", "type", "from", "required", "default", "int", "Geo", "geo", "a.b", "a b", '"', "",
                     "\0", "class", "é", "ﬁ"]),
    st.text(TEXT, max_size=3),
)
TIMES_AND_DAYS = st.sampled_from([
    "2024-02-29", "2023-02-29", "2024-02-29T12:34Z", "2024-02-29 12:34:56.5+02", "2024-02-29T12:34:56.1234567z",
    "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59-01:00", "2024-02-29T12:34:56", "2024-02-29T24:00:00Z",
])
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.integers(-(2**65), 2**65), st.integers(-(10**39), 10**39),
    st.sampled_from([2**53, 2**53 + 1, 2**63, 2**63 - 1, -(2**63), 2**64 - 1, 2**64, 10**38, 10**38 - 1]),
    st.floats(allow_nan=False, allow_infinity=False), st.text(TEXT, max_size=5), TIMES_AND_DAYS,
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)


def like(value):
    """Values of about the same shape: most keys, and other scalars of mostly the same kind."""
    if isinstance(value, dict):
        return st.fixed_dictionaries({}, optional={key: like(inner) for key, inner in value.items()})
    if isinstance(value, list):
        return st.lists(st.sampled_from(value).flatmap(like), max_size=3) if value else st.just([])
    kinds = {bool: st.booleans(), int: st.integers(-(2**64), 2**64), str: st.text(TEXT, max_size=5),
             float: st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**54), 2**54)}
    return st.one_of(st.just(value), st.none(), kinds.get(type(value), st.integers()))


# Payloads that have much in common, and payloads that need not have anything.
SAMPLES = VALUES.flatmap(lambda value: st.lists(like(value), min_size=1, max_size=5)) | st.lists(
    VALUES, min_size=1, max_size=4)
