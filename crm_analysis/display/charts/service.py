"""Charts of service: how long cases wait for each step, open cases included."""

import matplotlib.pyplot as plt
import numpy as np

from crm_analysis.display import numbers, words
from crm_analysis.display.charts.base import BLUE, GREEN, ORANGE, PURPLE, axis_numbers, finish

COLOURS = (BLUE, ORANGE, GREEN, PURPLE)


def waiting(curves, promises, days=15):
    """The share of cases in which each step has been taken, by days since opening; the promises are marked on the curves.

    ``curves``: ``step``, ``hours``, ``done_share`` with ``done_low`` and ``done_high``, of open cases too (Kaplan-Meier).
    ``promises``: ``step``, ``promised_hours``. Steps that the log never shows have no curve.
    """
    figure, axis = plt.subplots(figsize=(8, 4.6))
    at_promise = {}
    for (step, part), colour in zip(curves.groupby("step", sort=False), COLOURS, strict=False):
        seen = part[part["hours"] <= 24 * days]
        hours = np.append(seen["hours"].to_numpy() / 24, days)
        lines = {c: seen[c].to_numpy()[[*range(len(seen)), -1]] for c in ("done_share", "done_low", "done_high")}
        axis.step(
            hours,
            lines["done_share"],
            where="post",
            color=colour,
            linewidth=1.8,
            label=numbers.text(step, "term"),
        )
        axis.fill_between(
            hours, lines["done_low"], lines["done_high"], step="post", color=colour, alpha=0.15, linewidth=0
        )
        promised = promises.loc[promises["step"] == step, "promised_hours"].iloc[0]
        before = part[part["hours"] <= promised]
        done = float(before["done_share"].iloc[-1]) if len(before) else 0.0
        at_promise[step] = (promised, done)
        axis.plot([promised / 24], [done], marker="o", markersize=8, color=colour, markeredgecolor="white", zorder=4)
        axis.annotate(numbers.text(done, "share", decimals=0), (promised / 24, done), xytext=(-7, 6), ha="right", textcoords="offset points",
                      fontsize=9, color="#222222")  # fmt: skip
    axis.set(xlim=(0, days), ylim=(0, 1.02))
    axis_numbers(axis.yaxis, "share")
    axis.set_xlabel(words.tr("Days since the complaint arrived"))
    axis.set_ylabel(words.tr("Share of cases in which the step was taken"))
    axis.set_title(words.tr("How fast complaints move, open cases included"))
    axis.legend(loc="lower right")
    slowest = min(at_promise, key=lambda step: at_promise[step][1])
    hours, done = at_promise[slowest]
    alt = words.sentence(
        "Rising curves of the share of cases with each step taken, by days since opening. Least kept: {step}, taken in {share} "
        "of the cases within the promised {hours} hours.",
        step=(slowest, "term"), share=(done, "share"), hours=(hours, "count"),
    )  # fmt: skip
    return finish(figure, alt, words.tr("Dots: the promised time and the share done by then. Bands: 95 % intervals."))
