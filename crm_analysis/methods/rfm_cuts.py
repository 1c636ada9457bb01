"""Where to cut a dimension into levels: by customers, by value, by natural breaks, or where the analyst says.

Each function gives ascending cut points, one fewer than levels, and leaves how they are applied to ``rfm.score``.
``shares`` are ascending and strictly between 0 and 1: ``even(5)`` asks for fifths, (0.5, 0.8, 0.95) for three
percentiles.
"""

import itertools
import math
import operator

import narwhals as nw
import numpy as np

from crm_analysis.data import frames
from crm_analysis.data.errors import WrongParameter

DECIMALS = 6
JENKS_POINTS = 2000


def even(levels):
    """The shares that make ``levels`` equal groups.

    >>> even(4)
    (0.25, 0.5, 0.75)
    """
    return tuple(i / levels for i in range(1, levels))


def parsed(text, name):
    """Numbers from a parameter's text, ``"30, 90, 365"``. Raises ValueError, naming the parameter, for anything else.

    >>> parsed("1, 2.5", "weights")
    (1.0, 2.5)
    """
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise WrongParameter(f"{name} is {text!r}, not numbers with commas between") from None


def quantile(customers, asked):
    """Quantiles of several columns: ``asked`` is a list of (column or expression, share).

    Linear interpolation, type 7 of Hyndman and Fan (1996), the default of R and numpy. Missing values are left out;
    None where there is no value at all. What is on this machine is taken column by column, for DuckDB keeps all values once
    per quantile; another engine is asked in one query.
    """
    frame = nw.from_native(customers)
    asked = [
        (nw.col(what) if isinstance(what, str) else what, what if isinstance(what, str) else id(what), share)
        for what, share in asked
    ]
    if frame.implementation.is_duckdb() or isinstance(frame, nw.DataFrame):
        row = []
        for _, group in itertools.groupby(asked, key=operator.itemgetter(1)):
            whats, _, shares = zip(*group, strict=True)
            values = np.sort(column(frame.select(value=whats[0]), "value"))
            row += list(np.quantile(values, shares)) if len(values) else [None] * len(shares)
    else:
        parts = [w.quantile(s, interpolation="linear").alias(f"q{i}") for i, (w, _, s) in enumerate(asked)]
        row = frames.to_pandas(frame.select(*parts)).iloc[0]
    return [None if value is None or math.isnan(value) else round(float(value), DECIMALS) for value in row]


def behaviour(values, shares):
    """Equal shares of the *sum*, not of the customers: Miglautsch's behaviour quintiles.

    From the best customer down, the top level is filled until it holds its share of the total; the customer who
    reaches the share belongs to it, and so do all equal to that customer. Only positive values count towards the total.

    Source: J. R. Miglautsch (2000), *Thoughts on RFM scoring*, Journal of Database Marketing 8(1).

    >>> behaviour([50, 20, 10, 10, 10], (0.5,))
    (20.0,)
    """
    values = _known(values)[::-1]
    held = np.cumsum(np.maximum(values, 0))
    cuts = []
    for share in reversed(shares):
        wanted = (1 - share) * held[-1]
        edge = values[min(int(np.searchsorted(held, wanted - 1e-9 * max(held[-1], 1))), len(values) - 1)]
        below = values[values < edge]
        cuts.append(float(below[0] if len(below) else edge))
    return tuple(round(cut, DECIMALS) for cut in sorted(cuts))


def mean_method(customers, column, levels):
    """Repeated means: the smallest value alone, then always those up to the mean of the rest.

    Made for frequency: with orders, single buyers score 1, the others up to their mean order count score 2, those
    above it up to their own mean score 3, and so on. Source: Miglautsch (2000).

    >>> import pandas as pd
    >>> mean_method(pd.DataFrame({"orders": [1, 1, 1, 2, 2, 5, 9]}), "orders", 4)
    (1.0, 4.5, 7.0)
    """
    frame, value = nw.from_native(customers), nw.col(column)
    cuts = [_one(frame.select(value.min()))]
    while len(cuts) < levels - 1:
        following = _one(frame.filter(value > cuts[-1]).select(value.mean()))
        cuts.append(cuts[-1] if following is None else following)
    if cuts[0] is None:
        raise ValueError(f"no customers: cut points of {column} cannot be learned from an empty table")
    return tuple(round(cut, DECIMALS) for cut in cuts)


def jenks(values, levels):
    """Natural breaks: the cuts that leave the least squared deviation inside the levels.

    Exact (dynamic programming of Fisher) up to 2,000 different values; beyond that it starts from 2,000 groups of
    neighbouring values that hold equally many customers and then moves the cuts until none can be bettered. Fewer different values than levels: the last cut is repeated, and the
    lower levels stay empty.

    Source: G. F. Jenks and F. C. Caspall (1971), Annals of the AAG 61(2); W. D. Fisher (1958), JASA 53.

    >>> jenks([1.3, 7.1, 7.3, 2.3, 3.9, 4.1, 7.8, 1.2, 4.3, 7.3, 5.0, 4.3], 3)
    (2.3, 5.0)
    """
    values = _known(values)
    points, weights, tops = _thinned(values)
    found = _breaks(points, weights, min(levels, len(points)))
    cuts = [float(tops[i - 1]) for i in found]
    if len(points) == JENKS_POINTS:
        cuts = _settled(values, cuts)
    cuts += [float(tops[-1])] * (levels - 1 - len(cuts))
    return tuple(round(cut, DECIMALS) for cut in cuts)


def _settled(values, cuts):
    """Cuts moved to half-way between the means of the levels they part, again and again, until they stay."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.searchsorted(values, cuts, side="right")
    for _ in range(200):
        edges = np.concatenate([[0], ends, [len(values)]])
        means = np.diff(total[edges]) / np.diff(edges)
        following = np.searchsorted(values, (means[1:] + means[:-1]) / 2, side="right")
        if (following == ends).all():
            break
        ends = following
    return [float(values[end - 1]) for end in ends]


def _breaks(points, weights, levels):
    """Where each level but the first begins, by the best split of the first j points into m levels."""
    n = len(points)
    mass = np.concatenate([[0.0], np.cumsum(weights)])
    first = np.concatenate([[0.0], np.cumsum(weights * points)])
    second = np.concatenate([[0.0], np.cumsum(weights * points**2)])
    best = np.concatenate([[0.0], second[1:] - first[1:] ** 2 / mass[1:]])
    starts = []
    for _ in range(1, levels):
        following, start = np.full(n + 1, np.inf), np.zeros(n + 1, dtype=int)
        following[0] = 0.0
        for j in range(1, n + 1):
            i = np.arange(j)
            inside = second[j] - second[:j] - (first[j] - first[:j]) ** 2 / (mass[j] - mass[:j])
            total = best[i] + np.maximum(inside, 0)
            start[j] = int(np.argmin(total))
            following[j] = total[start[j]]
        best = following
        starts.append(start)
    ends = [n]
    for start in reversed(starts):
        ends.append(int(start[ends[-1]]))
    return sorted(e for e in ends[1:] if e > 0)


def _thinned(values):
    """Different values with their counts, put together to at most ``JENKS_POINTS``: means, counts, largest values."""
    points, counts = np.unique(values, return_counts=True)
    if len(points) <= JENKS_POINTS:
        return points, counts.astype(float), points
    group = ((np.cumsum(counts) - 1) * JENKS_POINTS // counts.sum()).astype(int)
    edges = np.flatnonzero(np.diff(group, prepend=-1))
    mass = np.add.reduceat(counts, edges)
    means = np.add.reduceat(points * counts, edges) / mass
    return means, mass.astype(float), points[np.concatenate([edges[1:], [len(points)]]) - 1]


def column(customers, name):
    """One column as an array without missing values, unsorted: 10 million customers are 80 MB."""
    values = frames.to_pandas(nw.from_native(customers).select(name))[name].to_numpy(dtype=float, na_value=np.nan)
    return values[~np.isnan(values)]


def _known(values):
    values = np.sort(np.asarray(values, dtype=float))
    if not len(values):
        raise ValueError("no customers: cut points cannot be learned from an empty table")
    return values


def _one(selected):
    value = frames.to_pandas(selected).iloc[0, 0]
    return None if value is None or math.isnan(value) else float(value)
