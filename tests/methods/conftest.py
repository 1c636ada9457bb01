"""The demo company on two engines, made once."""

import datetime
import json
from pathlib import Path

import pytest

from crm_analysis.data import customers, frames, sources

AS_OF = datetime.date(2026, 7, 1)
TRUTH = Path(__file__).parents[2] / "data" / "demo" / "truth.json"


@pytest.fixture(scope="session")
def demo():
    """All tables of the demo company, as DuckDB relations."""
    return sources.read()


@pytest.fixture(scope="session")
def demo_pandas(demo):
    """The same tables as pandas frames; ``customer_table`` made by pandas itself."""
    tables = {name: frames.to_pandas(table) for name, table in demo.items()}
    tables["customer_table"] = customers.table(tables["transactions"], AS_OF)
    return tables


@pytest.fixture(scope="session")
def planted():
    """``customer_id`` -> name of the segment planted in the demo company, and the named customers."""
    truth = json.loads(TRUTH.read_text(encoding="utf-8"))
    names = [segment["name"] for segment in truth["segments"]]
    ids = frames.to_pandas(sources.read()["customers"])["customer_id"]
    about = truth["customers"]["segment"]
    return dict(zip(ids, (names[i] for i in about), strict=True)), truth["named_customers"]
