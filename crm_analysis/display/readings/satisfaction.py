"""Satisfaction in words: where expectations are missed, what matters, how it goes with loyalty."""

import math

from crm_analysis.display import numbers
from crm_analysis.display.readings.loyalty import respondents
from crm_analysis.display.words import joined, sentence, tr

RELIABLE = 0.7  # alpha from which a scale is usually called reliable (Nunnally 1978)
FIRST, OVERKILL = "Concentrate here", "Possible overkill"


def improve_first(importance):
    """One sentence on what to improve; None without a map (``importance.table``)."""
    worst = importance[importance["quadrant"] == FIRST]["dimension"]
    if importance.empty:
        return None
    if worst.empty:
        return tr("No dimension is both important and weak: keep up what matters.")
    return sentence("Improve {names} first: these matter to customers and are seen as weak.", names=_names(worst))


def satisfaction(determinants, quality, unasked, reliability, overall, delivered, stated, derived, asked):
    """Sentences on the determinants, a list; empty without answers.

    ``determinants``: the table of that name; ``quality``: the weighted gap; ``unasked``: (dimensions without a question,
    determinants outside the model); ``reliability`` of what is perceived; ``overall``: (mean, share of the two best
    answers); ``delivered``: ``satisfaction.delivered_value``; ``stated`` and ``derived``: maps by both kinds of importance;
    ``asked``: (respondents, all customers).
    """
    if determinants.empty:
        return []
    mean, best = overall
    told = [
        mean.n and sentence(
            "Overall satisfaction is {mean} on average ({low} to {high}, {n} answers); {share} give one of the two best answers.",
            mean=(mean.value, "number"), low=(mean.low, "number"), high=(mean.high, "number"), n=(mean.n, "count"),
            share=(best.value, "share"),
        ),
        _gaps(determinants, quality),
        _unasked(*unasked),
        _disagree(stated, derived),
        _reliable(reliability),
        _delivered(delivered),
        respondents(*asked),
    ]  # fmt: skip
    return [t for t in told if t]


def satisfaction_and_loyalty(links, later, within_days):
    """Sentences on how loyalty goes with satisfaction, a list. ``links`` and ``later``: of ``satisfaction_loyalty``."""
    told = []
    known = links.dropna(subset="correlation")
    for row in known.itertuples():
        told.append(sentence(
            "“{outcome}” goes with satisfaction (correlation {r}, {low} to {high}, {n} answers).",
            outcome=(row.outcome, "term"), r=(row.correlation, "number"), low=(row.low, "number"), high=(row.high, "number"),
            n=(row.n, "count"),
        ))  # fmt: skip
        if row.top_step_low > 0:
            told.append(sentence(
                "It rises by {slope} per point, and jumps by another {step} at the best answer ({low} to {high}): to satisfy is "
                "not enough, delight is what pays.",
                slope=(row.per_point, "number"), step=(row.top_step, "number"), low=(row.top_step_low, "number"),
                high=(row.top_step_high, "number"),
            ))  # fmt: skip
    if len(later) > 1:
        told.append(_later(later, within_days))
    if len(known):
        told.append(
            tr("None of this proves that satisfaction causes loyalty: who likes us answers well to every question.")
        )
    return told


def _gaps(table, quality):
    short = table[table["gap_high"] < 0]
    if short.empty:
        return tr("No dimension clearly falls short of what customers expect.")
    worst = short.iloc[0]
    return sentence(
        "{short} of {all} dimensions clearly fall short of what customers expect, {worst} most, by {gap} points. Weighted by "
        "importance the gap is {quality}.",
        short=(len(short), "count"), all=(len(table), "count"), worst=(worst["dimension"], "term"),
        gap=(-worst["gap"], "number"), quality=(quality, "number"),
    )  # fmt: skip


def _unasked(missing, left):
    if missing:
        return sentence(
            "The model also asks for {names}, on which the questionnaire has no question.", names=_names(missing)
        )
    return left and sentence("{names} is asked, but has no place in this model.", names=_names(left))


def _disagree(stated, derived):
    """Dimensions that customers do not name as important, though satisfaction goes with them; and the reverse."""
    if stated.empty or derived.empty:
        return None
    high = {
        frame: set(t.loc[t["quadrant"].isin([FIRST, "Keep up"]), "dimension"])
        for frame, t in (("said", stated), ("shown", derived))
    }
    silent = [d for d in derived["dimension"] if d in high["shown"] - high["said"]]
    loud = [d for d in stated["dimension"] if d in high["said"] - high["shown"]]
    if not silent:
        return None
    return sentence(
        "Customers do not call {silent} important, yet their satisfaction goes with it; they do call {loud} important, of which "
        "satisfaction shows little." if loud else
        "Customers do not call {silent} important, yet their satisfaction goes with it.",
        silent=_names(silent), loud=_names(loud) if loud else "",
    )  # fmt: skip


def _reliable(found):
    if math.isnan(found.alpha):
        return None
    template = (
        "The {items} answers on what is perceived make a reliable scale (alpha {alpha}, {low} to {high}; complete answers of "
        "{n})."
        if found.alpha >= RELIABLE else
        "The {items} answers on what is perceived do not make one reliable scale (alpha {alpha}, {low} to {high}; complete "
        "answers of {n}): read them one by one."
    )  # fmt: skip
    return sentence(template, items=(found.items, "count"), alpha=(found.alpha, "number"), low=(found.low, "number"),
                    high=(found.high, "number"), n=(found.n, "count"))  # fmt: skip


def _delivered(table):
    rows = table[table["side"] == "Delivered"]
    if rows.empty:
        return None
    parts = table[(table["side"] == "Cost") & (table["part"] != "Total")].sort_values("mean")
    return sentence(
        "What customers get exceeds what it costs them by {delivered} points ({low} to {high}); the heaviest burden is {burden}."
        if rows["mean"].iloc[0] > 0 else
        "What it costs customers exceeds what they get, by {minus} points ({low} to {high}); the heaviest burden is {burden}.",
        delivered=(rows["mean"].iloc[0], "number"), minus=(-rows["mean"].iloc[0], "number"), low=(rows["low"].iloc[0], "number"),
        high=(rows["high"].iloc[0], "number"), burden=(parts["part"].iloc[-1], "term"),
    )  # fmt: skip


def _later(later, days):
    low, high = later.iloc[0], later.iloc[-1]
    apart = low["high"] < high["low"] or high["high"] < low["low"]
    figures = {
        "high": (high["bought_share"], "share"), "low": (low["bought_share"], "share"), "days": (days, "count"),
        "before_high": (high["bought_before_share"], "share"), "before_low": (low["bought_before_share"], "share"),
    }  # fmt: skip
    return sentence(
        "Of the most satisfied {high} bought within {days} days after answering, of the least satisfied {low}; before answering "
        "it had been {before_high} and {before_low}." if apart else
        "Of the most satisfied {high} bought within {days} days after answering, of the least satisfied {low}: the intervals "
        "overlap, so no difference can be claimed. Before answering it had been {before_high} and {before_low}.",
        **figures,
    )  # fmt: skip


def _names(dimensions):
    return joined([numbers.text(d, "term") for d in dimensions])
