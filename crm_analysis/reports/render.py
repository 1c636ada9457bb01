"""An executed notebook as one offline page that reads like a report, not like a notebook.

The page is made of what the notebook shows, the facts about its data and its parameters, and nothing else: no
clock, no random id, no network. The same inputs give the same bytes. Importing this module takes seconds (nbconvert,
nbformat); import it late.
"""

import base64
import hashlib
import itertools
import json
import platform
import re
from importlib import metadata
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from crm_analysis.display import kept, language, messages, numbers
from crm_analysis.display.headlines import MIME
from crm_analysis.display.words import sentence, tr
from crm_analysis.reports import markup

TEMPLATE = Path(__file__).parent / "template"
PACKAGES = (
    "crm-analysis", "pandas", "narwhals", "duckdb", "numpy", "scikit-learn", "matplotlib", "papermill", "nbconvert",
)  # fmt: skip

SHORT, MOST_KEPT = 12, 3  # rows of a table, and pieces of a section, that are kept on one printed page with the heading

# One notebook, two readers. The cell that papermill injects is told by the method box, to both.
HIDDEN_TAGS = {
    "business": {"teach", "check", "setup", "parameters", "injected-parameters"},
    "classroom": {"injected-parameters"},
}
FOLDED_TAGS = ("setup", "parameters")
BOXED_TAGS = ("teach", "check")


def page(notebook, facts, parameters, audience="business", lang="en", index_href="index.html"):
    """One self-contained HTML page of an executed notebook.

    ``facts`` is what was read and dropped, ``parameters`` a list of dicts ``name, type, value, help``.
    ``audience`` is ``business`` (no code, no teaching, no checks) or ``classroom``. ``index_href`` is the page that
    lists all reports; None leaves the link out.
    """
    if audience not in HIDDEN_TAGS:
        raise ValueError(f"audience is {audience!r}; it must be one of {', '.join(HIDDEN_TAGS)}")
    with language.using(lang):
        lead, intro, sections = _parts(notebook, audience)
        return write(
            "page.html",
            lang=lang,
            title=title(notebook),
            audience=audience,
            index_href=index_href,
            headlines=headlines(notebook),
            lead=Markup(lead),
            intro=Markup(intro),
            sections=sections,
            parameters=[_parameter(p) for p in parameters],
            facts=facts,
            data=data_box(facts),
            versions=versions(),
        )


def headlines(notebook):
    """The headline figures that the notebook emitted as data: dicts ``key, label, kind, value, text``."""
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    return [figure for output in outputs for figure in (output.get("data", {}).get(MIME) or {}).get("headlines", [])]


def title(notebook):
    """The notebook's title: its first heading of level one, without marks of emphasis."""
    for source in _prose(notebook):
        found = re.search(r"^# +(.+?) *#*$", source, re.MULTILINE)
        if found:
            return _unmarked(found[1])
    return tr("Report")


def summary(notebook):
    """The first paragraph after the title as plain text; empty when there is none before the first section."""
    text = re.split(r"^## ", "\n\n".join(_prose(notebook)), maxsplit=1, flags=re.MULTILINE)[0]
    after = re.sub(r"\A.*?^# [^\n]*$", "", text, count=1, flags=re.MULTILINE | re.DOTALL)
    return _unmarked(" ".join(after.strip().split("\n\n")[0].split()))


def _prose(notebook):
    return [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "markdown"]


def _unmarked(text):
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", re.sub(r"[*`]", "", text)).strip()


def _parts(notebook, audience):
    """The page's text: the lead (prose before anything else), what follows it, and the sections in order."""
    prose, counts = markup.Prose(), {"figure": itertools.count(1), "table": itertools.count(1)}
    lead, sections = "", [{"title": None, "html": []}]
    for cell in notebook["cells"]:
        tags = set(cell.get("metadata", {}).get("tags", []))
        for heading, text in _pieces(cell, tags, prose, counts, audience):
            if heading is not None:
                sections.append({"title": heading, "html": []})
            elif len(sections) == 1 and not lead and cell["cell_type"] == "markdown" and not sections[0]["html"]:
                lead = text
            else:
                sections[-1]["html"].append(_boxed(text, tags))
    return lead, "".join(sections[0]["html"]), _numbered(sections[1:], prose)


def _numbered(sections, prose):
    """Sections that show something, numbered. A heading over hidden cells alone would announce nothing."""
    shown = [section for section in sections if section["html"]]
    made = []
    for number, section in enumerate(shown, 1):
        pieces, opening = section["html"], _opening(section["html"])
        made.append({
            "number": number, "id": prose.slug(section["title"]), "title": Markup(section["title"]),
            "opening": Markup("".join(pieces[:opening])), "html": Markup("".join(pieces[opening:])),
        })  # fmt: skip
    return made


def _opening(pieces):
    """How many pieces a printed page keeps with the heading: the prose, and what it announces unless that is a long table."""
    at = next(
        (i for i, piece in enumerate(pieces) if piece.startswith(("<figure", '<div class="scroll"'))), len(pieces)
    )
    if at < len(pieces) and pieces[at].count("<tr") <= SHORT:
        at += 1
    return at if at <= MOST_KEPT else 0


def _pieces(cell, tags, prose, counts, audience):
    """What one cell contributes, as ``(section title or None, html)``."""
    if tags & HIDDEN_TAGS[audience]:
        return []
    if cell["cell_type"] == "markdown":
        return prose.pieces(cell["source"])
    if cell["cell_type"] != "code":
        return []
    code = _code(cell["source"], tags) if audience == "classroom" else ""
    shown = "".join(_output(output, counts, audience) for output in cell.get("outputs", []))
    return [(None, code + shown)] if code or shown else []


def _boxed(text, tags):
    """Teaching and checks stand apart from the report's own argument."""
    box = next((tag for tag in BOXED_TAGS if tag in tags), None)
    return f'<div class="{box}">{text}</div>\n' if box else text


def _code(source, tags):
    if not source.strip():
        return ""
    fold = {"setup": tr("Setup"), "parameters": tr("Parameters")}.get(next((t for t in FOLDED_TAGS if t in tags), None))
    block = markup.code_block(source)
    return f"<details><summary>{fold}</summary>{block}</details>\n" if fold else block


def _output(output, counts, audience):
    """One output as HTML. Errors are never shown: a run with an error is not published."""
    if output["output_type"] == "stream":
        told = output["name"] == "stdout" or audience == "classroom"
        return _plain(output["text"]) if told else ""
    if output["output_type"] not in ("display_data", "execute_result"):
        return ""
    data = output["data"]
    if MIME in data:  # the headlines stand at the top of the page
        return ""
    if kept.MIME in data and audience == "business":  # for the analyst; the masthead says whose rules scored
        return ""
    kind, source = markup.picture(data)
    if source:
        about = {"alt": "", "caption": ""} | output.get("metadata", {}).get(kind, {})
        alt = about["alt"] or about["caption"] or markup.joined(data.get("text/plain", ""))
        return markup.figure(source, alt, about["caption"], next(counts["figure"]), markup.is_tall(data))
    known = markup.known_html(markup.joined(data.get("text/html", "")))
    if known is None:
        return _plain(data.get("text/plain", ""))
    return markup.numbered_table(known, next(counts["table"])) if known.startswith("<table") else known


def _plain(text):
    text = markup.joined(text)
    return markup.plain_block(text) if text.strip() else ""


def _parameter(parameter):
    return {"name": parameter["name"], "value": _value(parameter["value"]), "help": tr(parameter.get("help") or "")}


def _value(value):
    if value is None:
        return numbers.MISSING
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def data_box(facts):
    """What the method box says about the data: rows read and used, reasons, warnings, files with their hashes."""
    tables = facts.get("tables", {})
    return {
        "tables": [_table_facts(name, table) for name, table in tables.items()],
        "warnings": [
            (tr(name), messages.told(warning["message"]), numbers.text(warning.get("count"), "count"))
            for name, table in tables.items()
            for warning in table.get("warnings", [])
        ],
        "files": [
            (tr(name), file["name"], numbers.text(file.get("bytes"), "count"), str(file.get("sha256", ""))[:12])
            for name, table in tables.items()
            for file in table.get("files", [])
        ],
    }


def _table_facts(name, table):
    dropped = table.get("dropped", {})
    return {
        "name": tr(name),
        "rows_in": numbers.text(table.get("rows_in"), "count"),
        "rows_kept": numbers.text(table.get("rows_kept"), "count"),
        "dropped": numbers.text(sum(dropped.values()), "count"),
        "reasons": numbers.text(dropped) if dropped else "",
        "columns": _listed(table.get("columns", [])),
        "ignored": _listed(table.get("ignored_columns", [])),
    }


def _listed(names, limit=12):
    """Names with commas; of a long list the first ones and how many more."""
    first = tr(", ").join(map(str, names[:limit]))
    if len(names) <= limit:
        return first
    return sentence("{names} and {n} more", names=first, n=(len(names) - limit, "count"))


def versions():
    """Versions of Python and of the main packages, as pairs; a package that is not installed is left out."""
    found = [("Python", platform.python_version())]
    for package in PACKAGES:
        try:
            found.append((package, metadata.version(package)))
        except metadata.PackageNotFoundError:
            continue
    return found


def basis(facts):
    """What the figures rest on, as pairs of label and text: customers, revenue, period."""
    pairs = [
        (tr("Customers"), numbers.text(facts.get("customers"), "count")),
        (tr("Revenue"), numbers.text(_number(facts.get("amount_sum")), "money", facts.get("currency") or "")),
    ]
    if facts.get("date_min") is not None:
        first, last = ((facts[key], "date") for key in ("date_min", "date_max"))
        pairs.append((tr("Period"), sentence("{first} to {last}", first=first, last=last)))
    if "profile" in facts:  # the day as of which rules were learned that this run only applied; empty: its own
        day = facts["profile"]
        told = sentence("learned as of {day}", day=(day, "date")) if day else tr("learned from this data")
        pairs.append((tr("Scoring rules"), told))
    return [(label, text) for label, text in pairs if text != numbers.MISSING]


def _number(exact):
    """A figure from its exact decimal text."""
    return None if exact is None else float(exact)


def write(template, **values):
    """Fill one of our templates. Everything is escaped unless it was made safe above."""
    css, js = _lines("report.css"), _lines("report.js")
    # The policy names the one style sheet and the one script by their hashes: no other is obeyed.
    policy = (
        f"default-src 'none'; img-src data:; style-src {_digest(css)}; script-src {_digest(js)}; "
        "base-uri 'none'; form-action 'none'"
    )
    environment = Environment(
        loader=FileSystemLoader(TEMPLATE),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.globals.update(basis=basis, text=numbers.text, tr=tr, sentence=sentence, unit=numbers.unit)
    values["facts"] = {"as_of": None, "source": None, "currency": None} | values["facts"]
    return environment.get_template(template).render(css=Markup(css), js=Markup(js), policy=Markup(policy), **values)


def _lines(name):
    """One of our own files without its empty lines and comments."""
    lines = (TEMPLATE / name).read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if line.strip() and not line.lstrip().startswith("//"))


def _digest(source):
    """How a Content-Security-Policy names a style sheet or script by what is in it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode('utf-8')).digest()).decode('ascii')}'"
