"""The demo company's complaints, and what handling them badly does to the customer.

Minutes are whole minutes since the first minute of ``START``. The planted effect: after a complaint that is not
answered with a result within three days the customer leaves for good with probability ``LEAVES_IF_BAD``; after one
that is, the customer goes on as if nothing had happened.
"""

import numpy as np
import pandas as pd

from crm_analysis.data.demo.shop import LAST_DAY, between, of_segment, pick, stream

DAY = 24 * 60
KINDS = {
    "late delivery": 0.40, "damaged": 0.23, "wrong item": 0.14, "quality": 0.10, "billing": 0.06, "website": 0.04,
    "staff": 0.03,
}  # fmt: skip
PROMISED_HOURS = {"first_response": 24, "resolution": 72, "visit": 168, "archive": 240}
# Lognormal waits in hours: median, spread on the log scale. Each wait starts where the one before ends.
WAITS = {"first_response": (9.0, 0.90), "resolution": (26.0, 0.75), "visit": (52.0, 0.70), "archive": (36.0, 0.70)}
SLOW_SHARE, SLOW_FACTOR = 0.12, 3.0  # cases that fall to an overloaded team
STUCK_SHARE, STUCK_FACTOR = 0.02, 25.0  # cases that somebody forgot
DEMANDING_FACTOR = 5.0  # demanding customers complain more often
VALID_SHARE = 0.68
VISITED_SHARE = 0.86
ASKED_SHARE = 0.62  # resolved cases with a satisfaction answer
RECURS = {"well": 0.06, "badly": 0.18}  # a second complaint about the same order
LEAVES_IF_BAD = 0.65
RESOLUTIONS = ("refund", "replacement", "voucher", "apology")
RESOLUTION_SHARE = (0.38, 0.30, 0.18, 0.14)


def complaints(seed, people, orders):
    """All complaints that ``orders`` would cause; ``badly`` handled ones may make the customer ``leave``."""
    rng = stream(seed, 8)
    chance = of_segment("complaints_per_1000", people["segment"])[orders["customer"]] / 1000
    chance = chance * np.where(people["demanding"].to_numpy()[orders["customer"]], DEMANDING_FACTOR, 1.0)
    about = orders[rng.random_sample(len(orders)) < chance]
    opened = (about["day"] + between(rng, 1, 10, len(about))) * DAY + between(rng, 8 * 60, 20 * 60, len(about))
    first = _handled(rng, about.assign(opened=opened))
    again = first[rng.random_sample(len(first)) < np.where(first["badly"], RECURS["badly"], RECURS["well"])]
    reopened = again["resolved"] + np.floor(DAY * (1 + rng.exponential(8, len(again)))).astype(int)
    second = _handled(rng, again[["order", "customer", "day", "kind"]].assign(opened=reopened))
    cases = pd.concat([first, second], ignore_index=True)
    cases["leaves"] = cases["badly"] & (rng.random_sample(len(cases)) < LEAVES_IF_BAD)
    cases["no_order"] = rng.random_sample(len(cases)) < 0.06  # by telephone, the order was not noted
    return cases[cases["opened"] < (LAST_DAY + 1) * DAY].reset_index(drop=True)


def _handled(rng, cases):
    """Adds kind, validity and the minutes of each step; the future is cut off later, by ``seen``."""
    n = len(cases)
    kind = np.array(list(KINDS))[pick(rng, list(KINDS.values()), n)]
    cases = cases.assign(kind=cases.get("kind", kind), valid=rng.random_sample(n) < VALID_SHARE)
    pace = np.where(rng.random_sample(n) < SLOW_SHARE, SLOW_FACTOR, 1.0)
    pace = np.where(rng.random_sample(n) < STUCK_SHARE, STUCK_FACTOR, pace)
    at = cases["opened"]
    for step, name in (("first_response", "answered"), ("resolution", "resolved"), ("visit", "visited")):
        median, spread = WAITS[step]
        hours = median * np.exp(spread * rng.standard_normal(n)) * (1.0 if step == "visit" else pace)
        at = at + 1 + np.floor(60 * hours).astype(int)
        cases[name] = at
    median, spread = WAITS["archive"]
    cases["archived"] = at + 1 + np.floor(60 * median * np.exp(spread * rng.standard_normal(n))).astype(int)
    cases["badly"] = cases["resolved"] - cases["opened"] > 60 * PROMISED_HOURS["resolution"]
    return cases


def consequences(people, orders, cases):
    """People, orders and cases after customers have left over badly handled complaints.

    Whoever leaves does so when the promised three days are over. Later orders never happen, nor do the complaints
    about them; ``lost`` marks the customers whose end a complaint brought forward.
    """
    gone = (cases["opened"] + 60 * PROMISED_HOURS["resolution"]) // DAY
    left = gone[cases["leaves"]].groupby(cases["customer"]).min()
    leave_day = left.reindex(np.arange(len(people))).to_numpy()
    lost = leave_day < np.minimum(people["end"], LAST_DAY)
    people = people.assign(end=np.where(lost, leave_day, people["end"]).astype(int), lost=lost)
    orders = orders[orders["day"] <= np.maximum(people["end"], people["acquired"]).to_numpy()[orders["customer"]]]
    cases = cases[cases["order"].isin(orders["order"])]
    return people, orders.reset_index(drop=True), cases.reset_index(drop=True)


def seen(seed, cases):
    """Cases as the log shows them at the end of the last day: what lies in the future is -1 (not yet)."""
    rng = stream(seed, 9)
    cases = cases.sort_values(["opened", "customer"], ignore_index=True)
    never_visited = rng.random_sample(len(cases)) >= VISITED_SHARE
    for name in ("answered", "resolved", "visited", "archived"):
        cases[name] = cases[name].where(cases[name] < (LAST_DAY + 1) * DAY, -1)
    cases.loc[never_visited, "visited"] = -1
    open_case = cases["resolved"] < 0
    undecided = open_case & ((cases["answered"] < 0) | (rng.random_sample(len(cases)) < 0.6))
    cases["verdict"] = np.select([undecided, cases["valid"]], ["", "yes"], "no")
    amends = np.array(RESOLUTIONS)[pick(rng, RESOLUTION_SHARE, len(cases))]
    refused = np.where(rng.random_sample(len(cases)) < 0.75, "explanation", "voucher")
    cases["resolution"] = np.select([open_case, cases["valid"]], ["", amends], refused)
    liking = 4.1 - 1.6 * cases["badly"] - 0.7 * ~cases["valid"] + 0.8 * rng.standard_normal(len(cases))
    asked = ~open_case & (rng.random_sample(len(cases)) < ASKED_SHARE)
    cases["satisfaction"] = np.where(asked, np.clip(np.floor(liking + 0.5), 1, 5), 0).astype(int)
    return cases
