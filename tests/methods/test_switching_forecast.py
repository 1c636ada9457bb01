"""The forecast check: only the past is used, the rules are scored by hand, and the right rule wins where it is true."""

import numpy as np
import pandas as pd
import pytest

from crm_analysis.methods import occasions, switching_forecast
from crm_analysis.methods.occasions import Rules
from tests.methods import panel_made
from tests.methods.panel_made import AS_OF, BRANDS, lines
from tests.methods.test_switching_checks import alike_without_memory
from tests.methods.test_switching_personal import made as own_shares

RULES = Rules()


def told(frame, states=BRANDS, share=0.25):
    return switching_forecast.table(
        occasions.table(frame, states, RULES, AS_OF), states, RULES, AS_OF, share
    ).set_index("rule")


def test_hits_and_scores_by_hand():
    """Days 0 to 99; the last quarter holds one step of x (B to B) and one of y (A to B). Everybody repeats: one hit of two,
    Brier (0 + 2) / 2. Shares before the cut: A 4 of 6."""
    rows = [("x", 100, "A"), ("x", 110, "A"), ("x", 120, "B"), ("x", 190, "B")]
    rows += [("y", 100, "A"), ("y", 110, "A"), ("y", 120, "A"), ("y", 199, "B"), ("z", 190, "A"), ("z", 195, "B")]
    rows += [("x", 119, "B")]
    table = told(lines(rows), ("A", "B"))
    assert table["steps"].tolist() == [2.0] * 4, "z was not known before the cut"
    repeat, shares = table.loc[switching_forecast.REPEAT], table.loc[switching_forecast.SHARES]
    assert (repeat["hit_rate"], repeat["brier"]) == (0.5, 1.0)
    a = 5 / 7
    assert shares["brier"] == pytest.approx(2 * a**2)
    assert shares["hit_rate"] == 0
    assert repeat["brier_gain"] == pytest.approx(2 * a**2 - 1)


def test_the_rule_that_is_true_foretells_best():
    chain = told(panel_made.drawn(8, customers=400, mean=14))
    assert chain.index[0] in (switching_forecast.MATRIX, switching_forecast.PERSONAL)
    assert chain.loc[switching_forecast.MATRIX, "low"] > 0
    people = told(own_shares(customers=500))
    assert people.index[0] == switching_forecast.PERSONAL
    assert (
        people.loc[switching_forecast.PERSONAL, "brier_gain"]
        > 1.05 * people.loc[switching_forecast.MATRIX, "brier_gain"]
    )
    nothing = told(alike_without_memory())
    assert nothing.loc[switching_forecast.MATRIX, "low"] < 0.01


def test_the_future_of_others_changes_no_forecast():
    """What is bought after the cut is only compared with: other purchases there, the same guesses."""
    frame = panel_made.drawn(9, customers=80)
    cut = frame["purchase_day"].max() - (frame["purchase_day"].max() - frame["purchase_day"].min()) * 0.25
    late = frame["purchase_day"] > cut
    turned = frame.assign(brand=np.where(late, "C", frame["brand"]))
    repeat = told(turned).loc[switching_forecast.REPEAT]
    assert 0 < repeat["hit_rate"] < 1
    assert told(turned).loc[switching_forecast.SHARES, "brier"] == pytest.approx(_brier_of_c(frame[~late]))


def _brier_of_c(early):
    shares = early["brand"].value_counts(normalize=True).reindex(list(BRANDS)).to_numpy()
    return float(((shares - [0, 0, 1]) ** 2).sum())


def test_no_step_after_the_cut_is_refused():
    with pytest.raises(ValueError, match="no step of a known customer"):
        told(lines([("x", 1, "A"), ("x", 2, "B"), ("x", 3, "A"), ("z", 100, "A")]), ("A", "B"))
    assert isinstance(told(panel_made.drawn(9, customers=40)), pd.DataFrame)
