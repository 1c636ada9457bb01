"""Value segments: found where they are, refused where they are not, and the same on every engine."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_analysis.methods import lloyd, segments, segments_choice, segments_names, segments_tables

PLAIN = (("orders", "plain"), ("revenue", "plain"))


def base(*groups, n=60, seed=0):
    """Customers around the given (orders, revenue) points."""
    random = np.random.RandomState(seed)
    points = np.concatenate([random.normal(g, (0.5, 5), (n, 2)) for g in groups])
    ids = [f"c{i:04d}" for i in range(len(points))]
    return pd.DataFrame({"customer_id": ids, "orders": points[:, 0], "revenue": points[:, 1]})


THREE = ((2, 20), (20, 40), (10, 400))


def scaled(points):
    """Points that are on one scale already."""
    names = tuple((f"f{i}", "plain") for i in range(points.shape[1]))
    points = (points - points.mean(axis=0)) / points.std(axis=0)
    return segments.Scaled(names, (0.0,) * len(names), (1.0,) * len(names), points[segments._canonical(points)])


def test_planted_heaps_are_found_and_ordered_by_value():
    some = base(*THREE)
    found = segments.scaled(some, PLAIN)
    choice = segments_choice.choose(found, ks=range(2, 7))
    assert (choice.k, choice.reliable) == (3, True)
    profile = segments.learn(some, found, choice.k)
    scored = segments.score(some, profile)
    assert scored["cluster"].tolist() == [3] * 60 + [2] * 60 + [1] * 60
    assert profile.shares == pytest.approx((1 / 3, 1 / 3, 1 / 3), abs=1e-6)
    assert segments_choice.second_opinion(found, 3) == 1.0


def test_z_scores_are_of_the_transformed_values_with_the_population_standard_deviation():
    some = pd.DataFrame({"orders": [1.0] * 5 + [3.0] * 5, "revenue": [-9.0] * 5 + [9.0] * 5})
    found = segments.scaled(some, (("orders", "plain"), ("revenue", "log")))
    assert found.means == (2.0, 0.0)
    assert found.sds == pytest.approx((1.0, np.log(10)))
    assert sorted(map(tuple, found.points.round(9).tolist())) == [(-1, -1)] * 5 + [(1, 1)] * 5


def test_the_centroids_are_the_means_of_their_customers():
    some = base(*THREE)
    found = segments.scaled(some, PLAIN)
    profile = segments.learn(some, found, 3)
    means = segments.score(some, profile).groupby("cluster")[["orders", "revenue"]].mean()
    for cluster, centroid in enumerate(profile.centroids, start=1):
        raw = [z * sd + mean for z, mean, sd in zip(centroid, found.means, found.sds, strict=True)]
        assert means.loc[cluster].tolist() == pytest.approx(raw, abs=1e-4)


def test_confidence_is_one_at_a_centroid_and_nought_half_way():
    two = segments.Profile(PLAIN, (0, 0), (1, 1), ((2.0, 0.0), (-2.0, 0.0)), ("A", "B"), (0.5, 0.5), 1.0)
    some = pd.DataFrame({"orders": [2.0, 0.0, 1.0, np.nan], "revenue": [0.0] * 4})
    scored = segments.score(some, two)
    assert scored["confidence"].tolist() == pytest.approx([1, 0, 1 - 1 / 3, 0], abs=1e-4)
    assert scored["cluster"].tolist() == [1, 1, 1, 1], "a tie goes to the more valuable segment; missing is the mean"


@pytest.mark.parametrize("dimensions", [2, 5])
@pytest.mark.parametrize("kind", ["uniform", "one normal"])
def test_data_without_structure_get_no_reliable_segmentation(kind, dimensions):
    random = np.random.RandomState(11)
    points = random.rand(900, dimensions) if kind == "uniform" else random.randn(900, dimensions)
    choice = segments_choice.choose(scaled(points))
    assert not choice.reliable
    assert not choice.checks.set_index("check").loc["Lead over structureless data", "passed"]


def test_a_stretched_normal_cloud_is_not_taken_for_segments():
    random = np.random.RandomState(4)
    assert not segments_choice.choose(scaled(random.randn(700, 4) @ random.randn(4, 4))).reliable


@pytest.mark.parametrize("centres", [2, 4])
def test_well_separated_heaps_are_reliable_and_counted_right(centres):
    random = np.random.RandomState(6)
    points = np.concatenate([random.randn(250, 3) + 9 * np.eye(4, 3)[i] for i in range(centres)])
    choice = segments_choice.choose(scaled(points))
    assert (choice.k, choice.reliable) == (centres, True)
    assert choice.checks.set_index("check").loc["Stability", "observed"] == pytest.approx(1)


def test_the_indices_are_those_of_scikit_learn():
    from sklearn import metrics
    from sklearn.cluster import KMeans

    found = segments.scaled(base(*THREE), PLAIN)
    table = segments_choice.choose(found, ks=[2, 3, 4]).indices.set_index("k")
    for k in (2, 3):
        labels = KMeans(k, n_init=10, random_state=0).fit_predict(found.points)
        assert table.loc[k, "silhouette"] == pytest.approx(metrics.silhouette_score(found.points, labels), abs=1e-6)
        expected = metrics.calinski_harabasz_score(found.points, labels)
        assert table.loc[k, "calinski_harabasz"] == pytest.approx(expected)
    assert table["votes"].sum() == 4
    assert table["gap"].idxmax() == 3


def test_a_k_of_your_own_is_taken_and_judged_all_the_same():
    choice = segments_choice.choose(segments.scaled(base(*THREE), PLAIN), ks=range(2, 5), k=9)
    assert choice.k == 9
    assert not choice.reliable, "three heaps cut into nine come out otherwise when customers are drawn again"
    assert choice.indices["k"].tolist() == [2, 3, 4, 9]
    assert choice.checks["observed"].iloc[0] == choice.indices["silhouette"].iloc[-1]


@settings(max_examples=8)
@given(st.randoms(use_true_random=False))
def test_row_order_and_ids_change_nothing(random):
    some = base(*THREE, n=20)
    order = list(range(len(some)))
    random.shuffle(order)
    other = some.iloc[order].assign(customer_id=[f"x{i}" for i in range(len(some))])
    one, two = (segments.learn(b, segments.scaled(b, PLAIN), 3) for b in (some, other))
    assert one == two
    scored = segments.score(other, two).sort_index()
    assert scored["cluster"].tolist() == segments.score(some, one)["cluster"].tolist()


def test_the_same_run_twice_chooses_and_learns_the_same_bits():
    found = segments.scaled(base((2, 20), (4, 40), (5, 90)), PLAIN)
    one, two = (segments_choice.choose(found, ks=range(2, 5), seed=3) for _ in range(2))
    pd.testing.assert_frame_equal(one.indices, two.indices, check_exact=True)
    pd.testing.assert_frame_equal(one.checks, two.checks, check_exact=True)


def test_a_large_base_is_learned_on_a_sample_and_settled_on_all(monkeypatch):
    some = base(*THREE, n=400)
    found = segments.scaled(some, PLAIN)
    whole = segments.learn(some, found, 3)
    monkeypatch.setattr(segments, "LEARN_POINTS", 100)
    assert len(segments.sample(found.points, 100)) == 100
    assert segments.learn(some, found, 3) == whole


def test_features_that_do_not_differ_are_left_out_and_told():
    found = segments.scaled(base(*THREE).assign(same=1.0), (*PLAIN, ("same", "plain")))
    assert found.constant == ("same",)
    assert found.features == PLAIN


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda b: segments.scaled(b.head(5), PLAIN), "5 customers are too few"),
        (lambda b: segments.scaled(b.assign(orders=1.0), PLAIN), "only 1 of the features orders, revenue"),
        (lambda b: segments.learn(b, segments.scaled(b, PLAIN), 1), "1 segments cannot be formed"),
        (lambda b: segments.learn(b, segments.scaled(b, PLAIN), 500), "500 segments cannot be formed of 180"),
        (lambda b: segments.features("orders, colour", b), "no column colour"),
        (lambda b: segments.features("orders:sqrt, revenue", b), "log or plain, not sqrt"),
        (lambda b: segments.features("orders", b), "at least two features"),
    ],
)
def test_what_cannot_be_segmented_is_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call(base(*THREE))


def test_a_few_different_customers_repeated_are_segmented_or_refused_not_a_crash():
    some = pd.DataFrame({"orders": [1, 2, 9] * 10, "revenue": [1.0, 2, 9] * 10, "customer_id": range(30)})
    found = segments.scaled(some, PLAIN)
    assert segments_choice.choose(found).k == 2
    with pytest.raises(ValueError, match="2 different customers are too few"):
        segments_choice.choose(segments.scaled(some[some["orders"] > 1], PLAIN))


def test_names_follow_from_the_centroids_and_are_all_different():
    features = segments.FEATURES
    names = segments_names.named(
        features,
        (
            (-0.9, 1.8, 1.7, 0.5, -0.3),
            (0.9, 0.4, 0.8, 0.7, -0.2),
            (0.1, 0.2, 0.0, 0.1, 2.0),
            (-0.6, -0.6, -0.7, -1.0, -0.4),
            (0.8, -0.7, -0.7, 0.6, -0.3),
            (0.7, -0.7, -0.8, 0.6, -0.3),
        ),
    )
    assert names == (
        "Frequent high spenders", "High spenders gone quiet", "Bargain hunters", "New customers with small spending",
        "Long gone with small spending", "Occasional buyers",
    )  # fmt: skip
    many = segments_names.named((("lines", "log"),), tuple((0.3,) for _ in range(14)))
    assert len(set(many)) == 14


def test_the_summary_adds_up_and_shows_raw_units():
    some = base(*THREE)
    found = segments.scaled(some, PLAIN)
    profile = segments.learn(some, found, 3)
    table = segments_tables.summary(segments.score(some, profile), profile)
    assert table["customers"].tolist() == [60, 60, 60]
    assert table["revenue"].sum() == pytest.approx(some["revenue"].sum())
    assert table["revenue_share"].sum() == pytest.approx(1)
    assert table["mean_revenue"].is_monotonic_decreasing
    assert (table["advice"] != "").all()


def test_descriptors_are_shares_within_each_segment():
    some = base((2, 20), (20, 400))
    profile = segments.learn(some, segments.scaled(some, PLAIN), 2)
    scored = segments.score(some, profile)
    about = pd.DataFrame({"customer_id": some["customer_id"], "region": ["N"] * 60 + ["S"] * 45 + ["N"] * 15})
    shares = segments_tables.descriptors(scored, about, "region")
    assert shares[profile.names[0]].to_dict() == {"N": 0.25, "S": 0.75}
    assert segments_tables.counted(scored, about, "region")[profile.names[0]].to_dict() == {"N": 15, "S": 45}
    found = segments_tables.connections(scored, [(about.assign(same="x"), ["same", "absent", "region"])])
    assert found["column"].tolist() == ["region"], "one value alone goes with nothing"
    assert found["cramers_v"].iloc[0] == pytest.approx(np.sqrt(45 * 60 / (60 * 75)))


def test_agreement_with_another_classification():
    some = base((2, 20), (20, 400))
    profile = segments.learn(some, segments.scaled(some, PLAIN), 2)
    scored = segments.score(some, profile)
    same = scored[["customer_id"]].assign(segment=["low"] * 60 + ["high"] * 60)
    counts, agreement = segments_tables.against(scored, same, "segment")
    assert agreement == 1
    assert counts.to_numpy().tolist() == [[60, 0], [0, 60]]


def test_drift_is_nought_on_the_same_customers_and_told_on_others():
    some = base(*THREE)
    profile = segments.learn(some, segments.scaled(some, PLAIN), 3)
    same = segments_tables.drift(segments.score(some, profile), profile)
    assert same["now"].iloc[0] == pytest.approx(0, abs=1e-6)
    assert same["reading"].tolist() == ["Stable", "Stable"]
    moved = segments_tables.drift(segments.score(base((2, 20), (20, 400)), profile), profile)
    assert moved["reading"].tolist() == ["Moved", "Moved"]


def test_pandas_and_duckdb_learn_and_score_alike_on_the_demo(demo, demo_pandas):
    here, there = demo_pandas["customer_table"], demo["customer_table"]
    profiles = [segments.learn(b, segments.scaled(b), 4) for b in (here, there)]
    assert profiles[0] == profiles[1]
    columns = ["customer_id", "cluster", "value_segment", "confidence", "distance"]
    scored = segments.score(there, profiles[0])
    assert isinstance(scored, duckdb.DuckDBPyRelation)
    one, two = (
        f[columns].sort_values("customer_id").reset_index(drop=True)
        for f in (scored.df(), segments.score(here, profiles[0]))
    )
    pd.testing.assert_frame_equal(one, two, check_dtype=False, atol=1e-4)
    assert (one["cluster"] == two["cluster"]).all()


def test_the_demo_s_planted_segments_are_recovered_better_than_by_recency_and_frequency(demo, planted):
    """Five segments are planted; rates of one order a year or none look alike, so no method can part them all."""
    from crm_analysis.methods import rfm

    base, truth = demo["customer_table"], planted[0]
    found = segments.scaled(base)
    choice = segments_choice.choose(found)
    assert choice.reliable
    scored = segments.score(base, segments.learn(base, found, choice.k)).df()
    agreement = lloyd.adjusted_rand(scored["cluster"], scored["customer_id"].map(truth).astype(str))
    rule_based = rfm.score(base, rfm.learn(base)).df()
    by_rules = lloyd.adjusted_rand(
        rule_based["segment"].astype("category").cat.codes,
        rule_based["customer_id"].map(truth).astype("category").cat.codes,
    )
    assert agreement > 0.5
    assert agreement > by_rules
    bargain = scored[scored["value_segment"] == "Bargain hunters"]["customer_id"].map(truth)
    assert (bargain == "bargain").mean() > 0.85
