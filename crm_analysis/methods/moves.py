"""Moves from one occasion to the next inside each customer: counted, never across customers.

Counting is done where the purchases are, in one pass; what comes back is a few numbers per customer.
"""

from typing import NamedTuple

import narwhals as nw
import numpy as np
import pandas as pd

from crm_analysis.data import frames
from crm_analysis.data.errors import TooLittle

LAPSED, NOTHING = "Lapsed", "Nothing bought"  # silence as a state, with steps from purchase to purchase or by periods
SILENT = (LAPSED, NOTHING)


class Moves(NamedTuple):
    """What every customer did, small enough for memory; all frames are pandas.

    ``names``: the states in order, the lapsed one last where the rules ask for it; ``customers``: their ids, sorted;
    ``cells``: ``customer`` (row number in ``customers``), ``from_state``, ``to_state``, ``n`` (steps, or money spent
    at their end); ``stakes``: ``customer``, ``state``, ``purchases``, ``spend``, ``on_last`` (share of the last
    occasion); ``span``: per customer ``first_at``, ``last_at``, ``occasions``; ``today``: the ``at`` of as_of.
    """

    names: tuple
    customers: np.ndarray
    cells: pd.DataFrame
    stakes: pd.DataFrame
    span: pd.DataFrame
    today: int


def count(occasions, states, rules, as_of):
    """The :class:`Moves` of the occasions (of ``occasions.table``).

    With a lapsed state, a gap between two occasions of ``g`` silent windows (``lapsed_days`` each, or periods) is one
    step into it, ``g - 1`` steps inside it and one step out; the silence from the last occasion to ``as_of`` likewise,
    without the step out, since nobody knows yet. Without it, a gap of any length is one step. Raises ValueError when
    no customer bought twice, so that there is no step at all.
    """
    frame, today = nw.from_native(occasions), _today(rules, as_of)
    cells = frames.to_pandas(_cells(frame, rules))
    stakes = frames.to_pandas(_stakes(frame))
    number, customers = pd.factorize(stakes["customer_id"].astype(str), sort=True)
    customers = customers.to_numpy(dtype=object)
    place = pd.Series(np.arange(len(customers)), index=customers)
    stakes["customer"] = number
    cells["customer"] = place.reindex(cells["customer_id"].astype(str)).to_numpy()
    span = stakes.groupby("customer").agg(
        first_at=("first_at", "min"), last_at=("last_at", "max"), occasions=("purchases", "sum")
    )
    stakes["on_last"] = stakes["on_last"].where(
        stakes["last_at"] == span["last_at"].reindex(stakes["customer"]).to_numpy(), 0.0
    )
    stakes["on_last"] /= stakes.groupby("customer")["on_last"].transform("sum")
    silence = NOTHING if rules.step == "period" else LAPSED
    names = (*states, silence) if rules.lapsed_days else tuple(states)
    moves = Moves(names, customers, _spread(cells, len(states)), stakes.drop(columns="customer_id"), span, today)
    if rules.lapsed_days:
        moves = _with_the_silence_at_the_end(moves, rules)
    if not len(moves.cells):
        raise TooLittle(f"none of {len(customers)} customers bought on two occasions: there is no step to learn from")
    return moves


def totals(occasions, states, rules):
    """Steps over all customers, without keeping any: a pandas frame, states by states (no lapsed state, no money).

    The fast way to a matrix when no interval is wanted.
    """
    pairs = _pairs(nw.from_native(occasions), rules).group_by("from_state", "to_state").agg(n=nw.col("n").sum())
    counted = frames.to_pandas(pairs).pivot(index="from_state", columns="to_state", values="n")
    every = range(len(states))
    counted = counted.reindex(index=every, columns=every).fillna(0.0)
    return counted.set_axis(list(states), axis=0).set_axis(list(states), axis=1)


def _today(rules, as_of):
    today = frames.day_number(as_of)
    return (today + (-today - 1) % rules.period_days) // rules.period_days if rules.step == "period" else today


def _pairs(frame, rules):
    """One row per step: ``customer_id``, ``from_state``, ``to_state``, ``n``, ``gap`` (from one ``at`` to the next)."""
    weight = nw.col("spend") if rules.weight == "spend" else nw.lit(1.0)
    if rules.basket == "fractional":
        return _shared_pairs(frame, rules)
    stands = frame if rules.basket == "line" else frame.filter(nw.col("share") > 0.5)
    # the time and the state in one number: one window over one column, and ties in time fall in the order of states
    key = nw.col("at") * 1000 + nw.col("state")
    keyed = stands.select("customer_id", key=key, n=weight)
    before = nw.col("key").shift(1).over("customer_id", order_by="key")
    keyed = keyed.with_columns(before=before).filter(~nw.col("before").is_null())
    return keyed.select(
        "customer_id",
        "n",
        from_state=(nw.col("before") % 1000).cast(nw.Int64),
        to_state=(nw.col("key") % 1000).cast(nw.Int64),
        gap=((nw.col("key") - nw.col("key") % 1000 - nw.col("before") + nw.col("before") % 1000) // 1000).cast(
            nw.Int64
        ),
    )


def _shared_pairs(frame, rules):
    """Every brand of an occasion to every brand of the next, by the product of their shares (and the money)."""
    times = frame.select("customer_id", "at").unique()
    before = nw.col("at").shift(1).over("customer_id", order_by="at")
    times = times.with_columns(before=before).filter(~nw.col("before").is_null())
    came = frame.select("customer_id", before=nw.col("at"), from_state=nw.col("state"), from_share=nw.col("share"))
    money = nw.col("spend") if rules.weight == "spend" else nw.col("share")
    went = frame.select("customer_id", "at", to_state=nw.col("state"), n=money)
    both = times.join(came, on=["customer_id", "before"]).join(went, on=["customer_id", "at"])
    return both.select(
        "customer_id",
        "from_state",
        "to_state",
        n=nw.col("n") * nw.col("from_share"),
        gap=nw.col("at") - nw.col("before"),
    )


def _cells(frame, rules):
    """Per customer and pair of states: steps without silence, steps through it, and the silent ones between."""
    pairs = _pairs(frame, rules)
    if not rules.lapsed_days:
        return pairs.group_by("customer_id", "from_state", "to_state").agg(n=nw.col("n").sum())
    silent = nw.col("gap") - 1 if rules.step == "period" else nw.col("gap") // rules.lapsed_days
    pairs = pairs.with_columns(silent=silent)
    through = nw.col("silent") > 0
    pairs = pairs.with_columns(
        direct=nw.when(through).then(nw.lit(0.0)).otherwise(nw.col("n")),
        lapses=nw.when(through).then(nw.col("n")).otherwise(nw.lit(0.0)),
        inside=nw.when(through).then(nw.col("n") * (nw.col("silent") - 1)).otherwise(nw.lit(0.0)),
    )
    return pairs.group_by("customer_id", "from_state", "to_state").agg(
        n=nw.col("direct").sum(), lapses=nw.col("lapses").sum(), inside=nw.col("inside").sum()
    )


def _spread(cells, lapsed):
    """Cells with the steps through silence taken apart: into it, inside it, out of it."""
    columns = ["customer", "from_state", "to_state", "n"]
    parts = [cells[columns]]
    if "lapses" in cells:
        through = cells[cells["lapses"] > 0]
        parts += [
            through.assign(to_state=lapsed, n=through["lapses"])[columns],
            through.assign(from_state=lapsed, n=through["lapses"])[columns],
            through.assign(from_state=lapsed, to_state=lapsed, n=through["inside"])[columns],
        ]
    every = pd.concat(parts, ignore_index=True)
    every = every[every["n"] > 0].groupby(columns[:3], as_index=False)["n"].sum()
    return every.astype({"customer": int, "from_state": int, "to_state": int})


def _stakes(frame):
    """Per customer and state: purchases, money, first and last time, share of the last occasion there."""
    last = nw.col("at").max().over("customer_id", "state")
    rows = frame.with_columns(last=last)
    on_last = nw.when(nw.col("at") == nw.col("last")).then(nw.col("share")).otherwise(nw.lit(0.0))
    return (
        rows.with_columns(on_last=on_last)
        .group_by("customer_id", "state")
        .agg(
            purchases=nw.col("share").sum(),
            spend=nw.col("spend").sum(),
            first_at=nw.col("at").min(),
            last_at=nw.col("at").max(),
            on_last=nw.col("on_last").sum(),
        )
        .with_columns(nw.col("spend").round(4))
    )


def _with_the_silence_at_the_end(moves, rules):
    """The step into the lapsed state that nobody has come out of yet, and where each customer stands now."""
    silent = moves.today - moves.span["last_at"]
    silent = silent if rules.step == "period" else silent // rules.lapsed_days
    gone = silent[silent > 0]
    lapsed = len(moves.names) - 1
    if rules.weight == "spend":
        return moves  # no money ends such a step
    ends = moves.stakes[(moves.stakes["on_last"] > 0) & moves.stakes["customer"].isin(gone.index)]
    into = pd.DataFrame(
        {"customer": ends["customer"], "from_state": ends["state"], "to_state": lapsed, "n": ends["on_last"]}
    )
    inside = pd.DataFrame(
        {"customer": gone.index, "from_state": lapsed, "to_state": lapsed, "n": gone.to_numpy() - 1.0}
    )
    cells = pd.concat([moves.cells, into, inside[inside["n"] > 0]], ignore_index=True)
    cells = cells.groupby(["customer", "from_state", "to_state"], as_index=False)["n"].sum()
    stakes = moves.stakes.copy()
    stakes.loc[stakes["customer"].isin(gone.index), "on_last"] = 0.0
    now = pd.DataFrame({"customer": gone.index, "state": lapsed, "on_last": 1.0, "purchases": 0.0, "spend": 0.0})
    return moves._replace(cells=cells, stakes=pd.concat([stakes, now], ignore_index=True))
