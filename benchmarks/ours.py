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
