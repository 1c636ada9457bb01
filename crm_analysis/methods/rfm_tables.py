"""RFM in small tables: segments, score groups, the grid of scores, and whether the data can carry the levels."""

import itertools
import math

import narwhals as nw
import pandas as pd

from crm_analysis.data import frames
from crm_analysis.methods import rfm_maps
from crm_analysis.methods.rfm import DIMENSIONS, SCORES

DECIMALS = 6  # of sums and means: the last bits depend on the order of the rows
CROWDED = 1.5  # a group this many times its equal share is crowded by ties


def summary(scored, profile, segment_map=rfm_maps.DEFAULT):
    """One row per segment, in the order of the map: size, value and what is typical; a pandas frame.

    Columns ``segment``, ``customers``, ``customer_share``, ``revenue``, ``revenue_share`` (both of the profile's
    monetary column), ``mean_recency_days``, ``mean_frequency``, ``mean_monetary``, ``advice``. Segments without
    customers are kept, with 0 customers and missing means.
    """
    groups = frames.to_pandas(
        nw.from_native(scored)
        .group_by("segment")
        .agg(
            nw.len().alias("customers"),
            nw.col(profile.monetary).sum().alias("revenue"),
            nw.col(profile.recency).mean().alias("mean_recency_days"),
            nw.col(profile.frequency).mean().alias("mean_frequency"),
            nw.col(profile.monetary).mean().alias("mean_monetary"),
        )
    )
    groups = groups.round(DECIMALS).set_index("segment")
    names = [*rfm_maps.segments(segment_map), *([rfm_maps.OTHERS] if rfm_maps.OTHERS in groups.index else [])]
    table = groups.reindex(names)
    table[["customers", "revenue"]] = table[["customers", "revenue"]].fillna(0)
    table["customers"] = table["customers"].astype(int)
    table["customer_share"] = table["customers"] / table["customers"].sum()
    total = table["revenue"].sum()
    table["revenue_share"] = table["revenue"] / total if total > 0 else math.nan
    advice = segment_map.rules.drop_duplicates("segment").set_index("segment")["advice"]
    table["advice"] = advice.reindex(names).fillna("")
    columns = ["segment", "customers", "customer_share", "revenue", "revenue_share"]
    columns += ["mean_recency_days", "mean_frequency", "mean_monetary", "advice"]
    return table.rename_axis("segment").reset_index()[columns]


def groups(scored, profile):
    """Sizes of the score groups: one row per dimension and score, with the interval of values it stands for.

    Columns ``dimension``, ``score``, ``from_value``, ``to_value`` (missing where open, and throughout where nested
    cuts differ from cell to cell), ``customers``, ``customer_share``. With ties ``lower`` the lower end is exclusive and
    the upper inclusive, with ``upper`` the other way round. Groups made empty or large by ties are shown as they are.
    """
    frame, parts = nw.from_native(scored), []
    for at, (dimension, column) in enumerate(zip(DIMENSIONS, SCORES, strict=True)):
        sizes = frames.to_pandas(frame.group_by(column).agg(customers=nw.len())).set_index(column)["customers"]
        own = not profile.nested or at == 0
        edges = [math.nan, *(profile[at] if own else [math.nan] * (profile.levels[at] - 1)), math.nan]
        intervals = list(itertools.pairwise(edges))
        if dimension == "recency":
            intervals.reverse()
        parts += [(dimension, s, low, high, int(sizes.get(s, 0))) for s, (low, high) in enumerate(intervals, start=1)]
    table = pd.DataFrame(parts, columns=["dimension", "score", "from_value", "to_value", "customers"])
    table["customer_share"] = table["customers"] / table.groupby("dimension")["customers"].transform("sum")
    return table


def capacity(groups):
    """Whether the data can carry the levels asked: one row per dimension, from the table of :func:`groups`.

    Columns ``dimension``, ``levels`` asked, ``levels_held`` (with at least one customer), ``customers``,
    ``largest_share`` of one level, ``finding``: ``Carried``; ``Too few customers`` (fewer than 5 per level on average);
    ``Empty levels`` (ties leave levels without customers); ``Crowded level`` (one holds more than one and a half times its equal
    share).
    """
    rows = []
    for dimension, found in groups.groupby("dimension", sort=False):
        asked, n = len(found), int(found["customers"].sum())
        held, largest = int((found["customers"] > 0).sum()), float(found["customer_share"].max())
        finding = "Carried"
        if n < 5 * asked:
            finding = "Too few customers"
        elif held < asked:
            finding = "Empty levels"
        elif largest > CROWDED / asked:
            finding = "Crowded level"
        rows.append((dimension, asked, held, n, largest, finding))
    return pd.DataFrame(rows, columns=["dimension", "levels", "levels_held", "customers", "largest_share", "finding"])


def grid(scored, profile, value="customers"):
    """Customers (or mean ``value`` per customer) by recency score (rows, best first) and frequency score (columns).

    Every score has its row and column; a cell without customers is missing.
    """
    measure = nw.len() if value == "customers" else nw.col(value).mean()
    found = frames.to_pandas(nw.from_native(scored).group_by("r_score", "f_score").agg(measure.alias("value")))
    table = found.pivot(index="r_score", columns="f_score", values="value")
    return table.reindex(index=range(profile.levels[0], 0, -1), columns=range(1, profile.levels[1] + 1))


def cells(scored):
    """Customers per cell of the three scores: ``r_score``, ``f_score``, ``m_score``, ``segment``, ``customers``."""
    keys = [*SCORES, "segment"]
    found = frames.to_pandas(nw.from_native(scored).group_by(*keys).agg(customers=nw.len()))
    return found.sort_values(list(SCORES), ascending=False).reset_index(drop=True)


def explained(profile, segment_map=rfm_maps.DEFAULT):
    """Why a customer with given scores is in its segment: one row per cell of the three scores, a pandas frame.

    Columns ``r_score``, ``f_score``, ``m_score``; the values each stands for, ``recency_from``, ``recency_to``, ``frequency_from``,
    … (missing where open); ``segment``; the scores its rule takes, ``r_from``, ``r_to``, … (missing for "Others").
    """
    scaled = rfm_maps.on_levels(segment_map, profile.levels)
    grid = rfm_maps.coverage(segment_map, profile.levels)
    rows = []
    for r, f, m, winner in grid[[*SCORES, "winner"]].itertuples(index=False):
        frequency, monetary = profile.frequency_cuts, profile.monetary_cuts
        if profile.nested:
            frequency, monetary = frequency[r - 1], monetary[r - 1][f - 1]
        newest_first = profile.levels[0] + 1 - r
        ends = (*_ends(profile.recency_cuts, newest_first), *_ends(frequency, f), *_ends(monetary, m))
        rule = scaled.iloc[winner] if winner >= 0 else None
        bounds = tuple(math.nan if rule is None else int(rule[b]) for b in rfm_maps.BOUNDS)
        rows.append((r, f, m, *ends, rfm_maps.OTHERS if rule is None else rule["segment"], *bounds))
    ends = [f"{d}_{end}" for d in DIMENSIONS for end in ("from", "to")]
    return pd.DataFrame(rows, columns=[*SCORES, *ends, "segment", *rfm_maps.BOUNDS])


def _ends(cuts, level):
    """The two ends of the level-th interval from below."""
    edges = [math.nan, *cuts, math.nan]
    return edges[level - 1], edges[level]
