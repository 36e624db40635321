"""JSON text as a tree. Strings and the verdict on the whole text are json's; the tree is our own only because json
forgets what the answers need: where a value stands, its source bytes, a number's digits, the earlier of two equal keys.
"""

import json
import re
from typing import NamedTuple

SPACE = re.compile(rb"[ \t\n\r]*")
STRING = re.compile(rb'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
LITERALS = {b"true": True, b"false": False, b"null": None}


class NotJSON(Exception):
    """The text is outside RFC 8259."""


class Node(NamedTuple):
    """A value and the bytes it came from; `kind` is object, array, string, number, bool or null."""

    kind: str
    value: object
    start: int
    end: int


def parse(text):
    """The tree of `text`, or NotJSON. Where json can read the text at all, the two must agree."""
    node, position = _value(text, SPACE.match(text).end())
    if SPACE.match(text, position).end() != len(text):
        raise NotJSON("bytes after the value")
    try:
        decoded = text.decode()
    except UnicodeDecodeError:
        return node
    assert _shape(node) == load(decoded)
    return node


def load(text):
    """json.loads, strict: no NaN, numbers as their text, objects as their pairs."""

    def refuse(word):
        raise NotJSON(word)

    def number(digits):
        return ("number", digits)

    try:
        return json.loads(
            text, parse_int=number, parse_float=number, parse_constant=refuse, object_pairs_hook=tuple
        )
    except ValueError as error:
        raise NotJSON(str(error)) from error


def _shape(node):
    if node.kind == "object":
        return tuple((key, _shape(child)) for key, child in node.value)
    if node.kind == "array":
        return [_shape(child) for child in node.value]
    return ("number", node.value) if node.kind == "number" else node.value


def _value(text, at):
    for pattern, kind in ((STRING, "string"), (NUMBER, "number")):
        if match := pattern.match(text, at):
            value = _string(match[0]) if kind == "string" else match[0].decode()
            return Node(kind, value, at, match.end()), match.end()
    for word, value in LITERALS.items():
        if text.startswith(word, at):
            return Node("null" if value is None else "bool", value, at, at + len(word)), at + len(word)
    for opening, closing, kind in ((b"{", b"}", "object"), (b"[", b"]", "array")):
        if text.startswith(opening, at):
            items, end = _items(text, at + 1, closing, kind)
            return Node(kind, items, at, end), end
    raise NotJSON(f"no value at byte {at}")


def _items(text, at, closing, kind):
    items = []
    at = SPACE.match(text, at).end()
    if text.startswith(closing, at):
        return items, at + 1
    while True:
        if kind == "object":
            match = STRING.match(text, at)
            colon = match and SPACE.match(text, match.end()).end()
            if not match or not text.startswith(b":", colon):
                raise NotJSON(f"no key at byte {at}")
            child, at = _value(text, SPACE.match(text, colon + 1).end())
            items.append((_string(match[0]), child))
        else:
            child, at = _value(text, at)
            items.append(child)
        at = SPACE.match(text, at).end()
        if text.startswith(closing, at):
            return items, at + 1
        if not text.startswith(b",", at):
            raise NotJSON(f"no comma at byte {at}")
        at = SPACE.match(text, at + 1).end()


def _string(quoted):
    """The text of a JSON string; bytes, when they are not UTF-8."""
    try:
        return json.loads(quoted.decode())
    except UnicodeDecodeError:
        return quoted
