"""Survey input: wide and long, held to a codebook, every misfit with its place."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_analysis.data.errors import DataError
from crm_analysis.data.tables import columns
from crm_analysis.methods import survey

LONG = """customer_id,answered_on,item,answer
007,2026-03-01,q1,5
007,2026-03-01,q2,2
0010,2026-03-02,q1,4
0010,2026-03-02,q2,
"""
WIDE = "customer_id,answered_on,q1,q2\n007,2026-03-01,5,2\n0010,2026-03-02,4,\n"
BOOK = """item,block,dimension,low,high,reversed
q1,perceived,speed,1,7,no
q2,indicator,attitude to rivals,1,5,yes
"""


@pytest.fixture
def files(tmp_path):
    for name, text in (("long", LONG), ("wide", WIDE), ("book", BOOK)):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


def respondents(**items):
    n = len(next(iter(items.values())))
    days = pd.to_datetime(["2026-03-01"] * n)
    return pd.DataFrame({"customer_id": [f"c{i}" for i in range(n)], "answered_on": days, **items})


def test_the_suites_own_codebook_explains_every_item_of_the_contract():
    of_brands = {"last_brand", "next_brand", "purchases_per_year", "spend_per_purchase"}  # told, not rated
    assert set(survey.CODEBOOK["item"]) == set(columns("survey")) - {"customer_id", "answered_on"} - of_brands
    assert not survey.CODEBOOK["item"].duplicated().any()


def test_long_and_wide_answers_are_the_same_survey(files):
    book = survey.read_codebook(files / "book.csv")
    wide, long = (survey.read(files / f"{name}.csv", book) for name in ("wide", "long"))
    wide = wide.sort_values("customer_id", ignore_index=True)
    pd.testing.assert_frame_equal(wide, long[wide.columns], check_dtype=False)
    assert wide["customer_id"].tolist() == ["0010", "007"], "ids keep their zeros"
    assert np.isnan(wide["q2"][0])


def test_answers_off_the_scale_are_refused_with_item_row_customer_day_and_value():
    answers = respondents(recommend=[11, 5, 3.5], rebuy=["x", 2, 9])
    with pytest.raises(DataError) as caught:
        survey.checked(answers)
    told = str(caught.value)
    assert "2 problems" in told
    assert "column recommend: an answer is not on its scale, 0 to 10" in told
    assert "row 1, value '11.0 (customer c0, 2026-03-01)'" in told
    assert "row 3, value '3.5 (customer c2" in told
    assert "column rebuy: an answer is not on its scale, 1 to 5" in told
    assert "row 1, value 'x (customer c0" in told
    assert "row 3, value '9 (customer c2" in told


def test_points_of_importance_may_be_fractions_but_not_beyond_100():
    kept = survey.checked(respondents(importance_access=[33.3, None]))
    assert kept["importance_access"].tolist()[0] == 33.3
    with pytest.raises(DataError, match="importance_access"):
        survey.checked(respondents(importance_access=[120.0]))


def test_what_the_codebook_does_not_know_is_left_out_and_a_survey_that_is_not_there_is_empty():
    assert list(survey.checked(respondents(rebuy=[4], shoe_size=[42]))) == ["customer_id", "answered_on", "rebuy"]
    nothing = survey.checked(None)
    assert len(nothing) == 0
    assert survey.latest(nothing).empty
    assert survey.earlier(nothing).empty


def test_an_item_answered_twice_on_a_day_is_refused(files):
    (files / "long.csv").write_text(LONG + "007,2026-03-01,q1,6\n", encoding="utf-8")
    with pytest.raises(DataError, match="more than once"):
        survey.read(files / "long.csv", survey.read_codebook(files / "book.csv"))


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("q1,perceived,speed,1,7,no", "stands twice"),
        ("q3,,speed,1,7,no", "no block"),
        ("q3,perceived,speed,7,1,no", "the lower first"),
        ("q3,perceived,speed,low,7,no", "the lower first"),
        ("q3,perceived,speed,1,7,perhaps", "neither yes nor no"),
    ],
)
def test_a_codebook_that_makes_no_sense_is_refused_with_its_row(files, row, fault):
    (files / "book.csv").write_text(BOOK + row + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=fault) as caught:
        survey.read_codebook(files / "book.csv")
    assert caught.value.row == (1 if "twice" in fault else 3)


def test_a_file_that_is_no_codebook_or_not_there_is_refused(files):
    with pytest.raises(DataError, match="no column item, block, dimension"):
        survey.read_codebook(files / "wide.csv")
    with pytest.raises(DataError, match="cannot be read"):
        survey.read(files / "nowhere.csv")


@given(st.lists(st.integers(1, 5), min_size=1, max_size=20))
def test_turning_round_twice_gives_the_answers_back_and_keeps_the_scale(given_answers):
    answers = respondents(
        rival_preference=np.array(given_answers, dtype=float), rebuy=np.array(given_answers, dtype=float)
    )
    turned = survey.aligned(answers)
    assert (turned["rival_preference"] == 6 - answers["rival_preference"]).all()
    assert (turned["rebuy"] == answers["rebuy"]).all(), "an item that is not reversed stays"
    pd.testing.assert_frame_equal(survey.aligned(turned), answers)


def test_waves_are_parted_by_silence_not_by_the_calendar():
    answers = pd.DataFrame({
        "customer_id": list("abcab"),
        "answered_on": pd.to_datetime(["2025-03-28", "2025-04-02", "2025-04-10", "2026-03-30", "2026-04-05"]),
        "rebuy": [1.0, 2.0, 3.0, 4.0, 5.0],
    })  # fmt: skip
    assert survey.waves(answers).tolist() == [1, 1, 1, 2, 2]
    assert survey.latest(answers)["rebuy"].tolist() == [4.0, 5.0]
    assert survey.earlier(answers)["rebuy"].tolist() == [1.0, 2.0, 3.0]


def test_a_customer_counts_once_a_wave_with_the_last_answer():
    answers = pd.DataFrame({
        "customer_id": ["a", "a", "b"],
        "answered_on": pd.to_datetime(["2026-03-05", "2026-03-01", "2026-03-02"]),
        "rebuy": [5.0, 1.0, 3.0],
    })  # fmt: skip
    assert survey.latest(answers)[["customer_id", "rebuy"]].values.tolist() == [["a", 5.0], ["b", 3.0]]


def test_a_score_asks_for_at_least_half_of_its_items():
    answers = respondents(
        cognitive_1=[4.0, np.nan, np.nan], cognitive_2=[2.0, 3.0, np.nan], cognitive_3=[3.0, 4.0, 5.0]
    )
    scores = survey.score(answers, ["cognitive_1", "cognitive_2", "cognitive_3"])
    assert scores.tolist()[:2] == [3.0, 3.5]
    assert np.isnan(scores[2])
