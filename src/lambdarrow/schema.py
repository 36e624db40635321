"""The words a plan is made of.

A Lambda event is a stack of encodings, and a decoder is a plan: a tree of the
words below. A word says how one value stands on the wire and which Arrow column,
if any, it feeds. ``_lower.py`` turns a tree of words into the flat list of
instructions that the native engine runs; nothing here parses anything.

Words that read a JSON value: the scalars, ``list_``, ``struct``, ``map_``, ``object_``, ``items``,
``explode``, ``tee``, ``or_else``, ``one_of``, and the doors to another layer, ``base64``
and ``string``. Words that read the bytes of such a layer: ``parse`` (the bytes are
JSON), ``lines``, ``codec`` (``gzip`` is one), ``fork``, ``magic``, ``digest``, ``drop``, ``text_bytes``,
``plain_bytes``.

Where a word holds another one, whatever a user calls a payload will do: a Struct, an Arrow schema, the
grammar of strings and dicts. Where it wants bytes, such a value is the JSON in them.
"""

BYTE_WORDS = ("parse", "lines", "delimited_line", "labelled", "aggregate", "codec", "fork", "magic", "drop", "digest",
              "plain_bytes", "text_bytes")
SILENT_WORDS = ("counter", "constant", "rest", "each_key", "same_digest", "changed", "rescaled", "inherit")
# What a field of a text may be.
_FIELD_WORDS = ("utf8", "dictionary", "bool", "int", "float", "decimal", "timestamp", "date32", "uuid", "choice",
                "json", "binary", "form", "part", "renamed", "or_else")
# Words that make rows out of one value.
ROW_WORDS = ("explode", "lines", "aggregate", "each")
# The name of a field that takes the name of the place it stands in: of the column that a payload becomes.
PLACE = object()


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

    def but(self, *, op=None, children=None, nullable=None, arrow_nullable=None, **options):
        """A copy with some of its parts replaced."""
        return Word(
            self.op if op is None else op,
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
    everything that no other field of the object names (``rest``). ``hidden``: a column that is decoded
    for other words to look at, whether it is asked for or not (a str: if that column is), and never handed out.
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


def fixed(*fields):
    """Fields of an envelope that is AWS's own: a value that does not fit is a failure, whatever ``on_mismatch`` says
    of the payload inside.
    """
    return tuple([field.but(field.word.but(on_mismatch="fail")) for field in fields])


def value_word(spec):
    """A word that reads a JSON value, of whatever a user calls a payload."""
    if isinstance(spec, Word):
        return spec
    from ._payload import to_word

    return to_word(spec)


def byte_word(spec):
    """A word that reads bytes: itself, or its JSON text in them. Of ``utf8`` and ``binary`` the bytes are the value."""
    word = value_word(spec)
    if word.op in BYTE_WORDS:
        return word
    if word.op == "utf8" and "coerce" not in word.options:
        return text_bytes(size=word.options["size"])
    return plain_bytes(large=word.options["large"]) if word.op == "binary" else parse(word)


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


def renamed(names, *, closed=False, **kw):
    """A JSON string that repeats; where it is a key of ``names``, what stands there; Arrow dictionary<int32, utf8>.
    ``closed``: another text is an error.
    """
    return Word("renamed", names=tuple(names.items()), closed=closed, **kw)


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


def form(**kw):
    """A JSON string that is form-URL-encoded (``+`` is a blank), decoded; Arrow utf8."""
    return Word("form", **kw)


def attribute(inner, *, tag=None, **kw):
    """A DynamoDB AttributeValue whose value ``inner`` reads; what its struct fields, items or values read are
    attributes too. ``tag``: the value itself, whose type is known (``"M"``: an image).
    """
    return Word("attribute", (inner,), tag=tag, **kw)


def observe(tree, **kw):
    """An object of attributes of which only the types are noted, in tree ``tree``; see ``_core.Rows.observed``."""
    return Word("observe", tree=tree, **kw)


def span(number, **kw):
    """Where a value stands, as place ``number``, for ``changed`` to look at; what it is stays unread."""
    return Word("span", number=number, **kw)


# Nested columns.

def list_(item, **kw):
    """A JSON array; Arrow list<item>."""
    return Word("list", (value_word(item),), **kw)


def struct(fields, *, closed=False, **kw):
    """A JSON object with known keys; Arrow struct. ``closed``: an unknown key is an error."""
    return Word("struct", fields, closed=closed, **kw)


def map_(value, **kw):
    """A JSON object iterated by arbitrary key (``each``); Arrow map<utf8, value>."""
    return Word("map", (value_word(value),), **kw)


# Rows and envelopes: what has no column of its own.

def object_(fields, **kw):
    """A JSON object that feeds the columns of the row that it stands in."""
    return Word("object", fields, **kw)


def items(*fields, **kw):
    """A JSON array read by position: a field for each place (its key is of no use). Items that are missing are
    null, those behind the last field are skipped.
    """
    return Word("items", fields, **kw)


def entry(value, *, names=("name", "value"), **kw):
    """An object with one member, whatever its key; Arrow struct of the two, so ``names``d."""
    return Word("entry", (value_word(value),), names=tuple(names), **kw)


def octets(**kw):
    """A JSON array of bytes, 0 to 255, or -128 to 127 as Java has them; Arrow binary."""
    return Word("octets", large=False, **kw)


def explode(item, *, unit=False, **kw):
    """A JSON array whose items are rows. ``unit``: an item is what can fail (a record, a message)."""
    return Word("explode", (value_word(item),), unit=unit, **kw)


def alone(item, **kw):
    """A value that is the only record, and one row, as events are that carry no batch."""
    return explode(item, unit=True, alone=True, nullable=False, **kw)


def each(item, *, unit=False, **kw):
    """A JSON object whose values are rows, or arrays of rows where ``item`` explodes them."""
    return Word("each", (value_word(item),), unit=unit, **kw)


def each_key(**kw):
    """The key that ``each`` stands at; reads nothing; Arrow dictionary<int32, utf8>."""
    return Word("each_key", **kw)


def tee(*fields, **kw):
    """One wire value read by several words, each into a column of its own."""
    return Word("tee", fields, **kw)


def or_else(word, policy="null", *, path="", strict=False, **kw):
    """``word``; or, where the value does not fit it, a null (``policy="null"``), a null and the value's own text in
    the map ``_rescued`` under ``path`` (``"rescue"``), or an error (``"fail"``) that no ``strict`` one around it takes.
    To a strict one a required field that is missing is such an error too.
    """
    return Word("or_else", (word,), policy=policy, path=path, strict=strict, **kw)


def either(first, second, **kw):
    """A value read by the word of the Field ``first`` or, where it does not fit that, of ``second``; the other one's
    columns are null.
    """
    return Word("either", (first, second), **kw)


def one_of(path, cases, *, other=None, match="value", grouped=False, counted=False, names=None, first=False, **kw):
    """A value read by the word that what stands at ``path`` (a tuple of keys) chooses.

    ``cases``: tuple of ``(wanted, Field)``, or of ``((wanted, wanted, ...), Field)``; ``other``: the Field for
    everything else (None: an error). ``match``: ``"value"`` (a wanted str is the text there; an int, float or bool
    the number or truth value as it is written), ``"prefix"`` (of the text; the first that fits) or ``"key"`` (the
    first that is a key of the object there). ``grouped``: the cases are the fields of one struct. ``counted``:
    which case it was is kept, for ``batch.split()`` and ``batch.shapes``, under the fields' names or these ``names``.
    ``first``: the key at ``path``, a single one and a field of ``other``, stands near the front, as a rule: the whole
    is not looked through for another of the same name, which is seen when it comes.
    """
    leads, fields = _leads(cases)
    fields.append(other or Field(None, skip(), PLACE))
    return Word("one_of", fields, path=tuple(path), leads=leads, closed=other is None, match=match, grouped=grouped,
                counted=counted, names=names, first=first, **kw)


def _leads(cases):
    """From pairs of what is wanted and where it leads: pairs of one wanted thing and a number; the fields."""
    leads, fields = [], []
    for wanted, field in cases:
        several = wanted if isinstance(wanted, tuple) else (wanted,)
        leads += [(one, len(fields)) for one in several]
        fields.append(field)
    return tuple(leads), fields


def by(path, cases, *, other=None, match="value"):
    """Payloads of several shapes: which one it is, the value itself says.

    ``path``: where it says so, such as ``"$.type"``, ``"$.detail-type"``, ``'$["any key"].kind'`` or ``"$"``.
    ``cases``: a dict from what stands there to the payload's type; ``match``: see :func:`one_of`. The column is a
    struct with a field for each case, null but for the one that it was; ``batch.split()`` makes a batch of each,
    ``batch.shapes`` counts them. ``other``: the type of everything else, as the field ``other`` (``"json"`` keeps
    whatever it is); without it an unknown shape is that record's failure.
    """
    from ._type_text import path_keys

    if not cases:
        raise ValueError("by: at least one case")
    keys = path_keys(path)
    if match not in ("value", "prefix", "key"):
        raise ValueError(f"by: match must be value, prefix or key, not {match!r}")
    fields = []
    for wanted, spec in cases.items():
        several = wanted if isinstance(wanted, tuple) else (wanted,)
        kinds = (str,) if match != "value" else (str, int, float)
        if not several or not all(isinstance(one, kinds) for one in several):
            names = " or ".join(kind.__name__ for kind in kinds)
            raise TypeError(f"by: a case is {names}, or a tuple of such, not {wanted!r}")
        fields.append((several, Field(None, value_word(spec), _case_name(several[0]))))
    names = [field.name for _, field in fields]
    if any("\0" in name for name in names):
        raise ValueError("by: the name of a column, which a case becomes, cannot hold NUL")
    if len(set(names)) < len(names) or (other is not None and "other" in names):
        raise ValueError(f"by: two cases would be called the same: {', '.join(names)}")
    rest = None if other is None else Field(None, value_word(other), "other")
    return one_of(keys, fields, other=rest, match=match, grouped=True, counted=True)


def _case_name(wanted):
    return wanted if isinstance(wanted, str) else scalar_text(wanted)


def scalar_text(value):
    """A number or a truth value as JSON has it."""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)


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
    return Word("base64", (byte_word(inner),), **kw)


def string(inner, **kw):
    """A JSON string, whose unescaped UTF-8 bytes ``inner`` reads."""
    return Word("string", (byte_word(inner),), **kw)


def parse(inner, *, exact=False, **kw):
    """Bytes that are one JSON value and nothing else. ``exact``: no white space around it."""
    return Word("parse", (value_word(inner),), exact=exact, **kw)


def lines(item, *, unit=False, **kw):
    """Bytes that are lines, each of them JSON (or what a word of bytes reads) and a row; blank lines are none.
    ``unit``: a line is what can fail.
    """
    return Word("lines", (value_word(item),), unit=unit, sequence=False, **kw)


def json_sequence(item, *, unit=False, **kw):
    """Bytes that are JSON values one behind the other, each of them a row; between them may be white space, or the
    record separators of RFC 7464.
    """
    return Word("lines", (value_word(item),), unit=unit, sequence=True, **kw)


def delimited(fields, *, separator=" ", null="-", rest=False, lead=False, **kw):
    """Bytes that are lines of fields, each line a row: flow logs and access logs, or, with ``separator=","`` and
    ``null=""``, CSV of one line a row (RFC 4180).

    ``fields``: a dict from the name to the type of a scalar, in order; None is a field that is skipped. A field may
    stand between double quotes, in which a doubled one is one of the text. A field that is ``null`` (and not quoted)
    is null, as are those that the line has not; those behind the last are not looked at, or, with ``rest``, are part of
    it. ``lead``: a line whose first field is null or does not fit its type is all the last field's. Arrow struct.
    """
    from ._grammar import field

    if not isinstance(fields, dict) or not any(spec is not None for spec in fields.values()):
        raise TypeError("delimited: a dict from the names of fields to their types, with at least one")
    if len(separator) != 1 or not separator.isascii() or separator in '"\r\n\0':
        raise ValueError(f"delimited: the separator is one ASCII character, not {separator!r}")
    made = []
    for name, spec in fields.items():
        if spec is None:
            made.append(Field(None, skip(), PLACE))
        else:
            one = Field(None, spec, name) if isinstance(spec, Word) else field(name, spec, "delimited", fields)
            if one.word.op not in _FIELD_WORDS:
                raise ValueError(f"delimited.{name}: a field of a line is a scalar, not {one.word.op}")
            if one.default is not None or one.required:
                raise ValueError(f"delimited.{name}: a field of a line is null where it is not there")
            made.append(Field(None, one.word, name))
    return lines(Word("delimited_line", made, separator=separator, null=null, rest=rest, lead=lead), **kw)


def labelled(fields, *, begins=(), **kw):
    """Bytes in which values stand behind labels, each up to the next white space; Arrow struct. ``fields``: pairs of
    the label (a text, with whatever stands before it that tells it from others) and the Field. ``begins``: what the
    bytes begin with, one of these texts.
    """
    labels, made = zip(*fields, strict=True)
    return Word("labelled", made, labels=labels, begins=tuple(begins), **kw)


def aggregate(inner, **kw):
    """Bytes of a Kinesis record, of which each user record is a row whose data ``inner`` reads, if the Kinesis Producer
    Library has packed several into one; else a row themselves. Beside it: the columns ``partition_key`` and
    ``explicit_hash_key`` (utf8), ``sub_sequence_number`` (int64, null where nothing was packed) and
    ``user_record_index`` (int32). ``hash_keys``: first and last hash key of the shard; others are dropped.
    """
    return Word("aggregate", (byte_word(inner),), **kw)


def inherit(own, other, **kw):
    """Reads nothing: rows whose text in the column ``own`` is null have what stands in ``other`` of this object."""
    return Word("inherit", own=own, other=other, **kw)


def codec(inner, function, *, refused, when=(), **kw):
    """Bytes that ``function`` makes other bytes of, which ``inner`` reads.

    ``function(data, limit)`` returns bytes, None (it refuses them: a failure whose reason is ``refused``) or False
    (there would be more than ``limit``). ``when``: what bytes begin with that are so encoded (none given: all);
    others are read as they are.
    """
    return Word("codec", (byte_word(inner),), function=function, refused=refused, when=tuple(when), **kw)


def gzip(inner, **kw):
    """Bytes that are gzip (RFC 1952, one or more members), whose content ``inner`` reads."""
    return codec(inner, _gunzip, refused="invalid_gzip", **kw)


def zlib(inner, **kw):
    """Bytes that are a zlib stream (RFC 1950), whose content ``inner`` reads."""
    return codec(inner, _unzlib, refused="invalid_compressed", **kw)


def auto(inner, **kw):
    """Bytes that may be compressed, by gzip, zlib, zstd, lz4 or snappy (frames): what they begin with tells. ``inner``
    reads their content. The last three take the package cramjam (``lambdarrow[codecs]``).
    """
    from ._inflate import MAGIC

    return codec(inner, _decompress, refused="invalid_compressed", when=MAGIC, **kw)


def unzipped(inner, **kw):
    """Bytes that may be gzip: where they begin as it does, ``inner`` reads their content."""
    return codec(inner, _gunzip, refused="invalid_gzip", when=(b"\x1f\x8b",), **kw)


def _gunzip(data, limit):
    from . import _inflate  # zlib is for those who need it

    return _inflate.gunzip(data, limit)


def _unzlib(data, limit):
    from . import _inflate

    return _inflate.unzlib(data, limit)


def _decompress(data, limit):
    from . import _inflate

    return _inflate.decompress(data, limit)


_gunzip.borrows = _unzlib.borrows = _decompress.borrows = True   # see _call_out in _core.pyx


def fork(*fields, **kw):
    """The same bytes read by several words."""
    return Word("fork", fields, **kw)


def magic(cases, other, *, shared=False, **kw):
    """Bytes read by the word that their first bytes choose. ``cases``: tuple of ``(bytes, Field)``, or of
    ``((bytes, bytes, ...), Field)``; ``other``: the Field for all that begin otherwise. ``shared``: all of them make a
    struct of the same scalars, and feed one.
    """
    leads, fields = _leads(cases)
    return Word("magic", [*fields, other], leads=leads, shared=shared, **kw)


def drop(**kw):
    """Bytes that are not looked at."""
    return Word("drop", **kw)


def digest(**kw):
    """The MD5 of the bytes (RFC 1321), 16 of them; for ``same_digest`` to look at."""
    return Word("digest", **kw)


def same_digest(made, sent, key, **kw):
    """Reads nothing: a failure at ``key`` unless the columns ``made`` (of ``digest``) and ``sent`` (utf8, hexadecimal)
    of the same object agree.
    """
    return Word("same_digest", made=made, sent=sent, key=key, **kw)


def changed(old, new, **kw):
    """Reads nothing: the names of the attributes that differ between two items, objects of AttributeValues, at the
    places ``old`` and ``new`` of ``span``; null where one is missing. Arrow list<utf8>.
    """
    return Word("changed", (utf8(nullable=False),), old=old, new=new, **kw)


def rescaled(column, by, factors, key, **kw):
    """Reads nothing: multiplies the int64 in ``column`` by what ``factors``, a tuple of ``(text, factor)``, has for the
    text in the column ``by`` of the same object (utf8 of ``size="small"``); where that is null, by the first of them.
    Another text is a failure at ``key``.
    """
    return Word("rescaled", column=column, by=by, factors=tuple(factors), key=key, **kw)


def plain_bytes(*, large=False, **kw):
    """Bytes as they are; Arrow binary."""
    return Word("plain_bytes", large=large, **kw)


def text_bytes(*, size="default", **kw):
    """Bytes that are UTF-8 text; Arrow utf8."""
    return Word("text_bytes", size=size, **kw)


def json_string(inner, **kw):
    """A JSON string whose content is JSON of this type (any payload's)."""
    return string(parse(inner), **kw)


def text(inner, **kw):
    """A number (or another scalar) written in a JSON string; in the string there is no null."""
    return string(parse(value_word(inner).but(nullable=False), exact=True), **kw)
