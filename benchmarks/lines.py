"""Synthetic order lines in Parquet, made once: ``python -m benchmarks.lines 1000000 FILE``.

A log as a shop keeps it: in the order of time, the lines of an order together. Ten lines per customer on average,
2.5 per order; a fifth of the customers place half of the orders and a quarter order only once; one line in forty is
a return. Ids are text, amounts have two decimals.
"""

import sys
from pathlib import Path

AS_OF = "2026-06-30"
"""The last day of the synthetic log; every contestant gets it as the end of observation."""

SQL = """
copy (
  with sizes as (select [0, 1, 2, 2, 2, 3, 3, 3, 3, 3] as place),
  numbered as (select i, 4 * (i // 10) + place[1 + i % 10] as o from range({lines}) t(i), sizes),
  drawn as (
    select i, o, hash(o) % 1000000007 / 1000000007.0 as who, hash(i * 3 + 1) % 1000003 / 1000003.0 as much
    from numbered
  )
  select
    'C' || lpad(floor({people} * (pow(0.02 + 0.98 * who, 2.5) - pow(0.02, 2.5)))::bigint::varchar, 8, '0')
      as customer_id,
    'O' || lpad(o::varchar, 9, '0') as order_id,
    (date '2024-01-01' + (912 * o // (2 * {lines} // 5))::int)::timestamp as order_date,
    datediff('day', date '1970-01-01', order_date::date)::bigint as order_day,
    round(case when hash(i * 5 + 2) % 40 = 0 then -1 else 1 end * (0.5 - 20 * ln(1 - much)), 2)::double as amount
  from drawn
  order by i
) to '{file}' (format parquet)
"""


def write(lines, file):
    """Write ``lines`` order lines to ``file``; a file that is there already is left as it is."""
    import duckdb

    file = Path(file)
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".unfinished")
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute(SQL.format(lines=lines, people=lines // 8, file=str(unfinished).replace("'", "''")))
    unfinished.replace(file)


if __name__ == "__main__":
    write(int(sys.argv[1]), sys.argv[2])
