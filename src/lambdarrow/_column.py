"""One column, usable without any Arrow library: its values as Python objects, its types as words."""


from . import _core

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    import pyarrow

_SCALARS = {"c": ("int8", "b"), "C": ("uint8", "B"), "s": ("int16", "h"), "S": ("uint16", "H"), "i": ("int32", "i"),
            "I": ("uint32", "I"), "l": ("int64", "q"), "L": ("uint64", "Q"), "f": ("float32", "f"),
            "g": ("float64", "d")}
_TEXTS = {"u": "utf8", "U": "large_utf8", "vu": "utf8_view", "z": "binary", "Z": "large_binary", "b": "bool",
          "tdD": "date32"}
_UNITS = {"s": ("s", 1), "m": ("ms", 1000), "u": ("us", 1000000), "n": ("ns", 1000000000)}


def column_type(plan, index):
    """The Arrow type of a plan's column, in Arrow's words."""
    column = plan.columns[index]
    format = column.format
    children = [(plan.columns[k].name, column_type(plan, k)) for k in column.children]
    if column.kind == "DICT":
        return "dictionary<int32, utf8>"
    if format in _SCALARS:
        return _SCALARS[format][0]
    if format in _TEXTS:
        return _TEXTS[format]
    if format.startswith("ts"):
        unit, zone = _UNITS[format[2]][0], format[4:]
        return f"timestamp[{unit}, {zone}]" if zone else f"timestamp[{unit}]"
    if format.startswith("d:"):
        precision, scale, *bits = format[2:].split(",")
        return f"decimal{bits[0] if bits else 128}({precision}, {scale})"
    if format.startswith("w:"):
        return f"fixed_size_binary[{format[2:]}]"
    if format == "+l":
        return f"list<{children[0][1]}>"
    if format == "+m":
        (_, key), (_, value) = [(k, column_type(plan, k)) for k in plan.columns[column.children[0]].children]
        return f"map<{key}, {value}>"
    return f"struct<{', '.join(f'{name}: {type}' for name, type in children)}>"


def _texts(offsets, data, start, stop, decode):
    raw = bytes(data) if data is not None else b""
    at = offsets[start:stop + 1].tolist()
    pieces = [raw[at[k]:at[k + 1]] for k in range(stop - start)]
    return [piece.decode() for piece in pieces] if decode else pieces


def _moments(numbers, format):
    from datetime import UTC, datetime, timedelta

    per_second = _UNITS[format[2]][1]
    zone = UTC
    name = format[4:]
    if name not in ("UTC", ""):
        from zoneinfo import ZoneInfo

        zone = ZoneInfo(name)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    made = []
    for number in numbers:
        seconds, fraction = divmod(number, per_second)
        micros, finer = divmod(fraction * 1000000, per_second)
        if finer:
            raise ValueError(f"{number} {_UNITS[format[2]][0]} is finer than datetime's microseconds; use Arrow")
        moment = epoch + timedelta(seconds=seconds, microseconds=micros)
        made.append(moment.replace(tzinfo=None) if not name else moment if zone is UTC else moment.astimezone(zone))
    return made


def _fixed(values, column, start, stop):
    format, width = column.format, column.width
    if format in _SCALARS:
        return values.cast(_SCALARS[format][1])[start:stop].tolist()
    if format == "tdD":
        from datetime import date, timedelta

        return [date(1970, 1, 1) + timedelta(days=days) for days in values.cast("i")[start:stop].tolist()]
    if format.startswith("ts"):
        return _moments(values.cast("q")[start:stop].tolist(), format)
    if format.startswith("w:"):
        return [bytes(values[k * width:(k + 1) * width]) for k in range(start, stop)]
    from decimal import Decimal

    scale = int(format[2:].split(",")[1])
    made = []
    for k in range(start, stop):
        unscaled = int.from_bytes(values[k * width:(k + 1) * width], "little", signed=True)
        digits = tuple(map(int, str(abs(unscaled))))
        made.append(Decimal((int(unscaled < 0), digits, -scale)))
    return made


def _structs(rows, plan, column, start, stop):
    names = [plan.columns[k].name for k in column.children]
    parts = [_list(rows, plan, k, start, stop) for k in column.children]
    return [dict(zip(names, part, strict=True)) for part in zip(*parts, strict=True)]


def _list(rows, plan, index, start, stop):
    """Slots ``start`` to ``stop`` of a column as Python objects."""
    column = plan.columns[index]
    if column.kind == "GROUP":
        return _structs(rows, plan, column, start, stop)    # never null, and without buffers of its own
    native = _core.Column(rows, (index,))
    validity, values, data = native.buffers()
    valid = None
    if validity is not None:
        bits = memoryview(validity)
        valid = [bits[k >> 3] >> (k & 7) & 1 for k in range(start, stop)]
    if column.kind == "FIXED":
        # A null slot of a timestamp or a date holds zero, which every type can show.
        made = _fixed(memoryview(values), column, start, stop)
    elif column.kind == "BITS":
        bits = memoryview(values)
        made = [bool(bits[k >> 3] >> (k & 7) & 1) for k in range(start, stop)]
    elif column.kind == "DICT":
        texts = native.dictionary()
        indices = memoryview(values).cast("i")[start:stop].tolist()
        made = [texts[k] if texts else None for k in indices]
    elif column.kind in ("TEXT32", "TEXT64", "VIEW"):
        offsets = memoryview(values).cast("q" if column.kind == "TEXT64" else "i")
        made = _texts(offsets, data, start, stop, column.format not in ("z", "Z"))
    elif column.kind == "STRUCT":
        made = _structs(rows, plan, column, start, stop)
    else:
        at = memoryview(values).cast("i")[start:stop + 1].tolist()
        first = at[0]
        items = _list(rows, plan, column.children[0], first, at[-1])
        made = [items[at[k] - first:at[k + 1] - first] for k in range(stop - start)]
        if column.kind == "MAP":
            made = [{item["key"]: item["value"] for item in entry} for entry in made]
    if valid is None:
        return made
    return [value if there else None for value, there in zip(made, valid, strict=True)]


class Column(_core.Column):
    """One column of a batch.

    ``to_pylist()``, iteration, indexing and ``len`` give Python objects: int, float, bool, str, bytes,
    Decimal, date, datetime (aware where the type has a zone), list, dict. Numbers and timestamps (as
    integers) without nulls also have the buffer protocol, as one contiguous array. Any Arrow consumer
    takes the column without a copy.
    """

    __slots__ = ()

    @property
    def name(self) -> str:
        return self.rows.source.columns[self.path[-1]].name

    @property
    def type(self) -> str:
        """The Arrow type in Arrow's words, such as ``timestamp[ms, UTC]``."""
        return column_type(self.rows.source, self.path[-1])

    @property
    def null_count(self) -> int:
        if len(self.path) == 1:
            return super().null_count
        return sum(value is None for value in self.to_pylist())

    def _slice(self, start: int, stop: int) -> "list[Any]":
        made = _list(self.rows, self.rows.source, self.path[-1], start, stop)
        for above in self.path[:-1]:
            validity = _core.Column(self.rows, (above,)).buffers()[0]
            if validity is not None:
                bits = memoryview(validity)
                made = [value if bits[k >> 3] >> (k & 7) & 1 else None for k, value in enumerate(made, start)]
        return made

    def to_pylist(self) -> "list[Any]":
        return self._slice(0, len(self))

    def __iter__(self) -> "Iterator[Any]":
        return iter(self.to_pylist())

    def __getitem__(self, row: int | slice) -> "Any":
        n = len(self)
        if isinstance(row, slice):
            return self.to_pylist()[row]
        if not -n <= row < n:
            raise IndexError(f"{row} is not a row of {n}")
        return self._slice(row % n, row % n + 1)[0]

    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]:
        return self.array_capsules()

    def __arrow_c_schema__(self) -> object:
        return self.array_capsules()[0]

    def to_pyarrow(self) -> "pyarrow.Array[Any]":
        """The column as a ``pyarrow.Array``, sharing its memory."""
        import pyarrow

        return pyarrow.array(self)

    def __repr__(self) -> str:
        n = len(self)
        shown = ", ".join(repr(value) for value in self._slice(0, min(n, 10)))
        return f"<lambdarrow.Column {self.name}: {self.type}, {n} rows: [{shown}{', …' if n > 10 else ''}]>"
