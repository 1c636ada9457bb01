"""Synthetic order lines as CSV, made once: ``python -m benchmarks.texts 1000000 FILE tidy``.

The ``untidy`` file says the same in the ways of spreadsheets: days first, thousands separated and in quotes, negative
amounts in brackets, blanks around some ids.
"""

import sys
from pathlib import Path

LINES = """
select 'C' || lpad((hash(i * 7) % {people})::varchar, 8, '0') as customer_id, 'O' || lpad((i // 3)::varchar, 9, '0') as order_id,
  date '2023-01-01' + (i * 900 // {lines})::int as order_date, ((hash(i) % 200001)::bigint - 10000)::decimal(12, 2) / 100 as amount,
  hash(i * 3) % 9 + 1 as quantity, 'Brand ' || hash(i * 5) % 40 as brand, 'Category ' || hash(i * 11) % 12 as category,
  'P' || hash(i * 13) % 3000 as product
from range({lines}) t(i)
"""
AS_WRITTEN = {
    "tidy": "customer_id, order_id, order_date, amount::decimal(12, 2)::varchar as amount, quantity, brand, category, product",
    "untidy": """
  case when hash(customer_id) % 50 = 0 then ' ' || customer_id || ' ' else customer_id end as customer_id, order_id,
  strftime(order_date, '%d/%m/%Y') as order_date,
  case when amount < 0 then '(' || abs(amount)::decimal(12, 2) || ')'
       when amount >= 1000 then '"' || format('{:,.2f}', amount::double) || '"' else amount::decimal(12, 2)::varchar end as amount,
  quantity, '"' || brand || '"' as brand, category, product""",
}


def write(lines, file, how):
    """Write ``lines`` order lines to ``file``, ``tidy`` or ``untidy``; a file that is there already is left as it is."""
    import duckdb

    file = Path(file)
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".unfinished")
    made = LINES.format(lines=lines, people=max(lines // 10, 1))
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        target = str(unfinished).replace("'", "''")
        connection.execute(
            f"copy (select {AS_WRITTEN[how]} from ({made})) to '{target}' (format csv, header, quote '')"
        )
    unfinished.replace(file)


if __name__ == "__main__":
    write(int(sys.argv[1]), sys.argv[2], sys.argv[3])
