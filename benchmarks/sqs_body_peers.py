"""The peers' loops over SQS envelope and body; the body's ``ts`` becomes a time in each of them."""


def orjson_table():
    """orjson + orjson body → pa.Table.from_pylist, with 5 envelope columns: `orjson.loads` of event and body,
    `int()` of count and time, `datetime.fromisoformat(ts)`, a dict of 6 keys a message, the schema given"""
    from datetime import datetime

    import pyarrow as pa
    from clicks import arrow_schema
    from orjson import loads
    from sqs_envelope import COLUMNS_5

    schema = pa.schema({**COLUMNS_5, "body": pa.struct(arrow_schema())})

    def loop(event):
        rows = []
        for message in loads(event)["Records"]:
            attributes = message["attributes"]
            click = loads(message["body"])
            click["ts"] = datetime.fromisoformat(click["ts"])
            rows.append({
                "message_id": message["messageId"],
                "approximate_receive_count": int(attributes["ApproximateReceiveCount"]),
                "sent_timestamp": int(attributes["SentTimestamp"]),
                "message_group_id": attributes.get("MessageGroupId"),
                "event_source_arn": message["eventSourceARN"],
                "body": click,
            })
        return pa.Table.from_pylist(rows, schema=schema)

    return loop, lambda table: [click["price"] for click in table["body"].to_pylist()]


def msgspec_table():
    """msgspec envelope + msgspec body → pa.table, with 5 envelope columns: `Decoder(Event6, strict=False)`,
    `Decoder(ClickValues).decode(body)` a message, a list comprehension and `pa.array` a column"""
    from clicks import ClickValues, arrow_columns
    from msgspec.json import Decoder
    from pyarrow import table
    from sqs_envelope import Event6, arrow_columns_5

    decode, decode_click = Decoder(Event6, strict=False).decode, Decoder(ClickValues).decode

    def loop(event):
        messages = decode(event).messages
        columns = arrow_columns([decode_click(message.body) for message in messages])
        return table({**arrow_columns_5(messages), **columns})

    return loop, lambda table: table["price"].to_pylist()


def arrow_table():
    """msgspec envelope + pyarrow.json, with 5 envelope columns: `Decoder(Event6, strict=False).decode`,
    `read_json("\\n".join(bodies).encode())` with the schema given, and the envelope's columns beside it"""
    from clicks import arrow_reader
    from msgspec.json import Decoder
    from pyarrow import Table
    from sqs_envelope import Event6, arrow_columns_5

    decode, read = Decoder(Event6, strict=False).decode, arrow_reader()

    def loop(event):
        messages = decode(event).messages
        bodies = read("\n".join([message.body for message in messages]).encode())
        columns = arrow_columns_5(messages)
        columns.update(zip(bodies.column_names, bodies.columns, strict=True))
        return Table.from_pydict(columns)

    return loop, lambda table: table["price"].to_pylist()


def msgspec_clicks():
    """msgspec envelope + msgspec per body: `Decoder(Event6, strict=False).decode`, `Decoder(Click).decode(body)`
    a message; objects, no columns"""
    from clicks import Click
    from msgspec.json import Decoder
    from sqs_envelope import Event6

    decode, decode_click = Decoder(Event6, strict=False).decode, Decoder(Click).decode

    def loop(event):
        return [decode_click(message.body) for message in decode(event).messages]

    return loop, lambda clicks: [click.price for click in clicks]
