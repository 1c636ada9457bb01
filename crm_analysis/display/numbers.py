"""Numbers as people read them, in their language. The only place where a share becomes a percentage."""

import datetime
import functools
import math
import re

import pandas as pd

from crm_analysis.display import language

NBSP = "\u00a0"  # a figure and its unit stay on one line
KINDS = ("count", "days", "money", "number", "share", "part", "change", "date", "month", "month_name", "term", "text")
WORDS = ("text", "term", "date", "month", "month_name")  # what a table sets to the left
MISSING = "–"

# Why rows were dropped, by the codes of the data door.
REASON_TEXTS = {
    "after_as_of": "after the as-of date", "filtered": "left out by the filter", "bad_date": "date unreadable",
    "bad_amount": "amount unreadable", "missing_id": "id missing", "ragged": "wrong number of fields",
    "repeated_header": "header repeated", "other_part": "of another part of the report",
}  # fmt: skip

# A column's name says what is in it, so that no table has to spell out its formats.
_BY_NAME = {
    "customers": "count", "orders": "count", "lines": "count", "purchase_days": "count", "rows": "count",
    "revenue": "money", "gross_revenue": "money", "amount": "money", "margin": "money", "profit": "money",
    "returns": "money", "mean_order_value": "money", "mean_monetary": "money", "mean_frequency": "number",
    "rows_in": "count", "rows_kept": "count", "rows_dropped": "count", "score": "count",
    "number": "count", "missing": "count", "share": "share", "month": "month", "cohort": "month",
    # words of ours, which are translated; names that the data gives never are
    "segment": "term", "advice": "term", "dimension": "term", "reason": "term", "table": "term", "column": "term",
    "finding": "term", "enables": "term", "tier": "term", "stage": "term", "state": "term", "level": "term",
    **dict.fromkeys(("n", "scored", "cases", "events", "matched", "due", "kept", "late", "overdue", "not_yet_due", "up",
                     "same", "down", "measures"), "count"),
    **dict.fromkeys(("loyalty", "expected", "perceived", "gap", "weighted_gap", "mean", "correlation", "per_point",
                     "rank_correlation", "top_step", "odds_ratio", "mean_attitude", "mean_patronage", "attitude",
                     "mean_satisfaction", "promised_hours", "median_hours", "p90_hours", "open_hours",
                     "overdue_hours"), "number"),
    **dict.fromkeys(("indicator", "form", "measure", "counted", "loyal_when", "needs", "group", "type", "side", "part",
                     "outcome", "step", "quadrant", "weakest"), "term"),
    "coverage": "share", "difference": "change", "ratio": "share", "slope": "number", "indicators": "count",
    # segments, tiers, profit
    **dict.fromkeys(("taken", "value_segment", "next_segment", "next_tier", "value_class", "remedy", "criterion", "decision", "check", "reading",
                     "before", "after", "direction", "size", "margin_size", "meaning", "service", "offers", "used",
                     "complaint_open", "order_overdue", "spending_falls", "range_narrows"), "term"),
    **dict.fromkeys(("confidence", "growth_needed", "service_cut_needed", "order_growth_needed",
                     "price_rise_needed"), "share"),
    **dict.fromkeys(("value_per_customer", "profit_per_contact", "leaving_saves", "contribution", "acquire", "sell",
                     "serve", "service_cost", "revenue_at_stake"), "money"),
    **dict.fromkeys(("index", "observed", "needed", "learned", "now", "trend", "good_score", "demand", "assured_profit",
                     "low_service_cost", "growth", "inertia", "silhouette", "calinski_harabasz", "davies_bouldin",
                     "gap_error", "stability", "sd", "shift", "weight", "cramers_v", "mean_orders", "mean_orders_needed"), "number"),
    **dict.fromkeys(("contacted", "responses", "orders_needed", "levels", "levels_held", "k", "votes", "cluster",
                     "tier_rank", "signs", "criteria_used"), "count"),
}  # fmt: skip
_BY_ENDING = {
    "_share": "share", "_rate": "share", "_days": "days", "_customers": "count", "_orders": "count",
    "_revenue": "money", "_value": "money", "_date": "date", "_on": "date", "_order": "date",
}  # fmt: skip


def kind_of(column):
    """What a column of this name holds; ``text`` when the name does not tell.

    >>> kind_of("revenue_share"), kind_of("customers"), kind_of("segment"), kind_of("brand")
    ('share', 'count', 'term', 'text')
    """
    if column in _BY_NAME:
        return _BY_NAME[column]
    return next((kind for ending, kind in _BY_ENDING.items() if str(column).endswith(ending)), "text")


def is_missing(value):
    """True for None, NaN, NaT and NA."""
    return bool(pd.isna(value))


def text(value, kind="text", currency="", decimals=None):
    r"""One value as text in the reader's language.

    ``count`` and ``days`` are whole with separators of thousands, ``money`` has its currency and cents below 100,
    ``share`` (0-1) is a percentage, ``part`` one that someone chose (20 %), ``change`` one with its sign; ``date`` is
    ISO in English, ``month`` is for an axis, ``month_name`` for a sentence; a ``term`` is a word of ours and looked
    up, ``text`` is shown as it is. A dict, whatever the kind, is read as terms with their counts.

    >>> text(1234567, "count"), text(0.2531, "share"), text(12345.6, "money", "EUR"), text(9.5, "money", "EUR")
    ('1,234,567', '25.3\xa0%', 'EUR\xa012,346', 'EUR\xa09.50')
    >>> with language.using("zh"):
    ...     text(0.2531, "share"), text(12345.6, "money", "EUR"), text("2026-11-01", "date"), text("At risk", "term")
    ('25.3%', '12,346欧元', '2026年11月1日', '流失风险客户')
    """
    if isinstance(value, dict):
        return _counts(value)
    if is_missing(value):
        return MISSING
    if kind in ("date", "month", "month_name"):
        return _day(value, kind)
    if isinstance(value, str):
        return language.tr(value) if kind == "term" else value
    if kind == "part":
        return minus(f"{value * 100:,.4g}") + _percent()
    if kind in ("share", "change"):
        figure = round_half_up(value * 100, 1 if decimals is None else decimals)
        figure = f"{figure:{'+' if kind == 'change' else ''},.{1 if decimals is None else decimals}f}"
        return minus(figure) + _percent()
    if kind == "money":
        return _money(value, currency, (0 if abs(value) >= 100 else 2) if decimals is None else decimals)
    if kind in ("count", "days"):
        decimals = (0 if float(value).is_integer() or abs(value) >= 100 else 1) if decimals is None else decimals
        return minus(f"{round_half_up(value, decimals):,.{decimals}f}")
    if kind == "number":
        decimals = (0 if float(value).is_integer() else 2) if decimals is None else decimals
        return minus(f"{round_half_up(value, decimals):,.{decimals}f}")
    return str(value)


def decimals_of(values, kind):
    """The decimals that figures of one kind share, so that a reader can compare them; None where the kind says.

    >>> decimals_of([84.25, 107], "money"), decimals_of([4517, 35.33], "money"), decimals_of([1, 2.5], "number")
    (2, 0, 2)
    """
    figures = [v for v in values if not (is_missing(v) or isinstance(v, str))]
    if kind == "money":
        return 2 if all(abs(v) < 1000 for v in figures) else 0
    if kind == "number":
        return 0 if all(float(v).is_integer() for v in figures) else 2
    if kind in ("count", "days"):
        return 0 if all(float(v).is_integer() or abs(v) >= 1000 for v in figures) else 1
    return None


def minus(figure):
    """A formatted figure with the true minus sign, which is as wide as the digits and does not break a line.

    >>> minus("-7.4")
    '−7.4'
    """
    return figure.replace("-", "−")


def _percent():
    return f"{NBSP}%" if language.current() == "en" else "%"


def unit(currency):
    """A currency as the reader's language names it: the code in English, its name in Chinese.

    >>> with language.using("zh"):
    ...     unit("CNY"), unit("USD"), unit("points")
    ('元', '美元', 'points')
    """
    return currency if language.current() == "en" else _currencies().get(currency, currency)


@functools.cache
def _currencies():
    from babel import Locale

    return {**Locale("zh").currencies, "CNY": "元", "RMB": "元"}


def _money(value, currency, decimals):
    number = minus(f"{round_half_up(value, decimals):,.{decimals}f}")
    name = unit(currency)
    if not name:
        return number
    return f"{name}{NBSP}{number}" if name == currency else f"{number}{name}"


def _day(value, kind):
    if isinstance(value, str):
        if not re.match(r"\d{4}-\d\d-\d\d", value):
            return value
        value = datetime.date.fromisoformat(value[:10])
    if not isinstance(value, datetime.date):
        return str(value)
    if language.current() == "zh":
        return f"{value.year}年{value.month}月" + (f"{value.day}日" if kind == "date" else "")
    return f"{value:%Y-%m-%d}" if kind == "date" else f"{value:%Y-%m}" if kind == "month" else f"{value:%B %Y}"


def _counts(counted):
    told = [
        language.tr("{what} {n}").format(what=language.tr(REASON_TEXTS.get(what, what)), n=text(n, "count"))
        for what, n in counted.items()
        if n
    ]
    return language.tr(", ").join(told) or language.tr("none")


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
