"""From purchase lines to occasions in order: one customer, one day (or period), one brand.

The occasion is the step at which a customer can switch. Here it is decided what counts as one, which brand an
occasion with several brands stands for, and in what order occasions with the same time come.
"""

from typing import NamedTuple

import narwhals as nw

from crm_analysis.data import frames

STEPS = ("purchase", "period")
BASKETS = ("dominant", "fractional", "line")
GRID = 10_000  # money is compared in whole ten thousandths: a sum of floats depends on the order of its terms


class Rules(NamedTuple):
    """How purchases become steps.

    ``step``: ``purchase`` (from one day with purchases to the next) or ``period`` (from one period to the next);
    ``period_days``: its length, periods being counted back from ``as_of``; ``basket``: an occasion with several
    brands stands for the one with most spending, ties to the state first in order (``dominant``), for all of them by
    share of spending (``fractional``), or every line is an occasion of its own, those of one day in the order of the
    states (``line``); ``lapsed_days``: silence of that length is a step into the state "lapsed", 0 for no such state
    (with periods, a period without a purchase is that step, for any value above 0); ``weight``: each step counts 1
    (``purchases``) or the money spent at its end (``spend``).
    """

    step: str = "purchase"
    basket: str = "dominant"
    period_days: int = 91
    lapsed_days: int = 0
    weight: str = "purchases"


def checked(rules):
    """The rules, or a ValueError that says what is wrong with them."""
    for field, known in (("step", STEPS), ("basket", BASKETS), ("weight", ("purchases", "spend"))):
        if getattr(rules, field) not in known:
            raise ValueError(f"{field} must be one of {', '.join(known)}, not {getattr(rules, field)!r}")
    if rules.period_days < 1 or rules.lapsed_days < 0:
        raise ValueError(f"period_days must be 1 or more and lapsed_days 0 or more, not {rules[2:4]}")
    if rules.step == "period" and rules.basket == "line":
        raise ValueError("with periods a basket is dominant or fractional: a period cannot be a line of its own")
    return rules


def table(lines, states, rules, as_of):
    """One row per customer, time and state, of the same engine.

    ``lines``: ``customer_id``, ``purchase_day``, ``brand``, ``amount``; ``states``: names in order, the last standing
    for every brand that is not named when there is one. Columns ``customer_id``; ``at``, the day or the number of the
    period; ``state``, its place in ``states``; ``share`` of the occasion (0-1, sums to 1 over an occasion, 0 where
    another brand dominates); ``spend``. Lines after ``as_of`` are left out.
    """
    rules, today = checked(rules), frames.day_number(as_of)
    at = nw.col("purchase_day").cast(nw.Int64)
    if rules.step == "period":  # as_of is the last day of its period
        at = ((at + (-today - 1) % rules.period_days) // rules.period_days).cast(nw.Int64)
    rows = (
        nw.from_native(lines)
        .filter(nw.col("purchase_day") <= today)
        .select("customer_id", at=at, state=_place(states), spend=nw.col("amount"))
    )
    if rules.basket == "line":
        return rows.with_columns(share=nw.lit(1.0)).to_native()
    rows = rows.group_by("customer_id", "at", "state").agg(spend=nw.col("spend").sum())
    rows = rows.with_columns(spend=nw.col("spend").round(4))
    return rows.with_columns(share=_share(rules.basket, len(states))).to_native()


def _place(states):
    """The number of a line's state: that of its brand, else the last."""
    place = nw.lit(len(states) - 1)
    for i in reversed(range(len(states) - 1)):
        place = nw.when(nw.col("brand") == states[i]).then(nw.lit(i)).otherwise(place)
    return place.cast(nw.Int64)


def _share(basket, k):
    occasion = ("customer_id", "at")
    if basket == "fractional":
        total, n = nw.col("spend").sum().over(*occasion), nw.len().over(*occasion)
        return nw.when(total > 0).then(nw.col("spend") / total).otherwise(1.0 / n)
    # one number that orders by spending first and by state second: the largest is the dominant one
    rank = (nw.col("spend") * GRID).round(0).cast(nw.Int64) * k + (k - 1 - nw.col("state"))
    return nw.when(rank == rank.max().over(*occasion)).then(nw.lit(1.0)).otherwise(nw.lit(0.0))


def facts(occasions):
    """What the rules had to decide: a dict of counts.

    ``occasions``; ``shared_occasions``, those with several brands; ``tied_occasions``, those where two brands have
    equal spending, so that the order of the states decided.
    """
    rows = nw.from_native(occasions).group_by("customer_id", "at", "state").agg(spend=nw.col("spend").sum())
    most = nw.col("spend").max().over("customer_id", "at")
    rows = rows.with_columns(one=nw.lit(1), first=_one_if(nw.col("spend") == most))
    each = rows.group_by("customer_id", "at").agg(brands=nw.col("one").sum(), first=nw.col("first").sum())
    each = each.with_columns(shared=_one_if(nw.col("brands") > 1), tied=_one_if(nw.col("first") > 1))
    counted = each.select(
        occasions=nw.len(), shared=nw.col("shared").sum().cast(nw.Int64), tied=nw.col("tied").sum().cast(nw.Int64)
    )
    row = frames.to_pandas(counted).iloc[0].fillna(0)
    return {
        "occasions": int(row["occasions"]),
        "shared_occasions": int(row["shared"]),
        "tied_occasions": int(row["tied"]),
    }


def _one_if(condition):
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0))
