"""A batch as text: its first ten rows."""

_ROWS, _WIDTH = 10, 32


def _cell(value):
    text = "null" if value is None else value if isinstance(value, str) else repr(value)
    text = "".join(c if c.isprintable() else "·" for c in text)
    return text if len(text) <= _WIDTH else text[:_WIDTH - 1] + "…"


def batch_text(batch):
    n = batch.num_rows
    names = batch.column_names
    lines = []
    for name in names:
        column = batch[name]
        shown = [_cell(value) for value in column[:_ROWS]]
        lines.append([name, _cell(column.type), *shown])
    left = max((len(line[0]) for line in lines), default=0)
    middle = max((len(line[1]) for line in lines), default=0)
    text = [f"lambdarrow.Batch: {n} rows, {len(names)} columns, {len(batch.failures)} failures"]
    for name, type, *cells in lines:
        text.append(f"{name:<{left}}  {type:<{middle}}  {' | '.join(cells)}{' | …' if n > _ROWS else ''}")
    return "\n".join(text)
