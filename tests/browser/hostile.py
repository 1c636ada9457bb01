"""A report in which every text that data can reach tries to run something."""

import nbformat.v4 as v4
import pandas as pd

from crm_analysis.display import charts, headlines, tables, words
from crm_analysis.reports import index, render
from tests.browser import pages

ATTACKS = (
    "</script><script>window.__pwn=1</script>",
    "<img src=x onerror=window.__pwn=2>",
    '"><svg onload=window.__pwn=3>',
    "</style><style>*{display:none}</style>",
    "</table></main><iframe srcdoc='<script>parent.__pwn=4</script>'></iframe>",
    "javascript:window.__pwn=5",
    "{{ 7*7 }}{% raw %} $x_1$ `code` <!--section 0-->",
    "$$\\frac{</math><script>window.__pwn=6</script>}$$",
)
ALL = " ".join(ATTACKS)
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="30" onload="parent.__pwn=7">'
    "<script>parent.__pwn=8</script><rect width='90' height='30' fill='teal'/></svg>"
)


def facts():
    """Facts whose names are attacks."""
    table = {
        "files": [{"name": ALL, "sha256": ATTACKS[1], "bytes": 1}],
        "rows_in": 3,
        "rows_kept": 2,
        "dropped": {ALL: 1},
        "columns": [ALL],
        "ignored_columns": [ALL],
        "warnings": [{"code": "x", "message": ALL, "count": 1}],
    }
    return {
        "name": ALL,
        "source": ALL,
        "currency": "<b>",
        "as_of": "2025-01-01",
        "tables": {ALL: table},
        "customers": 2,
        "orders": 2,
        "amount_sum": 1.0,
        "date_min": "2024-01-01",
        "date_max": "2024-12-31",
    }


def notebook():
    """A notebook whose outputs are attacks."""
    frame = pd.DataFrame({"segment": ATTACKS, ALL: range(len(ATTACKS))})
    raw = [
        v4.new_output("display_data", data={"text/html": f"<p>{ALL}", "text/plain": ALL}),
        v4.new_output("display_data", data={"text/html": f'<table class="crm"><tr><td>{ALL}', "text/plain": ALL}),
        v4.new_output("display_data", data={"text/html": "<script>window.__pwn=9</script>", "text/plain": ALL}),
        v4.new_output("display_data", data={"text/html": '<p><a href="javascript:window.__pwn=10">x</a></p>'}),
        v4.new_output("display_data", data={"text/markdown": ALL, "text/latex": ALL, "text/plain": ALL}),
        v4.new_output("display_data", data={"application/javascript": "window.__pwn=11", "text/plain": ALL}),
        v4.new_output("stream", name="stdout", text=ALL),
        v4.new_output("error", ename=ALL, evalue=ALL, traceback=[ALL]),
    ]
    cells = [
        pages.prose("# Hostile names\n\nEvery name here is an attack."),
        pages.prose("## Names"),
        pages.code("1", tables.show(frame, ALL, "EUR")),
        pages.code("2", words.say(ALL)),
        pages.code("3", charts.Chart(SVG, ALL, ALL)),
        pages.code("4", headlines.show("<b>", attack=(ALL, ALL, "text"))),
        v4.new_code_cell("5", outputs=raw),
    ]
    return v4.new_notebook(cells=cells)


def publish(folder):
    """Write the hostile pages into a folder; returns the folder."""
    made = notebook()
    parameters = [{"name": ALL, "type": ALL, "value": ALL, "help": ALL}]
    for audience in render.HIDDEN_TAGS:
        text = render.page(made, facts(), parameters, audience)
        (folder / f"{audience}.html").write_text(text, encoding="utf-8")
    card = {"stem": ALL, "title": ALL, "summary": ALL, "href": ATTACKS[5], "notebook_href": ALL,
            "headlines": render.headlines(made)}  # fmt: skip
    report = {"name": ALL, "as_of": ALL, "source": ALL, "currency": ALL, "facts": facts(), "notebooks": [card]}
    (folder / "index.html").write_text(index.page(report), encoding="utf-8")
    return folder
