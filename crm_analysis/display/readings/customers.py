"""The customer base in words: size, repeat purchase, concentration, growth, retention."""

from crm_analysis.display.words import say, sentence, tr

EIGHTY_TWENTY = (0.75, 0.85)  # a share of revenue between them counts as "80/20"
FIRST_MONTH = 0.3  # a larger share of all customers in the first month is the old base, not growth


def customer_base(totals, months, repeat_rate, tops, growth, retention, currency=""):
    """Sentences on the base: size, repeat purchase, concentration, growth, retention (None where not observed)."""
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
    return say(size, begins, repeat, concentrated, trend, kept)


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
