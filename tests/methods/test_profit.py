"""Contribution, the whale curve, what would mend, and the value classes, by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_analysis.data import customers, frames
from crm_analysis.methods import mend, profit, value_classes

AS_OF = "2026-01-01"
TODAY = frames.day_number(AS_OF)

LINES = pd.DataFrame(
    {
        "customer_id": ["a", "a", "b", "c"],
        "order_id": ["1", "2", "3", "4"],
        "order_day": [TODAY - 400, TODAY - 30, TODAY - 20, TODAY - 500],
        "amount": [100.0, 200.0, 50.0, 80.0],
        "cost": [60.0, 120.0, 30.0, 40.0],
    }
)
COSTS = pd.DataFrame(
    {
        "customer_id": ["a", "a", "b", "d"],
        "period_end_day": [TODAY - 400, TODAY - 1, TODAY - 1, TODAY - 1],
        "acquire": [10.0, 0.0, 5.0, 7.0],
        "sell": [1.0, 2.0, 3.0, 4.0],
        "serve": [1.0, 8.0, 25.0, 0.0],
    }
)


def table(window_days=0, lines=LINES, **how):
    found = profit.table(profit.window(lines, AS_OF, window_days), COSTS, AS_OF, window_days, **how)
    return found.sort_values("customer_id").set_index("customer_id")


def test_contribution_and_profit_over_the_whole_log_by_hand():
    found = table()
    assert found["margin"].to_dict() == {"a": 120, "b": 20, "c": 40, "d": 0}
    assert found["contribution"].to_dict() == {"a": 120 - 12, "b": 20 - 28, "c": 40, "d": -4}
    assert found["profit"].to_dict() == {"a": 98, "b": -13, "c": 40, "d": -11}
    assert found.loc["d", "orders"] == 0, "who cost something but bought nothing has a row too"


def test_a_window_takes_the_lines_and_the_costs_of_the_same_days():
    found = table(365)
    assert found["contribution"].to_dict() == {"a": 80 - 10, "b": -8, "d": -4}
    assert found.loc["a", "orders"] == 1


def test_a_margin_rate_stands_in_for_the_cost_of_goods():
    lines = LINES.drop(columns="cost")
    assert table(lines=lines, margin_rate=0.4)["margin"].to_dict() == {"a": 120, "b": 20, "c": 32, "d": 0}
    with pytest.raises(ValueError, match="needs the cost of goods"):
        table(lines=lines)


def test_the_bridge_leads_from_revenue_to_profit():
    steps = profit.bridge(table().reset_index()).set_index("step")["amount"]
    assert steps["Revenue, net of returns"] == 430
    assert steps["Margin"] == steps["Revenue, net of returns"] + steps["Cost of goods"] == 180
    assert steps["Contribution"] == steps["Margin"] + steps["Cost to sell"] + steps["Cost to serve"] == 136
    assert steps["Profit"] == steps["Contribution"] + steps["Cost to acquire"] == 114


def test_a_whale_curve_by_hand():
    """Ten customers: 60, 40, 20, 10, 5, 0, -5, -10, -15, -5 make 100; the peak is 135 after five (six with the nought)."""
    some = pd.DataFrame({"profit": [60.0, 40, 20, 10, 5, 0, -5, -5, -10, -15]})
    curve = profit.whale(some)
    assert curve["profit"].tolist() == [0, 60, 100, 120, 130, 135, 135, 130, 125, 115, 100]
    assert curve["profit_share"].max() == pytest.approx(1.35)
    found = profit.peak(some)
    assert (found["customers"], found["profit"], found["total"], found["lost"], found["below_zero"]) == (
        5,
        135,
        100,
        35,
        4,
    )


def test_the_published_shape_of_the_whale():
    """Kaplan and Narayanan (2001): the best fifth bring 150 to 300 % of the profit; here 200 % by construction."""
    some = pd.DataFrame({"profit": [100.0] * 20 + [0.0] * 60 + [-50.0] * 20})
    curve = profit.whale(some).set_index("customer_share")["profit_share"]
    assert curve[0.2] == pytest.approx(2.0)
    assert curve[1.0] == pytest.approx(1.0)


def test_a_base_that_loses_money_has_a_curve_without_shares():
    curve = profit.whale(pd.DataFrame({"profit": [10.0, -30.0]}))
    assert curve["profit"].tolist() == [0, 10, -20]
    assert curve["profit_share"].isna().all()


# ---- what would mend


def profits(*rows):
    columns = ["customer_id", "orders", "revenue", "margin", "sell", "serve"]
    frame = pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[2:], float))
    frame["contribution"] = frame["margin"] - frame["sell"] - frame["serve"]
    frame["mean_order_value"] = frame["revenue"] / frame["orders"].where(frame["orders"] > 0)
    return frame


GOOD = ("good", 10, 1000, 400, 0, 20)  # 2 an order to serve


def test_the_usual_cost_per_order_is_the_median_of_those_above_zero():
    some = profits(GOOD, ("g2", 10, 500, 300, 0, 40), ("g3", 10, 500, 300, 0, 90), ("bad", 1, 10, 4, 0, 500))
    assert mend.learn(some).cost_per_order == 4


def test_each_remedy_by_hand():
    some = profits(
        GOOD,
        ("dear", 10, 300, 100, 0, 150),  # short 50; half the service is 75, above 10 x 2: 100 - 75 > 0
        (
            "small",
            40,
            300,
            100,
            0,
            110,
        ),  # short 10; 10 % more margin would do; service cannot go below 80: 100 - 80 >= 0
        ("basket", 60, 300, 100, 0, 110),  # service cannot go below 120; a tenth larger orders suffice
        ("price", 60, 2000, 100, 0, 190),  # short 90: service at best 120; larger by 90 %; price by 4.5 %
        ("all", 10, 300, 100, 0, 250),  # short 150: 100 x 1.25 + 15 - 125 = 15
        ("none", 1, 20, 5, 0, 100),  # 5 x 1.25 + 1 - 50 < 0
        ("idle", 0, 0, 0, 3, 0),
    )
    levers = mend.learn(some, service_cut=0.5, order_growth=0.25, price_rise=0.05)
    found = mend.below_zero(some, levers).set_index("customer_id")
    assert found["remedy"].to_dict() == {
        "dear": mend.SERVICE, "small": mend.SERVICE, "basket": mend.ORDER, "price": mend.PRICE, "all": mend.TOGETHER,
        "none": mend.NOTHING, "idle": mend.IDLE,
    }  # fmt: skip
    dear = found.loc["dear"]
    needed = (dear["service_cut_needed"], dear["order_growth_needed"], dear["price_rise_needed"], dear["leaving_saves"])
    assert needed == pytest.approx((1 / 3, 0.5, 1 / 6, 50))
    assert pd.isna(found.loc["idle", "price_rise_needed"])
    summary = mend.summary(found.reset_index())
    assert summary["customers"].sum() == 7
    assert summary["leaving_saves"].sum() == pytest.approx(-found["contribution"].sum())
    assert (summary["advice"] != "").all()


def test_each_lever_pulled_as_far_as_needed_brings_exactly_zero():
    some = profits(GOOD, ("dear", 10, 300, 100, 20, 130))
    row = mend.below_zero(some, mend.learn(some)).iloc[0]
    assert row["margin"] - row["service_cost"] * (1 - row["service_cut_needed"]) == pytest.approx(0)
    assert row["margin"] * (1 + row["order_growth_needed"]) - row["service_cost"] == pytest.approx(0)
    assert row["margin"] + row["revenue"] * row["price_rise_needed"] - row["service_cost"] == pytest.approx(0)


def test_levers_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="must be a share"):
        mend.learn(profits(GOOD), service_cut=2)


def test_where_nobody_is_above_zero_the_usual_cost_is_that_of_all_who_ordered():
    assert mend.learn(profits(("bad", 2, 10, 4, 0, 500), ("idle", 0, 0, 0, 0, 30))).cost_per_order == 250
    assert mend.learn(profits(("idle", 0, 0, 0, 0, 30))).cost_per_order == 0


# ---- most valuable, most growable, below zero


def test_the_classes_by_hand():
    """Ten peers contribute 10 to 100: the best fifth are 90 and 100; the 90th percentile of the peers is 91."""
    ten = [(f"c{i}", 1, 500, 10 * i, 0, 0) for i in range(1, 11)]
    some = profits(*ten, ("mendable", 1, 500, 50, 0, 60), ("hopeless", 1, 500, 0, 0, 100))
    levers = mend.Levers(0.5, 0.25, 0.05, 1.0)
    profile = value_classes.learn(some[:10], levers, peers=2, top=0.2, growable=0.5)
    scored = value_classes.score(some, profile).set_index("customer_id")
    assert profile.valuable_from == 82
    assert profile.peer_potential[0] == 91
    assert scored.loc["c5", "potential_value"] == 91
    assert scored.loc["c10", "potential_value"] == 100, "never less than it brings now"
    assert scored.loc["mendable", "potential_value"] == pytest.approx(50 * 1.25 + 25 - 30)
    assert scored.loc["hopeless", "potential_value"] == pytest.approx(0 + 25 - 50)
    classes = scored["value_class"]
    assert classes[["c9", "c10"]].tolist() == [value_classes.MVC] * 2
    assert classes[["c1", "c2", "c3", "c4"]].tolist() == [value_classes.MGC] * 4
    assert classes[["c5", "c6", "c7", "c8"]].tolist() == [value_classes.LOW] * 4
    assert classes[["mendable", "hopeless"]].tolist() == [value_classes.MEND, value_classes.BZ]


def test_a_known_share_of_customer_gives_the_potential():
    some = profits(*((f"c{i}", 1, 500, 10 * i, 0, 0) for i in range(1, 11))).assign(share=[0.5] + [np.nan] * 9)
    profile = value_classes.learn(some, mend.Levers(0.5, 0.25, 0.05, 1.0))
    scored = value_classes.score(some, profile, "share")
    assert scored["potential_value"].iloc[0] == 20
    assert scored["potential_value"].iloc[1] == value_classes.score(some, profile)["potential_value"].iloc[1]


people = st.lists(
    st.tuples(st.integers(1, 20), st.integers(1, 900), st.floats(0.1, 0.9), st.integers(0, 200)),
    min_size=3,
    max_size=40,
)


@pytest.mark.slow
@settings(max_examples=15)
@given(people)
def test_every_customer_is_in_one_class_and_the_values_add_up(people):
    rows = [(f"c{i}", n, r, round(r * m, 2), 0, s) for i, (n, r, m, s) in enumerate(people)]
    some = profits(GOOD, *rows)
    scored = value_classes.score(some, value_classes.learn(some, mend.learn(some)))
    table = value_classes.summary(scored)
    assert table["customers"].sum() == len(some)
    assert table["actual_value"].sum() == pytest.approx(some["contribution"].sum(), abs=1e-6)
    assert (scored["unrealised_value"] >= -1e-6).all()
    below = scored[scored["contribution"] < 0]
    assert set(below["value_class"]) <= {value_classes.MEND, value_classes.BZ}
    lists = mend.below_zero(some, mend.learn(some))
    assert set(lists["customer_id"]) == set(below["customer_id"])


def test_the_demo_s_demanding_customers_are_those_the_profit_finds(demo, planted):
    """107 customers were made to cost more than they bring, whatever one does: nearly all that is lost, is lost on them."""
    found = frames.to_pandas(profit.table(demo["customer_table"], demo["costs"], demo.as_of))
    demanding = set(planted[1]["demanding"])
    below = found[(found["contribution"] < 0) & (found["orders"] >= 2)]
    of_demanding = below["customer_id"].isin(demanding)
    assert below.loc[of_demanding, "contribution"].sum() < 0.95 * below["contribution"].sum()
    assert of_demanding.mean() > 0.7, "the others cost a little more than they bring: complaints, returns"


def test_pandas_and_duckdb_agree_on_profit_and_classes(demo, demo_pandas):
    columns = ["customer_id", "contribution", "profit", "potential_value", "value_class"]
    found = []
    for tables in (demo, demo_pandas):
        profits = profit.table(profit.window(tables["transactions"], demo.as_of, 365), tables["costs"], demo.as_of, 365)
        profile = value_classes.learn(profits, mend.learn(profits))
        scored = frames.to_pandas(value_classes.score(profits, profile))
        found.append((profile, scored[columns].sort_values("customer_id").reset_index(drop=True)))
    assert found[0][0] == found[1][0]
    pd.testing.assert_frame_equal(found[0][1], found[1][1], check_dtype=False)


def test_costs_after_as_of_do_not_count():
    early = profit.table(customers.table(LINES, "2024-12-01"), COSTS, "2024-12-01").set_index("customer_id")
    assert early["sell"].to_dict() == {"a": 1.0, "c": 0.0}
