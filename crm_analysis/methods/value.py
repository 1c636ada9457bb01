"""How unevenly value is spread over customers: Lorenz curve, Gini coefficient, top shares, the 80/20 rule tested."""

import math

import narwhals as nw
import numpy as np
import pandas as pd

from crm_analysis.data import frames
from crm_analysis.data.errors import TooLittle


def lorenz(customers, value="revenue", points=100):
    """The Lorenz curve: cumulative share of value held by the poorest share of customers.

    Columns ``customer_share`` and ``value_share`` (both 0-1, from 0 to 1), at most ``points`` + 1 rows. Negative
    values are allowed; the curve then dips below zero first. Raises ValueError when the total is not positive:
    shares of nothing do not exist.

    >>> import pandas as pd
    >>> lorenz(pd.DataFrame({"revenue": [1.0, 3.0]})).values.tolist()
    [[0.0, 0.0], [0.5, 0.25], [1.0, 1.0]]
    """
    values = _sorted(customers, value)
    cumulated = np.concatenate([[0.0], np.cumsum(values)])
    n = len(values)
    at = np.unique(np.round(np.linspace(0, n, min(points, n) + 1)).astype(int))
    return pd.DataFrame({"customer_share": at / n, "value_share": cumulated[at] / cumulated[-1]})


def gini(customers, value="revenue"):
    """Gini coefficient, sum((2i - n - 1) x_(i)) / (n sum x): 0 when all are equal, towards 1 when one has all.

    With negative values it can exceed 1. Raises ValueError when the total is not positive.

    >>> import pandas as pd
    >>> gini(pd.DataFrame({"revenue": [1.0, 1.0, 1.0, 1.0]}))
    0.0
    """
    values = _sorted(customers, value)
    n = len(values)
    return float(np.dot(2 * np.arange(1, n + 1) - n - 1, values) / (n * values.sum()))


def top_shares(customers, value="revenue", tops=(0.01, 0.05, 0.10, 0.20, 0.50)):
    """What the best customers hold: columns ``top_share``, ``customers``, ``revenue``, ``revenue_share``.

    The top share p of n customers is the best ceil(n p) of them. Equal customers at the edge are interchangeable,
    so the revenue is well defined.
    """
    values = _sorted(customers, value)[::-1]
    cumulated = np.cumsum(values)
    sizes = [math.ceil(round(len(values) * p, 9)) for p in tops]
    held = [float(cumulated[size - 1]) for size in sizes]
    total = float(cumulated[-1])
    return pd.DataFrame(
        {"top_share": tops, "customers": sizes, "revenue": held, "revenue_share": [h / total for h in held]}
    )


def eighty_twenty(customers, value="revenue", top=0.2, claim=0.8):
    """Whether the best ``top`` of the customers bring ``claim`` of the value: a dict, tested rather than asserted.

    ``share`` they bring with its 95 % limits ``low`` and ``high`` (the customers taken as a sample of all there might be);
    ``needed``: the share of customers that brings ``claim``; ``balance``: the p at which the best p bring 1 - p;
    ``verdict``: ``holds`` when ``claim`` lies within the limits, else ``more concentrated`` or ``less concentrated``.

    The limits come from the influence function of a Lorenz ordinate: with X the value, q its quantile at 1 - top, m its
    mean and T the share, each customer counts ((X - q)+ + q top - T X) / m. Source: C. M. Beach and R. Davidson
    (1983), Review of Economic Studies 50.
    """
    values = _sorted(customers, value)[::-1]
    n, held = len(values), np.cumsum(values)
    at = np.arange(1, n + 1) / n
    share = float(held[math.ceil(round(n * top, 9)) - 1] / held[-1])
    quantile, mean = float(np.quantile(values, 1 - top)), float(values.mean())
    influence = (np.maximum(values - quantile, 0) + quantile * top - share * values) / mean
    half = 1.959964 * float(influence.std()) / math.sqrt(n)
    needed = float(at[np.argmax(held >= claim * held[-1] - 1e-9 * held[-1])])
    balance = float(at[np.argmax(held / held[-1] >= 1 - at)])
    low, high = share - half, share + half
    verdict = "holds" if low <= claim <= high else "more concentrated" if low > claim else "less concentrated"
    return {"share": share, "low": low, "high": high, "needed": needed, "balance": balance, "verdict": verdict}


def _sorted(customers, value):
    """One column as an ascending array: 10 million customers are 80 MB, less than any sort done elsewhere."""
    column = frames.to_pandas(nw.from_native(customers).select(value))[value]
    values = np.sort(column.to_numpy(dtype=float))
    if len(values) == 0 or not values.sum() > 0:
        raise TooLittle(f"the total of {value} over {len(values)} customers is not positive: it cannot be shared out")
    return values
