"""Do scores, tiers and segments hold? ``python -m benchmarks.same_groups CONTEST PEOPLE.parquet OURS.parquet THEIRS.parquet …``.

Scores of recency and money and the tiers must be those of `qcut`, customer by customer, but for the few whose value is a
cut point or lies beside one. Of segments: our inertia over all customers must lie within 0.1 % of the best that anyone found
for as many of them, and other starts must choose the same number. Exit code 1 tells of a difference.
"""

import sys

import pandas as pd

ALIKE = 0.9999
WORSE = 1.001
SEEDS = (1, 2, 3, 4)


def same(contest, ours, theirs):
    """Compare columns that mean the same; prints a line each, 1 when one differs."""
    ours, theirs = (f.set_index("customer_id").sort_index() for f in (ours, theirs))
    columns = ("r_score", "m_score") if contest == "scores" else ("tier_rank",)
    alike = {column: float((ours[column] == theirs[column]).mean()) for column in columns}
    for column, share in alike.items():
        print(f"{column}: {share:.5%} of {len(ours):,} customers alike")
    return 1 if min(alike.values()) < ALIKE else 0


def held(file, ours, others):
    """Whether the segments are as good as any and their number holds; prints what it found, 1 when not."""
    from sklearn.cluster import KMeans

    from benchmarks import scoring
    from crm_analysis.methods import segments, segments_choice

    base, points = scoring.read(pd, file)
    k, inertia = int(ours["cluster"].max()), float((ours["distance"] ** 2).sum())
    seen = {f"KMeans, seed {seed}": KMeans(k, random_state=seed).fit(points).inertia_ for seed in SEEDS}
    for other in others:
        print(f"a loop chose {other.attrs['k']} segments, inertia {other.attrs['inertia']:,.0f}")
        if other.attrs["k"] == k:
            seen[f"loop {len(seen)}"] = other.attrs["inertia"]
    best = min(seen, key=seen.get)
    ratio = inertia / min(seen[best], inertia)
    print(
        f"ours: {k} segments, inertia {inertia:,.0f}, {ratio - 1:.4%} above the best seen ({best}: {seen[best]:,.0f})"
    )
    found = segments.scaled(base)
    chosen = [segments_choice.choose(found, scoring.KS, seed=seed) for seed in SEEDS]
    print(
        f"other starts choose {', '.join(str(c.k) for c in chosen)}; reliable: {', '.join(str(c.reliable) for c in chosen)}"
    )
    return 1 if ratio > WORSE or {c.k for c in chosen} != {k} else 0


def main(contest, file, ours, *others):
    """Print what was compared; 0 when all holds."""
    others = [pd.read_parquet(other) for other in others]
    ours = pd.read_parquet(ours)
    if contest == "segments":
        return held(file, ours, others)
    return max([same(contest, ours, other) for other in others], default=0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
