"""From a tree of words to the flat plan that the native engine runs.

``lower`` walks the tree once and writes four tables: nodes (the instructions, each before
its children), fields (the keys of objects), columns (what Arrow will see) and domains (what
gives columns their length: the rows of a level, the items of a list). ``_explain.py`` prints
them; the native side checks every index and then only runs.
"""

from .schema import Field, Word

UNITS = ("s", "ms", "us", "ns")
_ZONES = {"required": 0, "assume": 1, "none": 2}
_INTEGER_FORMATS = {(8, True): "c", (8, False): "C", (16, True): "s", (16, False): "S",
                    (32, True): "i", (32, False): "I", (64, True): "l", (64, False): "L"}
DIALECTS = ("arrow", "plain", "spark")
STRING_TYPES = ("utf8", "string_view")
NULLABLE, UNIT, CLOSED, HAS_UNIT, PREFIX, FAIL = 1, 2, 4, 8, 16, 32


class Plan:
    """The tables of one plan; plain lists, so that they print and compare."""

    __slots__ = (
        "nodes", "fields", "objects", "children", "integers", "texts", "columns", "domains",
        "levels", "row_columns", "row_items", "output", "visible", "root", "record_column",
        "identifier_column", "identifier_path", "metadata_column", "corrupt_column", "unit_level",
        "layers", "replace_surrogates", "limits",
    )

    def __init__(self):
        self.nodes, self.fields, self.objects, self.children = [], [], [], []
        self.integers, self.texts, self.columns, self.domains = [], [], [], [-1]
        self.levels, self.row_columns, self.row_items, self.output = [0], [], [], []
        self.visible = self.root = 0
        self.record_column = self.identifier_column = self.metadata_column = -1
        self.identifier_path = (0, 0)
        self.corrupt_column = -1
        self.unit_level = 0
        self.layers = 0
        self.replace_surrogates = False
        self.limits = {}


class Column:
    """One column of a plan. ``kind`` is the native one, ``format`` Arrow's."""

    __slots__ = ("kind", "format", "name", "nullable", "width", "domain", "child_domain", "children", "top")

    def __init__(self, kind, format, name, nullable, domain, width=0, child_domain=-1):
        self.kind = kind
        self.format = format
        self.name = name
        self.nullable = nullable
        self.width = width
        self.domain = domain
        self.child_domain = child_domain
        self.children = []
        self.top = name


class Node:
    """One instruction. ``a`` to ``d`` mean what the op says."""

    __slots__ = ("op", "flags", "column", "child", "first", "count", "a", "b", "c", "d", "note")

    def __init__(self, op, flags):
        self.op = op
        self.flags = flags
        self.column = self.child = -1
        self.first = self.count = 0
        self.a = self.b = self.c = self.d = 0
        self.note = ""


def step(key):
    """A key as a step of a path."""
    plain = key and all(c.isalnum() and c.isascii() or c in "_-" or c > "\x7f" for c in key)
    return f".{key}" if plain else f'["{key}"]'


class _Lowering:
    def __init__(self, dialect, string_type, n_levels):
        self.plan = Plan()
        self.dialect = dialect
        self.string_type = string_type
        self.n_levels = n_levels
        self.depth = 0

    # Tables

    def node(self, word, note=""):
        node = Node(word.op, NULLABLE if word.nullable else 0)
        node.note = note
        self.plan.nodes.append(node)
        return len(self.plan.nodes) - 1, node

    def column(self, word, kind, format, name, domain, **kw):
        column = Column(kind, format, name, word.arrow_nullable, domain, **kw)
        self.plan.columns.append(column)
        return len(self.plan.columns) - 1

    def text(self, text):
        raw = text if isinstance(text, bytes) else text.encode()
        self.plan.texts.append(raw)
        return len(self.plan.texts) - 1

    def texts(self, texts):
        first = len(self.plan.texts)
        for text in texts:
            self.text(text)
        return first, len(texts)

    def text_column(self, word, name, domain, size="default"):
        if size == "default":
            size = "view" if self.string_type == "string_view" else "small"
        if self.dialect == "spark":
            size = "small"
        kind, format = {"view": ("VIEW", "vu"), "small": ("TEXT32", "u"), "large": ("TEXT64", "U")}[size]
        return self.column(word, kind, format, name, domain)

    def repeated_column(self, word, name, domain):
        """A column of texts that repeat: a dictionary, where the dialect has them."""
        if self.dialect == "arrow":
            return self.column(word, "DICT", "i", name, domain, width=4)
        return self.text_column(word, name, domain, "small")

    # Words. Each takes the word, the column's name, its domain and the path since the last frame;
    # each returns the node's index and the columns that it feeds in that domain.

    def lower(self, word, name, domain, path):
        return getattr(self, f"_{word.op}")(word, name, domain, path)

    def _leaf(self, word, column):
        index, node = self.node(word)
        node.column = column
        return index, node, [column]

    def _skip(self, word, name, domain, path):
        return self.node(word)[0], []

    def _bool(self, word, name, domain, path):
        index, _, columns = self._leaf(word, self.column(word, "BITS", "b", name, domain))
        return index, columns

    def _int(self, word, name, domain, path):
        bits, signed = word.options["bits"], word.options["signed"]
        width, format = bits, _INTEGER_FORMATS[bits, signed]
        if self.dialect == "spark" and not signed:
            width = bits * 2
            format = "d:20,0" if bits == 64 else _INTEGER_FORMATS[width, True]
        index, node, columns = self._leaf(word, self.column(word, "FIXED", format, name, domain, width=width // 8))
        node.a, node.b, node.c = bits, int(signed), width // 8
        allowed = word.options.get("allowed")
        if allowed:
            node.first, node.count = len(self.plan.integers), len(allowed)
            self.plan.integers.extend(allowed)
        return index, columns

    def _float(self, word, name, domain, path):
        bits = word.options["bits"]
        format = "f" if bits == 32 else "g"
        index, node, columns = self._leaf(word, self.column(word, "FIXED", format, name, domain, width=bits // 8))
        node.a = bits
        return index, columns

    def _utf8(self, word, name, domain, path):
        if self.repeats(domain) and self.dialect == "arrow":
            return self._dictionary(Word("dictionary", nullable=word.nullable, values=None,
                                         arrow_nullable=word.arrow_nullable), name, domain, path)
        index, _, columns = self._leaf(word, self.text_column(word, name, domain, word.options["size"]))
        return index, columns

    def _uuid(self, word, name, domain, path):
        index, _, columns = self._leaf(word, self.text_column(word, name, domain))
        return index, columns

    def _json(self, word, name, domain, path):
        index, _, columns = self._leaf(word, self.text_column(word, name, domain))
        return index, columns

    def _dictionary(self, word, name, domain, path):
        values = word.options.get("values")
        index, node, columns = self._leaf(word, self.repeated_column(word, name, domain))
        if self.dialect != "arrow":
            node.op = "choice" if values else "utf8"
        if values:
            node.first, node.count = self.texts(values)
        return index, columns

    def _part(self, word, name, domain, path):
        index, node, columns = self._leaf(word, self.repeated_column(word, name, domain))
        node.a, node.b = ord(word.options["separator"]), word.options["index"]
        return index, columns

    def _binary(self, word, name, domain, path):
        large = word.options["large"] and self.dialect != "spark"
        kind, format = ("TEXT64", "Z") if large else ("TEXT32", "z")
        index, _, columns = self._leaf(word, self.column(word, kind, format, name, domain))
        return index, columns

    def _decimal(self, word, name, domain, path):
        bits, precision, scale = (word.options[key] for key in ("bits", "precision", "scale"))
        if self.dialect == "spark" and bits == 256:
            raise ValueError(f"{name}: Spark has no decimal256; use decimal128 or utf8")
        format = f"d:{precision},{scale}" + (",256" if bits == 256 else "")
        index, node, columns = self._leaf(word, self.column(word, "FIXED", format, name, domain, width=bits // 8))
        node.a, node.b, node.c = bits, precision, scale
        return index, columns

    def _date32(self, word, name, domain, path):
        index, _, columns = self._leaf(word, self.column(word, "FIXED", "tdD", name, domain, width=4))
        return index, columns

    def _timestamp(self, word, name, domain, path):
        unit, tz, epoch = (word.options[key] for key in ("unit", "tz", "epoch"))
        if self.dialect == "spark":
            unit, tz = "us", tz and "UTC"
        format = f"ts{unit[0]}:{tz or ''}"
        index, node, columns = self._leaf(word, self.column(word, "FIXED", format, name, domain, width=8))
        node.a = UNITS.index(unit)
        node.b = _ZONES["none" if tz is None else "assume" if word.options["assume"] else "required"]
        node.c = -1 if epoch is None else UNITS.index(epoch)
        return index, columns

    def _list(self, word, name, domain, path):
        index, node = self.node(word)
        child_domain = self.domain(domain)
        node.column = self.column(word, "LIST", "+l", name, domain, child_domain=child_domain)
        item = word.children[0]
        node.child, columns = self.lower(item, "item", child_domain, path)
        self.plan.columns[node.column].children = self.one(columns, name, "list")
        return index, [node.column]

    def _map(self, word, name, domain, path):
        index, node = self.node(word)
        child_domain = self.domain(domain)
        node.column = self.column(word, "MAP", "+m", name, domain, child_domain=child_domain)
        solid = word.but(arrow_nullable=False)
        entries = self.column(solid, "STRUCT", "+s", "entries", child_domain)
        key_word = Word("utf8", nullable=False, arrow_nullable=False, size="small")
        node.a, key = self._utf8(key_word, "key", child_domain, path)
        node.child, value = self.lower(word.children[0], "value", child_domain, path)
        self.plan.columns[entries].children = key + self.one(value, name, "map")
        self.plan.columns[node.column].children = [entries]
        return index, [node.column]

    def one(self, columns, name, kind):
        if len(columns) != 1:
            raise ValueError(f"{name}: a {kind} needs a word that makes one column")
        return columns

    def domain(self, parent):
        self.plan.domains.append(parent)
        return len(self.plan.domains) - 1

    def repeats(self, domain):
        """True for the rows of a level above the last: their values are repeated at the end."""
        return domain in self.plan.levels and self.plan.levels.index(domain) < self.n_levels - 1

    def _struct(self, word, name, domain, path):
        index, node = self.node(word)
        node.column = self.column(word, "STRUCT", "+s", name, domain)
        columns = self.members(word, node, domain, path)
        if not columns:
            raise ValueError(f"{name}: a struct without fields, which Parquet refuses; use json")
        names = [self.plan.columns[c].name for c in columns]
        for column in names:
            if names.count(column) > 1:
                raise ValueError(f"{name}: two columns are named {column!r}")
        self.plan.columns[node.column].children = columns
        return index, [node.column]

    def _object(self, word, name, domain, path):
        index, node = self.node(word)
        columns = self.members(word, node, domain, path)
        if "lifted" in word.options:
            for column in columns:
                self.plan.columns[column].top = word.options["lifted"]
        return index, columns

    def members(self, word, node, domain, path):
        fields = [f for f in word.children if f.key is not None]
        silent = [f for f in word.children if f.key is None]
        if word.options.get("closed"):
            node.flags |= CLOSED
        first = len(self.plan.fields)
        node.a = len(self.plan.objects)
        rest = [k for k, f in enumerate(silent) if f.word.op == "rest"]
        self.plan.objects.append((first, len(fields), len(fields) + len(silent), len(fields) + rest[0] if rest else -1))
        self.plan.fields.extend([None] * (len(fields) + len(silent)))
        columns = []
        for position, field in enumerate(fields + silent):
            inner = path if field.key is None else path + step(field.key)
            child, fed = self.lower(field.word, field.name, domain, inner)
            key = None if field.key is None else field.key.encode()
            self.plan.fields[first + position] = (key, child, bool(field.required), field.default)
            if self.plan.nodes[child].flags & (UNIT | HAS_UNIT):
                node.flags |= HAS_UNIT
            columns += fed
        return columns

    def _explode(self, word, name, domain, path, below=None):
        index, node = self.node(word)
        if below is None:
            node.column, node.a = self.rows(word, domain)
        else:
            node.a = below
        node.b = self.text(path)
        if word.options["unit"]:
            self.unit(node)
        node.child, columns = self.lower(word.children[0], name, node.a, "")
        self.plan.row_items[self.plan.levels.index(node.a) - 1] = node.child
        return index, columns

    def _each(self, word, name, domain, path):
        index, node = self.node(word)
        node.column, node.a = self.rows(word, domain)
        node.b = self.text(path)
        item = word.children[0]
        if item.op == "explode":
            node.child, columns = self._explode(item, name, domain, "", below=node.a)
            node.flags |= self.plan.nodes[node.child].flags & HAS_UNIT
        else:
            if word.options["unit"]:
                self.unit(node)
            node.child, columns = self.lower(item, name, node.a, "")
            self.plan.row_items[self.plan.levels.index(node.a) - 1] = node.child
        return index, columns

    def _each_key(self, word, name, domain, path):
        index, _, columns = self._leaf(word, self.repeated_column(word, name, domain))
        return index, columns

    def rows(self, word, domain):
        """The column of offsets that leads from a level to the next, and the next level's domain."""
        if domain != self.plan.levels[-1]:
            raise ValueError("rows inside rows must follow one another: two lists side by side cannot both make rows")
        child_domain = self.domain(domain)
        column = self.column(word, "ROWS", None, None, domain, child_domain=child_domain)
        self.plan.levels.append(child_domain)
        self.plan.row_columns.append(column)
        self.plan.row_items.append(None)
        return column, child_domain

    def unit(self, node):
        if self.plan.unit_level:
            raise ValueError("a plan has one unit of failure")
        node.flags |= UNIT | HAS_UNIT
        self.plan.unit_level = len(self.plan.levels) - 1

    def _tee(self, word, name, domain, path):
        index, node = self.node(word)
        columns = []
        children = []
        for field in word.children:
            child, fed = self.lower(field.word, field.name, domain, path)
            children.append(child)
            columns += fed
            node.flags |= self.plan.nodes[child].flags & HAS_UNIT
        node.first, node.count = len(self.plan.children), len(children)
        self.plan.children += children
        return index, columns

    def _or_else(self, word, name, domain, path):
        index, node = self.node(word)
        if word.options["policy"] == "fail":
            node.flags |= FAIL
        return self.around(index, node, word, name, domain, path)

    def around(self, index, node, word, name, domain, path):
        node.child, columns = self.lower(word.children[0], name, domain, path)
        node.flags |= self.plan.nodes[node.child].flags & HAS_UNIT
        return index, columns

    def _one_of(self, word, name, domain, path):
        index, node = self.node(word)
        cases, other = word.options["cases"], word.options["other"]
        node.a, _ = self.texts([text for text, _ in cases])
        node.b, node.c = self.texts(word.options["path"])
        if word.options["prefix"]:
            node.flags |= PREFIX
        if other is None:
            node.flags |= FAIL
        columns, children = [], []
        for field in [field for _, field in cases] + [other or Field(None, Word("skip"), "")]:
            child, fed = self.lower(field.word, field.name, domain, path)
            children.append(child)
            columns += fed
            node.flags |= self.plan.nodes[child].flags & HAS_UNIT
        node.first, node.count = len(self.plan.children), len(children)
        self.plan.children += children
        return index, columns

    def _counter(self, word, name, domain, path):
        index, node, columns = self._leaf(word, self.column(word, "FIXED", "i", name, domain, width=4))
        node.a = word.options["start"]
        return index, columns

    def _constant(self, word, name, domain, path):
        index, node = self.node(word)
        node.a = self.text(word.options["text"])
        return self.around(index, node, word, name, domain, path)

    def _rest(self, word, name, domain, path):
        index, _, columns = self._leaf(word, self.text_column(word, name, domain, "small"))
        return index, columns

    def layer(self, word, name, domain, path):
        index, node = self.node(word)
        self.depth += 1
        self.plan.layers = max(self.plan.layers, self.depth)
        result = self.around(index, node, word, name, domain, path + " → $")
        self.depth -= 1
        return result

    _base64 = _string = _gzip = layer

    def _parse(self, word, name, domain, path):
        index, node = self.node(word)
        node.b = int(word.options["exact"])
        return self.around(index, node, word, name, domain, path)

    def _plain_bytes(self, word, name, domain, path):
        large = word.options["large"] and self.dialect != "spark"
        kind, format = ("TEXT64", "Z") if large else ("TEXT32", "z")
        index, _, columns = self._leaf(word, self.column(word, kind, format, name, domain))
        return index, columns

    def _text_bytes(self, word, name, domain, path):
        index, _, columns = self._leaf(word, self.text_column(word, name, domain, word.options["size"]))
        return index, columns


def _levels(word):
    """How many levels of rows the tree has, the event's own included."""
    children = [child.word if isinstance(child, Field) else child for child in word.children]
    below = max((_levels(child) for child in children), default=0)
    if word.op == "one_of":
        fields = [field for _, field in word.options["cases"]] + [word.options["other"]]
        below = max([below] + [_levels(field.word) for field in fields if field])
    makes = word.op == "explode" or (word.op == "each" and word.children[0].op != "explode")
    return below + makes


def lower(root, *, order, hidden=(), identifier=None, identifier_path=(), dialect="arrow",
          string_type="utf8", corrupt=False, replace_surrogates=False, limits=None):
    """The plan of a tree of words.

    ``order``: the names of the batch's columns, in order; every other top column must be in
    ``hidden`` or be ``_metadata``. ``identifier``: the name of the column that Lambda knows a
    record by, ``identifier_path`` the keys that lead to it from a record. ``corrupt``: adds
    ``_corrupt_record`` and makes every column nullable.
    """
    if dialect not in DIALECTS:
        raise ValueError(f"dialect must be one of {', '.join(DIALECTS)}, not {dialect!r}")
    if string_type not in STRING_TYPES:
        raise ValueError(f"string_type must be one of {', '.join(STRING_TYPES)}, not {string_type!r}")
    lowering = _Lowering(dialect, string_type, 1 + _levels(root))
    plan = lowering.plan
    plan.root, columns = lowering.lower(root, "", 0, "")
    tops = {}
    for index in columns:
        tops.setdefault(plan.columns[index].top, []).append(index)
    for name in order:
        plan.output += tops.get(name, [])
    record = Word("record", arrow_nullable=False)
    unit_domain = plan.levels[plan.unit_level]
    if corrupt:
        for index in plan.output:
            plan.columns[index].nullable = True
        plan.corrupt_column = lowering.column(Word("utf8"), "TEXT32", "u", "_corrupt_record", unit_domain)
        plan.output.append(plan.corrupt_column)
    names = [plan.columns[index].name for index in plan.output]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two columns are named {name!r}: rename one, or do not flatten")
    plan.visible = len(plan.output)
    plan.record_column = lowering.column(record, "FIXED", "i", "record_index", unit_domain, width=4)
    plan.output.append(plan.record_column)
    if identifier is not None and identifier in tops:
        plan.identifier_column = tops[identifier][0]
        if plan.identifier_column not in plan.output:
            plan.output.append(plan.identifier_column)
    if "_metadata" in tops:
        plan.metadata_column = tops["_metadata"][0]
    plan.identifier_path = lowering.texts(identifier_path)
    plan.replace_surrogates = replace_surrogates
    plan.limits = dict(limits or {})
    return plan
