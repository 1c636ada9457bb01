"""Value segments in small tables: size and typical customer, profile lines, who they are, other segmentations, drift."""

import narwhals as nw
import numpy as np
import pandas as pd

from crm_analysis.data import frames
from crm_analysis.methods import lloyd, profiles, segments, segments_names

DRIFT_SOME, DRIFT_MUCH = 0.1, 0.25  # of the population stability index, the usual reading
DECIMALS = 6  # of sums and means: the last bits depend on the order of the rows
DISTANCE_MUCH = 1.25  # customers lie this many times farther from their centroids than when they were learned
SHIFT_SOME, SHIFT_MUCH = 0.2, 0.5  # of a mean, in standard deviations: small and medium effects of Cohen (1988)
TAKEN = {"log": "As a logarithm", "plain": "As it is"}


def features(customers, known, constant=()):
    """What the segments rest on: one row per feature, a pandas frame.

    ``known`` is what ``segments.scaled`` found or a profile; ``constant``: the features left out because they do not differ.
    Columns ``feature``, ``taken``, ``mean`` and ``sd`` (on that scale) and, for a profile, ``shift`` (how far the mean of
    ``customers`` lies from that of those it was learned from, in standard deviations) and ``reading``. The default features that
    the customers lack stand at the end, told as left out.
    """
    rows = [
        (column, TAKEN[how], mean, sd)
        for (column, how), mean, sd in zip(known.features, known.means, known.sds, strict=True)
    ]
    table = pd.DataFrame(rows, columns=["feature", "taken", "mean", "sd"])
    if isinstance(known, segments.Profile):
        scales = zip(known.features, known.means, known.sds, strict=True)
        means = {f"z{i}": segments.z(*each).mean() for i, each in enumerate(scales)}
        table["shift"] = frames.to_pandas(nw.from_native(customers).select(**means)).iloc[0].to_numpy(dtype=float)
        table["reading"] = [_reading(abs(shift), SHIFT_SOME, SHIFT_MUCH) for shift in table["shift"]]
    have = nw.from_native(customers).collect_schema().names()
    absent = [column for column, _ in segments.FEATURES if column not in have]
    left = [(column, "Left out: the same for all customers") for column in constant]
    left += [(column, "Left out: not in this data") for column in absent]
    return pd.concat([table, pd.DataFrame(left, columns=["feature", "taken"])], ignore_index=True) if left else table


def summary(scored, profile):
    """One row per segment, the most valuable first: size, value, confidence, means of the features in raw units.

    Columns ``cluster``, ``value_segment``, ``customers``, ``customer_share``, ``revenue`` and ``revenue_share`` (of the
    profile's value column), ``confidence`` (mean), one ``mean_<feature>`` each, ``advice``.
    """
    columns = [column for column, _ in profile.features]
    means = {f"mean_{c}": nw.col(c).mean() for c in columns}
    found = frames.to_pandas(
        nw.from_native(scored)
        .group_by("cluster")
        .agg(customers=nw.len(), revenue=nw.col(profile.value).sum(), confidence=nw.col("confidence").mean(), **means)
    ).set_index("cluster")
    table = found.round(DECIMALS).reindex(range(1, len(profile.centroids) + 1))
    table[["customers", "revenue"]] = table[["customers", "revenue"]].fillna(0)
    table["customers"] = table["customers"].astype(int)
    table.insert(0, "value_segment", profile.names)
    table.insert(2, "customer_share", table["customers"] / table["customers"].sum())
    total = table["revenue"].sum()
    table.insert(4, "revenue_share", table["revenue"] / total if total > 0 else np.nan)
    table["advice"] = [segments_names.advice(name) for name in profile.names]
    return table.rename_axis("cluster").reset_index()


def listed(scored, profile, moved):
    """Every customer in one list, the most valuable segment first, lazily: the segment, the features, revenue and movement.

    ``scored``: ``segments.score``; ``moved``: ``movement.moves`` of the same customers.
    """
    features = [column for column, _ in profile.features]
    columns = ["customer_id", "cluster", "value_segment", "next_segment", "confidence", *features, "revenue"]
    frame = nw.from_native(scored).select(list(dict.fromkeys(columns)))
    moves = nw.from_native(moved).select("customer_id", "before", "direction")
    frame = frame.join(moves, on="customer_id", how="inner")
    return frame.sort("cluster", "revenue", "customer_id", descending=[False, True, False]).to_native()


def lines(profile):
    """The snake plot's data: one row per segment (its name the index), one column per feature, z-scores."""
    return pd.DataFrame(
        profile.centroids, index=list(profile.names), columns=[column for column, _ in profile.features]
    )


def connections(scored, tables):
    """Which descriptions go with the segments: a pandas frame, the strongest first.

    ``tables``: pairs of a table and its columns to try. Columns ``column``, ``cramers_v`` (0: not at all, to 1), ``values``
    (how many different ones); columns that are not there or hold a single value are left out.
    """
    rows = []
    for about, columns in tables:
        have = nw.from_native(about).collect_schema().names()
        for column in columns:
            if column in have:
                counts = _shares(scored, about, column)[1]
                rows.append((column, v(counts.to_numpy(dtype=float)), len(counts)))
    table = pd.DataFrame(rows, columns=["column", "cramers_v", "values"])
    table["cramers_v"] = table["cramers_v"].astype(float)
    return table.dropna().sort_values("cramers_v", ascending=False, kind="stable").reset_index(drop=True)


def described(scored, tables, connections, most=8):
    """Who the segments are, by the description that goes with them most: shares within each segment, and the customers behind.

    ``tables`` as in :func:`connections`, ``connections`` its result. Rows: the ``most`` frequent values, the most frequent first;
    columns: the segments in their order. Shares are of the segment's customers whose value is known (0-1). Two empty frames
    when nothing was there to try.
    """
    if not len(connections):
        return pd.DataFrame(), pd.DataFrame()
    column = connections["column"].iloc[0]
    about = next(table for table, columns in tables if column in columns)
    shares, counts = _shares(scored, about, column)
    return shares.head(most), counts.head(most)


def v(counts):
    """Cramér's V of a table of counts, corrected for chance (Bergsma 2013); None with fewer than two rows or columns.

    Uncorrected, a description with hundreds of values seems to go with anything: chance alone gives each cell some chi-square.

    >>> round(v(np.array([[10.0, 20.0], [30.0, 5.0]])), 4)
    0.5261
    """
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    if min(counts.shape, default=0) < 2:
        return None
    n, (rows, columns) = counts.sum(), counts.shape
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / n
    square = ((counts - expected) ** 2 / expected).sum() / n
    square = max(0.0, square - (rows - 1) * (columns - 1) / (n - 1))
    rows, columns = (size - (size - 1) ** 2 / (n - 1) for size in (rows, columns))
    return float(np.sqrt(square / (min(rows, columns) - 1))) if min(rows, columns) > 1 else None


def against(scored, other, column, classes=()):
    """Customers by value segment (rows) and another classification (columns), and their agreement.

    ``other`` is a table of the same customers with the class in ``column``; ``classes`` its names in the order wanted. Returns
    the table of counts and the adjusted Rand index (1: the same groups; about 0: no more than chance).
    """
    pairs = _pairs(scored, other, column)
    counts = pairs.pivot_table(index="cluster", columns=column, values="customers", aggfunc="sum", fill_value=0)
    order = [c for c in classes if c in counts.columns]
    counts = counts[[*order, *(c for c in counts.columns if c not in order)]]
    names = pairs.drop_duplicates("cluster").set_index("cluster")["value_segment"]
    rows = np.repeat(pairs["cluster"].to_numpy(), pairs["customers"])
    columns = np.repeat(pairs[column].to_numpy(), pairs["customers"])
    return counts.rename(index=names).rename_axis(index="value_segment"), lloyd.adjusted_rand(rows, columns)


def drift(scored, profile):
    """Whether the segments of an earlier profile still fit: one row per measure, a pandas frame.

    Columns ``measure``, ``learned``, ``now``, ``reading``: the population stability index of the segment shares (below
    0.1 stable, from 0.25 moved) and the mean distance of customers from their centroids (more than a quarter farther: moved).
    """
    found = frames.to_pandas(
        nw.from_native(scored).group_by("cluster").agg(n=nw.len(), distance=nw.col("distance").sum())
    ).set_index("cluster")
    found = found.reindex(range(1, len(profile.centroids) + 1)).fillna(0)
    total = found["n"].sum()
    if not total:
        raise ValueError("no customers: drift cannot be measured on an empty table")
    learned = np.array(profile.shares) / sum(profile.shares)
    index = float(profiles.psi(tuple(learned), tuple(found["n"] / total)))
    distance = float(found["distance"].sum() / total)
    moved = profile.distance > 0 and distance > DISTANCE_MUCH * profile.distance
    reading = _reading(index, DRIFT_SOME, DRIFT_MUCH)
    return pd.DataFrame(
        [
            ("Stability index of segment shares", 0.0, index, reading),
            ("Mean distance from the centroid", profile.distance, distance, "Moved" if moved else "Stable"),
        ],
        columns=["measure", "learned", "now", "reading"],
    )


def _reading(figure, some, much):
    return "Stable" if figure < some else "Moved somewhat" if figure < much else "Moved"


def _shares(scored, about, column):
    pairs = _pairs(scored, about, column)
    counts = pairs.pivot_table(index=column, columns="cluster", values="customers", aggfunc="sum", fill_value=0)
    counts = counts.loc[counts.sum(axis=1).sort_values(ascending=False, kind="stable").index]
    names = pairs.drop_duplicates("cluster").set_index("cluster")["value_segment"]
    counts = counts.rename(columns=names).rename_axis(columns="value_segment")
    return counts / counts.sum(), counts


def _pairs(scored, about, column):
    """Customers per segment and value of ``column``, missing values left out."""
    one = nw.from_native(scored).select("customer_id", "cluster", "value_segment")
    two = nw.from_native(about).select("customer_id", column).filter(~nw.col(column).is_null())
    found = one.join(two, on="customer_id", how="inner").group_by("cluster", "value_segment", column)
    table = frames.to_pandas(found.agg(customers=nw.len())).astype({"customers": int})
    return table.sort_values(["cluster", column]).reset_index(drop=True)
