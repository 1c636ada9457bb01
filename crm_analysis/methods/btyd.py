"""Buy till you die: how many purchases to expect from a customer of whom nobody says when he or she left.

While alive a customer buys at a rate of his or her own (gamma over customers: ``r``, ``alpha``), and after each purchase
drops out with a probability of his or her own (beta over customers: ``a``, ``b``). All that is needed of a customer: x
repeat purchases, t_x (from the first to the last purchase), T (from the first purchase to now). In the BG/NBD model nobody
leaves before a repeat purchase, in the modified one (MBG/NBD) also the first purchase may be the last.

Sources: P. S. Fader, B. G. S. Hardie and K. L. Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24;
E. P. Batislam, M. Denizel and A. Filiztekin (2007), International Journal of Research in Marketing 24.
Unit of time: days in, days out; ``alpha`` is in days.
"""

import math
from typing import NamedTuple

import narwhals as nw
import numpy as np
import pandas as pd

from crm_analysis.data import frames
from crm_analysis.methods import btyd_fit

NODES = 20  # of the mean over dropout probabilities
MANY = 12  # repeat purchases above which the dropout probability is narrow
DAYS_PER_YEAR = 365.25
PARAMETERS = ("r", "alpha", "a", "b")
MODELS = ("BG/NBD", "MBG/NBD")


class Profile(NamedTuple):
    """The fitted model: parameters, their standard errors (same order), log likelihood, customers, which model."""

    r: float
    alpha: float
    a: float
    b: float
    errors: tuple
    log_likelihood: float
    customers: int
    model: str = MODELS[0]


def histories(customers):
    """Customers with ``repeat_purchases``, ``last_purchase_days`` (t_x) and ``age_days`` (T) added, lazily.

    ``customers``: ``purchase_days``, ``recency_days``, ``tenure_days`` of the customer table. Several orders on one day
    are one purchase. Whoever never bought is left out.
    """
    frame = nw.from_native(customers).filter(nw.col("purchase_days") >= 1)
    return frame.with_columns(
        repeat_purchases=nw.col("purchase_days") - 1,
        last_purchase_days=nw.col("tenure_days") - nw.col("recency_days"),
        age_days=nw.col("tenure_days"),
    ).to_native()


def grouped(customers):
    """Equal histories counted once: a pandas frame with the three columns of a history and ``customers``."""
    columns = ["repeat_purchases", "last_purchase_days", "age_days"]
    rows = nw.from_native(customers).select(columns).group_by(columns).agg(customers=nw.len())
    return frames.to_pandas(rows).sort_values(columns, ignore_index=True).astype({"customers": float})


def learn(groups, model="BG/NBD"):
    """Maximum likelihood of one of :data:`MODELS`: a :class:`Profile`. ``groups``: as :func:`grouped` makes them.

    Newton's steps on the logarithms of the parameters (``btyd_fit``); standard errors from the observed information.
    Raises ValueError when the histories are impossible (t_x > T, repeat purchases at age 0) or when there is no repeat
    purchase, and when no maximum is found.
    """
    if model not in MODELS:
        raise ValueError(f"model must be one of {', '.join(MODELS)}, not {model!r}")
    x, t_x, age, weight = _checked(groups)
    scale, total = float(age.max()), weight.sum()
    start = np.log([1.0, max(weight @ age / max(weight @ x, 1e-9), 1e-9) / scale, 1.0, 3.0])
    found = btyd_fit.maximum(x, t_x / scale, age / scale, weight, MODELS.index(model), start)
    if found is None:
        raise ValueError(
            f"the {model} model finds no maximum on {int(total)} customers with {int(weight @ x)} repeat purchases: the "
            "histories are too short or too alike"
        )
    logs, value, spread = found
    parameters = np.exp(logs) * [1, scale, 1, 1]
    errors = np.sqrt(np.where(np.diag(spread) > 0, np.diag(spread), np.nan)) * parameters
    value -= float(weight @ x * math.log(scale))
    return Profile(*parameters.tolist(), tuple(errors.tolist()), value, int(total), model)


def best(groups):
    """The model of :data:`MODELS` with the larger likelihood; both have four parameters."""
    return max((learn(groups, model) for model in MODELS), key=lambda fitted: fitted.log_likelihood)


def _checked(groups):
    names = ["repeat_purchases", "last_purchase_days", "age_days"]
    x, t_x, age = (groups[c].to_numpy(dtype=float) for c in names)
    weight = groups["customers"].to_numpy(dtype=float) if "customers" in groups else np.ones(len(groups))
    wrong = (x < 0) | (t_x < 0) | (t_x > age) | ((x > 0) & (t_x <= 0)) | ((x == 0) & (t_x > 0))
    if wrong.any():
        raise ValueError(
            f"{int(wrong.sum())} histories cannot be: 0 < t_x <= T for repeat buyers, t_x = 0 for the others; count "
            "purchase days, not orders"
        )
    if not (weight @ x > 0 and age.max() > 0):
        raise ValueError("nobody bought twice: there is nothing to learn a rate of repeat purchase from")
    return x, t_x, age, weight


def table(profile):
    """The parameters for people: a pandas frame with ``parameter``, ``value``, ``error``, ``meaning``."""
    meanings = (
        "shape of the purchase rates: small means very different customers",
        "scale of the purchase rates, in days: r / alpha is the mean rate per day",
        "shape of the dropout probabilities; a / (a + b) is their mean",
        "the other shape of the dropout probabilities",
    )
    return pd.DataFrame({"parameter": PARAMETERS, "value": profile[:4], "error": profile.errors, "meaning": meanings})


def score(customers, profile, days):
    """Customers with ``alive_probability`` (0-1) and ``expected_purchases`` (in the next ``days``) added, lazily.

    ``customers``: with the columns of :func:`histories`. In BG/NBD P(alive) is 1 for whoever bought once only: it lets
    nobody leave before a repeat purchase.
    """
    frame = nw.from_native(customers).with_columns(alive_probability=_alive(profile))
    return frame.with_columns(
        expected_purchases=nw.col("alive_probability") * _ahead(profile, [days], [1.0])
    ).to_native()


def discounted(customers, profile, discount_per_year, years):
    """The same with ``discounted_purchases`` over ``years``, each discounted continuously from when it is expected.

    The integral of e^(-d t) dE(t), by parts, with three Gauss-Legendre points in time: within a thousandth of a sum
    over weeks.
    """
    if years <= 0 or discount_per_year <= -1:
        raise ValueError(f"years must be above 0 and the discount above -100 %, not {years} and {discount_per_year}")
    force, end = math.log(1 + discount_per_year) / DAYS_PER_YEAR, years * DAYS_PER_YEAR
    points, masses = np.polynomial.legendre.leggauss(3)
    days = [*(end * (1 + points) / 2), end]
    weights = [*(force * end / 2 * masses * np.exp(-force * end * (1 + points) / 2)), math.exp(-force * end)]
    frame = nw.from_native(customers).with_columns(alive_probability=_alive(profile))
    ahead = _ahead(profile, days, weights)
    return frame.with_columns(discounted_purchases=nw.col("alive_probability") * ahead).to_native()


def _alive(profile):
    x, t_x, age = (nw.col(c) for c in ("repeat_purchases", "last_purchase_days", "age_days"))
    r, alpha, a, b = profile[:4]
    first = MODELS.index(profile.model)
    odds = a / (b + x + (first - 1)) * ((r + x) * ((age + alpha) / (t_x + alpha)).log()).exp()
    return 1 / (1 + odds) if first else nw.when(x > 0).then(1 / (1 + odds)).otherwise(nw.lit(1.0))


def _ahead(profile, days, weights):
    """Expected purchases of a customer who is alive within each of ``days``, added with ``weights``, as a column.

    The mean of (1 - (1 + p t / (alpha + T))^-(r + x)) / p over the dropout probability p, which is beta(a, b + x): a
    weighted sum over nodes in p, plain arithmetic instead of the hypergeometric function, and no trouble at a = 1. Few
    purchases: Gauss-Jacobi nodes for beta(a, b), tilted by (1 - p)^x. Many: Gauss-Laguerre in s = -(b + x) ln(1 - p).
    """
    x, age = nw.col("repeat_purchases"), nw.col("age_days")
    r, alpha, a, b = profile[:4]
    b, scale = b + MODELS.index(profile.model), 1 / (alpha + age)
    few, many = (_mean_gain(nodes, r + x, scale, days, weights) for nodes in (_jacobi(a, b, x), _laguerre(a, b + x)))
    return nw.when(x <= MANY).then(few).otherwise(many)


def _mean_gain(nodes, shape, scale, days, weights):
    """Sum of mass times gain over sum of masses; a node is a dropout probability with its mass."""
    above, below = nw.lit(0.0), nw.lit(0.0)
    for p, mass in nodes:
        gone = nw.lit(0.0)
        for t, weight in zip(days, weights, strict=True):
            gone = gone + (-shape * (scale * (p * float(t)) + 1).log()).exp() * float(weight)
        above, below = above + mass * (float(sum(weights)) - gone) / p, below + mass
    return above / below


def _jacobi(a, b, x):
    from scipy.special import roots_jacobi

    points, masses = roots_jacobi(NODES, b - 1, a - 1)
    for point, mass in zip((1 + points) / 2, masses / masses.max(), strict=True):
        yield float(point), (x * math.log1p(-point)).exp() * float(mass)


def _laguerre(a, ends):
    from scipy.special import roots_genlaguerre

    points, masses = roots_genlaguerre(NODES, a - 1)
    for point, mass in zip(points, masses / masses.max(), strict=True):
        if mass > 1e-12:
            p = 1 - (-float(point) / ends).exp()
            yield p, ((a - 1) * (p * ends * float(1 / point)).log()).exp() * float(mass)


def expected_from_start(profile, days):
    """Expected repeat purchases within ``days`` of a customer who has just bought for the first time.

    Source: equation 9 of Fader, Hardie and Lee (2005), by the same nodes as everything else.
    """
    fresh = pd.DataFrame({"repeat_purchases": [0.0], "last_purchase_days": [0.0], "age_days": [0.0]})
    return float(score(fresh, profile, days)["expected_purchases"].iloc[0])
