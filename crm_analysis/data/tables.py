"""The contract: which tables there are, which columns they have, in which units.

Only ``transactions`` is required, and of its columns only the first four. Every other table switches
on the sections that need it. ``data/README.md`` says the same for people; a test holds the two together.
"""

from typing import NamedTuple


class Column(NamedTuple):
    """One column: its kind decides how a cell is read and which cells are refused.

    ``kind`` is one of ``id`` (text key, never a number), ``text``, ``date`` (day, or day and time),
    ``money`` (one currency), ``number``, ``count`` (whole number >= 0), ``flag`` (yes/no),
    ``rating`` (whole number, may be missing).
    """

    name: str
    kind: str
    required: bool
    meaning: str


def _columns(*rows):
    return tuple(Column(name, kind, need == "required", meaning) for name, kind, need, meaning in rows)


DETERMINANTS = (
    "credibility", "responsiveness", "access", "courtesy", "communication",
    "reliability", "security", "understanding", "tangibles", "affection",
)  # fmt: skip

TABLES = {
    "transactions": _columns(
        ("customer_id", "id", "required", "who bought; text, leading zeros kept"),
        ("order_id", "id", "required", "the order (invoice, basket) the line belongs to"),
        ("order_date", "date", "required", "when the order was placed"),
        ("amount", "money", "required", "revenue of the line after discount; returns negative"),
        ("quantity", "number", "optional", "units on the line; returns negative"),
        ("discount", "money", "optional", "money taken off the list price of the line"),
        ("cost", "money", "optional", "cost of goods of the line; returns negative"),
        ("brand", "text", "optional", "brand of the product"),
        ("category", "text", "optional", "product category"),
        ("product", "text", "optional", "product name or number"),
    ),
    "customers": _columns(
        ("customer_id", "id", "required", "one row per customer"),
        ("acquired_on", "date", "optional", "day the relationship began"),
        ("channel", "text", "optional", "channel of acquisition"),
        ("region", "text", "optional", "market segment by place"),
        ("referred_by", "id", "optional", "customer_id of the customer who referred this one; empty: nobody"),
        ("contactable", "flag", "optional", "may be contacted for marketing"),
    ),
    "costs": _columns(
        ("customer_id", "id", "required", "whom the money was spent on"),
        ("period_end", "date", "required", "last day of the quarter the cost belongs to"),
        ("acquire", "money", "required", "cost to win the customer"),
        ("sell", "money", "required", "cost to sell: visits, calls, mailings"),
        ("serve", "money", "required", "cost to serve: support, delivery, returns handling"),
    ),
    "purchases": _columns(
        ("customer_id", "id", "required", "panel member; the same ids as in transactions"),
        ("purchase_date", "date", "required", "day of the purchase, wherever it was made"),
        ("category", "text", "required", "product category"),
        ("brand", "text", "required", "brand bought, own or rival"),
        ("quantity", "count", "optional", "units bought"),
        ("amount", "money", "optional", "money spent"),
    ),
    "prices": _columns(
        ("category", "text", "required", "product category"),
        ("brand", "text", "required", "brand on the shelf, own or rival"),
        ("week_start", "date", "required", "Monday of the week"),
        ("price", "money", "required", "shelf price per unit in that week"),
        ("promoted", "flag", "optional", "on promotion in that week"),
    ),
    "survey": _columns(
        ("customer_id", "id", "required", "respondent"),
        ("answered_on", "date", "required", "day of the answer; its month names the wave"),
        *((f"expected_{d}", "rating", "optional", f"expected {d}, 1-7") for d in DETERMINANTS),
        *((f"perceived_{d}", "rating", "optional", f"perceived {d}, 1-7") for d in DETERMINANTS),
        *((f"importance_{d}", "rating", "optional", f"points of 100 given to {d}") for d in DETERMINANTS),
        ("satisfaction", "rating", "optional", "overall satisfaction, 1-7"),
        *((f"cognitive_{i}", "rating", "optional", "belief that the brand is the better one, 1-5") for i in (1, 2, 3)),
        *((f"affective_{i}", "rating", "optional", "liking of the brand, 1-5") for i in (1, 2, 3)),
        *((f"behavioural_{i}", "rating", "optional", "intention to act for the brand, 1-5") for i in (1, 2, 3)),
        ("rebuy", "rating", "optional", "would buy again, 1-5"),
        ("attention", "rating", "optional", "follows news of the brand, 1-5"),
        ("of_last_ten", "rating", "optional", "of the last ten category purchases, how many were ours, 0-10"),
        ("price_tolerance", "rating", "optional", "would stay at a 10 % higher price, 1-5"),
        ("rival_preference", "rating", "optional", "likes a rival better, 1-5 (reversed: high is disloyal)"),
        ("recommend", "rating", "optional", "would recommend, 0-10"),
        ("compare_long", "rating", "optional", "compares long before buying, 1-5 (reversed: high is disloyal)"),
        ("forgive_fault", "rating", "optional", "would still buy after one faulty item, 1-5"),
        *((f"value_{v}", "rating", "optional", f"value seen in {v}, 1-7") for v in ("product", "service", "people", "image")),
        *((f"cost_{c}", "rating", "optional", f"burden seen in {c}, 1-7") for c in ("money", "time", "energy", "worry")),
        ("last_brand", "text", "optional", "brand of the category bought last, own or rival"),
        ("next_brand", "text", "optional", "brand of the category they intend to buy next"),
        ("purchases_per_year", "number", "optional", "purchases in the category in a year, as they say"),
        ("spend_per_purchase", "money", "optional", "money spent per purchase, as they say"),
    ),
    "service": _columns(
        ("case_id", "id", "required", "one row per complaint"),
        ("customer_id", "id", "required", "who complained"),
        ("order_id", "id", "optional", "the order complained of"),
        ("opened_at", "date", "required", "when the complaint arrived"),
        ("kind", "text", "required", "what it is about"),
        ("valid", "flag", "optional", "found justified; empty: not yet decided"),
        ("first_response_at", "date", "optional", "first progress call; empty: not yet"),
        ("resolved_at", "date", "optional", "result told to the customer; empty: still open"),
        ("visited_at", "date", "optional", "follow-up visit; empty: not yet"),
        ("archived_at", "date", "optional", "case closed and filed; empty: not yet"),
        ("resolution", "text", "optional", "what was done"),
        ("satisfaction", "rating", "optional", "satisfaction with the handling, 1-5"),
    ),
    "engagement": _columns(
        ("customer_id", "id", "required", "who visited"),
        ("month_start", "date", "required", "first day of the month"),
        ("visits", "count", "required", "visits to shop or site"),
        ("searches", "count", "optional", "searches for the brand"),
        ("opens", "count", "optional", "messages opened"),
        ("choice_minutes", "number", "optional", "median minutes from first view to order; empty: no order"),
        ("referrals", "count", "optional", "recommendations sent"),
    ),
    "contacts": _columns(
        ("campaign", "text", "required", "campaign name"),
        ("customer_id", "id", "required", "who was selected"),
        ("contacted_on", "date", "required", "day of the contact, or of the selection for the control group"),
        ("treated", "flag", "required", "yes: contacted; no: control group, deliberately not contacted"),
        ("channel", "text", "optional", "how"),
        ("cost", "money", "optional", "cost of the contact"),
        ("responded", "flag", "required", "bought within the response window"),
        ("revenue", "money", "optional", "revenue within the response window"),
    ),
}  # fmt: skip


def columns(table):
    """Names of the columns of ``table``, in contract order.

    >>> columns("transactions")[:4]
    ('customer_id', 'order_id', 'order_date', 'amount')
    """
    return tuple(c.name for c in TABLES[table])


def day_name(column):
    """The name of the day-number companion of a date column.

    >>> day_name("order_date"), day_name("opened_at"), day_name("period_end")
    ('order_day', 'opened_day', 'period_end_day')
    """
    for suffix in ("_date", "_on", "_at"):
        column = column.removesuffix(suffix)
    return column + "_day"
