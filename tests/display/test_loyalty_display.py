"""Charts and sentences of loyalty, satisfaction and service: other figures, other words, and nothing where nothing is known."""

import math
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from crm_analysis.display import charts, readings, words

TYPES = pd.DataFrame({
    "type": ["True loyalty", "Latent loyalty", "Spurious loyalty", "No loyalty"], "customers": [30, 20, 40, 10],
    "customer_share": [0.3, 0.2, 0.4, 0.1], "revenue": [500.0, 20.0, 400.0, 5.0], "revenue_share": [0.54, 0.02, 0.43, 0.01],
    "mean_value": [17.0, 1.0, 10.0, 0.5],
})  # fmt: skip
PEOPLE = pd.DataFrame({
    "attitude": [0.5, 0.4, -0.2, -0.3, 0.5], "patronage": [9.0, 0, 9, 0, 9],
    "type": ["True loyalty", "Latent loyalty", "Spurious loyalty", "No loyalty", "True loyalty"],
})  # fmt: skip
PEOPLE.attrs["cuts"] = (0.1, 4.0)
NPS = pd.DataFrame({
    "by": ["All", "segment", "tier"], "group": ["All", "$\\frac{$", "small"], "n": [30, 27, 3], "promoters": [15, 14, np.nan], "passives": [9, 8, np.nan],
    "detractors": [6, 5, np.nan], "nps": [30.0, 33.3, np.nan], "nps_low": [2.0, 4.0, np.nan], "nps_high": [58.0, 62.0, np.nan],
})  # fmt: skip
IPA = pd.DataFrame({
    "dimension": ["Reliability", "Access", "Courtesy"], "n": 90, "performance": [3.0, 6.0, 4.0], "importance": [0.5, 0.4, 0.1],
    "quadrant": ["Concentrate here", "Keep up", "Low priority"], "advice": "Improve",
})  # fmt: skip
IPA.attrs["cuts"] = (4.33, 0.33)
STEPS = pd.DataFrame({
    "satisfaction": [5, 6, 7, 5, 6, 7], "outcome": ["Would recommend"] * 3 + ["Would buy again"] * 3, "n": [9, 8, 2, 9, 8, 7],
    "mean": [7.0, 8.0, np.nan, 3.0, 3.5, 4.5], "low": [6.5, 7.5, np.nan, 2.5, 3, 4], "high": [7.5, 8.5, np.nan, 3.5, 4, 5],
    "scale_low": [0, 0, 0, 1, 1, 1], "scale_high": [10, 10, 10, 5, 5, 5],
})  # fmt: skip
PROMISES = pd.DataFrame(
    {"step": ["First response", "Result"], "promised_hours": [24.0, 72.0], "kept_share": [0.9, 0.6]}
)
CURVES = pd.DataFrame({
    "step": ["First response"] * 2 + ["Result"] * 2, "hours": [10.0, 30, 50, 500], "done_share": [0.5, 0.9, 0.4, 0.8],
    "done_low": [0.4, 0.8, 0.3, 0.7], "done_high": [0.6, 0.95, 0.5, 0.9],
})  # fmt: skip
REASONS = pd.DataFrame({
    "kind": [f"<b>kind {i}</b> $x$ of a very long name indeed" for i in range(12)], "case_share": [0.4, *[0.6 / 11] * 11],
    "cumulative_share": np.cumsum([0.4, *[0.6 / 11] * 11]), "valid_share": 0.7, "in_time_share": [np.nan, *[0.8] * 11],
    "recurred_share": 0.1,
})  # fmt: skip

MADE = {
    "map": lambda: charts.loyalty_map(PEOPLE, TYPES),
    "nps": lambda: charts.nps(NPS),
    "importance": lambda: charts.importance_performance(IPA),
    "derived": lambda: charts.importance_performance(IPA, derived=True),
    "steps": lambda: charts.loyalty_steps(STEPS),
    "reasons": lambda: charts.reasons(REASONS),
    "waiting": lambda: charts.waiting(CURVES, PROMISES),
}


@pytest.fixture
def style():
    import matplotlib.pyplot as plt

    with plt.rc_context():
        charts.use_style()
        yield
    assert plt.get_fignums() == [], "a chart leaves no figure open"


@pytest.mark.slow
@pytest.mark.parametrize("name", MADE)
def test_a_chart_is_wellformed_inert_and_the_same_bytes_every_time(style, name):
    chart = MADE[name]()
    tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(chart.svg).iter()}
    assert not tags & {"script", "foreignObject", "a", "text"}
    assert chart.svg == MADE[name]().svg
    assert len(chart.alt) > 40
    assert len(chart.caption) > 20


@pytest.mark.slow
def test_the_text_alternatives_tell_the_finding(style):
    assert "The largest type is Spurious loyalty with 40.0\xa0%" in MADE["map"]().alt
    assert "Of all 30 answers the net promoter score is 30" in MADE["nps"]().alt
    assert "To concentrate on: Reliability" in MADE["importance"]().alt
    assert "Would recommend: 7 at an answer of 5, 8 at 6" in MADE["steps"]().alt, "what is withheld is not told"
    assert (
        "12 kinds of complaints. The most frequent is <b>kind 0</b> $x$ of a very long name indeed with 40.0\xa0%"
        in (MADE["reasons"]().alt)
    )
    assert "2 rarer kinds, 10.9\xa0% of the complaints, are not drawn." in MADE["reasons"]().caption
    assert "not drawn" not in charts.reasons(REASONS.head(10)).caption
    assert "Least kept: Result, taken in 40.0\xa0% of the cases within the promised 72 hours" in MADE["waiting"]().alt


@pytest.mark.parametrize("seed", range(5))
def test_labels_of_the_map_cover_neither_each_other_nor_the_points(style, seed):
    import matplotlib.pyplot as plt

    from crm_analysis.display.charts import satisfaction

    rng = np.random.default_rng(seed)
    points = pd.DataFrame({"dimension": [f"Dimension {i}" for i in range(10)], "performance": rng.uniform(3, 7, 10)})
    points["importance"] = rng.uniform(0, 0.3, 10)
    figure, axis = plt.subplots(figsize=(8, 5.4))
    axis.scatter(points["performance"], points["importance"])
    satisfaction._name_points(figure, axis, points)
    boxes = [label.get_window_extent() for label in axis.texts]
    dots = [axis.transData.transform(p) for p in points[["performance", "importance"]].to_numpy()]
    plt.close(figure)
    assert len(boxes) == 10
    for at, box in enumerate(boxes):
        assert not box.count_overlaps(boxes[:at] + boxes[at + 1 :])
        assert not any(box.contains(*dot) for dot in dots)


def indicators(**values):
    keys = ["repeat", "requirements", "mean_requirements", "full_price", "slope", "switch", "against_alike"]
    table = pd.DataFrame({"key": keys, "number": [1, 3, 3, 4, 4, 5, 8], "form": "Behaviour", "needs": ""})
    for name, column in (("value", "value"), ("low", "low"), ("high", "high")):
        table[column] = [values.get(f"{k}_{name}" if name != "value" else k, math.nan) for k in keys]
    table.loc[table["value"].isna(), "needs"] = "Table survey"
    return table


NO_TYPES = TYPES.head(0)


def test_what_to_do_first_follows_from_the_figures():
    poor = repr(readings.loyalty_first(indicators(repeat=0.3, full_price=0.4), TYPES, "EUR"))
    assert "Win the liking of 40 respondents who buy much but like us little" in poor
    assert "EUR\xa0400" in poor
    assert "only 30.0\xa0% of the window's buyers ordered again" in poor
    assert "only 40.0\xa0% of the list value" in poor
    fine = repr(readings.loyalty_first(indicators(repeat=0.8, full_price=0.9), TYPES.assign(customers=0)))
    assert fine == "Nothing here presses: no indicator lies below the cuts that this report uses."
    unknown = repr(readings.loyalty_first(indicators(repeat=0.8), NO_TYPES))
    assert unknown.startswith("Ask the customers: without a survey")


def test_a_fault_that_costs_customers_is_told_only_if_its_interval_says_so():
    sure = indicators(repeat=0.9, against_alike=0.7, against_alike_low=0.6, against_alike_high=0.8)
    assert "only 70.0\xa0% as many" in repr(readings.loyalty_first(sure, TYPES.assign(customers=0)))
    unsure = indicators(repeat=0.9, against_alike=0.7, against_alike_low=0.3, against_alike_high=1.1)
    assert "as many" not in repr(readings.loyalty_first(unsure, TYPES.assign(customers=0)))


INDEX = pd.DataFrame({
    "group": ["All", "Champions"], "customers": [1000, 200], "scored": [60, 15], "loyalty": [0.5, 0.7], "coverage": [0.6, 0.8],
})  # fmt: skip
SENSITIVE = pd.DataFrame(
    {"indicator": ["Recognition"], "change": ["left out"], "rank_correlation": [0.8], "top_kept_share": [0.5]}
)


class Alpha:
    """What ``reliability.alpha`` gives, as far as the sentences look at it."""

    def __init__(self, alpha):
        self.alpha = self.standardised = alpha
        self.items, self.n, self.low, self.high = 8, 50, alpha - 0.1, alpha + 0.1


def loyalty(table, nps=(10.0, 2.0, 18.0), alpha=0.8, index=INDEX):
    scores = {"n": 90, "nps": nps[0], "nps_low": nps[1], "nps_high": nps[2]}
    empty = pd.DataFrame()
    answered = (Alpha(alpha), pd.DataFrame(columns=["alpha"]), empty)
    return repr(readings.loyalty(table, index, SENSITIVE, answered, (scores, empty, empty, empty), 120))


def test_the_indicators_are_told_with_what_they_can_and_cannot_say():
    told = loyalty(indicators(repeat=0.4, repeat_low=0.35, repeat_high=0.45, slope=-2, slope_low=-2.5, slope_high=-1.5))
    assert "2 of the eight indicators can be computed from this data. Most would be added by: Table survey." in told
    assert "40.0\xa0% of the window's buyers ordered again in it (35.0\xa0% to 45.0\xa0%)" in told
    assert "sold 2 % more units (1.50 to 2.50): more than the price fell" in told
    assert "more than the price fell" not in loyalty(indicators(slope=-1, slope_low=-1.5, slope_high=-0.5))
    assert "No relation between shelf price and units" in loyalty(indicators(slope=-1, slope_low=-3, slope_high=1))
    assert "shelf price" not in loyalty(indicators())


def test_heavy_users_are_said_to_be_less_loyal_only_where_the_intervals_part():
    apart = indicators(
        requirements=0.3,
        requirements_low=0.25,
        requirements_high=0.35,
        mean_requirements=0.5,
        mean_requirements_low=0.45,
    )
    assert "heavy users of the category give us a smaller share" in loyalty(apart)
    near = indicators(
        requirements=0.3,
        requirements_low=0.25,
        requirements_high=0.35,
        mean_requirements=0.33,
        mean_requirements_low=0.3,
    )
    assert "heavy users" not in loyalty(near)
    shelf = near.assign(form="Own shelf")
    assert "There is no panel" in loyalty(shelf)


@pytest.mark.parametrize(
    ("nps", "told"),
    [((10, 2, 18), "promoters outnumber detractors"), ((-9, -15, -2), "detractors outnumber promoters"),
     ((3, -4, 10), "which of the two are more cannot be told")],
)  # fmt: skip
def test_the_net_promoter_score_is_read_by_its_interval(nps, told):
    assert told in loyalty(indicators(), nps)


def test_the_index_is_told_with_coverage_sensitivity_and_reliability():
    told = loyalty(indicators())
    assert "The index exists for 60 of 1,000 customers" in told
    assert "Most loyal are: Champions, with 0.70 against 0.50 over all." in told
    assert "“Recognition” is left out; then the rank correlation with the equal weights is 0.80, and 50.0\xa0%" in told
    assert "hang together well enough" in told
    assert "measure more than one thing" in loyalty(indicators(), alpha=0.6)
    nobody = INDEX.assign(scored=0, loyalty=math.nan, coverage=math.nan)
    assert "No customer shows three indicators" in loyalty(indicators(), index=nobody)
    assert "120 respondents, 12.0\xa0% of the customers, and of those who like to answer" in told
    small = repr(readings.loyalty(indicators(), INDEX, SENSITIVE.head(0), (Alpha(math.nan), pd.DataFrame(columns=["alpha"]), pd.DataFrame()),
                                  ({"n": 0}, *[pd.DataFrame()] * 3), 30))  # fmt: skip
    assert "30 respondents, 3.0\xa0% of the customers: a small survey" in small


def test_where_much_of_the_base_answered_the_finite_population_is_told():
    """sqrt(1 - 360 / 1000) = 0.8: intervals for exactly these customers would be a fifth narrower."""
    told = readings.loyalty(indicators(), INDEX, SENSITIVE.head(0), (Alpha(math.nan), pd.DataFrame(columns=["alpha"]), pd.DataFrame()),
                            ({"n": 0}, *[pd.DataFrame()] * 3), 360)  # fmt: skip
    assert "would be 20.0\xa0% narrower" in repr(told)
    few = readings.loyalty(indicators(), INDEX, SENSITIVE.head(0), (Alpha(math.nan), pd.DataFrame(columns=["alpha"]), pd.DataFrame()),
                           ({"n": 0}, *[pd.DataFrame()] * 3), 40)  # fmt: skip
    assert "narrower" not in repr(few), "less than a twentieth of them"


def test_the_table_of_indicators_names_what_is_missing_only_where_something_is():
    known = pd.DataFrame({
        "key": ["repeat"], "number": [1], "indicator": ["Repeat purchase"], "form": ["Behaviour"], "measure": ["Bought"],
        "value": [0.4], "low": [0.3], "high": [0.5], "n": [1234], "counted": ["Buyers"], "kind": ["share"],
        "loyal_when": ["High"], "needs": [""],
    })  # fmt: skip
    shown = readings.indicators(known)
    assert shown.iloc[0].to_dict() == {
        "indicator": "Repeat purchase", "form": "Behaviour", "measure": "Bought", "value": "40.0\xa0%",
        "value_interval": "30.0\xa0% to 50.0\xa0%", "counted": "1,234 buyers", "loyal_when": "High",
    }  # fmt: skip
    unknown = known.assign(value=math.nan, low=math.nan, high=math.nan, n=0, needs="Table survey")
    row = readings.indicators(unknown).iloc[0]
    assert (row["value"], row["counted"], row["needs"]) == ("–", "–", "Table survey")


CALLS = pd.DataFrame({"customer_id": ["a", "b", "b"], "overdue_hours": [5.0, -3, 2], "recent_revenue": [100.0, 40, 40]})
RECOVERY = pd.DataFrame({
    "group": ["Result in time", "Result late or none"], "again_share": [0.7, 0.3], "expected_share": [0.7, 0.7],
    "ratio": [1.0, 0.4], "ratio_low": [0.9, 0.3], "ratio_high": [1.1, 0.5],
})  # fmt: skip


def test_service_comes_first_where_somebody_waits():
    told = repr(readings.service_first(IPA, PROMISES, CALLS, RECOVERY, "EUR"))
    assert told.startswith(
        "Call 2 customers today; for 2 of them a promise is already broken. Together the 2 brought EUR\xa0140"
    )
    assert "60.0\xa0% of those who would have bought again stayed away (50.0\xa0% to 70.0\xa0%)" in told
    assert "“Result” within 72 hours is kept in 60.0\xa0% of the cases" in told
    assert told.endswith("Improve Reliability first: these matter to customers and are seen as weak.")
    no_harm = RECOVERY.assign(ratio_high=1.2)
    assert "stayed away" not in repr(readings.service_first(IPA, PROMISES, CALLS, no_harm))


def test_without_survey_and_log_it_says_what_to_begin_with():
    nothing = PROMISES.assign(kept_share=math.nan)
    told = repr(readings.service_first(IPA.head(0), nothing, CALLS.head(0), RECOVERY.head(0)))
    assert "Keep a log of complaints" in told
    assert "Ask customers what they expect" in told
    good = IPA.assign(quadrant="Keep up")
    assert "keep up what matters" in repr(readings.service_first(good, PROMISES, CALLS.head(0), RECOVERY.head(0)))


def test_a_section_that_needs_a_table_says_so_in_the_readers_language():
    assert repr(readings.needs("Table survey")) == "Nothing to show here. This section needs: Table survey."
    with words.using("zh"):
        assert "Table survey" not in repr(readings.needs("Table survey"))
