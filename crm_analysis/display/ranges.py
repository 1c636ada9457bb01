"""Figures with their intervals, as people read them: one column for the figure, one for the interval beside it."""

import re

from crm_analysis.display import numbers, words

PLAIN = {"points": ("number", 1), "minutes": ("number", 1), "number": ("number", 2), "share": ("share", 1)}


def text(low, high, kind="number", currency="", decimals=None):
    r"""An interval as text, a dash where it is not known.

    >>> text(0.387, 0.426, "share"), text(-1.5, float("nan"))
    ('38.7\xa0% to 42.6\xa0%', '–')
    """
    if numbers.is_missing(low) or numbers.is_missing(high):
        return numbers.MISSING
    ends = [numbers.text(v, kind, currency, decimals) for v in (low, high)]
    return words.sentence("{low} to {high}", low=ends[0], high=ends[1])


def beside(frame, value, low=None, high=None, kind="number"):
    """The frame with one text column ``<value>_interval`` right of ``value``, in the place of its two ends.

    The ends are ``<value>_low`` and ``<value>_high`` unless named.
    """
    low, high = low or f"{value}_low", high or f"{value}_high"
    decimals = 2 if kind == "number" else numbers.decimals_of([*frame[value], *frame[low], *frame[high]], kind)
    ends = [text(a, b, kind, decimals=decimals) for a, b in zip(frame[low], frame[high], strict=True)]
    table = frame.drop(columns=[low, high])
    table.insert(table.columns.get_loc(value) + 1, f"{value}_interval", ends)
    return table


def by_kind(frame):
    """The columns ``value``, ``low``, ``high`` of rows of several kinds as text: ``value`` and ``value_interval``.

    ``kind`` names the kind of each row: share, number, minutes, points, or a scale of answers such as ``1-5``, which is
    told behind the figure. A row without a figure shows dashes.
    """
    values, ends = [], []
    for row in frame.itertuples():
        kind, decimals = PLAIN.get(row.kind, ("number", 2))
        figure = numbers.text(row.value, kind, decimals=decimals)
        if figure != numbers.MISSING and row.kind not in ("share", "number"):
            figure = _with_scale(figure, row.kind)
        values.append(figure)
        ends.append(text(row.low, row.high, kind, decimals=decimals))
    table = frame.drop(columns=["value", "low", "high", "kind"])
    at = frame.columns.get_loc("value")
    table.insert(at, "value", values)
    table.insert(at + 1, "value_interval", ends)
    return table


def _with_scale(figure, kind):
    scale = re.fullmatch(r"(.+)-(.+)", kind)
    if scale:
        return words.sentence("{figure} on {low} to {high}", figure=figure, low=scale[1], high=scale[2])
    return words.sentence("{figure} points" if kind == "points" else "{figure} minutes", figure=figure)
