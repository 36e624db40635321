"""Handlers: a function of one record, or of one batch, as what Lambda calls.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
"""

import functools
import inspect

from ._any import to_arrow
from ._detect import detect
from ._event import as_buffer
from ._hold_back import is_fifo

# How Lambda goes on behind a failure: from the first one, in the whole batch or in each partition; or it asks about
# each record. Other sources have no answer that names records.
STREAMS, PARTITIONED, NAMED = ("kinesis", "dynamodb"), ("kafka",), ("sqs",)
# Without an answer Firehose takes all of a batch for failed, also what the handler has done.
_FIREHOSE = "Firehose wants each record in the answer: lambdarrow.columns, returning firehose.response(batch, data)"
_DONE, _FAILED, _WAITS, _NOT_DONE = "done", "failed", "held_back", "not_done"


class BatchFailed(RuntimeError):
    """Nothing of a batch could be processed, or something of one whose source cannot be told which.

    ``errors``: a dict from the position of each record that failed to its exception; ``results``: one from the
    position of each that did not to what the handler returned for it; ``response``: the answer that would have been
    given.
    """

    def __init__(self, message, errors, results, response):
        super().__init__(message)
        self.errors = errors
        self.results = results
        self.response = response

    def __reduce__(self):
        return type(self), (*self.args, self.errors, self.results, self.response)


def _arguments(function):
    """Whether a handler takes the context too."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    try:
        parameters = [one for one in inspect.signature(function).parameters.values() if one.kind in kinds]
    except (TypeError, ValueError):
        return 1
    # Any other default is the function's own, a context's is for its tests.
    required = [one for at, one in enumerate(parameters)
                if one.default is one.empty or (at == 1 and one.name == "context")]
    if len(required) > 2:
        raise TypeError(f"{function!r}: a handler takes a record (or a batch), and perhaps the context")
    return len(required)


def _is_async(function):
    """Whether calling it gives a coroutine: an object may have an ``async def __call__``."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)


def _begun(said):
    """What a function returned, which is done then: what has not even begun would pass for success."""
    if inspect.iscoroutine(said):
        said.close()
        raise TypeError("the handler returned a coroutine, and is not async def itself: is it under a decorator?")
    if inspect.isgenerator(said) or inspect.isasyncgen(said):
        raise TypeError("the handler is a generator, of which nothing has run: it has a yield")
    return said


def _canonical(text):
    """JSON in one spelling, whatever the order of its keys: two spellings of an item's key are one item."""
    import msgspec

    try:
        return msgspec.json.encode(msgspec.json.decode(text), order="sorted")
    except (ValueError, RecursionError):
        return text     # absent, or of no item: who looks at it will be told


# How the base64 of what the Kinesis Producer Library has packed begins.
_PACKED = "84mawg"


def _taken_apart(event, records):
    """Records of Kinesis, those that the Producer Library has packed a record for each user record in them: its data,
    its partition key, the sequence number of all."""
    from base64 import b64encode

    from msgspec.structs import replace

    from . import kinesis

    batch = kinesis.to_arrow(event, columns=["partition_key", "data", "sub_sequence_number"], on_error="collect")
    users = {}
    for index, key, data, number in zip(batch.record_index, batch["partition_key"], batch["data"],
                                        batch["sub_sequence_number"], strict=True):
        if number is not None:
            users.setdefault(index, []).append((key, b64encode(data).decode("ascii")))
    found = []
    for index, record in enumerate(records):
        found += [replace(record, kinesis=replace(record.kinesis, partition_key=key, data_raw=data))
                  for key, data in users[index]] if index in users else [record]
    return found


class _Records:
    """The records of one event: what each is called, and which must wait for which."""

    def __init__(self, event, payload):
        from .events import struct_of
        from .events._base import decode

        event = as_buffer(event)
        self.source = detect(event)
        if self.source == "firehose":
            raise TypeError(_FIREHOSE)
        kind = struct_of(self.source)
        if payload is not None:
            if not getattr(kind, "__parameters__", ()):
                raise TypeError(f"payload: an event of {self.source} carries none")
            # Kafka's keys have a type of their own.
            kind = kind[payload, bytes] if self.source == "kafka" else kind[payload]
        self.event = decode(event, kind)
        if not hasattr(self.event, "__iter__"):
            raise TypeError(f"an event of {self.source} carries no records: it is one itself")
        self.all = list(self.event)
        if self.source == "kinesis" and any(record.kinesis.data_raw.startswith(_PACKED) for record in self.all):
            self.all = _taken_apart(event, self.all)
        self.ordered = self.source in STREAMS

    def identifier(self, record):
        if self.source == "sqs":
            return record.message_id
        if self.source == "kinesis":
            return record.kinesis.sequence_number
        if self.source == "dynamodb":
            return record.dynamodb.sequence_number
        return {"partition": f"{record.topic}-{record.partition}", "offset": record.offset}

    def lane(self, index, record):
        """What keeps an order of its own: records of one lane come one after the other."""
        if self.source == "kinesis":
            return record.kinesis.partition_key or index
        if self.source == "dynamodb":
            return _canonical(bytes(record.dynamodb.keys_raw))
        if self.source == "kafka":
            return record.topic, record.partition
        if self.source == "sqs" and is_fifo(record.event_source_arn):
            return record.attributes.message_group_id
        return index

    def answer(self, states):
        """What Lambda is told; None where its source takes no such answer."""
        open_ = [index for index, state in enumerate(states) if state != _DONE]
        if self.ordered:
            open_ = open_[:1]
        elif self.source in PARTITIONED:
            first = {}
            for index in open_:
                first.setdefault((self.all[index].topic, self.all[index].partition), index)
            open_ = sorted(first.values())
        elif self.source not in NAMED:
            return None
        found = [self.identifier(self.all[index]) for index in open_]
        if not all(found):
            found = [""]    # Lambda takes this for a failure of the whole batch, and nothing is lost
        answer = {"batchItemFailures": [{"itemIdentifier": one} for one in found]}
        if getattr(self.event, "window", None) is not None:
            answer["state"] = self.event.state or {}
        return answer


class _Run:
    """One invocation: what became of each record."""

    def __init__(self, records, function, takes_context, context, stop, deadline):
        self.records = records
        self.function = function
        self.arguments = (context,) if takes_context else ()
        self.stop = stop
        self.remaining = getattr(context, "get_remaining_time_in_millis", None) if deadline is not None else None
        self.deadline = deadline
        self.states = [_NOT_DONE] * len(records.all)
        self.errors, self.results = {}, {}
        self.lane_of = [records.lane(index, record) for index, record in enumerate(records.all)]
        if None in self.lane_of:
            # A message of a FIFO queue whose group nobody knows: all that comes behind it may be of its group.
            self.lane_of = [None] * len(self.lane_of)
        self.lanes = {}
        for index, lane in enumerate(self.lane_of):
            self.lanes.setdefault(lane, []).append(index)
        self.stopped = set()    # lanes in which something failed

    def seconds_left(self):
        """Until the margin before Lambda's own end begins; None: nobody knows of one."""
        return None if self.remaining is None else self.remaining() / 1000 - self.deadline

    def may_start(self, index):
        left = self.seconds_left()
        if left is not None and left <= 0:
            return False
        # Of a stream Lambda brings again all that comes behind a failure.
        return not (self.stop and self.records.ordered and self.errors and min(self.errors) < index)

    def waits(self, index):
        """Whether a record stands behind a failure in its lane."""
        return self.stop and self.lane_of[index] in self.stopped

    def failed(self, index, error):
        import logging

        self.states[index] = _FAILED
        self.errors[index] = error
        self.stopped.add(self.lane_of[index])
        name = self.records.identifier(self.records.all[index]) if self.records.source in _ANSWERED else None
        logging.getLogger("lambdarrow").error(
            "record %d%s failed", index, "" if name is None else f" ({name})", exc_info=error)

    def one(self, index):
        try:
            self.results[index] = _begun(self.function(self.records.all[index], *self.arguments))
        except Exception as error:
            self.failed(index, error)
        else:
            self.states[index] = _DONE

    async def one_async(self, index):
        import asyncio

        try:
            self.results[index] = await self.function(self.records.all[index], *self.arguments)
        except Exception as error:
            self.failed(index, error)
        except asyncio.CancelledError as error:
            # Of something that the handler has awaited it is a failure as any other.
            if asyncio.current_task().cancelling():
                raise
            self.failed(index, error)
        else:
            self.states[index] = _DONE

    def in_order(self):
        for index in range(len(self.states)):
            if not self.may_start(index):
                break
            if self.waits(index):
                self.states[index] = _WAITS
            else:
                self.one(index)

    def lane_in_order(self, lane):
        for index in lane:
            if not self.may_start(index):
                break
            if self.waits(index):
                self.states[index] = _WAITS
            else:
                self.one(index)

    def in_threads(self, workers):
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(workers, thread_name_prefix="lambdarrow") as pool:
            for work in [pool.submit(self.lane_in_order, lane) for lane in self.lanes.values()]:
                work.result()

    async def at_once(self, bound):
        import asyncio

        gate = asyncio.Semaphore(bound)

        async def lane_in_order(lane):
            for index in lane:
                async with gate:
                    if not self.may_start(index):
                        break
                    if self.waits(index):
                        self.states[index] = _WAITS
                    else:
                        await self.one_async(index)

        tasks = [asyncio.ensure_future(lane_in_order(lane)) for lane in self.lanes.values()]
        if not tasks:
            return
        left = self.seconds_left()
        done, late = await asyncio.wait(tasks, timeout=None if left is None else max(left, 0))
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        for task in done:
            task.result()

    def end(self, raise_if_all_failed):
        answer = self.records.answer(self.states)
        if self.errors:
            n, n_failed = len(self.states), len(self.errors)
            message = f"{n_failed} of {n} records failed, the first of them: {self.errors[min(self.errors)]!r}"
            if answer is None:
                raise BatchFailed(f"{message} ({self.records.source} takes no answer that names them)", self.errors,
                                  self.results, None) from self.errors[min(self.errors)]
            if raise_if_all_failed and _DONE not in self.states:
                raise BatchFailed(message, self.errors, self.results, answer) from self.errors[min(self.errors)]
        elif answer is None and _NOT_DONE in self.states:
            raise BatchFailed("the time was over before all records were done", {}, self.results, None)
        return answer


_ANSWERED = STREAMS + PARTITIONED + NAMED
# One loop for all invocations: clients that a handler keeps are bound to it.
_runners = []


def _awaited(work):
    import asyncio

    try:
        runner = _runners.pop()
    except IndexError:
        import atexit

        runner = asyncio.Runner()
        atexit.register(runner.close)
    try:
        runner.run(work)
    except BaseException as error:
        if not isinstance(error, Exception):
            # What was still awaited must not go on in the next invocation.
            runner.close()
            raise
        _runners.append(runner)
        raise
    _runners.append(runner)


def batch(function=None, *, payload=None, workers=1, concurrency=10, stop=True, deadline=0.5,
          raise_if_all_failed=True):
    """Makes a Lambda handler of a function of one record, ``def`` or ``async def``:
    ``function(record)``, or ``function(record, context)``.

    The record is a Struct of ``lambdarrow.events`` (``SQSEvent[payload].records``): its body, data, image or value is
    of the type ``payload``, made when it is looked at. What the function raises is that record's failure, is logged
    with its traceback by the logger ``lambdarrow``, and is in the answer, ``{"batchItemFailures": [...]}``. Of sources
    that take no such answer (SNS, S3, logs, MQ, DocumentDB) any failure raises :class:`BatchFailed`. Events of Firehose
    raise ``TypeError``: its answer has data in it. Of a Kinesis record into which the Kinesis Producer Library has
    packed several each is handed on by itself, with its own partition key; one that fails fails all of them.

    Records are taken in their order. ``workers``: threads, for a ``def``; ``concurrency``: how many of an ``async def``
    run at once. What keeps an order (the records of a partition key, of an item, of a FIFO queue's message group, of a
    Kafka partition) is still taken one after the other. ``stop``: behind a failure nothing more of a stream is begun,
    of a Kafka partition or a FIFO queue's message group either: Lambda brings it again. With several at once some
    records behind a failure of a stream are done already, and come again.

    ``deadline``: so many seconds before Lambda would end the function no record is begun any more, those that are still
    awaited are cancelled, and the answer names them as not done; None: Lambda's time is not looked at.
    ``raise_if_all_failed``: where no record was done, :class:`BatchFailed` is raised, so that Lambda counts an error;
    it has the ``errors``, the ``results`` and the ``response``.
    """
    if function is None:
        return functools.partial(batch, payload=payload, workers=workers, concurrency=concurrency, stop=stop,
                                 deadline=deadline, raise_if_all_failed=raise_if_all_failed)
    if isinstance(payload, (str, dict, list)):
        raise TypeError("payload: a type, such as a msgspec Struct; words are for columns")
    for name, number in (("workers", workers), ("concurrency", concurrency)):
        if not isinstance(number, int) or number < 1:
            raise ValueError(f"{name} must be an integer from 1, not {number!r}")
    takes_context = _arguments(function) > 1

    @functools.wraps(function)
    def handler(event, context=None):
        run = _Run(_Records(event, payload), function, takes_context, context, stop, deadline)
        if _is_async(function):
            _awaited(run.at_once(concurrency))
        elif workers > 1:
            run.in_threads(workers)
        else:
            run.in_order()
        return run.end(raise_if_all_failed)

    return handler


def columns(function=None, *, on_error=None, raise_if_all_failed=True, **options):
    """Makes a Lambda handler of a function of one batch: ``function(batch)``, or ``function(batch, context)``.

    The batch is what ``lambdarrow.to_arrow`` makes of the event with these ``options`` (``payload`` and the others of
    its source). ``on_error``: by default ``"stop"`` for streams and Kafka, where Lambda goes on from the first
    failure, else ``"collect"``. What the function returns is the answer; None: ``batch.response()``, which names the
    records that could not be decoded and those that ``batch.fail(rows, reason)`` was told of, with the state that
    came with a tumbling window (Firehose has no such answer: return ``firehose.response(batch, data)``). Of sources
    that take no such answer any failure raises :class:`BatchFailed`, and so does, with ``raise_if_all_failed``, a
    batch of which no record could be decoded, after the function has seen it.
    """
    if function is None:
        return functools.partial(columns, on_error=on_error, raise_if_all_failed=raise_if_all_failed, **options)
    if _is_async(function):
        raise TypeError(f"{function!r}: a handler of columns is no async def")
    takes_context = _arguments(function) > 1

    @functools.wraps(function)
    def handler(event, context=None):
        event = as_buffer(event)
        source = detect(event)
        mode = on_error or ("stop" if source in STREAMS + PARTITIONED else "collect")
        batch = to_arrow(event, on_error=mode, **options)
        said = _begun(function(batch, context) if takes_context else function(batch))
        if said is None and source == "firehose":
            raise TypeError(_FIREHOSE)
        failures = {failure.index: failure for failure in (*batch.failures, *batch.handler_failures)}
        answer = batch.response(state=_state_of(batch)) if said is None and source in _ANSWERED else said
        errors = {index: RuntimeError(str(failure)) for index, failure in sorted(failures.items())}
        if errors and answer is None:
            raise BatchFailed(f"{len(errors)} records failed, the first of them: {next(iter(errors.values()))} "
                              f"({source} takes no answer that names them)", errors, {}, None)
        if errors and raise_if_all_failed and said is None and not _any_left(batch, failures):
            raise BatchFailed(f"no record was processed, the first failure: {next(iter(errors.values()))}", errors, {},
                              answer)
        return answer

    return handler


def _state_of(batch):
    """What the invocations of a tumbling window hand on: without it in the answer it would be lost. None: no window."""
    metadata = batch.metadata
    return metadata.get("state") or {} if metadata.get("window") is not None else None


def _any_left(batch, failures):
    """Whether a record of the batch did not fail."""
    return any(index not in failures for index in batch.record_index)
