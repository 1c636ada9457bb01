"""Rows that are set aside: where each stands, why, and its cells as they stand in the source."""

from typing import NamedTuple

from crm_analysis.data.files import delimited
from crm_analysis.data.sql import literal, parquet, quoted, selected, store

PLACES = ("file", "line", "row", "column", "reason", "problem", "record")
"""Columns of a file of rows set aside; the cells follow, each headed as in the source. ``record`` is the text of a row
with another number of fields than the header, of which no cell can be told.
"""


class Aside(NamedTuple):
    """A Parquet file of rows set aside; ``headers``: the names of its columns cell0, cell1, … in the source."""

    path: str
    headers: tuple
    rows: int


def taken(con, part, chosen, target):
    """Write the rows of a Part that ``chosen`` names to the Parquet file ``target``; returns the Aside.

    ``chosen``: SELECT with ``_row`` (number of the row), ``column``, ``reason`` and ``problem``.
    """
    raw = part.raw
    con.execute(f"CREATE OR REPLACE TEMP TABLE chosen AS {chosen}")
    row, source = _numbered(raw)
    line = "r._line" if raw.numbered else "NULL::BIGINT"
    join = ""
    if raw.text and not raw.numbered:
        rows = [n for (n,) in con.execute("SELECT DISTINCT _row FROM chosen").fetchall()]
        _lines(con, raw.text, rows, part.rows_in)
        line, join = "l.line", "LEFT JOIN lines_of_rows l ON l.row = c._row"
    places = {"file": literal(raw.name), "line": line, "row": "c._row", "column": 'c."column"', "reason": "c.reason",
              "problem": "c.problem", "record": "NULL::VARCHAR"}  # fmt: skip
    read = list(dict.fromkeys((item.header, item.column) for item in part.items if not item.formula))
    cells = {f"cell{k}": f"CAST(r.{quoted(column)} AS VARCHAR)" for k, (_, column) in enumerate(read)}
    numbered = f"(SELECT *, {row} AS _at FROM {source})"
    sql = f"SELECT {selected(places | cells)} FROM {numbered} r JOIN chosen c ON r._at = c._row {join} ORDER BY c._row"
    return Aside(target, tuple(header for header, _ in read), store(con, sql, target))


def ragged(con, raw, source, target):
    """The same for rows with another number of fields, which the door put into the Parquet file ``source``."""
    places = {"file": literal(raw.name), "line": "_line", "row": "_row", "column": "NULL::VARCHAR",
              "reason": "'ragged'", "problem": "'ragged'", "record": "record"}  # fmt: skip
    return Aside(target, (), store(con, f"SELECT {selected(places)} FROM {parquet(source)}", target))


def _numbered(raw):
    """(SQL of the number of a row from 1, FROM clause) of a raw table."""
    if raw.numbered:
        return "_row", raw.source
    if raw.path:
        return "file_row_number + 1", parquet(raw.path, rows=True)
    return "row_number() OVER ()", raw.source


def _lines(con, text, rows, rows_in):
    """The lines on which rows of a text begin, as the temporary table ``lines_of_rows``."""
    import pyarrow as pa

    one_each = not text.scan.quotes and rows_in + text.line == text.scan.lines + (not delimited.ends_in_newline(text))
    found = {row: row + text.line for row in rows} if one_each else delimited.lines_of(text, rows)
    arrow = pa.table({"row": pa.array(found.keys(), pa.int64()), "line": pa.array(found.values(), pa.int64())})
    con.register("lines_read", arrow)
    con.execute("CREATE OR REPLACE TEMP TABLE lines_of_rows AS SELECT * FROM lines_read")
    con.unregister("lines_read")
