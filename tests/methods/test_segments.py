"""Value segments: found where they are, refused where they are not, and the same on every engine."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_analysis.data import frames
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


@pytest.mark.slow
@pytest.mark.parametrize("dimensions", [2, 5])
@pytest.mark.parametrize("kind", ["uniform", "one normal"])
def test_data_without_structure_get_no_reliable_segmentation(kind, dimensions):
    random = np.random.RandomState(11)
    points = random.rand(900, dimensions) if kind == "uniform" else random.randn(900, dimensions)
    choice = segments_choice.choose(scaled(points))
    assert not choice.reliable
    assert not choice.checks.set_index("check").loc["Lead over structureless data", "passed"]


@pytest.mark.slow
def test_a_stretched_normal_cloud_is_not_taken_for_segments():
    random = np.random.RandomState(4)
    assert not segments_choice.choose(scaled(random.randn(700, 4) @ random.randn(4, 4))).reliable


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.parametrize("same", [0.1, 1e9 / 3, 1e15 / 3])
def test_a_feature_that_is_the_same_for_everybody_is_left_out_however_large_it_is(same):
    some = pd.DataFrame({"orders": range(1, 12), "revenue": [7.0, 3, 9, 1, 4, 8, 2, 6, 5, 11, 10], "same": same})
    found = segments.scaled(some, (("orders", "plain"), ("revenue", "plain"), ("same", "plain")))
    assert found.constant == ("same",)


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
        "Small spenders gone quiet", "Occasional buyers",
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


def test_the_description_that_goes_with_the_segments_most_is_shown_as_shares_within_each():
    some = base((2, 20), (20, 400))
    profile = segments.learn(some, segments.scaled(some, PLAIN), 2)
    scored = segments.score(some, profile)
    about = pd.DataFrame({"customer_id": some["customer_id"], "region": ["N"] * 60 + ["S"] * 45 + ["N"] * 15})
    tables = [(about.assign(same="x"), ["same", "absent"]), (about, ["region"])]
    found = segments_tables.connections(scored, tables)
    assert found["column"].tolist() == ["region"], "one value alone goes with nothing"
    shares, behind = segments_tables.described(scored, tables, found)
    assert shares[profile.names[0]].to_dict() == {"N": 0.25, "S": 0.75}
    assert behind[profile.names[0]].to_dict() == {"N": 15, "S": 45}
    nothing = segments_tables.connections(scored, [])
    assert [len(table) for table in segments_tables.described(scored, [], nothing)] == [0, 0]


def test_cramers_v_by_hand_and_nought_where_a_hundred_values_go_with_a_segment_by_chance():
    # phi squared of [[10, 20], [30, 5]] is 302500 / 1050000; less 1/64: 0.272470; a side of 2 counts as 2 - 1/64 (Bergsma 2013)
    assert segments_tables.v(np.array([[10.0, 20], [30, 5]])) == pytest.approx(np.sqrt(0.272470 / 0.984375), abs=1e-5)
    assert segments_tables.v(np.array([[10.0, 0], [0, 10]])) == pytest.approx(1, abs=1e-9)
    assert segments_tables.v(np.array([[10.0, 20], [10, 20]])) == 0
    assert segments_tables.v(np.array([[10.0, 20]])) is None
    random = np.random.RandomState(8)
    counts = np.zeros((100, 3))
    np.add.at(counts, (random.randint(0, 100, 900), random.randint(0, 3, 900)), 1)
    assert segments_tables.v(counts) < 0.1


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


def test_features_are_told_with_their_scale_and_how_far_customers_moved_from_it():
    some = base(*THREE).assign(discount_share=0.1)
    found = segments.scaled(some, (*PLAIN, ("discount_share", "plain")))
    table = segments_tables.features(some, found, found.constant)
    assert table["feature"].tolist() == ["orders", "revenue", "discount_share", "recency_days", "tenure_days"]
    assert table["taken"].tolist() == [
        "As it is", "As it is", "Left out: the same for all customers", "Left out: not in this data", "Left out: not in this data",
    ]  # fmt: skip
    assert "shift" not in table, "learned in this run: there is nothing to have moved from"
    profile = segments.learn(some, found, 3)
    later = some.assign(orders=some["orders"] + 0.3 * found.sds[0], revenue=some["revenue"] - 2 * found.sds[1])
    moved = segments_tables.features(later, profile).head(2)
    assert moved["shift"].tolist() == pytest.approx([0.3, -2])
    assert moved["reading"].tolist() == ["Moved somewhat", "Moved"]


def test_a_segment_gone_quiet_ranks_last_in_movement_whatever_it_once_brought():
    centroids = ((1.2, 1.0), (-0.8, 0.3), (0.9, -0.2), (-0.5, -0.9))
    features = (("recency_days", "log"), ("revenue", "log"))
    profile = segments.Profile(features, (0, 0), (1, 1), centroids, ("A", "B", "C", "D"), (0.25,) * 4, 1.0)
    assert segments_names.ranked(profile) == ("B", "D", "A", "C")
    by_money = profile._replace(features=(("orders", "log"), ("revenue", "log")))
    assert segments_names.ranked(by_money) == ("A", "B", "C", "D"), "without recency nobody is known to be quiet"


def test_new_and_gone_quiet_are_two_things():
    names = segments_names.named(segments.FEATURES, ((0.9, -1.0, -1.0, -0.7, 0.0), (-0.2, -1.0, -1.0, -0.7, 0.0)))
    assert names == ("Small spenders gone quiet", "New customers with small spending")


@settings(max_examples=6)
@given(st.randoms(use_true_random=False))
def test_the_choice_of_k_does_not_depend_on_row_order_or_ids(random):
    some = base(*THREE, n=20)
    order = list(range(len(some)))
    random.shuffle(order)
    other = some.iloc[order].assign(customer_id=[f"x{i}" for i in range(len(some))])
    one, two = (segments_choice.choose(segments.scaled(b, PLAIN), ks=range(2, 5)) for b in (some, other))
    pd.testing.assert_frame_equal(one.indices, two.indices, check_exact=True)
    pd.testing.assert_frame_equal(one.checks, two.checks, check_exact=True)


@settings(max_examples=10)
@given(st.lists(st.tuples(st.integers(1, 30), st.integers(-50, 900)), min_size=15, max_size=60), st.integers(2, 4))
def test_equal_customers_get_equal_segments_and_every_customer_exactly_one(people, k):
    some = pd.DataFrame(people * 2, columns=["orders", "revenue"]).astype({"revenue": float})
    if min(some["orders"].nunique(), some["revenue"].nunique()) < 2 or len(set(people)) < k:
        return
    profile = segments.learn(some, segments.scaled(some, PLAIN), k)
    scored = segments.score(some, profile)
    assert scored.groupby(["orders", "revenue"])[list(segments.SCORED)].nunique().to_numpy().max() == 1
    assert scored["cluster"].between(1, k).all()
    assert (scored["next_segment"] != scored["value_segment"]).all()
    table = segments_tables.summary(scored, profile)
    assert table["customers"].sum() == len(some)
    means = table["mean_revenue"].dropna()
    assert means.round(4).is_monotonic_decreasing, "segments are ordered by value"


def test_a_profile_is_kept_and_read_back_unchanged_and_refuses_a_base_without_its_features(tmp_path):
    import json

    from crm_analysis.display import kept
    from crm_analysis.methods import profiles

    some = base(*THREE)
    profile = segments.learn(some, segments.scaled(some, PLAIN), 3)
    path = tmp_path / "profile.json"
    path.write_text(json.dumps({"profiles": kept.show(segments=profile).profiles}))
    again = profiles.read(str(path), "segments", segments.Profile)
    assert again == profile
    pd.testing.assert_frame_equal(segments.score(some, again), segments.score(some, profile))
    with pytest.raises(ValueError, match="were learned with revenue, which the customer table lacks"):
        segments.score(some.drop(columns="revenue"), again)


@pytest.mark.slow
@pytest.mark.spark
def test_spark_learns_and_scores_as_pandas_does(demo_pandas, spark, tmp_path):
    here = demo_pandas["customer_table"].head(800)
    here[["customer_id", *(column for column, _ in segments.FEATURES)]].to_parquet(tmp_path / "base.parquet")
    there = spark.read.parquet(str(tmp_path / "base.parquet"))
    profile = segments.learn(here, segments.scaled(here), 4)
    assert segments.learn(there, segments.scaled(there), 4) == profile
    columns = ["customer_id", *segments.SCORED]
    one, two = (
        frames.to_pandas(segments.score(f, profile))[columns].sort_values("customer_id").reset_index(drop=True)
        for f in (there, here)
    )
    pd.testing.assert_frame_equal(one, two, check_dtype=False, atol=1e-4)
    assert (one["cluster"] == two["cluster"]).all()


def test_pandas_and_duckdb_learn_and_score_alike_on_the_demo(demo, demo_pandas):
    here, there = demo_pandas["customer_table"], demo["customer_table"]
    profiles = [segments.learn(b, segments.scaled(b), 4) for b in (here, there)]
    assert profiles[0] == profiles[1]
    columns = ["customer_id", *segments.SCORED]
    scored = segments.score(there, profiles[0])
    assert isinstance(scored, duckdb.DuckDBPyRelation)
    one, two = (
        f[columns].sort_values("customer_id").reset_index(drop=True)
        for f in (scored.df(), segments.score(here, profiles[0]))
    )
    pd.testing.assert_frame_equal(one, two, check_dtype=False, atol=1e-4)
    assert (one["cluster"] == two["cluster"]).all()


@pytest.mark.slow
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


def test_one_segment_is_refused_for_it_is_the_whole_base():
    found = segments.scaled(pd.DataFrame({"orders": range(1, 31), "revenue": [float(v % 7) for v in range(30)]}),
                            (("orders", "plain"), ("revenue", "plain")))  # fmt: skip
    with pytest.raises(ValueError, match="one segment is the whole base"):
        segments_choice.choose(found, k=1)
