"""What would bring a below-zero customer above zero: service cost, order size, price; and what leaving would save.

All on contribution (margin - cost to sell - cost to serve): the cost to acquire is spent whether the customer stays or not.
"""

from typing import NamedTuple

import narwhals as nw
import pandas as pd

from crm_analysis.data import frames
from crm_analysis.methods import rfm_cuts

SERVICE, ORDER, PRICE, TOGETHER = "Lower service cost", "Larger orders", "Higher price", "All three together"
NOTHING, IDLE = "Let go", "Stop spending"
REMEDIES = (SERVICE, ORDER, PRICE, TOGETHER, NOTHING, IDLE)
ADVICE = {
    SERVICE: "Serve them as cheaply as others are served: self-service, fewer visits, charge for extras",
    ORDER: "Minimum order or free-delivery threshold, bundles",
    PRICE: "Raise the price or cut the discount",
    TOGETHER: "Renegotiate: price, order size and service at once",
    NOTHING: "No single step nor all of them help: let them go",
    IDLE: "They bought nothing: stop spending on them",
}


class Levers(NamedTuple):
    """How far each lever can be pulled, as shares (0-1): ``service_cut`` of the cost to sell and serve, but not below
    ``cost_per_order`` (money) an order; ``order_growth``; ``price_rise``.
    """

    service_cut: float
    order_growth: float
    price_rise: float
    cost_per_order: float


def learn(profits, service_cut=0.5, order_growth=0.25, price_rise=0.05):
    """The levers: the stated limits, and the median cost to sell and serve per order of customers above zero.

    Where nobody is above zero it is the median of all who ordered, and 0 where nobody did. Raises ValueError when a limit is
    negative.
    """
    if not 0 <= service_cut <= 1 or order_growth < 0 or price_rise < 0:
        raise ValueError(
            f"the service cut must be a share, order growth and price rise not negative; not {service_cut}, {order_growth} "
            f"and {price_rise}"
        )
    cost = (nw.col("sell") + nw.col("serve")) / nw.col("orders")
    ordered = nw.from_native(profits).filter(nw.col("orders") > 0).with_columns(per_order_=cost)
    above = nw.when(nw.col("contribution") > 0).then(nw.col("per_order_"))
    found = [cost for cost in rfm_cuts.quantile(ordered, [(above, 0.5), ("per_order_", 0.5)]) if cost is not None]
    return Levers(float(service_cut), float(order_growth), float(price_rise), round(found[0] if found else 0.0, 4))


def best_case(levers):
    """The contribution with every lever pulled as far as it goes, as a narwhals expression."""
    return nw.col("margin") * (1 + levers.order_growth) + nw.col("revenue") * levers.price_rise - _served(levers)


def below_zero(profits, levers):
    """One row per customer with contribution below zero, lazily, the dearest first.

    Columns ``customer_id``, ``orders``, ``revenue``, ``margin``, ``service_cost`` (to sell and to serve), ``contribution``; what
    each lever alone would have to do: ``service_cut_needed`` (share of the service cost), ``order_growth_needed`` (share
    by which the margin must grow at as many orders), ``price_rise_needed`` (share of revenue), missing where it cannot
    help; ``remedy``, the first of service cost, order size and price that suffices within its limit, else all together,
    else none; ``leaving_saves`` (money, what the contribution is short of zero); ``advice``.
    """
    frame = nw.from_native(profits).filter(nw.col("contribution") < 0)
    cost, margin, revenue = nw.col("sell") + nw.col("serve"), nw.col("margin"), nw.col("revenue")
    short = -nw.col("contribution")
    frame = frame.with_columns(
        service_cost=cost,
        service_cut_needed=nw.when((cost > 0) & (short <= cost)).then(short / cost),
        order_growth_needed=nw.when(margin > 0).then(short / margin),
        price_rise_needed=nw.when(revenue > 0).then(short / revenue),
        leaving_saves=short,
    )
    remedy = nw.when(best_case(levers) > 0).then(nw.lit(TOGETHER)).otherwise(nw.lit(NOTHING))
    steps = (
        (nw.col("price_rise_needed") <= levers.price_rise, PRICE),
        (nw.col("order_growth_needed") <= levers.order_growth, ORDER),
        (margin - _served(levers) >= 0, SERVICE),
        (nw.col("orders") <= 0, IDLE),
    )
    for suffices, name in steps:
        remedy = nw.when(suffices).then(nw.lit(name)).otherwise(remedy)
    columns = ["customer_id", "orders", "revenue", "margin", "service_cost", "contribution", "service_cut_needed"]
    columns += ["order_growth_needed", "price_rise_needed", "remedy", "leaving_saves"]
    frame = frame.with_columns(remedy=remedy).sort("leaving_saves", "customer_id", descending=[True, False])
    return frame.select(*columns, advice=frames.told("remedy", ADVICE)).to_native()


def summary(found):
    """One row per remedy that occurs in :func:`below_zero`, a pandas frame: ``remedy``, ``customers``, ``contribution`` (sum), ``leaving_saves``, ``advice``."""
    sums = {c: nw.col(c).sum() for c in ("contribution", "leaving_saves")}
    grouped = frames.to_pandas(nw.from_native(found).group_by("remedy").agg(customers=nw.len(), **sums))
    grouped = grouped.set_index("remedy").round(4)
    table = grouped.reindex([r for r in REMEDIES if r in grouped.index]).rename_axis("remedy").reset_index()
    return table.assign(advice=pd.Series([ADVICE[r] for r in table["remedy"]], dtype=object))


def _served(levers):
    """Cost to sell and serve cut as far as it goes: down to the usual cost per order, or as it is where it is lower."""
    cost, usual = nw.col("sell") + nw.col("serve"), nw.col("orders") * levers.cost_per_order
    cut = cost * (1.0 - levers.service_cut)
    least = nw.when(cut > usual).then(cut).otherwise(usual)
    return nw.when(cost < least).then(cost).otherwise(least)
