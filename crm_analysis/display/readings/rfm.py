"""RFM in words: what to do first, what the segments say, what the data cannot carry, and why a customer is where it is."""

from crm_analysis.display import numbers, words
from crm_analysis.display import steps as todo
from crm_analysis.display.words import joined, say, sentence, tr

SLEEPING = ("At risk", "Cannot lose them", "Important: to keep", "Important: to win back")
BEST = ("Champions", "Important: valuable")
YOUNG = ("New customers", "Promising", "General: to develop")
QUIET = 1.5  # times the mean recency of all: scores are relative, so those who score low need not be quiet
NOTABLE = 0.01  # a share of revenue from which a segment is worth a sentence of its own
REMEDY_TEXTS = {
    "Too few customers": "{dimension} is asked in {levels} levels of {customers} customers: fewer than five to a level on "
    "average. Read single scores as anecdotes, or ask for fewer levels.",
    "Empty levels": "{dimension} cannot carry {levels} levels: only {held} of them hold customers, because many customers are "
    "equal and equal customers are never parted ({largest} share one score). Ask for {held} levels, or choose cuts of your own.",
    "Crowded level": "{dimension} cannot be cut into {levels} groups of equal size: {largest} of the customers share one score, "
    "because equal customers are never parted.",
}
DIMENSION_TEXTS = {"recency": "Recency", "frequency": "Frequency", "monetary": "Monetary value"}


def rfm_first(summary, capacity, map_findings, moved=None, judged=None, currency=""):
    """What to do first: the most pressing things that the segments, the movement and the last campaign allow to say; then
    what the data cannot carry and what is unsound in the map.

    ``summary``: ``rfm_tables.summary``; ``capacity``: of the same module; ``map_findings``: ``rfm_maps.lint``; ``moved``:
    ``movement.totals``, None when it is not to be told; ``judged``: ``rfm_contact.cells`` or None.
    """
    steps = []
    sleeping = _of(summary, SLEEPING)
    if sleeping["customers"].sum() > 0 and sleeping["revenue_share"].sum() >= NOTABLE:
        quiet = _mean_days(sleeping) >= QUIET * _mean_days(summary)
        steps.append(sentence(
            "Win back {n} customers who used to buy and have gone quiet, {days} days on average since the last order ({all_days} over all): "
            "they brought {revenue} so far, {share} of all revenue. The customer list names them."
            if quiet
            else "Keep an eye on {n} good customers whose last order lies {days} days back on average, hardly more than that of all "
            "({all_days}): they brought {revenue} so far, {share} of all revenue.", currency,
            n=(sleeping["customers"].sum(), "count"), days=(_mean_days(sleeping), "days"), all_days=(_mean_days(summary), "days"),
            revenue=(sleeping["revenue"].sum(), "money"), share=(sleeping["revenue_share"].sum(), "share"),
        ))  # fmt: skip
    best = _of(summary, BEST)
    if best["customers"].sum() > 0:
        steps.append(sentence(
            "Keep the {n} best customers ({segment}): {customers} of the customers bring {share} of the revenue.",
            n=(best["customers"].sum(), "count"),
            segment=(best.iloc[0]["segment"], "term"),
            customers=(best["customer_share"].sum(), "share"),
            share=(best["revenue_share"].sum(), "share"),
        ))  # fmt: skip
    young = _of(summary, YOUNG)
    if young["customers"].sum() > 0:
        steps.append(sentence(
            "Win the next order of {n} recent customers with few orders: {segments}.",
            n=(young["customers"].sum(), "count"),
            segments=joined(tr(s) for s in young.loc[young["customers"] > 0, "segment"]),
        ))  # fmt: skip
    if moved and moved["down"]:
        steps.append(sentence(
            "Look at the {down} customers who moved down since the earlier day ({up} moved up).",
            down=(moved["down"], "count"), up=(moved["up"], "count"),
        ))  # fmt: skip
    pays = judged is not None and judged[judged["decision"] == "Contact"]
    if judged is not None and len(pays):
        steps.append(sentence(
            "In the last campaign the contact surely paid for itself with {segments}: begin the next one there.",
            segments=joined(tr(s) for s in pays["segment"]),
        ))  # fmt: skip
    if not steps:
        steps.append(tr("Nothing here presses: no segment that calls for action holds customers worth a contact."))
    return todo.show(steps, *_levels_troubles(capacity), *_map_troubles(map_findings))


def rfm(summary, groups, currency="", moved=None, contact=None):
    """Sentences on segments: where the revenue is, what is at risk, what ties did to the scores; then on movement and the
    earlier campaign where there are any.

    ``moved``: (``movement.totals``, the earlier day, the day of the report); ``contact``: (``rfm_contact.Campaign``,
    ``rfm_contact.cells``).
    """
    best = summary.sort_values("revenue").iloc[-1]
    where = sentence(
        "{segment} bring the most: {customers} of the customers, {revenue} of the revenue. {advice}.",
        segment=(best["segment"], "term"),
        customers=(best["customer_share"], "share"),
        revenue=(best["revenue_share"], "share"),
        advice=(best["advice"], "term"),
    )
    sleeping = _of(summary, SLEEPING)
    risk = sleeping["customers"].sum() > 0 and sentence(
        "{n} customers used to buy often but not lately: their last order is {days} days back on average, against "
        "{all_days} over all customers. They stand for {revenue} so far, {share} of all revenue, and are the first to "
        "contact.",
        currency,
        days=(_mean_days(sleeping), "days"),
        all_days=(_mean_days(summary), "days"),
        n=(sleeping["customers"].sum(), "count"),
        revenue=(sleeping["revenue"].sum(), "money"),
        share=(sleeping["revenue_share"].sum(), "share"),
    )
    equal = 1 / groups.groupby("dimension")["score"].transform("count")
    uneven = groups[(groups["customer_share"] > 1.5 * equal) | (groups["customers"] == 0)]
    ties = len(uneven) > 0 and sentence(
        "The scores of {dimensions} have groups of unequal size, because equal customers are never parted: {largest} of "
        "the customers share one {dimension} score.",
        dimensions=joined(tr(dimension) for dimension in dict.fromkeys(uneven["dimension"])),
        largest=(uneven["customer_share"].max(), "share"),
        dimension=(uneven.sort_values("customer_share").iloc[-1]["dimension"], "term"),
    )
    moves = _moves(*moved) if moved else None
    return say(where, risk, ties, moves, *(_contact(*contact, currency) if contact else ()))


def _levels_troubles(capacity):
    """One sentence per dimension whose levels the data cannot carry."""
    for row in capacity.itertuples():
        if row.finding in REMEDY_TEXTS:
            yield sentence(
                REMEDY_TEXTS[row.finding],
                dimension=tr(DIMENSION_TEXTS[row.dimension]),
                levels=(row.levels, "count"),
                held=(row.levels_held, "count"),
                customers=(row.customers, "count"),
                largest=(row.largest_share, "share"),
            )


def _map_troubles(found):
    found = found.set_index("check")
    gap, overlap, idle = (found.loc[c] for c in ("Gap", "Overlap", "Unreachable rule"))
    if gap["number"]:
        yield sentence(
            "The map of segments leaves {n} of the cells of scores to no rule; {share} of the customers stand there and are "
            "called Others.", n=(gap["number"], "count"), share=(gap["customer_share"], "share"),
        )  # fmt: skip
    if overlap["number"]:
        yield sentence(
            "In {n} cells several rules of the map fit; the first one wins, so the order of the rules decides for {share} of the "
            "customers.", n=(overlap["number"], "count"), share=(overlap["customer_share"], "share"),
        )  # fmt: skip
    if idle["number"]:
        yield sentence("No customer can reach these segments of the map: {names}.", names=idle["which"])


def reasons(explained, frequency, currency=""):
    """Why each cell of scores is in its segment, in the reader's words: ``r_score``, ``f_score``, ``m_score``, ``why``.

    ``explained``: ``rfm_tables.explained``; ``frequency``: the column that frequency counts.
    """
    what = words.label(frequency).lower()
    return explained[["r_score", "f_score", "m_score"]].assign(
        why=[_why(row, what, currency) for row in explained.itertuples()]
    )


def _why(row, what, currency):
    scores = sentence(
        "R {r}: last order {recency} days ago. F {f}: {frequency} {what}. M {m}: {monetary}.",
        r=(row.r_score, "count"), recency=words.interval(row.recency_from, row.recency_to),
        f=(row.f_score, "count"), frequency=words.interval(row.frequency_from, row.frequency_to), what=what,
        m=(row.m_score, "count"), monetary=words.with_unit(words.interval(row.monetary_from, row.monetary_to), currency),
    )  # fmt: skip
    if numbers.is_missing(row.r_from):
        return sentence("{scores} No rule of the map fits.", scores=scores)
    return sentence(
        "{scores} Rule of {segment}: R {r}, F {f}, M {m}.",
        scores=scores, segment=(row.segment, "term"), r=_span(row.r_from, row.r_to), f=_span(row.f_from, row.f_to),
        m=_span(row.m_from, row.m_to),
    )  # fmt: skip


def _span(low, high):
    return f"{low:.0f}" if low == high else f"{low:.0f}–{high:.0f}"


def _moves(totals, earlier, now):
    """Who moved between two days."""
    stayed = totals["up"] + totals["down"] + totals["same"]
    if not stayed:
        return sentence("No customer was there on {earlier}: there is no movement to show.", earlier=(earlier, "date"))
    return sentence(
        "Of the customers known on {earlier}, {up} moved up by {now} ({share_up}), {down} moved down ({share_down}) and {same} "
        "stayed; {new} are new since.",
        earlier=(earlier, "date"), now=(now, "date"),
        up=(totals["up"], "count"), down=(totals["down"], "count"), same=(totals["same"], "count"),
        new=(totals["new"], "count"), share_up=(totals["up"] / stayed, "share"), share_down=(totals["down"] / stayed, "share"),
    )  # fmt: skip


def no_movement(earlier):
    """Why no movement is shown: the log before the earlier day is too short."""
    return say(sentence(
        "Movement is not shown: the orders before {earlier} cover less time than those since, so too many customers would seem to "
        "have risen. Compare with a later day.", earlier=(earlier, "date"),
    ))  # fmt: skip


def _contact(campaign, judged, currency):
    """Which segments paid for a contact in the earlier campaign."""
    yield sentence(
        "In the campaign {name} a contact cost {cost} and a response brought {profit}, so {rate} had to respond to break even.",
        currency,
        name=campaign.name, cost=(campaign.cost, "money"), profit=(campaign.profit, "money"), rate=(campaign.break_even, "share"),
    )  # fmt: skip
    for decision, template in (
        ("Contact", "Contact {segments}: even the lower limit of their response pays."),
        ("Do not contact", "Do not contact {segments}: even the upper limit of their response does not pay."),
        ("Test again", "Test again with {segments}: what was seen may be chance."),
        ("Not tried", "Not tried so far: {segments}."),
    ):
        found = judged[judged["decision"] == decision]
        if len(found):
            yield sentence(template, segments=joined(tr(s) for s in found["segment"]))
    yield tr("Some would have bought anyway: only a control group tells what the contact itself brought.")


def _of(summary, segments):
    return summary[summary["segment"].isin(segments)]


def _mean_days(segments):
    """Mean recency over several segments, each with the weight of its customers."""
    weights = segments["customers"]
    return float((segments["mean_recency_days"].fillna(0) * weights).sum() / weights.sum())
