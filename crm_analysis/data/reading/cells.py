"""One cell in SQL: its canonical value, and what is wrong with it when it has none.

A column ``i`` goes through layers, each a plain projection over the one before: ``x{i}`` as read, ``t{i}`` trimmed,
``p{i}`` its parts, ``k{i}`` a number's core, ``c{i}`` the number or time, ``v{i}`` the value, ``b{i}`` the problem ('' when there is none).
"""

from crm_analysis.data.files.delimited import CELL_MAX
from crm_analysis.data.reading import dates, forms
from crm_analysis.data.sql import literal, quoted

SIZE_MAX = 1e12  # an amount of a million millions on one line is a slip, in any currency
LAYERS = ("x", "t", "p", "k", "c", "v", "b")
WHOLE = ("count", "rating")
MEASURED = ("money", "number")
# Where whole numbers of a type end to be told from their neighbours.
EXACT = "CASE typeof({x}) WHEN 'FLOAT' THEN 16777216 WHEN 'DOUBLE' THEN 9007199254740992 ELSE 1e38 END"
YES, NO = "'yes','y','true','t','1','是'", "'no','n','false','f','0','否'"
CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}]"
SCIENTIFIC = r"[+-]?\d(?:[.,]\d+)?[eE]\+\d{1,3}"

SQL_TYPE = {
    "id": "VARCHAR", "text": "VARCHAR", "money": "DOUBLE", "number": "DOUBLE", "count": "BIGINT",
    "rating": "SMALLINT", "flag": "BOOLEAN",
}  # fmt: skip


def layers(item, reading, scan=None):
    """{layer letter: SQL} of an item, read under its reading. ``scan``: what is known of the whole file, or None."""
    i, kind, required, source = item.i, item.kind, item.required, item.sort
    if kind in WHOLE:
        return _whole(i, kind, required, source)
    if kind in MEASURED:
        return _number(i, required, source, reading)
    if kind == "date":
        return dates.layers(i, required, source, reading)
    if kind == "flag":
        return _flag(i, required, source)
    return _text(i, kind, required, source, scan)


def stacked(items, made):
    """Layers for ``sql.nested`` of the SQL ``made`` {item number: {layer letter: SQL}}; formulas stand on all values."""
    found = [{} for _ in range(2 * len(LAYERS))]
    for item in items:
        base = len(LAYERS) if item.formula else 0
        for letter, sql in ({"x": item.formula or quoted(item.column)} | made[item.i]).items():
            found[base + LAYERS.index(letter)][f"{letter}{item.i}"] = sql
    return found


def _text(i, kind, required, source, scan):
    x, t, v = f"x{i}", f"t{i}", f"v{i}"
    raw, inexact = x, "false"
    if source == "fraction":  # 1001.0 is the id 1001; a number too long for its type would be another customer's id
        whole = f"{x} = floor({x}) AND abs({x}) < {EXACT.format(x=x)}"
        raw = f"CASE WHEN {whole} THEN CAST(CAST({x} AS HUGEINT) AS VARCHAR) ELSE CAST({x} AS VARCHAR) END"
        inexact = f"NOT ({whole}) AND typeof({x}) IN ('DOUBLE', 'FLOAT')"
    elif source != "text":
        raw = f"CAST({x} AS VARCHAR)"
    beyond = (
        "" if not scan or scan.controls else f"strlen({v}) <> length({v}) AND "
    )  # none is ASCII: few cells to search
    bad = [f"WHEN {v} IS NULL THEN {literal('missing' if required else '')}",
           f"WHEN {beyond}regexp_matches({v}, {literal(CONTROL)}) THEN 'control'",
           f"WHEN length({v}) > {CELL_MAX} THEN 'long'"]  # fmt: skip
    if kind == "id":
        exponent = "" if not scan or scan.exponents else "false AND "
        bad += [f"WHEN {inexact} THEN 'inexact'",
                f"WHEN {exponent}regexp_full_match({v}, {literal(SCIENTIFIC)}) THEN 'scientific'",
                f"WHEN contains({v}, '\ufffd') THEN 'replacement'"]  # fmt: skip
    return {
        "t": forms.canonical(raw),
        "v": f"nullif({t}, '')",
        "b": f"CASE {' '.join(bad)} ELSE '' END",
    }


def _flag(i, required, source):
    t, v = f"t{i}", f"v{i}"
    raw = f"x{i}" if source == "text" else f"CAST(x{i} AS VARCHAR)"
    empty = literal("missing" if required else "")
    return {
        "t": f"lower({forms.trimmed(raw)})",
        "v": f"CASE WHEN {t} IN ({YES}) THEN true WHEN {t} IN ({NO}) THEN false END",
        "b": f"CASE WHEN coalesce({t}, '') = '' THEN {empty} WHEN {v} IS NULL THEN 'flag' ELSE '' END",
    }


def _whole(i, kind, required, source):
    x, t, v = f"x{i}", f"t{i}", f"v{i}"
    text = forms.trimmed(x) if source == "text" else f"CAST({x} AS VARCHAR)"
    empty = literal("missing" if required else "")
    return {
        "t": text,
        "v": f"CASE WHEN regexp_full_match({t}, '\\d{{1,9}}(?:\\.0*)?') THEN TRY_CAST({t} AS {SQL_TYPE[kind]}) END",
        "b": f"CASE WHEN coalesce({t}, '') = '' THEN {empty} WHEN {v} IS NULL THEN 'whole' ELSE '' END",
    }


def _number(i, required, source, reading):
    x, t, p, c, v = (f"{letter}{i}" for letter in "xtpcv")
    if source in ("number", "fraction"):
        exact, empty = f"TRY_CAST({x} AS DECIMAL(38, 10))", f"{x} IS NULL"
        made = {"t": f"CAST({x} AS VARCHAR)", "c": exact}
        unread = f"{c} IS NULL AND abs({x}) >= {SIZE_MAX} AND isfinite(CAST({x} AS DOUBLE))"
    else:
        made = {
            "t": forms.trimmed(x if source == "text" else f"CAST({x} AS VARCHAR)"),
            "p": f"CASE WHEN NOT {_common(t, reading)[0]} THEN {forms.number_parts(t)} END",
            "k": forms.core(p),
            "c": _exact(i, reading),
        }
        empty, unread = f"coalesce({t}, '') = ''", f"{c} IS NULL AND {_readable(i, reading)}"
    bad = [f"WHEN {empty} THEN {literal('missing' if required else '')}",
           f"WHEN abs({c}) >= {SIZE_MAX} OR ({unread}) THEN 'implausible'",
           f"WHEN {c} IS NULL THEN 'number'"]  # fmt: skip
    return made | {"v": f"round(CAST({c} AS DOUBLE), 4)", "b": f"CASE {' '.join(bad)} ELSE '' END"}


def _readable(i, reading):
    """SQL: the cell has the form of a number under the reading."""
    p, k = f"p{i}", f"k{i}"
    mark = reading.decimal or "."
    point = "[.]" if mark == "." else ","
    plain = rf"\d+(?:{point}\d*)?|{point}\d+"
    group = "," if reading.thousands == "," else r"[.]" if reading.thousands == "." else None
    if group:
        plain += rf"|\d{{1,3}}(?:{group}\d{{2,3}})*{group}\d{{3}}(?:{point}\d*)?"
    brackets = f"({p}.pre[1] = '(') = ({p}.post[-1:] = ')')"
    signs = f"{forms.signs(f'{p}.pre')} + {forms.signs(f'{p}.post')} + CAST({p}.pre[1] = '(' AS INT) <= 1"
    money = [f"{forms.currency(f'{p}.{part}')} = ''" for part in ("pre", "post")]
    currency = f"({' OR '.join(money) if reading.currency else ' AND '.join(money)})"
    return f"(regexp_full_match({k}, {literal(plain)}) AND {brackets} AND {signs} AND {currency})"


def _exact(i, reading):
    """SQL: the cell as an exact decimal, NULL when it is no number or too large for one."""
    p, k = f"p{i}", f"k{i}"
    digits = k
    if reading.decimal == ",":
        digits = f"replace(replace({k}, '.', ''), ',', '.')"
    elif reading.thousands:
        digits = f"replace({k}, ',', '')"
    sign = f"CASE WHEN contains({p}.pre, '-') OR contains({p}.post, '-') OR {p}.pre[1] = '(' THEN '-' ELSE '' END"
    number = f"CASE WHEN {p}.exp = '' THEN TRY_CAST({sign} || {digits} AS DECIMAL(38, 10)) ELSE " \
             f"TRY_CAST(TRY_CAST({sign} || {digits} || {p}.exp AS DOUBLE) AS DECIMAL(38, 10)) END"  # fmt: skip
    common, value = _common(f"t{i}", reading)
    return f"CASE WHEN {common} THEN {value} WHEN {_readable(i, reading)} THEN {number} END"


def _common(t, reading):
    """SQL: (the number has one of the commonest forms, its value): plain, in groups of three digits, in brackets."""
    mark = {".": "[.]", ",": ",", "": "[.]"}[reading.decimal]
    part = rf"(?:{mark}(?:\d{{1,2}}|\d{{4}}))?" if reading.decimal else ""
    group = {".": "[.]", ",": ","}.get(reading.thousands)
    grouped = rf"|-?\d{{1,3}}(?:{group}\d{{3}}){{1,5}}(?:{mark}\d{{1,2}})?" if group else ""
    form = rf"-?\d{{1,18}}{part}{grouped}|\(\d{{1,18}}{part}\)"
    digits = f"CASE WHEN starts_with({t}, '(') THEN '-' || {t}[2:-2] ELSE {t} END"
    digits = f"replace({digits}, '{reading.thousands}', '')" if group else digits
    digits = f"replace({digits}, ',', '.')" if reading.decimal == "," else digits
    return f"regexp_full_match({t}, {literal(form)})", f"TRY_CAST({digits} AS DECIMAL(38, 10))"


def quick(item, reading, scan):
    """SQL: the value of a cell already in canonical form; any other cell makes the query fail. None: no such way.

    ``scan``: what is known of the whole file, or None.
    """
    i, kind, source = item.i, item.kind, item.sort
    x = f"x{i}"
    seen, value = "true", None
    if kind in ("id", "text") and source == "text":
        seen, value = _quick_text(x, kind, scan, item.header), x
    elif kind in WHOLE and source == "text":
        seen, value = f"regexp_full_match({x}, '\\d{{1,4}}')", f"CAST({x} AS {SQL_TYPE[kind]})"
    elif kind in MEASURED and source == "text":
        mark = {"": "", ".": r"(?:\.\d{1,4})?", ",": r"(?:,\d{1,4})?"}[reading.decimal]
        plain = r"-?\d{1,11}" + mark
        seen = f"regexp_full_match({x}, {literal(plain)})"
        text = f"replace({x}, ',', '.')" if reading.decimal == "," else x
        value = f"CAST(CAST({text} AS DECIMAL(18, 4)) AS DOUBLE)"
    elif kind == "date" and source == "text" and not reading.stored_tz:
        seen, value = dates.quick(x, reading)
    elif kind == "date" and source == "time":
        value = dates.moved(x, reading)
    elif kind == "date" and source == "date":
        value = x
    elif kind in ("id", "text") and source == "number":
        value = f"CAST({x} AS VARCHAR)"
    elif kind in MEASURED and source in ("number", "fraction"):
        seen, value = f"abs({x}) < {SIZE_MAX}", f"round(CAST({x} AS DOUBLE), 4)"
    elif kind == "flag" and source == "flag":
        value = x
    if value is None:
        return None
    null = "" if item.required else f"WHEN {x} IS NULL THEN NULL "
    return f"CASE {null}WHEN {x} IS NOT NULL AND {seen} THEN {value} ELSE error('not canonical') END"


def _quick_text(x, kind, scan, header):
    if scan and scan.ascii and not scan.controls:
        end = f"ord(right({x}, 1)) > 32" if scan.blanks else f"NOT suffix({x}, ' ')"
        seen = [f"ord({x}) > 32", end]
    else:
        told_of = f"{CONTROL[:-1]}{forms.INVISIBLE}\ufffd]"
        seen = [f"{forms.canonical(x)} = {x}", f"NOT regexp_matches({x}, {literal(told_of)})"]
    if not scan or scan.long:
        seen.append(f"strlen({x}) <= {CELL_MAX}")
    if kind == "id":
        seen.append(f"{x} <> {literal(header)}")
        if not scan or scan.exponents:
            seen.append(f"NOT contains(upper({x}), 'E+')")
    return " AND ".join(seen)
