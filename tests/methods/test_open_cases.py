"""Whom to call today, and what is at stake: small logs by hand."""

import datetime
import math

import pandas as pd
import pytest

from crm_analysis.methods import open_cases, service

DAY = datetime.date(2026, 3, 10)
NUMBER = (DAY - datetime.date(1970, 1, 1)).days


@pytest.fixture
def cases():
    rows = [  # case, customer, opened, first response, result, visit, archived, satisfaction
        ("new", "a", "2026-03-09 22:00", None, None, None, None, None),  # 2 hours old: due within 24
        ("silent", "b", "2026-03-08 00:00", None, None, None, None, None),  # no response for 48 hours
        ("stuck", "c", "2026-03-01 00:00", "2026-03-01 09:00", None, None, None, None),  # no result for 9 days
        ("unvisited", "d", "2026-03-02 00:00", "2026-03-02 09:00", "2026-03-03 00:00", None, None, 5),
        ("cross", "e", "2026-03-05 00:00", "2026-03-05 09:00", "2026-03-06 00:00", "2026-03-07 00:00", None, 1),
        ("closed", "f", "2026-02-01 00:00", "2026-02-01 09:00", "2026-02-02 00:00", None, "2026-02-09 00:00", 1),
        ("going", "g", "2026-03-09 00:00", "2026-03-09 09:00", None, None, None, None),  # result due in 48 hours
    ]
    names = [
        "case_id",
        "customer_id",
        "opened_at",
        "first_response_at",
        "resolved_at",
        "visited_at",
        "archived_at",
        "satisfaction",
    ]
    return service.cases(pd.DataFrame(rows, columns=names).assign(kind="late", valid=True), DAY)


@pytest.fixture
def revenue():
    return pd.Series({"a": 900.0, "b": 50.0, "c": 20.0, "d": 300.0, "e": 70.0, "f": 1.0, "g": 2.0})


def test_broken_promises_first_then_what_is_due_each_by_revenue(cases, revenue):
    table = open_cases.call_list(cases, revenue)
    assert table["case_id"].tolist() == ["unvisited", "silent", "stuck", "new", "cross"]
    assert table["reason"].tolist() == [
        "No visit yet", "No first response yet", "No result yet", "No first response yet", "Unhappy with the handling",
    ]  # fmt: skip
    assert table["overdue_hours"].tolist()[:4] == [24.0, 24.0, 144.0, -22.0]
    assert math.isnan(table["overdue_hours"][4])


def test_a_later_promise_calls_fewer(cases, revenue):
    patient = open_cases.call_list(cases, revenue, service.promises((24, 72, 1000, 2000)), ahead_hours=0)
    assert patient["case_id"].tolist() == ["silent", "stuck", "cross"]


def test_at_risk_is_what_customers_without_a_result_bring(cases, revenue):
    risk = open_cases.at_risk(cases, revenue, left_share=0.5)
    assert (risk["cases"], risk["customers"], risk["overdue"]) == (4, 4, 1)
    assert (risk["revenue_at_risk"], risk["overdue_revenue"], risk["expected_loss"]) == (972.0, 20.0, 10.0)


def test_a_customer_with_two_open_cases_is_at_risk_once(cases, revenue):
    twice = cases.assign(customer_id=cases["customer_id"].replace({"b": "a"}))
    twice.attrs = cases.attrs
    assert open_cases.at_risk(twice, revenue)["revenue_at_risk"] == 922.0


def test_recent_revenue_is_net_and_of_the_window_only():
    lines = pd.DataFrame({
        "customer_id": ["a", "a", "a", "b", "z"], "order_day": [NUMBER, NUMBER - 364, NUMBER - 365, NUMBER, NUMBER],
        "amount": [10.0, 5.0, 100.0, -2.0, 1.0],
    })  # fmt: skip
    found = open_cases.recent_revenue(lines, ["b", "a", "n"], DAY)
    assert found.to_dict() == {"a": 15.0, "b": -2.0, "n": 0.0}


def test_without_transactions_the_money_is_unknown_not_nothing(cases):
    unknown = open_cases.recent_revenue(None, cases["customer_id"], DAY)
    assert unknown.isna().all()
    assert math.isnan(open_cases.at_risk(cases, unknown)["revenue_at_risk"])
    assert len(open_cases.call_list(cases, unknown)) == 5


def test_nobody_to_call_without_a_log():
    empty = service.cases(None, DAY)
    assert open_cases.call_list(empty, open_cases.recent_revenue(None, [], DAY)).empty
