"""RFM: scoring worked by hand, properties, the map of segments, and the same scores on every engine."""

import datetime
import json

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_analysis.data import customers, sources
from crm_analysis.methods import rfm, rfm_maps, rfm_tables


def base(recency, orders, revenue):
    return pd.DataFrame({"recency_days": recency, "orders": orders, "revenue": np.asarray(revenue, dtype=float)})


@pytest.fixture
def ten():
    """Ten customers, all different on each dimension."""
    return base([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [20, 18, 16, 14, 12, 10, 8, 6, 4, 2], range(100, 0, -10))


def test_quintiles_of_ten_different_customers_hold_two_each(ten):
    scored = rfm.score(ten, rfm.learn(ten))
    assert scored["r_score"].tolist() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert scored["f_score"].tolist() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert scored["m_score"].tolist() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]


def test_cut_points_are_the_type_7_quantiles(ten):
    assert rfm.learn(ten).recency_cuts == (2.8, 4.6, 6.4, 8.2)
    assert rfm.learn(ten, levels=(2, 4, 3)).levels == (2, 4, 3)
    assert rfm.learn(ten, levels=(2, 4, 3)).frequency_cuts == (6.5, 11.0, 15.5)


def test_customers_with_equal_orders_share_a_frequency_score():
    """Six of ten ordered once: Hughes' ranking would part them into three scores, ours never does."""
    many = base(range(10), [1, 1, 1, 1, 1, 1, 2, 3, 4, 9], range(10))
    scored = rfm.score(many, rfm.learn(many))
    assert scored.groupby("orders")["f_score"].nunique().max() == 1
    assert scored["f_score"].tolist() == [1, 1, 1, 1, 1, 1, 4, 4, 5, 5]


def test_the_newest_buyer_has_the_best_recency_score_even_when_all_are_equal():
    scored = rfm.score(*(lambda b: (b, rfm.learn(b)))(base([4] * 7, [1] * 7, [5.0] * 7)))
    assert set(scored["r_score"]) == {5}
    assert set(scored["f_score"]) == set(scored["m_score"]) == {1}


def test_a_profile_scores_other_customers_by_the_same_cut_points(ten):
    profile = rfm.learn(ten)
    stranger = rfm.score(base([0, 400], [99, 0], [1e6, -5]), profile)
    assert stranger[["r_score", "f_score", "m_score"]].values.tolist() == [[5, 5, 5], [1, 1, 1]]


def test_a_profile_survives_json(ten):
    profile = rfm.learn(ten)
    back = rfm.Profile(*(tuple(v) if isinstance(v, list) else v for v in json.loads(json.dumps(profile))))
    assert back == profile


def test_nobody_and_too_few_levels_are_refused(ten):
    with pytest.raises(ValueError, match="no customers"):
        rfm.learn(ten.head(0))
    with pytest.raises(ValueError, match="at least 2"):
        rfm.learn(ten, levels=(5, 1, 5))


rows = st.lists(st.tuples(st.integers(0, 900), st.integers(0, 40), st.integers(-500, 50_000)), min_size=1, max_size=60)


@given(rows, st.integers(2, 7))
def test_scores_are_monotone_equal_for_equals_and_in_range(rows, levels):
    b = base([r for r, _, _ in rows], [f for _, f, _ in rows], [m / 100 for _, _, m in rows])
    scored = rfm.score(b, rfm.learn(b, (levels, levels, levels)))
    for value, score, sign in (("recency_days", "r_score", -1), ("orders", "f_score", 1), ("revenue", "m_score", 1)):
        assert scored[score].between(1, levels).all()
        ordered = scored.assign(key=sign * scored[value]).sort_values("key")
        assert ordered[score].is_monotonic_increasing
        assert scored.groupby(value)[score].nunique().max() == 1
    assert scored.loc[scored["recency_days"].idxmin(), "r_score"] == levels
    assert not (scored["segment"] == rfm_maps.OTHERS).any()


@pytest.mark.slow
@given(rows, st.randoms(use_true_random=False))
def test_row_order_changes_no_score(rows, random):
    b = base([r for r, _, _ in rows], [f for _, f, _ in rows], [m / 100 for _, _, m in rows])
    order = list(range(len(b)))
    random.shuffle(order)
    mixed = b.iloc[order]
    plain = rfm.score(b, rfm.learn(b))
    pd.testing.assert_frame_equal(rfm.score(mixed, rfm.learn(mixed)).sort_index(), plain)


def test_whoever_fits_no_rule_is_in_others_and_is_counted(ten):
    one = rfm_maps.DEFAULT._replace(rules=rfm_maps.DEFAULT.rules[rfm_maps.DEFAULT.rules["segment"] == "Champions"])
    summary = rfm_tables.summary(rfm.score(ten, rfm.learn(ten), one), rfm.learn(ten), one)
    assert summary[["segment", "customers"]].values.tolist() == [["Champions", 2], ["Others", 8]]


def test_the_summary_worked_by_hand(ten):
    s = rfm_tables.summary(rfm.score(ten, rfm.learn(ten)), rfm.learn(ten)).set_index("segment")
    champions = s.loc["Champions"]
    assert (champions["customers"], champions["revenue"], champions["mean_recency_days"]) == (2, 190.0, 1.5)
    assert champions["revenue_share"] == pytest.approx(190 / 550)
    assert s.loc["New customers", "customers"] == 0
    assert pd.isna(s.loc["New customers", "mean_monetary"])
    assert (s["customers"].sum(), s["revenue"].sum()) == (10, 550.0)
    assert s["customer_share"].sum() == pytest.approx(1)
    assert s["revenue_share"].sum() == pytest.approx(1)


def test_group_sizes_add_up_and_name_their_intervals(ten):
    g = rfm_tables.groups(rfm.score(ten, rfm.learn(ten)), rfm.learn(ten))
    assert (g.groupby("dimension")["customers"].sum() == 10).all()
    best = g[(g["dimension"] == "recency") & (g["score"] == 5)].iloc[0]
    assert pd.isna(best["from_value"])
    assert best["to_value"] == 2.8
    worst = g[(g["dimension"] == "monetary") & (g["score"] == 1)].iloc[0]
    assert worst["to_value"] == 28.0


def test_the_grid_counts_every_customer_once(ten):
    grid = rfm_tables.grid(rfm.score(ten, rfm.learn(ten)), rfm.learn(ten))
    assert grid.index.tolist() == grid.columns.tolist()[::-1] == [5, 4, 3, 2, 1]
    assert np.nansum(grid.to_numpy()) == 10


def test_weights_make_the_composite_and_hundreds_make_the_cell(ten):
    assert rfm.score(ten, rfm.learn(ten))["rfm_score"].tolist() == [15, 15, 12, 12, 9, 9, 6, 6, 3, 3]
    cells = rfm.score(ten, rfm.learn(ten, weights=(100, 10, 1)))["rfm_score"]
    assert cells.tolist() == [555, 555, 444, 444, 333, 333, 222, 222, 111, 111]
    assert rfm.score(ten, rfm.learn(ten, weights=(5, 3, 2)))["rfm_score"].iloc[0] == 50
    assert rfm.score(ten, rfm.learn(ten, weights=(0, 1, 0)))["rfm_score"].tolist() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]


def test_percentiles_of_your_own_make_levels_of_unequal_size(ten):
    scored = rfm.score(ten, rfm.learn(ten, levels=(5, (0.5, 0.9), 2)))
    assert scored["f_score"].tolist() == [3, 2, 2, 2, 2, 1, 1, 1, 1, 1]


def test_cut_points_of_your_own_decide_the_number_of_levels(ten):
    profile = rfm.learn(ten, cuts=((3, 6), "quantile", (25, 50, 75)))
    assert profile.levels == (3, 5, 4)
    scored = rfm.score(ten, profile)
    assert scored["r_score"].tolist() == [3, 3, 3, 2, 2, 2, 1, 1, 1, 1], "3 days belong to the interval below: lower"
    assert scored["m_score"].tolist() == [4, 4, 4, 3, 3, 2, 2, 2, 1, 1]
    upper = rfm.score(ten, rfm.learn(ten, cuts=((3, 6), "quantile", (25, 50, 75)), ties="upper"))
    assert upper["r_score"].tolist() == [3, 3, 2, 2, 2, 1, 1, 1, 1, 1]
    assert upper["m_score"].tolist() == [4, 4, 4, 3, 3, 3, 2, 2, 1, 1]


def test_rfm_compatible_edges_are_the_quantiles_and_one_closed_on_the_left(ten):
    """bins_lower of the R package rfm: [min, q20 + 1), [q20 + 1, q40 + 1), ...; here q20 of orders 1..10 is 2.8."""
    some = base(range(1, 11), range(1, 11), range(1, 11))
    profile = rfm.learn(some, cuts="rfm-compatible")
    assert profile.frequency_cuts == (3.8, 5.6, 7.4, 9.2)
    assert rfm.score(some, profile)["f_score"].tolist() == [1, 1, 1, 2, 2, 3, 3, 4, 4, 5]
    assert rfm.score(some, profile)["r_score"].tolist() == [5, 5, 5, 4, 4, 3, 3, 2, 2, 1]


def test_rfm_compatible_agrees_with_right_closed_quantiles_when_those_are_whole_numbers():
    some = base(range(11), range(11), range(11))  # 11 customers: q20 = 2, q40 = 4, ...
    ours, theirs = (rfm.score(some, rfm.learn(some, cuts=c)) for c in ("quantile", "rfm-compatible"))
    pd.testing.assert_frame_equal(ours, theirs)


def test_nested_scores_worked_by_hand():
    """Two R halves of four; F halves inside each R; M halves inside each of the four pairs."""
    eight = base([1, 2, 3, 4, 50, 60, 70, 80], [9, 7, 4, 2, 40, 30, 20, 10], [10, 500, 30, 40, 1, 2, 3, 4])
    scored = rfm.score(eight, rfm.learn(eight, levels=(2, 2, 2), nested=True))
    assert scored["r_score"].tolist() == [2, 2, 2, 2, 1, 1, 1, 1]
    assert scored["f_score"].tolist() == [2, 2, 1, 1, 2, 2, 1, 1], "20 orders are few among those long gone"
    assert scored["m_score"].tolist() == [1, 2, 1, 2, 1, 2, 1, 2]


def test_nested_cells_are_of_equal_size_when_all_customers_differ():
    random = np.random.RandomState(1)
    many = base(random.permutation(1250), random.permutation(1250), random.permutation(1250))
    scored = rfm.score(many, rfm.learn(many, nested=True))
    assert set(scored.groupby(["r_score", "f_score", "m_score"]).size()) == {10}


def test_an_empty_nested_cell_takes_the_cuts_of_its_recency_score():
    """All of R 2 order equally often, so its upper F half is empty; a newcomer there is scored by R 2 as a whole."""
    some = base([1, 1, 1, 9, 9, 9], [3, 3, 3, 1, 2, 3], [10, 20, 30, 1, 2, 3])
    profile = rfm.learn(some, levels=(2, 2, 2), nested=True)
    newcomer = rfm.score(base([1, 1], [9, 9], [19, 21]), profile)
    assert newcomer["f_score"].tolist() == [2, 2]
    assert newcomer["m_score"].tolist() == [1, 2], "the median of R 2 is 20"
    assert json.loads(json.dumps(profile)) == json.loads(json.dumps(tuple(profile)))


def test_the_data_s_limits_are_told_not_hidden(ten):
    def findings(some, **how):
        profile = rfm.learn(some, **how)
        return rfm_tables.capacity(rfm_tables.groups(rfm.score(some, profile), profile)).set_index("dimension")

    assert set(findings(ten)["finding"]) == {"Too few customers"}
    assert set(findings(ten, levels=(2, 2, 2))["finding"]) == {"Carried"}
    once = base(range(100), [1] * 70 + [2] * 20 + [5] * 10, range(100))
    told = findings(once).loc["frequency"]
    assert (told["finding"], told["levels"], told["levels_held"]) == ("Empty levels", 5, 3)
    assert told["largest_share"] == 0.7
    assert findings(once).loc["recency", "finding"] == "Carried"
    assert findings(once, levels=(5, 2, 5)).loc["frequency", "finding"] == "Carried"


def test_three_customers_and_five_levels_neither_crash_nor_drop_a_level():
    three = base([1, 2, 3], [3, 2, 1], [30, 20, 10])
    profile = rfm.learn(three)
    assert profile.levels == (5, 5, 5)
    assert rfm.score(three, profile)["r_score"].tolist() == [5, 3, 1]


def test_a_missing_value_scores_worst(ten):
    some = base([1, 5, np.nan], [2, np.nan, 9], [np.nan, 5, 9])
    scored = rfm.score(some, rfm.learn(ten))
    assert (scored["r_score"].iloc[2], scored["f_score"].iloc[1], scored["m_score"].iloc[0]) == (1, 1, 1)


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"monetary": "margin"}, "no column margin"),
        ({"cuts": "kmeans"}, "cuts must be one of"),
        ({"cuts": ("quantile", (5, 5), "quantile")}, "must ascend"),
        ({"cuts": ("rfm-compatible", "quantile", "quantile")}, "all three dimensions or none"),
        ({"cuts": "jenks", "nested": True}, "nested scores are cut by quantile"),
        ({"levels": (5, (0.8, 0.5), 5)}, "ascend strictly between 0 and 1"),
        ({"levels": (5, 5)}, "three each"),
        ({"ties": "random"}, "ties must be one of"),
        ({"weights": (0, 0, 0)}, "one must be above 0"),
        ({"weights": (1, -1, 1)}, "must not be negative"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused(ten, how, says):
    with pytest.raises(ValueError, match=says):
        rfm.learn(ten, **how)


@given(rows, st.sampled_from(["quantile", "behaviour", "mean", "jenks", "rfm-compatible"]), st.integers(2, 6))
def test_however_cut_scores_are_monotone_and_equals_score_equally(rows, cuts, levels):
    b = base([r for r, _, _ in rows], [f for _, f, _ in rows], [m / 100 for _, _, m in rows])
    scored = rfm.score(b, rfm.learn(b, (levels, levels, levels), cuts=cuts))
    for value, score, sign in (("recency_days", "r_score", -1), ("orders", "f_score", 1), ("revenue", "m_score", 1)):
        assert scored[score].between(1, levels).all()
        assert scored.assign(key=sign * scored[value]).sort_values("key")[score].is_monotonic_increasing
        assert scored.groupby(value)[score].nunique().max() == 1


@pytest.mark.slow
@given(rows)
def test_nested_frequency_is_monotone_inside_each_recency_score(rows):
    b = base([r for r, _, _ in rows], [f for _, f, _ in rows], [m / 100 for _, _, m in rows])
    scored = rfm.score(b, rfm.learn(b, (3, 3, 3), nested=True))
    for _, group in scored.groupby("r_score"):
        assert group.sort_values("orders")["f_score"].is_monotonic_increasing
    for _, group in scored.groupby(["r_score", "f_score"]):
        assert group.sort_values("revenue")["m_score"].is_monotonic_increasing


def results(found):
    columns = ["customer_id", "r_score", "f_score", "m_score", "segment"]
    return found[columns].sort_values("customer_id").reset_index(drop=True)


@pytest.fixture(scope="module")
def demo_lines():
    return sources.read()["transactions"].df()


AS_OF = datetime.date(2026, 7, 1)


@pytest.mark.slow
def test_pandas_and_duckdb_learn_and_score_alike_on_the_demo(demo_lines):
    here = customers.table(demo_lines, AS_OF)
    connection = duckdb.connect()
    there = customers.table(connection.from_df(demo_lines), AS_OF)
    for how in ({}, {"nested": True}, {"cuts": "jenks"}, {"cuts": ("quantile", "mean", "behaviour"), "ties": "upper"}):
        profile = rfm.learn(there, **how)
        assert rfm.learn(here, **how) == profile
        pd.testing.assert_frame_equal(
            results(rfm.score(here, profile)), results(rfm.score(there, profile).df()), check_dtype=False
        )
    scored = rfm.score(there, rfm.learn(there))
    assert isinstance(scored, duckdb.DuckDBPyRelation)
    pd.testing.assert_frame_equal(
        results(rfm.score(here, rfm.learn(here))), results(scored.df()), check_dtype=False, check_exact=True
    )


@pytest.mark.spark
@pytest.mark.slow
def test_spark_learns_and_scores_like_pandas_on_the_demo(spark, demo_lines, tmp_path):
    here = customers.table(demo_lines, AS_OF)
    demo_lines.drop(columns="order_date").to_parquet(tmp_path / "lines.parquet")
    there = customers.table(spark.read.parquet(str(tmp_path / "lines.parquet")), AS_OF)
    assert rfm.learn(here) == rfm.learn(there)
    pd.testing.assert_frame_equal(
        results(rfm.score(here, rfm.learn(here))),
        results(rfm.score(there, rfm.learn(there)).toArrow().to_pandas()),
        check_dtype=False,
        check_exact=True,
    )
