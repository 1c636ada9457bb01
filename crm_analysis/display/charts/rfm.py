"""Charts of RFM: sizes of the score groups, and how customers flow between segments from one day to another."""

import matplotlib.pyplot as plt
import numpy as np

from crm_analysis.display import disclosure, moves, numbers, words
from crm_analysis.display.charts.base import BLUE, GREEN, GREY, ORANGE, RED, SKY, axis_numbers, finish

_COLOURS = (BLUE, SKY, ORANGE)  # recency, frequency, monetary
_FLOWS = {"Up": GREEN, "Down": RED, "Same": "#b8b8b8", "New": SKY, "Gone": GREY}
_FLOW_TEXTS = {"Up": "moved up", "Down": "moved down", "Same": "stayed", "New": "new", "Gone": "gone"}


def score_groups(groups, title="Customers by score"):
    """Customers per score, one panel per dimension, with the share that equal groups would have as a line.

    ``groups``: columns ``dimension``, ``score``, ``customers``, ``customer_share``.
    """
    names = list(dict.fromkeys(groups["dimension"]))
    figure, axes = plt.subplots(1, len(names), figsize=(8, 2.9), sharey=True)
    for axis, name, colour in zip(np.atleast_1d(axes), names, _COLOURS, strict=False):
        part = groups[groups["dimension"] == name]
        bars = axis.bar(part["score"], part["customer_share"], color=colour, width=0.75)
        axis.bar_label(
            bars, [numbers.text(v, "share", decimals=0) for v in part["customer_share"]], padding=2, fontsize=8
        )
        axis.axhline(1 / len(part), color=GREY, linestyle="--", linewidth=1)
        axis.set_xticks(list(part["score"]))
        axis.set_title(words.tr(name))
        axis.set_xlabel(words.tr("Score (highest is best)"))
        axis.grid(visible=False, axis="x")
        axis.margins(y=0.15)
        axis_numbers(axis.yaxis, "share")
    np.atleast_1d(axes)[0].set_ylabel(words.tr("Share of customers"))
    figure.suptitle(words.tr(title), x=0.01, ha="left", fontweight="bold", fontsize=12)
    largest = groups.loc[groups["customer_share"].idxmax()]
    alt = words.sentence(
        "{title}: bars for each score of {n} dimensions. The largest group is {dimension} score {score} with {share} of the "
        "customers.",
        title=words.tr(title),
        n=(len(names), "count"),
        dimension=(largest["dimension"], "term"),
        score=(largest["score"], "count"),
        share=(largest["customer_share"], "share"),
    )
    return finish(figure, alt, "Dashed: the share each group would have if all were of equal size.")


def flows(counted, classes, title, sides):
    """Customers flowing from the classes of an earlier day (left) to those of a later one (right).

    ``counted``: columns ``before``, ``after``, ``direction``, ``customers``; ``classes``: their names, best first;
    ``sides``: the two days. Flows of few customers are not drawn as bands: each class shows the sum of
    its withheld flows as a stub, and the caption says so.
    """
    counted = counted[counted["customers"] > 0]
    hidden = disclosure.cells(counted.pivot_table(index="before", columns="after", values="customers", aggfunc="sum"))
    table = counted.pivot_table(index="before", columns="after", values="customers", aggfunc="sum")
    withheld = {(b, a) for (i, b) in enumerate(table.index) for (j, a) in enumerate(table.columns) if hidden[i, j]}
    extra = sorted((set(counted["before"]) | set(counted["after"])) - set(classes))
    order = [*classes, *extra]
    left, right = (_stacked(counted, side, order) for side in ("before", "after"))
    figure, axis = plt.subplots(figsize=(8, max(3.6, 0.42 * len(order) + 1.2)))
    at = {("before", n): bottom for n, (bottom, _) in left.items()} | {("after", n): b for n, (b, _) in right.items()}
    ranked = counted.assign(b=counted["before"].map(order.index), a=counted["after"].map(order.index))
    for row in ranked.sort_values(["b", "a"]).itertuples():
        if (row.before, row.after) in withheld:
            continue
        start, end = at["before", row.before], at["after", row.after]
        at["before", row.before] += row.customers
        at["after", row.after] += row.customers
        x = np.linspace(0, 1, 40)
        bend = (3 * x**2 - 2 * x**3) * (end - start)
        alpha = 0.3 if row.direction == "Same" else 0.6
        axis.fill_between(
            x, start + bend, start + bend + row.customers, color=_FLOWS[row.direction], alpha=alpha, linewidth=0
        )
    # What is withheld stands last in its class and in one piece, so that no gap between bands has the height of one flow.
    for side, boxes, ends in (("before", left, (0, 0.07)), ("after", right, (0.93, 1))):
        for name, (bottom, height) in boxes.items():
            axis.fill_between(ends, at[side, name], bottom + height, color=GREY, alpha=0.35, linewidth=0)
    for boxes, x, side in ((left, -0.02, "right"), (right, 1.02, "left")):
        _labels(axis, boxes, x, side)
    for direction, colour in _FLOWS.items():
        if (counted["direction"] == direction).any():
            axis.fill_between([], [], color=colour, alpha=0.6, label=words.tr(_FLOW_TEXTS[direction]))
    axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.01), ncols=5)
    for day, x in zip(sides, (0, 1), strict=True):
        text = numbers.text(day, "date")
        axis.text(x, -0.045 * sum(counted["customers"]), text, ha="center", va="bottom", fontsize=9, color=GREY)
    axis.set(xlim=(-0.55, 1.55))
    axis.invert_yaxis()
    axis.set_axis_off()
    axis.set_title(words.tr(title), pad=14)
    totals = counted.groupby("direction")["customers"].sum()
    alt = words.sentence(
        "{title}: bands between {n} classes of the earlier and the later day. {up} customers moved up, {down} down, {same} stayed.",
        title=words.tr(title),
        n=(len(classes), "count"),
        up=(int(totals.get("Up", 0)), "count"),
        down=(int(totals.get("Down", 0)), "count"),
        same=(int(totals.get("Same", 0)), "count"),
    )
    caption = words.tr("The height of a band is the number of customers.")
    if withheld:
        stubs = words.tr("Grey stubs: all flows of a class that are withheld, together.")
        caption = words.run([caption, stubs, disclosure.note()])
    chart = finish(figure, alt, caption)
    return chart._replace(told=moves.told(totals, title, sides))


def _stacked(counted, side, order):
    """Where each class stands in a column: name -> (top, height), with a little space between classes."""
    sizes = counted.groupby(side)["customers"].sum()
    space, place, found = 0.02 * sizes.sum(), 0.0, {}
    for name in order:
        if name in sizes.index:
            found[name] = (place, float(sizes[name]))
            place += float(sizes[name]) + space
    return found


def _labels(axis, boxes, x, side):
    """Names with sizes beside a column, moved apart where classes are thin."""
    span = max(place + height for place, height in boxes.values())
    least, last = 0.045 * span, -1e9
    for name, (place, height) in boxes.items():
        y = max(place + height / 2, last + least)
        last = y
        few = 0 < height < disclosure.MINIMUM
        size = disclosure.MARK if few else numbers.text(height, "count")
        text = words.sentence("{what} ({n})", what=(name, "term"), n=size)
        axis.text(x, y, text, ha=side, va="center", fontsize=8.5)
        edge = 0 if side == "right" else 1
        axis.plot([edge, edge], [place, place + height], color="#444444", linewidth=3, solid_capstyle="butt")
