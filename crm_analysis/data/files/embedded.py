"""The doors for files that are databases, SQLite and DuckDB: opened for reading only, asked one SELECT."""

import os
import sqlite3

import duckdb

from crm_analysis.data.errors import engine_said, refuse, shown
from crm_analysis.data.files import texts
from crm_analysis.data.sql import quoted


def sqlite(path, name, table, options, target):
    """Write a table or query of a SQLite file as text to ``target``; the file is opened for reading only.

    Raises DataError ``corrupt``, ``sql`` or ``ambiguous_table``.
    """
    _refuse_unfinished(path, name)
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
        rows = ((i, None, [texts.text(v) for v in cells]) for i, cells in enumerate(cursor, 1))
        texts.written(target, [f"c{i}" for i in range(len(header))], rows)
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


def _refuse_unfinished(path, name):
    """Refuse a file that is cut off, or of which part stands in a log beside it: rows would be missing unnoticed."""
    with open(path, "rb") as file:
        head = file.read(100)
    size, pages = int.from_bytes(head[16:18]), int.from_bytes(head[28:32])
    known = head[24:28] == head[92:96]  # else the count of pages was not kept by the program that wrote last
    if len(head) < 100 or (known and os.path.getsize(path) < pages * (65536 if size == 1 else size)):
        refuse("corrupt", name, "the SQLite file is truncated: it is shorter than it says itself",
               mend="Transfer it again; nothing of it was used.")  # fmt: skip
    for log in ("-wal", "-journal"):
        if os.path.isfile(path + log) and os.path.getsize(path + log):
            refuse("sql", name, f"a part of the database stands in {name}{log}: changes that are not finished",
                   mend="Close the program that has it open, then give it again.")  # fmt: skip


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
    return "SELECT * FROM " + '"' + _chosen(names, name, table, told).replace('"', '""') + '"'


def _chosen(names, file, table, told):
    """The table of a database that is meant: the one told, the one named as ours, or the only one."""
    listed = ", ".join(map(shown, names[:20]))
    if told is not None and told not in names:
        refuse("no_table", file, f"there is no table {shown(told)}", mend=f"The tables are {listed}.")
    if told is None and table not in names and len(names) != 1:
        refuse("ambiguous_table", file, f"{len(names)} tables, none of them named {table}: {listed}",
               mend="Say which is meant (option sql, e.g. SELECT * FROM orders).")  # fmt: skip
    return told or (table if table in names else names[0])


def duck(path, name, table, options, target):
    """Write a table or query of a DuckDB file to ``target``, typed; its connection reads only, and reaches no other file.

    Raises DataError ``corrupt``, ``sql`` or ``ambiguous_table``.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        inner = duckdb.connect(
            path, read_only=True, config={"enable_external_access": "false", "memory_limit": "600MB"}
        )
    except duckdb.Error as error:
        refuse(
            "corrupt",
            name,
            f"the DuckDB file cannot be opened ({engine_said(error, path)})",
            mend="Write it again, or close the program that has it open.",
        )
    try:
        inner.execute("SET enable_progress_bar = false")
        query = options.get("sql") or "SELECT * FROM " + quoted(_named(inner, name, table, options))
        statements = inner.extract_statements(query)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            refuse("sql", name, "only one SELECT is run", mend="Give one SELECT (option sql).")
        reader = inner.sql(query).to_arrow_reader(50_000)
        with pq.ParquetWriter(target, reader.schema, compression="zstd") as writer:
            for batch in reader:
                writer.write_batch(batch)
    except (duckdb.Error, pa.ArrowException) as error:
        refuse("sql", name, f"the database refuses: {engine_said(error, path)}", mend="Mend the query (option sql).")
    finally:
        inner.close()


def _named(inner, name, table, options):
    names = [row[0] for row in inner.execute("SELECT table_name FROM information_schema.tables").fetchall()]
    return _chosen(names, name, table, options.get("db_table"))
