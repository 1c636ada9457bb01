"""For the start notebook: what there is, whether a source will do, and the reports made of it."""

from typing import NamedTuple

import nbformat

from crm_analysis.data import checks, verdict
from crm_analysis.display.words import sentence, tr
from crm_analysis.reports import plans, translate


class Text(NamedTuple):
    """Text for people; JupyterLab shows it as Markdown."""

    markdown: str

    def __repr__(self):
        return self.markdown

    def _repr_markdown_(self):
        return self.markdown


def contents(lang="en"):
    """The notebooks there are, each with its question, as links that open in JupyterLab."""
    from crm_analysis.reports import render

    lines = []
    for path in sorted(plans.NOTEBOOKS.glob("[0-9]*.ipynb")):
        title = render.title(translate.translated(nbformat.read(path, as_version=4), lang))
        lines.append(f"- [{title}]({path.name})")
    return Text("\n".join(lines))


def checked(source="", as_of=""):
    """What reading the source gives: rows, customers, sum, period, remarks, or what is wrong with it."""
    result = checks.check(source, as_of=as_of)
    fence = "```"
    return Text(f"{fence}\n{verdict.verdict(result)}\n{fence}")


def made(go, **asked):
    """Run all reports and publish them when ``go`` is True; ``asked`` as in :class:`plans.Call`.

    A failure is raised, as in :func:`run.report`: a scheduler that runs the start notebook must see it.
    """
    from crm_analysis.reports import run

    if not go:
        return Text(tr("Nothing was run: set `publish` to `True` to make all reports of this source."))
    done = run.report(plans.Call(**asked))
    lines = [sentence("Published: {path}", path=f"`{done.path}`"), *(f"- {alert}" for alert in done.alerts)]
    return Text("\n".join(lines))
