"""How reliable a scale of several items is: Cronbach's alpha and what each item does to it.

alpha = k / (k - 1) (1 - sum of the item variances / variance of the total), Cronbach (1951), Psychometrika 16. All
figures follow from the covariances of the items, so that the policy for missing answers is one decision: listwise
(only respondents who answered every item) or pairwise (each covariance from those who answered both).
Reversed items must be turned before (``survey.aligned``).
"""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

POLICIES = ("listwise", "pairwise")


class Reliability(NamedTuple):
    """Raw and standardised alpha, Feldt's interval for the raw one, number of items and of respondents."""

    items: int
    n: int
    alpha: float
    low: float
    high: float
    standardised: float
    mean_correlation: float


def alpha(answers, missing="listwise", level=0.95):
    """Cronbach's alpha of a frame with one column per item: a :class:`Reliability`.

    ``n`` is the number of complete respondents, also under ``pairwise``, where the interval rests on it. Undefined
    (NaN) with fewer than two items or two respondents, or where an item does not vary. The interval is Feldt,
    Woodruff and Salih's (1987), Applied Psychological Measurement 11.

    >>> import pandas as pd
    >>> found = alpha(pd.DataFrame({"a": [1, 2, 3, 4], "b": [2, 2, 3, 5]}))
    >>> round(found.alpha, 4), found.n
    (0.9524, 4)
    """
    covariances, n = _covariances(answers, missing)
    k = len(covariances)
    raw = _alpha(covariances)
    correlations = _correlations(covariances)
    mean_r = math.nan if correlations is None else float((correlations.sum() - k) / (k * (k - 1)))
    standardised = math.nan if correlations is None else k * mean_r / (1 + (k - 1) * mean_r)
    low, high = _feldt(raw, n, k, level)
    return Reliability(k, n, raw, low, high, standardised, mean_r)


def items(answers, missing="listwise"):
    """What each item does: one row per item with ``item``, ``n`` (who answered it), ``mean``, ``sd``,
    ``item_total`` (correlation with the sum of the other items) and ``alpha_if_deleted``.
    """
    covariances, _ = _covariances(answers, missing)
    k, rows = len(covariances), []
    kept = answers.dropna() if missing == "listwise" else answers
    for i, item in enumerate(answers.columns):
        others = [j for j in range(k) if j != i]
        rest = covariances[np.ix_(others, others)]
        scale = math.sqrt(max(0.0, covariances[i, i] * rest.sum()))
        total = float(covariances[i, others].sum() / scale) if scale > 0 else math.nan
        column = kept[item].dropna()
        rows.append((item, len(column), column.mean(), column.std(ddof=1), total, _alpha(rest)))
    return pd.DataFrame(rows, columns=["item", "n", "mean", "sd", "item_total", "alpha_if_deleted"])


def scales(answers, codebook, blocks, missing="listwise"):
    """One row per block of the codebook: ``scale``, ``items``, ``n``, ``alpha``, ``alpha_low``, ``alpha_high``,
    ``standardised_alpha``, ``weakest_item`` (the one without which alpha would be highest) and
    ``alpha_if_deleted`` of it. Blocks with fewer than two items among the answers are left out.
    """
    rows = []
    for block in blocks:
        columns = [i for i in codebook.loc[codebook["block"] == block, "item"] if i in answers.columns]
        if len(columns) < 2:
            continue
        found, each = alpha(answers[columns], missing), items(answers[columns], missing)
        known = each.dropna(subset="alpha_if_deleted")
        weakest = known.loc[known["alpha_if_deleted"].idxmax()] if len(known) else pd.Series(dtype=object)
        rows.append(
            (block, *found[:6], weakest.get("item"), weakest.get("alpha_if_deleted", math.nan))
        )  # fmt: skip
    names = ["items", "n", "alpha", "alpha_low", "alpha_high", "standardised_alpha", "weakest_item"]
    return pd.DataFrame(rows, columns=["scale", *names, "alpha_if_deleted"])


def _covariances(answers, missing):
    if missing not in POLICIES:
        raise ValueError(f"missing answers are treated {' or '.join(POLICIES)}, not {missing!r}")
    numbers = answers.astype(float)
    complete = numbers.dropna()
    used = complete if missing == "listwise" else numbers
    k = len(numbers.columns)
    return used.cov(ddof=1).to_numpy() if len(used) > 1 else np.full((k, k), math.nan), len(complete)


def _alpha(covariances):
    k, total = len(covariances), covariances.sum()
    if k < 2 or not total > 0 or not (np.diag(covariances) > 0).all():
        return math.nan
    return float(k / (k - 1) * (1 - np.trace(covariances) / total))


def _correlations(covariances):
    spread = np.sqrt(np.diag(covariances))
    if len(spread) < 2 or not (spread > 0).all():
        return None
    return covariances / np.outer(spread, spread)


def _feldt(raw, n, k, level):
    if math.isnan(raw) or n < 2 or k < 2:
        return math.nan, math.nan
    from scipy.special import fdtri

    degrees, tail = (n - 1, (n - 1) * (k - 1)), (1 - level) / 2
    ends = [1 - (1 - raw) * float(fdtri(*degrees, at)) for at in (1 - tail, tail)]
    return tuple(ends)
