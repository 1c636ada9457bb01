"""From satisfaction to loyalty: slope, step, odds and later purchases on answers made to order."""

import datetime
import math

import numpy as np
import pandas as pd
import pytest

from crm_analysis.data import frames
from crm_analysis.methods import satisfaction_loyalty as links
from crm_analysis.methods import survey

AS_OF = datetime.date(2026, 1, 1)
DAY = frames.day_number(AS_OF)


def answers(satisfaction, **more):
    n = len(satisfaction)
    table = {"customer_id": [f"c{i}" for i in range(n)], "answered_on": pd.Timestamp("2025-03-03")}
    return pd.DataFrame(table | {"satisfaction": np.asarray(satisfaction, dtype=float)} | more)


def test_a_line_with_a_step_at_the_best_answer_is_given_back():
    """Recommending is 2 + 0.5 per point, and two more at 7, without any noise but half a point up and down."""
    satisfaction = np.repeat(np.arange(1, 8), 10)
    noise = np.tile([0.5, -0.5], 35)
    recommend = np.clip(2 + 0.5 * satisfaction + 2 * (satisfaction == 7) + noise, 0, 10)
    row = links.links(answers(satisfaction, recommend=recommend)).iloc[0]
    assert row["outcome"] == "Would recommend"
    assert (row["n"], row["per_point"], row["top_step"]) == (70, pytest.approx(0.5), pytest.approx(2.0))
    assert row["top_step_low"] < 2 < row["top_step_high"]
    assert row["correlation"] == pytest.approx(np.corrcoef(satisfaction, recommend)[0, 1])
    assert row["odds_ratio"] > 1


def test_nothing_to_find_is_not_found():
    rng = np.random.default_rng(5)
    table = answers(rng.integers(1, 8, 400), rebuy=rng.integers(1, 6, 400).astype(float))
    row = links.links(table).iloc[0]
    assert row["low"] < 0 < row["high"]
    assert row["odds_low"] < 1 < row["odds_high"]
    assert row["top_step_low"] < 0 < row["top_step_high"]


def test_too_few_answers_keep_their_number_and_nothing_else():
    row = links.links(answers(list(range(1, 8)), rebuy=[1.0, 2, 2, 3, 4, 4, 5])).iloc[0]
    assert row["n"] == 7
    assert row.drop(["outcome", "n"]).isna().all()


def test_means_by_answer_are_those_of_the_answers_and_small_cells_are_withheld():
    table = links.by_answer(answers([7] * 6 + [3] * 2, recommend=[10, 9, 10, 9, 10, 9, 3, 4]))
    by = table.set_index("satisfaction")
    assert by.loc[7, ["n", "mean", "scale_low", "scale_high"]].tolist() == [6, 9.5, 0, 10]
    assert by.loc[3, "n"] == 2
    assert math.isnan(by.loc[3, "mean"])


@pytest.fixture
def lines():
    """c0 buys 10 days after answering, c1 300 days after, c2 ten days before, c3 on the day itself."""
    answered = frames.day_number("2025-03-03")
    days = {"c0": 10, "c1": 300, "c2": -10, "c3": 0}
    rows = [(name, answered + d, 5.0) for name, d in days.items()] + [("c2", answered + 5, -5.0)]
    return pd.DataFrame(rows, columns=["customer_id", "order_day", "amount"])


def test_later_purchases_are_those_within_the_days_after_the_answer(lines):
    table = links.later_purchases(answers([7, 7, 2, 2]), lines, AS_OF).set_index("group")
    assert table["n"].to_dict() == {"1-3": 2, "4-5": 0, "6-7": 2}
    assert table["bought_share"].tolist()[::2] == [0.0, 0.5], (
        "a return is no purchase, nor is the day of the answer after it"
    )
    assert table["bought_before_share"].tolist()[::2] == [1.0, 0.0]
    assert (
        links.later_purchases(answers([7, 7, 2, 2]), lines, AS_OF, 301).set_index("group").loc["6-7", "bought_share"]
        == 1.0
    )


def test_answers_not_observed_long_enough_are_not_used(lines):
    assert links.later_purchases(answers([7, 2]), lines, datetime.date(2025, 8, 1), 180).empty


def test_without_survey_or_purchases_the_tables_are_empty(lines):
    nothing = survey.checked(None)
    assert links.links(nothing).empty
    assert links.by_answer(nothing).empty
    assert links.later_purchases(nothing, lines, AS_OF).empty
    assert links.later_purchases(answers([7]), None, AS_OF).empty
