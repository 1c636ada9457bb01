"""Charts of loyalty: the map of attitude and patronage, and the net promoter score by group."""

import matplotlib.pyplot as plt
import numpy as np

from crm_analysis.display import numbers, words
from crm_analysis.display.charts.base import BLUE, GREEN, GREY, ORANGE, SKY, axis_numbers, finish

COLOURS = {"True loyalty": GREEN, "Latent loyalty": SKY, "Spurious loyalty": ORANGE, "No loyalty": GREY}
PARTS = (("Detractors", ORANGE), ("Passives", "#d9d9d9"), ("Promoters", BLUE))


def loyalty_map(types, summary, patronage="Orders in the window"):
    """Each respondent by attitude and patronage, the cuts drawn, the four types named with their share.

    ``types``: ``attitude``, ``patronage``, ``type`` and the cuts in ``attrs``; ``summary``: ``type``, ``customer_share``. Equal
    respondents are spread a little, by a fixed rule, so that they can be seen.
    """
    known = types.dropna(subset="type")
    figure, axis = plt.subplots(figsize=(8, 5.2))
    shift = (np.arange(len(known)) * 0.618034) % 1 - 0.5
    height = np.sqrt(known["patronage"].clip(lower=0).to_numpy(dtype=float))
    for name, colour in COLOURS.items():
        rows = (known["type"] == name).to_numpy()
        spread = {
            "x": known["attitude"].to_numpy()[rows] + 0.02 * shift[rows],
            "y": height[rows] + 0.12 * shift[::-1][rows],
        }
        axis.scatter(spread["x"], spread["y"], s=20, color=colour, alpha=0.75, linewidths=0)
    at, bought = types.attrs["cuts"]
    line = np.sqrt(max(0.0, bought)) - 0.09
    axis.axvline(at, color="#444444", linewidth=1)
    axis.axhline(line, color="#444444", linewidth=1)
    top = max(height.max(initial=1) * 1.14, line + 0.8)
    axis.set(xlim=(-1.05, 1.05), ylim=(-0.55, top))
    shares = summary.set_index("type")["customer_share"]
    for name, x, y, side in (("Spurious loyalty", -1.02, top, "left"), ("True loyalty", 1.02, top, "right"), ("No loyalty", -1.02, -0.5, "left"),
                             ("Latent loyalty", 1.02, -0.5, "right")):  # fmt: skip
        label = words.sentence("{type}: {share}", type=(name, "term"), share=(shares[name], "share"))
        axis.text(x, y, label, ha=side, va="top" if y == top else "bottom", fontweight="bold", fontsize=10)
    ticks = _counts(known["patronage"].max())
    axis.set_yticks([np.sqrt(t) for t in ticks], [numbers.text(t, "count") for t in ticks])
    axis.set_xlabel(words.tr("Liking of us less liking of the best rival (-1 to 1)"))
    axis.set_ylabel(words.tr(patronage))
    axis.set_title(words.tr("Four types of loyalty: what customers think and what they do"))
    largest = summary.sort_values("customers").iloc[-1]
    alt = words.sentence(
        "Map of {n} respondents by relative attitude and by what they buy. The largest type is {type} with {share}.",
        n=(len(known), "count"), type=(largest["type"], "term"), share=(largest["customer_share"], "share"),
    )  # fmt: skip
    note = words.tr(
        "Lines: the cuts between low and high. The height grows with the square root, so that few orders are told apart."
    )
    return finish(figure, alt, note)


def nps(table, title="Who would recommend us, by segment and tier"):
    """Detractors, passives and promoters side by side, with the score and the number of answers behind each bar.

    ``table``: that of ``word_of_mouth.nps_by``: ``by``, ``group``, ``n``, ``promoters``, ``passives``, ``detractors``, ``nps``,
    ``nps_low``, ``nps_high``. A line parts the groupings; groups whose figures are withheld are named without a bar.
    """
    figure, axis = plt.subplots(figsize=(8, 0.46 * len(table) + 1.7))
    rows = np.arange(len(table))
    left = np.zeros(len(table))
    for name, colour in PARTS:
        share = (table[name.lower()] / table["n"]).fillna(0.0).to_numpy()
        axis.barh(rows, share, left=left, height=0.72, color=colour, label=words.tr(name))
        for row, (begin, width) in enumerate(zip(left, share, strict=True)):
            if width >= 0.08:
                figures = {
                    "ha": "center",
                    "va": "center",
                    "fontsize": 8,
                    "color": "white" if colour == BLUE else "black",
                }
                axis.text(begin + width / 2, row, numbers.text(width, "share", decimals=0), **figures)
        left += share
    for row in np.flatnonzero((table["by"] != table["by"].shift())[1:]):
        axis.axhline(row + 0.5, color="#888888", linewidth=0.8)
    for row, line in enumerate(table.itertuples()):
        axis.text(1.02, row, _score(line), va="center", fontsize=8.5)
    axis.set_yticks(rows, [numbers.text(g, "term") for g in table["group"]])
    axis.invert_yaxis()
    axis.set(xlim=(0, 1.0))
    axis.grid(visible=False)
    axis.tick_params(axis="y", length=0)
    axis_numbers(axis.xaxis, "share")
    axis.set_xlabel(words.tr("Share of the answers"))
    axis.set_title(words.tr(title))
    axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.6 / (0.46 * len(table))), ncols=3)
    everybody = table.iloc[0]
    alt = words.sentence(
        "Stacked bars of detractors, passives and promoters by group. Of all {n} answers the net promoter score is {nps}.",
        n=(everybody["n"], "count"), nps=numbers.text(everybody["nps"], "number", decimals=0),
    )  # fmt: skip
    note = words.tr("Right: net promoter score in points with its 95 % interval, and the number of answers.")
    return finish(figure, alt, note)


def _score(line):
    if numbers.is_missing(line.nps):
        return words.tr("withheld")
    ends = [numbers.text(v, "number", decimals=0) for v in (line.nps, line.nps_low, line.nps_high)]
    return words.sentence(
        "{nps} ({low} to {high}), n = {n}", nps=ends[0], low=ends[1], high=ends[2], n=(line.n, "count")
    )


def _counts(highest):
    """Ticks of a square-root axis of counts: 0, 1, 2, 5, 10, 20 …"""
    steps = [0, *(base * 10**power for power in range(7) for base in (1, 2, 5))]
    return [s for s in steps if s <= max(highest, 1)]
