"""Loops over records as objects: our Structs, msgspec by hand, and Powertools' two kinds of classes. All touch the same
fields of each record and collect what the producer sent."""


def _sqs(record):
    attributes = record.attributes
    return (record.message_id, record.receipt_handle, record.md5_of_body, record.event_source, record.event_source_arn,
            record.aws_region, attributes.sender_id, attributes.sequence_number, attributes.message_group_id,
            attributes.message_deduplication_id, attributes.aws_trace_header, len(record.message_attributes))


def _kinesis(record):
    kinesis = record.kinesis
    return (record.event_id, record.event_name, record.event_source, record.event_source_arn, record.event_version,
            record.aws_region, kinesis.partition_key, kinesis.sequence_number, kinesis.kinesis_schema_version)


def _read(fields, payload):
    """A loop over records that touches these fields, and returns the payloads."""
    def loop(records):
        made = []
        for record in records:
            fields(record)
            made.append(payload(record))
        return made

    return loop


def sqs_ours():
    """lambdarrow: `for record in lambdarrow.decode(event, SQSEvent)`, 12 fields and the body's text"""
    import lambdarrow
    from lambdarrow.events import SQSEvent

    read = _read(_sqs, lambda record: record.body)
    return lambda event: read(lambdarrow.decode(event, SQSEvent)), list


def sqs_bare():
    """msgspec alone, the same Struct: `for record in decoder.decode(event).records`, 12 fields and `body_raw`"""
    import msgspec

    from lambdarrow.events import SQSEvent

    decoder = msgspec.json.Decoder(SQSEvent)
    read = _read(_sqs, lambda record: record.body_raw)
    return lambda event: read(decoder.decode(event).records), list


def sqs_powertools():
    """json.loads + Powertools data classes: `for record in SQSEvent(json.loads(event)).records`"""
    import json

    from aws_lambda_powertools.utilities.data_classes import SQSEvent

    read = _read(_sqs, lambda record: record.body)
    return lambda event: read(SQSEvent(json.loads(event)).records), list


def sqs_pydantic():
    """json.loads + Powertools' pydantic models: `SqsModel.model_validate(json.loads(event)).Records`"""
    import json

    from aws_lambda_powertools.utilities.parser.models import SqsModel

    def fields(record):
        attributes = record.attributes
        return (record.messageId, record.receiptHandle, record.md5OfBody, record.eventSource, record.eventSourceARN,
                record.awsRegion, attributes.SenderId, attributes.SequenceNumber, attributes.MessageGroupId,
                attributes.MessageDeduplicationId, attributes.AWSTraceHeader, len(record.messageAttributes))

    read = _read(fields, lambda record: record.body)
    return lambda event: read(SqsModel.model_validate(json.loads(event)).Records), list


def sqs_typed_ours():
    """lambdarrow: `for record in lambdarrow.decode(event, SQSEvent[Click])`, 12 fields and the body, a Struct"""
    from clicks import Click

    import lambdarrow
    from lambdarrow.events import SQSEvent

    kind = SQSEvent[Click]
    read = _read(_sqs, lambda record: record.body)
    return lambda event: read(lambdarrow.decode(event, kind)), lambda made: [click.price for click in made]


def sqs_typed_by_hand():
    """msgspec by hand: the envelope by one decoder, `clicks.decode(record.body_raw)` for each body"""
    import msgspec
    from clicks import Click

    from lambdarrow.events import SQSEvent

    decoder, clicks = msgspec.json.Decoder(SQSEvent), msgspec.json.Decoder(Click)
    read = _read(_sqs, lambda record: clicks.decode(record.body_raw))
    return lambda event: read(decoder.decode(event).records), lambda made: [click.price for click in made]


def kinesis_ours():
    """lambdarrow: `for record in lambdarrow.decode(event, KinesisEvent)`, 9 fields and the data's bytes"""
    import lambdarrow
    from lambdarrow.events import KinesisEvent

    read = _read(_kinesis, lambda record: record.kinesis.data)
    return lambda event: read(lambdarrow.decode(event, KinesisEvent)), list


def kinesis_bare():
    """msgspec alone, the same Struct: `b64decode(record.kinesis.data_raw)` of the standard library"""
    from base64 import b64decode

    import msgspec

    from lambdarrow.events import KinesisEvent

    decoder = msgspec.json.Decoder(KinesisEvent)
    read = _read(_kinesis, lambda record: b64decode(record.kinesis.data_raw))
    return lambda event: read(decoder.decode(event).records), list


def kinesis_powertools():
    """json.loads + Powertools data classes: `record.kinesis.data_as_bytes()`"""
    import json

    from aws_lambda_powertools.utilities.data_classes import KinesisStreamEvent

    read = _read(_kinesis, lambda record: record.kinesis.data_as_bytes())
    return lambda event: read(KinesisStreamEvent(json.loads(event)).records), list


def kinesis_pydantic():
    """json.loads + Powertools' pydantic models: `KinesisDataStreamModel.model_validate(json.loads(event)).Records`"""
    import json

    from aws_lambda_powertools.utilities.parser.models import KinesisDataStreamModel

    def fields(record):
        kinesis = record.kinesis
        return (record.eventID, record.eventName, record.eventSource, record.eventSourceARN, record.eventVersion,
                record.awsRegion, kinesis.partitionKey, kinesis.sequenceNumber, kinesis.kinesisSchemaVersion)

    read = _read(fields, lambda record: record.kinesis.data)
    return lambda event: read(KinesisDataStreamModel.model_validate(json.loads(event)).Records), list


def kinesis_typed_ours():
    """lambdarrow: `for record in lambdarrow.decode(event, KinesisEvent[Click])`, 9 fields and the data, a Struct"""
    from clicks import Click

    import lambdarrow
    from lambdarrow.events import KinesisEvent

    kind = KinesisEvent[Click]
    read = _read(_kinesis, lambda record: record.kinesis.data)
    return lambda event: read(lambdarrow.decode(event, kind)), lambda made: [click.price for click in made]


def kinesis_typed_by_hand():
    """msgspec by hand: the envelope by one decoder, `clicks.decode(b64decode(record.kinesis.data_raw))`"""
    from base64 import b64decode

    import msgspec
    from clicks import Click

    from lambdarrow.events import KinesisEvent

    decoder, clicks = msgspec.json.Decoder(KinesisEvent), msgspec.json.Decoder(Click)
    read = _read(_kinesis, lambda record: clicks.decode(b64decode(record.kinesis.data_raw)))
    return lambda event: read(decoder.decode(event).records), lambda made: [click.price for click in made]
