"""The peers' loops over Kinesis envelope and payload; the payload's ``ts`` becomes a time in each of them."""


def arrow_payloads():
    """msgspec envelope + pyarrow.json, payload columns only: `Decoder(Event6).decode`,
    `read_json(b"\\n".join(payloads))` with the schema given; the envelope's columns are not built"""
    from clicks import arrow_reader
    from envelope import Event6
    from msgspec.json import Decoder

    decode, read = Decoder(Event6).decode, arrow_reader()

    def loop(event):
        return read(b"\n".join([record.kinesis.data for record in decode(event).records]))

    return loop, lambda table: table["price"].to_pylist()


def arrow_table():
    """msgspec envelope + pyarrow.json, with 5 envelope columns: the same, and the envelope's columns beside
    it"""
    from clicks import arrow_reader
    from envelope import Event6, arrow_columns
    from msgspec.json import Decoder
    from pyarrow import Table

    decode, read = Decoder(Event6).decode, arrow_reader()

    def loop(event):
        records = decode(event).records
        payloads = read(b"\n".join([record.kinesis.data for record in records]))
        columns = arrow_columns(records)
        columns.update(zip(payloads.column_names, payloads.columns, strict=True))
        return Table.from_pydict(columns)

    return loop, lambda table: table["price"].to_pylist()


def orjson_table():
    """orjson + pybase64 + orjson → pa.Table.from_pylist: `orjson.loads` of event and payload,
    `datetime.fromisoformat(ts)`, a dict of 6 keys a record, the schema given"""
    from datetime import UTC, datetime

    import pyarrow as pa
    from clicks import arrow_schema
    from orjson import loads
    from pybase64 import b64decode

    at = datetime.fromtimestamp
    schema = pa.schema({
        "event_id": pa.utf8(),
        "partition_key": pa.utf8(),
        "sequence_number": pa.utf8(),
        "approximate_arrival_timestamp": pa.timestamp("ms", "UTC"),
        "event_source_arn": pa.utf8(),
        "data": pa.struct(arrow_schema()),
    })

    def loop(event):
        rows = []
        for record in loads(event)["Records"]:
            kinesis = record["kinesis"]
            click = loads(b64decode(kinesis["data"], validate=True))
            click["ts"] = datetime.fromisoformat(click["ts"])
            rows.append({
                "event_id": record["eventID"],
                "partition_key": kinesis.get("partitionKey"),
                "sequence_number": kinesis["sequenceNumber"],
                "approximate_arrival_timestamp": at(kinesis["approximateArrivalTimestamp"], UTC),
                "event_source_arn": record["eventSourceARN"],
                "data": click,
            })
        return pa.Table.from_pylist(rows, schema=schema)

    return loop, lambda table: [click["price"] for click in table["data"].to_pylist()]


def msgspec_clicks():
    """msgspec envelope + msgspec per payload: `Decoder(Event6).decode`, `Decoder(Click).decode(data)` a
    record; objects, no columns"""
    from clicks import Click
    from envelope import Event6
    from msgspec.json import Decoder

    decode, decode_click = Decoder(Event6).decode, Decoder(Click).decode

    def loop(event):
        return [decode_click(record.kinesis.data) for record in decode(event).records]

    return loop, lambda clicks: [click.price for click in clicks]


def msgspec_partial_table():
    """msgspec partial Structs → pa.table of 2 columns: Structs that hold `sequenceNumber`, `data` and, of
    the payload, `price`; `pa.array` a column"""
    import pyarrow as pa
    from msgspec import Struct, field
    from msgspec.json import Decoder

    class Kinesis(Struct, rename="camel", gc=False):
        sequence_number: str
        data: bytes

    class Record(Struct, gc=False):
        kinesis: Kinesis

    class Event(Struct):
        records: list[Record] = field(name="Records")

    class Priced(Struct, gc=False):
        price: float

    decode, decode_priced = Decoder(Event).decode, Decoder(Priced).decode

    def loop(event):
        records = decode(event).records
        return pa.table({
            "sequence_number": pa.array([record.kinesis.sequence_number for record in records], pa.utf8()),
            "price": pa.array([decode_priced(record.kinesis.data).price for record in records], pa.float64()),
        })

    return loop, lambda table: table["price"].to_pylist()
