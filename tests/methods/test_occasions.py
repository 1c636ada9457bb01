"""Occasions: baskets, ties, days and periods, each worked by hand."""

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_analysis.methods import occasions
from crm_analysis.methods.occasions import Rules
from tests.methods.panel_made import lines

STATES = ("A", "B", "others")


def rows(frame):
    return frame.sort_values(["customer_id", "at", "state"])[
        ["customer_id", "at", "state", "share", "spend"]
    ].values.tolist()


def test_the_dominant_brand_takes_the_occasion_and_money_stays_where_it_was_spent():
    basket = lines([("x", 5, "A", 2.0), ("x", 5, "B", 1.0), ("x", 5, "B", 1.5), ("x", 8, "Z", 4.0)])
    assert rows(occasions.table(basket, STATES, Rules(), "1970-01-20")) == [
        ["x", 5, 0, 0.0, 2.0], ["x", 5, 1, 1.0, 2.5], ["x", 8, 2, 1.0, 4.0],
    ]  # fmt: skip


def test_equal_spending_falls_to_the_state_first_in_order_and_is_counted():
    tied = lines([("x", 5, "B", 2.0), ("x", 5, "A", 2.0), ("y", 5, "B", 0.1), ("y", 5, "B", 0.2), ("y", 5, "A", 0.3)])
    found = occasions.table(tied, STATES, Rules(), "1970-01-20")
    assert found[found["share"] == 1][["customer_id", "state"]].sort_values("customer_id").values.tolist() == [
        ["x", 0], ["y", 0],
    ], "0.1 + 0.2 is 0.3 in money"  # fmt: skip
    assert occasions.facts(found) == {"occasions": 2, "shared_occasions": 2, "tied_occasions": 2}


def test_fractional_shares_follow_spending_and_are_even_without_any():
    basket = lines([("x", 5, "A", 3.0), ("x", 5, "B", 1.0), ("y", 5, "A", 0.0), ("y", 5, "Z", 0.0)])
    found = occasions.table(basket, STATES, Rules(basket="fractional"), "1970-01-20")
    assert [r[3] for r in rows(found)] == [0.75, 0.25, 0.5, 0.5]


def test_every_line_may_be_an_occasion():
    basket = lines([("x", 5, "A"), ("x", 5, "A"), ("x", 6, "B")])
    assert len(occasions.table(basket, STATES, Rules(basket="line"), "1970-01-20")) == 3


def test_periods_are_counted_back_from_as_of_so_that_the_last_is_whole():
    frame = lines([("x", day, "A") for day in (10, 11, 17, 18, 19)])
    at = occasions.table(frame, STATES, Rules(step="period", period_days=7), "1970-01-19")["at"]  # day 18
    assert sorted(at) == [1, 2], "days 12 to 18 are the last period, 5 to 11 the one before; 19 is later"


def test_days_after_as_of_are_left_out():
    assert len(occasions.table(lines([("x", 5, "A"), ("x", 6, "A")]), STATES, Rules(), "1970-01-06")) == 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("step", "week", "step must be one of purchase, period"),
        ("basket", "first", "basket must be one of dominant"),
        ("weight", "kilos", "weight must be one of"),
        ("period_days", 0, "period_days must be 1 or more"),
        ("lapsed_days", -1, "lapsed_days 0 or more"),
    ],
)
def test_rules_that_make_no_sense_are_refused(field, value, words):
    with pytest.raises(ValueError, match=words):
        occasions.checked(Rules(**{field: value}))
    with pytest.raises(ValueError, match="a period cannot be a line"):
        occasions.checked(Rules(step="period", basket="line"))


panel = st.lists(
    st.tuples(st.sampled_from("xyz"), st.integers(1, 12), st.sampled_from("ABCD"), st.integers(0, 400)),
    min_size=1,
    max_size=40,
)


@settings(max_examples=12)
@given(panel, st.sampled_from(["dominant", "fractional"]), st.sampled_from(["purchase", "period"]))
def test_every_occasion_counts_once_and_no_money_is_lost(drawn, basket, step):
    frame = lines([(c, d, b, m / 100) for c, d, b, m in drawn])
    found = occasions.table(frame, STATES, Rules(step=step, basket=basket, period_days=5), "1970-01-20")
    assert found.groupby(["customer_id", "at"])["share"].sum().tolist() == pytest.approx(
        [1.0] * len(found.groupby(["customer_id", "at"]))
    )
    assert found["spend"].sum() == pytest.approx(frame["amount"].sum())


@settings(max_examples=12)
@given(panel, st.sampled_from([Rules(basket=b) for b in ("dominant", "fractional", "line")]))
def test_duckdb_makes_the_same_occasions(drawn, rules):
    frame = lines([(c, d, b, m / 100) for c, d, b, m in drawn])
    here = occasions.table(frame, STATES, rules, "1970-01-20")
    there = occasions.table(duckdb.connect().from_df(frame), STATES, rules, "1970-01-20")
    assert rows(here) == rows(there.df())
    assert occasions.facts(here) == occasions.facts(there)
    assert isinstance(there, duckdb.DuckDBPyRelation)
    assert isinstance(here, pd.DataFrame)
