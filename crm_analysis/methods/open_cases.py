"""Open complaints: what is at stake, and whom to call today, in which order."""

import math

import narwhals as nw
import pandas as pd

from crm_analysis.data import frames
from crm_analysis.methods import service

DAY = nw.col("order_day")
REASONS = {
    "first_response_at": "No first response yet",
    "resolved_at": "No result yet",
    "visited_at": "No visit yet",
}
UNHAPPY = "Unhappy with the handling"
COLUMNS = ["case_id", "customer_id", "kind", "opened_on", "reason", "promised_hours", "open_hours", "overdue_hours"]


def recent_revenue(transactions, customer_ids, as_of, window_days=365):
    """Revenue of each of some customers in the ``window_days`` up to ``as_of``, net of returns: a pandas series.

    ``transactions`` is any frame; only the lines of the named customers travel. None: every value is missing.
    """
    wanted = sorted(set(customer_ids))
    if transactions is None or not wanted:
        return pd.Series(math.nan, index=pd.Index(wanted, name="customer_id"), dtype=float)
    today = frames.day_number(as_of)
    lines = nw.from_native(transactions).filter(today - window_days < DAY, today >= DAY)
    mine = lines.filter(nw.col("customer_id").is_in(wanted))
    sums = frames.to_pandas(mine.group_by("customer_id").agg(revenue=nw.col("amount").sum()))
    return sums.set_index("customer_id")["revenue"].round(4).reindex(wanted).fillna(0.0)


def call_list(cases, revenue, steps=service.PROMISES, ahead_hours=24, unhappy=2, since_days=30):
    """Whom to call today: one row per case that needs a call, the most urgent first.

    ``cases``: those of ``service.cases``; ``revenue``: a series by customer (:func:`recent_revenue`). A case is listed for the
    first step that it lacks of first response, result and visit, if the promise is broken or falls due within
    ``ahead_hours``; and if its result is at most ``since_days`` old and the customer was ``unhappy`` (that answer or a lower
    one) with it. A missing visit is listed only while the case is not archived. Steps that the log never shows are left out.

    Columns ``case_id``, ``customer_id``, ``kind``, ``opened_on``, ``reason``, ``promised_hours``, ``open_hours``,
    ``overdue_hours`` (negative: still in time; missing for the unhappy), ``recent_revenue``. Sorted by whether the promise is
    broken, then by revenue.
    """
    now, rows = cases.attrs["now"], []
    promised = steps.set_index("column")["promised_hours"]
    listed = pd.Series(False, index=cases.index)
    spent = (now - cases["opened_at"]).dt.total_seconds() / 3600
    for column, reason in REASONS.items():
        if not cases[column].notna().any():
            continue
        waiting = cases[column].isna() & ~listed & (spent > promised[column] - ahead_hours)
        if column == "visited_at":
            waiting &= cases["archived_at"].isna() & cases["resolved_at"].notna()
        rows.append(_rows(cases[waiting], reason, promised[column], spent[waiting]))
        listed |= waiting
    told = pd.to_numeric(cases["satisfaction"]).le(unhappy) & cases["archived_at"].isna() & ~listed
    told &= cases["resolved_at"] > now - pd.Timedelta(days=since_days)
    rows.append(_rows(cases[told], UNHAPPY, math.nan, spent[told]))
    table = pd.concat(rows, ignore_index=True)
    table["recent_revenue"] = table["customer_id"].map(revenue)
    order = table.assign(in_time=~(table["overdue_hours"] > 0))
    order = order.sort_values(
        ["in_time", "recent_revenue", "case_id"], ascending=[True, False, True], na_position="last"
    )
    return order.drop(columns="in_time").reset_index(drop=True)


def at_risk(cases, revenue, left_share=math.nan, promised_hours=72):
    """What is at stake in the cases without a result, a dict: ``cases``, ``customers``, ``overdue`` (past the promise),
    ``revenue_at_risk`` (recent revenue of their customers, each once), ``overdue_revenue`` (of those past the promise) and
    ``expected_loss`` (that times ``left_share``, the share of customers whom a late result drove away so far; missing
    where it is).
    """
    waiting = cases[cases["resolved_at"].isna()]
    spent = (cases.attrs["now"] - waiting["opened_at"]).dt.total_seconds() / 3600
    late = waiting[spent > promised_hours]
    worth = {
        name: float(revenue.reindex(part["customer_id"].unique()).sum())
        for name, part in (("all", waiting), ("late", late))
    }
    known = revenue.notna().any()
    return {
        "cases": len(waiting),
        "customers": int(waiting["customer_id"].nunique()),
        "overdue": len(late),
        "revenue_at_risk": worth["all"] if known else math.nan,
        "overdue_revenue": worth["late"] if known else math.nan,
        "expected_loss": worth["late"] * left_share if known else math.nan,
    }


def _rows(part, reason, promised_hours, spent):
    return pd.DataFrame({
        "case_id": part["case_id"],
        "customer_id": part["customer_id"],
        "kind": part["kind"],
        "opened_on": part["opened_at"].dt.floor("D"),
        "reason": reason,
        "promised_hours": float(promised_hours),
        "open_hours": spent.round(1),
        "overdue_hours": (spent - promised_hours).round(1),
    })[COLUMNS]  # fmt: skip
