"""Small panels with a known truth, for several tests of the switching methods."""

import numpy as np
import pandas as pd

from crm_analysis.methods import moves, occasions, switching

AS_OF = "2026-07-01"
LAST = 20635  # its day number
BRANDS = ("A", "B", "C")
MATRIX = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.25, 0.15, 0.6]])


def lines(rows):
    """Purchase lines from (customer, day, brand[, amount]) tuples."""
    frame = pd.DataFrame([(*row, 1.0)[:4] for row in rows], columns=["customer_id", "purchase_day", "brand", "amount"])
    return frame.astype({"amount": float})


def drawn(seed, customers=200, matrix=MATRIX, brands=BRANDS, mean=10, spread=False):
    """A panel drawn purchase by purchase: one purchase a week, the first brand by equal chances.

    ``spread``: every customer has rows of his or her own around ``matrix`` and a heavy-tailed number of purchases, so
    that customers count, not purchases.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(customers):
        n = 1 + (min(int(mean / 2 * (1 + rng.pareto(1.6))), 400) if spread else rng.poisson(mean))
        own = matrix
        if spread:
            own = np.maximum(rng.gamma(3 * matrix), 1e-12)
            own = own / own.sum(axis=1, keepdims=True)
        edges = np.cumsum(own, axis=1)
        state = int(rng.integers(len(brands)))
        for step, draw in enumerate(rng.random(n)):
            state = state if step == 0 else min(int((edges[state] <= draw).sum()), len(brands) - 1)
            rows.append((f"{person:05d}", LAST - 7 * (n - 1 - step), brands[state], 5.0 + 2 * state))
    return lines(rows)


def sample(frame, states=BRANDS, rules=None, **given):
    """The sample of purchase lines."""
    rules = rules or occasions.Rules()
    seen = occasions.table(frame, states, rules, AS_OF)
    return switching.sample(moves.count(seen, states, rules, AS_OF), rules, **given)
