"""The small language of source files: what it computes and what it refuses."""

import duckdb
import pytest

from crm_analysis.data.sourcefile import formula


def value(text, **columns):
    names = ", ".join(f"{v!r} AS {k}" for k, v in columns.items()) or "1 AS one"
    sql = formula.sql(formula.parsed(text), lambda name: f'"{name}"')
    return duckdb.sql(f"SELECT {sql} FROM (SELECT {names})").fetchall()[0][0]


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        ("a * (b - 1) / 2", {"a": 3.0, "b": 5.0}, 6.0),
        ("-a + 2", {"a": 3.0}, -1.0),
        ("a / 0", {"a": 3.0}, None),
        ("round(a * 1.15, 2)", {"a": 10.0}, 11.5),
        ("coalesce(a, 0) + abs(b)", {"a": 1.0, "b": -2.0}, 3.0),
        ("concat(c, '-', d)", {"c": "x", "d": "y"}, "x-y"),
        ("c == 'x' and not d in ('y', 'z')", {"c": "x", "d": "y"}, False),
        ("c != 'x' or a >= 3", {"c": "x", "a": 3.0}, True),
        ('c == "O\'Neil"', {"c": "x"}, False),
    ],
)
def test_a_formula_gives(text, columns, expected):
    assert value(text, **columns) == expected


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')", "a.b", "a[0]", "lambda: 1", "[x for x in a]", "f'{a}'", "a if b else c", "open('x')", "a ** 99999",
        "a; b", "a = 1", "(a := 1)", "True", "None", "b'x'", "1j", "a < b < c", "a is b", "a in b", "abs(a, b)", "round(a, b=1)",
        "concat(*a)", "a and b", "'x' + 'y'", "a + 1 == 'x'", "a" * 3000, "(" * 500 + "a" + ")" * 500, "", "9e999",
    ],
)  # fmt: skip
def test_everything_else_is_refused(text):
    with pytest.raises(formula.FormulaError):
        formula.parsed(text)


def test_a_column_has_one_type_throughout():
    assert formula.parsed("a > 1 and a + b > 2").columns == {"a": "number", "b": "number"}
    with pytest.raises(formula.FormulaError, match="used as"):
        formula.parsed("a > 1 and a == 'x'")


def test_a_text_cannot_break_out_of_its_quotes():
    assert value('c == "\'; DROP TABLE x; --"', c="x") is False
