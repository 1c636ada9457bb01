"""Each customer's last two windows side by side: spending, orders and range, and which way they go."""

import narwhals as nw

from crm_analysis.data import frames

DECIMALS = 4


def windows(transactions, as_of, window_days=180, against_base=True):
    """One row per customer who bought or returned in the last two windows up to ``as_of``, lazily.

    Columns ``customer_id``; ``recent_revenue`` (net, the last ``window_days`` days), ``earlier_revenue`` (the window before);
    with ``order_id`` ``recent_orders``, ``earlier_orders``, with ``category`` ``recent_categories``, ``earlier_categories``
    (different ones bought); ``trend`` = (recent - expected) / (recent + expected), from -1 (stopped) to 1 (began), missing
    when the sum is not positive. Net returns can push it beyond; it is then held at -1 or 1. What is expected is the earlier
    revenue times the change of all customers together, so that a season which everybody has is no trend; with
    ``against_base`` False it is the earlier revenue itself.

    >>> import pandas as pd
    >>> lines = pd.DataFrame({"customer_id": ["a", "a"], "order_day": [95, 120], "amount": [30.0, 10.0]})
    >>> windows(lines, "1970-05-01", 20, False)[["recent_revenue", "earlier_revenue", "trend"]].values.tolist()
    [[10.0, 30.0, -0.5]]
    """
    today, day = frames.day_number(as_of), nw.col("order_day")
    lines = nw.from_native(transactions).filter(day <= today, day > today - 2 * window_days)
    have = lines.collect_schema().names()
    recent = day > today - window_days
    lines = lines.with_columns(
        recent_revenue=nw.when(recent).then(nw.col("amount")).otherwise(nw.lit(0.0)),
        earlier_revenue=nw.when(recent).then(nw.lit(0.0)).otherwise(nw.col("amount")),
        recent_=nw.when(recent).then(nw.lit(1)).otherwise(nw.lit(0)),
    )
    result = lines.group_by("customer_id").agg(nw.col("recent_revenue", "earlier_revenue").sum())
    result = result.with_columns(nw.col("recent_revenue", "earlier_revenue").round(DECIMALS))
    for column, name in (("order_id", "orders"), ("category", "categories")):
        if column in have:
            result = _different(result, lines, column, name)
    expected = nw.col("earlier_revenue") * (_change(result) if against_base else 1.0)
    both = nw.col("recent_revenue") + expected
    trend = nw.when(both > 0).then((nw.col("recent_revenue") - expected) / both)
    trend = nw.when(trend > 1).then(nw.lit(1.0)).otherwise(nw.when(trend < -1).then(nw.lit(-1.0)).otherwise(trend))
    return result.with_columns(trend=trend).to_native()


def _change(result):
    """Revenue of all in the recent window over that of the earlier; 1 where either is not positive."""
    total = frames.to_pandas(result.select(nw.col("recent_revenue", "earlier_revenue").sum())).iloc[0]
    recent, earlier = (round(float(v), DECIMALS) if v == v else 0.0 for v in total)  # no rows: NaN
    return recent / earlier if recent > 0 and earlier > 0 else 1.0


def _different(result, lines, column, name):
    """How many different values of ``column`` each customer bought in either window."""
    bought = lines.filter(nw.col("amount") >= 0, ~nw.col(column).is_null())
    found = (
        bought.select("customer_id", "recent_", column)
        .unique()
        .group_by("customer_id")
        .agg(new_=nw.col("recent_").sum(), all_=nw.len())
    )
    result = result.join(found, on="customer_id", how="left")
    counts = {
        f"recent_{name}": nw.col("new_").fill_null(0).cast(nw.Int64),
        f"earlier_{name}": (nw.col("all_") - nw.col("new_")).fill_null(0).cast(nw.Int64),
    }
    return result.with_columns(**counts).drop("new_", "all_")
