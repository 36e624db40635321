"""Memory over ten thousand decodes, each case in a process of its own, and what a garbage cycle does."""

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = str(Path(__file__).parent.parent)
# Sampled noise of an allocator that is at rest: far below what a leak of one byte a row would add.
TOLERANCE = 1 << 20

PROLOGUE = f"""
import gc, json, sys
sys.path.insert(0, {TESTS!r})
import events
import lambdarrow
from lambdarrow import kinesis
good = events.event([events.record(b'{{"id":1,"s":"text","l":["a"],"k":"x"}}', n) for n in range(20)])
bad = events.event([events.record(b'{{"id":"x","l":["a"', n) for n in range(3)])
loaded = json.loads(good)
spec = {{"id": "int64", "s": "utf8", "l": ["utf8"], "k": "dictionary<utf8>"}}
users = [("key %d" % n, b'{{"id":1,"s":"text","l":["a"],"k":"x"}}') for n in range(5)]
packed = events.event([events.record(b"{{}}", 0), events.record(kinesis.aggregate(users), 1)])
halves = [events.event([events.record(kinesis.aggregate([*users, ("k", b"{{")]), n)]) for n in range(2)]
decoder = kinesis.Decoder(payload=spec, on_error="collect")
strict = kinesis.Decoder(payload=spec)
"""
# For the cases that need them.
LOGS = """
import gzip, zlib
import events_firehose, events_logs
from lambdarrow import content, logs, schema
lines = events_logs.event_of('{"id":1,"s":"text","l":["a"],"k":"x"}', '{"id":1,"l":["a","b",5]}', "END RequestId: x")
control = events_logs.event_of("x", messageType="CONTROL_MESSAGE")
damaged = events_logs.around_data(events_logs.compressed(b"{}" * 99)[:-1])
log = logs.Decoder(message=spec, on_error="collect")
own = logs.Decoder(message=logs.lambda_platform())
small = logs.Decoder(limits={"max_inflated": 99})
text = content.Decoder(payload=schema.unzipped(schema.delimited({"a": "int64", "b": "utf8"})), on_error="collect")
zipped = content.Decoder(payload=schema.auto(schema.lines(spec)))
streams = [pack(b'{"id":1,"s":"text"}' + bytes([10])) for pack in (gzip.compress, zlib.compress, bytes)]
file = bytes([10]).join([b"1 x", b"x y", b"1 'a'".replace(b"'", b'"'), b'5 "x'])
cut = gzip.compress(b"{}" * 9) + gzip.compress(b"{}" * 99)[:-1]
hose = lambdarrow.firehose.Decoder(payload=spec, on_error="collect")
records = events_firehose.event_of(b'{"id":1,"l":["a"]}', b'{"id":"x"}')
"""
MEASURE = """
def rss():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096
for _ in range(1_000):
    once()
gc.collect()
before = rss()
for _ in range(10_000):
    once()
gc.collect()
print(rss() - before)
"""
CASES = {
    "a table": "kinesis.to_arrow(good)",
    "a payload": "decoder.to_arrow(good)",
    "columns read": "ids = decoder.to_arrow(good)['data.id']; ids.to_pylist(); memoryview(ids)",
    "rows read": "decoder.to_arrow(good).to_pylist()",
    "capsules": "b = decoder.to_arrow(good); b.__arrow_c_array__(); b.__arrow_c_stream__(); b.schema",
    "failures": "b = decoder.to_arrow(bad); b.response(); assert [one.raw for one in b.failures]",
    "a dict": "decoder.to_arrow(loaded)",
    "a str and a view": "decoder.to_arrow('{\"Records\":[{}]}'); decoder.to_arrow(memoryview(good))",
    "string views": "kinesis.to_arrow(good, string_type='string_view')",
    "packed": "kinesis.to_arrow(packed); decoder.to_arrow(packed).to_pylist()",
    "packed, fed late": "decoder.feed(good); decoder.feed(packed); decoder.feed(halves[0]); decoder.finish()",
    "packed, in vain": "decoder.to_arrow(halves[1]); fails(strict.to_arrow, halves[0]); fails(strict.feed, packed[:9])",
    "fed": "decoder.feed(good); decoder.feed(bad); decoder.finish()",
    "fed in vain": "decoder.feed(good); fails(decoder.feed, bad[:-5]); decoder.finish()",
    "errors": "fails(strict.to_arrow, bad)",
    "broken": "fails(strict.to_arrow, good[:-7])",
    "no plan": "fails(lambda: kinesis.Decoder(payload='in64'))",
    "a new plan": "kinesis.Decoder(payload={'a': 'int64'})",
    "logs": "log.to_arrow(lines).to_pylist(); log.to_arrow(control).metadata; own.to_arrow(lines)",
    "logs, fed": "log.feed(lines); log.feed(control); fails(log.feed, lines[:-9]); log.finish()",
    "logs, damaged": "fails(log.to_arrow, damaged); fails(small.to_arrow, lines); fails(log.to_arrow, lines[:-9])",
    "files of lines": "text.to_arrow(file).failures; fails(text.to_arrow, cut)",
    "compressed": "[zipped.to_arrow(one) for one in streams + streams[:1] * 2]; fails(zipped.to_arrow, cut)",
    "an answer to firehose": "b = hose.to_arrow(records); lambdarrow.firehose.response(b, b['data'])",
}
FAILS = """
def fails(work, *arguments):
    try:
        work(*arguments)
    except ValueError:
        return
    raise AssertionError("no error")
"""


def alone(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, (done.returncode, done.stderr)
    return done.stdout.strip()


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no /proc to read the resident set from")
@pytest.mark.parametrize("name", CASES)
def test_ten_thousand_decodes_leave_memory_flat(name):
    grown = int(alone(PROLOGUE + LOGS + FAILS + f"def once():\n    {CASES[name]}\n" + MEASURE))
    assert grown < TOLERANCE, f"{grown} bytes after 10,000 times: {CASES[name]}"


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no /proc to read the resident set from")
def test_the_measure_sees_a_leak():
    """A hundred bytes a decode would be seen."""
    leak = "kept.append(bytes(100))"
    assert int(alone(PROLOGUE + f"kept = []\ndef once():\n    {leak}\n" + MEASURE)) > TOLERANCE


CYCLES = {
    "a batch": "decoder.to_arrow(good)",
    "a column": "decoder.to_arrow(good)['data.id']",
    "a schema": "decoder.to_arrow(good).schema",
    "a view": "memoryview(decoder.to_arrow(good)['data.id'])",
    "failures": "decoder.to_arrow(bad).failures",
    "a decoder": "kinesis.Decoder()",
    "a fed decoder": "fed",
}


@pytest.mark.parametrize("name", CYCLES)
def test_what_lies_in_a_garbage_cycle_is_collected(name):
    """A traceback that holds its frame is such a cycle: any handler that raises makes one."""
    code = (
        PROLOGUE
        + f"""
fed = kinesis.Decoder()
fed.feed(good)
for _ in range(3):
    cycle = [{CYCLES[name]}]
    cycle.append(cycle)
    if "fed" in globals():
        del fed
        fed = kinesis.Decoder()
        fed.feed(good)
    del cycle
    gc.collect()
print(decoder.to_arrow(good).num_rows)
"""
    )
    assert alone(code) == "20"


@pytest.mark.parametrize("keeps", ["batch", "view", "array", "nothing"])
def test_what_lives_until_the_end_of_the_interpreter(keeps):
    """Buffers that are released after finalisation began must not reach for the interpreter (decision 25)."""
    code = (
        PROLOGUE
        + f"""
batch = kinesis.to_arrow(good, string_type="string_view")
view = memoryview(decoder.to_arrow(good)["data.id"])
if {keeps!r} == "array":
    import pyarrow
    array = pyarrow.record_batch(batch)
kept = globals().get({keeps!r})
import builtins
builtins.kept = kept
print(batch.num_rows)
"""
    )
    assert alone(code) == "20"


def test_a_fork_decodes_on_both_sides():
    """No lock of the pool is held across a fork."""
    code = (
        PROLOGUE
        + """
import os, threading
stop = threading.Event()
def busy():
    while not stop.is_set():
        decoder.to_arrow(good)
thread = threading.Thread(target=busy)
thread.start()
batch = decoder.to_arrow(good)
expected = batch.to_pylist()
try:
    for _ in range(20):
        child = os.fork()
        if child == 0:
            fine = decoder.to_arrow(good).to_pylist() == expected == batch.to_pylist()
            os._exit(0 if fine else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
finally:
    stop.set()
    thread.join()
print("both")
"""
    )
    assert alone(code) == "both"
