"""One batch of several shapes, as a batch of each."""

from . import _core
from ._column import Column
from ._plan import repeated


def split(batch):
    """See :meth:`lambdarrow.Batch.split`."""
    rows = batch._rows
    plan = rows.source
    cases = [case for case in plan.cases if case[0] >= -1 and case[1] in plan.output]
    shapes = {tuple([name for name, _ in alternatives]) for _, _, alternatives in cases}
    if len(shapes) != 1:
        raise ValueError("split() is for a payload of several shapes: payload=lambdarrow.by(...), and not by inside by")
    (every,) = shapes
    fed = [[columns for _, columns in alternatives] for _, _, alternatives in cases]
    numbers = {name: [] for name, *columns in zip(every, *fed, strict=True) if any(columns)}
    chosen = [Column(rows, (which,)).to_pylist() for _, which, _ in cases]
    for row, numbers_of_row in enumerate(zip(*chosen, strict=True)):
        # A null has no shape. A row without any goes where the unknown ones go, so that none is lost; one whose
        # images have two (DynamoDB) goes into both.
        names = {every[number]: None for number in numbers_of_row if number is not None}
        for name in names or ("other",):
            numbers.setdefault(name, []).append(row)
    if plan.views is None:
        plan.views = {}
    parts = {}
    for name, places in numbers.items():
        view = plan.views.get(name)
        if view is None:
            view = plan.views[name] = _core.Plan(_view(plan, cases, name))
        parts[name] = rows.take(view, places, ((len(places),),))
    return parts


def _view(plan, cases, name):
    """The plan's columns with one case of each struct in the place of all of them."""
    columns = [column.but() for column in plan.columns]
    own, gone = {}, set()   # by struct the columns in its place; what nobody sees
    flat = set()            # columns that are there instead of a struct
    for struct, which, alternatives in cases:
        mine = dict(alternatives).get(name, [])
        gone |= {index for _, fed in alternatives for index in fed} - set(mine) | {which}
        if struct < 0:
            flat.update(mine)
            continue
        own[struct] = mine
        for index in mine:
            columns[index].name = plan.columns[struct].name

    def without(indices):
        found = []
        for index in indices:
            if index in own:
                found += own[index]
            elif index in flat and plan.columns[index].kind == "STRUCT":
                found += plan.columns[index].children  # flattened: the case's fields are columns
            elif index not in gone:
                found.append(index)
        return found

    for column in columns:
        column.children = without(column.children)
    visible = without(plan.output[:plan.visible])
    again = repeated([columns[index].name for index in visible])
    if again is not None:
        raise ValueError(f"two columns are named {again!r}: rename one, or do not flatten")
    view = plan.view(columns, visible + without(plan.output[plan.visible:]), len(visible))
    view.cases = [(-2, -1, [(name, [0])])]
    return view
