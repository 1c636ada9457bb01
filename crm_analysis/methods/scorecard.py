"""The good customer on five criteria, each 0-1 from percentiles; what the data cannot tell is left out and shown.

The criteria are those of the textbook: demand, assured profit, low cost of service, growth with little risk, loyalty.
A large customer is not always a good one: the score ranks all five, not revenue.
"""

from typing import NamedTuple

import narwhals as nw
import pandas as pd

from crm_analysis.data import frames
from crm_analysis.data.errors import TooLittle
from crm_analysis.methods import accounts, rfm_cuts

STEPS = 20  # percentiles in steps of five in a hundred

# criterion, measure, sign, what would provide it
MEASURES = pd.DataFrame(
    [
        ("demand", "revenue", 1, "Table transactions"),
        ("demand", "margin_rate", 1, "Column cost of transactions"),
        ("assured_profit", "discount_share", -1, "Column discount of transactions"),
        ("assured_profit", "contribution_rate", 1, "Table costs"),
        ("low_service_cost", "service_ratio", -1, "Table costs"),
        ("growth", "trend", 1, "Orders in two windows"),
        ("growth", "gap_ratio", -1, "Customers with three purchases or more"),
        ("loyalty", "tenure_days", 1, "Table transactions"),
        ("loyalty", "orders", 1, "Column order_id of transactions"),
    ],
    columns=["criterion", "measure", "sign", "needs"],
)
CRITERIA = tuple(MEASURES["criterion"].drop_duplicates())


class Profile(NamedTuple):
    """The measures that were there with their twentieths, and the weight of each criterion."""

    cuts: dict
    weights: dict


def measures(customers):
    """The customer table with the ratios of the scorecard added where their parts are there, lazily.

    ``margin_rate`` = margin / revenue, ``contribution_rate`` = contribution / revenue, ``service_ratio`` = (sell + serve) /
    margin: each missing where its divisor is not positive.
    """
    frame = nw.from_native(customers)
    have = set(frame.collect_schema().names())
    revenue, margin = nw.col("revenue"), nw.col("margin")
    made = {}
    if "margin" in have:
        made["margin_rate"] = nw.when(revenue > 0).then(margin / revenue)
    if "contribution" in have:
        made["contribution_rate"] = nw.when(revenue > 0).then(nw.col("contribution") / revenue)
        made["service_ratio"] = nw.when(margin > 0).then((nw.col("sell") + nw.col("serve")) / margin)
    return (frame.with_columns(**made) if made else frame).to_native()


def gathered(customers, trends, profits=None):
    """The customer table with every measure that can be had, lazily.

    ``customers``: of the whole log, with whatever other columns (``tier``) are wanted; ``trends``: ``trend.windows``; ``profits``:
    ``profit.table``, whose ratios are taken, or None.
    """
    frame = nw.from_native(accounts.rhythm(measures(customers) if profits is None else customers))
    frame = frame.join(nw.from_native(trends).select("customer_id", "trend"), on="customer_id", how="left")
    if profits is not None:
        ratios = ("margin_rate", "contribution_rate", "service_ratio")
        made = nw.from_native(measures(profits)).select("customer_id", *ratios)
        frame = frame.join(made, on="customer_id", how="left")
    return frame.to_native()


def learn(customers, weights=None):
    """Twentieths of every measure that is there and not the same for all: a :class:`Profile`.

    ``weights``: criterion -> weight (default 1 each). Raises ValueError for an unknown criterion, a negative weight, or
    when no measure is there.
    """
    weights = dict.fromkeys(CRITERIA, 1.0) | {k: float(w) for k, w in (weights or {}).items()}
    unknown = set(weights) - set(CRITERIA)
    if unknown or min(weights.values()) < 0 or max(weights.values()) <= 0:
        raise ValueError(
            f"weights are for {', '.join(CRITERIA)}, not negative and one above 0; not {', '.join(sorted(unknown)) or weights}"
        )
    have = nw.from_native(customers).collect_schema().names()
    there = [m for m in MEASURES["measure"] if m in have]
    asked = [(m, s) for m in there for s in rfm_cuts.even(STEPS)]
    found = rfm_cuts.quantile(customers, asked) if asked else []
    width = STEPS - 1
    cuts = {m: tuple(found[i * width : (i + 1) * width]) for i, m in enumerate(there)}
    cuts = {m: c for m, c in cuts.items() if None not in c and c[0] < c[-1]}
    if not cuts:
        raise TooLittle(
            "none of the measures of the scorecard is in the customer table, or all are the same for everybody"
        )
    return Profile(cuts, weights)


def score(customers, profile):
    """The table with one column per criterion that can be had (0-1), ``good_score`` (their weighted mean) and
    ``criteria_used``, lazily.

    A measure counts as the share of twentieths below it, half of those equal to it included, so that equals score equally;
    a criterion is the mean of its measures. What a customer lacks is left out of the mean, never counted as 0.
    """
    rows = MEASURES[MEASURES["measure"].isin(list(profile.cuts))]
    frame = nw.from_native(customers)
    have = frame.collect_schema().names()
    # Step by step: an expression of all measures at once would work each percentile out again wherever it stands.
    signs = zip(rows["measure"], rows["sign"], strict=True)
    frame = frame.with_columns(**{f"{m}_place_": _percentile(m, profile.cuts[m], sign) for m, sign in signs})
    places = {c: [f"{m}_place_" for m in rows.loc[rows["criterion"] == c, "measure"]] for c in CRITERIA}
    made = [c for c in CRITERIA if places[c]]
    frame = frame.with_columns(**{c: _mean([(nw.col(place), 1.0) for place in places[c]]) for c in made})
    parts = [(nw.col(c), profile.weights[c]) for c in made if profile.weights[c] > 0]
    used = nw.sum_horizontal(*(nw.when(part.is_null()).then(0).otherwise(1) for part, _ in parts))
    frame = frame.with_columns(good_score=_mean(parts), criteria_used=used)
    return frame.select(*have, *made, "good_score", "criteria_used").to_native()


def coverage(profile):
    """Which measure each criterion rests on: ``criterion``, ``measure``, ``used`` (Yes or No), ``weight``, ``needs``."""
    table = MEASURES.drop(columns="sign")
    table["used"] = ["Yes" if m in profile.cuts else "No" for m in table["measure"]]
    table["weight"] = table["criterion"].map(profile.weights)
    return table[["criterion", "measure", "used", "weight", "needs"]]


def summary(scored, by, classes):
    """Mean scores per class of column ``by``, in the order of ``classes``: a pandas frame with ``by``, ``customers``, the criteria
    that could be had and ``good_score``.
    """
    have = nw.from_native(scored).collect_schema().names()
    columns = [c for c in (*CRITERIA, "good_score") if c in have]
    found = nw.from_native(scored).group_by(by).agg(customers=nw.len(), **{c: nw.col(c).mean() for c in columns})
    table = frames.to_pandas(found).round(6).set_index(by)
    return table.reindex([c for c in classes if c in table.index]).rename_axis(by).reset_index()


def large_not_good(scored, tiers, middle=0.5):
    """How many of the customers in the ``tiers`` named have a good-customer score below ``middle``: a dict ``large``, ``not_good``.

    >>> some = pd.DataFrame({"tier": ["A", "A", "B"], "good_score": [0.8, 0.3, 0.1]})
    >>> large_not_good(some, ["A"])
    {'large': 2, 'not_good': 1}
    """
    large = nw.from_native(scored).filter(nw.col("tier").is_in(list(tiers)))
    low = nw.when(nw.col("good_score") < middle).then(nw.lit(1)).otherwise(nw.lit(0))
    found = frames.to_pandas(large.select(n=nw.len(), low=low.sum())).iloc[0]
    return {"large": int(found["n"]), "not_good": int(found["low"]) if found["n"] else 0}


def _percentile(measure, cuts, sign):
    value, n = nw.col(measure), len(cuts)
    below = nw.sum_horizontal(*((value > cut).cast(nw.Int64) + (value >= cut).cast(nw.Int64) for cut in cuts))
    share = below / (2 * n)
    return nw.when(~value.is_null()).then(share if sign > 0 else 1.0 - share)


def _mean(parts):
    """Weighted mean of what is there; missing when nothing is."""
    total = nw.sum_horizontal(*(nw.when(p.is_null()).then(nw.lit(0.0)).otherwise(p * w) for p, w in parts))
    weight = nw.sum_horizontal(*(nw.when(p.is_null()).then(nw.lit(0.0)).otherwise(nw.lit(w)) for p, w in parts))
    return nw.when(weight > 0).then((total / weight).round(6))
