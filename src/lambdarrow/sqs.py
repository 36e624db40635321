"""SQS batches (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html).

Columns, in order, all nullable; dictionary columns are ``dictionary<int32, utf8>`` (utf8 in the
dialects ``plain`` and ``spark``):

==========================================  =========================================================
``message_id``, ``receipt_handle``          utf8
``body``                                    utf8, or what ``payload=`` makes of it
``payload_pointer``                         struct<bucket, key>, with ``payload=`` or on request: where an Extended
                                            Client has put the body, which is null then
``md5_of_body``                             utf8, hexadecimal, of the body's UTF-8
``md5_of_message_attributes``               utf8
``event_source``, ``event_source_arn``, ``aws_region``  dictionary
``approximate_receive_count``               int32
``sent_timestamp``                          timestamp[ms, UTC]
``approximate_first_receive_timestamp``     timestamp[ms, UTC]
``sender_id``                               dictionary
``sequence_number``                         utf8; FIFO queues only
``message_group_id``                        utf8; FIFO queues, and standard ones that share fairly
``message_deduplication_id``                utf8; FIFO queues only
``aws_trace_header``                        utf8
``dead_letter_queue_source_arn``            dictionary
``message_attributes``                      map<utf8, struct<data_type: utf8, string_value: utf8, binary_value: binary,
                                            string_list_values: list<utf8>, binary_list_values: list<binary>>>
==========================================  =========================================================

On request (``columns=``): ``queue_name`` (the last part of the ARN), dictionary; ``record_index``, int32.

Options beside those of every decoder: ``verify_md5=True`` checks ``md5OfBody``, and a mismatch is that
message's failure; ``pointer=fetch`` fetches the bodies that lie in S3 by one call a batch of
``fetch([(bucket, key), ...])``, which returns the content of each (bytes, str; None or an exception for
what it could not get, which is that message's failure). ``fifo``: what waits behind a message that failed,
where the queue is a FIFO queue: ``"group"``, the later messages of its group; ``"all"``, all later messages,
as AWS advises; ``"none"``, nothing (archives). What waits leaves the rows, is listed in ``batch.held_back``
and named in ``batch.response()``.
"""

from . import _decoder
from ._claim_check import COLUMN, claim_check
from ._source import Source, event_struct
from .schema import (
    PLACE,
    Field,
    binary,
    counter,
    dictionary,
    digest,
    explode,
    fork,
    int_,
    list_,
    map_,
    object_,
    part,
    rest,
    same_digest,
    string,
    struct,
    tee,
    text,
    text_bytes,
    timestamp,
    utf8,
)

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Any, Unpack

    from ._types import Fetch, SqsOptions, SqsToArrow
    from .events.sqs import SQSEvent
    from .schema import Word


def _body(inner: "Word", pointer: "Fetch | None" = None, **_: "Any") -> "Word":
    return string(claim_check(inner, pointer))


def _digested(body: "Word") -> "Word":
    """The body beside its digest, both from the bytes once unescaped."""
    inner = body.children[0] if body.op == "string" else text_bytes()
    return string(fork(Field(None, digest(), "_md5", hidden=True), Field(None, inner, PLACE)))


def _envelope(payload: "Word", verify_md5: bool = False, **_: "Any") -> "Word":
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
        Field("dataType", utf8(), "data_type"),
        Field("stringValue", utf8(), "string_value"),
        Field("binaryValue", binary(), "binary_value"),
        Field("stringListValues", list_(utf8()), "string_list_values"),
        Field("binaryListValues", list_(binary()), "binary_list_values"),
    ))
    md5_of_body = utf8()
    checks = ()
    if verify_md5:
        payload = _digested(payload)
        sent = Field(None, utf8(size="small"), "_sent", hidden=True)
        md5_of_body = tee(Field(None, md5_of_body, "md5_of_body"), sent)
        checks = (Field(None, same_digest("_md5", sent.name, "md5OfBody"), hidden=True),)
    message = object_((
        Field("messageId", utf8(), "message_id"),
        Field("receiptHandle", utf8(), "receipt_handle"),
        Field("body", payload, "body", hidden=verify_md5),
        Field("attributes", attributes),
        Field("messageAttributes", map_(attribute), "message_attributes"),
        Field("md5OfMessageAttributes", utf8(), "md5_of_message_attributes"),
        Field("md5OfBody", md5_of_body, "md5_of_body", required=verify_md5, hidden=verify_md5),
        Field("eventSource", dictionary(), "event_source"),
        Field("eventSourceARN", tee(Field(None, dictionary(), "event_source_arn"),
                                    Field(None, part(":", -1), "queue_name"))),
        Field("awsRegion", dictionary(), "aws_region"),
        Field(None, counter(), "record_index"),
        *checks,
    ), nullable=False)
    return object_((
        Field("Records", explode(message, unit=True, nullable=False), required=True),
        Field(None, rest(), "_metadata"),
    ), nullable=False)


SOURCE = Source(
    "sqs", _envelope,
    payload="body", bare=utf8(), layer=_body, beside=(COLUMN,),
    columns=(
        "message_id", "receipt_handle", "body", "md5_of_body", "md5_of_message_attributes", "event_source",
        "event_source_arn", "aws_region", "approximate_receive_count", "sent_timestamp",
        "approximate_first_receive_timestamp", "sender_id", "sequence_number", "message_group_id",
        "message_deduplication_id", "aws_trace_header", "dead_letter_queue_source_arn", "message_attributes",
    ),
    on_request=("queue_name", "record_index"),
    identifier="message_id", identifier_path=("messageId",),
    group="message_group_id", group_path=("attributes", "MessageGroupId"), queue="event_source_arn",
    options=("verify_md5", "pointer"),
)


class Decoder(_decoder.Decoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ()

    def __init__(self, **options: "Unpack[SqsOptions]") -> None:
        if options.get("pointer") is not None:
            options.setdefault("payload", "utf8")   # what the pointers lead to is the body, typed or not
        super().__init__(SOURCE, **options)


to_arrow: "SqsToArrow" = _decoder.front(Decoder)

if TYPE_CHECKING:
    Event = SQSEvent
else:
    __getattr__ = event_struct(__name__, "SQSEvent")
