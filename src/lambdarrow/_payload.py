"""From whatever a user calls a payload to the word that reads it.

Three front ends, one result: the grammar of strings and dicts, Python types (Structs above
all), Arrow schemas. Each is imported only when it is asked for, and none imports what the
caller has not: cold start belongs to those who decode without a payload.
"""

from .schema import Word

# The modules that make what is a type but no class: list[int], int | None, Annotated[...].
_TYPING = ("typing", "types", "typing_extensions")


def to_word(spec, *, top="payload"):
    """The word tree that ``spec`` describes; ``top`` begins the paths that errors name."""
    if isinstance(spec, Word):
        return spec
    if isinstance(spec, type) or type(spec).__module__ in _TYPING:
        from . import _structs

        return _structs.to_word(spec, top)
    # Before dict: polars.Schema is one, and its values are no words of ours.
    if hasattr(spec, "__arrow_c_schema__"):
        from ._payload_schema import PayloadSchema

        if not isinstance(spec, PayloadSchema):
            from . import _arrow_schema

            return _arrow_schema.to_word(spec, top)
        spec = spec.spec  # to Arrow its json columns are text like any other
    if isinstance(spec, (str, dict, list)):
        from . import _grammar

        return _grammar.to_word(spec, top)
    raise TypeError(
        f"{top}: {type(spec).__name__} is no schema. Accepted are a type in words "
        '("json", "list<int64>", {"id": "int64", "geo": {"lat": "float64"}}, ["utf8"]), '
        "a msgspec.Struct class or another type that msgspec reads, an object with "
        "__arrow_c_schema__ (a schema of pyarrow, polars, nanoarrow ...), what infer_schema returns, "
        "or a word of lambdarrow.schema"
    )
