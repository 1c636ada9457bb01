"""Why customers switch: a multinomial logit of brand choice with inertia, fitted to single purchases.

The utility of brand b for a purchase is its intercept, plus a bonus when it was bought last (inertia), plus what its
price, promotion or rating on a driver is worth; the chosen brand is the one with the largest utility after extreme-value
noise. Each customer's (or each situation's) switching matrix follows by setting the last brand to each brand in turn.

Sources: D. McFadden (1974), Conditional logit analysis of qualitative choice behavior; P. M. Guadagni and J. D. C.
Little (1983), Marketing Science 2; R. T. Rust, K. N. Lemon and V. A. Zeithaml (2004), Journal of Marketing 68.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

LAST = "bought last"
SURE = 12  # coefficient times the spread of its term: odds of hundred thousands to one, which no brand has


class Choices(NamedTuple):
    """Purchases to learn from: ``attributes`` (purchases x brands x terms), ``chosen`` (number of the brand bought),
    ``customers`` (whose purchase), ``brands`` and ``terms`` (names in order).
    """

    attributes: np.ndarray
    chosen: np.ndarray
    customers: np.ndarray
    brands: tuple
    terms: tuple


class Fit(NamedTuple):
    """A fitted logit: ``coefficients`` in the order of ``terms``; ``covariance`` with the customer as the unit,
    ``information`` its classical counterpart (purchases independent); log likelihoods, counts.
    """

    brands: tuple
    terms: tuple
    coefficients: np.ndarray
    covariance: np.ndarray
    information: np.ndarray
    log_likelihood: float
    null_log_likelihood: float
    purchases: int
    customers: int


def learn(choices, most=100):
    """Maximum likelihood by Newton's method, which is sure to find it: the likelihood is concave. A :class:`Fit`.

    Raises ValueError when a term cannot be told apart from others, or when it predicts the choice without fail (its
    coefficient would be infinite), naming it.
    """
    x, chosen, n = choices.attributes, choices.chosen, len(choices.chosen)
    if n == 0:
        raise ValueError("there is no purchase with a known purchase before it: nothing can be learned")
    beta, spread = np.zeros(len(choices.terms)), np.maximum(x.std(axis=(0, 1)), 1e-12)
    value, gradient, curve, _ = _at(x, chosen, beta)
    _refuse_what_cannot_be_told(curve, choices.terms)
    for _ in range(most):
        step = np.linalg.solve(curve, gradient)
        while True:
            there = _at(x, chosen, beta + step)
            if there[0] >= value - 1e-12 * abs(value):
                break
            step = step / 2
        beta, (value, gradient, curve, scores) = beta + step, there
        sure = np.abs(beta) * spread
        if sure.max() > SURE:
            raise ValueError(
                f"{choices.terms[int(sure.argmax())]!r} predicts the choice without fail: leave it out, or pool brands that "
                "are hardly bought"
            )
        if np.abs(gradient).max() < 1e-8 * n and np.abs(step).max() < 1e-8 * (1 + np.abs(beta).max()):
            break
    information = np.linalg.inv(curve)
    covariance, customers = _clustered(scores, information, choices.customers)
    return Fit(
        choices.brands, choices.terms, beta, covariance, information, float(value), float(-n * np.log(x.shape[1])), n, customers
    )  # fmt: skip


def _at(x, chosen, beta):
    """(log likelihood, gradient, negative curvature, gradient per purchase)."""
    utility = x @ beta
    utility -= utility.max(axis=1, keepdims=True)
    weight = np.exp(utility)
    p = weight / weight.sum(axis=1, keepdims=True)
    rows = np.arange(len(chosen))
    mean = np.einsum("nk,nkp->np", p, x)
    scores = x[rows, chosen] - mean
    centred = x - mean[:, None, :]
    curve = np.einsum("nkp,nkq->pq", centred * p[:, :, None], centred)
    return float(np.log(p[rows, chosen]).sum()), scores.sum(axis=0), curve, scores


def _refuse_what_cannot_be_told(curve, terms):
    size = np.sqrt(np.maximum(np.diag(curve), 1e-300))
    if (np.diag(curve) <= 1e-12).any():
        raise ValueError(
            f"{', '.join(t for t, c in zip(terms, np.diag(curve), strict=True) if c <= 1e-12)} does not differ between the "
            "brands of any purchase: leave it out"
        )
    values, vectors = np.linalg.eigh(curve / np.outer(size, size))
    if values[0] < 1e-10:
        alike = [t for t, v in zip(terms, vectors[:, 0], strict=True) if abs(v) > 0.1]
        raise ValueError(f"{', '.join(alike)} cannot be told apart: leave one of them out")


def _clustered(scores, information, customers):
    """Covariance with the customer as the unit (sandwich, with n / (n - 1)); and the number of customers."""
    names, who = np.unique(customers, return_inverse=True)
    sums = np.zeros((len(names), scores.shape[1]))
    np.add.at(sums, who, scores)
    n = len(names)
    return information @ (sums.T @ sums) @ information * (n / max(n - 1, 1)), n


def table(fit, level=0.95):
    """The coefficients: ``term``, ``coefficient``, ``error`` (customer as the unit), ``low``, ``high``,
    ``classical_error`` (purchases as independent), ``odds_ratio``.
    """
    from scipy.special import stdtrit

    error, classical = (np.sqrt(np.diag(c)) for c in (fit.covariance, fit.information))
    half = stdtrit(max(fit.customers - 1, 1), 0.5 + level / 2) * error
    return pd.DataFrame(
        {
            "term": fit.terms,
            "coefficient": fit.coefficients,
            "error": error,
            "low": fit.coefficients - half,
            "high": fit.coefficients + half,
            "classical_error": classical,
            "odds_ratio": np.exp(fit.coefficients),
        }
    )


def quality(fit):
    """Fit at a glance: a dict with ``log_likelihood``, ``mcfadden`` (1 - LL / LL of equal chances), ``bic``, counts."""
    return {
        "purchases": fit.purchases,
        "customers": fit.customers,
        "log_likelihood": fit.log_likelihood,
        "mcfadden": 1 - fit.log_likelihood / fit.null_log_likelihood,
        "bic": len(fit.terms) * float(np.log(fit.purchases)) - 2 * fit.log_likelihood,
    }


def matrix(fit, attributes, coefficients=None):
    """The switching matrix at given ``attributes`` (brands x terms, the inertia term is set here).

    Or one per customer: customers x brands x terms gives customers x brands x brands. Carries complex coefficients.
    Raises ValueError when the model has no inertia, for its rows would all be equal.
    """
    if LAST not in fit.terms:
        raise ValueError(f"the model has no term {LAST!r}: without inertia there is no switching matrix")
    beta = fit.coefficients if coefficients is None else coefficients
    x = np.array(attributes, dtype=float)
    x[..., fit.terms.index(LAST)] = 0.0
    utility = (x @ beta)[..., None, :] + np.eye(len(fit.brands)) * beta[fit.terms.index(LAST)]
    weight = np.exp(utility - np.real(utility).max(axis=-1, keepdims=True))
    return weight / weight.sum(axis=-1, keepdims=True)
