"""How sensitive customers are to price: what they buy at full price, and how sales move when a price moves.

The slope is the elasticity of quantity to price inside a product: a Poisson regression of units on log price with an
own level for every product (Hausman, Hall and Griliches 1984, Econometrica 52, the conditional form), so that dear and
cheap products are never compared, and weeks without a sale count as zeros where their price is known. Its variance is
widened by the dispersion found (quasi-Poisson). Prices move for reasons (season, stock, promotion), so the slope is what
went together, not what a price change would cause.
"""

import math

import narwhals as nw
import numpy as np
import pandas as pd

from crm_analysis.data import frames
from crm_analysis.methods import intervals

AMOUNT, DAY = nw.col("amount"), nw.col("order_day")


def by_customer(transactions, as_of, window_days):
    """One row per customer who bought in the window: ``list_value``, ``full_price_value`` (of lines without any
    discount) and ``full_price_share`` (0-1), lazily; None without a column ``discount``.
    """
    frame = nw.from_native(transactions)
    if "discount" not in frame.collect_schema().names():
        return None
    lines = _priced(frame, as_of, window_days)
    sums = ("list_value", "full_price_value")
    people = lines.group_by("customer_id").agg(**{name: nw.col(name).sum() for name in sums})
    people = people.with_columns(**{name: nw.col(name).round(4) for name in sums})
    share = nw.when(nw.col("list_value") > 0).then(nw.col("full_price_value") / nw.col("list_value"))
    return people.with_columns(full_price_share=share)


def full_price(transactions, as_of, window_days):
    """Share of list value bought at full price, ratio of sums over customers: an interval; None without discounts."""
    people = by_customer(transactions, as_of, window_days)
    if people is None:
        return None
    found = frames.to_pandas(people)
    return intervals.ratio(found["full_price_value"], found["list_value"])


def by_category(transactions, as_of, window_days, limit=15):
    """Offers by category, most revenue first: ``category``, ``customers``, ``revenue`` (purchases), ``full_price_share``,
    ``discount_share`` (money off list value), at most ``limit`` rows; empty without ``category`` or ``discount``.
    """
    names = ["category", "customers", "revenue", "full_price_share", "discount_share"]
    frame = nw.from_native(transactions)
    if not {"category", "discount"} <= set(frame.collect_schema().names()):
        return pd.DataFrame(columns=names)
    lines = _priced(frame, as_of, window_days).filter(~nw.col("category").is_null())
    sums = {"revenue": AMOUNT.sum()} | {c: nw.col(c).sum() for c in ("list_value", "full_price_value")}
    each = lines.group_by("category", "customer_id").agg(**sums)
    found = each.group_by("category").agg(customers=nw.len(), **{name: nw.col(name).sum() for name in sums})
    table = frames.to_pandas(found.with_columns(nw.col(*sums).round(4)))
    table = table.sort_values(["revenue", "category"], ascending=[False, True], ignore_index=True).head(limit)
    table["full_price_share"] = table["full_price_value"] / table["list_value"].where(table["list_value"] > 0)
    table["discount_share"] = 1 - table["revenue"] / table["list_value"].where(table["list_value"] > 0)
    return table[names]


def weeks(tables, own, as_of, window_days):
    """Units and price by product and week: of the panel where it has shelf prices (:func:`weekly_panel`), else of the own
    log (:func:`weekly_log`). ``tables`` maps names to frames.
    """
    found = weekly_panel(tables.get("purchases"), tables.get("prices"), own, as_of, window_days)
    return weekly_log(tables["transactions"], as_of, window_days) if found.empty else found


def weekly_panel(purchases, prices, own, as_of, window_days):
    """Units of each own brand and week with its shelf price: ``category``, ``series``, ``price``, ``quantity`` (0 in weeks
    without a purchase); from the tables ``purchases`` and ``prices``. Pandas; empty where one is absent.
    """
    names = ["category", "series", "price", "quantity"]
    if purchases is None or prices is None or not own:
        return pd.DataFrame(columns=names)
    today = frames.day_number(as_of)
    shelf = frames.to_pandas(nw.from_native(prices).select("category", "brand", "week_start_day", "price"))
    shelf = shelf[shelf["brand"].isin(own) & (shelf["price"] > 0)]
    shelf = shelf[(shelf["week_start_day"] > today - window_days) & (shelf["week_start_day"] + 6 <= today)]
    frame, day = nw.from_native(purchases), nw.col("purchase_day")
    units = nw.col("quantity") if "quantity" in frame.collect_schema().names() else nw.lit(1)
    bought = frame.filter(day > today - window_days - 7, day <= today, nw.col("brand").is_in(list(own)))
    sold = frames.to_pandas(
        bought.with_columns(units=units).group_by("category", "brand", "purchase_day").agg(nw.col("units").sum())
    )
    first = shelf["week_start_day"].min() if len(shelf) else 0
    sold["week_start_day"] = first + (sold["purchase_day"] - first) // 7 * 7
    sold = sold.groupby(["category", "brand", "week_start_day"], as_index=False)["units"].sum()
    table = shelf.merge(sold, on=["category", "brand", "week_start_day"], how="left")
    table["quantity"] = table["units"].fillna(0).astype(float)
    table["series"] = table["category"] + " / " + table["brand"]
    return table[names]


def weekly_log(transactions, as_of, window_days, least_share=0.75, least_weeks=12, least_uniform=0.9):
    """Units and price of each product and week of the own log: columns as :func:`weekly_panel`, pandas.

    The price of a week is the (lower) median paid per unit. Used are products sold in at least ``least_share`` of the weeks between
    their first and last sale and in ``least_weeks``, for which in weeks of three or more lines ``least_uniform`` of the lines
    were sold at the week's price (to 1 %): where customers pay different prices in one week, the price is theirs and not
    the shelf's. Weeks without a sale have no price in a log and are left out, which pulls the slope towards zero.
    """
    names = ["category", "series", "price", "quantity"]
    frame = nw.from_native(transactions)
    have = set(frame.collect_schema().names())
    if not {"product", "quantity"} <= have:
        return pd.DataFrame(columns=names)
    today = frames.day_number(as_of)
    bought = frame.filter(today - window_days < DAY, today >= DAY, AMOUNT > 0, nw.col("quantity") > 0)
    keys = [*(["brand"] if "brand" in have else []), "product"]
    lines = bought.filter(*(~nw.col(key).is_null() for key in keys)).select(
        *keys,
        category=nw.col("category").fill_null("") if "category" in have else nw.lit(""),
        week=(DAY // 7).cast(nw.Int64),
        paid=(AMOUNT / nw.col("quantity")).round(4),
        quantity=nw.col("quantity"),
    )
    once = lines.select(*keys, "week").unique().group_by(*keys)
    counted = once.agg(weeks=nw.len(), first=nw.col("week").min(), last=nw.col("week").max())
    span = nw.col("last") - nw.col("first") + 1
    steady = counted.filter(nw.col("weeks") >= least_weeks, nw.col("weeks") >= least_share * span).select(*keys)
    cells = lines.join(steady, on=keys, how="inner").group_by(*keys, "week", "paid")
    cells = cells.agg(category=nw.col("category").min(), quantity=nw.col("quantity").sum(), lines=nw.len())
    return _weeks(frames.to_pandas(cells), keys, least_uniform)[names]


def _weeks(cells, keys, least_uniform):
    """Cells of one product, week and price put together to weeks; products without one price a week left out."""
    names = cells[keys[0]].astype(str)
    for key in keys[1:]:
        names = names + " / " + cells[key].astype(str)
    codes, series = pd.factorize(names, sort=True)
    cells = cells.assign(code=codes).sort_values(["code", "week", "paid"], ignore_index=True)
    weeks = cells.groupby(["code", "week"], sort=True)
    total = weeks["lines"].transform("sum")
    middle = cells[2 * weeks["lines"].cumsum() >= total].groupby(["code", "week"])["paid"].first()
    cells["price"] = middle.reindex(pd.MultiIndex.from_frame(cells[["code", "week"]])).to_numpy()
    cells["same"] = cells["lines"].where((cells["paid"] / cells["price"] - 1).abs() <= 0.01, 0)
    many = cells[total >= 3].groupby("code")[["same", "lines"]].sum()
    used = cells[cells["code"].isin(many.index[many["same"] >= least_uniform * many["lines"]])]
    weeks = used.groupby(["code", "week"], sort=True)
    table = weeks[["category", "price"]].first().assign(quantity=weeks["quantity"].sum()).reset_index()
    return table.assign(series=series[table["code"]])


def slope(weeks, least_prices=3, level=0.95):
    """The elasticity over all series of ``weeks``: a dict of ``slope``, ``low``, ``high``, ``series`` (number), ``weeks``.

    Used are series with at least ``least_prices`` different prices (to 1 %) and some sale; none: the slope is missing.
    Newton's method on the conditional log-likelihood, which is concave in the one coefficient.
    """
    used = _varied(weeks, least_prices)
    nothing = {"slope": math.nan, "low": math.nan, "high": math.nan, "series": 0, "weeks": 0}
    if used.empty:
        return nothing
    group = used.groupby("series", sort=True).ngroup().to_numpy()
    q, x = used["quantity"].to_numpy(dtype=float), np.log(used["price"].to_numpy(dtype=float))
    total, n = np.bincount(group, q), len(used)
    x = x - (np.bincount(group, x) / np.bincount(group))[group]
    beta = 0.0
    for _ in range(50):
        share, mean, information = _moments(group, x, total, beta)
        step = float(np.clip(((q - total[group] * share) * x).sum() / information, -2, 2))
        beta += step
        if abs(step) < 1e-10:
            break
    share, mean, information = _moments(group, x, total, beta)
    fitted = total[group] * share
    freedom = n - len(total) - 1
    dispersion = max(1.0, float(((q - fitted) ** 2 / fitted).sum() / freedom)) if freedom > 0 else 1.0
    half = intervals.normal_quantile(level) * math.sqrt(dispersion / information)
    return {"slope": beta, "low": beta - half, "high": beta + half, "series": len(total), "weeks": n}


def slopes(weeks, least_prices=3):
    """The elasticity by category: one row per category with one, ``category`` and the columns of :func:`slope`."""
    rows = [{"category": name} | slope(part, least_prices) for name, part in weeks.groupby("category", sort=True)]
    table = pd.DataFrame(rows, columns=["category", "slope", "low", "high", "series", "weeks"])
    return table[table["series"] > 0].reset_index(drop=True)


def _priced(frame, as_of, window_days):
    today = frames.day_number(as_of)
    bought = frame.filter(today - window_days < DAY, today >= DAY, AMOUNT >= 0)
    given = nw.col("discount").fill_null(0.0)
    bought = bought.with_columns(given=given, list_value=AMOUNT + given)
    full = nw.when(nw.col("given") > 0).then(nw.lit(0.0)).otherwise(nw.col("list_value"))
    return bought.with_columns(full_price_value=full)


def _varied(weeks, least_prices):
    if weeks.empty:
        return weeks
    steps = np.round(np.log(weeks["price"].astype(float)) / 0.01)
    different = steps.groupby(weeks["series"]).transform("nunique")
    sold = weeks.groupby("series")["quantity"].transform("sum")
    return weeks[(different >= least_prices) & (sold > 0)]


def _moments(group, x, total, beta):
    """Shares of each week inside its series, their mean log price, and the information at ``beta``."""
    weight = np.exp(np.clip(beta * x, -500, 500))
    share = weight / np.bincount(group, weight)[group]
    mean = np.bincount(group, share * x)
    information = float((total * (np.bincount(group, share * x * x) - mean**2)).sum())
    return share, mean, information
