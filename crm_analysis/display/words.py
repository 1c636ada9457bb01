"""Sentences and headings: every number in them is computed, every value from the data escaped."""

import html
from typing import NamedTuple

from crm_analysis.display import numbers

LABELS = {
    "customer_id": "Customer", "customers": "Customers", "customer_share": "Share of customers",
    "orders": "Orders", "order_band": "Orders", "lines": "Lines", "purchase_days": "Purchase days", "month": "Month",
    "revenue": "Revenue", "gross_revenue": "Revenue before returns", "revenue_share": "Share of revenue",
    "returns": "Returns", "mean_order_value": "Mean order value", "margin": "Margin",
    "recency_days": "Recency (days)", "tenure_days": "Tenure (days)", "discount_share": "Discount share",
    "mean_recency_days": "Mean recency (days)", "mean_frequency": "Mean frequency", "mean_monetary": "Mean value",
    "r_score": "R", "f_score": "F", "m_score": "M", "segment": "Segment", "advice": "What to do",
    "new_customers": "New customers", "returning_customers": "Returning customers", "cohort": "Cohort",
    "score": "Score", "dimension": "Dimension", "values": "Values",
    "table": "Table", "rows_in": "Rows read", "rows_kept": "Rows used", "rows_dropped": "Rows dropped",
    "reason": "Reason", "top_share": "Top share of customers", "enables": "What it would add",
    "finding": "Looked for", "number": "Found", "share": "Share", "column": "Column", "missing": "Missing",
    "filled_share": "Filled",
}  # fmt: skip


def tr(text):
    """A fixed text of ours in the reader's language."""
    return text


def label(column):
    """The heading people read for a column; an unknown name loses only its underscores.

    >>> label("revenue_share"), label("some_thing")
    ('Share of revenue', 'Some thing')
    """
    return LABELS.get(column) or str(column).replace("_", " ").capitalize()


def interval(low, high):
    """An interval open below and closed above, either end missing where unbounded.

    >>> interval(2, 6.5), interval(None, 1), interval(6.5, None), interval(1, 1)
    ('over 2 to 6.50', 'up to 1', 'over 6.50', '–')
    """
    low, high = (None if numbers.is_missing(v) else v for v in (low, high))
    if low is not None and low == high:
        return numbers.MISSING
    over = f"over {numbers.text(low, 'number')}" if low is not None else "up"
    return f"{over} to {numbers.text(high, 'number')}" if high is not None else over if low is not None else "any"


class Sentences(NamedTuple):
    """Finished paragraphs; shows itself as escaped HTML in a notebook and as plain text elsewhere."""

    paragraphs: tuple

    def __repr__(self):
        return "\n".join(self.paragraphs)

    def _repr_html_(self):
        return "".join(f"<p>{html.escape(p)}</p>" for p in self.paragraphs)


def sentence(template, currency="", **values):
    r"""Fill a template: each value is ``(number, kind)`` of :func:`numbers.text`, or ready text.

    >>> sentence("{n} customers bring {share}.", n=(3000, "count"), share=(0.8, "share"))
    '3,000 customers bring 80.0\xa0%.'
    """
    ready = {
        name: numbers.text(value[0], value[1], currency) if isinstance(value, tuple) else str(value)
        for name, value in values.items()
    }
    return template.format(**ready)


def say(*paragraphs):
    """The sentences as one visible thing; empty ones are left out."""
    return Sentences(tuple(p for p in paragraphs if p))
