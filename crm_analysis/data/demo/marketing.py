"""What the demo company spends on its customers and what they show of themselves: campaigns, costs, engagement.

Every campaign keeps a control group drawn by lot. The planted effect: a contacted customer places one extra order
within the response window with a stated probability of his or her segment; the extra orders are in the transactions.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from crm_analysis.data.demo.shop import DEVOTED, LAST_DAY, ONE_TIMER, START, between, stream

WINDOW_DAYS = 21
CONTROL_SHARE = 0.30
SILENT_DAYS = 180


class Campaign(NamedTuple):
    """One campaign: whom it selects, the cost of a contact in cents, the extra-order probability by segment."""

    name: str
    day: str
    size: int
    audience: str  # "active": ordered within SILENT_DAYS; "silent": did not
    channel: str
    cost: int
    extra_order: tuple


CAMPAIGNS = (
    Campaign("Spring tasting 2025", "2025-03-17", 560, "active", "post", 140, (0.04, 0.20, 0.26, 0.16, 0.0)),
    Campaign("Autumn win-back 2025", "2025-10-06", 800, "silent", "phone", 380, (0.22, 0.20, 0.24, 0.10, 0.03)),
    Campaign("Spring sale 2026", "2026-04-13", 1000, "active", "email", 12, (0.05, 0.16, 0.38, 0.16, 0.0)),
)
ACQUIRE = {"search": 380, "social": 300, "shop": 110, "fair": 600, "referral": 200}  # cents, mean by channel
MAILING, ACCOUNT_CALL = 55, 900  # cents a quarter
ORDER_COST, RETURN_COST, CASE_COST = 200, 420, 900  # cents each
DEMANDING_COST = 2600  # cents per order, median: visits, special deliveries, small parcels
DEMANDING_OFFICE_FACTOR = 4  # large accounts are demanding on a larger scale
FADE_DAYS, FADE = 60, 0.4  # what is left of the visits in the last days of a relationship
ENGAGED = 460  # customers who log in, so that their visits are known


def campaigns(seed, people, orders):
    """People, orders and contacts after the campaigns: extra orders are added, a won-back customer's end moves."""
    rng = stream(seed, 11)
    contacts = []
    for number, campaign in enumerate(CAMPAIGNS):
        day = int((np.datetime64(campaign.day) - START).astype(int))
        who = _selected(rng, people, orders, campaign, day)
        treated = rng.random_sample(len(who)) >= CONTROL_SHARE
        chance = np.array(campaign.extra_order)[people["segment"].to_numpy()[who]]
        can = (people["end"].to_numpy()[who] > day) | (campaign.audience == "silent")
        extra = treated & can & (rng.random_sample(len(who)) < chance)
        days = day + between(rng, 1, WINDOW_DAYS + 1, len(who))
        new = pd.DataFrame({"order": -1, "customer": who[extra], "day": days[extra], "campaign": number})
        orders = pd.concat([orders, new], ignore_index=True)
        last = new.set_index("customer")["day"].reindex(np.arange(len(people)), fill_value=-1)
        people = people.assign(end=np.maximum(people["end"], last.to_numpy()))
        contacts.append(pd.DataFrame({"campaign": number, "customer": who, "day": day, "treated": treated}))
    return people, orders, pd.concat(contacts, ignore_index=True)


def _selected(rng, people, orders, campaign, day):
    """Row numbers drawn by lot from the campaign's audience, in customer order."""
    last = orders[orders["day"] < day].groupby("customer")["day"].max().reindex(np.arange(len(people)))
    recent = (last >= day - SILENT_DAYS).to_numpy()
    fits = recent if campaign.audience == "active" else (last < day - SILENT_DAYS).to_numpy()
    candidates = np.flatnonzero(fits & people["contactable"].to_numpy())
    return np.sort(rng.permutation(candidates)[: campaign.size])


def outcomes(contacts, lines):
    """Contacts with ``revenue`` in cents and ``responded``: orders 1 to WINDOW_DAYS days after, returns apart."""
    bought = contacts.reset_index().merge(lines[["customer", "day", "amount"]], on="customer", suffixes=("", "_order"))
    after = bought["day_order"] - bought["day"]
    revenue = bought[after.between(1, WINDOW_DAYS)].groupby("index")["amount"].sum()
    revenue = revenue.reindex(contacts.index, fill_value=0)
    cost = np.where(contacts["treated"], np.array([c.cost for c in CAMPAIGNS])[contacts["campaign"]], 0)
    return contacts.assign(revenue=revenue, responded=revenue > 0, cost=cost)


def quarter(days):
    """Quarters since the first one of the period, from days since its start."""
    return (START + np.asarray(days)).astype("datetime64[M]").astype(int) // 3 - 54 * 4


def costs(seed, people, orders, returned, cases, contacts):
    """Cents to acquire, sell to and serve each customer in each quarter; quarters without cost have no row."""
    rng = stream(seed, 12)
    mean = people["channel"].map(ACQUIRE).to_numpy()
    people = people.assign(acquire=np.floor(mean * np.exp(0.25 * rng.standard_normal(len(people)))).astype(int))
    who = orders["customer"].to_numpy()
    demanding, office = people["demanding"].to_numpy()[who], people["office"].to_numpy()[who]
    special = DEMANDING_COST * np.where(office, DEMANDING_OFFICE_FACTOR, 1)
    special = np.floor(special * np.exp(0.5 * rng.standard_normal(len(orders)))).astype(int)
    parcels = returned.drop_duplicates("order_id")
    entries = [
        _entries(people.index, people["acquired"], "acquire", people["acquire"]),
        _entries(orders["customer"], orders["day"], "serve", ORDER_COST + np.where(demanding, special, 0)),
        _entries(parcels["customer"], parcels["day"], "serve", RETURN_COST),
        _entries(cases["customer"], cases["opened"] // (24 * 60), "serve", CASE_COST),
        _entries(contacts["customer"], contacts["day"], "sell", contacts["cost"]),
        _selling(people, orders),
    ]
    table = pd.concat(entries).pivot_table(index=["customer", "quarter"], columns="kind", values="cents", aggfunc="sum")
    table = table.reindex(columns=["acquire", "sell", "serve"]).fillna(0).astype(int).reset_index()
    return table[table[["acquire", "sell", "serve"]].sum(axis=1) > 0].reset_index(drop=True)


def _entries(customer, day, kind, cents):
    """Cost entries of one kind, booked in the quarter of their day."""
    return pd.DataFrame({"customer": customer, "quarter": quarter(day), "kind": kind, "cents": cents})


def _selling(people, orders):
    """A mailing to contactable buyers of this or the last quarter; a call to the accounts (devoted, offices)."""
    bought = pd.DataFrame({"customer": orders["customer"], "quarter": quarter(orders["day"])})
    mailed = pd.concat([bought, bought.assign(quarter=bought["quarter"] + 1)]).drop_duplicates()
    mailed = mailed[(mailed["quarter"] <= quarter(LAST_DAY)) & people["contactable"].to_numpy()[mailed["customer"]]]
    account = (people["segment"].eq(DEVOTED) | people["office"]).to_numpy()[mailed["customer"]]
    return mailed.assign(kind="sell", cents=MAILING + np.where(account, ACCOUNT_CALL, 0))


def engagement(seed, people, orders):
    """Monthly visits, searches, opened messages, minutes to choose (-1: no order) and referrals of ``ENGAGED`` people.

    Visits fall to ``FADE`` in the last ``FADE_DAYS`` days of a relationship: the early warning that can be found.
    """
    rng = stream(seed, 13)
    keys = rng.random_sample(len(people)) ** np.where(people["segment"] == ONE_TIMER, 5.0, 1.0)
    who = np.sort(np.argsort(-keys, kind="stable")[:ENGAGED])
    months = (START + np.arange(LAST_DAY + 1)).astype("datetime64[M]")
    first_days = np.flatnonzero(np.r_[True, months[1:] != months[:-1]])
    table = pd.MultiIndex.from_product([who, first_days], names=["customer", "day"]).to_frame(index=False)
    mine = people.iloc[table["customer"]].reset_index(drop=True)
    table = table[mine["acquired"] < table["day"] + 31].reset_index(drop=True)
    mine = people.iloc[table["customer"]].reset_index(drop=True)
    left = mine["end"] - table["day"]
    fade = np.select([left < 0, left < FADE_DAYS], [0.03, FADE], 1.0)
    placed = _monthly(orders["customer"], orders["day"], first_days, table)
    eager = fade * (0.5 + 0.13 * mine["rate"]) * np.exp(0.2 * mine["attitude"])
    table["visits"] = placed + rng.poisson(eager)
    table["searches"] = rng.poisson(0.35 * eager * np.exp(0.3 * mine["attitude"]))
    table["opens"] = rng.poisson(np.where(mine["contactable"], 0.9 * fade * np.exp(0.3 * mine["attitude"]), 0.0))
    minutes = np.exp(2.9 - 0.35 * mine["attitude"] - 0.03 * mine["rate"] + 0.5 * rng.standard_normal(len(table)))
    table["tenths"] = np.where(placed > 0, np.floor(10 * minutes), -1).astype(int)
    joined = people[people["referrer"] >= 0]
    won = _monthly(joined["referrer"], joined["acquired"], first_days, table)
    table["referrals"] = won + rng.poisson(0.03 * fade * np.exp(0.6 * mine["attitude"]))
    return table[table[["visits", "searches", "opens", "referrals"]].sum(axis=1) > 0].reset_index(drop=True)


def _monthly(customer, day, first_days, table):
    """How many of the events (customer, day) fall into each row's month."""
    month = first_days[np.searchsorted(first_days, day, side="right") - 1]
    counts = pd.Series(1, index=pd.MultiIndex.from_arrays([customer, month])).groupby(level=[0, 1]).sum()
    return counts.reindex(pd.MultiIndex.from_frame(table[["customer", "day"]]), fill_value=0).to_numpy()
