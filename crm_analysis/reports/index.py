"""The index page: one card per report with its headline figures, alerts and links, and what changed since last time."""

import re
from urllib.parse import quote

from crm_analysis.display import disclosure, language, moves, numbers, words
from crm_analysis.display.words import sentence, tr
from crm_analysis.reports import alerts, render
from crm_analysis.reports.changes import MAJOR, SOME

STEPS = 2  # what a card tells of all that a report says is to be done
IN_POINTS = ("share", "part", "change")  # kinds whose difference is told in percentage points


def page(report):
    """The index of one published run as HTML.

    ``report`` holds ``name, as_of, source, currency, facts`` and ``notebooks``, a list of dicts ``stem, title,
    summary, href, notebook_href, pdf_href, headlines, steps, moves, lists``; ``changes`` and ``alerts`` are those of
    :mod:`changes` and :mod:`alerts`. Links are paths inside the report's folder. Seconds, if given, are not shown: the
    same inputs must give the same page.
    """
    facts = {key: report.get(key) for key in ("name", "as_of", "source", "currency")} | report.get("facts", {})
    lang, raised = report.get("lang", "en"), report.get("alerts", [])
    with language.using(lang):
        return render.write(
            "index.html",
            lang=lang,
            title=str(report["name"]),
            facts=facts,
            alerts=[_alert(alert, facts) for alert in raised if alert["stem"] is None],
            notes=[],
            cards=[_card(notebook, raised, facts) for notebook in report["notebooks"]],
            changes=_changes(report["changes"], report["notebooks"], facts) if report.get("changes") else None,
            data=render.data_box(facts),
            versions=render.versions(),
        )


def batch(report):
    """The index over the reports of a batch as HTML.

    ``report`` holds ``facts`` and ``notebooks``, a list of dicts ``stem, title, href, headlines, as_of, alerts``
    (sentences) and ``failed``; ``column`` and ``left_out`` (customers) where the batch is made by a column.
    """
    lang, facts = report.get("lang", "en"), report["facts"]
    with language.using(lang):
        cards = [
            _card(each, [], facts) | {"alerts": _of_part(each), "summary": _day(each)} for each in report["notebooks"]
        ]
        return render.write(
            "index.html",
            lang=lang,
            title=str(facts["name"]),
            facts=facts,
            alerts=[],
            notes=_notes(report),
            cards=cards,
            changes=None,
            data=render.data_box(facts),
            versions=render.versions(),
        )


def _of_part(each):
    failed = tr("The last run failed; this is the report before it.")
    return [*([failed] if each["failed"] else []), *each["alerts"]]


def _day(each):
    return sentence("As of {day}", day=(each["as_of"], "date"))


def _notes(report):
    if not report.get("left_out"):
        return []
    column, n = words.label(report["column"]), (report["left_out"], "count")
    return [
        sentence("{column}: {n} customers are in no report, for want of a value or of company.", column=column, n=n)
    ]


def _alert(alert, facts):
    return alerts.told(alert, facts.get("currency") or "")


def _card(notebook, raised, facts):
    return {
        "id": f"report-{quote(notebook['stem'], safe='')}",
        "title": notebook["title"],
        "summary": notebook.get("summary") or "",
        "alerts": [_alert(alert, facts) for alert in raised if alert["stem"] == notebook["stem"]],
        "headlines": notebook.get("headlines", []),
        "steps": notebook.get("steps", [])[:STEPS],
        "href": _inside(notebook["href"]),
        "notebook_href": _inside(notebook.get("notebook_href")),
        "pdf_href": _inside(notebook.get("pdf_href")),
        "lists": [
            {
                "caption": each["caption"],
                "files": [{"name": f.rpartition("/")[2], "href": _inside(f)} for f in each["files"]],
            }
            for each in notebook.get("lists", [])
        ],
    }


def _inside(path):
    """A path as a link that stays in the folder: quoting leaves no ``javascript:`` and no blank."""
    return quote(path, safe="/") if path else None


def _changes(changes, notebooks, facts):
    """What changed, in words: sentences and rows of text for the tables."""
    topics = {notebook["stem"]: re.split("[:：]", notebook["title"])[0] for notebook in notebooks}
    told = {"sentences": [_since(changes)], "figures": [], "drift_sentence": "", "drift": []}
    told["moves"] = [_moves(topics[n["stem"]], each) for n in notebooks for each in n.get("moves", [])]
    told["withheld"] = disclosure.note() if any(disclosure.MARK in row for row in told["moves"]) else ""
    if "currency" in changes["unlike"]:
        told["sentences"].append(tr("That run was in another currency, so sums of money are not compared."))
    if "parameters" in changes["unlike"]:
        told["sentences"].append(tr("Parameters differ from those of that run, so part of the change may be theirs."))
    if "spans" in changes["unlike"] and told["moves"]:
        now, then = ((days, "count") for days in changes["spans"])
        told["sentences"].append(
            sentence(
                "This run counts movement over {now} days, that one over {then}: figures of customers who moved differ for that "
                "alone.",
                now=now,
                then=then,
            )
        )
    if changes["since"]:
        told["figures"] = [_figure(f, topics, facts.get("currency") or "") for f in changes["figures"]]
    if changes["drift"]:
        told["drift_sentence"] = _drift_since(changes)
        told["drift"] = [_drift(row) for row in changes["drift"]]
    return told


def _moves(topic, told):
    """One row of the table of moves: the report, its groups, the earlier day, and the customers by direction."""
    sizes = [told["moved"][direction.lower()] for direction in moves.DIRECTIONS]
    moved = [disclosure.MARK if n is None else numbers.text(n, "count") for n in sizes]
    return (topic, told["title"], numbers.text(told["sides"][0], "date"), *moved)


def _since(changes):
    if not changes["since"]:
        return tr("There is no earlier run of this report to compare with.")
    moved = [_moved(f) for f in changes["figures"]]
    return sentence(
        "Compared with the run as of {day}: {up} figures are higher, {down} lower, {same} unchanged.",
        day=(changes["since"], "date"), up=(moved.count("up"), "count"), down=(moved.count("down"), "count"),
        same=(moved.count("same"), "count"),
    )  # fmt: skip


def _moved(figure):
    now, then = figure["now"], figure["then"]
    if not (_is_number(now) and _is_number(then)):
        return ""
    return "same" if now == then else "up" if now > then else "down"


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _figure(figure, topics, currency):
    kind, now, then = figure["kind"], figure["now"], figure["then"]
    values = (numbers.text(value, kind, currency) for value in (now, then))
    return (topics.get(figure["stem"], figure["stem"]), figure["label"], *values, _difference(now, then, kind))


def _difference(now, then, kind):
    if then is None:
        return tr("new")
    if now is None:
        return tr("no longer told")
    if now == then:
        return tr("unchanged")
    if not (_is_number(now) and _is_number(then)):
        return tr("changed")
    sign = "+" if now > then else "−"
    if kind in IN_POINTS:
        figure = numbers.text(abs(now - then) * 100, "number", decimals=1)
        if not float(figure.replace(",", "")):
            return tr("hardly changed")
        return sentence("{sign}{figure} points", sign=sign, figure=figure)
    figure = numbers.text(abs(now - then), kind)
    if not then:
        return sentence("{sign}{figure}", sign=sign, figure=figure)
    return sentence("{sign}{figure} ({change})", sign=sign, figure=figure, change=((now - then) / abs(then), "change"))


def _drift_since(changes):
    day = (changes["drift_since"], "date")
    if changes["drift_from"] == "profile":
        return sentence(
            "How far the customers have moved from those as of {day}, on whom the rules were learned.", day=day
        )
    return sentence("How far the customers have moved from those of the run as of {day}.", day=day)


def _drift(row):
    psi = row["psi"]
    told = tr("no change to speak of") if psi < SOME else tr("some change") if psi <= MAJOR else tr("a major shift")
    return (words.label(row["column"]), numbers.text(psi, "number", decimals=3), told)
