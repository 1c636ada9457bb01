"""Groups of exactly equal size, and Stone's points, by hand."""

import duckdb
import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from crm_analysis.methods import rfm_exact


def base(recency, orders, revenue):
    names = [f"c{i:03d}" for i in range(len(recency))]
    return pd.DataFrame(
        {"customer_id": names, "recency_days": recency, "orders": orders, "revenue": np.array(revenue, dtype=float)}
    )


def test_hughes_fifths_of_ten_hold_two_each_even_when_six_ordered_once():
    many = base(range(10), [1, 1, 1, 1, 1, 1, 2, 3, 4, 9], range(10))
    scored = rfm_exact.scores(many)
    assert scored["f_score"].tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5], "ties of one order are parted by money"
    assert scored["r_score"].tolist() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]


def test_the_score_is_the_ceiling_of_levels_times_rank_over_n():
    seven = rfm_exact.scores(base(range(7), range(7), range(7)))["m_score"].tolist()
    assert seven == [int(np.ceil(5 * rank / 7)) for rank in range(1, 8)]


def test_nested_ranks_inside_each_recency_score():
    eight = base([1, 2, 3, 4, 50, 60, 70, 80], [9, 7, 4, 2, 40, 30, 20, 10], range(8))
    scored = rfm_exact.scores(eight, (2, 2, 2), nested=True)
    assert scored["f_score"].tolist() == [2, 2, 1, 1, 2, 2, 1, 1]


rows = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 4), st.integers(-5, 9)), min_size=1, max_size=60)


@given(rows, st.integers(2, 6), st.booleans())
def test_group_sizes_differ_by_one_at_most(rows, levels, nested):
    scored = rfm_exact.scores(base(*zip(*rows, strict=True)), (levels, levels, levels), nested=nested)
    sizes = scored["r_score"].value_counts().reindex(range(1, levels + 1), fill_value=0)
    assert sizes.max() - sizes.min() <= 1
    if nested:
        for _, group in scored.groupby("r_score"):
            inner = group["f_score"].value_counts().reindex(range(1, levels + 1), fill_value=0)
            assert inner.max() - inner.min() <= 1


@given(rows, st.randoms(use_true_random=False))
def test_row_order_changes_no_rank(rows, random):
    some = base(*zip(*rows, strict=True))
    order = list(range(len(some)))
    random.shuffle(order)
    mixed = rfm_exact.scores(some.iloc[order]).sort_index()
    pd.testing.assert_frame_equal(mixed, rfm_exact.scores(some))


def test_duckdb_ranks_like_pandas():
    random = np.random.RandomState(2)
    some = base(random.randint(0, 30, 400), random.randint(1, 4, 400), random.randint(0, 50, 400))
    for nested in (False, True):
        there = rfm_exact.scores(duckdb.connect().from_df(some), nested=nested).df().sort_values("customer_id")
        here = rfm_exact.scores(some, nested=nested)
        pd.testing.assert_frame_equal(there.reset_index(drop=True), here, check_dtype=False)


def test_stone_points_by_hand():
    some = base([91, 92, 365, 731], [1, 6, 2, 0], [55.0, 300.0, 10.0, -40.0])
    points = rfm_exact.stone_points(some)
    assert points["r_points"].tolist() == [20, 10, 3, 0]
    assert points["f_points"].tolist() == [4, 20, 8, 0]
    assert points["m_points"].tolist() == [5.5, 20, 1, 0]
    assert points["stone_points"].tolist() == [29.5, 50, 12, 0]
