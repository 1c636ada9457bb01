"""Loyalty in words: what to do first, what the indicators, the index, the levels and the types say, what is missing."""

import math

from crm_analysis.display import numbers, ranges
from crm_analysis.display import steps as todo
from crm_analysis.display.words import run, say, sentence, tr

HALF = 0.5
RELIABLE = 0.7  # alpha from which a scale is usually called reliable (Nunnally 1978)
SMALL_SURVEY = 100
MUCH_OF_THE_BASE = 0.05  # share of the base from which the correction is told (Cochran 1977, 2.6)


def needs(*tables):
    """What a section would need: the names of tables (or of columns in them) that this data does not have."""
    return say(
        sentence("Nothing to show here. This section needs: {names}.", names=tr("; ").join(tr(name) for name in tables))
    )


def indicators(table):
    """The eight indicators as people read them: ``table`` of ``loyalty.indicators`` with figures, intervals and what was counted
    as text. What is needed is a column only where something is missing.
    """
    shown = ranges.by_kind(table)
    counted = [
        sentence("{n} {counted}", n=(row.n, "count"), counted=tr(row.counted).lower()) if row.n else numbers.MISSING
        for row in table.itertuples()
    ]
    names = ["indicator", "form", "measure", "value", "value_interval", "counted", "loyal_when", "needs"]
    return shown.assign(counted=counted)[names if (table["needs"] != "").any() else names[:-1]]


def loyalty_first(indicators, by_type, currency=""):
    """What to do first about loyalty: the most pressing things that the figures allow to say, at most four.

    ``indicators``: the table of ``loyalty.indicators``; ``by_type``: that of ``loyalty_types.summary``, empty without a survey.
    """
    found = indicators.set_index("key")["value"]
    steps = []
    if len(by_type):
        types = by_type.set_index("type")
        steps += _types_first(types.loc["Spurious loyalty"], types.loc["Latent loyalty"], currency)
    if found["repeat"] < HALF:
        steps.append(sentence(
            "Win the second order: only {share} of the window's buyers ordered again in it. Help with the first use, and give a "
            "small reason to return.", share=(found["repeat"], "share"),
        ))  # fmt: skip
    if found["full_price"] < HALF:
        steps.append(sentence(
            "Check the offers: only {share} of the list value was bought at full price, so customers learn to wait for the "
            "next offer.", share=(found["full_price"], "share"),
        ))  # fmt: skip
    if found["against_alike"] < 1 and _ends(indicators, "against_alike")[1] < 1:
        steps.append(sentence(
            "Mend what follows a fault: after a justified complaint only {share} as many customers bought again as alike "
            "customers without one. Report 07 shows where.", share=(found["against_alike"], "share"),
        ))  # fmt: skip
    if not len(by_type):
        steps.append(
            tr("Ask the customers: without a survey it cannot be told who likes us and who only buys, nor why.")
        )
    if not steps:
        steps.append(tr("Nothing here presses: no indicator lies below the cuts that this report uses."))
    return todo.show(steps[:4])


def loyalty(indicators, index, sensitivity, answered, told, answers, currency=""):
    """Sentences on all of it; whatever this data does not show is left out.

    ``index``: ``loyalty_index.by_group``; ``sensitivity`` of the same module; ``answered``: (``loyalty_index.survey_reliability``,
    ``reliability.scales`` of the levels, ``loyalty_levels.summary``); ``told``, of ``word_of_mouth``: (``nps``, a dict,
    ``referred``, ``referrers``, ``kept_word``); ``answers``: number of customers who answered.
    """
    reliability, scales, levels = answered
    nps, referred, referrers, word = told
    return say(
        _covered(indicators),
        *_purchases(indicators),
        *_prices(indicators),
        _index(index),
        _sensitivity(sensitivity),
        _reliability(reliability),
        _levels(levels),
        _scales(scales),
        _nps(nps),
        _referred(referred, currency),
        _referrers(referrers, word, currency),
        respondents(answers, index["customers"].iloc[0]),
    )


def _types_first(spurious, latent, currency):
    steps = []
    if spurious["customers"] > 0:
        steps.append(sentence(
            "Win the liking of {n} respondents who buy much but like us little (spurious loyalty): they brought {revenue} in "
            "the window, {share} of what all respondents brought, and leave when a rival makes it easy.", currency,
            n=(spurious["customers"], "count"), revenue=(spurious["revenue"], "money"), share=(spurious["revenue_share"], "share"),
        ))  # fmt: skip
    if latent["customers"] > 0:
        steps.append(sentence(
            "Remove what keeps {n} respondents from buying who like us and buy little (latent loyalty): they brought {revenue} "
            "on average.", currency, n=(latent["customers"], "count"), revenue=(latent["mean_value"], "money"),
        ))  # fmt: skip
    return steps


def _covered(indicators):
    seen = indicators.loc[indicators["value"].notna(), "number"].nunique()
    still = indicators.loc[indicators["needs"] != "", "needs"]
    if still.empty:
        return tr("All eight indicators can be computed, each as customers behave and as they answer.")
    wanted = [tr(name) for name in still.value_counts(sort=False).sort_values(ascending=False, kind="stable").index[:3]]
    return sentence(
        "{seen} of the eight indicators can be computed from this data. Most would be added by: {wanted}.",
        seen=(seen, "count"), wanted=tr("; ").join(wanted),
    )  # fmt: skip


def _purchases(indicators):
    found = indicators.set_index("key")["value"]
    low, high = _ends(indicators, "repeat")
    if not numbers.is_missing(found["repeat"]):
        yield sentence(
            "{share} of the window's buyers ordered again in it ({low} to {high}). Whoever first bought late in the window had "
            "less time to return.", share=(found["repeat"], "share"), low=(low, "share"), high=(high, "share"),
        )  # fmt: skip
    if not numbers.is_missing(found["requirements"]):
        apart = _ends(indicators, "requirements")[1] < _ends(indicators, "mean_requirements")[0]
        yield sentence(
            "Of what our buyers need in these categories, they cover {over_all} with us over all and {mean} on average per buyer: "
            "heavy users of the category give us a smaller share, so the growth lies with them." if apart else
            "Of what our buyers need in these categories, they cover {over_all} with us over all and {mean} on average per buyer.",
            over_all=(found["requirements"], "share"), mean=(found["mean_requirements"], "share"),
        )  # fmt: skip
    if (indicators["form"] == "Own shelf").any():
        yield tr(
            "There is no panel: the rivals are the other brands that we sell ourselves. What customers buy in other shops is not "
            "seen, so the shares of their needs that we meet are too high."
        )
    if not numbers.is_missing(found["switch"]):
        yield sentence("After a purchase of ours, {share} of the next purchases in the category go to a rival.",
                       share=(found["switch"], "share"))  # fmt: skip


def _prices(indicators):
    found = indicators.set_index("key")["value"]
    if not numbers.is_missing(found["full_price"]):
        yield sentence("{share} of the list value was bought at full price.", share=(found["full_price"], "share"))
    slope, (low, high) = found["slope"], _ends(indicators, "slope")
    if not numbers.is_missing(slope) and high < 0:
        ends = {"slope": (-slope, "number"), "low": (-high, "number"), "high": (-low, "number")}
        template = (
            "Weeks with a price 1 % lower sold {slope} % more units ({low} to {high}): more than the price fell, so these "
            "customers are sensitive to price. Season and promotion are in this figure too."
            if high < -1 else
            "Weeks with a price 1 % lower sold {slope} % more units ({low} to {high}). Season and promotion are in this figure "
            "too."
        )  # fmt: skip
        yield sentence(template, **ends)
    elif not numbers.is_missing(slope):
        yield tr("No relation between shelf price and units sold can be made out: its interval includes zero.")


def _index(index):
    everybody = index.iloc[0]
    if not everybody["scored"] > 0:
        return tr(
            "No customer shows three indicators, so there is no loyalty index: a mean of one or two would be a guess."
        )
    groups = index.iloc[1:]
    best = groups[groups["scored"] >= 5].head(1)
    size = sentence(
        "The index exists for {scored} of {customers} customers, those who show at least three indicators; on average it rests on "
        "{coverage} of the weight.",
        scored=(everybody["scored"], "count"), customers=(everybody["customers"], "count"), coverage=(everybody["coverage"], "share"),
    )  # fmt: skip
    if best.empty:
        return size
    top = sentence("Most loyal are: {group}, with {loyalty} against {mean} over all.", group=(best["group"].iloc[0], "term"),
                   loyalty=(best["loyalty"].iloc[0], "number"), mean=(everybody["loyalty"], "number"))  # fmt: skip
    return run([size, top])


def _sensitivity(table):
    if table.empty:
        return None
    without = table.sort_values("rank_correlation").iloc[0]
    return sentence(
        "The ranking depends on the weights: it changes most when “{indicator}” is {change}; then the rank correlation with the "
        "equal weights is {correlation}, and {kept} of the most loyal tenth stay in it.",
        indicator=(without["indicator"], "term"), change=(without["change"], "term"),
        correlation=(without["rank_correlation"], "number"), kept=(without["top_kept_share"], "share"),
    )  # fmt: skip


def _reliability(found):
    if math.isnan(found.standardised):
        return None
    template = (
        "The survey's indicators hang together well enough for one index (standardised alpha {alpha}, {n} complete answers)."
        if found.standardised >= RELIABLE else
        "The survey's indicators measure more than one thing (standardised alpha {alpha}, {n} complete answers): read the "
        "indicators beside the index."
    )  # fmt: skip
    return sentence(template, alpha=(found.standardised, "number"), n=(found.n, "count"))


def _levels(levels):
    if levels.empty:
        return None
    table = levels.set_index("level")
    return sentence(
        "{none} of the respondents have reached no level of loyalty, {cognitive} believe in the brand only, {affective} like it "
        "too, and {behavioural} also act on it.",
        none=(table.loc["None", "customer_share"], "share"), cognitive=(table.loc["Cognitive", "customer_share"], "share"),
        affective=(table.loc["Affective", "customer_share"], "share"),
        behavioural=(table.loc["Behavioural", "customer_share"], "share"),
    )  # fmt: skip


def _scales(scales):
    if scales.empty:
        return None
    low, high = scales["alpha"].min(), scales["alpha"].max()
    template = (
        "The questions on the levels make reliable scales (alpha {low} to {high})." if low >= RELIABLE else
        "Not all questions on the levels make reliable scales (alpha {low} to {high}): read the levels with care."
    )  # fmt: skip
    return sentence(template, low=(low, "number"), high=(high, "number"))


def _nps(nps):
    if not nps["n"]:
        return None
    ends = {name: numbers.text(nps[name], "number", decimals=1) for name in ("nps", "nps_low", "nps_high")}
    template = (
        "The net promoter score is {nps} ({nps_low} to {nps_high}, {n} answers): promoters outnumber detractors."
        if nps["nps_low"] > 0 else
        "The net promoter score is {nps} ({nps_low} to {nps_high}, {n} answers): detractors outnumber promoters."
        if nps["nps_high"] < 0 else
        "The net promoter score is {nps} ({nps_low} to {nps_high}, {n} answers): which of the two are more cannot be told."
    )  # fmt: skip
    return sentence(template, **ends, n=(nps["n"], "count"))


def _referred(table, currency):
    if table.empty or not table["new_customers"].iloc[0] > 0:
        return None
    came, others = table.iloc[0], table.iloc[1]
    return sentence(
        "{share} of the new customers came through another customer; so far they brought {referred} each, the other new ones "
        "{others}.", currency,
        share=(came["new_customer_share"], "share"), referred=(came["mean_revenue"], "money"), others=(others["mean_revenue"], "money"),
    )  # fmt: skip


def _referrers(referrers, word, currency):
    if referrers.empty:
        return None
    first = sentence(
        "{n} customers have brought others so far, who in turn brought {revenue} per referrer.", currency,
        n=(len(referrers), "count"), revenue=(referrers["referred_revenue"].mean(), "money"),
    )  # fmt: skip
    rates = word.set_index("group")["referrer_share"] if len(word) else {}
    if not {"Promoters", "Detractors"} <= set(rates.keys()):
        return first
    second = sentence("Of the promoters {high} have done so, of the detractors {low}.", high=(rates["Promoters"], "share"),
                      low=(rates["Detractors"], "share"))  # fmt: skip
    return run([first, second])


def respondents(n, customers):
    """For whom the answers speak: a sentence, None without answers. ``customers``: how many there are in all.

    Where much of the base answered, it also says by how much intervals for these very customers would be narrower: the
    finite-population correction, sqrt(1 - n / customers) (Cochran 1977, *Sampling Techniques*, 2.6).
    """
    if not n:
        return None
    size = {"n": (n, "count"), "share": (n / customers, "share")}
    template = (
        "What rests on answers speaks of {n} respondents, {share} of the customers: a small survey, read the intervals first."
        if n < SMALL_SURVEY else
        "What rests on answers speaks of {n} respondents, {share} of the customers, and of those who like to answer."
    )  # fmt: skip
    if n < MUCH_OF_THE_BASE * customers:
        return sentence(template, **size)
    narrower = sentence(
        "So many answered that intervals for exactly these customers would be {narrower} narrower; those here hold for "
        "customers like them.", narrower=(1 - math.sqrt(max(0.0, 1 - n / customers)), "share"),
    )  # fmt: skip
    return run([sentence(template, **size), narrower])


def _ends(indicators, key):
    row = indicators.set_index("key").loc[key]
    return row["low"], row["high"]
