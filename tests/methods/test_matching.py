"""Comparison with alike customers: a case by hand, and an effect that must be found where it was planted."""

import datetime
import math

import duckdb
import numpy as np
import pandas as pd
import pytest

from crm_analysis.data import frames
from crm_analysis.methods import matching

AS_OF = datetime.date(2026, 1, 1)
TODAY = frames.day_number(AS_OF)
START = TODAY - 400


def purchases(**days):
    """Lines of 10 money each: the days of purchase of every customer, counted from START."""
    rows = [(name, START + day, 10.0, 0.0) for name, when in days.items() for day in when]
    return pd.DataFrame(rows, columns=["customer_id", "order_day", "amount", "discount"])


def events(**days):
    return pd.DataFrame({"customer_id": list(days), "event_day": [START + d for d in days.values()]}).astype(
        {"event_day": int}
    )


LINES = purchases(
    x=[0, 50], early=[0, 3], soon=[0, 20], later=[0, 100], much_later=[0, 250], never=[0], other_time=[200, 210]
)


def test_a_case_worked_by_hand():
    """x buys, complains on day 5, buys again on day 50. Of the others who bought first on day 0, one had bought again
    by day 5 already and is no match; of the four still waiting two bought within the 180 days after.
    """
    table = matching.matched(LINES, events(x=5), AS_OF)
    assert table[["customer_id", "again", "expected", "controls"]].values.tolist() == [["x", 1, 0.5, 4.0]]


def test_the_window_moves_the_expectation():
    shorter = matching.matched(LINES, events(x=5), AS_OF, matching.Window(within_days=30))
    assert shorter[["again", "expected"]].values.tolist() == [[0, 0.25]]
    longer = matching.matched(LINES, events(x=5), AS_OF, matching.Window(within_days=300))
    assert longer[["again", "expected"]].values.tolist() == [[1, 0.75]]


def test_an_event_without_a_purchase_shortly_before_or_time_after_is_not_compared():
    assert matching.matched(LINES, events(never=60), AS_OF).empty, "the last purchase lies 60 days back"
    assert matching.matched(LINES, events(other_time=215), AS_OF, matching.Window(within_days=190)).empty
    assert matching.matched(LINES, events(stranger=5), AS_OF).empty
    assert matching.matched(LINES, events(x=5).head(0), AS_OF).empty


def test_whoever_had_an_event_is_no_control_from_then_on():
    both = matching.matched(LINES, events(x=5, soon=4), AS_OF).set_index("customer_id")
    assert both["controls"].to_dict() == {"x": 3.0, "soon": 3.0}
    assert both.loc["x", "expected"] == pytest.approx(1 / 3)
    long_after = matching.matched(LINES, events(x=5, later=330), AS_OF).set_index("customer_id")
    assert long_after.loc["x", "controls"] == 4.0, "what happened to a customer long after does not take back the match"


def test_only_the_first_event_of_a_customer_counts():
    twice = pd.concat([events(x=5), events(x=60)])
    pd.testing.assert_frame_equal(matching.matched(LINES, twice, AS_OF), matching.matched(LINES, events(x=5), AS_OF))


@pytest.mark.parametrize("changed", [{"amount": 99.0}, {"discount": 1.0}])
def test_purchases_of_another_size_or_with_a_discount_are_not_alike(changed):
    other = LINES.copy()
    where = (other["customer_id"] == "soon") & (other["order_day"] == START)
    for column, value in changed.items():
        other.loc[where, column] = value
    assert matching.matched(other, events(x=5), AS_OF)["controls"].tolist() == [3.0]


def test_a_later_purchase_in_the_same_situation_matches_a_later_purchase():
    lines = purchases(x=[0, 100, 130], a=[0, 101, 140], b=[0, 100], c=[100], d=[0, 20, 100])
    found = matching.matched(lines, events(x=104), AS_OF, matching.Window(within_days=100))
    assert found[["again", "expected", "controls"]].values.tolist() == [[1, 0.5, 2.0]], (
        "a and b alone bought second after 100 days"
    )


def test_the_effect_by_hand():
    """Three of four came back where half were expected, one cell with ten controls each: 0.75 - 0.5, ratio 1.5."""
    table = pd.DataFrame({"again": [1, 1, 1, 0], "expected": [0.5] * 4, "controls": [10.0] * 4, "cell": [0] * 4})
    found = matching.effect(table)
    assert (found["events"], found["matched"]) == (4, 4)
    assert (found["difference"], found["ratio"]) == (0.25, 1.5)
    error = math.sqrt(0.25 / 4 + 0.25 / 10)  # variance of (again - expected) is 0.25; the controls add 0.5 x 0.5 / 10
    assert (found["low"], found["high"]) == pytest.approx((0.25 - 1.959964 * error, 0.25 + 1.959964 * error), abs=1e-6)


def test_events_without_controls_are_counted_and_not_compared():
    table = pd.DataFrame(
        {"again": [1, 0, 1], "expected": [np.nan, 0.5, 0.5], "controls": [0.0, 9, 9], "cell": [0, 1, 1]}
    )
    found = matching.effect(table)
    assert (found["events"], found["matched"], found["again_share"]) == (3, 2, 0.5)
    assert math.isnan(matching.effect(table.head(2))["ratio"]), "one alone says nothing"


def shop(seed, leaves):
    """600 customers with their own rates of purchase; frequent buyers complain more, and ``leaves`` of them then stop."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(4, 0.25, 600) / 30
    rows, happened = [], []
    for i in range(600):
        days = np.cumsum(np.maximum(1, rng.exponential(1 / rate[i], 40).astype(int)))
        days = days[days < 700]
        hit = np.flatnonzero(rng.random(len(days)) < 0.06)
        if len(hit):
            when = days[hit[0]] + 4
            happened.append((f"c{i}", TODAY - 700 + when))
            if rng.random() < leaves:
                days = days[days <= when]
        rows += [(f"c{i}", TODAY - 700 + d, 10.0) for d in days]
    lines = pd.DataFrame(rows, columns=["customer_id", "order_day", "amount"])
    return lines, pd.DataFrame(happened, columns=["customer_id", "event_day"])


@pytest.mark.slow
@pytest.mark.parametrize("leaves", [0.0, 0.5])
def test_a_planted_effect_is_found_and_no_effect_is_not(leaves):
    """Over eight shops the ratio of the two shares averages 1 - leaves, though complainers buy more often than others."""
    found = [matching.effect(matching.matched(*shop(seed, leaves), AS_OF, matching.Window(60))) for seed in range(8)]
    assert np.mean([f["ratio"] for f in found]) == pytest.approx(1 - leaves, abs=0.04)
    assert sum(f["ratio_low"] <= 1 - leaves <= f["ratio_high"] for f in found) >= 6
    raw = np.mean([f["again_share"] for f in found])
    assert raw > 0.75 * (1 - leaves), "frequent buyers complain: without matching they would look faithful anyway"


def test_neither_the_order_of_lines_nor_the_names_of_customers_change_a_figure():
    lines, happened = shop(3, 0.3)
    names = {name: f"z{hash_}" for hash_, name in enumerate(sorted(lines["customer_id"].unique(), reverse=True))}
    other = lines.sample(frac=1, random_state=1).assign(customer_id=lambda t: t["customer_id"].map(names))
    moved = happened.assign(customer_id=happened["customer_id"].map(names))
    plain, mixed = (matching.effect(matching.matched(*pair, AS_OF)) for pair in ((lines, happened), (other, moved)))
    assert plain == pytest.approx(mixed)


def test_duckdb_gives_the_same_comparison():
    lines, happened = shop(4, 0.3)
    here = matching.matched(lines, happened, AS_OF)
    there = matching.matched(duckdb.sql("SELECT * FROM lines"), happened, AS_OF)
    pd.testing.assert_frame_equal(here, there, check_dtype=False)


@pytest.mark.spark
@pytest.mark.slow
def test_spark_gives_the_same_comparison(spark, tmp_path):
    lines, happened = shop(5, 0.3)
    lines.to_parquet(tmp_path / "lines.parquet")
    there = matching.matched(spark.read.parquet(str(tmp_path / "lines.parquet")), happened, AS_OF)
    pd.testing.assert_frame_equal(matching.matched(lines, happened, AS_OF), there, check_dtype=False)
