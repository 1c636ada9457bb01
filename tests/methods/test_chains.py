"""Markov chains: textbook results, and odd chains told from sound ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_analysis.methods import chains

OZ = np.array([[0.5, 0.25, 0.25], [0.5, 0, 0.5], [0.25, 0.25, 0.5]])
"""The Land of Oz weather (Kemeny and Snell 1960; Grinstead and Snell, Introduction to Probability, example 11.1)."""


def stochastic(draw, k):
    rows = draw(st.lists(st.lists(st.floats(0.05, 1), min_size=k, max_size=k), min_size=k, max_size=k))
    matrix = np.array(rows)
    return matrix / matrix.sum(axis=1, keepdims=True)


@st.composite
def matrices(draw):
    return stochastic(draw, draw(st.integers(2, 5)))


def test_the_land_of_oz_has_the_published_steady_state_and_powers():
    assert chains.steady(OZ) == pytest.approx([0.4, 0.2, 0.4])
    assert chains.paths(OZ, [1, 0, 0], 6)[6] == pytest.approx([0.4, 0.2, 0.4], abs=0.0005), "printed as .400 .200 .400"
    assert chains.paths(OZ, [1, 0, 0], 2)[2] == pytest.approx([0.4375, 0.1875, 0.375])


@given(matrices())
def test_the_steady_state_is_one_step_from_itself(matrix):
    steady = chains.steady(matrix)
    assert steady @ matrix == pytest.approx(steady, abs=1e-12)
    assert steady.sum() == pytest.approx(1)
    assert chains.paths(matrix, steady, 5) == pytest.approx(np.tile(steady, (6, 1)))
    assert 0 <= chains.speed(matrix) < 1


def test_expected_runs_and_speed_by_hand():
    two = np.array([[0.75, 0.25], [0.5, 0.5]])
    assert chains.expected_run(two).tolist() == [4, 2]
    assert chains.speed(two) == pytest.approx(0.25), "the eigenvalues are 1 and 0.25"
    assert chains.expected_run(np.eye(2)).tolist() == [np.inf, np.inf]
    assert chains.steps_to_steady(two, [1, 0]) == 3, "1/3, 1/12, 1/48, 1/192 away: 1/192 is within 0.01, 1/48 is not"


def test_separate_groups_have_no_single_steady_state():
    with pytest.raises(ValueError, match="several closed classes"):
        chains.steady(np.eye(2))


def test_classes_periods_and_absorbing_states():
    turn = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0.0]])
    assert chains.classes(turn) == [{"states": [0, 1, 2], "closed": True, "period": 3}]
    leak = np.array([[0.5, 0.5, 0], [0.5, 0.4, 0.1], [0, 0, 1]])
    assert [(c["states"], c["closed"]) for c in chains.classes(leak)] == [([0, 1], False), ([2], True)]
    assert chains.shape(OZ, ("r", "n", "s")).empty
    assert "visited in a fixed turn" in chains.shape(turn, ("a", "b", "c"))["finding"].tolist()
    odd = chains.shape(leak, ("a", "b", "c"))
    assert odd["finding"].tolist() == ["left for good, sooner or later", "never left once bought"]
    assert odd["states"].tolist() == ["a, b", "c"]
    assert "separate groups between which nobody moves" in chains.shape(np.eye(2), ("a", "b"))["finding"].tolist()


def test_a_log_sorted_by_brand_is_found_out():
    """Sorted inside each customer, a log shows moves up the alphabet only, as Ecdat's Ketchup and Tuna do."""
    matrix = np.array([[0.9, 0.1, 0], [0, 0.8, 0.2], [0, 0, 1]])
    order = [2, 0, 1]
    assert chains.triangular(matrix[np.ix_(order, order)])
    assert "sorted by brand" in chains.shape(matrix, ("a", "b", "c"))["finding"].iloc[0]
    assert not chains.triangular(OZ)


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        ([[0.5, 0.6], [0, 1]], "row of Own sums to 1.1, not to 1"),
        ([[1.2, -0.2], [0, 1]], "row of Own holds 1.2, -0.2: a probability lies between 0 and 1"),
        ([[1, 0]], "as many rows as columns"),
        ([["much", 0], [0, 1]], "all of them numbers"),
        ([[float("nan"), 1], [0, 1]], "row of Own holds nan"),
    ],
)
def test_a_typed_matrix_is_checked_and_never_mended(matrix, words):
    with pytest.raises(ValueError, match=words):
        chains.checked(matrix, ("Own", "Rival"))


def test_all_faults_are_named_at_once_and_names_must_fit():
    with pytest.raises(ValueError, match=r"row of a .*; the row of b "):
        chains.checked([[0.5, 0.4], [0.2, 0.2]], "ab")
    with pytest.raises(ValueError, match="2 rows need 2 different names"):
        chains.checked(np.eye(2), ("a", "a"))
    assert chains.checked([[0.1 + 0.2, 0.7], [0, 1]]).shape == (2, 2), "rounding in the last digit is no fault"
