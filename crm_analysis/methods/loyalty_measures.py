"""One row per customer with every loyalty measure that the tables allow: the ground of the loyalty index.

A measure is missing where the customer was not seen (not in the panel, not surveyed): missing is never 0.
"""

import narwhals as nw
import pandas as pd

from crm_analysis.data import frames
from crm_analysis.methods import loyalty_behaviour, loyalty_panel, loyalty_prices, survey

# Number of the indicator, its name, the form, the column, whether a high value means less loyalty.
MEASURES = pd.DataFrame(
    [
        (1, "repeat purchase", "behaviour", "orders_in_window", False),
        (1, "repeat purchase", "survey", "rebuy", False),
        (2, "attention to the brand", "behaviour", "monthly_actions", False),
        (2, "attention to the brand", "survey", "attention", False),
        (3, "needs met by us", "behaviour", "own_share", False),
        (3, "needs met by us", "survey", "of_last_ten", False),
        (4, "price sensitivity", "behaviour", "full_price_share", False),
        (4, "price sensitivity", "survey", "price_tolerance", False),
        (5, "attitude to rivals", "behaviour", "rivals", True),
        (5, "attitude to rivals", "survey", "rival_preference", True),
        (6, "recognition", "behaviour", "referrals", False),
        (6, "recognition", "survey", "recommend", False),
        (7, "choice time", "behaviour", "choice_minutes", True),
        (7, "choice time", "survey", "compare_long", True),
        (8, "tolerance of faults", "behaviour", "came_back", False),
        (8, "tolerance of faults", "survey", "forgive_fault", False),
    ],
    columns=["number", "indicator", "form", "measure", "reversed"],
)


def table(tables, as_of, window_days=365, own=(), answers=None, returned=None):
    """All customers with their measures: ``customer_id`` and the columns of :data:`MEASURES` that can be had.

    ``tables`` maps names to frames (``sources.read``); ``transactions`` must be there. ``own``: the own brands; ``answers``: one
    row per respondent (``survey.latest``), answers as they were given; ``returned``: the table of ``matching.matched``.
    The result is lazy on the engine of the transactions as long as every table needed stands there; otherwise, and as
    soon as there are answers or returns, it is a pandas frame.
    """
    lines, engagement = tables["transactions"], tables.get("engagement")
    bought = loyalty_behaviour.buyers(lines, as_of, window_days)
    parts = [bought.select("customer_id", orders_in_window=nw.col("orders"))]
    prices = loyalty_prices.by_customer(lines, as_of, window_days)
    parts += [] if prices is None else [prices.select("customer_id", "full_price_share")]
    panel, _ = loyalty_panel.purchases(tables, as_of, window_days, own)
    if panel is not None:
        parts.append(loyalty_panel.by_customer(panel).select("customer_id", "own_share", "rivals"))
    parts.append(loyalty_behaviour.attention(engagement, as_of, window_days))
    parts.append(loyalty_behaviour.choice_minutes(engagement, as_of, window_days))
    parts.append(loyalty_behaviour.referrals(engagement, as_of, window_days))
    if answers is not None and len(answers):
        asked = [m for m in MEASURES.loc[MEASURES["form"] == "survey", "measure"] if m in answers.columns]
        parts.append(nw.from_native(answers[[survey.WHO, *asked]]))
    if returned is not None and len(returned):
        parts.append(nw.from_native(returned[["customer_id"]].assign(came_back=returned["again"].astype(float))))
    base = nw.from_native(lines).select("customer_id").unique()
    result = _joined(base, [p for p in parts if p is not None])
    return result.with_columns(nw.col("orders_in_window").fill_null(0)).to_native()


def available(measures):
    """The rows of :data:`MEASURES` whose column the frame has."""
    have = nw.from_native(measures).collect_schema().names()
    return MEASURES[MEASURES["measure"].isin(have)].reset_index(drop=True)


def _joined(base, parts):
    """All parts beside the base, on one engine: where they stand on several, or one is in memory, all are collected."""
    engines = {part.implementation for part in [base, *parts]}
    if len(engines) > 1:
        base, *parts = (nw.from_native(frames.to_pandas(part)) for part in [base, *parts])
    for part in parts:
        base = base.join(part, on="customer_id", how="left")
    return base
