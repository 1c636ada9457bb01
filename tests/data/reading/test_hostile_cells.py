"""Cells that look right and are not: each was once read wrongly, or refused though it has one reading."""

import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.data.made import accepted, csv, refused

TIDY = 3100  # rows: more than the sample by which the quick way is chosen


@pytest.fixture
def file(tmp_path):
    return tmp_path / "orders.csv"


def parquet(path, **columns):
    n = len(next(iter(columns.values())))
    table = {
        "order_id": [f"O{i}" for i in range(n)],
        "customer_id": ["C1"] * n,
        "order_date": [datetime.date(2024, 5, 1)] * n,
        "amount": [1.5] * n,
    }
    pq.write_table(pa.table(table | columns), path)
    return path


@pytest.mark.parametrize("hour", ["24:00:00", "23:60:00", "25:00:00"])
def test_a_time_that_no_clock_shows_is_refused(file, hour):
    error = refused(csv(file, dates=("2024-05-01 10:00:00", f"2024-05-01 {hour}"), rows=2))
    assert (error["code"], error["row"]) == ("date", 2)


@pytest.mark.parametrize("text", ["3 marraskuu 2024", "3 Mayhem 2024", "marraskuu 3, 2024", "3 Junk 2024"])
def test_a_word_that_begins_like_a_month_is_none(file, text):
    """Finnish marraskuu is November."""
    error = refused(csv(file, dates=("3 May 2024", text), rows=2, sep=";"))
    assert (error["code"], error["row"]) == ("date", 2)


@pytest.mark.parametrize("text", ["3 SEPTEMBER 2024", "3 Sept 2024", "September 3, 2024", "sep 3 2024"])
def test_names_of_months_are_read_whole_or_short(file, text):
    assert accepted(csv(file, dates=(text,), sep=";"))["date_min"] == "2024-09-03"


def test_the_last_second_of_a_spreadsheet_day_stays_in_it(file):
    assert accepted(csv(file, dates=("45413.999999",)), date_format="excel")["date_max"] == "2024-05-01"
    assert accepted(csv(file, dates=("45413.9999999999",)), date_format="excel")["date_max"] == "2024-05-02"


def test_a_day_without_time_is_not_moved_between_clocks_when_others_have_times(file):
    csv(file, dates=("2024-05-01", "2024-05-02 12:00:00"), rows=2)
    verdict = accepted(file, stored_tz="Europe/Berlin", tz="UTC")
    assert (verdict["date_min"], verdict["date_max"]) == ("2024-05-01", "2024-05-02")


def test_the_ways_to_write_no_offset_are_one_time_zone(file):
    csv(file, dates=("2024-05-01T10:00:00Z", "2024-05-01T10:00:00-00:00", "2024-05-02 10:00+00"), rows=3)
    assert accepted(file)["date_max"] == "2024-05-02"


@pytest.mark.slow
@pytest.mark.parametrize("clock", ["", " 10:11", " 23:59:59", "T09:00", " 11:59 PM"])
def test_a_format_told_for_days_reads_days_with_times(file, clock):
    csv(file, dates=(f"03/04/2024{clock}", f"05/04/2024{clock}"))
    verdict = accepted(file, date_format="%d/%m/%Y")
    assert (verdict["date_min"], verdict["date_max"]) == ("2024-04-03", "2024-04-05")
    assert refused(csv(file, dates=("2024-04-03",)), date_format="%d/%m/%Y")["code"] == "date"


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u202f", "\u3000"])
def test_any_blank_may_stand_between_number_and_currency(file, space):
    verdict = accepted(csv(file, amounts=(f"1\u00a0234,50{space}€",), sep=";"))
    assert verdict["amount_sum"] == "4938.00"


@pytest.mark.slow
@pytest.mark.parametrize("mark", ["\u200b", "\u202e", "\u2066", "\u00ad", "\u180e"])
@pytest.mark.parametrize("before", [1, TIDY])
def test_invisible_characters_in_ids_are_told_wherever_they_stand(file, mark, before):
    csv(file, ids=(*["C1"] * before, f"C{mark}1"), rows=before + 1)
    verdict = accepted(file)
    assert "ids_invisible" in verdict["warnings"]
    assert verdict["customers"] == 2


@pytest.mark.parametrize("others", [[1.0, 1.0], [1.0, 2.5]])
@pytest.mark.parametrize("column", ["amount", "quantity"])
def test_nan_is_seen_though_the_statistics_of_a_parquet_file_leave_it_out(tmp_path, others, column):
    path = parquet(tmp_path / "orders.parquet", **{column: [*others, float("nan")]})
    error = refused(path)
    assert (error["code"], error["column"], error["row"]) == ("number", column, 3)
    assert accepted(path, on_bad_row="quarantine")["rows_kept"] == 2


@pytest.mark.parametrize(
    ("ids", "code"),
    [
        (pa.array([9007199254740992.0, 9007199254740994.0]), "inexact_id"),
        (pa.array([16777216.0, 16777218.0], pa.float32()), "inexact_id"),
        (pa.array([1001.5, 7.0]), "inexact_id"),
        (pa.array([7.0, float("nan")]), "inexact_id"),
    ],
)
def test_ids_that_a_floating_point_number_does_not_hold_are_refused(tmp_path, ids, code):
    error = refused(parquet(tmp_path / "orders.parquet", customer_id=ids))
    assert (error["code"], error["column"]) == (code, "customer_id")


def test_whole_numbers_are_ids_without_a_point(tmp_path):
    path = parquet(tmp_path / "orders.parquet", customer_id=pa.array([4111111111111111.0, 4111111111111112.0]))
    assert accepted(path)["ids"] == ["4111111111111111", "4111111111111112"]
    wide = pa.array([12345678901234567890, 12345678901234567891], pa.decimal128(20, 0))
    assert accepted(parquet(path, customer_id=wide))["ids"] == ["12345678901234567890", "12345678901234567891"]


def test_an_infinite_date_is_out_of_range(tmp_path):
    days = pa.array([19_000, 2_147_483_647], pa.int32()).cast(pa.date32())
    error = refused(parquet(tmp_path / "orders.parquet", order_date=days))
    assert (error["code"], error["row"]) == ("date_out_of_range", 2)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("dates", "2024-05-01 24:00:00", "date"),
        ("dates", "infinity", "date"),
        ("dates", "2023-02-29", "date"),
        ("dates", "9999-12-31", "date_out_of_range"),
        ("ids", "1.2E+5", "ids_scientific_notation"),
        ("ids", "C\x01", "control_character"),
        ("ids", "\u00a0", "missing_id"),
        ("amounts", "12,50", "number"),
        ("amounts", "nan", "number"),
        ("amounts", "1234567890123.34", "implausible_amount"),
    ],
)
def test_a_bad_cell_behind_a_tidy_sample_is_found_in_its_row(file, column, cell, code):
    tidy = {"dates": "2024-05-01", "ids": "C1", "amounts": "10.50"}[column]
    csv(file, **{column: (*[tidy] * TIDY, cell)}, rows=TIDY + 1, sep=";")
    error = refused(file)
    assert (error["code"], error["row"], error["line"]) == (code, TIDY + 1, TIDY + 2)
