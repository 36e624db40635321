"""Every fuzz target compiles, and finds nothing in its seeds and a few thousand mutations of them.

Under ASan and UBSan, with the stand-alone driver, so that any C compiler will do; `make fuzz` is the
long run.
"""

import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

FUZZ = Path(__file__).resolve().parents[2] / "_native" / "fuzz"
TARGETS = sorted(path.stem.removeprefix("fuzz_") for path in FUZZ.glob("fuzz_*.c"))
RUNS = {"plan": 400}
# Where SIMD is left out, the same text must still be read the same: those that have both.
PLAIN = ["base64", "numbers", "text", "utf8"]
COMPILER = os.environ.get("CC") or next(filter(shutil.which, ("gcc", "clang", "cc")), None)
pytestmark = pytest.mark.skipif(COMPILER is None, reason="no C compiler")


def build(folder, kind, *targets):
    """Compiles the targets of one kind; their paths by name."""
    done = subprocess.run(
        ["bash", FUZZ / "build.sh", folder, kind, *targets],
        env={**os.environ, "PYTHON": sys.executable, "CC": COMPILER, "FUZZ_CFLAGS": "-O0 -g1"},
        capture_output=True, text=True,
    )
    assert done.returncode == 0, done.stderr
    return {Path(line).name: Path(line) for line in done.stdout.splitlines()}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """All targets and the corpus; the one that takes longest beside all others."""
    folder = tmp_path_factory.mktemp("fuzz")
    others = [name for name in TARGETS if name != "plan"]
    build(folder, "driver", "utf8")  # makes the headers that the builds below share
    with ThreadPoolExecutor(2) as pool:
        plan = pool.submit(build, folder, "driver", "plan")
        rest = pool.submit(lambda: (build(folder, "driver", *others), build(folder, "plain", *PLAIN)))
        driver, plain = rest.result()
        return folder / "corpus", plan.result() | driver, plain


def run(binary, corpus, folder, *, runs, seed=1):
    crash = folder / "crash"
    done = subprocess.run(
        [binary, f"-runs={runs}", f"-seed={seed}", f"-crash={crash}", corpus], capture_output=True, text=True,
    )
    assert done.returncode == 0, f"seed {seed}, input in {crash}\n{done.stderr[-4000:]}"
    return [int(number) for number in re.findall(r"(\d+) inputs, (\d+) mutations", done.stdout)[0]]


def test_there_are_targets():
    assert {"plan", "text", "base64", "utf8", "numbers", "decimals", "times"} <= set(TARGETS)


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_is_found(target, built, tmp_path):
    corpus, driver, _ = built
    runs = RUNS.get(target, 3000)
    inputs, mutations = run(driver[target], corpus / target, tmp_path, runs=runs)
    assert inputs == len(list((corpus / target).iterdir())) > 0
    assert mutations == runs


@pytest.mark.parametrize("target", PLAIN)
def test_nothing_is_found_without_simd(target, built, tmp_path):
    corpus, _, plain = built
    inputs, _ = run(plain[target], corpus / target, tmp_path, runs=1000)
    assert inputs > 0


def test_a_broken_target_is_found_out(tmp_path):
    """The driver ends with an error, and leaves the input that ended it, when a target aborts."""
    source = tmp_path / "broken.c"
    source.write_text(
        '#include "kernel.h"\n'
        "int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)\n"
        '{\n    CHECK(size != 3 || memcmp(data, "bad", 3));\n    return 0;\n}\n'
    )
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "seed").write_bytes(b"bad")
    binary, crash = tmp_path / "broken", tmp_path / "crash"
    subprocess.run([COMPILER, "-D_GNU_SOURCE", "-I", FUZZ, source, FUZZ / "driver.c", "-o", binary], check=True)
    done = subprocess.run([binary, "-runs=10", f"-crash={crash}", tmp_path / "corpus"], capture_output=True, text=True)
    assert done.returncode != 0
    assert "memcmp" in done.stderr
    assert crash.read_bytes().startswith(b"bad")
