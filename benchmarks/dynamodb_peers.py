"""The peers' loops over DynamoDB's changes and items, each as its own documentation would write it.

boto3's TypeDeserializer was made for what its own parser makes of an answer, where B is bytes; of the base64 text of
an event it raises TypeError. Here it is given a `_deserialize_b` that decodes it.
"""


def _deserializer():
    """boto3's, for base64 text; bytes without its wrapper `Binary`, which is less work."""
    from boto3.dynamodb.types import TypeDeserializer
    from pybase64 import b64decode

    class Deserializer(TypeDeserializer):
        def _deserialize_b(self, value):
            return b64decode(value, validate=True)

    return Deserializer().deserialize


def _item_of():
    """A function from an item that a JSON parser has made to Python's own objects, as boto3's pages have it."""
    deserialize = _deserializer()

    def item(attributes):
        if attributes is None:
            return None
        return {name: deserialize(attribute) for name, attribute in attributes.items()}

    return item


def _row_of(item):
    """A function from a record that orjson has parsed to a dict of the 14 columns."""
    def row(record):
        change = record["dynamodb"]
        identity = record.get("userIdentity")
        return {
            "event_id": record["eventID"],
            "event_name": record["eventName"],
            "event_version": record["eventVersion"],
            "event_source": record["eventSource"],
            "event_source_arn": record["eventSourceARN"],
            "aws_region": record["awsRegion"],
            "approximate_creation_date_time": change.get("ApproximateCreationDateTime"),
            "sequence_number": change["SequenceNumber"],
            "size_bytes": change["SizeBytes"],
            "stream_view_type": change["StreamViewType"],
            "user_identity": identity and {"type": identity["type"], "principal_id": identity["principalId"]},
            "keys": item(change["Keys"]),
            "new_image": item(change.get("NewImage")),
            "old_image": item(change.get("OldImage")),
        }

    return row


# Rows and columns: all 14 columns.


def powertools():
    """json.loads + Powertools data classes: `json.loads`, `DynamoDBStreamEvent(...).records`, a tuple of the 14
    fields a record, among them `record.dynamodb.keys`, `.new_image` and `.old_image`; B stays base64 text"""
    import json
    from base64 import b64decode

    from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent

    def loop(event):
        rows = []
        for record in DynamoDBStreamEvent(json.loads(event)).records:
            change = record.dynamodb
            rows.append((
                record.event_id, record.event_name, record.event_version, record.event_source,
                record.event_source_arn, record.aws_region, change.approximate_creation_date_time,
                change.sequence_number, change.size_bytes, change.stream_view_type, record.user_identity,
                change.keys, change.new_image, change.old_image,
            ))
        return rows

    def order(image):
        return {**image, "signature": b64decode(image["signature"])} if image else None

    return loop, lambda rows: [(order(row[-2]), order(row[-1])) for row in rows]


def deserializer_rows():
    """orjson + TypeDeserializer, rows of dicts: `orjson.loads(event)`, a dict of 14 keys a record,
    `{name: deserialize(attribute) ...}` of the key and of both images"""
    from orjson import loads

    row = _row_of(_item_of())

    def loop(event):
        return [row(record) for record in loads(event)["Records"]]

    return loop, lambda rows: [(row["new_image"], row["old_image"]) for row in rows]


def _deserializer_table(schema_of):
    """The rows in a pa.Table. ``schema_of``: from pyarrow to a schema, or to None, and pyarrow looks for itself."""
    from datetime import UTC, datetime

    import pyarrow as pa
    from orders import images_in
    from orjson import loads

    row, schema = _row_of(_item_of()), schema_of(pa)
    at = datetime.fromtimestamp

    def loop(event):
        rows = [row(record) for record in loads(event)["Records"]]
        for one in rows:
            one["approximate_creation_date_time"] = at(one["approximate_creation_date_time"], UTC)
        return pa.Table.from_pylist(rows, schema=schema)

    return loop, images_in


def deserializer_table():
    """orjson + TypeDeserializer → pa.Table.from_pylist: the rows of dicts, their times made datetimes, the schema
    given"""
    from orders import arrow_type

    def schema(pa):
        text = pa.utf8()
        return pa.schema({
            "event_id": text, "event_name": text, "event_version": text, "event_source": text,
            "event_source_arn": text, "aws_region": text,
            "approximate_creation_date_time": pa.timestamp("us", "UTC"), "sequence_number": text,
            "size_bytes": pa.int64(), "stream_view_type": text,
            "user_identity": pa.struct({"type": text, "principal_id": text}),
            "keys": pa.struct({"pk": text, "sk": text}), "new_image": arrow_type(), "old_image": arrow_type(),
        })

    return _deserializer_table(schema)


def deserializer_table_inferred():
    """orjson + TypeDeserializer → pa.Table.from_pylist, types inferred: the same without a schema, integers decimals
    as well"""
    return _deserializer_table(lambda pa: None)


def msgspec_objects():
    """msgspec typed decode, tags as Structs: `Decoder(Event, strict=False).decode(event)`, a Struct a record, an
    image, an attribute; numbers int or Decimal, sets lists"""
    from dynamodb_envelope import Event, order_of
    from msgspec.json import Decoder

    def witness(event):
        return [(order_of(one.dynamodb.new_image), order_of(one.dynamodb.old_image)) for one in event.records]

    return Decoder(Event, strict=False).decode, witness


def msgspec_table():
    """msgspec typed decode, tags as Structs → pa.table: the same, a list comprehension and `pa.array` a column, leaf
    by leaf"""
    import pyarrow as pa
    from dynamodb_envelope import Event, arrow_columns
    from msgspec.json import Decoder
    from orders import images_in

    decode = Decoder(Event, strict=False).decode

    return lambda event: pa.table(arrow_columns(decode(event).records)), images_in


def orjson_loads():
    """orjson alone: `orjson.loads(event)`; no type tag removed, no field touched"""
    from orders import images_of
    from orjson import loads

    return loads, lambda event: [images_of(record) for record in event["Records"]]


# Python objects: both images of each record.


def deserializer_images():
    """orjson + TypeDeserializer, both images: `orjson.loads(event)`, `{name: deserialize(attribute) ...}` of both
    images; numbers Decimal"""
    from orjson import loads

    item = _item_of()

    def loop(event):
        changes = [record["dynamodb"] for record in loads(event)["Records"]]
        return [(item(change.get("NewImage")), item(change.get("OldImage"))) for change in changes]

    return loop, lambda images: images


def powertools_images():
    """json.loads + Powertools data classes, both images: `record.dynamodb.new_image` and `.old_image` of
    `DynamoDBStreamEvent(json.loads(event)).records`; numbers Decimal, B stays base64 text"""
    import json
    from base64 import b64decode

    from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent

    def loop(event):
        changes = [record.dynamodb for record in DynamoDBStreamEvent(json.loads(event)).records]
        return [(change.new_image, change.old_image) for change in changes]

    def order(image):
        return {**image, "signature": b64decode(image["signature"])} if image else None

    return loop, lambda images: [(order(new), order(old)) for new, old in images]


# One item, which somebody has parsed, or not.


def deserializer_item():
    """TypeDeserializer: `{name: deserialize(attribute) ...}` of the dict; numbers Decimal"""
    return _item_of(), lambda item: item


def powertools_item():
    """Powertools' own TypeDeserializer: `{name: deserialize(attribute) ...}` of the dict; numbers Decimal, B stays
    base64 text"""
    from base64 import b64decode

    from aws_lambda_powertools.shared.dynamodb_deserializer import TypeDeserializer

    deserialize = TypeDeserializer().deserialize

    def loop(attributes):
        return {name: deserialize(attribute) for name, attribute in attributes.items()}

    return loop, lambda item: {**item, "signature": b64decode(item["signature"])}


def orjson_deserializer_item():
    """orjson + TypeDeserializer: `orjson.loads(text)`, `{name: deserialize(attribute) ...}`; numbers Decimal"""
    from orjson import loads

    item = _item_of()
    return lambda text: item(loads(text)), lambda item: item
