"""Data that are sound but too little for one report: it says so, the others stand, and the scheduler is told."""

import json

import pytest

from tests.reports.outside import leftovers

LITTLE = "from crm_analysis.data.errors import TooLittle\nraise TooLittle('3 customers are too few <to> speak of')"


@pytest.mark.slow
def test_the_others_are_published_with_an_alert(crm, notebook, orders, tmp_path):
    out = tmp_path / "reports" / "r"
    both = notebook("note", "01_enough"), notebook(LITTLE, "02_little")
    done = crm("report", *both, "--source", orders, "--out", out)
    assert done.code == 4, done.err
    told = "Not in this report: “Test: does it run?”. 3 customers are too few <to> speak of."
    assert done.last == f"crm-analysis: alert: {told}"
    assert "02_little: not in this report: 3 customers" in done.err
    assert told.replace("<to>", "&lt;to&gt;") in (out / "index.html").read_text(encoding="utf-8")
    assert (out / "01_enough.html").is_file()
    assert not (out / "02_little.html").exists()
    log = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert log["notebooks"]["02_little"]["status"] == "declined"
    assert log["notebooks"]["02_little"]["cause"] == "3 customers are too few <to> speak of"
    assert crm("verify", out).code == 0
    assert leftovers(out) == []


@pytest.mark.slow
def test_where_no_report_is_left_nothing_is_published(crm, notebook, orders, tmp_path):
    for asked in ([notebook(LITTLE, "01_little")], [notebook(LITTLE, "01_little"), notebook(LITTLE, "02_little")]):
        done = crm("report", *asked, "--source", orders, "--out", tmp_path / "r")
        assert done.code == 5
        assert "3 customers are too few <to> speak of" in done.last
        assert not (tmp_path / "r").exists()


@pytest.mark.slow
def test_a_company_of_five_customers_gets_the_reports_that_so_few_can_carry(crm, tmp_path):
    lines = [f"c{i},o{i}{j},2024-{1 + j:02d}-{10 + i},{10 + 3 * i + j}.00" for i in range(5) for j in range(1 + i)]
    (tmp_path / "shop.csv").write_text("customer_id,order_id,order_date,amount\n" + "\n".join(lines) + "\n")
    done = crm("report", "02_rfm", "03_value_segments", "04_customer_value", "--source", tmp_path / "shop.csv",
               "--out", tmp_path / "r", "--lang", "zh")  # fmt: skip
    assert done.code == 4, done.err
    assert "5位客户太少，无法划分细分：至少需要10位" in done.last
    assert {p.stem for p in (tmp_path / "r").glob("*.html")} == {"index", "02_rfm", "04_customer_value"}
