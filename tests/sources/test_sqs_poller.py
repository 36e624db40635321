"""Lambda's poller over whole SQS queues: what reaches the sink, in which order, and what is given up."""

import json
from collections import Counter

import events
import pytest
from hypothesis import given
from hypothesis import strategies as st
from poller import WholeBatchFailed
from sqs_poller import Message, Queue, SqsPoller, disorder, named

import lambdarrow
from lambdarrow import sqs

FIFO = "arn:aws:sqs:us-east-1:123456789012:orders.fifo"
DEPLOYED = {"n": "int64"}
# What is deployed once somebody has seen that senders also write their numbers as text.
MENDED = {"n": "json"}

# --- messages ---------------------------------------------------------------------------------------
# What becomes of a message: it is good; it decodes for the mended schema only; it is poison in its body, in what
# surrounds the body, or in both, with or without the names that the answer needs.
GOOD, LATE = "good", "late"
NAMED_POISON = ["no json", "ill-typed", "no attributes", "no group"]
POISON = [*NAMED_POISON, "no identifier"]


def message(number, fate=GOOD, group="a", *, backwards=False):
    body = {GOOD: {"n": number}, LATE: {"n": str(number)}, "no json": '{"n":', "no attributes": {"n": number}}
    record = events.sqs_message(body.get(fate, [number]), number)
    identifier = record["messageId"]
    if group is not None:
        fifo = {"SequenceNumber": str(18850000000000000000 + number), "MessageGroupId": group,
                "MessageDeduplicationId": identifier}
        record |= {"attributes": record["attributes"] | fifo, "eventSourceARN": FIFO}
    if fate == "no attributes":
        record["attributes"] = 5
    if fate == "no group":
        record["attributes"].pop("MessageGroupId", None)
    if fate == "no identifier":
        del record["messageId"]
    return Message(identifier, group, events.reversed_keys(record) if backwards else record)


def identifiers(*numbers):
    return [message(number).identifier for number in numbers]


# --- the model by itself ----------------------------------------------------------------------------


def test_the_model_knows_a_failed_batch_from_a_failed_message():
    batch = ["1", "2", "3"]
    for answer in (None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}):
        assert named(answer, batch) == set()
    for again in (["2"], ["3", "1"], ["3", "2", "3"]):
        assert named({"batchItemFailures": [{"itemIdentifier": one} for one in again]}, batch) == set(again)
    for item in ({"itemIdentifier": ""}, {"itemIdentifier": None}, {"id": "1"}, {"itemIdentifier": "9"}, "1", {}):
        with pytest.raises(WholeBatchFailed):
            named({"batchItemFailures": [{"itemIdentifier": "1"}, item]}, batch)
    for answer in ([], "1", {"batchItemFailures": "1"}, {"batchItemFailures": {"itemIdentifier": "1"}}):
        with pytest.raises(WholeBatchFailed):
            named(answer, batch)


def test_the_model_locks_a_group_while_one_of_its_messages_is_in_flight():
    queue = Queue([message(at, group="ab"[at % 2]) for at in range(8)], fifo=True, max_receives=3)
    first = queue.receive(3)
    assert len(first) == 3
    again = queue.receive(10)
    groups = {one.group for one in first}
    assert {one.group for one in again} == {"a", "b"} - groups
    for one in first + again:
        queue.fail(one.identifier)
    assert queue.receive(10) == []
    queue.wait()
    assert sorted(one.identifier for one in queue.receive(10)) == identifiers(*range(8))


def test_the_model_delivers_a_group_in_order_and_what_was_named_again():
    seen = []

    def handler(batch):
        seen.append([one["messageId"] for one in batch])
        return {"batchItemFailures": [{"itemIdentifier": one} for one in seen[0][1:]]} if len(seen) == 1 else None

    queue = Queue([message(at) for at in range(5)], fifo=True, max_receives=3)
    poller = SqsPoller(queue, list, handler, batch_size=3).run()
    assert seen == [identifiers(0, 1, 2), identifiers(1, 2, 3), identifiers(4)]
    assert (poller.deleted, queue.dead_letters) == (identifiers(0, 1, 2, 3, 4), [])
    assert [queue.receives[one] for one in identifiers(0, 1, 4)] == [1, 2, 1]


@pytest.mark.parametrize("answer", [{"batchItemFailures": [{"itemIdentifier": "?"}]}, "no", RuntimeError()], ids=repr)
def test_the_model_gives_up_after_its_receives(answer):
    def handler(batch):
        if isinstance(answer, Exception):
            raise answer
        return answer

    queue = Queue([message(at) for at in range(4)], fifo=True, max_receives=3)
    poller = SqsPoller(queue, list, handler, batch_size=2).run()
    assert (poller.deleted, queue.dead_letters) == ([], identifiers(0, 1, 2, 3))
    assert poller.delivered == identifiers(0, 1) * 3 + identifiers(2, 3) * 3
    blunt = Queue([message(0)], fifo=True, max_receives=10**9)
    with pytest.raises(AssertionError):
        SqsPoller(blunt, list, handler, patience=50).run()


def test_the_model_sees_disorder_and_repetition():
    messages = [message(0, group="a"), message(1, group="b"), message(2, group="a"), message(3, group="b")]
    for order in ([0, 1, 2, 3], [1, 0, 3, 2], [0, 2, 1, 3], [2, 3], []):
        assert disorder(identifiers(*order), messages) is None
    assert disorder(identifiers(2, 1, 0), messages) == tuple(identifiers(2, 0))
    assert disorder(identifiers(1, 0, 1), messages) == tuple(identifiers(1, 1))


# --- one batch: rows and answer agree ---------------------------------------------------------------


def waits(places, groups, failed, fifo):
    """Which places of a batch of a FIFO queue must wait for one that failed (decision 5), said plainly."""

    def behind(at):
        return any(one < at and (fifo == "all" or groups[one] is None or groups[one] == groups[at]) for one in failed)

    return [at for at in places if at not in failed and fifo != "none" and behind(at)]


def assert_agrees(batch, records, refused, *, mode, fifo, schema):
    """Every message is in the rows, in the failures or held back, and the answer names just those it has to."""
    ids = [record.get("messageId") for record in records]
    groups = [record["attributes"].get("MessageGroupId") if isinstance(record["attributes"], dict) else None
              for record in records]
    bad = [at for at, record in enumerate(records) if not decodes(record, schema)]
    places = range(len(records))
    if records[0]["eventSourceARN"] != FIFO:
        fifo = "none"
    held = waits(places, groups, bad, fifo)
    if mode == "stop":
        held = [at for at in places if at not in bad and bad and at > bad[0]]
    rows = [at for at in places if at not in held and (at not in bad or mode == "null")]
    assert batch.record_index.to_pylist() == rows
    assert [failure.index for failure in batch.failures] == bad
    assert [failure.index for failure in batch.held_back] == held
    for failure in batch.failures + batch.held_back:
        assert failure.item_identifier == ids[failure.index]
    failed = [at for at in places if ids[at] in refused]
    after = waits([at for at in rows if at not in bad], groups, failed, fifo)
    again = [ids[at] for at in sorted({*bad, *held, *failed, *after})]
    answer = [item["itemIdentifier"] for item in batch.response()["batchItemFailures"]]
    assert answer == (again if all(again) else [""])
    kept = sorted({*held, *failed, *after})
    assert batch.response(decode_failures=False)["batchItemFailures"] == [{"itemIdentifier": ids[at]} for at in kept]


def decodes(record, schema):
    if not isinstance(record["attributes"], dict):
        return False
    try:
        body = json.loads(record["body"])
    except ValueError:
        return False
    return isinstance(body, dict) and (schema is MENDED or isinstance(body["n"], int))


class Sink:
    """A handler, what it has written, and what it checks of each batch on the way.

    It takes the rows in order. `refusals`: how often it fails a message before it takes it. Having failed one, it
    leaves what must wait for it alone. `mended`: from which invocation on it knows the mended schema. A batch whose
    answer names nobody is retried whole, so that nothing of it is written.
    """

    def __init__(self, *, mode="collect", fifo="group", refusals=None, mended=10**9, away=False, careless=False,
                 **options):
        self.mode = mode
        self.fifo = fifo
        self.refusals = Counter(refusals)
        self.mended = mended
        self.away = away
        self.careless = careless
        self.options = options
        self.written = []
        self.sent_away = []
        self.invocations = 0

    def __call__(self, event):
        self.invocations += 1
        schema = MENDED if self.invocations > self.mended else DEPLOYED
        batch = sqs.to_arrow(event, payload=schema, on_error=self.mode, fifo=self.fifo, **self.options)
        records = json.loads(event)["Records"]
        taken, refused = [], set()
        blocked = set()
        for row, place in enumerate(batch.record_index.to_pylist()):
            record = records[place]
            if not decodes(record, schema):
                continue  # the row of nulls in its place
            identifier, group = record["messageId"], record["attributes"].get("MessageGroupId")
            if not self.careless and (group in blocked or (blocked and self.fifo == "all")):
                continue
            if self.refusals[identifier] > 0:
                self.refusals[identifier] -= 1
                batch.fail(row, "not now")
                refused.add(identifier)
                if group is not None:
                    blocked.add(group)
            else:
                taken.append(identifier)
        assert_agrees(batch, records, refused, mode=self.mode, fifo=self.fifo, schema=schema)
        if self.away:
            self.sent_away += [failure.item_identifier for failure in batch.failures]
        answer = batch.response(decode_failures=not self.away)
        if {"itemIdentifier": ""} not in answer["batchItemFailures"]:
            self.written += taken
        return answer


# --- FIFO queues ------------------------------------------------------------------------------------

WAYS = [(mode, fifo) for mode in ("collect", "null", "stop") for fifo in ("group", "all")]
ways = st.sampled_from(WAYS)
pollers = st.fixed_dictionaries(
    {"batch_size": st.integers(1, 10), "concurrency": st.integers(1, 3), "seed": st.integers(0, 99)})


@st.composite
def queues(draw, poison=NAMED_POISON, fifo=True):
    """Messages, the fate of each, and how often the handler refuses which."""
    size = draw(st.integers(0, 25))
    fates = draw(st.lists(st.sampled_from([GOOD] * 8 + [LATE] + poison), min_size=size, max_size=size))
    groups = st.sampled_from("aab") if fifo else st.none()
    messages = [message(at, fate, draw(groups), backwards=draw(st.booleans())) for at, fate in enumerate(fates)]
    refusals = draw(st.dictionaries(st.sampled_from(range(25)), st.integers(1, 3), max_size=3))
    refused = {messages[at].identifier: times for at, times in refusals.items() if at < len(messages)}
    return messages, {one.identifier: fate for one, fate in zip(messages, fates, strict=True)}, refused


def run(messages, sink, *, max_receives, seed=0, fifo=True, **options):
    queue = Queue(messages, fifo=fifo, max_receives=max_receives, seed=seed)
    poller = SqsPoller(queue, events.event, sink, **options).run()
    assert set(poller.delivered) == {one.identifier for one in messages}
    return queue


def assert_in_order_and_complete(sink, done, messages):
    """Each message is in one place and in one only, and those of a group came in their order."""
    assert disorder(sink.written, messages) is None
    assert sorted(sink.written + done.dead_letters) == sorted(one.identifier for one in messages)


def of_fate(fates, *wanted):
    return {one for one, fate in fates.items() if fate in wanted}


@pytest.mark.parametrize("mode, fifo", WAYS, ids=["-".join(way) for way in WAYS])
@given(queues(), pollers, st.integers(0, 8))
def test_a_fifo_queue_keeps_its_order_and_loses_nothing(mode, fifo, queue, poller, mended):
    """Poison and handler failures, and a schema that is mended while messages wait for it."""
    messages, fates, refused = queue
    sink = Sink(mode=mode, fifo=fifo, refusals=refused, mended=mended)
    done = run(messages, sink, max_receives=5, **poller)
    assert_in_order_and_complete(sink, done, messages)
    assert of_fate(fates, *NAMED_POISON) <= set(done.dead_letters)


@given(ways, queues(), st.integers(0, 99))
def test_in_batches_of_one_only_poison_becomes_a_dead_letter(way, queue, seed):
    """Nobody waits in a batch of one: SQS itself keeps the order, and no good message shares another one's receives."""
    messages, fates, refused = queue
    sink = Sink(mode=way[0], fifo=way[1], refusals=refused, mended=0)
    done = run(messages, sink, max_receives=5, seed=seed, batch_size=1)
    assert_in_order_and_complete(sink, done, messages)
    assert set(done.dead_letters) == of_fate(fates, *NAMED_POISON)


@given(queues(poison=["no json", "ill-typed"]), pollers)
def test_what_has_no_failure_before_it_in_its_group_is_written_exactly_once(queue, poller):
    messages, fates, refused = queue
    sink = Sink(refusals=refused, mended=0)
    done = run(messages, sink, max_receives=5, **poller)
    assert_in_order_and_complete(sink, done, messages)
    troubled = set()
    for one in messages:
        if fates[one.identifier] in NAMED_POISON or one.identifier in refused:
            troubled.add(one.group)
        if one.group not in troubled:
            assert sink.written.count(one.identifier) == 1


@given(st.sampled_from(["group", "all"]), queues(), pollers)
def test_poison_that_is_sent_away_costs_no_good_message(fifo, queue, poller):
    """The recipe `batch.response(decode_failures=False)`: what waits is delivered again, and gets its turn."""
    messages, fates, refused = queue
    sink = Sink(fifo=fifo, refusals=refused, mended=0, away=True)
    done = run(messages, sink, max_receives=60, **poller)
    poison = of_fate(fates, *NAMED_POISON)
    assert done.dead_letters == [] and disorder(sink.written, messages) is None
    assert sorted(sink.sent_away) == sorted(poison)
    assert sorted(sink.written) == sorted(set(fates) - poison)


@given(ways, queues(poison=POISON), pollers)
def test_poison_without_an_identifier_retries_its_batch_and_loses_nothing(way, queue, poller):
    messages, fates, refused = queue
    sink = Sink(mode=way[0], fifo=way[1], refusals=refused, mended=0)
    done = run(messages, sink, max_receives=5, **poller)
    assert_in_order_and_complete(sink, done, messages)
    assert of_fate(fates, *POISON) <= set(done.dead_letters)


@pytest.mark.parametrize("columns, poison", [
    (["message_id"], []),
    (["record_index", "queue_name"], []),
    (["sent_timestamp"], ["no attributes"]),
    (["body.n"], ["no json", "ill-typed", "no group"]),
], ids=str)
@given(st.data(), pollers)
def test_order_holds_whatever_columns_are_asked_for(columns, poison, data, poller):
    messages, fates, refused = data.draw(queues(poison))
    sink = Sink(refusals=refused, mended=0, columns=columns)
    done = run(messages, sink, max_receives=5, **poller)
    assert_in_order_and_complete(sink, done, messages)
    assert of_fate(fates, *NAMED_POISON) <= set(done.dead_letters)


def test_without_holding_back_the_order_breaks():
    """`fifo="none"` is for archives; and a proof that the model would see disorder."""
    messages = [message(0, LATE), message(1), message(2)]
    for fifo, written in (("none", [1, 2, 0]), ("group", [0, 1, 2]), ("all", [0, 1, 2])):
        sink = Sink(fifo=fifo, mended=1)
        run(messages, sink, max_receives=5)
        assert sink.written == identifiers(*written)
        assert (disorder(sink.written, messages) is None) == (fifo != "none")


def test_a_handler_that_goes_on_behind_its_own_failure_breaks_the_order():
    """The answer names what must wait; a handler that has written it all the same writes it twice."""
    messages = [message(0), message(1), message(2)]
    for careless in (True, False):
        sink = Sink(refusals={messages[0].identifier: 1}, careless=careless)
        run(messages, sink, max_receives=5)
        assert sink.written == identifiers(*([1, 2, 0, 1, 2] if careless else [0, 1, 2]))
        assert (disorder(sink.written, messages) is not None) == careless


def test_a_good_message_shares_the_receives_of_the_poison_before_it():
    """Held back as often as poison is tried, it becomes a dead letter too: SQS counts receives, not failures."""
    messages = [message(0, "ill-typed"), message(1), message(2, group="b")]
    sink = Sink()
    done = run(messages, sink, max_receives=3)
    assert done.dead_letters == identifiers(0, 1) and sink.written == identifiers(2)
    recipe = Sink(away=True)
    done = run(messages, recipe, max_receives=3)
    assert (done.dead_letters, sorted(recipe.written)) == ([], identifiers(1, 2))


def test_events_that_are_fed_hold_back_only_their_own():
    decoder = sqs.Decoder(payload=DEPLOYED, on_error="collect")
    for batch in ([message(0, "ill-typed"), message(1)], [message(2), message(3, group="b")]):
        decoder.feed(events.event([one.record for one in batch]))
    batch = decoder.finish()
    assert batch["message_id"].to_pylist() == identifiers(2, 3)
    assert [failure.item_identifier for failure in batch.held_back] == identifiers(1)


@pytest.mark.parametrize("mode", ["collect", "null"])
@pytest.mark.parametrize("fifo", ["group", "all", "none"])
def test_what_waits_in_one_batch(mode, fifo):
    fates = [GOOD, "ill-typed", GOOD, GOOD, "no group", GOOD]
    batch = [message(at, fate, "abbaab"[at]) for at, fate in enumerate(fates)]
    held = {"group": [2, 5], "all": [2, 3, 5], "none": []}[fifo]
    found = sqs.to_arrow(events.event([one.record for one in batch]), payload=DEPLOYED, on_error=mode, fifo=fifo)
    assert [failure.index for failure in found.held_back] == held
    assert [failure.reason for failure in found.held_back] == ["held_back"] * len(held)
    assert all(str(failure) and failure.raw is None for failure in found.held_back)
    rows = [at for at in range(6) if at not in held and (mode == "null" or fates[at] == GOOD)]
    assert found.record_index.to_pylist() == rows
    assert found.response() == {
        "batchItemFailures": [{"itemIdentifier": one} for one in identifiers(*sorted([1, 4, *held]))]}


def test_a_fifo_option_that_is_none_of_them():
    with pytest.raises(ValueError, match="fifo"):
        sqs.to_arrow(b'{"Records":[]}', fifo="some")
    with pytest.raises(TypeError, match="fifo"):
        lambdarrow.kinesis.to_arrow(b'{"Records":[]}', fifo="all")


# --- standard queues --------------------------------------------------------------------------------


@given(st.sampled_from(["collect", "null", "stop"]), queues(fifo=False), pollers, st.sampled_from(["group", "all"]))
def test_a_standard_queue_loses_nothing_and_repeats_nothing(mode, queue, poller, fifo):
    """No group waits there, not even where messages have one (fair queues); "stop" returns all behind a failure."""
    messages, fates, refused = queue
    sink = Sink(mode=mode, fifo=fifo, refusals=refused, mended=0)
    done = run(messages, sink, max_receives=5, fifo=False, **poller)
    poison = of_fate(fates, *NAMED_POISON)
    assert sorted(sink.written + done.dead_letters) == sorted(fates)
    assert poison <= set(done.dead_letters)
    if mode != "stop":
        assert set(done.dead_letters) == poison


def test_stop_returns_everything_from_the_first_failure_on():
    batch = [message(at, fate, None) for at, fate in enumerate([GOOD, GOOD, "ill-typed", GOOD, "no json", GOOD])]
    found = sqs.to_arrow(events.event([one.record for one in batch]), payload=DEPLOYED, on_error="stop")
    assert found.record_index.to_pylist() == [0, 1]
    assert [failure.index for failure in found.failures] == [2, 4]
    assert [failure.index for failure in found.held_back] == [3, 5]
    assert found.response() == {
        "batchItemFailures": [{"itemIdentifier": one} for one in identifiers(2, 3, 4, 5)]}


def test_a_standard_queue_that_shares_fairly_has_groups_that_wait_for_nobody():
    records = [message(0, "ill-typed").record, message(1).record]
    for record in records:
        record["eventSourceARN"] = FIFO.removesuffix(".fifo")
    for fifo in ("group", "all"):
        batch = sqs.to_arrow(events.event(records), payload=DEPLOYED, on_error="collect", fifo=fifo)
        assert batch["message_group_id"].to_pylist() == ["a"]
        assert (batch.held_back, batch["message_id"].to_pylist()) == ((), identifiers(1))


# --- rows of nulls in a FIFO queue ------------------------------------------------------------------


def test_a_row_of_nulls_that_waits_keeps_its_identifier():
    """Behind a message that the handler failed: its row is null, and it is known all the same."""
    batch = [message(0), message(1, "ill-typed")]
    found = sqs.to_arrow(events.event([one.record for one in batch]), payload=DEPLOYED, on_error="null", fifo="all")
    found.fail(0, "not now")
    assert found.response() == {"batchItemFailures": [{"itemIdentifier": one} for one in identifiers(0, 1)]}


def test_a_row_of_nulls_that_the_handler_fails_keeps_its_group():
    batch = [message(0, "ill-typed", "a"), message(1, group="b")]
    found = sqs.to_arrow(events.event([one.record for one in batch]), payload=DEPLOYED, on_error="null")
    found.fail(0, "no order")
    assert found.response() == {"batchItemFailures": [{"itemIdentifier": one} for one in identifiers(0)]}
