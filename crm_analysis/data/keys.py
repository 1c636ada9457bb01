"""Rows that share a key which should be unique: what is done with them is said in the source file, never decided here.

Two rows of one key are an exact duplicate when they are equal in every column that is read, and a conflict otherwise.
"""

import os

from crm_analysis.data.errors import problem
from crm_analysis.data.reading import aside
from crm_analysis.data.sql import describe, literal, parquet, quoted, store

DROPPED, REPEATED, CONFLICT = "exact_duplicate", "repeated_row", "conflicting_key"
TAKEN = {"first": DROPPED, "quarantine": REPEATED}


def settled(con, path, unique, about, known="true"):
    """Refuse, leave out or set aside rows of the Parquet file ``path`` that share a key; returns the problems.

    ``unique``: the ``spec.Unique`` of the table; ``known``: SQL of the rows that count. Adds to ``about``: ``dropped`` by
    reason, and the files of rows set aside.
    """
    n, copies, conflicts = _sharing(con, path, unique.columns, known)
    if not n:
        return []
    examples = {"exact": _examples(con, unique.columns, "_copy > 1") if copies else [],
                "conflicts": _examples(con, unique.columns, "_kinds > 1") if conflicts else []}  # fmt: skip
    problems = refused(about["files"][0]["name"], about["table"], unique, copies, conflicts, examples)
    if not problems:
        _taken(con, path, unique, about)
    return problems


def _sharing(con, path, columns, known):
    """(keys in more than one row, exact duplicates, keys in conflict); the rows stand in the table ``sharing``."""
    names, key = list(map(quoted, describe(con, parquet(path)))), ", ".join(map(quoted, columns))
    source = f"(SELECT * FROM {parquet(path, rows=True)} WHERE {known})"
    con.execute(f"CREATE OR REPLACE TEMP TABLE shared AS SELECT {key} FROM {source} GROUP BY ALL HAVING count(*) > 1")
    same = " AND ".join(f"l.{quoted(c)} IS NOT DISTINCT FROM k.{quoted(c)}" for c in columns)
    copy = f"row_number() OVER (PARTITION BY {', '.join(names)} ORDER BY file_row_number)"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE sharing AS SELECT *, count(*) FILTER (WHERE _copy = 1) OVER (PARTITION BY {key}) AS _kinds "
        f"FROM (SELECT *, {copy} AS _copy FROM {source} l SEMI JOIN shared k ON {same})"
    )
    return con.execute(
        "SELECT (SELECT count(*) FROM shared), count(*) FILTER (WHERE _copy > 1), "
        f"(SELECT count(*) FROM (SELECT DISTINCT {key} FROM sharing WHERE _kinds > 1)) FROM sharing"
    ).fetchone()


def refused(file, table, unique, copies, conflicts, examples):
    """The problems of exact duplicates and of conflicts that the source file does not settle.

    ``examples``: {"exact": [...], "conflicts": [...]}.
    """
    listed, problems = ", ".join(unique.columns), []
    if copies and unique.exact == "refuse":
        problems.append(problem(
            "duplicate_key", file, f"{copies:,} row(s) are equal to an earlier row of the same {listed} in every column "
            "that is read", mend="Remove them, or say that the first is kept and the others are counted "
            f"(unique: {{columns: [{listed}], exact: first}}).",
            table=table, column=unique.columns[0], count=copies, examples=examples["exact"]))  # fmt: skip
    if conflicts and unique.conflicts == "refuse":
        problems.append(problem(
            "duplicate_key", file, f"{conflicts:,} value(s) of {listed} stand in more than one row, and the rows differ",
            mend=f"Keep one row per {' and '.join(unique.columns)}, or have all of them set aside "
            f"(unique: {{columns: [{listed}], conflicts: quarantine}}).",
            table=table, column=unique.columns[0], count=conflicts, examples=examples["conflicts"]))  # fmt: skip
    return problems


def _examples(con, columns, where):
    key = ", ".join(map(quoted, columns))
    rows = con.execute(f"SELECT DISTINCT {key} FROM sharing WHERE {where} ORDER BY ALL LIMIT 5").fetchall()
    return [{"row": None, "line": None, "value": " / ".join(map(str, row))} for row in rows]


def _taken(con, path, unique, about):
    """Leave the rows out of the file, count them by reason, and set aside those that are to be looked at."""
    exact = literal(TAKEN.get(unique.exact, REPEATED))
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE gone AS SELECT file_row_number AS place, CASE WHEN _copy > 1 THEN {exact} "
        f"ELSE {literal(CONFLICT)} END AS reason FROM sharing WHERE _copy > 1 OR _kinds > 1"
    )
    for reason, n in con.execute("SELECT reason, count(*) FROM gone GROUP BY ALL ORDER BY ALL").fetchall():
        about["dropped"][reason] = about["dropped"].get(reason, 0) + n
    _set_aside(con, unique, about)
    kept = f"SELECT * EXCLUDE (file_row_number) FROM {parquet(path, rows=True)} WHERE file_row_number NOT IN (SELECT place FROM gone)"
    store(con, kept + " ORDER BY file_row_number", path + ".kept")
    os.replace(path + ".kept", path)


def _set_aside(con, unique, about):
    """Find for each row the file it came from and its number there."""
    start = 0
    for part in about["parts"]:
        kept = part.rows_in - sum(part.dropped.values())
        here = f"reason <> {literal(DROPPED)} AND place >= {start} AND place < {start + kept}"
        row, rows = f"place - {start} + 1", ""
        if part.rows:
            row, rows = "k._row", f"JOIN {parquet(part.rows, rows=True)} k ON k.file_row_number = place - {start}"
        column = literal(", ".join(unique.columns))
        chosen = f'SELECT {row} AS _row, {column} AS "column", reason, reason AS problem FROM gone {rows} WHERE {here}'
        entry = aside.taken(con, part, chosen, part.path + ".keys")
        about["aside"] += [entry] * bool(entry.rows)
        start += kept
