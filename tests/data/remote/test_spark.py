"""Spark: the same facts and the same customer table, grouped on the cluster."""

import datetime
import json

import narwhals as nw
import pandas as pd
import pytest

from crm_analysis.data import checks, frames, sources
from crm_analysis.data.errors import DataError
from crm_analysis.data.remote import clusters
from crm_analysis.methods import lifecycle
from tests.data import roundtrip
from tests.data.remote.same import same, source

pytestmark = [pytest.mark.spark, pytest.mark.slow]


@pytest.fixture
def stored(spark, tmp_path):
    """Write rows to Parquet and give their path."""

    def store(sql):
        spark.sql(sql).write.parquet(str(tmp_path / "stored"))
        return tmp_path / "stored"

    return store


def test_a_table_gives_the_same_facts_and_customer_table(spark, reference, tmp_path):
    roundtrip.parquet(tmp_path / "transactions.parquet")
    spark.read.parquet(str(tmp_path / "transactions.parquet")).createOrReplaceTempView("transactions")
    try:
        same(reference, tmp_path, source(tmp_path, "{spark: transactions}"))
    finally:
        spark.catalog.dropTempView("transactions")


def test_transactions_are_a_spark_frame_on_which_analyses_run(spark, tmp_path):
    roundtrip.parquet(tmp_path / "transactions.parquet")
    there = sources.read(source(tmp_path, "{spark: transactions.parquet}"))
    here = sources.read(tmp_path / "transactions.parquet")
    assert type(there["transactions"]).__module__.startswith("pyspark")
    assert there["transactions"].columns == here["transactions"].columns
    months = [lifecycle.monthly(t["transactions"], t.as_of) for t in (there, here)]
    pd.testing.assert_frame_equal(*months)
    verdicts = [checks.check(p) for p in (tmp_path / "shop.yml", tmp_path / "transactions.parquet")]
    assert verdicts[0] == verdicts[1]


def test_instants_are_shown_on_the_clock_told_whatever_the_zone_of_the_session(spark, tmp_path, stored):
    was = spark.conf.get("spark.sql.session.timeZone")
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    try:
        path = stored(
            "SELECT 17L customer_id, 1001.0D order_id, TIMESTAMP '2024-03-01 23:30:00Z' order_date, CAST(5 AS DECIMAL(9, 3)) amount"
        )
        tables = sources.read(source(tmp_path, f"{{spark: {path}, tz: Asia/Shanghai}}"))
        row = tables["transactions"].toArrow().to_pylist()[0]
        plain = sources.read(source(tmp_path, f"{{spark: {path}}}"))
        assert plain["transactions"].toArrow().to_pylist()[0]["order_date"] == datetime.datetime(2024, 3, 1, 23, 30)
    finally:
        spark.conf.set("spark.sql.session.timeZone", was)
    assert row == {
        "customer_id": "17", "order_id": "1001", "order_date": datetime.datetime(2024, 3, 2, 7, 30), "order_day": 19784, "amount": 5.0,
    }  # fmt: skip
    codes = [[w["code"] for w in t.facts["tables"]["transactions"]["warnings"]] for t in (tables, plain)]
    assert codes == [["timezone_converted"], ["timezone_kept"]]


BAD = """SELECT * FROM VALUES ('a', '1', DATE '2024-01-01', 5D), (' \u00a0', '2', DATE '2024-01-01', 5D),
 (NULL, '3', DATE '2024-01-01', 5D), ('a', '4', NULL, 5D), ('a', '5', DATE '1900-01-01', 5D), ('a', '6', DATE '2024-01-01', NULL),
 ('a', '7', DATE '2024-01-01', double('NaN')), ('a', '8', DATE '2024-01-01', double('-Infinity')),
 (' b', '9', DATE '2024-01-05', 1e12D), (' b', '9', DATE '2024-01-05', 1.25D), ('1.5E+11', '9', DATE '2024-01-05', 1.25D)
 AS t (customer_id, order_id, order_date, amount)"""


def test_everything_wrong_is_told_or_set_aside(spark, tmp_path, stored):
    path = stored(BAD)
    with pytest.raises(DataError) as caught:
        sources.prepare(source(tmp_path, f"{{spark: {path}}}"), tmp_path / "out")
    assert {(p["code"], p["column"], p["count"]) for p in caught.value.problems} == {
        ("missing_id", "customer_id", 2), ("ids_scientific_notation", "customer_id", 1), ("date", "order_date", 1),
        ("date_out_of_range", "order_date", 1), ("number", "amount", 1), ("number", "amount", 2), ("implausible_amount", "amount", 1),
    }  # fmt: skip
    found = sources.prepare(
        source(tmp_path, f"{{spark: {path}, on_bad_row: quarantine}}"), tmp_path / "out", "2024-01-04"
    )
    about = found["tables"]["transactions"]
    assert about["dropped"] == {"bad_amount": 4, "bad_customer_id": 3, "bad_date": 2, "after_as_of": 1}
    assert (about["rows_in"], about["rows_kept"], found["amount_sum"]) == (11, 1, "5.00")


def test_formulas_and_filters_run_there(spark, tmp_path, stored):
    path = stored(
        """SELECT * FROM VALUES ('a', 1, DATE '2024-01-01', 2, 1.25, 'DE'), ('b', 2, DATE '2024-01-02', 1, 3.10, "it's \\\\"),
        ('c', 3, DATE '2024-01-02', 1, 7.0, 'FR') AS t (customer_id, order_id, order_date, menge, preis, land)"""
    )
    table = {
        "spark": str(path),
        "computed": {"amount": "menge * preis"},
        "filter": """(land == 'DE' or land == "it's \\\\") and order_date < '2024-01-03'""",
    }
    (tmp_path / "shop.yml").write_text(json.dumps({"tables": {"transactions": table}}))
    found = sources.prepare(tmp_path / "shop.yml", tmp_path / "out")
    assert found["amount_sum"] == "5.60"
    assert found["tables"]["transactions"]["dropped"] == {"filtered": 1}


@pytest.mark.parametrize(
    "name", ["t; DROP TABLE t", "t WHERE 1 = 1", "`a`` b`", "(SELECT 1)", "nowhere", "no/where.parquet"]
)
def test_a_name_that_is_none_is_refused(spark, name, tmp_path):
    with pytest.raises(DataError) as caught:
        sources.prepare(source(tmp_path, f'{{spark: "{name}"}}'), tmp_path / "out")
    assert caught.value.code in ("no_table", "sql")


def test_what_spark_would_substitute_is_refused(spark, tmp_path):
    roundtrip.parquet(tmp_path / "transactions.parquet")
    path = source(tmp_path, "{spark: transactions.parquet, filter: \"brand != '${spark.app.name}'\"}")
    with pytest.raises(DataError) as caught:
        sources.prepare(path, tmp_path / "out")
    assert caught.value.code == "not_allowed"


def test_a_path_with_a_password_is_refused_and_not_repeated(spark, tmp_path):
    with pytest.raises(DataError, match="password") as caught:
        sources.prepare(source(tmp_path, '{spark: "s3a://key:hush@bucket/orders"}'), tmp_path / "out")
    assert "hush" not in str(caught.value)


def test_only_grouped_rows_travel_from_spark(spark, tmp_path, stored, monkeypatch):
    path = stored(
        "SELECT concat('c', id % 40) customer_id, concat('o', id DIV 3) order_id, date_add(DATE '2022-01-01', CAST(id % 700 AS INT)) order_date, "
        "CAST((id % 500) / 4.0 - 10 AS DECIMAL(9, 2)) amount FROM range(60000)"
    )
    rows = []
    frame = type(spark.range(1))
    whole, collect = frame.toArrow, frame.collect
    # The two ways by which rows of a frame reach the driver; narwhals and ours use no other.
    monkeypatch.setattr(frame, "toArrow", lambda self: counted(whole(self), rows))
    monkeypatch.setattr(frame, "collect", lambda self: counted(collect(self), rows))
    tables = sources.read(source(tmp_path, f"{{spark: {path}}}"))
    assert tables.facts["tables"]["transactions"]["rows_kept"] == 60_000
    assert len(tables["customer_table"].fetchall()) == 40
    prepared = sum(rows)
    assert 40 <= prepared < 200
    lifecycle.monthly(tables["transactions"], tables.as_of)
    frames.to_pandas(nw.from_native(tables["transactions"]).head(20))
    assert 20 < sum(rows) - prepared < 24 * 5 + 100
    assert clusters.fetched(spark.range(3)).num_rows == 3


def counted(found, rows):
    rows.append(len(found))
    return found
