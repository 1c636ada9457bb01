"""Lifetime value from a company's own log alone: purchases to expect (buy till you die) times money per purchase (gamma-gamma).

It is the value to the company of what its customers will go on buying from it; what rivals could win or lose, and what
the customers buy elsewhere, is not in it. The two models are joined as Fader, Hardie and Lee (2005), *RFM and CLV*,
Journal of Marketing Research 42, do: CLV = margin x expected spending per purchase x discounted expected purchases.
"""

from typing import NamedTuple

import narwhals as nw

from crm_analysis.data import frames
from crm_analysis.methods import btyd, btyd_holdout, spend

COLUMNS = ("purchase_days", "recency_days", "tenure_days", "gross_revenue")


class Profile(NamedTuple):
    """What was learned: the two fitted models and the correlation that the second takes as nothing."""

    purchases: btyd.Profile
    money: spend.Profile
    correlation: float


class Check(NamedTuple):
    """The holdout: ``rules`` (of ``btyd_holdout.table``), ``groups`` (of ``by_history``), ``days``."""

    rules: object
    groups: object
    days: int


def at_hand(customers):
    """The columns of a customer table that a value is made of, as a pandas frame: 32 bytes per customer.

    The value is one long formula; an engine would spend more time on reading it than on working it out.
    """
    return frames.to_pandas(nw.from_native(customers).select(*COLUMNS))


def learn(customers):
    """The :class:`Profile` of a customer table (``purchase_days``, ``recency_days``, ``tenure_days``, ``gross_revenue``)."""
    spending = spend.pairs(customers)
    fitted = btyd.best(btyd.grouped(btyd.histories(customers)))
    return Profile(fitted, spend.learn(spending), spend.correlation(spending))


def score(customers, profile, discount_per_year, years, margin_share=1.0):
    """Customers with ``alive_probability``, ``expected_spend``, ``discounted_purchases`` and ``own_clv`` added, lazily.

    Whoever never bought is left out.
    """
    frame = btyd.discounted(btyd.histories(customers), profile.purchases, discount_per_year, years)
    frame = nw.from_native(spend.score(frame, profile.money))
    worth = nw.col("discounted_purchases") * nw.col("expected_spend") * margin_share
    return frame.with_columns(own_clv=worth).to_native()


def summary(scored):
    """The base in figures: a dict with ``customers``, ``alive`` (expected number), ``mean_clv``, ``total_clv``,
    ``mean_purchases`` (discounted, ahead), ``mean_spend`` (expected per purchase).
    """
    row = frames.to_pandas(
        nw.from_native(scored).select(
            customers=nw.len(),
            alive=nw.col("alive_probability").sum(),
            mean_clv=nw.col("own_clv").mean(),
            total_clv=nw.col("own_clv").sum(),
            mean_purchases=nw.col("discounted_purchases").mean(),
            mean_spend=nw.col("expected_spend").mean(),
        )
    ).iloc[0]
    return {name: float(row[name]) for name in row.index} | {"customers": int(row["customers"])}


def checked(transactions, as_of, days):
    """The holdout of ``days``, or None where the log is too short or nobody came back, so that nothing can be learned."""
    try:
        held = btyd_holdout.split(transactions, as_of, days)
        expected, _ = btyd_holdout.predictions(held, days)
    except ValueError:
        return None
    return Check(btyd_holdout.table(held, expected), btyd_holdout.by_history(held, expected), days)
