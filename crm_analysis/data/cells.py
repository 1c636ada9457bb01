"""One cell in SQL: its canonical value, and what is wrong with it when it has none.

A column ``i`` goes through layers, each a plain projection over the one before: ``x{i}`` as read, ``t{i}`` trimmed,
``p{i}`` its parts, ``c{i}`` a number's core, ``v{i}`` the value, ``b{i}`` the problem ('' when there is none).
"""

from . import readings
from .delimited import CELL_MAX
from .sql import literal

SIZE_MAX = 1e12  # an amount of a million millions on one line is a slip, in any currency
YEAR_MIN, YEAR_MAX = 1971, 2079
WHOLE = ("count", "rating")
MEASURED = ("money", "number")
YES, NO = "'yes','y','true','t','1','是'", "'no','n','false','f','0','否'"
CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}]"
SCIENTIFIC = r"[+-]?\d(?:[.,]\d+)?[eE]\+\d{1,3}"
MONTHS = "['jan','feb','mar','apr','may','jun','jul','aug','sep','oct','nov','dec']"
PARTS = "['y', 'm', 'd', 'h', 'mi', 's', 'f', 'ap', 'z']"
ISO = r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})" + readings.TIME

SQL_TYPE = {
    "id": "VARCHAR", "text": "VARCHAR", "money": "DOUBLE", "number": "DOUBLE", "count": "BIGINT",
    "rating": "SMALLINT", "flag": "BOOLEAN",
}  # fmt: skip


def sort(duck_type):
    """What a DuckDB column type holds: text, number, fraction, date, time, zoned, flag, nested or other."""
    name = duck_type.upper()
    if name.startswith(("DECIMAL", "FLOAT", "DOUBLE", "REAL")):
        return "fraction"
    if "INT" in name and not name.startswith("INTERVAL"):
        return "number"
    if name.startswith("TIMESTAMP"):
        return "zoned" if "TIME ZONE" in name else "time"
    if name.endswith("]") or name.startswith(("STRUCT", "MAP", "UNION", "BLOB")):
        return "nested"
    return {"VARCHAR": "text", "DATE": "date", "BOOLEAN": "flag"}.get(name, "other")


def layers(i, kind, required, source, reading):
    """{layer letter: SQL} for column ``i`` of the kind, read from a column of sort ``source``."""
    if kind in WHOLE:
        return _whole(i, kind, required, source)
    if kind in MEASURED:
        return _number(i, required, source, reading)
    if kind == "date":
        return _date(i, required, source, reading)
    if kind == "flag":
        return _flag(i, required, source)
    return _text(i, kind, required, source)


def _text(i, kind, required, source):
    x, t, v = f"x{i}", f"t{i}", f"v{i}"
    raw = x
    if source == "fraction":  # 1001.0 is the id 1001; a number too long for its type would be another customer's id
        raw = f"CASE WHEN {x} = floor({x}) AND abs({x}) < 1e15 THEN CAST(CAST({x} AS BIGINT) AS VARCHAR) ELSE CAST({x} AS VARCHAR) END"
    elif source != "text":
        raw = f"CAST({x} AS VARCHAR)"
    bad = [f"WHEN {v} IS NULL THEN {literal('missing' if required else '')}",
           f"WHEN regexp_matches({v}, {literal(CONTROL)}) THEN 'control'",
           f"WHEN length({v}) > {CELL_MAX} THEN 'long'"]  # fmt: skip
    if kind == "id":
        bad += [f"WHEN regexp_full_match({v}, {literal(SCIENTIFIC)}) THEN 'scientific'",
                f"WHEN contains({v}, '\ufffd') THEN 'replacement'"]  # fmt: skip
    return {
        "t": readings.canonical(raw),
        "v": f"nullif({t}, '')",
        "b": f"CASE {' '.join(bad)} ELSE '' END",
    }


def _flag(i, required, source):
    t, v = f"t{i}", f"v{i}"
    raw = f"x{i}" if source == "text" else f"CAST(x{i} AS VARCHAR)"
    empty = literal("missing" if required else "")
    return {
        "t": f"lower({readings.trimmed(raw)})",
        "v": f"CASE WHEN {t} IN ({YES}) THEN true WHEN {t} IN ({NO}) THEN false END",
        "b": f"CASE WHEN coalesce({t}, '') = '' THEN {empty} WHEN {v} IS NULL THEN 'flag' ELSE '' END",
    }


def _whole(i, kind, required, source):
    x, t, v = f"x{i}", f"t{i}", f"v{i}"
    text = readings.trimmed(x) if source == "text" else f"CAST({x} AS VARCHAR)"
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
        unread = f"{c} IS NULL AND abs({x}) >= {SIZE_MAX} AND NOT isinf(CAST({x} AS DOUBLE))"
    else:
        made = {
            "t": readings.trimmed(x if source == "text" else f"CAST({x} AS VARCHAR)"),
            "p": readings.number_parts(t),
            "k": readings.core(p),
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
    signs = f"CAST({p}.s1 <> '' AS INT) + CAST({p}.s2 <> '' AS INT) + CAST({p}.s3 <> '' AS INT) + CAST({p}.open <> '' AS INT)"
    currency = f"CAST({p}.c1 <> '' AS INT) + CAST({p}.c2 <> '' AS INT) <= {int(reading.currency)}"
    return f"(regexp_full_match({k}, {literal(plain)}) AND ({p}.open = '') = ({p}.close = '') AND {signs} <= 1 AND {currency})"


def _exact(i, reading):
    """SQL: the cell as an exact decimal, NULL when it is no number or too large for one."""
    p, k = f"p{i}", f"k{i}"
    digits = k
    if reading.decimal == ",":
        digits = f"replace(replace({k}, '.', ''), ',', '.')"
    elif reading.thousands:
        digits = f"replace({k}, ',', '')"
    sign = f"CASE WHEN '-' IN ({p}.s1, {p}.s2, {p}.s3) OR {p}.open <> '' THEN '-' ELSE '' END"
    number = f"CASE WHEN {p}.exp = '' THEN TRY_CAST({sign} || {digits} AS DECIMAL(38, 10)) ELSE " \
             f"TRY_CAST(TRY_CAST({sign} || {digits} || {p}.exp AS DOUBLE) AS DECIMAL(38, 10)) END"  # fmt: skip
    mark = "[.]" if reading.decimal == "." else reading.decimal
    simple = r"-?\d{1,18}" + (rf"(?:{mark}(?:\d{{1,2}}|\d{{4}}))?" if mark else "")
    common = f"regexp_full_match(t{i}, {literal(simple)})"
    return f"CASE WHEN {common} THEN TRY_CAST(replace(t{i}, ',', '.') AS DECIMAL(38, 10)) WHEN {_readable(i, reading)} THEN {number} END"


def _date(i, required, source, reading):
    x, t, p, c, v = (f"{letter}{i}" for letter in "xtpcv")
    empty = literal("missing" if required else "")
    if source in ("date", "time", "zoned"):
        made, value = {"t": f"CAST({x} AS VARCHAR)"}, x
        if source == "zoned":
            value = f"timezone({literal(reading.tz or 'UTC')}, {x})"
        elif source == "time":
            value = _moved(x, reading)
    else:
        made = {"t": readings.trimmed(x if source == "text" else f"CAST({x} AS VARCHAR)")}
        if reading.order in ("ymd", "dmy", "mdy"):
            common, stamp = _common(t, reading.order)
            made["p"] = f"CASE WHEN NOT {common} THEN regexp_extract({_as_iso(t, reading)}, {literal(ISO)}, {PARTS}) END"
            made["c"] = f"CASE WHEN {common} THEN {stamp} ELSE {_stamp(p)} END"
            value = _in_zone(p, c, reading)
        else:
            value = _told(t, reading)
        if not reading.timed:
            value = f"CAST({value} AS DATE)"
    far = f"year({v}) NOT BETWEEN {YEAR_MIN} AND {YEAR_MAX}"
    return made | {
        "v": value,
        "b": f"CASE WHEN coalesce({t}, '') = '' THEN {empty} WHEN {v} IS NULL THEN 'date' WHEN {far} THEN 'range' ELSE '' END",
    }


def _common(t, order):
    """SQL: (the date has the commonest form of its order, the date as a timestamp)."""
    year, month, day = {"ymd": ((1, 4), (6, 7), (9, 10)), "dmy": ((7, 10), (4, 5), (1, 2)), "mdy": ((7, 10), (1, 2), (4, 5))}[order]
    form = r"\d{4}-\d{2}-\d{2}" if order == "ymd" else r"\d{2}[-/.]\d{2}[-/.]\d{4}"
    parts = [f"{t}[{start}:{end}]" for start, end in (year, month, day)]
    return f"regexp_full_match({t}, {literal(form)})", f"CAST(TRY_CAST({' || chr(45) || '.join(parts)} AS DATE) AS TIMESTAMP)"


def _as_iso(t, reading):
    """SQL: the text with its date part rewritten as year-month-day, for the forms that the column holds."""
    text = t
    if reading.order in ("dmy", "mdy"):
        swap = r"\3-\2-\1" if reading.order == "dmy" else r"\3-\1-\2"
        text = f"regexp_replace({text}, '^(\\d{{1,2}})[-/.](\\d{{1,2}})[-/.](\\d{{4}})', {literal(swap)})"
    if "compact" in reading.forms:
        text = f"regexp_replace({text}, '^(\\d{{4}})(\\d{{2}})(\\d{{2}})', '\\1-\\2-\\3')"
    if "chinese" in reading.forms:
        text = f"regexp_replace({text}, '^(\\d{{4}})\\s*年\\s*(\\d{{1,2}})\\s*月\\s*(\\d{{1,2}})\\s*日?', '\\1-\\2-\\3')"
    for form, place in (("day_name", (2, 1, 3)), ("name_day", (1, 2, 3))):
        if form in reading.forms:
            text = _unnamed(t, text, form, place)
    return text


def _unnamed(t, text, form, place):
    month, day, year = place
    pattern = {
        "day_name": r"^(\d{1,2})[- /.]*([A-Za-z]{3})[a-z]*[-,. /]*(\d{4})",
        "name_day": r"^([A-Za-z]{3})[a-z]*\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})",
    }[form]
    number = f"list_position({MONTHS}, lower(regexp_extract({t}, {literal(pattern)}, {month})))"
    rest = f"regexp_replace({t}, {literal(pattern)}, '')"
    date = f"regexp_extract({t}, {literal(pattern)}, {year}) || '-' || {number} || '-' || regexp_extract({t}, {literal(pattern)}, {day})"
    return f"CASE WHEN regexp_matches({t}, {literal(readings.DAY[form] + readings.TIME)}) THEN {date} || {rest} ELSE {text} END"


def _stamp(p):
    """SQL: the parts of a date and time as a timestamp, NULL when the calendar or the clock has no such moment."""
    hour = f"""CASE WHEN {p}.ap = '' THEN TRY_CAST({p}.h AS INT)
        WHEN TRY_CAST({p}.h AS INT) NOT BETWEEN 1 AND 12 THEN 99
        ELSE TRY_CAST({p}.h AS INT) % 12 + CASE WHEN lower({p}.ap) = 'p' THEN 12 ELSE 0 END END"""
    clock = f"({hour}) || ':' || {p}.mi || ':' || CASE WHEN {p}.s = '' THEN '00' ELSE {p}.s END || CASE WHEN {p}.f = '' THEN '' ELSE '.' || left({p}.f, 6) END"
    return f"""CASE WHEN {p}.y = '' THEN NULL
        WHEN {p}.h = '' THEN CAST(TRY_CAST({p}.y || '-' || {p}.m || '-' || {p}.d AS DATE) AS TIMESTAMP)
        WHEN {hour} < 24 THEN TRY_CAST({p}.y || '-' || {p}.m || '-' || {p}.d || ' ' || {clock} AS TIMESTAMP) END"""


def _in_zone(p, c, reading):
    """SQL: the stamp as a clock on the wall of the zone told; a stamp without zone is one already."""
    bare = _moved(c, reading)
    if not reading.tz or not reading.zones:
        return bare
    z = f"replace({p}.z, ':', '')"
    minutes = f"CASE WHEN {p}.z[1] IN ('+', '-') THEN CAST({z}[1] || '1' AS INT) * (CAST({z}[2:3] AS INT) * 60 + CAST(CASE WHEN length({z}) > 3 THEN {z}[4:5] ELSE '0' END AS INT)) ELSE 0 END"
    zoned = f"timezone('UTC', {c} - to_minutes({minutes}))"
    return f"CASE WHEN {p}.z = '' THEN {bare} ELSE timezone({literal(reading.tz)}, {zoned}) END"


def _moved(stamp, reading):
    """SQL: a time without zone, written on the clock of ``stored_tz``, as the clock in ``tz`` showed it."""
    if not reading.stored_tz or not reading.timed:
        return stamp
    return f"timezone({literal(reading.tz)}, timezone({literal(reading.stored_tz)}, {stamp}))"


def _told(t, reading):
    if reading.order == "excel":
        return f"CASE WHEN regexp_full_match({t}, '\\d{{4,6}}(\\.\\d+)?') THEN TIMESTAMP '1899-12-30' + to_seconds(round(CAST({t} AS DOUBLE) * 86400)) END"
    if reading.order in ("epoch", "epoch_ms"):
        divide = 1000 if reading.order == "epoch_ms" else 1
        stamp = f"make_timestamp(CAST(round(TRY_CAST({t} AS DECIMAL(20, 3)) * CAST({1_000_000 // divide} AS DECIMAL(10, 0))) AS BIGINT))"
        if reading.tz:
            stamp = f"timezone({literal(reading.tz)}, timezone('UTC', {stamp}))"
        return f"CASE WHEN regexp_full_match({t}, '\\d{{1,14}}(\\.\\d{{1,3}})?') THEN {stamp} END"
    return _moved(f"try_strptime({t}, {literal(reading.order)})", reading)


def quick(i, kind, required, source, reading, scan, header):
    """SQL: the value of a cell already in canonical form; any other cell makes the query fail. None: no such way.

    ``scan``: what is known of the whole file (``files.Scan``), or None.
    """
    x = f"x{i}"
    seen, value = "true", None
    if kind in ("id", "text") and source == "text":
        seen, value = _quick_text(x, kind, scan, header), x
    elif kind in WHOLE and source == "text":
        seen, value = f"regexp_full_match({x}, '\\d{{1,4}}')", f"CAST({x} AS {SQL_TYPE[kind]})"
    elif kind in MEASURED and source == "text":
        mark = {"": "", ".": r"(?:\.\d{1,4})?", ",": r"(?:,\d{1,4})?"}[reading.decimal]
        plain = r"-?\d{1,11}" + mark
        seen = f"regexp_full_match({x}, {literal(plain)})"
        text = f"replace({x}, ',', '.')" if reading.decimal == "," else x
        value = f"CAST(CAST({text} AS DECIMAL(18, 4)) AS DOUBLE)"
    elif kind == "date" and source == "text" and not reading.stored_tz:
        seen, value = _quick_date(x, reading)
    elif kind == "date" and source == "time":
        value = _moved(x, reading)
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
    null = "" if required else f"WHEN {x} IS NULL THEN NULL "
    return f"CASE {null}WHEN {x} IS NOT NULL AND {seen} THEN {value} ELSE error('not canonical') END"


def _quick_text(x, kind, scan, header):
    if scan and scan.ascii and not scan.controls:
        end = f"ord(right({x}, 1)) > 32" if scan.blanks else f"NOT suffix({x}, ' ')"
        seen = [f"ord({x}) > 32", end]
    else:
        seen = [f"{readings.canonical(x)} = {x}", f"NOT regexp_matches({x}, {literal(CONTROL)})",
                f"NOT contains({x}, '\ufffd')"]  # fmt: skip
    if not scan or scan.long:
        seen.append(f"strlen({x}) <= {CELL_MAX}")
    if kind == "id":
        seen.append(f"{x} <> {literal(header)}")
        if not scan or scan.exponents:
            seen.append(f"NOT contains(upper({x}), 'E+')")
    return " AND ".join(seen)


def _quick_date(x, reading):
    if reading.zones or set(reading.forms) - {"ymd"} or reading.order not in ("ymd", "dmy", "mdy"):
        return "", None
    if reading.order == "ymd" and not reading.timed:
        return f"{x} LIKE '____-__-__'", f"CAST({x} AS DATE)"
    if reading.order == "ymd":
        form = r"\d{4}-\d{2}-\d{2}" + r"(?:[T ]\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)?"
        return f"regexp_full_match({x}, {literal(form)})", f"CAST({x} AS TIMESTAMP)"
    if reading.timed:
        return "", None
    swap = r"\3-\2-\1" if reading.order == "dmy" else r"\3-\1-\2"
    form = r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})"
    return f"regexp_full_match({x}, {literal(form)})", f"CAST(regexp_replace({x}, {literal(form)}, {literal(swap)}) AS DATE)"
