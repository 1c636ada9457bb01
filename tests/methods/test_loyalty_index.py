"""The index: scaling by hand, weights, coverage, at least three indicators, and what no relabelling may change."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_analysis.display import kept
from crm_analysis.methods import loyalty_index, profiles

THREE = ("orders_in_window", "full_price_share", "own_share")


def base(n=40, seed=1, measures=THREE):
    rng = np.random.default_rng(seed)
    table = {name: rng.random(n).round(2) for name in measures}
    return pd.DataFrame({"customer_id": [f"c{i:03d}" for i in range(n)], **table})


def test_rank_scaling_by_hand():
    """Four customers with 0, 1, 1, 9 orders: quantiles at 2.5 %, 7.5 % … of these lie at 0 to 0.825, 1 and 1.6 to 8.4. The
    first customer is above none of the twenty, the two in the middle share a rank, the last is above all.
    """
    table = base(4).assign(orders_in_window=[0, 1, 1, 9])
    profile = loyalty_index.learn(table)
    scored = loyalty_index.score(table, profile)
    cuts = np.quantile([0, 1, 1, 9], (np.arange(20) + 0.5) / 20)
    expected = [((x > cuts).mean() + 0.5 * np.isclose(x, cuts).mean()) for x in (0, 1, 1, 9)]
    assert scored["indicator_1"].tolist() == pytest.approx(expected)
    assert scored["indicator_1"][1] == scored["indicator_1"][2]


def test_range_scaling_by_hand_cuts_off_beyond_the_ends():
    table = base(5).assign(orders_in_window=[0, 10, 20, 30, 40])
    scored = loyalty_index.score(table, loyalty_index.learn(table, scaling="range"))
    assert scored["indicator_1"].tolist() == pytest.approx([0, 8 / 36, 0.5, 28 / 36, 1]), "ends at 2 and 38"


def test_a_measure_that_means_less_loyalty_runs_the_other_way():
    table = base(10, measures=(*THREE, "switched_away"))
    scored = loyalty_index.score(table, loyalty_index.learn(table))
    assert scored["indicator_5"].corr(scored["switched_away"]) < -0.95


def test_two_forms_of_one_indicator_are_averaged_over_those_seen():
    table = base(6).assign(rebuy=[1, 2, 3, 4, 5, np.nan])
    scored = loyalty_index.score(table, loyalty_index.learn(table, scaling="range"))
    alone = loyalty_index.score(
        table.drop(columns="rebuy"), loyalty_index.learn(table.drop(columns="rebuy"), scaling="range")
    )
    asked = np.clip((np.arange(1, 6) - 1.2) / 3.6, 0, 1)
    assert scored["indicator_1"][:5].tolist() == pytest.approx(((alone["indicator_1"][:5] + asked) / 2).tolist())
    assert scored["indicator_1"][5] == alone["indicator_1"][5]


def test_the_index_is_the_weighted_mean_and_coverage_the_weight_seen():
    table = base(8)
    weights = loyalty_index.equal_weights() | {"1": 3.0, "4": 1.0, "3": 0.0}
    profile = loyalty_index.learn(table, weights)
    scored = loyalty_index.score(table, profile)
    expected = (3 * scored["indicator_1"] + scored["indicator_4"]) / 4
    assert scored["loyalty"].tolist() == pytest.approx(expected.tolist())
    assert scored["coverage"].unique().tolist() == [pytest.approx(4 / 9)]


def test_two_indicators_are_no_index():
    table = base(8)
    table.loc[0, "own_share"] = np.nan
    scored = loyalty_index.score(table, loyalty_index.learn(table))
    assert math.isnan(scored["loyalty"][0])
    assert scored["indicators"].tolist() == [2, *[3] * 7]
    fewer = loyalty_index.score(table, loyalty_index.learn(table, least_indicators=2))
    assert fewer["loyalty"].notna().all()


def test_what_tells_nobody_apart_is_left_out():
    table = base(8).assign(rebuy=3.0, recommend=np.nan)
    assert set(loyalty_index.learn(table).cuts) == set(THREE)


def test_a_profile_comes_back_unchanged_from_profile_json_and_scores_a_stranger(tmp_path):
    table = base(30)
    profile = loyalty_index.learn(table)
    (tmp_path / "profile.json").write_text(json.dumps({"profiles": kept.show(loyalty=profile).profiles}))
    back = profiles.read(str(tmp_path / "profile.json"), "loyalty", loyalty_index.Profile)
    assert back == profile
    best = pd.DataFrame(
        {"customer_id": ["new"], "orders_in_window": [9.0], "full_price_share": [1.0], "own_share": [1.0]}
    )
    assert loyalty_index.score(best, back)["loyalty"].tolist() == [1.0]
    with pytest.raises(ValueError, match="own_share, which this data does not have"):
        loyalty_index.score(table.drop(columns="own_share"), profile)


def test_weights_and_scalings_that_make_no_sense_are_refused():
    for wrong in ({"9": 1.0}, {"1": -1.0}, {"1": 0.0}, {"1": float("nan")}):
        with pytest.raises(ValueError, match="weights are numbers of 0 or more"):
            loyalty_index.learn(base(), wrong)
    with pytest.raises(ValueError, match="rank or range"):
        loyalty_index.learn(base(), scaling="z")


@pytest.mark.slow
@settings(max_examples=6)
@given(st.integers(0, 200), st.sampled_from(["rank", "range"]))
def test_equal_customers_score_equally_and_order_and_names_change_nothing(seed, scaling):
    table = base(25, seed)
    table = pd.concat([table, table.head(5).assign(customer_id=lambda t: "twin" + t["customer_id"])], ignore_index=True)
    scored = loyalty_index.score(table, loyalty_index.learn(table, scaling=scaling)).set_index("customer_id")["loyalty"]
    assert (scored[25:].to_numpy() == scored[:5].to_numpy()).all()
    mixed = table.sample(frac=1, random_state=seed)
    again = loyalty_index.score(mixed, loyalty_index.learn(mixed, scaling=scaling)).set_index("customer_id")["loyalty"]
    assert (again.reindex(scored.index) == scored).all()
    assert scored.between(0, 1).all()


@pytest.mark.slow
@settings(max_examples=6)
@given(st.integers(0, 200), st.sampled_from(THREE), st.sampled_from(["rank", "range"]))
def test_more_of_a_loyal_measure_never_lowers_the_index(seed, measure, scaling):
    table = base(25, seed)
    profile = loyalty_index.learn(table, scaling=scaling)
    more = loyalty_index.score(table.assign(**{measure: table[measure] + 0.1}), profile)["loyalty"]
    assert (more >= loyalty_index.score(table, profile)["loyalty"] - 1e-12).all()


@pytest.mark.slow
@settings(max_examples=6)
@given(st.floats(0.1, 100), st.floats(-50, 50))
def test_the_unit_of_a_measure_does_not_matter(unit, shift):
    table = base(30)
    moved = table.assign(orders_in_window=unit * table["orders_in_window"] + shift)
    for scaling in ("rank", "range"):
        plain, other = (
            loyalty_index.score(t, loyalty_index.learn(t, scaling=scaling))["loyalty"] for t in (table, moved)
        )
        assert other.tolist() == pytest.approx(plain.tolist(), abs=0.03), (
            "a rank may move where a cut is hit by a last bit"
        )


def test_groups_stand_most_loyal_first_after_all_and_add_up():
    table = base(40).assign(segment=["a", "b"] * 20)
    table.loc[table["segment"] == "a", list(THREE)] += 1
    scored = loyalty_index.score(table, loyalty_index.learn(table))
    found = loyalty_index.by_group(scored, "segment")
    assert found["group"].tolist() == ["All", "a", "b"]
    assert found["customers"].tolist() == [40, 20, 20]
    assert found["loyalty"][0] == pytest.approx(found["loyalty"][1:].mean())
    assert (found["low"] < found["loyalty"]).all()
    assert (found["coverage"] == 3 / 8).all()


@pytest.mark.slow
def test_the_ranking_does_not_depend_on_the_weight_of_what_all_measures_agree_on():
    agree = base(50).assign(full_price_share=lambda t: t["orders_in_window"], own_share=lambda t: t["orders_in_window"])
    profile = loyalty_index.learn(agree)
    table = loyalty_index.sensitivity(loyalty_index.score(agree, profile), profile)
    assert table["indicator"].unique().tolist() == ["Repeat purchase", "Needs met by us", "Price sensitivity"]
    assert table["rank_correlation"].tolist() == pytest.approx([1] * 6)
    assert (table["top_kept_share"] == 1).all()
    apart = base(50)
    profile = loyalty_index.learn(apart)
    loose = loyalty_index.sensitivity(loyalty_index.score(apart, profile), profile)
    assert loose["rank_correlation"].max() < 0.99


def test_the_surveys_alpha_is_that_of_the_turned_items():
    """Would buy again 1, 2, 4, 5 and likes a rival 5, 3, 3, 1: turned round the second is 1, 3, 3, 5, so r = 8 / sqrt(10 x 8)."""
    answers = pd.DataFrame({"rebuy": [1.0, 2, 4, 5], "rival_preference": [5.0, 3, 3, 1]})
    r = 8 / math.sqrt(10 * 8)
    assert loyalty_index.survey_reliability(answers).standardised == pytest.approx(2 * r / (1 + r))


def test_weights_are_eight_numbers_in_the_order_of_the_indicators():
    assert loyalty_index.weights("1, 1, 1, 1, 1, 1, 1, 1") == loyalty_index.equal_weights()
    assert loyalty_index.weights("0,2,1,1,1,1,1,0.5") == {
        "1": 0, "2": 2, "3": 1, "4": 1, "5": 1, "6": 1, "7": 1, "8": 0.5}  # fmt: skip
    for wrong in ("", "1, 1", "1, 1, 1, 1, 1, 1, 1, x", "-1, 1, 1, 1, 1, 1, 1, 1", "0, 0, 0, 0, 0, 0, 0, 0"):
        with pytest.raises(ValueError, match="weights are"):
            loyalty_index.weights(wrong)


def test_only_the_proportions_of_the_weights_matter():
    table = base()
    one, ten = (loyalty_index.score(table, loyalty_index.learn(table, loyalty_index.weights(", ".join([w] * 8))))
                for w in ("1", "10"))  # fmt: skip
    pd.testing.assert_series_equal(one["loyalty"], ten["loyalty"])
    pd.testing.assert_series_equal(one["coverage"], ten["coverage"])


def test_the_list_has_everybody_with_an_index_the_most_loyal_first_and_names_the_weakest_indicator():
    table = base(4).assign(
        orders_in_window=[0, 1, 2, 3], full_price_share=[0.1, 0.2, 0.0, 0.9], own_share=[0.5, 0.0, 1, np.nan]
    )
    scored = loyalty_index.score(table, loyalty_index.learn(table, scaling="range")).assign(segment=list("abcd"))
    listed = loyalty_index.listed(scored)
    assert listed["customer_id"].tolist() == ["c002", "c000", "c001"], "the last shows two indicators only"
    assert listed["loyalty"].is_monotonic_decreasing
    assert listed["weakest"].tolist() == ["Price sensitivity", "Repeat purchase", "Needs met by us"]
    assert listed["indicators"].tolist() == [3, 3, 3]
    assert loyalty_index.listed(scored.iloc[3:]).empty
