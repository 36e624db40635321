"""What a decode costs in memory: the peak of one big event, and whether 10,000 decodes leave anything behind.

    python benchmarks/memory.py

Each in a fresh process. Linux only: the peak is VmHWM of /proc/self/status, which counts from the exec on
(getrusage's ru_maxrss begins with the parent's).
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from lambdarrow._synth import CLICK, kinesis

STATUS = Path("/proc/self/status")
PEAK_BAR = 1.25
DECODES = 10_000
SMALL, BIG = 100, 8000
# What the allocator and the interpreter's own caches may move without anything being kept.
FLAT = 1 << 20

MEASURED = '''
import sys
import lambdarrow
from lambdarrow import kinesis

def status(key):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(key + ":"))

path, payload = sys.argv[1], eval(sys.argv[2])  # a literal; ast or json would count as growth
'''
# The input is read after the first look, since the bar allows for it and for the output once.
PEAK = MEASURED + '''
before = status("VmRSS")
with open(path, "rb") as file:
    event = file.read()
batch = kinesis.to_arrow(event, payload=payload)
grown = status("VmHWM") - before
import pyarrow as pa
print(grown, len(event), pa.record_batch(batch).nbytes)
'''
LOOP = MEASURED + f'''
with open(path, "rb") as file:
    event = file.read()
def decode(times):
    for _ in range(times):
        kinesis.to_arrow(event, payload=payload)
decode({DECODES // 10})
before = status("VmRSS")
decode({DECODES})
print(before, status("VmRSS"))
'''


def run(code, *arguments):
    """The numbers that a fresh interpreter printed."""
    ran = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    return [int(number) for number in ran.stdout.split()]


def mb(count):
    return f"{count / 1e6:.2f}"


def verdict(met):
    return "met" if met else "**missed**"


def main():
    print("### Memory\n")
    if not STATUS.exists():
        print("skipped: no /proc/self/status here")
        return
    print("| measured | input MB | output MB | peak grows by MB | of input + output | bar | |")
    print("|---|--:|--:|--:|--:|--:|---|")
    with tempfile.TemporaryDirectory() as folder:
        big, small = Path(folder, "big.json"), Path(folder, "small.json")
        big.write_bytes(kinesis(BIG))
        small.write_bytes(kinesis(SMALL))
        payloads = {"binary data": repr(None), "payload typed": repr(CLICK)}
        for name, payload in payloads.items():
            grown, given, made = run(PEAK, str(big), payload)
            share = grown / (given + made)
            sizes = f"{mb(given)} | {mb(made)} | {mb(grown)} | {share:.2f}×"
            print(f"| {BIG:,} records, {name} | {sizes} | {PEAK_BAR}× | {verdict(share <= PEAK_BAR)} |")
        print("\n| decodes | RSS before, MB | after, MB | bar | |\n|---|--:|--:|--:|---|")
        for name, payload in payloads.items():
            before, after = run(LOOP, str(small), payload)
            sizes = f"{mb(before)} | {mb(after)} | +{mb(FLAT)}"
            print(f"| {DECODES:,} of {SMALL} records, {name} | {sizes} | {verdict(after - before <= FLAT)} |")


if __name__ == "__main__":
    main()
