"""What is installed: small, made for old systems too, and well behaved across fork."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import lambdarrow
from lambdarrow import _core

PACKAGE = Path(lambdarrow.__file__).parent
EVENT = b'{"Records":[{"kinesis":{"sequenceNumber":"1","data":"aGk="}}]}'


def test_it_is_small():
    shipped = [path for path in PACKAGE.rglob("*") if path.is_file() and not path.name.startswith("_probe")]
    assert len(shipped) > 10
    assert sum(path.stat().st_size for path in shipped) < 3_000_000


def test_the_glibc_it_needs():
    """manylinux2014's: a symbol of a later version would refuse to load on Amazon Linux 2."""
    try:
        table = subprocess.run(["objdump", "-T", _core.__file__], capture_output=True, text=True, check=True).stdout
    except FileNotFoundError:
        pytest.skip("objdump is not installed")
    if "asan" in table:
        pytest.skip("a sanitized build needs what its runtime needs")
    versions = {tuple(map(int, found.split("."))) for found in re.findall(r"GLIBC_([0-9.]+)", table)}
    assert versions
    assert max(versions) <= (2, 17)


FORK = f"""
import os
import lambdarrow

held = lambdarrow.kinesis.to_arrow({EVENT!r})
child = os.fork()
if child == 0:
    again = lambdarrow.kinesis.to_arrow({EVENT!r})
    os._exit(0 if again.to_pylist() == held.to_pylist() else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert held["data"].to_pylist() == [b"hi"]
"""


def test_decoding_goes_on_in_a_child():
    run = subprocess.run([sys.executable, "-c", FORK], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
