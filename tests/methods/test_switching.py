"""The matrix and its doubt: worked by hand, recovered from known truth, and the same on every engine."""

import json

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import coverage
from crm_analysis.data import sources
from crm_analysis.display import kept
from crm_analysis.methods import clv, clv_customers, equity, moves, occasions, panels, profiles, switching
from crm_analysis.methods.occasions import Rules
from tests.methods import panel_made
from tests.methods.panel_made import lines

SIX = lines(
    [
        ("x", 20600, "A", 2.0), ("x", 20610, "A", 4.0), ("x", 20620, "B", 9.0),
        ("y", 20600, "A", 6.0), ("y", 20635, "A", 4.0), ("z", 20630, "B", 3.0),
    ]
)  # fmt: skip


def test_matrix_start_frequency_and_money_by_hand():
    it = switching.model(panel_made.sample(SIX, ("A", "B"), empty="stay"))
    assert it.matrix.tolist() == [[2 / 3, 1 / 3], [0, 1]], "of three steps from A two stay; none starts from B"
    assert it.start == pytest.approx([1 / 3, 2 / 3]), "y stands at A, x and z at B"
    assert it.spend.tolist() == [4.0, 6.0], "16 over 4 purchases, 12 over 2"
    years = (36 + 36 + 6) / 365.25
    assert it.steps_per_year == pytest.approx(3 / years), "three repeat purchases in the days since each first one"


def test_a_start_may_be_the_share_of_wallet():
    it = switching.model(panel_made.sample(SIX, ("A", "B"), start="wallet", empty="stay"))
    assert it.start == pytest.approx([(6 / 15 + 1 + 0) / 3, (9 / 15 + 0 + 1) / 3])


@pytest.mark.parametrize(("empty", "row"), [("stay", [0, 1]), ("uniform", [0.5, 0.5]), ("shares", [2 / 3, 1 / 3])])
def test_an_empty_row_is_filled_by_the_stated_rule(empty, row):
    assert switching.model(panel_made.sample(SIX, ("A", "B"), empty=empty)).matrix[1] == pytest.approx(row)


def test_an_empty_row_can_be_refused_and_is_named():
    with pytest.raises(ValueError, match="no step starts from B"):
        panel_made.sample(SIX, ("A", "B"), empty="refuse")
    with pytest.raises(ValueError, match="start is one of"):
        panel_made.sample(SIX, ("A", "B"), start="first")


def test_smoothing_adds_steps_spread_like_everybodys():
    it = switching.model(panel_made.sample(SIX, ("A", "B"), smoothing=3.0, empty="stay"))
    assert it.matrix[0] == pytest.approx([(2 + 3 * 2 / 3) / 6, (1 + 3 * 1 / 3) / 6])


def test_cells_tell_their_support():
    cells = switching.matrix(panel_made.sample(SIX, ("A", "B")))
    assert cells["steps"].tolist() == [2, 1, 0, 0]
    assert cells["customers"].tolist() == [2, 2, 0, 0]
    assert cells.loc[2:, ["low", "high"]].isna().all(axis=None), "no interval where nobody moved"


def test_the_profile_goes_through_json_and_back(tmp_path):
    learned = switching.profile(panel_made.sample(panel_made.drawn(1)))
    told = kept.show(switching=learned)._repr_mimebundle_()[kept.MIME]
    path = tmp_path / "profile.json"
    path.write_text(json.dumps(told))
    assert profiles.read(path, "switching", switching.Profile) == learned


@pytest.mark.slow
@settings(max_examples=8)
@given(st.permutations(range(3)), st.integers(0, 5))
def test_brands_in_another_order_permute_everything(order, seed):
    frame = panel_made.drawn(seed, customers=40)
    names = tuple(panel_made.BRANDS[i] for i in order)
    one, other = panel_made.sample(frame), panel_made.sample(frame, names)
    assert switching.model(other).matrix == pytest.approx(switching.model(one).matrix[np.ix_(order, order)])
    terms = clv.Terms(0.3, 0.1, 2)
    columns = ["clv", "clv_low", "clv_high", "equity_share_low"]
    table = equity.table(one, terms).iloc[list(order)][columns].to_numpy()
    assert equity.table(other, terms)[columns].to_numpy() == pytest.approx(table, rel=1e-9)


def test_customers_by_other_names_and_rows_in_other_order_change_nothing():
    frame = panel_made.drawn(3, customers=60)
    other = frame.assign(customer_id="z" + frame["customer_id"].str[::-1]).sample(frac=1, random_state=2)
    assert switching.matrix(panel_made.sample(frame))[["probability", "low", "high"]].to_numpy() == pytest.approx(
        switching.matrix(panel_made.sample(other))[["probability", "low", "high"]].to_numpy()
    )


def test_a_subset_is_the_sample_of_those_customers():
    frame = panel_made.drawn(4, customers=50)
    some = panel_made.sample(frame[frame["customer_id"] < "00020"])
    same = switching.subset(panel_made.sample(frame), np.arange(20))
    assert same.counts.tolist() == some.counts.tolist()
    assert same.ratios.values == pytest.approx(some.ratios.values)


def test_two_copies_of_every_customer_leave_the_matrix_and_narrow_its_intervals():
    frame = panel_made.drawn(5, customers=150)
    twice = pd.concat([frame, frame.assign(customer_id="b" + frame["customer_id"])])
    one, two = (switching.matrix(panel_made.sample(f)) for f in (frame, twice))
    assert two["probability"].tolist() == pytest.approx(one["probability"].tolist())
    ratio = (two["high"] - two["low"]) / (one["high"] - one["low"])
    assert ratio.to_numpy() == pytest.approx(np.sqrt(0.5), rel=0.05)


def bootstrap(sample, terms, draws, seed):
    """CLV recomputed from customers drawn with replacement, as the textbook does it."""
    rng, n = np.random.default_rng(seed), len(sample.customers)
    return np.array([
        clv.per_customer(switching.model(switching.subset(sample, rng.integers(0, n, n))), terms) for _ in range(draws)
    ])  # fmt: skip


@pytest.mark.parametrize("spread", [False, True])
def test_intervals_agree_with_a_brute_force_bootstrap_of_customers(spread):
    """Standard errors within Monte Carlo error of 600 draws and the jackknife's known surplus with heavy customers."""
    terms = clv.Terms(0.3, 0.1, 3)
    sample = panel_made.sample(panel_made.drawn(11, customers=400, spread=spread))
    error = switching.interval(sample, lambda m: clv.per_customer(m, terms))["error"].to_numpy()
    boot = bootstrap(sample, terms, 600, 1).std(axis=0, ddof=1)
    assert error / boot == pytest.approx(np.ones(3), abs=0.30 if spread else 0.12)
    assert (error >= 0.88 * boot).all()


@pytest.mark.slow
def test_the_planted_matrix_of_the_demo_lies_inside_its_intervals():
    """40 demo panels of other seeds; over 200 (``python -m benchmarks switching``) 94.8 % of the cells, 95.5 % of the values."""
    covered = coverage.demo(40)
    assert 0.92 <= covered["cells"] <= 0.98, covered
    assert 0.89 <= covered["values"] <= 1.0, covered


@pytest.mark.slow
def test_customers_who_differ_and_buy_much_or_little_are_covered_too():
    """40 heavy-tailed panels of very different customers; rows taken as independent purchases cover two thirds."""
    covered = coverage.heavy(40)
    assert 0.91 <= covered["cells"] <= 0.98, covered
    assert 0.88 <= covered["values"] <= 1.0, covered
    assert covered["cells_as_independent"] < 0.8


@pytest.fixture(scope="module")
def demo():
    return sources.read()


def whole(lines_, as_of, rules):
    """Everything that runs where the purchases are, from brands to values of customers."""
    states = panels.states(panels.brands(lines_))
    seen = occasions.table(lines_, states, rules, as_of)
    sample = switching.sample(moves.count(seen, states, rules, as_of), rules)
    worth = clv_customers.learn(sample, clv.Terms(0.3, 0.1, 3))
    scored = clv_customers.score(clv_customers.table(seen, worth, rules, as_of), worth)
    return sample, scored, clv_customers.grouped(scored, sample.names, "Harbour")[0]


def alike(here, there):
    """Two samples and their scored customers, equal up to the last digits of sums of floats."""
    assert here[0].names == there[0].names
    assert here[0].ratios.values == pytest.approx(there[0].ratios.values, rel=1e-12)
    assert switching.matrix(here[0])["low"].to_numpy() == pytest.approx(switching.matrix(there[0])["low"].to_numpy())
    for one, other in zip(here[1:], there[1:], strict=True):
        one, other = (f.sort_values("customer_id", ignore_index=True) for f in (one, other))
        pd.testing.assert_frame_equal(one, other, check_dtype=False, rtol=1e-9)


@pytest.mark.parametrize(
    "rules", [Rules(), Rules(lapsed_days=180), Rules(basket="fractional", step="period", lapsed_days=1)]
)
def test_pandas_and_duckdb_agree_on_the_demo_from_end_to_end(demo, rules):
    panel = panels.choose(demo)
    here = whole(panel.lines.df(), demo.as_of, rules)
    there = whole(panel.lines, demo.as_of, rules)
    assert isinstance(there[1], duckdb.DuckDBPyRelation)
    alike(here, (there[0], there[1].df(), there[2].df()))


@pytest.mark.spark
@pytest.mark.slow
def test_spark_agrees_with_pandas_on_the_demo(spark, demo, tmp_path):
    frame = panels.choose(demo).lines.df()
    frame.to_parquet(tmp_path / "lines.parquet")
    rules = Rules(lapsed_days=180)
    here = whole(frame, demo.as_of, rules)
    there = whole(spark.read.parquet(str(tmp_path / "lines.parquet")), demo.as_of, rules)
    alike(here, (there[0], there[1].toArrow().to_pandas(), there[2].toArrow().to_pandas()))
