"""The small k-means and its measures, against scikit-learn's."""

import numpy as np
import pytest
from sklearn import metrics
from sklearn.cluster import KMeans

from crm_analysis.methods import lloyd


def blobs(n=60, centres=((0, 0), (6, 0), (0, 6)), seed=0):
    random = np.random.RandomState(seed)
    return np.concatenate([random.normal(c, 1.0, (n, len(c))) for c in centres])


def test_it_finds_as_good_a_partition_as_scikit_learn():
    points = blobs(centres=((0, 0, 0), (3, 0, 1), (0, 4, 2), (5, 5, 0)))
    for k in range(2, 7):
        theirs = KMeans(k, n_init=20, random_state=1).fit(points).inertia_
        labels, centroids, ours = lloyd.k_means(points, k, 20, np.random.RandomState(1))
        assert ours == pytest.approx(theirs, rel=0.01)
        assert ours == pytest.approx(sum(((points[labels == c] - centroids[c]) ** 2).sum() for c in range(k)))


def test_the_silhouette_is_scikit_learn_s():
    points, random = blobs(), np.random.RandomState(2)
    apart = lloyd.distances(points)
    for labels in (np.repeat([0, 1, 2], 60), random.randint(0, 4, 180), np.r_[0, np.ones(179, dtype=int)]):
        assert lloyd.silhouette(apart, labels) == pytest.approx(metrics.silhouette_score(points, labels), abs=1e-6)


def test_the_adjusted_rand_index_is_scikit_learn_s_and_that_of_the_paper():
    random = np.random.RandomState(3)
    for _ in range(20):
        a, b = random.randint(0, 4, 50), random.randint(0, 3, 50)
        assert lloyd.adjusted_rand(a, b) == pytest.approx(metrics.adjusted_rand_score(a, b))
    # Hubert and Arabie (1985), table 2, as repeated by Yeung and Ruzzo (2001): 0.313
    counts = [[1, 1, 0], [1, 2, 1], [0, 0, 4]]
    pairs = [(i, j) for i, row in enumerate(counts) for j, n in enumerate(row) for _ in range(n)]
    assert lloyd.adjusted_rand(*zip(*pairs, strict=True)) == pytest.approx(0.313, abs=5e-4)


def test_one_group_against_one_group_agrees_wholly():
    assert lloyd.adjusted_rand([1, 1, 1], [2, 2, 2]) == 1.0


def test_the_same_seed_gives_the_same_bits():
    points = blobs(seed=5)
    one, two = (lloyd.k_means(points, 4, 3, np.random.RandomState(9)) for _ in range(2))
    assert (one[0] == two[0]).all()
    assert one[2] == two[2]


def test_more_clusters_than_different_points_leave_some_empty_and_do_not_fail():
    labels, _, inertia = lloyd.k_means(np.array([[0.0], [0.0], [1.0]]), 3, 2, np.random.RandomState(0))
    assert inertia == pytest.approx(0, abs=1e-12)
    assert labels[0] == labels[1] != labels[2]
