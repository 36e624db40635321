"""The peers' loops over the SQS envelope, each as its own documentation would write it.

The same fields are touched and the same conversions made as on our side: counts and times become integers,
binary attributes bytes. Where a peer is let off something, or does more, its docstring says so.
"""


def powertools():
    """json.loads + Powertools data classes: `json.loads`, `SQSEvent(...).records`, a tuple of the 18 fields a
    message, `int()` of the count and the times, `b64decode` of binary attributes"""
    import json
    from base64 import b64decode

    from aws_lambda_powertools.utilities.data_classes import SQSEvent

    def value(attribute):
        binary = attribute.get("binaryValue")
        return (
            attribute.data_type, attribute.get("stringValue"), binary and b64decode(binary),
            attribute["stringListValues"], attribute["binaryListValues"],
        )

    def loop(event):
        rows = []
        for record in SQSEvent(json.loads(event)).records:
            attributes = record.attributes
            rows.append((
                record.message_id, record.receipt_handle, record.md5_of_body, record.get("md5OfMessageAttributes"),
                record.event_source, record.event_source_arn, record.aws_region,
                int(attributes.approximate_receive_count), int(attributes.sent_timestamp),
                int(attributes.approximate_first_receive_timestamp), attributes.sender_id,
                attributes.sequence_number, attributes.message_group_id, attributes.message_deduplication_id,
                attributes.aws_trace_header, attributes.dead_letter_queue_source_arn,
                {name: value(attribute) for name, attribute in record.message_attributes.items()}, record.body,
            ))
        return rows

    return loop, lambda rows: [row[-1] for row in rows]


def _row_of():
    """A function from a message that orjson has parsed to a dict of the 17 fields that are not its body."""
    from pybase64 import b64decode

    def value(attribute):
        binary = attribute.get("binaryValue")
        return {
            "string_value": attribute.get("stringValue"),
            "binary_value": binary and b64decode(binary, validate=True),
            "string_list_values": attribute["stringListValues"],
            "binary_list_values": attribute["binaryListValues"],
            "data_type": attribute["dataType"],
        }

    def row(message):
        attributes = message["attributes"]
        return {
            "message_id": message["messageId"],
            "receipt_handle": message["receiptHandle"],
            "md5_of_body": message["md5OfBody"],
            "md5_of_message_attributes": message.get("md5OfMessageAttributes"),
            "event_source": message["eventSource"],
            "event_source_arn": message["eventSourceARN"],
            "aws_region": message["awsRegion"],
            "approximate_receive_count": int(attributes["ApproximateReceiveCount"]),
            "sent_timestamp": int(attributes["SentTimestamp"]),
            "approximate_first_receive_timestamp": int(attributes["ApproximateFirstReceiveTimestamp"]),
            "sender_id": attributes["SenderId"],
            "sequence_number": attributes.get("SequenceNumber"),
            "message_group_id": attributes.get("MessageGroupId"),
            "message_deduplication_id": attributes.get("MessageDeduplicationId"),
            "aws_trace_header": attributes.get("AWSTraceHeader"),
            "dead_letter_queue_source_arn": attributes.get("DeadLetterQueueSourceArn"),
            "message_attributes": {
                name: value(attribute) for name, attribute in message["messageAttributes"].items()
            },
        }

    return row


def orjson_rows():
    """orjson, rows of dicts: `orjson.loads(event)`, a dict of 18 keys a message, `int()` of the count and the
    times, `pybase64.b64decode` of binary attributes"""
    from orjson import loads

    row = _row_of()

    def loop(event):
        rows = []
        for message in loads(event)["Records"]:
            one = row(message)
            one["body"] = message["body"]
            rows.append(one)
        return rows

    return loop, lambda rows: [row["body"] for row in rows]


def orjson_bodies():
    """orjson + orjson body, rows of dicts: as orjson's rows of dicts with text bodies, and
    `orjson.loads(record["body"])` of each message, whose `ts` stays text"""
    from orjson import loads

    row = _row_of()

    def loop(event):
        rows = []
        for message in loads(event)["Records"]:
            one = row(message)
            one["body"] = loads(message["body"])
            rows.append(one)
        return rows

    return loop, lambda rows: [row["body"]["price"] for row in rows]


def orjson_loads():
    """orjson alone: `orjson.loads(event)`; no number converted, no field touched"""
    from orjson import loads

    return loads, lambda event: [message["body"] for message in event["Records"]]


def msgspec_objects():
    """msgspec typed decode, 18 fields: `Decoder(Event, strict=False).decode(event)`, a Struct a message"""
    from msgspec.json import Decoder
    from sqs_envelope import Event

    return Decoder(Event, strict=False).decode, lambda event: [message.body for message in event.messages]


def msgspec_objects_6():
    """msgspec typed decode, 6 fields: the same with a Struct of only 6 fields"""
    from msgspec.json import Decoder
    from sqs_envelope import Event6

    return Decoder(Event6, strict=False).decode, lambda event: [message.body for message in event.messages]


def _msgspec_table(event, columns_of):
    import pyarrow as pa
    from msgspec.json import Decoder

    decode = Decoder(event, strict=False).decode

    def loop(event):
        messages = decode(event).messages
        columns = columns_of(messages)
        columns["body"] = pa.array([message.body for message in messages], pa.utf8())
        return pa.table(columns)

    return loop, lambda table: table["body"].to_pylist()


def msgspec_table():
    """msgspec typed envelope → pa.table of 18 columns: `Decoder(Event, strict=False).decode`, a list
    comprehension and `pa.array` a column, the message attributes by `asdict`"""
    from sqs_envelope import Event, arrow_columns

    return _msgspec_table(Event, arrow_columns)


def msgspec_table_6():
    """msgspec typed envelope → pa.table of 6 columns: the same with a Struct of only 6 fields, no message
    attributes among them"""
    from sqs_envelope import Event6, arrow_columns_5

    return _msgspec_table(Event6, arrow_columns_5)
