"""Rows that must wait: behind a message that failed, in a queue that keeps an order, or under ``on_error="stop"``
where Lambda asks about each message.

What the handler is given and what the answer names agree: a message that is held back leaves the rows and is in
the answer, since Lambda deletes what the answer does not name
(https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html).
"""

from ._column import Column
from ._errors import Failure
from ._plan import UNIT

FIFO = ("group", "all", "none")


def column_of(rows, name):
    """The values of a column that the plan keeps, shown or hidden; one per row."""
    plan = rows.source
    for index in plan.output:
        if plan.columns[index].name == name:
            return Column(rows, (index,)).to_pylist()
    return [None] * rows.num_rows


def is_fifo(arn):
    return arn is not None and arn.endswith(".fifo")


def events_of(rows):
    """Which event of the batch each row came from."""
    starts = [*rows.event_rows, rows.num_rows]
    return [event for event in range(len(starts) - 1) for _ in range(starts[event + 1] - starts[event])]


def behind(places, fifo):
    """A function that tells whether a message waits for another one.

    ``places``: of each message that failed ``(event, record, group)``. Asked with the same three of a message, it
    returns the record that is waited for, or None. A failed message without a group holds back everything.
    """
    first, of_group = {}, {}
    for event, record, group in places:
        if group is None or fifo == "all":
            first[event] = min(record, first.get(event, record))
        else:
            of_group[event, group] = min(record, of_group.get((event, group), record))

    def waits_for(event, record, group):
        found = [one for one in (first.get(event), of_group.get((event, group))) if one is not None and one < record]
        return min(found, default=None)

    return waits_for


def unit_path(source):
    """A function from a record's number to its path in the event."""
    unit = next((node for node in source.nodes if node.flags & UNIT), None)
    if unit is None:
        return lambda index: "$"
    path = "$" + source.texts[unit.b].decode()
    # The lists in an object's values: which of its keys a record stands under, its number does not tell.
    outer = next((node for node in source.nodes if node.op == "each"), None)
    if outer is not None:
        path = f"${source.texts[outer.b].decode()}.*"
        return lambda index: path
    if unit.op == "explode" and unit.c:
        return lambda index: path
    return lambda index: f"{path}[{index}]"


def hold_back(rows, source, everything, fifo):
    """The rows without those that wait, their source, and what waits: a tuple of :class:`lambdarrow.Failure`.

    ``everything``: all that comes behind a failure waits, whatever the queue.
    """
    failed = [(failure[4], failure[5], failure[11]) for failure in rows.failures]
    waits_for = behind([(*place[:2], None) for place in failed] if everything else failed, fifo)
    records = Column(rows, (rows.source.record_column,)).to_pylist()
    queues, groups, identifiers = (column_of(rows, name) for name in (source.queue, source.group, source.identifier))
    path = unit_path(rows.source)
    broken = {place[:2] for place in failed}
    kept, gone, waiting = [], [], {}
    for row, (event, record) in enumerate(zip(events_of(rows), records, strict=True)):
        record_waits = None
        if (everything or is_fifo(queues[row])) and (event, record) not in broken:
            record_waits = waits_for(event, record, groups[row])
        if record_waits is None:
            kept.append(row)
        else:
            gone.append((row, event, record))
            why = f"held back behind record {record_waits}"
            waiting[event, record] = Failure("held_back", why, 0, path(record), event, record, None, None, None,
                                             identifiers[row])
    if not waiting:
        return rows, source, ()
    return rows.take(None, kept, _cases_without(rows, gone)), source, tuple(waiting.values())


def _cases_without(rows, gone):
    """How many of each case there are without the rows in ``gone``: (row, event, record)."""
    plan = rows.source
    made = []
    for (_, which, _), counts in zip(plan.cases, rows.cases, strict=True):
        counts = list(counts)
        if which in plan.output and counts:
            # Of a value that is repeated beside rows deeper inside, one of them counts.
            deep = plan.columns[which].domain == plan.levels[-1]
            chosen = Column(rows, (which,)).to_pylist()
            lost = {row if deep else (event, record): chosen[row] for row, event, record in gone}
            for case in lost.values():
                if case is not None:
                    counts[case] -= 1
        made.append(tuple(counts))
    return tuple(made)
