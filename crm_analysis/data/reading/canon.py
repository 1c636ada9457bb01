"""From a raw table to the canonical one: every cell read under a stated rule, every row kept or accounted for.

A file whose cells are all in canonical form is read once, by a query that fails on the first other cell. Any other
file takes the careful way: look at all cells, decide the readings, convert, and name what cannot be converted.
"""

import os

import duckdb

from crm_analysis.data.reading import careful, cells, dates
from crm_analysis.data.reading.decisions import decide
from crm_analysis.data.reading.shapes import Part, outputs
from crm_analysis.data.sql import nested, parquet, quoted, selected, store

SAMPLE = 3000


def convert(con, raw, table, items, keep, options, folder):
    """Write ``raw`` as a canonical Parquet file in ``folder``; raises DataError with everything wrong.

    ``items``: the columns, formulas last; ``keep``: SQL over ``v{i}`` that says which rows are wanted, or ''.
    """
    target = os.path.join(folder, f"{table}.part.parquet")
    try:
        if raw.text and (raw.text.scan.controls or raw.text.line != 1):
            raise _NotCanonical
        head = decide(con, f"(SELECT * FROM {raw.source} LIMIT {SAMPLE})", items, options)
        if not head.problems and head.sure:
            rows = _fast(con, raw, items, keep, head.readings, target)
            careful.refuse_swallowed(con, raw, table, rows)
            return Part(target, rows, {}, [w | {"count": rows} for w in head.warnings], [])
    except (duckdb.Error, _NotCanonical):
        pass  # some cell or record is not in canonical form
    return careful.convert(con, raw, table, items, keep, options, folder, target)


class _NotCanonical(Exception):
    pass


def _fast(con, raw, items, keep, decided, target):
    if keep:
        raise _NotCanonical
    layers = [{}, {}, {}, {}]
    for item in items:
        step = 2 if item.formula else 0
        layers[step][f"x{item.i}"] = item.formula or quoted(item.column)
        value = cells.quick(
            item.i, item.kind, item.required, item.sort, decided[item.i], raw.text and raw.text.scan, item.header
        )
        if value is None:
            raise _NotCanonical
        layers[step + 1][f"v{item.i}"] = value
    store(con, f"SELECT {selected(outputs(items))} FROM {nested(raw.source, layers)}", target)
    return _checked(con, items, target)


def _checked(con, items, target):
    """Rows of the fast way's output; dates are known to be plausible only now."""
    columns = [item.name for item in items if item.name and item.kind == "date"]
    ends = "".join(f", year(min({quoted(d)})), year(max({quoted(d)}))" for d in columns)
    rows, *years = con.execute(f"SELECT count(*){ends} FROM {parquet(target)}").fetchone()
    if any(y is not None and not dates.YEAR_MIN <= y <= dates.YEAR_MAX for y in years):
        raise _NotCanonical
    return rows
