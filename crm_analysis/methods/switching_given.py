"""Switching matrices that are not counted from purchases: typed in, or asked for in a survey."""

import numpy as np
import pandas as pd

from crm_analysis.methods import chains, switching
from crm_analysis.methods.occasions import Rules

TOLERANCE = 1e-6


def typed(matrix, names, start, steps_per_year=1.0, spend=1.0):
    """A ``switching.Model`` of numbers somebody states: checked, never rescaled, without any interval.

    ``matrix``: rows are the brand bought last; ``start``: today's shares; ``spend``: money per purchase, one number or
    one per brand. Raises ValueError naming every row that is no distribution (see ``chains.checked``).

    >>> typed([[0.7, 0.3], [0.2, 0.8]], ("Own", "Rival"), (0.5, 0.5)).matrix.tolist()
    [[0.7, 0.3], [0.2, 0.8]]
    """
    matrix, start = chains.checked(matrix, names), np.asarray(start, dtype=float)
    if start.shape != (len(matrix),) or (start < 0).any() or abs(start.sum() - 1) > chains.TOLERANCE:
        raise ValueError(
            f"today's shares must be {len(matrix)} numbers from 0 to 1 that sum to 1, not {start.tolist()}"
        )
    return switching.Model(matrix, start, float(steps_per_year), np.broadcast_to(np.asarray(spend, float), start.shape))


def from_survey(answers, names, smoothing=0.0, empty="shares"):
    """The ``switching.Sample`` of a survey, with intervals: every respondent is one customer.

    ``answers``: a pandas frame, one row per respondent, with ``customer_id`` and ``last_brand``, and either
    ``next_brand`` (the brand they intend to buy next) or one column per brand of ``names`` with the probability of
    buying it next (0-1, summing to 1). ``purchases_per_year`` and ``spend`` (money per purchase) are taken where they
    exist (whoever does not tell is left out of their means); else a step is a purchase, one per year, of 1 unit of money.
    Raises ValueError with the number of answers that do not fit; nothing is rescaled or left out silently.
    """
    names, n = tuple(names), len(answers)
    problems = _problems(answers, names)
    if problems:
        raise ValueError("; ".join(problems))
    place = {name: i for i, name in enumerate(names)}
    last = answers["last_brand"].map(place).to_numpy()
    if "next_brand" in answers:
        cells = pd.DataFrame(
            {"customer": np.arange(n), "from_state": last, "to_state": answers["next_brand"].map(place)}
        )
        cells["n"] = 1.0
    else:
        weights = answers[list(names)].to_numpy(dtype=float)
        who, to = np.nonzero(weights > 0)
        cells = pd.DataFrame({"customer": who, "from_state": last[who], "to_state": to, "n": weights[who, to]})
    (spend, told), (often, years) = (_told(answers, column) for column in ("spend", "purchases_per_year"))
    stakes = pd.DataFrame({"customer": np.arange(n), "state": last, "purchases": told, "spend": spend, "standing": 1.0})
    who = answers["customer_id"].to_numpy()
    return switching.assembled(names, who, cells, stakes, often, years, Rules(), smoothing, empty)


def _told(answers, column):
    """The answers with 0 where there is none, and 1 or 0 for whether there is one; all 1 when it was not asked."""
    n = len(answers)
    if column not in answers or answers[column].isna().all():
        return np.ones(n), np.ones(n)
    said = answers[column].to_numpy(dtype=float)
    if (said < 0).any():
        raise ValueError(f"{int((said < 0).sum())} answers in {column} are negative: leave them out or mend them")
    return np.nan_to_num(said), (~np.isnan(said)).astype(float)


def _problems(answers, names):
    missing = [c for c in ("customer_id", "last_brand") if c not in answers]
    if missing:
        return [f"the survey lacks {', '.join(missing)}"]
    if answers["customer_id"].duplicated().any():
        return [f"{int(answers['customer_id'].duplicated().sum())} respondents answer twice: keep one answer of each"]
    found = [
        f"{int(unknown.sum())} answers in {column} name no brand of {', '.join(names)}, such as "
        f"{answers.loc[unknown, column].iloc[0]!r}: add the brand, or pool it"
        for column in ("last_brand", "next_brand")
        if column in answers
        for unknown in [~answers[column].isin(names)]
        if unknown.any()
    ]
    if "next_brand" in answers:
        return found
    absent = [name for name in names if name not in answers]
    if absent:
        return [*found, f"neither next_brand nor a probability of {', '.join(absent)} is there"]
    asked = answers[list(names)].to_numpy(dtype=float)
    wrong = ~((asked >= 0).all(axis=1) & (np.abs(asked.sum(axis=1) - 1) <= TOLERANCE))
    if wrong.any():
        found.append(
            f"{int(wrong.sum())} respondents give probabilities that are negative, missing or do not sum to 1 (the first "
            f"sums to {asked[wrong][0].sum():g}): ask again, or bring percentages to shares of 1 yourself"
        )
    return found
