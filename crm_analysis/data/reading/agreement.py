"""What the columns and files of one table must agree on: a file that is clear by itself may not fit the next one.

Each file is read by its own cells. Amounts in dollars in one file or column and in euros in the next, or times on two
clocks, would be put together unnoticed.
"""

from crm_analysis.data.errors import DataError, problem
from crm_analysis.data.reading.decisions import zone_name


def refuse_disagreement(table, parts, options):
    """Raise DataError ``mixed_currency`` or ``timezone`` when the Parts of a table differ and no option settles it."""
    problems = [] if options.get("currency") else _currencies(table, parts)
    problems += [] if options.get("tz") else _zones(table, parts)
    if problems:
        raise DataError(problems)


def _seen(parts, kind, of):
    """{column: {what ``of`` (item, reading) finds: file where it is found first}} for the columns of a kind."""
    found = {}
    for part in parts:
        for item in part.items:
            if item.name and item.kind == kind and part.rows_in:
                for what in of(item, part.readings[item.i]):
                    found.setdefault(item.name, {}).setdefault(what, part.raw.name)
    return found


def _signs(item, reading):
    return reading.signs if item.sort in ("text", "other") else ("",)


def _currencies(table, parts):
    by_column = _seen(parts, "money", _signs)
    signs = {}
    for column, found in by_column.items():
        for sign, file in found.items():
            signs.setdefault(sign, (file, column))
    carried = {sign: place for sign, place in signs.items() if sign}
    bare = [column for column, found in by_column.items() if "" in found and len(found) > 1]
    if len(carried) < 2 and not bare:
        return []
    chosen = carried if len(carried) > 1 else {s: (f, bare[0]) for s, f in by_column[bare[0]].items()}
    listed = ", ".join(f"{sign or 'none'} ({column} of {file})" for sign, (file, column) in sorted(chosen.items()))
    file, column = list(chosen.values())[-1]
    return [problem("mixed_currency", file, f"amounts in more than one currency: {listed}", table=table, column=column,
                    mend="Convert to one currency, or keep one currency only: amounts of different currencies are never added up.")]  # fmt: skip


def _zones(table, parts):
    problems = []
    for column, found in _seen(parts, "date", _clocks).items():
        if len(found) > 1 and any(found):
            listed = ", ".join(f"{zone or 'none'} ({file})" for zone, file in sorted(found.items()))
            problems.append(problem(
                "timezone", list(found.values())[-1], f"times in {len(found)} time zones ({listed})", table=table, column=column,
                mend="Say the time zone in which days are counted (option tz, e.g. Asia/Shanghai or UTC)."))  # fmt: skip
    return problems


def _clocks(item, reading):
    if item.sort == "zoned":
        return ("+00:00",)
    return {zone_name(zone) for zone in reading.zones} or ("",)
