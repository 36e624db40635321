"""What the README shows is what happens: its Python runs, and prints what it says."""

import base64
import json
import re
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README.read_text(), re.S)
PYTHON = [text for kind, text in BLOCKS if kind == "python"]


def _event(*payloads):
    return {"Records": [
        {"kinesis": {"sequenceNumber": str(k), "data": base64.b64encode(payload).decode()}}
        for k, payload in enumerate(payloads)
    ]}


def _defined(name):
    """The names that the README's block with ``def name`` defines."""
    text = next(text for text in PYTHON if f"def {name}(" in text)
    names = {}
    exec(compile(text, str(README), "exec"), names)
    return names


def test_every_block_is_tested():
    assert len(PYTHON) == 4


def test_the_first_example(capsys):
    exec(compile(PYTHON[0], str(README), "exec"), {})
    shown = next(text for kind, text in BLOCKS if kind == "text")
    assert capsys.readouterr().out == shown


def test_the_handler():
    handler = _defined("handler")["handler"]
    answer = handler(_event(b'{"id": 1, "price": 2.5}', b'{"id": 2}', b"{broken", b'{"id": 3, "price": 1}'), None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}, {"itemIdentifier": "2"}]}


def test_moving_on():
    import lambdarrow

    sent = []
    batch = lambdarrow.kinesis.to_arrow(_event(b"1", b"no", b"3"), payload="json", on_error="collect")
    answer = _defined("move_on")["move_on"](batch, lambda *poison: sent.append(poison))
    assert answer == {"batchItemFailures": []}
    assert [(identifier, reason) for identifier, reason, _ in sent] == [("1", "invalid_json")]
    assert json.loads(sent[0][2])["kinesis"]["sequenceNumber"] == "1"


def test_three_ways_into_arrow():
    import lambdarrow

    for library in ("pyarrow", "polars", "duckdb"):
        pytest.importorskip(library)
    batch = lambdarrow.kinesis.to_arrow(json.dumps(_event(b"1", b"2")))
    assert _defined("three_ways")["three_ways"](batch) == (2, 2, 2)
