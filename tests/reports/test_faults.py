"""The fault table: however a run ends, its exit code says so, the last good report stays, and nothing else does."""

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import psutil
import pytest

from tests.reports.outside import ROOT, arguments, command, fingerprint, leftovers, processes

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")]

LOOSE = (  # a process that leaves its parents behind: double fork, new session
    "import subprocess, sys\n"
    "code = 'import os, time; os.fork() and os._exit(0); os.setsid(); os.fork() and os._exit(0); time.sleep(600)'\n"
    "subprocess.run([sys.executable, '-c', code])\n"
)
FAULTS = {
    "exception": ("1 / 0", 5, "ZeroDivisionError: division by zero"),
    "a long story": ("raise ValueError('one\\ntwo\\x1b[31m')", 5, r"ValueError: one two\u001b[31m"),
    "sys.exit(0)": ("import sys; sys.exit(0)", 5, "SystemExit: 0"),
    "exit()": (LOOSE + "exit()", 5, "ended itself"),
    "os._exit": ("import os; os._exit(0)", 6, "the kernel died"),
    "kernel killed": (LOOSE + "import os; os.kill(os.getpid(), 9)", 6, "the kernel died"),
    "worker killed": (LOOSE + "import os; os.kill(os.getppid(), 9); import time; time.sleep(60)", 6, "was killed"),
    "nursery killed": (
        LOOSE + "import os, psutil; psutil.Process(os.getppid()).parent().kill(); import time; time.sleep(60)", 6, "was killed",
    ),
    "disk full in a notebook": ("import errno; raise OSError(errno.ENOSPC, 'No space left on device')", 74, "No space left"),
    "not the disk": ("raise OSError(2, 'No such file')", 5, "No such file"),
}  # fmt: skip


def stands(good):
    """The last good report is there to the byte, no process of a run is, and no temporary file."""
    out, before = good
    assert fingerprint(out) == before
    assert leftovers(out) == []
    assert processes(out) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_notebook_that_does_not_end_well_publishes_nothing(crm, good, notebook, orders, fault):
    code, exit_code, says = FAULTS[fault]
    done = crm("report", notebook(code), "--source", orders, "--out", good[0])
    assert done.code == exit_code, done.err
    assert "Traceback" not in done.err
    assert done.last.startswith("crm-analysis: ")
    assert says in done.last
    stands(good)
    log = json.loads((good[0].parent / ".runs" / good[0].name / "failed" / "run.json").read_text(encoding="utf-8"))
    assert log["status"] == "failed"
    assert says in log["cause"]
    if "the kernel died" in says or exit_code != 6:
        assert "99_test, cell 4 under 'The part that works': " in done.last
        executed = Path(done.last.rpartition("executed notebook: ")[2])
        assert nbformat.read(executed, as_version=4).cells
        assert log["notebooks"]["99_test"]["status"] == "failed"
        assert list(log["outputs"]) == ["99_test.ipynb"]


def test_the_time_limit_ends_a_loop_that_never_lets_go_of_the_interpreter(crm, good, notebook, orders, tmp_path):
    flag = tmp_path / "begun"
    stubborn = notebook(LOOSE + f"open({str(flag)!r}, 'w').close()\nsum(range(10**13))")
    for limit in ("20", "60"):  # on a machine at rest the first is enough
        done = crm("report", stubborn, "--source", orders, "--out", good[0], "--time-limit", limit)
        assert done.code == 124, done.err
        assert "the time limit was reached" in done.last
        stands(good)
        if flag.exists():
            break
    assert flag.exists()


def test_the_memory_limit_ends_the_run_and_names_the_notebook(good, notebook, orders):
    greedy = notebook("held = []\nfor _ in range(200):\n    held.append(b'x' * 20_000_000)")
    done = command("report", greedy, "--source", orders, "--out", good[0], "--memory-limit", "1.2G")
    assert done.returncode == 6, done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert "the memory limit was reached: " in last
    assert "1.20 GB allowed, most of it in the notebook 99_test" in last
    stands(good)


def started(*given, until, **options):
    """A command at work, once the file ``until`` exists."""
    process = subprocess.Popen(
        arguments(*given), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )
    for _ in range(1200):
        if until.exists():
            return process
        assert process.poll() is None, process.communicate(timeout=60)
        time.sleep(0.1)
    raise AssertionError("it never began")


def waiting(notebook, flag, name="99_test"):
    """A notebook that tells that it is at work, and waits."""
    return notebook(LOOSE + f"open({str(flag)!r}, 'w').close()\nimport time; time.sleep(600)", name)


@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_a_run_that_is_asked_to_stop_stops_and_leaves_nothing(good, notebook, orders, tmp_path, number, exit_code):
    at_work = started("report", waiting(notebook, tmp_path / "begun"), "--source", orders, "--out", good[0],
                      until=tmp_path / "begun")  # fmt: skip
    at_work.send_signal(number)
    at_work.send_signal(number)
    _, said = at_work.communicate(timeout=120)
    assert at_work.returncode == exit_code
    assert "Traceback" not in said
    assert said.strip().endswith("crm-analysis: stopped; the last published report stands")
    stands(good)


def test_of_four_runs_at_once_one_works_and_three_are_told_so_and_when_it_is_killed_nothing_stays(
    good, notebook, orders, tmp_path
):
    slow = waiting(notebook, tmp_path / "begun")
    at_work = started("report", slow, "--source", orders, "--out", good[0], until=tmp_path / "begun")
    others = [
        subprocess.Popen(arguments("report", notebook("note"), "--source", orders, "--out", good[0]), cwd=ROOT,
                         stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]  # fmt: skip
    for other in others:
        _, said = other.communicate(timeout=300)
        assert other.returncode == 75
        assert "another run of the report '周报 r' is at work" in said
    assert any(b"time.sleep(600)" in command for command in processes(good[0])), "also the one that left its parents"
    assert len(processes(good[0])) >= 4
    at_work.kill()
    at_work.communicate(timeout=60)
    for _ in range(600):
        if not processes(good[0]) and not leftovers(good[0]):
            break
        time.sleep(0.1)
    stands(good)


def test_what_reads_the_data_may_be_killed_too(good, notebook, orders, crm):
    def kill():
        for _ in range(3000):
            for child in psutil.Process().children():
                with contextlib.suppress(psutil.Error):
                    if "crm_analysis.reports.preparation" in child.cmdline():
                        return child.kill()
            time.sleep(0.01)
        return None

    threading.Thread(target=kill, daemon=True).start()
    done = crm("report", notebook("note"), "--source", orders, "--out", good[0])
    assert done.code == 6
    assert "the process that reads the data was killed" in done.last
    stands(good)


@pytest.mark.parametrize("size", [2_000, 12_000])
def test_a_full_disk_is_said_so_wherever_it_fills(good, notebook, orders, size):
    # SIGXFSZ is ignored by Python, so that a write beyond the limit fails as on a full disk
    done = command("report", notebook("print('much' * 3000)"), "--source", orders, "--out", good[0],
                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))  # fmt: skip
    assert done.returncode == 74, done.stderr
    assert "File too large" in done.stderr
    stands(good)


@pytest.mark.parametrize("place", ["/sys/kernel/r", "/proc/r"])
def test_a_folder_that_nobody_can_write_to_is_said_so(crm, orders, place):
    done = crm("report", "--source", orders, "--out", place)
    assert done.code == 74
    assert "cannot write to /" in done.last


def test_a_read_only_folder_is_said_so(good, orders, notebook):
    runs = good[0].parent / ".runs" / good[0].name
    # root writes everywhere, unless it gives up the right to
    humbly = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    asked = arguments("report", notebook("note"), "--source", orders, "--out", good[0])
    runs.chmod(0o500)
    try:
        done = subprocess.run([*humbly, *asked], cwd=ROOT, capture_output=True, text=True, timeout=120)
        assert done.returncode == 74, done.stderr
        assert "Permission denied" in done.stderr
    finally:
        runs.chmod(0o700)
    stands(good)


def test_cron_gives_no_environment_at_all(notebook, orders, tmp_path):
    out = tmp_path / "reports" / "weekly"
    done = command("report", notebook("import os; note"), "--source", orders, "--out", out, env={}, cwd="/")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(out / "index.html")
    assert leftovers(out) == []


def test_without_forks_it_runs_and_ends_all_the_same(good, notebook, orders, tmp_path, crm, monkeypatch):
    monkeypatch.setenv("CRM_FORK", "0")
    out = tmp_path / "reports" / "cold"
    assert crm("report", notebook("note"), "--source", orders, "--out", out).code == 0
    done = crm("report", notebook(LOOSE + "import os; os.kill(os.getpid(), 9)"), "--source", orders, "--out", good[0])
    assert done.code == 6, done.err
    stands(good)
