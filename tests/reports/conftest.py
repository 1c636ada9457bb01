"""A small company and small notebooks, for what need not run the whole suite."""

import nbformat
import pytest

ROWS = """customer_id,order_id,order_date,amount
0001,a,2024-01-05,10.00
0001,b,2024-02-05,15.50
0002,c,2024-02-07,20.00
"""


@pytest.fixture
def orders(tmp_path):
    """A clean order log of three lines."""
    path = tmp_path / "orders.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


@pytest.fixture
def notebook(tmp_path):
    """Make a notebook whose one working cell is the given code; returns its path."""

    def made(code, name="99_test"):
        cells = [
            nbformat.v4.new_markdown_cell("# Test: does it run?\n\nIt needs nothing."),
            nbformat.v4.new_code_cell('source: str = ""  # source\nas_of: str = ""  # day\nnote: str = "x"  # a text'),
            nbformat.v4.new_markdown_cell("## The part that works"),
            nbformat.v4.new_code_cell(code),
            nbformat.v4.new_code_cell(
                "from crm_analysis.display import headlines\nheadlines.show(note=('Note', note, 'text'))"
            ),
        ]
        cells[1].metadata["tags"] = ["parameters"]
        path = tmp_path / f"{name}.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        return path

    return made
