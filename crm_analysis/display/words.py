"""Sentences and headings: every number in them is computed, every value from the data escaped."""

import html
from typing import NamedTuple

from crm_analysis.display import numbers
from crm_analysis.display.language import current, tr, use, using

__all__ = ["Sentences", "interval", "joined", "label", "run", "say", "sentence", "tr", "use", "using", "with_unit"]

LABELS = {
    "customer_id": "Customer", "customers": "Customers", "customer_share": "Share of customers",
    "orders": "Orders", "order_band": "Orders", "lines": "Lines", "purchase_days": "Purchase days", "month": "Month",
    "revenue": "Revenue", "gross_revenue": "Revenue before returns", "revenue_share": "Share of revenue",
    "returns": "Returns", "mean_order_value": "Mean order value", "margin": "Margin",
    "recency_days": "Recency (days)", "tenure_days": "Tenure (days)", "discount_share": "Discount share",
    "mean_recency_days": "Mean recency (days)", "mean_frequency": "Mean frequency", "mean_monetary": "Mean value",
    "r_score": "R", "f_score": "F", "m_score": "M", "segment": "Segment", "advice": "What to do",
    "new_customers": "New customers", "returning_customers": "Returning customers", "cohort": "Cohort",
    "brand": "Brand", "score": "Score", "dimension": "Dimension", "values": "Values",
    "table": "Table", "rows_in": "Rows read", "rows_kept": "Rows used", "rows_dropped": "Rows dropped",
    "reason": "Reason", "top_share": "Top share of customers", "enables": "What it would add",
    "finding": "Looked for", "number": "Found", "share": "Share", "column": "Column", "missing": "Missing",
    "filled_share": "Filled",
    # loyalty, satisfaction, service
    "n": "n", "indicator": "Indicator", "form": "Seen in", "measure": "Measure", "value": "Figure",
    "value_interval": "95 % interval", "counted": "Counted", "loyal_when": "Loyal when", "needs": "Needs",
    "measures": "Measures it would add", "indicators": "Indicators seen", "weakest": "Weakest indicator", "group": "Group", "scored": "With an index", "loyalty": "Loyalty index",
    "loyalty_interval": "95 % interval", "coverage": "Coverage", "category": "Category",
    "full_price_share": "At full price", "level": "Level", "customer_share_interval": "95 % interval",
    "mean_value": "Mean revenue in the window", "up": "Moved up", "same": "Stayed", "down": "Moved down",
    "type": "Type", "mean_attitude": "Mean attitude", "mean_patronage": "Mean orders", "expected": "Expected",
    "perceived": "Perceived", "gap": "Gap", "gap_interval": "95 % interval", "top_two_share": "Two best answers",
    "importance_share": "Importance", "weighted_gap": "Weighted gap", "side": "Side", "part": "Part", "mean": "Mean",
    "mean_interval": "95 % interval", "outcome": "Question", "correlation": "Correlation",
    "correlation_interval": "95 % interval", "rank_correlation": "Rank correlation", "per_point": "Per point",
    "per_point_interval": "95 % interval", "top_step": "Step at the best answer", "top_step_interval": "95 % interval",
    "odds_ratio": "Odds ratio per point", "odds_ratio_interval": "95 % interval", "step": "Step",
    "promised_hours": "Promised (hours)", "due": "Due", "kept": "Kept in time", "kept_share": "Kept",
    "kept_share_interval": "95 % interval", "late": "Late", "overdue": "Overdue", "not_yet_due": "Not yet due",
    "median_hours": "Median (hours)", "p90_hours": "Nine in ten within (hours)", "kind": "Kind", "cases": "Cases",
    "case_share": "Share of cases", "cumulative_share": "Cumulated", "valid_share": "Found justified",
    "in_time_share": "Result in time", "recurred_share": "Complained again", "mean_satisfaction": "Mean satisfaction",
    "events": "First events", "matched": "Compared", "again_share": "Bought again",
    "expected_share": "Alike customers", "difference": "Difference", "ratio": "Again, of alike customers", "ratio_interval": "95 % interval", "slope": "Price elasticity", "slope_interval": "95 % interval", "difference_interval": "95 % interval",
    "case_id": "Case", "opened_on": "Opened", "open_hours": "Open (hours)", "overdue_hours": "Overdue (hours)",
    "recent_revenue": "Revenue in the last year", "attitude": "Attitude",
    # segments, tiers, profit
    "levels_held": "With customers", "levels": "Levels asked", "largest_share": "Largest level", "why": "Why here",
    "contacted": "Contacted", "responses": "Responses", "response_rate": "Response", "low_rate": "Lower limit",
    "high_rate": "Upper limit", "index": "Index (0 breaks even)", "profit_per_contact": "Profit per contact",
    "decision": "Decision", "before": "Before", "after": "Now", "value_segment": "Value segment",
    "cluster": "Rank", "confidence": "Confidence", "mean_orders": "Mean orders",
    "mean_purchase_days": "Mean purchase days", "mean_lines": "Mean lines", "mean_revenue": "Mean revenue",
    "mean_tenure_days": "Mean tenure (days)", "mean_discount_share": "Mean discount", "check": "Condition",
    "observed": "Found", "needed": "Needed", "passed": "Met", "tier": "Tier", "from_value": "From", "k": "Segments",
    "value_per_customer": "Per customer", "next_tier": "Next tier", "gap_value": "Lacks",
    "usual_order_value": "Usual order", "orders_needed": "Orders needed", "mean_orders_needed": "Mean orders needed",
    "growth_needed": "Growth needed", "service": "Service", "offers": "Offers", "meaning": "What that means",
    "contact_every_days": "Contact every (days)", "cost_ceiling_share": "Cost ceiling", "size": "Customers",
    "cost_ceiling_value": "Cost ceiling per customer", "margin_size": "Margin", "contribution": "Contribution",
    "profit": "Profit", "amount": "Amount", "acquire": "Cost to acquire", "sell": "Cost to sell",
    "serve": "Cost to serve", "service_cost": "Cost to sell and serve", "value_class": "Value class",
    "actual_value": "Actual value", "potential_value": "Potential value", "unrealised_value": "Unrealised value",
    "remedy": "Remedy", "leaving_saves": "Leaving saves", "service_cut_needed": "Service cut needed",
    "order_growth_needed": "Larger orders needed", "price_rise_needed": "Price rise needed",
    "revenue_at_stake": "Revenue at stake", "value_share": "Share of value", "margin_rate": "Margin rate", "contribution_rate": "Contribution rate",
    "service_ratio": "Service ratio", "gap_ratio": "Days since the last order, in usual gaps", "at_stake": "At stake", "complaint_open": "Complaint open", "order_overdue": "Order overdue",
    "spending_falls": "Spending falls", "range_narrows": "Range narrows", "signs": "Signs of decline",
    "usual_gap_days": "Usual gap (days)", "trend": "Trend", "due_on": "Contact due", "good_score": "Good-customer score",
    "demand": "Demand", "assured_profit": "Assured profit", "low_service_cost": "Low service cost",
    "growth": "Growth, little risk", "criterion": "Criterion", "used": "Used", "weight": "Weight",
    "learned": "When learned", "now": "Now", "reading": "Reading",
    "cramers_v": "Cramér's V", "feature": "Feature", "taken": "How it is taken", "sd": "Standard deviation",
    "shift": "Shift since learned (standard deviations)", "next_segment": "Next nearest segment",
    "direction": "Movement", "top_category": "Top category", "top_brand": "Top brand", "channel": "Channel", "region": "Region",
}  # fmt: skip


def label(column):
    """The heading people read for a column; an unknown name loses only its underscores.

    >>> label("revenue_share"), label("some_thing")
    ('Share of revenue', 'Some thing')
    """
    return tr(LABELS.get(column) or str(column).replace("_", " ").capitalize())


def with_unit(text, currency):
    """A heading with the currency of its figures.

    >>> with_unit("Revenue", "EUR"), with_unit("Revenue", "")
    ('Revenue (EUR)', 'Revenue')
    """
    return sentence("{heading} ({unit})", heading=text, unit=numbers.unit(currency)) if currency else text


def interval(low, high):
    """An interval open below and closed above, either end missing where unbounded.

    >>> interval(2, 6.5), interval(None, 1), interval(6.5, None), interval(1, 1)
    ('over 2 to 6.50', 'up to 1', 'over 6.50', '–')
    """
    low, high = (None if numbers.is_missing(v) else v for v in (low, high))
    if low is None and high is None:
        return tr("any")
    if low == high:
        return numbers.MISSING
    if low is None:
        return sentence("up to {high}", high=(high, "number"))
    if high is None:
        return sentence("over {low}", low=(low, "number"))
    return sentence("over {low} to {high}", low=(low, "number"), high=(high, "number"))


class Sentences(NamedTuple):
    """Finished paragraphs; shows itself as escaped HTML in a notebook and as plain text elsewhere."""

    paragraphs: tuple

    def __repr__(self):
        return "\n".join(self.paragraphs)

    def _repr_html_(self):
        return "".join(f"<p>{html.escape(p)}</p>" for p in self.paragraphs)


def sentence(template, currency="", **values):
    r"""Fill a template, looked up in the reader's language: each value is ``(value, kind)`` of :func:`numbers.text`,
    where ``term`` is a word of ours that is looked up too, or ready text that is not.

    >>> sentence("{n} customers bring {share}.", n=(3000, "count"), share=(0.8, "share"))
    '3,000 customers bring 80.0\xa0%.'
    """
    ready = {
        name: numbers.text(value[0], value[1], currency) if isinstance(value, tuple) else str(value)
        for name, value in values.items()
    }
    return tr(template).format(**ready)


def say(*paragraphs):
    """The sentences as one visible thing; empty ones are left out."""
    return Sentences(tuple(p for p in paragraphs if p))


def run(sentences):
    """Finished sentences one after the other, those that are empty left out.

    >>> run(["One.", "", "Two."])
    'One. Two.'
    """
    return ("" if current() == "zh" else " ").join(s for s in sentences if s)


def joined(parts):
    """A list of names in running text.

    >>> joined(["a"]), joined(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    *most, last = map(str, parts)
    return sentence("{most} and {last}", most=tr(", ").join(most), last=last) if most else last
