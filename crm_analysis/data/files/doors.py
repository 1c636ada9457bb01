"""One small door per kind of file: each gives the table as it lies there, ready to be queried."""

import os

import duckdb

from crm_analysis.data.errors import engine_said, refuse
from crm_analysis.data.files import content, delimited, embedded, workbooks
from crm_analysis.data.files.raw import Raw
from crm_analysis.data.sql import describe, parquet, quoted, sort_of, store
from crm_analysis.data.wording import told


def opened(con, path, table, options, folder, wanted):
    """(Raw, facts of the file) of one file. ``wanted``: normal header names by which the table is recognised."""
    name = os.path.basename(path)
    try:
        given, kind = path, content.kind(path)
        if kind in ("gzip", "zip"):
            inner = os.path.join(folder, "unpacked")
            (content.unpack_gzip if kind == "gzip" else content.unpack_zip)(path, inner)
            path, kind = inner, _inner(inner, name)
    except PermissionError:
        refuse("not_found", name, "the file may not be read", mend="Give the reader the right to read it.")
    opener = {"csv": _text, "excel": _workbook, "sqlite": _sqlite, "duckdb": _duckdb, "parquet": _parquet}[kind]
    raw = opener(con, path, name, table, options, folder, wanted)
    whole = raw.text.scan.sha256 if raw.text and raw.text.path == given else content.sha256(given)
    return raw, {"name": name, "sha256": whole, "bytes": os.path.getsize(given)}


def _inner(path, name):
    if not os.path.getsize(path):
        refuse("empty_file", name, "the file inside is empty (0 bytes)", mend="Export it again.")
    kind = content.kind(path)
    if kind in ("gzip", "zip"):
        refuse("not_a_table", name, "an archive inside an archive", mend="Unpack it first.")
    return kind


def _text(con, path, name, table, options, folder, wanted):
    file = delimited.opened(path, name, options, folder, wanted)
    columns = [(header, f"c{i}", "text") for i, header in enumerate(file.header)]
    doubtful = file.path != path and not content.bom(path) and content.scan(path).broken < 0 and not file.scan.ascii
    warnings = [told("encoding_doubtful", None, 0)] if doubtful else []
    return Raw(name, delimited.from_clause(file), columns, text=file, warnings=tuple(warnings))


def _workbook(con, path, name, table, options, folder, wanted):
    target = os.path.join(folder, "sheet.parquet")
    header = workbooks.workbook(path, name, options, target, wanted)
    return _texts(name, target, header)


def _texts(name, target, header):
    columns = [(h, f"c{i}", "text") for i, h in enumerate(header)]
    return Raw(name, parquet(target), columns, path=target, numbered=True)


def _sqlite(con, path, name, table, options, folder, wanted):
    target = os.path.join(folder, "sqlite.parquet")
    return _texts(name, target, embedded.sqlite(path, name, table, options, target))


def _parquet(con, path, name, table, options, folder, wanted):
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        types = describe(con, parquet(path))
        names = pq.read_schema(path).names  # the engine renames a column of the same name as another, but for case
    except (duckdb.Error, pa.ArrowException) as error:
        refuse(
            "corrupt",
            name,
            f"the Parquet file is corrupt or truncated ({engine_said(error, path)})",
            mend="Write it again.",
        )
    if "file_row_number" in types:  # the name under which the engine gives row numbers
        renamed = os.path.join(folder, "renamed.parquet")
        chosen = ", ".join(f"{quoted(column)} AS c{i}" for i, column in enumerate(types))
        store(con, f"SELECT {chosen} FROM {parquet(path)}", renamed)
        path, types = renamed, {f"c{i}": kind for i, kind in enumerate(types.values())}
    columns = [(h, column, sort_of(kind)) for h, (column, kind) in zip(names, types.items(), strict=True)]
    return Raw(name, parquet(path), columns, path=path)


def _duckdb(con, path, name, table, options, folder, wanted):
    target = os.path.join(folder, "duckdb.parquet")
    embedded.duck(path, name, table, options, target)
    return _parquet(con, target, name, table, options, folder, wanted)
