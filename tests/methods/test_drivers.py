"""Drivers of switching: the right price beside the right purchase, the demo's planted logit, effects on equity."""

import numpy as np
import pandas as pd
import pytest

from crm_analysis.data import sources
from crm_analysis.methods import choice, clv, drivers, moves, occasions, panels, switching
from crm_analysis.methods.occasions import Rules
from tests.methods.panel_made import lines

PRICES = pd.DataFrame(
    {
        "category": ["tea"] * 4, "brand": list("ABAB"), "week_start_day": [4, 4, 11, 11], "price": [1.0, 2.0, 1.5, 2.0],
        "promoted": [True, False, False, False],
    }
)  # fmt: skip


def test_purchases_meet_the_prices_of_their_week():
    """Day 4 is Monday 5 January 1970; days 4 to 10 are its week. The first purchase of a customer has none before it."""
    bought = lines([("x", 10, "A"), ("x", 11, "B"), ("x", 30, "B"), ("y", 5, "B"), ("y", 6, "Z"), ("y", 9, "A")])
    found = drivers.choices(bought, PRICES, "tea", ("A", "B", "Z"))
    assert found.terms == ("brand B", choice.LAST, "price", "promoted")
    assert found.customers.tolist() == ["x", "y"], "day 30 has no price, Z has none at all"
    assert found.chosen.tolist() == [1, 0]
    assert found.attributes[0].tolist() == [[0, 1, 1.5, 0], [1, 0, 2.0, 0]], "x bought A before"
    assert found.attributes[1].tolist() == [[0, 0, 1.0, 1], [1, 1, 2.0, 0]], "y bought B before; A was promoted"


def test_prices_of_one_brand_are_not_enough():
    assert (
        drivers.choices(lines([("x", 5, "A"), ("x", 6, "A")]), PRICES[PRICES["brand"] == "A"], "tea", ("A", "B"))
        is None
    )
    assert drivers.choices(lines([("x", 5, "A"), ("x", 6, "A")]), PRICES, "coffee", ("A", "B")) is None


@pytest.fixture(scope="module")
def tea():
    data, rules = sources.read(), Rules()
    panel = panels.choose(data, "tea")
    names = panels.states(panels.brands(panel.lines))
    seen = occasions.table(panel.lines, names, rules, data.as_of)
    sample = switching.sample(moves.count(seen, names, rules, data.as_of), rules)
    found = drivers.choices(panel.lines, data["prices"], "tea", names)
    return sample, found, choice.learn(found)


def test_the_demos_planted_logit_is_found_again(tea):
    """data/demo/truth.json: inertia 1.2, price -0.8 per euro, promotion 0.6, and intercepts, each within its interval."""
    _, _, fit = tea
    planted = {"Harbour": 0.55, "Hillside": 0.10, "Leafwell": 0.75, "Orrin": 0.0}
    truth = {choice.LAST: 1.2, "price": -0.8, "promoted": 0.6}
    truth |= {f"brand {b}": v - planted[fit.brands[0]] for b, v in planted.items()}
    table = choice.table(fit).set_index("term")
    for term in fit.terms:
        assert table.loc[term, "low"] <= truth[term] <= table.loc[term, "high"], term


def test_the_matrix_of_the_model_is_near_the_one_counted(tea):
    sample, found, fit = tea
    assert np.abs(choice.matrix(fit, drivers.ordinary(found)) - switching.model(sample).matrix).max() < 0.05


def test_a_cheaper_brand_gains_and_its_interval_knows_the_doubt_of_the_slope(tea):
    sample, found, fit = tea
    terms, now = clv.Terms(0.3, 0.1, 3.0, "course", 1000), drivers.ordinary(found)
    cut = drivers.effect(sample, fit, now, "Harbour", terms, {"price": -0.2}, cost=50.0)
    assert 0 < cut["gain_low"] < cut["gain"] < cut["gain_high"]
    assert cut["return_on_marketing"] == pytest.approx((cut["gain"] - 50) / 50)
    sure = drivers.effect(sample, fit._replace(covariance=0 * fit.covariance), now, "Harbour", terms, {"price": -0.2})
    assert sure["gain_high"] - sure["gain_low"] < cut["gain_high"] - cut["gain_low"]
    nothing = drivers.effect(sample, fit, now, "Harbour", terms, {})
    assert nothing["gain"] == 0


def test_actions_are_tabled_with_what_they_rest_on(tea):
    sample, found, fit = tea
    terms = clv.Terms(0.3, 0.1, 3.0, "course", 1000)
    table = drivers.actions(sample, found, "Harbour", terms).set_index("action")
    assert table.index.tolist() == ["price", "promotion"]
    assert table.loc["price", "coefficient"] == pytest.approx(fit.coefficients[fit.terms.index("price")])
    assert (table["gain_low"] > 0).all(), "a lower price and more promotion help, by the planted model"
    for no in (None, found._replace(brands=("a", "b", "c", "d"))):
        assert drivers.actions(sample, no, "Harbour", terms).empty


def test_brands_must_be_those_of_the_matrix(tea):
    sample, found, fit = tea
    with pytest.raises(ValueError, match="learn both for the same brands"):
        drivers.effect(sample._replace(names=("a", "b", "c", "d")), fit, drivers.ordinary(found), "a", clv.Terms(), {})
