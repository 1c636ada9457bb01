"""Movement between two dates: every customer is counted once, and the margins are the class sizes."""

import duckdb
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from crm_analysis.methods import movement

CLASSES = ["A", "B", "C"]


def table(**classes):
    return pd.DataFrame({"customer_id": list(classes), "tier": list(classes.values())})


BEFORE = table(a="A", b="B", c="C", d="C", e="B")
AFTER = table(a="B", b="A", c="C", d="A", f="B")


def test_each_direction_worked_by_hand():
    moved = movement.moves(BEFORE, AFTER, "tier", CLASSES).set_index("customer_id")
    assert moved["direction"].to_dict() == {"a": "Down", "b": "Up", "c": "Same", "d": "Up", "e": "Gone", "f": "New"}
    counted = movement.counts(moved.reset_index())
    assert movement.totals(counted) == {"up": 2, "down": 1, "same": 1, "new": 1, "gone": 1}


def test_the_matrix_has_the_class_sizes_as_margins():
    matrix = movement.matrix(movement.counts(movement.moves(BEFORE, AFTER, "tier", CLASSES)), CLASSES)
    assert matrix.index.tolist() == ["New", "A", "B", "C"]
    assert matrix.columns.tolist() == ["A", "B", "C", "Gone"]
    assert matrix.loc["C"].tolist() == [1, 0, 1, 0]
    assert matrix.sum().sum() == 6


def test_lists_carry_what_is_asked_and_are_in_a_stable_order():
    after = AFTER.assign(revenue=[5, 4, 3, 2, 1])
    moved = movement.moves(BEFORE, after, "tier", CLASSES)
    found = movement.listed(moved, after, ["revenue"])
    assert found.values.tolist() == [["a", "Down", "A", "B", 5], ["b", "Up", "B", "A", 4], ["d", "Up", "C", "A", 2]]


def test_row_shares_leave_a_class_without_customers_missing():
    shares = movement.shares(pd.DataFrame({"A": [1, 0], "B": [3, 0]}, index=["A", "B"]))
    assert shares.loc["A"].tolist() == [0.25, 0.75]
    assert shares.loc["B"].isna().all()


people = st.dictionaries(st.integers(0, 40).map(str), st.sampled_from(CLASSES), min_size=1, max_size=40)


@given(people, people)
def test_rows_and_columns_add_up_to_the_classes(before, after):
    was, now = table(**before), table(**after)
    matrix = movement.matrix(movement.counts(movement.moves(was, now, "tier", CLASSES)), CLASSES)
    sizes = was["tier"].value_counts()
    assert all(matrix.loc[c].sum() == sizes.get(c, 0) for c in CLASSES)
    sizes = now["tier"].value_counts()
    assert all(matrix[c].sum() == sizes.get(c, 0) for c in CLASSES)
    assert matrix.to_numpy().sum() == len(set(before) | set(after))


def test_duckdb_moves_like_pandas():
    connection = duckdb.connect()
    there = movement.moves(connection.from_df(BEFORE), connection.from_df(AFTER), "tier", CLASSES)
    here = movement.moves(BEFORE, AFTER, "tier", CLASSES)
    columns = ["customer_id", "before", "after", "direction"]
    pd.testing.assert_frame_equal(
        there.df()[columns].sort_values("customer_id").reset_index(drop=True),
        here[columns].sort_values("customer_id").reset_index(drop=True),
        check_dtype=False,
    )
