"""A guess said to people and written as a source file to confirm."""

import json
import os
import re
import unicodedata

import yaml

from crm_analysis.data.errors import refuse, shown
from crm_analysis.data.guessing import guess as guessing
from crm_analysis.data.tables import TABLES


def propose(path, out=""):
    """Guess the source file of ``path``, write it to ``out`` (by default NAME.yml here), and return what is to be said.

    Raises DataError; ``target`` when ``out`` exists or cannot be written.
    """
    out = out or re.sub(r"\W+", "_", os.path.basename(os.path.normpath(path)).split(".")[0]).strip("_") + ".yml"
    _refuse_existing(out)
    guess = guessing.guessed(path)
    text = written(guess, out)
    try:
        with open(out, "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        _refuse_existing(out)
    except OSError as error:
        refuse(
            "target",
            os.path.basename(out),
            f"it cannot be written ({error.strerror})",
            mend="Name another place (--out).",
        )
    return f"{told(guess)}\n\nWritten to {out}. {_next(guess, out)}"


def _refuse_existing(out):
    if os.path.lexists(out):
        refuse(
            "target", os.path.basename(out), "this file exists and is not overwritten", mend="Name another one (--out)."
        )
    if not out.lower().endswith((".yml", ".yaml")):
        refuse("target", os.path.basename(out), "a source file ends in .yml", mend="Name it so (--out).")


def _next(guess, out):
    if settled(guess):
        return f"Read it through, then: crm-analysis check {out}"
    return f"Settle what is marked there with '# choose' or '# missing', then: crm-analysis check {out}"


def settled(guess):
    """Whether nothing is left to choose but what an analyst may leave as it is."""
    return not guess.clashes and not any(t.choices or t.missing or t.open for t in guess.tables)


def told(guess):
    """The guess in words: per column what was chosen, how surely and why; then what is open and what is unused."""
    parts = [_told_table(table) for table in guess.tables]
    for table, several in guess.clashes.items():
        parts.append(f"Table {table}: {len(several)} candidates, none chosen: " + ", ".join(_files(g) for g in several))
        parts += [_told_table(g) for g in several]
    lines = [f"{shown(file)} is not used: {why}" for file, why in guess.unused.items()]
    return "\n\n".join([*parts, *(["\n".join(lines)] if lines else [])])


def _files(one):
    names = [os.path.basename(f) for f in one.files]
    sheet = f", sheet {shown(one.settled['sheet'][0])}" if "sheet" in one.settled else ""
    return (names[0] if len(names) == 1 else f"{names[0]} … {names[-1]} ({len(names)} files)") + sheet


def _told_table(one):
    required = [c.name for c in TABLES[one.table] if c.required]
    here = len(required) - len(one.missing)
    lines = [f"{_files(one)}: {one.columns} columns; looked at {one.rows:,} row(s).",
             f"Table {one.table}: {here} of its {len(required)} required columns found"
             + (f"; {one.rival} would fit less well." if one.rival else ".")]  # fmt: skip
    rows = [(m.column, "<-", m.header, f"{m.confidence}: {m.why}" + _also(m)) for m in one.matches.values()]
    rows += [(c, "=", formula, f"likely: {why}") for c, (formula, why) in one.computed.items()]
    rows += [(c, "?", " or ".join(map(shown, h)), "ambiguous: nothing chosen") for c, h in one.choices.items()]
    rows += [(c, "", "missing", _hint(one, c)) for c in one.missing]
    order = [c.name for c in TABLES[one.table]]
    lines += ["", *_aligned(sorted(rows, key=lambda r: order.index(r[0]))), ""]
    lines += [f"Proved: {option} {shown(value)}: {why}." for option, (value, why) in one.settled.items()]
    lines += [f"Open: {u.option} ({' or '.join(map(str, u.choices))}): {u.why}." for u in one.open]
    lines += [f"Note: {note}." for note in one.notes]
    lines.append("Not used: " + (", ".join(shown(h) for h in one.unused) or "nothing is left over") + ".")
    return "\n".join(lines)


def _also(match):
    return f" (not chosen: {', '.join(map(shown, match.others))})" if match.others else ""


def _hint(one, column):
    hints = one.hints.get(column)
    return (
        f"no known name; by its cells it could be {' or '.join(map(shown, hints))}"
        if hints
        else "no column has a known name for it"
    )


def _aligned(rows):
    rows = [[_clean(cell) for cell in row] for row in rows]
    widths = [min(30, max((_width(row[i]) for row in rows), default=0)) for i in range(3)]
    return [
        "  " + " ".join(cell + " " * (w - _width(cell)) for cell, w in zip(row, widths, strict=False)) + "  " + row[3]
        for row in rows
    ]


def _clean(text):
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def _width(text):
    """Columns of a terminal that a text takes: a Chinese letter takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def written(guess, out):
    """The YAML of a guess; file names count from the folder of ``out``."""
    home = os.path.dirname(os.path.abspath(out))
    lines = [f"# Guessed by crm-analysis source from {_clean(os.path.basename(os.path.normpath(guess.path)))}: please confirm every line.",
             f"# Then: crm-analysis check {_clean(os.path.basename(out))}",
             f"name: {scalar(guess.name)}", *_currency(guess), "tables:"]  # fmt: skip
    for one in guess.tables:
        lines += _entry(one, home)
    for table, several in guess.clashes.items():
        lines.append(
            f"  # choose: {len(several)} candidates for the table {table}; keep one: remove '# ' before its lines"
        )
        lines += ["# " + line for one in several for line in _entry(one, home)]
    lines += [f"# not used: {shown(file)}: {why}" for file, why in guess.unused.items()]
    return "\n".join(lines) + "\n"


def _currency(guess):
    tables = [*guess.tables, *(g for several in guess.clashes.values() for g in several)]
    found = dict(t.settled["currency"] for t in tables if "currency" in t.settled)
    if len(found) == 1:
        return [f"currency: {code}  # {why}" for code, why in found.items()]
    choices = [*found, *(c for t in tables for u in t.open if u.option == "currency" for c in u.choices)]
    listed = " or ".join(dict.fromkeys(choices)) or "the file does not say; e.g. USD, EUR, CNY"
    return [f"# currency:  # choose: {listed}"]


def _entry(one, home):
    lines = [f"  {one.table}:", *_file(one.files, home)]
    for option, (value, why) in one.settled.items():
        lines += [f"    {option}: {scalar(value)}  # {_clean(why)}"] if option != "currency" else []
    for item in one.open:
        if item.option != "currency":
            lines.append(f"    # choose: {item.option}: {_clean(item.why)}")
            lines += [f"    # {item.option}: {scalar(choice)}" for choice in item.choices]
    lines.append("    columns:")
    for column in (c.name for c in TABLES[one.table]):
        lines += _column(one, column)
    if one.computed:
        lines.append("    computed:")
        lines += [
            f"      {column}: {scalar(formula)}  # likely: {why}" for column, (formula, why) in one.computed.items()
        ]
    unused = ", ".join(shown(h) for h in one.unused)
    return lines + ([f"    # not used: {unused}"] if unused else [])


def _file(files, home):
    paths = [_relative(f, home) for f in files]
    if len(paths) == 1:
        return [f"    file: {scalar(paths[0])}"]
    return ["    file:", *(f"      - {scalar(path)}" for path in paths)]


def _relative(path, home):
    try:
        return os.path.relpath(path, home)
    except ValueError:  # another drive
        return os.path.abspath(path)


def _column(one, column):
    if column in one.matches:
        match = one.matches[column]
        return [
            f"      {column}: {scalar(match.header)}  # {_clean(match.confidence + ': ' + match.why + _also(match))}"
        ]
    if column in one.choices:
        return [f"      # choose: {column}: these fit equally well", *_commented(column, one.choices[column])]
    if column in one.missing:
        return [
            f"      # missing: {column}: {_clean(_hint(one, column))}",
            *_commented(column, one.hints.get(column, ())),
        ]
    return []


def _commented(column, headers):
    return [f"      # {column}: {scalar(header)}" for header in headers]


def scalar(value):
    """``value`` as a YAML text: plain where that is certain to be read as the same text.

    >>> scalar("订单号"), scalar("null"), scalar("a: b"), scalar(",")
    ('订单号', '"null"', '"a: b"', '","')
    """
    if isinstance(value, int):
        return str(value)
    text = str(value)
    plain = re.fullmatch(r"[^\W\d][\w ./*-]*[\w]", text) and "  " not in text and yaml.safe_load(text) == text
    return text if plain else _escaped(text)


def _escaped(text):
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in json.dumps(text, ensure_ascii=False))
