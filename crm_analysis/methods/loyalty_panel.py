"""What customers buy elsewhere: share of category requirements, share of wallet, switching to rivals, rivals tried.

Needs purchases in which rivals are seen: a panel (table ``purchases``), or a multi-brand seller's own order log, where the
rivals are the other makers on the same shelf and rival shops stay unseen. Counted are the categories in which an own
brand was bought by anybody: who cannot buy tea from us does not lack loyalty in tea.
"""

import narwhals as nw

from crm_analysis.data import frames
from crm_analysis.methods import intervals

PANEL, OWN_LOG = "purchases", "transactions"


def own_brands(text):
    """Own brands from text, ``"Harbour, Hillside"``; none from an empty one.

    >>> own_brands("Harbour, Hillside")
    ('Harbour', 'Hillside')
    """
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def purchases(tables, as_of, window_days, own):
    """The purchases of the window with rivals in sight, as ``(frame, source)``; ``(None, source)`` where there are none.

    ``tables`` maps names to frames; ``own`` names the own brands. ``frame`` (narwhals) has ``customer_id``, ``day``,
    ``category``, ``brand``, ``quantity`` (units, 1 where unknown, at the mean price of their category), ``amount`` (missing
    where unknown), ``own`` (1 or 0), only in categories where an own brand was bought. ``source`` is "purchases", or "transactions" for the own log.
    """
    today = frames.day_number(as_of)
    for source, day in ((PANEL, "purchase_day"), (OWN_LOG, "order_day")):
        table = tables.get(source)
        if table is None or not own:
            continue
        frame = nw.from_native(table)
        have = set(frame.collect_schema().names())
        if not {day, "brand", "category"} <= have:
            continue
        when = nw.col(day)
        known = frame.filter(
            when > today - window_days, when <= today, ~nw.col("brand").is_null(), ~nw.col("category").is_null()
        )
        if "amount" in have:
            known = known.filter(nw.col("amount").fill_null(0.0) >= 0)
        known = known.select(
            "customer_id",
            "category",
            "brand",
            day=when,
            quantity=nw.col("quantity").cast(nw.Float64).fill_null(1.0) if "quantity" in have else nw.lit(1.0),
            amount=nw.col("amount") if "amount" in have else nw.lit(None, dtype=nw.Float64),
            own=nw.when(nw.col("brand").is_in(list(own))).then(nw.lit(1)).otherwise(nw.lit(0)),
        )
        ours = frames.to_pandas(known.filter(nw.col("own") == 1).select("category").unique())
        if len(ours):
            return _valued(known.filter(nw.col("category").is_in(sorted(ours["category"])))), source
    return None, PANEL if tables.get(PANEL) is not None else OWN_LOG


def _valued(found):
    """Units at the mean price of their category, so that tea and coffee, or grams and pieces, can be added up.

    In one category this changes no share. Without money every unit counts as one.
    """
    paid = nw.when(~nw.col("amount").is_null()).then(nw.col("quantity")).otherwise(nw.lit(0.0))
    priced = (
        found.with_columns(units=paid)
        .group_by("category")
        .agg(money=nw.col("amount").sum(), units=nw.col("units").sum())
    )
    price = nw.when((nw.col("units") > 0) & (nw.col("money") > 0)).then(nw.col("money") / nw.col("units"))
    unit = priced.select("category", unit_price=price.otherwise(nw.lit(1.0)))
    return found.join(unit, on="category", how="left").with_columns(quantity=nw.col("quantity") * nw.col("unit_price"))


def brands(tables, limit=8):
    """The brands bought most, as the analyst must name some of them as own: a list of names, most purchases first."""
    for source in (PANEL, OWN_LOG):
        table = tables.get(source)
        if table is not None and "brand" in nw.from_native(table).collect_schema().names():
            counts = frames.to_pandas(nw.from_native(table).group_by("brand").agg(n=nw.len())).dropna()
            return list(counts.sort_values(["n", "brand"], ascending=[False, True])["brand"].head(limit))
    return []


def by_customer(found):
    """One row per customer: ``customer_id``, ``own_quantity``, ``quantity``, ``own_amount``, ``amount``, ``own_share`` (of
    category requirements, 0-1; missing without quantity), ``rivals`` (distinct rival brands bought), lazily.
    """
    ours = nw.col("own") == 1
    sums = {name: nw.col(name).sum() for name in ("quantity", "amount", "own_quantity", "own_amount")}
    split = found.with_columns(
        own_quantity=nw.when(ours).then(nw.col("quantity")).otherwise(nw.lit(0.0)),
        own_amount=nw.when(ours).then(nw.col("amount")).otherwise(nw.lit(0.0)),
    )
    totals = split.group_by("customer_id").agg(**sums).with_columns(
        own_share=nw.when(nw.col("quantity") > 0).then(nw.col("own_quantity") / nw.col("quantity"))
    )  # fmt: skip
    others = found.filter(nw.col("own") == 0).select("customer_id", "brand").unique()
    others = others.group_by("customer_id").agg(rivals=nw.len())
    return totals.join(others, on="customer_id", how="left").with_columns(nw.col("rivals").fill_null(0).cast(nw.Int64))


def repeats(found):
    """One row per customer: ``own_before`` (purchases of ours that another purchase in the category followed) and
    ``own_after`` (of those followed by ours again), lazily; the share of the two sums is P(own | own).

    A day with several brands counts by its shares of quantity: half ours followed by all ours is half a repeat of half
    a purchase. Days are put in order inside customer and category, never across.
    """
    ours = nw.when(nw.col("own") == 1).then(nw.col("quantity")).otherwise(nw.lit(0.0))
    days = found.with_columns(ours=ours).group_by("customer_id", "category", "day")
    days = days.agg(nw.col("ours").sum(), nw.col("quantity").sum()).filter(nw.col("quantity") > 0)
    days = days.with_columns(part=nw.col("ours") / nw.col("quantity"))
    following = nw.col("part").shift(-1).over("customer_id", "category", order_by="day")
    steps = days.with_columns(following=following).filter(~nw.col("following").is_null())
    steps = steps.with_columns(own_after=nw.col("part") * nw.col("following"))
    return steps.group_by("customer_id").agg(own_before=nw.col("part").sum(), own_after=nw.col("own_after").sum())


def figures(found):
    """The panel's side of the indicators, a dict of intervals over customers.

    ``requirements`` (share of category requirements of our buyers, ratio of sums of quantity), ``mean_requirements`` (mean
    of the buyers' own shares), ``wallet`` (ratio of sums of money), ``repeat`` (P(own | own)), ``switch`` (P(rival | own)),
    ``rivals`` (mean number of rival brands bought, all customers).
    """
    people = frames.to_pandas(by_customer(found))
    buyers = people[people["own_quantity"] > 0]
    steps = frames.to_pandas(repeats(found))
    away = steps["own_before"] - steps["own_after"]
    seen = buyers["amount"].notna() & (buyers["amount"] > 0)
    return {
        "requirements": intervals.ratio(buyers["own_quantity"], buyers["quantity"]),
        "mean_requirements": intervals.mean(buyers["own_share"]),
        "wallet": intervals.ratio(buyers.loc[seen, "own_amount"], buyers.loc[seen, "amount"]),
        "repeat": intervals.ratio(steps["own_after"], steps["own_before"]),
        "switch": intervals.ratio(away, steps["own_before"]),
        "rivals": intervals.mean(people["rivals"]),
    }
