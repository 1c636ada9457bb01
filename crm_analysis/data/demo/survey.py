"""The demo company's survey: two waves a year apart, with planted drivers of satisfaction and loyalty.

Each block of items shares a latent factor, so that its alpha is about .8. Satisfaction is a weighted sum of a few
perceived determinants; recommending and buying again rise with satisfaction, with a step at its top box (7).
"""

import numpy as np
import pandas as pd

from crm_analysis.data.demo.panel import COFFEE, QUANTITY_SHARE, SHELF_PRICE
from crm_analysis.data.demo.shop import ONE_TIMER, START, between, pick, stream
from crm_analysis.data.tables import DETERMINANTS

WAVES = tuple(int((np.datetime64(day) - START).astype(int)) for day in ("2025-03-03", "2026-03-02"))
POOL_SIZE = 445
ANSWERS_A_WAVE = 0.82
MISSING_SHARE = 0.03  # single answers, at random
DROPPED_SHARE = 0.04  # respondents who stop in the middle of a wave
# Mean expectation and perception (1-7) and share of the 100 importance points, in the order of DETERMINANTS.
EXPECTED = (5.8, 5.7, 5.2, 5.4, 5.1, 6.1, 5.9, 4.8, 4.6, 4.4)
PERCEIVED = (5.3, 4.4, 5.1, 5.6, 4.8, 5.0, 5.7, 4.5, 5.3, 4.6)
IMPORTANCE = (0.12, 0.13, 0.08, 0.08, 0.07, 0.19, 0.12, 0.07, 0.09, 0.05)
HALO = 0.32  # share of a perceived determinant's variance that all ten have in common
SATISFACTION_WEIGHTS = {"reliability": 0.40, "responsiveness": 0.30, "affection": 0.20, "understanding": 0.10}
SATISFACTION = {"mean": 4.9, "slope": 1.25, "noise": 0.60}
BAD_COMPLAINT = -1.2  # on perceived responsiveness and reliability, of whoever had one before the wave
RECOMMEND = {"base": 3.8, "per_point": 0.70, "top_box": 1.3, "noise": 1.1}
REBUY = {"base": 1.6, "per_point": 0.38, "top_box": 0.7, "noise": 0.6}
BLOCK_MEANS = {"cognitive": 3.5, "affective": 3.2, "behavioural": 2.9}
# Latent spread of own share of the last ten purchases: what customers do, whatever they think.
PATRONAGE = (1.5, 0.7, 0.0, -0.9, -1.5)  # by segment, on the logit scale


def survey(seed, people, cases):
    """One row per respondent and wave; answers are whole numbers, missing ones are -1."""
    rng = stream(seed, 10)
    pool = _pool(rng, people)
    waves = [_wave(rng, people, cases, pool, first_day) for first_day in WAVES]
    table = pd.concat(waves, ignore_index=True).sort_values(["day", "customer"], ignore_index=True)
    return _coffee(stream(seed, 14), table)


def _coffee(rng, table):
    """Adds the coffee brand bought last and the one meant next, drawn from the panel's own matrix, how often and for how much."""
    n = len(table)
    last = pick(rng, COFFEE["initial"], n)
    draws, edges = rng.random_sample(n), np.cumsum(COFFEE["matrix"], axis=1)
    after = np.minimum((edges[last] <= draws[:, None]).sum(axis=1), len(COFFEE["brands"]) - 1)
    silent = rng.random_sample(n) < DROPPED_SHARE + MISSING_SHARE
    names = np.array([*COFFEE["brands"], ""])
    price = np.array(SHELF_PRICE["coffee"])[last] * (1 + pick(rng, QUANTITY_SHARE, n))
    return table.assign(
        last_brand=names[np.where(silent, -1, last)],
        next_brand=names[np.where(silent, -1, after)],
        purchases_per_year=np.where(silent, -1, 1 + rng.poisson(COFFEE["purchases_per_year"] - 1, n)),
        spend_per_purchase=np.where(silent, -1, np.floor(price / 50 + 0.5).astype(np.int64) * 50),
    )


def _pool(rng, people):
    """Row numbers of the people who may be asked: contactable, customers before the second wave."""
    weight = np.where(people["segment"] == ONE_TIMER, 0.35, 1.0) * (people["end"] > WAVES[0] - 300)
    weight = weight * people["contactable"] * (people["acquired"] < WAVES[1] - 30)
    weight = weight * np.where(people["acquired"] < WAVES[0] - 30, 2.0, 1.0)  # so that many can answer twice
    keys = rng.random_sample(len(people)) ** (1 / np.maximum(weight, 1e-9))
    return np.sort(np.argsort(-keys, kind="stable")[:POOL_SIZE])


def _wave(rng, people, cases, pool, first_day):
    """The answers of one wave from those of the pool who are customers by then and take part."""
    there = people["acquired"].to_numpy()[pool] < first_day - 14
    who = pool[there & (rng.random_sample(len(pool)) < ANSWERS_A_WAVE)]
    attitude = people["attitude"].to_numpy()[who]
    table = pd.DataFrame({"customer": who, "day": first_day + between(rng, 0, 21, len(who))})
    hurt = np.isin(who, cases.loc[cases["badly"] & (cases["day"] < first_day), "customer"])
    perceived = _determinants(rng, table, attitude, hurt)
    centred = perceived - np.array(PERCEIVED)
    weights = np.array([SATISFACTION_WEIGHTS.get(d, 0.0) for d in DETERMINANTS])
    latent = SATISFACTION["mean"] + SATISFACTION["slope"] * (centred * weights).sum(axis=1)
    table["satisfaction"] = _scale(latent + SATISFACTION["noise"] * rng.standard_normal(len(who)), 1, 7)
    _loyalty(rng, table, attitude, _patronage(people, who))
    _delivered_value(rng, table, attitude)
    return _with_gaps(rng, table)


def _patronage(people, who):
    """Log-odds that a category purchase of the customer is made at the company."""
    return np.array(PATRONAGE)[people["segment"].to_numpy()[who]]


def _scale(values, low, high):
    """Answers on a rating scale: rounded half up and cut to the scale."""
    return np.clip(np.floor(values + 0.5), low, high).astype(int)


def _noise(rng, table, spread):
    return spread * rng.standard_normal(len(table))


def _determinants(rng, table, attitude, hurt):
    """Adds expected, perceived and importance of the ten determinants; returns the perceived ones."""
    n, k = len(table), len(DETERMINANTS)
    demand = rng.standard_normal((n, 1))
    expected = np.array(EXPECTED) + 0.9 * (HALO**0.5 * demand + (1 - HALO) ** 0.5 * rng.standard_normal((n, k)))
    mood = 0.7 * attitude[:, None] + 0.7 * rng.standard_normal((n, 1))
    perceived = np.array(PERCEIVED) + 1.15 * (HALO**0.5 * mood + (1 - HALO) ** 0.5 * rng.standard_normal((n, k)))
    touched = np.isin(DETERMINANTS, ("responsiveness", "reliability"))
    perceived = perceived + BAD_COMPLAINT * hurt[:, None] * touched
    taste = rng.gamma(30 * np.array(IMPORTANCE), size=(n, k))
    points = np.array([5 * rng.multinomial(20, row / row.sum()) for row in taste])  # people think in fives
    expected, perceived = _scale(expected, 1, 7), _scale(perceived, 1, 7)
    for i, d in enumerate(DETERMINANTS):
        table[f"expected_{d}"], table[f"perceived_{d}"] = expected[:, i], perceived[:, i]
        table[f"importance_{d}"] = points[:, i]
    return perceived


def _loyalty(rng, table, attitude, patronage):
    """Adds the three levels of loyalty and the indicators; each level's three items share a factor."""
    for block, mean in BLOCK_MEANS.items():
        factor = 0.75 * attitude + _noise(rng, table, 0.55)
        for i in (1, 2, 3):
            table[f"{block}_{i}"] = _scale(mean + 0.85 * factor + _noise(rng, table, 0.62), 1, 5)
    satisfaction, top = table["satisfaction"], table["satisfaction"] == 7
    for item, effect, high in (("rebuy", REBUY, 5), ("recommend", RECOMMEND, 10)):
        latent = effect["base"] + effect["per_point"] * satisfaction + effect["top_box"] * top
        table[item] = _scale(latent + _noise(rng, table, effect["noise"]), 0 if item == "recommend" else 1, high)
    own_share = 1 / (1 + np.exp(-(patronage + 0.35 * attitude + _noise(rng, table, 0.4))))
    table["of_last_ten"] = rng.binomial(10, own_share)
    for item, mean, slope in (
        ("attention", 2.9, 0.6), ("price_tolerance", 2.7, 0.55), ("rival_preference", 2.6, -0.6),
        ("compare_long", 2.8, -0.5), ("forgive_fault", 3.1, 0.5),
    ):  # fmt: skip
        table[item] = _scale(mean + slope * attitude + _noise(rng, table, 0.8), 1, 5)


def _delivered_value(rng, table, attitude):
    """Adds the value and the burden customers see, 1-7."""
    n = len(table)
    gain, burden = 0.6 * attitude + 0.7 * rng.standard_normal(n), -0.3 * attitude + 0.9 * rng.standard_normal(n)
    for v, mean in (("product", 5.2), ("service", 4.6), ("people", 5.0), ("image", 4.5)):
        table[f"value_{v}"] = _scale(mean + gain + 0.85 * rng.standard_normal(n), 1, 7)
    for c, mean in (("money", 4.3), ("time", 3.4), ("energy", 3.0), ("worry", 2.6)):
        table[f"cost_{c}"] = _scale(mean + burden + 0.85 * rng.standard_normal(n), 1, 7)


def _with_gaps(rng, table):
    """The answers with those missing that people left out; importance points are given all together or not at all."""
    items = [c for c in table.columns if c not in ("customer", "day")]
    order = sorted(range(len(items)), key=lambda k: items[k].startswith("importance"))
    left_out = rng.random_sample((len(table), len(items))) < MISSING_SHARE
    stops_at = np.where(rng.random_sample(len(table)) < DROPPED_SHARE, between(rng, 15, 45, len(table)), len(items))
    place = np.empty(len(items), dtype=int)
    place[order] = np.arange(len(items))
    left_out |= place >= stops_at[:, None]
    points = np.array([c.startswith("importance") for c in items])
    no_points = (rng.random_sample(len(table)) < MISSING_SHARE) | (stops_at < len(items))
    left_out = np.where(points, no_points[:, None], left_out)
    return table.assign(**{c: np.where(left_out[:, k], -1, table[c]) for k, c in enumerate(items)})
