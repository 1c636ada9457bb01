"""Survey answers, wide or long, held to a codebook: which item asks for what, on which scale, in which direction.

A codebook is a table with one row per item: ``item`` (the column of the answers), ``block`` (what kind of question),
``dimension`` (what it is about), ``low`` and ``high`` (ends of the scale), ``reversed`` (True where a high answer is a
bad one). :data:`CODEBOOK` describes the suite's own questionnaire; a company's own comes as a CSV file.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from crm_analysis.data import errors, frames
from crm_analysis.data.tables import DETERMINANTS

COLUMNS = ("item", "block", "dimension", "low", "high", "reversed")
WHO, WHEN = "customer_id", "answered_on"
VALUES, BURDENS = ("product", "service", "people", "image"), ("money", "time", "energy", "worry")
# The eight indicators of loyalty: dimension -> item, ends of its scale, reversed.
INDICATORS = {
    "repeat purchase": ("rebuy", 1, 5, False),
    "attention to the brand": ("attention", 1, 5, False),
    "needs met by us": ("of_last_ten", 0, 10, False),
    "price sensitivity": ("price_tolerance", 1, 5, False),
    "attitude to rivals": ("rival_preference", 1, 5, True),
    "recognition": ("recommend", 0, 10, False),
    "choice time": ("compare_long", 1, 5, True),
    "tolerance of faults": ("forgive_fault", 1, 5, False),
}


# How people read the dimensions of our questionnaire; a codebook of one's own is shown as it is.
NAMES = {
    "credibility": "Credibility", "responsiveness": "Responsiveness", "access": "Access", "courtesy": "Courtesy",
    "communication": "Communication", "reliability": "Reliability", "security": "Security",
    "understanding": "Understanding", "tangibles": "Tangibles", "affection": "Affection", "competence": "Competence",
    "assurance": "Assurance", "empathy": "Empathy", "product": "Product", "service": "Service", "people": "People",
    "image": "Image", "money": "Money", "time": "Time", "energy": "Energy", "worry": "Worry",
}  # fmt: skip


def _own_codebook():
    rows = [(f"{b}_{d}", b, d, 1, 7, False) for b in ("expected", "perceived") for d in DETERMINANTS]
    rows += [(f"importance_{d}", "importance", d, 0, 100, False) for d in DETERMINANTS]
    rows += [("satisfaction", "satisfaction", "overall", 1, 7, False)]
    levels = ("cognitive", "affective", "behavioural")
    rows += [(f"{level}_{i}", level, level, 1, 5, False) for level in levels for i in (1, 2, 3)]
    rows += [(item, "indicator", name, *scale) for name, (item, *scale) in INDICATORS.items()]
    rows += [(f"value_{v}", "value", v, 1, 7, False) for v in VALUES]
    rows += [(f"cost_{c}", "cost", c, 1, 7, False) for c in BURDENS]
    return pd.DataFrame(rows, columns=COLUMNS)


CODEBOOK = _own_codebook()


def read(path, codebook=CODEBOOK):
    """Answers from a CSV file, wide (a column per item) or long (columns ``item`` and ``answer``), checked."""
    found = _csv(path)
    return checked(wide(found) if {"item", "answer"} <= set(found.columns) else found, codebook, Path(path).name)


def read_codebook(path):
    """A codebook from a CSV file with the columns of :data:`COLUMNS`; raises DataError where it makes no sense."""
    found, name = _csv(path), Path(path).name
    absent = [column for column in COLUMNS if column not in found.columns]
    if absent:
        errors.refuse("codebook", name, f"the codebook has no column {', '.join(absent)}",
                      mend=f"Its columns are {', '.join(COLUMNS)}.")  # fmt: skip
    book = found[list(COLUMNS)].copy()
    ends = book[["low", "high"]].apply(pd.to_numeric, errors="coerce")
    flags = book["reversed"].fillna("no").str.strip().str.lower()
    faults = {
        "an item stands twice or has no name": book["item"].isna() | book["item"].duplicated(keep=False),
        "an item has no block": book["block"].isna(),
        "low and high are not two numbers, the lower first": ~(ends["low"] < ends["high"]),
        "reversed is neither yes nor no": ~flags.isin(["yes", "no"]),
    }
    problems = [
        errors.problem("codebook", name, fault, count=int(where.sum()), mend="Mend the codebook.",
                       examples=[{"row": int(i) + 1, "value": book["item"][i]} for i in book.index[where]])
        for fault, where in faults.items() if where.any()
    ]  # fmt: skip
    if problems:
        raise errors.DataError(problems)
    return book.assign(low=ends["low"], high=ends["high"], reversed=flags == "yes")


def wide(answers):
    """One row per customer and day of answer, one column per item, from long answers.

    ``answers``: ``customer_id``, ``item``, ``answer`` and, where known, ``answered_on``. An item answered twice on
    one day by one customer is refused.
    """
    keys = [WHO, *([WHEN] if WHEN in answers.columns else [])]
    twice = answers.duplicated([*keys, "item"], keep=False)
    if twice.any():
        places = [{"row": int(i) + 1, "value": answers["item"].iloc[i]} for i in np.flatnonzero(twice)]
        errors.refuse("answered_twice", "survey", "a customer answered an item more than once on one day",
                      column="item", count=int(twice.sum()), examples=places, mend="Keep one answer.")  # fmt: skip
    table = answers.pivot(index=keys, columns="item", values="answer").reset_index()
    return table.rename_axis(columns=None)


def checked(answers, codebook=CODEBOOK, file="survey"):
    """The answers as numbers, one row per respondent and day; raises DataError with the place of every misfit.

    ``answers`` is any frame with ``customer_id``, ``answered_on`` and item columns; None gives an empty table, so
    that a missing survey is a survey that nobody answered. Kept are the two keys and the items of the codebook that
    are there. An answer must be a whole number on its item's scale; points of importance may be fractions.
    """
    if answers is None:
        return pd.DataFrame({WHO: pd.Series(dtype=str), WHEN: pd.Series(dtype="datetime64[us]")})
    table = frames.to_pandas(answers).reset_index(drop=True)
    if WHO not in table.columns:
        errors.refuse("missing_column", file, "there is no column customer_id", table="survey", column=WHO,
                      mend="Name the column of the respondent customer_id.")  # fmt: skip
    book = codebook[codebook["item"].isin(table.columns)].set_index("item")
    numbers = table[list(book.index)].apply(pd.to_numeric, errors="coerce").astype(float)
    problems = []
    for item, scale in book.iterrows():
        said, value = table[item], numbers[item]
        bad = (value.isna() & said.notna()) | (value < scale["low"]) | (value > scale["high"])
        if scale["block"] != "importance":
            bad |= value.notna() & (value % 1 != 0)
        if bad.any():
            told = f"an answer is not on its scale, {scale['low']:g} to {scale['high']:g}"
            problems.append(errors.problem("off_scale", file, told, table="survey", column=item, count=int(bad.sum()),
                                           mend="Correct the answer, leave it empty, or mend the codebook.",
                                           examples=[_place(table, i, item) for i in table.index[bad]]))  # fmt: skip
    if problems:
        raise errors.DataError(problems)
    days = pd.to_datetime(table[WHEN]) if WHEN in table.columns else pd.Series(pd.NaT, index=table.index)
    return pd.concat([table[[WHO]].astype({WHO: str}), days.rename(WHEN), numbers], axis=1)


def aligned(answers, codebook=CODEBOOK):
    """The answers with reversed items turned round (low + high - answer), so that high is good everywhere.

    >>> aligned(pd.DataFrame({"rebuy": [5.0], "rival_preference": [5.0]})).values.tolist()
    [[5.0, 1.0]]
    """
    turn = codebook[codebook["reversed"] & codebook["item"].isin(answers.columns)]
    turned = {r.item: r.low + r.high - answers[r.item] for r in turn.itertuples()}
    return answers.assign(**turned)


def waves(answers, gap_days=60):
    """Waves as numbers 1, 2, … in order of time: a new one begins where nobody answered for ``gap_days``.

    A wave that runs over the end of a month stays one. Rows without a day belong to the last wave.
    """
    days = answers[WHEN].sort_values()
    number = 1 + (days.diff().dt.days > gap_days).cumsum()
    last = number[days.notna()].max() if days.notna().any() else 1
    return number.where(days.notna(), last).reindex(answers.index).astype(int)


def latest(answers, number=None, gap_days=60):
    """The last answer of each customer in a wave (the latest wave if ``number`` is None), one row per customer."""
    if answers.empty:
        return answers
    of = waves(answers, gap_days)
    rows = answers[of == (of.max() if number is None else number)]
    rows = rows.sort_values([WHEN, WHO], kind="stable").drop_duplicates(WHO, keep="last")
    return rows.sort_values(WHO).reset_index(drop=True)


def earlier(answers, gap_days=60):
    """The answers of the wave before the latest, as :func:`latest` gives them; empty if there is one wave only."""
    last = waves(answers, gap_days).max() if len(answers) else 1
    return latest(answers, last - 1, gap_days)


def items(answers, codebook, block, dimension=None):
    """Names of the items of a block (and dimension) that the answers hold."""
    rows = codebook[(codebook["block"] == block) & codebook["item"].isin(answers.columns)]
    return list(rows.loc[rows["dimension"] == dimension, "item"] if dimension is not None else rows["item"])


def score(answers, columns, least=0.5):
    """Mean of several items per respondent; missing where fewer than ``least`` of them are answered."""
    if not columns:
        return pd.Series(np.nan, index=answers.index)
    part = answers[columns]
    return part.mean(axis=1).where(part.notna().mean(axis=1) >= least)


def _csv(path):
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""], encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        return errors.refuse("unreadable", Path(path).name, f"it cannot be read ({type(error).__name__})",
                             mend="Export it as CSV in UTF-8 and check the path.")  # fmt: skip


def _place(table, row, item):
    """Where an answer stands: its row, whose it is and when it was given."""
    day = pd.to_datetime(table[WHEN].iloc[row]) if WHEN in table.columns else None
    when = "" if day is None or pd.isna(day) else f", {day:%Y-%m-%d}"
    return {"row": int(row) + 1, "value": f"{table[item].iloc[row]} (customer {table[WHO].iloc[row]}{when})"}
