"""Our side of every job, called as a user calls it: nothing compiled or warmed outside ``to_arrow``."""


def all_columns():
    """lambdarrow: `kinesis.to_arrow(event)`, 13 columns"""
    from lambdarrow import kinesis

    return kinesis.to_arrow, lambda batch: batch["data"].to_pylist()


def all_columns_held():
    """lambdarrow, the batch before still held: `batch = kinesis.to_arrow(event)` in a loop, so that a call
    never finds the buffers of the last one free"""
    from lambdarrow import kinesis

    held = [None]

    def loop(event):
        held[0] = kinesis.to_arrow(event)
        return held[0]

    return loop, lambda batch: batch["data"].to_pylist()


def typed_payload():
    """lambdarrow: `kinesis.to_arrow(event, payload=Click)`, 12 columns and the payload's 10 fields"""
    from clicks import Click

    from lambdarrow import kinesis

    return lambda event: kinesis.to_arrow(event, payload=Click), lambda batch: batch["data.price"].to_pylist()


def pushed_down():
    """lambdarrow: `kinesis.to_arrow(event, payload=Click, columns=["sequence_number", "data.price"])`"""
    from clicks import Click

    from lambdarrow import kinesis

    columns = ["sequence_number", "data.price"]
    return (
        lambda event: kinesis.to_arrow(event, payload=Click, columns=columns),
        lambda batch: batch["data.price"].to_pylist(),
    )


def python_rows():
    """lambdarrow: `kinesis.to_arrow(event).to_pylist()`, a dict of 13 keys a record"""
    from lambdarrow import kinesis

    return lambda event: kinesis.to_arrow(event).to_pylist(), lambda rows: [row["data"] for row in rows]


def one_column():
    """lambdarrow: `kinesis.to_arrow(event, columns=["sequence_number"])["sequence_number"].to_pylist()`"""
    from lambdarrow import kinesis

    columns = ["sequence_number"]
    return (
        lambda event: kinesis.to_arrow(event, columns=columns)["sequence_number"].to_pylist(),
        lambda numbers: numbers,
    )


def sqs_all_columns():
    """lambdarrow: `sqs.to_arrow(event)`, 18 columns"""
    from lambdarrow import sqs

    return sqs.to_arrow, lambda batch: batch["body"].to_pylist()


def sqs_prices_of_texts():
    """lambdarrow: `sqs.to_arrow(event)`, 18 columns, the bodies as text"""
    import json

    from lambdarrow import sqs

    return sqs.to_arrow, lambda batch: [json.loads(body)["price"] for body in batch["body"].to_pylist()]


def sqs_typed_body():
    """lambdarrow: `sqs.to_arrow(event, payload=Click)`, 17 columns and the body's 10 fields"""
    from clicks import Click

    from lambdarrow import sqs

    return lambda event: sqs.to_arrow(event, payload=Click), lambda batch: batch["body.price"].to_pylist()


def dynamodb_typed():
    """lambdarrow: `dynamodb.to_arrow(event, image=Order, keys=("pk", "sk"))`, 14 columns, 13 attributes an image"""
    from orders import Order, images_in

    from lambdarrow import dynamodb

    return lambda event: dynamodb.to_arrow(event, image=Order, keys=("pk", "sk")), images_in


def dynamodb_inferred():
    """lambdarrow: `dynamodb.to_arrow(event)`, 14 columns, the types of keys and images from this batch"""
    from orders import images_in

    from lambdarrow import dynamodb

    return dynamodb.to_arrow, images_in


def dynamodb_inferred_as_well():
    """lambdarrow, image types inferred: `dynamodb.to_arrow(event)`, the types of keys and images from this batch"""
    return dynamodb_inferred()


def _decoded(numbers):
    from orders import with_decimals

    from lambdarrow.dynamodb import decode  # ImportError where it is not there yet: a row that says so

    def loop(event):
        changes = [record.dynamodb for record in decode(event, image=None, numbers=numbers)]
        return [(change.new_image, change.old_image) for change in changes]

    return loop, lambda images: [tuple(map(with_decimals, pair)) for pair in images]


def dynamodb_decode():
    """lambdarrow: `dynamodb.decode(event, image=None, numbers="decimal")`, `record.dynamodb.new_image` and
    `.old_image` of each record"""
    return _decoded("decimal")


def dynamodb_decode_int_float():
    """lambdarrow: `dynamodb.decode(event, image=None, numbers="int_float")`, `record.dynamodb.new_image` and
    `.old_image` of each record"""
    return _decoded("int_float")


def _unmarshalled(numbers):
    from functools import partial

    from orders import with_decimals

    from lambdarrow import dynamodb

    return partial(dynamodb.unmarshal, numbers=numbers), with_decimals


def dynamodb_item():
    """lambdarrow: `dynamodb.unmarshal(item, numbers="decimal")`"""
    return _unmarshalled("decimal")


def dynamodb_item_int_float():
    """lambdarrow: `dynamodb.unmarshal(item, numbers="int_float")`"""
    return _unmarshalled("int_float")


def _orjson_images(numbers):
    from orjson import loads

    unmarshal, witness = _unmarshalled(numbers)

    def image(change, name):
        return unmarshal(change[name]) if name in change else None

    def loop(event):
        changes = [record["dynamodb"] for record in loads(event)["Records"]]
        return [(image(change, "NewImage"), image(change, "OldImage")) for change in changes]

    return loop, lambda images: [tuple(map(witness, pair)) for pair in images]


def dynamodb_orjson_images():
    """lambdarrow, orjson + unmarshal of dicts: `orjson.loads(event)`, `dynamodb.unmarshal(image)` of both images"""
    return _orjson_images("decimal")


def dynamodb_orjson_images_int_float():
    """lambdarrow, orjson + unmarshal of dicts: `orjson.loads(event)`, `dynamodb.unmarshal(image,
    numbers="int_float")` of both images"""
    return _orjson_images("int_float")


def _raw_images(numbers):
    from dynamodb_envelope import RawEvent
    from msgspec.json import Decoder

    unmarshal, witness = _unmarshalled(numbers)
    decode = Decoder(RawEvent).decode

    def image(raw):
        return unmarshal(memoryview(raw)) if raw else None

    def loop(event):
        changes = [record.dynamodb for record in decode(event).records]
        return [(image(change.new_image), image(change.old_image)) for change in changes]

    return loop, lambda images: [tuple(map(witness, pair)) for pair in images]


def dynamodb_raw_images():
    """lambdarrow, msgspec.Raw + unmarshal of bytes: `Decoder(RawEvent).decode(event)`, which skips all but the images,
    `dynamodb.unmarshal(image)` of both"""
    return _raw_images("decimal")


def dynamodb_raw_images_int_float():
    """lambdarrow, msgspec.Raw + unmarshal of bytes: `Decoder(RawEvent).decode(event)`, which skips all but the images,
    `dynamodb.unmarshal(image, numbers="int_float")` of both"""
    return _raw_images("int_float")


def logs_all_columns():
    """lambdarrow: `logs.to_arrow(event)`, 10 columns"""
    from lambdarrow import logs

    return logs.to_arrow, lambda batch: batch["message"].to_pylist()


def logs_typed():
    """lambdarrow: `logs.to_arrow(event, message=Line)`, 11 columns, the message's 4 fields"""
    from log_lines import Line

    from lambdarrow import logs

    return lambda event: logs.to_arrow(event, message=Line), lambda batch: batch["message.ms"].to_pylist()


def _keys_and_data(batch):
    return list(zip(batch["partition_key"].to_pylist(), batch["data"].to_pylist(), strict=True))


def packed():
    """lambdarrow: `kinesis.to_arrow(event)`, 13 columns, a row a user"""
    from lambdarrow import kinesis

    return kinesis.to_arrow, _keys_and_data


def packed_all():
    """lambdarrow, all columns: `kinesis.to_arrow(event, columns=[...])`, 16 columns, among them `explicit_hash_key`,
    `sub_sequence_number`, `user_record_index`"""
    from lambdarrow import kinesis

    columns = [*kinesis.SOURCE.columns, "explicit_hash_key", "sub_sequence_number", "user_record_index"]
    return lambda event: kinesis.to_arrow(event, columns=columns), _keys_and_data


def all_columns_whole():
    """lambdarrow, not looked at: `kinesis.to_arrow(event, deaggregate=False)`, 13 columns"""
    from lambdarrow import kinesis

    return lambda event: kinesis.to_arrow(event, deaggregate=False), lambda batch: batch["data"].to_pylist()


def typed_payload_whole():
    """lambdarrow, not looked at: `kinesis.to_arrow(event, payload=Click, deaggregate=False)`"""
    from clicks import Click

    from lambdarrow import kinesis

    return (
        lambda event: kinesis.to_arrow(event, payload=Click, deaggregate=False),
        lambda batch: batch["data.price"].to_pylist(),
    )
