"""The runs of a report that were published and are still kept: which one to compare with, which profile to score with."""

import json
from pathlib import Path
from typing import NamedTuple

from crm_analysis.reports import publish


class Run(NamedTuple):
    """A published run: its number, the day it speaks of (ISO text), its folder, and its ``run.json``."""

    number: int
    as_of: str
    folder: Path
    log: dict


def published(out):
    """All kept runs of the report ``out``, the one that speaks of the earliest day first; a damaged one is left out."""
    found = (
        [(int(p.name), p) for p in publish.runs(out).iterdir() if p.name.isdigit()]
        if publish.runs(out).is_dir()
        else []
    )
    if not found and out.is_dir():  # where links cannot be made there is this one
        found = [(1, out)]
    made = [_run(number, folder) for number, folder in found]
    return sorted((run for run in made if run), key=lambda run: (run.as_of, run.number))


def _run(number, folder):
    try:
        log = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        return Run(number, str(log["as_of"]), folder, log)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def before(runs, as_of):
    """The last run that speaks of an earlier day than ``as_of``, or None.

    Not simply the last one: so that a report made again, for today or for a past day, says the same as the first time.
    """
    return next((run for run in reversed(runs) if run.as_of < as_of), None)


def latest(runs, as_of):
    """The last run that speaks of ``as_of`` or an earlier day, or None."""
    return next((run for run in reversed(runs) if run.as_of <= as_of), None)


def profiles(run):
    """What the notebooks of a run kept, by name; empty when they kept nothing."""
    try:
        return json.loads((run.folder / "profile.json").read_text(encoding="utf-8"))["profiles"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
