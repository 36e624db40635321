"""Builds and runs the C++ peers, which time themselves, and holds what they read against the event."""

import base64
import json
import shutil
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import log_lines
import pytest

FLAGS = ["-O3", "-march=native", "-std=c++17"]
SECONDS = "1"
LOOPS = {
    "documented": 'object["key"], get_string(), each column a std::string that is appended to',
    "tuned": "find_field in AWS's order, unescaped straight into warm columns, repeats compared in place",
}


class Program(NamedTuple):
    """A peer: its source beside this file, the rows that its laps become, what its columns must add up to.

    A row is (what its label ends in, its loop with the style's in it, what the program calls its laps). ``records``:
    what the columns are made of, from the event.
    """

    source: str
    rows: tuple
    sums: Callable
    records: Callable = lambda event: json.loads(event)["Records"]
    libraries: tuple = ()


def run(program, foreign, event, records, folder):
    """Adds the program's rows to the group, or one that says why there are none."""
    try:
        binary = build(program.source, folder, *program.libraries)
    except OSError as reason:
        foreign("C++ simdjson On-Demand", program.source, skipped=str(reason))
        pytest.skip(str(reason))
    path = folder / "event.json"
    path.write_bytes(event)
    timed = subprocess.run([binary, path, SECONDS], capture_output=True, text=True, check=True)
    result = json.loads(timed.stdout)
    expected = program.sums(program.records(event))
    made_by = f"simdjson {result['version']} {result['implementation']}, {result['base64']} base64"
    for style, loop in LOOPS.items():
        measured = result[style]
        assert {key: measured[key] for key in expected} == expected
        for ending, said, laps in program.rows:
            median, best = (nanoseconds / 1e9 for nanoseconds in measured[laps])
            foreign(
                f"C++ simdjson On-Demand, {style}{ending}", said.format(loop=loop, made_by=made_by),
                median=median, best=best, records=records, bytes=len(event))


def build(name, folder, *libraries):
    """The program, or an OSError that says what is missing."""
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        raise OSError("no C++ compiler")
    source = Path(__file__).with_name(name)
    program = folder / source.stem
    built = subprocess.run(
        [compiler, *FLAGS, source, "-lsimdjson", *(f"-l{library}" for library in libraries), "-o", program],
        capture_output=True, text=True,
    )
    if built.returncode:
        error = next((line for line in built.stderr.splitlines() if "error" in line), "no reason given")
        packages = "".join(f", lib{library}-dev" for library in libraries)
        raise OSError(f"{name} does not compile here (libsimdjson-dev{packages}?): {error}")
    return program


# What the programs report of their columns, from the standard library's view of the records.


def adler32(texts):
    """Of all texts of a column, as UTF-8 or bytes; a missing one is empty."""
    return zlib.adler32(b"".join(text.encode() if isinstance(text, str) else text or b"" for text in texts))


def kinesis_sums(records):
    of_record = {"event_id": "eventID", "event_name": "eventName", "event_source_arn": "eventSourceARN"}
    of_kinesis = {"partition_key": "partitionKey", "sequence_number": "sequenceNumber"}
    inner = [record["kinesis"] for record in records]
    return {
        **{name: adler32(record[key] for record in records) for name, key in of_record.items()},
        **{name: adler32(one[key] for one in inner) for name, key in of_kinesis.items()},
        "data": adler32(base64.b64decode(one["data"]) for one in inner),
        "approximate_arrival_timestamp": sum(round(one["approximateArrivalTimestamp"] * 1000) for one in inner),
    }


def sqs_sums(messages):
    of_message = {
        "message_id": "messageId", "receipt_handle": "receiptHandle", "body": "body", "md5_of_body": "md5OfBody",
        "md5_of_message_attributes": "md5OfMessageAttributes", "event_source_arn": "eventSourceARN",
    }
    of_attributes = {
        "sender_id": "SenderId", "message_group_id": "MessageGroupId", "aws_trace_header": "AWSTraceHeader",
    }
    numbers = {
        "approximate_receive_count": "ApproximateReceiveCount", "sent_timestamp": "SentTimestamp",
        "approximate_first_receive_timestamp": "ApproximateFirstReceiveTimestamp",
    }
    attributes = [message["attributes"] for message in messages]
    ends = [0]
    for message in messages:
        ends.append(ends[-1] + len(message["messageAttributes"]))
    named = [pair for message in messages for pair in message["messageAttributes"].items()]
    return {
        **{name: adler32(message.get(key) for message in messages) for name, key in of_message.items()},
        **{name: adler32(one.get(key) for one in attributes) for name, key in of_attributes.items()},
        **{name: sum(int(one[key]) for one in attributes) for name, key in numbers.items()},
        "message_attributes": sum(ends),
        "attributes.name": adler32(name for name, _ in named),
        "attributes.data_type": adler32(one["dataType"] for _, one in named),
        "attributes.string_value": adler32(one.get("stringValue") for _, one in named),
        "attributes.binary_value": adler32(base64.b64decode(one.get("binaryValue", "")) for _, one in named),
    }


def logs_sums(events):
    return {
        "id": adler32(one["id"] for one in events),
        "timestamp": sum(one["timestamp"] for one in events),
        "message": adler32(one["message"] for one in events),
    }


def dynamodb_sums(records):
    of_record = {
        "event_id": "eventID", "event_name": "eventName", "event_version": "eventVersion",
        "event_source": "eventSource", "aws_region": "awsRegion", "event_source_arn": "eventSourceARN",
    }
    of_change = {"sequence_number": "SequenceNumber", "stream_view_type": "StreamViewType"}
    changes = [record["dynamodb"] for record in records]
    read = _Attributes()
    places = {name: [] for name in ("Keys", "NewImage", "OldImage")}
    for change in changes:
        # In the order of the wire, which is that of the program.
        for name in change:
            if name in places:
                places[name].append(len(read.lengths))
                read.item(change[name])
    return {
        **{name: adler32(record[key] for record in records) for name, key in of_record.items()},
        **{name: adler32(change[key] for change in changes) for name, key in of_change.items()},
        "principal_id": adler32(record.get("userIdentity", {}).get("principalId") for record in records),
        "approximate_creation_date_time": sum(one["ApproximateCreationDateTime"] * 10**6 for one in changes),
        "size_bytes": sum(change["SizeBytes"] for change in changes),
        "keys": sum(places["Keys"]),
        # A missing image is -1.
        "new_image": sum(places["NewImage"]) - (len(records) - len(places["NewImage"])),
        "old_image": sum(places["OldImage"]) - (len(records) - len(places["OldImage"])),
        "name": adler32(read.names),
        "string": adler32(read.texts["S"]),
        "number": adler32(read.texts["N"]),
        "binary": adler32(map(base64.b64decode, read.texts["B"])),
        "tags": sum(read.tags),
        "booleans": sum(read.booleans),
        "lengths": sum(read.lengths),
    }


class _Attributes:
    """What stands in items, as the program keeps it: a list for each kind of value."""

    TAGS = ("S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M")

    def __init__(self):
        self.names, self.tags, self.booleans, self.lengths = [], [], [], []
        self.texts = {"S": [], "N": [], "B": []}

    def item(self, attributes):
        for name, attribute in attributes.items():
            self.names.append(name)
            self.attribute(attribute)
        self.lengths.append(len(attributes))

    def attribute(self, attribute):
        (tag, value), = attribute.items()
        self.tags.append(self.TAGS.index(tag))
        if tag == "M":
            self.item(value)
        elif tag == "L":
            for one in value:
                self.attribute(one)
            self.lengths.append(len(value))
        elif tag in ("SS", "NS", "BS"):
            self.texts[tag[0]].extend(value)
            self.lengths.append(len(value))
        elif tag == "BOOL":
            self.booleans.append(value)
        elif tag != "NULL":
            self.texts[tag].append(value)


KINESIS = Program("simdjson_kinesis.cpp", (
    ("", "{loop} ({made_by})", "envelope_and_base64_ns"),
    (", envelope only", "the same without base64: data is a column of its text", "envelope_ns"),
), kinesis_sums)
SQS = Program("simdjson_sqs.cpp", (
    ("", "{loop}; a loop over the fields where a key may be missing ({made_by})", "envelope_ns"),
), sqs_sums)
DYNAMODB = Program("simdjson_dynamodb.cpp", (
    ("", "{loop}; a loop over a change's fields and over those of each map, a switch on the tag, a column for each "
         "tag, numbers as text ({made_by})", "walk_ns"),
), dynamodb_sums)
LOGS = Program("simdjson_logs.cpp", (
    ("", "{loop}; libdeflate into a warm buffer; 3 columns, what all rows share read once ({made_by})", "event_ns"),
), logs_sums, lambda event: json.loads(log_lines.body_of(event))["logEvents"], ("deflate",))
