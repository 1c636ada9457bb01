"""Charts: self-contained, the same bytes every time, labels as text, and words for those who cannot see them."""

import datetime
import re
import warnings
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from matplotlib import colormaps
from matplotlib.axes import Axes

from crm_analysis.display import charts, language
from crm_analysis.display.charts import base

MONTHS = pd.DataFrame(
    {
        "month": [datetime.date(2025, m, 1) for m in range(1, 7)],
        "revenue": [10.0, 20.0, 15.0, 30.0, 12.0, 99.0],
        "new_customers": [5, 4, 3, 2, 1, 0],
        "returning_customers": [0, 1, 2, 3, 4, 5],
        "complete": [True] * 5 + [False],
    }
)
COHORTS = pd.DataFrame(
    {"customers": [10, 30], 0: [1.0, 1.0], 1: [0.5, 0.1], 2: [0.2, np.nan]},
    index=[datetime.date(2025, 1, 1), datetime.date(2025, 2, 1)],
)
GRID = pd.DataFrame([[1.0, np.nan], [3.0, 4.0]], index=[2, 1], columns=[1, 2])
SHARES = pd.DataFrame(
    {"segment": ["$\\frac{$", "_own", "北京", "<b>"], "a": [0.1, 0.2, 0.3, 0.4], "b": [0.4, 0.3, 0.2, 0.1]}
)
LORENZ = pd.DataFrame({"customer_share": [0, 0.5, 1], "value_share": [0, 0.2, 1]})

MADE = {
    "months": lambda: charts.months(MONTHS, "EUR"),
    "cohorts": lambda: charts.cohorts(COHORTS),
    "grid": lambda: charts.grid(GRID, "Customers by score", unit="Customers"),
    "shares": lambda: charts.shares(SHARES, "segment", {"a": "Share of customers", "b": "Share of revenue"}, "Shares"),
    "lorenz": lambda: charts.lorenz(LORENZ, 0.3),
}


@pytest.fixture(autouse=True)
def style():
    import matplotlib.pyplot as plt

    with plt.rc_context(), language.using("en"):
        charts.use_style()
        yield
    assert plt.get_fignums() == [], "a chart leaves no figure open"


@pytest.mark.parametrize("name", MADE)
def test_a_chart_is_wellformed_inert_and_the_same_bytes_every_time(name):
    chart = MADE[name]()
    root = ET.fromstring(chart.svg)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert not tags & {"script", "foreignObject", "a", "text"}, "type is drawn as outlines"
    links = [v for e in root.iter() for k, v in e.attrib.items() if k.endswith("href")]
    assert all(link.startswith(("#", "data:image/png")) for link in links), "nothing is fetched"
    assert chart.svg == MADE[name]().svg
    data, about = chart._repr_mimebundle_()
    assert data["image/svg+xml"] == chart.svg
    assert about["image/svg+xml"]["alt"] == chart.alt
    assert len(chart.alt) > 40


@pytest.mark.slow
def test_the_text_alternative_tells_the_finding_with_its_unit():
    assert "April 2025 with EUR\xa030.00" in MADE["months"]().alt, "the best whole month, not the unfinished one"
    assert "20.0\xa0% of the revenue" in MADE["lorenz"]().alt
    assert "20.0\xa0% of the customers bought again" in MADE["cohorts"]().alt, "(10 x 0.5 + 30 x 0.1) / 40"
    assert "recency score 1 and frequency score 2, is 4" in MADE["grid"]().alt
    assert "$\\frac{$ with 40.0\xa0%" in MADE["shares"]().alt


def test_blank_cells_are_explained():
    assert "Blank" in MADE["grid"]().caption
    assert charts.grid(GRID.fillna(0), "Customers").caption == ""


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", MADE)
def test_names_in_any_script_are_drawn_without_a_warning(name, lang, monkeypatch):
    monkeypatch.setitem(SHARES, "segment", ["北京", "龘𠀀", "\U00013080", "שלום"])
    charts.use_style(lang)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert MADE[name]().svg == MADE[name]().svg


def test_chinese_is_drawn_with_our_own_type():
    charts.use_style("zh")
    ours = re.findall(r'id="([^"]*?)-[0-9a-f]+"', MADE["shares"]().svg)
    assert any(name.startswith("NotoSansSCGB2312") for name in ours)


def test_a_chart_speaks_the_language():
    charts.use_style("zh")
    assert "2025年4月，为30.00欧元" in MADE["months"]().alt
    assert "小的50%客户只带来20.0%的收入" in MADE["lorenz"]().alt
    assert MADE["grid"]().caption == "空白：没有客户得到这一组评分。"
    segments = SHARES.assign(segment=["At risk", "Champions", "Hibernating", "New customers"])
    assert "最大的是流失风险客户" in charts.shares(segments, "segment", {"b": "Share of revenue"}, "Shares").alt
    brands = segments.rename(columns={"segment": "brand"})
    assert "最大的是At risk" in charts.shares(brands, "brand", {"b": "Share of revenue"}, "Shares").alt


def test_large_figures_on_an_axis_are_short_in_each_language():
    from crm_analysis.display.charts import base

    values = (950, 25_000, 1_200_000, 3_500_000_000)
    assert [base._short(v, "money") for v in values] == ["950", "25 k", "1.2 m", "3.5 bn"]
    language.use("zh")
    assert [base._short(v, "money") for v in values] == ["950", "2.5万", "120万", "35亿"]


def test_bars_and_cohorts_of_few_customers_are_withheld():
    segments = pd.DataFrame({"segment": list("ABC"), "customers": [3, 9, 60], "customer_share": [0.04, 0.13, 0.83]})
    shown = charts.shares(segments, "segment", {"customer_share": "Share of customers"}, "Sizes")
    assert "withheld" in shown.caption
    assert "4 %" not in shown.alt
    none = charts.shares(segments.assign(customers=2), "segment", {"customer_share": "Share of customers"}, "Sizes")
    assert "Largest" not in none.alt
    months = pd.Index(pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01"]), name="cohort")
    cohorts = pd.DataFrame({"customers": [40, 2, 7], 0: 1.0, 1: [0.5, 1.0, 0.0]}, index=months)
    assert "withheld" in charts.cohorts(cohorts).caption
    assert "50" in charts.cohorts(cohorts).alt  # 20 of the 40 that are shown, the others being withheld


def test_a_heatmap_whose_cells_are_all_withheld_still_draws():
    grid = pd.DataFrame([[1.0, 2.0], [3.0, 1.0]])
    shown = charts.grid(grid, "Customers", counts=grid)
    assert "largest" not in shown.alt
    assert "withheld" in shown.caption


def test_withheld_flows_stand_together_at_the_end_of_their_class(monkeypatch):
    """One customer rose from B to A; A to A, A to B and B to B would tell it by subtraction. Together they are 60 of A and
    21 of B on the earlier day, 41 and 40 on the later one, and no band or gap has the height of one of them.
    """
    drawn, draw = [], Axes.fill_between

    def noted(axis, x, low, high=0, **style):
        drawn.append((x, low, high))
        return draw(axis, x, low, high, **style)

    monkeypatch.setattr(Axes, "fill_between", noted)
    rows = [("A", "A", "Same", 40), ("A", "B", "Down", 20), ("B", "A", "Up", 1), ("B", "B", "Same", 20)]
    rows += [("A", "C", "Down", 30), ("C", "C", "Same", 50)]
    counted = pd.DataFrame(rows, columns=["before", "after", "direction", "customers"])
    days = datetime.date(2026, 4, 1), datetime.date(2026, 7, 1)
    shown = charts.flows(counted, ["A", "B", "C"], "How customers moved", days)
    stubs = [(x, high - low) for x, low, high in drawn if isinstance(x, tuple) and high - low > 0.5]
    assert [(*x, round(height)) for x, height in stubs] == [(0, 0.07, 60), (0, 0.07, 21), (0.93, 1, 41), (0.93, 1, 40)]
    assert "Grey stubs" in shown.caption
    assert "withheld" in shown.caption


def test_figures_in_a_heatmap_stand_out_from_their_cell():
    for level in np.linspace(0, 1, 101):
        colour = np.array(colormaps[base.SEQUENTIAL](level)[:3])
        linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)  # WCAG 2.2
        light = linear @ [0.2126, 0.7152, 0.0722] + 0.05
        assert (light / 0.05 if level > base.BLACK_FROM else 1.05 / light) > 4.45
