"""The switch that turns CPU features off, which the tests use to run every set of kernels."""

import os
import subprocess
import sys

import pytest

from lambdarrow import _core

BASELINES = {"sse2", "neon", "scalar"}


def fresh(disabled):
    code = "from lambdarrow import _core; print(_core.cpu())"
    environment = {**os.environ, "LAMBDARROW_DISABLE_CPU": disabled}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)


def test_off_means_the_baseline():
    run = fresh("avx2")
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() in BASELINES


def test_nothing_is_off_by_default():
    assert fresh("").stdout.strip() in BASELINES | {"avx2"}
    if "LAMBDARROW_DISABLE_CPU" not in os.environ:
        assert _core.cpu() == fresh("").stdout.strip()


@pytest.mark.parametrize("name", ["avx3", "AVX2", "avx2,mmx", " avx2"])
def test_unknown_names_are_refused(name):
    run = fresh(name)
    assert run.returncode != 0
    assert "ImportError" in run.stderr and "LAMBDARROW_DISABLE_CPU" in run.stderr
