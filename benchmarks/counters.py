"""Who counts the steps from brand to brand, from a Parquet file of purchases to one row per pair of brands.

As in ``contestants``: ``ready()`` imports and is not measured, what it gives back is. All purchases of a day count, those of one
customer and day in the order of the brands' names; every contestant gives the same counts.
"""

from benchmarks.panel import BRANDS

OURS = "crm_analysis, counts"
AS_OF = "2026-06-30"


def ours():
    """``occasions.table`` and ``moves.totals`` on a DuckDB relation over the file."""
    import duckdb
    import pandas  # noqa: F401  (its import is not to be measured)
    import pyarrow  # noqa: F401

    from crm_analysis.methods import moves, occasions

    def work(file):
        rules = occasions.Rules(basket="line")
        with duckdb.connect() as connection:
            connection.execute("set enable_progress_bar = false")
            seen = occasions.table(connection.read_parquet(file), BRANDS, rules, AS_OF)
            return _long(moves.totals(seen, BRANDS, rules))

    return work


def pandas_sorted():
    """Sort by customer and day, shift inside each customer, cross-tabulate: as everybody writes it."""
    import pandas as pd
    import pyarrow  # noqa: F401

    def work(file):
        lines = pd.read_parquet(file, columns=["customer_id", "purchase_day", "brand"])
        lines = lines.sort_values(["customer_id", "purchase_day", "brand"])
        before = lines.groupby("customer_id")["brand"].shift()
        return _long(pd.crosstab(before, lines["brand"]))

    return work


def pandas_codes():
    """The same as an expert writes it: texts as numbers first, one sort of whole numbers, no shift by group."""
    import numpy as np
    import pandas as pd
    import pyarrow  # noqa: F401

    def work(file):
        lines = pd.read_parquet(file, columns=["customer_id", "purchase_day", "brand"])
        who = pd.factorize(lines["customer_id"])[0].astype("int64")
        brand = pd.Categorical(lines["brand"], categories=BRANDS).codes.astype("int64")
        key = np.sort((who * 100_000 + lines["purchase_day"].to_numpy()) * len(BRANDS) + brand)
        del lines, who, brand
        state, person = key % len(BRANDS), key // (100_000 * len(BRANDS))
        same = person[1:] == person[:-1]
        pairs = np.bincount(state[:-1][same] * len(BRANDS) + state[1:][same], minlength=len(BRANDS) ** 2)
        return _long(pd.DataFrame(pairs.reshape(len(BRANDS), -1), index=BRANDS, columns=BRANDS))

    return work


def _long(matrix):
    """One row per pair of brands, in the order of their names."""
    import pandas as pd

    rows = [(a, b, float(matrix.loc[a, b])) for a in BRANDS for b in BRANDS]
    return pd.DataFrame(rows, columns=["from_brand", "to_brand", "n"])


ALL = {OURS: ours, "pandas, sort and shift": pandas_sorted, "pandas, whole numbers": pandas_codes}
