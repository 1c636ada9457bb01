"""A first look at a file: its header, what the cells of each column look like, and what the bytes prove.

Nothing is converted and nothing is decided here but what can be proved; the rest is named as open.
"""

import os
import shutil
from typing import NamedTuple

import duckdb

from . import canon, doors, readings, synonyms
from .errors import DataError, shown
from .sql import quoted

SAMPLE = 3000
ENCODINGS = {
    "gb18030": "Chinese", "big5": "Chinese, traditional", "cp1252": "Western European", "latin-1": "Western European",
    "utf-16-le": "Unicode", "utf-16-be": "Unicode",
}  # fmt: skip
WIDE = ("utf-16-le", "utf-16-be")
DELIMITERS = {",": '","', ";": '";"', "\t": "tab", "|": '"|"'}
NUMBERED = ("excel", "epoch", "epoch_ms")  # numbers that some programs write for dates


class Seen(NamedTuple):
    """One column of a file. ``filled``, ``dates``, ``numbers`` are shares (0-1), the last two of the filled cells.

    ``forms``: {"date": histogram, "number": histogram} of the sample, as in ``readings``; ``distinct``: how many values.
    """

    header: str
    column: str
    sort: str
    filled: float
    dates: float
    numbers: float
    distinct: int
    forms: dict


class Open(NamedTuple):
    """Something the file cannot prove: the option that settles it, its choices, and why it is open."""

    option: str
    choices: tuple
    why: str


class Look(NamedTuple):
    """One file, or one sheet of it. ``settled``: {option: (value, why)}; ``source``: FROM clause over all rows."""

    path: str
    columns: tuple
    rows: int
    settled: dict
    open: tuple
    source: str


def looked(con, path, folder, told):
    """The Look at a file read with the options ``told``; ``folder``: private and empty. Raises DataError."""
    raw, settled, undecided = _opened(con, path, folder, told)
    if raw.text:
        settled["delimiter"] = (raw.text.delimiter, f"{len(raw.text.header)} columns, of which "
                                f"{sum(h in KNOWN for h in raw.text.header)} have a known name")  # fmt: skip
    cells = _sample(con, raw)
    columns = _seen(con, raw.columns, cells)
    return Look(path, columns, len(cells), settled, undecided, raw.source)


KNOWN = synonyms.known()


def _opened(con, path, folder, told):
    """(Raw, settled options, open options); the encoding is found out where the bytes are not UTF-8."""
    settled = {name: (value, "a file can only be read one sheet at a time") for name, value in told.items()}
    try:
        return _door(con, path, os.path.join(folder, "plain"), told), settled, ()
    except DataError as error:
        if error.code != "encoding":
            raise
        wide = "NUL" in error.message
        first = error
    found = _decodings(con, path, folder, told, wide)
    if not found:
        raise first
    best = max(known for _, known, _ in found.values())
    winners = [e for e, (_, known, _) in found.items() if known == best]
    if best and len(winners) == 1:
        why = f"the bytes are not UTF-8; read as {winners[0]} {best} column names are known words, read otherwise fewer"
        return _again(con, path, folder, told, winners[0]), settled | {"encoding": (winners[0], why)}, ()
    why = "the bytes are not UTF-8, and several encodings fit: " + ", ".join(
        f"{e} ({ENCODINGS[e]}) makes it {shown(example, 20)}" for e, (_, _, example) in found.items()
    )
    return _again(con, path, folder, told, next(iter(found))), settled, (Open("encoding", tuple(found), why),)


def _decodings(con, path, folder, told, wide):
    """{encoding: (columns, known names, an example of other than ASCII text)} of those in which all bytes are text."""
    found = {}
    for encoding in WIDE if wide else ENCODINGS:
        if (encoding in WIDE) != wide or (encoding == "latin-1" and "cp1252" in found):
            continue
        try:
            raw = _again(con, path, folder, told, encoding)
        except DataError:
            continue
        header = raw.text.header if raw.text else ()
        cells = (cell for row in (header, *(raw.text.sample if raw.text else ())) for cell in row)
        found[encoding] = (len(header), sum(h in KNOWN for h in header), next((c for c in cells if not c.isascii()), ""))
    return found


def _again(con, path, folder, told, encoding):
    inner = os.path.join(folder, "decoded")
    shutil.rmtree(inner, ignore_errors=True)  # one decoded copy at a time: a file may be large
    return _door(con, path, inner, told | {"encoding": encoding})


def _door(con, path, folder, told):
    os.makedirs(folder, exist_ok=True)
    return doors.opened(con, path, "transactions", told, folder, KNOWN)[0]


def _sample(con, raw):
    """Up to 3,000 rows as tuples of text; a text file's own records, since DuckDB balks at a ragged one."""
    if raw.text:
        return [row for row in raw.text.sample[:SAMPLE]]
    cells = ", ".join(f"CAST({quoted(column)} AS VARCHAR)" for _, column, _ in raw.columns)
    return con.execute(f"SELECT {cells} FROM {raw.source} LIMIT {SAMPLE}").fetchall()


def _seen(con, columns, rows):
    import pyarrow as pa

    arrays = list(zip(*rows)) if rows else [()] * len(columns)
    table = pa.table({f"c{i}": pa.array(cells, pa.string()) for i, cells in enumerate(arrays)})
    con.register("looked_at", table)
    found = forms(con, "looked_at", {i: f"c{i}" for i in range(len(columns))})
    con.unregister("looked_at")
    seen = []
    for i, (header, column, sort) in enumerate(columns):
        dates, numbers = found[(i, "date")], found[(i, "number")]
        filled = len(rows) - dates.get("empty", 0)
        day = sum(n for form, n in dates.items() if form.split("|")[0] not in ("other", "empty", *NUMBERED))
        number = sum(n for form, n in numbers.items() if form.split("|")[0] not in ("other", "empty"))
        seen.append(Seen(header, column, sort, filled / max(len(rows), 1), day / max(filled, 1), number / max(filled, 1),
                         len({c for c in arrays[i] if c}), {"date": dates, "number": numbers}))  # fmt: skip
    return tuple(seen)


def forms(con, source, columns):
    """{(key, "date" or "number"): histogram of forms} of the text columns {key: SQL column} of a FROM clause."""
    layers, wanted = [{}, {}, {}], {}
    for key, column in columns.items():
        text = f"CAST({quoted(column)} AS VARCHAR)"
        layers[0][f"t{key}"] = readings.trimmed(text)
        layers[1][f"p{key}"], layers[2][f"k{key}"] = readings.number_parts(f"t{key}"), readings.core(f"p{key}")
        wanted[(key, "date")] = readings.date_form(f"t{key}")
        wanted[(key, "number")] = readings.number_form(f"t{key}", f"p{key}", f"k{key}")
    return readings.histogram(con, canon.nested(source, layers), wanted)


def whole(con, look, seen, kind):
    """The histogram of a column over all rows, or of the sample where the file does not read in one go."""
    try:
        return forms(con, look.source, {0: seen.column})[(0, kind)]
    except duckdb.Error:
        return seen.forms[kind]
