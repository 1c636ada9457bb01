"""One study of a panel or a survey: the same figures as step by step, and what lies ahead with its intervals."""

import datetime

import numpy as np
import pandas as pd
import pytest

from crm_analysis.methods import (
    chains,
    clv,
    clv_customers,
    moves,
    occasions,
    panels,
    switching,
    switching_checks,
    switching_given,
    switching_study,
)
from tests.methods import panel_made
from tests.methods.test_panels import ANSWERS

AS_OF, EARLIER = datetime.date(2026, 7, 1), datetime.date(2026, 4, 1)
TERMS = clv.Terms(0.3, 0.1, 2.0)


@pytest.fixture(scope="module")
def study():
    lines = panel_made.drawn(8, customers=120, mean=20)
    panel = panels.Panel(lines, "panel", "made", True)
    return switching_study.learn(panel, panels.brands(lines), AS_OF)


def test_it_is_what_the_steps_one_by_one_give(study):
    seen = occasions.table(study.panel.lines, study.names, study.rules, AS_OF)
    alone = switching.sample(moves.count(seen, study.names, study.rules, AS_OF), study.rules)
    assert study.sample.counts.tolist() == alone.counts.tolist()
    assert study.sample.ratios.values == pytest.approx(alone.ratios.values)


def test_what_was_learned_before_decides_states_and_rules(study):
    worth = clv_customers.learn(study.sample, TERMS)._replace(
        names=("B", "A", "C"), rules=occasions.Rules(basket="line")
    )
    again = switching_study.learn(study.panel, None, AS_OF, earlier=worth)
    assert (again.names, again.rules.basket) == (("B", "A", "C"), "line")


def test_what_lies_ahead_has_intervals_around_it(study):
    brand = study.names[0]
    told, model = switching_study.ahead(study, TERMS, brand, EARLIER), switching.model(study.sample)
    assert told["run"] == pytest.approx(chains.expected_run(model.matrix)[0])
    assert told["run_low"] < told["run"] < told["run_high"]
    assert told["end"] == pytest.approx(chains.steady(model.matrix)[0])
    assert told["end_low"] < told["end"] < told["end_high"]
    assert abs(told["conserved"]["difference"]) < 1e-9
    assert told["change"]["brand"].tolist() == list(study.names)


def test_the_interval_of_the_run_is_that_of_staying_turned_over(study):
    cell = switching.matrix(study.sample).iloc[0]
    told = switching_study.ahead(study, TERMS, study.names[0], EARLIER)
    assert told["run_low"] == pytest.approx(1 / (1 - cell["low"]))
    assert told["run_high"] == pytest.approx(1 / (1 - cell["high"]))


def test_loyal_buyers_are_colombo_and_morrisons(study):
    table, fit = switching_checks.hard_core(study.sample.counts, study.names)
    found = switching_study.loyal(study.sample, study.names[1])
    assert found["loyal_share"] == table["loyal_share"][1]
    assert found["p_value"] == fit["p_value"]
    two = switching_study.learn(
        panels.Panel(study.panel.lines, "panel", "", True), panels.brands(study.panel.lines, 1), AS_OF
    )
    assert switching_study.loyal(two.sample, two.names[0]) is None, "two brands fit always and tell nothing"


def test_counts_by_hand():
    """x buys three times, the second time two brands for equal money; y once, long ago."""
    lines = panel_made.lines(
        [("x", 20500, "A"), ("x", 20510, "A"), ("x", 20510, "B"), ("x", 20520, "B"), ("y", 20000, "A")]
    )
    panel = panels.Panel(lines, "panel", "", True)
    study = switching_study.learn(panel, panels.brands(lines, min_customers=1), AS_OF)
    assert switching_study.counts(study) == {
        "customers": 2, "steps": 2.0, "once": 1, "new": 1, "occasions": 4, "shared_occasions": 1, "tied_occasions": 1,
    }  # fmt: skip


def test_light_and_heavy_buyers_stand_side_by_side_and_add_up(study):
    both = switching_study.by_segment(study)
    assert both["buyers"].unique().tolist() == ["Light buyers", "Heavy buyers"]
    steps = both.groupby(["from_brand", "to_brand"])["steps"].sum()
    for i, a in enumerate(study.names):
        for j, b in enumerate(study.names):
            assert steps[a, b] == study.sample.counts[i, j]


def test_a_survey_gives_the_sample_and_no_time():
    answers = ANSWERS.dropna(subset="last_brand").assign(next_brand=["Y", "X", "X", "X"])
    more = pd.concat([answers.assign(customer_id=answers["customer_id"] + str(i)) for i in range(12)])
    panel = panels.choose({"survey": more})
    study = switching_study.learn(panel, panels.brands(panel.lines), AS_OF)
    assert study.seen is None
    direct = switching_given.from_survey(panel.answers, study.names)
    assert np.array_equal(study.sample.counts, direct.counts)
    told = switching_study.ahead(study, TERMS, "X", EARLIER)
    assert (told["personal"], told["change"]) == (None, None)
    assert told["counts"] == {"customers": 36, "steps": 36.0}
    assert switching_study.by_segment(study) is None
