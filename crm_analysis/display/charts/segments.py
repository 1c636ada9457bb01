"""Charts of value segments: how many there are, and what sets each apart."""

import matplotlib.pyplot as plt
import numpy as np

from crm_analysis.display import numbers, words
from crm_analysis.display.charts.base import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, SKY, finish

_INDICES = (
    ("silhouette", "Silhouette", "High is good"),
    ("calinski_harabasz", "Calinski-Harabasz", "High is good"),
    ("davies_bouldin", "Davies-Bouldin", "Low is good"),
    ("gap", "Gap", "The first peak counts"),
    ("stability", "Stability", "The same when resampled: 1"),
)
_LINES = (BLUE, ORANGE, GREEN, RED, PURPLE, SKY, GREY, "#000000", "#9a6a00", "#004f3a")
_MARKS = "osD^vPX*<>"


def segment_choice(indices, k, title="How many segments the data hold"):
    """Each index over the number of segments, with the number chosen marked.

    ``indices``: the table of ``segments_choice``; ``k``: the number chosen.
    """
    figure, axes = plt.subplots(1, len(_INDICES), figsize=(10.5, 2.7), sharex=True)
    for axis, (column, name, sense) in zip(axes, _INDICES, strict=True):
        axis.plot(indices["k"], indices[column], color=BLUE, marker="o", markersize=3.5, linewidth=1.4)
        chosen = indices.loc[indices["k"] == k, column]
        axis.plot([k], chosen, marker="o", markersize=8, color=ORANGE, zorder=3)
        axis.set_title(words.tr(name), fontsize=9, pad=14)
        axis.text(0, 1.03, words.tr(sense), transform=axis.transAxes, fontsize=7.5, color=GREY)
        axis.set_xticks(list(indices["k"])[:: 1 if len(indices) < 6 else 2])
        axis.tick_params(labelsize=8)
        axis.margins(y=0.15)
    figure.supxlabel(words.tr("Number of segments"), fontsize=9)
    figure.suptitle(words.tr(title), x=0.01, ha="left", fontweight="bold", fontsize=12)
    row = indices.set_index("k").loc[k]
    alt = words.sentence(
        "{title}: five indices for {low} to {high} segments. Chosen: {k}, with a mean silhouette of {silhouette} and a "
        "stability of {stability}.",
        title=words.tr(title),
        low=(indices["k"].min(), "count"),
        high=(indices["k"].max(), "count"),
        k=(k, "count"),
        silhouette=(float(row["silhouette"]), "number"),
        stability=(float(row["stability"]), "number"),
    )
    return finish(figure, alt, "Orange: the number chosen.")


def snake(lines, title="What sets the segments apart"):
    """The snake plot: each segment's mean of each feature, in standard deviations from the mean of all customers.

    ``lines``: one row per segment (its name the index), one column per feature.
    """
    figure, axis = plt.subplots(figsize=(8, 0.25 * len(lines) + 3.4))
    at = np.arange(len(lines.columns))
    for (name, row), colour, mark in zip(lines.iterrows(), _LINES, _MARKS, strict=False):
        axis.plot(at, row, color=colour, marker=mark, linewidth=1.8, label=numbers.text(name, "term"))
    axis.axhline(0, color=GREY, linewidth=1, linestyle="--")
    axis.set_xticks(at, [words.label(column) for column in lines.columns])
    axis.set_ylabel(words.tr("Standard deviations from the mean"))
    axis.set_title(words.tr(title))
    axis.margins(x=0.05)
    axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=2, fontsize=8.5)
    figures = lines.to_numpy()
    segment, feature = np.unravel_index(np.abs(figures).argmax(), figures.shape)
    alt = words.sentence(
        "{title}: a line per segment over {n} features. The farthest from the mean is {segment} in {feature}, by {z} standard "
        "deviations.",
        title=words.tr(title),
        n=(len(lines.columns), "count"),
        segment=(lines.index[segment], "term"),
        feature=words.label(lines.columns[feature]),
        z=(float(figures[segment, feature]), "number"),
    )
    return finish(figure, alt, "Dashed: the mean of all customers.")
