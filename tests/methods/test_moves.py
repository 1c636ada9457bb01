"""Moves: counted inside customers only, with silence as a state where asked, worked by hand."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_analysis.methods import moves, occasions
from crm_analysis.methods.occasions import Rules
from tests.methods.panel_made import lines

STATES = ("A", "B")


def counted(frame, rules=None, as_of="1970-02-10", states=STATES):
    rules = rules or Rules()
    return moves.count(occasions.table(frame, states, rules, as_of), states, rules, as_of)


def cells(found):
    """Steps by names of the two states."""
    summed = found.cells.groupby(["from_state", "to_state"], as_index=False)["n"].sum()
    return {(found.names[row.from_state], found.names[row.to_state]): row.n for row in summed.itertuples()}


TWO = lines([("x", 1, "A"), ("x", 4, "A"), ("x", 9, "B"), ("y", 2, "B"), ("y", 3, "A"), ("z", 5, "B")])


def test_consecutive_pairs_inside_a_customer_and_never_across():
    found = counted(TWO)
    assert cells(found) == {("A", "A"): 1, ("A", "B"): 1, ("B", "A"): 1}
    assert found.customers.tolist() == ["x", "y", "z"]
    assert found.span["occasions"].tolist() == [3, 2, 1]
    ends = found.stakes[found.stakes["on_last"] > 0]
    assert ends[["customer", "state"]].values.tolist() == [[0, 1], [1, 0], [2, 1]], "where each stands now"


def test_silence_is_a_state_one_step_into_it_some_inside_one_out():
    """x is silent for 35 days between two purchases: with windows of 10 days that is A > lapsed > lapsed > lapsed > B."""
    rules = Rules(lapsed_days=10)
    found = counted(lines([("x", 1, "A"), ("x", 36, "B")]), rules, as_of="1970-02-06")  # day 36
    assert cells(found) == {("A", moves.LAPSED): 1, (moves.LAPSED, moves.LAPSED): 2, (moves.LAPSED, "B"): 1}
    assert found.names == ("A", "B", moves.LAPSED)


def test_the_silence_at_the_end_is_counted_but_not_the_way_out_of_it():
    found = counted(
        lines([("x", 1, "A"), ("x", 2, "A")]), Rules(lapsed_days=10), as_of="1970-01-24"
    )  # day 23: 21 silent
    assert cells(found) == {("A", "A"): 1, ("A", moves.LAPSED): 1, (moves.LAPSED, moves.LAPSED): 1}
    now = found.stakes.groupby("state")["on_last"].sum()
    assert now.to_dict() == {0: 0.0, 2: 1.0}, "who is silent so long stands in the lapsed state"


def test_a_period_without_a_purchase_is_one_silent_step():
    rules = Rules(step="period", period_days=7, lapsed_days=1)
    found = counted(lines([("x", 1, "A"), ("x", 15, "B")]), rules, as_of="1970-01-21")  # periods 0-6, 7-13, 14-20
    assert cells(found) == {("A", moves.NOTHING): 1, (moves.NOTHING, "B"): 1}
    without = counted(lines([("x", 1, "A"), ("x", 15, "B")]), rules._replace(lapsed_days=0), as_of="1970-01-21")
    assert cells(without) == {("A", "B"): 1}


def test_shared_baskets_move_by_the_product_of_their_shares():
    frame = lines([("x", 1, "A", 3.0), ("x", 1, "B", 1.0), ("x", 2, "A", 1.0), ("x", 2, "B", 1.0)])
    found = counted(frame, Rules(basket="fractional"))
    assert cells(found) == pytest.approx({("A", "A"): 0.375, ("A", "B"): 0.375, ("B", "A"): 0.125, ("B", "B"): 0.125})


def test_steps_may_weigh_by_the_money_at_their_end():
    frame = lines([("x", 1, "A", 3.0), ("x", 2, "B", 7.5), ("x", 3, "A", 2.0)])
    assert cells(counted(frame, Rules(weight="spend"))) == {("A", "B"): 7.5, ("B", "A"): 2.0}


def test_lines_of_one_day_come_in_the_order_of_the_states():
    frame = lines([("x", 1, "B"), ("x", 1, "A"), ("x", 2, "A")])
    assert cells(counted(frame, Rules(basket="line"))) == {("A", "B"): 1, ("B", "A"): 1}


def test_nobody_who_bought_twice_is_refused():
    with pytest.raises(ValueError, match="none of 2 customers bought on two occasions"):
        counted(lines([("x", 1, "A"), ("y", 1, "A")]))


def test_totals_are_the_cells_of_all():
    rules = Rules()
    seen = occasions.table(TWO, STATES, rules, "1970-02-10")
    assert moves.totals(seen, STATES, rules).values.tolist() == [[1, 1], [1, 0]]


RULES = [
    Rules(), Rules(basket="fractional"), Rules(basket="line"), Rules(lapsed_days=4), Rules(weight="spend"),
    Rules(step="period", period_days=5, lapsed_days=1), Rules(step="period", period_days=5, basket="fractional"),
]  # fmt: skip
panel = st.lists(
    st.tuples(st.sampled_from("wxyz"), st.integers(1, 25), st.sampled_from("AB"), st.integers(1, 400)),
    min_size=6,
    max_size=40,
)


@pytest.mark.slow
@settings(max_examples=10)
@given(panel, st.sampled_from(RULES))
def test_every_engine_counts_alike_and_order_changes_nothing(drawn, rules):
    frame = lines([*((c, d, b, m / 100) for c, d, b, m in drawn), ("v", 1, "A"), ("v", 9, "B")])
    here = counted(frame, rules)
    for other in (duckdb.connect().from_df(frame), frame.sample(frac=1, random_state=1)):
        there = counted(other, rules)
        assert here.customers.tolist() == there.customers.tolist()
        key = ["customer", "from_state", "to_state"]
        pd.testing.assert_frame_equal(_sorted(here.cells, key), _sorted(there.cells, key), check_dtype=False)
        pd.testing.assert_frame_equal(
            _sorted(here.stakes[[*key[:1], "state", "purchases", "spend", "on_last"]], ["customer", "state"]),
            _sorted(there.stakes[[*key[:1], "state", "purchases", "spend", "on_last"]], ["customer", "state"]),
            check_dtype=False,
        )


def _sorted(frame, key):
    return frame.sort_values(key, ignore_index=True)


@pytest.mark.slow
@settings(max_examples=10)
@given(panel)
def test_steps_without_silence_are_one_fewer_than_occasions(drawn):
    frame = lines([*((c, d, b, m / 100) for c, d, b, m in drawn), ("v", 1, "A"), ("v", 9, "B")])
    for rules in (Rules(), Rules(basket="fractional"), Rules(step="period", period_days=5)):
        found = counted(frame, rules)
        assert found.cells["n"].sum() == pytest.approx((found.span["occasions"] - 1).sum())
        assert np.allclose(found.stakes.groupby("customer")["on_last"].sum(), 1)


@settings(max_examples=10)
@given(panel)
def test_with_silence_the_chain_of_each_customer_is_unbroken(drawn):
    """What goes into the lapsed state has come out of it again, but for those who are in it now."""
    frame = lines([*((c, d, b, m / 100) for c, d, b, m in drawn), ("v", 1, "A"), ("v", 9, "B")])
    found = counted(frame, Rules(lapsed_days=4))
    lapsed = len(found.names) - 1
    into = found.cells[(found.cells["to_state"] == lapsed) & (found.cells["from_state"] != lapsed)]["n"].sum()
    out = found.cells[(found.cells["from_state"] == lapsed) & (found.cells["to_state"] != lapsed)]["n"].sum()
    inside_now = found.stakes.loc[found.stakes["state"] == lapsed, "on_last"].sum()
    assert into == pytest.approx(out + inside_now)
