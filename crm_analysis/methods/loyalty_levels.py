"""Levels of loyalty: believing (cognitive), liking (affective), acting (behavioural), each resting on the one before.

Source: the course's three levels, after Oliver (1999), J. of Marketing 63 (its conative and action levels together are
the behavioural one). A level is reached where its score and those of all levels before it are at or above the cut. What
a customer does can be taken from the log instead of asked.
"""

import math

import numpy as np
import pandas as pd

from crm_analysis.methods import intervals, survey

LEVELS = ("None", "Cognitive", "Affective", "Behavioural")
BLOCKS = ("cognitive", "affective", "behavioural")


def reached(answers, codebook=survey.CODEBOOK, cut=3.5, acted=None):
    """The level each respondent has reached: ``customer_id``, ``cognitive``, ``affective``, ``behavioural``, ``level``.

    ``answers``: one row per respondent. The first three columns are mean answers (reversed items turned; at least half of
    the items answered); ``acted``, a series by customer of what the log shows (True, False), takes the place of the
    behavioural items: 1 where it is True, with a cut of its own, half way. ``level`` is the number of levels reached,
    0 to 3, missing where it cannot be known: a level below the cut ends the count, whatever is missing above it.
    """
    turned = survey.aligned(answers, codebook)
    scores = {block: survey.score(turned, survey.items(turned, codebook, block)) for block in BLOCKS}
    cuts = dict.fromkeys(BLOCKS, cut)
    if acted is not None:
        scores["behavioural"] = answers[survey.WHO].map(acted.astype(float)).astype(float)
        cuts["behavioural"] = 0.5
    table = pd.DataFrame({survey.WHO: answers[survey.WHO], **scores})
    level, going = np.zeros(len(table)), np.full(len(table), True)
    for block in BLOCKS:
        missing = table[block].isna().to_numpy()
        level[going & missing] = math.nan
        going = going & ~missing & (table[block] >= cuts[block]).to_numpy()
        level[going] += 1
    return table.assign(level=level)


def summary(levels, value=None):
    """One row per level, from none to the highest: ``level``, ``customers``, ``customer_share`` with ``low`` and ``high``
    (Wilson), and ``mean_value`` of ``value`` (a series by customer) where given. Respondents without a level are left out.
    """
    known = levels.dropna(subset="level")
    rows = []
    for number, name in enumerate(LEVELS):
        part = known[known["level"] == number]
        share = intervals.share(len(part), len(known))
        worth = math.nan if value is None else part[survey.WHO].map(value).astype(float).fillna(0.0).mean()
        rows.append((name, len(part), share.value, share.low, share.high, worth))
    table = pd.DataFrame(rows, columns=["level", "customers", "customer_share", "low", "high", "mean_value"])
    return table if len(known) else table.iloc[:0]


def movement(before, after):
    """How the same customers moved between two surveys: one row per earlier level with those who answered both times.

    Columns ``level``, ``customers``, then one column per later level with the number of customers, ``up``, ``same``, ``down``.
    """
    both = before.dropna(subset="level").merge(
        after.dropna(subset="level"), on=survey.WHO, suffixes=("_before", "_after")
    )
    counts = pd.crosstab(both["level_before"], both["level_after"])
    counts = counts.reindex(index=range(len(LEVELS)), columns=range(len(LEVELS)), fill_value=0).to_numpy()
    table = pd.DataFrame(counts, columns=LEVELS)
    table.insert(0, "level", LEVELS)
    table.insert(1, "customers", counts.sum(axis=1))
    table["up"], table["same"], table["down"] = np.triu(counts, 1).sum(1), np.diag(counts), np.tril(counts, -1).sum(1)
    return table if len(both) else table.iloc[:0]
