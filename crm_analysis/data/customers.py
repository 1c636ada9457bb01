"""One row per customer, from any frame of transactions."""

import narwhals as nw

from crm_analysis.data import frames

MONEY_DECIMALS = 4

DAY, AMOUNT = nw.col("order_day"), nw.col("amount")
HAS_DAY = ~nw.col("first_day").is_null()


def table(transactions, as_of):
    """One row per customer, as the base stood at the end of ``as_of``; the same kind of frame comes back.

    ``transactions`` is a pandas, DuckDB, Spark, Ibis or other narwhals frame, one row per order line, with
    ``customer_id``, ``order_day`` (whole days since 1970-01-01) and ``amount`` (returns negative); ``order_id``,
    ``cost``, ``discount``, ``brand`` and ``category`` are used where they exist. Later lines are left out.

    A line with a negative amount is a *return*, every other line a *purchase*: orders, purchase days, recency
    and tenure count purchases only, so that a refund never makes a customer look recent. Whoever has nothing
    but returns keeps a row, with ``orders`` 0 and the day of the last return.

    Columns: ``customer_id``; ``first_order_day``, ``last_order_day``; ``orders``, ``purchase_days``, ``lines``;
    ``gross_revenue``, ``returns`` (>= 0), ``revenue`` (net, gross less returns); ``mean_order_value`` (gross per
    order, missing without orders); ``recency_days``, ``tenure_days`` (from last and first order to ``as_of``);
    ``margin`` (net revenue less cost), ``discount_share`` (discount given / list value of the purchases, 0-1),
    ``top_brand``, ``top_category`` (most gross revenue; ties to the first by name). Without ``order_id`` there
    are no ``orders`` and no ``mean_order_value``. An order that spans days counts on its first day.

    Money is rounded to 4 decimals after summing: a sum of floats depends on the order of its terms in the last
    bit, and equal customers must stay equal on every engine.

    >>> import pandas as pd
    >>> lines = pd.DataFrame({"customer_id": ["a", "a", "b"], "order_id": ["1", "2", "3"],
    ...                       "order_day": [10, 15, 12], "amount": [5.0, 7.5, 20.0]})
    >>> t = table(lines, "1970-01-21").sort_values("customer_id")
    >>> t[["customer_id", "orders", "revenue", "recency_days", "tenure_days"]].values.tolist()
    [['a', 2, 12.5, 5, 10], ['b', 1, 20.0, 8, 8]]
    """
    frame = nw.from_native(transactions)
    have = set(frame.collect_schema().names())
    if "order_day" not in have:
        raise ValueError(
            "transactions has no column order_day (whole days since 1970-01-01): read it through sources.read, or "
            "add it in pandas: frame['order_day'] = (frame['order_date'] - pandas.Timestamp(0)).dt.days"
        )
    today = frames.day_number(as_of)
    lines = frame.filter(today >= DAY)
    result = _totals(_counted(lines, have), today)
    for column in ("brand", "category"):
        if column in have:
            result = result.join(_favourite(lines, column), on="customer_id", how="left")
    return result.to_native()


def _counted(lines, have):
    """One row per customer: sums, first and last days, and how many orders and purchase days.

    Lines are put together to orders, orders to days, days to customers: distinct orders and days then need no
    distinct count, the dearest of all aggregates.
    """
    bought = AMOUNT >= 0
    sums = {"gross": nw.when(bought).then(AMOUNT).otherwise(nw.lit(0.0)), "net": AMOUNT}
    if "cost" in have:
        sums["cost"] = nw.col("cost").fill_null(0.0)
    if "discount" in have:
        sums["given"] = nw.when(bought).then(nw.col("discount").fill_null(0.0)).otherwise(nw.lit(0.0))
    day = nw.when(bought).then(DAY)
    rows = lines.with_columns(first_day=day, last_day=day, any_day=DAY, lines=nw.lit(1), **sums)
    names = ["lines", *sums]
    if "order_id" in have:
        rows = _together(rows, ["customer_id", "order_id"], names).with_columns(orders=_one_if(HAS_DAY))
        names.append("orders")
    rows = _together(rows, ["customer_id", "first_day"], names).with_columns(purchase_days=_one_if(HAS_DAY))
    return _together(rows, ["customer_id"], [*names, "purchase_days"])


def _together(rows, keys, sums):
    days = {
        "first_day": nw.col("first_day").min(),
        "last_day": nw.col("last_day").max(),
        "any_day": nw.col("any_day").max(),
    }
    return rows.group_by(keys).agg(
        **{k: v for k, v in days.items() if k not in keys}, **{c: nw.col(c).sum() for c in sums}
    )


def _one_if(condition):
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0))


def _totals(counted, today):
    have = counted.collect_schema().names()
    # Sums on a grid of 4 decimals, see the docstring of `table`.
    money = [c for c in ("gross", "net", "cost", "given") if c in have]
    counted = counted.with_columns(*(nw.col(c).round(MONEY_DECIMALS) for c in money)).with_columns(
        first_order_day=_whole(nw.coalesce("first_day", "any_day")),
        last_order_day=_whole(nw.coalesce("last_day", "any_day")),
    )
    counts = [c for c in ("orders", "purchase_days", "lines") if c in have]
    columns = {c: _whole(nw.col(c)) for c in ("first_order_day", "last_order_day", *counts)}
    columns |= {
        "gross_revenue": nw.col("gross"),
        "returns": (nw.col("gross") - nw.col("net")).round(MONEY_DECIMALS),
        "revenue": nw.col("net"),
    }
    if "orders" in have:
        columns["mean_order_value"] = nw.when(nw.col("orders") > 0).then(nw.col("gross") / nw.col("orders"))
    columns |= {
        "recency_days": nw.lit(today) - nw.col("last_order_day"),
        "tenure_days": nw.lit(today) - nw.col("first_order_day"),
    }
    if "cost" in have:
        columns["margin"] = (nw.col("net") - nw.col("cost")).round(MONEY_DECIMALS)
    if "given" in have:
        list_value = nw.col("gross") + nw.col("given")
        columns["discount_share"] = nw.when(list_value > 0).then(nw.col("given") / list_value)
    return counted.select("customer_id", **columns)


def _whole(column):
    return column.cast(nw.Int64)


def _favourite(lines, column):
    """``top_<column>``: where most of a customer's gross revenue goes."""
    spent = (
        lines.filter(AMOUNT >= 0, ~nw.col(column).is_null())
        .group_by("customer_id", column)
        .agg(spend=AMOUNT.sum())
        .with_columns(spend=nw.col("spend").round(MONEY_DECIMALS))
    )
    return (
        spent.with_columns(most=nw.col("spend").max().over("customer_id"))
        .filter(nw.col("spend") == nw.col("most"))
        .group_by("customer_id")
        .agg(nw.col(column).min().alias(f"top_{column}"))
    )
