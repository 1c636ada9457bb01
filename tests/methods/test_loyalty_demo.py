"""What the demo company planted about loyalty, satisfaction and service, found again from its tables alone."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crm_analysis.data import frames, sources
from crm_analysis.methods import (
    complaints,
    importance,
    loyalty,
    loyalty_index,
    loyalty_measures,
    loyalty_panel,
    loyalty_prices,
    loyalty_types,
    recovery,
    reliability,
    satisfaction,
    satisfaction_loyalty,
    service,
    survey,
    word_of_mouth,
)

OWN = ("Harbour", "Hillside")


@pytest.fixture(scope="module")
def demo():
    return sources.read("")


@pytest.fixture(scope="module")
def truth():
    return json.loads((Path(__file__).parents[2] / "data" / "demo" / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def every(demo):
    return survey.checked(demo["survey"])


@pytest.fixture(scope="module")
def answers(every):
    return survey.latest(every)


@pytest.fixture(scope="module")
def cases(demo):
    return service.cases(demo["service"], demo.as_of)


@pytest.fixture(scope="module")
def recovered(demo, cases):
    return recovery.table(cases, demo["transactions"], demo.as_of).set_index("group")


def test_late_results_drive_away_as_many_as_planted(recovered, truth):
    planted = truth["complaints"]["leaves_if_badly_handled"]
    late = recovered.loc["Result late or none"]
    assert 1 - late["ratio_high"] < planted < 1 - late["ratio_low"]
    assert 1 - late["ratio"] == pytest.approx(planted, abs=0.05)


def test_results_in_time_and_returns_do_no_such_harm(recovered):
    """Nobody leaves over a first complaint handled in time; later ones of the same customers lower it a little."""
    assert recovered.loc["Result in time", "ratio"] > 0.85
    assert recovered.loc["Goods returned", "low"] < 0 < recovered.loc["Goods returned", "high"]
    assert recovered.loc["Found justified", "ratio"] == pytest.approx(
        recovered.loc["Found not justified", "ratio"], abs=0.15
    )


def test_complaints_recur_as_planted(cases, truth):
    table = complaints.recurrence(cases, 60).set_index("group")
    for group, planted in (
        ("Result in time", truth["complaints"]["recurs"]["well"]),
        ("Result late or none", truth["complaints"]["recurs"]["badly"]),
    ):
        row = table.loc[group]
        assert row["recurred_low"] < planted < row["recurred_high"]


def test_complaints_are_justified_and_of_the_kinds_planted(demo, cases, truth):
    told = service.volume(cases, demo["transactions"], demo.as_of, window_days=5000)
    assert told["valid_share"].low < truth["complaints"]["valid_share"] < told["valid_share"].high
    table = complaints.reasons(cases).set_index("kind")["case_share"]
    planted = pd.Series(truth["complaints"]["kinds"])
    assert table.index[:4].tolist() == planted.sort_values(ascending=False).index[:4].tolist()
    assert (table - planted).abs().max() < 0.05


def test_satisfaction_rests_on_the_four_determinants_with_the_weights_planted(every, truth):
    found = importance.table(every, importance="regression").set_index("dimension")["importance"]
    planted = pd.Series({survey.NAMES[d]: w for d, w in truth["survey"]["satisfaction_weights"].items()})
    assert (
        found.sort_values(ascending=False).index[:4].tolist() == planted.sort_values(ascending=False).index[:4].tolist()
    )
    shares = found.clip(lower=0) / found.clip(lower=0).sum()
    assert (shares - planted).abs().max() < 0.06
    assert found[planted == 0].abs().max() < 0.06


def test_gaps_and_importance_are_those_planted(answers, truth):
    planted = truth["survey"]
    table = satisfaction.determinants(answers).set_index("dimension")
    for d in planted["expected_mean"]:
        row = table.loc[survey.NAMES[d]]
        gap = planted["perceived_mean"][d] - planted["expected_mean"][d]
        assert row["gap"] == pytest.approx(gap, abs=0.3), d
        assert row["importance_share"] == pytest.approx(planted["importance_share"][d], abs=0.02), d


def test_each_block_of_the_questionnaire_is_a_reliable_scale(answers):
    table = reliability.scales(
        survey.aligned(answers), survey.CODEBOOK, ["perceived", *("cognitive", "affective", "behavioural")]
    )
    assert table["alpha"].between(0.72, 0.88).all()
    assert (table["alpha_if_deleted"] < table["alpha"] + 0.005).all(), "no item spoils its scale"


def test_loyalty_steps_up_at_the_best_answer_as_planted(every, truth):
    table = satisfaction_loyalty.links(every).set_index("outcome")
    for outcome, name in (("Would recommend", "recommend"), ("Would buy again", "rebuy")):
        row, planted = table.loc[outcome], truth["survey"][name]
        assert row["per_point_low"] < planted["per_point"] < row["per_point_high"]
        assert row["top_step_low"] > 0, "the planted step, made smaller by the end of the scale"
        assert row["top_step_high"] > 0.6 * planted["top_box"]


def test_the_named_spurious_and_latent_customers_are_where_they_belong(demo, answers, truth):
    bought = loyalty_types.bought(demo["transactions"], demo.as_of, 365, answers["customer_id"])
    types = loyalty_types.classified(answers, bought["orders"]).set_index("customer_id")["type"].dropna()
    named = {kind: types.reindex(truth["named_customers"][kind]).dropna() for kind in ("spurious", "latent")}
    liked = {"True loyalty", "Latent loyalty"}
    assert (~named["spurious"].isin(liked)).mean() > 0.85, "they like little"
    assert named["latent"].isin(liked).mean() > 0.9, "they like much"
    share = (types == "Spurious loyalty").mean()
    assert (named["spurious"] == "Spurious loyalty").mean() > 2 * share


def test_tea_is_bought_by_price_and_coffee_is_not(demo):
    weeks = loyalty_prices.weekly_panel(demo["purchases"], demo["prices"], OWN, demo.as_of, 730)
    table = loyalty_prices.slopes(weeks).set_index("category")
    assert table.loc["tea", "high"] < -1
    assert table.loc["coffee", "low"] < 0 < table.loc["coffee", "high"]


def test_repeat_purchase_of_own_coffee_is_that_of_the_planted_matrix(demo, truth):
    """From an own brand the matrix leads to an own brand with .76 (Harbour) or .72 (Hillside)."""
    coffee = demo["purchases"].filter("category = 'coffee'")
    found, _ = loyalty_panel.purchases({"purchases": coffee}, demo.as_of, 730, OWN)
    figures = loyalty_panel.figures(found)["repeat"]
    matrix = np.array(truth["coffee_switching"]["matrix"])
    stays = matrix[:2, :2].sum(axis=1)
    assert figures.low < stays.max()
    assert figures.high > stays.min()
    assert figures.value == pytest.approx(stays.mean(), abs=0.04)


def test_the_referral_rate_is_the_planted_one(demo, truth):
    table = word_of_mouth.referred(demo["customers"], demo["customer_table"], demo.as_of, 5000).set_index("origin")
    row = table.loc["Referred"]
    assert row["share_low"] < truth["shares"]["referred"] < row["share_high"]


@pytest.mark.slow
def test_all_eight_indicators_are_seen_and_the_index_follows_the_planted_segments(demo, answers, truth):
    returned = recovery.justified(demo["service"], demo["transactions"], demo.as_of)
    table = loyalty.indicators(demo, demo.as_of, 365, OWN, answers, returned=returned)
    assert loyalty.seen(table) == 8
    assert loyalty.missing(table).empty
    measures = loyalty_measures.table(demo, demo.as_of, 365, OWN, answers, returned)
    scored = frames.to_pandas(loyalty_index.score(measures, loyalty_index.learn(measures)))
    people = frames.to_pandas(demo["customers"])[["customer_id"]]
    people["planted"] = [truth["segments"][s]["name"] for s in truth["customers"]["segment"]]
    means = scored.merge(people, on="customer_id").groupby("planted")["loyalty"].mean()
    assert means.idxmax() == "devoted"
    assert means["devoted"] > means["regular"] > means["bargain"]
