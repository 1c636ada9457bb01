"""BG/NBD: the published CDNOW estimates, the paper's formulas by other means, and every engine alike."""

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy.special import hyp2f1

from crm_analysis.methods import btyd, btyd_fit

CDNOW = Path(__file__).parent / "published" / "cdnow.csv"


@pytest.fixture(scope="module")
def cdnow():
    """Weeks, as in the paper; the code counts in whatever unit it is given."""
    table = pd.read_csv(CDNOW)
    return table.rename(columns={"last_purchase_weeks": "last_purchase_days", "age_weeks": "age_days"})


@pytest.fixture(scope="module")
def fitted(cdnow):
    return btyd.learn(btyd.grouped(cdnow))


def test_the_published_estimates_of_cdnow(fitted):
    """Fader, Hardie and Lee (2005), table 2: r = .243, alpha = 4.414, a = .793, b = 2.426, LL = -9582.4."""
    assert [round(v, 3) for v in fitted[:4]] == [0.243, 4.414, 0.793, 2.426]
    assert fitted.log_likelihood == pytest.approx(-9582.4, abs=0.05)
    assert fitted.customers == 2357


def test_the_published_estimates_of_the_modified_model(cdnow):
    """Batislam, Denizel and Filiztekin (2007) and D. Hoppe and U. Wagner (2007), Marketing ZFP 3, on CDNOW: r = .525,
    alpha = 6.183, a = .891, b = 1.614."""
    found = btyd.learn(btyd.grouped(cdnow), "MBG/NBD")
    assert [round(v, 3) for v in found[:4]] == [0.525, 6.183, 0.891, 1.614]
    assert btyd.best(btyd.grouped(cdnow)) == found, "its likelihood is a little larger"


def test_the_first_purchase_may_be_the_last_in_the_modified_model():
    """x = 0: alive 1 / (1 + a / b ((alpha + T) / alpha)^r); a = b = 1, r = 1, alpha = 10, T = 30: 1 / 5."""
    one = pd.DataFrame({"repeat_purchases": [0.0], "last_purchase_days": [0.0], "age_days": [30.0]})
    profile = btyd.Profile(1.0, 10.0, 1.0, 1.0, (0.0,) * 4, 0.0, 1, "MBG/NBD")
    assert btyd.score(one, profile, 10)["alive_probability"].iloc[0] == pytest.approx(0.2)
    with pytest.raises(ValueError, match="model must be one of BG/NBD, MBG/NBD"):
        btyd.learn(one, "Pareto/NBD")


def test_the_published_forecast_of_cdnow_for_one_customer(fitted):
    """The authors' spreadsheet: x = 2, t_x = 30.43, T = 38.86 lead to 1.226 purchases in the next 39 weeks."""
    one = pd.DataFrame({"repeat_purchases": [2.0], "last_purchase_days": [30.43], "age_days": [38.86]})
    assert btyd.score(one, fitted, 39)["expected_purchases"].iloc[0] == pytest.approx(1.226, abs=0.0005)


def test_equal_histories_counted_once_are_the_same_customers(cdnow, fitted):
    one_by_one = btyd.learn(cdnow[["repeat_purchases", "last_purchase_days", "age_days"]])
    assert one_by_one[:4] == pytest.approx(fitted[:4], rel=1e-5)
    assert len(btyd.grouped(cdnow)) < len(cdnow) / 2


def test_days_instead_of_weeks_change_the_scale_only(cdnow, fitted):
    days = cdnow.assign(last_purchase_days=cdnow["last_purchase_days"] * 7, age_days=cdnow["age_days"] * 7)
    found = btyd.learn(btyd.grouped(days))
    assert (found.r, found.alpha, found.a) == pytest.approx((fitted.r, 7 * fitted.alpha, fitted.a), rel=1e-4)


@pytest.mark.parametrize("first", [0, 1])
def test_slope_and_curvature_are_those_of_the_likelihood(cdnow, first):
    columns = ["repeat_purchases", "last_purchase_days", "age_days"]
    data = btyd_fit.prepared(*(cdnow[c].to_numpy(dtype=float) for c in columns), np.ones(len(cdnow)), first)
    at = np.log([0.3, 5.0, 0.7, 2.0])
    _, slope, curve = btyd_fit.likelihood(at, data)
    for i, one in enumerate(np.eye(4)):
        up, down = (btyd_fit.likelihood(at + s * one, data) for s in (1e-6, -1e-6))
        assert slope[i] == pytest.approx((up[0] - down[0]) / 2e-6, rel=1e-5)
        assert curve[i] == pytest.approx((up[1] - down[1]) / 2e-6, rel=1e-5, abs=1e-3)


def test_the_likelihood_does_not_depend_on_how_many_histories_are_taken_at_once(cdnow, fitted, monkeypatch):
    groups = btyd.grouped(cdnow)
    monkeypatch.setattr(btyd_fit, "CHUNK", 97)
    monkeypatch.setattr(btyd_fit, "FEW", 200)
    assert btyd.learn(groups)[:4] == pytest.approx(fitted[:4], rel=1e-7)


def paper(profile, x, t_x, age, t):
    """Equation 10 of the paper, with the Gauss hypergeometric function."""
    r, alpha, a, b = profile[:4]
    ratio = (a + b + x - 1) / (a - 1)
    z = t / (alpha + age + t)
    above = 1 - ((alpha + age) / (alpha + age + t)) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, z)
    return ratio * above / (1 + (x > 0) * a / (b + x - 1) * ((alpha + age) / (alpha + t_x)) ** (r + x))


@pytest.mark.slow
@pytest.mark.parametrize(
    "parameters", [(0.243, 31.0, 0.79, 2.43), (0.9, 60.0, 0.2, 0.6), (2.0, 50.0, 3.0, 0.5), (5.0, 300.0, 0.05, 8.0)]
)
def test_expected_purchases_are_those_of_the_papers_formula(parameters):
    """400 histories of 0 to 80 repeat purchases, new customers and old, for a month and for more than a year."""
    profile, rng = btyd.Profile(*parameters, (0.0,) * 4, 0.0, 1), np.random.default_rng(8)
    x = np.minimum(rng.geometric(0.08, 400) - 1, 80).astype(float)
    age = rng.uniform(30, 900, 400)
    t_x = np.where(x > 0, rng.uniform(0.02, 1, 400) * age, 0.0)
    people = pd.DataFrame({"repeat_purchases": x, "last_purchase_days": t_x, "age_days": age})
    for days in (30.0, 400.0):
        found = btyd.score(people, profile, days)["expected_purchases"].to_numpy()
        assert found == pytest.approx(paper(profile, x, t_x, age, days), rel=2e-4)


def test_nothing_breaks_where_the_papers_formula_does():
    """At a = 1 equation 10 is 0 / 0; the mean it stands for is not."""
    one = pd.DataFrame({"repeat_purchases": [3.0], "last_purchase_days": [50.0], "age_days": [80.0]})
    values = [btyd.score(one, btyd.Profile(0.5, 20, a, 2.0, (0.0,) * 4, 0.0, 1), 90)["expected_purchases"].iloc[0] for a in (0.9999, 1.0, 1.0001)]  # fmt: skip
    assert values[0] > values[1] > values[2]
    assert values[1] == pytest.approx((values[0] + values[2]) / 2, rel=1e-6)


def test_alive_by_hand_and_by_limits():
    """x = 1, a = b = 1, r = 1, alpha = 10, t_x = 10, T = 30: odds 1 x (40 / 20)^2 = 4, alive 1 / 5."""
    profile = btyd.Profile(1.0, 10.0, 1.0, 1.0, (0.0,) * 4, 0.0, 1)
    people = pd.DataFrame(
        {"repeat_purchases": [1.0, 0.0], "last_purchase_days": [10.0, 0.0], "age_days": [30.0, 900.0]}
    )
    assert btyd.score(people, profile, 10)["alive_probability"].tolist() == pytest.approx([0.2, 1.0])


@pytest.mark.slow
def test_silence_lowers_and_purchases_raise_what_to_expect(fitted):
    silent = pd.DataFrame({"repeat_purchases": 3.0, "last_purchase_days": 20.0, "age_days": np.arange(20.0, 60.0, 5)})
    assert btyd.score(silent, fitted, 30)["alive_probability"].is_monotonic_decreasing
    longer = [btyd.score(silent.iloc[:1], fitted, days)["expected_purchases"].iloc[0] for days in (0, 1, 10, 100)]
    assert longer == sorted(longer)
    assert longer[0] == 0


def test_discounted_purchases_are_the_sum_over_weeks(cdnow, fitted):
    weekly = fitted._replace(alpha=fitted.alpha * 7)
    people = cdnow.assign(last_purchase_days=cdnow["last_purchase_days"] * 7, age_days=cdnow["age_days"] * 7).head(300)
    x, t_x, age = (people[c].to_numpy() for c in ("repeat_purchases", "last_purchase_days", "age_days"))
    ends = np.append(np.arange(7.0, 2 * 365.25, 7), 2 * 365.25)
    grown = np.array([paper(weekly, x, t_x, age, t) for t in ends])
    middle = (np.append(0, ends[:-1]) + ends) / 2
    long = (np.diff(grown, axis=0, prepend=0.0) * 1.1 ** -(middle / 365.25)[:, None]).sum(axis=0)
    found = btyd.discounted(people, weekly, 0.1, 2.0)["discounted_purchases"].to_numpy()
    assert found == pytest.approx(long, rel=1e-3)
    assert (found < btyd.score(people, weekly, 2 * 365.25)["expected_purchases"].to_numpy()).all()


def test_histories_come_from_the_customer_table():
    table = pd.DataFrame({"purchase_days": [3, 1, 0], "recency_days": [5, 9, 2], "tenure_days": [25, 9, 2]})
    found = btyd.histories(table)[["repeat_purchases", "last_purchase_days", "age_days"]]
    assert found.values.tolist() == [[2, 20, 25], [0, 0, 9]], "whoever never bought is left out"


def test_engines_agree(cdnow, fitted):
    some = cdnow.head(200)
    there = duckdb.connect().from_df(some)
    pd.testing.assert_frame_equal(btyd.grouped(some), btyd.grouped(there), check_dtype=False)
    here, lazy = btyd.score(some, fitted, 39), btyd.score(there, fitted, 39)
    assert isinstance(lazy, duckdb.DuckDBPyRelation)
    key = ["repeat_purchases", "last_purchase_days", "age_days", "mean_spend"]
    pd.testing.assert_frame_equal(
        here.sort_values(key, ignore_index=True), lazy.df().sort_values(key, ignore_index=True), check_dtype=False
    )


def test_parameters_are_found_again():
    """20,000 customers drawn from the model; every parameter within three of its standard errors."""
    rng, n, span = np.random.default_rng(12), 20_000, 400
    rate, stop = rng.gamma(0.8, 1 / 60, n), rng.beta(1.2, 3.0, n)
    x, last, at, alive = np.zeros(n), np.zeros(n), np.zeros(n), np.ones(n, dtype=bool)
    while alive.any():
        at = at + rng.exponential(1 / np.maximum(rate, 1e-12))
        alive &= at <= span
        x, last = x + alive, np.where(alive, at, last)
        alive &= rng.random(n) >= stop
    found = btyd.learn(pd.DataFrame({"repeat_purchases": x, "last_purchase_days": last, "age_days": float(span)}))
    for value, error, truth in zip(found[:4], found.errors, (0.8, 60, 1.2, 3.0), strict=True):
        assert abs(value - truth) < 3 * error


@pytest.mark.parametrize(
    ("history", "words"),
    [
        ((1, 50, 40), "1 histories cannot be"),
        ((0, 5, 40), "1 histories cannot be"),
        ((0, 0, 40), "nobody bought twice"),
    ],
)
def test_histories_that_cannot_be_are_refused(history, words):
    with pytest.raises(ValueError, match=words):
        btyd.learn(pd.DataFrame([history], columns=["repeat_purchases", "last_purchase_days", "age_days"]))


def test_the_table_has_errors_of_every_parameter(fitted):
    table = btyd.table(fitted)
    assert table["parameter"].tolist() == ["r", "alpha", "a", "b"]
    assert (table["error"] > 0).all()
    assert btyd.expected_from_start(fitted, 39) == pytest.approx(float(paper(fitted, 0, 0.0, 0.0, 39)))
