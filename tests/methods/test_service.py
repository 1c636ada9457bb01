"""Complaints: every figure at one moment, open cases never kept and never left out."""

import datetime
import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_analysis.methods import service

DAY = "2026-03-10"


def log(*rows):
    """Cases: opened, first response, resolved, visited, archived, each as text or None; more columns by default."""
    names = ["opened_at", "first_response_at", "resolved_at", "visited_at", "archived_at"]
    table = pd.DataFrame(rows, columns=names)
    for name in names:
        table[name] = pd.to_datetime(table[name])
    n = len(table)
    return table.assign(
        case_id=[f"k{i}" for i in range(n)],
        customer_id=[f"c{i}" for i in range(n)],
        kind="late",
        valid=True,
        satisfaction=4.0,
    )


@pytest.fixture
def three():
    """A: response after 10 h, result after 60 h. B: response after 30 h, open for 4 days. C: opened 12 h ago, nothing yet."""
    return log(
        ("2026-03-01 08:00", "2026-03-01 18:00", "2026-03-03 20:00", None, None),
        ("2026-03-06 00:00", "2026-03-07 06:00", None, None, None),
        ("2026-03-09 12:00", None, None, None, None),
    )


def test_a_promise_is_kept_late_overdue_or_not_yet_due(three):
    table = service.kept(service.cases(three, DAY)).set_index("step")
    first, result = table.loc["First response"], table.loc["Result"]
    assert first[["due", "kept", "late", "overdue", "not_yet_due"]].tolist() == [2, 1, 1, 0, 1]
    assert result[["due", "kept", "late", "overdue", "not_yet_due"]].tolist() == [2, 1, 0, 1, 1]
    assert (first["kept_share"], result["kept_share"]) == (0.5, 0.5)


def test_a_step_that_the_log_never_shows_has_no_figures(three):
    table = service.kept(service.cases(three, DAY)).set_index("step")
    assert table.loc[["Visit", "Archived"], "kept_share"].isna().all()
    assert service.durations(service.cases(three, DAY))["step"].tolist() == ["First response", "Result"]


def test_an_open_case_counts_in_the_median_as_long_as_it_waits():
    """Results after 10, 20 and 30 hours, and two cases open for 100: half are done after 30 hours, not after 20."""
    rows = [("2026-03-01 00:00", None, f"2026-03-0{1 + h // 24} {h % 24:02d}:00", None, None) for h in (10, 20, 30)]
    table = log(*rows, ("2026-03-05 20:00", None, None, None, None), ("2026-03-05 20:00", None, None, None, None))
    found = service.durations(service.cases(table, DAY)).set_index("step").loc["Result"]
    assert found[["cases", "taken", "open", "median_hours"]].tolist() == [5, 3, 2, 30]
    assert math.isnan(found["p90_hours"])


def test_the_moment_hides_what_comes_later():
    table = log(
        ("2026-03-01 08:00", "2026-03-01 18:00", "2026-03-20 20:00", None, None),
        ("2026-03-15 00:00", "2026-03-16 06:00", None, None, None),
    )
    then = service.cases(table, DAY)
    assert len(then) == 1
    assert then.attrs["now"] == pd.Timestamp(DAY)
    assert then["resolved_at"].isna().all()
    assert then[["valid", "satisfaction"]].isna().all(axis=None), "found and asked when it was resolved"
    later = service.cases(table, "2026-03-20")
    assert later.attrs["now"] == pd.Timestamp("2026-03-20 20:00"), "a log that runs into the day runs to its last stamp"
    assert later["valid"].notna().all()


def test_volume_counts_the_window_and_relates_it_to_its_orders(three):
    lines = pd.DataFrame({
        "customer_id": ["c0", "c0", "c1", "c2", "c2"], "order_id": ["1", "1", "2", "3", "4"], "order_day": [20510] * 4 + [19000],
        "amount": [5.0, 6.0, 7.0, -1.0, 8.0],
    })  # fmt: skip
    found = service.volume(
        service.cases(three.assign(valid=[True, False, None]), DAY), lines, datetime.date(2026, 3, 10)
    )
    assert (found["cases"], found["customers"], found["orders"], found["open"]) == (3, 3, 2, 2)
    assert found["per_1000_orders"] == 1500
    assert (found["valid_share"].value, found["valid_share"].n, found["undecided"]) == (0.5, 2, 1)


def test_without_a_log_nothing_is_zero(three):
    empty = service.cases(None, DAY)
    lines = pd.DataFrame({"customer_id": ["a"], "order_id": ["1"], "order_day": [20510], "amount": [5.0]})
    assert service.kept(empty)["kept_share"].isna().all()
    assert service.durations(empty).empty
    assert service.curves(empty).empty
    assert math.isnan(service.volume(empty, lines, datetime.date(2026, 3, 10))["per_1000_orders"])
    assert math.isnan(service.volume(service.cases(three, DAY), None, datetime.date(2026, 3, 10))["per_1000_orders"])


def test_promises_are_four_numbers_of_hours():
    assert service.promises("12, 48, 100, 200")["promised_hours"].tolist() == [12, 48, 100, 200]
    for wrong in ("24, 72", "24, 72, 168, soon", "24, 72, -1, 240"):
        with pytest.raises(ValueError, match="four numbers of hours, for First response, Result, Visit, Archived"):
            service.promises(wrong)


def test_returns_are_a_share_of_the_revenue_before_them():
    lines = pd.DataFrame({
        "customer_id": list("aabbc"), "order_day": [20500] * 5, "amount": [80.0, -20.0, 100.0, 20.0, 200.0],
    })  # fmt: skip
    found = service.returned(lines, datetime.date(2026, 3, 10))
    assert found["return_share"].value == pytest.approx(20 / 400)
    assert found["returning_share"].value == pytest.approx(1 / 3)
    never = service.returned(lines[lines["amount"] > 0], datetime.date(2026, 3, 10))
    assert math.isnan(never["return_share"].value), "a log without returns does not say that nothing comes back"


hours = st.lists(st.tuples(st.integers(0, 400), st.one_of(st.none(), st.integers(0, 300))), min_size=1, max_size=25)


@given(hours, st.floats(1, 200), st.floats(1, 200))
def test_cases_add_up_and_a_longer_promise_is_kept_at_least_as_often(rows, one, other):
    now = pd.Timestamp(DAY)
    opened = [now - pd.Timedelta(hours=ago) for ago, _ in rows]
    done = [None if h is None else at + pd.Timedelta(hours=h) for at, (_, h) in zip(opened, rows, strict=True)]
    table = service.cases(log(*[(a, None, d, None, None) for a, d in zip(opened, done, strict=True)]), DAY)
    kept = []
    for promise in sorted((one, other)):
        row = service.kept(table, service.promises((24, promise, 168, 240))).set_index("step").loc["Result"]
        if not table["resolved_at"].notna().any():
            return
        assert row["kept"] + row["late"] + row["overdue"] == row["due"]
        assert row["due"] + row["not_yet_due"] == len(table)
        kept.append(row["kept"])
    assert kept[0] <= kept[1]
