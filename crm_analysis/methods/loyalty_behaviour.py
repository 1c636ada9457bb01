"""What loyal customers do, as far as the own tables show it: buy again, look at the brand, refer others, choose quickly.

One function per figure, each an interval over customers, from any frame; None where the table or column is absent.
"""

import datetime

import narwhals as nw

from crm_analysis.data import customers, frames
from crm_analysis.methods import intervals

DAY = nw.col("order_day")
MONTH = nw.col("month_start").dt.year() * 12 + nw.col("month_start").dt.month() - 1
ACTIONS = ("visits", "searches", "opens")


def buyers(transactions, as_of, window_days):
    """The customer table of the window alone: who bought in the ``window_days`` up to ``as_of``, lazily (narwhals)."""
    today = frames.day_number(as_of)
    lines = nw.from_native(transactions).filter(today - window_days < DAY, today >= DAY).to_native()
    table = nw.from_native(customers.table(lines, as_of))
    orders = nw.col("orders" if "orders" in table.collect_schema().names() else "purchase_days")
    return table.with_columns(orders=orders).filter(nw.col("orders") >= 1)


def repeat_rate(transactions, as_of, window_days):
    """Share of the window's buyers with a second order in it. A second product counts as well as the same one."""
    return _at_least_two(buyers(transactions, as_of, window_days).select("orders"))


def repeat_rate_in_category(transactions, as_of, window_days):
    """Share of the window's buyers with two orders in one category; None without ``category``."""
    frame = nw.from_native(transactions)
    have = frame.collect_schema().names()
    if "category" not in have:
        return None
    today = frames.day_number(as_of)
    bought = frame.filter(today - window_days < DAY, today >= DAY, nw.col("amount") >= 0)
    key = "order_id" if "order_id" in have else "order_day"
    orders = (
        bought.select("customer_id", "category", key).unique().group_by("customer_id", "category").agg(orders=nw.len())
    )
    return _at_least_two(orders.group_by("customer_id").agg(nw.col("orders").max()))


def attention(engagement, as_of, window_days):
    """One row per customer of the log: ``monthly_actions``, visits, searches and opened messages per whole month of the
    window since the customer was first seen; lazily, None without the table.

    Months without any action have no row in the log and count as months with none. Customers first seen in a month that
    is not over are left out.
    """
    if engagement is None:
        return None
    first, last = _whole_months(as_of, window_days)
    frame = nw.from_native(engagement)
    done = nw.sum_horizontal(*(nw.col(c).fill_null(0) for c in ACTIONS if c in frame.collect_schema().names()))
    inside = (first <= MONTH) & (last >= MONTH)
    rows = frame.with_columns(month=MONTH, done=nw.when(inside).then(done).otherwise(nw.lit(0)))
    people = rows.filter(nw.col("month") <= last).group_by("customer_id")
    people = people.agg(done=nw.col("done").sum(), seen=nw.col("month").min())
    since = nw.when(nw.col("seen") > first).then(nw.col("seen")).otherwise(nw.lit(first))
    return people.select("customer_id", monthly_actions=nw.col("done").cast(nw.Float64) / (nw.lit(last + 1) - since))


def choice_minutes(engagement, as_of, window_days):
    """One row per customer who chose in the whole months of the window: ``choice_minutes``, the mean of the monthly
    medians; lazily, None without the column.
    """
    if engagement is None or "choice_minutes" not in nw.from_native(engagement).collect_schema().names():
        return None
    first, last = _whole_months(as_of, window_days)
    minutes = nw.col("choice_minutes")
    rows = nw.from_native(engagement).filter(first <= MONTH, last >= MONTH, ~minutes.is_null())
    return rows.group_by("customer_id").agg(choice_minutes=minutes.mean()).with_columns(minutes.round(6))


def referrals(engagement, as_of, window_days):
    """One row per customer of the engagement log: ``referrals`` sent in the whole months of the window; lazily, None
    without the column.
    """
    if engagement is None or "referrals" not in nw.from_native(engagement).collect_schema().names():
        return None
    first, last = _whole_months(as_of, window_days)
    sent = nw.when(first <= MONTH).then(nw.col("referrals").fill_null(0)).otherwise(nw.lit(0))
    rows = nw.from_native(engagement).filter(last >= MONTH).with_columns(referrals=sent)
    return rows.group_by("customer_id").agg(nw.col("referrals").sum()).with_columns(nw.col("referrals").cast(nw.Int64))


def brought(people, as_of, window_days):
    """One row per customer who brought new ones in the window: ``brought``; lazily, None without ``referred_by``."""
    if people is None or not {"referred_by", "acquired_day"} <= set(nw.from_native(people).collect_schema().names()):
        return None
    today, day = frames.day_number(as_of), nw.col("acquired_day")
    new = nw.from_native(people).filter(~nw.col("referred_by").is_null(), day > today - window_days, day <= today)
    counts = new.group_by("referred_by").agg(brought=nw.len()).with_columns(nw.col("brought").cast(nw.Int64))
    return counts.rename({"referred_by": "customer_id"})


def known_customers(people, as_of):
    """How many customers the table ``customers`` knows by ``as_of``."""
    known = nw.from_native(people).filter(nw.col("acquired_day") <= frames.day_number(as_of))
    return int(frames.to_pandas(known.select(n=nw.len())).iloc[0, 0])


def _at_least_two(people):
    two = nw.when(nw.col("orders") >= 2).then(nw.lit(1)).otherwise(nw.lit(0))
    found = frames.to_pandas(people.select(n=nw.len(), two=two.sum())).iloc[0]
    return intervals.share(int(found["two"]), int(found["n"])) if found["n"] else intervals.NOTHING


def _whole_months(as_of, window_days):
    """Numbers (12 x year + month - 1) of the first and last month that lie wholly in the window."""
    end = datetime.date(as_of.year, as_of.month, as_of.day)
    last = end.year * 12 + end.month - 2  # the month of as_of itself is not over
    start = end - datetime.timedelta(days=window_days)
    begins = start.year * 12 + start.month - 1
    return min(last, begins + (start.day > 1)), last
