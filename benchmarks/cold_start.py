"""What a cold start pays: fresh processes, interleaved, net of the bare interpreter.

    python benchmarks/cold_start.py [RUNS]

Wall time from spawn to exit, since that is what is waited for; the median of RUNS (15) processes each. Then
the modules that ``import lambdarrow`` and a first decode leave in ``sys.modules``, beyond those of the bare
interpreter.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lambdarrow._synth import kinesis

RECORDS = 10
BAR = 0.15

BARE_NAME = "the bare interpreter"
OURS_NAME = f"`import lambdarrow`, {RECORDS} Kinesis records to a Batch"
BARE = "event = open({path!r}, 'rb').read()"
OURS = BARE + "; import lambdarrow; lambdarrow.kinesis.to_arrow(event)"
MSGSPEC = BARE + "; import msgspec"
# msgspec imports typing_extensions where it is installed: here for the peers' sake, seldom in a function.
MSGSPEC_ALONE = BARE + "; import sys; sys.modules['typing_extensions'] = None; import msgspec"
MODULES = "; import sys; print(*sorted(sys.modules), sep='\\n')"

# A package that pip installed has its bytecode; a checkout gets it from the first, untimed process.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def spawn(code):
    """(seconds until a fresh interpreter has run the code and is gone, what it printed)."""
    begin = time.perf_counter()
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=ENVIRONMENT
    )
    return time.perf_counter() - begin, ran.stdout


def medians(programs, runs):
    """{name: median seconds}; interleaved, so that a noisy minute falls on all of them."""
    laps = {name: [] for name in programs}
    for _ in range(runs):
        for name, code in programs.items():
            laps[name].append(spawn(code)[0])
    return {name: statistics.median(seconds) for name, seconds in laps.items()}


def new_modules(code):
    """The modules that the code loads and a bare interpreter does not have."""
    return sorted(set(spawn(code + MODULES)[1].split()) - set(spawn("pass" + MODULES)[1].split()))


def main(runs):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "event.json")
        path.write_bytes(kinesis(RECORDS))
        programs = {
            BARE_NAME: BARE,
            "`import msgspec`": MSGSPEC,
            "`import msgspec`, no typing_extensions": MSGSPEC_ALONE,
            OURS_NAME: OURS,
        }
        programs = {name: code.format(path=str(path)) for name, code in programs.items()}
        for code in programs.values():
            spawn(code)  # bytecode, page cache
        seconds = medians(programs, runs)
        modules = new_modules(programs[OURS_NAME])
    bare = seconds.pop(BARE_NAME)
    ours = seconds[OURS_NAME] - bare
    print(f"### Cold start: {runs} fresh processes each, medians\n")
    print("| program | ms | net ms | ours / it | bar | |\n|---|--:|--:|--:|--:|---|")
    print(f"| {BARE_NAME} | {bare * 1e3:.2f} | | | | |")
    for name, took in seconds.items():
        row = f"| {name} | {took * 1e3:.2f} | {(took - bare) * 1e3:.2f}"
        if name == OURS_NAME:
            print(row + " | | | |")
            continue
        ratio = ours / (took - bare)
        print(row + f" | {ratio:.3f} | {BAR} | {'met' if ratio <= BAR else '**missed**'} |")
    print(f"\nNew in `sys.modules`: {', '.join(modules)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
