"""Charts of any small table: a matrix as a heatmap, shares side by side."""

import matplotlib.pyplot as plt
import numpy as np

from crm_analysis.display import disclosure, numbers, words
from crm_analysis.display.charts.base import (
    BLACK_FROM,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    SEQUENTIAL,
    SKY,
    axis_numbers,
    finish,
    unit_label,
)


def grid(
    table, title, kind="count", currency="", axes=("Frequency score", "Recency score"), unit="", counts=None, caption=""
):
    """A small matrix as a heatmap with its figures written in; empty cells stay blank.

    ``table``: rows from top to bottom, columns from left to right; ``kind`` as in :func:`numbers.text`. Title, axes,
    unit and caption are looked up in the reader's language, and so are the names of rows and columns where the name of the index
    says that they are our words (``segment``). ``counts``, of the same shape, says for how many customers each cell
    stands; cells of few are withheld.
    """
    title, unit, across, down = (words.tr(text) for text in (title, unit, *axes))
    rows, columns = (
        [numbers.text(v, numbers.kind_of(index.name)) for v in index] for index in (table.index, table.columns)
    )
    hidden = np.zeros(table.shape, dtype=bool) if counts is None else disclosure.cells(counts)
    table, notes = table.mask(hidden), [words.tr(caption)] if caption else []
    wide = min(1.05, 8.5 / len(table.columns))  # a wide picture is shown smaller, and its type with it
    figure, axis = plt.subplots(figsize=(wide * len(table.columns) + 2.2, 0.62 * len(table) + 1.6))
    figures = table.to_numpy(dtype=float)
    nobody = (figures == 0) & (kind == "count")  # no small number: it stays pale, so that the others stand out
    image = axis.pcolormesh(np.where(nobody, np.nan, figures), cmap=SEQUENTIAL, edgecolors="white", linewidth=1.5)
    for (row, column), value in np.ndenumerate(figures):
        if not numbers.is_missing(value):
            colour = GREY if nobody[row, column] else "black" if image.norm(value) > BLACK_FROM else "white"
            place = {"ha": "center", "va": "center", "color": colour}
            axis.text(column + 0.5, row + 0.5, numbers.text(value, kind), **place)
    for row, column in np.argwhere(hidden):
        axis.text(column + 0.5, row + 0.5, disclosure.MARK, ha="center", va="center")
    axis.invert_yaxis()
    axis.grid(visible=False)
    axis.set(xlabel=across, ylabel=down)
    axis.set_xticks([i + 0.5 for i in range(len(table.columns))], columns)
    if max(map(len, columns), default=0) > 12:  # long names would run into each other
        plt.setp(axis.get_xticklabels(), rotation=25, ha="right", rotation_mode="anchor")
    axis.set_yticks([i + 0.5 for i in range(len(table))], rows)
    axis.tick_params(length=0)
    axis.set_title(title)
    bar = figure.colorbar(image, ax=axis, pad=0.03, label=unit_label(unit, kind, currency))
    bar.outline.set_visible(False)
    axis_numbers(bar.ax.yaxis, kind)
    size = {"n_rows": (len(table), "count"), "n_columns": (len(table.columns), "count")}
    alt = words.sentence("{title}: a heatmap of {n_rows} by {n_columns} cells.", title=title, **size)
    if not np.isnan(figures).all():
        row, column = np.unravel_index(np.nanargmax(figures), figures.shape)
        largest = words.sentence(
            "The largest, {down} {row} and {across} {column}, is {value}.",
            currency,
            down=down.lower(),
            row=rows[row],
            across=across.lower(),
            column=columns[column],
            value=(figures[row, column], kind),
        )
        alt = words.run([alt, largest])
    if (table.isna() & ~hidden).any(axis=None):
        notes.append(words.tr("Blank: no customer has these scores."))
    if hidden.any():
        notes.append(disclosure.note())
    return finish(figure, alt, words.run(notes))


def shares(table, name, pairs, title, caption=""):
    """Two or more shares per row side by side as horizontal bars, in the table's order.

    ``name`` is the column with the row's name, ``pairs`` maps columns of shares (0-1) to their legend. Where the table
    counts ``customers``, the bars of rows with few of them are withheld.
    """
    hidden = disclosure.small(table)
    table = table.assign(**{column: table[column].mask(hidden) for column in pairs})
    title, names = words.tr(title), [numbers.text(v, numbers.kind_of(name)) for v in table[name]]
    pairs = {column: words.tr(legend) for column, legend in pairs.items()}
    figure, axis = plt.subplots(figsize=(8, 0.46 * len(table) + 1.5))
    height = 0.8 / len(pairs)
    for i, ((column, legend), colour) in enumerate(zip(pairs.items(), (SKY, BLUE, ORANGE, GREEN), strict=False)):
        at = [row + (i - (len(pairs) - 1) / 2) * height for row in range(len(table))]
        bars = axis.barh(at, table[column], height=height * 0.92, color=colour, label=legend)
        texts = [
            disclosure.MARK if h else numbers.text(v, "share", decimals=0)
            for h, v in zip(hidden, table[column], strict=True)
        ]
        axis.bar_label(bars, labels=texts, padding=3, fontsize=8)
    axis.set_yticks(range(len(table)), names)
    axis.invert_yaxis()
    axis.grid(visible=False, axis="y")
    axis.tick_params(axis="y", length=0)
    axis.margins(x=0.1)
    axis_numbers(axis.xaxis, "share")
    axis.set_title(title)
    axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=len(pairs))
    last = list(pairs)[-1]
    alt = words.sentence("{title}: horizontal bars for {n} rows.", title=title, n=(len(table), "count"))
    if table[last].notna().any():
        top = int(np.nanargmax(table[last].to_numpy(dtype=float)))
        largest = {"legend": pairs[last].lower(), "name": names[top], "value": (table[last].iloc[top], "share")}
        alt = words.run([alt, words.sentence("Largest {legend}: {name} with {value}.", **largest)])
    caption = words.tr(caption)
    return finish(figure, alt, words.run([caption, disclosure.note()]) if hidden.any() else caption)
