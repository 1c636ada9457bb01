"""Maps from scores to segments: tables of rules that can be read, checked for gaps and overlaps, and replaced.

A map is data: one row per rule, ``segment``, the lowest and highest score of R, F and M it takes (``r_from`` to
``m_to``), and ``advice``. The first rule that fits wins; the order of the rules is also the order of the segments, the
best first. Published maps give very different answers on the same customers, so a report always names its map.
"""

import itertools
import math
from pathlib import Path
from typing import NamedTuple

import narwhals as nw
import numpy as np
import pandas as pd

from crm_analysis.data.errors import WrongParameter

OTHERS = "Others"
BOUNDS = ("r_from", "r_to", "f_from", "f_to", "m_from", "m_to")
COLUMNS = ("segment", *BOUNDS, "advice")


class SegmentMap(NamedTuple):
    """A map of segments: ``levels`` is the number of scores per dimension on which the rules are stated."""

    name: str
    source: str
    levels: int
    rules: pd.DataFrame


def _rules(*rows):
    return pd.DataFrame(rows, columns=list(COLUMNS))


DEFAULT = SegmentMap(
    "recency-frequency",
    "The recency-by-frequency map of open RFM tutorials (G. Martin 2019, RFM segmentation with Python); it leaves the "
    "monetary score free",
    5,
    _rules(
        # segment, R from-to, F from-to, M from-to
        ("Champions", 5, 5, 4, 5, 1, 5, "Reward them; ask for referrals; show new products first"),
        ("Loyal customers", 3, 4, 4, 5, 1, 5, "Offer the next higher product; ask what they think"),
        ("Potential loyalists", 4, 5, 2, 3, 1, 5, "Invite to the loyalty programme; recommend a second category"),
        ("New customers", 5, 5, 1, 1, 1, 5, "Welcome them; help with the first use; make the second order easy"),
        ("Promising", 4, 4, 1, 1, 1, 5, "Build the habit: reminder and a small reason to return"),
        ("Need attention", 3, 3, 3, 3, 1, 5, "Limited offer built on what they bought before"),
        ("About to sleep", 3, 3, 1, 2, 1, 5, "Remind now, while it is cheap"),
        ("At risk", 1, 2, 3, 4, 1, 5, "Personal message; ask what went wrong"),
        ("Cannot lose them", 1, 2, 5, 5, 1, 5, "Call them; win back before a rival does"),
        ("Hibernating", 1, 2, 1, 2, 1, 5, "Cheap reminders only; clean up what never answers"),
    ),
)

RFM_PACKAGE = SegmentMap(
    "rfm-package",
    "The map in the documentation of the R package rfm 0.3.0 (A. Hebbali 2024); its intervals overlap and leave gaps",
    5,
    _rules(
        ("Champions", 5, 5, 5, 5, 5, 5, "Reward them; ask for referrals; show new products first"),
        ("Potential loyalists", 3, 5, 3, 5, 2, 5, "Invite to the loyalty programme; recommend a second category"),
        ("Loyal customers", 2, 4, 2, 4, 2, 4, "Offer the next higher product; ask what they think"),
        ("Promising", 3, 4, 1, 3, 3, 5, "Build the habit: reminder and a small reason to return"),
        ("New customers", 4, 5, 1, 3, 1, 5, "Welcome them; help with the first use; make the second order easy"),
        ("Cannot lose them", 1, 2, 3, 4, 4, 5, "Call them; win back before a rival does"),
        ("At risk", 1, 2, 2, 5, 4, 5, "Personal message; ask what went wrong"),
        ("Need attention", 1, 3, 3, 5, 3, 5, "Limited offer built on what they bought before"),
        ("About to sleep", 2, 3, 1, 3, 1, 4, "Remind now, while it is cheap"),
        ("Lost", 1, 1, 1, 5, 1, 5, "Cheap reminders only; clean up what never answers"),
    ),
)

EIGHT_TYPES = SegmentMap(
    "eight-types",
    "The eight types of Chinese CRM practice: each of R, F and M high or low; M decides between important and general",
    2,
    _rules(
        ("Important: valuable", 2, 2, 2, 2, 2, 2, "Best service; ask what they need next"),
        ("Important: to develop", 2, 2, 1, 1, 2, 2, "They spend much but seldom: give reasons for more occasions"),
        ("Important: to keep", 1, 1, 2, 2, 2, 2, "They were faithful and have gone quiet: call them"),
        ("Important: to win back", 1, 1, 1, 1, 2, 2, "They are leaving or gone: find out why, one strong offer"),
        ("General: valuable", 2, 2, 2, 2, 1, 1, "They come often for little: recommend the matching product"),
        ("General: to develop", 2, 2, 1, 1, 1, 1, "Make the next order easy; spend little"),
        ("General: to keep", 1, 1, 2, 2, 1, 1, "Remind them by cheap means"),
        ("General: to win back", 1, 1, 1, 1, 1, 1, "Let them go unless it costs nothing"),
    ),
)

BEST = ("Champions", "Important: valuable")
LEAVING = ("At risk", "Cannot lose them", "Important: to keep", "Important: to win back")
MAPS = {each.name: each for each in (DEFAULT, RFM_PACKAGE, EIGHT_TYPES)}


def named(name):
    """A shipped map by its name, or one of your own from a CSV file by its path.

    The file has the columns ``segment``, ``r_from``, ``r_to``, ``f_from``, ``f_to``, ``m_from``, ``m_to`` and, if you
    like, ``advice``; the highest score in it is the number of levels. Raises ValueError with what is wrong.

    >>> named("eight-types").levels
    2
    """
    if name in MAPS:
        return MAPS[name]
    path = Path(name)
    if path.suffix.lower() != ".csv":
        raise WrongParameter(f"{name!r} is neither one of the maps {', '.join(MAPS)} nor a CSV file with rules")
    if not path.is_file():
        raise WrongParameter(f"there is no file {path.name} with the rules of a segment map")
    return checked(pd.read_csv(path, dtype={"segment": str, "advice": str}, keep_default_na=False), path.name)


def checked(rules, name):
    """Rules of your own as a :class:`SegmentMap`. Raises ValueError for a missing column or a bound that makes no sense."""
    absent = [c for c in COLUMNS[:-1] if c not in rules.columns]
    if absent:
        raise WrongParameter(f"the segment map {name} lacks the column {', '.join(absent)}")
    if rules.empty:
        raise WrongParameter(f"the segment map {name} holds no rule")
    rules = rules.assign(advice=rules.get("advice", ""))[list(COLUMNS)]
    bounds = rules[list(BOUNDS)].apply(pd.to_numeric, errors="coerce")
    wrong = bounds.isna().any(axis=1) | (bounds < 1).any(axis=1) | (bounds % 1 != 0).any(axis=1)
    for axis in "rfm":
        wrong |= bounds[f"{axis}_from"] > bounds[f"{axis}_to"]
    wrong |= rules["segment"].astype(str).str.strip() == ""
    if wrong.any():
        raise WrongParameter(
            f"the segment map {name} has {int(wrong.sum())} rule(s) that make no sense, first in row "
            f"{int(wrong.idxmax()) + 1}: a name and whole scores from 1 up, each from not above its to"
        )
    rules[list(BOUNDS)] = bounds.astype(int)
    return SegmentMap(name, f"own rules in {name}", int(bounds.max().max()), rules)


def segments(segment_map):
    """The names of the segments in the order of the map, each once."""
    return list(dict.fromkeys(segment_map.rules["segment"]))


def segment(segment_map, levels):
    """The narwhals expression for a customer's segment: the first rule that fits wins, none is ``Others``."""
    expression = nw.lit(OTHERS)
    for rule in on_levels(segment_map, levels).iloc[::-1].itertuples():
        fits = nw.lit(True)
        for axis in "rfm":
            column = nw.col(f"{axis}_score")
            fits = fits & (column >= getattr(rule, f"{axis}_from")) & (column <= getattr(rule, f"{axis}_to"))
        expression = nw.when(fits).then(nw.lit(rule.segment)).otherwise(expression)
    return expression


def on_levels(segment_map, levels):
    """The rules for other numbers of levels: score s of L stands for the level ceil(B s / L) of the map's own B."""
    scaled = segment_map.rules.copy()
    for axis, n in zip("rfm", levels, strict=True):
        own = [math.ceil(segment_map.levels * s / n) for s in range(1, n + 1)]
        scaled[f"{axis}_from"] = [1 + sum(b < low for b in own) for low in segment_map.rules[f"{axis}_from"]]
        scaled[f"{axis}_to"] = [sum(b <= high for b in own) for high in segment_map.rules[f"{axis}_to"]]
    return scaled


def coverage(segment_map, levels=(5, 5, 5)):
    """How the rules cover the grid of scores: one row per cell, with the names of all rules that claim it.

    Columns ``r_score``, ``f_score``, ``m_score``, ``claims`` (number of rules), ``segments`` (tuple of their names, in the
    order of the rules), ``winner`` (row number of the rule that wins, -1 where none does).
    """
    scaled, scores = on_levels(segment_map, levels), [f"{axis}_score" for axis in "rfm"]
    cells = pd.DataFrame(itertools.product(*(range(1, n + 1) for n in levels)), columns=scores)
    claims = np.ones((len(cells), len(scaled)), dtype=bool)
    for axis in "rfm":
        score = cells[f"{axis}_score"].to_numpy()[:, None]
        claims &= (score >= scaled[f"{axis}_from"].to_numpy()) & (score <= scaled[f"{axis}_to"].to_numpy())
    names = scaled["segment"].astype(str).to_numpy()
    cells["claims"] = claims.sum(axis=1)
    cells["segments"] = [tuple(names[claim]) for claim in claims]
    cells["winner"] = np.where(claims.any(axis=1), claims.argmax(axis=1), -1)
    return cells


def lint(segment_map, levels=(5, 5, 5), cells=None):
    """What is wrong with a map: one row per check, a pandas frame.

    Columns ``check`` (``Gap``: cells that no rule claims, their customers are "Others"; ``Overlap``: cells that several
    rules of different segments claim, the first wins; ``Unreachable rule``: wins no cell), ``number`` of cells or rules,
    ``customers`` and ``customer_share`` concerned (missing unless ``cells`` of ``rfm_tables.cells`` are given), ``which``.
    """
    grid = coverage(segment_map, levels)
    if cells is not None:
        grid = grid.merge(cells, on=["r_score", "f_score", "m_score"], how="left").fillna({"customers": 0})
    several = grid["segments"].map(lambda names: len(set(names))) > 1
    idle = [str(s) for at, s in enumerate(segment_map.rules["segment"]) if at not in set(grid["winner"])]
    rows = [
        _finding("Gap", grid[grid["claims"] == 0], cells is not None, grid),
        _finding("Overlap", grid[(grid["claims"] > 1) & several], cells is not None, grid),
        ("Unreachable rule", len(idle), None, None, ", ".join(idle)),
    ]
    return pd.DataFrame(rows, columns=["check", "number", "customers", "customer_share", "which"])


def _finding(check, found, counted, grid):
    which = ", ".join(f"{r}{f}{m}" for r, f, m in found[["r_score", "f_score", "m_score"]].head(3).to_numpy())
    which += ", …" if len(found) > 3 else ""
    if not counted:
        return check, len(found), None, None, which
    customers, total = int(found["customers"].sum()), grid["customers"].sum()
    return check, len(found), customers, customers / total if total else None, which
