"""One batch of several shapes, as a batch of each."""

from . import _core
from ._column import Column
from ._plan import repeated


def split(batch):
    """See :meth:`lambdarrow.Batch.split`."""
    rows = batch._rows
    plan = rows.source
    cases = [case for case in plan.cases if case[1] in plan.output]
    if len(cases) != 1:
        raise ValueError("split() is for a payload of several shapes: payload=lambdarrow.by(...)")
    struct, which, alternatives = cases[0]
    names = [name for name, columns in alternatives if columns]
    numbers = {name: [] for name in names}
    for row, chosen in enumerate(Column(rows, (which,)).to_pylist()):
        # A null has no shape. It goes where the unknown ones go, so that no row is lost.
        name = alternatives[chosen][0] if chosen is not None else "other"
        numbers.setdefault(name, []).append(row)
    if plan.views is None:
        plan.views = {}
    parts = {}
    for name, places in numbers.items():
        view = plan.views.get(name)
        if view is None:
            columns = dict(alternatives).get(name, [])
            view = plan.views[name] = _core.Plan(_view(plan, struct, which, alternatives, columns))
        parts[name] = rows.take(view, places)
    return parts


def _view(plan, struct, which, alternatives, own):
    """The plan's columns with one case in the place of all of them."""
    columns = [column.but() for column in plan.columns]
    others = {index for _, fed in alternatives for index in fed} - set(own)

    def without(indices):
        found = []
        for index in indices:
            if index == struct:
                found += own
            elif struct < 0 and index in own and plan.columns[index].kind == "STRUCT":
                found += plan.columns[index].children  # flattened: the case's fields are columns
            elif index not in others and index != which:
                found.append(index)
        return found

    for index in own if struct >= 0 else ():
        columns[index].name = plan.columns[struct].name
    for column in columns:
        column.children = without(column.children)
    visible = without(plan.output[:plan.visible])
    again = repeated([columns[index].name for index in visible])
    if again is not None:
        raise ValueError(f"two columns are named {again!r}: rename one, or do not flatten")
    return plan.view(columns, visible + without(plan.output[plan.visible:]), len(visible))
