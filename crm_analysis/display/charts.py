"""Charts: finished tables in, pictures out, each with a title, units and a text for those who cannot see it.

Colours are Okabe and Ito's (2008), told apart by every kind of colour vision; labels are plain text, so that a
``$`` or a leading underscore in a brand name stays what it is.
"""

import io
from typing import NamedTuple

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from crm_analysis.display import numbers

BLUE, ORANGE, GREEN, SKY, RED, PURPLE, YELLOW, GREY = (
    "#0072B2", "#E69F00", "#009E73", "#56B4E9", "#D55E00", "#CC79A7", "#F0E442", "#6b6b6b",
)  # fmt: skip
SEQUENTIAL = "cividis"


class Chart(NamedTuple):
    """A finished picture: scalable, self-contained (type is drawn as outlines), with a text alternative."""

    svg: str
    alt: str
    caption: str

    def __repr__(self):
        return self.alt

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = {"image/svg+xml": self.svg, "text/plain": self.alt}
        return data, {"image/svg+xml": {"alt": self.alt, "caption": self.caption}}


def use_style():
    """Set matplotlib up for our charts; a notebook calls this once, nothing else changes global state."""
    matplotlib.use("agg")
    plt.rcParams.update({
        "figure.figsize": (8, 4), "figure.constrained_layout.use": True, "figure.facecolor": "white",
        "axes.spines.top": False, "axes.spines.right": False, "axes.titlelocation": "left", "axes.titlesize": 12,
        "axes.titleweight": "bold", "axes.labelsize": 10, "axes.grid": True, "axes.axisbelow": True,
        "grid.color": "#e3e3e3", "grid.linewidth": 0.8, "axes.edgecolor": "#888888", "text.parse_math": False,
        "axes.unicode_minus": False, "axes.formatter.use_mathtext": False, "xtick.labelsize": 9, "ytick.labelsize": 9,
        "legend.frameon": False, "svg.fonttype": "path", "svg.hashsalt": "crm-analysis",
    })  # fmt: skip


def months(table, currency=""):
    """Revenue, and new and returning customers, month by month; months not yet over are drawn pale.

    ``table``: columns ``month``, ``revenue``, ``new_customers``, ``returning_customers``, ``complete``.
    """
    figure, (top, bottom) = plt.subplots(2, 1, figsize=(8, 5.4), sharex=True)
    at = range(len(table))
    pale = [1.0 if done else 0.45 for done in table["complete"]]
    for axis, parts in (
        (top, [("revenue", BLUE)]),
        (bottom, [("returning_customers", BLUE), ("new_customers", ORANGE)]),
    ):
        floor = table["revenue"] * 0
        for column, colour in parts:
            bars = axis.bar(at, table[column], bottom=floor, color=colour, width=0.8, label=_LEGEND.get(column))
            floor = floor + table[column]
            for bar, alpha in zip(bars, pale, strict=True):
                bar.set_alpha(alpha)
    top.set_title("Revenue per month")
    top.set_ylabel(_unit("Revenue", "money", currency))
    bottom.set_title("Customers who bought in the month")
    bottom.set_ylabel("Customers")
    bottom.legend(loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0, ncols=2)
    for axis, kind in ((top, "money"), (bottom, "count")):
        _axis_numbers(axis.yaxis, kind)
        axis.grid(visible=False, axis="x")
    step = -(-len(table) // 9)
    bottom.set_xticks(list(at)[::step], [f"{m:%Y-%m}" for m in table["month"]][::step])
    whole = table[table["complete"]]
    best = (whole if len(whole) else table).sort_values("revenue").iloc[-1]
    alt = (
        f"Bars of monthly revenue and of new and returning customers from {table['month'].iloc[0]:%B %Y} to "
        f"{table['month'].iloc[-1]:%B %Y}. The best month was {best['month']:%B %Y} with "
        f"{numbers.text(best['revenue'], 'money', currency)}."
    )
    return _finish(figure, alt, "Revenue is net of returns. Pale bars: months not wholly in the data.")


def lorenz(table, gini):
    """The Lorenz curve with the line of equality. ``table``: ``customer_share``, ``value_share`` (0-1)."""
    figure, axis = plt.subplots(figsize=(5.4, 4.8))
    axis.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="all customers equal")
    axis.plot(table["customer_share"], table["value_share"], color=BLUE, linewidth=2.2, label="this customer base")
    axis.fill_between(table["customer_share"], table["value_share"], table["customer_share"], color=SKY, alpha=0.25)
    axis.set(xlim=(0, 1), xlabel="Share of customers, smallest first", ylabel="Share of revenue")
    axis.set_title("How unevenly revenue is spread (Lorenz curve)")
    for side in (axis.xaxis, axis.yaxis):
        _axis_numbers(side, "share")
    axis.legend(loc="upper left")
    half = table.loc[(table["customer_share"] - 0.5).abs().idxmin()]
    alt = (
        f"Lorenz curve: the smaller {numbers.text(half['customer_share'], 'share', decimals=0)} of the customers bring "
        f"{numbers.text(half['value_share'], 'share')} of the revenue. Gini coefficient {gini:.2f}."
    )
    return _finish(figure, alt, f"Gini coefficient {gini:.2f}; 0 would mean that all customers bring the same.")


def cohorts(table):
    """Retention by cohort and age as a heatmap; what is not yet observed stays blank.

    ``table``: index ``cohort``, column ``customers``, then ages in months with shares (0-1).
    """
    ages = table.drop(columns=["customers", 0]).dropna(axis="columns", how="all")
    figure, axis = plt.subplots(figsize=(8, max(2.2, 0.24 * len(ages) + 1.2)))
    seen = ages.max().max() if ages.size else 1.0
    image = axis.pcolormesh(
        ages.to_numpy(dtype=float), cmap=SEQUENTIAL, vmin=0, vmax=min(1.0, seen), edgecolors="white"
    )
    axis.set_facecolor("white")
    axis.invert_yaxis()
    axis.grid(visible=False)
    axis.set_yticks([i + 0.5 for i in range(len(ages))])
    axis.set_yticklabels(
        [f"{c:%Y-%m}  ({n:,})" for c, n in zip(table.index, table["customers"], strict=True)], fontsize=8
    )
    step = max(1, len(ages.columns) // 12)
    axis.set_xticks([i + 0.5 for i in range(0, len(ages.columns), step)])
    axis.set_xticklabels([str(a) for a in ages.columns[::step]])
    axis.set(xlabel="Months since the first order", ylabel="Month of first order (customers)")
    axis.set_title("Share of each cohort that bought again, by age")
    bar = figure.colorbar(image, ax=axis, pad=0.02)
    _axis_numbers(bar.ax.yaxis, "share")
    bar.outline.set_visible(False)
    weights = table["customers"]
    first = ages.get(1)
    early = (
        (first * weights).sum() / weights[first.notna()].sum() if first is not None and first.notna().any() else None
    )
    alt = f"Heatmap of {len(ages)} monthly cohorts by months since the first order." + (
        f" In the first month after their first order {numbers.text(early, 'share')} of the customers bought again."
        if early is not None
        else ""
    )
    return _finish(figure, alt, "Blank: not yet observed, or no customer was won in that month.")


def grid(table, title, kind="count", currency="", axes=("Frequency score", "Recency score"), unit=""):
    """A small matrix as a heatmap with its figures written in; empty cells stay blank.

    ``table``: rows from top to bottom, columns from left to right; ``kind`` as in :func:`numbers.text`.
    """
    figure, axis = plt.subplots(figsize=(1.05 * len(table.columns) + 2.2, 0.62 * len(table) + 1.6))
    image = axis.pcolormesh(table.to_numpy(dtype=float), cmap=SEQUENTIAL, edgecolors="white", linewidth=1.5)
    for (row, column), value in np.ndenumerate(table.to_numpy(dtype=float)):
        if not numbers.is_missing(value):
            light = image.norm(value) > 0.6
            place = {"ha": "center", "va": "center", "color": "black" if light else "white"}
            axis.text(column + 0.5, row + 0.5, numbers.text(value, kind), **place)
    axis.invert_yaxis()
    axis.grid(visible=False)
    axis.set(xlabel=axes[0], ylabel=axes[1])
    axis.set_xticks([i + 0.5 for i in range(len(table.columns))], [str(c) for c in table.columns])
    axis.set_yticks([i + 0.5 for i in range(len(table))], [str(r) for r in table.index])
    axis.tick_params(length=0)
    axis.set_title(title)
    bar = figure.colorbar(image, ax=axis, pad=0.03, label=_unit(unit, kind, currency))
    bar.outline.set_visible(False)
    _axis_numbers(bar.ax.yaxis, kind)
    stacked = table.stack().dropna()
    top = stacked.idxmax()
    alt = (
        f"{title}: a heatmap of {len(table)} by {len(table.columns)} cells. The largest, {axes[1].lower()} {top[0]} and "
        f"{axes[0].lower()} {top[1]}, is {numbers.text(stacked.max(), kind, currency)}."
    )
    return _finish(figure, alt, "Blank: no customer has these scores." if table.isna().any(axis=None) else "")


def shares(table, name, pairs, title, caption=""):
    """Two or more shares per row side by side as horizontal bars, in the table's order.

    ``name`` is the column with the row's name, ``pairs`` maps columns of shares (0-1) to their legend.
    """
    figure, axis = plt.subplots(figsize=(8, 0.46 * len(table) + 1.5))
    height = 0.8 / len(pairs)
    for i, ((column, legend), colour) in enumerate(zip(pairs.items(), (SKY, BLUE, ORANGE, GREEN), strict=False)):
        at = [row + (i - (len(pairs) - 1) / 2) * height for row in range(len(table))]
        bars = axis.barh(at, table[column], height=height * 0.92, color=colour, label=legend)
        texts = [numbers.text(v, "share", decimals=0) for v in table[column]]
        axis.bar_label(bars, labels=texts, padding=3, fontsize=8)
    axis.set_yticks(range(len(table)), [str(v) for v in table[name]])
    axis.invert_yaxis()
    axis.grid(visible=False, axis="y")
    axis.tick_params(axis="y", length=0)
    axis.margins(x=0.1)
    _axis_numbers(axis.xaxis, "share")
    axis.set_title(title)
    axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=len(pairs))
    last = list(pairs)[-1]
    top = table.sort_values(last).iloc[-1]
    alt = (
        f"{title}: horizontal bars for {len(table)} rows. Largest {pairs[last].lower()}: {top[name]} with "
        f"{numbers.text(top[last], 'share')}."
    )
    return _finish(figure, alt, caption)


_LEGEND = {"new_customers": "new", "returning_customers": "returning"}


def _finish(figure, alt, caption=""):
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)
    svg = buffer.getvalue()
    return Chart(svg[svg.index("<svg") :], alt, caption)


def _axis_numbers(axis, kind):
    """Axis figures for people: 1,000 separated, shares in percent, money in thousands or millions when large."""
    axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10], integer=kind == "count"))
    axis.set_major_formatter(FuncFormatter(lambda value, _: _short(value, kind)))


def _short(value, kind):
    if kind == "share":
        return numbers.text(value, "share", decimals=0)
    for size, unit in ((1e9, "bn"), (1e6, "m"), (1e4, "k")):
        if abs(value) >= size:
            scale = 1e3 if unit == "k" else size
            return f"{value / scale:,.4g} {unit}"
    return f"{value:,.4g}"


def _unit(label, kind, currency):
    return f"{label} ({currency})" if kind == "money" and currency else label
