"""The eight indicators: thirteen transactions by hand, and what a missing table does (it never gives a zero)."""

import datetime

import numpy as np
import pandas as pd
import pytest

from crm_analysis.data import frames
from crm_analysis.methods import loyalty, survey

AS_OF = datetime.date(2026, 1, 1)
OWN = ("Ours",)


def day(text):
    return frames.day_number(text)


@pytest.fixture
def thirteen():
    """Five customers, thirteen lines. A buys tea four times and coffee once, B tea and coffee, C rivals' tea twice, D two
    coffees in one order and sends one back; E bought before the window only.
    """
    rows = [
        # customer, order, date, brand, category, quantity, amount, discount
        ("A", "o1", "2025-02-01", "Ours", "tea", 2, 8.0, 0.0),
        ("A", "o2", "2025-03-01", "Ours", "tea", 1, 3.0, 1.0),
        ("A", "o3", "2025-04-01", "Rival", "tea", 1, 5.0, 0.0),
        ("A", "o4", "2025-05-01", "Ours", "tea", 2, 8.0, 0.0),
        ("A", "o11", "2025-05-01", "Ours", "coffee", 1, 10.0, 0.0),
        ("B", "o5", "2025-02-10", "Ours", "tea", 1, 4.0, 0.0),
        ("B", "o6", "2025-06-10", "Ours", "coffee", 1, 10.0, 0.0),
        ("C", "o7", "2025-03-05", "Rival", "tea", 2, 10.0, 0.0),
        ("C", "o8", "2025-07-05", "Other", "tea", 1, 5.0, 0.0),
        ("D", "o9", "2025-08-01", "Ours", "coffee", 1, 8.0, 2.0),
        ("D", "o9", "2025-08-01", "Rival", "coffee", 1, 12.0, 0.0),
        ("D", "o9-R", "2025-08-05", "Ours", "coffee", -1, -8.0, -2.0),
        ("E", "o10", "2024-12-01", "Ours", "tea", 1, 4.0, 0.0),
    ]
    names = ["customer_id", "order_id", "order_date", "brand", "category", "quantity", "amount", "discount"]
    table = pd.DataFrame(rows, columns=names)
    assert len(table) == 13
    return table.assign(order_day=table["order_date"].map(day))


@pytest.fixture
def found(thirteen):
    return loyalty.indicators({"transactions": thirteen}, AS_OF, 365, OWN).set_index("key")


def test_1_repeat_purchase(found):
    """Of the four buyers of the window A, B and C ordered again; in one category only A (tea) and C (tea)."""
    assert found.loc["repeat", ["value", "n"]].tolist() == [0.75, 4]
    assert found.loc["category", ["value", "n"]].tolist() == [0.5, 4]


def test_1_and_5_what_follows_a_purchase_of_ours(found):
    """A's tea runs ours, ours, rival, ours: of two purchases of ours that another followed, one was followed by ours."""
    assert found.loc["own_again", "value"] == 0.5
    assert found.loc["switch", "value"] == 0.5


def test_3_needs_met_by_us(found):
    """Tea cost 43 for 10 units, 4.30 each; coffee 40 for 4 units, 10 each. At these prices A has 5 x 4.3 + 10 = 31.5 from
    us of 35.8, B 14.3 of 14.3, D 10 of 20; C bought nothing from us. Over all 55.8 of 70.1; on average 0.7933. In money
    29 of 34, 14 of 14 and 8 of 20: 51 of 68.
    """
    assert found.loc["requirements", ["value", "n"]].tolist() == [pytest.approx(55.8 / 70.1), 3]
    assert found.loc["mean_requirements", "value"] == pytest.approx((31.5 / 35.8 + 1 + 0.5) / 3)
    assert found.loc["wallet", "value"] == 0.75


def test_4_price(found):
    """List values: A 35 of which 31 at full price, B 14, C 15, D 22 of which 12: 72 of 86 without a discount."""
    assert found.loc["full_price", "value"] == pytest.approx(72 / 86)
    assert np.isnan(found.loc["slope", "value"]), "no price moved often enough"


def test_5_rivals(found):
    """A bought one rival brand, B none, C two, D one."""
    assert found.loc["rivals", ["value", "n"]].tolist() == [1.0, 4]


def test_the_own_log_says_that_it_sees_its_own_shelf_only(found):
    rows = ["own_again", "requirements", "mean_requirements", "wallet", "switch", "rivals"]
    assert set(found.loc[rows, "form"]) == {"Own shelf"}


def test_2_6_and_7_from_engagement_and_referrals(thirteen):
    """A acts 3 times in January and twice in June: 5 in 12 months; B, first seen in October, 3 in 3 months. A takes 10 and
    20 minutes to choose, B 30. A sent one recommendation, and brought C within the window.
    """
    engagement = pd.DataFrame(
        [("A", "2025-01-01", 3, 0, 10.0, 1), ("A", "2025-06-01", 1, 1, 20.0, 0), ("B", "2025-10-01", 3, 0, 30.0, 0)],
        columns=["customer_id", "month_start", "visits", "searches", "choice_minutes", "referrals"],
    )
    engagement["month_start_day"] = engagement["month_start"].map(day)
    engagement["month_start"] = pd.to_datetime(engagement["month_start"])
    people = pd.DataFrame({"customer_id": list("ABCDE"), "referred_by": [None, None, "A", None, None]})
    people["acquired_day"] = [day("2024-01-01")] * 2 + [day("2025-03-05")] + [day("2024-01-01")] * 2
    tables = {"transactions": thirteen, "engagement": engagement, "customers": people}
    found = loyalty.indicators(tables, AS_OF, 365, OWN).set_index("key")["value"]
    assert found["actions"] == pytest.approx((5 / 12 + 1) / 2)
    assert found["minutes"] == pytest.approx(22.5)
    assert found["sent"] == 0.5
    assert found["brought"] == 0.2


def test_8_who_came_back_after_a_fault(thirteen):
    returned = pd.DataFrame({"again": [1, 1, 0, 1], "expected": [0.5] * 4, "controls": [9.0] * 4, "cell": [0] * 4})
    found = loyalty.indicators({"transactions": thirteen}, AS_OF, 365, OWN, returned=returned).set_index("key")
    assert found.loc["came_back", ["value", "n"]].tolist() == [0.75, 4]
    assert found.loc["against_alike", "value"] == 1.5


def answers(n=20, **items):
    table = {"customer_id": [f"r{i}" for i in range(n)], "answered_on": pd.Timestamp("2025-11-03")}
    return pd.DataFrame(table | {k: np.resize(np.asarray(v, dtype=float), n) for k, v in items.items()})


def test_the_surveys_side_of_all_eight_with_disloyal_answers_turned_round(thirteen):
    asked = answers(
        rebuy=[4], attention=[3], of_last_ten=[6], price_tolerance=[2], rival_preference=[5], recommend=[10, 8, 3, 10],
        compare_long=[2], forgive_fault=[1],
    )  # fmt: skip
    found = loyalty.indicators({"transactions": thirteen}, AS_OF, 365, OWN, survey.latest(asked)).set_index("key")
    values = found.loc[[f"asked_{i}" for i in range(1, 9)], "value"].tolist()
    assert values == pytest.approx([4, 3, 6, 2, 1, 25, 4, 1]), "rivals 6 - 5, long comparing 6 - 2, NPS 50 % - 25 %"
    assert found.loc["asked_3", "kind"] == "0-10"
    assert (found.loc[[f"asked_{i}" for i in range(1, 9)], "n"] == 20).all()


def test_an_own_questionnaire_answers_through_its_codebook(thirteen):
    book = pd.DataFrame(
        [("v1", "indicator", "repeat purchase", 0, 100, True), ("v2", "indicator", "repeat purchase", 0, 100, False)],
        columns=survey.COLUMNS,
    )
    found = loyalty.indicators({"transactions": thirteen}, AS_OF, 365, OWN, answers(v1=[10], v2=[50]), book).set_index(
        "key"
    )
    assert found.loc["asked_1", ["value", "kind"]].tolist() == [70.0, "0-100"]
    assert found.loc["asked_2", "needs"] == "A question on it in table survey"


def test_what_is_missing_is_named_and_never_zero(thirteen):
    bare = thirteen[["customer_id", "order_id", "order_date", "order_day", "amount"]]
    table = loyalty.indicators({"transactions": bare[bare["amount"] > 0]}, AS_OF)
    assert len(table) == 25
    seen = table[table["value"].notna()]
    assert seen["key"].tolist() == ["repeat"]
    rest = table.drop(seen.index)
    assert rest[["value", "low", "high"]].isna().all(axis=None)
    assert (rest["n"] == 0).all()
    assert (rest["needs"].str.len() > 5).all()
    assert (seen["needs"] == "").all()
    assert loyalty.seen(table) == 1
    assert loyalty.missing(table)["needs"].iloc[0] == "Table survey"
    assert loyalty.missing(table)["measures"].sum() == 24


def test_own_brands_that_nobody_named_are_asked_for(thirteen):
    panel = pd.DataFrame(
        {"customer_id": ["A"], "purchase_day": [day("2025-05-01")], "category": ["tea"], "brand": ["Ours"]}
    )
    tables = {"transactions": thirteen, "purchases": panel}
    found = loyalty.indicators(tables, AS_OF, 365, ()).set_index("key")
    assert found.loc["requirements", "needs"] == "Your own brands, named in own_brands"
    assert found.loc["own_again", "form"] == "Behaviour"


def test_names_of_customers_and_the_order_of_lines_change_nothing(thirteen, found):
    other = thirteen.sample(frac=1, random_state=2).assign(customer_id=lambda t: "x" + t["customer_id"].str.lower())
    mixed = loyalty.indicators({"transactions": other}, AS_OF, 365, OWN).set_index("key")
    pd.testing.assert_frame_equal(mixed, found)
