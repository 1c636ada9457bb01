"""Full price and the slope of quantity on price: by hand, against a closed form, and where it must be given back."""

import datetime
import math

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_analysis.data import frames
from crm_analysis.methods import loyalty_prices as prices

AS_OF = datetime.date(2026, 1, 1)
DAY = frames.day_number(AS_OF)


def lines(*rows):
    names = ["customer_id", "order_day", "amount", "discount", "category", "product", "quantity"]
    return pd.DataFrame(rows, columns=names)


def test_full_price_is_the_list_value_without_any_discount():
    """a: 10 at full price and 8 + 2 off; b: 5 at full price; a return and an old line do not count: 15 of 25."""
    table = lines(
        ("a", DAY, 10.0, 0.0, "tea", "p", 1), ("a", DAY, 8.0, 2.0, "tea", "p", 1), ("b", DAY - 9, 5.0, None, "cups", "q", 1),
        ("b", DAY, -5.0, 0.0, "cups", "q", -1), ("b", DAY - 400, 50.0, 0.0, "cups", "q", 1),
    )  # fmt: skip
    assert prices.full_price(table, AS_OF, 365)[0] == pytest.approx(15 / 25)
    shown = prices.by_category(table, AS_OF, 365).set_index("category")
    assert shown["full_price_share"].to_dict() == {"tea": 0.5, "cups": 1.0}
    assert shown.loc["tea", "discount_share"] == pytest.approx(0.1)
    assert shown["revenue"].tolist() == [18.0, 5.0], "purchases, most first"
    assert prices.full_price(table.drop(columns="discount"), AS_OF, 365) is None
    assert prices.by_category(table.drop(columns="category"), AS_OF, 365).empty


def weeks(**series):
    rows = [("all", name, p, q) for name, points in series.items() for p, q in points]
    return pd.DataFrame(rows, columns=["category", "series", "price", "quantity"])


def test_one_product_at_two_prices_has_the_closed_form():
    """8 units at 1 and 2 at 4 (one week each): log(2/8) / log(4) = -1; a third price with the fitted 4 changes nothing."""
    found = prices.slope(weeks(a=[(1, 8), (4, 2)]), least_prices=2)
    assert found["slope"] == pytest.approx(-1)
    assert prices.slope(weeks(a=[(1, 8), (2, 4), (4, 2)]))["slope"] == pytest.approx(-1)


def test_the_interval_by_hand():
    """10 units, a share of 0.8 and 0.2 over a distance of log 4: information 10 x 0.16 x 1.9218 = 3.0749."""
    found = prices.slope(weeks(a=[(1, 8), (4, 2)]), least_prices=2)
    assert (found["high"] - found["low"]) / 2 == pytest.approx(1.959964 / math.sqrt(10 * 0.16 * math.log(4) ** 2))


def test_dear_and_cheap_products_are_never_compared():
    """Inside each product nothing moves with price, though the dear one sells less."""
    found = prices.slope(weeks(cheap=[(1, 50), (1.2, 50), (1.4, 50)], dear=[(10, 5), (12, 5), (14, 5)]))
    assert found["slope"] == pytest.approx(0, abs=1e-9)
    assert (found["series"], found["weeks"]) == (2, 6)


def test_products_whose_price_does_not_move_say_nothing():
    assert math.isnan(prices.slope(weeks(a=[(1, 8), (1.001, 2), (1.002, 3)]))["slope"]), "moves below 1 % are no moves"
    assert math.isnan(prices.slope(weeks(a=[(1, 0), (2, 0), (3, 0)]))["slope"]), "nothing sold"
    assert math.isnan(prices.slope(weeks())["slope"])


@given(st.integers(0, 300), st.floats(0.1, 50), st.integers(1, 5))
def test_currency_and_pack_size_change_no_elasticity(seed, currency, pack):
    rng = np.random.default_rng(seed)
    points = [(p, int(q)) for p, q in zip(rng.uniform(1, 3, 12), rng.poisson(6, 12) + 1, strict=True)]
    plain = prices.slope(weeks(a=points))
    moved = prices.slope(weeks(a=[(p * currency, q * pack) for p, q in points]))
    assert moved["slope"] == pytest.approx(plain["slope"], abs=1e-6)


def test_a_planted_elasticity_is_given_back_with_an_interval_that_holds_it():
    rng = np.random.default_rng(9)
    hits = []
    for _ in range(40):
        series = {}
        for product in range(8):
            price = rng.choice([2.0, 2.5, 3.0, 3.5], 50)
            level = rng.gamma(5, 2)
            series[f"p{product}"] = list(zip(price, rng.poisson(level * (price / 2.75) ** -1.8), strict=True))
        found = prices.slope(weeks(**series))
        hits.append(found["low"] <= -1.8 <= found["high"])
    assert found["slope"] == pytest.approx(-1.8, abs=0.5)
    assert sum(hits) >= 36


def shop(uniform=True):
    """One product in 20 weeks, four lines a week, three prices; if not uniform, every other customer has a coupon."""
    rows = []
    for week in range(20):
        price = (4.0, 5.0, 6.0)[week % 3]
        for i in range(4):
            paid = price if uniform or i % 2 else 0.7 * price
            rows.append((f"c{i}", DAY - 140 + 7 * week, 2 * paid, 0.0, "tea", "p", 2))
    return lines(*rows)


def test_the_logs_price_of_a_week_is_the_shelfs_or_none():
    table = prices.weekly_log(shop(), AS_OF, 365)
    assert (len(table), sorted(table["price"].unique()), table["quantity"].unique().tolist()) == (
        20,
        [4.0, 5.0, 6.0],
        [8.0],
    )
    assert prices.weekly_log(shop(uniform=False), AS_OF, 365).empty, "the price is the customer's, not the shelf's"


def test_products_that_sell_now_and_then_are_left_out():
    some = shop()
    some = some[((some["order_day"] - DAY + 140) // 7) % 2 == 0]
    assert prices.weekly_log(some, AS_OF, 365).empty
    assert prices.weekly_log(shop().drop(columns="quantity"), AS_OF, 365).empty


def test_the_panel_is_preferred_where_it_has_shelf_prices():
    shelf = pd.DataFrame(
        {"category": "tea", "brand": "Ours", "week_start_day": [DAY - 14, DAY - 7], "price": [4.0, 5.0]}
    )
    bought = pd.DataFrame({"customer_id": ["a"], "purchase_day": [DAY - 14], "category": "tea", "brand": "Ours"})
    tables = {"transactions": shop(), "purchases": bought, "prices": shelf}
    assert prices.weeks(tables, ("Ours",), AS_OF, 365)["series"].unique().tolist() == ["tea / Ours"]
    assert len(prices.weeks(tables, (), AS_OF, 365)) == 20, "no brand of ours in the panel: the own log"
    assert len(prices.weeks({"transactions": shop()}, ("Ours",), AS_OF, 365)) == 20


def test_duckdb_gives_the_same_weeks():
    log = shop()
    there = prices.weekly_log(duckdb.sql("SELECT * FROM log"), AS_OF, 365)
    pd.testing.assert_frame_equal(prices.weekly_log(log, AS_OF, 365), there, check_dtype=False)


def test_a_panel_with_shelf_prices_knows_weeks_without_a_purchase():
    shelf = pd.DataFrame({
        "category": "tea", "brand": ["Ours"] * 3 + ["Rival"] * 3, "week_start_day": [DAY - 21, DAY - 14, DAY - 7] * 2,
        "price": [4.0, 5.0, 6.0] * 2,
    })  # fmt: skip
    bought = pd.DataFrame({
        "customer_id": list("aab"), "purchase_day": [DAY - 21, DAY - 15, DAY - 7], "category": "tea",
        "brand": ["Ours", "Ours", "Rival"], "quantity": [2, 1, 5],
    })  # fmt: skip
    table = prices.weekly_panel(bought, shelf, ("Ours",), AS_OF, 365)
    assert table[["price", "quantity"]].values.tolist() == [[4.0, 3.0], [5.0, 0.0], [6.0, 0.0]]
    assert prices.weekly_panel(bought, None, ("Ours",), AS_OF, 365).empty
    assert prices.slopes(table.assign(quantity=[4.0, 3.0, 2.0]))["category"].tolist() == ["tea"]
