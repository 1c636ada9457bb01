"""The shapes that pass between the steps of the way in."""

from typing import NamedTuple

from crm_analysis.data.tables import day_name


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
    """What became of one file.

    ``raw`` and ``items``: what it was made of; ``set_aside``: the problems of the rows set aside; ``aside``: the files
    with those rows; ``rows``: a Parquet file with the number (``_row``) of each row kept, in order, or ''
    when the n-th row kept is row n; ``readings``: {item number: Reading}.
    """

    path: str
    rows_in: int
    dropped: dict
    warnings: list
    raw: object
    items: list
    set_aside: list = []
    aside: list = []
    rows: str = ""
    readings: dict = {}


def outputs(items, value="v"):
    """{output column: SQL} in contract order, with the day companions."""
    made = {}
    for item in items:
        if item.name:
            made[item.name] = f"{value}{item.i}"
            if item.kind == "date":
                made[day_name(item.name)] = f"CAST(CAST({value}{item.i} AS DATE) - DATE '1970-01-01' AS INTEGER)"
    return made
