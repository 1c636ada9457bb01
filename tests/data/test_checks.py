"""Each way in which a file can be wrong, in a file of a few lines, and what is said about it."""

import codecs
import gzip
import io
import sqlite3
import zipfile

import pytest

from crm_analysis.data import checks
from tests.data.made import HEADER, accepted, csv, refused, workbook


@pytest.fixture
def file(tmp_path):
    return tmp_path / "orders.csv"


def test_a_clean_file_is_accepted_with_its_exact_figures(file):
    verdict = accepted(csv(file, dates=("2024-05-01", "2024-05-31"), amounts=("0.10", "0.20"), rows=30))
    assert (verdict["rows_kept"], verdict["customers"], verdict["orders"]) == (30, 2, 30)
    assert verdict["amount_sum"] == "4.50"
    assert (verdict["date_min"], verdict["date_max"], verdict["as_of"]) == ("2024-05-01", "2024-05-31", "2024-06-01")
    assert verdict["brands"] == ["Aurora"]
    assert verdict["warnings"] == []


def test_ids_are_text_and_only_an_empty_one_is_missing(file):
    verdict = accepted(csv(file, ids=("007", "7", "NA", "null", "nan", "1e5", "12345678901234567890"), rows=7))
    assert verdict["ids"] == sorted(["007", "7", "NA", "null", "nan", "1e5", "12345678901234567890"])
    error = refused(csv(file, ids=("C1", "")))
    assert (error["code"], error["column"], error["row"], error["line"]) == ("missing_id", "customer_id", 2, 3)


def test_ids_are_trimmed_of_every_white_space_and_brought_to_one_unicode_form(file):
    verdict = accepted(csv(file, ids=("José", "Jose\u0301", " José", "José\u00a0", "\u3000José"), rows=5))
    assert verdict["ids"] == ["José"]
    assert {"ids_trimmed", "ids_normalised"} <= set(verdict["warnings"])


def test_ids_that_a_spreadsheet_cut_are_refused(file):
    assert refused(csv(file, ids=("1.23457E+11", "C2")))["code"] == "ids_scientific_notation"


def test_ids_that_differ_only_in_case_are_kept_apart_and_warned_of(file):
    verdict = accepted(csv(file, ids=("ab", "AB")))
    assert verdict["customers"] == 2
    assert "ids_case_collision" in verdict["warnings"]


def test_an_order_with_two_customers_is_warned_of(file):
    file.write_text(f"{HEADER}\nO1,C1,2024-05-01,A,P,1,5\nO1,C2,2024-05-01,A,P,1,5\n")
    assert "order_id_conflict" in accepted(file)["warnings"]


def test_equal_rows_are_kept_and_warned_of(file):
    file.write_text(f"{HEADER}\n" + "O1,C1,2024-05-01,A,P,1,5.00\n" * 3)
    verdict = accepted(file)
    assert verdict["rows_kept"] == 3
    assert "duplicate_rows" in verdict["warnings"]


@pytest.mark.parametrize(
    ("dates", "first", "last"),
    [
        (("2024/05/03", "2024/5/4"), "2024-05-03", "2024-05-04"),
        (("20240503", "20241231"), "2024-05-03", "2024-12-31"),
        (("3 May 2024", "31-Dec-2024"), "2024-05-03", "2024-12-31"),
        (("2024年5月3日", "2024年12月31日"), "2024-05-03", "2024-12-31"),
        (("25/12/2024", "03/04/2024"), "2024-04-03", "2024-12-25"),
        (("12/25/2024", "03/04/2024"), "2024-03-04", "2024-12-25"),
        (("2024-05-01 11:30 PM", "2024-05-02 12:05 am"), "2024-05-01", "2024-05-02"),
        (("2024-05-01T10:00:00.123456789", "2024-05-02"), "2024-05-01", "2024-05-02"),
    ],
)
def test_dates_with_one_reading_are_read(file, dates, first, last):
    verdict = accepted(csv(file, dates=dates))
    assert (verdict["date_min"], verdict["date_max"]) == (first, last)


@pytest.mark.parametrize(
    ("options", "first"),
    [({"date_format": "%d/%m/%Y"}, "2024-01-02"), ({"date_format": "mm/dd/yyyy"}, "2024-02-01"), ({"dayfirst": True}, "2024-01-02"),
     ({"date_order": "mdy"}, "2024-02-01")],
)  # fmt: skip
def test_dates_with_two_readings_are_read_as_told(file, options, first):
    csv(file, dates=("02/01/2024", "03/04/2024"))
    assert accepted(file, **options)["date_min"] == first
    error = refused(file)
    assert (error["code"], error["column"], error["line"]) == ("ambiguous_date", "order_date", 2)
    assert "date_format" in error["mend"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dates", "code", "line"),
    [
        (("25/12/2024", "25/12/2024", "12/25/2024"), "ambiguous_date", 4),
        (("2024-05-01", "2024-05-02", "25/12/2024"), "ambiguous_date", 4),
        (("05/04/24",), "ambiguous_date", 2),
        (("2024-05-01", "2023-02-29"), "date", 3),
        (("2024-05-01", "2024-05-01 24:00"), "date", 3),
        (("2024-05-01", ""), "date", 3),
        (("2024-05-01", "yesterday"), "date", 3),
        (("1714521600",), "date", 2),
        (("45413",), "date", 2),
        (("2024-05-01", "9999-12-31"), "date_out_of_range", 3),
        (("2024-05-01", "1900-01-01"), "date_out_of_range", 3),
        (("1970-01-01", "2024-05-01"), "date_out_of_range", 2),
    ],
)
def test_dates_that_cannot_be_trusted_are_refused(file, dates, code, line):
    error = refused(csv(file, dates=dates))
    assert (error["code"], error["column"], error["line"]) == (code, "order_date", line)


def test_day_numbers_and_epochs_are_read_when_told(file):
    assert accepted(csv(file, dates=("45413", "45420")), date_format="excel")["date_min"] == "2024-05-01"
    assert accepted(csv(file, dates=("1714521600",)), date_format="epoch")["date_min"] == "2024-05-01"
    shanghai = accepted(csv(file, dates=("1714521600123", "1714600000000")), date_format="epoch_ms", tz="Asia/Shanghai")
    assert shanghai["date_max"] == "2024-05-02"


def test_times_in_several_zones_need_to_be_told_where_days_are_counted(file):
    csv(file, dates=("2024-05-01T20:00:00Z", "2024-05-01T10:00:00+08:00"))
    assert refused(file)["code"] == "timezone"
    assert accepted(file, tz="Asia/Shanghai")["date_max"] == "2024-05-02"
    assert accepted(file, tz="UTC")["date_max"] == "2024-05-01"
    csv(file, dates=("2024-05-01T20:00:00Z", "2024-05-01 10:00:00"))
    assert refused(file)["code"] == "timezone"


def test_a_day_without_time_stays_that_day_in_every_zone(file):
    csv(file, dates=("2024-05-01T20:00:00Z", "2024-05-01"))
    verdict = accepted(file, tz="America/New_York")
    assert (verdict["date_min"], verdict["date_max"]) == ("2024-05-01", "2024-05-01")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("amounts", "total"),
    [
        (("12.50", "-2.25"), "10.25"),
        (("(12.50)", "1.00"), "-11.50"),
        (("12.50-", "1.00"), "-11.50"),
        (("\u221212.50", "1.00"), "-11.50"),
        (("$12.50", "-$1.25"), "11.25"),
        (("12.50 USD", "1.00 USD"), "13.50"),
        (("12,50 €", "1.234,00 €"), "1246.50"),
        (("1 234,50", "12,30"), "1246.80"),
        (("1'234.50", "12.30"), "1246.80"),
        (("1,234", "12.30"), "1246.30"),
        (("12,345,678", "1,000"), "12346678.00"),
        (("12,34,567.00", "1.00"), "1234568.00"),
        ((".5", "5.", "+5", "1e2"), "110.50"),
    ],
)
def test_numbers_with_one_reading_are_read(file, amounts, total):
    assert accepted(csv(file, amounts=amounts, rows=len(amounts), sep=";"))["amount_sum"] == total


@pytest.mark.slow
@pytest.mark.parametrize(
    ("amounts", "code", "line"),
    [
        (("1,234", "5,678"), "ambiguous_number", 2),
        (("1.234", "5.678"), "ambiguous_number", 2),
        (("12.50", "12.60", "12,50"), "number", 4),
        (("12.50", ""), "number", 3),
        (("12.50", "NaN"), "number", 3),
        (("12.50", "inf"), "number", 3),
        (("12.50", "--5"), "number", 3),
        (("12.50", "0x10"), "number", 3),
        (("12.50", "1_000"), "number", 3),
        (("12.50", "5 kg"), "number", 3),
        (("12.50", "(-5)"), "number", 3),
        (("12.50", "1e308"), "implausible_amount", 3),
        (("12.50", "9" * 50), "implausible_amount", 3),
    ],
)
def test_numbers_that_cannot_be_trusted_are_refused(file, amounts, code, line):
    error = refused(csv(file, amounts=amounts, rows=3, sep=";"))
    assert (error["code"], error["column"], error["line"]) == (code, "amount", line)


def test_numbers_with_two_readings_are_read_as_told(file):
    csv(file, amounts=("1,234", "5,678"), rows=2, sep=";")
    assert accepted(file, decimal=",")["amount_sum"] == "6.912"
    assert accepted(file, thousands=",")["amount_sum"] == "6912.00"


def test_currencies_are_never_added_up(file):
    assert refused(csv(file, amounts=("$5.00", "€5.00"), sep=";"))["code"] == "mixed_currency"
    csv(file, amounts=("$5.00", "7.00"), sep=";")
    assert refused(file)["code"] == "mixed_currency"
    assert accepted(file, currency="USD")["amount_sum"] == "24.00"
    assert refused(file, currency="EUR")["code"] == "mixed_currency"


def test_all_problems_are_told_at_once_with_counts_and_five_examples(file):
    csv(file, dates=("2024-05-01", "soon"), amounts=("1.00", "1.00", "x"), quantities=("1", "1", "1", "many"), rows=60)
    error = refused(file)
    assert {(p["column"], p["code"], p["count"]) for p in error["problems"]} == {
        ("order_date", "date", 30), ("amount", "number", 20), ("quantity", "number", 15)}  # fmt: skip
    assert all(len(p["examples"]) == 5 for p in error["problems"])


def test_bad_rows_are_set_aside_when_asked_and_counted_by_reason(file):
    csv(file, dates=("2024-05-01", "soon"), amounts=("1.00", "1.00", "x"), rows=12)
    verdict = accepted(file, on_bad_row="quarantine")
    assert verdict["dropped"] == {"bad_amount": 2, "bad_date": 6}
    assert verdict["rows_kept"] == 4


def test_rows_after_as_of_are_left_out_and_counted(file):
    csv(file, dates=("2024-01-01", "2024-06-01", "2024-06-02"), rows=3)
    assert accepted(file, as_of="2024-06-01")["dropped"] == {"after_as_of": 1}
    assert refused(file, as_of="2020-01-01")["code"] == "no_rows"


def test_lines_of_quoted_line_breaks_are_counted_as_an_editor_counts_them(file):
    file.write_text(f'{HEADER}\nO1,C1,2024-05-01,A,"two\nlines",1,5\n\nO2,C2,soon,A,P,1,5\n')
    error = refused(file)
    assert (error["row"], error["line"]) == (2, 5)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty_file"),
        ("\n\n\n", "empty_file"),
        ("\ufeff", "empty_file"),
        (f"{HEADER}\n", "no_rows"),
        ("<!DOCTYPE html><html><body>Sign in</body></html>", "not_a_table"),
        ('[{"customer_id": "A"}]', "not_a_table"),
        ("customer_id,order_id,order_date\nC,O,2024-05-01\n", "missing_column"),
        (f"Report\n\n{HEADER}\nO,C,2024-05-01,A,P,1,5\n", "missing_column"),
        (f"{HEADER},Amount\nO,C,2024-05-01,A,P,1,5,6\n", "duplicate_column"),
        (f"{HEADER}\nO,C,2024-05-01,A,P,1,5\n{HEADER}\n", "repeated_header"),
        (f"{HEADER}\nO,C,2024-05-01,A,P,1,5\nO,C\n", "ragged"),
        (f"{HEADER}\nO,C,2024-05-01,A,P,1,5,9,9\n", "ragged"),
        (f'{HEADER}\nO,C,2024-05-01,A,"P,1,5\nO,C,2024-05-01,A,P,1,5\n', "quote"),
        (f'{HEADER}\nO,C,2024-05-01,A,"P,1,5\nO,C,2024-05-01,A,P,1,5\nO,C,2024-05-01,A,P",1,5\n', "quote"),
        (f"{HEADER}\nO,C\0,2024-05-01,A,P,1,5\n", "control_character"),
        (f"{HEADER}\nO,C\ufffd,2024-05-01,A,P,1,5\n", "encoding"),
        (f"{HEADER}\nO,C,2024-05-01,A,{'x' * 200_000},1,5\n", "cell_too_long"),
    ],
)
def test_files_that_are_no_table_or_a_broken_one_are_refused(file, text, code):
    file.write_text(text, encoding="utf-8", newline="")
    assert refused(file)["code"] == code


def test_a_quote_that_swallows_records_in_a_column_nobody_reads_is_found(file):
    row = "O{},C,2024-05-01,A,P,1,5,{}\n"
    notes = ["fine", '"not closed', "lost", 'closed by chance"', "fine"]
    file.write_text(f"{HEADER},note\n" + "".join(row.format(i, note) for i, note in enumerate(notes)))
    error = refused(file)
    assert (error["code"], error["row"]) == ("quote", 2)


@pytest.mark.parametrize("sep", [";", "\t", "|"])
def test_common_delimiters_are_found(file, sep):
    assert accepted(csv(file, sep=sep))["rows_kept"] == 4


def test_other_delimiters_are_told(file):
    csv(file, sep="^")
    assert accepted(file, delimiter="^")["rows_kept"] == 4
    assert refused(csv(file), delimiter=";")["code"] == "delimiter"


def test_a_header_in_another_case_and_with_blanks_is_the_same_header(file):
    verdict = accepted(csv(file, header=" Order ID,CUSTOMER-ID,Order_Date,Brand,Product,Quantity,Amount"))
    assert "header_normalised" in verdict["warnings"]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_line_end_is_read(file, newline):
    file.write_bytes(csv(file).read_bytes().replace(b"\n", newline.encode()))
    assert accepted(file)["rows_kept"] == 4


def test_encodings_are_read_when_a_mark_or_the_owner_tells_them(file):
    text = csv(file, ids=("客户", "é")).read_text(encoding="utf-8")
    for data, options in (
        (text.encode("utf-8-sig"), {}),
        (codecs.BOM_UTF16_LE + text.encode("utf-16-le"), {}),
        (codecs.BOM_UTF16_BE + text.encode("utf-16-be"), {}),
        (text.encode("gb18030"), {"encoding": "gb18030"}),
        (text.encode("utf-16-le"), {"encoding": "utf-16-le"}),
    ):
        file.write_bytes(data)
        assert accepted(file, **options)["ids"] == ["é", "客户"]


def test_an_unknown_encoding_is_refused_at_its_first_cell(file):
    file.write_bytes(csv(file).read_bytes().replace(b"O2,C1", b"O2,C\xe9"))
    error = refused(file)
    assert (error["code"], error["column"], error["row"], error["line"]) == ("encoding", "customer_id", 3, 4)
    file.write_bytes(csv(file).read_text().encode("utf-16-le"))
    assert refused(file)["code"] == "encoding"


def test_archives_are_read_whole_or_not_at_all(file, tmp_path):
    data = csv(file, rows=400).read_bytes()
    packed = tmp_path / "orders.csv.gz"
    whole = gzip.compress(data)
    packed.write_bytes(whole)
    assert accepted(packed)["rows_kept"] == 400
    packed.write_bytes(whole[:-20])
    assert refused(packed)["code"] == "truncated"
    packed.write_bytes(whole[:-8] + b"\0\0\0\0" + whole[-4:])
    assert refused(packed)["code"] == "corrupt"
    zipped = tmp_path / "orders.zip"
    for names, outcome in ((["a.csv"], "accept"), (["a.csv", "b.csv"], "ambiguous_member"), ([], "ambiguous_member")):
        with zipfile.ZipFile(zipped, "w") as archive:
            for name in names:
                archive.writestr(name, data)
        verdict = checks.check(zipped)
        assert outcome in (verdict["outcome"], verdict.get("error", {}).get("code"))


@pytest.mark.slow
def test_a_bomb_is_refused_before_it_fills_the_disk(tmp_path):
    bomb = tmp_path / "orders.csv.gz"
    bomb.write_bytes(gzip.compress(bytes(1 << 20)) * 300)
    assert refused(bomb)["code"] == "too_large"


def test_what_a_file_is_counts_not_its_name(tmp_path, file):
    named = tmp_path / "really_gzip.csv"
    named.write_bytes(gzip.compress(csv(file).read_bytes()))
    assert accepted(named)["rows_kept"] == 4
    named.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)
    assert refused(named)["code"] == "not_a_table"


@pytest.mark.slow
def test_workbooks_are_read_cell_by_true_cell(tmp_path):
    header = HEADER.split(",")
    rows = [header, ["O1", 1001, "2024-05-01", "A", "P", 1, 10.5], ["O2", "007", "2024-05-02", "A", "P", 2, 1.234]]
    book = workbook(tmp_path / "orders.xlsx", {"notes": [["read me"]], "2024": rows})
    verdict = accepted(book)
    assert verdict["ids"] == ["007", "1001"]
    assert verdict["amount_sum"] == "11.734"
    both = workbook(tmp_path / "both.xlsx", {"a": rows, "b": rows[:2]})
    assert refused(both)["code"] == "ambiguous_sheet"
    assert accepted(both, sheet="b")["rows_kept"] == 1
    assert refused(both, sheet="c")["code"] == "no_sheet"
    empty = workbook(tmp_path / "empty.xlsx", {"a": [[], [], *rows, ["O3", "C", "2024-05-01", "A", "P", 1, None]]})
    error = refused(empty)
    assert (error["code"], error["row"], error["line"]) == ("number", 3, 6)
    title = workbook(tmp_path / "title.xlsx", {"a": [["Report"], *rows]})
    assert refused(title)["code"] == "missing_column"
    assert accepted(title, skip_lines=1)["rows_kept"] == 2
    cut = tmp_path / "cut.xlsx"
    cut.write_bytes(book.read_bytes()[:500])
    assert refused(cut)["code"] == "corrupt"


def test_a_database_file_is_asked_one_select_and_never_changed(tmp_path):
    path = tmp_path / "orders.sqlite"
    with sqlite3.connect(path) as con:
        con.execute("CREATE TABLE orders (order_id, customer_id, order_date, amount)")
        con.execute("INSERT INTO orders VALUES ('O1', 7, '2024-05-01', 1.5), ('O2', '007', '2024-05-02', 2)")
        con.execute("CREATE TABLE other (x)")
    before = path.read_bytes()
    assert accepted(path, sql="SELECT * FROM orders")["ids"] == ["007", "7"]
    assert refused(path)["code"] == "ambiguous_table"
    for sql in (
        "DROP TABLE orders",
        "SELECT 1; DROP TABLE orders",
        "ATTACH '/tmp/x' AS x",
        "INSERT INTO orders VALUES (1, 2, 3, 4)",
    ):
        assert refused(path, sql=sql)["code"] == "sql"
    assert refused(path, db_table="x'; DROP TABLE orders; --")["code"] == "no_table"
    assert path.read_bytes() == before


def test_a_duckdb_file_reaches_no_other_file(tmp_path):
    import duckdb

    path = tmp_path / "orders.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE transactions AS SELECT 'O' || i AS order_id, i AS customer_id, DATE '2024-05-01' + i::INT AS order_date, "
                    "(i / 4)::DECIMAL(9, 2) AS amount FROM range(5) t(i)")  # fmt: skip
    assert accepted(path)["amount_sum"] == "2.50"
    for sql in (
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY transactions TO '/tmp/x.csv'",
        "DROP TABLE transactions",
        "SELECT 1; SELECT 2",
    ):
        assert refused(path, sql=sql)["code"] == "sql"


def test_an_unknown_option_is_answered_with_the_nearest(file):
    error = checks.check(csv(file), delimeter=";")["error"]
    assert (error["code"], error["mend"]) == ("option", "Did you mean delimiter?")


def test_messages_name_the_file_but_not_its_folder(tmp_path):
    path = tmp_path / "orders.parquet"
    path.write_bytes(b"PAR1" + bytes(100))
    message = refused(path)["message"]
    assert str(tmp_path) not in message


def test_a_verdict_never_takes_the_text_of_a_cell_for_terminal_control(file):
    csv(file, amounts=("\x1b[2J",))
    assert "\x1b" not in refused(file)["message"]


def test_bytes_in_a_zip_are_checked(tmp_path, file):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.csv", csv(file, rows=200).read_bytes())
    data = bytearray(buffer.getvalue())
    data[200] ^= 255
    path = tmp_path / "orders.zip"
    path.write_bytes(bytes(data))
    assert refused(path)["code"] == "corrupt"


@pytest.mark.parametrize(
    ("twin", "code"), [("amount", "duplicate_column"), ("Amount", "duplicate_column"), ("brand", None)]
)
def test_parquet_columns_of_one_name_are_never_chosen_among(tmp_path, twin, code):
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {"order_id": ["O1"], "customer_id": ["C1"], "order_date": ["2024-05-01"], "amount": [1.5]}
    path = tmp_path / "orders.parquet"
    pq.write_table(pa.table([*columns.values(), [2.5]], names=[*columns, twin]), path)
    if code:
        assert (refused(path)["code"], refused(path)["column"]) == (code, "amount")
    else:
        pq.write_table(pa.table([*columns.values(), ["A"], ["B"]], names=[*columns, "x", "X"]), path)
        assert accepted(path)["amount_sum"] == "1.50"
