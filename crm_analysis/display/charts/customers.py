"""Charts of the customer base: months, concentration, cohorts."""

import matplotlib.pyplot as plt

from crm_analysis.display import disclosure, numbers, words
from crm_analysis.display.charts.base import (
    BLUE,
    GREY,
    ORANGE,
    SEQUENTIAL,
    SKY,
    axis_numbers,
    finish,
    unit_label,
)  # fmt: skip


def months(table, currency=""):
    """Revenue, and new and returning customers, month by month; months not yet over are drawn pale.

    ``table``: columns ``month``, ``revenue``, ``new_customers``, ``returning_customers``, ``complete``.
    """
    figure, (top, bottom) = plt.subplots(2, 1, figsize=(8, 5.4), sharex=True)
    at = range(len(table))
    legend = {"new_customers": words.tr("new customers"), "returning_customers": words.tr("returning customers")}
    pale = [1.0 if done else 0.45 for done in table["complete"]]
    for axis, parts in (
        (top, [("revenue", BLUE)]),
        (bottom, [("returning_customers", BLUE), ("new_customers", ORANGE)]),
    ):
        floor = table["revenue"] * 0
        for column, colour in parts:
            bars = axis.bar(at, table[column], bottom=floor, color=colour, width=0.8, label=legend.get(column))
            floor = floor + table[column]
            for bar, alpha in zip(bars, pale, strict=True):
                bar.set_alpha(alpha)
    top.set_title(words.tr("Revenue per month"))
    top.set_ylabel(unit_label(words.tr("Revenue"), "money", currency))
    bottom.set_title(words.tr("Customers who bought in the month"))
    bottom.set_ylabel(words.tr("Customers"))
    bottom.legend(loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0, ncols=2)
    for axis, kind in ((top, "money"), (bottom, "count")):
        axis_numbers(axis.yaxis, kind)
        axis.grid(visible=False, axis="x")
    step = -(-len(table) // 9)
    bottom.set_xticks(list(at)[::step], [numbers.text(m, "month") for m in table["month"]][::step])
    whole = table[table["complete"]]
    best = (whole if len(whole) else table).sort_values("revenue").iloc[-1]
    alt = words.sentence(
        "Bars of monthly revenue and of new and returning customers from {first} to {last}. The best month was {best} with "
        "{revenue}.",
        currency,
        first=(table["month"].iloc[0], "month_name"),
        last=(table["month"].iloc[-1], "month_name"),
        best=(best["month"], "month_name"),
        revenue=(best["revenue"], "money"),
    )
    return finish(figure, alt, words.tr("Revenue is net of returns. Pale bars: months not wholly in the data."))


def lorenz(table, gini):
    """The Lorenz curve with the line of equality. ``table``: ``customer_share``, ``value_share`` (0-1)."""
    figure, axis = plt.subplots(figsize=(5.4, 4.8))
    axis.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label=words.tr("all customers equal"))
    axis.plot(
        table["customer_share"], table["value_share"], color=BLUE, linewidth=2.2, label=words.tr("this customer base")
    )
    axis.fill_between(table["customer_share"], table["value_share"], table["customer_share"], color=SKY, alpha=0.25)
    axis.set(xlim=(0, 1), xlabel=words.tr("Share of customers, smallest first"), ylabel=words.tr("Share of revenue"))
    axis.set_title(words.tr("How unevenly revenue is spread (Lorenz curve)"))
    for side in (axis.xaxis, axis.yaxis):
        axis_numbers(side, "share")
    axis.legend(loc="upper left")
    half = table.loc[(table["customer_share"] - 0.5).abs().idxmin()]
    alt = words.sentence(
        "Lorenz curve: the smaller {customers} of the customers bring {value} of the revenue. Gini coefficient {gini}.",
        customers=numbers.text(half["customer_share"], "share", decimals=0),
        value=(half["value_share"], "share"),
        gini=f"{gini:.2f}",
    )
    caption = words.sentence(
        "Gini coefficient {gini}; 0 would mean that all customers bring the same.", gini=f"{gini:.2f}"
    )
    return finish(figure, alt, caption)


def cohorts(table):
    """Retention by cohort and age as a heatmap; what is not yet observed stays blank.

    ``table``: index ``cohort``, column ``customers``, then ages in months with shares (0-1).
    """
    hidden = disclosure.small(table)
    ages = table.drop(columns=["customers", 0]).dropna(axis="columns", how="all")
    ages.loc[hidden] = float("nan")
    figure, axis = plt.subplots(figsize=(8, max(2.2, 0.24 * len(ages) + 1.2)))
    seen = ages.max().max() if ages.notna().any(axis=None) else 1.0
    image = axis.pcolormesh(
        ages.to_numpy(dtype=float), cmap=SEQUENTIAL, vmin=0, vmax=min(1.0, seen), edgecolors="white"
    )
    axis.set_facecolor("white")
    axis.invert_yaxis()
    axis.grid(visible=False)
    axis.set_yticks([i + 0.5 for i in range(len(ages))])
    axis.set_yticklabels(
        [
            words.sentence("{month}  ({n})", month=(c, "month"), n=disclosure.MARK if h else numbers.text(n, "count"))
            for c, n, h in zip(table.index, table["customers"], hidden, strict=True)
        ],
        fontsize=8,
    )
    step = max(1, len(ages.columns) // 12)
    axis.set_xticks([i + 0.5 for i in range(0, len(ages.columns), step)])
    axis.set_xticklabels([str(a) for a in ages.columns[::step]])
    axis.set(xlabel=words.tr("Months since the first order"), ylabel=words.tr("Month of first order (customers)"))
    axis.set_title(words.tr("Share of each cohort that bought again, by age"))
    bar = figure.colorbar(image, ax=axis, pad=0.02)
    axis_numbers(bar.ax.yaxis, "share")
    bar.outline.set_visible(False)
    weights = table["customers"]
    first = ages.get(1)
    early = (
        (first * weights).sum() / weights[first.notna()].sum() if first is not None and first.notna().any() else None
    )
    cohort_count = (len(ages), "count")
    if early is None:
        alt = words.sentence("Heatmap of {n} monthly cohorts by months since the first order.", n=cohort_count)
    else:
        alt = words.sentence(
            "Heatmap of {n} monthly cohorts by months since the first order. In the first month after their first order "
            "{early} of the customers bought again.",
            n=cohort_count,
            early=(early, "share"),
        )
    blank = words.tr("Blank: not yet observed, or no customer was won in that month.")
    return finish(figure, alt, words.run([blank, disclosure.note() if hidden.any() else ""]))
