"""Synthetic customer tables in Parquet, made once: ``python -m benchmarks.people 1000000 FILE``.

Five kinds of customers that overlap at their edges, as in a shop that lives from a few: a fifteenth orders often, two
fifths came lately and bought once or twice, a sixth have left, a sixth buy at a discount. Amounts have two decimals.
"""

import sys
from pathlib import Path

CHUNK = 1_000_000
KINDS = (
    # share, further orders (mean), money per order, share at a discount, days of tenure (from, to), days between orders
    (0.07, 24.0, 52.0, 0.02, (300, 900), 25.0),
    (0.22, 6.0, 42.0, 0.02, (200, 900), 70.0),
    (0.16, 3.0, 30.0, 0.24, (60, 600), 80.0),
    (0.39, 0.3, 34.0, 0.01, (1, 320), 300.0),
    (0.16, 1.2, 40.0, 0.02, (450, 900), 900.0),
)


def chunk(number, size):
    """``size`` customers of the chunk ``number`` as a pandas frame: the same every time."""
    import numpy as np
    import pandas as pd

    random = np.random.default_rng([20260701, number])
    share, more, basket, discount, tenure, gap = (np.array(x) for x in zip(*KINDS, strict=True))
    kind = random.choice(len(share), size, p=share)
    orders = 1 + random.poisson(random.gamma(3.0, more[kind] / 3.0))
    tenure_days = random.integers(tenure[kind, 0], tenure[kind, 1])
    recency_days = np.minimum(tenure_days, random.exponential(gap[kind])).astype(int)
    revenue = np.round(orders * basket[kind] * random.lognormal(0.0, 0.35, size), 2)
    return pd.DataFrame({
        "customer_id": [f"C{number * CHUNK + i:08d}" for i in range(size)],
        "orders": orders, "revenue": revenue, "recency_days": recency_days, "tenure_days": tenure_days,
        "discount_share": np.round(random.beta(1 + 40 * discount[kind], 40 - 40 * discount[kind]), 6),
    })  # fmt: skip


def write(people, file):
    """Write ``people`` customers to ``file``, chunk by chunk; a file that is there already is left as it is."""
    import pyarrow
    from pyarrow import parquet

    file = Path(file)
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".unfinished")
    starts, writer = range(0, people, CHUNK), None
    for number, start in enumerate(starts):
        table = pyarrow.Table.from_pandas(chunk(number, min(CHUNK, people - start)), preserve_index=False)
        writer = writer or parquet.ParquetWriter(unfinished, table.schema)
        writer.write_table(table)
    writer.close()
    unfinished.replace(file)


if __name__ == "__main__":
    write(int(sys.argv[1]), sys.argv[2])
