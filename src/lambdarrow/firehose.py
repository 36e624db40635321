"""Amazon Data Firehose transformation batches (https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html).

Columns, in order, all nullable; dictionary columns are ``dictionary<int32, utf8>`` (utf8 in the dialects ``plain`` and
``spark``):

=================================  =====================================================================
``record_id``                      utf8
``approximate_arrival_timestamp``  timestamp[ms, UTC]
``partition_key``                  utf8; of records that came through a Kinesis stream, or were packed
``sequence_number``                utf8; the same, of the Kinesis stream
``shard_id``                       dictionary; the same
``data``                           binary, or what ``payload=`` makes of it
``delivery_stream_arn``            dictionary
``invocation_id``, ``region``, ``source_kinesis_stream_arn``  dictionary
=================================  =====================================================================

Where Firehose reads a topic of Amazon MSK (the event has a ``sourceMSKArn``), ``data`` is what the record has as
``kafkaRecordValue``: one that lacks it is a failure, as is one that has it in another event.

On request (``columns=``): ``partition_id``, int32, and ``offset``, int64, of records of Amazon MSK, and
``source_msk_arn``, dictionary; ``explicit_hash_key``, ``sub_sequence_number``, ``user_record_index``,
``record_index``: as for :mod:`lambdarrow.kinesis`, whose packed records are recognised here too
(``deaggregate=False`` keeps them whole).

:func:`response` makes the answer, which has to name every record.
"""

from . import _decoder, _two_forms
from ._batch import Batch
from ._detect import first_key
from ._source import Source, event_struct
from .kinesis import layer, with_users
from .schema import (
    Field,
    binary,
    counter,
    dictionary,
    explode,
    int_,
    object_,
    rest,
    timestamp,
    utf8,
)

__all__ = ["SOURCE", "Decoder", "response", "to_arrow"]

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, Unpack

    from . import _core
    from ._types import Event as AnyEvent
    from ._types import KinesisOptions, KinesisToArrow
    from .events.firehose import FirehoseEvent
    from .schema import Word


_NEVER = "\0"    # a text that no base64 is


def _envelope(payload: "Word", deaggregate: bool = True, hash_key_range: "tuple[int, int] | None" = None,
              of_topic: bool = False) -> "Word":
    payload, partition_key, own = with_users(payload, deaggregate, hash_key_range)
    stream = object_((
        Field("sequenceNumber", utf8(), "sequence_number"),
        partition_key,
        Field("shardId", dictionary(), "shard_id"),
    ))
    key = "kafkaRecordValue" if of_topic else "data"
    # Bytes of a topic's record must not get lost where the event does not say that there is a topic.
    stray = () if of_topic else (
        Field("kafkaRecordValue", dictionary(values=(_NEVER,)), "_kafka_record_value", hidden="data"),)
    topic = object_((
        Field("offset", int_(64, coerce="string")),     # digits in AWS's examples
        Field("partitionId", int_(32, coerce="string"), "partition_id"),
    ))
    record = object_((
        Field("recordId", utf8(), "record_id"),
        Field("approximateArrivalTimestamp", timestamp("ms", epoch="ms"), "approximate_arrival_timestamp"),
        Field(key, payload, "data", required=of_topic),
        *stray,
        Field("kinesisRecordMetadata", stream),
        Field("mskRecordMetadata", topic),
        Field(None, counter(), "record_index"),
        *own,
    ), nullable=False)
    return object_((
        Field("invocationId", dictionary(), "invocation_id"),
        Field("deliveryStreamArn", dictionary(), "delivery_stream_arn"),
        Field("sourceKinesisStreamArn", dictionary(), "source_kinesis_stream_arn"),
        Field("sourceMSKArn", dictionary(), "source_msk_arn"),
        Field("region", dictionary()),
        Field("records", explode(record, unit=True, nullable=False), required=True),
        Field(None, rest(), "_metadata"),
    ), nullable=False)


def _of_topic(payload: "Word", **own: "Any") -> "Word":
    return _envelope(payload, **own, of_topic=True)


def _source(envelope: "Callable[..., Word]") -> "Source":
    return Source(
        "firehose", envelope,
        payload="data", bare=binary(), layer=layer,
        columns=("record_id", "approximate_arrival_timestamp", "partition_key", "sequence_number", "shard_id", "data",
                 "delivery_stream_arn", "invocation_id", "region", "source_kinesis_stream_arn"),
        on_request=("record_index", "explicit_hash_key", "sub_sequence_number", "user_record_index", "partition_id",
                    "offset", "source_msk_arn"),
        identifier="record_id", identifier_path=("recordId",), options=("deaggregate", "hash_key_range"),
    )


SOURCE = _source(_envelope)
_TOPIC = _source(_of_topic)


_BEGINNING = 4096   # bytes


class FirehoseBatch(Batch):
    """A batch of Firehose records, which remembers its event: the answer names all of its records."""

    __slots__ = ("_event", "_of_topic", "_reading")

    def __init__(self, rows: "_core.Rows", *arguments: "Any", **options: "Any") -> None:
        super().__init__(rows, *arguments, **options)
        self._event: Event | None = None
        self._of_topic = self._source is _TOPIC
        self._reading: dict[str, Any] = {}    # the options by which the event can be read


class _OfTopic(_decoder.Decoder):
    __slots__ = ()
    _batch_type = FirehoseBatch


class Decoder(_two_forms.Decoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ("_reading",)
    _batch_type = FirehoseBatch
    _other_type = _OfTopic

    def __init__(self, **options: "Unpack[KinesisOptions]") -> None:
        super().__init__(SOURCE, _TOPIC, _is_of_topic, **options)
        self._reading = {name: options[name] for name in ("limits", "lone_surrogates") if name in options}

    def to_arrow(self, event: "AnyEvent") -> "FirehoseBatch":
        batch = super().to_arrow(event)
        assert isinstance(batch, FirehoseBatch)
        batch._event, batch._reading = event, self._reading
        return batch


def _is_of_topic(event: "Any") -> bool:
    """Whether an event's records come from a topic: AWS says so before the records, so that there is little to read."""
    # A copy of the beginning, as a rule.
    first = event if type(event) is bytes else bytes(memoryview(event)[:_BEGINNING])
    found = first_key(first, ("sourceMSKArn", "records"))
    if found is None and first is not event:
        found = first_key(first := bytes(event), ("sourceMSKArn", "records"))
    if found != "records":
        return found is not None
    # Somebody else's order has it behind the records, or those come before all.
    last = bytes(memoryview(event)[-_BEGINNING:])
    if b"sourceMSKArn" in last or first_key(first, ("deliveryStreamArn", "records")) == "records":
        return first_key(event if type(event) is bytes else bytes(event), ("sourceMSKArn",)) is not None
    return False


to_arrow: "KinesisToArrow" = _decoder.front(Decoder)


def response(batch: "Batch", data: "Iterable[Any]", *, result: "Iterable[str] | str" = "Ok",
             partition_keys: "Iterable[dict[str, str] | None] | None" = None,
             otf: "Iterable[dict[str, str] | None] | None" = None) -> "dict[str, Any]":
    """The answer to Firehose: every record once, in the order of the event.

    ``data``: a value for each row of the batch: bytes, str, or what ``msgspec.json`` writes (a dict, a Struct). Those
    of the rows of one record are joined, a line feed behind each that is no bytes. ``result``: ``"Ok"``,
    ``"Dropped"`` or ``"ProcessingFailed"`` for each row, or one for all; a record is what its rows agree on, else
    ``ProcessingFailed``. ``partition_keys``: of each row, for dynamic partitioning; ``otf``: of each row
    ``destinationDatabaseName``, ``destinationTableName`` and ``operation``, for Apache Iceberg tables. Both are those
    of a record's first row.

    Records that could not be decoded, and those that :meth:`Batch.fail` was told of, are ``ProcessingFailed``; so
    are those that are larger than the 6 MB that Lambda takes, and the last ones if all together are. A record that
    made no row is ``Dropped``. Reads the event a second time, which must be as it was. Raises ``ValueError`` where
    the values are not as many as the rows, and for a batch that was fed.
    """
    from ._firehose import response

    return response(batch, data, result, partition_keys, otf)

if TYPE_CHECKING:
    Event = FirehoseEvent
else:
    __getattr__ = event_struct(__name__, "FirehoseEvent")
