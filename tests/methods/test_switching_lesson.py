"""The closing exercise: the printed key refuted by arithmetic, its repairs by hand, exercises marked without telling."""

from pathlib import Path

import nbformat
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_analysis.methods import clv, switching_lesson
from tests.methods.test_chains import matrices
from tests.methods.test_clv import LESSON

START, PRINTED = (0.5, 0.3, 0.2), (267.2, 199.0, 114.5)
NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "classroom" / "closing_exercise.ipynb"


def test_the_printed_key_implies_shares_of_more_than_everything():
    """(267.2 / 300 - .5) x 1.1 = .4297, (199 / 300 - .3) x 1.1 = .3997, (114.5 / 300 - .2) x 1.1 = .1998: 102.9 %."""
    key = switching_lesson.key(PRINTED, START, 300, 0.1, "ABC")
    assert key["implied_share"].tolist() == pytest.approx([0.42973, 0.39967, 0.19983], abs=1e-5)
    assert key["implied_share"].sum() == pytest.approx(1 + (sum(PRINTED) - 300 - 300 / 1.1) * 1.1 / 300)
    assert key["value_if_wrong"].tolist() == pytest.approx([259.227, 191.027, 106.527], abs=1e-3)


def test_each_repair_makes_the_key_possible():
    key = switching_lesson.key(PRINTED, START, 300, 0.1, "ABC")
    for place in range(3):
        repaired = [*PRINTED]
        repaired[place] = key["value_if_wrong"][place]
        again = switching_lesson.key(repaired, START, 300, 0.1, "ABC")
        assert again["implied_share"].sum() == pytest.approx(1)
        assert sum(repaired) == pytest.approx(300 + 300 / 1.1)


@given(matrices(), st.floats(0, 0.5), st.floats(0.5, 3))
def test_values_of_any_matrix_imply_the_shares_they_came_from(matrix, rate, frequency):
    start = np.arange(1, len(matrix) + 1) / np.arange(1, len(matrix) + 1).sum()
    worth = clv.values(start, matrix, 300, rate, 1, frequency=frequency)
    key = switching_lesson.key(worth, start, 300, rate, "ABCDE"[: len(matrix)], frequency)
    assert key["implied_share"].to_numpy() == pytest.approx(start @ matrix, abs=1e-9)
    assert key["share_if_wrong"].to_numpy() == pytest.approx(key["implied_share"].to_numpy(), abs=1e-9)


def test_all_matrices_have_one_sum_and_the_key_another():
    found = switching_lesson.totals({"ours": LESSON, "stay": np.eye(3)}, START, 300, 0.1, 1, "ABC")
    assert found["sum"].tolist() == pytest.approx([572.7273, 572.7273], abs=1e-4)
    assert found.loc[1, list("ABC")].tolist() == pytest.approx([286.3636, 171.8182, 114.5455], abs=1e-4)
    assert switching_lesson.with_key(found, PRINTED, "key")["sum"].iloc[-1] == pytest.approx(580.7)
    with pytest.raises(ValueError, match=r"the row of A sums to 0\.9"):
        switching_lesson.totals({"bad": [[0.9, 0, 0], [0, 1, 0], [0, 0, 1]]}, START, 300, 0.1, 1, "ABC")


def test_the_exercises_by_hand():
    """S2[A] = .43 x .7 + .37 x .1 + .2 x .25 = .388; one point of .5 at 300 / 1.1; the steady state solves pi = pi P."""
    right = switching_lesson.exercises(START, LESSON, 300, 0.1).set_index("exercise")["right"]
    assert right[1] == pytest.approx(0.388)
    assert right[2] == pytest.approx(267.2727 + 300 * 0.388 / 1.21, abs=1e-4)
    assert right[4] == pytest.approx(300 * 0.43 / 1.1)
    assert right[5] == pytest.approx(0.5 * 0.01 * 300 / 1.1)
    assert right[6] == pytest.approx(0.475), "C: .4 c = .1 (1 - c); A: .3 a = .1 b + .05; so (.325, .475, .2)"
    assert right[3] == pytest.approx(clv.values(START, LESSON, 300, 0.1, 400)[1], rel=1e-9)


def test_answers_are_marked_and_the_solution_is_not_shown():
    asked = switching_lesson.exercises(START, LESSON, 300, 0.1)
    told = switching_lesson.marked(asked, {1: 0.39, 2: 300.0, 5: 1.36})
    assert told["verdict"].tolist() == ["Not yet", "Not yet", "No answer", "No answer", "Right", "No answer"]
    assert "right" not in told


def test_the_lesson_is_short_plain_and_has_its_sums_checked():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert len(notebook.cells) <= 26
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert len(cell.source.splitlines()) <= 12
            assert bool(cell.outputs) == ("check" in cell.metadata.get("tags", []))
    (check,) = [c for c in notebook.cells if "check" in c.metadata.get("tags", [])]
    said = check.outputs[0]["text"]
    assert said.count("572.73") == 6, "sum and annuity, and four matrices"
    assert "580.70" in said
