"""The course's closing exercise: is a printed key possible at all, what would repair it, and exercises that can be marked.

Three brands, values to each brand by CLV_b = sum over t of F S_t[b] M (1 + r)^-t. With one margin for all brands the
values add up to F M (1 + 1/(1 + r) + …) for every matrix whose rows sum to 1, because the shares of each period do.
"""

import numpy as np
import pandas as pd

from crm_analysis.methods import chains, clv, whatif

RIGHT, NOT_YET, OPEN = "Right", "Not yet", "No answer"
SUM, MUST = "All brands together", "What they must add up to"
TOLERANCE = 0.005  # an answer may be half a percent off: people round on the way


def key(printed, start, margin, rate, names, frequency=1.0):
    """What a key for two periods (today and the next) says of the next period's shares: a pandas frame.

    Columns ``brand``, ``printed``, ``implied_share`` (S_1 = (CLV / (F M) - S_0) (1 + r)), and, if this brand's value alone
    were misprinted, the ``share_if_wrong`` left over by the others and the ``value_if_wrong`` that should stand there. A key
    can stand only if the implied shares lie between 0 and 1 and add up to 1.

    >>> key((140.0, 80.0), (0.5, 0.5), 100.0, 0.0, "AB")[["implied_share", "value_if_wrong"]].round(3).values.tolist()
    [[0.9, 120.0], [0.3, 60.0]]
    """
    start, gain = np.asarray(start, dtype=float), frequency * margin
    implied = (np.asarray(printed, dtype=float) / gain - start) * (1 + rate)
    left = 1 - (implied.sum() - implied)
    return pd.DataFrame(
        {
            "brand": list(names),
            "printed": printed,
            "implied_share": implied,
            "share_if_wrong": left,
            "value_if_wrong": gain * (start + left / (1 + rate)),
        }
    )


def totals(matrices, start, margin, rate, steps, names, frequency=1.0):
    """Values under several matrices side by side: ``matrix`` (the name), one column per brand, ``sum``.

    ``matrices``: a dict from name to matrix; the sums are all the same, which is the point.
    """
    rows = []
    for name, matrix in matrices.items():
        worth = clv.values(start, chains.checked(matrix, names), margin, rate, steps, frequency=frequency)
        rows.append((name, *worth, worth.sum()))
    return pd.DataFrame(rows, columns=["matrix", *names, "sum"])


def exercises(start, matrix, margin, rate):
    """Questions on the reconstructed exercise with their answers, computed: ``exercise``, ``question``, ``right``."""
    after = whatif.shifted(np.array(matrix, dtype=float), 0, 0, whatif.POINT)
    values = [
        ("Share of the first brand after two periods", chains.paths(matrix, start, 2)[2, 0]),
        ("Value to the first brand when period 2 counts too", clv.values(start, matrix, margin, rate, 2)[0]),
        ("Value to the second brand without end", clv.values(start, matrix, margin, rate, None)[1]),
        (
            "Value to the first brand when only the next purchase counts (Rust, Lemon and Zeithaml)",
            clv.values(start, matrix, margin, rate, 1, "rlz")[0],
        ),
        (
            "What the first brand gains when it keeps one more of 100 buyers",
            float((clv.values(start, after, margin, rate, 1) - clv.values(start, matrix, margin, rate, 1))[0]),
        ),
        ("Share of the second brand in the steady state", chains.steady(matrix)[1]),
    ]
    return pd.DataFrame(
        [(number, question, float(right)) for number, (question, right) in enumerate(values, start=1)],
        columns=["exercise", "question", "right"],
    )


def marked(asked, answers):
    """The exercises with the ``answer`` given and a ``verdict``; what is right stays hidden.

    ``asked``: of :func:`exercises`; ``answers``: a dict from number to answer, what is missing is not answered yet.

    >>> asked = pd.DataFrame({"exercise": [1, 2], "question": ["a", "b"], "right": [0.5, 9.0]})
    >>> marked(asked, {1: 0.501, 2: 8.0})["verdict"].tolist()
    ['Right', 'Not yet']
    """
    given = [answers.get(number) for number in asked["exercise"]]
    verdicts = [
        OPEN if answer is None else RIGHT if abs(answer - right) <= TOLERANCE * abs(right) else NOT_YET
        for answer, right in zip(given, asked["right"], strict=True)
    ]
    shown = asked[["exercise", "question"]]
    return shown.assign(answer=[np.nan if a is None else float(a) for a in given], verdict=verdicts)


def rows(matrix, names):
    """The matrix as a table: ``brand`` bought last, one column per brand bought next."""
    return pd.DataFrame(matrix, columns=list(names)).assign(brand=list(names))[["brand", *names]]


def by_period(shares, names):
    """Shares by period (of ``chains.paths``) as a table: ``period``, one column per brand, ``sum``."""
    table = pd.DataFrame(shares, columns=list(names)).assign(sum=np.sum(shares, axis=1))
    return table.assign(period=[str(t) for t in range(len(table))])[["period", *names, "sum"]]


def summed(values, annuity):
    """Values with their sum and what it must be below them: ``brand`` and ``contribution``."""
    more = pd.DataFrame({"brand": [SUM, MUST], "contribution": [values["contribution"].sum(), annuity]})
    return pd.concat([values, more], ignore_index=True)


def with_key(found, printed, name):
    """The table of :func:`totals` with a row for a printed key."""
    row = pd.DataFrame([(name, *printed, sum(printed))], columns=found.columns)
    return pd.concat([found, row], ignore_index=True)
