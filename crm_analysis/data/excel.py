"""The doors for workbooks and SQLite files: their rows become a Parquet file of text, the true type of a cell kept in how it is written."""

import datetime
import itertools
import os
import sqlite3

from . import delimited, files
from .errors import refuse, shown

BATCH = 20_000


def workbook(path, name, options, target, wanted):
    """Write the sheet as text to ``target``: columns c0, c1, …, ``_row`` and ``_line`` (the sheet's row). Returns the header.

    Raises DataError ``too_large``, ``corrupt``, ``empty_file``, ``no_sheet`` or ``ambiguous_sheet``.
    """
    import python_calamine

    files.check_workbook(path)
    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        sheets = [s.name for s in book.sheets_metadata]
        return _sheet(book, sheets, name, options, target, wanted)
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        refuse(
            "corrupt",
            name,
            f"the workbook cannot be read: corrupt, truncated or not a workbook ({error})",
            mend="Save it again.",
        )


def _sheet(book, sheets, name, options, target, wanted):
    told, skip = options.get("sheet"), int(options.get("skip_lines") or 0)
    if told is not None and told not in sheets:
        refuse(
            "no_sheet",
            name,
            f"there is no sheet {shown(told)}",
            mend=f"The sheets are {', '.join(map(shown, sheets))} (option sheet).",
        )
    found = []
    for sheet in [told] if told is not None else sheets:
        rows = book.get_sheet_by_name(sheet)
        header, first = _header(rows, skip)
        if header:
            found.append((sheet, header, first, rows))
    tables = [entry for entry in found if sum(delimited.normal(h) in wanted for h in entry[1])] or found
    if not tables:
        refuse("empty_file", name, "the workbook is empty: no header and no rows", mend="Save it again with its data.")
    if len(tables) > 1 and told is None:
        refuse("ambiguous_sheet", name, f"{len(tables)} sheets hold data: {', '.join(shown(t[0]) for t in tables)}",
               mend="Say which sheet is meant (option sheet).")  # fmt: skip
    _, header, first, rows = tables[0]
    _refuse_title(name, header, first, rows, wanted)
    width = len(header)
    numbered = ((row, line, [text(v) for v in cells[:width]] + [None] * (width - len(cells)))
                for row, line, cells in _filled(rows, first))  # fmt: skip
    written(target, width, numbered)
    return header


def _header(sheet, skip):
    """(header, its row from 1): the first row after ``skip`` rows that is not empty."""
    for i, cells in enumerate(itertools.islice(sheet.iter_rows(), skip, skip + 50)):
        if any(text(v) for v in cells):
            return tuple(text(v) or "" for v in cells), skip + i + 1
    return (), 0


def _refuse_title(name, header, first, rows, wanted):
    """Point at a header that stands below other rows."""
    score = sum(delimited.normal(h) in wanted for h in header)
    for line, cells in enumerate(itertools.islice(rows.iter_rows(), first + 30), 1) if score < 2 else ():
        if line > first and sum(delimited.normal(text(v) or "") in wanted for v in cells) > max(score, 1):
            refuse("missing_column", name, f"the first row is not the header; row {line} looks like it",
                   mend=f"Remove the rows above it, or say how many there are (option skip_lines: {line - 1}).",
                   examples=[{"line": line, "row": None, "value": None}])  # fmt: skip


def _filled(sheet, first):
    row = 0
    for line, cells in enumerate(sheet.iter_rows(), 1):
        if line > first and any(v not in ("", None) for v in cells):
            row += 1
            yield row, line, list(cells)


def text(value):
    """A cell of a workbook or database as text; a number is written so that it has one reading only.

    >>> text(1001.0), text(1.234), text(datetime.date(2024, 5, 3)), text(True)
    ('1001', '1.2340', '2024-05-03', 'true')
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ") if value.time() != datetime.time() else value.date().isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value).encode("utf-8", "replace").decode("utf-8")


def _number(value):
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    told = repr(value)
    whole, _, part = told.partition(".")
    return told + "0" if len(part) == 3 and part.isdigit() else told


def written(target, width, rows):
    """Write (row, line, cells) in batches to a Parquet file of text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = [f"c{i}" for i in range(width)]
    schema = pa.schema([(n, pa.string()) for n in names] + [("_row", pa.int64()), ("_line", pa.int64())])
    rows = iter(rows)
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        while batch := list(itertools.islice(rows, BATCH)):
            columns = [pa.array([cells[i] for _, _, cells in batch], pa.string()) for i in range(width)]
            columns += [pa.array([r for r, _, _ in batch], pa.int64()), pa.array([n for _, n, _ in batch], pa.int64())]
            writer.write_batch(pa.record_batch(columns, schema=schema))


def sqlite(path, name, table, options, target):
    """Write a table or query of a SQLite file as text to ``target``; the file is opened for reading only.

    Raises DataError ``corrupt``, ``sql`` or ``ambiguous_table``.
    """
    uri = (
        "file:"
        + os.path.abspath(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
        + "?mode=ro&immutable=1"
    )
    con = sqlite3.connect(uri, uri=True)
    try:
        con.text_factory = lambda raw: raw.decode("utf-8", "replace")
        query = options.get("sql") or _query(con, name, table, options.get("db_table"))
        con.set_authorizer(only_reading)
        cursor = con.execute(query)
        if cursor.description is None:
            refuse("sql", name, "the query returns no table", mend="Give one SELECT (option sql).")
        header = tuple(column[0] for column in cursor.description)
        written(target, len(header), ((i, None, [text(v) for v in cells]) for i, cells in enumerate(cursor, 1)))
        return header
    except sqlite3.DatabaseError as error:
        code = "corrupt" if "malformed" in str(error) or "not a database" in str(error) else "sql"
        refuse(
            code,
            name,
            f"the database refuses: {error}",
            mend="Only one SELECT is run, and nothing is written (option sql).",
        )
    finally:
        con.close()


def only_reading(action, *_):
    """For SQLite's authorizer: a query may read, and nothing else."""
    allowed = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE)
    return sqlite3.SQLITE_OK if action in allowed else sqlite3.SQLITE_DENY


def _query(con, name, table, told):
    names = [
        row[0]
        for row in con.execute(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
        )
    ]
    return "SELECT * FROM " + '"' + chosen(names, name, table, told).replace('"', '""') + '"'


def chosen(names, file, table, told):
    """The table of a database that is meant: the one told, the one named as ours, or the only one."""
    listed = ", ".join(map(shown, names[:20]))
    if told is not None and told not in names:
        refuse("no_table", file, f"there is no table {shown(told)}", mend=f"The tables are {listed}.")
    if told is None and table not in names and len(names) != 1:
        refuse("ambiguous_table", file, f"{len(names)} tables, none of them named {table}: {listed}",
               mend="Say which is meant (option sql, e.g. SELECT * FROM orders).")  # fmt: skip
    return told or (table if table in names else names[0])
