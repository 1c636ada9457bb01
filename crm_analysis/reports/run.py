"""One run: parameters checked, data prepared once, notebooks executed side by side, pages rendered, report published."""

import contextlib
import hashlib
import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

import nbformat

from crm_analysis.data import sources
from crm_analysis.reports import parameters, processes, publish
from crm_analysis.reports.parameters import UsageError

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"
WORKERS = 2
# Set by the runner itself: the notebooks read the prepared data, not the source.
OWN = ("source", "as_of")


class NotebookFailed(Exception):
    """A notebook did not run to its end; ``kind`` is ``cell`` (exit code 5) or ``kernel`` (exit code 6)."""

    def __init__(self, message, kind):
        super().__init__(message)
        self.kind = kind


class TimeLimit(Exception):
    """The run took longer than allowed. Exit code 124."""


class Planned(NamedTuple):
    """A notebook to run: its path, its declared parameters, and the values given for them."""

    path: Path
    declared: dict
    values: dict


def report(
    notebooks=(), source="", as_of="", out=None, given=(), time_limit=3600, pseudonym_key="", say=lambda **event: None
):
    """Run, render and publish; returns the path of the published ``index.html``.

    ``notebooks`` are names (``02_rfm``) or paths, none meaning all; ``source`` as in :func:`sources.read`; ``out`` is
    the report's folder, by default ``reports/NAME``; ``given`` is a list of (name, text) parameters;
    ``time_limit`` is in seconds; ``pseudonym_key`` as in :func:`sources.prepare`; ``say`` hears of progress. Raises UsageError, DataError, NotebookFailed,
    TimeLimit, Locked or CannotWrite; whatever is raised, the last published report stands untouched.
    """
    plan = planned(notebooks, given)
    out = Path(os.path.abspath(out)) if out else ROOT / "reports" / sources.name(source)
    deadline = time.monotonic() + time_limit
    with publish.lock(out), publish.draft(out) as draft, _workers(len(plan)) as crew:
        say(event="start", notebooks=len(plan))
        work = draft / "work"
        facts = sources.prepare(source, work / "prepared", as_of, pseudonym_key)
        say(event="data", facts=facts)
        seconds = _execute(crew, plan, work, deadline, say, publish.runs(out) / "failed")
        with _writing(out):
            expected = _render(plan, draft, facts, seconds, source, as_of)
            shutil.rmtree(work)
        publish.switch(draft, out, expected)
    return out / "index.html"


def planned(notebooks, given):
    """The notebooks to run with their values, in order; UsageError for an unknown one or a bad parameter.

    A parameter may belong to some of the notebooks only; one that no notebook declares is refused.
    """
    paths = [_find(name) for name in notebooks] or sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))
    declared = {path: parameters.declared(nbformat.read(path, as_version=4)) for path in paths}
    union = {name: p for each in declared.values() for name, p in each.items() if name not in OWN}
    own = [name for name, _ in given if name in OWN]
    if own:
        raise UsageError(f"{own[0]!r} is not given with -p: use --{own[0].replace('_', '-')}")
    values = parameters.checked(given, union)
    return [Planned(p, each, {n: v for n, v in values.items() if n in each}) for p, each in declared.items()]


def _find(name):
    for path in (Path(name), NOTEBOOKS / name, NOTEBOOKS / f"{name}.ipynb"):
        if path.suffix == ".ipynb" and path.is_file():
            return path.resolve()
    known = sorted(p.stem for p in NOTEBOOKS.glob("[0-9]*.ipynb"))
    raise UsageError(f"there is no notebook {name!r}; there are {', '.join(known)}")


@contextlib.contextmanager
def _workers(jobs):
    """Worker processes, started at once so that they import while the data is prepared; all ended afterwards."""
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")])),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    crew = []
    try:
        for _ in range(min(WORKERS, jobs)):
            crew.append(
                subprocess.Popen(
                    [sys.executable, "-m", "crm_analysis.reports.worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL, text=True, encoding="utf-8", env=environment, start_new_session=True,
                )
            )  # fmt: skip
        yield crew
    finally:
        for worker in crew:
            _end(worker)


def _end(worker):
    """End a worker with everything it started."""
    processes.end(worker.pid)
    worker.wait()
    with contextlib.suppress(OSError):
        worker.stdin.close()
    worker.stdout.close()


def _execute(crew, plan, work, deadline, say, failed):
    """Run the notebooks on the crew; seconds by stem. The executed ones lie in ``work``."""
    waiting = [
        {
            "notebook": str(each.path),
            "out": str(work / each.path.name),
            "values": each.values | {"source": "prepared"},
            "folder": str(work),
        }
        for each in plan
    ]
    events, seconds = queue.Queue(), {}
    for worker in crew:
        threading.Thread(target=_listen, args=(worker, events), daemon=True).start()
        _send(worker, waiting)
    import crm_analysis.reports.render  # noqa: F401 (nbconvert is slow to import: now, while the kernels start)

    while len(seconds) < len(plan):
        try:
            worker, event = events.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise TimeLimit("the time limit was reached; the last published report stands") from None
        if event is None:
            raise NotebookFailed("a worker process was killed", "kernel")
        if event["event"] == "failed":
            raise NotebookFailed(_sentence(event, work, failed), event["kind"])
        if event["event"] == "done":
            seconds[event["stem"]] = event["seconds"]
            _send(worker, waiting)
        say(**event)
    return seconds


def _send(worker, waiting):
    if waiting:
        with contextlib.suppress(BrokenPipeError):  # the listener hears of its end
            worker.stdin.write(json.dumps(waiting.pop(0)) + "\n")
            worker.stdin.flush()


def _listen(worker, events):
    with contextlib.suppress(ValueError):
        for line in worker.stdout:
            events.put((worker, json.loads(line)))
    events.put((worker, None))


def _sentence(event, work, failed):
    """One readable line; the executed notebook is kept where it can be looked at."""
    where = ""
    executed = work / f"{event['stem']}.ipynb"
    if executed.is_file():
        failed.mkdir(exist_ok=True)
        shutil.copy(executed, failed / executed.name)
        where = f"; executed notebook: {failed / executed.name}"
    place = f"cell {event['cell']}" + (f" under {event['heading']!r}" if event["heading"] else "")
    return f"{event['stem']}, {place}: {event['cause']}{where}"


@contextlib.contextmanager
def _writing(out):
    try:
        yield
    except OSError as error:
        raise publish.CannotWrite(f"cannot write {out}: {error.strerror}") from error


def _render(plan, draft, facts, seconds, source, as_of):
    """Pages, executed notebooks, index and ``run.json`` into ``draft``; the names of all files expected there."""
    from crm_analysis.reports import index, render

    (draft / "notebooks").mkdir()
    cards, expected = [], ["index.html", "run.json"]
    for each in plan:
        executed = nbformat.read(draft / "work" / each.path.name, as_version=4)
        if not render.headlines(executed):
            raise NotebookFailed(f"{each.path.stem}: it ended without its headline figures", "cell")
        shown = [
            {"name": p.name, "type": p.type, "value": each.values.get(p.name, p.default), "help": p.help}
            for p in each.declared.values()
            if p.name not in OWN
        ]
        page, notebook = f"{each.path.stem}.html", f"notebooks/{each.path.name}"
        (draft / page).write_text(render.page(executed, facts, shown), encoding="utf-8")
        nbformat.write(_as_given(executed, each.values, source, as_of), draft / notebook)
        cards.append({
            "stem": each.path.stem, "title": render.title(executed), "summary": render.summary(executed),
            "href": page, "notebook_href": notebook, "headlines": render.headlines(executed),
        })  # fmt: skip
        expected += [page, notebook]
    about = {"name": facts["name"], "as_of": facts["as_of"], "source": facts["source"], "currency": facts["currency"]}
    (draft / "index.html").write_text(index.page(about | {"facts": facts, "notebooks": cards}), encoding="utf-8")
    log = about | {"seconds": seconds, "headlines": {c["stem"]: c["headlines"] for c in cards}, "facts": facts}
    log["parameters"] = {each.path.stem: each.values for each in plan}
    log["outputs"] = {name: _sha256(draft / name) for name in expected if name != "run.json"}
    (draft / "run.json").write_text(json.dumps(log, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return expected


def _as_given(notebook, values, source, as_of):
    """The executed notebook as it would be run by hand: the source as given, no timings, no paths of this run."""
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.source = parameters.cell(values | {"source": source, "as_of": as_of})
    return notebook


def _sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
