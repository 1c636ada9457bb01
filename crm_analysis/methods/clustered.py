"""Ratios of sums over customers, and anything computed from them, with intervals that respect the customer.

One customer makes many purchases, and they resemble each other. So the customer is the sampling unit: the variance is
that of leaving out one customer at a time (the jackknife, CR3 of the literature on clustered errors), computed without
leaving anybody out, and the quantile is Student's with the degrees of freedom that the spread of the customers'
contributions leaves (Satterthwaite 1946): few customers who buy very much count as few.

On synthetic customers with a heavy tail of purchases the nominal 95 % interval covered the truth in 94 to 95 % of the
samples for cells and 94 to 96 % for values; taking purchases as independent, 64 to 78 %; the usual sandwich with a
normal quantile, 86 to 94 % (``python -m benchmarks switching``).

Sources: R. M. Bell and D. F. McCaffrey (2002), Survey Methodology 28; C. Hansen (2022) and J. G. MacKinnon, M. Ø.
Nielsen and M. D. Webb (2023), Journal of Applied Econometrics 38, on the cluster jackknife; W. Squire and G. Trapp
(1998), SIAM Review 40, on derivatives by a complex step.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

CHUNK = 50_000  # customers whose contributions are held in memory at once


class Ratios(NamedTuple):
    """Ratios ``sum(numerator) / sum(denominator)`` over customers, several sharing one denominator.

    ``numerators``: sparse, customers x ratios; ``denominators``: sparse, customers x groups; ``group``: the
    denominator of each ratio; ``values``: the ratios, 0 where the denominator is 0.
    """

    numerators: object
    denominators: object
    group: np.ndarray
    values: np.ndarray


def ratios(numerators, denominators, group):
    """The :class:`Ratios` of two sparse (or dense) matrices with one row per customer."""
    from scipy import sparse

    numerators, denominators = sparse.csr_array(numerators, dtype=float), sparse.csr_array(denominators, dtype=float)
    group = np.asarray(group, dtype=int)
    if numerators.shape[0] != denominators.shape[0]:
        raise ValueError(
            f"{numerators.shape[0]} customers in the numerators, {denominators.shape[0]} in the denominators"
        )
    below = denominators.sum(axis=0)[group]
    above = numerators.sum(axis=0)
    values = np.divide(above, below, out=np.zeros(len(group)), where=below > 0)
    return Ratios(numerators, denominators, group, values)


def subset(sample, rows):
    """The same ratios over some of the customers: ``rows`` is a mask or row numbers."""
    return ratios(sample.numerators[rows], sample.denominators[rows], sample.group)


def support(sample):
    """Customers behind each denominator: how many have a part in it, and how many equal ones they are worth.

    A pandas frame, one row per group: ``customers``, ``effective_customers`` = (sum d)^2 / sum d^2 (Kish 1965).
    """
    d = sample.denominators
    totals, squares = d.sum(axis=0), d.power(2).sum(axis=0)
    effective = np.divide(totals**2, squares, out=np.zeros(len(totals)), where=squares > 0)
    return pd.DataFrame({"customers": (d > 0).sum(axis=0), "effective_customers": effective})


def errors(sample, gradients):
    """Standard errors and degrees of freedom of smooth functions of the ratios.

    ``gradients``: ratios x functions. Returns (errors, degrees). Each customer's contribution is the change of the
    linearised function when that customer is left out. Missing (NaN) where one customer alone makes up a denominator
    that matters: what others would do is then unknown.
    """
    gradients = np.asarray(gradients, dtype=float).reshape(len(sample.values), -1)
    totals = sample.denominators.sum(axis=0)
    centred = _centred(sample, gradients, totals)
    second, fourth = np.zeros(gradients.shape[1]), np.zeros(gradients.shape[1])
    for u in _contributions(sample, gradients, centred, totals):
        squares = u * u
        second += squares.sum(axis=0)
        fourth += np.einsum("ij,ij->j", squares, squares)
    second[_alone(sample, gradients, centred, totals)] = np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        excess = fourth / second**2 - 1 / max(sample.numerators.shape[0], 1)
        degrees = np.where(excess > 0, np.maximum(2 / excess, 1.0), np.inf)
    return np.sqrt(second), degrees


def covariance(sample, gradients):
    """Covariance matrix of smooth functions of the ratios; ``gradients`` as in :func:`errors`."""
    gradients = np.asarray(gradients, dtype=float).reshape(len(sample.values), -1)
    totals = sample.denominators.sum(axis=0)
    centred = _centred(sample, gradients, totals)
    return sum(u.T @ u for u in _contributions(sample, gradients, centred, totals))


def _centred(sample, gradients, totals):
    """What the denominators take back: per group, the sum of gradient times ratio."""
    centred = np.zeros((len(totals), gradients.shape[1]))
    np.add.at(centred, sample.group, gradients * sample.values[:, None])
    return centred


def _contributions(sample, gradients, centred, totals):
    """Customers x functions, some customers at a time."""
    every = np.arange(len(totals))
    for start in range(0, sample.numerators.shape[0], CHUNK):
        above, below = (m[start : start + CHUNK] for m in (sample.numerators, sample.denominators))
        rest = totals - below.toarray()
        left = np.divide(1.0, rest, out=np.zeros_like(rest), where=rest > 1e-12 * totals)
        yield _scaled(above, left, sample.group) @ gradients - _scaled(below, left, every) @ centred


def _scaled(matrix, left, group):
    """Each entry of the sparse ``matrix`` over what the other customers have of its denominator."""
    from scipy import sparse

    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    data = matrix.data * left[rows, group[matrix.indices]]
    return sparse.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def _alone(sample, gradients, centred, totals):
    """Functions that depend on a denominator which one customer makes up alone."""
    largest = sample.denominators.max(axis=0).toarray().ravel() if sample.denominators.nnz else np.zeros(len(totals))
    single = (totals > 0) & (largest >= totals * (1 - 1e-12))
    used = np.zeros(centred.shape, dtype=bool)
    np.logical_or.at(used, sample.group, gradients != 0)
    return (used & single[:, None]).any(axis=0)


def jacobian(function, values):
    """Derivatives of ``function`` (vector to vector) at ``values``: inputs x outputs, exact to rounding.

    By a complex step, so ``function`` must be plain arithmetic and linear algebra that carries complex numbers.

    >>> jacobian(lambda x: np.array([x[0] * x[1], x[0] ** 2]), np.array([3.0, 5.0])).tolist()
    [[5.0, 6.0], [3.0, 0.0]]
    """
    values, step = np.asarray(values, dtype=complex), 1e-30
    rows = []
    for i in range(len(values)):
        moved = values.copy()
        moved[i] += 1j * step
        rows.append(np.asarray(function(moved)).imag.ravel() / step)
    return np.array(rows)


def estimates(sample, function, level=0.95, low=None, high=None):
    """Value and interval of each output of ``function`` of the ratios: a pandas frame, one row per output.

    Columns ``value``, ``low``, ``high``, ``error``, ``degrees``; ends are cut at ``low`` and ``high`` when given.
    """
    gradients = jacobian(function, sample.values)
    value = np.asarray(function(sample.values.astype(complex))).real.ravel()
    error, degrees = errors(sample, gradients)
    half = quantile(degrees, level) * error
    ends = (
        np.clip(end, low, high) if low is not None or high is not None else end for end in (value - half, value + half)
    )
    return pd.DataFrame(
        dict(zip(("value", "low", "high"), (value, *ends), strict=True)) | {"error": error, "degrees": degrees}
    )


def quantile(degrees, level=0.95):
    """Student's quantile for each of ``degrees``; infinite ones give the normal quantile."""
    from scipy.special import ndtri, stdtrit

    degrees = np.asarray(degrees, dtype=float)
    finite = np.isfinite(degrees)
    return np.where(finite, stdtrit(np.where(finite, degrees, 1.0), 0.5 + level / 2), ndtri(0.5 + level / 2))


def shares(sample, which, level=0.95):
    """The ratios numbered ``which``, shares between 0 and 1, with intervals that are never empty.

    A share that is 0 (or 1) in the sample has no spread; its other end is then the exact binomial one for as many
    independent cases as the customers are worth (``effective_customers``): 0 of n equal customers leaves
    1 - (alpha / 2)^(1 / n) possible. A group nobody is in has no value and no interval.
    """
    gradients = np.zeros((len(sample.values), len(which)))
    gradients[which, np.arange(len(which))] = 1.0
    value = sample.values[which]
    error, degrees = errors(sample, gradients)
    half = quantile(degrees, level) * error
    low, high = np.clip(value - half, 0, 1), np.clip(value + half, 0, 1)
    behind = support(sample).iloc[sample.group[which]]
    bound = ((1 - level) / 2) ** (1 / np.maximum(behind["effective_customers"].to_numpy(), 1e-9))
    high, low = np.where(value <= 0, 1 - bound, high), np.where(value >= 1, bound, low)
    low, high = np.where(value <= 0, 0.0, low), np.where(value >= 1, 1.0, high)
    nobody = behind["customers"].to_numpy() == 0
    value, low, high = (np.where(nobody, np.nan, v) for v in (value, low, high))
    return pd.DataFrame({"value": value, "low": low, "high": high, "error": error, "degrees": degrees})
