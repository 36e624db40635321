"""The SQS envelope as msgspec Structs: all 18 fields, the 6 that most tables keep.

Counts and times are text on the wire. ``Decoder(..., strict=False)`` reads them as integers, faster than any
conversion afterwards.
"""

import pyarrow as pa
from msgspec import Struct, field
from msgspec.structs import asdict


class MessageAttribute(Struct, rename="camel", gc=False):
    data_type: str
    string_list_values: list[str]
    binary_list_values: list[bytes]
    string_value: str | None = None
    binary_value: bytes | None = None


class Attributes(Struct, rename="pascal", gc=False):
    approximate_receive_count: int
    sent_timestamp: int
    sender_id: str
    approximate_first_receive_timestamp: int
    sequence_number: str | None = None
    message_group_id: str | None = None
    message_deduplication_id: str | None = None
    aws_trace_header: str | None = field(name="AWSTraceHeader", default=None)
    dead_letter_queue_source_arn: str | None = None


class Message(Struct, rename="camel", gc=False):
    message_id: str
    receipt_handle: str
    body: str
    attributes: Attributes
    message_attributes: dict[str, MessageAttribute]
    md5_of_body: str
    event_source: str
    aws_region: str
    event_source_arn: str = field(name="eventSourceARN")
    md5_of_message_attributes: str | None = None


class Event(Struct):
    messages: list[Message] = field(name="Records")


class Attributes3(Struct, rename="pascal", gc=False):
    approximate_receive_count: int
    sent_timestamp: int
    message_group_id: str | None = None


class Message6(Struct, rename="camel", gc=False):
    message_id: str
    body: str
    attributes: Attributes3
    event_source_arn: str = field(name="eventSourceARN")


class Event6(Struct):
    messages: list[Message6] = field(name="Records")


TIME = pa.timestamp("ms", "UTC")
# The columns of ``Message6`` but its body.
COLUMNS_5 = {
    "message_id": pa.utf8(),
    "approximate_receive_count": pa.int32(),
    "sent_timestamp": TIME,
    "message_group_id": pa.utf8(),
    "event_source_arn": pa.utf8(),
}
MESSAGE_ATTRIBUTES = pa.map_(pa.utf8(), pa.struct({
    "string_value": pa.utf8(),
    "binary_value": pa.binary(),
    "string_list_values": pa.list_(pa.utf8()),
    "binary_list_values": pa.list_(pa.binary()),
    "data_type": pa.utf8(),
}))


def texts(values):
    return pa.array(values, pa.utf8())


def times(milliseconds):
    # By way of int64, which pa.array makes faster than times.
    return pa.array(milliseconds, pa.int64()).cast(TIME)


# A comprehension a column, each spelt out: getattr in one for all takes more than twice as long.


def arrow_columns_5(messages):
    """The columns of ``COLUMNS_5``."""
    attributes = [message.attributes for message in messages]
    return {
        "message_id": texts([message.message_id for message in messages]),
        "approximate_receive_count": pa.array([one.approximate_receive_count for one in attributes], pa.int32()),
        "sent_timestamp": times([one.sent_timestamp for one in attributes]),
        "message_group_id": texts([one.message_group_id for one in attributes]),
        "event_source_arn": texts([message.event_source_arn for message in messages]),
    }


def arrow_columns(messages):
    """All columns of ``Message`` but its body."""
    columns = arrow_columns_5(messages)
    attributes = [message.attributes for message in messages]
    columns |= {
        "receipt_handle": texts([message.receipt_handle for message in messages]),
        "md5_of_body": texts([message.md5_of_body for message in messages]),
        "md5_of_message_attributes": texts([message.md5_of_message_attributes for message in messages]),
        "event_source": texts([message.event_source for message in messages]),
        "aws_region": texts([message.aws_region for message in messages]),
        "sender_id": texts([one.sender_id for one in attributes]),
        "sequence_number": texts([one.sequence_number for one in attributes]),
        "message_deduplication_id": texts([one.message_deduplication_id for one in attributes]),
        "aws_trace_header": texts([one.aws_trace_header for one in attributes]),
        "dead_letter_queue_source_arn": texts([one.dead_letter_queue_source_arn for one in attributes]),
        "approximate_first_receive_timestamp": times(
            [one.approximate_first_receive_timestamp for one in attributes]
        ),
        "message_attributes": pa.array([
            [(name, asdict(one)) for name, one in message.message_attributes.items()]
            if message.message_attributes else ()
            for message in messages
        ], MESSAGE_ATTRIBUTES),
    }
    return columns
