"""Charts of customer value: the pyramid on the Lorenz curve, and the whale curve of profit."""

import matplotlib.pyplot as plt
import numpy as np

from crm_analysis.display import numbers, words
from crm_analysis.display.charts.base import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    SKY,
    axis_numbers,
    finish,
    unit_label,
)  # fmt: skip


def value_pyramid(line, ends, gini=None, title="What each tier brings, from the best customer down"):
    """The cumulative share of value over the share of customers, the best first, with the tiers marked on it.

    ``line`` and ``ends``: the two tables of ``pyramid.curve``; ``gini`` is told in the caption.
    """
    figure, axis = plt.subplots(figsize=(8, 4.4))
    axis.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1)
    axis.plot(line["customer_share"], line["value_share"], color=BLUE, linewidth=2.2)
    starts = np.concatenate([[0.0], ends["customer_share"].to_numpy()[:-1]])
    for i, (row, start) in enumerate(zip(ends.itertuples(), starts, strict=True)):
        inside = line[(line["customer_share"] >= start - 1e-9) & (line["customer_share"] <= row.customer_share + 1e-9)]
        x = np.concatenate([[start], inside["customer_share"], [row.customer_share]])
        y = np.interp(x, line["customer_share"], line["value_share"])
        axis.fill_between(x, 0, y, color=(ORANGE, SKY, GREEN, GREY, RED)[i % 5], alpha=0.35, linewidth=0)
        axis.plot([row.customer_share], [row.value_share], "o", color=BLUE, markersize=4)
    _tier_names(axis, ends)
    axis.set(xlim=(0, 1), ylim=(0, max(1.0, float(line["value_share"].max())) * 1.04))
    axis.set_xlabel(words.tr("Share of customers, best first"))
    axis.set_ylabel(words.tr("Share of value"))
    axis.set_title(words.tr(title))
    for side in (axis.xaxis, axis.yaxis):
        axis_numbers(side, "share")
    first = ends.iloc[min(1, len(ends) - 1)]
    alt = words.sentence(
        "{title}: a curve with {n} tiers marked on it. The best {customers} of the customers bring {share} of the value.",
        title=words.tr(title),
        n=(len(ends), "count"),
        customers=(first["customer_share"], "share"),
        share=(first["value_share"], "share"),
    )
    caption = words.tr("Dots: where each tier ends. Dashed: if all customers brought the same.")
    if gini is not None:
        caption = words.sentence("{caption} Gini coefficient {gini}.", caption=caption, gini=(gini, "number"))
    return finish(figure, alt, caption)


def _tier_names(axis, ends):
    """Names with what they end at, one under the other at the lower right, where the curve never is."""
    rows = [
        words.sentence(
            "{tier}: up to {customers} of customers, {value} of value",
            tier=(row.tier, "term"),
            customers=(row.customer_share, "share"),
            value=(row.value_share, "share"),
        )
        for row in ends.itertuples()
    ]
    colours = (ORANGE, SKY, GREEN, GREY, RED)
    handles = [plt.Rectangle((0, 0), 1, 1, color=colours[i % 5], alpha=0.45) for i in range(len(rows))]
    axis.legend(handles, rows, loc="lower right", fontsize=8.5, frameon=True, framealpha=0.9, edgecolor="none")


def whale(curve, peak, currency="", title="Cumulative profit, from the best customer to the worst (whale curve)"):
    """The whale curve with its peak and what is lost after it.

    ``curve``: columns ``customer_share``, ``profit``; ``peak``: the dict of ``profit.peak``.
    """
    figure, axis = plt.subplots(figsize=(8, 4))
    axis.plot(curve["customer_share"], curve["profit"], color=BLUE, linewidth=2.2)
    top = peak["profit"]
    axis.plot([peak["customer_share"]], [top], "o", color=ORANGE, markersize=7, zorder=3)
    after = curve[curve["customer_share"] >= peak["customer_share"] - 1e-9]
    axis.fill_between(after["customer_share"], after["profit"], top, color=RED, alpha=0.5, linewidth=0)
    axis.axhline(peak["total"], color=GREY, linestyle="--", linewidth=1)
    axis.set(xlim=(0, 1))
    axis.set_xlabel(words.tr("Share of customers, best first"))
    axis.set_ylabel(unit_label("Cumulative profit", "money", currency))
    axis.set_title(words.tr(title))
    axis_numbers(axis.xaxis, "share")
    axis_numbers(axis.yaxis, "money")
    axis.margins(y=0.12)
    alt = words.sentence(
        "{title}: it rises to {top} with the best {share} of the customers and ends at {total}; the last {n} customers take "
        "{lost} away again.",
        currency,
        title=words.tr(title),
        top=(top, "money"),
        share=(peak["customer_share"], "share"),
        total=(peak["total"], "money"),
        n=(peak["below_zero"], "count"),
        lost=(peak["lost"], "money"),
    )
    return finish(
        figure, alt, "Dot: the peak. Shaded: what customers below zero take away. Dashed: the profit that remains."
    )


def value_classes(table, title="Value classes: share of customers and of value"):
    """Share of customers and of actual value per class, side by side; a class that costs money points to the left.

    ``table``: columns ``value_class``, ``customers``, ``actual_value``.
    """
    figure, axis = plt.subplots(figsize=(8, 0.5 * len(table) + 1.4))
    total = float(table["actual_value"].sum())
    shares = {
        "Share of customers": table["customers"] / table["customers"].sum(),
        "Share of contribution": table["actual_value"] / total if total > 0 else table["actual_value"] * np.nan,
    }
    for i, ((name, values), colour) in enumerate(zip(shares.items(), (SKY, BLUE), strict=True)):
        at = np.arange(len(table)) + (i - 0.5) * 0.4
        bars = axis.barh(at, values, height=0.36, color=colour, label=words.tr(name))
        axis.bar_label(bars, [numbers.text(v, "share", decimals=0) for v in values], padding=3, fontsize=8)
    axis.axvline(0, color=GREY, linewidth=1)
    axis.set_yticks(range(len(table)), [numbers.text(v, "term") for v in table["value_class"]])
    axis.invert_yaxis()
    axis.grid(visible=False, axis="y")
    axis.tick_params(axis="y", length=0)
    axis.margins(x=0.12)
    axis_numbers(axis.xaxis, "share")
    axis.set_title(words.tr(title))
    axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=2)
    best = table.loc[table["actual_value"].idxmax()]
    alt = words.sentence(
        "{title}: bars for {n} classes. {name} bring the most, {share} of the customers.",
        title=words.tr(title),
        n=(len(table), "count"),
        name=(best["value_class"], "term"),
        share=(best["customers"] / table["customers"].sum(), "share"),
    )
    return finish(figure, alt)
