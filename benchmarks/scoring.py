"""Scores, tiers and value segments of a customer table: ours beside `qcut` in pandas and the plain scikit-learn loops.

Each contestant goes from one Parquet file with a row per customer to a pandas frame with everybody's score, tier or
segment, and has two steps, as in ``contestants``: what ``ready()`` imports is not measured.
"""

import sys
from pathlib import Path

from benchmarks import customers, measure

KS = range(2, 11)
MONEY, LOGS = "revenue", ("recency_days", "orders", "revenue")


def _ours(made):
    import duckdb
    import pandas  # noqa: F401
    import pyarrow  # noqa: F401

    from crm_analysis.data import frames

    def work(file):
        with duckdb.connect() as connection:
            connection.execute("set enable_progress_bar = false")
            result, columns = made(connection.read_parquet(str(file)))
            return frames.to_pandas(result.select(", ".join(columns)))

    return work


def our_scores():
    """``rfm.learn`` and ``rfm.score``: fifths, ties kept together, and the segment of each customer."""
    from crm_analysis.methods import rfm

    return _ours(
        lambda base: (rfm.score(base, rfm.learn(base)), ("customer_id", "r_score", "f_score", "m_score", "segment"))
    )


def pandas_scores():
    """`qcut` three times; frequency by its rank, as most tutorials write it, because `qcut` refuses ties."""
    import pandas as pd
    import pyarrow  # noqa: F401

    def work(file):
        base = pd.read_parquet(file, columns=["customer_id", "recency_days", "orders", MONEY])
        scores = {
            "r_score": pd.qcut(base["recency_days"], 5, labels=[5, 4, 3, 2, 1]).astype(int),
            "f_score": pd.qcut(base["orders"].rank(method="first"), 5, labels=[1, 2, 3, 4, 5]).astype(int),
            "m_score": pd.qcut(base[MONEY], 5, labels=[1, 2, 3, 4, 5]).astype(int),
        }
        return base[["customer_id"]].assign(**scores)

    return work


def our_tiers():
    """``pyramid.learn`` and ``pyramid.score`` at 1/19/30/50."""
    from crm_analysis.methods import pyramid

    return _ours(
        lambda base: (
            pyramid.score(base, pyramid.learn(base, pyramid.SCHEMES["1/19/30/50"])),
            ("customer_id", "tier_rank", "tier"),
        )
    )


def pandas_tiers():
    """`qcut` at the same shares."""
    import pandas as pd
    import pyarrow  # noqa: F401

    def work(file):
        base = pd.read_parquet(file, columns=["customer_id", MONEY])
        rank = pd.qcut(base[MONEY], [0, 0.5, 0.8, 0.99, 1], labels=[4, 3, 2, 1]).astype(int)
        return base[["customer_id"]].assign(tier_rank=rank)

    return work


def our_segments():
    """Scaled, the number of segments chosen with its verdict, learned, everybody assigned with confidence."""
    import sklearn.cluster
    import sklearn.metrics  # noqa: F401

    from crm_analysis.methods import segments, segments_choice

    def made(base):
        found = segments.scaled(base)
        choice = segments_choice.choose(found, KS)
        return segments.score(base, segments.learn(base, found, choice.k)), ("customer_id", *segments.SCORED)

    return _ours(made)


def plain_kmeans():
    """`KMeans` with its defaults for each k on all rows; the silhouette of 10,000 of them chooses."""
    from sklearn.cluster import KMeans

    return _loop(KMeans)


def plain_minibatch():
    """The same with `MiniBatchKMeans` and its defaults."""
    from sklearn.cluster import MiniBatchKMeans

    return _loop(MiniBatchKMeans)


def _loop(kind):
    import pandas as pd
    import pyarrow  # noqa: F401
    from sklearn.metrics import silhouette_score

    def work(file):
        base, points = read(pd, file)
        best = None
        for k in KS:
            fitted = kind(k, random_state=0).fit(points)
            silhouette = silhouette_score(points, fitted.labels_, sample_size=10_000, random_state=0)
            if best is None or silhouette > best[0]:
                best = silhouette, k, fitted.labels_, float(fitted.inertia_)
        result = base[["customer_id"]].assign(cluster=best[2] + 1)
        result.attrs = {"k": best[1], "inertia": best[3]}
        return result

    return work


def read(pd, file):
    """The customers and their z-scores, on the scale that ours has: logarithms of three features of five."""
    import numpy as np
    from sklearn.preprocessing import StandardScaler

    base = pd.read_parquet(file)
    plain = base[["recency_days", "orders", "revenue", "tenure_days", "discount_share"]].astype(float)
    return base, StandardScaler().fit_transform(plain.assign(**{c: np.log1p(plain[c]) for c in LOGS}).to_numpy())


CONTESTS = {
    "scores": {"scores, crm_analysis": our_scores, "scores, pandas qcut": pandas_scores},
    "tiers": {"tiers, crm_analysis": our_tiers, "tiers, pandas qcut": pandas_tiers},
    "segments": {
        "segments, crm_analysis": our_segments,
        "segments, KMeans loop": plain_kmeans,
        "segments, MiniBatchKMeans loop": plain_minibatch,
    },
}
ALL = {name: ready for contest in CONTESTS.values() for name, ready in contest.items()}


def run(sizes, runs, folder):
    """Measure every size and print its tables; 0 when ours ran and all agree, else 1."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return max(_size(people, runs, folder) for people in sizes)


def _size(people, runs, folder):
    file, worst = folder / f"people-{people}.parquet", 0
    customers.in_own_process("benchmarks.people", people, file)
    for contest, contestants in CONTESTS.items():
        frames = {name: folder / f"{contest}-{number}.parquet" for number, name in enumerate(contestants)}
        for frame in frames.values():
            frame.unlink(missing_ok=True)
        figures = {name: [] for name in contestants}
        for turn in range(runs):
            for name in contestants:
                print(f"{people} customers, round {turn + 1} of {runs}: {name}", file=sys.stderr)
                if not any("failed" in f for f in figures[name]):
                    kept = frames[name] if turn == 0 else None
                    figures[name].append(measure.run(sys.executable, name, file, kept))
        ours, *others = frames.values()
        print(
            f"\n{people:,} customers, {contest}, medians of {runs} rounds in turns\n\n{customers.text(figures, next(iter(frames)))}\n",
            flush=True,
        )
        there = [frame for frame in others if frame.exists()]
        worst = max(worst, 0 if ours.exists() else 1)
        if ours.exists():
            worst = max(
                worst, customers.in_own_process("benchmarks.same_groups", contest, file, ours, *there, check=False)
            )
    return worst
