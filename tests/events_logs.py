"""CloudWatch Logs events: builders, and JSON text for hypothesis to draw. What is drawn is compressed afterwards."""

import base64
import gzip
import json

from events import ANY_TEXT, anything, constant, objects, optional, quoted, text_values, whole_events, written
from events_firehose import around
from hypothesis import strategies as st

FIRST_ID = 36_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000


# --- builders ---------------------------------------------------------------------------------------


def log_event(message="hello", number=0, **changes):
    """One log event in AWS's key order; `message` as text, its bytes, or a value that json writes."""
    if isinstance(message, bytes):
        message = message.decode("utf-8", "surrogateescape")
    text = message if isinstance(message, str) else json.dumps(message)
    return {"id": f"{FIRST_ID + number:056d}", "timestamp": 1440442987000 + number, "message": text} | changes


def body(events, **changes):
    """What CloudWatch Logs sends of some log events."""
    return {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789123",
        "logGroup": "/aws/lambda/checkout",
        "logStream": "2025/02/19/[$LATEST]4f7cd4e0",
        "subscriptionFilters": ["to-lake", "f\u00fcr uns"],
        "logEvents": list(events),
    } | changes


def body_of(*messages, **changes):
    """The same of messages."""
    return body([log_event(message, number) for number, message in enumerate(messages)], **changes)


def compressed(value):
    """gzip of bytes, or of what json writes."""
    return gzip.compress(value if isinstance(value, bytes) else written(value), 1, mtime=0)


def around_data(data, **top):
    """The event whose data are these bytes."""
    return written({"awslogs": {"data": base64.b64encode(data).decode()}} | top)


def wrapped(value, **top):
    """The event that carries these bytes, or what json writes, compressed."""
    return around_data(compressed(value), **top)


def unwrapped(event):
    """What `wrapped` has compressed."""
    return gzip.decompress(base64.b64decode(json.loads(event)["awslogs"]["data"]))


def event_of(*messages, **changes):
    """An event of these messages; `changes` are of what stands around them."""
    return wrapped(body_of(*messages, **changes))


# --- strategies -------------------------------------------------------------------------------------

times = st.one_of(
    st.integers(0, 2**45).map(str),
    st.sampled_from(["0", "-0", "-1", "1440442987000.0", "1.440442987e12", "9223372036854775807", "0e99"]),
    # Finer than the millisecond, beyond 64 bits, or no number: the record fails.
    st.sampled_from(["1440442987000.5", "1e300", "9223372036854775808", '"1440442987000"', "[]"]),
)
names = st.sampled_from(["level", "@aws.region", "", "\u00e9"]) | ANY_TEXT
extracted = st.dictionaries(names, text_values(), max_size=3)


def log_events(messages):
    """Log events whose `message` comes from that strategy of JSON texts."""
    fields = extracted.map(lambda pairs: "{" + ",".join(f"{json.dumps(k)}:{v}" for k, v in pairs.items()) + "}")
    return objects(
        {
            "id": text_values(st.integers(0, 10**56).map(str)),
            "timestamp": optional(times),
            "message": messages,
            "extractedFields": optional(fields, one_in=3),
        },
        unknown=anything,
    )


KINDS = ["DATA_MESSAGE"] * 12 + ["CONTROL_MESSAGE", "", "CONTROL_MESSAGE "]
filters = st.lists(optional(quoted(st.sampled_from(["to-lake", "\u00e9", ""]))), max_size=3)
AROUND = {
    "messageType": text_values(st.sampled_from(KINDS)),
    "owner": constant("123456789123"),
    "logGroup": constant("/aws/lambda/checkout"),
    "logStream": text_values(),
    "subscriptionFilters": optional(filters.map(lambda texts: "[" + ",".join(texts) + "]")),
    "policyLevel": constant("ACCOUNT_LEVEL_POLICY"),
    "more": anything,
}


def logs_events(loads=None, *, max_size=5):
    """Events whose messages come from that strategy of texts; of any text without one."""
    messages = text_values() if loads is None else optional(quoted(loads))
    bodies = whole_events(log_events(messages), max_size, "logEvents", around(AROUND))
    return bodies.map(wrapped)
