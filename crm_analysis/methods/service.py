"""Complaints: how many there are, how fast each step is taken, and whether the four promises are kept.

Every figure speaks of one moment: what had happened by then is known, what had not is open. An open case is never
counted as a kept promise and never left out of a duration: it is censored (``survival``).
"""

import datetime
import math

import narwhals as nw
import pandas as pd

from crm_analysis.data import frames
from crm_analysis.data.errors import WrongParameter
from crm_analysis.methods import intervals, survival

# The course's four promises: a first call, the result, a visit, the file closed.
PROMISES = pd.DataFrame(
    [
        # step, column of the log, promised hours
        ("First response", "first_response_at", 24),
        ("Result", "resolved_at", 72),
        ("Visit", "visited_at", 168),
        ("Archived", "archived_at", 240),
    ],
    columns=["step", "column", "promised_hours"],
)
STEPS = tuple(PROMISES["column"])


def promises(hours=(24, 72, 168, 240)):
    """:data:`PROMISES` with other hours, given as numbers or as text, ``"24, 72, 168, 240"``; ValueError if not four."""
    parts = [p.strip() for p in hours.split(",")] if isinstance(hours, str) else list(hours)
    try:
        numbers = [float(p) for p in parts]
    except ValueError:
        numbers = []
    if len(numbers) != len(PROMISES) or not all(0 < h < math.inf for h in numbers):
        raise WrongParameter(
            f"the promises are four numbers of hours, for {', '.join(PROMISES['step'])}, not {hours!r}"
        )
    return PROMISES.assign(promised_hours=numbers)


def cases(service, as_of):
    """The complaints as the log knew them: one row per case, pandas, in order of opening.

    ``service`` is any frame with ``case_id``, ``customer_id``, ``opened_at``, ``kind`` and whatever else the contract
    allows; None gives an empty table. Steps after the moment are open again (missing), cases opened later are left out.
    The moment, in ``attrs["now"]``, is the start of ``as_of``, or the last stamp in the log where that falls on ``as_of``
    itself. Columns are those of the log (absent ones missing throughout).
    """
    names = ["case_id", "customer_id", "order_id", "opened_at", "kind", "valid", *STEPS, "resolution", "satisfaction"]
    found = pd.DataFrame(columns=names) if service is None else frames.to_pandas(service)
    table = found.reindex(columns=names)
    for column in ("opened_at", *STEPS):
        table[column] = pd.to_datetime(table[column])
    today = pd.Timestamp(as_of)
    stamps = table[["opened_at", *STEPS]].stack()
    last = stamps[stamps < today + datetime.timedelta(days=1)].max()
    now = today if pd.isna(last) else max(today, last)
    table = table[table["opened_at"] <= now].copy()
    later = table["resolved_at"] > now  # what was found and done then is not known yet either
    for column in ("valid", "resolution", "satisfaction"):
        table[column] = table[column].where(~later)
    for column in STEPS:
        table[column] = table[column].where(table[column] <= now)
    table = table.sort_values(["opened_at", "case_id"], ignore_index=True)
    table.attrs["now"] = now
    return table


def hours(table, column):
    """Hours from opening to a step, up to now where it is open, and whether it was taken: two series."""
    taken = table[column].notna()
    until = table[column].fillna(table.attrs["now"])
    return (until - table["opened_at"]).dt.total_seconds() / 3600, taken


def durations(table, steps=PROMISES):
    """One row per step: how long it takes, open cases censored.

    Columns ``step``, ``cases``, ``taken``, ``open``, ``median_hours`` with ``median_low`` and ``median_high``, ``p90_hours``;
    a quantile that is not reached is missing. Steps that the log never shows are left out.
    """
    rows = []
    for step in steps.itertuples():
        spent, taken = hours(table, step.column)
        if taken.any():
            found = survival.curve(spent, taken)
            p90 = survival.quantile(found, 0.9)[0]
            rows.append(
                (step.step, len(table), int(taken.sum()), int((~taken).sum()), *survival.quantile(found, 0.5), p90)
            )
    names = ["median_hours", "median_low", "median_high", "p90_hours"]
    return pd.DataFrame(rows, columns=["step", "cases", "taken", "open", *names])


def curves(table, steps=PROMISES):
    """The Kaplan-Meier curve of each step, as the share taken: ``step``, ``hours``, ``done_share``, ``done_low``, ``done_high``.

    One row per time at which the step was taken somewhere; steps that the log never shows have none.
    """
    parts = []
    for step in steps.itertuples():
        spent, taken = hours(table, step.column)
        found = survival.curve(spent, taken)
        done = {"done_share": 1 - found["share_left"], "done_low": 1 - found["high"], "done_high": 1 - found["low"]}
        parts.append(pd.DataFrame({"step": step.step, "hours": found["time"]}).assign(**done))
    return pd.concat(parts, ignore_index=True)


def kept(table, steps=PROMISES):
    """The promises and how often they were kept: one row per step.

    A case counts once its promise is due: the step was taken, or the promised time has passed. Columns ``step``,
    ``promised_hours``, ``due`` (cases), ``kept``, ``kept_share`` with ``kept_low`` and ``kept_high`` (Wilson), ``late`` (taken,
    but after the time), ``overdue`` (not taken, time passed), ``not_yet_due``. Steps that the log never shows have no
    figures: a log without visits does not prove that nobody visits.
    """
    rows = []
    for step in steps.itertuples():
        spent, taken = hours(table, step.column)
        in_time, passed = taken & (spent <= step.promised_hours), spent > step.promised_hours
        due = taken | passed
        counts = [int(x.sum()) for x in (due, in_time, taken & ~in_time, ~taken & passed, ~due)]
        if not taken.any():
            rows.append((step.step, step.promised_hours, *[math.nan] * 8))
            continue
        share = intervals.share(counts[1], counts[0])
        rows.append((step.step, step.promised_hours, *counts[:2], *share[:3], *counts[2:]))
    names = ["due", "kept", "kept_share", "kept_low", "kept_high", "late", "overdue", "not_yet_due"]
    return pd.DataFrame(rows, columns=["step", "promised_hours", *names])


def volume(table, transactions, as_of, window_days=365):
    """Complaints of the window in figures, a dict: ``cases``, ``customers``, ``orders``, ``per_1000_orders``, ``valid_share``
    (of those decided, an interval), ``undecided``, ``open`` (of all cases, whenever opened), ``handling_satisfaction``
    (mean, an interval).

    ``transactions`` gives the orders placed in the same window (purchases only; purchase days without ``order_id``);
    None, or a log without any case: the rate is missing, not 0.
    """
    now = table.attrs["now"]
    recent = table[table["opened_at"] > now - datetime.timedelta(days=window_days)]
    orders = math.nan if transactions is None else _orders(transactions, as_of, window_days)
    decided = recent["valid"].dropna()
    return {
        "cases": len(recent),
        "customers": int(recent["customer_id"].nunique()),
        "orders": orders,
        "per_1000_orders": 1000 * len(recent) / orders if orders > 0 and len(table) else math.nan,
        "valid_share": intervals.share(int(decided.astype(bool).sum()), len(decided)),
        "undecided": int(recent["valid"].isna().sum()),
        "open": int(table["resolved_at"].isna().sum()),
        "handling_satisfaction": intervals.mean(recent["satisfaction"].astype(float)),
    }


def returned(transactions, as_of, window_days=365):
    """Goods that came back in the window, a dict: ``return_share`` (of the revenue before returns, ratio of sums over
    customers) and ``returning_share`` (customers with a return, of those with any line), both intervals.

    The one trace of bad service that every order log has. A log without any negative amount, ever, does not say that
    nothing comes back: both are missing then.
    """
    lines, today, day, amount = (
        nw.from_native(transactions),
        frames.day_number(as_of),
        nw.col("order_day"),
        nw.col("amount"),
    )
    known = frames.to_pandas(lines.filter(amount < 0).select(n=nw.len())).iloc[0, 0]
    if not known:
        return {"return_share": intervals.NOTHING, "returning_share": intervals.NOTHING}
    inside = lines.filter(day > today - window_days, day <= today)
    back, gross = nw.when(amount < 0).then(-amount), nw.when(amount >= 0).then(amount)
    split = inside.with_columns(back=back.otherwise(nw.lit(0.0)), gross=gross.otherwise(nw.lit(0.0)))
    people = frames.to_pandas(split.group_by("customer_id").agg(nw.col("back").sum(), nw.col("gross").sum()))
    returning = intervals.share(int((people["back"] > 0).sum()), len(people))
    return {"return_share": intervals.ratio(people["back"], people["gross"]), "returning_share": returning}


def _orders(transactions, as_of, window_days):
    lines, today = nw.from_native(transactions), frames.day_number(as_of)
    day = nw.col("order_day")
    bought = lines.filter(day > today - window_days, day <= today, nw.col("amount") >= 0)
    key = "order_id" if "order_id" in lines.collect_schema().names() else "order_day"
    return int(frames.to_pandas(bought.select("customer_id", key).unique().select(n=nw.len())).iloc[0, 0])
