"""What a customer spends per purchase, from few purchases each: the gamma-gamma model.

Spending per purchase varies around a mean of the customer's own (gamma, shape ``p``), and the means differ between
customers (inverse gamma: ``q``, ``gamma``). The fewer purchases a customer made, the more the expected mean is pulled to
that of all. The model takes the amount of money as unrelated to the number of purchases; :func:`correlation` looks.

Source: P. S. Fader and B. G. S. Hardie (2013), The Gamma-Gamma Model of Monetary Value, brucehardie.com/notes/025.
"""

import math
from typing import NamedTuple

import narwhals as nw
import numpy as np
import pandas as pd

from crm_analysis.data import frames
from crm_analysis.data.errors import TooLittle

PARAMETERS = ("p", "q", "gamma")


class Profile(NamedTuple):
    """The fitted model: parameters, their standard errors (same order), log likelihood, customers."""

    p: float
    q: float
    gamma: float
    errors: tuple
    log_likelihood: float
    customers: int

    @property
    def mean(self):
        """Mean money per purchase over all customers; infinite where q is 1 or less."""
        return self.p * self.gamma / (self.q - 1) if self.q > 1 else math.inf


def pairs(customers, purchases="purchase_days", money="gross_revenue"):
    """Purchases and mean money per purchase of those who bought for more than nothing: a pandas frame.

    Columns ``purchases`` and ``mean_spend``. By default every purchase counts, the first one too.
    """
    frame = nw.from_native(customers).filter(nw.col(purchases) >= 1, nw.col(money) > 0)
    return frames.to_pandas(
        frame.select(purchases=nw.col(purchases), mean_spend=nw.col(money) / nw.col(purchases))
    ).astype(float)


def learn(spending):
    """Maximum likelihood of the gamma-gamma model: a :class:`Profile`. ``spending``: as :func:`pairs` makes it.

    Raises ValueError when there are fewer than ten customers, money is not above 0, or no maximum is found.
    """
    from scipy.optimize import minimize

    x, m = (spending[c].to_numpy(dtype=float) for c in ("purchases", "mean_spend"))
    if len(x) < 10 or (m <= 0).any() or (x <= 0).any():
        raise TooLittle(f"{len(x)} customers: at least ten are needed, all with money above 0 and a purchase")
    scale = float(np.median(m))
    counts, where = np.unique(x, return_inverse=True)
    data = (x, m / scale, counts, np.bincount(where))
    start = np.log([4.0, 4.0, 1.0])
    found = minimize(
        lambda t: tuple(-v / len(x) for v in _likelihood(t, data)),
        start,
        jac=True,
        method="BFGS",
        options={"gtol": 1e-9},
    )
    if not np.isfinite(found.fun) or np.abs(found.jac).max() > 1e-4:
        raise TooLittle(f"the gamma-gamma model finds no maximum on {len(x)} customers: spending is too much alike")
    p, q, gamma = np.exp(found.x) * [1, 1, scale]
    errors = _errors(found.x, data, (p, q, gamma))
    value = -found.fun * len(x) - len(x) * math.log(scale)
    return Profile(float(p), float(q), float(gamma), errors, float(value), len(x))


def _likelihood(logs, data):
    """(log likelihood, gradient) of mean spending m over x purchases, at the logarithms of p, q, gamma."""
    from scipy.special import digamma, gammaln

    p, q, gamma = np.exp(logs)
    x, m, counts, per_count = data
    value = per_count @ (gammaln(p * counts + q) - gammaln(p * counts)) - len(x) * gammaln(q)
    total = np.log(gamma + m * x)
    value += (q * np.log(gamma) + (p * x - 1) * np.log(m) + p * x * np.log(x) - (p * x + q) * total).sum()
    psi = digamma(p * counts + q)
    g_p = per_count @ (counts * (psi - digamma(p * counts))) + (x * (np.log(m) + np.log(x) - total)).sum()
    g_q = per_count @ psi - len(x) * digamma(q) + (np.log(gamma) - total).sum()
    g_gamma = (q / gamma - (p * x + q) / (gamma + m * x)).sum()
    return value, np.array([g_p * p, g_q * q, g_gamma * gamma])


def _errors(logs, data, parameters):
    """Standard errors of the parameters from the curvature at the maximum."""
    step = 1e-5
    curve = np.array(
        [
            (_likelihood(logs + step * one, data)[1] - _likelihood(logs - step * one, data)[1]) / (2 * step)
            for one in np.eye(3)
        ]
    )
    spread = np.diag(np.linalg.pinv(-(curve + curve.T) / 2))
    return tuple(float(math.sqrt(v) * p) if v > 0 else math.nan for v, p in zip(spread, parameters, strict=True))


def score(customers, profile, purchases="purchase_days", money="gross_revenue"):
    """The customers with ``expected_spend`` per purchase added, lazily: p (gamma + x m) / (p x + q - 1).

    Where the mean over all does not exist (q of 1 or less) whoever never bought has no expected spend (missing).
    """
    x, total = nw.col(purchases), nw.col(money)
    below = profile.p * x + (profile.q - 1)
    expected = profile.p * (profile.gamma + nw.when(total > 0).then(total).otherwise(nw.lit(0.0))) / below
    return nw.from_native(customers).with_columns(expected_spend=nw.when(below > 0).then(expected)).to_native()


def correlation(spending):
    """Correlation of the number of purchases with the mean money per purchase (Pearson, on the logarithm of money).

    The model takes it as 0; beyond about 0.3 in size its pull to the mean misleads.
    """
    if len(spending) < 3 or spending["purchases"].nunique() < 2 or spending["mean_spend"].nunique() < 2:
        return math.nan
    return float(np.corrcoef(spending["purchases"], np.log(spending["mean_spend"]))[0, 1])


def table(profile):
    """The parameters for people: a pandas frame with ``parameter``, ``value``, ``error``."""
    return pd.DataFrame({"parameter": PARAMETERS, "value": profile[:3], "error": profile.errors})
