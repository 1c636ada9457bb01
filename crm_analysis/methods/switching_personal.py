"""A matrix for every customer from nothing but purchases: own shares, with an inertia that all have in common.

P_i = inertia x I + (1 - inertia) x (own shares in every row). One matrix for all mixes people who differ with people who
stick to their last brand, and so lets everybody drift to the same shares; here whoever prefers a brand goes on preferring
it. Three numbers are learned: the inertia, how much customers differ, and the shares of all.

How: let h be the chance that two fresh choices of one customer agree. Repeats one step apart are R1 = l + (1 - l) h, two
steps apart R2 = l^2 + (1 - l^2) h, so (1 - R2) / (1 - R1) = 1 + l gives the inertia l, and then h. With Dirichlet own
shares h = (1 + c sum q^2) / (1 + c) gives their concentration c.

Sources: the split into preference and inertia after M. Givon (1984), Variety seeking through brand switching, Marketing
Science 3, and R. A. Colombo and D. G. Morrison (1989), Marketing Science 8; own shares as Dirichlet, A. P. Jeuland, F. M.
Bass and G. P. Wright (1980), Operations Research 28. The estimate by two lags is our own and plain moments.
"""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from crm_analysis.methods import clustered, clv, switching, switching_checks


class Personal(NamedTuple):
    """``inertia`` (0-1), ``concentration`` of the customers' own shares (small: very different people), ``shares``."""

    names: tuple
    inertia: float
    concentration: float
    shares: tuple


def learn(triples, names):
    """The :class:`Personal` of counted triples (states x states x states, of ``switching_checks.triples``).

    An inertia below 0 (people who seek variety) is cut to 0. Raises ValueError without triples or with one brand only.
    """
    n, k = triples.sum(), len(names)
    shares = sum(triples.sum(axis=axes) for axes in ((1, 2), (0, 2), (0, 1))) / max(3 * n, 1)
    if n == 0 or (shares > 0).sum() < 2:
        raise ValueError(
            "nobody bought on three occasions, or all bought one brand: preference and inertia cannot be told"
        )
    every = np.arange(k)
    one = (triples[every, every, :].sum() + triples[:, every, every].sum()) / (2 * n)
    two = triples[every, :, every].sum() / n
    inertia = float(np.clip((1 - two) / (1 - one) - 1 if one < 1 else 1.0, 0.0, 0.999))
    agree = 1 - (1 - one) / (1 - inertia)
    alike = float((shares**2).sum())
    concentration = (1 - agree) / (agree - alike) if agree > alike else math.inf
    return Personal(
        tuple(names), inertia, float(np.clip(concentration, 1e-6, 1e6)), tuple((shares / shares.sum()).tolist())
    )


def own_shares(bought, personal):
    """Each customer's expected own shares: customers x states. ``bought``: purchases, customers x states.

    Purchases that repeat by inertia tell less: of m purchases 1 + (m - 1)(1 - inertia) count as fresh.
    """
    bought = np.asarray(bought, dtype=float)
    m = bought.sum(axis=1, keepdims=True)
    fresh = np.divide(1 + (m - 1) * (1 - personal.inertia), m, out=np.zeros_like(m), where=m > 0)
    c = personal.concentration
    return (fresh * bought + c * np.asarray(personal.shares)) / (fresh * m + c)


def visits(rate, steps, inertia, convention="course"):
    """(discounted steps decided by where the customer stands now, by the own shares): their sum is the annuity.

    >>> [round(v, 6) for v in visits(0.0, 2, 0.5)]
    [1.75, 1.25]
    """
    by_last = float(clv.visits(np.array([[inertia]]), rate, steps, convention)[0, 0])
    return by_last, float(clv.visits(np.array([[1.0]]), rate, steps, convention)[0, 0]) - by_last


def per_customer(standing, own, model, terms, inertia):
    """Value of each customer to each state: customers x states, closed form.

    ``standing``: where each stands now (customers x states, sums to 1); ``own``: own shares; ``model``: frequency and
    money per purchase (its matrix is not used).
    """
    by_last, by_own = visits(*clv.horizon(model, terms), inertia, terms.convention)
    return (by_last * np.asarray(standing) + by_own * np.asarray(own)) * clv.margins(model, terms)


def table(occasions, counted, sample, terms, level=0.95):
    """Value of the average customer to each brand with a matrix for every customer: a pandas frame, or None.

    ``counted``: the ``moves.Moves`` of the ``occasions``; ``sample``: their ``switching.Sample``. Columns ``brand``, ``clv``,
    ``low``, ``high``; the interval is that of the mean over customers, the three learned numbers taken as known. None
    with a lapsed state, with one brand, and where nobody bought three times.
    """
    names, k = sample.names, len(sample.names)
    triples = switching_checks.triples(occasions, names, sample.rules) if not sample.rules.lapsed_days else np.zeros(1)
    if k < 2 or not triples.sum():
        return None
    personal = learn(triples, names)
    bought, standing = (np.zeros((len(counted.customers), k)) for _ in range(2))
    for into, column in ((bought, "purchases"), (standing, "on_last")):
        np.add.at(into, (counted.stakes["customer"], counted.stakes["state"]), counted.stakes[column])
    worth = per_customer(standing, own_shares(bought, personal), switching.model(sample), terms, personal.inertia)
    found = clustered.estimates(
        clustered.ratios(worth, np.ones((len(worth), 1)), np.zeros(k, dtype=int)), lambda values: values, level
    )
    return pd.DataFrame({"brand": list(names), "clv": found["value"], "low": found["low"], "high": found["high"]})
