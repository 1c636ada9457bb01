"""What customers complain about, and whether they must complain again."""

import datetime

import pandas as pd

from crm_analysis.methods import intervals, service


def again(table, within_days=60):
    """The cases with ``again``: whether the same customer complains of the same kind within ``within_days``.

    Missing for a case that has not been observed that long and has not recurred yet: it is not over.
    """
    ordered = table.sort_values(["customer_id", "kind", "opened_at", "case_id"])
    following = ordered.groupby(["customer_id", "kind"])["opened_at"].shift(-1)
    gap = following - ordered["opened_at"]
    limit = datetime.timedelta(days=within_days)
    observed = table.attrs["now"] - ordered["opened_at"] >= limit
    flag = (gap <= limit).astype(float).where(observed | (gap <= limit))
    result = table.assign(again=flag.reindex(table.index))
    result.attrs["now"] = table.attrs["now"]
    return result


def recurrence(table, within_days=60, promised_hours=72):
    """How often complaints recur, all and by whether the result came in time: ``group``, ``n``, ``recurred_share``,
    ``recurred_low``, ``recurred_high``. Cases not yet observed for ``within_days`` count only once they have recurred, so they
    are left out of every group alike.
    """
    known = again(table, within_days)
    observed = known["opened_at"] <= table.attrs["now"] - datetime.timedelta(days=within_days)
    rows = [("All", observed), ("Result in time", observed & in_time(known, promised_hours)),
            ("Result late or none", observed & ~in_time(known, promised_hours))]  # fmt: skip
    told = []
    for name, where in rows:
        flags = known.loc[where, "again"]
        told.append((name, *_share(flags)))
    return pd.DataFrame(told, columns=["group", "n", "recurred_share", "recurred_low", "recurred_high"])


def in_time(table, promised_hours=72):
    """Whether the result came within the promised hours; an open case within its time is not in time yet."""
    spent, taken = service.hours(table, "resolved_at")
    return taken & (spent <= promised_hours)


def reasons(table, within_days=60, promised_hours=72):
    """Complaints by kind, the most frequent first (Pareto): one row per kind.

    Columns ``kind``, ``cases``, ``case_share``, ``cumulative_share``, ``valid_share`` (of those decided), ``in_time_share``
    (result within the promise, of cases where it is due), ``recurred_share`` (same customer, same kind, of cases observed long
    enough), ``mean_satisfaction`` with the handling.
    """
    names = ["kind", "cases", "case_share", "cumulative_share", "valid_share", "in_time_share", "recurred_share"]
    if table.empty:
        return pd.DataFrame(columns=[*names, "mean_satisfaction"])
    known = again(table, within_days)
    spent, taken = service.hours(table, "resolved_at")
    due = taken | (spent > promised_hours)
    observed = known["opened_at"] <= table.attrs["now"] - datetime.timedelta(days=within_days)
    known = known.assign(
        valid=known["valid"].astype("float"),
        in_time=in_time(known, promised_hours).astype(float).where(due),
        again=known["again"].where(observed),
        satisfaction=known["satisfaction"].astype(float),
    )
    groups = known.groupby("kind", sort=True)
    result = pd.DataFrame({"cases": groups.size()}).rename_axis("kind").reset_index()
    result = result.sort_values(["cases", "kind"], ascending=[False, True], ignore_index=True)
    result["case_share"] = result["cases"] / len(table)
    result["cumulative_share"] = result["cases"].cumsum() / len(table)
    for column, name in (("valid", "valid_share"), ("in_time", "in_time_share"), ("again", "recurred_share")):
        result[name] = result["kind"].map(groups[column].mean())
    result["mean_satisfaction"] = result["kind"].map(groups["satisfaction"].mean())
    return result


def vital_few(table, share=0.8):
    """Kinds, the most frequent first, that together reach ``share`` of the complaints (of :func:`reasons`)."""
    before = table["cumulative_share"].shift(1, fill_value=0.0)
    return list(table.loc[before < share - 1e-9, "kind"])


def _share(flags):
    known = flags.dropna()
    found = intervals.share(int(known.sum()), len(known))
    return found.n, found.value, found.low, found.high
