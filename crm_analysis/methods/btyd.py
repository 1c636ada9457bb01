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

    Newton-like steps on the logarithms of the parameters with the exact gradient; standard errors from the observed
    information. Raises ValueError when the histories are impossible (t_x > T, repeat purchases at age 0) or when there
    is no repeat purchase, and when no maximum is found.
    """
    from scipy.optimize import minimize

    if model not in MODELS:
        raise ValueError(f"model must be one of {', '.join(MODELS)}, not {model!r}")
    x, t_x, age, weight = _checked(groups)
    scale = float(age.max())
    data = _prepared(x, t_x / scale, age / scale, weight, MODELS.index(model))
    start = np.log([1.0, max(weight @ age / max(weight @ x, 1e-9), 1e-9) / scale, 1.0, 3.0])
    total = weight.sum()
    found = minimize(
        lambda p: tuple(-v / total for v in _likelihood(p, data)),
        start,
        jac=True,
        method="BFGS",
        options={"gtol": 1e-9},
    )
    if not np.isfinite(found.fun) or np.abs(found.jac).max() > 1e-4:
        raise ValueError(
            f"the {model} model finds no maximum on {int(total)} customers with {int(weight @ x)} repeat purchases: the "
            "histories are too short or too alike"
        )
    r, alpha, a, b = np.exp(found.x) * [1, scale, 1, 1]
    return Profile(
        float(r), float(alpha), float(a), float(b),
        _errors(found.x, data, (r, alpha, a, b)),
        float(-found.fun * total - weight @ x * math.log(scale)), int(total), model,
    )  # fmt: skip


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


def _prepared(x, t_x, age, weight, first=0):
    """What the likelihood needs again and again; counts x are few, so their gamma functions are taken once each.

    ``first``: 1 when the first purchase may be the last, which counts like one more purchase after which to drop out.
    """
    counts, where = np.unique(x, return_inverse=True)
    per_count = np.bincount(where, weights=weight)
    return {
        "x": x, "t_x": t_x, "age": age, "weight": weight, "counts": counts, "per_count": per_count,
        "mortal": (x > 0) | bool(first), "first": first,
    }  # fmt: skip


def _likelihood(logs, data):
    """(log likelihood, gradient) at the logarithms of r, alpha, a, b.

    For one customer ln L = lnG(r + x) - lnG(r) + r ln alpha + lnB(a, b + y) - lnB(a, b) + ln(A + [y > 0] C), with
    A = (alpha + T)^-(r + x) and C = a / (b + y - 1) (alpha + t_x)^-(r + x); y, the purchases after which the customer
    could have dropped out, is x in BG/NBD and x + 1 in the modified model.
    """
    from scipy.special import betaln, digamma, gammaln

    r, alpha, a, b = np.exp(logs)
    counts, per_count, x, weight = data["counts"], data["per_count"], data["x"], data["weight"]
    ends = counts + data["first"]
    value = per_count @ (gammaln(r + counts) - gammaln(r) + r * np.log(alpha) + betaln(a, b + ends) - betaln(a, b))
    psi = digamma(a + b + ends)
    g_r = per_count @ (digamma(r + counts) - digamma(r) + np.log(alpha))
    g_alpha = per_count.sum() * r / alpha
    g_a = per_count @ (-psi + digamma(a + b))
    g_b = per_count @ (digamma(b + ends) - psi - digamma(b) + digamma(a + b))
    # the two ways to have come here: alive until now, or gone after the last purchase
    far = np.log(alpha + data["age"])
    near = np.log(alpha + data["t_x"])
    below = np.where(data["mortal"], b + x + data["first"] - 1, 1.0)
    if (below <= 0).any():
        return -np.inf, np.zeros(4)
    alive = -(r + x) * far
    gone = np.where(data["mortal"], np.log(a / below) - (r + x) * near, -np.inf)
    both = np.logaddexp(alive, gone)
    p_gone = np.exp(gone - both)
    value += weight @ both
    g_r -= weight @ ((1 - p_gone) * far + p_gone * near)
    g_alpha -= weight @ ((r + x) * ((1 - p_gone) * np.exp(-far) + p_gone * np.exp(-near)))
    g_a += weight @ p_gone / a
    g_b -= weight @ (p_gone / below)
    return value, np.array([g_r, g_alpha, g_a, g_b]) * (r, alpha, a, b)


def _errors(logs, data, parameters):
    """Standard errors of the parameters from the curvature at the maximum (central differences of the gradient)."""
    step = 1e-5
    curve = np.array(
        [
            (_likelihood(logs + step * one, data)[1] - _likelihood(logs - step * one, data)[1]) / (2 * step)
            for one in np.eye(4)
        ]
    )
    spread = np.diag(np.linalg.pinv(-(curve + curve.T) / 2))
    return tuple(float(math.sqrt(v) * p) if v > 0 else math.nan for v, p in zip(spread, parameters, strict=True))


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
