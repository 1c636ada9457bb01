"""Charts of value: what a customer is worth to each brand and whence its equity comes; purchases foretold and made."""

import matplotlib.pyplot as plt
import numpy as np

from crm_analysis.display import numbers, words
from crm_analysis.display.charts.base import BLUE, GREY, axis_numbers, finish, unit_label
from crm_analysis.display.charts.switching import colours, drawn, state_name


def brand_values(table, split, currency=""):
    """Left: value of a customer to each brand with its interval; right: whose customers the equity comes from.

    ``table``: ``brand``, ``clv``, ``clv_low``, ``clv_high``, ``equity_share``; ``split``: ``brand``, ``from_brand``,
    ``part`` (0-1), ``kind``. States without any value (the lapsed one) are left out.
    """
    names = list(table["brand"])
    worth = table[table["clv"] != 0]
    at = np.arange(len(worth))
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.4, max(3.2, 0.62 * len(worth) + 1.9)), sharey=True)
    ends = np.abs(worth[["clv_low", "clv_high"]].to_numpy(dtype=float).T - worth["clv"].to_numpy())
    paint = colours(names)
    left.barh(at, worth["clv"], color=[paint[n] for n in worth["brand"]], height=0.66)
    left.errorbar(worth["clv"], at, xerr=np.nan_to_num(ends), fmt="none", ecolor="black", elinewidth=1.8, capsize=5)
    far = np.nanmax(np.r_[worth["clv_high"], worth["clv"]])
    for y, row in zip(at, worth.itertuples(), strict=True):
        edge = np.nanmax([row.clv_high, row.clv])
        left.text(edge + 0.03 * far, y, numbers.text(row.clv, "money"), va="center", fontsize=12, fontweight="bold")
    left.set(xlim=(min(0, np.nanmin(worth["clv"])), far * 1.28))
    left.set_yticks(at, [drawn(n) for n in worth["brand"]], fontsize=12)
    left.set_xlabel(unit_label("Value per customer", "money", currency))
    left.set_title(words.tr("What a customer is worth"))
    _parts(right, worth, split, names, paint)
    for axis in (left, right):
        axis.grid(visible=False, axis="y")
        axis.tick_params(axis="y", length=0)
    axis_numbers(left.xaxis, "money")
    left.invert_yaxis()
    best = worth.loc[worth["clv"].idxmax()]
    alt = words.sentence(
        "Bars of the lifetime value of an average customer of the category to {n} brands, with 95 % intervals. The largest is "
        "that to {brand}: {clv} ({low} to {high}), {share} of all customer equity.",
        currency, n=(len(worth), "count"), brand=state_name(best["brand"]), clv=(best["clv"], "money"),
        low=(best["clv_low"], "money"), high=(best["clv_high"], "money"), share=(best["equity_share"], "share"),
    )  # fmt: skip
    note = words.tr(
        "Lines: 95 % intervals. Right: hatched is kept from own customers, plain is won from those of the rivals."
    )
    return finish(figure, alt, note)


def _parts(axis, worth, split, names, paint):
    """Each brand's equity by the brand its customers bought last, as one bar of 100 %."""
    for y, brand in enumerate(worth["brand"]):
        rows, at = split[split["brand"] == brand].set_index("from_brand")["part"], 0.0
        for source in [brand, *(n for n in names if n != brand)]:
            width = float(rows.get(source, 0.0))
            own = source == brand
            axis.barh(
                y, width, left=at, color=paint[source], height=0.66, edgecolor="white", linewidth=1,
                hatch="//" if own else None,
            )  # fmt: skip
            if own and width > 0.12:
                box = {"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": "none"}
                text = numbers.text(width, "share", decimals=0)
                axis.text(at + width / 2, y, text, ha="center", va="center", fontsize=11, bbox=box)
            at += width
    axis.set(xlim=(0, 1))
    axis_numbers(axis.xaxis, "share")
    axis.set_xlabel(words.tr("Share of the brand's equity"))
    axis.set_title(words.tr("Whose customers it comes from"))


def foretold(table, days):
    """Purchases expected and made in the days held out, by how often customers had bought again before.

    ``table``: ``repeat_purchases``, ``customers``, ``bought``, ``expected`` (per customer).
    """
    figure, axis = plt.subplots(figsize=(8, 3.8))
    at = np.arange(len(table))
    axis.bar(at - 0.2, table["bought"], width=0.38, color=GREY, label=words.tr("bought"))
    axis.bar(at + 0.2, table["expected"], width=0.38, color=BLUE, label=words.tr("expected by the model"))
    last = len(table) - 1
    labels = [
        words.sentence("{n} or more" if i == last else "{n}", n=(int(v), "count"))
        for i, v in enumerate(table["repeat_purchases"])
    ]
    axis.set_xticks(at, labels, fontsize=11)
    axis.grid(visible=False, axis="x")
    axis_numbers(axis.yaxis, "number")
    axis.set_xlabel(words.tr("Repeat purchases before the cut"))
    axis.set_ylabel(words.tr("Purchases per customer"))
    axis.set_title(words.sentence("Foretold and made: the {days} days held out", days=(days, "days")))
    axis.legend(loc="upper left")
    alt = words.sentence(
        "Pairs of bars by repeat purchases before the cut: purchases made and foretold per customer. Customers with none made "
        "{made}, {told} were foretold.",
        made=(table["bought"].iloc[0], "number"), told=(table["expected"].iloc[0], "number"),
    )  # fmt: skip
    return finish(
        figure, alt, words.tr("Only customers who had bought before the cut; the model saw nothing after it.")
    )
