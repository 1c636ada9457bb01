"""Levers: one point more, by hand and by difference; returns with their ends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_analysis.methods import clv, switching, whatif
from tests.methods import panel_made

TERMS = clv.Terms(0.4, 0.1, 2.0, "course", 1000)


@pytest.fixture(scope="module")
def sample():
    return panel_made.sample(panel_made.drawn(31, customers=150))


@given(st.integers(0, 2), st.integers(0, 2), st.floats(-0.05, 0.05))
def test_a_shifted_matrix_is_still_one_and_the_rest_keeps_its_proportions(row, column, points):
    after = whatif.shifted(panel_made.MATRIX, row, column, points)
    assert after.sum(axis=1) == pytest.approx([1, 1, 1])
    assert after[row, column] == pytest.approx(panel_made.MATRIX[row, column] + points)
    rest = [i for i in range(3) if i != column]
    before = panel_made.MATRIX[row, rest]
    assert after[row, rest] / after[row, rest].sum() == pytest.approx(before / before.sum())
    assert (after[[r for r in range(3) if r != row]] == panel_made.MATRIX[[r for r in range(3) if r != row]]).all()


def test_a_cell_cannot_leave_its_bounds():
    with pytest.raises(ValueError, match=r"a probability of 0\.7 cannot move by \+0\.4"):
        whatif.shifted(panel_made.MATRIX, 0, 0, 0.4)
    with pytest.raises(ValueError, match="a probability of 1 cannot move"):
        whatif.shifted(np.eye(2), 0, 0, -0.1)


def test_the_sensitivity_is_the_slope_of_equity(sample):
    model, step = switching.model(sample), 1e-6
    gains = whatif.sensitivity(model, TERMS, 1)
    for row in range(3):
        for column in range(3):
            up, down = (
                clv.per_customer(model._replace(matrix=whatif.shifted(model.matrix, row, column, s)), TERMS)[1]
                for s in (step, -step)
            )
            assert gains[row, column] == pytest.approx((up - down) / (2 * step) * 0.01 * 1000, rel=1e-6)
    assert (gains[:, 1] > 0).all(), "a brand gains from every point it wins"


def test_one_point_of_retention_by_hand():
    """Start all with A, one step at r = 0 and margin 1: the value to A is 1 + p; a point more is worth 0.01 per customer."""
    model = switching.Model(np.array([[0.6, 0.4], [0.5, 0.5]]), np.array([1.0, 0.0]), 1.0, np.ones(2))
    gains = whatif.sensitivity(model, clv.Terms(1.0, 0.0, 1.0, "course", 200), 0)
    assert gains[0].tolist() == pytest.approx([2.0, -2.0])
    assert gains[1].tolist() == pytest.approx([0.0, 0.0])


def test_the_levers_of_a_brand_are_ranked_and_have_intervals(sample):
    table = whatif.table(sample, TERMS, "B")
    assert table["gain"].is_monotonic_decreasing
    assert set(table["lever"]) == {"keep", "win from"}
    assert table.loc[table["lever"] == "keep", "from_brand"].tolist() == ["B"]
    assert ((table["low"] < table["gain"]) & (table["gain"] < table["high"])).all()
    assert table["customers"].sum() == pytest.approx(1000)
    with pytest.raises(ValueError, match="'Z' is no state of this matrix; there are A, B, C"):
        whatif.table(sample, TERMS, "Z")


def test_return_on_marketing_follows_from_gain_and_cost(sample):
    change = whatif.retention(0, 0.03)
    told = whatif.effect(sample, change, TERMS, "A", cost=100.0)
    assert told["gain_low"] < told["gain"] < told["gain_high"]
    assert told["return_on_marketing"] == pytest.approx((told["gain"] - 100) / 100)
    assert told["return_on_marketing_low"] == pytest.approx((told["gain_low"] - 100) / 100)
    assert told["share_change"] > 0
    assert whatif.effect(sample, change, TERMS, "A")["return_on_marketing"] is None
    rival = whatif.effect(sample, whatif.conquest(0, 2, 0.03), TERMS, "C")
    assert rival["gain"] < 0, "what A wins from the buyers of C, C loses"


def test_american_airlines_return():
    """Rust, Lemon and Zeithaml (2004): 70 million spent, equity up by 101.3 million, return 44.7 %."""
    assert whatif.returns({"gain": 101.3}, 70.0)["return_on_marketing"] == pytest.approx(0.447, abs=0.0005)


def test_nothing_changed_is_worth_nothing(sample):
    told = whatif.effect(sample, lambda model: model, TERMS, "A", cost=10.0)
    assert (told["gain"], told["gain_low"], told["return_on_marketing"]) == (0.0, 0.0, -1.0)


def test_a_campaign_moves_as_many_points_as_there_is_room_for(sample):
    stay = switching.model(sample).matrix[0, 0]
    told = whatif.campaign(sample, TERMS, "A", 3.0, 100.0)
    assert told == whatif.effect(sample, whatif.retention(0, 0.03), TERMS, "A", 100.0) | {"points": 3.0}
    assert whatif.campaign(sample, TERMS, "A", 99.0)["points"] == pytest.approx(100 * (1 - stay))
    assert whatif.campaign(sample, TERMS, "A", 0.0) is None
