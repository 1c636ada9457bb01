"""Does the matrix foretell anything: learned on the first part of the time, held against the purchases of the rest.

Its rivals: shares stay as they are; everybody buys the last brand again; everybody has own shares and some inertia.
"""

import narwhals as nw
import numpy as np
import pandas as pd

from crm_analysis.data import frames
from crm_analysis.methods import clustered, moves, switching, switching_checks, switching_personal

MATRIX, SHARES, REPEAT, PERSONAL = "one matrix for all", "shares stay", "everybody repeats", "own shares with inertia"


def table(occasions, states, rules, as_of, held_share=0.25, level=0.95):
    """How each rule foretells the purchases of the last ``held_share`` of the time: a pandas frame, best first.

    Columns ``rule``; ``hit_rate``, how often the brand it thinks most likely is the next one; ``brier``, the mean
    squared distance of its probabilities from what was bought (0 to 2, small is good); ``brier_gain`` over "shares
    stay", with ``low`` and ``high`` (the customer as the unit); ``share_error``, the mean absolute error of the shares
    foretold from the cut on, without looking at what came after it; ``steps`` and ``customers`` held out. Only steps
    of customers seen before the cut count, each from the brand actually bought before. Raises ValueError when either
    part holds no step.
    """
    plain = rules._replace(lapsed_days=0, weight="purchases")
    frame = nw.from_native(occasions)
    ends = frames.to_pandas(frame.select(low=nw.col("at").min(), high=nw.col("at").max())).iloc[0]
    cut = int(ends["high"] - (ends["high"] - ends["low"]) * held_share)
    early = frame.filter(nw.col("at") <= cut).to_native()
    known = moves.count(early, states, plain, as_of)
    held = _steps_after(known, moves.count(occasions, states, plain, as_of))
    if held.empty:
        raise ValueError(f"no step of a known customer ends after the cut at {held_share:.0%} of the time")
    k = len(states)
    personal = switching_personal.learn(switching_checks.triples(early, states, plain), states)
    matrix = switching.model(switching.sample(known, plain)).matrix
    bought = _wide(known.stakes, "purchases", len(known.customers), k)
    own = switching_personal.own_shares(bought, personal)
    shares = bought.sum(axis=0) / bought.sum()
    who, here = held["customer"].to_numpy(), held["from_state"].to_numpy()
    guesses = {
        MATRIX: matrix[here],
        SHARES: np.broadcast_to(shares, (len(held), k)),
        REPEAT: np.eye(k)[here],
        PERSONAL: personal.inertia * np.eye(k)[here] + (1 - personal.inertia) * own[who],
    }
    actual = np.bincount(held["to_state"], weights=held["n"], minlength=k) / held["n"].sum()
    standing = _wide(known.stakes, "on_last", len(known.customers), k)
    errors = _share_errors(held, matrix, standing, own, personal, shares, actual)
    return _scored(guesses, held, errors, level)


def _steps_after(known, every):
    """Steps of known customers that end after the cut: all of theirs less those counted before it."""
    place = pd.Series(np.arange(len(known.customers)), index=known.customers)
    key = ["customer", "from_state", "to_state"]
    full = every.cells.assign(customer=place.reindex(every.customers[every.cells["customer"]]).to_numpy())
    full = full.dropna(subset=["customer"]).astype({"customer": int})
    left = full.merge(known.cells, on=key, how="left", suffixes=("", "_known"))
    left["n"] = left["n"] - left["n_known"].fillna(0.0)
    return left.loc[left["n"] > 1e-9, [*key, "n"]].reset_index(drop=True)


def _wide(stakes, column, customers, k):
    table = np.zeros((customers, k))
    np.add.at(table, (stakes["customer"], stakes["state"]), stakes[column])
    return table


def _scored(guesses, held, errors, level):
    to, n, k = held["to_state"].to_numpy(), held["n"].to_numpy(), next(iter(guesses.values())).shape[1]
    truth = np.eye(k)[to]
    losses = {rule: ((guess - truth) ** 2).sum(axis=1) for rule, guess in guesses.items()}
    names, who = np.unique(held["customer"], return_inverse=True)
    sums = np.stack([np.bincount(who, weights=n * (losses[SHARES] - loss)) for loss in losses.values()], axis=1)
    gains = clustered.estimates(
        clustered.ratios(sums, np.bincount(who, weights=n)[:, None], np.zeros(len(losses), dtype=int)),
        lambda v: v,
        level,
    )
    rows = [
        (
            rule,
            float((n * (guesses[rule].argmax(axis=1) == to)).sum() / n.sum()),
            float((n * loss).sum() / n.sum()),
            *gains.loc[i, ["value", "low", "high"]],
            errors[rule],
            float(n.sum()),
            len(names),
        )
        for i, (rule, loss) in enumerate(losses.items())
    ]
    columns = ["rule", "hit_rate", "brier", "brier_gain", "low", "high", "share_error", "steps", "customers"]
    return pd.DataFrame(rows, columns=columns).sort_values("brier", ignore_index=True)


def _share_errors(held, matrix, standing, own, personal, shares, actual):
    """Mean absolute error of the shares over all steps held out, each customer walked on from where he or she stood."""
    steps = held.groupby("customer")["n"].sum().round().astype(int)
    walked, mine = np.zeros(len(actual)), np.zeros(len(actual))
    repeated = (standing[steps.index] * steps.to_numpy()[:, None]).sum(axis=0)
    now, prefer = standing[steps.index].copy(), own[steps.index]
    left, start = steps.to_numpy(), standing[steps.index]
    fade = personal.inertia
    for t in range(1, int(left.max()) + 1):
        now = now @ matrix
        going = left >= t
        walked += now[going].sum(axis=0)
        mine += (fade**t * start[going] + (1 - fade**t) * prefer[going]).sum(axis=0)
    total = steps.sum()
    foretold = {MATRIX: walked / total, SHARES: shares, REPEAT: repeated / total, PERSONAL: mine / total}
    return {rule: float(np.abs(vector - actual).mean()) for rule, vector in foretold.items()}
