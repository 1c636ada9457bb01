"""Rows set aside of a table that stays where it is: the only rows that are fetched one by one, and only when asked for.

They have no number and no line there; their cells come as the engine writes them.
"""

from crm_analysis.data.reading.aside import PLACES, Aside
from crm_analysis.data.reading.careful import REASONS
from crm_analysis.data.wording import BAD, public


def bad(staged, items):
    """(rows of ``queries.staged`` that are bad, with ``reason``, ``column``, ``problem`` and cells; the cells' headers)."""
    import ibis

    out = staged.filter(staged["_drop"] == "bad")
    told = [item for item in items if not item.formula]
    ills = [(out[f"b{item.i}"] != "", item) for item in items]
    made = {
        "reason": ibis.cases(
            *((ill, REASONS.get(i.name, "bad_" + (i.name or i.header))) for ill, i in ills), else_="bad"
        ),
        "column": ibis.cases(*((ill, i.header) for ill, i in ills), else_=""),
        "problem": ibis.cases(*((ill, _public(out, i)) for ill, i in ills), else_=""),
    }
    read = dict.fromkeys((item.header, item.column) for item in told)
    first = {key: next(i for i in told if (i.header, i.column) == key) for key in read}
    made |= {f"cell{k}": out[f"r{item.i}"] for k, item in enumerate(first.values())}
    return out.select(**made), tuple(header for header, _ in read)


def _public(out, item):
    import ibis

    codes = [(out[f"b{item.i}"] == code, public(code, item.kind)) for code in BAD]
    return ibis.cases(*codes, else_="")


def taken(there, expression, headers, target):
    """Write the rows of an expression with ``reason``, ``column``, ``problem``, cells and perhaps ``times`` (how often).

    Returns the Aside.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    text = {"file", "column", "reason", "problem", "record"}
    cells = [f"cell{k}" for k in range(len(headers))]
    schema = pa.schema([(name, pa.string() if name in text else pa.int64()) for name in PLACES]
                       + [(cell, pa.string()) for cell in cells])  # fmt: skip
    rows = 0
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for batch in there.batches(expression):
            table = _repeated(pa.Table.from_batches([batch]))
            table = table.append_column("file", [[there.label] * table.num_rows])
            writer.write_table(
                pa.table(
                    [_column(table, *field) for field in zip(schema.names, schema.types, strict=True)], schema=schema
                )
            )
            rows += table.num_rows
    return Aside(target, headers, rows)


def _repeated(table):
    """Each row as often as ``times`` says."""
    if "times" not in table.column_names:
        return table
    at = [i for i, n in enumerate(table.column("times").to_pylist()) for _ in range(int(n))]
    return table.take(at)


def _column(table, name, kind):
    import pyarrow as pa

    if name not in table.column_names:
        return pa.nulls(table.num_rows, kind)
    return table.column(name).cast(kind).combine_chunks()
