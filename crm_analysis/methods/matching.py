"""Did customers come back after an event? Compared with alike customers who were in the same situation without it.

Coarsened exact matching (Iacus, King and Porro 2012, Political Analysis 20) on purchases: the last purchase before the
event is compared with purchases of other customers in the same quarter, with the same number of purchases so far, the
same time since the one before, a similar amount and the same use of a discount, that had equally many days go by
without another purchase. Who buys often both complains more and comes back more; this takes it out. What the bands do
not hold (mood, plans, a rival's offer) stays in: the comparison is not an experiment.

All purchases are counted once by cell and by days until the next purchase, on any engine; the rest is small.
"""

import math
from typing import NamedTuple

import narwhals as nw
import numpy as np
import pandas as pd

from crm_analysis.data import frames

NUMBER_BANDS = (2, 3, 6, 11)  # purchases so far: 1 | 2 | 3-5 | 6-10 | 11 or more
GAP_BANDS = (31, 91, 181)  # days since the purchase before: up to 30 | 90 | 180 | more
CELL = ["period", "number_band", "gap_band", "amount_band", "discounted"]
PERIOD_DAYS = 91
DAY = nw.col("order_day")


class Window(NamedTuple):
    """``within_days``: time to come back, counted from the event; ``lag_days``: longest time from purchase to event."""

    within_days: int = 180
    lag_days: int = 30


def matched(transactions, events, as_of, window=Window(), amount_cuts=None):  # noqa: B008 - a frozen NamedTuple
    """One row per event that could be compared: did the customer buy again, and how often do alike customers.

    ``transactions``: any frame with ``customer_id``, ``order_day``, ``amount`` (and ``discount``). ``events``: a small pandas
    frame with ``customer_id`` and ``event_day`` (whole days since 1970-01-01); only the first event of a customer is used,
    and only if a purchase lies at most ``lag_days`` before it and ``within_days`` after it are over by ``as_of``.

    Columns ``customer_id``, ``event_day``, ``again`` (1 or 0), ``expected`` (share of the controls who bought again, missing
    without any), ``controls`` (their number), ``cell`` (number of the cell). Controls are purchases of other customers, or
    of the same before anything happened to them.
    """
    today = frames.day_number(as_of)
    first = events.groupby("customer_id", as_index=False)["event_day"].min()
    first = first[first["event_day"] + window.within_days < today]
    names = ["customer_id", "event_day", "again", "expected", "controls", "cell"]
    if first.empty:
        return pd.DataFrame(columns=names)
    days = _purchase_days(transactions)
    cuts = amount_cuts or _amount_cuts(days)
    situated = _situated(days, cuts)
    everything = events.groupby("customer_id")["event_day"].min()
    mine = frames.to_pandas(situated.filter(nw.col("customer_id").is_in(list(everything.index))))
    found = _at_event(mine, first, window)
    if found.empty:
        return pd.DataFrame(columns=names)
    known = situated.filter(window.lag_days + window.within_days + DAY < today)
    counts = frames.to_pandas(known.group_by(*CELL, "gap").agg(n=nw.len()))
    touched = mine[mine["order_day"] + window.lag_days + window.within_days < today]
    touched = touched[touched["order_day"] + window.lag_days >= touched["customer_id"].map(everything)]
    less = touched.groupby([*CELL, "gap"]).size().rename("less").reset_index()
    counts = counts.merge(less, on=[*CELL, "gap"], how="left")
    counts["n"] = counts["n"] - counts["less"].fillna(0)
    return _compared(found, counts, window)[names]


def effect(table, level=0.95):
    """What the matched events come to, a dict: ``events``, ``matched``, ``again_share``, ``expected_share``, ``difference``
    with ``low`` and ``high``, ``ratio`` (of the two shares) with ``ratio_low`` and ``ratio_high``.

    Events without any control are counted but not compared. The variance is that of the differences between what each
    customer did and what was expected, plus that of the expectation, shared by all events of one cell.
    """
    from crm_analysis.methods import intervals

    names = ["again_share", "expected_share", "difference", "low", "high", "ratio", "ratio_low", "ratio_high"]
    known = table.dropna(subset="expected")
    result = {"events": len(table), "matched": len(known)}
    n = len(known)
    if n < 2:
        return result | dict.fromkeys(names, math.nan)
    again, expected = float(known["again"].mean()), float(known["expected"].mean())
    cells = known.groupby("cell").agg(n=("again", "size"), p=("expected", "mean"), m=("controls", "mean"))
    of_controls = float(((cells["n"] / n) ** 2 * cells["p"] * (1 - cells["p"]) / cells["m"]).sum())
    error = math.sqrt((known["again"] - known["expected"]).astype(float).var(ddof=1) / n + of_controls)
    z = intervals.normal_quantile(level)
    result |= {"again_share": again, "expected_share": expected, "difference": again - expected}
    result |= {"low": again - expected - z * error, "high": again - expected + z * error}
    ratio = again / expected if expected > 0 else math.nan
    spread = z * error / expected if expected > 0 else math.nan
    return result | {"ratio": ratio, "ratio_low": max(0.0, ratio - spread), "ratio_high": ratio + spread}


def _purchase_days(transactions):
    """One row per customer and day with a purchase: amount, whether anything was discounted."""
    frame = nw.from_native(transactions)
    have = set(frame.collect_schema().names())
    given = nw.col("discount").fill_null(0.0) if "discount" in have else nw.lit(0.0)
    bought = frame.filter(nw.col("amount") >= 0).with_columns(given=given)
    days = bought.group_by("customer_id", "order_day").agg(amount=nw.col("amount").sum(), given=nw.col("given").sum())
    return days.with_columns(amount=nw.col("amount").round(4), given=nw.col("given").round(4))


def _amount_cuts(days):
    found = frames.to_pandas(
        days.select(
            *(nw.col("amount").quantile(q, interpolation="linear").alias(f"q{i}") for i, q in enumerate((1 / 3, 2 / 3)))
        )
    )
    return tuple(round(float(v), 4) for v in found.iloc[0])


def _situated(days, cuts):
    """Each purchase day with its cell and ``gap``: days until the next purchase, -1 if there is none."""
    one = days.with_columns(one=nw.lit(1))
    ordered = {"order_by": "order_day"}
    one = one.with_columns(
        number=nw.col("one").cum_sum().over("customer_id", **ordered),
        before=DAY - DAY.shift(1).over("customer_id", **ordered),
        gap=(DAY.shift(-1).over("customer_id", **ordered) - DAY).fill_null(-1),
    )
    return one.select(
        "customer_id",
        "order_day",
        gap=nw.col("gap").cast(nw.Int64),
        period=(DAY // PERIOD_DAYS).cast(nw.Int64),
        number_band=_band(nw.col("number"), NUMBER_BANDS),
        gap_band=nw.when(nw.col("before").is_null()).then(nw.lit(-1)).otherwise(_band(nw.col("before"), GAP_BANDS)),
        amount_band=_band(nw.col("amount"), cuts, strict=True),
        discounted=nw.when(nw.col("given") > 0).then(nw.lit(1)).otherwise(nw.lit(0)),
    )


def _band(column, cuts, strict=False):
    above = [(column > cut) if strict else (column >= cut) for cut in cuts]
    return nw.sum_horizontal(nw.lit(0), *(nw.when(a).then(nw.lit(1)).otherwise(nw.lit(0)) for a in above))


def _at_event(mine, first, window):
    """The last purchase before each event, if it is not too far back, and what came after."""
    pairs = mine.merge(first, on="customer_id")
    pairs = pairs[pairs["order_day"] <= pairs["event_day"]]
    last = pairs.loc[pairs.groupby("customer_id")["order_day"].idxmax()].copy()
    last["lag"] = last["event_day"] - last["order_day"]
    last = last[last["lag"] <= window.lag_days].reset_index(drop=True)
    last["again"] = ((last["gap"] > last["lag"]) & (last["gap"] <= last["lag"] + window.within_days)).astype(int)
    last["cell"] = last.groupby(CELL, sort=True).ngroup()
    return last


def _compared(found, counts, window):
    """How many controls of the cell had not bought again at the same lag, and how many did afterwards."""
    counts = counts.merge(found[CELL].drop_duplicates(), on=CELL)
    cells = {key: (part["gap"].to_numpy(), part["n"].to_numpy(dtype=float)) for key, part in counts.groupby(CELL)}
    expected, controls = [], []
    for row in found[[*CELL, "lag"]].itertuples(index=False):
        gap, n = cells.get(tuple(row)[:-1], (np.empty(0), np.empty(0)))
        waiting = (gap < 0) | (gap > row.lag)
        came = (gap > row.lag) & (gap <= row.lag + window.within_days)
        m = float(n[waiting].sum())
        controls.append(m)
        expected.append(float(n[came].sum()) / m if m > 0 else math.nan)
    return found.assign(expected=expected, controls=controls).sort_values("customer_id", ignore_index=True)
