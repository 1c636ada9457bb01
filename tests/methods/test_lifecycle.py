"""Months, cohorts and repeat purchase on a log worked by hand."""

import datetime

import duckdb
import pandas as pd
import pytest

from crm_analysis.data import customers
from crm_analysis.methods import lifecycle

D = datetime.date


def log(*rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "order_id", "order_date", "amount"])
    frame["order_date"] = pd.to_datetime(frame["order_date"])
    frame["order_day"] = (frame["order_date"] - pd.Timestamp(0)).dt.days
    return frame.astype({"amount": float})


@pytest.fixture
def lines():
    return log(
        ("a", "1", "2024-01-01", 10),
        ("a", "2", "2024-01-20", 20),
        ("b", "3", "2024-01-31", 30),
        ("a", "4", "2024-03-01", 40),
        ("a", "4", "2024-03-05", -15),
        ("c", "5", "2024-03-10", 50),
        ("b", "6", "2024-03-15", 5),
    )


def test_months_worked_by_hand(lines):
    m = lifecycle.monthly(lines, D(2024, 3, 20)).set_index("month")
    assert m.index.tolist() == [D(2024, 1, 1), D(2024, 2, 1), D(2024, 3, 1)]
    assert m["customers"].tolist() == [2, 0, 3]
    assert m["new_customers"].tolist() == [2, 0, 1]
    assert m["returning_customers"].tolist() == [0, 0, 2]
    assert m["orders"].tolist() == [3, 0, 3]
    assert m["revenue"].tolist() == [60, 0, 80]
    assert m["complete"].tolist() == [True, True, False]


def test_a_log_that_begins_inside_a_month_leaves_that_month_incomplete(lines):
    late = lines[lines["order_date"] > "2024-01-01"]
    assert lifecycle.monthly(late, D(2024, 3, 31))["complete"].tolist() == [False, True, True]


def test_the_default_as_of_date_opens_no_empty_month(lines):
    lines.loc[len(lines)] = ("c", "7", pd.Timestamp("2024-03-31"), 1.0, 19813)
    assert len(lifecycle.monthly(lines, D(2024, 4, 1))) == 3
    assert len(lifecycle.monthly(lines, D(2024, 4, 2))) == 4


def test_months_ignore_what_came_after_the_as_of_date(lines):
    m = lifecycle.monthly(lines, D(2024, 3, 9))
    assert m["revenue"].tolist() == [60, 0, 25]
    assert m["orders"].tolist() == [3, 0, 1]


def test_cohorts_worked_by_hand_leave_the_unobserved_blank(lines):
    c = lifecycle.cohorts(lines, D(2024, 4, 10))
    assert c.index.tolist() == [D(2024, 1, 1), D(2024, 3, 1)]
    assert c["customers"].tolist() == [2, 1]
    assert c.loc[D(2024, 1, 1), [0, 1, 2]].tolist() == [1.0, 0.0, 1.0]
    assert pd.isna(c.loc[D(2024, 1, 1), 3]), "April is not over"
    assert c.loc[D(2024, 3, 1), 0] == 1.0
    assert c.loc[D(2024, 3, 1), [1, 2, 3]].isna().all()


def test_a_month_still_running_is_not_observed(lines):
    c = lifecycle.cohorts(lines, D(2024, 3, 20))
    assert pd.isna(c.loc[D(2024, 1, 1), 2]), "March was not over on the 20th"


def test_duckdb_gives_the_same_months_and_cohorts(lines):
    relation = duckdb.connect().from_df(lines)
    as_of = D(2024, 4, 10)
    pd.testing.assert_frame_equal(
        lifecycle.monthly(relation, as_of), lifecycle.monthly(lines, as_of), check_dtype=False
    )
    pd.testing.assert_frame_equal(
        lifecycle.cohorts(relation, as_of), lifecycle.cohorts(lines, as_of), check_dtype=False
    )


@pytest.mark.spark
@pytest.mark.slow
def test_spark_gives_the_same_months_and_cohorts(lines, spark, tmp_path):
    as_of = D(2024, 4, 10)
    lines.assign(order_date=lines["order_date"].dt.date).to_parquet(tmp_path / "lines.parquet")
    frame = spark.read.parquet(str(tmp_path / "lines.parquet"))
    pd.testing.assert_frame_equal(lifecycle.monthly(frame, as_of), lifecycle.monthly(lines, as_of), check_dtype=False)
    pd.testing.assert_frame_equal(lifecycle.cohorts(frame, as_of), lifecycle.cohorts(lines, as_of), check_dtype=False)


def test_the_repeat_rate_counts_buyers_with_two_orders(lines):
    base = customers.table(lines, D(2024, 3, 20))
    assert lifecycle.repeat_rate(base) == pytest.approx(2 / 3)
    only_returns = customers.table(log(("x", "1", "2024-01-01", -5)), D(2024, 3, 20))
    with pytest.raises(ValueError, match="bought"):
        lifecycle.repeat_rate(only_returns)


def test_order_counts_and_totals_worked_by_hand(lines):
    base = customers.table(lines, D(2024, 3, 20))
    bands = lifecycle.order_counts(base)
    assert bands["order_band"].tolist() == ["1", "2", "3–5"]
    assert bands["customers"].tolist() == [1, 1, 1]
    assert bands["revenue"].tolist() == [50, 35, 55]
    totals = lifecycle.totals(base)
    assert (totals["customers"], totals["orders"], totals["lines"], totals["revenue"]) == (3, 6, 7, 140)
    assert totals["mean_order_value"] == pytest.approx(155 / 6)


def test_growth_needs_24_whole_months():
    months = pd.DataFrame({"complete": True, "revenue": [10.0] * 12 + [11.0] * 12})
    assert lifecycle.growth(months) == pytest.approx(0.1)
    assert lifecycle.growth(months.tail(23)) is None
    running = pd.concat([months, pd.DataFrame({"complete": [False], "revenue": [999.0]})])
    assert lifecycle.growth(running) == pytest.approx(0.1)


def test_retention_at_an_age_weighs_customers_equally():
    cohorts = pd.DataFrame({"customers": [10, 30, 5], 12: [0.5, 0.1, None]})
    assert lifecycle.retention_at(cohorts, 12) == pytest.approx((5 + 3) / 40)
    assert lifecycle.retention_at(cohorts, 13) is None
