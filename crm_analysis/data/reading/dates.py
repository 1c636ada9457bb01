"""A date cell in SQL; see ``cells`` for the layers."""

from crm_analysis.data.reading import forms
from crm_analysis.data.sql import literal

MONTHS = "['jan','feb','mar','apr','may','jun','jul','aug','sep','oct','nov','dec']"
PARTS = "['y', 'm', 'd', 'h', 'mi', 's', 'f', 'ap', 'z']"
ISO = r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})" + forms.TIME
CLOCKS = (" %H:%M:%S", " %H:%M", " %H:%M:%S.%f", "T%H:%M:%S", "T%H:%M", "T%H:%M:%S.%f", " %I:%M:%S %p", " %I:%M %p")
YEAR_MIN, YEAR_MAX = 1971, 2079


def layers(i, required, source, reading):
    x, t, p, c, v = (f"{letter}{i}" for letter in "xtpcv")
    empty = literal("missing" if required else "")
    if source in ("date", "time", "zoned"):
        made, value = {"t": f"CAST({x} AS VARCHAR)"}, x
        if source == "zoned":
            value = f"timezone({literal(reading.tz or 'UTC')}, {x})"
        elif source == "time":
            value = moved(x, reading)
    else:
        made = {"t": forms.trimmed(x if source == "text" else f"CAST({x} AS VARCHAR)")}
        if reading.order in ("ymd", "dmy", "mdy"):
            common, stamp = _common(t, reading.order)
            made["p"] = (
                f"CASE WHEN NOT {common} THEN regexp_extract({_as_iso(t, reading)}, {literal(ISO)}, {PARTS}) END"
            )
            made["c"] = f"CASE WHEN {common} THEN {stamp} ELSE {_stamp(p)} END"
            value = _in_zone(p, c, reading)
        else:
            value = _told(t, reading)
        if not reading.timed:
            value = f"CAST({value} AS DATE)"
    far = f"(year({v}) BETWEEN {YEAR_MIN} AND {YEAR_MAX}) IS NOT TRUE"  # an infinite date has no year
    return made | {
        "v": value,
        "b": f"CASE WHEN coalesce({t}, '') = '' THEN {empty} WHEN {v} IS NULL THEN 'date' WHEN {far} THEN 'range' ELSE '' END",
    }


def _common(t, order):
    """SQL: (the date has the commonest form of its order, the date as a timestamp, NULL where no calendar has it)."""
    if order == "ymd":
        return f"regexp_full_match({t}, '\\d{{4}}-\\d{{2}}-\\d{{2}}')", f"CAST(TRY_CAST({t} AS DATE) AS TIMESTAMP)"
    return f"regexp_full_match({t}, '\\d{{2}}[-/.]\\d{{2}}[-/.]\\d{{4}}')", f"try_strptime({t}, {_formats(order)})"


def _formats(order):
    """SQL: the formats of a numeric date with the year last, one per separator."""
    first, second = order[0], order[1]
    return "[" + ", ".join(f"'%{first}{mark}%{second}{mark}%Y'" for mark in "/.-") + "]"


def _as_iso(t, reading):
    """SQL: the text with its date part rewritten as year-month-day, for the forms that the column holds."""
    text = t
    if reading.order in ("dmy", "mdy"):
        swap = r"\3-\2-\1" if reading.order == "dmy" else r"\3-\1-\2"
        text = f"regexp_replace({text}, '^(\\d{{1,2}})[-/.](\\d{{1,2}})[-/.](\\d{{4}})', {literal(swap)})"
    if "compact" in reading.forms:
        text = f"regexp_replace({text}, '^(\\d{{4}})(\\d{{2}})(\\d{{2}})', '\\1-\\2-\\3')"
    if "chinese" in reading.forms:
        text = (
            f"regexp_replace({text}, '^(\\d{{4}})\\s*年\\s*(\\d{{1,2}})\\s*月\\s*(\\d{{1,2}})\\s*日?', '\\1-\\2-\\3')"
        )
    for form, place in (("day_name", (2, 1, 3)), ("name_day", (1, 2, 3))):
        if form in reading.forms:
            text = _unnamed(t, text, form, place)
    return text


def _unnamed(t, text, form, place):
    month, day, year = place
    pattern = {
        "day_name": r"^(\d{1,2})[- /.]*([A-Za-z]{3})[A-Za-z]*[-,. /]*(\d{4})",
        "name_day": r"^([A-Za-z]{3})[A-Za-z]*\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})",
    }[form]
    number = f"list_position({MONTHS}, lower(regexp_extract({t}, {literal(pattern)}, {month})))"
    rest = f"regexp_replace({t}, {literal(pattern)}, '')"
    date = f"regexp_extract({t}, {literal(pattern)}, {year}) || '-' || {number} || '-' || regexp_extract({t}, {literal(pattern)}, {day})"
    return (
        f"CASE WHEN regexp_matches({t}, {literal(forms.DAY[form] + forms.TIME)}) THEN {date} || {rest} ELSE {text} END"
    )


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
    bare = moved(c, reading)
    if bare != c:  # a day without a time is that day on every clock
        bare = f"CASE WHEN coalesce({p}.h, '') = '' THEN {c} ELSE {bare} END"
    if not reading.tz or not reading.zones:
        return bare
    z = f"replace({p}.z, ':', '')"
    minutes = f"CASE WHEN {p}.z[1] IN ('+', '-') THEN CAST({z}[1] || '1' AS INT) * (CAST({z}[2:3] AS INT) * 60 + CAST(CASE WHEN length({z}) > 3 THEN {z}[4:5] ELSE '0' END AS INT)) ELSE 0 END"
    zoned = f"timezone('UTC', {c} - to_minutes({minutes}))"
    return f"CASE WHEN coalesce({p}.z, '') = '' THEN {bare} ELSE timezone({literal(reading.tz)}, {zoned}) END"


def moved(stamp, reading):
    """SQL: a time without zone, written on the clock of ``stored_tz``, as the clock in ``tz`` showed it."""
    if not reading.stored_tz or not reading.timed:
        return stamp
    return f"timezone({literal(reading.tz)}, timezone({literal(reading.stored_tz)}, {stamp}))"


def _told(t, reading):
    if reading.order == "excel":
        return f"CASE WHEN regexp_full_match({t}, '\\d{{4,6}}(\\.\\d+)?') THEN TIMESTAMP '1899-12-30' + to_milliseconds(CAST(round(CAST({t} AS DOUBLE) * 86400000) AS BIGINT)) END"
    if reading.order in ("epoch", "epoch_ms"):
        divide = 1000 if reading.order == "epoch_ms" else 1
        stamp = f"make_timestamp(CAST(round(TRY_CAST({t} AS DECIMAL(20, 3)) * CAST({1_000_000 // divide} AS DECIMAL(10, 0))) AS BIGINT))"
        if reading.tz:
            stamp = f"timezone({literal(reading.tz)}, timezone('UTC', {stamp}))"
        return f"CASE WHEN regexp_full_match({t}, '\\d{{1,14}}(\\.\\d{{1,3}})?') THEN {stamp} END"
    if any(code in reading.order for code in ("%H", "%I", "%M", "%S", "%f", "%p")):
        return moved(f"try_strptime({t}, {literal(reading.order)})", reading)
    day, clocks = f"try_strptime({t}, {literal(reading.order)})", [reading.order + clock for clock in CLOCKS]
    time = f"try_strptime({t}, [{', '.join(map(literal, clocks))}])"
    return f"coalesce({day}, {moved(time, reading)})"


def quick(x, reading):
    if reading.zones or set(reading.forms) - {"ymd"} or reading.order not in ("ymd", "dmy", "mdy"):
        return "", None
    if reading.order == "ymd" and not reading.timed:
        return f"{x} LIKE '____-__-__'", f"CAST({x} AS DATE)"
    if reading.order == "ymd":
        form = r"\d{4}-\d{2}-\d{2}" + r"(?:[T ](?:[01]\d|2[0-3]):\d{2}:\d{2}(?:\.\d{1,6})?)?"
        return f"regexp_full_match({x}, {literal(form)})", f"CAST({x} AS TIMESTAMP)"
    if reading.timed:
        return "", None
    form = r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}"
    return f"regexp_full_match({x}, {literal(form)})", f"CAST(strptime({x}, {_formats(reading.order)}) AS DATE)"
