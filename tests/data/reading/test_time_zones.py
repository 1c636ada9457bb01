"""Times are counted on the clock of the place where the days are meant."""

import datetime

import duckdb
import pytest

from crm_analysis.data import sources
from crm_analysis.data.errors import DataError

LATE = "customer_id,order_id,order_date,amount\na,1,2017-07-02 03:30:00,5\nb,2,2017-12-31 12:00:00,7\n"


def days(path, **options):
    return sources.read(path, **options)["transactions"].order("order_id").df()["order_day"].tolist()


def day(text):
    return (datetime.date.fromisoformat(text) - datetime.date(1970, 1, 1)).days


def test_bare_times_stored_on_another_clock_are_moved_with_summer_time(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(LATE)
    assert days(path) == [day("2017-07-02"), day("2017-12-31")]
    moved = sources.read(path, stored_tz="UTC", tz="America/New_York")["transactions"].order("order_id").df()
    assert moved["order_day"].tolist() == [day("2017-07-01"), day("2017-12-31")]
    assert [str(t) for t in moved["order_date"]] == ["2017-07-01 23:30:00", "2017-12-31 07:00:00"]


def test_the_same_holds_for_timestamps_in_parquet(tmp_path):
    csv, path = tmp_path / "t.csv", tmp_path / "t.parquet"
    csv.write_text(LATE)
    duckdb.sql(f"SELECT * FROM read_csv('{csv}')").write_parquet(str(path))
    assert days(path, stored_tz="UTC", tz="America/New_York") == [day("2017-07-01"), day("2017-12-31")]


def test_days_without_times_are_never_moved(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("customer_id,order_id,order_date,amount\na,1,2017-07-02,5\n")
    assert days(path, stored_tz="UTC", tz="America/New_York") == [day("2017-07-02")]


def test_a_stored_clock_alone_does_not_say_where_days_are_counted(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(LATE)
    with pytest.raises(DataError, match="Add tz"):
        sources.read(path, stored_tz="UTC")
