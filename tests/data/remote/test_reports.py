"""Every report says the same, cell by cell, where the transactions stay in a database or on a cluster."""

import builtins
import contextlib
import io
import shutil

import pytest

from crm_analysis.data import sources
from crm_analysis.display.headlines import Headlines
from tests.notebooks.test_loyalty_notebooks import ROOT, shown

DEMO = ROOT / "data" / "demo"
COLUMNS = (
    "customer_id text, order_id text, order_date date, amount numeric(12, 2), quantity numeric, discount numeric(12, 2), "
    "cost numeric(12, 2), brand text, category text, product text"
)
REPORTS = sorted(p.stem for p in (ROOT / "notebooks").glob("0*.ipynb"))
ON_SPARK = ("01_customer_base", "02_rfm", "04_customer_value")  # each takes its time there
ASKED = {"02_rfm": {"cuts": "jenks"}, "03_value_segments": {"fewest": 3, "most": 4}, "04_customer_value": {}}


def told(name, folder):
    """What each cell shows of the source prepared in ``folder``, and the bytes of the customer lists."""
    lists = folder.parent / "lists" / name
    more = ASKED[name] | {"lists": str(lists)} if name in ASKED else {}
    seen, printed = [], io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        patch.setattr(builtins, "display", lambda *shown: seen.extend(shown), raising=False)
        cells = shown(name, source=str(folder), **more)
    files = {path.name: path.read_bytes() for path in sorted(lists.glob("*.csv"))}
    return {cell: drawn(value) for cell, value in (cells | dict(enumerate(seen))).items()}, printed.getvalue(), files


def drawn(value):
    """What people get of a value: chart, list, table, or headlines, whose figures beyond what is shown rest on rounding."""
    if hasattr(value, "_repr_mimebundle_") and not isinstance(value, Headlines):
        return value._repr_mimebundle_()
    return value._repr_html_() if hasattr(value, "_repr_html_") else repr(value)


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """The demo prepared from its files."""
    folder = tmp_path_factory.mktemp("here") / "demo"
    sources.prepare("", folder)
    return folder


def there(folder, place):
    """The demo prepared with transactions that stay where ``place`` says, in a subfolder of ``folder``."""
    text = (DEMO / "demo.yml").read_text(encoding="utf-8")
    for path in DEMO.glob("*.csv"):
        text = text.replace(f": {path.name}", f": {path}" if path.stem != "transactions" else f": {place}")
    (folder / "shop.yml").write_text(text, encoding="utf-8")
    sources.prepare(folder / "shop.yml", folder / "demo")
    return folder / "demo"


def assert_same(name, here, there):
    (cells, check, lists), (same_cells, same_check, same_lists) = told(name, here), told(name, there)
    assert cells.keys() == same_cells.keys()
    assert [cell for cell in cells if cells[cell] != same_cells[cell]] == []
    assert (check, lists) == (same_check, same_lists)
    assert len(lists) == {"02_rfm": 2, "03_value_segments": 1, "04_customer_value": 5}.get(name, 0)


@pytest.mark.slow
@pytest.mark.postgres
def test_every_report_says_the_same_of_a_database(here, tmp_path, postgres):
    postgres.execute(f"CREATE TABLE transactions ({COLUMNS})")
    with postgres.cursor().copy("COPY transactions FROM STDIN CSV HEADER") as copy:
        copy.write((DEMO / "transactions.csv").read_text(encoding="utf-8"))
    folder = there(tmp_path, "{database: SHOP_DB, table: transactions}")
    assert type(sources.read(folder)["transactions"]).__module__.startswith("ibis")
    for name in REPORTS:
        assert_same(name, here, folder)


@pytest.mark.slow
@pytest.mark.spark
def test_the_reports_say_the_same_of_a_cluster(here, tmp_path, spark):
    shutil.copy(here / "transactions.parquet", tmp_path / "lines.parquet")
    folder = there(tmp_path, f"{{spark: {tmp_path / 'lines.parquet'}}}")
    for name in ON_SPARK:
        assert_same(name, here, folder)
