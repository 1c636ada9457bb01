"""Charts and sentences of brand switching: what they say is what the tables hold, in both languages."""

import re

import numpy as np
import pandas as pd
import pytest

from crm_analysis.display import charts, readings, words

NAMES = ("Own", "Rival", "All others")
PROBABILITY = [0.7, 0.2, 0.1, 0.1, 0.8, 0.1, 0.25, 0.15, 0.6]
CELLS = pd.DataFrame(
    {
        "from_brand": np.repeat(NAMES, 3),
        "to_brand": np.tile(NAMES, 3),
        "probability": PROBABILITY,
        "low": np.array(PROBABILITY) - 0.05,
        "high": np.array(PROBABILITY) + 0.05,
        "steps": [70, 20, 10, 10, 80, 10, 25, 15, 60],
        "customers": np.repeat([40, 50, 30], 3),
    }
)
VALUES = pd.DataFrame(
    {
        "brand": NAMES, "clv": [30.0, 50.0, 20.0], "clv_low": [25.0, 44.0, 15.0], "clv_high": [35.0, 56.0, 25.0],
        "equity": [3000.0, 5000.0, 2000.0], "equity_share": [0.3, 0.5, 0.2], "equity_share_low": [0.25, 0.44, 0.15],
        "equity_share_high": [0.35, 0.56, 0.25], "purchase_share": [0.33, 0.47, 0.2],
    }
)  # fmt: skip
PARTS = pd.DataFrame(
    {
        "brand": np.repeat(NAMES, 3),
        "from_brand": np.tile(NAMES, 3),
        "part": [0.6, 0.3, 0.1, 0.2, 0.7, 0.1, 0.3, 0.3, 0.4],
    }
)
CHECKS = ("enough customers", "the last brand matters", "one purchase back is enough", "inertia, not only different people",
          "the matrix lasts", "light and heavy buyers alike", "no trap in the chain", "it foretells")  # fmt: skip
LEVERS = pd.DataFrame(
    {
        "lever": ["win from", "keep", "win from"], "from_brand": ["Rival", "Own", "All others"],
        "probability": [0.1, 0.7, 0.25], "customers": [47.0, 33.0, 20.0], "gain": [90.0, 60.0, 30.0],
        "low": [80.0, 50.0, 20.0], "high": [100.0, 70.0, 40.0],
    }
)  # fmt: skip
ACTIONS = pd.DataFrame(
    columns=["action", "step", "coefficient", "coefficient_low", "coefficient_high", "gain", "gain_low", "gain_high"]
)
GROUPS = pd.DataFrame(
    {"group": ["Keep", "Win over", "At risk", "Let be"], "customers": [40, 10, 12, 38], "clv": [50.0, 20.0, 10.0, 20.0]}
)
WHAT_IF = {
    "points": 2.0, "gain": 100.0, "gain_low": 80.0, "gain_high": 120.0, "cost": 50.0, "return_on_marketing": 1.0,
    "return_on_marketing_low": 0.6, "return_on_marketing_high": 1.4, "share_change": 0.01,
}  # fmt: skip
AHEAD = {
    "run": 3.33, "run_low": 2.9, "run_high": 4.0, "end": 0.325, "end_low": 0.3, "end_high": 0.35, "steps": 4,
    "conserved": {"discounted_purchases": 10.0, "annuity": 10.0}, "personal": None, "change": None, "day": "2025-07-01",
    "loyal": {"loyal_share": 0.4, "switcher_share": 0.3, "p_value": 0.5},
    "counts": {"customers": 100, "steps": 300.0, "once": 7, "new": 9, "occasions": 400, "shared_occasions": 12, "tied_occasions": 3},
    "terms": {"margin_share": 0.3, "discount_per_year": 0.1, "years": 3.0, "convention": "course", "population": 100.0},
}  # fmt: skip


@pytest.fixture(autouse=True)
def english():
    charts.use_style("en")
    yield
    words.use("en")


def verdicts(**told):
    rows = pd.DataFrame(
        {"check": CHECKS, "verdict": "good", "value": 1.0, "other": 1.0, "p_value": 0.5, "name": "", "name_to": ""}
    )
    return rows.assign(verdict=[told.get(check.split()[-1], "good") for check in CHECKS])


def said(kind="panel", checks=None, **changed):
    told = (LEVERS, ACTIONS, changed.pop("what_if", WHAT_IF), GROUPS, "Own")
    return repr(
        readings.switching(
            (kind, "tea"), verdicts() if checks is None else checks, (VALUES, PARTS), told, AHEAD | changed, None, "EUR"
        )
    )


def test_the_heatmap_names_the_most_repeated_brand_and_shows_every_interval():
    chart = charts.switching_matrix(CELLS)
    assert "Rival: 80.0" in chart.alt
    assert "Below" not in chart.caption
    both = pd.concat([CELLS.assign(buyers=kind) for kind in ("Light buyers", "Heavy buyers")])
    more = charts.switching_matrix(CELLS, both)
    assert "Below: those who made up to as many steps as the median buyer" in more.caption
    height = [float(re.search(r'height="([\d.]+)pt"', c.svg).group(1)) for c in (chart, more)]
    assert height[1] > height[0]


def test_a_row_nobody_left_has_no_interval_and_is_drawn_all_the_same():
    cells = CELLS.assign(
        low=CELLS["low"].where(CELLS["from_brand"] != "Own"), high=CELLS["high"].where(CELLS["from_brand"] != "Own")
    )
    assert "3 by 3 states" in charts.switching_matrix(cells).alt


def test_flows_paths_values_and_levers_tell_their_largest():
    assert "The largest switch is from All others to Own" in charts.brand_flows(CELLS).alt
    paths = np.array([[0.5, 0.3, 0.2], [0.43, 0.37, 0.20]])
    assert "The largest change is that of" in charts.share_paths(paths, NAMES, None).alt
    assert "that to Rival: EUR\xa050.00" in charts.brand_values(VALUES, PARTS, "EUR").alt
    gains = np.array([[5.0, -2.0, -3.0], [9.0, -4.0, -5.0], [1.0, 0.0, -1.0]])
    assert "buyers of Rival buy Own next" in charts.sensitivity(gains, NAMES, "Own", "EUR").alt


def test_the_sentences_hold_the_figures_of_the_tables():
    told = said()
    assert "The matrix can be trusted" in told
    assert "300 steps of 100 customers; 7 of them bought only once" in told
    assert "In 12 of 400 occasions several brands were bought" in told
    assert "40.0\xa0% of the buyers of Own are loyal for good, and the others choose it with 30.0\xa0%" in told
    assert "worth EUR\xa030.00 (EUR\xa025.00 to EUR\xa035.00) over 3 years" in told
    assert "3.33 times in a row on average (2.90 to 4)" in told
    assert "from 33.0\xa0% to 32.5\xa0% (30.0\xa0% to 35.0\xa0%)" in told
    assert "At a cost of EUR\xa050.00 the return on marketing is +100.0\xa0% (+60.0\xa0% to +140.0\xa0%)" in told
    assert "40 customers to keep hold 50.0\xa0% of what lies ahead" in told


def test_what_is_not_known_is_not_said():
    told = said(
        loyal=None, what_if=None, steps=None, end=None, counts=AHEAD["counts"] | {"shared_occasions": 0, "new": 100}
    )
    for words_ in ("Colombo", "What if", "steady state", "several brands", "first seen"):
        assert words_ not in told
    poor = said(loyal=AHEAD["loyal"] | {"p_value": 0.001}, what_if=WHAT_IF | {"return_on_marketing": None, "cost": 0.0})
    assert "that model does not fit these purchases well" in poor
    assert "which is also the most that bringing it about may cost" in poor


def test_doubt_is_said_by_its_reason():
    assert "should not be trusted as it stands: the last brand does not tell the next one" in said(
        checks=verdicts(matters="not good")
    )
    assert "can be used with care: it changed over the time" in said(checks=verdicts(lasts="with care"))


def test_a_survey_and_a_source_without_brands_say_what_they_are():
    told = said("survey", counts={"customers": 80, "steps": 80.0})
    assert "These are answers, not purchases" in told
    assert "rests on 80 respondents" in told
    assert "can be trusted" not in told
    nothing = repr(readings.switching(("none", ""), None, (None, None), (None,) * 5, None, None))
    assert nothing.startswith("Nothing here tells of brands")


def test_all_of_it_is_chinese_when_asked():
    charts.use_style("zh")
    told = said()
    for english_ in ("The matrix", "worth", "What if", "customers"):
        assert english_ not in told
    assert "客户资产" in told
    assert "轻度购买者" not in charts.switching_matrix(CELLS).caption
    assert "转换次数不超过中位购买者" in charts.switching_matrix(CELLS, CELLS.assign(buyers="Light buyers")).caption
