"""Intervals: published values, and what every interval must hold to."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_analysis.methods import intervals


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    # Newcombe (1998), Statistics in Medicine 17, table I, method 3 (score without continuity correction)
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_a_share_has_wilsons_interval_as_newcombe_printed_it(successes, n, low, high):
    found = intervals.share(successes, n)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    assert (found.value, found.n) == (successes / n, n)


def test_a_mean_has_students_interval():
    """Values 1..5: mean 3, sd 1.5811, standard error 0.7071, t(4) = 2.7764, so 3 -+ 1.9632."""
    found = intervals.mean([1, 2, np.nan, 3, 4, 5])
    assert found == pytest.approx((3, 1.0368, 4.9632, 5), abs=1e-4)


def test_of_a_whole_population_a_mean_is_known():
    """A sample of 4 of 5 customers shrinks the error by sqrt(1 - 4/5); of 4 of 4 nothing is left."""
    wide, narrow = intervals.mean([1, 2, 3, 4]), intervals.mean([1, 2, 3, 4], population=5)
    assert (narrow.high - narrow.low) / (wide.high - wide.low) == pytest.approx(math.sqrt(1 / 5))
    exact = intervals.mean([1, 2, 3, 4], population=4)
    assert exact.low == exact.high == exact.value


def test_a_ratio_of_a_constant_proportion_has_no_spread():
    found = intervals.ratio([1, 2, 3], [2, 4, 6])
    assert found == pytest.approx((0.5, 0.5, 0.5, 3))


def test_a_correlation_has_fishers_interval():
    """r = 0.8 in ten pairs: atanh 1.0986 -+ 1.96 / sqrt(7) gives 0.343 to 0.951."""
    x = np.arange(10.0)
    noise = np.array([1, -1, 1, -1, 1, -1, 1, -1, 1, -1.0])
    noise -= np.polyval(np.polyfit(x, noise, 1), x)
    y = (x - x.mean()) / np.sqrt(((x - x.mean()) ** 2).sum()) * 0.8 + noise / np.sqrt((noise**2).sum()) * 0.6
    assert intervals.correlation(x, y) == pytest.approx((0.8, 0.3433, 0.9507, 10), abs=1e-4)


def test_too_little_says_nothing_rather_than_zero():
    assert math.isnan(intervals.share(0, 0).value)
    assert math.isnan(intervals.mean([]).value)
    assert math.isnan(intervals.mean([3.0]).low)
    assert math.isnan(intervals.ratio([0, 0], [0, 0]).value)
    assert math.isnan(intervals.correlation([1, 1, 1], [1, 2, 3]).value)
    assert math.isnan(intervals.correlation([0.1] * 7, range(7)).value), (
        "the deviation of equal decimals is not quite nought"
    )
    assert math.isnan(intervals.median([1.0, 2.0]).low)


def test_more_successes_than_cases_are_refused():
    with pytest.raises(ValueError, match="7 successes of 5"):
        intervals.share(7, 5)


@given(st.integers(0, 60), st.integers(1, 60))
def test_a_share_lies_in_its_interval_and_the_interval_in_the_unit(successes, n):
    found = intervals.share(min(successes, n), n)
    assert 0 <= found.low <= found.value + 1e-12
    assert found.value <= found.high + 1e-12
    assert found.high <= 1
    mirror = intervals.share(n - min(successes, n), n)
    assert (1 - mirror.high, 1 - mirror.low) == pytest.approx((found.low, found.high))


@given(st.lists(st.floats(-50, 50), min_size=3, max_size=30), st.floats(0.1, 9), st.floats(-9, 9))
def test_moving_and_stretching_the_values_moves_and_stretches_the_interval(values, factor, shift):
    plain, moved = intervals.mean(values), intervals.mean([factor * v + shift for v in values])
    assert [factor * e + shift for e in plain[:3]] == pytest.approx(moved[:3], abs=1e-6)
    plain, moved = intervals.median(values), intervals.median([factor * v + shift for v in values])
    assert [factor * e + shift for e in plain[:3]] == pytest.approx(list(moved[:3]), abs=1e-6, nan_ok=True)


def test_the_interval_of_a_median_holds_it_as_often_as_promised():
    rng = np.random.default_rng(7)
    draws = rng.lognormal(0, 1, (2000, 25))
    hits = [low <= 1 <= high for _, low, high, _ in map(intervals.median, draws)]
    assert 0.94 < np.mean(hits) < 0.98, "order statistics of 25 values hold the median in 95.7 % of the samples"
