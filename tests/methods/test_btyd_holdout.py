"""The holdout: what is known before the cut is used, what comes after it is only compared with."""

import datetime

import pandas as pd
import pytest

from crm_analysis.data import sources
from crm_analysis.methods import btyd_holdout

LINES = pd.DataFrame(
    {"customer_id": list("xxxyyz"), "order_day": [10, 20, 40, 12, 41, 45], "amount": [1.0, 1, 1, 1, -1, 1]}
)  # fmt: skip
AS_OF = datetime.date(1970, 2, 20)  # day 50


def test_histories_end_at_the_cut_and_later_days_are_counted():
    held = btyd_holdout.split(LINES, AS_OF, 20).set_index("customer_id")
    assert held.columns.tolist() == ["repeat_purchases", "last_purchase_days", "age_days", "bought"]
    assert held.loc["x"].tolist() == [1, 10, 20, 1]
    assert held.loc["y"].tolist() == [0, 0, 18, 0], "a return is no purchase"
    assert "z" not in held.index, "won after the cut"
    with pytest.raises(ValueError, match="nobody had bought by"):
        btyd_holdout.split(LINES, AS_OF, 45)


def test_the_rules_and_their_errors_by_hand():
    held = pd.DataFrame({"customer_id": list("ab"), "repeat_purchases": [4, 0], "last_purchase_days": [90, 0],
                         "age_days": [100, 100], "bought": [1.0, 1.0]})  # fmt: skip
    expected = pd.DataFrame({btyd_holdout.OWN: [2.0, 0.0], btyd_holdout.NOBODY: [0.0, 0.0]})
    table = btyd_holdout.table(held, expected).set_index("rule")
    assert table.loc[btyd_holdout.OWN, ["expected", "bought", "total_error"]].tolist() == [2, 2, 0]
    assert table.loc[btyd_holdout.OWN, "mean_absolute_error"] == 1
    assert table.loc[btyd_holdout.NOBODY, "total_error"] == -1


@pytest.mark.slow
def test_on_the_demo_the_model_beats_the_naive_rules():
    data = sources.read()
    held = btyd_holdout.split(data["transactions"], data.as_of, 120)
    expected, profile = btyd_holdout.predictions(held, 120)
    table = btyd_holdout.table(held, expected)
    assert table["rule"].iloc[0] == btyd_holdout.MODEL
    assert profile.customers == len(held)
    groups = btyd_holdout.by_history(held, expected)
    assert groups["customers"].sum() == len(held)
    assert (groups["bought"] * groups["customers"]).sum() == pytest.approx(held["bought"].sum())
