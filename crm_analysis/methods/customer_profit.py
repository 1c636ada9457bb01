"""All that the table of costs tells about customers, in one go: profit, whale curve, classes, and what would mend whom."""

from typing import NamedTuple

import narwhals as nw
import pandas as pd

from crm_analysis.methods import mend, profit, value_classes


class Worth(NamedTuple):
    """``profits``: ``profit.table``; ``bridge``, ``curve``, ``peak``: of ``profit``; ``levers``, ``below_zero``, ``remedies``: of ``mend``;
    ``learned``, ``classes``: of ``value_classes``.
    """

    profits: object
    bridge: pd.DataFrame
    curve: pd.DataFrame
    peak: dict
    levers: mend.Levers
    below_zero: pd.DataFrame
    remedies: pd.DataFrame
    learned: value_classes.Profile
    classes: pd.DataFrame


def found(customers, costs, as_of, window_days, margin_rate=0.0, learned=None):
    """The :class:`Worth` of the customers; None when there are no costs, or neither a margin nor a rate for it.

    ``customers``: the customer table of the window; ``costs``: the table of costs or None; ``learned``: the value classes of an
    earlier run, or None to learn them.
    """
    has_margin = "margin" in nw.from_native(customers).collect_schema().names()
    if costs is None or not (has_margin or margin_rate > 0):
        return None
    profits = profit.table(customers, costs, as_of, window_days, margin_rate)
    learned = learned or value_classes.learn(profits, mend.learn(profits))
    below_zero = mend.below_zero(profits, learned.levers)
    return Worth(
        profits,
        profit.bridge(profits),
        profit.whale(profits),
        profit.peak(profits),
        learned.levers,
        below_zero,
        mend.summary(below_zero),
        learned,
        value_classes.summary(value_classes.score(profits, learned)),
    )
