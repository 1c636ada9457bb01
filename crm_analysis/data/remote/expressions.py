"""One cell as an Ibis expression: its canonical value, and what is wrong with it when it has none.

The rules are those of ``cells``; a database knows its types, so that nothing has to be decided from how a cell is
written. A column of a type that leaves room for doubt (an amount or a date kept as text) is refused.
"""

import ast
import datetime
import functools
import operator
from typing import NamedTuple

from crm_analysis.data.errors import refuse
from crm_analysis.data.files.delimited import CELL_MAX
from crm_analysis.data.reading import cells, dates

BLANKS = "\t\n\x0c\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
PLAIN = "^[!-~]([ -~]*[!-~])?$"
OUTER = f"^[{BLANKS}]+|[{BLANKS}]+$"
CONTROL = "\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
SCIENTIFIC = "^[+-]?[0-9]([.,][0-9]+)?[eE][+][0-9]{1,3}$"
INFINITE = ["nan", "inf", "-inf", "+inf", "infinity", "-infinity"]
EXACT = "decimal(38, 10)"
SIZE_MAX = int(cells.SIZE_MAX)
WHOLE_MAX = 2**53  # beyond, neighbouring whole numbers fall on one float
CODES = {
    "id": ("missing", "control", "long", "scientific", "replacement", "inexact"),
    "text": ("missing", "control", "long"),
    "number": ("missing", "implausible", "number"),
    "date": ("missing", "range"),
}
CODES["money"] = CODES["number"]
TYPES = {
    "money": ("number", "fraction"), "number": ("number", "fraction"), "date": ("date", "time", "zoned"),
    "id": ("text", "number", "fraction", "other"), "text": ("text", "number", "fraction", "date", "time", "flag", "other"),
}  # fmt: skip


class Cell(NamedTuple):
    """``value``; ``bad``: a code of ``CODES``, '' when all is well; ``changed``: the text was trimmed."""

    value: object
    bad: object
    changed: object = None


def sort(kind):
    """What an Ibis type holds, in the words of ``cells.sort``."""
    if kind.is_timestamp():
        return "zoned" if kind.timezone else "time"
    for name, test in (("text", kind.is_string), ("number", kind.is_integer), ("fraction", kind.is_decimal),
                       ("fraction", kind.is_floating), ("date", kind.is_date), ("flag", kind.is_boolean)):  # fmt: skip
        if test():
            return name
    nested = kind.is_nested() or kind.is_json() or kind.is_binary()
    return "nested" if nested else "other"


def fits(item):
    """Whether a column of the item's sort can be read as its kind without doubt."""
    return item.sort in TYPES[item.kind]


def cell(x, item, place, stripped=None):
    """The Cell of a column ``x`` of an item. ``stripped``: its text without outer white space, where that differs."""
    if item.kind in ("id", "text"):
        return _text(x, item, place, stripped)
    return _number(x, item) if item.kind in cells.MEASURED else _date(x, item, place)


def stripped(x, item, place):
    """The text of a column as files have it: trimmed, in Unicode form NFC; None where it is so already."""
    if item.kind not in ("id", "text") or item.sort not in ("text", "other") or item.column in place.clean:
        return None
    value = _written(x, item)[0].re_replace(OUTER, "")
    return _normal(value) if place.dialect == "postgres" else value


def plain(text):
    """Whether a text is of printable ASCII without outer white space, and not long: most are, and need no second look."""
    return text.re_search(PLAIN) & (text.length() <= CELL_MAX)


class Rules(NamedTuple):
    """What the engine and the options say: ``dialect``, ``tz``, ``stored_tz``, and the columns known to be ``clean``
    (their texts are ``plain``).
    """

    dialect: str
    tz: str = ""
    stored_tz: str = ""
    clean: tuple = ()


def _chain(*cases):
    """The first code whose condition holds; '' when none does."""
    import ibis

    return ibis.cases(*cases, else_="")


def _need(missing, item):
    import ibis

    return [(missing, ibis.literal("missing" if item.required else ""))]


def _coded(*pairs):
    import ibis

    return [(condition, ibis.literal(code)) for condition, code in pairs]


def _text(x, item, place, stripped):
    import ibis

    text, inexact = _written(x, item)
    value = (text if stripped is None else stripped).nullif("")
    bad = _need(value.isnull(), item)
    if stripped is not None:
        control = CONTROL if place.dialect == "postgres" else "\x00" + CONTROL
        bad += _coded((value.re_search(f"[{control}]"), "control"), (value.length() > CELL_MAX, "long"))
        bad += _coded((value.contains("\ufffd"), "replacement")) if item.kind == "id" else []
    if item.kind == "id":
        bad += _coded((value.re_search(SCIENTIFIC), "scientific"))
        bad = _coded((inexact, "inexact")) + bad if inexact is not None else bad
    return Cell(value, _chain(*bad), None if stripped is None else ibis.coalesce(stripped != text, False))


def _normal(text):
    import ibis

    @ibis.udf.scalar.builtin(name="normalize", signature=((ibis.expr.datatypes.string,), ibis.expr.datatypes.string))
    def normalize(x): ...

    return normalize(text)


def _written(x, item):
    """(the column as text, when a number would not be written exactly): 1001.00 is the id 1001."""
    if item.sort != "fraction":
        return (x if item.sort == "text" else x.cast("string")), None
    if x.type().is_decimal():
        whole = x == x.floor()
        return whole.ifelse(x.cast("decimal(38, 0)").cast("string"), x.cast("string")), None
    whole = (x < WHOLE_MAX) & (x > -WHOLE_MAX) & (x == x.floor())
    return whole.ifelse(whole.ifelse(x, None).cast("int64").cast("string"), x.cast("string")), ~whole & x.notnull()


def exact(x):
    """A number as an exact decimal; missing where it is none, or too large to be true."""
    return within(x).ifelse(x, None).cast(EXACT)


def within(x):
    """Whether a number is of a plausible size; not for NaN and the infinite, which every engine sorts apart."""
    return (x < SIZE_MAX) & (x > -SIZE_MAX)


def _number(x, item):
    value = exact(x)
    bad = _need(x.isnull(), item)
    bad += _coded((within(x), ""), (x.cast("string").lower().isin(INFINITE), "number"))
    bad += _coded((x.notnull(), "implausible"))
    return Cell(value.round(4), _chain(*bad))


def _date(x, item, place):
    import ibis

    value = _clock(x, item, place)
    first, end = ibis.date(dates.YEAR_MIN, 1, 1), ibis.date(dates.YEAR_MAX + 1, 1, 1)
    near = (value.cast("date") >= first) & (value.cast("date") < end)
    return Cell(near.ifelse(value, None), _chain(*_need(x.isnull(), item), *_coded((~near, "range"))))


def _clock(x, item, place):
    """A time as the clock of the zone told showed it."""
    import ibis

    if item.sort == "date" or (item.sort == "time" and not place.stored_tz):
        return x
    if item.sort == "zoned" and not place.tz and place.dialect != "postgres":
        return x.cast("timestamp")
    naive, zoned = ibis.expr.datatypes.timestamp, ibis.expr.datatypes.Timestamp("UTC")
    string = ibis.expr.datatypes.string
    if place.dialect == "postgres":
        shown_in = ibis.udf.scalar.builtin(lambda zone, at: ..., name="timezone", signature=((string, zoned), naive))
        meant_in = ibis.udf.scalar.builtin(lambda zone, at: ..., name="timezone", signature=((string, naive), zoned))
        return shown_in(place.tz or "UTC", x if item.sort == "zoned" else meant_in(place.stored_tz, x))
    if place.dialect == "pyspark":
        convert = ibis.udf.scalar.builtin(
            lambda was, now, at: ..., name="convert_timezone", signature=((string, string, naive), naive)
        )
        return convert(place.stored_tz, place.tz, x)
    return refuse("timezone", "", "on this engine times are not moved between time zones", mend="Convert them in a query.",
                  column=item.name or item.header)  # fmt: skip


def day_number(date):
    """Whole days since 1970-01-01, an integer."""
    import ibis

    return date.cast("date").delta(ibis.date(1970, 1, 1), unit="day").cast("int32")


COMPARE = {ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
           ast.Gt: operator.gt, ast.GtE: operator.ge}  # fmt: skip
ARITHMETIC = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}


def formula(tree, column, name):
    """A parsed formula as an expression; ``column(name)`` gives a column's value. No SQL is pasted anywhere.

    Raises DataError ``formula`` for a day that is none.
    """
    import ibis

    def made(node):
        if isinstance(node, ast.Name):
            return column(node.id)
        if isinstance(node, ast.Constant):
            return ibis.literal(node.value)
        if isinstance(node, ast.UnaryOp):
            inner = made(node.operand)
            return ~inner if isinstance(node.op, ast.Not) else -inner if isinstance(node.op, ast.USub) else inner
        if isinstance(node, ast.BinOp):
            left, right = made(node.left).cast("float64"), made(node.right).cast("float64")
            return left / right.nullif(0) if isinstance(node.op, ast.Div) else ARITHMETIC[type(node.op)](left, right)
        if isinstance(node, ast.BoolOp):
            return functools.reduce(
                operator.and_ if isinstance(node.op, ast.And) else operator.or_, map(made, node.values)
            )
        if isinstance(node, ast.Compare):
            return compared(node)
        return called(node.func.id, [made(arg) for arg in node.args])

    def compared(node):
        left, right = made(node.left), node.comparators[0]
        if isinstance(node.ops[0], (ast.In, ast.NotIn)):
            listed = [_day(e.value, name) if left.type().is_temporal() else e.value for e in right.elts]
            left = left.cast("timestamp") if left.type().is_temporal() else left
            return left.notin(listed) if isinstance(node.ops[0], ast.NotIn) else left.isin(listed)
        return COMPARE[type(node.ops[0])](*_alike(left, made(right), node, name))

    return made(tree)


def _alike(left, right, node, name):
    """Both sides of a comparison; a day written as text becomes one, and days compare as moments."""
    sides = []
    for side, told in ((left, node.left), (right, node.comparators[0])):
        temporal = left.type().is_temporal() or right.type().is_temporal()
        if temporal and side.type().is_string():
            if not isinstance(told, ast.Constant):
                refuse(
                    "formula",
                    name,
                    f"{ast.unparse(node)!r} compares a day with a text column",
                    mend="Compare it with a day such as '2026-01-31'.",
                )
            side = _day(told.value, name)
        sides.append(side.cast("timestamp") if temporal and hasattr(side, "cast") else side)
    return sides


def _day(text, name):
    import ibis

    try:
        return ibis.timestamp(datetime.datetime.fromisoformat(text.strip()).replace(tzinfo=None).isoformat())
    except ValueError:
        refuse("formula", name, f"{text[:40]!r} is not a day", mend="Write a day such as '2026-01-31'.")


def called(function, arguments):
    """A function of the formula language; ``concat`` takes a missing text for an empty one."""
    import ibis

    first, *rest = arguments
    if function == "concat":
        return functools.reduce(operator.add, [ibis.coalesce(a.cast("string"), "") for a in arguments])
    if function == "coalesce":
        return ibis.coalesce(*arguments)
    if function == "round":
        return first.cast(EXACT).round(int(rest[0].op().value) if rest else 0).cast("float64")
    return getattr(first, function)()
