"""A model of Lambda's poller for one Kinesis shard: checkpoint, partial failures, bisecting, retries.

After AWS's "Configuring partial batch response with Kinesis Data Streams and Lambda" and "Polling and
batching streams": the lowest reported sequence number becomes the checkpoint and everything from there is
delivered again; a malformed answer fails the whole batch; bisecting a batch does not use up its retries; a
batch out of retries is discarded (told to the on-failure destination) and the shard moves on. Two points that
those pages leave open are taken the strict way: a number that is not of the batch fails all of it, and a
checkpoint that moved starts the count of retries anew.
"""


class WholeBatchFailed(Exception):
    """The answer, or the lack of one, tells the poller nothing about single records."""


def lowest_failure(answer, sequence_numbers):
    """Where the batch must be taken up again, by place in `sequence_numbers`; None when all succeeded."""
    if answer is None:
        return None
    if not isinstance(answer, dict):
        raise WholeBatchFailed("the answer is no object")
    failures = answer.get("batchItemFailures")
    if not failures:
        return None
    places = []
    for failure in failures:
        identifier = failure.get("itemIdentifier") if isinstance(failure, dict) else None
        if not isinstance(identifier, str) or not identifier:
            raise WholeBatchFailed(f"no itemIdentifier in {failure!r}")
        if identifier not in sequence_numbers:
            raise WholeBatchFailed(f"{identifier} is not of this batch")
        places.append(sequence_numbers.index(identifier))
    return min(places)


class Poller:
    """Delivers `records` (pairs of sequence number and record) to `handler(event)` until none is left.

    `make_event` turns a list of records into what the handler receives. `retries` is MaximumRetryAttempts.
    A model that never ended would prove nothing: more than `patience` invocations are an error.
    """

    def __init__(
        self, records, make_event, handler, *, batch_size=100, retries=2, bisect=True, patience=10_000
    ):
        self.records = list(records)
        self.make_event = make_event
        self.handler = handler
        self.batch_size = batch_size
        self.retries = retries
        self.bisect = bisect
        self.patience = patience
        self.checkpoint = 0
        self.invocations = 0
        self.delivered = []
        self.discarded = []

    def run(self):
        while self.checkpoint < len(self.records):
            end = min(self.checkpoint + self.batch_size, len(self.records))
            self._settle(self.checkpoint, end)
            if self.checkpoint != end:
                raise AssertionError(f"checkpoint {self.checkpoint}, yet the batch ended at {end}")
        return self

    def _settle(self, start, end):
        """Delivers the records start..end until the checkpoint stands at `end`."""
        attempts = 0
        while start < end:
            failed = self._invoke(start, end)
            if failed > start:
                # Progress: what is left is a new batch, with its own retries.
                start = self.checkpoint = failed
                attempts = 0
            elif self.bisect and end - start > 1:
                middle = (start + end) // 2
                self._settle(start, middle)
                start, attempts = middle, 0
            elif attempts == self.retries:
                self.discarded += [number for number, _ in self.records[start:end]]
                start = self.checkpoint = end
            else:
                attempts += 1

    def _invoke(self, start, end):
        """The place from which on the batch has to be delivered again; `end` when all is well."""
        self.invocations += 1
        if self.invocations > self.patience:
            raise AssertionError(f"more than {self.patience} invocations")
        numbers = [number for number, _ in self.records[start:end]]
        self.delivered += numbers
        try:
            answer = self.handler(self.make_event([record for _, record in self.records[start:end]]))
            failed = lowest_failure(answer, numbers)
        except AssertionError:
            raise
        except Exception:
            # A handler that raises fails its batch, as Lambda has it, whatever it raised.
            return start
        return end if failed is None else start + failed
