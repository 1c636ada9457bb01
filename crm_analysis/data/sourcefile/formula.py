"""The small language of a source file: ``quantity * unit_price``, ``country == "DE" and amount > 0``.

Python's grammar, a short list of allowed forms, and never a call to ``eval``: names become quoted columns, texts
quoted literals, and everything else is refused. A name with blanks stands in backticks: ``units * `unit price` ``.
"""

import ast
import re
from typing import NamedTuple

from crm_analysis.data.sql import literal

ARITHMETIC = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
COMPARE = {ast.Eq: "=", ast.NotEq: "<>", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
FUNCTIONS = {"abs": ("number", 1), "round": ("number", 2), "coalesce": ("same", 9), "concat": ("text", 9),
             "lower": ("text", 1), "upper": ("text", 1)}  # fmt: skip
LENGTH_MAX = 2000
QUOTED = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`([^`]+)`"""


class FormulaError(ValueError):
    """A formula that is not of the language; the text says what is wrong."""


class Formula(NamedTuple):
    """``tree`` of the formula and the type each column must have: ``number``, ``text`` or ``date``."""

    tree: ast.expr
    columns: dict
    type: str


def parsed(text, dates=()):
    """Check a formula and learn which columns it needs. ``dates``: columns that hold dates.

    >>> parsed("quantity * unit_price").columns
    {'quantity': 'number', 'unit_price': 'number'}
    >>> parsed("country in ('DE', 'AT') and not test == 'yes'").type
    'truth'
    """
    if not isinstance(text, str) or len(text) > LENGTH_MAX:
        raise FormulaError(f"a formula is a text of at most {LENGTH_MAX} characters")
    try:
        tree = _tree(text.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise FormulaError(f"not a formula: {getattr(error, 'msg', error)}") from None
    columns = {}
    kind = _typed(tree, columns, dates, None)
    return Formula(tree, columns, kind)


def _tree(text):
    """The syntax tree; names in backticks, which may hold blanks, become plain names on the way."""
    names = []

    def plain(match):
        if match.group(1) is None:
            return match.group(0)  # a text: backticks in it are letters
        names.append(match.group(1))
        return f"_backtick_{len(names) - 1}"

    tree = ast.parse(re.sub(QUOTED, plain, text), mode="eval").body
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id.startswith("_backtick_"):
            number = node.id.removeprefix("_backtick_")
            if not number.isdigit() or int(number) >= len(names):
                raise FormulaError(f"{node.id!r} is not allowed")
            node.id = names[int(number)]
    return tree


def sql(formula, column):
    """The formula as SQL; ``column(name)`` gives the SQL of a column's value."""
    return _sql(formula.tree, column)


def _typed(node, columns, dates, wanted):
    """The type of a node: number, text, date or truth; ``wanted`` is what its place asks for."""
    if isinstance(node, ast.Name):
        return _column(node.id, columns, dates, wanted)
    if isinstance(node, ast.Constant):
        return _constant(node)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        return _expect(_typed(node.operand, columns, dates, "number"), "number", node)
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        for side in (node.left, node.right):
            _expect(_typed(side, columns, dates, "number"), "number", side)
        return "number"
    if isinstance(node, ast.BoolOp) or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)):
        for part in getattr(node, "values", None) or [node.operand]:
            _expect(_typed(part, columns, dates, "truth"), "truth", part)
        return "truth"
    if isinstance(node, ast.Compare):
        return _comparison(node, columns, dates)
    if isinstance(node, ast.Call):
        return _call(node, columns, dates, wanted)
    raise FormulaError(f"{ast.unparse(node)!r} is not allowed: use columns, numbers, 'texts', + - * / ( ), "
                       f"comparisons, in, and, or, not, and {', '.join(FUNCTIONS)}")  # fmt: skip


def _column(name, columns, dates, wanted):
    kind = "date" if name in dates else wanted or "text"
    known = columns.get(name)
    if kind == "truth":
        raise FormulaError(f"{name!r} alone is not a condition: compare it, e.g. {name} == 'yes'")
    if known and known != kind:
        raise FormulaError(f"{name!r} is used as {known} and as {kind}")
    columns[name] = kind
    return kind


def _constant(node):
    if isinstance(node.value, bool) or not isinstance(node.value, (int, float, str)):
        raise FormulaError(f"{node.value!r} is not allowed: write numbers and 'texts'")
    if isinstance(node.value, float) and not abs(node.value) < 1e300:
        raise FormulaError("a number too large")
    return "text" if isinstance(node.value, str) else "number"


def _expect(kind, wanted, node):
    if kind != wanted:
        raise FormulaError(f"{ast.unparse(node)!r} is a {kind} where a {wanted} is needed")
    return kind


def _comparison(node, columns, dates):
    if len(node.ops) != 1:
        raise FormulaError("compare two things at a time, joined with and")
    operator, left, right = type(node.ops[0]), node.left, node.comparators[0]
    if operator in (ast.In, ast.NotIn):
        if (
            not isinstance(right, (ast.Tuple, ast.List))
            or not right.elts
            or not all(isinstance(e, ast.Constant) for e in right.elts)
        ):
            raise FormulaError("after in comes a list of constants: region in ('north', 'south')")
        kinds = {_constant(e) for e in right.elts}
        if len(kinds) > 1:
            raise FormulaError("a list holds either numbers or texts")
        found = _typed(left, columns, dates, kinds.pop())
        return "truth" if found != "truth" else _expect(found, "text", left)
    if operator not in COMPARE:
        raise FormulaError(f"{ast.unparse(node)!r} is not allowed")
    hint = next((_constant(side) for side in (left, right) if isinstance(side, ast.Constant)), None)
    hint = hint or next((_typed(s, {}, dates, None) for s in (left, right) if not isinstance(s, ast.Name)), None)
    kinds = {_typed(side, columns, dates, hint) for side in (left, right)}
    if kinds not in ({"number"}, {"text"}, {"date"}, {"date", "text"}):
        raise FormulaError(f"{ast.unparse(node)!r} compares a {' with a '.join(sorted(kinds))}")
    return "truth"


def _call(node, columns, dates, wanted):
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name not in FUNCTIONS or node.keywords or not 1 <= len(node.args) <= FUNCTIONS[name][1]:
        raise FormulaError(f"{ast.unparse(node)!r} is not allowed: the functions are {', '.join(FUNCTIONS)}")
    if any(isinstance(arg, ast.Starred) for arg in node.args):
        raise FormulaError("a star is not allowed")
    needed = FUNCTIONS[name][0]
    if needed == "same":
        needed = wanted or next((_constant(a) for a in node.args if isinstance(a, ast.Constant)), "text")
    for arg in node.args:
        _expect(_typed(arg, columns, dates, needed), needed, arg)
    return needed


def _sql(node, column):
    if isinstance(node, ast.Name):
        return column(node.id)
    if isinstance(node, ast.Constant):
        return literal(node.value) if isinstance(node.value, str) else repr(node.value)
    if isinstance(node, ast.UnaryOp):
        sign = {ast.Not: "NOT ", ast.USub: "-", ast.UAdd: ""}[type(node.op)]
        return f"({sign}{_sql(node.operand, column)})"
    if isinstance(node, ast.BinOp):
        right = _sql(node.right, column)
        if isinstance(node.op, ast.Div):
            right = f"nullif({right}, 0)"
        return f"({_sql(node.left, column)} {ARITHMETIC[type(node.op)]} {right})"
    if isinstance(node, ast.BoolOp):
        joint = " AND " if isinstance(node.op, ast.And) else " OR "
        return "(" + joint.join(_sql(value, column) for value in node.values) + ")"
    if isinstance(node, ast.Compare):
        return _compared(node, column)
    return f"{node.func.id}({', '.join(_sql(arg, column) for arg in node.args)})"


def _compared(node, column):
    left, right = _sql(node.left, column), node.comparators[0]
    if isinstance(node.ops[0], (ast.In, ast.NotIn)):
        listed = ", ".join(_sql(e, column) for e in right.elts)
        return f"({left} {'NOT ' * isinstance(node.ops[0], ast.NotIn)}IN ({listed}))"
    return f"({left} {COMPARE[type(node.ops[0])]} {_sql(right, column)})"
