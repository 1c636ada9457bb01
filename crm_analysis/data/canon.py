"""From a raw table to the canonical one: every cell read under a stated rule, every row kept or accounted for.

A file whose cells are all in canonical form is read once, by a query that fails on the first other cell. Any other
file takes the careful way: look at all cells, decide the readings, convert, and name what cannot be converted.
"""

import os
from typing import NamedTuple

import duckdb

from . import cells, delimited, readings
from .errors import DataError, problem
from .sql import literal, parquet, quoted
from .wording import BAD, mended, told

SAMPLE = 3000
REASONS = {"order_date": "bad_date", "amount": "bad_amount"}


class Raw(NamedTuple):
    """A table as it lies in its source, ready to be queried.

    ``source``: FROM clause; ``columns``: header -> (SQL column, sort); ``text``: the delimited file, if it is one;
    ``path``: the Parquet file, if it is one; ``ragged``: rows that the door left out.
    """

    name: str
    source: str
    columns: dict
    text: delimited.Delimited | None = None
    path: str = ""
    numbered: bool = False
    ragged: int = 0
    warnings: tuple = ()


class Item(NamedTuple):
    """One column on its way: ``i`` its number, ``name`` its contract name ('' for an operand of a formula)."""

    i: int
    name: str
    kind: str
    required: bool
    header: str
    column: str
    sort: str
    formula: str = ""


class Part(NamedTuple):
    """What became of one file."""

    path: str
    rows_in: int
    dropped: dict
    warnings: list
    set_aside: list


def day_name(column):
    """The name of the day-number companion of a date column.

    >>> day_name("order_date"), day_name("opened_at"), day_name("period_end")
    ('order_day', 'opened_day', 'period_end_day')
    """
    for suffix in ("_date", "_on", "_at"):
        column = column.removesuffix(suffix)
    return column + "_day"


def convert(con, raw, table, items, keep, options, folder):
    """Write ``raw`` as a canonical Parquet file in ``folder``; raises DataError with everything wrong.

    ``items``: the columns, formulas last; ``keep``: SQL over ``v{i}`` that says which rows are wanted, or ''.
    """
    target = os.path.join(folder, f"{table}.part.parquet")
    try:
        if raw.text and (raw.text.scan.controls or raw.text.line != 1):
            raise _NotCanonical
        head = _decide(con, f"(SELECT * FROM {raw.source} LIMIT {SAMPLE})", items, options)
        if not head.problems and head.sure:
            rows = _fast(con, raw, items, keep, head.readings, target)
            _refuse_swallowed(con, raw, table, rows)
            return Part(target, rows, {}, head.warnings, [])
    except (duckdb.Error, _NotCanonical):
        pass  # some cell or record is not in canonical form
    return _careful(con, raw, table, items, keep, options, folder, target)


class _NotCanonical(Exception):
    pass


class _Decision(NamedTuple):
    readings: dict
    problems: list  # (item, code, message, mend, forms)
    warnings: list
    sure: bool


def _decide(con, source, items, options):
    """Readings of the text columns by their histograms over ``source``."""
    text = [item for item in items if item.sort in ("text", "other") or (item.kind == "date" and item.sort in ("number", "fraction"))]
    text = [item for item in text if not item.formula and item.kind not in ("flag", *cells.WHOLE)]
    x = {item: f"CAST({quoted(item.column)} AS VARCHAR)" for item in text}
    layers, forms = [{}, {}, {}], {}
    for item in text:
        i = item.i
        layers[0][f"x{i}"] = x[item]
        if item.kind in cells.MEASURED:
            layers[0][f"t{i}"] = readings.trimmed(x[item])
            layers[1][f"p{i}"], layers[2][f"c{i}"] = readings.number_parts(f"t{i}"), readings.core(f"p{i}")
            forms[item] = readings.number_form(f"t{i}", f"p{i}", f"c{i}")
        elif item.kind == "date":
            layers[0][f"t{i}"] = readings.trimmed(x[item])
            forms[item] = readings.date_form(f"t{i}")
        else:
            layers[0][f"t{i}"] = readings.canonical(x[item])
            forms[item] = readings.text_form(f"x{i}", f"t{i}")
    found = readings.histogram(con, nested(source, layers), forms)
    return _decided(items, found, options)


def _decided(items, found, options):
    decided, problems, warnings, sure = {}, [], [], True
    for item in items:
        zones = {name: options.get(name) or "" for name in ("tz", "stored_tz")}
        reading, trouble = readings.Reading(timed=item.sort in ("time", "zoned"), **zones), None
        if item in found and item.kind in cells.MEASURED:
            reading, trouble = readings.number(found[item], options, item.kind == "money")
        elif item in found and item.kind == "date":
            reading, trouble = readings.date(found[item], options)
        elif item in found:
            warnings += _text_warnings(item, found[item])
        if item.sort == "zoned" and not options.get("tz"):
            warnings.append(told("timezone_kept", item.name, 0))
        if len(reading.zones) and not trouble:
            warnings.append(told("timezone_converted" if reading.tz else "timezone_kept", item.name, 0))
        warnings += [told(style, item.name, n) for style, n in reading.styles if n]
        decided[item.i], sure = reading, sure and reading.sure
        if trouble:
            problems.append((item, *trouble))
    return _Decision(decided, problems, warnings, sure)


def _text_warnings(item, found):
    prefix = "ids" if item.kind == "id" else "text"
    return [told(f"{prefix}_{form}", item.name, found[form])
            for form in ("trimmed", "normalised", "invisible", "replacement") if found.get(form)]  # fmt: skip


def nested(source, layers):
    """A FROM clause that adds each layer of named expressions on top of the one before, the first one instead of it."""
    for depth, layer in enumerate(layers):
        if layer:
            source = f"(SELECT {'*, ' * (depth > 0)}{_selected(layer)} FROM {source})"
    return source


def _outputs(items, value="v"):
    """{output column: SQL} in contract order, with the day companions."""
    made = {}
    for item in items:
        if item.name:
            made[item.name] = f"{value}{item.i}"
            if item.kind == "date":
                made[day_name(item.name)] = f"CAST(CAST({value}{item.i} AS DATE) - DATE '1970-01-01' AS INTEGER)"
    return made


def _selected(made):
    return ", ".join(f"{sql} AS {quoted(name)}" for name, sql in made.items())


def _fast(con, raw, items, keep, decided, target):
    if keep:
        raise _NotCanonical
    layers = [{}, {}, {}, {}]
    for item in items:
        step = 2 if item.formula else 0
        layers[step][f"x{item.i}"] = item.formula or quoted(item.column)
        value = cells.quick(item.i, item.kind, item.required, item.sort, decided[item.i], raw.text and raw.text.scan, item.header)
        if value is None:
            raise _NotCanonical
        layers[step + 1][f"v{item.i}"] = value
    con.execute(f"COPY (SELECT {_selected(_outputs(items))} FROM {nested(raw.source, layers)}) TO {literal(target)} (FORMAT parquet, COMPRESSION zstd)")
    return _checked(con, items, target)


def _checked(con, items, target):
    """Rows of the fast way's output; dates are known to be plausible only now."""
    dates = [item.name for item in items if item.name and item.kind == "date"]
    ends = "".join(f", year(min({quoted(d)})), year(max({quoted(d)}))" for d in dates)
    rows, *years = con.execute(f"SELECT count(*){ends} FROM {parquet(target)}").fetchone()
    if any(y is not None and not cells.YEAR_MIN <= y <= cells.YEAR_MAX for y in years):
        raise _NotCanonical
    return rows


def _careful(con, raw, table, items, keep, options, folder, target):
    quarantine = options.get("on_bad_row") == "quarantine"
    raw = _settled(con, raw, table, items, quarantine, folder)
    decision = _decide(con, raw.source, items, options)
    stage = os.path.join(folder, f"{table}.stage.parquet")
    troubled = {item.i for item, *_ in decision.problems}
    _stage(con, raw, items, keep, decision.readings, troubled, stage)
    problems = [_reading_problem(con, raw, table, *trouble) for trouble in decision.problems]
    rows, dropped, bad = _summed(con, items, stage)
    found = _bad_problems(con, raw, table, items, bad, stage)
    if not quarantine or problems:
        problems += [_repeated(con, raw, table, stage, dropped)] if dropped.get("repeated_header") else []
        problems += found
        if problems:
            raise DataError(problems)
    _refuse_swallowed(con, raw, table, rows)
    part = _final(con, raw, items, decision, stage, target, rows, dropped, found)
    os.remove(stage)
    return part


def _settled(con, raw, table, items, quarantine, folder):
    """The raw table as one Parquet file whose rows have numbers."""
    if raw.path:
        return raw._replace(source=parquet(raw.path, rows=True))
    path = os.path.join(folder, f"{table}.raw.parquet")
    used = sorted({int(item.column[1:]) for item in items if item.column})
    ragged = delimited.to_parquet(con, raw.text, used, path, quarantine, table)
    numbered = "_row" in {row[0] for row in con.execute(f"DESCRIBE SELECT * FROM {parquet(path)}").fetchall()}
    return raw._replace(source=parquet(path, rows=True), path=path, numbered=numbered, ragged=ragged)


def _stage(con, raw, items, keep, decided, troubled, stage):
    row, line = ("_row", "_line") if raw.numbered else ("file_row_number + 1", "NULL::BIGINT")
    layers = [{"_row": row, "_line": line}, *({} for _ in range(12))]
    for item in items:
        step = 6 if item.formula else 0
        layers[step][f"x{item.i}"] = item.formula or quoted(item.column)
        made = cells.layers(item.i, item.kind, item.required, item.sort, decided[item.i])
        if item.i in troubled:
            made = {"v": "NULL", "b": "''"}
        for letter, sql in made.items():
            layers[step + {"t": 1, "p": 2, "k": 3, "c": 4, "v": 5, "b": 6}[letter]][f"{letter}{item.i}"] = sql
    text = [item for item in items if not item.formula]
    repeat = " AND ".join(_is_header(item) for item in text if item.sort == "text") or "false"
    blank = " AND ".join(f"coalesce(trim(CAST(x{item.i} AS VARCHAR)), '') = ''" for item in text)
    bad = " OR ".join(f"b{item.i} <> ''" for item in items)
    operands = " OR ".join(f"b{item.i} <> ''" for item in items if not item.name) or "false"
    drop = f"""CASE WHEN {repeat} THEN 'repeated_header' WHEN {blank or 'false'} THEN 'blank_row'
        WHEN {operands} THEN 'bad' {f"WHEN ({keep}) IS NOT TRUE THEN 'filtered'" if keep else ''} WHEN {bad} THEN 'bad' ELSE '' END"""
    columns = _outputs([item for item in items if item.name])
    for item in items:
        columns[f"b{item.i}"] = f"b{item.i}"
        columns[f"r{item.i}"] = f"CASE WHEN b{item.i} <> '' THEN left(CAST(x{item.i} AS VARCHAR), 300) END"
    columns |= {"_drop": drop, "_row": "_row", "_line": "_line"}
    con.execute(f"COPY (SELECT {_selected(columns)} FROM {nested(raw.source, layers)}) TO {literal(stage)} (FORMAT parquet, COMPRESSION zstd)")


def _is_header(item):
    name = delimited.normal(item.header).replace("_", "")
    return f"replace(replace(lower(trim(x{item.i}, ' \ufeff')), '_', ''), ' ', '') = {literal(name)}"


def _summed(con, items, stage):
    """(rows, {reason: rows}, {item number: {problem: rows}})."""
    source = parquet(stage)
    counts = dict(con.execute(f"SELECT _drop, count(*) FROM {source} GROUP BY _drop").fetchall())
    wanted = ", ".join(f"histogram(b{item.i})" for item in items)
    found = con.execute(f"SELECT {wanted} FROM {source} WHERE _drop = 'bad'").fetchone()
    bad = {item.i: {k: n for k, n in dict(h or {}).items() if k} for item, h in zip(items, found)}
    rows = sum(counts.values())
    counts.pop("", None)
    return rows, counts, bad


def _examples(con, raw, stage, where, value):
    sql = f"SELECT _row, _line, {value} FROM {parquet(stage)} WHERE {where} ORDER BY _row LIMIT 5"
    found = con.execute(sql).fetchall()
    if raw.text and not raw.numbered:
        lines = delimited.lines_of(raw.text, [row for row, _, _ in found])
        found = [(row, lines.get(row), cell) for row, _, cell in found]
    if raw.text is None and not raw.numbered:
        found = [(row, None, cell) for row, _, cell in found]
    return [{"row": row, "line": line, "value": cell} for row, line, cell in found]


def _bad_problems(con, raw, table, items, bad, stage):
    problems = []
    for item in items:
        for code, n in sorted(bad[item.i].items(), key=lambda pair: list(BAD).index(pair[0])):
            examples = _examples(con, raw, stage, f"_drop = 'bad' AND b{item.i} = {literal(code)}", f"r{item.i}")
            public, message, mend = mended(code, item, n, [e["value"] for e in examples])
            problems.append(problem(public, raw.name, message, mend=mend, table=table, column=item.name or item.header,
                                    count=n, examples=examples))  # fmt: skip
    return sorted(problems, key=lambda p: p["code"] not in ("encoding", "control_character"))


def _refuse_swallowed(con, raw, table, rows):
    """Refuse a cell that holds whole records: a quote opened in one row and closed by chance in a later one."""
    if raw.text is None or not raw.text.scan.quotes or raw.text.scan.lines <= rows + raw.text.line:
        return
    examples = delimited.swallowed(raw.text)
    if examples:
        raise DataError([problem("quote", raw.name, "a quoted cell holds what looks like whole records: a quote is not closed where it should be",
                                 mend='Close the quote, or double a quote that belongs to the text ("").', table=table,
                                 count=len(examples), examples=examples)])  # fmt: skip


def _repeated(con, raw, table, stage, dropped):
    n = dropped["repeated_header"]
    return problem("repeated_header", raw.name, f"the header appears again among the rows ({n} time(s)): files joined end to end?",
                   mend="Remove the repeated header lines.", table=table, count=n,
                   examples=_examples(con, raw, stage, "_drop = 'repeated_header'", "NULL"))  # fmt: skip


def _reading_problem(con, raw, table, item, code, message, mend, forms):
    """A problem of the whole column; its examples are the first cells that show it."""
    examples = []
    if forms:
        x, t, p, c = quoted(item.column), f"t{item.i}", f"p{item.i}", f"c{item.i}"
        number = item.kind in cells.MEASURED
        row, line = ("_row", "_line") if raw.numbered else ("file_row_number + 1", "NULL")
        layers = [{t: readings.trimmed(f"CAST({x} AS VARCHAR)"), "_row": row, "_line": line}]
        layers += [{p: readings.number_parts(t)}, {c: readings.core(p)}] if number else []
        form = readings.number_form(t, p, c) if number else readings.date_form(t)
        wanted = ", ".join(literal(f) for f in forms)
        sql = f"SELECT _row, _line, {t} FROM {nested(raw.source, layers)} WHERE split_part({form}, '|', 1) IN ({wanted}) LIMIT 5"
        found = con.execute(sql).fetchall()
        lines = delimited.lines_of(raw.text, [r for r, _, _ in found]) if raw.text and not raw.numbered else {}
        examples = [{"row": r, "line": lines.get(r, at), "value": v} for r, at, v in found]
    return problem(code, raw.name, message, mend=mend, table=table, column=item.name or item.header, examples=examples)


def _final(con, raw, items, decision, stage, target, rows, dropped, found):
    columns = ", ".join(quoted(name) for name in _outputs(items))
    source = parquet(stage)
    con.execute(f"COPY (SELECT {columns} FROM {source} WHERE _drop = '') TO {literal(target)} (FORMAT parquet, COMPRESSION zstd)")
    if dropped.pop("bad", 0):
        chain = " ".join(f"WHEN b{item.i} <> '' THEN {literal(REASONS.get(item.name, 'bad_' + (item.name or item.header)))}" for item in items)
        for reason, n in con.execute(f"SELECT CASE {chain} END, count(*) FROM {source} WHERE _drop = 'bad' GROUP BY 1").fetchall():
            dropped[reason] = n
    if raw.ragged:
        dropped["ragged"] = raw.ragged
    places = [p | {"examples": [e | {"value": None} for e in p["examples"]]} for p in found]  # facts hold no customer's data
    return Part(target, rows + raw.ragged, dropped, decision.warnings, places)
