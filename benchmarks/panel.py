"""Synthetic purchases of a category in Parquet, made once: ``python -m benchmarks.panel 10000000 FILE``.

Ten purchases per customer on average, a fifth of the customers make half of them; four brands, three of four purchases
repeat the brand before. Ids and brands are text, everything in the order of time.
"""

import sys
from pathlib import Path

BRANDS = ("Aster", "Birch", "Cedar", "Dahlia")

SQL = """
copy (
  with drawn as (
    select i, hash(i) % 1000000007 / 1000000007.0 as who, hash(i * 3 + 1) % 1000003 / 1000003.0 as what,
      hash(i * 7 + 5) % 1000003 / 1000003.0 as much
    from range({lines}) t(i)
  ),
  placed as (
    select i, floor({people} * (pow(0.02 + 0.98 * who, 2.5) - pow(0.02, 2.5)))::bigint as person, what, much from drawn
  )
  select
    'C' || lpad(person::varchar, 8, '0') as customer_id,
    datediff('day', date '1970-01-01', date '2024-01-01' + (910 * i // {lines})::int)::bigint as purchase_day,
    ['Aster', 'Birch', 'Cedar', 'Dahlia'][1 + (case when what < 0.7 then hash(person) % 4 else hash(i * 11) % 4 end)::bigint]
      as brand,
    round(3 - 4 * ln(1 - much), 2)::double as amount
  from placed
  order by i
) to '{file}' (format parquet)
"""


def write(lines, file):
    """Write ``lines`` purchases to ``file``; a file that is there already is left as it is."""
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
