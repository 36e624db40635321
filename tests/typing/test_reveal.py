"""What type checkers say of typical user code: nothing against it, and the types that stand behind ``# R:``."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy")
USER_CODE = Path(__file__).with_name("user_code.py")


def test_mypy_reveals_what_the_code_expects():
    wanted = {number: line.partition("# R: ")[2]
              for number, line in enumerate(USER_CODE.read_text().splitlines(), 1) if "# R: " in line}
    assert len(wanted) >= 20
    run = subprocess.run([sys.executable, "-m", "mypy", "--strict", "--no-error-summary", USER_CODE.name],
                         cwd=USER_CODE.parent, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    revealed = {int(number): said for number, said in
                re.findall(r'^user_code\.py:(\d+): note: Revealed type is "(.*)"$', run.stdout, re.M)}
    assert revealed == wanted
