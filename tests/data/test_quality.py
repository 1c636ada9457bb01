"""What was read, used and dropped adds up, and what is missing is named."""

import duckdb
import pandas as pd
import pytest

from crm_analysis.data import customers, frames, quality
from crm_analysis.data.tables import TABLES

FACTS = {
    "tables": {
        "transactions": {"rows_in": 10, "rows_kept": 7, "dropped": {"after_as_of": 2, "bad_date": 1}},
        "costs": {"rows_in": 4, "rows_kept": 4, "dropped": {}},
    }
}


def test_rows_read_are_rows_used_and_dropped_with_reasons():
    table = quality.reconciliation(FACTS)
    assert table.values.tolist() == [
        ["transactions", 10, 7, 3, {"after_as_of": 2, "bad_date": 1}],
        ["costs", 4, 4, 0, {}],
    ]
    assert quality.reconciliation(FACTS, ["costs"])["table"].tolist() == ["costs"]


def test_an_account_that_does_not_add_up_is_refused():
    wrong = {"tables": {"costs": {"rows_in": 5, "rows_kept": 4, "dropped": {}}}}
    with pytest.raises(ValueError, match="5 rows read"):
        quality.reconciliation(wrong)


def test_every_optional_table_that_is_missing_says_what_it_would_add():
    assert set(quality.missing({"tables": {}})["table"]) == set(TABLES) - {"transactions"}
    assert "costs" not in set(quality.missing(FACTS)["table"])


def log(days=range(1, 11), **changes):
    lines = pd.DataFrame({"order_day": list(days)})
    lines["customer_id"] = ["c1", "c2"] * (len(lines) // 2) + ["c1"] * (len(lines) % 2)
    lines["order_id"] = [f"o{i}" for i in range(len(lines))]
    lines["amount"] = 10.0 + lines["order_day"] % 3
    lines["order_date"] = pd.to_datetime(lines["order_day"], unit="D")
    return lines.assign(**changes)


def about(lines, **more):
    table = {"rows_in": len(lines), "rows_kept": len(lines), "dropped": {}, "warnings": []}
    return {"tables": {"transactions": table | more}, "customers": 2, "orders": len(lines)}


def found(lines, as_of=20, stale_days=365, **more):
    base = customers.table(lines, frames.day(as_of))
    return quality.findings(about(lines, **more), lines, base, stale_days).set_index("finding")["number"].to_dict()


def test_a_clean_log_has_no_findings_and_says_what_was_looked_for():
    assert found(log()) == dict.fromkeys(quality.ADVICE, 0)


def test_findings_worked_by_hand():
    dropped = found(log(), rows_in=12, rows_kept=10, dropped={"bad_date": 2})
    assert dropped["Rows dropped"] == 2
    warned = found(log(), warnings=[{"code": "duplicate_rows", "count": 3}, {"code": "order_id_conflict", "count": 1}])
    assert warned["Rows equal to an earlier row in every column"] == 3
    assert warned["Order ids used by more than one customer"] == 1
    far = log()
    far.loc[4, "amount"] = 1000.0
    assert found(far)["Lines far above the usual amount"] == 1
    assert found(log(), as_of=400)["Customers not seen for long"] == 2
    assert found(log(), as_of=12, stale_days=2)["Customers not seen for long"] == 1


def test_missing_days_are_told_only_where_orders_are_daily():
    name = "Days without any order where orders are daily"
    assert found(log([*range(1, 15), *range(16, 31)]))[name] == 1
    assert found(log([1, 8, 15, 22]))[name] == 0, "a weekly business misses no days"


def test_ids_that_differ_in_case_marks_or_leading_zeros_look_alike():
    ids = ["A-1", "a1", "0A1", "b2", "客户1", "客户 1", "--", "!!"]
    base = pd.DataFrame({"customer_id": ids})
    for there in (base, duckdb.connect().from_df(base)):
        assert quality.look_alikes(there) == 5, "A-1, a1, 0A1; 客户1, 客户 1; marks alone are no id to compare"
    many = pd.DataFrame({"customer_id": [f"{mark}{i}" for i in range(50) for mark in ("k", "K")] + ["once"]})
    assert quality.look_alikes(many) == 100


def test_completeness_counts_what_is_empty_and_what_is_absent():
    lines = log(brand=["x"] * 9 + [None])
    table = quality.completeness(about(lines), lines).set_index("column")
    assert table.loc["brand", ["missing", "filled_share"]].tolist() == [1, 0.9]
    assert table.loc["cost", "filled_share"] == 0
    assert table.loc["amount", "missing"] == 0
