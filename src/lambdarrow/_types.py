"""Names for annotations. Only type checkers import this: typing is not for the cold start."""

from mmap import mmap
from typing import Any, Literal, Protocol, TypeAlias, TypedDict

from .schema import Word


class ArrowSchemaExportable(Protocol):
    """Anything with an Arrow schema to give: of pyarrow, polars, nanoarrow, arro3 …"""

    def __arrow_c_schema__(self) -> object: ...


Event: TypeAlias = bytes | bytearray | memoryview | mmap | str | dict[str, Any] | list[Any]
Payload: TypeAlias = type | str | dict[str, Any] | list[Any] | ArrowSchemaExportable | Word
OnError: TypeAlias = Literal["raise", "collect", "stop", "null"]
Dialect: TypeAlias = Literal["arrow", "plain", "spark"]
StringType: TypeAlias = Literal["utf8", "string_view"]
LoneSurrogates: TypeAlias = Literal["error", "replace"]


class Limits(TypedDict, total=False):
    depth: int
    map_keys: int
    max_inflated: int


class Options(TypedDict, total=False):
    """The options of a decoder; see :class:`lambdarrow.kinesis.Decoder`."""

    payload: Payload | None
    columns: list[str] | tuple[str, ...] | None
    on_error: OnError
    flatten: bool
    dialect: Dialect
    string_type: StringType
    limits: Limits | None
    lone_surrogates: LoneSurrogates


class ItemFailure(TypedDict):
    itemIdentifier: str


class Response(TypedDict, total=False):
    """What a handler with ReportBatchItemFailures returns."""

    batchItemFailures: list[ItemFailure]
    state: Any
