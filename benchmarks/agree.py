"""Do the contestants' tables say the same? ``python -m benchmarks.agree OURS.parquet NAME THEIRS.parquet``.

Whole numbers must be equal and money within half a cent, customer by customer; whoever only returned goods is no
customer to the peers, and must be missing there. Exit code 1 tells of a difference.
"""

import sys

import pandas as pd

CENT = 0.005
OUR_COLUMNS = ("pandas", "crm_analysis")
"""Contestants whose tables have the columns of ours."""


def pairs(ours, name, theirs):
    """What both know under one name: (column, ours, theirs), aligned by customer."""
    if name.startswith(OUR_COLUMNS):
        return [(c, ours[c], theirs[c]) for c in theirs.columns]
    known = [
        ("purchase_days", ours["purchase_days"], theirs["frequency"]),
        ("gross_revenue", ours["gross_revenue"], theirs["frequency"] * theirs["monetary_value"]),
    ]
    if "T" in theirs:
        known += [
            ("tenure_days", ours["tenure_days"], theirs["T"]),
            ("recency_days", ours["recency_days"], theirs["T"] - theirs["recency"]),
        ]
    else:  # pymc-marketing's RFM reading: recency is counted from the end of observation, as ours is
        known.append(("recency_days", ours["recency_days"], theirs["recency"]))
    return known


def difference(ours, name, theirs):
    """What was compared on how many customers, and the columns that differ."""
    ours, theirs = (f.set_index("customer_id").sort_index() for f in (ours, theirs))
    if not name.startswith("pandas"):
        ours = ours[ours["orders"] > 0]
    if not ours.index.equals(theirs.index):
        return f"{len(theirs)} customers instead of {len(ours)}", ["customer_id"]
    known = pairs(ours, name, theirs)
    wrong = [c for c, a, b in known if not _same(a, b)]
    return f"{len(ours)} customers, {', '.join(c for c, _, _ in known)}", wrong


def _same(a, b):
    whole = pd.api.types.is_integer_dtype(a)
    near = (a == b) if whole else ((a - b).abs() <= CENT) | (a.isna() & b.isna())
    return bool(near.all())


def main(ours, name, theirs):
    """Print one line; 0 when all agree."""
    compared, wrong = difference(pd.read_parquet(ours), name, pd.read_parquet(theirs))
    print(f"{'DIFFERS in ' + ', '.join(wrong) if wrong else 'agrees'} with {name}: {compared}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
