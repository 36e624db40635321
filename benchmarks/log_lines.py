"""The log events of the benchmarks, and their lines as each contender declares them; of pyarrow nothing is imported
until it is asked for."""

import gzip
import json
import random
import zlib
from base64 import b64decode, b64encode
from functools import cache

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


@cache
def text_event(count):
    """An event of lines as Lambda's runtime for Node.js writes them: time, request, level and text between tabs, five
    or six escapes each; two lines a request."""
    rng = random.Random(count)
    told = ("fetched {} items from the cart of user \"{}\"", "a payment of {} cents by \"{}\" was taken",
            "a slow query: {} ms in table \"{}\"", "retrying, attempt {} of operation \"{}\"",
            "cache miss after {} keys in region \"{}\"", "{} rows were written to shard \"{}\"")
    events, request = [], ""
    for k in range(count):
        at = 1_700_000_000_000 + k * 3
        request = request if k % 2 else f"{rng.getrandbits(128):032x}"
        text = rng.choice(told).format(rng.randrange(100_000), f"{rng.getrandbits(24):06x}")
        message = f"2023-11-14T22:{at // 60000 % 60:02}:{at // 1000 % 60:02}.{at % 1000:03}Z\t{request}\tINFO\t{text}"
        message += "\n" * (k % 2)
        events.append({"id": f"{37 * 10**54 + k * 10**30 + rng.getrandbits(48)}", "timestamp": at, "message": message})
    body = {"messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": "/aws/lambda/orders",
            "logStream": "2023/11/14/[$LATEST]5e1e", "subscriptionFilters": ["all"], "logEvents": events}
    packed = gzip.compress(json.dumps(body, separators=(",", ":")).encode(), mtime=0)
    return json.dumps({"awslogs": {"data": b64encode(packed).decode()}}, separators=(",", ":")).encode()


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
