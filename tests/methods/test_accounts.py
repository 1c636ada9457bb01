"""Trends, the good-customer scorecard and the watch list of key accounts, by hand."""

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_analysis.data import customers, frames
from crm_analysis.methods import accounts, playbook, profit, pyramid, scorecard, trend

AS_OF = datetime.date(2026, 1, 1)
TODAY = frames.day_number(AS_OF)


def lines(*rows):
    columns = ["customer_id", "order_id", "order_day", "amount", "category"]
    frame = pd.DataFrame([(c, o, TODAY - days, m, k) for c, o, days, m, k in rows], columns=columns)
    return frame.astype({"amount": float})


TWO = lines(
    ("a", "1", 250, 90, "tea"), ("a", "2", 200, 10, "coffee"), ("a", "3", 10, 20, "tea"), ("a", "3", 10, 5, "tea"),
    ("b", "4", 300, 50, "tea"), ("b", "5", 20, 100, "tea"), ("b", "6", 5, 75, "coffee"), ("c", "7", 500, 99, "tea"),
)  # fmt: skip


def test_two_windows_by_hand():
    found = trend.windows(TWO, AS_OF, 180, against_base=False).set_index("customer_id")
    assert found.index.sort_values().tolist() == ["a", "b"], "c bought before both windows"
    assert found.loc["a", ["recent_revenue", "earlier_revenue"]].tolist() == [25, 100]
    assert found.loc["a", "trend"] == pytest.approx(-0.6)
    assert found.loc["a", ["recent_orders", "earlier_orders", "recent_categories", "earlier_categories"]].tolist() == [
        1,
        2,
        1,
        2,
    ]
    assert found.loc["b", "trend"] == pytest.approx((175 - 50) / 225)


def test_what_all_customers_do_is_no_trend():
    """Together they go from 150 to 200: a is expected at 133.33, b at 66.67."""
    found = trend.windows(TWO, AS_OF, 180).set_index("customer_id")["trend"]
    assert found["a"] == pytest.approx((25 - 400 / 3) / (25 + 400 / 3))
    halved = lines(("a", "1", 200, 100, "x"), ("b", "2", 200, 50, "x"), ("a", "3", 9, 50, "x"), ("b", "4", 9, 25, "x"))
    assert trend.windows(halved, AS_OF)["trend"].tolist() == pytest.approx([0, 0])


def test_a_trend_beyond_the_ends_is_held_there():
    returned = lines(("a", "1", 200, -50, "x"), ("a", "2", 10, 100, "x"), ("b", "3", 10, -5, "x"))
    found = trend.windows(returned, AS_OF, 180, against_base=False).set_index("customer_id")["trend"]
    assert found["a"] == 1
    assert pd.isna(found["b"])


# ---- watch list


def account(name, recency, gap, days=5, tier="A"):
    return {"customer_id": name, "tier": tier, "last_order_day": TODAY - recency, "purchase_days": days,
            "first_order_day": TODAY - recency - gap * (days - 1), "recency_days": recency, "revenue_at_stake": 100.0 if name != "lost" else 900.0}  # fmt: skip


PLAYBOOK = playbook.table(pd.DataFrame({"tier": ["A", "B"], "customers": [1, 1], "value_per_customer": [100.0, 10.0]}))


def watched(rows, trends, **how):
    columns = ["customer_id", "recent_revenue", "earlier_revenue", "trend", "recent_categories", "earlier_categories"]
    return accounts.watch(pd.DataFrame(rows), pd.DataFrame(trends, columns=columns), PLAYBOOK, AS_OF, **how)


def test_each_sign_and_its_advice_by_hand():
    found = watched(
        [account("calm", 10, 20), account("late", 40, 20), account("less", 10, 20), account("lost", 100, 20), account("few", 10, 20)],
        [
            ("calm", 50, 50, 0.0, 3, 3), ("late", 50, 50, 0.0, 3, 3), ("less", 20, 80, -0.6, 3, 3),
            ("lost", 0, 900, -1.0, 0, 3), ("few", 50, 50, 0.0, 2, 3),
        ],
    ).set_index("customer_id")  # fmt: skip
    assert found["signs"].to_dict() == {"lost": 3, "less": 1, "late": 1, "few": 1, "calm": 0}
    assert found.loc["lost", "advice"] == "Visit: ask what has changed and who else supplies them"
    assert found.loc["late", "advice"] == "Call: the usual order is overdue"
    assert found.loc["less", "advice"] == "Review the account: why do they spend less?"
    assert found.loc["few", "advice"] == "Offer the categories that fell away", "2 of 3 is within two thirds"
    assert found.loc["calm", "advice"] == "Keep the rhythm of contact"
    assert found.index[0] == "lost", "most signs first"
    assert accounts.totals(found.reset_index()) == {"accounts": 5, "declining": 4, "at_stake": 900 + 100 + 100 + 100}


def test_an_open_complaint_comes_first_and_a_resolved_one_does_not_count():
    service = pd.DataFrame(
        {"customer_id": ["open", "done", "later"], "opened_day": [TODAY - 9, TODAY - 9, TODAY + 9],
         "resolved_day": [np.nan, TODAY - 1.0, np.nan]}
    )  # fmt: skip
    rows = [account(name, 100, 20) for name in ("open", "done", "later")]
    found = watched(rows, [(r["customer_id"], 9, 9, 0.0, 1, 1) for r in rows], service=service).set_index("customer_id")
    assert found["complaint_open"].to_dict() == {"open": "Yes", "done": "No", "later": "No"}
    assert found.loc["open", "advice"].startswith("Settle the complaint first")


def test_contact_is_due_one_rhythm_after_the_last_touch_and_at_once_with_a_sign():
    rows = [account("calm", 10, 20), account("touched", 25, 20), account("past", 35, 20), account("late", 60, 20)]
    contacts = pd.DataFrame(
        {"customer_id": ["touched", "past"], "treated": [True, False], "contacted_day": [TODAY - 5] * 2}
    )
    found = watched(rows, [(r["customer_id"], 9, 9, 0.0, 1, 1) for r in rows], contacts=contacts).set_index(
        "customer_id"
    )
    due = {name: (day - AS_OF).days for name, day in found["due_on"].items()}
    assert due == {"calm": 20, "touched": 25, "past": 0, "late": 0}


def test_an_account_with_too_few_purchases_has_no_rhythm_and_no_sign_from_it():
    found = watched([account("two", 500, 20, days=2)], [("two", 0, 0, np.nan, 0, 0)])
    assert pd.isna(found["usual_gap_days"].iloc[0])
    assert found["signs"].iloc[0] == 0


def test_who_was_a_key_account_then_is_watched_still():
    base = pd.DataFrame({"customer_id": list("abcd"), "orders": [1, 2, 3, 4]})
    tier = {"customer_id": list("abc"), "tier_rank": [1, 2, 2], "tier": list("ABB"), "revenue": [9.0, 4.0, 3.0]}
    then = {"customer_id": list("bd"), "tier_rank": [1, 1], "tier": list("AA"), "revenue": [8.0, 7.0]}
    found = accounts.key(base, pd.DataFrame(tier), pd.DataFrame(then)).sort_values("customer_id")
    assert found[["customer_id", "orders", "tier", "revenue_at_stake"]].values.tolist() == [
        ["a", 1, "A", 9.0], ["b", 2, "B", 8.0], ["d", 4, "A", 7.0],
    ]  # fmt: skip
    alone = accounts.key(base, pd.DataFrame(tier))
    assert alone[["customer_id", "revenue_at_stake"]].values.tolist() == [["a", 9.0]]


def test_the_summary_counts_every_account_once():
    found = watched(
        [account("calm", 10, 20), account("late", 40, 20), account("late2", 40, 20)],
        [("calm", 5, 5, 0.0, 1, 1), ("late", 5, 5, 0.0, 1, 1), ("late2", 5, 5, 0.0, 1, 1)],
    )
    assert accounts.summary(found).values.tolist() == [
        ["Call: the usual order is overdue", 2, 200.0], ["Keep the rhythm of contact", 1, 100.0],
    ]  # fmt: skip


def test_pandas_and_duckdb_watch_alike(demo, demo_pandas):
    found = []
    for tables in (demo, demo_pandas):
        base = tables["customer_table"]
        profile = pyramid.learn(base, pyramid.SCHEMES["1/19/30/50"])
        scored = pyramid.score(base, profile)
        plan = playbook.table(pyramid.tiers(scored, profile))
        then = pyramid.score(customers.table(tables["transactions"], "2025-07-01"), profile)
        trends = trend.windows(tables["transactions"], demo.as_of)
        found.append(
            accounts.watch(
                accounts.key(base, scored, then), trends, plan, demo.as_of, tables["service"], tables["contacts"]
            )
        )
    pd.testing.assert_frame_equal(*found, check_dtype=False)


# ---- good customers


def test_percentiles_by_hand():
    """Twenty-one customers with 0..20: the twentieths fall on 1..19, so 10 has nine below it and one equal: 9.5 / 19."""
    base = pd.DataFrame({"revenue": np.arange(21.0)})
    found = scorecard.score(base, scorecard.learn(base))
    assert found["demand"].iloc[[0, 10, 20]].tolist() == [0, 0.5, 1]
    assert found["good_score"].iloc[10] == 0.5
    assert set(found["criteria_used"]) == {1}


def test_cost_and_discount_count_the_other_way_round():
    base = pd.DataFrame({"revenue": np.arange(21.0), "discount_share": np.arange(21.0) / 32})
    found = scorecard.score(base, scorecard.learn(base))
    assert found["assured_profit"].iloc[[0, 20]].tolist() == [1, 0]
    assert found["good_score"].tolist() == pytest.approx([0.5] * 21)


def test_a_missing_criterion_is_left_out_and_shown_never_counted_as_nought():
    base = pd.DataFrame({"revenue": np.arange(21.0), "tenure_days": [np.nan] * 10 + [9.0] * 5 + [20.0] * 6})
    profile = scorecard.learn(base)
    found = scorecard.score(base, profile)
    assert found["criteria_used"].tolist() == [1] * 10 + [2] * 11
    assert found["good_score"].iloc[5] == found["demand"].iloc[5]
    coverage = scorecard.coverage(profile).set_index("measure")["used"]
    assert coverage[["revenue", "tenure_days", "service_ratio"]].tolist() == ["Yes", "Yes", "No"]
    assert "low_service_cost" not in found


def test_weights_decide_between_the_criteria():
    base = pd.DataFrame({"revenue": np.arange(21.0), "tenure_days": np.arange(21.0)[::-1]})
    found = scorecard.score(base, scorecard.learn(base, {"demand": 3, "loyalty": 1}))
    assert found["good_score"].iloc[[0, 20]].tolist() == [0.25, 0.75]
    for wrong in ({"fame": 1}, {"demand": -1}):
        with pytest.raises(ValueError, match="weights are for demand"):
            scorecard.learn(base, wrong)


def test_ratios_exist_only_where_their_divisor_is_positive():
    base = pd.DataFrame(
        {
            "revenue": [100.0, 0.0],
            "margin": [40.0, -1.0],
            "contribution": [30.0, -5.0],
            "sell": [4.0, 1.0],
            "serve": [6.0, 3.0],
        }
    )
    found = scorecard.measures(base)
    assert found["margin_rate"].iloc[0] == 0.4
    assert found["service_ratio"].iloc[0] == 0.25
    assert found[["margin_rate", "contribution_rate", "service_ratio"]].iloc[1].isna().all()


@pytest.mark.slow
@settings(max_examples=10)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9)), min_size=2, max_size=18))
def test_the_score_is_monotone_in_revenue_and_equal_for_equals(rows):
    base = pd.DataFrame([(0, 0), (60, 10), *rows, (0, 0), (60, 10)], columns=["revenue", "orders"]).astype(float)
    found = scorecard.score(base, scorecard.learn(base))
    assert found.sort_values("revenue")["demand"].is_monotonic_increasing
    assert found.groupby(["revenue", "orders"])["good_score"].nunique().max() <= 1
    assert found["good_score"].dropna().between(0, 1).all()


@pytest.mark.slow
def test_pandas_and_duckdb_score_good_customers_alike(demo, demo_pandas):
    found = []
    for tables in (demo, demo_pandas):
        trends = trend.windows(tables["transactions"], demo.as_of)
        profits = profit.table(tables["customer_table"], tables["costs"], demo.as_of)
        base = scorecard.gathered(tables["customer_table"], trends, profits)
        scored = frames.to_pandas(scorecard.score(base, scorecard.learn(base)))
        columns = ["customer_id", *scorecard.CRITERIA, "good_score", "criteria_used"]
        found.append(scored[columns].sort_values("customer_id").reset_index(drop=True))
    pd.testing.assert_frame_equal(*found, check_dtype=False, atol=1e-6)
