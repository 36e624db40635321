"""Lambda's poller over whole shards: what reaches the sink, how often, and what is given up."""

import events
import pytest
from hypothesis import given
from hypothesis import strategies as st
from poller import Poller, WholeBatchFailed, lowest_failure

import lambdarrow
from lambdarrow import kinesis

PAYLOAD = {"n": "int64"}


def shard(fates):
    """Pairs of sequence number and record; a record whose fate is False carries no number."""
    return [
        (events.sequence(at), events.record(b'{"n":%d}' % at if good else b'{"n":"x"}', at))
        for at, good in enumerate(fates)
    ]


def split(fates):
    numbers = [events.sequence(at) for at in range(len(fates))]
    good = [number for number, fine in zip(numbers, fates, strict=True) if fine]
    return good, [number for number in numbers if number not in good]


# --- the model by itself ----------------------------------------------------------------------------


def test_the_model_knows_a_failed_batch_from_a_failed_record():
    numbers = ["1", "2", "3"]
    for answer in (None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}):
        assert lowest_failure(answer, numbers) is None
    for named, place in ((["2"], 1), (["3", "1"], 0), (["3", "2", "3"], 1)):
        answer = {"batchItemFailures": [{"itemIdentifier": name} for name in named]}
        assert lowest_failure(answer, numbers) == place
    for item in (
        {"itemIdentifier": ""},
        {"itemIdentifier": None},
        {"id": "1"},
        {"itemIdentifier": "9"},
        "1",
        {},
    ):
        with pytest.raises(WholeBatchFailed):
            lowest_failure({"batchItemFailures": [item]}, numbers)
    with pytest.raises(WholeBatchFailed):
        lowest_failure([], numbers)


def test_the_model_delivers_again_from_the_lowest_failure():
    seen = []

    def handler(batch):
        seen.append(list(batch))
        return (
            {"batchItemFailures": [{"itemIdentifier": "3"}, {"itemIdentifier": "1"}]}
            if len(seen) == 1
            else None
        )

    poller = Poller([(str(at), str(at)) for at in range(5)], list, handler, batch_size=4).run()
    assert seen == [["0", "1", "2", "3"], ["1", "2", "3"], ["4"]]
    assert (poller.delivered, poller.discarded) == (["0", "1", "2", "3", "1", "2", "3", "4"], [])


def test_the_model_isolates_poison_by_bisecting_and_gives_up_after_its_retries():
    def handler(batch):
        if "5" in batch:
            raise RuntimeError("poison")

    records = [(str(at), str(at)) for at in range(8)]
    poller = Poller(records, list, handler, batch_size=8, retries=2).run()
    assert poller.discarded == ["5"]
    assert (
        poller.delivered.count("5") == 1 + 1 + 1 + 3
    )  # the batch, its half, its quarter, and alone three times
    blunt = Poller(records, list, handler, batch_size=8, retries=2, bisect=False).run()
    assert blunt.discarded == [str(at) for at in range(8)]
    with pytest.raises(AssertionError):
        Poller(records, list, handler, retries=10**9, patience=50).run()


# --- what the modes promise -------------------------------------------------------------------------

fates = st.lists(st.booleans() | st.just(True), max_size=20)
sizes = st.integers(1, 12)


def run(records, handler, **options):
    poller = Poller(records, events.event, handler, **options).run()
    assert set(poller.delivered) == {number for number, _ in records}
    return poller


@given(fates, sizes, st.integers(0, 3), st.booleans())
def test_stop_delivers_every_record_and_none_twice(fates, batch_size, retries, decode_dicts):
    sink = []

    def handler(event):
        batch = kinesis.to_arrow(event, payload=PAYLOAD, on_error="stop")
        sink.extend(batch["sequence_number"])
        return batch.response()

    poller = run(shard(fates), handler, batch_size=batch_size, retries=retries)
    assert (sink, poller.discarded) == split(fates)


@given(fates, sizes)
def test_sending_poison_away_keeps_the_shard_moving(fates, batch_size):
    """Without bisecting, and without a retry: the caller takes the failures, Lambda is told of none."""
    sink, away = [], []

    def handler(event):
        batch = kinesis.to_arrow(event, payload=PAYLOAD, on_error="collect")
        sink.extend(batch["sequence_number"])
        away.extend(failure.item_identifier for failure in batch.failures)
        return batch.response(decode_failures=False)

    poller = run(shard(fates), handler, batch_size=batch_size, retries=0, bisect=False)
    assert (sink, away) == split(fates)
    assert poller.discarded == [] and poller.delivered == [events.sequence(at) for at in range(len(fates))]


@given(fates, sizes, st.data())
def test_stop_with_a_handler_that_fails_rows_too(fates, batch_size, data):
    """The handler's own failures end the rows it keeps, as its sink is written in order."""
    refused = {events.sequence(at) for at in data.draw(st.sets(st.integers(0, max(len(fates) - 1, 0))))}
    sink = []

    def handler(event):
        batch = kinesis.to_arrow(event, payload=PAYLOAD, on_error="stop")
        for row, number in enumerate(batch["sequence_number"]):
            if number in refused:
                batch.fail([row], "refused")
                break
            sink.append(number)
        return batch.response()

    poller = run(shard(fates), handler, batch_size=batch_size, retries=1)
    good, bad = split([fine and events.sequence(at) not in refused for at, fine in enumerate(fates)])
    assert (sink, poller.discarded) == (good, bad)


@given(fates, sizes, st.data())
def test_stop_survives_crashes_before_the_sink(fates, batch_size, data):
    crashes = iter(data.draw(st.lists(st.booleans(), max_size=5)))
    sink = []

    def handler(event):
        batch = kinesis.to_arrow(event, payload=PAYLOAD, on_error="stop")
        if next(crashes, False):
            raise RuntimeError("out of memory")
        sink.extend(batch["sequence_number"])
        return batch.response()

    # More retries than crashes: a crash alone must lose nothing.
    poller = run(shard(fates), handler, batch_size=batch_size, retries=6)
    assert (sink, poller.discarded) == split(fates)


def test_collect_with_response_delivers_good_records_twice():
    """Why `stop` exists (decision 3); and a proof that the model would see a record that comes twice."""
    sink = []

    def handler(event):
        batch = kinesis.to_arrow(event, payload=PAYLOAD, on_error="collect")
        sink.extend(batch["sequence_number"])
        return batch.response()

    poller = run(shard([True, False, True]), handler, batch_size=3, retries=1)
    assert poller.discarded == [events.sequence(1)]
    assert sink.count(events.sequence(0)) == 1 and sink.count(events.sequence(2)) > 1


def test_raise_loses_nothing_but_the_poison_when_bisected():
    sink = []

    def handler(event):
        batch = kinesis.to_arrow(event, payload=PAYLOAD)
        sink.extend(batch["sequence_number"])
        return batch.response()

    fates = [True, True, False, True, False, True, True]
    poller = run(shard(fates), handler, batch_size=7, retries=0)
    assert (sink, poller.discarded) == split(fates)


def test_a_failure_without_an_identifier_fails_the_whole_batch():
    records = shard([True, True, True, True])
    del records[2][1]["kinesis"]["sequenceNumber"]
    records[2][1]["kinesis"]["data"] = "!"
    answers = []

    def handler(event):
        batch = kinesis.to_arrow(event, payload=PAYLOAD, on_error="stop")
        answers.append(batch.response())
        return answers[-1]

    poller = run(records, handler, batch_size=4, retries=0)
    assert answers[0] == {"batchItemFailures": [{"itemIdentifier": ""}]}
    assert poller.discarded == [events.sequence(2)]


def test_a_broken_event_fails_the_whole_batch():
    def handler(event):
        return kinesis.to_arrow(event[:-3]).response()

    poller = run(shard([True, True]), handler, retries=0)
    assert poller.discarded == [events.sequence(0), events.sequence(1)]
    with pytest.raises(lambdarrow.DecodeError):
        handler(events.event([]))
