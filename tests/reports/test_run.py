"""The runner: what is refused before anything starts, what reaches the notebooks, what is recorded."""

import json
import os
from pathlib import Path

import nbformat
import pytest

from crm_analysis.reports import plans
from tests.reports.outside import ROOT, command, fingerprint, leftovers

__all__ = ["ROOT", "command", "fingerprint"]  # other tests know them by this address


@pytest.mark.slow
def test_a_notebook_without_headlines_is_not_published(crm, orders, tmp_path, notebook):
    bad = notebook("note")
    made = nbformat.read(bad, as_version=4)
    made.cells.pop()
    nbformat.write(made, bad)
    done = crm("report", bad, "--source", orders, "--out", tmp_path / "r")
    assert done.code == 5
    assert "without its headline figures" in done.last
    assert not (tmp_path / "r").exists()


@pytest.mark.slow
def test_hostile_values_reach_the_kernel_as_the_text_they_are_and_are_shown_as_such(crm, notebook, orders, tmp_path):
    note = (
        "00123 '\"\\ {x} $y 数 = '; DROP TABLE orders; -- </script><script>window.__pwn=1</script> "
        f"@__import__('os').system('touch {tmp_path}/PWNED') {{{{ 7*7 }}}} %(x)s `id` $(id)"
    )
    out = tmp_path / "a {b} 客户"
    done = crm("report", notebook("assert source == 'prepared'"), "--source", orders, "--out", out, "-p", "note", note)
    assert done.code == 0, done.err
    assert Path(done.out.strip()) == out / "index.html"
    log = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert log["headlines"]["99_test"][0]["value"] == note
    assert log["parameters"]["99_test"]["note"] == note
    assert not (tmp_path / "PWNED").exists()
    for page in ("index.html", "99_test.html"):
        text = (out / page).read_text(encoding="utf-8")
        assert "<script>window.__pwn" not in text
        assert "&lt;script&gt;window.__pwn=1" in text
        assert "{{ 7*7 }}" in text
    executed = nbformat.read(out / "notebooks" / "99_test.ipynb", as_version=4)
    cell = next(c for c in executed.cells if "injected-parameters" in c.metadata.get("tags", []))
    assert str(orders) in cell.source


@pytest.mark.slow
def test_run_json_tells_what_was_run_on_what_with_which_outcome(good):
    out, files = good
    log = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert log["status"] == "published"
    assert log["outputs"] == {name: digest for name, digest in files.items() if name != "run.json"}
    source = log["sources"]["transactions"][0]
    assert source["name"] == "orders.csv"
    assert source["sha256"] == fingerprint(out.parents[1])["orders.csv"]
    assert log["facts"]["tables"]["transactions"]["rows_in"] == 3
    assert log["versions"]["Python"]
    assert {"crm-analysis", "pandas", "duckdb", "papermill"} <= set(log["versions"])
    (about,) = log["notebooks"].values()
    assert about["status"] == "done"
    assert 0 < about["seconds"] < log["seconds"]
    assert log["asked"]["source"].endswith("orders.csv")


@pytest.mark.slow
def test_each_notebook_has_a_fresh_interpreter_though_everything_is_imported_once(crm, notebook, orders, tmp_path):
    body = """import numpy, pandas, sys
from crm_analysis.data import tables
assert __name__ == "__main__" and "mine" not in globals() and not hasattr(tables, "mine")
assert pandas.options.display.max_rows != 3 and sys.modules["__main__"].__dict__ is globals()
pandas.options.display.max_rows = 3; tables.mine = mine = 1
note = str(numpy.random.rand())"""
    asked = [notebook(body, f"9{i}_test") for i in range(3)]
    done = crm("report", *asked, "--source", orders, "--out", tmp_path / "r")
    assert done.code == 0, done.err
    log = json.loads((tmp_path / "r" / "run.json").read_text(encoding="utf-8"))
    drawn = {figures[0]["value"] for figures in log["headlines"].values()}
    assert len(drawn) == 3, "and each draws its own numbers"


BAD = {
    "there is no such file": None,
    "order_date": "customer_id,order_id,amount\n1,a,5\n",
    "'2024-02-30'": "customer_id,order_id,order_date,amount\n1,a,2024-01-05,5\n1,b,2024-02-30,5\n",
    "'12 pieces'": "customer_id,order_id,order_date,amount\n1,a,2024-01-05,12 pieces\n",
    "no rows": "customer_id,order_id,order_date,amount\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("says", BAD)
def test_bad_input_is_refused_in_one_clear_message_and_nothing_is_published(crm, tmp_path, notebook, says):
    path = tmp_path / "bad orders.csv"
    if BAD[says] is not None:
        path.write_text(BAD[says], encoding="utf-8")
    done = crm("report", notebook("note"), "--source", path, "--out", tmp_path / "reports" / "r")
    assert done.code == 3, done.err
    assert "bad orders.csv" in done.err
    assert "Traceback" not in done.err
    assert says in done.err or BAD[says] is None
    assert not (tmp_path / "reports" / "r").exists()
    assert leftovers(tmp_path / "reports" / "r") == []


def test_a_bad_cell_is_named_by_column_line_row_value_and_mend(crm, tmp_path, notebook):
    path = tmp_path / "orders.csv"
    path.write_text(BAD["'2024-02-30'"], encoding="utf-8")
    done = crm("report", notebook("note"), "--source", path, "--out", tmp_path / "reports" / "r")
    for part in ("orders.csv", "order_date", "line 3", "row 2", "2024-02-30"):
        assert part in done.err, done.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["-p", "levls", "5"], "did you mean 'levels'?"),
        (["-p", "levels", "five"], "needs a whole number, not 'five'"),
        (["-p", "levels", "1000000000"], "from 2 to 10"),
        (["-p", "levels", "4", "-p", "levels", "5"], "given twice"),
        (["03_nothing"], "there is no notebook '03_nothing'; there are 01_customer_base"),
        (["a\0b"], "there is no notebook"),
        (["-p", "source", "x.csv"], "use --source"),
        (["-p", "lang", "zh"], "use --lang"),
        (["-p", "profile", "x"], "use --profile"),
        (["01_customer_base", "-p", "levels", "5"], "unknown parameter 'levels'"),
        (["--as-of", "2024-13-01"], "--as-of: "),
        (["--lang", "xx"], "--lang is one of en, zh, not 'xx'"),
        (["--audience", "all"], "--audience is one of business, classroom, not 'all'"),
        (["--profile", "nowhere.json"], "--profile: nowhere.json cannot be read"),
        (["--profile", "README.md"], "is no profile.json of a report of ours"),
        (["--parameters", "nowhere.yml"], "nowhere.yml cannot be read"),
        (["--by", "region", "--source", "a.csv", "--source", "b.csv"], "--by goes with one --source"),
        (["--source", "a.csv", "--source", "b.csv", "--out", ""], "several sources need --out"),
        (["--source", "a.csv", "--source", "x/a.csv"], "two sources are called 'a'"),
    ],
)
def test_a_wrong_call_is_refused_before_anything_starts(crm, monkeypatch, arguments, says, tmp_path):
    monkeypatch.chdir(ROOT)
    done = crm("report", *(arguments if "--out" in arguments else [*arguments, "--out", tmp_path / "r"]))
    assert done.code == 2, done.err
    assert says in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a\0b", "CON", "lpt1.txt", "x" * 300, ".hidden", "\ud800", "a\nb"])
def test_a_report_cannot_be_given_a_name_that_some_system_cannot_keep(crm, tmp_path, name):
    done = crm("report", "--out", f"{tmp_path}/{name}")
    assert done.code == 2, done.err
    assert "a report cannot be called" in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "says"), [("file:///etc/passwd", "not a URL"), ("x.pkl", ""), ("fifo.csv", ""), (".", "")]
)
def test_what_is_no_source_is_refused(crm, notebook, tmp_path, monkeypatch, name, says):

    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    Path("x.pkl").write_bytes(b"cos\nsystem\n(S'touch PWNED'\ntR.")
    os.mkfifo("fifo.csv")
    done = crm("report", notebook("note"), "--source", name, "--out", tmp_path / "r", "--time-limit", "60")
    assert done.code == 3, done.err
    assert says in done.err
    assert sorted(p.name for p in Path().iterdir()) == ["fifo.csv", "x.pkl"]


def test_names_in_any_script_are_taken(tmp_path):
    assert plans.place(str(tmp_path / "отчёт 报告")).name == "отчёт 报告"


def test_a_parameter_goes_to_the_notebooks_that_declare_it():
    plan = plans.planned(plans.Call(given=(("levels", "4"),)))
    values = {each.stem: each.values for each in plan}
    assert values["02_rfm"] == {"levels": 4}
    assert values["01_customer_base"] == {}
