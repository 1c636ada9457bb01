"""The index page: one card per report with its headline figures and links."""

from urllib.parse import quote

from crm_analysis.reports import render


def page(report):
    """The index of one published run as HTML.

    ``report`` holds ``name, as_of, source, currency, facts`` and ``notebooks``, a list of dicts ``stem, title,
    summary, href, notebook_href, headlines``. Links are paths inside the report's folder. Seconds, if given, are
    not shown: the same inputs must give the same page.
    """
    facts = {key: report.get(key) for key in ("name", "as_of", "source", "currency")} | report.get("facts", {})
    return render.write(
        "index.html",
        lang=report.get("lang", "en"),
        title=str(report["name"]),
        facts=facts,
        cards=[_card(notebook) for notebook in report["notebooks"]],
        data=render.data_box(facts),
        versions=render.versions(),
    )


def _card(notebook):
    return {
        "id": f"report-{quote(notebook['stem'], safe='')}",
        "title": notebook["title"],
        "summary": notebook.get("summary") or "",
        "headlines": notebook.get("headlines", []),
        "href": _inside(notebook["href"]),
        "notebook_href": _inside(notebook["notebook_href"]) if notebook.get("notebook_href") else None,
    }


def _inside(path):
    """A path as a link that stays in the folder: quoting leaves no ``javascript:`` and no blank."""
    return quote(path, safe="/")
