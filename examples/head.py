"""The first rows of a Parquet file, some columns of it.

    python examples/head.py FILE ROWS COLUMN...
"""

import sys

import pyarrow.parquet as parquet

path, rows, *columns = sys.argv[1:]
table = parquet.read_table(path)
print(f"{path}: {table.num_rows} rows, {table.num_columns} columns; the first {rows}:")
shown = [columns, *([str(row[name]) for name in columns] for row in table.slice(0, int(rows)).to_pylist())]
widths = [max(len(line[k]) for line in shown) for k in range(len(columns))]
for line in shown:
    print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
