"""Intervals for what a sample says: shares, means, ratios of sums, correlations.

Every result is an :class:`Interval`; where there is too little to say anything its ends are missing (NaN), never
equal to the value.
"""

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np


class Interval(NamedTuple):
    """A figure with the two ends of its interval and the number of cases behind it."""

    value: float
    low: float
    high: float
    n: int


NOTHING = Interval(math.nan, math.nan, math.nan, 0)


def share(successes, n, level=0.95):
    """A share with Wilson's score interval, which stays between 0 and 1 for any ``n``.

    Source: E. B. Wilson (1927), JASA 22.

    >>> [round(v, 4) for v in share(10, 100)[:3]]
    [0.1, 0.0552, 0.1744]
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} successes of {n} are no share: successes lie between 0 and the number of cases")
    if n == 0:
        return NOTHING
    z, p = normal_quantile(level), successes / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return Interval(p, max(0.0, middle - half), min(1.0, middle + half), int(n))


def mean(values, population=None, level=0.95):
    """A mean with Student's interval; missing values are left out.

    ``population``: number of customers the answers were drawn from; the standard error then shrinks by
    sqrt(1 - n / population), the finite-population correction (Cochran 1977, *Sampling Techniques*, 2.6).
    """
    values = _present(values)
    n = len(values)
    if n < 2:
        return Interval(float(values[0]), math.nan, math.nan, 1) if n else NOTHING
    rest = 1.0 if population is None else max(0.0, 1 - n / population)
    half = student_quantile(n - 1, level) * values.std(ddof=1) * math.sqrt(rest / n)
    return Interval(float(values.mean()), float(values.mean() - half), float(values.mean() + half), n)


def median(values, level=0.95):
    """A median with its order-statistic interval, which asks for no shape of the distribution.

    The ends are the order statistics between which the median lies with at least the level (binomial; Conover 1999,
    *Practical Nonparametric Statistics*, 3.2): of ten values the second and the ninth.

    >>> median(range(1, 11))
    Interval(value=5.5, low=2.0, high=9.0, n=10)
    """
    values = np.sort(_present(values))
    n = len(values)
    if n == 0:
        return NOTHING
    from scipy.special import bdtr

    middle = float(np.median(values))
    outside = int((bdtr(np.arange(n // 2 + 1), n, 0.5) <= (1 - level) / 2).sum())  # values that may lie beyond an end
    if outside == 0:
        return Interval(middle, np.nan, np.nan, n)
    return Interval(middle, float(values[outside - 1]), float(values[n - outside]), n)


def ratio(numerators, denominators, level=0.95):
    """A ratio of sums over customers, sum(y) / sum(x), with the interval of the linearised ratio.

    The customer is the sampling unit: var = n / (n - 1) sum((y - R x)^2) / sum(x)^2 (Cochran 1977, 2.11).

    >>> [round(v, 3) for v in ratio([1, 1, 4], [2, 4, 4])]
    [0.6, -0.525, 1.725, 3]
    """
    y, x = np.asarray(numerators, dtype=float), np.asarray(denominators, dtype=float)
    known = ~(np.isnan(y) | np.isnan(x))
    y, x, n = y[known], x[known], int(known.sum())
    if n == 0 or x.sum() <= 0:
        return NOTHING
    value = y.sum() / x.sum()
    if n < 2:
        return Interval(float(value), math.nan, math.nan, 1)
    error = math.sqrt(n / (n - 1) * ((y - value * x) ** 2).sum()) / x.sum()
    half = student_quantile(n - 1, level) * error
    return Interval(float(value), float(value - half), float(value + half), n)


def correlation(first, second, level=0.95):
    """Pearson's correlation with Fisher's interval; pairs with a missing value are left out."""
    pairs = np.column_stack([np.asarray(first, dtype=float), np.asarray(second, dtype=float)])
    pairs = pairs[~np.isnan(pairs).any(axis=1)]
    n = len(pairs)
    if n < 2 or (np.ptp(pairs, axis=0) == 0).any():  # not the deviation: that of equal decimals is not quite nought
        return Interval(math.nan, math.nan, math.nan, n)
    r = float(np.clip(np.corrcoef(pairs.T)[0, 1], -1, 1))
    if n < 4 or abs(r) == 1:
        return Interval(r, math.nan, math.nan, n)
    half = normal_quantile(level) / math.sqrt(n - 3)
    return Interval(r, math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half), n)


def normal_quantile(level=0.95):
    """The number of standard errors on either side: 1.96 for a level of 0.95."""
    return NormalDist().inv_cdf(0.5 + level / 2)


def student_quantile(degrees, level=0.95):
    """The same from Student's distribution with ``degrees`` of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, 0.5 + level / 2))


def _present(values):
    values = np.asarray(values, dtype=float)
    return values[~np.isnan(values)]
