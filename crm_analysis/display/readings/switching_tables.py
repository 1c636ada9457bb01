"""What stands in the tables of brand switching: checks with what was found, levers, and what the purchases are."""

import math

import pandas as pd

from crm_analysis.display import numbers, ranges
from crm_analysis.display.charts.switching import state_name
from crm_analysis.display.words import sentence, tr

SILENT = ("Lapsed", "Nothing bought")  # the states of silence


def switching_data(kind, category):
    """The caption of the table of brands: what the purchases are, and of which category."""
    if kind == "panel":
        return sentence("Brands of the panel in the category {category}: rivals are seen", category=category)
    if kind == "retailer":
        return sentence("Brands in the category {category}, in one retailer's own log", category=category)
    if kind == "survey":
        return tr("Brands named in the survey, as bought last or meant next: rivals are seen, purchases are not")
    if kind == "categories":
        return tr("No rivals are seen: the categories of one company's own log stand in the place of brands")
    return tr("No rivals are seen: one company's own log, bought from us or not")


def trust(checks):
    """The checks for people: a pandas frame with ``check``, ``found`` and ``verdict`` in the reader's language.

    ``checks``: ``check``, ``verdict``, ``value``, ``other``, ``p_value``, ``name``, ``name_to``.
    """
    rows = [
        (tr(row.check), _finding(row), numbers.MISSING if numbers.is_missing(row.verdict) else tr(row.verdict))
        for row in checks.itertuples()
    ]
    return pd.DataFrame(rows, columns=["check", "found", "verdict"])


def _finding(row):
    if numbers.is_missing(row.verdict):
        return tr("cannot be told from this data")
    p = "< 0.001" if row.p_value < 0.001 else f"= {row.p_value:.3f}"
    told = {
        "enough customers": (
            "the thinnest row, {name}, stands on as much as {value} equal customers",
            {"name": state_name(row.name), "value": _whole(row.value)},
        ),
        "the last brand matters": (
            "BIC falls by {value} when the last brand is known (p {p}, purchases as independent)"
            if row.value > 0
            else "knowing the last brand does not pay: BIC rises by {value} (p {p}, purchases as independent)",
            {"value": _whole(row.value), "p": p},
        ),
        "one purchase back is enough": (
            "the brand before last adds to it: BIC falls by {value} more"
            if row.value > 0
            else "the brand before last adds nothing: BIC rises by {value}",
            {"value": _whole(row.value)},
        ),
        "inertia, not only different people": (
            "{other} of the steps repeat the brand; {value} of that above chance is people who differ (inertia beyond it: p {p})",
            {"other": (row.other, "share"), "value": (row.value, "share"), "p": p},
        ),
        "the matrix lasts": (
            "first against second half of the time: p {p}; most apart {a} to {b}, by {value} points",
            {"p": p, "a": state_name(row.name), "b": state_name(row.name_to), "value": f"{100 * abs(row.value):.0f}"},
        ),
        "light and heavy buyers alike": (
            "light against heavy buyers: p {p}; most apart {a} to {b}, by {value} points",
            {"p": p, "a": state_name(row.name), "b": state_name(row.name_to), "value": f"{100 * abs(row.value):.0f}"},
        ),
        "no trap in the chain": (
            "every state can be reached from every other" if not row.name else "{finding}: {states}",
            {"finding": (row.name, "term"), "states": row.name_to},
        ),
        "it foretells": (
            "{other} of the next purchases named right; the best rule is: {rule}",
            {"other": (row.other, "share"), "rule": (row.name, "term")},
        ),
    }  # fmt: skip
    template, values = told[row.check]
    return sentence(template, **values)


def _whole(value):
    return numbers.text(abs(value), "number", decimals=0)


def levers(table, actions, brand, currency=""):
    """What can be done, the most rewarding first: a pandas frame with ``lever``, ``now``, ``customers``, ``gain``,
    ``gain_interval``; one row per brand bought last, and one per driver that could be learned.

    ``table``: that of ``whatif.table``; ``actions``: that of ``drivers.actions``.
    """
    rows = []
    for row in table.itertuples():
        rows.append(
            (
                _lever(row),
                row.probability,
                row.customers,
                row.gain,
                row.low,
                row.high,
            )
        )
    for row in actions.itertuples():
        text = (
            "Price of {brand} lower by {step}"
            if row.action == "price"
            else "{brand} on promotion {step} more of the time"
        )
        told = sentence(text, brand=state_name(brand), step=(abs(row.step), "part"))
        rows.append((told, math.nan, math.nan, row.gain, row.gain_low, row.gain_high))
    frame = pd.DataFrame(rows, columns=["lever", "now", "customers", "gain", "gain_low", "gain_high"])
    return ranges.beside(frame, "gain", kind="money")


def _lever(row):
    if row.lever == "keep":
        return tr("Keep one more of 100 of our own buyers")
    if row.from_brand in SILENT:
        return tr("Win back one more of 100 who bought nothing lately")
    return sentence("Win one more of 100 buyers of {brand}", brand=state_name(row.from_brand))
