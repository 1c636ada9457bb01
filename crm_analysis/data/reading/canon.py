"""From a raw table to the canonical one: every cell read under a stated rule, every row kept or accounted for.

What looks canonical in a sample is read by a query that fails on the first other cell; only the other columns are
looked at wholly before. Where it fails all columns are looked at, and where one cell still has no reading, the careful
way follows: it names what cannot be converted.
"""

import os

import duckdb

from crm_analysis.data.reading import careful, cells, dates
from crm_analysis.data.reading.decisions import Decision, decide
from crm_analysis.data.reading.shapes import Part, outputs
from crm_analysis.data.sql import nested, parquet, quoted, selected, store

SAMPLE = 3000


def convert(con, raw, table, items, keep, options, folder):
    """Write ``raw`` as a canonical Parquet file in ``folder``; raises DataError with everything wrong.

    ``items``: the columns, formulas last; ``keep``: SQL over ``v{i}`` that says which rows are wanted, or ''.
    """
    # The statistics of a Parquet file leave out NaN; an engine that believes them takes such a cell for one like the others.
    con.execute("SET disabled_optimizers = 'statistics_propagation'")
    try:
        return _converted(con, raw, table, items, keep, options, folder)
    finally:
        con.execute("RESET disabled_optimizers")


def _converted(con, raw, table, items, keep, options, folder):
    target, decision = os.path.join(folder, f"{table}.part.parquet"), None
    # DuckDB's reader skips records where we count lines, and takes a NUL for a letter like any other.
    if not raw.text or not (raw.text.scan.controls or raw.text.line != 1):
        for look in (_by_sample, _by_all):
            try:
                decision, quick = look(con, raw, items, options)
                if decision.problems:
                    break
                part = _strict(con, raw, items, keep, decision, quick, target)
                careful.refuse_swallowed(con, raw, table, part.rows_in)
                return part
            except (duckdb.Error, _NotCanonical):
                pass  # some cell or record is not what it was taken for
    whole = decision if decision and look is _by_all else None
    return careful.convert(con, raw, table, items, keep, options, folder, target, whole)


class _NotCanonical(Exception):
    pass


def _by_sample(con, raw, items, options):
    """(Decision, numbers of the items to be read the quick way): all cells are looked at of untidy columns only."""
    head = decide(con, f"(SELECT * FROM {raw.source} LIMIT {SAMPLE})", items, options)
    untidy = [item for item in items if item.i not in head.tidy]
    found = decide(con, raw.source, untidy, options) if untidy else Decision({}, [], [], frozenset())
    names = _names(untidy)
    warnings = [w for w in head.warnings if w["column"] not in names] + found.warnings
    return Decision(head.readings | found.readings, found.problems, warnings, head.tidy), head.tidy


def _by_all(con, raw, items, options):
    """The same after a look at all cells; texts that are tidy throughout are read as they stand."""
    decision = decide(con, raw.source, items, options)
    return decision, {item.i for item in items if item.kind in ("id", "text") and item.i in decision.tidy}


def _strict(con, raw, items, keep, decision, quick, target):
    """The Part, by one query that fails on the first cell without a reading; a filter costs a second one."""
    scan, made, checked = raw.text and raw.text.scan, {}, []
    for item in items:
        value = cells.quick(item, decision.readings[item.i], scan) if item.i in quick else None
        made[item.i] = {"v": value} if value else cells.layers(item, decision.readings[item.i], scan)
        if not value:
            checked.append(
                f"b{item.i} = ''"
                + f" AND NOT ({careful.is_header(item)})" * (item.kind == "id" and item.sort == "text")
            )
    columns = outputs(items)
    if checked:  # in the first output, since what no output needs is not computed
        first = next(iter(columns))
        columns[first] = f"CASE WHEN {' AND '.join(checked)} THEN {columns[first]} ELSE error('no reading') END"
    if keep:
        columns["_keep"] = f"({keep}) IS TRUE"
    rows = store(con, f"SELECT {selected(columns)} FROM {nested(raw.source, cells.stacked(items, made))}", target)
    _refuse_far_days(con, items, target)
    dropped = _filtered(con, target, rows) if keep else {}
    sampled = _names(item for item in items if item.i in quick)
    warnings = [w | {"count": rows} if w["count"] and w["column"] in sampled else w for w in decision.warnings]
    return Part(target, rows, dropped, warnings, raw, items, rows=target + ".rows" if keep else "",
                readings=decision.readings)  # fmt: skip


def _names(items):
    return {item.name or item.header for item in items}


def _refuse_far_days(con, items, target):
    """Of dates read the quick way it is known only now whether they are plausible."""
    columns = [item.name for item in items if item.name and item.kind == "date"]
    first, end = f"DATE '{dates.YEAR_MIN}-01-01'", f"DATE '{dates.YEAR_MAX + 1}-01-01'"
    far = ", ".join(f"min({quoted(d)}) < {first} OR max({quoted(d)}) >= {end}" for d in columns)
    if columns and any(con.execute(f"SELECT {far} FROM {parquet(target)}").fetchone()):
        raise _NotCanonical


def _filtered(con, target, rows):
    whole = target + ".all"
    os.replace(target, whole)
    kept = store(con, f"SELECT * EXCLUDE (_keep) FROM {parquet(whole)} WHERE _keep", target)
    numbered = parquet(whole, rows=True)
    store(con, f"SELECT file_row_number + 1 AS _row FROM {numbered} WHERE _keep", target + ".rows")
    os.remove(whole)
    return {"filtered": rows - kept}
