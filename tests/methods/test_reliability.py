"""Cronbach's alpha against a printed example, and what no rearrangement may change."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_analysis.methods import reliability, survey

# D. J. Denis, Applied Univariate, Bivariate, and Multivariate Statistics (2nd ed. 2021), the small example on Cronbach's
# alpha: ten people, five items, and what SPSS prints for them.
DENIS = pd.DataFrame(
    [
        (10, 12, 15, 11, 12), (12, 18, 12, 12, 1), (8, 16, 14, 14, 4), (6, 8, 16, 8, 6), (4, 7, 8, 7, 5),
        (6, 6, 3, 7, 3), (3, 4, 6, 5, 8), (7, 3, 7, 9, 9), (8, 9, 4, 10, 10), (9, 5, 6, 11, 12),
    ],
    columns=[f"Item_{i}" for i in range(1, 6)],
)  # fmt: skip


def test_alpha_is_what_spss_prints_for_deniss_example():
    found = reliability.alpha(DENIS)
    assert (round(found.alpha, 3), round(found.standardised, 3)) == (0.633, 0.691)
    assert (found.items, found.n) == (5, 10)
    without = reliability.alpha(DENIS.drop(columns="Item_5"))
    assert (round(without.alpha, 3), round(without.standardised, 3)) == (0.824, 0.863)


def test_item_statistics_are_what_spss_prints_for_deniss_example():
    table = reliability.items(DENIS)
    assert table["mean"].tolist() == pytest.approx([7.3, 8.8, 9.1, 9.4, 7.0])
    assert table["sd"].round(5).tolist() == [2.71006, 5.05085, 4.7481, 2.71621, 3.80058]
    assert table["item_total"].round(3).tolist() == [0.712, 0.558, 0.512, 0.796, -0.228]
    assert table["alpha_if_deleted"].round(3).tolist() == [0.478, 0.476, 0.507, 0.445, 0.824]


def test_the_interval_is_feldts():
    """Feldt, Woodruff and Salih (1987), formulas 6 and 7: 1 - (1 - alpha) F(9, 36) with F = 2.4538 and 0.2915."""
    found = reliability.alpha(DENIS)
    share = [(1 - end) / (1 - found.alpha) for end in (found.low, found.high)]
    from scipy import stats

    assert share == pytest.approx([stats.f.ppf(0.975, 9, 36), stats.f.ppf(0.025, 9, 36)])


def test_parallel_items_that_agree_wholly_have_an_alpha_of_one_and_unrelated_ones_of_zero():
    same = pd.DataFrame({"a": [1, 2, 3, 4], "b": [1, 2, 3, 4], "c": [1, 2, 3, 4]})
    assert reliability.alpha(same).alpha == pytest.approx(1)
    crossed = pd.DataFrame({"a": [1, 1, 2, 2], "b": [1, 2, 1, 2]})
    assert reliability.alpha(crossed).alpha == pytest.approx(0)


def test_undefined_is_missing_not_zero():
    assert math.isnan(reliability.alpha(DENIS[["Item_1"]]).alpha)
    assert math.isnan(reliability.alpha(DENIS.assign(Item_6=3)).alpha), "an item that does not vary"
    assert math.isnan(reliability.alpha(DENIS.head(1)).alpha)
    assert math.isnan(reliability.alpha(pd.DataFrame()).alpha)


def test_the_policy_for_missing_answers_is_chosen_and_named():
    holes = DENIS.astype(float).copy()
    holes.loc[0, "Item_1"] = holes.loc[3, "Item_4"] = np.nan
    assert reliability.alpha(holes).alpha == pytest.approx(reliability.alpha(DENIS.drop(index=[0, 3])).alpha)
    pairwise = reliability.alpha(holes, missing="pairwise")
    assert pairwise.n == 8
    assert pairwise.alpha != pytest.approx(reliability.alpha(holes).alpha)
    with pytest.raises(ValueError, match="listwise or pairwise"):
        reliability.alpha(holes, missing="mean")


matrices = st.lists(st.lists(st.integers(1, 7), min_size=3, max_size=3), min_size=5, max_size=25)


@given(matrices, st.permutations([0, 1, 2]), st.integers(-5, 5), st.integers(1, 4))
def test_alpha_knows_neither_the_order_of_items_and_people_nor_the_origin_and_unit_of_the_scale(
    rows, order, shift, unit
):
    answers = pd.DataFrame(rows, columns=list("abc"))
    mixed = (answers[[answers.columns[i] for i in order]] * unit + shift).iloc[::-1]
    plain, moved = reliability.alpha(answers), reliability.alpha(mixed)
    assert plain[2:] == pytest.approx(moved[2:], nan_ok=True)


@given(matrices)
def test_turning_every_item_round_changes_nothing_and_turning_one_lowers_a_good_scale(rows):
    answers = pd.DataFrame(rows, columns=list("abc"))
    assert reliability.alpha(8 - answers).alpha == pytest.approx(reliability.alpha(answers).alpha, nan_ok=True)
    good = reliability.alpha(DENIS[["Item_1", "Item_2", "Item_4"]]).alpha
    turned = DENIS[["Item_1", "Item_2", "Item_4"]].assign(Item_4=20 - DENIS["Item_4"])
    assert reliability.alpha(turned).alpha < good


def test_scales_names_the_item_without_which_alpha_would_be_highest():
    book = pd.DataFrame(
        {"item": DENIS.columns, "block": "five", "dimension": "x", "low": 0, "high": 20, "reversed": False}
    )
    table = reliability.scales(DENIS, book, ["five", "absent"])
    assert table["scale"].tolist() == ["five"]
    row = table.iloc[0]
    assert (row["items"], row["n"], row["weakest_item"], round(row["alpha_if_deleted"], 3)) == (5, 10, "Item_5", 0.824)


def test_a_reversed_item_turned_round_by_the_codebook_repairs_the_scale():
    book = pd.DataFrame([("a", "s", "s", 1, 5, False), ("b", "s", "s", 1, 5, True)], columns=survey.COLUMNS)
    answers = pd.DataFrame({"a": [1, 2, 4, 5, 3], "b": [5, 4, 2, 1, 3]})
    assert reliability.alpha(survey.aligned(answers, book)).alpha == pytest.approx(1)
