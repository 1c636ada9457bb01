"""Databases: grouped where the data is, read only, and silent about the URL."""

import collections
import datetime
import json
import sqlite3

import ibis
import narwhals as nw
import pandas as pd
import pytest

from crm_analysis.data import checks, frames, sources
from crm_analysis.data.errors import DataError
from crm_analysis.data.remote import databases
from crm_analysis.methods import lifecycle, rfm
from tests.data import roundtrip
from tests.data.made import HEADER
from tests.data.remote.same import by_id, same, source, told
from tests.data.test_keys import LINES
from tests.data.test_quarantine import rows_of

pytestmark = pytest.mark.postgres

SECRETS = ("hush-hush-7", "reader", "postgresql://", "host=", "pg0")


def test_the_reference_is_the_table_worked_by_hand(reference):
    assert reference[0] | roundtrip.FACTS == reference[0]
    assert reference[0]["rows_in"] == reference[0]["rows_kept"] == len(roundtrip.ROWS)
    table = reference[1].set_index("customer_id")
    assert sorted(table.index) == ["007", "7", "NA", "null", "o\"b'x", "张伟"]
    assert table.loc["NA", ["orders", "lines", "revenue", "returns"]].tolist() == [2, 3, 14.97, 5.1]


@pytest.mark.parametrize("kind", ["parquet", "xlsx", "sqlite", "duckdb"])
def test_a_file_of_any_kind_gives_the_same_facts_and_customer_table(kind, reference, tmp_path):
    path = tmp_path / f"orders.{kind}"
    {"duckdb": roundtrip.duck}.get(kind, getattr(roundtrip, kind, None))(path)
    same(reference, tmp_path, path)


def test_another_database_is_streamed_and_gives_the_same(reference, tmp_path, monkeypatch):
    pytest.importorskip("sqlalchemy")
    roundtrip.sqlite(tmp_path / "shop.sqlite")
    monkeypatch.setenv("SHOP_DB", f"sqlite:///{tmp_path / 'shop.sqlite'}")
    same(reference, tmp_path, source(tmp_path))
    same(reference, tmp_path, source(tmp_path, '{database: SHOP_DB, query: "SELECT * FROM transactions WHERE 1 = 1"}'))


@pytest.mark.postgres
class TestPostgres:
    """A real server. The same rules as for files, as aggregates there."""

    def test_the_same_facts_and_customer_table(self, reference, tmp_path, postgres):
        roundtrip.postgres(postgres)
        same(reference, tmp_path, source(tmp_path))
        same(
            reference,
            tmp_path,
            source(tmp_path, '{database: SHOP_DB, query: "SELECT * FROM public.transactions -- all"}'),
        )

    def test_transactions_are_an_ibis_table_with_canonical_columns(self, tmp_path, postgres):
        postgres.execute(
            "CREATE TABLE transactions AS SELECT 17::bigint customer_id, 1001.00::numeric(8,2) order_id, "
            "timestamptz '2024-03-01 23:30+00' order_date, 5::int amount, ' B '::char(5) brand"
        )
        options = source(tmp_path, "{database: SHOP_DB, table: public.transactions, tz: Asia/Shanghai}")
        tables = sources.read(options)
        lines = tables["transactions"]
        assert type(lines).__module__.startswith("ibis")
        row = lines.to_pyarrow().to_pylist()[0]
        assert row == {
            "customer_id": "17", "order_id": "1001", "order_date": datetime.datetime(2024, 3, 2, 7, 30),
            "order_day": 19784, "amount": 5.0, "brand": "B",
        }  # fmt: skip
        assert [w["code"] for w in tables.facts["tables"]["transactions"]["warnings"]] == [
            "timezone_converted",
            "text_trimmed",
        ]

    def test_analyses_run_on_it_as_on_a_file(self, tmp_path, postgres):
        roundtrip.postgres(postgres)
        roundtrip.parquet(tmp_path / "orders.parquet")
        there, here = sources.read(source(tmp_path)), sources.read(tmp_path / "orders.parquet")
        for method in (lifecycle.monthly, lifecycle.cohorts):
            pd.testing.assert_frame_equal(
                method(there["transactions"], there.as_of), method(here["transactions"], here.as_of)
            )
        profiles = [rfm.learn(t["customer_table"]) for t in (there, here)]
        assert profiles[0] == profiles[1]

    def test_renames_formulas_filters_and_a_day_as_of(self, tmp_path, postgres):
        postgres.execute(
            "CREATE TABLE sales AS SELECT * FROM (VALUES ('a', 'o1', date '2024-01-01', 2, 1.25, 'DE'), "
            "('b', 'o2', date '2024-01-02', 1, 3.10, 'AT'), ('b', 'o3', date '2024-01-09', 1, 9.99, 'DE'), "
            "('c', 'o4', date '2024-01-02', 1, 7.00, 'FR')) t (kunde, beleg, tag, menge, preis, land)"
        )
        path = source(
            tmp_path,
            '{database: SHOP_DB, table: sales, columns: {customer_id: kunde, order_id: beleg, order_date: tag}, '
            "computed: {amount: menge * preis, brand: \"concat(land, '-', lower(land))\"}, "
            "filter: \"land in ('DE', 'AT') and tag >= '2024-01-01'\"}",
        )  # fmt: skip
        found = sources.prepare(path, tmp_path / "out", "2024-01-05")
        assert found["tables"]["transactions"]["dropped"] == {"filtered": 1, "after_as_of": 1}
        assert (found["amount_sum"], found["as_of"]) == ("5.60", "2024-01-05")
        rows = sources.read(tmp_path / "out")["transactions"].to_pyarrow().to_pylist()
        assert sorted((r["customer_id"], r["amount"], r["brand"]) for r in rows) == [
            ("a", 2.5, "DE-de"),
            ("b", 3.1, "AT-at"),
        ]

    def test_everything_wrong_is_told_at_once_with_counts_and_examples(self, tmp_path, postgres):
        bad_table(postgres)
        with pytest.raises(DataError) as caught:
            sources.prepare(source(tmp_path), tmp_path / "out")
        assert {(p["code"], p["column"], p["count"]) for p in caught.value.problems} == {
            ("missing_id", "customer_id", 2), ("date", "order_date", 1), ("date_out_of_range", "order_date", 2),
            ("number", "amount", 1), ("number", "amount", 2), ("implausible_amount", "amount", 1),
        }  # fmt: skip
        assert {e["value"] for p in caught.value.problems if p["code"] == "number" for e in p["examples"]} == {
            "NaN",
            "Infinity",
            None,
        }
        assert not (tmp_path / "out").exists()

    def test_bad_rows_are_set_aside_when_asked_and_the_account_adds_up(self, tmp_path, postgres):
        bad_table(postgres)
        tables = "{database: SHOP_DB, table: transactions, on_bad_row: quarantine}"
        found = sources.prepare(source(tmp_path, tables), tmp_path / "out")
        about = found["tables"]["transactions"]
        assert about["dropped"] == {"bad_amount": 4, "bad_customer_id": 2, "bad_date": 3}
        assert about["rows_in"] == about["rows_kept"] + sum(about["dropped"].values()) == 10
        assert all(e["value"] is None for p in about["set_aside"] for e in p["examples"])
        rows = rows_of(tmp_path / "out")
        assert collections.Counter(r["reason"] for r in rows) == about["dropped"]
        assert found["quarantine"] == {"file": "quarantine.csv", "rows": 9}
        places = {r["order_id"]: (r["file"], r["row"], r["column"], r["problem"], r["order_date"]) for r in rows}
        assert places["5"] == ("SHOP_DB transactions", "", "order_date", "date_out_of_range", "1900-01-01")
        assert places["3"][2:4] == ("customer_id", "missing_id")

    def test_rows_that_share_a_key_are_refused_left_out_or_set_aside_as_in_a_file(self, tmp_path, postgres):
        (tmp_path / "orders.csv").write_text("\n".join([HEADER, *LINES]))
        postgres.execute(
            "CREATE TABLE transactions (order_id text, customer_id text, order_date date, brand text, product text, "
            "quantity int, amount numeric(9, 2))"
        )
        for line in LINES:
            postgres.execute("INSERT INTO transactions VALUES (%s, %s, %s, %s, %s, %s, %s)", line.split(","))
        settled = "unique: {columns: [order_id], exact: quarantine, conflicts: quarantine}"
        first = "unique: {columns: [order_id, product, quantity], exact: first}"
        for unique in (settled, first):
            (tmp_path / "file.yml").write_text(f"tables: {{transactions: {{file: orders.csv, {unique}}}}}")
            there = source(tmp_path, f"{{database: SHOP_DB, table: transactions, {unique}}}")
            here = sources.prepare(tmp_path / "file.yml", tmp_path / "here")
            found = sources.prepare(there, tmp_path / "out")
            assert told(found) == told(here)
            tables = [sources.read(tmp_path / folder) for folder in ("here", "out")]
            pd.testing.assert_frame_equal(*(by_id(t["customer_table"]) for t in tables))
            if "quarantine" in here:
                pairs = [sorted((r["order_id"], r["reason"]) for r in rows_of(tmp_path / f)) for f in ("here", "out")]
                assert pairs[0] == pairs[1]
        refused = {}
        for path in (
            source(tmp_path, "{database: SHOP_DB, table: transactions, unique: [order_id]}"),
            tmp_path / "file.yml",
        ):
            (tmp_path / "file.yml").write_text("tables: {transactions: {file: orders.csv, unique: [order_id]}}")
            with pytest.raises(DataError) as caught:
                sources.prepare(path, tmp_path / "refused")
            refused[path.name] = [(p["code"], p["count"], p["examples"]) for p in caught.value.problems]
        assert refused["shop.yml"] == refused["file.yml"]

    def test_ids_are_not_replaced_there_but_in_a_copy_when_the_source_file_says_so(self, tmp_path, postgres):
        roundtrip.postgres(postgres)
        key = tmp_path / "key"
        key.write_text("k" * 64)
        key.chmod(0o600)
        with pytest.raises(DataError, match="copy: true") as caught:
            sources.prepare(source(tmp_path), tmp_path / "out", pseudonym_key=str(key))
        assert caught.value.code == "pseudonym_key"
        copied = source(tmp_path, "{database: SHOP_DB, table: transactions, copy: true}")
        found = sources.prepare(copied, tmp_path / "out", pseudonym_key=str(key))
        roundtrip.parquet(tmp_path / "orders.parquet")
        sources.prepare(tmp_path / "orders.parquet", tmp_path / "here", pseudonym_key=str(key))
        tables = [sources.read(tmp_path / folder)["customer_table"] for folder in ("here", "out")]
        pd.testing.assert_frame_equal(*map(by_id, tables))
        assert found["pseudonyms"]
        assert not (tmp_path / "out" / "remote.json").exists()

    def test_a_missing_column_is_named_with_those_there_are(self, tmp_path, postgres):
        postgres.execute("CREATE TABLE transactions (customer_id text, order_id text, order_dat date, amount int)")
        with pytest.raises(DataError, match="no column order_date.*'order_dat'") as caught:
            sources.prepare(source(tmp_path), tmp_path / "out")
        assert caught.value.code == "missing_column"
        assert caught.value.mend.startswith("Is 'order_dat' meant for order_date?")

    def test_dates_and_amounts_kept_as_text_are_refused_and_an_empty_table_too(self, tmp_path, postgres):
        postgres.execute("CREATE TABLE transactions (customer_id text, order_id text, order_date text, amount text)")
        with pytest.raises(DataError) as caught:
            sources.prepare(source(tmp_path), tmp_path / "out")
        assert [(p["code"], p["column"]) for p in caught.value.problems] == [
            ("column_type", "order_date"),
            ("column_type", "amount"),
        ]
        query = '{database: SHOP_DB, query: "SELECT customer_id, order_id, order_date::date, amount::int FROM transactions"}'
        with pytest.raises(DataError, match="no rows"):
            sources.prepare(source(tmp_path, query), tmp_path / "out")

    def test_optional_tables_are_copied(self, tmp_path, postgres):
        roundtrip.postgres(postgres)
        postgres.execute("CREATE TABLE people (customer_id text, region text, secret text)")
        postgres.execute("INSERT INTO people VALUES ('007', 'north', 'x'), ('NA', 'south', 'y')")
        tables = sources.read(source(tmp_path, more="  customers: {database: SHOP_DB, table: people}\n"))
        assert tables["customers"].fetchall() == [("007", "north"), ("NA", "south")]

    def test_a_table_that_changed_since_it_was_checked_is_refused(self, tmp_path, postgres):
        roundtrip.postgres(postgres)
        sources.prepare(source(tmp_path), tmp_path / "out")
        postgres.execute("INSERT INTO transactions SELECT * FROM transactions LIMIT 1")
        with pytest.raises(DataError, match="changed since") as caught:
            sources.read(tmp_path / "out")
        assert caught.value.code == "changed"

    def test_ids_that_differ_in_case_stay_apart_and_ties_go_to_the_first_by_code_point(self, tmp_path, postgres):
        postgres.execute(
            "CREATE TABLE transactions AS SELECT id customer_id, brand, id || brand order_id, date '2024-01-01' order_date, "
            "1 amount FROM (VALUES ('x1', 'b'), ('x1', 'A'), ('X1', 'a'), ('X1', 'B')) t (id, brand)"
        )
        tables = sources.read(source(tmp_path))
        table = by_id(tables["customer_table"])
        assert table[["customer_id", "top_brand"]].values.tolist() == [["X1", "B"], ["x1", "A"]]
        assert ibis.to_sql(tables["transactions"]).count('COLLATE "C"') == 3, "whatever collation the database has"

    def test_check_gives_the_same_verdict_as_for_a_file(self, tmp_path, postgres):
        roundtrip.postgres(postgres)
        roundtrip.parquet(tmp_path / "orders.parquet")
        there, here = checks.check(source(tmp_path)), checks.check(tmp_path / "orders.parquet")
        assert there == here


def bad_table(connection):
    connection.execute(
        "CREATE TABLE transactions (customer_id text, order_id text, order_date date, amount float8);"
        "INSERT INTO transactions VALUES ('a', '1', '2024-01-01', 5), (NULL, '2', '2024-01-01', 5), "
        "(U&' \\00A0', '3', '2024-01-01', 5), ('a', '4', NULL, 5), ('a', '5', '1900-01-01', 5), ('a', '6', 'infinity', 5), "
        "('a', '7', '2024-01-01', NULL), ('a', '8', '2024-01-01', 'NaN'), ('a', '9', '2024-01-01', '-Infinity'), "
        "('a', '10', '2024-01-01', 1e12)"
    )
    connection.execute("UPDATE transactions SET amount = 'Infinity' WHERE order_id = '9'")


@pytest.mark.postgres
def test_only_grouped_rows_travel_from_postgresql(tmp_path, postgres, monkeypatch):
    import psycopg

    postgres.execute(
        "CREATE TABLE transactions AS SELECT 'c' || i % 40 customer_id, 'o' || i / 3 order_id, "
        "date '2022-01-01' + i % 700 order_date, (i % 500) / 4.0 - 10 amount, 'b' || i % 7 brand FROM generate_series(1, 60000) i"
    )
    rows = []
    # The rows that reach this machine, counted in the driver: those of plain cursors and of cursors on the server.
    for name in ("fetchone", "fetchmany", "fetchall"):
        for kind in (psycopg.Cursor, psycopg.ServerCursor):
            monkeypatch.setattr(kind, name, counting(getattr(kind, name), rows))
    tables = sources.read(source(tmp_path))
    assert tables.facts["tables"]["transactions"]["rows_kept"] == 60_000
    assert len(tables["customer_table"].fetchall()) == 40
    prepared = sum(rows)
    assert 40 <= prepared < 400
    lifecycle.monthly(tables["transactions"], tables.as_of)
    lifecycle.cohorts(tables["transactions"], tables.as_of)
    frames.to_pandas(nw.from_native(tables["transactions"]).head(20))
    assert sum(rows) - prepared < 24 * 24 + 24 * 5 + 200


def counting(fetch, rows):
    def counted(self, *args, **kwargs):
        found = fetch(self, *args, **kwargs)
        rows.append(len(found) if isinstance(found, list) else 1)
        return found

    return counted


@pytest.mark.postgres
class TestSecrets:
    """The URL, its user and its password are nowhere but in the environment."""

    def test_no_file_that_is_written_holds_a_secret(self, tmp_path, postgres):
        roundtrip.postgres(postgres)
        sources.prepare(source(tmp_path), tmp_path / "out")
        sources.read(tmp_path / "out")
        for path in (tmp_path / "out").iterdir():
            held = path.read_bytes().decode("utf-8", "replace")
            assert not [s for s in SECRETS if s in held], path
        assert (
            json.loads((tmp_path / "out" / "remote.json").read_text())["transactions"]["place"]["database"] == "SHOP_DB"
        )

    @pytest.mark.parametrize("wrong", ["hush-hush-7@", "/postgres?", "host="])
    def test_no_message_about_a_server_that_does_not_answer(self, wrong, tmp_path, postgres, postgres_url, monkeypatch):
        monkeypatch.setenv("SHOP_DB", postgres_url.replace(wrong, {"host=": "host=/nowhere"}.get(wrong, "x" + wrong)))
        if wrong == "hush-hush-7@":
            monkeypatch.setenv("SHOP_DB", "postgresql://reader:hush-hush-7@127.0.0.1:9/postgres")
        assert_silent(tmp_path, source(tmp_path))

    def test_no_message_about_a_query_that_fails(self, tmp_path, postgres):
        for query in ("SELECT * FROM nowhere", "SELECT 1/0 AS reader", "SELECT current_user::int AS customer_id"):
            assert_silent(tmp_path, source(tmp_path, f'{{database: SHOP_DB, query: "{query}"}}'))
        assert_silent(tmp_path, source(tmp_path, "{database: SHOP_DB, table: nowhere}"))

    def test_another_database_that_does_not_answer_is_as_silent(self, tmp_path, postgres, monkeypatch):
        monkeypatch.setenv("SHOP_DB", "sqlite:////nowhere/reader/hush-hush-7.sqlite")
        assert_silent(tmp_path, source(tmp_path))


def assert_silent(folder, path):
    import traceback

    with pytest.raises(DataError) as caught:
        sources.prepare(path, folder / "out")
    said = (
        str(caught.value) + json.dumps(caught.value.as_dict()) + "".join(traceback.format_exception(caught.value)[-1:])
    )
    assert not [s for s in SECRETS if s in said], said
    assert (
        caught.value.__suppress_context__
        or caught.value.__context__ is None
        or isinstance(caught.value.__context__, DataError)
    )


@pytest.mark.parametrize(
    "tables",
    [
        '{database: "postgresql://reader:hush-hush-7@host/db", table: t}',
        '"postgresql://reader:hush-hush-7@host/db"',
        '{file: "postgresql://reader:hush-hush-7@host/db"}',
        '{database: "reader:hush-hush-7", query: "SELECT 1"}',
    ],
)
def test_a_url_in_the_source_file_is_refused_and_not_repeated(tables, tmp_path):
    with pytest.raises(DataError, match="environment variable") as caught:
        sources.prepare(source(tmp_path, tables), tmp_path / "out")
    assert caught.value.code == "source_file"
    assert "hush" not in str(caught.value)


def test_a_url_as_the_source_is_refused_and_not_repeated(tmp_path):
    with pytest.raises(DataError, match="not a URL") as caught:
        sources.prepare("postgresql://reader:hush-hush-7@host", tmp_path / "out")
    assert "hush" not in str(caught.value)


def test_a_variable_that_is_not_set_is_refused_by_name(tmp_path, monkeypatch):
    monkeypatch.delenv("SHOP_DB", raising=False)
    with pytest.raises(DataError, match="SHOP_DB is not set") as caught:
        sources.prepare(source(tmp_path), tmp_path / "out")
    assert caught.value.code == "no_url"


@pytest.mark.parametrize(
    "tables",
    [
        "{database: SHOP_DB}",
        "{database: SHOP_DB, table: t, query: SELECT 1}",
        "{database: SHOP_DB, table: t, file: a.csv}",
        "{spark: t, table: t}",
        "{database: SHOP_DB, table: t, encoding: utf-8}",
        "{database: SHOP_DB, table: 7}",
        "{database: SHOP_DB, table: t, copy: please}",
        "{file: orders.csv, copy: true}",
    ],
)
def test_a_place_told_in_more_or_less_than_one_way_is_refused(tables, tmp_path):
    with pytest.raises(DataError) as caught:
        sources.prepare(source(tmp_path, tables), tmp_path / "out")
    assert caught.value.code == "source_file"


WRITES = [
    "DROP TABLE transactions",
    "SELECT 1; DROP TABLE transactions",
    "WITH gone AS (DELETE FROM transactions RETURNING *) SELECT * FROM gone",
    "SELECT * INTO copy FROM transactions",
    "SELECT * FROM transactions FOR UPDATE",
    "INSERT INTO transactions SELECT * FROM transactions",
    "COPY transactions TO PROGRAM 'touch pwned'",
    "SET default_transaction_read_only = off",
    "DO $$ BEGIN DELETE FROM transactions; END $$",
    "",
]


@pytest.mark.parametrize("query", WRITES[:-1])
def test_only_one_select_is_run(query):
    pytest.importorskip("sqlglot")
    with pytest.raises(DataError) as caught:
        databases.only_select(query, "SHOP_DB query", "postgres")
    assert caught.value.code == "not_allowed"


@pytest.mark.parametrize(
    "query", ["SELECT 1 AS a", "(SELECT 1)", "WITH a AS (SELECT 1) SELECT * FROM a", "SELECT 1 UNION ALL SELECT 2;"]
)
def test_a_select_in_any_form_is_allowed(query):
    pytest.importorskip("sqlglot")
    databases.only_select(query, "SHOP_DB query", "postgres")


@pytest.mark.postgres
class TestInjection:
    """What is told in a source file is a name or a value, and the connection cannot write."""

    HOSTILE = (
        "transactions; DROP TABLE transactions",
        'transactions"; DROP TABLE transactions; --',
        "transactions WHERE true",
    )

    @pytest.mark.parametrize("name", HOSTILE)
    def test_a_table_name_is_a_name(self, name, tmp_path, postgres):
        roundtrip.postgres(postgres)
        with pytest.raises(DataError) as caught:
            sources.prepare(source(tmp_path, f"{{database: SHOP_DB, table: '{name}'}}"), tmp_path / "out")
        assert caught.value.code == "no_table"
        unharmed(postgres)

    def test_odd_names_of_tables_and_columns_are_read(self, tmp_path, postgres):
        postgres.execute(
            'CREATE TABLE "a""b; DROP TABLE transactions" AS SELECT \'x\' "c"" FROM pg_user; --", '
            "'1' order_id, date '2024-01-01' order_date, 5 amount"
        )
        tables = "{database: SHOP_DB, table: 'a\"b; DROP TABLE transactions', columns: {customer_id: 'c\" FROM pg_user; --'}}"
        assert sources.read(source(tmp_path, tables)).facts["customers"] == 1

    @pytest.mark.parametrize(
        "text", ["x' OR '1'='1", "x'; DROP TABLE transactions; --", "\\' OR 1=1 --", "%s %(a)s {0} ${HOME}"]
    )
    def test_a_value_in_a_filter_is_a_value(self, text, tmp_path, postgres):
        roundtrip.postgres(postgres)
        postgres.execute("ALTER ROLE CURRENT_USER SET standard_conforming_strings = off")
        try:
            tables = {"transactions": {"database": "SHOP_DB", "table": "transactions", "filter": f"brand != {text!r}"}}
            path = tmp_path / "shop.yml"
            path.write_text(json.dumps({"tables": tables}))
            found = sources.prepare(path, tmp_path / "out")
            assert found["tables"]["transactions"]["rows_kept"] == len(roundtrip.ROWS) - 1, (
                "only the row without brand is left out"
            )
            tables["transactions"]["filter"] = f"brand == {text!r}"
            path.write_text(json.dumps({"tables": tables}))
            with pytest.raises(DataError, match="no rows are left"):
                sources.prepare(path, tmp_path / "out")
        finally:
            postgres.execute("ALTER ROLE CURRENT_USER RESET standard_conforming_strings")
        unharmed(postgres)

    @pytest.mark.parametrize("query", WRITES)
    def test_a_query_that_writes_is_refused(self, query, tmp_path, postgres):
        roundtrip.postgres(postgres)
        with pytest.raises(DataError) as caught:
            sources.prepare(source(tmp_path, f'{{database: SHOP_DB, query: "{query}"}}'), tmp_path / "out")
        assert caught.value.code in ("not_allowed", "source_file")
        unharmed(postgres)

    def test_a_function_that_writes_meets_a_read_only_transaction(self, tmp_path, postgres):
        roundtrip.postgres(postgres)
        postgres.execute(
            "CREATE FUNCTION wipe() RETURNS text LANGUAGE plpgsql AS $$ BEGIN "
            "PERFORM set_config('default_transaction_read_only', 'off', false); DELETE FROM transactions; RETURN 'x'; END $$"
        )
        try:
            query = "SELECT wipe() AS customer_id, order_id, order_date, amount FROM transactions"
            with pytest.raises(DataError, match="ReadOnly"):
                sources.prepare(source(tmp_path, f'{{database: SHOP_DB, query: "{query}"}}'), tmp_path / "out")
        finally:
            postgres.execute("DROP FUNCTION wipe")
        unharmed(postgres)


def unharmed(connection):
    assert connection.execute("SELECT count(*) FROM transactions").fetchone()[0] == len(roundtrip.ROWS)


def test_a_streamed_query_writes_nothing_and_takes_no_parameters(tmp_path, monkeypatch):
    pytest.importorskip("sqlalchemy")
    roundtrip.sqlite(tmp_path / "shop.sqlite")
    monkeypatch.setenv("SHOP_DB", f"sqlite:///{tmp_path / 'shop.sqlite'}")
    for query in (
        "DELETE FROM transactions",
        "ATTACH 'x.db' AS x",
        "SELECT 1; DELETE FROM transactions",
        "PRAGMA writable_schema = 1",
    ):
        with pytest.raises(DataError):
            sources.prepare(source(tmp_path, f'{{database: SHOP_DB, query: "{query}"}}'), tmp_path / "out")
    with pytest.raises(DataError):
        sources.prepare(
            source(tmp_path, "{database: SHOP_DB, table: 'transactions; DROP TABLE transactions'}"), tmp_path / "out"
        )
    query = "SELECT customer_id || ':x' AS customer_id, order_id, order_date, amount FROM transactions"
    found = sources.prepare(source(tmp_path, f'{{database: SHOP_DB, query: "{query}"}}'), tmp_path / "out")
    assert found["tables"]["transactions"]["rows_kept"] == len(roundtrip.ROWS)
    with sqlite3.connect(tmp_path / "shop.sqlite") as con:
        assert con.execute("SELECT count(*) FROM transactions").fetchone()[0] == len(roundtrip.ROWS)


def test_duckdb_reaches_no_other_file_once_a_source_is_open(tmp_path):
    roundtrip.csv(tmp_path / "orders.csv")
    tables = sources.read(tmp_path / "orders.csv")
    with pytest.raises(Exception, match="disabled|Permission"):
        tables.connection.execute("SELECT * FROM read_csv('/etc/passwd')")
    with pytest.raises(Exception, match="Cannot|cannot"):
        tables.connection.execute("SET enable_external_access = true")
