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
    made = {"recent_revenue": 0.0, "earlier_revenue": 0.0}
    counted = {c: name for c, name in (("order_id", "orders"), ("category", "categories")) if c in have}
    made |= {f"{when}_{name}": 0 for name in counted.values() for when in ("recent", "earlier")}
    parts = [_with(lines.select("customer_id", "recent_revenue", "earlier_revenue"), made)]
    parts += [_with(_different(lines, column, name), made) for column, name in counted.items()]
    # Stacked and summed rather than joined: a database that misjudges the window would join row by row.
    result = nw.concat(parts).group_by("customer_id").agg(nw.col(*made).sum())
    result = result.with_columns(
        *(
            nw.col(c).round(DECIMALS) if isinstance(none, float) else nw.col(c).cast(nw.Int64)
            for c, none in made.items()
        )
    )
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


def _with(part, columns):
    """A part of the stack: the columns it has, and nothing of the others; of the same types on every engine."""
    have = part.collect_schema().names()
    kinds = {c: nw.Float64 if isinstance(none, float) else nw.Int64 for c, none in columns.items()}
    made = {c: (nw.col(c) if c in have else nw.lit(none)).cast(kinds[c]) for c, none in columns.items()}
    return part.select("customer_id", **made)


def _different(lines, column, name):
    """One row per customer, window and value of ``column`` bought: in which window it counts."""
    bought = lines.filter(nw.col("amount") >= 0, ~nw.col(column).is_null())
    counts = {f"recent_{name}": nw.col("recent_"), f"earlier_{name}": 1 - nw.col("recent_")}
    return bought.select("customer_id", "recent_", column).unique().select("customer_id", **counts)
