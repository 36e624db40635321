"""What is not as it should be, as the error that all of this library raises.

msgspec stops at the first byte that it cannot take, and does not always say why. So what it refuses is shown to the
engine that fills columns, which gives its own reason: the two roads agree, and nothing that is well pays for it.
"""

import functools
import re
from typing import TYPE_CHECKING, Any

import msgspec

from .. import content, schema
from .._decoder import Decoder
from .._errors import DecodeError
from .._source import Source

if TYPE_CHECKING:
    from ..schema import Word

__all__ = ["decode_error", "judged", "no_base64", "no_payload", "refused", "wire_name"]


def refused(reason: str, text: str, path: str, offset: int | None = None,
            inner_offset: int | None = None) -> DecodeError:
    """A value that is not what it should be. What is found in a Struct has its path from there, and no offset."""
    return DecodeError(reason, text, 0, path, None, offset, inner_offset)


# What the engine says.


@functools.cache
def _judge(name: str) -> Any:
    words: dict[str, Word] = {
        "base64": schema.base64(schema.plain_bytes()),
        "epoch_ms": schema.timestamp("ms", epoch="ms"),
        "epoch_ms_text": schema.text(schema.timestamp("ms", epoch="ms")),
        "integer": schema.text(schema.int_(64)),
        "iso": schema.timestamp("us"),
    }
    make: Any = Source      # not annotated
    source = make("value", _enveloped, payload="value", bare=words[name], layer=None, columns=("value",))
    return Decoder(source)


def _enveloped(word: "Word") -> "Word":
    return schema.object_((schema.Field("value", word, "value"),), nullable=False)


def judged(name: str, sent: object, path: str) -> Any:
    """What a column of this kind makes of a value, whose path this is. Raises DecodeError."""
    try:
        return _judge(name).to_arrow(b'{"value":' + msgspec.json.encode(sent) + b"}")["value"].to_pylist()[0]
    except DecodeError as error:
        raise refused(error.reason, error._parts[1], path) from None
    except OverflowError:
        # A column's integer that is no datetime: before the year 1, or after 9999.
        raise refused("out_of_range", "the value does not fit the type", path) from None


def _judged_json(text: Any) -> DecodeError | None:
    """What the engine has against this as JSON."""
    try:
        content.to_arrow(text, payload="json")
    except DecodeError as error:
        return error
    return None


# An escape in a string: a pair of surrogates, half of one, or any other.
_ESCAPE = re.compile(rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(?P<alone>u[dD][89a-fA-F]..)|.)", re.DOTALL)


def _alone(text: Any) -> int | None:
    """Where well-formed JSON has half of a surrogate pair."""
    return next((found.start() for found in _ESCAPE.finditer(text) if found["alone"]), None)


# What msgspec says.

# The reasons of columns, by what msgspec begins with. Not all that it says has one: a union of several types, say.
_REASONS = (
    (re.compile(r"Expected `.*`, got `null`"), "unexpected_null"),
    (re.compile(r"Expected `str( \| null)?`"), "expected_string"),
    (re.compile(r"Expected `int( \| null)?`"), "expected_integer"),
    (re.compile(r"Expected `(int \| )?float( \| null)?`"), "expected_number"),
    (re.compile(r"Expected `bool( \| null)?`"), "expected_bool"),
    (re.compile(r"Expected `object( \| null)?`"), "expected_object"),
    (re.compile(r"Expected `array( \| null)?`"), "expected_array"),
    (re.compile(r"Object missing required field"), "missing_field"),
    (re.compile(r"Object contains unknown field"), "unknown_field"),
    (re.compile(r"(Integer|Number) (value )?out of range"), "out_of_range"),
    (re.compile(r"Invalid enum value"), "unexpected_value"),
    (re.compile(r"Invalid RFC3339"), "invalid_timestamp"),
    (re.compile(r"Invalid UUID"), "invalid_uuid"),
)

# Where batches have their records; an event without them is none.
_RECORDS = ("$.Records", "$.records", "$.awslogs", "$.awslogs.data")


def decode_error(error: BaseException, text: Any = None, outside: str = "") -> DecodeError | None:
    """What msgspec says of a JSON text; None for an error that is not the input's. ``outside``: the path of the text,
    if it is a payload."""
    if isinstance(error, DecodeError):
        return error
    said, _, path = str(error).partition(" - at `")
    path = outside + (path.removesuffix("`") or "$")
    if isinstance(error, msgspec.ValidationError):
        reason = next((name for begin, name in _REASONS if begin.match(said)), "unexpected_type")
        if reason in ("missing_field", "unknown_field"):
            path += "." + said.split("`")[1]    # as columns have it: the path of the field itself
            reason = "missing_records" if reason == "missing_field" and path in _RECORDS else reason
        return refused(reason, said if said[1:2].isupper() else said[:1].lower() + said[1:], path)
    if not isinstance(error, (msgspec.DecodeError, RecursionError, UnicodeDecodeError)):
        return None
    if isinstance(text, str):
        text = text.encode("utf-8", "surrogatepass")
    found = None if text is None else _judged_json(text)
    if found is not None:
        return refused(found.reason, found._parts[1], path, *((None, found.offset) if outside else (found.offset,)))
    if text is not None and (alone := _alone(text)) is not None:
        # Well-formed, and msgspec says that it is truncated.
        place = (None, alone) if outside else (alone,)
        return refused("lone_surrogate", "half of a surrogate pair stands alone", path, *place)
    if isinstance(error, RecursionError):
        return refused("too_deep", "nested deeper than the limit", path)
    if isinstance(error, UnicodeDecodeError):
        return refused("invalid_utf8", "not valid UTF-8", path)
    return refused("invalid_json", said[:1].lower() + said[1:], path)


# What Payload says.


def wire_name(cls: Any, name: str) -> str:
    """The key of a Struct's field."""
    names = dict(zip(cls.__struct_fields__, cls.__struct_encode_fields__, strict=True))
    return str(names.get(name, name))


def no_base64(cls: type, name: str, sent: str) -> DecodeError:
    """The text of this field is no base64."""
    path = f"$.{wire_name(cls, name)}"
    try:
        judged("base64", sent, path)
    except DecodeError as error:
        return error
    return refused("invalid_base64", "a character outside the base64 alphabet", path)


def no_payload(cls: type, name: str, error: Exception, data: Any) -> Exception:
    """What this field carries is not of its type."""
    if isinstance(error, UnicodeDecodeError) and error.object == data:
        # It was to be text, and not JSON.
        return refused("invalid_utf8", "not valid UTF-8", f"$.{wire_name(cls, name)} → $", None, error.start)
    return decode_error(error, data, f"$.{wire_name(cls, name)} → ") or error
