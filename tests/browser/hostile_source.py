"""A small source, every table of the contract, in which every name that a shop could type is an attack.

Customers, brands, categories, products, regions, channels, campaigns, complaints, files and the source itself carry HTML,
script, spreadsheet formulas, TeX, templates, paths and Chinese. The figures are ordinary, so that every report has
something to show.
"""

import csv
import datetime
import json

import numpy as np

from crm_analysis.data.tables import DETERMINANTS
from crm_analysis.methods import survey

BRANDS = (
    "</script><script>window.__pwn=21</script>",
    "R&D <img src=x onerror='window.__pwn=22'>",
    "A</td><td>B",
    "$\\frac{$ 50% \\alpha",
    "_Own {{ 7*7 }} 北京烤鸭 🎉",
    "=cmd|' /C calc'!A0",
)
OWN = BRANDS[:2]
CATEGORIES = ("</style><style>*{display:none}</style>", "javascript:window.__pwn=23 ../../etc/passwd", "$$x_1$$ {x} %s")
REGIONS = ("<svg onload=window.__pwn=24>", "'\"-- </title> {0}")
KINDS = ("<iframe srcdoc='<script>parent.__pwn=25</script>'></iframe>", "<!--section 0--> `late` $&$", "@SUM(A1:A9)")
CAMPAIGNS = ("</table></main><b>March", "+1+1 \u202egnp.exe")
IDS = ("=1+1", "+1+1", "-2+3", "@SUM(A1:A9)", "'=1+1", "<b onclick=window.__pwn=26>7</b>", "＝1+1", "00123", "../../x",
       "a\"b'c;d", "$x$ {y}", "客户 7")  # fmt: skip
SEGMENTS = ("<script>window.__pwn=28</script> VIP", "=2+5 $\\frac{$ rest")
ATTACK = "<img src=x onerror=window.__pwn=29>"
NAME = "Shop </title><script>window.__pwn=27</script> & Söhne"
FIRST, DAYS = datetime.date(2024, 1, 1), 730


def write(folder, customers=90, seed=3):
    """Write the tables and their source file into ``folder``; returns the source file."""
    rng = np.random.RandomState(seed)
    ids = [*IDS, *(f"C{i:03d} <i>" for i in range(customers - len(IDS)))]
    tables = {
        "transactions": _transactions(ids, rng), "customers": _customers(ids, rng), "costs": _costs(ids, rng),
        "purchases": _purchases(ids[:60], rng), "prices": _prices(rng), "survey": _survey(ids[:60], rng),
        "service": _service(ids[:40], rng), "engagement": _engagement(ids[:50], rng), "contacts": _contacts(ids, rng),
    }  # fmt: skip
    files = {}
    for name, rows in tables.items():
        files[name] = f"{name} <b>&amp; '{{x}}.csv"
        with open(folder / files[name], "w", encoding="utf-8", newline="") as handle:
            csv.writer(handle).writerows([list(rows[0]), *(row.values() for row in rows)])
    source = folder / "shop.yml"
    source.write_text(json.dumps({"name": NAME, "currency": "EUR", "tables": files}, ensure_ascii=False), "utf-8")
    return source


def segment_map(folder):
    """A segment map of one's own with attacks for names and advice, as a CSV file; returns its path."""
    head = ["segment", "r_from", "r_to", "f_from", "f_to", "m_from", "m_to", "advice"]
    rows = [[SEGMENTS[0], 3, 5, 1, 5, 1, 5, f"Call {ATTACK}"], [SEGMENTS[1], 1, 2, 1, 5, 1, 5, "@SUM(A1)"]]
    path = folder / "map.csv"
    with open(path, "w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows([head, *rows])
    return path


def _day(number):
    return (FIRST + datetime.timedelta(days=int(number))).isoformat()


def _pick(rng, names):
    return names[rng.randint(len(names))]


def _transactions(ids, rng):
    rows = []
    for at, who in enumerate(ids):
        for order in range(1 + rng.poisson(2 + 6 * (at % 4 == 0))):
            day = _day(rng.randint(DAYS))
            for line in range(1 + rng.randint(2)):
                full, off = 5 + 40 * rng.rand(), rng.rand() < 0.3
                row = {"customer_id": who, "order_id": f"{at}-{order} </b>", "order_date": day}
                row |= {"amount": round(full * (0.8 if off else 1), 2), "quantity": 1 + rng.randint(3)}
                row |= {"discount": round(0.2 * full, 2) if off else 0, "cost": round(0.5 * full, 2)}
                row |= {"brand": _pick(rng, BRANDS), "category": _pick(rng, CATEGORIES)}
                rows.append(row | {"product": f"{_pick(rng, BRANDS)} {line}"})
        if at % 9 == 0:
            rows.append(rows[-1] | {"order_id": f"{at}-R", "amount": -rows[-1]["amount"], "quantity": -1,
                                    "cost": -rows[-1]["cost"], "order_date": _day(DAYS - 1)})  # fmt: skip
    return rows


def _customers(ids, rng):
    return [
        {"customer_id": who, "acquired_on": _day(rng.randint(DAYS)), "channel": _pick(rng, CAMPAIGNS),
         "region": REGIONS[at % 2], "referred_by": ids[rng.randint(at)] if at % 7 == 3 else "", "contactable": "yes"}
        for at, who in enumerate(ids)
    ]  # fmt: skip


def _costs(ids, rng):
    return [
        {"customer_id": who, "period_end": day, "acquire": round(9 * rng.rand(), 2), "sell": round(5 * rng.rand(), 2),
         "serve": round(30 * rng.rand(), 2)}
        for who in ids for day in ("2024-12-31", "2025-12-31")
    ]  # fmt: skip


def _purchases(ids, rng):
    rows = []
    for who in ids:
        liked = rng.randint(len(BRANDS))
        for day in np.sort(rng.choice(DAYS, 14, replace=False)):
            brand = BRANDS[liked] if rng.rand() < 0.6 else _pick(rng, BRANDS)
            row = {"customer_id": who, "purchase_date": _day(day), "category": CATEGORIES[0], "brand": brand}
            rows.append(row | {"quantity": 1 + rng.randint(3), "amount": round(3 + 4 * rng.rand(), 2)})
    return rows


def _prices(rng):
    mondays = [_day(7 * week) for week in range(DAYS // 7)]  # 2024 began on a Monday
    return [
        {"category": CATEGORIES[0], "brand": brand, "week_start": day, "price": [4, 4.5, 5][rng.randint(3)],
         "promoted": ("yes", "no")[rng.randint(2)]}
        for brand in BRANDS for day in mondays
    ]  # fmt: skip


def _survey(ids, rng):
    rows = []
    for wave in ("2025-03-10", "2025-11-10"):
        for who in ids:
            liking = rng.rand()
            row = {"customer_id": who, "answered_on": wave}
            for item in survey.CODEBOOK.itertuples():
                within = np.clip(liking + 0.3 * rng.randn(), 0, 1)
                row[item.item] = int(round(item.low + within * (item.high - item.low)))
            points = rng.multinomial(100, [0.1] * len(DETERMINANTS))
            rows.append(row | {f"importance_{d}": p for d, p in zip(DETERMINANTS, points, strict=True)})
    return rows


def _service(ids, rng):
    rows = []
    for at in range(90):
        opened = datetime.datetime.combine(FIRST, datetime.time(9)) + datetime.timedelta(
            days=int(rng.randint(DAYS - 3))
        )
        steps = np.cumsum(rng.exponential([10, 50, 60, 60]))
        taken = [(opened + datetime.timedelta(hours=float(h))).isoformat(" ", "minutes") for h in steps]
        open_from = rng.randint(4) if at % 6 == 0 else 4
        named = dict(zip(("first_response_at", "resolved_at", "visited_at", "archived_at"), taken, strict=True))
        named = {step: when if i < open_from else "" for i, (step, when) in enumerate(named.items())}
        row = {"case_id": f"=case{at} <b>", "customer_id": _pick(rng, ids), "order_id": "", "kind": _pick(rng, KINDS)}
        row |= {"opened_at": opened.isoformat(" ", "minutes"), "valid": ("yes", "no")[rng.randint(2)]} | named
        rows.append(row | {"resolution": KINDS[0], "satisfaction": 1 + rng.randint(5)})
    return rows


def _engagement(ids, rng):
    return [
        {"customer_id": who, "month_start": f"2025-{month:02d}-01", "visits": rng.randint(9), "searches": rng.randint(4),
         "opens": rng.randint(5), "choice_minutes": round(5 + 20 * rng.rand(), 1), "referrals": int(rng.rand() < 0.1)}
        for who in ids for month in range(1, 13, 2)
    ]  # fmt: skip


def _contacts(ids, rng):
    rows = []
    for campaign, day in zip(CAMPAIGNS, ("2025-06-02", "2025-10-06"), strict=True):
        for who in ids:
            answered = rng.rand() < 0.3
            row = {"campaign": campaign, "customer_id": who, "contacted_on": day}
            row |= {"treated": ("yes", "no")[rng.rand() < 0.2], "channel": REGIONS[0], "cost": 1.2}
            rows.append(row | {"responded": ("no", "yes")[answered], "revenue": 25 if answered else 0})
    return rows
