"""The report in the making: pages, executed notebooks, lists, profile and index in the draft folder."""

import contextlib
import json
import math
import shutil
from typing import NamedTuple

import nbformat

from crm_analysis.data import sources
from crm_analysis.display import exports, kept, language, moves, steps
from crm_analysis.reports import alerts, changes, history, index, parameters, pdf, record, removal, render
from crm_analysis.reports.draft import LISTS, own, write
from crm_analysis.reports.plans import WORK


class Unfinished(Exception):
    """An executed notebook lacks what a report needs, or contradicts another one."""


class Made(NamedTuple):
    """A finished draft: the files that must be there, runs that must be kept, and alerts as sentences."""

    expected: list
    keep: tuple
    alerts: list


def add(draft, stem):
    """Render one executed notebook; raises Unfinished."""
    each, call = draft.plan[stem], draft.call
    executed = nbformat.read(draft.folder / WORK / f"{stem}.ipynb", as_version=4)
    headlines = render.headlines(executed)
    if not headlines:
        raise Unfinished("it ended without its headline figures")
    own_rules = dict(_emitted(executed, kept.MIME, "profiles"))
    for name, profile in own_rules.items():
        if not _alike(draft.profiles.setdefault(name, profile), profile):
            raise Unfinished(f"it keeps another profile under the name {name!r} than a notebook before it")
    ours = own(draft, each)
    shown = [
        {"name": p.name, "type": p.type, "value": each.values.get(p.name, ours.get(p.name, p.default)), "help": p.help}
        for p in each.declared.values()
        if p.name not in ("source", "as_of", "lang", "lists", "profile")
    ]
    page, notebook = f"{stem}.html", f"notebooks/{stem}.ipynb"
    facts = draft.facts | _rules(draft, own_rules)
    write(draft.folder / page, render.page(executed, facts, shown, audience=call.audience, lang=call.lang))
    title, summary = render.title(executed), render.summary(executed)
    nbformat.write(_as_given(executed, each, call), draft.folder / notebook)
    draft.expected.extend([page, notebook])
    if call.pdf:
        pdf.printed(draft.folder / page, draft.folder / f"{stem}.pdf", draft.folder / "scratch", draft.until)
        draft.expected.append(f"{stem}.pdf")
    draft.cards[stem] = {
        "stem": stem, "title": title, "summary": summary, "href": page, "notebook_href": notebook,
        "pdf_href": f"{stem}.pdf" if call.pdf else None, "headlines": headlines, "lists": _lists(draft, stem, executed),
        "steps": _steps(executed), "moves": _moves(executed),
    }  # fmt: skip


def _alike(one, other):
    """Whether two profiles are equal but for the last bits of a sum, which depend on the order of its terms."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    return one == other


def _rules(draft, names):
    """What to say of rules kept under these names: the day as of which they were learned, '' for this data.

    Nothing where there are none, or where they were learned on more than one day.
    """
    days = {draft.learned_on.get(name, "") for name in names}
    return {"profile": days.pop()} if len(days) == 1 else {}


def _lists(draft, stem, executed):
    """The customer lists that a notebook wrote, moved beside the pages: dicts ``caption``, ``rows``, ``files``."""
    lists = []
    for output in _outputs(executed):
        about = output.get("data", {}).get(exports.MIME)
        if about and about["files"]:
            for name in about["files"]:
                (draft.folder / LISTS).mkdir(mode=0o700, exist_ok=True)
                target = draft.folder / LISTS / name
                if target.exists():
                    raise Unfinished(f"it writes the list {name}, as a notebook before it does")
                shutil.move(draft.folder / WORK / LISTS / name, target)
                draft.expected.append(f"{LISTS}/{name}")
            lists.append(about | {"files": [f"{LISTS}/{name}" for name in about["files"]]})
    return lists


def _steps(executed):
    """What the notebook says is to be done first."""
    return [
        step for output in _outputs(executed) for step in output.get("data", {}).get(steps.MIME, {}).get("steps", [])
    ]


def _moves(executed):
    """How customers moved between the notebook's groups, for the index."""
    told = (output.get("data", {}).get(moves.MIME) for output in _outputs(executed))
    return [each for each in told if each]


def _outputs(executed):
    return [output for cell in executed.cells for output in cell.get("outputs", [])]


def _emitted(executed, mime, key):
    for output in _outputs(executed):
        yield from (output.get("data", {}).get(mime) or {}).get(key, {}).items()


def finished(draft, log):
    """Profile, index and ``run.json``; nothing but what is published stays in the folder. A :class:`Made`."""
    call, facts = draft.call, draft.facts
    cards = [draft.cards[stem] for stem in draft.plan if stem not in draft.declined]
    headlines = {card["stem"]: card["headlines"] for card in cards}
    log["headlines"] = headlines
    earlier = history.before(draft.runs, facts["as_of"])
    with _customers(draft.folder / WORK / "prepared") as table:
        inputs = changes.distributions(table) if table is not None else {}
        changed = changes.changes(log, facts, earlier, draft.learned, draft.profiles, table)
    raised = alerts.checked(facts.get("alerts", []), headlines, earlier, not call.notebooks and not draft.declined)
    raised += [alerts.declined(render.title(draft.plan[s].notebook), why) for s, why in sorted(draft.declined.items())]
    profiles = draft.learned.get("profiles", {}) | draft.profiles
    if profiles:
        learned = {"version": 1, "as_of": draft.learned.get("as_of") or facts["as_of"], "name": facts["name"]}
        learned |= {
            "currency": facts["currency"],
            "inputs": draft.learned.get("inputs") or inputs,
            "profiles": profiles,
        }
        learned["learned_on"] = {name: draft.learned_on.get(name, facts["as_of"]) for name in profiles}
        write(draft.folder / "profile.json", json.dumps(learned, indent=1, ensure_ascii=False) + "\n")
        draft.expected.append("profile.json")
    about = {name: facts[name] for name in ("name", "as_of", "source", "currency")}
    shown = facts | _rules(draft, draft.profiles)
    report = about | {"facts": shown, "notebooks": cards, "lang": call.lang, "changes": changed, "alerts": raised}
    write(draft.folder / "index.html", index.page(report))
    for name in (WORK, "scratch"):
        removal.remove(draft.folder / name)
    log |= {"status": "published", "facts": facts, "inputs": inputs, "alerts": raised} | about
    log["profile"] = {
        "mode": call.profile,
        "learned_as_of": (draft.learned or facts)["as_of"],
        "names": sorted(profiles),
    }
    log["compared_with"] = {"run": earlier.number, "as_of": earlier.as_of} if earlier else None
    record.write(draft.folder, log, draft.expected)
    with language.using(call.lang):
        told = [alerts.told(alert, facts["currency"]) for alert in raised]
    return Made(draft.expected, (earlier.number,) if earlier else (), told)


@contextlib.contextmanager
def _customers(prepared):
    """The customer table of the prepared folder while it is open; None when there are no transactions."""
    tables = sources.read(str(prepared))
    try:
        yield tables.get(sources.CUSTOMER_TABLE)
    finally:
        tables.connection.close()


def _as_given(notebook, each, call):
    """The executed notebook as it would be run by hand: the source as given, no timings, no paths of this run."""
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            ours = {"source": call.source, "as_of": call.as_of, "lang": call.lang}
            cell.source = parameters.cell(each.values | {n: v for n, v in ours.items() if n in each.declared})
    return notebook
