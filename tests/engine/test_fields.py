"""The words `delimited` and `labelled`: where in the text a failure lies, and memory that is refused."""

import pytest
from engine.plans import Batch, decoder, event_of, records
from events import event_of as kinesis_event_of

from lambdarrow import _core, delimited, kinesis, schema
from lambdarrow.schema import Field, string

COLUMNS = delimited({"n": "int32", "s": "utf8"}, separator=",")
# A line, and the field in it that fails: where that begins and ends.
PLACES = [
    (b"x,y", 0, 1), (b'"x",y', 0, 3), (b'"a""b",x', 0, 6), (b'"\xff""",x', 0, 5), (b"1,\xff", 2, 3),
    (b'1,"a""\xff"', 2, 8),
]


@pytest.mark.parametrize("line, begin, end", PLACES, ids=str)
def test_a_failure_lies_in_its_field(line, begin, end):
    """Also where quotes are doubled, of which the field's text is a copy."""
    batch = kinesis.to_arrow(kinesis_event_of(b"2,z", line), payload=COLUMNS, on_mismatch="fail", on_error="collect")
    (failure,) = batch.failures
    assert begin <= failure.inner_offset < end


@pytest.mark.parametrize("line, begin, end", [place for place in PLACES if b"\xff" in place[0]], ids=str)
def test_a_failure_to_rescue_lies_in_its_field(line, begin, end):
    """What is no text cannot be rescued as text."""
    batch = kinesis.to_arrow(kinesis_event_of(b"2,z", line), payload=COLUMNS, on_mismatch="rescue", on_error="collect")
    (failure,) = batch.failures
    assert failure.reason == "invalid_utf8"
    assert begin <= failure.inner_offset < end


LEAD = schema.delimited({"at": "timestamp[ms]", "text": "utf8"}, null="", rest=True, lead=True).children[0]


def test_a_line_is_not_taken_for_another_kind_where_memory_is_refused():
    """A first field that no memory is left to read is not one that is no timestamp."""
    word, event = records(Field("v", string(LEAD))), event_of([b'"2024-02-29T12:00:00 text"'] * 3)
    rows = Batch(decoder(word).decode(event), None).to_pylist()
    refused = 0
    for n in range(1, 200):
        run = decoder(word)
        _core.pool(fail_at=n)
        try:
            batch = Batch(run.decode(event), None)
        except MemoryError:
            refused += 1
        else:
            assert batch.to_pylist() == rows
        finally:
            _core.pool(fail_at=0)
    assert refused
