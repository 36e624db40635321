"""Builds and runs ``simdjson_kinesis.cpp``, which times itself, and holds what it read against the event."""

import base64
import json
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("simdjson_kinesis.cpp")
FLAGS = ["-O3", "-march=native", "-std=c++17"]
SECONDS = "1"
LOOPS = {
    "documented": 'object["key"], get_string(), each column a std::string that is appended to',
    "tuned": "find_field in AWS's order, unescaped straight into warm columns, repeats compared in place",
}


def run(foreign, event, records, folder):
    """Adds the program's rows to the group, or one that says why there are none."""
    try:
        program = build(folder)
    except OSError as reason:
        foreign("C++ simdjson On-Demand", SOURCE.name, skipped=str(reason))
        pytest.skip(str(reason))
    path = folder / "event.json"
    path.write_bytes(event)
    timed = subprocess.run([program, path, SECONDS], capture_output=True, text=True, check=True)
    result = json.loads(timed.stdout)
    expected = sums(event)
    for style, loop in LOOPS.items():
        measured = result[style]
        assert {key: measured[key] for key in expected} == expected
        name = f"C++ simdjson On-Demand, {style}"
        loop += f" (simdjson {result['version']} {result['implementation']}, {result['base64']} base64)"
        text = "the same without base64: data is a column of its text"
        rows = ((name, loop, "envelope_and_base64_ns"), (f"{name}, envelope only", text, "envelope_ns"))
        for label, said, key in rows:
            median, best = (nanoseconds / 1e9 for nanoseconds in measured[key])
            foreign(label, said, median=median, best=best, records=records, bytes=len(event))


def build(folder):
    """The program, or an OSError that says what is missing."""
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        raise OSError("no C++ compiler")
    program = folder / "simdjson_kinesis"
    built = subprocess.run(
        [compiler, *FLAGS, SOURCE, "-lsimdjson", "-o", program], capture_output=True, text=True
    )
    if built.returncode:
        error = next((line for line in built.stderr.splitlines() if "error" in line), "no reason given")
        raise OSError(f"{SOURCE.name} does not compile here (libsimdjson-dev?): {error}")
    return program


def sums(event):
    """What the program reports of its columns, from the standard library's view of the event."""
    rows = json.loads(event)["Records"]

    def adler32(texts):
        return zlib.adler32(b"".join(texts))

    return {
        "records": len(rows),
        "arrivals": sum(round(row["kinesis"]["approximateArrivalTimestamp"] * 1000) for row in rows),
        "partition_key": adler32(row["kinesis"]["partitionKey"].encode() for row in rows),
        "sequence_number": adler32(row["kinesis"]["sequenceNumber"].encode() for row in rows),
        "data": adler32(base64.b64decode(row["kinesis"]["data"]) for row in rows),
        "event_id": adler32(row["eventID"].encode() for row in rows),
    }
