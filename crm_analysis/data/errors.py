"""What is wrong with a file, said so that its owner can mend it."""

import os


class DataError(Exception):
    """A source was refused. ``problems`` holds everything found wrong, the gravest first.

    Each problem is a dict with ``code``, ``file``, ``table``, ``column``, ``count``, ``message``, ``mend`` and
    ``examples`` (up to five dicts of ``row``, ``line``, ``value``). Row 1 is the first row of data; line 1 is
    the first line of the file. ``code``, ``file``, ``table``, ``column``, ``row``, ``line``, ``value`` and
    ``mend`` of the first problem are attributes; ``message`` tells all problems. ``str(error)`` is ``message``.

    >>> error = DataError([problem("empty_file", "a.csv", "the file is empty", mend="Export it again.")])
    >>> error.code, error.file
    ('empty_file', 'a.csv')
    >>> print(error)
    a.csv: the file is empty. Export it again. [empty_file]
    """

    def __init__(self, problems):
        self.problems = list(problems)
        first = self.problems[0]
        example = (first["examples"] or [{}])[0]
        self.code, self.file, self.table = first["code"], first["file"], first["table"]
        self.column, self.mend = first["column"], first["mend"]
        self.row, self.line, self.value = example.get("row"), example.get("line"), example.get("value")
        self.message = _told(self.problems)
        super().__init__(self.message)

    def __reduce__(self):
        return type(self), (self.problems,)

    def as_dict(self):
        """The error as plain JSON types, for scripts."""
        names = ("code", "file", "table", "column", "row", "line", "value", "message", "mend", "problems")
        return {name: getattr(self, name) for name in names}


class TooLittle(ValueError):
    """The data are sound but too few, or too much alike, for an analysis: its report says so, and the others stand."""


class WrongParameter(ValueError):
    """What was asked of an analysis makes no sense, as only it can tell: the call is to be mended."""


def problem(code, file, message, *, mend="", table="", column=None, count=1, examples=()):
    """One problem as a dict; see ``DataError``."""
    return {
        "code": code, "file": file, "table": table, "column": column, "count": count,
        "message": message, "mend": mend, "examples": list(examples)[:5],
    }  # fmt: skip


def refuse(code, file, message, **more):
    """Raise a ``DataError`` with one problem."""
    raise DataError([problem(code, file, message, **more)])


def engine_said(error, *paths):
    """The first line of an engine's error, without the folders of the files it names."""
    text = (str(error).splitlines() or [type(error).__name__])[0][:300]
    for path in paths:
        text = text.replace(str(path), os.path.basename(os.path.normpath(str(path))))
    return text


def shown(value, limit=60):
    """``value`` in quotes, short, with control characters made visible.

    >>> shown("a\\x00b")
    "'a\\\\x00b'"
    """
    text = str(value)
    return ascii_controls(repr(text[:limit])) + (f"… ({len(text):,} characters)" if len(text) > limit else "")


def ascii_controls(text):
    """``text`` without characters that could move a terminal's cursor or turn the direction of writing."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def _told(problems):
    if len(problems) == 1:
        return _sentence(problems[0])
    lines = [f"{len(problems)} problems:"]
    return "\n".join(lines + [f"{i}. {_sentence(p)}" for i, p in enumerate(problems, 1)])


def _sentence(p):
    where = p["file"]
    if p["table"]:
        where += f" (table {p['table']})" if where else f"table {p['table']}"
    if p["column"]:
        where += f", column {p['column']}"
    text = f"{where}: {p['message']}." if where else f"{p['message']}."
    if p["examples"]:
        more = p["count"] - len(p["examples"])
        text += " " + "; ".join(_place(e) for e in p["examples"]) + (f"; and {more:,} more." if more > 0 else ".")
    return text + (f" {p['mend']}" if p["mend"] else "") + f" [{p['code']}]"


def _place(example):
    parts = [f"{name} {example[name]}" for name in ("line", "row") if example.get(name) is not None]
    if "value" in example and example["value"] is not None:
        parts.append(f"value {shown(example['value'])}")
    return ", ".join(parts)
