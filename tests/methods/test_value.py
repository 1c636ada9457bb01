"""Concentration against printed and hand-worked examples."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_analysis.methods import value


def base(*revenue):
    return pd.DataFrame({"revenue": np.array(revenue, dtype=float)})


def test_gini_of_equals_is_nought_and_of_one_owner_is_one_less_a_nth():
    assert value.gini(base(3, 3, 3, 3, 3)) == 0
    assert value.gini(base(0, 0, 0, 0, 10)) == pytest.approx(4 / 5)


def test_gini_worked_by_hand():
    """1, 2, 3, 4: mean absolute difference 20/16, twice the mean 5: G = 1.25 / 5 = 0.25."""
    assert value.gini(base(4, 1, 3, 2)) == pytest.approx(0.25)


def test_lorenz_worked_by_hand():
    curve = value.lorenz(base(30, 10, 60, 100))
    assert curve["customer_share"].tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert curve["value_share"].tolist() == pytest.approx([0, 0.05, 0.2, 0.5, 1])


def test_a_net_return_makes_the_curve_dip_below_zero_first():
    assert value.lorenz(base(-10, 20, 30))["value_share"].min() == pytest.approx(-0.25)


def test_top_shares_worked_by_hand():
    tops = value.top_shares(base(50, 20, 10, 10, 10), tops=(0.2, 0.5, 1.0))
    assert tops["customers"].tolist() == [1, 3, 5]
    assert tops["revenue_share"].tolist() == pytest.approx([0.5, 0.8, 1.0])


def test_a_base_without_revenue_is_refused_rather_than_divided_by():
    for frame in (base(0, 0), base(), base(-5, 1)):
        with pytest.raises(ValueError, match="not positive"):
            value.gini(frame)


amounts = st.lists(st.integers(0, 10**6), min_size=1, max_size=50).filter(lambda v: sum(v) > 0)


@given(amounts, st.integers(1, 1000))
def test_gini_ignores_order_and_unit_and_is_the_area_of_the_lorenz_curve(amounts, unit):
    g = value.gini(base(*amounts))
    assert 0 <= g + 1e-12 < 1
    assert value.gini(base(*reversed([a * unit for a in amounts]))) == pytest.approx(g, abs=1e-9)
    curve = value.lorenz(base(*amounts), points=len(amounts))
    area = np.trapezoid(curve["value_share"], curve["customer_share"])
    assert 1 - 2 * area == pytest.approx(g, abs=1e-9)
