"""Repurchase after complaints and returns: groups, windows, and logs without the one or the other."""

import datetime
import math

import pandas as pd
import pytest

from crm_analysis.data import frames
from crm_analysis.methods import matching, recovery, service

AS_OF = datetime.date(2026, 1, 1)
START = datetime.date(2025, 1, 10)
DAY = frames.day_number(START)


@pytest.fixture
def lines():
    """Twelve customers who first bought on one day; the first six come back after 40 days. Half a year later all buy."""
    rows = [(f"c{i}", DAY, 10.0) for i in range(12)] + [(f"c{i}", DAY + 40, 10.0) for i in range(6)]
    return pd.DataFrame(rows, columns=["customer_id", "order_day", "amount"])


@pytest.fixture
def cases():
    """Four complaints four days later: c0, c1 answered in two days, c6, c7 in ten; c1 and c7 were not justified."""
    opened = pd.Timestamp(START) + pd.Timedelta(days=4)
    table = pd.DataFrame({
        "case_id": list("1234"), "customer_id": ["c0", "c1", "c6", "c7"], "opened_at": opened, "kind": "late",
        "resolved_at": [opened + pd.Timedelta(days=d) for d in (2, 2, 10, 10)], "valid": [True, False, True, False],
    })  # fmt: skip
    return service.cases(table, AS_OF)


def test_each_group_is_compared_with_those_who_did_not_complain(cases, lines):
    """Of the eight without a complaint four came back: a half is expected. In time: both came back; late: neither did."""
    table = recovery.table(cases, lines, AS_OF).set_index("group")
    assert table["again_share"].to_dict() == {
        "All": 0.5, "Result in time": 1.0, "Result late or none": 0.0, "Found justified": 0.5, "Found not justified": 0.5,
    }  # fmt: skip
    assert (table["expected_share"] == 0.5).all()
    assert table["events"].tolist() == [4, 2, 2, 2, 2]
    assert recovery.left_share(table.reset_index()) == 1.0


def test_the_promise_decides_who_is_late(cases, lines):
    table = recovery.table(cases, lines, AS_OF, promised_hours=300).set_index("group")
    assert table.loc["Result in time", "events"] == 4
    assert table.loc["Result late or none", "events"] == 0
    assert math.isnan(table.loc["Result late or none", "ratio"])


def test_returns_of_goods_are_compared_too_and_alone_where_there_are_no_cases(lines):
    back = pd.DataFrame({"customer_id": ["c0", "c8", "c9"], "order_day": DAY + 6, "amount": -5.0})
    table = recovery.table(service.cases(None, AS_OF), pd.concat([lines, back]), AS_OF)
    assert table["group"].tolist() == ["Goods returned"]
    assert table.loc[0, ["events", "again_share", "expected_share"]].tolist() == [
        3,
        pytest.approx(1 / 3),
        pytest.approx(5 / 9),
    ]


def test_nothing_happened_nothing_is_shown(lines):
    nothing = recovery.table(service.cases(None, AS_OF), lines, AS_OF)
    assert nothing.empty
    assert math.isnan(recovery.left_share(nothing))
    assert recovery.justified(None, lines, AS_OF).empty


def test_only_justified_complaints_count_for_the_indicator(cases, lines):
    log = cases.drop(columns=[])
    found = recovery.justified(log, lines, AS_OF)
    assert sorted(found["customer_id"]) == ["c0", "c6"]
    assert matching.effect(found)["again_share"] == 0.5
