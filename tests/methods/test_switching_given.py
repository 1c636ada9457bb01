"""Matrices that are stated: typed in, or answered in a survey."""

import numpy as np
import pandas as pd
import pytest

from crm_analysis.data import sources
from crm_analysis.data.demo.panel import COFFEE
from crm_analysis.methods import clv, panels, switching, switching_given

ANSWERS = pd.DataFrame(
    {"customer_id": list("pqrs"), "last_brand": list("AABB"), "next_brand": list("ABBB"), "spend": [2.0, 4.0, 3.0, 5.0],
     "purchases_per_year": [2.0, 4.0, 6.0, 8.0]}
)  # fmt: skip


def test_a_typed_matrix_gives_the_closing_exercise():
    model = switching_given.typed(
        [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.25, 0.15, 0.6]], "ABC", (0.5, 0.3, 0.2), steps_per_year=1, spend=300.0
    )
    worth = clv.per_customer(model, clv.Terms(1.0, 0.1, 1.0))
    assert worth == pytest.approx([267.2727, 190.9091, 114.5455], abs=1e-4)


def test_a_typed_start_must_be_shares():
    with pytest.raises(ValueError, match="today's shares must be 2 numbers from 0 to 1 that sum to 1"):
        switching_given.typed([[1, 0], [0, 1]], "AB", (0.5, 0.6))


def test_intentions_are_counted_per_respondent():
    sample = switching_given.from_survey(ANSWERS, "AB")
    it = switching.model(sample)
    assert it.matrix.tolist() == [[0.5, 0.5], [0, 1]]
    assert (it.start.tolist(), it.steps_per_year, it.spend.tolist()) == ([0.5, 0.5], 5.0, [3.0, 4.0])


def test_probabilities_are_averaged_and_have_intervals():
    stated = pd.DataFrame(
        {"customer_id": list("pqr"), "last_brand": list("AAB"), "A": [0.8, 0.4, 0.1], "B": [0.2, 0.6, 0.9]}
    )
    cells = switching.matrix(switching_given.from_survey(stated, "AB"))
    assert cells["probability"].tolist() == pytest.approx([0.6, 0.4, 0.1, 0.9])
    assert cells.loc[0, "low"] < 0.6 < cells.loc[0, "high"]
    assert pd.isna(cells.loc[2, "low"]), "one respondent of brand B tells nothing of others"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"last_brand": list("AAZZ")}, "2 answers in last_brand name no brand of A, B, such as 'Z'"),
        ({"customer_id": list("ppqr")}, "1 respondents answer twice"),
    ],
)
def test_answers_that_do_not_fit_are_counted_and_refused(change, words):
    with pytest.raises(ValueError, match=words):
        switching_given.from_survey(ANSWERS.assign(**change), "AB")


def test_probabilities_are_never_rescaled():
    percent = pd.DataFrame({"customer_id": list("pq"), "last_brand": list("AB"), "A": [80, 0.1], "B": [20, 0.9]})
    with pytest.raises(ValueError, match=r"1 respondents give probabilities .* \(the first sums to 100\)"):
        switching_given.from_survey(percent, "AB")
    with pytest.raises(ValueError, match="neither next_brand nor a probability of B"):
        switching_given.from_survey(percent.drop(columns="B"), "AB")
    with pytest.raises(ValueError, match="the survey lacks last_brand"):
        switching_given.from_survey(percent[["customer_id"]], "AB")


def test_whoever_does_not_tell_is_left_out_of_the_means_only():
    some = ANSWERS.assign(spend=[2.0, None, 3.0, None], purchases_per_year=[2.0, None, None, 4.0])
    it = switching.model(switching_given.from_survey(some, "AB"))
    assert it.matrix.tolist() == [[0.5, 0.5], [0, 1]]
    assert (it.steps_per_year, it.spend.tolist()) == (3.0, [2.0, 3.0])
    with pytest.raises(ValueError, match="1 answers in spend are negative"):
        switching_given.from_survey(ANSWERS.assign(spend=[2.0, -1.0, 3.0, 1.0]), "AB")


def test_the_demo_survey_holds_the_planted_matrix():
    """Answers drawn from the coffee panel's matrix: at least 14 of 16 cells inside their 95 % intervals."""
    panel = panels.choose({"survey": sources.read()["survey"]})
    names = tuple(COFFEE["brands"])
    cells = switching.matrix(switching_given.from_survey(panel.answers, names))
    truth = np.array(COFFEE["matrix"]).ravel()
    assert ((cells["low"] <= truth) & (truth <= cells["high"])).sum() >= 14
