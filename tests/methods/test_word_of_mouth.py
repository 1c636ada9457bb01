"""Net promoter score and referrals: the formula, worked cases, and what small groups do not tell."""

import datetime
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_analysis.methods import word_of_mouth as word

TODAY = datetime.date(2026, 1, 1)
DAY = (TODAY - datetime.date(1970, 1, 1)).days


def test_the_margin_is_that_of_the_worked_example_on_stats_stackexchange():
    """W. Huber's answer on the margin of error of an NPS: half promoters, a third passives, a sixth detractors have
    NPS 1/3 and variance 5/9 a ticket; 324 answers then give a standard error of 4.1 %.
    """
    found = word.nps([10] * 162 + [8] * 108 + [3] * 54)
    assert (found["n"], found["promoters"], found["passives"], found["detractors"]) == (324, 162, 108, 54)
    assert found["nps"] == pytest.approx(100 / 3)
    error = (found["nps_high"] - found["nps_low"]) / 2 / 1.959964
    assert error == pytest.approx(100 * math.sqrt(5 / 9 / 324), rel=1e-6)
    assert round(error, 1) == 4.1


def test_the_edges_of_the_classes():
    assert (
        word.classes(pd.Series([0, 6, 7, 8, 9, 10])).tolist()
        == ["Detractors"] * 2 + ["Passives"] * 2 + ["Promoters"] * 2
    )


@pytest.mark.parametrize("answer", [11, -1, 7.5, "often"])
def test_answers_that_are_no_whole_number_from_0_to_10_are_refused_with_their_row(answer):
    with pytest.raises(ValueError, match="1 answers are not whole numbers from 0 to 10, the first in row 3"):
        word.nps(pd.Series([9, None, answer], dtype=object))


def test_nobody_answered_is_missing_and_everybody_alike_has_no_margin():
    assert math.isnan(word.nps([None, None])["nps"])
    assert word.nps([10, 10])["nps_low"] == word.nps([10, 10])["nps_high"] == 100


@given(st.lists(st.integers(0, 10), min_size=1, max_size=60))
def test_the_score_is_the_mean_of_tickets_and_its_variance_theirs(answers):
    tickets = np.select([np.array(answers) >= 9, np.array(answers) >= 7], [1.0, 0.0], -1.0)
    found = word.nps(answers)
    assert found["nps"] == pytest.approx(100 * tickets.mean())
    half = 100 * 1.959964 * tickets.std(ddof=0) / math.sqrt(len(tickets))
    assert found["nps_high"] == pytest.approx(min(100, 100 * tickets.mean() + half), abs=1e-3)


def grouped(**sizes):
    rows = [(name, score) for name, scores in sizes.items() for score in scores]
    return pd.DataFrame(rows, columns=["segment", "recommend"])


def test_groups_stand_best_first_after_all_and_add_up():
    table = word.nps_by(grouped(low=[3] * 6, high=[10] * 7, middle=[7] * 8), "segment")
    assert table["group"].tolist() == ["All", "high", "middle", "low"]
    assert table["nps"].tolist() == [pytest.approx(100 / 21), 100, 0, -100]
    assert table["n"].tolist() == [21, 7, 8, 6]


def test_segments_and_tiers_stand_one_after_the_other_under_one_total():
    asked = grouped(low=[3] * 6, high=[10] * 7).assign(tier=["Gold", "Lead"] * 6 + ["Gold"])
    table = word.nps_by(asked, "segment", "tier")
    assert table["by"].tolist() == ["All", "segment", "segment", "tier", "tier"]
    assert table.groupby("by")["n"].sum().to_dict() == {"All": 13, "segment": 13, "tier": 13}
    assert table["group"].tolist()[:3] == ["All", "high", "low"]


def test_a_small_group_is_withheld_and_one_more_if_it_could_be_had_by_subtraction():
    table = word.nps_by(grouped(a=[9] * 20, b=[9] * 8, c=[3] * 2), "segment").set_index("group")
    assert table["nps"].isna().to_dict() == {"All": False, "a": False, "b": True, "c": True}
    both = word.nps_by(grouped(a=[9] * 20, b=[9] * 3, c=[3] * 4), "segment").set_index("group")
    assert both["nps"].isna().to_dict() == {"All": False, "a": False, "b": True, "c": True}, "together they are seven"


def test_without_the_question_there_is_no_table():
    assert word.nps_by(pd.DataFrame({"segment": ["a"]}), "segment").empty


@pytest.fixture
def base():
    return pd.DataFrame(
        {"customer_id": list("abcde"), "orders": [3, 1, 2, 1, 5], "revenue": [50.0, 10.0, 30.0, 5.0, 100.0]}
    )


@pytest.fixture
def people():
    """b, c came through a, d through c; e came by itself; a is old, d came before the window."""
    return pd.DataFrame({
        "customer_id": list("abcde"), "acquired_day": [DAY - 900, DAY - 10, DAY - 20, DAY - 400, DAY - 364],
        "referred_by": [None, "a", "a", "c", None],
    })  # fmt: skip


def test_the_referral_rate_counts_the_windows_new_customers(people, base):
    table = word.referred(people, base, TODAY, 365).set_index("origin")
    assert table["new_customers"].to_dict() == {"Referred": 2, "Others": 1}
    assert table.loc["Referred", "new_customer_share"] == pytest.approx(2 / 3)
    assert table.loc["Referred", ["again_share", "mean_revenue"]].tolist() == [0.5, 20.0]
    assert table.loc["Others", "mean_revenue"] == 100.0


def test_what_referrers_brought_is_what_the_referred_brought(people, base):
    table = word.referrers(people, base)
    assert table.values.tolist() == [["a", 2, 40.0], ["c", 1, 5.0]]
    known = people.dropna(subset="referred_by").merge(base, on="customer_id")["revenue"].sum()
    assert table["referred_revenue"].sum() == known, "nothing is lost or counted twice"


def test_whether_promoters_keep_their_word(people, base):
    answers = pd.DataFrame({"customer_id": list("abc"), "recommend": [10, 9, 2]})
    table = word.kept_word(answers, word.referrers(people, base)).set_index("group")
    assert table.loc["Promoters", ["n", "referrer_share", "referrals_per_100"]].tolist() == [2, 0.5, 100.0]
    assert table.loc["Detractors", "mean_referred_revenue"] == 5.0


def test_without_the_column_of_referrers_nothing_is_claimed(people, base):
    for table in (None, people.drop(columns="referred_by")):
        assert word.referred(table, base, TODAY).empty
        assert word.referrers(table, base).empty
