"""One run: data prepared once, notebooks executed side by side, pages rendered as they end, the report published."""

import contextlib
import errno
import os
import queue
import shutil
import time
from pathlib import Path
from typing import NamedTuple

from crm_analysis import signals
from crm_analysis.data.errors import DataError, ascii_controls
from crm_analysis.reports import crew as crews
from crm_analysis.reports import draft as drafts
from crm_analysis.reports import plans, processes, publish, record, warm
from crm_analysis.reports.parameters import UsageError

__all__ = ["Call", "MemoryLimit", "NotebookFailed", "Published", "TimeLimit", "UsageError", "report"]
Call = plans.Call
NO_ROOM = (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE)
LOOK = 0.5  # seconds between two looks at the memory


class NotebookFailed(Exception):
    """A notebook did not run to its end.

    ``kind`` is ``cell`` (exit code 5), ``kernel`` (6), ``parameter`` (2: of one it can make nothing) or ``input`` (3: a file
    that a parameter names is refused).
    """

    def __init__(self, message, kind):
        super().__init__(message)
        self.kind = kind


class TimeLimit(Exception):
    """The run took longer than allowed. Exit code 124."""


class MemoryLimit(Exception):
    """The run held more memory than allowed. Exit code 6."""


class Published(NamedTuple):
    """A published report: the path of its index page, and the alerts that were raised, as sentences."""

    path: Path
    alerts: list


def report(call, say=lambda **event: None):
    """Run, render and publish what a :class:`plans.Call` asks for; ``say`` hears of progress.

    Raises UsageError, DataError, NotebookFailed, TimeLimit, MemoryLimit, Locked or CannotWrite; whatever is raised, the
    last published report stands untouched, and ``.runs/NAME/failed`` says what happened.
    """
    plan = plans.planned(call)
    out = plans.place(call.out, call.source)
    with publish.lock(out), publish.draft(out) as folder:
        log = record.begun(call, plan)
        failed = publish.runs(out) / "failed"
        try:
            modules = warm.modules([each.notebook for each in plan])
            with _writing(out), crews.crew(folder, modules, len(plan)) as crew:
                made = _made(call, plan, out, crew, log, failed, say)
            publish.switch(folder, out, made.expected, made.keep, then=lambda: say(event="published"))
        except BaseException as error:
            record.failed(failed, log, error)
            raise
        shutil.rmtree(failed, ignore_errors=True)
    return Published(out / "index.html", made.alerts)


def prepared(call, folder, say):
    """Only prepare the data of a call, in ``folder``/work/prepared; returns the facts."""
    with crews.crew(folder, (), 0) as crew:
        heard = _heard(crew, time.monotonic() + call.time_limit, call.memory_limit)
        crews.send(crew.preparing, plans.preparation(call, folder))
        facts = _facts(crew, heard)
    say(event="data", facts=facts)
    return facts


def _made(call, plan, out, crew, log, failed, say):
    """Everything in the draft folder; what :mod:`pages` says of it.

    A notebook for which the data are too little is declined: the report says so, and the others stand.
    """
    say(event="start", notebooks=len(plan))
    until = time.monotonic() + call.time_limit
    heard = _heard(crew, until, call.memory_limit)
    crews.send(crew.preparing, plans.preparation(call, crew.draft))
    facts = _facts(crew, heard)
    say(event="data", facts=facts)
    draft = drafts.begun(call, plan, out, crew.draft, facts, until)
    executed, left = [], len(plan)
    for event in _executed(crew, drafts.jobs(draft), heard):
        if event["event"] != "cell":
            about = {"status": event["event"], "seconds": event["seconds"], "cause": event.get("cause", "")}
            log["notebooks"][event["stem"]] |= about
        if event["event"] == "failed" and event["kind"] == "little" and len(plan) > 1:
            draft.declined[event["stem"]] = event["cause"]
            log["notebooks"][event["stem"]]["status"] = "declined"
            event["event"] = "declined"
        if event["event"] == "failed" or len(draft.declined) == len(plan):
            raise _failure(event, crew.draft / plans.WORK, failed)
        say(**event)
        left -= event["event"] != "cell"
        executed += [event["stem"]] if event["event"] == "done" else []
        if left < crews.SLOTS:  # a processor is idle: now the pages, and what is slow to import for them
            with signals.unbroken():
                from crm_analysis.reports import pages
            while executed:
                _added(draft, executed.pop(0))
    return pages.finished(draft, log)


def _added(draft, stem):
    from crm_analysis.reports import pages, pdf

    try:
        pages.add(draft, stem)
    except pages.Unfinished as error:
        raise NotebookFailed(f"{stem}: {error}", "cell") from None
    except pdf.TooSlow as error:
        if time.monotonic() > draft.until:
            _end_of_time()
        raise publish.CannotWrite(str(error)) from None
    except OSError:
        raise
    except Exception as error:  # outputs that no helper of ours would make may break anything
        cause = " ".join(str(error).split())
        raise NotebookFailed(
            f"{stem}: no page can be made of its outputs: {type(error).__name__}: {cause}", "cell"
        ) from error


def _facts(crew, heard):
    """Wait for the data; what the others have said meanwhile stays to be heard."""
    early = []
    for process, event in heard:
        if process is not crew.preparing:
            early.append((process, event))
            continue
        for each in early:
            crew.events.put(each)
        if event is None:
            raise NotebookFailed("the process that reads the data was killed (out of memory?)", "kernel")
        if event["event"] == "refused":
            raise DataError(event["problems"])
        if event["event"] == "memory":
            raise MemoryLimit(
                "the system has no more memory for the reading of the data; the last published report stands"
            )
        if event["event"] == "cannot-write":
            raise publish.CannotWrite(f"cannot write {crew.draft.parent}: {event['cause']}")
        if event["event"] == "broken":
            raise RuntimeError(event["cause"])
        return event["facts"]
    raise AssertionError("unreachable")


def _executed(crew, jobs, heard):
    """Run the jobs; yields a ``done`` or ``failed`` event for each, and ``cell`` events between."""
    waiting, at_work, retried = list(enumerate(jobs)), {}, set()

    def give(process):
        if waiting:
            number, job = waiting.pop(0)
            at_work[number] = job
            crews.send(process, job | {"number": number})

    for process in crew.running:
        give(process)
    while at_work:
        process, event = next(heard)
        if process not in crew.running:  # the preparing process, or a nursery that was replaced
            continue
        if event is None:
            raise NotebookFailed("a worker process was killed", "kernel")
        number = event.get("number")
        if event["event"] == "started":
            crew.pids[event["pid"]] = event["stem"]
        elif event["event"] == "ready" and not event["forks"]:
            crew = crews.in_the_cold(crew)
            waiting, at_work = [*at_work.items(), *waiting], {}
            for worker in crew.running:
                give(worker)
        elif event["event"] == "ended" and number in at_work:
            raise NotebookFailed(f"{event['stem']}: the process that ran it was killed", "kernel")
        elif event["event"] == "failed" and event["kind"] == "start" and number not in retried:
            retried.add(number)  # two kernels that start at once may choose the same port
            waiting.insert(0, (number + len(jobs), at_work.pop(number)))
            retried.add(number + len(jobs))
            give(process)
        elif event["event"] in ("done", "failed"):
            del at_work[number]
            give(process)
            yield event
        elif event["event"] == "cell":
            yield event


def _heard(crew, until, most):
    """Every event as it comes; raises TimeLimit, and MemoryLimit when ``most`` bytes are exceeded."""
    looked = 0.0
    while True:
        now = time.monotonic()
        if now > until:
            _end_of_time()
        if most and now - looked > LOOK:
            looked = now
            _look(crew, most)
        with contextlib.suppress(queue.Empty):
            yield crew.events.get(timeout=min(until - now, LOOK) if most else until - now)


def _end_of_time():
    raise TimeLimit("the time limit was reached; the last published report stands") from None


def _look(crew, most):
    held, biggest = processes.memory(os.getpid())
    if held > most:
        raise MemoryLimit(
            f"the memory limit was reached: {held / 1e9:.2f} GB held, {most / 1e9:.2f} GB allowed, most of it in "
            f"{crews.name(crew, biggest)}; the last published report stands"
        )


def _failure(event, work, failed):
    """One readable line: notebook, cell, heading, cause; the executed notebook is kept where it can be looked at.

    What is to be mended elsewhere (a parameter, a file of its own) is told without them.
    """
    cause = ascii_controls(" ".join(event["cause"].split()))[:1000]
    if event["kind"] in ("parameter", "input"):
        return NotebookFailed(f"{event['stem']}: {cause}", event["kind"])
    executed = record.keep_executed(failed, work / f"{event['stem']}.ipynb")
    where = f"; executed notebook: {executed}" if executed else ""
    place = f"cell {event['cell']}" + (f" under {event['heading']!r}" if event["heading"] else "")
    told = f"{event['stem']}, {place}: {cause}{where}"
    if event["kind"] == "disk":
        return publish.CannotWrite(told)
    return NotebookFailed(told, "cell" if event["kind"] == "little" else event["kind"])


@contextlib.contextmanager
def _writing(out):
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise NotebookFailed(f"the system has no room for another process: {error.strerror}", "kernel") from error
        raise publish.CannotWrite(f"cannot write {out}: {error.strerror or error}") from error
