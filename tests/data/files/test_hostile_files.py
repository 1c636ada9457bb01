"""Files that are damaged, unfinished or oddly made: read whole, or refused before any of it is used."""

import os
import sqlite3
import zipfile

import pytest

from tests.data.made import HEADER, accepted, csv, refused, workbook

ROWS = [HEADER.split(","), *(["O" + str(i), "C1", "2024-05-01", "A", "P", 1, 10.5] for i in range(5))]
SHEET = "xl/worksheets/sheet1.xml"


def edited(path, old, new):
    """The workbook at ``path`` with a text of its first sheet replaced."""
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name).decode() for name in file.namelist()}
    assert old in members[SHEET]
    members[SHEET] = members[SHEET].replace(old, new)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in members.items():
            file.writestr(name, text)
    return path


@pytest.mark.parametrize("cell", ["XFD1048576", "ZZ900000"])
def test_a_stray_cell_that_makes_a_sheet_immense_is_refused_not_fatal(tmp_path, cell):
    path = workbook(tmp_path / "orders.xlsx", {"a": ROWS})
    row = cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    edited(path, "</sheetData>", f'<row r="{row}"><c r="{cell}"><v>1</v></c></row></sheetData>')
    error = refused(path)
    assert error["code"] == "too_large"
    assert f"{int(row):,} rows" in error["message"]


@pytest.mark.parametrize("cell", ["J4000", "ZZ6"])
def test_a_stray_cell_near_by_is_ignored_or_told_but_never_fatal(tmp_path, cell):
    path = workbook(tmp_path / "orders.xlsx", {"a": ROWS})
    row = cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    edited(path, "</sheetData>", f'<row r="{row}"><c r="{cell}"><v>1</v></c></row></sheetData>')
    assert accepted(path)["rows_kept"] == 5


@pytest.mark.parametrize(
    ("ids", "code"), [((2**53, 2**53 + 2), "ids_scientific_notation"), ((2**53 - 2, 2**53 - 1), "")]
)
def test_numbers_of_a_sheet_are_ids_as_far_as_they_are_told_apart(tmp_path, ids, code):
    rows = [ROWS[0], *([row[0], ids[i % 2], *row[2:]] for i, row in enumerate(ROWS[1:]))]
    path = workbook(tmp_path / "orders.xlsx", {"a": rows})
    if code:
        assert (refused(path)["code"], refused(path)["column"]) == (code, "customer_id")
    else:
        assert accepted(path)["ids"] == sorted(map(str, ids))


@pytest.mark.parametrize("cell", [' "A"', '  "A, B"', ' "A'])
def test_a_blank_before_an_opening_quote_is_refused_at_its_line(tmp_path, cell):
    path = tmp_path / "orders.csv"
    path.write_text(f'{HEADER}\nO1,C1,2024-05-01,A,"fine, ""so"" to say",1,5\nO2,C1,2024-05-01,{cell},P,1,5\n')
    error = refused(path)
    assert (error["code"], error["line"]) == ("quote", 3)


def test_blanks_and_quotes_inside_a_quoted_cell_are_text(tmp_path):
    path = tmp_path / "orders.csv"
    cells = ('"a, ""b"" c"', '"\n ""b"""', '"a, "', '"he said: "" x"')
    path.write_text(HEADER + "\n" + "".join(f"O{i},C1,2024-05-01,{c},P,1,5\n" for i, c in enumerate(cells)))
    assert sorted(accepted(path)["brands"]) == sorted(['a, "b" c', '"b"', "a,", 'he said: " x'])


def test_an_overlong_id_is_refused_with_its_line(tmp_path):
    error = refused(csv(tmp_path / "orders.csv", ids=("C1", "x" * 140_000)))
    assert (error["code"], error["row"], error["line"]) == ("cell_too_long", 2, 3)


def test_an_encoding_that_needs_a_mark_and_has_none_is_refused(tmp_path):
    path = csv(tmp_path / "orders.csv")
    path.write_bytes(path.read_text().encode("utf-16-be"))
    assert refused(path, encoding="utf-16")["code"] == "encoding"


@pytest.fixture
def sqlite(tmp_path):
    path = tmp_path / "orders.sqlite"
    con = sqlite3.connect(path)
    con.execute(f"CREATE TABLE orders ({HEADER})")
    con.executemany(
        "INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?)", [[*r[:4], "P" * 300, *r[5:]] for r in ROWS[1:] * 20]
    )
    con.commit()
    con.close()
    return path


@pytest.mark.parametrize("left", [0.9, 0.5, 0.1])
def test_a_database_file_cut_off_is_refused_not_read_in_part(sqlite, left):
    assert accepted(sqlite)["rows_kept"] == 100
    os.truncate(sqlite, int(sqlite.stat().st_size * left))
    assert refused(sqlite)["code"] == "corrupt"


def test_rows_that_stand_only_in_the_log_of_a_database_are_not_passed_over(sqlite):
    writer = sqlite3.connect(sqlite)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("INSERT INTO orders SELECT * FROM orders LIMIT 1")
    writer.commit()
    assert "Close the program" in refused(sqlite)["message"]
    writer.close()
    assert accepted(sqlite)["rows_kept"] == 101
