"""The importance-performance map: quadrants by hand, derived importance that sees through a halo."""

import numpy as np
import pandas as pd
import pytest

from crm_analysis.data.tables import DETERMINANTS
from crm_analysis.methods import importance

FOUR = ("reliability", "access", "courtesy", "security")


def answers(perceived, points, n=6, **more):
    """Respondents who all say the same: ``perceived`` and ``points`` by determinant."""
    table = pd.DataFrame({"customer_id": [f"c{i}" for i in range(n)]})
    for name in perceived:
        table[f"expected_{name}"], table[f"perceived_{name}"] = 5.0, float(perceived[name])
        table[f"importance_{name}"] = float(points[name])
    return table.assign(**more)


PERCEIVED = dict(zip(FOUR, (3, 6, 4, 7), strict=True))
POINTS = dict(zip(FOUR, (40, 35, 10, 15), strict=True))


def test_each_quadrant_is_named_by_both_cuts():
    table = importance.table(answers(PERCEIVED, POINTS)).set_index("dimension")
    assert table.attrs["cuts"] == (5.0, 0.25)
    assert table["quadrant"].to_dict() == {
        "Reliability": "Concentrate here", "Access": "Keep up", "Courtesy": "Low priority", "Security": "Possible overkill",
    }  # fmt: skip
    assert table["advice"].str.len().min() > 20
    assert table.index.tolist() == ["Reliability", "Access", "Courtesy", "Security"], "the most urgent first"


def test_a_value_on_the_line_counts_as_high():
    even = importance.table(answers(dict.fromkeys(FOUR, 5), dict.fromkeys(FOUR, 25)))
    assert set(even["quadrant"]) == {"Keep up"}


def test_the_cross_hair_can_stand_at_the_median_or_the_middle_of_the_scale():
    assert importance.table(answers(PERCEIVED, POINTS), cut="median").attrs["cuts"] == (5.0, 0.25)
    skewed = PERCEIVED | {"security": 5, "access": 5}
    assert importance.table(answers(skewed, POINTS), cut="midpoint").attrs["cuts"][0] == 4.0
    assert importance.table(answers(skewed, POINTS), cut="median").attrs["cuts"][0] == 4.5
    assert importance.table(answers(skewed, POINTS)).attrs["cuts"][0] == 4.25


@pytest.fixture(scope="module")
def halo():
    """600 respondents whose answers share a mood; satisfaction rests on reliability and, half as much, on access."""
    rng = np.random.default_rng(11)
    mood = rng.standard_normal((600, 1))
    seen = 5 + 0.8 * mood + 0.6 * rng.standard_normal((600, 10))
    table = pd.DataFrame({f"perceived_{d}": seen[:, i] for i, d in enumerate(DETERMINANTS)})
    for d in DETERMINANTS:
        table[f"expected_{d}"] = 5.0
    drivers = seen[:, DETERMINANTS.index("reliability")] + 0.5 * seen[:, DETERMINANTS.index("access")]
    table["satisfaction"] = drivers + 0.3 * rng.standard_normal(600)
    return table.assign(customer_id=[f"c{i}" for i in range(600)])


def test_a_halo_lifts_every_correlation_but_not_the_regression(halo):
    simple = importance.table(halo, importance="correlation").set_index("dimension")["importance"]
    joint = importance.table(halo, importance="regression").set_index("dimension")["importance"]
    assert simple.min() > 0.5, "everything goes with satisfaction"
    assert joint["Reliability"] / joint["Access"] == pytest.approx(2, rel=0.15)
    assert joint.drop(["Reliability", "Access"]).abs().max() < 0.08
    assert set(importance.table(halo, importance="regression").query("importance > 0.2")["dimension"]) == {
        "Reliability",
        "Access",
    }


def test_derived_importance_knows_no_scale(halo):
    stretched = halo.assign(
        perceived_reliability=100 * halo["perceived_reliability"], satisfaction=3 * halo["satisfaction"] - 7
    )
    for kind in ("correlation", "regression"):
        plain, moved = (
            importance.table(t, importance=kind).set_index("dimension")["importance"] for t in (halo, stretched)
        )
        pd.testing.assert_series_equal(moved.sort_index(), plain.sort_index(), rtol=1e-6)


def test_importance_that_cannot_be_derived_leaves_the_map_empty_not_wrong():
    assert importance.table(answers(PERCEIVED, POINTS), importance="regression").empty, "no question on satisfaction"
    flat = answers(PERCEIVED, POINTS, satisfaction=5.0)
    assert importance.table(flat, importance="correlation").empty, "nobody differs"


def test_unknown_choices_are_refused():
    with pytest.raises(ValueError, match="stated, correlation, regression"):
        importance.table(answers(PERCEIVED, POINTS), importance="guessed")
    with pytest.raises(ValueError, match="mean, median, midpoint"):
        importance.table(answers(PERCEIVED, POINTS), cut="mode")
