"""The words of DynamoDB by themselves: `attribute`, and `observe`, which only notes what it meets."""

import json
from decimal import Decimal

import pytest
from dynamodb import SETS, exact, items_of, number_texts, people, seeds, written
from engine.plans import decode, decoder, event_of, records, values_of
from hypothesis import given

from lambdarrow import DecodeError, schema
from lambdarrow.schema import (
    Field,
    attribute,
    counter,
    explode,
    int_,
    json_string,
    list_,
    map_,
    object_,
    observe,
    part,
    skip,
    struct,
    tee,
    utf8,
)

TEXTS = attribute(utf8())

WORDS = [
    (int_(8), [('{"N":"5"}', 5), ('{"N":"1E2"}', 100), ('{"NULL":true}', None)],
     [('{"S":"5"}', "unexpected_type"), ('{"N":"300"}', "out_of_range"), ("null", "invalid_attribute"),
      ("5", "invalid_attribute")]),
    (utf8(), [('{"S":"x"}', "x")], [('{"N":"5"}', "unexpected_type"), ('"x"', "invalid_attribute")]),
    (part("#", -1), [('{"S":"USER#5"}', "5")], [('{"N":"5"}', "unexpected_type")]),
    (schema.form(), [('{"S":"a+b%20c"}', "a b c")], [('{"S":"%ff"}', "invalid_utf8")]),
    (schema.bool_(), [('{"BOOL":true}', True), ('{"BOOL":false}', False)], [('{"S":"true"}', "unexpected_type")]),
    (schema.decimal(128, 5, 2), [('{"N":"1.5"}', Decimal("1.50"))], [('{"N":"1.234"}', "not_exact")]),
    (list_(TEXTS), [('{"SS":["a"]}', ["a"]), ('{"L":[{"S":"b"},{"NULL":true}]}', ["b", None])],
     [('{"L":["a"]}', "invalid_attribute"), ('{"NS":["1"]}', "unexpected_type")]),
    (map_(TEXTS), [('{"M":{"a":{"S":"x"}}}', {"a": "x"})], [('{"M":{"a":"x"}}', "invalid_attribute")]),
    (struct((Field("a", TEXTS),)), [('{"M":{"a":{"S":"x"},"b":5}}', {"a": "x"}), ('{"M":{}}', {"a": None})],
     [('{"M":[]}', "invalid_attribute")]),
    (schema.json(), [('{"NS":["+1",".5"]}', "[1,0.5]"), ('{"M":{"a":{"B":""}}}', '{"a":""}')],
     [('{"M":{"a":5}}', "invalid_attribute")]),
    # A layer inside: what is in the text is plain JSON.
    (json_string({"a": "int64"}), [(r'{"S":"{\"a\":5}"}', {"a": 5})], [('{"S":"{"}', "unexpected_end")]),
    (schema.text("int64"), [('{"S":"5"}', 5)], [('{"N":"5"}', "unexpected_type")]),
    (schema.base64({"a": "int8"}), [('{"B":"eyJhIjo1fQ=="}', {"a": 5})], [('{"B":"e30"}', "base64_padding")]),
]


@pytest.mark.parametrize("inner, taken, refused", WORDS, ids=[word.op for word, _, _ in WORDS])
def test_an_attribute_of_each_word(inner, taken, refused):
    made = values_of(attribute(inner), *[text for text, _ in taken])
    assert made == [value for _, value in taken]
    for text, reason in refused:
        batch = decode(records(Field("v", attribute(inner))), event_of([taken[0][0], text]), on_error="collect")
        assert [(one.index, one.reason) for one in batch.failures] == [(1, reason)], text
    with pytest.raises(DecodeError) as caught:
        values_of(attribute(inner, nullable=False), '{"NULL":true}')
    assert caught.value.reason == "unexpected_null"


def test_the_content_of_a_map_without_its_tag():
    image = attribute(schema.json(), tag="M")
    assert values_of(image, '{"a":{"N":"5"}}', "null", "{}") == ['{"a":5}', None, "{}"]
    for text, reason in (("[]", "invalid_attribute"), ('{"a":5}', "invalid_attribute")):
        with pytest.raises(DecodeError) as caught:
            values_of(image, text)
        assert caught.value.reason == reason


@pytest.mark.parametrize("inner",
                         [skip(), counter(), tee(Field(None, utf8(), "x")), TEXTS, explode(utf8()), observe(0)],
                         ids=lambda word: word.op)
def test_what_is_no_value_of_an_attribute_is_no_plan(inner):
    with pytest.raises(ValueError):
        decoder(records(Field("v", attribute(inner))))


# --- observe ----------------------------------------------------------------------------------------

TWO_TREES = object_((Field("a", observe(0)), Field("b", observe(1))), nullable=False)
KINDS = ["NULL", "true", "false", "S", "N", "B", "set", "L", "M"]


def noted(values):
    """What is met at a place where these values stand: kinds, numbers that are no int64, digits before and behind the
    point, what is met in lists, and by key in maps."""
    met, beyond, whole, scale, inside, keys = 0, 0, 0, 0, [], {}
    for value in values:
        ((tag, content),) = value.items()
        kind = {"BOOL": str(content).lower(), "SS": "set", "NS": "set", "BS": "set"}.get(tag, tag)
        met |= 1 << KINDS.index(kind)
        if tag == "N":
            digits, exponent = exact(content)
            beyond += exponent < 0 or not -(2**63) <= digits * 10**exponent < 2**63
            whole = max(whole, len(str(abs(digits))) + exponent)
            scale = max(scale, -exponent)
        elif tag == "M":
            for name, inner in content.items():
                keys.setdefault(name, []).append(inner)
        elif tag == "L" or tag in SETS:
            inside += [[{SETS[tag]: member} for member in content] if tag in SETS else content]
    items = noted([item for some in inside for item in some]) if inside else None
    return met, beyond, whole, scale, items, tuple((name, noted(some)) for name, some in keys.items())


def plain(tree):
    """A tree of the engine's as the oracle says it."""
    met, beyond, whole, scale, items, keys = tree
    return (met, beyond, whole, scale, items and plain(items), tuple((name, plain(inner)) for name, inner in keys))


# Not zero, whose digits are a matter of taste.
numbers = number_texts() | people.filter(lambda text: exact(text) != (0, 0))


@given(items_of(numbers), items_of(numbers), seeds)
def test_what_is_met_is_noted_by_place(one, other, seed):
    event = b'{"a":' + written(one, seed) + b',"b":' + written(other, seed + 1) + b"}"
    trees = decoder(TWO_TREES).decode(event).observed
    for tree, item in zip(trees[:2], (one, other), strict=True):
        assert plain(tree)[5] == noted([{"M": item}])[5]


def test_events_that_are_fed_are_noted_together():
    native = decoder(TWO_TREES)
    for item in ({"x": {"N": "1"}}, {"x": {"S": "a"}, "y": {"BOOL": True}}, {"x": {"NULL": True}}):
        native.feed(json.dumps({"b": item}).encode())
    trees = native.finish().observed
    both = noted([{"N": "1"}, {"S": "a"}, {"NULL": True}])
    assert plain(trees[1])[5] == (("x", both), ("y", noted([{"BOOL": True}])))
    # The next batch begins anew.
    native.feed(b'{"b":{}}')
    assert plain(native.finish().observed[1])[5] == ()


@pytest.mark.parametrize("text", ["5", '{"x":5}', '{"x":{"Q":1}}', '{"x":{"N":"x"}}', '{"x":{"S":"a"}', "[]"])
def test_observe_refuses_what_is_no_item(text):
    with pytest.raises(DecodeError):
        decoder(TWO_TREES).decode(b'{"a":' + text.encode() + b"}")
    assert plain(decoder(TWO_TREES).decode(b'{"a":{}}').observed[0])[5] == ()
