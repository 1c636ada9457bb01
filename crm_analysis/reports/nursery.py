"""Imports once what the notebooks need, then forks a fresh process for each: ``python -m crm_analysis.reports.nursery``.

The arguments are the modules to import; each line of standard input is a job as of ``worker.run``;
the answers are JSON lines. It never runs a thread and never uses what it imports, so a forked child of it is sound. When
standard input ends the run is gone, however it went, and everything that was started here ends.
"""

import contextlib
import gc
import importlib
import json
import os
import select
import sys

from crm_analysis.reports import kernels, processes, worker


def main(*modules):
    """Serve until standard input ends."""
    processes.adopt()
    os.umask(0o077)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    gc.disable()  # importing makes no garbage worth the looking
    for name in modules:
        with contextlib.suppress(Exception):  # the notebook that needs it will say what is wrong with it
            importlib.import_module(name)
    gc.enable()
    gc.freeze()  # what is here by now stays: to collect it in a child would copy its memory
    single = kernels.threads() == 1
    _answer(answers, event="ready", forks=single)
    beginnings, runners = {0: b""}, {}  # descriptor -> the beginning of a line; descriptor -> pid and stem of a runner
    while True:
        for descriptor in select.select(list(beginnings), [], [])[0]:
            read = os.read(descriptor, 1 << 16)
            *lines, beginnings[descriptor] = (beginnings[descriptor] + read).split(b"\n")
            if descriptor == 0:
                if not read:
                    processes.end_orphaned()
                for line in lines if single else ():  # or it could deadlock; the run starts plain workers instead
                    job = json.loads(line)
                    opened, pid = _run(job, [0, answers.fileno(), *runners])
                    beginnings[opened], runners[opened] = b"", (pid, job)
                continue
            answers.writelines(line + b"\n" for line in lines)
            answers.flush()
            if not read:
                pid, job = runners.pop(descriptor)
                del beginnings[descriptor]
                os.close(descriptor)
                os.waitpid(pid, 0)
                _answer(answers, event="ended", stem=job["stem"], number=job["number"])


def _answer(answers, **event):
    answers.write(json.dumps(event).encode() + b"\n")
    answers.flush()


def _run(job, not_for_it):
    """Fork the process that runs one notebook, and that one its kernel; where its answers come from, and its pid."""
    listen, tell = os.pipe()
    nursery = os.getpid()
    pid = os.fork()
    if pid:
        os.close(tell)
        return listen, pid
    try:
        processes.die_with(nursery)
        nowhere = os.open(os.devnull, os.O_RDONLY)
        for descriptor in (listen, *not_for_it):
            os.close(descriptor) if descriptor else os.dup2(nowhere, 0)
        kernels.fork(close=(tell, nowhere))
        with open(tell, "w", encoding="utf-8") as answers:
            worker.work(job, answers)
    finally:
        os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
