"""Small cells: figures that stand for so few customers that a reader could tell who they are.

A row or cell of 1 to ``minimum`` - 1 customers is withheld. As totals are known, one withheld cell alone could be
had by subtraction, so the next smallest of its line is withheld with it (complementary suppression; Hundepool et
al., *Statistical Disclosure Control*, 2012, ch. 4). Zero is not withheld: it speaks of nobody.
"""

import numpy as np

from crm_analysis.display import words

MINIMUM = 5
COUNT = "customers"
MARK = "*"
DEARER = 3  # a cell that leaves another line with a single hidden one counts as so many times its customers


def note():
    """What the mark means, for a caption."""
    return words.sentence(
        "* withheld: fewer than {minimum} customers, or needed to hide such a figure", minimum=MINIMUM
    )


def rows(frame, count=COUNT, minimum=MINIMUM):
    """Which rows of a table of groups are withheld: an array of bool. ``count`` names the column of customers.

    >>> import pandas as pd
    >>> rows(pd.DataFrame({"customers": [3, 40, 9, 0]})).tolist()
    [True, False, True, False]
    """
    counts = frame[count].fillna(0).to_numpy(dtype=float)
    return _completed(counts[:, None], minimum, axes=(0,))[:, 0]


def small(frame):
    """Which rows of any table stand for too few customers: none where it counts no customers, or has one group only.

    A table of one group is the whole base and speaks of nobody in it.

    >>> import pandas as pd
    >>> small(pd.DataFrame({"share": [0.2, 0.8]})).tolist(), small(pd.DataFrame({"customers": [3]})).tolist()
    ([False, False], [False])
    """
    if COUNT not in frame.columns or (frame[COUNT] > 0).sum() < 2:
        return np.zeros(len(frame), dtype=bool)
    return rows(frame)


def cells(counts, minimum=MINIMUM):
    """Which cells of a cross table of customers are withheld, totals of rows and columns being known.

    ``counts`` is a pandas frame or array of counts, missing where there is nobody; gives an array of bool.

    >>> cells([[3, 20, 30], [20, 20, 30], [20, 9, 30]]).astype(int).tolist()
    [[1, 1, 0], [1, 1, 0], [0, 0, 0]]
    """
    return _completed(np.nan_to_num(np.asarray(counts, dtype=float)), minimum, axes=(0, 1))


def _completed(counts, minimum, axes):
    """Withhold small cells, then the smallest other one in each line that has only one, until no line has."""
    hidden = (counts > 0) & (counts < minimum)
    while True:
        for axis in axes:
            alone = np.flatnonzero((hidden.sum(axis=axis) == 1) & ((counts > 0).sum(axis=axis) > 1))
            if alone.size:
                line = alone[0]
                at = (slice(None), line) if axis == 0 else (line, slice(None))
                open_cells = np.where((counts[at] > 0) & ~hidden[at], counts[at], np.inf)
                # prefer a cell in a line that has a hidden one already, for fewer are lost then; but not a much larger one
                crossing = hidden.any(axis=1 - axis) if len(axes) > 1 else np.zeros(len(open_cells), dtype=bool)
                place = int(np.argmin(np.where(crossing, open_cells, open_cells * DEARER)))
                hidden[(place, line) if axis == 0 else (line, place)] = True
                break
        else:
            return hidden
