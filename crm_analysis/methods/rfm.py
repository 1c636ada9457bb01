"""RFM: recency, frequency and monetary scores with learned cut points, and segments as a table of rules.

``learn`` finds the cut points once, ``score`` applies them to every customer by comparison alone, so that equal
customers always get equal scores, and next month can be scored with this month's profile.

Source: Hughes, *Strategic Database Marketing* (independent quintiles); ties are kept together instead of being
split to force groups of equal size, so the sizes of the groups are reported and never forced.
"""

import itertools
import math
from typing import NamedTuple

import narwhals as nw
import pandas as pd

from crm_analysis.data import frames

DIMENSIONS = ("recency", "frequency", "monetary")
SCORES = ("r_score", "f_score", "m_score")
CUT_DECIMALS = 6

# The recency-by-frequency map that circulates in open RFM tutorials, on fifths; it leaves the monetary score free.
DEFAULT_RULES = pd.DataFrame(
    [
        # segment, R from-to, F from-to, M from-to
        ("Champions", 5, 5, 4, 5, 1, 5, "Reward them; ask for referrals; show new products first"),
        ("Loyal customers", 3, 4, 4, 5, 1, 5, "Offer the next higher product; ask what they think"),
        ("Potential loyalists", 4, 5, 2, 3, 1, 5, "Invite to the loyalty programme; recommend a second category"),
        ("New customers", 5, 5, 1, 1, 1, 5, "Welcome them; help with the first use; make the second order easy"),
        ("Promising", 4, 4, 1, 1, 1, 5, "Build the habit: reminder and a small reason to return"),
        ("Need attention", 3, 3, 3, 3, 1, 5, "Limited offer built on what they bought before"),
        ("About to sleep", 3, 3, 1, 2, 1, 5, "Remind now, while it is cheap"),
        ("At risk", 1, 2, 3, 4, 1, 5, "Personal message; ask what went wrong"),
        ("Cannot lose them", 1, 2, 5, 5, 1, 5, "Call them; win back before a rival does"),
        ("Hibernating", 1, 2, 1, 2, 1, 5, "Cheap reminders only; clean up what never answers"),
    ],
    columns=["segment", "r_from", "r_to", "f_from", "f_to", "m_from", "m_to", "advice"],
)
OTHERS = "Others"


class Profile(NamedTuple):
    """What RFM learned: ascending cut points per dimension (days, orders or the like, money) and their columns.

    A value scores one more than the number of cut points below it; recency runs the other way.
    """

    recency_cuts: tuple
    frequency_cuts: tuple
    monetary_cuts: tuple
    recency: str = "recency_days"
    frequency: str = "orders"
    monetary: str = "revenue"

    @property
    def levels(self):
        """Number of scores per dimension."""
        return tuple(len(cuts) + 1 for cuts in (self.recency_cuts, self.frequency_cuts, self.monetary_cuts))


def learn(customers, levels=(5, 5, 5), frequency="orders", monetary="revenue"):
    """Cut points at equal shares of the customers: a :class:`Profile`.

    ``customers`` is any frame with one row per customer and the columns ``recency_days`` and those named by
    ``frequency`` and ``monetary``; ``levels`` gives the number of scores for R, F and M. Quantiles are linear
    (type 7 of Hyndman and Fan, the default of R and numpy). Raises ValueError when there is no customer or
    fewer than two levels are asked.
    """
    if min(levels) < 2:
        raise ValueError(f"levels must be at least 2 each, not {tuple(levels)}")
    columns = ("recency_days", frequency, monetary)
    asked = [(column, i / n) for column, n in zip(columns, levels, strict=True) for i in range(1, n)]
    frame = nw.from_native(customers)
    found = frames.to_pandas(
        frame.select(
            *(nw.col(c).quantile(share, interpolation="linear").alias(f"q{i}") for i, (c, share) in enumerate(asked))
        )
    )
    values = [round(float(v), CUT_DECIMALS) for v in found.iloc[0]]
    if any(math.isnan(v) for v in values):
        raise ValueError("no customers: RFM cut points cannot be learned from an empty table")
    cuts = iter(values)
    return Profile(*(tuple(itertools.islice(cuts, n - 1)) for n in levels), "recency_days", frequency, monetary)


def score(customers, profile, rules=DEFAULT_RULES):
    """The customer table with ``r_score``, ``f_score``, ``m_score`` (1 = worst) and ``segment`` added, lazily.

    >>> import pandas as pd
    >>> base = pd.DataFrame({"recency_days": [3, 40, 40, 400], "orders": [9, 2, 2, 1],
    ...                      "revenue": [500.0, 60.0, 60.0, 20.0]})
    >>> score(base, learn(base, levels=(2, 2, 2)))[["r_score", "f_score", "m_score"]].values.tolist()
    [[2, 2, 2], [2, 1, 1], [2, 1, 1], [1, 1, 1]]
    """
    r, f, m = (
        _rank(column, cuts)
        for column, cuts in (
            (profile.recency, profile.recency_cuts),
            (profile.frequency, profile.frequency_cuts),
            (profile.monetary, profile.monetary_cuts),
        )
    )
    r_levels = profile.levels[0]
    frame = nw.from_native(customers).with_columns(r_score=nw.lit(r_levels + 1) - r, f_score=f, m_score=m)
    return frame.with_columns(segment=_segment(on_levels(rules, profile.levels))).to_native()


def _rank(column, cuts):
    """1 + the number of cut points strictly below the value: ties can never be parted."""
    return nw.sum_horizontal(nw.lit(1), *(nw.when(nw.col(column) > cut).then(1).otherwise(0) for cut in cuts))


def _segment(rules):
    """First rule that fits wins; whoever fits none is in ``OTHERS``."""
    expression = nw.lit(OTHERS)
    for rule in rules.iloc[::-1].itertuples():
        fits = nw.lit(True)
        for axis in "rfm":
            column = nw.col(f"{axis}_score")
            fits = fits & (column >= getattr(rule, f"{axis}_from")) & (column <= getattr(rule, f"{axis}_to"))
        expression = nw.when(fits).then(nw.lit(rule.segment)).otherwise(expression)
    return expression


def on_levels(rules, levels):
    """The rules, stated on fifths, for any number of levels: score s of L stands for the fifth ceil(5 s / L)."""
    scaled = rules.copy()
    for axis, n in zip("rfm", levels, strict=True):
        fifth = [math.ceil(5 * s / n) for s in range(1, n + 1)]
        scaled[f"{axis}_from"] = [1 + sum(b < low for b in fifth) for low in rules[f"{axis}_from"]]
        scaled[f"{axis}_to"] = [sum(b <= high for b in fifth) for high in rules[f"{axis}_to"]]
    return scaled


def coverage(rules, levels=(5, 5, 5)):
    """How the rules cover the grid of scores: one row per cell, with the names of all rules that claim it.

    Columns ``r_score``, ``f_score``, ``m_score``, ``claims`` (number of rules), ``segments`` (their names, in the
    order of the rules). A sound map has ``claims`` 1 everywhere: 0 is a gap (it falls to "Others"), 2 an overlap.
    """
    scaled = on_levels(rules, levels)
    rows = []
    for cell in itertools.product(*(range(1, n + 1) for n in levels)):
        claims = [
            rule.segment
            for rule in scaled.itertuples()
            if all(
                getattr(rule, f"{a}_from") <= s <= getattr(rule, f"{a}_to") for a, s in zip("rfm", cell, strict=True)
            )
        ]
        rows.append((*cell, len(claims), ", ".join(claims)))
    return pd.DataFrame(rows, columns=[*SCORES, "claims", "segments"])


def summary(scored, rules=DEFAULT_RULES, monetary="revenue", frequency="orders"):
    """One row per segment, in the order of the rules: size, revenue and what is typical; a pandas frame.

    Columns ``segment``, ``customers``, ``customer_share``, ``revenue``, ``revenue_share``,
    ``mean_recency_days``, ``mean_frequency``, ``mean_monetary``, ``advice``. Segments without customers are kept,
    with 0 customers and missing means.
    """
    groups = frames.to_pandas(
        nw.from_native(scored)
        .group_by("segment")
        .agg(
            nw.len().alias("customers"),
            nw.col(monetary).sum().alias("revenue"),
            nw.col("recency_days").mean().alias("mean_recency_days"),
            nw.col(frequency).mean().alias("mean_frequency"),
            nw.col(monetary).mean().alias("mean_monetary"),
        )
    ).set_index("segment")
    names = [*rules["segment"], *([OTHERS] if OTHERS in groups.index else [])]
    table = groups.reindex(names)
    table[["customers", "revenue"]] = table[["customers", "revenue"]].fillna(0)
    table["customers"] = table["customers"].astype(int)
    table["customer_share"] = table["customers"] / table["customers"].sum()
    table["revenue_share"] = table["revenue"] / table["revenue"].sum()
    table["advice"] = rules.set_index("segment")["advice"].reindex(names).fillna("")
    columns = ["segment", "customers", "customer_share", "revenue", "revenue_share"]
    columns += ["mean_recency_days", "mean_frequency", "mean_monetary", "advice"]
    return table.rename_axis("segment").reset_index()[columns]


def groups(scored, profile):
    """Sizes of the score groups: one row per dimension and score, with the interval of values it stands for.

    Columns ``dimension``, ``score``, ``from_value`` (exclusive), ``to_value`` (inclusive; both missing where
    open), ``customers``, ``customer_share``. Groups made empty or large by ties are shown as they are.
    """
    frame, parts = nw.from_native(scored), []
    cuts_of = dict(zip(DIMENSIONS, profile[:3], strict=True))
    for dimension, column in zip(DIMENSIONS, SCORES, strict=True):
        sizes = frames.to_pandas(frame.group_by(column).agg(customers=nw.len())).set_index(column)["customers"]
        edges = [math.nan, *cuts_of[dimension], math.nan]
        intervals = list(itertools.pairwise(edges))
        if dimension == "recency":
            intervals.reverse()
        parts += [(dimension, s, low, high, int(sizes.get(s, 0))) for s, (low, high) in enumerate(intervals, start=1)]
    table = pd.DataFrame(parts, columns=["dimension", "score", "from_value", "to_value", "customers"])
    table["customer_share"] = table["customers"] / table.groupby("dimension")["customers"].transform("sum")
    return table


def grid(scored, profile, value="customers"):
    """Customers (or mean ``value`` per customer) by recency score (rows, best first) and frequency score (columns).

    Every score has its row and column; a cell without customers is missing.
    """
    measure = nw.len() if value == "customers" else nw.col(value).mean()
    cells = frames.to_pandas(nw.from_native(scored).group_by("r_score", "f_score").agg(measure.alias("value")))
    table = cells.pivot(index="r_score", columns="f_score", values="value")
    return table.reindex(index=range(profile.levels[0], 0, -1), columns=range(1, profile.levels[1] + 1))
