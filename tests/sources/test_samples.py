"""Real event shapes, where they lie beside the repository: equal to json and base64, keys in any order."""

import base64
import json
from pathlib import Path

import events
import pytest

from lambdarrow import kinesis

FOLDER = Path(__file__).parents[3] / "shared" / "samples"
SAMPLES = [path for path in sorted(FOLDER.glob("kinesis-*.json")) if b'"kinesisSchemaVersion"' in path.read_bytes()]
pytestmark = pytest.mark.skipif(not SAMPLES, reason="no sample events beside the repository")


@pytest.mark.parametrize("path", SAMPLES, ids=[path.stem for path in SAMPLES])
def test_a_sample_is_what_json_says(path, check):
    event = json.loads(path.read_bytes())
    batch = kinesis.to_arrow(path.read_bytes())
    rows = check(batch).to_pylist()
    assert len(rows) == len(event["Records"]) > 0
    for row, record in zip(rows, event["Records"], strict=True):
        inner = record["kinesis"]
        assert row["data"] == base64.b64decode(inner["data"], validate=True)
        assert row["sequence_number"] == inner["sequenceNumber"]
        assert row["partition_key"] == inner["partitionKey"]
        assert row["event_id"] == record["eventID"]
        assert row["event_source_arn"] == record["eventSourceARN"]
        assert row["approximate_arrival_timestamp"].timestamp() == inner["approximateArrivalTimestamp"]
    assert batch.metadata == {key: value for key, value in event.items() if key != "Records"}
    turned = kinesis.to_arrow(json.dumps(events.reversed_keys(event)))
    assert turned.to_pylist() == batch.to_pylist()
    assert kinesis.to_arrow(event).to_pylist() == batch.to_pylist()
