"""What a switching matrix leads to: paths of shares, the steady state, how fast it comes, and what can go wrong.

Rows are states, P[j, k] = Pr(next = k | now = j), share vectors are rows: S_t = S_0 P^t.
Source: J. G. Kemeny and J. L. Snell (1960), *Finite Markov Chains*.
"""

import numpy as np
import pandas as pd

TOLERANCE = 1e-9
SORTED = "all moves go one way: is the log sorted by brand?"
SEPARATE = "separate groups between which nobody moves"


def checked(matrix, names=None):
    """The matrix as an array, or a ValueError naming every row that is no distribution; nothing is rescaled.

    >>> checked([[0.5, 0.4], [0.0, 1.0]], ("Own", "Rival"))
    Traceback (most recent call last):
    ...
    ValueError: the row of Own sums to 0.9, not to 1: every row lists all next purchases of that brand's buyers
    """
    try:
        matrix = np.array(matrix, dtype=float)
    except (TypeError, ValueError):
        matrix = np.zeros(0)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.size:
        raise ValueError("a switching matrix has as many rows as columns, all of them numbers")
    names = [str(name) for name in (names if names is not None else range(1, len(matrix) + 1))]
    if len(names) != len(matrix) or len(set(names)) != len(names):
        raise ValueError(f"{len(matrix)} rows need {len(matrix)} different names, not {', '.join(names)}")
    faults = []
    for name, row in zip(names, matrix, strict=True):
        outside = [f"{value:g}" for value in row if not -TOLERANCE <= value <= 1 + TOLERANCE]
        if outside:
            faults.append(f"the row of {name} holds {', '.join(outside)}: a probability lies between 0 and 1")
        elif abs(row.sum() - 1) > TOLERANCE:
            faults.append(
                f"the row of {name} sums to {row.sum():.10g}, not to 1: every row lists all next purchases of that "
                "brand's buyers"
            )
    if faults:
        raise ValueError("; ".join(faults))
    return matrix


def paths(matrix, start, steps):
    """Shares after 0, 1, … ``steps`` steps: an array, steps + 1 rows.

    >>> paths([[0.7, 0.3], [0.2, 0.8]], [0.5, 0.5], 1).round(3).tolist()
    [[0.5, 0.5], [0.45, 0.55]]
    """
    matrix, shares = np.asarray(matrix), [np.asarray(start)]
    for _ in range(steps):
        shares.append(shares[-1] @ matrix)
    return np.array(shares)


def steady(matrix):
    """The stationary shares; needs a matrix with one closed class (see :func:`classes`), else ValueError.

    Carries complex numbers, so that its derivative can be taken.

    >>> steady(np.array([[0.7, 0.3], [0.2, 0.8]])).round(3).tolist()
    [0.4, 0.6]
    """
    matrix = np.asarray(matrix)
    if sum(kind["closed"] for kind in classes(matrix.real)) > 1:
        raise ValueError("there are several closed classes: the steady state depends on where customers start")
    k = len(matrix)
    system = np.vstack([(np.eye(k) - matrix).T[:-1], np.ones(k)])
    return np.linalg.solve(system, np.eye(k)[-1])


def limit(matrix):
    """The steady state, or None where it depends on where customers start.

    >>> limit(np.eye(2)) is None
    True
    """
    return None if sum(kind["closed"] for kind in classes(matrix)) > 1 else steady(matrix)


def expected_run(matrix):
    """Expected purchases in a row of a brand once it is bought, that one included: 1 / (1 - p); infinite when p = 1."""
    stay = np.diag(np.asarray(matrix))
    return np.divide(1.0, 1 - stay, out=np.full(len(stay), np.inf, dtype=stay.dtype), where=stay.real < 1)


def speed(matrix):
    """Modulus of the second largest eigenvalue: what is left, per step, of a distance from the steady state."""
    moduli = np.sort(np.abs(np.linalg.eigvals(np.asarray(matrix, dtype=float))))
    return float(moduli[-2]) if len(moduli) > 1 else 0.0


def steps_to_steady(matrix, start, within=0.01, most=10_000):
    """Steps until every share is within ``within`` of the steady state; None when there is none or it is not reached.

    >>> steps_to_steady(np.array([[0.7, 0.3], [0.2, 0.8]]), [1.0, 0.0])
    6
    """
    goal, shares = limit(matrix), np.asarray(start, dtype=float)
    if goal is None:
        return None
    for step in range(most + 1):
        if np.abs(shares - goal).max() <= within:
            return step
        shares = shares @ matrix
    return None


def classes(matrix):
    """Groups of states that lead to each other: a list of dicts ``states``, ``closed``, ``period``, by lowest state."""
    reach = _reachable(np.asarray(matrix) > 0)
    both = reach & reach.T
    found, seen = [], set()
    for state in range(len(reach)):
        if state in seen:
            continue
        members = np.flatnonzero(both[state])
        seen.update(members.tolist())
        closed = not reach[members][:, np.setdiff1d(np.arange(len(reach)), members)].any()
        found.append({"states": members.tolist(), "closed": closed, "period": _period(matrix, members)})
    return found


def _reachable(links):
    reach = links | np.eye(len(links), dtype=bool)
    for _ in range(len(links).bit_length()):
        reach = (reach.astype(int) @ reach.astype(int)) > 0
    return reach


def _period(matrix, members):
    """Greatest common divisor of the lengths of all circles inside the class; 0 when there is none."""
    links = (np.asarray(matrix) > 0)[np.ix_(members, members)]
    depth, queue, period = {0: 0}, [0], 0
    while queue:
        state = queue.pop(0)
        for after in np.flatnonzero(links[state]).tolist():
            if after in depth:
                period = np.gcd(period, abs(depth[state] + 1 - depth[after]))
            else:
                depth[after] = depth[state] + 1
                queue.append(after)
    return int(period)


def triangular(matrix):
    """Whether some order of the states makes all moves go one way, which a log sorted by brand does and people do not.

    True when no two different states lead to each other, although some state leads to another.

    >>> triangular(np.array([[0.5, 0.5, 0], [0, 0.9, 0.1], [0, 0, 1]])), triangular(np.eye(3))
    (True, False)
    """
    links = np.asarray(matrix) > 0
    np.fill_diagonal(links := links.copy(), False)
    return bool(links.any()) and all(len(group["states"]) == 1 for group in classes(matrix))


def shape(matrix, names):
    """What is odd about the chain: a pandas frame with ``finding`` and ``states``; empty when nothing is."""
    rows, groups = [], classes(matrix)
    matrix = np.asarray(matrix)
    if triangular(matrix):
        rows.append((SORTED, ", ".join(names)))
    if sum(group["closed"] for group in groups) > 1:
        rows.append(
            (
                SEPARATE,
                " | ".join(", ".join(names[s] for s in g["states"]) for g in groups if g["closed"]),
            )
        )
    elif len(groups) > 1:
        left = [names[s] for group in groups if not group["closed"] for s in group["states"]]
        rows.append(("left for good, sooner or later", ", ".join(left)))
    absorbing = [name for name, stay in zip(names, np.diag(matrix), strict=True) if stay >= 1]
    if absorbing and len(names) > 1:
        rows.append(("never left once bought", ", ".join(absorbing)))
    for group in groups:
        if group["period"] > 1:
            rows.append(("visited in a fixed turn", ", ".join(names[s] for s in group["states"])))
    return pd.DataFrame(rows, columns=["finding", "states"])
