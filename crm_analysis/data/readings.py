"""How the dates and numbers of a column are to be read, decided from all its cells, never cell by cell.

``03/04/2024`` and ``1,234`` have two readings. A column settles them only when another cell of it proves one
(``25/12/2024``, ``12,50``) or when the owner says so. Otherwise the file is refused with the option that settles it.
"""

import re
from typing import NamedTuple

from .sql import literal

BLANK = r"\s\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}"
OUTER = f"^[{BLANK}]+|[{BLANK}]+$"
CODES = (
    "USD|EUR|GBP|CNY|RMB|JPY|CHF|CAD|AUD|NZD|INR|KRW|BRL|MXN|SEK|NOK|DKK|PLN|CZK|HUF|TRY|RUB|ZAR|SGD|HKD|TWD|THB|IDR|"
    "MYR|PHP|VND|ILS|AED|SAR|EGP|NGN|KES|ARS|CLP|COP|PEN|UAH|RON|BGN|ISK|PKR|BDT|KZT|MAD"
)
CURRENCY = rf"[$€£¥￥₹₩₽₺₫฿₴₪]|元|[A-Z]{{1,2}}\$|(?i:{CODES})"
SYMBOLS = {
    "$": "USD CAD AUD NZD SGD HKD TWD MXN ARS CLP COP", "€": "EUR", "£": "GBP EGP", "¥": "CNY RMB JPY",
    "￥": "CNY RMB JPY", "元": "CNY RMB TWD HKD", "₹": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY", "₫": "VND",
    "฿": "THB", "₴": "UAH", "₪": "ILS",
}  # fmt: skip
GAP = "[ '’\u00a0\u2009\u202f]"
NUMBER = (
    rf"^(\()?\s*([+-])?\s*({CURRENCY})?\s*([+-])?\s*(\d(?:[0-9.,]|{GAP}\d)*|[.,]\d+)([eE][+-]?\d{{1,3}})?"
    rf"\s*({CURRENCY})?\s*([+-])?\s*(\))?$"
)
PLAIN = r"-?\d{1,18}(?:[.,](?:\d{1,2}|\d{4}))?"  # the common forms, of which none has two readings in a column
NUMBER_PARTS = "['open', 's1', 'c1', 's2', 'core', 'exp', 'c2', 's3', 'close']"

_GROUPED = r"\d{{1,3}}(?:{k}\d{{2,3}})*{k}\d{{3}}"
VALID = {  # cores that read as numbers when the mark is the decimal mark and the other mark, if any, groups thousands
    ".": rf"\d+\.\d*|\.\d+|{_GROUPED.format(k=',')}\.\d*|\d{{1,3}}(?:,\d{{2,3}})+,\d{{3}}",
    ",": rf"\d+,\d*|,\d+|{_GROUPED.format(k='[.]')},\d*|\d{{1,3}}(?:\.\d{{2,3}})+\.\d{{3}}",
}
ZONE = r"(Z|z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})"
TIME = rf"(?:(?:[Tt]|\s+)(\d{{1,2}}):(\d{{2}})(?::(\d{{2}})(?:[.,](\d{{1,9}}))?)?(?:\s*([AaPp])\.?[Mm]\.?)?(?:\s*{ZONE})?)?$"
DAY = {
    "ymd": r"^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}",
    "compact": r"^(?:19|20)\d{6}",
    "chinese": r"^\d{4}\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日?",
    "day_name": r"^\d{1,2}[- /.]*(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[-,. /]*\d{4}",
    "name_day": r"^(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4}",
    "xmy": r"^\d{1,2}[-/.]\d{1,2}[-/.]\d{4}",
    "yy": r"^\d{1,2}[-/. ](?:\d{1,2}|[A-Za-z]{3})[-/. ]\d{2}",
}  # fmt: skip
ORDERS = ("ymd", "dmy", "mdy", "epoch", "epoch_ms", "excel")
CLEAR = ("ymd", "compact", "chinese", "day_name", "name_day")


WIDTH = 16


class Reading(NamedTuple):
    """How to read one column. ``sure`` is False when only a look at all cells can decide.

    ``order``: ymd, dmy, mdy, epoch, epoch_ms, excel, or a strptime format. ``timed``: some cell has a time of day.
    ``tz``: where days are counted; ``stored_tz``: on whose clock bare times were written, if not there.
    ``decimal``: '.', ',' or '' (no mark seen). ``styles``: counts of what was seen, for warnings.
    """

    order: str = "ymd"
    forms: tuple = ()
    timed: bool = False
    zones: tuple = ()
    tz: str = ""
    stored_tz: str = ""
    decimal: str = ""
    thousands: str = ""
    currency: bool = False
    sure: bool = True
    styles: tuple = ()


def trimmed(x):
    """SQL: ``x`` without outer white space; most cells have none, and are not looked at letter by letter."""
    return f"CASE WHEN {plain(x)} THEN {x} ELSE {_stripped(x)} END"


def canonical(x):
    """SQL: ``x`` trimmed and in Unicode form NFC."""
    return f"CASE WHEN {plain(x)} THEN {x} ELSE nfc_normalize({_stripped(x)}) END"


def _stripped(x):
    return f"CASE WHEN strlen({x}) = length({x}) THEN trim({x}, ' ' || chr(9) || chr(10) || chr(13)) ELSE regexp_replace({x}, {literal(OUTER)}, '', 'g') END"


def plain(x):
    """SQL: ``x`` is ASCII without outer white space."""
    return f"strlen({x}) = length({x}) AND ord({x}) > 32 AND ord(right({x}, 1)) > 32"


def number_parts(t):
    """SQL: the parts of a trimmed number as a struct; all empty when it is none, NULL when its form is ``PLAIN``."""
    parts = f"regexp_extract(replace({t}, '\u2212', '-'), {literal(NUMBER)}, {NUMBER_PARTS})"
    return f"CASE WHEN NOT regexp_full_match({t}, {literal(PLAIN)}) THEN {parts} END"


def core(p):
    """SQL: the digits with their marks, without the blanks and apostrophes that group thousands."""
    grouped = literal(rf"\d{{1,3}}(?:{GAP}\d{{3}})+(?:[.,]\d*)?")
    return f"CASE WHEN regexp_full_match({p}.core, {grouped}) THEN regexp_replace({p}.core, {literal(GAP)}, '', 'g') ELSE {p}.core END"


def number_form(t, p, c):
    """SQL: ``form|currency|styles`` of a number cell from its trimmed text, its parts and its core."""
    ungrouped = f"{c} = {p}.core"
    return f"""CASE WHEN coalesce({t}, '') = '' THEN 'empty'
        WHEN {p} IS NULL THEN CASE WHEN contains({t}, '.') THEN 'dot' WHEN contains({t}, ',') THEN 'comma' ELSE 'int' END
        WHEN {p}.core = '' THEN 'other' ELSE
        CASE WHEN regexp_full_match({c}, '\\d+') THEN CASE WHEN {ungrouped} THEN 'int' ELSE 'gap' END
          WHEN {ungrouped} AND regexp_full_match({c}, '[1-9]\\d{{0,2}},\\d{{3}}') THEN 'amb,'
          WHEN {ungrouped} AND regexp_full_match({c}, '[1-9]\\d{{0,2}}\\.\\d{{3}}') THEN 'amb.'
          WHEN regexp_full_match({c}, {literal(VALID["."])}) THEN 'dot'
          WHEN regexp_full_match({c}, {literal(VALID[","])}) THEN 'comma'
          ELSE 'other' END
        || '|' || upper({p}.c1 || {p}.c2) || '|'
        || CASE WHEN {p}.open <> '' THEN '(' WHEN {p}.s3 <> '' THEN '-' ELSE '' END
        || CASE WHEN {c} <> {p}.core OR regexp_matches({c}, '[.,].*[.,]') THEN ',' ELSE '' END
        || CASE WHEN regexp_matches({c}, '[.,]\\d{{5,}}$') THEN 'r' ELSE '' END
        || CASE WHEN {p}.exp <> '' THEN 'e' ELSE '' END END"""


def date_form(t):
    """SQL: ``form|timed|zone`` of a trimmed date cell; ``xmy`` is split by what its first two numbers prove."""
    whens = []
    for name, day in DAY.items():
        found = literal(name)
        if name == "xmy":
            first, second = r"^(?:1[3-9]|[2-9]\d)[-/.]", r"^\d{1,2}[-/.](?:1[3-9]|[2-9]\d)[-/.]"
            found = (
                f"CASE WHEN regexp_matches({t}, {literal(first)}) THEN 'dmy' "
                f"WHEN regexp_matches({t}, {literal(second)}) THEN 'mdy' ELSE 'xmy' END"
            )
        whens.append(f"WHEN regexp_matches({t}, {literal(day + TIME)}) THEN {found}")
    behind = literal(r":[0-9].*?" + ZONE + "$")
    zone = f"regexp_extract({t}, {behind}, 1)"
    common = {"ymd": r"\d{4}-\d{2}-\d{2}", "dmy": r"(?:1[3-9]|2\d|3[01])[-/.]\d{2}[-/.]\d{4}",
              "mdy": r"\d{2}[-/.](?:1[3-9]|2\d|3[01])[-/.]\d{4}", "xmy": r"\d{2}[-/.]\d{2}[-/.]\d{4}"}  # fmt: skip
    whens = [f"WHEN regexp_full_match({t}, {literal(day)}) THEN '{form}'" for form, day in common.items()] + whens
    return f"""CASE WHEN coalesce({t}, '') = '' THEN 'empty' {" ".join(whens)}
        WHEN regexp_full_match({t}, '\\d{{10}}(\\.\\d+)?') THEN 'epoch' WHEN regexp_full_match({t}, '\\d{{13}}') THEN 'epoch_ms'
        WHEN regexp_full_match({t}, '\\d{{5}}(\\.\\d+)?') THEN 'excel' ELSE 'other' END
        || CASE WHEN contains({t}, ':') THEN '|t|' || {zone} ELSE '' END"""


def text_form(x, t):
    """SQL: what the canonical form ``t`` changes in a text ``x``, or what the text warns of."""
    return f"""CASE WHEN {x} IS NULL OR {x} = '' THEN 'empty' WHEN {plain(x)} THEN 'same'
        WHEN {t} = {x} THEN
          CASE WHEN contains({x}, '\ufffd') THEN 'replacement'
               WHEN regexp_matches({x}, '[\\x{{200b}}-\\x{{200f}}\\x{{2060}}\\x{{ad}}]') THEN 'invisible' ELSE 'same' END
        WHEN {trimmed(x)} = {t} THEN 'trimmed' ELSE 'normalised' END"""


def histogram(con, source, forms):
    """{key: {form: count}} for SQL form expressions {key: sql}, few columns at a time: each takes working memory."""
    found, keys = {}, list(forms)
    for start in range(0, len(keys), WIDTH):
        some = keys[start : start + WIDTH]
        row = con.execute(f"SELECT {', '.join(f'histogram({forms[key]})' for key in some)} FROM {source}").fetchone()
        found |= {key: dict(counts or {}) for key, counts in zip(some, row)}
    return found


def _split(found):
    """[(form, second, third, count)] without the empty cells."""
    parts = [(*(key.split("|") + ["", ""])[:3], n) for key, n in found.items()]
    return [p for p in parts if p[0] != "empty"]


def number(found, options, money):
    """(Reading, problem) from the histogram of a number column; problem is (code, message, mend, forms) or None."""
    cells = _split(found)
    count = {}
    for form, _, _, n in cells:
        count[form] = count.get(form, 0) + n
    styles = _styles(cells)
    currency, trouble = _currency(cells, options) if money else (False, None)
    decimal, thousands = options.get("decimal") or "", options.get("thousands")
    if trouble:
        return Reading(), trouble
    if not decimal and thousands in (",", "."):
        decimal = "." if thousands == "," else ","
    if decimal:
        return Reading(decimal=decimal, thousands=_other(decimal) if thousands is None else thousands, currency=currency, styles=styles), None
    dot, comma = count.get("dot", 0), count.get("comma", 0)
    unclear = count.get("amb,", 0) + count.get("amb.", 0)
    if dot and comma:  # the rarer form is a slip: its cells are bad, and nothing is read as thousands
        return Reading(decimal="." if dot >= comma else ",", currency=currency, styles=styles), None
    if dot or comma:
        decimal = "." if dot else ","
        return Reading(decimal=decimal, thousands=_other(decimal), currency=currency, styles=styles), None
    if unclear:
        return Reading(sure=False), (
            "ambiguous_number", f"{unclear:,} number(s) such as 1,234 or 1.234 have two readings, and no other cell settles whether "
            "the mark is a decimal mark or separates thousands", "Say which mark is the decimal mark (option decimal: '.' or ',', "
            "and thousands: ',' or '.').", ("amb,", "amb."))  # fmt: skip
    return Reading(currency=currency, styles=styles), None


def _other(decimal):
    return "," if decimal == "." else "."


def _styles(cells):
    marks = {"(": "accounting_negatives", "-": "trailing_minus", ",": "thousands_separator", "e": "scientific_numbers",
             "r": "numbers_rounded"}  # fmt: skip
    seen = {}
    for form, _, style, n in cells:
        for mark in style if form != "other" else "":
            seen[marks[mark]] = seen.get(marks[mark], 0) + n
        if form == "comma":
            seen["decimal_comma"] = seen.get("decimal_comma", 0) + n
        elif form == "amb,":
            seen["thousands_separator"] = seen.get("thousands_separator", 0) + n
    return tuple(sorted(seen.items()))


def _currency(cells, options):
    found, bare = {}, 0
    for form, sign, _, n in cells:
        if form == "other":
            continue
        if sign:
            found[sign.replace("￥", "¥")] = found.get(sign.replace("￥", "¥"), 0) + n
        else:
            bare += n
    told = (options.get("currency") or "").upper()
    if not found:
        return False, None
    if len(found) > 1 and not told:
        listed = ", ".join(f"{sign} ({n:,})" for sign, n in sorted(found.items()))
        return False, ("mixed_currency", f"amounts in more than one currency: {listed}",
                       "Convert to one currency, or keep one currency only: amounts of different currencies are never added up.",
                       None)  # fmt: skip
    wrong = [sign for sign in found if told and told not in SYMBOLS.get(sign, sign).split()]
    if wrong:
        return False, ("mixed_currency", f"amounts in {', '.join(wrong)}, but the source says currency {told}",
                       "Convert the amounts or mend the currency of the source.", None)  # fmt: skip
    if bare and not told:
        sign = next(iter(found))
        return False, ("mixed_currency", f"{found[sign]:,} amount(s) carry the currency {sign}, {bare:,} carry none",
                       "If all are in one currency, say so (option currency, e.g. USD).", None)  # fmt: skip
    return True, None


def date(found, options):
    """(Reading, problem) from the histogram of a date column."""
    cells = _split(found)
    count, zones, timed, naive = {}, {}, False, 0
    for form, time, zone, n in cells:
        count[form] = count.get(form, 0) + n
        if form in CLEAR or form in ("xmy", "dmy", "mdy", "yy", "other"):
            timed = timed or bool(time)
            naive += n if not zone and form != "other" else 0
            if zone:
                zones[zone] = zones.get(zone, 0) + n
    tz = options.get("tz") or ""
    trouble = _zones(zones, naive, tz)
    if trouble:
        return Reading(), trouble
    stored = options.get("stored_tz") or ""
    base = Reading(timed=timed, zones=tuple(sorted(zones)), tz=tz, stored_tz=stored, forms=tuple(f for f in CLEAR if count.get(f)))
    told = order_told(options)
    if told:
        return base._replace(order=told, timed=timed or told.startswith(("epoch", "excel", "%"))), None
    return _order(base, count)


def _zones(zones, naive, tz):
    if zones and naive and not tz:
        return ("timezone", f"{sum(zones.values()):,} time(s) carry a time zone, {naive:,} carry none",
                "Say the time zone in which days are counted and bare times are meant (option tz, e.g. Asia/Shanghai or UTC).",
                None)  # fmt: skip
    offsets = {"+00:00" if z.upper() in ("Z", "UTC", "GMT", "+00:00", "+0000", "+00") else z for z in zones}
    if len(offsets) > 1 and not tz:
        return ("timezone", f"times in {len(offsets)} time zones ({', '.join(sorted(offsets)[:5])})",
                "Say the time zone in which days are counted (option tz, e.g. Asia/Shanghai or UTC).", None)  # fmt: skip
    return None


def order_told(options):
    """The date order that the options settle, or ''."""
    form = (options.get("date_format") or options.get("date_order") or "").strip()
    if options.get("dayfirst") is not None and not form:
        return "dmy" if options["dayfirst"] else "mdy"
    for letters, code in (("yyyy", "%Y"), ("yy", "%y"), ("mm", "%m"), ("dd", "%d")) if "%" not in form else ():
        form = re.sub(letters, code, form, flags=re.IGNORECASE) if form.lower() not in ORDERS else form
    words = {"iso": "ymd", "dayfirst": "dmy", "day first": "dmy", "monthfirst": "mdy", "month first": "mdy", "unix": "epoch"}
    return words.get(form.lower(), form.lower() if form.lower() in ORDERS else form)


def _order(base, count):
    clear = sum(count.get(f, 0) for f in CLEAR)
    first, second, either = count.get("dmy", 0), count.get("mdy", 0), count.get("xmy", 0)
    numeric = first + second + either
    settle = "Say how dates are written: option date_format, e.g. %d/%m/%Y (day first) or %m/%d/%Y (month first)."
    if not clear and not numeric and count.get("yy"):
        return base, ("ambiguous_date", f"{count['yy']:,} date(s) with a year of two digits, such as 05/04/24: day, month and century "
                      "are not settled", settle.replace("%Y", "%y"), ("yy",))  # fmt: skip
    if numeric and clear:
        return base, ("ambiguous_date", f"dates written in two ways: {clear:,} with the year first or the month by name, {numeric:,} "
                      "with the year last; a spreadsheet may have swapped day and month in some", settle,
                      ("xmy", "dmy", "mdy") if numeric <= clear else CLEAR)  # fmt: skip
    if first and second:
        return base, ("ambiguous_date", f"{first:,} date(s) can only be day first, {second:,} only month first", settle,
                      ("mdy",) if second <= first else ("dmy",))  # fmt: skip
    if either and not first and not second:
        return base._replace(sure=False), (
            "ambiguous_date", f"all {either:,} dates such as 03/04/2024 have two readings: day first or month first", settle,
            ("xmy",))  # fmt: skip
    if numeric:
        order = "dmy" if first else "mdy"
        return base._replace(order=order, styles=(("date_format_inferred", numeric),)), None
    return base, None
