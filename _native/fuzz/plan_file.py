"""Writes the plans of plans.py as a C header, so that fuzz_plan.c runs real ones without Python."""

import sys
from pathlib import Path

from plans import cases

NODE = ("flags", "column", "child", "first", "count", "a", "b", "c", "d")


def quoted(text):
    """A C string literal of the bytes. Octal: unlike a hexadecimal escape it ends after three digits."""
    raw = text.encode() if isinstance(text, str) else bytes(text)
    return '"' + "".join(chr(b) if chr(b).isalnum() and b < 128 else f"\\{b:03o}" for b in raw) + '"'


def bytes_of(text):
    return "NULL" if text is None else f"(const uint8_t *){quoted(text)}"


def size(text):
    return 0 if text is None else len(text)


def array(type_, name, rows):
    """A table. Never empty: C has no array of nothing."""
    return f"static {type_} {name}[] = {{\n" + "".join(f"    {row},\n" for row in rows or ["{0}"]) + "};\n"


def value_of(value):
    """A number of a node; an error is called by its name."""
    return f"LA_E_{value.upper()}" if isinstance(value, str) else value


def integers(name, values, type_="int32_t"):
    texts = [f"INT64_C({value})" if type_ == "int64_t" else str(value) for value in values]
    return f"static {type_} {name}[] = {{ {', '.join(texts) or '0'} }};\n"


def plan(index, p):
    """The tables of one plan, and the initialiser that names them."""
    def table(name):
        return f"la_{name}_{index}"

    children, columns = [], []
    for column in p.columns:
        columns.append(
            f"{{ .kind = LA_C_{column.kind}, .nullable = {int(column.nullable)}, .width = {column.width}, "
            f".domain = {column.domain}, .child_domain = {column.child_domain}, .first_child = {len(children)}, "
            f".n_children = {len(column.children)}"
            + (f", .format = {quoted(column.format)}, .name = {quoted(column.name)}" if column.format else "") + " }")
        children += column.children
    text = array("la_node", table("nodes"), [
        f"{{ .op = LA_OP_{n.op.upper()}, " + ", ".join(f".{key} = {value_of(getattr(n, key))}" for key in NODE) + " }"
        for n in p.nodes])
    text += array("la_field", table("fields"), [
        f"{{ .key = {bytes_of(key)}, .key_length = {size(key)}, .node = {child}, .required = {int(required)}, "
        f".default_text = {bytes_of(default)}, .default_length = {size(default)} }}"
        for key, child, required, default in p.fields])
    text += array("la_object_spec", table("objects"), [
        f"{{ .first = {first}, .keyed = {keyed}, .all = {every}, .rest = {rest} }}"
        for first, keyed, every, rest in p.objects])
    text += array("la_text", table("texts"), [f"{{ {bytes_of(t)}, {len(t)} }}" for t in p.texts])
    text += array("la_column_spec", table("columns"), columns)
    text += integers(table("integers"), p.integers, "int64_t")
    lists = {"children": p.children, "column_children": children, "levels": p.levels, "row_columns": p.row_columns,
             "row_items": p.row_items, "output": p.output}
    for name, values in lists.items():
        text += integers(table(name), values)
    counts = {"nodes": p.nodes, "fields": p.fields, "objects": p.objects, "children": p.children,
              "integers": p.integers, "texts": p.texts, "columns": p.columns, "column_children": children,
              "domains": p.domains, "levels": p.levels, "output": p.output}
    named = ["nodes", "fields", "objects", "texts", "columns", "integers", *lists]
    limits = {"depth": 128, "map_keys": 1 << 20, "rows": 1 << 24, "max_inflated": 256 << 20, **p.limits}
    made = ", ".join(f".{name} = {table(name)}" for name in named)
    made += "".join(f", .n_{name} = {len(values)}" for name, values in counts.items())
    made += "".join(f", .{name} = {getattr(p, name)}" for name in (
        "root", "record_column", "identifier_column", "metadata_column", "corrupt_column", "rescue_column",
        "unit_level"))
    made += f", .n_visible = {p.visible}, .n_layers = {p.layers}, .replace_surrogates = {int(p.replace_surrogates)}"
    made += f", .identifier = {p.identifier_path[0]}, .n_identifier = {p.identifier_path[1]}"
    made += f", .group = {p.group_path[0]}, .n_group = {p.group_path[1]}"
    made += ", .limits = { " + ", ".join(f".{k} = {v}" for k, v in limits.items()) + " }"
    return text, "{ " + made + " }"


def header():
    tables, rows, keys = [], [], {}
    for number, case in enumerate(cases()):
        text, first = plan(f"{number}", case.plan)
        twin_text, twin = plan(f"{number}_twin", case.twin)
        tables += [text, twin_text]
        wrap = case.wrap or ("", "", "", "", "")
        kind = f"WRAP_{wrap[0].upper() or 'NONE'}"
        rows.append(f"{{ {quoted(case.name)}, {first},\n      {twin},\n      {kind}, "
                    + ", ".join(quoted(part) for part in wrap[1:]) + " }")
        keys.update(dict.fromkeys(key for key, *_ in case.plan.fields if key is not None))
    return (
        "/* Written by plan_file.py. Included by plan_table.h, behind the types that it fills. */\n"
        + "".join(tables)
        + array("fuzz_plan", "fuzz_plans", rows)
        + "static const char *const fuzz_keys[] = {\n" + "".join(f"    {quoted(key)},\n" for key in keys) + "};\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python plan_file.py OUT.h")
    Path(sys.argv[1]).parent.mkdir(parents=True, exist_ok=True)
    Path(sys.argv[1]).write_text(header(), encoding="ascii")
