"""Purchases with rivals in sight: windows, units that can be added, days with several brands."""

import datetime

import duckdb
import pandas as pd
import pytest

from crm_analysis.data import frames
from crm_analysis.methods import loyalty_panel

AS_OF = datetime.date(2026, 1, 1)
DAY = frames.day_number(AS_OF)


def panel(*rows):
    return pd.DataFrame(rows, columns=["customer_id", "purchase_day", "category", "brand", "quantity"])


def figures(table, own=("Ours",), window_days=100):
    found, source = loyalty_panel.purchases({"purchases": table}, AS_OF, window_days, own)
    assert source == "purchases"
    return loyalty_panel.figures(found)


def test_own_brands_are_split_at_commas_and_stand_once():
    assert loyalty_panel.own_brands(" A ,B,, A") == ("A", "B")
    assert loyalty_panel.own_brands("") == ()


def test_the_aggregate_is_a_ratio_of_sums_and_not_the_mean_of_ratios():
    """A heavy user buys 1 of 10 from us, a light one 1 of 1: 2 of 11 over all, 0.55 on average. A third never buys ours."""
    table = panel(
        ("h", DAY, "tea", "Ours", 1), ("h", DAY - 1, "tea", "Rival", 9), ("l", DAY, "tea", "Ours", 1), ("n", DAY, "tea", "Rival", 5)
    )  # fmt: skip
    found = figures(table)
    assert found["requirements"].value == pytest.approx(2 / 11)
    assert found["mean_requirements"].value == pytest.approx(0.55)
    assert found["requirements"].n == 2, "those who never buy from us have no share of requirements"
    assert found["rivals"].n == 3


def test_categories_that_we_do_not_sell_do_not_count_against_us():
    table = panel(("a", DAY, "tea", "Ours", 1), ("a", DAY, "petrol", "Rival", 40))
    assert figures(table)["requirements"].value == 1


def test_the_window_ends_with_as_of_and_begins_after_its_first_day():
    table = panel(
        ("a", DAY - 100, "tea", "Rival", 1), ("a", DAY - 99, "tea", "Ours", 1), ("a", DAY + 1, "tea", "Rival", 1)
    )
    assert figures(table)["requirements"].value == 1


def test_units_of_two_categories_are_added_at_their_mean_prices():
    """Tea costs 2 a gram here and coffee 0.01 a bean: a thousand beans must not drown the tea."""
    table = panel(
        ("a", DAY, "tea", "Ours", 10), ("a", DAY - 1, "tea", "Rival", 10), ("a", DAY, "coffee", "Rival", 4000), ("b", DAY, "coffee", "Ours", 1)
    ).assign(amount=[20.0, 20.0, 40.0, 0.01])  # fmt: skip
    assert figures(table)["requirements"].value == pytest.approx((20 + 0.01) / (80 + 0.01))


def test_a_day_with_several_brands_counts_by_its_shares():
    """Half ours, then all ours, then a rival: 0.5 of a purchase repeated wholly, 1 not at all: 0.5 of 1.5."""
    table = panel(
        ("a", DAY - 3, "tea", "Ours", 1), ("a", DAY - 3, "tea", "Rival", 1), ("a", DAY - 2, "tea", "Ours", 2), ("a", DAY - 1, "tea", "Rival", 1)
    )  # fmt: skip
    found = figures(table)
    assert found["repeat"].value == pytest.approx(0.5 / 1.5)
    assert found["repeat"].value + found["switch"].value == pytest.approx(1)


def test_steps_stay_inside_customer_and_category():
    table = panel(
        ("a", DAY - 2, "tea", "Ours", 1), ("a", DAY - 1, "coffee", "Rival", 1), ("b", DAY, "tea", "Rival", 1), ("b", DAY, "coffee", "Ours", 1)
    )  # fmt: skip
    assert figures(table)["repeat"].n == 0, "nobody bought twice in one category"


def test_brands_that_nobody_bought_give_no_panel():
    table = panel(("a", DAY, "tea", "Rival", 1))
    assert loyalty_panel.purchases({"purchases": table}, AS_OF, 100, ("Ours",))[0] is None
    assert loyalty_panel.purchases({"purchases": table}, AS_OF, 100, ())[0] is None
    assert loyalty_panel.brands({"purchases": table}) == ["Rival"]


def test_duckdb_gives_the_same_figures():
    rows = [
        (f"c{i % 7}", DAY - i, "tea" if i % 3 else "coffee", "Ours" if (i * i) % 5 < 3 else "Rival", 1 + i % 4)
        for i in range(90)
    ]
    bought = panel(*rows)
    there = figures(duckdb.sql("SELECT * FROM bought"))
    for name, value in figures(bought).items():
        assert value == pytest.approx(there[name], nan_ok=True), name
