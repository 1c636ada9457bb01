"""Value segments in words: whether there are any, what to do with each, how they compare with other groupings."""

from crm_analysis.display import words
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


def segments_first(choice_k, reliable, checks, summary, currency=""):
    """The verdict, then what to do with the segments, the most valuable first.

    ``checks``: of ``segments_choice``; ``summary``: ``segments_tables.summary``.
    """
    if not reliable:
        failed = checks[~checks["passed"]]
        said = [tr(
            "No reliable segmentation: this customer base is a continuum on these features, or its groups are too faint. Do not "
            "build offers on the segments below; use the RFM scores (report 02) or the tiers (report 04) instead."
        )]  # fmt: skip
        said.append(sentence("Why: {reasons}.", reasons=tr("; ").join(_failed(row) for row in failed.itertuples())))
        return say(*said)
    said = [sentence(
        "The base holds {k} segments that can be relied on.", k=(choice_k, "count"),
    )]  # fmt: skip
    for row in summary.itertuples():
        said.append(sentence(
            "{segment} ({n} customers, {share} of the revenue): {advice}.",
            segment=(row.value_segment, "term"), n=(row.customers, "count"), share=(row.revenue_share, "share"),
            advice=(row.advice, "term"),
        ))  # fmt: skip
    return say(*said)


def _failed(row):
    kind = "share" if row.check == "Share of the smallest segment" else "number"
    return sentence(CHECK_TEXTS[row.check], observed=(row.observed, kind), needed=(row.needed, kind))


def features_used(features, constant, absent):
    """Which features the segments rest on, and which were left out and why: columns by name."""
    taken = joined(words.label(c) for c, _ in features)
    said = [sentence(
        "The segments rest on {features}, each as a z-score; those that are logarithms: {logs}.",
        features=taken, logs=joined(words.label(c) for c, how in features if how == "log") if any(h == "log" for _, h in features)
        else tr("none"),
    )]  # fmt: skip
    if constant:
        said.append(
            sentence("Left out, the same for all customers: {names}.", names=joined(words.label(c) for c in constant))
        )
    if absent:
        said.append(sentence("Not in this data: {names}.", names=joined(words.label(c) for c in absent)))
    return say(*said)


def segments(summary, checks, reliable, opinion, agreement, connections, drift, currency=""):
    """Sentences on the segments: value, how sure, a second algorithm, RFM, descriptors, drift.

    ``opinion``: agreement with Ward's clustering; ``agreement``: with the RFM segments; ``connections`` and ``drift``: ``segments_tables.drift`` or None.
    """
    best = summary.sort_values("revenue").iloc[-1]
    value = sentence(
        "{segment} bring the most: {customers} of the customers, {share} of the revenue.",
        segment=(best["value_segment"], "term"), customers=(best["customer_share"], "share"),
        share=(best["revenue_share"], "share"),
    )  # fmt: skip
    found = checks.set_index("check")["observed"]
    sure = sentence(
        "How sure: mean silhouette {silhouette}; segments of resampled customers agree by {stability} (1 would be wholly); "
        "another algorithm (Ward's) agrees by {opinion}.",
        silhouette=(found["Silhouette"], "number"), stability=(found["Stability"], "number"), opinion=(opinion, "number"),
    )  # fmt: skip
    template = (
        "The value segments are much like the RFM segments (agreement {agreement}): the rules would do."
        if agreement >= AGREES
        else "The value segments differ from the RFM segments (agreement {agreement}): they use more than recency, frequency "
        "and money."
    )
    rules = sentence(template, agreement=(agreement, "number"))
    strong, weak = (
        connections[connections["cramers_v"] >= CONNECTED],
        connections[connections["cramers_v"] < CONNECTED],
    )
    who = len(strong) and sentence(
        "What goes with the segments: {told}.",
        told=joined(
            sentence("{column} (Cramér's V {v})", column=words.label(row.column), v=(row.cramers_v, "number"))
            for row in strong.itertuples()
        ),
    )
    not_who = len(weak) and sentence(
        "What hardly goes with them, so that it cannot tell where to find such customers: {names}.",
        names=joined(words.label(column) for column in weak["column"]),
    )
    moved = drift is not None and sentence(
        "Against the profile they were learned with: shares of the segments {shares} (index {index}), distance from their "
        "centres {distance}.",
        shares=tr(drift["reading"].iloc[0]).lower(), index=(drift["now"].iloc[0], "number"),
        distance=tr(drift["reading"].iloc[1]).lower(),
    )  # fmt: skip
    warn = not reliable and tr(
        "All of this describes a cut through a continuum: neighbours on both sides of a cut are alike."
    )
    return say(value, sure, rules, who, not_who, moved, warn)


def segment_reasons(lines):
    """What sets each segment apart, in the reader's words: segment name -> text. ``lines``: ``segments_tables.lines``."""
    found = {}
    for name, row in lines.iterrows():
        most = row.abs().sort_values(ascending=False, kind="stable").index[:3]
        parts = [
            sentence(
                "{feature} {z} standard deviations above the mean" if row[c] >= 0 else "{feature} {z} standard deviations below the mean",
                feature=words.label(c), z=(abs(float(row[c])), "number"),
            )
            for c in most
        ]  # fmt: skip
        found[name] = sentence("Nearest to a centre with: {parts}.", parts=tr("; ").join(parts))
    return found
