"""Break-even by hand; Wilson's limits against a printed table."""

import pandas as pd
import pytest

from crm_analysis.methods import rfm_contact as contact

BASE = pd.DataFrame({"customer_id": list("abcdefgh"), "segment": ["X"] * 4 + ["Y"] * 3 + ["Z"]})
CONTACTS = pd.DataFrame(
    {
        "customer_id": ["a", "b", "c", "d", "e", "f", "q"],
        "treated": [True, True, True, False, True, True, True],
        "responded": [True, True, False, True, False, False, True],
        "cost": [1.0, 1.0, 1.0, 0.0, 2.0, 2.0, 2.0],
        "revenue": [40.0, 20.0, 0.0, 99.0, 0.0, 0.0, 60.0],
    }
)


def test_only_those_contacted_count_and_the_control_group_does_not():
    found = contact.responses(BASE, CONTACTS).set_index("segment")
    assert found.loc["X"].tolist() == [4, 3, 2]
    assert found.loc["Y"].tolist() == [3, 2, 0]
    assert found.loc["Z"].tolist() == [1, 0, 0]


def test_cost_and_profit_are_measured_on_those_contacted():
    figures = contact.figures(CONTACTS, margin_share=0.5)
    assert figures == {"cost": pytest.approx(9 / 6), "profit": pytest.approx(20.0)}
    assert contact.figures(CONTACTS[["treated", "responded"]]) == {"cost": None, "profit": None}


def test_break_even_and_index_by_hand():
    """Hughes: at a cost of 0.50 and a profit of 25 a response rate of 2 % breaks even; 3 % has the index 50."""
    found = pd.DataFrame({"segment": ["a", "b"], "customers": [9, 9], "contacted": [1000, 1000], "responses": [30, 20]})
    judged = contact.cells(found, 0.5, 25)
    assert judged["index"].tolist() == pytest.approx([50, 0])
    assert judged["profit_per_contact"].tolist() == pytest.approx([0.25, 0])
    assert judged["decision"].tolist() == ["Contact", "Test again"], "2.1 % to 4.3 % lies above 2 %"


def test_a_decision_needs_the_limits_not_the_rate_alone():
    found = pd.DataFrame(
        {"segment": list("abcd"), "customers": [9] * 4, "contacted": [2000, 50, 2000, 0], "responses": [100, 2, 5, 0]}
    )
    judged = contact.cells(found, 0.5, 25).set_index("segment")
    assert judged["decision"].to_dict() == {
        "a": "Contact", "b": "Test again", "c": "Do not contact", "d": "Not tried",
    }  # fmt: skip
    assert pd.isna(judged.loc["d", "response_rate"])


def test_a_free_contact_and_a_worthless_response_are_refused():
    for cost, profit in ((0, 5), (1, 0), (1, float("nan"))):
        with pytest.raises(ValueError, match="must be above 0"):
            contact.break_even(cost, profit)
