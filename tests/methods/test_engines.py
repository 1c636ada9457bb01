"""One company of 240 customers with ties, returns and missing costs: pandas, DuckDB and Spark give each the same result."""

import datetime

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import pytest

from crm_analysis.data import customers, frames
from crm_analysis.methods import rfm, segments
from tests.methods.test_customer_profit import assert_alike, everything

AS_OF = datetime.date(2026, 7, 1)
TODAY = frames.day_number(AS_OF)
CUTS = {
    "quantile": {}, "upper ties": {"ties": "upper"}, "nested": {"nested": True, "levels": (3, 3, 3)}, "jenks": {"cuts": "jenks"},
    "behaviour": {"cuts": "behaviour"}, "mean": {"cuts": "mean"}, "rfm-compatible": {"cuts": "rfm-compatible"},
    "own points": {"cuts": ((30.0, 90.0), (2.0, 5.0), (50.0, 200.0))}, "percentiles": {"levels": ((0.5, 0.8), 3, (0.9,))},
}  # fmt: skip


def company():
    """Tables of pandas: every third customer is the twin of another, some have returns only, costs have gaps and strangers."""
    random = np.random.default_rng(5)
    rows = []
    for person in range(240):
        twin = person - 1 if person % 3 == 2 else person
        same = np.random.default_rng(twin)
        for line in range(1 + same.poisson(4)):
            amount = int(same.integers(1, 90)) * (-1 if same.random() < 0.12 or twin % 40 == 7 else 1)
            ago, what = int(same.integers(1, 900)), same.choice(["tea", "coffee", "oil"])
            cost = None if same.random() < 0.1 else amount / 2
            rows.append((f"c{person:03d}", f"{person}-{line // 2}", TODAY - ago, float(amount), cost, what))
    names = ["customer_id", "order_id", "order_day", "amount", "cost", "category"]
    spent = [
        (f"c{person:03d}", TODAY - ago, float(random.integers(0, 9)), None if person % 5 == 0 else 4.25, float(random.integers(0, 60)))
        for person in range(0, 260, 2) for ago in (30, 120, 500)
    ]  # fmt: skip
    cases = [(f"c{p:03d}", TODAY - 90, None if p % 4 == 0 else TODAY - 60) for p in range(0, 240, 6)]
    calls = [(f"c{p:03d}", TODAY - p, p % 3 == 0) for p in range(0, 240, 5)]
    return {
        "lines": pd.DataFrame(rows, columns=names),
        "costs": pd.DataFrame(spent, columns=["customer_id", "period_end_day", "acquire", "sell", "serve"]),
        "service": pd.DataFrame(cases, columns=["customer_id", "opened_day", "resolved_day"]).astype({"resolved_day": "Int64"}),
        "contacts": pd.DataFrame(calls, columns=["customer_id", "contacted_day", "treated"]),
    }  # fmt: skip


@pytest.fixture(scope="module")
def here():
    tables = company()
    return tables | {"customers": customers.table(tables["lines"], AS_OF)}


@pytest.fixture(params=["duckdb", pytest.param("spark", marks=[pytest.mark.spark, pytest.mark.slow])])
def there(request, here, tmp_path):
    """The same tables on another engine; ``hold``: how a result that is used again is kept there."""
    if request.param == "duckdb":
        connection = duckdb.connect()
        return {name: connection.from_df(table) for name, table in here.items()} | {"hold": lambda frame: frame}
    spark = request.getfixturevalue("spark")
    for name, table in here.items():
        table.to_parquet(tmp_path / f"{name}.parquet")
    tables = {name: spark.read.parquet(str(tmp_path / f"{name}.parquet")) for name in here}
    return tables | {"hold": lambda frame: frame.localCheckpoint()}


def by_id(frame, columns):
    return frames.to_pandas(nw.from_native(frame).select("customer_id", *columns)).sort_values(
        "customer_id", ignore_index=True
    )


def test_the_company_has_what_engines_might_treat_differently(here):
    base = here["customers"]
    assert base.duplicated(["orders", "revenue", "recency_days"]).sum() > 50, "ties"
    assert (base["revenue"] < 0).any()
    assert (base["orders"] == 0).any()
    assert here["lines"]["cost"].isna().any()
    assert not set(here["costs"]["customer_id"]) <= set(base["customer_id"])


def test_the_customer_table_is_the_same(here, there):
    columns = list(here["customers"].columns[1:])
    found = by_id(customers.table(there["lines"], AS_OF), columns)
    pd.testing.assert_frame_equal(found, by_id(here["customers"], columns), check_dtype=False)


def test_every_kind_of_cut_scores_every_customer_the_same(here, there):
    columns, kept = [*rfm.SCORES, "rfm_score", "segment"], []
    for name, how in CUTS.items():
        profile = rfm.learn(here["customers"], **({"levels": (4, 4, 4)} | how))
        assert rfm.learn(there["customers"], **({"levels": (4, 4, 4)} | how)) == profile, name
        one, other = (by_id(rfm.score(t["customers"], profile), columns) for t in (here, there))
        pd.testing.assert_frame_equal(one, other, check_dtype=False, check_exact=True, obj=name)
        kept.append(tuple(one["rfm_score"]))
    assert len(set(kept)) >= len(CUTS) - 1, "the cuts differ, so the comparison says something"


def test_every_customer_is_in_the_same_value_segment(here, there):
    base = here["customers"]
    learned = segments.learn(
        base, segments.scaled(base, segments.features("orders:log, revenue:log, tenure_days", base)), 3
    )
    one, other = (by_id(segments.score(t["customers"], learned), segments.SCORED) for t in (here, there))
    pd.testing.assert_frame_equal(one, other, check_dtype=False, atol=1e-4)
    assert one["cluster"].nunique() == 3


def test_everything_of_customer_value_is_the_same(here, there):
    names = ("lines", "costs", "service", "contacts", "customers")
    one, other = (everything(*(t[n] for n in names), AS_OF, t.get("hold", lambda frame: frame)) for t in (here, there))
    assert_alike(one, other)
    assert all(len(table) > 3 for table in one[1].values())
