"""Intervals on values: ours beside 1,000 samples of customers drawn with replacement and counted anew in pandas.

``python -m benchmarks.bootstrap FILE``: one process, in turns. Three of the 1,000 are timed, and
their time is scaled up.
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

    begun = _now()
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        seen = occasions.table(connection.read_parquet(file), BRANDS, rules, AS_OF)
        sample = switching.sample(moves.count(seen, BRANDS, rules, AS_OF), rules)
        counted = _now()
        found = switching.interval(sample, value)
        seconds[NAMES[0]], seconds[NAMES[1]] = _now() - begun, _now() - counted
        lines = seen.df()

    people = _people(pd, lines, sample.customers)
    rng, n, once, apart = np.random.default_rng(1), len(sample.customers), [], 0.0
    for _ in range(RECOUNTS):
        drawn = rng.integers(0, n, n)
        begun = _now()
        recounted = value(_recounted(np, pd, people, drawn, sample, switching))
        once.append(_now() - begun)
        apart = max(apart, float(np.abs(recounted / value(_weighted(np, sample, drawn, switching)) - 1).max()))
    seconds[NAMES[2]] = np.median(once, axis=0) * DRAWS
    boot = np.array([value(_weighted(np, sample, rng.integers(0, n, n), switching)) for _ in range(DRAWS)])
    ratio = found["error"].to_numpy() / boot.std(axis=0, ddof=1)
    _tell(seconds, len(lines), n, once)
    print(f"a re-count and the same draw by sums per customer differ by {apart:.0e} at most; standard errors, ours over those of "
          f"{DRAWS:,} draws: {', '.join(f'{r:.3f}' for r in ratio)}", flush=True)  # fmt: skip
    return 0 if apart < 1e-9 and np.abs(ratio - 1).max() < 4 / np.sqrt(2 * DRAWS) else 1


def _now():
    """Wall time and processor time of all threads, in seconds."""
    import numpy as np

    return np.array([time.perf_counter(), time.process_time()])


def _people(pd, lines, customers):
    """The purchases as a re-count needs them, made once and not timed: ``person`` instead of a text, in order."""
    place = pd.Series(range(len(customers)), index=customers)
    lines = lines.assign(person=place.loc[lines["customer_id"]].to_numpy()).drop(columns="customer_id")
    return lines.sort_values(["person", "at"], ignore_index=True)


def _recounted(np, pd, people, drawn, sample, switching):
    """The model of the customers drawn, from their purchases: pandas, sort and shift once more."""
    copies = pd.DataFrame({"person": drawn, "copy": np.arange(len(drawn))})
    every, k = copies.merge(people, on="person"), len(sample.names)
    lines = every[every["share"] > 0].sort_values(["copy", "at"])
    before = lines.groupby("copy")["state"].shift()
    counts = pd.crosstab(before, lines["state"]).reindex(index=range(k), columns=range(k), fill_value=0).to_numpy()
    each = lines.groupby("copy").agg(first=("at", "min"), n=("at", "size"), last=("state", "last"))
    years = (_today() + 1 - each["first"]).sum() / switching.DAYS_PER_YEAR
    start = each["last"].value_counts(normalize=True).reindex(range(k), fill_value=0.0).to_numpy()
    spend = (every.groupby("state")["spend"].sum() / lines.groupby("state").size()).reindex(range(k)).to_numpy()
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
    shortest, longest = (f"{extreme(one[1] for one in once):.2f}" for extreme in (min, max))
    print(f"\n{lines:,} purchases of {customers:,} customers; {len(once)} re-counts of {shortest} to {longest} s of processor time were "
          "timed and scaled up\n")  # fmt: skip
    wide, last = max(map(len, seconds)) + 2, seconds[NAMES[2]]
    print(f"{'':{wide}}{'time s':>10}{'cpu s':>10}{'times faster, cpu':>20}")
    for name, (wall, used) in seconds.items():
        print(f"{name:{wide}}{wall:10.2f}{used:10.2f}{last[1] / used:20,.0f}")
    print()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
