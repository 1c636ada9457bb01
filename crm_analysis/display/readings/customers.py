"""The customer base in words: what to do first, then size, repeat purchase, concentration, growth, retention."""

from crm_analysis.display import steps as todo
from crm_analysis.display.words import sentence, tr

EIGHTY_TWENTY = (0.75, 0.85)  # a share of revenue between them counts as "80/20"
FIRST_MONTH = 0.3  # a larger share of all customers in the first month is the old base, not growth
MANY = 0.2  # a share of customers not seen for long that deserves a step of its own
# What makes every figure doubtful comes first, from this share on; the others are what businesses are like.
TROUBLE = 0.01
HARMLESS = (
    "Lines far above the usual amount",
    "Days without any order where orders are daily",
    "Customers not seen for long",
)


def customer_base(totals, months, repeat_rate, tops, growth, retention, findings, currency=""):
    """What to do first, then sentences on the base: size, repeat purchase, concentration, growth, retention.

    ``growth`` and ``retention`` are None where not observed; ``findings``: of ``quality.findings``.
    """
    best = tops.set_index("top_share").loc[0.20, "revenue_share"]
    once = 1 - repeat_rate
    size = sentence(
        "{customers} customers placed {orders} orders that brought {revenue}, after returns of {returns}."
        if totals["returns"]
        else "{customers} customers placed {orders} orders that brought {revenue}, no returns among them.",
        currency,
        customers=(totals["customers"], "count"),
        orders=(totals["orders"], "count"),
        revenue=(totals["revenue"], "money"),
        returns=(totals["returns"], "money"),
    )
    at_first = months["new_customers"].iloc[0] / totals["buyers"]
    begins = at_first > FIRST_MONTH and sentence(
        "{share} of the customers appear in the first month of the log: most of them will have bought before it begins, "
        "so they are not new, and the cohort of that month is the old base.",
        share=(at_first, "share"),
    )
    repeat = sentence(
        "{repeat} of the buyers ordered at least twice, {once} only once: the second order is where most customers are lost, "
        "so begin there."
        if once > 0.5
        else "{repeat} of the buyers ordered at least twice, {once} only once: most buyers return, so the order rhythm and "
        "the order value are the levers.",
        repeat=(repeat_rate, "share"),
        once=(once, "share"),
    )
    concentrated = sentence(_eighty_twenty(best), best=(best, "share"))
    trend = growth is not None and sentence(
        "Revenue of the last 12 whole months is {change} higher than in the 12 months before."
        if growth >= 0
        else "Revenue of the last 12 whole months is {change} lower than in the 12 months before.",
        change=(abs(growth), "share"),
    )
    kept = retention is not None and sentence(
        "Of the customers observed for a year, {kept} bought again in the twelfth month after their first order.",
        kept=(retention, "share"),
    )
    steps = _steps(findings.set_index("finding"), repeat_rate, growth, best)
    return todo.show(steps, size, begins, repeat, concentrated, trend, kept)


def _steps(findings, repeat_rate, growth, best):
    """The most pressing first: data that make every figure doubtful, then a fall, then where customers are lost."""
    steps = [
        sentence(
            "Mend the data first: {finding}, {n} ({share}). {advice}.",
            finding=(name, "term"), n=(found["number"], "count"), share=(found["share"], "share"), advice=(found["advice"], "term"),
        )
        for name, found in findings.iterrows()
        if name not in HARMLESS and found["share"] > TROUBLE
    ]  # fmt: skip
    if growth is not None and growth < 0:
        steps.append(sentence(
            "Find out why revenue fell: the last 12 whole months brought {change} less than the 12 before. Report 02 shows which "
            "customers went quiet, report 04 which of the largest ones.", change=(-growth, "share"),
        ))  # fmt: skip
    if repeat_rate < 0.5:
        steps.append(sentence(
            "Win the second order: {once} of the buyers ordered only once. Write to them while the first order is fresh.",
            once=(1 - repeat_rate, "share"),
        ))  # fmt: skip
    silent = findings.loc["Customers not seen for long"]
    if silent["share"] > MANY:
        steps.append(sentence(
            "Decide about {n} customers ({share}) who have not been seen for long: win back those worth it (report 02), and leave the "
            "others out of mailings.", n=(silent["number"], "count"), share=(silent["share"], "share"),
        ))  # fmt: skip
    steps.append(sentence(
        "Know the best customers by name: the best fifth of them bring {best} of the revenue. Report 04 tells who they are and how "
        "to treat them.", best=(best, "share"),
    ))  # fmt: skip
    return steps


def _eighty_twenty(best):
    low, high = EIGHTY_TWENTY
    if best > high:
        return tr(
            "The best 20 % of the customers bring {best} of the revenue: more concentrated than the 80/20 rule of thumb."
        )
    if best < low:
        return tr(
            "The best 20 % of the customers bring {best} of the revenue: less concentrated than the 80/20 rule of thumb."
        )
    return tr("The best 20 % of the customers bring {best} of the revenue: close to the 80/20 rule of thumb.")
