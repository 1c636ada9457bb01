"""Tiers by hand, and that every customer is in exactly one."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_analysis.methods import playbook, pyramid, relationship, upgrade
from crm_analysis.methods import value as spread


def base(*revenue, **columns):
    ids = [f"c{i:04d}" for i in range(len(revenue))]
    return pd.DataFrame({"customer_id": ids, "revenue": np.array(revenue, dtype=float), **columns})


def tiers_of(frame, name, value="revenue"):
    scheme = pyramid.scheme(name)
    profile = pyramid.learn(frame, scheme, value)
    return pyramid.score(frame, profile), profile


def test_the_textbook_s_tiers_of_a_hundred_customers_hold_1_19_30_and_50():
    scored, profile = tiers_of(base(*range(1, 101)), "1/19/30/50")
    table = pyramid.tiers(scored, profile)
    assert table["customers"].tolist() == [1, 19, 30, 50]
    assert profile.thresholds == (100.0, 81.0, 51.0)
    assert table["revenue"].tolist() == [100, sum(range(81, 100)), sum(range(51, 81)), sum(range(1, 51))]
    assert table["revenue_share"].sum() == pytest.approx(1)


def test_curry_s_tiers_of_a_thousand_customers_hold_10_40_150_and_800():
    scored, profile = tiers_of(base(*range(1, 1001)), "1/4/15/80")
    assert pyramid.tiers(scored, profile)["customers"].tolist() == [10, 40, 150, 800]


def test_the_size_of_a_tier_is_rounded_up():
    """ceil(n x share): of 7 customers the first 1 % is 1, the first 20 % are 2, the first 50 % are 4."""
    scored, profile = tiers_of(base(7, 6, 5, 4, 3, 2, 1), "1/19/30/50")
    assert pyramid.tiers(scored, profile)["customers"].tolist() == [1, 1, 2, 3]


def test_equal_customers_share_a_tier_and_the_better_one():
    scored, profile = tiers_of(base(9, 5, 5, 5, 1), "40/60")
    assert pyramid.tiers(scored, profile)["customers"].tolist() == [4, 1]


def test_by_profit_platinum_brings_half_and_lead_brings_nothing():
    """60 + 40 are half of 200; with 30 and 30 four fifths; 25 + 15 the rest; nought and losses are lead."""
    frame = base(60, 40, 30, 30, 25, 15, 0, -50)
    scored, profile = tiers_of(frame, "platinum/gold/iron/lead")
    assert scored["tier"].tolist() == ["Platinum"] * 2 + ["Gold"] * 2 + ["Iron"] * 2 + ["Lead"] * 2
    assert profile.thresholds == (40.0, 30.0, 0.0001)


def test_thresholds_of_last_month_cut_this_month_and_survive_json():
    profile = tiers_of(base(*range(1, 101)), "1/19/30/50")[1]
    back = pyramid.Profile(*(tuple(v) if isinstance(v, list) else v for v in json.loads(json.dumps(profile))))
    assert back == profile
    later = pyramid.score(base(500, 81, 80.99, np.nan), back)
    assert later["tier_rank"].tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("text", ["1/2/3", "abc", "100", "50/-50/100"])
def test_sizes_that_do_not_make_a_whole_are_refused(text):
    with pytest.raises(ValueError, match="neither one of the schemes"):
        pyramid.scheme(text)


def test_a_base_without_customers_or_without_value_is_refused():
    with pytest.raises(ValueError, match="nobody bought anything"):
        tiers_of(base(), "80/20")
    with pytest.raises(ValueError, match="no customer has a revenue above 0"):
        tiers_of(base(0, -1), "platinum/gold/iron/lead")


amounts = st.lists(st.integers(-300, 3000), min_size=1, max_size=60).filter(lambda v: max(v) > 0)


@given(amounts, st.sampled_from([*pyramid.SCHEMES, "5/15/80"]))
def test_every_customer_is_in_one_tier_and_the_tiers_add_up(amounts, name):
    frame = base(*amounts)
    scored, profile = tiers_of(frame, name)
    table = pyramid.tiers(scored, profile)
    assert table["customers"].sum() == len(frame)
    assert table["revenue"].sum() == pytest.approx(frame["revenue"].sum())
    assert scored.sort_values("revenue", ascending=False)["tier_rank"].is_monotonic_increasing
    assert scored.groupby("revenue")["tier"].nunique().max() == 1
    assert set(scored["tier"]) <= set(profile.tiers)


@given(amounts, st.randoms(use_true_random=False))
def test_row_order_and_ids_change_no_tier(amounts, random):
    frame = base(*amounts)
    order = list(range(len(frame)))
    random.shuffle(order)
    mixed = frame.iloc[order].assign(customer_id=range(len(frame)))
    one, two = tiers_of(frame, "1/19/30/50")[0], tiers_of(mixed, "1/19/30/50")[0].sort_index()
    assert one["tier"].tolist() == two["tier"].tolist()


def test_the_curve_ends_at_the_whole_and_passes_the_tiers():
    frame = base(50, 20, 10, 10, 10)
    line, ends = pyramid.curve(frame, tiers_of(frame, "20/80")[1])
    assert (line.iloc[0].tolist(), line.iloc[-1].tolist()) == ([0, 0], [1, 1])
    assert ends[["customer_share", "value_share"]].values.tolist() == [[0.2, 0.5], [1, 1]]
    on_line = line.set_index(line["customer_share"].round(9))["value_share"]
    assert on_line[0.2] == pytest.approx(0.5)


# ---- upgrade candidates


def test_where_ties_make_two_tiers_share_a_threshold_the_next_tier_is_the_one_that_is_reached():
    """Ten of twenty bring 100: both key tiers begin there, so whoever gets there is a key customer of first rank."""
    frame = pd.DataFrame({"customer_id": [f"{i:02d}" for i in range(20)], "revenue": [100.0] * 10 + [90.0] * 10,
                          "orders": 10, "recency_days": 5})  # fmt: skip
    profile = pyramid.learn(frame, pyramid.scheme("1/19/30/50"))
    assert profile.thresholds == (100.0, 100.0, 100.0)
    found = upgrade.candidates(pyramid.score(frame, profile), profile)
    assert set(found["next_tier"]) == {"Key customers, first rank"}
    risen = pyramid.score(frame.assign(revenue=100.0), profile)
    assert set(risen["tier"]) == {"Key customers, first rank"}


def test_the_gap_and_the_orders_that_close_it_by_hand():
    """Threshold 100. 80 from 4 orders is 20 an order: one more order. 60 from 3: 20 an order, gap 40: two. 90 from 1: one."""
    frame = base(100, 80, 60, 90, 10, 95, orders=[5, 4, 3, 1, 1, 2], recency_days=[1, 1, 1, 1, 1, 300])
    profile = pyramid.Profile("own", ("A", "B"), (100.0,))
    found = upgrade.candidates(pyramid.score(frame, profile), profile, max_orders=3).set_index("customer_id")
    assert found["orders_needed"].to_dict() == {"c0003": 1, "c0001": 1, "c0002": 2}
    assert found.loc["c0001", "gap_value"] == 20
    assert found.loc["c0001", "growth_needed"] == 0.25
    assert list(found.index) == ["c0003", "c0001", "c0002"], "the smaller gap first"
    totals = upgrade.totals(found.reset_index())
    assert totals[["customers", "gap_value"]].values.tolist() == [[3, 70.0]]


@given(amounts)
def test_the_orders_needed_are_the_fewest_that_reach_the_next_tier(amounts):
    frame = base(*amounts, orders=[1 + i % 4 for i in range(len(amounts))], recency_days=[5] * len(amounts))
    scored, profile = tiers_of(frame, "1/19/30/50")
    found = upgrade.candidates(scored, profile, max_orders=10**6)
    least = dict(zip(profile.tiers, profile.thresholds, strict=False))
    for row in found.itertuples():
        reached = row.value + row.orders_needed * row.usual_order_value
        assert reached >= least[row.next_tier] - 1e-6
        assert reached - row.usual_order_value < least[row.next_tier]


# ---- treatment and relationship


def test_the_playbook_spreads_its_treatments_over_any_number_of_tiers():
    tiers = pd.DataFrame({"tier": list("ABC"), "customers": [1, 2, 3], "value_per_customer": [100.0, np.nan, -5.0]})
    table = playbook.table(tiers)
    assert table["contact_every_days"].tolist() == [30, 120, 365]
    assert table["cost_ceiling_value"].tolist() == [10, 0, 0]


def test_kotler_s_table_cell_by_cell():
    """Kotler, Marketing Management: levels of relationship by margin and number of customers."""
    expected = {
        ("Many", "High"): "Accountable", ("Many", "Middle"): "Reactive", ("Many", "Low"): "Basic",
        ("Medium", "High"): "Proactive", ("Medium", "Middle"): "Accountable", ("Medium", "Low"): "Reactive",
        ("Few", "High"): "Partnership", ("Few", "Middle"): "Proactive", ("Few", "Low"): "Accountable",
    }  # fmt: skip
    found = {(n, m): relationship.LEVELS.loc[n, m] for n, m in expected}
    assert found == expected
    assert set(relationship.MEANING) == set(expected.values())


def test_numbers_and_margins_are_called_by_stated_cuts():
    table = pd.DataFrame({"customers": [30, 65, 5, 0], "value_per_customer": [10.0, 4.0, 8.0, 99.0]})
    found = relationship.levels(table, many=0.3, few=0.05, high=1.5, low=0.75)  # the mean is 6
    assert found["size"].tolist() == ["Many", "Many", "Few"]
    assert found["margin_size"].tolist() == ["High", "Low", "Middle"]
    with pytest.raises(ValueError, match="not positive"):
        relationship.levels(table.assign(value_per_customer=-1.0))
    with pytest.raises(ValueError, match="few"):
        relationship.levels(table, many=0.1, few=0.2)


# ---- concentration


def test_80_20_is_tested_against_limits_not_asserted():
    pareto = 50 * (1 - np.random.RandomState(1).random_sample(4000)) ** (-1 / 1.9)
    found = spread.eighty_twenty(base(*pareto))
    assert found["verdict"] == "less concentrated"
    assert found["low"] < found["share"] < found["high"]
    # 200 customers bring 16 each, 800 bring 1 each: the best fifth bring exactly 80 %
    exact = spread.eighty_twenty(base(*[16] * 200, *[1] * 800))
    assert (exact["share"], exact["needed"], exact["balance"], exact["verdict"]) == (0.8, 0.2, 0.2, "holds")
    assert spread.eighty_twenty(base(*[100] * 50, *[1] * 950))["verdict"] == "more concentrated"
    assert spread.eighty_twenty(base(*[1] * 1000))["share"] == pytest.approx(0.2)


def test_the_limits_are_those_of_resampling():
    random = np.random.RandomState(7)
    values = random.lognormal(3, 1.0, 800)
    found = spread.eighty_twenty(base(*values))
    drawn = [np.sort(random.choice(values, 800))[::-1] for _ in range(600)]
    shares = [d[:160].sum() / d.sum() for d in drawn]
    assert (found["high"] - found["low"]) / (2 * 1.96) == pytest.approx(np.std(shares), rel=0.1)


def test_gini_of_a_printed_example():
    """Twenty incomes of a worksheet by the University (docstoc 10699438, after the Gini of ungrouped data): 0.38625."""
    incomes = [1, 3, 4, 5, 6, 8, 8, 9, 11, 12, 14, 17, 19, 21, 23, 27, 29, 32, 33, 38]
    assert spread.gini(base(*incomes)) == pytest.approx(0.38625)


def test_the_lorenz_curve_of_a_printed_example():
    """Eight incomes, seven of 5,000 and one of 150,000 (scribd 523444415): G = 0.68581, the poorest seven hold 0.1892."""
    incomes = [5000] * 7 + [150000]
    assert spread.gini(base(*incomes)) == pytest.approx(0.6858108, abs=1e-7)
    line = spread.lorenz(base(*incomes)).set_index("customer_share")["value_share"]
    assert line[0.875] == pytest.approx(1 - 0.8108108, abs=1e-7)
