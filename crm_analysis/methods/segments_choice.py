"""How many value segments the data hold, and whether they hold any: four indices, look-alikes without structure,
bootstrap stability, a second algorithm.

Sources: Rousseeuw (1987), silhouette; Calinski and Harabasz (1974); Davies and Bouldin (1979); Tibshirani, Walther and
Hastie (2001), gap statistic; Hennig (2007), stability; Hubert and Arabie (1985), adjusted Rand index.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from crm_analysis.data.errors import TooLittle, WrongParameter
from crm_analysis.methods import lloyd, segments

CHOICE_POINTS = 5_000
SILHOUETTE_POINTS = 3_000
LOOKALIKE_POINTS = 300
LOOKALIKES = 8
BOOTSTRAP_POINTS = 600
BOOTSTRAPS = 10

MIN_SILHOUETTE = 0.25  # Kaufman and Rousseeuw (1990): below it there is no substantial structure
MIN_LEAD = 0.05  # above the best of the look-alikes without structure
MIN_STABILITY = 0.8  # mean adjusted Rand index between the segments and those of resampled customers
MIN_SHARE = 0.01  # of the customers in the smallest segment


class Choice(NamedTuple):
    """``k`` chosen; ``reliable``; ``indices``, one row per k; ``checks``, one row per condition of the verdict."""

    k: int
    reliable: bool
    indices: pd.DataFrame
    checks: pd.DataFrame


def choose(found, ks=range(2, 11), k=0, seed=0):
    """The number of segments by vote of four indices, with the verdict whether they can be relied on: a :class:`Choice`.

    ``found`` is what ``segments.scaled`` gave. Each of silhouette, Calinski-Harabasz, Davies-Bouldin (small is good) and
    gap (the first k that is within one standard error of the next) names its best k; most votes win, a tie goes to the
    higher silhouette. A ``k`` given is taken instead, and judged all the same.

    *Reliable* means that all of these hold for the chosen k: a mean silhouette of at least 0.25; the best silhouette of
    any k lies at least 0.05 above that of every look-alike without structure (uniform in the box of the principal axes,
    and normal with the same covariance); segments of resampled customers agree (adjusted Rand index of 0.8 or
    more on average); no segment holds less than one customer in a hundred.

    ``indices``: ``k``, ``inertia`` (per customer), ``silhouette``, ``calinski_harabasz``, ``davies_bouldin``, ``gap``,
    ``gap_error``, ``stability``, ``votes``. ``checks``: ``check``, ``observed``, ``needed``, ``passed``.
    """
    import sklearn.cluster  # noqa: F401  (before the limit: it brings the threads that are limited)
    from threadpoolctl import threadpool_limits

    points = segments.sample(found.points, CHOICE_POINTS)
    if k == 1:
        raise WrongParameter("one segment is the whole base: ask for two or more, or for 0 to let the data choose")
    distinct = len(np.unique(points, axis=0))
    ks = [each for each in ks if 2 <= each < distinct]
    if not ks or (k and k >= distinct):
        raise TooLittle(f"{distinct} different customers are too few to choose among segmentations")
    ks = sorted({*ks, k}) if k else ks
    with threadpool_limits(1):  # so little work is done sooner by one thread, and in the same order each time
        table, labels = _indices(points, ks, seed)
        reference, lead = _lookalikes(points, ks, seed)
        table = table.merge(reference, on="k")
        table["stability"] = _stability(points, ks, seed)
    votes = _votes(table)
    table["votes"] = [votes.count(each) for each in table["k"]]
    best = table.sort_values(["votes", "silhouette"], ascending=False)["k"].iloc[0]
    chosen = int(k or best)
    row = table.set_index("k").loc[chosen]
    smallest = float(np.bincount(labels[chosen]).min() / len(points))
    checks = pd.DataFrame(
        [
            ("Silhouette", row["silhouette"], MIN_SILHOUETTE),
            ("Lead over structureless data", lead, MIN_LEAD),
            ("Stability", row["stability"], MIN_STABILITY),
            ("Share of the smallest segment", smallest, MIN_SHARE),
        ],
        columns=["check", "observed", "needed"],
    )
    checks["passed"] = checks["observed"] >= checks["needed"]
    return Choice(chosen, bool(checks["passed"].all()), table.reset_index(drop=True), checks)


def second_opinion(found, k, seed=0):
    """Agreement (adjusted Rand index) of k-means with Ward's hierarchical clustering on a sample of 1,500 at most."""
    from scipy.cluster import hierarchy

    points = segments.sample(found.points, 1500)
    ours = lloyd.k_means(points, k, 5, np.random.RandomState(seed))[0]
    theirs = hierarchy.fcluster(hierarchy.linkage(points, "ward"), k, "maxclust")
    return lloyd.adjusted_rand(ours, theirs)


def _indices(points, ks, seed):
    from sklearn.cluster import KMeans
    from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score

    few = segments.sample(np.arange(len(points)), SILHOUETTE_POINTS)
    apart, rows, labels = lloyd.distances(points[few]), [], {}
    for k in ks:
        fitted = KMeans(k, n_init=segments.RESTARTS, random_state=seed, tol=0, max_iter=100).fit(points)
        labels[k] = fitted.labels_
        rows.append(
            (
                k,
                float(fitted.inertia_) / len(points),
                lloyd.silhouette(apart, fitted.labels_[few]),
                float(calinski_harabasz_score(points, fitted.labels_)),
                float(davies_bouldin_score(points, fitted.labels_)),
            )
        )
    return pd.DataFrame(rows, columns=["k", "inertia", "silhouette", "calinski_harabasz", "davies_bouldin"]), labels


def _lookalikes(points, ks, seed):
    """Gap and its error per k, and how far the best silhouette lies above every look-alike's best."""
    random = np.random.RandomState(seed)
    points = segments.sample(points, LOOKALIKE_POINTS)
    own_logs, own_best = _curve(points, ks, random)
    centre = points.mean(axis=0)
    axes = np.linalg.svd(points - centre, full_matrices=False)[2]
    turned = (points - centre) @ axes.T
    low, high, spread = turned.min(axis=0), turned.max(axis=0), turned.std(axis=0)
    boxes = [_curve(random.uniform(low, high, turned.shape), ks, random) for _ in range(LOOKALIKES)]
    normals = [_curve(random.normal(0, spread, turned.shape), ks, random) for _ in range(LOOKALIKES)]
    logs = np.array([each for each, _ in boxes])
    gap, error = logs.mean(axis=0) - own_logs, logs.std(axis=0) * np.sqrt(1 + 1 / LOOKALIKES)
    lead = own_best - max(best for _, best in (*boxes, *normals))
    return pd.DataFrame({"k": ks, "gap": gap, "gap_error": error}), float(lead)


def _curve(points, ks, random):
    """The logarithm of the inertia for each k, and the best silhouette of any k."""
    apart, logs, best = lloyd.distances(points), [], -1.0
    for k in ks:
        labels, _, inertia = lloyd.k_means(points, k, 2, random)
        logs.append(np.log(max(inertia, 1e-12)))
        best = max(best, lloyd.silhouette(apart, labels))
    return np.array(logs), best


def _stability(points, ks, seed):
    """Mean agreement of the segments with those learned from customers drawn with replacement, for each k."""
    random = np.random.RandomState(seed)
    points, means = segments.sample(points, BOOTSTRAP_POINTS), []
    for k in ks:
        own = lloyd.k_means(points, k, 4, random)[0]
        agreed = []
        for _ in range(BOOTSTRAPS):
            drawn = points[random.randint(0, len(points), len(points))]
            centroids = lloyd.k_means(drawn, k, 2, random)[1]
            agreed.append(lloyd.adjusted_rand(own, lloyd.squares(points, centroids).argmin(axis=1)))
        means.append(float(np.mean(agreed)))
    return means


def _votes(table):
    """The k that each index names."""
    k, gap, error = (table[c].to_numpy() for c in ("k", "gap", "gap_error"))
    enough = [int(k[i]) for i in range(len(k) - 1) if gap[i] >= gap[i + 1] - error[i + 1]]
    return [
        int(k[table["silhouette"].argmax()]),
        int(k[table["calinski_harabasz"].argmax()]),
        int(k[table["davies_bouldin"].argmin()]),
        enough[0] if enough else int(k[gap.argmax()]),
    ]
