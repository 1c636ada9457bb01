"""How the dates and numbers of a column are to be read, decided from all its cells, never cell by cell.

``03/04/2024`` and ``1,234`` have two readings. A column settles them only when another cell of it proves one
(``25/12/2024``, ``12,50``) or when the owner says so. Otherwise the file is refused with the option that settles it.
"""

import re
from typing import NamedTuple

from crm_analysis.data.sql import literal

BLANK = r"\s\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}"
INVISIBLE = (
    r"\x{ad}\x{61c}\x{180e}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2064}\x{2066}-\x{2069}\x{feff}"  # and turning
)
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
CORE, EXPONENT = rf"\d(?:[0-9.,]|{GAP}\d)*|[.,]\d+", r"[eE][+-]?\d{1,3}"
SPACE = f"[{BLANK}]*"
NUMBER = (
    rf"\(?{SPACE}[+-]?{SPACE}(?:{CURRENCY})?{SPACE}[+-]?{SPACE}(?:{CORE})(?:{EXPONENT})?"
    rf"{SPACE}(?:{CURRENCY})?{SPACE}[+-]?{SPACE}\)?"
)
# The common forms, of which none has two readings in a column: plain, in groups of three digits, in brackets.
COMMON = (
    r"-?\d{1,18}(?:[.,](?:\d{1,2}|\d{4}))?|-?\d{1,3}(?:,\d{3}){1,5}\.\d{1,2}|-?\d{1,3}(?:\.\d{3}){1,5},\d{1,2}"
    r"|\(\d{1,18}(?:[.,]\d{1,2})?\)"
)
AROUND = rf"(?s)^([^0-9.,]*)({CORE})({EXPONENT})?(.*)$"
PARTS = "['pre', 'core', 'exp', 'post']"
NO_PARTS = "{'pre': '', 'core': '', 'exp': '', 'post': ''}"

_GROUPED = r"\d{{1,3}}(?:{k}\d{{2,3}})*{k}\d{{3}}"
VALID = {  # cores that read as numbers when the mark is the decimal mark and the other mark, if any, groups thousands
    ".": rf"\d+\.\d*|\.\d+|{_GROUPED.format(k=',')}\.\d*|\d{{1,3}}(?:,\d{{2,3}})+,\d{{3}}",
    ",": rf"\d+,\d*|,\d+|{_GROUPED.format(k='[.]')},\d*|\d{{1,3}}(?:\.\d{{2,3}})+\.\d{{3}}",
}
ZONE = r"(Z|z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})"
TIME = rf"(?:(?:[Tt]|\s+)(\d{{1,2}}):(\d{{2}})(?::(\d{{2}})(?:[.,](\d{{1,9}}))?)?(?:\s*([AaPp])\.?[Mm]\.?)?(?:\s*{ZONE})?)?$"
# Whole names or their usual short forms: other words may begin like a month and name another one (Finnish marraskuu).
MONTH = (
    "(?i:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    "nov(?:ember)?|dec(?:ember)?)"
)
DAY = {
    "ymd": r"^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}",
    "compact": r"^(?:19|20)\d{6}",
    "chinese": r"^\d{4}\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日?",
    "day_name": rf"^\d{{1,2}}[- /.]*{MONTH}[-,. /]*\d{{4}}",
    "name_day": rf"^{MONTH}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}",
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
    ``decimal``: '.', ',' or '' (no mark seen). ``signs``: the currencies seen, '' for none. ``styles``: counts of what was seen, for warnings.
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
    signs: tuple = ()
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
    """SQL: a trimmed number as what stands before, its core, its exponent, and what stands behind (a struct).

    All are empty when the text is no number, and the struct is NULL when its form is ``COMMON``. The whole form is
    tested without groups, which is many times as fast as cutting out each sign and currency with one expression.
    """
    text = f"replace({t}, '\u2212', '-')"
    return (
        f"CASE WHEN regexp_full_match({t}, {literal(COMMON)}) THEN NULL WHEN regexp_full_match({text}, {literal(NUMBER)}) "
        f"THEN regexp_extract({text}, {literal(AROUND)}, {PARTS}) ELSE {NO_PARTS} END"
    )


def signs(part):
    """SQL: how many plus and minus signs a part holds."""
    return f"(length({part}) - length(replace(replace({part}, '-', ''), '+', '')))"


def currency(part):
    """SQL: the sign or code of a currency in a part, in capitals; '' when there is none."""
    return f"upper(regexp_replace({part}, {literal(f'[-+(){BLANK}]')}, '', 'g'))"


def core(p):
    """SQL: the digits with their marks, without the blanks and apostrophes that group thousands."""
    grouped = literal(rf"\d{{1,3}}(?:{GAP}\d{{3}})+(?:[.,]\d*)?")
    return f"CASE WHEN regexp_full_match({p}.core, {grouped}) THEN regexp_replace({p}.core, {literal(GAP)}, '', 'g') ELSE {p}.core END"


def number_form(t, p, c):
    """SQL: ``form|currency|styles`` of a number cell from its trimmed text, its parts and its core."""
    ungrouped = f"{c} = {p}.core"
    return f"""CASE WHEN coalesce({t}, '') = '' THEN 'empty'
        WHEN {p} IS NULL THEN CASE
          WHEN contains({t}, '.') AND contains({t}, ',') THEN
            CASE WHEN strpos({t}, '.') > strpos({t}, ',') THEN 'dot||,' ELSE 'comma||,' END
          ELSE CASE WHEN contains({t}, '.') THEN 'dot' WHEN contains({t}, ',') THEN 'comma' ELSE 'int' END
            || CASE WHEN starts_with({t}, '(') THEN '||(' ELSE '' END END
        WHEN {p}.core = '' THEN 'other' ELSE
        CASE WHEN regexp_full_match({c}, '\\d+') THEN CASE WHEN {ungrouped} THEN 'int' ELSE 'gap' END
          WHEN {ungrouped} AND regexp_full_match({c}, '[1-9]\\d{{0,2}},\\d{{3}}') THEN 'amb,'
          WHEN {ungrouped} AND regexp_full_match({c}, '[1-9]\\d{{0,2}}\\.\\d{{3}}') THEN 'amb.'
          WHEN regexp_full_match({c}, {literal(VALID["."])}) THEN 'dot'
          WHEN regexp_full_match({c}, {literal(VALID[","])}) THEN 'comma'
          ELSE 'other' END
        || '|' || {currency(f"{p}.pre || {p}.post")} || '|'
        || CASE WHEN {p}.pre[1] = '(' THEN '(' WHEN {signs(f"{p}.post")} > 0 THEN '-' ELSE '' END
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
               WHEN regexp_matches({x}, {literal(f"[{INVISIBLE}]")}) THEN 'invisible' ELSE 'same' END
        WHEN {trimmed(x)} = {t} THEN 'trimmed' ELSE 'normalised' END"""


def histogram(con, source, forms):
    """{key: {form: count}} for SQL form expressions {key: sql}, few columns at a time: each takes working memory."""
    found, keys = {}, list(forms)
    for start in range(0, len(keys), WIDTH):
        some = keys[start : start + WIDTH]
        row = con.execute(f"SELECT {', '.join(f'histogram({forms[key]})' for key in some)} FROM {source}").fetchone()
        found |= {key: dict(counts or {}) for key, counts in zip(some, row, strict=True)}
    return found


def order_told(options):
    """The date order that the options settle, or ''."""
    form = (options.get("date_format") or options.get("date_order") or "").strip()
    if options.get("dayfirst") is not None and not form:
        return "dmy" if options["dayfirst"] else "mdy"
    for letters, code in (("yyyy", "%Y"), ("yy", "%y"), ("mm", "%m"), ("dd", "%d")) if "%" not in form else ():
        form = re.sub(letters, code, form, flags=re.IGNORECASE) if form.lower() not in ORDERS else form
    words = {
        "iso": "ymd",
        "dayfirst": "dmy",
        "day first": "dmy",
        "monthfirst": "mdy",
        "month first": "mdy",
        "unix": "epoch",
    }
    return words.get(form.lower(), form.lower() if form.lower() in ORDERS else form)
