"""Cells that have a type, written as text with one reading: what workbooks and databases give becomes a file of text."""

import datetime
import itertools

BATCH = 20_000


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
