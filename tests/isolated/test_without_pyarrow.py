"""polars, duckdb and nanoarrow read a batch in a process in which pyarrow cannot be imported."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = str(Path(__file__).parent.parent)
PROLOGUE = f"""
import sys
for name in ("pyarrow", "pandas"):
    sys.modules[name] = None
sys.path.insert(0, {TESTS!r})
import events
from lambdarrow import kinesis
full = {{"id": 1, "name": "\\u00e9", "geo": {{"lat": 0.5}}, "tags": ["a", None], "price": 1.5}}
event = events.event_of(full, {{}}, {{"id": -1}})
spec = {{"id": "int64", "name": "utf8", "geo": {{"lat": "float64"}}, "tags": ["utf8"]}}
spec["price"] = "decimal128(9, 2)"
batch = kinesis.to_arrow(event, payload=spec)
empty = kinesis.to_arrow(b'{{"Records":[]}}', payload=spec)
numbers = [events.sequence(at) for at in range(3)]
"""
CODE = {
    "lambdarrow": """
assert batch["data.id"].to_pylist() == [1, None, -1]
assert len(batch.to_pylist()) == 3 and empty.to_pylist() == []
assert "data" in repr(batch)
for convert in (batch.to_pyarrow, batch.to_pandas):
    try:
        convert()
    except ImportError:
        continue
    raise AssertionError(convert)
""",
    "polars": """
import polars
frame = polars.DataFrame(batch)
assert frame["sequence_number"].to_list() == numbers
assert frame["data"].struct.field("id").to_list() == [1, None, -1]
assert frame["data"].struct.field("tags").to_list() == [["a", None], None, None]
assert frame["aws_region"].to_list() == ["us-east-1"] * 3
assert polars.DataFrame(empty).shape == (0, 13)
""",
    "duckdb": """
import duckdb
rows = duckdb.sql("select sequence_number, aws_region, data.id, data.name, data.price, data.tags, "
                  "epoch_ms(approximate_arrival_timestamp) from batch order by 1").fetchall()
assert [row[0] for row in rows] == numbers
assert [row[2] for row in rows] == [1, None, -1]
assert rows[0][1] == "us-east-1" and rows[0][3] == "\\u00e9" and str(rows[0][4]) == "1.50"
assert rows[0][5] == ["a", None] and rows[0][6] == 1480641523477
assert duckdb.sql("select count(*) from empty").fetchall() == [(0,)]
""",
    "nanoarrow": """
import nanoarrow
names = list(batch.schema.names)
array = nanoarrow.Array(batch)
assert list(array.child(names.index("sequence_number")).iter_py()) == numbers
assert list(array.child(names.index("data")).child(0).iter_py()) == [1, None, -1]
assert len(nanoarrow.Array(empty)) == 0
""",
}


@pytest.mark.parametrize("library", CODE)
def test_reads_a_batch(library):
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    code = PROLOGUE + CODE[library] + "\nassert sys.modules['pyarrow'] is None\nprint('read')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, "read"), done.stderr
