"""What is known of a report before its notebooks run: what to score with, what to compare with, and the jobs to do.

Light, so that a run begins soon; what is made of the executed notebooks is in :mod:`pages`.
"""

import json
import math
import os
from pathlib import Path
from typing import NamedTuple

import nbformat

from crm_analysis.reports import history, plans, warm
from crm_analysis.reports.parameters import UsageError
from crm_analysis.reports.plans import WORK

LISTS = "lists"


class Draft(NamedTuple):
    """What is known when the notebooks start; ``cards``, ``profiles``, ``expected`` and ``declined`` (stem -> why) fill as they
    end. ``learned`` is the ``profile.json`` to score with, ``learned_on`` the day of each profile in it; ``until``: the end of
    the time limit.
    """

    call: object
    plan: dict
    folder: Path
    facts: dict
    runs: list
    learned: dict
    learned_on: dict
    cards: dict = {}
    profiles: dict = {}
    expected: list = []
    declined: dict = {}
    until: float = math.inf


def begun(call, plan, out, folder, facts, until=math.inf):
    """Choose the profile to score with, and the earlier run to compare with; UsageError for one of another currency."""
    runs = history.published(out, call.part[1:])
    learned = _learned(call, runs, facts["as_of"])
    currency = learned.get("currency") or facts["currency"]
    if currency != facts["currency"]:
        raise UsageError(
            f"--profile: it was learned in {currency}, and this source is in {facts['currency'] or 'none'}"
        )
    days = learned.get("learned_on", {})
    learned_on = {name: days.get(name, learned["as_of"]) for name in learned.get("profiles", {})}
    if learned:
        write(folder / WORK / "profile.json", json.dumps(learned))
    for name in ("notebooks", f"{WORK}/given"):
        (folder / name).mkdir(mode=0o700)
    files = ["index.html", "run.json"]
    return Draft(
        call, {each.stem: each for each in plan}, folder, facts, runs, learned, learned_on, {}, {}, files, {}, until
    )


def _learned(call, runs, as_of):
    """The ``profile.json`` to score with as a dict; empty to learn afresh."""
    if call.profile == "new":
        return {}
    if call.profile != "last":
        return plans.profile(call.profile)
    run = history.latest(runs, as_of)
    path = run and run.folder / "profile.json"
    return plans.profile(path) if path and path.is_file() else {}


def jobs(draft):
    """One job per notebook, for ``worker.run``, those first that will take longest."""
    made, plan = [], list(draft.plan.items())
    for at in warm.longest_first([each.notebook for _, each in plan]):
        stem, each = plan[at]
        given = draft.folder / WORK / "given" / f"{stem}.ipynb"
        nbformat.write(each.notebook, given)
        values = _reachable(each) | {n: v for n, v in own(draft, each).items() if n in each.declared}
        made.append({
            "stem": stem, "notebook": str(given), "out": str(draft.folder / WORK / f"{stem}.ipynb"),
            "values": values, "folder": str(draft.folder / WORK),
        })  # fmt: skip
    return made


def _reachable(each):
    """The values given, files of the user's (parameters whose help speaks of CSV) as they are found from anywhere."""
    files = {name for name, about in each.declared.items() if about.type == "str" and "CSV" in about.help}
    return {n: os.path.abspath(v) if n in files and os.path.isfile(v) else v for n, v in each.values.items()}


def own(draft, each):
    """The values that the runner sets. Paths count from the work folder, so that no page holds one of this machine."""
    own = {"source": "prepared", "lang": draft.call.lang, "lists": LISTS if draft.call.lists else ""}
    own["profile"] = "profile.json" if draft.learned else ""
    earlier = history.before(draft.runs, draft.facts["as_of"])
    if earlier and "compare_with" in each.declared and "compare_with" not in each.values:
        own["compare_with"] = earlier.as_of
    return own


def write(path, text):
    """Write a file of the report."""
    path.write_text(text, encoding="utf-8", errors="backslashreplace")  # a path may hold what is no UTF-8
