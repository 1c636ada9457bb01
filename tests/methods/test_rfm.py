"""RFM: scoring worked by hand, properties, the map of segments, and the same scores on every engine."""

import datetime
import itertools
import json

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_analysis.data import customers, sources
from crm_analysis.methods import rfm


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
    assert not (scored["segment"] == rfm.OTHERS).any()


@given(rows, st.randoms(use_true_random=False))
def test_row_order_changes_no_score(rows, random):
    b = base([r for r, _, _ in rows], [f for _, f, _ in rows], [m / 100 for _, _, m in rows])
    order = list(range(len(b)))
    random.shuffle(order)
    mixed = b.iloc[order]
    plain = rfm.score(b, rfm.learn(b))
    pd.testing.assert_frame_equal(rfm.score(mixed, rfm.learn(mixed)).sort_index(), plain)


@pytest.mark.parametrize("levels", [(5, 5, 5), (3, 3, 3), (2, 2, 2), (4, 6, 2), (10, 10, 10)])
def test_the_default_map_has_no_gap_and_no_overlap(levels):
    cells = rfm.coverage(rfm.DEFAULT_RULES, levels)
    assert len(cells) == np.prod(levels)
    assert (cells["claims"] == 1).all(), cells[cells["claims"] != 1]


def test_coverage_finds_a_gap_and_an_overlap():
    rules = rfm.DEFAULT_RULES.copy()
    rules.loc[rules["segment"] == "Champions", "f_from"] = 5  # leaves R 5, F 4 to nobody
    rules.loc[rules["segment"] == "Promising", "f_to"] = 2  # claims R 4, F 2 too
    cells = rfm.coverage(rules).set_index(["r_score", "f_score", "m_score"])
    assert (cells.loc[(5, 4, 1), "claims"], cells.loc[(4, 2, 1), "claims"]) == (0, 2)
    assert cells.loc[(4, 2, 1), "segments"] == "Potential loyalists, Promising"
    assert (cells["claims"] != 1).sum() == 10


def test_whoever_fits_no_rule_is_in_others_and_is_counted(ten):
    rules = rfm.DEFAULT_RULES[rfm.DEFAULT_RULES["segment"] == "Champions"]
    summary = rfm.summary(rfm.score(ten, rfm.learn(ten), rules), rules)
    assert summary[["segment", "customers"]].values.tolist() == [["Champions", 2], ["Others", 8]]


def test_the_summary_worked_by_hand(ten):
    s = rfm.summary(rfm.score(ten, rfm.learn(ten))).set_index("segment")
    champions = s.loc["Champions"]
    assert (champions["customers"], champions["revenue"], champions["mean_recency_days"]) == (2, 190.0, 1.5)
    assert champions["revenue_share"] == pytest.approx(190 / 550)
    assert s.loc["New customers", "customers"] == 0
    assert pd.isna(s.loc["New customers", "mean_monetary"])
    assert (s["customers"].sum(), s["revenue"].sum()) == (10, 550.0)
    assert s["customer_share"].sum() == pytest.approx(1)
    assert s["revenue_share"].sum() == pytest.approx(1)


def test_group_sizes_add_up_and_name_their_intervals(ten):
    g = rfm.groups(rfm.score(ten, rfm.learn(ten)), rfm.learn(ten))
    assert (g.groupby("dimension")["customers"].sum() == 10).all()
    best = g[(g["dimension"] == "recency") & (g["score"] == 5)].iloc[0]
    assert pd.isna(best["from_value"])
    assert best["to_value"] == 2.8
    worst = g[(g["dimension"] == "monetary") & (g["score"] == 1)].iloc[0]
    assert worst["to_value"] == 28.0


def test_the_grid_counts_every_customer_once(ten):
    grid = rfm.grid(rfm.score(ten, rfm.learn(ten)), rfm.learn(ten))
    assert grid.index.tolist() == grid.columns.tolist()[::-1] == [5, 4, 3, 2, 1]
    assert np.nansum(grid.to_numpy()) == 10


def results(found):
    columns = ["customer_id", "r_score", "f_score", "m_score", "segment"]
    return found[columns].sort_values("customer_id").reset_index(drop=True)


@pytest.fixture(scope="module")
def demo_lines():
    return sources.read()["transactions"].df()


AS_OF = datetime.date(2026, 7, 1)


def test_pandas_and_duckdb_learn_and_score_alike_on_the_demo(demo_lines):
    here = customers.table(demo_lines, AS_OF)
    connection = duckdb.connect()
    there = customers.table(connection.from_df(demo_lines), AS_OF)
    assert rfm.learn(here) == rfm.learn(there)
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


def test_rules_on_fifths_fall_on_other_numbers_of_levels_as_stated():
    """Score s of L stands for the fifth ceil(5 s / L)."""
    for levels in range(2, 11):
        scaled = rfm.on_levels(rfm.DEFAULT_RULES, (levels, levels, levels))
        fifth = {s: -(-5 * s // levels) for s in range(1, levels + 1)}
        for (_, rule), (_, there), s in itertools.product(
            rfm.DEFAULT_RULES.iterrows(), scaled.iterrows(), range(1, levels + 1)
        ):
            if rule["segment"] == there["segment"]:
                assert (there["f_from"] <= s <= there["f_to"]) == (rule["f_from"] <= fifth[s] <= rule["f_to"])
