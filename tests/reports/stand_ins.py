"""Stand-ins for the processes of a run: what they would have made is laid in place, so that the rest can be tried fast."""

import contextlib
import json
import queue
import shutil
from pathlib import Path

import nbformat

from crm_analysis.reports import crew

MIME = "application/vnd.crm-analysis."
at_work = False  # whether a stand-in is at work just now: what it does is not the runner's doing


def install(monkeypatch, prepared, emits):
    """Replace the processes: the data are the folder ``prepared(job)``, the outputs those of ``emits(job)``, by kind."""
    running, preparing, made = object(), object(), {}

    @contextlib.contextmanager
    def started(draft, modules, jobs):
        made["events"] = queue.Queue()
        yield crew.Crew(draft, preparing, [running], made["events"], [], {})

    def send(process, job):
        global at_work
        at_work = True
        try:
            event = _prepared(job, prepared(job)) if process is preparing else _executed(job, emits(job))
        finally:
            at_work = False
        made["events"].put((process, event))

    monkeypatch.setattr(crew, "crew", started)
    monkeypatch.setattr(crew, "send", send)


def _prepared(job, folder):
    shutil.copytree(folder, job["folder"])
    return {"event": "prepared", "facts": json.loads((folder / "facts.json").read_text(encoding="utf-8"))}


def _executed(job, kinds):
    notebook = nbformat.read(job["notebook"], as_version=4)
    notebook.cells[-1].outputs = [
        nbformat.v4.new_output("display_data", {f"{MIME}{kind}+json": data}) for kind, data in kinds.items()
    ]
    nbformat.write(notebook, job["out"])
    for name in kinds.get("list", {}).get("files", []):
        path = Path(job["folder"]) / "lists" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("customer_id\n1\n")
    return {"event": "done", "stem": job["stem"], "number": job["number"], "seconds": 0.1}


def figures(**values):
    """Headlines as a notebook emits them: key -> (kind, value)."""
    return {
        "headlines": [
            {"key": key, "label": key.capitalize(), "kind": kind, "value": value, "text": str(value)}
            for key, (kind, value) in values.items()
        ]
    }
