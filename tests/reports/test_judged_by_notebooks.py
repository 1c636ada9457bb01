"""Parameters of which only the notebook can make nothing, and files that they name: mended in the call or in the file."""

import json

import pytest

from tests.reports.outside import leftovers

WRONG = "from crm_analysis.data.errors import WrongParameter\nraise WrongParameter('weights is \\'x\\',\\nnot numbers')"


@pytest.mark.slow
def test_a_parameter_that_makes_no_sense_is_a_wrong_call(crm, notebook, orders, tmp_path):
    out = tmp_path / "reports" / "r"
    assert crm("report", notebook("note", "01_first"), "--source", orders, "--out", out).code == 0
    before = (out / "index.html").read_bytes()
    done = crm("report", notebook(WRONG, "02_asked"), "--source", orders, "--out", out)
    assert done.code == 2
    assert done.last == "crm-analysis: 02_asked: weights is 'x', not numbers"
    assert (out / "index.html").read_bytes() == before
    log = json.loads((out.parent / ".runs" / "r" / "failed" / "run.json").read_text(encoding="utf-8"))
    assert "weights is 'x', not numbers" in log["cause"]
    assert leftovers(out) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stem", "name", "text", "code", "told"),
    [
        ("02_rfm", "levels_each", "abc", 2, "levels是'abc'，不是以逗号分隔的数"),
        ("02_rfm", "segment_map", "nosuch.csv", 2, "没有写有细分规则的文件nosuch.csv"),
        ("02_rfm", "compare_with", "2026-13-01", 2, "不是像2025-12-31这样的日期"),
        ("03_value_segments", "segments_asked", "1", 2, "一个细分就是全部客户"),
        ("04_customer_value", "tiers", "50/60", 2, "合计为100的各层百分比"),
        ("06_loyalty", "survey_file", "nosuch.csv", 3, "无法读取"),
    ],
)
def test_notebooks_say_it_in_the_readers_language(crm, tmp_path, stem, name, text, code, told):
    done = crm("report", stem, "-p", name, text, "--lang", "zh", "--out", tmp_path / "r")
    assert (done.code, told in done.last) == (code, True), done.last
    assert done.last.startswith(f"crm-analysis: {stem}：")
    assert not (tmp_path / "r").exists()
