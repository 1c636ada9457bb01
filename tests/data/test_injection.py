"""Names and values of a source are names and values, whatever they look like; and no engine reaches another file."""

import json

import duckdb
import pytest

from crm_analysis.data import checks, parts, sources
from tests.data.made import HEADER, csv, workbook

HOSTILE = (
    "x'); DROP TABLE t; --",
    'x" FROM t; --',
    "x' OR '1'='1",
    "'; COPY t TO '/tmp/pwned'; --",
    "%s {0} ${HOME} $1 ?",
    "\\' --",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_the_name_of_a_file_is_a_name(name, tmp_path):
    path = tmp_path / (name.replace("/", "_") + ".csv")
    assert checks.check(csv(path))["rows_kept"] == 4


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_the_name_of_a_column_is_a_name_in_every_kind_of_file(name, tmp_path):
    rows = [
        [name, "order_id", "order_date", "amount"],
        ["C1", "O1", "2024-05-01", "5"],
        ["C2", "O2", "2024-05-02", "7"],
    ]
    quoted = "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    (tmp_path / "orders.csv").write_text(quoted + "\n")
    workbook(tmp_path / "orders.xlsx", {"a": rows})
    data = duckdb.sql(f"SELECT * FROM read_csv('{tmp_path}/orders.csv', all_varchar = true)")
    data.write_parquet(str(tmp_path / "orders.parquet"))
    for ending in ("csv", "xlsx", "parquet"):
        table = {"file": f"orders.{ending}", "columns": {"customer_id": name}, "filter": f"`{name}` != 'C2'"}
        (tmp_path / "shop.yml").write_text(json.dumps({"tables": {"transactions": table}}))
        verdict = checks.check(tmp_path / "shop.yml")
        assert (verdict["ids"], verdict["dropped"]) == (["C1"], {"filtered": 1}), verdict


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE)
def test_a_value_in_a_filter_or_a_formula_is_a_value(text, tmp_path):
    path = tmp_path / "orders.csv"
    cell = '"' + text.replace('"', '""') + '"'
    path.write_text(f"{HEADER}\nO1,C1,2024-05-01,{cell},P,1,5\nO2,C2,2024-05-01,B,P,1,7\n")
    for condition, orders in (
        (f"brand == {text!r}", ["O1"]),
        (f"brand != {text!r}", ["O2"]),
        (f"brand in ({text!r}, 'B')", ["O1", "O2"]),
    ):
        table = {"file": "orders.csv", "filter": condition, "computed": {"product": f"concat({text!r}, '-', brand)"}}
        (tmp_path / "shop.yml").write_text(json.dumps({"tables": {"transactions": table}}))
        rows = sources.read(tmp_path / "shop.yml")["transactions"].select("order_id, brand, product").fetchall()
        assert [order for order, *_ in rows] == orders
        assert all(product == f"{text}-{brand}" for _, brand, product in rows)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("option", ["sheet", "db_table", "encoding", "delimiter", "date_format", "tz"])
def test_an_option_is_a_value(option, text, tmp_path):
    verdict = checks.check(csv(tmp_path / "orders.csv"), **{option: text})
    assert verdict["outcome"] == "accept" or verdict["error"]["code"] == "option", (
        "a CSV file has no sheet and no table"
    )
    assert verdict["outcome"] != "accept" or verdict["rows_kept"] == 4


def test_a_quote_as_delimiter_and_odd_keys_of_a_look_up_are_harmless(tmp_path):
    (tmp_path / "orders.csv").write_text(
        f"{HEADER.replace('brand', HOSTILE[1])}\n".replace('"', "'") + "O1,C1,2024-05-01,k,P,1,5\n"
    )
    key = HOSTILE[1].replace('"', "'")
    (tmp_path / "more.csv").write_text(f"{key},{HOSTILE[0]}\nk,Aurora\n".replace('"', "'"))
    table = {"file": "orders.csv", "columns": {"brand": HOSTILE[0]}, "join": {"file": "more.csv", "on": [key]}}
    (tmp_path / "shop.yml").write_text(json.dumps({"tables": {"transactions": table}}))
    assert checks.check(tmp_path / "shop.yml")["brands"] == ["Aurora"]
    csv(tmp_path / "quotes.csv", sep="'")
    assert checks.check(tmp_path / "quotes.csv", delimiter="'")["rows_kept"] == 4


def test_while_a_source_is_read_the_engine_reaches_nothing_but_its_files(tmp_path, monkeypatch):
    (tmp_path / "secret.csv").write_text("a\n1\n")
    path, tried, converted = csv(tmp_path / "orders.csv"), [], parts.converted

    def spied(con, table, ready, work):
        about = converted(con, table, ready, work)
        for statement in (
            f"SELECT * FROM read_csv('{tmp_path}/secret.csv')", f"SELECT * FROM read_text('{tmp_path}/secret.csv')",
            f"COPY (SELECT 1) TO '{tmp_path}/out.csv'", f"ATTACH '{tmp_path}/new.duckdb' AS new", "INSTALL httpfs",
            "SET enable_external_access = true", f"SET allowed_directories = ['{tmp_path}']",
        ):  # fmt: skip
            with pytest.raises(duckdb.Error):
                con.execute(statement).fetchall()
            tried.append(statement)
        return about

    monkeypatch.setattr(parts, "converted", spied)
    sources.prepare(path, tmp_path / "ready")
    assert len(tried) == 7
    assert sorted(p.name for p in tmp_path.iterdir()) == ["orders.csv", "ready", "secret.csv"]
