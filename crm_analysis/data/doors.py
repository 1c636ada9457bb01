"""One small door per kind of file: each gives the table as it lies there, ready to be queried."""

import os

import duckdb

from . import cells, delimited, excel, files
from .errors import engine_said, refuse, shown
from .shapes import Raw
from .sql import describe, literal, parquet, quoted
from .wording import told


def opened(con, path, table, options, folder, wanted):
    """(Raw, facts of the file) of one file. ``wanted``: normal header names by which the table is recognised."""
    name = os.path.basename(path)
    try:
        given, kind = path, files.kind(path)
        if kind in ("gzip", "zip"):
            inner = os.path.join(folder, "unpacked")
            (files.unpack_gzip if kind == "gzip" else files.unpack_zip)(path, inner)
            path, kind = inner, _inner(inner, name)
    except PermissionError:
        refuse("not_found", name, "the file may not be read", mend="Give the reader the right to read it.")
    opener = {"csv": _text, "excel": _workbook, "sqlite": _sqlite, "duckdb": _duckdb, "parquet": _parquet}[kind]
    raw = opener(con, path, name, table, options, folder, wanted)
    whole = raw.text.scan.sha256 if raw.text and raw.text.path == given else files.sha256(given)
    return raw, {"name": name, "sha256": whole, "bytes": os.path.getsize(given)}


def _inner(path, name):
    if not os.path.getsize(path):
        refuse("empty_file", name, "the file inside is empty (0 bytes)", mend="Export it again.")
    kind = files.kind(path)
    if kind in ("gzip", "zip"):
        refuse("not_a_table", name, "an archive inside an archive", mend="Unpack it first.")
    return kind


def _text(con, path, name, table, options, folder, wanted):
    file = delimited.opened(path, name, options, folder, wanted)
    columns = [(header, f"c{i}", "text") for i, header in enumerate(file.header)]
    doubtful = file.path != path and not files.bom(path) and files.scan(path).broken < 0 and not file.scan.ascii
    warnings = [told("encoding_doubtful", None, 0)] if doubtful else []
    return Raw(name, delimited.from_clause(file), columns, text=file, warnings=tuple(warnings))


def _workbook(con, path, name, table, options, folder, wanted):
    target = os.path.join(folder, "sheet.parquet")
    header = excel.workbook(path, name, options, target, wanted)
    return _texts(name, target, header)


def _texts(name, target, header):
    columns = [(h, f"c{i}", "text") for i, h in enumerate(header)]
    return Raw(name, parquet(target), columns, path=target, numbered=True)


def _sqlite(con, path, name, table, options, folder, wanted):
    target = os.path.join(folder, "sqlite.parquet")
    return _texts(name, target, excel.sqlite(path, name, table, options, target))


def _parquet(con, path, name, table, options, folder, wanted):
    try:
        types = describe(con, parquet(path))
        names = [row[0] for row in con.execute(f"SELECT name FROM parquet_schema({literal(path)})").fetchall()]
    except duckdb.Error as error:
        refuse(
            "corrupt",
            name,
            f"the Parquet file is corrupt or truncated ({engine_said(error, path)})",
            mend="Write it again.",
        )
    for header in types:
        if header not in names:  # the engine renames a column whose name differs from another's only in case
            twin = next((n for n in names if header.lower().startswith(n.lower()) and n not in types), header)
            if delimited.normal(twin) in wanted:
                refuse("duplicate_column", name, f"2 columns are named {shown(twin)}, in upper and lower case", table=table,
                       column=delimited.normal(twin), mend="Rename or remove one: which is meant is not guessed.")  # fmt: skip
    if "file_row_number" in types:  # the name under which the engine gives row numbers
        renamed = os.path.join(folder, "renamed.parquet")
        chosen = ", ".join(f"{quoted(header)} AS c{i}" for i, header in enumerate(types))
        con.execute(
            f"COPY (SELECT {chosen} FROM {parquet(path)}) TO {literal(renamed)} (FORMAT parquet, COMPRESSION zstd)"
        )
        columns = [(header, f"c{i}", cells.sort(kind)) for i, (header, kind) in enumerate(types.items())]
        return Raw(name, parquet(renamed), columns, path=renamed)
    columns = [(header, header, cells.sort(kind)) for header, kind in types.items()]
    return Raw(name, parquet(path), columns, path=path)


def _duckdb(con, path, name, table, options, folder, wanted):
    """A DuckDB file: opened for reading only, on a connection that reaches no other file, copied batch by batch."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    target = os.path.join(folder, "duckdb.parquet")
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
    return _parquet(con, target, name, table, options, folder, wanted)


def _named(inner, name, table, options):
    names = [row[0] for row in inner.execute("SELECT table_name FROM information_schema.tables").fetchall()]
    return excel.chosen(names, name, table, options.get("db_table"))


def located(raw, table, renames, computed, operands):
    """{contract name or operand: (header, SQL column, sort)} of the columns to read, and the headers ignored.

    Raises DataError ``missing_column`` or ``duplicate_column``. Also says whether a header had to be normalised.
    """
    from .tables import TABLES

    by_name, seen = {}, [entry[0] for entry in raw.columns]
    for entry in raw.columns:
        by_name.setdefault(delimited.normal(entry[0]), []).append(entry)
    found, normalised = {}, False
    wanted = [(c.name, renames.get(c.name, c.name), c.required) for c in TABLES[table] if c.name not in computed]
    wanted += [(None, operand, True) for operand in operands]
    missing = []
    for name, header, required in wanted:
        exact = [e for e in raw.columns if e[0] == header]
        hits = by_name.get(delimited.normal(header), [])
        if len(hits) > 1 and not (len(exact) == 1 and name in renames):
            refuse("duplicate_column", raw.name, f"{len(hits)} columns are named {shown(header)}", table=table, column=name or header,
                   mend=f"Rename or remove one: which is {name or header} is not guessed.")  # fmt: skip
        if hits:
            entry = exact[0] if exact else hits[0]
            if entry[2] == "nested":
                refuse("type", raw.name, f"the column {shown(entry[0])} holds lists or records, not single values", table=table,
                       column=name or header, mend="Write one value per cell.")  # fmt: skip
            normalised = normalised or entry[0] != header
            found[name or ("operand", header)] = entry
        elif required or name in renames:
            missing.append(f"{name} (as {header})" if name and name != header else header)
    if missing:
        refuse("missing_column", raw.name, f"no column {', '.join(missing)}; the header has {', '.join(map(shown, seen[:30]))}",
               table=table, column=missing[0].split(" ")[0], mend="Rename the columns, or map them in a source file (columns: {customer_id: …}).")  # fmt: skip
    used = {entry[1] for entry in found.values()}
    return found, [entry[0] for entry in raw.columns if entry[1] not in used], normalised
