"""One row per customer with every loyalty measure that the tables allow: the ground of the loyalty index.

A measure is missing where the customer was not seen (not in the panel, not surveyed): missing is never 0.
"""

import narwhals as nw
import pandas as pd

from crm_analysis.data import frames
from crm_analysis.methods import loyalty_behaviour, loyalty_panel, loyalty_prices, survey

FEW = 100_000  # customers that may travel as a list of ids
# Number of the indicator, its name, the form, the column, whether a high value means less loyalty. Answers are turned
# round before they get here, so that theirs never does.
MEASURES = pd.DataFrame(
    [
        (1, "Repeat purchase", "Behaviour", "orders_in_window", False),
        (1, "Repeat purchase", "Survey", "rebuy", False),
        (2, "Attention to the brand", "Behaviour", "monthly_actions", False),
        (2, "Attention to the brand", "Survey", "attention", False),
        (3, "Needs met by us", "Behaviour", "own_share", False),
        (3, "Needs met by us", "Survey", "of_last_ten", False),
        (4, "Price sensitivity", "Behaviour", "full_price_share", False),
        (4, "Price sensitivity", "Survey", "price_tolerance", False),
        (5, "Attitude to rivals", "Behaviour", "switched_away", True),
        (5, "Attitude to rivals", "Survey", "rival_preference", False),
        (6, "Recognition", "Behaviour", "referrals", False),
        (6, "Recognition", "Survey", "recommend", False),
        (7, "Choice time", "Behaviour", "choice_minutes", True),
        (7, "Choice time", "Survey", "compare_long", False),
        (8, "Tolerance of faults", "Behaviour", "came_back", False),
        (8, "Tolerance of faults", "Survey", "forgive_fault", False),
    ],
    columns=["number", "indicator", "form", "measure", "reversed"],
)


def table(tables, as_of, window_days=365, own=(), answers=None, returned=None, codebook=survey.CODEBOOK):
    """All customers with their measures: ``customer_id`` and the columns of :data:`MEASURES` that can be had.

    ``tables`` maps names to frames (``sources.read``); ``transactions`` must be there. ``own``: the own brands; ``answers``: one
    row per respondent (``survey.latest``), as they were given, which ``codebook`` explains; ``returned``: the table of
    ``matching.matched``. A survey column holds the mean of the questions that the codebook has on its indicator, turned.
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
        parts.append(loyalty_panel.by_customer(panel).select("customer_id", "own_share"))
        away = 1 - nw.col("own_after") / nw.col("own_before")
        steps = loyalty_panel.repeats(panel).filter(nw.col("own_before") > 0)
        parts.append(steps.select("customer_id", switched_away=away.round(9)))
    parts.append(loyalty_behaviour.attention(engagement, as_of, window_days))
    parts.append(loyalty_behaviour.choice_minutes(engagement, as_of, window_days))
    parts.append(loyalty_behaviour.referrals(engagement, as_of, window_days))
    if answers is not None and len(answers):
        parts.append(nw.from_native(_answered(answers, codebook)))
    if returned is not None and len(returned):
        parts.append(nw.from_native(returned[["customer_id"]].assign(came_back=returned["again"].astype(float))))
    base = nw.from_native(lines).select("customer_id").unique()
    result = _joined(base, [p for p in parts if p is not None])
    return result.with_columns(nw.col("orders_in_window").fill_null(0)).to_native()


def available(measures):
    """The rows of :data:`MEASURES` whose column the frame has."""
    have = nw.from_native(measures).collect_schema().names()
    return MEASURES[MEASURES["measure"].isin(have)].reset_index(drop=True)


def beside(left, right, *columns):
    """``left`` with ``columns`` of ``right`` joined by customer; both are frames with ``customer_id``, of any engine.

    Where the engines differ the result is a pandas frame; of a large ``right`` only the customers of a small ``left``
    travel.
    """
    one, other = nw.from_native(left), nw.from_native(right).select("customer_id", *columns)
    if one.implementation != other.implementation:
        one = nw.from_native(frames.to_pandas(one))
        if len(one) <= FEW:
            other = other.filter(nw.col("customer_id").is_in(one["customer_id"].to_list()))
    return _joined(one, [other]).to_native()


def _answered(answers, codebook):
    """The survey columns: one per indicator that the questionnaire asks about."""
    turned, columns = survey.aligned(answers, codebook), {}
    for row in MEASURES[MEASURES["form"] == "Survey"].itertuples():
        items = survey.items(turned, codebook, "indicator", row.indicator.lower())
        if items:
            columns[row.measure] = survey.score(turned, items)
    return pd.DataFrame({survey.WHO: answers[survey.WHO]} | columns)


def _joined(base, parts):
    """All parts beside the base, on one engine: where they stand on several, or one is in memory, all are collected."""
    engines = {part.implementation for part in [base, *parts]}
    if len(engines) > 1:
        base, *parts = (nw.from_native(frames.to_pandas(part)) for part in [base, *parts])
    for part in parts:
        base = base.join(part, on="customer_id", how="left")
    return base
