"""Many threads at once: the same tables, no lock held while decoding, memory released anywhere."""

import gc
import sys
import sysconfig
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest

import lambdarrow

THREADS = 4
SPEC = {"id": "int64", "tags": ["utf8"], "kind": "dictionary<utf8>", "attrs": "map<utf8, float64>"}


def event_for(source, thread, count=200):
    loads = [
        {
            "id": number * thread,
            "tags": [f"t{thread}"] * (number % 4),
            "kind": f"k{number % 9}",
            "attrs": {"a": 0.1},
        }
        for number in range(count)
    ]
    return source.event_of(*loads)


def in_threads(work):
    """Runs work(thread) in four threads that start together; the first error is the test's."""
    gate = threading.Barrier(THREADS)

    def start(thread):
        gate.wait()
        return work(thread)

    with ThreadPoolExecutor(THREADS) as pool:
        return [future.result() for future in [pool.submit(start, thread) for thread in range(THREADS)]]


def test_one_event_in_four_threads(source):
    event = event_for(source, 1)
    expected = pa.record_batch(source.to_arrow(event, payload=SPEC))

    def work(_):
        return [pa.record_batch(source.to_arrow(event, payload=SPEC)) for _ in range(40)]

    results = in_threads(work)
    assert len(results) == THREADS
    for batches in results:
        assert len(batches) == 40 and all(batch.equals(expected) for batch in batches)


def test_one_decoder_and_an_event_for_each_thread(source):
    decoder = source.decoder(payload=SPEC, on_error="collect")
    many = [event_for(source, thread + 1, 50 + thread) for thread in range(THREADS)]
    expected = [pa.record_batch(decoder.to_arrow(event)) for event in many]

    def work(thread):
        for _ in range(60):
            batch = decoder.to_arrow(many[thread])
            assert batch.response() == {"batchItemFailures": []}
            ours = pa.record_batch(batch)
            ours.validate(full=True)
            assert ours.equals(expected[thread])

    in_threads(work)


def test_failures_in_four_threads(source):
    decoder, stops = source.decoder(payload=SPEC), source.decoder(payload=SPEC, on_error="stop")

    def work(thread):
        event = source.event_of(*[{"id": 1}] * thread, {"id": "x"})
        for _ in range(100):
            assert stops.to_arrow(event).response() == source.answer(thread)
            with pytest.raises(lambdarrow.DecodeError) as caught:
                decoder.to_arrow(event)
            assert caught.value.index == thread
            with pytest.raises(lambdarrow.DecodeError) as caught:
                decoder.to_arrow(event[: 30 + thread])
            assert caught.value.offset == 30 + thread

    in_threads(work)


def test_compiling_in_four_threads(source):
    """The cached decoder of the module function is made by whoever comes first."""

    def work(thread):
        for number in range(30):
            batch = source.to_arrow(
                source.event_of({"v": thread}), payload={"v": "int64", f"x{number}": "utf8"}
            )
            assert batch[f"{source.payload}.v"].to_pylist() == [thread]

    in_threads(work)


def test_batches_are_released_on_other_threads(source):
    """Made in one thread, read in a second, the last reference dropped in a third."""
    made = [pa.record_batch(source.to_arrow(event_for(source, 2, 20), payload=SPEC)) for _ in range(200)]
    expected = made[0].to_pylist()
    slices = [made[thread::THREADS] for thread in range(THREADS)]
    made.clear()

    def work(thread):
        mine, slices[thread] = slices[thread], None
        while mine:
            assert mine[-1].to_pylist() == expected
            child = mine.pop().column(source.payload).field("tags")
            gc.collect(0)
            source.to_arrow(event_for(source, 3, 20), payload=SPEC)
            assert len(child) == 20

    in_threads(work)


def test_one_batch_read_by_four_threads(source):
    batch = source.to_arrow(event_for(source, 1), payload=SPEC, on_error="collect")
    expected = batch.to_pylist()

    def work(_):
        for _ in range(10):
            assert pa.record_batch(batch).num_rows == 200
            assert pa.table(batch).num_rows == 200
            assert batch[f"{source.payload}.id"].to_pylist() == [row[source.payload]["id"] for row in expected]
            assert (batch.failures, batch.metadata) == ((), source.metadata())
        return batch.to_pylist()

    assert in_threads(work) == [expected] * THREADS


def test_feeding_one_decoder_from_four_threads_loses_nothing(source):
    """The first feed opens the batch: four at once must not open four, of which three are lost."""
    decoder = source.decoder(payload={"v": "int64"}, columns=[source.payload])
    many = [source.event_of({"v": thread}) for thread in range(THREADS)]

    def work(thread):
        for _ in range(10):
            decoder.feed(many[thread])

    for _ in range(50):
        in_threads(work)
        batch = decoder.finish()
        assert sorted(batch[f"{source.payload}.v"].to_pylist()) == [t for t in range(THREADS) for _ in range(10)]
        assert decoder.finish() is None


@pytest.mark.skipif(not getattr(sys, "_is_gil_enabled", lambda: True)(), reason="there is no GIL to release")
def test_the_gil_is_released_while_decoding(source):
    """With a switch interval of minutes another thread runs only while the decoder has let go."""
    event = source.event([source.record(b"x" * 300, number) for number in range(8_000)])
    ticks, stop, ready = [0], threading.Event(), threading.Event()

    def tick():
        ready.set()
        while not stop.is_set():
            ticks[0] += 1
            time.sleep(0)

    interval = sys.getswitchinterval()
    ticker = threading.Thread(target=tick)
    ticker.start()
    ready.wait()
    progress = False
    try:
        sys.setswitchinterval(600)
        decode = source.decoder().to_arrow
        for _ in range(200):
            before = ticks[0]
            batch = decode(event)
            after = ticks[0]
            del batch
            if after > before:
                progress = True
                break
    finally:
        sys.setswitchinterval(interval)
        stop.set()
        ticker.join()
    assert progress


@pytest.mark.skipif(not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="not a free-threaded Python")
def test_the_module_does_not_bring_the_gil_back():
    assert not sys._is_gil_enabled()
