"""Four types of loyalty from what customers think and what they do.

Source: Dick and Basu (1994), J. of the Academy of Marketing Science 22: relative attitude (how much better one's own
brand is liked than the best rival) by repeat patronage. Loyalty (called true here), latent, spurious, none.
"""

import math

import narwhals as nw
import pandas as pd

from crm_analysis.data import frames
from crm_analysis.methods import loyalty_behaviour, survey

TRUE, LATENT, SPURIOUS, NONE = "True loyalty", "Latent loyalty", "Spurious loyalty", "No loyalty"
TYPES = pd.DataFrame(
    [
        # type, liked, bought, what to do
        (TRUE, True, True, "Thank them and listen: they recommend, and they forgive one fault"),
        (LATENT, True, False, "Remove what keeps them from buying: availability, price of entry, reminder"),
        (SPURIOUS, False, True, "Win their liking before a rival makes switching easy: ask what disturbs them"),
        (NONE, False, False, "Spend little; serve well at low cost"),
    ],
    columns=["type", "liked", "bought", "advice"],
)
CUTS = ("median", "midpoint")


def attitude(answers, codebook=survey.CODEBOOK):
    """Relative attitude of each respondent: liking of our brand less liking of the best rival, as a series.

    Liking is the mean of the cognitive and affective items; the rival's is the answer about rivals (before it is turned).
    Both are put on 0-1, so the result runs from -1 to 1, 0 meaning that a rival is liked as well. Without a rival item the
    result is the liking less one half.
    """
    columns = [c for block in ("cognitive", "affective") for c in survey.items(answers, codebook, block)]
    turned = _unit(survey.aligned(answers, codebook), codebook)
    own = survey.score(turned, columns)
    rival = survey.items(answers, codebook, "indicator", "attitude to rivals")
    if not rival:
        return own - 0.5
    theirs = _unit(answers, codebook)[rival].mean(axis=1)
    if codebook.set_index("item").loc[rival[0], "reversed"]:
        return own - theirs
    return own - (1 - theirs)


def classified(answers, patronage, codebook=survey.CODEBOOK, cut="median", middle=None):
    """Each respondent's type: ``customer_id``, ``attitude``, ``patronage``, ``type`` (missing where either is).

    ``patronage``: a series by customer, what he does: orders in a window, or the share of his purchases that are ours. The
    cuts are the medians of the respondents, or for ``midpoint`` an attitude of 0 (a rival is liked as well) and ``middle``
    for the patronage, where one is given: 0.5 of a share; orders have no middle. On the line counts as high. The cuts are
    kept in ``attrs["cuts"]`` as (attitude, patronage).
    """
    if cut not in CUTS:
        raise ValueError(f"the cut is median or midpoint, not {cut!r}")
    table = pd.DataFrame({survey.WHO: answers[survey.WHO], "attitude": attitude(answers, codebook)})
    table["patronage"] = answers[survey.WHO].map(patronage).astype(float)
    known = table.dropna()
    at = {name: known[name].median() for name in ("attitude", "patronage")}
    if cut == "midpoint":
        at = {"attitude": 0.0, "patronage": at["patronage"] if middle is None else middle}
    cuts = tuple(round(float(v), 9) for v in at.values())
    named = TYPES.set_index(["liked", "bought"])["type"]
    liked, bought = table["attitude"].round(9) >= cuts[0], table["patronage"].round(9) >= cuts[1]
    types = pd.Series([named[key] for key in zip(liked, bought, strict=True)], index=table.index, dtype=object)
    table["type"] = types.where(table["attitude"].notna() & table["patronage"].notna())
    table.attrs["cuts"] = cuts
    return table


def bought(transactions, as_of, window_days, customer_ids):
    """What some customers bought in the window: a pandas frame by customer with ``orders`` and ``revenue``, 0 for nothing."""
    wanted = sorted(set(customer_ids))
    lines = nw.from_native(transactions).filter(nw.col("customer_id").is_in(wanted)).to_native()
    table = loyalty_behaviour.buyers(lines, as_of, window_days).select("customer_id", "orders", "revenue")
    return frames.to_pandas(table).set_index("customer_id").reindex(wanted).fillna(0.0)


def to_contact(types, purchases):
    """Customers whose liking and buying do not agree, as a list to act on: spurious first, each by revenue.

    ``types``: of :func:`classified`; ``purchases``: of :func:`bought`. Columns ``customer_id``, ``type``, ``attitude``,
    ``orders``, ``revenue``, ``advice``.
    """
    rows = types[types["type"].isin([SPURIOUS, LATENT])]
    table = rows[[survey.WHO, "type", "attitude"]].merge(purchases, left_on=survey.WHO, right_index=True, how="left")
    table["advice"] = table["type"].map(TYPES.set_index("type")["advice"])
    table = table.sort_values(["type", "revenue", survey.WHO], ascending=[False, False, True], ignore_index=True)
    return table[[survey.WHO, "type", "attitude", "orders", "revenue", "advice"]]


def summary(types, value=None):
    """One row per type: ``type``, ``customers``, ``customer_share``, ``mean_attitude``, ``mean_patronage``, ``revenue``,
    ``revenue_share``, ``mean_value`` (of ``value``, a series by customer; missing without one), ``advice``.
    """
    known = types.dropna(subset="type")
    worth = (
        pd.Series(math.nan, index=known.index)
        if value is None
        else known[survey.WHO].map(value).astype(float).fillna(0.0)
    )
    groups = known.assign(value=worth).groupby("type")
    table = TYPES[["type", "advice"]].copy()
    table["customers"] = table["type"].map(groups.size()).fillna(0).astype(int)
    table["customer_share"] = table["customers"] / (len(known) or math.nan)
    for column, source in (("mean_attitude", "attitude"), ("mean_patronage", "patronage"), ("mean_value", "value")):
        table[column] = table["type"].map(groups[source].mean())
    total = worth.sum()
    table["revenue"] = table["type"].map(groups["value"].sum(min_count=1))
    table["revenue_share"] = table["revenue"] / total if total > 0 else math.nan
    names = ["type", "customers", "customer_share", "mean_attitude", "mean_patronage", "revenue", "revenue_share"]
    return (
        table[[*names, "mean_value", "advice"]]
        if len(known)
        else table.iloc[:0].reindex(columns=[*names, "mean_value", "advice"])
    )


def _unit(answers, codebook):
    """Answers on 0-1, by the ends of their scales."""
    scale = codebook[codebook["item"].isin(answers.columns)]
    return pd.DataFrame({r.item: (answers[r.item] - r.low) / (r.high - r.low) for r in scale.itertuples()})
