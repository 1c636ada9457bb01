"""Tables people read: the one helper that turns a small frame into a table, with everything escaped."""

import html
from typing import NamedTuple

from crm_analysis.display import disclosure, numbers, words


class Table(NamedTuple):
    """A finished table; shows itself as HTML in a notebook and as aligned text elsewhere."""

    html: str
    plain: str

    def __repr__(self):
        return self.plain

    def _repr_html_(self):
        return self.html


def show(frame, caption, currency="", kinds=None, labels=None, interval=None, max_rows=60):
    """A small pandas frame as a table with headings, formats and a caption.

    Column names decide heading (:func:`words.label`) and format (:func:`numbers.kind_of`) unless ``labels`` or
    ``kinds`` (dicts by column) say otherwise; money headings carry the currency. Caption, headings and the values that
    are our own words (kind ``term``) are shown in the reader's language. ``interval`` names two columns,
    the exclusive lower and the inclusive upper end, shown as one. The frame's index is not shown. More than
    ``max_rows`` rows are cut, and the caption says so. Where a column ``customers`` counts few of them, the figures of
    that row, from this column to the right, are withheld (:mod:`disclosure`).
    """
    if interval:
        ends = [words.interval(*pair) for pair in zip(*(frame[c] for c in interval), strict=True)]
        frame = frame.assign(**{interval[0]: ends}).rename(columns={interval[0]: "values"}).drop(columns=interval[1])
    kinds = {c: (kinds or {}).get(c, numbers.kind_of(c)) for c in frame.columns}
    heads = [words.tr((labels or {}).get(c, "")) or _heading(c, kinds[c], currency) for c in frame.columns]
    shown, caption = frame.head(max_rows), words.tr(caption)
    if len(frame) > max_rows:
        cut = {"shown": (max_rows, "count"), "rows": (len(frame), "count")}
        caption = words.sentence("{caption} (the first {shown} of {rows} rows)", caption=caption, **cut)
    cells = [_column(shown[c], kinds[c]) for c in frame.columns]
    hidden = disclosure.small(frame)[: len(shown)]
    if any(hidden):
        first = list(frame.columns).index(disclosure.COUNT)
        for at in range(first, len(cells)):
            if kinds[frame.columns[at]] not in numbers.WORDS:
                cells[at] = [disclosure.MARK if h else v for h, v in zip(hidden, cells[at], strict=True)]
        caption = words.sentence("{caption}. {mark}", caption=caption, mark=disclosure.note())
    rows = list(zip(*cells, strict=True))
    return Table(_html(heads, rows, [_css(c, kinds[c]) for c in frame.columns], caption), _plain(heads, rows, caption))


def _heading(column, kind, currency):
    return words.with_unit(words.label(column), currency if kind == "money" else "")


def _column(values, kind):
    """All cells of one column share their decimals, so that a reader can compare down the column."""
    if kind in numbers.WORDS:
        return [numbers.text(v, kind) for v in values]
    decimals = numbers.decimals_of(values, kind)
    return [numbers.text(v, kind, decimals=decimals) for v in values]


def _css(column, kind):
    """Figures stand to the right, dates and the two ends of an interval on one line."""
    if kind not in numbers.WORDS:
        return ' class="number"'
    if kind == "date":
        return ' class="date"'
    return ' class="interval"' if str(column).endswith("interval") else ""


def _html(heads, rows, css, caption):
    head = "".join(f'<th scope="col"{c}>{html.escape(h)}</th>' for h, c in zip(heads, css, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{c}>{html.escape(v)}</td>" for v, c in zip(row, css, strict=True)) + "</tr>"
        for row in rows
    )
    return (
        f'<table class="crm"><caption>{html.escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _plain(heads, rows, caption):
    widths = [max(len(h), *(len(r[i]) for r in rows)) if rows else len(h) for i, h in enumerate(heads)]
    lines = ["  ".join(v.ljust(w) for v, w in zip(row, widths, strict=True)).rstrip() for row in [heads, *rows]]
    return "\n".join([caption, *lines])
