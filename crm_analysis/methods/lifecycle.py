"""How the customer base comes and goes: months, new and returning customers, cohorts, repeat rate.

Months are counted as whole numbers (12 x year + month - 1), so the same expressions run on every engine.
"""

import calendar
import datetime

import narwhals as nw
import numpy as np
import pandas as pd

from crm_analysis.data import frames

MONTH = nw.col("order_date").dt.year() * 12 + nw.col("order_date").dt.month() - 1


def monthly(transactions, as_of):
    """One row per calendar month from the first order to ``as_of``: a pandas frame, gaps filled with zeros.

    ``transactions`` needs ``customer_id``, ``order_id``, ``order_date``, ``order_day``, ``amount``. Columns
    ``month`` (first day, a date), ``customers`` (who bought in it), ``new_customers`` (first ever order in the
    log falls in it), ``returning_customers``, ``orders``, ``revenue`` (net of returns), ``complete`` (False for the
    last month when ``as_of`` stands inside it, and for the first when the log begins inside it).
    """
    lines = _until(transactions, as_of)
    revenue = frames.to_pandas(lines.group_by("month").agg(nw.col("amount").sum().alias("revenue")))
    bought = lines.filter(nw.col("amount") >= 0)
    orders = frames.to_pandas(
        bought.select("customer_id", "order_id", "month").unique().group_by("month").agg(orders=nw.len())
    )
    active = bought.select("customer_id", "month").unique()
    active = active.with_columns(first=nw.col("month").min().over("customer_id"))
    people = frames.to_pandas(active.group_by("month").agg(customers=nw.len()))
    new = frames.to_pandas(
        active.filter(nw.col("month") == nw.col("first")).group_by("month").agg(new_customers=nw.len())
    )
    if people.empty:
        raise ValueError("no purchase up to as_of: there is no month to show")
    index = pd.RangeIndex(int(revenue["month"].min()), _last_month(revenue["month"], as_of) + 1, name="month")
    parts = [t.set_index("month") for t in (people, new, orders, revenue)]
    table = pd.concat(parts, axis=1).reindex(index).fillna(0)
    table["returning_customers"] = table["customers"] - table["new_customers"]
    counts = ["customers", "new_customers", "returning_customers", "orders"]
    table = table.astype(dict.fromkeys(counts, int))
    table["revenue"] = table["revenue"].round(4)
    table["complete"] = [_ended(m, as_of) for m in table.index]
    table.iloc[0, table.columns.get_loc("complete")] &= _first_day(lines) <= _month_start(index[0])
    return table.reset_index().assign(month=[_month_start(m) for m in index])[["month", *counts, "revenue", "complete"]]


def cohorts(transactions, as_of):
    """Retention by month of first order: a pandas frame, one row per cohort, one column per age in months.

    Index ``cohort`` (first day of the month of the first order), first column ``customers`` (size), then columns
    0, 1, 2, …: the share of the cohort (0-1) that bought in that month of age; age 0 is 1 by definition. A month
    not wholly past at ``as_of`` is not yet observed and stays missing (NaN), never 0.
    """
    active = _until(transactions, as_of).filter(nw.col("amount") >= 0).select("customer_id", "month").unique()
    active = active.with_columns(first=nw.col("month").min().over("customer_id"))
    cells = frames.to_pandas(active.group_by("first", "month").agg(customers=nw.len()))
    if cells.empty:
        raise ValueError("no purchase up to as_of: there is no cohort to follow")
    cells["age"] = cells["month"] - cells["first"]
    months = range(int(cells["first"].min()), _last_month(cells["month"], as_of) + 1)
    counts = cells.pivot(index="first", columns="age", values="customers").reindex(
        index=months, columns=range(len(months))
    )
    sizes = counts[0].fillna(0).astype(int)
    observed = np.array([[_ended(m + age, as_of) or age == 0 for age in counts.columns] for m in counts.index])
    shares = (counts.fillna(0).div(sizes.where(sizes > 0), axis=0)).where(observed)
    shares.insert(0, "customers", sizes)
    shares = shares[sizes > 0]
    shares.index = pd.Index([_month_start(m) for m in shares.index], name="cohort")
    return shares


def repeat_rate(customers):
    """Share of the buyers with at least two orders (0-1); customers with nothing but returns are no buyers."""
    counts = frames.to_pandas(
        nw.from_native(customers).select(
            buyers=_number_with(nw.col("orders") >= 1), repeaters=_number_with(nw.col("orders") >= 2)
        )
    ).iloc[0]
    if not counts["buyers"] > 0:
        raise ValueError("no customer has bought: a repeat rate cannot be had")
    return float(counts["repeaters"] / counts["buyers"])


def _number_with(condition):
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0)).sum().cast(nw.Int64)


def _until(transactions, as_of):
    return (
        nw.from_native(transactions).filter(nw.col("order_day") <= frames.day_number(as_of)).with_columns(month=MONTH)
    )


def _first_day(lines):
    return frames.day(frames.to_pandas(lines.select(nw.col("order_day").min())).iloc[0, 0])


def _last_month(months, as_of):
    """The last month with anything to see: that of the last line, or of the day before ``as_of`` if later."""
    yesterday = as_of - datetime.timedelta(days=1)
    return max(int(months.max()), yesterday.year * 12 + yesterday.month - 1)


def _month_start(month):
    return datetime.date(int(month) // 12, int(month) % 12 + 1, 1)


def _ended(month, as_of):
    """Whether the last day of the month lies before ``as_of`` or on it."""
    year, number = divmod(int(month), 12)
    return as_of >= datetime.date(year, number + 1, calendar.monthrange(year, number + 1)[1])


BANDS = ((1, 1), (2, 2), (3, 5), (6, 10), (11, 25), (26, 50), (51, 100), (101, None))


def order_counts(customers, bands=BANDS):
    """Buyers by number of orders (bands beyond the largest number are left out): columns ``order_band`` (as text), ``customers``, ``customer_share``,
    ``revenue``, ``revenue_share``; customers without an order are left out.
    """
    orders = nw.col("orders")
    band = nw.lit(0)
    for i, (low, _) in enumerate(bands, start=1):
        band = nw.when(orders >= low).then(nw.lit(i)).otherwise(band)
    counted = frames.to_pandas(
        nw.from_native(customers)
        .with_columns(band=band)
        .group_by("band")
        .agg(customers=nw.len(), revenue=nw.col("revenue").sum())
    ).set_index("band")
    table = counted.reindex(range(1, len(bands) + 1)).fillna(0).reset_index(drop=True)
    table["customers"] = table["customers"].astype(int)
    names = [f"{low}" if low == high else f"{low}–{high}" if high else f"{low} or more" for low, high in bands]
    table.insert(0, "order_band", names)
    table = table[: table["customers"].to_numpy().nonzero()[0].max(initial=0) + 1]
    table["customer_share"] = table["customers"] / table["customers"].sum()
    table["revenue_share"] = table["revenue"] / table["revenue"].sum()
    return table[["order_band", "customers", "customer_share", "revenue", "revenue_share"]]


def totals(customers):
    """The base in figures, a dict: ``customers``, ``buyers``, ``orders``, ``lines``, ``revenue``, ``gross_revenue``,
    ``returns``, ``mean_order_value`` (gross per order), ``first_order_day``, ``last_order_day``.
    """
    # DuckDB adds whole numbers up to wider ones, which arrive as decimals: hence the casts
    columns = {c: nw.col(c).sum().cast(nw.Int64) for c in ("orders", "lines")}
    columns |= {c: nw.col(c).sum() for c in ("revenue", "gross_revenue", "returns")}
    row = frames.to_pandas(
        nw.from_native(customers).select(
            customers=nw.len(),
            buyers=_number_with(nw.col("orders") >= 1),
            first_order_day=nw.col("first_order_day").min(),
            last_order_day=nw.col("last_order_day").max(),
            **columns,
        )
    ).iloc[0]
    result = {name: row[name].item() for name in row.index}
    return result | {"mean_order_value": result["gross_revenue"] / result["orders"] if result["orders"] else None}


def growth(months):
    """Revenue of the last 12 whole months against the 12 before, as a share of the latter; None if not observed.

    ``months`` is the table of :func:`monthly`.
    """
    whole = months.loc[months["complete"], "revenue"].to_numpy()
    if len(whole) < 24 or not whole[-24:-12].sum() > 0:
        return None
    return float(whole[-12:].sum() / whole[-24:-12].sum() - 1)


def retention_at(cohorts, age):
    """Share of customers who bought in month ``age`` after their first order, over all cohorts observed that
    long (customers weigh equally); None when no cohort is.
    """
    if age not in cohorts or not cohorts[age].notna().any():
        return None
    seen = cohorts[cohorts[age].notna()]
    return float((seen[age] * seen["customers"]).sum() / seen["customers"].sum())
