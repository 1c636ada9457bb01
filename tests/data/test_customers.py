"""The customer table: a hand-worked log, properties, and the same figures on every engine."""

import datetime

import duckdb
import numpy as np
import pandas as pd
import pytest

from crm_analysis.data import customers

AS_OF = datetime.date(1970, 4, 11)  # day 100


def log(*rows):
    columns = ["customer_id", "order_id", "order_day", "amount", "cost", "discount", "brand", "category"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({"amount": float, "cost": float, "discount": float})


@pytest.fixture
def lines():
    return log(
        ("007", "o1", 10, 20.0, 8.0, 5.0, "Own", "tea"),
        ("007", "o1", 10, 10.0, 4.0, 0.0, "Rival", "tea"),
        ("007", "o2", 10, 30.0, 20.0, 15.0, "Rival", "coffee"),
        ("007", "o3", 60, 40.0, 10.0, 0.0, "Own", "coffee"),
        ("007", "o3", 95, -10.0, -4.0, None, "Own", "coffee"),
        ("7", "o4", 100, 0.0, 1.0, None, None, None),
        ("7", "o9", 101, 99.0, 1.0, 0.0, "Own", "tea"),
        ("back", "o5", 50, -12.5, -5.0, None, "Own", "tea"),
    )


def by_id(frame):
    return frame.sort_values("customer_id").set_index("customer_id")


def test_a_log_worked_by_hand(lines):
    t = by_id(customers.table(lines, AS_OF))
    first = t.loc["007"]
    assert (first["orders"], first["purchase_days"], first["lines"]) == (3, 2, 5)
    assert (first["gross_revenue"], first["returns"], first["revenue"]) == (100.0, 10.0, 90.0)
    assert first["mean_order_value"] == pytest.approx(100 / 3)
    assert (first["first_order_day"], first["last_order_day"]) == (10, 60), "a return does not make a customer recent"
    assert (first["recency_days"], first["tenure_days"]) == (40, 90)
    assert first["margin"] == 90.0 - (8 + 4 + 20 + 10 - 4)
    assert first["discount_share"] == 20.0 / 120.0
    assert (first["top_brand"], first["top_category"]) == ("Own", "coffee")


def test_ids_are_text_and_leading_zeros_tell_customers_apart(lines):
    assert set(customers.table(lines, AS_OF)["customer_id"]) == {"007", "7", "back"}


def test_lines_after_the_as_of_date_are_left_out_and_that_day_is_in(lines):
    t = by_id(customers.table(lines, AS_OF))
    assert (t.loc["7", "orders"], t.loc["7", "recency_days"], t.loc["7", "revenue"]) == (1, 0, 0.0)
    assert pd.isna(t.loc["7", "discount_share"]), "nothing of nothing is no share"
    assert pd.isna(t.loc["7", "top_brand"])


def test_a_customer_with_nothing_but_returns_keeps_a_row_without_orders(lines):
    back = by_id(customers.table(lines, AS_OF)).loc["back"]
    assert (back["orders"], back["purchase_days"], back["revenue"], back["returns"]) == (0, 0, -12.5, 12.5)
    assert back["recency_days"] == 50
    assert pd.isna(back["mean_order_value"])


def test_an_order_of_purchases_and_a_return_only_order_count_as_one_order_and_one_day():
    lines = log(
        ("a", "o1", 10, 5.0, 0, 0, "X", "t"),
        ("a", "o2", 20, -5.0, 0, 0, "X", "t"),
    )
    row = customers.table(lines, AS_OF).iloc[0]
    assert (row["orders"], row["purchase_days"], row["last_order_day"]) == (1, 1, 10)


def test_a_tie_between_brands_goes_to_the_first_by_name():
    lines = log(
        ("a", "o1", 10, 5.0, 0, 0, "Zeta", "t"),
        ("a", "o2", 20, 5.0, 0, 0, "Alpha", "t"),
    )
    assert customers.table(lines, AS_OF).iloc[0]["top_brand"] == "Alpha"


def test_optional_columns_that_are_absent_are_absent_from_the_result(lines):
    t = customers.table(lines[["customer_id", "order_id", "order_day", "amount"]], AS_OF)
    assert not {"margin", "discount_share", "top_brand", "top_category"} & set(t.columns)


def test_without_order_ids_there_are_days_but_no_orders(lines):
    full = by_id(customers.table(lines, AS_OF))
    less = by_id(customers.table(lines.drop(columns="order_id"), AS_OF))
    assert set(full.columns) - set(less.columns) == {"orders", "mean_order_value"}
    pd.testing.assert_frame_equal(less, full[less.columns])


def test_an_order_that_spans_days_counts_on_its_first_day():
    lines = log(("a", "o1", 10, 5.0, 0, 0, "X", "t"), ("a", "o1", 12, 5.0, 0, 0, "X", "t"))
    row = customers.table(lines, AS_OF).iloc[0]
    assert (row["orders"], row["purchase_days"], row["first_order_day"], row["last_order_day"]) == (1, 1, 10, 12)


def test_a_frame_without_day_numbers_is_told_how_to_get_them(lines):
    with pytest.raises(ValueError, match="order_day"):
        customers.table(lines.drop(columns="order_day"), AS_OF)


def random_log(seed, n=400):
    rng = np.random.default_rng(seed)
    order = rng.integers(0, n // 3, n)
    return pd.DataFrame(
        {
            "customer_id": [f"c{o % 37}" for o in order],
            "order_id": [f"o{o}" for o in order],
            "order_day": 10 + order % 83,
            "amount": np.round(rng.lognormal(2, 1, n), 2) * np.where(rng.random(n) < 0.1, -1, 1),
            "cost": np.round(rng.random(n) * 5, 2),
            "discount": np.round(rng.random(n) * 2, 2),
            "brand": rng.choice(["A", "B", "C"], n),
            "category": rng.choice(["x", "y"], n),
        }
    )


@pytest.mark.parametrize("seed", range(5))
def test_row_order_changes_nothing(seed):
    lines = random_log(seed)
    pd.testing.assert_frame_equal(
        by_id(customers.table(lines, AS_OF)),
        by_id(customers.table(lines.sample(frac=1, random_state=seed), AS_OF)),
        check_exact=True,
    )


@pytest.mark.parametrize("seed", range(5))
def test_other_names_for_customers_change_nothing_else(seed):
    lines = random_log(seed)
    names = {c: f"z{i:03d}" for i, c in enumerate(sorted(set(lines["customer_id"]), reverse=True))}
    renamed = customers.table(lines.assign(customer_id=lines["customer_id"].map(names)), AS_OF)
    plain = by_id(customers.table(lines, AS_OF))
    back = by_id(renamed.assign(customer_id=renamed["customer_id"].map({v: k for k, v in names.items()})))
    pd.testing.assert_frame_equal(plain, back, check_exact=True)


@pytest.mark.parametrize("seed", range(5))
def test_splitting_a_line_in_two_changes_only_the_number_of_lines(seed):
    lines = random_log(seed)
    half = lines.copy()
    parts = {c: (half[c] / 2).round(2) for c in ("amount", "cost", "discount")}
    rest = half.assign(**{c: half[c] - parts[c] for c in parts})
    split = customers.table(pd.concat([half.assign(**parts), rest]), AS_OF)
    one, two = by_id(customers.table(lines, AS_OF)), by_id(split)
    assert (two["lines"] == 2 * one["lines"]).all()
    pd.testing.assert_frame_equal(one.drop(columns="lines"), two.drop(columns="lines"), check_exact=True)


def test_money_is_conserved():
    lines = random_log(1)
    t = customers.table(lines, AS_OF)
    assert t["revenue"].sum() == pytest.approx(lines["amount"].sum())
    assert (t["gross_revenue"] - t["returns"] - t["revenue"]).abs().max() < 1e-9
    assert t["lines"].sum() == len(lines)
    assert t["orders"].sum() == lines[lines["amount"] >= 0].groupby(["customer_id", "order_id"]).ngroups


def test_duckdb_over_parquet_gives_the_same_figures_as_pandas(tmp_path):
    lines = random_log(3)
    lines.to_parquet(tmp_path / "lines.parquet")
    relation = duckdb.connect().from_parquet(str(tmp_path / "lines.parquet"))
    found = customers.table(relation, AS_OF)
    assert isinstance(found, duckdb.DuckDBPyRelation), "the same kind of frame comes back"
    pd.testing.assert_frame_equal(
        by_id(customers.table(lines, AS_OF)), by_id(found.df()), check_exact=True, check_dtype=False
    )


@pytest.mark.spark
@pytest.mark.slow
def test_spark_gives_the_same_figures_as_pandas(spark, tmp_path):
    lines = random_log(3)
    lines.to_parquet(tmp_path / "lines.parquet")
    found = customers.table(spark.read.parquet(str(tmp_path / "lines.parquet")), AS_OF)
    assert type(found).__module__.startswith("pyspark")
    pd.testing.assert_frame_equal(
        by_id(customers.table(lines, AS_OF)), by_id(found.toArrow().to_pandas()), check_exact=True, check_dtype=False
    )
