"""Parameters: declared in a notebook, checked before anything runs, carried into the kernel unchanged."""

import ast

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_analysis.reports import parameters
from crm_analysis.reports.parameters import Parameter, UsageError


def notebook(source):
    cell = nbformat.v4.new_code_cell(source)
    cell.metadata["tags"] = ["parameters"]
    return nbformat.v4.new_notebook(cells=[cell])


DECLARED = parameters.declared(
    notebook(
        'brand: str = ""  # brand to look at; empty: all\n'
        "levels: int = 5  # scores per dimension [2, 10]\n"
        "share: float = 0.2  # share called the best [0, 1]\n"
        "returns: bool = True  # take returns off\n"
        'count: str = "orders"  # what is counted {orders, lines}\n'
    )
)


def test_a_declaration_gives_type_default_help_range_and_choices():
    assert DECLARED["levels"] == Parameter("levels", "int", 5, "scores per dimension", (2.0, 10.0), None)
    assert DECLARED["count"].choices == ("orders", "lines")
    assert DECLARED["brand"].help == "brand to look at; empty: all"


@pytest.mark.parametrize("text", ["00123", "no", "12:30:45", "１２３", "nan", "'; DROP TABLE orders; --", "1e5"])
def test_text_stays_the_text_it_is(text):
    values = parameters.checked([("brand", text)], DECLARED)
    assert values == {"brand": text}
    assert ast.literal_eval(parameters.cell(values).removeprefix("brand = ")) == text


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("brnad", "Aurora", "unknown parameter 'brnad'; did you mean 'brand'?"),
        ("zzzz", "1", "there are brand, count, levels"),
        ("levels", "abc", "needs a whole number, not 'abc'"),
        ("levels", "5.0", "needs a whole number"),
        ("levels", "1_0", "needs a whole number"),
        ("levels", " 5", "needs a whole number"),
        ("levels", "٥", "needs a whole number"),
        ("levels", "1000000000", "from 2 to 10"),
        ("share", "nan", "needs a number"),
        ("share", "inf", "needs a number"),
        ("share", "1e999", "needs a number"),
        ("share", "1.5", "from 0 to 1"),
        ("returns", "maybe", "true or false"),
        ("count", "customers", "one of orders, lines"),
        ("brand", "a\0b", "control characters"),
        ("brand", "\ud800", "control characters"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_would(name, text, message):
    with pytest.raises(UsageError) as error:
        parameters.checked([(name, text)], DECLARED)
    assert message in str(error.value)


def test_a_parameter_given_twice_is_refused_and_all_problems_come_at_once():
    with pytest.raises(UsageError) as error:
        parameters.checked([("levels", "3"), ("levels", "4"), ("shar", "1")], DECLARED)
    assert "given twice" in str(error.value)
    assert "'shar'" in str(error.value)


@pytest.mark.parametrize("line", ["n = 5", "import os", "n: int", "x: int = os.getpid()", "y: list = []"])
def test_a_line_that_declares_nothing_is_the_authors_mistake(line):
    with pytest.raises((ValueError, TypeError)):
        parameters.declared(notebook(line))


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), st.text() | st.integers() | st.booleans()))
def test_every_value_reads_back_unchanged_from_the_cell(values):
    namespace = {node.targets[0].id: ast.literal_eval(node.value) for node in ast.parse(parameters.cell(values)).body}
    assert namespace == values


def test_a_file_of_parameters_gives_the_text_that_stands_in_it(tmp_path):
    path = tmp_path / "p.yml"
    path.write_text("brand: 00123\nother: no\ntime: 12:30:45\n'quoted': \"x y\"\nempty:\nlevels: 5\n", encoding="utf-8")
    assert parameters.from_file(path) == [
        ("brand", "00123"), ("other", "no"), ("time", "12:30:45"), ("quoted", "x y"), ("empty", ""), ("levels", "5"),
    ]  # fmt: skip
    path.write_text("")
    assert parameters.from_file(path) == []


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [*{a},*{a},*{a},*{a},*{a},*{a},*{a},*{a},*{a}]\n" for a, b in zip("abcdef", "bcdefg", strict=True)
)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- a\n- b", "write one parameter per line"),
        ("levels: [1, 2]", "line 1: a value is one text or number"),
        ("brand: {a: 1}", "a value is one text or number"),
        ("? [a]\n: b", "a value is one text or number"),
        (BOMB, "a value is one text or number|an alias has no place here"),
        ("a: &x 1\nb: *x", "line 2: an alias has no place here"),
        ("a: 'open", "found unexpected end of stream"),
        ("a: \x00", "special characters are not allowed|no YAML file"),
        ("a: " + "x" * 70000, "longer than"),
    ],
)
def test_a_file_that_holds_more_than_plain_values_is_refused(tmp_path, text, says):
    path = tmp_path / "p.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=says):
        parameters.from_file(path)


def test_a_name_that_stands_twice_in_a_file_is_refused(tmp_path):
    path = tmp_path / "p.yml"
    path.write_text("levels: 4\nlevels: 5\n")
    with pytest.raises(UsageError, match="'levels' is given twice"):
        parameters.checked(parameters.from_file(path), DECLARED)


@pytest.mark.slow
def test_a_file_of_the_users_is_found_from_where_the_command_is_called_and_no_page_tells_where(
    crm, notebook, orders, tmp_path, monkeypatch
):
    (tmp_path / "own.csv").write_text("a\n1\n")
    monkeypatch.chdir(tmp_path)
    reads = notebook("assert open(rules).read() == 'a\\n1\\n'\nassert word == 'own.csv'",
                     parameters=['rules: str = ""  # a CSV file with rules', 'word: str = ""  # a word'])  # fmt: skip
    done = crm("report", reads, "--source", orders, "--out", "r", "-p", "rules", "own.csv", "-p", "word", "own.csv")
    assert done.code == 0, done.err
    for page in ("index.html", "99_test.html"):
        assert str(tmp_path) not in (tmp_path / "r" / page).read_text(encoding="utf-8")
