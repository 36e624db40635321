"""What a review has found and not mended."""

import pytest

import lambdarrow
from lambdarrow import testing


@pytest.mark.parametrize("headers", [[{"a": [1], "b": [2]}], [{}]], ids=["two members", "none"])
def test_both_roads_have_the_same_verdict_on_a_kafka_header(headers):
    """Columns refuse a header that has not one name; the Struct takes it (two of them, or none)."""
    event = testing.event("kafka")
    event["records"]["topic-0"][0]["headers"] = headers
    with pytest.raises(lambdarrow.DecodeError):
        lambdarrow.to_arrow(event)
    with pytest.raises(lambdarrow.DecodeError):
        _ = [record.headers for record in lambdarrow.decode(event)]
