"""Customer equity: its parts add up to it, shares to one, and every figure has an interval around it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_analysis.methods import clv, equity, switching
from tests.methods import panel_made

TERMS = clv.Terms(0.4, 0.1, 2.0, "course", 5000)


@pytest.fixture(scope="module")
def sample():
    return panel_made.sample(panel_made.drawn(21, customers=150))


def test_equity_is_the_population_times_the_mean_value(sample):
    table = equity.table(sample, TERMS)
    assert table["equity"].tolist() == pytest.approx((table["clv"] * 5000).tolist())
    assert table["clv"].tolist() == pytest.approx(clv.per_customer(switching.model(sample), TERMS).tolist())
    assert table["equity_share"].sum() == pytest.approx(1)
    for name in ("clv", "equity", "equity_share"):
        assert ((table[f"{name}_low"] < table[name]) & (table[name] < table[f"{name}_high"])).all()


def test_kept_and_won_customers_add_up_to_the_equity(sample):
    parts, whole = equity.split(sample, TERMS), equity.table(sample, TERMS).set_index("brand")["equity"]
    assert parts.groupby("brand")["equity"].sum().to_dict() == pytest.approx(whole.to_dict())
    assert parts.groupby("brand")["part"].sum().tolist() == pytest.approx([1, 1, 1])
    own = parts[parts["kind"] == equity.RETENTION]
    assert (own["brand"] == own["from_brand"]).all()
    assert len(parts) == 9


def test_the_split_by_hand():
    """Start half and half, one step, undiscounted, margin 1: V = I + P; b is worth .5 x (its column of V)."""
    model = switching.Model(np.array([[0.8, 0.2], [0.4, 0.6]]), np.array([0.5, 0.5]), 1.0, np.ones(2))
    worth = model.start[:, None] * clv.by_last_brand(model, clv.Terms(1.0, 0.0, 1.0))
    assert worth.tolist() == [[pytest.approx(0.9), pytest.approx(0.1)], [pytest.approx(0.2), pytest.approx(0.8)]]


@settings(max_examples=6)
@given(st.floats(1.1, 50))
def test_money_in_another_unit_scales_value_and_interval(unit):
    frame = panel_made.drawn(2, customers=40)
    one = equity.table(panel_made.sample(frame), TERMS)
    other = equity.table(panel_made.sample(frame.assign(amount=frame["amount"] * unit)), TERMS)
    for column in ("clv", "clv_low", "clv_high"):
        assert other[column].to_numpy() == pytest.approx(one[column].to_numpy() * unit, rel=1e-5)
    assert other["equity_share"].tolist() == pytest.approx(one["equity_share"].tolist(), rel=1e-5)


def test_shares_of_two_dates_side_by_side():
    now, before = (panel_made.sample(panel_made.drawn(seed, customers=80)) for seed in (1, 2))
    table = equity.change(now, before, TERMS)
    assert table["change"].tolist() == pytest.approx((table["now"] - table["before"]).tolist())
    assert table["change"].sum() == pytest.approx(0)
    assert ((table["low"] < table["change"]) & (table["change"] < table["high"])).all()
    with pytest.raises(ValueError, match="the states differ"):
        equity.change(now, before._replace(names=("A", "B", "Z")), TERMS)
