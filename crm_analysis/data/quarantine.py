"""The file of rows set aside, ``quarantine.csv``: private, beside the prepared tables, safe to open in a spreadsheet.

Nothing is lost: it holds as many rows of each table and reason as the facts count under ``dropped``, but for rows that
were left out on purpose (``LEFT_OUT``).
"""

import csv
import io
import os
import shutil

from crm_analysis.data.reading import aside
from crm_analysis.data.sql import literal, parquet, quoted, selected

FILE = "quarantine.csv"
LEFT_OUT = ("after_as_of", "blank_row", "exact_duplicate", "filtered")
# What a spreadsheet may take for a formula gets an apostrophe in front, and so does one that has some there already.
LIVE = r"^'*[=+\-@\t\r\n\x{ff0b}\x{ff0d}\x{ff1d}\x{ff20}]"


def written(con, made, folder, cells=True):
    """Write the rows set aside of the tables ``made`` {name: about}; returns {table: rows}, {} when there are none.

    Columns: ``table``, then ``aside.PLACES``, then the source's own columns that are read, as they stand there. Without
    ``cells`` (a report with pseudonyms) neither cells nor records are written: any of them may hold an id.
    """
    those = [(name, entry) for name, about in made.items() for entry in about["aside"]]
    if not those:
        return {}
    headers = list(dict.fromkeys(h for _, entry in those for h in entry.headers)) if cells else []
    places = [place for place in aside.PLACES if cells or place != "record"]
    target, counts = os.path.join(folder, FILE), {}
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write("\ufeff".encode() + _row(["table", *places, *(_named(con, h, places) for h in headers)]))
        for name, entry in those:
            body = entry.path + ".csv"
            counts[name] = counts.get(name, 0) + _body(con, name, entry, places, headers, body)
            with open(body, "rb") as rows:
                shutil.copyfileobj(rows, file)
            os.remove(body)
    return counts


def _body(con, name, entry, places, headers, body):
    """Write the rows of one file; returns how many."""
    there = {header: f"cell{k}" for k, header in enumerate(entry.headers)}
    made = {"table": literal(name)} | {place: _safe(quoted(place)) for place in places}
    made |= {"line": '"line"', "row": '"row"'}
    made |= {f"h{k}": _safe(there[h]) if h in there else "NULL" for k, h in enumerate(headers)}
    sql = f'SELECT {selected(made)} FROM {parquet(entry.path)} ORDER BY "row"'
    return con.execute(f"COPY ({sql}) TO {literal(body)} (FORMAT csv, HEADER false)").fetchone()[0]


def _safe(text):
    """SQL: a text that no spreadsheet takes for a formula."""
    return f"CASE WHEN regexp_matches({text}, {literal(LIVE)}) THEN chr(39) || {text} ELSE {text} END"


def _named(con, header, places):
    """The heading of a column of the source; told from ours where it has the same name."""
    name = f"{header} (source)" if header.lower() in ("table", *places) else header
    return con.execute(f"SELECT {_safe('h')} FROM (SELECT {literal(name)} AS h)").fetchone()[0]


def _row(cells):
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()
