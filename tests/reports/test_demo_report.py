"""The whole path on the demo company: one command, one report, and figures that plain pandas confirms."""

import json

import pandas as pd
import pytest

from tests.reports.test_run import ROOT, command, fingerprint

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo_report")]


@pytest.fixture(scope="module")
def log(demo_report):
    return json.loads((demo_report / "run.json").read_text(encoding="utf-8"))


def test_one_page_per_notebook_an_index_and_the_executed_notebooks_are_published(demo_report):
    stems = [p.stem for p in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))]
    pages = {"index.html", "run.json", *(f"{s}.html" for s in stems), *(f"notebooks/{s}.ipynb" for s in stems)}
    assert set(fingerprint(demo_report)) - {"profile.json"} == pages
    index = (demo_report / "index.html").read_text(encoding="utf-8")
    assert all(f'href="{s}.html"' in index for s in stems)


def test_the_headlines_are_those_of_plain_pandas(log):
    lines = pd.read_csv(ROOT / "data/demo/transactions.csv", dtype={"customer_id": str, "order_id": str})
    bought = lines[lines["amount"] >= 0]
    orders = bought.groupby("customer_id")["order_id"].nunique()
    revenue = lines.groupby("customer_id")["amount"].sum().sort_values(ascending=False)
    shown = {h["key"]: h["value"] for h in log["headlines"]["01_customer_base"]}
    assert shown["customers"] == lines["customer_id"].nunique()
    assert shown["revenue"] == pytest.approx(lines["amount"].sum(), abs=0.005)
    assert shown["repeat_rate"] == pytest.approx((orders >= 2).mean())
    best = revenue.head(-(-len(revenue) // 5)).sum() / revenue.sum()
    assert shown["best_share"] == pytest.approx(best)


def test_rows_read_are_rows_used_and_dropped(log):
    for table in log["facts"]["tables"].values():
        assert table["rows_in"] == table["rows_kept"] + sum(table["dropped"].values())


def test_running_it_again_gives_the_same_pages_to_the_byte(demo_report, tmp_path):
    done = command("report", "--out", tmp_path / "again")
    assert done.returncode == 0, done.stderr
    for name, digest in fingerprint(demo_report).items():
        if name.endswith(".html"):
            assert fingerprint(tmp_path / "again")[name] == digest, name


def test_no_path_of_this_machine_is_in_a_page(demo_report):
    for page in demo_report.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert str(ROOT) not in text
        assert "crm-analysis-" not in text
