"""The runs of a report that were published and are still kept: which one to compare with, which profile to score with."""

import datetime
import json
import math
from pathlib import Path
from typing import NamedTuple

from crm_analysis.reports import publish


class Run(NamedTuple):
    """A published run: its number, the day it speaks of (ISO text), its folder, and its ``run.json``."""

    number: int
    as_of: str
    folder: Path
    log: dict


def published(out, part=()):
    """All kept runs of the report ``out``, the one that speaks of the earliest day first; a damaged one is left out.

    ``part``: (column, value) of the customers it is of; runs of another part are none of this report.
    """
    found = (
        [(int(p.name), p) for p in publish.runs(out).iterdir() if publish.is_number(p.name)]
        if publish.runs(out).is_dir()
        else []
    )
    if not found and out.is_dir():  # where links cannot be made there is this one
        found = [(1, out)]
    made = [_run(number, folder) for number, folder in found]
    same = [run for run in made if run and run.log.get("asked", {}).get("part", []) == list(part)]
    return sorted(same, key=lambda run: (run.as_of, run.number))


def _run(number, folder):
    try:
        log = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        datetime.date.fromisoformat(log["as_of"])
        figures = [figure for each in log.get("headlines", {}).values() for figure in each]
        sound = all(isinstance(figure["key"], str) and "value" in figure for figure in figures)
        if not (sound and isinstance(log.get("asked", {}), dict) and are_inputs(log.get("inputs", {}))):
            return None
        return Run(number, log["as_of"], folder, log)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def are_inputs(found):
    """Whether this is how the customers' figures were distributed, as :func:`changes.distributions` tells it."""
    return isinstance(found, dict) and all(
        isinstance(about, dict)
        and all(isinstance(about.get(k), list) and all(map(_is_number, about[k])) for k in ("cuts", "shares"))
        and len(about["shares"]) == len(about["cuts"]) + 1
        and math.isclose(sum(about["shares"]), 1, abs_tol=1e-6)
        for about in found.values()
    )


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


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
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
