"""The peers' loops over CloudWatch Logs events: base64, gzip, and the JSON of the log events.

Where a peer is let off something, its name or its docstring says so.
"""


def powertools_parse():
    """json.loads + Powertools parse_logs_data: `CloudWatchLogsEvent(json.loads(event)).parse_logs_data()`; no field
    of a log event touched"""
    import json

    from aws_lambda_powertools.utilities.data_classes import CloudWatchLogsEvent

    def loop(event):
        return CloudWatchLogsEvent(json.loads(event)).parse_logs_data()

    return loop, lambda data: [one.message for one in data.log_events]


def powertools():
    """json.loads + Powertools data classes: `CloudWatchLogsEvent(json.loads(event)).parse_logs_data().log_events`, a
    tuple of 4 fields a log event"""
    import json

    from aws_lambda_powertools.utilities.data_classes import CloudWatchLogsEvent

    def loop(event):
        data = CloudWatchLogsEvent(json.loads(event)).parse_logs_data()
        return [(one.get_id, one.timestamp, one.message, one.extracted_fields) for one in data.log_events]

    return loop, lambda rows: [row[2] for row in rows]


def _opened():
    """A function from an event to the bytes of its body, by the fastest that PyPI has."""
    from isal.igzip import decompress
    from orjson import loads
    from pybase64 import b64decode

    return lambda event: decompress(b64decode(loads(event)["awslogs"]["data"], validate=True))


def orjson_loads():
    """orjson + pybase64 + isal + orjson: `loads(decompress(b64decode(loads(event)["awslogs"]["data"])))`; no field
    touched"""
    from orjson import loads

    opened = _opened()
    return lambda event: loads(opened(event)), lambda body: [one["message"] for one in body["logEvents"]]


def orjson_table():
    """orjson + pybase64 + isal + orjson → pa.Table.from_pylist of 3 columns: the same, and
    `from_pylist(body["logEvents"])` with the schema given; let off the columns that all rows share"""
    import pyarrow as pa
    from log_lines import arrow_schema
    from orjson import loads

    opened, schema = _opened(), arrow_schema(pa.utf8())

    def loop(event):
        return pa.Table.from_pylist(loads(opened(event))["logEvents"], schema=schema)

    return loop, lambda table: table["message"].to_pylist()


def orjson_table_all():
    """orjson + pybase64 + isal + orjson → pa.Table.from_pylist of 8 columns: the same, but what all rows share is put
    into each, and the schema has it as dictionaries"""
    import pyarrow as pa
    from log_lines import arrow_schema
    from orjson import loads

    opened = _opened()
    shared = ("messageType", "owner", "logGroup", "logStream", "subscriptionFilters")
    schema = arrow_schema(pa.utf8())
    for name in shared[:-1]:
        schema = schema.append(pa.field(name, pa.dictionary(pa.int32(), pa.utf8())))
    schema = schema.append(pa.field(shared[-1], pa.list_(pa.utf8())))

    def loop(event):
        body = loads(opened(event))
        rows, same = body["logEvents"], {name: body[name] for name in shared}
        for row in rows:
            row.update(same)
        return pa.Table.from_pylist(rows, schema=schema)

    return loop, lambda table: table["message"].to_pylist()


def orjson_lines():
    """orjson + pybase64 + isal + orjson + orjson message → pa.Table.from_pylist of 3 columns: the same, with
    `loads(message)` of each log event, and a struct of four fields in the schema"""
    import pyarrow as pa
    from log_lines import arrow_line, arrow_schema
    from orjson import loads

    opened, schema = _opened(), arrow_schema(arrow_line())

    def loop(event):
        rows = loads(opened(event))["logEvents"]
        for row in rows:
            row["message"] = loads(row["message"])
        return pa.Table.from_pylist(rows, schema=schema)

    return loop, lambda table: [line["ms"] for line in table["message"].to_pylist()]


def _msgspec_body():
    from isal.igzip import decompress
    from log_lines import Body, Event
    from msgspec.json import Decoder
    from pybase64 import b64decode

    envelope, body = Decoder(Event).decode, Decoder(Body).decode
    return lambda event: body(decompress(b64decode(envelope(event).awslogs.data, validate=True)))


def _constants(body, rows):
    import pyarrow as pa

    def column(value):
        return pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), rows), pa.array([value]))

    return {
        "message_type": column(body.messageType), "owner": column(body.owner), "log_group": column(body.logGroup),
        "log_stream": column(body.logStream), "subscription_filters": pa.repeat(body.subscriptionFilters, rows),
    }


def msgspec_table():
    """msgspec typed + pybase64 + isal → pa.table: `Decoder(Body).decode` with a Struct a log event, a list
    comprehension and `pa.array` a column, 8 columns, those that all rows share as dictionaries of one entry"""
    import pyarrow as pa

    opened = _msgspec_body()

    def loop(event):
        body = opened(event)
        events = body.logEvents
        return pa.table({
            "id": pa.array([one.id for one in events], pa.utf8()),
            "timestamp": pa.array([one.timestamp for one in events], pa.int64()).cast(pa.timestamp("ms", "UTC")),
            "message": pa.array([one.message for one in events], pa.utf8()),
            **_constants(body, len(events)),
        })

    return loop, lambda table: table["message"].to_pylist()


def msgspec_lines():
    """msgspec typed + pybase64 + isal + msgspec message → pa.table: the same, with `Decoder(Line).decode(message)` of
    each, and a column for each of its fields"""
    import pyarrow as pa
    from log_lines import Line
    from msgspec.json import Decoder

    opened, decode = _msgspec_body(), Decoder(Line).decode

    def loop(event):
        body = opened(event)
        events = body.logEvents
        lines = [decode(one.message) for one in events]
        return pa.table({
            "id": pa.array([one.id for one in events], pa.utf8()),
            "timestamp": pa.array([one.timestamp for one in events], pa.int64()).cast(pa.timestamp("ms", "UTC")),
            "level": pa.array([line.level for line in lines], pa.utf8()),
            "requestId": pa.array([line.requestId for line in lines], pa.utf8()),
            "message": pa.array([line.message for line in lines], pa.utf8()),
            "ms": pa.array([line.ms for line in lines], pa.int64()),
            **_constants(body, len(events)),
        })

    return loop, lambda table: table["ms"].to_pylist()


# Inflating alone: the contenders are handed what base64 held.


def libdeflate():
    """libdeflate's inflate alone: `deflate.gzip_decompress(data, size)`, the size known, base64 already undone"""
    from deflate import gzip_decompress

    def loop(data):
        return gzip_decompress(data, int.from_bytes(data[-4:], "little"))

    return loop, bytes


def isal():
    """ISA-L's inflate alone: `isal.igzip.decompress(data)`, base64 already undone"""
    from isal.igzip import decompress

    return decompress, bytes


def zlib():
    """zlib's inflate alone: `zlib.decompress(data, wbits=31)`, base64 already undone"""
    from zlib import decompress

    return lambda data: decompress(data, wbits=31), bytes
