"""Harbour & Hill: a seeded demo company with a known truth.

``python -m crm_analysis.data.demo [FOLDER]`` writes all tables as CSV and ``truth.json``, everything that was planted;
the same seed gives the same bytes. ``data/README.md`` tells the company's story.
"""

import csv
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from crm_analysis.data.demo import marketing, panel, service, shop, survey
from crm_analysis.data.demo.shop import END, LAST_DAY, PRODUCTS, SEGMENTS, START
from crm_analysis.data.tables import DETERMINANTS, TABLES, columns

SEED = 20240101
FOLDER = Path(__file__).parents[3] / "data" / "demo"


class Company(NamedTuple):
    """Everything about the company as frames of day, cent and row numbers; ``tables`` turns them into text."""

    people: object
    lines: object
    costs: object
    purchases: object
    prices: object
    survey: object
    cases: object
    engagement: object
    contacts: object


def company(seed=SEED):
    """The company in the order in which it comes about: orders, complaints, campaigns, and what follows from them."""
    people = shop.people(seed)
    orders = shop.base_orders(seed, people)
    orders = orders.assign(order=orders.index, campaign=-1)
    cases = service.complaints(seed, people, orders)
    people, orders, cases = service.consequences(people, orders, cases)
    people, orders, contacts = marketing.campaigns(seed, people, orders)
    orders = shop.numbered(orders)
    lines = shop.lines(seed, people, orders)
    returned = shop.returns(seed, people, lines)
    cases = service.seen(seed, cases)
    cases["order_id"] = cases["order"].map(orders[orders["order"] >= 0].set_index("order")["order_id"])
    contacts = marketing.outcomes(contacts, lines)
    prices = panel.prices(seed)
    return Company(
        people=people,
        lines=_both(lines, returned),
        costs=marketing.costs(seed, people, orders, returned, cases, contacts),
        purchases=panel.purchases(seed, people, prices),
        prices=prices,
        survey=survey.survey(seed, people, cases),
        cases=cases,
        engagement=marketing.engagement(seed, people, orders),
        contacts=contacts,
    )


def _both(lines, returned):
    """Order lines and return lines in order of day and order number."""
    both = pd.concat([lines, returned])
    return both.sort_values(["day", "order_id"], kind="stable", ignore_index=True)


def _money(cents):
    """Cents as text in euros: exact, without a float in between."""
    return [f"{'-' if c < 0 else ''}{abs(c) // 100}.{abs(c) % 100:02d}" for c in np.asarray(cents).tolist()]


def _date(days):
    return np.datetime_as_string(START + np.asarray(days), unit="D").tolist()


def _time(minutes):
    """Minutes since START as ``2025-03-14 09:05``; -1 (not yet) as an empty cell."""
    minutes = np.asarray(minutes)
    text = np.datetime_as_string(START.astype("datetime64[m]") + minutes, unit="m")
    return ["" if m < 0 else t.replace("T", " ") for m, t in zip(minutes.tolist(), text.tolist(), strict=True)]


def _flag(values):
    return ["yes" if v else "no" for v in values]


def _whole(values, missing=-1):
    return ["" if v == missing else str(v) for v in np.asarray(values).tolist()]


def tables(company):
    """The tables of the contract: a dict of table name to dict of column name to list of text cells."""
    ids = company.people["customer_id"].to_numpy()
    made = {
        "transactions": _transactions(company, ids),
        "customers": _customers(company, ids),
        "costs": _costs(company, ids),
        "purchases": _purchases(company, ids),
        "prices": _prices(company),
        "survey": _survey(company, ids),
        "service": _service(company, ids),
        "engagement": _engagement(company, ids),
        "contacts": _contacts(company, ids),
    }
    return {table: {c: list(made[table][c]) for c in columns(table)} for table in TABLES}


def _transactions(company, ids):
    t = company.lines
    product = [PRODUCTS[k] for k in t["product"]]
    return {
        "customer_id": ids[t["customer"]], "order_id": t["order_id"], "order_date": _date(t["day"]),
        "amount": _money(t["amount"]), "quantity": _whole(t["quantity"], None), "discount": _money(t["discount"]),
        "cost": _money(t["cost"]), "brand": [p[1] for p in product], "category": [p[0] for p in product],
        "product": [p[2] for p in product],
    }  # fmt: skip


def _customers(company, ids):
    t = company.people
    return {
        "customer_id": ids, "acquired_on": _date(t["acquired"]), "channel": t["channel"], "region": t["region"],
        "referred_by": ["" if k < 0 else ids[k] for k in t["referrer"]], "contactable": _flag(t["contactable"]),
    }  # fmt: skip


def _costs(company, ids):
    t = company.costs
    first_month = START.astype("datetime64[M]")
    period_end = (first_month + 3 * (t["quarter"].to_numpy() + 1)).astype("datetime64[D]") - 1
    spent = {c: _money(t[c]) for c in ("acquire", "sell", "serve")}
    return {"customer_id": ids[t["customer"]], "period_end": period_end.astype(str), **spent}


def _purchases(company, ids):
    t = company.purchases
    return {
        "customer_id": ids[t["customer"]], "purchase_date": _date(t["day"]), "category": t["category"],
        "brand": t["brand"], "quantity": _whole(t["quantity"]), "amount": _money(t["amount"]),
    }  # fmt: skip


def _prices(company):
    t = company.prices
    return {
        "category": t["category"], "brand": t["brand"], "week_start": _date(t["week"]), "price": _money(t["price"]),
        "promoted": _flag(t["promoted"]),
    }  # fmt: skip


def _survey(company, ids):
    t = company.survey
    answers = {c: _whole(t[c]) for c in columns("survey")[2:-4]}
    coffee = {c: t[c] for c in ("last_brand", "next_brand")} | {"purchases_per_year": _whole(t["purchases_per_year"])}
    spent = [
        text if cents >= 0 else ""
        for text, cents in zip(_money(t["spend_per_purchase"]), t["spend_per_purchase"], strict=True)
    ]
    return {
        "customer_id": ids[t["customer"]], "answered_on": _date(t["day"]), **answers, **coffee, "spend_per_purchase": spent,
    }  # fmt: skip


def _service(company, ids):
    t = company.cases
    return {
        "case_id": [f"C{1001 + k}" for k in range(len(t))], "customer_id": ids[t["customer"]],
        "order_id": t["order_id"].mask(t["no_order"], ""), "opened_at": _time(t["opened"]), "kind": t["kind"],
        "valid": t["verdict"], "first_response_at": _time(t["answered"]), "resolved_at": _time(t["resolved"]),
        "visited_at": _time(t["visited"]), "archived_at": _time(t["archived"]), "resolution": t["resolution"],
        "satisfaction": _whole(t["satisfaction"], 0),
    }  # fmt: skip


def _engagement(company, ids):
    t = company.engagement
    counts = {c: _whole(t[c]) for c in ("visits", "searches", "opens", "referrals")}
    minutes = ["" if m < 0 else f"{m // 10}.{m % 10}" for m in t["tenths"].tolist()]
    return {"customer_id": ids[t["customer"]], "month_start": _date(t["day"]), "choice_minutes": minutes, **counts}


def _contacts(company, ids):
    t = company.contacts
    campaign = [marketing.CAMPAIGNS[k] for k in t["campaign"]]
    return {
        "campaign": [c.name for c in campaign], "customer_id": ids[t["customer"]], "contacted_on": _date(t["day"]),
        "treated": _flag(t["treated"]), "channel": [c.channel for c in campaign], "cost": _money(t["cost"]),
        "responded": _flag(t["responded"]), "revenue": _money(t["revenue"]),
    }  # fmt: skip


def truth(seed, company):
    """Everything that was planted, ready for JSON: parameters first, then one array entry per customer."""
    people = company.people
    named = {flag: people.loc[people[flag], "customer_id"].tolist()
             for flag in ("demanding", "office", "spurious", "latent", "lost")}  # fmt: skip
    ended = [None if e > LAST_DAY else int(e) for e in people["end"]]
    return {
        "company": {"name": "Harbour & Hill", "currency": "EUR", "own_brands": shop.OWN_BRANDS},
        "seed": seed,
        "period": {"start": str(START), "end": str(END)},
        "segments": [s._asdict() for s in SEGMENTS],
        "shares": {
            "return_of_lines": dict(zip(shop.CATEGORIES, shop.RETURN_SHARE, strict=True)),
            "referred": shop.REFERRED_SHARE, "office_of_devoted_and_regular": shop.OFFICE_SHARE,
            "demanding": shop.DEMANDING_SHARE, "demanding_of_offices": shop.DEMANDING_OFFICE_SHARE,
            "spurious_of_devoted_and_regular": shop.SPURIOUS_SHARE,
            "latent_of_occasional_and_one_timers": shop.LATENT_SHARE,
        },
        "office_basket_factor": shop.OFFICE_FACTOR,
        "season": {"month": shop.MONTH_SEASON, "weekday": shop.WEEKDAY_SEASON},
        "coffee_switching": panel.COFFEE,
        "tea_logit": panel.TEA,
        "survey": _survey_truth(),
        "complaints": _complaint_truth(),
        "campaigns": [c._asdict() for c in marketing.CAMPAIGNS],
        "campaign_design": {
            "window_days": marketing.WINDOW_DAYS, "control_share": marketing.CONTROL_SHARE,
            "silent_days": marketing.SILENT_DAYS,
        },
        "engagement": {"fade_days": marketing.FADE_DAYS, "visits_left": marketing.FADE},
        "costs_in_cents": {
            "acquire": marketing.ACQUIRE, "mailing": marketing.MAILING,
            "account_call": marketing.ACCOUNT_CALL, "order": marketing.ORDER_COST,
            "return": marketing.RETURN_COST, "case": marketing.CASE_COST,
            "demanding_order": marketing.DEMANDING_COST,
            "demanding_office_factor": marketing.DEMANDING_OFFICE_FACTOR,
        },
        "named_customers": {"lost_to_complaint": named.pop("lost"), **named},
        "customers": {
            "about": "one entry per row of customers.csv, in its order; segment: number of the list above; "
                     "ended: days after the start of the period, null: still a customer at its end; "
                     "orders_per_year: true rate while a customer, after the first order",
            "segment": people["segment"].tolist(),
            "ended": ended,
            "orders_per_year": [round(r, 2) for r in people["rate"].tolist()],
        },
    }  # fmt: skip


def _survey_truth():
    return {
        "satisfaction_weights": {d: survey.SATISFACTION_WEIGHTS.get(d, 0.0) for d in DETERMINANTS},
        "satisfaction": survey.SATISFACTION,
        "perceived_mean": dict(zip(DETERMINANTS, survey.PERCEIVED, strict=True)),
        "expected_mean": dict(zip(DETERMINANTS, survey.EXPECTED, strict=True)),
        "importance_share": dict(zip(DETERMINANTS, survey.IMPORTANCE, strict=True)),
        "bad_complaint_on_responsiveness_and_reliability": survey.BAD_COMPLAINT,
        "recommend": survey.RECOMMEND,
        "rebuy": survey.REBUY,
    }


def _complaint_truth():
    return {
        "kinds": service.KINDS, "valid_share": service.VALID_SHARE,
        "promised_hours": service.PROMISED_HOURS, "badly_handled": "no result within 72 hours of opening",
        "leaves_if_badly_handled": service.LEAVES_IF_BAD, "leaves_if_well_handled": 0.0,
        "recurs": service.RECURS,
    }  # fmt: skip


def write(folder, seed=SEED):
    """Write all tables and ``truth.json`` into ``folder`` (made if need be); returns the files written.

    UTF-8, ``\\n`` line ends, comma, decimal point, days as 2025-03-14. Byte for byte the same for the same seed.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    made = company(seed)
    files = []
    for name, cells in tables(made).items():
        files.append(folder / f"{name}.csv")
        with files[-1].open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(cells)
            writer.writerows(zip(*cells.values(), strict=True))
    files.append(folder / "truth.json")
    files[-1].write_bytes(_json(truth(seed, made)).encode())
    return files


def _json(planted):
    """JSON with one line per topic, so that a diff shows what changed and the file stays small."""
    rows = [f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in planted.items()]
    return "{\n" + ",\n".join(rows) + "\n}\n"
