"""What the way in says about cells and columns: problems with how to mend them, and warnings."""

from crm_analysis.data.errors import shown

BAD = {  # inner code -> (public code by kind, what is wrong)
    "control": "control_character",
    "replacement": "encoding",
    "scientific": "ids_scientific_notation",
    "missing": "missing",
    "long": "cell_too_long",
    "number": "number",
    "implausible": "implausible_amount",
    "whole": "number",
    "date": "date",
    "inexact": "inexact_id",
    "range": "date_out_of_range",
    "flag": "flag",
}

WARNINGS = {
    "ids_trimmed": "ids had blanks around them; they were trimmed",
    "ids_normalised": "ids were brought to one Unicode form (NFC)",
    "ids_invisible": "ids hold invisible characters; look-alike ids may be different customers",
    "ids_replacement": "ids hold the replacement character U+FFFD",
    "text_trimmed": "texts had blanks around them; they were trimmed",
    "text_normalised": "texts were brought to one Unicode form (NFC)",
    "text_invisible": "texts hold invisible characters",
    "text_replacement": "texts hold the replacement character U+FFFD: an earlier program lost letters",
    "accounting_negatives": "numbers in parentheses were read as negative",
    "trailing_minus": "numbers with the minus sign behind were read as negative",
    "thousands_separator": "numbers held separators of thousands; they were removed",
    "scientific_numbers": "numbers in scientific notation were read",
    "numbers_rounded": "numbers had more than four decimals and were rounded to four",
    "decimal_comma": "the comma was read as decimal mark: other readings do not fit",
    "date_format_inferred": "the order of day and month was inferred: other readings do not fit",
    "timezone_kept": "times carry one time zone; its clock was kept (option tz counts days elsewhere)",
    "timezone_converted": "times were brought to the time zone told",
    "encoding_doubtful": "the file is valid UTF-8, but was read in the other encoding that the source tells",
    "header_normalised": "column names were matched without regard to case and blanks",
    "known_later": "dates after as_of were emptied: they were not known on that day",
    "join_unmatched": "rows found nothing to look up",
    "ids_case_collision": "ids differ only in upper and lower case; they were kept apart",
    "order_id_conflict": "orders have more than one customer",
    "duplicate_rows": "rows are equal to an earlier row in every column; they were kept",
    "no_positive_amounts": "no amount is positive: was the sign flipped?",
    "brand_empty": "the column brand is empty",
    "category_empty": "the column category is empty",
    "product_empty": "the column product is empty",
}

_MISSING = {"date": "date", "id": "missing_id", "text": "missing_value", "flag": "missing_value"}


def told(code, column, count):
    """A warning as a dict."""
    return {"code": code, "column": column, "count": count, "message": WARNINGS[code]}


def mended(code, item, count, values):
    """(public code, message, how to mend it) of ``count`` bad cells of one sort."""
    first = next((v for v in values if v), "")
    if code == "missing":
        message, mend = f"{count:,} empty cell(s) where a value is required", "Fill in the missing values"
        if item.kind in ("money", "number"):
            mend += "; a formula without a stored value is empty too: open the workbook and save it again"
    elif code == "number":
        message, mend = _number(first, count, values)
    elif code == "date":
        message, mend = _date(first, count)
    else:
        message, mend = _OTHER[code]
        message = message.format(n=f"{count:,}", kind=item.kind)
    return public(code, item.kind), message, mend + QUARANTINE


def public(code, kind):
    """The code that people see of what is wrong with a cell of a kind."""
    return _MISSING.get(kind, "number") if code == "missing" else BAD[code]


QUARANTINE = ", or set the rows aside (option on_bad_row: quarantine)."

_OTHER = {
    "control": ("{n} cell(s) with a NUL byte, another control character or, in an id, a line break", "Remove the control characters"),
    "replacement": ("{n} id(s) with the replacement character U+FFFD: an earlier program lost letters, so ids may coincide",
                    "Export the file again with the right encoding"),
    "scientific": ("{n} id(s) in scientific notation such as 1.23457E+11: a spreadsheet (Excel) has cut off digits, so that "
                   "different customers became one", "Export again with the column formatted as text"),
    "long": ("{n} cell(s) longer than the limit of 131,072 characters", "Shorten the text or leave the column out"),
    "implausible": ("{n} amount(s) too large to be true: out of the plausible range of a million millions", "Mend the amounts"),
    "whole": ("{n} cell(s) that are not whole numbers from 0 on", "Mend the numbers"),
    "inexact": ("{n} id(s) kept as a floating-point number that is not a whole one below 2^53: different customers may be one",
                "Keep ids as text or whole numbers"),
    "range": ("{n} date(s) out of the plausible range 1971 to 2079, as placeholders are", "Mend the dates"),
    "flag": ("{n} cell(s) that are neither yes nor no", "Write yes or no (true/false, y/n, 1/0)"),
}  # fmt: skip


def _number(first, count, values):
    message = f"{count:,} cell(s) that are not a number"
    if first.strip().lower() in ("nan", "na", "n/a", "null", "none", "-", "#n/a"):
        return message + f" but {shown(first)}, which stands for a missing value", "Fill in the missing values"
    if "," in first or "." in first.replace(".", "", 1):
        return (
            message,
            "Mend them, or say which mark is decimal and which separates thousands (options decimal, thousands)",
        )
    if any(c.isalpha() for c in first):
        return message, "Mend them: write plain numbers, without unit, currency or words"
    return message, "Mend them: write plain numbers such as -12.50"


def _date(first, count):
    text, message = first.strip(), f"{count:,} cell(s) that are not a valid calendar date"
    digits = text.replace(".", "", 1)
    if digits.isdigit() and len(text.split(".")[0]) in (10, 13):
        unit = "epoch_ms" if len(text.split(".")[0]) == 13 else "epoch"
        what = "milliseconds" if unit == "epoch_ms" else "seconds"
        return message, f"They look like Unix epoch {what}: say so (option date_format: {unit})"
    if digits.isdigit() and len(text.split(".")[0]) == 5:
        return message, "They look like Excel serial day numbers: say so (option date_format: excel)"
    return message, "Mend them, or say how dates are written (option date_format, e.g. %d/%m/%Y)"
