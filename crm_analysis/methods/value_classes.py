"""Most valuable, most growable and below-zero customers: what each brings now against what each could bring.

Source: D. Peppers and M. Rogers, *The One to One Future* (1993) and *Managing Customer Relationships* (2004): actual value,
potential value, and the classes MVC, MGC, BZ. Every cut is a parameter.
"""

from typing import NamedTuple

import narwhals as nw
import pandas as pd

from crm_analysis.data import frames
from crm_analysis.methods import mend, rfm_cuts

MVC, MGC, LOW, MEND, BZ = (
    "Most valuable", "Most growable", "Low-maintenance", "To be mended", "Below zero",
)  # fmt: skip
CLASSES = (MVC, MGC, LOW, MEND, BZ)
STRATEGY = {
    MVC: "Keep: protect these customers before winning new ones",
    MGC: "Grow: raise what they buy, up to what customers like them bring",
    LOW: "Serve cheaply and well; automate",
    MEND: "Change the terms so that they pay: see what would mend each",
    BZ: "Raise the price, cut the service, or let them go",
}


class Profile(NamedTuple):
    """What was learned: the least contribution of a most valuable customer, the peers (cut points of the column
    ``peers_by``, which is order size by default) and what the better of each bring, the least unrealised value of a most
    growable customer, and the levers that mend.
    """

    valuable_from: float
    peer_cuts: tuple
    peer_potential: tuple
    growable_from: float
    levers: mend.Levers
    peers_by: str = "mean_order_value"


def learn(profits, levers, top=0.2, peers=5, reachable=0.9, growable=0.6, peers_by="mean_order_value"):
    """Cuts for the classes: a :class:`Profile`.

    ``profits`` is the table of ``profit.table``. The best share ``top`` of the customers by contribution, if above zero, are
    most valuable. A customer's *potential* is what the quantile ``reachable`` of its peers contributes, never less
    than it contributes itself; peers are ``peers`` groups of equal size by ``peers_by``. For a customer below zero it is instead
    the contribution with every lever pulled. The *most growable* have an unrealised value (potential - actual) from the quantile
    ``growable`` of those above zero who are not most valuable, and above 0. Raises ValueError for shares outside 0-1.
    """
    for name, share in (("top", top), ("reachable", reachable), ("growable", growable)):
        if not 0 < share < 1:
            raise ValueError(f"{name} must be a share between 0 and 1, not {share}")
    cuts = rfm_cuts.quantile(profits, [(peers_by, s) for s in rfm_cuts.even(peers)])
    cuts = () if None in cuts else tuple(cuts)
    draft = Profile(0.0, cuts, (0.0,) * (len(cuts) + 1), 0.0, levers, peers_by)
    group, value = _peer(draft), nw.col("contribution")
    groups = [nw.when(group == g).then(value) for g in range(1, len(cuts) + 2)]
    found = rfm_cuts.quantile(profits, [(value, 1 - top), *((g, reachable) for g in groups)])
    if found[0] is None:
        raise ValueError("no customers: value classes cannot be learned from an empty table")
    draft = draft._replace(valuable_from=found[0], peer_potential=tuple(p if p is not None else 0.0 for p in found[1:]))
    rest = nw.from_native(profits).filter(value >= 0, (value < draft.valuable_from) | (value <= 0))
    unrealised = rfm_cuts.quantile(rest, [(_potential(draft) - value, growable)])[0]
    return draft._replace(growable_from=unrealised if unrealised is not None else 0.0)


def score(profits, profile, share_of_customer=""):
    """The profit table with ``actual_value`` (the contribution), ``potential_value``, ``unrealised_value`` (money) and
    ``value_class`` added, lazily.

    ``share_of_customer`` may name a column (0-1) with the share of the customer's category spending that is ours; where it
    is known, the potential is actual / share instead.
    """
    value, potential = nw.col("contribution"), _potential(profile)
    if share_of_customer:
        known = (nw.col(share_of_customer) > 0) & (value >= 0)
        potential = nw.when(known).then(value / nw.col(share_of_customer)).otherwise(potential)
    frame = nw.from_native(profits).with_columns(actual_value=value, potential_value=potential.round(4))
    frame = frame.with_columns(unrealised_value=(nw.col("potential_value") - nw.col("actual_value")).round(4))
    growable = (nw.col("unrealised_value") >= profile.growable_from) & (nw.col("unrealised_value") > 0)
    found = nw.when(growable).then(nw.lit(MGC)).otherwise(nw.lit(LOW))
    found = nw.when((value >= profile.valuable_from) & (value > 0)).then(nw.lit(MVC)).otherwise(found)
    found = nw.when((value < 0) & (nw.col("potential_value") > 0)).then(nw.lit(MEND)).otherwise(found)
    found = nw.when((value < 0) & (nw.col("potential_value") <= 0)).then(nw.lit(BZ)).otherwise(found)
    return frame.with_columns(value_class=found).to_native()


def summary(scored):
    """One row per class: a pandas frame; classes without customers are kept.

    Columns ``value_class``, ``customers``, ``customer_share``, ``actual_value``, ``potential_value``, ``unrealised_value`` (sums
    of money), ``advice``.
    """
    sums = ("actual_value", "potential_value", "unrealised_value")
    found = frames.to_pandas(
        nw.from_native(scored).group_by("value_class").agg(customers=nw.len(), **{c: nw.col(c).sum() for c in sums})
    ).set_index("value_class")
    table = found.round(4).reindex(list(CLASSES)).fillna(0).astype({"customers": int})
    table.insert(1, "customer_share", table["customers"] / table["customers"].sum())
    return table.reset_index().assign(advice=pd.Series([STRATEGY[c] for c in CLASSES], dtype=object))


def _peer(profile):
    column = nw.col(profile.peers_by)
    return nw.sum_horizontal(nw.lit(1), *(nw.when(column > cut).then(1).otherwise(0) for cut in profile.peer_cuts))


def _potential(profile):
    """What the better peers contribute, at least the own contribution; below zero: the best case of mending."""
    group, value = _peer(profile), nw.col("contribution")
    peers = nw.lit(float(profile.peer_potential[0]))
    for g, potential in enumerate(profile.peer_potential[1:], start=2):
        peers = nw.when(group == g).then(nw.lit(float(potential))).otherwise(peers)
    above = nw.when(peers > value).then(peers).otherwise(value)
    return nw.when(value < 0).then(mend.best_case(profile.levers)).otherwise(above)
