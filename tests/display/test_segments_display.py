"""Sentences, reasons and charts of value segments: what they say follows from the tables alone."""

import re

import pandas as pd
import pytest

from crm_analysis.display import charts, readings
from crm_analysis.methods import movement, segments, segments_choice, segments_tables
from tests.methods.test_segments import PLAIN, THREE, base


@pytest.fixture(scope="module")
def three():
    """Three clear segments: the choice, the profile, the scored base and the summary."""
    some = base(*THREE)
    found = segments.scaled(some, PLAIN)
    choice = segments_choice.choose(found, ks=range(2, 5))
    profile = segments.learn(some, found, choice.k)
    scored = segments.score(some, profile)
    return choice, profile, scored, segments_tables.summary(scored, profile)


def refused(choice):
    """The same choice with a silhouette that does not do."""
    checks = choice.checks.assign(observed=[0.2, *choice.checks["observed"].iloc[1:]])
    return choice._replace(reliable=False, checks=checks.assign(passed=[False, True, True, True]))


def test_the_first_sentences_name_every_segment_with_what_to_do_the_most_valuable_first(three):
    choice, profile, _, summary = three
    said = readings.segments_first(choice, summary, {"up": 4, "down": 2}).paragraphs
    assert [s.split(" (60 customers")[0] for s in said[:3]] == list(profile.names)
    assert all(advice in s for s, advice in zip(said[:3], summary["advice"], strict=True))
    assert said[4] == "The base holds 3 segments that can be relied on."
    assert said[3].startswith("Look at the 2 customers who have gone quiet or moved to a less valuable segment")


def test_without_reliable_segments_nothing_is_advised_but_to_leave_them(three):
    choice, _, _, summary = three
    said = readings.segments_first(refused(choice), summary, {"up": 4, "down": 2}).paragraphs
    assert said[0].startswith("No reliable segmentation")
    assert "silhouette 0.20, needed 0.25" in said[1]
    assert len(said) == 2, "no advice per segment"
    everything = readings.segments(refused(choice), summary, 0.4, 0.2, pd.DataFrame(columns=["column", "cramers_v"]))
    assert "continuum" in everything.paragraphs[0]


def test_what_goes_with_the_segments_and_what_does_not_is_told_apart(three):
    choice, _, _, summary = three
    found = pd.DataFrame({"column": ["channel", "region"], "cramers_v": [0.31, 0.04]})
    said = "\n".join(readings.segments(choice, summary, 0.97, 0.2, found).paragraphs)
    assert "What goes with the segments: Channel (Cramér's V 0.31)." in said
    assert re.search(r"What hardly goes with them.*: Region\.", said)
    assert "fixed cut points run through" in said
    assert "the rules would do" in "\n".join(readings.segments(choice, summary, 0.97, 0.9, found).paragraphs)


def test_movement_says_when_few_of_today_s_customers_were_there(three):
    choice, _, _, summary = three
    none = pd.DataFrame(columns=["column", "cramers_v"])
    totals = {"up": 3, "down": 6, "same": 1, "new": 90, "gone": 0}
    said = readings.segments(choice, summary, 1.0, 0.2, none, None, (totals, "2025-07-01", "2026-07-01")).paragraphs
    assert (
        "Of the 10 customers known on 2025-07-01, 3 had moved up by 2026-07-01 (30.0\u00a0%) and 6 down (60.0\u00a0%)"
        in said[3]
    )
    assert "Only 10.0\u00a0% of today's customers were known then" in said[4]
    totals = totals | {"new": 2}
    said = readings.segments(choice, summary, 1.0, 0.2, none, None, (totals, "2025-07-01", "2026-07-01")).paragraphs
    assert not any("were known then" in s for s in said)


def test_drift_is_told_with_a_remedy(three):
    choice, profile, scored, summary = three
    none = pd.DataFrame(columns=["column", "cramers_v"])
    still = readings.segments(choice, summary, 1.0, 0.2, none, segments_tables.drift(scored, profile)).paragraphs[-1]
    assert still.endswith("The segments still fit.")
    gone = segments_tables.drift(scored[scored["cluster"] < 3], profile)
    told = readings.segments(choice, summary, 1.0, 0.2, none, gone).paragraphs[-1]
    assert "moved (stability index" in told
    assert told.endswith("Learn them afresh, and compare, before acting on them.")


def test_every_pair_of_nearest_and_next_segment_has_its_reason_with_figures_of_the_segment(three):
    _, profile, scored, summary = three
    why = readings.segment_reasons(segments_tables.lines(profile), summary)
    assert len(why) == 6
    joined = scored.merge(why, on=["value_segment", "next_segment"])
    assert len(joined) == len(scored), "each customer has exactly one reason"
    orders = summary.set_index("value_segment")["mean_orders"]
    for row in why.itertuples():
        assert row.why.startswith(f"Nearest to {row.value_segment}, whose means are: ")
        assert f"Orders {orders[row.value_segment]:.1f} (all customers: " in row.why
        assert row.why.endswith(f"Next nearest: {row.next_segment}.")


def test_charts_of_segments_tell_in_words_what_they_show(three):
    choice, profile, scored, _ = three
    import matplotlib.pyplot as plt

    with plt.rc_context():
        charts.use_style()
        chosen = charts.segment_choice(choice.indices, choice.k)
        snake = charts.snake(segments_tables.lines(profile))
    assert re.search(
        r"for 2 to 4 segments\. Chosen: 3, with a mean silhouette of 0\.\d\d and a stability of 1", chosen.alt
    )
    lines = segments_tables.lines(profile).abs()
    name = lines.max(axis=1).idxmax()
    assert f"The farthest from the mean is {name} in" in snake.alt
    assert chosen.svg.count("<svg") == snake.svg.count("<svg") == 1


def test_movement_by_the_same_profile_adds_up(three):
    _, profile, scored, summary = three
    moved = movement.moves(scored.head(100), scored, "value_segment", profile.names)
    table = movement.matrix(movement.counts(moved), profile.names)
    assert table.to_numpy().sum() == len(scored)
    assert table.sum()[list(profile.names)].tolist() == summary["customers"].tolist()
    assert table.loc["New"].sum() == len(scored) - 100
