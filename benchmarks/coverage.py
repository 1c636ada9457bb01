"""How often 95 % intervals hold the truth, on panels whose truth is known: ``python -m benchmarks switching`` prints it."""

import numpy as np
import pandas as pd

from crm_analysis.methods import clv, moves, occasions, switching

TERMS = clv.Terms(0.3, 0.1, 3.0)
RULES = occasions.Rules()
AS_OF, FIRST, LAST = "2026-07-01", 19723, 20635  # 1 January 2024 and 1 July 2026 as day numbers
BRANDS = ("A", "B", "C", "D")
MATRIX = np.array(
    [[0.62, 0.14, 0.14, 0.10], [0.16, 0.56, 0.16, 0.12], [0.12, 0.10, 0.64, 0.14], [0.10, 0.09, 0.17, 0.64]]
)


def demo(panels):
    """Coverage on demo panels of other seeds: coffee, 350 members, one planted matrix for all."""
    from crm_analysis.data.demo import panel, shop

    people, prices = shop.people(20240101), panel.prices(20240101)
    names, truth = tuple(panel.COFFEE["brands"]), np.array(panel.COFFEE["matrix"])
    found = []
    for seed in range(1, panels + 1):
        bought = panel.purchases(seed, people, prices)
        coffee = bought[bought["category"] == "coffee"]
        frame = pd.DataFrame({
            "customer_id": coffee["customer"].astype(str), "purchase_day": coffee["day"] + FIRST,
            "brand": coffee["brand"], "amount": coffee["amount"] / 100,
        })  # fmt: skip
        found.append(_held(frame, names, truth))
    return _mean(found)


def heavy(panels, customers=400):
    """Coverage on panels of very different customers: rows of their own, the more loyal the more they buy, and a number
    of purchases with a heavy tail (Pareto, 1.5).
    """
    truth = _truth(drawn(0, 200_000))
    found = []
    for seed in range(1, panels + 1):
        who, order, state = drawn(seed, customers)
        frame = pd.DataFrame({
            "customer_id": who.astype(str), "purchase_day": LAST - 650 + order,
            "brand": np.array(BRANDS)[state], "amount": 10.0,
        })  # fmt: skip
        found.append(_held(frame, BRANDS, truth))
    return _mean(found)


def drawn(seed, customers, most=600):
    """(customer, place in his or her sequence, state) of every purchase, all customers stepping on together."""
    rng, k = np.random.default_rng(seed), len(BRANDS)
    n = np.minimum(2 + np.floor(3 * rng.pareto(1.5, customers)), most).astype(int)
    loyal = np.minimum(0.5, np.log(n) / 12)[:, None, None]
    own = np.maximum(rng.gamma(3 * ((1 - loyal) * MATRIX + loyal * np.eye(k))), 1e-12)
    edges = np.cumsum(own / own.sum(axis=2, keepdims=True), axis=2)
    state = rng.integers(k, size=customers)
    parts, active = [], np.arange(customers)
    for step in range(most):
        active = active[n[active] > step]
        if not len(active):
            break
        if step:
            draw = rng.random(len(active))[:, None]
            state[active] = np.minimum((edges[active, state[active]] <= draw).sum(axis=1), k - 1)
        parts.append((active, np.full(len(active), step), state[active].copy()))
    return tuple(np.concatenate(part) for part in zip(*parts, strict=True))


def _truth(purchases):
    """The matrix that counting would find with endless customers: that of very many."""
    who, order, state = purchases
    at = np.lexsort((order, who))
    who, state = who[at], state[at]
    same = who[1:] == who[:-1]
    counts = np.zeros((len(BRANDS),) * 2)
    np.add.at(counts, (state[:-1][same], state[1:][same]), 1)
    return counts / counts.sum(axis=1, keepdims=True)


def _held(frame, names, truth):
    """Which cells and values of one panel lie inside their intervals; cells also as if purchases were independent."""
    seen = occasions.table(frame, names, RULES, AS_OF)
    sample = switching.sample(moves.count(seen, names, RULES, AS_OF), RULES)
    cells = switching.matrix(sample)
    right = truth.ravel()
    inside = (cells["low"] <= right) & (right <= cells["high"])
    p = sample.ratios.values[: len(right)]
    naive = np.sqrt(p * (1 - p) / np.repeat(sample.counts.sum(axis=1), len(names)))
    known = switching.model(sample)
    # the value as the matrix makes it: start, frequency and money held where they are, so that the truth is known
    values = switching.interval(sample, lambda m: clv.per_customer(known._replace(matrix=m.matrix), TERMS))
    goal = clv.per_customer(known._replace(matrix=truth), TERMS)
    return {
        "cells": inside.mean(),
        "values": ((values["low"] <= goal) & (goal <= values["high"])).mean(),
        "cells_as_independent": (np.abs(p - right) <= 1.96 * naive).mean(),
    }


def _mean(found):
    return {key: float(np.mean([one[key] for one in found])) for key in found[0]}
