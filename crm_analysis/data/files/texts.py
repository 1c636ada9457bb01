"""Cells that have a type, written as text with one reading: what workbooks and databases give becomes a file of text."""

import datetime

BATCH = 20_000  # rows
BATCH_SIZE = 1 << 24  # characters


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
    if value.is_integer():  # from 2^53 on neighbours are one number: so written, an id is refused and an amount is not
        return str(int(value)) if abs(value) < 2**53 else f"{value:.16e}"
    told = repr(value)
    whole, _, part = told.partition(".")
    return told + "0" if len(part) == 3 and part.isdigit() else told


def written(target, names, rows):
    """Write rows (number, line, cells) to a Parquet file: a column of text per name, then ``_row`` and ``_line``."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(n, pa.string()) for n in names] + [("_row", pa.int64()), ("_line", pa.int64())])
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for batch in _batches(rows):
            columns = [
                *zip(*(cells for _, _, cells in batch), strict=True),
                [r for r, _, _ in batch],
                [n for _, n, _ in batch],
            ]
            arrays = [pa.array(column, kind) for column, kind in zip(columns, schema.types, strict=True)]
            writer.write_batch(pa.record_batch(arrays, schema=schema))


def _batches(rows):
    """Lists of rows, of bounded length and size."""
    batch, size = [], 0
    for row in rows:
        batch.append(row)
        size += sum(map(len, filter(None, row[2])))
        if len(batch) >= BATCH or size > BATCH_SIZE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
