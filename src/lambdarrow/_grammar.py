"""The grammar of payload schemas: strings, dicts and lists that a JSON file can hold.

A string is a type in Arrow's own names, nested as one likes::

    int64   timestamp[ms, UTC]   decimal128(12, 2)   dictionary<utf8>
    list<utf8>   map<utf8, int64>   struct<a: int64, "b c": list<utf8>>

A dict is a struct (its keys are the columns, in order), a list of one is a list. The value of
a key may also be an *option form*, which says more than the type::

    {"type": T, "from": "wireName", "required": true, "nullable": false, "default": ...,
     "epoch": "ms", "assume": "UTC", "values": ["a", "b"], "on_mismatch": "rescue", "coerce": "string"}

A dict is an option form exactly when it has the key ``type``, that key holds a string, a list
or a dict, and every other key is an option. ``{"type": "utf8", "id": "int64"}`` is therefore a
struct of two fields. Two places differ:

- Where no field is (the payload itself, an item of a list), ``from``, ``required`` and
  ``default`` mean nothing and are no options, and at least one option must be given:
  ``{"type": "utf8"}`` is a struct there, but the type utf8 as the value of a key.
- What stands under the ``type`` of an option form is a bare type: a dict there is always a
  struct. So ``{"geo": {"type": {"type": "utf8", "from": "utf8"}}}`` is the way to say that
  ``geo`` is a struct whose fields happen to be called ``type`` and ``from``.

A missing key becomes null, or its default, unless it is required; a JSON null becomes null
unless the field is required or ``nullable`` is false (``nullable`` true on a required field
takes null but not absence).
"""

from . import schema
from ._drift import with_options
from ._type_text import UNITS, check_text, fits, options_of, parse, say, struct
from .schema import Field

_FIELD_OPTIONS = ("from", "required", "default")
_WORD_OPTIONS = ("nullable", "epoch", "assume", "values", "on_mismatch", "coerce")


def to_word(spec, path="payload"):
    """The word of a spec that stands where no field is: a payload, an item of a list."""
    if isinstance(spec, dict) and _is_option_form(spec, field=False):
        return _with_options(spec, path, nullable=True)
    return _bare(spec, path)


def _is_option_form(spec, *, field):
    if not isinstance(spec.get("type"), (str, list, dict)):
        return False
    if len(spec) == 1:
        return field
    return all(
        key == "type" or key in _WORD_OPTIONS or (field and key in _FIELD_OPTIONS) for key in spec
    )


def _bare(spec, path):
    if isinstance(spec, str):
        return parse(spec, path)
    if isinstance(spec, list):
        if len(spec) != 1:
            raise ValueError(f"{path}: a list holds the one type of its items, not {len(spec)}")
        return schema.list_(to_word(spec[0], path + "[]"))
    if isinstance(spec, dict):
        return struct([field(name, value, path, spec) for name, value in spec.items()], path)
    raise ValueError(f"{path}: {spec!r} is no type, which is a string, a dict of fields or a list of one")


def field(name, spec, path, siblings):
    """The field of a struct, by its name and what the struct says of it; ``siblings``: all that it says."""
    if not isinstance(name, str):
        raise ValueError(f"{path}: the name of a field is a string, not {name!r}")
    inner = f"{path}.{name}"
    if not isinstance(spec, (str, dict, list)) and "type" in siblings:
        options = ", ".join(_FIELD_OPTIONS + _WORD_OPTIONS)
        raise ValueError(
            f"{inner}: {spec!r} is no type. If {path} was meant as a type with options: these are "
            f"{options}, and from, required and default belong to a field"
        )
    if not isinstance(spec, dict) or not _is_option_form(spec, field=True):
        return Field(name, _bare(spec, inner))
    key = spec.get("from", name)
    if not isinstance(key, str):
        raise ValueError(f"{inner}: from is the key on the wire, a string, not {key!r}")
    required = _flag(spec, "required", False, inner)
    if required and "default" in spec:
        raise ValueError(f"{inner}: a required field has no use for a default")
    default = spec.get("default")
    return Field(
        key,
        _with_options(spec, inner, nullable=not required),
        name,
        required=required,
        # A missing key without a default is null already.
        default=None if default is None else _encoded(default, inner),
    )


def _flag(spec, key, otherwise, path):
    value = spec.get(key, otherwise)
    if value is not True and value is not False:
        raise ValueError(
            f"{path}: the option {key} is true or false, not {value!r} (a struct with fields called "
            f'type and {key} is written {{"type": {{"type": ..., "{key}": ...}}, "nullable": true}})'
        )
    return value


def _with_options(spec, path, *, nullable):
    word = _bare(spec["type"], path)
    changes = {"nullable": _flag(spec, "nullable", nullable, path)}
    if "epoch" in spec or "assume" in spec:
        changes.update(_reading_of_time(word, spec, path))
    if "values" in spec:
        key, values = _values(word, spec["values"], path)
        changes[key] = values
    return with_options(word.but(**changes), spec, path)


def _reading_of_time(word, spec, path):
    epoch, assume = spec.get("epoch"), spec.get("assume")
    if word.op != "timestamp":
        raise ValueError(f"{path}: epoch and assume are options of a timestamp (in a list: of its item)")
    if "epoch" in spec and epoch not in UNITS:
        raise ValueError(f"{path}: epoch is the unit of the number, one of {', '.join(UNITS)}, not {epoch!r}")
    if "assume" in spec and assume != "UTC":
        raise ValueError(f'{path}: assume is "UTC", not {assume!r}')
    if "epoch" in spec and "assume" in spec:
        raise ValueError(f"{path}: assume is for text without an offset, epoch for numbers; give one of them")
    if assume and word.options["tz"] is None:
        raise ValueError(f"{path}: a timestamp without a zone has nothing to assume")
    return {"epoch": epoch, "assume": assume}


def _values(word, values, path):
    kind = {"dictionary": str, "int": int}.get(word.op)
    if kind is None:
        raise ValueError(f"{path}: values is an option of dictionary<utf8> and of the integers")
    if not isinstance(values, list) or not values:
        raise ValueError(f"{path}: values is a list of at least one value")
    for value in values:
        if type(value) is not kind:
            raise ValueError(f"{path}: {value!r} is no value of this type")
        if kind is str:
            check_text(value, path)
        elif not fits(value, word.options["bits"], word.options["signed"]):
            raise ValueError(f"{path}: {value} does not fit the type")
    if len(set(values)) != len(values):
        raise ValueError(f"{path}: values holds a value twice")
    return ("values" if kind is str else "allowed"), tuple(values)


def _encoded(default, path):
    import json  # loads re: paid by those who write defaults

    try:
        return json.dumps(default, allow_nan=False, separators=(",", ":")).encode("ascii")
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: the default is no JSON value: {error}") from None


def describe(word):
    """The spec that ``to_word`` reads as an equal tree: the inverse of this module.

    ValueError for what the grammar cannot say: rows and layers, a closed struct, Arrow fields
    that are not nullable, options inside a map.
    """
    options = _said_options(word, True)
    bare = _said_bare(word)
    if options:
        return {"type": bare, **options}
    if isinstance(bare, dict) and _is_option_form(bare, field=False):
        return {"type": bare, "nullable": True}
    return bare


def _said_bare(word):
    if not word.arrow_nullable:
        raise ValueError(f"the grammar cannot say that an Arrow field is not nullable: {word!r}")
    if word.op == "struct" and not word.options["closed"]:
        return {field.name: _said_field(field) for field in word.children}
    if word.op == "list":
        return [describe(word.children[0])]
    return say(word)


def _said_field(field):
    if field.key is None or field.hidden:
        raise ValueError(f"the grammar has no word for the field {field!r}")
    said = {}
    if field.key != field.name:
        said["from"] = field.key
    if field.required:
        said["required"] = True
    if field.default is not None:
        import json

        said["default"] = json.loads(field.default)
    said.update(_said_options(field.word, not field.required))
    bare = _said_bare(field.word)
    if said or (isinstance(bare, dict) and _is_option_form(bare, field=True)):
        return {"type": bare, **said}
    return bare


def _said_options(word, nullable):
    said = {} if word.nullable == nullable else {"nullable": word.nullable}
    return {**said, **options_of(word)}
