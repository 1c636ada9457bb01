"""A small company and small notebooks, for what need not run the whole suite."""

import signal
from typing import NamedTuple

import nbformat
import pytest

from crm_analysis import cli
from tests.reports.outside import fingerprint

ROWS = """customer_id,order_id,order_date,amount
0001,a,2024-01-05,10.00
0001,b,2024-02-05,15.50
0002,c,2024-02-07,20.00
"""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Done(NamedTuple):
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def last(self):
        """The last line of its errors."""
        return self.err.strip().splitlines()[-1]


def made_notebook(folder, code, name="99_test", parameters=(), headline='note=("Note", note, "text")'):
    """Write a notebook whose one working cell is the given code; returns its path."""
    declared = ['source: str = ""  # source', 'as_of: str = ""  # day', 'note: str = "x"  # a text', *parameters]
    cells = [
        nbformat.v4.new_markdown_cell("# Test: does it run?\n\nIt needs nothing."),
        nbformat.v4.new_code_cell("\n".join(declared)),
        nbformat.v4.new_markdown_cell("## The part that works"),
        nbformat.v4.new_code_cell(code),
        nbformat.v4.new_code_cell(f"from crm_analysis.display import headlines\nheadlines.show({headline})"),
    ]
    cells[1].metadata["tags"] = ["parameters"]
    path = folder / f"{name}.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def made_orders(folder):
    """A clean order log of three lines; its path."""
    path = folder / "orders.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


@pytest.fixture
def orders(tmp_path):
    """A clean order log of three lines."""
    return made_orders(tmp_path)


@pytest.fixture
def notebook(tmp_path):
    """Make a notebook whose one working cell is the given code; returns its path."""

    def made(code, name="99_test", **more):
        return made_notebook(tmp_path, code, name, **more)

    return made


@pytest.fixture
def crm(capsys):
    """The command line in this process: quicker than a process of its own, and the same but for being killed."""
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def called(*arguments):
        capsys.readouterr()
        code = cli.main([str(a) for a in arguments])
        for number, handler in before.items():
            signal.signal(number, handler)
        said = capsys.readouterr()
        return Done(code, said.out, said.err)

    yield called
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A report published once, with its fingerprint; its path has blanks, braces and Chinese in it."""
    folder = tmp_path_factory.mktemp("a {b} 客户")
    out = folder / "reports {0}" / "周报 r"
    asked = [made_notebook(folder, "note", "98 好 {x}"), "--source", made_orders(folder), "--out", out]
    assert cli.main(["report", *map(str, asked)]) == 0
    for number in SIGNALS:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    return out, fingerprint(out)
