"""Small finished reports made by hand from the display helpers, so that pages can be tried without a run."""

import nbformat.v4 as v4
import pandas as pd
from matplotlib import pyplot as plt

from crm_analysis.display import charts, headlines, tables, words
from crm_analysis.display.charts import base
from crm_analysis.reports import index, render

FACTS = {
    "name": "demo",
    "source": "data/demo",
    "currency": "EUR",
    "as_of": "2025-01-01",
    "tables": {
        "transactions": {
            "files": [{"name": "transactions.csv", "sha256": "3f7a" * 16, "bytes": 1834221}],
            "rows_in": 31244,
            "rows_kept": 31230,
            "dropped": {"no customer": 12, "exact duplicate": 2},
            "columns": ["customer_id", "order_id", "order_date", "amount", "quantity", "discount", "cost", "brand"],
            "ignored_columns": ["till", "cashier"],
            "warnings": [{"code": "negative", "message": "Amounts below zero are read as returns.", "count": 311}],
        },
        "customers": {"rows_in": 3000, "rows_kept": 3000, "dropped": {}, "columns": ["customer_id", "acquired_on"]},
    },
    "customers": 3000,
    "orders": 14210,
    "amount_sum": 1234567.89,
    "date_min": "2023-01-02",
    "date_max": "2024-12-31",
}
PARAMETERS = [
    {"name": "n_bins", "type": "int", "value": 5, "help": "levels per score; the highest is best"},
    {"name": "segment", "type": "str", "value": "00123", "help": "show this segment in detail"},
    {"name": "as_of", "type": "date", "value": None, "help": "the day the report looks back from"},
]


def output(shown):
    """What a kernel would send for this value as the last line of a cell."""
    if hasattr(shown, "_repr_mimebundle_"):
        bundle = shown._repr_mimebundle_()
        data, about = bundle if isinstance(bundle, tuple) else (bundle, {})
    else:
        data, about = {"text/plain": repr(shown), "text/html": shown._repr_html_()}, {}
    return v4.new_output("execute_result", data=data, metadata=about, execution_count=1)


def code(source, *shown, tags=()):
    """A cell that ran and showed these values."""
    return v4.new_code_cell(source, outputs=[output(value) for value in shown], metadata={"tags": list(tags)})


def prose(source, *tags):
    """A cell of prose."""
    return v4.new_markdown_cell(source, metadata={"tags": list(tags)})


def chart(title="Revenue by segment", bars=(41, 27, 18, 9, 5)):
    """A small chart in the suite's style."""
    charts.use_style()
    figure, axes = plt.subplots()
    names = ["Champions", "Loyal", "At risk", "Recent", "Lost"]
    axes.barh(names[: len(bars)], bars, color=base.BLUE)
    axes.invert_yaxis()
    axes.set(title=title, xlabel="Share of revenue (%)")
    alt = f"Bar chart: {names[0]} bring {bars[0]} % of revenue, {names[len(bars) - 1]} {bars[-1]} %."
    return base.finish(figure, alt, "Five segments, ordered by their share of revenue before returns.")


def segments():
    """A summary as a notebook shows it."""
    frame = pd.DataFrame({
        "segment": ["Champions", "Loyal", "At risk", "Recent", "Lost"],
        "customers": [412, 655, 480, 733, 720],
        "customer_share": [0.137, 0.218, 0.16, 0.244, 0.24],
        "revenue": [506172.8, 333333.3, 222222.2, 111111.1, 61728.4],
        "revenue_share": [0.41, 0.27, 0.18, 0.09, 0.05],
        "mean_recency_days": [18.2, 44.9, 190.1, 31.7, 402.6],
        "advice": [
            "Thank them, ask for recommendations", "Offer the next category", "Win back before the season",
            "Welcome, second order within 60 days", "Leave in peace",
        ],
    })  # fmt: skip
    return tables.show(frame, "Segments by value", "EUR")


def wide():
    """A table wider than any telephone: a cohort per row, a month per column."""
    frame = pd.DataFrame({"cohort": [f"2024-{m:02d}" for m in range(1, 13)]})
    for month in range(12):
        frame[f"month_{month}_rate"] = [0.9**month if row + month < 12 else None for row in range(12)]
    return tables.show(frame, "Customers who bought again, by month since the first order")


FIGURES = {
    "customers": ("Customers", 3000, "count"),
    "revenue": ("Revenue", 1234567.89, "money"),
    "repeat_rate": ("Buy more than once", 0.612, "share"),
    "champions_share": ("Revenue from Champions", 0.41, "share"),
}


def notebook():
    """A report in the anatomy of the suite's notebooks."""
    said = words.say(
        "412 customers (13.7 %) are Champions; they bring 41.0 % of revenue.",
        "480 customers At risk last bought 190 days ago: EUR 222,222 stand to be lost.",
    )
    cells = [
        prose(
            "# RFM: who buys recently, often, and for much?\n\nWhich customers should we thank, win back, or leave? "
            "Recency, frequency and monetary value order them; no survey is needed."
        ),
        code("n_bins: int = 5  # levels per score; the highest is best", tags=["parameters"]),
        code("from crm_analysis.display import charts\n\ncharts.use_style()  # once, here", tags=["setup"]),
        prose("## Data\n\nWhat was read, and which orders count."),
        code('customers = data.customers(as_of="2025-01-01")\ntables.show(customers.head(), "Segments")', segments()),
        prose("## Scores"),
        prose(
            "### What a score is\n\nEach customer is ranked by $R$, $F$ and $M$ apart; equal customers share one.\n\n"
            "$$\\text{CLV}_i=\\sum_{t=0}^{T}\\frac{m_{i,t}}{(1+d)^t}$$\n\n"
            "$$\\begin{align}x_{t+1} &= P x_t \\\\ "
            "P &= \\begin{pmatrix}0.7&0.3\\\\0.2&0.8\\end{pmatrix}\\end{align}$$\n\n"
            "| Score | Meaning |\n|---:|---|\n| 5 | best fifth |\n| 1 | last fifth |\n\n"
            "Bad commands stay readable: $\\nosuchthing{x}$.",
            "teach",
        ),
        prose("Champions are few and bring the most. The chart orders segments by what they bring."),
        code('charts.bars(summary, "segment", "revenue_share")', chart()),
        prose("## Checks"),
        code("round(summary, 2)", segments(), tags=["check"]),
        prose("## Cohorts\n\nBlank cells have not happened yet."),
        code("cohorts.retention(customers)", wide()),
        prose("## What it means"),
        code("words.say(...)", said),
        prose("## Headlines"),
        code("headlines.show(...)", headlines.show("EUR", **FIGURES)),
        prose(
            "## Limits\n\nRFM says nothing about *why* customers leave.\n\n- It knows no competitors.\n"
            "- It looks back, not ahead; see [the value of customers](04_customer_value.html).\n"
        ),
    ]
    return v4.new_notebook(cells=cells)


def publish(folder):
    """Write the index, a business and a classroom page into a folder; returns the folder."""
    made = notebook()
    entries = []
    for stem, audience in (("02_rfm", "business"), ("02_rfm_classroom", "classroom")):
        (folder / f"{stem}.html").write_text(render.page(made, FACTS, PARAMETERS, audience), encoding="utf-8")
        entries.append(
            {"stem": stem, "title": render.title(made), "summary": render.summary(made), "href": f"{stem}.html",
             "notebook_href": f"notebooks/{stem}.ipynb", "headlines": render.headlines(made)}
        )  # fmt: skip
    report = {key: FACTS[key] for key in ("name", "as_of", "source", "currency")}
    text = index.page(report | {"facts": FACTS, "notebooks": entries})
    (folder / "index.html").write_text(text, encoding="utf-8")
    return folder
