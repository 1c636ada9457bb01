"""Each customer's own value: equal to the exact formula, to the mean of all, and cut into groups by stated rules."""

import numpy as np
import pandas as pd
import pytest

from crm_analysis.methods import clv, clv_customers, moves, occasions, switching
from crm_analysis.methods.occasions import Rules
from tests.methods import panel_made
from tests.methods.panel_made import AS_OF, BRANDS

TERMS = clv.Terms(0.4, 0.1, 3.0)


def scored(rules=None, start="last", terms=TERMS, seed=41, **given):
    rules = rules or Rules()
    frame = panel_made.drawn(seed, customers=120, mean=12)
    seen = occasions.table(frame, BRANDS, rules, AS_OF)
    sample = switching.sample(moves.count(seen, BRANDS, rules, AS_OF), rules, start)
    worth = clv_customers.learn(sample, terms, start, **given)
    table = clv_customers.table(seen, worth, rules, AS_OF)
    return sample, worth, clv_customers.score(table, worth).sort_values("customer_id", ignore_index=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "rules", [Rules(), Rules(lapsed_days=21), Rules(step="period", period_days=30, basket="fractional")]
)
@pytest.mark.parametrize("start", ["last", "wallet"])
@pytest.mark.parametrize("convention", clv.CONVENTIONS)
def test_every_value_is_that_of_the_exact_formula(rules, start, convention):
    """With the customer's own frequency, start and spending, within 0.3 %: the straight lines between nine frequencies."""
    terms = TERMS._replace(convention=convention)
    sample, worth, table = scored(rules, start, terms)
    k, model = len(sample.names), switching.model(sample)
    now = table[[f"now_{i + 1}" for i in range(k)]].to_numpy()
    exact = np.array([
        row @ clv.by_last_brand(model._replace(steps_per_year=often), terms) * index
        for row, often, index in zip(now, table["steps_per_year"], table["spend_index"], strict=True)
    ])  # fmt: skip
    found = table[[f"clv_{i + 1}" for i in range(k)]].to_numpy()
    assert found == pytest.approx(exact, rel=0.003, abs=1e-9)
    assert now.sum(axis=1) == pytest.approx(np.ones(len(now)))
    assert now.mean(axis=0) == pytest.approx(model.start)


def test_customers_alike_but_for_their_start_average_to_the_mean_value():
    """Same frequency and spending for all (periods, money pulled all the way): CLV is linear in the start."""
    sample, _, table = scored(Rules(step="period", period_days=30), spend_purchases=1e9)
    mean = table[["clv_1", "clv_2", "clv_3"]].mean().to_numpy()
    assert mean == pytest.approx(clv.per_customer(switching.model(sample), TERMS), rel=1e-6)


def test_frequency_and_spending_by_hand():
    """A prior of 2 purchases in half a year: x - 1 = 3 in a year becomes (3 + 2) / (1 + .5); 40 spent where 30 was
    expected, with 10 of prior money, is an index of 50 / 40."""
    rows = panel_made.lines([("x", 20635 - 365 + d, "A", 10.0) for d in (0, 100, 200, 300)])
    seen = occasions.table(rows, ("A", "B"), Rules(), "2026-07-01")
    worth = clv_customers.Worth(
        ("A", "B"), (4.0,), (((1.0, 0.0), (0.0, 1.0)),), (7.5, 9.0), 2.0, 0.5, 10.0, 0.0, "last"
    )
    row = clv_customers.table(seen, worth, Rules(), "2026-07-01").iloc[0]
    years = 366 / 365.25
    assert row["steps_per_year"] == pytest.approx((3 + 2) / (years + 0.5))
    assert row["spend_index"] == pytest.approx(50 / 40)
    assert (row["purchases"], row["last_brand"], row["spent_1"]) == (4, "A", 40.0)


def test_rates_are_pulled_to_the_mean_the_more_the_less_customers_differ():
    years = np.full(400, 2.0)
    rng = np.random.default_rng(5)
    rates = rng.gamma(4.0, 1.5, 400)
    shape, weight = clv_customers._prior(rng.poisson(rates * years).astype(float), years)
    assert shape == pytest.approx(4.0, rel=0.35), "drawn with shape 4"
    assert shape / weight == pytest.approx(6.0, rel=0.1), "and mean 6 a year"
    alike = clv_customers._prior(rng.poisson(12, 400).astype(float), years)
    assert alike[0] > 40


def test_each_segment_is_valued_with_its_own_matrix():
    _, worth, table = scored()
    table = table.drop(columns=["clv_1", "clv_2", "clv_3"]).assign(segment=["big", "small"] * 60)
    other = worth._replace(values=tuple(tuple(tuple(2 * v for v in row) for row in value) for value in worth.values))
    both = clv_customers.score(table, {"big": worth, "small": other})
    plain = clv_customers.score(table, worth)
    assert (both["clv_1"] / plain["clv_1"]).tolist() == pytest.approx([1, 2] * 60)
    strange = clv_customers.score(table.assign(segment="none"), {"big": worth})
    assert strange["clv_1"].isna().all(), "a segment nobody learned has no value"
    with pytest.raises(ValueError, match="needs a column segment"):
        clv_customers.score(table.drop(columns="segment"), {"big": worth})
    with pytest.raises(ValueError, match="different states"):
        clv_customers.score(table, {"big": worth, "small": worth._replace(names=("X", "Y", "Z"))})


def test_groups_are_current_by_future_value_and_hold_everybody():
    sample, _, table = scored()
    groups, cuts = clv_customers.grouped(table, sample.names, "B", 0.4)
    assert groups["current_value"].tolist() == pytest.approx((0.4 * table["spent_2"]).tolist())
    high = (groups["current_value"] > cuts["current_value"]), (groups["clv"] > cuts["clv"])
    assert set(groups.loc[high[0] & high[1], "group"]) == {"Keep"}
    assert set(groups.loc[~high[0] & high[1], "group"]) == {"Win over"}
    assert set(groups.loc[high[0] & ~high[1], "group"]) == {"At risk"}
    summary = clv_customers.summary(groups)
    assert summary["group"].tolist() == clv_customers.GROUPS["group"].tolist()
    assert (summary["customers"].sum(), summary["customer_share"].sum()) == (120, pytest.approx(1))
    assert summary["clv"].sum() == pytest.approx(groups["clv"].sum())


def test_groups_of_what_is_no_brand_are_refused():
    sample, _, table = scored(Rules(lapsed_days=21))
    with pytest.raises(ValueError, match="nothing can be spent on 'Lapsed'"):
        clv_customers.grouped(table, sample.names, moves.LAPSED)
    with pytest.raises(ValueError, match="'Z' is no state"):
        clv_customers.grouped(table, sample.names, "Z")
    with pytest.raises(ValueError, match="top_share must lie between 0 and 1"):
        clv_customers.grouped(table, sample.names, "A", top_share=1)
    with pytest.raises(ValueError, match="no customers"):
        clv_customers.grouped(table.iloc[:0], sample.names, "A")


def test_equal_customers_are_worth_the_same_whatever_their_id_and_order():
    _, _, table = scored()
    assert isinstance(table, pd.DataFrame)
    rules, frame = Rules(), panel_made.drawn(41, customers=120, mean=12)
    other = frame.assign(customer_id="q" + frame["customer_id"]).sample(frac=1, random_state=3)
    seen = occasions.table(other, BRANDS, rules, AS_OF)
    worth = clv_customers.learn(switching.sample(moves.count(seen, BRANDS, rules, AS_OF), rules), TERMS)
    again = clv_customers.score(clv_customers.table(seen, worth, rules, AS_OF), worth).sort_values("customer_id")
    assert again["clv_1"].to_numpy() == pytest.approx(table["clv_1"].to_numpy())
