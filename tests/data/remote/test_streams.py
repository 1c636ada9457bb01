"""Databases that are streamed: any SQLAlchemy URL, here SQLite; batch by batch, only what is asked for, never written to."""

import datetime
import decimal
import json
import sqlite3

import pyarrow.parquet as pq
import pytest

from crm_analysis.data import checks, sources
from crm_analysis.data.errors import DataError
from crm_analysis.data.remote import databases, streams
from tests.data.remote.same import source

pytest.importorskip("sqlalchemy", reason="the extra `databases` is not installed")


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """Run statements in a SQLite file of which SHOP_DB holds the URL."""
    path = tmp_path / "shop.sqlite"
    monkeypatch.setenv("SHOP_DB", f"sqlite:///{path}")

    def run(*statements):
        with sqlite3.connect(path) as con:
            found = [con.execute(statement).fetchall() for statement in statements]
        con.close()
        return found[-1]

    return run


ORDERS = (
    "CREATE TABLE transactions AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) "
    "SELECT 'C' || (i % 40) AS customer_id, 'O' || i AS order_id, date('2024-01-01', '+' || (i % 300) || ' days') AS order_date, "
    "(i % 500) / 4.0 AS amount, 'a private note ' || i AS note FROM n"
)


def test_rows_come_in_batches_and_only_of_the_columns_asked_for(shop, tmp_path, monkeypatch):
    shop(ORDERS.format(rows=10_000))
    monkeypatch.setattr(databases, "BATCH", 1000)
    seen = []
    written = streams._write_text

    def watched(result, target, wanted):
        seen.append(list(result.keys()))
        written(result, target, wanted)
        seen.append(pq.ParquetFile(target).num_row_groups)

    monkeypatch.setattr(streams, "_write_text", watched)
    found = sources.prepare(source(tmp_path), tmp_path / "out")
    assert seen == [["customer_id", "order_id", "order_date", "amount"], 10]
    assert (found["tables"]["transactions"]["rows_kept"], found["customers"]) == (10_000, 40)
    assert found["amount_sum"] == "623750.00"  # 20 times (0 + … + 499) / 4
    assert "note" not in found["tables"]["transactions"]["columns"]


def test_a_query_is_run_where_the_data_is(shop, tmp_path):
    shop(ORDERS.format(rows=100))
    query = "SELECT customer_id, 'all:' || count(*) AS order_id, max(order_date) AS order_date, sum(amount) AS amount FROM transactions " \
            "WHERE customer_id LIKE 'C1%' GROUP BY customer_id"  # fmt: skip
    found = sources.prepare(source(tmp_path, json.dumps({"database": "SHOP_DB", "query": query})), tmp_path / "out")
    assert found["tables"]["transactions"]["rows_kept"] == found["customers"] == 11
    assert found["orders"] == 1  # 'all:3' each: neither the colon nor % is taken for a parameter


def test_each_type_becomes_a_text_with_one_reading():
    cells = {
        decimal.Decimal("1234.5"): "1234.5", decimal.Decimal("0.125"): "0.1250", decimal.Decimal("1E+3"): "1000", 1.125: "1.1250",
        7.0: "7", 12: "12", True: "true", "1.125": "1.125", None: None, "": None, datetime.date(2024, 5, 1): "2024-05-01",
        datetime.datetime(2024, 5, 1, 9, 30): "2024-05-01 09:30:00", b"caf\xc3\xa9": "café",
    }  # fmt: skip
    assert {cell: streams._text(cell) for cell in cells} == cells


def test_a_missing_column_and_a_missing_table_are_named_with_the_nearest(shop, tmp_path):
    shop("CREATE TABLE sales (customer_id, order_no, order_date, amount)")
    with pytest.raises(DataError, match=r"no table 'sale'. Is one of these meant: 'sales'\?"):
        sources.prepare(source(tmp_path, "{database: SHOP_DB, table: sale}"), tmp_path / "out")
    for more in ("table: sales", 'query: "SELECT * FROM sales"'):
        with pytest.raises(DataError, match="Is 'order_no' meant for order_id?") as caught:
            sources.prepare(source(tmp_path, f"{{database: SHOP_DB, {more}}}"), tmp_path / "out")
        assert caught.value.code == "missing_column"


def test_two_columns_of_one_name_are_not_chosen_among(shop, tmp_path):
    shop(ORDERS.format(rows=3))
    query = "SELECT *, 2 * amount AS amount FROM transactions"
    with pytest.raises(DataError) as caught:
        sources.prepare(source(tmp_path, f'{{database: SHOP_DB, query: "{query}"}}'), tmp_path / "out")
    assert (caught.value.code, caught.value.column) == ("duplicate_column", "amount")


@pytest.mark.parametrize(
    "name",
    ["transactions; DROP TABLE transactions", 'transactions" WHERE 1 = 1; --', "(SELECT 1)", "a.b.c", "sqlite_master"],
)
def test_a_table_name_is_a_name(name, shop, tmp_path):
    shop(ORDERS.format(rows=3))
    with pytest.raises(DataError) as caught:
        sources.prepare(source(tmp_path, json.dumps({"database": "SHOP_DB", "table": name})), tmp_path / "out")
    assert caught.value.code in ("no_table", "missing_column")
    assert shop("SELECT count(*) FROM transactions") == [(3,)]


def test_odd_names_of_tables_and_columns_are_read(shop, tmp_path):
    shop(
        'CREATE TABLE "a""b; DROP TABLE x" AS SELECT \'C1\' "c"" FROM x; --", \'O1\' order_id, \'2024-01-01\' order_date, 5 "a:b"'
    )
    tables = {
        "database": "SHOP_DB",
        "table": 'a"b; DROP TABLE x',
        "columns": {"customer_id": 'c" FROM x; --', "amount": "a:b"},
    }
    assert sources.read(source(tmp_path, json.dumps(tables))).facts["amount_sum"] == "5.00"


@pytest.mark.parametrize("text", ["x' OR '1'='1", "x'; DROP TABLE transactions; --", "%s :p {0} ${HOME}", '"; --'])
def test_a_value_in_a_filter_is_a_value(text, shop, tmp_path):
    shop(ORDERS.format(rows=3))
    told = {"database": "SHOP_DB", "table": "transactions", "filter": f"customer_id != {text!r}"}
    found = sources.prepare(source(tmp_path, json.dumps(told)), tmp_path / "out")
    assert found["tables"]["transactions"]["rows_kept"] == 3
    told["filter"] = f"customer_id == {text!r}"
    assert checks.check(source(tmp_path, json.dumps(told)))["error"]["code"] == "no_rows"
    assert shop("SELECT count(*) FROM transactions") == [(3,)]
