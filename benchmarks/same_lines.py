"""Do two Parquet files hold the same order lines? ``python -m benchmarks.same_lines OURS.parquet NAME THEIRS.parquet``.

Every column that a contestant reads is compared, line by line as a multiset: a difference is a line that one side has
more often than the other. Exit code 1 tells of one.
"""

import sys

import duckdb

COLUMNS = (
    "customer_id, order_id, order_date::date as order_date, round(amount::double, 4) as amount, quantity::int as quantity, "
    "brand, category, product"
)


def difference(ours, theirs):
    """(lines on our side, lines that only one side has)."""
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        sides = [f"(select {COLUMNS} from read_parquet('{path}'))" for path in (ours, theirs)]
        lines = connection.execute(f"select count(*) from {sides[0]}").fetchone()[0]
        # Equal multisets have equal counts and sums of hashes; only where those differ lines are laid side by side.
        sums = [
            connection.execute(f"select count(*), sum(hash(l)::hugeint) from {side} l").fetchone() for side in sides
        ]
        if sums[0] == sums[1]:
            return lines, 0
        lone = [
            f"select count(*) from (select * from {a} except all select * from {b})" for a, b in (sides, sides[::-1])
        ]
        return lines, sum(connection.execute(query).fetchone()[0] for query in lone)


def main(ours, name, theirs):
    """Print one line; 0 when both hold the same."""
    lines, lone = difference(ours, theirs)
    print(f"{f'DIFFERS in {lone:,} lines' if lone else 'agrees'} with {name}: {lines:,} lines, 8 columns")
    return 1 if lone else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
