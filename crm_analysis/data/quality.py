"""What was read, used and dropped, and what the tables at hand can support; small tables from the facts."""

import narwhals as nw
import pandas as pd

from crm_analysis.data import frames
from crm_analysis.data.tables import TABLES

# What an optional table, or an optional column of the order log, would add.
ENABLES = {
    "customers": "when and how customers were won, market segments, referrals",
    "costs": "profit per customer, customers below zero, pyramid by profit",
    "purchases": "what customers buy from rivals: brand switching, share of wallet",
    "prices": "price and promotion as drivers of brand choice",
    "survey": "satisfaction, loyalty levels, recommendation",
    "service": "complaints, promises kept, recovery",
    "engagement": "attention to the brand, time needed to choose",
    "contacts": "response and return of campaigns",
}


def reconciliation(facts, tables=None):
    """Rows in = rows used + rows dropped, table by table (of those named in ``tables``; none: all).

    Columns ``table``, ``rows_in``, ``rows_kept``, ``rows_dropped``, ``reason`` (a dict: reason -> rows).
    Raises ValueError when the three do not add up: then nothing computed from them can be trusted.
    """
    rows = []
    for name in tables or facts["tables"]:
        table = facts["tables"][name]
        dropped = sum(table["dropped"].values())
        if table["rows_in"] != table["rows_kept"] + dropped:
            raise ValueError(
                f"{name}: {table['rows_in']} rows read are not {table['rows_kept']} used + {dropped} dropped"
            )
        reasons = {reason: count for reason, count in table["dropped"].items() if count}
        rows.append((name, table["rows_in"], table["rows_kept"], dropped, reasons))
    return pd.DataFrame(rows, columns=["table", "rows_in", "rows_kept", "rows_dropped", "reason"])


def missing(facts):
    """Optional tables that are not there, and what each would add: columns ``table``, ``enables``."""
    rows = [(name, what) for name, what in ENABLES.items() if name not in facts["tables"]]
    return pd.DataFrame(rows, columns=["table", "enables"])


# What each finding counts, and what to do about it.
ADVICE = {
    "Rows dropped": "Look at the reasons above; mend the source rather than this file",
    "Rows equal to an earlier row in every column": "Ask whether the export wrote them twice; if so, name the key columns in the source file",
    "Order ids used by more than one customer": "Orders are counted per customer, so figures hold; ask how order ids are given out",
    "Customer ids that look alike": "Have them compared: the same person under two ids is counted as two customers",
    "Lines far above the usual amount": "Check the largest ones by hand: bulk orders are real, slipped decimal points are not",
    "Days without any order where orders are daily": "Ask whether the shop was closed or days are missing from the export",
    "Customers not seen for long": "Leave them out of mailings, or ask once whether they want to stay",
}  # fmt: skip


def findings(facts, transactions, customers, stale_days=365):
    """What deserves a look before the figures are trusted: columns ``finding``, ``number``, ``share``, ``advice``.

    ``share`` is of the rows, orders, customers or days that the finding counts. ``customers`` is the customer table;
    not seen for long means no purchase in more than ``stale_days`` days. Zeros are shown too: they were looked for.
    """
    about = facts["tables"]["transactions"]
    warned = {w["code"]: w["count"] for w in about["warnings"]}
    people = facts["customers"]
    missed, span = _missing_days(transactions)
    counts = [
        (sum(about["dropped"].values()), about["rows_in"]),
        (warned.get("duplicate_rows", 0), about["rows_kept"]),
        (warned.get("order_id_conflict", 0), facts["orders"]),
        (0 if facts.get("pseudonyms") else look_alikes(customers), people),
        (_far_above(transactions), about["rows_kept"]),
        (missed, span),
        (_count(customers, nw.col("recency_days") > stale_days), people),
    ]
    rows = [(name, int(n), n / of if of else 0.0, ADVICE[name]) for name, (n, of) in zip(ADVICE, counts, strict=True)]
    return pd.DataFrame(rows, columns=["finding", "number", "share", "advice"])


def completeness(facts, transactions):
    """How much of each column is filled: columns ``column``, ``missing``, ``filled_share``, in contract order.

    Optional columns that the source does not have are listed with everything missing.
    """
    rows = facts["tables"]["transactions"]["rows_kept"]
    names = [c.name for c in TABLES["transactions"]]
    there = set(nw.from_native(transactions).collect_schema().names())
    frame = nw.from_native(transactions).select(*(_ones(nw.col(c).is_null()).alias(c) for c in names if c in there))
    missing = frames.to_pandas(frame).iloc[0]
    table = pd.DataFrame({"column": names, "missing": [int(missing[c]) if c in there else rows for c in names]})
    table["filled_share"] = 1 - table["missing"] / rows
    return table


def look_alikes(customers):
    """How many customers have an id that differs from another's only in case, punctuation, blanks or leading zeros."""
    bare = nw.col("customer_id").str.to_lowercase().str.replace_all("[^\\p{L}\\p{N}]", "").str.replace_all("^0+", "")
    groups = nw.from_native(customers).group_by(bare.alias("bare")).agg(customers=nw.len())
    shared = groups.filter(nw.col("customers") > 1, nw.col("bare") != "")
    return int(frames.to_pandas(shared.select(nw.col("customers").sum().cast(nw.Int64))).iloc[0, 0] or 0)


def _far_above(transactions, times=10):
    """Lines above the third quartile by more than ``times`` the distance between the quartiles."""
    amount = nw.col("amount")
    bought = nw.from_native(transactions).filter(amount > 0)
    low, high = (amount.quantile(q, interpolation="linear") for q in (0.25, 0.75))
    ends = frames.to_pandas(bought.select(low.alias("low"), high.alias("high"))).iloc[0]
    if ends.isna().any() or ends["high"] == ends["low"]:
        return 0  # all lines cost the same: there is no usual spread to be far from
    return _count(bought, amount > float(ends["high"] + times * (ends["high"] - ends["low"])))


def _missing_days(transactions, usual=0.9):
    """Days without an order and days in the period; 0 missing unless at least ``usual`` of the days have one."""
    days = frames.to_pandas(nw.from_native(transactions).select("order_day").unique())["order_day"]
    span = int(days.max() - days.min()) + 1
    return (span - len(days) if len(days) >= usual * span else 0), span


def _count(frame, condition):
    return int(frames.to_pandas(nw.from_native(frame).select(n=_ones(condition))).iloc[0, 0] or 0)


def _ones(condition):
    """How often a condition holds: not every engine sums what is true."""
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0)).sum().cast(nw.Int64)
