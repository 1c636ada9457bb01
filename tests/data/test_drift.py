"""Drift: the population stability index by hand, and bins that hold on every engine."""

import math

import duckdb
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_analysis.data import drift


def test_psi_of_a_worked_example():
    # (0.6 - 0.5) ln(0.6 / 0.5) + (0.4 - 0.5) ln(0.4 / 0.5), and a third bin that moved nowhere
    by_hand = 0.1 * math.log(1.2) - 0.1 * math.log(0.8)
    assert drift.psi([0.5, 0.5], [0.6, 0.4]) == pytest.approx(by_hand)
    moved = drift.psi([0.25, 0.25, 0.5], [0.30, 0.20, 0.5])
    assert moved == pytest.approx(0.05 * math.log(0.30 / 0.25) - 0.05 * math.log(0.20 / 0.25))


def test_by_name_the_order_is_nothing_and_an_absent_name_is_a_share_of_nothing():
    assert drift.psi({"a": 0.5, "b": 0.5}, {"b": 0.4, "a": 0.6}) == pytest.approx(drift.psi([0.5, 0.5], [0.6, 0.4]))
    by_hand = (0.5 - 1.0) * math.log(0.5 / 1.0) + (0.5 - 1e-4) * math.log(0.5 / 1e-4)
    assert drift.psi({"a": 1.0}, {"a": 0.5, "b": 0.5}) == pytest.approx(by_hand)


shares = st.lists(st.integers(0, 1000), min_size=3, max_size=3).filter(sum).map(lambda n: [v / sum(n) for v in n])


@given(shares, shares, st.permutations(range(3)))
def test_psi_is_nothing_for_equals_never_negative_symmetric_and_free_of_the_order_of_bins(e, a, order):
    value = drift.psi(e, a)
    assert value >= 0
    assert drift.psi(e, e) == 0
    assert drift.psi(a, e) == pytest.approx(value)
    assert drift.psi([e[i] for i in order], [a[i] for i in order]) == pytest.approx(value)


@pytest.mark.parametrize(
    ("expected", "actual", "says"),
    [
        ([0.5, 0.6], [0.5, 0.5], "the expected shares must lie between 0 and 1 and sum to 1; they sum to 1.1"),
        ([0.5, 0.5], [1.5, -0.5], "the actual shares"),
        ([0.5, 0.5], [0.5, 0.25, 0.25], "2 expected shares, but 3 actual ones"),
        ([], [], "sum to 0"),
        ({"a": 1.0}, [1.0], "both in the same order"),
    ],
)
def test_what_are_no_shares_is_refused(expected, actual, says):
    with pytest.raises(ValueError, match=says):
        drift.psi(expected, actual)


BASE = pd.DataFrame({"revenue": [float(v) for v in range(1, 101)], "orders": [1] * 60 + [2] * 30 + [3] * 10})


def test_bins_are_tenths_and_ties_stay_together():
    found = drift.bins(BASE, ["revenue", "orders"])
    assert found["revenue"]["shares"] == [0.1] * 10
    assert found["revenue"]["cuts"][0] == pytest.approx(10.9)  # 1 + 0.1 * 99, linear between the 10th and 11th value
    # tenths of whole numbers fall at 1, 1.4, 2 and 2.1; no value lies between 1 and 1.4, nor between 2 and 2.1
    assert found["orders"] == {"cuts": [1.0, 2.0], "shares": [0.6, 0.3, 0.1]}


def test_counting_in_the_own_bins_gives_the_own_shares_on_pandas_and_duckdb_in_any_order_of_rows():
    found = drift.bins(BASE, ["revenue", "orders"])
    cuts = {column: about["cuts"] for column, about in found.items()}
    shuffled = BASE.sample(frac=1, random_state=3)
    con = duckdb.connect()
    con.register("base", shuffled)
    for frame in (shuffled, con.sql("SELECT * FROM base")):
        assert drift.bins(frame, ["revenue", "orders"]) == found
        assert {c: list(s) for c, s in drift.counted(frame, cuts).items()} == {c: found[c]["shares"] for c in found}
    later = drift.counted(BASE.assign(revenue=BASE["revenue"] + 50), cuts)
    assert later["revenue"][:5] == (0.0,) * 5
    assert later["orders"] == tuple(found["orders"]["shares"])


def test_few_rows_a_single_value_and_missing_values_tell_nothing():
    assert drift.bins(BASE.head(49), ["revenue"]) == {}
    assert drift.bins(BASE.assign(revenue=5.0), ["revenue"]) == {}
    gaps = BASE.assign(revenue=BASE["revenue"].where(BASE["revenue"] > 60))
    assert drift.bins(gaps, ["revenue", "orders"]).keys() == {"orders"}
    assert drift.counted(BASE, {"nothing": [1.0]}) == {}
