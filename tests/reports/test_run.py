"""The runner from outside: exit codes, one readable line, and the last good report untouched."""

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from crm_analysis.reports import plans

ROOT = Path(__file__).parents[2]


def command(*arguments, **options):
    started = [sys.executable, "-m", "crm_analysis", *map(str, arguments)]
    return subprocess.run(started, capture_output=True, text=True, cwd=ROOT, timeout=300, **options)


def fingerprint(folder):
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(Path(folder).rglob("*"))
        if p.is_file()
    }


def leftovers(out):
    return sorted(p.name for p in (out.parent / ".runs" / out.name).iterdir() if p.name.startswith("draft"))


def children(out):
    """Processes still at work for a report, found by the working folder in their command or environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if str(out.parent) in os.readlink(process / "cwd"):
                found.append((process / "cmdline").read_bytes())
    return found


@pytest.fixture
def good(notebook, orders, tmp_path):
    """A report published once, and its fingerprint."""
    out = tmp_path / "reports" / "r"
    done = command("report", notebook("note"), "--source", orders, "--out", out)
    assert done.returncode == 0, done.stderr
    return out, fingerprint(out)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "exit_code", "says"),
    [
        ("1 / 0", 5, "ZeroDivisionError: division by zero"),
        ("import sys; sys.exit(0)", 5, "SystemExit: 0"),
        ("exit()", 5, "ended itself"),
        ("import os; os._exit(0)", 6, "the kernel died"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", 6, "the kernel died"),
    ],
)
def test_a_notebook_that_does_not_end_well_publishes_nothing(good, notebook, orders, code, exit_code, says):
    out, before = good
    bad = notebook(code)
    done = command("report", bad, "--source", orders, "--out", out)
    assert done.returncode == exit_code, done.stderr
    assert "Traceback" not in done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("crm-analysis: 99_test, cell ")
    assert "under 'The part that works'" in last
    assert says in last
    executed = Path(last.rpartition("executed notebook: ")[2])
    assert nbformat.read(executed, as_version=4).cells
    assert fingerprint(out) == before
    assert leftovers(out) == []
    assert children(out) == []


@pytest.mark.slow
def test_a_notebook_without_headlines_is_not_published(orders, tmp_path, notebook):
    bad = notebook("note")
    made = nbformat.read(bad, as_version=4)
    made.cells.pop()
    nbformat.write(made, bad)
    done = command("report", bad, "--source", orders, "--out", tmp_path / "r")
    assert done.returncode == 5
    assert "without its headline figures" in done.stderr
    assert not (tmp_path / "r").exists()


@pytest.mark.slow
def test_the_time_limit_ends_a_loop_and_everything_it_started(good, notebook, orders):
    out, before = good
    done = command("report", notebook("while True: pass"), "--source", orders, "--out", out, "--time-limit", "12")
    assert done.returncode == 124, done.stderr
    assert fingerprint(out) == before
    assert leftovers(out) == []
    assert children(out) == []


@pytest.mark.slow
@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_run_that_is_asked_to_stop_stops_and_leaves_nothing(good, notebook, orders, tmp_path, number, exit_code):
    out, before = good
    flag = tmp_path / "started"
    bad = notebook(f"open({str(flag)!r}, 'w').close()\nimport time; time.sleep(600)")
    arguments = [sys.executable, "-m", "crm_analysis", "report", bad, "--source", orders, "--out", out]
    with subprocess.Popen([*map(str, arguments)], cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        for _ in range(600):
            if flag.exists():
                break
            time.sleep(0.1)
        assert command("report", notebook("note", "98_other"), "--source", orders, "--out", out).returncode == 75
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert process.returncode == exit_code
    assert "Traceback" not in said
    assert fingerprint(out) == before
    assert leftovers(out) == []
    assert children(out) == []


@pytest.mark.slow
def test_a_supervisor_that_is_killed_leaves_no_process_and_the_next_run_clears_its_draft(
    good, notebook, orders, tmp_path
):
    out, before = good
    flag = tmp_path / "started"
    bad = notebook(f"open({str(flag)!r}, 'w').close()\nimport time; time.sleep(600)")
    arguments = [sys.executable, "-m", "crm_analysis", "report", bad, "--source", orders, "--out", out]
    with subprocess.Popen([*map(str, arguments)], cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        while not flag.exists():
            assert process.poll() is None
            time.sleep(0.1)
        process.kill()
    for _ in range(100):
        if not children(out):
            break
        time.sleep(0.1)
    assert children(out) == []
    assert fingerprint(out) == before
    assert len(leftovers(out)) == 1, "nobody was left to clear it"
    assert command("report", notebook("note"), "--source", orders, "--out", out).returncode == 0
    assert leftovers(out) == []


@pytest.mark.slow
def test_values_reach_the_kernel_unchanged_and_the_published_notebook_shows_them(notebook, orders, tmp_path):
    note = "00123 '\"\\ {x} $y 数 ="
    out = tmp_path / "a {b} 客户"
    done = command(
        "report", notebook("assert source == 'prepared'"), "--source", orders, "--out", out, "-p", "note", note
    )
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()) == out / "index.html"
    log = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert log["headlines"]["99_test"][0]["value"] == note
    executed = nbformat.read(out / "notebooks" / "99_test.ipynb", as_version=4)
    cell = next(c for c in executed.cells if "injected-parameters" in c.metadata.get("tags", []))
    assert str(orders) in cell.source
    assert log["outputs"] == {k: v for k, v in fingerprint(out).items() if k != "run.json"}


BAD = {
    "there is no such file": None,
    "order_date": "customer_id,order_id,amount\n1,a,5\n",
    "'2024-02-30'": "customer_id,order_id,order_date,amount\n1,a,2024-01-05,5\n1,b,2024-02-30,5\n",
    "'12 pieces'": "customer_id,order_id,order_date,amount\n1,a,2024-01-05,12 pieces\n",
    "no rows": "customer_id,order_id,order_date,amount\n",
}


@pytest.mark.parametrize("says", BAD)
def test_bad_input_is_refused_in_one_clear_message_and_nothing_is_published(tmp_path, says):
    path = tmp_path / "bad orders.csv"
    if BAD[says] is not None:
        path.write_text(BAD[says], encoding="utf-8")
    done = command("report", "01_customer_base", "--source", path, "--out", tmp_path / "r")
    assert done.returncode == 3, done.stderr
    assert "bad orders.csv" in done.stderr
    assert "Traceback" not in done.stderr
    assert says in done.stderr or BAD[says] is None
    assert not (tmp_path / "r").exists()
    assert leftovers(tmp_path / "r") == []


def test_a_bad_cell_is_named_by_column_line_row_value_and_mend(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(BAD["'2024-02-30'"], encoding="utf-8")
    done = command("report", "--source", path, "--out", tmp_path / "r")
    for part in ("orders.csv", "order_date", "line 3", "row 2", "2024-02-30"):
        assert part in done.stderr, done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["-p", "levls", "5"], "did you mean 'levels'?"),
        (["-p", "levels", "five"], "needs a whole number, not 'five'"),
        (["-p", "levels", "99"], "from 2 to 10"),
        (["03_nothing"], "there is no notebook '03_nothing'; there are 01_customer_base"),
        (["-p", "source", "x.csv"], "use --source"),
        (["01_customer_base", "-p", "levels", "5"], "unknown parameter 'levels'"),
    ],
)
def test_a_wrong_call_is_refused_before_anything_starts(arguments, says, tmp_path):
    done = command("report", *arguments, "--out", tmp_path / "r")
    assert done.returncode == 2
    assert says in done.stderr
    assert not (tmp_path / ".runs").exists()


def test_a_place_that_cannot_be_written_is_said_so(tmp_path, orders):
    (tmp_path / "file").write_text("")
    done = command("report", "--source", orders, "--out", tmp_path / "file" / "r")
    assert done.returncode == 74
    assert "cannot write" in done.stderr


def test_a_parameter_goes_to_the_notebooks_that_declare_it():
    plan = plans.planned(plans.Call(given=(("levels", "4"),)))
    assert {each.stem: each.values for each in plan if each.values} == {"02_rfm": {"levels": 4}}
