"""A payload schema as Python source: msgspec Structs that read the same payloads.

What a Struct says as it stands (``int``, ``str``, ``list[T | None]``, a class for each nested object)
is said so; the rest as ``_structs.py`` reads it: ``Annotated[T, msgspec.Meta(extra=...)]``.
"""

import keyword
import re
import unicodedata

from ._type_text import say

_PLAIN = {"bool": "bool", "int64": "int", "float64": "float", "utf8": "str", "json": "Any", "date32": "date",
          "binary": "bytes"}
_IMPORTED = {"date": "datetime", "datetime": "datetime", "Decimal": "decimal", "Annotated": "typing", "Any": "typing"}
# What annotations are made of: in a class, a field of such a name would stand between them and it.
_TAKEN = {"bool", "int", "float", "str", "list", "dict", "msgspec", *_IMPORTED}


def source_of(word, name, *, takes_null):
    """The source that defines ``name``, a type that reads what ``word`` reads."""
    if not _is_name(name) or name in _TAKEN:
        raise ValueError(f"{name!r} cannot be the name of a class")
    made = _Source(name)
    if _is_struct(word) and not takes_null:
        made.struct(word, name)
        alias = ""
    else:
        kind = made.type(word, f"{name} {'item' if word.op == 'list' else 'object'}")
        alias = f"{name} = {_or_none(kind) if takes_null else kind}\n"
    return made.header() + "\n\n".join(made.classes) + ("\n\n" * bool(made.classes and alias)) + alias


def _or_none(kind):
    # Any takes a null already; what is Annotated[Any] is, too.
    return kind if kind == "Any" or kind.startswith("Annotated[Any,") else f"{kind} | None"


def _is_struct(word):
    """Whether msgspec has names for all the keys of an object; it refuses those that JSON must escape."""
    return word.op == "struct" and not any(re.search(r'[\x00-\x1f"\\]', field.key) for field in word.children)


class _Source:
    """The source that is being written: its classes, inner ones first, and what they need imported."""

    def __init__(self, name):
        self.classes = []
        self.names = {name}  # of classes
        self.imported = set()

    def header(self):
        lines = [
            f"from {module} import {', '.join(sorted(name for name in self.imported if _IMPORTED[name] == module))}\n"
            for module in sorted({_IMPORTED[name] for name in self.imported})
        ]
        uses_msgspec = bool(self.classes) or "Annotated" in self.imported
        lines += ["\n" * bool(lines) + "import msgspec\n"] * uses_msgspec
        return "".join(lines) + ("\n\n" if self.classes else "\n" if lines else "")

    def use(self, name):
        self.imported |= {name} & _IMPORTED.keys()
        return name

    def annotated(self, kind, **extra):
        self.use("Annotated")
        said = ", ".join(f'"{key}": {_literal(value)}' for key, value in extra.items())
        return f"Annotated[{self.use(kind)}, msgspec.Meta(extra={{{said}}})]"

    def type(self, word, hint):
        """The type that reads what ``word`` reads, nulls apart; ``hint``: what a class of it may be called."""
        if _is_struct(word):
            name = self.class_name(hint)
            self.struct(word, name)
            return name
        if word.op == "list":
            return f"list[{_or_none(self.type(word.children[0], hint))}]"
        if word.op == "map":
            return f"dict[str, {_or_none(self.type(word.children[0], hint))}]"
        if word.op == "decimal":
            return self.annotated("Decimal", precision=word.options["precision"], scale=word.options["scale"])
        if word.op == "timestamp":
            return self.annotated("datetime", arrow=say(word))
        said = say(word)
        if word.op == "struct":
            # Not as a dict: typing takes two Annotated for one if they differ in nothing but the order of keys.
            return self.annotated("Any", arrow=said)
        return self.use(_PLAIN[said]) if said in _PLAIN else self.annotated("int", arrow=said)

    def struct(self, word, name):
        """Writes the class of an object."""
        kinds = [_or_none(self.type(field.word, field.key)) for field in word.children]
        taken = _TAKEN | self.names
        plain = {field.key for field in word.children if _is_name(field.key)} - taken
        lines = [f"class {name}(msgspec.Struct):\n"]
        for key, kind in zip([field.key for field in word.children], kinds, strict=True):
            if key in plain:
                lines.append(f"    {key}: {kind} = None\n")
                continue
            attribute = _one_of_its_own(_name_like(key), taken | plain)
            taken.add(attribute)
            lines.append(f"    {attribute}: {kind} = msgspec.field(default=None, name={_literal(key)})\n")
        self.classes.append("".join(lines))

    def class_name(self, hint):
        """``hint`` in CamelCase, made one of its own."""
        camel = "".join(part[0].upper() + part[1:] for part in re.findall("[A-Za-z0-9]+", hint)).lstrip("0123456789")
        camel = camel[:1].upper() + camel[1:] or "Item"
        name = _one_of_its_own(camel, _TAKEN | self.names)
        self.names.add(name)
        return name


def _is_name(key):
    """Whether Python takes a key for a name and leaves it as it is: it reads names in NFKC, and calls
    those of two underscores otherwise in a class."""
    if not key.isidentifier() or keyword.iskeyword(key) or key.startswith("__"):
        return False
    return unicodedata.normalize("NFKC", key) == key


def _name_like(key):
    name = re.sub("[^A-Za-z0-9]+", "_", key).strip("_") or "field"
    return "_" * name[0].isdigit() + name


def _one_of_its_own(name, taken):
    if keyword.iskeyword(name) or name in _TAKEN:
        name += "_"
    found, number = name, 2
    while found in taken:
        found, number = f"{name}{number}", number + 1
    return found


def _literal(value):
    text = repr(value)
    return f'"{text[1:-1]}"' if isinstance(value, str) and '"' not in text and "\\" not in text else text
