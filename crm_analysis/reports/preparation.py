"""The data of a run, checked and prepared in a process of its own: ``python -m crm_analysis.reports.preparation``.

So that a limit of time or memory, or a signal, ends the reading of a huge file as well as anything else.
"""

import json
import os
import sys
import threading
from pathlib import Path

import duckdb

from crm_analysis.data import slices, sources
from crm_analysis.data.errors import DataError
from crm_analysis.reports import processes

PROBE = 1 << 16


def main():
    """Prepare what the first line of standard input asks for; one JSON line tells the facts, or what is wrong."""
    os.umask(0o077)
    job = json.loads(sys.stdin.readline())
    threading.Thread(target=_watch, daemon=True).start()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    answers.write(json.dumps(_prepared(job)) + "\n")
    answers.flush()
    os._exit(0)  # an orderly end would wait for the thread that waits for standard input


def _prepared(job):
    try:
        if job["part"]:
            facts = slices.cut(*job["part"], job["folder"])
        else:
            facts = sources.prepare(job["source"], job["folder"], job["as_of"], job["pseudonym_key"])
        return {"event": "prepared", "facts": facts}
    except DataError as error:
        return _cannot_write(job) or {"event": "refused", "problems": error.problems}
    except (MemoryError, duckdb.OutOfMemoryException):
        return {"event": "memory"}
    except OSError as error:
        return _cannot_write(job) or {"event": "broken", "cause": f"{type(error).__name__}: {error}"}
    except Exception as error:
        return {"event": "broken", "cause": f"{type(error).__name__}: {error}"}


def _cannot_write(job):
    """Whether the disk is to blame: an engine that cannot write says so in as many ways as there are engines."""
    probe = Path(job["folder"]).with_name("probe")
    try:
        probe.parent.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"\0" * PROBE)
        probe.unlink()
    except OSError as error:
        return {"event": "cannot-write", "cause": error.strerror}
    return None


def _watch():
    if not sys.stdin.read():  # nothing more is ever sent: this is the end of the run
        processes.end_orphaned()


if __name__ == "__main__":
    main()
