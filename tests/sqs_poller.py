"""A model of an SQS queue and of Lambda's poller on it: groups, visibility, redelivery, a dead-letter queue.

After AWS's "FIFO queue delivery logic in Amazon SQS", "Using dead-letter queues in Amazon SQS" and "Handling errors
for an SQS event source in Lambda": while a message of a group is in flight, no other message of that group is
delivered; what the answer names becomes visible again when its visibility timeout is over, everything else of the
batch is deleted; a message that was received `max_receives` times goes to the dead-letter queue instead of being
received once more. An answer that is malformed, or names a message that is not of the batch, fails all of it.
"""

import random
from collections import Counter
from typing import NamedTuple

from poller import WholeBatchFailed


class Message(NamedTuple):
    """A message as the queue knows it, whatever its record says; `group` is None in a standard queue."""

    identifier: str
    group: str | None
    record: dict

    def __repr__(self):
        return f"<{self.identifier[-3:]} {self.group} {self.record.get('body')}>"


def named(answer, identifiers):
    """The identifiers of a batch that the answer wants delivered again."""
    if answer is None:
        return set()
    if not isinstance(answer, dict):
        raise WholeBatchFailed("the answer is no object")
    failures = answer.get("batchItemFailures")
    if not failures:
        return set()
    if not isinstance(failures, list):
        raise WholeBatchFailed("batchItemFailures is no list")
    found = set()
    for failure in failures:
        identifier = failure.get("itemIdentifier") if isinstance(failure, dict) else None
        if not isinstance(identifier, str) or not identifier:
            raise WholeBatchFailed(f"no itemIdentifier in {failure!r}")
        if identifier not in identifiers:
            raise WholeBatchFailed(f"{identifier} is not of this batch")
        found.add(identifier)
    return found


class Queue:
    """The messages of a queue in the order in which they were sent, and a clock of its own."""

    def __init__(self, messages, *, fifo, max_receives, visibility=30, seed=0):
        self.messages = {message.identifier: message for message in messages}
        if len(self.messages) < len(messages):
            raise AssertionError("two messages have the same identifier")
        self.fifo = fifo
        self.max_receives = max_receives
        self.visibility = visibility
        self.random = random.Random(seed)
        self.now = 0
        self.receives = Counter()
        self.dead_letters = []
        # When each message in flight will be visible again; None while its batch is with the function.
        self.in_flight = {}

    def receive(self, limit):
        """Up to `limit` messages that are visible; those that were received too often are dead letters now."""
        self._reappear()
        lines = self._lines()
        batch = []
        while lines and len(batch) < limit:
            line = self.random.choice(lines)
            message = line.pop(0)
            if not line:
                lines.remove(line)
            if self.receives[message.identifier] >= self.max_receives:
                self.dead_letters.append(message.identifier)
                del self.messages[message.identifier]
                continue
            self.receives[message.identifier] += 1
            self.in_flight[message.identifier] = None
            batch.append(message)
        return batch

    def _reappear(self):
        over = [one for one, until in self.in_flight.items() if until is not None and until <= self.now]
        for identifier in over:
            del self.in_flight[identifier]

    def _lines(self):
        """What can be received: of a FIFO queue a line for each group that is not locked, its eldest first."""
        lines, locked = {}, set()
        for identifier, message in self.messages.items():
            line = message.group if self.fifo else identifier
            if identifier in self.in_flight:
                locked.add(line)
            else:
                lines.setdefault(line, []).append(message)
        return [lines[line] for line in lines if line not in locked]

    def delete(self, identifier):
        del self.messages[identifier]
        del self.in_flight[identifier]

    def fail(self, identifier):
        self.in_flight[identifier] = self.now + self.visibility

    def wait(self):
        """Lets the time pass until something is visible again."""
        self.now = min(until for until in self.in_flight.values() if until is not None)


class SqsPoller:
    """Delivers the messages of `queue` to `handler(event)` until all are deleted or dead letters.

    `make_event` turns a list of records into what the handler receives. Up to `concurrency` batches are with the
    function at the same time, and end in any order. A model that never ended would prove nothing: more than
    `patience` invocations are an error.
    """

    def __init__(self, queue, make_event, handler, *, batch_size=10, concurrency=1, patience=10_000):
        self.queue = queue
        self.make_event = make_event
        self.handler = handler
        self.batch_size = batch_size
        self.concurrency = concurrency
        self.patience = patience
        self.invocations = 0
        self.deleted = []
        self.delivered = []

    def run(self):
        running = []
        while self.queue.messages:
            batch = self.queue.receive(self.batch_size) if len(running) < self.concurrency else []
            if batch:
                running.append(batch)
            if running and (not batch or self.queue.random.random() < 0.5):
                self._invoke(running.pop(self.queue.random.randrange(len(running))))
            elif not batch and self.queue.messages:
                self.queue.wait()
        return self

    def _invoke(self, batch):
        self.invocations += 1
        if self.invocations > self.patience:
            raise AssertionError(f"more than {self.patience} invocations")
        identifiers = [message.identifier for message in batch]
        self.delivered += identifiers
        try:
            answer = self.handler(self.make_event([self._sent(message) for message in batch]))
            again = named(answer, identifiers)
        except AssertionError:
            raise
        except Exception:
            # A handler that raises fails its batch, as Lambda has it, whatever it raised.
            again = set(identifiers)
        for identifier in identifiers:
            if identifier in again:
                self.queue.fail(identifier)
            else:
                self.queue.delete(identifier)
                self.deleted.append(identifier)

    def _sent(self, message):
        """The record with its receive count, where the record has a place for it."""
        if not isinstance(message.record.get("attributes"), dict):
            return message.record
        count = {"ApproximateReceiveCount": str(self.queue.receives[message.identifier])}
        return message.record | {"attributes": message.record["attributes"] | count}


def disorder(sink, messages):
    """The first two of a group that stand in the sink in another order than they were sent, or twice; else None."""
    place = {message.identifier: at for at, message in enumerate(messages)}
    group = {message.identifier: message.group for message in messages}
    last = {}
    for identifier in sink:
        before = last.get(group[identifier])
        if before is not None and place[before] >= place[identifier]:
            return before, identifier
        last[group[identifier]] = identifier
    return None
