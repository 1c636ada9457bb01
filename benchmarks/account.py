"""Does a customer table account for every order line? ``python -m benchmarks.account LINES.parquet TABLE.parquet``.

Counted anew, in SQL, from the lines: customers, lines and money. Exit code 1 tells of a difference.
"""

import sys

import duckdb

LINES = "select count(distinct customer_id), count(*), round(sum(amount::decimal(18, 2)), 2) from read_parquet('{}')"
TABLE = "select count(*), sum(lines)::bigint, round(sum(revenue::decimal(18, 2)), 2) from read_parquet('{}')"


def main(lines, table):
    """Print one line; 0 when nothing is missing."""
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false; set memory_limit = '6GB'")
        counted, held = (
            connection.execute(sql.format(path)).fetchone() for sql, path in ((LINES, lines), (TABLE, table))
        )
    agrees = counted == held
    print(
        f"{'accounts for' if agrees else 'DIFFERS from'} {counted[1]:,} lines of {counted[0]:,} customers, {counted[2]:,} in all"
    )
    return 0 if agrees else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
