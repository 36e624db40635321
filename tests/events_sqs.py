"""SQS events as JSON text, for hypothesis to draw."""

import string

from events import anything, arrays, constant, encoded, objects, optional, quoted, text_values, whole_events
from hypothesis import strategies as st

QUEUE = "arn:aws:sqs:us-east-1:123456789012:orders"

# What is no JSON number, or has white space around it: its message fails.
NO_NUMERAL = ["", " 1", "1 ", "1\n", "+1", "01", ".5", "1.", "0x1", "1,0", "x", "null", "true", '"1"', "[]", "٣",
              "NaN"]
COUNTS = ["0", "-0", "1", "17", "2147483647", "-2147483648"]
NO_COUNTS = [*NO_NUMERAL, "2147483648", "-2147483649", "1.0", "1e2", "9" * 30]
TIMES = ["0", "-1", "1520621625029", "1520621625029.000", "1.520621625029e12", "9223372036854775807", "0e99", "1e3"]
NO_TIMES = [*NO_NUMERAL, "1520621625029.5", "9223372036854775808", "1e300", "1e-9", "2018-03-09T18:53:45Z"]


def numerals(drawn, good, bad):
    """Numbers in strings, the digits escaped now and then; one in twenty is none."""
    usual = drawn.map(str) | st.sampled_from(good)
    return text_values(st.integers(0, 19).flatmap(lambda at: st.sampled_from(bad) if at == 19 else usual))


times = numerals(st.integers(0, 2**45), TIMES, NO_TIMES)
groups = text_values(st.sampled_from(["a", "b", "b", "", "é"]))


def message_attributes():
    """Attributes with values of every form that AWS describes, and of forms that it does not."""
    types = st.sampled_from(["String", "Number", "Binary", "Number.float", "String.é"])
    attribute = objects(
        {
            "dataType": text_values(types),
            "stringValue": text_values(),
            "binaryValue": optional(encoded(st.binary(max_size=20))),
            "stringListValues": optional(arrays(optional(quoted()), max_size=3)),
            "binaryListValues": optional(arrays(optional(encoded(st.binary(max_size=9))), max_size=2)),
        },
        unknown=anything,
    )
    names = st.text(string.ascii_letters, min_size=1, max_size=2)
    values = optional(attribute, one_in=20)
    named = st.builds(lambda name, value: f"{name}:{value}", quoted(names | st.just("é")), values)
    return st.lists(named, max_size=2).map(lambda pairs: "{" + ",".join(pairs) + "}")


def messages(bodies, queue):
    """Messages of that queue whose `body` comes from that strategy of JSON texts."""
    attributes = objects(
        {
            "ApproximateReceiveCount": numerals(st.integers(1, 9), COUNTS, NO_COUNTS),
            "AWSTraceHeader": text_values(),
            "SentTimestamp": times,
            "SequenceNumber": text_values(st.integers(0, 10**20).map(str)),
            "MessageGroupId": groups,
            "SenderId": constant("AIDAIENQZJOLO23YVJ4VO"),
            "MessageDeduplicationId": text_values(),
            "ApproximateFirstReceiveTimestamp": times,
            "DeadLetterQueueSourceArn": constant(QUEUE),
        },
        unknown=anything,
    )
    whole = st.integers(0, 40).flatmap(lambda at: {0: st.just("null"), 40: st.just("[]")}.get(at, attributes))
    return objects(
        {
            "messageId": text_values(st.uuids().map(str)),
            "receiptHandle": text_values(),
            "body": bodies,
            "attributes": whole,
            "messageAttributes": optional(message_attributes()),
            "md5OfMessageAttributes": text_values(),
            "md5OfBody": text_values(),
            "eventSource": constant("aws:sqs"),
            "eventSourceARN": constant(queue),
            "awsRegion": constant("us-east-1"),
        },
        unknown=anything,
    )


def sqs_events(loads=None, *, max_size=5):
    """Events whose bodies come from that strategy of texts; of any text without one. One in five is of a FIFO queue."""
    bodies = text_values() if loads is None else optional(quoted(loads))
    queues = st.sampled_from([QUEUE] * 4 + [QUEUE + ".fifo"])
    return queues.flatmap(lambda queue: whole_events(messages(bodies, queue), max_size))
