"""Verdicts follow from the checks by the stated rules: a sound panel passes, each fault is named."""

import pandas as pd
import pytest

from crm_analysis.methods import occasions, switching_trust
from crm_analysis.methods.occasions import Rules
from crm_analysis.methods.switching_trust import BAD, CARE, GOOD
from tests.methods import panel_made
from tests.methods.panel_made import AS_OF, BRANDS, lines
from tests.methods.test_switching_checks import own_shares_only, with_two_memories


def checks(frame, states=BRANDS, rules=None):
    rules = rules or Rules()
    seen = occasions.table(frame, states, rules, AS_OF)
    return switching_trust.table(seen, states, rules, AS_OF, panel_made.sample(frame, states, rules)).set_index("check")


def test_a_panel_drawn_from_one_matrix_passes():
    table = checks(panel_made.drawn(8, customers=400, mean=14))
    assert table.index.tolist() == list(switching_trust.CHECKS)
    assert set(table["verdict"]) == {GOOD}
    assert switching_trust.overall(table) == GOOD


def test_people_who_only_differ_are_not_taken_for_loyal():
    table = checks(own_shares_only(customers=400, n=16))
    assert table.loc["inertia, not only different people", "verdict"] == BAD
    assert table.loc["it foretells", "verdict"] == CARE, "own shares foretell better"
    assert switching_trust.overall(table) == BAD


def test_a_longer_memory_calls_for_care():
    assert checks(with_two_memories()).loc["one purchase back is enough", "verdict"] == CARE


def test_a_log_sorted_by_brand_is_refused():
    rows = [(f"{p:03d}", 20600 + i, b) for p in range(60) for i, b in enumerate(sorted("ABBC" if p % 2 else "AABC"))]
    table = checks(lines(rows))
    assert table.loc["no trap in the chain", "verdict"] == BAD
    assert "sorted by brand" in table.loc["no trap in the chain", "name"]


def test_few_customers_are_named():
    table = checks(panel_made.drawn(8, customers=12, mean=20))
    assert table.loc["enough customers", "verdict"] in (CARE, BAD)
    assert table.loc["enough customers", "value"] <= 12


def test_what_cannot_be_checked_has_no_verdict():
    frame = lines([(f"{p:02d}", 20600 + i, "Bought from us") for p in range(30) for i in range(3)])
    table = checks(frame, ("Bought from us",), Rules(lapsed_days=10))
    assert table.loc["the last brand matters", ["verdict", "value", "p_value"]].isna().all()


@pytest.mark.parametrize(("said", "whole"), [([GOOD, None], GOOD), ([GOOD, CARE], CARE), ([CARE, BAD], BAD)])
def test_the_worst_check_decides(said, whole):
    assert switching_trust.overall(pd.DataFrame({"verdict": said})) == whole
