"""Guess how the columns of a file map to the contract, with reasons, for the analyst to confirm.

Names propose (``synonyms``), the look of the cells supports or objects. Where two columns fit equally well both are
named and none is chosen; what the bytes do not prove stays open. ``proposal`` says it in words and as YAML.
"""

import ast
import glob
import keyword
import os
import tempfile
import unicodedata
from typing import NamedTuple

import duckdb

from crm_analysis.data.errors import DataError, refuse, shown
from crm_analysis.data.files import headers
from crm_analysis.data.guessing import look, settle, synonyms
from crm_analysis.data.reading import cells
from crm_analysis.data.sourcefile.spec import DATA
from crm_analysis.data.sql import connect, locked
from crm_analysis.data.tables import TABLES

FITS = 0.9  # share of the cells that must look like the column's kind
WORDS = {synonyms.OWN: "sure", synonyms.STRONG: "likely", synonyms.WEAK: "perhaps"}
SHEETS = ("ambiguous_sheet",)


class Match(NamedTuple):
    """A contract column and the header chosen for it: ``confidence`` in a word, ``why`` in a sentence."""

    column: str
    header: str
    confidence: str
    why: str
    others: tuple = ()


class TableGuess(NamedTuple):
    """One table. ``choices``: {column: headers that fit equally well}; ``hints``: {missing column: headers by their cells}.

    ``computed``: {column: (formula, why)}; ``settled`` and ``open`` as in ``look.Look``; ``rival``: next best table.
    """

    table: str
    files: tuple
    rows: int
    columns: int
    matches: dict
    choices: dict
    missing: tuple
    hints: dict
    computed: dict
    unused: tuple
    settled: dict
    open: tuple
    rival: str = ""
    notes: tuple = ()
    operands: tuple = ()


class Guess(NamedTuple):
    """A source. ``clashes``: {table: [TableGuess]}, of which one must be chosen; ``unused``: {file: why}."""

    name: str
    path: str
    tables: tuple
    clashes: dict
    unused: dict


def guessed(path):
    """The Guess for a file or folder. Raises DataError: ``unreadable``, ``no_table`` where nothing fits, and the doors' own."""
    path = str(path)
    name = os.path.basename(os.path.normpath(path))
    if path.lower().endswith((".yml", ".yaml")):
        refuse("not_a_table", name, "this is a source file already", mend=f"Check it: crm-analysis check {name}")
    with tempfile.TemporaryDirectory(prefix="crm-analysis-") as work:
        con = connect(work)
        try:
            return _guessed(con, path, name, work)
        except (duckdb.Error, OSError, UnicodeError) as error:
            refuse("unreadable", name, f"it cannot be read ({type(error).__name__}: {str(error).splitlines()[0][:200]})",
                   mend="Look at the file, or export it again.")  # fmt: skip
        finally:
            con.close()


def _guessed(con, path, name, work):
    found, unused = [], {}
    units = _units(con, path, work)
    for unit in units:
        try:
            found.append(_table(con, *unit))
        except DataError as error:
            if len(units) == 1:
                raise
            unused[_label(unit[0])] = error.problems[0]["message"]
    tables, clashes = {}, {}
    for one in found:
        tables.setdefault(one.table, []).append(one)
    for table, several in list(tables.items()):
        named = [g for g in several if _stem(g.files[0]) == table]
        if len(several) > 1 and len(named) == 1:
            unused |= {
                os.path.basename(g.files[0]): f"another file is named {table}" for g in several if g not in named
            }
            tables[table] = named
        elif len(several) > 1:
            clashes[table] = tables.pop(table)
    if not tables and not clashes:
        refuse("no_table", name, "nothing in it fits the contract", mend="Write the source file by hand.")
    ordered = tuple(tables[t][0] for t in TABLES if t in tables)
    return Guess(name.split(".")[0] or "source", path, ordered, clashes, unused)


def _units(con, path, work):
    """[(looks at files of one kind, name of the table if the file's own name tells it)]."""
    if not os.path.isdir(path):
        locked(con, [path], [work])
        return [([one], "") for one in _looks(con, path, work)]
    files = sorted(
        p for p in glob.glob(os.path.join(glob.escape(path), "**"), recursive=True) if p.lower().endswith(DATA)
    )
    if not files:
        refuse("no_table", os.path.basename(os.path.normpath(path)), "the folder holds no data file",
               mend=f"Files end in {', '.join(DATA)}.")  # fmt: skip
    locked(con, files, [work])
    groups = {}
    for file in files:
        for one in _looks(con, file, work):
            same = (
                os.path.dirname(file),
                _stem(file),
                tuple(c.header for c in one.columns),
                one.settled.get("sheet", ("",))[0],
            )
            groups.setdefault(same if _stem(file) else (same[0], "", *same[2:]), []).append(one)
    return [(looks, stem) for (_, stem, *_), looks in groups.items()]


def _stem(path):
    """The table after which a file, or the folder it lies in, is named, or ''."""
    names = (
        os.path.basename(path).split(".")[0].lower(),
        os.path.basename(os.path.dirname(os.path.abspath(path))).lower(),
    )
    return next((n for n in names if n in TABLES), "")


def _looks(con, path, work):
    """The looks at one file: one for each sheet that holds data."""
    try:
        return [look.looked(con, path, tempfile.mkdtemp(dir=work), {})]
    except DataError as error:
        if error.code not in SHEETS:
            raise
    import python_calamine

    found = []
    for sheet in python_calamine.CalamineWorkbook.from_path(path).sheet_names:
        try:
            found.append(look.looked(con, path, tempfile.mkdtemp(dir=work), {"sheet": sheet}))
        except DataError:
            continue  # an empty sheet
    return found


def _label(looks):
    first = looks[0]
    sheet = first.settled.get("sheet")
    return os.path.basename(first.path) + (f", sheet {shown(sheet[0])}" if sheet else "")


def _table(con, looks, told):
    """The best fitting table for files of one header; raises DataError ``no_table``."""
    one = looks[0]
    fits = {table: _matched(one, table) for table in ([told] if told else TABLES)}
    ranked = sorted(fits, key=lambda t: (-_score(t, fits[t]), t != "transactions"))
    best = ranked[0] if told else next((t for t in ranked if _enough(t, fits[t])), "")
    if not best:
        refuse("no_table", _label(looks), "no table of the contract fits its header: "
               + ", ".join(shown(c.header) for c in one.columns[:30]),
               mend="Write the source file by hand (tables: {transactions: {file: …, columns: {customer_id: …}}}).")  # fmt: skip
    found = fits[best]
    settled, undecided, notes = settle.readings_of(con, one, _used(found), _required(found))
    rival = next((t for t in ranked if t != best and _enough(t, fits[t]) and _score(t, fits[t]) > 0), "")
    return found._replace(files=tuple(o.path for o in looks), settled=one.settled | settled,
                          open=(*one.open, *undecided), rival=rival, notes=(*found.notes, *notes))  # fmt: skip


def _score(table, found):
    required = sum(c.required for c in TABLES[table])
    here = required - len(found.missing)
    return 2 * here - 2 * len(found.missing) + len(found.matches) + len(found.choices)


def _enough(table, found):
    """Transactions are the default and need two required columns; another table all of its own, and two in all."""
    required = sum(c.required for c in TABLES[table])
    if table == "transactions":
        return required - len(found.missing) >= 2
    return not found.missing and len(found.matches) + len(found.choices) >= 2


def _matched(one, table):
    """The TableGuess by names and cells; its readings come later."""
    matches, choices, notes = {}, {}, []
    for column in TABLES[table]:
        ranked = _candidates(one, column)
        best = [c for c in ranked if c[:2] == ranked[0][:2]] if ranked else []
        if len(best) > 1 and (best[0][0] or best[0][1] == synonyms.OWN):
            choices[column.name] = tuple(c[2].header for c in best)
        elif best and (best[0][0] or best[0][1] == synonyms.OWN):
            matches[column.name] = _match(one, column, best[0], ranked[1:])
        elif best:
            notes.append(
                f"the column {shown(best[0][2].header)} is named like {column.name}, but {_cells(one, best[0][2], column.kind)}"
            )
    computed = _computed(one, matches, choices) if table == "transactions" else {}
    missing = tuple(c.name for c in TABLES[table] if c.required and c.name not in {*matches, *choices, *computed})
    used = {m.header for m in matches.values()} | {h for headers in choices.values() for h in headers}
    used |= {h for _, _, headers in computed.values() for h in headers}
    unused = tuple(c.header for c in one.columns if c.header not in used)
    hints = {name: _hints(one, table, name, unused) for name in missing}
    made = {name: (formula, why) for name, (formula, why, _) in computed.items()}
    return TableGuess(table, (one.path,), one.rows, len(one.columns), matches, choices, missing,
                      {n: h for n, h in hints.items() if h}, made, unused, {}, (), notes=tuple(notes),
                      operands=tuple(h for _, _, headers in computed.values() for h in headers))  # fmt: skip


def _candidates(one, column):
    """[(its cells fit, level of its name, column of the file)], the best first; the contract's own name comes before all."""
    found = [(_fits(c, column.kind), synonyms.level(column.name, c.header), c) for c in one.columns]
    return sorted((f for f in found if f[1]), key=lambda f: (f[1] != synonyms.OWN, not f[0], -f[1]))


def _fits(seen, kind):
    """Whether the cells look like the kind; a column without any cell objects to nothing."""
    if not seen.filled:
        return True
    if kind == "date":
        return seen.dates >= FITS or settle.numbered(seen) is not None or seen.sort in ("date", "time", "zoned")
    if kind in (*cells.MEASURED, *cells.WHOLE):
        return seen.numbers >= FITS
    if kind == "flag":
        return seen.distinct <= 4
    return not (kind == "id" and (seen.dates >= FITS > seen.numbers or seen.sort in ("date", "time", "zoned")))


def _match(one, column, best, rest):
    fits, level, seen = best
    name = {synonyms.OWN: "the contract's own name", synonyms.STRONG: "a known name for it",
            synonyms.WEAK: "a name that often means it"}[level]  # fmt: skip
    confidence = WORDS[level] if fits else "doubtful"
    others = tuple(c.header for _, _, c in rest)
    return Match(column.name, seen.header, confidence, f"{name}; {_cells(one, seen, column.kind)}", others)


def _cells(one, seen, kind):
    """What the cells say for or against a kind."""
    if not seen.filled:
        return "its cells are all empty" if one.rows else "it has no rows"
    if kind == "date":
        told = f"{seen.dates:.0%} of its cells are dates"
    elif kind in (*cells.MEASURED, *cells.WHOLE):
        told = f"{seen.numbers:.0%} of its cells are numbers"
    else:
        told = f"{seen.distinct:,} different value(s) in {one.rows:,} rows"
    return told + (f", {1 - seen.filled:.1%} are empty" if seen.filled < 1 else "")


def _computed(one, matches, choices):
    """{amount: (formula, why, headers)} where there is no amount but a quantity and a unit price."""
    if "amount" in matches or "amount" in choices or "quantity" not in matches:
        return {}
    ranked = sorted(((synonyms.level("unit_price", c.header), c) for c in one.columns), key=lambda p: -p[0])
    prices = [c for n, c in ranked if n and n == ranked[0][0] and _fits(c, "money")]
    headers = (matches["quantity"].header, prices[0].header) if prices else ()
    if len(prices) != 1 or not all(map(_operand, headers)):
        return {}
    formula = " * ".join(map(_operand, headers))
    why = "there is no column of amounts, but a quantity and a unit price"
    if "discount" in matches:
        why += "; subtract the discount if the price is before it"
    return {"amount": (formula, why, headers)}


def _operand(header):
    """The header as a name in a formula, or '' when it cannot be one."""
    for name in (header, headers.normal(header)):
        if name.isidentifier() and not keyword.iskeyword(name) and unicodedata.normalize("NFKC", name) == name:
            return ast.parse(name, mode="eval").body.id
    return ""


def _hints(one, table, name, unused):
    """Headers not used whose cells alone look like a date or an amount."""
    kind = next(c.kind for c in TABLES[table] if c.name == name)
    if kind not in ("date", "money"):
        return ()
    left = [c for c in one.columns if c.header in unused and c.filled]
    return tuple(
        c.header for c in left if (c.dates >= FITS if kind == "date" else c.numbers >= FITS and c.dates < FITS)
    )


def _used(found):
    """{header: kind} of the columns that the guess reads, candidates among them."""
    kinds = {c.name: c.kind for c in TABLES[found.table]}
    used = {h: kinds[name] for name, headers in found.choices.items() for h in headers}
    used |= {m.header: kinds[name] for name, m in found.matches.items()}
    prices = [h for h in found.operands if h not in used]
    return used | dict.fromkeys(prices, "money")


def _required(found):
    return [
        m.header for name, m in found.matches.items() if next(c.required for c in TABLES[found.table] if c.name == name)
    ]
