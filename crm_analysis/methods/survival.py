"""How long something takes when some cases are not over yet: the Kaplan-Meier estimate.

Open cases are censored: they count as "not yet" for as long as they have been open. Averaging the closed ones instead
would make a service look fast because its slow cases are still open. Source: Kaplan and Meier (1958), JASA 53; variance
of Greenwood (1926); interval of the quantile by Brookmeyer and Crowley (1982), Biometrics 38.

Forty lines, held to the published 6-MP data of Freireich et al. (1963), instead of a dependency: the libraries that
offer the estimate bring automatic differentiation, formula parsing and plotting along.
"""

import math

import numpy as np
import pandas as pd

from crm_analysis.methods import intervals

COLUMNS = ["time", "at_risk", "events", "censored", "share_left", "standard_error", "low", "high"]


def curve(durations, ended, level=0.95):
    """The share of cases not over after each time at which one ended: a pandas frame, one row per such time.

    ``durations``: time until the end, or until now where ``ended`` is False; a case that ends and one that is censored
    at the same time: the end comes first. Columns ``time``, ``at_risk``, ``events``, ``censored`` (at this time and up to
    the next row), ``share_left`` (0-1), ``standard_error`` (Greenwood), ``low`` and ``high`` (log-log interval, which
    stays between 0 and 1). Raises ValueError for a missing or negative duration.

    >>> curve([1, 2, 2, 4], [True, True, False, True])[["time", "at_risk", "share_left"]].values.tolist()
    [[1.0, 4.0, 0.75], [2.0, 3.0, 0.5], [4.0, 1.0, 0.0]]
    """
    times, over = np.asarray(durations, dtype=float), np.asarray(ended, dtype=bool)
    wrong = np.isnan(times) | (times < 0)
    if wrong.any():
        raise ValueError(f"{int(wrong.sum())} of {len(times)} durations are missing or negative, the first in row "
                         f"{int(np.flatnonzero(wrong)[0]) + 1}: a case cannot end before it begins")  # fmt: skip
    at = np.unique(times[over])
    if len(at) == 0:
        return pd.DataFrame({c: pd.Series(dtype=float) for c in COLUMNS})
    at_risk = len(times) - np.searchsorted(np.sort(times), at, side="left")
    events = np.searchsorted(np.sort(times[over]), at, side="right") - np.searchsorted(
        np.sort(times[over]), at, side="left"
    )
    left = np.cumprod(1 - events / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = np.cumsum(events / (at_risk * (at_risk - events)))
        error = np.where(left > 0, left * np.sqrt(hazard), 0.0)
        spread = intervals.normal_quantile(level) * np.sqrt(hazard) / np.abs(np.log(left))
        low, high = left ** np.exp(spread), left ** np.exp(-spread)
    low, high = np.where(left > 0, low, math.nan), np.where(left > 0, high, math.nan)
    waiting = np.append(np.searchsorted(at, times[~over], side="right"), np.arange(len(at) + 1))
    censored = (np.bincount(waiting) - 1)[1:]
    return pd.DataFrame(dict(zip(COLUMNS, [at, at_risk, events, censored, left, error, low, high], strict=True)))


def share_left(table, time):
    """Share not over after ``time`` with its interval (value, low, high); 1 before the first end.

    ``table``: that of :func:`curve`. Beyond the last time at which a case ended the estimate stays as it was.
    """
    before = table[table["time"] <= time]
    if before.empty:
        return 1.0, math.nan, math.nan
    return tuple(float(v) for v in before[["share_left", "low", "high"]].iloc[-1])


def quantile(table, share):
    """The time by which ``share`` of the cases are over (value, low, high); missing where it is not reached.

    The interval holds every time whose interval of the share left includes 1 - ``share``.

    >>> quantile(curve([1, 2, 3, 4], [True] * 4), 0.5)[0]
    2.0
    """
    target = 1 - share + 1e-12
    ends = [table.loc[table[column] <= target, "time"].min() for column in ("share_left", "low", "high")]
    return tuple(math.nan if pd.isna(v) else float(v) for v in ends)
