"""The eight indicators of loyalty, each as customers behave and as they answer: what can be had, with n and interval.

An indicator that the tables cannot give is a row that says which table would: never a 0, never left out. The course's
eight: repeat purchase, attention to the brand, needs met by us, price sensitivity, attitude to rivals, recognition,
choice time, tolerance of faults.
"""

import math
from typing import NamedTuple

import pandas as pd

from crm_analysis.data import frames
from crm_analysis.methods import (
    intervals,
    loyalty_behaviour,
    loyalty_measures,
    loyalty_panel,
    loyalty_prices,
    matching,
    recovery,
    survey,
    word_of_mouth,
)

KEYS = ["key", "number", "indicator", "form", "measure"]
COLUMNS = [*KEYS, "value", "low", "high", "n", "counted", "kind", "loyal_when", "needs"]
HIGH, LOW = "High", "Low"
BEHAVIOUR, OWN_SHELF, SURVEY = "Behaviour", "Own shelf", "Survey"
NAMES = loyalty_measures.MEASURES.drop_duplicates("number").set_index("number")["indicator"].to_dict()
PANEL_NEEDS = "Table purchases, and own_brands"
OWN_NEEDS = "Your own brands, named in own_brands"
SURVEY_NEEDS, QUESTION_NEEDS = "Table survey", "A question on it in table survey"


class Row(NamedTuple):
    """One line: the measure in words, what it counts, its kind (share, number, minutes, points) and what it needs."""

    number: int
    measure: str
    counted: str
    kind: str
    loyal_when: str
    needs: str


ROWS = {
    "repeat": Row(1, "Buyers who ordered again in the window", "Buyers", "share", HIGH, "Table transactions"),
    "category": Row(1, "Buyers who ordered again in the same category", "Buyers", "share", HIGH, "Column category"),
    "own_again": Row(1, "Purchases of ours followed by ours again", "Customers", "share", HIGH, PANEL_NEEDS),
    "actions": Row(2, "Visits, searches and opened messages per month", "Customers", "number", HIGH, "Table engagement"),
    "requirements": Row(3, "Share of category requirements, over all buyers", "Customers", "share", HIGH, PANEL_NEEDS),
    "mean_requirements": Row(3, "Share of category requirements, mean of buyers", "Customers", "share", HIGH, PANEL_NEEDS),
    "wallet": Row(3, "Share of wallet, over all buyers", "Customers", "share", HIGH, PANEL_NEEDS),
    "full_price": Row(4, "Bought at full price, of list value", "Customers", "share", HIGH, "Column discount"),
    "slope": Row(4, "Change in units for 1 % of price, in percent", "Products", "number", HIGH,
                 "Column product and quantity with shelf prices that move, or tables purchases and prices"),
    "switch": Row(5, "Purchases of ours followed by a rival's", "Customers", "share", LOW, PANEL_NEEDS),
    "rivals": Row(5, "Rival brands bought per customer", "Customers", "number", LOW, PANEL_NEEDS),
    "brought": Row(6, "Customers who brought a new one in the window", "Customers", "share", HIGH, "Table customers with referred_by"),
    "sent": Row(6, "Recommendations sent per customer in the window", "Customers", "number", HIGH, "Table engagement with referrals"),
    "minutes": Row(7, "Minutes from first view to order, median", "Customers", "minutes", LOW, "Table engagement with choice_minutes"),
    "came_back": Row(8, "Bought again after a justified complaint", "Customers", "share", HIGH, "Table service"),
    "against_alike": Row(8, "The same, as a share of alike customers without one", "Customers", "share", HIGH, "Table service"),
    "after_return": Row(8, "Bought again after a return, as a share of alike customers", "Customers", "share", HIGH,
                        "Returns in table transactions"),
}  # fmt: skip
ASKED = {
    "Repeat purchase": "Would buy again",
    "Attention to the brand": "Follows news of the brand",
    "Needs met by us": "Of the last ten purchases, ours",
    "Price sensitivity": "Would stay at a higher price",
    "Attitude to rivals": "Likes a rival better (turned round)",
    "Recognition": "Net promoter score",
    "Choice time": "Compares long before buying (turned round)",
    "Tolerance of faults": "Would buy again after a fault",
}


def indicators(tables, as_of, window_days=365, own=(), answers=None, codebook=survey.CODEBOOK, returned=None):
    """All rows of the eight indicators, in order, whatever the tables hold: a pandas frame.

    ``tables`` maps names to frames, with ``transactions`` at least; ``own``: own brands; ``answers``: one row per respondent
    (``survey.latest``), as given; ``returned``: the table of ``recovery.justified``.

    Columns ``key`` (a short stable name of the row), ``number``, ``indicator``, ``form`` ("Behaviour", "Survey", or "Own shelf" where
    the rivals are the other brands in our own log), ``measure``, ``value`` with ``low`` and ``high``, ``n`` and what
    is ``counted``, ``kind`` (share 0-1, number, minutes, points, or the scale of an answer as "1-5"), ``loyal_when`` ("High" or
    "Low"), ``needs``: empty, or what is missing; then the figures are missing too. Answers that are disloyal when high are
    turned round first.
    """
    found = _behaviour(tables, as_of, window_days, own, returned)
    # without a panel the rivals are the other brands that we sell ourselves: a view of our own shelf
    shelf = OWN_SHELF if tables.get(loyalty_panel.PANEL) is None else BEHAVIOUR
    no_own = not own and any(tables.get(t) is not None for t in (loyalty_panel.PANEL,))
    rows = []
    for number, name in NAMES.items():
        for key, row in ROWS.items():
            if row.number != number:
                continue
            needs = OWN_NEEDS if no_own and row.needs == PANEL_NEEDS else row.needs
            form = shelf if row.needs == PANEL_NEEDS and key in found else BEHAVIOUR
            rows.append(_told(key, form, row._replace(needs=needs), found.get(key)))
        rows.append(_asked(number, name, answers, codebook))
    return pd.DataFrame(rows, columns=COLUMNS)


def missing(table):
    """What would fill the open rows: ``needs``, and how many ``measures`` it would give, the most useful first.

    >>> missing(pd.DataFrame({"needs": ["Table survey", "", "Table service", "Table survey"]})).values.tolist()
    [['Table survey', 2], ['Table service', 1]]
    """
    counts = table.loc[table["needs"] != "", "needs"].value_counts(sort=False).rename("measures").reset_index()
    return counts.sort_values("measures", ascending=False, kind="stable", ignore_index=True)


def seen(table):
    """How many of the eight indicators have at least one figure."""
    return int(table.loc[table["value"].notna(), "number"].nunique())


def _behaviour(tables, as_of, window_days, own, returned):
    lines, engagement, people = tables["transactions"], tables.get("engagement"), tables.get("customers")
    found = {
        "repeat": loyalty_behaviour.repeat_rate(lines, as_of, window_days),
        "category": loyalty_behaviour.repeat_rate_in_category(lines, as_of, window_days),
        "full_price": loyalty_prices.full_price(lines, as_of, window_days),
        "slope": _slope(tables, as_of, window_days, own),
    }
    panel, _ = loyalty_panel.purchases(tables, as_of, window_days, own)
    if panel is not None:
        figures = loyalty_panel.figures(panel)
        names = ("requirements", "mean_requirements", "wallet", "switch", "rivals")
        found |= {"own_again": figures["repeat"]} | {name: figures[name] for name in names}
    actions = loyalty_behaviour.attention(engagement, as_of, window_days)
    found["actions"] = _mean(actions, "monthly_actions")
    sent = loyalty_behaviour.referrals(engagement, as_of, window_days)
    found["sent"] = _mean(sent, "referrals")
    minutes = loyalty_behaviour.choice_minutes(engagement, as_of, window_days)
    found["minutes"] = None if minutes is None else intervals.median(frames.to_pandas(minutes)["choice_minutes"])
    brought = loyalty_behaviour.brought(people, as_of, window_days)
    if brought is not None:
        # all customers are asked about, not only this window's buyers: anybody may recommend
        known = loyalty_behaviour.known_customers(people, as_of)
        found["brought"] = intervals.share(len(frames.to_pandas(brought)), known)
    back = matching.effect(matching.matched(lines, recovery.returns(lines), as_of))
    found["after_return"] = intervals.Interval(back["ratio"], back["ratio_low"], back["ratio_high"], back["matched"])
    if returned is not None and len(returned):
        found["came_back"] = intervals.share(int(returned["again"].sum()), len(returned))
        effect = matching.effect(returned)
        ends = (effect["ratio"], effect["ratio_low"], effect["ratio_high"])
        found["against_alike"] = intervals.Interval(*ends, effect["matched"])
    return found


def _slope(tables, as_of, window_days, own):
    found = loyalty_prices.slope(loyalty_prices.weeks(tables, own, as_of, window_days))
    return intervals.Interval(found["slope"], found["low"], found["high"], found["series"])


def _asked(number, name, answers, codebook):
    """The survey's row of an indicator: the mean answer, or for the recommendation the net promoter score."""
    items = [] if answers is None else survey.items(answers, codebook, "indicator", name.lower())
    row = Row(
        number,
        ASKED[name],
        "Answers",
        "number",
        HIGH,
        SURVEY_NEEDS if answers is None or answers.empty else QUESTION_NEEDS,
    )
    if not items or not answers[items[0]].notna().any():
        return _told(f"asked_{number}", SURVEY, row, None)
    scale = codebook.set_index("item").loc[items[0]]
    if number == 6 and (scale["low"], scale["high"]) == (0, 10):
        score = word_of_mouth.nps(answers[items[0]])
        found = intervals.Interval(score["nps"], score["nps_low"], score["nps_high"], score["n"])
        return _told(f"asked_{number}", SURVEY, row._replace(kind="points"), found)
    found = intervals.mean(survey.score(survey.aligned(answers, codebook), items))
    return _told(f"asked_{number}", SURVEY, row._replace(kind=f"{scale['low']:g}-{scale['high']:g}"), found)


def _mean(frame, column):
    return None if frame is None else intervals.mean(frames.to_pandas(frame)[column])


def _told(key, form, row, found):
    known = found is not None and not math.isnan(found.value)
    figures, needs = (found, "") if known else (intervals.NOTHING, row.needs)
    return (
        key,
        row.number,
        NAMES[row.number],
        form,
        row.measure,
        *figures,
        row.counted,
        row.kind,
        row.loyal_when,
        needs,
    )
