"""Charts of satisfaction: the importance-performance map, and loyalty by answer to the satisfaction question."""

import matplotlib.pyplot as plt
from matplotlib.transforms import Bbox

from crm_analysis.display import numbers, words
from crm_analysis.display.charts.base import BLUE, GREEN, GREY, ORANGE, SKY, axis_numbers, finish

COLOURS = {"Concentrate here": ORANGE, "Keep up": GREEN, "Low priority": GREY, "Possible overkill": SKY}
CORNERS = {"Concentrate here": (0, 1), "Keep up": (1, 1), "Low priority": (0, 0), "Possible overkill": (1, 0)}


def importance_performance(table, derived=False):
    """The importance-performance map with the cross-hair, the four fields named and every dimension labelled.

    ``table``: ``dimension``, ``performance``, ``importance``, ``quadrant``, and the cuts in ``attrs``. ``derived``: importance
    follows from the answers, else customers stated it (share of 100 points).
    """
    figure, axis = plt.subplots(figsize=(8, 5.4))
    spans = {c: (table[c].min(), table[c].max()) for c in ("performance", "importance")}
    pads = {c: 0.16 * ((high - low) or 1.0) for c, (low, high) in spans.items()}
    axis.set_xlim(spans["performance"][0] - pads["performance"], spans["performance"][1] + 2 * pads["performance"])
    axis.set_ylim(spans["importance"][0] - pads["importance"], spans["importance"][1] + pads["importance"])
    axis.axvline(table.attrs["cuts"][0], color="#444444", linewidth=1)
    axis.axhline(table.attrs["cuts"][1], color="#444444", linewidth=1)
    axis.scatter(
        table["performance"], table["importance"], s=55, color=[COLOURS[q] for q in table["quadrant"]], zorder=3
    )
    _name_points(figure, axis, table)
    for name, (x, y) in CORNERS.items():
        place = {"ha": "right" if x else "left", "va": "top" if y else "bottom", "transform": axis.transAxes}
        axis.text(
            0.99 if x else 0.01,
            0.985 if y else 0.015,
            words.tr(name),
            fontweight="bold",
            fontsize=10,
            color="#333333",
            **place,
        )
    axis.set_xlabel(words.tr("Performance: mean answer on what is perceived"))
    axis.set_ylabel(
        words.tr("Importance derived from overall satisfaction")
        if derived
        else words.tr("Importance as customers state it")
    )
    if not derived:
        axis_numbers(axis.yaxis, "share")
    axis.set_title(words.tr("Importance and performance: where to improve first"))
    first = table[table["quadrant"] == "Concentrate here"]["dimension"]
    names = words.joined([numbers.text(d, "term") for d in first]) if len(first) else words.tr("none")
    alt = words.sentence("Map of {n} dimensions by performance and importance. To concentrate on: {names}.",
                         n=(len(table), "count"), names=names)  # fmt: skip
    return finish(figure, alt, words.tr("Lines: the cuts between low and high; a dimension on a line counts as high."))


def loyalty_steps(table):
    """Mean answer to each loyalty question by answer to the satisfaction question, with 95 % intervals: one panel each.

    ``table``: ``satisfaction``, ``outcome``, ``n``, ``mean``, ``low``, ``high``, ``scale_low``, ``scale_high``; answers of too
    few respondents are left out.
    """
    outcomes = list(dict.fromkeys(table["outcome"]))
    figure, axes = plt.subplots(1, len(outcomes), figsize=(8, 3.9), squeeze=False)
    for axis, outcome in zip(axes[0], outcomes, strict=True):
        part = table[(table["outcome"] == outcome) & table["mean"].notna()]
        spread = [part["mean"] - part["low"], part["high"] - part["mean"]]
        axis.errorbar(part["satisfaction"], part["mean"], yerr=spread, color=BLUE, marker="o", capsize=3, linewidth=1.6)
        for row in part.itertuples():
            axis.annotate(numbers.text(row.n, "count"), (row.satisfaction, row.low), xytext=(0, -11), textcoords="offset points",
                          ha="center", fontsize=8, color="#555555")  # fmt: skip
        axis.set_xticks(sorted(table["satisfaction"].unique()))
        axis.set_xlabel(words.tr("Overall satisfaction"))
        ends = {"low": (part["scale_low"].iloc[0], "number"), "high": (part["scale_high"].iloc[0], "number")}
        axis.set_title(numbers.text(outcome, "term"), fontsize=11)
        axis.set_ylabel(words.sentence("Mean answer, {low} to {high}", **ends))
        axis.margins(y=0.16)
    figure.suptitle(words.tr("Loyalty by satisfaction"), x=0.01, ha="left", fontsize=12, fontweight="bold")
    told = table.dropna(subset="mean")
    ends = told[told["outcome"] == outcomes[0]].sort_values("satisfaction").iloc[[0, -1]]
    alt = words.sentence(
        "Mean answers by satisfaction. {outcome}: {low} at an answer of {first}, {high} at {last}.",
        outcome=(outcomes[0], "term"), low=(ends["mean"].iloc[0], "number"), high=(ends["mean"].iloc[1], "number"),
        first=(ends["satisfaction"].iloc[0], "count"), last=(ends["satisfaction"].iloc[1], "count"),
    )  # fmt: skip
    return finish(
        figure,
        alt,
        words.tr("Figures under the points: answers. Bars: 95 % intervals. Answers of fewer than five are left out."),
    )


# Where a label may stand beside its point: offset in points and alignment, the first place that is free is taken.
PLACES = (
    (8, 0, "left", "center"), (-8, 0, "right", "center"), (0, 8, "center", "bottom"), (0, -8, "center", "top"),
    (7, 7, "left", "bottom"), (7, -7, "left", "top"), (-7, 7, "right", "bottom"), (-7, -7, "right", "top"),
)  # fmt: skip


def _name_points(figure, axis, table):
    """Labels every point so that no label covers another or a point, as far as there is room."""
    figure.draw_without_rendering()
    dots = [axis.transData.transform((r.performance, r.importance)) for r in table.itertuples()]
    taken = [Bbox.from_bounds(x - 5, y - 5, 10, 10) for x, y in dots]
    for at, row in enumerate(table.itertuples()):
        others = taken[:at] + taken[at + 1 :]
        for dx, dy, across, up in PLACES:
            label = axis.annotate(
                numbers.text(row.dimension, "term"), (row.performance, row.importance), xytext=(dx, dy),
                textcoords="offset points", ha=across, va=up, fontsize=9,
            )  # fmt: skip
            box = label.get_window_extent().padded(2)
            inside = axis.bbox.containsx(box.x0) and axis.bbox.containsx(box.x1)
            if (inside and not box.count_overlaps(others)) or (dx, dy, across, up) == PLACES[-1]:
                taken.append(box)
                break
            label.remove()
