"""What is read of a table and in which way: its columns as items, its formulas last."""

from . import formula
from .errors import refuse
from .shapes import Item
from .tables import TABLES


def operands(table):
    """{column of the file: type} that the formulas need."""
    needed = {}
    for made in (*table.computed.values(), *([table.filter] if table.filter else [])):
        for column, kind in made.columns.items():
            if needed.setdefault(column, kind) != kind:
                refuse(
                    "source_file",
                    table.name,
                    f"the column {column} is used as {needed[column]} and as {kind}",
                    mend="Mend the formulas.",
                )
    return needed


def items(table, found, operands):
    """([Item], SQL of the filter): what to read and in which way; formulas come last."""
    planned, operand = [], {}
    for column, kind in operands.items():
        header, name, sort = found[("operand", column)]
        operand[column] = len(planned)
        planned.append(Item(len(planned), "", kind, False, header, name, sort))
    for column in TABLES[table.name]:
        if column.name in found:
            header, name, sort = found[column.name]
            planned.append(Item(len(planned), column.name, column.kind, column.required, header, name, sort))
    for column in TABLES[table.name]:
        if column.name in table.computed:
            made = table.computed[column.name]
            sort = {"number": "fraction", "text": "text", "truth": "flag"}.get(made.type, made.type)
            sql = formula.sql(made, lambda name: f"v{operand[name]}")
            planned.append(Item(len(planned), column.name, column.kind, column.required, column.name, "", sort, sql))
    keep = formula.sql(table.filter, lambda name: f"v{operand[name]}") if table.filter else ""
    return planned, keep
