"""How far a table has moved from an earlier one: the population stability index of its columns.

The earlier table gives the bins (tenths of its rows) and the share of rows in each; the later one is counted in the
same bins. What is stored is a few cut points and shares, never a row.

Source: N. Siddiqi (2006), *Credit Risk Scorecards*: below 0.10 no change to speak of, 0.10 to 0.25 some, above 0.25 a
major shift.
"""

import math
from collections.abc import Mapping

import narwhals as nw

from . import frames

BINS = 10
FEWEST_ROWS = 50  # five rows to a bin: fewer would tell of single customers, and the index would be noise
FLOOR = 1e-4  # an empty bin counts as one row in ten thousand, or its logarithm would not exist


def psi(expected_shares, actual_shares):
    """The population stability index of two distributions: sum of (a - e) ln(a / e); 0 when they are equal.

    Both are shares (0-1, summing to 1): sequences over the same bins in the same order, or mappings by name, where a
    name that one side lacks has share 0. Empty bins count as a share of 0.0001. Raises ValueError for shares that are
    none.

    >>> round(psi([0.5, 0.5], [0.6, 0.4]), 4)
    0.0405
    """
    if isinstance(expected_shares, Mapping) != isinstance(actual_shares, Mapping):
        raise ValueError("both distributions must be given by name, or both in the same order")
    if isinstance(expected_shares, Mapping):
        names = [*expected_shares, *(name for name in actual_shares if name not in expected_shares)]
        expected_shares, actual_shares = ([s.get(n, 0.0) for n in names] for s in (expected_shares, actual_shares))
    expected, actual = _shares(expected_shares, "expected"), _shares(actual_shares, "actual")
    if len(expected) != len(actual):
        raise ValueError(f"{len(expected)} expected shares, but {len(actual)} actual ones: the bins must be the same")
    pairs = ((max(e, FLOOR), max(a, FLOOR)) for e, a in zip(expected, actual, strict=True))
    return math.fsum((a - e) * math.log(a / e) for e, a in pairs)


def _shares(values, which):
    values = [float(v) for v in values]
    if not values or not all(0 <= v <= 1 for v in values) or abs(math.fsum(values) - 1) > 1e-6:
        raise ValueError(f"the {which} shares must lie between 0 and 1 and sum to 1; they sum to {math.fsum(values):g}")
    return values


def bins(table, columns):
    """Column -> ``{"cuts", "shares"}`` of a frame: cut points at tenths of its rows, and the share of rows between them.

    Equal cut points are one; a value on a cut point lies below it. Missing values are left out; a column with fewer
    than 50 values, or with one value only, is absent.
    """
    frame = nw.from_native(table)
    asked = [(column, i / BINS) for column in columns for i in range(1, BINS)]
    found = frames.to_pandas(
        frame.select(
            *(nw.col(c).quantile(q, interpolation="linear").alias(f"{c}:{i}") for i, (c, q) in enumerate(asked)),
            *(nw.col(c).count().alias(f"{c}:n") for c in columns),
            *(nw.col(c).max().alias(f"{c}:top") for c in columns),
        )
    ).iloc[0]
    cuts = {}
    for column in columns:
        if found[f"{column}:n"] < FEWEST_ROWS:
            continue
        points = sorted({round(float(found[f"{c}:{i}"]), 6) for i, (c, _) in enumerate(asked) if c == column})
        points = [point for point in points if point < found[f"{column}:top"]]
        if points:
            cuts[column] = tuple(points)
    shares = counted(table, cuts)
    # between two whole numbers a tenth may fall where no value is: such a bin is joined with the one above
    filled = {c: tuple(cut for cut, share in zip(cuts[c], shares[c], strict=False) if share) for c in shares}
    return {c: {"cuts": list(filled[c]), "shares": [share for share in shares[c] if share]} for c in shares}


def counted(table, cuts):
    """Column -> shares of the rows in the bins that ``cuts`` (column -> ascending cut points) make.

    Missing values are left out; a column that the table lacks, or of which it has fewer than 50 values, is absent.

    >>> import pandas as pd
    >>> counted(pd.DataFrame({"orders": [1, 1, 2, 9] * 15}), {"orders": [1, 5], "lines": [3]})
    {'orders': (0.5, 0.25, 0.25)}
    """
    frame = nw.from_native(table)
    there = frame.collect_schema().names()
    cuts = {column: points for column, points in cuts.items() if column in there}
    if not cuts:
        return {}
    below = [
        ((nw.col(c) <= point).cast(nw.Int64)).sum().alias(f"{c}:{i}")
        for c, points in cuts.items()
        for i, point in enumerate(points)
    ]
    found = frames.to_pandas(frame.select(*below, *(nw.col(c).count().alias(f"{c}:n") for c in cuts))).iloc[0]
    shares = {}
    for column, points in cuts.items():
        n = int(found[f"{column}:n"])
        if n >= FEWEST_ROWS:
            edges = [0, *(int(found[f"{column}:{i}"]) for i in range(len(points))), n]
            shares[column] = tuple((high - low) / n for low, high in zip(edges, edges[1:], strict=False))
    return shares
