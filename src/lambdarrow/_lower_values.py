"""Lowering of the words that make one column of one value: the first half of ``_lower.py``."""

from ._plan import CLOSED, LOOSE, NULLABLE, Column, Node, Plan
from .schema import Word

UNITS = ("s", "ms", "us", "ns")
_ZONES = {"required": 0, "assume": 1, "none": 2}
_INTEGER_FORMATS = {(8, True): "c", (8, False): "C", (16, True): "s", (16, False): "S",
                    (32, True): "i", (32, False): "I", (64, True): "l", (64, False): "L"}


class Values:
    """The tables that grow, and the words of values. A word's method takes the word, the column's name, its domain
    and the path since the last frame; it returns the node's index and the columns that it feeds in that domain.
    """

    def __init__(self, dialect, string_type, n_levels, packed):
        self.plan = Plan()
        self.dialect = dialect
        self.string_type = string_type
        self.n_levels = n_levels
        self.packed = packed
        self.depth = 0
        self.hidden = set()     # columns that are decoded for other words to look at
        self.rescued = set()    # the domains of the rows in which values may be rescued

    # Tables

    def node(self, word, note=""):
        node = Node(word.op, (NULLABLE if word.nullable else 0) | (LOOSE if word.options.get("coerce") else 0))
        node.note = note
        self.plan.nodes.append(node)
        return len(self.plan.nodes) - 1, node

    def column(self, word, kind, format, name, domain, **kw):
        column = Column(kind, format, name, word.arrow_nullable, domain, **kw)
        self.plan.columns.append(column)
        return len(self.plan.columns) - 1

    def text(self, text):
        raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
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
        if self.repeats(domain) and self.dialect == "arrow" and word.options["size"] != "small":
            return self._dictionary(Word("dictionary", nullable=word.nullable, values=None,
                                         arrow_nullable=word.arrow_nullable, coerce=word.options.get("coerce")),
                                    name, domain, path)
        index, _, columns = self._leaf(word, self.text_column(word, name, domain, word.options["size"]))
        return index, columns

    def _uuid(self, word, name, domain, path):
        index, _, columns = self._leaf(word, self.text_column(word, name, domain))
        return index, columns

    def _json(self, word, name, domain, path):
        index, _, columns = self._leaf(word, self.text_column(word, name, domain))
        return index, columns

    def _octets(self, word, name, domain, path):
        return self._binary(word, name, domain, path)

    def _form(self, word, name, domain, path):
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

    def _renamed(self, word, name, domain, path):
        index, node, columns = self._leaf(word, self.repeated_column(word, name, domain))
        node.a, node.b = self.texts([text for pair in word.options["names"] for text in pair])
        node.flags |= CLOSED if word.options["closed"] else 0
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
