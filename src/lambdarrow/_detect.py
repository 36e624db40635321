"""Which source an event comes from: a table, and a reader that looks no further than it must."""

# The step of a path that means any item of a list: the first one in which the rest is found.
ANY = None

# Where an event says what it is, and for each text there, what we call it. Of the records of a
# batch the first that says so speaks for all: Lambda never mixes sources.
_TABLE = (
    (("Records", ANY, "eventSource"), {"aws:dynamodb": "dynamodb", "aws:kinesis": "kinesis", "aws:sqs": "sqs"}),
)
# Events that are told by a key that no other has.
_KEYS = {"awslogs": "logs", "deliveryStreamArn": "firehose"}
SOURCES = (*[name for _, names in _TABLE for name in names.values()], *_KEYS.values())

# What is no event, and has to be named: files of lines.
FILES = ("dynamodb_export", "dynamodb_export_incremental")

# Further places, for saying what it is that we do not know.
_ELSEWHERE = (("Records", ANY, "EventSource"), ("eventSource",), ("source",))
_KEYS_SHOWN, _SHOWN = 5, 60


class UnknownSource(ValueError):
    """An event that is of no source in our table, or that does not say which."""


def detect(event):
    """The name of the source that ``event`` (in any form that ``to_arrow`` takes) comes from.

    Raises :class:`UnknownSource`, which says what was seen instead. Reads from the start to where
    the source is named; what comes after may be anything.
    """
    if not isinstance(event, (bytes, bytearray)):
        from ._event import as_buffer

        event = bytes(as_buffer(event))
    try:
        start = _after_space(event, 0)
        for path, names in _TABLE:
            seen = _text_at(event, start, path)
            if seen in names:
                return names[seen]
        key = first_key(event, _KEYS)
        if key is not None:
            return _KEYS[key]
        raise UnknownSource(_what_it_is(event, start))
    except IndexError:
        raise UnknownSource("no known source is named before the text ends") from None


def first_key(event, names):
    """Which of ``names`` is the first key of an event (bytes) that is among them, or None. What stands before it is
    stepped over; broken JSON is for the decoder to say.
    """
    try:
        start = _after_space(event, 0)
        if event[start] == _OPEN_OBJECT:
            return next((key for key, _ in _members(event, start) if key in names), None)
    except IndexError:
        pass
    return None


def _what_it_is(event, start):
    for path in [path for path, _ in _TABLE] + list(_ELSEWHERE):
        seen = _text_at(event, start, path)
        if seen is not None:
            known = ", ".join([text for _, names in _TABLE for text in names])
            return f"the event comes from {seen[:_SHOWN]!r}; known is {known}"
    if event[start] != _OPEN_OBJECT:
        return "not a JSON object"
    keys = [repr(key[:_SHOWN]) for key, _ in _members(event, start)]
    shown = ", ".join(keys[:_KEYS_SHOWN]) + (", …" if len(keys) > _KEYS_SHOWN else "")
    return f"the event does not say where it comes from; its keys: {shown or 'none'}"


# A reader that finds its way without making objects. It steps over values without checking them:
# that is the decoder's work. Reading past the end is an IndexError, which `detect` takes for the end.

_QUOTE, _BACKSLASH, _COLON, _COMMA = b'"\\:,'
_OPEN_OBJECT, _OPEN_LIST = b"{["
_SPACE, _OPEN, _CLOSE = b" \t\r\n", b"{[", b"}]"
_AFTER_SCALAR = _SPACE + _CLOSE + b","


def _after_space(text, at):
    while text[at] in _SPACE:
        at += 1
    return at


def _after_string(text, at):
    """Past the string whose opening quote is at ``at``; ``find`` makes a megabyte of base64 cheap."""
    end = at
    while True:
        end = text.find(b'"', end + 1)
        if end < 0:
            raise IndexError
        before = end - 1
        while text[before] == _BACKSLASH:
            before -= 1
        if (end - before) % 2:  # an even number of backslashes leaves the quote a quote
            return end + 1


def _after_value(text, at):
    if text[at] == _QUOTE:
        return _after_string(text, at)
    depth = 0
    while True:
        byte = text[at]
        if byte == _QUOTE:
            at = _after_string(text, at)
            continue
        if byte in _OPEN:
            depth += 1
        elif byte in _CLOSE and depth:
            depth -= 1
            if not depth:
                return at + 1
        elif not depth and byte in _AFTER_SCALAR:
            return at
        at += 1


def _string(text, at):
    raw = text[at:_after_string(text, at)]
    if _BACKSLASH not in raw:
        return raw[1:-1].decode("utf-8", "replace")
    import json

    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode("utf-8", "replace")  # no key of ours, and nothing to stop at


def _members(text, at):
    """(key, where its value starts) of each member of an object; ends at the first oddity."""
    at = _after_space(text, at + 1)
    while text[at] == _QUOTE:
        key = _string(text, at)
        at = _after_space(text, _after_string(text, at))
        if text[at] != _COLON:
            return
        at = _after_space(text, at + 1)
        yield key, at
        at = _after_space(text, _after_value(text, at))
        if text[at] != _COMMA:
            return
        at = _after_space(text, at + 1)


def _items(text, at):
    """Where each item of a list starts."""
    at = _after_space(text, at + 1)
    while text[at] not in _CLOSE:
        yield at
        at = _after_space(text, _after_value(text, at))
        if text[at] != _COMMA:
            return
        at = _after_space(text, at + 1)


def _text_at(text, at, path):
    """The string at a path, None if there is none."""
    if not path:
        return _string(text, at) if text[at] == _QUOTE else None
    step, rest = path[0], path[1:]
    if step is ANY:
        if text[at] == _OPEN_LIST:
            for item in _items(text, at):
                seen = _text_at(text, item, rest)
                if seen is not None:
                    return seen
    elif text[at] == _OPEN_OBJECT:
        for key, value in _members(text, at):
            if key == step:
                return _text_at(text, value, rest)
    return None
