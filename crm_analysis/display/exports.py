"""Customer lists as files: CSV and XLSX that carry no live formula and come back unchanged.

A spreadsheet runs a CSV cell that begins with ``=``, ``+``, ``-`` or ``@``. In the CSV such a text gets an apostrophe
in front, and so does one that already has apostrophes there, so that :func:`read_csv` gives back exactly what was
written. In the XLSX every text is stored as text and needs no mark.
"""

import csv
import itertools
import os
import re
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from crm_analysis.display import numbers, words

MIME = "application/vnd.crm-analysis.list+json"
LIVE = re.compile(r"'*[=+\-@\t\r\n\uff0b\uff0d\uff1d\uff20]")  # the full-width forms are live in East Asian Excel
MARKED = re.compile(r"'+[=+\-@\t\r\n\uff0b\uff0d\uff1d\uff20]")
SHEET_ROWS, CELL_CHARACTERS = 1_048_575, 32_767
PIECE = 100_000  # rows that are written at a time


class List(NamedTuple):
    """A customer list that was written, or could be; shows itself as one line and as JSON for the runner."""

    name: str
    caption: str
    rows: int
    files: tuple
    note: str

    def __repr__(self):
        return self.note

    def _repr_mimebundle_(self, include=None, exclude=None):
        about = {"name": self.name, "caption": self.caption, "rows": self.rows, "files": list(self.files)}
        html = words.say(self.note)._repr_html_()
        return {MIME: about, "text/html": f'<div class="list">{html}</div>', "text/plain": self.note}


def show(frame, name, caption, folder="", *told):
    """Write a list as ``folder/name.csv`` and ``folder/name.xlsx`` and tell of it; no folder: it is only counted.

    ``frame`` is a pandas frame or a DuckDB relation, one row per customer, in the order of the list, with stable column
    names (they head the CSV; the XLSX has the headings people read); words of ours in it are written in the reader's
    language, figures with at most 4 decimals. ``told``: small pandas tables of words, say a reason per segment, each put
    beside by the columns that it shares with the list. Rows are taken and written piece by piece. The files are readable by
    their owner only. A list too long or a text too long for a worksheet is written as CSV alone. Raises ValueError for a
    name that is not plain.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(f"the name of a list is lower case letters, digits and _, not {name!r}")
    caption = words.tr(caption)
    rows = len(frame) if isinstance(frame, pd.DataFrame) else frame.aggregate("count(*)").fetchall()[0][0]
    counted = {"caption": caption, "rows": (rows, "count")}
    if not folder:
        note = words.sentence("Customer list “{caption}”: {rows} customers; not written in this run.", **counted)
        return List(name, caption, rows, (), note)
    folder = Path(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = _written((_in_words(_beside(piece, told)) for piece in _pieces(frame)), folder, name, caption, rows)
    note = words.sentence(
        "Customer list “{caption}”: {rows} customers, in {files}.", **counted, files=words.joined(files)
    )
    return List(name, caption, rows, tuple(files), note)


def _pieces(frame):
    """Pandas frames of at most ``PIECE`` rows, the first without any: it has the headings."""
    if isinstance(frame, pd.DataFrame):
        yield from (
            frame.iloc[at : at + size] for at, size in [(0, 0), *((n, PIECE) for n in range(0, len(frame), PIECE))]
        )
        return
    reader = frame.to_arrow_reader(PIECE)
    for batch in itertools.chain([reader.schema.empty_table()], reader):
        yield batch.to_pandas(types_mapper=lambda kind: pd.Int64Dtype() if str(kind).startswith("int") else None)


def _beside(piece, told):
    for table in told:
        piece = piece.merge(table, how="left")
    return piece.round(dict.fromkeys(piece.select_dtypes("float").columns, 4))


def _written(pieces, folder, name, caption, rows):
    """The names of the files written: the CSV, and the workbook where all of the list fits one sheet."""
    book = _Book(folder / f"{name}.xlsx", caption, rows) if rows <= SHEET_ROWS else None
    with _private(folder / f"{name}.csv") as handle:
        for number, piece in enumerate(pieces):
            handle.write(_csv(piece, header=number == 0))
            if book and not book.add(piece):
                book = None
    if book:
        book.close()
    return [f"{name}.csv", *([f"{name}.xlsx"] if book else [])]


def _in_words(frame):
    """The words of ours (kind ``term``) in the reader's language; English is what the data hold."""
    terms = [c for c in frame.columns if numbers.kind_of(c) == "term"]
    said = {c: {v: words.tr(str(v)) for v in frame[c].dropna().unique()} for c in terms}
    return frame.assign(**{c: [v if pd.isna(v) else said[c][v] for v in frame[c]] for c in terms})


def read_csv(path):
    """A list as it was before it was written, all columns as text; ``""`` is a missing cell."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    for column in frame.columns:
        frame[column] = [v[1:] if MARKED.match(v) else v for v in frame[column]]
    return frame.rename(columns=lambda c: c[1:] if MARKED.match(c) else c)


def _safe(value):
    return f"'{value}" if isinstance(value, str) and LIVE.match(value) else value


def _is_text(column):
    kinds = pd.api.types
    is_figure = kinds.is_numeric_dtype(column) and not kinds.is_bool_dtype(column)
    return not (is_figure or kinds.is_datetime64_any_dtype(column))


def _csv(frame, header):
    """Lines of a CSV; the first have the headings, and the mark by which Excel knows UTF-8, so that Chinese opens as Chinese."""
    shown = frame.rename(columns=_safe)
    for column in shown.columns:
        if _is_text(shown[column]):
            shown[column] = shown[column].map(_safe)
    how = {"quoting": csv.QUOTE_NONNUMERIC, "lineterminator": "\n", "date_format": "%Y-%m-%d"}
    return "\ufeff" * header + shown.to_csv(index=False, header=header, **how)


class _Book:
    """A workbook of one sheet, written row by row, so that memory holds one row of it."""

    def __init__(self, path, title, rows):
        import xlsxwriter

        _private(path).close()
        plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self.path, self.rows, self.at = path, rows, 0
        self.book = xlsxwriter.Workbook(path, plain | {"default_date_format": "yyyy-mm-dd", "constant_memory": True})
        made = pd.Timestamp("2000-01-01").to_pydatetime()  # same data, same bytes
        self.book.set_properties({"title": title, "created": made})
        self.sheet = self.book.add_worksheet()

    def add(self, piece):
        """Write some rows, or give the workbook up: False when a text does not fit its cell."""
        if self.at == 0:
            self._head(piece)
        texts = [c for c in piece.columns if _is_text(piece[c])]
        if any(piece[c].dropna().astype(str).str.len().max() > CELL_CHARACTERS for c in texts if len(piece)):
            self.book.close()
            self.path.unlink()
            return False
        kinds = [_writer(self.sheet, piece[c]) for c in piece.columns]
        cells = [piece[c].astype(object).where(piece[c].notna(), None) for c in piece.columns]
        for row in zip(*cells, strict=True):
            for at, (value, write) in enumerate(zip(row, kinds, strict=True)):
                if value is not None:
                    write(self.at, at, value)
            self.at += 1
        return True

    def close(self):
        self.book.close()

    def _head(self, piece):
        bold = self.book.add_format({"bold": True, "bottom": 1})
        self.sheet.freeze_panes(1, 1)
        self.sheet.autofilter(0, 0, max(1, self.rows), len(piece.columns) - 1)
        for at, column in enumerate(piece.columns):
            self.sheet.set_column(at, at, min(40, max(12, len(words.label(column)) + 2)))
            self.sheet.write_string(0, at, words.label(column), bold)
        self.at = 1


def _writer(sheet, column):
    """How a cell of the column is written: a figure, a date, or a text that stays a text."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return lambda row, at, value: sheet.write_datetime(row, at, value.to_pydatetime())
    if _is_text(column):
        return lambda row, at, value: sheet.write_string(row, at, str(value))
    return lambda row, at, value: sheet.write_number(row, at, float(value))


def _private(path):
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8", newline="")
