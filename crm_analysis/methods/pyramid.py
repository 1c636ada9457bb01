"""The customer pyramid: tiers by value, cut by the share of customers or by the share of value they hold.

``learn`` finds the thresholds once, ``score`` puts every customer into a tier by comparison, so equal customers share
a tier, next month can be cut at this month's thresholds, and a tier may be a little larger than asked where values tie.
"""

import math
from typing import NamedTuple

import narwhals as nw
import numpy as np
import pandas as pd

from crm_analysis.data import frames
from crm_analysis.data.errors import TooLittle, WrongParameter
from crm_analysis.methods import value as spread

MONEY = ("revenue", "margin", "contribution", "profit")
DECIMALS = 6  # of sums and means: the last bits depend on the order of the rows
SMALLEST = 0.0001  # money is on a grid of 4 decimals: at least this is above zero


class Scheme(NamedTuple):
    """A way to cut: ``shares`` are cumulative (0-1), of the customers or of the positive value; the last tier takes the rest.

    With ``by`` "value" the shares lead up to 1 one tier before the last, which holds those who bring nothing or less.
    """

    name: str
    source: str
    by: str
    tiers: tuple
    shares: tuple


class Profile(NamedTuple):
    """The tiers, best first, and the least value of each but the last."""

    scheme: str
    tiers: tuple
    thresholds: tuple
    value: str = "revenue"


SCHEMES = {
    scheme.name: scheme
    for scheme in (
        Scheme("1/19/30/50", "Su Zhaohui, Customer Relationship Management (苏朝晖): key customers of first and second rank, "
               "ordinary, small", "customers",
               ("Key customers, first rank", "Key customers, second rank", "Ordinary customers", "Small customers"),
               (0.01, 0.20, 0.50)),
        Scheme("1/4/15/80", "J. Curry and A. Curry (2000), The Customer Marketing Method", "customers",
               ("Top customers", "Large customers", "Medium customers", "Small customers"), (0.01, 0.05, 0.20)),
        Scheme("platinum/gold/iron/lead", "V. A. Zeithaml, R. T. Rust and K. N. Lemon (2001), California Management Review "
               "43(4): by profitability, without stated shares; the cuts at half and four fifths of the positive value are "
               "ours", "value", ("Platinum", "Gold", "Iron", "Lead"), (0.5, 0.8, 1.0)),
        Scheme("80/20", "the two-tier rule of thumb", "customers", ("Top fifth", "Other customers"), (0.2,)),
    )
}  # fmt: skip


def scheme(text):
    """A shipped scheme by its name, or one of your own as sizes in percent of the customers, ``"5/15/80"``.

    Raises ValueError when the sizes do not sum to 100.

    >>> scheme("5/15/80").shares, scheme("5/15/80").tiers
    ((0.05, 0.2), ('Tier 1', 'Tier 2', 'Tier 3'))
    """
    if text in SCHEMES:
        return SCHEMES[text]
    try:
        sizes = [float(part) for part in text.split("/")]
    except ValueError:
        sizes = []
    if len(sizes) < 2 or min(sizes) <= 0 or abs(sum(sizes) - 100) > 1e-6:
        raise WrongParameter(
            f"{text!r} is neither one of the schemes {', '.join(SCHEMES)} nor sizes of tiers in percent that sum to 100, "
            "such as 5/15/80"
        )
    shares = tuple(round(float(s) / 100, 9) for s in np.cumsum(sizes)[:-1])
    return Scheme(text, "own cuts", "customers", tuple(f"Tier {i}" for i in range(1, len(sizes) + 1)), shares)


def learn(customers, scheme, value="revenue"):
    """Thresholds of the tiers of ``scheme`` by the column ``value`` (net revenue, margin, contribution, …): a :class:`Profile`.

    By customers: tier k reaches down to the ceil(n x cumulative share)-th best customer. By value: down to the customer
    who completes the share of the positive total. Raises ValueError when there are no customers or, by value, nothing
    above zero.

    >>> import pandas as pd
    >>> learn(pd.DataFrame({"revenue": [50.0, 20, 10, 10, 10]}), SCHEMES["80/20"]).thresholds
    (50.0,)
    """
    values = np.sort(
        frames.to_pandas(nw.from_native(customers).select(value))[value].to_numpy(dtype=float, na_value=np.nan)
    )
    values = values[~np.isnan(values)][::-1]
    if not len(values):
        raise TooLittle("nobody bought anything in the days counted: there is no one to put into tiers")
    if scheme.by == "customers":
        found = [float(values[math.ceil(round(len(values) * share, 9)) - 1]) for share in scheme.shares]
    else:
        held = np.cumsum(np.maximum(values, 0))
        if not held[-1] > 0:
            raise TooLittle(f"no customer has a {value} above 0: tiers cannot be cut by their share of it")
        reached = [int(np.argmax(held >= share * held[-1] - 1e-9 * held[-1])) for share in scheme.shares]
        found = [
            SMALLEST if share >= 1 else float(values[at]) for at, share in zip(reached, scheme.shares, strict=True)
        ]
    return Profile(scheme.name, scheme.tiers, tuple(round(t, 4) for t in found), value)


def score(customers, profile):
    """The customer table with ``tier_rank`` (1 = best) and ``tier`` added, lazily; a missing value is in the last tier.

    Raises ValueError when the table lacks the profile's column: a profile learned with costs needs them again.
    """
    if profile.value not in nw.from_native(customers).collect_schema().names():
        raise ValueError(
            f"the tiers were learned on {profile.value}, which this customer table has not: give it the data that it is made "
            "of, or learn the tiers afresh"
        )
    rank, tier = nw.lit(len(profile.tiers)), nw.lit(profile.tiers[-1])
    for at in range(len(profile.thresholds), 0, -1):
        reached = nw.col(profile.value) >= profile.thresholds[at - 1]
        rank = nw.when(reached).then(nw.lit(at)).otherwise(rank)
        tier = nw.when(reached).then(nw.lit(profile.tiers[at - 1])).otherwise(tier)
    return nw.from_native(customers).with_columns(tier_rank=rank, tier=tier).to_native()


def beside(customers, scored):
    """Another customer table (say of the whole log) with ``tier_rank`` and ``tier`` of ``scored``, lazily; whoever has no tier is
    left out.
    """
    tiers = nw.from_native(scored).select("customer_id", "tier_rank", "tier")
    return nw.from_native(customers).join(tiers, on="customer_id", how="inner").to_native()


def tiers(scored, profile):
    """One row per tier, best first: a pandas frame; tiers without customers are kept.

    Columns ``tier``, ``from_value`` (the threshold, missing for the last tier), ``customers``, ``customer_share``,
    ``revenue`` and ``revenue_share`` (of the profile's value column), ``value_per_customer``, ``mean_orders``, ``mean_recency_days``.
    """
    means = {"value_per_customer": profile.value, "mean_orders": "orders", "mean_recency_days": "recency_days"}
    have = nw.from_native(scored).collect_schema().names()
    means = {name: nw.col(column).mean() for name, column in means.items() if column in have}
    found = frames.to_pandas(
        nw.from_native(scored).group_by("tier").agg(customers=nw.len(), revenue=nw.col(profile.value).sum(), **means)
    ).set_index("tier")
    table = found.round(DECIMALS).reindex(list(profile.tiers))
    table[["customers", "revenue"]] = table[["customers", "revenue"]].fillna(0)
    table["customers"] = table["customers"].astype(int)
    table.insert(0, "from_value", [*profile.thresholds, math.nan])
    table.insert(2, "customer_share", table["customers"] / table["customers"].sum())
    total = table["revenue"].sum()
    table.insert(4, "revenue_share", table["revenue"] / total if total > 0 else math.nan)
    return table.reset_index()


def money(scored, profile):
    """What each tier brings, step by step, best first: a pandas frame; sums of money of the columns that are there.

    Columns ``tier``, ``from_value`` (the threshold), ``customers``, ``revenue``, ``margin``, ``contribution``, ``profit``,
    ``value_share`` (of the profile's column, 0-1), ``value_per_customer``.
    """
    have = nw.from_native(scored).collect_schema().names()
    columns = [c for c in MONEY if c in have]
    found = frames.to_pandas(nw.from_native(scored).group_by("tier").agg(nw.col(*columns).sum())).set_index("tier")
    table = tiers(scored, profile)
    sums = found[columns].round(DECIMALS).reindex(table["tier"]).fillna(0.0).reset_index(drop=True)
    about = table[["value_per_customer"]].assign(value_share=table["revenue_share"])[
        ["value_share", "value_per_customer"]
    ]
    return pd.concat([table[["tier", "from_value", "customers"]], sums, about], axis=1)


def curve(customers, profile):
    """The Lorenz curve from the best customer down, with the tiers' ends on it: two pandas frames.

    The curve: ``customer_share``, ``value_share``. The ends: ``tier``, ``customer_share``, ``value_share``, cumulative.
    """
    line = spread.lorenz(customers, profile.value)
    line = pd.DataFrame({"customer_share": 1 - line["customer_share"], "value_share": 1 - line["value_share"]})
    table = tiers(score(customers, profile), profile)
    ends = table[["tier"]].assign(
        customer_share=table["customer_share"].cumsum(), value_share=table["revenue_share"].cumsum()
    )
    return line.iloc[::-1].reset_index(drop=True), ends
