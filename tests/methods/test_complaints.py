"""Reasons and recurrence, by hand."""

import pandas as pd
import pytest

from crm_analysis.methods import complaints, service

DAY = "2026-06-01"


@pytest.fixture
def six():
    """Customer a complains of delays on 1 March and 20 March, then of damage; b of delays on 1 March; c lately, twice."""
    table = pd.DataFrame(
        [
            ("1", "a", "2026-03-01 08:00", "late", "2026-03-02 08:00", True, 5),
            ("2", "a", "2026-03-20 08:00", "late", "2026-03-29 08:00", False, 1),
            ("3", "a", "2026-03-25 08:00", "damaged", "2026-03-26 08:00", True, None),
            ("4", "b", "2026-03-01 09:00", "late", "2026-03-11 08:00", True, 3),
            ("5", "c", "2026-05-20 09:00", "late", None, None, None),
            ("6", "c", "2026-05-25 09:00", "late", None, None, None),
        ],
        columns=["case_id", "customer_id", "opened_at", "kind", "resolved_at", "valid", "satisfaction"],
    )
    return service.cases(table, DAY)


def test_the_same_customer_with_the_same_kind_within_the_days_is_a_recurrence(six):
    again = complaints.again(six, 60).set_index("case_id")["again"]
    assert again[["1", "2", "3", "4"]].tolist() == [1, 0, 0, 0], "damage after delay is another matter"
    assert again["5"] == 1, "it has recurred already"
    assert pd.isna(again["6"]), "not yet observed for sixty days"
    assert complaints.again(six, 10).set_index("case_id").loc["1", "again"] == 0


def test_recurrence_leaves_out_whatever_is_not_yet_observed(six):
    table = complaints.recurrence(six, 60).set_index("group")
    assert table["n"].to_dict() == {"All": 4, "Result in time": 2, "Result late or none": 2}
    assert table["recurred_share"].tolist() == [0.25, 0.5, 0.0]


def test_reasons_stand_by_frequency_with_their_own_shares(six):
    table = complaints.reasons(six, 60).set_index("kind")
    assert table.index.tolist() == ["late", "damaged"]
    assert table["cases"].tolist() == [5, 1]
    assert table["cumulative_share"].tolist() == [pytest.approx(5 / 6), 1.0]
    assert table.loc["late", "valid_share"] == pytest.approx(2 / 3), "of three decided"
    assert table.loc["late", "in_time_share"] == pytest.approx(1 / 5), "of five that are due: one result in 72 hours"
    assert table.loc["late", "recurred_share"] == pytest.approx(1 / 3)
    assert table.loc["late", "mean_satisfaction"] == 3
    assert complaints.vital_few(complaints.reasons(six)) == ["late"]
    assert complaints.vital_few(complaints.reasons(six), 0.9) == ["late", "damaged"]


def test_no_log_no_reasons():
    empty = service.cases(None, DAY)
    assert complaints.reasons(empty).empty
    assert complaints.recurrence(empty)["recurred_share"].isna().all()
