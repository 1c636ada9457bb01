"""How large a source may be: order lines in Parquet, checked and grouped to a customer table, within a bound of memory."""

import sys
from pathlib import Path

from benchmarks import measure, readers
from benchmarks.customers import in_own_process

GIB = 8
SECONDS = 7200
NAME = "prepare"


def prepare():
    """``sources.prepare``: everything a report's data go through, the customer table included."""
    import duckdb  # noqa: F401  (its import is not to be measured)
    import pyarrow  # noqa: F401

    from crm_analysis.data import sources

    def work(file):
        folder = Path(readers.folder()) / "prepared"
        facts = sources.prepare(file, folder)
        return readers.Written(str(folder / "customer_table.parquet"), facts["customers"])

    return work


ALL = {NAME: prepare}


def run(sizes, runs, folder):
    """Prepare each size once; 0 when it stays within the bound and the table accounts for every line, else 1."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return max(_size(lines, folder) for lines in sizes)


def _size(lines, folder):
    file, table = folder / f"lines-{lines}.parquet", folder / "customer-table.parquet"
    in_own_process("benchmarks.lines", lines, file)
    print(f"{lines} lines of Parquet ({file.stat().st_size / 1e6:,.0f} MB) to one row per customer", file=sys.stderr)
    table.unlink(missing_ok=True)
    found = measure.run(sys.executable, NAME, file, table, seconds=SECONDS, gib=GIB)
    if "failed" in found:
        print(f"\n{lines:,} lines: {found['failed']}\n", flush=True)
        return 1
    print(f"\n{lines:,} lines to {found['rows']:,} customers: {found['seconds']:,.0f} s ({found['cpu']:,.0f} s of processor time), "
          f"at most {found['peak'] / 2**30:.2f} GiB of memory (bound: {GIB})\n", flush=True)  # fmt: skip
    return in_own_process("benchmarks.account", file, table, check=False)
