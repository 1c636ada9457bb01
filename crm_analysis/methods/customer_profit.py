"""What customers are worth: all that the table of costs tells about them, in one go, and what to rank them by without it."""

from typing import NamedTuple

import narwhals as nw
import pandas as pd

from crm_analysis.data import frames
from crm_analysis.data.errors import WrongParameter
from crm_analysis.methods import mend, profit, value_classes

BEST = "best"
BASES = ("contribution", "profit", "margin", "revenue")
LISTED_MONEY = ("revenue", "contribution", "profit")
NEEDS = {
    "contribution": "the table costs and the cost of goods",
    "profit": "the table costs and the cost of goods",
    "margin": "a column cost in transactions",
    "revenue": "transactions",
}


class Cuts(NamedTuple):
    """The stated cuts, shares (0-1): who is most valuable and most growable, and how far each lever can be pulled."""

    valuable: float = 0.2
    growable: float = 0.6
    service_cut: float = 0.5
    order_growth: float = 0.25
    price_rise: float = 0.05


class Worth(NamedTuple):
    """``scored``: ``value_classes.score``; ``bridge``, ``curve``, ``peak``: of ``profit``; ``below_zero`` (lazily), ``remedies``: of ``mend``;
    ``learned``, ``classes``: of ``value_classes``.
    """

    scored: object
    bridge: pd.DataFrame
    curve: pd.DataFrame
    peak: dict
    below_zero: object
    remedies: pd.DataFrame
    learned: value_classes.Profile
    classes: pd.DataFrame


def values(base, costs, as_of, window_days=0, margin_rate=0.0):
    """The customer table ``base`` of the last ``window_days`` days (``profit.window``), lazily, with contribution and profit
    where they can be known.

    That is ``profit.table`` where there are ``costs``, of the same engine as ``base``, and a margin, of the lines or by
    ``margin_rate`` (0-1); else ``base`` itself.
    """
    has_margin = "margin" in nw.from_native(base).collect_schema().names()
    if costs is None or not (has_margin or margin_rate > 0):
        return base
    return profit.table(base, costs, as_of, window_days, margin_rate)


def basis(customers, asked=BEST):
    """The column to rank customers by: ``asked``, or the best that the table has, contribution before margin before revenue.

    What is not above zero over all customers cannot be shared out among them and is passed over: where customers cost more
    than they bring, they are ranked by their margin. Raises ValueError when the table lacks what is asked for, saying what
    would give it, or when it is not above zero over all.

    >>> basis(pd.DataFrame({"revenue": [1.0], "margin": [0.4]}))
    'margin'
    """
    have = nw.from_native(customers).collect_schema().names()
    if asked != BEST and asked not in BASES:
        raise ValueError(f"customers can be ranked by {', '.join(BASES)} or {BEST}, not by {asked!r}")
    if asked != BEST and asked not in have:
        raise WrongParameter(
            f"customers cannot be ranked by {asked}: it needs {NEEDS[asked]}; {BEST} takes what there is"
        )
    asked = [b for b in (asked,) if b != BEST] or [b for b in ("contribution", "margin", "revenue") if b in have]
    total = frames.to_pandas(nw.from_native(customers).select(nw.col(*asked).sum())).iloc[0]
    above = [b for b in asked if total[b] > 0]
    if not above:
        raise ValueError(f"customers cannot be ranked by {asked[-1]}: over all of them it is {total[asked[-1]]:,.2f}, which cannot be "
                         f"shared out; {BEST} takes what can, and more days to count may hold more orders")  # fmt: skip
    return above[0]


def found(customers, cuts=None, learned=None):
    """The :class:`Worth` of the customers of :func:`values`; None when their contribution is not known.

    ``cuts``: a :class:`Cuts`, None for the stated defaults; ``learned``: the value classes of an earlier run, with their levers,
    which then stand instead of the cuts.
    """
    if "contribution" not in nw.from_native(customers).collect_schema().names():
        return None
    if learned is None:
        cuts = cuts or Cuts()
        levers = mend.learn(customers, cuts.service_cut, cuts.order_growth, cuts.price_rise)
        learned = value_classes.learn(customers, levers, top=cuts.valuable, growable=cuts.growable)
    scored = value_classes.score(customers, learned)
    below_zero = mend.below_zero(customers, learned.levers)
    return Worth(
        scored,
        profit.bridge(customers),
        profit.whale(customers),
        profit.peak(customers),
        below_zero,
        mend.summary(below_zero),
        learned,
        value_classes.summary(scored),
    )


def listed(scored, rated, classed=None):
    """Every customer in one list, best tier first, lazily.

    ``scored``: ``pyramid.score``; ``rated``: ``scorecard.score``; ``classed``: ``Worth.scored`` or None. Columns ``customer_id``,
    ``tier``, ``revenue``; ``contribution``, ``profit``, ``value_class``, ``advice`` where there are costs; ``orders``,
    ``recency_days``, ``good_score`` (missing for whoever never bought).
    """
    frame = nw.from_native(scored)
    have = frame.collect_schema().names()
    money, rest = ([c for c in part if c in have] for part in (LISTED_MONEY, ("orders", "recency_days")))
    frame = frame.select("customer_id", "tier_rank", "tier", *money, *rest)
    if classed is not None:
        frame = frame.join(nw.from_native(classed).select("customer_id", "value_class"), on="customer_id", how="left")
    score = nw.from_native(rated).select("customer_id", "good_score")
    frame = frame.join(score, on="customer_id", how="left")
    made = ["value_class", "advice"] if classed is not None else []
    if made:
        frame = frame.with_columns(advice=frames.told("value_class", value_classes.STRATEGY))
    columns = ["customer_id", "tier", *money, *made, *rest, "good_score"]
    return frame.sort("tier_rank", "customer_id").select(columns).to_native()
