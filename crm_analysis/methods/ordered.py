"""Ordered logit (proportional odds): how an answer on a scale goes with other figures.

P(y <= j) = F(theta_j - x b), F logistic (McCullagh 1980, J. of the Royal Statistical Society B 42). The log-likelihood is
concave, so Newton's method with halved steps finds the one maximum. Sixty lines held to a published fit (``polr`` of R's
MASS on Madsen's housing survey) instead of a dependency of several tens of megabytes for one model.
"""

import math
from typing import NamedTuple

import numpy as np

from crm_analysis.methods import intervals

STEPS, NEAR = 100, 1e-10


class Fit(NamedTuple):
    """Coefficients by name with standard errors, cut points with theirs, log-likelihood, number of answers.

    ``converged`` is False where the maximum lies at infinity (an answer perfectly told by the figures); figures are then
    missing.
    """

    coefficients: dict
    errors: dict
    cuts: tuple
    cut_errors: tuple
    log_likelihood: float
    n: int
    converged: bool


def fit(answers, figures, weights=None):
    """Fit the model: ``answers`` (any ordered values; one column) on ``figures`` (a frame of numbers), as :class:`Fit`.

    Rows with a missing value are left out. ``weights``: how often each row was seen. Answers that nobody gave do not count
    as steps of the scale. Raises ValueError with fewer than two different answers or a figure that does not vary.
    """
    y, x = np.asarray(answers, dtype=float), figures.to_numpy(dtype=float)
    w = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=float)
    known = ~np.isnan(y) & ~np.isnan(x).any(axis=1) & (w > 0)
    y, x, w = y[known], x[known], w[known]
    steps, at = np.unique(y, return_inverse=True)
    if len(steps) < 2:
        raise ValueError(f"the answers take {len(steps)} different values: an ordered model needs two or more")
    flat = [name for name, column in zip(figures.columns, x.T, strict=True) if column.max() == column.min()]
    if flat:
        raise ValueError(f"{', '.join(flat)} is the same in all {len(y)} rows: nothing can go with it")
    centre = x.mean(axis=0)
    k, share = x.shape[1], np.cumsum(np.bincount(at, w))[:-1] / w.sum()
    theta = np.concatenate([np.zeros(k), np.log(share / (1 - share))])
    theta, converged = _newton(theta, at, x - centre, w)
    value, _, hessian = _likelihood(theta, at, x - centre, w)
    cuts, errors = theta[k:] + centre @ theta[:k], np.full(len(theta), math.nan)
    if converged:  # the cut points are told for x = 0, not for the centre
        turn = np.eye(len(theta))
        turn[k:, :k] = centre
        errors = np.sqrt(np.diag(turn @ np.linalg.inv(-hessian) @ turn.T))
    else:
        theta, cuts = np.full(len(theta), math.nan), np.full(len(theta) - k, math.nan)
    names = list(figures.columns)
    return Fit(dict(zip(names, theta[:k].tolist(), strict=True)), dict(zip(names, errors[:k].tolist(), strict=True)),
               tuple(cuts.tolist()), tuple(errors[k:].tolist()), float(value), int(round(w.sum())), converged)  # fmt: skip


def odds_ratio(found, name, level=0.95):
    """exp of a coefficient with its interval (value, low, high): the factor on the odds of a higher answer."""
    half = intervals.normal_quantile(level) * found.errors[name]
    return tuple(math.exp(found.coefficients[name] + side * half) for side in (0, -1, 1))


def _newton(theta, at, x, w):
    value, gradient, hessian = _likelihood(theta, at, x, w)
    for _ in range(STEPS):
        try:
            step = np.linalg.solve(-hessian, gradient)
        except np.linalg.LinAlgError:
            return theta, False
        size, better = 1.0, -math.inf
        while size > 1e-8:
            better, *rest = _likelihood(theta + size * step, at, x, w)
            if better >= value - 1e-12:
                break
            size /= 2
        if not better >= value - 1e-12:
            return theta, False
        theta, (gradient, hessian) = theta + size * step, rest
        if np.abs(size * step).max() < NEAR * (1 + np.abs(theta).max()):
            return theta, bool(np.abs(theta).max() < 30)
        value = better
    return theta, False


def _likelihood(theta, at, x, w):
    """Log-likelihood, gradient and Hessian at ``theta`` (coefficients, then cut points)."""
    k, cuts = x.shape[1], theta[x.shape[1] :]
    if (np.diff(cuts) <= 0).any():
        return -math.inf, None, None
    line = x @ theta[:k]
    ends = np.concatenate([[-math.inf], cuts, [math.inf]])
    with np.errstate(over="ignore"):
        upper, lower = (1 / (1 + np.exp(-(ends[at + side] - line))) for side in (1, 0))
    p = upper - lower
    if (p <= 0).any():
        return -math.inf, None, None
    f, g = upper * (1 - upper), lower * (1 - lower)
    df, dg = f * (1 - 2 * upper), g * (1 - 2 * lower)
    # design: how the upper and the lower end of each answer's interval move with each parameter
    up, low = np.zeros((len(at), len(theta))), np.zeros((len(at), len(theta)))
    up[:, :k], low[:, :k] = -x, -x
    inner = np.arange(len(at))
    has_up, has_low = at < len(cuts), at > 0
    up[inner[has_up], k + at[has_up]] = 1.0
    low[inner[has_low], k + at[has_low] - 1] = 1.0
    slope = (f[:, None] * up - g[:, None] * low) / p[:, None]
    gradient = w @ slope
    hessian = (
        up.T @ ((w * df / p)[:, None] * up) - low.T @ ((w * dg / p)[:, None] * low) - slope.T @ (w[:, None] * slope)
    )
    return float(w @ np.log(p)), gradient, hessian
