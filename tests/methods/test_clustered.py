"""Ratios over customers: worked by hand, equal to leaving customers out, and to a bootstrap of customers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_analysis.methods import clustered

# three customers; two ratios over the first denominator, one over the second
ABOVE = np.array([[1.0, 3.0, 2.0], [2.0, 0.0, 4.0], [1.0, 1.0, 6.0]])
BELOW = np.array([[4.0, 1.0], [2.0, 2.0], [2.0, 1.0]])
GROUP = [0, 0, 1]


@pytest.fixture
def three():
    return clustered.ratios(ABOVE, BELOW, GROUP)


def left_out(above, below, group):
    """The ratios without each customer in turn."""
    every = np.arange(len(above))
    return np.array([above[every != i].sum(0) / below[every != i].sum(0)[group] for i in every])


def test_ratios_are_sums_over_sums(three):
    assert three.values.tolist() == [0.5, 0.5, 3.0]


def test_the_error_of_a_ratio_is_that_of_leaving_customers_out(three):
    error, _ = clustered.errors(three, np.eye(3))
    apart = left_out(ABOVE, BELOW, GROUP) - three.values
    assert error == pytest.approx(np.sqrt((apart**2).sum(axis=0)), rel=1e-12)
    assert clustered.covariance(three, np.eye(3)) == pytest.approx(apart.T @ apart)


def test_the_first_error_by_hand(three):
    """Without the customers in turn the first ratio is 3/4, 2/6, 3/6: 1/4, -1/6 and 0 away from 1/2."""
    error, _ = clustered.errors(three, np.array([1.0, 0, 0]))
    assert error[0] == pytest.approx(np.sqrt(1 / 16 + 1 / 36))


def test_degrees_of_freedom_are_few_when_one_customer_outweighs_the_rest():
    alike = clustered.ratios(np.tile([[0.0], [1.0]], (50, 1)), np.ones((100, 1)), [0])
    assert clustered.errors(alike, np.eye(1))[1][0] == np.inf, "all contributions have one size"
    above, below = np.tile([[0.0], [1.0]], (50, 1)), np.ones((100, 1))
    above[0], below[0] = 80.0, 80.0
    assert clustered.errors(clustered.ratios(above, below, [0]), np.eye(1))[1][0] < 5


def test_what_one_customer_alone_makes_up_has_no_interval():
    alone = clustered.ratios(np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([[2.0, 1.0], [0.0, 1.0]]), [0, 1])
    error, _ = clustered.errors(alone, np.eye(2))
    assert np.isnan(error[0])
    assert error[1] == 0


def test_derivatives_by_a_complex_step_are_exact():
    def function(v):
        return np.array([np.linalg.solve(np.array([[2.0, v[0]], [v[1], 3.0]]), np.ones(2))[0]])

    slope = clustered.jacobian(function, np.array([0.3, 0.4]))
    # x0 = (3 - v0) / (6 - v0 v1)
    below = 6 - 0.3 * 0.4
    assert slope.ravel() == pytest.approx([-1 / below + 2.7 * 0.4 / below**2, 2.7 * 0.3 / below**2], rel=1e-14)


def test_a_share_never_seen_keeps_an_upper_end():
    """Of ten equal customers nobody did it: the exact upper end is 1 - 0.025^(1/10) (Clopper and Pearson 1934)."""
    none = clustered.ratios(np.column_stack([np.zeros(10), np.full(10, 4.0)]), np.full((10, 1), 4.0), [0, 0])
    found = clustered.shares(none, np.array([0, 1]))
    assert found.loc[0, ["low", "high"]].tolist() == pytest.approx([0, 1 - 0.025**0.1])
    assert found.loc[1, ["low", "high"]].tolist() == pytest.approx([0.025**0.1, 1])


def test_a_group_of_nobody_has_no_value():
    found = clustered.shares(clustered.ratios(np.zeros((3, 1)), np.zeros((3, 1)), [0]), np.array([0]))
    assert found[["value", "low", "high"]].isna().all(axis=None)


def test_support_counts_customers_and_what_they_are_worth():
    found = clustered.support(clustered.ratios(np.ones((3, 1)), np.array([[1.0], [1.0], [2.0]]), [0]))
    assert found.iloc[0].tolist() == [3, pytest.approx(16 / 6)]


@given(st.permutations(range(6)), st.floats(0.1, 10))
def test_order_and_unit_change_nothing(order, unit):
    rng = np.random.default_rng(1)
    above, below = rng.random((6, 2)), rng.random((6, 1)) + 0.5
    plain = clustered.estimates(clustered.ratios(above, below, [0, 0]), lambda v: v)
    mixed = clustered.estimates(clustered.ratios(above[order], below[order], [0, 0]), lambda v: v)
    scaled = clustered.estimates(clustered.ratios(above * unit, below * unit, [0, 0]), lambda v: v)
    pd.testing.assert_frame_equal(plain, mixed)
    pd.testing.assert_frame_equal(plain, scaled)


def test_chunks_of_customers_add_up(monkeypatch, three):
    whole = clustered.errors(three, np.eye(3))
    monkeypatch.setattr(clustered, "CHUNK", 2)
    assert np.allclose(clustered.errors(three, np.eye(3)), whole)


def test_a_customer_bootstrap_gives_the_same_error():
    """1,000 samples of customers drawn with replacement, ratios anew in each: within Monte Carlo error and the jackknife's own
    surplus of about 1 / n."""
    rng = np.random.default_rng(7)
    n = 400
    size = rng.poisson(8, n) + 1
    chance = rng.beta(2, 3, n)
    above, below = rng.binomial(size, chance)[:, None].astype(float), size[:, None].astype(float)
    error = clustered.errors(clustered.ratios(above, below, [0]), np.eye(1))[0][0]
    weights = rng.multinomial(n, np.full(n, 1 / n), size=1000)
    boot = (weights @ above / (weights @ below)).std(ddof=1)
    assert error == pytest.approx(boot, rel=3 / np.sqrt(2 * 1000) + 2 / n)


def test_the_two_matrices_must_have_the_same_customers():
    with pytest.raises(ValueError, match="3 customers in the numerators, 2 in the denominators"):
        clustered.ratios(ABOVE, BELOW[:2], GROUP)
