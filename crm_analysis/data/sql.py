"""Quoting names and values for DuckDB, and the connections the way in uses."""

import itertools
import os

import duckdb

_numbers = itertools.count(1)


def quoted(name):
    """``name`` as an SQL identifier.

    >>> quoted('a"b')
    '"a""b"'
    """
    return '"' + str(name).replace('"', '""') + '"'


def literal(text):
    """``text`` as an SQL string.

    >>> literal("O'Neil")
    "'O''Neil'"
    """
    return "'" + str(text).replace("'", "''") + "'"


def connect(folder, memory="1200MB"):
    """A connection that spills to ``folder``, never draws a progress bar and never fetches an extension."""
    config = {
        "memory_limit": memory,
        # Of its own: two connections that spill into one folder would overwrite each other's files.
        "temp_directory": os.path.join(folder, f"spill-{os.getpid()}-{next(_numbers)}"),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    con = duckdb.connect(config=config)
    # In Jupyter without ipywidgets it is off, and even setting it to off is refused.
    if con.execute("SELECT current_setting('enable_progress_bar')").fetchone()[0]:
        con.execute("SET enable_progress_bar = false")
    con.execute("SET TimeZone = 'UTC'")
    return con


def locked(con, files, folders):
    """The connection, able to reach the files and what is in the folders from now on, and nothing else."""
    folders = [os.path.join(os.path.abspath(folder), "") for folder in folders]
    con.execute(f"SET allowed_paths = [{', '.join(map(literal, files))}]")
    con.execute(f"SET allowed_directories = [{', '.join(map(literal, folders))}]")
    con.execute("SET enable_external_access = false")
    return con


def parquet(path, rows=False):
    """The FROM clause for a Parquet file; with ``rows`` it has the column ``file_row_number`` (from 0)."""
    return f"read_parquet({literal(path)}{', file_row_number = true' if rows else ''})"


def store(con, query, path):
    """Write what a SELECT gives to a Parquet file; returns how many rows that were."""
    return con.execute(f"COPY ({query}) TO {literal(path)} (FORMAT parquet, COMPRESSION zstd)").fetchone()[0]


def describe(con, source):
    """Names and DuckDB types of the columns of ``source`` (a FROM clause)."""
    return {row[0]: row[1] for row in con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}


def sort_of(duck_type):
    """What a DuckDB column type holds: text, number, fraction, date, time, zoned, flag, nested or other."""
    name = duck_type.upper()
    if name.endswith("]") or name.startswith(("STRUCT", "MAP", "UNION", "BLOB")):
        return "nested"
    if name.startswith(("DECIMAL", "FLOAT", "DOUBLE", "REAL")):
        return "fraction"
    if "INT" in name and not name.startswith("INTERVAL"):
        return "number"
    if name.startswith("TIMESTAMP"):
        return "zoned" if "TIME ZONE" in name else "time"
    return {"VARCHAR": "text", "DATE": "date", "BOOLEAN": "flag"}.get(name, "other")


def nested(source, layers):
    """A FROM clause that adds each layer of named expressions on top of the one before, the first one instead of it."""
    for depth, layer in enumerate(layers):
        if layer:
            source = f"(SELECT {'*, ' * (depth > 0)}{selected(layer)} FROM {source})"
    return source


def selected(made):
    return ", ".join(f"{sql} AS {quoted(name)}" for name, sql in made.items())
