"""A first look at a file: its header, what the cells of each column look like, and what the bytes prove.

Nothing is converted and nothing is decided here but what can be proved; the rest is named as open.
"""

import os
import shutil
from typing import NamedTuple

import duckdb

from crm_analysis.data.errors import DataError, shown
from crm_analysis.data.files import doors
from crm_analysis.data.guessing import synonyms
from crm_analysis.data.reading import forms
from crm_analysis.data.sql import nested, quoted

SAMPLE = 3000
ENCODINGS = {
    "gb18030": "Chinese", "big5": "Chinese, traditional", "cp1252": "Western European", "latin-1": "Western European",
    "utf-16-le": "Unicode", "utf-16-be": "Unicode",
}  # fmt: skip
WIDE = ("utf-16-le", "utf-16-be")
KNOWN = synonyms.known()


class Seen(NamedTuple):
    """One column of a file. ``filled``, ``dates``, ``numbers`` are shares (0-1), the last two of the filled cells.

    ``forms``: {"date": histogram, "number": histogram} of the sample, as in ``forms``; ``distinct``: how many values.
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


def _opened(con, path, folder, told):
    """(Raw, settled options, open options); the encoding is found out where the bytes are not UTF-8."""
    settled = {name: (value, "a file can only be read one sheet at a time") for name, value in told.items()}
    try:
        return _below_titles(con, path, os.path.join(folder, "plain"), told, settled)
    except DataError as error:
        if error.code != "encoding" or _damaged(path, folder):
            raise
        found = _decodings(con, path, folder, told)
        if not found:
            raise
    best = max(known for known, _ in found.values())
    winners = [encoding for encoding, (known, _) in found.items() if known == best]
    if best and len(winners) == 1:
        why = f"the bytes are not UTF-8; read as {winners[0]} {best} column names are known words, read otherwise fewer"
        return _again(con, path, folder, told, winners[0]), settled | {"encoding": (winners[0], why)}, ()
    why = "the bytes are not UTF-8, and no column name proves what they are: " + ", ".join(
        f"{encoding} ({ENCODINGS[encoding]}) makes one cell {shown(example, 20)}"
        for encoding, (_, example) in found.items()
    )
    return _again(con, path, folder, told, next(iter(found))), settled, (Open("encoding", tuple(found), why),)


def _below_titles(con, path, folder, told, settled):
    """(Raw, settled options, ()): opened at the line that the door takes for the header, below a report's title."""
    try:
        return _door(con, path, folder, told), settled, ()
    except DataError as error:
        if error.code != "missing_column" or (error.line or 0) < 2:
            raise
        skip = error.line - 1
    raw = _door(con, path, folder + "-below", told | {"skip_lines": skip})
    return raw, settled | {"skip_lines": (skip, f"the names of columns stand in line {skip + 1}")}, ()


def _damaged(path, folder):
    """Whether most of the text beyond ASCII is UTF-8 after all, so that some bytes are damaged: no encoding mends that."""
    unpacked = os.path.join(folder, "plain", "unpacked")
    with open(unpacked if os.path.exists(unpacked) else path, "rb") as file:
        text = file.read(1 << 20).decode("utf-8", "surrogateescape")
    beyond = [c for c in text if not c.isascii()]
    broken = sum("\udc80" <= c <= "\udcff" for c in beyond)
    return len(beyond) > 2 * broken


def _decodings(con, path, folder, told):
    """{encoding: (known names that prove it, an example of text beyond ASCII)} of those in which all bytes are text.

    Names in plain ASCII are the same in every encoding but the wide ones, and prove nothing; a wide one without a known
    name is no candidate, since it makes rare letters of any bytes.
    """
    found = {}
    for encoding in ENCODINGS:
        if encoding == "latin-1" and "cp1252" in found:
            continue
        try:
            raw = _again(con, path, folder, told, encoding)
        except DataError:
            continue
        header, sample = (raw.text.header, raw.text.sample) if raw.text else ((), ())
        known = sum(h in KNOWN for h in header if encoding in WIDE or not h.isascii())
        beyond = (cell for row in (header, *sample) for cell in row if not cell.isascii())
        if known or encoding not in WIDE:
            found[encoding] = (known, next(beyond, ""))
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
        return list(raw.text.sample[:SAMPLE])
    cells = ", ".join(f"CAST({quoted(column)} AS VARCHAR)" for _, column, _ in raw.columns)
    return con.execute(f"SELECT {cells} FROM {raw.source} LIMIT {SAMPLE}").fetchall()


def _seen(con, columns, rows):
    import pyarrow as pa

    arrays = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    table = pa.table({f"c{i}": pa.array(cells, pa.string()) for i, cells in enumerate(arrays)})
    with con.cursor() as own:  # the table is known there only
        own.register("looked_at", table)
        found = histograms(own, "looked_at", {i: f"c{i}" for i in range(len(columns))})
    seen = []
    for i, (header, column, sort) in enumerate(columns):
        dates, numbers = found[(i, "date")], found[(i, "number")]
        filled = len(rows) - dates.get("empty", 0)
        day = sum(
            n for form, n in dates.items() if form.split("|")[0] not in ("other", "empty", "epoch", "epoch_ms", "excel")
        )
        number = sum(n for form, n in numbers.items() if form.split("|")[0] not in ("other", "empty"))
        seen.append(Seen(header, column, sort, filled / max(len(rows), 1), day / max(filled, 1), number / max(filled, 1),
                         len({c for c in arrays[i] if c}), {"date": dates, "number": numbers}))  # fmt: skip
    return tuple(seen)


def histograms(con, source, columns):
    """{(key, "date" or "number"): histogram of forms} of the text columns {key: SQL column} of a FROM clause."""
    layers, wanted = [{}, {}, {}], {}
    for key, column in columns.items():
        text = f"CAST({quoted(column)} AS VARCHAR)"
        layers[0][f"t{key}"] = forms.trimmed(text)
        layers[1][f"p{key}"], layers[2][f"k{key}"] = forms.number_parts(f"t{key}"), forms.core(f"p{key}")
        wanted[(key, "date")] = forms.date_form(f"t{key}")
        wanted[(key, "number")] = forms.number_form(f"t{key}", f"p{key}", f"k{key}")
    return forms.histogram(con, nested(source, layers), wanted)


def whole(con, look, seen, kind):
    """The histogram of a column over all rows, or of the sample where the file does not read in one go."""
    try:
        return histograms(con, look.source, {0: seen.column})[(0, kind)]
    except duckdb.Error:
        return seen.forms[kind]
