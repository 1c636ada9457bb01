"""What nobody means to do, and what somebody may: streams that lead nowhere, files that are no notebooks, odd outputs."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from crm_analysis.display import headlines, kept
from crm_analysis.reports import plans, record, removal
from tests.reports.conftest import made_notebook, made_orders
from tests.reports.outside import ROOT, arguments, command, leftovers, processes


@pytest.mark.slow
@pytest.mark.parametrize("redirected", [">&-", ">/dev/full", "2>&-", "2>/dev/full", "2>&1 | true", ">&- 2>&-"])
def test_a_stream_that_leads_nowhere_costs_no_report(notebook, orders, tmp_path, redirected):
    out = tmp_path / "reports" / "r"
    asked = [*arguments("report", notebook("note"), "--source", orders, "--out", out), redirected]
    line = " ".join([*(f"'{word}'" for word in asked[:-1]), redirected])
    done = subprocess.run(["bash", "-o", "pipefail", "-c", line], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert (out / "index.html").is_file()


@pytest.mark.slow
def test_a_path_that_the_terminal_cannot_write_is_escaped(notebook, orders, tmp_path):
    asked = arguments("report", notebook("note"), "--source", orders, "--out", tmp_path / "周报")
    ascii_only = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, timeout=120, env=ascii_only)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{tmp_path}/\\u5468\\u62a5/index.html\n"


def test_a_path_that_is_no_utf8_is_refused(crm, notebook, orders, tmp_path):
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/x\xff")
    for name in (f"{odd}.csv", f"{odd}.ipynb"):
        with open(name, "wb") as file:
            file.write(orders.read_bytes())
    done = crm("report", notebook("note"), "--source", f"{odd}.csv", "--out", tmp_path / "r")
    assert (done.code, "the path is no UTF-8" in done.last) == (3, True)
    done = crm("report", f"{odd}.ipynb", "--source", orders, "--out", tmp_path / "r")
    assert (done.code, "is no UTF-8: rename it" in done.last) == (2, True)


NOTEBOOK = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", "[" * 100_000, NOTEBOOK, NOTEBOOK.replace("4,", "99,"), "\0\x07"]
)
def test_a_file_that_is_no_notebook_is_a_wrong_call(crm, orders, tmp_path, content):
    (tmp_path / "mine.ipynb").write_text(content)
    done = crm("report", tmp_path / "mine.ipynb", "--source", orders, "--out", tmp_path / "r")
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert "mine" in done.last


@pytest.mark.parametrize(
    "line", ["x = 1", "x: int = f()", "import os", "x: int = 5  # n [a, b]", "x: str = 5  # [1, 2]"]
)
def test_a_parameters_cell_that_makes_no_sense_is_a_wrong_call(crm, orders, tmp_path, line):
    asked = made_notebook(tmp_path, "note", parameters=[line])
    done = crm("report", asked, "--source", orders, "--out", tmp_path / "r")
    assert done.code == 2
    assert "99_test: its cell of parameters cannot be understood: " in done.last


def test_no_notebook_takes_the_place_of_the_index(crm, notebook, orders, tmp_path):
    for name in ("index", "Index"):
        done = crm("report", notebook("note", name), "--source", orders, "--out", tmp_path / "r")
        assert done.code == 2
        assert "its page would be the report's own index" in done.last


@pytest.mark.slow
@pytest.mark.parametrize(
    "bundle",
    [
        {headlines.MIME: {"headlines": ["x"]}},
        {headlines.MIME: [1]},
        {kept.MIME: {"profiles": [1]}},
    ],
    ids=str,
)
def test_outputs_that_no_helper_of_ours_makes_are_a_failed_notebook(crm, notebook, orders, tmp_path, bundle):
    code = f"from IPython.display import display\ndisplay({bundle!r}, raw=True)"
    done = crm("report", notebook(code), "--source", orders, "--out", tmp_path / "r")
    assert done.code == 5, done.err
    assert "99_test: " in done.last
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize("size", ["0.1", "0.9B", "0", "-1", "nan"])
def test_less_than_a_byte_is_no_memory_limit(size):
    done = command("report", "--memory-limit", size)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("day", ["20240301", "2024-W09-1", "2024-03-01T07:00", "2024-03-01x", "２０２４-03-01"])
def test_a_day_is_written_in_one_way(crm, notebook, orders, tmp_path, day):
    done = crm("report", notebook("note"), "--source", orders, "--as-of", day, "--out", tmp_path / "r")
    assert done.code == 2
    assert "not a day" in done.last


@pytest.mark.slow
@pytest.mark.parametrize("pause", [0.0, 0.003, 0.005, 0.05])
def test_two_different_signals_leave_no_process(tmp_path, pause):
    out, flag = tmp_path / "reports" / "r", tmp_path / "begun"
    asked = made_notebook(tmp_path, f"open({str(flag)!r}, 'w').close()\nimport time; time.sleep(600)")
    run = subprocess.Popen(arguments("report", asked, "--source", made_orders(tmp_path), "--out", out), cwd=ROOT,
                           stderr=subprocess.PIPE, text=True)  # fmt: skip
    for _ in range(1200):
        if flag.exists():
            break
        time.sleep(0.1)
    run.send_signal(signal.SIGTERM)
    time.sleep(pause)
    run.send_signal(signal.SIGHUP)
    _, said = run.communicate(timeout=120)
    assert run.returncode in (143, 129), said
    assert said.strip().endswith("crm-analysis: stopped; the last published report stands")
    assert processes(out) == []
    assert leftovers(out) == []


def test_a_folder_that_was_locked_is_removed_all_the_same(tmp_path):
    (tmp_path / "draft" / "locked" / "deep").mkdir(parents=True)
    (tmp_path / "draft" / "locked" / "deep" / "customers.csv").write_text("ids")
    (tmp_path / "draft" / "locked" / "deep").chmod(0o000)
    (tmp_path / "draft" / "locked").chmod(0o500)
    humbly = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    code = f"from crm_analysis.reports import removal; removal.remove({str(tmp_path / 'draft')!r})"
    subprocess.run([*humbly, sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)
    assert not (tmp_path / "draft").exists()


def test_a_folder_in_which_another_process_still_writes_is_removed_for_good(tmp_path):
    place = tmp_path / "draft"
    code = f"""import os, time
until = time.monotonic() + 0.8
while time.monotonic() < until:
    os.makedirs({str(place)!r}, exist_ok=True)
    try: open({str(place / "x")!r}, "w").close()
    except OSError: pass
    time.sleep(0.05)"""
    writer = subprocess.Popen([sys.executable, "-c", code])
    while not place.exists():
        time.sleep(0.01)
    removal.remove_for_good(place, seconds=10)
    assert writer.wait(timeout=30) == 0
    assert not place.exists()


@pytest.mark.slow
def test_verify_is_not_taken_in(crm, notebook, orders, tmp_path, capsys):
    out = tmp_path / "reports" / "r"
    assert crm("report", notebook("note"), "--source", orders, "--out", out).code == 0
    (out / "\x1b[31m\nas published: 3 files").write_text("x")
    assert record.verify(out)[0] == ["added: \\u001b[31m\\u000aas published: 3 files"]
    (out / "\x1b[31m\nas published: 3 files").unlink()
    log = (out / "run.json").read_text(encoding="utf-8")
    (tmp_path / "page").write_bytes((out / "99_test.html").read_bytes())
    (out / "99_test.html").unlink()
    (out / "99_test.html").symlink_to(tmp_path / "page")
    (out / "run.json").write_text(
        json.dumps(json.loads(log) | {"outputs": json.loads(log)["outputs"] | {"99_test.html": None}})
    )
    assert record.verify(out)[0] == ["changed: 99_test.html"]
    (out / "run.json").write_text("[" * 100_000)
    assert record.verify(out) == (["changed: run.json cannot be read"], 0)
    (out / "run.json").unlink()
    os.mkfifo(out / "run.json")
    with pytest.raises(record.NoReport):
        record.verify(out)


@pytest.mark.slow
def test_a_browser_that_is_none_is_told_at_once_and_a_slow_one_ends_with_the_time_limit(
    crm, notebook, orders, tmp_path, monkeypatch
):
    asked = ["report", notebook("note"), "--source", orders, "--out", tmp_path / "reports" / "r", "--pdf"]
    monkeypatch.setenv("CRM_CHROMIUM", "/nowhere/chromium")
    done = crm(*asked)
    assert done.code == 2
    assert "CRM_CHROMIUM names '/nowhere/chromium', which is no program" in done.last
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nsleep 300 &\nexec sleep 300\n")
    slow.chmod(0o755)
    monkeypatch.setenv("CRM_CHROMIUM", str(slow))
    begun = time.monotonic()
    done = crm(*asked, "--time-limit", "12")
    assert done.code == 124, done.err
    assert time.monotonic() - begun < 60
    assert leftovers(tmp_path / "reports" / "r") == []


@pytest.mark.slow
@pytest.mark.parametrize("folder", [".", ".."])
def test_a_notebook_that_takes_away_its_folder_has_failed(crm, notebook, orders, tmp_path, folder):
    code = f"import os, shutil; shutil.rmtree(os.path.abspath({folder!r}))"
    done = crm("report", notebook(code), "--source", orders, "--out", tmp_path / "reports" / "r")
    assert done.code == 5, done.err
    assert "99_test, cell 5" in done.last
    assert done.last.endswith("the notebook took away the folder that it works in")
    assert leftovers(tmp_path / "reports" / "r") == []


@pytest.mark.slow
def test_the_users_own_startup_file_is_not_run(crm, notebook, orders, tmp_path, monkeypatch):
    (tmp_path / "startup.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()")
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "startup.py"))
    assert crm("report", notebook("note"), "--source", orders, "--out", tmp_path / "r").code == 0
    assert not (tmp_path / "ran").exists()


def test_a_profile_that_is_none_is_refused(tmp_path):
    sound = {"profiles": {}, "as_of": "2024-01-01", "inputs": {"orders": {"cuts": [1.0], "shares": [0.5, 0.5]}}}
    path = tmp_path / "profile.json"
    path.write_text(json.dumps(sound))
    assert plans.profile(path) == sound
    for wrong in ({"as_of": "soon"}, {"profiles": []}, {"inputs": []}, {"inputs": {"orders": {"shares": [1]}}},
                  {"inputs": {"orders": {"cuts": [float("nan")], "shares": [0.5, 0.5]}}}, {"learned_on": {"rfm": 5}}):  # fmt: skip
        path.write_text(json.dumps(sound | wrong))
        with pytest.raises(plans.UsageError, match=r"no profile\.json"):
            plans.profile(path)
    path.write_text("[" * 100_000)
    with pytest.raises(plans.UsageError, match=r"no profile\.json"):
        plans.profile(path)
