"""Customer lists as files: CSV and XLSX that carry no live formula and come back unchanged.

A spreadsheet runs a CSV cell that begins with ``=``, ``+``, ``-`` or ``@``. In the CSV such a text gets an apostrophe
in front, and so does one that already has apostrophes there, so that :func:`read_csv` gives back exactly what was
written. In the XLSX every text is stored as text and needs no mark.
"""

import csv
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


def show(frame, name, caption, folder=""):
    """Write a list as ``folder/name.csv`` and ``folder/name.xlsx`` and tell of it; no folder: nothing is written.

    ``frame`` is a pandas frame, one row per customer, with stable column names (they head the CSV; the XLSX has the
    headings people read); words of ours in it are written in the reader's language. The files are readable by their owner only. A list too long or a text too long for a
    worksheet is written as CSV alone. Raises ValueError for a name that is not plain.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(f"the name of a list is lower case letters, digits and _, not {name!r}")
    caption, frame = words.tr(caption), _in_words(frame)
    counted = {"caption": caption, "rows": (len(frame), "count")}
    if not folder:
        note = words.sentence("Customer list “{caption}”: {rows} customers; not written in this run.", **counted)
        return List(name, caption, len(frame), (), note)
    folder = Path(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = [f"{name}.csv"]
    _write_csv(frame, folder / files[0])
    if _fits_a_sheet(frame):
        files.append(f"{name}.xlsx")
        _write_xlsx(frame, folder / files[1], caption)
    note = words.sentence(
        "Customer list “{caption}”: {rows} customers, in {files}.", **counted, files=words.joined(files)
    )
    return List(name, caption, len(frame), tuple(files), note)


def _in_words(frame):
    """The words of ours (kind ``term``) in the reader's language; English is what the data hold."""
    terms = [c for c in frame.columns if numbers.kind_of(c) == "term"]
    return frame.assign(**{c: [v if pd.isna(v) else words.tr(str(v)) for v in frame[c]] for c in terms})


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


def _write_csv(frame, path):
    """UTF-8 with the mark by which Excel knows it, so that Chinese opens as Chinese."""
    shown = frame.rename(columns=_safe)
    for column in shown.columns:
        if _is_text(shown[column]):
            shown[column] = shown[column].map(_safe)
    with _private(path) as handle:
        handle.write(
            "\ufeff"
            + shown.to_csv(index=False, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n", date_format="%Y-%m-%d")
        )


def _fits_a_sheet(frame):
    texts = (frame[c].dropna().astype(str).str.len().max() for c in frame.columns if _is_text(frame[c]) and len(frame))
    return len(frame) <= SHEET_ROWS and not any(length > CELL_CHARACTERS for length in texts)


def _write_xlsx(frame, path, title):
    import xlsxwriter

    _private(path).close()
    texts_only = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, texts_only | {"default_date_format": "yyyy-mm-dd"}) as book:
        book.set_properties(
            {"title": title, "created": pd.Timestamp("2000-01-01").to_pydatetime()}
        )  # same data, same bytes
        sheet = book.add_worksheet()
        head = book.add_format({"bold": True, "bottom": 1})
        for at, column in enumerate(frame.columns):
            sheet.write_string(0, at, words.label(column), head)
            sheet.set_column(at, at, min(40, max(12, len(words.label(column)) + 2)))
            _write_column(sheet, at, frame[column])
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, max(1, len(frame)), len(frame.columns) - 1)


def _write_column(sheet, at, column):
    kind = "text" if _is_text(column) else "date" if pd.api.types.is_datetime64_any_dtype(column) else "number"
    for row, value in enumerate(column, start=1):
        if pd.isna(value):
            continue
        if kind == "number":
            sheet.write_number(row, at, float(value))
        elif kind == "date":
            sheet.write_datetime(row, at, value.to_pydatetime())
        else:
            sheet.write_string(row, at, str(value))


def _private(path):
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8", newline="")
