"""What customers are worth, put together: what ranks them, and that every engine gives every customer the same."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_analysis.data import frames
from crm_analysis.methods import (
    accounts,
    customer_profit,
    mend,
    movement,
    playbook,
    profit,
    pyramid,
    scorecard,
    trend,
    upgrade,
    value_classes,
)

AS_OF = "2026-01-01"
TODAY = frames.day_number(AS_OF)


def lines(*rows):
    """Lines of (customer, days before today, amount, cost); each its own order."""
    made = [(c, str(i), TODAY - days, float(m), float(k)) for i, (c, days, m, k) in enumerate(rows)]
    return pd.DataFrame(made, columns=["customer_id", "order_id", "order_day", "amount", "cost"])


def values(lines, costs, as_of, window_days=0, margin_rate=0.0):
    """What customers are worth, from the lines."""
    return customer_profit.values(profit.window(lines, as_of, window_days), costs, as_of, window_days, margin_rate)


def costs(**serve):
    rows = [(c, TODAY - 1, 0.0, 0.0, float(s)) for c, s in serve.items()]
    return pd.DataFrame(rows, columns=["customer_id", "period_end_day", "acquire", "sell", "serve"])


SOME = lines(("a", 10, 100, 40), ("b", 20, 50, 30), ("c", 400, 80, 10), ("d", 5, 20, 10))
SERVED = costs(a=5, b=30, e=7)


def test_values_hold_contribution_only_where_costs_and_a_margin_are_there():
    found = values(SOME, SERVED, AS_OF, 365).set_index("customer_id")["contribution"]
    assert found.to_dict() == {"a": 55, "b": -10, "d": 10, "e": -7}, "c bought before the window, e bought nothing"
    assert "contribution" not in values(SOME, None, AS_OF, 365)
    bare = SOME.drop(columns="cost")
    assert "contribution" not in values(bare, SERVED, AS_OF)
    by_rate = values(bare, SERVED, AS_OF, margin_rate=0.5).set_index("customer_id")["contribution"]
    assert by_rate.to_dict() == {"a": 45, "b": -5, "c": 40, "d": 10, "e": -7}


def test_the_basis_is_the_best_there_is_or_what_is_asked_or_refused():
    with_costs, without = (values(SOME, spent, AS_OF) for spent in (SERVED, None))
    bare = values(SOME.drop(columns="cost"), SERVED, AS_OF)
    assert [customer_profit.basis(t) for t in (with_costs, without, bare)] == ["contribution", "margin", "revenue"]
    assert customer_profit.basis(with_costs, "revenue") == "revenue"
    with pytest.raises(ValueError, match="cannot be ranked by profit: it needs the table costs"):
        customer_profit.basis(without, "profit")
    with pytest.raises(ValueError, match="not by 'fame'"):
        customer_profit.basis(without, "fame")


def test_what_is_not_above_zero_over_all_ranks_nobody():
    now = values(SOME, costs(a=500, b=30), AS_OF)
    assert customer_profit.basis(now) == "margin", "contribution is -370 over all"
    with pytest.raises(
        ValueError, match=r"by contribution: over all of them it is -370.00, which cannot be shared out"
    ):
        customer_profit.basis(now, "contribution")
    with pytest.raises(ValueError, match="cannot be ranked by revenue"):
        customer_profit.basis(now.assign(revenue=-1.0, margin=0.0))


def test_without_contribution_there_is_no_worth():
    assert customer_profit.found(values(SOME, None, AS_OF)) is None


def test_an_earlier_profile_stands_instead_of_the_cuts():
    now = values(SOME, SERVED, AS_OF)
    dearer, as_is = (customer_profit.Cuts(service_cut=0, order_growth=0, price_rise=rise) for rise in (0.5, 0))
    learned = customer_profit.found(now, dearer).learned
    again = customer_profit.found(now, as_is, learned)
    assert again.learned == learned
    assert again.below_zero.set_index("customer_id")["remedy"].to_dict() == {"b": mend.PRICE, "e": mend.IDLE}
    fresh = customer_profit.found(now, as_is).below_zero.set_index("customer_id")
    assert fresh.loc["b", "remedy"] == mend.NOTHING


def test_tiers_learned_on_contribution_refuse_a_table_without_it():
    now = values(SOME, SERVED, AS_OF)
    profile = pyramid.learn(now, pyramid.scheme("80/20"), "contribution")
    with pytest.raises(ValueError, match="learned on contribution, which this customer table has not"):
        pyramid.score(values(SOME, None, AS_OF), profile)


def test_the_list_has_one_line_per_customer_and_leaves_out_what_is_not_known():
    now = values(SOME, SERVED, AS_OF)
    scored = pyramid.score(now, pyramid.learn(now, pyramid.scheme("40/60"), "contribution"))
    rated = pd.DataFrame({"customer_id": ["a", "b"], "good_score": [0.9, 0.2]})
    worth = customer_profit.found(now)
    told = customer_profit.listed(scored, rated, worth.scored)
    assert told["customer_id"].tolist() == ["a", "c", "b", "d", "e"], "best tier first, then by id"
    assert told.set_index("customer_id")["good_score"].dropna().to_dict() == {"a": 0.9, "b": 0.2}
    assert pd.isna(told.set_index("customer_id").loc["e", "recency_days"]), "e never bought"
    assert (told["advice"] == told["value_class"].map(value_classes.STRATEGY)).all()
    assert "value_class" not in customer_profit.listed(scored, rated)


people = st.lists(
    st.tuples(st.integers(0, 700), st.integers(-20, 900), st.integers(0, 500), st.integers(0, 300)),
    min_size=2,
    max_size=25,
)


@settings(max_examples=12, deadline=None)
@given(people, st.sampled_from(["1/19/30/50", "80/20", "50/50"]))
def test_the_money_of_the_tiers_adds_up_to_that_of_the_base(people, name):
    rows = [(f"c{i}", days, m, k) for i, (days, m, k, _) in enumerate(people)] + [("best", 3, 5000, 100)]
    now = values(lines(*rows), costs(**{f"c{i}": s for i, (*_, s) in enumerate(people)}), AS_OF)
    profile = pyramid.learn(now, pyramid.scheme(name), "contribution")
    table = pyramid.money(pyramid.score(now, profile), profile)
    for column in pyramid.MONEY:
        assert table[column].sum() == pytest.approx(now[column].sum(), abs=0.01)
    assert table["customers"].sum() == len(now)
    if now["contribution"].sum() > 0:
        assert table["value_share"].sum() == pytest.approx(1)


@settings(max_examples=12, deadline=None)
@given(people, st.randoms(use_true_random=False))
def test_row_order_and_ids_change_no_class_no_potential_and_no_remedy(people, random):
    rows = [(f"c{i}", days, m, k) for i, (days, m, k, _) in enumerate(people)] + [("best", 3, 5000, 100)]
    served = {f"c{i}": s for i, (*_, s) in enumerate(people)}
    new = {old: f"x{place:03d}" for place, old in enumerate(random.sample([*served, "best"], len(served) + 1))}
    mixed = random.sample(rows, len(rows))
    one = values(lines(*rows), costs(**served), AS_OF)
    two = values(
        lines(*((new[c], *rest) for c, *rest in mixed)), costs(**{new[c]: s for c, s in served.items()}), AS_OF
    )
    results = []
    for frame, names in ((one, new), (two, {})):
        worth = customer_profit.found(frame)
        classes = worth.scored.set_index("customer_id")[["value_class", "potential_value"]]
        remedies = worth.below_zero.set_index("customer_id")["remedy"]
        results.append((classes.rename(index=names).sort_index(), remedies.rename(index=names).sort_index()))
    pd.testing.assert_frame_equal(results[0][0], results[1][0])
    pd.testing.assert_series_equal(results[0][1], results[1][1])


# ---- every engine alike


def everything(lines, costs, service, contacts, customers, as_of, hold=lambda frame: frame):
    """All per-customer results of notebook 04 as pandas frames, by name; ``hold`` keeps what is used again."""
    now, then = (hold(values(lines, costs, day, 365)) for day in (as_of, "2025-07-01"))
    profile = pyramid.learn(now, pyramid.scheme("1/19/30/50"), "contribution")
    scored, before = hold(pyramid.score(now, profile)), pyramid.score(then, profile)
    trends = hold(trend.windows(lines, as_of))
    plan = playbook.table(pyramid.tiers(scored, profile))
    worth = customer_profit.found(now)
    gathered = hold(scorecard.gathered(pyramid.beside(customers, scored), trends, now))
    rated = hold(scorecard.score(gathered, scorecard.learn(gathered)))
    key = accounts.key(customers, scored, before)
    score = [*scorecard.CRITERIA, "good_score", "criteria_used"]
    classes = ["contribution", "profit", "potential_value", "unrealised_value", "value_class"]
    tables = {
        "tiers": frames.to_pandas(scored)[["customer_id", "tier_rank", "tier"]],
        "classes": frames.to_pandas(worth.scored)[["customer_id", *classes]],
        "below_zero": frames.to_pandas(worth.below_zero),
        "upgrade": frames.to_pandas(upgrade.candidates(scored, profile)),
        "accounts": accounts.watch(key, trends, plan, as_of, service, contacts),
        "moves": frames.to_pandas(movement.moves(before, scored, "tier", list(profile.tiers))),
        "scores": frames.to_pandas(rated)[["customer_id", *score]],
        "trends": frames.to_pandas(trends),
    }
    return profile, {n: t.sort_values("customer_id").reset_index(drop=True) for n, t in tables.items()}


def assert_alike(one, other):
    assert one[0] == other[0]
    for name, table in one[1].items():
        columns = sorted(table.columns)
        pd.testing.assert_frame_equal(table[columns], other[1][name][columns], check_dtype=False, atol=1e-6, obj=name)


@pytest.fixture(scope="module")
def by_pandas(demo, demo_pandas):
    t = demo_pandas
    return everything(t["transactions"], t["costs"], t["service"], t["contacts"], t["customer_table"], demo.as_of)


def test_pandas_and_duckdb_agree_on_every_result_per_customer(demo, by_pandas):
    t = demo
    found = everything(t["transactions"], t["costs"], t["service"], t["contacts"], t["customer_table"], demo.as_of)
    assert_alike(by_pandas, found)
    assert len(found[1]["tiers"]) == len(found[1]["classes"])
    assert all(len(table) > 20 for table in found[1].values()), "no table is empty, so the comparison says something"


def test_profit_of_the_worth_is_that_of_the_base(demo_pandas, demo):
    now = values(demo_pandas["transactions"], demo_pandas["costs"], demo.as_of, 365)
    worth = customer_profit.found(now)
    assert worth.peak["total"] == pytest.approx(now["profit"].sum())
    assert worth.curve["profit"].iloc[-1] == pytest.approx(now["profit"].sum())
    assert worth.classes["actual_value"].sum() == pytest.approx(now["contribution"].sum())
    assert worth.bridge.set_index("step").loc["Contribution", "amount"] == pytest.approx(
        now["contribution"].sum(), abs=0.01
    )
    assert -worth.remedies["leaving_saves"].sum() == pytest.approx(
        now.loc[now["contribution"] < 0, "contribution"].sum()
    )
    assert isinstance(profit.peak(now)["below_zero"], int)
