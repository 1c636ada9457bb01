"""Customer value in words: what to do first, the pyramid and the 80/20 rule, profit, key accounts."""

from crm_analysis.display.words import joined, say, sentence, tr

EIGHTY_TWENTY_TEXTS = {
    "holds": "The 80/20 rule holds here within the limits of chance: the best fifth of the customers bring {share} of the value "
    "({low} to {high}).",
    "more concentrated": "Value is more concentrated than the 80/20 rule says: the best fifth of the customers bring {share} "
    "({low} to {high}).",
    "less concentrated": "Value is less concentrated than the 80/20 rule says: the best fifth of the customers bring {share} "
    "({low} to {high}); it takes {needed} of them to reach 80 %.",
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
        best = upgrades.iloc[0]
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
    if moved is not None and moved["down"] > moved["up"]:
        steps.append(sentence(
            "More customers moved down a tier ({down}) than up ({up}) since the earlier day: find out why.",
            down=(moved["down"], "count"), up=(moved["up"], "count"),
        ))  # fmt: skip
    if not steps:
        steps.append(tr("Nothing here presses: no key account declines and no customer costs more than it brings."))
    return say(*steps)


def no_costs():
    """What cannot be known without the table of costs."""
    return say(
        tr(
            "This section needs: Table costs. Without it profit, the whale curve, the value classes and what would mend "
            "customers cannot be known. A large revenue may stand for a loss."
        )
    )


def customer_value(tiers, rule, gini, levels, upgrades, coverage, worth=None, currency=""):
    """Sentences on the tiers, the 80/20 rule, who could rise, the scorecard and, with costs, profit.

    ``tiers``: ``pyramid.tiers``; ``rule``: ``value.eighty_twenty``; ``levels``: ``relationship.levels``; ``upgrades``:
    ``upgrade.totals``; ``coverage``: of ``scorecard``; ``worth``: ``customer_profit.found``.
    """
    rising = [
        sentence(
            "{n} from {tier} to {next} lack {gap} in all.", currency,
            n=(row.customers, "count"), tier=(row.tier, "term"), next=(row.next_tier, "term"), gap=(row.gap_value, "money"),
        )
        for row in upgrades.itertuples()
    ]  # fmt: skip
    rise = rising and sentence("Who could rise: {rising}", rising=" ".join(rising))
    money = _profit(worth.peak, worth.classes, worth.levers, currency) if worth else no_costs().paragraphs
    return say(*_pyramid(tiers, rule, gini, levels, currency), rise, _scorecard(coverage), *money)


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


def _profit(peak, classes, levers, currency):
    whale = sentence(
        "{n} customers ({share}) bring {profit}; the others take {lost} of it away again, {below} of them because they cost more "
        "than they bring. {total} remain.", currency,
        n=(peak["customers"], "count"), share=(peak["customer_share"], "share"), profit=(peak["profit"], "money"),
        lost=(peak["lost"], "money"), below=(peak["below_zero"], "count"), total=(peak["total"], "money"),
    )  # fmt: skip
    found = classes.set_index("value_class")
    best, grow = found.loc["Most valuable"], found.loc["Most growable"]
    most = sentence(
        "The {n} most valuable customers contribute {value}. The {m} most growable ones could bring {more} more, if they did what "
        "the better of customers like them do.", currency,
        n=(best["customers"], "count"), value=(best["actual_value"], "money"), m=(grow["customers"], "count"),
        more=(grow["unrealised_value"], "money"),
    )  # fmt: skip
    assumed = sentence(
        "Assumed for mending: service cost can fall by {cut}, but not below {cost} an order; orders can grow by {growth}; prices can rise "
        "by {price}.", currency,
        cut=(levers.service_cut, "part"), cost=(levers.cost_per_order, "money"), growth=(levers.order_growth, "part"),
        price=(levers.price_rise, "part"),
    )  # fmt: skip
    return whale, most, assumed


def _scorecard(coverage):
    """Which criteria of a good customer could be had and which not."""
    missing = coverage[coverage["used"] == "No"]
    if missing.empty:
        return tr("All five criteria of a good customer could be had, each from all of its measures.")
    names = joined(
        sentence("{measure} (needs: {needs})", measure=(row.measure, "term"), needs=(row.needs, "term"))
        for row in missing.itertuples()
    )
    return sentence("Left out of the good-customer scores, not counted as zero: {names}.", names=names)


def upgrade_reasons(candidates, currency=""):
    """What closes the gap of each upgrade candidate, in the reader's words: a list of texts, in the order of the table."""
    return [
        sentence(
            "Lacks {gap} to be {tier}: {orders} more orders of the usual size, or spending up by {growth}.", currency,
            gap=(row.gap_value, "money"), tier=(row.next_tier, "term"), orders=(row.orders_needed, "count"),
            growth=(row.growth_needed, "share"),
        )
        for row in candidates.itertuples()
    ]  # fmt: skip


def mend_reasons(below_zero, currency=""):
    """What each customer below zero is short of, in the reader's words: a list of texts, in the order of the table."""
    return [
        sentence(
            "Short of {short}: margin {margin}, cost to sell and serve {cost}.", currency,
            short=(row.leaving_saves, "money"), margin=(row.margin, "money"), cost=(row.service_cost, "money"),
        )
        for row in below_zero.itertuples()
    ]  # fmt: skip


def watch_reasons(watched):
    """The signs of decline of each account in the reader's words: a list of texts, in the order of the table."""
    found = []
    for row in watched[list(SIGN_TEXTS)].to_dict("records"):
        signs = [tr(text) for sign, text in SIGN_TEXTS.items() if row[sign] == "Yes"]
        found.append(joined(signs) if signs else tr("no sign of decline"))
    return found
