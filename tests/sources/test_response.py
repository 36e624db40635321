"""What a handler answers: decode failures, its own, and a window's state."""

import json

import events
import pytest
from hypothesis import given
from hypothesis import strategies as st

PAYLOAD = {"n": "int64"}


def batch_of(source, *good, **options):
    """A batch of one record each; where False, the payload does not decode."""
    loads = [b'{"n":1}' if fine else b'{"n":"x"}' for fine in good]
    return source.to_arrow(source.event_of(*loads), payload=PAYLOAD, **{"on_error": "collect"} | options)


def test_all_is_well(source):
    batch = batch_of(source, True, True)
    assert batch.response() == source.answer()
    assert batch.response(decode_failures=False) == source.answer()
    assert json.loads(json.dumps(batch.response())) == source.answer()


def test_decode_failures(source):
    batch = batch_of(source, True, False, True, False)
    assert batch.response() == source.answer(1, 3)
    assert batch.response(decode_failures=False) == source.answer()
    stopped = batch_of(source, True, False, True, False, on_error="stop")
    # Lambda starts a stream again at record 1; from a queue it deletes every message that is not named.
    assert stopped.response() == (source.answer(1) if source.ordered else source.answer(1, 2, 3))
    assert stopped.record_index.to_pylist() == [0]
    assert batch_of(source, True, False, True, False, on_error="null").response() == source.answer(1, 3)


@pytest.mark.parametrize(
    "rows",
    [
        [1],
        (1,),
        lambda: iter([1]),
        range(1, 2),
        {1},
        [False, True, False],
        (False, True, False),
        1,
    ],
    ids=str,
)
def test_rows_may_be_numbers_or_a_mask(source, rows):
    batch = batch_of(source, True, True, True)
    batch.fail(rows() if callable(rows) else rows, "too late")
    assert batch.response() == source.answer(1)


def test_rows_may_be_an_arrow_or_numpy_array(source):
    import numpy as np
    import pyarrow as pa

    for rows in (np.array([0, 2]), np.array([True, False, True])):
        batch = batch_of(source, True, True, True)
        batch.fail(rows, "x")
        assert batch.response() == source.answer(0, 2), rows
    batch = batch_of(source, True, True, True)
    batch.fail(pa.array([True, False, True]).to_pylist(), "x")
    assert batch.response() == source.answer(0, 2)


def test_rows_are_counted_after_failed_records_have_left(source):
    batch = batch_of(source, False, True, False, True, True)
    batch.fail([1], "the row of record 3")
    assert batch.response() == source.answer(0, 2, 3)
    assert batch.response(decode_failures=False) == source.answer(3)
    mask = batch_of(source, False, True, False, True, True)
    mask.fail([False, False, True], "the row of record 4")
    assert mask.response(decode_failures=False) == source.answer(4)


def test_a_record_is_named_once(source):
    batch = batch_of(source, True, True, False)
    batch.fail([1, 1], "a")
    batch.fail([1, 0], "b")
    assert batch.response() == source.answer(0, 1, 2)


def test_failing_no_rows_or_a_row_of_null(source):
    batch = batch_of(source, True, True)
    batch.fail([], "x")
    batch.fail([False, False], "x")
    assert batch.response() == source.answer()
    nulled = batch_of(source, True, False, on_error="null")
    nulled.fail([1], "x")
    assert nulled.response() == source.answer(1)
    assert nulled.response(decode_failures=False) == source.answer(1)


@pytest.mark.parametrize("rows", [[2], [-3], [0, 5], [True], [True, False, True], 7], ids=str)
def test_rows_that_are_not_there(source, rows):
    batch = batch_of(source, True, True)
    with pytest.raises((IndexError, ValueError)):
        batch.fail(rows, "x")
    assert batch.response() == source.answer()


@pytest.mark.parametrize("rows", [None, ["a"], [1.5], [None]], ids=str)
def test_rows_that_are_no_rows(source, rows):
    with pytest.raises((TypeError, ValueError)):
        batch_of(source, True, True).fail(rows, "x")


@pytest.mark.parametrize("state", [{}, {"1": 282, "2": {"a": [None]}}])
def test_the_state_of_a_window(source, state):
    assert batch_of(source, True).response(state=state) == source.answer() | {"state": state}
    assert batch_of(source, False).response(state=state) == source.answer(0) | {"state": state}
    assert "state" not in batch_of(source, True).response()
    assert "state" not in batch_of(source, True).response(state=None)


def test_the_identifier_need_not_be_a_column(source):
    batch = batch_of(source, True, False, True, columns=[source.payload])
    batch.fail([1], "x")
    assert batch.response() == source.answer(1, 2)
    empty = batch_of(source, True, columns=["record_index"])
    empty.fail([0], "x")
    assert empty.response() == source.answer(0)


@pytest.mark.parametrize("wire", [b"null", b"5", b'""', b'"\\ud800"', b'"\\u0031"'])
def test_an_identifier_that_cannot_be_read_names_the_whole_batch(source, wire):
    event = source.with_text(source.identifier_path, wire, payload=b"{")
    batch = source.to_arrow(event, payload="json", on_error="collect")
    expected = "1" if wire == b'"\\u0031"' else ""
    assert batch.response() == {"batchItemFailures": [{"itemIdentifier": expected}]}
    assert batch.response(decode_failures=False) == source.answer()


def test_rows_without_an_identifier(source):
    null = events.changed(source.record(), source.identifier_path, None)
    for record in (null, events.without(source.record(), source.identifier_path)):
        batch = source.to_arrow(source.event([record, source.record(number=1)]))
        assert batch[source.identifier].to_pylist() == [None, source.identifier_of(1)]
        batch.fail([0, 1], "x")
        assert {"itemIdentifier": ""} in batch.response()["batchItemFailures"]


def test_several_events_in_one_batch_have_no_answer(source):
    decoder = source.decoder(payload=PAYLOAD, on_error="collect")
    decoder.feed(source.event([source.record(b'{"n":1}', 0), source.record(b"{", 1)]))
    decoder.feed(source.event([source.record(b"[", 2), source.record(b'{"n":1}', 3)]))
    batch = decoder.finish()
    assert [failure.index for failure in batch.failures] == [1, 0]
    assert [failure.item_identifier for failure in batch.failures] == [source.identifier_of(1), source.identifier_of(2)]
    # Lambda asks about one invocation; there is no answer to two.
    with pytest.raises(ValueError):
        batch.response()


@given(st.lists(st.booleans(), max_size=10), st.data())
def test_the_answer_names_exactly_what_failed(source, good, data):
    batch = batch_of(source, *good)
    kept = [at for at, fine in enumerate(good) if fine]
    mask = data.draw(st.lists(st.booleans(), min_size=len(kept), max_size=len(kept)))
    if kept:
        batch.fail(mask, "x")
    handler = [at for at, failed in zip(kept, mask, strict=True) if failed]
    decode = [at for at, fine in enumerate(good) if not fine]
    named = [item["itemIdentifier"] for item in batch.response()["batchItemFailures"]]
    assert sorted(named) == [source.identifier_of(at) for at in sorted(handler + decode)]
    assert batch.response(decode_failures=False) == source.answer(*handler)


def test_handler_failures_are_kept_apart(source):
    batch = batch_of(source, True, False, True)
    batch.fail([1], "rejected by the sink")
    assert [failure.index for failure in batch.failures] == [1]
    (failure,) = batch.handler_failures
    assert (failure.index, failure.item_identifier) == (2, source.identifier_of(2))
    assert "rejected by the sink" in (failure.reason, str(failure))


def test_what_stop_has_left_out_is_not_lost(source):
    batch = batch_of(source, True, False, True, on_error="stop")
    if source.ordered:
        with pytest.raises(ValueError, match='on_error="collect" goes with'):
            batch.response(decode_failures=False)
    else:
        assert batch.response(decode_failures=False) == source.answer(2)
