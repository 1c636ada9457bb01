"""Value by the switching matrix: the closing exercise, published examples, identities, limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_analysis.methods import chains, clv, switching
from tests.methods.test_chains import matrices

LESSON = np.array([[0.70, 0.20, 0.10], [0.10, 0.80, 0.10], [0.25, 0.15, 0.60]])
"""Our reconstruction of the course's lost matrix; see the lesson for why it is one."""


def test_the_closing_exercise_as_reconstructed():
    start = [0.5, 0.3, 0.2]
    assert clv.values(start, LESSON, 300, 0.10, 1) == pytest.approx([267.2727, 190.9091, 114.5455], abs=1e-4)
    table = clv.periods(start, LESSON, 300, 0.10, 1, "ABC")
    assert table.loc[table["step"] == 1, "share"].tolist() == pytest.approx([0.43, 0.37, 0.20])
    assert table["contribution"].tolist() == pytest.approx([150, 90, 60, 117.27273, 100.90909, 54.54545], abs=1e-5)
    assert table["contribution"].sum() == pytest.approx(300 + 300 / 1.1)


@given(matrices(), st.floats(0, 0.5), st.integers(0, 30))
def test_no_matrix_whatever_can_add_up_to_the_printed_key(matrix, rate, steps):
    """Equal margins: the values of all brands add up to margin times annuity; 580.7 is not 572.73 for any matrix."""
    start = np.full(len(matrix), 1 / len(matrix))
    total = clv.values(start, matrix, 300, rate, steps).sum()
    assert total == pytest.approx(300 * sum((1 + rate) ** -t for t in range(steps + 1)))
    assert clv.values(start, matrix, 300, 0.1, 1).sum() == pytest.approx(572.727272, abs=1e-5)


def test_pfeifer_and_carraway_2000():
    """Journal of Interactive Marketing 14(2): recency states, NC = 40, M = 4, d = 0.2, purchase probabilities .3 .2 .15 .05.

    V = (52.320, 5.554, 1.251, -1.820, 0) without end, and (50.115, 4.220, 0.592, -1.980, 0) over four periods.
    """
    buys = [0.3, 0.2, 0.15, 0.05]
    matrix = np.zeros((5, 5))
    for state, p in enumerate(buys):
        matrix[state, 0], matrix[state, state + 1] = p, 1 - p
    matrix[4, 4] = 1.0
    reward = np.array([40 - 4, -4, -4, -4, 0.0])
    assert clv.visits(matrix, 0.2, None) @ reward == pytest.approx([52.320, 5.554, 1.251, -1.820, 0], abs=5e-4)
    assert clv.visits(matrix, 0.2, 4) @ reward == pytest.approx([50.115, 4.220, 0.592, -1.980, 0], abs=5e-4)


def test_berger_and_nasr_1998_case_1():
    """Journal of Interactive Marketing 12(1): GC = 260, M = 50, retention .75, d = .2, ten years: 568.78.

    Retention alone is a chain of two states, kept and lost for good; the money spent to keep falls half a year earlier.
    """
    keep = np.array([[0.75, 0.25], [0, 1]])
    kept = clv.visits(keep, 0.2, 10)[0, 0]
    spent = clv.visits(keep, 0.2, 9)[0, 0] / 1.2**0.5
    assert 260 * kept - 50 * spent == pytest.approx(568.78, abs=0.005)


def test_gupta_and_lehmann_2003_without_end():
    """Journal of Interactive Marketing 17(1): m r / (1 + i - r) when the first margin comes after a period."""
    keep = np.array([[0.8, 0.2], [0, 1]])
    assert clv.visits(keep, 0.12, None, "rlz")[0, 0] * 100 == pytest.approx(100 * 0.8 / (1 + 0.12 - 0.8))
    assert clv.visits(keep, 0.12, None)[0, 0] * 100 == pytest.approx(100 * 1.12 / (1.12 - 0.8))


def test_a_case_of_two_brands_by_hand():
    """Half and half, P = [[.5, .5], [.25, .75]], margins 10 and 20, r = 25 %, two steps.

    S1 = (.375, .625), S2 = (.34375, .65625); factors 1, .8, .64.
    """
    worth = clv.values([0.5, 0.5], [[0.5, 0.5], [0.25, 0.75]], [10, 20], 0.25, 2)
    assert worth == pytest.approx([5 + 3 + 2.2, 10 + 10 + 8.4])


def test_frequency_and_margin_may_change_over_time():
    table = clv.periods([0.5, 0.5], [[0.5, 0.5], [0.25, 0.75]], [[10, 20], [5, 0]], 0.25, 1, "AB", frequency=[1, 4])
    assert table["contribution"].tolist() == pytest.approx([5, 10, 0.8 * 0.375 * 4 * 5, 0])


@given(matrices(), st.floats(0.0, 0.3), st.integers(0, 60), st.sampled_from(clv.CONVENTIONS))
def test_the_solved_horizon_is_the_long_sum(matrix, rate, steps, convention):
    first = clv.CONVENTIONS.index(convention)
    long = sum(
        (np.linalg.matrix_power(matrix, t) / (1 + rate) ** t for t in range(first, steps + 1)), np.zeros(matrix.shape)
    )
    assert clv.visits(matrix, rate, steps, convention) == pytest.approx(long, rel=1e-9, abs=1e-12)


@given(matrices(), st.floats(0.02, 0.5))
def test_a_long_horizon_approaches_no_end(matrix, rate):
    assert clv.visits(matrix, rate, 4000) == pytest.approx(clv.visits(matrix, rate, None), rel=1e-9)


@given(matrices(), st.floats(0, 0.3), st.integers(0, 20), st.floats(0, 0.999))
def test_a_part_of_a_step_counts_in_part(matrix, rate, steps, part):
    low, high = clv.visits(matrix, rate, steps), clv.visits(matrix, rate, steps + 1)
    assert clv.visits(matrix, rate, steps + part) == pytest.approx(low + part * (high - low), rel=1e-6, abs=1e-7)


def test_the_limits_of_the_horizon_and_of_the_rate():
    matrix = np.array([[0.7, 0.3], [0.2, 0.8]])
    assert clv.values([0.4, 0.6], matrix, 5, 0.1, 0).tolist() == [2, 3], "T = 0: today's purchase alone"
    assert clv.values([0.4, 0.6], matrix, 5, 0.1, 0, "rlz").tolist() == [0, 0]
    assert clv.values([0.4, 0.6], matrix, 5, 0.0, 9) == pytest.approx([20, 30]), "steady shares stay, undiscounted"
    assert clv.values([0.5, 0.5], np.eye(2), 10, 0.25, 2) == pytest.approx([5 * 2.44] * 2), (
        "nobody switches: an annuity"
    )


@given(matrices(), st.floats(0.01, 0.3), st.integers(1, 20), st.floats(0, 1))
def test_value_is_linear_in_where_customers_start(matrix, rate, steps, mix):
    k = len(matrix)
    one, other = np.eye(k)[0], np.full(k, 1 / k)
    both = clv.values(mix * one + (1 - mix) * other, matrix, 7, rate, steps)
    parts = mix * clv.values(one, matrix, 7, rate, steps) + (1 - mix) * clv.values(other, matrix, 7, rate, steps)
    assert both == pytest.approx(parts)


@given(matrices(), st.permutations(range(5)))
def test_brands_in_another_order_have_the_same_values(matrix, order):
    order = [i for i in order if i < len(matrix)]
    start, margin = np.arange(1, len(matrix) + 1) / sum(range(1, len(matrix) + 1)), np.arange(10.0, 10 + len(matrix))
    worth = clv.values(start, matrix, margin, 0.1, 6)
    assert clv.values(start[order], matrix[np.ix_(order, order)], margin[order], 0.1, 6) == pytest.approx(worth[order])


def test_steady_shares_stay_steady_in_the_value():
    matrix = np.array([[0.9, 0.1], [0.3, 0.7]])
    assert clv.values(chains.steady(matrix), matrix, 4, 0.05, 7)[0] / 4 == pytest.approx(
        0.75 * sum(1.05**-t for t in range(8))
    )


def test_the_two_conventions_differ_by_todays_purchase():
    start, matrix = np.array([0.6, 0.4]), np.array([[0.7, 0.3], [0.2, 0.8]])
    course, rlz = (clv.values(start, matrix, 10, 0.1, 5, c) for c in clv.CONVENTIONS)
    assert course - rlz == pytest.approx(10 * start)


@given(st.floats(0, 1), st.floats(0.2, 60))
def test_a_rate_per_step_compounds_to_the_year(yearly, often):
    assert (1 + clv.rate_per_step(yearly, often)) ** often == pytest.approx(1 + yearly)


def model(matrix, often=4.0):
    k = len(matrix)
    return switching.Model(np.asarray(matrix, dtype=float), np.full(k, 1 / k), often, np.arange(2.0, 2 + k))


@given(matrices(), st.sampled_from(clv.CONVENTIONS), st.floats(0.5, 9), st.sampled_from([0.0, 0.7, 3.0]))
def test_discounted_shares_are_conserved_whatever_the_margins(matrix, convention, often, years):
    told = clv.conservation(model(matrix, often), clv.Terms(0.3, 0.1, years, convention))
    assert told["difference"] == pytest.approx(0, abs=1e-8 * told["annuity"] + 1e-9)


def test_the_terms_turn_years_into_steps_and_spending_into_margin():
    terms = clv.Terms((0.5, 0.25), 0.21, 1.0, "course")
    it = model([[0.5, 0.5], [0.5, 0.5]], often=2.0)
    annuity = 1 + 1 / 1.1 + 1 / 1.21  # two steps in one year at 10 % each, and today's
    assert clv.per_customer(it, terms) == pytest.approx([0.5 * 1.0 * annuity, 0.5 * 0.75 * annuity])
    assert clv.by_last_brand(it, terms).mean(axis=0) == pytest.approx(clv.per_customer(it, terms))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: clv.visits(np.eye(2), 0.0, None), "the discount must be above 0"),
        (lambda: clv.visits(np.eye(2), 0.1, -1), "number of steps must be 0 or more"),
        (lambda: clv.visits(np.eye(2), 0.1, 1, "textbook"), "convention must be one of course, rlz"),
        (lambda: clv.periods([1], [[1]], 1, 0.1, 1, "A", "textbook"), "convention must be one of"),
        (lambda: clv.rate_per_step(-1, 1), "discount above -100 %"),
    ],
)
def test_what_has_no_value_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_without_end_means_years_zero():
    it = model([[0.5, 0.5], [0.5, 0.5]])
    assert clv.horizon(it, clv.Terms(years=0.0))[1] is None
    endless = clv.Terms(1.0, 0.1, 0.0)
    assert clv.per_customer(it, endless).sum() == pytest.approx(2.5 * clv.conservation(it, endless)["annuity"])
