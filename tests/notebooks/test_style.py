"""The house style of the notebooks, so that each reads like the others."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

from crm_analysis.reports import parameters

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("[0-9]*.ipynb"))
TAGS = {"parameters", "setup", "teach", "check"}


def tags(cell):
    return cell.metadata.get("tags", [])


@pytest.fixture(params=NOTEBOOKS, ids=lambda p: p.stem)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


def code(notebook):
    return [c for c in notebook.cells if c.cell_type == "code"]


def test_there_are_notebooks_to_hold_to_the_style():
    assert [p.stem[:2] for p in NOTEBOOKS] == [f"{i:02d}" for i in range(1, len(NOTEBOOKS) + 1)]
    assert NOTEBOOKS


def test_it_opens_with_one_question_as_its_only_title(notebook):
    first = notebook.cells[0]
    assert first.cell_type == "markdown"
    assert re.match(r"# [^:\n]+: [^\n]+\?\n\n\S", first.source), "title as 'Topic: question?', then what it needs"
    titles = [line for c in notebook.cells if c.cell_type == "markdown" for line in re.findall(r"^# .*", c.source, re.M)]
    assert len(titles) == 1


def test_second_come_the_parameters_and_third_the_setup(notebook):
    assert tags(notebook.cells[1]) == ["parameters"]
    assert tags(notebook.cells[2]) == ["setup"]
    declared = parameters.declared(notebook)
    assert {"source", "as_of", "lang"} <= set(declared)
    assert "charts.use_style(lang)" in notebook.cells[2].source
    assert all(p.help for p in declared.values()), "each parameter says what it is for"
    for p in declared.values():
        if p.type != "str" or p.choices:
            assert parameters.value(str(p.default), p) == p.default, "the default is among the allowed values"


def test_it_has_the_sections_every_report_has(notebook):
    heads = [line for c in notebook.cells if c.cell_type == "markdown" for line in re.findall(r"^## (.*)", c.source, re.M)]
    assert heads[0] == "Data"
    assert heads[-2:] == ["What it means", "Limits"]
    assert 12 <= len(notebook.cells) <= 26


def test_cells_are_short_and_plain(notebook):
    for cell in code(notebook):
        most = 18 if tags(cell) == ["parameters"] else 12  # parameters stand one per line
        assert 1 <= len(cell.source.splitlines()) <= most, cell.source
        tree = ast.parse(cell.source)
        banned = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Try, ast.Lambda)
        assert not [n for n in ast.walk(tree) if isinstance(n, banned)], cell.source
        assert not re.search(r"^\s*[!%]", cell.source, re.M)
        assert max(map(len, cell.source.splitlines())) <= 120


def test_imports_stand_in_the_setup_cell_only(notebook):
    for cell in code(notebook):
        imports = [n for n in ast.walk(ast.parse(cell.source)) if isinstance(n, ast.Import | ast.ImportFrom)]
        assert not imports or tags(cell) == ["setup"], cell.source


def test_only_known_tags_are_used_and_only_check_cells_keep_outputs(notebook):
    for cell in notebook.cells:
        assert set(tags(cell)) <= TAGS
    for cell in code(notebook):
        kept = "check" in tags(cell)
        assert bool(cell.outputs) == bool(cell.execution_count) == kept, cell.source
    assert any("check" in tags(c) for c in code(notebook))


def test_prose_states_no_figure_that_the_data_decides(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and "teach" not in tags(cell) and "## Limits" not in cell.source:
            assert not re.search(r"\d+(\.\d+)?\s*(%|EUR|USD)", cell.source), cell.source


def test_a_headline_cell_stands_before_the_limits(notebook):
    assert "headlines.show(" in notebook.cells[-2].source
