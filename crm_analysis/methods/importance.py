"""Importance-performance map: where to concentrate, what to keep up, what may be overkill.

Source: Martilla and James (1977), J. of Marketing 41. Importance is *stated* (points that customers give) or *derived*
from how overall satisfaction goes with each dimension: its simple correlation, or its standardised coefficient in a
regression on all dimensions at once, which tells apart dimensions that go together (a halo lifts all correlations).
"""

import math

import numpy as np
import pandas as pd

from crm_analysis.methods import satisfaction, survey

CONCENTRATE, KEEP, LOW, OVERKILL = "Concentrate here", "Keep up", "Low priority", "Possible overkill"
QUADRANTS = pd.DataFrame(
    [
        # quadrant, important, performs well, what to do
        (CONCENTRATE, True, False, "Improve first: it matters and is seen as weak"),
        (KEEP, True, True, "Protect: it matters and is seen as good"),
        (LOW, False, False, "Leave: it is weak but matters little"),
        (OVERKILL, False, True, "Check whether effort can move to where it matters"),
    ],
    columns=["quadrant", "important", "performs", "advice"],
)
KINDS, CUTS = ("stated", "correlation", "regression"), ("mean", "median", "midpoint")


def table(answers, codebook=survey.CODEBOOK, importance="stated", cut="mean", model=satisfaction.COURSE):
    """One row per dimension: ``dimension``, ``n``, ``performance`` (mean perceived), ``importance``, ``quadrant``, ``advice``.

    The cross-hair stands at the means (default), the medians, or, for performance, the middle of the scale; a value on
    the line counts as high. It is kept in ``attrs["cuts"]`` as (performance, importance). Dimensions without a known
    importance are left out.
    """
    if importance not in KINDS or cut not in CUTS:
        raise ValueError(f"importance is one of {', '.join(KINDS)} and cut one of {', '.join(CUTS)}, "
                         f"not {importance!r} and {cut!r}")  # fmt: skip
    found = satisfaction.determinants(answers, codebook, model)
    weight = (
        _stated(found) if importance == "stated" else _derived(answers, codebook, found["dimension"], importance, model)
    )
    rows = found.assign(importance=found["dimension"].map(weight), performance=found["perceived"])
    rows = rows.dropna(subset=["importance", "performance"]).reset_index(drop=True)
    cuts = _cuts(rows, codebook, cut)
    important, performs = rows["importance"] >= cuts[1], rows["performance"] >= cuts[0]
    named = QUADRANTS.set_index(["important", "performs"])
    rows = rows.assign(
        quadrant=[named["quadrant"][key] for key in zip(important, performs, strict=True)],
        advice=[named["advice"][key] for key in zip(important, performs, strict=True)],
    )
    order = {name: i for i, name in enumerate(QUADRANTS["quadrant"])}
    rows["order"] = rows["quadrant"].map(order)
    rows = rows.sort_values(["order", "importance", "dimension"], ascending=[True, False, True], ignore_index=True)
    rows = rows[["dimension", "n", "performance", "importance", "quadrant", "advice"]]
    rows.attrs["cuts"] = cuts
    return rows


def _stated(found):
    return found.set_index("dimension")["importance_share"]


def _derived(answers, codebook, dimensions, kind, model):
    """Importance of each dimension for overall satisfaction, from respondents who answered everything needed."""
    of = satisfaction.dimensions(codebook, model)
    outcome = survey.items(answers, codebook, "satisfaction")
    columns = {}
    for key in of:
        name = survey.NAMES.get(key, key)
        if name not in set(dimensions):
            continue
        asked = [c for d in of[key] for c in survey.items(answers, codebook, "perceived", d)]
        columns[name] = answers[asked].mean(axis=1, skipna=False)
    frame = pd.DataFrame(columns)
    if not outcome or frame.empty:
        return pd.Series(math.nan, index=list(dimensions))
    complete = frame.notna().all(axis=1) & answers[outcome[0]].notna()
    x, y = frame[complete], answers.loc[complete, outcome[0]]
    if len(x) <= len(x.columns) + 1 or not (x.std() > 0).all() or not y.std() > 0:
        return pd.Series(math.nan, index=list(dimensions))
    x, y = (x - x.mean()) / x.std(), (y - y.mean()) / y.std()
    if kind == "correlation":
        return x.mul(y, axis=0).sum() / (len(y) - 1)
    return pd.Series(np.linalg.lstsq(x.to_numpy(), y.to_numpy(), rcond=None)[0], index=x.columns)


def _cuts(rows, codebook, cut):
    if rows.empty:
        return math.nan, math.nan
    middle = rows[["performance", "importance"]].agg("median" if cut == "median" else "mean")
    performance = middle["performance"]
    if cut == "midpoint":
        scale = codebook[codebook["block"] == "perceived"].iloc[0]
        performance = (scale["low"] + scale["high"]) / 2
    # a grid of 9 decimals: a value that is the mean itself must not fall below it by a last bit
    return round(float(performance), 9), round(float(middle["importance"]), 9)
