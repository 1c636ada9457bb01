"""One run in a fresh process, within limits of time and memory."""

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
SECONDS = 600
GIB = 16


def run(python, name, file, frame=None, seconds=SECONDS, gib=GIB):
    """The figures of contestant ``name``, or ``{"failed": why}``; its table goes to ``frame`` when given.

    It is stopped after ``seconds``, and when it holds more than ``gib`` GiB of memory.
    """
    with tempfile.TemporaryDirectory(dir=Path(file).parent) as folder:
        result, noise = Path(folder) / "figures.json", Path(folder) / "stderr"
        command = [python, "-W", "ignore", "-m", "benchmarks.worker", name, str(file), str(result)]
        command += [str(frame)] if frame else []
        with noise.open("wb") as stderr:
            child = subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": str(ROOT), "CRM_BENCH_FOLDER": folder},
                stdout=stderr,
                stderr=stderr,
            )
            why = _watch(child, seconds, gib)
        if child.returncode == 0 and not why:
            return json.loads(result.read_text(encoding="utf-8"))
        last = noise.read_text(errors="replace").strip().splitlines()[-1:]
        return {"failed": why or " ".join(last) or f"exit code {child.returncode}"}


def _watch(child, seconds, gib):
    """Wait for ``child``; why it had to be stopped, or None."""
    end = time.monotonic() + seconds
    while True:
        try:
            child.wait(timeout=0.2)
            return None
        except subprocess.TimeoutExpired:
            why = f"over {seconds} s" if time.monotonic() > end else None
            why = f"over {gib} GiB" if _resident(child.pid) > gib * 2**30 else why
            if why:
                child.kill()
                child.wait()
                return why


def _resident(pid):
    """Bytes ``pid`` holds in memory now; 0 where the system has no /proc to tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
