"""Value from the own log: the two models joined, by hand and on the demo."""

import datetime

import duckdb
import pandas as pd
import pytest

from crm_analysis.data import sources
from crm_analysis.methods import btyd, clv_own, spend

PEOPLE = pd.DataFrame(
    {
        "purchase_days": [4, 1, 0],
        "recency_days": [10, 100, 5],
        "tenure_days": [100, 100, 5],
        "gross_revenue": [80.0, 15.0, 0.0],
    }
)
LEARNED = clv_own.Profile(
    btyd.Profile(0.5, 40.0, 0.8, 2.5, (0.0,) * 4, 0.0, 10), spend.Profile(6.0, 4.0, 15.0, (0.0,) * 3, 0.0, 10), 0.0
)


@pytest.mark.slow
def test_value_is_margin_times_money_times_purchases():
    found = clv_own.score(PEOPLE, LEARNED, 0.1, 2.0, 0.25)
    assert len(found) == 2, "whoever never bought is left out"
    worth = 0.25 * found["expected_spend"] * found["discounted_purchases"]
    assert found["own_clv"].tolist() == pytest.approx(worth.tolist())
    assert found["expected_spend"].tolist() == pytest.approx([6 * 95 / 27, 6 * 30 / 9])
    assert found["own_clv"].iloc[0] > found["own_clv"].iloc[1]
    there = clv_own.score(duckdb.connect().from_df(PEOPLE), LEARNED, 0.1, 2.0, 0.25).df()
    assert sorted(there["own_clv"]) == pytest.approx(sorted(found["own_clv"]))


def test_the_summary_adds_up():
    found = clv_own.score(PEOPLE, LEARNED, 0.1, 2.0, 0.25)
    told = clv_own.summary(found)
    assert told["customers"] == 2
    assert told["total_clv"] == pytest.approx(found["own_clv"].sum())
    assert told["alive"] == pytest.approx(found["alive_probability"].sum())


@pytest.mark.slow
def test_the_demo_is_learned_and_checked():
    data = sources.read()
    learned = clv_own.learn(data["customer_table"])
    assert learned.purchases.customers == learned.money.customers == 3000
    assert abs(learned.correlation) < 0.3
    check = clv_own.checked(data["transactions"], data.as_of, 120)
    assert check.rules["rule"].iloc[0] == "buy till you die"


def test_a_log_too_short_to_check_is_not_checked():
    lines = pd.DataFrame({"customer_id": ["a", "b"], "order_day": [20000, 20001], "amount": [1.0, 2.0]})
    assert clv_own.checked(lines, datetime.date(2024, 10, 6), 90) is None
