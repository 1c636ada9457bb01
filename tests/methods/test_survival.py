"""Kaplan-Meier against the published example, and what open cases must do to it."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_analysis.methods import survival

# Freireich et al. (1963), Blood 21: weeks of remission of 21 patients on 6-MP; False: still in remission.
WEEKS = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
ENDED = [bool(e) for e in (1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0)]


def test_the_curve_is_that_printed_for_the_6_mp_patients():
    """Times, numbers at risk, estimates and Greenwood errors as ``survfit`` of R's survival prints them."""
    table = survival.curve(WEEKS, ENDED)
    assert table["time"].tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert table["at_risk"].tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert table["events"].tolist() == [3, 1, 1, 1, 1, 1, 1]
    assert table["share_left"].round(3).tolist() == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert table["standard_error"].round(4).tolist() == [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346]
    assert table["censored"].sum() == 12


def test_the_median_remission_is_23_weeks():
    median, low, high = survival.quantile(survival.curve(WEEKS, ENDED), 0.5)
    assert (median, low) == (23, 13)
    assert math.isnan(high), "the upper end is not reached"
    assert math.isnan(survival.quantile(survival.curve(WEEKS, ENDED), 0.9)[0]), "nine in ten never relapsed"


def test_the_log_log_interval_by_hand():
    """At 6 weeks S = 6/7 and the sum of Greenwood is 3/(21 x 18) = 0.00794: S^exp(-+1.96 x 0.0891 / 0.1542)."""
    first = survival.curve(WEEKS, ENDED).iloc[0]
    spread = 1.959964 * math.sqrt(3 / (21 * 18)) / abs(math.log(6 / 7))
    assert first["low"] == pytest.approx((6 / 7) ** math.exp(spread))
    assert first["high"] == pytest.approx((6 / 7) ** math.exp(-spread))


def test_averaging_closed_cases_would_make_a_slow_service_look_fast():
    """Nine cases closed after one day, one open for 100: of the closed, all are done in one day; of all, one is not."""
    table = survival.curve([1] * 9 + [100], [True] * 9 + [False])
    assert survival.share_left(table, 50)[0] == pytest.approx(0.1)
    assert math.isnan(survival.quantile(table, 0.95)[0])
    assert survival.quantile(table, 0.9)[0] == 1.0


def test_the_share_left_steps_down_at_the_end_of_a_case_not_before():
    table = survival.curve([2, 4], [True, True])
    assert [survival.share_left(table, t)[0] for t in (0, 1.99, 2, 3, 4, 9)] == [1, 1, 0.5, 0.5, 0, 0]


def test_nothing_ended_gives_an_empty_curve_and_nobody_too():
    assert survival.curve([3, 4], [False, False]).empty
    assert survival.curve([], []).empty
    assert survival.share_left(survival.curve([3], [False]), 9)[0] == 1.0


@pytest.mark.parametrize("wrong", [-1.0, math.nan])
def test_a_case_that_ends_before_it_begins_is_refused(wrong):
    with pytest.raises(ValueError, match="1 of 3 durations .* the first in row 2"):
        survival.curve([1.0, wrong, 2.0], [True, True, False])


cases = st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=40)


@given(cases, st.randoms(use_true_random=False))
def test_it_falls_from_one_and_the_order_of_cases_is_nothing(rows, random):
    table = survival.curve(*zip(*rows, strict=True))
    mixed = list(rows)
    random.shuffle(mixed)
    pd.testing.assert_frame_equal(survival.curve(*zip(*mixed, strict=True)), table)
    assert (np.diff([1.0, *table["share_left"]]) < 0).all()
    assert table["share_left"].between(0, 1).all()
    assert table["events"].sum() == sum(e for _, e in rows)


@given(cases)
def test_without_open_cases_it_is_the_share_that_took_longer(rows):
    times = np.array([t for t, _ in rows])
    table = survival.curve(times, [True] * len(times))
    assert table["share_left"].tolist() == pytest.approx([(times > t).mean() for t in table["time"]])


@given(cases, st.integers(1, 20))
def test_keeping_a_case_open_longer_never_makes_the_service_look_faster(rows, longer):
    table = survival.curve(*zip(*rows, strict=True))
    slower = survival.curve([t + (0 if e else longer) for t, e in rows], [e for _, e in rows])
    for time in range(31):
        assert survival.share_left(slower, time)[0] >= survival.share_left(table, time)[0] - 1e-12
