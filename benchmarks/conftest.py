"""What every benchmark shares: one core, one event per size, and rows for what pytest-benchmark cannot time.

A contender is a *factory*: a function without arguments whose docstring names the loop that is timed
(``label: loop``) and which returns the loop and how to read a witness column from its result. The imports
stand inside the factory, so that a peer which is not installed becomes a row "skipped: reason" in the
report, and never a hole in it.
"""

import base64
import gc
import json
import os
import sys
from functools import cache, wraps
from pathlib import Path

import pytest

# The contenders are modules beside the tests, whatever import mode pytest runs in.
sys.path.insert(0, str(Path(__file__).parent))

import orders

from lambdarrow import _synth

if hasattr(os, "sched_setaffinity"):
    # One core: pyarrow's threads would otherwise be measured against loops that have none.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

# Rows that pytest-benchmark does not make: programs that time themselves, and what was skipped.
FOREIGN = []

# Where a record of each source keeps what its producer sent.
PAYLOAD_OF = {
    "dynamodb": orders.images_of,
    "kinesis": lambda record: base64.b64decode(record["kinesis"]["data"]),
    "sqs": lambda record: record["body"],
}


@cache
def event_of(source, records):
    """The event that every job of this source and size decodes."""
    return getattr(_synth, source)(records)


@cache
def payloads_of(source, records):
    """What the standard library says that the records of ``event_of`` hold."""
    return [PAYLOAD_OF[source](record) for record in json.loads(event_of(source, records))["Records"]]


def job(group, *factories):
    """A benchmark of one group, once for each contender."""
    def wrap(test):
        each = pytest.mark.parametrize("factory", factories, ids=lambda factory: factory.__name__)
        return pytest.mark.benchmark(group=group)(each(test))

    return wrap


def each(factory):
    """The contender for one thing, for a list of them: a call for each."""
    @wraps(factory)
    def make():
        one, witness = factory()
        return lambda things: [one(thing) for thing in things], lambda made: list(map(witness, made))

    return make


def label_and_loop(factory):
    """The two halves of a factory's docstring."""
    label, _, loop = " ".join(factory.__doc__.split()).partition(": ")
    return label, loop


def pytest_benchmark_update_json(config, benchmarks, output_json):
    output_json["foreign"] = FOREIGN


@pytest.fixture
def foreign(request):
    """Adds a row that pytest-benchmark did not time: ``foreign(label, loop, median=..., ...)``."""
    group = request.node.get_closest_marker("benchmark").kwargs["group"]

    def add(label, loop, **row):
        FOREIGN.append({"group": group, "label": label, "loop": loop, **row})

    return add


@pytest.fixture
def measure(benchmark, foreign):
    """Times a contender on an event and holds its witness column against the oracle's."""

    def run(factory, event, records, expected, given=bytes):
        """``given``: what becomes of the bytes before the contender is handed them, and the clock starts."""
        label, loop = label_and_loop(factory)
        try:
            decode, witness = factory()
        except ImportError as missing:
            foreign(label, loop, skipped=str(missing))
            pytest.skip(str(missing))
        benchmark.extra_info.update(label=label, loop=loop, records=records, bytes=len(event))
        event = given(event)
        # Before the clock: a contender that reads something else is not worth timing.
        assert witness(decode(event)) == expected
        # The collector visits what a loop makes, again and again, but not pytest and what the other tests have left,
        # which no function would hold: that made loops of many dicts up to twice as slow as in a process of their own.
        gc.collect()
        gc.freeze()
        try:
            benchmark(decode, event)
        finally:
            gc.unfreeze()

    return run
