"""From a tree of words to the flat plan that the native engine runs.

``lower`` walks the tree once and writes four tables: nodes (the instructions, each before
its children), fields (the keys of objects), columns (what Arrow will see) and domains (what
gives columns their length: the rows of a level, the items of a list). ``_explain.py`` prints
them; the native side checks every index and then only runs.
"""

from ._lower_values import Values
from ._plan import CLOSED, FAIL, FIRST, HAS_UNIT, KEY, ONCE, PREFIX, RESCUE, STEPS, UNIT, repeated
from .schema import PLACE, ROW_WORDS, Field, Word, scalar_text

DIALECTS = ("arrow", "plain", "spark")
STRING_TYPES = ("utf8", "string_view")
# In the path of a value that may be rescued: where a list or a map puts its step. As a byte it is 0xff, which no
# UTF-8 holds.
STEP = "\udcff"
# DynamoDB's types, in the engine's order.
TAGS = ("S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M")
# For ``group_path``: the key of ``each`` that a record stands under.
EACH = object()
CORRUPT, RESCUED, CASE = "_corrupt_record", "_rescued", "_case"


def step(key):
    """A key as a step of a path."""
    if key and all(c.isalnum() and c.isascii() or c in "_-" or c > "\x7f" for c in key):
        return f".{key}"
    quoted = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'["{quoted}"]'


def general_path(path):
    """A path with ``[]`` for every index in it."""
    made, at = [], 0
    while at < len(path):
        end = at + 1
        if path.startswith('["', at):
            end = at + 2
            while path[end] != '"':
                end += 1 + (path[end] == "\\")
            made.append(path[at:end + 1])
            at = end + 1
        elif path[at] == "[":
            made.append("[]")
            at = path.index("]", at) + 1
        else:
            made.append(path[at])
            at = end
    return "".join(made)


class _Lowering(Values):
    """The words of values (:class:`Values`), and those that are composed of others."""

    def _list(self, word, name, domain, path):
        index, node = self.node(word)
        node.flags |= STEPS if _rescues(word) else 0
        child_domain = self.domain(domain)
        node.column = self.column(word, "LIST", "+l", name, domain, child_domain=child_domain)
        item = word.children[0]
        node.child, columns = self.lower(item, "item", child_domain, path)
        self.plan.columns[node.column].children = self.one(columns, name, "list")
        return index, [node.column]

    def _map(self, word, name, domain, path):
        index, node = self.node(word)
        node.flags |= STEPS if _rescues(word) else 0
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

    def _entry(self, word, name, domain, path):
        index, node = self.node(word)
        node.column = self.column(word, "STRUCT", "+s", name, domain)
        key_name, value_name = word.options["names"]
        node.a, key = self._utf8(Word("utf8", nullable=False, size="default"), key_name, domain, path)
        node.child, value = self.lower(word.children[0], value_name, domain, path)
        self.fill(node.column, key + self.one(value, name, "entry"))
        return index, [node.column]

    def one(self, columns, name, kind):
        if len(columns) != 1:
            raise ValueError(f"{name}: a {kind} needs a word that makes one column")
        return columns

    def domain(self, parent):
        self.plan.domains.append(parent)
        return len(self.plan.domains) - 1

    def repeats(self, domain):
        """True for the rows of a level above the last: their values are repeated at the end. Not where the last level
        is that of user records, of which nearly every record has one: their columns keep their types."""
        return domain in self.plan.levels and self.plan.levels.index(domain) < self.n_levels - 1 - self.packed

    def _struct(self, word, name, domain, path):
        if any(n_levels(field.word) for field in word.children):
            return self.group(word, name, domain, path)
        index, node = self.node(word)
        node.column = self.column(word, "STRUCT", "+s", name, domain)
        columns = self.members(word, node, domain, path)
        self.fill(node.column, columns)
        return index, [node.column]

    def group(self, word, name, domain, path):
        """A struct some of whose fields make rows: the others stand a level higher, and are put together with them
        when the batch is finished. As a row it is never null; its fields are."""
        column = self.column(word, "GROUP", "+s", name, domain)
        lifted = Word("object", word.children, nullable=word.nullable, **word.options)
        index, columns = self._object(lifted, name, domain, path)
        self.plan.columns[column].domain = self.plan.levels[-1]
        self.fill(column, columns)
        return index, [column]

    def fill(self, struct, columns):
        """Gives a struct its fields."""
        name = self.plan.columns[struct].name
        columns = [column for column in columns if column not in self.hidden]
        if not columns:
            raise ValueError(f"{name}: a struct without fields, which Parquet refuses; use json")
        again = repeated([self.plan.columns[c].name for c in columns])
        if again is not None:
            raise ValueError(f"{name}: two columns are named {again!r}")
        self.plan.columns[struct].children = columns

    def _object(self, word, name, domain, path):
        index, node = self.node(word)
        columns = self.members(word, node, domain, path, name)
        self.lift(word, columns)
        return index, columns

    def lift(self, word, columns):
        """Notes whose fields these columns are, which stand beside it and not in it."""
        for column in columns if "lifted" in word.options else ():
            if column not in self.hidden:
                self.plan.columns[column].top = word.options["lifted"]

    def members(self, word, node, domain, path, name=""):
        fields = [f for f in word.children if f.key is not None]
        silent = [f for f in word.children if f.key is None]
        if word.options.get("closed"):
            node.flags |= CLOSED
        if "others" in word.options:
            node.b = 1 + word.options["others"]
        first = len(self.plan.fields)
        node.a = len(self.plan.objects)
        rest = [k for k, f in enumerate(silent) if f.word.op == "rest"]
        self.plan.objects.append((first, len(fields), len(fields) + len(silent), len(fields) + rest[0] if rest else -1))
        self.plan.fields.extend([None] * (len(fields) + len(silent)))
        columns = []
        for position, field in enumerate(fields + silent):
            inner = path if field.key is None else path + step(field.key)
            if field.word.op in ("same_digest", "rescaled", "inherit"):
                child, fed = getattr(self, field.word.op)(field.word, columns), []
            else:
                child, fed = self.lower(field.word, name if field.name is PLACE else field.name, domain, inner)
            key = None if field.key is None else field.key.encode()
            self.plan.fields[first + position] = (key, child, bool(field.required), field.default)
            if self.plan.nodes[child].flags & (UNIT | HAS_UNIT):
                node.flags |= HAS_UNIT
            columns += fed
            if field.hidden and field.word.op != "tee":     # its branches say so for themselves
                self.hidden.update(fed)
        return columns

    def same_digest(self, word, columns):
        index, node = self.node(word)
        node.a, node.b = self.named(columns, word.options["made"], word.options["sent"])
        node.c = self.text(word.options["key"])
        return index

    def rescaled(self, word, columns):
        index, node = self.node(word)
        node.a, node.b = self.named(columns, word.options["column"], word.options["by"])
        node.c = self.text(word.options["key"])
        node.first, node.count = self.texts([text for text, _ in word.options["factors"]])
        node.d = len(self.plan.integers)
        self.plan.integers += [factor for _, factor in word.options["factors"]]
        return index

    def inherit(self, word, columns):
        index, node = self.node(word)
        node.a, node.b = self.named(columns, word.options["other"], word.options["own"])
        node.c = self.plan.row_columns[self.plan.levels.index(self.plan.columns[node.a].domain)]
        return index

    def named(self, columns, *names):
        """Those of an object's columns that are called so."""
        places = {self.plan.columns[column].name: column for column in columns}
        return [places[name] for name in names]

    def branches(self, word, node, name, domain, path, items=False):
        """The children of a word that has several (the items of an array, or the same value for all); the columns
        they feed, and those of each."""
        children, columns, each = [], [], []
        for k, field in enumerate(word.children):
            inner = f"{path}[{k}]" if items else path
            child, fed = self.lower(field.word, name if field.name is PLACE else field.name, domain, inner)
            children.append(child)
            columns += fed
            each.append(fed)
            if field.hidden:
                self.hidden.update(fed)
            node.flags |= self.plan.nodes[child].flags & HAS_UNIT
        node.first, node.count = len(self.plan.children), len(children)
        self.plan.children += children
        return columns, each

    def _tee(self, word, name, domain, path):
        index, node = self.node(word)
        return index, self.branches(word, node, name, domain, path)[0]

    _fork = _either = _tee

    def _items(self, word, name, domain, path):
        index, node = self.node(word)
        return index, self.branches(word, node, name, domain, path, True)[0]

    def leads(self, word, node, column, texts):
        """The table of what leads to which branch."""
        node.a, _ = self.texts(texts)
        node.d = len(self.plan.integers)
        self.plan.integers += [len(texts), column, *[lead for _, lead in word.options["leads"]]]

    def _magic(self, word, name, domain, path):
        index, node = self.node(word)
        self.leads(word, node, -1, [wanted for wanted, _ in word.options["leads"]])
        columns, each = self.branches(word, node, name, domain, path)
        if word.options["shared"]:
            columns = self.share(index, each)
        return index, columns

    def share(self, index, each):
        """Makes alternatives feed one struct, or the same fields where they are lifted out of it. Their columns were
        the last to be made; only the first ones stay."""
        first, others = each[0], each[1:]
        of_name = {self.plan.columns[k].name: k for k in self.fields_in(first)}
        moved = {}
        for fed in others:
            if self.plan.columns[fed[0]].kind == "STRUCT":
                moved[fed[0]] = first[0]
            for k in self.fields_in(fed):
                own, other = self.plan.columns[of_name[self.plan.columns[k].name]], self.plan.columns[k]
                if (own.kind, own.format) != (other.kind, other.format):
                    raise ValueError(f"{own.name}: {own.format} and {other.format} in alternatives that share a column")
                moved[k] = of_name[other.name]
        if sorted(moved) != list(range(len(self.plan.columns) - len(moved), len(self.plan.columns))):
            raise ValueError("alternatives that share a struct have fields that are no scalars")
        for node in self.plan.nodes[index:]:
            node.column = moved.get(node.column, node.column)
        del self.plan.columns[min(moved):]
        return first

    def fields_in(self, fed):
        """The columns of a struct, or those that were lifted out of it."""
        whole = self.plan.columns[fed[0]]
        return whole.children if whole.kind == "STRUCT" else fed

    def believe_first(self, node, key):
        """Has ``one_of`` go by the first of equal keys, if its last alternative can tell that it comes again."""
        other = self.plan.nodes[self.plan.children[node.first + node.count - 1]]
        if other.op in ("object", "struct"):
            first, _, count, _ = self.plan.objects[other.a]
            for name, child, *_ in self.plan.fields[first:first + count]:
                if name == key:
                    self.plan.nodes[child].flags |= ONCE
                    node.flags |= FIRST

    def _one_of(self, word, name, domain, path):
        index, node = self.node(word)
        options = word.options
        node.b, node.c = self.texts(options["path"])
        node.flags |= {"value": 0, "prefix": PREFIX, "key": KEY}[options["match"]] | (FAIL if options["closed"] else 0)
        which = -1
        if options["grouped"]:
            if any(n_levels(field.word) for field in word.children):
                raise ValueError(f"{name}: a case of several cannot make rows of its own (explode)")
            node.column = self.column(word, "STRUCT", "+s", name, domain)
        if options["counted"]:
            which = self.column(Word("int"), "FIXED", "i", CASE, domain, width=4)
        self.leads(word, node, which, [_wanted(one) for one, _ in options["leads"]])
        columns, each = self.branches(word, node, name, domain, path)
        if options["first"]:
            self.believe_first(node, options["path"][0].encode())
        if which >= 0:
            names = options["names"] or [field.name for field in word.children]
            # -2: cases that are counted, but are no columns of their own to be told apart by.
            struct = node.column if node.column >= 0 or "lifted" in options else -2
            self.plan.cases.append((struct, which, [(one, fed) for one, fed in zip(names, each, strict=True)]))
        if node.column >= 0:
            self.fill(node.column, columns)
            return index, [node.column]
        self.lift(word, columns)
        return index, columns

    def _explode(self, word, name, domain, path, below=None):
        index, node = self.node(word)
        if below is None:
            node.column, node.a = self.rows(word, domain)
        else:
            node.a = below
        node.b = self.text(path)
        node.c = int(word.options.get("alone", False))
        if word.options["unit"]:
            self.unit(node)
        node.child, columns = self.lower(word.children[0], name, node.a, "")
        self.plan.row_items[self.plan.levels.index(node.a) - 1] = node.child
        return index, columns

    def _lines(self, word, name, domain, path):
        index, columns = self._explode(word, name, domain, path)
        self.plan.nodes[index].c = int(word.options["sequence"])
        return index, columns

    def _aggregate(self, word, name, domain, path):
        index, node = self.node(word)
        node.column, node.a = self.rows(word, domain)
        node.b = self.text(path)
        def text(one):
            make = self.repeated_column if self.repeats(node.a) else self.text_column
            return make(Word("utf8"), one, node.a)

        users = {"partition_key": text, "explicit_hash_key": text,
                 "sub_sequence_number": lambda one: self.column(Word("int"), "FIXED", "l", one, node.a, width=8),
                 "user_record_index": lambda one: self.column(Word("int"), "FIXED", "i", one, node.a, width=4)}
        users = [make(one) if one in word.options.get("users", users) else -1 for one, make in users.items()]
        node.d = len(self.plan.integers)
        self.plan.integers += users
        node.first, node.count = self.texts([key.to_bytes(16, "big") for key in word.options.get("hash_keys") or ()])
        node.child, columns = self.lower(word.children[0], name, node.a, path)
        self.plan.row_items[self.plan.levels.index(node.a) - 1] = node.child
        return index, columns + [column for column in users if column >= 0]

    def _delimited_line(self, word, name, domain, path):
        index, node = self.node(word)
        node.op = "delimited"
        node.flags |= (PREFIX if word.options["rest"] else 0) | (KEY if word.options["lead"] else 0)
        node.column = self.column(word, "STRUCT", "+s", name, domain)
        node.a, node.b = ord(word.options["separator"]), self.text(word.options["null"])
        return index, self.text_fields(word, node, name, domain, path)

    def _labelled(self, word, name, domain, path):
        index, node = self.node(word)
        node.column = self.column(word, "STRUCT", "+s", name, domain)
        node.a, _ = self.texts(word.options["labels"])
        node.b, node.c = self.texts(word.options["begins"])
        return index, self.text_fields(word, node, name, domain, path)

    def text_fields(self, word, node, name, domain, path):
        """The columns of a struct whose fields stand in a text."""
        columns, _ = self.branches(word, node, name, domain, path, True)
        if "lifted" in word.options:
            self.lift(word, columns)
            return columns
        self.fill(node.column, columns)
        return [node.column]

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

    def _or_else(self, word, name, domain, path):
        index, node = self.node(word)
        node.flags |= {"null": 0, "fail": FAIL, "rescue": RESCUE}[word.options["policy"]]
        node.flags |= CLOSED if word.options["strict"] else 0
        if node.flags & RESCUE:
            node.b = self.text(word.options["path"])
            row = domain
            while row not in self.plan.levels:
                row = self.plan.domains[row]
            self.rescued.add(row)
        return self.around(index, node, word, name, domain, path)

    def _attribute(self, word, name, domain, path):
        index, node = self.node(word)
        node.b = 0 if word.options["tag"] is None else 1 + TAGS.index(word.options["tag"])
        node.c = word.options.get("depth", 0)
        node.flags |= CLOSED if word.options.get("strict") else 0
        return self.around(index, node, word, name, domain, path)

    def _span(self, word, name, domain, path):
        index, node = self.node(word)
        node.a = word.options["number"]
        return index, []

    def _changed(self, word, name, domain, path):
        index, columns = self._list(word, name, domain, path)
        self.plan.nodes[index].a, self.plan.nodes[index].b = word.options["old"], word.options["new"]
        return index, columns

    def _observe(self, word, name, domain, path):
        index, node = self.node(word)
        node.a = word.options["tree"]
        return index, []

    def around(self, index, node, word, name, domain, path):
        node.child, columns = self.lower(word.children[0], name, domain, path)
        node.flags |= self.plan.nodes[node.child].flags & HAS_UNIT
        return index, columns

    def rescue_map(self, domain):
        """The column of values that did not fit, by path; the engine itself fills it."""
        entries_domain = self.domain(domain)
        column = self.column(Word("map"), "MAP", "+m", RESCUED, domain, child_domain=entries_domain)
        solid = Word("entries", arrow_nullable=False)
        entries = self.column(solid, "STRUCT", "+s", "entries", entries_domain)
        key = self.column(solid, "TEXT32", "u", "key", entries_domain)
        value = self.column(Word("json"), "TEXT32", "u", "value", entries_domain)
        self.plan.columns[entries].children = [key, value]
        self.plan.columns[column].children = [entries]
        return column

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

    def layer(self, word, name, domain, path, into=" → $"):
        index, node = self.node(word)
        self.depth += 1
        self.plan.layers = max(self.plan.layers, self.depth)
        result = self.around(index, node, word, name, domain, path + into)
        self.depth -= 1
        return result

    _base64 = _string = layer

    def _codec(self, word, name, domain, path):
        around_all = word.options["when"] and has_unit(word)
        index, columns = self.layer(word, name, domain, path, "" if around_all else " → $")
        node = self.plan.nodes[index]
        node.a, node.b = len(self.plan.codecs), word.options["refused"]
        self.plan.codecs.append(word.options["function"])
        node.first, node.count = self.texts(word.options["when"])
        return index, columns

    def _drop(self, word, name, domain, path):
        return self.node(word)[0], []

    def _digest(self, word, name, domain, path):
        index, _, columns = self._leaf(word, self.column(word, "FIXED", "w:16", name, domain, width=16))
        return index, columns

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


def _words(word):
    """The words that a word is made of."""
    return [child.word if isinstance(child, Field) else child for child in word.children]


def n_levels(word):
    """How many levels of rows the tree has, the event's own not included."""
    below = max((n_levels(child) for child in _words(word)), default=0)
    makes = word.op in ROW_WORDS and not (word.op == "each" and word.children[0].op == "explode")
    return below + makes


def has_unit(word):
    """Whether the tree has the unit of failure."""
    return word.options.get("unit") is True or any(has_unit(child) for child in _words(word))


def _is_packed(word):
    """Whether the last level of rows is that of user records."""
    if word.op == "aggregate":
        return not n_levels(word.children[0])
    return any(_is_packed(child) for child in _words(word))


def _rescues(word):
    """Whether the tree has values that are rescued."""
    return word.options.get("policy") == "rescue" or any(_rescues(child) for child in _words(word))


def _wanted(value):
    """A case's text behind the byte that tells its kind: "1" is not 1."""
    return b"s" + value.encode() if isinstance(value, str) else b"n" + scalar_text(value).encode()


def lower(root, *, order, hidden=(), identifier=None, identifier_path=(), group_path=(), dialect="arrow",
          string_type="utf8", corrupt=False, replace_surrogates=False, limits=None):
    """The plan of a tree of words.

    ``order``: the names of the batch's columns, in order; ``hidden``: those of columns that it keeps without
    showing them. ``identifier``: the name of the column that Lambda knows a record by, ``identifier_path`` the
    keys that lead to it from a record, ``group_path`` those to the group whose order it belongs to. ``corrupt``:
    adds ``_corrupt_record`` and makes every column nullable.
    """
    if dialect not in DIALECTS:
        raise ValueError(f"dialect must be one of {', '.join(DIALECTS)}, not {dialect!r}")
    if string_type not in STRING_TYPES:
        raise ValueError(f"string_type must be one of {', '.join(STRING_TYPES)}, not {string_type!r}")
    lowering = _Lowering(dialect, string_type, 1 + n_levels(root), _is_packed(root))
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
        plan.corrupt_column = lowering.column(Word("utf8"), "TEXT32", "u", CORRUPT, unit_domain)
        plan.output.append(plan.corrupt_column)
    if lowering.rescued:
        if len(lowering.rescued) > 1:
            raise ValueError("on_mismatch: the values that can be rescued stand in rows of different levels")
        plan.rescue_column = lowering.rescue_map(min(lowering.rescued))
        plan.output.append(plan.rescue_column)
    again = repeated([plan.columns[index].name for index in plan.output])
    if again is not None:
        raise ValueError(f"two columns are named {again!r}: rename one, or do not flatten")
    plan.visible = len(plan.output)
    plan.record_column = lowering.column(record, "FIXED", "i", "record_index", unit_domain, width=4)
    plan.output.append(plan.record_column)
    if identifier is not None and identifier in tops:
        plan.identifier_column = tops[identifier][0]
        if plan.identifier_column not in plan.output:
            plan.output.append(plan.identifier_column)
    plan.output += [index for name in hidden for index in tops.get(name, ()) if index not in plan.output]
    plan.output += [which for _, which, _ in plan.cases if plan.columns[which].domain in plan.levels]
    if "_metadata" in tops:
        plan.metadata_column = tops["_metadata"][0]
    plan.identifier_path = lowering.texts(identifier_path)
    plan.group_path = (0, -1) if group_path is EACH else lowering.texts(group_path)
    plan.replace_surrogates = replace_surrogates
    plan.limits = dict(limits or {})
    return plan
