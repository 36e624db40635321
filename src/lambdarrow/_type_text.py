"""A type written as a string, in Arrow's own names; both ways.

``timestamp[ms, UTC]``, ``decimal128(12, 2)``, ``map<utf8, list<int64>>``: what ``parse`` reads,
``say`` writes. What a string cannot say (options, keys unlike names) is said in the dicts of
``_grammar.py``.
"""

from . import schema
from .schema import Field

UNITS = ("s", "ms", "us", "ns")
MAX_PRECISION = {128: 38, 256: 76}

_PLAIN = {
    "bool": schema.bool_,
    "int8": lambda: schema.int_(8),
    "int16": lambda: schema.int_(16),
    "int32": lambda: schema.int_(32),
    "int64": lambda: schema.int_(64),
    "uint8": lambda: schema.int_(8, signed=False),
    "uint16": lambda: schema.int_(16, signed=False),
    "uint32": lambda: schema.int_(32, signed=False),
    "uint64": lambda: schema.int_(64, signed=False),
    "float32": lambda: schema.float_(32),
    "float64": lambda: schema.float_(64),
    "utf8": schema.utf8,
    "large_utf8": lambda: schema.utf8(size="large"),
    "utf8_view": lambda: schema.utf8(size="view"),
    "binary": schema.binary,
    "large_binary": lambda: schema.binary(large=True),
    "date32": schema.date32,
    "json": schema.json,
    "uuid": schema.uuid,
}
# What the words with arguments look like, for the error that finds them misspelt.
_SHAPES = {
    "timestamp": "timestamp[ms, UTC] or timestamp[ms]",
    "decimal128": "decimal128(12, 2)",
    "decimal256": "decimal256(50, 10)",
    "dictionary": "dictionary<utf8>",
    "list": "list<T>",
    "map": "map<utf8, T>",
    "struct": "struct<a: int64, b: utf8>",
}
# What a field's name may hold, beside letters and digits, without quotes.
_BARE = "_-.$@"
# Names that other systems use and that no edit distance leads home.
_FOREIGN = {
    "string": "utf8", "str": "utf8", "text": "utf8", "varchar": "utf8", "large_string": "large_utf8",
    "string_view": "utf8_view", "int": "int64", "integer": "int64", "long": "int64", "bigint": "int64",
    "short": "int16", "byte": "int8", "float": "float32 or float64", "double": "float64",
    "boolean": "bool", "bytes": "binary", "date": "date32", "datetime": "timestamp[us, UTC]",
    "decimal": "decimal128(12, 2)", "object": "json", "any": "json", "array": "list<T>",
    "dict": "map<utf8, T>",
}


def parse(text, path):
    """The word that a string names."""
    return _Text(text, path).whole()


def is_zone(tz):
    """Whether the text can be a zone: a name (UTC, Europe/Paris, Etc/GMT+5) or an offset."""
    return tz != "" and tz.isascii() and all(c.isalnum() or c in "/_+-:" for c in tz)


def path_keys(path):
    """The keys of a path such as ``$.a.b`` or ``$["any key"].c``; ``$`` has none."""
    if not isinstance(path, str) or not path.startswith("$"):
        raise ValueError(f"a path is $, $.key or $[\"any key\"].key, not {path!r}")
    keys, text = [], _Text(path, path)
    text.at = 1
    while text.at < len(path):
        mark = path[text.at]
        text.at += 1
        end = min([at for at in (path.find(".", text.at), path.find("[", text.at)) if at >= 0], default=len(path))
        if mark == "[" and text.peek() == '"':
            keys.append(text.name("a path"))
            text.expect("]", "a path")
        elif mark == "." and end > text.at:
            keys.append(path[text.at:end])
            text.at = end
        else:
            raise ValueError(f"a path is $, $.key or $[\"any key\"].key, not {path!r}")
    return tuple(keys)


def fits(value, bits, signed):
    """Whether the integer has a place in the Arrow type."""
    low = -(1 << (bits - 1)) if signed else 0
    return low <= value < low + (1 << bits)


def check_text(text, path):
    """Refuse text that UTF-8 cannot hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{path}: {text!r} holds a lone surrogate") from None


def struct(fields, path, *, closed=False, **kw):
    """A struct whose names and wire keys are checked."""
    if not fields:
        raise ValueError(f'{path}: a struct without fields cannot be stored (Parquet refuses it); use "json"')
    names, keys = set(), set()
    for field in fields:
        check_text(field.name, path)
        check_text(field.key, path)
        if "\0" in field.name:
            raise ValueError(f"{path}: {field.name!r} holds a NUL, where Arrow's C interface ends a name")
        if field.name in names:
            raise ValueError(f"{path}: two fields are called {field.name!r}")
        if field.key in keys:
            raise ValueError(f"{path}: two fields read the key {field.key!r}")
        names.add(field.name)
        keys.add(field.key)
    return schema.struct(fields, closed=closed, **kw)


class _Text:
    """A type written as a string: the text and how far it is read."""

    __slots__ = ("text", "at", "path")

    def __init__(self, text, path):
        self.text = text
        self.at = 0
        self.path = path

    def whole(self):
        word = self.type(self.path)
        if self.peek():
            raise self.error(f"unexpected {self.text[self.at:]!r}", self.path)
        return word

    def error(self, what, path):
        return ValueError(f"{path}: {what} in {self.text!r}")

    def peek(self):
        while self.text[self.at:self.at + 1].isspace():
            self.at += 1
        return self.text[self.at:self.at + 1]

    def expect(self, mark, path):
        if self.peek() != mark:
            found = repr(self.text[self.at]) if self.at < len(self.text) else "the end"
            raise self.error(f"expected {mark!r}, found {found}", path)
        self.at += 1

    def run(self, accepted):
        """The longest run of characters that are letters, digits, or among ``accepted``."""
        self.peek()
        start = self.at
        while self.at < len(self.text) and (self.text[self.at].isalnum() or self.text[self.at] in accepted):
            self.at += 1
        return self.text[start:self.at]

    def type(self, path):
        name = self.run("_")
        if name in _PLAIN:
            return _PLAIN[name]()
        if name not in _SHAPES:
            raise ValueError(f"{path}: unknown type {name!r}{_nearest(name)} (in {self.text!r})")
        opening = _SHAPES[name][len(name)]
        if self.peek() != opening:
            raise ValueError(f"{path}: {name} is written {_SHAPES[name]} (in {self.text!r})")
        self.at += 1
        if opening == "[":
            return self.timestamp(path)
        if opening == "(":
            return self.decimal(int(name[7:]), path)
        word = getattr(self, name)(path)
        self.expect(">", path)
        return word

    def timestamp(self, path):
        unit = self.run("")
        if unit not in UNITS:
            raise self.error(f"the unit is one of {', '.join(UNITS)}, not {unit!r}", path)
        tz = None
        if self.peek() == ",":
            self.at += 1
            tz = self.run("/_+-:")
            if not is_zone(tz) or self.peek() != "]":
                raise self.error("the zone is a name such as UTC or Europe/Paris, or an offset", path)
        self.expect("]", path)
        return schema.timestamp(unit, tz)

    def number(self, what, low, high, path):
        digits = self.run("+-")
        if not (digits.isascii() and digits.isdigit() and len(digits) < 4 and low <= int(digits) <= high):
            raise self.error(f"the {what} is a number from {low} to {high}, not {digits!r}", path)
        return int(digits)

    def decimal(self, bits, path):
        precision = self.number("precision", 1, MAX_PRECISION[bits], path)
        self.expect(",", path)
        scale = self.number("scale", 0, precision, path)
        self.expect(")", path)
        return schema.decimal(bits, precision, scale)

    def dictionary(self, path):
        if self.run("_") != "utf8":
            raise self.error("a dictionary holds utf8", path)
        return schema.dictionary()

    def list(self, path):
        return schema.list_(self.type(path + "[]"))

    def map(self, path):
        if self.run("_") != "utf8":
            raise self.error("the keys of a map are utf8, as those of a JSON object are", path)
        self.expect(",", path)
        return schema.map_(self.type(path + "{}"))

    def struct(self, path):
        fields = []
        while self.peek() != ">":
            if fields:
                self.expect(",", path)
            name = self.name(path)
            self.expect(":", path)
            fields.append(Field(name, self.type(f"{path}.{name}")))
        return struct(fields, path)

    def name(self, path):
        if self.peek() != '"':
            name = self.run(_BARE)
            if not name:
                raise self.error("expected the name of a field, quoted if it is no plain word", path)
            return name
        parts = []
        self.at += 1
        while self.at < len(self.text) and self.text[self.at] != '"':
            self.at += self.text[self.at] == "\\"
            parts.append(self.text[self.at:self.at + 1])
            self.at += 1
        if self.at >= len(self.text):
            raise self.error("a quoted name has no end", path)
        self.at += 1
        return "".join(parts)


def _nearest(name):
    known = [*_PLAIN, *_SHAPES]
    if name.lower() in _FOREIGN:
        return f"; in Arrow's words: {_FOREIGN[name.lower()]}"
    ranked = sorted((_distance(name.lower(), other), other) for other in known)
    near = [other for steps, other in ranked if steps <= 2][:3]
    return f"; did you mean {' or '.join(near)}?" if near else f"; the types are {', '.join(known)}"


def _distance(a, b):
    """Levenshtein's edit distance, one row at a time."""
    row = range(len(b) + 1)
    for i, left in enumerate(a, 1):
        above, row = row, [i]
        for j, right in enumerate(b, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (left != right)))
    return row[-1]


def options_of(word):
    """What a word's type leaves unsaid, as the options of the grammar."""
    values = word.options.get("allowed" if word.op == "int" else "values")
    said = {
        "epoch": word.options.get("epoch"),
        "assume": word.options.get("assume"),
        "values": None if values is None else list(values),
        "on_mismatch": word.options.get("on_mismatch"),
        "coerce": word.options.get("coerce"),
    }
    return {key: value for key, value in said.items() if value is not None}


def say(word):
    """The type of a word as a string, its own options left out, none allowed further inside."""
    options = word.options
    if word.op == "timestamp":
        return f"timestamp[{options['unit']}{', ' + options['tz'] if options['tz'] else ''}]"
    if word.op == "decimal":
        return f"decimal{options['bits']}({options['precision']}, {options['scale']})"
    if word.op == "dictionary":
        return "dictionary<utf8>"
    if word.op == "list":
        return f"list<{_said_inside(word.children[0])}>"
    if word.op == "map":
        return f"map<utf8, {_said_inside(word.children[0])}>"
    if word.op == "struct" and not options["closed"]:
        return f"struct<{', '.join(_said_member(field) for field in word.children)}>"
    said = {key: value for key, value in options.items() if key not in ("on_mismatch", "coerce")}
    if word.op == "int":
        said["allowed"] = None
    for name, make in _PLAIN.items():
        plain = make()
        if plain.op == word.op and plain.options == said:
            return name
    raise ValueError(f"the grammar has no word for {word!r}")


def _said_inside(word):
    if options_of(word) or not (word.nullable and word.arrow_nullable):
        raise ValueError(f"the grammar cannot say options inside a map: {word!r}")
    return say(word)


def _said_member(field):
    if field.key != field.name or field.required or field.default is not None or field.hidden:
        raise ValueError(f"the grammar cannot say options inside a map: {field!r}")
    name = field.name
    if not name or not all(c.isalnum() or c in _BARE for c in name):
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{name}: {_said_inside(field.word)}"
