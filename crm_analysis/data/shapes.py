"""The shapes that pass between the steps of the way in."""

from typing import NamedTuple

from . import delimited


class Raw(NamedTuple):
    """A table as it lies in its source, ready to be queried.

    ``source``: FROM clause; ``columns``: header -> (SQL column, sort); ``text``: the delimited file, if it is one;
    ``path``: the Parquet file, if it is one; ``ragged``: rows that the door left out.
    """

    name: str
    source: str
    columns: dict
    text: delimited.Delimited | None = None
    path: str = ""
    numbered: bool = False
    ragged: int = 0
    warnings: tuple = ()


class Item(NamedTuple):
    """One column on its way: ``i`` its number, ``name`` its contract name ('' for an operand of a formula)."""

    i: int
    name: str
    kind: str
    required: bool
    header: str
    column: str
    sort: str
    formula: str = ""


class Part(NamedTuple):
    """What became of one file."""

    path: str
    rows_in: int
    dropped: dict
    warnings: list
    set_aside: list


def day_name(column):
    """The name of the day-number companion of a date column.

    >>> day_name("order_date"), day_name("opened_at"), day_name("period_end")
    ('order_day', 'opened_day', 'period_end_day')
    """
    for suffix in ("_date", "_on", "_at"):
        column = column.removesuffix(suffix)
    return column + "_day"


def outputs(items, value="v"):
    """{output column: SQL} in contract order, with the day companions."""
    made = {}
    for item in items:
        if item.name:
            made[item.name] = f"{value}{item.i}"
            if item.kind == "date":
                made[day_name(item.name)] = f"CAST(CAST({value}{item.i} AS DATE) - DATE '1970-01-01' AS INTEGER)"
    return made
