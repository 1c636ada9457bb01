"""A worker process: takes notebooks to run, one JSON line each, and tells what became of them in JSON lines.

It is a process of its own so that whatever a notebook does to its surroundings (memory, threads, a killed kernel)
cannot harm the run, and so that ending it ends the kernel too. It answers on the descriptor that was its standard
output; prints of libraries go to standard error.
"""

import errno
import json
import os
import queue
import re
import sys
import threading
import time

import nbformat
from nbclient.exceptions import DeadKernelError
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import execute_notebook
from traitlets.config import Config

from crm_analysis.data.errors import DataError, TooLittle, WrongParameter
from crm_analysis.reports import kernels, parameters, processes

ADDED = {"injected-parameters", "papermill-error-cell-tag"}  # cells that stand in the executed notebook only
TOLD = {TooLittle.__name__: "little", WrongParameter.__name__: "parameter", DataError.__name__: "input"}
CLIENT = f"{kernels.Client.__module__}.{kernels.Client.__name__}"
DISK = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EROFS)


class _SelfEnded(Exception):
    """A cell asked the kernel to end (``exit()``), which the kernel then does at some later moment."""

    def __init__(self, at):
        super().__init__(at)
        self.at = at


def _refuse_exit(cell_index, execute_reply, **_):
    if any(p.get("source") == "ask_exit" for p in execute_reply["content"].get("payload", [])):
        raise _SelfEnded(cell_index)


class _Engine(NBClientEngine):
    """papermill's engine, telling of each cell and keeping hold of the notebook when a cell fails."""

    tell = None
    notebook = None
    begun = 0  # the cell that was begun last

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, **options):
        cls.notebook = nb_man.nb
        start, complete, total = nb_man.cell_start, nb_man.cell_complete, len(nb_man.nb.cells)

        def starts(cell, cell_index=None, **more):
            cls.begun = cell_index
            start(cell, cell_index, **more)

        def told(cell, cell_index=None, **more):
            complete(cell, cell_index=cell_index, **more)
            cls.tell(event="cell", done=cell_index + 1, of=total)

        nb_man.cell_start, nb_man.cell_complete = starts, told
        # ipykernel >= 7.3 warns at each start about unencrypted TCP unless it may encrypt
        options["config"] = Config(KernelManager={"transport_encryption": "auto", "client_class": CLIENT})
        options["on_cell_executed"] = _refuse_exit
        options["shutdown_kernel"] = "immediate"  # it has nothing left to do
        return super().execute_managed_notebook(nb_man, kernel_name, **options)


papermill_engines.register("crm-analysis", _Engine)


def work(job, answers):
    """Run one job and write what is to be told of it as JSON lines, whatever happens: or the run would wait for ever."""

    def tell(**event):
        answers.write(json.dumps({"stem": job["stem"], "number": job["number"], **event}) + "\n")
        answers.flush()

    tell(event="started", pid=os.getpid())
    try:
        run(job, tell)
    except Exception as error:
        cause = f"{type(error).__name__}: {error}"
        kind = "disk" if isinstance(error, OSError) and error.errno in DISK else "internal"
        tell(event="failed", kind=kind, cause=cause, cell=0, heading="", seconds=0)


def run(job, tell):
    """Execute one notebook; ``tell`` gets ``cell`` events and at last one of ``done``, ``failed``.

    ``job``: ``stem``, ``number``, ``notebook`` and ``out`` (paths), ``values`` (parameter name -> value), ``folder`` (working
    directory).
    """
    notebook = nbformat.read(job["notebook"], as_version=4)
    at = next(i for i, c in enumerate(notebook.cells) if "parameters" in c.metadata.get("tags", []))
    cell = nbformat.v4.new_code_cell(parameters.cell(job["values"]), id="given-parameters")
    cell.metadata["tags"] = ["injected-parameters"]
    notebook.cells.insert(at + 1, cell)
    _Engine.tell, _Engine.notebook = tell, notebook
    started = time.monotonic()
    failure, at = None, None
    try:
        # papermill reads braces in a path as fields: it gets no path, the file is written here
        execute_notebook(notebook, None, engine_name="crm-analysis", kernel_name="python3", progress_bar=False,
                         cwd=job["folder"])  # fmt: skip
    except DeadKernelError:
        failure = {"kind": "kernel", "cause": "the kernel died (killed, out of memory, or it ended itself)"}
        at = _Engine.begun
    except _SelfEnded as ended:
        failure, at = {"kind": "cell", "cause": "the notebook ended itself before its last cell"}, ended.at
    except PapermillExecutionError as error:
        failure = _of_cell(error.ename, error.evalue)
    except RuntimeError as error:  # nbclient: the kernel died, or said nothing for a minute, before the first cell
        failure, at = {"kind": "start", "cause": f"the kernel did not start: {error}"}, 0
    executed = _Engine.notebook
    failure = failure or _unfinished(executed)
    if os.path.isdir(os.path.dirname(job["out"])):
        nbformat.write(executed, job["out"])
    else:
        failure, at = {"kind": "cell", "cause": "the notebook took away the folder that it works in"}, _Engine.begun
    seconds = round(time.monotonic() - started, 2)
    if failure:
        tell(event="failed", seconds=seconds, **failure, **_place(executed, at))
    else:
        tell(event="done", seconds=seconds)


def _of_cell(name, value):
    """A failed cell, or what nobody can mend in the notebook.

    That is data that are too little for this analysis, a parameter of which it can make nothing, a file of its own that is
    refused, and a disk that is full or cannot be written.
    """
    if name in TOLD:
        return {"kind": TOLD[name], "cause": value}
    found = re.match(r"\[Errno (\d+)\]", value)
    kind = "disk" if found and int(found[1]) in DISK else "cell"
    return {"kind": kind, "cause": f"{name}: {value}".strip(": ")}


def _unfinished(notebook):
    """papermill calls a notebook complete that ended itself half-way: what ran is told by the execution counts."""
    errors = [o for c in notebook.cells for o in c.get("outputs", []) if o.output_type == "error"]
    if errors:
        return _of_cell(errors[0].ename, errors[0].evalue)
    if any(c.cell_type == "code" and c.source.strip() and not c.execution_count for c in notebook.cells):
        return {"kind": "cell", "cause": "the notebook ended itself before its last cell"}
    return None


def _place(notebook, at=None):
    """Where it stopped: the cell's number in the notebook as it was given, and the heading above it."""
    if at is None:
        codes = [i for i, c in enumerate(notebook.cells) if c.cell_type == "code" and c.source.strip()]
        failed = [i for i in codes if any(o.output_type == "error" for o in notebook.cells[i].get("outputs", []))]
        pending = [i for i in codes if not notebook.cells[i].execution_count]
        at = (failed or pending or codes or [0])[0]
    heads = [
        line.lstrip("# ").strip()
        for c in notebook.cells[: at + 1]
        if c.cell_type == "markdown"
        for line in c.source.splitlines()
        if line.startswith("#")
    ]
    own = [c for c in notebook.cells[: at + 1] if not ADDED & set(c.metadata.get("tags", []))]
    return {"cell": len(own), "heading": heads[-1] if heads else ""}


def _receive(jobs):
    """Hear of jobs; when standard input ends the run is gone, however it went: leave nothing behind."""
    for line in sys.stdin:
        jobs.put(line)
    processes.end_orphaned()


def main():
    """Work until standard input ends."""
    os.umask(0o077)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    jobs = queue.Queue()
    threading.Thread(target=_receive, args=(jobs,), daemon=True).start()
    while True:
        work(json.loads(jobs.get()), answers)


if __name__ == "__main__":
    main()
