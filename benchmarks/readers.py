"""Who reads CSV: each turns one file of order lines into a Parquet file of typed columns.

Ours checks every cell of a file it knows nothing of; the peers are told all types and formats, and trust them.
"""

import os
import tempfile
from typing import NamedTuple


class Written(NamedTuple):
    """A Parquet file that was written, and its rows."""

    path: str
    rows: int


TYPES = {"customer_id": "VARCHAR", "order_id": "VARCHAR", "order_date": "DATE", "amount": "DECIMAL(18, 2)",
         "quantity": "INTEGER", "brand": "VARCHAR", "category": "VARCHAR", "product": "VARCHAR"}  # fmt: skip


def folder():
    """A new folder beside the result, gone with the process that measures."""
    return tempfile.mkdtemp(prefix="crm-bench-", dir=os.environ.get("CRM_BENCH_FOLDER"))


def ours():
    """Check and canonicalise: encoding, header, every cell, keys, sums; all that a report rests on."""
    import duckdb  # noqa: F401  (its import is not to be measured)
    import pyarrow  # noqa: F401

    from crm_analysis.data import places, sources

    def work(file):
        place = folder()
        ready = os.path.join(place, "ready")
        facts = sources.checked(places.located(file), ready, place, {})
        return Written(os.path.join(ready, "transactions.parquet"), facts["tables"]["transactions"]["rows_kept"])

    return work


def duckdb_typed():
    """``read_csv`` with every name and type told, into Parquet."""
    import duckdb

    def work(file):
        target = os.path.join(folder(), "typed.parquet")
        columns = ", ".join(f"'{name}': '{kind}'" for name, kind in TYPES.items())
        with duckdb.connect() as connection:
            connection.execute("set enable_progress_bar = false")
            rows = connection.execute(
                f"copy (select * from read_csv('{file}', header = true, auto_detect = false, columns = {{{columns}}})) "
                f"to '{target}' (format parquet, compression zstd)"
            ).fetchone()[0]
        return Written(target, rows)

    return work


def pandas_default():
    """``read_csv`` with ids as text, then ``to_datetime`` and ``to_numeric`` that raise on a bad cell."""
    return _pandas(engine="c")


def pandas_pyarrow():
    """The same with the multi-threaded reader of pyarrow."""
    return _pandas(engine="pyarrow")


def _pandas(engine):
    import pandas as pd
    import pyarrow  # noqa: F401

    def work(file):
        target = os.path.join(folder(), "pandas.parquet")
        lines = pd.read_csv(file, dtype=str, keep_default_na=False, na_values=[""], engine=engine)
        lines["order_date"] = pd.to_datetime(lines["order_date"], format="%Y-%m-%d")
        for column in ("amount", "quantity"):
            lines[column] = pd.to_numeric(lines[column])
        lines.to_parquet(target, index=False, compression="zstd")
        return Written(target, len(lines))

    return work


OURS = "crm_analysis"
UNTIDY = "crm_analysis, untidy file"
ALL = {
    OURS: ours,
    UNTIDY: ours,
    "DuckDB, types told": duckdb_typed,
    "pandas": pandas_default,
    "pandas, pyarrow": pandas_pyarrow,
}
