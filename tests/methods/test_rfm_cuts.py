"""Cut points worked by hand or by trying everything."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_analysis.methods import rfm_cuts


def test_behaviour_fifths_hold_a_fifth_of_the_money_each():
    """Miglautsch by hand: 1000 in all, so 200 each. 250 alone reaches 200; 250 + 200 = 450 reaches 400; + 150 = 600;
    + 100 + 100 = 800; the rest score 1."""
    money = [250, 200, 150, 100, 100, 50, 50, 40, 30, 20, 10]
    assert sum(money) == 1000
    cuts = rfm_cuts.behaviour(money, rfm_cuts.even(5))
    assert cuts == (50, 100, 150, 200)
    scores = [1 + sum(v > c for c in cuts) for v in money]
    assert scores == [5, 4, 3, 2, 2, 1, 1, 1, 1, 1, 1]


def test_behaviour_keeps_ties_at_the_edge_together_above_it():
    assert rfm_cuts.behaviour([30, 30, 30, 10], (0.5,)) == (10,), "50 of 100 is reached inside the tie of 30"


def test_behaviour_leaves_debts_out_of_the_total():
    assert rfm_cuts.behaviour([60, 30, 10, -900], (0.5,)) == rfm_cuts.behaviour([60, 30, 10], (0.5,))


def test_repeated_means_worked_by_hand():
    """Single buyers score 1; the others have 2, 2, 3, 5, 8 (mean 4); above it 5, 8 (mean 6.5); above that 8 (mean 8)."""
    base = pd.DataFrame({"orders": [1, 1, 1, 1, 2, 2, 3, 5, 8]})
    cuts = rfm_cuts.mean_method(base, "orders", 5)
    assert cuts == (1, 4, 6.5, 8)
    assert [1 + sum(v > c for c in cuts) for v in base["orders"]] == [1, 1, 1, 1, 2, 2, 2, 3, 4]


def squares(values, cuts):
    groups = np.searchsorted(cuts, values, side="left")
    return sum(((values[groups == g] - values[groups == g].mean()) ** 2).sum() for g in set(groups))


@given(st.lists(st.integers(0, 60), min_size=4, max_size=11), st.integers(2, 4))
def test_natural_breaks_are_the_best_of_all(values, levels):
    values = np.sort(np.array(values, dtype=float))
    found = rfm_cuts.jenks(values, levels)
    assert len(found) == levels - 1
    edges = sorted(set(values))[:-1]
    if len(edges) >= levels - 1:
        best = min(squares(values, c) for c in itertools.combinations(edges, levels - 1))
        assert squares(values, found) == pytest.approx(best, abs=1e-6)


def test_natural_breaks_of_three_heaps_part_the_heaps():
    random = np.random.RandomState(3)
    heaps = np.concatenate([random.normal(m, 1, 3000) for m in (0, 50, 200)])
    low, high = rfm_cuts.jenks(heaps, 3)
    assert np.allclose([low, high], [heaps[:3000].max(), heaps[3000:6000].max()])


def test_beyond_two_thousand_values_natural_breaks_stay_within_a_thousandth_of_the_best():
    values = np.random.RandomState(5).lognormal(3, 1, 2600)
    rough = rfm_cuts.jenks(values, 5)
    exact_points = rfm_cuts.JENKS_POINTS
    rfm_cuts.JENKS_POINTS = 10**6
    try:
        exact = rfm_cuts.jenks(values, 5)
    finally:
        rfm_cuts.JENKS_POINTS = exact_points
    assert squares(values, rough) <= 1.001 * squares(values, exact)


def test_quantiles_leave_missing_values_out():
    base = pd.DataFrame({"a": [1.0, np.nan, 3.0], "b": [np.nan] * 3})
    assert rfm_cuts.quantile(base, [("a", 0.5), ("b", 0.5)]) == [2.0, None]


def test_nobody_is_refused():
    for cut in (lambda v: rfm_cuts.jenks(v, 3), lambda v: rfm_cuts.behaviour(v, (0.5,))):
        with pytest.raises(ValueError, match="no customers"):
            cut([])
    with pytest.raises(ValueError, match="no customers"):
        rfm_cuts.mean_method(pd.DataFrame({"orders": pd.Series([], dtype=float)}), "orders", 3)
