"""Charts of any small table: a matrix as a heatmap, shares side by side."""

import matplotlib.pyplot as plt
import numpy as np

from crm_analysis.display import numbers
from crm_analysis.display.charts.base import BLUE, GREEN, ORANGE, SEQUENTIAL, SKY, axis_numbers, finish, unit_label


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
    bar = figure.colorbar(image, ax=axis, pad=0.03, label=unit_label(unit, kind, currency))
    bar.outline.set_visible(False)
    axis_numbers(bar.ax.yaxis, kind)
    stacked = table.stack().dropna()
    top = stacked.idxmax()
    alt = (
        f"{title}: a heatmap of {len(table)} by {len(table.columns)} cells. The largest, {axes[1].lower()} {top[0]} and "
        f"{axes[0].lower()} {top[1]}, is {numbers.text(stacked.max(), kind, currency)}."
    )
    return finish(figure, alt, "Blank: no customer has these scores." if table.isna().any(axis=None) else "")


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
    axis_numbers(axis.xaxis, "share")
    axis.set_title(title)
    axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=len(pairs))
    last = list(pairs)[-1]
    top = table.sort_values(last).iloc[-1]
    alt = (
        f"{title}: horizontal bars for {len(table)} rows. Largest {pairs[last].lower()}: {top[name]} with "
        f"{numbers.text(top[last], 'share')}."
    )
    return finish(figure, alt, caption)
