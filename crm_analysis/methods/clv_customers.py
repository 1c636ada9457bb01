"""What every single customer is worth to every brand: own start, own frequency, own spending, matrix of the own segment.

Learned small: the value of a customer of brand j to brand b at a handful of frequencies. Applied wide: column
arithmetic between them, the same on pandas, DuckDB and Spark. The value bends little in the frequency, so the straight
lines between nine frequencies are off by well under one percent (a test holds them to it).
"""

import math
from typing import NamedTuple

import narwhals as nw
import numpy as np
import pandas as pd

from crm_analysis.data import frames
from crm_analysis.methods import clv, moves, switching
from crm_analysis.methods.occasions import Rules

KNOTS = 9
GROUPS = pd.DataFrame(
    [
        # group, bought much so far, will be worth much
        ("Keep", True, True, "Look after them personally; never let a rival be the easier choice"),
        ("Win over", False, True, "They buy much of the category, little of it from us: ask for the next purchase"),
        ("At risk", True, False, "They bought much, but move away or slow down: find out why, now"),
        ("Let be", False, False, "Cheap contacts only"),
    ],
    columns=["group", "current_high", "future_high", "advice"],
)


class Worth(NamedTuple):
    """What scoring customers needs: ``names`` of the states; ``knots``, yearly frequencies; ``values``, for each knot the
    value of a customer of state j (outer) to state b (inner) at average spending; ``spend``, average money per purchase;
    ``rate_shape`` and ``rate_years``, the customers of average rate that a customer's own rate is pulled towards (gamma
    prior: (x + shape) / (years + rate_years)); ``spend_pull``, the same for spending, in money; ``fixed_rate``, steps
    per year where all have the same, else 0; ``start``; ``rules``.
    """

    names: tuple
    knots: tuple
    values: tuple
    spend: tuple
    rate_shape: float
    rate_years: float
    spend_pull: float
    fixed_rate: float
    start: str
    rules: Rules = Rules()


def learn(sample, terms, start="last", spend_purchases=3.0):
    """The :class:`Worth` of a ``switching.Sample``.

    A customer's yearly rate is pulled towards the mean by the amount the customers' rates differ (method of moments for
    gamma-Poisson rates); money per purchase by ``spend_purchases`` purchases at the average.
    """
    k, model = len(sample.names), switching.model(sample)
    repeats = sample.ratios.numerators[:, [k * k + k]].toarray().ravel()
    years = sample.ratios.denominators[:, [k + 1]].toarray().ravel()
    fixed = switching.DAYS_PER_YEAR / sample.rules.period_days if sample.rules.step == "period" else 0.0
    shape, pull = (0.0, 0.0) if fixed else _prior(repeats, years)
    rates = (repeats + shape) / (years + pull)
    knots = np.array([fixed]) if fixed else _knots(rates)
    values = [clv.by_last_brand(model._replace(steps_per_year=f), terms) for f in knots]
    bought = sample.ratios.denominators[:, k + 2 :].sum(axis=0)
    average = float((bought * model.spend).sum() / bought.sum())
    return Worth(
        sample.names,
        tuple(knots.tolist()),
        tuple(tuple(tuple(row) for row in value.tolist()) for value in values),
        tuple(model.spend.tolist()),
        float(shape),
        float(pull),
        spend_purchases * average,
        float(fixed),
        start,
        sample.rules,
    )


def states(worth):
    """The states of a Worth without the lapsed one: what ``occasions.table`` asks for."""
    return tuple(name for name in worth.names if name not in moves.SILENT)


def _prior(repeats, years):
    """Shape and years of the gamma prior; a rate that all share gives a prior that outweighs any customer."""
    mean = repeats.sum() / years.sum()
    spread = (years * (repeats / years - mean) ** 2).sum() - (len(years) - 1) * mean
    between = spread / (years.sum() - (years**2).sum() / years.sum()) if len(years) > 1 else 0.0
    between = max(between, 1e-4 * mean**2)
    return mean**2 / between, mean / between


def _knots(rates):
    """Frequencies from the lowest to the highest, closer together where customers and curvature are."""
    low, high = max(rates.min(), 1e-6), rates.max()
    return np.unique(np.round(np.geomspace(low, max(high, low * 1.001), KNOTS), 9))


def table(occasions, worth, rules, as_of):
    """One row per customer, of the engine of ``occasions``: what a value is computed from.

    Columns ``customer_id``; ``purchases`` (occasions), ``years`` (since the first); ``steps_per_year`` and
    ``spend_index`` (own money per purchase over the average for the same brands), both pulled to the mean as far as
    ``worth`` says; ``last_brand`` (where the customer stands; ties to the first in order); ``now_1`` … (shares of where
    the customer stands, in the order of ``worth.names``) and ``spent_1`` … (money so far).
    """
    names, today = worth.names, _today(rules, as_of)
    brands = range(len(names) - (1 if rules.lapsed_days else 0))
    rows = nw.from_native(occasions)
    last = nw.col("at") == nw.col("at").max().over("customer_id")
    rows = rows.with_columns(on_last=nw.when(last).then(nw.col("share")).otherwise(nw.lit(0.0)))
    for i in brands:
        here = nw.col("state") == i
        rows = rows.with_columns(
            **{
                f"{name}_{i + 1}": nw.when(here).then(nw.col(column)).otherwise(nw.lit(0.0))
                for name, column in (("bought", "share"), ("last", "on_last"), ("spent", "spend"))
            }
        )
    sums = [f"{name}_{i + 1}" for name in ("bought", "last", "spent") for i in brands]
    one = rows.group_by("customer_id").agg(
        first_at=nw.col("at").min(), last_at=nw.col("at").max(), **{c: nw.col(c).sum() for c in sums}
    )
    one = one.with_columns(*(nw.col(f"spent_{i + 1}").round(4) for i in brands))
    one = one.with_columns(
        purchases=_sum("bought", brands),
        spend=_sum("spent", brands),
        expected=nw.sum_horizontal(*(nw.col(f"bought_{i + 1}") * worth.spend[i] for i in brands)),
        years=(today + 1 - nw.col("first_at")) * _days(rules) / switching.DAYS_PER_YEAR,
    )
    one = one.with_columns(_rate(worth), _index(worth), *_now(worth, brands, rules, today))
    columns = [
        f"{name}_{i + 1}" for name in ("now", "spent") for i in range(len(names)) if name == "now" or i in brands
    ]
    kept = ["customer_id", "purchases", "years", "steps_per_year", "spend_index"]
    return one.select(*kept, _last_brand(names).alias("last_brand"), *columns).to_native()


def _today(rules, as_of):
    today = frames.day_number(as_of)
    return (today + (-today - 1) % rules.period_days) // rules.period_days if rules.step == "period" else today


def _days(rules):
    return rules.period_days if rules.step == "period" else 1


def _sum(name, brands):
    return nw.sum_horizontal(*(nw.col(f"{name}_{i + 1}") for i in brands))


def _rate(worth):
    if worth.fixed_rate:
        return nw.lit(worth.fixed_rate).alias("steps_per_year")
    own = (nw.col("purchases") - 1 + worth.rate_shape) / (nw.col("years") + worth.rate_years)
    return own.alias("steps_per_year")


def _index(worth):
    pulled = (nw.col("spend") + worth.spend_pull) / (nw.col("expected") + worth.spend_pull)
    return (pulled if worth.spend_pull > 0 else nw.col("spend") / nw.col("expected")).alias("spend_index")


def _now(worth, brands, rules, today):
    """Where the customer stands: shares over the states, the lapsed one for whoever has been silent long enough."""
    silent = today - nw.col("last_at")
    lapsed = (silent if rules.step == "period" else silent // rules.lapsed_days) > 0 if rules.lapsed_days else None
    last, spend = _sum("last", brands), nw.col("spend")
    found = []
    for i in brands:
        share = nw.col(f"last_{i + 1}") / last
        if worth.start == "wallet":
            share = nw.when(spend > 0).then(nw.col(f"spent_{i + 1}") / spend).otherwise(share)
        found.append(share if lapsed is None else nw.when(lapsed).then(nw.lit(0.0)).otherwise(share))
    if lapsed is not None:
        found.append(nw.when(lapsed).then(nw.lit(1.0)).otherwise(nw.lit(0.0)))
    return [share.alias(f"now_{i + 1}") for i, share in enumerate(found)]


def _last_brand(names):
    largest = nw.max_horizontal(*(nw.col(f"now_{i + 1}") for i in range(len(names))))
    brand = nw.lit(names[-1])
    for i in reversed(range(len(names) - 1)):
        brand = nw.when(nw.col(f"now_{i + 1}") >= largest).then(nw.lit(names[i])).otherwise(brand)
    return brand


def score(customers, worth):
    """The customers with ``clv_1`` … added: what each is worth to each state, in the order of the names; lazily.

    ``customers``: as :func:`table` makes them. ``worth``: one :class:`Worth` for all, or a dict from segment to Worth,
    when ``customers`` has a column ``segment``; a customer of a segment that is not in it has no value (missing).
    """
    frame = nw.from_native(customers)
    if isinstance(worth, Worth):
        return frame.with_columns(**_values(worth)).to_native()
    if "segment" not in frame.collect_schema().names():
        raise ValueError("a matrix per segment needs a column segment in the customers")
    if len({one.names for one in worth.values()}) > 1:
        raise ValueError("the segments have different states: learn them with the same brands")
    parts = {segment: _values(one) for segment, one in worth.items()}
    found = {}
    for column in next(iter(parts.values())):
        value = nw.lit(None, dtype=nw.Float64)
        for segment, columns in parts.items():
            value = nw.when(nw.col("segment") == segment).then(columns[column]).otherwise(value)
        found[column] = value
    return frame.with_columns(**found).to_native()


def _values(worth):
    """Straight lines between the knots: value at the first, then what each further unit of frequency adds."""
    knots, values = np.array(worth.knots), np.array(worth.values)
    slopes = (
        np.diff(values, axis=0) / np.diff(knots)[:, None, None] if len(knots) > 1 else np.zeros((0, *values[0].shape))
    )
    bends = np.concatenate([slopes[:1], np.diff(slopes, axis=0)]) if len(slopes) else slopes
    at = nw.col("steps_per_year")
    terms = [(nw.lit(1.0), values[0])] + [
        ((at - knot) if i == 0 else nw.max_horizontal(at - knot, nw.lit(0.0)), bend)
        for i, (knot, bend) in enumerate(zip(knots[:-1].tolist(), bends, strict=True))
    ]
    columns = {}
    for b in range(len(worth.names)):
        parts = [
            factor * nw.sum_horizontal(*(nw.col(f"now_{j + 1}") * float(bend[j, b]) for j in range(len(worth.names))))
            for factor, bend in terms
        ]
        columns[f"clv_{b + 1}"] = nw.col("spend_index") * nw.sum_horizontal(*parts)
    return columns


def grouped(scored, names, brand, margin_share=1.0, top_share=0.5):
    """Customers by current and future value to one brand: (frame with ``current_value``, ``clv``, ``group``, cut points).

    ``current_value``: margin on what was spent on the brand so far; ``clv``: what the customer will be worth to it.
    High means above the quantile that leaves ``top_share`` of the customers above. Rules: :data:`GROUPS`. The frame is
    of the engine of ``scored``; the cut points are a dict of two numbers, which can score other customers alike.
    """
    if brand not in names:
        raise ValueError(f"{brand!r} is no state; there are {', '.join(names)}")
    if not 0 < top_share < 1:
        raise ValueError(f"top_share must lie between 0 and 1, not {top_share}")
    number = names.index(brand) + 1
    frame = nw.from_native(scored)
    if f"spent_{number}" not in frame.collect_schema().names():
        raise ValueError(f"nothing can be spent on {brand!r}: choose a brand")
    spent = nw.col(f"spent_{number}") * margin_share
    frame = frame.with_columns(current_value=spent, clv=nw.col(f"clv_{number}").round(6))
    found = frames.to_pandas(
        frame.select(
            *(nw.col(c).quantile(1 - top_share, interpolation="linear").alias(c) for c in ("current_value", "clv"))
        )
    ).iloc[0]
    cuts = {name: round(float(found[name]), 6) for name in found.index}
    if any(math.isnan(cut) for cut in cuts.values()):
        raise ValueError("no customers: there is nothing to group")
    group = nw.lit(GROUPS["group"].iloc[-1])
    for rule in GROUPS.iloc[:-1].iloc[::-1].itertuples():
        fits = (nw.col("current_value") > cuts["current_value"]) == rule.current_high
        fits = fits & ((nw.col("clv") > cuts["clv"]) == rule.future_high)
        group = nw.when(fits).then(nw.lit(rule.group)).otherwise(group)
    return frame.with_columns(group=group).to_native(), cuts


def listed(groups):
    """The customers for a list, the most valuable first: a pandas frame.

    Columns ``customer_id``, ``group``, ``last_brand``, ``current_value``, ``clv``, ``purchases``, ``advice``; equal
    customers come by their id.
    """
    columns = ["customer_id", "group", "last_brand", "current_value", "clv", "purchases"]
    table = frames.to_pandas(nw.from_native(groups).select(columns))
    table["advice"] = table["group"].map(GROUPS.set_index("group")["advice"])
    table[["current_value", "clv"]] = table[["current_value", "clv"]].round(2)
    return table.sort_values(["clv", "customer_id"], ascending=[False, True], ignore_index=True)


def summary(groups):
    """One row per group, in the order of the rules: columns ``group``, ``customers``, ``customer_share``,
    ``current_value``, ``clv`` (sums), ``advice``; empty groups are kept with zeros.
    """
    counted = frames.to_pandas(
        nw.from_native(groups)
        .group_by("group")
        .agg(customers=nw.len(), current_value=nw.col("current_value").sum(), clv=nw.col("clv").sum())
    ).set_index("group")
    found = counted.reindex(GROUPS["group"]).fillna(0.0).reset_index()
    found["customers"] = found["customers"].astype(int)
    found.insert(2, "customer_share", found["customers"] / found["customers"].sum())
    return found.assign(advice=GROUPS["advice"].to_numpy())
