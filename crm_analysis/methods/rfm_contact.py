"""Whom to contact: cells of RFM scores whose response in an earlier campaign paid for the contact.

Break-even response = cost of a contact / profit of a response; index = 100 x (response - break-even) / break-even.
Source: Hughes, *Strategic Database Marketing*. Confidence limits: Wilson (1927), 95 %.
"""

import math
from typing import NamedTuple

import narwhals as nw
import pandas as pd

from crm_analysis.data import frames
from crm_analysis.methods import intervals, rfm

CONTACT, UNSURE, LEAVE, UNTRIED = "Contact", "Test again", "Do not contact", "Not tried"


class Campaign(NamedTuple):
    """An earlier campaign, scored as its customers stood the day before: ``found`` is the table of :func:`responses`,
    ``cost`` and ``profit`` are those of :func:`figures`.
    """

    name: str
    day: int
    found: pd.DataFrame
    cost: float | None
    profit: float | None

    @property
    def break_even(self):
        """The response rate at which a contact paid for itself."""
        return break_even(self.cost, self.profit)


def margin_share(customers):
    """What remains of the revenue as margin over all customers (0-1); 1 where the cost of goods is not known."""
    frame = nw.from_native(customers)
    if "margin" not in frame.collect_schema().names():
        return 1.0
    total = frames.to_pandas(frame.select(nw.col("margin").sum(), nw.col("revenue").sum())).iloc[0]
    return float(total["margin"] / total["revenue"]) if total["revenue"] > 0 and total["margin"] > 0 else 1.0


def judged(campaign):
    """The :func:`cells` of a campaign; None when there is none, or it does not tell what a contact costs and brings."""
    if campaign is None or not (campaign.cost and campaign.profit and campaign.cost > 0 and campaign.profit > 0):
        return None
    return cells(campaign.found, campaign.cost, campaign.profit)


def campaign(customers_on, contacts, profile, segment_map, name="", margin_share=1.0):
    """A campaign's responses by segment: :class:`Campaign`; the latest one when ``name`` is empty, None without contacts.

    The customers are scored with the profile as they stood the day before its first contact: ``customers_on(day)`` gives
    the customer table as of then, of the same engine as ``contacts``. Raises ValueError for a name that is not among the
    campaigns.
    """
    if contacts is None:
        return None
    rows = nw.from_native(contacts)
    days = frames.to_pandas(rows.group_by("campaign").agg(day=nw.col("contacted_day").min()))
    days = days.sort_values(["day", "campaign"]).set_index("campaign")["day"]
    if name and name not in days.index:
        raise ValueError(f"there is no campaign {name!r}; there are {', '.join(days.index)}")
    if days.empty:
        return None
    name = name or days.index[-1]
    rows = rows.filter(nw.col("campaign") == name).to_native()
    before = rfm.score(customers_on(frames.day(days[name] - 1)), profile, segment_map)
    found = responses(before, rows)
    return Campaign(name, int(days[name]), found, *figures(rows, margin_share).values())


def break_even(cost, profit):
    """The response rate (0-1) at which a contact pays for itself. Raises ValueError unless both are above 0.

    >>> break_even(1.5, 30)
    0.05
    """
    if not cost > 0 or not profit > 0:
        raise ValueError(f"cost per contact and profit per response must be above 0, not {cost} and {profit}")
    return cost / profit


def figures(contacts, margin_share=1.0):
    """Mean cost of a contact and mean profit of a response, measured in ``contacts`` (those treated), as a dict.

    ``margin_share`` (0-1) is what remains of the revenue of a response. None where the table does not tell.
    """
    have = nw.from_native(contacts).collect_schema().names()
    treated = nw.from_native(contacts).filter(nw.col("treated"))
    found = {"cost": None, "profit": None}
    if "cost" in have:
        found["cost"] = _number(treated.select(nw.col("cost").mean()))
    if "revenue" in have:
        mean = _number(treated.filter(nw.col("responded")).select(nw.col("revenue").mean()))
        found["profit"] = None if mean is None else mean * margin_share
    return found


def responses(scored, contacts, by=("segment",)):
    """Customers, contacts and responses per cell: a pandas frame with ``by``, ``customers``, ``contacted``, ``responses``.

    ``scored``: the customer table scored as it stood *before* the campaign; ``contacts``: the campaign's rows, of which
    only those with ``treated`` count; a customer contacted twice counts twice.
    """
    by = list(by)
    base = nw.from_native(scored).select("customer_id", *by)
    sizes = frames.to_pandas(base.group_by(*by).agg(customers=nw.len()))
    treated = nw.from_native(contacts).filter(nw.col("treated"))
    treated = treated.with_columns(hit_=nw.when(nw.col("responded")).then(nw.lit(1)).otherwise(nw.lit(0)))
    tried = base.join(treated.select("customer_id", "hit_"), on="customer_id", how="inner")
    tried = frames.to_pandas(tried.group_by(*by).agg(contacted=nw.len(), responses=nw.col("hit_").sum()))
    table = sizes.merge(tried, on=by, how="left").fillna({"contacted": 0, "responses": 0})
    return table.astype({"customers": int, "contacted": int, "responses": int}).sort_values(by).reset_index(drop=True)


def cells(found, cost, profit):
    """The cells of :func:`responses` judged against break-even, best first: a pandas frame.

    Adds ``response_rate`` and its limits ``low_rate`` and ``high_rate`` (0-1), ``index`` (0 = break-even),
    ``profit_per_contact`` (money), ``decision``: ``Contact`` (even the lower limit pays), ``Test again`` (the rate pays,
    or might, but the limits say it may be chance), ``Do not contact`` (even the upper limit does not pay), ``Not tried``.
    """
    even, rows = break_even(cost, profit), []
    for cell in found.itertuples():
        if not cell.contacted:
            rows.append((None, None, None, None, None, UNTRIED))
            continue
        rate = cell.responses / cell.contacted
        _, low, high, _ = intervals.share(cell.responses, cell.contacted)
        decision = CONTACT if low > even else LEAVE if high < even else UNSURE
        rows.append((rate, low, high, 100 * (rate - even) / even, rate * profit - cost, decision))
    columns = ["response_rate", "low_rate", "high_rate", "index", "profit_per_contact", "decision"]
    table = pd.concat([found, pd.DataFrame(rows, columns=columns, index=found.index)], axis=1)
    return table.sort_values("response_rate", ascending=False, na_position="last", kind="stable").reset_index(drop=True)


def _number(selected):
    value = frames.to_pandas(selected).iloc[0, 0]
    return None if value is None or math.isnan(value) else float(value)
