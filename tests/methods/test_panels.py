"""Which purchases, which brands: the door is chosen by what is there, and rare brands are pooled by the stated rule."""

import duckdb
import pandas as pd
import pytest

from crm_analysis.methods import panels
from tests.methods.panel_made import lines

PURCHASES = pd.DataFrame(
    {
        "customer_id": list("aabbc"),
        "purchase_day": [1, 2, 1, 3, 5],
        "category": ["tea", "tea", "tea", "coffee", "coffee"],
        "brand": ["X", "Y", None, "Z", "Z"],
        "quantity": [1, 2, 1, 3, 1],
        "amount": [2.0, None, 1.0, 9.0, 3.0],
    }
)
LOG = pd.DataFrame(
    {
        "customer_id": list("aab"),
        "order_day": [1, 2, 3],
        "amount": [5.0, -5.0, 7.0],
        "brand": ["X", "X", "Y"],
        "category": ["tea", "tea", "tea"],
    }
)


def test_a_panel_is_preferred_and_the_category_with_most_purchases():
    panel = panels.choose({"purchases": PURCHASES, "transactions": LOG})
    assert (panel.kind, panel.category, panel.rivals) == ("panel", "tea", True)
    assert panel.lines.values.tolist() == [["a", 1, "X", 2.0], ["a", 2, "Y", 2.0]], "no brand: out; no amount: quantity"
    assert panels.choose({"purchases": PURCHASES}, "coffee").lines["amount"].tolist() == [9.0, 3.0]


def test_a_log_of_many_brands_is_a_retailers_and_returns_are_left_out():
    panel = panels.choose({"transactions": LOG})
    assert (panel.kind, panel.rivals) == ("retailer", True)
    assert panel.lines.values.tolist() == [["a", 1, "X", 5.0], ["b", 3, "Y", 7.0]]


def test_without_brands_the_states_are_categories_and_without_those_bought_or_not():
    two = LOG.drop(columns="brand").assign(category=["tea", "tea", "coffee"])
    assert panels.choose({"transactions": two}).lines["brand"].tolist() == ["tea", "coffee"]
    assert not panels.choose({"transactions": two}).rivals
    own = panels.choose({"transactions": LOG[["customer_id", "order_day", "amount"]]})
    assert (own.kind, set(own.lines["brand"])) == ("own", {panels.BOUGHT})
    assert panels.choose({"transactions": LOG.assign(brand="X", category="tea")}).kind == "own"


def test_every_kind_is_explained():
    assert set(panels.KINDS) == {"panel", "retailer", "categories", "own", "survey"}


def test_what_is_not_there_is_refused_in_words():
    with pytest.raises(ValueError, match="no category 'wine'; those with most purchases are tea, coffee"):
        panels.choose({"purchases": PURCHASES}, "wine")
    with pytest.raises(ValueError, match="no table names brands within categories"):
        panels.choose({"transactions": LOG.drop(columns="brand")}, "tea")


def test_rare_brands_are_pooled_by_share_customers_and_rank():
    rows = [(f"c{i}", 1, "Big") for i in range(60)] + [(f"c{i}", 2, "Mid") for i in range(30)]
    rows += [("heavy", day, "One fan") for day in range(20)] + [("c1", 9, "Rare")]
    table = panels.brands(lines(rows), max_brands=8, min_share=0.02, min_customers=10)
    assert table["brand"].tolist() == ["Big", "Mid", "One fan", "Rare"]
    assert table["state"].tolist() == ["Big", "Mid", panels.OTHERS, panels.OTHERS]
    assert panels.states(table) == ("Big", "Mid", panels.OTHERS)
    assert table["purchases"].sum() == len(rows)
    assert panels.states(panels.brands(lines(rows), max_brands=1)) == ("Big", panels.OTHERS)
    assert panels.states(panels.brands(lines(rows), min_customers=1, min_share=0)) == ("Big", "Mid", "One fan", "Rare")


def test_a_brand_that_is_called_like_the_pool_stays_itself():
    rows = [(f"c{i}", 1, panels.OTHERS) for i in range(30)] + [("x", 1, "Rare")]
    assert panels.states(panels.brands(lines(rows))) == (panels.OTHERS, panels.OTHERS + "*")


def test_equal_brands_come_by_name_and_engines_agree():
    rows = lines([("a", 1, "Y"), ("b", 1, "X"), ("a", 2, "X"), ("b", 2, "Y")])
    here = panels.brands(rows, min_customers=1)
    assert here["brand"].tolist() == ["X", "Y"]
    there = panels.brands(duckdb.connect().from_df(rows), min_customers=1)
    pd.testing.assert_frame_equal(here, there, check_dtype=False)
    assert panels.choose({"purchases": duckdb.connect().from_df(PURCHASES)}).lines.df().shape == (2, 4)


def test_no_purchase_and_senseless_limits_are_refused():
    with pytest.raises(ValueError, match="no purchase to learn from"):
        panels.brands(lines([]))
    with pytest.raises(ValueError, match="max_brands must be 1 or more"):
        panels.brands(lines([("a", 1, "X")]), max_brands=0)


ANSWERS = pd.DataFrame(
    {
        "customer_id": list("ppqrs"),
        "answered_day": [5, 9, 5, 5, 5],
        "last_brand": ["X", "Y", "X", "Z", None],
        "next_brand": ["X", "X", "X", "X", "X"],
        "spend_per_purchase": [2.0, 4.0, None, 3.0, 1.0],
    }
)


def test_a_survey_stands_in_where_there_are_no_purchases_each_respondent_once_by_the_latest_answer():
    panel = panels.choose({"survey": ANSWERS})
    assert (panel.kind, panel.category, panel.rivals) == ("survey", "", True)
    assert panel.answers[["customer_id", "last_brand", "spend"]].values.tolist()[0] == ["p", "Y", 4.0]
    assert panel.answers["customer_id"].tolist() == ["p", "q", "r"], "s does not say what was bought last"
    assert sorted(panel.lines["brand"]) == ["X", "X", "X", "X", "Y", "Z"]
    assert panels.choose({"survey": ANSWERS, "purchases": PURCHASES}).kind == "panel"


def test_what_tells_nothing_of_brands_gives_no_panel():
    assert panels.choose({"survey": ANSWERS.drop(columns="next_brand")}) is None
    assert panels.choose({"survey": ANSWERS.assign(next_brand=None)}) is None
    assert panels.choose({"customers": PURCHASES}) is None


def test_rare_brands_in_answers_are_pooled_like_in_purchases():
    panel = panels.choose({"survey": ANSWERS})
    brands = panels.brands(panel.lines, max_brands=1, min_customers=1)
    told = panels.pooled(panel.answers, brands)
    assert told["last_brand"].tolist() == [panels.OTHERS, "X", panels.OTHERS]
