"""Rows set aside: none is lost, each says where it stands and why, and the file can be opened without harm."""

import collections
import csv
import json
import stat

import duckdb
import hypothesis
import hypothesis.strategies as st
import pytest

from crm_analysis.data import checks, quarantine, sources, verdict
from crm_analysis.data.errors import DataError
from tests.data.made import HEADER, workbook
from tests.data.made import csv as made_csv


def rows_of(folder):
    with open(folder / quarantine.FILE, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def prepared(path, folder, **options):
    """(facts, rows of the file of rows set aside), held together by reason."""
    facts = sources.prepare(path, folder / "ready", on_bad_row="quarantine", **options)
    rows = rows_of(folder / "ready") if "quarantine" in facts else []
    for name, about in facts["tables"].items():
        there = collections.Counter(row["reason"] for row in rows if row["table"] == name)
        assert there == {r: n for r, n in about["dropped"].items() if r not in quarantine.LEFT_OUT}
        assert about["quarantined"] == there.total()
        assert about["rows_in"] == about["rows_kept"] + sum(about["dropped"].values())
    assert facts.get("quarantine", {"rows": 0})["rows"] == len(rows)
    return facts, rows


UNTIDY = f"""{HEADER}
O1,C1,2024-05-01,Aurora,Tea,1,5.00
O2,C2,soon,Aurora,"Tea,
green",1,5.00

O3,,2024-05-01,Aurora,Tea,1,"1,000.00"
O4,C4,2024-05-01
,,,,,,
{HEADER}
O5,C5,2024-05-01,Aurora,=cmd|calc,many,5.00
O6,C6,2024-05-01,Aurora,Tea,1,-x
O7,C7,2024-05-01,Aurora,Tea,1,7.00
"""


def test_each_row_set_aside_says_where_it_stands_why_and_what_it_holds(tmp_path):
    (tmp_path / "orders.csv").write_text(UNTIDY)
    facts, rows = prepared(tmp_path / "orders.csv", tmp_path)
    assert facts["tables"]["transactions"]["rows_kept"] == 2
    places = [(r["line"], r["row"], r["column"], r["reason"], r["problem"]) for r in rows]
    assert sorted(places, key=lambda p: int(p[1])) == [
        ("3", "2", "order_date", "bad_date", "date"),
        ("6", "3", "customer_id", "bad_customer_id", "missing_id"),
        ("7", "4", "", "ragged", "ragged"),
        ("9", "6", "", "repeated_header", "repeated_header"),
        ("10", "7", "quantity", "bad_quantity", "number"),
        ("11", "8", "amount", "bad_amount", "number"),
    ]
    cells = {r["row"]: r for r in rows}
    assert {r["file"] for r in rows} == {"orders.csv"}
    assert (cells["2"]["order_date"], cells["2"]["product"]) == ("soon", "Tea,\ngreen")
    assert (cells["3"]["amount"], cells["3"]["record"]) == ("1,000.00", "")
    assert (cells["4"]["record"], cells["4"]["order_id"]) == ("O4,C4,2024-05-01", "")


def test_no_cell_of_the_file_is_taken_for_a_formula(tmp_path):
    (tmp_path / "orders.csv").write_text(UNTIDY)
    _, rows = prepared(tmp_path / "orders.csv", tmp_path)
    cells = {r["row"]: r for r in rows}
    assert cells["7"]["product"] == "'=cmd|calc"
    assert cells["8"]["amount"] == "'-x"
    assert not [value for row in rows for value in row.values() if value[:1] in tuple("=+-@\t\r")]


def test_the_file_is_private_and_the_facts_name_it(tmp_path):
    (tmp_path / "orders.csv").write_text(UNTIDY)
    facts, rows = prepared(tmp_path / "orders.csv", tmp_path)
    assert facts["quarantine"] == {"file": "quarantine.csv", "rows": len(rows)}
    assert stat.S_IMODE((tmp_path / "ready" / "quarantine.csv").stat().st_mode) == 0o600
    assert "soon" not in (tmp_path / "ready" / "facts.json").read_text()


def test_check_says_where_the_rows_would_be(tmp_path):
    (tmp_path / "orders.csv").write_text(UNTIDY)
    result = checks.check(tmp_path / "orders.csv", on_bad_row="quarantine")
    assert result["quarantine"] == {"file": "quarantine.csv", "rows": 6}
    assert "6 of these rows set aside: a report keeps them in quarantine.csv" in verdict.verdict(result)


def test_a_source_without_a_bad_row_has_no_such_file(tmp_path):
    made_csv(tmp_path / "orders.csv")
    facts, _ = prepared(tmp_path / "orders.csv", tmp_path)
    assert "quarantine" not in facts
    assert not (tmp_path / "ready" / "quarantine.csv").exists()
    assert facts["tables"]["transactions"]["quarantined"] == 0


def test_tables_and_files_of_one_source_share_one_file_with_all_their_columns(tmp_path):
    shop = tmp_path / "shop"
    (shop / "transactions").mkdir(parents=True)
    made_csv(shop / "transactions" / "a.csv", dates=("2024-05-01", "soon"))
    made_csv(shop / "transactions" / "b.csv", amounts=("5", "5", "x"), header=HEADER.replace("brand", "Reason"))
    (shop / "customers.csv").write_text("customer_id,contactable\nC1,yes\nC2,perhaps\n")
    (tmp_path / "shop.yml").write_text(
        "tables: {transactions: {file: shop/transactions/*.csv, columns: {brand: Reason}}, customers: shop/customers.csv}"
    )
    (shop / "transactions" / "a.csv").write_text(
        (shop / "transactions" / "a.csv").read_text().replace("brand", "reason")
    )
    _, rows = prepared(tmp_path / "shop.yml", tmp_path)
    found = [(r["table"], r["file"], r["row"], r["order_date"], r["amount"], r["contactable"]) for r in rows]
    assert found == [
        ("transactions", "a.csv", "2", "soon", "10.50", ""),
        ("transactions", "a.csv", "4", "soon", "10.50", ""),
        ("transactions", "b.csv", "3", "2024-05-01", "x", ""),
        ("customers", "customers.csv", "2", "", "", "perhaps"),
    ]
    assert {r["Reason (source)"] for r in rows} | {r["reason (source)"] for r in rows} == {"Aurora", ""}


def test_rows_of_a_workbook_and_of_parquet_are_told_by_their_own_numbers(tmp_path):
    header = HEADER.split(",")
    cells = [["O1", "C1", "2024-05-01", "A", "P", 1, 5.5], ["O2", "C2", "soon", "A", "P", 1, 1234.5]]
    book = workbook(tmp_path / "orders.xlsx", {"orders": [header, cells[0], [], cells[1]]})
    _, rows = prepared(book, tmp_path)
    assert [(r["line"], r["row"], r["order_date"], r["amount"]) for r in rows] == [("4", "2", "soon", "1234.5")]
    duckdb.sql(
        "SELECT 'O' || i AS order_id, 'C' AS customer_id, DATE '2024-05-01' AS order_date, "
        "CASE WHEN i = 7 THEN NULL ELSE 1.5 END AS amount FROM range(9) t(i)"
    ).write_parquet(str(tmp_path / "orders.parquet"))
    _, rows = prepared(tmp_path / "orders.parquet", tmp_path)
    assert [(r["line"], r["row"], r["order_id"], r["amount"]) for r in rows] == [("", "8", "O7", "")]


def test_with_pseudonyms_no_cell_is_written_for_any_may_hold_an_id(tmp_path):
    (tmp_path / "orders.csv").write_text(UNTIDY + "O8,Aurora,2024-05-01,C-SECRET,Tea,1,x\n")
    key = tmp_path / "key"
    key.write_text("k" * 64)
    key.chmod(0o600)
    facts, rows = prepared(tmp_path / "orders.csv", tmp_path, pseudonym_key=str(key))
    assert set(rows[0]) == {"table", *quarantine.aside.PLACES} - {"record"}
    assert len(rows) == facts["quarantine"]["rows"] == 7
    for path in (tmp_path / "ready").iterdir():
        held = path.read_bytes()
        assert b"C-SECRET" not in held
        assert b"O4,C4" not in held
    assert "C-SECRET" not in json.dumps(facts)


BAD = {
    "order_date": ("soon", "", "2024-02-30", "1900-01-01"),
    "amount": ("x", "", "1e99", "NaN"),
    "customer_id": ("", "1.2E+11"),
}


@pytest.mark.slow
@hypothesis.given(
    st.lists(st.sampled_from(["", *BAD]), min_size=1, max_size=40), st.randoms(use_true_random=False), st.booleans()
)
def test_every_row_is_kept_or_set_aside_and_none_is_both(tmp_path_factory, ills, rng, noted):
    folder, lines = tmp_path_factory.mktemp("some"), [HEADER]
    for i, ill in enumerate([*ills, ""]):
        cells = {"order_id": f"O{i}", "customer_id": f"C{rng.randrange(5)}", "order_date": "2024-05-01", "brand": "A",
                 "product": '"two\nlines"' if noted and rng.random() < 0.3 else "P", "quantity": "1", "amount": "2.50"}  # fmt: skip
        cells |= {ill: rng.choice(BAD[ill])} if ill else {}
        lines += [",".join(cells.values())] + [""] * (rng.random() < 0.1)
    (folder / "orders.csv").write_text("\n".join(lines) + "\n" * rng.randrange(2), newline="")
    facts, rows = prepared(folder / "orders.csv", folder)
    kept = [order for (order,) in sources.read(folder / "ready")["transactions"].select("order_id").fetchall()]
    assert sorted(kept + [row["order_id"] for row in rows]) == sorted(f"O{i}" for i in range(len(ills) + 1))
    written = (folder / "orders.csv").read_text().split("\n")
    for row in rows:
        assert written[int(row["line"]) - 1].startswith(row["order_id"] + ",")
        assert row["order_id"] == f"O{int(row['row']) - 1}"


def test_a_refused_source_leaves_no_file_behind(tmp_path):
    (tmp_path / "orders.csv").write_text(UNTIDY)
    with pytest.raises(DataError):
        sources.prepare(tmp_path / "orders.csv", tmp_path / "ready")
    assert not (tmp_path / "ready").exists()
