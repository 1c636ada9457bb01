"""Many reports in one call: one per value of a column such as region, or one per source; and one index over them."""

import contextlib
import hashlib
import os
import re
import time
from pathlib import Path
from typing import NamedTuple

from crm_analysis.data import places, slices
from crm_analysis.reports import history, plans, publish, run
from crm_analysis.reports.parameters import UsageError

FEWEST = 30  # customers: of fewer a report would be chance, and would tell of single people
MOST = 100  # reports in one batch
LONGEST = 120  # bytes of a folder's name


class Batch(NamedTuple):
    """What became of a batch: its index page, alerts as sentences, and the failures as (name, error)."""

    path: Path
    alerts: list
    failures: list


def by(call, column, say=lambda **event: None):
    """One report per value of a column of the table ``customers``, each in a folder of its own under ``out``.

    Values with fewer than 30 customers, and customers without a value, are in no report; the index says how many. A
    report that fails does not keep the others from being made. Raises what :func:`run.report` raises before the first.
    """
    plans.planned(call)
    name = f"{places.name(call.source)} by {column}"
    out = plans.place(call.out or str(plans.ROOT / "reports" / name))
    until = time.monotonic() + call.time_limit
    with publish.lock(out, batch=True), publish.draft(out) as draft:
        facts = run.prepared(call, draft, say)
        counted = slices.values(str(draft / "work" / "prepared"), column)
        values = [value for value, customers in counted if value is not None and customers >= FEWEST]
        _sensible(values, column)
        left_out = sum(customers for value, customers in counted if value not in values)
        folder = str(draft / "work" / "prepared")
        calls = [call._replace(as_of=facts["as_of"], part=(folder, column, value)) for value in values]
        made = _made(out, dict(zip(values, calls, strict=True)), until, say)
        return _indexed(out, made, facts, call.lang, {"column": column, "left_out": left_out})


def of_sources(call, given, say=lambda **event: None):
    """One report per source, each in a folder named after it under ``out``."""
    if not call.out:
        raise UsageError("several sources need --out: the folder of all their reports")
    names = [places.name(source) for source in given]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"two sources are called {twice[0]!r}: their reports would have one folder")
    plans.planned(call)
    out = plans.place(call.out)
    calls = {name: call._replace(source=source) for name, source in zip(names, given, strict=True)}
    with publish.lock(out, batch=True):
        made = _made(out, calls, time.monotonic() + call.time_limit, say)
        facts = {"name": out.name, "as_of": None, "source": None, "currency": None, "tables": {}}
        return _indexed(out, made, facts, call.lang, {})


def _sensible(values, column):
    if not values:
        raise UsageError(f"--by {column}: no value has {FEWEST} customers or more")
    if len(values) > MOST:
        raise UsageError(f"--by {column}: {len(values)} values would make as many reports; at most {MOST} are made")


def _made(out, calls, until, say):
    """Run all; dicts ``name``, ``folder``, ``part``, ``alerts``, ``error`` in order."""
    made = []
    for name, folder in folders(calls).items():
        say(event="part", name=name)
        about = {"name": name, "folder": folder, "part": calls[name].part[1:], "alerts": [], "error": None}
        try:
            left = until - time.monotonic()
            if left <= 0:
                raise run.TimeLimit("the time limit was reached before this report began")
            done = run.report(calls[name]._replace(out=str(out / folder), time_limit=left), say)
            about["alerts"] = done.alerts
        except Exception as error:  # told at the end, with its exit code; the others are made all the same
            about["error"] = error
        made.append(about)
    return made


def folders(names):
    """Name -> a folder name that every system can keep, different for each, and the same next month whoever is missing then.

    A name that cannot stand as it is, or differs from one before it by case alone, ends with digits of its hash.

    >>> folders(["North/West", "north-west", "NORTH-WEST", "华北 区"])
    {'North/West': 'North-West-be9c3b', 'north-west': 'north-west', 'NORTH-WEST': 'NORTH-WEST-95071e', '华北 区': '华北 区'}
    """
    found = {}
    for name in names:
        folder = plain = (
            re.sub(r"[^\w\- ]", "-", name).strip()[:LONGEST].encode()[:LONGEST].decode(errors="ignore").strip()
        )
        if plain != name or plans.unfit(plain) or plain.lower() in {each.lower() for each in found.values()}:
            folder = f"{plain}-{hashlib.sha256(name.encode(errors='surrogatepass')).hexdigest()[:6]}"
        found[name] = folder
    return found


def _indexed(out, made, facts, lang, about):
    from crm_analysis.reports import index

    cards = [_card(each, out) for each in made]
    page = index.batch({"facts": facts, "notebooks": [card for card in cards if card], "lang": lang, **about})
    with _writing(out):
        out.mkdir(mode=0o700, exist_ok=True)
        fresh = out / f".index-{os.getpid()}"
        try:
            fresh.write_text(page, encoding="utf-8")
            fresh.chmod(0o600)
            os.replace(fresh, out / "index.html")
        finally:
            fresh.unlink(missing_ok=True)
    alerts = [f"{each['name']}: {alert}" for each in made for alert in each["alerts"]]
    return Batch(out / "index.html", alerts, [(each["name"], each["error"]) for each in made if each["error"]])


def _card(each, out):
    """One report's card from what is published of it; None when nothing is."""
    runs = history.published(out / each["folder"], each["part"])
    number = (out / each["folder"]).resolve().name
    log = next((r.log for r in runs if f"{r.number:06d}" == number), runs[-1].log if runs else None)
    if log is None:
        return None
    headlines = next(iter(log["headlines"].values()), [])
    card = {"stem": each["name"], "title": each["name"], "href": f"{each['folder']}/index.html", "headlines": headlines}
    return card | {"as_of": log["as_of"], "alerts": each["alerts"], "failed": each["error"] is not None}


@contextlib.contextmanager
def _writing(out):
    try:
        yield
    except OSError as error:
        raise publish.CannotWrite(f"cannot write {out}: {error.strerror or error}") from error
