"""Dick and Basu's four types: attitude relative to the best rival, patronage, cuts and advice."""

import datetime

import numpy as np
import pandas as pd
import pytest

from crm_analysis.data import frames
from crm_analysis.methods import loyalty_types, survey

AS_OF = datetime.date(2026, 1, 1)
DAY = frames.day_number(AS_OF)


def answers(likes, rival=None):
    """Respondents c0, c1, …: the same answer to the six items of belief and liking, and one about the best rival."""
    table = {"customer_id": [f"c{i}" for i in range(len(likes))]}
    table |= {f"{block}_{i}": np.array(likes, dtype=float) for block in ("cognitive", "affective") for i in (1, 2, 3)}
    if rival is not None:
        table["rival_preference"] = np.array(rival, dtype=float)
    return pd.DataFrame(table)


def orders(*numbers):
    return pd.Series({f"c{i}": float(n) for i, n in enumerate(numbers)})


def test_attitude_is_our_liking_less_the_rivals_on_one_scale():
    """Liking 5 of 1-5 is 1, 3 is a half; a rival liked at 1 counts 0, at 5 counts 1."""
    assert loyalty_types.attitude(answers([5, 3, 1], [1, 3, 5])).tolist() == [1.0, 0.0, -1.0]
    assert loyalty_types.attitude(answers([5, 3])).tolist() == [0.5, 0.0], "without a rival's item: less one half"


def test_the_four_quadrants():
    table = loyalty_types.classified(answers([5, 5, 2, 2], [1, 1, 4, 4]), orders(9, 0, 9, 0))
    assert table["type"].tolist() == ["True loyalty", "Latent loyalty", "Spurious loyalty", "No loyalty"]
    assert table.attrs["cuts"] == (0.25, 4.5)


def test_the_cut_can_stand_where_a_rival_is_liked_as_well():
    rows = answers([5, 4, 4, 4], [1, 1, 2, 2])
    assert (
        loyalty_types.classified(rows, orders(1, 1, 1, 1))["type"].tolist()
        == ["True loyalty"] * 2 + ["Spurious loyalty"] * 2
    )
    middle = loyalty_types.classified(rows, orders(0.9, 0.4, 0.6, 0.2), cut="midpoint", middle=0.5)
    assert middle.attrs["cuts"] == (0.0, 0.5)
    assert middle["type"].tolist() == ["True loyalty", "Latent loyalty"] * 2
    with pytest.raises(ValueError, match="median or midpoint"):
        loyalty_types.classified(rows, orders(1), cut="mean")


def test_who_did_not_answer_or_is_not_known_has_no_type():
    table = loyalty_types.classified(answers([5, np.nan, 4, 3]), orders(2, 2, 1).reindex(["c0", "c1", "c2", "c3"]))
    assert table["type"].isna().tolist() == [False, True, False, True]


def test_the_summary_adds_up_to_the_respondents_and_their_revenue():
    rows = answers([5, 5, 2, 2, 3], [1, 1, 4, 4, 3])
    types = loyalty_types.classified(rows, orders(9, 0, 9, 0, 5))
    value = pd.Series({"c0": 100.0, "c2": 60.0, "c4": 40.0})
    table = loyalty_types.summary(types, value).set_index("type")
    assert table["customers"].sum() == 5
    assert table["revenue"].sum() == 200
    assert table.loc["Spurious loyalty", ["revenue", "revenue_share"]].tolist() == [60.0, 0.3]
    assert table["customer_share"].sum() == pytest.approx(1)
    assert table["advice"].str.len().min() > 20
    assert loyalty_types.summary(types.head(0)).empty


def test_what_respondents_bought_is_counted_in_the_window_with_zero_for_nothing():
    lines = pd.DataFrame({
        "customer_id": ["a", "a", "a", "b", "z"], "order_id": ["1", "1", "2", "3", "4"],
        "order_day": [DAY, DAY, DAY - 400, DAY - 3, DAY], "amount": [5.0, 7.0, 100.0, 4.0, 1.0],
    })  # fmt: skip
    table = loyalty_types.bought(lines, AS_OF, 365, ["b", "a", "never"])
    assert table.to_dict("index") == {
        "a": {"orders": 1.0, "revenue": 12.0}, "b": {"orders": 1.0, "revenue": 4.0}, "never": {"orders": 0.0, "revenue": 0.0},
    }  # fmt: skip
    assert loyalty_types.bought(lines, AS_OF, 365, []).empty


def test_the_list_to_contact_has_those_whose_liking_and_buying_disagree():
    types = loyalty_types.classified(answers([5, 5, 2, 2, 2], [1, 1, 4, 4, 5]), orders(9, 0, 9, 0, 9), cut="midpoint")
    bought = pd.DataFrame(
        {"orders": [9.0, 0, 9, 0, 9], "revenue": [90.0, 0, 20, 0, 80]}, index=[f"c{i}" for i in range(5)]
    )
    table = loyalty_types.to_contact(types, bought)
    assert table[["customer_id", "type"]].values.tolist() == [
        ["c4", "Spurious loyalty"], ["c2", "Spurious loyalty"], ["c1", "Latent loyalty"],
    ]  # fmt: skip
    assert table["advice"].notna().all()
    nobody = loyalty_types.classified(survey.checked(None), orders())
    assert loyalty_types.to_contact(nobody, bought.head(0)).empty
