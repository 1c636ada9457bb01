"""The brand switching matrix: the share of customers of brand j whose next purchase is brand k, learned with its doubt.

Everything that a value is computed from is a ratio of sums over customers - cells of the matrix, where customers stand
now, steps per year, money per purchase - so one table of sums per customer carries all of it, and ``clustered`` gives
an interval to whatever follows from it.

Sources: the maximum likelihood matrix of a Markov chain, T. W. Anderson and L. A. Goodman (1957), Annals of
Mathematical Statistics 28; its use for customer equity, R. T. Rust, K. N. Lemon and V. A. Zeithaml (2004), Journal of
Marketing 68.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from crm_analysis.methods import clustered
from crm_analysis.methods.occasions import Rules

EMPTY = ("shares", "uniform", "stay", "refuse")
STARTS = ("last", "wallet")
DAYS_PER_YEAR = 365.25


class Model(NamedTuple):
    """The numbers that values are computed from: ``matrix`` (rows sum to 1), ``start`` (sums to 1), ``steps_per_year``,
    ``spend`` (money per purchase of each state, 0 for the lapsed one). Arrays, complex while a derivative is taken.
    """

    matrix: np.ndarray
    start: np.ndarray
    steps_per_year: float
    spend: np.ndarray


class Profile(NamedTuple):
    """What was learned, frozen: the :class:`Model` as plain numbers, the names of its states and the rules."""

    names: tuple
    matrix: tuple
    start: tuple
    steps_per_year: float
    spend: tuple
    customers: int
    steps: float
    rules: Rules


class Sample(NamedTuple):
    """A panel as sums per customer, from which matrix, values and their intervals follow.

    ``names``: the states; ``counts``: steps between them, all customers together; ``customers``: ids, in the order
    of the rows of ``ratios``; ``smoothing`` and ``empty``: how a row of few or no steps is completed.
    """

    names: tuple
    counts: np.ndarray
    customers: np.ndarray
    ratios: clustered.Ratios
    rules: Rules
    smoothing: float = 0.0
    empty: str = "shares"


def sample(moves, rules, start="last", smoothing=0.0, empty="shares"):
    """The :class:`Sample` of counted ``moves`` (of ``moves.count``).

    ``start``: where a customer stands now, the brand of the ``last`` occasion or the customer's own shares of all
    spending (``wallet``; a lapsed customer stands in the lapsed state). ``smoothing``: that many steps, spread like
    the next purchases of everybody, are added to each row (Dirichlet prior; their own doubt is not counted).
    ``empty``: a row without any step becomes the overall shares, uniform, or staying; ``refuse`` raises ValueError.
    """
    if start not in STARTS or empty not in EMPTY or smoothing < 0:
        raise ValueError(
            f"start is one of {STARTS}, empty one of {EMPTY}, smoothing 0 or more; not {start!r}, {empty!r}, {smoothing}"
        )
    stakes = moves.stakes.assign(standing=_standing(moves.stakes, start))
    years = (moves.today + 1 - moves.span["first_at"].to_numpy()) * _days_per_at(rules) / DAYS_PER_YEAR
    steps = np.bincount(moves.cells["customer"], weights=moves.cells["n"], minlength=len(years))
    steps = moves.span["occasions"].to_numpy() - 1 if rules.weight == "spend" else steps
    steps = years * DAYS_PER_YEAR / rules.period_days if rules.step == "period" else steps
    return assembled(moves.names, moves.customers, moves.cells, stakes, steps, years, rules, smoothing, empty)


def assembled(names, customers, cells, stakes, steps, years, rules, smoothing=0.0, empty="shares"):
    """The :class:`Sample` of sums per customer, however they were come by.

    ``cells``: ``customer`` (row number), ``from_state``, ``to_state``, ``n``; ``stakes``: ``customer``, ``state``,
    ``purchases``, ``spend``, ``standing`` (sums to 1 per customer); ``steps`` and ``years``: one number per customer.
    """
    k, n = len(names), len(customers)
    counts = np.zeros((k, k))
    np.add.at(counts, (cells["from_state"], cells["to_state"]), cells["n"])
    if empty == "refuse" and (counts.sum(axis=1) == 0).any():
        silent = [name for name, row in zip(names, counts.sum(axis=1), strict=True) if row == 0]
        raise ValueError(
            f"no step starts from {', '.join(silent)}: pool them with other brands, or state what their row should be"
        )
    who, here, on, state = (
        x.to_numpy() for x in (cells["customer"], cells["from_state"], stakes["customer"], stakes["state"])
    )
    every, weights = np.arange(n), cells["n"].to_numpy(dtype=float)
    numerators = [
        (who, here * k + cells["to_state"].to_numpy(), weights),
        (on, k * k + state, stakes["standing"].to_numpy(dtype=float)),
        (every, np.full(n, k * k + k), np.asarray(steps, dtype=float)),
        (on, k * k + k + 1 + state, stakes["spend"].to_numpy(dtype=float)),
    ]
    denominators = [
        (who, here, weights),
        (every, np.full(n, k), np.ones(n)),
        (every, np.full(n, k + 1), np.asarray(years, dtype=float)),
        (on, k + 2 + state, stakes["purchases"].to_numpy(dtype=float)),
    ]
    group = np.r_[np.repeat(np.arange(k), k), np.full(k, k), k + 1, k + 2 + np.arange(k)]
    ratios = clustered.ratios(_sparse(numerators, n, k * k + 2 * k + 1), _sparse(denominators, n, 2 * k + 2), group)
    return Sample(tuple(names), counts, customers, ratios, rules, float(smoothing), empty)


def _days_per_at(rules):
    return rules.period_days if rules.step == "period" else 1


def _standing(stakes, start):
    """Each customer's shares of where he or she stands; sums to 1 per customer."""
    standing = stakes["on_last"].to_numpy(dtype=float)
    if start == "last":
        return standing
    total = stakes.groupby("customer")["spend"].transform("sum").to_numpy()
    shares = np.divide(stakes["spend"].to_numpy(), total, out=standing.copy(), where=total > 0)
    lapsed = stakes["on_last"].where(stakes["purchases"] == 0, 0.0).groupby(stakes["customer"]).transform("sum") > 0
    return np.where(lapsed, standing, shares)


def _sparse(parts, rows, columns):
    from scipy import sparse

    row, column, value = (np.concatenate([np.asarray(part[i]) for part in parts]) for i in range(3))
    return sparse.coo_array((value, (row, column)), shape=(rows, columns)).tocsr()


def model(sample, values=None):
    """The :class:`Model` of the sample, or of other ``values`` of its ratios (as ``clustered.estimates`` asks)."""
    k = len(sample.names)
    values = sample.ratios.values if values is None else values
    steps = sample.counts.sum(axis=1)
    matrix = _completed(values[: k * k].reshape(k, k), sample.counts, steps, sample.smoothing, sample.empty)
    spend = values[k * k + k + 1 :]
    return Model(matrix, values[k * k : k * k + k], values[k * k + k], spend)


def _completed(matrix, counts, steps, smoothing, empty):
    """Rows with a prior added, empty ones filled by the stated rule."""
    shares = counts.sum(axis=0) / counts.sum()
    fill = {"uniform": np.full(len(steps), 1 / len(steps)), "shares": shares}.get(empty)
    weight = np.divide(steps, steps + smoothing, out=np.zeros(len(steps)), where=steps > 0)[:, None]
    matrix = weight * matrix + (1 - weight) * shares
    for row in np.flatnonzero(steps == 0):
        matrix[row] = np.eye(len(steps))[row] if fill is None else fill
    return matrix


def profile(sample):
    """The :class:`Profile` to keep, and to score customers with.

    >>> import pandas as pd
    >>> from crm_analysis.methods import moves, occasions
    >>> lines = pd.DataFrame({"customer_id": list("aaab"), "purchase_day": [1, 2, 3, 1], "brand": list("XXYY"),
    ...                       "amount": [2.0, 2.0, 3.0, 5.0]})
    >>> rules = Rules()
    >>> seen = moves.count(occasions.table(lines, ("X", "Y"), rules, "1970-01-05"), ("X", "Y"), rules, "1970-01-05")
    >>> learned = profile(sample(seen, rules))
    >>> learned.matrix[0], learned.start, learned.spend
    ((0.5, 0.5), (0.0, 1.0), (2.0, 4.0))
    """
    it = model(sample)
    return Profile(
        sample.names,
        tuple(tuple(row) for row in it.matrix.tolist()),
        tuple(it.start.tolist()),
        float(it.steps_per_year),
        tuple(it.spend.tolist()),
        len(sample.customers),
        float(sample.counts.sum()),
        sample.rules,
    )


def subset(sample, rows):
    """The sample of some of the customers (a mask or row numbers), with the same states and rules."""
    k, ratios = len(sample.names), clustered.subset(sample.ratios, rows)
    counts = ratios.numerators[:, : k * k].sum(axis=0).reshape(k, k)
    return sample._replace(counts=counts, customers=sample.customers[rows], ratios=ratios)


def matrix(sample, level=0.95):
    """The cells with intervals in long form: one row per pair of states.

    Columns ``from_brand``, ``to_brand``, ``probability``, ``low``, ``high`` (0-1), ``steps``, ``customers`` (with a
    step from that brand), ``effective_customers``. The interval is of the share itself; smoothing moves only
    ``probability``. A row without any step has the value its rule gave it, and no interval.
    """
    k = len(sample.names)
    found = clustered.shares(sample.ratios, np.arange(k * k), level)
    behind = clustered.support(sample.ratios).iloc[np.repeat(np.arange(k), k)].reset_index(drop=True)
    return pd.DataFrame(
        {
            "from_brand": np.repeat(sample.names, k),
            "to_brand": np.tile(sample.names, k),
            "probability": model(sample).matrix.ravel(),
            "low": found["low"],
            "high": found["high"],
            "steps": sample.counts.ravel(),
            "customers": behind["customers"],
            "effective_customers": behind["effective_customers"],
        }
    )


def interval(sample, function, level=0.95, low=None, high=None):
    """Value and interval of ``function(model)``, an array, as ``clustered.estimates`` gives them."""
    return clustered.estimates(sample.ratios, lambda values: function(model(sample, values)), level, low, high)
