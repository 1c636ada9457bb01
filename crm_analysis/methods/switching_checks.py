"""May the matrix be used: does the last brand matter, is that inertia or only difference between people, does it last?

Tests that take purchases as independent (order, and Anderson and Goodman's statistic) are shown with their customer
counterpart, which does not.

Sources: T. W. Anderson and L. A. Goodman (1957), Annals of Mathematical Statistics 28; A. M. Mood (1940), Annals of
Mathematical Statistics 11, on runs; F. M. Bass, M. M. Givon, M. U. Kalwani, D. Reibstein and G. P. Wright (1984),
Marketing Science 3, on the order of choice at the household; R. A. Colombo and D. G. Morrison (1989), Marketing
Science 8.
"""

import math

import narwhals as nw
import numpy as np
import pandas as pd

from crm_analysis.data import frames
from crm_analysis.methods import clustered, moves, switching


def order(occasions, states, rules):
    """Does the last brand matter, and the one before? Zero, first and second order on the same triples of purchases.

    A pandas frame with ``order``, ``log_likelihood``, ``parameters``, ``bic``, ``likelihood_ratio`` against the order
    below, ``degrees``, ``p_value``. Purchases are taken as independent, so the p-values are too small where people
    differ: trust the smallest ``bic``, and :func:`inertia`. Raises ValueError when nobody bought three times.
    """
    seen = triples(occasions, states, rules)
    if not seen.sum():
        raise ValueError("nobody bought on three occasions: the order of the chain cannot be tested")
    k, n, ends = len(states), seen.sum(), seen.sum(axis=(0, 1))
    pairs = seen.sum(axis=0)
    found = [
        (0, _likelihood(ends, ends.sum()), k - 1),
        (1, _likelihood(pairs, pairs.sum(axis=1, keepdims=True)), k * (k - 1)),
        (2, _likelihood(seen, seen.sum(axis=2, keepdims=True)), k * k * (k - 1)),
    ]
    table = pd.DataFrame(found, columns=["order", "log_likelihood", "parameters"])
    table["bic"] = table["parameters"] * math.log(n) - 2 * table["log_likelihood"]
    table["likelihood_ratio"] = 2 * table["log_likelihood"].diff()
    table["degrees"] = table["parameters"].diff()
    table["p_value"] = [_chi_square(*row) for row in table[["likelihood_ratio", "degrees"]].to_numpy()]
    return table


def triples(occasions, states, rules):
    """Three occasions in a row inside each customer: counts, states x states x states; one brand per occasion."""
    frame, k = nw.from_native(occasions), len(states)
    stands = frame if rules.basket == "line" else frame.filter(nw.col("share") > 0)
    if rules.basket == "fractional":  # one brand per occasion is needed here: the largest share, ties to the first
        most = nw.col("share").max().over("customer_id", "at")
        stands = stands.filter(nw.col("share") >= most).group_by("customer_id", "at").agg(state=nw.col("state").min())
    keyed = stands.select("customer_id", key=nw.col("at") * 1000 + nw.col("state"))
    keyed = keyed.with_columns(before=nw.col("key").shift(1).over("customer_id", order_by="key"))
    keyed = keyed.with_columns(earlier=nw.col("key").shift(2).over("customer_id", order_by="key"))
    keyed = keyed.filter(~nw.col("earlier").is_null()).select(
        *((nw.col(c) % 1000).cast(nw.Int64).alias(c) for c in ("earlier", "before", "key"))
    )
    counted = frames.to_pandas(keyed.group_by("earlier", "before", "key").agg(n=nw.len()))
    found = np.zeros((k, k, k))
    np.add.at(found, (counted["earlier"], counted["before"], counted["key"]), counted["n"])
    return found


def _likelihood(counts, totals):
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.nansum(np.where(counts > 0, counts * np.log(counts / totals), 0.0)))


def _chi_square(statistic, degrees):
    from scipy.special import chdtrc

    return float(chdtrc(degrees, max(statistic, 0.0))) if degrees > 0 else math.nan


def inertia(counted):
    """Is repeat buying inertia, or only that people differ? A dict; ``counted``: ``moves.count`` of dominant occasions.

    ``repeat_rate``: share of steps that stay with the brand; ``if_all_alike``: what it would be if every customer drew
    from the shares of all; ``if_only_different``: if each drew from his or her own, in any order (the mean over all
    orders of each customer's own purchases); ``explained``: the part of the excess that difference explains, 0-1;
    ``z`` and ``p_value``: the repeats beyond it, over all orders of each customer's purchases (Mood's runs).
    """
    cells = counted.cells[counted.cells["from_state"] < len(counted.names)]
    steps, repeats = cells["n"].sum(), cells.loc[cells["from_state"] == cells["to_state"], "n"].sum()
    bought = counted.stakes[["customer", "state", "purchases"]]
    squares = bought["purchases"] ** 2
    by = bought.assign(square=squares, cube=bought["purchases"] ** 3).groupby("customer").sum()
    m, s2, s3 = (by[c].to_numpy(dtype=float) for c in ("purchases", "square", "cube"))
    many = m >= 2
    m, s2, s3 = m[many], s2[many], s3[many]
    expected = (s2 - m) / m
    variance = (s2 * (s2 + m * (m + 1)) - 2 * m * s3 - m**3) / (m**2 * np.maximum(m - 1, 1))
    shares = bought.groupby("state")["purchases"].sum()
    alike = float(((shares / shares.sum()) ** 2).sum())
    spread = math.sqrt(max(variance.sum(), 0.0))
    z = float((repeats - expected.sum()) / spread) if spread > 0 else math.nan
    different = float(expected.sum() / steps)
    excess = repeats / steps - alike
    return {
        "repeat_rate": float(repeats / steps),
        "if_all_alike": alike,
        "if_only_different": different,
        "explained": float(min(max((different - alike) / excess, 0.0), 1.0)) if excess > 0 else math.nan,
        "z": z,
        "p_value": math.erfc(abs(z) / math.sqrt(2)),
    }


def halves(occasions, states, rules, as_of):
    """The sample of each half of the time the occasions span, and the day (or period) at which they part.

    A step across the cut belongs to neither. Raises ValueError when a half holds no step.
    """
    frame = nw.from_native(occasions)
    ends = frames.to_pandas(frame.select(low=nw.col("at").min(), high=nw.col("at").max())).iloc[0]
    cut = int(ends["low"] + (ends["high"] - ends["low"]) // 2)
    plain = rules._replace(lapsed_days=0)
    parts = (frame.filter(nw.col("at") <= cut).to_native(), frame.filter(nw.col("at") > cut).to_native())
    return tuple(switching.sample(moves.count(part, states, plain, as_of), plain) for part in parts), cut


def same(first, second):
    """Do two samples share one matrix? A dict; the customers may be the same, others, or some of each.

    ``statistic``, ``degrees``, ``p_value``: Anderson and Goodman's likelihood ratio, purchases taken as independent;
    ``f_statistic``, ``f_p_value``: Wald's test with the customer as the unit, which is the one to trust;
    ``largest_difference`` with its ``from_brand`` and ``to_brand``.
    """
    k = len(first.names)
    counts = np.array([first.counts, second.counts])
    rows = (counts.sum(axis=2) > 0).all(axis=0)
    both = counts.sum(axis=0)
    gain = sum(_likelihood(c[rows], c[rows].sum(axis=1, keepdims=True)) for c in counts)
    statistic = 2 * (gain - _likelihood(both[rows], both[rows].sum(axis=1, keepdims=True)))
    used = rows[:, None] & (both > 0)
    degrees = int((used.sum(axis=1) - 1).clip(min=0).sum())
    apart = (second.ratios.values - first.ratios.values)[: k * k].reshape(k, k)
    at = np.unravel_index(np.argmax(np.where(used, np.abs(apart), -1.0)), (k, k))
    f, f_p = _wald(first, second, used, k)
    return {
        "statistic": statistic,
        "degrees": degrees,
        "p_value": _chi_square(statistic, degrees),
        "f_statistic": f,
        "f_p_value": f_p,
        "largest_difference": float(apart[at]),
        "from_brand": first.names[at[0]],
        "to_brand": first.names[at[1]],
    }


def _wald(first, second, used, k):
    """Wald's F of equal cells, leaving out one cell per row, over the customers of both samples together."""
    from scipy import sparse
    from scipy.special import fdtrc

    cells = np.flatnonzero((used & (np.cumsum(used[:, ::-1], axis=1)[:, ::-1] > 1)).ravel())
    who = np.union1d(first.customers, second.customers)
    above, below = [], []
    for one in (first, second):
        place = sparse.csr_array(
            (np.ones(len(one.customers)), (np.searchsorted(who, one.customers), np.arange(len(one.customers)))),
            shape=(len(who), len(one.customers)),
        )
        above.append(place @ one.ratios.numerators[:, : k * k])
        below.append(place @ one.ratios.denominators[:, :k])
    group = np.repeat(np.arange(2 * k), k)
    joint = clustered.ratios(sparse.hstack(above), sparse.hstack(below), group)
    gradients = np.zeros((2 * k * k, len(cells)))
    gradients[cells, np.arange(len(cells))], gradients[k * k + cells, np.arange(len(cells))] = -1.0, 1.0
    spread = clustered.covariance(joint, gradients)
    apart = joint.values @ gradients
    rank = np.linalg.matrix_rank(spread, hermitian=True)
    free = len(who) - rank
    if rank == 0 or free <= 0:
        return math.nan, math.nan
    f = float(apart @ np.linalg.pinv(spread, hermitian=True) @ apart) * free / (rank * (len(who) - 1))
    return f, float(fdtrc(rank, free, max(f, 0.0)))


def by_frequency(sample):
    """The samples of light and heavy buyers: those up to and above the median number of steps per customer."""
    k = len(sample.names)
    steps = sample.ratios.numerators[:, : k * k].sum(axis=1)
    buyers = steps > 0
    cut = np.median(steps[buyers])
    return switching.subset(sample, buyers & (steps <= cut)), switching.subset(sample, steps > cut)


def hard_core(counts, names, most=20_000):
    """Colombo and Morrison's hard-core loyal buyers: p_jj = a_j + (1 - a_j) q_j, p_jk = (1 - a_j) q_k.

    A pandas frame with ``brand``, ``loyal_share`` (a: would buy nothing else), ``switcher_share`` (q: what those who
    choose afresh buy), ``steps``; and a dict with the fit (``statistic``, ``degrees``, ``p_value``; no test with fewer
    than three brands, where the model fits always and is not unique). Maximum likelihood by EM.
    """
    counts = np.asarray(counts, dtype=float)
    k, rows, stay = len(counts), counts.sum(axis=1), np.diag(counts)
    if (rows <= 0).any():
        raise ValueError("every brand needs steps that start from it: pool brands that have none")
    chosen = counts.sum(axis=0) / counts.sum()
    loyal = np.full(k, 0.5)
    for _ in range(most):
        either = loyal + (1 - loyal) * chosen
        certain = np.divide(stay * loyal, either, out=np.zeros(k), where=either > 0)
        after, before = certain / rows, loyal
        free = counts.sum(axis=0) - certain
        loyal, chosen = after, free / free.sum()
        if np.abs(after - before).max() < 1e-10:
            break
    fitted = (1 - loyal)[:, None] * chosen + np.diag(loyal)
    statistic = 2 * (
        _likelihood(counts, rows[:, None]) - float((counts * np.log(np.where(counts > 0, fitted, 1.0))).sum())
    )
    degrees = k * k - 3 * k + 1
    table = pd.DataFrame({"brand": list(names), "loyal_share": loyal, "switcher_share": chosen, "steps": rows})
    fit = {"statistic": max(statistic, 0.0), "degrees": max(degrees, 0), "p_value": _chi_square(statistic, degrees)}
    return table, fit
