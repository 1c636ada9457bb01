"""May the matrix be used: each test is right about panels whose truth is known, and by hand on tiny ones."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest

from crm_analysis.methods import moves, occasions, switching, switching_checks
from crm_analysis.methods.occasions import Rules
from tests.methods import panel_made
from tests.methods.panel_made import AS_OF, BRANDS, LAST, lines

RULES = Rules()


def seen(frame, states=BRANDS):
    return occasions.table(frame, states, RULES, AS_OF)


def own_shares_only(seed=1, customers=300, n=12):
    """Customers who differ and do not remember: each purchase from the own shares (Dirichlet), order without meaning."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(customers):
        shares = rng.dirichlet([0.6] * 3)
        rows += [(f"{person:04d}", LAST - 7 * (n - i), BRANDS[b]) for i, b in enumerate(rng.choice(3, n, p=shares))]
    return lines(rows)


def alike_without_memory(seed=1, customers=200, n=12):
    rng = np.random.default_rng(seed)
    picks = rng.choice(3, (customers, n), p=[0.5, 0.3, 0.2])
    return lines(
        [(f"{p:04d}", LAST - 7 * (n - i), BRANDS[b]) for p, row in enumerate(picks) for i, b in enumerate(row)]
    )


def with_two_memories(seed=1, customers=200, n=14):
    """The brand before last is bought again with probability .7: a chain of second order."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(customers):
        past = list(rng.integers(0, 3, 2))
        for _ in range(n):
            past.append(past[-2] if rng.random() < 0.7 else int(rng.integers(3)))
        rows += [(f"{person:04d}", LAST - 7 * (n + 2 - i), BRANDS[b]) for i, b in enumerate(past)]
    return lines(rows)


def test_likelihood_ratio_of_the_orders_by_hand():
    """One customer, A A A B A B: triples AAA, AAB, ABA, BAB; zero order A 2/4; first A->A 1/2.. as in Anderson and Goodman."""
    one = lines([("x", 100 + i, b) for i, b in enumerate("AAABAB")])
    table = switching_checks.order(seen(one, ("A", "B")), ("A", "B"), RULES)
    zero = 4 * math.log(1 / 2)
    first = 3 * math.log(1 / 3) + 2 * math.log(2) + 0.0  # from A: A 1, B 2 of 3; from B: A 1 of 1
    assert table["log_likelihood"].tolist() == pytest.approx([zero, first, 2 * math.log(1 / 2)])
    assert table["parameters"].tolist() == [1, 2, 4]
    assert table.loc[1, "likelihood_ratio"] == pytest.approx(2 * (first - zero))


@pytest.mark.parametrize(
    ("made", "best"), [(alike_without_memory, 0), (lambda: panel_made.drawn(1), 1), (with_two_memories, 2)]
)
def test_bic_finds_the_order_that_was_planted(made, best):
    table = switching_checks.order(seen(made()), BRANDS, RULES)
    assert int(table["bic"].idxmin()) == best
    if best == 0:
        assert table.loc[1, "p_value"] > 0.001


def test_nobody_with_three_purchases_cannot_be_tested():
    with pytest.raises(ValueError, match="nobody bought on three occasions"):
        switching_checks.order(seen(lines([("x", 1, "A"), ("x", 2, "B")])), BRANDS, RULES)


def counted(frame, states=BRANDS):
    return moves.count(seen(frame, states), states, RULES, AS_OF)


def test_expected_repeats_are_the_mean_over_all_orders():
    """A A A B B C in all 720 orders: mean and variance of the number of repeats, by brute force."""
    every = [sum(a == b for a, b in itertools.pairwise(order)) for order in itertools.permutations("AAABBC")]
    told = switching_checks.inertia(counted(lines([("x", 100 + i, b) for i, b in enumerate("AAABBC")])))
    assert told["if_only_different"] * 5 == pytest.approx(np.mean(every))
    assert told["z"] == pytest.approx((3 - np.mean(every)) / np.std(every))
    assert told["repeat_rate"] == pytest.approx(3 / 5)
    assert told["if_all_alike"] == pytest.approx((9 + 4 + 1) / 36)


def test_difference_between_people_is_told_from_inertia():
    people = switching_checks.inertia(counted(own_shares_only()))
    chain = switching_checks.inertia(counted(panel_made.drawn(2, customers=300, mean=12)))
    assert people["explained"] > 0.95
    assert abs(people["z"]) < 3
    assert chain["explained"] < 0.35
    assert chain["z"] > 10


def test_the_customer_test_of_equal_matrices_is_right_when_they_are_equal_and_when_they_are_not():
    one, same, other = (panel_made.sample(f) for f in (
        panel_made.drawn(1), panel_made.drawn(2), panel_made.drawn(3, matrix=np.array([[0.6, 0.3, 0.1], [0.2, 0.6, 0.2], [0.25, 0.15, 0.6]])),
    ))  # fmt: skip
    named = [s._replace(customers=np.array([f"{i}{c}" for c in s.customers])) for i, s in enumerate((one, same, other))]
    assert switching_checks.same(named[0], named[1])["f_p_value"] > 0.01
    told = switching_checks.same(named[0], named[2])
    assert told["f_p_value"] < 1e-4
    assert told["p_value"] < 1e-4
    assert told["degrees"] == 6


def test_equal_samples_of_the_same_customers_do_not_differ():
    one = panel_made.sample(panel_made.drawn(4))
    told = switching_checks.same(one, one)
    assert told["statistic"] == pytest.approx(0, abs=1e-8)
    assert told["largest_difference"] == 0


@pytest.mark.slow
def test_the_customer_test_keeps_its_level_where_the_classical_one_does_not():
    """Half against half of heavy-tailed, different people: nothing differs; 30 panels."""
    rejected = np.zeros(2)
    for seed in range(30):
        sample = panel_made.sample(panel_made.drawn(seed, customers=160, spread=True, mean=8))
        told = switching_checks.same(
            switching.subset(sample, np.arange(80)), switching.subset(sample, np.arange(80, 160))
        )
        rejected += [told["p_value"] < 0.05, told["f_p_value"] < 0.05]
    assert rejected[0] > 6, "purchases as independent: rejects far too often"
    assert rejected[1] <= 5


def test_halves_part_the_time_and_share_no_step():
    frame = panel_made.drawn(5, customers=60)
    (first, second), cut = switching_checks.halves(seen(frame), BRANDS, RULES, AS_OF)
    days = frame["purchase_day"]
    assert cut == days.min() + (days.max() - days.min()) // 2
    both = first.counts.sum() + second.counts.sum()
    crossing = frame.groupby("customer_id")["purchase_day"].agg(["min", "max"])
    assert both == panel_made.sample(frame).counts.sum() - ((crossing["min"] <= cut) & (crossing["max"] > cut)).sum()


def test_light_and_heavy_buyers_are_everybody():
    sample = panel_made.sample(panel_made.drawn(6))
    light, heavy = switching_checks.by_frequency(sample)
    assert light.counts.sum() + heavy.counts.sum() == sample.counts.sum()
    assert heavy.counts.sum() / len(heavy.customers) > light.counts.sum() / len(light.customers)


def test_hard_core_loyals_are_found_again():
    """Counts exactly as the model makes them: a = (.5, .2, .3), q = (.2, .5, .3)."""
    loyal, chosen = np.array([0.5, 0.2, 0.3]), np.array([0.2, 0.5, 0.3])
    counts = np.array([1000, 2000, 3000])[:, None] * ((1 - loyal)[:, None] * chosen + np.diag(loyal))
    table, fit = switching_checks.hard_core(counts, BRANDS)
    assert table["loyal_share"].tolist() == pytest.approx(loyal, abs=1e-4)
    assert table["switcher_share"].tolist() == pytest.approx(chosen, abs=1e-4)
    assert fit["statistic"] == pytest.approx(0, abs=1e-3)
    assert fit["degrees"] == 1


def test_independent_choices_have_no_hard_core():
    table, _ = switching_checks.hard_core(np.outer([10.0, 20, 30], [0.2, 0.3, 0.5]), BRANDS)
    assert table["loyal_share"].max() < 0.01
    with pytest.raises(ValueError, match="every brand needs steps"):
        switching_checks.hard_core(np.array([[1.0, 1], [0, 0]]), "AB")
    assert isinstance(table, pd.DataFrame)
