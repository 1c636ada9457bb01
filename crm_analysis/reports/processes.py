"""Ending a process with all that it started: a kernel runs in a session of its own, which no group signal reaches."""

import contextlib
import ctypes
import os
import signal
import sys
import time

import psutil

MARK = "CRM_ANALYSIS_RUN"  # an environment variable that everything a run starts inherits: the run's draft folder
_SET_PDEATHSIG, _SET_CHILD_SUBREAPER = 1, 36
LINUX = sys.platform == "linux"


def end(pid, itself=True):
    """Kill the descendants of ``pid``, and ``pid`` itself unless told otherwise; returns when they are gone."""
    with contextlib.suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        if itself:
            root.suspend()  # or it could start another one while its children are being counted
        _kill(root.children(recursive=True) + ([root] if itself else []))


def end_marked(mark):
    """Kill what descends from this process and carries the mark: what a notebook let loose, once :func:`adopt` is on."""
    _kill([p for p in psutil.Process().children(recursive=True) if _mark(p) == mark])


def _mark(process):
    with contextlib.suppress(psutil.Error, OSError):
        return process.environ().get(MARK)
    return None


def _kill(family):
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    until = time.monotonic() + 10
    while time.monotonic() < until and not all(map(_gone, family)):
        time.sleep(0.01)


def _gone(process):
    with contextlib.suppress(AttributeError, ChildProcessError):  # not our child, or already collected
        os.waitpid(process.pid, os.WNOHANG)
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.status() == psutil.STATUS_ZOMBIE  # its parent has yet to collect it; it runs no more
    return True


def adopt(on=True):
    """On Linux, orphans among the descendants become children of this process, so that :func:`end` finds them."""
    if LINUX:
        ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, int(on), 0, 0, 0)


def die_with(parent):
    """On Linux, be killed as soon as the process ``parent``, which started this one, is no more."""
    if LINUX:
        ctypes.CDLL(None).prctl(_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)


def end_orphaned():
    """The run itself was killed: leave nothing running."""
    end(os.getpid(), itself=False)
    os._exit(0)


def ancestors(pid):
    """The processes above ``pid``, the nearest first."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return [process.pid for process in psutil.Process(pid).parents()]
    return []


def memory(pid):
    """``(bytes, pid)``: what ``pid`` and its descendants hold in memory, shared pages counted once, and who most."""
    total, most, biggest = 0, 0, pid
    with contextlib.suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        for process in [root, *root.children(recursive=True)]:
            size = _held(process)
            total += size
            if size > most:
                most, biggest = size, process.pid
    return total, biggest


def _held(process):
    with contextlib.suppress(psutil.Error, OSError):
        held = process.memory_full_info()
        return getattr(held, "pss", held.uss)
    return 0
