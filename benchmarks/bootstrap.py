"""Intervals on values: ours beside 1,000 samples of customers drawn with replacement and counted anew in pandas.

``python -m benchmarks.bootstrap FILE``: one process, in turns. A few of the 1,000 are timed and the time is scaled up.
"""

import sys
import time

RECOUNTS, DRAWS = 3, 1000
NAMES = ("from Parquet to intervals", "intervals alone", "1,000 re-counts in pandas")


def main(file):
    """Print times and how the standard errors compare; 1 when they differ beyond Monte Carlo error."""
    import duckdb
    import numpy as np
    import pandas as pd
    import scipy.sparse  # noqa: F401  (imports are not to be measured)
    import scipy.special  # noqa: F401

    from benchmarks.counters import AS_OF
    from benchmarks.panel import BRANDS
    from crm_analysis.methods import clv, moves, occasions, switching

    rules, terms, seconds = occasions.Rules(), clv.Terms(0.3, 0.1, 3.0), {}

    def value(model):
        return clv.per_customer(model, terms)

    begun = time.perf_counter()
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        seen = occasions.table(connection.read_parquet(file), BRANDS, rules, AS_OF)
        sample = switching.sample(moves.count(seen, BRANDS, rules, AS_OF), rules)
        counted = time.perf_counter()
        found = switching.interval(sample, value)
        seconds[NAMES[0]], seconds[NAMES[1]] = time.perf_counter() - begun, time.perf_counter() - counted
        lines = seen.df()

    people = _people(pd, lines, sample.customers)
    rng, n, once, apart = np.random.default_rng(1), len(sample.customers), [], 0.0
    for _ in range(RECOUNTS):
        drawn = rng.integers(0, n, n)
        begun = time.perf_counter()
        recounted = value(_recounted(np, pd, people, drawn, sample, switching))
        once.append(time.perf_counter() - begun)
        apart = max(apart, float(np.abs(recounted / value(_weighted(np, sample, drawn, switching)) - 1).max()))
    seconds[NAMES[2]] = float(np.median(once)) * DRAWS
    boot = np.array([value(_weighted(np, sample, rng.integers(0, n, n), switching)) for _ in range(DRAWS)])
    ratio = found["error"].to_numpy() / boot.std(axis=0, ddof=1)
    _tell(seconds, len(lines), n, once)
    print(f"a re-count and the same draw by sums per customer differ by {apart:.0e} at most; standard errors, ours over those of "
          f"{DRAWS:,} draws: {', '.join(f'{r:.3f}' for r in ratio)}", flush=True)  # fmt: skip
    return 0 if apart < 1e-9 and np.abs(ratio - 1).max() < 4 / np.sqrt(2 * DRAWS) else 1


def _people(pd, lines, customers):
    """The purchases as a re-count needs them, made once and not timed: ``person`` instead of a text, in order."""
    place = pd.Series(range(len(customers)), index=customers)
    lines = lines[lines["share"] > 0].assign(person=lambda t: place.loc[t["customer_id"]].to_numpy())
    return lines.sort_values(["person", "at"], ignore_index=True)


def _recounted(np, pd, people, drawn, sample, switching):
    """The model of the customers drawn, from their purchases: pandas, sort and shift once more."""
    copies = pd.DataFrame({"person": drawn, "copy": np.arange(len(drawn))})
    lines = copies.merge(people, on="person").sort_values(["copy", "at"])
    before = lines.groupby("copy")["state"].shift()
    k = len(sample.names)
    counts = pd.crosstab(before, lines["state"]).reindex(index=range(k), columns=range(k), fill_value=0).to_numpy()
    each = lines.groupby("copy").agg(first=("at", "min"), n=("at", "size"), last=("state", "last"))
    years = (_today() + 1 - each["first"]).sum() / switching.DAYS_PER_YEAR
    start = each["last"].value_counts(normalize=True).reindex(range(k), fill_value=0.0).to_numpy()
    spend = lines.groupby("state")["spend"].mean().reindex(range(k)).to_numpy()
    matrix = counts / counts.sum(axis=1, keepdims=True)
    return switching.Model(matrix, start, float((each["n"] - 1).sum() / years), spend)


def _today():
    from benchmarks.counters import AS_OF
    from crm_analysis.data import frames

    return frames.day_number(AS_OF)


def _weighted(np, sample, drawn, switching):
    """The same model from the sums per customer, each as often as drawn."""
    often = np.bincount(drawn, minlength=len(sample.customers)).astype(float)
    above, below = often @ sample.ratios.numerators, often @ sample.ratios.denominators
    return switching.model(sample, above / below[sample.ratios.group])


def _tell(seconds, lines, customers, once):
    print(f"\n{lines:,} purchases of {customers:,} customers; {len(once)} re-counts of {np_text(once)} s were timed and scaled\n")
    wide, first = max(map(len, seconds)) + 2, seconds[NAMES[0]]
    print(f"{'':{wide}}{'time s':>10}{'x':>10}")
    for name, value in seconds.items():
        print(f"{name:{wide}}{value:10.2f}{value / first:10.1f}")
    print(f"intervals alone: {seconds[NAMES[2]] / seconds[NAMES[1]]:,.0f} times faster\n")


def np_text(values):
    """Times in seconds, from the shortest to the longest."""
    return " to ".join(f"{v:.2f}" for v in (min(values), max(values)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
