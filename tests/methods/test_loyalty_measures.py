"""One row per customer: what was not seen stays missing, and every engine gives the same."""

import datetime

import duckdb
import numpy as np
import pandas as pd
import pytest

from crm_analysis.data import frames
from crm_analysis.methods import loyalty_index, loyalty_measures

AS_OF = datetime.date(2026, 1, 1)
DAY = frames.day_number(AS_OF)
OWN = ("Ours",)


def log(n=400, seed=4):
    """Lines of some sixty customers with brands, categories and discounts."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({
        "customer_id": [f"{i:03d}" for i in rng.integers(0, 60, n)], "order_id": [f"o{i // 2}" for i in range(n)],
        "order_day": DAY - rng.integers(0, 500, n), "amount": rng.integers(1, 50, n).astype(float),
        "discount": rng.choice([0.0, 0.0, 2.0], n), "quantity": rng.integers(1, 4, n).astype(float),
        "brand": rng.choice(["Ours", "Rival", "Other"], n), "category": rng.choice(["tea", "coffee"], n),
    })  # fmt: skip
    return table.drop_duplicates("order_id").reset_index(drop=True)


def sorted_pandas(frame):
    return frames.to_pandas(frame).sort_values("customer_id", ignore_index=True)


@pytest.fixture
def tables():
    return {"transactions": log()}


def test_every_customer_has_a_row_and_only_what_was_seen_has_a_figure(tables):
    table = sorted_pandas(loyalty_measures.table(tables, AS_OF, 365, OWN)).set_index("customer_id")
    lines = tables["transactions"]
    assert set(table.index) == set(lines["customer_id"])
    recent = lines[lines["order_day"] > DAY - 365]
    silent = sorted(set(lines["customer_id"]) - set(recent["customer_id"]))
    assert (table.loc[silent, "orders_in_window"] == 0).all(), "to have bought nothing is a fact"
    assert table.loc[silent, "full_price_share"].isna().all(), "the price paid for nothing is none"
    assert table["orders_in_window"].sum() == recent["order_id"].nunique()
    assert list(loyalty_measures.available(table.reset_index())["measure"]) == [
        "orders_in_window", "own_share", "full_price_share", "switched_away",
    ]  # fmt: skip


def test_without_brands_of_our_own_only_orders_and_prices_remain(tables):
    table = loyalty_measures.table(tables, AS_OF, 365)
    assert set(table.columns) == {"customer_id", "orders_in_window", "full_price_share"}


def test_answers_join_turned_round_and_returns_as_they_were(tables):
    answers = pd.DataFrame({"customer_id": ["001", "002"], "rebuy": [5.0, np.nan], "rival_preference": [1.0, 4.0]})
    returned = pd.DataFrame({"customer_id": ["002"], "again": [1]})
    table = sorted_pandas(loyalty_measures.table(tables, AS_OF, 365, OWN, answers, returned)).set_index("customer_id")
    assert table.loc[["001", "002"], "rival_preference"].tolist() == [5.0, 2.0]
    assert table["rebuy"].notna().sum() == 1
    assert table["came_back"].dropna().to_dict() == {"002": 1.0}


@pytest.mark.slow
def test_duckdb_stays_lazy_and_gives_the_same_measures_and_index(tables):
    lines = tables["transactions"]  # noqa: F841 - named in the SQL
    there = loyalty_measures.table({"transactions": duckdb.sql("SELECT * FROM lines")}, AS_OF, 365, OWN)
    assert isinstance(there, duckdb.DuckDBPyRelation)
    here = loyalty_measures.table(tables, AS_OF, 365, OWN)
    pd.testing.assert_frame_equal(sorted_pandas(here), sorted_pandas(there), check_dtype=False)
    profile = loyalty_index.learn(here)
    assert loyalty_index.learn(there) == profile
    scored = loyalty_index.score(there, profile)
    assert isinstance(scored, duckdb.DuckDBPyRelation)
    pd.testing.assert_frame_equal(
        sorted_pandas(loyalty_index.score(here, profile)), sorted_pandas(scored), check_dtype=False
    )


def test_a_small_table_is_joined_to_a_large_one_on_another_engine(tables):
    lines = tables["transactions"]  # noqa: F841 - named in the SQL
    segments = duckdb.sql("SELECT DISTINCT customer_id, 'A' AS segment FROM lines")
    few = pd.DataFrame({"customer_id": ["001", "stranger"], "recommend": [9.0, 3.0]})
    table = loyalty_measures.beside(few, segments, "segment")
    assert table["segment"].tolist()[0] == "A"
    assert table["segment"].isna().tolist() == [False, True]


@pytest.mark.spark
@pytest.mark.slow
def test_spark_gives_the_same_measures_and_index(spark, tables, tmp_path):
    tables["transactions"].to_parquet(tmp_path / "lines.parquet")
    there = loyalty_measures.table(
        {"transactions": spark.read.parquet(str(tmp_path / "lines.parquet"))}, AS_OF, 365, OWN
    )
    here = loyalty_measures.table(tables, AS_OF, 365, OWN)
    profile = loyalty_index.learn(here)
    assert loyalty_index.learn(there) == profile
    scored = loyalty_index.score(there, profile).toArrow().to_pandas().sort_values("customer_id", ignore_index=True)
    pd.testing.assert_frame_equal(sorted_pandas(loyalty_index.score(here, profile)), scored, check_dtype=False)
