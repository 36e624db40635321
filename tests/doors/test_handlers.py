"""Handlers made of a function of one record, or of one batch: what Lambda is told, and in what order records are done.

The oracles are the models of Lambda's pollers in tests/poller.py and tests/sqs_poller.py.
"""

import asyncio
import base64
import json
import logging
import pickle
import threading

import events
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from poller import Poller
from sqs_poller import Message, Queue, SqsPoller, disorder

import lambdarrow
import lambdarrow.testing
from lambdarrow import BatchFailed, firehose


class Order(msgspec.Struct):
    n: int


FIFO = "arn:aws:sqs:us-east-1:123456789012:orders.fifo"


def queue(*numbers, group=None):
    """Messages whose bodies have these numbers; ``group``: of a message's number its FIFO group."""
    records = []
    for at, number in enumerate(numbers):
        record = events.sqs_message({"n": number}, at)
        if group is not None:
            record["attributes"] |= {"MessageGroupId": group(at), "SequenceNumber": str(at)}
            record["eventSourceARN"] = FIFO
        records.append(record)
    return {"Records": records}


def stream(*numbers, key=lambda at: "k"):
    return {"Records": [keyed(events.record(json.dumps({"n": number}).encode(), at), key(at))
                        for at, number in enumerate(numbers)]}


def keyed(record, key):
    return record | {"kinesis": record["kinesis"] | {"partitionKey": key}}


def topic(**partitions):
    """``t0=[1, 2]``: the numbers in partition 0."""
    def one(partition, offset, number):
        value = base64.b64encode(json.dumps({"n": number}).encode()).decode()
        return {"topic": "t", "partition": partition, "offset": offset, "timestamp": 1, "timestampType": "CREATE_TIME",
                "value": value, "headers": []}

    records = {f"t-{name[1:]}": [one(int(name[1:]), offset, number) for offset, number in enumerate(numbers)]
               for name, numbers in partitions.items()}
    return {"eventSource": "aws:kafka", "bootstrapServers": "b:9092", "records": records}


def identifiers(event, *at):
    if "kinesis" in event["Records"][0]:
        return [event["Records"][k]["kinesis"]["sequenceNumber"] for k in at]
    return [event["Records"][k]["messageId"] for k in at]


def named(answer):
    return [one["itemIdentifier"] for one in answer["batchItemFailures"]]


def number_of(record):
    for name in ("body", "data", "value"):
        if hasattr(record, name):
            return getattr(record, name).n
    return record.dynamodb.new_image.n


class Recorder:
    """A handler that raises for the numbers in ``bad``, and remembers what it was given."""

    def __init__(self, *bad):
        self.bad = bad
        self.seen = []

    def __call__(self, record):
        number = number_of(record)
        self.seen.append(number)
        if number in self.bad:
            raise ValueError(f"{number} is bad")
        return -number


class Context:
    """Lambda's, as far as anybody looks at it; each look takes ``step`` of its milliseconds."""

    def __init__(self, milliseconds, step=0):
        self.milliseconds = milliseconds
        self.step = step

    def get_remaining_time_in_millis(self):
        self.milliseconds -= self.step
        return self.milliseconds


WAYS = {"in order": {}, "in threads": {"workers": 4}}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_messages_of_a_queue_fail_each_for_itself(way):
    record, event = Recorder(2, 4), queue(1, 2, 3, 4, "x")
    answer = lambdarrow.batch(payload=Order, **way)(record)(event)
    assert sorted(record.seen) == [1, 2, 3, 4]          # the last one has no number to be seen
    assert named(answer) == identifiers(event, 1, 3, 4)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_all_is_well(way):
    for event in (queue(1, 2), stream(1, 2), topic(t0=[1], t1=[2])):
        assert lambdarrow.batch(payload=Order, **way)(Recorder())(event) == {"batchItemFailures": []}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_stream_stops_at_the_first_failure(way):
    record, event = Recorder(2, 3), stream(1, 2, 3, 4)
    answer = lambdarrow.batch(payload=Order, **way)(record)(event)
    assert (record.seen, named(answer)) == ([1, 2], identifiers(event, 1))
    record = Recorder(2, 3)
    answer = lambdarrow.batch(payload=Order, stop=False, **way)(record)(event)
    assert (record.seen, named(answer)) == ([1, 2, 3, 4], identifiers(event, 1))


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_group_of_a_fifo_queue_stops_and_the_others_go_on(way):
    record, event = Recorder(2), queue(1, 2, 3, 4, 5, 6, group=lambda at: "ab"[at % 2])
    answer = lambdarrow.batch(payload=Order, **way)(record)(event)
    assert sorted(record.seen) == [1, 2, 3, 5]
    assert named(answer) == identifiers(event, 1, 3, 5)
    record = Recorder(2)
    answer = lambdarrow.batch(payload=Order, stop=False, **way)(record)(event)
    assert (sorted(record.seen), named(answer)) == ([1, 2, 3, 4, 5, 6], identifiers(event, 1))


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_each_partition_of_a_topic_stops_for_itself(way):
    record = Recorder(2, 6)
    answer = lambdarrow.batch(payload=Order, **way)(record)(topic(t0=[1, 2, 3], t1=[4, 5], t2=[6, 7]))
    assert sorted(record.seen) == [1, 2, 4, 5, 6]
    assert named(answer) == [{"partition": "t-0", "offset": 1}, {"partition": "t-2", "offset": 0}]


def test_changes_of_a_table():
    def record(number, at):
        return {"eventID": str(at), "eventName": "INSERT", "eventSource": "aws:dynamodb",
                "dynamodb": {"Keys": {"k": {"S": str(at)}}, "NewImage": {"n": {"N": str(number)}},
                             "SequenceNumber": str(100 + at)}}

    handle = Recorder(2)
    event = {"Records": [record(number, at) for at, number in enumerate([1, 2, 3])]}
    assert named(lambdarrow.batch(payload=Order)(handle)(event)) == ["101"]
    assert handle.seen == [1, 2]


def test_a_window_keeps_its_state():
    event = stream(1) | {"window": {"start": "2020-12-09T07:04:00Z", "end": "2020-12-09T07:06:00Z"}, "state": {"1": 2},
                         "isFinalInvokeForWindow": False}
    answer = lambdarrow.batch(payload=Order)(Recorder())(event)
    assert answer == {"batchItemFailures": [], "state": {"1": 2}}


def test_an_event_as_bytes_and_without_a_type():
    seen = []
    handle = lambdarrow.batch(lambda record: seen.append(record.body))
    assert handle(json.dumps(queue(1, 2))) == {"batchItemFailures": []}
    assert list(map(json.loads, seen)) == [{"n": 1}, {"n": 2}]


# --- what has no answer that names records ----------------------------------------------------------

TOPIC = {"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": "arn:s", "Sns": {
    "Type": "Notification", "MessageId": "1", "TopicArn": "arn:t", "Subject": None, "Message": '{"n":1}',
    "Timestamp": "2020-01-02T03:04:05.678Z", "SignatureVersion": "1", "Signature": "s", "SigningCertUrl": "u",
    "UnsubscribeUrl": "v", "MessageAttributes": {}}}]}


def test_a_source_without_such_an_answer_raises():
    seen = []

    @lambdarrow.batch(payload=Order)
    def handle(record):
        seen.append(record.sns.message.n)
        if len(seen) > 1:
            raise ValueError("twice")

    assert handle(TOPIC) is None
    with pytest.raises(BatchFailed, match="sns takes no answer") as caught:
        handle(TOPIC)
    assert isinstance(caught.value.__cause__, ValueError) and caught.value.response is None


def test_an_event_that_is_no_batch():
    with pytest.raises(TypeError, match="eventbridge"):
        lambdarrow.batch(print)({"version": "0", "id": "1", "detail-type": "t", "source": "s", "account": "a",
                                 "time": "2020-01-02T03:04:05Z", "region": "r", "resources": [], "detail": {}})
    with pytest.raises(ValueError, match="aws:other"):
        lambdarrow.batch(print)({"Records": [{"eventSource": "aws:other"}]})


# --- everything failed ------------------------------------------------------------------------------


def test_a_batch_of_which_nothing_was_done_raises():
    event = queue(1, "x")
    handle = lambdarrow.batch(payload=Order)(Recorder(1))
    with pytest.raises(BatchFailed, match="2 of 2 records") as caught:
        handle(event)
    error = caught.value
    assert sorted(error.errors) == [0, 1] and error.results == {}
    assert named(error.response) == identifiers(event, 0, 1) and error.__cause__ is error.errors[0]
    quiet = lambdarrow.batch(payload=Order, raise_if_all_failed=False)(Recorder(1))
    assert quiet(event) == error.response


def test_what_is_raised_can_be_pickled():
    made = pickle.loads(pickle.dumps(BatchFailed("m", {1: ValueError("x")}, {0: "a"}, {"batchItemFailures": []})))
    assert (str(made), str(made.errors[1]), made.results, made.response) == (
        "m", "x", {0: "a"}, {"batchItemFailures": []})


def test_a_stream_whose_first_record_fails_raises():
    with pytest.raises(BatchFailed) as caught:
        lambdarrow.batch(payload=Order)(Recorder(1))(stream(1, 2))
    assert caught.value.response["batchItemFailures"] == [{"itemIdentifier": identifiers(stream(1), 0)[0]}]


@pytest.mark.parametrize("arn", ["arn:aws:kinesis:us-east-1:1:stream/s", "arn:aws-cn:dynamodb:r:1:table/t/stream/x"])
def test_the_end_of_a_window_may_have_no_records(arn):
    event = {"Records": [], "window": {"start": "2020-12-09T07:04:00Z", "end": "2020-12-09T07:06:00Z"},
             "state": {"1": 2}, "shardId": "s", "eventSourceARN": arn, "isFinalInvokeForWindow": True}
    assert lambdarrow.batch(Recorder())(event) == {"batchItemFailures": [], "state": {"1": 2}}
    assert lambdarrow.columns(len)(event) == 0


def test_a_failure_is_logged_once_with_its_traceback(caplog):
    event = queue(1, 2)
    with caplog.at_level(logging.ERROR, "lambdarrow"):
        lambdarrow.batch(payload=Order)(Recorder(2))(event)
    (line,) = caplog.records
    assert line.name == "lambdarrow" and identifiers(event, 1)[0] in line.getMessage()
    assert line.exc_info[0] is ValueError and line.exc_info[2] is not None


# --- time -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_no_record_is_begun_when_the_time_is_nearly_over(way):
    if "workers" in way:
        way = {"workers": 1}    # what is begun at once depends on the threads
    seen = []
    handle = lambdarrow.batch(lambda record, context: seen.append(record.message_id), deadline=1, **way)
    event = queue(1, 2, 3, 4)
    answer = handle(event, Context(1350, step=100))
    assert (seen, named(answer)) == (identifiers(event, 0, 1, 2), identifiers(event, 3))
    assert handle(event, Context(0)) == {"batchItemFailures": [
        {"itemIdentifier": one} for one in identifiers(event, 0, 1, 2, 3)]}


def test_what_is_not_done_of_a_stream_is_begun_there_again():
    event = stream(1, 2, 3)
    answer = lambdarrow.batch(lambda record: None, deadline=1)(event, Context(1250, step=100))
    assert named(answer) == identifiers(event, 2)


def test_lambdas_time_need_not_be_looked_at():
    for context in (None, object(), Context(-1)):
        handle = lambdarrow.batch(lambda record: None, deadline=None)
        assert handle(queue(1), context) == {"batchItemFailures": []}


def test_what_is_still_awaited_is_cancelled():
    cancelled = []

    @lambdarrow.batch(payload=Order, deadline=0.2)
    async def handle(record):
        try:
            await asyncio.sleep(60 if record.body.n == 2 else 0)
        except asyncio.CancelledError:
            cancelled.append(record.body.n)
            raise

    event = queue(1, 2, 3)
    answer = handle(event, Context(300))
    assert (cancelled, named(answer)) == ([2], identifiers(event, 1))


def test_what_a_handler_finds_cancelled_is_a_failure_of_its_record():
    @lambdarrow.batch(payload=Order)
    async def handle(record):
        work = asyncio.ensure_future(asyncio.sleep(60))
        if record.body.n == 2:
            work.cancel()
            await work
        work.cancel()

    event = queue(1, 2, 3)
    assert named(handle(event)) == identifiers(event, 1)


def test_nothing_of_an_interrupted_invocation_goes_on_in_the_next_one():
    done = []

    @lambdarrow.batch(payload=Order)
    async def handle(record):
        if record.body.n == 1:
            raise KeyboardInterrupt
        await asyncio.sleep(0.01)
        done.append(record.body.n)

    with pytest.raises(KeyboardInterrupt):
        handle(queue(1, 2))
    handle(queue(3))
    assert done == [3]


# --- several at once --------------------------------------------------------------------------------


def test_no_more_than_the_bound_are_awaited_at_once():
    running, most = [], []

    @lambdarrow.batch(concurrency=3)
    async def handle(record):
        running.append(record)
        most.append(len(running))
        await asyncio.sleep(0)
        running.remove(record)

    assert handle(queue(*range(20))) == {"batchItemFailures": []}
    assert max(most) == 3


def test_one_loop_for_all_invocations():
    loops = []

    @lambdarrow.batch
    async def handle(record):
        loops.append(asyncio.get_running_loop())

    for _ in range(3):
        handle(queue(1))
    assert len(loops) == 3 and len(set(loops)) == 1


def test_threads_are_used():
    gate = threading.Barrier(3)

    @lambdarrow.batch(workers=3)
    def handle(record):
        gate.wait(10)

    assert handle(queue(1, 2, 3)) == {"batchItemFailures": []}


@pytest.mark.parametrize("at_once", [False, True])
def test_records_of_one_key_are_done_in_their_order(at_once):
    done = {}

    def note(record):
        done.setdefault(record.kinesis.partition_key, []).append(record.data.n)

    async def note_later(record):
        await asyncio.sleep(0.001 * (record.data.n % 3))
        note(record)

    event = stream(*range(30), key=lambda at: f"k{at % 4}")
    handle = lambdarrow.batch(payload=Order, workers=4, concurrency=4)(note_later if at_once else note)
    assert handle(event) == {"batchItemFailures": []}
    assert done == {f"k{key}": list(range(key, 30, 4)) for key in range(4)}


# --- the handler ------------------------------------------------------------------------------------


def test_the_context_is_given_to_those_who_take_it():
    context, seen = object(), []
    for function in (lambda record, context: seen.append(context), lambda record: seen.append(None),
                     lambda record, other=5: seen.append(other)):
        lambdarrow.batch(function)(queue(1), context)
        lambdarrow.columns(function)(queue(1), context)
    assert seen == [context, context, None, None, 5, 5]
    with pytest.raises(TypeError, match="a record"):
        lambdarrow.batch(lambda one, two, three: None)


def test_the_handler_stays_what_it_was_called():
    @lambdarrow.batch
    def handle(record):
        """What it does."""

    assert (handle.__name__, handle.__doc__) == ("handle", "What it does.")


@pytest.mark.parametrize("options", [{"workers": 0}, {"concurrency": -1}, {"workers": "2"}])
def test_options_that_make_no_sense(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        lambdarrow.batch(print, **options)


# --- columns ----------------------------------------------------------------------------------------


def test_a_batch_of_columns():
    seen = []

    @lambdarrow.columns(payload={"n": "int64"})
    def handle(batch):
        numbers = batch["body.n"].to_pylist()
        seen.append(numbers)
        batch.fail([k for k, number in enumerate(numbers) if number == 2], "two")

    event = queue(1, 2, "x", 3)
    assert named(handle(event)) == identifiers(event, 1, 2)
    assert seen == [[1, 2, 3]]


def test_columns_of_a_stream_end_before_the_first_failure():
    seen = []
    handle = lambdarrow.columns(lambda batch: seen.append(batch["data.n"].to_pylist()), payload=Order)
    event = stream(1, "x", 3)
    assert (named(handle(event)), seen) == (identifiers(event, 1), [[1]])
    handle = lambdarrow.columns(lambda batch: seen.append(batch["data.n"].to_pylist()), payload=Order,
                                on_error="collect")
    assert (named(handle(event)), seen[1]) == (identifiers(event, 1), [1, 3])


def test_what_a_function_of_columns_returns_is_the_answer():
    assert lambdarrow.columns(lambda batch: {"state": {}})(queue(1)) == {"state": {}}
    assert lambdarrow.columns(lambda batch: None)(TOPIC) is None


def test_columns_of_which_none_could_be_decoded_raise():
    event = queue("x", "y")
    seen = []
    with pytest.raises(BatchFailed) as caught:
        lambdarrow.columns(lambda batch: seen.append(batch.num_rows), payload=Order)(event)
    assert seen == [0] and named(caught.value.response) == identifiers(event, 0, 1)
    quiet = lambdarrow.columns(lambda batch: None, payload=Order, raise_if_all_failed=False)
    assert quiet(event) == caught.value.response
    with pytest.raises(BatchFailed, match="sns"):
        lambdarrow.columns(lambda batch: batch.fail([0], "no"))(TOPIC)


# --- models -----------------------------------------------------------------------------------------

fates = st.lists(st.sampled_from(["good", "good", "good", "once", "never"]), max_size=14)


class Fates:
    """Good records, those that fail the first time, and those that always do."""

    def __init__(self, fates):
        self.fates = fates
        self.tried, self.sink = set(), []

    def __call__(self, record):
        number = number_of(record)
        first = number not in self.tried
        self.tried.add(number)
        if self.fates[number] == "never" or (self.fates[number] == "once" and first):
            raise ValueError(number)
        self.sink.append(number)


@given(fates, st.integers(1, 6), st.sampled_from([{}, {"workers": 3}]))
def test_a_stream_loses_nothing_and_does_nothing_twice(fates, size, way):
    made = stream(*range(len(fates)))["Records"]
    function = Fates(fates)
    handle = lambdarrow.batch(payload=Order, **way)(function)
    records = [(record["kinesis"]["sequenceNumber"], record) for record in made]
    Poller(records, lambda some: {"Records": some}, handle, batch_size=size, retries=3).run()
    good = [number for number, fate in enumerate(fates) if fate != "never"]
    # Threads are ahead of a failure now and then, and what comes behind it comes again.
    assert function.sink == good if not way else sorted(set(function.sink)) == good


@given(fates, st.integers(1, 3), st.integers(1, 5), st.integers(0, 1000), st.sampled_from([{}, {"workers": 3}]))
def test_a_fifo_queue_keeps_its_order_and_loses_nothing(fates, groups, size, seed, way):
    made = queue(*range(len(fates)), group=lambda at: f"g{at % groups}")["Records"]
    messages = [Message(record["messageId"], record["attributes"]["MessageGroupId"], record) for record in made]
    function = Fates(fates)
    handle = lambdarrow.batch(payload=Order, **way)(function)
    waiting = Queue(messages, fifo=True, max_receives=50, seed=seed)
    poller = SqsPoller(waiting, lambda some: {"Records": some}, handle, batch_size=size, concurrency=2).run()
    names = [record["messageId"] for record in made]
    assert disorder([names[number] for number in function.sink], messages) is None
    good = {number for number, fate in enumerate(fates) if fate != "never"}
    # What stands behind a message that never succeeds waits with it, until both are dead letters.
    assert set(function.sink) <= good and len(function.sink) == len(set(function.sink))
    assert sorted(poller.deleted + waiting.dead_letters) == sorted(names)
    assert {names[number] for number in function.sink} == set(poller.deleted)


def test_inside_powertools_and_around_it(monkeypatch):
    """Tracing, logging and idempotency are its work: a handler of ours is one of its handlers, and the other way."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "orders")
    powertools = pytest.importorskip("aws_lambda_powertools")
    from aws_lambda_powertools.middleware_factory import lambda_handler_decorator

    logger, around = powertools.Logger(), []

    @lambda_handler_decorator
    def middleware(handler, event, context):
        around.append("before")
        answer = handler(event, context)
        around.append("after")
        return answer

    @logger.inject_lambda_context
    @middleware
    @lambdarrow.batch(payload=Order)
    def handle(record):
        logger.append_keys(message_id=record.message_id)
        if record.body.n == 2:
            raise ValueError("two")

    context = Context(10_000)
    for name in ("function_name", "memory_limit_in_mb", "invoked_function_arn", "aws_request_id"):
        setattr(context, name, "x")
    event = queue(1, 2)
    assert named(handle(event, context)) == identifiers(event, 1) and around == ["before", "after"]


class Later:
    """A handler that is an object, with an ``async def`` to call it by."""

    def __init__(self):
        self.seen = []

    async def __call__(self, record):
        await asyncio.sleep(0)
        self.seen.append(json.loads(record.body)["n"])


def test_an_object_with_an_async_call_is_awaited():
    handle = Later()
    assert lambdarrow.batch(handle)(queue(1, 2)) == {"batchItemFailures": []}
    assert handle.seen == [1, 2]


def test_a_coroutine_that_nobody_awaits_is_no_success():
    handle = Later()
    with pytest.raises(BatchFailed, match="returned a coroutine"):
        lambdarrow.batch(lambda record: handle(record))(queue(1, 2))
    with pytest.raises(TypeError, match="returned a coroutine"):
        lambdarrow.columns(lambda batch: handle(batch))(queue(1))
    with pytest.raises(TypeError, match="no async def"):
        lambdarrow.columns(handle)


@pytest.mark.parametrize("records", [[1], []])
def test_columns_of_a_window_keep_its_state(records):
    window = {"window": {"start": "2020-12-09T07:04:00Z", "end": "2020-12-09T07:06:00Z"}, "state": {"n": 5},
              "shardId": "shardId-000000000006", "eventSourceARN": "arn:aws:kinesis:us-east-1:123456789012:stream/s",
              "isFinalInvokeForWindow": not records, "isWindowTerminatedEarly": False}
    handle = lambdarrow.columns(lambda batch: None)
    assert handle(stream(*records) | window) == {"batchItemFailures": [], "state": {"n": 5}}


@pytest.mark.parametrize("way", [{}, {"workers": 3}])
def test_behind_a_message_whose_group_is_not_known_all_must_wait(way):
    event = queue(1, 2, 3, 4, group=lambda at: "ab"[at % 2])
    del event["Records"][1]["attributes"]["MessageGroupId"]
    done = []

    @lambdarrow.batch(payload=Order, **way)
    def handle(record):
        if record.body.n == 2:
            raise ValueError
        done.append(record.body.n)

    assert named(handle(event)) == identifiers(event, 1, 2, 3) and done == [1]


def test_columns_of_a_source_that_has_none_say_so():
    with pytest.raises(lambdarrow.UnknownSource, match="pipes, which has Structs"):
        lambdarrow.columns(lambda batch: None)(queue(1)["Records"])


def test_firehose_gets_an_answer_that_names_all_or_none():
    event = lambdarrow.testing.event("firehose", data=["a", "b"])
    for handle in (lambdarrow.batch(lambda record: "a"), lambdarrow.columns(lambda batch: None)):
        with pytest.raises(TypeError, match=r"firehose\.response"):
            handle(event)
    handle = lambdarrow.columns(lambda batch: firehose.response(batch, batch["data"]))
    assert [answer["result"] for answer in handle(event)["records"]] == ["Ok", "Ok"]


def test_a_generator_that_nobody_runs_is_no_success():
    def handle(record):
        yield record

    async def handle_async(record):
        yield record

    for one in (handle, handle_async):
        with pytest.raises(BatchFailed, match="is a generator"):
            lambdarrow.batch(one)(queue(1))


def test_an_item_is_the_same_one_however_its_key_is_spelled():
    changes = [("MODIFY", None, {"a": "x", "b": number}) for number in (1, 1)]
    event = lambdarrow.testing.event("dynamodb", changes=changes, keys=["a", "b"])
    change = event["Records"][1]["dynamodb"]
    change["Keys"] = dict(reversed(change["Keys"].items()))
    first, done = event["Records"][0]["dynamodb"]["SequenceNumber"], []

    @lambdarrow.batch
    async def handle(record):
        await asyncio.sleep(0.01 if record.dynamodb.sequence_number == first else 0)
        done.append(record.dynamodb.sequence_number)

    handle(event)
    assert done == [first, change["SequenceNumber"]]


def test_a_context_with_a_default_is_given():
    seen = []

    def handle(record, context=None, seen=seen):
        seen.append(context)

    lambdarrow.batch(handle)(queue(1), "the context")
    lambdarrow.columns(handle)(queue(1), "the context")
    assert seen == ["the context"] * 2


# --- records that the Producer Library has packed ---------------------------------------------------


def packed(*groups):
    """A stream of packed records, each of users (key, number)."""
    from lambdarrow import kinesis

    return {"Records": [
        events.record(kinesis.aggregate([(key, json.dumps({"n": number}).encode()) for key, number in group]), at)
        for at, group in enumerate(groups)]}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_user_records_are_done_one_by_one(way):
    event, seen = packed([("a", 1), ("b", 2)], [("a", 3)]), []
    plain = stream(4)["Records"][0]
    event["Records"].append(plain | {"kinesis": plain["kinesis"] | {"sequenceNumber": "9"}})
    handle = lambdarrow.batch(payload=Order, **way)(
        lambda record: seen.append((record.kinesis.partition_key, record.data.n)))
    assert handle(event) == {"batchItemFailures": []}
    assert sorted(seen) == [("a", 1), ("a", 3), ("b", 2), ("k", 4)]


def test_a_user_record_that_fails_fails_the_record_that_holds_it():
    event, handle = packed([("a", 1), ("b", 2)], [("a", 3), ("b", 4), ("c", 5)], [("a", 6)]), Recorder(4)
    assert named(lambdarrow.batch(payload=Order)(handle)(event)) == identifiers(event, 1)
    assert handle.seen == [1, 2, 3, 4]


def test_a_packed_record_that_is_damaged_is_its_own_failure():
    event = packed([("a", 1)], [("a", 2)])
    kinesis = event["Records"][1]["kinesis"]
    whole = bytearray(base64.b64decode(kinesis["data"]))
    whole[-1] ^= 1      # no digest of it any more: an ordinary record
    kinesis["data"] = base64.b64encode(whole).decode()
    assert named(lambdarrow.batch(payload=Order)(Recorder())(event)) == identifiers(event, 1)


def test_a_payload_that_is_no_type():
    for payload in ({"n": "int64"}, "json", ["utf8"]):
        with pytest.raises(TypeError, match="words are for columns"):
            lambdarrow.batch(payload=payload)(print)
    bucket = {"Records": [{"eventSource": "aws:s3"}]}
    with pytest.raises(TypeError, match="s3 carries none"):
        lambdarrow.batch(payload=Order)(print)(bucket)
