"""BG/NBD fitted to the histories of customers drawn from the model: ours beside lifetimes.

``python -m benchmarks.lifetime_fit 100000 FILE`` writes the histories; what a fit gives is one row of four parameters.
"""

import sys
from pathlib import Path

OURS, PEER = "crm_analysis, BG/NBD", "lifetimes, BG/NBD"
PARAMETERS = ("r", "alpha", "a", "b")
TRUTH = (0.8, 60.0, 0.9, 3.0)  # alpha in days


def write(customers, file, seed=7, days=730):
    """Write histories of ``customers`` to ``file``; a file that is there already is left as it is."""
    import numpy as np
    import pandas as pd

    file = Path(file)
    if file.exists():
        return
    rng = np.random.default_rng(seed)
    r, alpha, a, b = TRUTH
    age = rng.integers(30, days, customers).astype(float)
    rate, stop = rng.gamma(r, 1 / alpha, customers), rng.beta(a, b, customers)
    x, last, at, alive = (np.zeros(customers) for _ in range(4))
    alive = np.ones(customers, dtype=bool)
    while alive.any():
        at = at + np.ceil(rng.exponential(1 / np.maximum(rate, 1e-12)))
        alive &= at <= age
        x, last = x + alive, np.where(alive, at, last)
        alive &= rng.random(customers) >= stop
    table = pd.DataFrame({"repeat_purchases": x, "last_purchase_days": last, "age_days": age})
    file.parent.mkdir(parents=True, exist_ok=True)
    table.to_parquet(file, index=False)


def ours():
    """Equal histories counted once, then ``btyd.learn``, standard errors included."""
    import pandas as pd
    import scipy.optimize
    import scipy.special  # noqa: F401  (imports are not to be measured)

    from crm_analysis.methods import btyd

    def work(file):
        found = btyd.learn(btyd.grouped(pd.read_parquet(file)))
        return pd.DataFrame([found[:4]], columns=PARAMETERS)

    return work


def lifetimes():
    """``BetaGeoFitter`` without a penalty, its tolerance tightened until four digits stand."""
    import pandas as pd
    from lifetimes import BetaGeoFitter

    def work(file):
        table = pd.read_parquet(file)
        fitter = BetaGeoFitter(penalizer_coef=0.0)
        fitter.fit(table["repeat_purchases"], table["last_purchase_days"], table["age_days"])
        return pd.DataFrame([[fitter.params_[name] for name in PARAMETERS]], columns=PARAMETERS)

    return work


ALL = {OURS: ours, PEER: lifetimes}

if __name__ == "__main__":
    write(int(sys.argv[1]), sys.argv[2])
