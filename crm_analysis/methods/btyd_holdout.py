"""Is the buy-till-you-die model any good here: learned on the first part of the log, held against the rest.

Against three naive rules: everybody goes on at his or her own rate, everybody at the mean rate, and nobody returns.
"""

import datetime

import narwhals as nw
import numpy as np
import pandas as pd

from crm_analysis.data import customers, frames
from crm_analysis.methods import btyd

MODEL, OWN, MEAN, NOBODY = (
    "buy till you die",
    "everybody goes on at the own rate",
    "everybody at the mean rate",
    "nobody returns",
)


def split(transactions, as_of, days):
    """Histories up to ``days`` before ``as_of`` and what each customer bought in those days: a pandas frame.

    Columns of ``btyd.histories`` (as of the earlier day) and ``bought`` (purchase days since). Only customers whose first
    purchase was by then are in it. Raises ValueError when that is nobody.
    """
    cut = as_of - datetime.timedelta(days=days)
    before = nw.from_native(btyd.histories(customers.table(transactions, cut)))
    keep = ["customer_id", "repeat_purchases", "last_purchase_days", "age_days"]
    table = frames.to_pandas(before.select(keep))
    if table.empty:
        raise ValueError(f"nobody had bought by {cut}: shorten the days held out ({days})")
    after, last = frames.day_number(cut), frames.day_number(as_of)
    lines = nw.from_native(transactions).filter(
        nw.col("order_day") > after, nw.col("order_day") <= last, nw.col("amount") >= 0
    )
    later = frames.to_pandas(
        lines.select("customer_id", "order_day").unique().group_by("customer_id").agg(bought=nw.len())
    )
    table = table.merge(later, on="customer_id", how="left")
    table["bought"] = table["bought"].fillna(0).astype(float)
    return table


def predictions(held, days):
    """The purchases each rule expects of each customer: a pandas frame, one column per rule, and the fitted profile."""
    profile = btyd.best(held.assign(customers=1.0).groupby(list(held.columns[1:4]), as_index=False)["customers"].sum())
    age = np.maximum(held["age_days"].to_numpy(dtype=float), 1.0)
    rate = held["repeat_purchases"].to_numpy(dtype=float) / age
    mean = held["repeat_purchases"].sum() / age.sum()
    scored = btyd.score(held.astype({"repeat_purchases": float}), profile, days)
    return pd.DataFrame(
        {MODEL: scored["expected_purchases"], OWN: rate * days, MEAN: mean * days, NOBODY: 0.0}, index=held.index
    ), profile


def table(held, expected):
    """How each rule did: ``rule``, ``expected`` and ``bought`` (totals), ``total_error`` (share of the total), and per
    customer ``mean_absolute_error``, ``root_mean_square_error`` (purchases); the best by the last first.
    """
    bought = held["bought"].to_numpy()
    rows = []
    for rule in expected.columns:
        miss = expected[rule].to_numpy() - bought
        total = float(expected[rule].sum())
        share = (total - bought.sum()) / bought.sum() if bought.sum() else np.nan
        rows.append(
            (rule, total, float(bought.sum()), share, float(np.abs(miss).mean()), float((miss**2).mean() ** 0.5))
        )
    names = ["rule", "expected", "bought", "total_error", "mean_absolute_error", "root_mean_square_error"]
    return pd.DataFrame(rows, columns=names).sort_values("root_mean_square_error", ignore_index=True)


def by_history(held, expected, most=7):
    """Expected and actual purchases by repeat purchases before: ``repeat_purchases`` (``most`` stands for that many and
    more), ``customers``, ``bought`` and ``expected`` per customer.
    """
    rows = held.assign(expected=expected[MODEL], repeat_purchases=held["repeat_purchases"].clip(upper=most).astype(int))
    return rows.groupby("repeat_purchases", as_index=False).agg(
        customers=("bought", "size"), bought=("bought", "mean"), expected=("expected", "mean")
    )
