"""Who could rise to the next tier: the gap in value, and how many more orders of the usual size close it."""

import narwhals as nw

from crm_analysis.data import frames

COLUMNS = ("customer_id", "tier", "next_tier", "value", "gap_value", "usual_order_value", "orders_needed", "growth_needed",
           "recency_days")  # fmt: skip


def candidates(scored, profile, max_orders=3, active_days=180):
    """Customers below the first tier who bought lately and are few orders short of the next tier, lazily.

    ``scored`` and ``profile`` are those of ``pyramid``; the customer table needs ``orders`` and ``recency_days``.
    *Usual order*: the value of the customer per order so far. Columns ``customer_id``, ``tier``, ``next_tier``, ``value``,
    ``gap_value`` (money to the threshold), ``usual_order_value``, ``orders_needed`` (whole, at most ``max_orders``),
    ``growth_needed`` (gap / value, 0-1 and above), ``recency_days`` (at most ``active_days``). Fewest orders first, then the
    smallest gap, then by id.
    """
    value = nw.col(profile.value)
    next_tier, threshold = nw.lit(profile.tiers[0]), nw.lit(float(profile.thresholds[0]))
    for at, least in enumerate(profile.thresholds, start=2):
        is_below = nw.col("tier_rank") == at
        name = profile.tiers[
            profile.thresholds.index(least)
        ]  # where ties make tiers share a threshold, the best of them
        next_tier = nw.when(is_below).then(nw.lit(name)).otherwise(next_tier)
        threshold = nw.when(is_below).then(nw.lit(float(least))).otherwise(threshold)
    frame = nw.from_native(scored).filter(
        nw.col("tier_rank") > 1, nw.col("recency_days") <= active_days, nw.col("orders") > 0, value > 0
    )
    frame = frame.with_columns(value=value * 1.0, next_tier=next_tier, gap_value=(threshold - value).round(4))
    frame = frame.with_columns(usual_order_value=nw.col("value") / nw.col("orders"))
    frame = frame.with_columns(
        orders_needed=(nw.col("gap_value") / nw.col("usual_order_value") - 1e-9).ceil().cast(nw.Int64),
        growth_needed=nw.col("gap_value") / nw.col("value"),
        recency_days=nw.col("recency_days").cast(nw.Int64),
    )
    frame = frame.filter(nw.col("orders_needed") <= max_orders).select(*COLUMNS)
    return frame.sort("orders_needed", "gap_value", "customer_id").to_native()


def totals(found):
    """Candidates per pair of tiers, the highest first, a pandas frame: ``tier``, ``next_tier``, ``customers``, ``gap_value`` (sum),
    ``mean_orders_needed``.
    """
    grouped = nw.from_native(found).group_by("tier", "next_tier")
    table = frames.to_pandas(
        grouped.agg(
            customers=nw.len(),
            gap_value=nw.col("gap_value").sum(),
            mean_orders_needed=nw.col("orders_needed").mean(),
            best_=nw.col("value").max(),
        )
    )
    table = table.sort_values(["best_", "next_tier", "tier"], ascending=[False, True, True], ignore_index=True).round(6)
    return table[["tier", "next_tier", "customers", "gap_value", "mean_orders_needed"]]
