"""What was read, used and dropped adds up, and what is missing is named."""

import pytest

from crm_analysis.data import quality
from crm_analysis.data.tables import TABLES

FACTS = {
    "tables": {
        "transactions": {"rows_in": 10, "rows_kept": 7, "dropped": {"after_as_of": 2, "bad_date": 1}},
        "costs": {"rows_in": 4, "rows_kept": 4, "dropped": {}},
    }
}


def test_rows_read_are_rows_used_and_dropped_with_reasons():
    table = quality.reconciliation(FACTS)
    assert table.values.tolist() == [
        ["transactions", 10, 7, 3, "after_as_of 2, bad_date 1"],
        ["costs", 4, 4, 0, "none"],
    ]
    assert quality.reconciliation(FACTS, ["costs"])["table"].tolist() == ["costs"]


def test_an_account_that_does_not_add_up_is_refused():
    wrong = {"tables": {"costs": {"rows_in": 5, "rows_kept": 4, "dropped": {}}}}
    with pytest.raises(ValueError, match="5 rows read"):
        quality.reconciliation(wrong)


def test_every_optional_table_that_is_missing_says_what_it_would_add():
    assert set(quality.missing({"tables": {}})["table"]) == set(TABLES) - {"transactions"}
    assert "costs" not in set(quality.missing(FACTS)["table"])
