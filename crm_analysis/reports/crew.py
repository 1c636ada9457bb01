"""The processes of a run: one that prepares the data, and those that run the notebooks; all ended with the run.

On Linux a nursery forks warm processes (``nursery``); elsewhere, or with ``CRM_FORK=0``, two plain workers start cold
kernels. Everything inherits a mark, a private home for Jupyter's and other libraries' scratch files inside the draft, and
a pipe whose end tells it that the run is gone.
"""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import NamedTuple

from crm_analysis.reports import processes

SLOTS = 2
PACKAGE = Path(__file__).parents[2]


class Crew(NamedTuple):
    """Processes by what they do, and the queue of ``(process, event)`` from all; an event of None is its end.

    ``started``: all of them, to be ended; ``pids``: the process that runs a notebook -> its stem.
    """

    draft: Path
    preparing: subprocess.Popen
    running: list
    events: queue.Queue
    started: list
    pids: dict


@contextlib.contextmanager
def crew(draft, modules, jobs):
    """Start the processes for a number of jobs at once, to import while the data is prepared; all ended afterwards."""
    events, started = queue.Queue(), []

    def start(*what):
        started.append(_started(draft, events, *what))
        return started[-1]

    processes.adopt()
    os.environ[processes.MARK] = str(draft)  # a browser that prints pages is marked too
    try:
        preparing = start("preparation")
        if not jobs:
            running = []
        elif processes.LINUX and os.environ.get("CRM_FORK") != "0":
            running = [start("nursery", *modules)] * min(SLOTS, jobs)
        else:
            running = [start("worker") for _ in range(min(SLOTS, jobs))]
        yield Crew(draft, preparing, running, events, started, {})
    finally:
        for process in started:
            _end(process)
        processes.end_marked(str(draft))
        del os.environ[processes.MARK]
        processes.adopt(False)


def name(crew, pid):
    """What a process of the crew, or one that descends from it, is at work on: for people."""
    if pid == os.getpid():
        return "the rendering of the pages"
    if crew.preparing.pid == pid:
        return "the reading of the data"
    stems = [crew.pids[each] for each in (pid, *processes.ancestors(pid)) if each in crew.pids]
    return f"the notebook {stems[0]}" if stems else "the processes that run the notebooks"


def in_the_cold(crew):
    """Replace a nursery that must not fork by plain workers; returns the crew as it is now."""
    nursery, *_ = crew.running
    _end(nursery)
    running = [_started(crew.draft, crew.events, "worker") for _ in crew.running]
    crew.started.extend(running)
    return crew._replace(running=running)


def send(process, job):
    """Hand a job to a process; if it is gone its listener will say so."""
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()


def _started(draft, events, module, *arguments):
    quiet = None if os.environ.get("CRM_TRACEBACK") else subprocess.DEVNULL
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", f"crm_analysis.reports.{module}", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=quiet, text=True, encoding="utf-8", env=_environment(draft), start_new_session=True,
    )  # fmt: skip
    threading.Thread(target=_listen, args=(process, events), daemon=True).start()
    return process


def _environment(draft):
    """What every process of the run sees: nothing of the user's own Jupyter and IPython settings changes a report."""
    scratch = draft / "scratch"
    scratch.mkdir(mode=0o700, exist_ok=True)
    plain = {name: value for name, value in os.environ.items() if name != "PYTHONSTARTUP"}
    return plain | {
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PACKAGE), os.environ.get("PYTHONPATH", "")])),
        "PYTHONIOENCODING": "utf-8",
        "IPYTHONDIR": str(scratch / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(scratch / "jupyter"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "TMPDIR": str(scratch),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # as in any kernel, also where it is imported early
        # two threads in which libraries would be imported: a process that has them must not be forked
        "OPENBLAS_NUM_THREADS": "1",
        "JE_ARROW_MALLOC_CONF": "background_thread:false",
    }


def _listen(process, events):
    with contextlib.suppress(ValueError):
        for line in process.stdout:
            events.put((process, json.loads(line)))
    events.put((process, None))


def _end(process):
    """End a process with everything it started."""
    processes.end(process.pid)
    process.wait()
    with contextlib.suppress(OSError):
        process.stdin.close()
