"""Gamma-gamma: the published CDNOW estimates, the gradient, and the pull to the mean."""

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from crm_analysis.methods import spend

CDNOW = Path(__file__).parent / "published" / "cdnow.csv"


@pytest.fixture(scope="module")
def repeaters():
    table = pd.read_csv(CDNOW)
    table = table[table["repeat_purchases"] > 0]
    return table.rename(columns={"repeat_purchases": "purchases"})[["purchases", "mean_spend"]].astype(float)


def test_the_published_estimates_of_cdnow(repeaters):
    """Fader and Hardie (2013), note 025: p = 6.25, q = 3.74, gamma = 15.44, from 946 customers."""
    found = spend.learn(repeaters)
    assert found.customers == 946
    assert (found.p, found.q, found.gamma) == pytest.approx((6.25, 3.74, 15.44), abs=0.01)
    assert found.mean == pytest.approx(35.2, abs=0.05)
    assert all(error > 0 for error in found.errors)


def test_the_gradient_is_that_of_the_likelihood(repeaters):
    x, m = repeaters["purchases"].to_numpy(), repeaters["mean_spend"].to_numpy()
    counts, where = np.unique(x, return_inverse=True)
    data, at = (x, m, counts, np.bincount(where)), np.log([5.0, 3.0, 12.0])
    _, gradient = spend._likelihood(at, data)
    for i, one in enumerate(np.eye(3)):
        up, down = (spend._likelihood(at + s * one, data)[0] for s in (1e-6, -1e-6))
        assert gradient[i] == pytest.approx((up - down) / 2e-6, rel=1e-5)


def test_expected_spending_by_hand_and_between_own_and_common_mean():
    """p = 6, q = 4, gamma = 15: mean of all 30. Two purchases of 40 together: 6 (15 + 40) / (12 + 3) = 22."""
    profile = spend.Profile(6.0, 4.0, 15.0, (0.0,) * 3, 0.0, 1)
    people = pd.DataFrame({"purchase_days": [2, 0, 200], "gross_revenue": [40.0, 0.0, 4000.0]})
    found = spend.score(people, profile)["expected_spend"].tolist()
    assert found == pytest.approx([22.0, 30.0, 6 * 4015 / 1203])
    assert spend.score(duckdb.connect().from_df(people), profile).df()["expected_spend"].tolist() == pytest.approx(
        found
    )


def test_money_in_another_unit_scales_gamma_only(repeaters):
    one, other = spend.learn(repeaters), spend.learn(repeaters.assign(mean_spend=repeaters["mean_spend"] * 100))
    assert (other.p, other.q, other.gamma) == pytest.approx((one.p, one.q, one.gamma * 100), rel=1e-4)


def test_pairs_count_every_purchase_with_money():
    table = pd.DataFrame({"purchase_days": [2, 1, 0], "gross_revenue": [30.0, 0.0, 0.0]})
    assert spend.pairs(table).values.tolist() == [[2.0, 15.0]]


def test_too_little_is_refused_and_correlation_is_looked_at(repeaters):
    with pytest.raises(ValueError, match="at least ten are needed"):
        spend.learn(repeaters.head(5))
    with pytest.raises(ValueError, match="at least ten are needed, all with money above 0"):
        spend.learn(repeaters.assign(mean_spend=0.0))
    assert abs(spend.correlation(repeaters)) < 0.3
    assert np.isnan(spend.correlation(repeaters.head(1)))
    assert spend.table(spend.learn(repeaters))["parameter"].tolist() == ["p", "q", "gamma"]
