"""Own shares with inertia: moments by hand, planted numbers found again, value in closed form."""

import numpy as np
import pytest

from crm_analysis.methods import clv, occasions, switching, switching_checks, switching_personal
from crm_analysis.methods.occasions import Rules
from tests.methods.panel_made import AS_OF, BRANDS, LAST, lines


def made(seed=1, customers=1500, n=25, inertia=0.3, concentration=2.0):
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(concentration * np.array([0.5, 0.3, 0.2]), customers)
    state = np.array([rng.choice(3, p=s) for s in shares])
    rows, edges = [], np.cumsum(shares, axis=1)
    for step in range(n):
        if step:
            fresh = np.minimum((edges <= rng.random(customers)[:, None]).sum(axis=1), 2)
            state = np.where(rng.random(customers) < inertia, state, fresh)
        rows += [(f"{p:05d}", LAST - 7 * (n - step), BRANDS[b]) for p, b in enumerate(state)]
    return lines(rows)


def test_inertia_and_concentration_are_found_again():
    seen = occasions.table(made(), BRANDS, Rules(), AS_OF)
    found = switching_personal.learn(switching_checks.triples(seen, BRANDS, Rules()), BRANDS)
    assert found.inertia == pytest.approx(0.3, abs=0.04)
    assert found.concentration == pytest.approx(2.0, rel=0.2)
    assert found.shares == pytest.approx([0.5, 0.3, 0.2], abs=0.02)


def test_the_moments_by_hand():
    """R1 = .6, R2 = .44: inertia .56 / .4 - 1 = .4, fresh agreement 1 - .4 / .6 = 1/3; two brands alike: sum q^2 = .5
    cannot be more than the agreement, so customers do not differ at all."""
    triples = np.zeros((2, 2, 2))
    triples[0, 0, 0] = triples[1, 1, 1] = 16  # both steps repeat
    triples[0, 0, 1] = triples[1, 1, 0] = 14
    triples[0, 1, 1] = triples[1, 0, 0] = 14
    triples[0, 1, 0] = triples[1, 0, 1] = 6
    found = switching_personal.learn(triples, "AB")
    assert found.inertia == pytest.approx((1 - 0.44) / (1 - 0.6) - 1)
    assert found.concentration == 1e6
    assert found.shares == (0.5, 0.5)


def test_variety_seekers_have_no_negative_inertia_and_one_brand_cannot_be_learned():
    triples = np.zeros((2, 2, 2))
    triples[0, 1, 0] = triples[1, 0, 1] = 10
    assert switching_personal.learn(triples, "AB").inertia == 0
    with pytest.raises(ValueError, match="cannot be told"):
        switching_personal.learn(np.zeros((2, 2, 2)), "AB")


def test_own_shares_lie_between_the_own_purchases_and_everybodys():
    it = switching_personal.Personal(("A", "B"), 0.0, 2.0, (0.5, 0.5))
    own = switching_personal.own_shares([[4, 0], [0, 0], [400, 0]], it)
    assert own == pytest.approx(np.array([[5 / 6, 1 / 6], [0.5, 0.5], [401 / 402, 1 / 402]]))
    sticky = switching_personal.own_shares([[4, 0]], it._replace(inertia=0.5))
    assert sticky[0, 0] == pytest.approx((2.5 + 1) / 4.5), "of four purchases in a row two and a half are fresh"


def test_the_closed_form_is_the_value_of_the_own_matrix():
    model = switching.Model(np.eye(2), np.array([1.0, 0]), 4.0, np.array([10.0, 20.0]))
    own, standing, inertia = np.array([[0.7, 0.3]]), np.array([[0.0, 1.0]]), 0.4
    matrix = inertia * np.eye(2) + (1 - inertia) * np.vstack([own, own])
    for terms in (clv.Terms(0.5, 0.1, 3.0), clv.Terms(0.5, 0.1, 0.0, "rlz")):
        found = switching_personal.per_customer(standing, own, model, terms, inertia)
        exact = clv.per_customer(model._replace(matrix=matrix, start=standing[0]), terms)
        assert found[0] == pytest.approx(exact)
