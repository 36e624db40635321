"""The tables of a lowered plan: what ``_lower.py`` writes, ``_explain.py`` prints and the native engine runs."""

NULLABLE, UNIT, CLOSED, HAS_UNIT, PREFIX, FAIL, KEY, LOOSE, RESCUE, STEPS = 1, 2, 4, 8, 16, 32, 128, 256, 512, 1024
FIRST, ONCE = 2048, 4096


def repeated(names):
    """The first name that stands there twice, or None."""
    seen = set()
    return next((name for name in names if name in seen or seen.add(name)), None)


class Plan:
    """The tables of one plan; plain lists, so that they print and compare."""

    __slots__ = (
        "nodes", "fields", "objects", "children", "integers", "texts", "columns", "domains",
        "levels", "row_columns", "row_items", "output", "visible", "root", "record_column",
        "identifier_column", "identifier_path", "group_path", "metadata_column", "corrupt_column", "rescue_column",
        "unit_level", "layers", "replace_surrogates", "limits", "codecs", "cases", "views",
        "stops",
    )

    def __init__(self):
        self.nodes, self.fields, self.objects, self.children = [], [], [], []
        self.integers, self.texts, self.columns, self.domains = [], [], [], [-1]
        self.levels, self.row_columns, self.row_items, self.output = [0], [], [], []
        self.visible = self.root = 0
        self.record_column = self.identifier_column = self.metadata_column = -1
        self.identifier_path = self.group_path = (0, 0)
        self.corrupt_column = self.rescue_column = -1
        self.codecs = []    # the functions of the call-outs
        # Of each counted one_of: its struct (-1: flattened, -2: none), its column of numbers, and of each case its
        # name and its columns.
        self.cases = []
        self.views = None   # of split batches, by case
        self.unit_level = 0
        self.layers = 0
        self.replace_surrogates = False
        self.stops = False  # whether the rows end before the first failed record
        self.limits = {}

    def view(self, columns, output, visible):
        """Columns that this plan has filled, under other names or in other structs; nothing that runs."""
        plan = Plan()
        for name in ("domains", "levels", "row_columns", "row_items", "record_column", "identifier_column",
                     "metadata_column", "rescue_column", "unit_level"):
            setattr(plan, name, getattr(self, name))
        plan.columns, plan.output, plan.visible = columns, output, visible
        return plan


class Column:
    """One column of a plan. ``kind`` is the native one, ``format`` Arrow's."""

    __slots__ = ("kind", "format", "name", "nullable", "width", "domain", "child_domain", "children", "top", "metadata")

    def __init__(self, kind, format, name, nullable, domain, width=0, child_domain=-1):
        self.kind = kind
        self.format = format
        self.name = name
        self.nullable = nullable
        self.width = width
        self.domain = domain
        self.child_domain = child_domain
        self.children = []
        self.top = name
        self.metadata = None    # of the Arrow field: a dict of text

    def but(self, **changes):
        """A copy with some of its parts replaced."""
        made = Column(self.kind, self.format, self.name, self.nullable, self.domain, self.width, self.child_domain)
        made.children, made.top, made.metadata = self.children, self.top, self.metadata
        for name, value in changes.items():
            setattr(made, name, value)
        return made


class Node:
    """One instruction. ``a`` to ``d`` mean what the op says."""

    __slots__ = ("op", "flags", "column", "child", "first", "count", "a", "b", "c", "d", "note")

    def __init__(self, op, flags):
        self.op = op
        self.flags = flags
        self.column = self.child = -1
        self.first = self.count = 0
        self.a = self.b = self.c = self.d = 0
        self.note = ""
