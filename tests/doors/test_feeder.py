"""Many events, one batch: feed and finish."""


import pyarrow as pa
import pytest
from engine.plans import Batch, decoder, records, text_of

from lambdarrow import DecodeError, _core, concat
from lambdarrow.schema import Field, dictionary, explode, int_, map_, object_, struct, utf8

PAYLOAD = {"n": "int64", "t": "utf8", "l": ["utf8"], "s": {"x": "utf8"}}


def event(source, number, count):
    return source.event_of(
        *[
            {"n": number * 100 + at, "t": f"é{at}", "l": ["x"] * at, "s": None if at % 2 else {"x": "y"}}
            for at in range(count)
        ],
        shardId=f"shard {number}",
    )


COUNTS = [3, 0, 1, 17, 0, 2, 0]


@pytest.fixture
def fed(source):
    run = source.decoder(payload=PAYLOAD)
    expected = 0
    for number, count in enumerate(COUNTS):
        expected += count
        assert run.feed(event(source, number, count)) == expected
    return run.finish()


def test_fed_events_are_one_batch(source, fed, check):
    singles = [source.to_arrow(event(source, number, count), payload=PAYLOAD) for number, count in enumerate(COUNTS)]
    check(fed)
    assert fed.to_pylist() == [row for batch in singles for row in batch]
    own = source.decoder(payload=PAYLOAD)
    together = pa.table(concat([own.to_arrow(event(source, number, count)) for number, count in enumerate(COUNTS)]))
    assert pa.table(fed).unify_dictionaries().to_pylist() == together.to_pylist()


def test_records_are_counted_in_each_event(fed):
    assert fed.record_index.to_pylist() == [at for count in COUNTS for at in range(count)]


def test_metadata_is_one_an_event(fed):
    assert fed.metadata == [{"shardId": f"shard {number}"} for number in range(len(COUNTS))]


def test_a_response_answers_one_event(source, fed):
    with pytest.raises(ValueError, match="several"):
        fed.response()
    run = source.decoder()
    run.feed(source.event_of(b"a", b"b"))
    batch = run.finish()
    batch.fail([1], "no")
    assert batch.response() == source.answer(1)


def test_fail_knows_the_event_of_a_row(source, fed):
    fed.fail([0, 2, 3, 4, 20, 21, 22, -1], "handler said no")
    assert [(failure.event, failure.index) for failure in fed.handler_failures] == [
        (0, 0),
        (0, 2),
        (2, 0),
        (3, 0),
        (3, 16),
        (5, 0),
        (5, 1),
    ]
    assert fed.handler_failures[3].item_identifier == source.identifier_of(0)


def test_nothing_fed_is_no_batch(source):
    run = source.decoder()
    assert run.finish() is None
    run.feed(source.event([]))
    assert run.finish().num_rows == 0
    assert run.finish() is None


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"{",
        b"{}",
        lambda source: source.with_record(b"{}")[:-2],
        lambda source: source.text_event(b'{"Records":[{}'),
        lambda source: source.event([source.record(constant=5)]),
        lambda source: source.event_of(b"a", b"b")[:-1],
        lambda source: source.event_of(b"a") + b"x",
    ],
    ids=range(8),
)
def test_an_event_that_raises_leaves_nothing(source, broken, check):
    broken = broken(source) if callable(broken) else broken
    run = source.decoder()
    with pytest.raises(DecodeError):
        run.feed(broken)
    assert run.finish() is None
    good = [source.event_of(b"one", b"two", window=1), source.event_of(b"three", window=2)]
    for whole in good:
        run.feed(whole)
        with pytest.raises(DecodeError):
            run.feed(broken)
    batch = run.finish()
    check(batch)
    assert source.bytes_in(batch) == [b"one", b"two", b"three"]
    assert batch.record_index.to_pylist() == [0, 1, 0]
    assert batch.metadata == [{"window": 1}, {"window": 2}]
    assert batch.failures == ()


def test_failures_name_their_event(source, check):
    run = source.decoder(payload=PAYLOAD, on_error="collect")
    for wrong in ([1], [], [0, 2]):
        run.feed(source.event_of(*[{"n": "x" if at in wrong else at} for at in range(3)]))
    with pytest.raises(DecodeError):
        run.feed(source.event_of({"n": "x"})[:-2])
    batch = run.finish()
    check(batch)
    assert [(failure.event, failure.index) for failure in batch.failures] == [(0, 1), (2, 0), (2, 2)]
    assert batch.record_index.to_pylist() == [0, 2, 0, 1, 2, 1]
    batch.fail(range(batch.num_rows), "all")
    assert [(failure.event, failure.index) for failure in batch.handler_failures] == [
        (0, 0),
        (0, 2),
        (1, 0),
        (1, 1),
        (1, 2),
        (2, 1),
    ]
    for failure in batch.failures:
        assert failure.item_identifier == source.identifier_of(failure.index)
        record = source.expected(source.with_record(failure.raw), columns=[source.identifier]).batch
        assert record.to_pylist() == [{source.identifier: failure.item_identifier}]


def test_stop_stops_each_event_for_itself(source):
    run = source.decoder(payload=PAYLOAD, on_error="stop")
    for wrong in ([1], [0], []):
        run.feed(source.event_of(*[{"n": "x" if at in wrong else at} for at in range(3)]))
    batch = run.finish()
    assert batch.record_index.to_pylist() == [0, 0, 1, 2]
    # Of a stream Lambda starts again there; of a queue it has to be told of the others.
    waiting = [] if source.ordered else [(0, 2), (1, 1), (1, 2)]
    assert [(failure.event, failure.index) for failure in batch.held_back] == waiting


def test_a_thousand_small_events(source, check):
    run = source.decoder(payload=PAYLOAD)
    for number in range(1000):
        assert run.feed(event(source, number, 1)) == number + 1
    batch = run.finish()
    check(batch)
    assert batch[f"{source.payload}.n"].to_pylist() == [number * 100 for number in range(1000)]
    assert set(batch.record_index) == {0}
    constant = pa.record_batch(batch).column(source.constant)
    assert not pa.types.is_dictionary(constant.type) or len(constant.dictionary) == 1


def test_rows_so_far_when_the_last_record_failed():
    """Its children were read before it failed, and are no rows."""
    item = explode(object_((Field("n", int_(64)),)))
    run = decoder(
        explode(object_((Field("items", item), Field("z", int_(64)))), unit=True), on_error="collect"
    )
    good, bad = {"items": [{"n": 1}, {"n": 2}], "z": 1}, {"items": [{"n": 3}] * 5, "z": "x"}
    assert run.feed(text_of([good, bad])) == 2
    assert run.feed(text_of([bad])) == 2
    assert run.feed(text_of([good])) == 4
    assert [row["n"] for row in Batch(run.finish(), None)] == [1, 2, 1, 2]


def test_repeated_parents_over_events(check):
    item = explode(object_((Field("n", int_(64)),)))
    plan = object_(
        (Field("group", utf8()), Field("more", map_(struct((Field("a", utf8()),)))), Field("items", item))
    )
    run = decoder(plan)
    bodies = [
        {"group": f"g{at % 3}", "more": {"k": {"a": "x" * at}}, "items": [{"n": n} for n in range(at % 4)]}
        for at in range(20)
    ]
    for body in bodies:
        run.feed(text_of(body))
    batch = Batch(run.finish(), None)
    check(batch)
    assert batch.to_pylist() == [
        {"group": body["group"], "more": body["more"], "n": item["n"]}
        for body in bodies
        for item in body["items"]
    ]


def test_dictionaries_go_on_and_begin_anew():
    run = decoder(records(Field("d", dictionary())))
    for _ in range(3):
        for text in ("a", "b", "a"):
            run.feed(text_of([{"d": text}]))
        column = pa.record_batch(Batch(run.finish(), None)).column(0)
        assert column.dictionary.to_pylist() == ["a", "b"]
        assert column.indices.to_pylist() == [0, 1, 0]


def test_decoding_meanwhile_does_not_disturb():
    run = decoder(records(Field("d", dictionary()), Field("t", utf8())))
    for at in range(50):
        run.feed(text_of([{"d": str(at % 5), "t": "x" * at}]))
        assert Batch(run.decode(text_of([{"d": "own"}])), None).to_pylist() == [{"d": "own", "t": None}]
    assert Batch(run.finish(), None).to_pylist() == [{"d": str(at % 5), "t": "x" * at} for at in range(50)]


def test_what_was_fed_and_dropped_gives_its_memory_back(source):
    before = _core.pool()[1]
    run = source.decoder(payload=PAYLOAD)
    for number in range(20):
        run.feed(event(source, number, 20))
    assert _core.pool()[1] > before
    del run
    assert _core.pool()[1] == before
