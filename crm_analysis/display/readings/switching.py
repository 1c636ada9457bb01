"""Brand switching in words: what the matrix may be used for, what customers are worth, what to do, what the own log says."""

import math

from crm_analysis.display import steps as todo
from crm_analysis.display.charts.switching import state_name
from crm_analysis.display.readings.clv_own import own_value
from crm_analysis.display.words import run, say, sentence, tr

GOOD, CARE, BAD = "good", "with care", "not good"
SILENT = ("Lapsed", "Nothing bought")  # the states of silence
FITS = 0.05  # a model with a smaller p-value does not fit


def switching(panel, checks, worth, told, ahead, own, currency=""):
    """What to do, and whether the matrix carries it; then sentences on all of it.

    ``panel``: (kind, category); ``checks``: of ``switching_trust.table``; ``worth``: (of ``equity.table``, of
    ``equity.split``); ``told``: (of ``whatif.table``, of ``drivers.actions``, of ``whatif.campaign``, of
    ``clv_customers.summary`` or None, the brand looked through); ``ahead``: of ``switching_study.ahead``, None where nothing
    tells of brands; ``own``: (profile, summary, check) of ``clv_own``, or None.
    """
    ours = own_value(*own, currency) if own else ()
    if ahead is None:
        return say(_nothing(), *ours)
    (values, parts), (levers_table, actions, what_if, groups, brand) = worth, told
    focus = values.set_index("brand").loc[brand]
    return todo.show(
        [_do(levers_table, brand, currency), _trusted(checks, panel[0])],
        _what(panel),
        _counted(panel[0], ahead["counts"]),
        _loyal(ahead["loyal"], brand),
        _worth(brand, focus, ahead["terms"], currency),
        _personal(ahead["personal"], brand, focus, checks, currency),
        _whence(brand, parts),
        _next(brand, focus, ahead),
        _campaign(what_if, brand, currency),
        _driven(actions, brand, currency),
        _grouped(groups, brand),
        _changed(ahead["change"], brand, ahead["day"]),
        _conserved(ahead["conserved"]),
        *ours,
    )


def _nothing():
    return tr(
        "Nothing here tells of brands: a brand switching matrix needs purchases (one line per purchase, own brands and rivals) or a "
        "survey that asks every respondent for the brand bought last and the brand meant next. A satisfaction survey alone "
        "says how much customers like us, not whom they leave us for, so no value is given."
    )


def _what(panel):
    kind, category = panel
    if kind == "panel":
        return ""
    if kind == "survey":
        return tr(
            "These are answers, not purchases: people say more often that they will stay than they do, and nobody was watched. "
            "Frequency and spending are as told. How long the matrix lasts, and whether it foretells, cannot be checked."
        )
    if kind == "retailer":
        return sentence(
            "These are the brands of the category {category} as one retailer sells them: who buys elsewhere meanwhile is not "
            "seen, so brands look a little stickier than they are.",
            category=category,
        )
    return tr(
        "A brand switching matrix cannot be had from one company's own log: what customers buy from rivals is not in it. What "
        "stands here is the movement between states of our own, and the value that follows; it says who goes silent, not who "
        "takes them."
    )


def _counted(kind, counts):
    """What the matrix rests on, and what the rules had to decide."""
    if kind == "survey":
        return sentence(
            "The matrix rests on {customers} respondents, one step each.", customers=(counts["customers"], "count")
        )
    rests = sentence(
        "The matrix rests on {steps} steps of {customers} customers; {once} of them bought only once, so that no step of theirs is "
        "known, and {new} were first seen in the last year."
        if counts["new"] < counts["customers"]
        else "The matrix rests on {steps} steps of {customers} customers; {once} of them bought only once, so that no step of "
        "theirs is known.",
        **{name: (counts[name], "count") for name in ("steps", "customers", "once", "new")},
    )  # fmt: skip
    if not counts["shared_occasions"]:
        return rests
    shared = sentence(
        "In {shared} of {occasions} occasions several brands were bought, and the one with most spending counts or each by its "
        "part; in {tied} of them spending was equal, and the brand bought more often by all came first.",
        shared=(counts["shared_occasions"], "count"), occasions=(counts["occasions"], "count"),
        tied=(counts["tied_occasions"], "count"),
    )  # fmt: skip
    return run([rests, shared])


def _loyal(found, brand):
    if found is None or found["loyal_share"] <= 0.005:
        return ""
    values = {
        "brand": state_name(brand), "loyal": (found["loyal_share"], "share"), "other": (found["switcher_share"], "share"),
    }  # fmt: skip
    if found["p_value"] < FITS:
        return sentence(
            "Seen as hard-core loyal buyers and switchers (Colombo and Morrison), {loyal} of the buyers of {brand} would be loyal for "
            "good, and the others choose it with {other}; but that model does not fit these purchases well.",
            **values,
        )
    return sentence(
        "Seen as hard-core loyal buyers and switchers (Colombo and Morrison), {loyal} of the buyers of {brand} are loyal for good, "
        "and the others choose it with {other}.",
        **values,
    )


def _campaign(found, brand, currency):
    if found is None:
        return ""
    values = {
        "brand": state_name(brand), "points": (found["points"], "number"), "gain": (found["gain"], "money"),
        "low": (found["gain_low"], "money"), "high": (found["gain_high"], "money"), "cost": (found["cost"], "money"),
    }  # fmt: skip
    if found["return_on_marketing"] is None:
        return sentence(
            "What if {points} more of 100 buyers of {brand} stayed: customer equity would rise by {gain} ({low} to {high}), which "
            "is also the most that bringing it about may cost.",
            currency, **values,
        )  # fmt: skip
    returns = {end: (found[f"return_on_marketing{key}"], "change") for end, key in (("roi", ""), ("least", "_low"), ("most", "_high"))}  # fmt: skip
    return sentence(
        "What if {points} more of 100 buyers of {brand} stayed: customer equity would rise by {gain} ({low} to {high}). At a cost of "
        "{cost} the return on marketing is {roi} ({least} to {most}).",
        currency, **values, **returns,
    )  # fmt: skip


def _grouped(groups, brand):
    """Customers by what they were and will be worth."""
    if groups is None or not groups["clv"].sum() > 0:
        return ""
    by = groups.set_index("group")
    share = by["clv"] / by["clv"].sum()
    return sentence(
        "By current and future value to {brand}: {keep} customers to keep hold {kept} of what lies ahead, {win} to win over {won}, "
        "{risk} at risk {risked}, and {rest} to let be {left}.",
        brand=state_name(brand), keep=(by.loc["Keep", "customers"], "count"), kept=(share["Keep"], "share"),
        win=(by.loc["Win over", "customers"], "count"), won=(share["Win over"], "share"),
        risk=(by.loc["At risk", "customers"], "count"), risked=(share["At risk"], "share"),
        rest=(by.loc["Let be", "customers"], "count"), left=(share["Let be"], "share"),
    )  # fmt: skip


def _trusted(checks, kind):
    worst = [row for row in checks.itertuples() if row.verdict == BAD]
    care = [row for row in checks.itertuples() if row.verdict == CARE]
    if worst:
        return sentence(
            "The matrix should not be trusted as it stands: {checks}. It still describes what was bought after what; values and "
            "levers that rest on it say more than these purchases can bear.",
            checks="; ".join(_named(row) for row in worst),
        )
    if care:
        return sentence("The matrix can be used with care: {checks}.", checks="; ".join(_named(row) for row in care))
    if kind == "survey":
        return tr("It passes the few checks that answers allow; whether people will do as they say, no check can tell.")
    return tr("The matrix can be trusted: it passes every check that these purchases allow.")


def _named(row):
    """A check that is not good, told as what is the matter."""
    matter = {
        "enough customers": "too few customers stand behind some rows",
        "the last brand matters": "the last brand does not tell the next one",
        "one purchase back is enough": "customers remember more than the last purchase",
        "inertia, not only different people": "repeat buying is mostly people who differ, not loyalty that could be won or lost",
        "the matrix lasts": "it changed over the time",
        "light and heavy buyers alike": "light and heavy buyers switch differently",
        "no trap in the chain": "the chain has a trap",
        "it foretells": "it does not foretell best what is bought next",
    }  # fmt: skip
    return tr(matter[row.check])


def _worth(brand, focus, terms, currency):
    horizon = (
        "over {years} years" if terms["years"] else "without end",
        {"years": (terms["years"], "number")},
    )
    values = {
        "brand": state_name(brand), "clv": (focus["clv"], "money"), "low": (focus["clv_low"], "money"),
        "high": (focus["clv_high"], "money"), "horizon": sentence(horizon[0], **horizon[1]),
        "margin": (terms["margin_share"], "part"), "discount": (terms["discount_per_year"], "part"),
        "population": (terms["population"], "count"), "equity": (focus["equity"], "money"),
    }  # fmt: skip
    if focus["equity_share"] >= 1:
        return sentence(
            "A customer is worth {clv} ({low} to {high}) {horizon}, at a contribution of {margin} of spending and {discount} a "
            "year; all {population} together {equity}.",
            currency, **values,
        )  # fmt: skip
    return sentence(
        "To {brand} a customer of the category is worth {clv} ({low} to {high}) {horizon}, at a contribution of {margin} of "
        "spending and {discount} a year; for all {population} customers that is {equity}, {share} of the customer equity of all "
        "({share_low} to {share_high}).",
        currency, **values, share=(focus["equity_share"], "share"), share_low=(focus["equity_share_low"], "share"),
        share_high=(focus["equity_share_high"], "share"),
    )  # fmt: skip


def _personal(table, brand, focus, checks, currency):
    """The value with a matrix for every customer, told where one matrix for all is in doubt."""
    doubted = checks.set_index("check").loc["inertia, not only different people", "verdict"] in (CARE, BAD)
    if table is None or not doubted:
        return ""
    row = table.set_index("brand").loc[brand]
    return sentence(
        "With a matrix for every customer, own shares with some inertia, it is {clv} ({low} to {high}) instead of {one}: prefer "
        "that figure here.",
        currency, clv=(row["clv"], "money"), low=(row["low"], "money"), high=(row["high"], "money"),
        one=(focus["clv"], "money"),
    )  # fmt: skip


def _whence(brand, parts):
    rows = parts[parts["brand"] == brand]
    own = rows[rows["from_brand"] == brand].iloc[0]
    rivals = rows[rows["from_brand"] != brand].sort_values("part")
    if rivals.empty or not rivals["part"].iloc[-1] > 0:
        return ""
    best = rivals.iloc[-1]
    if best["from_brand"] in SILENT:
        return sentence(
            "{own} of that comes from keeping customers who bought it last, {part} from customers who bought nothing lately and "
            "come back.",
            own=(own["part"], "share"), part=(best["part"], "share"),
        )  # fmt: skip
    return sentence(
        "{own} of that comes from keeping customers who bought it last, the rest from customers of others, most of it from {rival} "
        "({part}).",
        own=(own["part"], "share"), rival=state_name(best["from_brand"]), part=(best["part"], "share"),
    )  # fmt: skip


def _next(brand, focus, ahead):
    values = {"brand": state_name(brand), **{k: (ahead[k], "number") for k in ("run", "run_low", "run_high")}}
    if not math.isfinite(ahead["run"]):
        often = ""
    elif math.isfinite(ahead["run_low"]) and math.isfinite(ahead["run_high"]):
        often = sentence(
            "Once bought, {brand} is bought {run} times in a row on average ({run_low} to {run_high}).", **values
        )
    else:
        often = sentence("Once bought, {brand} is bought {run} times in a row on average.", **values)
    if ahead["steps"] is None:
        return often
    toward = sentence(
        "If nothing changes its share of customers goes from {now} to {end} ({low} to {high}); steps until all shares are "
        "within a point of their steady state: {steps}.",
        now=(focus["purchase_share"], "share"), end=(ahead["end"], "share"), steps=(ahead["steps"], "count"),
        low=(ahead["end_low"], "share"), high=(ahead["end_high"], "share"),
    )  # fmt: skip
    return run([often, toward])


def _do(table, brand, currency):
    keep = table[table["lever"] == "keep"].iloc[0]
    win = table[table["lever"] == "win from"]
    if win.empty:
        return sentence(
            "One point more of retention is worth {gain}; a measure that costs less than that per point pays.",
            currency, gain=(keep["gain"], "money"),
        )  # fmt: skip
    best = win.iloc[0]
    values = {
        "rival": state_name(best["from_brand"]), "gain": (best["gain"], "money"), "low": (best["low"], "money"),
        "high": (best["high"], "money"), "kept": (keep["gain"], "money"),
    }  # fmt: skip
    if best["from_brand"] in SILENT:
        return sentence(
            "Of 100 customers who bought nothing lately, one more won back is worth {gain} ({low} to {high}); one point of own "
            "retention {kept}. These are also the most that a point may cost.",
            currency, **values,
        )  # fmt: skip
    if best["gain"] > keep["gain"]:
        return sentence(
            "The best lever is to win from {rival}: one more of 100 of its buyers is worth {gain} ({low} to {high}), one point of "
            "own retention {kept}. These are also the most that a point may cost.",
            currency, **values,
        )  # fmt: skip
    return sentence(
        "The best lever is to keep the own buyers: one point of retention is worth {kept}, one more of 100 buyers of {rival} "
        "{gain} ({low} to {high}). These are also the most that a point may cost.",
        currency, **values,
    )  # fmt: skip


def _driven(actions, brand, currency):
    if actions.empty:
        return ""
    known = [row for row in actions.itertuples() if not row.coefficient_low <= 0 <= row.coefficient_high]
    if not known:
        return tr("Price and promotion: no effect on the choice of brand can be told from chance in these purchases.")
    said = []
    for row in known:
        text = (
            "a price of {brand} lower by {step} would add {gain} ({low} to {high}) before what it costs"
            if row.action == "price"
            else "promoting {brand} {step} more of the time would add {gain} ({low} to {high}) before what it costs"
        )
        said.append(sentence(
            text, currency, brand=state_name(brand), step=(abs(row.step), "part"), gain=(row.gain, "money"),
            low=(row.gain_low, "money"), high=(row.gain_high, "money"),
        ))  # fmt: skip
    return sentence("By the choice model with inertia {said}.", said=tr("; ").join(said))


def _changed(change, brand, day):
    if change is None or brand not in set(change["brand"]):
        return ""
    row = change.set_index("brand").loc[brand]
    if row["now"] >= 1:
        return ""
    sure = not row["low"] <= 0 <= row["high"]
    return sentence(
        "Since {day} its share of customer equity has moved from {before} to {now}."
        if sure
        else "Since {day} its share of customer equity has moved from {before} to {now}, which is within chance.",
        day=(day, "date"), before=(row["before"], "share"), now=(row["now"], "share"),
    )  # fmt: skip


def _conserved(told):
    return sentence(
        "Check: the discounted purchases of all states add up to {sum}, the annuity is {annuity}.",
        sum=f"{told['discounted_purchases']:.6f}", annuity=f"{told['annuity']:.6f}",
    )  # fmt: skip
