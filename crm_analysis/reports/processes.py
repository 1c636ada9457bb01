"""Ending a process with all that it started: a kernel runs in a session of its own, which no group signal reaches."""

import contextlib

import psutil


def end(pid, itself=True):
    """Kill the descendants of ``pid``, and ``pid`` itself unless told otherwise; returns when they are gone."""
    with contextlib.suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        if itself:
            root.suspend()  # or it could start another one while its children are being counted
        family = root.children(recursive=True) + ([root] if itself else [])
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, timeout=10)
