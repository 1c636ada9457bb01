"""k-means and its measures on a few hundred points, many times over: for look-alikes and resamples.

What is kept is learned by scikit-learn (``segments``). Here the same algorithm runs hundreds of times on samples so
small that scikit-learn's checks and thread pools would cost ten times the work, and gives the same bits every time.
"""

import numpy as np

ITERATIONS = 60


def k_means(points, k, restarts, random):
    """Labels, centroids and inertia of the best of several runs from k-means++ starts (Arthur and Vassilvitskii 2007).

    ``random`` is a ``numpy.random.RandomState``. A cluster that loses all its points keeps its centroid.
    """
    best, own = None, float((points**2).sum())
    for _ in range(restarts):
        centroids, labels = _start(points, k, random), None
        for _ in range(ITERATIONS):
            # squared distance less the point's own square, which is the same for every centroid
            apart = (centroids**2).sum(1) - 2 * (points @ centroids.T)
            following = apart.argmin(axis=1)
            if labels is not None and (following == labels).all():
                break
            labels = following
            centroids = _means(points, labels, centroids)
        inertia = own + float(apart.min(axis=1).sum())
        if best is None or inertia < best[2]:
            best = labels, centroids, inertia
    return best


def squares(points, centroids):
    """Squared distances, one row per point and one column per centroid."""
    apart = points @ centroids.T  # from here on in place: it may be large
    apart *= -2
    apart += (points**2).sum(1)[:, None]
    apart += (centroids**2).sum(1)
    return np.maximum(apart, 0, out=apart)


def distances(points):
    """Distances between all points: only for few of them, n x n."""
    apart = squares(points, points)
    return np.sqrt(apart, out=apart)


def silhouette(apart, labels):
    """Mean silhouette of labels 0, 1, … given all distances; a lone point counts 0 (Rousseeuw 1987).

    >>> apart = distances(np.array([[0.0], [1.0], [10.0], [11.0]]))
    >>> round(silhouette(apart, np.array([0, 0, 1, 1])), 4)
    0.8997
    """
    n, k = len(labels), int(labels.max()) + 1
    member = np.zeros((n, k))
    member[np.arange(n), labels] = 1
    sizes = member.sum(0)
    own = sizes[labels]
    sums = apart @ member
    inside = sums[np.arange(n), labels] / np.maximum(own - 1, 1)
    means = np.where(sizes > 0, sums / np.maximum(sizes, 1), np.inf)
    means[np.arange(n), labels] = np.inf
    outside = means.min(axis=1)
    larger = np.maximum(inside, outside)
    widths = np.where((own > 1) & (larger > 0), (outside - inside) / np.where(larger > 0, larger, 1), 0.0)
    return float(widths.mean())


def adjusted_rand(a, b):
    """Adjusted Rand index of two labellings (Hubert and Arabie 1985): 1 for the same groups, about 0 for chance.

    >>> adjusted_rand([0, 0, 1, 1], [1, 1, 0, 0])
    1.0
    """
    a, b = (np.unique(np.asarray(x), return_inverse=True)[1] for x in (a, b))
    table = np.zeros((a.max() + 1, b.max() + 1))
    np.add.at(table, (a, b), 1)
    together = (table * (table - 1)).sum() / 2
    rows, columns = (float((s * (s - 1)).sum() / 2) for s in (table.sum(1), table.sum(0)))
    pairs = len(a) * (len(a) - 1) / 2
    expected = rows * columns / pairs if pairs else 0.0
    most = (rows + columns) / 2
    return 1.0 if most == expected else float((together - expected) / (most - expected))


def _start(points, k, random):
    chosen = [points[random.randint(len(points))]]
    nearest = ((points - chosen[0]) ** 2).sum(1)
    while len(chosen) < k:
        total = np.cumsum(nearest)
        at = (
            np.searchsorted(total, random.random_sample() * total[-1]) if total[-1] > 0 else random.randint(len(points))
        )
        chosen.append(points[min(int(at), len(points) - 1)])
        nearest = np.minimum(nearest, ((points - chosen[-1]) ** 2).sum(1))
    return np.array(chosen)


def _means(points, labels, centroids):
    member = np.zeros((len(points), len(centroids)))
    member[np.arange(len(points)), labels] = 1
    sizes = member.sum(axis=0)
    found = (member.T @ points) / np.maximum(sizes, 1)[:, None]
    return np.where(sizes[:, None] > 0, found, centroids)
