"""Charts and sentences of customer value: they follow from the figures, and say when there are none."""

import datetime
import xml.etree.ElementTree as ET

import pandas as pd
import pytest

from crm_analysis.display import charts, language, readings
from crm_analysis.methods import pyramid, value

DAYS = (datetime.date(2025, 7, 1), datetime.date(2026, 7, 1))
TOTALS = {"up": 3, "down": 5, "same": 20, "new": 7, "gone": 2}
ACCOUNTS = {"accounts": 12, "declining": 6, "at_stake": 900.0}
UPGRADES = pd.DataFrame(
    [("Gold", "Platinum", 3, 50.0, 1.5), ("Iron", "Gold", 40, 800.0, 2.0)],
    columns=["tier", "next_tier", "customers", "gap_value", "mean_orders_needed"],
)
MENDED = pd.DataFrame(
    [
        ("Higher price", 9, -90.0, 90.0, "Raise the price or cut the discount"),
        ("Let go", 2, -10.0, 10.0, "Let them go"),
    ],
    columns=["remedy", "customers", "contribution", "leaving_saves", "advice"],
)


@pytest.fixture(autouse=True)
def style():
    import matplotlib.pyplot as plt

    with plt.rc_context(), language.using("en"):
        charts.use_style()
        yield
    assert plt.get_fignums() == []


def base(*revenue):
    return pd.DataFrame({"customer_id": [str(i) for i in range(len(revenue))], "revenue": [float(r) for r in revenue]})


def drawn_pyramid(**how):
    some = base(50, 20, 10, 10, 10)
    return charts.value_pyramid(*pyramid.curve(some, pyramid.learn(some, pyramid.scheme("20/80"))), **how)


CURVE = pd.DataFrame({"customer_share": [0, 0.5, 1.0], "profit": [0.0, 120.0, 100.0]})
PEAK = {"customers": 5, "customer_share": 0.5, "profit": 120.0, "total": 100.0, "lost": 20.0, "below_zero": 4}
CLASSES = pd.DataFrame(
    {"value_class": ["Most valuable", "Below zero"], "customers": [20, 80], "actual_value": [120.0, -20.0]}
)
MADE = {
    "pyramid": drawn_pyramid,
    "whale": lambda: charts.whale(CURVE, PEAK, "EUR"),
    "classes": lambda: charts.value_classes(CLASSES),
}


@pytest.mark.parametrize("name", MADE)
def test_charts_are_wellformed_and_the_same_bytes_every_time(name):
    chart = MADE[name]()
    tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(chart.svg).iter()}
    assert not tags & {"script", "foreignObject", "a", "text"}
    assert chart.svg == MADE[name]().svg


@pytest.mark.slow
def test_the_text_alternatives_tell_the_finding():
    assert "rises to EUR\xa0120 with the best 50.0\xa0%" in MADE["whale"]().alt
    assert "the last 4 customers take EUR\xa020.00 away again" in MADE["whale"]().alt
    assert "Most valuable bring the most, 20.0\xa0% of the customers" in MADE["classes"]().alt
    assert drawn_pyramid(gini=0.36).caption.endswith("Gini coefficient 0.36.")


def test_what_to_do_first_follows_from_the_figures():
    said = repr(readings.value_first(ACCOUNTS, UPGRADES, MENDED, TOTALS, "EUR"))
    assert "Call 6 of the 12 key accounts" in said
    assert "Lift 43 customers into a higher tier: 40 of them lack EUR\xa0800 in all to be Gold" in said, "not the 3"
    assert "11 customers are EUR\xa0100 below zero together" in said
    assert "moved down a tier (5) than up (3)" in said
    calm = readings.value_first(ACCOUNTS | {"declining": 0}, UPGRADES.head(0), MENDED.head(0), TOTALS | {"down": 1})
    assert repr(calm).startswith("Nothing here presses")


def test_without_costs_it_says_what_cannot_be_known():
    assert "Bring the table costs" in repr(readings.value_first(ACCOUNTS, UPGRADES, None))
    assert "cannot be known" in repr(readings.no_costs())
    assert "sent back more" not in repr(readings.no_costs(4)), "too few to be told"
    assert "5 customers sent back more than they bought" in repr(readings.no_costs(5))


def test_the_plan_holds_every_piece_of_advice_once():
    watched = pd.DataFrame(
        {"advice": ["Call: the usual order is overdue"], "customers": [6], "revenue_at_stake": [900.0]}
    )
    plan = readings.value_plan(watched, UPGRADES, MENDED)
    assert plan["customers"].sum() == 6 + 43 + 11
    assert plan["at_stake"].sum() == 900 + 850 + 100
    assert plan["group"].tolist() == ["Key accounts", "Gold", "Iron", "Below zero", "Below zero"]
    assert len(readings.value_plan(watched, UPGRADES)) == 3


def test_movement_is_told_only_where_it_can_be_seen():
    told = repr(readings.tier_moves(TOTALS, *DAYS))
    assert "3 customers moved up a tier, 5 moved down and 20 stayed" in told
    assert "begin before the first order" in repr(readings.tier_moves(TOTALS, *DAYS, covered=False))
    nobody = TOTALS | {"up": 0, "down": 0, "same": 0}
    assert "there is no movement to show" in repr(readings.tier_moves(nobody, *DAYS))


def test_the_80_20_rule_is_told_as_tested():
    some = base(*[16] * 200, *[1] * 800)
    profile = pyramid.learn(some, pyramid.scheme("80/20"))
    tiers = pyramid.tiers(pyramid.score(some, profile), profile)
    coverage = pd.DataFrame({"measure": ["margin_rate", "orders"], "used": ["No", "Yes"], "needs": ["Table costs", ""]})
    levels = pd.DataFrame({"tier": ["Top fifth"], "level": ["Partnership"]})
    about = (levels, UPGRADES, coverage, {"large": 200, "not_good": 7})
    said = repr(
        readings.customer_value(
            ("revenue", 365), tiers, value.eighty_twenty(some), value.gini(some), *about, currency="EUR"
        )
    )
    assert "ranked by revenue in the last 365 days" in said
    assert "The 80/20 rule holds here within the limits of chance" in said
    assert "of the 200 customers in the upper tiers 7 have" in said
    assert "Margin rate (needs: Table costs)" in said
    assert "40 from Iron to Gold" in said
    assert "3 from Gold" not in said, "too few to be told"
    assert "profit" not in said


def test_reasons_say_why_in_words():
    tiers = pd.DataFrame({"tier": ["A", "B"], "from_value": [100.0, None]})
    assert readings.tier_reasons(tiers, "revenue", "EUR")["why"].tolist() == [
        "Revenue from EUR\xa0100 on.", "Revenue: less than the tiers above ask for.",
    ]  # fmt: skip
    assert readings.upgrade_reasons(["Gold", "Iron"], 1).values.tolist() == [
        ["Gold", 0, "Usual orders that would lift the customer to Gold: 0."],
        ["Gold", 1, "Usual orders that would lift the customer to Gold: 1."],
    ]
    told = readings.mend_reasons(pd.DataFrame({"remedy": ["Higher price", "Stop spending"]})).set_index("remedy")["why"]
    assert told["Higher price"].endswith("One step within its limit is enough: Higher price.")
    assert told["Stop spending"].startswith("Bought nothing in the days counted")
    assert readings.mend_reasons(None).empty
    watched = pd.DataFrame(
        {"complaint_open": ["Yes", "No"], "order_overdue": ["Yes", "No"], "spending_falls": ["No"] * 2, "range_narrows": ["No"] * 2}
    )  # fmt: skip
    assert readings.watch_reasons(watched)["why"].tolist() == [
        "a complaint is open and the usual order is overdue",
        "no sign of decline",
    ]
