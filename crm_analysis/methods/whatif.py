"""What to do: how equity moves with each cell of the matrix, and what a changed matrix would be worth.

A point of probability for one cell is taken from the other cells of its row in proportion to them, so that rows go on
summing to 1. All figures are per population of the terms and carry their interval.
"""

import numpy as np
import pandas as pd

from crm_analysis.methods import clv, switching

POINT = 0.01


def shifted(matrix, row, column, points):
    """The matrix with ``points`` (0.01 is one point of probability) more in one cell, less in the rest of its row.

    Raises ValueError when the cell would leave 0 to 1, or when it holds the whole row and cannot give or take.

    >>> shifted(np.array([[0.6, 0.3, 0.1], [0, 1, 0], [0, 0, 1]]), 0, 0, 0.04).round(3)[0].tolist()
    [0.64, 0.27, 0.09]
    """
    matrix = np.array(matrix)
    cell = matrix[row, column]
    if not 0 <= np.real(cell + points) <= 1 or np.real(cell) >= 1:
        raise ValueError(f"a probability of {np.real(cell):.4g} cannot move by {np.real(points):+.4g}")
    matrix[row] = matrix[row] * ((1 - cell - points) / (1 - cell))
    matrix[row, column] = cell + points
    return matrix


def sensitivity(model, terms, brand):
    """Equity gained by the state numbered ``brand`` for one more point in each cell: a square array, nan on full cells.

    The derivative times one point, exact to rounding. The cell's own brand bought last is the row.
    """
    k = len(model.start)
    gains = np.full((k, k), np.nan)
    for row in range(k):
        for column in range(k):
            if model.matrix[row, column] < 1:
                moved = shifted(model.matrix.astype(complex), row, column, 1e-30j)
                there = clv.per_customer(model._replace(matrix=moved), terms)[brand]
                gains[row, column] = there.imag / 1e-30 * POINT * terms.population
    return gains


def table(sample, terms, brand, level=0.95):
    """The levers of one brand: one point more from each brand bought last, its own first; a pandas frame.

    Columns ``lever`` (``keep`` or ``win from``), ``from_brand``, ``probability`` (now), ``customers`` (of the
    population, who bought that brand last), ``gain`` (equity per point, which is also the most that a point may cost),
    ``low``, ``high``. Rows with the largest gain first. Raises ValueError when ``brand`` is no state.
    """
    names = sample.names
    place = position(names, brand)

    def gains(model):
        return np.array(
            [
                clv.per_customer(model._replace(matrix=_nudged(model.matrix, row, place)), terms)[place]
                - clv.per_customer(model, terms)[place]
                for row in range(len(names))
            ]
        )

    found = switching.interval(sample, lambda model: gains(model) * terms.population, level)
    model = switching.model(sample)
    rows = pd.DataFrame(
        {
            "lever": ["keep" if name == brand else "win from" for name in names],
            "from_brand": list(names),
            "probability": model.matrix[:, place],
            "customers": np.round(model.start * terms.population, 6),
            "gain": found["value"],
            "low": found["low"],
            "high": found["high"],
        }
    )
    return rows.sort_values("gain", ascending=False, ignore_index=True)


def _nudged(matrix, row, place):
    """One point more where there is room for it, else what there is."""
    room = min(POINT, 1 - float(np.real(matrix[row, place])))
    if room <= 0:
        return matrix
    return shifted(matrix, row, place, room)


def position(names, brand):
    """The place of a state among the names, or a ValueError that lists them."""
    if brand not in names:
        raise ValueError(f"{brand!r} is no state of this matrix; there are {', '.join(names)}")
    return names.index(brand)


def focus(table, wanted=""):
    """The brand to look through: ``wanted`` when it is there, else the one with the largest equity (ties to the first)."""
    names = table["brand"].tolist()
    return wanted if wanted in names else names[int(table["equity"].to_numpy().argmax())]


def effect(sample, change, terms, brand, cost=0.0, level=0.95):
    """What a changed model is worth to a brand: a dict with intervals.

    ``change``: a function from model to model, plain arithmetic (such as :func:`retention`); ``cost``: what bringing it
    about costs, at today's value. ``gain``, ``gain_low``, ``gain_high``: equity after less before; ``return_on_marketing``
    = (gain - cost) / cost with its ends, None when nothing is spent; ``share_change``: of all equity, in 0-1.
    """
    place = position(sample.names, brand)

    def outcome(model):
        after, before = (clv.per_customer(m, terms) for m in (change(model), model))
        return np.array(
            [(after - before)[place] * terms.population, after[place] / after.sum() - before[place] / before.sum()]
        )

    found = switching.interval(sample, outcome, level)
    gain = {
        f"gain{end}": float(found[column][0]) for end, column in (("", "value"), ("_low", "low"), ("_high", "high"))
    }
    return gain | returns(gain, cost) | {"share_change": float(found["value"][1]), "cost": float(cost)}


def campaign(sample, terms, brand, points, cost=0.0, level=0.95):
    """:func:`effect` of ``points`` (of 100) more of the brand's buyers who stay, as far as there is room: a dict.

    With ``points``, those that there was room for. None where there is none, or none is asked for.
    """
    place = position(sample.names, brand)
    room = 1 - float(switching.model(sample).matrix[place, place])
    step = min(points / 100, room)
    if step <= 0:
        return None
    return effect(sample, retention(place, step), terms, brand, cost, level) | {"points": step * 100}


def returns(gains, cost):
    """Return on marketing of gains before cost: ``return_on_marketing`` = (gain - cost) / cost, and the same of its ends.

    None where nothing is spent. Rust, Lemon and Zeithaml (2004): equity up by 101.3 million for 70 million spent.

    >>> round(returns({"gain": 101.3}, 70.0)["return_on_marketing"], 3)
    0.447
    """
    return {f"return_on_marketing{key[4:]}": (gain - cost) / cost if cost > 0 else None for key, gain in gains.items()}


def retention(place, points):
    """A change for :func:`effect`: the brand in ``place`` keeps ``points`` more of its buyers."""
    return lambda model: model._replace(matrix=shifted(model.matrix, place, place, points))


def conquest(place, rival, points):
    """A change for :func:`effect`: the brand wins ``points`` more of the buyers of the rival."""
    return lambda model: model._replace(matrix=shifted(model.matrix, rival, place, points))
