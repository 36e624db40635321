"""What is installed: small, and made for old systems too."""

import re
import subprocess
from pathlib import Path

import pytest

import lambdarrow
from lambdarrow import _core

PACKAGE = Path(lambdarrow.__file__).parent


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
    versions = {tuple(map(int, found.split("."))) for found in re.findall(r"GLIBC_([0-9.]+)", table)}
    assert versions
    assert max(versions) <= (2, 17)
