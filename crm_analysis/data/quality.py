"""What was read, used and dropped, and what the tables at hand can support; small tables from the facts."""

import pandas as pd

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

    Columns ``table``, ``rows_in``, ``rows_kept``, ``rows_dropped``, ``reason`` (each reason with its count).
    Raises ValueError when the three do not add up: then nothing computed from them can be trusted.
    """
    rows = []
    for name in tables or facts["tables"]:
        table = facts["tables"][name]
        dropped = sum(table["dropped"].values())
        if table["rows_in"] != table["rows_kept"] + dropped:
            raise ValueError(f"{name}: {table['rows_in']} rows read are not {table['rows_kept']} used + {dropped} dropped")
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in table["dropped"].items() if count)
        rows.append((name, table["rows_in"], table["rows_kept"], dropped, reasons or "none"))
    return pd.DataFrame(rows, columns=["table", "rows_in", "rows_kept", "rows_dropped", "reason"])


def missing(facts):
    """Optional tables that are not there, and what each would add: columns ``table``, ``enables``."""
    rows = [(name, what) for name, what in ENABLES.items() if name not in facts["tables"]]
    return pd.DataFrame(rows, columns=["table", "enables"])
