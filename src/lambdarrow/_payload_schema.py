"""A payload schema as an object: what ``infer_schema`` returns and ``payload=`` takes."""

from . import _core

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Any


class PayloadSchema:
    """The schema of payloads, frozen; ``payload=schema`` takes it, ``str(schema)`` is what ``--payload`` reads.

    ``sampled``: how many payloads it was inferred from; ``skipped``: how many beside them no schema
    reads; ``takes_null``: whether a payload was ``null``.

    It has ``__arrow_c_schema__``: ``pyarrow.schema(schema)`` has the payload's fields. A payload that is
    no object has no fields; ``pyarrow.field(schema)`` takes every payload. To Arrow a json column is
    utf8; its field's metadata (``lambdarrow:type``) tells that it is more, so that
    ``payload=pyarrow.schema(schema)`` reads the same as ``payload=schema``.
    """

    __slots__ = ("_text", "sampled", "skipped", "takes_null")

    _text: str
    sampled: int
    skipped: int
    takes_null: bool

    def __init__(self, spec: "Any", *, sampled: int = 0, skipped: int = 0, takes_null: bool = False) -> None:
        import json

        text = json.dumps(spec, indent=2, ensure_ascii=False)
        for name, value in (("_text", text), ("sampled", sampled), ("skipped", skipped), ("takes_null", takes_null)):
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a PayloadSchema is frozen: cannot set {name!r}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a PayloadSchema is frozen: cannot delete {name!r}")

    @property
    def spec(self) -> "str | list[Any] | dict[str, Any]":
        """The schema in the grammar's words; a copy of one's own."""
        import json

        spec: str | list[Any] | dict[str, Any] = json.loads(self._text)
        return spec

    def to_struct_source(self, name: str = "Payload") -> str:
        """Python source of msgspec Structs, the last name of which reads the same payloads.

        ``name`` is a class where the payloads are objects, an alias of a type otherwise. Keys that are
        no names in Python are given one, so their columns are called otherwise than by this schema.
        Raises ``ValueError`` if ``name`` cannot be a class's.
        """
        from ._grammar import to_word
        from ._struct_source import source_of

        return source_of(to_word(self.spec), name, takes_null=self.takes_null)

    def __arrow_c_schema__(self) -> object:
        """A field called ``payload`` (Arrow PyCapsule interface)."""
        from ._grammar import to_word
        from ._lower import lower
        from .schema import Field, explode, object_

        # A schema alone has columns; a column has a type, whatever it is. So: the column of no rows.
        row = object_((Field("payload", to_word(self.spec)),), nullable=False)
        plan = lower(explode(row, unit=True, nullable=False), order=("payload",))
        for node in plan.nodes:
            if node.op == "json":
                plan.columns[node.column].metadata = {"lambdarrow:type": "json"}
        rows = _core.Decoder(_core.Plan(plan), "raise").decode(b"[]")
        return _core.Column(rows, (plan.output[0],)).array_capsules()[0]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PayloadSchema):
            return NotImplemented
        return (self._text, self.takes_null) == (other._text, other.takes_null)

    def __hash__(self) -> int:
        return hash((self._text, self.takes_null))

    def __reduce__(self) -> "tuple[Any, ...]":
        return _unpickled, (self.spec, self.sampled, self.skipped, self.takes_null)

    def __repr__(self) -> str:
        return self._text


def _unpickled(spec: "Any", sampled: int, skipped: int, takes_null: bool) -> PayloadSchema:
    return PayloadSchema(spec, sampled=sampled, skipped=skipped, takes_null=takes_null)
