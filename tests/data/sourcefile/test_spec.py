"""The source file: what it can say, and how it answers a slip."""

import pytest

from crm_analysis.data import sources
from crm_analysis.data.errors import DataError
from tests.data.made import csv


def write(folder, text, name="shop.yml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refused(folder, text):
    with pytest.raises(DataError) as error:
        sources.read(write(folder, text))
    return error.value


def test_the_short_form_names_a_file(tmp_path):
    csv(tmp_path / "orders.csv")
    tables = sources.read(write(tmp_path, "name: Corner shop\ncurrency: EUR\ntables:\n  transactions: orders.csv\n"))
    assert (tables.facts["name"], tables.facts["currency"], tables.facts["source"]) == (
        "Corner shop",
        "EUR",
        "shop.yml",
    )


def test_columns_are_renamed_computed_and_filtered(tmp_path):
    (tmp_path / "orders.csv").write_text(
        "客户编号;invoice;when;units;unit price;country\n007;1;03/04/2024;2;1,50;DE\n8;2;25/04/2024;3;2,00;AT\n9;3;26/04/2024;3;2,00;FR\n", encoding="utf-8")  # fmt: skip
    tables = sources.read(write(tmp_path, """
tables:
  transactions:
    file: orders.csv
    decimal: ","
    columns: {customer_id: 客户编号, order_id: invoice, order_date: when, quantity: units}
    computed: {amount: "units * `unit price`"}
    filter: country in ("DE", "AT") and units > 1
"""))  # fmt: skip
    rows = tables["transactions"].select("customer_id, order_day, amount, quantity").fetchall()
    assert rows == [("007", 19816, 3.0, 2.0), ("8", 19838, 6.0, 3.0)]
    assert tables.facts["tables"]["transactions"]["dropped"] == {"filtered": 1}


def test_a_computed_amount_of_bad_cells_names_the_cell(tmp_path):
    (tmp_path / "orders.csv").write_text(
        "customer_id,order_id,order_date,units,price\nC,1,2024-05-01,2,1.50\nC,2,2024-05-01,x,1.50\n"
    )
    error = refused(tmp_path, "tables: {transactions: {file: orders.csv, computed: {amount: units * price}}}")
    assert (error.code, error.column, error.line, error.value) == ("number", "units", 3, "x")


def test_columns_are_looked_up_in_another_file(tmp_path):
    csv(tmp_path / "orders.csv", header="order_id,customer_id,order_date,x,sku,quantity,amount")
    (tmp_path / "products.csv").write_text("sku,maker\nTea,Aurora\n")
    text = "tables: {transactions: {file: orders.csv, columns: {brand: maker}, join: {file: products.csv, on: sku}}}"
    tables = sources.read(write(tmp_path, text))
    assert set(tables["transactions"].select("brand").fetchall()) == {("Aurora",)}
    assert [f["name"] for f in tables.facts["tables"]["transactions"]["files"]] == ["orders.csv", "products.csv"]
    (tmp_path / "products.csv").write_text("sku,maker\nCocoa,Drift\n")
    warnings = sources.read(write(tmp_path, text)).facts["tables"]["transactions"]["warnings"]
    assert ("join_unmatched", 4) in [(w["code"], w["count"]) for w in warnings]
    (tmp_path / "products.csv").write_text("sku,maker\nTea,Aurora\nTea,Drift\n")
    assert refused(tmp_path, text).code == "duplicate_key"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("tables: {transactions: orders.csv}\ncurency: EUR\n", "Did you mean currency?"),
        ("tables: {transaction: orders.csv}", "Did you mean transactions?"),
        ("tables: {transactions: {file: orders.csv, colums: {}}}", "Did you mean columns?"),
        ("tables: {transactions: {file: orders.csv, columns: {custmer_id: x}}}", "Did you mean customer_id?"),
        ("tables: {transactions: {columns: {}}}", "tables.transactions.file is missing"),
        ("tables: {transactions: nowhere.csv}", "there is no file 'nowhere.csv'"),
        ("tables: [1]", "tables is not a mapping"),
        ("name: x", "the key tables is missing"),
        ("tables: {transactions: a, transactions: b}", "given twice"),
        ("tables: {transactions: {file: orders.csv, decimal: ;}}", "decimal is ';'"),
        ("tables: {transactions: {file: orders.csv, filter: 'amount +'}}", "tables.transactions.filter"),
        ("tables: {transactions: {file: orders.csv, computed: {amount: '__import__(1)'}}}", "is not allowed"),
        ("tables: {transactions: {file: 'package:no_such_thing/x.csv'}}", "pip install no_such_thing"),
        ("tables: {transactions: {file: 'package:duckdb/../../x.csv'}}", "holds no file"),
        ("tables: {transactions: orders.csv}\nas_of: tomorrow\n", "as_of is 'tomorrow'"),
        ("tables: {transactions: orders.csv", "not a YAML file"),
    ],
)
def test_a_slip_is_answered_with_its_place_and_the_way_out(tmp_path, text, told):
    csv(tmp_path / "orders.csv")
    error = refused(tmp_path, text)
    assert error.code in ("source_file", "option", "not_found")
    assert told in str(error)


def test_words_that_yaml_takes_for_truth_values_stay_words(tmp_path):
    (tmp_path / "orders.csv").write_text("customer_id,order_id,order_date,amount,on\nNO,1,2024-05-01,5,yes\n")
    tables = sources.read(write(tmp_path, "name: no\ntables: {transactions: {file: orders.csv, columns: {brand: on}}}"))
    assert tables.facts["name"] == "no"
    assert tables["transactions"].select("customer_id, brand").fetchall() == [("NO", "yes")]


def test_the_command_line_settles_over_the_file(tmp_path):
    csv(tmp_path / "orders.csv", dates=("2024-01-01", "2024-06-01"))
    path = write(tmp_path, "as_of: 2024-06-02\ntables: {transactions: orders.csv}")
    assert str(sources.read(path).as_of) == "2024-06-02"
    assert sources.read(path, as_of="2024-03-01").facts["tables"]["transactions"]["dropped"] == {"after_as_of": 2}
