"""Numbers as people read them. The only place where a share becomes a percentage."""

import datetime
import math

import pandas as pd

NBSP = "\u00a0"  # a figure and its unit stay on one line
KINDS = ("count", "days", "money", "number", "share", "change", "date", "text")
MISSING = "–"

# A column's name says what is in it, so that no table has to spell out its formats.
_BY_NAME = {
    "customers": "count", "orders": "count", "lines": "count", "purchase_days": "count", "rows": "count",
    "revenue": "money", "gross_revenue": "money", "amount": "money", "margin": "money", "profit": "money",
    "returns": "money", "mean_order_value": "money", "mean_monetary": "money", "mean_frequency": "number",
    "rows_in": "count", "rows_kept": "count", "rows_dropped": "count", "score": "count",
    "number": "count", "missing": "count", "share": "share",
}  # fmt: skip
_BY_ENDING = {
    "_share": "share", "_rate": "share", "_days": "days", "_customers": "count", "_orders": "count",
    "_revenue": "money", "_value": "money", "_date": "date", "_on": "date", "_order": "date",
}  # fmt: skip


def kind_of(column):
    """What a column of this name holds; ``text`` when the name does not tell.

    >>> kind_of("revenue_share"), kind_of("customers"), kind_of("segment")
    ('share', 'count', 'text')
    """
    if column in _BY_NAME:
        return _BY_NAME[column]
    return next((kind for ending, kind in _BY_ENDING.items() if str(column).endswith(ending)), "text")


def is_missing(value):
    """True for None, NaN, NaT and NA."""
    return bool(pd.isna(value))


def text(value, kind="text", currency="", decimals=None):
    r"""One value as text: ``count`` and ``days`` whole with thousands separators, ``money`` with its currency and cents below
    100, ``share`` (0-1) as a percentage,
    ``change`` as one with its sign, ``date`` as ISO.

    >>> text(1234567, "count"), text(0.2531, "share"), text(12345.6, "money", "EUR"), text(9.5, "money", "EUR")
    ('1,234,567', '25.3\xa0%', 'EUR\xa012,346', 'EUR\xa09.50')
    """
    if is_missing(value):
        return MISSING
    if isinstance(value, str):
        return value
    if kind in ("share", "change"):
        decimals = 1 if decimals is None else decimals
        return f"{round_half_up(value * 100, decimals):{'+' if kind == 'change' else ''},.{decimals}f}{NBSP}%"
    if kind == "money":
        decimals = (0 if abs(value) >= 100 else 2) if decimals is None else decimals
        number = f"{round_half_up(value, decimals):,.{decimals}f}"
        return f"{currency}{NBSP}{number}" if currency else number
    if kind in ("count", "days"):
        decimals = (0 if float(value).is_integer() or abs(value) >= 100 else 1) if decimals is None else decimals
        return f"{round_half_up(value, decimals):,.{decimals}f}"
    if kind == "number":
        decimals = (0 if float(value).is_integer() else 2) if decimals is None else decimals
        return f"{round_half_up(value, decimals):,.{decimals}f}"
    if kind == "date":
        return value.strftime("%Y-%m-%d") if isinstance(value, datetime.date) else str(value)
    return str(value)


def round_half_up(value, decimals=0):
    """Commercial rounding, away from zero at .5, so that equal figures read equal everywhere.

    >>> round_half_up(2.5), round_half_up(-0.125, 2)
    (3.0, -0.13)
    """
    if not math.isfinite(value):
        return value
    scale = 10.0**decimals
    rounded = math.floor(abs(value) * scale + 0.5 + 1e-9) / scale
    return math.copysign(rounded, value) if rounded else 0.0
