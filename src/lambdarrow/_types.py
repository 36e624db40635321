"""Names for annotations. Only type checkers import this: typing is not for the cold start."""

from collections.abc import Callable, Iterable
from mmap import mmap
from typing import Any, Literal, Protocol, TypeAlias, TypedDict, Unpack

from ._batch import Batch
from ._changes import ChangesBatch
from .schema import Word


class ArrowSchemaExportable(Protocol):
    """Anything with an Arrow schema to give: of pyarrow, polars, nanoarrow, arro3 …"""

    def __arrow_c_schema__(self) -> object: ...


Event: TypeAlias = bytes | bytearray | memoryview | mmap | str | dict[str, Any] | list[Any]
Payload: TypeAlias = type | str | dict[str, Any] | list[Any] | ArrowSchemaExportable | Word
OnError: TypeAlias = Literal["raise", "collect", "stop", "null"]
Dialect: TypeAlias = Literal["arrow", "plain", "spark"]
StringType: TypeAlias = Literal["utf8", "string_view"]
OnMismatch: TypeAlias = Literal["fail", "null", "rescue"]
LoneSurrogates: TypeAlias = Literal["error", "replace"]


class Limits(TypedDict, total=False):
    depth: int
    map_keys: int
    rows: int
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
    on_mismatch: OnMismatch


class PlainOptions(TypedDict, total=False):
    """The options of a decoder of a source that carries no payload."""

    columns: list[str] | tuple[str, ...] | None
    on_error: OnError
    dialect: Dialect
    string_type: StringType
    limits: Limits | None
    lone_surrogates: LoneSurrogates


Fetched: TypeAlias = bytes | bytearray | memoryview | str | BaseException | None
Fetch: TypeAlias = Callable[[list[tuple[str, str]]], Iterable[Fetched]]


class SqsOptions(Options, total=False):
    """The options of a decoder of SQS; see the module :mod:`lambdarrow.sqs`."""

    verify_md5: bool
    pointer: Fetch | None
    fifo: Literal["group", "all", "none"]


class KinesisOptions(Options, total=False):
    """The options of a decoder of Kinesis; see the module :mod:`lambdarrow.kinesis`."""

    deaggregate: bool
    hash_key_range: tuple[int, int] | None


class KafkaOptions(Options, total=False):
    """The options of a decoder of Kafka; see the module :mod:`lambdarrow.kafka`."""

    key: Payload | None


class LogsOptions(TypedDict, total=False):
    """The options of a decoder of CloudWatch Logs; see the module :mod:`lambdarrow.logs`."""

    message: Payload | None
    on_miss: Literal["keep", "null", "fail"]
    columns: list[str] | tuple[str, ...] | None
    on_error: OnError
    flatten: bool
    dialect: Dialect
    string_type: StringType
    limits: Limits | None
    lone_surrogates: LoneSurrogates
    on_mismatch: OnMismatch


class DynamoDbOptions(TypedDict, total=False):
    """The options of a decoder of DynamoDB Streams; see the module :mod:`lambdarrow.dynamodb`."""

    image: Payload | None
    keys: Payload | tuple[str, ...] | None
    strict: bool
    columns: list[str] | tuple[str, ...] | None
    on_error: OnError
    dialect: Dialect
    string_type: StringType
    limits: Limits | None
    lone_surrogates: LoneSurrogates
    on_mismatch: OnMismatch


class DynamoDbToArrow(Protocol):
    """``lambdarrow.dynamodb.to_arrow``."""

    def __call__(self, event: Event, **options: Unpack[DynamoDbOptions]) -> ChangesBatch: ...


class ToArrow(Protocol):
    """A source's ``to_arrow``."""

    def __call__(self, event: Event, **options: Unpack[Options]) -> Batch: ...


class PlainToArrow(Protocol):
    """A ``to_arrow`` of events that carry no payload."""

    def __call__(self, event: Event, **options: Unpack[PlainOptions]) -> Batch: ...


class KinesisToArrow(Protocol):
    """``lambdarrow.kinesis.to_arrow``."""

    def __call__(self, event: Event, **options: Unpack[KinesisOptions]) -> Batch: ...


class KafkaToArrow(Protocol):
    """``lambdarrow.kafka.to_arrow``."""

    def __call__(self, event: Event, **options: Unpack[KafkaOptions]) -> Batch: ...


class LogsToArrow(Protocol):
    """``lambdarrow.logs.to_arrow``."""

    def __call__(self, event: Event, **options: Unpack[LogsOptions]) -> Batch: ...


class SqsToArrow(Protocol):
    """``lambdarrow.sqs.to_arrow``."""

    def __call__(self, event: Event, **options: Unpack[SqsOptions]) -> Batch: ...


class KafkaOffset(TypedDict):
    partition: str
    offset: int


class ItemFailure(TypedDict):
    itemIdentifier: str | KafkaOffset


class Response(TypedDict, total=False):
    """What a handler with ReportBatchItemFailures returns."""

    batchItemFailures: list[ItemFailure]
    state: Any
