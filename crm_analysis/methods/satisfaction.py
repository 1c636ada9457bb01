"""Satisfaction by determinant: what customers expect, what they perceive, how much each determinant weighs.

The gap is perceived minus expected (Parasuraman, Zeithaml and Berry 1985, J. of Marketing 49; Oliver's
disconfirmation). The default determinants are the ten of the course: those of 1985 with affection in the place of
competence. The ten of 1985 and SERVQUAL's five (1988, J. of Retailing 64) stand beside them as tables.
"""

import math

import numpy as np
import pandas as pd

from crm_analysis.data.tables import DETERMINANTS
from crm_analysis.methods import intervals, survey

COURSE, PZB, SERVQUAL = "course", "pzb", "servqual"
_PZB = (
    "reliability", "responsiveness", "competence", "access", "courtesy", "communication", "credibility", "security",
    "understanding", "tangibles",
)  # fmt: skip
_FIVE = {
    "tangibles": ("tangibles",),
    "reliability": ("reliability",),
    "responsiveness": ("responsiveness",),
    "assurance": ("competence", "courtesy", "credibility", "security"),
    "empathy": ("access", "communication", "understanding"),
}
# Each model as a table: which determinant of the questionnaire belongs to which dimension of the report.
MODELS = {
    COURSE: pd.DataFrame({"determinant": DETERMINANTS, "dimension": DETERMINANTS}),
    PZB: pd.DataFrame({"determinant": _PZB, "dimension": _PZB}),
    SERVQUAL: pd.DataFrame([(d, name) for name, of in _FIVE.items() for d in of], columns=["determinant", "dimension"]),
}
SIDES = {"value": "Value", "cost": "Cost"}
TOP_BOXES = 2
KEYS = ["dimension", "n", "expected", "perceived", "gap", "gap_low", "gap_high"]


def determinants(answers, codebook=survey.CODEBOOK, model=COURSE, population=None, min_cell=5):
    """One row per dimension, the worst gap first: what is expected, perceived and missing.

    ``answers``: one row per respondent (``survey.latest``). Columns ``dimension``, ``n`` (who gave both an expected and
    a perceived answer), ``expected``, ``perceived``, ``gap`` with ``gap_low`` and ``gap_high``, ``top_two_share``
    (perceived answers among the two best of the scale), ``importance_share`` (points of 100, over respondents),
    ``weighted_gap`` (the two multiplied). A dimension with fewer than ``min_cell`` respondents keeps its ``n`` and
    loses its figures; one without an item is left out, see :func:`unasked`. ``population``: as in ``intervals.mean``.
    """
    rows = []
    for dimension, of in dimensions(codebook, model).items():
        pairs = [(_first(answers, codebook, "expected", d), _first(answers, codebook, "perceived", d)) for d in of]
        pairs = [(e, p) for e, p in pairs if e and p]
        if pairs:
            name = survey.NAMES.get(dimension, dimension)
            rows.append((name, *_dimension(answers, codebook, of, pairs, population, min_cell)))
    table = pd.DataFrame(rows, columns=[*KEYS, "top_two_share", "importance_share"])
    table["importance_share"] /= table["importance_share"].sum() or math.nan
    table["weighted_gap"] = table["importance_share"] * table["gap"]
    return table.sort_values(["gap", "dimension"], ignore_index=True)


def unasked(answers, codebook=survey.CODEBOOK, model=COURSE):
    """Dimensions of the model about which the questionnaire asks nothing, and determinants that it leaves out."""
    asked = {d for d in codebook.loc[codebook["block"] == "perceived", "dimension"] if _both(answers, codebook, d)}
    needed = dimensions(codebook, model)
    missing = [survey.NAMES.get(name, name) for name, of in needed.items() if not asked & set(of)]
    left = [survey.NAMES.get(d, d) for d in sorted(asked - {d for of in needed.values() for d in of})]
    return missing, left


def weighted_quality(table):
    """The quality gap over all dimensions, sum of weight x gap; weights sum to one over the dimensions with a gap.

    >>> weighted_quality(pd.DataFrame({"importance_share": [0.75, 0.25], "gap": [-1.0, 1.0]}))
    -0.5
    """
    known = table.dropna(subset=["importance_share", "gap"])
    if known.empty or not known["importance_share"].sum() > 0:
        return math.nan
    return float((known["importance_share"] * known["gap"]).sum() / known["importance_share"].sum())


def overall(answers, codebook=survey.CODEBOOK, population=None):
    """Overall satisfaction: mean and share of the two best answers, each an interval; item block ``satisfaction``."""
    columns = survey.items(answers, codebook, "satisfaction")
    if not columns:
        return intervals.NOTHING, intervals.NOTHING
    values = answers[columns[0]].dropna()
    high = codebook.set_index("item").loc[columns[0], "high"]
    best = intervals.share(int((values > high - TOP_BOXES).sum()), len(values))
    return intervals.mean(values, population), best


def delivered_value(answers, codebook=survey.CODEBOOK, population=None):
    """Customer delivered value: what customers see in the offer less what it costs them in money, time, energy, worry.

    One row per part and one per total: ``side`` ("Value", "Cost" or "Delivered"), ``part``, ``n``, ``mean``, ``low``,
    ``high``. A total is the mean over the parts of its side, for respondents who answered at least half of them;
    delivered is value minus cost, on the same scale. Source: Kotler, *Marketing Management* (total customer value
    minus total customer cost).
    """
    rows, totals = [], {}
    for side in ("value", "cost"):
        columns = survey.items(answers, codebook, side)
        totals[side] = survey.score(answers, columns)
        names = codebook.set_index("item")["dimension"]
        rows += [
            (SIDES[side], survey.NAMES.get(names[c], names[c]), *_told(intervals.mean(answers[c], population)))
            for c in columns
        ]
        if columns:
            rows.append((SIDES[side], "Total", *_told(intervals.mean(totals[side], population))))
    if len({row[0] for row in rows}) == 2:
        delivered = totals["value"] - totals["cost"]
        rows.append(("Delivered", "Value less cost", *_told(intervals.mean(delivered, population))))
    return pd.DataFrame(rows, columns=["side", "part", "n", "mean", "low", "high"])


def weights(answers, codebook=survey.CODEBOOK):
    """Each respondent's importance points as shares that sum to one; rows without all points are missing."""
    columns = survey.items(answers, codebook, "importance")
    points = answers[columns].where(answers[columns].notna().all(axis=1))
    return points.div(points.sum(axis=1).where(lambda total: total > 0), axis=0)


def _dimension(answers, codebook, of, pairs, population, min_cell):
    both = [answers[e].notna() & answers[p].notna() for e, p in pairs]
    expected = pd.concat([answers[e].where(b) for (e, _), b in zip(pairs, both, strict=True)], axis=1).mean(axis=1)
    perceived = pd.concat([answers[p].where(b) for (_, p), b in zip(pairs, both, strict=True)], axis=1).mean(axis=1)
    gap = intervals.mean(perceived - expected, population)
    said = pd.concat([answers[p] for _, p in pairs], axis=1)
    best = codebook.set_index("item").loc[[p for _, p in pairs], "high"].to_numpy() - TOP_BOXES
    n_said = said.notna().to_numpy().sum()
    top = (said.to_numpy() > best).sum() / n_said if n_said else math.nan
    share = weights(answers, codebook).mean()
    points = [_first(answers, codebook, "importance", d) for d in of]
    known = [share[p] for p in points if p and not math.isnan(share[p])]
    importance = float(np.sum(known)) if known else math.nan
    if gap.n < min_cell:
        return (gap.n, *[math.nan] * 5, math.nan, importance)
    return (gap.n, expected.mean(), perceived.mean(), gap.value, gap.low, gap.high, top, importance)


def dimensions(codebook, model):
    """Dimension -> determinants; a name that is no model of ours takes the codebook's own dimensions."""
    if model == "codebook":
        own = codebook.loc[codebook["block"] == "perceived", "dimension"].drop_duplicates()
        return {name: [name] for name in own}
    if model not in MODELS:
        raise ValueError(f"the model is one of {', '.join(MODELS)} or codebook, not {model!r}")
    return MODELS[model].groupby("dimension", sort=False)["determinant"].agg(list).to_dict()


def _first(answers, codebook, block, dimension):
    found = survey.items(answers, codebook, block, dimension)
    return found[0] if found else None


def _both(answers, codebook, dimension):
    return all(_first(answers, codebook, block, dimension) for block in ("expected", "perceived"))


def _told(interval):
    return interval.n, interval.value, interval.low, interval.high
