"""Opening a source: files, folders and prepared folders give the same tables and facts."""

import datetime
import json

import duckdb
import narwhals as nw
import pytest

from crm_analysis.data import sources
from crm_analysis.data.errors import DataError
from tests.data.made import HEADER, csv, workbook


@pytest.fixture
def orders(tmp_path):
    return csv(tmp_path / "orders.csv", dates=("2024-05-01", "2024-05-31"), rows=6)


def test_a_path_gives_lazy_tables_with_facts_and_a_day(orders):
    tables = sources.read(orders)
    assert tables.as_of == datetime.date(2024, 6, 1)
    frame = nw.from_native(tables["transactions"]).select(nw.col("amount").sum(), nw.col("order_day").max()).collect()
    assert frame.rows() == [(63.0, 19874)]
    facts = tables.facts["tables"]["transactions"]
    assert (facts["rows_in"], facts["rows_kept"], facts["dropped"]) == (6, 6, {})
    assert facts["files"][0]["name"] == "orders.csv"
    assert len(facts["files"][0]["sha256"]) == 64
    assert facts["files"][0]["bytes"] == orders.stat().st_size


def test_a_prepared_folder_opens_to_the_same(orders, tmp_path):
    facts = sources.prepare(orders, tmp_path / "ready")
    tables = sources.read(tmp_path / "ready")
    assert tables.facts == facts == json.loads((tmp_path / "ready" / "facts.json").read_text())
    assert tables["transactions"].fetchall() == sources.read(orders)["transactions"].fetchall()
    with pytest.raises(DataError, match="prepared as of 2024-06-01"):
        sources.read(tmp_path / "ready", as_of="2024-05-15")


def test_facts_name_no_folder_and_hold_no_cell(tmp_path):
    path = csv(tmp_path / "orders.csv", ids=("C1", "SECRET"), amounts=("1.00", "x"))
    facts = json.dumps(sources.prepare(path, tmp_path / "ready", on_bad_row="quarantine"))
    assert str(tmp_path) not in facts
    assert "SECRET" not in facts


def test_rows_keep_their_order_and_canonical_types(orders, tmp_path):
    sources.prepare(orders, tmp_path / "ready")
    described = duckdb.sql(f"DESCRIBE SELECT * FROM '{tmp_path}/ready/transactions.parquet'").fetchall()
    assert [(row[0], row[1]) for row in described] == [
        ("customer_id", "VARCHAR"), ("order_id", "VARCHAR"), ("order_date", "DATE"), ("order_day", "INTEGER"),
        ("amount", "DOUBLE"), ("quantity", "DOUBLE"), ("brand", "VARCHAR"), ("product", "VARCHAR")]  # fmt: skip
    ids = duckdb.sql(f"SELECT order_id FROM '{tmp_path}/ready/transactions.parquet'").fetchall()
    assert [i for (i,) in ids] == [f"O{i}" for i in range(6)]


def test_columns_outside_the_contract_are_not_read_but_named(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(f"{HEADER},email\nO1,C1,2024-05-01,A,P,1,5,a@b.c\n")
    tables = sources.read(path)
    assert tables.facts["tables"]["transactions"]["ignored_columns"] == ["email"]
    assert "email" not in tables["transactions"].columns


def test_a_folder_gives_a_table_per_file_and_parts_of_a_table(orders, tmp_path):
    folder = tmp_path / "shop"
    (folder / "transactions").mkdir(parents=True)
    (folder / "transactions" / "2023.csv").write_bytes(csv(tmp_path / "a.csv", dates=("2023-05-01",)).read_bytes())
    (folder / "transactions" / "2024.csv").write_bytes(
        csv(tmp_path / "b.csv", dates=("2024-05-01 10:00:00",), rows=3).read_bytes()
    )
    (folder / "customers.csv").write_text("customer_id,contactable,acquired_on\nC1,yes,2022-01-01\nC2,,\n")
    tables = sources.read(folder)
    assert set(tables) >= {"transactions", "customers"}
    assert len(tables["transactions"].fetchall()) == 7
    assert tables["customers"].fetchall() == [("C1", datetime.date(2022, 1, 1), 18993, True), ("C2", None, None, None)]
    assert [f["name"] for f in tables.facts["tables"]["transactions"]["files"]] == ["2023.csv", "2024.csv"]
    (folder / "transactions.csv").write_bytes(orders.read_bytes())
    (folder / "transactions.tsv").write_bytes(orders.read_bytes())
    with pytest.raises(DataError, match="2 files for the table transactions"):
        sources.read(folder)


def test_problems_of_several_files_are_told_together(tmp_path):
    folder = tmp_path / "shop" / "transactions"
    folder.mkdir(parents=True)
    csv(folder / "a.csv", dates=("soon",))
    csv(folder / "b.csv", amounts=("x",))
    with pytest.raises(DataError) as error:
        sources.read(tmp_path / "shop")
    assert [(p["file"], p["code"]) for p in error.value.problems] == [("a.csv", "date"), ("b.csv", "number")]


def test_one_row_per_customer_is_checked(tmp_path):
    (tmp_path / "customers.csv").write_text("customer_id,region\nC1,N\nC1,S\n")
    csv(tmp_path / "transactions.csv")
    with pytest.raises(DataError) as error:
        sources.read(tmp_path)
    assert (error.value.code, error.value.table, error.value.column) == ("duplicate_key", "customers", "customer_id")


def test_every_table_is_known_only_up_to_as_of(tmp_path):
    csv(tmp_path / "transactions.csv", dates=("2024-05-01", "2024-07-01"))
    (tmp_path / "service.csv").write_text(
        "case_id,customer_id,opened_at,kind,resolved_at\n1,C1,2024-04-01,late,2024-04-09\n2,C1,2024-05-09,late,2024-06-09\n3,C2,2024-06-09,late,\n"
    )
    tables = sources.read(tmp_path, as_of="2024-06-01")
    assert tables.facts["tables"]["service"]["dropped"] == {"after_as_of": 1}
    cases = tables["service"].select("case_id, resolved_at, resolved_day").fetchall()
    assert cases == [("1", datetime.date(2024, 4, 9), 19822), ("2", None, None)]
    assert "known_later" in [w["code"] for w in tables.facts["tables"]["service"]["warnings"]]


def test_the_same_table_gives_the_same_facts_from_every_kind_of_file(orders, tmp_path):
    header, *rows = [line.split(",") for line in orders.read_text().splitlines()]
    parquet, database, book = tmp_path / "o.parquet", tmp_path / "o.duckdb", tmp_path / "o.xlsx"
    text = f"read_csv('{orders}', all_varchar = true)"
    duckdb.sql(
        f"COPY (SELECT * REPLACE (amount::DECIMAL(9, 2) AS amount, order_date::DATE AS order_date) FROM {text}) TO '{parquet}'"
    )
    with duckdb.connect(str(database)) as con:
        con.execute(f"CREATE TABLE transactions AS SELECT * FROM '{parquet}'")
    workbook(book, {"orders": [header] + [[*row[:5], int(row[5]), float(row[6])] for row in rows]})
    expected = sources.read(orders)
    for path in (parquet, database, book):
        tables = sources.read(path)
        assert tables["transactions"].fetchall() == expected["transactions"].fetchall()
        for name in ("customers", "orders", "amount_sum", "date_min", "date_max", "as_of"):
            assert tables.facts[name] == expected.facts[name]


def test_a_folder_with_other_files_is_never_written_over(orders, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(DataError, match="holds other files"):
        sources.prepare(orders, tmp_path / "mine")


def test_a_refused_source_leaves_the_last_prepared_folder_as_it_was(orders, tmp_path):
    sources.prepare(orders, tmp_path / "ready")
    with pytest.raises(DataError):
        sources.prepare(csv(tmp_path / "bad.csv", amounts=("x",)), tmp_path / "ready")
    assert sources.read(tmp_path / "ready").facts["orders"] == 6
    assert not [p.name for p in tmp_path.iterdir() if p.name.startswith(".crm-")]


def test_the_connection_of_opened_tables_reaches_no_other_file(orders):
    tables = sources.read(orders)
    with pytest.raises(duckdb.Error):
        tables.connection.execute(f"SELECT * FROM read_csv('{orders}')").fetchall()


def test_a_large_plain_file_and_its_untidy_copy_give_the_same_table(tmp_path):
    plain = csv(
        tmp_path / "plain.csv", dates=("2024-05-25", "2024-05-01"), amounts=("10.50", "-3.25", "1000.00"), rows=5000
    )
    text = plain.read_text().replace("2024-05-25", "25/05/2024").replace("2024-05-01", "01/05/2024")
    text = (
        text.replace("1000.00", '"1,000.00"')
        .replace("-3.25", "(3.25)")
        .replace(",C1,", ", C1 ,")
        .replace("Tea", '"Tea"')
    )
    untidy = tmp_path / "untidy.csv"
    untidy.write_text(text)
    assert sources.read(untidy)["transactions"].fetchall() == sources.read(plain)["transactions"].fetchall()


def test_what_is_held_is_computed_once_joins_with_the_tables_here_and_is_given_back_as_it_is(tmp_path):
    (tmp_path / "orders.csv").write_text("customer_id,order_id,order_date,amount\na,1,2026-01-01,5\nb,2,2026-02-01,7\n")
    tables = sources.read(tmp_path / "orders.csv")
    held = tables.hold(tables["transactions"].filter("amount > 5"))
    assert held.fetchall()[0][0] == "b"
    assert tables.hold(held) is held
    joined = held.join(tables["customer_table"], "customer_id").select("customer_id, revenue")
    assert joined.fetchall() == [("b", 7.0)]
    earlier = tables.customers_on("2026-01-15")
    assert [row[0] for row in earlier.fetchall()] == ["a"]
