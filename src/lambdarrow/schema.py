"""The words a plan is made of.

A Lambda event is a stack of encodings, and a decoder is a plan: a tree of the
words below. A word says how one value stands on the wire and which Arrow column,
if any, it feeds. ``_lower.py`` turns a tree of words into the flat list of
instructions that the native engine runs; nothing here parses anything.

Words that read a JSON value: the scalars, ``list_``, ``struct``, ``map_``, ``object_``,
``explode``, ``tee``, ``or_else``, ``one_of``, and the doors to another layer, ``base64``
and ``string``. Words that read the bytes of such a layer: ``parse`` (the bytes are
JSON), ``gzip``, ``text_bytes``, ``plain_bytes``.
"""


class Word:
    """One word of a plan: an operation, the words it is composed of, and its options.

    ``nullable`` says whether a JSON ``null`` is taken (it becomes a null slot) or is an
    error; ``arrow_nullable`` is the flag that the Arrow field carries.
    """

    __slots__ = ("op", "children", "options", "nullable", "arrow_nullable")

    def __init__(self, op, children=(), *, nullable=True, arrow_nullable=True, **options):
        self.op = op
        self.children = tuple(children)
        self.options = options
        self.nullable = nullable
        self.arrow_nullable = arrow_nullable

    def but(self, *, children=None, nullable=None, arrow_nullable=None, **options):
        """A copy with some of its parts replaced."""
        return Word(
            self.op,
            self.children if children is None else children,
            nullable=self.nullable if nullable is None else nullable,
            arrow_nullable=self.arrow_nullable if arrow_nullable is None else arrow_nullable,
            **{**self.options, **options},
        )

    def __repr__(self):
        inner = [repr(child) for child in self.children]
        inner += [f"{key}={value!r}" for key, value in self.options.items()]
        if not self.nullable:
            inner.append("nullable=False")
        return f"{self.op}({', '.join(inner)})"


class Field:
    """A key of an object and the word that reads its value.

    ``name`` is the Arrow name (the wire key where it is None). ``default`` is JSON text
    (bytes) that stands in for a missing key and runs through the field's own word.
    ``key`` None: a word that reads nothing from the wire (``counter``, ``constant``) or
    everything that no other field of the object names (``rest``).
    """

    __slots__ = ("key", "word", "name", "required", "default", "hidden")

    def __init__(self, key, word, name=None, *, required=False, default=None, hidden=False):
        self.key = key
        self.word = word
        self.name = key if name is None else name
        self.required = required
        self.default = default
        self.hidden = hidden

    def but(self, word):
        """A copy that reads with another word."""
        return Field(
            self.key, word, self.name,
            required=self.required, default=self.default, hidden=self.hidden,
        )

    def __repr__(self):
        return f"{self.name}: {self.word!r}"


def skip():
    """A value that nobody asked for: strings, numbers and brackets are checked, nothing is kept."""
    return Word("skip")


# Scalars: one JSON value, one slot of a column.

def bool_(**kw):
    """JSON true or false; Arrow bool."""
    return Word("bool", **kw)


def int_(bits, *, signed=True, allowed=None, **kw):
    """A JSON integer (no fraction, no exponent) that fits; Arrow int8..64, uint8..64.

    ``allowed``: a tuple of the only values taken (a Literal or an Enum).
    """
    return Word("int", bits=bits, signed=signed, allowed=allowed, **kw)


def float_(bits, **kw):
    """Any JSON number, correctly rounded; Arrow float64, or float32 rounded from it."""
    return Word("float", bits=bits, **kw)


def utf8(*, size="default", **kw):
    """A JSON string. ``size``: ``"default"`` (what ``string_type=`` says), ``"large"`` or ``"view"``."""
    return Word("utf8", size=size, **kw)


def uuid(**kw):
    """A JSON string in the 8-4-4-4-12 form of RFC 9562; Arrow utf8."""
    return Word("uuid", **kw)


def dictionary(*, values=None, **kw):
    """A JSON string that repeats; Arrow dictionary<int32, utf8> (utf8 where the dialect has none).

    ``values``: a tuple of the only texts taken (a Literal or an Enum).
    """
    return Word("dictionary", values=values, **kw)


def part(separator, index, **kw):
    """Piece ``index`` of a JSON string split at ``separator`` (an ASCII character), null where it has
    no such piece; negative counts from the end. Arrow dictionary<int32, utf8>.
    """
    return Word("part", separator=separator, index=index, **kw)


def binary(*, large=False, **kw):
    """A JSON string of canonical base64 (RFC 4648, section 4); Arrow binary or large_binary."""
    return Word("binary", large=large, **kw)


def decimal(bits, precision, scale, **kw):
    """A JSON number, or a string that holds one, exact at its scale; Arrow decimal128/256."""
    return Word("decimal", bits=bits, precision=precision, scale=scale, **kw)


def date32(**kw):
    """A JSON string ``YYYY-MM-DD``; Arrow date32."""
    return Word("date32", **kw)


def timestamp(unit, tz="UTC", *, epoch=None, assume=None, **kw):
    """ISO 8601 text, or, with ``epoch`` (``"s" "ms" "us" "ns"``), a JSON number counting from 1970.

    ``tz`` None makes a timestamp without a zone, whose text carries no offset. ``assume="UTC"``
    takes text without an offset for UTC. Digits finer than ``unit`` must be zeros.
    """
    return Word("timestamp", unit=unit, tz=tz, epoch=epoch, assume=assume, **kw)


def json(**kw):
    """Any JSON value, kept as its own source bytes; Arrow utf8."""
    return Word("json", **kw)


# Nested columns.

def list_(item, **kw):
    """A JSON array; Arrow list<item>."""
    return Word("list", (item,), **kw)


def struct(fields, *, closed=False, **kw):
    """A JSON object with known keys; Arrow struct. ``closed``: an unknown key is an error."""
    return Word("struct", fields, closed=closed, **kw)


def map_(value, **kw):
    """A JSON object iterated by arbitrary key (``each``); Arrow map<utf8, value>."""
    return Word("map", (value,), **kw)


# Rows and envelopes: what has no column of its own.

def object_(fields, **kw):
    """A JSON object that feeds the columns of the row that it stands in."""
    return Word("object", fields, **kw)


def explode(item, *, unit=False, **kw):
    """A JSON array whose items are rows. ``unit``: an item is what can fail (a record, a message)."""
    return Word("explode", (item,), unit=unit, **kw)


def each(item, *, unit=False, **kw):
    """A JSON object whose values are rows, or arrays of rows where ``item`` explodes them."""
    return Word("each", (item,), unit=unit, **kw)


def each_key(**kw):
    """The key that ``each`` stands at; reads nothing; Arrow dictionary<int32, utf8>."""
    return Word("each_key", **kw)


def tee(*fields, **kw):
    """One wire value read by several words, each into a column of its own."""
    return Word("tee", fields, **kw)


def or_else(word, policy="null", **kw):
    """``word``, or a null where the value does not fit it (``policy="null"``), or an error (``"fail"``)."""
    return Word("or_else", (word,), policy=policy, **kw)


def one_of(path, cases, *, other=None, prefix=False, **kw):
    """An object read by the word that the text at ``path`` (a tuple of keys) chooses.

    ``cases``: tuple of ``(text, Field)``; ``other``: the Field for everything else (None: an error).
    ``prefix``: the texts are prefixes, the first that fits is taken.
    """
    return Word("one_of", (), path=tuple(path), cases=tuple(cases), other=other, prefix=prefix, **kw)


def counter(*, start=0, **kw):
    """The position of the row in its list, from ``start``; reads nothing; Arrow int32."""
    return Word("counter", start=start, **kw)


def constant(word, text, **kw):
    """``text`` (JSON bytes) read by ``word`` for every row; reads nothing from the wire."""
    return Word("constant", (word,), text=text, **kw)


def rest(**kw):
    """All keys that no other field of the object names, as the text of one JSON object; Arrow utf8."""
    return Word("rest", **kw)


# Layers: bytes inside a value. Each has its own buffer, its own end, its own offsets.

def base64(inner, **kw):
    """A JSON string of canonical base64, whose bytes ``inner`` reads."""
    return Word("base64", (inner,), **kw)


def string(inner, **kw):
    """A JSON string, whose unescaped UTF-8 bytes ``inner`` reads."""
    return Word("string", (inner,), **kw)


def parse(inner, *, exact=False, **kw):
    """Bytes that are one JSON value and nothing else. ``exact``: no white space around it."""
    return Word("parse", (inner,), exact=exact, **kw)


def gzip(inner, **kw):
    """Bytes that are gzip (RFC 1952, one or more members), whose content ``inner`` reads."""
    return Word("gzip", (inner,), **kw)


def plain_bytes(*, large=False, **kw):
    """Bytes as they are; Arrow binary."""
    return Word("plain_bytes", large=large, **kw)


def text_bytes(*, size="default", **kw):
    """Bytes that are UTF-8 text; Arrow utf8."""
    return Word("text_bytes", size=size, **kw)


def json_string(inner, **kw):
    """A JSON string whose content is JSON."""
    return string(parse(inner), **kw)


def text(inner, **kw):
    """A number (or another scalar) written in a JSON string."""
    return string(parse(inner, exact=True), **kw)
