"""The peers' loops over the Kinesis envelope, each as its own documentation would write it.

The same fields are touched and the same conversions made as on our side; where a peer is let off something,
its docstring says so.
"""


def powertools():
    """json.loads + Powertools data classes: `json.loads`, `KinesisStreamEvent(...).records`, a tuple of the
    13 fields a record, among them `record.kinesis.data_as_bytes()`"""
    import json

    from aws_lambda_powertools.utilities.data_classes import KinesisStreamEvent

    def loop(event):
        rows = []
        for record in KinesisStreamEvent(json.loads(event)).records:
            kinesis = record.kinesis
            rows.append((
                record.event_id, record.event_name, record.event_version, record.event_source,
                record.event_source_arn, record.aws_region, record.invoke_identity_arn,
                kinesis.kinesis_schema_version, kinesis.get("encryptionType"), kinesis.partition_key,
                kinesis.sequence_number, kinesis.approximate_arrival_timestamp, kinesis.data_as_bytes(),
            ))
        return rows

    return loop, lambda rows: [row[-1] for row in rows]


def orjson_rows():
    """orjson + pybase64: `orjson.loads`, `pybase64.b64decode(data, validate=True)`, a dict of 13 keys a
    record"""
    from orjson import loads
    from pybase64 import b64decode

    def loop(event):
        return [
            {
                "event_id": record["eventID"],
                "event_name": record["eventName"],
                "event_version": record["eventVersion"],
                "event_source": record["eventSource"],
                "event_source_arn": record["eventSourceARN"],
                "aws_region": record["awsRegion"],
                "invoke_identity_arn": record["invokeIdentityArn"],
                "kinesis_schema_version": record["kinesis"]["kinesisSchemaVersion"],
                "encryption_type": record["kinesis"].get("encryptionType"),
                "partition_key": record["kinesis"].get("partitionKey"),
                "sequence_number": record["kinesis"]["sequenceNumber"],
                "approximate_arrival_timestamp": record["kinesis"]["approximateArrivalTimestamp"],
                "data": b64decode(record["kinesis"]["data"], validate=True),
            }
            for record in loads(event)["Records"]
        ]

    return loop, lambda rows: [row["data"] for row in rows]


def orjson_loads():
    """orjson alone: `orjson.loads(event)`; no base64 decoded, no field touched"""
    import base64

    from orjson import loads

    return loads, lambda event: [base64.b64decode(one["kinesis"]["data"]) for one in event["Records"]]


def msgspec_objects():
    """msgspec typed decode, 13 fields: `Decoder(Event).decode(event)`, a Struct a record, `data: bytes`"""
    from envelope import Event
    from msgspec.json import Decoder

    return Decoder(Event).decode, lambda event: [record.kinesis.data for record in event.records]


def msgspec_objects_6():
    """msgspec typed decode, 6 fields: the same with a Struct of only 6 fields"""
    from envelope import Event6
    from msgspec.json import Decoder

    return Decoder(Event6).decode, lambda event: [record.kinesis.data for record in event.records]


def msgspec_table():
    """msgspec typed envelope → pa.table of 6 columns: `Decoder(Event6).decode`, a list comprehension and
    `pa.array` a column, the float seconds made timestamp[ms, UTC] by pyarrow.compute"""
    import pyarrow as pa
    from envelope import Event6, arrow_columns
    from msgspec.json import Decoder

    decode = Decoder(Event6).decode

    def loop(event):
        records = decode(event).records
        columns = arrow_columns(records)
        columns["data"] = pa.array([record.kinesis.data for record in records], pa.binary())
        return pa.table(columns)

    return loop, lambda table: table["data"].to_pylist()


def msgspec_partial():
    """msgspec partial Struct: `Decoder(EventOfNumbers).decode`, which skips all but `sequenceNumber`, and a
    list comprehension"""
    from envelope import EventOfNumbers
    from msgspec.json import Decoder

    decode = Decoder(EventOfNumbers).decode
    return (
        lambda event: [record.kinesis.sequence_number for record in decode(event).records],
        lambda numbers: numbers,
    )


def handler_dict():
    """the handler's dict: `[r["kinesis"]["sequenceNumber"] for r in event["Records"]]`, where the runtime has
    parsed the event already, whether the handler wants it or not"""
    return (
        lambda event: [record["kinesis"]["sequenceNumber"] for record in event["Records"]],
        lambda numbers: numbers,
    )
