"""The choice model: published estimates of a public panel, known truth, and matrices by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crm_analysis.methods import choice

YOGURT = Path(__file__).parent / "published" / "yogurt.csv"
BRANDS = ("dannon", "hiland", "weight", "yoplait")
TERMS = ("price", "feat", "brand hiland", "brand weight", "brand yoplait")


@pytest.fixture(scope="module")
def yogurt():
    table = pd.read_csv(YOGURT)
    x = np.zeros((len(table), 4, 5))
    for i, brand in enumerate(BRANDS):
        x[:, i, 0], x[:, i, 1] = table[f"price.{brand}"], table[f"feat.{brand}"]
        if i:
            x[:, i, 1 + i] = 1.0
    return choice.Choices(x, table["choice"].map(BRANDS.index).to_numpy(), table["household"].to_numpy(), BRANDS, TERMS)


def test_the_published_logit_of_the_yogurt_panel(yogurt):
    """J. P. Helveston, logitr (Journal of Statistical Software 105, 2023), vignette "Estimating Multinomial Logit Models",
    on the panel of Jain, Vilcassim and Chintagunta (1994): coefficients, standard errors, log likelihood."""
    fit = choice.learn(yogurt)
    assert fit.coefficients == pytest.approx([-0.366584, 0.491434, -3.715600, -0.641184, 0.734571], abs=2e-6)
    assert np.sqrt(np.diag(fit.information)) == pytest.approx(
        [0.024366, 0.120063, 0.145419, 0.054498, 0.080644], abs=2e-6
    )
    assert fit.log_likelihood == pytest.approx(-2656.8878779, abs=1e-6)
    told = choice.quality(fit)
    assert told["mcfadden"] == pytest.approx(0.2054148, abs=1e-7)
    assert told["bic"] == pytest.approx(5352.7168, abs=1e-3)
    assert (told["purchases"], told["customers"]) == (2412, 100)


def test_errors_with_the_household_as_the_unit_are_wider_on_a_real_panel(yogurt):
    table = choice.table(choice.learn(yogurt)).set_index("term")
    assert (table["error"] > 1.5 * table["classical_error"]).all()
    assert (table["low"] < table["coefficient"]).all()


def test_inertia_improves_the_published_model(yogurt):
    """State dependence is strong on this panel: the log likelihood rises by hundreds for one term."""
    keep = pd.Series(yogurt.customers).duplicated().to_numpy()
    last = pd.Series(yogurt.chosen).groupby(yogurt.customers).shift().to_numpy()[keep].astype(int)
    x = np.concatenate([yogurt.attributes[keep], np.eye(4)[last][:, :, None]], axis=2)
    plain = choice.learn(
        yogurt._replace(attributes=x[:, :, :5], chosen=yogurt.chosen[keep], customers=yogurt.customers[keep])
    )
    fit = choice.learn(yogurt._replace(attributes=x, chosen=yogurt.chosen[keep], customers=yogurt.customers[keep], terms=(*TERMS, choice.LAST)))  # fmt: skip
    assert fit.log_likelihood > plain.log_likelihood + 500
    assert fit.coefficients[-1] > 1


def made(seed=3, n=4000, beta=(0.5, -0.4, 1.2, -0.8)):
    """Purchases of three brands with inertia and price, drawn from the model; 200 customers."""
    rng, k = np.random.default_rng(seed), 3
    price = rng.uniform(1, 3, (n, k))
    x = np.zeros((n, k, 4))
    x[:, 1, 0], x[:, 2, 1], x[:, :, 3] = 1, 1, price
    chosen, who = np.zeros(n, dtype=int), np.repeat(np.arange(n // 20), 20)
    noise = rng.gumbel(size=(n, k))
    for i in range(n):
        if i % 20:
            x[i, chosen[i - 1], 2] = 1
        chosen[i] = (x[i] @ np.array(beta) + noise[i]).argmax()
    return choice.Choices(x, chosen, who, ("a", "b", "c"), ("brand b", "brand c", choice.LAST, "price"))


def test_planted_coefficients_are_found_again():
    fit = choice.learn(made())
    error = np.sqrt(np.diag(fit.covariance))
    assert (np.abs(fit.coefficients - [0.5, -0.4, 1.2, -0.8]) < 3 * error).all()


def test_the_matrix_by_hand():
    """Two brands alike, inertia ln 3, no price difference: 3 of 4 stay. Brand b dearer by one at -ln 2: 1/3 choose it..."""
    fit = choice.Fit(("a", "b"), (choice.LAST, "price"), np.array([np.log(3), -np.log(2)]), None, None, 0.0, 0.0, 1, 1)
    same = np.array([[0.0, 5.0], [0.0, 5.0]])
    assert choice.matrix(fit, same) == pytest.approx(np.array([[0.75, 0.25], [0.25, 0.75]]))
    dear = np.array([[9.0, 5.0], [9.0, 6.0]])
    assert choice.matrix(fit, dear) == pytest.approx(np.array([[6 / 7, 1 / 7], [0.4, 0.6]])), (
        "inertia is set, not taken"
    )
    every = choice.matrix(fit, np.stack([same, dear]))
    assert every.shape == (2, 2, 2), "one matrix per customer"
    assert every.sum(axis=2) == pytest.approx(np.ones((2, 2)))


def test_without_inertia_there_is_no_matrix(yogurt):
    with pytest.raises(ValueError, match="no term 'bought last'"):
        choice.matrix(choice.learn(yogurt), np.zeros((4, 5)))


def test_what_cannot_be_learned_is_named():
    good = made(n=400)
    flat = np.concatenate([good.attributes, np.ones((400, 3, 1))], axis=2)
    with pytest.raises(ValueError, match="tax does not differ between the brands"):
        choice.learn(good._replace(attributes=flat, terms=(*good.terms, "tax")))
    twice = np.concatenate([good.attributes, good.attributes[:, :, 3:]], axis=2)
    with pytest.raises(ValueError, match="price, cost cannot be told apart"):
        choice.learn(good._replace(attributes=twice, terms=(*good.terms, "cost")))
    sure = np.concatenate([good.attributes, np.eye(3)[good.chosen][:, :, None]], axis=2)
    with pytest.raises(ValueError, match="'told' predicts the choice without fail"):
        choice.learn(good._replace(attributes=sure, terms=(*good.terms, "told")))
    with pytest.raises(ValueError, match="no purchase with a known purchase before it"):
        choice.learn(good._replace(attributes=good.attributes[:0], chosen=good.chosen[:0]))


def test_brands_in_another_order_have_the_same_likelihood_and_slopes(yogurt):
    order = [2, 0, 3, 1]
    again = choice.learn(
        yogurt._replace(attributes=yogurt.attributes[:, order], chosen=np.argsort(order)[yogurt.chosen])
    )
    assert again.log_likelihood == pytest.approx(-2656.8878779, abs=1e-6)
