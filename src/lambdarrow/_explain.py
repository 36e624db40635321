"""A compiled plan as text: its instructions, indented as they nest, and the columns they fill."""

from ._plan import CLOSED, NULLABLE, UNIT


def explain(plan):
    """The plan of ``_lower.lower`` as text, one instruction a line, ending in the batch's columns."""
    lines = []

    def column_of(index):
        if index < 0:
            return ""
        column = plan.columns[index]
        if column.kind == "ROWS":
            return f" => rows of level {plan.levels.index(column.child_domain)}"
        return f" -> {column.name}: {column.format}{'' if column.nullable else ' not null'}"

    def show(index, label, indent):
        node = plan.nodes[index]
        details = []
        if node.flags & UNIT:
            details.append("unit of failure")
        if node.op == "explode" and node.c:
            details.append("the value itself")
        if not node.flags & NULLABLE:
            details.append("not null")
        if node.flags & CLOSED:
            details.append("closed")
        lines.append(f"{index:4} {'  ' * indent}{label}{node.op}{column_of(node.column)}"
                     + (f" ({', '.join(details)})" if details else ""))
        if node.op in ("object", "struct"):
            first, _, count, _ = plan.objects[node.a]
            for key, child, required, _ in plan.fields[first:first + count]:
                label = "* " if key is None else f'"{key.decode()}"{"!" if required else ""}: '
                show(child, label, indent + 1)
        elif node.op in ("tee", "either", "one_of", "items", "fork", "magic", "delimited", "labelled"):
            for child in plan.children[node.first:node.first + node.count]:
                show(child, "", indent + 1)
        elif node.op == "map":
            show(node.a, "key: ", indent + 1)
            show(node.child, "value: ", indent + 1)
        elif node.child >= 0:
            show(node.child, "", indent + 1)

    show(plan.root, "", 0)
    visible = [plan.columns[index] for index in plan.output[:plan.visible]]
    lines.append("columns: " + ", ".join(f"{column.name}" for column in visible))
    return "\n".join(lines) + "\n"
