"""SQS batches (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html)."""

from . import _decoder
from ._source import Source
from .schema import Field, binary, counter, dictionary, explode, int_, list_, map_, object_, part, rest, string, \
    struct, tee, text, timestamp, utf8

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Unpack

    from ._batch import Batch
    from ._types import Event, Options
    from .schema import Word


def _envelope(payload: "Word") -> "Word":
    attributes = object_((
        Field("ApproximateReceiveCount", text(int_(32)), "approximate_receive_count"),
        Field("AWSTraceHeader", utf8(), "aws_trace_header"),
        Field("SentTimestamp", text(timestamp("ms", epoch="ms")), "sent_timestamp"),
        Field("SequenceNumber", utf8(), "sequence_number"),
        Field("MessageGroupId", utf8(), "message_group_id"),
        Field("SenderId", dictionary(), "sender_id"),
        Field("MessageDeduplicationId", utf8(), "message_deduplication_id"),
        Field("ApproximateFirstReceiveTimestamp", text(timestamp("ms", epoch="ms")),
              "approximate_first_receive_timestamp"),
        Field("DeadLetterQueueSourceArn", dictionary(), "dead_letter_queue_source_arn"),
    ))
    attribute = struct((
        Field("stringValue", utf8(), "string_value"),
        Field("binaryValue", binary(), "binary_value"),
        Field("stringListValues", list_(utf8()), "string_list_values"),
        Field("binaryListValues", list_(binary()), "binary_list_values"),
        Field("dataType", utf8(), "data_type"),
    ))
    message = object_((
        Field("messageId", utf8(), "message_id"),
        Field("receiptHandle", utf8(), "receipt_handle"),
        Field("body", payload, "body"),
        Field("attributes", attributes),
        Field("messageAttributes", map_(attribute), "message_attributes"),
        Field("md5OfMessageAttributes", utf8(), "md5_of_message_attributes"),
        Field("md5OfBody", utf8(), "md5_of_body"),
        Field("eventSource", dictionary(), "event_source"),
        Field("eventSourceARN", tee(Field(None, dictionary(), "event_source_arn"),
                                    Field(None, part(":", -1), "queue_name"))),
        Field("awsRegion", dictionary(), "aws_region"),
        Field(None, counter(), "record_index"),
    ), nullable=False)
    return object_((
        Field("Records", explode(message, unit=True, nullable=False), required=True),
        Field(None, rest(), "_metadata"),
    ), nullable=False)


SOURCE = Source(
    "sqs", _envelope,
    payload="body", bare=utf8(), layer=string,
    columns=(
        "message_id", "receipt_handle", "body", "md5_of_body", "md5_of_message_attributes", "event_source",
        "event_source_arn", "aws_region", "approximate_receive_count", "sent_timestamp",
        "approximate_first_receive_timestamp", "sender_id", "sequence_number", "message_group_id",
        "message_deduplication_id", "aws_trace_header", "dead_letter_queue_source_arn", "message_attributes",
    ),
    on_request=("queue_name", "record_index"),
    identifier="message_id", identifier_path=("messageId",),
)


class Decoder(_decoder.Decoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ()

    def __init__(self, **options: "Unpack[Options]") -> None:
        super().__init__(SOURCE, **options)


_decoders: "dict[object, tuple[Decoder, Options]]" = {}
_default: Decoder | None = None


def to_arrow(event: "Event", **options: "Unpack[Options]") -> "Batch":
    """The messages of one SQS event as a :class:`lambdarrow.Batch`."""
    global _default
    if options:
        return _decoder.cached(_decoders, Decoder, options).to_arrow(event)
    if _default is None:
        _default = Decoder()
    return _default.to_arrow(event)
