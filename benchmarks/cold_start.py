"""What a cold start pays: fresh processes, interleaved, net of the bare interpreter.

    python benchmarks/cold_start.py [RUNS]

Wall time from spawn to exit, since that is what is waited for; the median of RUNS (15) processes each. Then
the modules that ``import lambdarrow`` and a first decode leave in ``sys.modules`` beyond the bare interpreter's.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lambdarrow._synth import kinesis

RECORDS = 10
BAR = 0.15

BARE = "event = open({path!r}, 'rb').read()"
OURS = BARE + "; import lambdarrow; lambdarrow.kinesis.to_arrow(event)"
MSGSPEC = BARE + "; import msgspec"
MODULES = "; import sys; print(*sorted(sys.modules), sep='\\n')"


def spawn(code):
    """(seconds until a fresh interpreter has run the code and is gone, what it printed)."""
    begin = time.perf_counter()
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
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
        programs = {"bare": BARE, "msgspec": MSGSPEC, "lambdarrow": OURS}
        programs = {name: code.format(path=str(path)) for name, code in programs.items()}
        for code in programs.values():
            spawn(code)  # so that no contender pays for writing its bytecode
        seconds = medians(programs, runs)
        modules = new_modules(programs["lambdarrow"])
    net = {name: (seconds[name] - seconds["bare"]) * 1e3 for name in ("msgspec", "lambdarrow")}
    ratio = net["lambdarrow"] / net["msgspec"]
    print(f"### Cold start: {runs} fresh processes each, medians\n")
    print("| program | ms | net of the interpreter |\n|---|--:|--:|")
    print(f"| the bare interpreter | {seconds['bare'] * 1e3:.2f} | |")
    print(f"| `import msgspec` | {seconds['msgspec'] * 1e3:.2f} | {net['msgspec']:.2f} |")
    first = f"`import lambdarrow`, {RECORDS} Kinesis records to a Batch"
    print(f"| {first} | {seconds['lambdarrow'] * 1e3:.2f} | {net['lambdarrow']:.2f} |")
    print(f"\nlambdarrow / msgspec: {ratio:.3f} (bar: at most {BAR}): {'met' if ratio <= BAR else '**missed**'}")
    print(f"\nNew in `sys.modules`: {', '.join(modules)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
