"""Do customers come back after a complaint, and does good handling bring them back? (service recovery)

Each customer's first complaint is compared with alike customers who did not complain (``matching``); the comparison is
made for all and by how the case was handled. Grouping rests on what was known when the promise fell due, so that nobody
is in a group because of what he bought later.
"""


import numpy as np
import pandas as pd

from crm_analysis.data import frames
from crm_analysis.methods import complaints, matching

NAMES = ["group", "events", "matched", "again_share", "expected_share", "difference", "low", "high"]
RATIOS = ["ratio", "ratio_low", "ratio_high"]


def events(table, valid_only=False):
    """First complaints as events for :func:`matching.matched`: ``customer_id``, ``event_day``.

    ``table``: that of ``service.cases``; ``valid_only``: only complaints found justified.
    """
    rows = table[table["valid"].eq(True)] if valid_only else table
    days = (rows["opened_at"].dt.floor("D") - pd.Timestamp(frames.EPOCH)).dt.days
    return pd.DataFrame({"customer_id": rows["customer_id"], "event_day": days.astype("int64")}).reset_index(drop=True)


def table(cases, transactions, as_of, window=matching.Window(), promised_hours=72):  # noqa: B008 - frozen
    """How many came back, against alike customers without a complaint: one row per group.

    Groups: ``all``; ``result in time`` and ``result late or none``; ``found justified`` and ``found not justified``. Columns
    ``group``, ``events`` (first complaints old enough), ``matched``, ``again_share`` (bought again within the window),
    ``expected_share``, ``difference`` with ``low`` and ``high``, and ``ratio`` with its ends. No cases or no transactions:
    an empty table.
    """
    if cases.empty or transactions is None:
        return pd.DataFrame(columns=[*NAMES, *RATIOS])
    first = cases.sort_values(["opened_at", "case_id"]).drop_duplicates("customer_id")
    found = matching.matched(transactions, events(cases), as_of, window)
    handled = first.assign(in_time=complaints.in_time(_at(first, cases), promised_hours))
    found = found.merge(handled[["customer_id", "in_time", "valid"]], on="customer_id", how="left")
    groups = {
        "all": np.full(len(found), True),
        "result in time": found["in_time"].eq(True),
        "result late or none": found["in_time"].eq(False),
        "found justified": found["valid"].eq(True),
        "found not justified": found["valid"].eq(False),
    }
    rows = [{"group": name} | matching.effect(found[where]) for name, where in groups.items()]
    return pd.DataFrame(rows)[[*NAMES, *RATIOS]]


def left_share(row):
    """Share of customers whom the event drove away, 1 - ratio, with its ends (value, low, high).

    Read as "of those who would have bought again, so many did not"; negative where more came back than expected.
    """
    return 1 - row["ratio"], 1 - row["ratio_high"], 1 - row["ratio_low"]


def _at(part, whole):
    """The part with the moment of the whole: frames lose it when rows are taken."""
    part = part.copy()
    part.attrs["now"] = whole.attrs["now"]
    return part


