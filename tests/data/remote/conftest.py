"""The reference that every way in is held to: the round-trip table as CSV."""

import pytest

from crm_analysis.data import sources
from tests.data import roundtrip
from tests.data.remote.same import by_id, told


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reference")
    roundtrip.csv(folder / "orders.csv")
    found = sources.prepare(folder / "orders.csv", folder / "out")
    return told(found), by_id(sources.read(folder / "out")["customer_table"])
