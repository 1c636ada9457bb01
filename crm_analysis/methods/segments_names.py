"""Names of value segments by rule from their centroids: a table of bounds on z-scores, the first that fits is taken.

A z-score says how far a segment's mean lies from the mean of all customers, in standard deviations. Each name is given
once, the most valuable segment choosing first; what fits no rule is a middle group with a number.
"""

import math

import pandas as pd

ROLES = {
    "recency": ("recency_days",),
    "frequency": ("orders", "purchase_days", "lines"),
    "money": ("revenue", "gross_revenue", "margin", "mean_order_value"),
    "tenure": ("tenure_days",),
    "discount": ("discount_share",),
}
_ANY = (math.nan, math.nan)


def _from(low):
    return low, math.nan


def _to(high):
    return math.nan, high


# name; bounds of recency (days: high is long ago), frequency, money, tenure, discount; what to do
RULES = pd.DataFrame(
    [
        (name, *(end for bounds in five for end in bounds), advice)
        for name, five, advice in (
            ("Bargain hunters", (_ANY, _ANY, _ANY, _ANY, _from(0.9)),
             "Spend no margin on those who would buy anyway: smaller and rarer discounts, bundles, clearance first"),
            ("High spenders gone quiet", (_from(0.3), _ANY, _from(0.7), _ANY, _ANY),
             "Call them now; ask what went wrong; a personal reason to return"),
            ("Frequent high spenders", (_ANY, _from(0.9), _from(0.9), _ANY, _ANY),
             "Best service and first access; protect the relationship, not the price"),
            ("Regulars gone quiet", (_from(0.3), _from(0.2), _ANY, _ANY, _ANY),
             "Win back while they still remember: reminder, then one offer"),
            ("Steady buyers", (_ANY, _from(0.2), _from(0.0), _ANY, _ANY),
             "Raise the order: a second category, a larger pack, the next better product"),
            ("Few but large orders", (_ANY, _to(0.2), _from(0.4), _ANY, _ANY),
             "Find the occasion of the purchase and propose the next one"),
            ("Many small orders", (_ANY, _from(0.4), _to(0.2), _ANY, _ANY),
             "Raise the order value: bundles, a free-delivery threshold"),
            ("New customers with small spending", (_to(0.4), _to(0.2), _to(0.2), _to(-0.5), _ANY),
             "Welcome them and make the second order easy within its usual time"),
            ("Small spenders gone quiet", (_from(0.4), _to(0.2), _to(0.2), _ANY, _ANY),
             "Cheap reminders only; stop when they do not answer"),
            ("Recent with small spending", (_to(-0.2), _to(0.2), _to(0.2), _ANY, _ANY),
             "Build the habit: recommend what others bought next"),
            ("Occasional buyers", (_ANY, _to(0.2), _to(0.2), _ANY, _ANY),
             "Contact at their season, by cheap means"),
        )
    ],
    columns=["name", *(f"{role}_{end}" for role in ROLES for end in ("from", "to")), "advice"],
)  # fmt: skip
QUIET = 0.3  # mean recency in standard deviations from which a segment has gone quiet
MIDDLE = "Middle group {number}"
MIDDLE_ADVICE = "Serve them as the average customer; look at what sets them apart before spending on them"


def named(features, centroids):
    """One name per centroid, in their order (most valuable first), all different.

    >>> named((("orders", "log"), ("revenue", "log")), ((1.5, 1.6), (-0.6, -0.7)))
    ('Frequent high spenders', 'Occasional buyers')
    """
    columns = [column for column, _ in features]
    at = {role: next((columns.index(c) for c in names if c in columns), None) for role, names in ROLES.items()}
    taken = []
    for centroid in centroids:
        z = {role: None if i is None else centroid[i] for role, i in at.items()}
        fitting = [rule.name for rule in RULES.itertuples(index=False, name="Rule") if _fits(rule, z)]
        spare = [MIDDLE.format(number=number) for number in range(1, len(centroids) + 1)]
        taken.append(next(name for name in (*fitting, *spare) if name not in taken))
    return tuple(taken)


def ranked(profile):
    """The names from best to worst for movement: by value, but those that have gone quiet after all others.

    Revenue adds up over time, so a new customer who leaves may end in a segment of more revenue: that is no rise.

    >>> from crm_analysis.methods.segments import Profile
    >>> ranked(Profile((("recency_days", "log"), ("revenue", "log")), (0, 0), (1, 1), ((1.2, 0.5), (-0.9, 0.1)),
    ...                ("Gone", "Here"), (0.5, 0.5), 1.0))
    ('Here', 'Gone')
    """
    columns = [column for column, _ in profile.features]
    at = columns.index("recency_days") if "recency_days" in columns else None
    quiet = [at is not None and centroid[at] >= QUIET for centroid in profile.centroids]
    places = sorted(range(len(quiet)), key=lambda c: (quiet[c], c))
    return tuple(profile.names[c] for c in places)


def advice(name):
    """What to do with the segment of that name.

    >>> advice("Occasional buyers")
    'Contact at their season, by cheap means'
    """
    return dict(zip(RULES["name"], RULES["advice"], strict=True)).get(name, MIDDLE_ADVICE)


def _fits(rule, z):
    """Whether all bounds of a rule hold; a bound on a feature that was not used never does."""
    for role, value in z.items():
        low, high = getattr(rule, f"{role}_from"), getattr(rule, f"{role}_to")
        bound = not (math.isnan(low) and math.isnan(high))
        if bound and (value is None or value < low or value > high):  # a comparison with NaN is False: no bound
            return False
    return True
