"""Customer value in words: what to do first, the pyramid and the 80/20 rule, profit, key accounts."""

import pandas as pd

from crm_analysis.display import disclosure, words
from crm_analysis.display import steps as todo
from crm_analysis.display.words import joined, say, sentence, tr

EIGHTY_TWENTY_TEXTS = {
    "holds": "The 80/20 rule holds here within the limits of chance: the best fifth of the customers bring {share} of the value "
    "({low} to {high}).",
    "more concentrated": "Value is more concentrated than the 80/20 rule says: the best fifth of the customers bring {share} "
    "({low} to {high}).",
    "less concentrated": "Value is less concentrated than the 80/20 rule says: the best fifth of the customers bring {share} "
    "({low} to {high}); it takes {needed} of them to reach 80 %.",
}
MEND_ENOUGH = "Selling and serving cost more than the margin. One step within its limit is enough: {remedy}."
MEND_TEXTS = {
    "All three together": "Selling and serving cost more than the margin. No single step is enough; all three together are.",
    "Let go": "Selling and serving cost more than the margin. Not even all three steps together are enough.",
    "Stop spending": "Bought nothing in the days counted, and cost something all the same.",
}
SIGN_TEXTS = {
    "complaint_open": "a complaint is open",
    "order_overdue": "the usual order is overdue",
    "spending_falls": "spending falls",
    "range_narrows": "fewer categories than before",
}


def value_first(accounts, upgrades, mended=None, moved=None, currency=""):
    """What to do first: key accounts in decline, upgrade candidates, customers that cost more than they bring.

    ``accounts``: ``accounts.totals``; ``upgrades``: ``upgrade.totals``; ``mended``: ``mend.summary`` or None without costs;
    ``moved``: ``movement.totals`` or None.
    """
    steps = []
    if accounts["declining"]:
        steps.append(sentence(
            "Call {n} of the {all} key accounts: they show signs of decline, and {money} of revenue is at stake. The watch list "
            "says what to do with each.", currency,
            n=(accounts["declining"], "count"), all=(accounts["accounts"], "count"), money=(accounts["at_stake"], "money"),
        ))  # fmt: skip
    if len(upgrades):
        enough = upgrades[upgrades["customers"] >= disclosure.MINIMUM]
        best = (enough if len(enough) else upgrades).iloc[0]
        steps.append(sentence(
            "Lift {n} customers into a higher tier: {first} of them lack {gap} in all to be {tier}, {orders} usual orders each "
            "on average.", currency,
            n=(upgrades["customers"].sum(), "count"), first=(best["customers"], "count"), gap=(best["gap_value"], "money"),
            tier=(best["next_tier"], "term"), orders=(best["mean_orders_needed"], "number"),
        ))  # fmt: skip
    if mended is not None and len(mended):
        worst = mended.sort_values("leaving_saves").iloc[-1]
        steps.append(sentence(
            "Mend what costs more than it brings: {n} customers are {money} below zero together. For {m} of them ({share}): "
            "{advice}.", currency,
            n=(mended["customers"].sum(), "count"), money=(mended["leaving_saves"].sum(), "money"),
            m=(worst["customers"], "count"), share=(worst["leaving_saves"], "money"), advice=(worst["advice"], "term"),
        ))  # fmt: skip
    if mended is None:
        steps.append(tr("Bring the table costs: without it nobody can say which customers cost more than they bring."))
    if moved and moved["down"] > moved["up"]:
        steps.append(sentence(
            "More customers moved down a tier ({down}) than up ({up}) since the earlier day: find out why.",
            down=(moved["down"], "count"), up=(moved["up"], "count"),
        ))  # fmt: skip
    if not steps:
        steps.append(tr("Nothing here presses: no key account declines and no customer costs more than it brings."))
    return todo.show(steps)


def no_costs(returned=0):
    """What cannot be known without the table of costs; ``returned``: customers whose returns exceed their purchases."""
    visible = returned >= disclosure.MINIMUM and sentence(
        "{n} customers sent back more than they bought: the one loss that can be seen without costs.",
        n=(returned, "count"),
    )
    return say(
        tr(
            "This section needs: Table costs. Without it profit, the whale curve, the value classes and what would mend "
            "customers cannot be known. A large revenue may stand for a loss."
        ),
        visible,
    )


def customer_value(ranked, tiers, rule, gini, levels, upgrades, coverage, large, moved=None, worth=None, currency=""):
    """Sentences on the tiers, the 80/20 rule, movement, who could rise, the scorecard and, with costs, profit.

    ``ranked``: (the column that ranks customers, the days counted); ``tiers``: ``pyramid.tiers``; ``rule``:
    ``value.eighty_twenty``; ``levels``: ``relationship.levels``; ``upgrades``:
    ``upgrade.totals``; ``coverage`` and ``large``: of ``scorecard`` (``large_not_good``); ``moved``: (``movement.totals``, the
    earlier day, the day of the report, ``movement.covered``); ``worth``: ``customer_profit.found``.
    """
    rising = [
        sentence(
            "{n} from {tier} to {next} lack {gap} in all", currency,
            n=(row.customers, "count"), tier=(row.tier, "term"), next=(row.next_tier, "term"), gap=(row.gap_value, "money"),
        )
        for row in upgrades[upgrades["customers"] >= disclosure.MINIMUM].itertuples()
    ]  # fmt: skip
    rise = rising and sentence("Who could rise: {rising}.", rising=tr("; ").join(rising))
    moves = tier_moves(*moved).paragraphs if moved else ()
    money = _profit(worth, currency) if worth else ()
    good = (_large(large), _scorecard(coverage))
    steps = worth.bridge.set_index("step")["amount"] if worth else {}
    loss = worth and ranked[0] != "contribution" and steps["Contribution"] <= 0 and tr(
        "Taken together, customers cost more than they bring: of contribution nobody has a share, so another value ranks them."
    )  # fmt: skip
    return say(loss, _ranked(*ranked), *_pyramid(tiers, rule, gini, levels, currency), *moves, rise, *money, *good)


def _ranked(value, days):
    """By what and over how long customers are ranked."""
    return sentence(
        "Customers are ranked by {value} in the last {days} days."
        if days
        else "Customers are ranked by {value} over all orders in the data.",
        value=words.label(value).lower(),
        days=(days, "count"),
    )


def tier_moves(totals, earlier, now, covered=True):
    """Who moved between the tiers; without figures when nobody was there yet, or the earlier window began before the log."""
    stayed = totals["up"] + totals["down"] + totals["same"]
    if not stayed:
        return say(
            sentence("No customer was there on {earlier}: there is no movement to show.", earlier=(earlier, "date"))
        )
    if not covered:
        return say(sentence(
            "Movement is not shown: the days counted up to {earlier} begin before the first order in the data, so too many would "
            "seem to have risen. Compare with a later day or count fewer days.", earlier=(earlier, "date"),
        ))  # fmt: skip
    return say(sentence(
        "Between {earlier} and {now}, {up} customers moved up a tier, {down} moved down and {same} stayed; {new} came new or came "
        "back, and {gone} bought nothing more in the days counted.",
        earlier=(earlier, "date"), now=(now, "date"), up=(totals["up"], "count"), down=(totals["down"], "count"),
        same=(totals["same"], "count"), new=(totals["new"], "count"), gone=(totals["gone"], "count"),
    ))  # fmt: skip


def value_plan(watched, upgrades, mended=None):
    """The action plan as a table: ``group``, ``advice``, ``customers``, ``at_stake`` (money).

    ``watched``: ``accounts.summary``; ``upgrades``: ``upgrade.totals``; ``mended``: ``mend.summary`` or None. At stake is the
    revenue of key accounts, what candidates lack to rise, and what customers below zero are short of zero.
    """
    rows = [(tr("Key accounts"), tr(r.advice), r.customers, r.revenue_at_stake) for r in watched.itertuples()]
    for r in upgrades.itertuples():
        advice = sentence(
            "Win more orders, {orders} on average: then they are {next}",
            orders=(r.mean_orders_needed, "number"), next=(r.next_tier, "term"),
        )  # fmt: skip
        rows.append((tr(r.tier), advice, r.customers, r.gap_value))
    if mended is not None:
        rows += [(tr("Below zero"), tr(r.advice), r.customers, r.leaving_saves) for r in mended.itertuples()]
    return pd.DataFrame(rows, columns=["group", "advice", "customers", "at_stake"])


def _pyramid(tiers, rule, gini, levels, currency):
    first = tiers.iloc[0]
    top = sentence(
        "{tier}: {n} customers ({customers}) bring {value}, {share} of all; from {least} on a customer belongs to them.",
        currency,
        tier=(first["tier"], "term"), n=(first["customers"], "count"), customers=(first["customer_share"], "share"),
        value=(first["revenue"], "money"), share=(first["revenue_share"], "share"), least=(first["from_value"], "money"),
    )  # fmt: skip
    tested = sentence(
        EIGHTY_TWENTY_TEXTS[rule["verdict"]],
        share=(rule["share"], "share"), low=(rule["low"], "share"), high=(rule["high"], "share"), needed=(rule["needed"], "share"),
    )  # fmt: skip
    spread = sentence(
        "The balance point is {p}: the best {p} of the customers bring {q} of the value. Gini coefficient {gini}.",
        p=(rule["balance"], "share"), q=(1 - rule["balance"], "share"), gini=(gini, "number"),
    )  # fmt: skip
    relations = tr("; ").join(
        sentence("{tier}: {level}", tier=(row.tier, "term"), level=(row.level, "term")) for row in levels.itertuples()
    )
    kotler = sentence("Level of relationship each tier deserves (Kotler): {relations}.", relations=relations)
    return top, tested, spread, kotler


def _profit(worth, currency):
    peak, levers, classes = worth.peak, worth.learned.levers, worth.classes.set_index("value_class")
    steps = worth.bridge.set_index("step")["amount"]
    way = sentence(
        "Of {revenue} of revenue {margin} remain as margin; selling takes {sell} and serving {serve} of it, so customers "
        "contribute {contribution}. Winning customers took {acquire} more.", currency,
        revenue=(steps["Revenue, net of returns"], "money"), margin=(steps["Margin"], "money"),
        sell=(-steps["Cost to sell"], "money"), serve=(-steps["Cost to serve"], "money"),
        contribution=(steps["Contribution"], "money"), acquire=(-steps["Cost to acquire"], "money"),
    )  # fmt: skip
    whale = sentence(
        "{n} customers ({share}) bring {profit} of profit; the others take {lost} of it away again: {below} make a loss once "
        "the cost to win them is counted. {total} remain.", currency,
        n=(peak["customers"], "count"), share=(peak["customer_share"], "share"), profit=(peak["profit"], "money"),
        lost=(peak["lost"], "money"), below=(peak["below_zero"], "count"), total=(peak["total"], "money"),
    )  # fmt: skip
    best, grow = classes.loc["Most valuable"], classes.loc["Most growable"]
    most = sentence(
        "The {n} most valuable customers contribute {value}. The {m} most growable ones could bring {more} more, if they did what "
        "the better of customers like them do.", currency,
        n=(best["customers"], "count"), value=(best["actual_value"], "money"), m=(grow["customers"], "count"),
        more=(grow["unrealised_value"], "money"),
    )  # fmt: skip
    assumed = sentence(
        "Assumed for mending: service cost can fall by {cut}, but not below {cost} an order; orders can grow by {growth}; prices can rise "
        "by {price}. Leaving those below zero would save {saved}.", currency,
        cut=(levers.service_cut, "part"), cost=(levers.cost_per_order, "money"), growth=(levers.order_growth, "part"),
        price=(levers.price_rise, "part"), saved=(worth.remedies["leaving_saves"].sum(), "money"),
    )  # fmt: skip
    return way, whale, most, assumed


def _large(large):
    """Large is not always good."""
    return large["large"] > 0 and sentence(
        "Large is not always good: of the {n} customers in the upper tiers {low} have a good-customer score below the middle.",
        n=(large["large"], "count"), low=(large["not_good"], "count"),
    )  # fmt: skip


def _scorecard(coverage):
    """Which criteria of a good customer could be had and which not."""
    missing = coverage[coverage["used"] == "No"]
    if missing.empty:
        return tr("All five criteria of a good customer could be had, each from all of its measures.")
    names = joined(
        sentence("{measure} (needs: {needs})", measure=words.label(row.measure), needs=(row.needs, "term"))
        for row in missing.itertuples()
    )
    return sentence("Left out of the good-customer scores, not counted as zero: {names}.", names=names)


def upgrade_reasons(tiers, max_orders):
    """What closes the gap of upgrade candidates, in the reader's words: ``next_tier``, ``orders_needed``, ``why``; one row each.

    ``tiers``: the names, best first; ``max_orders``: what a candidate may lack.
    """
    rows = [
        (tier, n, sentence(
            "Usual orders that would lift the customer to {tier}: {orders}.", tier=(tier, "term"), orders=(n, "count")
        ))
        for tier in tiers[:-1] for n in range(max_orders + 1)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["next_tier", "orders_needed", "why"])


def mend_reasons(remedies):
    """Why customers below zero are on the list, in the reader's words: ``remedy``, ``why``; one row per remedy.

    ``remedies``: ``mend.summary``, or None.
    """
    found = [] if remedies is None else list(remedies["remedy"])
    rows = [(r, sentence(MEND_TEXTS.get(r, MEND_ENOUGH), remedy=(r, "term"))) for r in found]
    return pd.DataFrame(rows, columns=["remedy", "why"])


def tier_reasons(tiers, value, currency=""):
    """Why a customer is in its tier, in the reader's words: ``tier``, ``why``; one row per tier of ``pyramid.tiers``.

    ``value``: the column that ranks the customers.
    """
    rows = []
    for row in tiers.itertuples():
        last = row.Index == len(tiers) - 1
        why = sentence(
            "{what}: less than the tiers above ask for." if last else "{what} from {least} on.",
            currency,
            what=words.label(value),
            least=(row.from_value, "money"),
        )
        rows.append((row.tier, why))
    return pd.DataFrame(rows, columns=["tier", "why"])


def watch_reasons(watched):
    """The signs of decline in the reader's words: a column for each sign, Yes or No, and ``why``; one row per set of signs
    that occurs in ``accounts.watch``.
    """
    found = watched[list(SIGN_TEXTS)].drop_duplicates()
    signs = ([tr(text) for sign, text in SIGN_TEXTS.items() if row[sign] == "Yes"] for row in found.to_dict("records"))
    return found.assign(why=[joined(each) if each else tr("no sign of decline") for each in signs])
