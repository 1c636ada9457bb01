"""Do customers come back after a complaint, and does good handling bring them back? (service recovery)

Each customer's first complaint is compared with alike customers who did not complain (``matching``); the comparison is
made for all and by how the case was handled. Grouping rests on what was known when the promise fell due, so that nobody
is in a group because of what he bought later.
"""

import math

import narwhals as nw
import numpy as np
import pandas as pd

from crm_analysis.data import frames
from crm_analysis.methods import complaints, matching, service

NAMES = ["group", "events", "matched", "again_share", "expected_share", "difference", "low", "high"]
NOBODY = pd.DataFrame({"customer_id": pd.Series(dtype=str), "event_day": pd.Series(dtype="int64")})
LATE = "Result late or none"
RATIOS = ["ratio", "ratio_low", "ratio_high"]


def events(table, valid_only=False):
    """First complaints as events for :func:`matching.matched`: ``customer_id``, ``event_day``.

    ``table``: that of ``service.cases``; ``valid_only``: only complaints found justified.
    """
    rows = table[table["valid"].eq(True)] if valid_only else table
    days = (rows["opened_at"].dt.floor("D") - pd.Timestamp(frames.EPOCH)).dt.days
    return pd.DataFrame({"customer_id": rows["customer_id"], "event_day": days.astype("int64")}).reset_index(drop=True)


def justified(service_log, transactions, as_of, window=matching.Window()):  # noqa: B008 - frozen
    """Who came back after a first complaint found justified: the table of ``matching.matched``; empty without a log."""
    if service_log is None:
        return matching.matched(transactions, NOBODY, as_of, window)
    return matching.matched(transactions, events(service.cases(service_log, as_of), valid_only=True), as_of, window)


def returns(transactions):
    """First returns of goods as events: ``customer_id``, ``event_day``; from any order log with negative amounts."""
    back = nw.from_native(transactions).filter(nw.col("amount") < 0).group_by("customer_id")
    return frames.to_pandas(back.agg(event_day=nw.col("order_day").min()))


def table(cases, transactions, as_of, window=matching.Window(), promised_hours=72):  # noqa: B008 - frozen
    """How many came back, against alike customers without a complaint: one row per group.

    Groups: ``All``; ``Result in time`` and ``Result late or none``; ``Found justified`` and ``Found not justified``. Columns
    ``group``, ``events`` (first complaints old enough), ``matched``, ``again_share`` (bought again within the window),
    ``expected_share``, ``difference`` with ``low`` and ``high``, and ``ratio`` with its ends. A last row, ``Goods returned``,
    does the same for first returns of goods, where the order log has any. Without cases that row is all.
    """
    rows = [] if cases.empty else _complained(cases, transactions, as_of, window, promised_hours)
    back = returns(transactions)
    if len(back):
        rows.append({"group": "Goods returned"} | matching.effect(matching.matched(transactions, back, as_of, window)))
    return pd.DataFrame(rows, columns=[*NAMES, *RATIOS])


def left_share(recovery):
    """Share of customers whom a late result drove away, 1 - ratio of that row of :func:`table`; missing without one.

    Of those who would have bought again, so many did not.
    """
    rows = recovery.loc[recovery["group"] == LATE, "ratio"]
    return 1 - float(rows.iloc[0]) if len(rows) else math.nan


def _complained(cases, transactions, as_of, window, promised_hours):
    first = cases.sort_values(["opened_at", "case_id"]).drop_duplicates("customer_id")
    found = matching.matched(transactions, events(cases), as_of, window)
    handled = first.assign(in_time=complaints.in_time(_at(first, cases), promised_hours))
    found = found.merge(handled[["customer_id", "in_time", "valid"]], on="customer_id", how="left")
    groups = {
        "All": np.full(len(found), True),
        "Result in time": found["in_time"].eq(True),
        LATE: found["in_time"].eq(False),
        "Found justified": found["valid"].eq(True),
        "Found not justified": found["valid"].eq(False),
    }
    return [{"group": name} | matching.effect(found[where]) for name, where in groups.items()]


def _at(part, whole):
    """The part with the moment of the whole: frames lose it when rows are taken."""
    part = part.copy()
    part.attrs["now"] = whole.attrs["now"]
    return part
