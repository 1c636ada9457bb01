"""RFM segments in words: where the revenue is, what is at risk, what ties did to the scores."""

from crm_analysis.display.words import joined, say, sentence, tr


def rfm(summary, groups, currency=""):
    """Sentences on segments: where the revenue is, what is at risk, what ties did to the scores."""
    best = summary.sort_values("revenue").iloc[-1]
    where = sentence(
        "{segment} bring the most: {customers} of the customers, {revenue} of the revenue. {advice}.",
        segment=(best["segment"], "term"),
        customers=(best["customer_share"], "share"),
        revenue=(best["revenue_share"], "share"),
        advice=(best["advice"], "term"),
    )
    sleeping = summary[summary["segment"].isin(["At risk", "Cannot lose them"])]
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
    return say(where, risk, ties)


def _mean_days(segments):
    """Mean recency over several segments, each with the weight of its customers."""
    weights = segments["customers"]
    return float((segments["mean_recency_days"].fillna(0) * weights).sum() / weights.sum())
