"""Customer lifetime value by the brand switching matrix: what a customer is worth to every brand of the category.

CLV_b = sum over t of F_t S_t[b] M_b,t (1 + r)^-t, with S_t = S_0 P^t. Two conventions, named wherever a value is:

* ``course``: t = 0 is today's purchase, undiscounted, made with today's shares S_0 (the course texts after Rust,
  Zeithaml and Lemon 2000, *Driving Customer Equity*);
* ``rlz``: the first purchase counted is the next one, t = 1, reached by one step and discounted by one (so the value
  holds only what lies ahead; R. T. Rust, K. N. Lemon and V. A. Zeithaml 2004, Journal of Marketing 68).

With the same margin for all brands the values add up to margin times annuity whatever the matrix is; the discounted
shares always do (:func:`conservation`).
"""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

CONVENTIONS = ("course", "rlz")


class Terms(NamedTuple):
    """What a value is computed with, beside the model.

    ``margin_share``: contribution per unit of spending, one number or one per state; ``discount_per_year``: effective;
    ``years``: the horizon, 0 for no end; ``convention``: one of :data:`CONVENTIONS`; ``population``: customers of the
    category, to whom the mean value is scaled up.
    """

    margin_share: float | tuple = 1.0
    discount_per_year: float = 0.1
    years: float = 3.0
    convention: str = "course"
    population: float = 1.0


def rate_per_step(discount_per_year, steps_per_year):
    """The effective yearly rate as a rate per step: (1 + d)^(1 / f) - 1.

    >>> round(rate_per_step(0.21, 2), 6)
    0.1
    """
    if np.real(discount_per_year) <= -1 or not np.real(steps_per_year) > 0:
        raise ValueError(
            f"a discount above -100 % and steps per year above 0 are needed, not {discount_per_year} and {steps_per_year}"
        )
    return (1 + discount_per_year) ** (1 / steps_per_year) - 1


def visits(matrix, rate, steps, convention="course"):
    """Discounted expected purchases of brand b by a customer now at brand j: D = sum over t of (P / (1 + r))^t.

    t runs from 0 (``course``) or 1 (``rlz``) to ``steps``; of a last part of a step that part is counted; ``steps``
    None or infinite: without end, solved as (I - P / (1 + r))^-1. Finite sums take about log2(steps) products, for
    any rate. Raises ValueError for a sum that does not converge and for an unknown convention.

    >>> visits(np.array([[0.5, 0.5], [0.0, 1.0]]), 0.0, 1).tolist()
    [[1.5, 0.5], [0.0, 2.0]]
    """
    if convention not in CONVENTIONS:
        raise ValueError(f"convention must be one of {', '.join(CONVENTIONS)}, not {convention!r}")
    step = np.asarray(matrix) / (1 + rate)
    same = np.eye(len(step))
    if steps is None or np.isinf(np.real(steps)):
        if not np.real(rate) > 0:
            raise ValueError(
                "without end the discount must be above 0: an endless row of purchases has no finite value"
            )
        total = np.linalg.solve(same - step, same)
    else:
        if np.real(steps) < 0:
            raise ValueError(f"the number of steps must be 0 or more, not {steps}")
        whole = math.floor(np.real(steps) + 1e-9)
        total, power = _geometric(step, whole + 1)
        total = total + (steps - whole) * power
    return total - same if convention == "rlz" else total


def _geometric(step, n):
    """(I + Q + … + Q^(n-1), Q^n), by halving n."""
    if n == 0:
        return np.zeros_like(step), np.eye(len(step), dtype=step.dtype)
    half, power = _geometric(step, n // 2)
    total, power = half + power @ half, power @ power
    return (total + power, power @ step) if n % 2 else (total, power)


def values(start, matrix, margin, rate, steps, convention="course", frequency=1.0):
    """CLV of an average customer to each brand: an array.

    ``start``: shares today; ``margin``: contribution per purchase, one number or one per brand; ``frequency``:
    purchases per step. For margins or frequencies that change over time see :func:`periods`.

    >>> values([0.5, 0.5], [[0.5, 0.5], [0.5, 0.5]], 100.0, 0.25, 1).round(9).tolist()
    [90.0, 90.0]
    """
    return np.asarray(start) @ visits(matrix, rate, steps, convention) * (frequency * np.asarray(margin))


def periods(start, matrix, margin, rate, steps, names, convention="course", frequency=1.0):
    """The same, step by step: a pandas frame, one row per step and brand.

    Columns ``step``, ``factor`` ((1 + r)^-t), ``brand``, ``share``, ``frequency``, ``margin``, ``contribution``.
    ``frequency`` may be one number or one per step; ``margin`` one number, one per brand, or steps by brands; whatever
    is per step has an entry for each step counted, from the first. ``steps`` is a whole number.
    """
    if convention not in CONVENTIONS:
        raise ValueError(f"convention must be one of {', '.join(CONVENTIONS)}, not {convention!r}")
    first = CONVENTIONS.index(convention)
    at = np.arange(first, int(steps) + 1)
    shares = [np.asarray(start, dtype=float)]
    for _ in range(int(steps)):
        shares.append(shares[-1] @ np.asarray(matrix, dtype=float))
    shares = np.array(shares)[at]
    often = np.broadcast_to(np.asarray(frequency, dtype=float), (len(at),))
    gain = np.broadcast_to(np.asarray(margin, dtype=float), shares.shape)
    factor = (1 + rate) ** -at.astype(float)
    table = pd.DataFrame(
        {
            "step": np.repeat(at, len(names)),
            "factor": np.repeat(factor, len(names)),
            "brand": np.tile(np.array(list(names), dtype=object), len(at)),
            "share": shares.ravel(),
            "frequency": np.repeat(often, len(names)),
            "margin": gain.ravel(),
        }
    )
    return table.assign(contribution=table["factor"] * table["share"] * table["frequency"] * table["margin"])


def horizon(model, terms):
    """(rate per step, number of steps) of the terms for this model; None steps for no end."""
    rate = rate_per_step(terms.discount_per_year, model.steps_per_year)
    return rate, terms.years * model.steps_per_year if terms.years else None


def by_last_brand(model, terms):
    """Value to brand b (columns) of a customer whose last purchase was brand j (rows), per customer."""
    return visits(model.matrix, *horizon(model, terms), terms.convention) * margins(model, terms)


def per_customer(model, terms):
    """Value of the average customer to each brand: an array."""
    return model.start @ by_last_brand(model, terms)


def margins(model, terms):
    """Contribution per purchase of each state."""
    return model.spend * np.asarray(terms.margin_share)


def conservation(model, terms):
    """The discounted shares of all states together against the annuity they must add up to: a dict.

    ``discounted_purchases``, ``annuity``, ``difference``. The annuity is summed term by term, by no matrix.
    """
    rate, steps = horizon(model, terms)
    held = float((model.start @ visits(model.matrix, rate, steps, terms.convention)).sum())
    if steps is None:
        annuity = (1 + rate) / rate
    else:
        whole = math.floor(steps + 1e-9)
        annuity = sum((1 + rate) ** -t for t in range(whole + 1)) + (steps - whole) * (1 + rate) ** -(whole + 1)
    annuity -= CONVENTIONS.index(terms.convention)
    return {"discounted_purchases": held, "annuity": float(annuity), "difference": held - float(annuity)}
