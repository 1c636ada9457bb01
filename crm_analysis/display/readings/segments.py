"""Value segments in words: whether there are any, what to do with each, how they compare with other groupings."""

import pandas as pd

from crm_analysis.display import numbers, words
from crm_analysis.display import steps as todo
from crm_analysis.display.words import joined, say, sentence, tr

CHECK_TEXTS = {
    "Silhouette": "customers lie hardly nearer to their own segment than to the next (silhouette {observed}, needed {needed})",
    "Lead over structureless data": "the grouping is hardly tighter than that of made-up data without any groups (lead "
    "{observed}, needed {needed})",
    "Stability": "other customers drawn from the same base give other segments (agreement {observed}, needed {needed})",
    "Share of the smallest segment": "the smallest segment is too small (share {observed}, needed {needed})",
}
CONNECTED = 0.1  # Cramér's V from which a descriptor goes with the segments at all (Cohen 1988: small)
AGREES = 0.65  # adjusted Rand index from which two groupings are called alike (Steinley 2004: moderate)
FEW_KNOWN = 0.25  # of today's customers; with fewer of them there on the earlier day, movement says little


def segments_first(choice, summary, moved=None):
    """The verdict, then what to do with the segments, the most valuable first, and with those who moved down.

    ``choice``: of ``segments_choice.choose``; ``summary``: ``segments_tables.summary``; ``moved``: ``movement.totals`` or None.
    """
    if not choice.reliable:
        failed = choice.checks[~choice.checks["passed"]]
        return todo.show(
            [tr(
                "No reliable segmentation: this customer base is a continuum on these features, or its groups are too faint. "
                "Do not build offers on the segments below; use the RFM scores (report 02) or the tiers (report 04) instead."
            )],
            sentence("Why: {reasons}.", reasons=tr("; ").join(_failed(row) for row in failed.itertuples())),
        )  # fmt: skip
    steps = []
    for row in summary[summary["customers"] > 0].itertuples():
        steps.append(sentence(
            "{segment} ({n} customers, {share} of the revenue): {advice}.",
            segment=(row.value_segment, "term"), n=(row.customers, "count"), share=(row.revenue_share, "share"),
            advice=(row.advice, "term"),
        ))  # fmt: skip
    if moved is not None and moved["down"]:
        steps.append(sentence(
            "Look at the {down} customers who have gone quiet or moved to a less valuable segment since the earlier day ({up} moved "
            "up): they are marked in the list.", down=(moved["down"], "count"), up=(moved["up"], "count"),
        ))  # fmt: skip
    return todo.show(steps, sentence("The base holds {k} segments that can be relied on.", k=(choice.k, "count")))


def _failed(row):
    kind = "share" if row.check == "Share of the smallest segment" else "number"
    return sentence(CHECK_TEXTS[row.check], observed=(row.observed, kind), needed=(row.needed, kind))


def segments(choice, summary, opinion, agreement, connections, drift=None, moved=None):
    """Sentences on the segments: value, how sure, a second algorithm, RFM, descriptors, movement, drift.

    ``choice`` and ``summary`` as in :func:`segments_first`; ``opinion``: agreement with Ward's clustering; ``agreement``: with
    the RFM segments; ``connections``: of ``segments_tables``; ``drift``: ``segments_tables.drift``, or None when the segments
    were learned in this run; ``moved``: (``movement.totals``, the earlier day, the day of the report).
    """
    best = summary.sort_values("revenue").iloc[-1]
    value = sentence(
        "{segment} bring the most: {customers} of the customers, {share} of the revenue.",
        segment=(best["value_segment"], "term"), customers=(best["customer_share"], "share"),
        share=(best["revenue_share"], "share"),
    )  # fmt: skip
    found = choice.checks.set_index("check")["observed"]
    sure = sentence(
        "How sure: mean silhouette {silhouette}; segments of resampled customers agree by {stability} (1 would be wholly); "
        "another algorithm (Ward's) agrees by {opinion}.",
        silhouette=(found["Silhouette"], "number"), stability=(found["Stability"], "number"), opinion=(opinion, "number"),
    )  # fmt: skip
    template = (
        "The value segments are much like the RFM segments (agreement {agreement}): the rules would do."
        if agreement >= AGREES
        else "The value segments differ from the RFM segments (agreement {agreement}): they show groups that fixed cut points run "
        "through."
    )
    rules = choice.reliable and sentence(template, agreement=(agreement, "number"))
    warn = not choice.reliable and tr(
        "All of this describes a cut through a continuum: neighbours on both sides of a cut are alike."
    )
    return say(warn, value, sure, rules, *_described(connections), *(_moved(*moved) if moved else ()), _drifted(drift))


def _described(connections):
    """What goes with the segments, what hardly does, and that nothing was there to try."""
    strong = connections[connections["cramers_v"] >= CONNECTED]
    weak = connections[connections["cramers_v"] < CONNECTED]
    if len(strong):
        yield sentence(
            "What goes with the segments: {told}.",
            told=joined(
                sentence("{column} (Cramér's V {v})", column=words.label(row.column), v=(row.cramers_v, "number"))
                for row in strong.itertuples()
            ),
        )
    if len(weak):
        yield sentence(
            "What hardly goes with them, so that it cannot tell where to find such customers: {names}.",
            names=joined(words.label(column) for column in weak["column"]),
        )


def _moved(totals, earlier, now):
    """Who rose and fell, and that few were there to do so."""
    stayed = totals["up"] + totals["down"] + totals["same"]
    if not stayed:
        yield sentence("No customer was there on {earlier}: there is no movement to show.", earlier=(earlier, "date"))
        return
    yield sentence(
        "Of the {known} customers known on {earlier}, {up} had moved up by {now} ({share_up}) and {down} down ({share_down}): gone "
        "quiet, or into a less valuable segment. {new} are new since.",
        known=(stayed + totals["gone"], "count"), earlier=(earlier, "date"), now=(now, "date"),
        up=(totals["up"], "count"), down=(totals["down"], "count"), new=(totals["new"], "count"),
        share_up=(totals["up"] / stayed, "share"), share_down=(totals["down"] / stayed, "share"),
    )  # fmt: skip
    share = stayed / (stayed + totals["new"])
    if share < FEW_KNOWN:
        yield sentence(
            "Only {share} of today's customers were known then, so the movement says little: choose a later day to compare with.",
            share=(share, "share"),
        )


def _drifted(drift):
    if drift is None:
        return tr(
            "These segments were learned in this run. A later run that is given this profile will tell whether they drift."
        )
    shares, distance = drift.iloc[0], drift.iloc[1]
    fits = (drift["reading"] == "Stable").all()
    return sentence(
        "Since the profile was learned: shares of the segments, {shares} (stability index {index}); distance of customers from "
        "the centre of their segment, {distance} ({then} then, {now} now). {so}",
        shares=tr(shares["reading"]).lower(), index=(shares["now"], "number"), distance=tr(distance["reading"]).lower(),
        then=(distance["learned"], "number"), now=(distance["now"], "number"),
        so=tr("The segments still fit.") if fits else tr("Learn them afresh, and compare, before acting on them."),
    )  # fmt: skip


def segment_reasons(lines, summary):
    """Why a customer is in a segment, in the reader's words: ``value_segment``, ``next_segment``, ``why``, one row per pair.

    ``lines``: ``segments_tables.lines``; ``summary``: ``segments_tables.summary``, of the same segments. Told are the three
    features in which the segment lies farthest from all customers, with its mean and theirs.
    """
    weights = summary["customer_share"].to_numpy()
    means = summary.set_index("value_segment")
    told = {}
    for name, row in lines.iterrows():
        most = row.abs().sort_values(ascending=False, kind="stable").index[:3]
        told[name] = [
            sentence(
                "{feature} {mean} (all customers: {all})",
                feature=words.label(column), mean=_figure(column, means.loc[name, f"mean_{column}"]),
                all=_figure(column, (summary[f"mean_{column}"].fillna(0) * weights).sum()),
            )
            for column in most
        ]  # fmt: skip
    rows = [
        (name, other, sentence(
            "Nearest to {segment}, whose means are: {parts}. Next nearest: {other}.",
            segment=(name, "term"), parts=tr("; ").join(told[name]), other=(other, "term"),
        ))
        for name in lines.index for other in lines.index if other != name
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["value_segment", "next_segment", "why"])


def _figure(column, value):
    kind = numbers.kind_of(column)
    return numbers.text(value, kind, decimals=1 if kind in ("count", "days") and abs(value) < 100 else None)
