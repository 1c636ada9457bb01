"""What is read of a table and in which way: its columns as items, its formulas last."""

from crm_analysis.data.errors import refuse
from crm_analysis.data.files import headers
from crm_analysis.data.reading.shapes import Item
from crm_analysis.data.sourcefile import formula
from crm_analysis.data.tables import TABLES
from crm_analysis.data.wording import told


def wanted(table):
    """The headers, in the form that is compared, of all columns that the table may need."""
    names = [table.columns.get(c.name, c.name) for c in TABLES[table.name]]
    return {headers.normal(name) for name in [*names, *_operands(table)]}


def planned(raw, table):
    """([Item], SQL of the filter or '', headers that are not read, warnings) for a table as it lies in its source.

    Raises DataError ``missing_column`` or ``duplicate_column``.
    """
    operands = _operands(table)
    found, ignored, normalised = headers.located(raw, table.name, table.columns, table.computed, operands)
    warnings = [told("header_normalised", None, 0)] if normalised else []
    return *_items(table, found, operands), ignored, warnings


def _operands(table):
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


def _items(table, found, operands):
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
