"""The door for workbooks: the rows of a sheet become a Parquet file of text, a cell's true type kept in how it is written."""

import itertools

from crm_analysis.data.errors import refuse, shown
from crm_analysis.data.files import content, headers, texts
from crm_analysis.data.files.texts import text


def workbook(path, name, options, target, wanted):
    """Write the sheet as text to ``target``: columns c0, c1, …, ``_row`` and ``_line`` (the sheet's row). Returns the header.

    Raises DataError ``too_large``, ``corrupt``, ``empty_file``, ``no_sheet`` or ``ambiguous_sheet``.
    """
    import python_calamine

    content.check_workbook(path)
    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        sheets = [s.name for s in book.sheets_metadata]
        return _sheet(book, sheets, name, options, target, wanted)
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        refuse(
            "corrupt",
            name,
            f"the workbook cannot be read: corrupt, truncated or not a workbook ({error})",
            mend="Save it again.",
        )


def _sheet(book, sheets, name, options, target, wanted):
    told, skip = options.get("sheet"), int(options.get("skip_lines") or 0)
    if told is not None and told not in sheets:
        refuse(
            "no_sheet",
            name,
            f"there is no sheet {shown(told)}",
            mend=f"The sheets are {', '.join(map(shown, sheets))} (option sheet).",
        )
    found = []
    for sheet in [told] if told is not None else sheets:
        rows = book.get_sheet_by_name(sheet)
        header, first = _header(rows, skip)
        if header:
            found.append((sheet, header, first, rows))
    tables = [entry for entry in found if sum(headers.normal(h) in wanted for h in entry[1])] or found
    if not tables:
        refuse("empty_file", name, "the workbook is empty: no header and no rows", mend="Save it again with its data.")
    if len(tables) > 1 and told is None:
        refuse("ambiguous_sheet", name, f"{len(tables)} sheets hold data: {', '.join(shown(t[0]) for t in tables)}",
               mend="Say which sheet is meant (option sheet).")  # fmt: skip
    _, header, first, rows = tables[0]
    _refuse_title(name, header, first, rows, wanted)
    width = len(header)
    numbered = ((row, line, [text(v) for v in cells[:width]] + [None] * (width - len(cells)))
                for row, line, cells in _filled(rows, first))  # fmt: skip
    texts.written(target, [f"c{i}" for i in range(width)], numbered)
    return header


def _header(sheet, skip):
    """(header, its row from 1): the first row after ``skip`` rows that is not empty."""
    for i, cells in enumerate(itertools.islice(sheet.iter_rows(), skip, skip + 50)):
        if any(text(v) for v in cells):
            return tuple(text(v) or "" for v in cells), skip + i + 1
    return (), 0


def _refuse_title(name, header, first, rows, wanted):
    """Point at a header that stands below other rows."""
    score = sum(headers.normal(h) in wanted for h in header)
    for line, cells in enumerate(itertools.islice(rows.iter_rows(), first + 30), 1) if score < 2 else ():
        if line > first and sum(headers.normal(text(v) or "") in wanted for v in cells) > max(score, 1):
            refuse("missing_column", name, f"the first row is not the header; row {line} looks like it",
                   mend=f"Remove the rows above it, or say how many there are (option skip_lines: {line - 1}).",
                   examples=[{"line": line, "row": None, "value": None}])  # fmt: skip


def _filled(sheet, first):
    row = 0
    for line, cells in enumerate(sheet.iter_rows(), 1):
        if line > first and any(v not in ("", None) for v in cells):
            row += 1
            yield row, line, list(cells)
