"""Value segments by k-means on chosen features of the customer table: learned small, applied wide.

``scaled`` brings the features to one scale, ``segments_choice.choose`` finds how many segments the data hold and
whether they hold any, ``learn`` finds the centroids, ``score`` assigns every customer by column arithmetic on any
engine. Segment 1 is the most valuable.

Sources: S. Lloyd (1982), IEEE Trans. Inf. Theory 28; D. Arthur and S. Vassilvitskii (2007), k-means++.
"""

from typing import NamedTuple

import narwhals as nw
import numpy as np

from crm_analysis.data import frames
from crm_analysis.data.errors import TooLittle, WrongParameter
from crm_analysis.methods import segments_names

FEATURES = (
    ("recency_days", "log"),
    ("orders", "log"),
    ("revenue", "log"),
    ("tenure_days", "plain"),
    ("discount_share", "plain"),
)
TRANSFORMS = ("log", "plain")
LEARN_POINTS = 20_000
RESTARTS = 10
POLISH = 20
DECIMALS = 6
SAME = 1e-9  # a deviation below this part of the mean is rounding: the mean of equal numbers is not exactly theirs
SCORED = ("cluster", "value_segment", "next_segment", "confidence", "distance")


class Scaled(NamedTuple):
    """The features of all customers on one scale: ``points`` (n x features, z-scores, in an order that depends on the
    values alone), their means and standard deviations (ddof 0, after the transform), and the features left out
    because they are the same for everybody.
    """

    features: tuple
    means: tuple
    sds: tuple
    points: np.ndarray
    constant: tuple = ()


class Profile(NamedTuple):
    """What was learned: features as (column, transform), scaling, centroids (z-scores, most valuable first), names,
    the share of customers and the mean distance to the own centroid, for later comparison.
    """

    features: tuple
    means: tuple
    sds: tuple
    centroids: tuple
    names: tuple
    shares: tuple
    distance: float
    value: str = "revenue"
    seed: int = 0


def features(text, customers):
    """Features from a parameter's text, ``"orders:log, revenue:log, tenure_days"``; empty: those of ``FEATURES`` that
    the customer table has. Raises ValueError for an unknown column or transform, or fewer than two features.

    >>> import pandas as pd
    >>> features("orders:log, revenue", pd.DataFrame({"orders": [1], "revenue": [2.0]}))
    (('orders', 'log'), ('revenue', 'plain'))
    """
    have = nw.from_native(customers).collect_schema().names()
    if not text.strip():
        return tuple(f for f in FEATURES if f[0] in have)
    asked = [part.strip().partition(":") for part in text.split(",") if part.strip()]
    found = tuple((column.strip(), how.strip() or "plain") for column, _, how in asked)
    unknown = [column for column, _ in found if column not in have]
    if unknown:
        raise WrongParameter(f"the customer table has no column {', '.join(unknown)}; it has {', '.join(have)}")
    wrong = [how for _, how in found if how not in TRANSFORMS]
    if wrong:
        raise WrongParameter(f"a feature is taken {' or '.join(TRANSFORMS)}, not {', '.join(wrong)}")
    if len(found) < 2:
        raise WrongParameter("at least two features are needed to form segments")
    return found


def scaled(customers, features=FEATURES):
    """The features as z-scores: :class:`Scaled`. Missing values take the mean; features without spread are left out.

    Only the feature columns are read: 8 bytes per customer and feature. Raises ValueError when fewer than two features
    are left or there are fewer than 10 customers.
    """
    columns = [column for column, _ in features]
    frame = frames.to_pandas(nw.from_native(customers).select(*columns))
    if len(frame) < 10:
        raise TooLittle(f"{len(frame)} customers are too few to form segments: at least 10 are needed")
    kept, constant, parts = [], [], []
    for column, how in features:
        values = _transformed(frame[column].to_numpy(dtype=float, na_value=np.nan), how)
        mean, sd = _mean_and_sd(values)
        if not sd > SAME * max(1.0, abs(mean)):
            constant.append(column)
            continue
        kept.append(((column, how), mean, sd))
        parts.append((np.where(np.isnan(values), mean, values) - mean) / sd)
    if len(kept) < 2:
        raise TooLittle(
            f"only {len(kept)} of the features {', '.join(columns)} differ between customers: at least two must"
        )
    points = np.column_stack(parts)
    return Scaled(*(tuple(x) for x in zip(*kept, strict=True)), points[_canonical(points)], tuple(constant))


def sample(points, size):
    """At most ``size`` points, evenly spaced along their canonical order: the same for the same customers."""
    if len(points) <= size:
        return points
    return points[((np.arange(size) + 0.5) * len(points) / size).astype(int)]


def learn(customers, found, k, value="revenue", seed=0):
    """Centroids of ``k`` segments, ordered by mean ``value``, the highest first: a :class:`Profile`.

    ``found`` is what :func:`scaled` made of the same customers. scikit-learn's k-means with ten starts learns on at
    most 20,000 customers, then up to twenty rounds on all of them settle the centroids. Raises ValueError when there are
    fewer different customers than segments.
    """
    points = sample(found.points, LEARN_POINTS)
    if k < 2 or len(np.unique(points, axis=0)) < k:
        raise ValueError(
            f"{k} segments cannot be formed of {len(np.unique(points, axis=0))} different customers: at least 2, and "
            "not more than there are different customers"
        )
    centroids = _settled(points, found.points, k, seed)
    order = list(range(k))
    draft = Profile(
        found.features, found.means, found.sds, _rounded(centroids), tuple(map(str, order)), (), 0.0, value, seed
    )
    sizes = _sizes(customers, draft, value)
    order = sorted(order, key=lambda c: (-sizes[c][1], tuple(draft.centroids[c])))
    centroids = tuple(draft.centroids[c] for c in order)
    total = sum(size for size, _, _ in sizes)
    return draft._replace(
        centroids=centroids,
        names=segments_names.named(found.features, centroids),
        shares=tuple(round(sizes[c][0] / total, DECIMALS) for c in order),
        distance=round(sum(sizes[c][2] for c in order) / total, DECIMALS),
    )


def score(customers, profile):
    """The customer table with ``cluster`` (1 = most valuable), ``value_segment`` (its name), ``next_segment`` (that of the second
    nearest centroid), ``confidence`` (0-1: one less the ratio of the distances to the two) and ``distance`` (z units), lazily.

    Raises ValueError when the customer table lacks a feature of the profile.

    >>> import pandas as pd
    >>> two = Profile((("orders", "plain"), ("revenue", "plain")), (0.0, 0.0), (1.0, 1.0), ((4.0, 0.0), (0.0, 0.0)),
    ...               ("Many", "Few"), (0.5, 0.5), 1.0)
    >>> score(pd.DataFrame({"orders": [3, 0], "revenue": [0.0, 0.0]}), two)[["cluster", "confidence"]].values.tolist()
    [[1.0, 0.6667], [2.0, 1.0]]
    """
    frame = nw.from_native(customers)
    names = frame.collect_schema().names()
    absent = [column for column, _ in profile.features if column not in names]
    if absent:
        raise ValueError(
            f"the segments were learned with {', '.join(absent)}, which the customer table lacks: learn afresh, or add to the "
            "transactions what it is made of (discount_share: discount; margin: cost)"
        )
    scales = zip(profile.features, profile.means, profile.sds, strict=True)
    frame = frame.with_columns(**{f"z{i}_": z(*each) for i, each in enumerate(scales)})
    apart = {
        f"d{c}_": nw.sum_horizontal(
            *((nw.col(f"z{i}_") - at) * (nw.col(f"z{i}_") - at) for i, at in enumerate(centroid))
        )
        for c, centroid in enumerate(profile.centroids, start=1)
    }
    frame = frame.with_columns(**{name: each.round(9) for name, each in apart.items()})
    frame = frame.with_columns(nearest_=nw.min_horizontal(*apart))
    is_nearest = {c: nw.col(f"d{c}_") == nw.col("nearest_") for c in range(1, len(apart) + 1)}
    frame = frame.with_columns(
        cluster=_first(is_nearest, {c: c for c in is_nearest})
    )  # ties: the more valuable segment
    others = {c: nw.when(nw.col("cluster") != c).then(nw.col(f"d{c}_")).otherwise(nw.lit(1e300)) for c in is_nearest}
    frame = frame.with_columns(second_=nw.min_horizontal(*others.values()))
    own = {c: nw.col("cluster") == c for c in is_nearest}
    is_second = {c: (nw.col("cluster") != c) & (nw.col(f"d{c}_") == nw.col("second_")) for c in is_nearest}
    called = dict(enumerate(profile.names, start=1))
    frame = frame.with_columns(value_segment=_first(own, called), next_segment=_first(is_second, called))
    ratio = nw.when(nw.col("second_") > 0).then((nw.col("nearest_") / nw.col("second_")).sqrt()).otherwise(nw.lit(1.0))
    frame = frame.with_columns(
        confidence=(nw.lit(1.0) - ratio).round(4), distance=nw.col("nearest_").sqrt().round(DECIMALS)
    )
    return frame.select(*names, *SCORED).to_native()


def _first(conditions, values):
    """The value of the first condition that holds; the last value where none of those before it does."""
    *most, last = conditions
    result = nw.lit(values[last])
    for c in reversed(most):
        result = nw.when(conditions[c]).then(nw.lit(values[c])).otherwise(result)
    return result


def z(feature, mean, sd):
    """A feature, (column, transform), as a z-score: an expression; a missing value is the mean."""
    column, how = feature
    value = nw.col(column).cast(nw.Float64)
    if how == "log":
        size = (value.abs() + 1.0).log()
        value = nw.when(value < 0).then(-size).otherwise(size)
    return ((value - mean) / sd).fill_null(0.0)


def _transformed(values, how):
    """``log``: the logarithm of 1 + value, mirrored below zero, so that net returns have their place too."""
    return np.sign(values) * np.log1p(np.abs(values)) if how == "log" else values


def _mean_and_sd(values):
    known = np.sort(values[~np.isnan(values)])
    if not len(known):
        return 0.0, 0.0
    return round(float(known.mean()), 9), round(float(known.std()), 9)


def _canonical(points):
    """An order that depends on the values alone: along a slanted line, on which different customers do not meet."""
    slant = np.sqrt(np.array([2.0, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53]))[: points.shape[1]]
    return np.argsort(points @ slant, kind="stable")


def _settled(points, everyone, k, seed):
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # threads add up in another order each time
        learned = KMeans(k, n_init=RESTARTS, random_state=seed, tol=0, max_iter=100).fit(points)
        if len(everyone) > len(points):
            start = learned.cluster_centers_
            learned = KMeans(k, init=start, n_init=1, tol=0, max_iter=POLISH).fit(everyone)
    return learned.cluster_centers_


def _rounded(centroids):
    return tuple(tuple(round(float(z), DECIMALS) for z in centroid) for centroid in centroids)


def _sizes(customers, draft, value):
    """Customers, mean value and summed distance of each centroid, in the order of the draft."""
    scored = nw.from_native(score(customers, draft))
    table = frames.to_pandas(
        scored.group_by("cluster").agg(n=nw.len(), mean=nw.col(value).mean(), distance=nw.col("distance").sum())
    ).set_index("cluster")
    rows = table.reindex(range(1, len(draft.centroids) + 1)).fillna(0)
    return [(int(r.n), round(float(r.mean), 4), float(r.distance)) for r in rows.itertuples()]
