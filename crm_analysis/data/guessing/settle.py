"""Which reading options the cells of a file prove, and which they leave open: the wise part of a guess is to say so."""

from crm_analysis.data.errors import shown
from crm_analysis.data.guessing import look
from crm_analysis.data.guessing.look import Open
from crm_analysis.data.reading import cells, decisions, forms

OPEN = {  # code of the trouble in ``decisions`` -> the option that settles it and its choices
    "ambiguous_number": ("decimal", (".", ",")),
    "ambiguous_date": ("date_order", ("dmy", "mdy")),
    "timezone": ("tz", ("Asia/Shanghai", "UTC")),
}
SHORT_YEARS = ("date_format", ("%d/%m/%y", "%m/%d/%y"))
NUMBERED = {"excel": "Excel's day numbers", "epoch": "seconds since 1970", "epoch_ms": "milliseconds since 1970"}


def readings_of(con, one, used, required):
    """(settled, open, notes) for the columns ``used`` {header: kind}; ``required``: headers that may hold no empty cell."""
    proofs, undecided, notes = [], [], []
    for seen in one.columns:
        kind = used.get(seen.header, "")
        if seen.sort in ("text", "number", "fraction") and (
            kind == "date" or (seen.sort == "text" and kind in cells.MEASURED)
        ):
            proof, unclear = _proved(con, one, seen, kind)
            proofs, undecided = proofs + proof, undecided + unclear
    unclear, settled = {u.option for u in undecided}, {}
    for option in dict.fromkeys(option for option, _, _ in proofs):
        values = {value: why for name, value, why in proofs if name == option}
        if len(values) == 1 and option not in unclear:
            settled[option] = next(iter(values.items()))
        else:
            notes += [f"{option} {value}: {why}; but not so in every column" for value, why in values.items()]
    empty = [shown(c.header) for c in one.columns if c.header in required and 0 < c.filled < 1]
    if empty:
        why = f"{', '.join(empty)}: empty cells where a value is required; the file is refused unless such rows are set aside"
        undecided.append(Open("on_bad_row", ("quarantine",), why))
    return settled, _joined(undecided), notes


def _joined(undecided):
    """One Open per option, with all reasons."""
    found = {}
    for one in undecided:
        before = found.get(one.option)
        found[one.option] = one._replace(why=f"{before.why}; {one.why}") if before else one
    return tuple(found.values())


def numbered(seen):
    """``excel``, ``epoch`` or ``epoch_ms`` when nearly all cells are numbers of that size, else None."""
    counts = seen.forms["date"]
    filled = sum(n for form, n in counts.items() if form != "empty")
    return next((form for form in NUMBERED if counts.get(form, 0) >= 0.9 * max(filled, 1)), None)


def _proved(con, one, seen, kind):
    """([(option, value, why)], [Open]) of one column; all rows are looked at only where the sample proves nothing."""
    sort = "date" if kind == "date" else "number"
    found = seen.forms[sort]
    reading, trouble = _read(found, kind)
    if trouble:
        found = look.whole(con, one, seen, sort)
        reading, trouble = _read(found, kind)
    where = f"column {shown(seen.header)}"
    if trouble:
        return [], [_undecided(trouble, where, found)]
    if kind == "date" and numbered(seen):
        told = numbered(seen)
        return [], [Open("date_format", (told,), f"{where} holds numbers of the size of {NUMBERED[told]}")]
    if kind == "date":
        proved = [("date_order", reading.order, f"{where}: some days are above 12, so no other order fits")]
        return (proved if reading.order in ("dmy", "mdy") else []), []
    proved = [("decimal", ",", f"{where}: some numbers fit no other reading")] if reading.decimal == "," else []
    return _currency(found, where, proved) if kind == "money" else (proved, [])


def _read(found, kind):
    return decisions.date(found, {}) if kind == "date" else decisions.number(found, {}, kind == "money")


def _undecided(trouble, where, found):
    code, message = trouble[:2]
    if code == "mixed_currency":
        return Open("currency", _codes(_signs(found)), f"{where}: {message}")
    option, choices = OPEN[code]
    if {form.split("|")[0] for form in found} - {"empty", "other"} == {"yy"}:
        option, choices = SHORT_YEARS
    return Open(option, choices, f"{where}: {message}")


def _currency(found, where, proved):
    """The currency that the cells carry joins what is proved, where its sign stands for one currency only."""
    signs = _signs(found)
    codes = _codes(signs)
    if len(codes) == 1:
        return [*proved, ("currency", codes[0], f"{where} carries {', '.join(signs)}")], []
    return proved, [Open("currency", codes, f"{where} carries {', '.join(signs)}")] if codes else []


def _signs(found):
    return sorted({form.split("|")[1] for form in found if form.count("|") > 1 and form.split("|")[1]})


def _codes(signs):
    codes = dict.fromkeys(code for sign in signs for code in forms.SYMBOLS.get(sign, sign).split())
    return tuple(codes)
