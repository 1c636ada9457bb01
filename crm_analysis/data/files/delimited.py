"""The door for delimited text: which delimiter, which header, and two readers.

The fast reader is DuckDB's, told everything. Where it balks, the certain reader goes through the file record by
record and says which record is ragged, unquoted or undecodable; its word counts.
"""

import csv
import io
import mmap
import os
import re
from typing import NamedTuple

import duckdb

from crm_analysis.data.errors import DataError, problem, refuse, shown
from crm_analysis.data.files import content, texts
from crm_analysis.data.files.headers import normal
from crm_analysis.data.sql import literal, quoted, store

DELIMITERS = (",", ";", "\t", "|")
HEAD = 1 << 18
CELL_MAX = 131_072  # characters: also the csv module's limit


class Delimited(NamedTuple):
    """A delimited file as UTF-8 text at ``path``; ``line`` is the last line of the header, ``name`` the file's name."""

    path: str
    name: str
    header: tuple
    delimiter: str
    line: int
    scan: content.Scan
    sample: tuple


def opened(path, name, options, folder, wanted):
    """Decode the file to UTF-8 if need be and read its header. ``wanted``: header names to be found."""
    if content.bom(path) in ("", "utf-8-sig") and _is_utf8(options.get("encoding")):
        scan = content.scan(path)
        if scan.broken >= 0:
            _refuse_encoding(path, name, options, wanted, scan)
        text = path
    else:
        text = os.path.join(folder, "utf8.txt")
        content.to_utf8(path, text, content.bom(path) or options["encoding"], name)
        scan = content.scan(text)
    header, delimiter, line, sample = _head(text, name, options, wanted)
    if scan.spaced:
        _refuse_spaced_quote(text, name, delimiter)
    return Delimited(text, name, header, delimiter, line, scan, sample)


def _refuse_spaced_quote(path, name, delimiter):
    """Refuse a blank between a delimiter and an opening quote: the quotes would become part of the cell.

    Inside a quoted cell a quote stands double or ends it, so none is mistaken.
    """
    mark = re.escape(delimiter.encode())
    pattern = re.compile(rb"[\r\n" + mark + rb'] +"[^"\r\n' + mark + rb"]")
    with open(path, "rb") as file:
        text = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    found = pattern.search(text)
    if not found:
        return
    before = text[: found.start() + 1]
    line = max(before.count(b"\n"), before.count(b"\r")) + 1
    refuse("quote", name, "a blank stands before an opening quote, so that the quotes count as part of the cell",
           mend="Remove the blanks between delimiters and quotes.",
           examples=[{"line": line, "row": None, "value": found.group()[1:].decode("utf-8", "replace")}])  # fmt: skip


def _is_utf8(encoding):
    return (encoding or "utf-8").lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig", "ascii", "us-ascii")


def _head(path, name, options, wanted):
    with open(path, encoding="utf-8-sig", newline="", errors="surrogateescape") as file:
        text = file.read(HEAD)
        whole = not file.read(1)
    if not text.strip():
        refuse("empty_file", name, "the file is empty: no header and no rows", mend="Export it again.")
    skip = int(options.get("skip_lines") or 0)
    found = {d: _records(text, d, whole, skip) for d in DELIMITERS}
    told = options.get("delimiter")
    if told and told not in found:
        found[told] = _records(text, told, whole, skip)
    score = {d: sum(n in wanted for n in map(normal, records[0][1])) if records else 0 for d, records in found.items()}
    best = max(score, key=lambda d: score[d])
    _refuse_not_a_table(name, text, score[best])
    _refuse_title(name, found, score[best], wanted)
    if told and score[told] == 0 and score[best] > 0:
        refuse("delimiter", name, f"with the delimiter {shown(told)} no column of the table is found, with {shown(best)} "
               f"{score[best]} are", mend=f"Give the delimiter: {shown(best)} (option delimiter).")  # fmt: skip
    delimiter = told or (best if score[best] else _widest(found))
    records = found[delimiter]
    if not records:
        refuse("quote", name, "the header line opens a quote that is never closed", mend="Mend the quotes.",
               examples=[{"line": 1, "row": None, "value": text[:60]}])  # fmt: skip
    line, header = records[0]
    return tuple(header), delimiter, line + skip, tuple(tuple(r) for _, r in records[1:] if len(r) == len(header))


def _widest(found):
    return max(found, key=lambda d: len(found[d][0][1]) if found[d] else 0)


def _records(text, delimiter, whole, skip):
    """(last line, cells) of the records at the head of the file that are whole; blank lines left out."""
    if not whole:
        text = text[: text.rfind("\n") + 1] or text
    lines = io.StringIO(text, newline="")
    for _ in range(skip):
        lines.readline()
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    records = []
    try:
        for record in reader:
            if record:
                records.append((reader.line_num, record))
            if len(records) > 3000:
                break
    except csv.Error:
        pass
    return records


def _refuse_not_a_table(name, text, score):
    start = text.lstrip()[:200].lower()
    if score:
        return
    if start.startswith(("<!doctype", "<html", "<?xml", "<table", "<head", "<body", "<script")):
        refuse("not_a_table", name, "this is a web page (HTML or XML), not a table: it has no header of column names",
               mend="Log in and download the data itself.")  # fmt: skip
    if start.startswith(("{", "[")):
        refuse("not_a_table", name, "this is JSON, not a table with a header of column names",
               mend="Convert it to CSV or Parquet.")  # fmt: skip
    if text[:4096].count("\0") > len(text[:4096]) // 5:
        refuse("encoding", name, "the text holds NUL bytes throughout, as UTF-16 without a byte order mark does",
               mend="Give the encoding, e.g. utf-16-le (option encoding).")  # fmt: skip


def _refuse_title(name, found, score, wanted):
    """Point at a header that stands below other lines."""
    for records in found.values() if score < 2 else ():
        for line, cells in records[1:30]:
            if sum(normal(cell) in wanted for cell in cells) > max(score, 1):
                refuse("missing_column", name, f"the first line is not the header; line {line} looks like it",
                       mend=f"Remove the lines above it, or say how many there are (option skip_lines: {line - 1}).",
                       examples=[{"line": line, "row": None, "value": None}])  # fmt: skip


def from_clause(file):
    """DuckDB's reader for the file: nothing is guessed, all cells are text named c0, c1, …"""
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(file.header)))
    return (
        f"read_csv({literal(file.path)}, auto_detect = false, header = false, skip = {file.line}, "
        f"delim = {literal(file.delimiter)}, quote = '\"', escape = '\"', strict_mode = true, null_padding = false, "
        f"max_line_size = 4194304, columns = {{{columns}}})"
    )


def to_parquet(con, file, used, target, quarantine, table):
    """Write the ``used`` columns (indices) as text to ``target``; returns the number of ragged rows left out.

    The columns are c0, c1, … and, from the certain reader, ``_line`` and ``_row``. With ``quarantine`` ragged rows go to
    ``target`` + ``.ragged`` (``_row``, ``_line``, ``record``); without it they are refused.
    """
    names = ", ".join(quoted(f"c{i}") for i in used)
    try:
        if file.line != 1:  # DuckDB skips records where we count lines
            return _certain(file, used, target, quarantine, table)
        store(con, f"SELECT {names} FROM {from_clause(file)}", target)
        return 0
    except duckdb.Error:
        return _certain(file, used, target, quarantine, table)


def _certain(file, used, target, quarantine, table):
    width, examples, count = len(file.header), [], 0

    def good():
        nonlocal count
        for row, line, cells in records(file, table):
            if _whole(cells, width):
                yield row, line, [cells[i] for i in used]
                continue
            count += 1
            if len(examples) < 5:
                examples.append({"row": row, "line": line, "value": file.delimiter.join(cells)[:200], "n": len(cells)})

    texts.written(target, [f"c{i}" for i in used], good())
    if count and quarantine:
        ragged = ((row, line, [_record(file, c)]) for row, line, c in records(file, table) if not _whole(c, width))
        texts.written(target + ".ragged", ["record"], ragged)
    elif count:
        counts = ", ".join(str(n) for n in sorted({e.pop("n") for e in examples}))
        refuse("ragged", file.name, f"{count:,} record(s) with another number of fields ({counts}) than the header's "
               f"{width} columns", mend="Quote cells that hold the delimiter, or export the file again.",
               table=table, count=count, examples=examples)  # fmt: skip
    return count


def _whole(cells, width):
    """Whether a record has a cell for each column; a delimiter at the end of the line adds none."""
    return len(cells) == width or (len(cells) == width + 1 and cells[-1] == "")


def _record(file, cells):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=file.delimiter, lineterminator="").writerow(cells)
    return text.getvalue()


def records(file, table=""):
    """(row, first line, cells) of each record of data. Raises DataError ``quote`` or ``cell_too_long``."""
    with open(file.path, encoding="utf-8-sig", newline="", errors="surrogateescape") as stream:
        for _ in range(file.line):
            stream.readline()  # the header
        reader, row, start = csv.reader(stream, delimiter=file.delimiter, strict=True), 0, file.line + 1
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                _refuse_record(file, table, row + 1, start, file.line + reader.line_num, str(error))
            if cells and (len(cells) > 1 or cells[0].strip() or len(file.header) == 1):
                row += 1
                yield row, start, cells
            start = file.line + reader.line_num + 1


def _refuse_record(file, table, row, start, end, error):
    place = [{"row": row, "line": start, "value": None}]
    if "field limit" in error and end <= start:
        refuse("cell_too_long", file.name, f"a cell longer than the limit of {CELL_MAX:,} characters", table=table,
               mend="Shorten the text or leave the column out.", examples=place)  # fmt: skip
    refuse("quote", file.name, "a quote is opened here and not closed as it should be", table=table, examples=place,
           mend='Close the quote, or double a quote that belongs to the text ("").')  # fmt: skip


def lines_of(file, rows):
    """{row: line} for the rows asked for (1-based)."""
    wanted, found = set(rows), {}
    last = max(wanted, default=0)
    try:
        for row, line, _ in records(file):
            if row in wanted:
                found[row] = line
            if row >= last:
                break
    except DataError as error:  # the problem asked about is told anyway; what cannot be read may be its very row
        found |= {error.row: error.line} if error.row in wanted else {}
    return found


def ends_in_newline(file):
    """Whether the last line of the text is ended."""
    with open(file.path, "rb") as stream:
        stream.seek(-1, os.SEEK_END)
        return stream.read(1) == b"\n"


def swallowed(file):
    """The records, up to five, of which a cell holds a line with as many delimiters as a whole record."""
    width, found = len(file.header) - 1, []
    for row, line, cells in records(file):
        for cell in cells:
            if width and "\n" in cell and any(part.count(file.delimiter) >= width for part in cell.split("\n")):
                found.append({"row": row, "line": line, "value": cell[:200]})
                break
        if len(found) == 5:
            break
    return found


def _refuse_encoding(path, name, options, wanted, scan):
    """Name the record and column of the first bytes that are not UTF-8."""
    header, delimiter, line, _ = _head(path, name, options, wanted)
    file = Delimited(path, name, header, delimiter, line, scan, ())
    examples, columns, count = [], [], 0
    try:
        for row, at, cells in records(file):
            broken = [i for i, c in enumerate(cells) if not _encodable(c)]
            count += len(broken)
            for i in broken[: 5 - len(examples)]:
                columns.append(header[i] if i < len(header) else None)
                examples.append(
                    {"row": row, "line": at, "value": cells[i].encode("utf-8", "surrogateescape").decode("latin-1")}
                )
    except DataError:
        pass  # the encoding is the graver problem
    raise DataError([problem("encoding", name, f"{max(count, 1):,} cell(s) are not valid UTF-8 text",
                             mend="Give the encoding the file was saved with (option encoding, e.g. gb18030, cp1252, "
                             "latin-1), or mend the damaged bytes.", column=columns[0] if columns else None,
                             count=max(count, 1), examples=examples)])  # fmt: skip


def _encodable(text):
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
