"""The demo company's market: a household panel that sees rivals too, and the weekly shelf prices.

Coffee is drawn purchase by purchase from a stated switching matrix (price plays no part); tea from a stated
multinomial logit with inertia, price and promotion. Purchases are made anywhere, so the panel shows more, and other,
purchases than the company's own transactions do; only the customer ids are the same.
"""

import numpy as np
import pandas as pd

from crm_analysis.data.demo.shop import LAST_DAY, ONE_TIMER, between, pick, stream

PANEL_SIZE = 350
PANEL_FIRST_DAY = 182  # 2024-07-01: the panel covers the last two years
COFFEE = {
    "brands": ["Harbour", "Hillside", "Northstar", "Valmora"],
    "own": ["Harbour", "Hillside"],
    "initial": [0.30, 0.20, 0.28, 0.22],
    "matrix": [
        [0.62, 0.14, 0.14, 0.10],
        [0.16, 0.56, 0.16, 0.12],
        [0.12, 0.10, 0.64, 0.14],
        [0.10, 0.09, 0.17, 0.64],
    ],
    "purchases_per_year": 7.5,
}
TEA = {
    "brands": ["Harbour", "Hillside", "Leafwell", "Orrin"],
    "own": ["Harbour", "Hillside"],
    "intercept": [0.55, 0.10, 0.75, 0.0],
    "inertia": 1.2,
    "price_per_euro": -0.8,
    "promoted": 0.6,
    "purchases_per_year": 5.0,
}
SHELF_PRICE = {"coffee": (1090, 890, 990, 1190), "tea": (390, 320, 420, 360)}  # cents, at the start
PROMOTED_SHARE = 0.14
PROMOTION_OFF_PERCENT = 20
RATE_SHAPE = 4.0  # gamma shape of the members' yearly number of purchases
QUANTITY_SHARE = (0.72, 0.21, 0.07)  # one, two, three units


def prices(seed):
    """Shelf price in cents and promotion by category, brand and week; the base price moves in steps of 10 cents."""
    rng = stream(seed, 5)
    weeks = np.arange(0, LAST_DAY + 1, 7)
    tables = []
    for category, brands in (("coffee", COFFEE["brands"]), ("tea", TEA["brands"])):
        for brand, first in zip(brands, SHELF_PRICE[category], strict=True):
            steps = pick(rng, (0.05, 0.86, 0.09), len(weeks)) - 1
            base = first + 10 * np.cumsum(steps)
            promoted = rng.random_sample(len(weeks)) < PROMOTED_SHARE
            price = np.where(promoted, base * (100 - PROMOTION_OFF_PERCENT) // 100, base)
            tables.append(pd.DataFrame(
                {"category": category, "brand": brand, "week": weeks, "price": price, "promoted": promoted}
            ))  # fmt: skip
    return pd.concat(tables, ignore_index=True)


def members(seed, people):
    """Row numbers of the panel members: customers for at least a year, few one-time buyers among them."""
    rng = stream(seed, 6)
    weight = np.where(people["segment"] == ONE_TIMER, 0.35, 1.0) * (people["acquired"] < LAST_DAY - 365)
    keys = rng.random_sample(len(people)) ** (1 / np.maximum(weight, 1e-9))  # a weighted draw without putting back
    return np.sort(np.argsort(-keys, kind="stable")[:PANEL_SIZE])


def purchases(seed, people, prices):
    """One row per purchase of a panel member (customer, day, category, brand, quantity, amount in cents)."""
    rng = stream(seed, 7)
    who = members(seed, people)
    coffee = _occasions(rng, who, COFFEE["purchases_per_year"]).assign(category="coffee")
    coffee["brand"] = _switching(rng, coffee["customer"].to_numpy())
    tea = _occasions(rng, who, TEA["purchases_per_year"]).assign(category="tea")
    tea["brand"] = _logit(rng, tea, prices[prices["category"] == "tea"])
    table = pd.concat([coffee, tea], ignore_index=True)
    table["quantity"] = 1 + pick(rng, QUANTITY_SHARE, len(table))
    table["week"] = table["day"] // 7 * 7
    names = {"coffee": np.array(COFFEE["brands"]), "tea": np.array(TEA["brands"])}
    table["brand"] = [names[c][b] for c, b in zip(table["category"], table["brand"], strict=True)]
    table = table.merge(prices, on=["category", "brand", "week"], how="left", validate="many_to_one")
    table["amount"] = table["quantity"] * table["price"]
    return table.sort_values(["customer", "category", "day"], ignore_index=True)


def _occasions(rng, who, per_year):
    """Days on which each member buys in the category, at most one purchase a day, in order."""
    span = LAST_DAY + 1 - PANEL_FIRST_DAY
    counts = rng.poisson(rng.gamma(RATE_SHAPE, per_year / RATE_SHAPE, len(who)) * span / 365.25)
    customer = np.repeat(who, counts)
    day = PANEL_FIRST_DAY + between(rng, 0, span, len(customer))
    table = pd.DataFrame({"customer": customer, "day": day}).drop_duplicates()
    return table.sort_values(["customer", "day"], ignore_index=True)


def _switching(rng, customer):
    """Brand numbers: the first purchase from the initial shares, each later one from the row of the last brand."""
    matrix, draws = np.cumsum(COFFEE["matrix"], axis=1), rng.random_sample(len(customer))
    initial = np.cumsum(COFFEE["initial"])
    brand = np.zeros(len(customer), dtype=int)
    for k, draw in enumerate(draws):
        row = matrix[brand[k - 1]] if k and customer[k] == customer[k - 1] else initial
        brand[k] = min((row <= draw).sum(), len(row) - 1)
    return brand


def _logit(rng, occasions, prices):
    """Brand numbers: utility = intercept + inertia [bought last] + price per euro + promotion, plus Gumbel noise."""
    wide = prices.pivot(index="week", columns="brand", values=["price", "promoted"])
    week = occasions["day"] // 7 * 7
    price = wide["price"][TEA["brands"]].loc[week].to_numpy(dtype=float) / 100
    promoted = wide["promoted"][TEA["brands"]].loc[week].to_numpy(dtype=float)
    utility = np.array(TEA["intercept"]) + TEA["price_per_euro"] * price + TEA["promoted"] * promoted
    utility = utility - np.log(-np.log(rng.random_sample(utility.shape)))
    customer, brand = occasions["customer"].to_numpy(), np.zeros(len(occasions), dtype=int)
    for k, row in enumerate(utility):
        if k and customer[k] == customer[k - 1]:
            row[brand[k - 1]] += TEA["inertia"]
        brand[k] = row.argmax()
    return brand
