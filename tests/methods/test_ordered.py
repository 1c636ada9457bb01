"""The ordered logit against a published fit, and what it must hold to."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_analysis.methods import ordered

# Madsen (1976), satisfaction of 1,681 tenants in Copenhagen: counts of low, medium and high satisfaction within
# influence (low, medium, high) within type (tower, apartment, atrium, terrace) within contact (low, high).
COUNTS = [
    21, 21, 28, 34, 22, 36, 10, 11, 36, 61, 23, 17, 43, 35, 40, 26, 18, 54, 13, 9, 10, 8, 8, 12, 6, 7, 9, 18, 6, 7, 15,
    13, 13, 7, 5, 11, 14, 19, 37, 17, 23, 40, 3, 5, 23, 78, 46, 43, 48, 45, 86, 15, 25, 62, 20, 23, 20, 10, 22, 24, 7,
    10, 21, 57, 23, 13, 31, 21, 13, 5, 6, 13,
]  # fmt: skip


@pytest.fixture(scope="module")
def tenants():
    cells = [(s, i, t, c) for c in range(2) for t in range(4) for i in range(3) for s in range(3)]
    table = pd.DataFrame(cells, columns=["satisfaction", "influence", "type", "contact"])
    figures = pd.DataFrame({
        "influence medium": table["influence"] == 1, "influence high": table["influence"] == 2,
        "apartment": table["type"] == 1, "atrium": table["type"] == 2, "terrace": table["type"] == 3,
        "contact high": table["contact"] == 1,
    }).astype(float)  # fmt: skip
    return table["satisfaction"], figures


def test_it_fits_what_polr_prints_for_madsens_housing_survey(tenants):
    """The example of ``polr`` in the manual of R's MASS (Venables and Ripley 2002, 7.3)."""
    found = ordered.fit(*tenants, COUNTS)
    assert found.n == 1681
    printed = [0.5663937, 1.2888191, -0.5723501, -0.3661866, -1.0910149, 0.3602841]
    assert list(found.coefficients.values()) == pytest.approx(printed, abs=1e-6)
    assert [round(e, 4) for e in found.errors.values()] == [0.1047, 0.1272, 0.1192, 0.1552, 0.1515, 0.0955]
    assert found.cuts == pytest.approx([-0.4961353, 0.6907083], abs=1e-6)
    assert [round(e, 4) for e in found.cut_errors] == [0.1248, 0.1255]
    assert round(-2 * found.log_likelihood, 3) == 3479.149


def test_counts_and_one_row_each_are_the_same_fit(tenants):
    answers, figures = tenants
    rows = np.repeat(np.arange(72), COUNTS)
    single = ordered.fit(answers.iloc[rows], figures.iloc[rows])
    assert list(single.coefficients.values()) == pytest.approx(
        list(ordered.fit(*tenants, COUNTS).coefficients.values())
    )


def test_without_any_relation_the_cuts_are_those_of_the_shares():
    """Half answer 1, a quarter 2, a quarter 3, whatever the figure: log(0.5/0.5) = 0 and log(0.75/0.25) = 1.0986."""
    answers = [1, 1, 2, 3] * 2
    found = ordered.fit(answers, pd.DataFrame({"x": [0, 0, 0, 0, 1, 1, 1, 1]}))
    assert found.coefficients["x"] == pytest.approx(0, abs=1e-9)
    assert found.cuts == pytest.approx([0.0, math.log(3)])
    assert ordered.odds_ratio(found, "x")[0] == pytest.approx(1)


def test_two_answers_are_a_logistic_regression():
    """Odds 3/1 against 1/3 in two groups of four: the coefficient is log 9."""
    found = ordered.fit([0, 0, 0, 1, 0, 1, 1, 1], pd.DataFrame({"x": [0, 0, 0, 0, 1, 1, 1, 1]}))
    assert found.coefficients["x"] == pytest.approx(math.log(9))
    assert ordered.odds_ratio(found, "x")[0] == pytest.approx(9)


def test_a_perfect_prediction_has_no_maximum_and_says_so():
    found = ordered.fit([1, 1, 1, 2, 2, 2], pd.DataFrame({"x": [1.0, 2, 3, 10, 11, 12]}))
    assert not found.converged
    assert math.isnan(found.coefficients["x"])


def test_missing_rows_are_left_out_and_nothing_to_tell_is_refused():
    x = pd.DataFrame({"x": [0, 0, np.nan, 0, 1, 1, 1, 1, 0]})
    assert ordered.fit([0, 0, 1, 1, 0, 1, 1, np.nan, 0], x).n == 7
    with pytest.raises(ValueError, match="take 1 different values"):
        ordered.fit([2, 2, 2], pd.DataFrame({"x": [1, 2, 3]}))
    with pytest.raises(ValueError, match="x is the same in all 4 rows"):
        ordered.fit([1, 2, 1, 2], pd.DataFrame({"x": [3, 3, 3, 3]}))


@given(st.integers(0, 400), st.floats(0.2, 5), st.floats(-20, 20))
def test_unit_and_origin_of_a_figure_move_the_coefficient_as_they_must(seed, unit, shift):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=80)
    y = np.digitize(x + rng.logistic(size=80), [-1, 0.5])
    plain, moved = (ordered.fit(y, pd.DataFrame({"x": v})) for v in (x, unit * x + shift))
    assert moved.coefficients["x"] * unit == pytest.approx(plain.coefficients["x"], abs=1e-6)
    assert moved.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-7)
    other = ordered.fit(-y, pd.DataFrame({"x": x}))
    assert other.coefficients["x"] == pytest.approx(-plain.coefficients["x"], abs=1e-6)
