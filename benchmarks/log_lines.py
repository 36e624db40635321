"""The lines of the synthetic log events, as each contender declares them; of pyarrow nothing is imported until it is
asked for."""

import json
import zlib
from base64 import b64decode

from msgspec import Struct


class Line(Struct):
    """What ``message=Line`` means."""

    level: str
    requestId: str
    message: str
    ms: int


class LogEvent(Struct, gc=False):
    id: str
    timestamp: int
    message: str


class Body(Struct):
    """What a subscription sends, inflated."""

    messageType: str
    owner: str
    logGroup: str
    logStream: str
    subscriptionFilters: list[str]
    logEvents: list[LogEvent]


class Logs(Struct):
    data: str


class Event(Struct):
    awslogs: Logs


def data_of(event):
    """The gzip stream of an event."""
    return b64decode(json.loads(event)["awslogs"]["data"])


def body_of(event):
    """The same inflated."""
    return zlib.decompress(data_of(event), wbits=31)


def messages_of(event):
    return [one["message"] for one in json.loads(body_of(event))["logEvents"]]


def arrow_schema(message):
    import pyarrow as pa

    return pa.schema({"id": pa.utf8(), "timestamp": pa.timestamp("ms", "UTC"), "message": message})


def arrow_line():
    import pyarrow as pa

    return pa.struct({"level": pa.utf8(), "requestId": pa.utf8(), "message": pa.utf8(), "ms": pa.int64()})
