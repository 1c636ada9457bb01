"""The careful way: look at all cells, decide the readings, convert, and name what cannot be converted."""

import os

from crm_analysis.data.errors import DataError, problem
from crm_analysis.data.files import delimited, headers
from crm_analysis.data.reading import aside, cells, forms
from crm_analysis.data.reading.decisions import decide
from crm_analysis.data.reading.shapes import Part, outputs
from crm_analysis.data.sql import describe, literal, nested, parquet, quoted, selected, store
from crm_analysis.data.wording import BAD, mended, public

REASONS = {"order_date": "bad_date", "amount": "bad_amount"}


def convert(con, raw, table, items, keep, options, folder, target, decision=None):
    """The Part of a file whose cells need a close look; ``decision``: on all cells, where it was made already.

    Raises DataError with everything that is wrong.
    """
    quarantine = options.get("on_bad_row") == "quarantine"
    raw = _settled(con, raw, table, items, quarantine, folder)
    decision = decision or decide(con, raw.source, items, options)
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
    refuse_swallowed(con, raw, table, rows)
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
    numbered = "_row" in describe(con, parquet(path))
    return raw._replace(source=parquet(path, rows=True), path=path, numbered=numbered, ragged=ragged)


def _stage(con, raw, items, keep, decided, troubled, stage):
    row, line = ("_row", "_line") if raw.numbered else ("file_row_number + 1", "NULL::BIGINT")
    scan, made = raw.text and raw.text.scan, {}
    for item in items:
        made[item.i] = cells.layers(item, decided[item.i], scan)
        if item.i in troubled:
            made[item.i] = {"v": "NULL", "b": "''"}
    layers = cells.stacked(items, made)
    layers[0] |= {"_row": row, "_line": line}
    text = [item for item in items if not item.formula]
    repeat = " AND ".join(is_header(item) for item in text if item.sort == "text") or "false"
    blank = " AND ".join(f"coalesce(trim(CAST(x{item.i} AS VARCHAR)), '') = ''" for item in text)
    bad = " OR ".join(f"b{item.i} <> ''" for item in items)
    operands = " OR ".join(f"b{item.i} <> ''" for item in items if not item.name) or "false"
    drop = f"""CASE WHEN {repeat} THEN 'repeated_header' WHEN {blank or "false"} THEN 'blank_row'
        WHEN {operands} THEN 'bad' {f"WHEN ({keep}) IS NOT TRUE THEN 'filtered'" if keep else ""} WHEN {bad} THEN 'bad' ELSE '' END"""
    columns = outputs([item for item in items if item.name])
    for item in items:
        columns[f"b{item.i}"] = f"b{item.i}"
        columns[f"r{item.i}"] = f"CASE WHEN b{item.i} <> '' THEN left(CAST(x{item.i} AS VARCHAR), 300) END"
    columns |= {"_drop": drop, "_row": "_row", "_line": "_line"}
    store(con, f"SELECT {selected(columns)} FROM {nested(raw.source, layers)}", stage)


def is_header(item):
    """SQL: the cell is the header of its own column."""
    name = headers.normal(item.header).replace("_", "")
    cell = f"replace(replace(lower(trim(x{item.i}, ' \ufeff')), '_', ''), ' ', '')"
    return f"(strlen(x{item.i}) >= {len(name)} AND {cell} = {literal(name)})"


def _summed(con, items, stage):
    """(rows, {reason: rows}, {item number: {problem: rows}})."""
    source = parquet(stage)
    counts = dict(con.execute(f"SELECT _drop, count(*) FROM {source} GROUP BY _drop").fetchall())
    wanted = ", ".join(f"histogram(b{item.i})" for item in items)
    found = con.execute(f"SELECT {wanted} FROM {source} WHERE _drop = 'bad'").fetchone()
    bad = {item.i: {k: n for k, n in dict(h or {}).items() if k} for item, h in zip(items, found, strict=True)}
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


def refuse_swallowed(con, raw, table, rows):
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


def _reading_problem(con, raw, table, item, code, message, mend, shown):
    """A problem of the whole column; its examples are the first cells that show it."""
    examples = []
    if shown:
        x, t, p, c = quoted(item.column), f"t{item.i}", f"p{item.i}", f"c{item.i}"
        number = item.kind in cells.MEASURED
        row, line = ("_row", "_line") if raw.numbered else ("file_row_number + 1", "NULL")
        layers = [{t: forms.trimmed(f"CAST({x} AS VARCHAR)"), "_row": row, "_line": line}]
        layers += [{p: forms.number_parts(t)}, {c: forms.core(p)}] if number else []
        form = forms.number_form(t, p, c) if number else forms.date_form(t)
        wanted = ", ".join(literal(f) for f in shown)
        sql = f"SELECT _row, _line, {t} FROM {nested(raw.source, layers)} WHERE split_part({form}, '|', 1) IN ({wanted}) LIMIT 5"
        found = con.execute(sql).fetchall()
        lines = delimited.lines_of(raw.text, [r for r, _, _ in found]) if raw.text and not raw.numbered else {}
        examples = [{"row": r, "line": lines.get(r, at), "value": v} for r, at, v in found]
    return problem(code, raw.name, message, mend=mend, table=table, column=item.name or item.header, examples=examples)


def _final(con, raw, items, decision, stage, target, rows, dropped, found):
    columns = ", ".join(quoted(name) for name in outputs(items))
    store(con, f"SELECT {columns} FROM {parquet(stage)} WHERE _drop = ''", target)
    kept = ""
    if dropped or raw.ragged:
        kept = target + ".rows"
        store(con, f"SELECT _row FROM {parquet(stage)} WHERE _drop = ''", kept)
    # Facts hold no customer's data.
    places = [p | {"examples": [e | {"value": None} for e in p["examples"]]} for p in found]
    part = Part(target, rows + raw.ragged, dropped, decision.warnings, raw, items, places, [], kept, decision.readings)
    return _set_aside(con, part, stage) if raw.ragged or {"bad", "repeated_header"} & dropped.keys() else part


def _set_aside(con, part, stage):
    """The Part with its rows set aside in a file of their own, and counted by reason."""
    items, entries, dropped = part.items, [], {n: k for n, k in part.dropped.items() if n != "bad"}
    bad = {item: f"b{item.i} <> ''" for item in items}
    reasons = {i: literal(REASONS.get(i.name, "bad_" + (i.name or i.header))) for i in items}
    problems = {i: _public(i) for i in items}
    told = {"_row": "_row", "column": _first(bad, {i: literal(i.header) for i in items}, "NULL"),
            "reason": _first(bad, reasons, "_drop"), "problem": _first(bad, problems, "_drop")}  # fmt: skip
    chosen = f"SELECT {selected(told)} FROM {parquet(stage)} WHERE _drop IN ('bad', 'repeated_header')"
    entry = aside.taken(con, part, chosen, part.path + ".bad")
    if entry.rows:
        entries.append(entry)
        counted = con.execute(
            f"SELECT reason, count(*) FROM {parquet(entry.path)} GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        dropped |= dict(counted)
    if part.raw.ragged:
        entries.append(aside.ragged(con, part.raw, part.raw.path + ".ragged", part.path + ".ragged"))
        dropped["ragged"] = part.raw.ragged
    return part._replace(dropped=dropped, aside=entries)


def _first(bad, told, otherwise):
    """SQL: what is told of the first bad column of a row; a repeated header has none that counts."""
    chain = " ".join(f"WHEN {condition} THEN {told[item]}" for item, condition in bad.items())
    return f"CASE WHEN _drop = 'repeated_header' THEN {otherwise} {chain} ELSE {otherwise} END"


def _public(item):
    """SQL: the code that people see of what is wrong with a cell."""
    cases = " ".join(f"WHEN {literal(code)} THEN {literal(public(code, item.kind))}" for code in BAD)
    return f"CASE b{item.i} {cases} END"
