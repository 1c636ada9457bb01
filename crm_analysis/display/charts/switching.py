"""Charts of brand switching: the matrix with its intervals, the flows, the paths of shares, what one point is worth.

Drawn to be read from the back of a classroom: large figures, few lines, brands in the same colours throughout.
"""

import matplotlib.pyplot as plt
import numpy as np

from crm_analysis.display import numbers, words
from crm_analysis.display.charts.base import (
    BLACK_FROM,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    SEQUENTIAL,
    SKY,
    YELLOW,
    axis_numbers,
    finish,
    fitted,
    unit_label,
)  # fmt: skip

BRANDS = (BLUE, ORANGE, GREEN, PURPLE, SKY, RED, YELLOW, "#000000", GREY, "#bbbbbb")
OURS = (
    "All others",
    "Lapsed",
    "Nothing bought",
    "Bought from us",
)  # names of states that are our words; all others are the data's


def colours(names):
    """A colour for each state, the same wherever the same states are drawn."""
    return {name: BRANDS[i % len(BRANDS)] for i, name in enumerate(names)}


def state_name(name):
    """A brand as it is called, or a state of ours in the reader's language."""
    return words.tr(name) if name in OURS else str(name)


def drawn(name):
    """A state's name as it stands in a picture."""
    return fitted(state_name(name))


def switching_matrix(cells, buyers=None):
    """The matrix as a heatmap: in each cell the probability and below it its interval; rows are the brand bought last.

    ``cells``: ``from_brand``, ``to_brand``, ``probability``, ``low``, ``high`` (0-1, missing where nobody moved),
    ``customers`` behind the row. ``buyers``: the same of several kinds of buyers, told apart by a column of that name;
    their matrices stand below, side by side and small.
    """
    names = list(dict.fromkeys(cells["from_brand"]))
    k = len(names)
    behind = cells["customers"].to_numpy().reshape(k, k)[:, 0]
    kinds = list(dict.fromkeys(buyers["buyers"])) if buyers is not None else []
    wide, high = max(7.8, 1.35 * k + 2.6), max(3.4, 0.92 * k + 1.5)
    low = max(2.4, 0.42 * k + 1.2) if kinds else 0.0
    figure = plt.figure(figsize=(wide, high + low))
    grid = figure.add_gridspec(2 if kinds else 1, max(len(kinds), 1), height_ratios=[high, low] if kinds else [1])
    axis = figure.add_subplot(grid[0, :])
    large = k > 6  # a wide picture is shown smaller
    _heat(axis, cells, names, (19, 12) if large else (17, 11))
    _crossed(axis, names, 14 if large else 11, 72 * (wide - 1.5) / k)
    rows = [
        words.sentence("{brand}\n{n} customers", brand=drawn(n), n=(int(c), "count"))
        for n, c in zip(names, behind, strict=True)
    ]
    axis.set_yticks(np.arange(k) + 0.5, rows, fontsize=12 if large else 10)
    axis.set(xlabel=words.tr("bought next"), ylabel=words.tr("bought last"))
    axis.set_title(words.tr("Brand switching matrix: what buyers of each brand buy next"), pad=14)
    for place, kind in enumerate(kinds):
        part = figure.add_subplot(grid[1, place])
        _heat(part, buyers[buyers["buyers"] == kind], names, (13 if large else 11, 0))
        _crossed(part, names, 9 if large else 8, 72 * (wide - 1.7) / (2 * k))
        part.set_yticks(np.arange(k) + 0.5, [drawn(n) for n in names] if place == 0 else [""] * k, fontsize=9)
        part.set_title(words.tr(kind), pad=8, fontsize=11)
    kept = np.diag(cells["probability"].to_numpy(dtype=float).reshape(k, k))
    alt = words.sentence(
        "Heatmap of the brand switching matrix, {n} by {n} states. The most repeated is {brand}: {kept} of its buyers buy it "
        "again next.",
        n=(k, "count"), brand=state_name(names[int(kept.argmax())]), kept=(float(kept.max()), "share"),
    )  # fmt: skip
    note = (
        "Large: probability; small: 95 % interval, with the customer as the unit. Each row adds up to 100 %. Below: those who "
        "made up to as many steps as the median buyer, and those who made more."
        if kinds
        else "Large: probability; small: 95 % interval, with the customer as the unit. Each row adds up to 100 %."
    )
    return finish(figure, alt, words.tr(note))


def _heat(axis, cells, names, sizes):
    """The cells as coloured squares with their figures; ``sizes`` of the probability and its interval (0: none)."""
    k = len(names)
    grids = {c: cells[c].to_numpy(dtype=float).reshape(k, k) for c in ("probability", "low", "high")}
    image = axis.pcolormesh(grids["probability"], cmap=SEQUENTIAL, vmin=0, vmax=1, edgecolors="white", linewidth=2)
    for (row, column), value in np.ndenumerate(grids["probability"]):
        style = {"ha": "center", "va": "center", "color": "black" if image.norm(value) > BLACK_FROM else "white"}
        weight = "bold" if row == column else "normal"
        text = numbers.text(value, "share", decimals=0)
        axis.text(column + 0.5, row + (0.42 if sizes[1] else 0.5), text, fontsize=sizes[0], fontweight=weight, **style)
        ends = [grids[end][row, column] for end in ("low", "high")]
        if sizes[1] and not np.isnan(ends).any():
            between = words.sentence(
                "{low}–{high}", low=f"{100 * ends[0]:.0f}", high=numbers.text(ends[1], "share", decimals=0)
            )
            axis.text(column + 0.5, row + 0.76, between, fontsize=sizes[1], **style)


def _crossed(axis, names, size, room):
    """Brands above and no frame, the first row on top; names wider than ``room`` (points per column) are turned."""
    axis.invert_yaxis()
    axis.grid(visible=False)
    axis.xaxis.tick_top()
    axis.xaxis.set_label_position("top")
    crowded = 0.62 * size * max(len(line) for n in names for line in drawn(n).split("\n")) > room
    turned = {"rotation": 30, "ha": "left"} if crowded else {}
    axis.set_xticks(np.arange(len(names)) + 0.5, [drawn(n) for n in names], fontsize=size, **turned)
    axis.tick_params(length=0)
    for side in axis.spines.values():
        side.set_visible(False)


def brand_flows(cells):
    """Who goes where: ribbons from the brand bought last (left) to the brand bought next (right), as wide as the steps.

    ``cells``: ``from_brand``, ``to_brand``, ``steps``.
    """
    names = list(dict.fromkeys(cells["from_brand"]))
    k, paint = len(names), colours(names)
    steps = cells["steps"].to_numpy(dtype=float).reshape(k, k)
    share = steps / steps.sum()
    gap = 0.03
    left = np.r_[0, np.cumsum(share.sum(axis=1) + gap)[:-1]]
    right = np.r_[0, np.cumsum(share.sum(axis=0) + gap)[:-1]]
    figure, axis = plt.subplots(figsize=(8, max(4.2, 0.55 * k + 2.2)))
    out, into, longest = left.copy(), right.copy(), 0
    x = np.linspace(0, 1, 60)
    bend = x * x * (3 - 2 * x)
    for row in range(k):
        for column in range(k):
            width = share[row, column]
            low = out[row] + (into[column] - out[row]) * bend
            axis.fill_between(
                x, low, low + width, color=paint[names[row]], alpha=0.85 if row == column else 0.4, linewidth=0
            )
            out[row] += width
            into[column] += width
    for side, starts, axis_sum in ((0.0, left, 1), (1.0, right, 0)):
        for i, name in enumerate(names):
            width = share.sum(axis=axis_sum)[i]
            axis.fill_betweenx([starts[i], starts[i] + width], side - 0.02, side + 0.02, color=paint[name], linewidth=0)
            label = words.sentence("{brand}  {share}", brand=drawn(name), share=(width, "share"))
            place = {"ha": "right" if side == 0 else "left", "va": "center", "fontsize": 11}
            text = axis.text(side + (-0.04 if side == 0 else 0.04), starts[i] + width / 2, label, **place)
            text.set_in_layout(False)  # the room beside the ribbons is for it
            longest = max(longest, *map(len, label.split("\n")))
    axis.invert_yaxis()
    part = 0.012 * longest  # of the picture's width
    room = max(0.42, (part + 0.04) / (1 - 2 * part))
    axis.set(xlim=(-room, 1 + room))
    axis.axis("off")
    axis.set_title(words.tr("Flows between brands: from the last purchase to the next, share of all steps"))
    moved = share - np.diag(np.diag(share))
    row, column = np.unravel_index(moved.argmax(), moved.shape)
    alt = words.sentence(
        "Flow diagram: {stay} of all steps stay with the brand. The largest switch is from {a} to {b}, {share} of all steps.",
        stay=(float(np.trace(share)), "share"), a=state_name(names[row]), b=state_name(names[column]),
        share=(float(moved[row, column]), "share"),
    )  # fmt: skip
    note = words.tr(
        "Dark ribbons buy the same brand again, pale ones switch; left and right bars are shares of all steps."
    )
    return finish(figure, alt, note)


def share_paths(shares, names, steady, unit="purchases from now"):
    """Shares of the states from today on, step by step, with the steady state they tend to.

    ``shares``: steps x states (0-1), the first row is today; ``steady``: the shares in the end, or None where they
    depend on the start.
    """
    paint, k = colours(names), len(names)
    figure, axis = plt.subplots(figsize=(8, 4.4))
    last = len(shares) - 1
    for i, name in enumerate(names):
        axis.plot(range(last + 1), shares[:, i], color=paint[name], linewidth=2.6, marker="o", markersize=4)
        if steady is not None:
            axis.plot([0, last], [steady[i]] * 2, color=paint[name], linewidth=1, linestyle=":")
    lines = max(drawn(name).count("\n") + 1 for name in names)
    ends = _apart(shares[-1], 0.055 * lines * max(shares.max() * 1.12, 0.2))
    for i, name in enumerate(names):
        label = words.sentence("{brand} {share}", brand=drawn(name), share=(shares[-1, i], "share"))
        axis.annotate(
            label, (last, shares[-1, i]), (last * 1.03 + 0.1, ends[i]), color="black", fontsize=11, va="center",
            annotation_clip=False, arrowprops={"arrowstyle": "-", "color": paint[name], "linewidth": 1.4},
        )  # fmt: skip
    axis.set(xlim=(0, last), ylim=(0, max(shares.max() * 1.12, 0.2)))
    axis.set_xticks(range(0, last + 1, max(1, last // 8)))
    axis_numbers(axis.yaxis, "share")
    axis.set_xlabel(words.tr(unit))
    axis.set_ylabel(words.tr("Share of customers"))
    axis.set_title(words.tr("Where shares go if nothing changes"))
    figure.get_layout_engine().set(rect=(0, 0, 0.82, 1))
    change = shares[-1] - shares[0]
    most = int(np.abs(change).argmax())
    alt = words.sentence(
        "Lines of the shares of {k} states over {n} steps. The largest change is that of {brand}, from {first} to {last}.",
        k=(k, "count"), n=(last, "count"), brand=state_name(names[most]),
        first=(shares[0, most], "share"), last=(shares[-1, most], "share"),
    )  # fmt: skip
    return finish(figure, alt, words.tr("Dotted: the steady state, to which the shares tend whatever they are today."))


def _apart(values, least):
    """Places for labels near ``values``, no two closer than ``least``, in the same order."""
    order, places = np.argsort(values), np.array(values, dtype=float)
    for _ in range(200):
        moved = False
        for a, b in zip(order[:-1], order[1:], strict=True):
            short = least - (places[b] - places[a])
            if short > 1e-9:
                places[a], places[b] = places[a] - short / 2, places[b] + short / 2
                moved = True
        if not moved:
            break
    low = places.min()
    return places - min(low, 0.0)


def sensitivity(gains, names, brand, currency=""):
    """What one point more in each cell of the matrix is worth to one brand, as a heatmap around nothing.

    ``gains``: square, money per point (missing where a cell is full); rows are the brand bought last.
    """
    k, top = len(names), np.nanmax(np.abs(gains))
    wide = max(6.5, 1.25 * k + 3)
    figure, axis = plt.subplots(figsize=(wide, max(3.2, 0.72 * k + 1.6)))
    image = axis.pcolormesh(gains, cmap="PuOr_r", vmin=-top, vmax=top, edgecolors="white", linewidth=2)
    for (row, column), value in np.ndenumerate(gains):
        if not np.isnan(value):
            axis.text(
                column + 0.5, row + 0.5, _signed(value), ha="center", va="center", fontsize=10 if k > 6 else 13,
                color="white" if abs(value) > 0.65 * top else "black",
                fontweight="bold" if names[column] == brand else "normal",
            )  # fmt: skip
    _crossed(axis, names, 11, 72 * (wide - 3) / k)
    axis.set_yticks(np.arange(k) + 0.5, [drawn(n) for n in names], fontsize=11)
    axis.set(xlabel=words.tr("one point more buy this next"), ylabel=words.tr("of those who bought this last"))
    axis.set_title(words.sentence("What one point is worth to {brand}", brand=fitted(state_name(brand), 40)), pad=14)
    bar = figure.colorbar(image, ax=axis, pad=0.03, label=unit_label("Customer equity per point", "money", currency))
    bar.outline.set_visible(False)
    axis_numbers(bar.ax.yaxis, "money")
    row, column = np.unravel_index(np.nanargmax(gains), gains.shape)
    alt = words.sentence(
        "Heatmap of the change of equity of {brand} per point of probability. The most is gained where buyers of {a} buy {b} "
        "next: {gain}.",
        currency, brand=state_name(brand), a=state_name(names[row]), b=state_name(names[column]), gain=(float(gains[row, column]), "money"),
    )  # fmt: skip
    note = words.tr(
        "One point is 1 % more of the row's buyers; the rest of the row gives it up in proportion. This is the slope today; the table of levers makes the whole move."
    )
    return finish(figure, alt, note)


def _signed(value):
    text = numbers.text(abs(value), "number", decimals=0 if abs(value) >= 10 else 1)
    return f"+{text}" if value > 0 else f"−{text}" if value < 0 else text
