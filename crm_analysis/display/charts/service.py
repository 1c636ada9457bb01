"""Charts of service: how long cases wait for each step, open cases included, and what customers complain about."""

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


def reasons(table, most=10):
    """What customers complain about, the most frequent first, with the share cumulated (Pareto).

    ``table``: that of ``complaints.reasons``: ``kind``, ``case_share``, ``cumulative_share``, ``valid_share``, ``in_time_share``,
    ``recurred_share``. Kinds beyond ``most`` are told in the note.
    """
    shown, rest = table.head(most), len(table) - most
    rows = np.arange(len(shown))
    figure, axis = plt.subplots(figsize=(8, 0.46 * len(shown) + 2))
    axis.barh(rows, shown["case_share"], height=0.7, color=BLUE, label=words.tr("Share of cases"))
    for row, share in zip(rows, shown["case_share"], strict=True):
        inside = share > 0.15  # beside a wide bar begins the line
        place = {"x": share + (-0.02 if inside else 0.01), "ha": "right" if inside else "left"}
        colour = "white" if inside else "black"
        axis.text(y=row, s=numbers.text(share, "share", decimals=0), va="center", fontsize=8, color=colour, **place)
    axis.plot(shown["cumulative_share"], rows, color=ORANGE, marker="o", markersize=5, label=words.tr("Cumulated"))
    columns = {
        "valid_share": "Found justified",
        "in_time_share": "Result in time",
        "recurred_share": "Complained again",
    }
    for at, (column, name) in enumerate(columns.items()):
        place = {"x": 1.14 + 0.2 * at, "ha": "center", "fontsize": 8}
        axis.text(y=-0.6, s="\n".join(words.tr(name).rsplit(" ", 1)), va="bottom", **place)
        for row, value in zip(rows, shown[column], strict=True):
            axis.text(y=row, s=numbers.text(value, "share", decimals=0), va="center", **place)
    axis.set_yticks(rows, [_short(kind) for kind in shown["kind"]])
    axis.set(xlim=(0, 1.64), ylim=(len(shown) - 0.5, -0.6))
    axis_numbers(axis.xaxis, "share")
    axis.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1])
    axis.spines["bottom"].set_bounds(0, 1)
    axis.grid(visible=False, axis="y")
    axis.tick_params(axis="y", length=0)
    axis.set_xlabel(words.tr("Share of the complaints"), loc="left")
    axis.set_title(words.tr("What customers complain about, the most frequent first"), pad=30)
    axis.legend(loc="upper center", bbox_to_anchor=(0.31, -0.6 / (0.46 * len(shown))), ncols=2)
    first = {"kind": shown["kind"].iloc[0], "share": (shown["case_share"].iloc[0], "share"), "n": (len(table), "count")}
    alt = words.sentence("Bars of {n} kinds of complaints. The most frequent is {kind} with {share}.", **first)
    note = words.tr("Line: the share of all complaints that the kinds down to this one make up.")
    left = {"n": (rest, "count"), "share": (table["case_share"].iloc[most:].sum(), "share")}
    more = words.sentence("{n} rarer kinds, {share} of the complaints, are not drawn.", **left) if rest > 0 else ""
    return finish(figure, alt, words.run([note, more]))


def _short(name, most=32):
    """A name that leaves room for the bars; what customers or shops typed may be long."""
    return name if len(name) <= most else name[: most - 1] + "…"
