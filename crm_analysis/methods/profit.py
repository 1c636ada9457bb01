"""What customers bring after all that is spent on them: contribution, profit, and the whale curve.

*Contribution* = margin - cost to sell - cost to serve: what would be missing if the customer left. *Profit* =
contribution - cost to acquire, which is spent and does not come back.

Sources: P. Kotler, *Marketing Management* (profitable customer); R. S. Kaplan and V. G. Narayanan (2001), *Measuring and
managing customer profitability*, Journal of Cost Management (whale curve).
"""

import narwhals as nw
import numpy as np
import pandas as pd

from crm_analysis.data import customers as customer_table
from crm_analysis.data import frames

SPENT = ("acquire", "sell", "serve")
FILLED = ("orders", "purchase_days", "lines", "gross_revenue", "returns", "revenue")


def window(transactions, as_of, window_days):
    """The customer table of the lines of the last ``window_days`` days alone; 0: of all lines. It tells no favourites
    (``top_brand``, ``top_category``): nothing that is worked out here rests on them, and they cost most.
    """
    lines = nw.from_native(transactions)
    lines = lines.drop([c for c in ("brand", "category") if c in lines.collect_schema().names()])
    if window_days:
        lines = lines.filter(nw.col("order_day") > frames.day_number(as_of) - window_days)
    return customer_table.table(lines.to_native(), as_of)


def table(customers, costs, as_of, window_days=0, margin_rate=0.0):
    """The customer table with ``acquire``, ``sell``, ``serve``, ``margin``, ``contribution`` and ``profit`` (money), lazily.

    ``customers`` is the customer table of the window (:func:`window`), ``costs`` one row per customer and period; periods
    that end within the last ``window_days`` days up to ``as_of`` count (0: all up to it). Whoever cost something but
    bought nothing in the window has a row too, with money 0. ``margin_rate`` (0-1) of net revenue is the margin where the lines
    carry no ``cost``. Raises ValueError when neither is there.
    """
    today, frame = frames.day_number(as_of), nw.from_native(customers)
    have = frame.collect_schema().names()
    if "margin" not in have and not 0 < margin_rate <= 1:
        raise ValueError(
            "profit needs the cost of goods: a column cost in transactions, or a margin rate above 0 and at most 1"
        )
    ended = nw.col("period_end_day")
    spent = nw.from_native(costs).filter(ended <= today)
    spent = spent.filter(ended > today - window_days) if window_days else spent
    spent = spent.with_columns(nw.col(*SPENT).fill_null(0.0)).group_by("customer_id").agg(nw.col(*SPENT).sum())
    ids = nw.concat([frame.select("customer_id"), spent.select("customer_id")]).unique()
    frame = ids.join(frame, on="customer_id", how="left").join(spent, on="customer_id", how="left")
    if "margin" not in have:
        frame = frame.with_columns(margin=nw.col("revenue") * margin_rate)
    filled = [c for c in FILLED if c in have]
    frame = frame.with_columns(
        *(nw.col(c).fill_null(0) for c in filled), *(nw.col(c).fill_null(0.0).round(4) for c in ("margin", *SPENT))
    )
    frame = frame.with_columns(contribution=(nw.col("margin") - nw.col("sell") - nw.col("serve")).round(4))
    return frame.with_columns(profit=(nw.col("contribution") - nw.col("acquire")).round(4)).to_native()


def returned(customers):
    """How many customers sent back more than they bought: net revenue below zero."""
    found = nw.from_native(customers).filter(nw.col("revenue") < 0)
    return int(frames.to_pandas(found.select(n=nw.len())).iloc[0, 0])


def bridge(profits):
    """From revenue to profit, one row per step: ``step``, ``amount`` (money, costs negative), ``revenue_share``; pandas.

    ``profits`` is the table of :func:`table`.
    """
    columns = ("revenue", "margin", "sell", "serve", "contribution", "acquire", "profit")
    total = frames.to_pandas(nw.from_native(profits).select(*(nw.col(c).sum() for c in columns))).iloc[0]
    steps = [
        ("Revenue, net of returns", total["revenue"]),
        ("Cost of goods", total["margin"] - total["revenue"]),
        ("Margin", total["margin"]),
        ("Cost to sell", -total["sell"]),
        ("Cost to serve", -total["serve"]),
        ("Contribution", total["contribution"]),
        ("Cost to acquire", -total["acquire"]),
        ("Profit", total["profit"]),
    ]
    found = pd.DataFrame(steps, columns=["step", "amount"])
    found["amount"] = found["amount"].astype(float).round(2) + 0.0
    revenue = float(total["revenue"])
    return found.assign(revenue_share=found["amount"] / revenue if revenue > 0 else np.nan)


def whale(profits, value="profit", points=200):
    """The whale curve: cumulative ``value`` from the best customer to the worst; a pandas frame.

    Columns ``customer_share`` (0-1), ``profit`` (cumulative money), ``profit_share`` (of the total, so its last value is 1;
    missing when the total is not positive). At most ``points`` + 2 rows, the peak always among them.

    >>> whale(pd.DataFrame({"profit": [50.0, 60.0, -10.0]}))[["profit", "profit_share"]].values.tolist()
    [[0.0, 0.0], [60.0, 0.6], [110.0, 1.1], [100.0, 1.0]]
    """
    held = np.concatenate([[0.0], np.cumsum(_sorted(profits, value))])
    n = len(held) - 1
    at = np.unique(np.append(np.round(np.linspace(0, n, min(points, n) + 1)).astype(int), held.argmax()))
    shares = held[at] / held[-1] if held[-1] > 0 else np.full(len(at), np.nan)
    return pd.DataFrame({"customer_share": at / n, "profit": held[at], "profit_share": shares})


def peak(profits, value="profit"):
    """Where the whale curve turns: a dict.

    ``customers`` and ``customer_share`` with ``value`` above 0, ``profit`` they bring, ``total``, ``lost`` = what the others
    take away again (>= 0), ``below_zero`` = customers below 0.
    """
    values = _sorted(profits, value)
    gained, total = float(values[values > 0].sum()), float(values.sum())
    return {
        "customers": int((values > 0).sum()),
        "customer_share": float((values > 0).mean()),
        "profit": gained,
        "total": total,
        "lost": gained - total,
        "below_zero": int((values < 0).sum()),
    }


def _sorted(profits, value):
    values = frames.to_pandas(nw.from_native(profits).select(value))[value].to_numpy(dtype=float)
    if not len(values):
        raise ValueError("no customers: there is no profit to show")
    return np.sort(values)[::-1]
