"""How to treat each tier, as a table to be edited: service, contact rhythm, offers, and a ceiling for the cost."""

import pandas as pd

PLAYBOOK = pd.DataFrame(
    [
        (30, 0.10, "Named account manager and deputy; answer within the working day; visit every quarter",
         "First access to new products; terms made for them; joint plan for the year"),
        (60, 0.06, "Named contact; answer within one working day; call before season",
         "Programme with a goal for the next tier; recommendations made for them"),
        (120, 0.03, "Service team; answer within two working days",
         "Bundles and a second category; reasons to order more often"),
        (365, 0.01, "Self-service and e-mail; answer within three working days",
         "Standard offers only; no free extras; minimum order or delivery fee"),
    ],
    columns=["contact_every_days", "cost_ceiling_share", "service", "offers"],
)  # fmt: skip


def table(tiers, rules=PLAYBOOK):
    """The treatment of each tier: a pandas frame.

    ``tiers`` is the table of ``pyramid.tiers``. ``rules`` holds treatments from the best tier to the last; with another
    number of tiers the first and the last keep theirs and those between are spread. Columns ``tier``, ``customers``,
    ``contact_every_days``, ``service``, ``offers``, ``cost_ceiling_share`` (of what a customer of the tier brings, 0-1),
    ``cost_ceiling_value`` (money per customer: the share of the mean value, at least 0).

    >>> tiers = pd.DataFrame({"tier": ["Best", "Rest"], "customers": [1, 9], "value_per_customer": [100.0, 10.0]})
    >>> table(tiers)[["tier", "contact_every_days", "cost_ceiling_value"]].values.tolist()
    [['Best', 30, 10.0], ['Rest', 365, 0.1]]
    """
    last = len(tiers) - 1
    at = [round(i * (len(rules) - 1) / last) if last else 0 for i in range(len(tiers))]
    rows = rules.iloc[at].reset_index(drop=True)
    ceiling = (tiers["value_per_customer"].fillna(0).clip(lower=0) * rows["cost_ceiling_share"]).round(2)
    return pd.concat([tiers[["tier", "customers"]].reset_index(drop=True), rows], axis=1).assign(
        cost_ceiling_value=ceiling
    )[["tier", "customers", "contact_every_days", "service", "offers", "cost_ceiling_share", "cost_ceiling_value"]]
