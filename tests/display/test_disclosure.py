"""Small cells are withheld, and cannot be had by subtraction either."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from crm_analysis.display import disclosure

TABLES = arrays.arrays(np.int64, arrays.array_shapes(min_dims=2, max_dims=2, max_side=6), elements=st.integers(0, 30))


def hidden_rows(counts, **more):
    return disclosure.rows(pd.DataFrame({"customers": counts}), **more).tolist()


def test_nothing_is_withheld_where_every_group_is_large_enough():
    assert hidden_rows([5, 8, 0, 100]) == [False] * 4


def test_one_small_group_takes_the_next_smallest_with_it():
    assert hidden_rows([4, 50, 12, 0]) == [True, False, True, False]


def test_two_small_groups_protect_each_other():
    assert hidden_rows([4, 50, 12, 1]) == [True, False, False, True]


def test_a_group_that_is_the_whole_base_stands_alone():
    assert hidden_rows([3, 0, 0]) == [True, False, False]


def test_the_minimum_is_a_parameter():
    assert hidden_rows([12, 50, 30], minimum=20) == [True, False, True]
    assert hidden_rows([1, 2, 3], minimum=1) == [False] * 3


def test_a_small_cell_in_a_cross_table_needs_three_more():
    counts = [[3, 20, 30], [20, 20, 30], [20, 9, 30]]
    assert disclosure.cells(counts).sum() == 4


@given(TABLES)
def test_no_small_cell_is_shown_and_no_line_has_a_single_hidden_one(counts):
    hidden = disclosure.cells(counts)
    assert hidden[(counts > 0) & (counts < disclosure.MINIMUM)].all()
    assert not hidden[counts == 0].any()
    for axis in (0, 1):
        single = (hidden.sum(axis=axis) == 1) & ((counts > 0).sum(axis=axis) > 1)
        assert not single.any()


@given(TABLES)
def test_every_withheld_cell_could_be_another_number(counts):
    """A reader who knows all totals and shown cells can add 1 along a closed path of hidden cells: no unique answer."""
    hidden = disclosure.cells(counts)
    places = np.argwhere(hidden)
    lines = np.zeros((sum(counts.shape), len(places)))
    for i, (row, column) in enumerate(places):
        lines[row, i] = lines[counts.shape[0] + column, i] = 1
    lonely = {i for i, (r, c) in enumerate(places) if (counts[r] > 0).sum() == 1 or (counts[:, c] > 0).sum() == 1}
    for i in set(range(len(places))) - lonely:
        rest = np.delete(lines, i, axis=1)
        determined = np.linalg.matrix_rank(rest) < np.linalg.matrix_rank(lines)
        touches = {j for j in lonely if (places[j] == places[i]).any()}
        assert not determined or touches


@given(TABLES, st.randoms())
def test_the_order_of_rows_does_not_change_how_much_is_withheld_of_small_cells(counts, random):
    order = list(range(len(counts)))
    random.shuffle(order)
    small = (counts > 0) & (counts < disclosure.MINIMUM)
    assert (disclosure.cells(counts[order])[small[order]]).all()
