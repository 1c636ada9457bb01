"""The decision on each column: from what all its cells look like to one reading, or to the question that is open."""

from typing import NamedTuple

from crm_analysis.data.reading import cells, forms
from crm_analysis.data.reading.forms import CLEAR, SYMBOLS, Reading, order_told
from crm_analysis.data.sql import nested, quoted
from crm_analysis.data.wording import told

UTC = ("Z", "UTC", "GMT", *(sign + zero for sign in "+-" for zero in ("00:00", "0000", "00")))


class Decision(NamedTuple):
    """``readings``: {item number: Reading}; ``problems``: (item, code, message, mend, forms); ``warnings``;
    ``tidy``: numbers of the items of which every cell seen was in canonical form already.
    """

    readings: dict
    problems: list
    warnings: list
    tidy: frozenset


def decide(con, source, items, options):
    """The Decision on the columns of ``items`` by the histograms of their forms over ``source``."""
    text = [
        item
        for item in items
        if item.sort in ("text", "other") or (item.kind == "date" and item.sort in ("number", "fraction"))
    ]
    text = [item for item in text if not item.formula and item.kind not in ("flag", *cells.WHOLE)]
    x = {item: f"CAST({quoted(item.column)} AS VARCHAR)" for item in text}
    layers, wanted = [{}, {}, {}], {}
    for item in text:
        i = item.i
        layers[0][f"x{i}"] = x[item]
        if item.kind in cells.MEASURED:
            layers[0][f"t{i}"] = forms.trimmed(x[item])
            layers[1][f"p{i}"], layers[2][f"c{i}"] = forms.number_parts(f"t{i}"), forms.core(f"p{i}")
            wanted[item] = forms.number_form(f"t{i}", f"p{i}", f"c{i}")
        elif item.kind == "date":
            layers[0][f"t{i}"] = forms.trimmed(x[item])
            wanted[item] = forms.date_form(f"t{i}")
        else:
            layers[0][f"t{i}"] = forms.canonical(x[item])
            wanted[item] = forms.text_form(f"x{i}", f"t{i}")
    found = forms.histogram(con, nested(source, layers), wanted)
    return _decided(items, found, options)


def _decided(items, found, options):
    decided, problems, warnings, tidy = {}, [], [], set()
    for item in items:
        called = item.name or item.header
        zones = {name: options.get(name) or "" for name in ("tz", "stored_tz")}
        reading, trouble = Reading(timed=item.sort in ("time", "zoned"), **zones), None
        if item in found and item.kind in cells.MEASURED:
            reading, trouble = number(found[item], options, item.kind == "money")
        elif item in found and item.kind == "date":
            reading, trouble = date(found[item], options)
        elif item in found:
            warnings += _text_warnings(item, found[item])
        if item.sort == "zoned" and not options.get("tz"):
            warnings.append(told("timezone_kept", called, 0))
        if len(reading.zones) and not trouble:
            warnings.append(told("timezone_converted" if reading.tz else "timezone_kept", called, 0))
        warnings += [told(style, called, n) for style, n in reading.styles if n]
        decided[item.i] = reading
        if trouble:
            problems.append((item, *trouble))
        elif reading.sure and _tidy(item, found.get(item, {}), reading):
            tidy.add(item.i)
    return Decision(decided, problems, warnings, frozenset(tidy))


def _tidy(item, found, reading):
    if item.kind in ("id", "text"):
        return found.keys() <= {"same", "empty"}
    if item.kind in cells.MEASURED:
        return found.keys() <= {"int", "empty", {".": "dot", ",": "comma"}.get(reading.decimal)}
    return True


def _text_warnings(item, found):
    prefix = "ids" if item.kind == "id" else "text"
    return [told(f"{prefix}_{form}", item.name or item.header, found[form])
            for form in ("trimmed", "normalised", "invisible", "replacement") if found.get(form)]  # fmt: skip


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
    signs, trouble = _currency(cells, options) if money else ((), None)
    seen = {"currency": any(signs), "signs": signs, "styles": styles}
    decimal, thousands = options.get("decimal") or "", options.get("thousands")
    if trouble:
        return Reading(), trouble
    if not decimal and thousands in (",", "."):
        decimal = "." if thousands == "," else ","
    if decimal:
        return Reading(
            decimal=decimal,
            thousands=_other(decimal) if thousands is None else thousands,
            **seen,
        ), None
    dot, comma = count.get("dot", 0), count.get("comma", 0)
    unclear = count.get("amb,", 0) + count.get("amb.", 0)
    if dot and comma:  # the rarer form is a slip: its cells are bad, and nothing is read as thousands
        return Reading(decimal="." if dot >= comma else ",", **seen), None
    if dot or comma:
        decimal = "." if dot else ","
        return Reading(decimal=decimal, thousands=_other(decimal), **seen), None
    if unclear:
        return Reading(sure=False), (
            "ambiguous_number", f"{unclear:,} number(s) such as 1,234 or 1.234 have two readings, and no other cell settles whether "
            "the mark is a decimal mark or separates thousands", "Say which mark is the decimal mark (option decimal: '.' or ',', "
            "and thousands: ',' or '.').", ("amb,", "amb."))  # fmt: skip
    return Reading(**seen), None


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
        return ("",) if bare else (), None
    if len(found) > 1 and not told:
        listed = ", ".join(f"{sign} ({n:,})" for sign, n in sorted(found.items()))
        return (), ("mixed_currency", f"amounts in more than one currency: {listed}",
                       "Convert to one currency, or keep one currency only: amounts of different currencies are never added up.",
                       None)  # fmt: skip
    wrong = [sign for sign in found if told and told not in SYMBOLS.get(sign, sign).split()]
    if wrong:
        return (), ("mixed_currency", f"amounts in {', '.join(wrong)}, but the source says currency {told}",
                       "Convert the amounts or mend the currency of the source.", None)  # fmt: skip
    if bare and not told:
        sign = next(iter(found))
        return (), ("mixed_currency", f"{found[sign]:,} amount(s) carry the currency {sign}, {bare:,} carry none",
                       "If all are in one currency, say so (option currency, e.g. USD).", None)  # fmt: skip
    return (*sorted(found), *[""] * bool(bare)), None


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
    base = Reading(
        timed=timed, zones=tuple(sorted(zones)), tz=tz, stored_tz=stored, forms=tuple(f for f in CLEAR if count.get(f))
    )
    told = order_told(options)
    if told:
        return base._replace(order=told, timed=timed or told.startswith(("epoch", "excel", "%"))), None
    return _order(base, count)


def zone_name(zone):
    """One name for each way to write an offset of nothing.

    >>> zone_name("z"), zone_name("+08:00")
    ('+00:00', '+08:00')
    """
    return "+00:00" if zone.upper() in UTC else zone


def _zones(zones, naive, tz):
    if zones and naive and not tz:
        return ("timezone", f"{sum(zones.values()):,} time(s) carry a time zone, {naive:,} carry none",
                "Say the time zone in which days are counted and bare times are meant (option tz, e.g. Asia/Shanghai or UTC).",
                None)  # fmt: skip
    offsets = set(map(zone_name, zones))
    if len(offsets) > 1 and not tz:
        return ("timezone", f"times in {len(offsets)} time zones ({', '.join(sorted(offsets)[:5])})",
                "Say the time zone in which days are counted (option tz, e.g. Asia/Shanghai or UTC).", None)  # fmt: skip
    return None


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
