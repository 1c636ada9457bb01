"""Levels of loyalty rest on each other."""

import numpy as np
import pandas as pd
import pytest

from crm_analysis.methods import loyalty_levels, survey


def answers(*rows):
    """Rows of (customer, cognitive, affective, behavioural): the same answer to the three items of each block."""
    table = {"customer_id": [r[0] for r in rows]}
    for at, block in enumerate(loyalty_levels.BLOCKS, start=1):
        for i in (1, 2, 3):
            table[f"{block}_{i}"] = [np.nan if r[at] is None else float(r[at]) for r in rows]
    return pd.DataFrame(table)


SIX = answers(
    ("all", 4, 4, 4), ("likes", 4, 4, 2), ("believes", 5, 3, 5), ("none", 3, 5, 5), ("edge", 4, 4, 4), ("unknown", 4, None, 5)
)  # fmt: skip


def test_a_level_counts_only_on_the_one_before():
    table = loyalty_levels.reached(SIX, cut=4).set_index("customer_id")["level"]
    assert table[["all", "likes", "believes", "none", "edge"]].tolist() == [3, 2, 1, 0, 3]
    assert np.isnan(table["unknown"]), "it may be one or more"


def test_what_lies_above_a_level_not_reached_need_not_be_known():
    below = answers(("low", 2, None, None), ("some", 4, 2, None))
    assert loyalty_levels.reached(below)["level"].tolist() == [0, 1]


def test_deeds_from_the_log_take_the_place_of_answers_about_them():
    acted = pd.Series({"all": False, "likes": True, "believes": True, "none": True})
    table = loyalty_levels.reached(SIX, cut=4, acted=acted).set_index("customer_id")["level"]
    assert table[["all", "likes", "believes", "none"]].tolist() == [2, 3, 1, 0]
    assert np.isnan(table["edge"]), "the log does not know this customer, and the two levels before are reached"


def test_reversed_items_are_turned_before():
    book = survey.CODEBOOK.copy()
    book.loc[book["item"] == "cognitive_1", "reversed"] = True
    turned = answers(("a", 4, 4, 4)).assign(cognitive_1=2.0)
    assert loyalty_levels.reached(turned, book)["level"].tolist() == [3]


def test_a_higher_cut_never_raises_a_level():
    rng = np.random.default_rng(1)
    many = answers(*[(f"c{i}", *rng.integers(1, 6, 3)) for i in range(60)])
    levels = [loyalty_levels.reached(many, cut=c)["level"] for c in (1, 2, 3, 4, 5)]
    for lower, higher in zip(levels, levels[1:], strict=False):
        assert (higher <= lower).all()
    assert (levels[0] == 3).all()


def test_the_summary_counts_everybody_with_a_level_once():
    table = loyalty_levels.summary(loyalty_levels.reached(SIX, cut=4), pd.Series({"all": 10.0, "edge": 30.0}))
    assert table["customers"].tolist() == [1, 1, 1, 2]
    assert table["customer_share"].sum() == pytest.approx(1)
    assert table["mean_value"].tolist() == [0, 0, 0, 20]
    assert loyalty_levels.summary(loyalty_levels.reached(SIX.head(0))).empty


def test_movement_between_two_surveys_adds_up():
    before = loyalty_levels.reached(SIX, cut=4)
    after = loyalty_levels.reached(
        answers(("all", 4, 2, 2), ("likes", 4, 4, 4), ("believes", 4, 2, 2), ("new", 4, 4, 4)), cut=4
    )
    table = loyalty_levels.movement(before, after).set_index("level")
    assert table["customers"].tolist() == [0, 1, 1, 1]
    assert table.loc["Behavioural", ["up", "same", "down"]].tolist() == [0, 0, 1]
    assert table.loc["Affective", ["up", "same", "down"]].tolist() == [1, 0, 0]
    assert table.loc["Cognitive", ["up", "same", "down"]].tolist() == [0, 1, 0]
    assert (table[list(loyalty_levels.LEVELS)].sum(axis=1) == table["customers"]).all()
    assert loyalty_levels.movement(before.head(0), after).empty
