"""The worked example of DynamoDB: a stream's event as a change table in Parquet, and the same items in a handler."""

import json
import runpy
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from lambdarrow import _synth, dynamodb

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SCRIPT, ORDERS = EXAMPLES / "dynamodb_changes.py", EXAMPLES / "orders.json"


@pytest.fixture
def example():
    return runpy.run_path(str(SCRIPT))


@pytest.fixture
def event():
    return json.loads(ORDERS.read_bytes())


def test_the_script_writes_what_has_changed(tmp_path):
    target = tmp_path / "changes.parquet"
    ran = subprocess.run([sys.executable, SCRIPT, ORDERS, target], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    # 59.9 is 59.90 and a set has no order: what is left is what somebody did.
    assert ran.stdout.splitlines() == [
        "insert ORDER#1001 None", "modify ORDER#1001 ['status', 'note', 'receipt']", "remove ORDER#0007 None"]
    table = pq.read_table(target)
    rows = table.to_pylist()
    assert table.column_names == ["op", "approximate_creation_date_time", "sequence_number", "keys", "changed"]
    assert [row["approximate_creation_date_time"].timestamp() for row in rows] == [1740000000, 1740000061, 1740000075]
    assert rows[2]["keys"] == {"pk": "CUSTOMER#tom", "sk": "ORDER#0007"}


def test_the_type_of_its_items_holds_all_of_them(example, event):
    batch = dynamodb.to_arrow(event, image=example["ORDER"])
    for name, key in (("new_image", "NewImage"), ("old_image", "OldImage")):
        for row, record in zip(batch[name], event["Records"], strict=True):
            assert (row is None) == (key not in record["dynamodb"])
            assert row is None or set(record["dynamodb"][key]) <= set(row)
    assert batch["new_image.lines"].to_pylist()[1][0] == {"sku": "tent-2p", "price": Decimal("49.90"), "n": 1}
    assert batch["new_image.receipt"].to_pylist()[1] == b"%PDF-1.7"


def test_the_handler_reads_each_order(example, event, capsys):
    assert example["handle"](event, None) == {"batchItemFailures": []}
    assert capsys.readouterr().out.splitlines() == [
        "ORDER#1001 is placed: 11 pieces for 59.90 euros", "ORDER#1001 is paid: 11 pieces for 59.9 euros"]


def test_the_handler_stops_at_what_it_cannot_read(example, event, capsys):
    event["Records"][1]["dynamodb"]["NewImage"]["amount"] = {"N": "59,90"}
    assert example["handle"](event, None) == {
        "batchItemFailures": [{"itemIdentifier": event["Records"][1]["dynamodb"]["SequenceNumber"]}]}
    assert capsys.readouterr().out.splitlines()[1].startswith("stopped at $.amount: ")


def test_the_example_takes_made_up_orders(example):
    """Those that the shell's `synth dynamodb` makes, whose amounts are of the same type."""
    event = _synth.dynamodb(50)
    table = example["changes_of"](event)
    assert table.num_rows == 50
    modified = [row["changed"] for row in table.to_pylist() if row["op"] == "modify"]
    assert modified and all("version" in names for names in modified)
