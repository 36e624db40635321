"""The answer that tells Lambda which records to deliver again (ReportBatchItemFailures,
https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html)."""

from ._column import Column


def _row_numbers(rows, n):
    if isinstance(rows, bool):
        raise TypeError("rows: a row number, row numbers, or a mask, not one bool")
    if hasattr(rows, "__index__") and not hasattr(rows, "__len__"):
        rows = [rows]
    if hasattr(rows, "to_pylist"):
        rows = rows.to_pylist()
    elif hasattr(rows, "tolist"):
        rows = rows.tolist()
    rows = list(rows)
    if rows and all(isinstance(row, bool) or row is None for row in rows):
        if len(rows) != n:
            raise ValueError(f"rows: the mask has {len(rows)} entries for {n} rows")
        return [k for k, row in enumerate(rows) if row]
    numbers = []
    for row in rows:
        if isinstance(row, bool) or not hasattr(row, "__index__"):
            raise TypeError(f"rows: a row number, row numbers, or a mask of bools, not {row!r}")
        number = row.__index__()
        if not -n <= number < n:
            raise IndexError(f"rows: {number} is not a row of {n}")
        numbers.append(number % n)
    return numbers


def _event_of(starts, row):
    """Which event a row came from: the last one that starts at or before it."""
    low, high = 0, len(starts)
    while high - low > 1:
        middle = (low + high) // 2
        if starts[middle] <= row:
            low = middle
        else:
            high = middle
    return low


def fail(batch, rows, reason):
    from ._errors import Failure
    from ._hold_back import unit_path

    numbers = _row_numbers(rows, batch.num_rows)
    whole = batch if batch._whole is None else batch._whole
    if whole._failed is None:
        whole._failed = {}
    if batch._failed is None:
        batch._failed = {}
    plan = batch._rows.source
    records = batch.record_index
    identifiers = Column(batch._rows, (plan.identifier_column,)) if plan.identifier_column >= 0 else None
    # A row of nulls that stands for a broken record has no identifier of its own; the failure has.
    broken = {(failure.event, failure.index): failure.item_identifier for failure in whole.failures}
    path = unit_path(plan if plan.nodes else whole._rows.source)
    for row in numbers:
        event, record = _event_of(batch._rows.event_rows, row), records[row]
        identifier = broken.get((event, record))
        if identifier is None and identifiers is not None:
            identifier = identifiers[row]
        if identifier is not None:
            identifier = str(identifier)    # as a failure to decode has it, which a number's text names
        failure = Failure(str(reason), str(reason), 0, path(record), event, record, None, None, None, identifier)
        for one in (whole, batch):
            one._failed.setdefault((event, record), failure)


def _waiting(batch, broken):
    """The messages of a FIFO queue that must wait for one that the handler failed: record → identifier.

    ``broken``: of each record that could not be decoded its identifier and its group, which its row of nulls has not.
    They are named as what they are.
    """
    from ._hold_back import behind, column_of, is_fifo

    rows, source = batch._rows, batch._source
    records = batch.record_index.to_pylist()
    queues, groups, identifiers = (column_of(rows, name) for name in (source.queue, source.group, source.identifier))
    if not any(map(is_fifo, queues)):
        return {}
    group_of = {**dict(zip(records, groups, strict=True)), **{record: group for record, (_, group) in broken.items()}}
    waits_for = behind([(0, record, group_of.get(record)) for _, record in batch._failed], batch._fifo)
    return {record: identifier for record, group, identifier in zip(records, groups, identifiers, strict=True)
            if record not in broken and waits_for(0, record, group) is not None}


def response(batch, decode_failures, state):
    if batch._rows.n_events > 1:
        raise ValueError("a response answers one event; this batch was fed several")
    if batch._whole is not None:
        raise ValueError("a part of a batch that was split: the whole batch has the response, of its parts too")
    if not decode_failures and batch._rows.source.stops and (batch._source.ordered or batch._source.partitioned):
        raise ValueError('on_error="stop": what stands behind a failed record is not in the rows, and would be lost if '
                         'the answer did not name it; on_error="collect" goes with decode_failures=False')
    if batch._source.partitioned:
        return _answer(_lowest(batch, decode_failures), state)
    found = {failure.index: failure.item_identifier for failure in batch.held_back}
    if decode_failures:
        for failure in batch.failures:
            found[failure.index] = failure.item_identifier
    for (_, record), failure in (batch._failed or {}).items():
        found[record] = failure.item_identifier
    if batch._failed and batch._fifo != "none":
        found.update(_waiting(batch, {failure[5]: (failure[9], failure[11]) for failure in batch._rows.failures}))
    identifiers = [found[index] for index in sorted(found)]
    if not all(identifiers):
        identifiers = [""]  # Lambda takes this for a failure of the whole batch, and nothing is lost
    return _answer(identifiers, state)


def _lowest(batch, decode_failures):
    """Of each partition the first record that failed, where Lambda starts again: what was held back behind it comes
    by itself."""
    from ._hold_back import column_of

    found = [(failure[11], failure[9]) for failure in batch._rows.failures] if decode_failures else []
    if batch._failed:
        groups = dict(zip(batch.record_index, column_of(batch._rows, batch._source.group), strict=True))
        groups.update({failure[5]: failure[11] for failure in batch._rows.failures})
        found += [(groups.get(record), failure.item_identifier) for (_, record), failure in batch._failed.items()]
    lowest = {}
    for group, offset in found:
        if group is None or offset is None or not offset.isascii() or not offset.isdigit():
            return [""]
        lowest[group] = min(int(offset), lowest.get(group, int(offset)))
    return [{"partition": group, "offset": offset} for group, offset in lowest.items()]


def _answer(identifiers, state):
    answer = {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in identifiers]}
    if state is not None:
        answer["state"] = state
    return answer
