"""Many reports in one call: by a column, by source, again for a past day; one index over them."""

import json

import pytest

from crm_analysis.data import sources
from crm_analysis.reports import batch, run
from tests.reports import stand_ins
from tests.reports.conftest import made_notebook
from tests.reports.outside import fingerprint, leftovers


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Two regions of 35 and 30 customers, a small one, and ten customers of whom no region is known."""
    folder = tmp_path_factory.mktemp("shop")
    regions = ["North/West"] * 35 + ["South"] * 30 + ["Isle"] * 3
    people = [f"{i},{region}" for i, region in enumerate(regions)]
    lines = [f"{i},o{i},2024-03-{1 + i % 28:02d},{5 + i}" for i in range(78)]
    (folder / "customers.csv").write_text("\n".join(["customer_id,region", *people]) + "\n")
    (folder / "transactions.csv").write_text("\n".join(["customer_id,order_id,order_date,amount", *lines]) + "\n")
    return folder


CODE = """from crm_analysis.data import sources
data = sources.read(source)
assert note != "fail" or data.facts["part"]["value"] != "South", "South fails"
customers = data.facts["customers"]"""
NORTH_WEST = batch.folders(["North/West"])["North/West"]
HEADLINE = 'customers=("Customers", customers, "count")'


@pytest.mark.slow
def test_a_report_per_region_and_one_index_over_them(shop, crm, tmp_path):
    out = tmp_path / "reports" / "by region"
    notebook = made_notebook(tmp_path, CODE, headline=HEADLINE)
    asked = ["report", notebook, "--source", shop, "--by", "region", "--out", out]
    done = crm(*asked)
    assert done.code == 0, done.err
    assert done.out.strip() == str(out / "index.html")
    shown = {
        name: json.loads((out / name / "run.json").read_text())["headlines"]["99_test"][0]["value"]
        for name in (NORTH_WEST, "South")
    }
    assert shown == {NORTH_WEST: 35, "South": 30}
    assert not (out / "Isle").exists()
    index = (out / "index.html").read_text(encoding="utf-8")
    assert f'href="{NORTH_WEST}/index.html"' in index
    assert "North/West" in index
    assert "Region: 13 customers are in no report" in index
    assert leftovers(out) == []
    assert [p.name for p in out.iterdir() if p.name.startswith(".")] == [".runs"]

    before = fingerprint(out / "South")
    done = crm(*asked, "-p", "note", "fail")
    assert done.code == 5
    assert "crm-analysis: South: 99_test, cell 4 under 'The part that works': AssertionError: South fails" in done.last
    assert fingerprint(out / "South") == before
    index = (out / "index.html").read_text(encoding="utf-8")
    assert index.count("The last run failed; this is the report before it.") == 1


@pytest.mark.parametrize(
    ("column", "code", "says"),
    [("brand", 3, "Choose one of channel, region, contactable"), ("channel", 3, "the source tells no channel")],
)
def test_a_column_that_cannot_part_the_source_is_refused(shop, crm, tmp_path, notebook, column, code, says):
    done = crm("report", notebook("note"), "--source", shop, "--by", column, "--out", tmp_path / "reports" / "r")
    assert done.code == code
    assert says in done.last
    assert not (tmp_path / "reports" / "r").exists()


@pytest.fixture
def quick(monkeypatch, tmp_path):
    """Runs without processes: the data are prepared here, the headline is the number of customers."""

    def prepared(job):
        folder = tmp_path / f"prepared {len(list(tmp_path.iterdir()))}"
        sources.prepare(job["source"], str(folder), job["as_of"])
        return folder

    def emits(job):
        facts = json.loads((tmp_path / job["folder"] / "prepared" / "facts.json").read_text(encoding="utf-8"))
        return {"headlines": stand_ins.figures(customers=("count", facts["customers"]))}

    stand_ins.install(monkeypatch, prepared, emits)


def call(tmp_path, **more):
    return run.Call((str(made_notebook(tmp_path, "note")),), **more)


@pytest.mark.slow
def test_a_report_per_source(quick, shop, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("customer_id,order_id,order_date,amount\n1,a,2024-01-05,10\n")
    missing = tmp_path / "missing.csv"
    out = tmp_path / "all"
    made = batch.of_sources(call(tmp_path, out=str(out)), [str(shop), str(other), str(missing)])
    assert made.path == out / "index.html"
    assert [name for name, _ in made.failures] == ["missing"]
    assert "there is no such file" in str(made.failures[0][1])
    assert (out / "other" / "index.html").is_file()
    index = made.path.read_text(encoding="utf-8")
    assert f'href="{shop.name}/index.html"' in index
    assert "missing" not in index


@pytest.mark.slow
def test_a_past_day_made_again_gives_the_same_pages_whatever_was_made_since(quick, tmp_path):
    path = tmp_path / "shop.csv"
    path.write_text(
        "customer_id,order_id,order_date,amount\n" + "".join(f"{i},{i},2024-0{1 + i % 5}-05,10\n" for i in range(99))
    )
    out = tmp_path / "reports" / "r"

    def pages(as_of):
        run.report(call(tmp_path, source=str(path), out=str(out), as_of=as_of))
        return {name: digest for name, digest in fingerprint(out).items() if name.endswith(".html")}

    first = {as_of: pages(as_of) for as_of in ("2024-03-31", "2024-04-30", "2024-05-31")}
    assert len({digests["index.html"] for digests in first.values()}) == 3
    for as_of in ("2024-04-30", "2024-03-31", "2024-04-30", "2024-05-31"):
        assert pages(as_of) == first[as_of], as_of
