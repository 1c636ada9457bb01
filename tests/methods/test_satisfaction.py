"""Determinants, weighted quality, delivered value: worked by hand, and what the models do with the same answers."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_analysis.data.tables import DETERMINANTS
from crm_analysis.methods import satisfaction, survey


def answers(**items):
    n = len(next(iter(items.values())))
    table = {k: np.asarray(v, dtype=float) for k, v in items.items()}
    return pd.DataFrame({"customer_id": [f"c{i}" for i in range(n)], **table})


@pytest.fixture
def five():
    """Five respondents on two determinants; one left a perception out."""
    return answers(
        expected_reliability=[7, 6, 6, 7, 6], perceived_reliability=[5, 6, 4, 7, np.nan],
        expected_access=[4, 4, 5, 4, 4], perceived_access=[5, 4, 6, 4, 5],
        importance_reliability=[60, 80, 70, 50, np.nan], importance_access=[40, 20, 30, 50, np.nan],
    )  # fmt: skip


def test_a_gap_is_perceived_less_expected_over_those_who_answered_both(five):
    table = satisfaction.determinants(five, min_cell=1).set_index("dimension")
    row = table.loc["Reliability"]
    assert (row["n"], row["expected"], row["perceived"], row["gap"]) == (4, 6.5, 5.5, -1.0)
    # gaps -2, 0, -2, 0: sd 1.1547, standard error 0.5774, t(3) = 3.1824
    assert (row["gap_low"], row["gap_high"]) == pytest.approx((-1 - 1.8374, -1 + 1.8374), abs=1e-3)
    assert row["top_two_share"] == 0.5, "6 and 7 are among the two best of seven; four answered"
    assert table.loc["Access", "gap"] == pytest.approx(0.6)


def test_importance_is_the_mean_share_of_points_of_those_who_gave_all(five):
    table = satisfaction.determinants(five, min_cell=1).set_index("dimension")
    assert table["importance_share"].to_dict() == pytest.approx({"Reliability": 0.65, "Access": 0.35})
    assert satisfaction.weighted_quality(table) == pytest.approx(0.65 * -1.0 + 0.35 * 0.6)
    assert satisfaction.weights(five).dropna().sum(axis=1).tolist() == pytest.approx([1, 1, 1, 1])


def test_the_worst_gap_stands_first_and_small_cells_lose_their_figures(five):
    table = satisfaction.determinants(five, min_cell=5)
    assert table["dimension"].tolist() == ["Access", "Reliability"], "missing figures last"
    assert table.loc[table["dimension"] == "Reliability", ["n"]].values.tolist() == [[4]]
    assert table.loc[table["dimension"] == "Reliability", "gap"].isna().all()
    assert satisfaction.determinants(five, min_cell=1)["dimension"].tolist() == ["Reliability", "Access"]


def test_a_whole_population_leaves_no_doubt(five):
    row = satisfaction.determinants(five, min_cell=1, population=4).set_index("dimension").loc["Reliability"]
    assert row["gap_low"] == row["gap_high"] == row["gap"]


def everything(rng, n=40):
    items = {f"{b}_{d}": rng.integers(1, 8, n) for b in ("expected", "perceived") for d in DETERMINANTS}
    points = rng.multinomial(20, np.full(10, 0.1), n) * 5
    items |= {f"importance_{d}": points[:, i] for i, d in enumerate(DETERMINANTS)}
    return answers(**items)


def test_the_courses_ten_the_ten_of_1985_and_servquals_five_from_the_same_answers():
    table = everything(np.random.default_rng(3))
    course, pzb, five = (satisfaction.determinants(table, model=m) for m in ("course", "pzb", "servqual"))
    assert (len(course), len(pzb), len(five)) == (10, 9, 5)
    assert satisfaction.unasked(table, model="course") == ([], [])
    assert satisfaction.unasked(table, model="pzb") == (["Competence"], ["Affection"])
    assert satisfaction.unasked(table, model="servqual") == ([], ["Affection"])
    for found in (course, pzb, five):
        assert found["importance_share"].sum() == pytest.approx(1)
    assurance = course.set_index("dimension").loc[["Courtesy", "Credibility", "Security"], "gap"].mean()
    assert five.set_index("dimension").loc["Assurance", "gap"] == pytest.approx(assurance)


def test_an_own_codebook_brings_its_own_dimensions_and_scale():
    book = pd.DataFrame(
        [("e1", "expected", "Speed of the till", 0, 10, False), ("p1", "perceived", "Speed of the till", 0, 10, False)],
        columns=survey.COLUMNS,
    )
    table = satisfaction.determinants(answers(e1=[10] * 6, p1=[9, 8, 10, 9, 3, 9]), book, "codebook")
    assert table[["dimension", "gap", "top_two_share"]].values.tolist() == [
        ["Speed of the till", -2.0, pytest.approx(4 / 6)]
    ]


def test_an_unknown_model_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="course, pzb, servqual or codebook, not 'kano'"):
        satisfaction.determinants(everything(np.random.default_rng(1)), model="kano")


@pytest.mark.slow
@given(st.randoms(use_true_random=False), st.permutations(list(DETERMINANTS)))
def test_neither_the_order_of_respondents_nor_of_items_changes_a_gap(random, order):
    table = everything(np.random.default_rng(random.randrange(100)), 25)
    mixed = table.sample(frac=1, random_state=1)
    mixed = mixed[["customer_id", *(f"{b}_{d}" for d in order for b in ("perceived", "expected", "importance"))]]
    pd.testing.assert_frame_equal(satisfaction.determinants(mixed), satisfaction.determinants(table), rtol=1e-9)


def test_overall_is_the_mean_and_the_share_of_the_two_best():
    mean, best = satisfaction.overall(answers(satisfaction=[7, 6, 5, 4, np.nan]))
    assert (mean.value, mean.n, best.value, best.n) == (5.5, 4, 0.5, 4)
    assert math.isnan(satisfaction.overall(answers(rebuy=[3]))[0].value)


def test_delivered_value_is_what_they_get_less_what_it_costs():
    """Two respondents: value means 5 and 6, cost means 3 and 2, so 2 and 4 are delivered; the third answered too little."""
    table = answers(
        value_product=[6, 7, 7], value_service=[4, 5, np.nan], value_people=[5, 6, np.nan], value_image=[5, 6, np.nan],
        cost_money=[4, 3, 1], cost_time=[3, 2, 1], cost_energy=[3, 2, 1], cost_worry=[2, 1, 1],
    )  # fmt: skip
    found = satisfaction.delivered_value(table).set_index(["side", "part"])
    assert found.loc[("Value", "Total"), ["n", "mean"]].tolist() == [2, 5.5]
    assert found.loc[("Cost", "Total"), ["n", "mean"]].tolist() == [3, 2.0]
    assert found.loc[("Delivered", "Value less cost"), ["n", "mean"]].tolist() == [2, 3.0]
    assert satisfaction.delivered_value(table[["customer_id", "value_product"]])["side"].unique().tolist() == ["Value"]


def test_no_survey_gives_empty_tables_not_zeros():
    nothing = survey.checked(None)
    assert satisfaction.determinants(nothing).empty
    assert satisfaction.delivered_value(nothing).empty
    assert math.isnan(satisfaction.weighted_quality(satisfaction.determinants(nothing)))
